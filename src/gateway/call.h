/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call: its two call signalling connections, the messages that cross between them, and its end. */
#ifndef PST_GATEWAY_CALL_H
#define PST_GATEWAY_CALL_H

#include "gateway/gw.h"

/* What every call has to pass at its beginning: a connection from PEER was accepted on LOCAL, ORIGINAL is where
 * it wanted to go. The call is new, in the table, with neither connection; NULL: refused, counted and logged. */
struct gw_call *gw_call_admit(
	struct gateway *gw, const struct addr *peer, const struct addr *local, const struct addr *original);
/* Octets on a call signalling connection. */
void gw_call_data(struct gw_conn *c, struct pst_slice octets);
/* A call signalling connection stands, or is gone. */
void gw_call_opened(struct gw_conn *c);
void gw_call_lost(struct gw_conn *c);
/* What its timers say; sets the next one. */
void gw_call_due(struct gw_call *call);
/* Frees an ended call. */
void gw_call_free(struct gw_call *call);
const char *gw_call_state_str(uint8_t state);

#endif
