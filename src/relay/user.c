/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user plane: sessions, their sockets and flows. The packets move in user_move.c. */
#include "relay/user.h"

#include "base/clock.h"
#include "loop/net.h"
#include "relay/user_private.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

enum { PAIR_TRIES = 256 };

static socklen_t to_sockaddr(union user_sockaddr *out, const struct addr *a)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, a);
	memcpy(out, &ss, sizeof *out);
	return n;
}

static struct addr from_sockaddr(const union user_sockaddr *s)
{
	struct addr a = { 0 };
	/* not set, or IPv4 or IPv6 */
	if (s->family != 0 && loop_addr(&a, &s->sa))
		assert(false);
	return a;
}

/* Sockets */

static int socket_open(struct user_plane *u, struct user_port *p, const struct addr *at)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = p };
	p->fd = socket(at->family == ADDR_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return PST_E_SYS;
	p->number = at->port;
	const int err = loop_bind(p->fd, at);
	if (err)
		return err;
	/* from now on, not from the first flow: what comes before a flow is set must not wait in the socket
	 * for it */
	return epoll_ctl(u->epoll, EPOLL_CTL_ADD, p->fd, &ev) ? PST_E_SYS : 0;
}

static void socket_close(struct user_port *p)
{
	const int saved = errno;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	errno = saved;
}

/* Opens both sockets of one leg on the next free pair. */
static int pair_open(struct user_plane *u, struct relay_pool *pool, struct user_port pair[RELAY_PARTS])
{
	for (int tries = 0; tries < PAIR_TRIES; tries++) {
		uint16_t port;
		int err = relay_pool_take(&u->pools, pool, clock_now_ms(), &port);
		if (err)
			return err;
		for (int part = 0; part < RELAY_PARTS && !err; part++) {
			const struct addr at = addr_with_port(pool->local, (uint16_t)(port + part));
			err = socket_open(u, &pair[part], &at);
		}
		if (!err)
			return 0;
		socket_close(&pair[RELAY_RTP]);
		socket_close(&pair[RELAY_RTCP]);
		relay_pool_give(&u->pools, pool, clock_now_ms(), port);
		if (err != PST_E_BUSY)
			return err;
	}
	return PST_E_SPACE;
}

static void pair_close(struct user_plane *u, struct relay_pool *pool, struct user_port pair[RELAY_PARTS])
{
	socket_close(&pair[RELAY_RTP]);
	socket_close(&pair[RELAY_RTCP]);
	relay_pool_give(&u->pools, pool, clock_now_ms(), pair[RELAY_RTP].number);
}

/* Sessions */

static int session_open(void *plane, const struct addr local[RELAY_LEGS], struct relay_session **out)
{
	struct user_plane *u = plane;
	struct relay_session *s = calloc(1, sizeof *s);
	int leg = 0, err = 0;
	if (s == NULL)
		return PST_E_NOMEM;
	s->plane = u;
	for (; leg < RELAY_LEGS && !err; leg++) {
		for (int part = 0; part < RELAY_PARTS; part++) {
			s->ports[leg][part].fd = -1;
			s->ports[leg][part].leg = (uint8_t)leg;
			s->ports[leg][part].part = (uint8_t)part;
		}
		err = addr_ip_len(&local[leg]) == 0 ? PST_E_ARG
						  : relay_pools_get(&u->pools, &local[leg], clock_now_ms(), &s->pools[leg]);
		if (!err)
			err = pair_open(u, s->pools[leg], s->ports[leg]);
	}
	if (err) {
		if (leg == RELAY_LEGS)
			pair_close(u, s->pools[0], s->ports[0]);
		free(s);
		return err;
	}
	u->sessions++;
	*out = s;
	return 0;
}

static void session_close(struct relay_session *s)
{
	for (int leg = 0; leg < RELAY_LEGS; leg++)
		pair_close(s->plane, s->pools[leg], s->ports[leg]);
	s->plane->sessions--;
	free(s);
}

static struct addr session_local(const struct relay_session *s, int leg, enum relay_part part)
{
	return addr_with_port(s->pools[leg]->local, s->ports[leg][part].number);
}

static void usage(const void *plane, uint32_t *sessions, uint32_t *sessions_max)
{
	const struct user_plane *u = plane;
	const uint32_t addresses = HASH_COUNT(u->pools.all);
	*sessions = u->sessions;
	*sessions_max = relay_pools_pairs(&u->pools) * (addresses > 2 ? addresses : 2) / 2;
}

/* Flows */

static int flow_set(
	struct relay_session *s, int from_leg, enum relay_part part, const struct relay_flow *flow)
{
	struct user_port *p = &s->ports[from_leg][part];
	if (flow->from.family != s->pools[from_leg]->local.family ||
		flow->to.family != s->pools[!from_leg]->local.family || flow->to.port == 0)
		return PST_E_ARG;
	struct addr known = from_sockaddr(&p->from);
	if (p->learnt)
		known.port = 0; /* as it was set */
	if (!p->open || !addr_eq(&known, &flow->from)) {
		(void)to_sockaddr(&p->from, &flow->from);
		p->learnt = false;
	}
	(void)to_sockaddr(&p->to, &flow->to);
	p->open = true;
	return 0;
}

static void session_hide(struct relay_session *s, int from_leg)
{
	s->ports[from_leg][RELAY_RTCP].hide = true;
}

static void flow_clear(struct relay_session *s, int from_leg, enum relay_part part)
{
	struct user_port *p = &s->ports[from_leg][part];
	p->open = false;
	p->learnt = false;
	p->from = p->to = (union user_sockaddr){ 0 };
}

static void flow_stats(
	const struct relay_session *s, int from_leg, enum relay_part part, struct relay_flow_stats *out)
{
	const struct user_port *p = &s->ports[from_leg][part];
	*out = (struct relay_flow_stats){ .packets = p->packets,
		.bytes = p->bytes,
		.refused = p->refused,
		.failed = p->failed,
		.last_ms = p->last_ms,
		.lost = relay_rtp_lost(&p->rtp),
		.ssrc_changes = p->rtp.ssrc_changes,
		.jitter_us = p->rtp.jitter_us16 / 16,
		.source = from_sockaddr(&p->from) };
	if (out->source.port == 0)
		out->source = (struct addr){ 0 };
}

/* Ranges: they would need a socket for each port, before anybody knows which. */

static int range_open(void *plane, const struct relay_range_plan *plan, struct relay_range **out)
{
	(void)plane, (void)plan, (void)out;
	return PST_E_UNSUPPORTED;
}

/* The plane */

static const struct relay_ops user_ops = {
	.name = "user",
	.session_open = session_open,
	.session_local = session_local,
	.flow_set = flow_set,
	.session_hide = session_hide,
	.flow_clear = flow_clear,
	.flow_stats = flow_stats,
	.session_close = session_close,
	.range_open = range_open, /* none is ever open */
	.usage = usage,
};

int relay_user_new(uv_loop_t *loop, const struct relay_user_config *conf, struct relay *out)
{
	struct user_plane *u = calloc(1, sizeof *u);
	if (u == NULL)
		return PST_E_NOMEM;
	int err = relay_pools_init(&u->pools, conf->first, conf->last, 2, conf->rest_ms);
	if (err) {
		free(u);
		return err;
	}
	if (getrandom(&u->hide_key, sizeof u->hide_key, 0) != sizeof u->hide_key) {
		free(u);
		return PST_E_SYS;
	}
	user_move_init(u);
	u->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (u->epoll < 0) {
		free(u);
		return PST_E_SYS;
	}
	err = uv_poll_init(loop, &u->poll, u->epoll);
	if (err) {
		close(u->epoll);
		free(u);
		errno = -err;
		return PST_E_SYS;
	}
	/* fails only for a closing handle */
	(void)uv_poll_start(&u->poll, UV_READABLE, user_move_ready);
	*out = (struct relay){ &user_ops, u };
	return 0;
}

int relay_user_configure(struct relay *relay, const struct relay_user_config *conf)
{
	struct user_plane *u = relay->plane;
	return relay_pools_set_range(&u->pools, conf->first, conf->last, conf->rest_ms);
}

static void on_closed(uv_handle_t *h)
{
	struct user_plane *u = (struct user_plane *)h;
	close(u->epoll);
	free(u);
}

void relay_user_free(struct relay *relay)
{
	struct user_plane *u = relay->plane;
	assert(u->sessions == 0);
	relay_pools_free(&u->pools);
	*relay = (struct relay){ 0 };
	uv_close((uv_handle_t *)&u->poll, on_closed);
}
