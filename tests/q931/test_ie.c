/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents of Q.931 elements, with vectors seen from real products. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "q931/ie.h"

static void causes(void **state)
{
	(void)state;
	uint8_t buf[2];
	struct q931_cause_view v;
	assert_int_equal(q931_cause_read(&v, q931_cause_build(buf, Q931_CAUSE_BUSY)), 0);
	assert_int_equal(v.value, 17);
	assert_int_equal(v.location, 0);
	assert_int_equal(v.diagnostics.n, 0);
	/* Octet 3a present, diagnostics behind. */
	assert_int_equal(q931_cause_read(&v, slice_of("\x02\x83\x90\x01", 4)), 0);
	assert_int_equal(v.location, 2);
	assert_int_equal(v.value, 16);
	assert_int_equal(v.diagnostics.n, 1);
	assert_int_equal(q931_cause_read(&v, slice_of("\x80", 1)), PST_E_SHORT);
	assert_int_equal(q931_cause_read(&v, slice_of("\x00", 1)), PST_E_SHORT);
}

static void bearers(void **state)
{
	(void)state;
	uint8_t buf[3];
	struct q931_bearer_view v;
	assert_int_equal(q931_bearer_read(&v, q931_bearer_build(buf)), 0);
	assert_int_equal(v.capability, 8);
	assert_int_equal(v.mode, 2);
	assert_int_equal(v.layer1, 5);
	assert_int_equal(q931_bearer_read(&v, slice_of("\x88\x18\x84\xa5", 4)), 0);
	assert_int_equal(v.rate, 0x18);
	assert_int_equal(v.rate_multiplier, 4);
	assert_int_equal(v.layer1, 5);
	assert_int_equal(q931_bearer_read(&v, slice_of("\x88\x18", 2)), PST_E_SHORT);
	assert_int_equal(q931_bearer_read(&v, slice_of("\x88", 1)), PST_E_SHORT);
}

static void numbers(void **state)
{
	(void)state;
	uint8_t out[8];
	struct writer w = wr_of(out, sizeof(out));
	struct q931_number_view v = { .type = 1, .plan = 1, .has_presentation = true, .presentation = 1, .screening = 3,
		.digits = slice_str("12") }, back;
	assert_int_equal(q931_number_build(&v, &w), 0);
	assert_memory_equal(out, "\x11\xa3" "12", 4);
	assert_int_equal(q931_number_read(&back, wr_slice(&w)), 0);
	assert_int_equal(back.type, 1);
	assert_int_equal(back.presentation, 1);
	assert_int_equal(back.screening, 3);
	assert_true(slice_eq(back.digits, v.digits));
	assert_int_equal(q931_number_read(&back, slice_of("\x81" "5", 2)), 0);
	assert_false(back.has_presentation);
	assert_int_equal(back.digits.n, 1);
	assert_int_equal(q931_number_read(&back, slice_of("\x01", 1)), PST_E_SHORT);
	assert_int_equal(q931_number_read(&back, slice_of("", 0)), PST_E_SHORT);
}

static void display_ends_at_nul(void **state)
{
	(void)state;
	assert_true(slice_eq(q931_display_text(slice_of("m.jemec", 8)), slice_str("m.jemec")));
	assert_true(slice_eq(q931_display_text(slice_of("\xb1" "ab", 3)), slice_str("ab")));
	assert_int_equal(q931_display_text(slice_of("", 0)).n, 0);
}

static void progress(void **state)
{
	(void)state;
	uint8_t buf[2];
	struct q931_progress_view v;
	assert_int_equal(q931_progress_read(&v, q931_progress_build(buf, 8)), 0);
	assert_int_equal(v.description, 8);
	assert_int_equal(q931_progress_read(&v, slice_of(buf, 1)), PST_E_SHORT);
}

static void user_user(void **state)
{
	(void)state;
	struct q931_msg m;
	struct pst_slice per;
	q931_init(&m, Q931_SETUP, 1, false);
	assert_int_equal(q931_user_user(&m, &per), PST_E_NOT_FOUND);
	assert_int_equal(q931_set(&m, Q931_IE_USER_USER, slice_of("\x05xy", 3)), 0);
	assert_int_equal(q931_user_user(&m, &per), 0);
	assert_true(slice_eq(per, slice_str("xy")));
	assert_int_equal(q931_set(&m, Q931_IE_USER_USER, slice_of("\x04xy", 3)), 0);
	assert_int_equal(q931_user_user(&m, &per), PST_E_BAD);
	assert_int_equal(q931_set(&m, Q931_IE_USER_USER, slice_of("", 0)), 0);
	assert_int_equal(q931_user_user(&m, &per), PST_E_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes),
		cmocka_unit_test(bearers),
		cmocka_unit_test(numbers),
		cmocka_unit_test(display_ends_at_nul),
		cmocka_unit_test(progress),
		cmocka_unit_test(user_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
