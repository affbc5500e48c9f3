/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RAS (H.225.0 clause 7.7 on): a datagram is exactly one RasMessage in PER. */
#ifndef PST_H225_RAS_H
#define PST_H225_RAS_H

#include "asn1/asn1.h"
#include "h225_asn1.h"

/* Errors as of asn1_per_decode(). Octets behind the message are tolerated. */
PST_MUST_CHECK int h225_ras_decode(struct h225_ras_message *m, struct pst_slice datagram, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err);
PST_MUST_CHECK int h225_ras_encode(const struct h225_ras_message *m, struct writer *w, struct asn1_err *err);
/* "registrationRequest"; "unknown" for what the schema does not have. */
const char *h225_ras_name(const struct h225_ras_message *m);

#endif
