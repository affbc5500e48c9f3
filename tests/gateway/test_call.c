/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole calls through the gateway on a simulated network: what the other side is told, what is open, and that
 * it closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "h225/body.h"
#include "scene.h"

#include "h245/addr.h"

/* --- calls --- */

static void test_setup_is_translated(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	struct addr a;
	t.h245 = INSIDE ":4100";
	t.dest_transport = OUTSIDE ":1720";
	t.display = "alice at " INSIDE;
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	assert_int_equal(m.q931.crv, TALK_CRV);
	const struct h225_setup_uuie *s = m.uu.h323_uu_pdu.h323_message_body.u.setup;
	assert_int_equal(h225_addr_read(&a, s->source_call_signal_address), 0);
	scene_expect_ip(&a, GW_OUT);
	assert_int_equal(a.port, 1720);
	assert_int_equal(h225_addr_read(&a, s->dest_call_signal_address), 0);
	scene_expect_ip(&a, OUTSIDE);
	a = scene_h245_address(&m);
	scene_expect_ip(&a, GW_OUT);
	assert_true(a.port >= 30000);
	assert_false(sim_sent_address(f->callee, INSIDE));
	assert_false(sim_sent_address(f->callee, GW_IN));
	assert_int_equal(sim_listening(&f->sim), 1);
}

static void test_slow_start_opens_and_closes(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	struct h245_channel ch;
	scene_slow_call(f, &a, &b);
	assert_int_equal(sim_flows(&f->sim), 0);
	/* the caller opens 101: its RTCP address goes out as ours */
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(101, false, 1, NULL, INSIDE ":5001")));
	h245_channel_read(&ch, talk_hear_h245(b)->u.request->u.open_logical_channel);
	scene_expect_ip(&ch.control, GW_OUT);
	assert_int_equal(ch.control.port % 2, 1);
	assert_int_equal(sim_flows(&f->sim), 0);
	/* the callee accepts: RTP to it, RTCP both ways */
	talk_h245(b, talk_ack(101, 1, OUTSIDE ":6000", OUTSIDE ":6001"));
	h245_channel_ack_read(&ch, talk_hear_h245(a)->u.response->u.open_logical_channel_ack);
	scene_expect_ip(&ch.media, GW_IN);
	scene_expect_ip(&ch.control, GW_IN);
	assert_int_equal(ch.media.port % 2, 0);
	assert_int_equal(ch.control.port, ch.media.port + 1);
	assert_int_equal(sim_flows(&f->sim), 3);
	/* the pinhole is to exactly that address, from exactly that host */
	int leg;
	enum relay_part part;
	struct relay_session *s = relay_fake_find(&f->sim.relay, &ch.media, &leg, &part);
	assert_non_null(s);
	assert_int_equal(leg, GW_CALLER);
	const struct addr from = talk_addr(INSIDE ":5000"), stranger = talk_addr("10.0.0.11:5000");
	struct addr to;
	assert_false(relay_fake_packet(s, leg, part, &stranger, 172, f->sim.now_ms, &to));
	assert_true(relay_fake_packet(s, leg, part, &from, 172, f->sim.now_ms, &to));
	const struct addr want = talk_addr(OUTSIDE ":6000");
	assert_true(addr_eq(&to, &want));
	/* the other direction, on the same ports */
	talk_h245(b, h245_olc_build(&talk_arena, talk_olc(101, false, 1, NULL, OUTSIDE ":6001")));
	(void)talk_hear_h245(a);
	talk_h245(a, talk_ack(101, 1, INSIDE ":5000", INSIDE ":5001"));
	struct h245_channel back;
	h245_channel_ack_read(&back, talk_hear_h245(b)->u.response->u.open_logical_channel_ack);
	scene_expect_ip(&back.media, GW_OUT);
	assert_int_equal(sim_flows(&f->sim), 4);
	/* closing a channel takes its pinhole, not the other's */
	talk_h245(a, h245_clc_build(&talk_arena, 101, true));
	(void)talk_hear_h245(b);
	assert_int_equal(sim_flows(&f->sim), 3);
	/* the end takes all */
	const struct talk release = { .type = Q931_RELEASE_COMPLETE };
	talk_say(f->caller, &release);
	assert_int_equal(sim_flows(&f->sim), 0);
	assert_int_equal(sim_listening(&f->sim), 0);
	talk_expect(f->callee, Q931_RELEASE_COMPLETE);
	assert_true(a->closed_by_gateway && b->closed_by_gateway && f->caller->closed_by_gateway &&
		    f->callee->closed_by_gateway);
	assert_false(sim_sent_address(f->callee, INSIDE) || sim_sent_address(b, INSIDE));
}

static void test_end_session_closes_media(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(1, false, 1, NULL, INSIDE ":5001")));
	talk_h245(b, talk_ack(1, 1, OUTSIDE ":6000", OUTSIDE ":6001"));
	assert_int_equal(sim_flows(&f->sim), 3);
	talk_h245(b, h245_end_session_build(&talk_arena));
	assert_int_equal(sim_flows(&f->sim), 0);
}

static void fast_setup(struct fixture *f, struct h225_msg *out)
{
	struct talk t = scene_setup_message();
	t.fast[0] = talk_fast(talk_olc(1, false, 1, NULL, INSIDE ":5001"));
	t.fast[1] = talk_fast(talk_olc(2, true, 1, INSIDE ":5000", INSIDE ":5001"));
	t.n_fast = 2;
	scene_dial_out(f, &t);
	talk_hear(f->callee, out);
}

static void test_fast_start_accepted(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	struct h225_common c;
	struct h245_open_logical_channel olc;
	struct h245_channel ch, reverse;
	fast_setup(f, &m);
	h225_common_read(&m.uu.h323_uu_pdu.h323_message_body, &c);
	assert_int_equal(c.n_fast_start, 2);
	assert_int_equal(h245_olc_decode(&olc, c.fast_start[1], NULL, &talk_arena, NULL), 0);
	h245_channel_read(&reverse, &olc);
	scene_expect_ip(&reverse.media, GW_OUT);
	scene_expect_ip(&reverse.control, GW_OUT);
	assert_int_equal(sim_flows(&f->sim), 0);
	const struct talk connect = { .type = Q931_CONNECT,
		.from_callee = true,
		.n_fast = 2,
		.fast = { talk_fast(talk_olc(1, false, 1, OUTSIDE ":6000", OUTSIDE ":6001")),
			talk_fast(talk_olc(77, true, 1, NULL, OUTSIDE ":6001")) } };
	talk_say(f->callee, &connect);
	talk_hear(f->caller, &m);
	h225_common_read(&m.uu.h323_uu_pdu.h323_message_body, &c);
	assert_int_equal(c.n_fast_start, 2);
	assert_int_equal(h245_olc_decode(&olc, c.fast_start[0], NULL, &talk_arena, NULL), 0);
	h245_channel_read(&ch, &olc);
	scene_expect_ip(&ch.media, GW_IN);
	assert_int_equal(sim_flows(&f->sim), 4);
	/* what comes to the address the callee was told reaches the caller's own */
	int leg;
	enum relay_part part;
	struct addr to;
	const struct addr from = talk_addr(OUTSIDE ":6000"), want = talk_addr(INSIDE ":5000");
	struct relay_session *s = relay_fake_find(&f->sim.relay, &reverse.media, &leg, &part);
	assert_true(relay_fake_packet(s, leg, part, &from, 172, f->sim.now_ms, &to));
	assert_true(addr_eq(&to, &want));
	/* nothing comes from there when the callee closes its channel, by its own number */
	const struct talk closing = { .type = Q931_FACILITY,
		.empty = true,
		.from_callee = true,
		.tunnelling = true,
		.n_tunnelled = 1,
		.tunnelled = { h245_clc_build(&talk_arena, 77, true) } };
	talk_say(f->callee, &closing);
	assert_false(relay_fake_packet(s, leg, part, &from, 172, f->sim.now_ms, &to));
	assert_false(sim_sent_address(f->callee, INSIDE));
	assert_false(sim_sent_address(f->caller, OUTSIDE ":6000"));
}

static void test_fast_start_refused(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	fast_setup(f, &m);
	assert_non_null(relay_fake_next(&f->sim.relay, NULL));
	const struct talk proceeding = {
		.type = Q931_CALL_PROCEEDING, .from_callee = true, .fast_refused = true
	};
	talk_say(f->callee, &proceeding);
	/* the ports that were kept for it are free again */
	assert_null(relay_fake_next(&f->sim.relay, NULL));
}

static void test_fast_start_unanswered(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	fast_setup(f, &m);
	scene_answer(f, OUTSIDE ":5000");
	assert_null(relay_fake_next(&f->sim.relay, NULL));
	assert_int_equal(sim_listening(&f->sim), 1);
}

static void test_tunnelled(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	t.tunnelling = true;
	scene_dial_out(f, &t);
	talk_expect(f->callee, Q931_SETUP);
	const struct talk connect = { .type = Q931_CONNECT, .from_callee = true, .tunnelling = true };
	talk_say(f->callee, &connect);
	talk_expect(f->caller, Q931_CONNECT);
	const struct talk olc = { .type = Q931_FACILITY,
		.empty = true,
		.tunnelling = true,
		.n_tunnelled = 1,
		.tunnelled = { h245_olc_build(&talk_arena, talk_olc(9, false, 1, NULL, INSIDE ":5001")) } };
	talk_say(f->caller, &olc);
	talk_hear(f->callee, &m);
	assert_int_equal(m.uu.h323_uu_pdu.h245_control.n, 1);
	struct pst_slice rest = m.uu.h323_uu_pdu.h245_control.v[0];
	h245_pdu pdu;
	struct h245_channel ch;
	assert_int_equal(h245_next(&rest, &pdu, NULL, &talk_arena, NULL), 0);
	h245_channel_read(&ch, pdu.u.request->u.open_logical_channel);
	scene_expect_ip(&ch.control, GW_OUT);
	const struct talk ack = { .type = Q931_FACILITY,
		.empty = true,
		.from_callee = true,
		.tunnelling = true,
		.n_tunnelled = 1,
		.tunnelled = { talk_ack(9, 1, OUTSIDE ":6000", OUTSIDE ":6001") } };
	talk_say(f->callee, &ack);
	assert_int_equal(sim_flows(&f->sim), 3);
	assert_false(sim_sent_address(f->callee, INSIDE));
}

/* The ladder has a line of VIA that holds TEXT. */
static bool ladder_has(const struct fixture *f, enum gw_via via, const char *text)
{
	const struct gw_ladder *l = &f->sim.gw.calls->ladder;
	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i].via == via && strstr(l->v[i].text, text) != NULL)
			return true;
	return false;
}

static void test_ladder_shows_what_came(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	t.h245 = INSIDE ":4100";
	t.tunnelling = true;
	t.n_tunnelled = 1;
	t.tunnelled[0] = h245_olc_build(&talk_arena, talk_olc(9, false, 1, NULL, INSIDE ":5001"));
	scene_dial_out(f, &t);
	assert_true(ladder_has(f, GW_VIA_H225, "h245 " INSIDE ":4100"));
	assert_true(ladder_has(f, GW_VIA_TUNNEL, INSIDE ":5001"));
}

static void test_early_h245_of_the_caller(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	t.h245 = INSIDE ":4100";
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	const struct addr at = scene_h245_address(&m);
	/* only the callee may come there */
	assert_null(sim_connect_to(&f->sim, &at, "198.51.100.8:7000"));
	struct sim_conn *b = sim_connect_to(&f->sim, &at, OUTSIDE ":7000");
	assert_non_null(b);
	struct sim_conn *a = sim_connecting(&f->sim, INSIDE ":4100");
	assert_non_null(a);
	/* what comes before that stands is not lost */
	talk_h245(b, h245_rtd_build(&talk_arena, 1));
	sim_connected(a);
	(void)talk_hear_h245(a);
}

static void test_t120(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	talk_h245(a, talk_t120_olc(200, INSIDE ":1503"));
	const struct h245_network_access_parameters *n =
		talk_hear_h245(b)->u.request->u.open_logical_channel->separate_stack;
	struct addr at;
	assert_int_equal(h245_addr_read(&at, n->network_address.u.local_area_address), 0);
	scene_expect_ip(&at, GW_OUT);
	assert_int_equal(at.port, 1503);
	talk_h245(b, talk_t120_ack(200, NULL));
	struct sim_conn *from = sim_connect_to(&f->sim, &at, OUTSIDE ":7001");
	struct sim_conn *to = sim_connecting(&f->sim, INSIDE ":1503");
	assert_non_null(from);
	assert_non_null(to);
	/* X.224 connection request, in two pieces */
	static const uint8_t cr[] = { 3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 1, 0 };
	sim_feed(from, slice_of(cr, 5));
	sim_feed(from, slice_of(cr + 5, sizeof cr - 5));
	assert_true(from->paused);
	sim_connected(to);
	assert_false(from->paused);
	assert_int_equal(to->n_out, sizeof cr);
	assert_memory_equal(to->out, cr, sizeof cr);
	talk_h245(a, h245_clc_build(&talk_arena, 200, true));
	assert_true(from->closed_by_gateway && to->closed_by_gateway);
}

/* What is no T.120 passes where what cannot be told apart may, both ways, and nowhere else. */
static void test_t120_policy(void **state)
{
	struct fixture *f = *state;
	static const uint8_t other[] = { 3, 0, 0, 8, 0xff, 0xff, 0xff, 0xff };
	for (int unknown = 0; unknown <= GW_DATA_BOTH; unknown++) {
		struct gw_config *cfg = sim_config();
		struct sim_conn *a, *b;
		struct addr at;
		cfg->data.allow[0] = (uint8_t)unknown;
		assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
		scene_slow_call(f, &a, &b);
		talk_h245(a, talk_t120_olc(200, INSIDE ":1503"));
		const h245_pdu *m = talk_hear_h245(b);
		const struct h245_network_access_parameters *n =
			m->u.request->u.open_logical_channel->separate_stack;
		assert_int_equal(h245_addr_read(&at, n->network_address.u.local_area_address), 0);
		struct sim_conn *from = sim_connect_to(&f->sim, &at, OUTSIDE ":7001");
		struct sim_conn *to = sim_connecting(&f->sim, INSIDE ":1503");
		sim_connected(to);
		sim_feed(from, slice_of(other, sizeof other));
		assert_int_equal(to->n_out, unknown == GW_DATA_BOTH ? sizeof other : 0);
		assert_int_equal(from->closed_by_gateway, unknown != GW_DATA_BOTH);
		sim_hang_up(f->caller);
	}
}

/* --- inbound --- */

static void test_inbound_by_name(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *alias, *host;
	} cases[] = {
		{ "Bob", "10.0.0.20:1720" },
		{ "bob@example.net", "10.0.0.20:1720" },
		{ "h323:bob@203.0.113.1", "10.0.0.20:1720" },
		{ "4711", "10.0.0.21:1720" },
		{ "nobody", "10.0.0.22:1720" },
	};
	scene_bindings(f, true);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		scene_dial_in(f, cases[i].alias, NULL);
		struct sim_conn *callee = sim_connecting(&f->sim, cases[i].host);
		if (callee == NULL)
			fail_msg("%s does not reach %s", cases[i].alias, cases[i].host);
		sim_connected(callee);
		struct h225_msg m;
		struct addr a;
		talk_hear(callee, &m);
		assert_int_equal(
			h225_addr_read(
				&a, m.uu.h323_uu_pdu.h323_message_body.u.setup->source_call_signal_address),
			0);
		scene_expect_ip(&a, GW_IN);
		sim_hang_up(f->caller);
		talk_expect(callee, Q931_RELEASE_COMPLETE);
	}
}

static void test_inbound_to_nobody(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	scene_bindings(f, false);
	/* an outside caller cannot dial on through us, whatever it asks for */
	static const char *const names[] = { "nobody", "x@198.51.100.99", "h323:x@10.0.0.33" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		talk_hear(scene_dial_in(f, names[i], NULL), &m);
		assert_int_equal(m.q931.type, Q931_RELEASE_COMPLETE);
		assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason->choice,
			H225_RELEASE_COMPLETE_REASON_CALLED_PARTY_NOT_REGISTERED);
		assert_true(f->caller->closed_by_gateway);
	}
	talk_expect(scene_dial_in(f, NULL, "10.0.0.33:1720"), Q931_RELEASE_COMPLETE);
	assert_null(sim_connecting(&f->sim, "10.0.0.33:1720"));
}

static void test_through_the_gateway(void **state)
{
	struct fixture *f = *state;
	/* without interception the caller calls us and says whom it wants */
	struct talk t = { .type = Q931_SETUP, .dest = OUTSIDE ":1720" };
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", GW_IN ":1720");
	talk_say(f->caller, &t);
	assert_non_null(sim_connecting(&f->sim, OUTSIDE ":1720"));
}

/* --- bad input --- */

static const char *const bad_addresses[] = { "127.0.0.1:5000", "224.0.1.41:5000", "255.255.255.255:5000",
	"0.0.0.0:5000", "169.254.1.1:5000", "198.51.100.99:5000" /* somebody else */, GW_OUT ":5000",
	GW_IN ":5000", "10.0.0.99:5000" };
enum { N_BAD = sizeof bad_addresses / sizeof bad_addresses[0] };

static void with_host_port(char *out, size_t cap, const char *host, int port)
{
	snprintf(out, cap, "%s:%d", host, port);
}

/* Every kind of bad address in a callee's message of TYPE opens no listener. */
static void bad_h245_address(struct fixture *f, uint8_t type, bool from_callee)
{
	char low[32];
	with_host_port(low, sizeof low, from_callee ? OUTSIDE : INSIDE, 80);
	for (int i = 0; i <= N_BAD; i++) {
		struct talk t = scene_setup_message(), bad = { .type = type, .from_callee = from_callee };
		bad.h245 = i < N_BAD ? bad_addresses[i] : low;
		if (type == Q931_SETUP) {
			t.h245 = bad.h245;
			scene_dial_out(f, &t);
		} else {
			scene_dial_out(f, &t);
			talk_say(from_callee ? f->callee : f->caller, &bad);
		}
		if (sim_listening(&f->sim) != 0)
			fail_msg("%s opened a listener in %s", bad.h245, q931_type_name(type));
		struct sim_conn *receiver = from_callee ? f->caller : f->callee;
		struct h225_msg m;
		if (!from_callee && type != Q931_SETUP)
			talk_expect(receiver, Q931_SETUP);
		talk_hear(receiver, &m);
		assert_int_equal(m.q931.type, type);
		const struct addr a = scene_h245_address(&m);
		assert_int_equal(a.family, ADDR_NONE);
		sim_hang_up(f->caller);
		sim_advance(&f->sim, 1000);
	}
}

static void test_bad_h245_address(void **state)
{
	struct fixture *f = *state;
	static const uint8_t from_callee[] = { Q931_CALL_PROCEEDING, Q931_ALERTING, Q931_PROGRESS,
		Q931_CONNECT, Q931_FACILITY };
	bad_h245_address(f, Q931_SETUP, false);
	bad_h245_address(f, Q931_FACILITY, false);
	for (size_t i = 0; i < sizeof from_callee; i++)
		bad_h245_address(f, from_callee[i], true);
}

static void test_bad_media_address(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	for (int i = 0; i <= N_BAD; i++) {
		const char *bad = i < N_BAD ? bad_addresses[i] : OUTSIDE ":1023";
		scene_slow_call(f, &a, &b);
		/* in the ack: no RTP, no RTCP to it */
		talk_h245(a, h245_olc_build(&talk_arena, talk_olc(1, false, 1, NULL, INSIDE ":5001")));
		talk_h245(b, talk_ack(1, 1, bad, bad));
		for (struct relay_session *s = relay_fake_next(&f->sim.relay, NULL); s != NULL;
			s = relay_fake_next(&f->sim.relay, s)) {
			if (relay_fake_flow(s, GW_CALLER, RELAY_RTP) != NULL ||
				relay_fake_flow(s, GW_CALLER, RELAY_RTCP) != NULL)
				fail_msg("%s in an ack opened a pinhole", bad);
		}
		/* in the request */
		const char *inside_bad = strcmp(bad, OUTSIDE ":1023") == 0 ? INSIDE ":1023" : bad;
		talk_h245(a, h245_olc_build(&talk_arena, talk_olc(2, false, 2, NULL, inside_bad)));
		talk_h245(b, talk_ack(2, 2, OUTSIDE ":6000", OUTSIDE ":6001"));
		for (struct relay_session *s = relay_fake_next(&f->sim.relay, NULL); s != NULL;
			s = relay_fake_next(&f->sim.relay, s)) {
			const struct relay_flow *flow = relay_fake_flow(s, GW_CALLEE, RELAY_RTCP);
			const struct addr own = talk_addr(INSIDE ":5001");
			if (flow != NULL && !addr_eq(&flow->to, &own))
				fail_msg("%s in a request opened a pinhole", inside_bad);
		}
		sim_hang_up(f->caller);
	}
}

static void test_bad_fast_start_address(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i <= N_BAD; i++) {
		const char *bad = i < N_BAD ? bad_addresses[i] : INSIDE ":1023";
		struct talk t = scene_setup_message();
		t.fast[0] = talk_fast(talk_olc(2, true, 1, bad, bad));
		t.n_fast = 1;
		scene_dial_out(f, &t);
		const struct talk connect = { .type = Q931_CONNECT,
			.from_callee = true,
			.n_fast = 1,
			.fast = { talk_fast(talk_olc(2, true, 1, NULL, OUTSIDE ":6001")) } };
		talk_say(f->callee, &connect);
		for (struct relay_session *s = relay_fake_next(&f->sim.relay, NULL); s != NULL;
			s = relay_fake_next(&f->sim.relay, s))
			if (relay_fake_flow(s, GW_CALLEE, RELAY_RTP) != NULL ||
				relay_fake_flow(s, GW_CALLEE, RELAY_RTCP) != NULL)
				fail_msg("%s in fastStart opened a pinhole", bad);
		sim_hang_up(f->caller);
	}
}

static void test_bad_t120_address(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	for (int i = 0; i <= N_BAD; i++) {
		const char *bad = i < N_BAD ? bad_addresses[i] : INSIDE ":139";
		scene_slow_call(f, &a, &b);
		talk_h245(a, talk_t120_olc(7, bad));
		assert_int_equal(sim_listening(&f->sim), 0);
		assert_false(i < N_BAD - 1 && sim_sent_address(b, "127.0.0.1"));
		sim_hang_up(f->caller);
	}
}

static void test_facility_to_somebody_else(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	/* what NAT slipstreaming does: a redirection to any inside address and port */
	static const char *const bad[] = { "10.0.0.99:445", "10.0.0.99:8080", "127.0.0.1:1720", GW_OUT ":22",
		"224.0.0.1:1720" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct talk t = scene_setup_message(),
				  facility = { .type = Q931_FACILITY, .alternative = bad[i] };
		scene_dial_out(f, &t);
		talk_expect(f->callee, Q931_SETUP);
		talk_say(f->caller, &facility);
		talk_hear(f->callee, &m);
		assert_null(m.uu.h323_uu_pdu.h323_message_body.u.facility->alternative_address);
		assert_int_equal(sim_flows(&f->sim) + sim_listening(&f->sim), 0);
		sim_hang_up(f->caller);
	}
}

static void test_undecodable(void **state)
{
	struct fixture *f = *state;
	static const uint8_t garbage[] = { 3, 0, 0, 12, 8, 2, 0x12, 0x34, 5, 0x7e, 0, 1 };
	static const uint8_t no_tpkt[] = "GET / HTTP/1.0\r\n\r\n";
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	sim_feed(f->caller, slice_of(garbage, sizeof garbage));
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	assert_true(f->caller->closed_by_gateway);
	f->caller = sim_dial(&f->sim, INSIDE ":4002", GW_IN ":1720", OUTSIDE ":1720");
	sim_feed(f->caller, slice_of(no_tpkt, sizeof no_tpkt - 1));
	assert_true(f->caller->closed_by_gateway);
	/* in the middle of a call both sides are told, and another call goes on */
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	struct sim_conn *caller = f->caller, *callee = f->callee;
	const struct talk t = scene_setup_message();
	scene_dial_out(f, &t);
	talk_expect(f->callee, Q931_SETUP);
	sim_feed(callee, slice_of(garbage, sizeof garbage));
	talk_expect(callee, Q931_RELEASE_COMPLETE);
	talk_expect(caller, Q931_RELEASE_COMPLETE);
	scene_answer(f, OUTSIDE ":5000");
	talk_expect(f->caller, Q931_CONNECT);
	assert_int_equal(f->sim.gw.count.undecodable, 3);
}

static void test_h245_garbage(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	static const uint8_t garbage[] = { 3, 0, 0, 8, 0x6f, 0xff, 0xff, 0xff };
	scene_slow_call(f, &a, &b);
	sim_feed(b, slice_of(garbage, sizeof garbage));
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	talk_expect(f->callee, Q931_RELEASE_COMPLETE);
}

static void test_half_open(void **state)
{
	struct fixture *f = *state;
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	sim_feed(f->caller, slice_str("\x03\x00\x00"));
	sim_advance(&f->sim, 9000);
	assert_false(f->caller->closed_by_gateway);
	sim_advance(&f->sim, 2000);
	assert_true(f->caller->closed_by_gateway);
	assert_int_equal(f->sim.gw.count.half_open, 1);
}

static void test_limits_per_source(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 16; i++)
		assert_non_null(sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720"));
	assert_null(sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720"));
	assert_non_null(sim_dial(&f->sim, "10.0.0.11:4001", GW_IN ":1720", OUTSIDE ":1720"));
}

static void test_timers(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	/* nobody takes the connection */
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	talk_say(f->caller, &t);
	sim_advance(&f->sim, 16000);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	/* refused at once */
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	talk_say(f->caller, &t);
	sim_connect_failed(sim_connecting(&f->sim, OUTSIDE ":1720"));
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	/* T303: it takes the connection and says nothing */
	scene_dial_out(f, &t);
	talk_expect(f->callee, Q931_SETUP);
	sim_advance(&f->sim, 60000);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	talk_expect(f->callee, Q931_RELEASE_COMPLETE);
}

static void test_silence(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(1, false, 1, NULL, INSIDE ":5001")));
	talk_h245(b, talk_ack(1, 1, OUTSIDE ":6000", OUTSIDE ":6001"));
	struct relay_session *s = relay_fake_next(&f->sim.relay, NULL);
	const struct addr from = talk_addr(INSIDE ":5000");
	for (int i = 0; i < 10; i++) {
		sim_advance(&f->sim, 30000);
		assert_true(relay_fake_packet(s, GW_CALLER, RELAY_RTP, &from, 172, f->sim.now_ms, NULL));
	}
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	sim_advance(&f->sim, 61000);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
}

static void test_announced_and_nobody_comes(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message();
	scene_dial_out(f, &t);
	scene_answer(f, OUTSIDE ":5000");
	assert_int_equal(sim_listening(&f->sim), 1);
	sim_advance(&f->sim, 21000);
	assert_int_equal(sim_listening(&f->sim), 0);
}

static void test_no_ports_left(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	relay_fake_fail(&f->sim.relay, 0, PST_E_SPACE);
	t.fast[0] = talk_fast(talk_olc(2, true, 1, INSIDE ":5000", INSIDE ":5001"));
	t.n_fast = 1;
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	talk_say(f->caller, &t);
	struct h225_msg m;
	talk_hear(f->caller, &m);
	assert_int_equal(m.q931.type, Q931_RELEASE_COMPLETE);
	assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason->choice,
		H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES);
}

static void test_peer_that_does_not_read(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message(),
			  alerting = { .type = Q931_ALERTING, .from_callee = true };
	scene_dial_out(f, &t);
	f->sim.refuse_sends = true;
	talk_say(f->callee, &alerting);
	f->sim.refuse_sends = false;
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
}

static void test_loop_to_itself(void **state)
{
	struct fixture *f = *state;
	struct talk t = { .type = Q931_SETUP, .dest = GW_OUT ":1720" };
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", GW_OUT ":1720");
	talk_say(f->caller, &t);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
}

/* --- segmentation --- */

/* Octets of a caller's side of a call, fed in pieces of STEP. */
static void feed_pieces(struct sim_conn *sc, struct pst_slice s, size_t step)
{
	for (size_t i = 0; i < s.n; i += step)
		sim_feed(sc, slice_of(s.p + i, s.n - i < step ? s.n - i : step));
}

static void test_segmentation(void **state)
{
	struct fixture *f = *state;
	const struct talk t = scene_setup_message(),
			  connect = { .type = Q931_CONNECT, .from_callee = true, .h245 = OUTSIDE ":5000" };
	const struct talk alerting = { .type = Q931_ALERTING, .from_callee = true };
	static const size_t steps[] = { 1, 3, 4, 100000 };
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct h225_msg m;
		f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
		feed_pieces(f->caller, talk_octets(&t), steps[i]);
		f->callee = sim_connecting(&f->sim, OUTSIDE ":1720");
		sim_connected(f->callee);
		struct pst_slice a = talk_octets(&alerting), c = talk_octets(&connect);
		uint8_t *both = arena_alloc(&talk_arena, a.n + c.n);
		memcpy(both, a.p, a.n);
		memcpy(both + a.n, c.p, c.n);
		feed_pieces(f->callee, slice_of(both, a.n + c.n), steps[i]);
		talk_expect(f->caller, Q931_ALERTING);
		talk_hear(f->caller, &m);
		const struct addr at = scene_h245_address(&m);
		struct sim_conn *h = sim_connect_to(&f->sim, &at, INSIDE ":4002");
		struct sim_conn *b = sim_connecting(&f->sim, OUTSIDE ":5000");
		sim_connected(b);
		feed_pieces(h,
			talk_h245_octets(
				h245_olc_build(&talk_arena, talk_olc(1, false, 1, NULL, INSIDE ":5001"))),
			steps[i]);
		feed_pieces(b, talk_h245_octets(talk_ack(1, 1, OUTSIDE ":6000", OUTSIDE ":6001")), steps[i]);
		assert_int_equal(sim_flows(&f->sim), 3);
		sim_hang_up(f->callee);
		assert_int_equal(sim_flows(&f->sim), 0);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_setup_is_translated),
		T(test_slow_start_opens_and_closes),
		T(test_end_session_closes_media),
		T(test_fast_start_accepted),
		T(test_fast_start_refused),
		T(test_fast_start_unanswered),
		T(test_tunnelled),
		T(test_ladder_shows_what_came),
		T(test_early_h245_of_the_caller),
		T(test_t120),
		T(test_t120_policy),
		T(test_inbound_by_name),
		T(test_inbound_to_nobody),
		T(test_through_the_gateway),
		T(test_bad_h245_address),
		T(test_bad_media_address),
		T(test_bad_fast_start_address),
		T(test_bad_t120_address),
		T(test_facility_to_somebody_else),
		T(test_undecodable),
		T(test_h245_garbage),
		T(test_half_open),
		T(test_limits_per_source),
		T(test_timers),
		T(test_silence),
		T(test_announced_and_nobody_comes),
		T(test_no_ports_left),
		T(test_peer_that_does_not_read),
		T(test_loop_to_itself),
		T(test_segmentation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
