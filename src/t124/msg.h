/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GCC PDUs (T.124), aligned PER. Those of connecting ride in the user data of MCS Connect-*
 * inside a ConnectData, which names the protocol; the others are user data of MCS data PDUs
 * on the channels named here.
 */
#ifndef PST_T124_MSG_H
#define PST_T124_MSG_H

#include "asn1/asn1.h"
#include "gcc_asn1.h"

typedef struct gcc_connect_gccpdu t124_connect;
typedef struct gcc_gccpdu t124_pdu;

/* MCS channels (T.124 6.2.1): a node's own is its user id. */
enum { T124_CHANNEL_BROADCAST = 1, T124_CHANNEL_CONVENER = 2 };

/* Decodes the user data of a Connect-*. PST_E_UNSUPPORTED: another protocol's. Otherwise as of the engine. A
 * connectPDU whose length is too short (RDP servers) is read to the end of USER_DATA; names of two octets a
 * character, against T.124, are understood too. */
PST_MUST_CHECK int t124_connect_decode(t124_connect *m, struct pst_slice user_data,
	const struct asn1_limits *lim, struct arena *a, struct asn1_err *err);
/* Writes the ConnectData. */
PST_MUST_CHECK int t124_connect_encode(const t124_connect *m, struct writer *w, struct asn1_err *err);

PST_MUST_CHECK int t124_decode(t124_pdu *m, struct pst_slice octets, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err);
PST_MUST_CHECK int t124_encode(const t124_pdu *m, struct writer *w, struct asn1_err *err);

enum { T124_STRLEN = 160 };
/* One line: "conferenceCreateRequest \"1\"", "rosterUpdateIndication nodes 2 sessions 3"; peer text escaped.
 * Return BUF. */
const char *t124_str(const t124_pdu *m, char buf[static T124_STRLEN]);
const char *t124_connect_str(const t124_connect *m, char buf[static T124_STRLEN]);

#endif
