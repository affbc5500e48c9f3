/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gatekeeper/server.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "loop/net.h"

enum { SOCKETS_MAX = 256, AT_ONCE = 64, DATAGRAM_MAX = 4096 };

struct ras_socket {
	uv_poll_t poll;
	struct gatekeeper_server *server;
	struct ras_socket *prev, *next;
	int fd;
	uint32_t realm, interface;
	bool discovery;
};

struct gatekeeper_server {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct gatekeeper *gk;
	struct gatekeeper_ops ops;
	void *arg;
	struct ras_socket *sockets;
	uint32_t n_sockets;
	const struct ras_socket *current; /* what is being read; NULL: nothing */
	uint8_t in[DATAGRAM_MAX];
};

/* --- sending --- */

/* An answer leaves where the question came in. What has no question leaves on all interfaces of the realm. */
static void on_send(void *arg, uint32_t realm, const struct addr *to, struct pst_slice datagram)
{
	const struct gatekeeper_server *s = arg;
	const struct ras_socket *x = NULL, *asked = s->current != NULL && s->current->realm == realm ? s->current : NULL;
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, to);
	DL_FOREACH(s->sockets, x)
	{
		if (x->realm == realm && !x->discovery && (asked == NULL || asked->interface == x->interface))
			(void)!sendto(x->fd, datagram.p, datagram.n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&ss, n);
	}
}

static bool on_may(void *arg, const struct gatekeeper_wish *wish)
{
	const struct gatekeeper_server *s = arg;
	return s->ops.may == NULL || s->ops.may(s->arg, wish);
}

static bool on_bound(void *arg, const char *name, struct addr *host)
{
	const struct gatekeeper_server *s = arg;
	return s->ops.bound != NULL && s->ops.bound(s->arg, name, host);
}

static bool on_virtual_of(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out)
{
	const struct gatekeeper_server *s = arg;
	return s->ops.virtual_of != NULL && s->ops.virtual_of(s->arg, host, realm, family, out);
}

static void on_keep(void *arg, uint64_t id, struct pst_slice image)
{
	const struct gatekeeper_server *s = arg;
	if (s->ops.keep != NULL)
		s->ops.keep(s->arg, id, image);
}

static void on_keep_call(void *arg, uint64_t number, struct pst_slice image)
{
	const struct gatekeeper_server *s = arg;
	if (s->ops.keep_call != NULL)
		s->ops.keep_call(s->arg, number, image);
}

static void on_named(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal)
{
	const struct gatekeeper_server *s = arg;
	if (s->ops.named != NULL)
		s->ops.named(s->arg, name, realm, signal);
}

static void on_admitted(void *arg, const struct gatekeeper_admission *a, bool over)
{
	const struct gatekeeper_server *s = arg;
	if (s->ops.admitted != NULL)
		s->ops.admitted(s->arg, a, over);
}

static void on_behind(void *arg, const struct addr *signal, bool gone)
{
	const struct gatekeeper_server *s = arg;
	if (s->ops.behind != NULL)
		s->ops.behind(s->arg, signal, gone);
}

static bool on_resolve(void *arg, uint64_t ticket, const char *domain)
{
	const struct gatekeeper_server *s = arg;
	return s->ops.resolve != NULL && s->ops.resolve(s->arg, ticket, domain);
}

static void on_located(void *arg, uint64_t asker, const struct addr *at)
{
	const struct gatekeeper_server *s = arg;
	if (s->ops.located != NULL)
		s->ops.located(s->arg, asker, at);
}

/* --- time --- */

static void on_timer(uv_timer_t *t);

static void schedule(struct gatekeeper_server *s)
{
	const uint64_t due = gatekeeper_due(s->gk), now = clock_now_ms();
	if (due == 0)
		uv_timer_stop(&s->timer);
	else
		uv_timer_start(&s->timer, on_timer, due > now ? due - now : 0, 0);
}

static void on_timer(uv_timer_t *t)
{
	struct gatekeeper_server *s = t->data;
	gatekeeper_tick(s->gk, clock_now_ms());
	schedule(s);
}

/* --- receiving --- */

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct ras_socket *x = poll->data;
	struct gatekeeper_server *s = x->server;
	(void)status;
	(void)events;
	uv_update_time(s->loop);
	s->current = x;
	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_storage ss = { 0 };
		socklen_t n_ss = sizeof ss;
		struct addr from;
		const ssize_t n = recvfrom(x->fd, s->in, sizeof s->in, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&ss, &n_ss);
		if (n < 0)
			break; /* an ICMP error of an answer shows here too, and means nothing */
		if ((size_t)n <= sizeof s->in && loop_addr(&from, (struct sockaddr *)&ss) == 0)
			gatekeeper_datagram(s->gk, x->realm, &from, slice_of(s->in, (size_t)n), clock_now_ms(), clock_wall_ms() / 1000);
	}
	s->current = NULL;
	schedule(s);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

int gatekeeper_server_listen_fd(struct gatekeeper_server *s, int fd, uint32_t realm, uint32_t interface, bool discovery)
{
	struct ras_socket *x = s->n_sockets < SOCKETS_MAX ? calloc(1, sizeof *x) : NULL;
	if (x == NULL || uv_poll_init(s->loop, &x->poll, fd) != 0) {
		free(x);
		close(fd);
		return s->n_sockets < SOCKETS_MAX ? PST_E_SYS : PST_E_LIMIT;
	}
	x->server = s;
	x->fd = fd;
	x->realm = realm;
	x->interface = interface;
	x->discovery = discovery;
	x->poll.data = x;
	DL_APPEND(s->sockets, x);
	s->n_sockets++;
	return uv_poll_start(&x->poll, UV_READABLE, on_readable) == 0 ? 0 : PST_E_SYS;
}

void gatekeeper_server_unlisten(struct gatekeeper_server *s)
{
	struct ras_socket *x, *tmp;
	DL_FOREACH_SAFE(s->sockets, x, tmp)
	{
		DL_DELETE(s->sockets, x);
		s->n_sockets--;
		uv_poll_stop(&x->poll);
		close(x->fd);
		uv_close((uv_handle_t *)&x->poll, on_closed);
	}
}

/* --- life --- */

int gatekeeper_server_new(struct gatekeeper_server **out, uv_loop_t *loop, const struct gatekeeper_config *cfg,
	const struct gatekeeper_ops *ops, void *arg)
{
	static const struct gatekeeper_ops own = { .send = on_send, .may = on_may, .keep = on_keep,
		.keep_call = on_keep_call, .named = on_named, .behind = on_behind, .resolve = on_resolve, .located = on_located,
		.admitted = on_admitted, .bound = on_bound, .virtual_of = on_virtual_of };
	struct gatekeeper_server *s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	s->loop = loop;
	s->ops = *ops;
	s->arg = arg;
	const int err = gatekeeper_new(&s->gk, cfg, &own, s);
	if (err != 0) {
		free(s);
		return err;
	}
	uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	*out = s;
	return 0;
}

int gatekeeper_server_restore(struct gatekeeper_server *s, uint64_t id, struct pst_slice image)
{
	const int err = gatekeeper_restore(s->gk, id, image, clock_now_ms(), clock_wall_ms() / 1000);
	schedule(s);
	return err;
}

int gatekeeper_server_restore_call(struct gatekeeper_server *s, uint64_t number, struct pst_slice image)
{
	const int err = gatekeeper_restore_call(s->gk, number, image, clock_now_ms());
	schedule(s);
	return err;
}

void gatekeeper_server_resolved(struct gatekeeper_server *s, uint64_t ticket, const struct addr *at, bool locates)
{
	gatekeeper_resolved(s->gk, ticket, at, locates, clock_now_ms());
	schedule(s);
}

bool gatekeeper_server_locate(struct gatekeeper_server *s, uint64_t asker, const char *name)
{
	const bool can = gatekeeper_locate(s->gk, asker, name, clock_now_ms());
	schedule(s);
	return can;
}

bool gatekeeper_server_summon(
	struct gatekeeper_server *s, const struct addr *signal, const uint8_t call_id[static 16], const struct addr *to)
{
	const bool there = gatekeeper_summon(s->gk, signal, call_id, to, clock_now_ms());
	schedule(s);
	return there;
}

int gatekeeper_server_reload(struct gatekeeper_server *s, const struct gatekeeper_config *cfg)
{
	const int err = gatekeeper_reload(s->gk, cfg, clock_now_ms());
	schedule(s);
	return err;
}

struct gatekeeper *gatekeeper_server_gk(struct gatekeeper_server *s)
{
	return s->gk;
}

void gatekeeper_server_free(struct gatekeeper_server *s, bool dismiss)
{
	if (s == NULL)
		return;
	if (dismiss)
		gatekeeper_unregister_all(s->gk, clock_now_ms());
	gatekeeper_server_unlisten(s);
	gatekeeper_free(s->gk);
	uv_close((uv_handle_t *)&s->timer, on_closed);
}
