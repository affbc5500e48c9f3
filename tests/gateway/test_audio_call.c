/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Audio call control of NetMeeting 1: who may begin it, where it goes, and that its octets stay what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"
#include "sim_leases.h"

#define AUDIO_IN GW_IN ":1731"
#define AUDIO_OUT GW_OUT ":1731"

static const uint8_t octets[] = { 0x00, 0x16, 0x03, 0xff, 'G', 'E', 'T', 10, 0, 0, 10 };

static void configure(struct fixture *f, uint8_t calls, uint32_t capture)
{
	struct gw_config *cfg = sim_config();
	cfg->audio = (struct gw_audio){ .port = 1731, .calls = calls, .flows = 16, .idle_ms = 90000, .capture = capture };
	cfg->timers.data_idle_ms = 600000;
	cfg->default_host = talk_addr("10.0.0.22:1720");
	assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
}

static int setup(void **state)
{
	const int rc = scene_setup(state);
	configure(*state, GW_DATA_BOTH, 0);
	return rc;
}

static struct sim_conn *dial_out(struct fixture *f, const char *peer)
{
	return sim_dial(&f->sim, peer, AUDIO_IN, OUTSIDE ":1731");
}

static void test_out(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = dial_out(f, INSIDE ":4001"), *b = sim_connecting(&f->sim, OUTSIDE ":1731");
	assert_non_null(a);
	assert_non_null(b);
	const struct gw_call *call = f->sim.gw.calls;
	assert_int_equal(call->kind, GW_CALL_AUDIO);
	sim_feed(a, slice_of(octets, sizeof octets));
	assert_true(a->paused);
	sim_connected(b);
	assert_false(a->paused);
	assert_int_equal(call->state, GW_CALL_ACTIVE);
	assert_int_equal(b->n_out, sizeof octets);
	assert_memory_equal(b->out, octets, sizeof octets);
	sim_feed(b, slice_of(octets, 3));
	assert_int_equal(a->n_out, 3);
	assert_int_equal(call->pinholes->kind, GW_PINHOLE_AUDIO);
	assert_int_equal(call->pinholes->bytes, sizeof octets + 3);
	sim_hang_up(b);
	assert_true(a->closed_by_gateway);
	assert_null(f->sim.gw.calls);
	assert_string_equal(f->sim.gw.ended->ended_why, "the callee closed the connection");
}

static void test_ways(void **state)
{
	struct fixture *f = *state;
	for (uint8_t ways = GW_DATA_OUT; ways <= GW_DATA_BOTH; ways++) {
		configure(f, ways, 0);
		struct sim_conn *out = dial_out(f, INSIDE ":4001"), *in = sim_dial(&f->sim, OUTSIDE ":4001", AUDIO_OUT, AUDIO_OUT);
		assert_int_equal(sim_connecting(&f->sim, OUTSIDE ":1731") != NULL, (ways & GW_DATA_OUT) != 0);
		assert_int_equal(sim_connecting(&f->sim, "10.0.0.22:1731") != NULL, ways == GW_DATA_IN);
		assert_int_equal(out->closed_by_gateway, (ways & GW_DATA_OUT) == 0);
		sim_hang_up(out);
		sim_hang_up(in);
		assert_null(f->sim.gw.calls);
	}
}

/* Who is outside and tries addresses is counted as a caller who tries names is. */
static void test_refused_are_counted(void **state)
{
	struct fixture *f = *state;
	struct gw_config *cfg = sim_config();
	cfg->audio = (struct gw_audio){ .port = 1731, .calls = GW_DATA_OUT, .flows = 16, .idle_ms = 90000 };
	cfg->limits.refused_per_source = 2;
	assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
	for (int i = 0; i < 2; i++)
		assert_true(sim_dial(&f->sim, OUTSIDE ":4001", AUDIO_OUT, AUDIO_OUT)->closed_by_gateway);
	assert_int_equal(f->sim.gw.sources->refused, 2);
	assert_null(sim_dial(&f->sim, OUTSIDE ":4001", AUDIO_OUT, AUDIO_OUT));
}

/* Whoever has a call with an inside host means that host; the call does not suffer, whatever happens. */
static void test_who_has_a_call(void **state)
{
	struct fixture *f = *state;
	const struct talk s = scene_setup_message();
	scene_dial_out(f, &s);
	scene_answer(f, NULL);
	struct sim_conn *in = sim_dial(&f->sim, OUTSIDE ":4001", AUDIO_OUT, AUDIO_OUT);
	struct sim_conn *to = sim_connecting(&f->sim, INSIDE ":1731");
	assert_non_null(to);
	sim_connect_failed(to);
	assert_true(in->closed_by_gateway);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	assert_int_equal(f->sim.gw.calls->state, GW_CALL_ACTIVE);
	/* all others get the default host */
	assert_non_null(sim_dial(&f->sim, "198.51.100.8:4001", AUDIO_OUT, AUDIO_OUT));
	assert_non_null(sim_connecting(&f->sim, "10.0.0.22:1731"));
}

/* Of two inside hosts with the same peer, the second is refused where they share an address, and only there. */
static void test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	static struct sim_leases leases;
	leases = (struct sim_leases){ 0 };
	f->sim.gw.conf->cfg.leases = sim_leases_hooks(&leases);
	sim_leases_add(&leases, "10.0.0.12", 1, "203.0.113.50");
	struct sim_conn *a = dial_out(f, INSIDE ":4001"), *b = dial_out(f, "10.0.0.11:4001");
	assert_false(a->closed_by_gateway);
	assert_true(b->closed_by_gateway);
	assert_string_equal(f->sim.gw.ended->ended_why, "at a shared address there is one caller at a time");
	/* the same host's next connection, another peer, and a host with an address of its own */
	assert_false(dial_out(f, INSIDE ":4002")->closed_by_gateway);
	assert_false(sim_dial(&f->sim, "10.0.0.11:4001", AUDIO_IN, "198.51.100.8:1731")->closed_by_gateway);
	assert_false(dial_out(f, "10.0.0.12:4001")->closed_by_gateway);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 3);
	/* the peer itself comes in while it is called: it would be another host's */
	struct sim_conn *in = sim_dial(&f->sim, "198.51.100.8:4001", AUDIO_OUT, AUDIO_OUT);
	assert_false(in->closed_by_gateway); /* the one who called it is meant */
	assert_non_null(sim_connecting(&f->sim, "10.0.0.11:1731"));
	sim_hang_up(a);
}

static void test_capture(void **state)
{
	struct fixture *f = *state;
	configure(f, GW_DATA_BOTH, 9);
	struct sim_conn *a = dial_out(f, INSIDE ":4001"), *b = sim_connecting(&f->sim, OUTSIDE ":1731");
	sim_connected(b);
	const struct gw_call *call = f->sim.gw.calls;
	const uint32_t before = call->ladder.n;
	sim_feed(a, slice_of(octets, 4));
	sim_feed(a, slice_of(octets + 4, sizeof octets - 4));
	sim_feed(a, slice_of(octets, sizeof octets));
	sim_feed(b, slice_of(octets, 2));
	assert_int_equal(call->ladder.n, before + 3);
	assert_string_equal(call->ladder.v[before].text, "00 16 03 ff");
	assert_string_equal(call->ladder.v[before + 1].text, "47 45 54 0a 00");
	assert_int_equal(call->ladder.v[before + 2].leg, GW_CALLEE);
}

static void test_times(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = dial_out(f, INSIDE ":4001");
	sim_advance(&f->sim, 16000);
	assert_true(a->closed_by_gateway);
	a = dial_out(f, INSIDE ":4001");
	sim_connected(sim_connecting(&f->sim, OUTSIDE ":1731"));
	sim_advance(&f->sim, 599000);
	assert_false(a->closed_by_gateway);
	sim_advance(&f->sim, 2000);
	assert_true(a->closed_by_gateway);
	assert_string_equal(f->sim.gw.ended->ended_why, "silence");
}

static void expect_plan(const struct relay_range_plan *p, const char *const want[4])
{
	const struct addr *const got[4] = { &p->local[0], &p->host[0], &p->local[1], &p->host[1] };
	for (int i = 0; i < 4; i++)
		scene_expect_ip(got[i], want[i]);
	assert_true(p->first == 1024 && p->last == 65535 && p->flows_max == 16 && p->idle_ms == 90000);
}

/* UDP may pass between exactly the two hosts, only while the connection stands. */
static void test_udp(void **state)
{
	struct fixture *f = *state;
	static const char *const out[] = { OUTSIDE, INSIDE, GW_OUT, OUTSIDE }, *const in[] = { GW_OUT, OUTSIDE, GW_IN,
		"10.0.0.22" };
	struct sim_conn *a = dial_out(f, INSIDE ":4001"), *b = sim_connecting(&f->sim, OUTSIDE ":1731");
	assert_null(relay_fake_next_range(&f->sim.relay, NULL));
	sim_connected(b);
	struct relay_range *r = relay_fake_next_range(&f->sim.relay, NULL);
	assert_non_null(r);
	expect_plan(relay_fake_range(r), out);
	/* one more connection of the same two shares it, and keeps it */
	struct sim_conn *a2 = dial_out(f, INSIDE ":4002"), *b2 = sim_connecting(&f->sim, OUTSIDE ":1731");
	sim_connected(b2);
	relay_fake_range_packet(r, 0, 100, f->sim.now_ms);
	relay_fake_range_packet(r, 1, 60, f->sim.now_ms);
	sim_hang_up(a);
	assert_ptr_equal(relay_fake_next_range(&f->sim.relay, NULL), r);
	assert_null(relay_fake_next_range(&f->sim.relay, r));
	sim_hang_up(b2);
	assert_true(a2->closed_by_gateway);
	assert_null(relay_fake_next_range(&f->sim.relay, NULL));
	const struct gw_pinhole *p = f->sim.gw.ended->range_pinhole;
	assert_true(!p->open && p->packets == 2 && p->bytes == 160);

	struct sim_conn *c = sim_dial(&f->sim, OUTSIDE ":4001", AUDIO_OUT, AUDIO_OUT);
	sim_connected(sim_connecting(&f->sim, "10.0.0.22:1731"));
	expect_plan(relay_fake_range(relay_fake_next_range(&f->sim.relay, NULL)), in);
	/* and back: what serves the one serves the other, also alone */
	struct sim_conn *d = sim_dial(&f->sim, "10.0.0.22:4001", AUDIO_IN, OUTSIDE ":1731");
	sim_connected(sim_connecting(&f->sim, OUTSIDE ":1731"));
	r = relay_fake_next_range(&f->sim.relay, NULL);
	assert_null(relay_fake_next_range(&f->sim.relay, r));
	sim_hang_up(c);
	assert_non_null(relay_fake_next_range(&f->sim.relay, NULL));
	sim_hang_up(d);
	assert_null(relay_fake_next_range(&f->sim.relay, NULL));
}

/* While there is sound, the connection may be silent; where no range can be, the connection is all there is. */
static void test_udp_counts(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = dial_out(f, INSIDE ":4001");
	sim_connected(sim_connecting(&f->sim, OUTSIDE ":1731"));
	struct relay_range *r = relay_fake_next_range(&f->sim.relay, NULL);
	for (int i = 0; i < 4; i++) {
		sim_advance(&f->sim, 300000);
		relay_fake_range_packet(r, i & 1, 100, f->sim.now_ms);
	}
	assert_false(a->closed_by_gateway);
	sim_advance(&f->sim, 601000);
	assert_true(a->closed_by_gateway);
	relay_fake_fail(&f->sim.relay, 0, PST_E_UNSUPPORTED);
	a = dial_out(f, INSIDE ":4001");
	sim_connected(sim_connecting(&f->sim, OUTSIDE ":1731"));
	assert_null(relay_fake_next_range(&f->sim.relay, NULL));
	sim_feed(a, slice_of(octets, 3));
	assert_false(a->closed_by_gateway);
	relay_fake_fail(&f->sim.relay, 0, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_out),
		T(test_ways),
		T(test_refused_are_counted),
		T(test_who_has_a_call),
		T(test_one_at_a_time),
		T(test_capture),
		T(test_times),
		T(test_udp),
		T(test_udp_counts),
	};
#undef T
	return cmocka_run_group_tests_name("gateway/audio_call", tests, NULL, NULL);
}
