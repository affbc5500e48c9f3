/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.225.0 call signalling (clause 7): a Q.931 message whose user-user element
 * holds H323-UserInformation in PER. Decoding takes the payload of a TPKT;
 * encoding writes a whole TPKT, in which the user-user element stands where it
 * stood and all other elements are as they were.
 */
#ifndef PST_H225_MSG_H
#define PST_H225_MSG_H

#include "asn1/asn1.h"
#include "h225_asn1.h"
#include "q931/msg.h"

struct h225_msg {
	struct q931_msg q931;
	bool has_uu; /* uu was there and is sent */
	struct h225_h323_user_information uu;
};

/* Decodes one message; what it points to lives in A and in PAYLOAD. A message without a user-user element is
 * accepted (has_uu false); one whose element is not H.225.0's is PST_E_BAD. LIM and ERR may be NULL. Errors as of
 * q931_decode() and asn1_per_decode(); err->path is "q931" for the former. */
PST_MUST_CHECK int h225_decode(struct h225_msg *m, struct pst_slice payload, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err);
/* Writes the message as a TPKT. The contents that the user-user element of m->q931 has are not looked at. On an error
 * nothing of use was written. ERR may be NULL. PST_E_SPACE, PST_E_RANGE, and as of asn1_per_encode(). */
PST_MUST_CHECK int h225_encode(const struct h225_msg *m, struct writer *w, struct asn1_err *err);

/* A message of enum q931_type with the body that belongs to it, zeroed and allocated in A, protocolIdentifier
 * of VERSION set; with bearer capability or (in Facility) an empty facility element where they are mandatory.
 * PST_E_NOMEM; PST_E_ARG: the type has no body. For Facility without its own body see h225_make_empty(). */
PST_MUST_CHECK int h225_init(struct h225_msg *m, uint8_t type, uint16_t crv, bool flag, uint8_t version,
	struct arena *a);
/* Turns the body into "empty", which carries nothing but tunnelled H.245 (H.225.0 7.6, Facility only). */
void h225_make_empty(struct h225_msg *m);

#endif
