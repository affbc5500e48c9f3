/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own drawing: shapes wait for the board, a page and handles, and become SIPDUs. */
#include <stdlib.h>
#include <utlist.h>

#include "conference/whiteboard_int.h"

enum { WINDOW = 64 /* PDUs on their way to all and back */, PAGES = 256 };

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
	if (s->type == WHITEBOARD_TEXT && (s->text == NULL || strlen(s->text) > WHITEBOARD_LETTERS_MAX))
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

/* ---- the pointer, and clearing */

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
		whiteboard_delete(w, o);
	w->pointer = handle(w);
	w->has_pointer = true;
	whiteboard_make_pointer(w, s, p, w->pointer);
	return true;
}

static bool clear(struct whiteboard *w, const struct board_page *p)
{
	const struct board_object *o;
	if (w->outstanding > 0)
		return false;
	DL_FOREACH (p->objects, o)
		if (o->has_handle && !(o->kind == BOARD_BITMAP && o->bitmap.pointer))
			whiteboard_delete(w, o);
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
		whiteboard_make_text(w, s, p, handle(w));
	else
		whiteboard_make_drawing(w, s, p, handle(w));
	return true;
}

void whiteboard_draw_run(struct whiteboard *w)
{
	while (w->wishes != NULL && w->outstanding < WINDOW && do_wish(w, &w->wishes->shape))
		done(w, w->wishes);
}
