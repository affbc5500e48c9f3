/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.245 TransportAddress (H.323 uses unicast and, for media, multicast) and struct addr, both ways. */
#ifndef PST_H245_ADDR_H
#define PST_H245_ADDR_H

#include "base/addr.h"
#include "h245/msg.h"

/* Unicast or multicast, IPv4 or IPv6 (of a source route: its destination). PST_E_UNSUPPORTED: another kind. */
PST_MUST_CHECK int h245_addr_read(struct addr *out, const struct h245_transport_address *ta);
PST_MUST_CHECK int h245_unicast_read(struct addr *out, const struct h245_unicast_address *ua);
/* Makes *TA a unicast address, in A. PST_E_ARG: no family; PST_E_NOMEM. */
PST_MUST_CHECK int h245_addr_build(struct h245_transport_address *ta, const struct addr *addr, struct arena *a);
PST_MUST_CHECK int h245_unicast_build(struct h245_unicast_address *ua, const struct addr *addr, struct arena *a);
/* The same as a new TransportAddress, or NULL. */
struct h245_transport_address *h245_addr_new(const struct addr *addr, struct arena *a);

#endif
