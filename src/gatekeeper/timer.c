/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gatekeeper/timer.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

static void place(struct gk_timers *t, uint32_t i, struct gk_timer *x)
{
	t->heap[i] = x;
	x->at = i + 1;
}

static void sift_up(struct gk_timers *t, uint32_t i)
{
	struct gk_timer *x = t->heap[i];
	for (; i > 0 && t->heap[(i - 1) / 2]->due_ms > x->due_ms; i = (i - 1) / 2)
		place(t, i, t->heap[(i - 1) / 2]);
	place(t, i, x);
}

static void sift_down(struct gk_timers *t, uint32_t i)
{
	struct gk_timer *x = t->heap[i];
	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child >= t->n)
			break;
		if (child + 1 < t->n && t->heap[child + 1]->due_ms < t->heap[child]->due_ms)
			child++;
		if (t->heap[child]->due_ms >= x->due_ms)
			break;
		place(t, i, t->heap[child]);
		i = child;
	}
	place(t, i, x);
}

int gk_timers_reserve(struct gk_timers *t, uint32_t n)
{
	if (n <= t->cap)
		return 0;
	const uint32_t cap = n < 64 ? 64 : n * 2;
	struct gk_timer **grown = realloc(t->heap, cap * sizeof *grown);
	if (grown == NULL)
		return PST_E_NOMEM;
	t->heap = grown;
	t->cap = cap;
	return 0;
}

void gk_timer_start(struct gk_timers *t, struct gk_timer *x, uint64_t due_ms)
{
	x->due_ms = due_ms;
	if (x->at == 0) {
		assert(t->n < t->cap);
		place(t, t->n++, x);
	}
	sift_up(t, x->at - 1);
	sift_down(t, x->at - 1);
}

void gk_timer_stop(struct gk_timers *t, struct gk_timer *x)
{
	if (x->at == 0)
		return;
	const uint32_t i = x->at - 1;
	struct gk_timer *last = t->heap[--t->n];
	x->at = 0;
	if (last == x)
		return;
	place(t, i, last);
	sift_up(t, i);
	sift_down(t, last->at - 1);
}

struct gk_timer *gk_timers_first(const struct gk_timers *t)
{
	return t->n > 0 ? t->heap[0] : NULL;
}

void gk_timers_free(struct gk_timers *t)
{
	free(t->heap);
	*t = (struct gk_timers){ 0 };
}
