/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refreshing who comes late, and what is kept by who is refreshed. */
#include <stdlib.h>
#include <utlist.h>

#include "conference/whiteboard_int.h"

enum { PIECE = 256 << 10, SEND_MS = 100, LENGTH = 4 };

/* ---- a row of PDUs */

static int row_add(struct whiteboard_pdus *row, const t126_pdu *m)
{
	const size_t least = row->n + LENGTH + T126_PDU_MAX;
	if (row->cap < least) {
		uint8_t *more = realloc(row->p, least * 2);
		if (more == NULL)
			return PST_E_NOMEM;
		row->p = more;
		row->cap = least * 2;
	}
	struct writer w = wr_of(row->p + row->n, row->cap - row->n);
	wr_u32(&w, 0);
	const int err = t126_encode(m, &w, NULL);
	if (err != 0)
		return err;
	const uint32_t n = (uint32_t)(w.n - LENGTH);
	w.n = 0;
	wr_u32(&w, n);
	row->n += LENGTH + n;
	return 0;
}

static bool row_take(const struct whiteboard_pdus *row, size_t *at, struct pst_slice *pdu)
{
	if (*at == row->n)
		return false;
	const uint8_t *p = row->p + *at;
	const size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	*pdu = slice_of(p + LENGTH, n);
	*at += LENGTH + n;
	return true;
}

/* ---- giving a refresh */

/* What of a peer's cannot be said again is left out. */
static int add(void *arg, const t126_pdu *m)
{
	const int err = row_add(arg, m);
	return err == PST_E_NOMEM ? err : 0;
}

static t126_pdu status(struct t126_workspace_refresh_status_pdu *p)
{
	p->refresh_status = true;
	return (t126_pdu){ .choice = T126_SIPDU_WORKSPACE_REFRESH_STATUS_PDU,
		.u.workspace_refresh_status_pdu = p };
}

static unsigned change(struct whiteboard *w, unsigned from, unsigned to)
{
	struct whiteboard_user *u;
	unsigned n = 0;
	DL_FOREACH (w->users, u)
		if (u->refresh == from) {
			u->refresh = to;
			u->at = 0;
			n++;
		}
	return n;
}

/* Says that we are the refresher, for those who want to be refreshed by now. */
static void mark(struct whiteboard *w)
{
	struct t126_workspace_refresh_status_pdu p = { 0 };
	const t126_pdu m = status(&p);
	change(w, WHITEBOARD_WANTING, WHITEBOARD_MARKED);
	w->marking = true;
	whiteboard_send(w, 0, &m);
}

void whiteboard_refresher(struct whiteboard *w)
{
	struct whiteboard_user *u;
	w->ours = true;
	DL_FOREACH (w->users, u)
		if (u->recent > 0) /* who had it before may not have come so far */
			u->refresh = WHITEBOARD_WANTING;
	mark(w);
}

/* Where there is no memory, who waits finds its own way by time. */
void whiteboard_refresh_mark(struct whiteboard *w)
{
	struct t126_workspace_refresh_status_pdu p = { 0 };
	const t126_pdu last = status(&p);
	if (!w->marking)
		return;
	w->marking = false;
	if (change(w, WHITEBOARD_MARKED, WHITEBOARD_BEGUN) > 0 &&
		(board_write(&w->board, add, &w->row) != 0 || row_add(&w->row, &last) != 0))
		whiteboard_refresh_end(w);
}

void whiteboard_refresh_end(struct whiteboard *w)
{
	change(w, WHITEBOARD_BEGUN, WHITEBOARD_FINE);
	free(w->row.p);
	w->row = (struct whiteboard_pdus){ 0 };
}

static void send_octets(struct whiteboard *w, uint16_t channel, struct pst_slice octets)
{
	struct whiteboard_action *a = whiteboard_act(w, WHITEBOARD_SEND);
	const uint8_t *copy = a != NULL ? arena_dup(&w->arena, octets.p, octets.n) : NULL;
	if (copy == NULL)
		return;
	a->channel = channel;
	a->octets = slice_of(copy, octets.n);
}

/* False: enough for now. */
static bool send_row(struct whiteboard *w)
{
	struct whiteboard_user *u;
	size_t sent = 0;
	DL_FOREACH (w->users, u) {
		struct pst_slice pdu;
		if (u->refresh != WHITEBOARD_BEGUN)
			continue;
		while (sent < PIECE && row_take(&w->row, &u->at, &pdu)) {
			send_octets(w, u->user, pdu);
			sent += pdu.n;
		}
		if (u->at < w->row.n)
			return false;
		u->refresh = WHITEBOARD_FINE;
	}
	return true;
}

/* A row is sent whole before the next mark is made: so who gets it knows which mark is its own. */
void whiteboard_refresh_run(struct whiteboard *w)
{
	struct whiteboard_user *u;
	if (!w->ours || w->timer_send || w->marking)
		return;
	if (w->row.p != NULL && !send_row(w)) {
		w->timer_send = true;
		whiteboard_timer(w, WHITEBOARD_TIMER_SEND, SEND_MS);
		return;
	}
	whiteboard_refresh_end(w);
	DL_FOREACH (w->users, u)
		if (u->refresh == WHITEBOARD_WANTING) {
			mark(w);
			return;
		}
}

/* ---- getting one */

int whiteboard_keep(struct whiteboard *w, uint16_t user, struct pst_slice octets)
{
	const size_t n = sizeof(struct whiteboard_kept) + octets.n;
	if (n > w->config.kept_octets - w->n_kept)
		return PST_E_LIMIT;
	struct whiteboard_kept *k = malloc(n);
	if (k == NULL)
		return PST_E_NOMEM;
	k->user = user;
	k->n = octets.n;
	memcpy(k->octets, octets.p, octets.n);
	DL_APPEND(w->kept, k);
	w->n_kept += n;
	return 0;
}

void whiteboard_replay(struct whiteboard *w)
{
	struct whiteboard_kept *k;
	const uint64_t before = w->board.changes;
	DL_FOREACH (w->kept, k) {
		struct arena a;
		t126_pdu m;
		arena_init(&a, 0);
		if (t126_decode(&m, slice_of(k->octets, k->n), NULL, &a, NULL) == 0 &&
			board_apply(&w->board, &m, k->user, BOARD_LIVE) == PST_E_NOMEM)
			w->board.refused++;
		arena_free(&a);
	}
	whiteboard_kept_free(w);
	if (w->board.changes != before)
		whiteboard_act(w, WHITEBOARD_CHANGED);
}

void whiteboard_kept_free(struct whiteboard *w)
{
	struct whiteboard_kept *k, *next;
	DL_FOREACH_SAFE (w->kept, k, next) {
		DL_DELETE(w->kept, k);
		free(k);
	}
	w->n_kept = 0;
}
