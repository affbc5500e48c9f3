/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes and reasons, H.225.0 table 5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/cause.h"
#include "h225_asn1.h"

static void there_and_back(void **state)
{
	(void)state;
	/* A cause that came from a reason leads to a reason of the same cause. */
	for (uint32_t r = 0; r < H225_RELEASE_COMPLETE_REASON_N; r++) {
		const uint8_t cause = h225_cause_of_reason(r);
		assert_int_not_equal(cause, 0);
		const uint32_t back = h225_reason_of_cause(cause);
		assert_true(h225_cause_of_reason(back) == cause || cause == 47);
		assert_string_not_equal(h225_reason_name(r), "unknown");
	}
	assert_int_equal(h225_cause_of_reason(0xffffffff), 31);
	assert_string_equal(h225_reason_name(0xffffffff), "unknown");
	for (unsigned c = 0; c < 256; c++)
		assert_true(h225_reason_of_cause((uint8_t)c) < H225_RELEASE_COMPLETE_REASON_N);
}

static void known_ones(void **state)
{
	(void)state;
	assert_int_equal(h225_cause_of_reason(H225_RELEASE_COMPLETE_REASON_IN_CONF), 17);
	assert_int_equal(h225_reason_of_cause(17), H225_RELEASE_COMPLETE_REASON_IN_CONF);
	assert_int_equal(h225_reason_of_cause(1), H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION);
	assert_int_equal(h225_reason_of_cause(102), H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(known_ones) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
