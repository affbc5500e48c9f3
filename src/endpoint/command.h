/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `postern call` and `postern answer` have in common: the loop, signals, and what is printed as a call
 * goes on. */
#ifndef PST_ENDPOINT_COMMAND_H
#define PST_ENDPOINT_COMMAND_H

#include "endpoint/beside.h"
#include "endpoint/line.h"

struct command {
	struct options o;
	uv_loop_t loop;
	uv_signal_t signals[2];          /* SIGINT, SIGTERM */
	void (*stop)(struct command *c); /* the first signal: end properly. The second ends the program */
	bool stopping;
	struct beside *data; /* NULL: none */
	bool data_good;	     /* after command_run() */
};

/* Reads the options and prepares loop and signals. Returns -1 to go on, or an exit status. */
int command_open(struct command *c, enum options_command which, int argc, char **argv);
/* Hooks of a line: its data channel, for which ARG begins with a struct command. */
void command_data(void *arg, const struct addr *at, bool connect);
bool command_busy(void *arg);
/* Lets the loop end when nothing else keeps it: no more signals. */
void command_let_go(struct command *c);
/* Runs until nothing is left, and frees the loop. */
void command_run(struct command *c);
/* Says on standard output what a call does, unless it is to be JSON. */
void command_say(const struct command *c, const char *fmt, ...) PST_PRINTF(2, 3);
void command_report(const struct command *c, const struct report *r);

#endif
