/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way between registrar and worker: messages of registry/msg.h in packets of a socket pair, on the loop. What is sent
 * keeps its order and never waits for long; what the other side does not take is kept, up to a limit. One thread.
 */
#ifndef PST_DAEMON_LINK_H
#define PST_DAEMON_LINK_H

#include <uv.h>

#include "registry/msg.h"

struct daemon_link;

struct daemon_link_ops {
	/* What M points to is valid during the call. An error is the link's end. Must not free the link. */
	int (*message)(void *arg, const struct registry_msg *m);
	/* The other side is gone, or sent what is no message, or does not read. Nothing more comes or goes. May free the link. */
	void (*lost)(void *arg);
};

/* Takes FD, also when it fails. OPS and ARG are borrowed. PST_E_NOMEM, PST_E_SYS. */
PST_MUST_CHECK int daemon_link_new(
        struct daemon_link **out, uv_loop_t *loop, int fd, const struct daemon_link_ops *ops, void *arg);

/* Sends M. On return it is in the other side's hands, before anything that is sent to anybody else later; only where the other
 * side has not read for a while, it follows when it does. */
void daemon_link_send(struct daemon_link *l, const struct registry_msg *m);
/* Between these two calls much is sent, and nothing is waited for. */
void daemon_link_bulk_begin(struct daemon_link *l);
void daemon_link_bulk_end(struct daemon_link *l);
/* Takes all that the other side has sent so far. lost() is not called from here, but by the loop. */
void daemon_link_drain(struct daemon_link *l);
/* The loop must run once more. NULL is allowed. */
void daemon_link_free(struct daemon_link *l);

#endif
