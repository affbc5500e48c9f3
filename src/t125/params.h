/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain parameters (T.125 part 1, 10.1): plain numbers, and how two providers agree on them. */
#ifndef PST_T125_PARAMS_H
#define PST_T125_PARAMS_H

#include "t125/msg.h"

struct t125_params {
	uint32_t channels, users, tokens; /* most of each in use */
	uint32_t priorities;              /* transport connections of one MCS connection: 1 to 4 */
	uint32_t throughput;              /* octets a second, the least */
	uint32_t height;                  /* most levels of providers below the top one */
	uint32_t pdu_size;                /* octets of a domain PDU */
	uint32_t version;                 /* 2: PER */
};

struct t125_offer {
	struct t125_params target, min, max;
};

enum { T125_PDU_SIZE_MIN = 124, T125_PDU_SIZE_MAX = 65528, T125_VERSION = 2 };

/* Ours: what a caller offers, and what a called provider takes. One priority; PER only. */
struct t125_offer t125_offer_default(void);

/* From and to the ASN.1 values. Reading cuts what is larger than 32 bits to that. */
void t125_params_read(struct t125_params *p, const struct mcs_domain_parameters *m);
void t125_params_write(struct mcs_domain_parameters *m, const struct t125_params *p);

/*
 * The parameters that lie within the offers of both, as near to the caller's target as can be. PST_E_RANGE:
 * there are none, or an offer makes no sense (a minimum above its maximum, no users, PDUs too small to carry
 * one).
 */
PST_MUST_CHECK int t125_params_agree(
        struct t125_params *out, const struct t125_offer *caller, const struct t125_offer *own);
/* Whether P lies within OFFER: what a caller checks of a Connect-Response. */
bool t125_params_within(const struct t125_params *p, const struct t125_offer *offer);

#endif
