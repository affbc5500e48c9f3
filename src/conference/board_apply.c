/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each SIPDU makes of a board; those of pages here, the others where their objects are. */
#include <stdlib.h>
#include <utlist.h>

#include "conference/board_int.h"

enum { ACCESS_MAX = 4096 };

int board_head(struct board *b, uint8_t **head, size_t *n_head, size_t *octets, const t126_pdu *m)
{
	uint8_t *room = malloc(T126_PDU_MAX);
	struct writer w = wr_of(room, T126_PDU_MAX);
	if (room == NULL)
		return PST_E_NOMEM;
	int err = t126_encode(m, &w, NULL) != 0 ? PST_E_BAD : board_take(b, octets, w.n);
	if (err == 0) {
		uint8_t *exact = realloc(room, w.n);
		*head = exact != NULL ? exact : room;
		*n_head = w.n;
	} else {
		free(room);
	}
	return err;
}

void board_color(struct board_color *out, const struct t126_workspace_color *c)
{
	*out = (struct board_color){ .choice = c->choice };
	if (c->choice >= T126_WORKSPACE_COLOR_N)
		out->choice = T126_WORKSPACE_COLOR_RGB_TRUE_COLOR; /* of later versions: black */
	else if (c->choice == T126_WORKSPACE_COLOR_WORKSPACE_PALETTE_INDEX) {
		out->index = (uint8_t)c->u.workspace_palette_index;
	} else if (c->choice == T126_WORKSPACE_COLOR_RGB_TRUE_COLOR) {
		out->r = (uint8_t)c->u.rgb_true_color->r;
		out->g = (uint8_t)c->u.rgb_true_color->g;
		out->b = (uint8_t)c->u.rgb_true_color->b;
	}
}

int board_may(const struct board_page *p, uint32_t plane, uint16_t user, enum board_how how, bool edit)
{
	if (plane >= p->n_planes)
		return PST_E_NOT_FOUND;
	if (edit && !p->editable[plane])
		return PST_E_DENIED;
	if (how == BOARD_REFRESH || !p->protected[plane])
		return 0;
	for (uint32_t i = 0; i < p->n_access; i++)
		if (p->access[i] == user)
			return 0;
	return PST_E_DENIED;
}

/* ---- pages */

static void page_attribute(struct board_page *p, const struct t126_workspace_attribute *a)
{
	if (a->choice == T126_WORKSPACE_ATTRIBUTE_BACKGROUND_COLOR)
		board_color(&p->background, a->u.background_color);
}

static void plane_attribute(struct board_page *p, uint32_t plane, const struct t126_plane_attribute *a)
{
	if (a->choice == T126_PLANE_ATTRIBUTE_PROTECTION)
		p->protected[plane] = a->u.protection->protected;
}

/* What of M is kept in no other place. */
static int page_head(struct board *b, struct board_page *p, const struct t126_workspace_create_pdu *m)
{
	struct t126_workspace_create_pdu rest = *m;
	struct t126_workspace_attribute *v = calloc(m->workspace_attributes.n + 1, sizeof *v);
	if (v == NULL)
		return PST_E_NOMEM;
	rest.workspace_attributes.n = 0;
	rest.workspace_attributes.v = v;
	for (uint32_t i = 0; m->has_workspace_attributes && i < m->workspace_attributes.n; i++)
		if (m->workspace_attributes.v[i].choice != T126_WORKSPACE_ATTRIBUTE_BACKGROUND_COLOR)
			v[rest.workspace_attributes.n++] = m->workspace_attributes.v[i];
	rest.has_workspace_attributes = rest.workspace_attributes.n > 0;
	const int err = board_head(b, &p->head, &p->n_head, &p->octets,
		&(t126_pdu){ .choice = T126_SIPDU_WORKSPACE_CREATE_PDU, .u.workspace_create_pdu = &rest });
	free(v);
	return err;
}

static int page_fill(struct board *b, struct board_page *p, const struct t126_workspace_create_pdu *m)
{
	p->width = m->workspace_size.width;
	p->height = m->workspace_size.height;
	p->synchronized = m->synchronized;
	p->background = (struct board_color){ .choice = T126_WORKSPACE_COLOR_TRANSPARENT };
	p->n_planes = (uint16_t)m->plane_parameters.n;
	for (uint32_t i = 0; m->has_workspace_attributes && i < m->workspace_attributes.n; i++)
		page_attribute(p, &m->workspace_attributes.v[i]);
	for (uint32_t i = 0; i < p->n_planes; i++) {
		const struct t126_workspace_plane *plane = &m->plane_parameters.v[i];
		p->editable[i] = plane->editable;
		for (uint32_t k = 0; plane->has_plane_attributes && k < plane->plane_attributes.n; k++)
			plane_attribute(p, i, &plane->plane_attributes.v[k]);
	}
	if (m->has_protected_plane_access_list) {
		const uint32_t n = m->protected_plane_access_list.n;
		if (n > ACCESS_MAX || board_take(b, &p->octets, n * sizeof *p->access) != 0)
			return PST_E_LIMIT;
		p->access = calloc(n, sizeof *p->access);
		if (p->access == NULL)
			return PST_E_NOMEM;
		for (p->n_access = 0; p->n_access < n; p->n_access++)
			p->access[p->n_access] = (uint16_t)m->protected_plane_access_list.v[p->n_access];
	}
	return page_head(b, p, m);
}

static int page_create(struct board *b, const struct t126_workspace_create_pdu *m)
{
	struct board_page *p;
	uint32_t handle;
	if (!t126_workspace_handle(&m->workspace_identifier, &handle))
		return 0;
	if (m->plane_parameters.n > BOARD_PLANES)
		return PST_E_BAD;
	p = board_page(b, handle);
	if (p != NULL)
		board_page_free(b, p);
	int err = board_page_new(b, &p, handle);
	if (err != 0)
		return err;
	err = page_fill(b, p, m);
	if (err != 0)
		board_page_free(b, p);
	return err;
}

static int page_of(const struct board *b, struct board_page **p, const struct t126_workspace_identifier *id)
{
	uint32_t handle;
	*p = t126_workspace_handle(id, &handle) ? board_page(b, handle) : NULL;
	return *p != NULL ? 0 : PST_E_NOT_FOUND;
}

static int page_delete(struct board *b, const struct t126_workspace_delete_pdu *m)
{
	struct board_page *p;
	const int err = page_of(b, &p, &m->workspace_identifier);
	if (err == 0)
		board_page_free(b, p);
	return err;
}

static int page_edit(struct board *b, const struct t126_workspace_edit_pdu *m)
{
	struct board_page *p;
	const int err = page_of(b, &p, &m->workspace_identifier);
	if (err != 0)
		return err;
	for (uint32_t i = 0; m->has_attribute_edits && i < m->attribute_edits.n; i++)
		page_attribute(p, &m->attribute_edits.v[i]);
	for (uint32_t i = 0; m->has_plane_edits && i < m->plane_edits.n; i++) {
		const struct t126_workspace_plane_edit *e = &m->plane_edits.v[i];
		for (uint32_t k = 0; e->plane < p->n_planes && k < e->plane_attributes.n; k++)
			plane_attribute(p, e->plane, &e->plane_attributes.v[k]);
	}
	return 0; /* views are each one's own here: all pages are shown */
}

/* ---- copies */

struct copying {
	struct board *b;
	uint16_t user;
	enum board_how how;
	const struct board_object *from;
	struct board_page *to;
	uint8_t plane;
	uint32_t handle;
	struct board_point offset;
};

static uint32_t coordinate(int64_t v)
{
	return (uint32_t)(int32_t)(v < T126_COORDINATE_MIN   ? T126_COORDINATE_MIN
				   : v > T126_COORDINATE_MAX ? T126_COORDINATE_MAX
							     : v);
}

static int copy_pdu(void *arg, const t126_pdu *m)
{
	struct copying *c = arg;
	const struct board_point at = { (int32_t)coordinate((int64_t)c->from->anchor.x + c->offset.x),
		(int32_t)coordinate((int64_t)c->from->anchor.y + c->offset.y) };
	switch (m->choice) {
	case T126_SIPDU_DRAWING_CREATE_PDU: {
		struct t126_drawing_create_pdu *p = m->u.drawing_create_pdu;
		p->has_drawing_handle = true;
		p->drawing_handle = c->handle;
		p->anchor_point = (struct t126_workspace_point){ at.x, at.y };
		*p->destination_address.u.soft_copy_annotation_plane =
			(struct t126_soft_copy_data_plane_address){ c->to->handle, c->plane };
		return board_drawing_create(c->b, p, c->user, c->how);
	}
	case T126_SIPDU_DRAWING_EDIT_PDU:
		m->u.drawing_edit_pdu->drawing_handle = c->handle;
		return board_drawing_edit(c->b, m->u.drawing_edit_pdu, c->user, c->how);
	case T126_SIPDU_BITMAP_CREATE_PDU: {
		struct t126_bitmap_create_pdu *p = m->u.bitmap_create_pdu;
		struct t126_workspace_point anchor = { at.x, at.y };
		p->bitmap_handle = c->handle;
		p->anchor_point = &anchor;
		*p->destination_address.u.soft_copy_image_plane =
			(struct t126_soft_copy_data_plane_address){ c->to->handle, c->plane };
		return board_bitmap_create(c->b, p, c->user, c->how);
	}
	case T126_SIPDU_BITMAP_CREATE_CONTINUE_PDU:
		m->u.bitmap_create_continue_pdu->bitmap_handle = c->handle;
		return board_bitmap_continue(c->b, m->u.bitmap_create_continue_pdu);
	default: return 0; /* a text has a handle of another kind */
	}
}

static int plane_copy(
	struct board *b, const struct t126_workspace_plane_copy_pdu *m, uint16_t user, enum board_how how)
{
	struct board_page *from, *to;
	int err = page_of(b, &from, &m->source_workspace_identifier);
	if (err == 0)
		err = page_of(b, &to, &m->destination_workspace_identifier);
	if (err == 0)
		err = board_may(to, m->destination_plane, user, how, true);
	if (err != 0 ||
		m->copy_descriptor.choice != T126_PLANE_COPY_DESCRIPTOR_EDITABLE_PLANE_COPY_DESCRIPTOR)
		return err; /* a permanent plane's copy is one of pixels */
	const struct t126_editable_plane_copy_descriptor *d =
		m->copy_descriptor.u.editable_plane_copy_descriptor;
	const uint8_t plane = (uint8_t)m->destination_plane;
	size_t left = b->limits.octets; /* copies over copies take no more room, but time */
	if (d->plane_clear_flag && (from != to || m->source_plane != m->destination_plane))
		board_plane_clear(b, to, plane);
	for (uint32_t i = 0; i < d->object_list.n && err == 0; i++) {
		const struct board_object *o = board_object(b, d->object_list.v[i].source_object_handle);
		struct copying c = { b, user, how, o, to, plane,
			d->object_list.v[i].destination_object_handle, { 0 } };
		if (o == NULL || o->page != from || o->plane != m->source_plane || c.handle == o->handle ||
			(o->kind == BOARD_BITMAP && (o->bitmap.more || o->bitmap.pointer)))
			continue;
		if (o->octets > left)
			return PST_E_LIMIT;
		left -= o->octets;
		if (d->destination_offset != NULL)
			c.offset = (struct board_point){ (int32_t)d->destination_offset->x_coordinate,
				(int32_t)d->destination_offset->y_coordinate };
		err = board_object_write(o, copy_pdu, &c);
	}
	return err;
}

/* ---- all of them */

static int object_delete(
	struct board *b, uint32_t handle, enum board_kind kind, uint16_t user, enum board_how how)
{
	struct board_object *o = board_object(b, handle);
	if (o == NULL || o->kind != kind)
		return PST_E_NOT_FOUND;
	const int err = o->kind == BOARD_BITMAP && o->bitmap.pointer
				? 0
				: board_may(o->page, o->plane, user, how,
					  !(o->kind == BOARD_BITMAP && o->bitmap.more));
	if (err == 0)
		board_object_free(b, o);
	return err;
}

static int apply(struct board *b, const t126_pdu *m, uint16_t user, enum board_how how)
{
	switch (m->choice) {
	case T126_SIPDU_WORKSPACE_CREATE_PDU: return page_create(b, m->u.workspace_create_pdu);
	case T126_SIPDU_WORKSPACE_DELETE_PDU: return page_delete(b, m->u.workspace_delete_pdu);
	case T126_SIPDU_WORKSPACE_EDIT_PDU: return page_edit(b, m->u.workspace_edit_pdu);
	case T126_SIPDU_WORKSPACE_PLANE_COPY_PDU:
		return plane_copy(b, m->u.workspace_plane_copy_pdu, user, how);
	case T126_SIPDU_DRAWING_CREATE_PDU:
		return board_drawing_create(b, m->u.drawing_create_pdu, user, how);
	case T126_SIPDU_DRAWING_EDIT_PDU: return board_drawing_edit(b, m->u.drawing_edit_pdu, user, how);
	case T126_SIPDU_DRAWING_DELETE_PDU:
		return object_delete(b, m->u.drawing_delete_pdu->drawing_handle, BOARD_DRAWING, user, how);
	case T126_SIPDU_BITMAP_CREATE_PDU: return board_bitmap_create(b, m->u.bitmap_create_pdu, user, how);
	case T126_SIPDU_BITMAP_CREATE_CONTINUE_PDU:
		return board_bitmap_continue(b, m->u.bitmap_create_continue_pdu);
	case T126_SIPDU_BITMAP_EDIT_PDU: return board_bitmap_edit(b, m->u.bitmap_edit_pdu, user, how);
	case T126_SIPDU_BITMAP_DELETE_PDU:
		return object_delete(b, m->u.bitmap_delete_pdu->bitmap_handle, BOARD_BITMAP, user, how);
	case T126_SIPDU_BITMAP_ABORT_PDU: {
		/* by its sender: it comes to nothing; by a receiver: that one has no room for it */
		const struct board_object *o = board_object(b, m->u.bitmap_abort_pdu->bitmap_handle);
		if (o == NULL || o->kind != BOARD_BITMAP || !o->bitmap.more || o->bitmap.user != user)
			return PST_E_NOT_FOUND;
		return object_delete(b, o->handle, BOARD_BITMAP, user, how);
	}
	case T126_SIPDU_SI_NON_STANDARD_PDU:
		return board_note(b, &m->u.si_non_standard_pdu->non_standard_transaction, user, how);
	default: return 0;
	}
}

int board_apply(struct board *b, const t126_pdu *m, uint16_t user, enum board_how how)
{
	const int err = apply(b, m, user, how);
	if (err == 0)
		b->changes++;
	else if (err == PST_E_LIMIT)
		b->refused++;
	return err;
}
