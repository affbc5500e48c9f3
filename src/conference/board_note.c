/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts, as NetMeeting has them. They name a page but no plane: they lie on its plane 0, with other
 * objects. Their handles are taken to be of the same kind as all others.
 */
#include <stdlib.h>

#include "conference/board_int.h"

static int lines(struct board *b, struct board_object *o, const struct t126_text *t)
{
	struct board_text *x = &o->text;
	if (t->lines.n > x->n_octets) {
		const int err = board_take(b, &o->octets, t->lines.n - x->n_octets);
		if (err != 0)
			return err;
	} else {
		board_give_back(b, &o->octets, x->n_octets - t->lines.n);
	}
	uint8_t *copy = malloc(t->lines.n + 1);
	if (copy == NULL) {
		board_give_back(b, &o->octets, t->lines.n);
		free(x->lines);
		x->lines = NULL;
		x->n_octets = x->n_lines = 0;
		return PST_E_NOMEM;
	}
	memcpy(copy, t->lines.p, t->lines.n);
	free(x->lines);
	x->lines = copy;
	x->n_octets = t->lines.n;
	x->n_lines = t->n_lines;
	return 0;
}

static int set(struct board *b, struct board_object *o, const struct t126_text *t)
{
	struct board_text *x = &o->text;
	x->op_flags |= t->flags;
	if ((t->flags & T126_TEXT_PEN) != 0)
		x->pen = t->pen;
	if ((t->flags & T126_TEXT_FILL) != 0)
		x->fill = t->fill;
	if ((t->flags & T126_TEXT_VIEW) != 0)
		x->view_state = o->view_state = t->view_state;
	if ((t->flags & T126_TEXT_ANCHOR) != 0)
		o->anchor = (struct board_point){ t->x, t->y };
	if ((t->flags & T126_TEXT_FONT) != 0)
		memcpy(x->font, t->font.p, T126_FONT_LEN);
	if ((t->flags & T126_TEXT_Z_ORDER) != 0) {
		x->z_order = t->z_order;
		board_object_order(o, t->z_order);
	}
	return (t->flags & T126_TEXT_LINES) != 0 ? lines(b, o, t) : 0;
}

int board_note(
	struct board *b, const struct t126_non_standard_parameter *p, uint16_t user, enum board_how how)
{
	struct t126_text t;
	int err = t126_text_read(&t, p);
	if (err == PST_E_UNSUPPORTED)
		return 0; /* somebody else's */
	if (err != 0)
		return err;
	struct board_page *page = board_page(b, t.workspace);
	struct board_object *o = board_object(b, t.handle);
	if (page == NULL || (t.op != T126_TEXT_CREATE && (o == NULL || o->kind != BOARD_TEXT)))
		return PST_E_NOT_FOUND;
	err = board_may(t.op == T126_TEXT_CREATE ? page : o->page, 0, user, how, t.op != T126_TEXT_CREATE);
	if (err != 0)
		return err;
	if (t.op == T126_TEXT_DELETE) {
		board_object_free(b, o);
		return 0;
	}
	if (t.op == T126_TEXT_CREATE) {
		err = board_object_new(b, &o, page, BOARD_TEXT, &t.handle);
		if (err != 0)
			return err;
	}
	err = set(b, o, &t);
	if (err != 0)
		board_object_free(b, o);
	return err;
}
