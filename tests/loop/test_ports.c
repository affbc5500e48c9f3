/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The port allocator. */
#include "loop/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_pairs_are_even_and_inside(void **state)
{
	struct loop_ports p = { 0 };
	uint16_t port;
	bool seen[8] = { false };
	(void)state;
	/* 5001..5010 holds the pairs 5002, 5004, 5006, 5008; 5010 has nobody above it */
	assert_int_equal(loop_ports_init(&p, 5001, 5010, 2, 1000), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(loop_ports_take(&p, 10, &port), 0);
		assert_true(port % 2 == 0 && port >= 5002 && port <= 5008);
		assert_false(seen[(port - 5002) / 2]);
		seen[(port - 5002) / 2] = true;
	}
	assert_int_equal(loop_ports_take(&p, 10, &port), PST_E_SPACE);
	loop_ports_free(&p);
}

static void test_ranges_without_a_port(void **state)
{
	struct loop_ports p = { 0 };
	(void)state;
	assert_int_equal(loop_ports_init(&p, 5001, 5002, 2, 0), PST_E_ARG);
	assert_int_equal(loop_ports_init(&p, 5002, 5001, 1, 0), PST_E_ARG);
	assert_int_equal(loop_ports_init(&p, 0, 10, 1, 0), PST_E_ARG);
	assert_int_equal(loop_ports_init(&p, 65535, 65535, 1, 0), 0);
	loop_ports_free(&p);
	assert_int_equal(loop_ports_init(&p, 65534, 65535, 2, 0), 0);
	loop_ports_free(&p);
}

static void test_a_port_rests(void **state)
{
	struct loop_ports p = { 0 };
	uint16_t a, b, c;
	(void)state;
	assert_int_equal(loop_ports_init(&p, 6000, 6002, 1, 1000), 0);
	assert_int_equal(loop_ports_take(&p, 100, &a), 0);
	loop_ports_give(&p, 100, a);
	/* the two others come first, though the search has come around */
	assert_int_equal(loop_ports_take(&p, 200, &b), 0);
	assert_int_equal(loop_ports_take(&p, 200, &c), 0);
	assert_true(a != b && b != c && a != c);
	loop_ports_give(&p, 300, b);
	/* both rest: the one that has rested longest */
	uint16_t d;
	assert_int_equal(loop_ports_take(&p, 400, &d), 0);
	assert_int_equal(d, a);
	assert_int_equal(p.used, 2);
	loop_ports_free(&p);
}

static void test_a_new_range_keeps_what_is_used(void **state)
{
	struct loop_ports p = { 0 };
	uint16_t port;
	(void)state;
	assert_int_equal(loop_ports_init(&p, 7000, 7003, 1, 0), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(loop_ports_take(&p, 1, &port), 0);
	assert_int_equal(loop_ports_set_range(&p, 9, 8), PST_E_ARG);
	assert_int_equal(p.n, 4);
	assert_int_equal(loop_ports_set_range(&p, 7002, 7004), 0);
	assert_int_equal(p.used, 2);
	assert_int_equal(loop_ports_take(&p, 1, &port), 0);
	assert_int_equal(port, 7004);
	assert_int_equal(loop_ports_take(&p, 1, &port), PST_E_SPACE);
	loop_ports_give(&p, 1, 7000); /* outside: forgotten */
	assert_int_equal(p.used, 3);
	loop_ports_give(&p, 1, 7002);
	loop_ports_give(&p, 1, 7002); /* twice does no harm */
	assert_int_equal(p.used, 2);
	loop_ports_free(&p);
}

/* A set for each of many addresses costs what is used of it. */
static void test_memory_is_made_when_used(void **state)
{
	struct loop_ports p = { 0 };
	uint16_t port;
	unsigned made = 0;
	(void)state;
	assert_int_equal(loop_ports_init(&p, 1024, 65535, 2, 1000), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(loop_ports_take(&p, 1, &port), 0);
	for (unsigned i = 0; i < (p.n + 255) / 256; i++)
		made += p.blocks[i] != NULL;
	assert_in_range(made, 1, 2);
	/* all of them, once, also over what was not made yet */
	for (uint32_t i = 100; i < p.n; i++)
		assert_int_equal(loop_ports_take(&p, 1, &port), 0);
	assert_int_equal(loop_ports_take(&p, 1, &port), PST_E_SPACE);
	loop_ports_free(&p);
}

static void test_a_certain_port(void **state)
{
	struct loop_ports p = { 0 };
	uint16_t port;
	(void)state;
	assert_int_equal(loop_ports_init(&p, 7000, 7003, 2, 0), 0);
	assert_int_equal(loop_ports_take_port(&p, 7001), PST_E_ARG);
	assert_int_equal(loop_ports_take_port(&p, 7004), PST_E_ARG);
	assert_int_equal(loop_ports_take_port(&p, 7002), 0);
	assert_int_equal(loop_ports_take_port(&p, 7002), PST_E_BUSY);
	assert_int_equal(loop_ports_take(&p, 1, &port), 0);
	assert_int_equal(port, 7000);
	assert_int_equal(loop_ports_take(&p, 1, &port), PST_E_SPACE);
	loop_ports_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs_are_even_and_inside),
		cmocka_unit_test(test_ranges_without_a_port),
		cmocka_unit_test(test_a_port_rests),
		cmocka_unit_test(test_a_new_range_keeps_what_is_used),
		cmocka_unit_test(test_memory_is_made_when_used),
		cmocka_unit_test(test_a_certain_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
