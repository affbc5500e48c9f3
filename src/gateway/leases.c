/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/leases.h"

#include <string.h>

#include "gateway/wait.h"

enum { WAIT_MS = 2000 };

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
	(void)granted; /* who has which address is asked again */
	gw_wait_answered(arg);
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
	struct gw_wait *w = gw_wait_new(call, "no virtual address for the caller in time: the shared one");
	if (w == NULL)
		return false;
	l->want(l->arg, &call->leg[GW_CALLER].peer_ip, index_of(call, call->route.realm), call->route.dest.family,
		on_answer, w);
	if (gw_wait_asked(w, true, WAIT_MS))
		return true;
	if (lacks(call))
		gw_notef(call, "no virtual address for the caller: the shared one");
	return false;
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
