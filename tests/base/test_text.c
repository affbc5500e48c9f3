/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/text.h: what fits stays whole, and what a peer sent never reaches a terminal as it is. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_pieces(void **state)
{
	(void)state;
	char buf[16];
	struct text t = text_in(buf, sizeof buf);
	assert_string_equal(buf, "");
	text_add(&t, "%s %d", "abc", 7);
	assert_string_equal(buf, "abc 7");
	text_add(&t, " and much too long for it");
	assert_string_equal(buf, "abc 7 and much ");
	assert_int_equal(t.n, sizeof buf - 1);
	text_add(&t, "more");
	assert_string_equal(buf, "abc 7 and much ");
}

static void test_safe(void **state)
{
	(void)state;
	char buf[8];
	struct text t = text_in(buf, sizeof buf);
	text_add_safe(&t, slice_of("a\x1b\"\\", 4), 1);
	assert_string_equal(buf, "a...");
	text_add_safe(&t, slice_of("\0b\x04z\0", 5), 2);
	assert_string_equal(buf, "a...b.");
	text_add_safe(&t, slice_of("12345", 5), 1);
	assert_string_equal(buf, "a...b.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
