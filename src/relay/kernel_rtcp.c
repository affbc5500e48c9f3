/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RTCP that the worker relays itself, because addresses in it are to be hidden: a packet in seconds, through
 * sockets on the session's own ports. The programs in the kernel leave a slot in the state SOCKET alone; the worker
 * keeps its source and counters there as they would.
 */
#include "relay/kernel_private.h"

#include "base/clock.h"
#include "loop/net.h"
#include "relay/hide.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { READY_MAX = 32, PACKET_MAX = 4096 };

static int socket_open(struct relay_session *s, int leg)
{
	struct kernel_rtcp *r = &s->rtcp[leg];
	const struct addr at = kernel_local(s, leg, RELAY_RTCP);
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = r };
	if (r->fd >= 0)
		return 0;
	r->leg = (uint8_t)leg;
	r->fd = socket(at.family == ADDR_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd < 0)
		return PST_E_SYS;
	if (loop_bind(r->fd, &at) == 0 &&
		epoll_ctl(s->plane->epoll, EPOLL_CTL_ADD, r->fd, &ev) == 0)
		return 0;
	close(r->fd);
	r->fd = -1;
	return PST_E_SYS;
}

void kernel_rtcp_hide(struct relay_session *s, int from_leg)
{
	struct relay_k_slot *k = kernel_slot(s, from_leg, RELAY_RTCP);
	s->rtcp[from_leg].hide = true;
	const bool whole = socket_open(s, from_leg) == 0 && socket_open(s, !from_leg) == 0;
	if (s->legs[from_leg].flows[RELAY_RTCP].open)
		__atomic_store_n(&k->state, whole ? RELAY_K_SOCKET : RELAY_K_RESERVED, __ATOMIC_SEQ_CST);
}

void kernel_rtcp_close(struct relay_session *s)
{
	for (int leg = 0; leg < RELAY_LEGS; leg++)
		if (s->rtcp[leg].fd >= 0)
			close(s->rtcp[leg].fd);
}

static struct relay_session *session_of(struct kernel_rtcp *r)
{
	return (struct relay_session *)(void *)((char *)(r - r->leg) - offsetof(struct relay_session, rtcp));
}

static bool permitted(struct relay_session *s, const struct kernel_rtcp *r, const struct addr *source)
{
	struct relay_k_slot *k = kernel_slot(s, r->leg, RELAY_RTCP);
	const struct addr *from = &s->legs[r->leg].flows[RELAY_RTCP].from;
	if (!r->hide || k->state != RELAY_K_SOCKET || !addr_ip_eq(from, source) || source->port == 0)
		return false;
	if (from->port != 0)
		return from->port == source->port;
	if ((uint16_t)k->learnt == 0)
		k->learnt |= htons(source->port);
	return (uint16_t)k->learnt == htons(source->port);
}

static void pass_on(struct relay_session *s, const struct kernel_rtcp *r, uint8_t *packet, size_t n)
{
	struct relay_k_slot *k = kernel_slot(s, r->leg, RELAY_RTCP);
	struct sockaddr_storage ss;
	const socklen_t len = loop_sockaddr(&ss, &r->to);
	(void)relay_hide_addresses(packet, n, s->plane->hide_key);
	if (sendto(s->rtcp[!r->leg].fd, packet, n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&ss, len) < 0) {
		k->failed++;
		return;
	}
	k->packets++;
	k->bytes += n;
	k->last = (uint32_t)(clock_now_ns() >> RELAY_K_TICK_SHIFT);
}

/* All that waits in one socket, within reason. */
static void move(struct kernel_rtcp *r)
{
	struct relay_session *s = session_of(r);
	struct relay_k_slot *k = kernel_slot(s, r->leg, RELAY_RTCP);
	uint8_t packet[PACKET_MAX];
	for (int i = 0; i < READY_MAX; i++) {
		struct sockaddr_storage ss;
		struct addr source;
		socklen_t len = sizeof ss;
		const ssize_t n = recvfrom(r->fd, packet, sizeof packet, MSG_DONTWAIT | MSG_TRUNC,
			(struct sockaddr *)&ss, &len);
		if (n < 0)
			return; /* nothing more; or an error, which is cleared by this */
		if (loop_addr(&source, (struct sockaddr *)&ss) || !permitted(s, r, &source))
			k->refused++;
		else if ((size_t)n > sizeof packet)
			k->failed++;
		else
			pass_on(s, r, packet, (size_t)n);
	}
}

void kernel_rtcp_ready(uv_poll_t *poll, int status, int events)
{
	struct kernel_plane *k = poll->data;
	struct epoll_event ready[READY_MAX];
	(void)status, (void)events;
	const int n = epoll_wait(k->epoll, ready, READY_MAX, 0);
	for (int i = 0; i < n; i++)
		move(ready[i].data.ptr);
}
