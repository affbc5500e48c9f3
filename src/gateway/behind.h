/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Peers behind somebody else's NAT (H.460.18, H.460.19): nobody can connect to them, and what they say of their own
 * addresses is of no use. For a call they are summoned, and connect to us; so they do for H.245. Their media goes
 * where theirs comes from, from the host that signals and no other.
 */
#ifndef PST_GATEWAY_BEHIND_H
#define PST_GATEWAY_BEHIND_H

#include "gateway/gw.h"

/* Summons the callee and awaits its connection, where it is such a one. False: it is not. */
bool gw_behind_summon(struct gw_call *call);
/* Whether the first message of a connection, M on C, is a summoned callee's. Then C is closed, its connection the awaited
 * call's, and C's own call over. */
bool gw_behind_came(struct gw_conn *c, const struct h225_msg *m);
/* Nobody is awaited any more. */
void gw_behind_forget(struct gw_call *call);
/* Whether the caller says that it supports H.460.18 or .19. */
bool gw_behind_offers(const struct h225_setup_uuie *setup);
/* Asks the peer of LEG to connect to LOCAL for H.245 (Facility, startH245). */
void gw_behind_start_h245(struct gw_call *call, int leg, const struct addr *local);
/* Looks where media of peers behind a NAT comes from; returns when to look again (0: all is known). */
uint64_t gw_behind_learn(struct gw_call *call, uint64_t now_ms);

#endif
