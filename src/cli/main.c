/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern(1): one table of commands, a file per command. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "endpoint/endpoint.h"

static const struct cli_command commands[] = {
        {"status", "[--json]", "how the gateway is", cli_status_usage, cli_status_main},
        {"calls", "[ID | --follow] [--json]", "its calls, one call's ladder, or all as it happens",
                cli_calls_usage, cli_calls_main},
        {"route", "[OPTIONS] DEST", "what would become of a call, step by step", cli_route_usage, cli_route_main},
        {"registrations", "[--json]", "who is registered with the gatekeeper", cli_registrations_usage,
                cli_registrations_main},
        {"leases", "[--json | ACT HOST]", "which virtual address stands for whom", cli_leases_usage,
                cli_leases_main},
        {"who", "[SERVER [PATTERN]]", "the people in a directory", cli_who_usage, cli_who_main},
        {"register", "[OPTIONS] SERVER NAME", "be in a directory until interrupted", cli_register_usage,
                cli_register_main},
        {"unregister", "[OPTIONS] SERVER NAME", "take an entry out of a directory", cli_unregister_usage,
                cli_unregister_main},
        {"call", "[OPTIONS] DEST", "place a call", NULL, endpoint_call_main},
        {"answer", "[OPTIONS]", "answer calls", NULL, endpoint_answer_main},
        {"tone", "[--json] FILE", "what a recording sounds like", NULL, endpoint_tone_main},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *out)
{
	fputs("usage: postern COMMAND [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-13s %-26s %s\n", commands[i].name, commands[i].args, commands[i].help);
	fputs("\n  postern COMMAND --help tells more; so does postern(1).\n", out);
}

static const struct cli_command *find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static int help(const char *name)
{
	char flag[] = "--help", command[16];
	const struct cli_command *c = find(name);
	if (c == NULL) {
		usage(stderr);
		return CLI_USAGE;
	}
	if (c->usage != NULL) {
		fputs(c->usage, stdout);
		return CLI_OK;
	}
	snprintf(command, sizeof command, "%s", c->name);
	char *argv[] = {command, flag, NULL};
	return c->main(2, argv);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	if (strcmp(name, "--version") == 0) {
		puts("postern " PST_VERSION);
		return CLI_OK;
	}
	if (strcmp(name, "help") == 0 && argc > 2)
		return help(argv[2]);
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		usage(stdout);
		return CLI_OK;
	}
	const struct cli_command *c = find(name);
	if (c == NULL) {
		usage(stderr);
		return CLI_USAGE;
	}
	return c->main(argc - 1, argv + 1);
}
