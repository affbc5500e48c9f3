/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drawings as lines of text:
 *
 *     line 10,10 200,50 220,80 color=#ff0000 width=2 style=dashed highlight
 *     polygon 10,10 200,50 100,90 fill=#ffff00
 *     rect 10,10 200,50        ellipse 10,10 200,50        point 10,10 12,12
 *     text 30,40 "words" size=20
 *     pointer 30,40            page 2                      clear
 *
 * Coordinates are whole units of the workspace, from its upper left corner. Blank lines, and what begins with
 * '#', say nothing.
 */
#ifndef PST_ENDPOINT_DATA_DRAW_H
#define PST_ENDPOINT_DATA_DRAW_H

#include "conference/whiteboard.h"

enum { DRAW_TEXT_MAX = 1024 };

struct draw {
	bool any; /* false: the line said nothing */
	struct whiteboard_shape shape;
	char text[DRAW_TEXT_MAX]; /* what SHAPE's text points to */
};

/* Reads LINE into D. NULL: well; else what is wrong with it, a phrase. */
const char *draw_parse(struct draw *d, const char *line);

#endif
