/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls to names of other domains, which are looked up first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "h225/body.h"
#include "scene.h"
#include "sim_leases.h"

#define BOB "bob@host.example"
#define FOUND OUTSIDE ":1799"

/* Whoever looks up; one question at a time. */
static struct {
	unsigned asked;
	char name[64];
	bool at_once; /* and nobody is found */
	bool cannot;
	void (*done)(void *darg, const struct addr *at);
	void *darg;
} names;
static struct sim_leases leases;

static bool is_elsewhere(void *arg, const char *name)
{
	(void)arg;
	return strstr(name, ".example") != NULL;
}

static void answer(const char *at)
{
	void (*const done)(void *darg, const struct addr *at) = names.done;
	const struct addr a = at != NULL ? talk_addr(at) : (struct addr){ 0 };
	names.done = NULL;
	if (done != NULL)
		done(names.darg, &a);
}

static bool locate(void *arg, const char *name, void (*done)(void *darg, const struct addr *at), void *darg)
{
	(void)arg;
	names.asked++;
	snprintf(names.name, sizeof names.name, "%s", name);
	if (names.cannot || names.done != NULL)
		return false;
	names.done = done;
	names.darg = darg;
	if (names.at_once)
		answer(NULL);
	return true;
}

static int setup(void **state)
{
	scene_setup(state);
	struct fixture *f = *state;
	memset(&names, 0, sizeof names);
	leases = (struct sim_leases){ 0 };
	f->sim.gw.conf->cfg.lookup = (struct gw_lookup){ .is_elsewhere = is_elsewhere, .locate = locate };
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	gw_release_all(&f->sim.gw, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON, "the test ends");
	answer(NULL);
	sim_leases_answer(&leases, false);
	return scene_teardown(state);
}

static void dial(struct fixture *f, const char *alias)
{
	const struct talk t = { .type = Q931_SETUP, .source = INSIDE ":1720", .dest_alias = alias };
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", GW_IN ":1720");
	talk_say(f->caller, &t);
}

static void expect_refused(const struct fixture *f)
{
	struct h225_msg m;
	talk_hear(f->caller, &m);
	assert_int_equal(m.q931.type, Q931_RELEASE_COMPLETE);
	assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason->choice,
		H225_RELEASE_COMPLETE_REASON_CALLED_PARTY_NOT_REGISTERED);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
}

/* The call waits, loses nothing, and goes where the name leads. */
static void goes_there(void **state)
{
	struct fixture *f = *state;
	const struct talk later = { .type = Q931_FACILITY, .empty = true };
	dial(f, BOB);
	assert_int_equal(names.asked, 1);
	assert_string_equal(names.name, BOB);
	assert_true(f->caller->paused);
	talk_say(f->caller, &later);
	sim_advance(&f->sim, 2500);
	assert_null(sim_connecting(&f->sim, FOUND));
	answer(FOUND);
	assert_false(f->caller->paused);
	f->callee = sim_connecting(&f->sim, FOUND);
	assert_non_null(f->callee);
	scene_expect_ip(&f->callee->local, GW_OUT);
	sim_connected(f->callee);
	talk_expect(f->callee, Q931_SETUP);
	talk_expect(f->callee, Q931_FACILITY);
	scene_answer(f, OUTSIDE ":5000");
	talk_expect(f->caller, Q931_CONNECT);
	assert_int_equal(names.asked, 1);
}

/* First for the name, then for a lease: the Setup is kept through both. */
static void waits_twice(void **state)
{
	struct fixture *f = *state;
	leases.later = true;
	leases.pool = talk_addr("203.0.113.50");
	f->sim.gw.conf->cfg.leases = sim_leases_hooks(&leases);
	dial(f, BOB);
	assert_int_equal(leases.asked, 0);
	answer(FOUND);
	assert_int_equal(leases.asked, 1);
	assert_null(sim_connecting(&f->sim, FOUND));
	sim_leases_answer(&leases, true);
	f->callee = sim_connecting(&f->sim, FOUND);
	assert_non_null(f->callee);
	scene_expect_ip(&f->callee->local, "203.0.113.50");
	sim_connected(f->callee);
	talk_expect(f->callee, Q931_SETUP);
	assert_int_equal(names.asked, 1);
}

static void nobody(void **state)
{
	struct fixture *f = *state;
	dial(f, BOB);
	answer(NULL);
	expect_refused(f);
	names.at_once = true;
	dial(f, BOB);
	expect_refused(f);
	names.cannot = true;
	dial(f, BOB);
	expect_refused(f);
	assert_int_equal(names.asked, 3);
	/* who is left is the default host */
	scene_bindings(f, true);
	f->sim.gw.conf->cfg.lookup = (struct gw_lookup){ .is_elsewhere = is_elsewhere, .locate = locate };
	dial(f, "zoe@host.example");
	assert_non_null(sim_connecting(&f->sim, "10.0.0.22:1720"));
}

static void leads_nowhere_else(void **state)
{
	static const char *const bad[] = { "10.0.0.20:1720", GW_OUT ":1720", GW_IN ":1720", "127.0.0.1:1720", "224.0.1.41:1720",
		"0.0.0.0:1720", OUTSIDE ":22", OUTSIDE ":0" };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		dial(f, BOB);
		answer(bad[i]);
		talk_expect(f->caller, Q931_RELEASE_COMPLETE);
		assert_null(sim_connecting(&f->sim, bad[i]));
		assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
	}
}

static void not_in_time(void **state)
{
	struct fixture *f = *state;
	dial(f, BOB);
	sim_advance(&f->sim, 2999);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	sim_advance(&f->sim, 1);
	expect_refused(f);
	answer(FOUND);
	assert_null(sim_connecting(&f->sim, FOUND));
}

static void gone_while_it_waits(void **state)
{
	struct fixture *f = *state;
	dial(f, BOB);
	sim_hang_up(f->caller);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
	answer(FOUND);
	assert_null(sim_connecting(&f->sim, FOUND));
}

/* Nobody outside has anything looked up, and nobody does for what is known, or leads to an address. */
static void not_looked_up(void **state)
{
	struct fixture *f = *state;
	talk_expect(scene_dial_in(f, BOB, NULL), Q931_RELEASE_COMPLETE);
	scene_bindings(f, false);
	f->sim.gw.conf->cfg.lookup = (struct gw_lookup){ .is_elsewhere = is_elsewhere, .locate = locate };
	dial(f, BOB); /* bound as bob */
	assert_non_null(sim_connecting(&f->sim, "10.0.0.20:1720"));
	dial(f, "carol@" OUTSIDE);
	assert_non_null(sim_connecting(&f->sim, OUTSIDE ":1720"));
	dial(f, "carol");
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	assert_int_equal(names.asked, 0);
}

static json_t *explain(const struct fixture *f, const char *from)
{
	const char *why;
	json_t *o = gateway_route_json(&f->sim.gw, &(struct gateway_route_query){ .dest = BOB, .from = from }, &why);
	assert_non_null(o);
	return o;
}

/* Who asks what would be is told, and nothing is looked up. */
static void explained(void **state)
{
	const struct fixture *f = *state;
	json_t *o = explain(f, NULL);
	assert_string_equal(json_string_value(json_object_get(o, "look_up")), BOB);
	assert_string_equal(json_string_value(json_object_get(o, "why")), "the called name has to be looked up");
	json_decref(o);
	o = explain(f, "outside");
	assert_null(json_object_get(o, "look_up"));
	json_decref(o);
	assert_int_equal(names.asked, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(goes_there),
		T(waits_twice),
		T(nobody),
		T(leads_nowhere_else),
		T(not_in_time),
		T(gone_while_it_waits),
		T(not_looked_up),
		T(explained),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
