/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ULP on TCP: any segmentation gives the same messages; a length above the limit ends the stream. */
#include "ulp/stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t WIRE[] = { 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, 2, 'e', 'f' };

static void test_any_segmentation(void **state)
{
	(void)state;
	static const char *const want[] = { "abc", "", "d", "ef" };
	for (size_t step = 1; step <= sizeof(WIRE); step++) {
		struct frames s;
		struct pst_slice msg;
		size_t got = 0;
		ulp_init(&s, 3);
		for (size_t at = 0; at < sizeof(WIRE); at += step) {
			const size_t n = sizeof(WIRE) - at < step ? sizeof(WIRE) - at : step;
			frames_feed(&s, slice_of(WIRE + at, n));
			int err;
			while ((err = ulp_next(&s, &msg)) == 0) {
				assert_true(got < 4);
				assert_true(slice_eq(msg, slice_str(want[got])));
				got++;
			}
			assert_int_equal(err, PST_E_AGAIN);
		}
		assert_int_equal(got, 4);
		assert_false(frames_partial(&s));
		frames_reset(&s);
	}
}

static void test_limit(void **state)
{
	(void)state;
	struct frames s;
	struct pst_slice msg;
	ulp_init(&s, 2);
	frames_feed(&s, slice_of(WIRE, sizeof(WIRE)));
	assert_int_equal(ulp_next(&s, &msg), PST_E_LIMIT);
	assert_int_equal(ulp_next(&s, &msg), PST_E_LIMIT);
	frames_reset(&s);
	frames_feed(&s, slice_of("\0", 1));
	assert_int_equal(ulp_next(&s, &msg), PST_E_AGAIN);
	assert_true(frames_partial(&s));
	frames_reset(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_segmentation),
		cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
