/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MBFT PDUs (T.127): multipoint binary file transfer, aligned PER. Each is a whole piece of user data on one
 * of the channels of its session.
 */
#ifndef PST_T127_MSG_H
#define PST_T127_MSG_H

#include "asn1/asn1.h"
#include "t127_asn1.h"

typedef struct t127_mbftpdu t127_pdu;

/* Channels of the session that needs no registry (T.127 Annex A). The numbers are inferred: no text of the
 * annex was at hand. */
enum { T127_CHANNEL_CONTROL = 9, T127_CHANNEL_DATA = 10 };

/* What a File-Data adds to its octets, at most, and a File-Start without attributes. */
enum { T127_DATA_OVERHEAD = 8 };

/* Decodes one PDU. An offer in the form of 08/1995 is understood too, where it cannot be one of 08/2007; it
 * is handed out in the newer form. Errors as of the engine; ERR may be NULL. */
PST_MUST_CHECK int t127_decode(t127_pdu *m, struct pst_slice octets, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err);
/* In the form of 08/2007. */
PST_MUST_CHECK int t127_encode(const t127_pdu *m, struct writer *w, struct asn1_err *err);

enum { T127_STRLEN = 200 };
/* One line: "file-OfferPDU handle 1 \"a.txt\" 12 octets channel 1010"; peer text escaped. Returns BUF. */
const char *t127_str(const t127_pdu *m, char buf[static T127_STRLEN]);
/* Names of numbers, as the Recommendation has them; "unknown" where it has none. */
const char *t127_reject_str(uint32_t reason);
const char *t127_deny_str(uint32_t reason);
const char *t127_abort_str(uint32_t reason);
const char *t127_error_str(const struct asn1_integer *id);
const char *t127_directory_str(uint32_t result);

/* Error numbers (T.434) that are sent here. */
enum {
	T127_ERROR_NO_REASON = 0,
	T127_ERROR_UNSUPPORTED_VALUES = 1001,
	T127_ERROR_PROTOCOL = 1007,
	T127_ERROR_PROCEDURE = 1008,
	T127_ERROR_TIMEOUT = 1013,
	T127_ERROR_LOCAL_FAILURE = 5028,
	T127_ERROR_FILESPACE = 5029,
	T127_ERROR_FUTURE_FILESIZE_EXCEEDED = 5032,
};

#endif
