/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text of the table, and its way into the kernel through libnftables. */
#include "fw/nft.h"

#include <nftables/libnftables.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RAS_PORT = 1719, DISCOVERY_PORT = 1718 };

/* Adding the table first makes the deletion valid where there is none: one transaction in every case. */
static const char clear_text[] = "add table inet postern\ndelete table inet postern\n";

struct text {
	char *p;
	size_t cap;
	size_t n;
	bool full;
};

static void put(struct text *t, const char *fmt, ...) PST_PRINTF(2, 3);

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const int n = vsnprintf(t->p + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->cap - t->n)
		t->full = true;
	else
		t->n += (size_t)n;
}

bool fw_ifname_valid(const char *name)
{
	const size_t n = strlen(name);
	if (n == 0 || n > FW_IFNAME_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@") == n;
}

static bool set_valid(const struct fw_nft_set *set)
{
	if (set->port == 0)
		return false;
	if (set->leases && (set->tcp_ports.first == 0 || set->tcp_ports.first > set->tcp_ports.last ||
	                           set->udp_ports.first == 0 || set->udp_ports.first > set->udp_ports.last))
		return false;
	for (uint32_t i = 0; i < set->n_kept_ports; i++) {
		if (set->kept_ports[i] == 0 || set->kept_ports[i] == set->port)
			return false;
	}
	for (uint32_t i = 0; i < set->n_gatekeepers; i++) {
		const struct addr *a = &set->gatekeepers[i].address;
		if (set->gatekeepers[i].port == 0 || a->port == 0 || a->port == DISCOVERY_PORT || addr_ip_len(a) == 0 ||
		        addr_is_unspecified(a))
			return false;
	}
	for (uint32_t i = 0; i < set->n_realms; i++) {
		const struct fw_nft_realm *r = &set->realms[i];
		if (r->n_interfaces == 0 || addr_ip_len(&r->address) == 0 || addr_is_unspecified(&r->address))
			return false;
		for (uint32_t j = 0; j < r->n_interfaces; j++) {
			if (!fw_ifname_valid(r->interfaces[j]))
				return false;
		}
	}
	return true;
}

static void put_interfaces(struct text *t, const struct fw_nft_realm *r)
{
	put(t, "{ ");
	for (uint32_t i = 0; i < r->n_interfaces; i++)
		put(t, "%s\"%s\"", i != 0 ? ", " : "", r->interfaces[i]);
	put(t, " }");
}

/* Directories and T.120 likewise; each keeps its port. */
static void put_kept(struct text *t, const struct fw_nft_set *set, const struct fw_nft_realm *r)
{
	const char *family = r->address.family == ADDR_IP6 ? "ip6" : "ip";
	char a[ADDR_STRLEN];
	if (set->n_kept_ports == 0)
		return;
	put(t, "\t\tiifname ");
	put_interfaces(t, r);
	addr_ip_str(&r->address, a);
	put(t, " %s daddr != %s tcp dport { ", family, a);
	for (uint32_t i = 0; i < set->n_kept_ports; i++)
		put(t, "%s%u", i != 0 ? ", " : "", set->kept_ports[i]);
	put(t, " } counter dnat %s to %s\n", family, a);
}

/* Each gatekeeper has a port of its own here, so that who was asked is known without the datagram's first destination. */
static void put_gatekeepers(struct text *t, const struct fw_nft_set *set, const struct fw_nft_realm *r)
{
	const bool ip6 = r->address.family == ADDR_IP6;
	for (uint32_t i = 0; r->inside && i < set->n_gatekeepers; i++) {
		const struct fw_nft_gatekeeper *g = &set->gatekeepers[i];
		const char *family = ip6 ? "ip6" : "ip";
		char to[ADDR_STRLEN], a[ADDR_STRLEN];
		if (g->address.family != r->address.family)
			continue;
		put(t, "\t\tiifname ");
		put_interfaces(t, r);
		put(t, " %s daddr %s udp dport { %u", family, addr_ip_str(&g->address, a), DISCOVERY_PORT);
		put(t, ", %u", RAS_PORT);
		if (g->address.port != RAS_PORT)
			put(t, ", %u", g->address.port);
		put(t, " } counter dnat %s to %s%s%s:%u\n", family, ip6 ? "[" : "",
		        addr_ip_str(&r->address, to), ip6 ? "]" : "", g->port);
	}
}

/* Call signalling that a realm sends anywhere but to the gateway's address in that realm comes to that
 * address. It is a translation to the address, not a plain redirect: a redirect takes whichever address the
 * interface has first. */
static void put_intercept(struct text *t, const struct fw_nft_set *set)
{
	put(t, "\tchain intercept {\n\t\ttype nat hook prerouting priority dstnat; policy accept;\n");
	for (uint32_t i = 0; i < set->n_realms; i++) {
		const struct fw_nft_realm *r = &set->realms[i];
		const bool ip6 = r->address.family == ADDR_IP6;
		const char *family = ip6 ? "ip6" : "ip";
		char a[ADDR_STRLEN];
		put(t, "\t\tiifname ");
		put_interfaces(t, r);
		addr_ip_str(&r->address, a);
		put(t, " %s daddr != %s tcp dport %u counter dnat %s to %s%s%s:%u\n", family, a, set->port,
		        family, ip6 ? "[" : "", a, ip6 ? "]" : "", set->port);
		put_kept(t, set, r);
		put_gatekeepers(t, set, r);
	}
	put(t, "\t}\n");
}

/* Connections that stood before the table did are not let through either. */
static void put_wall(struct text *t, const struct fw_nft_set *set)
{
	put(t, "\tchain wall {\n\t\ttype filter hook forward priority filter; policy accept;\n");
	for (uint32_t i = 0; i < set->n_realms && set->refused_port != 0; i++) {
		put(t, "\t\tiifname ");
		put_interfaces(t, &set->realms[i]);
		put(t, " tcp dport %u counter reject with tcp reset\n", set->refused_port);
	}
	for (uint32_t i = 0; i < set->n_realms; i++) {
		for (uint32_t j = 0; j < set->n_realms; j++) {
			if (i == j)
				continue;
			put(t, "\t\tiifname ");
			put_interfaces(t, &set->realms[i]);
			put(t, " oifname ");
			put_interfaces(t, &set->realms[j]);
			put(t, " counter drop\n");
		}
	}
	put(t, "\t}\n");
}

static void put_virtuals(struct text *t, const struct fw_nft_set *set, enum addr_family family)
{
	const char *name = family == ADDR_IP4 ? "4" : "6", *before = "\t\telements = { ";
	char a[ADDR_STRLEN];
	put(t, "\tset virtual%s {\n\t\ttype ipv%s_addr\n", name, name);
	for (uint32_t i = 0; i < set->n_virtuals; i++) {
		if (set->virtuals[i].family != family)
			continue;
		put(t, "%s%s", before, addr_ip_str(&set->virtuals[i], a));
		before = ", ";
	}
	put(t, before[0] == ',' ? " }\n\t}\n" : "\t}\n");
}

/* A virtual address is one of this machine as well, whose own services are nobody's business there. What is intercepted has
 * another destination by then. */
static void put_leases(struct text *t, const struct fw_nft_set *set)
{
	put(t, "\tchain virtual {\n\t\ttype filter hook input priority filter; policy accept;\n"
	       "\t\tip daddr @virtual4 jump virtual_ports\n\t\tip6 daddr @virtual6 jump virtual_ports\n\t}\n"
	       "\tchain virtual_ports {\n\t\tct state established,related accept\n"
	       "\t\tmeta l4proto { icmp, ipv6-icmp } accept\n"
	       "\t\ttcp dport %u-%u accept\n\t\tudp dport %u-%u accept\n\t\tcounter drop\n\t}\n",
	        set->tcp_ports.first, set->tcp_ports.last, set->udp_ports.first, set->udp_ports.last);
}

int fw_nft_text(const struct fw_nft_set *set, char *buf, size_t cap)
{
	if (!set_valid(set))
		return PST_E_ARG;
	struct text t = {buf, cap, 0, false};
	put(&t, "%stable inet postern {\n", clear_text);
	if (set->leases) {
		put_virtuals(&t, set, ADDR_IP4);
		put_virtuals(&t, set, ADDR_IP6);
		put_leases(&t, set);
	}
	put_intercept(&t, set);
	if (set->enforce)
		put_wall(&t, set);
	put(&t, "}\n");
	return t.full ? PST_E_SPACE : PST_OK;
}

/* The first line of what libnftables says, which is the one with the reason. */
static void first_line(char err[static FW_NFT_ERR_MAX], const char *text)
{
	size_t n = text != NULL ? strcspn(text, "\n") : 0;
	if (n == 0) {
		snprintf(err, FW_NFT_ERR_MAX, "nftables refused the table and gave no reason");
		return;
	}
	if (n >= FW_NFT_ERR_MAX)
		n = FW_NFT_ERR_MAX - 1;
	memcpy(err, text, n);
	err[n] = '\0';
}

static int run(const char *text, char err[static FW_NFT_ERR_MAX])
{
	err[0] = '\0';
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	if (ctx == NULL)
		return PST_E_NOMEM;
	int rc = PST_E_NOMEM;
	if (nft_ctx_buffer_error(ctx) == 0 && nft_ctx_buffer_output(ctx) == 0) {
		rc = nft_run_cmd_from_buffer(ctx, text) == 0 ? PST_OK : PST_E_SYS;
		if (rc != PST_OK)
			first_line(err, nft_ctx_get_error_buffer(ctx));
	}
	nft_ctx_free(ctx);
	return rc;
}

int fw_nft_apply(const struct fw_nft_set *set, char err[static FW_NFT_ERR_MAX])
{
	err[0] = '\0';
	const size_t cap = FW_NFT_TEXT_MAX + (size_t)set->n_virtuals * ADDR_STRLEN;
	char *text = malloc(cap);
	if (text == NULL)
		return PST_E_NOMEM;
	int rc = fw_nft_text(set, text, cap);
	if (rc == PST_OK)
		rc = run(text, err);
	else
		snprintf(err, FW_NFT_ERR_MAX, "the configured realms make no rule: %s", pst_strerror(rc));
	free(text);
	return rc;
}

int fw_nft_virtual(const struct addr *a, bool add, char err[static FW_NFT_ERR_MAX])
{
	char text[128], ip[ADDR_STRLEN];
	snprintf(text, sizeof text, "%s element inet postern virtual%s { %s }\n", add ? "add" : "delete",
	        a->family == ADDR_IP4 ? "4" : "6", addr_ip_str(a, ip));
	return run(text, err);
}

int fw_nft_remove(char err[static FW_NFT_ERR_MAX])
{
	return run(clear_text, err);
}
