/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An endpoint's whole RAS with one gatekeeper (H.323 clause 7): it registers and stays registered (ras/client.h), asks for
 * admission to calls and says when they are over, and answers what the gatekeeper asks. By H.460.18 it is told of calls where
 * a NAT stands before it, and keeps the way open by registering again in time.
 *
 * A function of datagrams and time: no sockets and no clock of its own. Times are monotonic milliseconds, and seconds since
 * 1970 for H.235.
 */
#ifndef PST_RAS_ENDPOINT_H
#define PST_RAS_ENDPOINT_H

#include "base/addr.h"
#include "ras/client.h"

enum { RAS_CALLS_MAX = 16384, RAS_CALL_BANDWIDTH = 1280 /* 100 bit/s: G.711 both ways */ };

struct ras_endpoint; /* opaque */

/* Strings outlive the endpoint. */
struct ras_endpoint_config {
	struct addr gatekeeper;
	struct addr ras, signal;    /* where we are, as we say it */
	const char *const *aliases; /* as h225_alias_build() reads them; the first is the name that goes with the password */
	uint32_t n_aliases;
	const char *password;       /* NULL: none */
	uint32_t ttl_s;             /* what we ask for; 0: nothing */
	uint32_t retry_s;           /* until we try again when the registration failed or was lost; 0: never */
	const char *product, *version;
};

/* One call, with the identifiers that its Setup has. The machine's own: see ras_endpoint_over(). */
struct ras_call {
	uint8_t call_id[16], conference_id[16];
	uint16_t crv;
	bool answer;   /* somebody calls us */
	bool admitted; /* and not over: the gatekeeper counts it */
	bool asking, over; /* private, as all below */
	uint32_t irr_ms;
	uint64_t irr_due;
	void *user;    /* the owner's, from ras_endpoint_admit() */
	struct ras_call *prev, *next;
};

/* What the gatekeeper is asked about a call. */
struct ras_wish {
	bool answer;
	const char *called;  /* NULL: DEST alone says it; may be NULL with `answer` too */
	const char *caller;  /* with `answer`; NULL: not known */
	struct addr dest;    /* family 0: by name; with `answer`: where the caller is */
	const uint8_t *call_id, *conference_id; /* 16 octets each */
	uint16_t crv;
};

/* Called from inside the functions below. They may call those, but for ras_endpoint_free(). */
struct ras_endpoint_ops {
	void (*send)(void *arg, const struct addr *to, struct pst_slice datagram);
	/* WHY: a literal, NULL where there is nothing to say. Retries do not end with RAS_NEWS_FAILED. */
	void (*news)(void *arg, enum ras_client_news news, const char *why);
	/* The answer to ras_endpoint_admit(). REFUSED: NULL, or why, a literal. TO: where a call out goes. */
	void (*admitted)(void *arg, void *user, const char *refused, const struct addr *to);
	/* The gatekeeper wants the call to end. */
	void (*clear)(void *arg, void *user);
	/* Somebody calls, and waits at TO with CALL_ID (H.460.18). False: it can not be now. */
	bool (*summoned)(void *arg, const struct addr *to, const uint8_t call_id[static 16]);
};

/* PST_E_ARG: no address; PST_E_NOMEM. */
PST_MUST_CHECK int ras_endpoint_new(struct ras_endpoint **out, const struct ras_endpoint_config *cfg,
	const struct ras_endpoint_ops *ops, void *arg);
/* Sends nothing; takes NULL. */
void ras_endpoint_free(struct ras_endpoint *e);

/* What time it is: before any of the calls below. */
void ras_endpoint_clock(struct ras_endpoint *e, uint64_t now_ms, uint64_t wall_s);
void ras_endpoint_register(struct ras_endpoint *e);
/* Ends the registration; RAS_NEWS_ENDED follows, maybe at once. */
void ras_endpoint_stop(struct ras_endpoint *e);
bool ras_endpoint_registered(const struct ras_endpoint *e);
/* Whether the gatekeeper helps through NATs (H.460.18). */
bool ras_endpoint_traverses(const struct ras_endpoint *e);
/* A datagram came; what is not the gatekeeper's is ignored. */
void ras_endpoint_datagram(struct ras_endpoint *e, const struct addr *from, struct pst_slice octets);
/* When ras_endpoint_tick() has something to do; 0: never by itself. */
uint64_t ras_endpoint_due(const struct ras_endpoint *e);
void ras_endpoint_tick(struct ras_endpoint *e);

/* Asks for a call; admitted() follows, at once where the gatekeeper need not be asked. PST_E_STATE: not registered; PST_E_BAD:
 * a name that can not be; PST_E_SPACE: too many calls; PST_E_NOMEM. */
PST_MUST_CHECK int ras_endpoint_admit(
	struct ras_endpoint *e, struct ras_call **out, const struct ras_wish *wish, void *user);
/* The call is over, or was not admitted: the gatekeeper is told, if it has to be. CALL is the machine's own from now on. */
void ras_endpoint_over(struct ras_endpoint *e, struct ras_call *call);

#endif
