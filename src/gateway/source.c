/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/source.h"

#include <stdlib.h>

/* More sources than this are not told apart: a flood from many addresses must not grow our memory. */
enum { SOURCES_MAX = 65536, LOOK_AT = 64 };

static void refill(struct gw_source *s, uint32_t per_s, uint64_t now_ms)
{
	if (per_s == 0)
		return;
	const uint64_t earned = (now_ms - s->refill_ms) * per_s / 1000;
	/* what is left of a token's time counts for the next one */
	s->refill_ms += earned * 1000 / per_s;
	/* a reload may have lowered the limit under what was there */
	s->tokens = s->tokens + earned >= per_s ? per_s : s->tokens + (uint32_t)earned;
}

static void forget(struct gw_source *s, uint64_t now_ms)
{
	const uint64_t n = (now_ms - s->refused_ms) / GW_SOURCE_FORGET_MS;
	s->refused = n >= s->refused ? 0 : s->refused - (uint32_t)n;
	s->refused_ms += n * GW_SOURCE_FORGET_MS;
}

void gw_source_refused(struct gw_source *s, uint64_t now_ms)
{
	if (s == NULL)
		return;
	forget(s, now_ms);
	if (s->refused++ == 0)
		s->refused_ms = now_ms;
}

/* The first in the table that has no call goes; who has one and was looked at is the last from then on. */
static bool make_room(struct gw_source **all)
{
	for (unsigned i = 0; i < LOOK_AT && HASH_COUNT(*all) >= SOURCES_MAX; i++) {
		struct gw_source *s = *all;
		HASH_DEL(*all, s);
		if (s->calls == 0)
			free(s);
		else
			HASH_ADD(hh, *all, key, sizeof s->key, s);
	}
	return HASH_COUNT(*all) < SOURCES_MAX;
}

static struct gw_source *source_find(
	struct gw_source **all, const struct addr *addr, uint32_t tokens, uint64_t now_ms)
{
	uint8_t key[17] = { addr->family };
	/* who has one IPv6 address has the 2^64 beside it */
	memcpy(key + 1, addr->ip, addr->family == ADDR_IP6 ? 8 : 16);
	struct gw_source *s;
	HASH_FIND(hh, *all, key, sizeof key, s);
	if (s != NULL)
		return s;
	if (!make_room(all) || (s = calloc(1, sizeof *s)) == NULL)
		return NULL;
	memcpy(s->key, key, sizeof key);
	s->tokens = tokens;
	s->refill_ms = now_ms;
	HASH_ADD(hh, *all, key, sizeof s->key, s);
	return s;
}

struct gw_source *gw_source_enter(struct gw_source **all, const struct gw_limits *lim,
	const struct addr *addr, uint64_t now_ms, const char **why)
{
	struct gw_source *s = source_find(all, addr, lim->setups_per_source_s, now_ms);
	if (s == NULL) {
		*why = "too many sources";
		return NULL;
	}
	refill(s, lim->setups_per_source_s, now_ms);
	forget(s, now_ms);
	if (lim->refused_per_source != 0 && s->refused >= lim->refused_per_source) {
		s->refused_ms = now_ms; /* who goes on trying goes on waiting */
		*why = "too many refused calls of this source";
		return NULL;
	}
	if (lim->calls_per_source != 0 && s->calls >= lim->calls_per_source) {
		*why = "too many calls of this source";
		return NULL;
	}
	if (lim->setups_per_source_s != 0 && s->tokens == 0) {
		*why = "too many new calls per second of this source";
		return NULL;
	}
	if (lim->setups_per_source_s != 0)
		s->tokens--;
	s->calls++;
	return s;
}

void gw_source_leave(struct gw_source *s)
{
	if (s != NULL && s->calls > 0)
		s->calls--;
}

void gw_source_sweep(struct gw_source **all, uint64_t now_ms)
{
	struct gw_source *s = NULL, *tmp = NULL;
	HASH_ITER (hh, *all, s, tmp) {
		forget(s, now_ms);
		if (s->calls == 0 && s->refused == 0 && now_ms - s->refill_ms > 2000) {
			HASH_DEL(*all, s);
			free(s);
		}
	}
}

void gw_source_free_all(struct gw_source **all)
{
	struct gw_source *s, *tmp;
	HASH_ITER (hh, *all, s, tmp) {
		HASH_DEL(*all, s);
		free(s);
	}
}
