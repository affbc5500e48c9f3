/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel plane: sessions and flows, as slots of the shared table. */
#include "relay/kernel_private.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { HEARTBEAT_MS = 1000 };

static void to_mapped(uint8_t out[16], const struct addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	memcpy(out, a->family == ADDR_IP4 ? prefix : a->ip, 12);
	memcpy(out + 12, a->family == ADDR_IP4 ? a->ip : a->ip + 12, 4);
}

struct relay_k_slot *kernel_slot(const struct relay_session *s, int leg, enum relay_part part)
{
	const struct relay_k_local *l = &s->plane->head->locals[s->legs[leg].local];
	return &s->plane->slots[l->base + s->legs[leg].port + (uint32_t)part - l->first];
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

/* Puts a slot into STATE with nothing counted and no flow. */
static void slot_reset(struct relay_k_slot *k, enum relay_k_state state, int part)
{
	struct relay_k_slot fresh = { .state = (uint8_t)state, .part = (uint8_t)part };
	const size_t body = offsetof(struct relay_k_slot, state);
	write_begin(k);
	fresh.learnt = ((k->learnt >> 16) + 1) << 16;
	memcpy((uint8_t *)k + body, (const uint8_t *)&fresh + body, sizeof fresh - body);
	write_end(k);
}

/* Sessions */

static int local_find(const struct kernel_plane *k, const struct addr *a, uint32_t *number)
{
	uint8_t ip[16];
	if (addr_ip_len(a) == 0)
		return PST_E_ARG;
	to_mapped(ip, a);
	for (uint32_t i = 0; i < k->head->locals_n; i++)
		if (memcmp(k->head->locals[i].ip, ip, sizeof ip) == 0) {
			*number = i;
			return 0;
		}
	errno = EADDRNOTAVAIL;
	return PST_E_SYS;
}

static int leg_open(struct relay_session *s, int leg, const struct addr *local)
{
	struct kernel_plane *k = s->plane;
	uint32_t number;
	int err = local_find(k, local, &number);
	if (err)
		return err;
	err = loop_ports_take(&k->ports[number], clock_now_ms(), &s->legs[leg].port);
	if (err)
		return err;
	s->legs[leg].ip = addr_with_port(*local, 0);
	s->legs[leg].local = number;
	for (int part = 0; part < RELAY_PARTS; part++)
		slot_reset(kernel_slot(s, leg, (enum relay_part)part), RELAY_K_RESERVED, part);
	return 0;
}

static void leg_close(struct relay_session *s, int leg)
{
	for (int part = 0; part < RELAY_PARTS; part++)
		slot_reset(kernel_slot(s, leg, (enum relay_part)part), RELAY_K_FREE, part);
	loop_ports_give(&s->plane->ports[s->legs[leg].local], clock_now_ms(), s->legs[leg].port);
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
	*sessions = k->sessions;
	*sessions_max = k->ports[0].n;
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
	k->from_port = htons(flow->from.port);
	k->to_port = htons(flow->to.port);
	k->via = (uint8_t)s->legs[out].local;
	k->via_port = htons((uint16_t)(s->legs[out].port + (unsigned)part));
	if (!known)
		__atomic_store_n(&k->learnt, ((k->learnt >> 16) + 1) << 16, __ATOMIC_SEQ_CST);
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
	k->from_port = k->to_port = k->via_port = 0;
	__atomic_store_n(&k->learnt, ((k->learnt >> 16) + 1) << 16, __ATOMIC_SEQ_CST);
	write_end(k);
	s->legs[from_leg].flows[part].open = false;
}

static uint64_t counter(const uint64_t *c)
{
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

static void flow_stats(
	const struct relay_session *s, int from_leg, enum relay_part part, struct relay_flow_stats *out)
{
	const struct relay_k_slot *k = kernel_slot(s, from_leg, part);
	*out = (struct relay_flow_stats){ .packets = counter((const uint64_t *)&k->packets),
		.bytes = counter((const uint64_t *)&k->bytes),
		.refused = counter((const uint64_t *)&k->refused),
		.failed = counter((const uint64_t *)&k->failed),
		.last_ms = counter((const uint64_t *)&k->last_ns) / 1000000u,
		.lost = relay_rtp_lost(&k->rtp),
		.ssrc_changes = k->rtp.ssrc_changes,
		.jitter_us = k->rtp.jitter_us16 / 16 };
	if (!s->legs[from_leg].flows[part].open)
		return;
	struct addr source = s->legs[from_leg].flows[part].from;
	if (source.port == 0)
		source.port = ntohs((uint16_t)counter((const uint64_t *)&k->learnt));
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
	if (h->magic != RELAY_K_MAGIC || h->slot_size != RELAY_K_SLOT || h->locals_n == 0 ||
		h->locals_n > RELAY_K_LOCALS || h->slots <= RELAY_K_HEADER_SLOTS)
		return false;
	for (uint32_t i = 0; i < h->locals_n; i++) {
		const struct relay_k_local *l = &h->locals[i];
		if (l->first > l->last || l->base < RELAY_K_HEADER_SLOTS || l->base >= h->slots ||
			(uint32_t)(l->last - l->first) >= h->slots - l->base)
			return false;
	}
	return true;
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
	for (uint32_t i = 0; i < RELAY_K_LOCALS; i++)
		loop_ports_free(&k->ports[i]);
	munmap(k->head, k->bytes);
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

int relay_kernel_new(uv_loop_t *loop, int table_fd, uint32_t rest_ms, struct relay *out)
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
	for (uint32_t i = 0; i < k->head->locals_n && !err; i++)
		err = loop_ports_init(
			&k->ports[i], k->head->locals[i].first, k->head->locals[i].last, 2, rest_ms);
	if (err) {
		plane_release(k);
		free(k);
		return err;
	}
	for (uint32_t i = RELAY_K_HEADER_SLOTS; i < k->head->slots; i++) {
		k->slots[i].seq += k->slots[i].seq & 1; /* who had it before may have died over it */
		slot_reset(&k->slots[i], RELAY_K_FREE, 0);
	}
	err = watch(k, loop);
	if (err) {
		plane_release(k);
		free(k);
		return err;
	}
	lease_renew(k);
	*out = (struct relay){ &kernel_ops, k };
	return 0;
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
