/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets which address, for how long, and who after them: by a clock that the test holds. */
#include "common.h"

static struct world *small(void)
{
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.12");
	const struct lease_config cfg = config_of(&p, 1);
	return world_new(&cfg);
}

static void one_host_one_address(void **state)
{
	(void)state;
	struct world *w = small();
	assert_addr(granted(w, host_n(1), 1, ADDR_IP4, T0), "192.0.2.10");
	assert_addr(granted(w, host_n(2), 1, ADDR_IP4, T0), "192.0.2.11");
	assert_addr(granted(w, host_n(1), 1, ADDR_IP4, T0 + 5), "192.0.2.10");
	assert_int_equal(w->ups, 2);
	assert_addr(w->last_up, "192.0.2.11");
	/* a port in the question is no matter */
	const struct addr with_port = at("10.0.0.1:1720"), virtual_port = at("192.0.2.10:1720");
	assert_non_null(lease_of_host(w->t, &with_port, 1, ADDR_IP4));
	assert_non_null(lease_of_address(w->t, &virtual_port));
	assert_null(lease_of_host(w->t, &with_port, 0, ADDR_IP4));
	assert_null(lease_of_host(w->t, &with_port, 1, ADDR_IP6));
	assert_int_equal(grant_error(w, host_n(1), 1, ADDR_IP6, T0), PST_E_NOT_FOUND);
	assert_int_equal(grant_error(w, host_n(1), 0, ADDR_IP4, T0), PST_E_NOT_FOUND);
	world_free(w);
}

static void empty(void **state)
{
	(void)state;
	struct world *w = small();
	for (uint32_t i = 1; i <= 3; i++)
		granted(w, host_n(i), 1, ADDR_IP4, T0);
	assert_int_equal(grant_error(w, host_n(4), 1, ADDR_IP4, T0), PST_E_SPACE);
	struct lease_stats s;
	lease_stats(w->t, &s);
	assert_int_equal(s.bound, 3);
	assert_int_equal(s.granted, 3);
	assert_int_equal(s.refused, 1);
	assert_int_equal(w->ups, 3);
	world_free(w);
}

static void limit(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.0/24");
	struct lease_config cfg = config_of(&p, 1);
	cfg.max = 2;
	struct world *w = world_new(&cfg);
	granted(w, host_n(1), 1, ADDR_IP4, T0);
	granted(w, host_n(2), 1, ADDR_IP4, T0);
	assert_int_equal(grant_error(w, host_n(3), 1, ADDR_IP4, T0), PST_E_SPACE);
	granted(w, host_n(2), 1, ADDR_IP4, T0);
	world_free(w);
}

/* Those that are remembered are bounded too: what may be forgotten is, what may not stands in the way. */
static void memory(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "2001:db8:5::/64");
	struct lease_config cfg = config_of(&p, 1);
	struct lease_stats s;
	cfg.max = 2;
	struct world *w = world_new(&cfg);
	for (uint32_t i = 0; i < 4; i++) {
		const struct addr a = granted(w, host_n(i), 1, ADDR_IP6, T0 + i);
		assert_int_equal(lease_release(w->t, &a, T0 + i), PST_OK);
	}
	assert_int_equal(grant_error(w, host_n(9), 1, ADDR_IP6, T0 + 10), PST_E_SPACE);
	granted(w, host_n(9), 1, ADDR_IP6, T0 + QUARANTINE);
	lease_stats(w->t, &s);
	assert_int_equal(s.addresses, 4);
	assert_int_equal(w->n_kept, 4);
	world_free(w);
}

static void expiry_and_renewal(void **state)
{
	(void)state;
	struct world *w = small();
	const struct addr h1 = host_n(1), h2 = host_n(2);
	granted(w, h1, 1, ADDR_IP4, T0);
	granted(w, h2, 1, ADDR_IP4, T0 + 1000);
	assert_true(lease_due(w->t) == T0 + TTL);
	granted(w, h1, 1, ADDR_IP4, T0 + 2000);
	assert_true(lease_due(w->t) == T0 + 1000 + TTL);
	lease_tick(w->t, T0 + 999 + TTL);
	assert_int_equal(w->downs, 0);
	lease_tick(w->t, T0 + 1000 + TTL);
	assert_int_equal(w->downs, 1);
	assert_addr(w->last_down, "192.0.2.11");
	assert_null(lease_of_host(w->t, &h2, 1, ADDR_IP4));
	const struct addr gone = at("192.0.2.11");
	assert_null(lease_of_address(w->t, &gone));
	assert_non_null(lease_of_host(w->t, &h1, 1, ADDR_IP4));
	assert_true(lease_due(w->t) == T0 + 2000 + TTL);
	lease_tick(w->t, T0 + 2000 + TTL);
	assert_true(lease_due(w->t) == 0);
	world_free(w);
}

static void held(void **state)
{
	(void)state;
	struct world *w = small();
	const struct addr h = host_n(1), a = granted(w, h, 1, ADDR_IP4, T0);
	lease_hold(w->t, &h, 1, 1, T0);
	lease_hold(w->t, &h, 1, 1, T0);
	assert_true(lease_due(w->t) == 0);
	lease_tick(w->t, T0 + 100 * (uint64_t)TTL);
	assert_non_null(lease_of_host(w->t, &h, 1, ADDR_IP4));
	assert_int_equal(lease_release(w->t, &a, T0), PST_E_BUSY);
	lease_hold(w->t, &h, 1, -1, T0 + 100 * (uint64_t)TTL);
	assert_int_equal(lease_release(w->t, &a, T0), PST_E_BUSY);
	lease_hold(w->t, &h, 1, -1, T0 + 200 * (uint64_t)TTL);
	/* its time begins when the last one lets go */
	assert_true(lease_due(w->t) == T0 + 201 * (uint64_t)TTL);
	/* one too many is nothing */
	lease_hold(w->t, &h, 1, -1, T0 + 200 * (uint64_t)TTL);
	lease_hold(w->t, &h, 1, 1, T0 + 200 * (uint64_t)TTL);
	assert_int_equal(lease_of_host(w->t, &h, 1, ADDR_IP4)->uses, 1);
	world_free(w);
}

static void quarantine(void **state)
{
	(void)state;
	struct world *w = small();
	for (uint32_t i = 1; i <= 3; i++)
		granted(w, host_n(i), 1, ADDR_IP4, T0 + i);
	const struct addr second = at("192.0.2.11"), third = at("192.0.2.12");
	assert_int_equal(lease_release(w->t, &third, T0 + 10), PST_OK);
	assert_int_equal(lease_release(w->t, &second, T0 + 20), PST_OK);
	assert_int_equal(lease_release(w->t, &second, T0 + 20), PST_E_NOT_FOUND);
	assert_int_equal(grant_error(w, host_n(4), 1, ADDR_IP4, T0 + 9 + QUARANTINE), PST_E_SPACE);
	/* the one that rests longest first */
	assert_addr(granted(w, host_n(4), 1, ADDR_IP4, T0 + 10 + QUARANTINE), "192.0.2.12");
	assert_int_equal(grant_error(w, host_n(3), 1, ADDR_IP4, T0 + 10 + QUARANTINE), PST_E_SPACE);
	world_free(w);
}

static void a_host_that_returns(void **state)
{
	(void)state;
	struct world *w = small();
	struct lease_stats s;
	const struct addr a = granted(w, host_n(1), 1, ADDR_IP4, T0);
	assert_int_equal(lease_release(w->t, &a, T0), PST_OK);
	/* in quarantine, and long after, as long as nobody needed it */
	assert_addr(granted(w, host_n(1), 1, ADDR_IP4, T0 + 1), "192.0.2.10");
	assert_int_equal(lease_release(w->t, &a, T0 + 2), PST_OK);
	assert_addr(granted(w, host_n(2), 1, ADDR_IP4, T0 + 3 * (uint64_t)QUARANTINE), "192.0.2.11");
	assert_addr(granted(w, host_n(1), 1, ADDR_IP4, T0 + 4 * (uint64_t)QUARANTINE), "192.0.2.10");
	lease_stats(w->t, &s);
	assert_int_equal(s.returned, 2);
	assert_int_equal(s.addresses, 2);
	assert_int_equal(w->ups, 4);
	world_free(w);
}

static void pinned(void **state)
{
	(void)state;
	struct world *w = small();
	const struct lease *l;
	const struct addr h1 = host_n(1), h2 = host_n(2), ten = at("192.0.2.10"), eleven = at("192.0.2.11"), off = at("192.0.2.99");
	granted(w, h1, 1, ADDR_IP4, T0);
	assert_int_equal(lease_pin(w->t, &h1, 1, ADDR_IP4, NULL, T0, &l), PST_OK);
	assert_int_equal(l->state, LEASE_PINNED);
	lease_tick(w->t, T0 + 2 * (uint64_t)TTL);
	assert_non_null(lease_of_host(w->t, &h1, 1, ADDR_IP4));
	assert_int_equal(lease_pin(w->t, &h2, 1, ADDR_IP4, &ten, T0, &l), PST_E_BUSY);
	assert_int_equal(lease_pin(w->t, &h2, 1, ADDR_IP4, &off, T0, &l), PST_E_RANGE);
	assert_int_equal(lease_pin(w->t, &h2, 0, ADDR_IP4, &eleven, T0, &l), PST_E_RANGE);
	assert_int_equal(lease_pin(w->t, &h2, 1, ADDR_IP4, &eleven, T0, &l), PST_OK);
	/* moved: the former address rests for nobody */
	const struct addr twelve = at("192.0.2.12");
	assert_int_equal(lease_pin(w->t, &h2, 1, ADDR_IP4, &twelve, T0 + 1, &l), PST_OK);
	assert_addr(l->address, "192.0.2.12");
	assert_addr(w->last_down, "192.0.2.11");
	assert_int_equal(grant_error(w, host_n(3), 1, ADDR_IP4, T0 + 2), PST_E_SPACE);
	assert_int_equal(lease_pin(w->t, &h1, 1, ADDR_IP4, &eleven, T0 + 2, &l), PST_E_BUSY);
	/* in use: it stays where it is */
	lease_hold(w->t, &h1, 1, 1, T0 + 3);
	assert_int_equal(lease_pin(w->t, &h1, 1, ADDR_IP4, &eleven, T0 + 2 * QUARANTINE, &l), PST_E_BUSY);
	lease_hold(w->t, &h1, 1, -1, T0 + 3);
	assert_int_equal(lease_pin(w->t, &h1, 1, ADDR_IP4, &eleven, T0 + 2 * QUARANTINE, &l), PST_OK);
	assert_int_equal(lease_release(w->t, &eleven, T0), PST_OK);
	assert_null(lease_of_host(w->t, &h1, 1, ADDR_IP4));
	world_free(w);
}

static void both_families(void **state)
{
	(void)state;
	const struct lease_pool p[2] = { pool(1, "192.0.2.10-192.0.2.12"), pool(1, "2001:db8:5::/64") };
	const struct lease_config cfg = config_of(p, 2);
	struct world *w = world_new(&cfg);
	const struct addr h = host_n(1), h6 = at("2001:db8:a::7");
	const struct addr v4 = granted(w, h, 1, ADDR_IP4, T0);
	lease_hold(w->t, &h, 1, 1, T0);
	const struct addr v6 = granted(w, h, 1, ADDR_IP6, T0);
	assert_int_equal(v4.family, ADDR_IP4);
	assert_int_equal(v6.family, ADDR_IP6);
	/* who holds one holds the other, whichever came first */
	assert_int_equal(lease_of_address(w->t, &v6)->uses, 1);
	lease_hold(w->t, &h, 1, -1, T0);
	assert_int_equal(lease_of_address(w->t, &v4)->uses, 0);
	assert_int_equal(lease_of_address(w->t, &v6)->uses, 0);
	/* an IPv6 host has an IPv4 address outside as well */
	assert_int_equal(granted(w, h6, 1, ADDR_IP4, T0).family, ADDR_IP4);
	assert_true(lease_has_pool(w->t, 1, ADDR_IP6) && !lease_has_pool(w->t, 0, ADDR_IP6));
	world_free(w);
}

static void prefix(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "2001:db8:5::/64");
	struct lease_config cfg = config_of(&p, 1);
	cfg.max = 20000;
	cfg.quarantine_ms = 1;
	struct lease_table *t;
	const struct lease_ops quiet = { on_address, NULL, NULL };
	struct world w = { .n_kept = 0 };
	assert_int_equal(lease_table_new(&t, &cfg, &quiet, &w, T0), PST_OK);
	for (uint32_t i = 0; i < 20000; i++) {
		const struct lease *l;
		const struct addr h = host_n(i);
		assert_int_equal(lease_grant(t, &h, 1, ADDR_IP6, T0, &l), PST_OK);
		assert_true(lease_pool_has(&p, &l->address));
		assert_ptr_equal(lease_of_address(t, &l->address), l);
	}
	assert_int_equal(w.ups, 20000);
	lease_table_free(t);
}

/* The same secret and host: the same address, also when all memory of it is gone. */
static void derived_again(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "2001:db8:5::/64");
	struct lease_config cfg = config_of(&p, 1);
	struct world *w = world_new(&cfg);
	const struct addr a = granted(w, host_n(77), 1, ADDR_IP6, T0);
	world_free(w);
	w = world_new(&cfg);
	granted(w, host_n(1), 1, ADDR_IP6, T0);
	const struct addr b = granted(w, host_n(77), 1, ADDR_IP6, T0);
	assert_true(addr_ip_eq(&a, &b));
	world_free(w);
	cfg.seed[0]++;
	w = world_new(&cfg);
	const struct addr c = granted(w, host_n(77), 1, ADDR_IP6, T0);
	assert_false(addr_ip_eq(&a, &c));
	world_free(w);
}

static void not_answered(void **state)
{
	(void)state;
	struct world *w = small();
	const struct lease *l;
	const struct addr h = host_n(1), a = granted(w, h, 1, ADDR_IP4, T0);
	assert_false(lease_of_address(w->t, &a)->answered);
	lease_answered(w->t, &a, true, T0);
	assert_true(lease_of_address(w->t, &a)->answered);
	lease_answered(w->t, &a, false, T0);
	assert_null(lease_of_host(w->t, &h, 1, ADDR_IP4));
	assert_int_equal(w->drops, 1);
	assert_int_equal(w->downs, 0);
	/* it gets another one, and this is tried again later */
	assert_addr(granted(w, h, 1, ADDR_IP4, T0), "192.0.2.11");
	granted(w, host_n(2), 1, ADDR_IP4, T0);
	assert_int_equal(grant_error(w, host_n(3), 1, ADDR_IP4, T0), PST_E_SPACE);
	assert_addr(granted(w, host_n(3), 1, ADDR_IP4, T0 + QUARANTINE), "192.0.2.10");
	/* a pinned one stays */
	assert_int_equal(lease_pin(w->t, &h, 1, ADDR_IP4, NULL, T0, &l), PST_OK);
	lease_answered(w->t, &l->address, false, T0);
	assert_non_null(lease_of_host(w->t, &h, 1, ADDR_IP4));
	world_free(w);
}

static void excluded(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.12");
	const struct addr own = at("192.0.2.11");
	const struct lease *l;
	struct lease_config cfg = config_of(&p, 1);
	cfg.excluded = &own;
	cfg.n_excluded = 1;
	struct world *w = world_new(&cfg);
	const struct addr h = host_n(9);
	assert_addr(granted(w, host_n(1), 1, ADDR_IP4, T0), "192.0.2.10");
	assert_addr(granted(w, host_n(2), 1, ADDR_IP4, T0), "192.0.2.12");
	assert_int_equal(grant_error(w, h, 1, ADDR_IP4, T0), PST_E_SPACE);
	assert_int_equal(lease_pin(w->t, &h, 1, ADDR_IP4, &own, T0, &l), PST_E_RANGE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(one_host_one_address), cmocka_unit_test(empty), cmocka_unit_test(limit),
		cmocka_unit_test(memory), cmocka_unit_test(expiry_and_renewal), cmocka_unit_test(held), cmocka_unit_test(quarantine),
		cmocka_unit_test(a_host_that_returns), cmocka_unit_test(pinned), cmocka_unit_test(both_families),
		cmocka_unit_test(prefix), cmocka_unit_test(derived_again), cmocka_unit_test(not_answered),
		cmocka_unit_test(excluded) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
