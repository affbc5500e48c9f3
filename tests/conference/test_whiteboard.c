/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whiteboards of up to six users about one top provider, which is simulated: it has one order for what goes
 * to all, gives out handles and a token, and tells who is there. Queues to and from it move in random order.
 * The seed is printed; PST_TEST_SEED repeats a run.
 */
/* cmocka wants these before it */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <time.h>
#include <utlist.h>

#include "conference/whiteboard.h"

enum { NODES = 6, ROUNDS = 60, STEPS = 400, USER = 1001 };
enum what { READY, ENROL, DATA, HANDLES, TOKEN, USERS };

struct event {
	struct event *prev, *next;
	enum what what;
	uint16_t user, channel;
	bool uniform, ok;
	uint32_t first, count;
	size_t n;
	uint8_t octets[];
};

struct node {
	struct whiteboard *w;
	struct event *up, *down;
	bool in, enrolled, timers[WHITEBOARD_TIMERS], completed, ok;
	uint16_t user;
};

struct hub {
	uint64_t rng;
	struct node nodes[NODES];
	uint16_t token; /* whose it is */
	uint32_t handle;
	uint16_t next_user;
	struct whiteboard_config config;
};

static uint64_t seed;

static uint32_t dice(struct hub *h, uint32_t n)
{
	h->rng = h->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(h->rng >> 33) % n;
}

static struct event *push(struct event **queue, enum what what, struct pst_slice octets)
{
	struct event *e = calloc(1, sizeof *e + octets.n);
	assert_non_null(e);
	e->what = what;
	e->n = octets.n;
	if (octets.n > 0)
		memcpy(e->octets, octets.p, octets.n);
	DL_APPEND(*queue, e);
	return e;
}

static void drop(struct event **queue)
{
	struct event *e, *next;
	DL_FOREACH_SAFE (*queue, e, next) {
		DL_DELETE(*queue, e);
		free(e);
	}
}

/* ---- a node */

static void carry_out(struct node *n)
{
	for (const struct whiteboard_action *a = whiteboard_actions(n->w); a != NULL; a = a->next) {
		struct event *e;
		switch (a->type) {
		case WHITEBOARD_SEND:
			e = push(&n->up, DATA, a->octets);
			e->channel = a->channel;
			e->uniform = a->uniform;
			break;
		case WHITEBOARD_HANDLES: push(&n->up, HANDLES, slice_of(NULL, 0))->count = a->count; break;
		case WHITEBOARD_GRAB:
			assert_int_equal(a->token, 9);
			push(&n->up, TOKEN, slice_of(NULL, 0));
			break;
		case WHITEBOARD_TIMER_START: n->timers[a->timer] = true; break;
		case WHITEBOARD_TIMER_STOP: n->timers[a->timer] = false; break;
		case WHITEBOARD_COMPLETE:
			assert_false(n->completed);
			n->completed = true;
			n->ok = a->ok;
			break;
		default: break;
		}
	}
}

static void node_take(struct node *n, const struct event *e)
{
	switch (e->what) {
	case READY:
		whiteboard_ready(n->w, n->user);
		carry_out(n);
		push(&n->up, ENROL, slice_of(NULL, 0));
		return;
	case DATA: whiteboard_received(n->w, e->user, e->channel, slice_of(e->octets, e->n)); break;
	case HANDLES: whiteboard_handles(n->w, e->first, e->count); break;
	case TOKEN: whiteboard_token(n->w, e->ok); break;
	case USERS:
		whiteboard_users(n->w, (const uint16_t *)(const void *)e->octets, (unsigned)(e->n / 2));
		break;
	default: break;
	}
	carry_out(n);
}

static void fire(struct node *n, enum whiteboard_timer timer)
{
	n->timers[timer] = false;
	whiteboard_timeout(n->w, timer);
	carry_out(n);
}

/* ---- the top */

static void tell_users(struct hub *h)
{
	for (unsigned i = 0; i < NODES; i++) {
		uint16_t users[NODES];
		unsigned n = 0;
		for (unsigned k = 0; k < NODES; k++)
			if (k != i && h->nodes[k].in && h->nodes[k].enrolled)
				users[n++] = h->nodes[k].user;
		if (h->nodes[i].in)
			push(&h->nodes[i].down, USERS, slice_of(users, n * sizeof users[0]));
	}
}

static void top_take(struct hub *h, struct node *from, const struct event *e)
{
	switch (e->what) {
	case ENROL:
		from->enrolled = true;
		tell_users(h);
		break;
	case DATA:
		for (unsigned i = 0; i < NODES; i++) {
			struct node *to = &h->nodes[i];
			if (!to->in || (e->channel != 0 ? to->user != e->channel : to == from && !e->uniform))
				continue;
			struct event *d = push(&to->down, DATA, slice_of(e->octets, e->n));
			d->user = from->user;
			d->channel = e->channel != 0 ? e->channel : 1;
		}
		break;
	case HANDLES: {
		struct event *d = push(&from->down, HANDLES, slice_of(NULL, 0));
		d->first = h->handle;
		d->count = e->count;
		h->handle += e->count;
		break;
	}
	case TOKEN:
		if (h->token == 0)
			h->token = from->user;
		push(&from->down, TOKEN, slice_of(NULL, 0))->ok = h->token == from->user;
		break;
	default: break;
	}
}

static void enter(struct hub *h, unsigned i)
{
	struct node *n = &h->nodes[i];
	if (n->w == NULL)
		assert_int_equal(whiteboard_new(&n->w, &h->config), 0);
	n->user = h->next_user++;
	n->in = true;
	n->completed = n->ok = false;
	push(&n->down, READY, slice_of(NULL, 0));
}

static void leave(struct hub *h, unsigned i)
{
	struct node *n = &h->nodes[i];
	n->in = n->enrolled = false;
	drop(&n->up);
	drop(&n->down);
	if (h->token == n->user)
		h->token = 0;
	whiteboard_left(n->w);
	carry_out(n);
	tell_users(h);
}

/* Delivers one event of a random queue. False: there is none. */
static bool step(struct hub *h)
{
	struct event *e;
	const unsigned from = dice(h, 2 * NODES);
	for (unsigned k = 0; k < 2 * NODES; k++) {
		struct node *n = &h->nodes[(from + k) % NODES];
		struct event **queue = (from + k) / NODES % 2 == 0 ? &n->up : &n->down;
		if (*queue == NULL)
			continue;
		e = *queue;
		DL_DELETE(*queue, e);
		if (queue == &n->up)
			top_take(h, n, e);
		else
			node_take(n, e);
		free(e);
		return true;
	}
	return false;
}

static void settle(struct hub *h)
{
	bool more = true;
	while (more) {
		more = false;
		while (step(h))
			;
		for (unsigned i = 0; i < NODES; i++)
			if (h->nodes[i].in && h->nodes[i].timers[WHITEBOARD_TIMER_SEND]) {
				fire(&h->nodes[i], WHITEBOARD_TIMER_SEND);
				more = true;
			}
	}
}

static void hub_init(struct hub *h, uint64_t s)
{
	*h = (struct hub){ .rng = s, .handle = 100, .next_user = USER };
}

static void hub_free(struct hub *h)
{
	for (unsigned i = 0; i < NODES; i++) {
		drop(&h->nodes[i].up);
		drop(&h->nodes[i].down);
		whiteboard_free(h->nodes[i].w);
	}
}

/* ---- what is looked at */

struct string {
	char *p;
	size_t n, cap;
};

static void append(void *arg, const char *text, size_t n)
{
	struct string *s = arg;
	if (s->n + n + 1 > s->cap) {
		s->cap = (s->n + n + 1) * 2;
		s->p = realloc(s->p, s->cap);
		assert_non_null(s->p);
	}
	memcpy(s->p + s->n, text, n);
	s->n += n;
	s->p[s->n] = '\0';
}

static char *svg(const struct node *n)
{
	struct string s = { 0 };
	board_svg(whiteboard_board(n->w), append, &s);
	return s.p;
}

static void all_equal(const struct hub *h, uint64_t s)
{
	char *first = NULL;
	for (unsigned i = 0; i < NODES; i++) {
		if (!h->nodes[i].in)
			continue;
		assert_true(h->nodes[i].completed);
		char *one = svg(&h->nodes[i]);
		size_t at = 0;
		while (first != NULL && one[at] != '\0' && one[at] == first[at])
			at++;
		if (first != NULL && strcmp(one, first) != 0)
			fail_msg("seed 0x%llx: node %u has at %zu\n%.300s\nand not\n%.300s",
				(unsigned long long)s, i, at, one + (at > 100 ? at - 100 : 0),
				first + (at > 100 ? at - 100 : 0));
		if (first == NULL)
			first = one;
		else
			free(one);
	}
	free(first);
}

/* ---- what is drawn */

static struct whiteboard_shape line_of(int32_t x, int32_t y, int32_t x2, int32_t y2)
{
	return (struct whiteboard_shape){ .type = WHITEBOARD_LINE,
		.points = { { x, y }, { x2, y2 } },
		.n_points = 2,
		.pen_rgb = 0xff0010,
		.width = 2 };
}

static void draw(struct node *n, const struct whiteboard_shape *s)
{
	assert_int_equal(whiteboard_draw(n->w, s), 0);
	carry_out(n);
}

static void raw(struct node *n, const t126_pdu *m)
{
	static uint8_t room[T126_PDU_MAX];
	struct writer w = wr_of(room, sizeof room);
	assert_int_equal(t126_encode(m, &w, NULL), 0);
	push(&n->up, DATA, wr_slice(&w))->uniform = true;
}

static void draw_any(struct hub *h, struct node *n)
{
	struct whiteboard_shape s = {
		.pen_rgb = dice(h, 1 << 24), .width = (uint8_t)(1 + dice(h, 9)), .text = "a <b> & \"c\""
	};
	s.type = dice(h, 9) % (WHITEBOARD_CLEAR + 1);
	if (s.type == WHITEBOARD_CLEAR && dice(h, 3) != 0)
		s.type = WHITEBOARD_LINE;
	s.n_points = s.type <= WHITEBOARD_POLYGON   ? 2 + dice(h, 40)
		     : s.type <= WHITEBOARD_ELLIPSE ? 2
		     : s.type <= WHITEBOARD_POINTER ? 1
						    : 0;
	for (uint32_t i = 0; i < s.n_points; i++)
		s.points[i] = (struct board_point){ (int32_t)dice(h, 1024), (int32_t)dice(h, 768) };
	s.page = 1 + dice(h, 3);
	s.fill = dice(h, 2) != 0;
	s.style = dice(h, T126_LINE_STYLE_NON_STANDARD_STYLE);
	s.highlight = dice(h, 4) == 0;
	draw(n, &s);
}

/* An edit, a deletion, or something without a handle: of a random object that N knows. */
static void change_any(struct hub *h, struct node *n)
{
	const struct board *b = whiteboard_board(n->w);
	const struct board_page *p = board_page_at(b, dice(h, 2));
	struct t126_drawing_attribute v = { T126_DRAWING_ATTRIBUTE_Z_ORDER, { .z_order = dice(h, 2) } };
	if (p == NULL)
		return;
	const struct board_object *o = p->objects;
	for (unsigned k = dice(h, 8); k > 0 && o != NULL; k--)
		o = o->next;
	if (o == NULL)
		return;
	if (dice(h, 4) == 0) {
		struct t126_soft_copy_data_plane_address to = { p->handle, 0 };
		struct t126_drawing_create_pdu m = { .destination_address = { .u.soft_copy_annotation_plane =
										      &to },
			.anchor_point = { dice(h, 4), dice(h, 4) } };
		raw(n, &(t126_pdu){ .choice = T126_SIPDU_DRAWING_CREATE_PDU, .u.drawing_create_pdu = &m });
	} else if (o->kind == BOARD_DRAWING && o->has_handle && dice(h, 3) != 0) {
		struct t126_workspace_point at = { dice(h, 1000), dice(h, 700) };
		struct t126_point_list_edit edit = { .initial_index = dice(h, 3),
			.initial_point_edit = { 9, -9 } };
		struct t126_drawing_edit_pdu m = { .drawing_handle = o->handle, .anchor_point_edit = &at };
		m.has_attribute_edits = dice(h, 2) != 0;
		m.attribute_edits.n = 1;
		m.attribute_edits.v = &v;
		m.has_point_list_edits = dice(h, 2) != 0;
		m.point_list_edits.n = 1;
		m.point_list_edits.v = &edit;
		raw(n, &(t126_pdu){ .choice = T126_SIPDU_DRAWING_EDIT_PDU, .u.drawing_edit_pdu = &m });
	} else if (o->kind == BOARD_DRAWING && o->has_handle) {
		struct t126_drawing_delete_pdu m = { .drawing_handle = o->handle };
		raw(n, &(t126_pdu){ .choice = T126_SIPDU_DRAWING_DELETE_PDU, .u.drawing_delete_pdu = &m });
	}
}

/* ---- a bitmap in pieces */

static void bitmap_begin(struct node *n, uint32_t page, uint32_t handle, struct pst_slice data)
{
	struct t126_color_space_greyscale grey = { 0 };
	struct t126_uncompressed_direct_map map = { .color_space = { T126_COLOR_SPACE_SPECIFIER_GREYSCALE,
							    { .greyscale = &grey } } };
	struct t126_bitmap_header_uncompressed head = { .color_mapping_mode = { 0, { .direct_map = &map } } };
	struct t126_soft_copy_data_plane_address to = { page, 0 };
	struct t126_bitmap_data d = { .data = data };
	struct t126_bitmap_create_pdu m = { .bitmap_handle = handle,
		.destination_address = { T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_ANNOTATION_PLANE,
			{ .soft_copy_annotation_plane = &to } },
		.bitmap_size = { 4, 4 },
		.bitmap_format_header = { 0, { .bitmap_header_uncompressed = &head } },
		.bitmap_data = &d,
		.more_to_follow = true };
	raw(n, &(t126_pdu){ .choice = T126_SIPDU_BITMAP_CREATE_PDU, .u.bitmap_create_pdu = &m });
}

static void bitmap_more(struct node *n, uint32_t handle, struct pst_slice data, bool more)
{
	struct t126_bitmap_create_continue_pdu m = {
		.bitmap_handle = handle, .bitmap_data = { .data = data }, .more_to_follow = more
	};
	raw(n, &(t126_pdu){
		       .choice = T126_SIPDU_BITMAP_CREATE_CONTINUE_PDU, .u.bitmap_create_continue_pdu = &m });
}

/* ---- tests */

static void test_first(void **state)
{
	(void)state;
	struct hub h;
	struct whiteboard_shape s = line_of(10, 10, 200, 50);
	hub_init(&h, seed);
	enter(&h, 0);
	settle(&h);
	assert_true(h.nodes[0].completed && h.nodes[0].ok);
	assert_false(whiteboard_busy(h.nodes[0].w));
	draw(&h.nodes[0], &s);
	assert_true(whiteboard_busy(h.nodes[0].w));
	settle(&h);
	assert_false(whiteboard_busy(h.nodes[0].w));
	char *text = svg(&h.nodes[0]);
	if (strstr(text, "<polyline id=\"o101\" points=\"10,10 200,50\" fill=\"none\" stroke=\"#ff0010\" "
			 "stroke-width=\"2\"") == NULL)
		fail_msg("%s", text);
	free(text);
	hub_free(&h);
}

/* All drew at random, some came late, some went, the refresher too: in the end all have the same. */
static void test_random(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		struct hub h;
		hub_init(&h, seed + round);
		if (round % 3 == 2) /* full boards too */
			h.config.limits = (struct board_limits){ 2, 15, 30000 };
		enter(&h, 0);
		for (unsigned i = 0; i < STEPS; i++) {
			const unsigned k = dice(&h, NODES);
			struct node *n = &h.nodes[k];
			const unsigned what = dice(&h, 100);
			if (what < 4 && !n->in)
				enter(&h, k);
			else if (what == 4 && n->in && n->completed)
				leave(&h, k);
			else if (what < 15 && n->in)
				draw_any(&h, n);
			else if (what < 25 && n->in && n->completed)
				change_any(&h, n);
			else
				for (unsigned j = dice(&h, 6); j > 0; j--)
					step(&h);
		}
		settle(&h);
		/* where all who had the board went, the others wait for time */
		for (unsigned i = 0; i < 2 * NODES; i++) {
			struct node *n = &h.nodes[i % NODES];
			if (n->in && !n->completed)
				fire(n, WHITEBOARD_TIMER_REFRESH);
			settle(&h);
		}
		all_equal(&h, seed + round);
		hub_free(&h);
	}
}

/* Who comes while a bitmap is on its way gets all of it, in its place between the others. */
static void test_bitmap(void **state)
{
	(void)state;
	static const uint8_t grey[16] = { 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224,
		240 };
	struct hub h;
	struct whiteboard_shape s = line_of(0, 0, 9, 9);
	hub_init(&h, seed);
	enter(&h, 0);
	draw(&h.nodes[0], &(struct whiteboard_shape){ .type = WHITEBOARD_PAGE, .page = 1 });
	settle(&h);
	draw(&h.nodes[0], &s);
	settle(&h);
	const uint32_t page = board_page_at(whiteboard_board(h.nodes[0].w), 0)->handle;
	bitmap_begin(&h.nodes[0], page, 7, slice_of(grey, 4));
	draw(&h.nodes[0], &s);
	settle(&h);
	enter(&h, 1);
	settle(&h);
	all_equal(&h, seed);
	bitmap_more(&h.nodes[0], 7, slice_of(grey + 4, 8), true);
	settle(&h);
	bitmap_more(&h.nodes[0], 7, slice_of(grey + 12, 4), false);
	settle(&h);
	all_equal(&h, seed);
	char *text = svg(&h.nodes[1]);
	if (strstr(text, "<image width=\"4\" height=\"4\" href=\"data:image/png;base64,iVBORw0KGgo") == NULL)
		fail_msg("%s", text);
	free(text);
	/* one that never ends is given up in time */
	bitmap_begin(&h.nodes[0], page, 8, slice_of(grey, 4));
	settle(&h);
	enter(&h, 2);
	settle(&h);
	const uint32_t objects = whiteboard_board(h.nodes[0].w)->n_objects;
	for (unsigned k = 0; k < 2; k++)
		for (unsigned i = 0; i < 3; i++) {
			assert_true(h.nodes[i].timers[WHITEBOARD_TIMER_BITMAP]);
			fire(&h.nodes[i], WHITEBOARD_TIMER_BITMAP);
		}
	for (unsigned i = 0; i < 3; i++) {
		assert_false(h.nodes[i].timers[WHITEBOARD_TIMER_BITMAP]);
		assert_int_equal(whiteboard_board(h.nodes[i].w)->n_objects, objects - 1);
	}
	all_equal(&h, seed);
	hub_free(&h);
}

/* Nobody refreshes: the board is taken as it is, after its time, and says so. */
static void test_alone_with_the_token_gone(void **state)
{
	(void)state;
	struct hub h;
	struct whiteboard_shape s = line_of(0, 0, 9, 9);
	hub_init(&h, seed);
	h.token = 999; /* somebody's who does nothing */
	enter(&h, 0);
	draw(&h.nodes[0], &(struct whiteboard_shape){ .type = WHITEBOARD_PAGE, .page = 1 });
	settle(&h);
	assert_false(h.nodes[0].completed);
	draw(&h.nodes[0], &s);
	fire(&h.nodes[0], WHITEBOARD_TIMER_REFRESH);
	settle(&h);
	assert_true(h.nodes[0].completed && !h.nodes[0].ok);
	assert_int_equal(whiteboard_board(h.nodes[0].w)->n_objects, 1);
	hub_free(&h);
}

/* ---- one whiteboard, and others that are of another make */

enum { ME = 1001, PEER = 1002, THIRD = 1003, SESSION = 1 };

static void tell(struct whiteboard *w, uint16_t user, uint16_t channel, const t126_pdu *m)
{
	static uint8_t room[T126_PDU_MAX];
	struct writer out = wr_of(room, sizeof room);
	assert_int_equal(t126_encode(m, &out, NULL), 0);
	whiteboard_received(w, user, channel, wr_slice(&out));
}

static void tell_page(struct whiteboard *w, uint16_t user, uint16_t channel, bool synchronized)
{
	struct t126_plane_usage usage = { .choice = T126_PLANE_USAGE_ANNOTATION };
	struct t126_workspace_plane plane = { .editable = true };
	struct t126_workspace_create_pdu p = { .workspace_identifier = { .u.active_workspace = 5 },
		.synchronized = synchronized,
		.workspace_size = { 100, 100 } };
	plane.usage.n = 1;
	plane.usage.v = &usage;
	p.plane_parameters.n = 1;
	p.plane_parameters.v = &plane;
	tell(w, user, channel,
		&(t126_pdu){ .choice = T126_SIPDU_WORKSPACE_CREATE_PDU, .u.workspace_create_pdu = &p });
}

static void tell_dot(struct whiteboard *w, uint16_t user, uint16_t channel, uint32_t handle)
{
	struct t126_soft_copy_data_plane_address to = { 5, 0 };
	struct t126_drawing_create_pdu p = { .has_drawing_handle = true,
		.drawing_handle = handle,
		.destination_address = { .u.soft_copy_annotation_plane = &to } };
	tell(w, user, channel,
		&(t126_pdu){ .choice = T126_SIPDU_DRAWING_CREATE_PDU, .u.drawing_create_pdu = &p });
}

static void tell_status(struct whiteboard *w, uint16_t user, uint16_t channel)
{
	struct t126_workspace_refresh_status_pdu p = { .refresh_status = true };
	tell(w, user, channel,
		&(t126_pdu){ .choice = T126_SIPDU_WORKSPACE_REFRESH_STATUS_PDU,
			.u.workspace_refresh_status_pdu = &p });
}

static const struct whiteboard_action *done(const struct whiteboard *w, enum whiteboard_action_type type)
{
	const struct whiteboard_action *a = whiteboard_actions(w);
	while (a != NULL && a->type != type)
		a = a->next;
	return a;
}

static struct whiteboard *alone(const struct whiteboard_config *config)
{
	static const uint16_t users[] = { PEER, THIRD };
	struct whiteboard *w;
	assert_int_equal(whiteboard_new(&w, config), 0);
	whiteboard_ready(w, ME);
	whiteboard_users(w, users, 2);
	assert_null(done(w, WHITEBOARD_GRAB)); /* others have the board */
	return w;
}

/* A refresher that does not mark its place first. What comes from it later on our own channel is passed over.
 */
static void test_another_refresher(void **state)
{
	(void)state;
	struct whiteboard *w = alone(&(struct whiteboard_config){ 0 });
	tell_dot(w, THIRD, SESSION, 8);
	tell_page(w, PEER, ME, true);
	tell_dot(w, PEER, ME, 7);
	assert_int_equal(whiteboard_board(w)->n_objects, 1);
	tell_status(w, PEER, ME);
	const struct whiteboard_action *a = done(w, WHITEBOARD_COMPLETE);
	assert_true(a != NULL && a->ok);
	assert_int_equal(whiteboard_board(w)->n_objects, 2);
	tell_dot(w, PEER, ME, 9);
	assert_int_equal(whiteboard_board(w)->n_objects, 2);
	whiteboard_free(w);
}

/* One goes half way, the other begins anew. */
static void test_two_refreshers(void **state)
{
	(void)state;
	static const uint16_t users[] = { THIRD };
	struct whiteboard *w = alone(&(struct whiteboard_config){ 0 });
	tell_status(w, PEER, SESSION);
	tell_page(w, PEER, ME, true);
	tell_dot(w, PEER, ME, 7);
	whiteboard_users(w, users, 1);
	tell_dot(w, THIRD, SESSION, 8); /* before the mark: in the board that comes, or gone from it */
	tell_status(w, THIRD, SESSION);
	tell_status(w, THIRD, ME); /* nothing is left of it */
	assert_non_null(done(w, WHITEBOARD_COMPLETE));
	assert_int_equal(whiteboard_board(w)->n_objects, 0);
	assert_int_equal(whiteboard_board(w)->n_pages, 0);
	whiteboard_free(w);
}

/* A workspace that is not synchronized is acknowledged to who made it; one that is, is not. */
static void test_acknowledge(void **state)
{
	(void)state;
	struct whiteboard *w = alone(&(struct whiteboard_config){ 0 });
	tell_page(w, PEER, SESSION, true);
	assert_null(done(w, WHITEBOARD_SEND));
	tell_page(w, PEER, SESSION, false);
	const struct whiteboard_action *a = done(w, WHITEBOARD_SEND);
	assert_true(a != NULL && a->channel == PEER && !a->uniform && a->octets.n == 3 &&
		    memcmp(a->octets.p, "\x58\x00\x05", 3) == 0);
	whiteboard_free(w);
}

/* There is no room for a bitmap: who sends it is told. */
static void test_no_room(void **state)
{
	(void)state;
	struct hub h;
	hub_init(&h, seed);
	h.config.limits = (struct board_limits){ 1, 1, 1 << 16 };
	struct whiteboard_shape s = line_of(0, 0, 9, 9);
	enter(&h, 0);
	enter(&h, 1);
	settle(&h);
	draw(&h.nodes[0], &s);
	settle(&h);
	bitmap_begin(&h.nodes[0], board_page_at(whiteboard_board(h.nodes[0].w), 0)->handle, 7,
		slice_of("abcd", 4));
	while (h.nodes[1].up == NULL && step(&h))
		;
	assert_non_null(h.nodes[1].up);
	assert_int_equal(h.nodes[1].up->channel, h.nodes[0].user);
	assert_int_equal(h.nodes[1].up->octets[0] >> 2, T126_SIPDU_BITMAP_ABORT_PDU);
	settle(&h);
	all_equal(&h, seed);
	hub_free(&h);
}

/* Its limits: what is kept, what is drawn, what is refused. */
static void test_limits(void **state)
{
	(void)state;
	struct hub h;
	struct whiteboard_shape s = line_of(0, 0, 9, 9);
	hub_init(&h, seed);
	h.config.limits = (struct board_limits){ .pages = 2, .objects = 3, .octets = 1 << 16 };
	enter(&h, 0);
	settle(&h);
	for (unsigned i = 0; i < 5; i++)
		draw(&h.nodes[0], &s);
	draw(&h.nodes[0], &(struct whiteboard_shape){ .type = WHITEBOARD_PAGE, .page = 200 });
	draw(&h.nodes[0], &s);
	settle(&h);
	assert_false(whiteboard_busy(h.nodes[0].w));
	const struct board *b = whiteboard_board(h.nodes[0].w);
	assert_int_equal(b->n_objects, 3);
	assert_int_equal(b->n_pages, 2);
	assert_true(b->refused > 2 && b->octets <= 1 << 16);
	assert_int_equal(whiteboard_draw(h.nodes[0].w,
				 &(struct whiteboard_shape){ .type = WHITEBOARD_PAGE, .page = 257 }),
		PST_E_RANGE);
	s = line_of(0, 0, 43690, 0);
	assert_int_equal(whiteboard_draw(h.nodes[0].w, &s), PST_E_RANGE);
	s = line_of(-21846, 0, 0, 0);
	assert_int_equal(whiteboard_draw(h.nodes[0].w, &s), PST_E_RANGE);
	s.n_points = 1;
	assert_int_equal(whiteboard_draw(h.nodes[0].w, &s), PST_E_BAD);
	s = (struct whiteboard_shape){ .type = WHITEBOARD_TEXT, .n_points = 1, .text = "\xe2\x82\xac" };
	assert_int_equal(whiteboard_draw(h.nodes[0].w, &s), PST_E_BAD); /* not ISO/IEC 8859-1 */
	hub_free(&h);
}

/* What is no SIPDU, or another's, changes nothing and breaks nothing. */
static void test_hostile(void **state)
{
	(void)state;
	struct hub h;
	hub_init(&h, seed);
	enter(&h, 0);
	enter(&h, 1);
	settle(&h);
	draw_any(&h, &h.nodes[0]);
	settle(&h);
	char *before = svg(&h.nodes[0]);
	for (unsigned i = 0; i < 2000; i++) {
		uint8_t junk[40];
		const size_t n = dice(&h, sizeof junk);
		for (size_t k = 0; k < n; k++)
			junk[k] = (uint8_t)dice(&h, 256);
		struct event *e = push(&h.nodes[1].up, DATA, slice_of(junk, n));
		e->channel = dice(&h, 2) == 0 ? h.nodes[0].user : 0;
		settle(&h);
	}
	all_equal(&h, seed);
	free(before);
	hub_free(&h);
}

int main(void)
{
	const char *given = getenv("PST_TEST_SEED");
	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
	printf("# PST_TEST_SEED=0x%llx\n", (unsigned long long)seed);
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_first), cmocka_unit_test(test_random),
		cmocka_unit_test(test_bitmap), cmocka_unit_test(test_alone_with_the_token_gone),
		cmocka_unit_test(test_another_refresher), cmocka_unit_test(test_two_refreshers),
		cmocka_unit_test(test_acknowledge), cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_hostile) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
