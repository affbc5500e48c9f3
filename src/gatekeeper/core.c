/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gatekeeper's life, the way of a datagram to its answer, requests of our own, and time. */
#include "gatekeeper/gk.h"

#include <stdlib.h>

enum { ARENA_MAX = 1 << 20, ANSWERS = 4096, ANSWERS_BYTES = 4 << 20, QUERIES_MAX = 4096, PROGRESS_MS = 5000 };

int gatekeeper_new(
	struct gatekeeper **out, const struct gatekeeper_config *cfg, const struct gatekeeper_ops *ops, void *arg)
{
	struct gatekeeper *gk = calloc(1, sizeof *gk);
	if (gk == NULL)
		return PST_E_NOMEM;
	gk->ops = *ops;
	gk->arg = arg;
	arena_init(&gk->arena, ARENA_MAX);
	int err = ras_answers_init(&gk->answers, ANSWERS, ANSWERS_BYTES);
	if (err == 0)
		err = gk_config_copy(&gk->cfg, &gk->conf_mem, cfg);
	if (err != 0) {
		ras_answers_free(&gk->answers);
		free(gk);
		return err;
	}
	*out = gk;
	return 0;
}

static uint32_t realm_named(const struct gatekeeper_config *cfg, const char *name)
{
	uint32_t i = 0;
	while (i < cfg->n_realms && strcmp(cfg->realms[i].name, name) != 0)
		i++;
	return i;
}

/* An endpoint that stays is found again under its realm's new number. */
static void move_endpoint(struct gatekeeper *gk, struct gk_endpoint *ep, uint32_t realm)
{
	HASH_DELETE(hh_signal, gk->by_signal, ep);
	ep->realm = realm;
	gk_addr_key(gk, realm, &ep->signal, ep->signal_key);
	HASH_ADD(hh_signal, gk->by_signal, signal_key, sizeof ep->signal_key, ep);
}

int gatekeeper_reload(struct gatekeeper *gk, const struct gatekeeper_config *cfg, uint64_t now_ms)
{
	struct gatekeeper_config fresh;
	struct arena mem;
	const int err = gk_config_copy(&fresh, &mem, cfg);
	if (err != 0)
		return err;
	gk->now_ms = now_ms;
	fresh.seed = gk->cfg.seed; /* keys that stand begin with it */
	struct gk_endpoint *ep, *tmp;
	HASH_ITER(hh, gk->endpoints, ep, tmp)
	{
		if (realm_named(&fresh, gk->cfg.realms[ep->realm].name) == fresh.n_realms)
			gk_endpoint_remove(gk, ep);
	}
	/* searches end with the numbers of the old realms */
	while (gk->searches != NULL)
		gk_search_free(gk, gk->searches);
	memset(gk->bandwidth, 0, sizeof gk->bandwidth);
	memset(gk->registered, 0, sizeof gk->registered);
	HASH_ITER(hh, gk->endpoints, ep, tmp)
	{
		const struct gk_call *c;
		move_endpoint(gk, ep, realm_named(&fresh, gk->cfg.realms[ep->realm].name));
		gk->registered[ep->realm]++;
		DL_FOREACH(ep->calls, c)
			gk->bandwidth[ep->realm] += c->bandwidth;
	}
	arena_free(&gk->conf_mem);
	gk->conf_mem = mem;
	gk->cfg = fresh;
	return 0;
}

static void query_free(struct gatekeeper *gk, struct gk_query *q)
{
	gk_timer_stop(&gk->timers, &q->timer);
	DL_DELETE(gk->queries, q);
	free(q);
}

void gatekeeper_free(struct gatekeeper *gk)
{
	if (gk == NULL)
		return;
	gk->ops.keep = NULL; /* what is kept is kept */
	gk->ops.keep_call = NULL;
	gk->ops.named = NULL;
	gk->ops.admitted = NULL;
	gk->ops.behind = NULL;
	while (gk->searches != NULL)
		gk_search_free(gk, gk->searches);
	while (gk->queries != NULL)
		query_free(gk, gk->queries);
	while (gk->endpoints != NULL)
		gk_endpoint_remove(gk, gk->endpoints);
	struct gk_source *s, *tmp;
	HASH_ITER(hh, gk->sources, s, tmp)
	{
		HASH_DEL(gk->sources, s);
		free(s);
	}
	gk_timers_free(&gk->timers);
	ras_answers_free(&gk->answers);
	arena_free(&gk->arena);
	arena_free(&gk->conf_mem);
	free(gk);
}

/* --- addresses --- */

void gk_addr_key(const struct gatekeeper *gk, uint32_t realm, const struct addr *a, uint8_t key[static GK_SEED_KEY + GK_ADDR_KEY])
{
	memcpy(key, &gk->cfg.seed, GK_SEED_KEY);
	uint8_t *p = key + GK_SEED_KEY;
	p[0] = a->family;
	memcpy(p + 1, a->ip, 16);
	p[17] = (uint8_t)(a->port >> 8);
	p[18] = (uint8_t)a->port;
	p[19] = (uint8_t)realm;
}

uint32_t gk_realm_of(const struct gatekeeper *gk, const struct addr *addr)
{
	uint32_t rest = gk->cfg.n_realms;
	for (uint32_t i = 0; i < gk->cfg.n_realms; i++) {
		const struct gatekeeper_realm *r = &gk->cfg.realms[i];
		if (r->n_networks == 0)
			rest = i;
		for (uint32_t k = 0; k < r->n_networks; k++)
			if (addr_prefix_has(&r->networks[k], addr))
				return i;
	}
	return rest;
}

bool gk_is_gateway(const struct gatekeeper *gk, const struct addr *addr)
{
	for (uint32_t i = 0; i < gk->cfg.n_realms; i++)
		if (addr_ip_eq(&gk->cfg.realms[i].address, addr))
			return true;
	return false;
}

struct addr gk_ras_address(const struct gatekeeper *gk, uint32_t realm)
{
	return addr_with_port(gk->cfg.realms[realm].address, gk->cfg.ras_port);
}

struct addr gk_gateway_address(const struct gatekeeper *gk, uint32_t realm)
{
	return addr_with_port(gk->cfg.realms[realm].address, gk->cfg.signalling_port);
}

struct addr gk_reply_address(const struct addr *from, const struct h225_transport_address *announced)
{
	struct addr a;
	if (announced != NULL && h225_addr_read(&a, announced) == 0 && addr_ip_eq(&a, from) && a.port != 0)
		return a;
	return *from;
}

struct pst_slice gk_identifier(struct gatekeeper *gk)
{
	struct pst_slice s = { NULL, 0 };
	if (h225_bmp_from_utf8(&s, gk->cfg.identifier, &gk->arena) != 0)
		s.n = 0;
	return s;
}

bool gk_may(struct gatekeeper *gk, enum gatekeeper_act act, const struct gk_ask *ask, const char *name, const struct addr *dest)
{
	struct gatekeeper_wish w = { .act = act, .realm = ask->realm, .from = ask->from, .name = name };
	if (dest != NULL)
		w.dest = *dest;
	return gk->ops.may == NULL || gk->ops.may(gk->arg, &w);
}

/* --- sending --- */

static struct pst_slice encode(struct gatekeeper *gk, struct h225_ras_message *m)
{
	struct writer w = wr_of(gk->out + 2, sizeof gk->out - 2);
	return gk_auth_encode(gk, m, &w) == 0 ? wr_slice(&w) : slice_of(NULL, 0);
}

void gk_send(struct gatekeeper *gk, uint32_t realm, const struct addr *to, struct h225_ras_message *m)
{
	const struct pst_slice s = encode(gk, m);
	if (s.n > 0)
		gk->ops.send(gk->arg, realm, to, s);
}

/* The kept answer begins with the port it went to; the host is the asker's own. */
void gk_answer(struct gatekeeper *gk, const struct gk_ask *ask, struct h225_ras_message *m, bool confirmed)
{
	uint32_t seq;
	if (!ras_seq(ask->m, &seq) || !ras_set_seq(m, seq))
		return;
	*(confirmed ? &gk->count.confirmed : &gk->count.rejected) += 1;
	const struct pst_slice s = encode(gk, m);
	gk->out[0] = (uint8_t)(ask->reply.port >> 8);
	gk->out[1] = (uint8_t)ask->reply.port;
	ras_answers_put(&gk->answers, &ask->from, ask->octets, s.n > 0 ? slice_of(gk->out, s.n + 2) : s);
	if (s.n > 0)
		gk->ops.send(gk->arg, ask->realm, &ask->reply, s);
}

static bool seq_in_use(const struct gatekeeper *gk, uint16_t seq)
{
	const struct gk_query *q;
	DL_FOREACH(gk->queries, q)
	{
		if (q->machine.seq == seq)
			return true;
	}
	return false;
}

static void step_query(struct gatekeeper *gk, struct gk_query *q, enum ras_request_event e, uint32_t delay_ms,
	const struct h225_ras_message *m);

void gk_query(struct gatekeeper *gk, enum ras_kind kind, uint32_t realm, const struct addr *to, struct h225_ras_message *m,
	struct gk_search *search)
{
	struct gk_query *each;
	uint32_t n = 0;
	DL_COUNT(gk->queries, each, n);
	struct gk_query *q = NULL;
	struct pst_slice s = { NULL, 0 };
	if (n < QUERIES_MAX) {
		do
			gk->seq = ras_next_seq(gk->seq);
		while (seq_in_use(gk, gk->seq));
		if (ras_set_seq(m, gk->seq))
			s = encode(gk, m);
	}
	if (s.n > 0 && gk_timers_reserve(&gk->timers, gk->timers.n + 1) == 0)
		q = malloc(sizeof *q + s.n);
	if (q == NULL) {
		if (search != NULL)
			gk_search_answer(gk, search, RAS_UNANSWERED, NULL);
		return;
	}
	*q = (struct gk_query){ .realm = realm, .to = *to, .search = search, .n = s.n, .timer.kind = GK_TIMER_QUERY };
	memcpy(q->octets, s.p, s.n);
	ras_request_init(&q->machine, kind, gk->seq);
	DL_APPEND(gk->queries, q);
	step_query(gk, q, RAS_REQUEST_START, 0, NULL);
}

static void step_query(struct gatekeeper *gk, struct gk_query *q, enum ras_request_event e, uint32_t delay_ms,
	const struct h225_ras_message *m)
{
	struct ras_request_step step;
	if (ras_request_event(&q->machine, e, delay_ms, &step) != 0)
		return;
	if (step.timer_start)
		gk_timer_start(&gk->timers, &q->timer,
			gk->now_ms + (step.timer_ms != 0 ? step.timer_ms : call_timer_info(step.timer)->default_ms));
	if (step.send)
		gk->ops.send(gk->arg, q->realm, &q->to, slice_of(q->octets, q->n));
	if (step.outcome == RAS_PENDING)
		return;
	struct gk_search *search = q->search;
	gk->count.timeouts += step.outcome == RAS_UNANSWERED;
	query_free(gk, q);
	if (search != NULL)
		gk_search_answer(gk, search, step.outcome, m);
}

void gk_query_forget(struct gatekeeper *gk, const struct gk_search *search)
{
	struct gk_query *q, *tmp;
	DL_FOREACH_SAFE(gk->queries, q, tmp)
	{
		if (q->search == search)
			query_free(gk, q);
	}
}

/* --- receiving --- */

static void on_response(struct gatekeeper *gk, const struct gk_ask *ask)
{
	struct gk_query *q, *tmp;
	DL_FOREACH_SAFE(gk->queries, q, tmp)
	{
		enum ras_request_event e;
		uint32_t delay_ms;
		if (q->realm == ask->realm && addr_ip_eq(&q->to, &ask->from) &&
			ras_request_match(&q->machine, ask->m, &e, &delay_ms)) {
			step_query(gk, q, e, delay_ms, ask->m);
			return;
		}
	}
}

static void on_unknown(struct gatekeeper *gk, const struct gk_ask *ask)
{
	struct h225_unknown_message_response *xrs = ARENA_NEW(&gk->arena, struct h225_unknown_message_response);
	uint32_t seq;
	if (xrs == NULL || !ras_seq(ask->m, &seq))
		return;
	/* what is not understood may be long: the answer must not be longer than the question */
	xrs->has_message_not_understood = true;
	xrs->message_not_understood = slice_of(ask->octets.p, ask->octets.n > 32 ? 32 : ask->octets.n);
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_UNKNOWN_MESSAGE_RESPONSE, .u.unknown_message_response = xrs };
	gk_answer(gk, ask, &m, false);
}

static void on_request(struct gatekeeper *gk, const struct gk_ask *ask, enum ras_kind kind, struct gk_source *source)
{
	switch (kind) {
	case RAS_GRQ: gk_on_grq(gk, ask); break;
	case RAS_RRQ: gk_on_rrq(gk, ask, source); break;
	case RAS_URQ: gk_on_urq(gk, ask); break;
	case RAS_ARQ: gk_on_arq(gk, ask); break;
	case RAS_BRQ: gk_on_brq(gk, ask); break;
	case RAS_DRQ: gk_on_drq(gk, ask); break;
	case RAS_LRQ: gk_on_lrq(gk, ask); break;
	case RAS_IRR: gk_on_irr(gk, ask); break;
	case RAS_RAI: gk_on_rai(gk, ask); break;
	case RAS_IRQ:
	case RAS_SCI:
	case RAS_KINDS: on_unknown(gk, ask); break;
	}
}

/* An answer that takes its time. NetMeeting declares a version with RequestInProgress and does not understand it. */
static void say_in_progress(struct gatekeeper *gk, const struct gk_ask *ask)
{
	const struct gk_endpoint *ep = gk_endpoint_of(gk, ask, ras_endpoint_identifier(ask->m));
	gk_auth_sign_for(gk, ep);
	struct h225_request_in_progress rip = { .delay = PROGRESS_MS };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REQUEST_IN_PROGRESS, .u.request_in_progress = &rip };
	if (ask->m->choice != H225_RAS_MESSAGE_ADMISSION_REQUEST || ep == NULL || ep->microsoft ||
		!ras_seq(ask->m, &rip.request_seq_num))
		return;
	gk_send(gk, ask->realm, &ask->reply, &m);
}

static void take_request(struct gatekeeper *gk, struct gk_ask *ask, enum ras_kind kind, struct gk_source *source)
{
	struct pst_slice answer;
	switch (ras_answers_get(&gk->answers, &ask->from, ask->octets, gk->now_ms, &answer)) {
	case RAS_ANSWER_PENDING:
		gk->count.repeated++;
		say_in_progress(gk, ask);
		return;
	case RAS_ANSWER_KNOWN:
		gk->count.repeated++;
		if (answer.n > 2) {
			const struct addr to = addr_with_port(ask->from, (uint16_t)(answer.p[0] << 8 | answer.p[1]));
			gk->ops.send(gk->arg, ask->realm, &to, slice_of(answer.p + 2, answer.n - 2));
		}
		return;
	case RAS_ANSWER_NEW: on_request(gk, ask, kind, source); return;
	}
}

void gatekeeper_datagram(struct gatekeeper *gk, uint32_t realm, const struct addr *from, struct pst_slice octets,
	uint64_t now_ms, uint64_t wall_s)
{
	struct h225_ras_message m;
	struct gk_ask ask = { .realm = realm, .from = *from, .reply = *from, .octets = octets, .m = &m };
	enum ras_kind kind = RAS_KINDS;
	gk->now_ms = now_ms;
	gk->wall_s = wall_s;
	gk->wall_ms = wall_s * 1000;
	gk->count.received++;
	/* a source that belongs elsewhere is forged, or its answer would go astray */
	if (realm >= gk->cfg.n_realms || gk_realm_of(gk, from) != realm || from->port == 0 || addr_is_multicast(from) ||
		gk_is_gateway(gk, from)) {
		gk->count.wrong_realm++;
		return;
	}
	struct gk_source *source = gk_source_enter(gk, from);
	if (source == NULL) {
		gk->count.refused_source++;
		return;
	}
	arena_reset(&gk->arena);
	gk_auth_sign_for(gk, NULL);
	if (h225_ras_decode(&m, octets, NULL, &gk->arena, NULL) != 0) {
		gk->count.undecodable++;
		return;
	}
	const enum ras_role role = ras_role_of(m.choice, &kind);
	if (role == RAS_IS_REQUEST)
		take_request(gk, &ask, kind, source);
	else if (m.choice == H225_RAS_MESSAGE_INFO_REQUEST_RESPONSE)
		take_request(gk, &ask, RAS_IRR, source);
	else if (role == RAS_IS_CONFIRM || role == RAS_IS_REJECT || role == RAS_IS_PROGRESS ||
		 m.choice == H225_RAS_MESSAGE_UNKNOWN_MESSAGE_RESPONSE)
		on_response(gk, &ask);
}

/* --- time --- */

#define OWNER(x, type) ((struct type *)(void *)((char *)(x) - offsetof(struct type, timer)))

uint64_t gatekeeper_due(const struct gatekeeper *gk)
{
	const struct gk_timer *t = gk_timers_first(&gk->timers);
	return t != NULL ? t->due_ms : 0;
}

/* The wall clock goes on from the last datagram. */
static void set_time(struct gatekeeper *gk, uint64_t now_ms)
{
	if (now_ms <= gk->now_ms)
		return;
	gk->wall_ms += now_ms - gk->now_ms;
	gk->wall_s = gk->wall_ms / 1000;
	gk->now_ms = now_ms;
}

void gatekeeper_tick(struct gatekeeper *gk, uint64_t now_ms)
{
	struct gk_timer *t;
	set_time(gk, now_ms);
	while ((t = gk_timers_first(&gk->timers)) != NULL && t->due_ms <= now_ms) {
		gk_timer_stop(&gk->timers, t);
		arena_reset(&gk->arena);
		gk_auth_sign_for(gk, NULL);
		switch ((enum gk_timer_kind)t->kind) {
		case GK_TIMER_ENDPOINT: gk_endpoint_expired(gk, OWNER(t, gk_endpoint)); break;
		case GK_TIMER_CALL: gk_call_expired(gk, OWNER(t, gk_call)); break;
		case GK_TIMER_QUERY: step_query(gk, OWNER(t, gk_query), RAS_REQUEST_TIMEOUT, 0, NULL); break;
		}
	}
}

void gatekeeper_unregister_all(struct gatekeeper *gk, uint64_t now_ms)
{
	set_time(gk, now_ms);
	while (gk->endpoints != NULL) {
		arena_reset(&gk->arena);
		gk_endpoint_dismiss(gk, gk->endpoints, H225_UNREG_REQUEST_REASON_REREGISTRATION_REQUIRED, false);
	}
}
