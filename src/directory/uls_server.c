/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ULS connections. The memory of a connection is given back when both of its sockets are. */
#include "directory/uls_server.h"

#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "directory/uls_rewrite.h"
#include "loop/net.h"
#include "loop/tcp.h"
#include "ulp/str.h"
#include "ulp/stream.h"

enum {
	LISTENERS_MAX = 64,
	CONNECTIONS = 512,
	CONNECTIONS_PER_SOURCE = 16,
	IDLE_MS = 120000,
	HALF_MS = 15000,
	SWEEP_MS = 1000,
	ARENA_MAX = 8 << 20,
};

struct conn {
	struct loop_tcp client; /* first */
	struct loop_tcp target; /* proxied only */
	struct uls_server *s;
	struct conn *prev, *next;
	struct frames from_client, from_target;
	struct directory_admission adm;
	struct addr peer;
	uint64_t heard_ms;
	uint8_t parts; /* sockets that are not closed yet */
	bool closing;
};

/* A socket for datagrams. */
struct udp {
	uv_udp_t uv; /* first */
	struct udp *prev, *next;
	struct uls_server *s;
};

struct uls_server {
	struct uls_server_config cfg;
	uv_loop_t *loop;
	struct loop_listener listeners[LISTENERS_MAX];
	struct udp *udp;
	uv_timer_t sweep;
	struct conn *conns;
	struct uls_server_stats stats;
	struct log_rate rate;
	uint32_t parts; /* handles that are not closed yet */
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
	uint8_t in[ULP_UDP_MAX + 1];
	uint8_t out[2 + ULP_MESSAGE_MAX];
};

static void part_gone(struct uls_server *s)
{
	if (--s->parts > 0)
		return;
	void (*closed)(void *) = s->closed;
	void *arg = s->closed_arg;
	free(s);
	if (closed != NULL)
		closed(arg);
}

/* Connections */

static void conn_part_gone(struct conn *c)
{
	if (--c->parts > 0)
		return;
	struct uls_server *s = c->s;
	DL_DELETE(s->conns, c);
	s->stats.open--;
	frames_reset(&c->from_client);
	frames_reset(&c->from_target);
	free(c);
	part_gone(s);
}

static void client_closed(struct loop_tcp *t)
{
	conn_part_gone(t->uv.data);
}

static void target_closed(struct loop_tcp *t)
{
	conn_part_gone(t->uv.data);
}

static void conn_close(struct conn *c, bool graceful)
{
	if (c->closing && graceful)
		return;
	c->closing = true;
	(void)loop_tcp_close(&c->client, graceful, client_closed);
	(void)loop_tcp_close(&c->target, graceful, target_closed);
}

/* Sends the message of LEN octets in s->out, behind its length. */
static void send_out(struct conn *c, struct loop_tcp *to, size_t len)
{
	struct uls_server *s = c->s;
	s->out[0] = (uint8_t)(len >> 8);
	s->out[1] = (uint8_t)len;
	const struct pst_slice part = { s->out, 2 + len };
	if (loop_tcp_send(to, &part, 1) != 0)
		conn_close(c, false);
}

static void trace(const struct conn *c, const char *what, struct pst_slice octets)
{
	char hex[601], peer[ADDR_STRLEN];
	if (log_level() < LOG_L_DEBUG)
		return;
	size_t n = 0;
	for (; n < octets.n && 2 * n + 2 < sizeof(hex); n++)
		snprintf(hex + 2 * n, 3, "%02x", octets.p[n]);
	hex[2 * n] = '\0';
	log_debug("uls", "%s %s: %zu octets %s%s", addr_str(&c->peer, peer), what, octets.n, hex, n < octets.n ? "..." : "");
}

static struct uls_session session_of(const struct uls_server *s, uint8_t realm, const struct addr *peer, uint32_t out_max)
{
	const struct directory_policy *p = s->cfg.policy;
	return (struct uls_session){
		.asker = { .realm = realm, .from = addr_with_port(*peer, 0) },
		.may_ask = policy_has(p->may_search, realm),
		.may_list = policy_has(p->may_search, realm) && policy_has(p->may_list, realm),
		.may_register = policy_has(p->may_register, realm),
		.list_max = p->list_max,
		.out_max = out_max,
	};
}

static void serve(struct conn *c, struct pst_slice msg)
{
	struct uls_server *s = c->s;
	const struct uls_session session = session_of(s, c->adm.realm, &c->peer, ULP_MESSAGE_MAX);
	struct writer w = wr_of(s->out + 2, ULP_MESSAGE_MAX);
	struct arena a;
	arena_init(&a, ARENA_MAX);
	const int err = uls_answer(s->cfg.dir, &session, msg, clock_now_ms(), &a, &w, &s->stats.uls);
	arena_free(&a);
	if (err != 0) {
		s->stats.broken++;
		conn_close(c, false);
	} else if (w.n > 0) {
		trace(c, "answer", wr_slice(&w));
		send_out(c, &c->client, w.n);
	}
}

static void log_rewritten(struct uls_server *s, const struct conn *c, const char *what, const struct uls_rewritten *r)
{
	char peer[ADDR_STRLEN], from[ADDR_STRLEN], to[ADDR_STRLEN];
	if (r->n == 0)
		return;
	s->stats.rewritten += r->n;
	if (log_allow(&s->rate, clock_now_ms(), NULL))
		log_info("uls", "%s, %s: %s became %s (%u)", addr_str(&c->peer, peer), what, addr_ip_str(&r->from, from),
			addr_ip_str(&r->to, to), r->n);
}

static void carry(struct conn *c, struct pst_slice msg, bool from_client)
{
	struct uls_server *s = c->s;
	const struct uls_path path = { { c->adm.realm, addr_with_port(c->peer, 0) }, c->adm.target_realm, s->cfg.realm_of,
		s->cfg.arg };
	struct writer w = wr_of(s->out + 2, ULP_MESSAGE_MAX);
	struct uls_rewritten what;
	struct arena a;
	arena_init(&a, ARENA_MAX);
	const enum uls_verdict v = from_client ? uls_rewrite_request(s->cfg.dir, &path, msg, clock_now_ms(), &a, &w, &what)
					       : uls_rewrite_reply(s->cfg.dir, &path, msg, clock_now_ms(), &a, &w, &what);
	arena_free(&a);
	log_rewritten(s, c, from_client ? "registered elsewhere" : "found elsewhere", &what);
	if (v == ULS_CLOSE) {
		s->stats.broken++;
		conn_close(c, false);
	} else {
		send_out(c, v == ULS_FORWARD && from_client ? &c->target : &c->client, w.n);
	}
}

static void take_messages(struct conn *c, struct frames *stream, struct pst_slice data, bool from_client)
{
	struct pst_slice msg;
	int err = 0;
	c->heard_ms = clock_now_ms();
	frames_feed(stream, data);
	while (!c->closing && (err = ulp_next(stream, &msg)) == 0) {
		trace(c, from_client ? "request" : "reply", msg);
		if (c->adm.target.family != ADDR_NONE)
			carry(c, msg, from_client);
		else
			serve(c, msg);
	}
	if (err != 0 && err != PST_E_AGAIN && !c->closing) {
		c->s->stats.broken++;
		conn_close(c, false);
	}
}

static void client_data(struct loop_tcp *t, struct pst_slice data)
{
	struct conn *c = t->uv.data;
	take_messages(c, &c->from_client, data, true);
}

static void target_data(struct loop_tcp *t, struct pst_slice data)
{
	struct conn *c = t->uv.data;
	take_messages(c, &c->from_target, data, false);
}

static void either_ended(struct loop_tcp *t, int reason)
{
	conn_close(t->uv.data, reason == 0);
}

static void target_connected(struct loop_tcp *t, int status)
{
	struct conn *c = t->uv.data;
	char to[ADDR_STRLEN];
	if (status == 0)
		return;
	log_info("uls", "%s cannot be reached: %s", addr_str(&c->adm.target, to), uv_strerror(status));
	conn_close(c, true);
}

static const struct loop_tcp_ops client_ops = { .on_data = client_data, .on_close = either_ended };
static const struct loop_tcp_ops target_ops = { .on_connect = target_connected, .on_data = target_data, .on_close = either_ended };

static uint32_t open_from(const struct uls_server *s, const struct addr *peer)
{
	const struct conn *c;
	uint32_t n = 0;
	DL_FOREACH(s->conns, c)
		n += addr_ip_eq(&c->peer, peer);
	return n;
}

static bool turned_away(struct uls_server *s, int fd, const struct addr *peer, struct directory_admission *adm)
{
	const uint32_t most = s->cfg.connections != 0 ? s->cfg.connections : CONNECTIONS;
	const uint32_t most_each = s->cfg.connections_per_source != 0 ? s->cfg.connections_per_source : CONNECTIONS_PER_SOURCE;
	return s->stats.open >= most || open_from(s, peer) >= most_each || !s->cfg.admit(s->cfg.arg, fd, peer, adm);
}

/* Starts the second half of a proxied connection. */
static int connect_target(struct conn *c)
{
	const struct addr *local = c->adm.local.family != ADDR_NONE ? &c->adm.local : NULL;
	if (c->adm.target.family == ADDR_NONE)
		return 0;
	const int err = loop_tcp_connect(c->s->loop, &c->target, &target_ops, local, &c->adm.target);
	c->target.uv.data = c;
	c->parts += err == 0;
	c->s->stats.proxied += err == 0;
	return err;
}

static void accepted(struct loop_listener *l, int fd, const struct addr *peer)
{
	struct uls_server *s = l->uv.data;
	struct directory_admission adm = { 0 };
	struct conn *c = turned_away(s, fd, peer, &adm) ? NULL : calloc(1, sizeof(*c));
	if (c == NULL) {
		s->stats.refused++;
		close(fd);
		return;
	}
	*c = (struct conn){ .s = s, .adm = adm, .peer = *peer, .heard_ms = clock_now_ms() };
	ulp_init(&c->from_client, ULS_REQUEST_MAX);
	ulp_init(&c->from_target, ULP_MESSAGE_MAX);
	if (loop_tcp_accept(s->loop, &c->client, &client_ops, fd) != 0) {
		free(c);
		return;
	}
	c->client.uv.data = c;
	/* An answer may be as long as the protocol allows, and a few of them may be under way. */
	c->client.queue_max = 4 * ULP_MESSAGE_MAX;
	c->parts = 1;
	s->parts++;
	s->stats.open++;
	s->stats.connections++;
	DL_APPEND(s->conns, c);
	if (connect_target(c) != 0)
		conn_close(c, false);
}

static void sweep(uv_timer_t *t)
{
	struct uls_server *s = t->data;
	const uint64_t now = clock_now_ms();
	const uint64_t idle = s->cfg.idle_ms != 0 ? s->cfg.idle_ms : IDLE_MS, half = s->cfg.half_ms != 0 ? s->cfg.half_ms : HALF_MS;
	struct conn *c, *next;
	DL_FOREACH_SAFE(s->conns, c, next) {
		const bool in_message = frames_partial(&c->from_client) || frames_partial(&c->from_target);
		if (c->closing || now - c->heard_ms < (in_message ? half : idle))
			continue;
		s->stats.timeouts++;
		conn_close(c, false);
	}
}

/* Datagrams */

static void udp_buffer(uv_handle_t *h, size_t size, uv_buf_t *buf)
{
	struct uls_server *s = ((struct udp *)h)->s;
	(void)size;
	*buf = uv_buf_init((char *)s->in, sizeof(s->in));
}

static void udp_received(uv_udp_t *udp, ssize_t n, const uv_buf_t *buf, const struct sockaddr *sa, unsigned flags)
{
	struct uls_server *s = ((struct udp *)udp)->s;
	struct directory_admission adm = { 0 };
	struct addr peer;
	uv_os_fd_t fd;
	if (n <= 0 || n > ULP_UDP_MAX || sa == NULL || (flags & UV_UDP_PARTIAL) != 0 || loop_addr(&peer, sa) != 0 ||
	    uv_fileno((uv_handle_t *)udp, &fd) != 0 || !s->cfg.admit(s->cfg.arg, fd, &peer, &adm) ||
	    adm.target.family != ADDR_NONE) /* a datagram for another's server: it does not pass here */
		return;
	/* Nobody gets more out of us than they put in: a forged source address gains nothing. */
	const struct uls_session session = session_of(s, adm.realm, &peer, (uint32_t)n);
	struct writer w = wr_of(s->out, (size_t)n);
	struct arena a;
	s->stats.datagrams++;
	arena_init(&a, ARENA_MAX);
	const int err = uls_answer(s->cfg.dir, &session, slice_of(buf->base, (size_t)n), clock_now_ms(), &a, &w, &s->stats.uls);
	arena_free(&a);
	uv_buf_t out = uv_buf_init((char *)s->out, (unsigned)w.n);
	if (err == 0 && w.n > 0)
		(void)uv_udp_try_send(udp, &out, 1, sa);
}

static void handle_closed(uv_handle_t *h)
{
	part_gone(h->data);
}

static void udp_closed(uv_handle_t *h)
{
	struct uls_server *s = ((struct udp *)h)->s;
	free(h);
	part_gone(s);
}

int uls_server_udp_fd(struct uls_server *s, int fd)
{
	struct udp *u = calloc(1, sizeof(*u));
	if (u == NULL || uv_udp_init(s->loop, &u->uv) != 0) {
		free(u);
		close(fd);
		return u == NULL ? PST_E_NOMEM : PST_E_SYS;
	}
	u->s = s;
	s->parts++;
	DL_APPEND(s->udp, u);
	if (uv_udp_open(&u->uv, fd) != 0) {
		close(fd);
		return PST_E_SYS;
	}
	return uv_udp_recv_start(&u->uv, udp_buffer, udp_received) == 0 ? 0 : PST_E_SYS;
}

/* The server */

int uls_server_new(struct uls_server **out, uv_loop_t *loop, const struct uls_server_config *cfg)
{
	struct uls_server *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return PST_E_NOMEM;
	s->cfg = *cfg;
	s->loop = loop;
	s->rate = (struct log_rate){ .burst = 20, .interval_ms = 1000 };
	s->parts = 1;
	uv_timer_init(loop, &s->sweep);
	s->sweep.data = s;
	uv_timer_start(&s->sweep, sweep, SWEEP_MS, SWEEP_MS);
	uv_unref((uv_handle_t *)&s->sweep);
	*out = s;
	return 0;
}

static void listener_closed(struct loop_listener *l)
{
	part_gone(l->uv.data);
}

int uls_server_listen_fd(struct uls_server *s, int fd)
{
	uint32_t i = 0;
	while (i < LISTENERS_MAX && s->listeners[i].state != 0)
		i++;
	if (i == LISTENERS_MAX) {
		close(fd);
		return PST_E_LIMIT;
	}
	const int err = loop_listener_open(s->loop, &s->listeners[i], fd, accepted);
	if (err != 0)
		return err;
	s->listeners[i].uv.data = s;
	s->parts++;
	return 0;
}

void uls_server_unlisten(struct uls_server *s)
{
	for (uint32_t i = 0; i < LISTENERS_MAX; i++)
		(void)loop_listener_close(&s->listeners[i], listener_closed);
	struct udp *u, *next = NULL;
	DL_FOREACH_SAFE(s->udp, u, next) {
		DL_DELETE(s->udp, u);
		uv_close((uv_handle_t *)&u->uv, udp_closed);
	}
}

void uls_server_stats(const struct uls_server *s, struct uls_server_stats *out)
{
	*out = s->stats;
}

void uls_server_close(struct uls_server *s, void (*closed)(void *arg), void *arg)
{
	struct conn *c, *next;
	s->closing = true;
	s->closed = closed;
	s->closed_arg = arg;
	uls_server_unlisten(s);
	DL_FOREACH_SAFE(s->conns, c, next)
		conn_close(c, false);
	uv_close((uv_handle_t *)&s->sweep, handle_closed);
}
