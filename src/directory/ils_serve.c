/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers from the directory. While a list is on its way nothing is read from its
 * client; each turn of the loop sends one piece to each client that takes it.
 */
#include <utlist.h>

#include "base/clock.h"
#include "directory/ils_server_private.h"

static void make_ready(struct ils_conn *c)
{
	struct ils_server *s = c->s;
	if (c->ready)
		return;
	c->ready = true;
	if (s->ready == NULL)
		uv_idle_start(&s->idle, ils_serve_ready);
	DL_APPEND2(s->ready, c, ready_prev, ready_next);
}

void ils_serve_forget(struct ils_conn *c)
{
	struct ils_server *s = c->s;
	if (!c->ready)
		return;
	c->ready = false;
	DL_DELETE2(s->ready, c, ready_prev, ready_next);
	if (s->ready == NULL)
		uv_idle_stop(&s->idle);
}

/* Sends what an answer came to. False: the connection is going. */
static bool send_answer(struct ils_conn *c, int done, const struct writer *w)
{
	const struct pst_slice part = wr_slice(w);
	if (wr_done(w) || (part.n > 0 && loop_tcp_send(&c->client, &part, 1))) {
		ils_conn_close(c, false);
		return false;
	}
	if (done == ILS_CLOSE) {
		ils_conn_close(c, true);
		return false;
	}
	return true;
}

/* Whether the next message may be looked at. */
static bool on_message(struct ils_conn *c, bool from_client, struct pst_slice msg)
{
	struct ils_server *s = c->s;
	struct writer w = wr_of(s->out, sizeof s->out);
	const uint64_t now = clock_now_ms();
	(void)from_client;
	(void)directory_expire(s->cfg.dir, now);
	const int done = ils_handle(&c->session, msg, now, &w);
	if (!send_answer(c, done, &w))
		return false;
	if (done == ILS_MORE || c->client.queued > 0) {
		/* the rest waits until this has gone */
		c->waiting = true;
		return false;
	}
	return true;
}

static void goodbye(struct ils_conn *c)
{
	struct ils_server *s = c->s;
	struct writer w = wr_of(s->out, sizeof s->out);
	s->stats.broken++;
	ils_goodbye(&c->session, &w);
	(void)send_answer(c, ILS_CLOSE, &w);
}

static void go_on(struct ils_conn *c, struct pst_slice data)
{
	const int err = ils_take(c, &c->in, true, data, ILS_MESSAGE_MAX, on_message);
	if (c->closing)
		return;
	if (err) {
		goodbye(c);
		return;
	}
	if (c->paused != c->waiting) {
		c->paused = c->waiting;
		loop_tcp_pause(&c->client, c->paused);
	}
	if (c->waiting && c->client.queued == 0)
		make_ready(c);
}

void ils_serve_data(struct ils_conn *c, struct pst_slice data)
{
	if (c->in.n == 0)
		ils_conn_heard(c); /* the time of a message runs from its first octet */
	go_on(c, data);
}

void ils_serve_drained(struct ils_conn *c)
{
	ils_conn_heard(c);
	if (c->waiting)
		make_ready(c);
}

/* One more piece, or what came meanwhile. */
static void step(struct ils_conn *c)
{
	struct ils_server *s = c->s;
	if (c->session.search != NULL) {
		struct writer w = wr_of(s->out, sizeof s->out);
		const int done = ils_more(&c->session, clock_now_ms(), &w);
		if (!send_answer(c, done, &w))
			return;
		if (c->client.queued > 0)
			return; /* ils_serve_drained() goes on */
		if (done == ILS_MORE) {
			make_ready(c);
			return;
		}
	}
	ils_conn_heard(c);
	c->waiting = false;
	go_on(c, slice_of(NULL, 0));
	if (c->ended && !c->waiting)
		ils_conn_close(c, true);
}

void ils_serve_ready(uv_idle_t *idle)
{
	struct ils_server *s = idle->data;
	struct ils_conn *last = s->ready == NULL ? NULL : s->ready->ready_prev, *c;
	/* those that become ready now come behind the last: they have their turn in the next round */
	do {
		c = s->ready;
		if (c == NULL)
			return;
		ils_serve_forget(c);
		step(c);
	} while (c != last);
}
