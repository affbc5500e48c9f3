/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Announced addresses and the connections that come to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#include "gateway/secondary.h"

static struct gw_call *start(struct fixture *f)
{
	const struct talk s = scene_setup_message();
	scene_dial_out(f, &s);
	return f->sim.gw.calls;
}

static struct addr announce(struct gw_call *call, const char *target)
{
	const struct addr a = talk_addr(target);
	struct addr local = { 0 };
	assert_int_equal(gw_secondary_announce(call, GW_CONN_H245, GW_CALLEE, &a, 0, 0, 0, &local), 0);
	return local;
}

static void test_same_announcement_again(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	const struct addr a = announce(call, OUTSIDE ":5000"), b = announce(call, OUTSIDE ":5000"),
			  c = announce(call, OUTSIDE ":5002");
	assert_true(addr_eq(&a, &b));
	assert_false(addr_eq(&a, &c));
	assert_int_equal(sim_listening(&f->sim), 2);
	const struct gw_secondary *s = gw_secondary_behind(call, GW_CALLER, &c);
	assert_non_null(s);
	assert_int_equal(s->target.port, 5002);
	assert_null(gw_secondary_behind(call, GW_CALLEE, &c));
}

static void test_bounded(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	struct addr a = talk_addr(OUTSIDE ":5000"), local;
	int err = 0;
	for (int i = 0; i < 100 && err == 0; i++) {
		a.port++;
		err = gw_secondary_announce(call, GW_CONN_H245, GW_CALLEE, &a, 0, 0, 0, &local);
	}
	assert_int_equal(err, PST_E_LIMIT);
	assert_true(sim_listening(&f->sim) <= 8);
	gw_secondary_close_all(call);
	assert_int_equal(sim_listening(&f->sim), 0);
}

static void test_who_may_come(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	const struct addr at = announce(call, OUTSIDE ":5000");
	assert_null(sim_connect_to(&f->sim, &at, "10.0.0.11:4000"));
	assert_null(sim_connect_to(&f->sim, &at, OUTSIDE ":4000"));
	assert_int_equal(f->sim.gw.count.secondary_refused, 2);
	assert_non_null(sim_connect_to(&f->sim, &at, INSIDE ":4000"));
	/* one connection for each announcement of H.245 */
	assert_int_equal(sim_listening(&f->sim), 0);
	assert_non_null(sim_connecting(&f->sim, OUTSIDE ":5000"));
}

/* Either end closes both, and what one said before the other stood is not lost. */
static void test_pair_ends_as_one(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	const struct addr at = announce(call, OUTSIDE ":5000");
	struct sim_conn *a = sim_connect_to(&f->sim, &at, INSIDE ":4000"),
			*b = sim_connecting(&f->sim, OUTSIDE ":5000");
	talk_h245(a, h245_rtd_build(&talk_arena, 1));
	sim_connect_failed(b);
	assert_true(a->closed_by_gateway);
	assert_null(call->pairs);
	const struct addr again = announce(call, OUTSIDE ":5000");
	a = sim_connect_to(&f->sim, &again, INSIDE ":4000");
	b = sim_connecting(&f->sim, OUTSIDE ":5000");
	talk_h245(a, h245_rtd_build(&talk_arena, 2));
	sim_connected(b);
	(void)talk_hear_h245(b);
	sim_hang_up(b);
	assert_true(a->closed_by_gateway);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
}

/* A peer that announces and never takes what is sent to it. */
static void test_what_waits_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	const struct addr at = announce(call, OUTSIDE ":5000");
	struct sim_conn *a = sim_connect_to(&f->sim, &at, INSIDE ":4000");
	const struct pst_slice m = talk_h245_octets(h245_rtd_build(&talk_arena, 1));
	for (int i = 0; i < 1000000 && a->c != NULL; i++)
		sim_feed(a, m);
	assert_null(a->c);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_same_announcement_again),
		T(test_bounded),
		T(test_who_may_come),
		T(test_pair_ends_as_one),
		T(test_what_waits_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
