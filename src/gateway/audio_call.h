/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Audio call control of NetMeeting 1, TCP port 1731: nobody has described its octets, so they are passed on as they are,
 * and none of them is an address to us. Where two callers of one address would be the same to a peer outside, as their
 * UDP could not be told apart, there is one at a time. While such a connection stands, UDP may pass between exactly its
 * two hosts, ports kept, where the relay plane has ranges.
 */
#ifndef PST_GATEWAY_AUDIO_CALL_H
#define PST_GATEWAY_AUDIO_CALL_H

#include "gateway/gw.h"

/* A connection came to the port of audio call control. As gw_incoming(). */
PST_MUST_CHECK int gw_audio_incoming(struct gateway *gw, void *accepted, const struct addr *peer,
	const struct addr *local, const struct addr *original);
/* What the call waited for (call->wait) is there, or will not come. */
void gw_audio_resume(struct gw_call *call);
/* C stands, and with it both ends. */
void gw_audio_opened(struct gw_conn *c);
/* When a datagram last passed; 0: none has. */
uint64_t gw_audio_last_ms(const struct gw_call *call);
/* What the call's UDP has moved, both ways, where P is its pinhole and open. */
bool gw_audio_figures(const struct gw_call *call, const struct gw_pinhole *p, struct relay_flow_stats *out);
/* The call is over. */
void gw_audio_end(struct gw_call *call);
/* Octets on a connection of such a call. */
void gw_audio_octets(struct gw_conn *c, struct pst_slice octets);

#endif
