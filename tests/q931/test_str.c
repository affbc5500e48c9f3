/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of Q.931 messages and causes: every value has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "q931/msg.h"

static void names(void **state)
{
	(void)state;
	assert_string_equal(q931_type_name(Q931_SETUP), "Setup");
	assert_string_equal(q931_type_name(0xff), "?");
	assert_string_equal(q931_cause_name(17), "user busy");
	for (int i = 0; i < 256; i++)
		assert_non_null(q931_cause_name((uint8_t)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
