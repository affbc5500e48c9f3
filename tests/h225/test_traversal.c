/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.460.18 in generic data, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/traversal.h"

static void incoming_call(void **state)
{
	static const char *const addresses[] = { "203.0.113.1:1720", "[2001:db8::1]:1721" };
	uint8_t id[16] = { 1, 2, 3 }, got[16];
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	for (size_t i = 0; i < 2; i++) {
		struct addr to, back;
		struct h225_generic_data list[2];
		assert_int_equal(addr_parse(&to, addresses[i], 0), 0);
		h225_feature_build(&list[0], H225_FEATURE_MEDIA_TRAVERSAL);
		assert_int_equal(h225_incoming_call_build(&list[1], &to, id, &a), 0);
		assert_int_equal(h225_incoming_call_read(list, 1, &a, &back, got), PST_E_NOT_FOUND);
		assert_int_equal(h225_incoming_call_read(list, 2, &a, &back, got), 0);
		assert_true(addr_eq(&to, &back));
		assert_memory_equal(id, got, 16);
		/* cut off anywhere: an error, whatever it is */
		struct pst_slice *raw = &list[1].parameters.v[0].content->u.raw;
		while (raw->n-- > 0)
			assert_true(h225_incoming_call_read(list, 2, &a, &back, got) < 0);
	}
	arena_free(&a);
}

/* The octets as X.691 has them: no extensions, ipAddress (index 0 of 7), the port, sixteen octets of the identifier. */
static void octets(void **state)
{
	static const uint8_t want[] = { 0x00, 203, 0, 113, 1, 0x06, 0xb8, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	const uint8_t id[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct h225_generic_data d;
	struct addr to;
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	assert_int_equal(addr_parse(&to, "203.0.113.1:1720", 0), 0);
	assert_int_equal(h225_incoming_call_build(&d, &to, id, &a), 0);
	const struct pst_slice raw = d.parameters.v[0].content->u.raw;
	assert_int_equal(raw.n, sizeof want);
	assert_memory_equal(raw.p, want, sizeof want);
	arena_free(&a);
}

static void features(void **state)
{
	struct h225_generic_data list[1];
	struct h225_feature_set fs;
	(void)state;
	h225_feature_build(&list[0], H225_FEATURE_SIGNALLING_TRAVERSAL);
	h225_features_build(&fs, list, 1);
	assert_true(h225_feature_has(&fs, 18));
	assert_false(h225_feature_has(&fs, 19));
	assert_false(h225_feature_has(NULL, 18));
	fs = (struct h225_feature_set){ .has_needed_features = true };
	fs.needed_features.n = 1;
	fs.needed_features.v = list;
	assert_true(h225_feature_has(&fs, 18));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(incoming_call), cmocka_unit_test(octets), cmocka_unit_test(features) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
