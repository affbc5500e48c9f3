/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The session: who takes part, what they send, and when the board is complete. */
#include "conference/whiteboard_int.h"

#include <stdlib.h>
#include <utlist.h>

enum {
	KEPT_DEFAULT = 16 << 20,
	WIDTH = 1024,
	HEIGHT = 768,
	REFRESH_MS = 20000,
	BITMAP_MS = 15000,
	RECENT_MS = 10000
};
enum { RECENT_TICKS = 6, EVENT_OCTETS = 1 << 25 };

struct whiteboard_action *whiteboard_act(struct whiteboard *w, enum whiteboard_action_type type)
{
	struct whiteboard_action *a = ARENA_NEW(&w->arena, struct whiteboard_action);
	if (a == NULL)
		return NULL;
	a->type = type;
	if (w->last != NULL)
		w->last->next = a;
	else
		w->first = a;
	w->last = a;
	return a;
}

const struct whiteboard_action *whiteboard_actions(const struct whiteboard *w)
{
	return w->first;
}

static void begin(struct whiteboard *w)
{
	w->first = w->last = NULL;
	arena_reset(&w->arena);
}

void whiteboard_timer(struct whiteboard *w, enum whiteboard_timer timer, uint32_t ms)
{
	struct whiteboard_action *a =
		whiteboard_act(w, ms > 0 ? WHITEBOARD_TIMER_START : WHITEBOARD_TIMER_STOP);
	if (a == NULL)
		return;
	a->timer = timer;
	a->ms = ms;
}

static void trace(struct whiteboard *w, bool sent, const t126_pdu *m)
{
	char text[T126_STRLEN];
	struct whiteboard_action *a = w->tracing ? whiteboard_act(w, WHITEBOARD_TRACE) : NULL;
	if (a == NULL)
		return;
	t126_str(m, text);
	a->sent = sent;
	a->text = arena_dup(&w->arena, text, strlen(text) + 1);
	if (a->text == NULL)
		a->text = "";
}

void whiteboard_send(struct whiteboard *w, uint16_t channel, const t126_pdu *m)
{
	static const size_t most = T126_PDU_MAX;
	uint8_t *room = malloc(most);
	struct writer out = wr_of(room, most);
	if (room == NULL)
		return;
	trace(w, true, m);
	if (t126_encode(m, &out, NULL) == 0) {
		struct whiteboard_action *a = whiteboard_act(w, WHITEBOARD_SEND);
		const uint8_t *copy = a != NULL ? arena_dup(&w->arena, room, out.n) : NULL;
		if (copy != NULL) {
			a->channel = channel;
			a->uniform = channel == 0;
			a->octets = slice_of(copy, out.n);
			w->outstanding += channel == 0;
		}
	}
	free(room);
}

/* ---- its life */

int whiteboard_new(struct whiteboard **out, const struct whiteboard_config *config)
{
	struct whiteboard *w = calloc(1, sizeof *w);
	if (w == NULL)
		return PST_E_NOMEM;
	w->config = *config;
	if (w->config.kept_octets == 0)
		w->config.kept_octets = KEPT_DEFAULT;
	if (w->config.width == 0 || w->config.height == 0) {
		w->config.width = WIDTH;
		w->config.height = HEIGHT;
	}
	arena_init(&w->arena, EVENT_OCTETS);
	board_init(&w->board, config->limits.pages != 0 ? &config->limits : NULL);
	*out = w;
	return 0;
}

static void users_free(struct whiteboard *w)
{
	struct whiteboard_user *u, *next;
	DL_FOREACH_SAFE (w->users, u, next) {
		DL_DELETE(w->users, u);
		free(u);
	}
	w->n_users = 0;
	whiteboard_refresh_end(w);
}

void whiteboard_free(struct whiteboard *w)
{
	if (w == NULL)
		return;
	users_free(w);
	whiteboard_kept_free(w);
	whiteboard_draw_free(w);
	board_free(&w->board);
	arena_free(&w->arena);
	free(w);
}

void whiteboard_trace(struct whiteboard *w, bool on)
{
	w->tracing = on;
}

const struct board *whiteboard_board(const struct whiteboard *w)
{
	return &w->board;
}

bool whiteboard_complete(const struct whiteboard *w)
{
	return w->complete;
}

/* Only who has the board, or is alone, may become the refresher; or nobody has it any more. */
static void grab(struct whiteboard *w)
{
	if (w->ours || (!w->complete && w->users != NULL && !w->tried_again))
		return;
	struct whiteboard_action *a = whiteboard_act(w, WHITEBOARD_GRAB);
	if (a != NULL)
		a->token = WHITEBOARD_TOKEN;
}

static void board_reset(struct whiteboard *w)
{
	const struct board_limits limits = w->board.limits;
	board_free(&w->board);
	board_init(&w->board, &limits);
}

void whiteboard_ready(struct whiteboard *w, uint16_t user)
{
	begin(w);
	board_reset(w);
	w->user = user;
	w->refresher = w->source = 0;
	w->ours = w->complete = w->answered = w->tried_again = w->marking = false;
	w->outstanding = 0;
	w->n_handles = 0;
	w->asked = w->has_pointer = false;
	w->page = 1;
	w->page_made = 0;
	whiteboard_timer(w, WHITEBOARD_TIMER_REFRESH, REFRESH_MS);
}

void whiteboard_left(struct whiteboard *w)
{
	begin(w);
	w->user = 0;
	w->ours = false;
	w->outstanding = 0;
	users_free(w);
	whiteboard_kept_free(w);
	board_abandon(&w->board, 0);
	board_abandon(&w->board, 0); /* whatever came of them lately */
	for (unsigned i = 0; i < WHITEBOARD_TIMERS; i++)
		whiteboard_timer(w, i, 0);
	w->timer_bitmap = w->timer_recent = w->timer_send = false;
}

/* ---- complete or not */

static void complete(struct whiteboard *w, bool ok)
{
	if (w->complete)
		return;
	whiteboard_replay(w);
	w->complete = true;
	whiteboard_timer(w, WHITEBOARD_TIMER_REFRESH, 0);
	struct whiteboard_action *a = whiteboard_act(w, WHITEBOARD_COMPLETE);
	if (a != NULL)
		a->ok = ok;
}

/* What may go on now. */
static void run(struct whiteboard *w)
{
	if (w->user == 0)
		return;
	whiteboard_refresh_run(w);
	if (w->complete)
		whiteboard_draw_run(w);
	const bool bitmaps = board_unfinished(&w->board);
	if (bitmaps && !w->timer_bitmap) {
		w->timer_bitmap = true;
		whiteboard_timer(w, WHITEBOARD_TIMER_BITMAP, BITMAP_MS);
	}
}

void whiteboard_token(struct whiteboard *w, bool ours)
{
	begin(w);
	if (w->user == 0)
		return;
	if (ours && !w->ours) {
		w->refresher = w->user;
		complete(w, !w->answered); /* at once: nobody had it, we are the first */
		whiteboard_refresher(w);
	} else if (!ours && w->tried_again && !w->complete && w->refresher == 0) {
		complete(w, false); /* somebody has the token, and nobody refreshes */
	}
	w->answered = true;
	run(w);
}

/* ---- the others */

static struct whiteboard_user *user_of(struct whiteboard *w, uint16_t user)
{
	struct whiteboard_user *u;
	DL_FOREACH (w->users, u)
		if (u->user == user)
			return u;
	return NULL;
}

static bool is_in(uint16_t user, const uint16_t *users, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (users[i] == user)
			return true;
	return false;
}

static void came(struct whiteboard *w, uint16_t user)
{
	struct whiteboard_user *u = w->n_users < WHITEBOARD_USERS ? calloc(1, sizeof *u) : NULL;
	if (u == NULL)
		return;
	u->user = user;
	u->recent = RECENT_TICKS;
	DL_APPEND(w->users, u);
	w->n_users++;
	u->refresh = w->ours ? WHITEBOARD_WANTING : WHITEBOARD_FINE;
	if (!w->timer_recent)
		whiteboard_timer(w, WHITEBOARD_TIMER_RECENT, RECENT_MS);
	w->timer_recent = true;
}

static void went(struct whiteboard *w, struct whiteboard_user *u)
{
	board_abandon(&w->board, u->user);
	if (u->user == w->refresher)
		w->refresher = 0;
	DL_DELETE(w->users, u);
	w->n_users--;
	free(u);
}

void whiteboard_users(struct whiteboard *w, const uint16_t *users, unsigned n)
{
	struct whiteboard_user *u, *next;
	bool gone = false;
	begin(w);
	if (w->user == 0)
		return;
	DL_FOREACH_SAFE (w->users, u, next)
		if (!is_in(u->user, users, n)) {
			went(w, u);
			gone = true;
		}
	for (unsigned i = 0; i < n; i++)
		if (users[i] != w->user && user_of(w, users[i]) == NULL)
			came(w, users[i]);
	if (gone || !w->complete)
		grab(w); /* it may have been the refresher */
	run(w);
}

/* ---- data */

static void changed(struct whiteboard *w, const t126_pdu *m, uint16_t user, enum board_how how)
{
	const uint64_t before = w->board.changes;
	const int err = board_apply(&w->board, m, user, how);
	if (err == PST_E_LIMIT && m->choice == T126_SIPDU_BITMAP_CREATE_PDU && how == BOARD_LIVE) {
		struct t126_bitmap_abort_reason reason = { .choice = T126_BITMAP_ABORT_REASON_NO_RESOURCES };
		struct t126_bitmap_abort_pdu p = { .bitmap_handle = m->u.bitmap_create_pdu->bitmap_handle,
			.has_user_id = true,
			.user_id = w->user,
			.reason = &reason };
		whiteboard_send(w, user,
			&(t126_pdu){ .choice = T126_SIPDU_BITMAP_ABORT_PDU, .u.bitmap_abort_pdu = &p });
	}
	if (w->board.changes != before)
		whiteboard_act(w, WHITEBOARD_CHANGED);
}

/* On our own channel: a refresh, from whoever is the refresher. */
static void refreshed(struct whiteboard *w, const t126_pdu *m, uint16_t user)
{
	if (w->complete)
		return;
	whiteboard_timer(w, WHITEBOARD_TIMER_REFRESH, REFRESH_MS);
	if (w->source != user) /* another one went half way: this one begins anew */
		board_reset(w);
	w->source = user;
	if (m->choice != T126_SIPDU_WORKSPACE_REFRESH_STATUS_PDU) {
		changed(w, m, user, BOARD_REFRESH);
	} else if (m->u.workspace_refresh_status_pdu->refresh_status) {
		w->refresher = user;
		complete(w, true);
	}
}

/* A workspace that is not synchronized is ready when all have acknowledged it. */
static void acknowledge(struct whiteboard *w, const struct t126_workspace_create_pdu *p, uint16_t user)
{
	struct t126_workspace_create_acknowledge_pdu ack = { .workspace_identifier =
								     p->workspace_identifier };
	if (!p->synchronized && user != w->user)
		whiteboard_send(w, user,
			&(t126_pdu){ .choice = T126_SIPDU_WORKSPACE_CREATE_ACKNOWLEDGE_PDU,
				.u.workspace_create_acknowledge_pdu = &ack });
}

/* Here the refresher takes the board as it is: what was kept until now is in there. */
static void refresher_said(struct whiteboard *w, uint16_t user)
{
	w->refresher = user;
	if (user == w->user)
		whiteboard_refresh_mark(w);
	else if (!w->complete)
		whiteboard_kept_free(w);
}

static void live(struct whiteboard *w, const t126_pdu *m, uint16_t user, struct pst_slice octets)
{
	if (m->choice == T126_SIPDU_WORKSPACE_REFRESH_STATUS_PDU) {
		if (m->u.workspace_refresh_status_pdu->refresh_status)
			refresher_said(w, user);
		else if (w->refresher == user)
			w->refresher = 0;
		if (w->refresher == 0)
			grab(w);
		return;
	}
	if (m->choice == T126_SIPDU_WORKSPACE_CREATE_PDU)
		acknowledge(w, m->u.workspace_create_pdu, user);
	if (w->complete) {
		changed(w, m, user, BOARD_LIVE);
		return;
	}
	if (whiteboard_keep(w, user, octets) != 0)
		w->board.refused++;
}

void whiteboard_received(struct whiteboard *w, uint16_t user, uint16_t channel, struct pst_slice octets)
{
	t126_pdu m;
	begin(w);
	if (w->user == 0)
		return;
	const bool own = channel == w->user;
	if (user == w->user && !own && w->outstanding > 0)
		w->outstanding--;
	if (t126_decode(&m, octets, NULL, &w->arena, NULL) != 0)
		return;
	trace(w, false, &m);
	if (own)
		refreshed(w, &m, user);
	else
		live(w, &m, user, octets);
	run(w);
}

/* ---- time */

static void recent(struct whiteboard *w)
{
	struct whiteboard_user *u;
	bool more = false;
	DL_FOREACH (w->users, u) {
		u->recent -= u->recent > 0;
		more = more || u->recent > 0;
	}
	w->timer_recent = more;
	if (more)
		whiteboard_timer(w, WHITEBOARD_TIMER_RECENT, RECENT_MS);
}

void whiteboard_timeout(struct whiteboard *w, enum whiteboard_timer timer)
{
	begin(w);
	if (w->user == 0)
		return;
	switch (timer) {
	case WHITEBOARD_TIMER_REFRESH:
		if (w->complete)
			break;
		if (w->tried_again) {
			complete(w, false);
			break;
		}
		w->tried_again = true;
		w->refresher = 0;
		whiteboard_timer(w, WHITEBOARD_TIMER_REFRESH, REFRESH_MS);
		grab(w);
		break;
	case WHITEBOARD_TIMER_SEND: w->timer_send = false; break;
	case WHITEBOARD_TIMER_BITMAP:
		w->timer_bitmap = false;
		board_abandon(&w->board, 0);
		break;
	case WHITEBOARD_TIMER_RECENT: recent(w); break;
	default: break;
	}
	run(w);
}
