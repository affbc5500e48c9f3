/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal's H.245 session: capabilities and master-slave determination, round trips, user input, the end. */
#include "call/terminal_int.h"

#include "h245/build.h"
#include "h245/data.h"
#include "h245/str.h"
#include "q931/ie.h"
#include "tpkt/stream.h"

#define PDU(x) H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_##x
#define REQ(x) H245_REQUEST_MESSAGE_##x
#define RSP(x) H245_RESPONSE_MESSAGE_##x
#define CMD(x) H245_COMMAND_MESSAGE_##x
#define IND(x) H245_INDICATION_MESSAGE_##x

enum { FRAMES_MAX = 240, TONE_MS = 100, FIRST_TRY = 512, LAST_TRY = TPKT_PAYLOAD_MAX };

void terminal_h245_reset(struct terminal *t)
{
	const struct lcse tx = t->h245.tx, rx = t->h245.rx, data = t->h245.data;
	const uint16_t next = t->h245.next_channel;
	terminal_timer_stop(t, TT_T101);
	terminal_timer_stop(t, TT_T103);
	terminal_timer_stop(t, TT_T103_DATA);
	terminal_timer_stop(t, TT_T105);
	terminal_timer_stop(t, TT_T106);
	terminal_timer_stop(t, TT_ROUND_TRIP);
	t->h245 = (struct terminal_h245){ .msd.terminal_type = t->config.terminal_type,
		.next_channel = next != 0 ? next : (uint16_t)(FIRST_CHANNEL + 2 * TERMINAL_CODECS) };
	/* Channels that are open stay so: fast connect made them, or they outlive a connection that was replaced. */
	if (tx.state == LCSE_ESTABLISHED)
		t->h245.tx = tx;
	if (rx.state == LCSE_ESTABLISHED)
		t->h245.rx = rx;
	if (data.state == LCSE_ESTABLISHED)
		t->h245.data = data;
}

/* ---- sending ---- */

static struct pst_slice encode(struct terminal *t, const h245_pdu *m, bool framed)
{
	for (size_t cap = FIRST_TRY;; cap = LAST_TRY + TPKT_HEADER_LEN) {
		uint8_t *p = arena_alloc(&t->arena, cap);
		if (p == NULL) {
			t->broken = true;
			return slice_of(NULL, 0);
		}
		struct writer w = wr_of(p, cap);
		struct asn1_err err;
		const int code = framed ? h245_encode_tpkt(m, &w, &err) : h245_encode(m, &w, &err);
		if (code == 0)
			return wr_slice(&w);
		if (code != PST_E_SPACE || cap > LAST_TRY)
			return slice_of(NULL, 0);
	}
}

static void send_tunnelled(struct terminal *t, struct pst_slice octets)
{
	struct pending *p = ARENA_NEW(&t->arena, struct pending);
	if (p == NULL) {
		t->broken = true;
		return;
	}
	p->octets = octets;
	if (t->pending_last != NULL)
		t->pending_last->next = p;
	else
		t->pending = p;
	t->pending_last = p;
	if (t->info.h245 == TERMINAL_NO_H245)
		t->info.h245 = TERMINAL_H245_TUNNELLED;
}

void terminal_h245_send(struct terminal *t, h245_pdu *m)
{
	char text[H245_STRLEN];
	if (m == NULL) {
		t->broken = true;
		return;
	}
	if (!terminal_h245_usable(t))
		return;
	const bool separate = t->link.connected;
	const struct pst_slice octets = encode(t, m, separate);
	if (octets.n == 0)
		return;
	if (separate)
		terminal_act(t, TERMINAL_SEND_H245)->octets = octets;
	else
		send_tunnelled(t, octets);
	terminal_trace(t, true, separate ? TERMINAL_H245 : TERMINAL_TUNNELLED, h245_str(m, text));
}

/* ---- capabilities ---- */

static void caps_out(struct terminal *t, enum exchange_out_event event, uint8_t sequence)
{
	struct terminal_h245 *h = &t->h245;
	struct proc_out out;
	if (exchange_out_step(&h->caps_out, event, sequence, &out) != 0)
		return;
	for (uint8_t i = 0; i < out.n; i++) {
		struct h245_caps caps = { .sequence = h->caps_out.sequence, .n_audio = t->config.n_codecs,
			.frames = FRAMES_MAX, .user_input = true, .t120 = t->config.data };
		switch (out.act[i]) {
		case PROC_SEND_REQUEST:
			for (uint8_t k = 0; k < caps.n_audio; k++)
				caps.audio[k] = terminal_capability_of(t->config.codecs[k]);
			terminal_h245_send(t, h245_tcs_build(&t->arena, &caps));
			break;
		case PROC_SEND_RELEASE: terminal_h245_send(t, h245_tcs_release_build(&t->arena)); break;
		case PROC_START: terminal_timer_start(t, TT_T101); break;
		case PROC_STOP: terminal_timer_stop(t, TT_T101); break;
		case PROC_CONFIRM: h->caps_out_done = true; break;
		case PROC_FAIL:
			terminal_release(t, Q931_CAUSE_INCOMPATIBLE, "our capabilities were not accepted");
			break;
		default: break;
		}
	}
}

/* What we can send of what the peer says it receives. */
static void note_capability(struct terminal_h245 *h, const struct h245_capability *c)
{
	const struct h245_audio_capability *audio = NULL;
	if (c == NULL)
		return;
	switch (c->choice) {
	case H245_CAPABILITY_RECEIVE_AUDIO_CAPABILITY: audio = c->u.receive_audio_capability; break;
	case H245_CAPABILITY_RECEIVE_AND_TRANSMIT_AUDIO_CAPABILITY:
		audio = c->u.receive_and_transmit_audio_capability;
		break;
	case H245_CAPABILITY_RECEIVE_USER_INPUT_CAPABILITY:
		h->peer_tones |= c->u.receive_user_input_capability->choice == H245_USER_INPUT_CAPABILITY_DTMF;
		break;
	case H245_CAPABILITY_RECEIVE_AND_TRANSMIT_USER_INPUT_CAPABILITY:
		h->peer_tones |= c->u.receive_and_transmit_user_input_capability->choice ==
			H245_USER_INPUT_CAPABILITY_DTMF;
		break;
	case H245_CAPABILITY_RECEIVE_DATA_APPLICATION_CAPABILITY:
	case H245_CAPABILITY_RECEIVE_AND_TRANSMIT_DATA_APPLICATION_CAPABILITY:
		h->peer_t120 |= h245_is_t120(c->u.receive_data_application_capability);
		break;
	default: break;
	}
	const uint8_t codec = audio != NULL ? terminal_codec_of(audio->choice) : TERMINAL_CODECS;
	if (codec != TERMINAL_CODECS)
		h->peer_frames[codec] = audio->u.g711_alaw64k > 0 ? (uint16_t)audio->u.g711_alaw64k : 1;
}

static void got_caps(struct terminal *t, const struct h245_terminal_capability_set *tcs)
{
	struct terminal_h245 *h = &t->h245;
	struct proc_out out;
	const uint8_t sequence = (uint8_t)tcs->sequence_number;
	if (exchange_in_step(&h->caps_in, EXCHANGE_ASKED, sequence, &out) != 0)
		return;
	/* Without a table and without multiplex capabilities it is the "pause" of H.323 8.4.6; a set with only one of
	 * them replaces only that. */
	const bool empty = !tcs->has_capability_table && tcs->multiplex_capability == NULL;
	if (tcs->has_capability_table || empty) {
		memset(h->peer_frames, 0, sizeof(h->peer_frames));
		h->peer_tones = h->peer_t120 = false;
		h->refused = 0;
	}
	for (uint32_t i = 0; tcs->has_capability_table && i < tcs->capability_table.n; i++)
		note_capability(h, tcs->capability_table.v[i].capability);
	h->caps_in_done = true;
	if (exchange_in_step(&h->caps_in, EXCHANGE_RESPOND, sequence, &out) == 0)
		terminal_h245_send(t, h245_tcs_ack_build(&t->arena, sequence));
	h->paused = empty;
	if (empty)
		terminal_channel_close_tx(t);
}

/* ---- master and slave ---- */

static void msd_acts(struct terminal *t, int err, const struct proc_out *out)
{
	struct terminal_h245 *h = &t->h245;
	for (uint8_t i = 0; err == 0 && i < out->n; i++) {
		switch (out->act[i]) {
		case PROC_SEND_REQUEST:
			terminal_h245_send(t, h245_msd_build(&t->arena, h->msd.terminal_type, h->msd.number));
			break;
		case PROC_SEND_ACK:
			terminal_h245_send(t, h245_msd_ack_build(&t->arena, h->msd.status == MSD_SLAVE));
			break;
		case PROC_SEND_REJECT: terminal_h245_send(t, h245_msd_reject_build(&t->arena)); break;
		case PROC_SEND_RELEASE: terminal_h245_send(t, h245_msd_release_build(&t->arena)); break;
		case PROC_START: terminal_timer_start(t, TT_T106); break;
		case PROC_STOP: terminal_timer_stop(t, TT_T106); break;
		case PROC_CONFIRM: h->msd_done = true; break;
		case PROC_FAIL: terminal_release(t, Q931_CAUSE_PROTOCOL, "master-slave determination failed"); break;
		default: break;
		}
	}
}

/* ---- the session ---- */

void terminal_h245_start(struct terminal *t)
{
	struct proc_out out;
	struct terminal_h245 *h = &t->h245;
	if (h->started || t->ending || !terminal_h245_usable(t))
		return;
	h->started = true;
	caps_out(t, EXCHANGE_START, 0);
	msd_acts(t, msd_start(&h->msd, terminal_random(t), &out), &out);
}

void terminal_h245_progress(struct terminal *t)
{
	struct terminal_h245 *h = &t->h245;
	if (t->ending || t->ended || !h->msd_done || !h->caps_out_done || !h->caps_in_done)
		return;
	if ((t->timers & (UINT32_C(1) << TT_ROUND_TRIP | UINT32_C(1) << TT_T105)) == 0 && !h->no_round_trip)
		terminal_timer_start(t, TT_ROUND_TRIP);
	if (!h->paused && h->refused == 0 && h->tx.state == LCSE_RELEASED && t->fast_state != FAST_PROPOSED)
		terminal_channel_open(t);
	if (!t->ending)
		terminal_data_progress(t);
}

static void round_trip(struct terminal *t, enum exchange_out_event event, uint8_t sequence)
{
	struct proc_out out;
	if (exchange_out_step(&t->h245.round_trip, event, sequence, &out) != 0)
		return;
	for (uint8_t i = 0; i < out.n; i++) {
		switch (out.act[i]) {
		case PROC_SEND_REQUEST:
			terminal_h245_send(t, h245_rtd_build(&t->arena, t->h245.round_trip.sequence));
			break;
		case PROC_START: terminal_timer_start(t, TT_T105); break;
		case PROC_STOP: terminal_timer_stop(t, TT_T105); break;
		case PROC_CONFIRM:
			t->info.round_trip_ok++;
			terminal_timer_start(t, TT_ROUND_TRIP);
			break;
		case PROC_FAIL: terminal_release(t, Q931_CAUSE_TEMPORARY, "no answer to roundTripDelayRequest"); break;
		default: break;
		}
	}
}

void terminal_h245_expiry(struct terminal *t, enum terminal_timer timer)
{
	struct proc_out out;
	if (timer == TT_T101)
		caps_out(t, EXCHANGE_EXPIRY, 0);
	else if (timer == TT_T106)
		msd_acts(t, msd_expiry(&t->h245.msd, &out), &out);
	else if (timer == TT_T103)
		terminal_channel_expiry(t);
	else if (timer == TT_T103_DATA)
		terminal_data_expiry(t);
	else
		round_trip(t, timer == TT_ROUND_TRIP ? EXCHANGE_START : EXCHANGE_EXPIRY, 0);
}

void terminal_h245_end(struct terminal *t)
{
	if (t->h245.end_sent || !t->h245.started || !terminal_h245_usable(t))
		return;
	terminal_channel_close_tx(t);
	terminal_data_close(t);
	terminal_timer_stop(t, TT_T103);
	terminal_timer_stop(t, TT_T103_DATA);
	terminal_timer_stop(t, TT_T105);
	terminal_timer_stop(t, TT_ROUND_TRIP);
	terminal_h245_send(t, h245_end_session_build(&t->arena));
	t->h245.end_sent = true;
}

/* The peer clears: the same from us, then its ReleaseComplete, for which we do not wait long. */
static void got_end(struct terminal *t)
{
	t->h245.end_got = true;
	terminal_h245_end(t);
	if (t->ending) {
		terminal_release_now(t);
		return;
	}
	terminal_media_stop(t);
	t->ending = true;
	t->end_cause = Q931_CAUSE_NORMAL;
	t->end_text = "the peer ended the session";
	t->end_by_peer = true;
	terminal_timer_start(t, TT_END_SESSION);
}

static bool is_tone(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'D') || c == '*' || c == '#' || c == '!';
}

void terminal_h245_dtmf(struct terminal *t, const char *text)
{
	const size_t n = strlen(text);
	bool tones = t->h245.peer_tones;
	if (t->ending || n == 0 || n > 128)
		return;
	for (size_t i = 0; i < n; i++)
		tones = tones && is_tone(text[i]);
	if (!tones) {
		terminal_h245_send(t, h245_user_text_build(&t->arena, slice_str(text)));
		return;
	}
	for (size_t i = 0; i < n; i++)
		terminal_h245_send(t, h245_user_signal_build(&t->arena, text[i], TONE_MS));
}

static void got_user_input(struct terminal *t, const struct h245_user_input_indication *u)
{
	struct pst_slice s = { NULL, 0 };
	if (u->choice == H245_USER_INPUT_INDICATION_ALPHANUMERIC)
		s = u->u.alphanumeric;
	else if (u->choice == H245_USER_INPUT_INDICATION_SIGNAL)
		s = u->u.signal->signal_type;
	else if (u->choice == H245_USER_INPUT_INDICATION_EXTENDED_ALPHANUMERIC)
		s = u->u.extended_alphanumeric->alphanumeric;
	if (s.n > 0)
		terminal_act(t, TERMINAL_DTMF)->text = terminal_text(t, s);
}

/* ---- receiving ---- */

/* Some function of ours that the peer does not have: the same as a refusal. */
static void got_not_understood(struct terminal *t, const struct h245_function_not_understood *f)
{
	struct proc_out out;
	if (f->choice != H245_FUNCTION_NOT_UNDERSTOOD_REQUEST)
		return;
	switch (f->u.request->choice) {
	case REQ(TERMINAL_CAPABILITY_SET): caps_out(t, EXCHANGE_REJECT, t->h245.caps_out.sequence); break;
	case REQ(MASTER_SLAVE_DETERMINATION): msd_acts(t, msd_release(&t->h245.msd, &out), &out); break;
	case REQ(OPEN_LOGICAL_CHANNEL):
		if (terminal_data_got(t, LCSE_GOT_REJECT,
			(uint16_t)f->u.request->u.open_logical_channel->forward_logical_channel_number))
			break;
		terminal_channel_got_reject(t, t->h245.tx.channel, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_UNSPECIFIED);
		break;
	case REQ(ROUND_TRIP_DELAY_REQUEST):
		/* It lives, at least. */
		t->h245.no_round_trip = true;
		t->h245.round_trip.state = EXCHANGE_IDLE;
		terminal_timer_stop(t, TT_T105);
		break;
	default: break;
	}
}

static void got_request(struct terminal *t, const h245_pdu *m)
{
	const struct h245_request_message *r = m->u.request;
	struct terminal_h245 *h = &t->h245;
	struct proc_out out;
	h245_pdu *answer;
	switch (r->choice) {
	case REQ(MASTER_SLAVE_DETERMINATION):
		msd_acts(t, msd_request(&h->msd, r->u.master_slave_determination->terminal_type,
			r->u.master_slave_determination->status_determination_number, terminal_random(t), &out), &out);
		break;
	case REQ(TERMINAL_CAPABILITY_SET): got_caps(t, r->u.terminal_capability_set); break;
	case REQ(OPEN_LOGICAL_CHANNEL): terminal_channel_got_open(t, r->u.open_logical_channel); break;
	case REQ(CLOSE_LOGICAL_CHANNEL):
		terminal_channel_got_close(t, (uint16_t)r->u.close_logical_channel->forward_logical_channel_number);
		break;
	case REQ(REQUEST_CHANNEL_CLOSE):
		terminal_channel_got_close_request(t,
			(uint16_t)r->u.request_channel_close->forward_logical_channel_number);
		break;
	case REQ(ROUND_TRIP_DELAY_REQUEST):
		terminal_h245_send(t, h245_rtd_response_build(&t->arena,
			(uint8_t)r->u.round_trip_delay_request->sequence_number));
		break;
	default:
		answer = h245_refusal_build(&t->arena, m);
		terminal_h245_send(t, answer);
		break;
	}
}

static void got_response(struct terminal *t, const struct h245_response_message *r)
{
	struct terminal_h245 *h = &t->h245;
	struct proc_out out;
	switch (r->choice) {
	case RSP(MASTER_SLAVE_DETERMINATION_ACK):
		msd_acts(t, msd_ack(&h->msd, r->u.master_slave_determination_ack->decision.choice ==
			H245_MASTER_SLAVE_DETERMINATION_ACK_DECISION_MASTER, &out), &out);
		break;
	case RSP(MASTER_SLAVE_DETERMINATION_REJECT):
		msd_acts(t, msd_reject(&h->msd, terminal_random(t), &out), &out);
		break;
	case RSP(TERMINAL_CAPABILITY_SET_ACK):
		caps_out(t, EXCHANGE_ACK, (uint8_t)r->u.terminal_capability_set_ack->sequence_number);
		break;
	case RSP(TERMINAL_CAPABILITY_SET_REJECT):
		caps_out(t, EXCHANGE_REJECT, (uint8_t)r->u.terminal_capability_set_reject->sequence_number);
		break;
	case RSP(OPEN_LOGICAL_CHANNEL_ACK): terminal_channel_got_ack(t, r->u.open_logical_channel_ack); break;
	case RSP(OPEN_LOGICAL_CHANNEL_REJECT):
		terminal_channel_got_reject(t, (uint16_t)r->u.open_logical_channel_reject->forward_logical_channel_number,
			r->u.open_logical_channel_reject->cause.choice);
		break;
	case RSP(CLOSE_LOGICAL_CHANNEL_ACK):
		terminal_channel_got_close_ack(t,
			(uint16_t)r->u.close_logical_channel_ack->forward_logical_channel_number);
		break;
	case RSP(ROUND_TRIP_DELAY_RESPONSE):
		round_trip(t, EXCHANGE_ACK, (uint8_t)r->u.round_trip_delay_response->sequence_number);
		break;
	default: break;
	}
}

static void got_command(struct terminal *t, const h245_pdu *m)
{
	switch (m->u.command->choice) {
	case CMD(END_SESSION_COMMAND): got_end(t); break;
	case CMD(SEND_TERMINAL_CAPABILITY_SET): caps_out(t, EXCHANGE_START, 0); break;
	case CMD(ENCRYPTION_COMMAND): terminal_h245_send(t, h245_refusal_build(&t->arena, m)); break;
	default: break; /* flow control, freeze picture and the like mean nothing to constant-rate audio */
	}
}

static void got_indication(struct terminal *t, const struct h245_indication_message *i)
{
	struct proc_out out;
	switch (i->choice) {
	case IND(FUNCTION_NOT_UNDERSTOOD): got_not_understood(t, i->u.function_not_understood); break;
	case IND(MASTER_SLAVE_DETERMINATION_RELEASE): msd_acts(t, msd_release(&t->h245.msd, &out), &out); break;
	case IND(OPEN_LOGICAL_CHANNEL_CONFIRM):
		terminal_data_got(t, LCSE_GOT_CONFIRM,
			(uint16_t)i->u.open_logical_channel_confirm->forward_logical_channel_number);
		break;
	case IND(USER_INPUT): got_user_input(t, i->u.user_input); break;
	default: break;
	}
}

static void got(struct terminal *t, const h245_pdu *m)
{
	const bool goodbye = m->choice == PDU(COMMAND) && m->u.command->choice == CMD(END_SESSION_COMMAND);
	/* While clearing only the peer's goodbye matters, and that its channels are closed in order. */
	if (t->ending && !goodbye) {
		if (m->choice == PDU(REQUEST) && m->u.request->choice == REQ(CLOSE_LOGICAL_CHANNEL))
			got_request(t, m);
		return;
	}
	switch (m->choice) {
	case PDU(REQUEST): got_request(t, m); break;
	case PDU(RESPONSE): got_response(t, m->u.response); break;
	case PDU(COMMAND): got_command(t, m); break;
	case PDU(INDICATION): got_indication(t, m->u.indication); break;
	default: break;
	}
}

void terminal_h245_got_octets(struct terminal *t, struct pst_slice octets)
{
	char text[H245_STRLEN];
	struct pst_slice rest = octets;
	while (!t->ended && !t->broken) {
		h245_pdu *m = ARENA_NEW(&t->arena, h245_pdu);
		if (m == NULL) {
			t->broken = true;
			return;
		}
		const int err = h245_next(&rest, m, NULL, &t->arena, NULL);
		if (err == PST_E_NOT_FOUND)
			break;
		if (err != 0) {
			terminal_release(t, Q931_CAUSE_PROTOCOL, "an H.245 message does not decode");
			return;
		}
		terminal_trace(t, false, t->link.connected ? TERMINAL_H245 : TERMINAL_TUNNELLED, h245_str(m, text));
		if (!t->ending)
			terminal_h245_start(t);
		got(t, m);
	}
	terminal_h245_progress(t);
}
