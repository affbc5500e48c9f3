/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits per source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/source.h"

struct fixture {
	struct gw_source *all;
	struct gw_limits lim;
	const char *why;
};

static struct gw_source *enter(struct fixture *f, const char *from, uint64_t now_ms)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, from, 0), 0);
	return gw_source_enter(&f->all, &f->lim, &a, now_ms, &f->why);
}

static void test_calls_at_once(void **state)
{
	struct fixture f = { .lim = { .calls_per_source = 2 } };
	(void)state;
	struct gw_source *s = enter(&f, "10.0.0.10", 0);
	assert_ptr_equal(enter(&f, "10.0.0.10", 0), s);
	assert_null(enter(&f, "10.0.0.10", 0));
	assert_string_equal(f.why, "too many calls of this source");
	assert_non_null(enter(&f, "10.0.0.11", 0));
	gw_source_leave(s);
	assert_non_null(enter(&f, "10.0.0.10", 0));
	gw_source_leave(NULL);
	gw_source_free_all(&f.all);
}

static void test_rate(void **state)
{
	struct fixture f = { .lim = { .setups_per_source_s = 10 } };
	unsigned taken = 0;
	(void)state;
	for (int i = 0; i < 20; i++)
		taken += enter(&f, "10.0.0.10", 1000) != NULL;
	assert_int_equal(taken, 10);
	/* what is due in part is not lost: one each 100 ms, however often it is asked for */
	taken = 0;
	for (uint64_t t = 1000; t < 3000; t += 19)
		taken += enter(&f, "10.0.0.10", t) != NULL;
	assert_int_equal(taken, 19);
	/* a reload lowers the limit below what was saved up */
	(void)enter(&f, "10.0.0.10", 9000);
	f.lim.setups_per_source_s = 2;
	taken = 0;
	for (int i = 0; i < 20; i++)
		taken += enter(&f, "10.0.0.10", 10000) != NULL;
	assert_int_equal(taken, 2);
	gw_source_free_all(&f.all);
}

static void test_networks_of_ipv6(void **state)
{
	struct fixture f = { .lim = { .calls_per_source = 1 } };
	(void)state;
	assert_non_null(enter(&f, "2001:db8::1", 0));
	assert_null(enter(&f, "2001:db8::ffff:1", 0));
	assert_non_null(enter(&f, "2001:db8:0:1::1", 0));
	gw_source_free_all(&f.all);
}

static void test_sweep(void **state)
{
	struct fixture f = { .lim = { .calls_per_source = 2 } };
	(void)state;
	struct gw_source *s = enter(&f, "10.0.0.10", 0);
	(void)enter(&f, "10.0.0.11", 0);
	gw_source_leave(s);
	gw_source_sweep(&f.all, 1000);
	assert_int_equal(HASH_COUNT(f.all), 2);
	gw_source_sweep(&f.all, 5000);
	assert_int_equal(HASH_COUNT(f.all), 1);
	gw_source_free_all(&f.all);
	assert_null(f.all);
}

/* Who is refused again and again has to wait, the longer the more it tries; one refused call is nothing. */
static void test_refused(void **state)
{
	struct fixture f = { .lim = { .refused_per_source = 3 } };
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct gw_source *s = enter(&f, "10.0.0.10", 1000);
		assert_non_null(s);
		gw_source_refused(s, 1000);
		gw_source_leave(s);
	}
	assert_null(enter(&f, "10.0.0.10", 1000));
	assert_string_equal(f.why, "too many refused calls of this source");
	assert_non_null(enter(&f, "10.0.0.11", 1000));
	assert_null(enter(&f, "10.0.0.10", 9000));
	assert_null(enter(&f, "10.0.0.10", 17000));
	gw_source_sweep(&f.all, 20000);
	assert_non_null(enter(&f, "10.0.0.10", 17000 + GW_SOURCE_FORGET_MS));
	gw_source_free_all(&f.all);
}

/* Sources by the thousand, all refused: they make room for others. Who has a call stays. */
static void test_full(void **state)
{
	enum { MORE_THAN_FIT = 70000 };
	struct fixture f = { .lim = { .refused_per_source = 10 } };
	(void)state;
	struct gw_source *stays = enter(&f, "10.0.0.10", 1000);
	for (unsigned i = 0; i < MORE_THAN_FIT; i++) {
		char from[64];
		snprintf(from, sizeof from, "2001:db8:%x:%x::1", i >> 8, i & 255);
		struct gw_source *s = enter(&f, from, 1000);
		assert_non_null(s);
		gw_source_refused(s, 1000);
		gw_source_leave(s);
	}
	assert_in_range(HASH_COUNT(f.all), 1000, 65536);
	assert_ptr_equal(enter(&f, "10.0.0.10", 1000), stays);
	assert_int_equal(stays->calls, 2);
	gw_source_free_all(&f.all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_at_once),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_networks_of_ipv6),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
