/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which address a host gets: its last one, one that nobody had, the one that rests longest. */
#include "lease/table_private.h"

enum { DERIVE_TRIES = 16 };

uint32_t lease_pool_find(const struct lease_table *t, const struct addr *a)
{
	for (uint32_t i = 0; i < t->n_pools; i++) {
		if (lease_pool_has(&t->pools[i].pool, a))
			return i;
	}
	return LEASE_NO_POOL;
}

bool lease_is_excluded(const struct lease_table *t, const struct addr *a)
{
	for (uint32_t i = 0; i < t->n_excluded; i++) {
		if (addr_ip_eq(&t->excluded[i], a))
			return true;
	}
	return false;
}

static bool untouched(const struct lease_table *t, const struct addr *a)
{
	return lease_index_address(&t->index, a) == NULL && !lease_is_excluded(t, a);
}

/* The host's address and a secret give the same ones each time, as long as the secret lives. */
static bool derive(const struct lease_table *t, const struct lease_pool *p, const struct addr *host, struct addr *out)
{
	uint8_t key[19] = { 0, 0, host->family };
	memcpy(key + 3, host->ip, 16);
	for (key[0] = 0; key[0] < DERIVE_TRIES; key[0]++) {
		key[1] = 0;
		const uint64_t low = lease_hash(t->index.seed, key, sizeof key);
		key[1] = 1;
		*out = lease_pool_derive(p, lease_hash(t->index.seed, key, sizeof key), low);
		if (lease_pool_has(p, out) && untouched(t, out))
			return true;
	}
	return false;
}

/* In turn; no more steps than there are addresses to step over. */
static bool in_turn(const struct lease_table *t, struct lease_pool_state *p, struct addr *out)
{
	const uint64_t size = lease_pool_size(&p->pool);
	uint64_t steps = (uint64_t)p->rows + t->n_excluded + 1;
	if (p->rows >= size)
		return false;
	for (steps = steps < size ? steps : size; steps > 0; steps--) {
		*out = lease_pool_at(&p->pool, p->next);
		p->next = p->next + 1 < size ? p->next + 1 : 0;
		if (untouched(t, out))
			return true;
	}
	return false;
}

int lease_choose(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family, uint64_t now_ms,
	struct addr *address, struct lease_row **row)
{
	bool any = false;
	*row = lease_index_host(&t->index, host, realm, family);
	if (*row != NULL)
		return PST_OK;
	for (uint32_t i = 0; i < t->n_pools; i++) {
		struct lease_pool_state *p = &t->pools[i];
		if (p->pool.realm != realm || p->pool.first.family != family)
			continue;
		any = true;
		if (p->pool.prefix_len != 0 ? derive(t, &p->pool, host, address) : in_turn(t, p, address))
			return PST_OK;
	}
	for (uint32_t i = 0; i < t->n_pools; i++) {
		struct lease_row *r = t->pools[i].resting.head;
		if (r == NULL || r->l.realm != realm || r->l.address.family != family ||
			r->l.used_ms + t->quarantine_ms > now_ms || lease_is_excluded(t, &r->l.address))
			continue;
		*row = r;
		return PST_OK;
	}
	return any ? PST_E_SPACE : PST_E_NOT_FOUND;
}
