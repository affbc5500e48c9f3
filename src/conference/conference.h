/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A node of data conferences: an MCS provider (conference/mcs.h) and a GCC node (T.124) on it,
 * as one pure machine. It holds no socket and no clock. The owner opens and accepts transport
 * connections, gives each a number, runs timers, and tells what happened; after each call of a
 * function here it carries out conference_actions() in their order. Carrying out an action never
 * calls back. One conference at a time. Not for several threads at once.
 *
 * To begin: conference_create() makes us the top provider; conference_call() joins a peer's, has
 * it create one with itself on top, invites it into ours, or asks what there is.
 * Applications then take part by conference_app_open().
 */
#ifndef PST_CONFERENCE_CONFERENCE_H
#define PST_CONFERENCE_CONFERENCE_H

#include "t124/key.h"
#include "t125/params.h"

enum {
	CONFERENCE_LINKS = 64,
	CONFERENCE_APPS = 16,
	CONFERENCE_NAME_MAX = 255, /* octets of UTF-8 that we keep of a peer's text */
	CONFERENCE_TOP_CHANNEL = 0,
};

struct conference;

struct conference_config {
	const char *node_name;		/* UTF-8; copied */
	const struct t125_offer *offer; /* NULL: t125_offer_default() */
	const char *password;		/* digits; NULL: none. Who joins must give it */
	const char *call_password;	/* digits given when we join; NULL: none */
	uint32_t max_nodes;		/* in the roster; 0: 256 */
	uint32_t max_entries;		/* in the registry; 0: 1024 */
	uint32_t max_sdu;		/* octets of one received piece of data; 0: 1 MiB */
	uint32_t setup_ms;		/* for a connection to be set up; 0: 20000 */
	bool mcu;			/* our node type; else a multiport terminal */
	bool trace;			/* give CONFERENCE_TRACE actions */
};

enum conference_how {
	CONFERENCE_CREATE, /* the peer creates it and is the top */
	CONFERENCE_JOIN,   /* the peer is in it */
	CONFERENCE_INVITE, /* we are in it */
	CONFERENCE_QUERY,  /* which are there? */
};

enum conference_action_type {
	CONFERENCE_SEND,	/* link, octets */
	CONFERENCE_CLOSE,	/* link, after what was sent went out; its number is free again */
	CONFERENCE_TIMER_START, /* link, ms: conference_timeout() when it runs out */
	CONFERENCE_TIMER_STOP,	/* link */
	CONFERENCE_ASKED,  /* conn, how, name, text (who calls, may be ""): answer with conference_answer() */
	CONFERENCE_CALLED, /* conn, how, ok, result (MCS), text: how our call went; connected when ok, but for
			      a query */
	CONFERENCE_LISTED, /* conn, name: one of a query's conferences; before its CALLED */
	CONFERENCE_JOINED, /* node, name: we are in a conference */
	CONFERENCE_ROSTER, /* nodes or applications changed: look with conference_node() */
	CONFERENCE_APP_READY,	/* app, user, channel */
	CONFERENCE_APP_FAILED,	/* app, result (MCS or 0): it is closed */
	CONFERENCE_APP_CHANNEL, /* app, requested, channel, ok: conference_app_join() */
	CONFERENCE_APP_CONVENED, /* app, channel, ok: conference_app_convene() */
	CONFERENCE_APP_LOST,	/* app, channel: a private channel was disbanded, or we were expelled from it */
	CONFERENCE_APP_HANDLES, /* app, ok, first, count: conference_app_handles() */
	CONFERENCE_APP_TOKEN,	/* app, token, ok: conference_app_grab(), is it ours? */
	CONFERENCE_APP_DATA, /* app, user and node (0: not known) of the sender, channel, octets, uniform */
	CONFERENCE_TEXT,     /* node, text: a GCC text message */
	CONFERENCE_CONDUCTED, /* node: that conducts the conference now; 0: nobody does any more */
	CONFERENCE_GONE,     /* conn: a connection ended; result: enum mcs_reason */
	CONFERENCE_ENDED,    /* text: why. We are in no conference any more */
	CONFERENCE_TRACE,    /* link, sent, text */
};

struct conference_action {
	const struct conference_action *next;
	enum conference_action_type type;
	enum conference_how how;
	unsigned link, conn, app;
	uint16_t node, user, channel, requested, token;
	uint32_t ms, result, first, count;
	bool ok, sent, uniform;
	struct pst_slice octets;
	const char *name, *text; /* UTF-8 as a peer sent it: escape before printing */
};

/* CONFIG is copied but for OFFER's target. PST_E_NOMEM, PST_E_ARG (a name that is no UTF-8). */
PST_MUST_CHECK int conference_new(struct conference **out, const struct conference_config *config);
void conference_free(struct conference *c);
/* What is to be done since the last call of another function here; valid until the next. NULL: nothing. */
const struct conference_action *conference_actions(const struct conference *c);

/* ---- transport connections */

PST_MUST_CHECK int conference_incoming(struct conference *c, unsigned link);
/* CREATE, JOIN, INVITE: NAME is the conference's; digits alone are its numeric name. PST_E_STATE: CREATE or
 * JOIN while in a conference, INVITE while in none. *CONN may be NULL. */
PST_MUST_CHECK int conference_call(
	struct conference *c, unsigned link, enum conference_how how, const char *name, unsigned *conn);
void conference_connected(struct conference *c, unsigned link);
void conference_received(struct conference *c, unsigned link, struct pst_slice octets);
void conference_closed(struct conference *c, unsigned link);
void conference_timeout(struct conference *c, unsigned link);
/* Answers ASKED. What the conference itself forbids (locked, wrong password, another one's name) stays
 * refused. */
void conference_answer(struct conference *c, unsigned conn, bool accept);
/* Ends one connection. */
void conference_hang_up(struct conference *c, unsigned conn);

/* ---- the conference */

PST_MUST_CHECK int conference_create(struct conference *c, const char *name);
/* Out of the conference: connections end; when we are its top it ends for all. */
void conference_leave(struct conference *c);
/* Ends it for all, or as the top asks of us: the top's answer is an end or nothing. */
void conference_terminate(struct conference *c);
/* Asks the top to put a node out. */
void conference_eject(struct conference *c, uint16_t node);
/* At the top: nobody joins any more, or again. */
void conference_lock(struct conference *c, bool locked);
/* A GCC text message to all. PST_E_STATE, PST_E_BAD, PST_E_RANGE as of t124_text_write(). */
PST_MUST_CHECK int conference_text(struct conference *c, const char *text);

struct conference_node_info {
	uint16_t id, superior; /* superior 0: the top */
	const char *name;      /* UTF-8, may be "" */
	uint32_t apps;	       /* bits of enum t124_app that are enrolled there */
	bool self;
};

bool conference_in(const struct conference *c);
uint16_t conference_self(const struct conference *c);
uint16_t conference_top(const struct conference *c);
/* The node of index I, from 0, by rising id; false behind the last. */
bool conference_node(const struct conference *c, unsigned i, struct conference_node_info *info);
unsigned conference_nodes(const struct conference *c);
/* The node of which an application's USER is, or 0: what the roster says, else the node that it was attached
 * through. */
uint16_t conference_user_node(const struct conference *c, uint16_t user);
/* Registered entries at the top; channels, users and tokens of the domain there. */
void conference_counts(
	const struct conference *c, unsigned *entries, unsigned *users, unsigned *channels, unsigned *tokens);

/* ---- applications */

/* Takes part in the session of KEY with all others that do: attaches, finds or registers its channel, enrols.
 * Then APP_READY. PST_E_STATE: in no conference; PST_E_BUSY: too many. */
PST_MUST_CHECK int conference_app_open(struct conference *c, const struct gcc_key *key, unsigned *app);
/* The same for a session on a static CHANNEL (1 to 1000), which no registry has to name. */
PST_MUST_CHECK int conference_app_open_static(
	struct conference *c, const struct gcc_key *key, uint16_t channel, unsigned *app);
/* The user and node (0: not known) of the I-th other that takes part in the session of APP, as rosters tell;
 * false behind the last. */
bool conference_app_peer(
	const struct conference *c, unsigned app, unsigned i, uint16_t *user, uint16_t *node);
/* Most octets that go out in one piece of data without being cut into segments. */
size_t conference_data_max(const struct conference *c);
/* To all others of the session (UNIFORM: in one order for all, and to ourselves), or to another CHANNEL that
 * was joined; 0: the session's own. A user id as channel reaches that user. */
void conference_app_send(struct conference *c, unsigned app, uint16_t channel,
	enum mcs_data_priority priority, bool uniform, struct pst_slice octets);
/* Joins one more channel; 0: a new one. Then APP_CHANNEL. */
void conference_app_join(struct conference *c, unsigned app, uint16_t channel);
void conference_app_leave(struct conference *c, unsigned app, uint16_t channel);
/* A private channel of ours (T.125 7.12): then APP_CONVENED. Who is admitted may join it and send on it. */
void conference_app_convene(struct conference *c, unsigned app);
void conference_app_admit(struct conference *c, unsigned app, uint16_t channel, uint16_t user);
void conference_app_disband(struct conference *c, unsigned app, uint16_t channel);
/* Asks the top for COUNT handles (1 to 1024) that nobody else has (T.124 7.4.6). Then APP_HANDLES. */
void conference_app_handles(struct conference *c, unsigned app, uint32_t count);
/* Grabs a token, one of the application's static ones or of the registry. Then APP_TOKEN. It is given back when the
 * application closes, or the node goes. */
void conference_app_grab(struct conference *c, unsigned app, uint16_t token);
void conference_app_close(struct conference *c, unsigned app);

#endif
