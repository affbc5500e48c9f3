/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table under another configuration, and what was kept brought back under it. */
#include <stdlib.h>

#include "lease/table_private.h"

static const struct addr nobody;

static void drop(const struct lease_table *t, const struct lease_row *r, const char *why)
{
	if (t->ops.dropped != NULL)
		t->ops.dropped(t->arg, &r->l, why);
}

/* ---- static leases ---- */

/* Whether nothing of what the static lease S of REALM needs is another's in use; what is not in use ends. */
static bool make_way(struct lease_table *t, const struct lease_static *s, uint32_t realm, uint64_t now_ms)
{
	struct lease_row *rows[2] = { lease_index_address(&t->index, &s->address),
		lease_index_host(&t->index, &s->host, realm, s->address.family) };
	for (size_t i = 0; i < 2; i++)
		if (rows[i] != NULL && rows[i]->l.state != LEASE_RESTING && rows[i]->l.uses != 0)
			return false;
	for (size_t i = 0; i < 2; i++) {
		if (rows[i] == NULL || rows[i]->l.state == LEASE_RESTING)
			continue;
		drop(t, rows[i], "a static lease takes its place");
		lease_row_rest(t, rows[i], now_ms);
	}
	return true;
}

static bool make_static(struct lease_table *t, const struct lease_static *s, uint64_t now_ms)
{
	const uint32_t realm = t->pools[lease_pool_find(t, &s->address)].pool.realm;
	struct lease_row *r = lease_index_address(&t->index, &s->address);
	if (r != NULL && r->l.state != LEASE_RESTING && addr_ip_eq(&r->l.host, &s->host)) {
		if (r->l.state != LEASE_STATIC)
			lease_row_set(t, r, LEASE_STATIC);
		return true;
	}
	if (!make_way(t, s, realm, now_ms))
		return false;
	r = lease_index_address(&t->index, &s->address);
	if (r == NULL && lease_row_new(t, &s->address, &r, now_ms) != PST_OK)
		return false;
	lease_row_bind(t, r, &s->host, LEASE_STATIC, now_ms);
	return true;
}

void lease_make_statics(struct lease_table *t, uint64_t now_ms)
{
	t->waiting = 0;
	for (uint32_t i = 0; i < t->n_statics; i++)
		t->waiting += !make_static(t, &t->statics[i], now_ms);
}

static bool is_static(const struct lease_table *t, const struct lease *l)
{
	for (uint32_t i = 0; i < t->n_statics; i++)
		if (addr_ip_eq(&t->statics[i].address, &l->address))
			return addr_ip_eq(&t->statics[i].host, &l->host);
	return false;
}

/* ---- a configuration ---- */

static bool statics_fit(const struct lease_config *cfg)
{
	for (uint32_t i = 0; i < cfg->n_statics; i++) {
		bool has = false;
		for (uint32_t j = 0; j < cfg->n_pools; j++)
			has = has || lease_pool_has(&cfg->pools[j], &cfg->statics[i].address);
		for (uint32_t j = 0; j < cfg->n_excluded; j++)
			has = has && !addr_ip_eq(&cfg->excluded[j], &cfg->statics[i].address);
		if (!has)
			return false;
	}
	return true;
}

static void *copy(const void *p, size_t n)
{
	void *c = malloc(n > 0 ? n : 1);
	if (c != NULL && n > 0)
		memcpy(c, p, n);
	return c;
}

/* The configured part of T from CFG, its rows left out. */
static int take(struct lease_table *t, const struct lease_config *cfg)
{
	struct lease_pool_state *pools = calloc(cfg->n_pools + 1, sizeof *pools);
	struct lease_static *statics = copy(cfg->statics, cfg->n_statics * sizeof *statics);
	struct addr *excluded = copy(cfg->excluded, cfg->n_excluded * sizeof *excluded);
	if (pools == NULL || statics == NULL || excluded == NULL) {
		free(pools);
		free(statics);
		free(excluded);
		return PST_E_NOMEM;
	}
	for (uint32_t i = 0; i < cfg->n_pools; i++)
		pools[i].pool = cfg->pools[i];
	free(t->pools);
	free(t->statics);
	free(t->excluded);
	t->pools = pools;
	t->n_pools = cfg->n_pools;
	t->statics = statics;
	t->n_statics = cfg->n_statics;
	t->excluded = excluded;
	t->n_excluded = cfg->n_excluded;
	t->ttl_ms = cfg->ttl_ms;
	t->quarantine_ms = cfg->quarantine_ms;
	t->max = cfg->max;
	return PST_OK;
}

int lease_table_new(struct lease_table **out, const struct lease_config *cfg, const struct lease_ops *ops, void *arg, uint64_t now_ms)
{
	if (!statics_fit(cfg))
		return PST_E_ARG;
	struct lease_table *t = calloc(1, sizeof *t);
	if (t == NULL || take(t, cfg) != PST_OK) {
		free(t);
		return PST_E_NOMEM;
	}
	t->ops = *ops;
	t->arg = arg;
	memcpy(t->index.seed, cfg->seed, sizeof t->index.seed);
	lease_make_statics(t, now_ms);
	*out = t;
	return PST_OK;
}

/* R's pool in the new configuration. It is in no list but, it may be, the idle one. */
static void place(struct lease_table *t, struct lease_row *r)
{
	r->l.pool = lease_is_excluded(t, &r->l.address) ? LEASE_NO_POOL : lease_pool_find(t, &r->l.address);
	if (r->l.pool == LEASE_NO_POOL)
		return;
	t->pools[r->l.pool].rows++;
	const uint32_t realm = t->pools[r->l.pool].pool.realm;
	if (realm != r->l.realm) {
		const bool taken = lease_index_host(&t->index, &r->l.host, realm, r->l.address.family) != NULL;
		lease_index_rename(&t->index, r, taken ? &nobody : &r->l.host, realm);
	}
	if (r->l.state == LEASE_RESTING)
		lease_row_move(r, &t->pools[r->l.pool].resting);
}

static void settle(struct lease_table *t, struct lease_row *r, uint64_t now_ms)
{
	const bool lost = r->l.host.family == ADDR_NONE, placeless = r->l.pool == LEASE_NO_POOL;
	if (r->l.state == LEASE_RESTING) {
		if (placeless)
			lease_row_free(t, r);
		return;
	}
	if (r->l.state == LEASE_STATIC && !is_static(t, &r->l))
		lease_row_set(t, r, LEASE_BOUND);
	if (!placeless && !lost)
		return;
	drop(t, r, placeless ? "no pool has its address any more" : "its host has another in that realm");
	if (r->l.uses == 0 || lost)
		lease_row_rest(t, r, now_ms);
}

int lease_table_configure(struct lease_table *t, const struct lease_config *cfg, uint64_t now_ms)
{
	struct lease_row **rows = malloc((t->index.n + 1) * sizeof(*rows));
	uint32_t n = 0;
	int rc = statics_fit(cfg) ? PST_OK : PST_E_ARG;
	if (rc == PST_OK && rows == NULL)
		rc = PST_E_NOMEM;
	for (uint32_t i = 0; rc == PST_OK && i < t->index.n_slots; i++)
		for (struct lease_row *r = t->index.by_address[i]; r != NULL; r = r->next_by_address)
			rows[n++] = r;
	if (rc == PST_OK)
		rc = take(t, cfg);
	if (rc == PST_OK) {
		for (uint32_t i = 0; i < n; i++) {
			if (rows[i]->l.state == LEASE_RESTING)
				rows[i]->list = NULL; /* it went with the old pools */
			place(t, rows[i]);
		}
		for (uint32_t i = 0; i < n; i++)
			settle(t, rows[i], now_ms);
		t->unsorted = true;
		lease_make_statics(t, now_ms);
		lease_tick(t, now_ms);
	}
	free(rows);
	return rc;
}

/* ---- what was kept ---- */

static int by_use(const struct lease_row *a, const struct lease_row *b)
{
	return a->l.used_ms < b->l.used_ms ? -1 : a->l.used_ms > b->l.used_ms;
}

void lease_sort(struct lease_table *t)
{
	if (!t->unsorted)
		return;
	t->unsorted = false;
	DL_SORT(t->idle.head, by_use);
	for (uint32_t i = 0; i < t->n_pools; i++)
		DL_SORT(t->pools[i].resting.head, by_use);
}

/* What becomes of a kept lease by now: its time may be over, a static one may be none any more. */
static void age(const struct lease_table *t, struct lease *l, uint64_t now_ms)
{
	if (l->used_ms > now_ms || l->uses != 0)
		l->used_ms = now_ms;
	if (l->since_ms > now_ms)
		l->since_ms = now_ms;
	l->uses = 0;
	if (l->state == LEASE_STATIC)
		l->used_ms = now_ms;
	const bool over = l->state == LEASE_STATIC || (l->state == LEASE_BOUND && l->used_ms + t->ttl_ms <= now_ms);
	if (!over)
		return;
	l->used_ms = l->since_ms = l->state == LEASE_STATIC ? now_ms : l->used_ms + t->ttl_ms;
	l->state = LEASE_RESTING;
}

int lease_restore(struct lease_table *t, struct pst_slice key, struct pst_slice image, uint64_t now_ms)
{
	struct lease l;
	struct lease_row *r;
	int rc = lease_read(key, image, &l);
	if (rc != PST_OK)
		return rc;
	const uint32_t pool = lease_is_excluded(t, &l.address) ? LEASE_NO_POOL : lease_pool_find(t, &l.address);
	if (pool == LEASE_NO_POOL)
		return PST_E_NOT_FOUND;
	r = lease_index_address(&t->index, &l.address);
	if (r != NULL) /* made by the configuration */
		return addr_ip_eq(&r->l.host, &l.host) ? PST_OK : PST_E_BUSY;
	rc = lease_row_new(t, &l.address, &r, now_ms);
	if (rc != PST_OK)
		return rc;
	age(t, &l, now_ms);
	if (lease_index_host(&t->index, &l.host, r->l.realm, l.address.family) != NULL) {
		l.state = LEASE_RESTING;
		l.host = nobody;
	}
	t->unsorted = true;
	if (l.state == LEASE_RESTING) {
		lease_index_rename(&t->index, r, &l.host, r->l.realm);
		lease_row_move(r, &t->pools[pool].resting);
	} else {
		lease_row_bind(t, r, &l.host, l.state, now_ms);
	}
	r->l.since_ms = l.since_ms;
	r->l.used_ms = l.used_ms;
	if (l.state != LEASE_RESTING)
		lease_row_set(t, r, l.state); /* keeps it with these times */
	return PST_OK;
}
