/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hash index with linear probing and backward-shift deletion, and its keyed hash. */
#include "directory/model_private.h"

#include <stdlib.h>

static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool slice_eq_nocase(struct pst_slice a, struct pst_slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != b.p[i] && fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

static uint64_t rotl(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void sip_round(uint64_t v[static 4])
{
	v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
	v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
}

/* SipHash-1-3 over the folded octets: names come from strangers. */
uint32_t index_hash(uint64_t seed, uint8_t salt, struct pst_slice s)
{
	uint64_t v[4] = { seed ^ 0x736f6d6570736575U, salt ^ 0x646f72616e646f6dU, seed ^ 0x6c7967656e657261U,
		salt ^ 0x7465646279746573U };
	uint64_t word = 0;
	for (size_t i = 0; i < s.n; i++) {
		word |= (uint64_t)fold(s.p[i]) << (8 * (i & 7));
		if ((i & 7) == 7) {
			v[3] ^= word;
			sip_round(v);
			v[0] ^= word;
			word = 0;
		}
	}
	word |= (uint64_t)s.n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	const uint64_t h = v[0] ^ v[1] ^ v[2] ^ v[3];
	return (uint32_t)(h ^ h >> 32);
}

int index_reserve(struct index *x, uint32_t more)
{
	const uint32_t slots = x->slots == NULL ? 0 : x->mask + 1;
	uint32_t want = slots == 0 ? 16 : slots;
	while ((uint64_t)(x->n + more) * 4 > (uint64_t)want * 3)
		want *= 2;
	if (want == slots)
		return 0;
	struct index grown = { calloc(want, sizeof *grown.slots), want - 1, 0 };
	if (grown.slots == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < slots; i++)
		if (x->slots[i].item != NULL)
			index_add(&grown, x->slots[i].hash, x->slots[i].item);
	free(x->slots);
	*x = grown;
	return 0;
}

void index_add(struct index *x, uint32_t hash, void *item)
{
	uint32_t i = hash & x->mask;
	while (x->slots[i].item != NULL)
		i = (i + 1) & x->mask;
	x->slots[i] = (struct index_slot){ hash, item };
	x->n++;
}

static struct index_slot *slot_of(const struct index *x, uint32_t hash, const void *item)
{
	if (x->slots == NULL)
		return NULL;
	for (uint32_t i = hash & x->mask; x->slots[i].item != NULL; i = (i + 1) & x->mask)
		if (x->slots[i].item == item)
			return &x->slots[i];
	return NULL;
}

void index_remove(struct index *x, uint32_t hash, const void *item)
{
	struct index_slot *slot = slot_of(x, hash, item);
	if (slot == NULL)
		return;
	uint32_t hole = (uint32_t)(slot - x->slots);
	for (uint32_t i = (hole + 1) & x->mask; x->slots[i].item != NULL; i = (i + 1) & x->mask) {
		const uint32_t home = x->slots[i].hash & x->mask;
		/* it may move back where its home is not between the hole and itself */
		if (((i - home) & x->mask) < ((i - hole) & x->mask))
			continue;
		x->slots[hole] = x->slots[i];
		hole = i;
	}
	x->slots[hole].item = NULL;
	x->n--;
}

void index_swap(struct index *x, uint32_t hash, const void *from, void *to)
{
	struct index_slot *slot = slot_of(x, hash, from);
	if (slot != NULL)
		slot->item = to;
}

void *index_next(const struct index *x, uint32_t hash, uint32_t *at)
{
	if (x->slots == NULL)
		return NULL;
	for (uint32_t i = (hash + *at) & x->mask; x->slots[i].item != NULL; i = (i + 1) & x->mask) {
		++*at;
		if (x->slots[i].hash == hash)
			return x->slots[i].item;
	}
	return NULL;
}

void index_free(struct index *x)
{
	free(x->slots);
	*x = (struct index){ 0 };
}
