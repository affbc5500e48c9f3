/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Audio call control of NetMeeting 1, TCP port 1731: nobody has described its octets, so they are passed on as they are,
 * and none of them is an address to us. Where two callers of one address would be the same to a peer outside, as their
 * UDP could not be told apart, there is one at a time.
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
/* Octets on a connection of such a call. */
void gw_audio_octets(struct gw_conn *c, struct pst_slice octets);

#endif
