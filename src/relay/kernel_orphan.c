/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel plane: flows whose process died over them. The programs serve on for the time of the lease; who takes the
 * table over within it leaves them, with nobody to change them, until they fall silent or their time is up. Their ports
 * are nobody else's meanwhile.
 */
#include "relay/kernel_private.h"

#include "base/clock.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <stdlib.h>

struct kernel_orphan {
	uint32_t pair;
	struct relay_pool *pool;
	struct addr at;	  /* with the even port */
	uint64_t packets; /* when last looked at */
	uint64_t heard_ms;
};

/* The address and even port of a pair, by its first slot. False: it is none. */
static bool address_of(const struct relay_k_slot *s, struct addr *out)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	const uint16_t port = ntohs(s->own_port);
	*out = memcmp(s->own, prefix, sizeof prefix) == 0 ? addr_ip4(s->own + 12, port) : addr_ip6(s->own, port);
	return port != 0 && port % 2 == 0;
}

static uint64_t packets_of(const struct kernel_plane *k, uint32_t pair)
{
	return kernel_counter(&kernel_pair(k, pair, RELAY_RTP)->packets) +
	       kernel_counter(&kernel_pair(k, pair, RELAY_RTCP)->packets);
}

/* Whether media of an earlier process may pass through PAIR; *AT is where. */
static bool in_use(const struct kernel_plane *k, uint32_t pair, struct addr *at)
{
	bool open = false;
	for (int part = 0; part < RELAY_PARTS; part++) {
		const struct relay_k_slot *s = kernel_pair(k, pair, part);
		open = open || s->state == RELAY_K_OPEN;
		/* odd: it died over it */
		if (s->state == RELAY_K_FREE || s->state > RELAY_K_HANDED || (s->seq & 1) || s->part != part)
			return false;
	}
	return open && address_of(kernel_pair(k, pair, RELAY_RTP), at);
}

/* What was handed to the dead one: nobody relays it. */
static void take_back(const struct kernel_plane *k, uint32_t pair)
{
	for (int part = 0; part < RELAY_PARTS; part++) {
		struct relay_k_slot *s = kernel_pair(k, pair, part);
		if (s->state == RELAY_K_HANDED)
			__atomic_store_n(&s->state, RELAY_K_RESERVED, __ATOMIC_SEQ_CST);
	}
}

static bool adopt(struct kernel_plane *k, uint32_t pair, uint64_t now_ms)
{
	struct kernel_orphan *o = &k->orphans[k->orphans_n];
	*o = (struct kernel_orphan){ .pair = pair, .packets = packets_of(k, pair), .heard_ms = now_ms };
	if (!in_use(k, pair, &o->at) || relay_pools_get(&k->pools, &o->at, now_ms, &o->pool))
		return false;
	/* outside of today's range there is nothing to be taken */
	const int err = relay_pool_take_port(&k->pools, o->pool, o->at.port);
	if (err == PST_E_ARG)
		o->pool = NULL;
	else if (err)
		return false;
	take_back(k, pair);
	k->orphans_n++;
	return true;
}

static void reset(const struct kernel_plane *k, uint32_t pair)
{
	for (int part = 0; part < RELAY_PARTS; part++) {
		struct relay_k_slot *s = kernel_pair(k, pair, part);
		s->seq += s->seq & 1;
		if (s->state != RELAY_K_FREE || s->own_port != 0)
			kernel_slot_reset(s, RELAY_K_FREE, part, NULL);
	}
}

static void give_back(struct kernel_plane *k, uint32_t i)
{
	struct kernel_orphan *o = &k->orphans[i];
	kernel_index_remove(k, kernel_hash(&o->at), o->at.port, o->pair);
	reset(k, o->pair);
	if (o->pool != NULL)
		relay_pool_give(&k->pools, o->pool, clock_now_ms(), o->at.port);
	k->free[k->free_n++] = o->pair;
	*o = k->orphans[--k->orphans_n];
}

int kernel_take_over(struct kernel_plane *k, uint32_t orphan_ms, uint32_t quiet_ms)
{
	const uint32_t n = k->head->pairs_n;
	const uint64_t now_ns = clock_now_ns();
	const bool alive = orphan_ms > 0 && k->head->lease_ns - now_ns <= RELAY_K_LEASE_MAX_NS;
	k->free = calloc(n, sizeof *k->free);
	k->orphans = calloc(n, sizeof *k->orphans);
	if (k->free == NULL || k->orphans == NULL)
		return PST_E_NOMEM;
	k->orphans_until_ms = now_ns / 1000000 + orphan_ms;
	k->orphans_quiet_ms = quiet_ms;
	/* what is free is taken from the end: the first ones first */
	for (uint32_t pair = n; pair-- > 0;)
		if (!alive || !adopt(k, pair, now_ns / 1000000)) {
			reset(k, pair);
			k->free[k->free_n++] = pair;
		}
	kernel_index_keep(k);
	for (uint32_t i = k->orphans_n; i-- > 0;) {
		const struct kernel_orphan *o = &k->orphans[i];
		if (kernel_index_put(k, kernel_hash(&o->at), o->at.port, o->pair))
			give_back(k, i);
	}
	if (k->orphans_n > 0)
		log_notice("relay", "media of an earlier process go on at %u pairs of ports, for %u s at most",
			k->orphans_n, orphan_ms / 1000);
	return 0;
}

void kernel_orphans_look(struct kernel_plane *k)
{
	const uint64_t now_ms = clock_now_ms();
	for (uint32_t i = k->orphans_n; i-- > 0;) {
		struct kernel_orphan *o = &k->orphans[i];
		const uint64_t packets = packets_of(k, o->pair);
		if (packets != o->packets) {
			o->packets = packets;
			o->heard_ms = now_ms;
		}
		if (now_ms - o->heard_ms > k->orphans_quiet_ms || now_ms > k->orphans_until_ms)
			give_back(k, i);
	}
}

void kernel_orphans_end(struct kernel_plane *k)
{
	while (k->orphans_n > 0)
		give_back(k, k->orphans_n - 1);
	free(k->orphans);
	k->orphans = NULL;
}
