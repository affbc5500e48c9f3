/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools of ports, by address. */
#include "relay/pools.h"

#include <stdlib.h>
#include <utlist.h>

/* An address is known by its family and its octets, which stand together. */
enum { KEY = offsetof(struct addr, ip) + sizeof ((struct addr *)0)->ip };
_Static_assert(offsetof(struct addr, family) == 0 && offsetof(struct addr, ip) == 1, "key");

static int range_check(uint16_t first, uint16_t last, uint8_t step, uint32_t rest_ms)
{
	struct loop_ports trial = { 0 };
	const int err = loop_ports_init(&trial, first, last, step, rest_ms);
	loop_ports_free(&trial);
	return err;
}

int relay_pools_init(struct relay_pools *p, uint16_t first, uint16_t last, uint8_t step, uint32_t rest_ms)
{
	const int err = range_check(first, last, step, rest_ms);
	if (!err)
		*p = (struct relay_pools){ .first = first, .last = last, .step = step, .rest_ms = rest_ms };
	return err;
}

int relay_pools_set_range(struct relay_pools *p, uint16_t first, uint16_t last, uint32_t rest_ms)
{
	int err = range_check(first, last, p->step, rest_ms);
	if (err)
		return err;
	for (struct relay_pool *one = p->all; one != NULL && !err; one = one->hh.next) {
		err = loop_ports_set_range(&one->ports, first, last);
		one->ports.rest_ms = rest_ms;
	}
	p->first = first;
	p->last = last;
	p->rest_ms = rest_ms;
	return err;
}

static void pool_free(struct relay_pools *p, struct relay_pool *pool)
{
	HASH_DEL(p->all, pool);
	loop_ports_free(&pool->ports);
	free(pool);
}

void relay_pools_free(struct relay_pools *p)
{
	struct relay_pool *one, *next;
	HASH_ITER(hh, p->all, one, next)
		pool_free(p, one);
	*p = (struct relay_pools){ 0 };
}

struct relay_pool *relay_pools_find(const struct relay_pools *p, const struct addr *local)
{
	struct relay_pool *found = NULL;
	HASH_FIND(hh, p->all, local, KEY, found);
	return found;
}

/* Those of which every port has rested: nothing is to be remembered of them. */
static void prune(struct relay_pools *p, uint64_t now_ms)
{
	while (p->idle != NULL && now_ms - p->idle->idle_since_ms > p->rest_ms) {
		struct relay_pool *gone = p->idle;
		DL_DELETE(p->idle, gone);
		pool_free(p, gone);
	}
}

int relay_pools_get(struct relay_pools *p, const struct addr *local, uint64_t now_ms, struct relay_pool **out)
{
	*out = relay_pools_find(p, local);
	if (*out != NULL)
		return 0;
	prune(p, now_ms);
	struct relay_pool *fresh = calloc(1, sizeof *fresh);
	if (fresh == NULL)
		return PST_E_NOMEM;
	const int err = loop_ports_init(&fresh->ports, p->first, p->last, p->step, p->rest_ms);
	if (err) {
		free(fresh);
		return err;
	}
	fresh->local = addr_with_port(*local, 0);
	fresh->idle_since_ms = now_ms;
	HASH_ADD(hh, p->all, local, KEY, fresh);
	DL_APPEND(p->idle, fresh);
	*out = fresh;
	return 0;
}

/* ERR: of what took a port. */
static int taken(struct relay_pools *p, struct relay_pool *pool, int err)
{
	if (!err && pool->taken++ == 0)
		DL_DELETE(p->idle, pool);
	return err;
}

int relay_pool_take(struct relay_pools *p, struct relay_pool *pool, uint64_t now_ms, uint16_t *port)
{
	return taken(p, pool, loop_ports_take(&pool->ports, now_ms, port));
}

int relay_pool_take_port(struct relay_pools *p, struct relay_pool *pool, uint16_t port)
{
	return taken(p, pool, loop_ports_take_port(&pool->ports, port));
}

void relay_pool_give(struct relay_pools *p, struct relay_pool *pool, uint64_t now_ms, uint16_t port)
{
	loop_ports_give(&pool->ports, now_ms, port);
	if (--pool->taken != 0)
		return;
	pool->idle_since_ms = now_ms;
	DL_APPEND(p->idle, pool);
}

uint32_t relay_pools_pairs(const struct relay_pools *p)
{
	return ((uint32_t)p->last - p->first - (p->first & 1u) + 1) / 2;
}
