/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.245 TransportAddress, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h245/addr.h"

static void round_trip(void **state)
{
	(void)state;
	static const char *texts[] = { "192.0.2.1:1720", "[2001:db8::5]:1", "10.0.0.1" };
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < 3; i++) {
		struct addr in, out;
		assert_int_equal(addr_parse(&in, texts[i], 0), 0);
		struct h245_transport_address *ta = h245_addr_new(&in, &a);
		assert_non_null(ta);
		assert_int_equal(h245_addr_read(&out, ta), 0);
		assert_true(addr_eq(&in, &out));
	}
	arena_free(&a);
}

static void multicast_and_others(void **state)
{
	(void)state;
	struct h245_multicast_address_ip_address ip = { .network = slice_of("\xe0\x00\x01\x29", 4), .tsap_identifier = 9 };
	struct h245_multicast_address ma = { .choice = H245_MULTICAST_ADDRESS_IP_ADDRESS, .u.ip_address = &ip };
	struct h245_transport_address ta = { .choice = H245_TRANSPORT_ADDRESS_MULTICAST_ADDRESS, .u.multicast_address = &ma };
	struct addr out, none = { 0 };
	assert_int_equal(h245_addr_read(&out, &ta), 0);
	assert_true(addr_is_multicast(&out));
	ip.network.n = 3;
	assert_int_equal(h245_addr_read(&out, &ta), PST_E_BAD);
	ma.choice = H245_MULTICAST_ADDRESS_NSAP;
	assert_int_equal(h245_addr_read(&out, &ta), PST_E_UNSUPPORTED);
	ta.choice = ASN1_UNKNOWN;
	assert_int_equal(h245_addr_read(&out, &ta), PST_E_UNSUPPORTED);
	struct arena a;
	arena_init(&a, 0);
	assert_null(h245_addr_new(&none, &a));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(round_trip), cmocka_unit_test(multicast_and_others) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
