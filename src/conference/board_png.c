/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PNG: chunks with their sums, and rows as they are. */
#include "conference/board_png.h"

#include <stdlib.h>

#include "base/writer.h"

enum { BLOCK_MAX = 65535, CHUNK = 12, HEADER = 13, ZLIB = 6, MOD = 65521 };

static uint32_t crc(const uint8_t *p, size_t n)
{
	uint32_t c = UINT32_MAX;
	for (size_t i = 0; i < n; i++) {
		c ^= p[i];
		for (unsigned k = 0; k < 8; k++)
			c = (c & 1) != 0 ? c >> 1 ^ UINT32_C(0xedb88320) : c >> 1;
	}
	return c ^ UINT32_MAX;
}

/* Begins a chunk whose contents will take N octets; returns where its type stands. */
static size_t begin(struct writer *w, const char type[static 4], size_t n)
{
	wr_u32(w, (uint32_t)n);
	wr_bytes(w, slice_of(type, 4));
	return w->n - 4;
}

static void end(struct writer *w, size_t at)
{
	wr_u32(w, w->full ? 0 : crc(w->p + at, w->n - at));
}

/* Octets of the rows with a filter octet before each, one by one, in blocks. */
struct stream {
	struct writer *w;
	size_t left, block; /* in all; in this block */
	uint32_t a, b;	    /* of Adler-32 */
};

static void put(struct stream *s, uint8_t v)
{
	if (s->block == 0) {
		s->block = s->left < BLOCK_MAX ? s->left : BLOCK_MAX;
		const uint16_t len = (uint16_t)s->block;
		wr_u8(s->w, s->block == s->left);
		wr_u8(s->w, (uint8_t)len);
		wr_u8(s->w, (uint8_t)(len >> 8));
		wr_u8(s->w, (uint8_t)~len);
		wr_u8(s->w, (uint8_t)((uint16_t)~len >> 8));
	}
	wr_u8(s->w, v);
	s->a = (s->a + v) % MOD;
	s->b = (s->b + s->a) % MOD;
	s->block--;
	s->left--;
}

static void header(struct writer *w, const struct board_png *p)
{
	static const uint8_t magic[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
	wr_bytes(w, slice_of(magic, sizeof magic));
	const size_t at = begin(w, "IHDR", HEADER);
	wr_u32(w, p->width);
	wr_u32(w, p->height);
	wr_u8(w, p->bits);
	wr_u8(w, (uint8_t)p->color);
	wr_u8(w, 0); /* the one way of compressing */
	wr_u8(w, 0); /* the one set of filters */
	wr_u8(w, 0); /* not interlaced */
	end(w, at);
}

static void palette(struct writer *w, const struct board_png *p)
{
	if (p->color != BOARD_PNG_PALETTE)
		return;
	size_t at = begin(w, "PLTE", p->palette.n);
	wr_bytes(w, p->palette);
	end(w, at);
	if (p->transparent < 0 || (size_t)p->transparent >= p->palette.n / 3)
		return;
	at = begin(w, "tRNS", (size_t)p->transparent + 1);
	for (int i = 0; i < p->transparent; i++)
		wr_u8(w, 0xff);
	wr_u8(w, 0);
	end(w, at);
}

int board_png(const struct board_png *p, uint8_t **out, size_t *n)
{
	const size_t raw = (p->row_len + 1) * p->height, blocks = (raw + BLOCK_MAX - 1) / BLOCK_MAX,
		     data = ZLIB + raw + 5 * blocks, room = data + p->palette.n + 6 * CHUNK + HEADER + 300;
	uint8_t *octets = malloc(room);
	struct writer w = wr_of(octets, room);
	struct stream s = { .w = &w, .left = raw, .a = 1 };
	if (octets == NULL)
		return PST_E_NOMEM;
	header(&w, p);
	palette(&w, p);
	size_t at = begin(&w, "IDAT", data);
	wr_u8(&w, 0x78);
	wr_u8(&w, 0x01);
	for (uint32_t y = 0; y < p->height; y++) {
		put(&s, 0);
		for (size_t x = 0; x < p->row_len; x++)
			put(&s, p->rows[y * p->row_len + x]);
	}
	wr_u32(&w, s.b << 16 | s.a);
	end(&w, at);
	at = begin(&w, "IEND", 0);
	end(&w, at);
	const int err = wr_done(&w);
	if (err != 0) {
		free(octets);
		return err;
	}
	*out = octets;
	*n = w.n;
	return 0;
}
