/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which calls there may be, and what they may carry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#include "gateway/policy.h"
#include "h225/addr.h"

static char allow_name[] = "first", refuse_name[] = "second";

/* Rules of the gateway, from now on. */
static void rules(struct fixture *f, struct gw_rule *list, uint32_t n, bool allow_rest)
{
	scene_bindings(f, true);
	struct gw_config cfg = f->sim.gw.conf->cfg;
	for (uint32_t i = 0; i < n; i++) {
		list[i].direction = list[i].direction != 0 ? list[i].direction : GW_DIRECTION_ALL;
		list[i].media = list[i].media != 0 ? list[i].media : GW_MEDIA_ALL;
		list[i].name = list[i].name != NULL ? list[i].name : i == 0 ? allow_name : refuse_name;
	}
	cfg.rules = list;
	cfg.n_rules = n;
	cfg.allow_rest = allow_rest;
	assert_int_equal(gw_core_reload(&f->sim.gw, &cfg), 0);
}

static void test_patterns(void **state)
{
	(void)state;
	static const char *const yes[][2] = { { "*", "" }, { "*", "x" }, { "bob", "BOB" }, { "b?b", "bob" }, { "*@example.net", "a@example.net" },
		{ "a*b*c", "aXXbYYbc" }, { "**", "x" }, { "4711*", "4711" } };
	static const char *const no[][2] = { { "", "x" }, { "b?b", "bb" }, { "bob", "bobby" }, { "*@example.net", "a@example.netx" },
		{ "a*b*c", "aXXbYY" }, { "?", "" } };
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_true(gw_policy_matches(yes[i][0], yes[i][1]));
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_false(gw_policy_matches(no[i][0], no[i][1]));
}

/* --- decisions --- */

struct call_of {
	int realm; /* 0 inside, 1 outside */
	const char *caller, *caller_name, *dest, *called;
	enum gw_route_by by;
};

static struct gw_policy ask(struct fixture *f, const struct call_of *c)
{
	const struct gw_config *cfg = &f->sim.gw.conf->cfg;
	const struct addr dest = talk_addr(c->dest);
	const struct gw_route route = { .dest = dest, .by = c->by,
		.realm = &cfg->realms[addr_prefix_has(&cfg->realms[0].networks[0], &dest) ? 0 : 1] };
	struct gw_policy p;
	gw_policy_find(&p, cfg,
		&(struct gw_policy_ask){ .from = &cfg->realms[c->realm], .caller = talk_addr(c->caller), .route = &route,
			.caller_name = c->caller_name, .called_name = c->called });
	return p;
}

static const struct call_of out = { 0, INSIDE ":0", "alice", OUTSIDE ":1720", NULL, GW_BY_ADDRESS },
			    by_name = { 1, OUTSIDE ":0", "eve", "10.0.0.20:1720", "bob", GW_BY_NAME },
			    by_default = { 1, OUTSIDE ":0", "eve", "10.0.0.22:1720", NULL, GW_BY_DEFAULT };

/* One condition at a time: RULE refuses, and all else is allowed. */
static void refuses(struct fixture *f, struct gw_rule rule, bool first, bool second, bool third)
{
	rules(f, &rule, 1, true);
	assert_int_equal(!ask(f, &out).allow, first);
	assert_int_equal(!ask(f, &by_name).allow, second);
	assert_int_equal(!ask(f, &by_default).allow, third);
}

static void test_conditions(void **state)
{
	struct fixture *f = *state;
	struct addr_prefix lan, far, one;
	char alice[] = "ali*", bob[] = "BOB";
	char *const alices[] = { alice }, *const bobs[] = { bob };
	assert_int_equal(addr_prefix_parse(&lan, "10.0.0.0/24"), 0);
	assert_int_equal(addr_prefix_parse(&far, "198.51.100.0/24"), 0);
	assert_int_equal(addr_prefix_parse(&one, "10.0.0.22/32"), 0);
	refuses(f, (struct gw_rule){ 0 }, true, true, true);
	refuses(f, (struct gw_rule){ .direction = GW_DIRECTION_OUT }, true, false, false);
	refuses(f, (struct gw_rule){ .direction = GW_DIRECTION_IN }, false, true, true);
	refuses(f, (struct gw_rule){ .direction = GW_DIRECTION_WITHIN }, false, false, false);
	refuses(f, (struct gw_rule){ .from = 1 }, true, false, false);
	refuses(f, (struct gw_rule){ .to = 1 }, false, true, true);
	refuses(f, (struct gw_rule){ .sources = &lan, .n_sources = 1 }, true, false, false);
	refuses(f, (struct gw_rule){ .destinations = &far, .n_destinations = 1 }, true, false, false);
	refuses(f, (struct gw_rule){ .destinations = &one, .n_destinations = 1 }, false, false, true);
	refuses(f, (struct gw_rule){ .callers = (char **)(uintptr_t)alices, .n_callers = 1 }, true, false, false);
	refuses(f, (struct gw_rule){ .called = (char **)(uintptr_t)bobs, .n_called = 1 }, false, true, false);
	refuses(f, (struct gw_rule){ .known_called = GW_ASKED_YES }, false, true, false);
	refuses(f, (struct gw_rule){ .known_called = GW_ASKED_NO }, true, false, true);
}

/* A name is the caller's only where it is bound to the address that it calls from. */
static void test_known_caller(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .known_caller = GW_ASKED_NO };
	rules(f, &rule, 1, true);
	assert_true(ask(f, &(struct call_of){ 0, "10.0.0.20:0", "bob", OUTSIDE ":1720", NULL, GW_BY_ADDRESS }).allow);
	assert_false(ask(f, &(struct call_of){ 0, "10.0.0.33:0", "bob", OUTSIDE ":1720", NULL, GW_BY_ADDRESS }).allow);
	assert_false(ask(f, &(struct call_of){ 0, "10.0.0.20:0", "jim", OUTSIDE ":1720", NULL, GW_BY_ADDRESS }).allow);
}

static void test_first_match(void **state)
{
	struct fixture *f = *state;
	struct gw_rule list[] = { { .allow = true, .direction = GW_DIRECTION_OUT, .media = GW_MEDIA_AUDIO }, { .allow = false } };
	rules(f, list, 2, true);
	const struct gw_policy p = ask(f, &out);
	assert_true(p.allow);
	assert_string_equal(p.rule->name, "first");
	assert_int_equal(p.media, GW_MEDIA_AUDIO);
	assert_false(ask(f, &by_name).allow);
	rules(f, list, 1, false);
	assert_false(ask(f, &by_name).allow);
	assert_null(ask(f, &by_name).rule);
}

/* Nobody gets from outside to outside through us, whatever the rules say; who is known there does. */
static void test_no_transit(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true };
	rules(f, &rule, 1, true);
	assert_false(ask(f, &(struct call_of){ 1, OUTSIDE ":0", "eve", "192.0.2.7:1720", "bob", GW_BY_NAME }).allow);
	assert_false(ask(f, &(struct call_of){ 1, OUTSIDE ":0", "bob", "192.0.2.7:1720", NULL, GW_BY_DEFAULT }).allow);
	static char jim[] = "jim";
	struct gw_binding b = { jim, talk_addr(OUTSIDE ":1720") };
	struct gw_config cfg = f->sim.gw.conf->cfg;
	cfg.bindings = &b;
	cfg.n_bindings = 1;
	assert_int_equal(gw_core_reload(&f->sim.gw, &cfg), 0);
	assert_true(ask(f, &(struct call_of){ 1, OUTSIDE ":0", "jim", "192.0.2.7:1720", "ann", GW_BY_NAME }).allow);
}

/* --- calls --- */

static uint32_t heard_reason(struct sim_conn *sc)
{
	struct h225_msg m;
	talk_hear(sc, &m);
	assert_int_equal(m.q931.type, Q931_RELEASE_COMPLETE);
	return m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason->choice;
}

static void test_refused_call(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .direction = GW_DIRECTION_IN };
	rules(f, &rule, 1, true);
	assert_int_equal(heard_reason(scene_dial_in(f, "bob", NULL)), H225_RELEASE_COMPLETE_REASON_NO_PERMISSION);
	assert_null(f->sim.gw.calls);
	assert_int_equal(f->sim.gw.count.refused, 1);
	const struct talk s = scene_setup_message();
	scene_dial_out(f, &s);
}

static void test_calls_at_once(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true, .calls = 2 };
	rules(f, &rule, 1, true);
	const struct talk s = scene_setup_message();
	scene_dial_out(f, &s);
	struct sim_conn *first = f->caller;
	rules(f, &rule, 1, true); /* what stands counts over a reload */
	scene_dial_out(f, &s);
	struct sim_conn *third = sim_dial(&f->sim, INSIDE ":4003", GW_IN ":1720", OUTSIDE ":1720");
	talk_say(third, &s);
	assert_int_equal(heard_reason(third), H225_RELEASE_COMPLETE_REASON_NO_PERMISSION);
	sim_hang_up(first);
	scene_dial_out(f, &s);
	talk_expect(f->callee, Q931_SETUP);
}

static void test_duration(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true, .duration_ms = 30000 };
	const struct talk s = scene_setup_message();
	rules(f, &rule, 1, true);
	scene_dial_out(f, &s);
	talk_expect(f->callee, Q931_SETUP);
	sim_advance(&f->sim, 2000);
	scene_answer(f, NULL);
	talk_expect(f->caller, Q931_CONNECT);
	sim_advance(&f->sim, 29000);
	assert_true(talk_silent(f->caller));
	sim_advance(&f->sim, 2000);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	talk_expect(f->callee, Q931_RELEASE_COMPLETE);
	assert_null(f->sim.gw.calls);
}

/* --- channels --- */

static h245_pdu *olc(uint16_t lcn, uint8_t session)
{
	return h245_olc_build(&talk_arena, talk_olc(lcn, false, session, NULL, INSIDE ":5001"));
}

/* The same for video of KBIT. */
static struct h245_open_logical_channel *video(uint16_t lcn, uint32_t kbit)
{
	struct h245_open_logical_channel *o = talk_olc(lcn, false, 2, NULL, INSIDE ":5003");
	struct h245_video_capability *v = ARENA_NEW(&talk_arena, struct h245_video_capability);
	v->choice = H245_VIDEO_CAPABILITY_H261_VIDEO_CAPABILITY;
	v->u.h261_video_capability = ARENA_NEW(&talk_arena, struct h245_h261_video_capability);
	v->u.h261_video_capability->has_qcif_mpi = true;
	v->u.h261_video_capability->qcif_mpi = 1;
	v->u.h261_video_capability->max_bit_rate = kbit * 10;
	o->forward_logical_channel_parameters.data_type.choice = H245_DATA_TYPE_VIDEO_DATA;
	o->forward_logical_channel_parameters.data_type.u.video_data = v;
	return o;
}

static void expect_reject(const h245_pdu *m, uint16_t lcn, uint32_t cause)
{
	assert_int_equal(m->choice, H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_RESPONSE);
	assert_int_equal(m->u.response->choice, H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_REJECT);
	const struct h245_open_logical_channel_reject *r = m->u.response->u.open_logical_channel_reject;
	assert_int_equal(r->forward_logical_channel_number, lcn);
	assert_int_equal(r->cause.choice, cause);
}

static void test_media(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true, .media = GW_MEDIA_AUDIO };
	struct sim_conn *a, *b;
	rules(f, &rule, 1, true);
	scene_slow_call(f, &a, &b);
	talk_h245(a, h245_olc_build(&talk_arena, video(2, 300)));
	expect_reject(talk_hear_h245(a), 2, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_DATA_TYPE_NOT_AVAILABLE);
	assert_true(talk_silent(b));
	assert_int_equal(f->sim.gw.calls->n_channels, 0);
	talk_h245(a, olc(1, 1));
	assert_non_null(talk_hear_h245(b));
	assert_true(talk_silent(a));
	talk_h245(b, talk_t120_olc(5, NULL));
	expect_reject(talk_hear_h245(b), 5, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_DATA_TYPE_NOT_AVAILABLE);
	assert_true(talk_silent(a));
}

/* In the tunnel the message is taken out of what carries it, and the answer goes back in a Facility. */
static void test_tunnelled_media(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true, .media = GW_MEDIA_AUDIO };
	struct h225_msg m;
	rules(f, &rule, 1, true);
	struct talk s = scene_setup_message();
	s.tunnelling = true;
	scene_dial_out(f, &s);
	talk_expect(f->callee, Q931_SETUP);
	talk_say(f->callee, &(struct talk){ .type = Q931_CONNECT, .tunnelling = true, .from_callee = true });
	talk_expect(f->caller, Q931_CONNECT);
	struct talk t = { .type = Q931_FACILITY, .empty = true, .tunnelling = true, .n_tunnelled = 2 };
	t.tunnelled[0] = h245_olc_build(&talk_arena, video(2, 300));
	t.tunnelled[1] = olc(1, 1);
	talk_say(f->caller, &t);
	talk_hear(f->callee, &m);
	assert_int_equal(m.uu.h323_uu_pdu.h245_control.n, 1); /* audio only */
	talk_hear(f->caller, &m);
	assert_int_equal(m.q931.type, Q931_FACILITY);
	assert_true(m.uu.h323_uu_pdu.h245_tunneling);
	assert_int_equal(m.uu.h323_uu_pdu.h245_control.n, 1);
	h245_pdu reject;
	size_t used;
	assert_int_equal(asn1_per_decode(&h245_multimedia_system_control_message_type, m.uu.h323_uu_pdu.h245_control.v[0], NULL,
				 &talk_arena, &reject, &used, NULL), 0);
	expect_reject(&reject, 2, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_DATA_TYPE_NOT_AVAILABLE);
	assert_int_equal(f->sim.gw.calls->n_channels, 1);
}

static void test_fast_media(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true, .media = GW_MEDIA_AUDIO };
	struct h225_msg m;
	rules(f, &rule, 1, true);
	struct talk s = scene_setup_message();
	s.fast[0] = talk_fast(talk_olc(1, false, 1, NULL, INSIDE ":5001"));
	s.fast[1] = talk_fast(video(2, 300));
	s.n_fast = 2;
	scene_dial_out(f, &s);
	talk_hear(f->callee, &m);
	assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.setup->fast_start.n, 1);
	assert_int_equal(f->sim.gw.calls->n_channels, 1);
}

static void test_bandwidth(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true, .call_bandwidth_kbit = 200 };
	struct sim_conn *a, *b;
	rules(f, &rule, 1, true);
	scene_slow_call(f, &a, &b);
	talk_h245(a, olc(1, 1));
	assert_non_null(talk_hear_h245(b));
	talk_h245(a, h245_olc_build(&talk_arena, video(2, 137)));
	expect_reject(talk_hear_h245(a), 2, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_INSUFFICIENT_BANDWIDTH);
	talk_h245(a, h245_olc_build(&talk_arena, video(2, 136)));
	assert_non_null(talk_hear_h245(b));
	talk_h245(b, talk_ack(1, 1, OUTSIDE ":6000", OUTSIDE ":6001"));
	assert_non_null(talk_hear_h245(a));
	assert_int_equal(f->sim.gw.calls->kbit, 64);
	assert_int_equal(f->sim.gw.calls->channels->kbit, 64);
	talk_h245(a, h245_clc_build(&talk_arena, 1, true));
	assert_non_null(talk_hear_h245(b));
	assert_int_equal(f->sim.gw.calls->kbit, 0);
	talk_h245(a, olc(3, 1));
	assert_non_null(talk_hear_h245(b));
}

/* Codecs for the same session are alternatives: one of them is counted. */
static void test_bandwidth_of_proposals(void **state)
{
	struct fixture *f = *state;
	struct gw_rule rule = { .allow = true, .call_bandwidth_kbit = 128, .bandwidth_kbit = 200 };
	struct h225_msg m;
	rules(f, &rule, 1, true);
	struct talk s = scene_setup_message();
	s.fast[0] = talk_fast(talk_olc(1, false, 1, NULL, INSIDE ":5001"));
	s.fast[1] = talk_fast(talk_olc(2, false, 1, NULL, INSIDE ":5001"));
	s.fast[2] = talk_fast(talk_olc(3, true, 1, INSIDE ":5000", INSIDE ":5001"));
	s.fast[3] = talk_fast(talk_olc(4, true, 1, INSIDE ":5000", INSIDE ":5001"));
	s.fast[4] = talk_fast(video(5, 1));
	s.n_fast = 5;
	scene_dial_out(f, &s);
	talk_hear(f->callee, &m);
	assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.setup->fast_start.n, 4);
}

/* --- what is told --- */

static void test_told(void **state)
{
	struct fixture *f = *state;
	struct gw_rule list[] = { { .direction = GW_DIRECTION_OUT, .allow = true, .duration_ms = 60000 }, { .allow = false } };
	const char *why = NULL;
	rules(f, list, 2, true);
	json_t *o = gateway_route_json(&f->sim.gw, &(struct gateway_route_query){ .dest = OUTSIDE }, &why);
	assert_true(json_is_true(json_object_get(o, "allowed")));
	assert_string_equal(json_string_value(json_object_get(o, "rule")), "first");
	assert_string_equal(json_string_value(json_object_get(o, "to")), OUTSIDE ":1720");
	assert_true(json_array_size(json_object_get(o, "steps")) >= 4);
	json_decref(o);
	o = gateway_route_json(&f->sim.gw, &(struct gateway_route_query){ .dest = "bob", .from = "outside" }, &why);
	assert_false(json_is_true(json_object_get(o, "allowed")));
	assert_string_equal(json_string_value(json_object_get(o, "rule")), "second");
	assert_string_equal(json_string_value(json_object_get(o, "to")), "10.0.0.20:1720");
	json_decref(o);
	o = gateway_route_json(&f->sim.gw, &(struct gateway_route_query){ .dest = "bob", .from = OUTSIDE }, &why);
	assert_string_equal(json_string_value(json_object_get(o, "from")), "outside");
	json_decref(o);
	assert_null(gateway_route_json(&f->sim.gw, &(struct gateway_route_query){ .dest = "bob", .from = "nowhere" }, &why));
	/* who dials a name connects where the gateway takes calls */
	f->sim.gw.conf->cfg.signalling_port = 2720;
	o = gateway_route_json(&f->sim.gw, &(struct gateway_route_query){ .dest = "bob" }, &why);
	assert_string_equal(json_string_value(json_object_get(o, "connects_to")), GW_IN ":2720");
	json_decref(o);
	assert_non_null(why);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns), T(test_conditions), T(test_known_caller), T(test_first_match), T(test_no_transit),
		T(test_refused_call), T(test_calls_at_once), T(test_duration), T(test_media), T(test_tunnelled_media),
		T(test_fast_media), T(test_bandwidth), T(test_bandwidth_of_proposals), T(test_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
