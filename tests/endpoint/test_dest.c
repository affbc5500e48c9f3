/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Destinations in every form, and what is none. */
#include "endpoint/dest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void forms(void **state)
{
	static const struct {
		const char *text, *alias, *host;
		uint16_t port;
	} CASES[] = {
	        {"192.0.2.1", "", "192.0.2.1", 1720},
	        {"192.0.2.1:99", "", "192.0.2.1", 99},
	        {"host.example", "", "host.example", 1720},
	        {"ann@host.example:1721", "ann", "host.example", 1721},
	        {"h323:ann@192.0.2.1", "ann", "192.0.2.1", 1720},
	        {"H323:192.0.2.1:5", "", "192.0.2.1", 5},
	        {"ann@work@192.0.2.1", "ann@work", "192.0.2.1", 1720},
	        {"2001:db8::1", "", "2001:db8::1", 1720},
	        {"[2001:db8::1]", "", "2001:db8::1", 1720},
	        {"12@[2001:db8::1]:5", "12", "2001:db8::1", 5},
	};
	struct dest d;

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		assert_int_equal(dest_parse(&d, CASES[i].text, 1720), 0);
		assert_string_equal(d.alias, CASES[i].alias);
		assert_string_equal(d.host, CASES[i].host);
		assert_int_equal(d.port, CASES[i].port);
	}
}

static void refused(void **state)
{
	static const char *const BAD[] = {"", "@host", "h323:", "host:", "host:0", "host:65536", "host:x",
	        "[::1", "[::1]x", "ann@", "host:1 ", "[]", "host:-1", "host:+1"};
	struct dest d;

	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(dest_parse(&d, BAD[i], 1720), PST_E_BAD);
}

static void addresses(void **state)
{
	struct dest d;
	struct addr a;
	char text[ADDR_STRLEN];

	(void)state;
	assert_int_equal(dest_parse(&d, "x@192.0.2.7:1721", 1720), 0);
	assert_int_equal(dest_resolve(&a, &d, ADDR_NONE, NULL), 0);
	assert_string_equal(addr_str(&a, text), "192.0.2.7:1721");
	assert_int_equal(dest_parse(&d, "2001:db8::1", 1720), 0);
	assert_int_equal(dest_resolve(&a, &d, ADDR_NONE, NULL), 0);
	assert_string_equal(addr_str(&a, text), "[2001:db8::1]:1720");
	assert_true(dest_is_number("5551234"));
	assert_true(dest_is_number("*12#"));
	assert_false(dest_is_number("a1"));
	assert_false(dest_is_number(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(forms), cmocka_unit_test(refused), cmocka_unit_test(addresses)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
