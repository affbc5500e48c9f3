/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.245 messages: PER values, one or more in a TPKT on a connection of their
 * own, or one in each octet string of h245Control when tunnelled.
 */
#ifndef PST_H245_MSG_H
#define PST_H245_MSG_H

#include "asn1/asn1.h"
#include "h245_asn1.h"

typedef struct h245_multimedia_system_control_message h245_pdu;

/* Decodes the next message off *REST, a whole TPKT payload or h245Control string at first. PST_E_NOT_FOUND: nothing
 * left. Errors as of asn1_per_decode(). What the message points to lives in A and in the octets. */
PST_MUST_CHECK int h245_next(struct pst_slice *rest, h245_pdu *out, const struct asn1_limits *lim, struct arena *a,
	struct asn1_err *err);
/* Writes the PER value alone (for a tunnel). ERR may be NULL. */
PST_MUST_CHECK int h245_encode(const h245_pdu *m, struct writer *w, struct asn1_err *err);
/* Writes it as a TPKT. ERR may be NULL. */
PST_MUST_CHECK int h245_encode_tpkt(const h245_pdu *m, struct writer *w, struct asn1_err *err);

/* An OpenLogicalChannel on its own: what fastStart octets carry. */
PST_MUST_CHECK int h245_olc_decode(struct h245_open_logical_channel *olc, struct pst_slice octets,
	const struct asn1_limits *lim, struct arena *a, struct asn1_err *err);
PST_MUST_CHECK int h245_olc_encode(const struct h245_open_logical_channel *olc, struct writer *w, struct asn1_err *err);

#endif
