/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/link.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	QUEUE_MAX = 128 << 20, /* octets kept: more than all entries of a full directory */
	WAIT_MS = 50,          /* for the other side, */
	WAIT_EVERY_MS = 1000,  /* that often at most: one that is slow on purpose slows nobody down */
	AT_ONCE = 32,          /* packets, so that the loop's other work goes on */
	DRAIN_MAX = 8192,
};

struct packet {
	struct packet *next;
	size_t n;
	uint8_t octets[REGISTRY_PACKET_MAX];
};

struct daemon_link {
	uv_poll_t poll;
	int fd;
	const struct daemon_link_ops *ops;
	void *arg;
	struct packet *queue, *last;
	size_t queued; /* octets of memory */
	bool bulk;
	uint64_t waited_ms; /* when last; 0: never */
	bool broken;  /* nothing is sent or read any more; the loop tells */
	bool told;
	uint8_t in[REGISTRY_PACKET_MAX];
};

static void on_poll(uv_poll_t *poll, int status, int events);

/* ---- sending ---- */

static void watch(struct daemon_link *l)
{
	/* a broken link is told by the loop: who closed it shows as readable, so does a socket that is shut down */
	(void)uv_poll_start(&l->poll, UV_READABLE | (l->queue != NULL && !l->broken ? UV_WRITABLE : 0), on_poll);
}

static void queue_free(struct daemon_link *l)
{
	struct packet *p, *tmp;
	LL_FOREACH_SAFE(l->queue, p, tmp)
	free(p);
	l->queue = l->last = NULL;
	l->queued = 0;
}

static void give_up(struct daemon_link *l, const char *why)
{
	if (!l->broken)
		log_error("daemon", "registrar and worker have lost each other: %s", why);
	l->broken = true;
	queue_free(l);
	(void)shutdown(l->fd, SHUT_RDWR);
	watch(l);
}

/* PST_E_BUSY: the other side does not read. */
static int send_packet(struct daemon_link *l, const uint8_t *octets, size_t n)
{
	for (;;) {
		if (send(l->fd, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return PST_OK;
		if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
			return PST_E_BUSY;
		if (errno != EINTR)
			return PST_E_SYS;
	}
}

/* Sends what is kept as far as the other side takes it. An end that is gone is found by reading. */
static void flush(struct daemon_link *l)
{
	int err = PST_OK;
	while (l->queue != NULL && err == PST_OK) {
		struct packet *p = l->queue;
		err = send_packet(l, p->octets, p->n);
		if (err != PST_OK)
			break;
		l->queue = p->next;
		l->queued -= sizeof *p;
		free(p);
	}
	if (l->queue == NULL)
		l->last = NULL;
	else if (err == PST_E_SYS)
		queue_free(l);
	watch(l);
}

static bool may_wait(struct daemon_link *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLOUT};
	const uint64_t now = clock_now_ms();
	if (l->waited_ms != 0 && now - l->waited_ms < WAIT_EVERY_MS)
		return false;
	l->waited_ms = now;
	return poll(&p, 1, WAIT_MS) == 1 && (p.revents & POLLOUT) != 0;
}

static void keep(struct daemon_link *l, struct pst_slice m)
{
	if (l->last == NULL || l->last->n + m.n > sizeof l->last->octets) {
		struct packet *p = l->queued < QUEUE_MAX ? malloc(sizeof *p) : NULL;
		if (p == NULL) {
			give_up(l, "one does not read");
			return;
		}
		p->next = NULL;
		p->n = 0;
		*(l->last != NULL ? &l->last->next : &l->queue) = p;
		l->last = p;
		l->queued += sizeof *p;
	}
	memcpy(l->last->octets + l->last->n, m.p, m.n);
	l->last->n += m.n;
}

void daemon_link_send(struct daemon_link *l, const struct registry_msg *m)
{
	uint8_t octets[REGISTRY_MSG_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	if (l->broken || registry_msg_encode(m, &w) != PST_OK)
		return;
	if (l->bulk) {
		keep(l, wr_slice(&w));
		return;
	}
	if (l->queue != NULL)
		flush(l);
	int err = l->queue == NULL ? send_packet(l, octets, w.n) : PST_E_BUSY;
	if (err == PST_E_BUSY && l->queue == NULL && may_wait(l))
		err = send_packet(l, octets, w.n);
	if (err != PST_E_BUSY)
		return;
	keep(l, wr_slice(&w));
	watch(l);
}

void daemon_link_bulk_begin(struct daemon_link *l)
{
	l->bulk = true;
}

void daemon_link_bulk_end(struct daemon_link *l)
{
	l->bulk = false;
	if (!l->broken)
		flush(l);
}

/* ---- receiving ---- */

static int take_packet(struct daemon_link *l, size_t n)
{
	struct reader r = rd_of(slice_of(l->in, n));
	struct registry_msg m;
	int err = PST_OK;
	while (err == PST_OK && rd_left(&r) > 0) {
		err = registry_msg_decode(&m, &r);
		if (err == PST_OK)
			err = l->ops->message(l->arg, &m);
	}
	return err;
}

static void take(struct daemon_link *l, int most)
{
	for (int i = 0; i < most && !l->broken; i++) {
		const ssize_t n = recv(l->fd, l->in, sizeof l->in, MSG_DONTWAIT | MSG_TRUNC);
		/* who closed without having read all is told of first, once; what it said is still there */
		if (n < 0 && (errno == EINTR || errno == ECONNRESET))
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			l->broken = true;
			return;
		}
		const int err = (size_t)n <= sizeof l->in ? take_packet(l, (size_t)n) : PST_E_LIMIT;
		if (err != PST_OK)
			give_up(l, pst_strerror(err));
	}
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct daemon_link *l = poll->data;
	if (status != 0) {
		take(l, DRAIN_MAX);
		l->broken = true;
	}
	if (!l->broken && (events & UV_WRITABLE))
		flush(l);
	take(l, AT_ONCE);
	if (!l->broken || l->told)
		return;
	l->told = true;
	uv_poll_stop(&l->poll);
	queue_free(l);
	l->ops->lost(l->arg);
}

void daemon_link_drain(struct daemon_link *l)
{
	if (l->told)
		return;
	take(l, DRAIN_MAX);
	if (l->broken)
		watch(l);
}

/* ---- life ---- */

static void on_closed(uv_handle_t *h)
{
	struct daemon_link *l = h->data;
	close(l->fd);
	free(l);
}

int daemon_link_new(
        struct daemon_link **out, uv_loop_t *loop, int fd, const struct daemon_link_ops *ops, void *arg)
{
	struct daemon_link *l = calloc(1, sizeof *l);
	if (l == NULL || uv_poll_init(loop, &l->poll, fd) != 0) {
		close(fd);
		free(l);
		return PST_E_NOMEM;
	}
	l->fd = fd;
	l->ops = ops;
	l->arg = arg;
	l->poll.data = l;
	if (uv_poll_start(&l->poll, UV_READABLE, on_poll) != 0) {
		uv_close((uv_handle_t *)&l->poll, on_closed);
		return PST_E_SYS;
	}
	*out = l;
	return PST_OK;
}

void daemon_link_free(struct daemon_link *l)
{
	if (l == NULL)
		return;
	queue_free(l);
	uv_close((uv_handle_t *)&l->poll, on_closed);
}
