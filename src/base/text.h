/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line of text for people, made piece by piece in a buffer of the caller's; what does not fit is left out. */
#ifndef PST_BASE_TEXT_H
#define PST_BASE_TEXT_H

#include "base/err.h"
#include "base/slice.h"

struct text {
	char *p; /* borrowed; a string at any time */
	size_t n, cap;
};

/* An empty text in BUF of CAP octets, at least 1. */
struct text text_in(char *buf, size_t cap);
void text_add(struct text *t, const char *fmt, ...) PST_PRINTF(2, 3);
/* Octets of a peer: what is printable ASCII, and a '.' for all else, the quote and the backslash. STEP 2: characters of
 * two octets (BMPString). */
void text_add_safe(struct text *t, struct pst_slice s, size_t step);

#endif
