/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shapes as SIPDUs: what a drawing, a text, a pointer and the end of one are made of. */
#include "conference/whiteboard_int.h"

enum { SIZE_DEFAULT = 16, SIZE_MOST = 500 };

static struct t126_color_rgb rgb(uint32_t v)
{
	return (struct t126_color_rgb){ v >> 16 & 255, v >> 8 & 255, v & 255 };
}

/* The points behind the first, in the smallest form that they fit in. */
struct differences {
	struct t126_point_diff4 d4[T126_POINTS_MAX];
	struct t126_point_diff8 d8[T126_POINTS_MAX];
	struct t126_point_diff16 d16[T126_POINTS_MAX];
};

static struct t126_point_list list(const struct whiteboard_shape *s, struct differences *d)
{
	struct t126_point_list l = { 0 };
	const uint32_t n = s->n_points - 1;
	int32_t lo = 0, hi = 0;
	for (uint32_t i = 0; i < n; i++) {
		const int32_t x = s->points[i + 1].x - s->points[i].x,
			      y = s->points[i + 1].y - s->points[i].y;
		lo = x < lo ? x : lo;
		lo = y < lo ? y : lo;
		hi = x > hi ? x : hi;
		hi = y > hi ? y : hi;
		d->d4[i] = (struct t126_point_diff4){ x, y };
		d->d8[i] = (struct t126_point_diff8){ x, y };
		d->d16[i] = (struct t126_point_diff16){ x, y };
	}
	if (lo >= -8 && hi <= 7) {
		l.choice = T126_POINT_LIST_POINTS_DIFF4;
		l.u.points_diff4.n = n;
		l.u.points_diff4.v = d->d4;
	} else if (lo >= INT8_MIN && hi <= INT8_MAX) {
		l.choice = T126_POINT_LIST_POINTS_DIFF8;
		l.u.points_diff8.n = n;
		l.u.points_diff8.v = d->d8;
	} else {
		l.choice = T126_POINT_LIST_POINTS_DIFF16;
		l.u.points_diff16.n = n;
		l.u.points_diff16.v = d->d16;
	}
	return l;
}

void whiteboard_make_drawing(
	struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p, uint32_t handle)
{
	static const uint32_t types[] = { T126_DRAWING_TYPE_POINT, T126_DRAWING_TYPE_OPEN_POLY_LINE,
		T126_DRAWING_TYPE_CLOSED_POLY_LINE, T126_DRAWING_TYPE_RECTANGLE, T126_DRAWING_TYPE_ELLIPSE };
	struct differences d;
	struct t126_color_rgb pen_rgb = rgb(s->pen_rgb), fill_rgb = rgb(s->fill_rgb);
	struct t126_workspace_color pen = { T126_WORKSPACE_COLOR_RGB_TRUE_COLOR,
		{ .rgb_true_color = &pen_rgb } },
				    fill = { T126_WORKSPACE_COLOR_RGB_TRUE_COLOR,
					    { .rgb_true_color = &fill_rgb } };
	struct t126_line_style style = { .choice = s->style };
	struct t126_soft_copy_data_plane_address plane = { p->handle, 0 };
	struct t126_drawing_attribute v[5];
	struct t126_drawing_create_pdu m = { .has_drawing_handle = true,
		.drawing_handle = handle,
		.destination_address = { T126_DRAWING_DESTINATION_ADDRESS_SOFT_COPY_ANNOTATION_PLANE,
			{ .soft_copy_annotation_plane = &plane } },
		.drawing_type = { .choice = types[s->type] },
		.has_attributes = true,
		.anchor_point = { s->points[0].x, s->points[0].y },
		.point_list = list(s, &d) };
	uint32_t n = 0;
	v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_PEN_COLOR, { .pen_color = &pen } };
	v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_PEN_THICKNESS,
		{ .pen_thickness = s->width > 0 ? s->width : 1 } };
	if (s->fill)
		v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_FILL_COLOR,
			{ .fill_color = &fill } };
	if (s->style != T126_LINE_STYLE_SOLID)
		v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_LINE_STYLE,
			{ .line_style = &style } };
	if (s->highlight)
		v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_HIGHLIGHT,
			{ .highlight = true } };
	m.attributes.n = n;
	m.attributes.v = v;
	whiteboard_send(
		w, 0, &(t126_pdu){ .choice = T126_SIPDU_DRAWING_CREATE_PDU, .u.drawing_create_pdu = &m });
}

static uint32_t bgr(uint32_t v)
{
	return (v & 255) << 16 | (v & 0xff00) | v >> 16;
}

void whiteboard_make_text(
	struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p, uint32_t handle)
{
	uint8_t line[WHITEBOARD_LETTERS_MAX + 16], font[T126_FONT_LEN], room[WHITEBOARD_LETTERS_MAX + 256];
	struct writer l = wr_of(line, sizeof line), out = wr_of(room, sizeof room);
	const int32_t size = s->size > 0 && s->size <= SIZE_MOST ? (int32_t)s->size : SIZE_DEFAULT;
	struct t126_si_non_standard_pdu m = { 0 };
	t126_font_write(&(struct t126_font){ .height = -size, .weight = 400, .face = "Arial" }, font);
	if (t126_text_line_write(&l, 0, 0, slice_str(s->text)) != 0)
		return;
	const struct t126_text t = { .op = T126_TEXT_CREATE,
		.handle = handle,
		.workspace = p->handle,
		.flags = T126_TEXT_PEN | T126_TEXT_ANCHOR | T126_TEXT_FONT | T126_TEXT_LINES,
		.pen = bgr(s->pen_rgb),
		.x = s->points[0].x,
		.y = s->points[0].y,
		.font = slice_of(font, sizeof font),
		.n_lines = 1,
		.lines = wr_slice(&l) };
	if (t126_text_write(&m.non_standard_transaction, &t, &out) == 0)
		whiteboard_send(w, 0,
			&(t126_pdu){ .choice = T126_SIPDU_SI_NON_STANDARD_PDU, .u.si_non_standard_pdu = &m });
}

/* ---- the pointer */

void whiteboard_make_pointer(
	struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p, uint32_t handle)
{
	static const uint8_t arrow[] = { 0x80, 0xc0, 0xe0, 0xf0, 0xf8, 0xe0, 0xb0, 0x18 };
	struct t126_color_rgb colors[2] = { { 255, 255, 255 }, rgb(s->pen_rgb) };
	struct t126_palette_rgb palette = { 0 };
	struct t126_uncompressed_palette_map map = { .bits_per_pixel = 1 };
	struct t126_bitmap_header_uncompressed head = { 0 };
	struct t126_soft_copy_pointer_plane_address plane = { p->handle };
	struct t126_bitmap_data data = { .data = slice_of(arrow, sizeof arrow) };
	struct t126_workspace_point at = { s->points[0].x, s->points[0].y };
	palette.palette.n = 2;
	palette.palette.v = colors;
	map.color_palette.color_look_up_table.choice = T126_COLOR_LOOK_UP_TABLE_PALETTE_RGB;
	map.color_palette.color_look_up_table.u.palette_rgb = &palette;
	map.color_palette.has_transparent_entry = true; /* entry 0 */
	head.color_mapping_mode.choice = T126_UNCOMPRESSED_COLOR_MAPPING_PALETTE_MAP;
	head.color_mapping_mode.u.palette_map = &map;
	struct t126_bitmap_create_pdu m = { .bitmap_handle = handle,
		.destination_address = { T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_POINTER_PLANE,
			{ .soft_copy_pointer_plane = &plane } },
		.anchor_point = &at,
		.bitmap_size = { 8, sizeof arrow },
		.bitmap_format_header = { T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_UNCOMPRESSED,
			{ .bitmap_header_uncompressed = &head } },
		.bitmap_data = &data };
	whiteboard_send(
		w, 0, &(t126_pdu){ .choice = T126_SIPDU_BITMAP_CREATE_PDU, .u.bitmap_create_pdu = &m });
}

void whiteboard_delete(struct whiteboard *w, const struct board_object *o)
{
	struct t126_drawing_delete_pdu drawing = { .drawing_handle = o->handle };
	struct t126_bitmap_delete_pdu bitmap = { .bitmap_handle = o->handle };
	struct t126_si_non_standard_pdu text = { 0 };
	uint8_t room[64];
	struct writer out = wr_of(room, sizeof room);
	const struct t126_text t = {
		.op = T126_TEXT_DELETE, .handle = o->handle, .workspace = o->page->handle
	};
	t126_pdu m = { .choice = T126_SIPDU_DRAWING_DELETE_PDU, .u.drawing_delete_pdu = &drawing };
	if (o->kind == BOARD_BITMAP) {
		m = (t126_pdu){ .choice = T126_SIPDU_BITMAP_DELETE_PDU, .u.bitmap_delete_pdu = &bitmap };
	} else if (o->kind == BOARD_TEXT) {
		if (t126_text_write(&text.non_standard_transaction, &t, &out) != 0)
			return;
		m = (t126_pdu){ .choice = T126_SIPDU_SI_NON_STANDARD_PDU, .u.si_non_standard_pdu = &text };
	}
	whiteboard_send(w, 0, &m);
}
