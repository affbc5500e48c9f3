/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TCP connections of a line: TPKTs in and out, what happens to them as events. */
#include "endpoint/line_private.h"

#include "h225/traversal.h"
#include "loop/net.h"

#include <errno.h>
#include <unistd.h>

static enum line_conn_id id_of(const struct line_conn *c)
{
	return (enum line_conn_id)(c - c->line->conn);
}

static void tell_closed(struct line_conn *c, const char *why)
{
	struct terminal_event e = {
	        .type = id_of(c) == CONN_SIGNAL ? TERMINAL_SIGNAL_CLOSED : TERMINAL_H245_CLOSED, .text = why};
	enum line_conn_id id = id_of(c);
	struct line *l = c->line;

	if (id == CONN_SIGNAL)
		l->lost_why = why;
	line_event(l, &e);
	line_net_close(l, id, true);
}

/* Both ends of a connection, as an event. */
static void tell_open(struct line_conn *c, enum terminal_event_type type)
{
	struct terminal_event e = {.type = type};
	struct report *r = &c->line->report;
	int fd = loop_tcp_fd(&c->tcp);

	if (loop_fd_local(fd, &e.local) || loop_fd_peer(fd, &e.addr)) {
		tell_closed(c, strerror(errno));
		return;
	}
	if (id_of(c) == CONN_SIGNAL) {
		if (c->line->summoned)
			e.type = TERMINAL_SIGNAL_INCOMING;
		r->local = e.local;
		r->remote = e.addr;
		if (type == TERMINAL_SIGNAL_CONNECTED) /* a gateway may stand there for whom we call */
			e.addr = c->line->dest;
	} else {
		r->has_h245 = true;
		r->h245_local = e.local;
		r->h245_remote = e.addr;
	}
	line_event(c->line, &e);
}

/* Who we are to whom waits for us. */
static bool present(struct line_conn *c)
{
	uint8_t octets[256];
	struct writer w = wr_of(octets, sizeof(octets));
	struct arena a;
	int err;

	arena_init(&a, 0);
	err = h225_summoned_build(&w, c->line->summoned_for, &a);
	if (!err)
		line_net_send(c->line, CONN_SIGNAL, wr_slice(&w));
	arena_free(&a);
	return !err;
}

static void on_connect(struct loop_tcp *t, int status)
{
	struct line_conn *c = t->uv.data;

	if (c->line->summoned && id_of(c) == CONN_SIGNAL && (status || !present(c)))
		line_give_up(c->line, status ? uv_strerror(status) : "no memory");
	else if (status)
		tell_closed(c, uv_strerror(status));
	else
		tell_open(c, id_of(c) == CONN_SIGNAL ? TERMINAL_SIGNAL_CONNECTED : TERMINAL_H245_CONNECTED);
}

static void on_data(struct loop_tcp *t, struct pst_slice data)
{
	struct line_conn *c = t->uv.data;
	struct line *l = c->line;
	bool signal = id_of(c) == CONN_SIGNAL;
	struct pst_slice payload;
	int err;

	frames_feed(&c->stream, data);
	while (!(err = tpkt_next(&c->stream, &payload))) {
		struct terminal_event e = {
		        .type = signal ? TERMINAL_SIGNAL_MESSAGE : TERMINAL_H245_MESSAGE, .octets = payload};

		signalled_message(&l->report.signalled, SIGNALLED_BY_PEER,
		        signal ? SIGNALLED_ON_CALL_SIGNALLING : SIGNALLED_ON_H245, payload,
		        l->o->trace == TRACE_WHOLE ? stderr : NULL);
		line_event(l, &e);
		if (!loop_tcp_is_open(t))
			return;
	}
	if (err != PST_E_AGAIN)
		tell_closed(c, c->stream.what);
}

static void on_close(struct loop_tcp *t, int reason)
{
	tell_closed(t->uv.data, reason ? uv_strerror(reason) : NULL);
}

static const struct loop_tcp_ops OPS = {.on_connect = on_connect, .on_data = on_data, .on_close = on_close};

static void broken(struct line_conn *c, const char *why)
{
	c->broken = true;
	c->broken_why = why;
	if (id_of(c) == CONN_SIGNAL)
		c->line->lost_why = why;
}

static void opened(struct line *l, enum line_conn_id id)
{
	struct line_conn *c = &l->conn[id];

	c->tcp.uv.data = c;
	tpkt_init(&c->stream, 0);
	l->handles++;
}

void line_net_connect(struct line *l, enum line_conn_id id, const struct addr *to)
{
	const struct addr *local = l->local.family == to->family ? &l->local : NULL;

	errno = EALREADY;
	if (l->conn[id].tcp.state || loop_tcp_connect(l->loop, &l->conn[id].tcp, &OPS, local, to))
		broken(&l->conn[id], strerror(errno));
	else
		opened(l, id);
}

int line_net_accept(struct line *l, enum line_conn_id id, int fd)
{
	struct line_conn *c = &l->conn[id];
	int err;

	if (c->tcp.state) {
		close(fd);
		return PST_E_BUSY;
	}
	err = loop_tcp_accept(l->loop, &c->tcp, &OPS, fd);
	if (err)
		return err;
	opened(l, id);
	tell_open(c, id == CONN_SIGNAL ? TERMINAL_SIGNAL_INCOMING : TERMINAL_H245_INCOMING);
	return PST_OK;
}

void line_net_send(struct line *l, enum line_conn_id id, struct pst_slice octets)
{
	struct line_conn *c = &l->conn[id];

	if (loop_tcp_send(&c->tcp, &octets, 1)) {
		broken(c, "the peer does not read");
		return;
	}
	signalled_message(&l->report.signalled, SIGNALLED_BY_US,
	        id == CONN_SIGNAL ? SIGNALLED_ON_CALL_SIGNALLING : SIGNALLED_ON_H245,
	        slice_of(octets.p + TPKT_HEADER_LEN, octets.n - TPKT_HEADER_LEN),
	        l->o->trace == TRACE_WHOLE ? stderr : NULL);
}

static void on_closed(struct loop_tcp *t)
{
	struct line_conn *c = t->uv.data;

	frames_reset(&c->stream);
	line_handle_closed(c->line);
}

void line_net_close(struct line *l, enum line_conn_id id, bool graceful)
{
	if (loop_tcp_is_open(&l->conn[id].tcp))
		loop_tcp_close(&l->conn[id].tcp, graceful, on_closed);
}

static void on_accept(struct loop_listener *listener, int fd, const struct addr *peer)
{
	struct line *l = listener->uv.data;

	(void)peer;
	(void)line_net_accept(l, CONN_H245_IN, fd);
}

void line_net_listen(struct line *l)
{
	if (l->listen_fd < 0)
		return;
	if (!loop_listener_open(l->loop, &l->listener, l->listen_fd, on_accept)) {
		l->listener.uv.data = l;
		l->handles++;
	}
	l->listen_fd = -1;
}

static void on_listener_closed(struct loop_listener *listener)
{
	line_handle_closed(listener->uv.data);
}

void line_net_unlisten(struct line *l)
{
	(void)loop_listener_close(&l->listener, on_listener_closed);
	if (l->listen_fd >= 0)
		close(l->listen_fd);
	l->listen_fd = -1;
}

enum line_conn_id line_net_h245(const struct line *l)
{
	return loop_tcp_is_open(&l->conn[CONN_H245_IN].tcp) ? CONN_H245_IN : CONN_H245_OUT;
}
