/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Channels for RTP: reading and building their parameters. */
#include "h245/channel.h"

#include "h245/addr.h"
#include "h245/build.h"

#define FWD(x) H245_OPEN_LOGICAL_CHANNEL_FORWARD_LOGICAL_CHANNEL_PARAMETERS_MULTIPLEX_PARAMETERS_##x
#define REV(x) H245_OPEN_LOGICAL_CHANNEL_REVERSE_LOGICAL_CHANNEL_PARAMETERS_MULTIPLEX_PARAMETERS_##x

typedef struct h245_open_logical_channel_forward_logical_channel_parameters forward_params;
typedef struct h245_open_logical_channel_reverse_logical_channel_parameters reverse_params;
typedef struct h245_open_logical_channel_reverse_logical_channel_parameters_multiplex_parameters reverse_mux;

static void read_addr(struct addr *out, const struct h245_transport_address *ta)
{
	if (ta == NULL || h245_addr_read(out, ta) != 0)
		*out = (struct addr){ 0 };
}

static void read_h2250(struct h245_channel *out, const struct h245_h2250_logical_channel_parameters *p)
{
	out->has_h2250 = true;
	out->session = (uint8_t)p->session_id;
	read_addr(&out->media, p->media_channel);
	read_addr(&out->control, p->media_control_channel);
	out->has_payload_type = p->has_dynamic_rtp_payload_type;
	out->payload_type = (uint8_t)p->dynamic_rtp_payload_type;
}

static void read_data_type(struct h245_channel *out, const struct h245_data_type *d)
{
	out->data_type = d->choice;
	if (d->choice == H245_DATA_TYPE_AUDIO_DATA)
		out->audio = d->u.audio_data;
	if (d->choice == H245_DATA_TYPE_DATA)
		out->data = d->u.data;
}

void h245_channel_read(struct h245_channel *out, const struct h245_open_logical_channel *olc)
{
	const forward_params *f = &olc->forward_logical_channel_parameters;
	const reverse_params *r = olc->reverse_logical_channel_parameters;
	*out = (struct h245_channel){ .number = (uint16_t)olc->forward_logical_channel_number };
	out->reverse = r != NULL && f->data_type.choice == H245_DATA_TYPE_NULL_DATA;
	out->bidirectional = r != NULL && !out->reverse;
	if (out->reverse) {
		read_data_type(out, &r->data_type);
		if (r->multiplex_parameters != NULL &&
			r->multiplex_parameters->choice == REV(H2250_LOGICAL_CHANNEL_PARAMETERS))
			read_h2250(out, r->multiplex_parameters->u.h2250_logical_channel_parameters);
		return;
	}
	read_data_type(out, &f->data_type);
	if (f->multiplex_parameters.choice == FWD(H2250_LOGICAL_CHANNEL_PARAMETERS))
		read_h2250(out, f->multiplex_parameters.u.h2250_logical_channel_parameters);
}

void h245_channel_ack_read(struct h245_channel *out, const struct h245_open_logical_channel_ack *ack)
{
	const struct h245_open_logical_channel_ack_forward_multiplex_ack_parameters *f =
		ack->forward_multiplex_ack_parameters;
	*out = (struct h245_channel){ .number = (uint16_t)ack->forward_logical_channel_number };
	if (ack->reverse_logical_channel_parameters != NULL) {
		out->bidirectional = true;
		out->reverse_number = (uint16_t)ack->reverse_logical_channel_parameters->reverse_logical_channel_number;
	}
	if (f == NULL || f->choice !=
		H245_OPEN_LOGICAL_CHANNEL_ACK_FORWARD_MULTIPLEX_ACK_PARAMETERS_H2250_LOGICAL_CHANNEL_ACK_PARAMETERS)
		return;
	const struct h245_h2250_logical_channel_ack_parameters *p = f->u.h2250_logical_channel_ack_parameters;
	out->has_h2250 = true;
	out->session = p->has_session_id ? (uint8_t)p->session_id : 0;
	read_addr(&out->media, p->media_channel);
	read_addr(&out->control, p->media_control_channel);
	out->has_payload_type = p->has_dynamic_rtp_payload_type;
	out->payload_type = (uint8_t)p->dynamic_rtp_payload_type;
}

static bool set_addr(struct h245_transport_address **out, const struct addr *addr, struct arena *a)
{
	*out = NULL;
	if (addr->family == ADDR_NONE)
		return true;
	*out = h245_addr_new(addr, a);
	return *out != NULL;
}

static struct h245_h2250_logical_channel_parameters *h2250_build(struct arena *a, const struct h245_channel *ch)
{
	struct h245_h2250_logical_channel_parameters *p = ARENA_NEW(a, struct h245_h2250_logical_channel_parameters);
	if (p == NULL || !set_addr(&p->media_channel, &ch->media, a) ||
		!set_addr(&p->media_control_channel, &ch->control, a))
		return NULL;
	p->session_id = ch->session;
	p->has_media_guaranteed_delivery = true;
	p->has_media_control_guaranteed_delivery = true;
	p->has_silence_suppression = true;
	return p;
}

struct h245_open_logical_channel *h245_channel_build(struct arena *a, const struct h245_channel *ch, uint32_t codec,
	uint32_t frames)
{
	struct h245_open_logical_channel *olc = ARENA_NEW(a, struct h245_open_logical_channel);
	struct h245_audio_capability *audio = ARENA_NEW(a, struct h245_audio_capability);
	struct h245_h2250_logical_channel_parameters *h2250 = h2250_build(a, ch);
	if (olc == NULL || audio == NULL || h2250 == NULL)
		return NULL;
	audio->choice = codec;
	audio->u.g711_alaw64k = frames;
	olc->forward_logical_channel_number = ch->number;
	forward_params *f = &olc->forward_logical_channel_parameters;
	if (!ch->reverse) {
		f->data_type.choice = H245_DATA_TYPE_AUDIO_DATA;
		f->data_type.u.audio_data = audio;
		f->multiplex_parameters.choice = FWD(H2250_LOGICAL_CHANNEL_PARAMETERS);
		f->multiplex_parameters.u.h2250_logical_channel_parameters = h2250;
		return olc;
	}
	f->data_type.choice = H245_DATA_TYPE_NULL_DATA;
	f->multiplex_parameters.choice = FWD(NONE);
	reverse_params *r = ARENA_NEW(a, reverse_params);
	reverse_mux *mux = ARENA_NEW(a, reverse_mux);
	if (r == NULL || mux == NULL)
		return NULL;
	r->data_type.choice = H245_DATA_TYPE_AUDIO_DATA;
	r->data_type.u.audio_data = audio;
	mux->choice = REV(H2250_LOGICAL_CHANNEL_PARAMETERS);
	mux->u.h2250_logical_channel_parameters = h2250;
	r->multiplex_parameters = mux;
	olc->reverse_logical_channel_parameters = r;
	return olc;
}

h245_pdu *h245_channel_ack_build(struct arena *a, const struct h245_channel *ch)
{
	struct h245_open_logical_channel_ack *ack = ARENA_NEW(a, struct h245_open_logical_channel_ack);
	struct h245_open_logical_channel_ack_forward_multiplex_ack_parameters *f =
		ARENA_NEW(a, struct h245_open_logical_channel_ack_forward_multiplex_ack_parameters);
	struct h245_h2250_logical_channel_ack_parameters *p =
		ARENA_NEW(a, struct h245_h2250_logical_channel_ack_parameters);
	if (ack == NULL || f == NULL || p == NULL || !set_addr(&p->media_channel, &ch->media, a) ||
		!set_addr(&p->media_control_channel, &ch->control, a))
		return NULL;
	p->has_session_id = true;
	p->session_id = ch->session;
	f->choice = H245_OPEN_LOGICAL_CHANNEL_ACK_FORWARD_MULTIPLEX_ACK_PARAMETERS_H2250_LOGICAL_CHANNEL_ACK_PARAMETERS;
	f->u.h2250_logical_channel_ack_parameters = p;
	ack->forward_logical_channel_number = ch->number;
	ack->forward_multiplex_ack_parameters = f;
	return h245_response(a, H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_ACK, ack);
}
