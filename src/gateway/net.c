/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <unistd.h>

#include "gateway/net_private.h"
#include "loop/net.h"

/* One read of T.120 may let go of whole PDUs and of what was held back before; then nothing is read until all has left. */
enum { PORT_REST_MS = 10000, PORT_TRIES = 256, BULK_QUEUE_MAX = 1024 * 1024 };

struct net_timer {
	uv_timer_t t; /* first */
	struct gw_call *call;
};

static uint64_t net_now(void *io)
{
	const struct gw_net *net = io;
	return uv_now(net->loop);
}

/* --- connections --- */

static void net_gone(struct gw_net *net)
{
	if (!net->dying || net->n_conns > 0)
		return;
	relay_pools_free(&net->pools);
	free(net);
}

void gw_net_conn_closed(struct loop_tcp *t)
{
	struct net_conn *nc = (struct net_conn *)t;
	struct gw_net *net = nc->net;
	DL_DELETE(net->conns, nc);
	net->n_conns--;
	net->n_tarpit -= nc->until_ms != 0;
	free(nc);
	net_gone(net);
}

static void on_connect(struct loop_tcp *t, int status)
{
	struct net_conn *nc = (struct net_conn *)t;
	struct addr local = { 0 };
	struct gw_conn *c = nc->c;
	if (c == NULL)
		return;
	if (status == 0 && loop_fd_local(loop_tcp_fd(t), &local) == 0) {
		gw_conn_opened(c, &local);
		return;
	}
	nc->c = NULL;
	loop_tcp_close(t, false, gw_net_conn_closed);
	gw_conn_closed(c, PST_E_SYS);
}

static void on_data(struct loop_tcp *t, struct pst_slice data)
{
	struct net_conn *nc = (struct net_conn *)t;
	if (nc->c != NULL)
		gw_conn_data(nc->c, data);
}

static void on_close(struct loop_tcp *t, int reason)
{
	struct net_conn *nc = (struct net_conn *)t;
	struct gw_conn *c = nc->c;
	if (c == NULL)
		return;
	nc->c = NULL;
	loop_tcp_close(t, reason == 0, gw_net_conn_closed);
	gw_conn_closed(c, reason == 0 ? 0 : PST_E_SYS);
}

static void on_drained(struct loop_tcp *t)
{
	struct net_conn *nc = (struct net_conn *)t;
	if (nc->c != NULL)
		gw_conn_drained(nc->c);
}

static const struct loop_tcp_ops conn_ops = { on_connect, on_data, on_close, on_drained };

static struct net_conn *conn_new(struct gw_net *net, struct gw_conn *c)
{
	struct net_conn *nc = calloc(1, sizeof *nc);
	if (nc == NULL)
		return NULL;
	nc->net = net;
	nc->c = c;
	DL_APPEND(net->conns, nc);
	net->n_conns++;
	return nc;
}

static void conn_drop(struct net_conn *nc)
{
	DL_DELETE(nc->net->conns, nc);
	nc->net->n_conns--;
	free(nc);
}

/* What is passed on in bulk is read so, once the other side stands: what comes before is kept, in less room. */
static void own(struct net_conn *nc, struct gw_conn *c, bool stands)
{
	nc->c = c;
	c->handle = nc;
	if (c->kind != GW_CONN_T120 && c->kind != GW_CONN_AUDIO)
		return;
	nc->tcp.queue_max = BULK_QUEUE_MAX;
	nc->tcp.read_max = stands ? LOOP_TCP_READ_LARGE : LOOP_TCP_READ;
}

static int net_connect(void *io, struct gw_conn *c, const struct addr *local, const struct addr *remote)
{
	struct gw_net *net = io;
	struct net_conn *nc = conn_new(net, c);
	if (nc == NULL)
		return PST_E_NOMEM;
	const int err = loop_tcp_connect(net->loop, &nc->tcp, &conn_ops, local, remote);
	if (err != 0) {
		conn_drop(nc);
		return err;
	}
	own(nc, c, true);
	return 0;
}

static void net_adopt(void *io, struct gw_conn *c, void *accepted)
{
	struct net_conn *nc = accepted;
	(void)io;
	own(nc, c, false);
}

static int net_send(void *io, struct gw_conn *c, struct pst_slice octets)
{
	struct net_conn *nc = c->handle;
	(void)io;
	return loop_tcp_send(&nc->tcp, &octets, 1);
}

static void net_pause(void *io, struct gw_conn *c, bool paused)
{
	struct net_conn *nc = c->handle;
	(void)io;
	if (!paused)
		own(nc, c, true);
	loop_tcp_pause(&nc->tcp, paused);
}

static uint32_t net_queued(void *io, const struct gw_conn *c)
{
	const struct net_conn *nc = c->handle;
	(void)io;
	return nc->tcp.queued;
}

static void net_close(void *io, struct gw_conn *c, bool abort)
{
	struct net_conn *nc = c->handle;
	(void)io;
	nc->c = NULL;
	loop_tcp_close(&nc->tcp, !abort, gw_net_conn_closed);
}

struct net_conn *gw_net_take(struct gw_net *net, int fd)
{
	struct net_conn *nc = conn_new(net, NULL);
	if (nc == NULL) {
		close(fd);
		return NULL;
	}
	if (loop_tcp_accept(net->loop, &nc->tcp, &conn_ops, fd) != 0) {
		conn_drop(nc);
		return NULL;
	}
	return nc;
}

/* --- listeners --- */

void gw_net_listener_closed(struct loop_listener *l)
{
	free((struct net_listener *)l);
}

static void on_secondary(struct loop_listener *l, int fd, const struct addr *peer)
{
	struct net_listener *nl = (struct net_listener *)l;
	struct net_conn *nc = gw_net_take(nl->net, fd);
	if (nc != NULL && gw_secondary_accepted(nl->s, nc, peer) != 0)
		loop_tcp_close(&nc->tcp, false, gw_net_conn_closed);
}

/* On the next free port of the range. */
static int listen_range(struct gw_net *net, struct net_listener *nl, const struct addr *local, int *fd)
{
	struct relay_pool *pool;
	int err = relay_pools_get(&net->pools, local, uv_now(net->loop), &pool);
	for (int tries = 0; err == 0 && tries < PORT_TRIES; tries++) {
		uint16_t port;
		err = relay_pool_take(&net->pools, pool, uv_now(net->loop), &port);
		if (err != 0)
			break;
		const struct addr at = addr_with_port(*local, port);
		err = loop_listen(fd, &at, GW_NET_BACKLOG);
		if (err == 0) {
			nl->pool = pool;
			nl->port = port;
			return 0;
		}
		relay_pool_give(&net->pools, pool, uv_now(net->loop), port);
		if (err == PST_E_BUSY)
			err = 0; /* somebody else's */
	}
	return err != 0 ? err : PST_E_SPACE;
}

static int listen_somewhere(struct gw_net *net, struct net_listener *nl, const struct addr *local, int *fd)
{
	if (local->port != 0 && loop_listen(fd, local, GW_NET_BACKLOG) == 0) {
		nl->port = local->port;
		return 0;
	}
	return listen_range(net, nl, local, fd);
}

static int net_listen(void *io, struct gw_secondary *s, const struct addr *local)
{
	struct gw_net *net = io;
	struct net_listener *nl = calloc(1, sizeof *nl);
	int fd;
	if (nl == NULL)
		return PST_E_NOMEM;
	nl->net = net;
	nl->s = s;
	int err = listen_somewhere(net, nl, local, &fd);
	if (err == 0) {
		err = loop_listener_open(net->loop, &nl->l, fd, on_secondary);
		if (err != 0 && nl->pool != NULL)
			relay_pool_give(&net->pools, nl->pool, uv_now(net->loop), nl->port);
	}
	if (err != 0) {
		free(nl);
		return err;
	}
	s->handle = nl;
	s->local = addr_with_port(*local, nl->port);
	return 0;
}

static void net_unlisten(void *io, struct gw_secondary *s)
{
	struct gw_net *net = io;
	struct net_listener *nl = s->handle;
	s->handle = NULL;
	if (nl->pool != NULL)
		relay_pool_give(&net->pools, nl->pool, uv_now(net->loop), nl->port);
	loop_listener_close(&nl->l, gw_net_listener_closed);
}

/* --- timers --- */

static void timer_closed(uv_handle_t *h)
{
	free((struct net_timer *)h);
}

static void on_timer(uv_timer_t *t)
{
	gw_call_tick(((struct net_timer *)t)->call);
}

static void net_timer(void *io, struct gw_call *call, uint64_t deadline_ms)
{
	struct gw_net *net = io;
	struct net_timer *nt = call->timer;
	if (call->state == GW_CALL_ENDED) {
		if (nt != NULL)
			uv_close((uv_handle_t *)&nt->t, timer_closed);
		call->timer = NULL;
		return;
	}
	if (nt == NULL) {
		nt = calloc(1, sizeof *nt);
		if (nt == NULL)
			return;
		nt->call = call;
		uv_timer_init(net->loop, &nt->t);
		call->timer = nt;
	}
	const uint64_t now = uv_now(net->loop);
	if (deadline_ms == 0)
		uv_timer_stop(&nt->t);
	else
		uv_timer_start(&nt->t, on_timer, deadline_ms > now ? deadline_ms - now : 0, 0);
}

const struct gw_io_ops gw_net_ops = {
	.connect = net_connect,
	.adopt = net_adopt,
	.send = net_send,
	.pause = net_pause,
	.queued = net_queued,
	.close = net_close,
	.listen = net_listen,
	.unlisten = net_unlisten,
	.timer = net_timer,
	.now = net_now,
};

/* --- the whole --- */

int gw_net_new(struct gw_net **out, uv_loop_t *loop, struct gateway *gw)
{
	struct gw_net *net = calloc(1, sizeof *net);
	if (net == NULL)
		return PST_E_NOMEM;
	net->loop = loop;
	net->gw = gw;
	net->tarpit.data = net;
	if (uv_timer_init(loop, &net->tarpit) != 0) {
		free(net);
		return PST_E_SYS;
	}
	*out = net;
	return 0;
}

int gw_net_range(struct gw_net *net, const struct gw_port_range *range)
{
	if (net->pools.step == 0)
		return relay_pools_init(&net->pools, range->first, range->last, 1, PORT_REST_MS);
	return relay_pools_set_range(&net->pools, range->first, range->last, PORT_REST_MS);
}

uint32_t gw_net_open(const struct gw_net *net)
{
	return net->n_conns - net->n_tarpit;
}

static void tarpit_closed(uv_handle_t *h)
{
	struct gw_net *net = h->data;
	net->n_conns--;
	net_gone(net);
}

void gw_net_free(struct gw_net *net)
{
	struct net_conn *nc, *tmp;
	gw_net_port_close(net, NULL);
	gw_net_unlisten(net);
	gw_net_ports(net, NULL);
	net->dying = true;
	net->n_conns++; /* keeps it while its connections go */
	DL_FOREACH_SAFE (net->conns, nc, tmp) {
		nc->c = NULL;
		loop_tcp_close(&nc->tcp, false, gw_net_conn_closed);
	}
	uv_close((uv_handle_t *)&net->tarpit, tarpit_closed);
}
