/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A board as SVG: numbers are whole but for angles, and everything has one way to be written. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "conference/board_int.h"

enum { GAP = 20, LINE_PERCENT = 125, FONT_DEFAULT = 16, FONT_LEAST = 4, FONT_MOST = 1000 };

struct svg {
	board_text_h *h;
	void *arg;
};

static void PST_PRINTF(2, 3) say(const struct svg *s, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	va_start(ap, fmt);
	const int n = vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	if (n > 0)
		s->h(s->arg, buf, (size_t)n < sizeof buf ? (size_t)n : sizeof buf - 1);
}

/* Text of a peer, an octet a character (ISO/IEC 8859-1): what XML cannot have or means is a reference or a
 * "?". */
static void say_text(const struct svg *s, struct pst_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		const uint8_t c = text.p[i];
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			say(s, "?");
		else if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'' || c >= 0x80)
			say(s, "&#%u;", (unsigned)c);
		else
			say(s, "%c", c);
	}
}

static void say_base64(const struct svg *s, const uint8_t *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		const uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
				   (i + 2 < n ? p[i + 2] : 0);
		const char four[4] = { digits[v >> 18], digits[v >> 12 & 63],
			i + 1 < n ? digits[v >> 6 & 63] : '=', i + 2 < n ? digits[v & 63] : '=' };
		s->h(s->arg, four, 4);
	}
}

/* ---- colours and lines */

static void say_color(const struct svg *s, const char *name, const struct board_color *c)
{
	if (c->choice == T126_WORKSPACE_COLOR_TRANSPARENT)
		say(s, " %s=\"none\"", name);
	else if (c->choice == T126_WORKSPACE_COLOR_WORKSPACE_PALETTE_INDEX)
		say(s, " %s=\"#%02x%02x%02x\"", name, c->index, c->index, c->index);
	else
		say(s, " %s=\"#%02x%02x%02x\"", name, c->r, c->g, c->b);
}

static void say_style(const struct svg *s, const struct board_object *o)
{
	static const struct {
		uint32_t style;
		uint8_t n, parts[6];
	} dashes[] = {
		{ T126_LINE_STYLE_DASHED, 2, { 4, 2 } },
		{ T126_LINE_STYLE_DOTTED, 2, { 1, 2 } },
		{ T126_LINE_STYLE_DASH_DOT, 4, { 4, 2, 1, 2 } },
		{ T126_LINE_STYLE_DASH_DOT_DOT, 6, { 4, 2, 1, 2, 1, 2 } },
		{ T126_LINE_STYLE_TWO_TONE, 2, { 3, 1 } },
	};
	say_color(s, "stroke", &o->pen);
	say(s, " stroke-width=\"%u\"", o->thickness);
	const char *nib = o->nib == T126_PEN_NIB_SQUARE ? "square" : "round";
	say(s, " stroke-linecap=\"%s\" stroke-linejoin=\"%s\"", nib,
		o->nib == T126_PEN_NIB_SQUARE ? "miter" : "round");
	for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
		if (dashes[i].style != o->line_style)
			continue;
		say(s, " stroke-dasharray=\"");
		for (unsigned k = 0; k < dashes[i].n; k++)
			say(s, "%s%u", k > 0 ? "," : "", (unsigned)dashes[i].parts[k] * o->thickness);
		say(s, "\"");
	}
	if (o->highlight)
		say(s, " stroke-opacity=\"0.5\" fill-opacity=\"0.5\"");
	if (o->rotated)
		say(s, " transform=\"rotate(%" PRIu32 ".%02" PRIu32 " %" PRId32 " %" PRId32 ")\"",
			o->angle / 60, o->angle % 60 * 100 / 60, o->anchor.x + o->axis.x,
			o->anchor.y + o->axis.y);
}

static void say_id(const struct svg *s, const struct board_object *o)
{
	if (o->has_handle)
		say(s, " id=\"o%" PRIu32 "\"", o->handle);
}

/* ---- drawings */

/* The box of a rectangle or an ellipse: the anchor point and the last point are opposite corners. */
static void box(const struct board_object *o, int32_t *x, int32_t *y, int32_t *w, int32_t *h)
{
	const struct board_point p =
		o->n_points > 0 ? o->points[o->n_points - 1] : (struct board_point){ 0, 0 };
	*x = o->anchor.x + (p.x < 0 ? p.x : 0);
	*y = o->anchor.y + (p.y < 0 ? p.y : 0);
	*w = abs(p.x);
	*h = abs(p.y);
}

static void say_points(const struct svg *s, const struct board_object *o)
{
	say(s, " points=\"%" PRId32 ",%" PRId32, o->anchor.x, o->anchor.y);
	for (uint32_t i = 0; i < o->n_points; i++)
		say(s, " %" PRId32 ",%" PRId32, o->anchor.x + o->points[i].x, o->anchor.y + o->points[i].y);
	say(s, "\"");
}

/* Dots, as lines of no length: their ends have the nib's form. */
static void say_dots(const struct svg *s, const struct board_object *o)
{
	say(s, "<path");
	say_id(s, o);
	say(s, " d=\"M%" PRId32 " %" PRId32 "h0", o->anchor.x, o->anchor.y);
	for (uint32_t i = 0; i < o->n_points; i++)
		say(s, "M%" PRId32 " %" PRId32 "h0", o->anchor.x + o->points[i].x,
			o->anchor.y + o->points[i].y);
	say(s, "\"");
	say_style(s, o);
	say(s, "/>\n");
}

static void drawing(const struct svg *s, const struct board_object *o)
{
	int32_t x, y, w, h;
	box(o, &x, &y, &w, &h);
	switch (o->type) {
	case T126_DRAWING_TYPE_POINT: say_dots(s, o); return;
	case T126_DRAWING_TYPE_OPEN_POLY_LINE:
	case T126_DRAWING_TYPE_CLOSED_POLY_LINE:
		say(s, o->type == T126_DRAWING_TYPE_OPEN_POLY_LINE ? "<polyline" : "<polygon");
		say_id(s, o);
		say_points(s, o);
		break;
	case T126_DRAWING_TYPE_RECTANGLE:
		say(s, "<rect");
		say_id(s, o);
		say(s, " x=\"%" PRId32 "\" y=\"%" PRId32 "\" width=\"%" PRId32 "\" height=\"%" PRId32 "\"", x,
			y, w, h);
		break;
	case T126_DRAWING_TYPE_ELLIPSE: /* halves are written as such */
		say(s, "<ellipse");
		say_id(s, o);
		say(s, " cx=\"%" PRId32 "%s\" cy=\"%" PRId32 "%s\" rx=\"%" PRId32 "%s\" ry=\"%" PRId32 "%s\"",
			x + w / 2, w % 2 != 0 ? ".5" : "", y + h / 2, h % 2 != 0 ? ".5" : "", w / 2,
			w % 2 != 0 ? ".5" : "", h / 2, h % 2 != 0 ? ".5" : "");
		break;
	default: return; /* of no standard */
	}
	say_color(s, "fill", &o->fill);
	say_style(s, o);
	say(s, "/>\n");
}

/* ---- bitmaps */

static void bitmap(const struct svg *s, const struct board_object *o)
{
	static const char *const types[] = { "", "image/png", "image/jpeg" };
	const struct board_bitmap *m = &o->bitmap;
	uint8_t *octets = NULL;
	size_t n = 0;
	const enum board_image image = board_image(o, &octets, &n);
	const struct t126_bitmap_region all = { { 0, 0 }, { m->width, m->height } };
	const struct t126_bitmap_region *r = m->cut ? &m->region : &all;
	const int64_t cut_w = (int64_t)r->lower_right.x_coordinate - r->upper_left.x_coordinate,
		      cut_h = (int64_t)r->lower_right.y_coordinate - r->upper_left.y_coordinate;
	const int64_t w = m->scaled ? llabs(m->corner.x) : cut_w, h = m->scaled ? llabs(m->corner.y) : cut_h;
	if (cut_w > 0 && cut_h > 0) {
		say(s, "<svg");
		say_id(s, o);
		say(s, " x=\"%" PRId32 "\" y=\"%" PRId32 "\" width=\"%" PRId64 "\" height=\"%" PRId64 "\"",
			o->anchor.x + (m->scaled && m->corner.x < 0 ? m->corner.x : 0),
			o->anchor.y + (m->scaled && m->corner.y < 0 ? m->corner.y : 0), w, h);
		say(s,
			" viewBox=\"%" PRIu32 " %" PRIu32 " %" PRId64 " %" PRId64
			"\" preserveAspectRatio=\"none\">",
			r->upper_left.x_coordinate, r->upper_left.y_coordinate, cut_w, cut_h);
		if (image != BOARD_IMAGE_NONE) {
			say(s, "<image width=\"%" PRIu32 "\" height=\"%" PRIu32 "\" href=\"data:%s;base64,",
				m->width, m->height, types[image]);
			say_base64(s, octets, n);
			say(s, "\"/></svg>\n");
		} else {
			uint32_t sum = 0; /* so that two that differ are written otherwise */
			for (size_t i = 0; i < m->n; i++)
				sum = sum * 31 + m->data[i];
			say(s,
				"<rect width=\"%" PRIu32 "\" height=\"%" PRIu32
				"\" fill=\"none\" stroke=\"#808080\"/><desc>%zu octets, %08" PRIx32
				"</desc></svg>\n",
				m->width, m->height, m->n, sum);
		}
	}
	free(octets);
}

/* ---- texts */

static void text(const struct svg *s, const struct board_object *o)
{
	const struct board_text *t = &o->text;
	struct pst_slice lines = slice_of(t->lines, t->n_octets), line;
	struct t126_font f;
	uint16_t column, row;
	int32_t size = FONT_DEFAULT;
	const bool font =
		(t->op_flags & T126_TEXT_FONT) != 0 && t126_font_read(&f, slice_of(t->font, T126_FONT_LEN));
	if (font && f.height != 0 && f.height > -FONT_MOST && f.height < FONT_MOST)
		size = abs(f.height) < FONT_LEAST ? FONT_LEAST : abs(f.height);
	say(s, "<text");
	say_id(s, o);
	say(s, " x=\"%" PRId32 "\" y=\"%" PRId32 "\" font-size=\"%" PRId32 "\" fill=\"#%02x%02x%02x\"",
		o->anchor.x, o->anchor.y, size, (unsigned)(t->pen & 255), (unsigned)(t->pen >> 8 & 255),
		(unsigned)(t->pen >> 16 & 255));
	if (font && f.face[0] != '\0') {
		say(s, " font-family=\"");
		say_text(s, slice_str(f.face));
		say(s, "\"");
	}
	if (font)
		say(s, "%s%s%s", f.weight > 500 ? " font-weight=\"bold\"" : "",
			f.italic ? " font-style=\"italic\"" : "",
			f.underline ? " text-decoration=\"underline\"" : "");
	say(s, " xml:space=\"preserve\">");
	for (uint32_t i = 0; i < t->n_lines && t126_text_line(&lines, &column, &row, &line) == 0; i++) {
		const int64_t dx = (int64_t)column * size / 2,
			      dy = ((int64_t)row + 1) * size * LINE_PERCENT / 100;
		say(s, "<tspan x=\"%" PRId64 "\" y=\"%" PRId64 "\">", o->anchor.x + dx, o->anchor.y + dy);
		say_text(s, line);
		say(s, "</tspan>");
	}
	say(s, "</text>\n");
}

/* ---- pages */

static void object(const struct svg *s, const struct board_object *o)
{
	if (o->view_state == T126_VIEW_STATE_HIDDEN && o->kind != BOARD_TEXT)
		return;
	switch (o->kind) {
	case BOARD_DRAWING: drawing(s, o); break;
	case BOARD_TEXT: text(s, o); break;
	case BOARD_BITMAP:
		if (!o->bitmap.more)
			bitmap(s, o);
		break;
	}
}

static void plane(const struct svg *s, const struct board_page *p, unsigned number, bool pointers)
{
	const struct board_object *o;
	DL_FOREACH (p->objects, o)
		if ((o->kind == BOARD_BITMAP && o->bitmap.pointer) == pointers &&
			(pointers || o->plane == number))
			object(s, o);
}

static void page(const struct svg *s, const struct board_page *p, uint64_t y)
{
	const struct board_color white = { T126_WORKSPACE_COLOR_RGB_TRUE_COLOR, 0, 255, 255, 255 };
	say(s,
		"<svg id=\"p%" PRIu32 "\" y=\"%" PRIu64 "\" width=\"%" PRIu32 "\" height=\"%" PRIu32
		"\" viewBox=\"0 0 %" PRIu32 " %" PRIu32 "\">\n<rect width=\"%" PRIu32 "\" height=\"%" PRIu32
		"\"",
		p->handle, y, p->width, p->height, p->width, p->height, p->width, p->height);
	say_color(s, "fill",
		p->background.choice == T126_WORKSPACE_COLOR_TRANSPARENT ? &white : &p->background);
	say(s, "/>\n");
	for (unsigned i = 0; i < p->n_planes; i++)
		plane(s, p, i, false);
	plane(s, p, 0, true);
	say(s, "</svg>\n");
}

void board_svg(const struct board *b, board_text_h *h, void *arg)
{
	const struct svg s = { h, arg };
	const struct board_page *p;
	uint64_t width = 1, height = 0, y = 0;
	DL_FOREACH (b->pages, p) {
		width = p->width > width ? p->width : width;
		height += p->height + (p->next != NULL ? GAP : 0);
	}
	say(&s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	say(&s,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%" PRIu64 "\" height=\"%" PRIu64
		"\" viewBox=\"0 0 %" PRIu64 " %" PRIu64 "\">\n",
		width, height > 0 ? height : 1, width, height > 0 ? height : 1);
	DL_FOREACH (b->pages, p) {
		page(&s, p, y);
		y += p->height + GAP;
	}
	say(&s, "</svg>\n");
}
