/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Peers behind somebody else's NAT (H.460.18, H.460.19): nobody can connect to them, and what they say of their own
 * addresses is of no use. For a call they are summoned, and connect to us; so they do for H.245. Their media goes
 * where theirs comes from, from the host that signals and no other; a client of H.460.19 is told where to send to when it
 * has nothing to say, so that this is known, and its NAT stays open. Several sessions on one port are not offered.
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
/* What a message to leg TO says of H.460.19, that we are a server of it, where BODY has a place for it. PST_E_NOMEM. */
PST_MUST_CHECK int gw_behind_put_feature(struct gw_call *call, int to, struct h225_h323_uu_pdu_h323_message_body *body);
/* The same for a channel of the session S (NULL: it has none): where the peer of leg TO has to send to; the list *V of *N
 * elements, *HAS: whether it is there. PST_E_NOMEM and PST_E_LIMIT. */
PST_MUST_CHECK int gw_behind_put_keep_alive(const struct gw_call *call, int to, const struct gw_session *s, bool *has,
	struct h245_generic_message **v, uint32_t *n);
/* Whether T.120 of a channel that the peer of leg FROM wants to open could not come about, as who would be connected to is
 * behind a NAT. */
bool gw_behind_bars_data(const struct gw_call *call, int from, const struct h245_open_logical_channel *olc);
/* Asks the peer of LEG to connect to LOCAL for H.245 (Facility, startH245). */
void gw_behind_start_h245(struct gw_call *call, int leg, const struct addr *local);
/* Looks where media of peers behind a NAT comes from; returns when to look again (0: all is known). */
uint64_t gw_behind_learn(struct gw_call *call, uint64_t now_ms);

#endif
