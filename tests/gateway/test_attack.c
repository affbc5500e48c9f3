/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hostile or careless peer tries: to open something to somebody else, to learn inside addresses, to
 * use up memory, ports and time, to smuggle something past the translation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "scene.h"

#include "h225/body.h"
#include "h225/build.h"
#include "h245/addr.h"
#include "q931/ie.h"

/* Every flow leads from one host of the call to the other. */
static void check_flows(const struct fixture *f)
{
	static const char *const hosts[GW_LEGS] = { INSIDE, OUTSIDE };
	for (struct relay_session *s = relay_fake_next(&f->sim.relay, NULL); s != NULL;
		s = relay_fake_next(&f->sim.relay, s))
		for (int i = 0; i < RELAY_LEGS * RELAY_PARTS; i++) {
			const int leg = i / RELAY_PARTS;
			const struct relay_flow *flow =
				relay_fake_flow(s, leg, (enum relay_part)(i % RELAY_PARTS));
			if (flow == NULL)
				continue;
			scene_expect_ip(&flow->from, hosts[leg]);
			scene_expect_ip(&flow->to, hosts[1 - leg]);
		}
}

/* --- who answers a channel --- */

/* A fast call with one channel the caller receives, accepted as the callee's number 77. */
static void fast_reverse(struct fixture *f)
{
	struct talk t = scene_setup_message();
	t.fast[0] = talk_fast(talk_olc(2, true, 1, INSIDE ":5000", INSIDE ":5001"));
	t.n_fast = 1;
	scene_dial_out(f, &t);
	const struct talk proceeding = { .type = Q931_CALL_PROCEEDING,
		.from_callee = true,
		.n_fast = 1,
		.fast = { talk_fast(talk_olc(77, true, 1, NULL, OUTSIDE ":6001")) } };
	talk_say(f->callee, &proceeding);
	check_flows(f);
}

static void test_ack_of_an_own_proposal(void **state)
{
	struct fixture *f = *state;
	fast_reverse(f);
	const struct talk ack = { .type = Q931_FACILITY,
		.empty = true,
		.tunnelling = true,
		.n_tunnelled = 1,
		.tunnelled = { talk_ack(77, 1, INSIDE ":7000", INSIDE ":7001") } };
	talk_say(f->caller, &ack);
	check_flows(f);
}

static void test_fast_answer_for_an_own_channel(void **state)
{
	struct fixture *f = *state;
	fast_reverse(f);
	const struct talk olc = { .type = Q931_FACILITY,
		.empty = true,
		.from_callee = true,
		.tunnelling = true,
		.n_tunnelled = 1,
		.tunnelled = { h245_olc_build(&talk_arena, talk_olc(78, false, 2, NULL, OUTSIDE ":6003")) } };
	talk_say(f->callee, &olc);
	const struct talk connect = { .type = Q931_CONNECT,
		.from_callee = true,
		.n_fast = 1,
		.fast = { talk_fast(talk_olc(78, true, 2, OUTSIDE ":6002", OUTSIDE ":6003")) } };
	talk_say(f->callee, &connect);
	check_flows(f);
}

/* Alternatives of one channel that share its number keep the ports that were announced first. */
static void test_alternatives_under_one_number(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	struct h225_common c;
	struct h245_channel ch[2];
	t.fast[0] = t.fast[1] = talk_fast(talk_olc(2, true, 1, INSIDE ":5000", INSIDE ":5001"));
	t.n_fast = 2;
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	h225_common_read(&m.uu.h323_uu_pdu.h323_message_body, &c);
	assert_int_equal(c.n_fast_start, 2);
	for (int i = 0; i < 2; i++) {
		struct h245_open_logical_channel olc;
		assert_int_equal(h245_olc_decode(&olc, c.fast_start[i], NULL, &talk_arena, NULL), 0);
		h245_channel_read(&ch[i], &olc);
	}
	assert_true(addr_eq(&ch[0].media, &ch[1].media));
	int leg;
	enum relay_part part;
	assert_non_null(relay_fake_find(&f->sim.relay, &ch[0].media, &leg, &part));
}

static void many_proposals(struct h225_msg *m)
{
	struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	s->has_fast_start = true;
	s->fast_start.n = 50;
	s->fast_start.v = arena_calloc(&talk_arena, 50, sizeof *s->fast_start.v);
	for (uint16_t i = 0; i < 50; i++)
		s->fast_start.v[i] = talk_fast(talk_olc((uint16_t)(i + 1), i % 2 == 1, 1,
			i % 2 == 1 ? INSIDE ":5000" : NULL, INSIDE ":5001"));
}

/* More than a call may have channels: the call is none the worse for it. */
static void test_many_proposals(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	struct h225_common c;
	t.edit = many_proposals;
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	h225_common_read(&m.uu.h323_uu_pdu.h323_message_body, &c);
	assert_int_equal(c.n_fast_start, 32);
	assert_false(sim_sent_address(f->callee, INSIDE));
	assert_int_equal(f->sim.gw.calls->n_channels, 32);
}

/* --- smuggling --- */

/* Two user-user elements; some receivers look at the last. */
static void second_user_user(struct h225_msg *m)
{
	static uint8_t octets[512];
	const struct talk t = { .type = Q931_SETUP, .source = INSIDE ":1720" };
	struct pst_slice one = talk_octets(&t), per;
	struct h225_msg other;
	assert_int_equal(h225_decode(&other, slice_of(one.p + 4, one.n - 4), NULL, &talk_arena, NULL), 0);
	assert_int_equal(q931_user_user(&other.q931, &per), 0);
	octets[0] = 5;
	memcpy(octets + 1, per.p, per.n);
	assert_int_equal(q931_append(&m->q931, Q931_IE_USER_USER, slice_of(octets, per.n + 1)), 0);
}

static void test_second_user_user(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	t.edit = second_user_user;
	scene_dial_out(f, &t);
	assert_false(sim_sent_address(f->callee, INSIDE));
	talk_hear(f->callee, &m);
	unsigned n = 0;
	for (uint16_t i = 0; i < m.q931.n; i++)
		n += m.q931.ie[i].id == Q931_IE_USER_USER;
	assert_int_equal(n, 1);
}

/* A second H.245 message behind the first in one octet string of the tunnel. */
static void two_in_one(struct h225_msg *m)
{
	struct h225_h323_uu_pdu *pdu = &m->uu.h323_uu_pdu;
	struct writer w = wr_of(arena_alloc(&talk_arena, 512), 512);
	assert_int_equal(h245_encode(h245_rtd_build(&talk_arena, 1), &w, NULL), 0);
	assert_int_equal(h245_encode(h245_olc_build(&talk_arena, talk_olc(1, false, 1, NULL, INSIDE ":5001")),
				 &w, NULL),
		0);
	pdu->h245_control.v[0] = wr_slice(&w);
}

static void test_second_message_in_the_tunnel(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	t.tunnelling = true;
	t.n_tunnelled = 1;
	t.tunnelled[0] = h245_rtd_build(&talk_arena, 1);
	t.edit = two_in_one;
	scene_dial_out(f, &t);
	assert_true(f->callee->n_out > 0);
	assert_false(sim_sent_address(f->callee, INSIDE));
}

/* --- addresses that are not where one looks for them --- */

static void traversal(struct h225_msg *m)
{
	struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	struct h225_generic_data *g = arena_calloc(&talk_arena, 2, sizeof *g);
	for (int i = 0; i < 2; i++) {
		g[i].id.choice = H225_GENERIC_IDENTIFIER_STANDARD;
		g[i].id.u.standard = 18 + i;
	}
	s->has_supported_features = true;
	s->supported_features.n = 2;
	s->supported_features.v = g;
}

/* Setup with aliases of all kinds; what of them went on. */
static struct h225_setup_uuie *setup_with(
	struct fixture *f, void (*edit)(struct h225_msg *m), struct h225_msg *m)
{
	struct talk t = scene_setup_message();
	t.edit = edit;
	scene_dial_out(f, &t);
	talk_hear(f->callee, m);
	assert_false(sim_sent_address(f->callee, INSIDE));
	return m->uu.h323_uu_pdu.h323_message_body.u.setup;
}

static void test_traversal_is_not_offered(void **state)
{
	struct h225_msg m;
	assert_int_equal(setup_with(*state, traversal, &m)->supported_features.n, 0);
}

static void aliases(struct h225_msg *m)
{
	struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	struct h225_alias_address *v = arena_calloc(&talk_arena, 5, sizeof *v);
	static const uint8_t route[4] = { 10, 0, 0, 10 };
	const struct addr own = talk_addr(INSIDE ":1720"), mapped = talk_addr("[::ffff:10.0.0.10]:1720");
	v[0].choice = H225_ALIAS_ADDRESS_URL_ID;
	v[0].u.url_id = slice_str("h323:alice@" INSIDE ".");
	v[1].choice = H225_ALIAS_ADDRESS_EMAIL_ID;
	v[1].u.email_id = slice_str("alice@010.000.000.010");
	v[2].choice = H225_ALIAS_ADDRESS_TRANSPORT_ID;
	v[2].u.transport_id = h225_addr_new(&mapped, &talk_arena);
	v[3].choice = H225_ALIAS_ADDRESS_TRANSPORT_ID;
	v[3].u.transport_id = h225_addr_new(&own, &talk_arena);
	v[4].choice = H225_ALIAS_ADDRESS_H323_ID;
	v[4].u.h323_id = slice_of("\1\x7d\0 \0001\0000\0.\0000\0.\0000\0.\0001\0000", 22);
	s->has_additional_source_addresses = true;
	s->additional_source_addresses.n = 5;
	s->additional_source_addresses.v =
		arena_calloc(&talk_arena, 5, sizeof *s->additional_source_addresses.v);
	for (int i = 0; i < 5; i++)
		s->additional_source_addresses.v[i].address = v[i];
	/* a source route through ourselves */
	struct h225_transport_address_ip_source_route *r =
		ARENA_NEW(&talk_arena, struct h225_transport_address_ip_source_route);
	struct pst_slice *hop = ARENA_NEW(&talk_arena, struct pst_slice);
	*hop = slice_of(route, 4);
	r->ip = slice_of(route, 4);
	r->port = 1720;
	r->route.n = 1;
	r->route.v = hop;
	s->source_call_signal_address = ARENA_NEW(&talk_arena, struct h225_transport_address);
	s->source_call_signal_address->choice = H225_TRANSPORT_ADDRESS_IP_SOURCE_ROUTE;
	s->source_call_signal_address->u.ip_source_route = r;
}

static void test_aliases_of_all_kinds(void **state)
{
	struct h225_msg m;
	const struct h225_setup_uuie *s = setup_with(*state, aliases, &m);
	assert_int_equal(s->source_call_signal_address->choice, H225_TRANSPORT_ADDRESS_IP_ADDRESS);
	const struct h225_alias_address *id = &s->additional_source_addresses.v[4].address;
	assert_int_equal(id->choice, H225_ALIAS_ADDRESS_H323_ID);
	assert_memory_equal(id->u.h323_id.p, "\1\x7d\0 \0002\0000\0003\0.", 12);
	assert_true(slice_eq(
		s->additional_source_addresses.v[0].address.u.url_id, slice_str("h323:alice@" GW_OUT ".")));
}

/* Text that is all addresses grows, and is cut where the field ends, not passed as it was. */
static void test_text_that_grows(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	static char display[250];
	for (size_t i = 0; i + 10 < sizeof display; i += 10)
		memcpy(display + i, INSIDE ",", 10);
	t.display = display;
	scene_dial_out(f, &t);
	talk_expect(f->callee, Q931_SETUP);
	assert_false(sim_sent_address(f->callee, INSIDE));
}

static void mapped_redirect(struct h225_msg *m)
{
	const struct addr mapped = talk_addr("[::ffff:10.0.0.99]:1720");
	m->uu.h323_uu_pdu.h323_message_body.u.facility->alternative_address =
		h225_addr_new(&mapped, &talk_arena);
}

static void test_inside_address_in_ipv6_clothes(void **state)
{
	struct fixture *f = *state;
	static const uint8_t inside[4] = { 10, 0, 0, 99 };
	const struct talk t = scene_setup_message(),
			  facility = { .type = Q931_FACILITY, .edit = mapped_redirect };
	scene_dial_out(f, &t);
	talk_say(f->caller, &facility);
	assert_null(memmem(f->callee->out, f->callee->n_out, inside, sizeof inside));
}

static void test_returned_function(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	struct h245_function_not_supported *fns = ARENA_NEW(&talk_arena, struct h245_function_not_supported);
	h245_pdu *m = ARENA_NEW(&talk_arena, h245_pdu);
	m->choice = H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_INDICATION;
	m->u.indication = ARENA_NEW(&talk_arena, struct h245_indication_message);
	m->u.indication->choice = H245_INDICATION_MESSAGE_FUNCTION_NOT_SUPPORTED;
	m->u.indication->u.function_not_supported = fns;
	fns->has_returned_function = true;
	fns->returned_function = slice_of("\x0a\x00\x00\x0a", 4);
	talk_h245(a, m);
	m = talk_hear_h245(b);
	assert_int_equal(m->u.indication->choice, H245_INDICATION_MESSAGE_FUNCTION_NOT_SUPPORTED);
	assert_false(sim_sent_address(b, INSIDE));
}

/* H.460.19: the media's addresses within octets of an OpenLogicalChannel. */
static void test_generic_information(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	struct h245_open_logical_channel *olc = talk_olc(1, false, 1, NULL, INSIDE ":5001");
	struct h245_generic_parameter *p = ARENA_NEW(&talk_arena, struct h245_generic_parameter);
	p->parameter_value.choice = H245_PARAMETER_VALUE_OCTET_STRING;
	p->parameter_value.u.octet_string = slice_of("\x0a\x00\x00\x0a", 4);
	olc->has_generic_information = true;
	olc->generic_information.n = 1;
	olc->generic_information.v = arena_calloc(&talk_arena, 1, sizeof *olc->generic_information.v);
	olc->generic_information.v->message_identifier.choice = H245_CAPABILITY_IDENTIFIER_STANDARD;
	olc->generic_information.v->message_identifier.u.standard =
		slice_of("\x00\x08\x83\x4c\x13\x00\x01", 7);
	olc->generic_information.v->has_message_content = true;
	olc->generic_information.v->message_content.n = 1;
	olc->generic_information.v->message_content.v = p;
	talk_h245(a, h245_olc_build(&talk_arena, olc));
	(void)talk_hear_h245(b);
	assert_false(sim_sent_address(b, INSIDE));
}

/* --- too much of everything --- */

static void test_communication_modes(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	struct h245_communication_mode_command *c =
		ARENA_NEW(&talk_arena, struct h245_communication_mode_command);
	const struct addr own = talk_addr(OUTSIDE ":6001");
	c->communication_mode_table.n = 200;
	c->communication_mode_table.v = arena_calloc(&talk_arena, 200, sizeof *c->communication_mode_table.v);
	for (int i = 0; i < 200; i++) {
		struct h245_communication_mode_table_entry *e = &c->communication_mode_table.v[i];
		e->session_id = (uint8_t)(i + 1);
		e->session_description = slice_of("\0m", 2);
		e->data_type.choice = H245_COMMUNICATION_MODE_TABLE_ENTRY_DATA_TYPE_AUDIO_DATA;
		e->data_type.u.audio_data = ARENA_NEW(&talk_arena, struct h245_audio_capability);
		e->data_type.u.audio_data->choice = H245_AUDIO_CAPABILITY_G711_ULAW64K;
		e->data_type.u.audio_data->u.g711_ulaw64k = 20;
		e->media_control_channel = h245_addr_new(&own, &talk_arena);
	}
	h245_pdu *m = ARENA_NEW(&talk_arena, h245_pdu);
	m->choice = H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_COMMAND;
	m->u.command = ARENA_NEW(&talk_arena, struct h245_command_message);
	m->u.command->choice = H245_COMMAND_MESSAGE_COMMUNICATION_MODE_COMMAND;
	m->u.command->u.communication_mode_command = c;
	struct writer w = wr_of(arena_alloc(&talk_arena, 32768), 32768);
	assert_int_equal(h245_encode_tpkt(m, &w, NULL), 0);
	sim_feed(b, wr_slice(&w));
	/* more sessions than a call may have: the call is over, and nothing of it is left */
	assert_null(relay_fake_next(&f->sim.relay, NULL));
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
}

static void test_ladder_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct talk info = { .type = Q931_FACILITY, .tunnelling = true, .n_tunnelled = 4, .empty = true };
	scene_dial_out(f, &t);
	for (int i = 0; i < 4; i++)
		info.tunnelled[i] =
			h245_olc_build(&talk_arena, talk_olc(5, false, 1, INSIDE ":5000", INSIDE ":5001"));
	for (int i = 0; i < 1000; i++)
		talk_say(f->caller, &info);
	const struct gw_ladder *l = &f->sim.gw.calls->ladder;
	assert_true(l->bytes <= GW_LADDER_BYTES);
	assert_true(l->n <= GW_LADDER_MAX);
	assert_true(l->dropped > 0);
}

/* --- circles --- */

static void hop_one(struct h225_msg *m)
{
	struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	s->has_hop_count = true;
	s->hop_count = 1;
}

static void hop_nine(struct h225_msg *m)
{
	hop_one(m);
	m->uu.h323_uu_pdu.h323_message_body.u.setup->hop_count = 9;
}

static void test_hop_count(void **state)
{
	struct fixture *f = *state;
	struct h225_msg m;
	struct talk t = scene_setup_message();
	assert_int_equal(setup_with(f, hop_nine, &m)->hop_count, 8);
	t.edit = hop_one;
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	talk_say(f->caller, &t);
	talk_hear(f->caller, &m);
	assert_int_equal(m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason->choice,
		H225_RELEASE_COMPLETE_REASON_HOP_COUNT_EXCEEDED);
}

/* An inside address that comes in by the outside may not dial out. */
static void test_inside_address_from_outside(void **state)
{
	struct fixture *f = *state;
	assert_null(sim_dial(&f->sim, INSIDE ":4001", GW_OUT ":1720", OUTSIDE ":1720"));
	/* without interception it may be an inside host that called our outside address */
	struct gw_config *cfg = sim_config();
	cfg->mode = GW_MODE_OFF;
	assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
	assert_non_null(sim_dial(&f->sim, INSIDE ":4001", GW_OUT ":1720", GW_OUT ":1720"));
	/* and an outside address that comes in by the inside has no rights of the inside */
	f->caller = sim_dial(&f->sim, OUTSIDE ":4001", GW_IN ":1720", "198.51.100.99:1720");
	const struct talk t = { .type = Q931_SETUP };
	talk_say(f->caller, &t);
	talk_expect(f->caller, Q931_RELEASE_COMPLETE);
}

static void test_own_call_comes_back(void **state)
{
	struct fixture *f = *state;
	assert_null(sim_dial(&f->sim, GW_OUT ":4001", GW_OUT ":1720", GW_OUT ":1720"));
	assert_null(sim_dial(&f->sim, GW_IN ":4001", GW_IN ":1720", OUTSIDE ":1720"));
}

/* --- silence --- */

/* Channel LCN of the caller in SESSION, accepted. */
static void open_channel(struct sim_conn *a, struct sim_conn *b, uint16_t lcn, uint8_t session, uint16_t port)
{
	char rtcp[32], media[32], control[32];
	snprintf(rtcp, sizeof rtcp, INSIDE ":%u", port + 1u);
	snprintf(media, sizeof media, OUTSIDE ":%u", port);
	snprintf(control, sizeof control, OUTSIDE ":%u", port + 1u);
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(lcn, false, session, NULL, rtcp)));
	talk_h245(b, talk_ack(lcn, session, media, control));
}

static struct relay_session *session_of(struct fixture *f, uint32_t id)
{
	for (struct gw_session *s = f->sim.gw.calls->sessions; s != NULL; s = s->next)
		if (s->id == id)
			return s->relay;
	return NULL;
}

static void test_rtcp_from_inside_is_hidden(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	open_channel(a, b, 1, 1, 5000);
	assert_true(relay_fake_hides(session_of(f, 1), GW_CALLER));
	assert_false(relay_fake_hides(session_of(f, 1), GW_CALLEE));
}

static void test_one_silent_session(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	const struct addr from = talk_addr(INSIDE ":5000");
	scene_slow_call(f, &a, &b);
	open_channel(a, b, 1, 1, 5000);
	open_channel(a, b, 2, 2, 6000);
	assert_int_equal(sim_flows(&f->sim), 6);
	for (int i = 0; i < 4; i++) {
		sim_advance(&f->sim, 20000);
		assert_true(relay_fake_packet(
			session_of(f, 1), GW_CALLER, RELAY_RTP, &from, 172, f->sim.now_ms, NULL));
	}
	/* the call goes on, the silent session's holes are closed */
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	assert_int_equal(sim_flows(&f->sim), 3);
	/* until one of its channels is opened anew */
	open_channel(a, b, 3, 2, 6000);
	assert_int_equal(sim_flows(&f->sim), 6);
}

/* Signalling alone keeps no pinhole open; and a call whose pinholes are all closed ends when signalling
 * stops. */
static void test_signalling_keeps_no_pinhole(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	open_channel(a, b, 1, 1, 5000);
	for (int i = 0; i < 4; i++) {
		sim_advance(&f->sim, 20000);
		talk_h245(a, h245_rtd_build(&talk_arena, (uint8_t)i));
	}
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 1);
	assert_int_equal(sim_flows(&f->sim), 0);
	sim_advance(&f->sim, 61000);
	assert_int_equal(HASH_COUNT(f->sim.gw.calls), 0);
}

/* Accepted before the callee answers, and quiet while it rings: that may take longer than a minute. */
static void test_long_ringing(void **state)
{
	struct fixture *f = *state;
	fast_reverse(f);
	const struct talk alerting = { .type = Q931_ALERTING, .from_callee = true };
	talk_say(f->callee, &alerting);
	const unsigned flows = sim_flows(&f->sim);
	sim_advance(&f->sim, 120000);
	assert_int_equal(sim_flows(&f->sim), flows);
	scene_answer(f, NULL);
	assert_int_equal(sim_flows(&f->sim), flows);
	sim_advance(&f->sim, 61000);
	assert_int_equal(sim_flows(&f->sim), 0);
}

/* --- T.120 and other secondaries --- */

static struct addr t120_address(struct sim_conn *a, struct sim_conn *b, const char *target)
{
	struct addr at = { 0 };
	talk_h245(a, talk_t120_olc(200, target));
	const struct h245_network_access_parameters *n =
		talk_hear_h245(b)->u.request->u.open_logical_channel->separate_stack;
	assert_int_equal(h245_addr_read(&at, n->network_address.u.local_area_address), 0);
	return at;
}

/* A browser inside, made to speak for its host, passes off another service's port as T.120's: nobody gets to
 * talk to it. */
static void test_no_other_service_behind_t120(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	const struct addr at = t120_address(a, b, INSIDE ":8080");
	struct sim_conn *from = sim_connect_to(&f->sim, &at, OUTSIDE ":7001"),
			*to = sim_connecting(&f->sim, INSIDE ":8080");
	sim_connected(to);
	sim_feed(from, slice_str("GET / HTTP/1.0\r\n\r\n"));
	assert_int_equal(to->n_out, 0);
	assert_true(from->closed_by_gateway && to->closed_by_gateway);
	/* nor does its greeting get out */
	from = sim_connect_to(&f->sim, &at, OUTSIDE ":7001");
	to = sim_connecting(&f->sim, INSIDE ":8080");
	sim_connected(to);
	sim_feed(to, slice_str("\3"));
	sim_feed(to, slice_str("SH-2.0"));
	assert_true(from->closed_by_gateway && to->closed_by_gateway);
	assert_true(from->n_out <= 1);
}

static void test_t120_listener_goes(void **state)
{
	struct fixture *f = *state;
	struct sim_conn *a, *b;
	scene_slow_call(f, &a, &b);
	const struct addr at = t120_address(a, b, INSIDE ":1503");
	struct sim_conn *from = sim_connect_to(&f->sim, &at, OUTSIDE ":7001"),
			*to = sim_connecting(&f->sim, INSIDE ":1503");
	sim_connected(to);
	/* a quiet whiteboard stays */
	sim_advance(&f->sim, 300000);
	assert_false(from->closed_by_gateway);
	assert_int_equal(sim_listening(&f->sim), 1);
	sim_hang_up(from);
	assert_true(to->closed_by_gateway);
	sim_advance(&f->sim, 59000);
	assert_int_equal(sim_listening(&f->sim), 1);
	sim_advance(&f->sim, 2000);
	assert_int_equal(sim_listening(&f->sim), 0);
}

static void test_secondary_that_does_not_answer(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	t.h245 = INSIDE ":4100";
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	const struct addr at = scene_h245_address(&m);
	scene_answer(f, NULL);
	struct sim_conn *b = sim_connect_to(&f->sim, &at, OUTSIDE ":7000");
	assert_non_null(b);
	sim_advance(&f->sim, 14000);
	assert_false(b->closed_by_gateway);
	sim_advance(&f->sim, 2000);
	assert_true(b->closed_by_gateway);
	assert_null(sim_connecting(&f->sim, INSIDE ":4100"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_ack_of_an_own_proposal),
		T(test_fast_answer_for_an_own_channel),
		T(test_alternatives_under_one_number),
		T(test_many_proposals),
		T(test_second_user_user),
		T(test_second_message_in_the_tunnel),
		T(test_traversal_is_not_offered),
		T(test_aliases_of_all_kinds),
		T(test_text_that_grows),
		T(test_inside_address_in_ipv6_clothes),
		T(test_returned_function),
		T(test_generic_information),
		T(test_communication_modes),
		T(test_ladder_is_bounded),
		T(test_hop_count),
		T(test_own_call_comes_back),
		T(test_inside_address_from_outside),
		T(test_rtcp_from_inside_is_hidden),
		T(test_one_silent_session),
		T(test_signalling_keeps_no_pinhole),
		T(test_long_ringing),
		T(test_no_other_service_behind_t120),
		T(test_t120_listener_goes),
		T(test_secondary_that_does_not_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
