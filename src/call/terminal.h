/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whole H.323 terminal with one call, as one pure machine: events in, actions
 * out. It holds no socket and no clock. The owner opens and accepts
 * connections, cuts TPKTs (tpkt/stream.h), runs timers and moves media, and
 * tells what happened; the machine does Setup to ReleaseComplete, fast connect,
 * tunnelling, early and late H.245, capabilities, channels and clearing.
 *
 * Use: terminal_new(), then for each event terminal_event() and carry out the
 * list terminal_actions() in its order, until TERMINAL_ENDED; then
 * terminal_free(). One call per terminal. Carrying out an action never calls
 * back: what it leads to is a later event. Not for several threads at once.
 *
 * A caller:  DIAL -> [CONNECT_SIGNAL] -> SIGNAL_CONNECTED -> ... [CONNECTED] ... HANGUP -> ... [ENDED]
 * A callee:  SIGNAL_INCOMING -> SIGNAL_MESSAGE -> ... [INCOMING] -> ANSWER -> ... [CONNECTED] ... [ENDED]
 */
#ifndef PST_CALL_TERMINAL_H
#define PST_CALL_TERMINAL_H

#include "base/addr.h"
#include "base/err.h"
#include "base/slice.h"
#include "call/timers.h"

enum terminal_codec { TERMINAL_G711U, TERMINAL_G711A, TERMINAL_CODECS };

/* Everything is copied by terminal_new() but the strings, which must outlive the terminal. */
struct terminal_config {
	const char *const *aliases; /* our names: digits are a dialedDigits alias, "h323:..." a url-ID, a text with
	                             * "@" an email-ID, everything else an h323-ID (UTF-8). The first is the display */
	uint32_t n_aliases;
	bool fast_start;            /* offer it, and accept it */
	bool tunnelling;            /* of H.245 in the signalling connection: offer it, and accept it */
	bool early_h245;            /* announce our H.245 address at once (in Setup; a callee in its first answer) */
	bool manual_alerting;       /* do not send Alerting by ourselves when a Setup came: wait for the user event */
	bool proceeding;            /* send CallProceeding when a Setup came */
	bool give_way;              /* repeat a channel refused with masterSlaveConflict, and accept the peer's even as
	                             * master: NetMeeting never opens again what was refused so */
	bool trace;                 /* give TERMINAL_TRACE actions */
	uint8_t codecs[TERMINAL_CODECS]; /* enum terminal_codec, the one liked best first */
	uint8_t n_codecs;
	uint8_t frames_per_packet;  /* of G.711, 1 ms each; 0: 20 */
	uint8_t terminal_type;      /* H.245 masterSlaveDetermination; 0: 50, a terminal without MC */
	uint8_t h225_version;       /* of our protocolIdentifiers; 0: 4 */
	/* Where we listen. Address 0.0.0.0 or :: means "the local address of the signalling connection". */
	struct addr h245;           /* the H.245 listener. Port 0: none, we never announce one */
	struct addr rtp, rtcp;      /* where audio is received */
	struct addr t120;           /* with `data`: where T.120 connections are accepted. Port 0: nowhere, not said */
	bool given_ids;             /* as the caller: the identifiers below, which a gatekeeper admitted */
	uint8_t call_id[16], conference_id[16];
	uint16_t crv;
	bool traversal;             /* say in Setup that we may be behind a NAT (H.460.18, H.460.19) */
	bool data;                  /* a channel for T.120: say so, accept one, and open one as the caller */
	uint64_t seed[2];           /* random numbers: call identifiers and determination numbers come from it */
	uint32_t timer_ms[TIMER_N]; /* 0: the table's (call/timers.h) */
	uint32_t arena_bytes;       /* most memory one event may take; 0: 1 MiB */
};

enum terminal_event_type {
	/* the user */
	TERMINAL_DIAL,       /* addr: where to connect; text: called alias, or NULL */
	TERMINAL_ALERT,      /* the user is being told (with manual_alerting) */
	TERMINAL_ANSWER,
	TERMINAL_REJECT,     /* cause, 0: 17 busy */
	TERMINAL_HANGUP,     /* cause, 0: 16 normal */
	TERMINAL_SEND_DTMF,  /* text: 0-9 * # A-D (each a tone), or any text as alphanumeric where it is not */
	/* the network */
	TERMINAL_SIGNAL_INCOMING,  /* accepted. local, addr: both ends */
	TERMINAL_SIGNAL_CONNECTED, /* what CONNECT_SIGNAL asked for. local, addr */
	TERMINAL_SIGNAL_MESSAGE,   /* octets: the payload of one TPKT (empty for a keep-alive) */
	TERMINAL_SIGNAL_CLOSED,    /* could not be opened, or ended. text: why, or NULL */
	TERMINAL_H245_INCOMING,    /* a connection to our listener. local, addr */
	TERMINAL_H245_CONNECTED,   /* what CONNECT_H245 asked for. local, addr */
	TERMINAL_H245_MESSAGE,     /* octets: the payload of one TPKT */
	TERMINAL_H245_CLOSED,      /* could not be opened, or ended. text: why, or NULL */
	TERMINAL_TIMER,            /* timer ran out */
	TERMINAL_EVENTS,
};

struct terminal_event {
	enum terminal_event_type type;
	struct addr addr, local;
	struct pst_slice octets; /* borrowed during the call */
	const char *text;
	uint8_t cause;           /* Q.850 */
	uint8_t timer;           /* as in TIMER_START */
};

/* Which H.245 connection a TERMINAL_H245_MESSAGE comes from: there is at most one. When both ends connected to each
 * other the machine says TERMINAL_H245_REFUSE for the one it does not want. */
enum terminal_action_type {
	TERMINAL_CONNECT_SIGNAL, /* addr: open a TCP connection */
	TERMINAL_SEND_SIGNAL,    /* octets, TPKT header included */
	TERMINAL_CLOSE_SIGNAL,   /* after what was sent went out */
	TERMINAL_LISTEN_H245,    /* addr: accept one connection there (config.h245) */
	TERMINAL_UNLISTEN_H245,  /* accept none any more */
	TERMINAL_CONNECT_H245,   /* addr: open a TCP connection */
	TERMINAL_H245_REFUSE,    /* close the connection that the event TERMINAL_H245_INCOMING was about */
	TERMINAL_H245_ABANDON,   /* drop the connection that CONNECT_H245 asked for, connected or not */
	TERMINAL_SEND_H245,      /* octets, TPKT header included */
	TERMINAL_CLOSE_H245,     /* after what was sent went out */
	TERMINAL_TX_START,       /* media: send to media.rtp */
	TERMINAL_TX_STOP,
	TERMINAL_RX_START,       /* media: expect this at config.rtp */
	TERMINAL_RX_STOP,
	TERMINAL_DATA_START,     /* addr: where the peer accepts T.120; connect: we are to connect there, else it comes */
	TERMINAL_DATA_STOP,      /* addr, as it was */
	TERMINAL_TIMER_START,    /* timer, ms: (re)start */
	TERMINAL_TIMER_STOP,     /* timer; may not be running */
	TERMINAL_INCOMING,       /* text: who calls (UTF-8, escaped nowhere), text2: the alias called; answer or reject */
	TERMINAL_RINGING,        /* the peer said Alerting */
	TERMINAL_CONNECTED,      /* Connect sent or received */
	TERMINAL_DTMF,           /* text: what the peer keyed */
	TERMINAL_TRACE,          /* text: one line about a message; sent; channel */
	TERMINAL_ENDED,          /* cause, text: why. The last action; timers, connections and media were stopped by
	                          * actions before it */
	TERMINAL_ACTIONS,
};

enum terminal_channel { TERMINAL_SIGNAL, TERMINAL_H245, TERMINAL_TUNNELLED, TERMINAL_MEDIA };

struct terminal_media {
	uint8_t codec;             /* enum terminal_codec */
	uint8_t payload_type;      /* RTP */
	uint8_t session;           /* H.245 session ID; 1: audio */
	uint16_t channel;          /* logical channel number */
	uint16_t frames_per_packet; /* ms of G.711 per packet */
	struct addr rtp, rtcp;     /* TX: the peer's receivers; RX: ours, and rtcp the peer's RTCP */
};

struct terminal_action {
	const struct terminal_action *next;
	enum terminal_action_type type;
	struct addr addr;
	struct pst_slice octets;
	const char *text, *text2;
	uint32_t ms;
	uint8_t timer;          /* less than TERMINAL_TIMERS */
	uint8_t cause;          /* Q.850 */
	uint8_t channel;        /* enum terminal_channel: of a TRACE */
	bool sent;              /* TRACE: by us */
	bool by_peer;           /* ENDED: the peer cleared */
	bool connect;           /* DATA_START */
	struct terminal_media media;
};

/* Timer numbers are indexes of an array of this size; several may be of one enum call_timer. */
enum { TERMINAL_TIMERS = 24 };

enum terminal_h245_mode { TERMINAL_NO_H245, TERMINAL_H245_TUNNELLED, TERMINAL_H245_SEPARATE };

/* For reports and ladders. */
struct terminal_info {
	bool originator;
	uint8_t call_state;     /* enum h225_call_state */
	bool answered;          /* there was a Connect */
	bool fast_start;        /* the audio channels came from fast connect */
	uint8_t h245;           /* enum terminal_h245_mode, as last used */
	bool master_slave_done, master;
	bool tx, rx;            /* audio channels open now */
	bool data;              /* the T.120 channel is open now */
	struct addr data_at;    /* where the peer accepts T.120, as last said */
	struct terminal_media tx_media, rx_media; /* the last ones */
	uint8_t call_id[16], conference_id[16];
	uint16_t crv;
	uint8_t peer_version;   /* of its protocolIdentifier; 0: unknown */
	char peer_name[128];    /* UTF-8 */
	char peer_product[64];
	uint32_t round_trip_ok; /* responses got */
};

struct terminal;

/* An idle terminal. PST_E_ARG: no codec, or no address for RTP; PST_E_NOMEM. */
PST_MUST_CHECK int terminal_new(struct terminal **out, const struct terminal_config *config);
/* Takes NULL as well. Sends nothing: hang up first. */
void terminal_free(struct terminal *t);
/* Takes one event. The actions replace those of the event before. 0; PST_E_ARG: an event that cannot be (a timer that
 * is not running is not an error: it is ignored). Whatever a peer sends is no error here: it leads to actions. After
 * TERMINAL_ENDED every event is ignored. */
PST_MUST_CHECK int terminal_event(struct terminal *t, const struct terminal_event *event);
/* The first action of the last event, or NULL. Actions, octets and texts live until the next terminal_event(). */
const struct terminal_action *terminal_actions(const struct terminal *t);
bool terminal_ended(const struct terminal *t);
void terminal_info(const struct terminal *t, struct terminal_info *out);
/* "T303" for a timer number, and what an action or event is called; never NULL. */
const char *terminal_timer_name(uint8_t timer);
const char *terminal_action_name(enum terminal_action_type type);
const char *terminal_event_name(enum terminal_event_type type);
/* "G.711 A-law". */
const char *terminal_codec_name(uint8_t codec);

#endif
