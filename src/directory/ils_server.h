/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ILS on sockets: TCP 389, 1002 and any other, for the directory itself, and for
 * somebody else's ILS that a client connects to through the gateway (ils_rewrite.h).
 * One thread, one libuv loop; the descriptors are handed in. A connection that is silent,
 * sends by drops or does not read costs what it has sent of one message, for a limited
 * time. Entries outlive the connections that made them.
 */
#ifndef PST_DIRECTORY_ILS_SERVER_H
#define PST_DIRECTORY_ILS_SERVER_H

#include <uv.h>

#include "directory/admission.h"
#include "directory/ils.h"

struct ils_server;

struct ils_server_config {
	struct directory *dir;                 /* borrowed; expired by the server */
	const struct directory_policy *policy; /* borrowed; read at each message */
	void *arg;
	directory_admit_h *admit;
	directory_realm_h *realm_of;
	uint32_t connections;            /* 0: 1,024 */
	uint32_t connections_per_source; /* 0: 32 */
	uint32_t idle_ms;                /* without a whole message; 0: 120,000 */
	uint32_t half_ms;                /* in the middle of one, or with an answer that nobody takes; 0: 15,000 */
};

struct ils_server_stats {
	struct ils_stats ils;
	uint64_t connections, refused; /* taken; turned away */
	uint64_t timeouts, broken;     /* closed by us: silent; no LDAP, or too long */
	uint64_t proxied, rewritten;   /* connections to other servers; addresses replaced in them */
	uint64_t opaque;               /* proxied ones that became pipes */
	uint32_t open;
};

/* CFG is copied. PST_E_NOMEM. */
PST_MUST_CHECK int ils_server_new(struct ils_server **out, uv_loop_t *loop, const struct ils_server_config *cfg);
/* Takes over a bound and listening TCP socket, also on error. PST_E_LIMIT: 64 are open. */
PST_MUST_CHECK int ils_server_listen_fd(struct ils_server *s, int fd);
/* Closes the listening sockets; connections go on. New ones may be given when the loop has turned. */
void ils_server_unlisten(struct ils_server *s);
void ils_server_stats(const struct ils_server *s, struct ils_server_stats *out);
/* Closes everything; CLOSED (may be NULL) comes from the loop when the last is gone and S is no more. */
void ils_server_close(struct ils_server *s, void (*closed)(void *arg), void *arg);

#endif
