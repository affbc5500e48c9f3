/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.225.0 TransportAddress, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/addr.h"

static void round_trip(void **state)
{
	(void)state;
	static const char *texts[] = { "192.0.2.1:1720", "[2001:db8::5]:1", "10.0.0.1" };
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < 3; i++) {
		struct addr in, out;
		assert_int_equal(addr_parse(&in, texts[i], 0), 0);
		struct h225_transport_address *ta = h225_addr_new(&in, &a);
		assert_non_null(ta);
		assert_int_equal(h225_addr_read(&out, ta), 0);
		assert_true(addr_eq(&in, &out));
	}
	arena_free(&a);
}

static void others_are_not_addresses(void **state)
{
	(void)state;
	struct h225_transport_address_ip_address short_ip = { .ip = slice_str("abc") };
	struct h225_transport_address ta = { .choice = H225_TRANSPORT_ADDRESS_NSAP };
	struct addr out, none = { 0 };
	struct arena a;
	arena_init(&a, 16);
	assert_int_equal(h225_addr_read(&out, &ta), PST_E_UNSUPPORTED);
	ta.choice = H225_TRANSPORT_ADDRESS_IP_ADDRESS;
	ta.u.ip_address = &short_ip;
	assert_int_equal(h225_addr_read(&out, &ta), PST_E_BAD);
	assert_int_equal(h225_addr_build(&ta, &none, &a), PST_E_ARG);
	none.family = ADDR_IP6;
	assert_int_equal(h225_addr_build(&ta, &none, &a), PST_E_NOMEM);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(round_trip), cmocka_unit_test(others_are_not_addresses) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
