/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP connections: reading into one shared buffer, a bounded queue to write, and a lingering close. */
#include "loop/tcp.h"

#include "loop/net.h"
#include "loop/tcp_private.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

/* BROKEN: on_close or on_connect told of an error, the owner has not closed yet */
enum { CLOSED = 0, CONNECTING, OPEN, BROKEN, LINGERING, CLOSING };
enum { PARTS_MAX = 16 };

/* Lives while a connection is being made, and while one lingers. */
struct loop_tcp_aux {
	uv_timer_t timer;
	uv_connect_t req;
	struct loop_tcp *t;
	int status;
	bool timed; /* the timer is in the loop */
};

struct write {
	uv_write_t req;
	uint32_t n;
	uint8_t octets[];
};

static void finish(struct loop_tcp *t);

int loop_tcp_tune(int fd)
{
	const int one = 1, idle_s = 60, interval_s = 10, probes = 6;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) ||
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) ||
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s) ||
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s) ||
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes))
		return PST_E_SYS;
	return 0;
}

static void aux_free(uv_handle_t *timer)
{
	free(timer); /* the first member */
}

static void aux_drop(struct loop_tcp *t)
{
	struct loop_tcp_aux *aux = t->aux;
	t->aux = NULL;
	if (aux == NULL)
		return;
	aux->t = NULL;
	if (aux->timed)
		uv_close((uv_handle_t *)&aux->timer, aux_free);
	else
		free(aux);
}

static void aux_attach(struct loop_tcp_aux *aux, struct loop_tcp *t)
{
	aux->t = t;
	t->aux = aux;
}

static void aux_time(struct loop_tcp_aux *aux, uv_timer_cb cb, uint64_t ms)
{
	/* neither fails for a new timer */
	(void)uv_timer_init(aux->t->uv.loop, &aux->timer);
	(void)uv_timer_start(&aux->timer, cb, ms, 0);
	aux->timed = true;
}

/* Reading */

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *buf)
{
	/* one loop per thread, and a read is handed on before the next begins */
	static _Thread_local char shared[LOOP_TCP_READ_LARGE];
	const struct loop_tcp *t = (const struct loop_tcp *)h;
	(void)hint;
	*buf = uv_buf_init(shared, t->read_max);
}

static void end(struct loop_tcp *t, int reason)
{
	uv_read_stop((uv_stream_t *)&t->uv);
	if (reason != 0)
		t->state = BROKEN;
	if (t->ended)
		return;
	t->ended = true;
	t->ops->on_close(t, reason);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct loop_tcp *t = (struct loop_tcp *)s;
	if (n == 0)
		return;
	if (t->state == OPEN) {
		if (n > 0)
			t->ops->on_data(t, slice_of(buf->base, (size_t)n));
		else
			end(t, n == UV_EOF ? 0 : (int)n);
	} else if (t->state == LINGERING && n < 0) {
		t->ended = true;
		if (t->queued == 0 || n != UV_EOF)
			finish(t);
	}
}

void loop_tcp_pause(struct loop_tcp *t, bool pause)
{
	if (t->state != OPEN || t->ended)
		return;
	if (pause)
		uv_read_stop((uv_stream_t *)&t->uv);
	else
		uv_read_start((uv_stream_t *)&t->uv, on_alloc, on_read);
}

/* Opening */

static void start(struct loop_tcp *t)
{
	t->state = OPEN;
	/* fails only for a handle that is closed or cannot be read */
	const int err = uv_read_start((uv_stream_t *)&t->uv, on_alloc, on_read);
	assert(!err);
	(void)err;
}

static void connected(struct loop_tcp *t, int status)
{
	aux_drop(t);
	if (status == 0)
		start(t);
	else
		t->state = BROKEN;
	t->ops->on_connect(t, status);
}

static void on_connected(uv_connect_t *req, int status)
{
	struct loop_tcp_aux *aux = req->data;
	if (aux->t == NULL)
		free(aux); /* closed meanwhile */
	else
		connected(aux->t, status);
}

static void on_late_failure(uv_timer_t *timer)
{
	struct loop_tcp_aux *aux = (struct loop_tcp_aux *)timer;
	connected(aux->t, aux->status);
}

static int wrap(uv_loop_t *loop, struct loop_tcp *t, const struct loop_tcp_ops *ops, int fd)
{
	void *const data = t->uv.data;
	*t = (struct loop_tcp){ .ops = ops, .queue_max = LOOP_TCP_QUEUE_MAX, .read_max = LOOP_TCP_READ };
	t->uv.data = data;
	if (uv_tcp_init(loop, &t->uv))
		return PST_E_NOMEM;
	const int err = uv_tcp_open(&t->uv, fd);
	assert(!err); /* fails only for what is no socket */
	(void)err;
	return 0;
}

static int connect_socket(const struct addr *local, const struct addr *remote, int *out)
{
	struct sockaddr_storage ss;
	const int one = 1;
	int err = PST_E_SYS;
	const int family = remote->family == ADDR_IP4 ? AF_INET : remote->family == ADDR_IP6 ? AF_INET6 : -1;
	if (family < 0 || remote->port == 0 || (local != NULL && local->family != remote->family))
		return PST_E_ARG;
	const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return PST_E_SYS;
	if (local != NULL) {
		const socklen_t n = loop_sockaddr(&ss, local);
		/* let connect() choose the port, per destination: 28,000 to each, not to all. Older systems
		 * do without */
		if (local->port == 0)
			(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
		if (bind(fd, (struct sockaddr *)&ss, n)) {
			err = errno == EADDRINUSE ? PST_E_BUSY : PST_E_SYS;
			goto fail;
		}
	}
	err = loop_tcp_tune(fd);
	if (err)
		goto fail;
	*out = fd;
	return 0;
fail:;
	const int saved = errno;
	close(fd);
	errno = saved;
	return err;
}

int loop_tcp_connect(uv_loop_t *loop, struct loop_tcp *t, const struct loop_tcp_ops *ops,
	const struct addr *local, const struct addr *remote)
{
	struct sockaddr_storage ss;
	int fd;
	assert(t->state == CLOSED);
	int err = connect_socket(local, remote, &fd);
	if (err)
		return err;
	struct loop_tcp_aux *aux = calloc(1, sizeof *aux);
	err = aux == NULL ? PST_E_NOMEM : wrap(loop, t, ops, fd);
	if (err) {
		free(aux);
		close(fd);
		return err;
	}
	aux_attach(aux, t);
	aux->req.data = aux;
	t->state = CONNECTING;
	(void)loop_sockaddr(&ss, remote);
	aux->status = uv_tcp_connect(&aux->req, &t->uv, (struct sockaddr *)&ss, on_connected);
	if (aux->status)
		aux_time(aux, on_late_failure, 0);
	return 0;
}

int loop_tcp_accept(uv_loop_t *loop, struct loop_tcp *t, const struct loop_tcp_ops *ops, int fd)
{
	assert(t->state == CLOSED);
	const int err = wrap(loop, t, ops, fd);
	if (err) {
		close(fd);
		return err;
	}
	start(t);
	return 0;
}

/* Writing */

static void on_written(uv_write_t *req, int status)
{
	struct write *w = (struct write *)req;
	struct loop_tcp *t = (struct loop_tcp *)req->handle;
	t->queued -= w->n;
	free(w);
	if (t->state == OPEN && status < 0)
		end(t, status);
	else if (t->state == OPEN && t->queued == 0 && t->ops->on_drained != NULL)
		t->ops->on_drained(t);
	else if (t->state == LINGERING && (status < 0 || t->queued == 0))
		finish(t);
}

/* Queues what of the parts comes after the first SENT octets. */
static int queue(struct loop_tcp *t, const struct pst_slice *parts, unsigned n, size_t sent, size_t total)
{
	const size_t rest = total - sent;
	if (rest > t->queue_max || t->queued > t->queue_max - rest)
		return PST_E_LIMIT;
	struct write *w = malloc(sizeof *w + rest);
	if (w == NULL)
		return PST_E_NOMEM;
	w->n = 0;
	for (unsigned i = 0; i < n; i++) {
		const size_t skip = sent < parts[i].n ? sent : parts[i].n;
		sent -= skip;
		if (parts[i].n == skip)
			continue;
		memcpy(w->octets + w->n, parts[i].p + skip, parts[i].n - skip);
		w->n += (uint32_t)(parts[i].n - skip);
	}
	const uv_buf_t buf = uv_buf_init((char *)w->octets, w->n);
	const int err = uv_write(&w->req, (uv_stream_t *)&t->uv, &buf, 1, on_written);
	if (err) {
		free(w);
		errno = -err;
		return PST_E_SYS;
	}
	t->queued += w->n;
	return 0;
}

int loop_tcp_send(struct loop_tcp *t, const struct pst_slice *parts, unsigned n)
{
	struct iovec v[PARTS_MAX];
	size_t total = 0;
	ssize_t sent = 0;
	assert(n <= PARTS_MAX);
	if (t->state != OPEN && t->state != CONNECTING)
		return PST_E_STATE;
	for (unsigned i = 0; i < n; i++) {
		/* sendmsg() does not write through it */
		v[i] = (struct iovec){ .iov_base = (void *)(uintptr_t)parts[i].p, .iov_len = parts[i].n };
		total += parts[i].n;
	}
	if (total == 0)
		return 0;
	if (t->queued == 0 && t->state == OPEN) {
		const struct msghdr m = { .msg_iov = v, .msg_iovlen = n };
		do
			sent = sendmsg(loop_tcp_fd(t), &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		while (sent < 0 && errno == EINTR);
		if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
			return PST_E_SYS;
		if (sent < 0)
			sent = 0;
	}
	return (size_t)sent == total ? 0 : queue(t, parts, n, (size_t)sent, total);
}

/* Closing */

static void on_uv_closed(uv_handle_t *h)
{
	struct loop_tcp *t = (struct loop_tcp *)h;
	t->state = CLOSED;
	if (t->closed != NULL)
		t->closed(t);
}

/* Sends FIN where the peer may still be reading and has not ended its side; closes otherwise. */
static void finish(struct loop_tcp *t)
{
	if (t->state == LINGERING && !t->ended && t->queued == 0 && shutdown(loop_tcp_fd(t), SHUT_WR) == 0)
		return;
	t->state = CLOSING;
	aux_drop(t);
	uv_close((uv_handle_t *)&t->uv, on_uv_closed);
}

static void on_linger_over(uv_timer_t *timer)
{
	struct loop_tcp_aux *aux = (struct loop_tcp_aux *)timer;
	aux->t->ended = true;
	finish(aux->t);
}

/* Closing a socket with unread octets sends RST, which takes back what the peer has not read yet: so the last
 * message goes out, then FIN, and the peer's end is awaited. */
static bool linger(struct loop_tcp *t)
{
	struct loop_tcp_aux *aux;
	if (t->state != OPEN || (t->ended && t->queued == 0) || (aux = calloc(1, sizeof *aux)) == NULL)
		return false;
	aux_attach(aux, t);
	aux_time(aux, on_linger_over, LOOP_TCP_LINGER_MS);
	t->state = LINGERING;
	if (!t->ended)
		uv_read_start((uv_stream_t *)&t->uv, on_alloc, on_read);
	if (t->queued == 0)
		finish(t);
	return true;
}

bool loop_tcp_close(struct loop_tcp *t, bool graceful, void (*closed)(struct loop_tcp *t))
{
	if (t->state == CLOSED)
		return false;
	t->closed = closed;
	if (t->state == CLOSING || (graceful && t->state == LINGERING) || (graceful && linger(t)))
		return true;
	if (t->state == CONNECTING && !t->aux->timed) {
		/* freed by on_connected(), which hears of the cancellation */
		t->aux->t = NULL;
		t->aux = NULL;
	}
	t->ended = true;
	finish(t);
	return true;
}

bool loop_tcp_is_open(const struct loop_tcp *t)
{
	return t->state == OPEN || t->state == CONNECTING || t->state == BROKEN;
}

int loop_tcp_fd(const struct loop_tcp *t)
{
	uv_os_fd_t fd = -1;
	if (t->state == CLOSED || uv_fileno((const uv_handle_t *)&t->uv, &fd))
		return -1;
	return fd;
}
