/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether H.245 is tunnelled in the call signalling connection (H.323 8.2.1):
 * the caller offers with h245Tunneling TRUE in Setup, the first message of the
 * callee that is not provisional answers, and FALSE (or nothing) from anybody
 * at any time switches it off for the rest of the call. A gateway keeps one for
 * each leg.
 */
#ifndef PST_CALL_TUNNEL_H
#define PST_CALL_TUNNEL_H

#include "h225/msg.h"

enum tunnel_state { TUNNEL_UNDECIDED, TUNNEL_ON, TUNNEL_OFF };

struct tunnel {
	uint8_t state;
	bool caller; /* we sent the Setup */
};

/* WANT false: off from the start. */
void tunnel_init(struct tunnel *t, bool want, bool caller);
/* Looks at a message of the peer. Returns true when it switched something on or off. */
bool tunnel_received(struct tunnel *t, const struct h225_msg *m);
/* Sets h245Tunneling in a message of ours. */
void tunnel_mark(const struct tunnel *t, struct h225_h323_uu_pdu *pdu);
/* Puts N encoded H.245 messages into it; the array is borrowed. */
void tunnel_attach(struct h225_h323_uu_pdu *pdu, uint32_t n, struct pst_slice *messages);

#endif
