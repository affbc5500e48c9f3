/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A relay plane without a network, for tests and fuzzing: it keeps sessions and flows in
 * memory, judges pretended packets as a real plane must, and knows who forgot to close.
 */
#ifndef PST_RELAY_FAKE_H
#define PST_RELAY_FAKE_H

#include "relay/relay.h"

/* Pairs from port FIRST on (made even), at most SESSIONS_MAX sessions. PST_E_NOMEM. */
PST_MUST_CHECK int relay_fake_new(struct relay *out, uint16_t first, uint32_t sessions_max);
/* Frees the plane and what is left in it; returns how many sessions and ranges their owner did not close. */
uint32_t relay_fake_free(struct relay *relay);

/* Lets N more sessions and ranges open, then each fails with ERR; ERR 0 takes it back. */
void relay_fake_fail(struct relay *relay, uint32_t n, int err);

/* The sessions, latest first: NULL gives the first, the last gives NULL. */
struct relay_session *relay_fake_next(const struct relay *relay, const struct relay_session *s);
/* The session, leg and part that receive on LOCAL; NULL: none. */
struct relay_session *relay_fake_find(
	const struct relay *relay, const struct addr *local, int *leg, enum relay_part *part);
/* The flow as it was set; NULL: not set. */
const struct relay_flow *relay_fake_flow(const struct relay_session *s, int from_leg, enum relay_part part);

/* Was session_hide() called for FROM_LEG? */
bool relay_fake_hides(const struct relay_session *s, int from_leg);

/* Pretends that BYTES octets came from FROM. True: passed on, to *TO (may be NULL). Counted either way. */
bool relay_fake_packet(struct relay_session *s, int leg, enum relay_part part, const struct addr *from,
	size_t bytes, uint64_t now_ms, struct addr *to);

/* The ranges that are open: the one after R, the first where R is NULL; NULL: no more. */
struct relay_range *relay_fake_next_range(const struct relay *relay, const struct relay_range *r);
const struct relay_range_plan *relay_fake_range(const struct relay_range *r);
/* Pretends that BYTES octets of the host of FROM_LEG passed. */
void relay_fake_range_packet(struct relay_range *r, int from_leg, size_t bytes, uint64_t now_ms);

#endif
