/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where datagrams come from: their rate, and how many registrations each address has. Bounded: one that has none and was
 * not heard for longest gives way. */
#include "gatekeeper/gk.h"

#include <stdlib.h>

enum { BURST_MS = 4000, LOOK_AT = 64, NEIGHBOUR_SHARE = 20 };

/* Makes room, by the table's order, which is that of being heard last. */
static bool make_room(struct gatekeeper *gk)
{
	struct gk_source *s = NULL, *tmp = NULL;
	unsigned looked = 0;
	HASH_ITER(hh, gk->sources, s, tmp)
	{
		if (s->registrations == 0) {
			HASH_DEL(gk->sources, s);
			free(s);
			return true;
		}
		if (++looked == LOOK_AT)
			return false;
	}
	return false;
}

static bool spend(struct gk_source *s, uint32_t per_s, uint64_t now_ms)
{
	const uint64_t saved = s->tokens_ms + (now_ms - s->last_ms);
	const uint32_t cost = per_s >= 1000 ? 1 : 1000 / (per_s != 0 ? per_s : 1);
	s->last_ms = now_ms;
	s->tokens_ms = saved > BURST_MS ? BURST_MS : (uint32_t)saved;
	if (s->tokens_ms < cost)
		return false;
	s->tokens_ms -= cost;
	return true;
}

struct gk_source *gk_source_enter(struct gatekeeper *gk, const struct addr *from)
{
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	const struct addr host = addr_with_port(*from, 0);
	struct gk_source *s = NULL;
	gk_addr_key(gk, 0, &host, key);
	HASH_FIND(hh, gk->sources, key, sizeof key, s);
	if (s == NULL) {
		if (HASH_COUNT(gk->sources) >= gk->cfg.limits.sources && !make_room(gk))
			return NULL;
		s = calloc(1, sizeof *s);
		if (s == NULL)
			return NULL;
		memcpy(s->key, key, sizeof key);
		s->tokens_ms = BURST_MS;
		s->last_ms = gk->now_ms;
	} else {
		HASH_DEL(gk->sources, s);
	}
	HASH_ADD(hh, gk->sources, key, sizeof s->key, s);
	/* a neighbour asks on behalf of many */
	const uint32_t share = gk_is_neighbour(gk, from) ? NEIGHBOUR_SHARE : 1;
	return spend(s, gk->cfg.limits.requests_per_source_s * share, gk->now_ms) ? s : NULL;
}
