/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How endpoints age, on a simulated clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ras/aging.h"

static const struct ras_aging_rules rules = { .default_ms = 1800000, .grace_ms = 5000, .ask_ms = 3000, .asks = 3 };

struct sim {
	struct ras_aging a;
	uint64_t now, due;
	unsigned asks;
	bool gone;
};

static void give(struct sim *s, enum ras_aging_event e, uint32_t ttl_ms)
{
	const struct ras_aging_step step = ras_aging_event(&s->a, &rules, e, ttl_ms);
	if (step.timer_ms != 0)
		s->due = s->now + step.timer_ms;
	s->asks += step.ask;
	s->gone = s->gone || step.gone;
	if (step.gone)
		s->due = 0;
}

static void until(struct sim *s, uint64_t t)
{
	while (s->due != 0 && s->due <= t) {
		s->now = s->due;
		give(s, RAS_AGING_TIMEOUT, 0);
	}
	s->now = t;
}

static void a_time_to_live_is_kept(void **state)
{
	struct sim s = { 0 };
	(void)state;
	give(&s, RAS_AGING_REGISTERED, 60000);
	for (uint64_t t = 30000; t <= 600000; t += 30000) {
		until(&s, t);
		assert_false(s.gone);
		give(&s, RAS_AGING_REGISTERED, 60000);
	}
	until(&s, 600000 + 64999);
	assert_false(s.gone);
	/* other messages do not renew it */
	give(&s, RAS_AGING_HEARD, 0);
	until(&s, 600000 + 65000);
	assert_true(s.gone);
	assert_int_equal(s.asks, 0);
	give(&s, RAS_AGING_HEARD, 0);
	assert_int_equal(s.due, 0);
}

static void without_one_it_is_asked(void **state)
{
	struct sim s = { 0 };
	(void)state;
	give(&s, RAS_AGING_REGISTERED, 0);
	until(&s, 1799999);
	assert_int_equal(s.asks, 0);
	until(&s, 1800000);
	assert_int_equal(s.asks, 1);
	until(&s, 1803000);
	assert_int_equal(s.asks, 2);
	until(&s, 1804000);
	give(&s, RAS_AGING_HEARD, 0); /* its InfoRequestResponse */
	until(&s, 1804000 + 1799999);
	assert_int_equal(s.asks, 2);
	until(&s, 1804000 + 1800000 + 6000);
	assert_int_equal(s.asks, 5);
	assert_false(s.gone);
	until(&s, 1804000 + 1800000 + 9000);
	assert_true(s.gone);
}

static void a_long_time_does_not_wrap(void **state)
{
	struct ras_aging a = { 0 };
	(void)state;
	assert_int_equal(ras_aging_event(&a, &rules, RAS_AGING_REGISTERED, UINT32_MAX).timer_ms, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_to_live_is_kept),
		cmocka_unit_test(without_one_it_is_asked),
		cmocka_unit_test(a_long_time_does_not_wrap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
