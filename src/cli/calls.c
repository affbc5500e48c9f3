/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern calls: the calls there are, one of them whole, or all of them as they go. */
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/follow.h"
#include "cli/ladder.h"
#include "cli/text.h"

const char cli_calls_usage[] = "usage: postern calls [--json] [--socket PATH]\n"
                               "       postern calls ID [--json] [--socket PATH]\n"
                               "       postern calls --follow [--json] [--socket PATH]\n"
                               "  Lists the calls that stand and the last that ended; or shows the call ID "
                               "whole, with its ladder: each message, each\n"
                               "  address before and after, each pinhole with its packets; or shows what "
                               "happens in every call as it happens.\n"
                               "  -f, --follow   show everything as it happens, until interrupted\n"
                               "  --json         print JSON; with --follow, an object a line\n"
                               "  --socket PATH  control socket (default: /run/postern/control.sock)\n";

static void print_list(const json_t *calls)
{
	static const char *const heads[] = {"ID", "KIND", "STATE", "DIR", "FROM", "TO", "CALLED", "TIME", "PACKETS"};
	static const char format[] = "%6s  %-5s %-10s %-6s %-22s %-22s %-16s %8s %9s\n";
	size_t i;
	json_t *c;
	if (json_array_size(calls) == 0) {
		puts("no calls");
		return;
	}
	printf(format, heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6], heads[7], heads[8]);
	json_array_foreach(calls, i, c)
	{
		char time[TEXT_SMALL];
		printf("%6lld  ", (long long)text_int(c, "id"));
		text_pad(stdout, text_str(c, "kind", "?"), 6);
		text_pad(stdout, text_str(c, "state", "?"), 11);
		text_pad(stdout, text_str(c, "direction", "?"), 7);
		text_pad(stdout, text_str(c, "from", "-"), 23);
		text_pad(stdout, text_str(c, "to", "-"), 23);
		text_pad(stdout, text_str(c, "called", "-"), 17);
		printf("%8s %9lld\n", text_duration(time, text_int(c, "duration_ms")),
		        (long long)text_int(c, "packets"));
	}
}

int cli_calls_main(int argc, char **argv)
{
	struct cli_options o;
	json_t *answer;
	int rc = cli_options_read(&o, argc, argv, true, cli_calls_usage);
	if (rc != CLI_OK)
		return rc < 0 ? CLI_OK : rc;
	if (o.follow)
		return follow_run(&o);
	if (o.has_id)
		rc = ask_once(o.socket, json_pack("{s:s, s:I}", "cmd", "call", "id", (json_int_t)o.id),
		        "call", &answer);
	else
		rc = ask_once(o.socket, json_pack("{s:s}", "cmd", "calls"), "calls", &answer);
	if (rc != CLI_OK)
		return rc;
	if (o.json)
		ask_print_json(answer, true);
	else if (o.has_id)
		ladder_print_call(stdout, answer);
	else
		print_list(answer);
	json_decref(answer);
	return CLI_OK;
}
