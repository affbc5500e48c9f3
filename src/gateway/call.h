/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call: its two call signalling connections, the messages that cross between them, and its end. */
#ifndef PST_GATEWAY_CALL_H
#define PST_GATEWAY_CALL_H

#include "gateway/gw.h"

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
