/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of T.120 alone, and the channels of H.323 calls that stand on the same port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#include "h245/addr.h"
#include "h245/build.h"
#include "sim_leases.h"
#include "x224/tpdu.h"

#define T120_IN GW_IN ":1503"
#define T120_OUT GW_OUT ":1503"

/* X.224: connection request with reference 0x1234, confirm, and disconnect; the last nine octets of an MCS PDU. */
static const uint8_t cr[] = { 3, 0, 0, 11, 6, 0xe0, 0, 0, 0x12, 0x34, 0 };
static const uint8_t cc[] = { 3, 0, 0, 11, 6, 0xd0, 0x12, 0x34, 0, 9, 0 };
static const uint8_t attach[] = { 3, 0, 0, 8, 2, 0xf0, 0x80, 0x28 };

static void configure(struct fixture *f, uint8_t calls, bool default_host)
{
	struct gw_config *cfg = sim_config();
	cfg->data.port = 1503;
	cfg->data.calls = calls;
	cfg->timers.data_idle_ms = 600000;
	if (default_host)
		cfg->default_host = talk_addr("10.0.0.22:1720");
	assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
}

static int setup(void **state)
{
	const int rc = scene_setup(state);
	configure(*state, GW_DATA_BOTH, true);
	return rc;
}

static struct sim_conn *dial_out(struct fixture *f)
{
	struct sim_conn *c = sim_dial(&f->sim, INSIDE ":4001", T120_IN, OUTSIDE ":1503");
	assert_non_null(c);
	return c;
}

static const struct gw_call *newest(struct fixture *f)
{
	return f->sim.gw.ended;
}

/* What the gateway answered: an X.224 disconnect with REASON, to the caller's reference, and the end. */
static void expect_refused(struct sim_conn *c, uint8_t reason)
{
	struct x224_tpdu t;
	assert_int_equal(x224_decode(&t, sim_take(c)), 0);
	assert_int_equal(t.type, X224_DR);
	assert_int_equal(t.dst_ref, 0x1234);
	assert_int_equal(t.reason, reason);
	assert_true(c->closed_by_gateway);
	assert_false(c->aborted);
}

static void test_out(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = dial_out(f);
	const struct gw_call *call = f->sim.gw.calls;
	assert_int_equal(call->kind, GW_CALL_DATA);
	/* nothing goes on before the request is whole */
	sim_feed(a, slice_of(cr, 7));
	assert_null(sim_connecting(&f->sim, OUTSIDE ":1503"));
	sim_feed(a, slice_of(cr + 7, sizeof cr - 7));
	struct sim_conn *b = sim_connecting(&f->sim, OUTSIDE ":1503");
	assert_non_null(b);
	assert_int_equal(call->state, GW_CALL_CONNECTING);
	sim_connected(b);
	assert_int_equal(b->n_out, sizeof cr);
	assert_memory_equal(b->out, cr, sizeof cr);
	sim_feed(b, slice_of(cc, 5));
	assert_int_equal(call->state, GW_CALL_CONNECTING);
	sim_feed(b, slice_of(cc + 5, sizeof cc - 5));
	assert_int_equal(call->state, GW_CALL_ACTIVE);
	assert_memory_equal(a->out, cc, sizeof cc);
	sim_feed(a, slice_of(attach, sizeof attach));
	assert_int_equal(b->n_out, sizeof cr + sizeof attach);
	assert_int_equal(call->pinholes->bytes, sizeof cr + sizeof cc + sizeof attach);
	sim_hang_up(a);
	assert_true(b->closed_by_gateway);
	assert_null(f->sim.gw.calls);
	assert_string_equal(newest(f)->ended_why, "the caller closed the connection");
	assert_int_equal(f->sim.gw.count.failed, 0);
}

static void test_in(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = sim_dial(&f->sim, OUTSIDE ":4001", T120_OUT, T120_OUT);
	sim_feed(a, slice_of(cr, sizeof cr));
	assert_non_null(sim_connecting(&f->sim, "10.0.0.22:1503"));
	/* to an inside host's own address: not to whom nobody opened */
	struct sim_conn *b = sim_dial(&f->sim, OUTSIDE ":4002", T120_OUT, "10.0.0.50:1503");
	sim_feed(b, slice_of(cr, sizeof cr));
	expect_refused(b, X224_REASON_UNKNOWN_ADDRESS);
	configure(f, GW_DATA_BOTH, false);
	struct sim_conn *c = sim_dial(&f->sim, "198.51.100.8:4001", T120_OUT, T120_OUT);
	sim_feed(c, slice_of(cr, sizeof cr));
	expect_refused(c, X224_REASON_UNKNOWN_ADDRESS);
	assert_int_equal(f->sim.gw.count.refused, 2);
}

static void test_policy(void **state)
{
	struct fixture *f = *state;
	for (uint8_t ways = 0; ways <= GW_DATA_BOTH; ways++) {
		configure(f, ways, true);
		struct sim_conn *out = dial_out(f), *in = sim_dial(&f->sim, OUTSIDE ":4001", T120_OUT, T120_OUT);
		sim_feed(out, slice_of(cr, sizeof cr));
		sim_feed(in, slice_of(cr, sizeof cr));
		assert_int_equal(sim_connecting(&f->sim, OUTSIDE ":1503") != NULL, (ways & GW_DATA_OUT) != 0);
		assert_int_equal(sim_connecting(&f->sim, "10.0.0.22:1503") != NULL, (ways & GW_DATA_IN) != 0);
		if ((ways & GW_DATA_OUT) == 0)
			expect_refused(out, X224_REASON_UNKNOWN_ADDRESS);
		if ((ways & GW_DATA_IN) == 0)
			expect_refused(in, X224_REASON_UNKNOWN_ADDRESS);
		sim_hang_up(out);
		sim_hang_up(in);
		assert_null(f->sim.gw.calls);
	}
}

/* Whoever cannot be reached, does not answer or refuses. */
static void test_no_answer(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = dial_out(f);
	sim_feed(a, slice_of(cr, sizeof cr));
	sim_connect_failed(sim_connecting(&f->sim, OUTSIDE ":1503"));
	expect_refused(a, X224_REASON_NOT_ATTACHED);
	assert_string_equal(newest(f)->ended_why, "the called host cannot be connected to");

	a = dial_out(f);
	sim_feed(a, slice_of(cr, sizeof cr));
	sim_connected(sim_connecting(&f->sim, OUTSIDE ":1503"));
	sim_advance(&f->sim, 16000);
	expect_refused(a, X224_REASON_NOT_ATTACHED);
	assert_int_equal(f->sim.gw.count.failed, 2);

	/* its own disconnect goes on, and there is no second */
	static const uint8_t dr[] = { 3, 0, 0, 11, 6, 0x80, 0x12, 0x34, 0, 0, 3 };
	a = dial_out(f);
	sim_feed(a, slice_of(cr, sizeof cr));
	struct sim_conn *b = sim_connecting(&f->sim, OUTSIDE ":1503");
	sim_connected(b);
	sim_feed(b, slice_of(dr, sizeof dr));
	sim_hang_up(b);
	expect_refused(a, X224_REASON_UNKNOWN_ADDRESS);
	assert_int_equal(a->n_out, sizeof dr);
}

static void test_half_open(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = dial_out(f);
	sim_advance(&f->sim, 9000);
	assert_true(a->open);
	sim_advance(&f->sim, 2000);
	assert_true(a->closed_by_gateway);
	assert_int_equal(a->n_out, 0);
	assert_int_equal(f->sim.gw.count.half_open, 1);
	assert_null(f->sim.gw.calls);
	/* and what does not begin as T.120 does */
	static const uint8_t http[] = "GET / HTTP/1.0\r\n", data_first[] = { 3, 0, 0, 8, 2, 0xf0, 0x80, 0x28 };
	const struct pst_slice bad[] = { slice_of(http, sizeof http - 1), slice_of(data_first, sizeof data_first) };
	for (size_t i = 0; i < 2; i++) {
		a = dial_out(f);
		sim_feed(a, bad[i]);
		assert_true(a->closed_by_gateway && a->aborted);
		assert_null(f->sim.gw.calls);
	}
	assert_int_equal(f->sim.gw.count.undecodable, 2);
}

static void test_idle(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a = dial_out(f);
	sim_feed(a, slice_of(cr, sizeof cr));
	struct sim_conn *b = sim_connecting(&f->sim, OUTSIDE ":1503");
	sim_connected(b);
	sim_feed(b, slice_of(cc, sizeof cc));
	sim_advance(&f->sim, 599000);
	sim_feed(b, slice_of(attach, sizeof attach));
	sim_advance(&f->sim, 599000);
	assert_true(a->open && b->open);
	sim_advance(&f->sim, 2000);
	assert_true(a->closed_by_gateway && b->closed_by_gateway);
	assert_string_equal(newest(f)->ended_why, "silence");
}

/* Connections between the same two hosts are one call, which ends with the last; there is a limit. */
static void test_several_connections(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a[32], *b[32];
	int n = 0;
	for (; n < 32; n++) {
		a[n] = sim_dial(&f->sim, INSIDE ":4001", T120_IN, OUTSIDE ":1503");
		if (a[n] == NULL)
			break;
		sim_feed(a[n], slice_of(cr, sizeof cr));
		b[n] = sim_connecting(&f->sim, OUTSIDE ":1503");
		sim_connected(b[n]);
		sim_feed(b[n], slice_of(cc, sizeof cc));
	}
	assert_int_equal(n, 16);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	/* another host's, and one to another host, are others */
	assert_non_null(sim_dial(&f->sim, "10.0.0.11:4001", T120_IN, OUTSIDE ":1503"));
	assert_non_null(sim_dial(&f->sim, INSIDE ":4001", T120_IN, "198.51.100.8:1503"));
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 3);
	for (int i = 0; i < n; i++) {
		assert_true(b[i]->open);
		sim_hang_up(i % 2 != 0 ? a[i] : b[i]);
		assert_true(a[i]->closed_by_gateway || b[i]->closed_by_gateway);
	}
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 2);
	sim_advance(&f->sim, 11000);
	assert_null(f->sim.gw.calls);
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	char peer[32], to[32];
	int taken = 0;
	for (int i = 0; i < 40; i++) {
		snprintf(to, sizeof to, "198.51.100.%d:1503", i + 10);
		taken += sim_dial(&f->sim, INSIDE ":4001", T120_IN, to) != NULL;
	}
	assert_int_equal(taken, 16); /* calls_per_source */
	for (int i = 0; i < 40; i++) {
		snprintf(peer, sizeof peer, "10.0.0.%d:4001", i + 30);
		taken += sim_dial(&f->sim, peer, T120_IN, OUTSIDE ":1503") != NULL;
	}
	assert_int_equal(taken, 32); /* calls */
}

static struct addr t120_of_call(struct sim_conn *from, struct sim_conn *to, const char *target)
{
	struct addr at;
	talk_h245(from, talk_t120_olc(200, target));
	const struct h245_network_access_parameters *n =
		talk_hear_h245(to)->u.request->u.open_logical_channel->separate_stack;
	assert_int_equal(h245_addr_read(&at, n->network_address.u.local_area_address), 0);
	talk_h245(to, talk_t120_ack(200, NULL));
	return at;
}

/* The channel of an H.323 call stands on the same port: who is the call's peer gets it, all others are callers. */
static void test_beside_h323(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	char text[ADDR_STRLEN];
	scene_slow_call(f, &a, &b);
	const unsigned listening = sim_listening(&f->sim);
	const struct addr at = t120_of_call(a, b, INSIDE ":1503");
	assert_string_equal(addr_str(&at, text), T120_OUT);
	assert_int_equal(sim_listening(&f->sim), listening);
	struct sim_conn *other = sim_dial(&f->sim, "198.51.100.8:7001", T120_OUT, T120_OUT);
	sim_feed(other, slice_of(cr, sizeof cr));
	assert_non_null(sim_connecting(&f->sim, "10.0.0.22:1503"));
	assert_null(sim_connecting(&f->sim, INSIDE ":1503"));
	struct sim_conn *from = sim_dial(&f->sim, OUTSIDE ":7001", T120_OUT, T120_OUT),
			*to = sim_connecting(&f->sim, INSIDE ":1503");
	assert_non_null(to);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 2);
	sim_feed(from, slice_of(cr, sizeof cr));
	sim_connected(to);
	assert_memory_equal(to->out, cr, sizeof cr);
	/* the channel goes and takes its place on the port along */
	talk_h245(a, h245_clc_build(&talk_arena, 200, true));
	assert_true(from->closed_by_gateway && to->closed_by_gateway);
	assert_null(f->sim.gw.on_data_port);
	struct sim_conn *again = sim_dial(&f->sim, OUTSIDE ":7002", T120_OUT, T120_OUT);
	sim_feed(again, slice_of(cr, sizeof cr));
	assert_null(sim_connecting(&f->sim, INSIDE ":1503"));
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 3);
}

/* The callee's offer: the caller goes to the port of the host that it called, or to the address that it was told. */
static void test_where_it_called(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	char text[ADDR_STRLEN];
	scene_slow_call(f, &a, &b);
	const struct addr at = t120_of_call(b, a, OUTSIDE ":40100");
	assert_string_equal(addr_str(&at, text), T120_IN);
	assert_non_null(sim_dial(&f->sim, INSIDE ":7001", T120_IN, OUTSIDE ":1503"));
	assert_non_null(sim_connecting(&f->sim, OUTSIDE ":40100"));
	assert_non_null(sim_dial(&f->sim, INSIDE ":7002", T120_IN, T120_IN));
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	assert_non_null(sim_dial(&f->sim, INSIDE ":7003", T120_IN, "198.51.100.8:1503"));
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 2);
}

/* Calls of several peers share the port; a second one with the same peer gets another. */
static void test_port_shared(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	const struct addr first = t120_of_call(a, b, INSIDE ":1503");
	assert_int_equal(first.port, 1503);
	scene_slow_call(f, &a, &b);
	const struct addr second = t120_of_call(a, b, INSIDE ":1503");
	assert_int_not_equal(second.port, 1503);
	assert_non_null(sim_connect_to(&f->sim, &second, OUTSIDE ":7001"));
}

/* A host with an address of its own outside is called there, and calls from there; who has none waits for one. */
static void test_own_address(void **state)
{
	struct fixture *f = *state;
	static struct sim_leases leases;
	char text[ADDR_STRLEN];
	leases = (struct sim_leases){ .later = true, .pool = talk_addr("203.0.113.60") };
	f->sim.gw.conf->cfg.leases = sim_leases_hooks(&leases);
	sim_leases_add(&leases, "10.0.0.20", 1, "203.0.113.50");
	struct sim_conn *in = sim_dial(&f->sim, OUTSIDE ":4001", T120_OUT, "203.0.113.50:1503");
	sim_feed(in, slice_of(cr, sizeof cr));
	assert_non_null(sim_connecting(&f->sim, "10.0.0.20:1503"));
	assert_int_equal(sim_leases_held(&leases, "203.0.113.50"), 1);
	sim_hang_up(in);
	assert_int_equal(sim_leases_held(&leases, "203.0.113.50"), 0);

	struct sim_conn *out = dial_out(f);
	sim_feed(out, slice_of(cr, sizeof cr));
	sim_feed(out, slice_of(attach, sizeof attach));
	assert_null(sim_connecting(&f->sim, OUTSIDE ":1503"));
	sim_leases_answer(&leases, true);
	struct sim_conn *to = sim_connecting(&f->sim, OUTSIDE ":1503");
	assert_non_null(to);
	assert_string_equal(addr_ip_str(&to->local, text), "203.0.113.60");
	sim_connected(to);
	assert_int_equal(to->n_out, sizeof cr + sizeof attach);
	sim_hang_up(out);

	/* nobody answers: the shared one */
	out = sim_dial(&f->sim, "10.0.0.11:4001", T120_IN, OUTSIDE ":1503");
	sim_feed(out, slice_of(cr, sizeof cr));
	sim_advance(&f->sim, 3000);
	to = sim_connecting(&f->sim, OUTSIDE ":1503");
	assert_non_null(to);
	assert_string_equal(addr_ip_str(&to->local, text), GW_OUT);
	sim_hang_up(out);
	/* gone while it waits */
	out = sim_dial(&f->sim, "10.0.0.12:4001", T120_IN, OUTSIDE ":1503");
	sim_feed(out, slice_of(cr, sizeof cr));
	sim_hang_up(out);
	assert_null(f->sim.gw.calls);
	sim_leases_answer(&leases, true);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_out),
		T(test_in),
		T(test_policy),
		T(test_no_answer),
		T(test_half_open),
		T(test_idle),
		T(test_several_connections),
		T(test_limits),
		T(test_beside_h323),
		T(test_where_it_called),
		T(test_port_shared),
		T(test_own_address),
	};
#undef T
	return cmocka_run_group_tests_name("gateway/data_call", tests, NULL, NULL);
}
