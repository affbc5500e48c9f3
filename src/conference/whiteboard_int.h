/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside a whiteboard session: what the whiteboard*.c share. */
#ifndef PST_CONFERENCE_WHITEBOARD_INT_H
#define PST_CONFERENCE_WHITEBOARD_INT_H

#include "conference/whiteboard.h"

enum {
	WHITEBOARD_TOKEN = 9, /* SI-WORKSPACE-REFRESH-TOKEN */
	WHITEBOARD_HANDLES_ASKED = 64,
	WHITEBOARD_SHAPES_MAX = 65536,
	WHITEBOARD_LETTERS_MAX = 4096, /* of a text */
};

/* SIPDUs in a row, each behind its length. */
struct whiteboard_pdus {
	uint8_t *p;
	size_t n, cap;
};

/* A user of the session. */
struct whiteboard_user {
	struct whiteboard_user *prev, *next;
	uint16_t user;
	uint8_t recent; /* ticks until it is new no longer */
	enum { WHITEBOARD_FINE, WHITEBOARD_WANTING, WHITEBOARD_MARKED, WHITEBOARD_BEGUN } refresh;
	size_t at; /* BEGUN: octets of the row that it has been sent */
};

/* A shape that waits. */
struct whiteboard_wish {
	struct whiteboard_wish *prev, *next;
	struct whiteboard_shape shape;
	char *text;
};

/* What came on the session's channel while a refresh was under way. */
struct whiteboard_kept {
	struct whiteboard_kept *prev, *next;
	uint16_t user;
	size_t n;
	uint8_t octets[];
};

struct whiteboard {
	struct whiteboard_config config;
	bool tracing;
	struct board board;
	struct arena arena;
	struct whiteboard_action *first, *last;
	uint16_t user;		    /* 0: we do not take part */
	uint16_t refresher;	    /* who said so last; 0: nobody */
	uint16_t source;	    /* who refreshes us */
	bool ours, complete;	    /* we are the refresher; the board is the others' */
	bool answered, tried_again; /* the first grab of the token was; there was a second for want of time */
	struct whiteboard_user *users;
	unsigned n_users;
	struct whiteboard_kept *kept;
	size_t n_kept;
	bool marking; /* we said that we are the refresher, and it has not come back: there the board is taken
		       */
	struct whiteboard_pdus row; /* the board as it was there, for those that it is sent to */
	bool timer_bitmap, timer_recent, timer_send;
	/* drawing */
	struct whiteboard_wish *wishes;
	unsigned n_wishes, outstanding; /* outstanding: PDUs of ours that have not come back */
	uint32_t handle, n_handles;
	bool asked;	    /* for handles */
	uint32_t page;	    /* that is drawn on, from 1 */
	uint32_t page_made; /* pages that were there or asked for when we last asked */
	uint32_t pointer;
	bool has_pointer;
};

/* whiteboard.c */
struct whiteboard_action *whiteboard_act(struct whiteboard *w, enum whiteboard_action_type type);
void whiteboard_timer(struct whiteboard *w, enum whiteboard_timer timer, uint32_t ms); /* 0: stop */
/* To CHANNEL, 0: to all of the session. What goes to all and comes back is waited for. */
void whiteboard_send(struct whiteboard *w, uint16_t channel, const t126_pdu *m);

/* whiteboard_refresh.c */
void whiteboard_refresher(struct whiteboard *w);
void whiteboard_refresh_mark(struct whiteboard *w);
void whiteboard_refresh_run(struct whiteboard *w);
void whiteboard_refresh_end(struct whiteboard *w);
PST_MUST_CHECK int whiteboard_keep(struct whiteboard *w, uint16_t user, struct pst_slice octets);
void whiteboard_replay(struct whiteboard *w);
void whiteboard_kept_free(struct whiteboard *w);

/* whiteboard_shape.c: each sends what makes it, under HANDLE. */
void whiteboard_make_drawing(
	struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p, uint32_t handle);
void whiteboard_make_text(
	struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p, uint32_t handle);
void whiteboard_make_pointer(
	struct whiteboard *w, const struct whiteboard_shape *s, const struct board_page *p, uint32_t handle);
void whiteboard_delete(struct whiteboard *w, const struct board_object *o);

/* whiteboard_draw.c */
void whiteboard_draw_run(struct whiteboard *w);
void whiteboard_draw_free(struct whiteboard *w);

#endif
