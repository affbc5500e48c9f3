/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of a whiteboard: the SVG that it is written to, and lines that say what to draw. */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "endpoint/data_board.h"

enum { WRITE_MS = 200, WRITE_SHARE = 10, LINE_LEN_MAX = 8192 };

/* ---- the SVG */

static void put(void *arg, const char *text, size_t n)
{
	fwrite(text, 1, n, arg);
}

/* Whole or not at all: readers of PATH find one board or the next. */
bool board_write_svg(struct board_app *b, const char *path)
{
	const struct board *board = whiteboard_board(b->board);
	char *part = NULL;
	FILE *f = asprintf(&part, "%s.part", path) >= 0 ? fopen(part, "w") : NULL;
	bool ok = f != NULL;
	if (f != NULL) {
		board_svg(board, put, f);
		ok = ferror(f) == 0;
		ok = fclose(f) == 0 && ok && rename(part, path) == 0;
	}
	if (!ok)
		log_error("data", "%s: %s", path, strerror(errno));
	else
		data_tell(b->app.node->o.json, "whiteboard-written",
			DATA_MEMBERS(DATA_STR("file", path), DATA_INT("pages", board->n_pages),
				DATA_INT("objects", board->n_objects)),
			"%s: %u pages, %u objects", path, (unsigned)board->n_pages,
			(unsigned)board->n_objects);
	free(part);
	return ok;
}

void board_write_changed(struct board_app *b, bool now)
{
	if (!b->changed || b->file == NULL || (!now && uv_now(b->app.node->loop) < b->write_again_ms))
		return;
	b->changed = false;
	const uint64_t from_ns = uv_hrtime();
	if (!board_write_svg(b, b->file)) {
		b->file = NULL;
		b->app.bad = true;
	}
	/* a large board is written for a tenth of the time at most */
	b->write_again_ms =
		uv_now(b->app.node->loop) + WRITE_MS + (uv_hrtime() - from_ns) / 1000000 * WRITE_SHARE;
}

/* ---- drawing */

static void line_free(struct draw_line *l)
{
	free((char *)(uintptr_t)l->shape.text);
	free(l);
}

int board_line_add(struct board_app *b, const struct draw *d)
{
	struct draw_line *l = malloc(sizeof *l);
	if (l == NULL)
		return PST_E_NOMEM;
	*l = (struct draw_line){ .shape = d->shape };
	l->shape.text = d->shape.text != NULL ? strdup(d->shape.text) : NULL;
	*b->last_line = l;
	b->last_line = &l->next;
	b->wanted = true;
	return 0;
}

int board_read_file(struct board_app *b, const char *path)
{
	static char text[LINE_LEN_MAX];
	struct draw d;
	unsigned number = 0;
	int err = 0;
	FILE *f = fopen(path, "r");
	if (f == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return PST_E_ARG;
	}
	while (err == 0 && fgets(text, sizeof text, f) != NULL) {
		const char *wrong = draw_parse(&d, text);
		number++;
		if (strlen(text) == sizeof text - 1)
			wrong = "too long a line";
		if (wrong != NULL) {
			fprintf(stderr, "%s:%u: %s\n", path, number, wrong);
			err = PST_E_ARG;
		} else if (d.any) {
			err = board_line_add(b, &d);
		}
	}
	fclose(f);
	return err;
}

void board_draw_lines(struct board_app *b)
{
	if (!b->complete || data_node_others(b->app.node, T124_APP_WHITEBOARD) < b->drawers)
		return;
	while (b->lines != NULL) {
		struct draw_line *l = b->lines;
		const int err = whiteboard_draw(b->board, &l->shape);
		board_carry(b);
		if (err == PST_E_LIMIT)
			return; /* later */
		b->app.bad = b->app.bad || (err != 0 && b->app.node->o.no_input);
		if (err != 0)
			log_error("data", "cannot be drawn: %s%s", pst_strerror(err),
				l->shape.type == WHITEBOARD_TEXT ? " (texts are of ISO/IEC 8859-1)" : "");
		b->lines = l->next;
		if (b->lines == NULL)
			b->last_line = &b->lines;
		line_free(l);
	}
}

void board_lines_free(struct board_app *b)
{
	for (struct draw_line *l = b->lines, *next; l != NULL; l = next) {
		next = l->next;
		line_free(l);
	}
}
