/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TPKT streams (RFC 1006 section 6): every segmentation gives the same messages, and idle streams hold no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "tpkt/stream.h"

static const uint8_t two[] = { 3, 0, 0, 7, 'a', 'b', 'c', 3, 0, 0, 4, 3, 0, 0, 5, 'z' };

static void expect(struct frames *s, const char *text)
{
	struct pst_slice got;
	assert_int_equal(tpkt_next(s, &got), 0);
	assert_true(slice_eq(got, slice_str(text)));
}

static void expect_again(struct frames *s)
{
	struct pst_slice got;
	assert_int_equal(tpkt_next(s, &got), PST_E_AGAIN);
}

static void whole_messages_are_borrowed(void **state)
{
	(void)state;
	struct frames s;
	struct pst_slice got;
	tpkt_init(&s, 0);
	frames_feed(&s, slice_of(two, sizeof(two)));
	assert_int_equal(tpkt_next(&s, &got), 0);
	assert_ptr_equal(got.p, two + 4);
	expect(&s, "");
	expect(&s, "z");
	assert_null(s.buf);
	expect_again(&s);
	assert_false(frames_partial(&s));
}

static void what_was_not_looked_at_comes_out(void **state)
{
	(void)state;
	struct frames s;
	struct pst_slice rest;
	tpkt_init(&s, 0);
	frames_feed(&s, slice_of(two, sizeof(two)));
	expect(&s, "abc");
	rest = frames_rest(&s);
	assert_ptr_equal(rest.p, two + 7);
	assert_int_equal(rest.n, sizeof(two) - 7);
	expect_again(&s);
	frames_feed(&s, rest);
	expect(&s, "");
	expect(&s, "z");
	assert_int_equal(frames_rest(&s).n, 0);
}

static void header_alone_then_body_needs_no_memory(void **state)
{
	(void)state;
	struct frames s;
	tpkt_init(&s, 0);
	frames_feed(&s, slice_of(two, 4));
	expect_again(&s);
	assert_true(frames_partial(&s));
	frames_feed(&s, slice_of(two + 4, 3));
	expect(&s, "abc");
	assert_null(s.buf);
	expect_again(&s);
}

static void every_split_gives_the_same(void **state)
{
	(void)state;
	for (size_t step = 1; step <= sizeof(two); step++) {
		struct frames s;
		char text[16];
		size_t n = 0, messages = 0;
		tpkt_init(&s, 0);
		for (size_t i = 0; i < sizeof(two); i += step) {
			/* A copy of its own, so that the sanitizer sees what is kept too long. */
			const size_t len = sizeof(two) - i < step ? sizeof(two) - i : step;
			uint8_t *part = malloc(len);
			memcpy(part, two + i, len);
			frames_feed(&s, slice_of(part, len));
			struct pst_slice got;
			int err;
			while ((err = tpkt_next(&s, &got)) == 0) {
				if (got.n > 0)
					memcpy(text + n, got.p, got.n);
				n += got.n;
				messages++;
			}
			assert_int_equal(err, PST_E_AGAIN);
			free(part);
		}
		assert_int_equal(messages, 3);
		assert_int_equal(n, 4);
		assert_memory_equal(text, "abcz", 4);
		assert_null(s.buf);
	}
}

static void bad_and_long_are_refused(void **state)
{
	(void)state;
	static const struct {
		uint8_t octets[5];
		int error;
	} cases[] = {
		{ { 2, 0, 0, 5, 0 }, PST_E_BAD },
		{ { 3, 0, 0, 3, 0 }, PST_E_BAD },
		{ { 3, 0, 0, 0, 0 }, PST_E_BAD },
		{ { 3, 0, 0, 15, 0 }, PST_E_LIMIT },
		{ { 3, 0, 0, 14, 0 }, PST_E_AGAIN },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frames s;
		struct pst_slice got;
		tpkt_init(&s, 10);
		frames_feed(&s, slice_of(cases[i].octets, 5));
		assert_int_equal(tpkt_next(&s, &got), cases[i].error);
		assert_int_equal(tpkt_next(&s, &got), cases[i].error);
		assert_true((s.what != NULL) == (cases[i].error != PST_E_AGAIN));
		frames_reset(&s);
	}
}

static void memory_follows_what_arrives(void **state)
{
	(void)state;
	static const uint8_t head[] = { 3, 0, 0xff, 0xff, 1 };
	struct frames s;
	tpkt_init(&s, 0);
	frames_feed(&s, slice_of(head, sizeof(head)));
	expect_again(&s);
	assert_true(s.buf_cap <= 512);
	frames_reset(&s);
}

static void headers_are_written(void **state)
{
	(void)state;
	uint8_t head[4], out[16];
	assert_int_equal(tpkt_header(head, 1), 0);
	assert_memory_equal(head, ((uint8_t[]){ 3, 0, 0, 5 }), 4);
	assert_int_equal(tpkt_header(head, TPKT_PAYLOAD_MAX), 0);
	assert_int_equal(tpkt_header(head, TPKT_PAYLOAD_MAX + 1), PST_E_RANGE);
	struct writer w = wr_of(out, sizeof(out));
	const size_t at = tpkt_open(&w);
	wr_bytes(&w, slice_str("abc"));
	assert_int_equal(tpkt_close(&w, at), 0);
	assert_memory_equal(out, two, 7);
	w = wr_of(out, 3);
	assert_int_equal(tpkt_close(&w, tpkt_open(&w)), PST_E_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_messages_are_borrowed),
		cmocka_unit_test(what_was_not_looked_at_comes_out),
		cmocka_unit_test(header_alone_then_body_needs_no_memory),
		cmocka_unit_test(every_split_gives_the_same),
		cmocka_unit_test(bad_and_long_are_refused),
		cmocka_unit_test(memory_follows_what_arrives),
		cmocka_unit_test(headers_are_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
