/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/address.h"

static bool any_has(const struct addr_prefix *p, uint32_t n, const struct addr *a)
{
	for (uint32_t i = 0; i < n; i++)
		if (addr_prefix_has(&p[i], a))
			return true;
	return false;
}

bool gw_address_is_gateway(const struct gw_config *cfg, const struct addr *addr)
{
	for (uint32_t i = 0; i < cfg->n_realms; i++)
		if (addr_ip_eq(&cfg->realms[i].address, addr))
			return true;
	struct addr host;
	return gw_address_host(cfg, addr, &host);
}

bool gw_address_host(const struct gw_config *cfg, const struct addr *addr, struct addr *host)
{
	const struct addr ip = addr_with_port(*addr, 0);
	struct addr found;
	if (cfg->leases.host_of == NULL || !cfg->leases.host_of(cfg->leases.arg, &ip, &found))
		return false;
	*host = addr_with_port(found, 0);
	return true;
}

bool gw_address_virtual(const struct gw_config *cfg, const struct gw_realm *realm, const struct addr *host,
	uint8_t family, struct addr *out)
{
	const struct addr ip = addr_with_port(*host, 0);
	struct addr found;
	if (cfg->leases.virtual_of == NULL || gw_realm_of(cfg, &ip) == realm ||
		!cfg->leases.virtual_of(
			cfg->leases.arg, &ip, (uint32_t)(realm - cfg->realms), family, &found) ||
		found.family != family)
		return false;
	*out = addr_with_port(found, 0);
	return true;
}

struct addr gw_address_local(
	const struct gw_config *cfg, const struct gw_realm *realm, const struct addr *host, uint8_t family)
{
	struct addr out;
	if (gw_address_virtual(cfg, realm, host, family, &out))
		return out;
	return realm->address.family == family ? addr_with_port(realm->address, 0) : (struct addr){ 0 };
}

uint16_t gw_address_port(const struct gw_config *cfg, const struct addr *local, const struct addr *host)
{
	struct addr one;
	for (uint32_t i = 0; i < cfg->n_ports; i++)
		if (addr_ip_eq(&cfg->ports[i].host, host) && !gw_address_host(cfg, local, &one))
			return cfg->ports[i].port;
	return cfg->signalling_port;
}

/* What no address of anybody may be. GW_ADDR_OWN: nothing wrong with it. */
static enum gw_verdict judge_form(const struct addr *addr)
{
	if (addr_is_loopback(addr))
		return GW_ADDR_LOOPBACK;
	if (addr_is_multicast(addr) || addr_is_broadcast(addr))
		return GW_ADDR_MULTICAST;
	/* an IPv4 address in IPv6 clothes goes round every rule made for IPv4 */
	if (addr_is_unspecified(addr) || addr_is_link_local(addr) || addr_is_mapped(addr))
		return GW_ADDR_UNUSABLE;
	return GW_ADDR_OWN;
}

/* A gatekeeper that routes the signalling of calls whose media goes from host to host. */
static bool speaks_for(
	const struct gw_config *cfg, const struct gw_realm *realm, const struct addr *peer, const struct addr *addr)
{
	for (uint32_t i = 0; i < cfg->n_gatekeepers; i++)
		if (addr_ip_eq(&cfg->gatekeepers[i], peer))
			return realm->role == GW_ROLE_OUTSIDE && gw_realm_of(cfg, addr) == realm;
	return false;
}

enum gw_verdict gw_address_judge(const struct gw_config *cfg, const struct gw_realm *realm,
	const struct addr *peer, const struct addr *addr)
{
	const enum gw_verdict form = judge_form(addr);
	if (form != GW_ADDR_OWN)
		return form;
	if (gw_address_is_gateway(cfg, addr))
		return GW_ADDR_GATEWAY;
	if (!addr_ip_eq(peer, addr) && !any_has(realm->media_hosts, realm->n_media_hosts, addr) &&
		!speaks_for(cfg, realm, peer, addr))
		return GW_ADDR_FOREIGN;
	/* 1503 and 1720, the only well-known ports that may be signalled, are above this bound anyway */
	return addr->port < 1024 ? GW_ADDR_LOW_PORT : GW_ADDR_OWN;
}

bool gw_address_dialable(const struct gw_config *cfg, const struct addr *addr)
{
	return judge_form(addr) == GW_ADDR_OWN && !gw_address_is_gateway(cfg, addr) && addr->port >= 1024;
}

const struct gw_realm *gw_realm_of(const struct gw_config *cfg, const struct addr *addr)
{
	const struct gw_realm *rest = NULL;
	for (uint32_t i = 0; i < cfg->n_realms; i++) {
		const struct gw_realm *r = &cfg->realms[i];
		if (any_has(r->networks, r->n_networks, addr))
			return r;
		if (r->n_networks == 0 && (rest == NULL || rest->address.family != addr->family))
			rest = r;
	}
	return rest;
}

const char *gw_verdict_str(enum gw_verdict v)
{
	switch (v) {
	case GW_ADDR_OWN: return "the sender's own";
	case GW_ADDR_GATEWAY: return "the gateway's own";
	case GW_ADDR_FOREIGN: return "not the sender's";
	case GW_ADDR_LOOPBACK: return "loopback";
	case GW_ADDR_MULTICAST: return "multicast or broadcast";
	case GW_ADDR_UNUSABLE: return "unspecified, link-local or IPv4 as IPv6";
	case GW_ADDR_LOW_PORT: return "port below 1024";
	}
	return "?";
}
