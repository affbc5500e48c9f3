/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The logical channels of a call, the RTP sessions they belong to, and the pinholes they own. A channel opens
 * its pinhole when it is accepted and takes it along when it goes; a session keeps its ports as long as a
 * channel names it (H.245 8.4, H.323 8.1.7).
 */
#ifndef PST_GATEWAY_CHANNEL_H
#define PST_GATEWAY_CHANNEL_H

#include "gateway/gw.h"

/* The channel LCN of the transmitter SENDER; NULL when there is none. */
struct gw_channel *gw_channel_find(struct gw_call *call, int sender, uint16_t lcn);

/*
 * An OpenLogicalChannel came in on leg FROM (the proposals of fast connect included: PROPOSED). SENDER is its
 * transmitter: FROM, or, for the reverse proposals of fast connect, the other leg. Creates the channel, or
 * starts it anew where that number is in use. PST_E_LIMIT, PST_E_NOMEM.
 */
PST_MUST_CHECK int gw_channel_offer(struct gw_call *call, struct gw_channel **out, int from, int sender,
	uint16_t lcn, bool proposed, uint32_t session_id);
/* The RTP session of the channel, with ports of its own, made at the first address that needs them.
 * PST_E_SPACE when none are left. */
PST_MUST_CHECK int gw_channel_session(struct gw_call *call, struct gw_channel *ch, struct gw_session **out);
/* The proposal of fast connect that the callee's answer means: by its number, else by session. NULL: it was
 * never proposed. */
struct gw_channel *gw_channel_proposal(struct gw_call *call, int sender, uint16_t lcn, uint32_t session_id);
/* The channel was accepted by the side that did not offer it, which receives at ANSWER[] (family 0: not
 * said). */
void gw_channel_open(struct gw_call *call, struct gw_channel *ch, const struct addr answer[RELAY_PARTS]);
void gw_channel_close(struct gw_call *call, struct gw_channel *ch);
/* Fast connect was answered or refused: what was proposed and not accepted goes. */
void gw_channel_drop_proposals(struct gw_call *call);
void gw_channel_close_all(struct gw_call *call);

/* The session a communication mode entry speaks of, made when needed. */
PST_MUST_CHECK int gw_session_get(
	struct gw_call *call, struct gw_session **out, uint32_t id, int leg, uint16_t lcn);
/* What LEG's peer said of where it receives; sets or changes the flows. */
/* The peer of LEG, behind a NAT, sends from FROM, and receives there. */
void gw_session_latch(
	struct gw_call *call, struct gw_session *s, int leg, enum relay_part part, const struct addr *from);
void gw_session_dest(
	struct gw_call *call, struct gw_session *s, int leg, enum relay_part part, const struct addr *to);
/* When the last packet passed in any session with an open channel, and whether there is one at all. */
bool gw_media_last(const struct gw_call *call, uint64_t *last_ms);
/* Closes the flows of each session in which nothing has passed for as long as the configuration allows,
 * whatever the rest of the call does; returns the next deadline (0: none). For calls that are answered:
 * before, the ringing has its own timers. */
uint64_t gw_media_expire(struct gw_call *call, uint64_t now_ms);

/* A pinhole's record. Owned by the call. NULL when memory is out. */
struct gw_pinhole *gw_pinhole_new(
	struct gw_call *call, enum gw_pinhole_kind kind, int from_leg, uint32_t session, uint16_t lcn);
void gw_pinhole_close(struct gw_call *call, struct gw_pinhole *p);

#endif
