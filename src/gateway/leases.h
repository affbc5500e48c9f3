/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leases of a call: who calls out for the first time is asked a virtual address for, and the call waits for it, for a
 * bounded time; while the call lasts, the leases that it uses are held.
 */
#ifndef PST_GATEWAY_LEASES_H
#define PST_GATEWAY_LEASES_H

#include "gateway/gw.h"

/* The way of CALL is known. True: its caller has no virtual address there yet, one is asked for, and CALL waits
 * (call->wait) until gw_call_resume() comes for it. Once per call. */
bool gw_leases_wait(struct gw_call *call);
/* Both legs are known: their leases stay while the call does. */
void gw_leases_hold(struct gw_call *call);
void gw_leases_let_go(struct gw_call *call);

#endif
