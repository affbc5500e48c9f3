/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A binary heap of entries; each knows its place, so that any of them can move. */
#include "directory/model_private.h"

#include <stdlib.h>

int heap_reserve(struct heap *h, uint32_t more)
{
	if (h->n + more <= h->cap)
		return 0;
	const uint32_t cap = h->cap == 0 ? 16 : h->cap * 2;
	struct directory_entry **at = reallocarray(h->at, cap, sizeof(struct directory_entry *));
	if (at == NULL)
		return PST_E_NOMEM;
	h->at = at;
	h->cap = cap;
	return 0;
}

static void place(struct heap *h, uint32_t i, struct directory_entry *e)
{
	h->at[i] = e;
	e->heap_at = i;
}

static void up(struct heap *h, uint32_t i)
{
	struct directory_entry *e = h->at[i];
	for (; i > 0 && e->deadline_ms < h->at[(i - 1) / 2]->deadline_ms; i = (i - 1) / 2)
		place(h, i, h->at[(i - 1) / 2]);
	place(h, i, e);
}

static void down(struct heap *h, uint32_t i)
{
	struct directory_entry *e = h->at[i];
	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child >= h->n)
			break;
		if (child + 1 < h->n && h->at[child + 1]->deadline_ms < h->at[child]->deadline_ms)
			child++;
		if (h->at[child]->deadline_ms >= e->deadline_ms)
			break;
		place(h, i, h->at[child]);
		i = child;
	}
	place(h, i, e);
}

void heap_add(struct heap *h, struct directory_entry *e)
{
	place(h, h->n++, e);
	up(h, e->heap_at);
}

void heap_moved(struct heap *h, struct directory_entry *e)
{
	up(h, e->heap_at);
	down(h, e->heap_at);
}

void heap_remove(struct heap *h, struct directory_entry *e)
{
	const uint32_t i = e->heap_at;
	struct directory_entry *last = h->at[--h->n];
	if (last == e)
		return;
	place(h, i, last);
	heap_moved(h, last);
}
