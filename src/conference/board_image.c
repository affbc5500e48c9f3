/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bitmaps as pictures that a browser can show: what is not compressed becomes PNG, T.81 is JPEG as it is.
 * Rows are taken to begin at an octet each where a pixel takes less than one.
 */
#include <stdlib.h>

#include "conference/board_int.h"
#include "conference/board_png.h"

enum { PALETTE_MAX = 256 };

struct picture {
	struct board_png png;
	uint8_t palette[PALETTE_MAX * 3];
	uint8_t *rows;
	struct pst_slice data;
};

static uint8_t byte(int32_t v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* ITU-R BT.601, full range, in 1/65536. */
static void from_ycbcr(uint8_t out[static 3], int32_t y, int32_t cb, int32_t cr)
{
	enum { HALF = 1 << 15 };
	cb -= 128;
	cr -= 128;
	out[0] = byte((y * 65536 + 91881 * cr + HALF) >> 16);
	out[1] = byte((y * 65536 - 22554 * cb - 46802 * cr + HALF) >> 16);
	out[2] = byte((y * 65536 + 116130 * cb + HALF) >> 16);
}

/* Checks that there are HEIGHT rows. */
static bool layout(struct picture *p, unsigned bits, unsigned samples)
{
	p->png.bits = (uint8_t)bits;
	p->png.row_len = ((size_t)p->png.width * bits * samples + 7) / 8;
	return p->png.height <= p->data.n / p->png.row_len;
}

static bool rows_copy(struct picture *p)
{
	p->rows = malloc(p->png.row_len * p->png.height);
	if (p->rows != NULL)
		memcpy(p->rows, p->data.p, p->png.row_len * p->png.height);
	p->png.rows = p->rows;
	return p->rows != NULL;
}

static bool direct(struct picture *p, const struct t126_uncompressed_direct_map *m)
{
	if (m->color_space.choice == T126_COLOR_SPACE_SPECIFIER_GREYSCALE) {
		p->png.color = BOARD_PNG_GREY;
		return layout(p, 8, 1) && rows_copy(p);
	}
	if (m->resolution_mode.choice != T126_COLOR_RESOLUTION_MODE_SPECIFIER_RESOLUTION4_4_4 ||
		(m->color_space.choice != T126_COLOR_SPACE_SPECIFIER_RGB &&
			m->color_space.choice != T126_COLOR_SPACE_SPECIFIER_Y_CB_CR))
		return false;
	p->png.color = BOARD_PNG_RGB;
	if (!layout(p, 8, 3) || !rows_copy(p))
		return false;
	if (m->color_space.choice == T126_COLOR_SPACE_SPECIFIER_Y_CB_CR)
		for (size_t i = 0; i + 3 <= p->png.row_len * p->png.height; i += 3)
			from_ycbcr(p->rows + i, p->rows[i], p->rows[i + 1], p->rows[i + 2]);
	return true;
}

static bool by_palette(struct picture *p, const struct t126_uncompressed_palette_map *m)
{
	const struct t126_color_look_up_table *t = &m->color_palette.color_look_up_table;
	size_t n = 0;
	if (t->choice == T126_COLOR_LOOK_UP_TABLE_PALETTE_RGB) {
		for (; n < t->u.palette_rgb->palette.n; n++) {
			const struct t126_color_rgb *c = &t->u.palette_rgb->palette.v[n];
			const uint8_t rgb[3] = { (uint8_t)c->r, (uint8_t)c->g, (uint8_t)c->b };
			memcpy(p->palette + n * 3, rgb, 3);
		}
	} else if (t->choice == T126_COLOR_LOOK_UP_TABLE_PALETTE_Y_CB_CR) {
		for (; n < t->u.palette_y_cb_cr->palette.n; n++) {
			const struct t126_color_y_cb_cr *c = &t->u.palette_y_cb_cr->palette.v[n];
			from_ycbcr(p->palette + n * 3, (int32_t)c->y, (int32_t)c->cb, (int32_t)c->cr);
		}
	} else {
		return false;
	}
	const unsigned bits = (unsigned)m->bits_per_pixel;
	if ((bits != 1 && bits != 4 && bits != 8) || n > (size_t)1 << bits)
		return false;
	p->png.color = BOARD_PNG_PALETTE;
	p->png.palette = slice_of(p->palette, n * 3);
	if (m->color_palette.has_transparent_entry)
		p->png.transparent = (int)m->color_palette.transparent_entry;
	return layout(p, bits, 1) && rows_copy(p);
}

/* Windows' own: rows of whole 32 bits, the last one first, blue before red. */
static bool dib(struct picture *p, struct pst_slice head)
{
	struct t126_dib d;
	if (t126_dib_read(&d, head) != 0)
		return false;
	p->png.width = d.width;
	p->png.height = d.height;
	const size_t stride = ((size_t)d.width * d.bits + 31) / 32 * 4;
	if (d.height > p->data.n / stride)
		return false;
	size_t n = d.palette.n / 4;
	n = n > (size_t)1 << (d.bits & 15) ? (size_t)1 << (d.bits & 15) : n;
	if (d.bits == 24) {
		p->png.color = BOARD_PNG_RGB;
	} else if (n > 0) {
		p->png.color = BOARD_PNG_PALETTE;
		p->png.palette = slice_of(p->palette, n * 3);
		for (size_t i = 0; i < n * 3; i++)
			p->palette[i] = d.palette.p[i / 3 * 4 + 2 - i % 3];
	} else {
		return false;
	}
	if (!layout(p, d.bits == 24 ? 8 : d.bits, d.bits == 24 ? 3 : 1))
		return false;
	p->rows = malloc(p->png.row_len * p->png.height);
	p->png.rows = p->rows;
	for (uint32_t y = 0; p->rows != NULL && y < d.height; y++) {
		const uint8_t *from = p->data.p + stride * (d.top_down ? y : d.height - 1 - y);
		uint8_t *to = p->rows + p->png.row_len * y;
		for (size_t x = 0; x < p->png.row_len; x++)
			to[x] = d.bits == 24 ? from[x / 3 * 3 + 2 - x % 3] : from[x];
	}
	return p->rows != NULL;
}

/* NetMeeting says in a non-standard parameter, or in the header, that the data are such. */
static const struct t126_non_standard_parameter *bitmap24(const struct t126_bitmap_create_pdu *m)
{
	if (m->bitmap_format_header.choice == T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_NON_STANDARD &&
		t126_is_bitmap24(
			&m->bitmap_format_header.u.bitmap_header_non_standard->non_standard_identifier))
		return m->bitmap_format_header.u.bitmap_header_non_standard;
	for (uint32_t i = 0; m->has_non_standard_parameters && i < m->non_standard_parameters.n; i++)
		if (t126_is_bitmap24(&m->non_standard_parameters.v[i].non_standard_identifier))
			return &m->non_standard_parameters.v[i];
	return NULL;
}

static bool picture(struct picture *p, const struct t126_bitmap_create_pdu *m)
{
	const struct t126_non_standard_parameter *own = bitmap24(m);
	if (own != NULL)
		return dib(p, own->data);
	if (m->bitmap_format_header.choice != T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_UNCOMPRESSED)
		return false;
	const struct t126_uncompressed_color_mapping *map =
		&m->bitmap_format_header.u.bitmap_header_uncompressed->color_mapping_mode;
	if (map->choice == T126_UNCOMPRESSED_COLOR_MAPPING_DIRECT_MAP)
		return direct(p, map->u.direct_map);
	return map->choice == T126_UNCOMPRESSED_COLOR_MAPPING_PALETTE_MAP &&
	       by_palette(p, map->u.palette_map);
}

enum board_image board_image(const struct board_object *o, uint8_t **out, size_t *n)
{
	struct arena a;
	t126_pdu m;
	enum board_image image = BOARD_IMAGE_NONE;
	struct picture p = {
		.png = { .width = o->bitmap.width, .height = o->bitmap.height, .transparent = -1 },
		.data = slice_of(o->bitmap.data, o->bitmap.n)
	};
	arena_init(&a, 0);
	if (p.data.n == 0 || t126_decode(&m, slice_of(o->head, o->n_head), NULL, &a, NULL) != 0)
		goto out;
	if (m.u.bitmap_create_pdu->bitmap_format_header.choice ==
		T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_T81) {
		*out = malloc(p.data.n);
		*n = p.data.n;
		if (*out != NULL) {
			memcpy(*out, p.data.p, p.data.n);
			image = BOARD_IMAGE_JPEG;
		}
	} else if (picture(&p, m.u.bitmap_create_pdu) && board_png(&p.png, out, n) == 0) {
		image = BOARD_IMAGE_PNG;
	}
out:
	free(p.rows);
	arena_free(&a);
	return image;
}
