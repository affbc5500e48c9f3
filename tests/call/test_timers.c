/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of timers is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/timers.h"

static void every_timer_is_described(void **state)
{
	(void)state;
	for (int i = 0; i < TIMER_N; i++) {
		const struct call_timer_info *t = call_timer_info((enum call_timer)i);
		assert_non_null(t->name);
		assert_non_null(t->clause);
		assert_non_null(t->description);
		assert_true(t->default_ms >= 1000);
	}
	assert_int_equal(call_timer_info(TIMER_T303)->default_ms, 4000);
	assert_true(call_timer_info(TIMER_T301)->default_ms >= 180000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_timer_is_described) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
