/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who decides where calls go is told of every name and every admission, before the endpoint is answered. */
#include "gatekeeper/gk.h"

void gk_tell_name(const struct gatekeeper *gk, const struct gk_alias *alias, bool gone)
{
	const struct pst_slice name = slice_of(alias->data + GK_SEED_KEY, alias->n_key - GK_SEED_KEY);
	if (gk->ops.named != NULL)
		gk->ops.named(gk->arg, name, alias->ep->realm, gone ? NULL : &alias->ep->signal);
}

void gk_tell_call(const struct gatekeeper *gk, const struct gk_call *c, bool over)
{
	const struct gatekeeper_admission a = {
		.number = c->number,
		.caller = addr_with_port(c->ep->ras, 0),
		.dest = c->dest,
		.call_id = slice_of(c->guid, c->has_guid ? sizeof c->guid : 0),
		.conference_id = slice_of(c->conference, c->has_conference ? sizeof c->conference : 0),
	};
	/* who answers has been called already */
	if (gk->ops.admitted != NULL && !c->answer)
		gk->ops.admitted(gk->arg, &a, over);
}

void gk_tell_behind(const struct gatekeeper *gk, const struct gk_endpoint *ep, bool gone)
{
	if (gk->ops.behind != NULL && ep->behind)
		gk->ops.behind(gk->arg, &ep->signal, gone);
}

void gatekeeper_tell_all(const struct gatekeeper *gk)
{
	const struct gk_alias *alias, *next_alias;
	const struct gk_call *call, *next_call;
	const struct gk_endpoint *ep, *next_ep;
	HASH_ITER(hh, gk->endpoints, ep, next_ep)
	gk_tell_behind(gk, ep, false);
	HASH_ITER(hh, gk->aliases, alias, next_alias)
	gk_tell_name(gk, alias, false);
	HASH_ITER(hh, gk->calls, call, next_call)
	gk_tell_call(gk, call, false);
}
