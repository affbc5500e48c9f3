/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who wants leases, and holds them: calls by the gateway's questions, hosts by what they have registered. */
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/leases_private.h"

static const uint8_t families[] = {ADDR_IP4, ADDR_IP6};

void leases_warn_empty(struct daemon_leases *l, uint32_t realm, const struct addr *host)
{
	char text[ADDR_STRLEN];
	uint64_t before = 0;
	if (log_allow(&l->empty_rate, clock_now_ms(), &before))
		log_warn("leases",
		        "no address is left in the pools of realm %s: %s, and %llu before it, share the gateway's, and are "
		        "called by name or by port",
		        l->conf->gw.realms[realm].name, addr_ip_str(host, text), (unsigned long long)before);
}

static int grant(struct daemon_leases *l, const struct addr *host, uint32_t realm, uint8_t family, const struct lease **out)
{
	const int rc = lease_grant(l->table, host, realm, family, leases_now(l), out);
	if (rc == PST_E_SPACE)
		leases_warn_empty(l, realm, host);
	return rc;
}

/* ---- registrations ---- */

static void key_of(uint8_t key[static 17], const struct addr *a)
{
	memset(key, 0, 17);
	key[0] = a->family;
	memcpy(key + 1, a->ip, addr_ip_len(a));
}

static struct leases_host *find_host(const struct daemon_leases *l, const struct addr *host)
{
	struct leases_host *h = NULL;
	uint8_t key[17];
	key_of(key, host);
	HASH_FIND(hh, l->hosts, key, sizeof key, h);
	return h;
}

bool leases_is_inside(const struct gw_config *gw, const struct addr *a)
{
	bool rest = false;
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		const struct gw_realm *r = &gw->realms[i];
		if (addr_ip_eq(&r->address, a))
			return false;
		for (uint32_t j = 0; j < r->n_networks; j++) {
			if (addr_prefix_has(&r->networks[j], a))
				return r->role == GW_ROLE_INSIDE;
		}
		rest = rest || (r->n_networks == 0 && r->role == GW_ROLE_INSIDE);
	}
	return rest;
}

static void hold_for_names(struct daemon_leases *l, struct leases_host *h)
{
	const struct gw_config *gw = &l->conf->gw;
	if (!l->conf->leases.on_registration || !leases_is_inside(gw, &h->host))
		return;
	for (uint32_t realm = 0; realm < gw->n_realms; realm++) {
		bool any = false;
		if (gw->realms[realm].role != GW_ROLE_OUTSIDE || (h->held & 1U << realm) != 0)
			continue;
		for (size_t f = 0; f < 2; f++) {
			const struct lease *lease;
			any |= lease_has_pool(l->table, realm, families[f]) &&
			       grant(l, &h->host, realm, families[f], &lease) == PST_OK;
		}
		if (!any)
			continue;
		h->held |= 1U << realm;
		lease_hold(l->table, &h->host, realm, 1, leases_now(l));
	}
}

static void let_go(struct daemon_leases *l, struct leases_host *h, uint32_t realms)
{
	for (uint32_t realm = 0; realm < CONF_REALMS_MAX; realm++) {
		if ((h->held & realms & 1U << realm) != 0 && l->table != NULL)
			lease_hold(l->table, &h->host, realm, -1, leases_now(l));
	}
	h->held &= ~realms;
}

void daemon_leases_registered(struct daemon_leases *l, const struct addr *host, int by)
{
	struct leases_host *h = find_host(l, host);
	if (h == NULL && (by < 0 || host->family == ADDR_NONE || (h = calloc(1, sizeof *h)) == NULL))
		return;
	if (h->names == 0) {
		key_of(h->key, host);
		h->host = addr_with_port(*host, 0);
		HASH_ADD(hh, l->hosts, key, sizeof h->key, h);
	}
	h->names += by > 0 ? 1U : -1U;
	if (h->names == 0) {
		let_go(l, h, UINT32_MAX);
		HASH_DEL(l->hosts, h);
		free(h);
	} else if (by > 0 && l->table != NULL) {
		hold_for_names(l, h);
	}
	leases_schedule(l);
}

/* The number that the realm FROM of A has in B; CONF_REALMS_MAX: none. */
static uint32_t renumbered(const struct conf *a, uint32_t from, const struct conf *b)
{
	uint32_t to = 0;
	while (to < b->gw.n_realms && strcmp(a->gw.realms[from].name, b->gw.realms[to].name) != 0)
		to++;
	return to < b->gw.n_realms ? to : CONF_REALMS_MAX;
}

/* What is held in realms that are no more is let go of first. */
void leases_hosts_before(struct daemon_leases *l, const struct conf *conf)
{
	struct leases_host *h, *next;
	HASH_ITER(hh, l->hosts, h, next)
	{
		uint32_t held = 0;
		for (uint32_t i = 0; l->conf != NULL && i < l->conf->gw.n_realms; i++) {
			const uint32_t to = renumbered(l->conf, i, conf);
			if ((h->held & 1U << i) == 0)
				continue;
			if (to == CONF_REALMS_MAX || !conf->leases.on_registration)
				let_go(l, h, 1U << i);
			else
				held |= 1U << to;
		}
		h->held = held;
	}
}

void leases_hosts_after(struct daemon_leases *l)
{
	struct leases_host *h, *next;
	HASH_ITER(hh, l->hosts, h, next)
	hold_for_names(l, h);
}

void leases_hosts_free(struct daemon_leases *l)
{
	struct leases_host *h, *next;
	HASH_ITER(hh, l->hosts, h, next)
	{
		HASH_DEL(l->hosts, h);
		free(h);
	}
}

/* ---- the gateway ---- */

static bool virtual_of(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out)
{
	const struct daemon_leases *l = arg;
	const struct lease *lease = l->table != NULL ? lease_of_host(l->table, host, realm, family) : NULL;
	if (lease == NULL || !lease->answered)
		return false;
	*out = lease->address;
	return true;
}

static bool host_of(void *arg, const struct addr *local, struct addr *host)
{
	const struct daemon_leases *l = arg;
	const struct lease *lease = l->table != NULL ? lease_of_address(l->table, local) : NULL;
	if (lease == NULL)
		return false;
	*host = lease->host;
	return true;
}

static void want(void *arg, const struct addr *host, uint32_t realm, uint8_t family, void (*done)(void *darg, bool granted),
        void *darg)
{
	struct daemon_leases *l = arg;
	const struct lease *lease = NULL;
	const bool has = l->table != NULL && lease_of_host(l->table, host, realm, family) != NULL;
	if (l->table == NULL || l->freed || (!has && !l->conf->leases.on_call) ||
	        grant(l, host, realm, family, &lease) != PST_OK) {
		done(darg, false);
		return;
	}
	const struct addr address = lease->address;
	const bool ready = lease->answered;
	/* the other one too: a peer may have either */
	const uint8_t other = family == ADDR_IP4 ? ADDR_IP6 : ADDR_IP4;
	if (!has && lease_has_pool(l->table, realm, other))
		(void)!grant(l, host, realm, other, &lease);
	struct leases_host *h = find_host(l, host);
	if (h != NULL)
		hold_for_names(l, h);
	leases_schedule(l);
	if (ready)
		done(darg, true);
	else
		leases_wait(l, &address, done, darg);
}

static void hold(void *arg, const struct addr *host, uint32_t realm, int by)
{
	struct daemon_leases *l = arg;
	if (l->table == NULL)
		return;
	lease_hold(l->table, host, realm, by, leases_now(l));
	leases_schedule(l);
}

struct gw_leases daemon_leases_gateway(struct daemon_leases *l)
{
	return (struct gw_leases){virtual_of, host_of, want, hold, l};
}
