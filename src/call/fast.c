/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fast connect. Alternatives of a session have channel numbers of their own; they are matched by what they are. */
#include "call/fast.h"

enum { SESSION_AUDIO = 1, OLC_OCTETS_MAX = 256 };

static int encode(struct arena *a, const struct h245_channel *ch, uint32_t codec, uint32_t frames, struct pst_slice *out)
{
	struct h245_open_logical_channel *olc = h245_channel_build(a, ch, codec, frames);
	uint8_t *p = arena_alloc(a, OLC_OCTETS_MAX);
	if (olc == NULL || p == NULL)
		return PST_E_NOMEM;
	struct writer w = wr_of(p, OLC_OCTETS_MAX);
	struct asn1_err err;
	const int code = h245_olc_encode(olc, &w, &err);
	*out = wr_slice(&w);
	return code;
}

int fast_propose(const struct fast_local *local, struct arena *a, uint32_t *n, struct pst_slice **octets)
{
	struct pst_slice *v = arena_calloc(a, (size_t)local->n_codecs * 2, sizeof(*v));
	uint32_t k = 0;
	if (v == NULL)
		return PST_E_NOMEM;
	/* All that we would send first, then all that we would receive. */
	for (int reverse = 0; reverse < 2; reverse++) {
		for (uint8_t i = 0; i < local->n_codecs; i++) {
			struct h245_channel ch = { .number = (uint16_t)(local->first_channel + k), .session = SESSION_AUDIO,
				.reverse = reverse == 1, .control = local->rtcp };
			if (reverse == 1)
				ch.media = local->rtp;
			const int err = encode(a, &ch, local->codec[i], local->frames, &v[k]);
			if (err != 0)
				return err;
			k++;
		}
	}
	*n = k;
	*octets = v;
	return 0;
}

static bool can_do(const struct fast_local *local, const struct h245_channel *ch)
{
	if (ch->audio == NULL || !ch->has_h2250 || ch->bidirectional || ch->session > SESSION_AUDIO)
		return false;
	for (uint8_t i = 0; i < local->n_codecs; i++) {
		if (ch->audio->choice == local->codec[i])
			return true;
	}
	return false;
}

static struct fast_channel describe(const struct h245_channel *ch)
{
	return (struct fast_channel){ .open = true, .codec = ch->audio->choice, .frames = ch->audio->u.g711_alaw64k,
		.session = SESSION_AUDIO, .channel = ch->number, .rtp = ch->media, .rtcp = ch->control,
		.payload_type = ch->payload_type, .has_payload_type = ch->has_payload_type };
}

/* The first proposal in that direction that we can do; of CODEC if there is one. */
static const struct h245_channel *pick(const struct fast_local *local, const struct h245_channel *v, uint32_t n,
	bool reverse, const struct h245_channel *like)
{
	const struct h245_channel *first = NULL;
	for (uint32_t i = 0; i < n; i++) {
		if (v[i].reverse != reverse || !can_do(local, &v[i]))
			continue;
		/* We could not send anywhere. */
		if (reverse && v[i].media.family == ADDR_NONE)
			continue;
		if (first == NULL)
			first = &v[i];
		if (like != NULL && v[i].audio->choice == like->audio->choice)
			return &v[i];
	}
	return first;
}

int fast_choose(const struct fast_local *local, const struct pst_slice *proposals, uint32_t n, struct arena *a,
	struct fast_result *out, uint32_t *n_reply, struct pst_slice **reply)
{
	struct h245_channel *v = arena_calloc(a, FAST_PROPOSALS_MAX, sizeof(*v));
	struct pst_slice *octets = arena_calloc(a, 2, sizeof(*octets));
	uint32_t k = 0;
	int err = 0;
	if (v == NULL || octets == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < n && k < FAST_PROPOSALS_MAX; i++) {
		struct h245_open_logical_channel *olc = ARENA_NEW(a, struct h245_open_logical_channel);
		if (olc == NULL)
			return PST_E_NOMEM;
		if (h245_olc_decode(olc, proposals[i], NULL, a, NULL) == 0)
			h245_channel_read(&v[k++], olc);
	}
	const struct h245_channel *rx = pick(local, v, k, false, NULL), *tx = pick(local, v, k, true, rx);
	*out = (struct fast_result){ 0 };
	*n_reply = 0;
	*reply = octets;
	if (rx != NULL) {
		const struct h245_channel ch = { .number = rx->number, .session = SESSION_AUDIO, .media = local->rtp,
			.control = local->rtcp };
		out->rx = describe(rx);
		err = encode(a, &ch, rx->audio->choice, rx->audio->u.g711_alaw64k, &octets[(*n_reply)++]);
	}
	if (tx != NULL && err == 0) {
		/* We transmit, so the number is one of ours. */
		const struct h245_channel ch = { .number = local->first_channel, .session = SESSION_AUDIO, .reverse = true,
			.control = local->rtcp };
		out->tx = describe(tx);
		out->tx.channel = local->first_channel;
		err = encode(a, &ch, tx->audio->choice, tx->audio->u.g711_alaw64k, &octets[(*n_reply)++]);
	}
	return err != 0 ? err : *n_reply > 0 ? 0 : PST_E_UNSUPPORTED;
}

int fast_apply(const struct fast_local *local, const struct pst_slice *reply, uint32_t n, struct arena *a,
	struct fast_result *out)
{
	*out = (struct fast_result){ 0 };
	for (uint32_t i = 0; i < n; i++) {
		struct h245_open_logical_channel *olc = ARENA_NEW(a, struct h245_open_logical_channel);
		struct h245_channel ch;
		if (olc == NULL)
			return PST_E_NOMEM;
		if (h245_olc_decode(olc, reply[i], NULL, a, NULL) != 0)
			return PST_E_BAD;
		h245_channel_read(&ch, olc);
		if (!can_do(local, &ch))
			return PST_E_BAD;
		struct fast_channel *dir = ch.reverse ? &out->rx : &out->tx;
		if (dir->open || (!ch.reverse && ch.media.family == ADDR_NONE))
			return PST_E_BAD;
		*dir = describe(&ch);
	}
	return out->tx.open || out->rx.open ? 0 : PST_E_BAD;
}

enum fast_state fast_verdict(const struct h225_msg *m)
{
	struct h225_common common;
	if (!m->has_uu)
		return m->q931.type == Q931_CONNECT ? FAST_REFUSED : FAST_PROPOSED;
	h225_common_read(&m->uu.h323_uu_pdu.h323_message_body, &common);
	if (common.has_fast_start && common.n_fast_start > 0)
		return FAST_ACCEPTED;
	/* H.323 8.1.7.2: in so many words, by tunnelled H.245, or by a Connect without an answer. */
	const bool h245 = m->uu.h323_uu_pdu.has_h245_control && m->uu.h323_uu_pdu.h245_control.n > 0;
	if (common.fast_connect_refused || h245 || m->q931.type == Q931_CONNECT)
		return FAST_REFUSED;
	return FAST_PROPOSED;
}
