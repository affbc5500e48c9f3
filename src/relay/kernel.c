/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel plane: sessions and flows, as slots of the shared table. */
#include "relay/kernel_private.h"

#include "base/clock.h"
#include "loop/net.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { HEARTBEAT_MS = 1000, PORT_TRIES = 64 };

struct relay_k_slot *kernel_slot(const struct relay_session *s, int leg, enum relay_part part)
{
	return kernel_pair(s->plane, s->legs[leg].pair, (int)part);
}

/* Sessions */

static int pool_get(struct kernel_plane *k, const struct addr *local, struct relay_pool **out)
{
	if (addr_ip_len(local) == 0)
		return PST_E_ARG;
	if (relay_pools_find(&k->pools, local) == NULL && kernel_number_of(k, local) == RELAY_K_UNNUMBERED) {
		const int err = kernel_check_ours(local);
		if (err)
			return err;
	}
	return relay_pools_get(&k->pools, local, clock_now_ms(), out);
}

/* Readies PAIR for the ports that AT names, and makes them found. */
static int pair_open(struct kernel_plane *k, uint32_t pair, const struct addr *at)
{
	for (int part = 0; part < RELAY_PARTS; part++)
		kernel_slot_reset(kernel_pair(k, pair, part), RELAY_K_RESERVED, part, at);
	const int err = kernel_index_put(k, kernel_hash(at), at->port, pair);
	for (int part = 0; part < RELAY_PARTS && err; part++)
		kernel_slot_reset(kernel_pair(k, pair, part), RELAY_K_FREE, part, NULL);
	return err;
}

static int leg_open(struct relay_session *s, int leg, const struct addr *local)
{
	struct kernel_plane *k = s->plane;
	struct relay_pool *pool;
	int err = pool_get(k, local, &pool);
	if (!err && k->free_n == 0)
		err = PST_E_SPACE;
	for (int tries = 0; !err; tries++) {
		uint16_t port;
		err = relay_pool_take(&k->pools, pool, clock_now_ms(), &port);
		if (err)
			return err;
		const uint32_t pair = k->free[k->free_n - 1];
		const struct addr at = addr_with_port(*local, port);
		err = pair_open(k, pair, &at);
		if (!err) {
			s->legs[leg].ip = pool->local;
			s->legs[leg].pool = pool;
			s->legs[leg].via = kernel_number_of(k, local);
			s->legs[leg].port = port;
			s->legs[leg].pair = pair;
			k->free_n--;
			k->by_pair[pair] = s;
			return 0;
		}
		relay_pool_give(&k->pools, pool, clock_now_ms(), port);
		if (tries < PORT_TRIES)
			err = 0;
	}
	return err;
}

static void leg_close(struct relay_session *s, int leg)
{
	struct kernel_plane *k = s->plane;
	const struct addr at = kernel_local(s, leg, RELAY_RTP);
	kernel_index_remove(k, kernel_hash(&at), at.port, s->legs[leg].pair);
	for (int part = 0; part < RELAY_PARTS; part++)
		kernel_slot_reset(kernel_slot(s, leg, (enum relay_part)part), RELAY_K_FREE, part, NULL);
	k->free[k->free_n++] = s->legs[leg].pair;
	k->by_pair[s->legs[leg].pair] = NULL;
	relay_pool_give(&k->pools, s->legs[leg].pool, clock_now_ms(), s->legs[leg].port);
}

static int session_open(void *plane, const struct addr local[RELAY_LEGS], struct relay_session **out)
{
	struct relay_session *s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	s->plane = plane;
	int err = leg_open(s, 0, &local[0]);
	if (!err) {
		err = leg_open(s, 1, &local[1]);
		if (err)
			leg_close(s, 0);
	}
	if (err) {
		free(s);
		return err;
	}
	s->plane->sessions++;
	*out = s;
	return 0;
}

static void session_close(struct relay_session *s)
{
	for (int leg = 0; leg < RELAY_LEGS; leg++)
		leg_close(s, leg);
	s->plane->sessions--;
	free(s);
}

struct addr kernel_local(const struct relay_session *s, int leg, enum relay_part part)
{
	return addr_with_port(s->legs[leg].ip, (uint16_t)(s->legs[leg].port + (unsigned)part));
}

static void usage(const void *plane, uint32_t *sessions, uint32_t *sessions_max)
{
	const struct kernel_plane *k = plane;
	const uint32_t addresses = HASH_COUNT(k->pools.all), slots = k->head->pairs_n / 2;
	const uint64_t ports = (uint64_t)relay_pools_pairs(&k->pools) * (addresses > 2 ? addresses : 2) / 2;
	*sessions = k->sessions;
	*sessions_max = ports < slots ? (uint32_t)ports : slots;
}

static uint32_t orphans(const void *plane)
{
	return ((const struct kernel_plane *)plane)->orphans_n;
}

/* Flows */

static enum relay_k_state state_open(const struct relay_session *s, int from_leg, enum relay_part part)
{
	if (part == RELAY_RTP || !s->rtcp[from_leg].hide)
		return RELAY_K_OPEN;
	return s->plane->ring.read != NULL ? RELAY_K_HANDED : RELAY_K_RESERVED;
}

static int flow_set(
	struct relay_session *s, int from_leg, enum relay_part part, const struct relay_flow *flow)
{
	const int out = !from_leg;
	struct relay_k_slot *k = kernel_slot(s, from_leg, part);
	if (!relay_flow_good(flow, &s->legs[from_leg].ip, &s->legs[out].ip))
		return PST_E_ARG;
	const bool known = s->legs[from_leg].flows[part].open &&
			   addr_eq(&s->legs[from_leg].flows[part].from, &flow->from);
	kernel_write_begin(k);
	kernel_mapped(k->from, &flow->from);
	kernel_mapped(k->to, &flow->to);
	kernel_mapped(k->via_ip, &s->legs[out].ip);
	k->from4 = kernel_ip4(&flow->from);
	k->to4 = kernel_ip4(&flow->to);
	k->ip4 = flow->from.family == ADDR_IP4 && flow->to.family == ADDR_IP4;
	k->from_port = htons(flow->from.port);
	k->to_port = htons(flow->to.port);
	k->via = s->legs[out].via;
	k->via_port = htons((uint16_t)(s->legs[out].port + (unsigned)part));
	if (!known)
		kernel_forget_learnt(k);
	k->state = (uint8_t)(flow->to.family == ADDR_NONE ? RELAY_K_HEARD : state_open(s, from_leg, part));
	kernel_write_end(k);
	if (part == RELAY_RTCP)
		s->rtcp[from_leg].to = flow->to;
	s->legs[from_leg].flows[part].open = true;
	s->legs[from_leg].flows[part].from = flow->from;
	return 0;
}

static void flow_clear(struct relay_session *s, int from_leg, enum relay_part part)
{
	struct relay_k_slot *k = kernel_slot(s, from_leg, part);
	kernel_write_begin(k);
	k->state = RELAY_K_RESERVED;
	memset(k->from, 0, sizeof k->from);
	memset(k->to, 0, sizeof k->to);
	k->from4 = k->to4 = 0;
	k->from_port = k->to_port = k->via_port = 0;
	kernel_forget_learnt(k);
	kernel_write_end(k);
	s->legs[from_leg].flows[part].open = false;
}

static void flow_stats(
	const struct relay_session *s, int from_leg, enum relay_part part, struct relay_flow_stats *out)
{
	const struct relay_k_slot *k = kernel_slot(s, from_leg, part);
	*out = (struct relay_flow_stats){ .packets = kernel_counter(&k->packets),
		.bytes = kernel_counter(&k->bytes),
		.refused = kernel_counter(&k->refused),
		.failed = kernel_counter(&k->failed),
		.last_ms = k->last != 0 ? kernel_tick_ms(k->last) : 0,
		.lost = relay_rtp_lost(&k->rtp),
		.ssrc_changes = k->rtp.ssrc_changes,
		.jitter_us = k->rtp.jitter_us16 / 16 };
	if (!s->legs[from_leg].flows[part].open)
		return;
	struct addr source = s->legs[from_leg].flows[part].from;
	if (source.port == 0)
		source.port = ntohs((uint16_t)__atomic_load_n(&k->learnt, __ATOMIC_RELAXED));
	if (source.port != 0)
		out->source = source;
}

bool relay_kernel_outlives(const struct relay *relay)
{
	return ((const struct kernel_plane *)relay->plane)->head->outlives != 0;
}

uint64_t relay_kernel_by_tc(const struct relay_session *s, int from_leg)
{
	return kernel_counter(&kernel_slot(s, from_leg, RELAY_RTP)->by_tc);
}

/* The plane */

static const struct relay_ops kernel_ops = {
	.name = "kernel",
	.session_open = session_open,
	.session_local = kernel_local,
	.flow_set = flow_set,
	.session_hide = kernel_rtcp_hide,
	.flow_clear = flow_clear,
	.flow_stats = flow_stats,
	.session_close = session_close,
	.range_open = kernel_range_open,
	.range_stats = kernel_range_stats,
	.range_close = kernel_range_close,
	.usage = usage,
	.orphans = orphans,
};

_Static_assert((uint64_t)RELAY_KERNEL_LEASE_MS * 1000000u < RELAY_K_LEASE_MAX_NS, "the programs believe no longer lease");

static void lease_renew(struct kernel_plane *k)
{
	__atomic_store_n(&k->head->lease_ns, clock_now_ns() + (uint64_t)RELAY_KERNEL_LEASE_MS * 1000000u,
		__ATOMIC_RELAXED);
}

static void on_heartbeat(uv_timer_t *t)
{
	struct kernel_plane *k = (struct kernel_plane *)t;
	lease_renew(k);
	kernel_orphans_look(k);
}

static void plane_release(struct kernel_plane *k)
{
	kernel_orphans_end(k);
	relay_pools_free(&k->pools);
	free(k->free);
	free(k->by_pair);
	kernel_ring_unmap(&k->ring);
	munmap(k->head, k->bytes);
}

/* The handles, last: what is begun here is ended by closing them. */
static int watch(struct kernel_plane *k, uv_loop_t *loop, int ring_fd)
{
	const int err = ring_fd >= 0 ? uv_poll_init(loop, &k->poll, ring_fd) : 0;
	if (err) {
		errno = -err;
		return PST_E_SYS;
	}
	/* none of these fails with a valid loop and handler */
	k->handles = 1;
	if (ring_fd >= 0) {
		k->poll.data = k;
		(void)uv_poll_start(&k->poll, UV_READABLE, kernel_rtcp_ready);
		k->handles++;
	}
	(void)uv_timer_init(loop, &k->heartbeat);
	(void)uv_timer_start(&k->heartbeat, on_heartbeat, HEARTBEAT_MS, HEARTBEAT_MS);
	k->heartbeat.data = k;
	return 0;
}

/* The programs look at ports of all ranges that there were. */
static void widen(struct relay_k_header *h, uint16_t first, uint16_t last)
{
	if (first < h->first || h->last == 0)
		h->first = first;
	if (last > h->last)
		h->last = last;
}

int relay_kernel_new(
	uv_loop_t *loop, int table_fd, int ring_fd, const struct relay_kernel_config *conf, struct relay *out)
{
	struct kernel_plane *k = calloc(1, sizeof *k);
	if (k == NULL)
		return PST_E_NOMEM;
	int err = getrandom(&k->hide_key, sizeof k->hide_key, 0) == sizeof k->hide_key ? 0 : PST_E_SYS;
	if (!err)
		err = kernel_map_table(k, table_fd);
	if (err) {
		free(k);
		return err;
	}
	err = relay_pools_init(&k->pools, conf->first, conf->last, 2, conf->rest_ms);
	k->by_pair = calloc(k->head->pairs_n, sizeof *k->by_pair);
	if (!err && k->by_pair == NULL)
		err = PST_E_NOMEM;
	if (!err && ring_fd >= 0)
		err = kernel_ring_map(&k->ring, ring_fd);
	if (!err)
		err = kernel_take_over(k, conf->orphan_ms, conf->orphan_quiet_ms);
	if (!err)
		err = watch(k, loop, ring_fd);
	if (err) {
		plane_release(k);
		free(k);
		return err;
	}
	k->head->ranges_n = 0;
	if (k->orphans_n == 0)
		k->head->first = k->head->last = 0;
	widen(k->head, conf->first, conf->last);
	lease_renew(k);
	*out = (struct relay){ &kernel_ops, k };
	return 0;
}

int relay_kernel_configure(struct relay *relay, const struct relay_kernel_config *conf)
{
	struct kernel_plane *k = relay->plane;
	const int err = relay_pools_set_range(&k->pools, conf->first, conf->last, conf->rest_ms);
	if (!err)
		widen(k->head, conf->first, conf->last);
	return err;
}

static void on_closed(uv_handle_t *h)
{
	struct kernel_plane *k = h->data;
	if (--k->handles == 0)
		free(k);
}

void relay_kernel_free(struct relay *relay)
{
	struct kernel_plane *k = relay->plane;
	assert(k->sessions == 0);
	k->head->lease_ns = 0;
	plane_release(k);
	*relay = (struct relay){ 0 };
	uv_close((uv_handle_t *)&k->heartbeat, on_closed);
	if (k->poll.data != NULL)
		uv_close((uv_handle_t *)&k->poll, on_closed);
}
