/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be asked of the table while its configuration stays the same. */
#include "lease/table_private.h"

#include <stdlib.h>

void lease_table_free(struct lease_table *t)
{
	if (t == NULL)
		return;
	lease_index_free(&t->index);
	free(t->pools);
	free(t->statics);
	free(t->excluded);
	free(t);
}

/* ---- look-up ---- */

static struct lease_row *bound_row(const struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family)
{
	struct lease_row *r = lease_index_host(&t->index, host, realm, family);
	return r != NULL && r->l.state != LEASE_RESTING ? r : NULL;
}

const struct lease *lease_of_host(const struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family)
{
	const struct lease_row *r = bound_row(t, host, realm, family);
	return r != NULL ? &r->l : NULL;
}

const struct lease *lease_of_address(const struct lease_table *t, const struct addr *address)
{
	const struct lease_row *r = lease_index_address(&t->index, address);
	return r != NULL && r->l.state != LEASE_RESTING ? &r->l : NULL;
}

bool lease_has_pool(const struct lease_table *t, uint32_t realm, uint8_t family)
{
	for (uint32_t i = 0; i < t->n_pools; i++) {
		if (t->pools[i].pool.realm == realm && t->pools[i].pool.first.family == family)
			return true;
	}
	return false;
}

uint64_t lease_end_ms(const struct lease_table *t, const struct lease *l)
{
	if (l->state == LEASE_RESTING)
		return l->used_ms + t->quarantine_ms;
	return l->state == LEASE_BOUND && l->uses == 0 ? l->used_ms + t->ttl_ms : 0;
}

void lease_each(const struct lease_table *t, void (*each)(void *ctx, const struct lease *l), void *ctx)
{
	for (uint32_t i = 0; i < t->index.n_slots; i++) {
		for (const struct lease_row *r = t->index.by_address[i]; r != NULL; r = r->next_by_address)
			each(ctx, &r->l);
	}
}

void lease_stats(const struct lease_table *t, struct lease_stats *out)
{
	*out = t->stats;
	out->addresses = t->index.n;
}

const char *lease_state_str(enum lease_state s)
{
	switch (s) {
	case LEASE_BOUND: return "bound";
	case LEASE_PINNED: return "pinned";
	case LEASE_STATIC: return "static";
	case LEASE_RESTING: return "resting";
	}
	return "?";
}

/* ---- granting ---- */

static int bind_new(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family,
	enum lease_state state, uint64_t now_ms, struct lease_row **out)
{
	struct addr address;
	struct lease_row *r;
	int rc = t->stats.bound >= t->max ? PST_E_SPACE : PST_OK;
	if (!lease_has_pool(t, realm, family))
		rc = PST_E_NOT_FOUND;
	if (rc == PST_OK)
		rc = lease_choose(t, host, realm, family, now_ms, &address, &r);
	if (rc == PST_OK && r == NULL)
		rc = lease_row_new(t, &address, &r, now_ms);
	t->stats.refused += rc == PST_E_SPACE;
	if (rc != PST_OK)
		return rc;
	lease_row_bind(t, r, host, state, now_ms);
	*out = r;
	return PST_OK;
}

int lease_grant(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family, uint64_t now_ms,
	const struct lease **out)
{
	struct lease_row *r = bound_row(t, host, realm, family);
	int rc = PST_OK;
	if (r != NULL)
		lease_row_renew(t, r, now_ms);
	else
		rc = bind_new(t, host, realm, family, LEASE_BOUND, now_ms, &r);
	if (rc == PST_OK)
		*out = &r->l;
	return rc;
}

/* The row of ADDRESS for HOST, which has none or another that is not in use. */
static int take_address(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family,
	const struct addr *address, uint64_t now_ms, struct lease_row **out)
{
	const uint32_t pool = address->family == family ? lease_pool_find(t, address) : LEASE_NO_POOL;
	struct lease_row *has = bound_row(t, host, realm, family), *r = lease_index_address(&t->index, address);
	if (pool == LEASE_NO_POOL || t->pools[pool].pool.realm != realm || lease_is_excluded(t, address))
		return PST_E_RANGE;
	if (r != NULL && (r->l.state != LEASE_RESTING ||
				 (!addr_ip_eq(&r->l.host, host) && r->l.used_ms + t->quarantine_ms > now_ms)))
		return PST_E_BUSY;
	if (has != NULL && has->l.uses != 0)
		return PST_E_BUSY;
	if (has == NULL && t->stats.bound >= t->max)
		return PST_E_SPACE;
	if (r == NULL) {
		const int rc = lease_row_new(t, address, &r, now_ms);
		if (rc != PST_OK)
			return rc;
	}
	if (has != NULL)
		lease_row_rest(t, has, now_ms);
	*out = r;
	return PST_OK;
}

int lease_pin(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family, const struct addr *address,
	uint64_t now_ms, const struct lease **out)
{
	struct lease_row *r = bound_row(t, host, realm, family);
	int rc = PST_OK;
	if (r != NULL && r->l.state == LEASE_STATIC)
		return PST_E_DENIED;
	if (r != NULL && (address == NULL || addr_ip_eq(&r->l.address, address))) {
		lease_row_renew(t, r, now_ms);
		lease_row_set(t, r, LEASE_PINNED);
	} else if (address == NULL) {
		rc = bind_new(t, host, realm, family, LEASE_PINNED, now_ms, &r);
	} else {
		rc = take_address(t, host, realm, family, address, now_ms, &r);
		if (rc == PST_OK)
			lease_row_bind(t, r, host, LEASE_PINNED, now_ms);
	}
	if (rc == PST_OK)
		*out = &r->l;
	return rc;
}

/* ---- use, and the end ---- */

int lease_release(struct lease_table *t, const struct addr *address, uint64_t now_ms)
{
	struct lease_row *r = lease_index_address(&t->index, address);
	if (r == NULL || r->l.state == LEASE_RESTING)
		return PST_E_NOT_FOUND;
	if (r->l.state == LEASE_STATIC)
		return PST_E_DENIED;
	if (r->l.uses != 0)
		return PST_E_BUSY;
	lease_row_rest(t, r, now_ms);
	return PST_OK;
}

void lease_hold(struct lease_table *t, const struct addr *host, uint32_t realm, int by, uint64_t now_ms)
{
	static const uint8_t families[] = { ADDR_IP4, ADDR_IP6 };
	for (size_t i = 0; i < 2; i++) {
		struct lease_row *r = bound_row(t, host, realm, families[i]);
		if (r != NULL)
			lease_row_hold(t, r, by, now_ms);
	}
	if (by < 0 && t->waiting != 0)
		lease_make_statics(t, now_ms);
}

void lease_answered(struct lease_table *t, const struct addr *address, bool ok, uint64_t now_ms)
{
	const struct addr nobody = { 0 };
	struct lease_row *r = lease_index_address(&t->index, address);
	if (r == NULL || r->l.state == LEASE_RESTING)
		return;
	r->l.answered = ok;
	if (ok)
		return;
	r->asked = false;
	if (t->ops.dropped != NULL)
		t->ops.dropped(t->arg, &r->l, "the gateway can not answer for it");
	if (r->l.state != LEASE_BOUND)
		return;
	lease_index_rename(&t->index, r, &nobody, r->l.realm);
	lease_row_rest(t, r, now_ms);
}

uint64_t lease_due(const struct lease_table *t)
{
	return t->idle.head != NULL ? t->idle.head->l.used_ms + t->ttl_ms : 0;
}

void lease_tick(struct lease_table *t, uint64_t now_ms)
{
	lease_sort(t);
	while (t->idle.head != NULL && t->idle.head->l.used_ms + t->ttl_ms <= now_ms) {
		t->stats.expired++;
		lease_row_rest(t, t->idle.head, now_ms);
	}
	if (t->waiting != 0)
		lease_make_statics(t, now_ms);
}
