/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls without H.323, each kind on a port of its own: the connections between the same two hosts are one call, which has
 * no other. What there is of them before anything is said: who may begin one, where it goes, with which addresses.
 */
#ifndef PST_GATEWAY_PORT_CALL_H
#define PST_GATEWAY_PORT_CALL_H

#include "gateway/gw.h"

/* A connection ACCEPTED on the port of KIND came from PEER, as gw_incoming() has it: a pair in the call that stands between
 * PEER and whom it meant, or in a new one. NULL: refused, nothing was adopted. */
struct gw_pair *gw_port_call_accept(struct gateway *gw, enum gw_call_kind kind, void *accepted, const struct addr *peer,
	const struct addr *local, const struct addr *original);
/* Looks for CALL's way, once (call->route). False: it waits for an address of the caller's own (call->wait). */
bool gw_port_call_way(struct gw_call *call);
/* The way is known: both legs, with their addresses. NULL, or static text: it leads nowhere, because of that. */
const char *gw_port_call_set_out(struct gw_call *call);
/* What CALL waited for is there, or will not come: it goes on. */
void gw_port_call_resume(struct gw_call *call);
/* When CALL is given up for its silence. */
uint64_t gw_port_call_idle_at(const struct gw_call *call);
/* The call is over. */
void gw_port_call_forget(struct gw_call *call);

#endif
