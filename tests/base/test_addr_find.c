/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses in text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr_find.h"

static const struct {
	const char *text, *found; /* NULL: none */
} cases[] = {
	{ "10.0.0.5", "10.0.0.5" },
	{ "alice@10.0.0.5:1720", "10.0.0.5" },
	{ "call me at 10.0.0.5.", "10.0.0.5" },
	{ "h323:x@010.000.000.005;user=phone", "10.0.0.5" },
	{ "pc10.0.0.5x", "10.0.0.5" },
	{ "[2001:db8::5]:1720", "2001:db8::5" },
	{ "at 2001:DB8::5.", "2001:db8::5" },
	{ "::ffff:10.0.0.5", "10.0.0.5" },
	{ "fe80::1%eth0", "fe80::1" },
	{ "1.2.3", NULL },
	{ "256.1.1.1.", NULL },
	{ "1234.1.1.1", NULL },
	{ "10.0.0.1234", NULL },
	{ "12:34", NULL },
	{ "10..0.0.5", NULL },
	{ "", NULL },
};

static void check(struct pst_slice s, unsigned step, const char *want)
{
	struct addr_found f;
	char text[ADDR_STRLEN];
	const bool got = addr_find(&f, s, step, 0);
	assert_int_equal(got, want != NULL);
	if (!got)
		return;
	assert_string_equal(addr_ip_str(&f.addr, text), want);
	assert_true(f.at + f.n <= s.n / step);
	assert_int_equal(f.addr.port, 0);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t wide[128] = { 0 };
		const struct pst_slice s = slice_str(cases[i].text);
		for (size_t k = 0; k < s.n; k++)
			wide[2 * k + 1] = s.p[k];
		check(s, 1, cases[i].found);
		check(slice_of(wide, 2 * s.n), 2, cases[i].found);
	}
}

static void test_going_on(void **state)
{
	struct addr_found f;
	char text[ADDR_STRLEN];
	const struct pst_slice s = slice_str("1.10.0.0.5");
	(void)state;
	assert_true(addr_find(&f, s, 1, 0));
	assert_string_equal(addr_ip_str(&f.addr, text), "1.10.0.0");
	assert_true(addr_find(&f, s, 1, f.at + 1));
	assert_string_equal(addr_ip_str(&f.addr, text), "10.0.0.5");
	assert_int_equal(f.at, 2);
	assert_int_equal(f.n, 8);
	assert_false(addr_find(&f, s, 1, f.at + 1));
	/* half a character at the end, and characters that only look like digits in one octet */
	assert_false(addr_find(&f, slice_of("\0001\0.\0002\0.\0003\0.\0", 13), 2, 0));
	assert_false(addr_find(&f, slice_of("\1001\0.\0002\0.\0003\0.\0004", 14), 2, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_going_on) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
