/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "talk.h"

#include "h225/body.h"
#include "h225/build.h"
#include "h245/addr.h"

struct arena talk_arena;

void talk_init(void)
{
	arena_init(&talk_arena, 0);
}

void talk_done(void)
{
	arena_free(&talk_arena);
}

struct addr talk_addr(const char *text)
{
	struct addr a = { 0 };
	if (text != NULL)
		assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

static struct h225_transport_address *transport(const char *text)
{
	const struct addr a = talk_addr(text);
	return text != NULL ? h225_addr_new(&a, &talk_arena) : NULL;
}

static struct h225_alias_address *alias(const char *text)
{
	struct h225_alias_address *a = ARENA_NEW(&talk_arena, struct h225_alias_address);
	assert_int_equal(h225_alias_build(a, text, &talk_arena), 0);
	return a;
}

static void fill_setup(struct h225_setup_uuie *s, const struct talk *t)
{
	static const uint8_t guid[16] = { 0x7f, 1, 2, 3 };
	s->conference_id = slice_of(guid, 16);
	s->source_call_signal_address = transport(t->source);
	s->dest_call_signal_address = transport(t->dest);
	if (t->source_alias != NULL) {
		s->has_source_address = true;
		s->source_address.n = 1;
		s->source_address.v = alias(t->source_alias);
	}
	if (t->dest_alias != NULL) {
		s->has_destination_address = true;
		s->destination_address.n = 1;
		s->destination_address.v = alias(t->dest_alias);
	} else if (t->dest_transport != NULL) {
		s->has_destination_address = true;
		s->destination_address.n = 1;
		s->destination_address.v = ARENA_NEW(&talk_arena, struct h225_alias_address);
		s->destination_address.v->choice = H225_ALIAS_ADDRESS_TRANSPORT_ID;
		s->destination_address.v->u.transport_id = transport(t->dest_transport);
	}
}

static void fill_tunnel(struct h225_h323_uu_pdu *pdu, const struct talk *t)
{
	pdu->has_h245_tunneling = true;
	pdu->h245_tunneling = t->tunnelling;
	if (t->n_tunnelled == 0)
		return;
	pdu->has_h245_control = true;
	pdu->h245_control.n = t->n_tunnelled;
	pdu->h245_control.v = arena_calloc(&talk_arena, t->n_tunnelled, sizeof *pdu->h245_control.v);
	for (uint32_t i = 0; i < t->n_tunnelled; i++) {
		struct writer w = wr_of(arena_alloc(&talk_arena, 2048), 2048);
		assert_int_equal(h245_encode(t->tunnelled[i], &w, NULL), 0);
		pdu->h245_control.v[i] = wr_slice(&w);
	}
}

struct pst_slice talk_octets(const struct talk *t)
{
	static const uint8_t guid[16] = { 0xc1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	struct h225_msg m;
	assert_int_equal(h225_init(&m, t->type, TALK_CRV, t->from_callee, 4, &talk_arena), 0);
	struct h225_h323_uu_pdu_h323_message_body *body = &m.uu.h323_uu_pdu.h323_message_body;
	assert_int_equal(h225_set_call_id(body, slice_of(guid, 16), &talk_arena), 0);
	if (body->choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_SETUP)
		fill_setup(body->u.setup, t);
	if (body->choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_CONNECT)
		body->u.connect->conference_id = slice_of(guid, 16);
	if (body->choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_FACILITY)
		body->u.facility->alternative_address = transport(t->alternative);
	if (t->h245 != NULL)
		assert_int_equal(h225_set_h245_address(body, transport(t->h245)), 0);
	if (t->n_fast > 0) {
		struct pst_slice *v = arena_dup(&talk_arena, t->fast, t->n_fast * sizeof *v);
		assert_int_equal(h225_set_fast_start(body, t->n_fast, v), 0);
	}
	if (t->fast_refused)
		assert_int_equal(h225_set_fast_connect_refused(body, true), 0);
	if (t->display != NULL)
		assert_int_equal(q931_set(&m.q931, Q931_IE_DISPLAY, slice_str(t->display)), 0);
	if (t->empty)
		h225_make_empty(&m);
	fill_tunnel(&m.uu.h323_uu_pdu, t);
	if (t->edit != NULL)
		t->edit(&m);
	struct writer w = wr_of(arena_alloc(&talk_arena, 8192), 8192);
	struct asn1_err e = { 0 };
	if (h225_encode(&m, &w, &e) != 0)
		fail_msg("the test's own message does not encode: %s (%s)", e.what, e.path);
	return wr_slice(&w);
}

void talk_say(struct sim_conn *sc, const struct talk *t)
{
	assert_non_null(sc);
	sim_feed(sc, talk_octets(t));
}

void talk_hear(struct sim_conn *sc, struct h225_msg *m)
{
	assert_non_null(sc);
	const struct pst_slice p = sim_take(sc);
	struct asn1_err e = { 0 };
	if (p.n == 0)
		fail_msg("the gateway sent nothing");
	const void *copy = arena_dup(&talk_arena, p.p, p.n);
	if (h225_decode(m, slice_of(copy, p.n), NULL, &talk_arena, &e) != 0)
		fail_msg("what the gateway sent does not decode: %s (%s)", e.what, e.path);
}

void talk_expect(struct sim_conn *sc, uint8_t type)
{
	struct h225_msg m;
	talk_hear(sc, &m);
	if (m.q931.type != type)
		fail_msg("%s came instead of %s", q931_type_name(m.q931.type), q931_type_name(type));
}

bool talk_silent(const struct sim_conn *sc)
{
	return sc->taken == sc->n_out;
}

struct pst_slice talk_h245_octets(const h245_pdu *m)
{
	struct writer w = wr_of(arena_alloc(&talk_arena, 4096), 4096);
	assert_non_null(m);
	assert_int_equal(h245_encode_tpkt(m, &w, NULL), 0);
	return wr_slice(&w);
}

void talk_h245(struct sim_conn *sc, const h245_pdu *m)
{
	assert_non_null(sc);
	sim_feed(sc, talk_h245_octets(m));
}

h245_pdu *talk_hear_h245(struct sim_conn *sc)
{
	assert_non_null(sc);
	struct pst_slice p = sim_take(sc);
	if (p.n == 0)
		fail_msg("the gateway sent nothing");
	p.p = arena_dup(&talk_arena, p.p, p.n);
	h245_pdu *m = ARENA_NEW(&talk_arena, h245_pdu);
	assert_int_equal(h245_next(&p, m, NULL, &talk_arena, NULL), 0);
	assert_int_equal(p.n, 0);
	return m;
}

static struct h245_channel channel(
	uint16_t lcn, bool reverse, uint8_t session, const char *media, const char *control)
{
	return (struct h245_channel){ .number = lcn,
		.reverse = reverse,
		.session = session,
		.media = talk_addr(media),
		.control = talk_addr(control),
		.has_h2250 = true };
}

struct h245_open_logical_channel *talk_olc(
	uint16_t lcn, bool reverse, uint8_t session, const char *media, const char *control)
{
	const struct h245_channel ch = channel(lcn, reverse, session, media, control);
	struct h245_open_logical_channel *olc =
		h245_channel_build(&talk_arena, &ch, H245_AUDIO_CAPABILITY_G711_ULAW64K, 20);
	assert_non_null(olc);
	return olc;
}

struct pst_slice talk_fast(struct h245_open_logical_channel *olc)
{
	struct writer w = wr_of(arena_alloc(&talk_arena, 512), 512);
	assert_int_equal(h245_olc_encode(olc, &w, NULL), 0);
	return wr_slice(&w);
}

h245_pdu *talk_ack(uint16_t lcn, uint8_t session, const char *media, const char *control)
{
	const struct h245_channel ch = channel(lcn, false, session, media, control);
	return h245_channel_ack_build(&talk_arena, &ch);
}

static struct h245_network_access_parameters *stack_at(const char *address)
{
	if (address == NULL)
		return NULL;
	const struct addr a = talk_addr(address);
	struct h245_network_access_parameters *n =
		ARENA_NEW(&talk_arena, struct h245_network_access_parameters);
	n->network_address.choice = H245_NETWORK_ACCESS_PARAMETERS_NETWORK_ADDRESS_LOCAL_AREA_ADDRESS;
	n->network_address.u.local_area_address = h245_addr_new(&a, &talk_arena);
	return n;
}

h245_pdu *talk_t120_olc(uint16_t lcn, const char *address)
{
	struct h245_open_logical_channel *olc = talk_olc(lcn, false, 3, NULL, NULL);
	struct h245_data_application_capability *cap =
		ARENA_NEW(&talk_arena, struct h245_data_application_capability);
	cap->application.choice = H245_DATA_APPLICATION_CAPABILITY_APPLICATION_T120;
	cap->application.u.t120 = ARENA_NEW(&talk_arena, struct h245_data_protocol_capability);
	cap->application.u.t120->choice = H245_DATA_PROTOCOL_CAPABILITY_SEPARATE_LAN_STACK;
	cap->max_bit_rate = 621;
	olc->forward_logical_channel_parameters.data_type.choice = H245_DATA_TYPE_DATA;
	olc->forward_logical_channel_parameters.data_type.u.data = cap;
	olc->reverse_logical_channel_parameters =
		ARENA_NEW(&talk_arena, struct h245_open_logical_channel_reverse_logical_channel_parameters);
	olc->reverse_logical_channel_parameters->data_type =
		olc->forward_logical_channel_parameters.data_type;
	olc->separate_stack = stack_at(address);
	return h245_olc_build(&talk_arena, olc);
}

h245_pdu *talk_t120_ack(uint16_t lcn, const char *address)
{
	h245_pdu *m = talk_ack(lcn, 3, NULL, NULL);
	struct h245_open_logical_channel_ack *ack = m->u.response->u.open_logical_channel_ack;
	ack->forward_multiplex_ack_parameters = NULL;
	ack->reverse_logical_channel_parameters = ARENA_NEW(
		&talk_arena, struct h245_open_logical_channel_ack_reverse_logical_channel_parameters);
	ack->reverse_logical_channel_parameters->reverse_logical_channel_number = 1;
	ack->separate_stack = stack_at(address);
	return m;
}
