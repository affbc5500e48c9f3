/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whiteboard session (T.126): a board (conference/board.h) that is the same for all who take part. A pure
 * machine: it holds no socket and no clock, and calls nobody. Its owner, who has the application in a
 * conference (conference_app_*), tells it what happened and then carries out whiteboard_actions() in their
 * order.
 *
 * All that we put on the board goes to all by MCS-UNIFORM-SEND-DATA, and counts when it comes back: so the
 * order of things is the same everywhere. One of the session is its refresher: who has the token
 * SI-WORKSPACE-REFRESH (static, 9). When somebody comes it says so to all, by a workspaceRefreshStatusPDU;
 * where that comes back in the order of things it takes the board, sends it to the new one on that one's own
 * channel, and ends with the same PDU there. The new one keeps what comes from the others after the first and
 * applies it at the end: so nothing is missed and nothing comes twice. (A refresher that does not say so
 * first is understood too; then what has no handle may come twice.) Where no refresh comes within 20 s, and
 * nobody gives the token away, the board is taken as it is.
 */
#ifndef PST_CONFERENCE_WHITEBOARD_H
#define PST_CONFERENCE_WHITEBOARD_H

#include "conference/board.h"

enum { WHITEBOARD_USERS = 256 /* that are known, and refreshed */ };

struct whiteboard;

struct whiteboard_config {
	struct board_limits limits; /* all zero: the default */
	size_t kept_octets;	    /* of what comes during a refresh; 0: 16 MiB */
	uint32_t width, height;	    /* of pages we make; 0: 1024 x 768 */
};

enum whiteboard_timer {
	WHITEBOARD_TIMER_REFRESH, /* of who waits for one */
	WHITEBOARD_TIMER_SEND,	  /* the next piece of one that we send */
	WHITEBOARD_TIMER_BITMAP,  /* bitmaps that do not become whole */
	WHITEBOARD_TIMER_RECENT,  /* who is new is so no longer */
	WHITEBOARD_TIMERS,
};

enum whiteboard_action_type {
	WHITEBOARD_SEND,	/* channel (0: the session's), uniform, octets */
	WHITEBOARD_HANDLES,	/* count: allocate, then whiteboard_handles() */
	WHITEBOARD_GRAB,	/* token: grab it, then whiteboard_token() */
	WHITEBOARD_TIMER_START, /* timer, ms: then whiteboard_timeout() */
	WHITEBOARD_TIMER_STOP,	/* timer */
	WHITEBOARD_COMPLETE,	/* the board is what the others have; ok: by a refresh, or we are the first */
	WHITEBOARD_CHANGED,	/* something on the board is otherwise than before */
	WHITEBOARD_TRACE,	/* sent, text */
};

struct whiteboard_action {
	const struct whiteboard_action *next;
	enum whiteboard_action_type type;
	enum whiteboard_timer timer;
	uint16_t channel, token;
	uint32_t count, ms;
	bool uniform, ok, sent;
	struct pst_slice octets;
	const char *text;
};

/* PST_E_NOMEM. */
PST_MUST_CHECK int whiteboard_new(struct whiteboard **out, const struct whiteboard_config *config);
void whiteboard_free(struct whiteboard *w);
/* Whether to give WHITEBOARD_TRACE actions. */
void whiteboard_trace(struct whiteboard *w, bool on);
/* What is to be done since the last call of another function here; valid until the next. NULL: nothing. */
const struct whiteboard_action *whiteboard_actions(const struct whiteboard *w);

/* ---- what happened */

/* We take part, as USER. The board of a session before is gone. To be followed by whiteboard_users(). */
void whiteboard_ready(struct whiteboard *w, uint16_t user);
/* We take part no longer. The board stays. */
void whiteboard_left(struct whiteboard *w);
/* Who else takes part now; N at most WHITEBOARD_USERS. */
void whiteboard_users(struct whiteboard *w, const uint16_t *users, unsigned n);
/* Data of USER on CHANNEL. What is no SIPDU is passed over. */
void whiteboard_received(struct whiteboard *w, uint16_t user, uint16_t channel, struct pst_slice octets);
/* COUNT handles from FIRST on; COUNT 0: there are none. */
void whiteboard_handles(struct whiteboard *w, uint32_t first, uint32_t count);
void whiteboard_token(struct whiteboard *w, bool ours);
void whiteboard_timeout(struct whiteboard *w, enum whiteboard_timer timer);

/* ---- drawing */

enum whiteboard_shape_type {
	WHITEBOARD_POINTS,
	WHITEBOARD_LINE, /* open, of at least two points */
	WHITEBOARD_POLYGON,
	WHITEBOARD_RECTANGLE, /* of two points: opposite corners */
	WHITEBOARD_ELLIPSE,   /* the same of its box */
	WHITEBOARD_TEXT,      /* one point: where its first line begins */
	WHITEBOARD_POINTER,   /* one point: puts our pointer there */
	WHITEBOARD_PAGE,      /* PAGE: draw on that from now on, from 1; those before it are made too */
	WHITEBOARD_CLEAR,     /* takes all away that is on the page by then */
};

struct whiteboard_shape {
	enum whiteboard_shape_type type;
	struct board_point points[1 + T126_POINTS_MAX];
	uint32_t n_points;
	bool fill, highlight;
	uint32_t pen_rgb, fill_rgb; /* 0xrrggbb */
	uint8_t width;		    /* 1 to 255 */
	uint32_t style;		    /* T126_LINE_STYLE_, below NON_STANDARD_STYLE */
	uint32_t size, page;	    /* of letters; TEXT */
	const char *text; /* UTF-8, ISO/IEC 8859-1 only: NetMeeting's texts have an octet a letter */
};

/* Puts SHAPE (copied) on the board as soon as that is complete. PST_E_RANGE: points outside of what T.126 can
 * say, or too far apart (32767), or a page beyond 256; PST_E_BAD: no such shape or text; PST_E_LIMIT: too
 * many wait; PST_E_NOMEM. */
PST_MUST_CHECK int whiteboard_draw(struct whiteboard *w, const struct whiteboard_shape *shape);
/* Something that we draw has not come back yet, or waits. */
bool whiteboard_busy(const struct whiteboard *w);

const struct board *whiteboard_board(const struct whiteboard *w);
bool whiteboard_complete(const struct whiteboard *w);

#endif
