/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "samples.h"

#include <stdlib.h>

#include "h225_asn1.h"
#include "h245_asn1.h"

#define S(text) slice_of((text), sizeof(text) - 1)
#define NEW(a, type) ((type *)get((a), sizeof(type)))

static void *get(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);
	if (p == NULL)
		abort();
	return p;
}

static struct pst_slice encoded(struct arena *a, const struct asn1_type *t, const void *value)
{
	uint8_t *out = get(a, 1024);
	struct writer w = wr_of(out, 1024);
	if (asn1_per_encode(t, value, &w, NULL) != 0)
		abort();
	return wr_slice(&w);
}

/* ---- H.225.0 ---- */

static const struct pst_slice h225_v4 = { (const uint8_t *)"\x00\x08\x91\x4a\x00\x04", 6 };

static struct h225_transport_address *address(struct arena *a, const char ip[4], uint16_t port)
{
	struct h225_transport_address *ta = NEW(a, struct h225_transport_address);
	ta->choice = H225_TRANSPORT_ADDRESS_IP_ADDRESS;
	ta->u.ip_address = NEW(a, struct h225_transport_address_ip_address);
	ta->u.ip_address->ip = slice_of(ip, 4);
	ta->u.ip_address->port = port;
	return ta;
}

static struct h225_vendor_identifier vendor(void)
{
	return (struct h225_vendor_identifier){
		.vendor = { .t35_country_code = 181, .t35_extension = 0, .manufacturer_code = 21324 },
		.has_product_id = true, .product_id = S("Sample \"One\"\n"),
		.has_version_id = true, .version_id = S("1.0"),
	};
}

static struct h225_endpoint_type terminal(struct arena *a)
{
	struct h225_endpoint_type t = { .vendor = NEW(a, struct h225_vendor_identifier),
		.terminal = NEW(a, struct h225_terminal_info) };
	*t.vendor = vendor();
	return t;
}

static struct h225_alias_address *aliases(struct arena *a)
{
	struct h225_alias_address *v = get(a, 2 * sizeof *v);
	v[0].choice = H225_ALIAS_ADDRESS_H323_ID;
	v[0].u.h323_id = S("\0A\0n\0n\0\xe9");
	v[1].choice = H225_ALIAS_ADDRESS_DIALED_DIGITS;
	v[1].u.dialed_digits = S("5551234");
	return v;
}

/* ---- H.245 ---- */

static struct h245_audio_capability *g711(struct arena *a)
{
	struct h245_audio_capability *c = NEW(a, struct h245_audio_capability);
	c->choice = H245_AUDIO_CAPABILITY_G711_ULAW64K;
	c->u.g711_ulaw64k = 20;
	return c;
}

static struct h245_transport_address *media_address(struct arena *a, const char ip[4], uint16_t port)
{
	struct h245_transport_address *ta = NEW(a, struct h245_transport_address);
	struct h245_unicast_address *u = NEW(a, struct h245_unicast_address);
	ta->choice = H245_TRANSPORT_ADDRESS_UNICAST_ADDRESS;
	ta->u.unicast_address = u;
	u->choice = H245_UNICAST_ADDRESS_IP_ADDRESS;
	u->u.ip_address = NEW(a, struct h245_unicast_address_ip_address);
	u->u.ip_address->network = slice_of(ip, 4);
	u->u.ip_address->tsap_identifier = port;
	return ta;
}

static struct h245_open_logical_channel *channel(struct arena *a)
{
	struct h245_open_logical_channel *olc = NEW(a, struct h245_open_logical_channel);
	struct h245_h2250_logical_channel_parameters *p = NEW(a, struct h245_h2250_logical_channel_parameters);
	olc->forward_logical_channel_number = 101;
	olc->forward_logical_channel_parameters.data_type.choice = H245_DATA_TYPE_AUDIO_DATA;
	olc->forward_logical_channel_parameters.data_type.u.audio_data = g711(a);
	olc->forward_logical_channel_parameters.multiplex_parameters.choice =
		H245_OPEN_LOGICAL_CHANNEL_FORWARD_LOGICAL_CHANNEL_PARAMETERS_MULTIPLEX_PARAMETERS_H2250_LOGICAL_CHANNEL_PARAMETERS;
	olc->forward_logical_channel_parameters.multiplex_parameters.u.h2250_logical_channel_parameters = p;
	p->session_id = 1;
	p->media_control_channel = media_address(a, "\xc0\x00\x02\x0a", 5001);
	p->has_silence_suppression = true;
	return olc;
}

static struct h245_multimedia_system_control_message *request(struct arena *a, uint32_t choice, void *body)
{
	struct h245_multimedia_system_control_message *m = NEW(a, struct h245_multimedia_system_control_message);
	m->choice = H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_REQUEST;
	m->u.request = NEW(a, struct h245_request_message);
	m->u.request->choice = choice;
	m->u.request->u.open_logical_channel = body; /* all bodies used here are pointers */
	return m;
}

static void *open_logical_channel(struct arena *a)
{
	return request(a, H245_REQUEST_MESSAGE_OPEN_LOGICAL_CHANNEL, channel(a));
}

static void *open_logical_channel_ack(struct arena *a)
{
	struct h245_multimedia_system_control_message *m = NEW(a, struct h245_multimedia_system_control_message);
	struct h245_open_logical_channel_ack *ack = NEW(a, struct h245_open_logical_channel_ack);
	struct h245_h2250_logical_channel_ack_parameters *p = NEW(a, struct h245_h2250_logical_channel_ack_parameters);
	m->choice = H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_RESPONSE;
	m->u.response = NEW(a, struct h245_response_message);
	m->u.response->choice = H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_ACK;
	m->u.response->u.open_logical_channel_ack = ack;
	ack->forward_logical_channel_number = 101;
	ack->forward_multiplex_ack_parameters =
		NEW(a, struct h245_open_logical_channel_ack_forward_multiplex_ack_parameters);
	ack->forward_multiplex_ack_parameters->u.h2250_logical_channel_ack_parameters = p;
	p->has_session_id = true;
	p->session_id = 1;
	p->media_channel = media_address(a, "\xc6\x33\x64\x07", 6000);
	p->media_control_channel = media_address(a, "\xc6\x33\x64\x07", 6001);
	return m;
}

static void *terminal_capability_set(struct arena *a)
{
	enum { CODECS = 4 };
	static const uint32_t codecs[CODECS] = { H245_AUDIO_CAPABILITY_G711_ULAW64K, H245_AUDIO_CAPABILITY_G711_ALAW64K,
		H245_AUDIO_CAPABILITY_G728, H245_AUDIO_CAPABILITY_G729 };
	struct h245_terminal_capability_set *tcs = NEW(a, struct h245_terminal_capability_set);
	struct h245_capability_descriptor *d = NEW(a, struct h245_capability_descriptor);
	struct h245_alternative_capability_set *set = NEW(a, struct h245_alternative_capability_set);
	tcs->sequence_number = 1;
	tcs->protocol_identifier = S("\x00\x08\x81\x75\x00\x0d");
	tcs->has_capability_table = true;
	tcs->capability_table.n = CODECS;
	tcs->capability_table.v = get(a, CODECS * sizeof *tcs->capability_table.v);
	set->v = get(a, CODECS * sizeof *set->v);
	set->n = CODECS;
	for (uint32_t i = 0; i < CODECS; i++) {
		struct h245_capability *c = NEW(a, struct h245_capability);
		c->choice = H245_CAPABILITY_RECEIVE_AUDIO_CAPABILITY;
		c->u.receive_audio_capability = g711(a);
		c->u.receive_audio_capability->choice = codecs[i]; /* all four carry a frame count */
		tcs->capability_table.v[i].capability_table_entry_number = i + 1;
		tcs->capability_table.v[i].capability = c;
		set->v[i] = i + 1;
	}
	d->has_simultaneous_capabilities = true;
	d->simultaneous_capabilities.n = 1;
	d->simultaneous_capabilities.v = set;
	tcs->has_capability_descriptors = true;
	tcs->capability_descriptors.n = 1;
	tcs->capability_descriptors.v = d;
	return request(a, H245_REQUEST_MESSAGE_TERMINAL_CAPABILITY_SET, tcs);
}

/* ---- whole H.225.0 messages ---- */

static void *setup(struct arena *a)
{
	struct h225_h323_user_information *m = NEW(a, struct h225_h323_user_information);
	struct h225_setup_uuie *s = NEW(a, struct h225_setup_uuie);
	m->h323_uu_pdu.h323_message_body.u.setup = s;
	m->h323_uu_pdu.has_h245_tunneling = true;
	m->h323_uu_pdu.h245_tunneling = true;
	s->protocol_identifier = h225_v4;
	s->has_source_address = true;
	s->source_address.n = 2;
	s->source_address.v = aliases(a);
	s->source_info = terminal(a);
	s->dest_call_signal_address = address(a, "\xc6\x33\x64\x07", 1720);
	s->conference_id = S("0123456789abcdef");
	s->source_call_signal_address = address(a, "\xc0\x00\x02\x0a", 1720);
	s->call_identifier = NEW(a, struct h225_call_identifier);
	s->call_identifier->guid = S("fedcba9876543210");
	s->has_fast_start = true;
	s->fast_start.n = 1;
	s->fast_start.v = NEW(a, struct pst_slice);
	s->fast_start.v[0] = encoded(a, &h245_open_logical_channel_type, channel(a));
	s->has_media_wait_for_connect = true;
	s->has_can_overlap_send = true;
	s->has_screening_indicator = true;
	s->screening_indicator = H225_SCREENING_INDICATOR_NETWORK_PROVIDED;
	s->has_symmetric_operation_required = true;
	return m;
}

static void *release_complete(struct arena *a)
{
	struct h225_h323_user_information *m = NEW(a, struct h225_h323_user_information);
	struct h225_release_complete_uuie *r = NEW(a, struct h225_release_complete_uuie);
	m->h323_uu_pdu.h323_message_body.choice = H225_H323_UU_PDU_H323_MESSAGE_BODY_RELEASE_COMPLETE;
	m->h323_uu_pdu.h323_message_body.u.release_complete = r;
	r->protocol_identifier = h225_v4;
	r->reason = NEW(a, struct h225_release_complete_reason);
	r->reason->choice = ASN1_UNKNOWN; /* of a version to come */
	r->reason->u.unknown = (struct asn1_unknown){ 40, S("\x12\x34") };
	r->ext.received = 12;
	r->ext.n = 1;
	r->ext.unknown = NEW(a, struct asn1_unknown);
	r->ext.unknown[0] = (struct asn1_unknown){ 11, S("later") };
	return m;
}

static void *registration_request(struct arena *a)
{
	struct h225_ras_message *m = NEW(a, struct h225_ras_message);
	struct h225_registration_request *r = NEW(a, struct h225_registration_request);
	m->choice = H225_RAS_MESSAGE_REGISTRATION_REQUEST;
	m->u.registration_request = r;
	r->request_seq_num = 4711;
	r->protocol_identifier = h225_v4;
	r->call_signal_address.n = 1;
	r->call_signal_address.v = address(a, "\xc0\x00\x02\x0a", 1720);
	r->ras_address.n = 1;
	r->ras_address.v = address(a, "\xc0\x00\x02\x0a", 1719);
	r->terminal_type = terminal(a);
	r->has_terminal_alias = true;
	r->terminal_alias.n = 2;
	r->terminal_alias.v = aliases(a);
	r->endpoint_vendor = vendor();
	r->has_time_to_live = true;
	r->time_to_live = 60;
	r->has_supports_alt_gk = true;
	return m;
}

const struct sample samples[] = {
	{ "setup", &h225_h323_user_information_type, setup },
	{ "release_complete", &h225_h323_user_information_type, release_complete },
	{ "registration_request", &h225_ras_message_type, registration_request },
	{ "terminal_capability_set", &h245_multimedia_system_control_message_type, terminal_capability_set },
	{ "open_logical_channel", &h245_multimedia_system_control_message_type, open_logical_channel },
	{ "open_logical_channel_ack", &h245_multimedia_system_control_message_type, open_logical_channel_ack },
};
const size_t n_samples = sizeof samples / sizeof samples[0];
