/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One address on its way: made, bound, held, resting, gone. */
#include <stdlib.h>

#include "lease/table_private.h"

enum { KEEP_PARTS = 8 /* a renewal is kept once in so many parts of the lifetime */ };

static void keep(struct lease_table *t, struct lease_row *r)
{
	uint8_t key[LEASE_KEY_MAX], image[LEASE_IMAGE_MAX];
	r->kept_ms = r->l.used_ms;
	if (t->ops.keep == NULL)
		return;
	const size_t n = lease_image(&r->l, image);
	t->ops.keep(t->arg, slice_of(key, lease_key(key, &r->l.address)), slice_of(image, n));
}

void lease_row_move(struct lease_row *r, struct lease_list *list)
{
	if (r->list != NULL)
		DL_DELETE(r->list->head, r);
	r->list = list;
	if (list != NULL)
		DL_APPEND(list->head, r);
}

/* The address that rests longest and may be another's goes out of memory. */
static bool forget_one(struct lease_table *t, uint64_t now_ms)
{
	struct lease_row *oldest = NULL;
	for (uint32_t i = 0; i < t->n_pools; i++) {
		struct lease_row *r = t->pools[i].resting.head;
		if (r != NULL && (oldest == NULL || r->l.used_ms < oldest->l.used_ms))
			oldest = r;
	}
	if (oldest == NULL || oldest->l.used_ms + t->quarantine_ms > now_ms)
		return false;
	lease_row_free(t, oldest);
	return true;
}

int lease_row_new(struct lease_table *t, const struct addr *address, struct lease_row **out, uint64_t now_ms)
{
	if (t->index.n >= (uint64_t)t->max * 2 + t->n_statics && !forget_one(t, now_ms))
		return PST_E_SPACE;
	struct lease_row *r = calloc(1, sizeof *r);
	if (r == NULL)
		return PST_E_NOMEM;
	r->l.address = addr_with_port(*address, 0);
	r->l.pool = lease_pool_find(t, address);
	r->l.realm = t->pools[r->l.pool].pool.realm;
	r->l.state = LEASE_RESTING;
	if (lease_index_add(&t->index, r) != PST_OK) {
		free(r);
		return PST_E_NOMEM;
	}
	t->pools[r->l.pool].rows++;
	*out = r;
	return PST_OK;
}

void lease_row_free(struct lease_table *t, struct lease_row *r)
{
	uint8_t key[LEASE_KEY_MAX];
	lease_row_move(r, NULL);
	lease_index_remove(&t->index, r);
	if (r->l.pool != LEASE_NO_POOL)
		t->pools[r->l.pool].rows--;
	if (t->ops.keep != NULL)
		t->ops.keep(t->arg, slice_of(key, lease_key(key, &r->l.address)), slice_of(NULL, 0));
	free(r);
}

/* What the host's lease in the other family has: both are held together. */
static uint32_t uses_of_other(const struct lease_table *t, const struct lease_row *r)
{
	const uint8_t other = r->l.address.family == ADDR_IP4 ? ADDR_IP6 : ADDR_IP4;
	const struct lease_row *o = lease_index_host(&t->index, &r->l.host, r->l.realm, other);
	return o != NULL && o->l.state != LEASE_RESTING ? o->l.uses : 0;
}

/* Another address that HOST had there once is remembered for nobody. */
static void forget_former(struct lease_table *t, const struct lease_row *r, const struct addr *host)
{
	const struct addr nobody = { 0 };
	struct lease_row *former = lease_index_host(&t->index, host, r->l.realm, r->l.address.family);
	if (former == NULL || former == r)
		return;
	lease_index_rename(&t->index, former, &nobody, former->l.realm);
	keep(t, former);
}

void lease_row_bind(struct lease_table *t, struct lease_row *r, const struct addr *host, enum lease_state state, uint64_t now_ms)
{
	forget_former(t, r, host);
	t->stats.granted++;
	t->stats.returned += addr_ip_eq(&r->l.host, host);
	lease_index_rename(&t->index, r, host, r->l.realm);
	r->l.state = state;
	r->l.since_ms = r->l.used_ms = now_ms;
	r->l.answered = false;
	r->l.uses = uses_of_other(t, r);
	lease_row_move(r, state == LEASE_BOUND && r->l.uses == 0 ? &t->idle : NULL);
	t->stats.bound++;
	t->stats.used += r->l.uses != 0;
	r->asked = true;
	keep(t, r);
	t->ops.address(t->arg, &r->l, true);
}

void lease_row_rest(struct lease_table *t, struct lease_row *r, uint64_t now_ms)
{
	if (r->asked)
		t->ops.address(t->arg, &r->l, false);
	r->asked = false;
	t->stats.bound--;
	t->stats.used -= r->l.uses != 0;
	r->l.state = LEASE_RESTING;
	r->l.answered = false;
	r->l.uses = 0;
	r->l.since_ms = r->l.used_ms = now_ms;
	if (r->l.pool == LEASE_NO_POOL) {
		lease_row_free(t, r);
		return;
	}
	lease_row_move(r, &t->pools[r->l.pool].resting);
	keep(t, r);
}

void lease_row_renew(struct lease_table *t, struct lease_row *r, uint64_t now_ms)
{
	r->l.used_ms = now_ms;
	if (r->list == &t->idle)
		lease_row_move(r, &t->idle);
	if (now_ms - r->kept_ms >= t->ttl_ms / KEEP_PARTS)
		keep(t, r);
}

/* What changes its state without being bound anew. */
void lease_row_set(struct lease_table *t, struct lease_row *r, enum lease_state state)
{
	r->l.state = state;
	lease_row_move(r, state == LEASE_BOUND && r->l.uses == 0 ? &t->idle : NULL);
	keep(t, r);
}

void lease_row_hold(struct lease_table *t, struct lease_row *r, int by, uint64_t now_ms)
{
	const uint32_t before = r->l.uses;
	if (by < 0 && before == 0)
		return;
	r->l.uses = by > 0 ? before + 1 : before - 1;
	r->l.used_ms = now_ms;
	if ((before == 0) == (r->l.uses == 0))
		return;
	t->stats.used += before == 0 ? 1U : -1U;
	lease_row_move(r, before != 0 && r->l.state == LEASE_BOUND ? &t->idle : NULL);
	keep(t, r);
	if (before != 0 && r->l.pool == LEASE_NO_POOL)
		lease_row_rest(t, r, now_ms);
}
