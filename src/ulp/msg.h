/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ULP, the User Location Protocol (draft-williams-uls-00, section 3): messages to
 * structures and back.
 *
 *     header   8 octets: ID, QR TC Z, opcode retcode, QCOUNT, RCOUNT
 *     request  QCOUNT entries, reply RCOUNT entries; the opcode says of which form
 *     label    NAME, TYPE 2, PROPERTY ID 4, APPLICATION ID 16
 *     record   label, TTL 4, RDLENGTH 2, RDATA        refresh entry   label, TTL 4
 *
 * Lossless: ulp_encode() of what ulp_decode() gave is the same octets, also for
 * opcodes nobody has published. On TCP two octets of length come first (stream.h).
 */
#ifndef PST_ULP_MSG_H
#define PST_ULP_MSG_H

#include "base/arena.h"
#include "base/writer.h"

enum {
	ULP_PORT = 522,
	ULP_HEADER_LEN = 8,
	ULP_NAME_MAX = 255, /* octets, with every length octet and the last zero (section 3.5) */
	ULP_PART_MAX = 63,
	ULP_APPLICATION_LEN = 16,
	ULP_LABEL_MIN = 1 + 2 + 4 + ULP_APPLICATION_LEN,
	ULP_UDP_MAX = 512,
	ULP_MESSAGE_MAX = 65535,  /* what the length on TCP can say */
	ULP_TTL_MAX = 0x7fffffff, /* seconds */
};

enum ulp_opcode { ULP_ADD = 0, ULP_DELETE = 1, ULP_QUERY = 2, ULP_DIRECTORY = 3, ULP_REFRESH = 4 };

enum ulp_retcode {
	ULP_NO_ERROR = 0,
	ULP_FORMAT_ERROR = 1,
	ULP_SERVER_FAILURE = 2,
	ULP_REFUSED = 3,
	ULP_NO_MATCH = 4,
	ULP_EXISTS = 5,
};

enum ulp_type {
	ULP_ANY = 0, /* a wild card, never stored */
	ULP_ADDRESS = 1,
	ULP_EMAIL = 2,
	ULP_URL = 3,
	ULP_TXT = 4,
	ULP_BINARY = 5,
	ULP_MIME = 6,
};

/* What an entry of a section holds. ULP_OPAQUE: the draft gives it no form. */
enum ulp_form { ULP_LABELS, ULP_RECORDS, ULP_REFRESHES, ULP_OPAQUE };

struct ulp_label {
	struct pst_slice name; /* as on the wire: length octets and the last zero with it */
	uint16_t type;
	uint32_t property;
	uint8_t application[ULP_APPLICATION_LEN];
};

struct ulp_entry {
	struct ulp_label label;
	uint32_t ttl;          /* seconds; records and refreshes */
	struct pst_slice data; /* records */
};

struct ulp_msg {
	uint16_t id;
	bool reply;     /* QR */
	bool truncated; /* TC */
	uint8_t z;      /* the six reserved bits */
	uint8_t opcode; /* 4 bits */
	uint8_t retcode;
	uint16_t qcount, rcount;
	struct ulp_entry *requests; /* qcount; NULL where the form is ULP_OPAQUE */
	struct ulp_entry *replies;  /* rcount; NULL where the form is ULP_OPAQUE */
	struct pst_slice rest;      /* octets behind the last entry that could be told apart */
};

/* The form of the entries of a section of a message with OPCODE. */
enum ulp_form ulp_form(uint8_t opcode, bool reply_section);

/* Reads OCTETS whole into M, entries in A; slices borrow from OCTETS. PST_E_SHORT, PST_E_BAD (a name; section 3.5),
 * PST_E_LIMIT or PST_E_NOMEM (the arena's cap): *AT (may be NULL) gets the octet where it went wrong. M's header fields
 * hold as soon as the header was whole, for the answer. */
PST_MUST_CHECK int ulp_decode(struct ulp_msg *m, struct arena *a, struct pst_slice octets, size_t *at);
/* Writes M. PST_E_SPACE; PST_E_RANGE where RDATA is longer than its length can say; PST_E_BAD: a name is not one. */
PST_MUST_CHECK int ulp_encode(const struct ulp_msg *m, struct writer *w);
/* The octets one entry takes on the wire. */
size_t ulp_entry_len(const struct ulp_entry *e, enum ulp_form form);

#endif
