/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine of the procedures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/proc.h"

static void steps(void **state)
{
	(void)state;
	static const struct proc_row rows[] = {
		{ 0, 1, 2, { PROC_START, PROC_CONFIRM } },
		{ 2, 1, 0, { PROC_STOP, PROC_STOP, PROC_STOP, PROC_STOP, PROC_STOP } },
		{ 2, 3, 2, { PROC_NONE } },
	};
	const struct proc_table t = { "test", rows, 3 };
	struct proc_out out = { .n = 9 };
	uint8_t s = 0;
	assert_int_equal(proc_step(&t, &s, 3, &out), PST_E_STATE);
	assert_int_equal(out.n, 0);
	assert_int_equal(s, 0);
	assert_int_equal(proc_step(&t, &s, 1, &out), 0);
	assert_int_equal(s, 2);
	assert_int_equal(out.n, 2);
	assert_int_equal(out.act[1], PROC_CONFIRM);
	assert_int_equal(proc_step(&t, &s, 3, &out), 0);
	assert_int_equal(out.n, 0);
	assert_int_equal(proc_step(&t, &s, 1, &out), 0);
	assert_int_equal(out.n, PROC_ACTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(steps) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
