/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UDP sockets for media: poll handle, error queue, even/odd pairs. */
#include "endpoint/udp.h"

#include "loop/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

enum { BURST = 32 }; /* datagrams taken in one turn of the loop */

/* Empties the error queue: ICMP said that what we sent found nobody (or no way). */
static void take_errors(struct udp_socket *u)
{
	uint8_t data[64] = {0}, control[512] = {0};

	for (;;) {
		struct iovec iov = {data, sizeof(data)};
		struct msghdr m = {.msg_iov = &iov,
		        .msg_iovlen = 1,
		        .msg_control = control,
		        .msg_controllen = sizeof(control)};

		if (recvmsg(u->fd, &m, MSG_ERRQUEUE) < 0)
			return;
		u->unreachable++;
	}
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct udp_socket *u = poll->data;
	uint8_t data[UDP_DATAGRAM_MAX];

	(void)events;
	take_errors(u);
	if (status) /* libuv stops a handle that has an error, and a full error queue is one */
		uv_poll_start(poll, UV_READABLE, readable);
	for (int i = 0; i < BURST && u->fd >= 0; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		ssize_t n = recvfrom(u->fd, data, sizeof(data), 0, (struct sockaddr *)&ss, &len);
		struct addr from;

		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n >= 0 && !loop_addr(&from, (const struct sockaddr *)&ss))
			u->recv(u, &from, slice_of(data, (size_t)n));
	}
}

static int report_errors(int fd, uint8_t family)
{
	int on = 1;

	if (family == ADDR_IP6)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	return setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

static int bound_socket(int *out, const struct addr *local)
{
	struct sockaddr_storage ss;
	socklen_t len = loop_sockaddr(&ss, local);
	int fd, err = PST_E_SYS;

	if (!len)
		return PST_E_ARG;
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return PST_E_SYS;
	if (bind(fd, (struct sockaddr *)&ss, len)) {
		err = errno == EADDRINUSE ? PST_E_BUSY : PST_E_SYS;
		goto out;
	}
	if (report_errors(fd, local->family))
		goto out;
	*out = fd;
	return PST_OK;
out:
	close(fd);
	return err;
}

static int start(struct udp_socket *u, uv_loop_t *loop, int fd, udp_recv_h *recv, void *owner)
{
	*u = (struct udp_socket){.fd = -1, .recv = recv, .owner = owner};
	if (loop_fd_local(fd, &u->local) || uv_poll_init(loop, &u->poll, fd)) {
		close(fd);
		return PST_E_SYS;
	}
	u->fd = fd;
	u->poll.data = u;
	uv_poll_start(&u->poll, UV_READABLE, readable);
	return PST_OK;
}

static int bound_pair(int fd[static 2], const struct addr *local, uint16_t port)
{
	struct addr even = addr_with_port(*local, port), odd = addr_with_port(*local, (uint16_t)(port + 1));
	int err = bound_socket(&fd[0], &even);

	if (err)
		return err;
	err = bound_socket(&fd[1], &odd);
	if (err)
		close(fd[0]);
	return err;
}

int udp_open_pair(struct udp_socket pair[static 2], uv_loop_t *loop, const struct addr *local, uint16_t first,
        uint16_t last, udp_recv_h *const recv[static 2], void *owner)
{
	int fd[2], err = PST_E_BUSY;

	pair[0].fd = pair[1].fd = -1;
	for (uint32_t port = first + first % 2U; err == PST_E_BUSY && port + 1 <= last; port += 2)
		err = bound_pair(fd, local, (uint16_t)port);
	if (err)
		return err == PST_E_BUSY ? PST_E_SPACE : err;
	err = start(&pair[0], loop, fd[0], recv[0], owner);
	if (err) {
		close(fd[1]);
		return err;
	}
	return start(&pair[1], loop, fd[1], recv[1], owner);
}

int udp_open(struct udp_socket *u, uv_loop_t *loop, const struct addr *local, udp_recv_h *recv, void *owner)
{
	int fd, err = bound_socket(&fd, local);

	u->fd = -1;
	return err ? err : start(u, loop, fd, recv, owner);
}

int udp_route_local(const struct addr *remote, struct addr *out)
{
	struct sockaddr_storage ss;
	socklen_t len = loop_sockaddr(&ss, remote);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = PST_E_SYS;

	if (fd < 0)
		return PST_E_SYS;
	if (!connect(fd, (struct sockaddr *)&ss, len))
		err = loop_fd_local(fd, out);
	close(fd);
	return err;
}

int udp_send(struct udp_socket *u, const struct addr *to, struct pst_slice data)
{
	struct sockaddr_storage ss;
	socklen_t len = loop_sockaddr(&ss, to);

	if (!len || u->fd < 0) {
		errno = EDESTADDRREQ;
		return PST_E_SYS;
	}
	/* an error that an earlier datagram met is told to the next call: that one is tried again */
	for (int tries = 0; tries < 2; tries++)
		if (sendto(u->fd, data.p, data.n, 0, (struct sockaddr *)&ss, len) == (ssize_t)data.n)
			return PST_OK;
	return PST_E_SYS;
}

static void on_closed(uv_handle_t *h)
{
	struct udp_socket *u = h->data;

	u->closed(u);
}

void udp_close(struct udp_socket *u, void (*closed)(struct udp_socket *u))
{
	u->closed = closed;
	uv_close((uv_handle_t *)&u->poll, on_closed);
	close(u->fd);
	u->fd = -1;
}
