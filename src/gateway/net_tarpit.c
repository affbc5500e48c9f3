/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is over the limits, outside: kept waiting, so that trying many calls takes long. */
#include "gateway/gw.h"
#include "gateway/net_private.h"

/* Waiting costs us a descriptor: past these, who is over its limits goes at once. */
enum { TARPIT_MAX = 256, TICK_MS = 500 };

static void on_tick(uv_timer_t *t)
{
	struct gw_net *net = t->data;
	struct net_conn *nc, *tmp;
	DL_FOREACH_SAFE (net->conns, nc, tmp) {
		if (nc->until_ms == 0 || nc->until_ms > uv_now(net->loop))
			continue;
		nc->until_ms = UINT64_MAX;
		loop_tcp_close(&nc->tcp, true, gw_net_conn_closed);
	}
	if (net->n_tarpit == 0)
		uv_timer_stop(t);
}

void gw_net_keep_waiting(struct net_conn *nc)
{
	struct gw_net *net = nc->net;
	const uint32_t wait_ms = net->gw->conf->cfg.limits.tarpit_ms;
	if (wait_ms == 0 || net->n_tarpit >= TARPIT_MAX) {
		loop_tcp_close(&nc->tcp, true, gw_net_conn_closed);
		return;
	}
	loop_tcp_pause(&nc->tcp, true);
	nc->until_ms = uv_now(net->loop) + wait_ms;
	if (net->n_tarpit++ == 0)
		uv_timer_start(&net->tarpit, on_tick, TICK_MS, TICK_MS);
}
