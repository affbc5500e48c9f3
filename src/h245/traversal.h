/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What H.460.19 says in OpenLogicalChannel and its ack (genericInformation): how media pass somebody else's NAT. Both ways
 * as the traversal server needs it; several sessions on one port (multiplexed media) are none of it.
 */
#ifndef PST_H245_TRAVERSAL_H
#define PST_H245_TRAVERSAL_H

#include "base/addr.h"
#include "h245/msg.h"

/* Whether G is what a Recommendation of H.460 says in H.245 (messageIdentifier {itu-t(0) recommendation(0) h(8) 460 N ...});
 * then *N is its number. */
bool h245_h460_read(const struct h245_generic_message *g, uint8_t *n);

/* Puts H.460.19's TraversalParameters before what *V of N elements has: the client is to send to KEEP_ALIVE every INTERVAL_S
 * seconds (1 and more), so that its NAT lets pass what comes back. In A. PST_E_NOMEM, PST_E_LIMIT. */
PST_MUST_CHECK int h245_traversal_add(struct h245_generic_message **v, uint32_t *n, const struct addr *keep_alive,
	uint32_t interval_s, struct arena *a);

#endif
