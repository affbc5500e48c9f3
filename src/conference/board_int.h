/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside a whiteboard: what the board_*.c share. */
#ifndef PST_CONFERENCE_BOARD_INT_H
#define PST_CONFERENCE_BOARD_INT_H

#include "conference/board.h"

/* Octets of the limit, for a page or an object that counts them in *OCTETS. PST_E_LIMIT. */
PST_MUST_CHECK int board_take(struct board *b, size_t *octets, size_t n);
void board_give_back(struct board *b, size_t *octets, size_t n);
/* PST_E_LIMIT, PST_E_NOMEM. It comes last, or in front. A handle that is in use is taken from what has it. */
PST_MUST_CHECK int board_page_new(struct board *b, struct board_page **out, uint32_t handle);
PST_MUST_CHECK int board_object_new(struct board *b, struct board_object **out, struct board_page *page,
	enum board_kind kind, const uint32_t *handle);
void board_page_free(struct board *b, struct board_page *p);
void board_object_free(struct board *b, struct board_object *o);
void board_object_order(struct board_object *o, uint32_t z_order);
void board_plane_clear(struct board *b, struct board_page *p, uint8_t plane);
/* Keeps M, as octets. */
PST_MUST_CHECK int board_head(
	struct board *b, uint8_t **head, size_t *n_head, size_t *octets, const t126_pdu *m);
/* Whether USER may change things on that plane. */
PST_MUST_CHECK int board_may(
	const struct board_page *p, uint32_t plane, uint16_t user, enum board_how how, bool edit);
void board_color(struct board_color *out, const struct t126_workspace_color *c);

/* board_drawing.c, board_bitmap.c, board_note.c: each its PDUs. */
PST_MUST_CHECK int board_drawing_create(
	struct board *b, const struct t126_drawing_create_pdu *p, uint16_t user, enum board_how how);
PST_MUST_CHECK int board_drawing_edit(
	struct board *b, const struct t126_drawing_edit_pdu *p, uint16_t user, enum board_how how);
PST_MUST_CHECK int board_bitmap_create(
	struct board *b, const struct t126_bitmap_create_pdu *p, uint16_t user, enum board_how how);
PST_MUST_CHECK int board_bitmap_continue(struct board *b, const struct t126_bitmap_create_continue_pdu *p);
PST_MUST_CHECK int board_bitmap_edit(
	struct board *b, const struct t126_bitmap_edit_pdu *p, uint16_t user, enum board_how how);
PST_MUST_CHECK int board_note(
	struct board *b, const struct t126_non_standard_parameter *p, uint16_t user, enum board_how how);

/* board_write.c: the PDUs that make this one object. */
PST_MUST_CHECK int board_object_write(const struct board_object *o, board_pdu_h *h, void *arg);

/* board_image.c: a bitmap as what an <image> of SVG can show. */
enum board_image { BOARD_IMAGE_NONE, BOARD_IMAGE_PNG, BOARD_IMAGE_JPEG };
/* *OUT is the caller's to free. NONE: it cannot be shown. */
enum board_image board_image(const struct board_object *o, uint8_t **out, size_t *n);

#endif
