/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May a signalled address open something? Only the sender's own may, or one that the configuration says may
 * stand for it. Pure. The rules are what keeps a signalled address from opening a hole to somebody else ("NAT
 * slipstreaming").
 */
#ifndef PST_GATEWAY_ADDRESS_H
#define PST_GATEWAY_ADDRESS_H

#include "base/addr.h"
#include "gateway/config.h"

enum gw_verdict {
	GW_ADDR_OWN,	 /* the sender's: gets a virtual address and a pinhole */
	GW_ADDR_GATEWAY, /* one of ours */
	GW_ADDR_FOREIGN, /* somebody else's */
	GW_ADDR_LOOPBACK,
	GW_ADDR_MULTICAST, /* and broadcast */
	GW_ADDR_UNUSABLE,  /* unspecified, link-local, IPv4-mapped */
	GW_ADDR_LOW_PORT,  /* below 1024, or none */
};

/* ADDR was signalled by PEER of REALM. */
enum gw_verdict gw_address_judge(const struct gw_config *cfg, const struct gw_realm *realm,
	const struct addr *peer, const struct addr *addr);
/* Is the address (port aside) one of the gateway's, in any realm: its own, or one that stands for a host? */
bool gw_address_is_gateway(const struct gw_config *cfg, const struct addr *addr);
/* The host that the virtual address ADDR (port aside) stands for, without port. False: it is none. */
bool gw_address_host(const struct gw_config *cfg, const struct addr *addr, struct addr *host);
/* The virtual address of REALM for HOST, of FAMILY. False: it has none, or needs none because it is of REALM. */
bool gw_address_virtual(const struct gw_config *cfg, const struct gw_realm *realm, const struct addr *host,
	uint8_t family, struct addr *out);
/* What stands for HOST in REALM: its virtual address, else the gateway's own. Without port; family 0: there is
 * none of FAMILY. */
struct addr gw_address_local(
	const struct gw_config *cfg, const struct gw_realm *realm, const struct addr *host, uint8_t family);
/* May somebody be dialled there: not ours, no loopback, multicast, broadcast, unspecified, and a port of at
 * least 1024? */
bool gw_address_dialable(const struct gw_config *cfg, const struct addr *addr);
/* The port at which HOST is called where LOCAL stands for it: its own where LOCAL is an address of the gateway's that many
 * share, else call signalling's. */
uint16_t gw_address_port(const struct gw_config *cfg, const struct addr *local, const struct addr *host);
/* The realm that holds ADDR: the one whose networks do, else the one without networks; NULL when there is
 * none. */
const struct gw_realm *gw_realm_of(const struct gw_config *cfg, const struct addr *addr);
/* "its own", "loopback", ... for ladders and logs. */
const char *gw_verdict_str(enum gw_verdict v);

#endif
