/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An endpoint's RAS: its requests until they are answered, and what follows from the answers. */
#include "ras/endpoint_private.h"

#include <stdlib.h>
#include <utlist.h>

#include "h225/addr.h"
#include "h225/build.h"
#include "h225/traversal.h"
#include "ras/password.h"
#include "ras/reason.h"

enum { ARENA_MAX = 1 << 18, ANSWERS = 64, ANSWER_BYTES = 1 << 16 };

static const char silent[] = "it does not answer";

int ras_endpoint_new(struct ras_endpoint **out, const struct ras_endpoint_config *cfg, const struct ras_endpoint_ops *ops,
	void *arg)
{
	if (cfg->gatekeeper.family == ADDR_NONE || cfg->ras.family == ADDR_NONE || cfg->signal.family == ADDR_NONE)
		return PST_E_ARG;
	struct ras_endpoint *e = calloc(1, sizeof *e);
	if (e == NULL)
		return PST_E_NOMEM;
	e->cfg = *cfg;
	e->ops = *ops;
	e->arg = arg;
	arena_init(&e->in, ARENA_MAX);
	arena_init(&e->out, ARENA_MAX);
	const int err = ras_answers_init(&e->answers, ANSWERS, ANSWER_BYTES);
	if (err != 0) {
		free(e);
		return err;
	}
	*out = e;
	return 0;
}

static void drop_pending(struct ras_endpoint *e, struct ras_pending *p)
{
	DL_DELETE(e->pending, p);
	free(p);
}

static void drop_call(struct ras_endpoint *e, struct ras_call *call)
{
	DL_DELETE(e->calls, call);
	e->n_calls--;
	free(call);
}

void ras_endpoint_free(struct ras_endpoint *e)
{
	if (e == NULL)
		return;
	while (e->pending != NULL)
		drop_pending(e, e->pending);
	while (e->calls != NULL)
		drop_call(e, e->calls);
	ras_answers_free(&e->answers);
	arena_free(&e->in);
	arena_free(&e->out);
	free(e);
}

void ras_endpoint_clock(struct ras_endpoint *e, uint64_t now_ms, uint64_t wall_s)
{
	e->now_ms = now_ms;
	e->wall_s = wall_s;
}

bool ras_endpoint_registered(const struct ras_endpoint *e)
{
	return e->client.state == RAS_CLIENT_REGISTERED || e->client.state == RAS_CLIENT_REFRESHING;
}

bool ras_endpoint_traverses(const struct ras_endpoint *e)
{
	return e->traverses;
}

/* --- requests --- */

/* Proves that we know the password (H.235, cryptoEPPwdHash). */
static bool prove(struct ras_endpoint *e, struct h225_ras_message *m)
{
	struct h225_crypto_h323_token *t = ARENA_NEW(&e->out, struct h225_crypto_h323_token);
	struct h225_crypto_h323_token_crypto_ep_pwd_hash *h = ARENA_NEW(&e->out, struct h225_crypto_h323_token_crypto_ep_pwd_hash);
	uint8_t *digest = arena_alloc(&e->out, RAS_MD5_SIZE);
	if (e->cfg.password == NULL || e->cfg.n_aliases == 0)
		return true;
	if (t == NULL || h == NULL || digest == NULL || h225_alias_build(&h->alias, e->cfg.aliases[0], &e->out) != 0)
		return false;
	h->time_stamp = (uint32_t)e->wall_s;
	h->token.algorithm_oid = slice_of(ras_oid_md5, sizeof ras_oid_md5);
	h->token.hash = (struct asn1_bits){ digest, RAS_MD5_SIZE * 8 };
	if (!ras_password_digest(digest, e->cfg.aliases[0], true, e->cfg.password, true, h->time_stamp, &e->out))
		return false;
	t->choice = H225_CRYPTO_H323_TOKEN_CRYPTO_EP_PWD_HASH;
	t->u.crypto_ep_pwd_hash = h;
	(void)ras_set_crypto_tokens(m, t, 1);
	return true;
}

static void apply(struct ras_endpoint *e, struct ras_pending *p, enum ras_request_event event, uint32_t delay_ms,
	const struct h225_ras_message *m);

int ras_endpoint_start(struct ras_endpoint *e, enum ras_kind kind, struct h225_ras_message *m, struct ras_call *call)
{
	uint8_t octets[RAS_DATAGRAM_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	e->seq = ras_next_seq(e->seq);
	if (!ras_set_seq(m, e->seq) || !prove(e, m))
		return PST_E_NOMEM;
	const int err = h225_ras_encode(m, &w, NULL);
	if (err != 0)
		return err;
	struct ras_pending *p = calloc(1, sizeof *p + w.n);
	if (p == NULL)
		return PST_E_NOMEM;
	ras_request_init(&p->request, kind, e->seq);
	p->call = call;
	p->n = w.n;
	memcpy(p->octets, octets, w.n);
	DL_APPEND(e->pending, p);
	apply(e, p, RAS_REQUEST_START, 0, NULL);
	return 0;
}

static bool is_clients(const struct ras_pending *p)
{
	return p->request.kind == RAS_GRQ || p->request.kind == RAS_RRQ || p->request.kind == RAS_URQ;
}

/* --- registration --- */

static void forget(struct ras_endpoint *e)
{
	e->n_id = 0;
	e->traverses = e->answers_granted = false;
	e->refresh_due = 0;
}

/* What was open is asked no more. */
static void drop_open(struct ras_endpoint *e)
{
	struct ras_pending *p, *next;
	DL_FOREACH_SAFE (e->pending, p, next)
		if (is_clients(p))
			drop_pending(e, p);
}

static int send_next(struct ras_endpoint *e, uint8_t what)
{
	if (what == RAS_SEND_NOTHING)
		return 0;
	arena_reset(&e->out);
	switch (what) {
	case RAS_SEND_GRQ: return ras_endpoint_send_grq(e);
	case RAS_SEND_URQ: return ras_endpoint_send_urq(e);
	default: return ras_endpoint_send_rrq(e, what == RAS_SEND_LIGHT_RRQ);
	}
}

void ras_endpoint_client(struct ras_endpoint *e, enum ras_client_event event, uint32_t ttl_s, const char *why)
{
	struct ras_client_step s;
	if (!ras_client_event(&e->client, event, ttl_s, &s))
		return;
	if (s.timer_stop)
		e->refresh_due = 0;
	if (s.refresh_ms != 0)
		e->refresh_due = e->now_ms + s.refresh_ms;
	if (s.news == RAS_NEWS_LOST || event == RAS_CLIENT_FORGOTTEN)
		forget(e);
	if ((s.news == RAS_NEWS_LOST || s.news == RAS_NEWS_FAILED) && e->client.state == RAS_CLIENT_IDLE && e->cfg.retry_s != 0)
		e->retry_due = e->now_ms + (uint64_t)e->cfg.retry_s * 1000;
	if (s.send != RAS_SEND_NOTHING || e->client.state == RAS_CLIENT_IDLE)
		drop_open(e);
	const int err = send_next(e, s.send);
	if (s.news != RAS_NEWS_NONE)
		e->ops.news(e->arg, (enum ras_client_news)s.news, why);
	if (err != 0)
		ras_endpoint_client(e, RAS_CLIENT_UNANSWERED, 0, pst_strerror(err));
}

void ras_endpoint_register(struct ras_endpoint *e)
{
	e->retry_due = 0;
	ras_endpoint_client(e, RAS_CLIENT_REGISTER, 0, NULL);
}

void ras_endpoint_stop(struct ras_endpoint *e)
{
	e->retry_due = 0;
	if (e->client.state == RAS_CLIENT_IDLE)
		e->ops.news(e->arg, RAS_NEWS_ENDED, NULL);
	else
		ras_endpoint_client(e, RAS_CLIENT_STOP, 0, NULL);
}

static size_t copy_id(uint8_t out[static RAS_ID_MAX], struct pst_slice id)
{
	if (id.n == 0 || id.n > RAS_ID_MAX)
		return 0;
	memcpy(out, id.p, id.n);
	return id.n;
}

/* Returns the timeToLive. */
static uint32_t take_confirm(struct ras_endpoint *e, const struct h225_registration_confirm *c)
{
	const struct h225_registration_confirm_pre_granted_arq *granted = c->pre_granted_arq;
	e->n_id = copy_id(e->id, c->endpoint_identifier);
	if (c->has_gatekeeper_identifier)
		e->n_gatekeeper_id = copy_id(e->gatekeeper_id, c->gatekeeper_identifier);
	e->traverses = h225_feature_has(c->feature_set, H225_FEATURE_SIGNALLING_TRAVERSAL);
	e->answers_granted = granted != NULL && granted->answer_call && !granted->use_gk_call_signal_address_to_answer;
	return c->has_time_to_live ? c->time_to_live : 0;
}

static bool forgotten(const struct h225_ras_message *m)
{
	if (m->choice != H225_RAS_MESSAGE_REGISTRATION_REJECT)
		return false;
	const uint32_t why = m->u.registration_reject->reject_reason.choice;
	return why == H225_REGISTRATION_REJECT_REASON_DISCOVERY_REQUIRED ||
	       why == H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED;
}

static void registration_settled(struct ras_endpoint *e, enum ras_outcome outcome, const struct h225_ras_message *m)
{
	if (outcome == RAS_UNANSWERED) {
		ras_endpoint_client(e, RAS_CLIENT_UNANSWERED, 0, silent);
		return;
	}
	if (outcome == RAS_REJECTED) {
		ras_endpoint_client(e, forgotten(m) ? RAS_CLIENT_FORGOTTEN : RAS_CLIENT_REJECTED, 0, ras_reason(m));
		return;
	}
	uint32_t ttl_s = 0;
	if (m->choice == H225_RAS_MESSAGE_REGISTRATION_CONFIRM)
		ttl_s = take_confirm(e, m->u.registration_confirm);
	if (m->choice == H225_RAS_MESSAGE_GATEKEEPER_CONFIRM && m->u.gatekeeper_confirm->has_gatekeeper_identifier)
		e->n_gatekeeper_id = copy_id(e->gatekeeper_id, m->u.gatekeeper_confirm->gatekeeper_identifier);
	ras_endpoint_client(e, RAS_CLIENT_CONFIRMED, ttl_s, NULL);
}

/* --- calls --- */

static void confirmed(struct ras_endpoint *e, struct ras_call *call, const struct h225_admission_confirm *c, struct addr *to)
{
	call->admitted = true;
	if (c->has_irr_frequency && c->irr_frequency != 0) {
		call->irr_ms = c->irr_frequency * 1000;
		call->irr_due = e->now_ms + call->irr_ms;
	}
	if (h225_addr_read(to, &c->dest_call_signal_address) != 0)
		*to = (struct addr){ 0 };
}

static void call_settled(struct ras_endpoint *e, struct ras_call *call, enum ras_outcome outcome, const struct h225_ras_message *m)
{
	const char *refused = NULL;
	struct addr to = { 0 };
	call->asking = false;
	if (outcome == RAS_UNANSWERED)
		refused = silent;
	else if (outcome == RAS_REJECTED)
		refused = ras_reason(m);
	else
		confirmed(e, call, m->u.admission_confirm, &to);
	if (refused == NULL && to.family == ADDR_NONE && !call->answer)
		refused = "it named no address that we could call";
	if (call->over)
		ras_endpoint_over(e, call); /* that was too late */
	else
		e->ops.admitted(e->arg, call->user, refused, &to);
}

static void settle(struct ras_endpoint *e, uint8_t kind, struct ras_call *call, enum ras_outcome outcome,
	const struct h225_ras_message *m)
{
	if (kind == RAS_ARQ)
		call_settled(e, call, outcome, m);
	else if (kind == RAS_DRQ)
		drop_call(e, call);
	else
		registration_settled(e, outcome, m);
}

/* M: with an answer. */
static void apply(struct ras_endpoint *e, struct ras_pending *p, enum ras_request_event event, uint32_t delay_ms,
	const struct h225_ras_message *m)
{
	const uint8_t kind = p->request.kind;
	struct ras_call *call = p->call;
	struct ras_request_step s;
	if (ras_request_event(&p->request, event, delay_ms, &s) != 0)
		return;
	if (s.send)
		e->ops.send(e->arg, &e->cfg.gatekeeper, slice_of(p->octets, p->n));
	if (s.timer_start)
		p->due_ms = e->now_ms + (s.timer_ms != 0 ? s.timer_ms : call_timer_info(s.timer)->default_ms);
	if (s.outcome == RAS_PENDING)
		return;
	drop_pending(e, p);
	settle(e, kind, call, s.outcome, m);
}

int ras_endpoint_admit(struct ras_endpoint *e, struct ras_call **out, const struct ras_wish *wish, void *user)
{
	static const struct addr nowhere;
	if (!ras_endpoint_registered(e))
		return PST_E_STATE;
	struct ras_call *call = e->n_calls < RAS_CALLS_MAX ? calloc(1, sizeof *call) : NULL;
	if (call == NULL)
		return e->n_calls < RAS_CALLS_MAX ? PST_E_NOMEM : PST_E_SPACE;
	*call = (struct ras_call){ .crv = wish->crv, .answer = wish->answer, .user = user, .asking = true };
	memcpy(call->call_id, wish->call_id, 16);
	memcpy(call->conference_id, wish->conference_id, 16);
	DL_APPEND(e->calls, call);
	e->n_calls++;
	*out = call;
	if (wish->answer && e->answers_granted) {
		call->asking = false;
		call->admitted = true;
		e->ops.admitted(e->arg, user, NULL, &nowhere);
		return 0;
	}
	arena_reset(&e->out);
	const int err = ras_endpoint_send_arq(e, call, wish);
	if (err != 0)
		drop_call(e, call);
	return err;
}

void ras_endpoint_over(struct ras_endpoint *e, struct ras_call *call)
{
	call->over = true;
	call->irr_due = 0;
	if (call->asking)
		return; /* until it is known whether there is anything to be ended */
	const bool tell = call->admitted && ras_endpoint_registered(e);
	call->admitted = false;
	arena_reset(&e->out);
	if (!tell || ras_endpoint_send_drq(e, call) != 0)
		drop_call(e, call);
}

/* --- what happens --- */

static void answered(struct ras_endpoint *e, const struct h225_ras_message *m)
{
	enum ras_request_event event;
	struct ras_pending *p;
	uint32_t delay_ms;
	DL_FOREACH (e->pending, p)
		if (ras_request_match(&p->request, m, &event, &delay_ms)) {
			apply(e, p, event, delay_ms, m);
			return;
		}
}

void ras_endpoint_datagram(struct ras_endpoint *e, const struct addr *from, struct pst_slice octets)
{
	struct h225_ras_message m;
	enum ras_kind kind;
	if (!addr_ip_eq(from, &e->cfg.gatekeeper))
		return;
	arena_reset(&e->in);
	if (h225_ras_decode(&m, octets, NULL, &e->in, NULL) != 0)
		return;
	if (ras_role_of(m.choice, &kind) == RAS_IS_REQUEST)
		ras_endpoint_asked(e, kind, &m, octets);
	else
		answered(e, &m);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

uint64_t ras_endpoint_due(const struct ras_endpoint *e)
{
	uint64_t due = sooner(e->refresh_due, e->retry_due);
	const struct ras_pending *p;
	const struct ras_call *call;
	DL_FOREACH (e->pending, p)
		due = sooner(due, p->due_ms);
	DL_FOREACH (e->calls, call)
		due = sooner(due, call->irr_due);
	return due;
}

static bool passed(const struct ras_endpoint *e, uint64_t due)
{
	return due != 0 && due <= e->now_ms;
}

/* One that is due; what it leads to may change the list. */
static bool expire_one(struct ras_endpoint *e)
{
	struct ras_pending *p;
	DL_FOREACH (e->pending, p)
		if (passed(e, p->due_ms)) {
			apply(e, p, RAS_REQUEST_TIMEOUT, 0, NULL);
			return true;
		}
	return false;
}

void ras_endpoint_tick(struct ras_endpoint *e)
{
	struct ras_call *call;
	while (expire_one(e))
		;
	if (passed(e, e->refresh_due)) {
		e->refresh_due = 0;
		ras_endpoint_client(e, RAS_CLIENT_TIME, 0, NULL);
	}
	if (passed(e, e->retry_due))
		ras_endpoint_register(e);
	DL_FOREACH (e->calls, call)
		if (passed(e, call->irr_due)) {
			call->irr_due = e->now_ms + call->irr_ms;
			ras_endpoint_report(e, call);
		}
}
