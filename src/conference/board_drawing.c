/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drawings: shapes of points with pen, fill and style. */
#include <stdlib.h>

#include "conference/board_int.h"

enum { POINTS_MAX = 65535 }; /* PointListEdit's index goes no further */

static void attribute(struct board_object *o, const struct t126_drawing_attribute *a)
{
	switch (a->choice) {
	case T126_DRAWING_ATTRIBUTE_PEN_COLOR: board_color(&o->pen, a->u.pen_color); break;
	case T126_DRAWING_ATTRIBUTE_FILL_COLOR: board_color(&o->fill, a->u.fill_color); break;
	case T126_DRAWING_ATTRIBUTE_PEN_THICKNESS: o->thickness = (uint8_t)a->u.pen_thickness; break;
	case T126_DRAWING_ATTRIBUTE_PEN_NIB: o->nib = a->u.pen_nib->choice; break;
	case T126_DRAWING_ATTRIBUTE_LINE_STYLE: o->line_style = a->u.line_style->choice; break;
	case T126_DRAWING_ATTRIBUTE_HIGHLIGHT: o->highlight = a->u.highlight; break;
	case T126_DRAWING_ATTRIBUTE_VIEW_STATE: o->view_state = a->u.view_state->choice; break;
	case T126_DRAWING_ATTRIBUTE_Z_ORDER: board_object_order(o, a->u.z_order); break;
	default: break;
	}
}

static void rotation(struct board_object *o, const struct t126_rotation_specifier *r)
{
	o->rotated = r->rotation_angle != 0;
	o->angle = r->rotation_angle;
	o->axis = (struct board_point){ (int32_t)r->rotation_axis.x_coordinate,
		(int32_t)r->rotation_axis.y_coordinate };
}

static uint32_t count(const struct t126_point_list *l)
{
	return l->choice == T126_POINT_LIST_POINTS_DIFF4   ? l->u.points_diff4.n
	       : l->choice == T126_POINT_LIST_POINTS_DIFF8 ? l->u.points_diff8.n
							   : l->u.points_diff16.n;
}

static struct board_point difference(const struct t126_point_list *l, uint32_t i)
{
	switch (l->choice) {
	case T126_POINT_LIST_POINTS_DIFF4:
		return (struct board_point){ (int32_t)l->u.points_diff4.v[i].x_coordinate,
			(int32_t)l->u.points_diff4.v[i].y_coordinate };
	case T126_POINT_LIST_POINTS_DIFF8:
		return (struct board_point){ (int32_t)l->u.points_diff8.v[i].x_coordinate,
			(int32_t)l->u.points_diff8.v[i].y_coordinate };
	default:
		return (struct board_point){ (int32_t)l->u.points_diff16.v[i].x_coordinate,
			(int32_t)l->u.points_diff16.v[i].y_coordinate };
	}
}

/* Room for N points. Those in between are where the anchor point is. */
static int points_room(struct board *b, struct board_object *o, uint32_t n)
{
	if (n <= o->n_points)
		return 0;
	if (n > POINTS_MAX)
		return PST_E_LIMIT;
	const int err = board_take(b, &o->octets, (n - o->n_points) * sizeof *o->points);
	if (err != 0)
		return err;
	struct board_point *more = realloc(o->points, n * sizeof *more);
	if (more == NULL) {
		board_give_back(b, &o->octets, (n - o->n_points) * sizeof *o->points);
		return PST_E_NOMEM;
	}
	memset(more + o->n_points, 0, (n - o->n_points) * sizeof *more);
	o->points = more;
	o->n_points = n;
	return 0;
}

/* No further from the anchor point than PointListEdit can say; a workspace is smaller. */
static int32_t near(int32_t v)
{
	return v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v;
}

/* Sets points from number FIRST on; each differs from the one before, the first from FROM. */
static int points_set(struct board *b, struct board_object *o, uint32_t first, struct board_point from,
	const struct t126_point_list *l)
{
	const uint32_t n = count(l);
	const int err = points_room(b, o, first + n);
	for (uint32_t i = 0; i < n && err == 0; i++) {
		const struct board_point d = difference(l, i);
		from = (struct board_point){ near(from.x + d.x), near(from.y + d.y) };
		o->points[first + i] = from;
	}
	return err;
}

/* What of P is kept in no other place; so what it takes of the limit does not tell how it came to be as it
 * is. */
static int head(struct board *b, struct board_object *o, const struct t126_drawing_create_pdu *p)
{
	struct t126_drawing_create_pdu rest = *p;
	struct t126_drawing_attribute *v = calloc(p->attributes.n + 1, sizeof *v);
	if (v == NULL)
		return PST_E_NOMEM;
	rest.attributes.n = 0;
	rest.attributes.v = v;
	for (uint32_t i = 0; p->has_attributes && i < p->attributes.n; i++)
		if (p->attributes.v[i].choice == T126_DRAWING_ATTRIBUTE_NON_STANDARD_ATTRIBUTE)
			v[rest.attributes.n++] = p->attributes.v[i];
	rest.has_attributes = rest.attributes.n > 0;
	rest.anchor_point = (struct t126_workspace_point){ 0, 0 };
	rest.rotation = NULL;
	rest.point_list = (struct t126_point_list){ 0 };
	const int err = board_head(b, &o->head, &o->n_head, &o->octets,
		&(t126_pdu){ .choice = T126_SIPDU_DRAWING_CREATE_PDU, .u.drawing_create_pdu = &rest });
	free(v);
	return err;
}

static int fill(struct board *b, struct board_object *o, const struct t126_drawing_create_pdu *p)
{
	o->type = p->drawing_type.choice;
	o->pen = (struct board_color){ .choice = T126_WORKSPACE_COLOR_RGB_TRUE_COLOR };
	o->fill = (struct board_color){ .choice = T126_WORKSPACE_COLOR_TRANSPARENT };
	o->thickness = 1;
	o->anchor = (struct board_point){ (int32_t)p->anchor_point.x_coordinate,
		(int32_t)p->anchor_point.y_coordinate };
	for (uint32_t i = 0; p->has_attributes && i < p->attributes.n; i++)
		attribute(o, &p->attributes.v[i]);
	if (p->rotation != NULL)
		rotation(o, p->rotation);
	const int err = points_set(b, o, 0, (struct board_point){ 0, 0 }, &p->point_list);
	return err != 0 ? err : head(b, o, p);
}

int board_drawing_create(
	struct board *b, const struct t126_drawing_create_pdu *p, uint16_t user, enum board_how how)
{
	struct board_object *o;
	if (p->destination_address.choice != T126_DRAWING_DESTINATION_ADDRESS_SOFT_COPY_ANNOTATION_PLANE)
		return 0;
	const struct t126_soft_copy_data_plane_address *to =
		p->destination_address.u.soft_copy_annotation_plane;
	struct board_page *page = board_page(b, to->workspace_handle);
	if (page == NULL)
		return PST_E_NOT_FOUND;
	int err = board_may(page, to->plane, user, how, false);
	if (err == 0)
		err = board_object_new(
			b, &o, page, BOARD_DRAWING, p->has_drawing_handle ? &p->drawing_handle : NULL);
	if (err != 0)
		return err;
	o->plane = (uint8_t)to->plane;
	err = fill(b, o, p);
	if (err != 0)
		board_object_free(b, o);
	return err;
}

int board_drawing_edit(
	struct board *b, const struct t126_drawing_edit_pdu *p, uint16_t user, enum board_how how)
{
	struct board_object *o = board_object(b, p->drawing_handle);
	if (o == NULL || o->kind != BOARD_DRAWING)
		return PST_E_NOT_FOUND;
	int err = board_may(o->page, o->plane, user, how, true);
	if (err != 0)
		return err;
	for (uint32_t i = 0; p->has_attribute_edits && i < p->attribute_edits.n; i++)
		attribute(o, &p->attribute_edits.v[i]);
	if (p->anchor_point_edit != NULL)
		o->anchor = (struct board_point){ (int32_t)p->anchor_point_edit->x_coordinate,
			(int32_t)p->anchor_point_edit->y_coordinate };
	if (p->rotation_edit != NULL)
		rotation(o, p->rotation_edit);
	for (uint32_t i = 0; p->has_point_list_edits && i < p->point_list_edits.n && err == 0; i++) {
		const struct t126_point_list_edit *e = &p->point_list_edits.v[i];
		const struct board_point at = { (int32_t)e->initial_point_edit.x_coordinate,
			(int32_t)e->initial_point_edit.y_coordinate };
		/* a point behind the last makes the list longer, whatever it is now: so edits may be replayed
		 */
		err = points_room(b, o, e->initial_index + 1);
		if (err != 0)
			break;
		o->points[e->initial_index] = at;
		if (e->subsequent_point_edits != NULL)
			err = points_set(b, o, e->initial_index + 1, at, e->subsequent_point_edits);
	}
	return err;
}
