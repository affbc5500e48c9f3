/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registration and its end (H.323 7.2, H.225.0 7.9, 7.10). */
#include "gatekeeper/gk.h"

#include <stdlib.h>
#include <strings.h>

#include "base/log.h"

enum { BEHIND_TTL_S = 20 /* less than NATs keep UDP's mappings */, GRACE_MS = 5000, ASK_MS = 3000, ASKS = 3, T35_USA = 0xb5, MANUFACTURER_MICROSOFT = 0x534c, PRODUCT_MAX = 200 };

static struct ras_aging_rules aging_rules(const struct gatekeeper *gk)
{
	return (struct ras_aging_rules){
		.default_ms = gk->cfg.default_ttl_s * 1000, .grace_ms = GRACE_MS, .ask_ms = ASK_MS, .asks = ASKS };
}

/* --- identity --- */

/* A bijection, so that identifiers differ, and none tells the next. */
static uint64_t scramble(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

struct pst_slice gk_endpoint_id(struct gatekeeper *gk, uint64_t id)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *p = arena_alloc(&gk->arena, GK_ID_CHARS * 2);
	for (int i = 0; p != NULL && i < GK_ID_CHARS; i++)
		p[2 * i + 1] = (uint8_t)digits[id >> (60 - 4 * i) & 15];
	return slice_of(p, p != NULL ? GK_ID_CHARS * 2 : 0);
}

static bool read_id(struct pst_slice bmp, uint64_t *id)
{
	/* some endpoints pad with NULs */
	while (bmp.n >= 2 && bmp.p[bmp.n - 1] == 0 && bmp.p[bmp.n - 2] == 0)
		bmp.n -= 2;
	if (bmp.n != GK_ID_CHARS * 2)
		return false;
	*id = 0;
	for (int i = 0; i < GK_ID_CHARS; i++) {
		const uint8_t c = bmp.p[2 * i + 1];
		const bool digit = c >= '0' && c <= '9';
		if (bmp.p[2 * i] != 0 || (!digit && (c < 'a' || c > 'f')))
			return false;
		*id = *id << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
	}
	return true;
}

struct gk_endpoint *gk_endpoint_of(const struct gatekeeper *gk, const struct gk_ask *ask, struct pst_slice bmp)
{
	struct gk_endpoint *ep = NULL;
	uint64_t id;
	if (!read_id(bmp, &id))
		return NULL;
	HASH_FIND(hh, gk->endpoints, &id, sizeof id, ep);
	return ep != NULL && ep->realm == ask->realm && addr_ip_eq(&ep->ras, &ask->from) ? ep : NULL;
}

struct gk_endpoint *gk_endpoint_at(const struct gatekeeper *gk, uint32_t realm, const struct addr *signal)
{
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	struct gk_endpoint *ep = NULL;
	gk_addr_key(gk, realm, signal, key);
	HASH_FIND(hh_signal, gk->by_signal, key, sizeof key, ep);
	return ep;
}

/* --- life --- */

void gk_endpoint_remove(struct gatekeeper *gk, struct gk_endpoint *ep)
{
	gk_tell_behind(gk, ep, true);
	gk_forget(gk, ep);
	while (ep->calls != NULL)
		gk_call_remove(gk, ep->calls);
	while (ep->aliases != NULL)
		gk_alias_remove(gk, ep, ep->aliases);
	gk_timer_stop(&gk->timers, &ep->timer);
	HASH_DELETE(hh, gk->endpoints, ep);
	HASH_DELETE(hh_signal, gk->by_signal, ep);
	DL_DELETE(ep->source->endpoints, ep);
	ep->source->registrations--;
	gk->registered[ep->realm]--;
	free(ep->product);
	free(ep->version);
	free(ep);
}

void gk_endpoint_dismiss(struct gatekeeper *gk, struct gk_endpoint *ep, uint32_t reason, bool repeat)
{
	struct h225_unregistration_request urq = { .has_endpoint_identifier = true };
	struct h225_unreg_request_reason why = { .choice = reason };
	struct h225_transport_address signal = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_UNREGISTRATION_REQUEST, .u.unregistration_request = &urq };
	urq.endpoint_identifier = gk_endpoint_id(gk, ep->id);
	urq.call_signal_address.n = 1;
	urq.call_signal_address.v = &signal;
	urq.has_gatekeeper_identifier = true;
	urq.gatekeeper_identifier = gk_identifier(gk);
	urq.reason = &why;
	const uint32_t realm = ep->realm;
	const struct addr to = ep->ras;
	const bool built = h225_addr_build(&signal, &ep->signal, &gk->arena) == 0;
	const struct gk_key before = gk->sign;
	gk_auth_sign_for(gk, ep);
	gk_endpoint_remove(gk, ep);
	if (built && repeat) {
		gk_query(gk, RAS_URQ, realm, &to, &m, NULL);
	} else if (built) {
		gk->seq = ras_next_seq(gk->seq);
		urq.request_seq_num = gk->seq;
		gk_send(gk, realm, &to, &m);
	}
	gk->sign = before;
}

static void age(struct gatekeeper *gk, struct gk_endpoint *ep, enum ras_aging_event e)
{
	const struct ras_aging_rules rules = aging_rules(gk);
	const uint64_t ttl_ms = (uint64_t)ep->ttl_s * 1000;
	const struct ras_aging_step step =
		ras_aging_event(&ep->aging, &rules, e, ttl_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ttl_ms);
	if (step.timer_ms != 0)
		gk_timer_start(&gk->timers, &ep->timer, gk->now_ms + step.timer_ms);
	if (step.ask)
		gk_ask_info(gk, ep, NULL);
	if (step.gone)
		gk_endpoint_dismiss(gk, ep, H225_UNREG_REQUEST_REASON_TTL_EXPIRED, true);
}

void gk_endpoint_heard(struct gatekeeper *gk, struct gk_endpoint *ep)
{
	age(gk, ep, RAS_AGING_HEARD);
}

void gk_endpoint_expired(struct gatekeeper *gk, struct gk_endpoint *ep)
{
	age(gk, ep, RAS_AGING_TIMEOUT);
}

void gk_endpoint_probe(struct gatekeeper *gk, struct gk_endpoint *ep)
{
	if (ep->ttl_s == 0 && ep->aging.state == RAS_ALIVE)
		age(gk, ep, RAS_AGING_TIMEOUT);
}

void gk_endpoint_registered(struct gatekeeper *gk, struct gk_endpoint *ep)
{
	age(gk, ep, RAS_AGING_REGISTERED);
}

/* --- registration --- */

static void reject(struct gatekeeper *gk, const struct gk_ask *ask, struct h225_registration_reject_reason reason)
{
	struct h225_registration_reject rrj = { .reject_reason = reason };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REJECT, .u.registration_reject = &rrj };
	rrj.protocol_identifier = h225_protocol_identifier(GK_VERSION, &gk->arena);
	rrj.has_gatekeeper_identifier = true;
	rrj.gatekeeper_identifier = gk_identifier(gk);
	gk_answer(gk, ask, &m, false);
}

static void reject_for(struct gatekeeper *gk, const struct gk_ask *ask, uint32_t reason)
{
	reject(gk, ask, (struct h225_registration_reject_reason){ .choice = reason });
}

static void confirm(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep, bool light)
{
	const struct h225_registration_request *rrq = ask->m->u.registration_request;
	struct h225_registration_confirm rcf = { 0 };
	struct h225_transport_address signal = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, .u.registration_confirm = &rcf };
	const struct addr gateway = gk_gateway_address(gk, ep->realm);
	rcf.protocol_identifier = h225_protocol_identifier(GK_VERSION, &gk->arena);
	if (h225_addr_build(&signal, &gateway, &gk->arena) != 0)
		return;
	rcf.call_signal_address.n = 1;
	rcf.call_signal_address.v = &signal;
	if (!light) {
		rcf.terminal_alias.v = gk_alias_list(gk, ep, &rcf.terminal_alias.n);
		rcf.has_terminal_alias = rcf.terminal_alias.n > 0;
	}
	rcf.has_gatekeeper_identifier = true;
	rcf.gatekeeper_identifier = gk_identifier(gk);
	rcf.endpoint_identifier = gk_endpoint_id(gk, ep->id);
	rcf.has_time_to_live = ep->ttl_s != 0;
	rcf.time_to_live = ep->ttl_s;
	rcf.has_will_respond_to_irr = rcf.will_respond_to_irr = true;
	rcf.has_maintain_connection = true;
	rcf.feature_set = gk_traversal_offer(gk, rrq->feature_set);
	rcf.has_supports_additive_registration = true;
	gk_answer(gk, ask, &m, true);
}

static uint32_t granted_ttl(
	const struct gatekeeper *gk, const struct gk_endpoint *ep, const struct h225_registration_request *rrq)
{
	if (ep->behind)
		return rrq->has_time_to_live && rrq->time_to_live < BEHIND_TTL_S ? rrq->time_to_live : BEHIND_TTL_S;
	if (!rrq->has_time_to_live)
		return 0;
	return rrq->time_to_live < gk->cfg.max_ttl_s ? rrq->time_to_live : gk->cfg.max_ttl_s;
}

/* The first call signalling address that is the asker's own. */
static bool own_signal(const struct gk_ask *ask, const struct h225_registration_request *rrq, struct addr *out)
{
	for (uint32_t i = 0; i < rrq->call_signal_address.n; i++)
		if (h225_addr_read(out, &rrq->call_signal_address.v[i]) == 0 && addr_ip_eq(out, &ask->from) && out->port != 0)
			return true;
	return false;
}

/* Which of the names are held by others than EP (NULL: by anybody), with room for all. Their holders are asked whether
 * they are still there, so that a name is free again soon after its holder was switched off. */
static uint32_t conflicts(struct gatekeeper *gk, const struct gk_endpoint *ep, const struct h225_registration_request *rrq,
	struct h225_alias_address *out)
{
	uint32_t n = 0;
	for (uint32_t i = 0; rrq->has_terminal_alias && i < rrq->terminal_alias.n; i++) {
		struct gk_endpoint *holder = gk_alias_holder(gk, &rrq->terminal_alias.v[i]);
		if (holder == NULL || holder == ep)
			continue;
		out[n++] = rrq->terminal_alias.v[i];
		gk_endpoint_probe(gk, holder);
	}
	return n;
}

static char *product_text(bool has, struct pst_slice s)
{
	char text[PRODUCT_MAX];
	while (s.n > 0 && s.p[s.n - 1] == 0)
		s.n--;
	return has ? strdup(log_escape(text, sizeof text, s)) : NULL;
}

struct gk_endpoint *gk_endpoint_add(struct gatekeeper *gk, uint64_t id, uint32_t realm, struct gk_source *source,
	const struct addr *signal, const struct addr *ras)
{
	struct gk_endpoint *ep = gk_timers_reserve(&gk->timers, gk->timers.n + 1) == 0 ? calloc(1, sizeof *ep) : NULL;
	if (ep == NULL)
		return NULL;
	ep->id = id;
	ep->realm = realm;
	ep->signal = *signal;
	ep->ras = *ras;
	ep->source = source;
	ep->since_ms = gk->now_ms;
	ep->timer.kind = GK_TIMER_ENDPOINT;
	gk_addr_key(gk, realm, signal, ep->signal_key);
	HASH_ADD(hh, gk->endpoints, id, sizeof ep->id, ep);
	HASH_ADD(hh_signal, gk->by_signal, signal_key, sizeof ep->signal_key, ep);
	DL_APPEND(source->endpoints, ep);
	source->registrations++;
	gk->registered[realm]++;
	return ep;
}

static struct gk_endpoint *endpoint_new(struct gatekeeper *gk, const struct gk_ask *ask, struct gk_source *source,
	const struct h225_registration_request *rrq, const struct addr *signal)
{
	struct gk_endpoint *ep;
	uint64_t id;
	/* one that was kept may have it */
	do {
		id = scramble(gk->cfg.seed + gk->next_id++);
		HASH_FIND(hh, gk->endpoints, &id, sizeof id, ep);
	} while (ep != NULL);
	ep = gk_endpoint_add(gk, id, ask->realm, source, signal, &ask->reply);
	if (ep == NULL)
		return NULL;
	const struct h225_vendor_identifier *v = &rrq->endpoint_vendor;
	ep->microsoft = v->vendor.t35_country_code == T35_USA && v->vendor.manufacturer_code == MANUFACTURER_MICROSOFT;
	ep->product = product_text(v->has_product_id, v->product_id);
	ep->version = product_text(v->has_version_id, v->version_id);
	return ep;
}

static const char *first_name(const struct h225_registration_request *rrq, char text[static GK_NAME_MAX])
{
	if (!rrq->has_terminal_alias || rrq->terminal_alias.n == 0 || !gk_alias_text(&rrq->terminal_alias.v[0], text))
		text[0] = '\0';
	return text;
}

/* What is wrong with a full registration; 0 where nothing is: a reason plus 1. */
static uint32_t refuse_for(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep,
	const struct gk_source *source, const struct h225_registration_request *rrq)
{
	char name[GK_NAME_MAX];
	if (!gk_may_register(gk, ask->realm) || !gk_may(gk, GATEKEEPER_REGISTER, ask, first_name(rrq, name), NULL))
		return 1 + H225_REGISTRATION_REJECT_REASON_SECURITY_DENIAL;
	const struct gk_alias *a;
	uint32_t names = rrq->has_terminal_alias ? rrq->terminal_alias.n : 0, held = 0;
	if (ep != NULL && rrq->has_additive_registration)
		LL_COUNT(ep->aliases, a, held);
	if (names + held > gk->cfg.limits.aliases)
		return 1 + H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE;
	if (ep == NULL && (HASH_COUNT(gk->endpoints) >= gk->cfg.limits.registrations ||
				  source->registrations >= gk->cfg.limits.registrations_per_source))
		return 1 + H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE;
	return 0;
}

/* Names that EP had and RRQ does not list any more go. */
static void drop_missing(struct gatekeeper *gk, struct gk_endpoint *ep, const struct h225_registration_request *rrq)
{
	struct gk_alias *a = NULL, *tmp = NULL;
	LL_FOREACH_SAFE(ep->aliases, a, tmp)
	{
		uint8_t *key = arena_dup(&gk->arena, a->data + GK_SEED_KEY, a->n_key - GK_SEED_KEY);
		bool listed = key == NULL;
		for (uint32_t i = 0; rrq->has_terminal_alias && i < rrq->terminal_alias.n && !listed; i++) {
			char text[GK_NAME_MAX];
			const size_t n = a->n_key - GK_SEED_KEY;
			if (!gk_alias_text(&rrq->terminal_alias.v[i], text))
				continue;
			const char *name = strncasecmp(text, "h323:", 5) == 0 ? text + 5 : text;
			listed = strlen(name) == n && strncasecmp(name, (const char *)key, n) == 0;
		}
		if (!listed)
			gk_alias_remove(gk, ep, a);
	}
}

/* PST_E_NOMEM, or 0. There are no conflicts. */
static int take_names(struct gatekeeper *gk, struct gk_endpoint *ep, const struct h225_registration_request *rrq)
{
	struct gk_endpoint *holder;
	for (uint32_t i = 0; rrq->has_terminal_alias && i < rrq->terminal_alias.n; i++)
		if (gk_alias_add(gk, ep, &rrq->terminal_alias.v[i], &holder) == PST_E_NOMEM)
			return PST_E_NOMEM;
	return 0;
}

/* Rejects a registration whose names others hold. False: nobody does. */
static bool reject_duplicates(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep)
{
	const struct h225_registration_request *rrq = ask->m->u.registration_request;
	struct h225_registration_reject_reason dup = { .choice = H225_REGISTRATION_REJECT_REASON_DUPLICATE_ALIAS };
	const uint32_t names = rrq->has_terminal_alias ? rrq->terminal_alias.n : 0;
	dup.u.duplicate_alias.v = arena_calloc(&gk->arena, names, sizeof *dup.u.duplicate_alias.v);
	if (dup.u.duplicate_alias.v == NULL) {
		reject_for(gk, ask, H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE);
		return true;
	}
	dup.u.duplicate_alias.n = conflicts(gk, ep, rrq, dup.u.duplicate_alias.v);
	if (dup.u.duplicate_alias.n > 0)
		reject(gk, ask, dup);
	return dup.u.duplicate_alias.n > 0;
}

static void full_registration(struct gatekeeper *gk, const struct gk_ask *ask, struct gk_source *source)
{
	const struct h225_registration_request *rrq = ask->m->u.registration_request;
	const bool behind = gk_traversal_wanted(ask, rrq);
	struct addr signal = ask->from;
	if (!behind && !own_signal(ask, rrq, &signal)) {
		reject_for(gk, ask, H225_REGISTRATION_REJECT_REASON_INVALID_CALL_SIGNAL_ADDRESS);
		return;
	}
	struct gk_endpoint *ep = behind && rrq->has_endpoint_identifier
					 ? gk_endpoint_of(gk, ask, rrq->endpoint_identifier)
					 : NULL;
	if (ep == NULL || !ep->behind)
		ep = gk_endpoint_at(gk, ask->realm, &signal);
	const bool again = behind && ep == NULL && (ep = gk_traversal_again(gk, ask, rrq)) != NULL;
	struct gk_proof proof;
	uint32_t wrong = refuse_for(gk, ask, ep, source, rrq);
	if (wrong == 0 && !gk_auth_registration(gk, ask, ep, &proof))
		wrong = 1 + H225_REGISTRATION_REJECT_REASON_SECURITY_DENIAL;
	if (wrong != 0) {
		reject_for(gk, ask, wrong - 1);
		return;
	}
	if (again && proof.stamp <= ep->stamp)
		ep = NULL; /* an old token may be anybody's who has seen it: the name is held */
	if (reject_duplicates(gk, ask, ep))
		return;
	const bool fresh = ep == NULL;
	if (fresh) {
		ep = endpoint_new(gk, ask, source, rrq, &signal);
		if (ep != NULL)
			ep->behind = behind;
	} else if (!rrq->has_additive_registration)
		drop_missing(gk, ep, rrq);
	if (ep == NULL || take_names(gk, ep, rrq) != 0) {
		if (fresh && ep != NULL)
			gk_endpoint_remove(gk, ep);
		reject_for(gk, ask, H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE);
		return;
	}
	/* an endpoint that was started anew has no calls */
	while (rrq->has_restart && ep->calls != NULL)
		gk_call_remove(gk, ep->calls);
	ep->ras = ask->reply;
	gk_auth_keep(ep, &proof);
	gk_auth_sign_for(gk, ep);
	ep->ttl_s = granted_ttl(gk, ep, rrq);
	age(gk, ep, RAS_AGING_REGISTERED);
	if (fresh)
		gk_tell_behind(gk, ep, false);
	gk_keep(gk, ep);
	confirm(gk, ask, ep, false);
}

void gk_on_rrq(struct gatekeeper *gk, const struct gk_ask *in, struct gk_source *source)
{
	const struct h225_registration_request *rrq = in->m->u.registration_request;
	struct gk_ask ask = *in;
	ask.reply = gk_reply_address(&in->from, rrq->ras_address.n > 0 ? &rrq->ras_address.v[0] : NULL);
	if (!rrq->has_keep_alive || !rrq->keep_alive) {
		full_registration(gk, &ask, source);
		return;
	}
	struct gk_endpoint *ep =
		gk_endpoint_of(gk, in, rrq->has_endpoint_identifier ? rrq->endpoint_identifier : slice_of(NULL, 0));
	/* one that registered before passwords were wanted has to show its own now */
	if (ep == NULL || (gk->cfg.password_required && ep->stamp == 0)) {
		reject_for(gk, &ask, H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED);
	} else if (!gk_auth_message(gk, ep, in)) {
		reject_for(gk, &ask, H225_REGISTRATION_REJECT_REASON_SECURITY_DENIAL);
	} else {
		/* a light one may ask for another time, and without one the first holds */
		if (rrq->has_time_to_live)
			ep->ttl_s = granted_ttl(gk, ep, rrq);
		if (ep->behind)
			ep->ras = ask.reply; /* NATs change their mind */
		age(gk, ep, RAS_AGING_REGISTERED);
		confirm(gk, &ask, ep, true);
	}
}

/* --- the end --- */

static void reject_end(struct gatekeeper *gk, const struct gk_ask *ask, uint32_t reason)
{
	struct h225_unregistration_reject urj = { .reject_reason.choice = reason };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_UNREGISTRATION_REJECT, .u.unregistration_reject = &urj };
	gk_answer(gk, ask, &m, false);
}

/* Some names go, the endpoint stays while it has others. */
static bool only_names(struct gatekeeper *gk, struct gk_endpoint *ep, const struct h225_unregistration_request *urq)
{
	if (!urq->has_endpoint_alias || urq->endpoint_alias.n == 0)
		return false;
	for (uint32_t i = 0; i < urq->endpoint_alias.n; i++) {
		struct gk_alias *a = NULL, *tmp = NULL;
		char text[GK_NAME_MAX];
		if (gk_alias_holder(gk, &urq->endpoint_alias.v[i]) != ep || !gk_alias_text(&urq->endpoint_alias.v[i], text))
			continue;
		const char *name = strncasecmp(text, "h323:", 5) == 0 ? text + 5 : text;
		LL_FOREACH_SAFE(ep->aliases, a, tmp)
		{
			if (a->n_key == GK_SEED_KEY + strlen(name) &&
				strncasecmp((const char *)a->data + GK_SEED_KEY, name, strlen(name)) == 0)
				gk_alias_remove(gk, ep, a);
		}
	}
	return ep->aliases != NULL;
}

void gk_on_urq(struct gatekeeper *gk, const struct gk_ask *ask)
{
	const struct h225_unregistration_request *urq = ask->m->u.unregistration_request;
	struct gk_endpoint *ep =
		gk_endpoint_of(gk, ask, urq->has_endpoint_identifier ? urq->endpoint_identifier : slice_of(NULL, 0));
	for (uint32_t i = 0; ep == NULL && i < urq->call_signal_address.n; i++) {
		struct addr a;
		if (h225_addr_read(&a, &urq->call_signal_address.v[i]) == 0 && addr_ip_eq(&a, &ask->from))
			ep = gk_endpoint_at(gk, ask->realm, &a);
	}
	if (ep == NULL) {
		reject_end(gk, ask, H225_UNREG_REJECT_REASON_NOT_CURRENTLY_REGISTERED);
	} else if (!gk_auth_message(gk, ep, ask)) {
		reject_end(gk, ask, H225_UNREG_REJECT_REASON_SECURITY_DENIAL);
	} else {
		struct h225_unregistration_confirm ucf = { 0 };
		struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM, .u.unregistration_confirm = &ucf };
		if (only_names(gk, ep, urq))
			gk_keep(gk, ep);
		else
			gk_endpoint_remove(gk, ep);
		gk_answer(gk, ask, &m, true);
	}
}
