/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern registrations: who is registered with the gatekeeper. */
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/text.h"

const char cli_registrations_usage[] =
        "usage: postern registrations [--json] [--socket PATH]\n"
        "  Lists the endpoints that are registered with posternd's gatekeeper: their names, where they take calls, how\n"
        "  long their registration holds without being renewed, and how many calls they have.\n"
        "  --json         print JSON\n"
        "  --socket PATH  control socket (default: /run/postern/control.sock)\n";

static void print_names(const json_t *names)
{
	size_t i;
	json_t *name;
	if (json_array_size(names) == 0)
		fputs("(no name)", stdout);
	json_array_foreach(names, i, name)
	{
		fputs(i != 0 ? ", " : "", stdout);
		text_put(stdout, json_string_value(name));
	}
}

static void print_list(const json_t *list)
{
	size_t i;
	json_t *r;
	if (json_array_size(list) == 0) {
		puts("nobody is registered");
		return;
	}
	printf("%-22s %-10s %-6s %9s %9s %5s  %s\n", "SIGNALLING", "REALM", "TTL", "EXPIRES", "SINCE", "CALLS", "NAMES");
	json_array_foreach(list, i, r)
	{
		char expires[TEXT_SMALL], since[TEXT_SMALL], ttl[TEXT_SMALL];
		snprintf(ttl, sizeof ttl, "%lld s", (long long)text_int(r, "ttl_s"));
		text_pad(stdout, text_str(r, "signal", "?"), 23);
		text_pad(stdout, text_str(r, "realm", "?"), 11);
		printf("%-6s %9s %9s %5zu  ", text_int(r, "ttl_s") != 0 ? ttl : "none",
		        text_duration(expires, text_int(r, "expires_ms")), text_duration(since, text_int(r, "age_ms")),
		        json_array_size(json_object_get(r, "calls")));
		print_names(json_object_get(r, "aliases"));
		putchar('\n');
	}
}

int cli_registrations_main(int argc, char **argv)
{
	struct cli_options o;
	json_t *answer;
	int rc = cli_options_read(&o, argc, argv, false, cli_registrations_usage);
	if (rc != CLI_OK)
		return rc < 0 ? CLI_OK : rc;
	rc = ask_once(o.socket, json_pack("{s:s}", "cmd", "registrations"), "registrations", &answer);
	if (rc != CLI_OK)
		return rc;
	if (o.json)
		ask_print_json(answer, true);
	else
		print_list(answer);
	json_decref(answer);
	return CLI_OK;
}
