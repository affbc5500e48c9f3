/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An MCS provider (T.125): one domain, transport connections to other providers above and
 * below, and users attached here. It knows nothing of GCC. Pure: its owner gives it what
 * arrived and gets calls back for what is to be done (struct mcs_owner). `asked`, `answered`
 * and `gone` may call the provider again; the others must not.
 *
 * A request comes from below, a connection or a local user, and travels upward; the top
 * provider answers with confirms and indications, which travel downward through the same
 * routing as those of a provider above would. So there is one path whatever we are.
 */
#ifndef PST_CONFERENCE_MCS_H
#define PST_CONFERENCE_MCS_H

#include "base/arena.h"
#include "t125/params.h"
#include "t125/stream.h"

enum {
	MCS_LINKS = 64,	    /* transport connections; the owner numbers them */
	MCS_CONNS = 32,	    /* MCS connections, each of one to four transport connections */
	MCS_LOCALS = 32,    /* users attached here */
	MCS_ADMITTED = 256, /* to one private channel */
	MCS_PENDING = 256,  /* attaching users that wait for a confirm */
};

struct mcs;

/* What a provider asks its owner to do. ARG is the owner's. */
struct mcs_owner {
	/* Send octets (TPKT included) on a transport connection; copy them. */
	void (*send)(void *arg, unsigned link, struct pst_slice octets);
	/* Close it when everything was sent. The number is free again at once. */
	void (*close)(void *arg, unsigned link);
	/* (Re)start or stop the one timer of a connection being set up. */
	void (*timer)(void *arg, unsigned link, bool start);
	/* A peer wants to connect: answer with mcs_connect_answer(), now or later. */
	void (*asked)(void *arg, unsigned conn, const struct mcs_connect_initial *m);
	/* Our mcs_connect() was answered: RESULT enum mcs_result. Connected when it is rt-successful. */
	void (*answered)(void *arg, unsigned conn, uint32_t result, struct pst_slice user_data);
	/* A connection is gone; REASON enum mcs_reason. UP: it was the one above, so the domain is. */
	void (*gone)(void *arg, unsigned conn, bool up, uint32_t reason);
	/* A confirm or indication for local user LOCAL. */
	void (*local)(void *arg, unsigned local, const t125_pdu *m);
	/* A line about a PDU, for traces. May be NULL. */
	void (*trace)(void *arg, unsigned link, bool sent, const char *text);
};

struct mcs_config {
	struct t125_offer
		offer; /* what connections may agree on; users, channels, tokens are this domain's limits */
	const struct mcs_owner *owner;
	void *arg;
};

/* ARENA: for what one event takes; the owner resets it between events. PST_E_NOMEM. */
PST_MUST_CHECK int mcs_new(struct mcs **out, const struct mcs_config *config, struct arena *arena);
void mcs_free(struct mcs *m);

/* ---- transport connections */

/* One was accepted: its peer calls. PST_E_ARG: the number is in use or too large. */
PST_MUST_CHECK int mcs_link_incoming(struct mcs *m, unsigned link);
/* One to connect to a peer by; ABOVE: the peer will be the upper provider. The Connect-Initial with USER_DATA
 * (copied) goes out when mcs_link_connected() says that it stands. *CONN gets the connection's number.
 * PST_E_STATE: ABOVE, and there is a provider above us, or local users: joining two populated domains is
 * refused (rt-domain-merging). */
PST_MUST_CHECK int mcs_connect(
	struct mcs *m, unsigned link, bool above, struct pst_slice user_data, unsigned *conn);
void mcs_link_connected(struct mcs *m, unsigned link);
/* Octets arrived, cut anyhow. Whatever is wrong with them ends that connection and nothing else. */
void mcs_link_received(struct mcs *m, unsigned link, struct pst_slice octets);
/* It was closed by the peer or failed. */
void mcs_link_closed(struct mcs *m, unsigned link);
/* Its timer ran out. */
void mcs_link_timeout(struct mcs *m, unsigned link);
/* Answers `asked`. With rt-successful the connection stands. */
void mcs_connect_answer(struct mcs *m, unsigned conn, uint32_t result, struct pst_slice user_data);
/* Ends a connection: DisconnectProviderUltimatum, close. The owner is not told `gone`. */
void mcs_disconnect(struct mcs *m, unsigned conn, uint32_t reason);

/* ---- local users */

/* Takes a free local number; then mcs_request() an attachUserRequest for it. PST_E_BUSY. */
PST_MUST_CHECK int mcs_local_new(struct mcs *m, unsigned *local);
void mcs_local_free(struct mcs *m, unsigned local);
/* A request of a local user: any PDU that goes upward. It must live as long as the event. */
void mcs_request(struct mcs *m, unsigned local, const t125_pdu *pdu);
/* The user's id; 0: not attached. */
uint16_t mcs_local_user(const struct mcs *m, unsigned local);
/* Most octets that one data PDU of this domain carries. */
size_t mcs_data_max(const struct mcs *m);
/* Sends data in as many segments as PDUs of this domain need. */
void mcs_send(struct mcs *m, unsigned local, uint16_t channel, uint8_t priority, bool uniform,
	struct pst_slice octets);

/* ---- looking in */

bool mcs_is_top(const struct mcs *m);
/* Whether anybody is in that channel, or it is a private one. At the top. */
bool mcs_channel_exists(const struct mcs *m, uint16_t channel);
/* The connection through which a user below us is reached; -1: local, or not below us. */
int mcs_user_conn(const struct mcs *m, uint16_t user);
/* Users known at the top, channels that exist there, tokens in use. */
void mcs_counts(const struct mcs *m, unsigned *users, unsigned *channels, unsigned *tokens);

#endif
