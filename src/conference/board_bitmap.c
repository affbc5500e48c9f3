/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bitmaps: they come in pieces, are kept as they came, and are moved like anything else. A pointer is one. */
#include <stdlib.h>

#include "conference/board_int.h"

static void attribute(struct board_object *o, const struct t126_bitmap_attribute *a)
{
	if (a->choice == T126_BITMAP_ATTRIBUTE_VIEW_STATE)
		o->view_state = a->u.view_state->choice;
	else if (a->choice == T126_BITMAP_ATTRIBUTE_Z_ORDER)
		board_object_order(o, a->u.z_order);
}

static void move(struct board_object *o, const struct t126_workspace_point *anchor,
	const struct t126_bitmap_region *region, const struct t126_point_diff16 *scaling)
{
	struct board_bitmap *m = &o->bitmap;
	if (anchor != NULL)
		o->anchor =
			(struct board_point){ (int32_t)anchor->x_coordinate, (int32_t)anchor->y_coordinate };
	if (region != NULL) {
		m->cut = true;
		m->region = *region;
	}
	if (scaling != NULL) {
		m->scaled = true;
		m->corner = (struct board_point){ (int32_t)scaling->x_coordinate,
			(int32_t)scaling->y_coordinate };
	}
}

static int append(struct board *b, struct board_object *o, struct pst_slice data)
{
	struct board_bitmap *m = &o->bitmap;
	const int err = board_take(b, &o->octets, data.n);
	if (err != 0)
		return err;
	if (m->n + data.n > m->cap) {
		const size_t cap = (m->n + data.n) * 2;
		uint8_t *more = realloc(m->data, cap);
		if (more == NULL) {
			board_give_back(b, &o->octets, data.n);
			return PST_E_NOMEM;
		}
		m->data = more;
		m->cap = cap;
	}
	m->touched = true;
	memcpy(m->data + m->n, data.p, data.n);
	m->n += data.n;
	return 0;
}

/* The page and plane it goes to. *PAGE NULL: to no board. */
static int destination(const struct board *b, const struct t126_bitmap_destination_address *to, uint16_t user,
	enum board_how how, struct board_page **page, uint8_t *plane, bool *pointer)
{
	const struct t126_soft_copy_data_plane_address *at;
	*page = NULL;
	*pointer = to->choice == T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_POINTER_PLANE;
	if (*pointer) {
		*page = board_page(b, to->u.soft_copy_pointer_plane->workspace_handle);
		return *page != NULL ? 0 : PST_E_NOT_FOUND;
	}
	if (to->choice == T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_IMAGE_PLANE)
		at = to->u.soft_copy_image_plane;
	else if (to->choice == T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_ANNOTATION_PLANE)
		at = to->u.soft_copy_annotation_plane;
	else
		return 0; /* a printer's */
	*page = board_page(b, at->workspace_handle);
	*plane = (uint8_t)at->plane;
	return *page != NULL ? board_may(*page, at->plane, user, how, false) : PST_E_NOT_FOUND;
}

/* What of P is kept in no other place. */
static int head(struct board *b, struct board_object *o, const struct t126_bitmap_create_pdu *p)
{
	struct t126_bitmap_create_pdu rest = *p;
	struct t126_bitmap_attribute *v = calloc(p->attributes.n + 1, sizeof *v);
	if (v == NULL)
		return PST_E_NOMEM;
	rest.attributes.n = 0;
	rest.attributes.v = v;
	for (uint32_t i = 0; p->has_attributes && i < p->attributes.n; i++)
		if (p->attributes.v[i].choice == T126_BITMAP_ATTRIBUTE_NON_STANDARD_ATTRIBUTE ||
			p->attributes.v[i].choice == T126_BITMAP_ATTRIBUTE_TRANSPARENCY_MASK)
			v[rest.attributes.n++] = p->attributes.v[i];
	rest.has_attributes = rest.attributes.n > 0;
	rest.anchor_point = NULL;
	rest.bitmap_region_of_interest = NULL;
	rest.scaling = NULL;
	rest.bitmap_data = NULL;
	rest.has_checkpoints = false; /* nobody waits for them any more */
	rest.more_to_follow = true;
	const int err = board_head(b, &o->head, &o->n_head, &o->octets,
		&(t126_pdu){ .choice = T126_SIPDU_BITMAP_CREATE_PDU, .u.bitmap_create_pdu = &rest });
	free(v);
	return err;
}

int board_bitmap_create(
	struct board *b, const struct t126_bitmap_create_pdu *p, uint16_t user, enum board_how how)
{
	struct board_page *page;
	struct board_object *o;
	uint8_t plane = 0;
	bool pointer;
	int err = destination(b, &p->destination_address, user, how, &page, &plane, &pointer);
	if (err != 0 || page == NULL)
		return err;
	err = board_object_new(b, &o, page, BOARD_BITMAP, &p->bitmap_handle);
	if (err != 0)
		return err;
	o->plane = plane;
	o->bitmap = (struct board_bitmap){ .width = p->bitmap_size.width,
		.height = p->bitmap_size.height,
		.pointer = pointer,
		.more = p->more_to_follow,
		.user = user };
	move(o, p->anchor_point, p->bitmap_region_of_interest, p->scaling);
	for (uint32_t i = 0; p->has_attributes && i < p->attributes.n; i++)
		attribute(o, &p->attributes.v[i]);
	err = head(b, o, p);
	if (err == 0 && p->bitmap_data != NULL)
		err = append(b, o, p->bitmap_data->data);
	if (err != 0)
		board_object_free(b, o);
	return err;
}

int board_bitmap_continue(struct board *b, const struct t126_bitmap_create_continue_pdu *p)
{
	struct board_object *o = board_object(b, p->bitmap_handle);
	if (o == NULL || o->kind != BOARD_BITMAP || !o->bitmap.more)
		return PST_E_NOT_FOUND;
	const int err = append(b, o, p->bitmap_data.data);
	if (err != 0)
		board_object_free(b, o); /* it will never be whole here */
	else
		o->bitmap.more = p->more_to_follow;
	return err;
}

int board_bitmap_edit(
	struct board *b, const struct t126_bitmap_edit_pdu *p, uint16_t user, enum board_how how)
{
	struct board_object *o = board_object(b, p->bitmap_handle);
	if (o == NULL || o->kind != BOARD_BITMAP)
		return PST_E_NOT_FOUND;
	const int err = o->bitmap.pointer ? 0 : board_may(o->page, o->plane, user, how, true);
	if (err != 0)
		return err;
	move(o, p->anchor_point_edit, p->bitmap_region_of_interest_edit, p->scaling_edit);
	for (uint32_t i = 0; p->has_attribute_edits && i < p->attribute_edits.n; i++)
		attribute(o, &p->attribute_edits.v[i]);
	return 0;
}
