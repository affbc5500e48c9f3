/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call that waits: somebody was asked something, and its Setup stays until the answer is there, for a bounded time. The
 * answer may come at once, later, or after the call is gone.
 */
#ifndef PST_GATEWAY_WAIT_H
#define PST_GATEWAY_WAIT_H

#include "gateway/gw.h"

/* What a call that waits has not looked at yet: its Setup, and what came behind it. */
struct gw_kept {
	size_t n_setup, n_rest;
	uint8_t octets[];
};

/* A question for CALL, before it is put; the answerer's, until gw_wait_answered(). LATE (static text) is noted where no answer
 * comes in time. NULL: out of memory. */
struct gw_wait *gw_wait_new(struct gw_call *call, const char *late);
/* The question was put. True: CALL waits (call->wait) for MS at most, until gw_call_resume() comes for it. False: it was
 * answered at once, or, ASKED being false, nobody answers; W is gone. */
bool gw_wait_asked(struct gw_wait *w, bool asked, uint32_t ms);
/* Who waits for W; NULL: nobody any more. */
struct gw_call *gw_wait_call(const struct gw_wait *w);
/* The answer is there; W is gone, the call goes on. */
void gw_wait_answered(struct gw_wait *w);
/* The time is up: CALL goes on without. */
void gw_wait_late(struct gw_call *call);
/* CALL is over: it waits no longer. */
void gw_wait_no_more(struct gw_call *call);

#endif
