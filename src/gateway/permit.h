/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the policy permits a call, held against what it does: calls at once and bandwidth are counted by rule, channels
 * are opened or refused, and a call that may last so long is cleared then.
 */
#ifndef PST_GATEWAY_PERMIT_H
#define PST_GATEWAY_PERMIT_H

#include "gateway/gw.h"
#include "h245/media.h"

/* What the calls of a rule take, by its name. */
struct gw_rule_use {
	UT_hash_handle hh;
	char *name;
	uint32_t calls;
	uint64_t kbit;
};

/* Holds CALL, whose way is known, against the policy; SETUP may be NULL. NULL: it may go on, and is counted until
 * gw_permit_let_go(). Else the reason as static text. */
PST_MUST_CHECK const char *gw_permit_call(struct gw_call *call, const struct h225_msg *setup);
void gw_permit_let_go(struct gw_call *call);

/* Whether a channel of CALL may take USE: 0, or why not, as an H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_. PROPOSED: one of
 * several that fast connect proposes for SESSION and SENDER, of which one will be taken at most. */
uint32_t gw_permit_channel(const struct gw_call *call, const struct h245_media_use *use, bool proposed, int sender, uint32_t session);
/* CH is open, or no longer, and takes ch->kbit. */
void gw_permit_count(struct gw_call *call, const struct gw_channel *ch, bool open);

/* When CALL has to be cleared; 0: never. */
uint64_t gw_permit_until(const struct gw_call *call);

/* Forgets the counters; there is no call. */
void gw_permit_free_all(struct gw_rule_use **all);

#endif
