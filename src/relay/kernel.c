/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel plane: sessions and flows, as slots of the shared table. */
#include "relay/kernel_private.h"

#include "base/clock.h"
#include "loop/net.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { HEARTBEAT_MS = 1000, PORT_TRIES = 64 };

static void to_mapped(uint8_t out[16], const struct addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	memcpy(out, a->family == ADDR_IP4 ? prefix : a->ip, 12);
	memcpy(out + 12, a->family == ADDR_IP4 ? a->ip : a->ip + 12, 4);
}

static uint32_t ip4_of(const struct addr *a)
{
	uint32_t ip = 0;
	if (a->family == ADDR_IP4)
		memcpy(&ip, a->ip, sizeof ip);
	return ip;
}

static struct relay_k_slot *pair_slot(const struct kernel_plane *k, uint32_t pair, int part)
{
	return &k->slots[k->head->pairs + 2 * pair + (uint32_t)part];
}

struct relay_k_slot *kernel_slot(const struct relay_session *s, int leg, enum relay_part part)
{
	return pair_slot(s->plane, s->legs[leg].pair, (int)part);
}

/* The programs use what they read between two looks at an even, equal number only. */
static void write_begin(struct relay_k_slot *k)
{
	__atomic_store_n(&k->seq, k->seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void write_end(struct relay_k_slot *k)
{
	__atomic_store_n(&k->seq, k->seq + 1, __ATOMIC_RELEASE);
}

/* What is learnt now is for another source than before. */
static void forget_learnt(struct relay_k_slot *k)
{
	__atomic_store_n(&k->learnt, ((k->learnt >> 16) + 1) << 16, __ATOMIC_SEQ_CST);
}

/* Puts a slot into STATE with nothing counted and no flow, as the port AT, of an address of ours. */
static void slot_reset(struct relay_k_slot *k, enum relay_k_state state, int part, const struct addr *at)
{
	struct relay_k_slot fresh = { .state = (uint8_t)state, .part = (uint8_t)part };
	const size_t body = offsetof(struct relay_k_slot, state);
	if (at != NULL) {
		to_mapped(fresh.own, at);
		fresh.own4 = ip4_of(at);
		fresh.own_port = htons((uint16_t)(at->port + part));
	}
	write_begin(k);
	fresh.learnt = ((k->learnt >> 16) + 1) << 16;
	memcpy((uint8_t *)k + body, (const uint8_t *)&fresh + body, sizeof fresh - body);
	write_end(k);
}

/* The index */

static uint64_t hash_of(const struct addr *a)
{
	uint64_t words[2];
	uint8_t ip[16];
	to_mapped(ip, a);
	memcpy(words, ip, sizeof words);
	return relay_k_hash(words[0], words[1]);
}

static uint32_t *index_at(const struct kernel_plane *k, uint64_t hash, uint16_t port, uint32_t n)
{
	uint32_t *words = (uint32_t *)&k->slots[k->head->index];
	return &words[relay_k_place(hash, port, n) & k->head->index_mask];
}

/* Makes PAIR found by AT. PST_E_SPACE: no place for that port is free. */
static int index_put(struct kernel_plane *k, const struct addr *at, uint32_t pair)
{
	const uint64_t hash = hash_of(at);
	for (uint32_t n = 0; n < RELAY_K_PLACES; n++) {
		uint32_t *place = index_at(k, hash, at->port, n);
		if (*place != 0)
			continue;
		__atomic_store_n(place, relay_k_entry(hash, pair), __ATOMIC_RELEASE);
		return 0;
	}
	return PST_E_SPACE;
}

static void index_remove(struct kernel_plane *k, const struct addr *at, uint32_t pair)
{
	const uint64_t hash = hash_of(at);
	for (uint32_t n = 0; n < RELAY_K_PLACES; n++) {
		uint32_t *place = index_at(k, hash, at->port, n);
		if (*place == relay_k_entry(hash, pair))
			__atomic_store_n(place, 0, __ATOMIC_RELEASE);
	}
}

/* Sessions */

/* The number of an address that has one. */
static uint8_t number_of(const struct kernel_plane *k, const struct addr *a)
{
	uint8_t ip[16];
	to_mapped(ip, a);
	for (uint32_t i = 0; i < k->head->locals_n; i++)
		if (memcmp(k->head->locals[i].ip, ip, sizeof ip) == 0)
			return (uint8_t)i;
	return RELAY_K_UNNUMBERED;
}

/* Of an address without a number, whether it is the system's own at all. */
static int check_ours(const struct addr *a)
{
	const struct addr any_port = addr_with_port(*a, 0);
	const int fd = socket(a->family == ADDR_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return PST_E_SYS;
	const int err = loop_bind(fd, &any_port);
	const int saved = errno;
	close(fd);
	errno = saved;
	return err;
}

static int pool_get(struct kernel_plane *k, const struct addr *local, struct relay_pool **out)
{
	if (addr_ip_len(local) == 0)
		return PST_E_ARG;
	if (relay_pools_find(&k->pools, local) == NULL && number_of(k, local) == RELAY_K_UNNUMBERED) {
		const int err = check_ours(local);
		if (err)
			return err;
	}
	return relay_pools_get(&k->pools, local, clock_now_ms(), out);
}

/* Readies PAIR for the ports that AT names, and makes them found. */
static int pair_open(struct kernel_plane *k, uint32_t pair, const struct addr *at)
{
	for (int part = 0; part < RELAY_PARTS; part++)
		slot_reset(pair_slot(k, pair, part), RELAY_K_RESERVED, part, at);
	const int err = index_put(k, at, pair);
	for (int part = 0; part < RELAY_PARTS && err; part++)
		slot_reset(pair_slot(k, pair, part), RELAY_K_FREE, part, NULL);
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
			s->legs[leg].via = number_of(k, local);
			s->legs[leg].port = port;
			s->legs[leg].pair = pair;
			k->free_n--;
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
	index_remove(k, &at, s->legs[leg].pair);
	for (int part = 0; part < RELAY_PARTS; part++)
		slot_reset(kernel_slot(s, leg, (enum relay_part)part), RELAY_K_FREE, part, NULL);
	k->free[k->free_n++] = s->legs[leg].pair;
	relay_pool_give(&k->pools, s->legs[leg].pool, clock_now_ms(), s->legs[leg].port);
}

static int session_open(void *plane, const struct addr local[RELAY_LEGS], struct relay_session **out)
{
	struct relay_session *s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	s->plane = plane;
	s->rtcp[0].fd = s->rtcp[1].fd = -1;
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
	kernel_rtcp_close(s);
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

/* Flows */

static enum relay_k_state state_open(const struct relay_session *s, int from_leg, enum relay_part part)
{
	if (part == RELAY_RTP || !s->rtcp[from_leg].hide)
		return RELAY_K_OPEN;
	return s->rtcp[0].fd >= 0 && s->rtcp[1].fd >= 0 ? RELAY_K_SOCKET : RELAY_K_RESERVED;
}

static int flow_set(
	struct relay_session *s, int from_leg, enum relay_part part, const struct relay_flow *flow)
{
	const int out = !from_leg;
	struct relay_k_slot *k = kernel_slot(s, from_leg, part);
	if (flow->from.family != s->legs[from_leg].ip.family || flow->to.family != s->legs[out].ip.family ||
		flow->to.port == 0)
		return PST_E_ARG;
	const bool known = s->legs[from_leg].flows[part].open &&
			   addr_eq(&s->legs[from_leg].flows[part].from, &flow->from);
	write_begin(k);
	to_mapped(k->from, &flow->from);
	to_mapped(k->to, &flow->to);
	to_mapped(k->via_ip, &s->legs[out].ip);
	k->from4 = ip4_of(&flow->from);
	k->to4 = ip4_of(&flow->to);
	k->ip4 = flow->from.family == ADDR_IP4 && flow->to.family == ADDR_IP4;
	k->from_port = htons(flow->from.port);
	k->to_port = htons(flow->to.port);
	k->via = s->legs[out].via;
	k->via_port = htons((uint16_t)(s->legs[out].port + (unsigned)part));
	if (!known)
		forget_learnt(k);
	k->state = (uint8_t)state_open(s, from_leg, part);
	write_end(k);
	if (part == RELAY_RTCP)
		s->rtcp[from_leg].to = flow->to;
	s->legs[from_leg].flows[part].open = true;
	s->legs[from_leg].flows[part].from = flow->from;
	return 0;
}

static void flow_clear(struct relay_session *s, int from_leg, enum relay_part part)
{
	struct relay_k_slot *k = kernel_slot(s, from_leg, part);
	write_begin(k);
	k->state = RELAY_K_RESERVED;
	memset(k->from, 0, sizeof k->from);
	memset(k->to, 0, sizeof k->to);
	k->from4 = k->to4 = 0;
	k->from_port = k->to_port = k->via_port = 0;
	forget_learnt(k);
	write_end(k);
	s->legs[from_leg].flows[part].open = false;
}

static uint64_t counter(const uint64_t *c)
{
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

/* When a tick was, which was not long ago. */
static uint64_t tick_ms(uint32_t tick)
{
	const uint64_t now = clock_now_ns() >> RELAY_K_TICK_SHIFT;
	return ((now - (uint32_t)((uint32_t)now - tick)) << RELAY_K_TICK_SHIFT) / 1000000u;
}

static void flow_stats(
	const struct relay_session *s, int from_leg, enum relay_part part, struct relay_flow_stats *out)
{
	const struct relay_k_slot *k = kernel_slot(s, from_leg, part);
	*out = (struct relay_flow_stats){ .packets = counter((const uint64_t *)&k->packets),
		.bytes = counter((const uint64_t *)&k->bytes),
		.refused = counter((const uint64_t *)&k->refused),
		.failed = counter((const uint64_t *)&k->failed),
		.last_ms = k->last != 0 ? tick_ms(k->last) : 0,
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

uint64_t relay_kernel_by_tc(const struct relay_session *s, int from_leg)
{
	return counter((const uint64_t *)&kernel_slot(s, from_leg, RELAY_RTP)->by_tc);
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
	.usage = usage,
};

static void lease_renew(struct kernel_plane *k)
{
	__atomic_store_n(&k->head->lease_ns, clock_now_ns() + (uint64_t)RELAY_KERNEL_LEASE_MS * 1000000u,
		__ATOMIC_RELAXED);
}

static void on_heartbeat(uv_timer_t *t)
{
	lease_renew((struct kernel_plane *)t);
}

static bool header_good(const struct relay_k_header *h)
{
	return h->magic == RELAY_K_MAGIC && h->slot_size == RELAY_K_SLOT && h->locals_n <= RELAY_K_LOCALS &&
	       h->slots > RELAY_K_HEADER_SLOTS && h->index >= RELAY_K_HEADER_SLOTS && h->index < h->slots &&
	       (h->index_mask & (h->index_mask + 1)) == 0 && h->index_mask / RELAY_K_WORDS < h->slots - h->index &&
	       h->pairs < h->slots && h->pairs_n > 0 && h->pairs_n < RELAY_K_PAIR_MASK &&
	       h->pairs_n <= (h->slots - h->pairs) / 2;
}

/* The header says how long the table is. */
static int map_table(struct kernel_plane *k, int fd)
{
	size_t bytes = (size_t)RELAY_K_HEADER_SLOTS * RELAY_K_SLOT;
	for (int i = 0; i < 2; i++) {
		void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED)
			return PST_E_SYS;
		k->head = p;
		k->slots = p;
		k->bytes = bytes;
		if (!header_good(k->head)) {
			munmap(p, bytes);
			return PST_E_BAD;
		}
		bytes = (size_t)k->head->slots * RELAY_K_SLOT;
		if (i == 0)
			munmap(p, k->bytes);
	}
	return 0;
}

static void plane_release(struct kernel_plane *k)
{
	relay_pools_free(&k->pools);
	free(k->free);
	munmap(k->head, k->bytes);
}

/* All ports are free, whoever had them. */
static int clear_table(struct kernel_plane *k)
{
	const uint32_t n = k->head->pairs_n;
	k->free = calloc(n, sizeof *k->free);
	if (k->free == NULL)
		return PST_E_NOMEM;
	memset(&k->slots[k->head->index], 0, ((size_t)k->head->index_mask + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < 2 * n; i++) {
		struct relay_k_slot *slot = pair_slot(k, i / 2, (int)(i % 2));
		slot->seq += slot->seq & 1; /* who had it before may have died over it */
		if (slot->state != RELAY_K_FREE || slot->own_port != 0)
			slot_reset(slot, RELAY_K_FREE, (int)(i % 2), NULL);
	}
	/* the first ones first */
	for (; k->free_n < n; k->free_n++)
		k->free[k->free_n] = n - 1 - k->free_n;
	return 0;
}

/* The handles, last: what is begun here is ended by closing them. */
static int watch(struct kernel_plane *k, uv_loop_t *loop)
{
	k->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (k->epoll < 0)
		return PST_E_SYS;
	const int err = uv_poll_init(loop, &k->poll, k->epoll);
	if (err) {
		close(k->epoll);
		errno = -err;
		return PST_E_SYS;
	}
	/* none of these fails with a valid loop and handler */
	k->poll.data = k;
	(void)uv_poll_start(&k->poll, UV_READABLE, kernel_rtcp_ready);
	(void)uv_timer_init(loop, &k->heartbeat);
	(void)uv_timer_start(&k->heartbeat, on_heartbeat, HEARTBEAT_MS, HEARTBEAT_MS);
	k->heartbeat.data = k;
	k->handles = 2;
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

int relay_kernel_new(uv_loop_t *loop, int table_fd, const struct relay_kernel_config *conf, struct relay *out)
{
	struct kernel_plane *k = calloc(1, sizeof *k);
	if (k == NULL)
		return PST_E_NOMEM;
	int err = getrandom(&k->hide_key, sizeof k->hide_key, 0) == sizeof k->hide_key ? 0 : PST_E_SYS;
	if (!err)
		err = map_table(k, table_fd);
	if (err) {
		free(k);
		return err;
	}
	err = relay_pools_init(&k->pools, conf->first, conf->last, 2, conf->rest_ms);
	if (!err)
		err = clear_table(k);
	if (!err)
		err = watch(k, loop);
	if (err) {
		plane_release(k);
		free(k);
		return err;
	}
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
	if (--k->handles != 0)
		return;
	close(k->epoll);
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
	uv_close((uv_handle_t *)&k->poll, on_closed);
}
