/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ladder: what it keeps, its bounds, its JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/ladder.h"

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

static void test_json(void **state)
{
	struct gw_ladder l = { 0 };
	const struct gw_ladder_addr addrs[2] = {
		{ .what = "h245Address", .before = at("10.0.0.10:5000"), .after = at("203.0.113.1:30000") },
		{ .what = "mediaChannel", .note = "loopback", .before = at("127.0.0.1:5000") },
	};
	(void)state;
	assert_non_null(gw_ladder_add(&l, 7, 1, GW_VIA_H225, "Connect", addrs, 2));
	assert_non_null(gw_ladder_add(&l, 9, -1, GW_VIA_GATEWAY, "ended", NULL, 0));
	json_t *j = gw_ladder_json(&l), *first = json_array_get(j, 0), *second = json_array_get(j, 1);
	assert_int_equal(json_integer_value(json_object_get(first, "t_ms")), 7);
	assert_int_equal(json_integer_value(json_object_get(first, "leg")), 1);
	assert_string_equal(json_string_value(json_object_get(first, "via")), "h225");
	json_t *a = json_object_get(first, "addresses");
	assert_int_equal(json_array_size(a), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(a, 0), "after")), "203.0.113.1:30000");
	assert_null(json_object_get(json_array_get(a, 0), "note"));
	assert_null(json_object_get(json_array_get(a, 1), "after"));
	assert_string_equal(json_string_value(json_object_get(json_array_get(a, 1), "note")), "loopback");
	assert_null(json_object_get(second, "leg"));
	assert_string_equal(json_string_value(json_object_get(second, "via")), "gateway");
	json_decref(j);
	gw_ladder_free(&l);
	assert_int_equal(l.n, 0);
}

static void test_bounds(void **state)
{
	struct gw_ladder l = { 0 };
	char text[1000];
	(void)state;
	for (int i = 0; i < GW_LADDER_MAX + 10; i++)
		(void)gw_ladder_add(&l, 0, -1, GW_VIA_GATEWAY, "x", NULL, 0);
	assert_int_equal(l.n, GW_LADDER_MAX);
	assert_int_equal(l.dropped, 10);
	gw_ladder_free(&l);
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	while (l.dropped == 0)
		(void)gw_ladder_add(&l, 0, -1, GW_VIA_GATEWAY, text, NULL, 0);
	assert_int_equal(l.n, GW_LADDER_BYTES / sizeof text);
	/* a small one still fits */
	assert_non_null(gw_ladder_add(&l, 0, -1, GW_VIA_GATEWAY, "x", NULL, 0));
	gw_ladder_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_json), cmocka_unit_test(test_bounds) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
