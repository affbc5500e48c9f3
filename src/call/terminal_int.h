/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside the terminal: what its files share. terminal.c takes events and owns
 * actions and timers; terminal_signal.c speaks H.225.0; terminal_link.c decides
 * where H.245 goes; terminal_h245.c drives its procedures; terminal_channel.c
 * the channels for audio, terminal_data.c the one for T.120.
 */
#ifndef PST_CALL_TERMINAL_INT_H
#define PST_CALL_TERMINAL_INT_H

#include "call/exchange.h"
#include "call/fast.h"
#include "call/h225_call.h"
#include "call/lcse.h"
#include "call/msd.h"
#include "call/terminal.h"
#include "call/tunnel.h"
#include "h225/msg.h"
#include "h245/msg.h"

/* Timers of a terminal: one each, as it has one call with one channel each way. */
enum terminal_timer {
	TT_CONNECT, TT_T301, TT_T302, TT_T303, TT_T304, TT_T310, TT_T322, TT_H245_CONNECT, TT_END_SESSION,
	TT_ROUND_TRIP, TT_T101, TT_T103, TT_T105, TT_T106, TT_T103_DATA, TT_N,
};

enum { FAST_OCTETS_MAX = 256, FIRST_CHANNEL = 101 };

/* A message for the tunnel, until something carries it. */
struct pending {
	struct pending *next;
	struct pst_slice octets;
};

struct terminal_link {
	bool listening;      /* our address is announced */
	bool connecting;     /* CONNECT_H245 is under way */
	bool connected;
	bool ours;           /* the connection is one that we opened */
	struct addr own, peer; /* as announced; family 0: not */
};

struct terminal_h245 {
	bool started;        /* our capabilities and determination went out */
	bool end_sent, end_got;
	bool msd_done, caps_out_done, caps_in_done;
	bool paused;         /* the peer's capabilities are empty */
	bool no_round_trip;  /* the peer does not know it */
	struct msd msd;
	struct exchange_out caps_out, round_trip;
	struct exchange_in caps_in, close_in;
	struct lcse tx, rx, data;
	uint16_t next_channel;
	uint16_t peer_frames[TERMINAL_CODECS]; /* most per packet; 0: cannot receive this codec */
	uint8_t refused;     /* codecs that the peer refused, bits */
	bool peer_tones;     /* dtmf capability */
	bool peer_t120, data_tried;
};

struct terminal {
	struct terminal_config config;
	struct arena arena;
	struct terminal_action *first, *last;
	struct pending *pending, *pending_last;
	bool broken;         /* an action could not be allocated */
	bool ended, ending;
	bool signal_up, dialling;
	uint32_t timers;     /* running, bits */
	uint64_t random[2];
	struct h225_call call;
	uint16_t crv;
	bool has_call_id, answered, replied;
	uint8_t call_id[16], conference_id[16];
	char dest[256];
	struct addr local, peer;
	struct tunnel tunnel;
	uint8_t fast_state;  /* enum fast_state */
	struct fast_result fast;
	uint8_t n_fast_reply;
	uint16_t fast_reply_len[2];
	uint8_t fast_reply[2][FAST_OCTETS_MAX];
	struct terminal_link link;
	struct terminal_h245 h245;
	uint8_t end_cause;
	const char *end_text; /* a literal */
	bool end_by_peer;
	struct terminal_info info;
	struct terminal_action final[TT_N + 9]; /* when nothing else can be allocated */
};

/* terminal.c */
struct terminal_action *terminal_act(struct terminal *t, enum terminal_action_type type);
void terminal_trace(struct terminal *t, bool sent, enum terminal_channel channel, const char *text);
void terminal_timer_start(struct terminal *t, enum terminal_timer timer);
void terminal_timer_stop(struct terminal *t, enum terminal_timer timer);
uint32_t terminal_random(struct terminal *t);
/* Everything off, ENDED. TEXT: a literal. */
void terminal_end(struct terminal *t, uint8_t cause, const char *text, bool by_peer);
/* A copy in the arena of the event, NUL-terminated. NULL and broken when that is full. */
const char *terminal_text(struct terminal *t, struct pst_slice s);

/* terminal_signal.c */
void terminal_send_setup(struct terminal *t);
/* Sends Alerting, Connect... with all that has to be in it by now. */
void terminal_send_reply(struct terminal *t, uint8_t q931_type);
/* Sends what is pending in the tunnel in a Facility of its own. */
void terminal_flush_tunnel(struct terminal *t);
void terminal_send_start_h245(struct terminal *t);
void terminal_got_signal(struct terminal *t, struct pst_slice octets);
/* Clears the call: end of H.245 first, then ReleaseComplete. TEXT: a literal. */
void terminal_release(struct terminal *t, uint8_t cause, const char *text);
/* The last part of it. */
void terminal_release_now(struct terminal *t);
void terminal_apply_step(struct terminal *t, const struct h225_call_step *step);

/* terminal_link.c */
bool terminal_h245_usable(const struct terminal *t);
/* The address to announce in a message, or NULL; listens. */
const struct addr *terminal_link_announce(struct terminal *t);
void terminal_link_peer(struct terminal *t, const struct addr *addr);
void terminal_link_connect(struct terminal *t);
void terminal_link_incoming(struct terminal *t);
void terminal_link_connected(struct terminal *t);
void terminal_link_closed(struct terminal *t);
/* Nobody connected in time. */
void terminal_link_expired(struct terminal *t);
/* The call is answered: H.245 is due, wherever it goes. */
void terminal_link_due(struct terminal *t);
void terminal_link_down(struct terminal *t);
/* The tunnel is in use: an announced address is not needed any more. */
void terminal_link_tunnelled(struct terminal *t);

/* terminal_h245.c */
void terminal_h245_start(struct terminal *t);
void terminal_h245_reset(struct terminal *t);
void terminal_h245_got_octets(struct terminal *t, struct pst_slice octets);
void terminal_h245_send(struct terminal *t, h245_pdu *m);
void terminal_h245_expiry(struct terminal *t, enum terminal_timer timer);
void terminal_h245_dtmf(struct terminal *t, const char *text);
/* Says goodbye; the peer's goodbye is another matter. */
void terminal_h245_end(struct terminal *t);
/* Opens what can be opened by now. */
void terminal_h245_progress(struct terminal *t);

/* terminal_channel.c */
void terminal_channel_open(struct terminal *t);
void terminal_channel_got_open(struct terminal *t, const struct h245_open_logical_channel *olc);
void terminal_channel_got_ack(struct terminal *t, const struct h245_open_logical_channel_ack *ack);
void terminal_channel_got_reject(struct terminal *t, uint16_t channel, uint32_t cause);
void terminal_channel_got_close(struct terminal *t, uint16_t channel);
void terminal_channel_got_close_ack(struct terminal *t, uint16_t channel);
void terminal_channel_got_close_request(struct terminal *t, uint16_t channel);
void terminal_channel_close_tx(struct terminal *t);
void terminal_channel_expiry(struct terminal *t);
void terminal_media_stop(struct terminal *t);
/* terminal_data.c. Those that return false: it is no matter of the T.120 channel. */
void terminal_data_progress(struct terminal *t);
bool terminal_data_got_open(struct terminal *t, const struct h245_open_logical_channel *olc);
bool terminal_data_got_ack(struct terminal *t, const struct h245_open_logical_channel_ack *ack);
/* LCSE_GOT_REJECT, _CONFIRM, _CLOSE, _CLOSE_ACK. */
bool terminal_data_got(struct terminal *t, enum lcse_event event, uint16_t channel);
bool terminal_data_is_open(const struct terminal *t, uint16_t channel);
void terminal_data_close(struct terminal *t);
void terminal_data_stop(struct terminal *t);
void terminal_data_expiry(struct terminal *t);
/* What fast connect agreed. */
void terminal_channel_fast(struct terminal *t);
void terminal_fast_local(const struct terminal *t, struct fast_local *out);
/* enum terminal_codec of an H245_AUDIO_CAPABILITY_, TERMINAL_CODECS for others; and back. */
uint8_t terminal_codec_of(uint32_t capability);
uint32_t terminal_capability_of(uint8_t codec);

#endif
