/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools of ports by address. */
#include "relay/pools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { REST_MS = 1000 };

static struct addr number(unsigned n)
{
	const uint8_t ip[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
	return addr_ip4(ip, 0);
}

static struct relay_pool *get(struct relay_pools *p, const struct addr *a, uint64_t now_ms)
{
	struct relay_pool *pool;
	assert_int_equal(relay_pools_get(p, a, now_ms, &pool), 0);
	return pool;
}

static void test_each_address_has_all_ports(void **state)
{
	struct relay_pools p;
	(void)state;
	assert_int_equal(relay_pools_init(&p, 5001, 5001, 2, REST_MS), PST_E_ARG);
	assert_int_equal(relay_pools_init(&p, 5000, 5003, 2, REST_MS), 0);
	assert_int_equal(relay_pools_pairs(&p), 2);
	for (unsigned i = 0; i < 100; i++) {
		const struct addr a = number(i);
		struct relay_pool *pool = get(&p, &a, 1);
		uint16_t first, second, third;
		assert_ptr_equal(get(&p, &a, 1), pool);
		assert_int_equal(relay_pool_take(&p, pool, 1, &first), 0);
		assert_int_equal(relay_pool_take(&p, pool, 1, &second), 0);
		assert_int_equal(first + second, 5000 + 5002);
		assert_int_equal(relay_pool_take(&p, pool, 1, &third), PST_E_SPACE);
	}
	relay_pools_free(&p);
}

/* The same octets of another family are another address. */
static void test_families_differ(void **state)
{
	struct relay_pools p;
	const struct addr a4 = number(1);
	struct addr a6 = a4;
	(void)state;
	a6.family = ADDR_IP6;
	assert_int_equal(relay_pools_init(&p, 5000, 5003, 2, REST_MS), 0);
	assert_ptr_not_equal(get(&p, &a4, 1), get(&p, &a6, 1));
	relay_pools_free(&p);
}

static void test_an_address_is_forgotten_when_its_ports_have_rested(void **state)
{
	struct relay_pools p;
	uint16_t port, kept;
	const struct addr gone = number(1), busy = number(2), other = number(3), last = number(4);
	(void)state;
	assert_int_equal(relay_pools_init(&p, 5000, 5003, 2, REST_MS), 0);
	struct relay_pool *a = get(&p, &gone, 1), *b = get(&p, &busy, 1);
	assert_int_equal(relay_pool_take(&p, a, 1, &port), 0);
	assert_int_equal(relay_pool_take(&p, b, 1, &kept), 0);
	relay_pool_give(&p, a, 100, port);
	(void)get(&p, &other, 100 + REST_MS);
	assert_ptr_equal(relay_pools_find(&p, &gone), a);
	(void)get(&p, &last, 101 + REST_MS);
	assert_null(relay_pools_find(&p, &gone));
	assert_ptr_equal(relay_pools_find(&p, &busy), b);
	/* not while a port is taken, though today's range does not have it */
	assert_int_equal(relay_pools_set_range(&p, 6000, 6003, REST_MS), 0);
	(void)get(&p, &gone, 100000);
	assert_ptr_equal(relay_pools_find(&p, &busy), b);
	relay_pool_give(&p, b, 100000, kept);
	assert_int_equal(relay_pools_set_range(&p, 7, 6, REST_MS), PST_E_ARG);
	assert_int_equal(relay_pool_take(&p, b, 100000, &port), 0);
	assert_in_range(port, 6000, 6002);
	relay_pools_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_address_has_all_ports),
		cmocka_unit_test(test_families_differ),
		cmocka_unit_test(test_an_address_is_forgotten_when_its_ports_have_rested),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
