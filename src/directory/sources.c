/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where changes come from: entries and rate of each address. Bounded: an idle source without entries gives way. */
#include "directory/model_private.h"

#include <stdlib.h>

enum { BURST_S = 4 };

bool asker_eq(const struct directory_asker *a, const struct directory_asker *b)
{
	return a->realm == b->realm && addr_ip_eq(&a->from, &b->from);
}

static uint32_t hash_of(const struct sources *s, const struct directory_asker *who)
{
	return index_hash(s->seed, who->realm, slice_of(who->from.ip, sizeof who->from.ip));
}

struct source *sources_find(const struct sources *s, const struct directory_asker *who)
{
	const uint32_t hash = hash_of(s, who);
	uint32_t at = 0;
	struct source *found;
	while ((found = index_next(&s->index, hash, &at)) != NULL)
		if (asker_eq(&found->who, who))
			return found;
	return NULL;
}

static void unlink_source(struct sources *s, struct source *x)
{
	*(x->prev == NULL ? &s->oldest : &x->prev->next) = x->next;
	*(x->next == NULL ? &s->newest : &x->next->prev) = x->prev;
}

static void append(struct sources *s, struct source *x)
{
	x->prev = s->newest;
	x->next = NULL;
	*(s->newest == NULL ? &s->oldest : &s->newest->next) = x;
	s->newest = x;
}

/* Forgets the least recently active source without entries, among the oldest few. */
static bool make_room(struct sources *s)
{
	enum { LOOK_AT = 64 };
	struct source *x = s->oldest;
	for (unsigned i = 0; x != NULL && i < LOOK_AT; i++) {
		struct source *next = x->next;
		if (x->entries == 0) {
			index_remove(&s->index, hash_of(s, &x->who), x);
			unlink_source(s, x);
			free(x);
			return true;
		}
		unlink_source(s, x); /* it is in use: not looked at again soon */
		append(s, x);
		x = next;
	}
	return false;
}

int sources_get(struct sources *s, const struct directory_asker *who, const struct directory_limits *l,
	uint64_t now_ms, struct source **out)
{
	struct source *x = sources_find(s, who);
	if (x == NULL) {
		if (s->index.n >= l->sources && !make_room(s))
			return PST_E_LIMIT;
		if (index_reserve(&s->index, 1) || (x = calloc(1, sizeof *x)) == NULL)
			return PST_E_NOMEM;
		x->who = *who;
		x->who.from.port = 0;
		x->tokens_ms = BURST_S * 1000;
		x->last_ms = now_ms;
		index_add(&s->index, hash_of(s, who), x);
	} else {
		unlink_source(s, x);
	}
	append(s, x);
	*out = x;
	return 0;
}

bool source_may(struct source *s, const struct directory_limits *l, uint64_t now_ms)
{
	const uint64_t passed = now_ms > s->last_ms ? now_ms - s->last_ms : 0;
	const uint64_t saved = s->tokens_ms + passed;
	/* the bucket holds milliseconds */
	const uint32_t cost = l->changes_per_source_s >= 1000 ? 1 : 1000 / (l->changes_per_source_s ? l->changes_per_source_s : 1);
	s->last_ms = now_ms;
	s->tokens_ms = saved > BURST_S * 1000 ? BURST_S * 1000 : (uint32_t)saved;
	if (l->changes_per_source_s > 1000)
		return true; /* finer than the clock */
	if (s->tokens_ms < cost)
		return false;
	s->tokens_ms -= cost;
	return true;
}

void sources_free(struct sources *s)
{
	for (struct source *x = s->oldest, *next; x != NULL; x = next) {
		next = x->next;
		free(x);
	}
	index_free(&s->index);
}
