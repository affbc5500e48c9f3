/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pages and objects: made, found, taken away, and what they take of the limits. */
#include <stdlib.h>
#include <utlist.h>

#include "conference/board_int.h"

const struct board_limits board_limits_default = { 256, 16384, 16 << 20 };

void board_init(struct board *b, const struct board_limits *limits)
{
	*b = (struct board){ .limits = limits != NULL ? *limits : board_limits_default };
}

void board_free(struct board *b)
{
	while (b->pages != NULL)
		board_page_free(b, b->pages);
}

struct board_page *board_page(const struct board *b, uint32_t handle)
{
	struct board_page *p;
	DL_FOREACH (b->pages, p)
		if (p->handle == handle)
			return p;
	return NULL;
}

struct board_page *board_page_at(const struct board *b, uint32_t i)
{
	struct board_page *p = b->pages;
	while (p != NULL && i-- > 0)
		p = p->next;
	return p;
}

struct board_object *board_object(const struct board *b, uint32_t handle)
{
	struct board_object *o;
	HASH_FIND(hh, b->by_handle, &handle, sizeof handle, o);
	return o;
}

/* Asks for N more octets of the limit. */
int board_take(struct board *b, size_t *octets, size_t n)
{
	if (n > b->limits.octets - b->octets)
		return PST_E_LIMIT;
	b->octets += n;
	*octets += n;
	return 0;
}

void board_give_back(struct board *b, size_t *octets, size_t n)
{
	b->octets -= n;
	*octets -= n;
}

/* ---- pages */

int board_page_new(struct board *b, struct board_page **out, uint32_t handle)
{
	if (b->n_pages >= b->limits.pages)
		return PST_E_LIMIT;
	struct board_page *p = calloc(1, sizeof *p);
	if (p == NULL)
		return PST_E_NOMEM;
	if (board_take(b, &p->octets, sizeof *p) != 0) {
		free(p);
		return PST_E_LIMIT;
	}
	p->handle = handle;
	DL_APPEND(b->pages, p);
	b->n_pages++;
	*out = p;
	return 0;
}

void board_page_free(struct board *b, struct board_page *p)
{
	while (p->objects != NULL)
		board_object_free(b, p->objects);
	DL_DELETE(b->pages, p);
	b->n_pages--;
	b->octets -= p->octets;
	free(p->access);
	free(p->head);
	free(p);
}

/* ---- objects */

int board_object_new(struct board *b, struct board_object **out, struct board_page *page,
	enum board_kind kind, const uint32_t *handle)
{
	struct board_object *was = handle != NULL ? board_object(b, *handle) : NULL;
	if (was != NULL)
		board_object_free(b, was);
	if (b->n_objects >= b->limits.objects)
		return PST_E_LIMIT;
	struct board_object *o = calloc(1, sizeof *o);
	if (o == NULL)
		return PST_E_NOMEM;
	if (board_take(b, &o->octets, sizeof *o) != 0) {
		free(o);
		return PST_E_LIMIT;
	}
	o->kind = kind;
	o->page = page;
	if (handle != NULL) {
		o->has_handle = true;
		o->handle = *handle;
		HASH_ADD(hh, b->by_handle, handle, sizeof o->handle, o);
	}
	DL_APPEND(page->objects, o);
	b->n_objects++;
	*out = o;
	return 0;
}

void board_object_free(struct board *b, struct board_object *o)
{
	if (o->has_handle)
		HASH_DEL(b->by_handle, o);
	DL_DELETE(o->page->objects, o);
	b->n_objects--;
	b->octets -= o->octets;
	free(o->head);
	free(o->points);
	free(o->bitmap.data);
	free(o->text.lines);
	free(o);
}

void board_object_order(struct board_object *o, uint32_t z_order)
{
	DL_DELETE(o->page->objects, o);
	if (z_order == T126_Z_ORDER_BACK)
		DL_PREPEND(o->page->objects, o);
	else
		DL_APPEND(o->page->objects, o);
}

void board_plane_clear(struct board *b, struct board_page *p, uint8_t plane)
{
	struct board_object *o, *next;
	DL_FOREACH_SAFE (p->objects, o, next)
		if (o->plane == plane && !(o->kind == BOARD_BITMAP && o->bitmap.pointer))
			board_object_free(b, o);
}

/* ---- what is not whole */

static bool unfinished(const struct board_object *o)
{
	return o->kind == BOARD_BITMAP && o->bitmap.more;
}

void board_abandon(struct board *b, uint16_t user)
{
	struct board_page *p;
	struct board_object *o, *next;
	DL_FOREACH (b->pages, p)
		DL_FOREACH_SAFE (p->objects, o, next) {
			if (!unfinished(o))
				continue;
			if (user != 0 ? o->bitmap.user == user : !o->bitmap.touched)
				board_object_free(b, o);
			else if (user == 0)
				o->bitmap.touched = false;
		}
}

bool board_unfinished(const struct board *b)
{
	const struct board_page *p;
	const struct board_object *o;
	DL_FOREACH (b->pages, p)
		DL_FOREACH (p->objects, o)
			if (unfinished(o))
				return true;
	return false;
}
