/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gatekeeper's own structures, shared by the files of this folder and seen by nobody else. */
#ifndef PST_GATEKEEPER_GK_H
#define PST_GATEKEEPER_GK_H

#include <uthash.h>
#include <utlist.h>

#include "base/arena.h"
#include "gatekeeper/gatekeeper.h"
#include "gatekeeper/timer.h"
#include "h225/addr.h"
#include "h225/build.h"
#include "h225/ras.h"
#include "h225/traversal.h"
#include "ras/aging.h"
#include "ras/answers.h"
#include "ras/password.h"
#include "ras/request.h"

enum {
	GK_NAME_MAX = 800,          /* octets of an alias as text, with its NUL */
	GK_ADDR_KEY = 20,           /* an address as a key */
	GK_SEED_KEY = 8,            /* what every key of a peer's making begins with */
	GK_ID_CHARS = 16,           /* of an endpointIdentifier */
	GK_DATAGRAM_MAX = 4096,     /* of what we send */
	GK_NEIGHBOURS_MAX = 16,
	GK_REALMS_MAX = 32,
	GK_VERSION = 5,             /* of H.225.0, in protocolIdentifier */
};

struct gk_alias {
	UT_hash_handle hh; /* by key */
	struct gk_alias *next;
	struct gk_endpoint *ep;
	uint32_t choice;   /* H225_ALIAS_ADDRESS_ */
	size_t n_key, n_raw;
	uint8_t data[];    /* the key (seed, then folded text), then the octets of the alias itself */
};

struct gk_source {
	UT_hash_handle hh; /* by key */
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	uint32_t registrations;
	struct gk_endpoint *endpoints; /* so many */
	uint32_t tokens_ms;
	uint64_t last_ms;
};

/* A key of H.235.1 (annex D), and the endpoint it is shared with. */
struct gk_key {
	bool on;
	uint8_t octets[20];
	uint64_t endpoint;
};

struct gk_endpoint {
	UT_hash_handle hh;        /* by id */
	UT_hash_handle hh_signal; /* by signal_key */
	uint64_t id;
	uint8_t signal_key[GK_SEED_KEY + GK_ADDR_KEY];
	uint32_t realm;
	struct addr signal, ras; /* ras: of the host that registered */
	struct gk_alias *aliases;
	struct gk_call *calls;
	struct gk_source *source;
	struct gk_endpoint *prev, *next; /* of its source */
	struct ras_aging aging;
	struct gk_timer timer;
	uint64_t since_ms;
	uint32_t ttl_s;     /* granted; 0: none was asked for */
	uint32_t stamp;     /* of the last H.235 token that was right; 0: none */
	int64_t random;     /* likewise */
	struct gk_key key;  /* H.235.1: what its messages and ours to it are signed with */
	bool behind;        /* somebody else's NAT (H.460.18): SIGNAL is where it first sent from */
	bool microsoft;     /* its vendor: no RequestInProgress, bandwidth not reliable */
	char *product, *version; /* escaped */
};

/* An admission: one end of a call. */
struct gk_call {
	UT_hash_handle hh; /* by key */
	struct gk_call *prev, *next; /* of its endpoint */
	uint8_t key[8 + 16 + 2];     /* endpoint, callIdentifier, call reference */
	struct gk_endpoint *ep;
	uint64_t number;             /* ours, of every admission another */
	uint8_t guid[16], conference[16];
	bool has_guid, has_conference;
	bool answer;
	uint16_t crv;
	uint32_t bandwidth;
	struct addr dest; /* the called party itself, whatever the caller was told */
	struct ras_aging aging;
	struct gk_timer timer;
};

/* A request of ours. */
struct gk_query {
	struct gk_query *prev, *next;
	struct ras_request machine;
	struct gk_timer timer;
	uint32_t realm;
	struct addr to;
	struct gk_search *search; /* LRQ: on whose behalf */
	size_t n;
	uint8_t octets[];
};

/* An AdmissionRequest, a neighbour's LocationRequest, or a question of the gateway's put as one, that waits for what
 * neighbours and name servers know. */
struct gk_search {
	struct gk_search *prev, *next;
	uint32_t pending; /* queries */
	uint32_t realm;
	struct addr from, reply;
	uint64_t endpoint; /* who asks for admission; 0: a neighbour, for a location */
	uint64_t asker;    /* of gatekeeper_locate(); 0: none */
	uint64_t ticket;   /* of a domain that is looked up; 0: none is */
	size_t n;
	uint8_t octets[]; /* of the request */
};

/* The request in hand. */
struct gk_ask {
	uint32_t realm;
	struct addr from, reply;
	uint64_t asker; /* of gatekeeper_locate(); 0: it is a datagram */
	struct pst_slice octets;
	struct h225_ras_message *m;
};

struct gk_counters {
	uint64_t received, undecodable, refused_source, wrong_realm, repeated, confirmed, rejected, timeouts;
};

struct gatekeeper {
	struct arena conf_mem;
	struct gatekeeper_config cfg; /* in conf_mem */
	struct gatekeeper_ops ops;
	void *arg;
	struct gk_endpoint *endpoints;  /* by id */
	struct gk_endpoint *by_signal;
	struct gk_alias *aliases;
	struct gk_call *calls;
	struct gk_source *sources;
	struct gk_query *queries;
	struct gk_search *searches;
	struct gk_timers timers;
	struct ras_answers answers;
	struct arena arena; /* for the message in hand */
	uint64_t now_ms, wall_ms, wall_s;
	struct gk_key sign; /* what goes out is signed with it */
	uint32_t random;
	uint64_t next_id;
	uint64_t last_call; /* its number */
	uint64_t last_ticket;
	uint16_t seq;
	uint32_t bandwidth[GK_REALMS_MAX];
	uint32_t registered[GK_REALMS_MAX];
	struct gk_counters count;
	uint8_t out[2 + GK_DATAGRAM_MAX];
};

/* --- config.c --- */

/* A copy of CFG whose strings and arrays are in A, which is initialised here. PST_E_ARG, PST_E_NOMEM: A is empty. */
PST_MUST_CHECK int gk_config_copy(struct gatekeeper_config *out, struct arena *a, const struct gatekeeper_config *cfg);

/* --- core.c --- */

void gk_addr_key(const struct gatekeeper *gk, uint32_t realm, const struct addr *a, uint8_t key[static GK_SEED_KEY + GK_ADDR_KEY]);
/* The realm that holds ADDR; n_realms where none does. */
uint32_t gk_realm_of(const struct gatekeeper *gk, const struct addr *addr);
bool gk_is_gateway(const struct gatekeeper *gk, const struct addr *addr);
struct addr gk_ras_address(const struct gatekeeper *gk, uint32_t realm);
struct addr gk_gateway_address(const struct gatekeeper *gk, uint32_t realm);
struct pst_slice gk_identifier(struct gatekeeper *gk);
bool gk_may(struct gatekeeper *gk, enum gatekeeper_act act, const struct gk_ask *ask, const char *name, const struct addr *dest);
/* Answers ASK with M, whose requestSeqNum is set here, and keeps it for retransmissions. */
void gk_answer(struct gatekeeper *gk, const struct gk_ask *ask, struct h225_ras_message *m, bool confirmed);
/* Sends a message without answer. */
void gk_send(struct gatekeeper *gk, uint32_t realm, const struct addr *to, struct h225_ras_message *m);
/* Sends a request of ours, which gets a requestSeqNum, until it is answered. SEARCH may be NULL. */
void gk_query(struct gatekeeper *gk, enum ras_kind kind, uint32_t realm, const struct addr *to, struct h225_ras_message *m,
	struct gk_search *search);
/* Drops what was asked on behalf of SEARCH. */
void gk_query_forget(struct gatekeeper *gk, const struct gk_search *search);
/* Takes an address that a peer announced for answers, when it is one of the host that asks (FROM); else FROM. */
struct addr gk_reply_address(const struct addr *from, const struct h225_transport_address *announced);

/* --- names.c --- */

/* Takes ALIAS into EP's list. PST_E_BUSY: another endpoint's, *HOLDER; PST_E_UNSUPPORTED: no name for us; PST_E_NOMEM. */
PST_MUST_CHECK int gk_alias_add(
	struct gatekeeper *gk, struct gk_endpoint *ep, const struct h225_alias_address *alias, struct gk_endpoint **holder);
/* Who holds the alias; NULL: nobody. */
struct gk_endpoint *gk_alias_holder(const struct gatekeeper *gk, const struct h225_alias_address *alias);
void gk_alias_remove(struct gatekeeper *gk, struct gk_endpoint *ep, struct gk_alias *alias);
/* The text of a name that can be registered. False: it is none. */
bool gk_alias_text(const struct h225_alias_address *alias, char text[static GK_NAME_MAX]);
/* By the whole name, or by what stands before an '@' that leads to us. */
struct gk_endpoint *gk_name_find(const struct gatekeeper *gk, const char *name);
/* What stands behind the '@' of NAME, where that is a domain that is not ours; NULL. */
const char *gk_name_domain(const struct gatekeeper *gk, const char *name);
/* "192.0.2.1", "name@192.0.2.1:1720". */
bool gk_name_address(const char *name, struct addr *out);
/* The aliases of EP as a list in the message's arena; *N 0 where memory is out. */
struct h225_alias_address *gk_alias_list(struct gatekeeper *gk, const struct gk_endpoint *ep, uint32_t *n);

/* --- source.c --- */

/* The source of a datagram; NULL: it sends too much, or there are too many. */
struct gk_source *gk_source_enter(struct gatekeeper *gk, const struct addr *from);

/* --- discovery.c --- */

void gk_on_grq(struct gatekeeper *gk, const struct gk_ask *ask);
bool gk_may_register(const struct gatekeeper *gk, uint32_t realm);

/* --- traversal.c --- */

/* The features of an answer to who supports H.460.18, into FS; NULL where it does not. */
struct h225_feature_set *gk_traversal_offer(struct gatekeeper *gk, const struct h225_feature_set *asked);
/* The endpoint behind a NAT that RRQ of ASK may be of, though it comes from another port: one at the same host, which holds a
 * name of RRQ that has a password. It is that one if the token is right, and newer than its last. NULL: there is none. */
struct gk_endpoint *gk_traversal_again(
	const struct gatekeeper *gk, const struct gk_ask *ask, const struct h225_registration_request *rrq);
/* Whether RRQ of ASK comes from behind somebody else's NAT, and is to be called by H.460.18. */
bool gk_traversal_wanted(const struct gk_ask *ask, const struct h225_registration_request *rrq);

/* --- endpoint.c --- */

void gk_on_rrq(struct gatekeeper *gk, const struct gk_ask *ask, struct gk_source *source);
void gk_on_urq(struct gatekeeper *gk, const struct gk_ask *ask);
/* The endpoint ID names, if it is the asker's own; NULL. */
struct gk_endpoint *gk_endpoint_of(const struct gatekeeper *gk, const struct gk_ask *ask, struct pst_slice id);
struct gk_endpoint *gk_endpoint_at(const struct gatekeeper *gk, uint32_t realm, const struct addr *signal);
void gk_endpoint_heard(struct gatekeeper *gk, struct gk_endpoint *ep);
void gk_endpoint_expired(struct gatekeeper *gk, struct gk_endpoint *ep);
/* Asks a silent endpoint now whether it is there. */
void gk_endpoint_probe(struct gatekeeper *gk, struct gk_endpoint *ep);
void gk_endpoint_remove(struct gatekeeper *gk, struct gk_endpoint *ep);
/* UnregistrationRequest with REASON (H225_UNREG_REQUEST_REASON_); REPEAT: until it is answered. */
void gk_endpoint_dismiss(struct gatekeeper *gk, struct gk_endpoint *ep, uint32_t reason, bool repeat);
struct pst_slice gk_endpoint_id(struct gatekeeper *gk, uint64_t id);

/* An endpoint under ID, which is free, with nothing but what is given here, and room for its timer. NULL: out of memory. */
struct gk_endpoint *gk_endpoint_add(struct gatekeeper *gk, uint64_t id, uint32_t realm, struct gk_source *source,
	const struct addr *signal, const struct addr *ras);
/* Begins its time: it has registered just now. */
void gk_endpoint_registered(struct gatekeeper *gk, struct gk_endpoint *ep);

/* --- tell.c --- */

void gk_tell_name(const struct gatekeeper *gk, const struct gk_alias *alias, bool gone);
void gk_tell_behind(const struct gatekeeper *gk, const struct gk_endpoint *ep, bool gone);
void gk_tell_call(const struct gatekeeper *gk, const struct gk_call *c, bool over);

/* --- keep.c --- */

void gk_keep(struct gatekeeper *gk, const struct gk_endpoint *ep);
void gk_forget(struct gatekeeper *gk, const struct gk_endpoint *ep);

/* --- keep_call.c --- */

void gk_keep_call(struct gatekeeper *gk, const struct gk_call *c);
void gk_forget_call(struct gatekeeper *gk, const struct gk_call *c);

/* --- admission.c --- */

void gk_on_arq(struct gatekeeper *gk, const struct gk_ask *ask);
void gk_on_brq(struct gatekeeper *gk, const struct gk_ask *ask);
void gk_on_drq(struct gatekeeper *gk, const struct gk_ask *ask);
/* A search is over: FOUND is the address, family 0: nobody knows. */
void gk_search_over(struct gatekeeper *gk, struct gk_search *s, const struct addr *found);
/* What an admission is of. */
struct gk_call_terms {
	uint64_t number; /* 0: the next one */
	struct pst_slice call_id, conference_id; /* 16 octets, or none */
	uint16_t crv;
	bool answer;
};
/* A call of EP that there is not yet, not admitted so far. NULL: out of memory. */
struct gk_call *gk_call_add(struct gatekeeper *gk, struct gk_endpoint *ep, const struct gk_call_terms *t);
/* Its time begins anew. */
void gk_call_admit(struct gatekeeper *gk, struct gk_call *c, uint32_t bandwidth, const struct addr *dest);
struct gk_call *gk_call_find(const struct gatekeeper *gk, const struct gk_endpoint *ep,
	const struct h225_call_identifier *id, uint32_t crv);
void gk_call_heard(struct gatekeeper *gk, struct gk_call *call);
void gk_call_expired(struct gatekeeper *gk, struct gk_call *call);
void gk_call_remove(struct gatekeeper *gk, struct gk_call *call);
/* What ASKER's realm reaches DEST at, DEST being of DEST_REALM. */
struct addr gk_split(const struct gatekeeper *gk, uint32_t asker, uint32_t dest_realm, const struct addr *dest);

/* --- locate.c --- */

bool gk_is_neighbour(const struct gatekeeper *gk, const struct addr *from);
void gk_on_lrq(struct gatekeeper *gk, const struct gk_ask *ask);
/* Asks all neighbours for the destination of the AdmissionRequest ASK of EP, or, EP being NULL, of the LocationRequest ASK.
 * False: there are none. */
bool gk_search_start(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep);
/* A query of a search ended. */
void gk_search_answer(struct gatekeeper *gk, struct gk_search *s, enum ras_outcome outcome, const struct h225_ras_message *m);
void gk_search_free(struct gatekeeper *gk, struct gk_search *s);

/* --- info.c --- */

void gk_ask_info(struct gatekeeper *gk, const struct gk_endpoint *ep, const struct gk_call *call);
void gk_on_irr(struct gatekeeper *gk, const struct gk_ask *ask);
void gk_on_rai(struct gatekeeper *gk, const struct gk_ask *ask);

/* --- auth.c --- */

/* What a token proved. */
struct gk_proof {
	uint32_t stamp; /* 0: nothing was to be proved */
	int64_t random;
	bool sign;      /* by H.235.1, with KEY: answers are signed too */
	uint8_t key[20];
};

/* Whether the token of the RegistrationRequest ASK is right: a cryptoEPPwdHash, or one of H.235.1 over the whole message. Any
 * of its aliases that has a password needs one. EP: the endpoint that is registered anew, or NULL. */
bool gk_auth_registration(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep, struct gk_proof *proof);
/* Keeps for EP what its registration was proved with. */
void gk_auth_keep(struct gk_endpoint *ep, const struct gk_proof *proof);
/* Whether ALIAS has a password. */
bool gk_auth_protects(const struct gatekeeper *gk, const struct h225_alias_address *alias);
bool gk_auth_wanted(const struct gatekeeper *gk);
/* A token of an endpoint that registered with one: none, or right. */
bool gk_auth_message(struct gatekeeper *gk, struct gk_endpoint *ep, const struct gk_ask *ask);
/* From now on to the end of the request in hand, what goes out is signed for EP, if it wants that. NULL: not. */
void gk_auth_sign_for(struct gatekeeper *gk, const struct gk_endpoint *ep);
/* Encodes M into W, signed as gk_auth_sign_for() said. As h225_ras_encode(). */
PST_MUST_CHECK int gk_auth_encode(struct gatekeeper *gk, struct h225_ras_message *m, struct writer *w);
extern const uint8_t gk_oid_hmac[7];

#endif
