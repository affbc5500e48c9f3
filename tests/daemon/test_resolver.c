/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Look-ups that a new configuration cuts off are answered. What name servers say is tested in the lab. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/resolver.h"

struct told {
	unsigned n;
	uint64_t tickets;
	bool somebody;
};

static void on_done(void *arg, uint64_t ticket, const struct addr *at, bool locates)
{
	struct told *t = arg;
	t->n++;
	t->tickets += ticket;
	t->somebody = t->somebody || at->family != ADDR_NONE || locates;
}

static void test_cut_off(void **state)
{
	uv_loop_t loop;
	struct resolver *r;
	struct addr silent;
	struct told t = { 0 };
	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(addr_parse(&silent, "127.0.0.1:9", 0), 0);
	assert_int_equal(resolver_new(&r, &loop, &silent, 1, on_done, &t), PST_OK);
	assert_true(resolver_find(r, 3, "example.org"));
	assert_true(resolver_find(r, 40, "example.net"));
	resolver_end(r);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.tickets, 43);
	assert_false(t.somebody);
	resolver_free(r);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(t.n, 2);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cut_off) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
