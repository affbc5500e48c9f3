/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls of T.120 alone, without H.323: somebody connects to T.120's own port. Such a call is a pair of connections, or
 * several (one for each priority, or one to ask and one to join: T.123, T.124 7.1), between the same two hosts. The caller
 * speaks first, with an X.224 connection request; what cannot be carried is answered with an X.224 disconnect.
 */
#ifndef PST_GATEWAY_DATA_CALL_H
#define PST_GATEWAY_DATA_CALL_H

#include "gateway/gw.h"

/* A connection came to T.120's own port. It belongs to what a call of H.323 announced there to that peer, else to a call
 * of T.120 alone that stands, else it begins one. As gw_incoming(). */
PST_MUST_CHECK int gw_data_incoming(struct gateway *gw, void *accepted, const struct addr *peer,
	const struct addr *local, const struct addr *original);
/* What the call waited for (call->wait) is there, or will not come. */
void gw_data_resume(struct gw_call *call);
/* Octets on a connection of such a call. */
void gw_data_octets(struct gw_conn *c, struct pst_slice octets);
/* Before P is closed: its caller gets an X.224 disconnect where it asked and nobody has confirmed. */
void gw_data_refuse(struct gw_pair *p);
/* When P is given up unless something comes; 0: it stands. */
uint64_t gw_data_until(const struct gw_pair *p);

#endif
