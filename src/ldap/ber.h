/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of BER (X.690) that LDAP uses (RFC 2251 5.1): one-octet tags, definite
 * lengths of up to four octets. Reading borrows; writing patches each length when
 * its element ends, in the shortest form.
 */
#ifndef PST_LDAP_BER_H
#define PST_LDAP_BER_H

#include "base/reader.h"
#include "base/writer.h"

enum { BER_BOOLEAN = 0x01, BER_INTEGER = 0x02, BER_OCTETS = 0x04, BER_ENUMERATED = 0x0a, BER_SEQUENCE = 0x30, BER_SET = 0x31 };

/* One element: its tag, and its content as a reader of its own. PST_E_SHORT: the content ends outside R; PST_E_BAD: a
 * tag of several octets, an indefinite length, or one of more than four octets. */
PST_MUST_CHECK int ber_next(struct reader *r, uint8_t *tag, struct reader *content);
/* The same, and PST_E_BAD for another tag. Nothing has moved on error. */
PST_MUST_CHECK int ber_expect(struct reader *r, uint8_t tag, struct reader *content);
/* Content as octets; INTEGER or ENUMERATED of at most four octets; BOOLEAN (anything but 0 is true). PST_E_BAD, PST_E_SHORT. */
PST_MUST_CHECK int ber_octets(struct reader *r, uint8_t tag, struct pst_slice *out);
PST_MUST_CHECK int ber_int(struct reader *r, uint8_t tag, int32_t *out);
PST_MUST_CHECK int ber_bool(struct reader *r, bool *out);
/* What R has not read yet. */
struct pst_slice ber_rest(const struct reader *r);

/* How long the element is that OCTETS begin with, head and content. PST_E_AGAIN: that cannot be told yet; PST_E_BAD:
 * never. It may be longer than OCTETS. */
PST_MUST_CHECK int ber_length(struct pst_slice octets, size_t *length);

/* Begins an element; give what it returns to ber_end(). Elements nest. */
size_t ber_begin(struct writer *w, uint8_t tag);
void ber_end(struct writer *w, size_t at);
void ber_put(struct writer *w, uint8_t tag, struct pst_slice content);
void ber_put_int(struct writer *w, uint8_t tag, int32_t v);
void ber_put_bool(struct writer *w, bool v);

#endif
