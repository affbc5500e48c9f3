/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/locate.h"

#include "gateway/wait.h"

enum { WAIT_MS = 3000 };

static void on_answer(void *arg, const struct addr *at)
{
	struct gw_call *call = gw_wait_call(arg);
	if (call != NULL)
		call->located = *at;
	gw_wait_answered(arg);
}

bool gw_locate_wait(struct gw_call *call)
{
	const struct gw_lookup *ask = &call->cfg->lookup;
	if (call->asked_domain)
		return false;
	call->asked_domain = true;
	struct gw_wait *w = gw_wait_new(call, "who takes calls for the called name is not known in time");
	if (w == NULL)
		return false;
	gw_notef(call, "the domain of the called name is looked up");
	return gw_wait_asked(w, ask->locate(ask->arg, call->route.look_up, on_answer, w), WAIT_MS);
}
