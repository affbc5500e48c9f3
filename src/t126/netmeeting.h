/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What NetMeeting 3 adds to T.126 ([MS-MNPR]): texts in an siNonStandardPDU, bitmaps in Windows' own
 * format. All numbers in them are little-endian. Not certain: the last octet of the two keys (taken
 * to be zero), the two letters "SL" in that of texts, which is printed the other way round, and how
 * a COLORREF and LOGFONTA (60 octets) lie in a text: as Windows has them.
 */
#ifndef PST_T126_NETMEETING_H
#define PST_T126_NETMEETING_H

#include "t126_asn1.h"

enum t126_text_op { T126_TEXT_CREATE = 30, T126_TEXT_DELETE = 31, T126_TEXT_EDIT = 32 };

/* Which members of a text are there. */
enum {
	T126_TEXT_PEN = 0x01,
	T126_TEXT_FILL = 0x02,
	T126_TEXT_VIEW = 0x04,
	T126_TEXT_Z_ORDER = 0x08,
	T126_TEXT_ANCHOR = 0x10,
	T126_TEXT_FONT = 0x20,
	T126_TEXT_LINES = 0x40,
};

enum {
	T126_FONT_LEN = 60,    /* LOGFONTA */
	T126_FACE_MAX = 31,    /* letters of its name */
	T126_TEXT_MAX = 60000, /* octets of all lines */
};

struct t126_text {
	uint32_t op, handle, workspace, flags;
	uint32_t pen, fill; /* 0x00bbggrr */
	uint32_t view_state, z_order;
	int32_t x, y;
	struct pst_slice font; /* LOGFONTA as it came */
	uint32_t n_lines;
	struct pst_slice lines; /* N_LINES of them as they came: t126_text_line() */
};

/* Reads the transaction of an siNonStandardPDU; T borrows from it. PST_E_UNSUPPORTED: another key;
 * PST_E_SHORT, PST_E_BAD. */
PST_MUST_CHECK int t126_text_read(struct t126_text *t, const struct t126_non_standard_parameter *p);
/* Takes the next line off *LINES. PST_E_SHORT, PST_E_BAD; PST_E_NOT_FOUND: there is none. */
PST_MUST_CHECK int t126_text_line(
	struct pst_slice *lines, uint16_t *column, uint16_t *row, struct pst_slice *text);

/* Writes T to W and has P name it; P borrows W's octets. T->font, where flagged, is of 60 octets. */
PST_MUST_CHECK int t126_text_write(
	struct t126_non_standard_parameter *p, const struct t126_text *t, struct writer *w);
/* Appends a line to W, for T->lines. PST_E_SPACE; PST_E_RANGE: it is too long. */
PST_MUST_CHECK int t126_text_line_write(
	struct writer *w, uint16_t column, uint16_t row, struct pst_slice text);

struct t126_font {
	int32_t height; /* of a line in units of the workspace; negative: of its letters */
	int32_t weight; /* 400, 700 */
	bool italic, underline, strike_out;
	char face[T126_FACE_MAX + 1]; /* as it came, to be escaped */
};
/* False: not 60 octets. */
bool t126_font_read(struct t126_font *f, struct pst_slice font);
void t126_font_write(const struct t126_font *f, uint8_t out[static T126_FONT_LEN]);

/* A BITMAPINFOHEADER of a bitmap that is not compressed. */
struct t126_dib {
	uint32_t width, height;
	bool top_down;
	unsigned bits;		  /* a pixel: 1, 4, 8, 24 */
	struct pst_slice palette; /* four octets an entry: blue, green, red, 0 */
};
bool t126_is_bitmap24(const struct t126_non_standard_identifier *id);
/* PST_E_UNSUPPORTED: compressed, or of other bits. */
PST_MUST_CHECK int t126_dib_read(struct t126_dib *d, struct pst_slice octets);

#endif
