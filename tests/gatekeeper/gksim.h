/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A gatekeeper on a simulated clock, with a realm inside (10.0.0.0/8) and one
 * outside. What it sends is decoded and kept; no datagram to the outside may
 * hold an inside address.
 */
#ifndef PST_TESTS_GKSIM_H
#define PST_TESTS_GKSIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatekeeper/gatekeeper.h"
#include "h225/addr.h"
#include "h225/build.h"
#include "h225/ras.h"
#include "ras/kind.h"

enum { INSIDE, OUTSIDE, SENT_MAX = 512 };

struct sent {
	uint32_t realm;
	struct addr to;
	size_t n;
	uint8_t octets[1500];
};

struct gksim {
	struct gatekeeper *gk;
	struct gatekeeper_config cfg;
	uint64_t now, wall;
	struct arena arena;
	unsigned n_sent; /* since the last gksim_clear() */
	struct sent sent[SENT_MAX];
	uint32_t seq;
	const char *bound_name; /* bound to bound_host by configuration */
	struct addr bound_host;
	unsigned n_kept; /* images by id; n 0: forgotten */
	struct {
		uint64_t id;
		size_t n;
		uint8_t octets[1000];
	} kept[8], kept_calls[8]; /* calls: by number - 1 */
	bool (*may)(const struct gatekeeper_wish *wish);
	const char *resolves; /* the domain that is looked up; NULL: none is */
	uint64_t ticket;      /* of the last lookup */
	unsigned n_located;   /* answers to gatekeeper_locate() */
	uint64_t located_for;
	struct addr located; /* the last of them */
};

/* Fills S.cfg, to be changed before gksim_start(). */
void gksim_init(struct gksim *s);
void gksim_start(struct gksim *s);
void gksim_stop(struct gksim *s);
void gksim_clear(struct gksim *s);
struct addr at(const char *text);
/* Encodes M, with a requestSeqNum of its own where it has none, and hands it to the gatekeeper. The realm is FROM's. */
void gksim_give(struct gksim *s, const char *from, struct h225_ras_message *m);
/* The datagram number I since the last clear, decoded. */
struct h225_ras_message gksim_sent(struct gksim *s, unsigned i);
/* Gives M, and the one answer to it. */
struct h225_ras_message gksim_ask(struct gksim *s, const char *from, struct h225_ras_message *m);
/* Lets time pass, with all that happens in it. */
void gksim_pass(struct gksim *s, uint64_t ms);

struct gksim_rrq {
	const char *signal, *ras; /* NULL: the port 1720, 1719 of the sender */
	const char *alias[20];
	uint32_t ttl_s;           /* 0: none */
	bool microsoft, light, additive;
	struct pst_slice id;
	struct h225_crypto_h323_token *token;
};
struct h225_ras_message gksim_rrq(struct gksim *s, const char *from, const struct gksim_rrq *r);
/* Registers, and gives the endpointIdentifier (which stays valid until gksim_stop()). */
struct pst_slice gksim_register(struct gksim *s, const char *from, const struct gksim_rrq *r);
/* An AdmissionRequest of the endpoint ID to NAME or ADDR (one may be NULL; both: an answer), call number CALL. */
struct h225_ras_message gksim_arq(struct gksim *s, struct pst_slice id, const char *name, const char *addr, uint8_t call);
/* The address of an AdmissionConfirm or LocationConfirm as text; "" for anything else. Valid until the next call. */
const char *gksim_where(const struct h225_ras_message *m);

#endif
