/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: see the header. */
#include "h245/addr.h"

static int make(struct addr *out, struct pst_slice ip, size_t len, uint32_t port)
{
	if (ip.n != len || port > 65535)
		return PST_E_BAD;
	*out = len == 4 ? addr_ip4(ip.p, (uint16_t)port) : addr_ip6(ip.p, (uint16_t)port);
	return 0;
}

int h245_unicast_read(struct addr *out, const struct h245_unicast_address *ua)
{
	switch (ua->choice) {
	case H245_UNICAST_ADDRESS_IP_ADDRESS:
		return make(out, ua->u.ip_address->network, 4, ua->u.ip_address->tsap_identifier);
	case H245_UNICAST_ADDRESS_IP6_ADDRESS:
		return make(out, ua->u.ip6_address->network, 16, ua->u.ip6_address->tsap_identifier);
	case H245_UNICAST_ADDRESS_IP_SOURCE_ROUTE_ADDRESS:
		return make(out, ua->u.ip_source_route_address->network, 4,
			ua->u.ip_source_route_address->tsap_identifier);
	default: return PST_E_UNSUPPORTED;
	}
}

static int multicast_read(struct addr *out, const struct h245_multicast_address *ma)
{
	switch (ma->choice) {
	case H245_MULTICAST_ADDRESS_IP_ADDRESS:
		return make(out, ma->u.ip_address->network, 4, ma->u.ip_address->tsap_identifier);
	case H245_MULTICAST_ADDRESS_IP6_ADDRESS:
		return make(out, ma->u.ip6_address->network, 16, ma->u.ip6_address->tsap_identifier);
	default: return PST_E_UNSUPPORTED;
	}
}

int h245_addr_read(struct addr *out, const struct h245_transport_address *ta)
{
	switch (ta->choice) {
	case H245_TRANSPORT_ADDRESS_UNICAST_ADDRESS: return h245_unicast_read(out, ta->u.unicast_address);
	case H245_TRANSPORT_ADDRESS_MULTICAST_ADDRESS: return multicast_read(out, ta->u.multicast_address);
	default: return PST_E_UNSUPPORTED;
	}
}

int h245_unicast_build(struct h245_unicast_address *ua, const struct addr *addr, struct arena *a)
{
	const size_t len = addr_ip_len(addr);
	if (len == 0)
		return PST_E_ARG;
	const uint8_t *ip = arena_dup(a, addr->ip, len);
	if (ip == NULL)
		return PST_E_NOMEM;
	if (len == 4) {
		struct h245_unicast_address_ip_address *v = ARENA_NEW(a, struct h245_unicast_address_ip_address);
		if (v == NULL)
			return PST_E_NOMEM;
		v->network = slice_of(ip, 4);
		v->tsap_identifier = addr->port;
		ua->choice = H245_UNICAST_ADDRESS_IP_ADDRESS;
		ua->u.ip_address = v;
	} else {
		struct h245_unicast_address_ip6_address *v = ARENA_NEW(a, struct h245_unicast_address_ip6_address);
		if (v == NULL)
			return PST_E_NOMEM;
		v->network = slice_of(ip, 16);
		v->tsap_identifier = addr->port;
		ua->choice = H245_UNICAST_ADDRESS_IP6_ADDRESS;
		ua->u.ip6_address = v;
	}
	return 0;
}

int h245_addr_build(struct h245_transport_address *ta, const struct addr *addr, struct arena *a)
{
	struct h245_unicast_address *ua = ARENA_NEW(a, struct h245_unicast_address);
	if (ua == NULL)
		return PST_E_NOMEM;
	const int err = h245_unicast_build(ua, addr, a);
	if (err != 0)
		return err;
	ta->choice = H245_TRANSPORT_ADDRESS_UNICAST_ADDRESS;
	ta->u.unicast_address = ua;
	return 0;
}

struct h245_transport_address *h245_addr_new(const struct addr *addr, struct arena *a)
{
	struct h245_transport_address *ta = ARENA_NEW(a, struct h245_transport_address);
	return ta != NULL && h245_addr_build(ta, addr, a) == 0 ? ta : NULL;
}
