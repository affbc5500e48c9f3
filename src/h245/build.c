/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builders of H.245 messages. */
#include "h245/build.h"

#include "h245/data.h"

#define PDU(x) H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_##x
#define REQ(x) H245_REQUEST_MESSAGE_##x
#define RSP(x) H245_RESPONSE_MESSAGE_##x
#define CMD(x) H245_COMMAND_MESSAGE_##x
#define IND(x) H245_INDICATION_MESSAGE_##x

/* The four groups are alike: a choice of pointers. */
#define WRAP(group, GROUP) \
	h245_pdu *h245_##group(struct arena *a, uint32_t choice, void *body) \
	{ \
		h245_pdu *m = ARENA_NEW(a, h245_pdu); \
		struct h245_##group##_message *g = ARENA_NEW(a, struct h245_##group##_message); \
		if (m == NULL || g == NULL || body == NULL) \
			return NULL; \
		m->choice = PDU(GROUP); \
		m->u.group = g; \
		g->choice = choice; \
		memcpy(&g->u, &body, sizeof(body)); \
		return m; \
	}

WRAP(request, REQUEST)
WRAP(response, RESPONSE)
WRAP(command, COMMAND)
WRAP(indication, INDICATION)

/* A new body initialised from a compound literal, or NULL. */
#define NEW(a, type, ...) arena_dup((a), &(struct type){ __VA_ARGS__ }, sizeof(struct type))

h245_pdu *h245_msd_build(struct arena *a, uint8_t terminal_type, uint32_t number)
{
	return h245_request(a, REQ(MASTER_SLAVE_DETERMINATION), NEW(a, h245_master_slave_determination,
		.terminal_type = terminal_type, .status_determination_number = number & 0xffffff));
}

h245_pdu *h245_msd_ack_build(struct arena *a, bool peer_is_master)
{
	return h245_response(a, RSP(MASTER_SLAVE_DETERMINATION_ACK), NEW(a, h245_master_slave_determination_ack,
		.decision.choice = peer_is_master ? H245_MASTER_SLAVE_DETERMINATION_ACK_DECISION_MASTER :
			H245_MASTER_SLAVE_DETERMINATION_ACK_DECISION_SLAVE));
}

h245_pdu *h245_msd_reject_build(struct arena *a)
{
	return h245_response(a, RSP(MASTER_SLAVE_DETERMINATION_REJECT), NEW(a, h245_master_slave_determination_reject,
		.cause.choice = H245_MASTER_SLAVE_DETERMINATION_REJECT_CAUSE_IDENTICAL_NUMBERS));
}

h245_pdu *h245_msd_release_build(struct arena *a)
{
	return h245_indication(a, IND(MASTER_SLAVE_DETERMINATION_RELEASE),
		ARENA_NEW(a, struct h245_master_slave_determination_release));
}

static bool multipoint_build(struct h245_multipoint_capability *m, struct arena *a)
{
	m->media_distribution_capability.v = ARENA_NEW(a, struct h245_media_distribution_capability);
	m->media_distribution_capability.n = 1;
	return m->media_distribution_capability.v != NULL;
}

static struct h245_multiplex_capability *multiplex_build(struct arena *a)
{
	struct h245_multiplex_capability *m = ARENA_NEW(a, struct h245_multiplex_capability);
	struct h245_h2250_capability *h = ARENA_NEW(a, struct h245_h2250_capability);
	if (m == NULL || h == NULL)
		return NULL;
	h->maximum_audio_delay_jitter = 250;
	if (!multipoint_build(&h->receive_multipoint_capability, a) ||
		!multipoint_build(&h->transmit_multipoint_capability, a) ||
		!multipoint_build(&h->receive_and_transmit_multipoint_capability, a))
		return NULL;
	m->choice = H245_MULTIPLEX_CAPABILITY_H2250_CAPABILITY;
	m->u.h2250_capability = h;
	return m;
}

enum { USER_INPUT_STRING_ENTRY = 100, USER_INPUT_DTMF_ENTRY = 101, T120_ENTRY = 102 };

static struct h245_capability *user_input_build(struct arena *a, uint32_t kind)
{
	struct h245_capability *c = ARENA_NEW(a, struct h245_capability);
	struct h245_user_input_capability *u = ARENA_NEW(a, struct h245_user_input_capability);
	if (c == NULL || u == NULL)
		return NULL;
	u->choice = kind;
	c->choice = H245_CAPABILITY_RECEIVE_USER_INPUT_CAPABILITY;
	c->u.receive_user_input_capability = u;
	return c;
}

static struct h245_capability *audio_build(struct arena *a, uint32_t codec, uint32_t frames)
{
	struct h245_capability *c = ARENA_NEW(a, struct h245_capability);
	struct h245_audio_capability *audio = ARENA_NEW(a, struct h245_audio_capability);
	if (c == NULL || audio == NULL)
		return NULL;
	audio->choice = codec;
	audio->u.g711_alaw64k = frames;
	c->choice = H245_CAPABILITY_RECEIVE_AUDIO_CAPABILITY;
	c->u.receive_audio_capability = audio;
	return c;
}

static struct h245_capability *t120_build(struct arena *a)
{
	struct h245_capability *c = ARENA_NEW(a, struct h245_capability);
	if (c == NULL)
		return NULL;
	c->choice = H245_CAPABILITY_RECEIVE_AND_TRANSMIT_DATA_APPLICATION_CAPABILITY;
	c->u.receive_and_transmit_data_application_capability = h245_t120_build(a);
	return c->u.receive_and_transmit_data_application_capability != NULL ? c : NULL;
}

static bool table_build(struct h245_terminal_capability_set *tcs, const struct h245_caps *caps, struct arena *a)
{
	struct h245_capability_table_entry *v = arena_calloc(a, caps->n_audio + 3U, sizeof(*v));
	uint32_t n = 0;
	if (v == NULL)
		return false;
	for (; n < caps->n_audio; n++) {
		v[n].capability_table_entry_number = n + 1;
		v[n].capability = audio_build(a, caps->audio[n], caps->frames);
	}
	if (caps->user_input) {
		v[n].capability_table_entry_number = USER_INPUT_STRING_ENTRY;
		v[n++].capability = user_input_build(a, H245_USER_INPUT_CAPABILITY_BASIC_STRING);
		v[n].capability_table_entry_number = USER_INPUT_DTMF_ENTRY;
		v[n++].capability = user_input_build(a, H245_USER_INPUT_CAPABILITY_DTMF);
	}
	if (caps->t120) {
		v[n].capability_table_entry_number = T120_ENTRY;
		v[n++].capability = t120_build(a);
	}
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].capability == NULL)
			return false;
	}
	tcs->has_capability_table = n > 0;
	tcs->capability_table.n = n;
	tcs->capability_table.v = v;
	return true;
}

/* One descriptor: any one of the codecs, beside either form of user input, beside T.120. */
static bool descriptor_build(struct h245_terminal_capability_set *tcs, const struct h245_caps *caps, struct arena *a)
{
	struct h245_capability_descriptor *d = ARENA_NEW(a, struct h245_capability_descriptor);
	struct h245_alternative_capability_set *sets = arena_calloc(a, 4, sizeof(*sets));
	uint32_t *entries = arena_calloc(a, caps->n_audio + 3U, sizeof(*entries));
	uint32_t n = 0;
	if (d == NULL || sets == NULL || entries == NULL)
		return false;
	for (uint32_t i = 0; i < caps->n_audio; i++)
		entries[i] = i + 1;
	if (caps->n_audio > 0)
		sets[n++] = (struct h245_alternative_capability_set){ caps->n_audio, entries };
	if (caps->user_input) {
		uint32_t *input = entries + caps->n_audio;
		input[0] = USER_INPUT_STRING_ENTRY;
		input[1] = USER_INPUT_DTMF_ENTRY;
		sets[n++] = (struct h245_alternative_capability_set){ 1, input };
		sets[n++] = (struct h245_alternative_capability_set){ 1, input + 1 };
	}
	if (caps->t120) {
		entries[caps->n_audio + 2] = T120_ENTRY;
		sets[n++] = (struct h245_alternative_capability_set){ 1, entries + caps->n_audio + 2 };
	}
	d->capability_descriptor_number = 0;
	d->has_simultaneous_capabilities = n > 0;
	d->simultaneous_capabilities.n = n;
	d->simultaneous_capabilities.v = sets;
	tcs->has_capability_descriptors = true;
	tcs->capability_descriptors.n = 1;
	tcs->capability_descriptors.v = d;
	return true;
}

h245_pdu *h245_tcs_build(struct arena *a, const struct h245_caps *caps)
{
	static const uint8_t version[] = { 0x00, 0x08, 0x81, 0x75, 0x00, 0x07 }; /* { 0 0 8 245 0 7 } */
	struct h245_terminal_capability_set *tcs = NEW(a, h245_terminal_capability_set,
		.sequence_number = caps->sequence, .protocol_identifier = { version, sizeof(version) });
	if (tcs == NULL)
		return NULL;
	if (!caps->empty) {
		tcs->multiplex_capability = multiplex_build(a);
		if (tcs->multiplex_capability == NULL || !table_build(tcs, caps, a) || !descriptor_build(tcs, caps, a))
			return NULL;
	}
	return h245_request(a, REQ(TERMINAL_CAPABILITY_SET), tcs);
}

h245_pdu *h245_tcs_ack_build(struct arena *a, uint8_t sequence)
{
	return h245_response(a, RSP(TERMINAL_CAPABILITY_SET_ACK),
		NEW(a, h245_terminal_capability_set_ack, .sequence_number = sequence));
}

h245_pdu *h245_tcs_reject_build(struct arena *a, uint8_t sequence, uint32_t cause)
{
	return h245_response(a, RSP(TERMINAL_CAPABILITY_SET_REJECT),
		NEW(a, h245_terminal_capability_set_reject, .sequence_number = sequence, .cause.choice = cause));
}

h245_pdu *h245_tcs_release_build(struct arena *a)
{
	return h245_indication(a, IND(TERMINAL_CAPABILITY_SET_RELEASE),
		ARENA_NEW(a, struct h245_terminal_capability_set_release));
}

h245_pdu *h245_olc_build(struct arena *a, struct h245_open_logical_channel *olc)
{
	return h245_request(a, REQ(OPEN_LOGICAL_CHANNEL), olc);
}

h245_pdu *h245_olc_reject_build(struct arena *a, uint16_t channel, uint32_t cause)
{
	return h245_response(a, RSP(OPEN_LOGICAL_CHANNEL_REJECT), NEW(a, h245_open_logical_channel_reject,
		.forward_logical_channel_number = channel, .cause.choice = cause));
}

h245_pdu *h245_olc_confirm_build(struct arena *a, uint16_t channel)
{
	return h245_indication(a, IND(OPEN_LOGICAL_CHANNEL_CONFIRM),
		NEW(a, h245_open_logical_channel_confirm, .forward_logical_channel_number = channel));
}

h245_pdu *h245_clc_build(struct arena *a, uint16_t channel, bool by_user)
{
	return h245_request(a, REQ(CLOSE_LOGICAL_CHANNEL), NEW(a, h245_close_logical_channel,
		.forward_logical_channel_number = channel, .source.choice = by_user ?
			H245_CLOSE_LOGICAL_CHANNEL_SOURCE_USER : H245_CLOSE_LOGICAL_CHANNEL_SOURCE_LCSE));
}

h245_pdu *h245_clc_ack_build(struct arena *a, uint16_t channel)
{
	return h245_response(a, RSP(CLOSE_LOGICAL_CHANNEL_ACK),
		NEW(a, h245_close_logical_channel_ack, .forward_logical_channel_number = channel));
}

h245_pdu *h245_rcc_build(struct arena *a, uint16_t channel)
{
	return h245_request(a, REQ(REQUEST_CHANNEL_CLOSE),
		NEW(a, h245_request_channel_close, .forward_logical_channel_number = channel));
}

h245_pdu *h245_rcc_ack_build(struct arena *a, uint16_t channel)
{
	return h245_response(a, RSP(REQUEST_CHANNEL_CLOSE_ACK),
		NEW(a, h245_request_channel_close_ack, .forward_logical_channel_number = channel));
}

h245_pdu *h245_rcc_reject_build(struct arena *a, uint16_t channel)
{
	return h245_response(a, RSP(REQUEST_CHANNEL_CLOSE_REJECT), NEW(a, h245_request_channel_close_reject,
		.forward_logical_channel_number = channel,
		.cause.choice = H245_REQUEST_CHANNEL_CLOSE_REJECT_CAUSE_UNSPECIFIED));
}

h245_pdu *h245_rcc_release_build(struct arena *a, uint16_t channel)
{
	return h245_indication(a, IND(REQUEST_CHANNEL_CLOSE_RELEASE),
		NEW(a, h245_request_channel_close_release, .forward_logical_channel_number = channel));
}

h245_pdu *h245_rtd_build(struct arena *a, uint8_t sequence)
{
	return h245_request(a, REQ(ROUND_TRIP_DELAY_REQUEST),
		NEW(a, h245_round_trip_delay_request, .sequence_number = sequence));
}

h245_pdu *h245_rtd_response_build(struct arena *a, uint8_t sequence)
{
	return h245_response(a, RSP(ROUND_TRIP_DELAY_RESPONSE),
		NEW(a, h245_round_trip_delay_response, .sequence_number = sequence));
}

static h245_pdu *user_input(struct arena *a, const struct h245_user_input_indication *u)
{
	return h245_indication(a, IND(USER_INPUT), arena_dup(a, u, sizeof(*u)));
}

h245_pdu *h245_user_signal_build(struct arena *a, char tone, uint16_t duration_ms)
{
	struct h245_user_input_indication u = { .choice = H245_USER_INPUT_INDICATION_SIGNAL };
	const char *type = arena_dup(a, &tone, 1);
	u.u.signal = NEW(a, h245_user_input_indication_signal, .signal_type = slice_of(type, 1),
		.has_duration = duration_ms > 0, .duration = duration_ms);
	return type != NULL && u.u.signal != NULL ? user_input(a, &u) : NULL;
}

h245_pdu *h245_user_text_build(struct arena *a, struct pst_slice text)
{
	struct h245_user_input_indication u = { .choice = H245_USER_INPUT_INDICATION_ALPHANUMERIC };
	u.u.alphanumeric = text;
	return user_input(a, &u);
}

h245_pdu *h245_end_session_build(struct arena *a)
{
	return h245_command(a, CMD(END_SESSION_COMMAND),
		NEW(a, h245_end_session_command, .choice = H245_END_SESSION_COMMAND_DISCONNECT));
}

static h245_pdu *not_understood(struct arena *a, const h245_pdu *m)
{
	struct h245_function_not_understood f;
	if (m->choice == PDU(REQUEST)) {
		f.choice = H245_FUNCTION_NOT_UNDERSTOOD_REQUEST;
		f.u.request = m->u.request;
	} else if (m->choice == PDU(COMMAND)) {
		f.choice = H245_FUNCTION_NOT_UNDERSTOOD_COMMAND;
		f.u.command = m->u.command;
	} else {
		return NULL;
	}
	return h245_indication(a, IND(FUNCTION_NOT_UNDERSTOOD), arena_dup(a, &f, sizeof(f)));
}

h245_pdu *h245_refusal_build(struct arena *a, const h245_pdu *m)
{
	if (m->choice == PDU(REQUEST) && m->u.request->choice == REQ(REQUEST_MODE))
		return h245_response(a, RSP(REQUEST_MODE_REJECT), NEW(a, h245_request_mode_reject,
			.sequence_number = m->u.request->u.request_mode->sequence_number,
			.cause.choice = H245_REQUEST_MODE_REJECT_CAUSE_REQUEST_DENIED));
	return not_understood(a, m);
}
