/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The user plane's packet path: what is ready, read a batch, check each source, send the rest on.
 * The sockets are not connected to their peers: it would save a tenth of the time (no route to look up), but
 * the system would drop what comes from elsewhere unseen, and "refused" is what explains a call without sound.
 */
#include "relay/user_private.h"

#include "relay/hide.h"

#include <errno.h>

/* There is one writer: no need of a locked instruction. */
static void add(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n, memory_order_relaxed);
}

void user_move_init(struct user_shard *h)
{
	for (int i = 0; i < USER_BATCH; i++) {
		h->in_iov[i] = (struct iovec){ h->packets[i], USER_PACKET };
		h->in[i].msg_hdr = (struct msghdr){ .msg_name = &h->names[i],
			.msg_namelen = sizeof h->names[i],
			.msg_iov = &h->in_iov[i],
			.msg_iovlen = 1 };
		h->out[i].msg_hdr = (struct msghdr){ .msg_iov = &h->out_iov[i], .msg_iovlen = 1 };
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
	in_port_t port = p->from.in.sin_port;
	if (port == 0)
		port = atomic_load_explicit(&p->learnt, memory_order_relaxed);
	if (port == 0)
		atomic_store_explicit(&p->learnt, port = source->in.sin_port, memory_order_relaxed);
	return port != 0 && port == source->in.sin_port;
}

/* Of packets that came together, the first is timed. */
static void look_at(struct user_shard *h, struct user_port *p, unsigned i, uint64_t now_us)
{
	if (p->hide)
		(void)relay_hide_addresses(h->packets[i], h->in[i].msg_len, h->hide_key);
	if (p->part == RELAY_RTP && h->in[i].msg_len >= RELAY_RTP_HEADER)
		relay_rtp_take(&p->rtp, h->packets[i], i == 0 ? (uint32_t)now_us : 0);
}

/* Puts the permitted ones of the N packets read into out[]; returns how many. */
static unsigned sift(struct user_shard *h, struct user_port *p, unsigned n, uint64_t now_us)
{
	const socklen_t to_len = p->to.family == AF_INET ? sizeof p->to.in : sizeof p->to.in6;
	unsigned m = 0;
	for (unsigned i = 0; i < n; i++) {
		struct msghdr *head = &h->in[i].msg_hdr;
		if (!permitted(p, &h->names[i])) {
			add(&p->counts.refused, 1);
		} else if (head->msg_flags & MSG_TRUNC) {
			add(&p->counts.failed, 1);
		} else if (p->to.family != AF_UNSPEC) {
			look_at(h, p, i, now_us);
			h->out_iov[m] = (struct iovec){ h->packets[i], h->in[i].msg_len };
			h->out[m].msg_hdr.msg_name = &p->to;
			h->out[m].msg_hdr.msg_namelen = to_len;
			m++;
		}
		head->msg_namelen = sizeof h->names[i];
	}
	return m;
}

/* One packet is what is there nearly always: the plain calls are a third cheaper for it than a batch of one.
 */
static ssize_t send_some(struct user_shard *h, int fd, unsigned i, unsigned n)
{
	const struct msghdr *m = &h->out[i].msg_hdr;
	if (n - i > 1)
		return sendmmsg(fd, h->out + i, n - i, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sendto(fd, m->msg_iov->iov_base, m->msg_iov->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL, m->msg_name,
		       m->msg_namelen) < 0
		       ? -1
		       : 1;
}

static void send_on(struct user_shard *h, struct user_port *p, int fd, unsigned n, uint64_t now_ms)
{
	unsigned i = 0;
	bool again = false;
	while (i < n) {
		const ssize_t k = send_some(h, fd, i, n);
		if (k > 0) {
			add(&p->counts.packets, (uint64_t)k);
			for (const unsigned end = i + (unsigned)k; i < end; i++)
				add(&p->counts.bytes, h->out_iov[i].iov_len);
			atomic_store_explicit(&p->counts.last_ms, now_ms, memory_order_relaxed);
			again = false;
		} else if (errno == EINTR || (errno == ECONNREFUSED && !again)) {
			again = true; /* an earlier packet's fate, reported now: this one was not tried */
		} else {
			add(&p->counts.failed, 1);
			i++;
			again = false;
		}
	}
}

static int receive(struct user_shard *h, struct user_port *p)
{
	struct msghdr *m = &h->in[0].msg_hdr;
	if (p->busy)
		return recvmmsg(p->fd, h->in, USER_BATCH, MSG_DONTWAIT, NULL);
	const ssize_t n = recvfrom(
		p->fd, h->packets[0], USER_PACKET, MSG_DONTWAIT | MSG_TRUNC, m->msg_name, &m->msg_namelen);
	if (n < 0)
		return -1;
	m->msg_flags = n > USER_PACKET ? MSG_TRUNC : 0;
	h->in[0].msg_len = (unsigned)n;
	return 1;
}

/* What flow_stats() reads. */
static void publish(struct user_port *p)
{
	struct user_counts *c = &p->counts;
	atomic_store_explicit(&c->lost, relay_rtp_lost(&p->rtp), memory_order_relaxed);
	atomic_store_explicit(&c->ssrc_changes, p->rtp.ssrc_changes, memory_order_relaxed);
	atomic_store_explicit(&c->jitter_us, p->rtp.jitter_us16 / 16, memory_order_relaxed);
}

void user_move_begin(struct user_shard *h)
{
	h->round++;
}

void user_move(struct user_shard *h, struct user_port *p, uint64_t now_us)
{
	if (p->fd < 0)
		return;
	const int out = user_session_of(p)->ports[!p->leg][p->part].fd;
	/* ready twice in a row: more may have come than one */
	p->busy = p->round == h->round - 1;
	p->round = h->round;
	const int n = receive(h, p);
	if (n <= 0)
		return; /* an error pending on the socket is cleared by this */
	if (n == 1 && p->busy)
		p->round--; /* no: not again next time */
	const unsigned m = sift(h, p, (unsigned)n, now_us);
	if (m > 0)
		send_on(h, p, out, m, now_us / 1000);
	if (p->part == RELAY_RTP)
		publish(p);
}
