/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gateway's own structures, shared by the files of this folder and seen by nobody else. */
#ifndef PST_GATEWAY_GW_H
#define PST_GATEWAY_GW_H

#include <uthash.h>
#include <utlist.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "call/h225_call.h"
#include "gateway/address.h"
#include "gateway/config_copy.h"
#include "gateway/gateway.h"
#include "gateway/io.h"
#include "gateway/ladder.h"
#include "gateway/route.h"
#include "gateway/source.h"
#include "h225/addr.h"
#include "h225/msg.h"
#include "h245_asn1.h"
#include "relay/relay.h"
#include "tpkt/stream.h"

enum { GW_CALLER = 0, GW_CALLEE = 1, GW_LEGS = 2 };

/* H323: the caller's connection is call signalling. DATA: T.120 alone; AUDIO: NetMeeting 1's audio call control; each on a
 * port of its own, and all their connections are pairs. */
enum gw_call_kind { GW_CALL_H323, GW_CALL_DATA, GW_CALL_AUDIO };
enum { GW_PORT_KEY_LEN = 1 + 2 * (1 + 16) };
enum gw_conn_kind { GW_CONN_H225, GW_CONN_H245, GW_CONN_T120, GW_CONN_AUDIO };
enum gw_conn_state { GW_CONN_NONE, GW_CONN_CONNECTING, GW_CONN_OPEN, GW_CONN_CLOSED };

/* One TCP connection of a call. Embedded in its leg or pair. */
struct gw_conn {
	struct gw_call *call;
	struct gw_pair *pair; /* NULL for the call signalling connection of a leg */
	void *handle;	      /* the io's */
	uint8_t leg;	      /* the side it stands on */
	uint8_t kind;	      /* enum gw_conn_kind */
	uint8_t state;	      /* enum gw_conn_state */
	bool paused;
	uint8_t n_first; /* T.120: octets seen, up to the two that a TPKT begins with */
	uint32_t n_told; /* audio call control: octets told of */
	struct addr peer, local;
	struct frames in;
	uint8_t *pending; /* what waits for the connection to stand; owned */
	size_t n_pending;
};

/* The two connections of one secondary: one accepted, one made. */
struct gw_pair {
	struct gw_pair *prev, *next;
	struct gw_conn conn[GW_LEGS];
	uint8_t kind;	/* GW_CONN_H245 or GW_CONN_T120 */
	uint8_t opener; /* the leg whose peer came to us */
	uint8_t sender; /* T.120: the channel it belongs to */
	uint16_t lcn;
	struct follow *follow; /* T.120 only, from its first octets on */
	/* of a call of T.120 alone: what X.224 has said (gateway/data_call.c) */
	bool requested, confirmed;
	uint8_t refusal; /* reason of the DR that the caller gets if it ends unconfirmed */
	uint16_t ref;	 /* the caller's, once requested */
	struct gw_pinhole *pinhole;
	uint64_t since_ms;
};

/* A TCP address that one leg's peer announced (H.245 or T.120), and the listener on the other leg that stands
 * for it. */
struct gw_secondary {
	struct gw_secondary *prev, *next;
	struct gw_secondary *prev_there, *next_there; /* where SHARED */
	struct gw_call *call;
	void *handle;	    /* the io's; NULL: not listening any more, or SHARED */
	bool shared;	    /* it stands on the gateway's own port for T.120, told apart by the peer */
	uint8_t kind;	    /* GW_CONN_H245 or GW_CONN_T120 */
	uint8_t target_leg; /* whose peer announced it; we listen on the other */
	uint8_t sender;	    /* T.120: the transmitter and number of the channel it belongs to */
	uint16_t lcn;
	struct addr target; /* what was announced */
	struct addr local;  /* what stands for it */
	uint64_t since_ms;
	struct gw_pinhole *pinhole;
	bool reverse;	      /* H.245: its peer behind a NAT connects to us as well */
	struct gw_pair *half; /* reverse: the pair whose other end has come */
};

enum gw_pinhole_kind { GW_PINHOLE_RTP, GW_PINHOLE_RTCP, GW_PINHOLE_H245, GW_PINHOLE_T120, GW_PINHOLE_AUDIO, GW_PINHOLE_UDP };

/* What a call opened, kept for its ladder after it is closed. */
struct gw_pinhole {
	struct gw_pinhole *prev, *next;
	uint8_t kind;
	uint8_t from_leg;
	bool open;
	uint16_t lcn;
	uint32_t session;
	struct addr from, to;
	uint16_t local_in, local_out;
	uint32_t opened_ms, closed_ms;	  /* since the call's start */
	uint64_t packets, bytes, refused; /* filled when it is closed; live figures come from the relay */
	uint64_t lost;			  /* so are these, of RTP */
	uint32_t jitter_us, ssrc_changes;
};

/* One RTP session (H.225.0 6.1): both directions, RTP and RTCP. */
struct gw_session {
	struct gw_session *prev, *next;
	struct relay_session *relay;
	uint32_t id;		  /* sessionID; 0 until the master gave one */
	uint16_t provisional_lcn; /* with id 0: the channel it was made for */
	uint8_t provisional_leg;
	bool flow_set[GW_LEGS][RELAY_PARTS];
	uint16_t users;			/* channels that name it */
	uint16_t transmitting[GW_LEGS]; /* open channels whose transmitter is that leg */
	struct addr local[GW_LEGS][RELAY_PARTS];
	struct addr dest[GW_LEGS][RELAY_PARTS]; /* where that leg's peer receives */
	struct addr host[GW_LEGS];		/* where that leg's peer sends from */
	struct gw_pinhole *pinhole[GW_LEGS][RELAY_PARTS];
	struct relay_flow_stats before[GW_LEGS][RELAY_PARTS]; /* when the last pinhole closed */
	uint64_t opened_ms;
	bool silent; /* its flows were closed because nothing came; until a channel of it is opened anew */
};

enum gw_channel_state { GW_CHANNEL_PROPOSED, GW_CHANNEL_OPENING, GW_CHANNEL_OPEN };

/* A logical channel: (transmitter, forwardLogicalChannelNumber) is its name (H.245 8.4). */
struct gw_channel {
	struct gw_channel *prev, *next;
	struct gw_session *session; /* NULL: no RTP */
	uint8_t sender;		    /* the transmitter's leg */
	uint8_t offered_by; /* whose OpenLogicalChannel it was: the other leg for the reverse proposals of
			       fast connect */
	uint8_t state;	    /* enum gw_channel_state */
	bool bidirectional;
	bool fast; /* a proposal of fast connect, or was one */
	bool rtp_open;
	bool counted; /* its rate is, as it is open */
	uint16_t lcn;
	uint32_t session_id;
	uint32_t kbit;			/* the most it takes, both ways */
	struct addr offer[RELAY_PARTS]; /* what the offering side announced in it */
};

/* One side of a call. */
struct gw_leg {
	const struct gw_realm *realm;
	struct addr local_ip; /* the gateway's address towards this side */
	struct addr peer_ip;  /* whom we talk to */
	struct addr held;     /* the host whose lease in this realm the call holds; family 0: none */
	struct gw_conn conn;
	struct h225_call machine;
	uint64_t timers[TIMER_T322 + 1]; /* deadlines of Q.931's timers; 0: not running */
	bool released;			 /* ReleaseComplete went out or came in on this leg */
	bool behind; /* somebody else's NAT, by H.460.18 or .19: what it says of its own addresses is of no use */
	bool keeps_alive; /* such a one that keeps its NAT open for media by H.460.19, where it is told how */
};

enum gw_call_state {
	GW_CALL_NEW,
	GW_CALL_CONNECTING,
	GW_CALL_PROCEEDING,
	GW_CALL_RINGING,
	GW_CALL_ACTIVE,
	GW_CALL_ENDED
};

/* What an application of T.120 moved, by the leg it came from, and what was not passed on. */
struct gw_data_account {
	uint64_t octets[GW_LEGS];
	uint64_t refused;
};

struct gw_call {
	UT_hash_handle hh;	     /* by id */
	UT_hash_handle hh_port;	     /* no H.323: by its kind, its caller and whom that meant */
	uint8_t port_key[GW_PORT_KEY_LEN];
	struct gw_call *prev, *next; /* in the list of ended ones */
	struct gateway *gw;
	struct gw_config_copy *conf;
	const struct gw_config *cfg; /* of conf: as it was when the call began */
	uint64_t id;
	uint8_t kind; /* enum gw_call_kind */
	uint8_t state;
	bool fast_answered; /* fastStart was accepted or refused */
	uint16_t crv;
	uint16_t n_channels;
	uint16_t n_pinholes;
	struct addr original_dst; /* family 0: called us */
	struct addr dest;	  /* where the call goes */
	struct gw_route route;	  /* why NULL: not looked for yet */
	struct gw_wait *wait;	  /* for an answer (gateway/wait.h); NULL: for none */
	struct gw_kept *kept;	  /* meanwhile; owned */
	bool asked_lease;
	bool asked_domain;
	struct addr located;	       /* then: what was found; family 0: nobody */
	bool judged;		       /* the policy was asked */
	uint8_t media;		       /* GW_MEDIA_ bits it may carry */
	uint32_t kbit;		       /* of its open channels */
	const struct gw_rule *rule;    /* that allowed it, of cfg; NULL: none had to */
	struct gw_rule_use *rule_use;  /* in which it is counted */
	char *caller, *called;	  /* escaped text for people */
	const char *ended_why;	  /* static text */
	const char *pair_why;	  /* likewise: why the last pair of a call that has nothing else went */
	char *failure;		  /* owned, longer text */
	uint8_t guid[16];
	bool has_guid;
	UT_hash_handle hh_awaited; /* by await_id, while the callee was summoned */
	uint8_t await_id[16];
	bool awaited;
	bool summoned; /* no call: the connection of a callee that had been awaited */
	struct gw_leg leg[GW_LEGS];
	struct gw_secondary *secondaries;
	struct gw_pair *pairs;
	struct gw_pair *dead_pairs; /* closed, freed when the upcall ends */
	struct gw_session *sessions;
	struct gw_channel *channels;
	struct gw_pinhole *pinholes;
	struct relay_range *range; /* of audio call control: UDP between its two hosts; NULL: none */
	struct gw_pinhole *range_pinhole;
	struct gw_ladder ladder;
	struct gw_source *source;
	struct gw_data_account data[GW_DATA_APPS]; /* of T.120 connections that are over */
	json_t *data_nodes;			   /* of the last of them that knew any; owned */
	uint64_t start_ms, start_wall_ms, end_ms, active_ms, heard_ms; /* heard: last signalling */
	uint64_t deadline_ms; /* the stage's own: first message, connect */
	void *timer;	      /* the io's */
};

struct gw_counters {
	uint64_t calls, failed, refused, peak;
	uint64_t messages[GW_LEGS]; /* H.225 messages taken from callers and from callees */
	uint64_t h245_messages;
	uint64_t undecodable, bad_state, address_refused, source_refused, half_open, secondary_refused,
		media_exhausted;
	uint64_t rtp_packets, rtp_bytes, rtp_refused; /* of closed pinholes */
};

struct gateway {
	struct gw_config_copy *conf;
	struct relay relay;
	const struct gw_io_ops *io;
	void *io_arg;
	struct gw_call *calls; /* by id */
	struct gw_call *port_calls; /* those that are no H.323 */
	struct gw_call *awaited; /* by await_id */
	struct gw_call *ended; /* newest first */
	uint32_t n_ended;
	uint64_t next_id;
	struct gw_source *sources;
	struct gw_rule_use *rule_uses; /* by name */
	struct gw_secondary *on_data_port; /* the shared ones */
	struct gw_counters count;
	uint64_t start_ms;
	struct arena arena; /* for the message in hand */
	uint8_t *out;	    /* for the message in hand, encoded */
	struct log_rate complain;
	bool stopping;
	bool tarpit; /* who was not admitted last is over its limits, and may wait */
	struct gateway_follower *followers;
	struct gw_net *net;	     /* gateway/net.c: sockets and timers */
	struct gateway_shell *shell; /* gateway.c */
};

enum { GW_T120_PORT = 1503, GW_ENDED_KEPT = 64, GW_PINHOLES_KEPT = 64, GW_OUT_MAX = 65536 + 16 };

/* --- gateway/core.c: the table of calls --- */

PST_MUST_CHECK int gw_core_init(struct gateway *gw, const struct gw_config *cfg, const struct relay *relay,
	const struct gw_io_ops *io, void *io_arg);
/* Ends what stands and frees everything but GW itself. */
void gw_core_done(struct gateway *gw);
/* New calls use CFG. PST_E_NOMEM: nothing has changed. */
PST_MUST_CHECK int gw_core_reload(struct gateway *gw, const struct gw_config *cfg);
uint64_t gw_now(const struct gateway *gw);
/* PST_E_BUSY: the same, and who is there is not to be let go at once.
 * A connection was accepted on LOCAL from PEER, call signalling or, on its port, T.120; ORIGINAL is where the caller wanted to go (LOCAL's own when
 * nobody intercepted). ACCEPTED is handed to io->adopt(). On error nothing was adopted. */
PST_MUST_CHECK int gw_incoming(struct gateway *gw, void *accepted, const struct addr *peer,
	const struct addr *local, const struct addr *original);
/* Ends CALL: ReleaseComplete with REASON (an H.225.0 ReleaseCompleteReason) on the legs that have none, all
 * closed. */
void gw_call_release(struct gw_call *call, uint32_t reason, const char *why);
/* A line in the ladder of CALL, and to whoever follows. LEG -1: the gateway's own doing. TEXT must be
 * escaped. */
void gw_note(struct gw_call *call, int leg, enum gw_via via, const char *text,
	const struct gw_ladder_addr *addrs, uint16_t n_addrs);
/* Whoever follows hears of the beginning (its parties are known) and the end. */
void gw_follow_start(struct gw_call *call);
void gw_follow_end(struct gw_call *call);
void gw_notef(struct gw_call *call, const char *fmt, ...) PST_PRINTF(2, 3);
/* Sets the io's timer to the next thing that can happen to CALL by itself. */
void gw_call_schedule(struct gw_call *call);
/* At the end of an upcall: what it closed is no longer in anybody's hands. */
void gw_call_settle(struct gw_call *call);
/* Octets go out on C, now or when it stands. A peer that does not read loses the call. */
void gw_conn_send(struct gw_conn *c, struct pst_slice octets);
/* Keeps OCTETS in c->pending. False: there are too many. */
bool gw_conn_keep(struct gw_conn *c, struct pst_slice octets);
/* Lets go of C; nothing more comes from it. */
void gw_conn_close(struct gw_conn *c, bool abort);
/* Gives EVENT to whoever follows; takes it over. */
void gw_tell(struct gateway *gw, json_t *event);
void gw_release_all(struct gateway *gw, uint32_t reason, const char *why);
/* One line about misbehaviour of a peer, rate-limited. */
void gw_complain(struct gw_call *call, const char *fmt, ...) PST_PRINTF(2, 3);

/* --- upcalls of the io --- */

void gw_conn_opened(struct gw_conn *c, const struct addr *local);
/* All that was sent on C has left. */
void gw_conn_drained(struct gw_conn *c);
void gw_conn_data(struct gw_conn *c, struct pst_slice octets);
/* The peer closed it, or it failed (ERR a negative enum pst_err); the io has let go of it already. */
void gw_conn_closed(struct gw_conn *c, int err);
/* A connection came to a secondary's listener. 0: adopted; else the io closes it. */
PST_MUST_CHECK int gw_secondary_accepted(struct gw_secondary *s, void *accepted, const struct addr *peer);
void gw_call_tick(struct gw_call *call);
/* What CALL waited for is there, or will not come: it goes on. */
void gw_call_resume(struct gw_call *call);

#endif
