/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of hosts that have an address of their own outside, or get one when they first call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/body.h"
#include "h245/addr.h"
#include "scene.h"
#include "sim_leases.h"

#define V_ALICE "203.0.113.50"
#define V_BOB "203.0.113.51"
#define BOB "10.0.0.20"
#define V6_BOB "2001:db8::51"
#define OUTSIDE6 "2001:db8:7::7"

static struct sim_leases leases;

static int setup(void **state)
{
	scene_setup(state);
	struct fixture *f = *state;
	leases = (struct sim_leases){ 0 };
	f->sim.gw.conf->cfg.leases = sim_leases_hooks(&leases);
	return 0;
}

/* No call has forgotten a lease, and no question is left open. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	gw_release_all(&f->sim.gw, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON, "the test ends");
	sim_leases_answer(&leases, false);
	for (uint32_t i = 0; i < leases.n; i++)
		if (leases.v[i].held != 0)
			return -1;
	return scene_teardown(state);
}

static struct addr setup_address(const struct h225_msg *m, bool source)
{
	const struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	struct addr a = { 0 };
	assert_int_equal(h225_addr_read(&a, source ? s->source_call_signal_address : s->dest_call_signal_address), 0);
	return a;
}

static void expect_addr(const struct addr *a, const char *want)
{
	char text[ADDR_STRLEN];
	assert_string_equal(addr_str(a, text), want);
}

static bool ladder_says(const struct gw_call *call, const char *text)
{
	for (uint32_t i = 0; i < call->ladder.n; i++)
		if (strstr(call->ladder.v[i].text, text) != NULL)
			return true;
	return false;
}

/* Every address of the caller's is its own one outside: the connection's, those in messages, listeners and media. */
static void test_outbound_from_its_own(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	struct h245_channel ch;
	sim_leases_add(&leases, INSIDE, 1, V_ALICE);
	sim_leases_add(&leases, BOB, 1, V_BOB);
	t.h245 = INSIDE ":4100";
	t.display = INSIDE " knows " BOB " and 10.0.0.99";
	scene_dial_out(f, &t);
	scene_expect_ip(&f->callee->local, V_ALICE);
	assert_int_equal(sim_leases_held(&leases, V_ALICE), 1);
	assert_int_equal(leases.asked, 0);
	talk_hear(f->callee, &m);
	const struct addr source = setup_address(&m, true), at = scene_h245_address(&m);
	expect_addr(&source, V_ALICE ":1720");
	scene_expect_ip(&at, V_ALICE);
	/* a name for each: who has none of their own outside shares the gateway's */
	const struct q931_ie *display = q931_find(&m.q931, Q931_IE_DISPLAY);
	static const char said[] = V_ALICE " knows " V_BOB " and " GW_OUT;
	assert_int_equal(display->v.n, sizeof said - 1);
	assert_memory_equal(display->v.p, said, sizeof said - 1);
	struct sim_conn *b = sim_connect_to(&f->sim, &at, OUTSIDE ":7000");
	assert_non_null(b);
	struct sim_conn *a = sim_connecting(&f->sim, INSIDE ":4100");
	assert_non_null(a);
	scene_expect_ip(&a->local, GW_IN);
	sim_connected(a);
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(101, false, 1, NULL, INSIDE ":5001")));
	h245_channel_read(&ch, talk_hear_h245(b)->u.request->u.open_logical_channel);
	scene_expect_ip(&ch.control, V_ALICE);
	talk_h245(b, talk_ack(101, 1, OUTSIDE ":6000", OUTSIDE ":6001"));
	h245_channel_ack_read(&ch, talk_hear_h245(a)->u.response->u.open_logical_channel_ack);
	scene_expect_ip(&ch.media, GW_IN);
	assert_false(sim_sent_address(f->callee, INSIDE) || sim_sent_address(b, INSIDE));
	const struct talk release = { .type = Q931_RELEASE_COMPLETE };
	talk_say(f->caller, &release);
	assert_int_equal(sim_leases_held(&leases, V_ALICE), 0);
}

/* Somebody outside calls a virtual address: redirected to the gateway's own, or accepted on it. */
static void call_virtual(struct fixture *f, const char *local)
{
	const struct talk t = { .type = Q931_SETUP, .source = OUTSIDE ":1720", .dest = V_BOB ":1720" };
	struct h225_msg m;
	sim_leases_add(&leases, BOB, 1, V_BOB);
	f->caller = sim_dial(&f->sim, OUTSIDE ":4001", local, V_BOB ":1720");
	talk_say(f->caller, &t);
	f->callee = sim_connecting(&f->sim, BOB ":1720");
	assert_non_null(f->callee);
	assert_int_equal(sim_leases_held(&leases, V_BOB), 1);
	assert_int_equal(leases.asked, 0);
	sim_connected(f->callee);
	scene_expect_ip(&f->callee->local, GW_IN);
	talk_hear(f->callee, &m);
	const struct addr dest = setup_address(&m, false), source = setup_address(&m, true);
	expect_addr(&dest, BOB ":1720");
	expect_addr(&source, GW_IN ":1720");
	scene_answer(f, BOB ":5000");
	talk_hear(f->caller, &m);
	const struct addr at = scene_h245_address(&m);
	scene_expect_ip(&at, V_BOB);
	assert_non_null(sim_connect_to(&f->sim, &at, OUTSIDE ":7000"));
	assert_false(sim_sent_address(f->caller, BOB) || sim_sent_address(f->caller, GW_OUT));
}

static void test_inbound_redirected(void **state)
{
	call_virtual(*state, GW_OUT ":1720");
}

static void test_inbound_accepted_there(void **state)
{
	call_virtual(*state, V_BOB ":1720");
}

/* Who reached a host by name at the shared address goes on talking with the shared address. */
static void test_shared_stays_shared(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	scene_bindings(f, false);
	f->sim.gw.conf->cfg.leases = sim_leases_hooks(&leases);
	sim_leases_add(&leases, BOB, 1, V_BOB);
	scene_dial_in(f, "bob", NULL);
	f->callee = sim_connecting(&f->sim, BOB ":1720");
	sim_connected(f->callee);
	assert_int_equal(sim_leases_held(&leases, V_BOB), 1);
	scene_answer(f, BOB ":5000");
	talk_hear(f->caller, &m);
	const struct addr at = scene_h245_address(&m);
	scene_expect_ip(&at, GW_OUT);
}

/* The first call outwards is the one that makes the lease. */
static void test_granted_at_the_first_call(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	const struct talk t = scene_setup_message();
	leases.pool = talk_addr(V_ALICE);
	scene_dial_out(f, &t);
	assert_int_equal(leases.asked, 1);
	scene_expect_ip(&f->callee->local, V_ALICE);
	talk_hear(f->callee, &m);
	const struct addr source = setup_address(&m, true);
	expect_addr(&source, V_ALICE ":1720");
	assert_int_equal(sim_leases_held(&leases, V_ALICE), 1);
}

/* A Setup, and a message right behind it in the same segment. */
static void setup_and_more(struct sim_conn *sc)
{
	const struct talk t = scene_setup_message(), more = { .type = Q931_FACILITY, .empty = true };
	const struct pst_slice a = talk_octets(&t), b = talk_octets(&more);
	uint8_t *both = arena_alloc(&talk_arena, a.n + b.n);
	memcpy(both, a.p, a.n);
	memcpy(both + a.n, b.p, b.n);
	sim_feed(sc, slice_of(both, a.n + b.n));
}

/* The call waits, nothing of it is lost, and it is the lease's address that goes out. */
static void test_waits_for_the_answer(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	const struct talk later = { .type = Q931_FACILITY, .empty = true };
	leases.later = true;
	leases.pool = talk_addr(V_ALICE);
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	setup_and_more(f->caller);
	assert_null(sim_connecting(&f->sim, OUTSIDE ":1720"));
	assert_true(f->caller->paused);
	talk_say(f->caller, &later);
	sim_advance(&f->sim, 1500);
	assert_null(sim_connecting(&f->sim, OUTSIDE ":1720"));
	sim_leases_answer(&leases, true);
	assert_false(f->caller->paused);
	f->callee = sim_connecting(&f->sim, OUTSIDE ":1720");
	assert_non_null(f->callee);
	scene_expect_ip(&f->callee->local, V_ALICE);
	sim_connected(f->callee);
	talk_hear(f->callee, &m);
	assert_int_equal(m.q931.type, Q931_SETUP);
	const struct addr source = setup_address(&m, true);
	expect_addr(&source, V_ALICE ":1720");
	talk_expect(f->callee, Q931_FACILITY);
	talk_expect(f->callee, Q931_FACILITY);
	assert_true(talk_silent(f->callee));
	assert_int_equal(leases.asked, 1);
	scene_answer(f, OUTSIDE ":5000");
	talk_expect(f->caller, Q931_CONNECT);
}

/* No answer in two seconds: the shared address. The answer may come whenever it likes, also after the call. */
static void test_no_answer_in_time(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message();
	leases.later = true;
	leases.pool = talk_addr(V_ALICE);
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	talk_say(f->caller, &t);
	sim_advance(&f->sim, 1999);
	assert_null(sim_connecting(&f->sim, OUTSIDE ":1720"));
	sim_advance(&f->sim, 1);
	f->callee = sim_connecting(&f->sim, OUTSIDE ":1720");
	assert_non_null(f->callee);
	scene_expect_ip(&f->callee->local, GW_OUT);
	assert_true(ladder_says(f->sim.gw.calls, "in time: the shared one"));
	sim_connected(f->callee);
	talk_expect(f->callee, Q931_SETUP);
	sim_leases_answer(&leases, true);
	assert_int_equal(sim_leases_held(&leases, V_ALICE), 0);
}

static void test_none_left(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message();
	scene_dial_out(f, &t);
	scene_expect_ip(&f->callee->local, GW_OUT);
	assert_true(ladder_says(f->sim.gw.calls, "the shared one"));
	assert_int_equal(leases.asked, 1);
}

/* The caller goes, or the gateway stops, while the question is open. */
static void test_gone_while_it_waits(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message();
	leases.later = true;
	for (int i = 0; i < 2; i++) {
		f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
		talk_say(f->caller, &t);
		if (i == 0)
			sim_hang_up(f->caller);
		else
			gw_release_all(&f->sim.gw, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES, "stop");
		assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
		assert_null(sim_connecting(&f->sim, OUTSIDE ":1720"));
		sim_leases_answer(&leases, true);
		assert_null(sim_connecting(&f->sim, OUTSIDE ":1720"));
	}
}

/* Nobody inside who is called, and no call within a realm, makes a lease. */
static void test_not_asked_for(void **state)
{
	struct fixture *f = *state;
	scene_bindings(f, false);
	f->sim.gw.conf->cfg.leases = sim_leases_hooks(&leases);
	leases.pool = talk_addr(V_ALICE);
	scene_dial_in(f, "bob", NULL);
	assert_non_null(sim_connecting(&f->sim, BOB ":1720"));
	const struct talk t = { .type = Q931_SETUP, .dest_alias = "4711" };
	talk_say(sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", GW_OUT ":1720"), &t);
	assert_non_null(sim_connecting(&f->sim, "10.0.0.21:1720"));
	assert_int_equal(leases.asked, 0);
}

/* Two inside, one of whom dials the other's virtual address, or the shared one and a name: joined inside. */
static void join(struct fixture *f, const char *original, const char *alias)
{
	struct talk t = scene_setup_message();
	struct h225_msg m;
	struct h245_channel ch;
	int leg;
	enum relay_part part;
	struct addr to;
	t.dest = original;
	t.dest_alias = alias;
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", original);
	talk_say(f->caller, &t);
	f->callee = sim_connecting(&f->sim, BOB ":1720");
	assert_non_null(f->callee);
	scene_expect_ip(&f->callee->local, GW_IN);
	sim_connected(f->callee);
	talk_hear(f->callee, &m);
	struct addr a = setup_address(&m, true);
	expect_addr(&a, GW_IN ":1720");
	a = setup_address(&m, false);
	expect_addr(&a, BOB ":1720");
	scene_answer(f, BOB ":5000");
	talk_hear(f->caller, &m);
	a = scene_h245_address(&m);
	scene_expect_ip(&a, GW_IN);
	struct sim_conn *one = sim_connect_to(&f->sim, &a, INSIDE ":4002"), *two = sim_connecting(&f->sim, BOB ":5000");
	sim_connected(two);
	talk_h245(one, h245_olc_build(&talk_arena, talk_olc(1, false, 1, NULL, INSIDE ":5001")));
	h245_channel_read(&ch, talk_hear_h245(two)->u.request->u.open_logical_channel);
	scene_expect_ip(&ch.control, GW_IN);
	talk_h245(two, talk_ack(1, 1, BOB ":6000", BOB ":6001"));
	h245_channel_ack_read(&ch, talk_hear_h245(one)->u.response->u.open_logical_channel_ack);
	scene_expect_ip(&ch.media, GW_IN);
	struct relay_session *s = relay_fake_find(&f->sim.relay, &ch.media, &leg, &part);
	const struct addr from = talk_addr(INSIDE ":5000"), want = talk_addr(BOB ":6000");
	assert_true(relay_fake_packet(s, leg, part, &from, 172, f->sim.now_ms, &to));
	assert_true(addr_eq(&to, &want));
	/* nothing outside takes part in it */
	assert_false(sim_sent_address(f->callee, GW_OUT) || sim_sent_address(f->callee, V_BOB));
	assert_int_equal(leases.asked, 0);
}

static void test_hairpin_by_virtual_address(void **state)
{
	sim_leases_add(&leases, INSIDE, 1, V_ALICE);
	sim_leases_add(&leases, BOB, 1, V_BOB);
	join(*state, V_BOB ":1720", NULL);
}

static void test_hairpin_by_name(void **state)
{
	scene_bindings(*state, false);
	join(*state, GW_OUT ":1720", "bob");
}

/* What a peer signals opens nothing towards a virtual address, whoever it stands for. */
static void test_opens_nothing_to_its_own(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	sim_leases_add(&leases, INSIDE, 1, V_ALICE);
	sim_leases_add(&leases, BOB, 1, V_BOB);
	const struct gw_config *cfg = &f->sim.gw.conf->cfg;
	const struct addr v = talk_addr(V_BOB ":5000"), peer = talk_addr(V_BOB ":0");
	assert_int_equal(gw_address_judge(cfg, &cfg->realms[1], &peer, &v), GW_ADDR_GATEWAY);
	assert_false(gw_address_dialable(cfg, &v));
	t.h245 = V_BOB ":4100";
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	assert_int_equal(scene_h245_address(&m).family, ADDR_NONE);
	assert_int_equal(sim_listening(&f->sim), 0);
	scene_answer(f, V_ALICE ":5000");
	talk_hear(f->caller, &m);
	assert_int_equal(scene_h245_address(&m).family, ADDR_NONE);
	assert_int_equal(sim_listening(&f->sim), 0);
	/* nor does a call come from one */
	assert_null(sim_dial(&f->sim, V_BOB ":4001", GW_OUT ":1720", GW_OUT ":1720"));
}

/* Call forwarding: a neighbour inside is named outside by its virtual address, and one by which it was found stays. */
static void forwarded_to(struct fixture *f, const char *to, const char *want)
{
	const struct talk facility = { .type = Q931_FACILITY, .alternative = to };
	struct h225_msg m;
	struct addr a;
	talk_say(f->caller, &facility);
	talk_hear(f->callee, &m);
	const struct h225_facility_uuie *u = m.uu.h323_uu_pdu.h323_message_body.u.facility;
	if (want == NULL) {
		assert_null(u->alternative_address);
		return;
	}
	assert_int_equal(h225_addr_read(&a, u->alternative_address), 0);
	expect_addr(&a, want);
}

static void test_forwarded(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message();
	sim_leases_add(&leases, BOB, 1, V_BOB);
	scene_dial_out(f, &t);
	talk_expect(f->callee, Q931_SETUP);
	forwarded_to(f, BOB ":1720", V_BOB ":1720");
	forwarded_to(f, V_BOB ":1720", V_BOB ":1720");
	forwarded_to(f, "10.0.0.99:1720", NULL);
	forwarded_to(f, V_BOB ":80", NULL);
}

/* A host without an address of its own outside, but with a port, says so. */
static void test_announces_its_port(void **state)
{
	struct fixture *f = *state;
	struct gw_port port = { 1725, talk_addr(INSIDE ":1720") };
	const struct talk t = scene_setup_message();
	struct h225_msg m;
	f->sim.gw.conf->cfg.ports = &port;
	f->sim.gw.conf->cfg.n_ports = 1;
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	const struct addr source = setup_address(&m, true);
	expect_addr(&source, GW_OUT ":1725");
}

/* The realms have other numbers since: what a call held is let go of where it is now. */
static void test_let_go_after_a_reload(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message(), release = { .type = Q931_RELEASE_COMPLETE };
	sim_leases_add(&leases, INSIDE, 1, V_ALICE);
	scene_dial_out(f, &t);
	assert_int_equal(sim_leases_held(&leases, V_ALICE), 1);
	struct gw_config *cfg = sim_config();
	struct gw_realm turned[2] = { cfg->realms[1], cfg->realms[0] };
	cfg->realms = turned;
	cfg->leases = sim_leases_hooks(&leases);
	assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
	leases.v[0].realm = 0;
	talk_say(f->caller, &release);
	assert_int_equal(sim_leases_held(&leases, V_ALICE), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_outbound_from_its_own),
		T(test_let_go_after_a_reload),
		T(test_inbound_redirected),
		T(test_inbound_accepted_there),
		T(test_shared_stays_shared),
		T(test_granted_at_the_first_call),
		T(test_waits_for_the_answer),
		T(test_no_answer_in_time),
		T(test_none_left),
		T(test_gone_while_it_waits),
		T(test_not_asked_for),
		T(test_hairpin_by_virtual_address),
		T(test_hairpin_by_name),
		T(test_opens_nothing_to_its_own),
		T(test_forwarded),
		T(test_announces_its_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
