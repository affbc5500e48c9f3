/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small parts of H.225.0 messages: identifiers, vendor, aliases. What is built lives in the arena. */
#ifndef PST_H225_BUILD_H
#define PST_H225_BUILD_H

#include "h225/msg.h"

/* { 0 0 8 2250 0 VERSION } (H.225.0 7.3), VERSION less than 128. Empty when out of memory. */
struct pst_slice h225_protocol_identifier(uint8_t version, struct arena *a);

/* The vendor of this product: PRODUCT and VERSION are borrowed. T.35 country 0xb5, extension and manufacturer 0:
 * nobody's, as the project has no manufacturer code. */
void h225_vendor_build(struct h225_vendor_identifier *v, const char *product, const char *version);
/* Makes *E a terminal of that vendor. PST_E_NOMEM. */
PST_MUST_CHECK int h225_terminal_build(struct h225_endpoint_type *e, const char *product, const char *version,
	struct arena *a);

/* A globally unique identifier from 16 random octets (variant and version bits set, as RFC 4122 does). */
void h225_guid_build(uint8_t guid[static 16], const uint8_t random[static 16]);

/* An alias from text: digits with * # , are dialedDigits; "h323:..." a url-ID; a text with "@" an email-ID (both
 * ASCII); everything else, in UTF-8, an h323-ID. PST_E_BAD: not UTF-8 or outside the basic plane, or empty;
 * PST_E_RANGE: too long; PST_E_NOMEM. */
PST_MUST_CHECK int h225_alias_build(struct h225_alias_address *alias, const char *text, struct arena *a);
/* The text of an alias in UTF-8, at most CAP - 1 octets of it, always ended by a NUL; party numbers give their
 * digits, transport identifiers "address:port", others "?". Returns BUF. A peer's text: escape it for terminals. */
const char *h225_alias_text(const struct h225_alias_address *alias, char *buf, size_t cap);

/* UTF-16BE from UTF-8 and back. Unpaired surrogates and trailing NULs (padding of some products) are left out. */
PST_MUST_CHECK int h225_bmp_from_utf8(struct pst_slice *out, const char *text, struct arena *a);
const char *h225_bmp_text(struct pst_slice bmp, char *buf, size_t cap);

#endif
