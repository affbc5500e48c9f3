/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gateway as programs see it: its life, and who follows what happens. */
#include "gateway/gateway.h"

#include <stdlib.h>
#include <unistd.h>

#include "gateway/net.h"

enum { SWEEP_MS = 5000, STOP_POLL_MS = 20 };

struct gateway_follower {
	struct gateway_follower *prev, *next;
	gateway_event_h *h;
	void *arg;
};

/* What only the outside of the gateway has: kept off struct gateway, so that tests can make one without a
 * loop. */
struct gateway_shell {
	uv_timer_t timer;
	struct gateway *gw;
	uint64_t stop_deadline_ms;
	void (*done)(void *arg);
	void *arg;
};

static void on_timer(uv_timer_t *t)
{
	struct gateway_shell *sh = t->data;
	struct gateway *gw = sh->gw;
	gw_source_sweep(&gw->sources, gw_now(gw));
	if (sh->done == NULL || (gw_net_open(gw->net) > 0 && gw_now(gw) < sh->stop_deadline_ms))
		return;
	void (*done)(void *) = sh->done;
	sh->done = NULL;
	uv_timer_stop(t);
	done(sh->arg);
}

int gateway_new(struct gateway **out, uv_loop_t *loop, const struct gw_config *cfg, const struct relay *relay)
{
	struct gateway *gw = calloc(1, sizeof *gw);
	struct gateway_shell *sh = calloc(1, sizeof *sh);
	struct gw_net *net = NULL;
	int err = PST_E_NOMEM;
	if (gw == NULL || sh == NULL)
		goto out;
	err = gw_net_new(&net, loop, gw);
	if (err == 0)
		err = gw_net_range(net, &cfg->h245_ports);
	if (err == 0)
		err = gw_core_init(gw, cfg, relay, &gw_net_ops, net);
	if (err != 0)
		goto out;
	gw->net = net;
	gw->shell = sh;
	sh->gw = gw;
	uv_timer_init(loop, &sh->timer);
	sh->timer.data = sh;
	uv_timer_start(&sh->timer, on_timer, SWEEP_MS, SWEEP_MS);
	uv_unref((uv_handle_t *)&sh->timer);
	gw_net_ports(net, cfg);
	*out = gw;
	return 0;
out:
	if (net != NULL)
		gw_net_free(net);
	free(gw);
	free(sh);
	return err;
}

int gateway_listen_fd(struct gateway *gw, int fd)
{
	return gw_net_listen_fd(gw->net, fd);
}

void gateway_unlisten(struct gateway *gw)
{
	gw_net_unlisten(gw->net);
}

int gateway_port_open(struct gateway *gw, const struct addr *local)
{
	return gw_net_port_open(gw->net, local);
}

void gateway_port_close(struct gateway *gw, const struct addr *local)
{
	gw_net_port_close(gw->net, local);
}

int gateway_reload(struct gateway *gw, const struct gw_config *cfg)
{
	int err = gw_net_range(gw->net, &cfg->h245_ports);
	if (err != 0)
		return err;
	err = gw_core_reload(gw, cfg);
	if (err == 0)
		gw_net_ports(gw->net, cfg);
	if (err != 0 && gw_net_range(gw->net, &gw->conf->cfg.h245_ports) != 0)
		log_warn("gateway", "reload: the H.245 port range is the new one");
	return err;
}

void gateway_stop(struct gateway *gw, uint32_t deadline_ms, void (*done)(void *arg), void *arg)
{
	struct gateway_shell *sh = gw->shell;
	gw->stopping = true;
	gateway_unlisten(gw);
	gw_net_ports(gw->net, NULL);
	gw_release_all(gw, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES, "the gateway stops");
	sh->stop_deadline_ms = gw_now(gw) + deadline_ms;
	sh->done = done;
	sh->arg = arg;
	uv_ref((uv_handle_t *)&sh->timer);
	uv_timer_start(&sh->timer, on_timer, 0, STOP_POLL_MS);
}

static void shell_closed(uv_handle_t *h)
{
	free(h->data);
}

void gateway_free(struct gateway *gw)
{
	if (gw == NULL)
		return;
	struct gateway_follower *f, *tmp;
	gw_core_done(gw);
	gw_net_free(gw->net);
	DL_FOREACH_SAFE (gw->followers, f, tmp)
		free(f);
	uv_close((uv_handle_t *)&gw->shell->timer, shell_closed);
	free(gw);
}

/* --- followers --- */

struct gateway_follower *gateway_follow(struct gateway *gw, gateway_event_h *h, void *arg)
{
	struct gateway_follower *f = calloc(1, sizeof *f);
	if (f == NULL)
		return NULL;
	f->h = h;
	f->arg = arg;
	DL_APPEND(gw->followers, f);
	return f;
}

void gateway_unfollow(struct gateway *gw, struct gateway_follower *f)
{
	DL_DELETE(gw->followers, f);
	free(f);
}

void gw_tell(struct gateway *gw, json_t *event)
{
	struct gateway_follower *f, *tmp;
	if (event == NULL)
		return;
	DL_FOREACH_SAFE (gw->followers, f, tmp)
		f->h(event, f->arg);
	json_decref(event);
}
