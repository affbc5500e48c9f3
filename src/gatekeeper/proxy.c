/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RAS proxy's life, the way of a datagram through it, and time. */
#include "gatekeeper/proxy_private.h"

#include <stdlib.h>

enum { ARENA_MAX = 1 << 20, BURST_MS = 4000, COMPLAIN_BURST = 5, COMPLAIN_MS = 10000 };

/* --- life --- */

static bool copy_config(struct ras_proxy *p, const struct ras_proxy_config *cfg)
{
	struct arena *a = &p->conf_mem;
	struct gatekeeper_realm *r = arena_dup(a, cfg->realms, cfg->n_realms * sizeof *r);
	p->cfg = *cfg;
	p->cfg.realms = r;
	p->cfg.gatekeepers = arena_dup(a, cfg->gatekeepers, cfg->n_gatekeepers * sizeof *cfg->gatekeepers);
	bool ok = r != NULL && p->cfg.gatekeepers != NULL;
	for (uint32_t i = 0; ok && i < cfg->n_realms; i++) {
		r[i].name = arena_dup(a, r[i].name, strlen(r[i].name) + 1);
		r[i].networks = arena_dup(a, r[i].networks, r[i].n_networks * sizeof *r[i].networks);
		ok = r[i].name != NULL && r[i].networks != NULL;
	}
	return ok;
}

uint32_t rp_realm_of(const struct ras_proxy *p, const struct addr *a)
{
	uint32_t rest = p->cfg.n_realms;
	for (uint32_t i = 0; i < p->cfg.n_realms; i++) {
		const struct gatekeeper_realm *r = &p->cfg.realms[i];
		if (r->n_networks == 0 && (rest == p->cfg.n_realms || p->cfg.realms[rest].address.family != a->family))
			rest = i;
		for (uint32_t k = 0; k < r->n_networks; k++)
			if (addr_prefix_has(&r->networks[k], a))
				return i;
	}
	return rest;
}

static int place_gatekeepers(struct ras_proxy *p)
{
	for (uint32_t i = 0; i < p->cfg.n_gatekeepers; i++) {
		const struct addr *a = &p->cfg.gatekeepers[i].address;
		p->outside[i] = rp_realm_of(p, a);
		if (p->outside[i] == p->cfg.n_realms || p->cfg.realms[p->outside[i]].inside || a->port == 0)
			return PST_E_ARG;
	}
	return 0;
}

int ras_proxy_new(
	struct ras_proxy **out, const struct ras_proxy_config *cfg, const struct ras_proxy_ops *ops, void *arg)
{
	if (cfg->n_realms > GK_REALMS_MAX || cfg->n_gatekeepers > RP_GATEKEEPERS_MAX)
		return PST_E_ARG;
	struct ras_proxy *p = calloc(1, sizeof *p);
	if (p == NULL)
		return PST_E_NOMEM;
	p->ops = *ops;
	p->arg = arg;
	p->complain = (struct log_rate){ .burst = COMPLAIN_BURST, .interval_ms = COMPLAIN_MS };
	arena_init(&p->arena, ARENA_MAX);
	arena_init(&p->conf_mem, 0);
	const int err = copy_config(p, cfg) ? place_gatekeepers(p) : PST_E_NOMEM;
	if (err != 0) {
		ras_proxy_free(p);
		return err;
	}
	*out = p;
	return 0;
}

void ras_proxy_free(struct ras_proxy *p)
{
	if (p == NULL)
		return;
	p->ops.named = NULL;
	p->ops.admitted = NULL;
	p->ops.port = NULL;
	while (p->clients != NULL)
		rp_client_free(p, p->clients);
	gk_timers_free(&p->timers);
	arena_free(&p->arena);
	arena_free(&p->conf_mem);
	free(p);
}

/* --- sending --- */

static struct pst_slice encode(struct ras_proxy *p, const struct h225_ras_message *m)
{
	struct writer w = wr_of(p->out, sizeof p->out);
	return h225_ras_encode(m, &w, NULL) == 0 ? wr_slice(&w) : slice_of(NULL, 0);
}

void rp_send_out(struct ras_proxy *p, struct rp_client *c, const struct h225_ras_message *m)
{
	const struct pst_slice s = encode(p, m);
	if (s.n > 0)
		p->ops.send_out(p->arg, c->id, &c->peer, s);
}

void rp_send_in(struct ras_proxy *p, struct rp_client *c, const struct h225_ras_message *m)
{
	const struct pst_slice s = encode(p, m);
	if (s.n > 0)
		p->ops.send_in(p->arg, c->gatekeeper, c->realm, &c->from, s);
}

/* --- what both ways have in common --- */

static bool is_signed_whole(const struct h225_ras_message *m)
{
	uint32_t n;
	const struct h225_crypto_h323_token *t = ras_crypto_tokens(m, &n);
	for (uint32_t i = 0; i < n; i++)
		if (t[i].choice == H225_CRYPTO_H323_TOKEN_NESTEDCRYPTO_TOKEN)
			return true;
	return false;
}

static void warn_signed(struct ras_proxy *p, struct rp_client *c)
{
	char text[ADDR_STRLEN];
	uint64_t more;
	p->count.signed_whole++;
	if (c->warned || !log_allow(&p->complain, p->now_ms, &more))
		return;
	c->warned = true;
	log_warn("gatekeeper",
		"%s signs its RAS messages as a whole (H.235.1), which no translation survives: use password hashes",
		addr_str(&c->from, text));
}

static void note_signal(struct ras_proxy *p, struct rp_client *c, struct rp_ask *a, const struct h225_registration_request *rrq)
{
	(void)p;
	a->signal = addr_with_port(c->from, 1720);
	for (uint32_t i = rrq->call_signal_address.n; i > 0; i--) {
		struct addr x;
		if (h225_addr_read(&x, &rrq->call_signal_address.v[i - 1]) == 0 && addr_ip_eq(&x, &c->from) && x.port != 0)
			a->signal = x;
	}
}

static void note_call(struct rp_ask *a, const struct h225_admission_request *arq)
{
	const struct pst_slice id = arq->call_identifier != NULL ? arq->call_identifier->guid : arq->conference_id;
	bool zero = true;
	for (size_t i = 0; i < id.n; i++)
		zero = zero && id.p[i] == 0;
	const struct pst_slice by = zero ? arq->conference_id : id;
	a->has_id = by.n == 16 && !arq->answer_call;
	if (a->has_id)
		memcpy(a->id, by.p, 16);
}

/* --- from inside --- */

/* A gateway that was started anew does not know whom it stood for. */
static void ask_for_registration(struct ras_proxy *p, struct rp_client *c, uint32_t seq)
{
	struct h225_registration_reject rrj = { .request_seq_num = seq,
		.reject_reason.choice = H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED };
	const struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REJECT, .u.registration_reject = &rrj };
	rrj.protocol_identifier = h225_protocol_identifier(GK_VERSION, &p->arena);
	rp_send_in(p, c, &m);
}

static void refuse_names(struct ras_proxy *p, struct rp_client *c, uint32_t seq)
{
	struct h225_registration_reject rrj = {
		.request_seq_num = seq, .reject_reason.choice = H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE };
	const struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REJECT, .u.registration_reject = &rrj };
	rrj.protocol_identifier = h225_protocol_identifier(GK_VERSION, &p->arena);
	rp_send_in(p, c, &m);
}

/* False: it was answered here. */
static bool prepare_rrq(struct ras_proxy *p, struct rp_client *c, struct rp_ask *a, struct h225_registration_request *rrq)
{
	a->light = rrq->has_keep_alive && rrq->keep_alive;
	a->additive = rrq->has_additive_registration;
	rrq->has_supports_acf_sequences = false;
	if (a->light && !c->registered) {
		ask_for_registration(p, c, rrq->request_seq_num);
		return false;
	}
	if (rrq->has_terminal_alias && rrq->terminal_alias.n > p->cfg.limits.aliases) {
		refuse_names(p, c, rrq->request_seq_num);
		return false;
	}
	note_signal(p, c, a, rrq);
	return true;
}

/* What a registration needs after the translation: an address, and its names as they are outside. */
static int finish_rrq(struct ras_proxy *p, struct rp_client *c, struct rp_ask *a, struct h225_registration_request *rrq)
{
	if (rrq->call_signal_address.n == 0) {
		rrq->call_signal_address.v = h225_addr_new(&c->seen, &p->arena);
		rrq->call_signal_address.n = rrq->call_signal_address.v != NULL;
	}
	if (rrq->has_terminal_alias && !a->light)
		a->names = rp_names_read(p, rrq->terminal_alias.v, rrq->terminal_alias.n);
	return rrq->call_signal_address.n > 0 ? 0 : PST_E_NOMEM;
}

static void request_from_inside(struct ras_proxy *p, struct rp_client *c, enum ras_kind kind, struct h225_ras_message *m)
{
	uint32_t seq;
	struct rp_ask *a = ras_seq(m, &seq) ? rp_ask_new(p, c, RP_INSIDE, kind, seq) : NULL;
	bool go_on = a != NULL;
	if (go_on && kind == RAS_RRQ)
		go_on = prepare_rrq(p, c, a, m->u.registration_request);
	else if (go_on && kind == RAS_ARQ)
		note_call(a, m->u.admission_request);
	if (go_on)
		go_on = rp_translate(p, c, m, false) == 0;
	if (go_on && kind == RAS_RRQ)
		go_on = finish_rrq(p, c, a, m->u.registration_request) == 0;
	if (go_on)
		rp_send_out(p, c, m);
	else if (a != NULL)
		rp_ask_free(c, a);
	if (kind == RAS_DRQ)
		rp_dismiss(p, c, m->u.disengage_request);
}

/* An answer to what the gatekeeper, or the proxy itself, asked. */
static void answer_from_inside(struct ras_proxy *p, struct rp_client *c, enum ras_kind kind, bool last, struct h225_ras_message *m)
{
	uint32_t seq;
	if (!ras_seq(m, &seq))
		return;
	struct rp_ask *a = rp_ask_find(c, RP_OUTSIDE, kind, seq), *own = rp_ask_find(c, RP_PROXY, kind, seq);
	if (a == NULL && own != NULL) {
		rp_ask_free(c, own);
		return;
	}
	if (a == NULL) {
		p->count.unasked++;
		return;
	}
	if (last)
		rp_ask_free(c, a);
	if (rp_translate(p, c, m, false) == 0)
		rp_send_out(p, c, m);
}

/* An InfoRequestResponse comes of its own, as an answer, and as a request. */
static void irr_from_inside(struct ras_proxy *p, struct rp_client *c, struct h225_ras_message *m)
{
	const struct h225_info_request_response *irr = m->u.info_request_response;
	struct rp_ask *own = rp_ask_find(c, RP_PROXY, RAS_IRQ, irr->request_seq_num);
	if (own != NULL && rp_ask_find(c, RP_OUTSIDE, RAS_IRQ, irr->request_seq_num) == NULL) {
		rp_ask_free(c, own);
		return;
	}
	if (irr->has_need_response && irr->need_response &&
		rp_ask_new(p, c, RP_INSIDE, RAS_IRR, irr->request_seq_num) == NULL)
		return;
	if (rp_translate(p, c, m, false) == 0)
		rp_send_out(p, c, m);
}

static void take_inside(struct ras_proxy *p, struct rp_client *c, struct h225_ras_message *m)
{
	enum ras_kind kind = RAS_KINDS;
	const enum ras_role role = ras_role_of(m->choice, &kind);
	if (m->choice == H225_RAS_MESSAGE_INFO_REQUEST_RESPONSE)
		irr_from_inside(p, c, m);
	else if (role == RAS_IS_REQUEST && kind != RAS_IRQ)
		request_from_inside(p, c, kind, m);
	else if (role == RAS_IS_CONFIRM || role == RAS_IS_REJECT)
		answer_from_inside(p, c, kind, true, m);
	else if (role == RAS_IS_PROGRESS || m->choice == H225_RAS_MESSAGE_UNKNOWN_MESSAGE_RESPONSE)
		answer_from_inside(p, c, RAS_KINDS, role != RAS_IS_PROGRESS, m);
	else
		p->count.unasked++;
}

static bool spend(struct ras_proxy *p, struct rp_client *c)
{
	const uint32_t per_s = p->cfg.limits.requests_per_source_s != 0 ? p->cfg.limits.requests_per_source_s : 1;
	const uint32_t cost = per_s >= 1000 ? 1 : 1000 / per_s;
	const uint64_t saved = (uint64_t)c->tokens_ms + (p->now_ms - c->spent_ms);
	c->spent_ms = p->now_ms;
	c->tokens_ms = saved > BURST_MS ? BURST_MS : (uint32_t)saved;
	if (c->tokens_ms < cost)
		return false;
	c->tokens_ms -= cost;
	return true;
}

void ras_proxy_from_inside(struct ras_proxy *p, uint32_t gatekeeper, uint32_t realm, const struct addr *from,
	struct pst_slice octets, uint64_t now_ms)
{
	struct h225_ras_message m;
	p->now_ms = now_ms;
	p->count.from_inside++;
	/* a source that belongs elsewhere is forged, or its answer would go astray */
	if (gatekeeper >= p->cfg.n_gatekeepers || realm >= p->cfg.n_realms || !p->cfg.realms[realm].inside ||
		rp_realm_of(p, from) != realm || from->port == 0 || addr_is_multicast(from) ||
		addr_ip_eq(from, &p->cfg.realms[realm].address)) {
		p->count.refused_source++;
		return;
	}
	arena_reset(&p->arena);
	if (h225_ras_decode(&m, octets, NULL, &p->arena, NULL) != 0) {
		p->count.undecodable++;
		return;
	}
	struct rp_client *c = rp_client_find(p, gatekeeper, realm, from);
	if (c == NULL)
		c = rp_client_new(p, gatekeeper, realm, from);
	if (c == NULL)
		return;
	if (!spend(p, c)) {
		p->count.refused_source++;
		return;
	}
	rp_client_heard(p, c);
	if (p->ops.virtual_address != NULL && p->ops.virtual_address(p->arg, realm, from, p->outside[gatekeeper], &c->seen))
		c->seen.port = p->cfg.signalling_port;
	else
		c->seen = c->local;
	if (is_signed_whole(&m))
		warn_signed(p, c);
	take_inside(p, c, &m);
}

/* --- from outside --- */

/* Where the caller is led to is the gateway; where the gateway leads the call is kept here. */
static void admitted(struct ras_proxy *p, struct rp_client *c, const struct rp_ask *a, const struct h225_admission_confirm *acf)
{
	struct addr dest;
	if (!a->has_id || h225_addr_read(&dest, &acf->dest_call_signal_address) != 0)
		return;
	const uint32_t realm = rp_realm_of(p, &dest);
	const struct rp_client *other = rp_client_at(p, &dest);
	if (other != NULL && other->registered) {
		rp_admit(p, c, a->id, &other->signal); /* both are inside */
		return;
	}
	/* what else leads back to us is found by its name */
	if (realm == p->cfg.n_realms || p->cfg.realms[realm].inside || dest.port == 0 ||
		addr_ip_eq(&dest, &p->cfg.realms[realm].address))
		return;
	rp_admit(p, c, a->id, &dest);
}

/* A gatekeeper found at one port may take registrations at another. */
static void discovered(struct rp_client *c, const struct h225_gatekeeper_confirm *gcf)
{
	struct addr a;
	if (h225_addr_read(&a, &gcf->ras_address) == 0 && addr_ip_eq(&a, &c->peer) && a.port != 0)
		c->peer.port = a.port;
}

static void confirmed(struct ras_proxy *p, struct rp_client *c, struct rp_ask *a, const struct h225_ras_message *m)
{
	if (m->choice == H225_RAS_MESSAGE_GATEKEEPER_CONFIRM)
		discovered(c, m->u.gatekeeper_confirm);
	else if (m->choice == H225_RAS_MESSAGE_REGISTRATION_CONFIRM)
		rp_client_registered(p, c, a, m->u.registration_confirm);
	else if (m->choice == H225_RAS_MESSAGE_ADMISSION_CONFIRM)
		admitted(p, c, a, m->u.admission_confirm);
	else if (m->choice == H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM)
		rp_client_unregistered(p, c);
}

static void pass_inside(struct ras_proxy *p, struct rp_client *c, struct h225_ras_message *m)
{
	if (rp_translate(p, c, m, true) == 0)
		rp_send_in(p, c, m);
}

static void answer_from_outside(struct ras_proxy *p, struct rp_client *c, enum ras_kind kind, enum ras_role role, struct h225_ras_message *m)
{
	uint32_t seq;
	struct rp_ask *a = ras_seq(m, &seq) ? rp_ask_find(c, RP_INSIDE, kind, seq) : NULL;
	if (a == NULL) {
		p->count.unasked++;
		return;
	}
	if (role == RAS_IS_CONFIRM)
		confirmed(p, c, a, m);
	/* a refused registration may not have been one before either: RRJ to a light one ends it */
	else if (m->choice == H225_RAS_MESSAGE_REGISTRATION_REJECT && a->light)
		rp_client_unregistered(p, c);
	if (role != RAS_IS_PROGRESS)
		rp_ask_free(c, a);
	else
		a->until_ms = p->now_ms + RP_ASK_KEPT_MS + m->u.request_in_progress->delay;
	pass_inside(p, c, m);
}

static void request_from_outside(struct ras_proxy *p, struct rp_client *c, enum ras_kind kind, struct h225_ras_message *m)
{
	uint32_t seq;
	if (!ras_seq(m, &seq) || rp_ask_new(p, c, RP_OUTSIDE, kind, seq) == NULL)
		return;
	if (kind == RAS_URQ)
		rp_client_unregistered(p, c);
	else if (kind == RAS_DRQ)
		rp_dismiss(p, c, m->u.disengage_request);
	pass_inside(p, c, m);
}

static void take_outside(struct ras_proxy *p, struct rp_client *c, struct h225_ras_message *m)
{
	enum ras_kind kind = RAS_KINDS;
	const enum ras_role role = ras_role_of(m->choice, &kind);
	switch (role) {
	case RAS_IS_CONFIRM:
	case RAS_IS_REJECT: answer_from_outside(p, c, kind, role, m); return;
	case RAS_IS_PROGRESS: answer_from_outside(p, c, RAS_KINDS, role, m); return;
	case RAS_IS_REQUEST:
		if (kind == RAS_IRQ || kind == RAS_URQ || kind == RAS_DRQ || kind == RAS_BRQ || kind == RAS_SCI) {
			request_from_outside(p, c, kind, m);
			return;
		}
		break;
	case RAS_IS_OTHER:
		if (m->choice == H225_RAS_MESSAGE_UNKNOWN_MESSAGE_RESPONSE) {
			answer_from_outside(p, c, RAS_KINDS, role, m);
			return;
		}
		break;
	}
	p->count.unasked++;
}

void ras_proxy_from_outside(
	struct ras_proxy *p, uint64_t id, const struct addr *from, struct pst_slice octets, uint64_t now_ms)
{
	struct rp_client *c = NULL;
	struct h225_ras_message m;
	p->now_ms = now_ms;
	p->count.from_outside++;
	HASH_FIND(hh, p->clients, &id, sizeof id, c);
	if (c == NULL || !addr_ip_eq(from, &c->peer)) {
		p->count.refused_source++;
		return;
	}
	arena_reset(&p->arena);
	if (h225_ras_decode(&m, octets, NULL, &p->arena, NULL) != 0) {
		p->count.undecodable++;
		return;
	}
	if (is_signed_whole(&m))
		warn_signed(p, c);
	take_outside(p, c, &m);
}

/* --- time --- */

#define CLIENT_OF(x) ((struct rp_client *)(void *)((char *)(x) - offsetof(struct rp_client, timer)))

uint64_t ras_proxy_due(const struct ras_proxy *p)
{
	const struct gk_timer *t = gk_timers_first(&p->timers);
	uint64_t due = t != NULL ? t->due_ms : 0;
	if (p->admissions != NULL && (due == 0 || p->admissions->until_ms < due))
		due = p->admissions->until_ms;
	return due;
}

void ras_proxy_tick(struct ras_proxy *p, uint64_t now_ms)
{
	struct gk_timer *t;
	p->now_ms = now_ms;
	rp_admissions_expire(p);
	while ((t = gk_timers_first(&p->timers)) != NULL && t->due_ms <= now_ms) {
		gk_timer_stop(&p->timers, t);
		arena_reset(&p->arena);
		rp_client_expired(p, CLIENT_OF(t));
	}
}
