/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks posternd over its control socket. Errors have been told on standard error. */
#ifndef PST_CLI_ASK_H
#define PST_CLI_ASK_H

#include <jansson.h>

struct ask {
	int fd;
	char *buf;
	size_t have, cap, taken;
};

/* Connects to PATH. CLI_OK or CLI_NO_DAEMON. */
int ask_open(struct ask *a, const char *path);
/* Sends REQUEST (taken; NULL is out of memory). */
int ask_send(struct ask *a, json_t *request);
/* Waits for the next line and hands out its member MEMBER, a new reference. CLI_FAILED: the daemon says no;
 * CLI_NO_DAEMON: it is gone or what it says is no answer. */
int ask_next(struct ask *a, const char *member, json_t **out);
void ask_close(struct ask *a);

/* One question and its answer. */
int ask_once(const char *path, json_t *request, const char *member, json_t **out);

/* Prints O as JSON, over several lines where PRETTY. All text comes out as ASCII. */
void ask_print_json(const json_t *o, int pretty);

#endif
