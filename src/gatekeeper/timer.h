/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many timers on one: a heap by time, each timer embedded in what it belongs to. Inside gatekeeper/ only. */
#ifndef PST_GATEKEEPER_TIMER_H
#define PST_GATEKEEPER_TIMER_H

#include "base/err.h"

#include <stdint.h>

enum gk_timer_kind { GK_TIMER_ENDPOINT, GK_TIMER_CALL, GK_TIMER_QUERY };

struct gk_timer {
	uint64_t due_ms;
	uint32_t at; /* place in the heap, plus 1; 0: not running */
	uint8_t kind;
};

struct gk_timers {
	struct gk_timer **heap;
	uint32_t n, cap;
};

/* Room for one timer more: after it, gk_timer_start() of that one does not fail. PST_E_NOMEM. */
PST_MUST_CHECK int gk_timers_reserve(struct gk_timers *t, uint32_t n);
/* Starts or restarts. There was room for it. */
void gk_timer_start(struct gk_timers *t, struct gk_timer *x, uint64_t due_ms);
void gk_timer_stop(struct gk_timers *t, struct gk_timer *x);
/* The next one; NULL where none runs. */
struct gk_timer *gk_timers_first(const struct gk_timers *t);
void gk_timers_free(struct gk_timers *t);

#endif
