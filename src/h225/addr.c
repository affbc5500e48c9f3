/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: see the header. */
#include "h225/addr.h"

int h225_addr_read(struct addr *out, const struct h225_transport_address *ta)
{
	struct pst_slice ip;
	uint32_t port;
	switch (ta->choice) {
	case H225_TRANSPORT_ADDRESS_IP_ADDRESS:
		ip = ta->u.ip_address->ip;
		port = ta->u.ip_address->port;
		break;
	case H225_TRANSPORT_ADDRESS_IP6_ADDRESS:
		ip = ta->u.ip6_address->ip;
		port = ta->u.ip6_address->port;
		break;
	case H225_TRANSPORT_ADDRESS_IP_SOURCE_ROUTE:
		ip = ta->u.ip_source_route->ip;
		port = ta->u.ip_source_route->port;
		break;
	default: return PST_E_UNSUPPORTED;
	}
	const size_t len = ta->choice == H225_TRANSPORT_ADDRESS_IP6_ADDRESS ? 16 : 4;
	if (ip.n != len || port > 65535)
		return PST_E_BAD;
	*out = len == 4 ? addr_ip4(ip.p, (uint16_t)port) : addr_ip6(ip.p, (uint16_t)port);
	return 0;
}

int h225_addr_build(struct h225_transport_address *ta, const struct addr *addr, struct arena *a)
{
	const size_t len = addr_ip_len(addr);
	if (len == 0)
		return PST_E_ARG;
	const uint8_t *ip = arena_dup(a, addr->ip, len);
	if (ip == NULL)
		return PST_E_NOMEM;
	if (len == 4) {
		struct h225_transport_address_ip_address *v = ARENA_NEW(a, struct h225_transport_address_ip_address);
		if (v == NULL)
			return PST_E_NOMEM;
		v->ip = slice_of(ip, 4);
		v->port = addr->port;
		ta->choice = H225_TRANSPORT_ADDRESS_IP_ADDRESS;
		ta->u.ip_address = v;
	} else {
		struct h225_transport_address_ip6_address *v = ARENA_NEW(a, struct h225_transport_address_ip6_address);
		if (v == NULL)
			return PST_E_NOMEM;
		v->ip = slice_of(ip, 16);
		v->port = addr->port;
		ta->choice = H225_TRANSPORT_ADDRESS_IP6_ADDRESS;
		ta->u.ip6_address = v;
	}
	return 0;
}

struct h225_transport_address *h225_addr_new(const struct addr *addr, struct arena *a)
{
	struct h225_transport_address *ta = ARENA_NEW(a, struct h225_transport_address);
	return ta != NULL && h225_addr_build(ta, addr, a) == 0 ? ta : NULL;
}
