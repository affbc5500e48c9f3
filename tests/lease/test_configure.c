/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Static leases, another configuration, and a restart. */
#include "common.h"

static void statics(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.12");
	const struct lease_static s[] = { { host_n(7), at("192.0.2.10") } };
	const struct addr ten = at("192.0.2.10");
	const struct lease *l;
	struct lease_config cfg = config_of(&p, 1);
	cfg.statics = s;
	cfg.n_statics = 1;
	struct world *w = world_new(&cfg);
	assert_int_equal(w->ups, 1);
	assert_addr(granted(w, host_n(7), 1, ADDR_IP4, T0), "192.0.2.10");
	assert_addr(granted(w, host_n(1), 1, ADDR_IP4, T0), "192.0.2.11");
	lease_tick(w->t, T0 + 2 * (uint64_t)TTL);
	assert_non_null(lease_of_address(w->t, &ten));
	assert_int_equal(lease_release(w->t, &ten, T0), PST_E_DENIED);
	assert_int_equal(lease_pin(w->t, &s[0].host, 1, ADDR_IP4, NULL, T0, &l), PST_E_DENIED);
	/* taken out of the configuration it is one like others */
	cfg.n_statics = 0;
	assert_int_equal(lease_table_configure(w->t, &cfg, T0 + 10), PST_OK);
	assert_int_equal(lease_of_address(w->t, &ten)->state, LEASE_BOUND);
	assert_int_equal(lease_release(w->t, &ten, T0), PST_OK);
	world_free(w);
}

static void statics_outside_of_the_pools(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.12");
	const struct lease_static s[] = { { host_n(7), at("192.0.2.99") }, { host_n(7), at("192.0.2.11") } };
	const struct addr own = at("192.0.2.11");
	struct world w = { .n_kept = 0 };
	struct lease_config cfg = config_of(&p, 1);
	cfg.statics = s;
	cfg.n_statics = 1;
	assert_int_equal(lease_table_new(&w.t, &cfg, &world_ops, &w, T0), PST_E_ARG);
	cfg.statics = s + 1;
	cfg.excluded = &own;
	cfg.n_excluded = 1;
	assert_int_equal(lease_table_new(&w.t, &cfg, &world_ops, &w, T0), PST_E_ARG);
}

/* What is in use is not taken away by the configuration either: the static lease waits. */
static void a_static_one_waits(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.12");
	const struct lease_static s[] = { { host_n(7), at("192.0.2.10") }, { host_n(2), at("192.0.2.12") } };
	const struct addr ten = at("192.0.2.10"), h1 = host_n(1), h2 = host_n(2);
	struct lease_config cfg = config_of(&p, 1);
	struct world *w = world_new(&cfg);
	granted(w, h1, 1, ADDR_IP4, T0);
	granted(w, h2, 1, ADDR_IP4, T0);
	lease_hold(w->t, &h1, 1, 1, T0);
	cfg.statics = s;
	cfg.n_statics = 2;
	assert_int_equal(lease_table_configure(w->t, &cfg, T0 + 1), PST_OK);
	assert_true(addr_ip_eq(&lease_of_address(w->t, &ten)->host, &h1));
	assert_addr(lease_of_host(w->t, &h2, 1, ADDR_IP4)->address, "192.0.2.12");
	assert_int_equal(w->drops, 1);
	lease_hold(w->t, &h1, 1, -1, T0 + 2);
	assert_true(addr_ip_eq(&lease_of_address(w->t, &ten)->host, &s[0].host));
	assert_null(lease_of_host(w->t, &h1, 1, ADDR_IP4));
	assert_int_equal(w->drops, 2);
	world_free(w);
}

static void pools_that_go(void **state)
{
	(void)state;
	const struct lease_pool both[] = { pool(1, "192.0.2.10-192.0.2.11"), pool(1, "192.0.2.20-192.0.2.21") };
	struct lease_config cfg = config_of(both, 2);
	struct world *w = world_new(&cfg);
	const struct addr h1 = host_n(1), h2 = host_n(2), h3 = host_n(3), ten = at("192.0.2.10");
	granted(w, h1, 1, ADDR_IP4, T0);
	const struct addr eleven = granted(w, h2, 1, ADDR_IP4, T0);
	assert_addr(granted(w, h3, 1, ADDR_IP4, T0), "192.0.2.20");
	lease_hold(w->t, &h1, 1, 1, T0);
	cfg.pools = both + 1;
	cfg.n_pools = 1;
	assert_int_equal(lease_table_configure(w->t, &cfg, T0 + 1), PST_OK);
	assert_null(lease_of_address(w->t, &eleven));
	assert_int_equal(w->downs, 1);
	assert_int_equal(w->drops, 2);
	/* in use: it goes when it is let go of */
	assert_non_null(lease_of_address(w->t, &ten));
	lease_hold(w->t, &h1, 1, -1, T0 + 2);
	assert_null(lease_of_address(w->t, &ten));
	assert_int_equal(w->downs, 2);
	assert_int_equal(w->n_kept, 1);
	assert_addr(lease_of_host(w->t, &h3, 1, ADDR_IP4)->address, "192.0.2.20");
	assert_addr(granted(w, h1, 1, ADDR_IP4, T0 + 3), "192.0.2.21");
	world_free(w);
}

/* A reload in the middle of a quarantine shortens nothing, and the order of age stays. */
static void resting_over_a_reload(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.13");
	struct lease_config cfg = config_of(&p, 1);
	struct world *w = world_new(&cfg);
	for (uint32_t i = 0; i < 4; i++)
		granted(w, host_n(i), 1, ADDR_IP4, T0);
	static const char *const order[] = { "192.0.2.12", "192.0.2.10", "192.0.2.13", "192.0.2.11" };
	for (uint32_t i = 0; i < 4; i++) {
		const struct addr a = at(order[i]);
		assert_int_equal(lease_release(w->t, &a, T0 + i), PST_OK);
	}
	assert_int_equal(lease_table_configure(w->t, &cfg, T0 + 100), PST_OK);
	assert_int_equal(grant_error(w, host_n(9), 1, ADDR_IP4, T0 + QUARANTINE - 1), PST_E_SPACE);
	for (uint32_t i = 0; i < 4; i++)
		assert_addr(granted(w, host_n(10 + i), 1, ADDR_IP4, T0 + QUARANTINE + i), order[i]);
	world_free(w);
}

/* The realm of a pool has another number after a reload. */
static void realms_renumbered(void **state)
{
	(void)state;
	struct lease_pool p = pool(1, "192.0.2.10-192.0.2.13");
	const struct lease_config cfg = config_of(&p, 1);
	struct world *w = world_new(&cfg);
	const struct addr h = host_n(1);
	granted(w, h, 1, ADDR_IP4, T0);
	p.realm = 0;
	assert_int_equal(lease_table_configure(w->t, &cfg, T0), PST_OK);
	assert_null(lease_of_host(w->t, &h, 1, ADDR_IP4));
	assert_addr(lease_of_host(w->t, &h, 0, ADDR_IP4)->address, "192.0.2.10");
	assert_int_equal(w->downs, 0);
	world_free(w);
}

static void restart(void **state)
{
	(void)state;
	const struct lease_pool p[] = { pool(1, "192.0.2.10-192.0.2.13"), pool(1, "2001:db8:5::/64") };
	struct lease_config cfg = config_of(p, 2);
	const struct lease *l;
	struct world *w = world_new(&cfg);
	const struct addr h1 = host_n(1), h2 = host_n(2), h3 = host_n(3), h4 = host_n(4);
	granted(w, h1, 1, ADDR_IP4, T0);
	const struct addr v6 = granted(w, h1, 1, ADDR_IP6, T0);
	assert_int_equal(lease_pin(w->t, &h2, 1, ADDR_IP4, NULL, T0, &l), PST_OK);
	const struct addr released = granted(w, h3, 1, ADDR_IP4, T0);
	assert_int_equal(lease_release(w->t, &released, T0 + 5), PST_OK);
	granted(w, h4, 1, ADDR_IP4, T0);
	lease_hold(w->t, &h4, 1, 1, T0);
	cfg.seed[0] = 99; /* another secret, as after a true restart */
	w = world_again(w, &cfg, T0 + TTL / 2);
	assert_int_equal(w->ups, 4);
	assert_true(lease_due(w->t) == T0 + TTL);
	assert_true(addr_ip_eq(&lease_of_host(w->t, &h1, 1, ADDR_IP6)->address, &v6));
	assert_true(lease_of_host(w->t, &h1, 1, ADDR_IP4)->since_ms == T0);
	assert_int_equal(lease_of_host(w->t, &h2, 1, ADDR_IP4)->state, LEASE_PINNED);
	/* what was held counts as used until now: its holder comes back */
	assert_true(lease_end_ms(w->t, lease_of_host(w->t, &h4, 1, ADDR_IP4)) == T0 + TTL / 2 + TTL);
	assert_addr(granted(w, h3, 1, ADDR_IP4, T0 + TTL / 2), "192.0.2.12");
	/* the rest of their time passed while nobody was there */
	w = world_again(w, &cfg, T0 + TTL + 5);
	assert_null(lease_of_host(w->t, &h1, 1, ADDR_IP4));
	assert_non_null(lease_of_host(w->t, &h2, 1, ADDR_IP4));
	assert_int_equal(grant_error(w, host_n(9), 1, ADDR_IP4, T0 + TTL + QUARANTINE - 1), PST_E_SPACE);
	assert_addr(granted(w, host_n(9), 1, ADDR_IP4, T0 + TTL + QUARANTINE), "192.0.2.10");
	world_free(w);
}

static void restart_with_another_configuration(void **state)
{
	(void)state;
	const struct lease_pool before = pool(1, "192.0.2.10-192.0.2.13"), after = pool(1, "192.0.2.11-192.0.2.13");
	const struct lease_static s[] = { { host_n(7), at("192.0.2.11") }, { host_n(3), at("192.0.2.13") } };
	struct lease_config cfg = config_of(&before, 1);
	struct world *w = world_new(&cfg);
	for (uint32_t i = 1; i <= 3; i++)
		granted(w, host_n(i), 1, ADDR_IP4, T0);
	cfg.pools = &after;
	cfg.statics = s;
	cfg.n_statics = 2;
	struct lease_table *t;
	struct world n = { .n_kept = 0 };
	assert_int_equal(lease_table_new(&t, &cfg, &world_ops, &n, T0 + 1), PST_OK);
	static const int want[] = { PST_E_NOT_FOUND, PST_E_BUSY, PST_OK };
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(lease_restore(t, slice_of(w->kept[i].key, w->kept[i].n_key),
					 slice_of(w->kept[i].image, w->kept[i].n_image), T0 + 1), want[i]);
	lease_tick(t, T0 + 1);
	const struct addr h3 = host_n(3), twelve = at("192.0.2.12");
	assert_addr(lease_of_host(t, &h3, 1, ADDR_IP4)->address, "192.0.2.13");
	assert_null(lease_of_address(t, &twelve));
	lease_table_free(t);
	world_free(w);
}

/* Renewals are kept now and then, not each. */
static void kept_sparingly(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.13");
	const struct lease_config cfg = config_of(&p, 1);
	struct world *w = world_new(&cfg);
	granted(w, host_n(1), 1, ADDR_IP4, T0);
	const uint32_t before = w->puts;
	for (uint32_t i = 1; i <= TTL / 1000; i++)
		granted(w, host_n(1), 1, ADDR_IP4, T0 + i * 1000);
	assert_in_range(w->puts - before, 4, 10);
	world_free(w);
}

static void odd_images(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.13");
	const struct lease_config cfg = config_of(&p, 1);
	struct world *w = world_new(&cfg);
	granted(w, host_n(1), 1, ADDR_IP4, T0);
	const struct kept k = w->kept[0];
	world_free(w);
	w = world_new(&cfg);
	for (size_t i = 0; i < k.n_image; i++)
		assert_int_equal(lease_restore(w->t, slice_of(k.key, k.n_key), slice_of(k.image, i), T0), PST_E_BAD);
	for (size_t i = 0; i < k.n_key; i++)
		assert_int_equal(lease_restore(w->t, slice_of(k.key, i), slice_of(k.image, k.n_image), T0), PST_E_BAD);
	for (size_t i = 0; i < 4; i++) {
		struct kept odd = k;
		odd.image[i] = 0xee;
		assert_int_equal(lease_restore(w->t, slice_of(odd.key, odd.n_key), slice_of(odd.image, odd.n_image), T0), PST_E_BAD);
	}
	/* a clock that was set back: nothing lasts longer for it */
	assert_int_equal(lease_restore(w->t, slice_of(k.key, k.n_key), slice_of(k.image, k.n_image), T0 - 5000), PST_OK);
	lease_tick(w->t, T0 - 5000);
	assert_true(lease_due(w->t) == T0 - 5000 + TTL);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(statics), cmocka_unit_test(statics_outside_of_the_pools),
		cmocka_unit_test(a_static_one_waits), cmocka_unit_test(pools_that_go), cmocka_unit_test(resting_over_a_reload),
		cmocka_unit_test(realms_renumbered), cmocka_unit_test(restart), cmocka_unit_test(restart_with_another_configuration),
		cmocka_unit_test(kept_sparingly), cmocka_unit_test(odd_images) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
