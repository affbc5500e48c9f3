/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PNG (RFC 2083) of rows that are there already, not compressed (RFC 1950, 1951: stored blocks). */
#ifndef PST_CONFERENCE_BOARD_PNG_H
#define PST_CONFERENCE_BOARD_PNG_H

#include "base/err.h"
#include "base/slice.h"

enum board_png_color { BOARD_PNG_GREY = 0, BOARD_PNG_RGB = 2, BOARD_PNG_PALETTE = 3 };

struct board_png {
	uint32_t width, height;
	uint8_t bits; /* of a sample */
	enum board_png_color color;
	struct pst_slice palette; /* three octets an entry: red, green, blue */
	int transparent;	  /* an index of the palette; -1: none */
	const uint8_t *rows;	  /* HEIGHT of ROW_LEN octets */
	size_t row_len;
};

/* *OUT, of *N octets, is the caller's to free. PST_E_NOMEM. */
PST_MUST_CHECK int board_png(const struct board_png *p, uint8_t **out, size_t *n);

#endif
