/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The firewall: one nftables table of our own, `inet postern`. Every change
 * replaces the whole table in one transaction, so that what stands is always
 * either the old set or the new one, and nothing of other people's rules is
 * touched. Used by the monitor only; needs CAP_NET_ADMIN.
 *
 * Pinholes of the user plane are sockets of the gateway itself: no forwarded
 * packet is ever let through, so the table has no exceptions.
 */
#ifndef PST_FW_NFT_H
#define PST_FW_NFT_H

#include "base/addr.h"
#include "base/err.h"

enum { FW_IFNAME_MAX = 15, FW_NFT_TEXT_MAX = 65536, FW_NFT_ERR_MAX = 256 };

struct fw_nft_ports {
	uint16_t first, last;
};

struct fw_nft_realm {
	const char *const *interfaces; /* at least one */
	uint32_t n_interfaces;
	struct addr address; /* the gateway's own in this realm: where intercepted connections end */
	bool inside;         /* its endpoints may register with gatekeepers outside */
};

/* A gatekeeper outside: what is sent to it from inside, for RAS or discovery, comes to a port of ours. */
struct fw_nft_gatekeeper {
	struct addr address; /* with port */
	uint16_t port;
};

struct fw_nft_set {
	const struct fw_nft_realm *realms;
	uint32_t n_realms;
	uint16_t port; /* TCP port of call signalling */
	const uint16_t *kept_ports; /* TCP ports that are intercepted besides: of directories, of T.120 */
	uint32_t n_kept_ports;
	const struct fw_nft_gatekeeper *gatekeepers;
	uint32_t n_gatekeepers;
	uint16_t refused_port; /* a TCP port that ENFORCE refuses at once, where callers wait for an answer; 0: none */
	bool enforce;  /* drop what is forwarded between interfaces of different realms */
	/* Addresses that stand for hosts: of this machine's services they have only what a call opens, and what is
	 * intercepted. */
	bool leases;
	const struct addr *virtuals; /* what is there by now; more by fw_nft_virtual() */
	uint32_t n_virtuals;
	struct fw_nft_ports tcp_ports, udp_ports; /* that calls open */
};

/* True for a name that the kernel accepts and that needs no escaping in a rule: 1 to 15 of A-Z a-z 0-9 . _ -
 * @, and not "." or "..". */
bool fw_ifname_valid(const char *name);

/* Writes the transaction that makes the table what SET says into BUF. Pure. PST_E_ARG: a name, a port or an
 * address that can't stand in a rule, or a realm without interface; PST_E_SPACE. */
PST_MUST_CHECK int fw_nft_text(const struct fw_nft_set *set, char *buf, size_t cap);

/* Makes the table what SET says, whatever stood there before. ERR (FW_NFT_ERR_MAX octets) gets the reason in
 * words. PST_E_ARG and PST_E_SPACE as above, PST_E_SYS: the kernel refused and nothing changed, PST_E_NOMEM.
 */
PST_MUST_CHECK int fw_nft_apply(const struct fw_nft_set *set, char err[static FW_NFT_ERR_MAX]);

/* Adds A to the sets of virtual addresses, or takes it out; in a table with leases. To add what is there is fine. Errors as
 * fw_nft_apply(). */
PST_MUST_CHECK int fw_nft_virtual(const struct addr *a, bool add, char err[static FW_NFT_ERR_MAX]);

/* Removes the table; not being there is fine. Errors as fw_nft_apply(). */
PST_MUST_CHECK int fw_nft_remove(char err[static FW_NFT_ERR_MAX]);

#endif
