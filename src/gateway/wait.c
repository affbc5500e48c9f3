/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/wait.h"

#include <stdlib.h>

/* One question; it lives until it is answered, the call may be gone before. */
struct gw_wait {
	struct gw_call *call; /* NULL: nobody waits any more */
	const char *late;
	bool asking, answered;
};

struct gw_wait *gw_wait_new(struct gw_call *call, const char *late)
{
	struct gw_wait *w = calloc(1, sizeof *w);
	if (w == NULL)
		return NULL;
	w->call = call;
	w->late = late;
	w->asking = true;
	return w;
}

bool gw_wait_asked(struct gw_wait *w, bool asked, uint32_t ms)
{
	struct gw_call *call = w->call;
	struct gw_conn *c = &call->leg[GW_CALLER].conn;
	w->asking = false;
	if (!asked || w->answered) {
		free(w);
		return false;
	}
	call->wait = w;
	call->deadline_ms = gw_now(call->gw) + ms;
	if (c->state == GW_CONN_OPEN) {
		c->paused = true;
		call->gw->io->pause(call->gw->io_arg, c, true);
	}
	gw_call_schedule(call);
	return true;
}

struct gw_call *gw_wait_call(const struct gw_wait *w)
{
	return w->call;
}

void gw_wait_answered(struct gw_wait *w)
{
	struct gw_call *call = w->call;
	w->answered = true;
	if (w->asking)
		return;
	free(w);
	if (call == NULL)
		return;
	call->wait = NULL;
	gw_call_resume(call);
}

void gw_wait_late(struct gw_call *call)
{
	gw_notef(call, "%s", call->wait->late);
	gw_wait_no_more(call);
	gw_call_resume(call);
}

void gw_wait_no_more(struct gw_call *call)
{
	if (call->wait == NULL)
		return;
	call->wait->call = NULL;
	call->wait = NULL;
}
