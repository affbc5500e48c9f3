/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ULS on sockets: TCP 522 (and UDP where it is asked for), for the directory itself, and for somebody else's
 * ULS that a client of a realm connects to through the gateway. One thread, one libuv loop. A
 * client that is silent or does not read costs a small buffer, for a limited time.
 */
#ifndef PST_DIRECTORY_ULS_SERVER_H
#define PST_DIRECTORY_ULS_SERVER_H

#include <uv.h>

#include "directory/admission.h"
#include "directory/model.h"
#include "directory/policy.h"
#include "directory/uls.h"

struct uls_server;

struct uls_server_config {
	struct directory *dir;                 /* borrowed */
	const struct directory_policy *policy; /* borrowed; read at each message */
	void *arg;
	directory_admit_h *admit;
	directory_realm_h *realm_of;
	uint32_t connections;            /* 0: 512 */
	uint32_t connections_per_source; /* 0: 16 */
	uint32_t idle_ms;                /* without a message; 0: 120,000 */
	uint32_t half_ms;                /* in the middle of one; 0: 15,000 */
};

struct uls_server_stats {
	struct uls_stats uls;
	uint64_t connections, refused; /* taken; turned away */
	uint64_t timeouts, broken;     /* closed by us: silent; no ULP, or too long */
	uint64_t proxied, rewritten;   /* connections to other servers; addresses replaced in them */
	uint64_t datagrams;
	uint32_t open;
};

/* CFG is copied. PST_E_NOMEM. */
PST_MUST_CHECK int uls_server_new(struct uls_server **out, uv_loop_t *loop, const struct uls_server_config *cfg);
/* Takes over a bound and listening TCP socket, also on error. PST_E_LIMIT: 64 are open. */
PST_MUST_CHECK int uls_server_listen_fd(struct uls_server *s, int fd);
/* Takes over a bound UDP socket, also on error. Answers are never longer than what was asked. */
PST_MUST_CHECK int uls_server_udp_fd(struct uls_server *s, int fd);
/* Closes the listening sockets; connections go on. New ones may be given when the loop has turned. */
void uls_server_unlisten(struct uls_server *s);
void uls_server_stats(const struct uls_server *s, struct uls_server_stats *out);
/* Closes everything; CLOSED (may be NULL) comes from the loop when the last is gone and S is no more. */
void uls_server_close(struct uls_server *s, void (*closed)(void *arg), void *arg);

#endif
