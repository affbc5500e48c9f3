/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user plane: sessions, their sockets and flows. The packets move in user_move.c, in the threads of user_shard.c. */
#include "relay/user.h"

#include "base/clock.h"
#include "loop/net.h"
#include "relay/user_private.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
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

static int socket_open(struct user_port *p, const struct addr *at)
{
	p->fd = socket(at->family == ADDR_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return PST_E_SYS;
	p->number = at->port;
	return loop_bind(p->fd, at);
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
			err = socket_open(&pair[part], &at);
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

static void ports_init(struct relay_session *s)
{
	for (int leg = 0; leg < RELAY_LEGS; leg++) {
		for (int part = 0; part < RELAY_PARTS; part++) {
			s->ports[leg][part].fd = -1;
			s->ports[leg][part].leg = (uint8_t)leg;
			s->ports[leg][part].part = (uint8_t)part;
		}
	}
}

/* Opens the sockets of both legs. */
static int ports_open(struct user_plane *u, struct relay_session *s, const struct addr local[RELAY_LEGS])
{
	int leg = 0, err = 0;
	for (; leg < RELAY_LEGS && !err; leg++) {
		err = addr_ip_len(&local[leg]) == 0 ? PST_E_ARG
						  : relay_pools_get(&u->pools, &local[leg], clock_now_ms(), &s->pools[leg]);
		if (!err)
			err = pair_open(u, s->pools[leg], s->ports[leg]);
	}
	if (err && leg == RELAY_LEGS)
		pair_close(u, s->pools[0], s->ports[0]);
	return err;
}

static struct user_shard *least_busy(const struct user_plane *u)
{
	struct user_shard *least = u->shards[0];
	for (uint32_t i = 1; i < u->shards_n; i++)
		if (u->shards[i]->sessions < least->sessions)
			least = u->shards[i];
	return least;
}

static void session_close(struct relay_session *s)
{
	struct user_plane *u = s->plane;
	for (int leg = 0; leg < RELAY_LEGS; leg++)
		relay_pool_give(&u->pools, s->pools[leg], clock_now_ms(), s->ports[leg][RELAY_RTP].number);
	s->shard->sessions--;
	u->sessions--;
	user_shard_close(s->shard, s);
}

/* The thread looks at the sockets from now on, not from the first flow: what comes before a flow is set must not wait in
 * a socket for it. */
static int session_open(void *plane, const struct addr local[RELAY_LEGS], struct relay_session **out)
{
	struct user_plane *u = plane;
	/* a processor's line has one session, so that threads do not fetch each other's */
	struct relay_session *s = aligned_alloc(USER_LINE, (sizeof *s + USER_LINE - 1) / USER_LINE * USER_LINE);
	if (s == NULL)
		return PST_E_NOMEM;
	*s = (struct relay_session){ .plane = u, .shard = least_busy(u) };
	ports_init(s);
	int err = ports_open(u, s, local);
	if (err) {
		free(s);
		return err;
	}
	s->shard->sessions++;
	u->sessions++;
	err = user_shard_add(s->shard, s);
	if (err)
		session_close(s);
	else
		*out = s;
	return err;
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
	if (!relay_flow_good(flow, &s->pools[from_leg]->local, &s->pools[!from_leg]->local))
		return PST_E_ARG;
	const struct addr from = from_sockaddr(&p->from);
	user_shard_lock(s->shard);
	if (!p->open || !addr_eq(&from, &flow->from)) {
		(void)to_sockaddr(&p->from, &flow->from);
		atomic_store_explicit(&p->learnt, 0, memory_order_relaxed);
	}
	p->to = (union user_sockaddr){ 0 };
	if (flow->to.family != ADDR_NONE)
		(void)to_sockaddr(&p->to, &flow->to);
	p->open = true;
	user_shard_unlock(s->shard);
	return 0;
}

static void session_hide(struct relay_session *s, int from_leg)
{
	user_shard_lock(s->shard);
	s->ports[from_leg][RELAY_RTCP].hide = true;
	user_shard_unlock(s->shard);
}

static void flow_clear(struct relay_session *s, int from_leg, enum relay_part part)
{
	struct user_port *p = &s->ports[from_leg][part];
	user_shard_lock(s->shard);
	p->open = false;
	atomic_store_explicit(&p->learnt, 0, memory_order_relaxed);
	p->from = p->to = (union user_sockaddr){ 0 };
	user_shard_unlock(s->shard);
}

static uint64_t read64(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static uint32_t read32(const _Atomic uint32_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static void flow_stats(
	const struct relay_session *s, int from_leg, enum relay_part part, struct relay_flow_stats *out)
{
	const struct user_port *p = &s->ports[from_leg][part];
	const struct user_counts *c = &p->counts;
	*out = (struct relay_flow_stats){ .packets = read64(&c->packets),
		.bytes = read64(&c->bytes),
		.refused = read64(&c->refused),
		.failed = read64(&c->failed),
		.last_ms = read64(&c->last_ms),
		.lost = read32(&c->lost),
		.ssrc_changes = read32(&c->ssrc_changes),
		.jitter_us = read32(&c->jitter_us),
		.source = from_sockaddr(&p->from) };
	if (out->source.port == 0)
		out->source.port = ntohs(atomic_load_explicit(&p->learnt, memory_order_relaxed));
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

/* As many as the process may run on. */
static uint32_t processors(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	/* fails where there are more than fit */
	return sched_getaffinity(0, sizeof set, &set) ? RELAY_USER_SHARDS_MAX : (uint32_t)CPU_COUNT(&set);
}

static void shards_free(struct user_plane *u)
{
	const int saved = errno;
	while (u->shards_n > 0)
		user_shard_free(u->shards[--u->shards_n]);
	errno = saved;
}

static int shards_new(struct user_plane *u, uint32_t n)
{
	uint64_t hide_key;
	if (getrandom(&hide_key, sizeof hide_key, 0) != sizeof hide_key)
		return PST_E_SYS;
	if (n > RELAY_USER_SHARDS_MAX)
		n = RELAY_USER_SHARDS_MAX;
	while (u->shards_n < n) {
		const int err = user_shard_new(&u->shards[u->shards_n], hide_key);
		if (err) {
			shards_free(u);
			return err;
		}
		u->shards_n++;
	}
	return 0;
}

int relay_user_new(const struct relay_user_config *conf, struct relay *out)
{
	struct user_plane *u = calloc(1, sizeof *u);
	if (u == NULL)
		return PST_E_NOMEM;
	int err = relay_pools_init(&u->pools, conf->first, conf->last, 2, conf->rest_ms);
	if (!err) {
		err = shards_new(u, conf->shards != 0 ? conf->shards : processors());
		if (err)
			relay_pools_free(&u->pools);
	}
	if (err) {
		free(u);
		return err;
	}
	*out = (struct relay){ &user_ops, u };
	return 0;
}

int relay_user_configure(struct relay *relay, const struct relay_user_config *conf)
{
	struct user_plane *u = relay->plane;
	return relay_pools_set_range(&u->pools, conf->first, conf->last, conf->rest_ms);
}

void relay_user_free(struct relay *relay)
{
	struct user_plane *u = relay->plane;
	assert(u->sessions == 0);
	shards_free(u);
	relay_pools_free(&u->pools);
	free(u);
	*relay = (struct relay){ 0 };
}
