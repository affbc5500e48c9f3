/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whiteboard as an application: what its two files share. */
#ifndef PST_ENDPOINT_DATA_BOARD_H
#define PST_ENDPOINT_DATA_BOARD_H

#include "endpoint/data_draw.h"
#include "endpoint/data_node.h"

/* What the machine wants done, kept until the conference may be called. */
struct board_op {
	struct board_op *next;
	enum whiteboard_action_type type;
	uint16_t channel, token;
	uint32_t count;
	bool uniform;
	size_t n;
	uint8_t octets[];
};

struct board_app {
	struct data_app app; /* first */
	struct whiteboard *board;
	struct board_op *ops, **last_op;
	uint64_t deadline_ms[WHITEBOARD_TIMERS]; /* 0: not set */
	bool was_ready, users_changed, changed, complete, wanted, failed;
	uint32_t drawers;		  /* others that must take part before we draw */
	uint64_t write_again_ms, refused; /* refused: of the board's, that were told */
	const char *file;		  /* the SVG, or NULL */
	struct draw_line {
		struct draw_line *next;
		struct whiteboard_shape shape; /* its text is owned */
	} * lines, **last_line;
};

/* After each call of the machine. */
void board_carry(struct board_app *b);

/* data_board_file.c. Writes the board to PATH, whole or not at all; says so, or what is wrong. */
bool board_write_svg(struct board_app *b, const char *path);
/* To the file of --whiteboard, if it has changed; NOW: however short ago it was written. */
void board_write_changed(struct board_app *b, bool now);
/* Keeps what is to be drawn. PST_E_NOMEM. */
PST_MUST_CHECK int board_line_add(struct board_app *b, const struct draw *d);
/* Keeps the lines of a file. PST_E_ARG: it is wrong, which was said on standard error; PST_E_NOMEM. */
PST_MUST_CHECK int board_read_file(struct board_app *b, const char *path);
/* Draws what may be drawn by now. */
void board_draw_lines(struct board_app *b);
void board_lines_free(struct board_app *b);

#endif
