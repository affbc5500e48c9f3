/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "endpoint/gate.h"

#include "base/clock.h"
#include "base/log.h"

#include <time.h>

enum { TTL_S = 300 };

static void run(struct gate *g);

static void tell_time(struct gate *g)
{
	ras_endpoint_clock(g->ras, clock_now_ms(), (uint64_t)time(NULL));
}

static void on_timer(uv_timer_t *t)
{
	struct gate *g = t->data;

	tell_time(g);
	ras_endpoint_tick(g->ras);
	run(g);
}

/* Wakes up when there is something to do. */
static void run(struct gate *g)
{
	uint64_t due = ras_endpoint_due(g->ras), now = clock_now_ms();

	if (g->closing)
		return;
	uv_timer_stop(&g->timer);
	if (due)
		uv_timer_start(&g->timer, on_timer, due > now ? due - now : 0, 0);
}

static void on_datagram(struct udp_socket *u, const struct addr *from, struct pst_slice data)
{
	struct gate *g = u->owner;

	if (g->closing)
		return;
	tell_time(g);
	ras_endpoint_datagram(g->ras, from, data);
	run(g);
}

static void handle_closed(struct gate *g)
{
	if (--g->handles)
		return;
	ras_endpoint_free(g->ras);
	g->ras = NULL;
	g->open = false;
	g->hooks.closed(g->arg);
}

static void timer_closed(uv_handle_t *h)
{
	handle_closed(h->data);
}

static void udp_closed(struct udp_socket *u)
{
	handle_closed(u->owner);
}

static void shut(struct gate *g)
{
	if (g->closing)
		return;
	g->closing = true;
	uv_close((uv_handle_t *)&g->timer, timer_closed);
	udp_close(&g->udp, udp_closed);
}

static void on_send(void *arg, const struct addr *to, struct pst_slice datagram)
{
	struct gate *g = arg;

	/* what does not get out is sent again, as what gets lost */
	(void)!udp_send(&g->udp, to, datagram);
}

static void on_news(void *arg, enum ras_client_news news, const char *why)
{
	struct gate *g = arg;

	if (news == RAS_NEWS_ENDED)
		shut(g);
	else
		g->hooks.state(g->arg, news == RAS_NEWS_REGISTERED ? NULL : why ? why : "it gave no reason");
}

static void on_admitted(void *arg, void *user, const char *refused, const struct addr *to)
{
	struct gate *g = arg;

	g->hooks.admitted(g->arg, user, refused, to);
}

static void on_clear(void *arg, void *user)
{
	struct gate *g = arg;

	g->hooks.clear(g->arg, user);
}

static bool on_summoned(void *arg, const struct addr *to, const uint8_t call_id[static 16])
{
	struct gate *g = arg;

	return g->hooks.summoned && g->hooks.summoned(g->arg, to, call_id);
}

static int start(struct gate *g, uv_loop_t *loop, const struct options *o, struct ras_endpoint_config *c)
{
	static const struct ras_endpoint_ops OPS = {on_send, on_news, on_admitted, on_clear, on_summoned};
	int err = udp_open(&g->udp, loop, &c->ras, on_datagram, g);

	if (err)
		return err;
	g->handles = 2;
	g->open = true;
	uv_timer_init(loop, &g->timer);
	g->timer.data = g;
	c->ras = g->udp.local;
	if (o->name || o->command == OPTIONS_ANSWER)
		g->aliases[c->n_aliases++] = o->name ? o->name : o->alias;
	if (o->number)
		g->aliases[c->n_aliases++] = o->number;
	c->aliases = g->aliases;
	err = ras_endpoint_new(&g->ras, c, &OPS, g);
	if (err)
		shut(g);
	return err;
}

int gate_open(struct gate *g, uv_loop_t *loop, const struct options *o, const struct addr *signal, uint32_t retry_s,
        const struct gate_hooks *hooks, void *arg)
{
	struct ras_endpoint_config c = {.signal = *signal, .password = o->password, .ttl_s = TTL_S, .retry_s = retry_s,
	        .product = "Postern", .version = "0.1"};
	const char *why = NULL;
	int err;

	*g = (struct gate){.hooks = *hooks, .arg = arg};
	err = dest_resolve(&c.gatekeeper, &o->gatekeeper, addr_is_unspecified(&o->local) ? ADDR_NONE : o->local.family, &why);
	if (!err)
		err = udp_route_local(&c.gatekeeper, &c.ras);
	if (!err && o->local.family == c.gatekeeper.family && !addr_is_unspecified(&o->local))
		c.ras = o->local;
	c.ras.port = 0;
	if (!err && (c.signal.family == ADDR_NONE || addr_is_unspecified(&c.signal)))
		c.signal = addr_with_port(c.ras, signal->port);
	if (!err)
		err = start(g, loop, o, &c);
	if (err) {
		log_error("endpoint", "gatekeeper %s: %s", o->gatekeeper.host, why ? why : pst_strerror(err));
		return err;
	}
	tell_time(g);
	ras_endpoint_register(g->ras);
	run(g);
	return PST_OK;
}

void gate_close(struct gate *g)
{
	if (!g->open || g->closing)
		return;
	tell_time(g);
	ras_endpoint_stop(g->ras);
	run(g);
}

int gate_ask(struct gate *g, struct ras_call **out, const struct ras_wish *wish, void *user)
{
	int err;

	if (!g->open || g->closing)
		return PST_E_STATE;
	tell_time(g);
	err = ras_endpoint_admit(g->ras, out, wish, user);
	run(g);
	return err;
}

void gate_over(struct gate *g, struct ras_call *call)
{
	if (!call || !g->open || g->closing)
		return;
	tell_time(g);
	ras_endpoint_over(g->ras, call);
	run(g);
}

bool gate_traverses(const struct gate *g)
{
	return g->open && ras_endpoint_traverses(g->ras);
}
