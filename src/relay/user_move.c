/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The user plane's packet path: what is ready, read a batch, check each source, send the rest on.
 * The sockets are not connected to their peers: it would save a tenth of the time (no route to look up), but
 * the system would drop what comes from elsewhere unseen, and "refused" is what explains a call without sound.
 */
#include "relay/user_private.h"

#include "base/clock.h"
#include "relay/hide.h"

#include <errno.h>
#include <sys/epoll.h>

enum { ROUNDS = 8 }; /* of USER_BATCH sockets, before the rest of the loop has its turn */

void user_move_init(struct user_plane *u)
{
	for (int i = 0; i < USER_BATCH; i++) {
		u->in_iov[i] = (struct iovec){ u->packets[i], USER_PACKET };
		u->in[i].msg_hdr = (struct msghdr){ .msg_name = &u->names[i],
			.msg_namelen = sizeof u->names[i],
			.msg_iov = &u->in_iov[i],
			.msg_iovlen = 1 };
		u->out[i].msg_hdr = (struct msghdr){ .msg_iov = &u->out_iov[i], .msg_iovlen = 1 };
	}
}

static bool same_host(const union user_sockaddr *a, const union user_sockaddr *b)
{
	if (a->family != b->family)
		return false;
	return a->family == AF_INET ? a->in.sin_addr.s_addr == b->in.sin_addr.s_addr
				    : memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 16) == 0;
}

/* The ports of both families stand at the same place, which <netinet/in.h> does not promise but every system
 * keeps; _Static_assert below. */
static bool permitted(struct user_port *p, const union user_sockaddr *source)
{
	_Static_assert(
		offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port), "port");
	if (!p->open || !same_host(&p->from, source))
		return false;
	if (p->from.in.sin_port == source->in.sin_port)
		return true;
	if (p->from.in.sin_port != 0 || source->in.sin_port == 0)
		return false;
	p->from.in.sin_port = source->in.sin_port;
	p->learnt = true;
	return true;
}

/* Of packets that came together, the first is timed. */
static void look_at(struct user_plane *u, struct user_port *p, unsigned i, uint64_t now_us)
{
	if (p->hide)
		(void)relay_hide_addresses(u->packets[i], u->in[i].msg_len, u->hide_key);
	if (p->part == RELAY_RTP && u->in[i].msg_len >= RELAY_RTP_HEADER)
		relay_rtp_take(&p->rtp, u->packets[i], i == 0 ? (uint32_t)now_us : 0);
}

/* Puts the permitted ones of the N packets read into out[]; returns how many. */
static unsigned sift(struct user_plane *u, struct user_port *p, unsigned n, uint64_t now_us)
{
	const socklen_t to_len = p->to.family == AF_INET ? sizeof p->to.in : sizeof p->to.in6;
	unsigned m = 0;
	for (unsigned i = 0; i < n; i++) {
		struct msghdr *h = &u->in[i].msg_hdr;
		if (!permitted(p, &u->names[i])) {
			p->refused++;
		} else if (h->msg_flags & MSG_TRUNC) {
			p->failed++;
		} else {
			look_at(u, p, i, now_us);
			u->out_iov[m] = (struct iovec){ u->packets[i], u->in[i].msg_len };
			u->out[m].msg_hdr.msg_name = &p->to;
			u->out[m].msg_hdr.msg_namelen = to_len;
			m++;
		}
		h->msg_namelen = sizeof u->names[i];
	}
	return m;
}

/* One packet is what is there nearly always: the plain calls are a third cheaper for it than a batch of one.
 */
static ssize_t send_some(struct user_plane *u, int fd, unsigned i, unsigned n)
{
	const struct msghdr *h = &u->out[i].msg_hdr;
	if (n - i > 1)
		return sendmmsg(fd, u->out + i, n - i, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sendto(fd, h->msg_iov->iov_base, h->msg_iov->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL, h->msg_name,
		       h->msg_namelen) < 0
		       ? -1
		       : 1;
}

static void send_on(struct user_plane *u, struct user_port *p, int fd, unsigned n, uint64_t now_ms)
{
	unsigned i = 0;
	bool again = false;
	while (i < n) {
		const ssize_t k = send_some(u, fd, i, n);
		if (k > 0) {
			for (const unsigned end = i + (unsigned)k; i < end; i++) {
				p->packets++;
				p->bytes += u->out_iov[i].iov_len;
				p->last_ms = now_ms;
			}
			again = false;
		} else if (errno == EINTR || (errno == ECONNREFUSED && !again)) {
			again = true; /* an earlier packet's fate, reported now: this one was not tried */
		} else {
			p->failed++;
			i++;
			again = false;
		}
	}
}

static int receive(struct user_plane *u, struct user_port *p)
{
	struct msghdr *h = &u->in[0].msg_hdr;
	if (p->busy)
		return recvmmsg(p->fd, u->in, USER_BATCH, MSG_DONTWAIT, NULL);
	const ssize_t n = recvfrom(
		p->fd, u->packets[0], USER_PACKET, MSG_DONTWAIT | MSG_TRUNC, h->msg_name, &h->msg_namelen);
	if (n < 0)
		return -1;
	h->msg_flags = n > USER_PACKET ? MSG_TRUNC : 0;
	u->in[0].msg_len = (unsigned)n;
	return 1;
}

static void move(struct user_plane *u, struct user_port *p, uint64_t now_us)
{
	const int out = user_session_of(p)->ports[!p->leg][p->part].fd;
	/* ready twice in a row: more may have come than one */
	p->busy = p->round == u->round - 1;
	p->round = u->round;
	const int n = receive(u, p);
	if (n <= 0)
		return; /* an error pending on the socket is cleared by this */
	if (n == 1 && p->busy)
		p->round--; /* no: not again next time */
	const unsigned m = sift(u, p, (unsigned)n, now_us);
	if (m > 0)
		send_on(u, p, out, m, now_us / 1000);
}

void user_move_ready(uv_poll_t *poll, int status, int events)
{
	struct user_plane *u = (struct user_plane *)poll;
	struct epoll_event ready[USER_BATCH];
	(void)status, (void)events;
	const uint64_t now_us = clock_now_ns() / 1000;
	for (int i = 0, n = USER_BATCH; i < ROUNDS && n == USER_BATCH; i++) {
		u->round++;
		n = epoll_wait(u->epoll, ready, USER_BATCH, 0);
		for (int k = 0; k < n; k++)
			move(u, ready[k].data.ptr, now_us);
	}
}
