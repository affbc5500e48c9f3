/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Leases as people see them, and what they may change. */
#include <jansson.h>

#include "daemon/leases_private.h"

struct listing {
	const struct daemon_leases *l;
	json_t *list;
};

static json_t *one(const struct daemon_leases *l, const struct lease *lease)
{
	char host[ADDR_STRLEN], address[ADDR_STRLEN];
	const uint64_t now = leases_now(l), end = lease_end_ms(l->table, lease);
	const struct gw_config *gw = &l->conf->gw;
	return json_pack("{s:s,s:s,s:s,s:s,s:b,s:I,s:I,s:I}", "host",
	        lease->host.family != ADDR_NONE ? addr_ip_str(&lease->host, host) : "", "address",
	        addr_ip_str(&lease->address, address), "realm",
	        lease->realm < gw->n_realms ? gw->realms[lease->realm].name : "", "state", lease_state_str(lease->state),
	        "answered", lease->answered, "uses", (json_int_t)lease->uses, "since_ms",
	        (json_int_t)(now > lease->since_ms ? now - lease->since_ms : 0), "expires_ms",
	        (json_int_t)(end == 0 ? 0 : end > now ? end - now : 1));
}

static void add(void *ctx, const struct lease *lease)
{
	const struct listing *g = ctx;
	if (lease->state != LEASE_RESTING || lease_end_ms(g->l->table, lease) > leases_now(g->l))
		json_array_append_new(g->list, one(g->l, lease));
}

json_t *daemon_leases_json(const struct daemon_leases *l)
{
	struct listing g = {l, json_array()};
	if (l->table != NULL && g.list != NULL)
		lease_each(l->table, add, &g);
	return g.list;
}

json_t *daemon_leases_status_json(const struct daemon_leases *l)
{
	struct lease_stats s;
	if (l->table == NULL)
		return NULL;
	lease_stats(l->table, &s);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "leases", (json_int_t)s.bound, "used", (json_int_t)s.used, "max",
	        (json_int_t)l->conf->leases.max, "remembered", (json_int_t)s.addresses, "granted", (json_int_t)s.granted,
	        "returned", (json_int_t)s.returned, "expired", (json_int_t)s.expired, "refused", (json_int_t)s.refused,
	        "waiting", (json_int_t)l->n_waits);
}

/* ---- changes ---- */

static const char *reason(int rc)
{
	switch (rc) {
	case PST_E_SPACE: return "no address is left in the pools";
	case PST_E_BUSY: return "it is in use, or rests after another host";
	case PST_E_DENIED: return "the configuration has a static lease there";
	case PST_E_RANGE: return "no pool has that address";
	case PST_E_NOT_FOUND: return "there is no such lease, host or pool";
	default: return pst_strerror(rc);
	}
}

struct wish {
	enum daemon_leases_act act;
	const struct addr *host, *address;
};

static int carry_out(struct daemon_leases *l, const struct wish *w, uint32_t realm, uint8_t family, const struct lease **out)
{
	const uint64_t now = leases_now(l);
	if (w->act == DAEMON_LEASES_GRANT)
		return lease_grant(l->table, w->host, realm, family, now, out);
	if (w->act == DAEMON_LEASES_PIN)
		return lease_pin(l->table, w->host, realm, family, w->address->family != ADDR_NONE ? w->address : NULL, now, out);
	const struct lease *lease = lease_of_host(l->table, w->host, realm, family);
	if (lease == NULL)
		return PST_E_NOT_FOUND;
	*out = lease;
	return lease_release(l->table, &lease->address, now);
}

/* Whether REALM and FAMILY are meant. */
static bool meant(const struct daemon_leases *l, const struct wish *w, const char *name, uint32_t realm, uint8_t family)
{
	return (name == NULL || strcmp(l->conf->gw.realms[realm].name, name) == 0) && lease_has_pool(l->table, realm, family) &&
	       (w->address->family == ADDR_NONE || w->address->family == family);
}

/* A realm that has not what was asked for does not matter where another has. */
static int everywhere(struct daemon_leases *l, const struct wish *w, const char *name, json_t *list)
{
	static const uint8_t families[] = {ADDR_IP4, ADDR_IP6};
	int rc = PST_E_NOT_FOUND;
	for (uint32_t i = 0; i < 2 * l->conf->gw.n_realms; i++) {
		const struct lease *lease = NULL;
		if (!meant(l, w, name, i / 2, families[i % 2]))
			continue;
		const int err = carry_out(l, w, i / 2, families[i % 2], &lease);
		if (err == PST_OK)
			json_array_append_new(list, one(l, lease));
		if (rc == PST_E_NOT_FOUND || rc == PST_E_RANGE)
			rc = err;
	}
	return json_array_size(list) > 0 ? PST_OK : rc;
}

json_t *daemon_leases_act(struct daemon_leases *l, enum daemon_leases_act act, const struct addr *host,
        const struct addr *address, const char *realm, const char **why)
{
	const struct wish w = {act, host, address};
	json_t *list = json_array();
	int rc = list != NULL ? PST_OK : PST_E_NOMEM;
	*why = "there are no pools: leases.pools is empty";
	if (l->table == NULL) {
		json_decref(list);
		return NULL;
	}
	const struct lease *of_address = lease_of_address(l->table, host);
	if (rc == PST_OK && act == DAEMON_LEASES_RELEASE && of_address != NULL) {
		rc = lease_release(l->table, host, leases_now(l));
		if (rc == PST_OK)
			json_array_append_new(list, one(l, of_address));
	} else if (rc == PST_OK && act != DAEMON_LEASES_RELEASE && !leases_is_inside(&l->conf->gw, host)) {
		*why = "that is no host inside";
		json_decref(list);
		return NULL;
	} else if (rc == PST_OK) {
		rc = everywhere(l, &w, realm, list);
	}
	leases_schedule(l);
	if (rc == PST_OK)
		return list;
	*why = reason(rc);
	json_decref(list);
	return NULL;
}
