/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gatekeeper/proxy_server.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>
#include <utlist.h>

#include "base/clock.h"
#include "loop/net.h"
#include "loop/ports.h"

enum { SOCKETS_MAX = 256, AT_ONCE = 64, DATAGRAM_MAX = 4096, REST_MS = 60000, TRIES = 16 };

struct rp_socket {
	uv_poll_t poll;
	UT_hash_handle hh; /* outside: by id */
	struct rp_socket *prev, *next; /* inside */
	struct ras_proxy_server *server;
	int fd;
	uint64_t id; /* outside: the endpoint's; 0: inside */
	struct addr local; /* outside */
	uint32_t gatekeeper, realm;
};

struct ras_proxy_server {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct ras_proxy *proxy;
	struct ras_proxy_server_hooks hooks;
	void *arg;
	struct rp_socket *inside, *outside;
	uint32_t n_inside;
	struct loop_ports ports;
	const struct rp_socket *current; /* what is being read; NULL: nothing */
	uint8_t in[DATAGRAM_MAX];
};

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

static void on_readable(uv_poll_t *poll, int status, int events);
static void on_close(void *arg, uint64_t id);

/* Owns FD also on error. */
static struct rp_socket *socket_new(struct ras_proxy_server *s, int fd)
{
	struct rp_socket *x = calloc(1, sizeof *x);
	if (x == NULL || uv_poll_init(s->loop, &x->poll, fd) != 0) {
		free(x);
		close(fd);
		return NULL;
	}
	x->server = s;
	x->fd = fd;
	x->poll.data = x;
	return x;
}

static void socket_close(struct rp_socket *x)
{
	uv_poll_stop(&x->poll);
	close(x->fd);
	uv_close((uv_handle_t *)&x->poll, on_closed);
}

/* --- sending --- */

static void send_from(const struct rp_socket *x, const struct addr *to, struct pst_slice d)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, to);
	(void)!sendto(x->fd, d.p, d.n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&ss, n);
}

static void on_send_out(void *arg, uint64_t id, const struct addr *to, struct pst_slice d)
{
	const struct ras_proxy_server *s = arg;
	const struct rp_socket *x = NULL;
	HASH_FIND(hh, s->outside, &id, sizeof id, x);
	if (x != NULL)
		send_from(x, to, d);
}

/* An answer leaves where the question came in. What has no question leaves on all interfaces of the realm. */
static void on_send_in(void *arg, uint32_t gatekeeper, uint32_t realm, const struct addr *to, struct pst_slice d)
{
	const struct ras_proxy_server *s = arg;
	const struct rp_socket *x = NULL, *asked = s->current;
	if (asked != NULL && (asked->id != 0 || asked->realm != realm || asked->gatekeeper != gatekeeper))
		asked = NULL;
	DL_FOREACH(s->inside, x)
	{
		if (asked == NULL ? x->realm == realm && x->gatekeeper == gatekeeper : x == asked)
			send_from(x, to, d);
	}
}

/* --- sockets outside --- */

static int bound_socket(struct ras_proxy_server *s, struct addr *local)
{
	struct sockaddr_storage ss;
	for (int i = 0; i < TRIES; i++) {
		uint16_t port;
		if (loop_ports_take(&s->ports, clock_now_ms(), &port) != 0)
			return -1;
		local->port = port;
		const socklen_t n = loop_sockaddr(&ss, local);
		const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd >= 0 && bind(fd, (struct sockaddr *)&ss, n) == 0)
			return fd;
		if (fd >= 0)
			close(fd);
		loop_ports_give(&s->ports, clock_now_ms(), port);
	}
	return -1;
}

static int on_open(void *arg, uint64_t id, struct addr *local)
{
	struct ras_proxy_server *s = arg;
	const int fd = bound_socket(s, local);
	if (fd < 0)
		return PST_E_SPACE;
	struct rp_socket *x = socket_new(s, fd);
	if (x == NULL) {
		loop_ports_give(&s->ports, clock_now_ms(), local->port);
		return PST_E_SYS;
	}
	x->id = id;
	HASH_ADD(hh, s->outside, id, sizeof x->id, x);
	x->local = *local;
	if (uv_poll_start(&x->poll, UV_READABLE, on_readable) == 0)
		return 0;
	on_close(s, id);
	return PST_E_SYS;
}

static void on_close(void *arg, uint64_t id)
{
	struct ras_proxy_server *s = arg;
	struct rp_socket *x = NULL;
	HASH_FIND(hh, s->outside, &id, sizeof id, x);
	if (x == NULL)
		return;
	HASH_DEL(s->outside, x);
	loop_ports_give(&s->ports, clock_now_ms(), x->local.port);
	x->id = UINT64_MAX; /* nothing more is read of it */
	socket_close(x);
}

static bool on_virtual_address(void *arg, uint32_t in, const struct addr *host, uint32_t out, struct addr *at)
{
	const struct ras_proxy_server *s = arg;
	return s->hooks.virtual_address != NULL && s->hooks.virtual_address(s->arg, in, host, out, at);
}

static void on_named(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal)
{
	const struct ras_proxy_server *s = arg;
	if (s->hooks.named != NULL)
		s->hooks.named(s->arg, name, realm, signal);
}

static void on_admitted(void *arg, const struct gatekeeper_admission *a, bool over)
{
	const struct ras_proxy_server *s = arg;
	if (s->hooks.admitted != NULL)
		s->hooks.admitted(s->arg, a, over);
}

static void on_port(void *arg, const struct addr *local, const struct addr *signal)
{
	const struct ras_proxy_server *s = arg;
	if (s->hooks.port != NULL)
		s->hooks.port(s->arg, local, signal);
}

/* --- time --- */

static void on_timer(uv_timer_t *t);

static void schedule(struct ras_proxy_server *s)
{
	const uint64_t due = ras_proxy_due(s->proxy), now = clock_now_ms();
	if (due == 0)
		uv_timer_stop(&s->timer);
	else
		uv_timer_start(&s->timer, on_timer, due > now ? due - now : 0, 0);
}

static void on_timer(uv_timer_t *t)
{
	struct ras_proxy_server *s = t->data;
	ras_proxy_tick(s->proxy, clock_now_ms());
	schedule(s);
}

/* --- receiving --- */

static void on_datagram(struct ras_proxy_server *s, const struct rp_socket *x, const struct addr *from, struct pst_slice d)
{
	if (x->id == 0)
		ras_proxy_from_inside(s->proxy, x->gatekeeper, x->realm, from, d, clock_now_ms());
	else
		ras_proxy_from_outside(s->proxy, x->id, from, d, clock_now_ms());
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct rp_socket *x = poll->data;
	struct ras_proxy_server *s = x->server;
	(void)status;
	(void)events;
	uv_update_time(s->loop);
	s->current = x;
	for (int i = 0; i < AT_ONCE && x->id != UINT64_MAX; i++) {
		struct sockaddr_storage ss = { 0 };
		socklen_t n_ss = sizeof ss;
		struct addr from;
		const ssize_t n = recvfrom(x->fd, s->in, sizeof s->in, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&ss, &n_ss);
		if (n < 0)
			break; /* an ICMP error shows here too, and means nothing */
		if ((size_t)n <= sizeof s->in && loop_addr(&from, (struct sockaddr *)&ss) == 0)
			on_datagram(s, x, &from, slice_of(s->in, (size_t)n));
	}
	s->current = NULL;
	schedule(s);
}

/* --- life --- */

int ras_proxy_server_listen_fd(
	struct ras_proxy_server *s, int fd, uint32_t gatekeeper, uint32_t realm)
{
	if (s->n_inside >= SOCKETS_MAX) {
		close(fd);
		return PST_E_LIMIT;
	}
	struct rp_socket *x = socket_new(s, fd);
	if (x == NULL)
		return PST_E_SYS;
	x->gatekeeper = gatekeeper;
	x->realm = realm;
	DL_APPEND(s->inside, x);
	s->n_inside++;
	return uv_poll_start(&x->poll, UV_READABLE, on_readable) == 0 ? 0 : PST_E_SYS;
}

int ras_proxy_server_new(struct ras_proxy_server **out, uv_loop_t *loop, const struct ras_proxy_config *cfg, uint16_t first,
	uint16_t last, const struct ras_proxy_server_hooks *hooks, void *arg)
{
	static const struct ras_proxy_ops own = { .open = on_open, .close = on_close, .send_out = on_send_out,
		.send_in = on_send_in, .virtual_address = on_virtual_address, .named = on_named, .admitted = on_admitted,
		.port = on_port };
	struct ras_proxy_server *s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	s->loop = loop;
	s->hooks = *hooks;
	s->arg = arg;
	int err = loop_ports_init(&s->ports, first, last, 1, REST_MS);
	if (err == 0)
		err = ras_proxy_new(&s->proxy, cfg, &own, s);
	if (err != 0) {
		loop_ports_free(&s->ports);
		free(s);
		return err;
	}
	uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	*out = s;
	return 0;
}

struct ras_proxy *ras_proxy_server_proxy(struct ras_proxy_server *s)
{
	return s->proxy;
}

void ras_proxy_server_free(struct ras_proxy_server *s)
{
	struct rp_socket *x, *tmp;
	if (s == NULL)
		return;
	ras_proxy_free(s->proxy);
	DL_FOREACH_SAFE(s->inside, x, tmp)
	socket_close(x);
	loop_ports_free(&s->ports);
	uv_close((uv_handle_t *)&s->timer, on_closed);
}
