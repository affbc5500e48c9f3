/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern route: what would become of a call. */
#include <getopt.h>
#include <stdio.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/text.h"

const char cli_route_usage[] =
        "usage: postern route [--from REALM|ADDRESS] [--name NAME] [--json] [--socket PATH] DEST\n"
        "  Says what would become of a call to DEST: where it would go, which rule of the policy decides, and why.\n"
        "  Ends with status 1 where it would be refused.\n"
        "  DEST           what is dialled: an address, a name, or a name at an address\n"
        "  --from WHERE   the caller's realm or address (default: the first realm inside)\n"
        "  --name NAME    the caller's name\n"
        "  --json         print JSON\n"
        "  --socket PATH  control socket (default: /run/postern/control.sock)\n";

struct asked {
	const char *from, *name, *socket, *dest;
	bool json;
};

static int read_options(struct asked *a, int argc, char **argv)
{
	static const struct option options[] = {
	        {"from", required_argument, NULL, 'f'},
	        {"name", required_argument, NULL, 'n'},
	        {"json", no_argument, NULL, 'j'},
	        {"socket", required_argument, NULL, 's'},
	        {"help", no_argument, NULL, 'h'},
	        {0},
	};
	*a = (struct asked){.socket = "/run/postern/control.sock"};
	int opt;
	while ((opt = getopt_long(argc, argv, "f:n:js:h", options, NULL)) != -1) {
		switch (opt) {
		case 'f': a->from = optarg; break;
		case 'n': a->name = optarg; break;
		case 'j': a->json = true; break;
		case 's': a->socket = optarg; break;
		case 'h': fputs(cli_route_usage, stdout); return -1;
		default: fputs(cli_route_usage, stderr); return CLI_USAGE;
		}
	}
	if (optind != argc - 1) {
		fputs(cli_route_usage, stderr);
		return CLI_USAGE;
	}
	a->dest = argv[optind];
	return CLI_OK;
}

static void print_route(const json_t *o, const struct asked *a)
{
	const json_t *step;
	size_t i;
	fputs("call to ", stdout);
	text_put(stdout, a->dest);
	fputs(" from realm ", stdout);
	text_put(stdout, text_str(o, "from", "?"));
	fputs(", a connection to ", stdout);
	text_put(stdout, text_str(o, "connects_to", "?"));
	putchar('\n');
	json_array_foreach(json_object_get(o, "steps"), i, step)
	{
		printf("%3zu  ", i + 1);
		text_put(stdout, json_string_value(step));
		putchar('\n');
	}
	if (json_is_true(json_object_get(o, "allowed"))) {
		fputs("=> ", stdout);
		text_put(stdout, text_str(o, "to", "?"));
		fputs(" in realm ", stdout);
		text_put(stdout, text_str(o, "realm", "?"));
	} else if (json_object_get(o, "look_up") != NULL) {
		fputs("=> wherever the look-up leads", stdout);
	} else {
		fputs("=> refused", stdout);
	}
	fputs(": ", stdout);
	text_put(stdout, text_str(o, "why", "?"));
	putchar('\n');
}

int cli_route_main(int argc, char **argv)
{
	struct asked a;
	json_t *answer;
	int rc = read_options(&a, argc, argv);
	if (rc != CLI_OK)
		return rc < 0 ? CLI_OK : rc;
	json_t *ask = json_pack("{s:s, s:s, s:s*, s:s*}", "cmd", "route", "dest", a.dest, "from", a.from, "name", a.name);
	if (ask == NULL) {
		fputs("postern: DEST and NAME have to be UTF-8\n", stderr);
		return CLI_USAGE;
	}
	rc = ask_once(a.socket, ask, "route", &answer);
	if (rc != CLI_OK)
		return rc;
	const bool allowed = json_is_true(json_object_get(answer, "allowed")) || json_object_get(answer, "look_up") != NULL;
	if (a.json)
		ask_print_json(answer, true);
	else
		print_route(answer, &a);
	json_decref(answer);
	return allowed ? CLI_OK : CLI_FAILED;
}
