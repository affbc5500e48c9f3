/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal's two audio channels: what we send and what the peer sends. All others but T.120's are refused. */
#include "call/terminal_int.h"

#include "h245/build.h"
#include "h245/channel.h"
#include "q931/ie.h"

#define REJECT(x) H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_##x

enum { SESSION_AUDIO = 1 };

static const struct {
	uint32_t capability;
	uint8_t payload_type;
} codecs[TERMINAL_CODECS] = {
	[TERMINAL_G711U] = { H245_AUDIO_CAPABILITY_G711_ULAW64K, 0 },
	[TERMINAL_G711A] = { H245_AUDIO_CAPABILITY_G711_ALAW64K, 8 },
};

uint8_t terminal_codec_of(uint32_t capability)
{
	for (uint32_t i = 0; i < TERMINAL_CODECS; i++) {
		if (codecs[i].capability == capability)
			return (uint8_t)i;
	}
	return TERMINAL_CODECS;
}

uint32_t terminal_capability_of(uint8_t codec)
{
	return codecs[codec].capability;
}

static bool is_ours(const struct terminal *t, uint8_t codec)
{
	for (uint8_t i = 0; i < t->config.n_codecs; i++) {
		if (t->config.codecs[i] == codec)
			return true;
	}
	return false;
}

void terminal_fast_local(const struct terminal *t, struct fast_local *out)
{
	*out = (struct fast_local){ .n_codecs = t->config.n_codecs, .frames = t->config.frames_per_packet,
		.rtp = t->config.rtp, .rtcp = t->config.rtcp, .first_channel = FIRST_CHANNEL };
	for (uint8_t i = 0; i < t->config.n_codecs; i++)
		out->codec[i] = codecs[t->config.codecs[i]].capability;
}

/* ---- media ---- */

static void tx_start(struct terminal *t, const struct terminal_media *m)
{
	t->info.tx = true;
	t->info.tx_media = *m;
	terminal_act(t, TERMINAL_TX_START)->media = *m;
}

static void tx_stop(struct terminal *t)
{
	if (t->info.tx)
		terminal_act(t, TERMINAL_TX_STOP)->media = t->info.tx_media;
	t->info.tx = false;
}

static void rx_start(struct terminal *t, const struct terminal_media *m)
{
	t->info.rx = true;
	t->info.rx_media = *m;
	terminal_act(t, TERMINAL_RX_START)->media = *m;
}

static void rx_stop(struct terminal *t)
{
	if (t->info.rx)
		terminal_act(t, TERMINAL_RX_STOP)->media = t->info.rx_media;
	t->info.rx = false;
}

void terminal_media_stop(struct terminal *t)
{
	terminal_data_stop(t);
	tx_stop(t);
	rx_stop(t);
}

static struct terminal_media media_of(const struct terminal *t, const struct fast_channel *c, bool tx)
{
	const uint8_t codec = terminal_codec_of(c->codec);
	struct terminal_media m = { .codec = codec, .payload_type = c->has_payload_type ? c->payload_type :
		codecs[codec].payload_type, .session = c->session, .channel = c->channel,
		.frames_per_packet = (uint16_t)c->frames, .rtp = c->rtp, .rtcp = c->rtcp };
	if (tx && m.frames_per_packet > t->config.frames_per_packet)
		m.frames_per_packet = t->config.frames_per_packet;
	if (!tx)
		m.rtp = t->config.rtp;
	return m;
}

void terminal_channel_fast(struct terminal *t)
{
	struct proc_out out;
	if (t->fast.rx.open) {
		const struct terminal_media m = media_of(t, &t->fast.rx, false);
		t->h245.rx = (struct lcse){ .channel = t->fast.rx.channel };
		if (lcse_step(&t->h245.rx, LCSE_OPENED, &out) == 0)
			rx_start(t, &m);
	}
	if (t->fast.tx.open) {
		const struct terminal_media m = media_of(t, &t->fast.tx, true);
		t->h245.tx = (struct lcse){ .channel = t->fast.tx.channel, .outgoing = true };
		if (lcse_step(&t->h245.tx, LCSE_OPENED, &out) == 0)
			tx_start(t, &m);
	}
}

/* ---- ours ---- */

/* Carries out what a step of the channel we open asks for, but SEND_REQUEST. */
static void tx_acts(struct terminal *t, const struct proc_out *out)
{
	for (uint8_t i = 0; i < out->n; i++) {
		switch (out->act[i]) {
		case PROC_SEND_CLOSE:
			terminal_h245_send(t, h245_clc_build(&t->arena, t->h245.tx.channel, true));
			break;
		case PROC_START: terminal_timer_start(t, TT_T103); break;
		case PROC_STOP: terminal_timer_stop(t, TT_T103); break;
		case PROC_RELEASED: tx_stop(t); break;
		case PROC_ERROR:
			terminal_trace(t, false, TERMINAL_H245, "unexpected answer about our channel");
			break;
		default: break;
		}
	}
}

/* The codec to open with: what the peer sends if LIKE_PEER, else the one we like best of those left. */
static uint8_t choose(const struct terminal *t, bool like_peer)
{
	const struct terminal_h245 *h = &t->h245;
	const uint8_t same = t->info.rx_media.codec;
	if (like_peer && t->info.rx && h->peer_frames[same] > 0)
		return same;
	for (uint8_t i = 0; i < t->config.n_codecs; i++) {
		const uint8_t codec = t->config.codecs[i];
		if (h->peer_frames[codec] > 0 && (h->refused & 1U << codec) == 0)
			return codec;
	}
	return TERMINAL_CODECS;
}

static void open_with(struct terminal *t, uint8_t codec)
{
	struct terminal_h245 *h = &t->h245;
	struct proc_out out;
	uint16_t frames = t->config.frames_per_packet;
	if (frames > h->peer_frames[codec])
		frames = h->peer_frames[codec];
	h->tx = (struct lcse){ .outgoing = true, .channel = h->next_channel++ };
	if (h->next_channel == 0)
		h->next_channel = FIRST_CHANNEL;
	const struct h245_channel ch = { .number = h->tx.channel, .session = SESSION_AUDIO, .control = t->config.rtcp };
	t->info.tx_media = (struct terminal_media){ .codec = codec, .payload_type = codecs[codec].payload_type,
		.session = SESSION_AUDIO, .channel = h->tx.channel, .frames_per_packet = frames };
	if (lcse_step(&h->tx, LCSE_OPEN, &out) != 0)
		return;
	terminal_h245_send(t, h245_olc_build(&t->arena,
		h245_channel_build(&t->arena, &ch, codecs[codec].capability, frames)));
	tx_acts(t, &out);
}

void terminal_channel_open(struct terminal *t)
{
	const uint8_t codec = choose(t, false);
	if (codec == TERMINAL_CODECS) {
		if (!t->info.rx)
			terminal_release(t, Q931_CAUSE_INCOMPATIBLE, "no codec in common");
		return;
	}
	open_with(t, codec);
}

void terminal_channel_got_ack(struct terminal *t, const struct h245_open_logical_channel_ack *ack)
{
	struct h245_channel ch;
	struct proc_out out;
	struct lcse *tx = &t->h245.tx;
	if (terminal_data_got_ack(t, ack))
		return;
	h245_channel_ack_read(&ch, ack);
	const bool opening = tx->state == LCSE_AWAITING_ESTABLISHMENT;
	if (!tx->outgoing || tx->channel != ch.number || lcse_step(tx, LCSE_GOT_ACK, &out) != 0)
		return;
	tx_acts(t, &out);
	if (!opening || tx->state != LCSE_ESTABLISHED)
		return;
	if (ch.media.family == ADDR_NONE || ch.media.port == 0) {
		/* Nowhere to send to. */
		terminal_channel_close_tx(t);
		return;
	}
	struct terminal_media m = t->info.tx_media;
	m.rtp = ch.media;
	m.rtcp = ch.control;
	if (ch.session != 0)
		m.session = ch.session;
	if (ch.has_payload_type)
		m.payload_type = ch.payload_type;
	tx_start(t, &m);
}

void terminal_channel_got_reject(struct terminal *t, uint16_t channel, uint32_t cause)
{
	struct proc_out out;
	struct lcse *tx = &t->h245.tx;
	const bool opening = tx->state == LCSE_AWAITING_ESTABLISHMENT;
	if (terminal_data_got(t, LCSE_GOT_REJECT, channel) || !tx->outgoing || tx->channel != channel ||
		lcse_step(tx, LCSE_GOT_REJECT, &out) != 0)
		return;
	tx_acts(t, &out);
	if (!opening || t->ending)
		return;
	const uint8_t codec = t->info.tx_media.codec;
	const bool again = (t->h245.refused & 1U << codec) != 0;
	t->h245.refused |= (uint8_t)(1U << codec);
	/* The peer's channel decides: open with what it sends, even as master, as some peers never try again. */
	if (cause == REJECT(MASTER_SLAVE_CONFLICT) && !again &&
		(t->config.give_way || t->h245.msd.status == MSD_SLAVE)) {
		const uint8_t like = choose(t, true);
		if (like != TERMINAL_CODECS && like != codec) {
			open_with(t, like);
			return;
		}
	}
	if (!again)
		terminal_channel_open(t);
}

void terminal_channel_close_tx(struct terminal *t)
{
	struct proc_out out;
	if (lcse_step(&t->h245.tx, LCSE_CLOSE, &out) == 0)
		tx_acts(t, &out);
	tx_stop(t);
}

void terminal_channel_got_close_ack(struct terminal *t, uint16_t channel)
{
	struct proc_out out;
	if (terminal_data_got(t, LCSE_GOT_CLOSE_ACK, channel))
		return;
	if (t->h245.tx.outgoing && t->h245.tx.channel == channel && lcse_step(&t->h245.tx, LCSE_GOT_CLOSE_ACK, &out) == 0)
		tx_acts(t, &out);
}

/* H.245 8.6: the receiver asks us to close. */
void terminal_channel_got_close_request(struct terminal *t, uint16_t channel)
{
	struct proc_out out;
	struct terminal_h245 *h = &t->h245;
	const bool data = terminal_data_is_open(t, channel);
	const bool open = data || (h->tx.channel == channel && h->tx.state == LCSE_ESTABLISHED);
	if (exchange_in_step(&h->close_in, EXCHANGE_ASKED, 0, &out) != 0 ||
		exchange_in_step(&h->close_in, open ? EXCHANGE_RESPOND : EXCHANGE_REFUSE, 0, &out) != 0)
		return;
	terminal_h245_send(t, open ? h245_rcc_ack_build(&t->arena, channel) : h245_rcc_reject_build(&t->arena, channel));
	if (data)
		terminal_data_close(t);
	else if (open)
		terminal_channel_close_tx(t);
}

void terminal_channel_expiry(struct terminal *t)
{
	struct proc_out out;
	if (lcse_step(&t->h245.tx, LCSE_EXPIRY, &out) == 0)
		tx_acts(t, &out);
	if (!t->ending && !t->info.rx)
		terminal_release(t, Q931_CAUSE_TIMER, "no answer to openLogicalChannel");
}

/* ---- the peer's ---- */

static void refuse(struct terminal *t, uint16_t channel, uint32_t cause)
{
	terminal_h245_send(t, h245_olc_reject_build(&t->arena, channel, cause));
}

/* Why we cannot take it, or REJECT(N). */
static uint32_t objection(const struct terminal *t, const struct h245_channel *ch)
{
	if (ch->audio == NULL)
		return REJECT(DATA_TYPE_NOT_SUPPORTED);
	if (ch->bidirectional || ch->reverse)
		return REJECT(UNSUITABLE_REVERSE_PARAMETERS);
	if (!is_ours(t, terminal_codec_of(ch->audio->choice)))
		return REJECT(DATA_TYPE_NOT_SUPPORTED);
	if (!ch->has_h2250)
		return REJECT(UNSPECIFIED);
	if (ch->media.family != ADDR_NONE && addr_is_multicast(&ch->media))
		return REJECT(MULTICAST_CHANNEL_NOT_ALLOWED);
	if (ch->session > SESSION_AUDIO)
		return REJECT(INVALID_SESSION_ID);
	return REJECT(N);
}

void terminal_channel_got_open(struct terminal *t, const struct h245_open_logical_channel *olc)
{
	struct h245_channel ch;
	struct proc_out out;
	struct lcse *rx = &t->h245.rx;
	if (terminal_data_got_open(t, olc))
		return;
	h245_channel_read(&ch, olc);
	const uint32_t cause = objection(t, &ch);
	if (cause != REJECT(N)) {
		refuse(t, ch.number, cause);
		return;
	}
	/* Another channel of the session replaces the one there is: of two the peer could not send both. */
	if (rx->state == LCSE_RELEASED || rx->channel != ch.number)
		*rx = (struct lcse){ .channel = ch.number };
	if (lcse_step(rx, LCSE_GOT_OPEN, &out) != 0)
		return;
	rx_stop(t);
	if (lcse_step(rx, LCSE_ACCEPT, &out) != 0)
		return;
	const struct h245_channel ack = { .number = ch.number, .session = SESSION_AUDIO, .media = t->config.rtp,
		.control = t->config.rtcp };
	const uint8_t codec = terminal_codec_of(ch.audio->choice);
	const struct terminal_media m = { .codec = codec, .payload_type = ch.has_payload_type ? ch.payload_type :
		codecs[codec].payload_type, .session = SESSION_AUDIO, .channel = ch.number,
		.frames_per_packet = (uint16_t)ch.audio->u.g711_alaw64k, .rtp = t->config.rtp, .rtcp = ch.control };
	rx_start(t, &m); /* before the ack, so that nothing is missed */
	terminal_h245_send(t, h245_channel_ack_build(&t->arena, &ack));
}

void terminal_channel_got_close(struct terminal *t, uint16_t channel)
{
	struct proc_out out;
	struct lcse *rx = &t->h245.rx;
	if (!terminal_data_got(t, LCSE_GOT_CLOSE, channel) && rx->channel == channel &&
		lcse_step(rx, LCSE_GOT_CLOSE, &out) == 0 && out.n > 1)
		rx_stop(t);
	/* A channel we do not know is closed as far as we are concerned. */
	terminal_h245_send(t, h245_clc_ack_build(&t->arena, channel));
}
