/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MCS PDUs (T.125): Connect-* in BER, everything else in aligned PER. Each is a whole
 * X.224 TSDU; t125/stream.h cuts them out of what TCP brings.
 */
#ifndef PST_T125_MSG_H
#define PST_T125_MSG_H

#include "asn1/asn1.h"
#include "mcs_asn1.h"

typedef struct mcs_connect_mcspdu t125_connect;
typedef struct mcs_domain_mcspdu t125_pdu;

/* Identifiers (T.125 7, part 1). Channel ids, user ids among them, are one space. */
enum {
	T125_CHANNEL_STATIC_MAX = 1000,
	T125_CHANNEL_DYNAMIC_MIN = 1001,
	T125_CHANNEL_MAX = 65535,
	T125_PRIORITIES = 4,
};

/* Whether the PDU is one of Connect-*: those begin with an APPLICATION tag of two octets, which no domain PDU
 * does. */
bool t125_is_connect(struct pst_slice octets);

/* Decode and encode. Errors as of the engine; ERR may be NULL. */
PST_MUST_CHECK int t125_connect_decode(t125_connect *m, struct pst_slice octets,
        const struct asn1_limits *lim, struct arena *a, struct asn1_err *err);
PST_MUST_CHECK int t125_connect_encode(const t125_connect *m, struct writer *w, struct asn1_err *err);
PST_MUST_CHECK int t125_decode(t125_pdu *m, struct pst_slice octets, const struct asn1_limits *lim,
        struct arena *a, struct asn1_err *err);
PST_MUST_CHECK int t125_encode(const t125_pdu *m, struct writer *w, struct asn1_err *err);

/* As a TPKT with an X.224 DT. On error W may have grown. */
PST_MUST_CHECK int t125_connect_encode_tpkt(const t125_connect *m, struct writer *w, struct asn1_err *err);
PST_MUST_CHECK int t125_encode_tpkt(const t125_pdu *m, struct writer *w, struct asn1_err *err);

/* The four PDUs that carry data, seen as one. */
struct t125_data {
	bool uniform, indication;
	uint16_t initiator; /* user id */
	uint16_t channel;
	uint8_t priority; /* enum mcs_data_priority */
	bool begin, end;  /* of the segments of one SDU */
	struct pst_slice octets;
};

/* Reads M; false when it carries no data. */
bool t125_data_read(struct t125_data *d, const t125_pdu *m);
/* The same straight from octets, without decoding the rest of the repertoire: what a relay does for each PDU.
 * PST_E_UNSUPPORTED: no data PDU, or data in fragments: decode it. PST_E_SHORT, PST_E_BAD. */
PST_MUST_CHECK int t125_data_peek(struct t125_data *d, struct pst_slice octets);
/* The same where OCTETS are the beginning of a PDU of LEN octets, its header at least (else PST_E_SHORT): D->octets.n may
 * reach beyond them. */
PST_MUST_CHECK int t125_data_ahead(struct t125_data *d, struct pst_slice octets, size_t len);
/* Appends the PDU as a TPKT. PST_E_RANGE, PST_E_SPACE. */
PST_MUST_CHECK int t125_data_encode_tpkt(const struct t125_data *d, struct writer *w);

/* Octets that TPKT, X.224 and the data PDU add to user data of less than 16384 octets. */
enum { T125_DATA_OVERHEAD = 4 + 3 + 8 };

#endif
