/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whiteboard as an application: drawings from a file or from lines of input, and the board written as SVG
 * whenever it has changed.
 */
#include <stdlib.h>

#include "base/log.h"
#include "endpoint/data_board.h"

enum { OPT_DRAW, OPT_WHITEBOARD, OPT_DRAWERS };

/* ---- the machine's wishes */

static void op_add(struct board_app *b, const struct whiteboard_action *a)
{
	struct board_op *op = malloc(sizeof *op + a->octets.n);
	if (op == NULL)
		return;
	*op = (struct board_op){ NULL, a->type, a->channel, a->token, a->count, a->uniform, a->octets.n };
	if (a->octets.n > 0)
		memcpy(op->octets, a->octets.p, a->octets.n);
	*b->last_op = op;
	b->last_op = &op->next;
}

static void ops_free(struct board_app *b)
{
	for (struct board_op *op = b->ops, *next; op != NULL; op = next) {
		next = op->next;
		free(op);
	}
	b->ops = NULL;
	b->last_op = &b->ops;
}

static void tell_complete(const struct board_app *b, bool ok)
{
	const struct board *board = whiteboard_board(b->board);
	data_tell(b->app.node->o.json, "whiteboard",
		DATA_MEMBERS(DATA_STR("state", ok ? "complete" : "incomplete"),
			DATA_INT("pages", board->n_pages), DATA_INT("objects", board->n_objects)),
		ok ? "the whiteboard has %u pages, %u objects"
		   : "the whiteboard could not be had from the others: it has %u pages, %u objects",
		(unsigned)board->n_pages, (unsigned)board->n_objects);
}

/* After each call of the machine. */
void board_carry(struct board_app *b)
{
	const uint64_t now_ms = uv_now(b->app.node->loop);
	for (const struct whiteboard_action *a = whiteboard_actions(b->board); a != NULL; a = a->next)
		switch (a->type) {
		case WHITEBOARD_TIMER_START: b->deadline_ms[a->timer] = now_ms + a->ms; break;
		case WHITEBOARD_TIMER_STOP: b->deadline_ms[a->timer] = 0; break;
		case WHITEBOARD_CHANGED: b->changed = true; break;
		case WHITEBOARD_COMPLETE:
			b->complete = b->changed = true;
			tell_complete(b, a->ok);
			break;
		case WHITEBOARD_TRACE:
			fprintf(stderr, "%s whiteboard %s\n", a->sent ? ">" : "<", a->text);
			break;
		default: op_add(b, a); break;
		}
}

static void op_do(struct board_app *b, const struct board_op *op)
{
	struct conference *c = b->app.node->data.conference;
	const unsigned app = b->app.app;
	if (op->type == WHITEBOARD_SEND)
		conference_app_send(c, app, op->channel, MCS_DATA_PRIORITY_MEDIUM, op->uniform,
			slice_of(op->octets, op->n));
	else if (op->type == WHITEBOARD_HANDLES)
		conference_app_handles(c, app, op->count);
	else if (op->type == WHITEBOARD_GRAB)
		conference_app_grab(c, app, op->token);
	data_do(&b->app.node->data);
}

static void flush(struct board_app *b)
{
	while (b->ops != NULL && b->app.ready) {
		struct board_op *op = b->ops;
		b->ops = op->next;
		if (b->ops == NULL)
			b->last_op = &b->ops;
		op_do(b, op);
		free(op);
	}
}

/* ---- what happens */

static void ready(struct board_app *b)
{
	if (b->was_ready)
		return;
	b->was_ready = b->users_changed = true;
	b->complete = false;
	whiteboard_trace(b->board, b->app.node->o.trace);
	whiteboard_ready(b->board, b->app.user);
	board_carry(b);
}

static void data(struct data_app *a, const struct conference_action *what)
{
	struct board_app *b = (struct board_app *)a;
	ready(b);
	whiteboard_received(b->board, what->user, what->channel, what->octets);
	board_carry(b);
}

static void channel(struct data_app *a, const struct conference_action *what)
{
	struct board_app *b = (struct board_app *)a;
	ready(b);
	if (what->type == CONFERENCE_APP_HANDLES)
		whiteboard_handles(b->board, what->first, what->ok ? what->count : 0);
	else if (what->type == CONFERENCE_APP_TOKEN)
		whiteboard_token(b->board, what->ok);
	else
		return;
	board_carry(b);
}

static void left(struct data_app *a)
{
	struct board_app *b = (struct board_app *)a;
	b->was_ready = false;
	b->failed = !a->node->stopping && conference_in(a->node->data.conference);
	a->bad = a->bad || b->failed;
	if (b->failed)
		log_error("data", "there is no whiteboard in this conference for us");
	ops_free(b);
	whiteboard_left(b->board);
	board_carry(b);
	ops_free(b);
}

static void roster(struct data_app *a)
{
	((struct board_app *)a)->users_changed = true;
}

static void users(struct board_app *b)
{
	uint16_t list[WHITEBOARD_USERS], node;
	unsigned n = 0;
	b->users_changed = false;
	while (n < WHITEBOARD_USERS &&
		conference_app_peer(b->app.node->data.conference, b->app.app, n, &list[n], &node))
		n++;
	whiteboard_users(b->board, list, n);
	board_carry(b);
}

static void tell_refused(struct board_app *b)
{
	const uint64_t refused = whiteboard_board(b->board)->refused;
	if (refused > 0 && b->refused == 0)
		log_error("data", "the whiteboard is full: what comes now is left out");
	b->refused = refused;
}

/* ---- the application */

static void run(struct data_app *a)
{
	struct board_app *b = (struct board_app *)a;
	const uint64_t now_ms = uv_now(a->node->loop);
	if (a->ready)
		ready(b);
	if (a->ready && b->users_changed)
		users(b);
	for (unsigned i = 0; i < WHITEBOARD_TIMERS; i++)
		if (b->deadline_ms[i] != 0 && b->deadline_ms[i] <= now_ms) {
			b->deadline_ms[i] = 0;
			whiteboard_timeout(b->board, i);
			board_carry(b);
		}
	if (a->ready)
		board_draw_lines(b);
	flush(b);
	tell_refused(b);
	board_write_changed(b, false);
}

static bool busy(const struct data_app *a)
{
	const struct board_app *b = (const struct board_app *)a;
	return b->wanted && !b->failed &&
	       (!b->complete || b->lines != NULL || b->ops != NULL || whiteboard_busy(b->board) ||
		       (b->changed && b->file != NULL));
}

static bool wanted(const struct data_app *a)
{
	return ((const struct board_app *)a)->wanted;
}

static bool line(struct data_app *a, const char *text)
{
	struct board_app *b = (struct board_app *)a;
	struct draw d;
	if (strncmp(text, "/svg ", 5) == 0) {
		board_write_svg(b, text + 5);
		return true;
	}
	if (strncmp(text, "/draw ", 6) != 0)
		return false;
	const char *wrong = draw_parse(&d, text + 6);
	if (wrong != NULL)
		log_error("data", "/draw: %s", wrong);
	else if (d.any && board_line_add(b, &d) == 0)
		a->node->open_apps = a->node->joined; /* it is opened by now */
	return true;
}

static int option(struct data_app *a, int val, const char *value)
{
	struct board_app *b = (struct board_app *)a;
	char *rest;
	b->wanted = true;
	if (val == OPT_DRAW) {
		a->node->o.no_input = true;
		return board_read_file(b, value);
	}
	if (val == OPT_WHITEBOARD) {
		b->file = value;
		return value[0] != '\0' ? 0 : PST_E_ARG;
	}
	const unsigned long v = strtoul(value, &rest, 10);
	b->drawers = (uint32_t)v;
	return rest != value && *rest == '\0' && v <= WHITEBOARD_USERS ? 0 : PST_E_ARG;
}

static int new (struct data_app **a)
{
	const struct whiteboard_config config = { 0 };
	struct board_app *b = calloc(1, sizeof *b);
	if (b == NULL)
		return PST_E_NOMEM;
	if (whiteboard_new(&b->board, &config) != 0) {
		free(b);
		return PST_E_NOMEM;
	}
	b->last_op = &b->ops;
	b->last_line = &b->lines;
	*a = &b->app;
	return 0;
}

static void board_app_free(struct data_app *a)
{
	struct board_app *b = (struct board_app *)a;
	board_write_changed(b, true);
	ops_free(b);
	board_lines_free(b);
	whiteboard_free(b->board);
	free(b);
}

static void usage(FILE *to, bool answer)
{
	(void)answer;
	fputs("  --whiteboard FILE    write the whiteboard as SVG, whenever it has changed\n"
	      "  --draw FILE          lines to draw: line, polygon, rect, ellipse, point, text, pointer, "
	      "page, clear\n"
	      "  --drawers N          draw nothing until N others have the whiteboard (default 0)\n",
		to);
}

static const struct option options[] = { { "whiteboard", required_argument, NULL, OPT_WHITEBOARD },
	{ "draw", required_argument, NULL, OPT_DRAW }, { "drawers", required_argument, NULL, OPT_DRAWERS },
	{ NULL, 0, NULL, 0 } };

const struct data_app_ops data_board_ops = {
	.key = T124_APP_WHITEBOARD,
	.name = "whiteboard",
	.options = options,
	.usage = usage,
	.option = option,
	.new = new,
	.wanted = wanted,
	.channel = channel,
	.data = data,
	.left = left,
	.roster = roster,
	.run = run,
	.line = line,
	.busy = busy,
	.free = board_app_free,
};
