/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls between a host that has IPv4 only and one that has IPv6 only: each is told addresses of its own family, in every
 * message, and media passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "h225/body.h"
#include "h245/addr.h"
#include "scene.h"
#include "sim_leases.h"

/* The two ends of a call, the gateway between them, and the virtual address of the one inside. */
struct world {
	const char *inside, *outside, *gw_in, *gw_out, *virtual, *net;
};

static const struct world four_inside = { "10.0.0.20", "2001:db8:7::7", "10.0.0.1", "2001:db8::1", "2001:db8::51",
	"10.0.0.0/24" };
static const struct world six_inside = { "fd00::20", "198.51.100.7", "fd00::1", "203.0.113.1", "203.0.113.51", "fd00::/64" };

static struct sim_leases leases;
static struct addr_prefix net;

/* ip:port as text, in one of a few places. */
static const char *at(const char *ip, unsigned port)
{
	static char text[8][ADDR_STRLEN];
	static unsigned n;
	char *out = text[n++ % 8];
	struct addr a = talk_addr(ip);
	a.port = (uint16_t)port;
	addr_str(&a, out);
	return out;
}

static void build(struct fixture *f, const struct world *w)
{
	struct gw_config *cfg = sim_config();
	leases = (struct sim_leases){ 0 };
	assert_int_equal(addr_prefix_parse(&net, w->net), 0);
	cfg->realms[0].networks = &net;
	cfg->realms[0].address = talk_addr(w->gw_in);
	cfg->realms[1].address = talk_addr(w->gw_out);
	cfg->leases = sim_leases_hooks(&leases);
	sim_leases_add(&leases, w->inside, 1, w->virtual);
	assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
}

static void expect_setup(struct sim_conn *sc, const char *source, const char *dest, struct h225_msg *m)
{
	struct addr a;
	talk_hear(sc, m);
	const struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	assert_int_equal(h225_addr_read(&a, s->source_call_signal_address), 0);
	scene_expect_ip(&a, source);
	assert_int_equal(h225_addr_read(&a, s->dest_call_signal_address), 0);
	scene_expect_ip(&a, dest);
}

/* One channel from A to B, and a packet through it; each is told of the gateway's address on its side. */
static void channel(struct sim *sim, struct sim_conn *a, const char *a_ip, const char *a_gw, struct sim_conn *b,
	const char *b_ip, const char *b_gw)
{
	struct h245_channel ch;
	int leg;
	enum relay_part part;
	struct addr to;
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(101, false, 1, NULL, at(a_ip, 5001))));
	h245_channel_read(&ch, talk_hear_h245(b)->u.request->u.open_logical_channel);
	scene_expect_ip(&ch.control, b_gw);
	talk_h245(b, talk_ack(101, 1, at(b_ip, 6000), at(b_ip, 6001)));
	h245_channel_ack_read(&ch, talk_hear_h245(a)->u.response->u.open_logical_channel_ack);
	scene_expect_ip(&ch.media, a_gw);
	scene_expect_ip(&ch.control, a_gw);
	struct relay_session *s = relay_fake_find(&sim->relay, &ch.media, &leg, &part);
	assert_non_null(s);
	const struct addr from = talk_addr(at(a_ip, 5000)), want = talk_addr(at(b_ip, 6000));
	assert_true(relay_fake_packet(s, leg, part, &from, 172, sim->now_ms, &to));
	assert_true(addr_eq(&to, &want));
}

/* The callee's Connect, H.245 on a connection of its own, a channel each way. */
static void answer_and_talk(struct fixture *f, const char *caller, const char *caller_gw, const char *callee, const char *callee_gw)
{
	struct h225_msg m;
	scene_answer(f, at(callee, 5000));
	talk_hear(f->caller, &m);
	const struct addr h245 = scene_h245_address(&m);
	scene_expect_ip(&h245, caller_gw);
	struct sim_conn *a = sim_connect_to(&f->sim, &h245, at(caller, 7000));
	assert_non_null(a);
	struct sim_conn *b = sim_connecting(&f->sim, at(callee, 5000));
	assert_non_null(b);
	scene_expect_ip(&b->local, callee_gw);
	sim_connected(b);
	channel(&f->sim, a, caller, caller_gw, b, callee, callee_gw);
	channel(&f->sim, b, callee, callee_gw, a, caller, caller_gw);
}

static void inbound(struct fixture *f, const struct world *w)
{
	struct talk t = { .type = Q931_SETUP, .source = at(w->outside, 1720), .dest = at(w->virtual, 1720) };
	struct h225_msg m;
	build(f, w);
	f->caller = sim_dial(&f->sim, at(w->outside, 4001), at(w->gw_out, 1720), at(w->virtual, 1720));
	talk_say(f->caller, &t);
	f->callee = sim_connecting(&f->sim, at(w->inside, 1720));
	assert_non_null(f->callee);
	scene_expect_ip(&f->callee->local, w->gw_in);
	sim_connected(f->callee);
	expect_setup(f->callee, w->gw_in, w->inside, &m);
	answer_and_talk(f, w->outside, w->virtual, w->inside, w->gw_in);
	assert_false(sim_sent_address(f->caller, w->inside) || sim_sent_address(f->caller, w->gw_in));
}

/* By the address in a name: nobody can dial an address of a family that it does not have. */
static void outbound(struct fixture *f, const struct world *w)
{
	char name[ADDR_STRLEN + 16], display[ADDR_STRLEN + 32];
	struct talk t = { .type = Q931_SETUP, .source = at(w->inside, 1720), .source_alias = "alice" };
	struct h225_msg m;
	build(f, w);
	snprintf(name, sizeof name, "bob@%s", at(w->outside, 1720));
	snprintf(display, sizeof display, "alice at %s", at(w->inside, 1720));
	t.dest = at(w->gw_in, 1720);
	t.dest_alias = name;
	t.display = display;
	f->caller = sim_dial(&f->sim, at(w->inside, 4001), at(w->gw_in, 1720), at(w->gw_in, 1720));
	talk_say(f->caller, &t);
	f->callee = sim_connecting(&f->sim, at(w->outside, 1720));
	assert_non_null(f->callee);
	scene_expect_ip(&f->callee->local, w->virtual);
	sim_connected(f->callee);
	expect_setup(f->callee, w->virtual, w->outside, &m);
	/* brackets come and go with the family */
	const struct q931_ie *ie = q931_find(&m.q931, Q931_IE_DISPLAY);
	snprintf(display, sizeof display, "alice at %s", at(w->virtual, 1720));
	assert_int_equal(ie->v.n, strlen(display));
	assert_memory_equal(ie->v.p, display, ie->v.n);
	answer_and_talk(f, w->inside, w->gw_in, w->outside, w->virtual);
	assert_false(sim_sent_address(f->callee, w->inside) || sim_sent_address(f->callee, w->gw_in));
}

static void test_four_is_called(void **state)
{
	inbound(*state, &four_inside);
}

static void test_four_calls(void **state)
{
	outbound(*state, &four_inside);
}

static void test_six_is_called(void **state)
{
	inbound(*state, &six_inside);
}

static void test_six_calls(void **state)
{
	outbound(*state, &six_inside);
}

/* Fast connect: the addresses are in octets in octets. */
static void test_fast_connect(void **state)
{
	struct fixture *f = *state;
	const struct world *w = &four_inside;
	struct talk t = { .type = Q931_SETUP, .source = at(w->outside, 1720), .dest = at(w->virtual, 1720), .n_fast = 2 };
	struct h225_msg m;
	struct h225_common c;
	struct h245_open_logical_channel olc;
	struct h245_channel ch;
	build(f, w);
	t.fast[0] = talk_fast(talk_olc(1, false, 1, NULL, at(w->outside, 5001)));
	t.fast[1] = talk_fast(talk_olc(2, true, 1, at(w->outside, 5000), at(w->outside, 5001)));
	f->caller = sim_dial(&f->sim, at(w->outside, 4001), at(w->virtual, 1720), at(w->virtual, 1720));
	talk_say(f->caller, &t);
	f->callee = sim_connecting(&f->sim, at(w->inside, 1720));
	sim_connected(f->callee);
	talk_hear(f->callee, &m);
	h225_common_read(&m.uu.h323_uu_pdu.h323_message_body, &c);
	assert_int_equal(h245_olc_decode(&olc, c.fast_start[1], NULL, &talk_arena, NULL), 0);
	h245_channel_read(&ch, &olc);
	scene_expect_ip(&ch.media, w->gw_in);
	scene_expect_ip(&ch.control, w->gw_in);
	const struct talk connect = { .type = Q931_CONNECT,
		.from_callee = true,
		.n_fast = 2,
		.fast = { talk_fast(talk_olc(1, false, 1, at(w->inside, 6000), at(w->inside, 6001))),
			talk_fast(talk_olc(7, true, 1, NULL, at(w->inside, 6001))) } };
	talk_say(f->callee, &connect);
	talk_hear(f->caller, &m);
	h225_common_read(&m.uu.h323_uu_pdu.h323_message_body, &c);
	assert_int_equal(h245_olc_decode(&olc, c.fast_start[0], NULL, &talk_arena, NULL), 0);
	h245_channel_read(&ch, &olc);
	scene_expect_ip(&ch.media, w->virtual);
	assert_int_equal(sim_flows(&f->sim), 4);
	assert_false(sim_sent_address(f->caller, w->inside));
}

/* An address of the sender's in the other family's clothes, or of the other family, is none of the sender's. */
static void test_not_its_own_family(void **state)
{
	struct fixture *f = *state;
	const struct world *w = &four_inside;
	struct h225_msg m;
	build(f, w);
	struct talk t = { .type = Q931_SETUP, .source = at(w->outside, 1720), .dest = at(w->virtual, 1720), .h245 = "[::ffff:10.0.0.20]:4100" };
	f->caller = sim_dial(&f->sim, at(w->outside, 4001), at(w->virtual, 1720), at(w->virtual, 1720));
	talk_say(f->caller, &t);
	f->callee = sim_connecting(&f->sim, at(w->inside, 1720));
	sim_connected(f->callee);
	talk_hear(f->callee, &m);
	assert_int_equal(scene_h245_address(&m).family, ADDR_NONE);
	assert_int_equal(sim_listening(&f->sim), 0);
	scene_answer(f, "[fd00::20]:5000");
	talk_hear(f->caller, &m);
	assert_int_equal(scene_h245_address(&m).family, ADDR_NONE);
	assert_int_equal(sim_listening(&f->sim), 0);
}

/* Without an address of the other family there is no way. */
static void test_no_address_of_that_family(void **state)
{
	struct fixture *f = *state;
	const struct talk t = { .type = Q931_SETUP, .dest_alias = "bob@[2001:db8:7::7]:1720" };
	struct h225_msg m;
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", GW_IN ":1720");
	talk_say(f->caller, &t);
	talk_hear(f->caller, &m);
	assert_int_equal(m.q931.type, Q931_RELEASE_COMPLETE);
	assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason->choice,
		H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_four_is_called),
		T(test_four_calls),
		T(test_six_is_called),
		T(test_six_calls),
		T(test_fast_connect),
		T(test_not_its_own_family),
		T(test_no_address_of_that_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
