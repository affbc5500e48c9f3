/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/leases.h"

#include <stdlib.h>

enum { WAIT_MS = 2000 };

/* One question; it lives until it is answered, the call may be gone before. */
struct gw_wait {
	struct gw_call *call; /* NULL: nobody waits any more */
	bool asking, answered;
};

/* R's number today: since the call began, realms may have come and gone. */
static uint32_t index_of(const struct gw_call *call, const struct gw_realm *r)
{
	const struct gw_config *now = &call->gw->conf->cfg;
	uint32_t i = 0;
	while (i < now->n_realms && strcmp(now->realms[i].name, r->name) != 0)
		i++;
	return i;
}

static void on_answer(void *arg, bool granted)
{
	struct gw_wait *w = arg;
	(void)granted; /* who has which address is asked again */
	w->answered = true;
	if (w->asking)
		return;
	struct gw_call *call = w->call;
	free(w);
	if (call == NULL)
		return;
	call->wait = NULL;
	gw_call_resume(call);
}

/* Does the caller lack a virtual address that it could have? */
static bool lacks(const struct gw_call *call)
{
	const struct gw_route *r = &call->route;
	const struct gw_leg *caller = &call->leg[GW_CALLER];
	struct addr has;
	return call->cfg->leases.want != NULL && caller->realm->role == GW_ROLE_INSIDE &&
	       r->realm->role == GW_ROLE_OUTSIDE &&
	       !gw_address_virtual(call->cfg, r->realm, &caller->peer_ip, r->dest.family, &has);
}

bool gw_leases_wait(struct gw_call *call)
{
	const struct gw_leases *l = &call->cfg->leases;
	if (call->asked_lease || !lacks(call))
		return false;
	call->asked_lease = true;
	struct gw_wait *w = calloc(1, sizeof *w);
	if (w == NULL)
		return false;
	w->call = call;
	w->asking = true;
	l->want(l->arg, &call->leg[GW_CALLER].peer_ip, index_of(call, call->route.realm), call->route.dest.family,
		on_answer, w);
	w->asking = false;
	if (w->answered) {
		free(w);
		if (lacks(call))
			gw_notef(call, "no virtual address for the caller: the shared one");
		return false;
	}
	call->wait = w;
	call->deadline_ms = gw_now(call->gw) + WAIT_MS;
	if (call->leg[GW_CALLER].conn.state == GW_CONN_OPEN) {
		call->leg[GW_CALLER].conn.paused = true;
		call->gw->io->pause(call->gw->io_arg, &call->leg[GW_CALLER].conn, true);
	}
	gw_call_schedule(call);
	return true;
}

void gw_leases_wait_no_more(struct gw_call *call)
{
	if (call->wait == NULL)
		return;
	call->wait->call = NULL;
	call->wait = NULL;
}

void gw_leases_hold(struct gw_call *call)
{
	const struct gw_leases *l = &call->cfg->leases;
	struct addr has;
	for (int i = 0; i < GW_LEGS && l->hold != NULL; i++) {
		struct gw_leg *leg = &call->leg[i];
		const struct addr *host = &call->leg[1 - i].peer_ip;
		if (!gw_address_virtual(call->cfg, leg->realm, host, leg->local_ip.family, &has))
			continue;
		leg->held = *host;
		l->hold(l->arg, host, index_of(call, leg->realm), 1);
	}
}

void gw_leases_let_go(struct gw_call *call)
{
	const struct gw_leases *l = &call->cfg->leases;
	for (int i = 0; i < GW_LEGS; i++) {
		struct gw_leg *leg = &call->leg[i];
		if (leg->held.family != ADDR_NONE)
			l->hold(l->arg, &leg->held, index_of(call, leg->realm), -1);
		leg->held.family = ADDR_NONE;
	}
}
