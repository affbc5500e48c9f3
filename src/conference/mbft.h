/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * File transfer among the users of one T.127 session, as a pure machine: offers, requests, directories and
 * the files themselves, each with its deadlines. It holds no file and no channel: the owner carries out
 * mbft_actions() after each call of a function here, in their order, and says what came of them.
 *
 * A file for all goes out on a data channel assigned for it and is offered on the control channel; a file for
 * one is offered on a private pair of channels (T.127 8.7). Data begins when all have answered, or the time
 * for answers is up. What NetMeeting adds to T.127 is understood: its FileEnd tells who has a file whole.
 */
#ifndef PST_CONFERENCE_MBFT_H
#define PST_CONFERENCE_MBFT_H

#include "t125/msg.h"
#include "t127/header.h"
#include "t127/msg.h"

enum {
	MBFT_OUT_MAX = 64, /* files on their way out */
	MBFT_IN_MAX = 64,  /* offers and files on their way in */
	MBFT_PEERS_MAX = 512,
	MBFT_PRIVATE_MAX = 32, /* private pairs we are in by invitation */
	MBFT_REQUESTS_MAX = 16,
	MBFT_CHANNELS_MAX = 160,
	MBFT_WHY_MAX = 96,
};

struct mbft;

/* Zeros are the defaults. */
struct mbft_config {
	uint32_t max_in;     /* files coming in at once, offers waiting among them: 16 */
	uint64_t max_size;   /* octets of one file coming in: no limit */
	uint32_t step_ms;    /* for a channel, an invitation, a request, a directory: 20 s */
	uint32_t answer_ms;  /* for offers to be answered: 60 s */
	uint32_t stall_ms;   /* a file that does not come on: 60 s */
	uint32_t confirm_ms; /* for word that it arrived, once all was sent: 60 s */
};

enum mbft_action_type {
	MBFT_SEND,	      /* channel, priority, octets */
	MBFT_JOIN,	      /* channel; 0: a new one. Then mbft_joined() */
	MBFT_LEAVE,	      /* channel */
	MBFT_CONVENE,	      /* a private channel: mbft_convened() */
	MBFT_ADMIT,	      /* channel, user */
	MBFT_DISBAND,	      /* channel */
	MBFT_OFFERED,	      /* id, user, file: mbft_accept() or mbft_reject(), at any time until ENDED */
	MBFT_BEGUN,	      /* id, user, file: data follows. Coming in: open it */
	MBFT_DATA,	      /* id, octets: coming in */
	MBFT_COMPLETE,	      /* id: coming in, all of it: mbft_stored() */
	MBFT_ANSWERED,	      /* id, user, ok, why: of an offer of ours */
	MBFT_ENDED,	      /* id, out, ok, why, sent_to, arrived_at: it is over, its id is free */
	MBFT_REQUESTED,	      /* id, user, file (its name): mbft_supply() or mbft_deny() */
	MBFT_DENIED,	      /* id, why: nobody supplied what mbft_get() asked for */
	MBFT_DIRECTORY_ASKED, /* user: mbft_directory() */
	MBFT_DIRECTORY,	      /* user, ok, why, files, n_files: an answer */
	MBFT_NOTICE,	      /* user, why: an error that concerns no file of ours */
};

struct mbft_action {
	const struct mbft_action *next;
	enum mbft_action_type type;
	unsigned id;
	uint16_t channel, user;
	uint8_t priority; /* enum mcs_data_priority */
	bool ok, out;
	struct pst_slice octets;
	const struct t127_file *file, *files;
	uint32_t n_files;
	unsigned sent_to, arrived_at; /* recipients; arrived: who said so */
	const char *why;	      /* printable ASCII; "" with ok */
};

/* PST_E_NOMEM. CONFIG may be NULL. */
PST_MUST_CHECK int mbft_new(struct mbft **out, const struct mbft_config *config);
void mbft_free(struct mbft *m);
/* What is to be done since the last call of another function here; valid until the next. NULL: nothing. */
const struct mbft_action *mbft_actions(const struct mbft *m);

/* ---- the session */

/* We take part: our user, the control channel; NOW_MS of any clock that does not go back. */
void mbft_start(struct mbft *m, uint16_t user, uint16_t control, uint64_t now_ms);
/* We do not any more: all that is under way ends. */
void mbft_stop(struct mbft *m);
/* Time goes on: call it before each event, and twice a second. */
void mbft_time(struct mbft *m, uint64_t now_ms);
/* Who else takes part now. */
void mbft_peers(struct mbft *m, const uint16_t *users, unsigned n);
/* What came from USER on CHANNEL (ours: our own user id). */
void mbft_received(struct mbft *m, uint16_t user, uint16_t channel, struct pst_slice octets);
/* How MBFT_JOIN went: REQUESTED is its channel. */
void mbft_joined(struct mbft *m, uint16_t requested, uint16_t channel, bool ok);
void mbft_convened(struct mbft *m, uint16_t channel, bool ok);
/* A channel was disbanded, or we were expelled from it. */
void mbft_lost(struct mbft *m, uint16_t channel);
/* The conference is conducted by the session's user CONDUCTOR (0: not): then only what it grants us is
 * allowed. */
void mbft_conducted(struct mbft *m, uint16_t conductor);

/* ---- files out */

/* Offers FILE to all in the session now (TO 0), or to one. PST_E_STATE: not in a session, or nobody else is;
 * PST_E_BUSY: too many; PST_E_DENIED: the conductor has not granted it: asked for now. */
PST_MUST_CHECK int mbft_offer(struct mbft *m, const struct t127_file *file, uint16_t to, unsigned *id);
/* Whether data of ID is wanted now. */
bool mbft_wants(const struct mbft *m, unsigned id);
/* The next octets, at most 65535; LAST: no more follow. Only when mbft_wants(). */
void mbft_data(struct mbft *m, unsigned id, struct pst_slice octets, bool last);
/* Ends it, from any state: also an offer to us, or a file coming in. WHY stands in ENDED. */
void mbft_abort(struct mbft *m, unsigned id, const char *why);
/* Answers REQUESTED: a file is offered on the channel of the request, or not (enum
 * t127_file_deny_reason). */
PST_MUST_CHECK int mbft_supply(struct mbft *m, unsigned request, const struct t127_file *file, unsigned *id);
void mbft_deny(struct mbft *m, unsigned request, uint32_t reason);

/* ---- files in */

void mbft_accept(struct mbft *m, unsigned id);
/* REASON: enum t127_file_reject_reason. */
void mbft_reject(struct mbft *m, unsigned id, uint32_t reason);
/* After COMPLETE: whether it is safe now. */
void mbft_stored(struct mbft *m, unsigned id, bool ok);
/* Asks all for a file by NAME; an offer that answers is accepted. PST_E_STATE, PST_E_BUSY, PST_E_DENIED. */
PST_MUST_CHECK int mbft_get(struct mbft *m, const char *name, unsigned *request);

/* ---- directories */

PST_MUST_CHECK int mbft_list(struct mbft *m, uint16_t user);
/* Answers DIRECTORY_ASKED; RESULT enum t127_directory_result, FILES with "successful". */
void mbft_directory(
	struct mbft *m, uint16_t user, uint32_t result, const struct t127_file *files, uint32_t n);

#endif
