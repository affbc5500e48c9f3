/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the MCS provider: its tables, and what its files share. */
#ifndef PST_CONFERENCE_MCS_INT_H
#define PST_CONFERENCE_MCS_INT_H

#include <stdlib.h>
#include <uthash.h>

#include "conference/mcs.h"
#include "t125/str.h"

/* Where a PDU comes from below: a connection, or (conn < 0) a local user. */
struct from {
	int conn;
	unsigned local;
};

enum link_state {
	LINK_FREE,
	LINK_CALLING,
	LINK_CR_SENT,
	LINK_INITIAL_SENT,
	LINK_ACCEPTED,
	LINK_CC_SENT,
	LINK_ASKED,
	LINK_OPEN
};

struct link {
	enum link_state state;
	int conn; /* -1: not known yet */
	struct t125_stream in;
};

struct conn {
	bool used, open, up;
	int link[T125_PRIORITIES]; /* -1: none; [0] always */
	struct t125_params params;
	struct t125_offer offer; /* what the Connect-Initial said */
	uint8_t *user_data;	 /* owned: of the Connect-Initial to send */
	size_t n_user_data;
	uint32_t height; /* subHeight of what is below */
	uint32_t id;	 /* calledConnectId */
};

struct local {
	bool used;
	uint16_t user; /* 0: not attached */
};

/* A user in this provider's subtree. */
struct user {
	uint16_t id;
	struct from via;
	UT_hash_handle hh;
};

enum channel_kind { CHANNEL_STATIC, CHANNEL_USER, CHANNEL_PRIVATE, CHANNEL_ASSIGNED };

/* At every provider: who joined through where. At the top also what it is. */
struct channel {
	uint16_t id;
	uint32_t conns, locals; /* bits */
	uint8_t kind;
	uint16_t manager;
	uint16_t *admitted; /* owned */
	unsigned n_admitted;
	UT_hash_handle hh;
};

enum token_state { TOKEN_GRABBED, TOKEN_INHIBITED, TOKEN_GIVING, TOKEN_GIVEN };

struct token {
	uint16_t id;
	uint8_t state;
	uint16_t grabber, recipient; /* 0: none */
	uint16_t *inhibitors;	     /* owned */
	unsigned n_inhibitors;
	UT_hash_handle hh;
};

struct mcs {
	struct t125_offer offer;
	const struct mcs_owner *owner;
	void *arg;
	struct arena *arena;
	struct link links[MCS_LINKS];
	struct conn conns[MCS_CONNS];
	struct local locals[MCS_LOCALS];
	int up; /* the connection above; -1: we are the top */
	struct user *users;
	struct channel *channels;
	struct token *tokens;
	struct from pending[MCS_PENDING]; /* attachUserRequests without a confirm, in order */
	unsigned n_pending;
	uint32_t pdu_size; /* of the domain; 0: none agreed yet */
	uint32_t max_height;
	uint16_t next_id; /* dynamic channels are given out in a circle */
	uint32_t next_connect_id;
	uint32_t erected; /* height told upward last */
	uint32_t limit;	  /* levels allowed below us */
};

#define PDU(alternative, Alternative, ...)                                                                   \
	(&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_##Alternative,                                             \
		.u.alternative = &(struct mcs_##alternative){ __VA_ARGS__ } })

static inline uint32_t bit(unsigned i)
{
	return UINT32_C(1) << i;
}

/* mcs.c: routing */
void mcs_from_below(struct mcs *m, struct from from, const t125_pdu *pdu);
void mcs_from_above(struct mcs *m, const t125_pdu *pdu);
void mcs_data_from_below(struct mcs *m, struct from from, const struct t125_data *d);
void mcs_data_from_above(struct mcs *m, const struct t125_data *d);
void mcs_conn_lost(struct mcs *m, unsigned conn);     /* its subtree is gone */
void mcs_domain_lost(struct mcs *m, uint32_t reason); /* the connection above is gone */
struct user *mcs_user(const struct mcs *m, uint16_t id);
struct channel *mcs_channel(const struct mcs *m, uint16_t id);
struct channel *mcs_channel_make(struct mcs *m, uint16_t id, enum channel_kind kind);
void mcs_channel_drop(struct mcs *m, struct channel *c);
struct user *mcs_user_make(struct mcs *m, uint16_t id, struct from via);
uint32_t mcs_height(const struct mcs *m);
void mcs_new_height(struct mcs *m);

/* mcs_top.c, mcs_token.c: what only the top provider does */
void mcs_top_request(struct mcs *m, struct from from, const t125_pdu *pdu);
void mcs_top_detach(struct mcs *m, uint32_t reason, const uint16_t *users, unsigned n);
void mcs_top_left(struct mcs *m, struct channel *c);
bool mcs_top_token(struct mcs *m, const t125_pdu *pdu);
void mcs_top_token_detached(struct mcs *m, uint16_t user);
void mcs_token_free(struct mcs *m, struct token *t);
unsigned mcs_top_tokens(const struct mcs *m);
struct token *mcs_token_merge(
	struct mcs *m, uint16_t id, uint8_t state, uint16_t grabber, uint16_t recipient);
void mcs_token_inhibit(struct mcs *m, struct token *t, uint16_t user);

/* mcs_link.c: connections */
void mcs_conn_send(struct mcs *m, unsigned conn, const t125_pdu *pdu);
/* Encodes once; NULL p when that failed. */
struct pst_slice mcs_encode(struct mcs *m, const t125_pdu *pdu);
struct pst_slice mcs_encode_data(struct mcs *m, const struct t125_data *d);
void mcs_conn_send_octets(struct mcs *m, unsigned conn, uint8_t priority, struct pst_slice octets);
/* Ends the connection and tells the owner. */
void mcs_conn_end(struct mcs *m, unsigned conn, uint32_t reason);

#endif
