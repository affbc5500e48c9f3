/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A copy of the table that follows what the table tells. */
#include "common.h"
#include "lease/view.h"

static struct lease_view *view;

static void tell(struct world *w, const char *address, bool live)
{
	const struct addr a = at(address);
	for (uint32_t i = 0; i < w->n_kept; i++) {
		const struct kept *k = &w->kept[i];
		if (memcmp(k->key + 1, a.ip, 4) == 0)
			assert_int_equal(lease_view_apply(view, slice_of(k->key, k->n_key), slice_of(k->image, k->n_image), live), PST_OK);
	}
}

static void follows(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.13"), other = pool(3, "192.0.2.10-192.0.2.13");
	const struct lease_config cfg = config_of(&p, 1);
	const uint64_t seed[2] = { 5, 6 };
	const struct addr h1 = host_n(1), h2 = host_n(2), ten = at("192.0.2.10");
	struct world *w = world_new(&cfg);
	struct addr got;
	assert_int_equal(lease_view_new(&view, seed), PST_OK);
	assert_int_equal(lease_view_pools(view, &p, 1), PST_OK);
	granted(w, h1, 1, ADDR_IP4, T0);
	granted(w, h2, 1, ADDR_IP4, T0);
	tell(w, "192.0.2.10", false);
	assert_false(lease_view_virtual_of(view, &h1, 1, ADDR_IP4, &got));
	tell(w, "192.0.2.10", true);
	tell(w, "192.0.2.11", true);
	assert_true(lease_view_virtual_of(view, &h1, 1, ADDR_IP4, &got));
	assert_addr(got, "192.0.2.10");
	assert_false(lease_view_virtual_of(view, &h1, 1, ADDR_IP6, &got));
	assert_false(lease_view_virtual_of(view, &h1, 0, ADDR_IP4, &got));
	assert_true(lease_view_host_of(view, &ten, &got));
	assert_addr(got, "10.0.0.1");
	/* released */
	assert_int_equal(lease_release(w->t, &ten, T0), PST_OK);
	tell(w, "192.0.2.10", true);
	assert_false(lease_view_virtual_of(view, &h1, 1, ADDR_IP4, &got));
	assert_false(lease_view_host_of(view, &ten, &got));
	/* moved */
	const struct addr twelve = at("192.0.2.12");
	const struct lease *l;
	assert_int_equal(lease_pin(w->t, &h2, 1, ADDR_IP4, &twelve, T0, &l), PST_OK);
	tell(w, "192.0.2.12", true);
	assert_true(lease_view_virtual_of(view, &h2, 1, ADDR_IP4, &got));
	assert_addr(got, "192.0.2.12");
	/* forgotten */
	assert_int_equal(lease_view_apply(view, slice_of(w->kept[2].key, w->kept[2].n_key), slice_of(NULL, 0), false), PST_OK);
	assert_false(lease_view_virtual_of(view, &h2, 1, ADDR_IP4, &got));
	/* another configuration */
	assert_int_equal(lease_view_pools(view, &other, 1), PST_OK);
	tell(w, "192.0.2.12", true);
	assert_true(lease_view_virtual_of(view, &h2, 3, ADDR_IP4, &got));
	lease_view_free(view);
	world_free(w);
}

static void refuses(void **state)
{
	(void)state;
	const struct lease_pool p = pool(1, "192.0.2.10"), far = pool(1, "198.51.100.1");
	const struct lease_config cfg = config_of(&p, 1);
	const uint64_t seed[2] = { 5, 6 };
	struct world *w = world_new(&cfg);
	granted(w, host_n(1), 1, ADDR_IP4, T0);
	const struct kept k = w->kept[0];
	assert_int_equal(lease_view_new(&view, seed), PST_OK);
	assert_int_equal(lease_view_pools(view, &far, 1), PST_OK);
	assert_int_equal(lease_view_apply(view, slice_of(k.key, k.n_key), slice_of(k.image, k.n_image), true), PST_E_NOT_FOUND);
	assert_int_equal(lease_view_apply(view, slice_of(k.key, 3), slice_of(k.image, k.n_image), true), PST_E_BAD);
	assert_int_equal(lease_view_apply(view, slice_of(k.key, k.n_key), slice_of(k.image, 9), true), PST_E_BAD);
	lease_view_free(view);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(follows), cmocka_unit_test(refuses) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
