/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locations: what neighbours ask us, and what we ask them (H.225.0 7.14). What a neighbour asks and nobody here knows, the
 * others are asked, as far as its hopCount goes. */
#include "gatekeeper/gk.h"

#include <stdlib.h>
#include <strings.h>

enum { SEARCHES_MAX = 256, HOPS_MAX = 255 /* the most that hopCount says */ };

/* --- what others ask --- */

/* What is looked for, by an AdmissionRequest or a LocationRequest. */
struct question {
	const struct h225_alias_address *names;
	uint32_t n;
	struct h225_call_identifier *call; /* may be NULL */
	uint32_t hops;
};

static struct question question_of(const struct h225_ras_message *m)
{
	struct question q = { 0 };
	if (m->choice == H225_RAS_MESSAGE_LOCATION_REQUEST) {
		const struct h225_location_request *lrq = m->u.location_request;
		q = (struct question){
			lrq->destination_info.v, lrq->destination_info.n, lrq->call_identifier, lrq->hop_count - 1 };
	} else if (m->choice == H225_RAS_MESSAGE_ADMISSION_REQUEST) {
		const struct h225_admission_request *arq = m->u.admission_request;
		q = (struct question){ arq->destination_info.v, arq->has_destination_info ? arq->destination_info.n : 0,
			arq->call_identifier, UINT32_MAX };
	}
	return q;
}

static bool same_names(const struct question *q, const struct h225_location_request *lrq)
{
	if (q->n != lrq->destination_info.n)
		return false;
	for (uint32_t i = 0; i < q->n; i++) {
		char a[GK_NAME_MAX], b[GK_NAME_MAX];
		if (!gk_alias_text(&q->names[i], a) || !gk_alias_text(&lrq->destination_info.v[i], b) || strcasecmp(a, b) != 0)
			return false;
	}
	return true;
}

static void reject(struct gatekeeper *gk, const struct gk_ask *ask, uint32_t reason)
{
	struct h225_location_reject lrj = { .reject_reason.choice = reason };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_LOCATION_REJECT, .u.location_reject = &lrj };
	gk_answer(gk, ask, &m, false);
}

static void confirm(struct gatekeeper *gk, const struct gk_ask *ask, const struct addr *signal)
{
	struct h225_location_confirm lcf = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_LOCATION_CONFIRM, .u.location_confirm = &lcf };
	const struct addr ras = gk_ras_address(gk, ask->realm);
	if (h225_addr_build(&lcf.call_signal_address, signal, &gk->arena) == 0 &&
		h225_addr_build(&lcf.ras_address, &ras, &gk->arena) == 0)
		gk_answer(gk, ask, &m, true);
}

bool gk_is_neighbour(const struct gatekeeper *gk, const struct addr *from)
{
	for (uint32_t i = 0; i < gk->cfg.n_neighbours; i++)
		if (addr_ip_eq(&gk->cfg.neighbours[i], from))
			return true;
	return false;
}

/* The host behind the first name that is known, and its realm. */
static bool find_named(const struct gatekeeper *gk, uint32_t asker, const struct h225_location_request *lrq,
	struct addr *signal, uint32_t *realm, char name[static GK_NAME_MAX])
{
	for (uint32_t i = 0; i < lrq->destination_info.n; i++) {
		if (!gk_alias_text(&lrq->destination_info.v[i], name))
			continue;
		const struct gk_endpoint *ep = gk_name_find(gk, name);
		if (ep != NULL && ep->behind && ep->realm == asker)
			return false; /* who is outside is led through us to nobody outside */
		if (ep != NULL) {
			*signal = ep->signal;
			*realm = ep->realm;
			return true;
		}
		if (gk->ops.bound != NULL && gk->ops.bound(gk->arg, name, signal)) {
			*realm = gk_realm_of(gk, signal);
			return *realm < gk->cfg.n_realms;
		}
	}
	return false;
}

/* The same question is out already: it has come back to us. */
static bool goes_in_circles(struct gatekeeper *gk, const struct h225_location_request *lrq)
{
	const struct gk_search *s;
	DL_FOREACH(gk->searches, s)
	{
		struct h225_ras_message m;
		if (h225_ras_decode(&m, slice_of(s->octets, s->n), NULL, &gk->arena, NULL) != 0)
			continue;
		const struct question q = question_of(&m);
		const bool same_call = lrq->call_identifier != NULL && q.call != NULL &&
				       slice_eq(q.call->guid, lrq->call_identifier->guid);
		if (same_call || (lrq->call_identifier == NULL && same_names(&q, lrq)))
			return true;
	}
	return false;
}

/* False: it is answered here. */
static bool pass_on(struct gatekeeper *gk, const struct gk_ask *ask, const struct h225_location_request *lrq)
{
	if (!lrq->has_hop_count || lrq->hop_count <= 1 || gk->cfg.hops <= 1 || goes_in_circles(gk, lrq))
		return false;
	return gk_search_start(gk, ask, NULL);
}

void gk_on_lrq(struct gatekeeper *gk, const struct gk_ask *in)
{
	const struct h225_location_request *lrq = in->m->u.location_request;
	struct gk_ask ask = *in;
	char name[GK_NAME_MAX] = "";
	struct addr signal;
	uint32_t realm;
	ask.reply = gk_reply_address(&in->from, &lrq->reply_address);
	struct gk_endpoint *ep =
		gk_endpoint_of(gk, in, lrq->has_endpoint_identifier ? lrq->endpoint_identifier : slice_of(NULL, 0));
	if (ep == NULL && !gk_is_neighbour(gk, &in->from)) {
		reject(gk, &ask, H225_LOCATION_REJECT_REASON_INVALID_PERMISSION);
		return;
	}
	if (ep != NULL && !gk_auth_message(gk, ep, in)) {
		reject(gk, &ask, H225_LOCATION_REJECT_REASON_SECURITY_DENIAL);
		return;
	}
	if (ep != NULL)
		gk_endpoint_heard(gk, ep);
	const bool found = find_named(gk, ask.realm, lrq, &signal, &realm, name);
	if (!found && ep == NULL && pass_on(gk, &ask, lrq))
		return;
	/* no transit between places outside */
	if (!found || (realm != ask.realm && !gk->cfg.realms[realm].inside && !gk->cfg.realms[ask.realm].inside)) {
		reject(gk, &ask, H225_LOCATION_REJECT_REASON_NOT_REGISTERED);
	} else if (!gk_may(gk, GATEKEEPER_LOCATE, &ask, name, &signal)) {
		reject(gk, &ask, H225_LOCATION_REJECT_REASON_REQUEST_DENIED);
	} else {
		const struct addr at = gk_split(gk, ask.realm, realm, &signal);
		confirm(gk, &ask, &at);
	}
}

/* --- what we ask --- */

static struct gk_search *search_new(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep)
{
	struct gk_search *s;
	uint32_t n = 0;
	DL_COUNT(gk->searches, s, n);
	if (n >= SEARCHES_MAX)
		return NULL;
	s = malloc(sizeof *s + ask->octets.n);
	if (s == NULL)
		return NULL;
	*s = (struct gk_search){
		.realm = ask->realm, .from = ask->from, .reply = ask->reply, .endpoint = ep != NULL ? ep->id : 0,
		.asker = ask->asker, .n = ask->octets.n };
	memcpy(s->octets, ask->octets.p, ask->octets.n);
	DL_APPEND(gk->searches, s);
	return s;
}

void gk_search_free(struct gatekeeper *gk, struct gk_search *s)
{
	gk_query_forget(gk, s);
	DL_DELETE(gk->searches, s);
	free(s);
}

/* Who asked for a location is told: of an address in its own realm only, as nobody is led through us elsewhere. */
static void answer_location(struct gatekeeper *gk, struct gk_search *s, const struct addr *found)
{
	struct h225_ras_message m;
	const struct gk_ask ask = { .realm = s->realm, .from = s->from, .reply = s->reply, .octets = slice_of(s->octets, s->n), .m = &m };
	if (h225_ras_decode(&m, ask.octets, NULL, &gk->arena, NULL) != 0)
		return;
	const bool usable = found->family != ADDR_NONE && found->port != 0 && gk_realm_of(gk, found) == s->realm &&
			    !gk_is_gateway(gk, found) && !addr_is_multicast(found) && !addr_is_unspecified(found) &&
			    !addr_is_loopback(found);
	if (usable)
		confirm(gk, &ask, found);
	else
		reject(gk, &ask, H225_LOCATION_REJECT_REASON_NOT_REGISTERED);
}

/* The gateway is told of hosts outside only. */
static void answer_asker(struct gatekeeper *gk, const struct gk_search *s, const struct addr *found)
{
	const struct addr nobody = { 0 };
	const uint32_t realm = gk_realm_of(gk, found);
	const bool usable = found->family != ADDR_NONE && found->port != 0 && realm < gk->cfg.n_realms &&
			    !gk->cfg.realms[realm].inside && !gk_is_gateway(gk, found) && !addr_is_multicast(found) &&
			    !addr_is_unspecified(found) && !addr_is_loopback(found);
	if (gk->ops.located != NULL)
		gk->ops.located(gk->arg, s->asker, usable ? found : &nobody);
}

static void over(struct gatekeeper *gk, struct gk_search *s, const struct addr *found)
{
	if (s->asker != 0)
		answer_asker(gk, s, found);
	else if (s->endpoint == 0)
		answer_location(gk, s, found);
	else
		gk_search_over(gk, s, found);
	gk_search_free(gk, s);
}

static void done_with_one(struct gatekeeper *gk, struct gk_search *s)
{
	const struct addr nobody = { 0 };
	if (--s->pending > 0)
		return;
	over(gk, s, &nobody);
}

static void ask_one(struct gatekeeper *gk, struct gk_search *s, const struct question *q, const struct addr *to)
{
	const uint32_t realm = gk_realm_of(gk, to);
	struct h225_location_request lrq = { .has_source_info = true };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_LOCATION_REQUEST, .u.location_request = &lrq };
	if (realm == gk->cfg.n_realms || addr_ip_eq(to, &s->from)) {
		done_with_one(gk, s);
		return;
	}
	const struct addr reply = gk_ras_address(gk, realm);
	lrq.destination_info.n = q->n;
	lrq.destination_info.v = arena_dup(&gk->arena, q->names, q->n * sizeof *q->names);
	/* who asks is told by our own name: no name of a realm goes to another unasked */
	struct h225_alias_address us = { .choice = H225_ALIAS_ADDRESS_H323_ID, .u.h323_id = gk_identifier(gk) };
	lrq.source_info.n = 1;
	lrq.source_info.v = &us;
	lrq.has_hop_count = true;
	lrq.hop_count = q->hops < gk->cfg.hops ? q->hops : gk->cfg.hops;
	lrq.has_can_map_alias = true;
	lrq.call_identifier = q->call;
	if (lrq.destination_info.v == NULL || h225_addr_build(&lrq.reply_address, &reply, &gk->arena) != 0) {
		done_with_one(gk, s);
		return;
	}
	gk_query(gk, RAS_LRQ, realm, to, &m, s);
}

/* Has the domain of the first name that has one looked up. */
static bool resolve(struct gatekeeper *gk, struct gk_search *s, const struct question *q)
{
	for (uint32_t i = 0; (s->endpoint != 0 || s->asker != 0) && gk->ops.resolve != NULL && i < q->n; i++) {
		char name[GK_NAME_MAX];
		const char *domain = gk_alias_text(&q->names[i], name) ? gk_name_domain(gk, name) : NULL;
		if (domain == NULL)
			continue;
		s->ticket = ++gk->last_ticket;
		return gk->ops.resolve(gk->arg, s->ticket, domain);
	}
	return false;
}

void gatekeeper_resolved(struct gatekeeper *gk, uint64_t ticket, const struct addr *at, bool locates, uint64_t now_ms)
{
	struct gk_search *s = NULL;
	struct h225_ras_message m;
	DL_SEARCH_SCALAR(gk->searches, s, ticket, ticket);
	if (s == NULL || ticket == 0)
		return;
	gk->now_ms = now_ms > gk->now_ms ? now_ms : gk->now_ms;
	arena_reset(&gk->arena);
	gk_auth_sign_for(gk, NULL);
	s->ticket = 0;
	/* nobody's name server leads anybody inside */
	const uint32_t realm = gk_realm_of(gk, at);
	const bool outside = at->family != ADDR_NONE && realm < gk->cfg.n_realms && !gk->cfg.realms[realm].inside;
	if (!outside || gk_is_gateway(gk, at) || h225_ras_decode(&m, slice_of(s->octets, s->n), NULL, &gk->arena, NULL) != 0) {
		done_with_one(gk, s);
	} else if (locates) {
		const struct question q = question_of(&m);
		ask_one(gk, s, &q, at);
	} else {
		over(gk, s, at);
	}
}

bool gk_search_start(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep)
{
	const struct question q = question_of(ask->m);
	if ((gk->cfg.n_neighbours == 0 && gk->ops.resolve == NULL) || q.n == 0)
		return false;
	struct gk_search *s = search_new(gk, ask, ep);
	if (s == NULL)
		return false;
	gk_auth_sign_for(gk, NULL); /* what neighbours are asked is not for the endpoint */
	s->pending = gk->cfg.n_neighbours + 2; /* one for us, so that it stays to the end of the loop */
	const bool by_domain = resolve(gk, s, &q);
	if (!by_domain && gk->cfg.n_neighbours == 0) {
		gk_search_free(gk, s);
		return false;
	}
	s->pending -= !by_domain;
	for (uint32_t i = 0; i < gk->cfg.n_neighbours; i++)
		ask_one(gk, s, &q, &gk->cfg.neighbours[i]);
	done_with_one(gk, s);
	return true;
}

bool gatekeeper_locate(struct gatekeeper *gk, uint64_t asker, const char *name, uint64_t now_ms)
{
	uint8_t octets[GK_DATAGRAM_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	struct h225_alias_address alias = { 0 };
	struct h225_location_request lrq = { .request_seq_num = 1, .has_hop_count = true, .hop_count = HOPS_MAX };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_LOCATION_REQUEST, .u.location_request = &lrq };
	gk->now_ms = now_ms > gk->now_ms ? now_ms : gk->now_ms;
	arena_reset(&gk->arena);
	if (gk_name_domain(gk, name) == NULL || h225_alias_build(&alias, name, &gk->arena) != 0)
		return false;
	/* nobody gets that address: the question is put anew to each who is asked */
	const struct addr reply = gk_ras_address(gk, 0);
	lrq.destination_info.n = 1;
	lrq.destination_info.v = &alias;
	if (h225_addr_build(&lrq.reply_address, &reply, &gk->arena) != 0 || h225_ras_encode(&m, &w, NULL) != 0)
		return false;
	const struct gk_ask ask = { .realm = gk->cfg.n_realms, .asker = asker, .octets = wr_slice(&w), .m = &m };
	return gk_search_start(gk, &ask, NULL);
}

void gk_search_answer(struct gatekeeper *gk, struct gk_search *s, enum ras_outcome outcome, const struct h225_ras_message *m)
{
	struct addr found;
	if (outcome != RAS_CONFIRMED || h225_addr_read(&found, &m->u.location_confirm->call_signal_address) != 0) {
		done_with_one(gk, s);
		return;
	}
	over(gk, s, &found);
}
