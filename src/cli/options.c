/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the commands that ask the daemon. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

static bool read_id(const char *text, uint64_t *id)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	const unsigned long long v = strtoull(text, &end, 10);
	*id = v;
	return errno == 0 && *end == '\0' && v <= INT64_MAX;
}

int cli_options_read(struct cli_options *o, int argc, char **argv, bool calls, const char *usage)
{
	static const struct option options[] = {
	        {"json", no_argument, NULL, 'j'},
	        {"socket", required_argument, NULL, 's'},
	        {"help", no_argument, NULL, 'h'},
	        {"follow", no_argument, NULL, 'f'},
	        {0},
	};
	*o = (struct cli_options){.socket = "/run/postern/control.sock"};
	int opt;
	while ((opt = getopt_long(argc, argv, calls ? "js:hf" : "js:h", options, NULL)) != -1) {
		if (opt == 'j') {
			o->json = true;
		} else if (opt == 's') {
			o->socket = optarg;
		} else if (opt == 'f' && calls) {
			o->follow = true;
		} else if (opt == 'h') {
			fputs(usage, stdout);
			return -1;
		} else {
			fputs(usage, stderr);
			return CLI_USAGE;
		}
	}
	if (calls && optind < argc && !o->follow) {
		o->has_id = read_id(argv[optind], &o->id);
		optind += o->has_id ? 1 : 0;
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	return CLI_OK;
}
