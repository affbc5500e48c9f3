/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The `kernel` relay plane: packets are rewritten and sent on by programs at the interfaces (XDP, TC) and are never
 * seen by this process. The plane itself needs no privilege and makes no system call per flow: all it does is write
 * into the table that relay/kernel/install.h made. Sessions may be opened on any address of the system's own,
 * also on one that came after the table. A reserved port has no socket; what comes to it and is not permitted is
 * counted and dropped by the programs. RTCP in which addresses are to be hidden is handed to this process, which sends
 * it on. Limits: packets in fragments, or larger than the way out takes
 * (its interface, or a route with a locked mtu), are not put together or cut up but counted as failed, as no end that
 * sends RTP should have to; hosts on the gateway itself are not served.
 */
#ifndef PST_RELAY_KERNEL_H
#define PST_RELAY_KERNEL_H

#include "relay/relay.h"

#include <uv.h>

enum {
	RELAY_KERNEL_REST_MS = 5000,
	RELAY_KERNEL_QUIET_MS = 5000,
	RELAY_KERNEL_LEASE_MS = 5000, /* flows end so long after this process has last been alive */
};

struct relay_kernel_config {
	uint16_t first, last; /* ports of each local address; pairs lie wholly inside */
	uint32_t rest_ms;     /* how long a pair rests before it is used again; RELAY_KERNEL_REST_MS */
	/* For how long media go on at most that are served still, though who opened the flows is no more; 0: not at all.
	 * They end before when they are silent for so long. */
	uint32_t orphan_ms, orphan_quiet_ms; /* RELAY_KERNEL_QUIET_MS */
};

/* Makes a plane on the table TABLE_FD, with the ring RING_FD (-1: none, and no RTCP passes in which addresses are to be
 * hidden); both stay the caller's, and have to stay open. No other is at work on them; all ports in it are
 * free from now on, whoever had them, but those through which media go on. PST_E_BAD: it is no such table; PST_E_ARG: no pair in the range; PST_E_NOMEM; PST_E_SYS. */
PST_MUST_CHECK int relay_kernel_new(
	uv_loop_t *loop, int table_fd, int ring_fd, const struct relay_kernel_config *conf, struct relay *out);

/* Takes a changed configuration. Open sessions keep their ports, also outside the new range. PST_E_ARG: nothing has
 * changed; PST_E_NOMEM. */
PST_MUST_CHECK int relay_kernel_configure(struct relay *relay, const struct relay_kernel_config *conf);

/* Whether flows are served on, for the time of the lease, when all processes of the daemon are dead. */
bool relay_kernel_outlives(const struct relay *relay);

/* Of the RTP packets passed on from FROM_LEG, those that XDP, where it is at work, left to TC. */
uint64_t relay_kernel_by_tc(const struct relay_session *s, int from_leg);

/* Frees the plane, whose sessions and ranges are all closed, and ends what was left to it; its last bit goes when the loop runs next. */
void relay_kernel_free(struct relay *relay);

#endif
