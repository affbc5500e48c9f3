/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every relay plane must do, written against struct relay_ops. A plane's test gives
 * a rig: how to make one, and how a packet gets to it.
 */
#ifndef TESTS_RELAY_CONFORMANCE_H
#define TESTS_RELAY_CONFORMANCE_H

#include "relay/relay.h"

enum { RIG_SESSIONS = 1100 }; /* what a rig is restarted with, as a rule */

struct rig {
	struct relay relay;
	/* Sends a packet FROM a host to TO, which is a plane's address. */
	void (*send)(struct rig *rig, const struct addr *from, const struct addr *to);
	/* Lets the plane work for a moment. */
	void (*step)(struct rig *rig);
	/* Where a packet came out: the receiver's address in *AT, whom it seemed to come from in *SEEN.
	 * False: none did. WAIT: one must, be patient. */
	bool (*came)(struct rig *rig, bool wait, struct addr *at, struct addr *seen);
	/* Ends the plane, where there is one, and makes another for SESSIONS sessions with both legs on one
	 * address. */
	void (*restart)(struct rig *rig, uint32_t sessions);
	const char *hosts[4]; /* inside, outside, a stranger, the plane's own: all can send */
};

/* Runs all of it; RIG is restarted before each part. */
void conformance_run(struct rig *rig);

#endif
