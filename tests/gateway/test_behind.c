/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers behind somebody else's NAT: summoned, asked to connect for H.245, and their media latched on to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/body.h"
#include "h225/traversal.h"
#include "h245/addr.h"
#include "h245/data.h"
#include "h46019_asn1.h"
#include "scene.h"

#define NAT "198.51.100.9"
#define HOME "192.168.1.5"

static struct {
	unsigned n;
	uint8_t id[16];
	struct addr to;
} summons;
static uint8_t said_id[16];

static bool find(void *arg, const char *name, uint32_t realm, struct addr *host)
{
	(void)arg;
	(void)realm;
	if (strcmp(name, "homer") != 0)
		return false;
	*host = talk_addr(NAT ":40001");
	return true;
}

static bool summon(void *arg, const struct addr *host, const uint8_t call_id[static 16], const struct addr *to)
{
	const struct addr there = talk_addr(NAT ":40001");
	(void)arg;
	if (!addr_eq(host, &there))
		return false;
	summons.n++;
	memcpy(summons.id, call_id, 16);
	summons.to = *to;
	return true;
}

static int setup(void **state)
{
	if (scene_setup(state) != 0)
		return -1;
	struct fixture *f = *state;
	struct gw_config *cfg = sim_config();
	static char bob[] = "bob";
	static struct gw_binding b;
	memset(&summons, 0, sizeof summons);
	b = (struct gw_binding){ bob, talk_addr("10.0.0.20:1720") };
	cfg->bindings = &b;
	cfg->n_bindings = 1;
	cfg->lookup = (struct gw_lookup){ .find = find, .summon = summon };
	return gw_core_reload(&f->sim.gw, cfg);
}

static void put_id(struct h225_msg *m)
{
	struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	assert_int_equal(h225_set_call_id(body, slice_of(said_id, 16), &talk_arena), 0);
}

static void call_homer(struct fixture *f)
{
	const struct talk t = { .type = Q931_SETUP, .source = INSIDE ":1720", .dest_alias = "homer" };
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", GW_IN ":1720");
	talk_say(f->caller, &t);
}

/* Somebody connects and says that it comes for the call ID. */
static struct sim_conn *come(struct fixture *f, const char *from, const uint8_t id[static 16])
{
	const struct talk t = { .type = Q931_FACILITY, .edit = put_id };
	struct sim_conn *sc = sim_dial(&f->sim, from, GW_OUT ":1720", GW_OUT ":1720");
	assert_non_null(sc);
	memcpy(said_id, id, 16);
	talk_say(sc, &t);
	return sc;
}

static void home_answers(struct fixture *f)
{
	call_homer(f);
	assert_int_equal(summons.n, 1);
	f->callee = come(f, NAT ":5555", summons.id);
	talk_expect(f->callee, Q931_SETUP);
}

/* Whether the list says that we are a server of H.460.19, once. */
static bool says_server(bool has, uint32_t n, const struct h225_generic_data *v)
{
	uint32_t found = 0;
	for (uint32_t i = 0; has && i < n; i++)
		if (v[i].id.choice == H225_GENERIC_IDENTIFIER_STANDARD && v[i].id.u.standard == H225_FEATURE_MEDIA_TRAVERSAL)
			found += !h225_media_client_is(&v[i]);
	return found == 1;
}

/* Where GENERIC tells who gets it to send to; family 0: nowhere. */
static struct addr keep_alive_at(bool has, uint32_t n, const struct h245_generic_message *generic)
{
	static const uint8_t oid[] = { 0, 8, 0x83, 0x4c, 19, 0, 1 };
	struct h46019_traversal_parameters p;
	struct addr at = { 0 };
	size_t used;
	if (!has)
		return at;
	assert_int_equal(n, 1);
	assert_int_equal(generic->message_identifier.choice, H245_CAPABILITY_IDENTIFIER_STANDARD);
	assert_int_equal(generic->message_identifier.u.standard.n, sizeof oid);
	assert_memory_equal(generic->message_identifier.u.standard.p, oid, sizeof oid);
	assert_int_equal(generic->message_content.n, 1);
	const struct h245_generic_parameter *g = generic->message_content.v;
	assert_int_equal(g->parameter_identifier.u.standard, 1);
	assert_int_equal(g->parameter_value.choice, H245_PARAMETER_VALUE_OCTET_STRING);
	assert_int_equal(asn1_per_decode(&h46019_traversal_parameters_type, g->parameter_value.u.octet_string, NULL, &talk_arena,
				 &p, &used, NULL),
		0);
	assert_int_equal(used, g->parameter_value.u.octet_string.n);
	assert_null(p.multiplexed_media_channel);
	assert_false(p.has_multiplex_id);
	assert_true(p.has_keep_alive_interval && p.keep_alive_interval >= 5 && p.keep_alive_interval < 30);
	assert_non_null(p.keep_alive_channel);
	assert_int_equal(h245_addr_read(&at, p.keep_alive_channel), 0);
	return at;
}

static struct addr olc_keep_alive(const h245_pdu *m)
{
	assert_int_equal(m->u.request->choice, H245_REQUEST_MESSAGE_OPEN_LOGICAL_CHANNEL);
	const struct h245_open_logical_channel *o = m->u.request->u.open_logical_channel;
	return keep_alive_at(o->has_generic_information, o->generic_information.n, o->generic_information.v);
}

static struct addr ack_keep_alive(const h245_pdu *m)
{
	assert_int_equal(m->u.response->choice, H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_ACK);
	const struct h245_open_logical_channel_ack *o = m->u.response->u.open_logical_channel_ack;
	return keep_alive_at(o->has_generic_information, o->generic_information.n, o->generic_information.v);
}

static void summoned(void **state)
{
	struct fixture *f = *state;
	char text[ADDR_STRLEN];
	uint8_t other[16] = { 0xee };
	call_homer(f);
	assert_int_equal(summons.n, 1);
	assert_string_equal(addr_str(&summons.to, text), GW_OUT ":1720");
	assert_null(sim_connecting(&f->sim, NAT ":40001"));
	/* for another call, or from another host */
	assert_true(come(f, NAT ":5554", other)->closed_by_gateway);
	assert_true(come(f, OUTSIDE ":5554", summons.id)->closed_by_gateway);
	f->callee = come(f, NAT ":5555", summons.id);
	talk_expect(f->callee, Q931_SETUP);
	/* once */
	assert_true(come(f, NAT ":5556", summons.id)->closed_by_gateway);
	scene_answer(f, NULL);
	talk_expect(f->caller, Q931_CONNECT);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	assert_null(f->sim.gw.awaited);
	sim_hang_up(f->callee);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
}

static void nobody_comes(void **state)
{
	struct fixture *f = *state;
	call_homer(f);
	sim_advance(&f->sim, sim_config()->timers.connect_ms + 1);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
	assert_null(f->sim.gw.awaited);
	assert_true(come(f, NAT ":5555", summons.id)->closed_by_gateway);
}

static void the_caller_gives_up(void **state)
{
	struct fixture *f = *state;
	call_homer(f);
	sim_hang_up(f->caller);
	assert_null(f->sim.gw.awaited);
	assert_true(come(f, NAT ":5555", summons.id)->closed_by_gateway);
}

/* Both ends connect to us, whichever is first. */
static void h245(struct fixture *f, bool home_first, struct sim_conn **a, struct sim_conn **b)
{
	struct h225_msg m;
	home_answers(f);
	scene_answer(f, HOME ":5000");
	talk_hear(f->callee, &m);
	assert_int_equal(m.q931.type, Q931_FACILITY);
	assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.facility->reason.choice, H225_FACILITY_REASON_START_H245);
	const struct addr home = scene_h245_address(&m);
	scene_expect_ip(&home, GW_OUT);
	talk_hear(f->caller, &m);
	assert_int_equal(m.q931.type, Q931_CONNECT);
	const struct addr in = scene_h245_address(&m);
	scene_expect_ip(&in, GW_IN);
	assert_null(sim_connect_to(&f->sim, &home, OUTSIDE ":4003"));
	*b = home_first ? sim_connect_to(&f->sim, &home, NAT ":5600") : NULL;
	*a = sim_connect_to(&f->sim, &in, INSIDE ":4002");
	assert_non_null(*a);
	talk_h245(*a, h245_rtd_build(&talk_arena, 7)); /* is not lost where the other is not there yet */
	if (!home_first)
		*b = sim_connect_to(&f->sim, &home, NAT ":5600");
	assert_non_null(*b);
	(void)talk_hear_h245(*b);
	talk_h245(*b, h245_rtd_build(&talk_arena, 8));
	(void)talk_hear_h245(*a);
	assert_int_equal(sim_listening(&f->sim), 0);
}

static void h245_caller_first(void **state)
{
	struct sim_conn *a, *b;
	h245(*state, false, &a, &b);
	sim_hang_up(b);
	assert_true(a->closed_by_gateway);
}

static void h245_home_first(void **state)
{
	struct sim_conn *a, *b;
	h245(*state, true, &a, &b);
	sim_hang_up(a);
	assert_true(b->closed_by_gateway);
}

static void h245_half(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	home_answers(f);
	scene_answer(f, HOME ":5000");
	talk_expect(f->callee, Q931_FACILITY);
	talk_hear(f->caller, &m);
	const struct addr in = scene_h245_address(&m);
	struct sim_conn *a = sim_connect_to(&f->sim, &in, INSIDE ":4002");
	assert_non_null(a);
	sim_advance(&f->sim, sim_config()->timers.connect_ms + sim_config()->timers.h245_ms + 1);
	assert_true(a->closed_by_gateway);
	assert_int_equal(sim_listening(&f->sim), 0);
}

static void media(struct fixture *f, struct sim_conn *a, struct sim_conn *b, int home)
{
	const struct addr nat = talk_addr(NAT ":7777"), nat_rtcp = talk_addr(NAT ":7901"), other = talk_addr(OUTSIDE ":7777");
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(101, false, 1, NULL, INSIDE ":5001")));
	(void)talk_hear_h245(b);
	talk_h245(b, talk_ack(101, 1, HOME ":6000", HOME ":6001"));
	(void)talk_hear_h245(a);
	talk_h245(b, h245_olc_build(&talk_arena, talk_olc(7, false, 1, NULL, HOME ":6001")));
	(void)talk_hear_h245(a);
	talk_h245(a, talk_ack(7, 1, INSIDE ":5000", INSIDE ":5001"));
	(void)talk_hear_h245(b);
	struct relay_session *s = relay_fake_next(&f->sim.relay, NULL);
	assert_non_null(s);
	/* nothing goes where nothing came from */
	assert_null(relay_fake_flow(s, 1 - home, RELAY_RTP));
	assert_non_null(relay_fake_flow(s, home, RELAY_RTP));
	assert_false(relay_fake_packet(s, home, RELAY_RTP, &other, 172, f->sim.now_ms, NULL));
	sim_advance(&f->sim, 300);
	assert_null(relay_fake_flow(s, 1 - home, RELAY_RTP));
	assert_true(relay_fake_packet(s, home, RELAY_RTP, &nat, 172, f->sim.now_ms, NULL));
	assert_true(relay_fake_packet(s, home, RELAY_RTCP, &nat_rtcp, 60, f->sim.now_ms, NULL));
	sim_advance(&f->sim, 300);
	const struct relay_flow *to_home = relay_fake_flow(s, 1 - home, RELAY_RTP);
	assert_non_null(to_home);
	assert_true(addr_eq(&to_home->to, &nat));
	assert_true(addr_eq(&relay_fake_flow(s, 1 - home, RELAY_RTCP)->to, &nat_rtcp));
	assert_false(sim_sent_address(a, HOME));
}

static void media_of_a_callee(void **state)
{
	struct sim_conn *a, *b;
	h245(*state, false, &a, &b);
	media(*state, a, b, GW_CALLEE);
}

static void offer(struct h225_msg *m)
{
	static struct h225_generic_data feature;
	struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	h225_feature_build(&feature, H225_FEATURE_MEDIA_TRAVERSAL);
	s->has_supported_features = true;
	s->supported_features.n = 1;
	s->supported_features.v = &feature;
}

/* Calls bob inside. */
static void home_calls(struct fixture *f, struct sim_conn **a, struct sim_conn **b, void (*edit)(struct h225_msg *m))
{
	const struct talk t = { .type = Q931_SETUP, .source = HOME ":1720", .dest_alias = "bob", .edit = edit };
	struct h225_msg m;
	f->caller = sim_dial(&f->sim, NAT ":5555", GW_OUT ":1720", GW_OUT ":1720");
	talk_say(f->caller, &t);
	f->callee = sim_connecting(&f->sim, "10.0.0.20:1720");
	assert_non_null(f->callee);
	sim_connected(f->callee);
	talk_expect(f->callee, Q931_SETUP);
	scene_answer(f, "10.0.0.20:5000");
	talk_hear(f->caller, &m);
	const struct h225_feature_set *fs = m.uu.h323_uu_pdu.h323_message_body.u.connect->feature_set;
	/* who does not ask is not told */
	assert_int_equal(edit != NULL, fs != NULL && says_server(fs->has_supported_features, fs->supported_features.n,
							    fs->supported_features.v));
	const struct addr at = scene_h245_address(&m);
	*b = sim_connect_to(&f->sim, &at, NAT ":5600");
	assert_non_null(*b);
	*a = sim_connecting(&f->sim, "10.0.0.20:5000");
	sim_connected(*a);
}

static void connect_features(struct h225_msg *m)
{
	static struct h225_generic_data feature;
	static struct h225_feature_set fs;
	h225_feature_build(&feature, H225_FEATURE_MEDIA_TRAVERSAL);
	h225_features_build(&fs, &feature, 1);
	m->uu.h323_uu_pdu.h323_message_body.u.connect->feature_set = &fs;
}

/* A callee that only receives: what it sends to keep its NAT open says where. */
static void keep_alive_of_a_callee(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	const struct talk answer = { .type = Q931_CONNECT, .h245 = HOME ":5000", .edit = connect_features };
	const struct addr nat = talk_addr(NAT ":7777"), other = talk_addr(OUTSIDE ":7777");
	call_homer(f);
	f->callee = come(f, NAT ":5555", summons.id);
	talk_hear(f->callee, &m);
	const struct h225_setup_uuie *s = m.uu.h323_uu_pdu.h323_message_body.u.setup;
	assert_true(says_server(s->has_supported_features, s->supported_features.n, s->supported_features.v));
	talk_say(f->callee, &answer);
	talk_hear(f->callee, &m);
	const struct addr out = scene_h245_address(&m);
	talk_hear(f->caller, &m);
	const struct h225_feature_set *fs = m.uu.h323_uu_pdu.h323_message_body.u.connect->feature_set;
	assert_false(h225_feature_has(fs, H225_FEATURE_MEDIA_TRAVERSAL));
	const struct addr in = scene_h245_address(&m);
	struct sim_conn *b = sim_connect_to(&f->sim, &out, NAT ":5600"), *a = sim_connect_to(&f->sim, &in, INSIDE ":4002");
	assert_non_null(a);
	assert_non_null(b);
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(101, false, 1, NULL, INSIDE ":5001")));
	const struct addr at = olc_keep_alive(talk_hear_h245(b));
	struct relay_session *r = relay_fake_next(&f->sim.relay, NULL);
	int leg;
	enum relay_part part;
	assert_ptr_equal(relay_fake_find(&f->sim.relay, &at, &leg, &part), r);
	assert_int_equal(leg, GW_CALLEE);
	assert_int_equal(part, RELAY_RTP);
	talk_h245(b, talk_ack(101, 1, HOME ":6000", HOME ":6001"));
	assert_int_equal(ack_keep_alive(talk_hear_h245(a)).family, ADDR_NONE);
	assert_null(relay_fake_flow(r, GW_CALLER, RELAY_RTP));
	/* of the host that signals only; it goes nowhere */
	assert_false(relay_fake_packet(r, GW_CALLEE, RELAY_RTP, &other, 12, f->sim.now_ms, NULL));
	sim_advance(&f->sim, 300);
	assert_null(relay_fake_flow(r, GW_CALLER, RELAY_RTP));
	assert_false(relay_fake_packet(r, GW_CALLEE, RELAY_RTP, &nat, 12, f->sim.now_ms, NULL));
	sim_advance(&f->sim, 300);
	assert_non_null(relay_fake_flow(r, GW_CALLER, RELAY_RTP));
	assert_true(addr_eq(&relay_fake_flow(r, GW_CALLER, RELAY_RTP)->to, &nat));
	assert_int_equal(relay_fake_flow(r, GW_CALLEE, RELAY_RTP)->to.family, ADDR_NONE);
	/* the other direction too */
	talk_h245(b, h245_olc_build(&talk_arena, talk_olc(7, false, 1, NULL, HOME ":6001")));
	assert_int_equal(olc_keep_alive(talk_hear_h245(a)).family, ADDR_NONE);
	talk_h245(a, talk_ack(7, 1, INSIDE ":5000", INSIDE ":5001"));
	const struct addr again = ack_keep_alive(talk_hear_h245(b));
	assert_true(addr_eq(&again, &at));
	const struct addr in_rtp = talk_addr(INSIDE ":5000");
	assert_true(addr_eq(&relay_fake_flow(r, GW_CALLEE, RELAY_RTP)->to, &in_rtp));
	assert_true(relay_fake_packet(r, GW_CALLEE, RELAY_RTP, &nat, 172, f->sim.now_ms, NULL));
}

/* T.120 where the host behind the NAT would be connected to is rejected; where it connects it is not. */
static void data_of_a_callee(void **state)
{
	struct sim_conn *a, *b;
	const struct addr none = { 0 }, home = talk_addr(HOME ":1503"), in = talk_addr(INSIDE ":1503");
	h245(*state, false, &a, &b);
	talk_h245(a, h245_t120_olc_build(&talk_arena, 103, &none));
	const h245_pdu *m = talk_hear_h245(a);
	assert_int_equal(m->u.response->choice, H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_REJECT);
	assert_int_equal(m->u.response->u.open_logical_channel_reject->forward_logical_channel_number, 103);
	assert_int_equal(m->u.response->u.open_logical_channel_reject->cause.choice,
		H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_SEPARATE_STACK_ESTABLISHMENT_FAILED);
	talk_h245(b, h245_t120_olc_build(&talk_arena, 9, &home));
	m = talk_hear_h245(b);
	assert_int_equal(m->u.response->choice, H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_REJECT);
	talk_h245(a, h245_t120_olc_build(&talk_arena, 104, &in));
	m = talk_hear_h245(b);
	assert_int_equal(m->u.request->choice, H245_REQUEST_MESSAGE_OPEN_LOGICAL_CHANNEL);
	talk_h245(b, h245_t120_olc_build(&talk_arena, 10, &none));
	m = talk_hear_h245(a);
	assert_int_equal(m->u.request->choice, H245_REQUEST_MESSAGE_OPEN_LOGICAL_CHANNEL);
}

static void media_of_a_caller(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	const struct addr nat = talk_addr(NAT ":7777");
	home_calls(f, &a, &b, offer);
	talk_h245(b, h245_olc_build(&talk_arena, talk_olc(7, false, 1, NULL, HOME ":6001")));
	(void)talk_hear_h245(a);
	talk_h245(a, talk_ack(7, 1, "10.0.0.20:5000", "10.0.0.20:5001"));
	const struct addr told = ack_keep_alive(talk_hear_h245(b));
	scene_expect_ip(&told, GW_OUT);
	struct relay_session *s = relay_fake_next(&f->sim.relay, NULL);
	assert_true(relay_fake_packet(s, GW_CALLER, RELAY_RTP, &nat, 172, f->sim.now_ms, NULL));
}

/* Who does not say that it is behind a NAT opens nothing by an address that is not its own. */
static void without_the_feature(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	struct h245_channel ch;
	home_calls(f, &a, &b, NULL);
	talk_h245(b, h245_olc_build(&talk_arena, talk_olc(7, false, 1, NULL, HOME ":6001")));
	h245_channel_read(&ch, talk_hear_h245(a)->u.request->u.open_logical_channel);
	assert_int_equal(ch.control.family, ADDR_NONE);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(summoned), T(nobody_comes), T(the_caller_gives_up), T(h245_caller_first),
		T(h245_home_first), T(h245_half), T(media_of_a_callee), T(keep_alive_of_a_callee), T(data_of_a_callee),
		T(media_of_a_caller), T(without_the_feature) };
	return cmocka_run_group_tests_name("gateway/behind", tests, NULL, NULL);
}
