/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.460.19 in genericInformation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h245/traversal.h"

/* The octets as X.691 has them: no extensions, keepAliveChannel and keepAliveInterval of the six; unicastAddress, iPAddress,
 * four octets, the port; the interval in one octet. */
static void octets(void **state)
{
	static const uint8_t want[] = { 0x0a, 0x00, 203, 0, 113, 1, 0x9c, 0x40, 0x00, 14 };
	static const uint8_t other_oid[] = { 0, 8, 0x83, 0x4c, 24, 0, 2 };
	struct h245_generic_message other = { .message_identifier = { .choice = H245_CAPABILITY_IDENTIFIER_STANDARD,
						      .u.standard = slice_of(other_oid, sizeof other_oid) } };
	struct h245_generic_message *v = &other;
	uint32_t n = 1;
	uint8_t number;
	struct addr to;
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	assert_int_equal(addr_parse(&to, "203.0.113.1:40000", 0), 0);
	assert_int_equal(h245_traversal_add(&v, &n, &to, 15, &a), 0);
	assert_int_equal(n, 2);
	assert_true(h245_h460_read(&v[0], &number));
	assert_int_equal(number, 19);
	assert_true(h245_h460_read(&v[1], &number));
	assert_int_equal(number, 24);
	const struct pst_slice raw = v[0].message_content.v[0].parameter_value.u.octet_string;
	assert_memory_equal(raw.p, want, sizeof want);
	assert_int_equal(raw.n, sizeof want);
	/* cut off, or another tree */
	v[1].message_identifier.u.standard.n = 4;
	assert_false(h245_h460_read(&v[1], &number));
	v[1].message_identifier.u.standard = slice_of(want, sizeof want);
	assert_false(h245_h460_read(&v[1], &number));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(octets) };
	return cmocka_run_group_tests_name("h245/traversal", tests, NULL, NULL);
}
