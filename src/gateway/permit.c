/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/permit.h"

#include <stdlib.h>

#include "gateway/policy.h"

_Static_assert((int)GW_MEDIA_AUDIO == (int)H245_MEDIA_AUDIO && (int)GW_MEDIA_VIDEO == (int)H245_MEDIA_VIDEO &&
		       (int)GW_MEDIA_DATA == (int)H245_MEDIA_DATA,
	"one word for one thing");

enum { REFUSED_MEDIA = H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_DATA_TYPE_NOT_AVAILABLE,
	REFUSED_RATE = H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_INSUFFICIENT_BANDWIDTH };

/* --- calls --- */

/* What the calls of RULE take; NULL: no memory. Kept from then on: there are as many as rules. */
static struct gw_rule_use *use_of(struct gateway *gw, const struct gw_rule *rule)
{
	struct gw_rule_use *u;
	HASH_FIND_STR(gw->rule_uses, rule->name, u);
	if (u != NULL)
		return u;
	u = calloc(1, sizeof *u);
	if (u == NULL || (u->name = strdup(rule->name)) == NULL) {
		free(u);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, gw->rule_uses, u->name, strlen(u->name), u);
	return u;
}

static void follow_step(void *arg, const char *text)
{
	gw_notef(arg, "policy: %s", text);
}

const char *gw_permit_call(struct gw_call *call, const struct h225_msg *setup)
{
	struct gw_policy p;
	gw_policy_find(&p, call->cfg,
		&(struct gw_policy_ask){ .from = call->leg[GW_CALLER].realm,
			.caller = call->leg[GW_CALLER].peer_ip,
			.route = &call->route,
			.setup = setup,
			.step = call->cfg->n_rules > 0 ? follow_step : NULL,
			.arg = call });
	call->media = p.media;
	if (!p.allow)
		return p.why;
	if (p.rule == NULL)
		return NULL;
	struct gw_rule_use *u = use_of(call->gw, p.rule);
	if (u == NULL)
		return "out of memory";
	if (p.rule->calls != 0 && u->calls >= p.rule->calls)
		return "as many calls as the rule allows stand already";
	u->calls++;
	call->rule = p.rule;
	call->rule_use = u;
	return NULL;
}

void gw_permit_let_go(struct gw_call *call)
{
	if (call->rule_use == NULL)
		return;
	call->rule_use->calls--;
	call->rule_use->kbit -= call->kbit;
	call->kbit = 0;
	call->rule_use = NULL;
}

void gw_permit_free_all(struct gw_rule_use **all)
{
	struct gw_rule_use *u, *tmp;
	HASH_ITER (hh, *all, u, tmp) {
		HASH_DEL(*all, u);
		free(u->name);
		free(u);
	}
}

uint64_t gw_permit_until(const struct gw_call *call)
{
	const uint64_t begun = call->kind != GW_CALL_H323 ? call->start_ms : call->active_ms;
	return call->rule != NULL && call->rule->duration_ms != 0 && begun != 0 ? begun + call->rule->duration_ms : 0;
}

/* --- channels --- */

/* Proposals for one session and direction are alternatives: what the largest of them takes. */
static uint32_t largest(const struct gw_call *call, int sender, uint32_t session)
{
	uint32_t most = 0;
	for (const struct gw_channel *ch = call->channels; ch != NULL; ch = ch->next)
		if (ch->state == GW_CHANNEL_PROPOSED && ch->sender == sender && ch->session_id == session && ch->kbit > most)
			most = ch->kbit;
	return most;
}

/* What is not open yet and may be: proposals, but for those of SENDER and SESSION, and channels waited for. */
static uint64_t waiting(const struct gw_call *call, bool proposed, int sender, uint32_t session)
{
	uint64_t sum = 0;
	for (const struct gw_channel *ch = call->channels; ch != NULL; ch = ch->next) {
		if (ch->state == GW_CHANNEL_OPENING)
			sum += ch->kbit;
		if (ch->state != GW_CHANNEL_PROPOSED || (proposed && ch->sender == sender && ch->session_id == session))
			continue;
		bool counted = false;
		for (const struct gw_channel *e = call->channels; e != ch && !counted; e = e->next)
			counted = e->state == GW_CHANNEL_PROPOSED && e->sender == ch->sender && e->session_id == ch->session_id;
		if (!counted)
			sum += largest(call, ch->sender, ch->session_id);
	}
	return sum;
}

uint32_t gw_permit_channel(const struct gw_call *call, const struct h245_media_use *use, bool proposed, int sender, uint32_t session)
{
	const struct gw_rule *rule = call->rule;
	/* what cannot be told may be anything */
	const uint8_t wanted = (use->media & H245_MEDIA_OTHER) != 0 ? GW_MEDIA_ALL : use->media;
	if ((wanted & call->media) != wanted)
		return REFUSED_MEDIA;
	if (rule == NULL || (rule->bandwidth_kbit == 0 && rule->call_bandwidth_kbit == 0))
		return 0;
	const uint64_t more = waiting(call, proposed, sender, session) + use->kbit;
	if (rule->call_bandwidth_kbit != 0 && call->kbit + more > rule->call_bandwidth_kbit)
		return REFUSED_RATE;
	if (rule->bandwidth_kbit != 0 && call->rule_use->kbit + more > rule->bandwidth_kbit)
		return REFUSED_RATE;
	return 0;
}

void gw_permit_count(struct gw_call *call, const struct gw_channel *ch, bool open)
{
	if (call->rule_use == NULL)
		return;
	if (open) {
		call->kbit += ch->kbit;
		call->rule_use->kbit += ch->kbit;
	} else {
		call->kbit -= ch->kbit;
		call->rule_use->kbit -= ch->kbit;
	}
}
