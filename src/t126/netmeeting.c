/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NetMeeting's additions to T.126: little-endian structures in non-standard parameters. */
#include "t126/netmeeting.h"

#include "base/reader.h"
#include "base/writer.h"

static const uint8_t key_text[] = { 0xb5, 0, 'S', 'L', 'T', 'e', 'x', 't', '2', 0 };
static const uint8_t key_bitmap[] = { 0xb5, 0, 'S', 'L', 'B', 'i', 't', 'm', 'a', 'p', '2', '4', 0 };

enum { COUNTRY_LEN = 4, LINE_HEAD = 8, FONT_HEIGHT = 0, FONT_WEIGHT = 16, FONT_STYLES = 20, FONT_FACE = 28 };

/* KEY, its last octet or not, its letters in either order. */
static bool is_key(const struct t126_non_standard_identifier *id, const uint8_t *key, size_t n)
{
	const struct pst_slice s = id->u.h221non_standard;
	if (id->choice != T126_NON_STANDARD_IDENTIFIER_H221NON_STANDARD || s.n + 1 < n || s.n > n)
		return false;
	if (s.p[0] != key[0] || s.p[1] != key[1] ||
		memcmp(s.p + COUNTRY_LEN, key + COUNTRY_LEN, n - 1 - COUNTRY_LEN) != 0)
		return false;
	return (s.p[2] == 'S' && s.p[3] == 'L') || (s.p[2] == 'L' && s.p[3] == 'S');
}

static uint32_t swap32(uint32_t v)
{
	return v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
}

/* A number of four octets, zero where they are not there: the caller asks the reader once, at the end. */
static int le32(struct reader *r, uint32_t *v)
{
	const int err = rd_u32(r, v);
	*v = err == 0 ? swap32(*v) : 0;
	return err;
}

static int le16(struct reader *r, uint16_t *v)
{
	const int err = rd_u16(r, v);
	*v = (uint16_t)(err == 0 ? *v >> 8 | *v << 8 : 0);
	return err;
}

static void put32(struct writer *w, uint32_t v)
{
	wr_u32(w, swap32(v));
}

static void put16(struct writer *w, uint16_t v)
{
	wr_u16(w, (uint16_t)(v >> 8 | v << 8));
}

static int32_t signed32(uint32_t v)
{
	return v <= INT32_MAX ? (int32_t)v : -(int32_t)(UINT32_MAX - v) - 1;
}

/* ---- texts */

static int attributes(struct t126_text *t, struct reader *r)
{
	uint32_t x = 0, y = 0;
	if (le32(r, &t->flags) != 0 || le32(r, &t->pen) != 0 || le32(r, &t->fill) != 0 ||
		le32(r, &t->view_state) != 0 || le32(r, &t->z_order) != 0 || le32(r, &x) != 0 ||
		le32(r, &y) != 0 || rd_take(r, T126_FONT_LEN, &t->font) != 0 || le32(r, &t->n_lines) != 0)
		return PST_E_SHORT;
	t->x = signed32(x);
	t->y = signed32(y);
	if ((t->flags & T126_TEXT_LINES) == 0)
		t->n_lines = 0;
	t->lines = slice_of(r->p + r->pos, rd_left(r));
	if (t->lines.n > T126_TEXT_MAX || t->n_lines > t->lines.n / LINE_HEAD)
		return PST_E_BAD;
	return 0;
}

int t126_text_read(struct t126_text *t, const struct t126_non_standard_parameter *p)
{
	struct reader r = rd_of(p->data);
	*t = (struct t126_text){ 0 };
	if (!is_key(&p->non_standard_identifier, key_text, sizeof key_text))
		return PST_E_UNSUPPORTED;
	if (le32(&r, &t->op) != 0 || le32(&r, &t->handle) != 0 || le32(&r, &t->workspace) != 0)
		return PST_E_SHORT;
	if (t->op == T126_TEXT_DELETE)
		return 0;
	if (t->op != T126_TEXT_CREATE && t->op != T126_TEXT_EDIT)
		return PST_E_BAD;
	return attributes(t, &r);
}

int t126_text_line(struct pst_slice *lines, uint16_t *column, uint16_t *row, struct pst_slice *text)
{
	struct reader r = rd_of(*lines);
	uint32_t len;
	if (lines->n == 0)
		return PST_E_NOT_FOUND;
	if (le32(&r, &len) != 0 || le16(&r, column) != 0 || le16(&r, row) != 0)
		return PST_E_SHORT;
	if (len < LINE_HEAD || len > lines->n)
		return PST_E_BAD;
	*text = slice_of(lines->p + LINE_HEAD, len - LINE_HEAD);
	while (text->n > 0 && text->p[text->n - 1] == '\0')
		text->n--;
	*lines = slice_of(lines->p + len, lines->n - len);
	return 0;
}

int t126_text_line_write(struct writer *w, uint16_t column, uint16_t row, struct pst_slice text)
{
	if (text.n > T126_TEXT_MAX - LINE_HEAD)
		return PST_E_RANGE;
	put32(w, (uint32_t)(LINE_HEAD + text.n));
	put16(w, column);
	put16(w, row);
	wr_bytes(w, text);
	return wr_done(w);
}

int t126_text_write(struct t126_non_standard_parameter *p, const struct t126_text *t, struct writer *w)
{
	static const uint8_t no_font[T126_FONT_LEN];
	const size_t from = w->n;
	put32(w, t->op);
	put32(w, t->handle);
	put32(w, t->workspace);
	if (t->op != T126_TEXT_DELETE) {
		put32(w, t->flags);
		put32(w, t->pen);
		put32(w, t->fill);
		put32(w, t->view_state);
		put32(w, t->z_order);
		put32(w, (uint32_t)t->x);
		put32(w, (uint32_t)t->y);
		wr_bytes(w, t->font.n == T126_FONT_LEN ? t->font : slice_of(no_font, T126_FONT_LEN));
		put32(w, t->n_lines);
		wr_bytes(w, t->lines);
	}
	*p = (struct t126_non_standard_parameter){
		.non_standard_identifier = { .choice = T126_NON_STANDARD_IDENTIFIER_H221NON_STANDARD,
			.u.h221non_standard = slice_of(key_text, sizeof key_text) },
		.data = slice_of(w->p + from, w->n - from),
	};
	return wr_done(w);
}

/* ---- fonts */

bool t126_font_read(struct t126_font *f, struct pst_slice font)
{
	struct reader r = rd_of(font);
	uint32_t v[5];
	*f = (struct t126_font){ 0 };
	if (font.n != T126_FONT_LEN)
		return false;
	for (unsigned i = 0; i < 5; i++)
		if (le32(&r, &v[i]) != 0)
			return false;
	f->height = signed32(v[FONT_HEIGHT]);
	f->weight = signed32(v[FONT_WEIGHT / 4]);
	f->italic = font.p[FONT_STYLES] != 0;
	f->underline = font.p[FONT_STYLES + 1] != 0;
	f->strike_out = font.p[FONT_STYLES + 2] != 0;
	memcpy(f->face, font.p + FONT_FACE, T126_FACE_MAX);
	return true;
}

void t126_font_write(const struct t126_font *f, uint8_t out[static T126_FONT_LEN])
{
	struct writer w = wr_of(out, T126_FONT_LEN);
	memset(out, 0, T126_FONT_LEN);
	put32(&w, (uint32_t)f->height);
	w.n = FONT_WEIGHT;
	put32(&w, (uint32_t)f->weight);
	out[FONT_STYLES] = f->italic;
	out[FONT_STYLES + 1] = f->underline;
	out[FONT_STYLES + 2] = f->strike_out;
	memcpy(out + FONT_FACE, f->face, T126_FACE_MAX);
}

/* ---- bitmaps */

bool t126_is_bitmap24(const struct t126_non_standard_identifier *id)
{
	return is_key(id, key_bitmap, sizeof key_bitmap);
}

enum { DIB_HEAD = 40, DIB_SIDE_MAX = 65536 };

int t126_dib_read(struct t126_dib *d, struct pst_slice octets)
{
	struct reader r = rd_of(octets);
	uint32_t head, width, height, compression, size, x, y, used;
	uint16_t planes, bits;
	*d = (struct t126_dib){ 0 };
	if (le32(&r, &head) != 0 || le32(&r, &width) != 0 || le32(&r, &height) != 0 ||
		le16(&r, &planes) != 0 || le16(&r, &bits) != 0 || le32(&r, &compression) != 0 ||
		le32(&r, &size) != 0 || le32(&r, &x) != 0 || le32(&r, &y) != 0 || le32(&r, &used) != 0)
		return PST_E_SHORT;
	d->top_down = height > INT32_MAX;
	d->width = width;
	d->height = d->top_down ? (uint32_t) - (int64_t)signed32(height) : height;
	d->bits = bits;
	if (head < DIB_HEAD || head > octets.n || d->width == 0 || d->height == 0 ||
		d->width > DIB_SIDE_MAX || d->height > DIB_SIDE_MAX)
		return PST_E_BAD;
	if (compression != 0 || (bits != 1 && bits != 4 && bits != 8 && bits != 24))
		return PST_E_UNSUPPORTED;
	d->palette = slice_of(octets.p + head, octets.n - head);
	return 0;
}
