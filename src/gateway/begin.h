/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The beginning of a call: who came, whom they called, where it goes. */
#ifndef PST_GATEWAY_BEGIN_H
#define PST_GATEWAY_BEGIN_H

#include "gateway/gw.h"

/* Counts CALL as refused, and against its source where that is outside. */
void gw_call_refused(struct gw_call *call);
/* After gw_call_admit() gave no call: PST_E_BUSY where who is there may wait, else PST_E_DENIED. */
int gw_call_denied(const struct gateway *gw);
/* What every call has to pass at its beginning: a connection from PEER was accepted on LOCAL, ORIGINAL is where
 * it wanted to go. The call is new, in the table, with neither connection; NULL: refused, counted and logged. */
struct gw_call *gw_call_admit(
	struct gateway *gw, const struct addr *peer, const struct addr *local, const struct addr *original);
/* M is the caller's Setup: finds where the call goes and starts connecting. True: the call goes on, and M with it. False: it
 * is over, or waits (call->wait), and is to be given M once more when it no longer does. */
bool gw_begin(struct gw_call *call, struct h225_msg *m);

#endif
