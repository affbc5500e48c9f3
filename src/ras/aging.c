/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ras/aging.h"

static struct ras_aging_step wait_for(struct ras_aging *a, const struct ras_aging_rules *rules)
{
	const uint64_t ms = a->ttl_ms != 0 ? (uint64_t)a->ttl_ms + rules->grace_ms : rules->default_ms;
	a->state = RAS_ALIVE;
	a->asked = 0;
	return (struct ras_aging_step){ .timer_ms = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms };
}

static struct ras_aging_step expired(struct ras_aging *a, const struct ras_aging_rules *rules)
{
	if (a->ttl_ms != 0 || a->asked >= rules->asks) {
		a->state = RAS_GONE;
		return (struct ras_aging_step){ .gone = true };
	}
	a->state = RAS_ASKED;
	a->asked++;
	return (struct ras_aging_step){ .ask = true, .timer_ms = rules->ask_ms };
}

struct ras_aging_step ras_aging_event(
	struct ras_aging *a, const struct ras_aging_rules *rules, enum ras_aging_event e, uint32_t ttl_ms)
{
	if (e == RAS_AGING_REGISTERED) {
		a->ttl_ms = ttl_ms;
		return wait_for(a, rules);
	}
	if (a->state == RAS_GONE)
		return (struct ras_aging_step){ 0 };
	if (e == RAS_AGING_TIMEOUT)
		return expired(a, rules);
	/* a timeToLive is renewed by registration alone */
	if (a->ttl_ms != 0)
		return (struct ras_aging_step){ 0 };
	return wait_for(a, rules);
}
