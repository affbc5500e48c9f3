/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ILS connections: taken, timed, cut into messages, closed. */
#include "directory/ils_server.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "directory/ils_server_private.h"
#include "ldap/ber.h"

enum { CONNECTIONS = 1024, CONNECTIONS_PER_SOURCE = 32, IDLE_MS = 120000, HALF_MS = 15000, TICK_MS = 500, SEND_BUFFER = 128 * 1024 };
enum { LISTENERS_MAX = sizeof((struct ils_server *)0)->listeners / sizeof(struct loop_listener *) };

/* Messages */

void ils_input_free(struct ils_input *in)
{
	free(in->p);
	*in = (struct ils_input){ 0 };
}

static int keep(struct ils_input *in, struct pst_slice data)
{
	if (data.n == 0)
		return 0;
	uint8_t *p = realloc(in->p, in->n + data.n);
	if (p == NULL)
		return PST_E_NOMEM;
	memcpy(p + in->n, data.p, data.n);
	in->p = p;
	in->n += data.n;
	return 0;
}

/* The messages at the start of DATA; *USED octets are done with. */
static int cut(struct ils_conn *c, bool from_client, struct pst_slice data, size_t max, ils_message_h *each, size_t *used)
{
	size_t n;
	for (*used = 0; *used < data.n; *used += n) {
		const struct pst_slice left = slice_of(data.p + *used, data.n - *used);
		if (left.p[0] != BER_SEQUENCE)
			return PST_E_BAD;
		const int err = ber_length(left, &n);
		if (err)
			return err == PST_E_AGAIN ? 0 : err;
		if (n > max)
			return PST_E_LIMIT;
		if (n > left.n)
			return 0;
		if (!each(c, from_client, slice_of(left.p, n))) {
			*used += n;
			return 0;
		}
	}
	return 0;
}

int ils_take(struct ils_conn *c, struct ils_input *in, bool from_client, struct pst_slice data, size_t max, ils_message_h *each)
{
	size_t used = 0;
	int err = 0;
	if (in->n > 0) {
		err = keep(in, data);
		if (!err)
			err = cut(c, from_client, slice_of(in->p, in->n), max, each, &used);
		in->n -= used;
		if (in->n == 0)
			ils_input_free(in);
		else
			memmove(in->p, in->p + used, in->n);
		return err;
	}
	err = cut(c, from_client, data, max, each, &used);
	const int kept = keep(in, slice_of(data.p + used, data.n - used));
	return err ? err : kept;
}

/* Connections */

static void server_part_gone(struct ils_server *s)
{
	if (--s->parts > 0)
		return;
	void (*closed)(void *) = s->closed;
	void *arg = s->closed_arg;
	free(s);
	if (closed != NULL)
		closed(arg);
}

void ils_conn_part_gone(struct ils_conn *c)
{
	if (--c->parts > 0)
		return;
	struct ils_server *s = c->s;
	DL_DELETE(s->conns, c);
	s->stats.open--;
	ils_input_free(&c->in);
	if (c->half != NULL) {
		s->stats.rewritten += c->half->rw.rewritten;
		ils_input_free(&c->half->in);
		free(c->half);
	}
	free(c);
	server_part_gone(s);
}

static void client_closed(struct loop_tcp *t)
{
	ils_conn_part_gone((struct ils_conn *)t);
}

static void target_closed(struct loop_tcp *t)
{
	ils_conn_part_gone(((struct ils_half *)t)->c);
}

void ils_conn_close(struct ils_conn *c, bool graceful)
{
	if (c->closing && graceful)
		return;
	if (!c->closing) {
		ils_serve_forget(c);
		ils_session_free(&c->session);
	}
	c->closing = true;
	(void)loop_tcp_close(&c->client, graceful, client_closed);
	if (c->half != NULL)
		(void)loop_tcp_close(&c->half->target, graceful, target_closed);
}

void ils_conn_heard(struct ils_conn *c)
{
	c->heard_ms = clock_now_ms();
	DL_DELETE(c->s->conns, c);
	DL_APPEND(c->s->conns, c);
}

static void on_data(struct loop_tcp *t, struct pst_slice data)
{
	struct ils_conn *c = (struct ils_conn *)t;
	if (c->half != NULL)
		ils_proxy_data(c, data);
	else
		ils_serve_data(c, data);
}

static void on_close(struct loop_tcp *t, int reason)
{
	struct ils_conn *c = (struct ils_conn *)t;
	if (reason == 0 && c->waiting && c->half == NULL)
		c->ended = true;
	else
		ils_conn_close(c, reason == 0);
}

static void on_drained(struct loop_tcp *t)
{
	struct ils_conn *c = (struct ils_conn *)t;
	if (c->half != NULL)
		ils_proxy_drained(c);
	else
		ils_serve_drained(c);
}

static const struct loop_tcp_ops ops = { .on_data = on_data, .on_close = on_close, .on_drained = on_drained };

static uint32_t open_from(const struct ils_server *s, const struct addr *peer)
{
	const struct ils_conn *c;
	uint32_t n = 0;
	DL_FOREACH(s->conns, c)
		n += addr_ip_eq(&c->peer, peer);
	return n;
}

static bool turned_away(struct ils_server *s, int fd, const struct addr *peer, struct directory_admission *adm)
{
	const uint32_t most = s->cfg.connections ? s->cfg.connections : CONNECTIONS;
	const uint32_t each = s->cfg.connections_per_source ? s->cfg.connections_per_source : CONNECTIONS_PER_SOURCE;
	return s->closing || s->stats.open >= most || open_from(s, peer) >= each || !s->cfg.admit(s->cfg.arg, fd, peer, adm);
}

static void accepted(struct loop_listener *l, int fd, const struct addr *peer)
{
	struct ils_server *s = l->uv.data;
	struct directory_admission adm = { 0 };
	struct ils_conn *c = turned_away(s, fd, peer, &adm) ? NULL : calloc(1, sizeof *c);
	if (c == NULL) {
		s->stats.refused++;
		close(fd);
		return;
	}
	c->s = s;
	c->adm = adm;
	c->peer = *peer;
	c->heard_ms = clock_now_ms();
	/* the system's memory for one that does not read is bounded as well */
	const int most = SEND_BUFFER;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
	if (loop_tcp_accept(s->loop, &c->client, &ops, fd)) {
		free(c);
		return;
	}
	const struct directory_asker asker = { adm.realm, addr_with_port(*peer, 0) };
	ils_session_init(&c->session, &s->ils, &asker);
	c->client.queue_max = 2 * ILS_OUT;
	c->parts = 1;
	s->parts++;
	s->stats.open++;
	s->stats.connections++;
	DL_APPEND(s->conns, c);
	if (adm.target.family != ADDR_NONE && ils_proxy_start(c))
		ils_conn_close(c, false);
}

/* Time */

static bool in_the_middle(const struct ils_conn *c)
{
	if (c->half != NULL)
		return !c->half->connected || c->client.queued > 0 || c->half->target.queued > 0;
	return c->in.n > 0 || c->session.search != NULL || c->client.queued > 0;
}

static void tick(uv_timer_t *t)
{
	struct ils_server *s = t->data;
	const uint64_t now = clock_now_ms();
	const uint64_t idle = s->cfg.idle_ms ? s->cfg.idle_ms : IDLE_MS, half = s->cfg.half_ms ? s->cfg.half_ms : HALF_MS;
	struct ils_conn *c, *next;
	(void)directory_expire(s->cfg.dir, now);
	DL_FOREACH_SAFE(s->conns, c, next) {
		if (now - c->heard_ms < (half < idle ? half : idle))
			break; /* those behind were heard later */
		if (c->closing || now - c->heard_ms < (in_the_middle(c) ? half : idle))
			continue;
		s->stats.timeouts++;
		ils_conn_close(c, false);
	}
}

/* The server */

int ils_server_new(struct ils_server **out, uv_loop_t *loop, const struct ils_server_config *cfg)
{
	struct ils_server *s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	s->cfg = *cfg;
	s->loop = loop;
	s->ils = (struct ils){ .dir = cfg->dir, .policy = cfg->policy };
	s->rate = (struct log_rate){ .burst = 20, .interval_ms = 1000 };
	s->parts = 2;
	uv_timer_init(loop, &s->tick);
	s->tick.data = s;
	uv_timer_start(&s->tick, tick, TICK_MS, TICK_MS);
	uv_unref((uv_handle_t *)&s->tick);
	uv_idle_init(loop, &s->idle);
	s->idle.data = s;
	*out = s;
	return 0;
}

int ils_server_listen_fd(struct ils_server *s, int fd)
{
	unsigned i = 0;
	while (i < LISTENERS_MAX && s->listeners[i] != NULL)
		i++;
	struct loop_listener *l = i == LISTENERS_MAX ? NULL : calloc(1, sizeof *l);
	if (l == NULL) {
		close(fd);
		return i == LISTENERS_MAX ? PST_E_LIMIT : PST_E_NOMEM;
	}
	const int err = loop_listener_open(s->loop, l, fd, accepted);
	if (err) {
		free(l);
		return err;
	}
	l->uv.data = s;
	s->listeners[i] = l;
	s->parts++;
	return 0;
}

static void listener_closed(struct loop_listener *l)
{
	struct ils_server *s = l->uv.data;
	free(l);
	server_part_gone(s);
}

void ils_server_unlisten(struct ils_server *s)
{
	for (unsigned i = 0; i < LISTENERS_MAX; i++) {
		if (s->listeners[i] != NULL)
			(void)loop_listener_close(s->listeners[i], listener_closed);
		s->listeners[i] = NULL;
	}
}

void ils_server_stats(const struct ils_server *s, struct ils_server_stats *out)
{
	const struct ils_conn *c;
	*out = s->stats;
	out->ils = s->ils.stats;
	DL_FOREACH(s->conns, c)
		out->rewritten += c->half != NULL ? c->half->rw.rewritten : 0;
}

static void handle_closed(uv_handle_t *h)
{
	server_part_gone(h->data);
}

void ils_server_close(struct ils_server *s, void (*closed)(void *arg), void *arg)
{
	struct ils_conn *c, *next;
	s->closing = true;
	s->closed = closed;
	s->closed_arg = arg;
	ils_server_unlisten(s);
	DL_FOREACH_SAFE(s->conns, c, next)
		ils_conn_close(c, false);
	uv_close((uv_handle_t *)&s->tick, handle_closed);
	uv_close((uv_handle_t *)&s->idle, handle_closed);
}
