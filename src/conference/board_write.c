/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A board as PDUs: each object from the PDU that made it, with what has been edited since. */
#include <stdlib.h>
#include <utlist.h>

#include "conference/board_int.h"

enum { EDITED = 8 /* kinds of attributes that are kept */ };

static const struct asn1_limits head_limits = { .depth = 100, .elements = 1 << 20 };

/* ---- drawings */

static struct t126_workspace_color color(const struct board_color *c, struct t126_color_rgb *rgb)
{
	struct t126_workspace_color out = { .choice = c->choice };
	if (c->choice == T126_WORKSPACE_COLOR_WORKSPACE_PALETTE_INDEX) {
		out.u.workspace_palette_index = c->index;
	} else if (c->choice == T126_WORKSPACE_COLOR_RGB_TRUE_COLOR) {
		*rgb = (struct t126_color_rgb){ c->r, c->g, c->b };
		out.u.rgb_true_color = rgb;
	}
	return out;
}

/* How many points from FIRST on differ little enough from the one before, at most 255. FROM: before the
 * first. */
static uint32_t chain(const struct board_object *o, uint32_t first, struct board_point from,
	struct t126_point_diff16 out[static T126_POINTS_MAX])
{
	uint32_t n = 0;
	for (; n < T126_POINTS_MAX && first + n < o->n_points; n++) {
		const struct board_point p = o->points[first + n];
		const int32_t dx = p.x - from.x, dy = p.y - from.y;
		if (dx < INT16_MIN || dx > INT16_MAX || dy < INT16_MIN || dy > INT16_MAX)
			break;
		out[n] = (struct t126_point_diff16){ dx, dy };
		from = p;
	}
	return n;
}

static int more_points(const struct board_object *o, uint32_t first, board_pdu_h *h, void *arg)
{
	int err = 0;
	while (first < o->n_points && err == 0) {
		struct t126_point_diff16 diffs[T126_POINTS_MAX];
		const struct board_point p = o->points[first];
		struct t126_point_list list = { .choice = T126_POINT_LIST_POINTS_DIFF16 };
		struct t126_point_list_edit one = { .initial_index = first,
			.initial_point_edit = { p.x, p.y } };
		const uint32_t n = chain(o, first + 1, p, diffs);
		list.u.points_diff16.n = n;
		list.u.points_diff16.v = diffs;
		if (n > 0)
			one.subsequent_point_edits = &list;
		struct t126_drawing_edit_pdu edit = { .drawing_handle = o->handle,
			.has_point_list_edits = true };
		edit.point_list_edits.n = 1;
		edit.point_list_edits.v = &one;
		err = h(arg,
			&(t126_pdu){ .choice = T126_SIPDU_DRAWING_EDIT_PDU, .u.drawing_edit_pdu = &edit });
		first += 1 + n;
	}
	return err;
}

static int drawing(const struct board_object *o, struct t126_drawing_create_pdu *p, struct arena *a,
	board_pdu_h *h, void *arg)
{
	struct t126_color_rgb pen_rgb, fill_rgb;
	struct t126_workspace_color pen = color(&o->pen, &pen_rgb), fill = color(&o->fill, &fill_rgb);
	struct t126_pen_nib nib = { .choice = o->nib };
	struct t126_line_style style = { .choice = o->line_style };
	struct t126_view_state view = { .choice = o->view_state };
	struct t126_rotation_specifier rotation = { o->angle, { o->axis.x, o->axis.y } };
	struct t126_point_diff16 diffs[T126_POINTS_MAX];
	struct t126_drawing_attribute *v =
		arena_calloc(a, EDITED + (p->has_attributes ? p->attributes.n : 0), sizeof *v);
	uint32_t n = 0;
	if (v == NULL)
		return PST_E_NOMEM;
	v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_PEN_COLOR, { .pen_color = &pen } };
	v[n++] =
		(struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_FILL_COLOR, { .fill_color = &fill } };
	v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_PEN_THICKNESS,
		{ .pen_thickness = o->thickness } };
	if (o->nib < T126_PEN_NIB_NON_STANDARD_NIB)
		v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_PEN_NIB,
			{ .pen_nib = &nib } };
	if (o->line_style < T126_LINE_STYLE_NON_STANDARD_STYLE)
		v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_LINE_STYLE,
			{ .line_style = &style } };
	v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_HIGHLIGHT,
		{ .highlight = o->highlight } };
	if (o->view_state < T126_VIEW_STATE_NON_STANDARD_VIEW_STATE)
		v[n++] = (struct t126_drawing_attribute){ T126_DRAWING_ATTRIBUTE_VIEW_STATE,
			{ .view_state = &view } };
	for (uint32_t i = 0; p->has_attributes && i < p->attributes.n; i++)
		v[n++] = p->attributes.v[i];
	p->has_attributes = true;
	p->attributes.n = n;
	p->attributes.v = v;
	p->anchor_point = (struct t126_workspace_point){ o->anchor.x, o->anchor.y };
	p->rotation = o->rotated ? &rotation : NULL;
	const uint32_t points = chain(o, 0, (struct board_point){ 0, 0 }, diffs);
	p->point_list.choice = T126_POINT_LIST_POINTS_DIFF16;
	p->point_list.u.points_diff16.n = points;
	p->point_list.u.points_diff16.v = diffs;
	const int err =
		h(arg, &(t126_pdu){ .choice = T126_SIPDU_DRAWING_CREATE_PDU, .u.drawing_create_pdu = p });
	return err != 0 ? err : more_points(o, points, h, arg);
}

/* ---- bitmaps */

static int bitmap_data(const struct board_object *o, board_pdu_h *h, void *arg)
{
	int err = 0;
	for (size_t at = 0; at < o->bitmap.n && err == 0;) {
		const size_t left = o->bitmap.n - at, n = left < T126_DATA_MAX ? left : T126_DATA_MAX;
		struct t126_bitmap_create_continue_pdu p = { .bitmap_handle = o->handle,
			.bitmap_data = { .data = slice_of(o->bitmap.data + at, n) },
			.more_to_follow = n < left || o->bitmap.more };
		at += n;
		err = h(arg, &(t126_pdu){ .choice = T126_SIPDU_BITMAP_CREATE_CONTINUE_PDU,
				     .u.bitmap_create_continue_pdu = &p });
	}
	return err;
}

static int bitmap(const struct board_object *o, struct t126_bitmap_create_pdu *p, struct arena *a,
	board_pdu_h *h, void *arg)
{
	const struct board_bitmap *m = &o->bitmap;
	struct t126_view_state view = { .choice = o->view_state };
	struct t126_workspace_point anchor = { o->anchor.x, o->anchor.y };
	struct t126_point_diff16 corner = { m->corner.x, m->corner.y };
	struct t126_bitmap_region region = m->region;
	struct t126_bitmap_attribute *v =
		arena_calloc(a, 1 + (p->has_attributes ? p->attributes.n : 0), sizeof *v);
	uint32_t n = 0;
	if (v == NULL)
		return PST_E_NOMEM;
	if (o->view_state < T126_VIEW_STATE_NON_STANDARD_VIEW_STATE)
		v[n++] = (struct t126_bitmap_attribute){ T126_BITMAP_ATTRIBUTE_VIEW_STATE,
			{ .view_state = &view } };
	for (uint32_t i = 0; p->has_attributes && i < p->attributes.n; i++)
		v[n++] = p->attributes.v[i];
	p->has_attributes = n > 0;
	p->attributes.n = n;
	p->attributes.v = v;
	p->anchor_point = &anchor;
	p->bitmap_region_of_interest = m->cut ? &region : NULL;
	p->scaling = m->scaled ? &corner : NULL;
	p->more_to_follow = m->n > 0 || m->more;
	const int err =
		h(arg, &(t126_pdu){ .choice = T126_SIPDU_BITMAP_CREATE_PDU, .u.bitmap_create_pdu = p });
	return err != 0 ? err : bitmap_data(o, h, arg);
}

/* ---- texts */

static int text(const struct board_object *o, struct arena *a, board_pdu_h *h, void *arg)
{
	const struct board_text *x = &o->text;
	const size_t cap = x->n_octets + 256;
	uint8_t *room = arena_alloc(a, cap);
	struct writer w = wr_of(room, cap);
	struct t126_si_non_standard_pdu p = { 0 };
	const struct t126_text t = { .op = T126_TEXT_CREATE,
		.handle = o->handle,
		.workspace = o->page->handle,
		.flags = x->op_flags & ~(uint32_t)T126_TEXT_Z_ORDER, /* they come in their order */
		.pen = x->pen,
		.fill = x->fill,
		.view_state = x->view_state,
		.z_order = x->z_order,
		.x = o->anchor.x,
		.y = o->anchor.y,
		.font = slice_of(x->font, T126_FONT_LEN),
		.n_lines = x->n_lines,
		.lines = slice_of(x->lines, x->n_octets) };
	if (room == NULL || t126_text_write(&p.non_standard_transaction, &t, &w) != 0)
		return PST_E_NOMEM;
	return h(arg, &(t126_pdu){ .choice = T126_SIPDU_SI_NON_STANDARD_PDU, .u.si_non_standard_pdu = &p });
}

int board_object_write(const struct board_object *o, board_pdu_h *h, void *arg)
{
	struct arena a;
	t126_pdu m;
	int err;
	arena_init(&a, 0);
	if (o->kind == BOARD_TEXT) {
		err = text(o, &a, h, arg);
	} else if (t126_decode(&m, slice_of(o->head, o->n_head), &head_limits, &a, NULL) != 0) {
		err = PST_E_NOMEM; /* it was decoded before */
	} else if (o->kind == BOARD_DRAWING) {
		err = drawing(o, m.u.drawing_create_pdu, &a, h, arg);
	} else {
		err = bitmap(o, m.u.bitmap_create_pdu, &a, h, arg);
	}
	arena_free(&a);
	return err;
}

/* ---- pages */

static int page(const struct board_page *p, struct t126_workspace_create_pdu *m, struct arena *a,
	board_pdu_h *h, void *arg)
{
	struct t126_color_rgb rgb;
	struct t126_workspace_color background = color(&p->background, &rgb);
	struct t126_plane_protection on = { .protected = true };
	struct t126_plane_attribute protection = { T126_PLANE_ATTRIBUTE_PROTECTION, { .protection = &on } };
	struct t126_workspace_attribute *v =
		arena_calloc(a, 1 + (m->has_workspace_attributes ? m->workspace_attributes.n : 0), sizeof *v);
	uint32_t n = 0;
	if (v == NULL)
		return PST_E_NOMEM;
	v[n++] = (struct t126_workspace_attribute){ T126_WORKSPACE_ATTRIBUTE_BACKGROUND_COLOR,
		{ .background_color = &background } };
	for (uint32_t i = 0; m->has_workspace_attributes && i < m->workspace_attributes.n; i++)
		v[n++] = m->workspace_attributes.v[i];
	m->has_workspace_attributes = true;
	m->workspace_attributes.n = n;
	m->workspace_attributes.v = v;
	for (uint32_t i = 0; i < m->plane_parameters.n; i++) {
		struct t126_workspace_plane *plane = &m->plane_parameters.v[i];
		plane->has_plane_attributes = p->protected[i];
		plane->plane_attributes.n = p->protected[i];
		plane->plane_attributes.v = &protection;
	}
	return h(arg, &(t126_pdu){ .choice = T126_SIPDU_WORKSPACE_CREATE_PDU, .u.workspace_create_pdu = m });
}

int board_write(const struct board *b, board_pdu_h *h, void *arg)
{
	const struct board_page *p;
	const struct board_object *o;
	int err = 0;
	DL_FOREACH (b->pages, p) {
		struct arena a;
		t126_pdu m;
		arena_init(&a, 0);
		if (t126_decode(&m, slice_of(p->head, p->n_head), &head_limits, &a, NULL) != 0)
			err = PST_E_NOMEM;
		else
			err = page(p, m.u.workspace_create_pdu, &a, h, arg);
		arena_free(&a);
		for (o = p->objects; o != NULL && err == 0; o = o->next)
			err = board_object_write(o, h, arg);
		if (err != 0)
			break;
	}
	return err;
}
