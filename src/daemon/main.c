/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* posternd(8): options. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/monitor.h"
#include "daemon/registrar.h"
#include "daemon/worker.h"
#include "priv/monitor.h"

static const char usage[] =
        "usage: posternd [--config FILE] [--check | --print] [--sandbox MODE] [-v]\n"
        "\n"
        "The gateway: carries H.323 calls through the wall between two networks.\n"
        "\n"
        "  --config FILE   configuration (default: /etc/postern/postern.yaml), see postern.yaml(5)\n"
        "  --check         say whether the configuration is good, with the line of each mistake\n"
        "  --print         print the configuration as it is understood, defaults filled in\n"
        "  --sandbox MODE  what happens when a process does what it never should: kill (default), log,\n"
        "                  or off for no sandbox\n"
        "  --foreground    stay in the foreground (as always)\n"
        "  -v, --verbose   log debug lines whatever the configuration says\n"
        "  --version       print the version\n"
        "  --help          print this\n";

enum { OPT_CHECK = 256, OPT_PRINT, OPT_FOREGROUND, OPT_SANDBOX, OPT_WORKER, OPT_REGISTRAR, OPT_VERSION, OPT_HELP };

static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, OPT_CHECK},
        {"print", no_argument, NULL, OPT_PRINT},
        {"foreground", no_argument, NULL, OPT_FOREGROUND},
        {"sandbox", required_argument, NULL, OPT_SANDBOX},
        {"verbose", no_argument, NULL, 'v'},
        {"version", no_argument, NULL, OPT_VERSION},
        {"help", no_argument, NULL, OPT_HELP},
        {"worker", no_argument, NULL, OPT_WORKER},
        {"registrar", no_argument, NULL, OPT_REGISTRAR},
        {0},
};

int main(int argc, char **argv)
{
	const char *path = "/etc/postern/postern.yaml";
	bool check = false, print = false;
	int (*child)(int sock, const struct daemon_debug *debug) = NULL;
	struct daemon_debug debug = {.sandbox = PRIV_SANDBOX_KILL};
	int opt;
	while ((opt = getopt_long(argc, argv, "c:v", options, NULL)) != -1) {
		switch (opt) {
		case 'c': path = optarg; break;
		case 'v': debug.verbose = true; break;
		case OPT_CHECK: check = true; break;
		case OPT_PRINT: print = true; break;
		case OPT_FOREGROUND: break;
		case OPT_SANDBOX:
			if (priv_sandbox_mode_parse(&debug.sandbox, optarg) == PST_OK)
				break;
			fputs(usage, stderr);
			return 2;
		case OPT_WORKER: child = worker_main; break;
		case OPT_REGISTRAR: child = registrar_main; break;
		case OPT_VERSION: puts("posternd " PST_VERSION); return 0;
		case OPT_HELP: fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return 2;
	}
	if (child != NULL)
		return child(PRIV_CHILD_FD, &debug);
	if (check || print)
		return monitor_check(path, print);
	return monitor_main(path, &debug);
}
