/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pieces of postern(1) that its commands share. Inside cli/ only. */
#ifndef PST_CLI_CLI_H
#define PST_CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NO_DAEMON = 3 };

/* What every command that asks the daemon takes. */
struct cli_options {
	const char *socket;
	bool json;
	bool follow; /* calls only */
	bool has_id; /* calls only */
	uint64_t id;
};

struct cli_command {
	const char *name;
	const char *args;  /* as in the usage line */
	const char *help;  /* one line */
	const char *usage; /* whole text for --help; NULL: the command has its own */
	int (*main)(int argc, char **argv);
};

/* argv[0] is the command's name. */
int cli_status_main(int argc, char **argv);
int cli_calls_main(int argc, char **argv);
int cli_route_main(int argc, char **argv);
int cli_registrations_main(int argc, char **argv);
int cli_leases_main(int argc, char **argv);
int cli_who_main(int argc, char **argv);
int cli_register_main(int argc, char **argv);
int cli_unregister_main(int argc, char **argv);

extern const char cli_status_usage[];
extern const char cli_calls_usage[];
extern const char cli_registrations_usage[];
extern const char cli_route_usage[];
extern const char cli_leases_usage[];
extern const char cli_who_usage[];
extern const char cli_register_usage[];
extern const char cli_unregister_usage[];

/* Reads --json, --socket, --help and, where CALLS, --follow and an id. CLI_OK: go on; -1: help was given, all
 * is done; else the exit status. */
int cli_options_read(struct cli_options *o, int argc, char **argv, bool calls, const char *usage);

#endif
