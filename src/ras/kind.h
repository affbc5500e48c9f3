/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transactions of RAS in one table: which request has which answers and
 * which timer (H.225.0 7.7 to 7.20); and what all RAS messages have in common,
 * found through the schema's own tables.
 */
#ifndef PST_RAS_KIND_H
#define PST_RAS_KIND_H

#include "call/timers.h"
#include "h225/ras.h"

enum ras_kind {
	RAS_GRQ,
	RAS_RRQ,
	RAS_URQ,
	RAS_ARQ,
	RAS_BRQ,
	RAS_DRQ,
	RAS_LRQ,
	RAS_IRQ,
	RAS_IRR, /* one that asks for an acknowledgement */
	RAS_RAI,
	RAS_SCI,
	RAS_KINDS
};

struct ras_kind_info {
	const char *name;  /* "RRQ" */
	uint32_t request;  /* H225_RAS_MESSAGE_ constants */
	uint32_t confirm;
	uint32_t reject;   /* ASN1_UNKNOWN: there is none */
	enum call_timer timer;
};

/* Never NULL; K less than RAS_KINDS. */
const struct ras_kind_info *ras_kind_info(enum ras_kind k);

/* What a message is to the transactions of RAS. */
enum ras_role { RAS_IS_REQUEST, RAS_IS_CONFIRM, RAS_IS_REJECT, RAS_IS_PROGRESS, RAS_IS_OTHER };

/* *KIND is set where the role is a request, confirm or reject. An InfoRequestResponse is the confirm of RAS_IRQ: whether
 * it is a request of its own besides is in the message (needResponse). */
enum ras_role ras_role_of(uint32_t choice, enum ras_kind *kind);

/* Components by the names that H.225.0 gives them everywhere; false (empty, NULL) where the message has none. */
bool ras_seq(const struct h225_ras_message *m, uint32_t *seq);
bool ras_set_seq(struct h225_ras_message *m, uint32_t seq);
struct pst_slice ras_endpoint_identifier(const struct h225_ras_message *m);
/* The list of cryptoTokens, N of them, or NULL. */
const struct h225_crypto_h323_token *ras_crypto_tokens(const struct h225_ras_message *m, uint32_t *n);

/* Puts the N tokens at V, which are borrowed, in the place of those the message has. False: it can have none. */
bool ras_set_crypto_tokens(struct h225_ras_message *m, struct h225_crypto_h323_token *v, uint32_t n);

#endif
