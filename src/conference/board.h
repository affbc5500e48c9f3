/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is on a whiteboard (T.126): its workspaces, called pages here, in the order they were made, and
 * what lies on their planes, from back to front. It is what SIPDUs have made of it and nothing else: the
 * same PDUs in the same order give the same board, and what one takes of its limits follows from what is on it. It sends
 * nothing and knows no time.
 */
#ifndef PST_CONFERENCE_BOARD_H
#define PST_CONFERENCE_BOARD_H

#include <uthash.h>

#include "t126/msg.h"
#include "t126/netmeeting.h"

enum { BOARD_PLANES = 256 };

struct board_limits {
	uint32_t pages, objects;
	size_t octets; /* that pages and objects take together */
};
/* 256 pages, 16384 objects, 16 MiB. */
extern const struct board_limits board_limits_default;

enum board_kind { BOARD_DRAWING, BOARD_BITMAP, BOARD_TEXT };

struct board_color {
	uint32_t choice; /* of WorkspaceColor */
	uint8_t index, r, g, b;
};

struct board_point {
	int32_t x, y;
};

struct board_bitmap {
	uint8_t *data;
	size_t n, cap;
	struct board_point corner; /* lower right, from the anchor point; when scaled */
	struct t126_bitmap_region region;
	uint32_t width, height; /* of the whole bitmap, in its own pixels */
	bool scaled, cut;	/* shown in another size; a REGION of it only */
	bool pointer, more;	/* on the pointer plane; not whole yet */
	bool touched;		/* some of it came lately */
	uint16_t user;		/* who sends it */
};

struct board_text {
	uint32_t op_flags; /* of t126_text: which members were ever given */
	uint32_t pen, fill, view_state, z_order;
	uint8_t font[T126_FONT_LEN];
	uint8_t *lines;
	size_t n_octets;
	uint32_t n_lines;
};

struct board_object {
	struct board_object *prev, *next; /* towards the back, towards the front */
	struct board_page *page;
	enum board_kind kind;
	bool has_handle;
	uint32_t handle;
	uint8_t plane;
	uint8_t *head;
	size_t n_head; /* the PDU that made it, without what is kept below; none of a text */
	size_t octets; /* what it takes of the limit */
	uint32_t view_state;
	struct board_point anchor;
	/* drawings */
	uint32_t type, nib, line_style;
	struct board_color pen, fill;
	uint8_t thickness;
	bool highlight, rotated;
	struct board_point axis;    /* of the rotation, from the anchor point */
	uint32_t angle;		    /* minutes of arc */
	struct board_point *points; /* from the anchor point */
	uint32_t n_points;
	struct board_bitmap bitmap;
	struct board_text text;
	UT_hash_handle hh;
};

struct board_page {
	struct board_page *prev, *next;
	uint32_t handle;
	uint32_t width, height;
	bool synchronized;
	struct board_color background;
	uint16_t n_planes;
	bool editable[BOARD_PLANES], protected[BOARD_PLANES];
	uint16_t *access; /* users who may change protected planes */
	uint32_t n_access;
	struct board_object *objects; /* back first */
	uint8_t *head;		      /* the PDU that made it */
	size_t n_head, octets;
};

struct board {
	struct board_limits limits;
	struct board_page *pages;
	struct board_object *by_handle; /* of all pages */
	uint32_t n_pages, n_objects;
	size_t octets;
	uint64_t refused; /* PDUs that the limits did not let in */
	uint64_t changes; /* PDUs that changed something */
};

/* LIMITS NULL: the default. */
void board_init(struct board *b, const struct board_limits *limits);
void board_free(struct board *b);

enum board_how {
	BOARD_LIVE,    /* as the session has it */
	BOARD_REFRESH, /* from the refresher: it may do anything */
};

/*
 * Applies M, which USER sent. What makes a page or an object that is there already makes it anew, last or in
 * front. 0: applied, or nothing of this board's; PST_E_LIMIT: refused; PST_E_NOT_FOUND: no such page or
 * object; PST_E_DENIED: that plane is protected, or cannot be edited; PST_E_BAD; PST_E_NOMEM.
 */
PST_MUST_CHECK int board_apply(struct board *b, const t126_pdu *m, uint16_t user, enum board_how how);
/* Takes bitmaps away that are not whole: those of USER; 0: those of which nothing came since the last such
 * call. */
void board_abandon(struct board *b, uint16_t user);
/* Whether there is a bitmap that is not whole yet. */
bool board_unfinished(const struct board *b);

struct board_page *board_page(const struct board *b, uint32_t handle);
/* The page of number I, from 0; NULL behind the last. */
struct board_page *board_page_at(const struct board *b, uint32_t i);
struct board_object *board_object(const struct board *b, uint32_t handle);

typedef int(board_pdu_h)(void *arg, const t126_pdu *m);
/* The PDUs that make this board out of an empty one; bitmaps that are not whole are not so there. Ends at H's
 * first error and returns it; PST_E_NOMEM. */
PST_MUST_CHECK int board_write(const struct board *b, board_pdu_h *h, void *arg);

typedef void(board_text_h)(void *arg, const char *text, size_t n);
/*
 * Writes it as one SVG, page below page; the same board gives the same octets. All that is a peer's is
 * escaped or a number. Bitmaps that are not compressed are in it as PNG, those of T.81 as JPEG, of others
 * there is a frame. Hidden objects are left out.
 */
void board_svg(const struct board *b, board_text_h *h, void *arg);

#endif
