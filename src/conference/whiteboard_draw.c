/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own drawing: shapes wait for the board, a page and handles, and become SIPDUs. */
#include <stdlib.h>
#include <utlist.h>

#include "conference/whiteboard_int.h"

enum {
	WINDOW = 64 /* PDUs on their way to all and back */,
	PAGES = 256,
	LETTERS_MAX = 4096,
	SIZE_MAX_ = 500
};

/* ---- what is asked */

/* UTF-8 as ISO/IEC 8859-1, in place; false: it has other letters. */
static bool narrow(char *text)
{
	char *out = text;
	for (const uint8_t *p = (const uint8_t *)text; *p != '\0'; p++) {
		if (*p < 0x80) {
			*out++ = (char)*p;
		} else if ((*p == 0xc2 || *p == 0xc3) && (p[1] & 0xc0) == 0x80) {
			*out++ = (char)(uint8_t)((*p & 3) << 6 | (p[1] & 0x3f));
			p++;
		} else {
			return false;
		}
	}
	*out = '\0';
	return true;
}

static int check_points(const struct whiteboard_shape *s)
{
	const struct board_point *a = &s->points[0];
	for (uint32_t i = 0; i < s->n_points; i++) {
		const struct board_point *p = &s->points[i], *q = i > 0 ? p - 1 : p;
		if (p->x < T126_COORDINATE_MIN || p->x > T126_COORDINATE_MAX || p->y < T126_COORDINATE_MIN ||
			p->y > T126_COORDINATE_MAX || abs(p->x - q->x) > INT16_MAX ||
			abs(p->y - q->y) > INT16_MAX || abs(p->x - a->x) > INT16_MAX ||
			abs(p->y - a->y) > INT16_MAX)
			return PST_E_RANGE;
	}
	return 0;
}

static int check(const struct whiteboard_shape *s)
{
	static const struct {
		uint32_t least, most;
	} points[] = {
		[WHITEBOARD_POINTS] = { 1, 1 + T126_POINTS_MAX },
		[WHITEBOARD_LINE] = { 2, 1 + T126_POINTS_MAX },
		[WHITEBOARD_POLYGON] = { 2, 1 + T126_POINTS_MAX },
		[WHITEBOARD_RECTANGLE] = { 2, 2 },
		[WHITEBOARD_ELLIPSE] = { 2, 2 },
		[WHITEBOARD_TEXT] = { 1, 1 },
		[WHITEBOARD_POINTER] = { 1, 1 },
		[WHITEBOARD_PAGE] = { 0, 0 },
		[WHITEBOARD_CLEAR] = { 0, 0 },
	};
	if (s->type > WHITEBOARD_CLEAR || s->n_points < points[s->type].least ||
		s->n_points > points[s->type].most || s->style >= T126_LINE_STYLE_NON_STANDARD_STYLE)
		return PST_E_BAD;
	if (s->type == WHITEBOARD_PAGE && (s->page == 0 || s->page > PAGES))
		return PST_E_RANGE;
	if (s->type == WHITEBOARD_TEXT && (s->text == NULL || strlen(s->text) > LETTERS_MAX))
		return PST_E_BAD;
	return check_points(s);
}

int whiteboard_draw(struct whiteboard *w, const struct whiteboard_shape *shape)
{
	w->first = w->last = NULL;
	arena_reset(&w->arena);
	int err = check(shape);
	if (err != 0)
		return err;
	if (w->n_wishes >= WHITEBOARD_SHAPES_MAX)
		return PST_E_LIMIT;
	struct whiteboard_wish *wish = calloc(1, sizeof *wish);
	if (wish == NULL)
		return PST_E_NOMEM;
	wish->shape = *shape;
	wish->text = shape->type == WHITEBOARD_TEXT ? strdup(shape->text) : NULL;
	wish->shape.text = wish->text;
	if (shape->type == WHITEBOARD_TEXT && (wish->text == NULL || !narrow(wish->text))) {
		err = wish->text == NULL ? PST_E_NOMEM : PST_E_BAD;
		free(wish->text);
		free(wish);
		return err;
	}
	DL_APPEND(w->wishes, wish);
	w->n_wishes++;
	if (w->complete && w->user != 0)
		whiteboard_draw_run(w);
	return 0;
}

bool whiteboard_busy(const struct whiteboard *w)
{
	return w->n_wishes > 0 || w->outstanding > 0;
}

static void done(struct whiteboard *w, struct whiteboard_wish *wish)
{
	DL_DELETE(w->wishes, wish);
	w->n_wishes--;
	free(wish->text);
	free(wish);
}

void whiteboard_draw_free(struct whiteboard *w)
{
	struct whiteboard_wish *wish, *next;
	DL_FOREACH_SAFE (w->wishes, wish, next)
		done(w, wish);
}

/* ---- handles */

void whiteboard_handles(struct whiteboard *w, uint32_t first, uint32_t count)
{
	w->first = w->last = NULL;
	arena_reset(&w->arena);
	w->asked = false;
	w->handle = first;
	w->n_handles = count;
	if (count == 0) { /* nothing can be made any more */
		struct whiteboard_wish *wish, *next;
		DL_FOREACH_SAFE (w->wishes, wish, next)
			done(w, wish);
	}
	if (w->complete && w->user != 0)
		whiteboard_draw_run(w);
}

/* Whether there are N; asks for more where not. */
static bool handles(struct whiteboard *w, uint32_t n)
{
	if (w->n_handles >= n)
		return true;
	if (!w->asked) {
		struct whiteboard_action *a = whiteboard_act(w, WHITEBOARD_HANDLES);
		w->asked = a != NULL;
		if (a != NULL)
			a->count = n > WHITEBOARD_HANDLES_ASKED ? n : WHITEBOARD_HANDLES_ASKED;
	}
	return false;
}

static uint32_t handle(struct whiteboard *w)
{
	w->n_handles--;
	return w->handle++;
}

/* ---- pages */

static void make_page(struct whiteboard *w)
{
	struct t126_plane_usage usage[2] = { { .choice = T126_PLANE_USAGE_ANNOTATION },
		{ .choice = T126_PLANE_USAGE_IMAGE } };
	struct t126_workspace_plane plane = { .editable = true };
	struct t126_workspace_create_pdu p = { .synchronized = true,
		.workspace_size = { w->config.width, w->config.height } };
	plane.usage.n = 2;
	plane.usage.v = usage;
	p.workspace_identifier.choice = T126_WORKSPACE_IDENTIFIER_ACTIVE_WORKSPACE;
	p.workspace_identifier.u.active_workspace = handle(w);
	p.plane_parameters.n = 1;
	p.plane_parameters.v = &plane;
	whiteboard_send(
		w, 0, &(t126_pdu){ .choice = T126_SIPDU_WORKSPACE_CREATE_PDU, .u.workspace_create_pdu = &p });
}

/* The page that is drawn on. NULL: not yet; *NEVER: nor later. */
static struct board_page *page(struct whiteboard *w, bool *never)
{
	struct board_page *p = board_page_at(&w->board, w->page - 1);
	*never = false;
	if (p != NULL)
		return p;
	const uint32_t there = w->page_made > w->board.n_pages ? w->page_made : w->board.n_pages;
	if (there >= w->page) {
		*never = w->outstanding == 0; /* they came back, and are not here: no room */
		if (*never)
			w->page_made = 0;
		return NULL;
	}
	if (!handles(w, w->page - there))
		return NULL;
	for (uint32_t i = there; i < w->page; i++)
		make_page(w);
	w->page_made = w->page;
	return NULL;
}

/* ---- shapes */

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

static void drawing(struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p)
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
		.drawing_handle = handle(w),
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

static void note(struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p)
{
	uint8_t line[LETTERS_MAX + 16], font[T126_FONT_LEN], room[LETTERS_MAX + 256];
	struct writer l = wr_of(line, sizeof line), out = wr_of(room, sizeof room);
	const int32_t size = s->size > 0 && s->size <= SIZE_MAX_ ? (int32_t)s->size : 16;
	struct t126_si_non_standard_pdu m = { 0 };
	t126_font_write(&(struct t126_font){ .height = -size, .weight = 400, .face = "Arial" }, font);
	if (t126_text_line_write(&l, 0, 0, slice_str(s->text)) != 0)
		return;
	const struct t126_text t = { .op = T126_TEXT_CREATE,
		.handle = handle(w),
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

static void pointer_make(struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p)
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
	w->pointer = handle(w);
	w->has_pointer = true;
	struct t126_bitmap_create_pdu m = { .bitmap_handle = w->pointer,
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

static void delete (struct whiteboard *w, const struct board_object *o)
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

/* False: not yet. */
static bool point(struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p)
{
	const struct board_object *o = w->has_pointer ? board_object(&w->board, w->pointer) : NULL;
	if (w->outstanding > 0 || !handles(w, 1))
		return false;
	if (o != NULL && o->page == p) {
		struct t126_workspace_point at = { s->points[0].x, s->points[0].y };
		struct t126_bitmap_edit_pdu m = { .bitmap_handle = w->pointer, .anchor_point_edit = &at };
		whiteboard_send(
			w, 0, &(t126_pdu){ .choice = T126_SIPDU_BITMAP_EDIT_PDU, .u.bitmap_edit_pdu = &m });
		return true;
	}
	if (o != NULL)
		delete (w, o);
	pointer_make(w, s, p);
	return true;
}

static bool clear(struct whiteboard *w, const struct board_page *p)
{
	const struct board_object *o;
	if (w->outstanding > 0)
		return false;
	DL_FOREACH (p->objects, o)
		if (o->has_handle && !(o->kind == BOARD_BITMAP && o->bitmap.pointer))
			delete (w, o);
	return true;
}

/* ---- one after the other */

/* False: not yet. */
static bool do_wish(struct whiteboard *w, const struct whiteboard_shape *s)
{
	bool never;
	if (s->type == WHITEBOARD_PAGE) {
		w->page = s->page;
		return true;
	}
	const struct board_page *p = page(w, &never);
	if (p == NULL)
		return never;
	switch (s->type) {
	case WHITEBOARD_POINTER: return point(w, s, p);
	case WHITEBOARD_CLEAR: return clear(w, p);
	default: break;
	}
	if (!handles(w, 1))
		return false;
	if (s->type == WHITEBOARD_TEXT)
		note(w, s, p);
	else
		drawing(w, s, p);
	return true;
}

void whiteboard_draw_run(struct whiteboard *w)
{
	while (w->wishes != NULL && w->outstanding < WINDOW && do_wish(w, &w->wishes->shape))
		done(w, w->wishes);
}
