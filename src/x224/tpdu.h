/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * X.224 class 0, what stands between TPKT and MCS (T.123 clause 8, X.224 clause 13):
 *
 *     octet 0   octet 1        then
 *     LI        code           CR, CC  dst-ref 2, src-ref 2, class and options 1, parameters
 *                              DR      dst-ref 2, src-ref 2, reason 1, parameters
 *                              ER      dst-ref 2, cause 1, parameters
 *                              DT      EOT (0x80) and number; user data behind the header
 *
 * LI counts the header without itself. Parameters are code, length, value; what is not known,
 * and what is no parameter at all (an RDP cookie), is kept as octets and sent on as it came.
 */
#ifndef PST_X224_TPDU_H
#define PST_X224_TPDU_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

enum x224_type {
	X224_CR = 0xe0, /* connection request */
	X224_CC = 0xd0, /* connection confirm */
	X224_DR = 0x80, /* disconnect request */
	X224_DT = 0xf0, /* data */
	X224_ER = 0x70, /* error */
};

enum x224_param {
	X224_PARAM_SIZE = 0xc0,    /* TPDU size, as the exponent of 2: 7 to 13, here 11 at most in class 0 */
	X224_PARAM_CALLING = 0xc1, /* TSAP identifiers */
	X224_PARAM_CALLED = 0xc2,
	X224_PARAM_INVALID = 0xc1, /* of an ER: the octets refused */
};

/* Reasons of a DR in class 0 (X.224 13.5.3), and causes of an ER (13.12.3). */
enum {
	X224_REASON_NONE = 0,
	X224_REASON_CONGESTION = 1,
	X224_REASON_NOT_ATTACHED = 2,
	X224_REASON_UNKNOWN_ADDRESS = 3
};
enum { X224_CAUSE_NONE = 0, X224_CAUSE_PARAMETER = 1, X224_CAUSE_TYPE = 2, X224_CAUSE_VALUE = 3 };

enum { X224_DT_HEADER_LEN = 3 };

struct x224_tpdu {
	uint8_t type;   /* enum x224_type */
	uint8_t credit; /* low bits of the code: 0 in class 0 */
	uint16_t dst_ref, src_ref;
	uint8_t class_option;    /* CR, CC: class << 4 | options */
	uint8_t reason;          /* DR reason, ER cause */
	bool eot;                /* DT: the last of its TSDU */
	uint8_t number;          /* DT: 0 in class 0 */
	struct pst_slice params; /* borrowed, as they came */
	struct pst_slice data;   /* borrowed: a DT's; behind the header of others, what nobody knows */
};

/* Decodes the payload of a TPKT. PST_E_SHORT; PST_E_BAD: no header of these, another code. */
PST_MUST_CHECK int x224_decode(struct x224_tpdu *t, struct pst_slice in);
/* Appends the TPDU. PST_E_RANGE: parameters longer than a header allows. PST_E_SPACE. */
PST_MUST_CHECK int x224_encode(const struct x224_tpdu *t, struct writer *w);

/* Takes the next parameter off *REST. PST_E_NOT_FOUND at the end, PST_E_SHORT when this is no parameter. */
PST_MUST_CHECK int x224_param_next(struct pst_slice *rest, uint8_t *code, struct pst_slice *value);
/* The first parameter of that code, or PST_E_NOT_FOUND. */
PST_MUST_CHECK int x224_param(const struct x224_tpdu *t, uint8_t code, struct pst_slice *value);

/* Whether a CR is RDP's: it carries a text cookie or a negotiation request, which T.120 does not. */
bool x224_is_rdp(const struct x224_tpdu *t);

/* "CR", "DT"; "?" for what is none. */
const char *x224_type_str(uint8_t type);

#endif
