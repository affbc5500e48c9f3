/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Listeners. They accept by themselves rather than through libuv, so that a connection that is refused costs
 * no handle. */
#include "loop/net.h"
#include "loop/tcp.h"
#include "loop/tcp_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CLOSED = 0, OPEN, CLOSING };
enum { ACCEPT_BATCH = 16 }; /* then others have their turn */

/* Given up for a moment when descriptors run out: a connection that cannot be accepted cannot be refused
 * either, and would keep the loop busy for ever. */
static _Thread_local int reserve = -1;

static void reserve_take(void)
{
	if (reserve < 0)
		reserve = eventfd(0, EFD_CLOEXEC); /* any will do, and no path is needed for this one */
}

static int accept_one(int listener, struct addr *peer)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	int fd = accept4(listener, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE) && reserve >= 0) {
		close(reserve);
		reserve = -1;
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			close(fd);
		reserve_take();
		errno = EMFILE;
		return -1;
	}
	if (fd >= 0 && loop_addr(peer, (struct sockaddr *)&ss)) {
		close(fd);
		errno = EAFNOSUPPORT;
		return -1;
	}
	return fd;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct loop_listener *l = (struct loop_listener *)poll;
	(void)status, (void)events;
	for (int i = 0; i < ACCEPT_BATCH && l->state == OPEN; i++) {
		struct addr peer;
		const int fd = accept_one(l->fd, &peer);
		if (fd >= 0)
			l->on_accept(l, fd, &peer);
		else if (errno == EAGAIN || errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
			 errno == ENOBUFS)
			break; /* other errors belong to the one connection */
	}
}

int loop_listener_open(uv_loop_t *loop, struct loop_listener *l, int fd,
	void (*on_accept)(struct loop_listener *l, int fd, const struct addr *peer))
{
	void *const data = l->uv.data;
	assert(l->state == CLOSED);
	int err = loop_tcp_tune(fd);
	if (err)
		goto fail;
	*l = (struct loop_listener){ .on_accept = on_accept, .fd = fd };
	l->uv.data = data;
	reserve_take();
	err = uv_poll_init(loop, &l->uv, fd);
	if (err) {
		errno = -err;
		err = PST_E_SYS;
		goto fail;
	}
	l->state = OPEN;
	/* fails only for a closing handle */
	(void)uv_poll_start(&l->uv, UV_READABLE, on_ready);
	return 0;
fail:;
	const int saved = errno;
	close(fd);
	errno = saved;
	return err;
}

static void on_uv_closed(uv_handle_t *h)
{
	struct loop_listener *l = (struct loop_listener *)h;
	l->state = CLOSED;
	if (l->closed != NULL)
		l->closed(l);
}

bool loop_listener_close(struct loop_listener *l, void (*closed)(struct loop_listener *l))
{
	if (l->state == CLOSED)
		return false;
	l->closed = closed;
	if (l->state == OPEN) {
		l->state = CLOSING;
		uv_close((uv_handle_t *)&l->uv, on_uv_closed);
		close(l->fd);
	}
	return true;
}
