/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel plane: one-to-one ranges, each a pair of slots, one for what comes from either leg, and a block of the pairs of
 * ports in use, which the programs keep. */
#include "relay/kernel_private.h"

#include <stdlib.h>
#include <time.h>

struct relay_range {
	struct kernel_plane *plane;
	struct relay_range_plan plan;
	uint32_t pair, block;
};

static uint64_t hash_of(const struct relay_range_plan *p, int leg)
{
	return relay_k_range_hash(kernel_hash(&p->host[leg]), kernel_hash(&p->local[leg]));
}

static struct relay_k_range_flow *block_of(const struct kernel_plane *k, uint32_t block)
{
	return (struct relay_k_range_flow *)&k->slots[k->head->ranges + block * RELAY_K_RANGE_ROWS];
}

static bool taken(const struct kernel_plane *k, const struct relay_range_plan *plan)
{
	for (uint32_t i = 0; i < RELAY_K_RANGES; i++)
		for (int leg = 0; leg < RELAY_LEGS && k->ranges[i] != NULL; leg++) {
			const struct relay_range_plan *p = &k->ranges[i]->plan;
			for (int other = 0; other < RELAY_LEGS; other++)
				if (addr_ip_eq(&p->host[leg], &plan->host[other]) &&
					addr_ip_eq(&p->local[leg], &plan->local[other]))
					return true;
		}
	return false;
}

static void slot_fill(struct relay_range *r, int leg)
{
	const struct relay_range_plan *p = &r->plan;
	struct relay_k_slot *s = kernel_pair(r->plane, r->pair, leg);
	kernel_slot_reset(s, RELAY_K_FREE, leg, NULL);
	kernel_write_begin(s);
	kernel_mapped(s->own, &p->local[leg]);
	kernel_mapped(s->from, &p->host[leg]);
	kernel_mapped(s->to, &p->host[!leg]);
	kernel_mapped(s->via_ip, &p->local[!leg]);
	s->via = kernel_number_of(r->plane, &p->local[!leg]);
	s->range_first = p->first;
	s->range_last = p->last;
	s->range_block = r->block;
	s->range_flows = p->flows_max;
	s->range_idle = (uint32_t)((uint64_t)p->idle_ms * 1000000u >> RELAY_K_TICK_SHIFT) + 1;
	s->state = RELAY_K_RANGE;
	kernel_write_end(s);
}

static void slots_clear(struct relay_range *r)
{
	for (int leg = 0; leg < RELAY_LEGS; leg++) {
		kernel_index_remove(r->plane, hash_of(&r->plan, leg), 0, r->pair);
		kernel_slot_reset(kernel_pair(r->plane, r->pair, leg), RELAY_K_FREE, leg, NULL);
	}
}

static int slots_fill(struct relay_range *r)
{
	int err = 0;
	memset(block_of(r->plane, r->block), 0, RELAY_K_RANGE_FLOWS * sizeof(struct relay_k_range_flow));
	for (int leg = 0; leg < RELAY_LEGS && !err; leg++) {
		slot_fill(r, leg);
		err = kernel_index_put(r->plane, hash_of(&r->plan, leg), 0, r->pair);
	}
	if (err)
		slots_clear(r);
	return err;
}

static int check(const struct kernel_plane *k, const struct relay_range_plan *plan)
{
	if (!relay_range_plan_good(plan))
		return PST_E_ARG;
	if (taken(k, plan))
		return PST_E_BUSY;
	for (int leg = 0; leg < RELAY_LEGS; leg++) {
		const bool theirs = addr_ip_eq(&plan->local[leg], &plan->host[!leg]);
		const int err = !theirs && kernel_number_of(k, &plan->local[leg]) == RELAY_K_UNNUMBERED
					? kernel_check_ours(&plan->local[leg])
					: 0;
		if (err)
			return err;
	}
	return k->free_n > 0 ? 0 : PST_E_SPACE;
}

int kernel_range_open(void *plane, const struct relay_range_plan *plan, struct relay_range **out)
{
	struct kernel_plane *k = plane;
	uint32_t block = 0;
	int err = check(k, plan);
	while (block < RELAY_K_RANGES && k->ranges[block] != NULL)
		block++;
	if (!err && block == RELAY_K_RANGES)
		err = PST_E_SPACE;
	if (err)
		return err;
	struct relay_range *r = calloc(1, sizeof *r);
	if (r == NULL)
		return PST_E_NOMEM;
	*r = (struct relay_range){ .plane = k, .plan = *plan, .pair = k->free[k->free_n - 1], .block = block };
	err = slots_fill(r);
	if (err) {
		free(r);
		return err;
	}
	k->free_n--;
	k->ranges[block] = r;
	k->head->ranges_n++;
	*out = r;
	return 0;
}

/* As the programs see it. */
static uint32_t tick_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint32_t)(((uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec) >> RELAY_K_TICK_SHIFT);
}

static uint32_t flows_now(const struct relay_range *r)
{
	const struct relay_k_range_flow *f = block_of(r->plane, r->block);
	const uint32_t now = tick_now();
	const uint32_t idle = kernel_pair(r->plane, r->pair, 0)->range_idle;
	uint32_t n = 0;
	for (uint32_t i = 0; i < r->plan.flows_max; i++) {
		const uint64_t id = __atomic_load_n(&f[i].id, __ATOMIC_RELAXED);
		n += id != 0 && now - (uint32_t)(id >> 32) <= idle;
	}
	return n;
}

void kernel_range_stats(const struct relay_range *r, int from_leg, struct relay_range_stats *out)
{
	const struct relay_k_slot *s = kernel_pair(r->plane, r->pair, from_leg);
	*out = (struct relay_range_stats){ .packets = kernel_counter(&s->packets),
		.bytes = kernel_counter(&s->bytes),
		.refused = kernel_counter(&s->refused),
		.failed = kernel_counter(&s->failed),
		.last_ms = s->last != 0 ? kernel_tick_ms(s->last) : 0,
		.flows = flows_now(r) };
}

void kernel_range_close(struct relay_range *r)
{
	struct kernel_plane *k = r->plane;
	slots_clear(r);
	k->free[k->free_n++] = r->pair;
	k->ranges[r->block] = NULL;
	k->head->ranges_n--;
	free(r);
}
