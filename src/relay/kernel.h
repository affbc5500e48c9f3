/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The `kernel` relay plane: packets are rewritten and sent on by programs at the interfaces (XDP, TC) and are never
 * seen by this process. The plane itself needs no privilege and makes no system call per flow: all it does is write
 * into the table that relay/kernel/install.h made. Sessions may be opened on any address of the system's own,
 * also on one that came after the table. A reserved port has no socket, unless addresses are to be
 * hidden in its RTCP, which this process then relays; what comes to it and is not permitted is counted and dropped by
 * the programs. Limits: packets in fragments, or larger than the way out takes,
 * are counted as failed; hosts on the gateway itself are not served.
 */
#ifndef PST_RELAY_KERNEL_H
#define PST_RELAY_KERNEL_H

#include "relay/relay.h"

#include <uv.h>

enum {
	RELAY_KERNEL_REST_MS = 5000,
	RELAY_KERNEL_LEASE_MS = 5000, /* flows end so long after this process has last been alive */
};

struct relay_kernel_config {
	uint16_t first, last; /* ports of each local address; pairs lie wholly inside */
	uint32_t rest_ms;     /* how long a pair rests before it is used again; RELAY_KERNEL_REST_MS */
};

/* Makes a plane on the table TABLE_FD, which stays the caller's; all ports in it are free from now on, whoever
 * had them. PST_E_BAD: it is no such table; PST_E_ARG: no pair in the range; PST_E_NOMEM; PST_E_SYS. */
PST_MUST_CHECK int relay_kernel_new(
	uv_loop_t *loop, int table_fd, const struct relay_kernel_config *conf, struct relay *out);

/* Takes a changed configuration. Open sessions keep their ports, also outside the new range. PST_E_ARG: nothing has
 * changed; PST_E_NOMEM. */
PST_MUST_CHECK int relay_kernel_configure(struct relay *relay, const struct relay_kernel_config *conf);

/* Of the RTP packets passed on from FROM_LEG, those that XDP, where it is at work, left to TC. */
uint64_t relay_kernel_by_tc(const struct relay_session *s, int from_leg);

/* Frees the plane, whose sessions are all closed; its last bit goes when the loop runs next. */
void relay_kernel_free(struct relay *relay);

#endif
