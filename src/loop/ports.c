/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The port allocator: one word per port, in blocks made when first used, searched in turn. */
#include "loop/ports.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

/* A slot holds one of these or the low bits of the time it was given back. */
static const uint32_t SLOT_FREE = 0, SLOT_USED = UINT32_MAX;

enum { BLOCK = 256 };

static uint32_t blocks_n(uint32_t slots)
{
	return (slots + BLOCK - 1) / BLOCK;
}

static uint32_t slot_get(const struct loop_ports *p, uint32_t i)
{
	const uint32_t *block = p->blocks[i / BLOCK];
	return block != NULL ? block[i % BLOCK] : SLOT_FREE;
}

static int slot_set(struct loop_ports *p, uint32_t i, uint32_t value)
{
	uint32_t **block = &p->blocks[i / BLOCK];
	if (*block == NULL)
		*block = calloc(BLOCK, sizeof **block);
	if (*block == NULL)
		return PST_E_NOMEM;
	(*block)[i % BLOCK] = value;
	return 0;
}

static uint32_t stamp(uint64_t now_ms)
{
	const uint32_t s = (uint32_t)now_ms;
	return s == SLOT_FREE ? 1 : s == SLOT_USED ? SLOT_USED - 1 : s;
}

static uint32_t random_below(uint32_t n)
{
	uint32_t r = 0;
	/* not a secret: where it fails, zero is as good a start */
	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != sizeof r)
		r = 0;
	return r % n;
}

static int range_slots(uint16_t *first, uint16_t last, uint8_t step, uint32_t *n)
{
	uint32_t from = *first;
	if (step != 1 && step != 2)
		return PST_E_ARG;
	if (step == 2)
		from += from & 1;
	if (from == 0 || from > last)
		return PST_E_ARG;
	*n = ((uint32_t)last - from + 1) / step;
	*first = (uint16_t)from;
	return *n > 0 ? 0 : PST_E_ARG;
}

int loop_ports_init(struct loop_ports *p, uint16_t first, uint16_t last, uint8_t step, uint32_t rest_ms)
{
	uint32_t n;
	const int err = range_slots(&first, last, step, &n);
	if (err)
		return err;
	uint32_t **blocks = calloc(blocks_n(n), sizeof *blocks);
	if (blocks == NULL)
		return PST_E_NOMEM;
	*p = (struct loop_ports){ .blocks = blocks,
		.n = n,
		.next = random_below(n),
		.rest_ms = rest_ms,
		.first = first,
		.step = step };
	return 0;
}

void loop_ports_free(struct loop_ports *p)
{
	for (uint32_t i = 0; i < blocks_n(p->n); i++)
		free(p->blocks[i]);
	free(p->blocks);
	*p = (struct loop_ports){ 0 };
}

/* The slot of PORT, or N where it is none of ours. */
static uint32_t slot_of(const struct loop_ports *p, uint16_t port)
{
	if (port < p->first || (uint32_t)(port - p->first) % p->step != 0)
		return p->n;
	const uint32_t i = (uint32_t)(port - p->first) / p->step;
	return i < p->n ? i : p->n;
}

int loop_ports_set_range(struct loop_ports *p, uint16_t first, uint16_t last)
{
	struct loop_ports fresh = { 0 };
	int err = loop_ports_init(&fresh, first, last, p->step, p->rest_ms);
	for (uint32_t i = 0; i < p->n && !err; i++) {
		const uint32_t to = slot_of(&fresh, (uint16_t)(p->first + i * p->step)), value = slot_get(p, i);
		if (to == fresh.n || value == SLOT_FREE)
			continue;
		err = slot_set(&fresh, to, value);
		fresh.used += value == SLOT_USED;
	}
	if (err) {
		loop_ports_free(&fresh);
		return err;
	}
	loop_ports_free(p);
	*p = fresh;
	return 0;
}

int loop_ports_take(struct loop_ports *p, uint64_t now_ms, uint16_t *port)
{
	const uint32_t now = stamp(now_ms);
	uint32_t best = p->n, best_rest = 0;
	if (p->used == p->n)
		return PST_E_SPACE;
	for (uint32_t k = 0; k < p->n; k++) {
		const uint32_t i = p->next + k < p->n ? p->next + k : p->next + k - p->n;
		const uint32_t slot = slot_get(p, i);
		if (slot == SLOT_USED)
			continue;
		const uint32_t rest = slot == SLOT_FREE ? UINT32_MAX : now - slot;
		if (best == p->n || rest > best_rest)
			best = i, best_rest = rest;
		if (rest >= p->rest_ms)
			break;
	}
	assert(best < p->n);
	if (slot_set(p, best, SLOT_USED))
		return PST_E_NOMEM;
	p->used++;
	p->next = best + 1 < p->n ? best + 1 : 0;
	*port = (uint16_t)(p->first + best * p->step);
	return 0;
}

int loop_ports_take_port(struct loop_ports *p, uint16_t port)
{
	const uint32_t i = slot_of(p, port);
	if (i == p->n)
		return PST_E_ARG;
	if (slot_get(p, i) == SLOT_USED)
		return PST_E_BUSY;
	if (slot_set(p, i, SLOT_USED))
		return PST_E_NOMEM;
	p->used++;
	return 0;
}

void loop_ports_give(struct loop_ports *p, uint64_t now_ms, uint16_t port)
{
	const uint32_t i = slot_of(p, port);
	if (i == p->n || slot_get(p, i) != SLOT_USED)
		return; /* taken under an earlier range */
	(void)slot_set(p, i, stamp(now_ms)); /* its block is there */
	p->used--;
}
