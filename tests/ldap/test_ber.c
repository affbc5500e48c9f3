/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BER as LDAP uses it: lengths in every form, integers, nesting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ldap/ber.h"

#define OCTETS(...) slice_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void reads_lengths_in_any_form(void **state)
{
	(void)state;
	const struct pst_slice forms[] = { OCTETS(4, 1, 'x'), OCTETS(4, 0x81, 1, 'x'), OCTETS(4, 0x84, 0, 0, 0, 1, 'x') };
	for (unsigned i = 0; i < 3; i++) {
		struct reader r = rd_of(forms[i]);
		struct pst_slice v;
		size_t n;
		assert_int_equal(ber_octets(&r, BER_OCTETS, &v), 0);
		assert_true(slice_eq(v, slice_str("x")));
		assert_int_equal(rd_left(&r), 0);
		assert_int_equal(ber_length(forms[i], &n), 0);
		assert_int_equal(n, forms[i].n);
		for (size_t cut = 0; cut < forms[i].n; cut++) {
			r = rd_of(slice_of(forms[i].p, cut));
			assert_int_equal(ber_octets(&r, BER_OCTETS, &v), PST_E_SHORT);
			assert_int_equal(r.pos, 0);
		}
	}
}

static void refuses_what_ldap_excludes(void **state)
{
	(void)state;
	const struct pst_slice bad[] = { OCTETS(4, 0x80, 0, 0), OCTETS(4, 0x85, 0, 0, 0, 0, 1, 'x'), OCTETS(0x1f, 1, 0),
		OCTETS(4, 0xff, 0) };
	for (unsigned i = 0; i < 4; i++) {
		struct reader r = rd_of(bad[i]), c;
		uint8_t tag;
		size_t n;
		assert_int_equal(ber_next(&r, &tag, &c), PST_E_BAD);
		assert_int_equal(ber_length(bad[i], &n), PST_E_BAD);
	}
	size_t n;
	assert_int_equal(ber_length(OCTETS(0x30), &n), PST_E_AGAIN);
	assert_int_equal(ber_length(OCTETS(0x30, 0x84, 0xff, 0xff), &n), PST_E_AGAIN);
	assert_int_equal(ber_length(OCTETS(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), &n), 0);
	assert_true(n == (size_t)6 + 0xffffffff);
}

static void integers_are_shortest(void **state)
{
	(void)state;
	static const struct {
		int32_t v;
		uint8_t n, octets[4];
	} of[] = { { 0, 1, { 0 } }, { 127, 1, { 127 } }, { 128, 2, { 0, 128 } }, { -1, 1, { 0xff } }, { -128, 1, { 0x80 } },
		{ -129, 2, { 0xff, 0x7f } }, { 32768, 3, { 0, 0x80, 0 } }, { INT32_MAX, 4, { 0x7f, 0xff, 0xff, 0xff } },
		{ INT32_MIN, 4, { 0x80, 0, 0, 0 } } };
	for (unsigned i = 0; i < sizeof of / sizeof *of; i++) {
		uint8_t buf[8];
		struct writer w = wr_of(buf, sizeof buf);
		int32_t back;
		ber_put_int(&w, BER_INTEGER, of[i].v);
		assert_int_equal(w.n, 2 + of[i].n);
		assert_memory_equal(buf + 2, of[i].octets, of[i].n);
		struct reader r = rd_of(wr_slice(&w));
		assert_int_equal(ber_int(&r, BER_INTEGER, &back), 0);
		assert_int_equal(back, of[i].v);
	}
	int32_t v;
	struct reader r = rd_of(OCTETS(2, 5, 0, 0, 0, 0, 1));
	assert_int_equal(ber_int(&r, BER_INTEGER, &v), PST_E_BAD);
	r = rd_of(OCTETS(2, 0));
	assert_int_equal(ber_int(&r, BER_INTEGER, &v), PST_E_BAD);
}

static void nested_lengths_grow(void **state)
{
	(void)state;
	static uint8_t buf[70200], filler[70000];
	static const size_t sizes[] = { 0, 1, 123, 124, 125, 126, 127, 128, 250, 251, 252, 253, 254, 255, 256, 65531, 65536, 70000 };
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct writer w = wr_of(buf, sizeof buf);
		const size_t outer = ber_begin(&w, BER_SEQUENCE);
		const size_t inner = ber_begin(&w, BER_SET);
		ber_put(&w, BER_OCTETS, slice_of(filler, sizes[i]));
		ber_end(&w, inner);
		ber_end(&w, outer);
		assert_int_equal(wr_done(&w), 0);
		struct reader r = rd_of(wr_slice(&w)), a, b;
		struct pst_slice v;
		assert_int_equal(ber_expect(&r, BER_SEQUENCE, &a), 0);
		assert_int_equal(rd_left(&r), 0);
		assert_int_equal(ber_expect(&a, BER_SET, &b), 0);
		assert_int_equal(rd_left(&a), 0);
		assert_int_equal(ber_octets(&b, BER_OCTETS, &v), 0);
		assert_int_equal(v.n, sizes[i]);
		for (size_t cap = 0; cap < w.n && cap < 300; cap++) {
			struct writer small = wr_of(buf, cap);
			const size_t at = ber_begin(&small, BER_SEQUENCE);
			ber_put(&small, BER_OCTETS, slice_of(filler, sizes[i]));
			ber_end(&small, at);
			assert_true(cap >= w.n - 2 || wr_done(&small) == PST_E_SPACE || small.n <= cap);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lengths_in_any_form),
		cmocka_unit_test(refuses_what_ldap_excludes),
		cmocka_unit_test(integers_are_shortest),
		cmocka_unit_test(nested_lengths_grow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
