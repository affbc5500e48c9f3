/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.225.0 TransportAddress and struct addr, both ways. */
#ifndef PST_H225_ADDR_H
#define PST_H225_ADDR_H

#include "base/addr.h"
#include "h225/msg.h"

/* ipAddress, ip6Address, and ipSourceRoute's destination. PST_E_UNSUPPORTED: another kind; PST_E_BAD: octets missing. */
PST_MUST_CHECK int h225_addr_read(struct addr *out, const struct h225_transport_address *ta);
/* Makes *TA an ipAddress or ip6Address, in A. PST_E_ARG: no family; PST_E_NOMEM. */
PST_MUST_CHECK int h225_addr_build(struct h225_transport_address *ta, const struct addr *addr, struct arena *a);
/* The same as a new TransportAddress, or NULL. */
struct h225_transport_address *h225_addr_new(const struct addr *addr, struct arena *a);

#endif
