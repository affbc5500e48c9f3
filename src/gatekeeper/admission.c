/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Admission, bandwidth and the end of calls (H.323 7.3, H.225.0 7.11 to 7.13).
 * Split horizon: within its realm an asker gets the called party's own address
 * (or the gateway's, when calls are routed); from another realm always the
 * gateway's in the asker's realm.
 */
#include "gatekeeper/gk.h"

#include <stdlib.h>

enum { ASK_MS = 3000, ASKS = 3, UNASKED_CHECK_S = 600, INTERVALS = 3 };

/* --- calls --- */

static struct ras_aging_rules call_rules(const struct gatekeeper *gk)
{
	const uint32_t s = gk->cfg.irr_s != 0 ? gk->cfg.irr_s * INTERVALS : UNASKED_CHECK_S;
	return (struct ras_aging_rules){ .default_ms = s * 1000, .ask_ms = ASK_MS, .asks = ASKS };
}

static void make_key(const struct gk_endpoint *ep, const struct h225_call_identifier *id, uint32_t crv, uint8_t key[static 26])
{
	memcpy(key, &ep->id, 8);
	memset(key + 8, 0, 16);
	if (id != NULL && id->guid.n == 16)
		memcpy(key + 8, id->guid.p, 16);
	key[24] = (uint8_t)(crv >> 8);
	key[25] = (uint8_t)crv;
}

struct gk_call *gk_call_find(const struct gatekeeper *gk, const struct gk_endpoint *ep,
	const struct h225_call_identifier *id, uint32_t crv)
{
	uint8_t key[26];
	struct gk_call *c = NULL;
	make_key(ep, id, crv, key);
	HASH_FIND(hh, gk->calls, key, sizeof key, c);
	return c;
}

static bool not_zero(struct pst_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != 0)
			return s.n == 16;
	return false;
}

struct gk_call *gk_call_add(struct gatekeeper *gk, struct gk_endpoint *ep, const struct gk_call_terms *t)
{
	const struct h225_call_identifier id = { .guid = t->call_id };
	struct gk_call *c = gk_timers_reserve(&gk->timers, gk->timers.n + 1) == 0 ? calloc(1, sizeof *c) : NULL;
	if (c == NULL)
		return NULL;
	make_key(ep, &id, t->crv, c->key);
	c->ep = ep;
	c->number = t->number != 0 ? t->number : gk->last_call + 1;
	if (c->number > gk->last_call)
		gk->last_call = c->number;
	c->answer = t->answer;
	c->crv = t->crv;
	c->timer.kind = GK_TIMER_CALL;
	c->has_guid = not_zero(t->call_id);
	if (c->has_guid)
		memcpy(c->guid, t->call_id.p, 16);
	c->has_conference = not_zero(t->conference_id);
	if (c->has_conference)
		memcpy(c->conference, t->conference_id.p, 16);
	HASH_ADD(hh, gk->calls, key, sizeof c->key, c);
	DL_APPEND(ep->calls, c);
	return c;
}

static struct gk_call *call_new(struct gatekeeper *gk, struct gk_endpoint *ep, const struct h225_admission_request *arq)
{
	const struct gk_call_terms t = {
		.call_id = arq->call_identifier != NULL ? arq->call_identifier->guid : slice_of(NULL, 0),
		.conference_id = arq->conference_id,
		.crv = (uint16_t)arq->call_reference_value,
		.answer = arq->answer_call,
	};
	return gk_call_add(gk, ep, &t);
}

void gk_call_remove(struct gatekeeper *gk, struct gk_call *c)
{
	gk_tell_call(gk, c, true);
	gk_forget_call(gk, c);
	gk->bandwidth[c->ep->realm] -= c->bandwidth;
	gk_timer_stop(&gk->timers, &c->timer);
	HASH_DEL(gk->calls, c);
	DL_DELETE(c->ep->calls, c);
	free(c);
}

static void age(struct gatekeeper *gk, struct gk_call *c, enum ras_aging_event e)
{
	const struct ras_aging_rules rules = call_rules(gk);
	const struct ras_aging_step step = ras_aging_event(&c->aging, &rules, e, 0);
	if (step.timer_ms != 0)
		gk_timer_start(&gk->timers, &c->timer, gk->now_ms + step.timer_ms);
	if (step.ask)
		gk_ask_info(gk, c->ep, c);
	if (step.gone)
		gk_call_remove(gk, c);
}

void gk_call_heard(struct gatekeeper *gk, struct gk_call *c)
{
	age(gk, c, RAS_AGING_HEARD);
}

void gk_call_expired(struct gatekeeper *gk, struct gk_call *c)
{
	age(gk, c, RAS_AGING_TIMEOUT);
}

/* What REALM still has, with what C has already; no bound: all. */
static uint32_t bandwidth_left(const struct gatekeeper *gk, uint32_t realm, const struct gk_call *c)
{
	const uint32_t used = gk->bandwidth[realm] - (c != NULL ? c->bandwidth : 0);
	if (gk->cfg.bandwidth == 0)
		return UINT32_MAX - used;
	return gk->cfg.bandwidth > used ? gk->cfg.bandwidth - used : 0;
}

static void set_bandwidth(struct gatekeeper *gk, struct gk_call *c, uint32_t bandwidth)
{
	gk->bandwidth[c->ep->realm] += bandwidth - c->bandwidth;
	c->bandwidth = bandwidth;
}

void gk_call_admit(struct gatekeeper *gk, struct gk_call *c, uint32_t bandwidth, const struct addr *dest)
{
	set_bandwidth(gk, c, bandwidth);
	c->dest = *dest;
	gk_tell_call(gk, c, false);
	gk_keep_call(gk, c);
	age(gk, c, RAS_AGING_REGISTERED);
}

/* --- where to --- */

struct target {
	struct addr addr; /* family 0: not known */
	uint32_t realm;
	bool known; /* registered or bound, and called by name: anybody may be led there */
	bool behind; /* somebody else's NAT: reached through the gateway only */
};

struct addr gk_split(const struct gatekeeper *gk, uint32_t asker, uint32_t dest_realm, const struct addr *dest)
{
	const bool routed = gk->cfg.routed && gk->cfg.realms[asker].inside;
	struct addr own;
	if (asker == dest_realm && !routed)
		return *dest;
	const struct addr gateway = gk_gateway_address(gk, asker);
	if (!gk->cfg.realms[asker].inside && gk->ops.virtual_of != NULL &&
		gk->ops.virtual_of(gk->arg, dest, asker, gateway.family, &own))
		return addr_with_port(own, gateway.port);
	return gateway;
}

static void target_set(const struct gatekeeper *gk, struct target *t, const struct addr *addr, bool known)
{
	*t = (struct target){ .addr = *addr, .realm = gk_realm_of(gk, addr), .known = known };
	if (t->realm == gk->cfg.n_realms)
		t->addr.family = ADDR_NONE;
}

static void look_at_address(const struct gatekeeper *gk, struct target *t, const struct addr *a)
{
	if (gk_is_gateway(gk, a) || a->port == 0 || addr_is_multicast(a) || addr_is_unspecified(a) || addr_is_loopback(a))
		return;
	target_set(gk, t, a, false);
}

static void look_at_alias(const struct gatekeeper *gk, struct target *t, const struct h225_alias_address *alias)
{
	char name[GK_NAME_MAX];
	struct addr a;
	if (alias->choice == H225_ALIAS_ADDRESS_TRANSPORT_ID) {
		if (h225_addr_read(&a, alias->u.transport_id) == 0)
			look_at_address(gk, t, &a);
		return;
	}
	if (!gk_alias_text(alias, name))
		return;
	const struct gk_endpoint *ep = gk_name_find(gk, name);
	if (ep != NULL)
		*t = (struct target){ .addr = ep->signal, .realm = ep->realm, .known = true, .behind = ep->behind };
	else if (gk->ops.bound != NULL && gk->ops.bound(gk->arg, name, &a))
		target_set(gk, t, &a, true);
	else if (gk_name_address(name, &a))
		look_at_address(gk, t, &a);
}

static struct target find_target(const struct gatekeeper *gk, const struct h225_admission_request *arq)
{
	struct target t = { 0 };
	struct addr a;
	for (uint32_t i = 0; arq->has_destination_info && i < arq->destination_info.n && !t.known; i++)
		look_at_alias(gk, &t, &arq->destination_info.v[i]);
	if (t.addr.family == ADDR_NONE && arq->dest_call_signal_address != NULL &&
		h225_addr_read(&a, arq->dest_call_signal_address) == 0)
		look_at_address(gk, &t, &a);
	return t;
}

/* --- admission --- */

static void reject(struct gatekeeper *gk, const struct gk_ask *ask, uint32_t reason)
{
	struct h225_admission_reject arj = { .reject_reason.choice = reason };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_ADMISSION_REJECT, .u.admission_reject = &arj };
	gk_answer(gk, ask, &m, false);
}

static void confirm(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_call *c, const struct addr *to)
{
	struct h225_admission_confirm acf = { .band_width = c->bandwidth };
	struct h225_uuies_requested none = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_ADMISSION_CONFIRM, .u.admission_confirm = &acf };
	acf.call_model.choice = gk_is_gateway(gk, to) ? H225_CALL_MODEL_GATEKEEPER_ROUTED : H225_CALL_MODEL_DIRECT;
	if (h225_addr_build(&acf.dest_call_signal_address, to, &gk->arena) != 0)
		return;
	acf.has_irr_frequency = gk->cfg.irr_s != 0 && gk->cfg.irr_s <= UINT16_MAX;
	acf.irr_frequency = gk->cfg.irr_s;
	acf.has_will_respond_to_irr = acf.will_respond_to_irr = true;
	acf.uuies_requested = &none;
	gk_answer(gk, ask, &m, true);
}

static void admit(struct gatekeeper *gk, const struct gk_ask *ask, struct gk_endpoint *ep,
	const struct h225_admission_request *arq, const struct target *t)
{
	struct gk_call *c = gk_call_find(gk, ep, arq->call_identifier, arq->call_reference_value);
	const uint32_t least = gk->cfg.least_bandwidth, left = bandwidth_left(gk, ep->realm, c);
	uint32_t bandwidth = arq->band_width > least ? arq->band_width : least;
	if (bandwidth > left) {
		/* less than was asked for, if it is of any use */
		if (left < least || left == 0) {
			reject(gk, ask, H225_ADMISSION_REJECT_REASON_REQUEST_DENIED);
			return;
		}
		bandwidth = left;
	}
	if (c == NULL && HASH_COUNT(gk->calls) < gk->cfg.limits.calls)
		c = call_new(gk, ep, arq);
	if (c == NULL) {
		reject(gk, ask, H225_ADMISSION_REJECT_REASON_RESOURCE_UNAVAILABLE);
		return;
	}
	gk_call_admit(gk, c, bandwidth, &t->addr);
	const struct addr to = arq->answer_call ? ep->signal
			       : t->behind	? gk_gateway_address(gk, ask->realm)
						: gk_split(gk, ask->realm, t->realm, &t->addr);
	confirm(gk, ask, c, &to);
}

static const char *called_name(const struct h225_admission_request *arq, char text[static GK_NAME_MAX])
{
	if (!arq->has_destination_info || arq->destination_info.n == 0 || !gk_alias_text(&arq->destination_info.v[0], text))
		text[0] = '\0';
	return text;
}

/* The called party is known: T. */
static void decide(struct gatekeeper *gk, const struct gk_ask *ask, struct gk_endpoint *ep,
	const struct h225_admission_request *arq, const struct target *t)
{
	char name[GK_NAME_MAX];
	const bool inside = gk->cfg.realms[ask->realm].inside;
	/* who is outside is led to nobody but registered and bound hosts, nor through us to a third place */
	if (!inside && t->realm != ask->realm && (!t->known || !gk->cfg.realms[t->realm].inside))
		reject(gk, ask, H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
	else if (!gk_may(gk, GATEKEEPER_CALL, ask, called_name(arq, name), &t->addr))
		reject(gk, ask, H225_ADMISSION_REJECT_REASON_INVALID_PERMISSION);
	else
		admit(gk, ask, ep, arq, t);
}

static void answering(struct gatekeeper *gk, const struct gk_ask *ask, struct gk_endpoint *ep,
	const struct h225_admission_request *arq)
{
	char name[GK_NAME_MAX];
	const struct target self = { .addr = ep->signal, .realm = ep->realm, .known = true };
	if (!gk_may(gk, GATEKEEPER_ANSWER, ask, called_name(arq, name), &ep->signal))
		reject(gk, ask, H225_ADMISSION_REJECT_REASON_INVALID_PERMISSION);
	else
		admit(gk, ask, ep, arq, &self);
}

void gk_on_arq(struct gatekeeper *gk, const struct gk_ask *ask)
{
	const struct h225_admission_request *arq = ask->m->u.admission_request;
	struct gk_endpoint *ep = gk_endpoint_of(gk, ask, arq->endpoint_identifier);
	if (ep == NULL) {
		reject(gk, ask, arq->answer_call ? H225_ADMISSION_REJECT_REASON_INVALID_ENDPOINT_IDENTIFIER
						 : H225_ADMISSION_REJECT_REASON_CALLER_NOT_REGISTERED);
		return;
	}
	if (!gk_auth_message(gk, ep, ask)) {
		reject(gk, ask, H225_ADMISSION_REJECT_REASON_SECURITY_DENIAL);
		return;
	}
	gk_endpoint_heard(gk, ep);
	if (arq->answer_call) {
		answering(gk, ask, ep, arq);
		return;
	}
	const struct target t = find_target(gk, arq);
	if (t.addr.family != ADDR_NONE)
		decide(gk, ask, ep, arq, &t);
	else if (!gk->cfg.realms[ask->realm].inside || !gk_search_start(gk, ask, ep))
		reject(gk, ask, H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
}

void gk_search_over(struct gatekeeper *gk, struct gk_search *s, const struct addr *found)
{
	struct h225_ras_message m;
	struct target t = { 0 };
	struct gk_endpoint *ep = NULL;
	struct gk_ask ask = { .realm = s->realm, .from = s->from, .reply = s->reply, .octets = slice_of(s->octets, s->n), .m = &m };
	if (found->family != ADDR_NONE)
		look_at_address(gk, &t, found);
	HASH_FIND(hh, gk->endpoints, &s->endpoint, sizeof s->endpoint, ep);
	if (h225_ras_decode(&m, ask.octets, NULL, &gk->arena, NULL) != 0)
		return;
	gk_auth_sign_for(gk, ep);
	if (ep == NULL)
		reject(gk, &ask, H225_ADMISSION_REJECT_REASON_CALLER_NOT_REGISTERED);
	else if (t.addr.family == ADDR_NONE)
		reject(gk, &ask, H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
	else
		decide(gk, &ask, ep, m.u.admission_request, &t);
}

/* --- bandwidth, end --- */

static void reject_bandwidth(struct gatekeeper *gk, const struct gk_ask *ask, uint32_t reason, uint32_t allowed)
{
	struct h225_bandwidth_reject brj = { .reject_reason.choice = reason, .allowed_band_width = allowed };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_BANDWIDTH_REJECT, .u.bandwidth_reject = &brj };
	gk_answer(gk, ask, &m, false);
}

void gk_on_brq(struct gatekeeper *gk, const struct gk_ask *ask)
{
	const struct h225_bandwidth_request *brq = ask->m->u.bandwidth_request;
	struct gk_endpoint *ep = gk_endpoint_of(gk, ask, brq->endpoint_identifier);
	if (ep == NULL) {
		reject_bandwidth(gk, ask, H225_BAND_REJECT_REASON_NOT_BOUND, 0);
		return;
	}
	if (!gk_auth_message(gk, ep, ask)) {
		reject_bandwidth(gk, ask, H225_BAND_REJECT_REASON_SECURITY_DENIAL, 0);
		return;
	}
	gk_endpoint_heard(gk, ep);
	struct gk_call *c = gk_call_find(gk, ep, brq->call_identifier, brq->call_reference_value);
	if (c == NULL) {
		reject_bandwidth(gk, ask, H225_BAND_REJECT_REASON_INVALID_CONFERENCE_ID, 0);
		return;
	}
	const uint32_t least = gk->cfg.least_bandwidth, left = bandwidth_left(gk, ep->realm, c);
	const uint32_t wanted = brq->band_width > least ? brq->band_width : least;
	if (wanted > left && wanted > c->bandwidth) {
		reject_bandwidth(gk, ask, H225_BAND_REJECT_REASON_INSUFFICIENT_RESOURCES, left);
		return;
	}
	set_bandwidth(gk, c, wanted);
	gk_keep_call(gk, c);
	gk_call_heard(gk, c);
	struct h225_bandwidth_confirm bcf = { .band_width = wanted };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_BANDWIDTH_CONFIRM, .u.bandwidth_confirm = &bcf };
	gk_answer(gk, ask, &m, true);
}

static void reject_end(struct gatekeeper *gk, const struct gk_ask *ask, uint32_t reason)
{
	struct h225_disengage_reject drj = { .reject_reason.choice = reason };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_DISENGAGE_REJECT, .u.disengage_reject = &drj };
	gk_answer(gk, ask, &m, false);
}

void gk_on_drq(struct gatekeeper *gk, const struct gk_ask *ask)
{
	const struct h225_disengage_request *drq = ask->m->u.disengage_request;
	struct gk_endpoint *ep = gk_endpoint_of(gk, ask, drq->endpoint_identifier);
	if (ep == NULL) {
		reject_end(gk, ask, H225_DISENGAGE_REJECT_REASON_NOT_REGISTERED);
		return;
	}
	if (!gk_auth_message(gk, ep, ask)) {
		reject_end(gk, ask, H225_DISENGAGE_REJECT_REASON_SECURITY_DENIAL);
		return;
	}
	gk_endpoint_heard(gk, ep);
	struct gk_call *c = gk_call_find(gk, ep, drq->call_identifier, drq->call_reference_value);
	/* what is not known any more is at its end all the same */
	if (c != NULL)
		gk_call_remove(gk, c);
	struct h225_disengage_confirm dcf = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_DISENGAGE_CONFIRM, .u.disengage_confirm = &dcf };
	gk_answer(gk, ask, &m, true);
}
