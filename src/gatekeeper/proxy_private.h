/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RAS proxy's own structures, for its files only. */
#ifndef PST_GATEKEEPER_PROXY_PRIVATE_H
#define PST_GATEKEEPER_PROXY_PRIVATE_H

#include "base/log.h"
#include "gatekeeper/gk.h"
#include "gatekeeper/proxy.h"

enum {
	RP_GATEKEEPERS_MAX = 16,
	RP_ASKS_MAX = 32,       /* open requests of an endpoint, and of its gatekeeper to it */
	RP_ADMISSIONS_MAX = 64, /* of an endpoint, remembered */
	RP_ID_MAX = 256,        /* octets of an endpointIdentifier */
	RP_ASK_KEPT_MS = 30000, /* past the last repetition of any request */
};

/* Who asked: the answer goes the other way. */
enum rp_side { RP_INSIDE, RP_OUTSIDE, RP_PROXY };

/* A request that was passed on and has no answer yet. */
struct rp_ask {
	struct rp_ask *prev, *next;
	uint16_t seq;
	uint8_t kind; /* enum ras_kind */
	uint8_t side; /* enum rp_side */
	bool light;   /* RRQ with keepAlive */
	bool additive;
	uint64_t until_ms;
	struct addr signal;    /* RRQ: the endpoint's own */
	struct rp_name *names; /* RRQ: as they are outside; not in the table of names */
	uint8_t id[16];        /* ARQ of a caller: callIdentifier, else conferenceID */
	bool has_id;
};

/* A name that callers outside use. */
struct rp_name {
	UT_hash_handle hh; /* by key; only where BOUND */
	struct rp_name *next;
	struct rp_client *client;
	bool bound;
	size_t n_key;
	uint8_t key[]; /* seed, folded text */
};

/* Where a call was admitted to. */
struct rp_admission {
	UT_hash_handle hh; /* by key */
	struct rp_admission *prev, *next; /* of its client, oldest first */
	struct rp_client *client;
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY + 16]; /* caller's address, identifier */
	uint64_t number;
	struct addr dest;
	uint64_t until_ms;
};

/* An endpoint inside, as one gatekeeper outside knows it. */
struct rp_client {
	UT_hash_handle hh;      /* by id */
	UT_hash_handle hh_from; /* by from_key */
	UT_hash_handle hh_local; /* by local_key */
	uint64_t id;
	uint8_t from_key[GK_SEED_KEY + GK_ADDR_KEY + 1];
	uint8_t local_key[GK_SEED_KEY + GK_ADDR_KEY];
	uint32_t gatekeeper, realm;
	struct addr from;   /* inside, where it sends from */
	struct addr peer;   /* the gatekeeper */
	struct addr signal; /* its own; family 0 before it registered */
	struct addr local;  /* outside: its RAS address there */
	struct addr seen;   /* outside: its call signalling address there: a virtual one, or that of RAS */
	struct rp_ask *asks;
	uint32_t n_asks;
	struct rp_name *names;
	struct rp_admission *admissions;
	uint32_t n_admissions;
	struct rp_source *source;
	struct ras_aging aging;
	struct gk_timer timer;
	bool registered;
	bool warned; /* that its messages are signed */
	uint8_t endpoint_id[RP_ID_MAX];
	size_t n_endpoint_id;
	uint64_t since_ms;
	uint32_t ttl_s;
	uint32_t tokens_ms;
	uint64_t spent_ms;
};

struct rp_source {
	UT_hash_handle hh; /* by key */
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	uint32_t clients, registered;
};

struct rp_counters {
	uint64_t from_inside, from_outside, undecodable, refused_source, unasked, too_many, signed_whole, name_conflicts;
};

struct ras_proxy {
	struct arena conf_mem;
	struct ras_proxy_config cfg; /* in conf_mem */
	uint32_t outside[RP_GATEKEEPERS_MAX]; /* realm of each gatekeeper */
	struct ras_proxy_ops ops;
	void *arg;
	struct rp_client *clients; /* by id, in the order in which they were heard last */
	struct rp_client *by_from, *by_local;
	struct rp_source *sources;
	struct rp_name *names;
	struct rp_admission *admissions; /* oldest first */
	struct gk_timers timers;
	struct arena arena; /* for the message in hand */
	uint64_t now_ms, next_id, last_admission;
	uint32_t registered;
	uint16_t seq;
	struct log_rate complain;
	struct rp_counters count;
	uint8_t out[GK_DATAGRAM_MAX];
};

/* --- proxy.c --- */

void rp_send_out(struct ras_proxy *p, struct rp_client *c, const struct h225_ras_message *m);
void rp_send_in(struct ras_proxy *p, struct rp_client *c, const struct h225_ras_message *m);
/* Who has LOCAL outside; NULL: nobody. */
struct rp_client *rp_client_at(const struct ras_proxy *p, const struct addr *local);
uint32_t rp_realm_of(const struct ras_proxy *p, const struct addr *a);

/* --- proxy_client.c --- */

struct rp_client *rp_client_find(struct ras_proxy *p, uint32_t gatekeeper, uint32_t realm, const struct addr *from);
/* NULL: there are too many, of this host or in all, or no socket. */
struct rp_client *rp_client_new(struct ras_proxy *p, uint32_t gatekeeper, uint32_t realm, const struct addr *from);
void rp_client_free(struct ras_proxy *p, struct rp_client *c);
/* An endpoint that was heard; it stays longer. */
void rp_client_heard(struct ras_proxy *p, struct rp_client *c);
/* Its time is over: it is asked, or let go. */
void rp_client_expired(struct ras_proxy *p, struct rp_client *c);
/* What the confirmation RCF of the request ASK means. */
void rp_client_registered(
	struct ras_proxy *p, struct rp_client *c, struct rp_ask *ask, const struct h225_registration_confirm *rcf);
void rp_client_unregistered(struct ras_proxy *p, struct rp_client *c);

/* Remembers a request that is passed on, in the place of the same one before. NULL: out of memory. */
struct rp_ask *rp_ask_new(struct ras_proxy *p, struct rp_client *c, enum rp_side side, enum ras_kind kind, uint32_t seq);
struct rp_ask *rp_ask_find(struct rp_client *c, enum rp_side side, enum ras_kind kind, uint32_t seq);
void rp_ask_free(struct rp_client *c, struct rp_ask *a);
/* The names of LIST, in the form of the side outside. */
struct rp_name *rp_names_read(struct ras_proxy *p, const struct h225_alias_address *list, uint32_t n);
void rp_names_free(struct rp_name *list);

void rp_admit(struct ras_proxy *p, struct rp_client *c, const uint8_t id[static 16], const struct addr *dest);
/* The call is over. */
void rp_dismiss(struct ras_proxy *p, struct rp_client *c, const struct h225_disengage_request *drq);
/* What is due by now is forgotten. */
void rp_admissions_expire(struct ras_proxy *p);
bool rp_admission_key(const struct ras_proxy *p, const struct addr *caller, const uint8_t id[static 16],
	uint8_t key[static GK_SEED_KEY + GK_ADDR_KEY + 16]);

/* --- proxy_tell.c --- */

void rp_tell_name(const struct ras_proxy *p, const struct rp_name *n, bool gone);
void rp_tell_call(const struct ras_proxy *p, const struct rp_admission *a, bool over);
void rp_tell_port(const struct ras_proxy *p, const struct rp_client *c, bool gone);

/* --- proxy_translate.c --- */

/* Makes M, which came from C (INWARD: from its gatekeeper), what the other side may see. An error: it can not go on. */
PST_MUST_CHECK int rp_translate(struct ras_proxy *p, struct rp_client *c, struct h225_ras_message *m, bool inward);
/* Where the gateway takes calls of the realm inside that C is in. */
struct addr rp_gateway_inside(const struct ras_proxy *p, const struct rp_client *c);

#endif
