/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/conf_leases.h"

#include <stdlib.h>

/* ---- pools ---- */

static bool find_realm(const struct gw_config *gw, const char *name, uint32_t *realm)
{
	for (*realm = 0; *realm < gw->n_realms; (*realm)++) {
		if (strcmp(gw->realms[*realm].name, name) == 0)
			return true;
	}
	return false;
}

static void check_pool_realm(struct conf_checking *k, uint32_t at, const char *name, struct lease_pool *p)
{
	char path[64];
	snprintf(path, sizeof path, "leases.pools.%u.realm", at);
	if (name == NULL)
		conf_check_problem(k, path, "%s is missing", path);
	else if (!find_realm(&k->c->gw, name, &p->realm))
		conf_check_bad_value(k, path, name, "is no realm");
	else if (k->c->gw.realms[p->realm].role != GW_ROLE_OUTSIDE)
		conf_check_bad_value(k, path, name, "is not outside: hosts inside have addresses of their own there");
	else if (k->c->gw.mode == GW_MODE_OFF)
		conf_check_problem(k, path, "%s: virtual addresses need mode intercept or enforce", path);
}

static bool usable(const struct addr *a)
{
	return !addr_is_unspecified(a) && !addr_is_multicast(a) && !addr_is_broadcast(a) && !addr_is_loopback(a) &&
	       !addr_is_link_local(a) && !addr_is_mapped(a);
}

/* A pool among another realm's hosts would take calls from them. */
static const char *other_holder(const struct gw_config *gw, const struct lease_pool *p)
{
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		const struct gw_realm *r = &gw->realms[i];
		for (uint32_t j = 0; i != p->realm && j < r->n_networks; j++) {
			if (addr_prefix_has(&r->networks[j], &p->first) || addr_prefix_has(&r->networks[j], &p->last))
				return r->name;
		}
	}
	return NULL;
}

static void check_pool_addresses(struct conf_checking *k, uint32_t at, const char *text, struct lease_pool *p)
{
	const struct conf_leases *l = &k->c->leases;
	const struct gw_config *gw = &k->c->gw;
	char path[64];
	snprintf(path, sizeof path, "leases.pools.%u.addresses", at);
	if (text == NULL) {
		conf_check_problem(k, path, "%s is missing", path);
		return;
	}
	if (lease_pool_parse(p, text) != PST_OK || !usable(&p->first) || !usable(&p->last)) {
		conf_check_bad_value(k, path, text, "has to be an address, a range FIRST-LAST or a prefix, of addresses that hosts can have");
		return;
	}
	if (p->realm < gw->n_realms && gw->realms[p->realm].address.family != ADDR_NONE &&
	        gw->realms[p->realm].address.family != p->first.family)
		conf_check_bad_value(k, path, text, "is not of the family of the realm's address");
	const char *holder = other_holder(gw, p);
	if (holder != NULL)
		conf_check_problem(k, path, "%s: these are addresses of realm %s", path, holder);
	for (uint32_t i = 0; i < at; i++) {
		if (lease_pool_overlap(p, &l->pools[i]))
			conf_check_problem(k, path, "%s: has addresses of leases.pools.%u", path, i);
	}
}

static int check_pools(struct conf_checking *k)
{
	struct conf_leases *l = &k->c->leases;
	if (k->raw->n_pools == 0)
		return PST_OK;
	l->pools = calloc(k->raw->n_pools, sizeof *l->pools);
	if (l->pools == NULL)
		return PST_E_NOMEM;
	l->n_pools = k->raw->n_pools;
	for (uint32_t i = 0; i < l->n_pools; i++) {
		check_pool_realm(k, i, k->raw->pools[i].realm, &l->pools[i]);
		check_pool_addresses(k, i, k->raw->pools[i].addresses, &l->pools[i]);
	}
	return PST_OK;
}

/* ---- static leases ---- */

static const struct lease_pool *pool_of(const struct conf_leases *l, const struct addr *a)
{
	for (uint32_t i = 0; i < l->n_pools; i++) {
		if (lease_pool_has(&l->pools[i], a))
			return &l->pools[i];
	}
	return NULL;
}

static bool parse_host(struct addr *a, const char *text)
{
	return text != NULL && addr_parse(a, text, 0) == PST_OK && a->port == 0 && usable(a);
}

/* Whether A is a host of a realm that is inside. */
static bool is_inside(const struct gw_config *gw, const struct addr *a)
{
	bool rest = false;
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		const struct gw_realm *r = &gw->realms[i];
		for (uint32_t j = 0; j < r->n_networks; j++) {
			if (addr_prefix_has(&r->networks[j], a))
				return r->role == GW_ROLE_INSIDE;
		}
		rest = rest || (r->n_networks == 0 && r->role == GW_ROLE_INSIDE);
	}
	return rest;
}

static bool is_gateway(const struct gw_config *gw, const struct addr *a)
{
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		if (addr_ip_eq(&gw->realms[i].address, a))
			return true;
	}
	return false;
}

static void check_static(struct conf_checking *k, uint32_t at, const struct conf_raw_static *raw)
{
	const struct conf_leases *l = &k->c->leases;
	struct lease_static *s = &l->statics[at];
	char path[64];
	snprintf(path, sizeof path, "leases.static.%u.host", at);
	if (!parse_host(&s->host, raw->host) || !is_inside(&k->c->gw, &s->host))
		conf_check_bad_value(k, path, raw->host != NULL ? raw->host : "", "has to be the address of a host inside, without port");
	snprintf(path, sizeof path, "leases.static.%u.address", at);
	const struct lease_pool *p = parse_host(&s->address, raw->address) ? pool_of(l, &s->address) : NULL;
	if (p == NULL || is_gateway(&k->c->gw, &s->address))
		conf_check_bad_value(k, path, raw->address != NULL ? raw->address : "", "has to be an address of one of leases.pools");
	for (uint32_t i = 0; p != NULL && i < at; i++) {
		const struct lease_pool *q = pool_of(l, &l->statics[i].address);
		const bool same_place = q != NULL && q->realm == p->realm && q->first.family == p->first.family;
		if (addr_ip_eq(&l->statics[i].address, &s->address) || (same_place && addr_ip_eq(&l->statics[i].host, &s->host)))
			conf_check_problem(k, path, "%s: leases.static.%u has the same address, or host and realm", path, i);
	}
}

static int check_statics(struct conf_checking *k)
{
	struct conf_leases *l = &k->c->leases;
	if (k->raw->n_statics == 0)
		return PST_OK;
	l->statics = calloc(k->raw->n_statics, sizeof *l->statics);
	if (l->statics == NULL)
		return PST_E_NOMEM;
	l->n_statics = k->raw->n_statics;
	for (uint32_t i = 0; i < l->n_statics; i++)
		check_static(k, i, &k->raw->statics[i]);
	return PST_OK;
}

int conf_leases_check(struct conf_checking *k)
{
	const int rc = check_pools(k);
	return rc == PST_OK ? check_statics(k) : rc;
}

void conf_leases_print(const struct conf *c, FILE *out)
{
	const struct conf_leases *l = &c->leases;
	char text[LEASE_POOL_STRLEN], host[ADDR_STRLEN];
	fprintf(out, "  pools:%s\n", l->n_pools == 0 ? " []" : "");
	for (uint32_t i = 0; i < l->n_pools; i++)
		fprintf(out, "    - realm: '%s'\n      addresses: '%s'\n", c->gw.realms[l->pools[i].realm].name,
		        lease_pool_str(&l->pools[i], text));
	fprintf(out, "  static:%s\n", l->n_statics == 0 ? " []" : "");
	for (uint32_t i = 0; i < l->n_statics; i++)
		fprintf(out, "    - host: '%s'\n      address: '%s'\n", addr_ip_str(&l->statics[i].host, host),
		        addr_ip_str(&l->statics[i].address, text));
}

void conf_leases_free(struct conf_leases *l)
{
	free(l->pools);
	free(l->statics);
}
