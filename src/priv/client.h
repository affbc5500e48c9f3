/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A child's end: asks the monitor and goes on; the answer comes from the
 * loop. One thread. Handlers may ask again, but not free the client.
 */
#ifndef PST_PRIV_CLIENT_H
#define PST_PRIV_CLIENT_H

#include <uv.h>

#include "priv/msg.h"

struct priv_client;

struct priv_client_ops {
	/* A configuration to come; make all ready for it and answer with PRIV_PREPARED, once. FD is the handler's. */
	void (*config)(void *arg, uint32_t generation, int fd);
	/* Take into use what was prepared, and answer with PRIV_CONFIG_DONE. */
	void (*commit)(void *arg, uint32_t generation);
	/* Forget what was prepared. */
	void (*abort)(void *arg, uint32_t generation);
	/* FD, the handler's, leads to the monitor's child number PEER from now on. */
	void (*peer)(void *arg, uint32_t peer, int fd);
	/* End the calls and then the process. */
	void (*stop)(void *arg);
	/* The monitor is gone, or what it sent is no message. Nothing more comes; questions stay without
	 * answer. */
	void (*lost)(void *arg);
};

/* SYS_ERRNO where STATUS is PST_E_SYS. FD: the descriptor asked for, the handler's now, or -1. */
typedef void priv_reply_h(void *arg, int status, int sys_errno, int fd);

/* Takes SOCK, also when it fails. OPS and ARG are borrowed. PST_E_NOMEM, PST_E_SYS. */
PST_MUST_CHECK int priv_client_new(
        struct priv_client **out, uv_loop_t *loop, int sock, const struct priv_client_ops *ops, void *arg);

/* Sends ASK (its id is filled in) and calls H with the answer, once. PST_E_LIMIT: too many questions are
 * open; else as priv_msg_send(), and H is not called. */
PST_MUST_CHECK int priv_client_ask(
        struct priv_client *c, const struct priv_msg *ask, priv_reply_h *h, void *arg);
/* Sends M, which has no answer. */
PST_MUST_CHECK int priv_client_tell(struct priv_client *c, const struct priv_msg *m);

/* Open questions are forgotten. The loop must run once more before it is closed. */
void priv_client_free(struct priv_client *c);

#endif
