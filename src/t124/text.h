/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts of T.124: BMPString here and UTF-8 everywhere else. */
#ifndef PST_T124_TEXT_H
#define PST_T124_TEXT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

enum { T124_TEXT_MAX = 255 };

/* TEXT (UTF-8) as UTF-16BE octets in A. What the basic plane has not becomes a surrogate pair. PST_E_BAD: no
 * UTF-8; PST_E_RANGE: more than 255 units; PST_E_NOMEM. */
PST_MUST_CHECK int t124_text_write(struct pst_slice *out, const char *text, struct arena *a);
/* BMP as UTF-8 into BUF, cut at a character when long, NUL-terminated; ends at a zero character. What is no
 * character becomes "?". Control characters are kept: escape before printing. Returns BUF. */
const char *t124_text_read(struct pst_slice bmp, char *buf, size_t cap);

#endif
