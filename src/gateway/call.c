/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The path of a message: TPKT, Q.931, H.225.0, the two legs' machines, translate, encode, the other leg. What
 * does not decode ends the call; what the state does not permit is not passed on.
 */
#include "gateway/call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "gateway/audio_call.h"
#include "gateway/begin.h"
#include "gateway/behind.h"
#include "gateway/channel.h"
#include "gateway/leases.h"
#include "gateway/permit.h"
#include "gateway/port_call.h"
#include "gateway/secondary.h"
#include "gateway/translate.h"
#include "gateway/wait.h"
#include "h225/body.h"
#include "h225/build.h"
#include "h225/cause.h"
#include "h225/str.h"
#include "q931/ie.h"

enum { H225_OUR_VERSION = 4, Q931_SHORT_MAX = 255, PENDING_MIN = 65536 };

const char *gw_call_state_str(uint8_t state)
{
	static const char *const names[] = { "new", "connecting", "proceeding", "ringing", "active",
		"ended" };
	return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

/* --- connections --- */

void gw_conn_close(struct gw_conn *c, bool abort)
{
	if (c->handle != NULL && (c->state == GW_CONN_CONNECTING || c->state == GW_CONN_OPEN))
		c->call->gw->io->close(c->call->gw->io_arg, c, abort || c->state == GW_CONN_CONNECTING);
	c->state = GW_CONN_CLOSED;
	c->handle = NULL;
	free(c->pending);
	c->pending = NULL;
	c->n_pending = 0;
}

bool gw_conn_keep(struct gw_conn *c, struct pst_slice octets)
{
	const size_t most = PENDING_MIN + 2 * (size_t)c->call->cfg->limits.message_bytes;
	if (c->n_pending + octets.n > most)
		return false;
	if (octets.n == 0)
		return true; /* realloc() to nothing frees */
	uint8_t *p = realloc(c->pending, c->n_pending + octets.n);
	if (p == NULL)
		return false;
	memcpy(p + c->n_pending, octets.p, octets.n);
	c->pending = p;
	c->n_pending += octets.n;
	return true;
}

void gw_conn_send(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_call *call = c->call;
	bool sent = true;
	if (c->state == GW_CONN_CONNECTING)
		sent = gw_conn_keep(c, octets);
	else if (c->state == GW_CONN_OPEN)
		sent = call->gw->io->send(call->gw->io_arg, c, octets) == 0;
	if (!sent)
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES,
			"a peer does not read what it is sent");
}

/* --- timers --- */

static uint32_t timer_ms(const struct gw_call *call, int t)
{
	const struct gw_timers *own = &call->cfg->timers;
	if (t == TIMER_T301 && own->t301_ms != 0)
		return own->t301_ms;
	if (t == TIMER_T303 && own->t303_ms != 0)
		return own->t303_ms;
	if (t == TIMER_T310 && own->t310_ms != 0)
		return own->t310_ms;
	return call_timer_info((enum call_timer)t)->default_ms;
}

static void apply_timers(struct gw_call *call, struct gw_leg *leg, const struct h225_call_step *step)
{
	for (int t = 0; t <= TIMER_T322; t++) {
		if (step->stop & 1u << t)
			leg->timers[t] = 0;
		if (step->start & 1u << t)
			leg->timers[t] = gw_now(call->gw) + timer_ms(call, t);
	}
}

static void sooner(uint64_t *next, uint64_t at)
{
	if (at != 0 && (*next == 0 || at < *next))
		*next = at;
}

/* T303 and the like measure the peer, not the way to it. */
static bool leg_waits(const struct gw_leg *leg)
{
	return leg->conn.state == GW_CONN_CONNECTING || leg->conn.state == GW_CONN_NONE;
}

/* When the call is cleared, if neither media nor signalling comes. */
static uint64_t silent_at(const struct gw_call *call, uint64_t media_ms)
{
	return (media_ms > call->heard_ms ? media_ms : call->heard_ms) + call->cfg->timers.media_idle_ms;
}

void gw_call_schedule(struct gw_call *call)
{
	uint64_t next = call->deadline_ms, media;
	if (call->state == GW_CALL_ENDED)
		return;
	for (int l = 0; l < GW_LEGS; l++)
		for (int t = 0; t <= TIMER_T322 && !leg_waits(&call->leg[l]); t++)
			sooner(&next, call->leg[l].timers[t]);
	sooner(&next, gw_secondary_expire(call, gw_now(call->gw)));
	sooner(&next, gw_permit_until(call));
	if (call->kind != GW_CALL_H323) {
		sooner(&next, gw_port_call_idle_at(call));
	} else if (call->state == GW_CALL_ACTIVE) {
		sooner(&next, gw_behind_learn(call, gw_now(call->gw)));
		sooner(&next, gw_media_expire(call, gw_now(call->gw)));
		if (gw_media_last(call, &media))
			sooner(&next, silent_at(call, media));
	}
	call->gw->io->timer(call->gw->io_arg, call, next);
}

static void leg_due(struct gw_call *call, struct gw_leg *leg, uint64_t now)
{
	for (int t = 0; t <= TIMER_T322; t++) {
		struct h225_call_step step = { 0 };
		if (leg->timers[t] == 0 || leg->timers[t] > now)
			continue;
		leg->timers[t] = 0;
		if (h225_call_expiry(&leg->machine, (enum call_timer)t, &step) != 0)
			continue;
		apply_timers(call, leg, &step);
		if (step.cause == 0)
			continue;
		gw_notef(call, "%s of the %s's side ran out", call_timer_info((enum call_timer)t)->name,
			leg == &call->leg[0] ? "caller" : "callee");
		gw_call_release(call, h225_reason_of_cause(step.cause), "no answer in time");
		return;
	}
}

void gw_call_due(struct gw_call *call)
{
	const uint64_t now = gw_now(call->gw);
	uint64_t media;
	if (call->wait != NULL && call->deadline_ms <= now) {
		gw_wait_late(call);
		return;
	}
	if (call->deadline_ms != 0 && call->deadline_ms <= now) {
		call->deadline_ms = 0;
		if (call->state == GW_CALL_NEW)
			call->gw->count.half_open++;
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION,
			call->state == GW_CALL_NEW ? "no Setup came in time"
						   : "the called host did not take the connection in time");
	}
	for (int l = 0; l < GW_LEGS && call->state != GW_CALL_ENDED; l++)
		if (!leg_waits(&call->leg[l]))
			leg_due(call, &call->leg[l], now);
	if (call->state == GW_CALL_ENDED)
		return;
	const uint64_t until = gw_permit_until(call);
	if (until != 0 && until <= now) {
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_NO_PERMISSION,
			"it has lasted as long as its rule allows");
		return;
	}
	if (call->kind != GW_CALL_H323 && gw_port_call_idle_at(call) <= now) {
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON, "silence");
		return;
	}
	if (call->kind == GW_CALL_H323 && call->state == GW_CALL_ACTIVE && gw_media_last(call, &media) && silent_at(call, media) <= now) {
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON,
			"silence: no media and no signalling");
		return;
	}
	gw_call_schedule(call);
}

/* --- the end --- */

/* Builds the ReleaseComplete in memory of its own: the message in hand may have used up the other. */
static int build_release(
	struct gw_call *call, int l, uint32_t reason, struct h225_msg *m, struct arena *a, struct writer *w)
{
	uint8_t *cause = arena_alloc(a, 2); /* the message borrows it */
	/* Q.931 4.3: the flag is 1 from the side that did not choose the reference */
	int err = h225_init(m, Q931_RELEASE_COMPLETE, call->crv, l == GW_CALLER, H225_OUR_VERSION, a);
	if (err != 0)
		return err;
	struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	struct h225_release_complete_reason *r = ARENA_NEW(a, struct h225_release_complete_reason);
	if (r == NULL || cause == NULL)
		return PST_E_NOMEM;
	r->choice = reason;
	body->u.release_complete->reason = r;
	err = q931_set(&m->q931, Q931_IE_CAUSE, q931_cause_build(cause, h225_cause_of_reason(reason)));
	if (err == 0 && call->has_guid)
		err = h225_set_call_id(body, slice_of(call->guid, 16), a);
	return err != 0 ? err : h225_encode(m, w, NULL);
}

static void send_release(struct gw_call *call, int l, uint32_t reason)
{
	struct gw_leg *leg = &call->leg[l];
	struct h225_msg m;
	struct arena a;
	uint8_t out[512];
	char text[H225_STRLEN + 32], line[H225_STRLEN];
	if (leg->released || leg->conn.state != GW_CONN_OPEN || leg->machine.state == H225_CALL_NULL)
		return;
	leg->released = true;
	arena_init(&a, 0);
	struct writer w = wr_of(out, sizeof out);
	int err = build_release(call, l, reason, &m, &a, &w);
	if (err == 0) {
		err = call->gw->io->send(call->gw->io_arg, &leg->conn, wr_slice(&w));
		snprintf(text, sizeof text, "%s to the %s%s", h225_str(&m, line),
			l == GW_CALLER ? "caller" : "callee", err != 0 ? " (not sent)" : "");
		gw_note(call, -1, GW_VIA_GATEWAY, text, NULL, 0);
	}
	arena_free(&a);
}

static void keep_ended(struct gateway *gw, struct gw_call *call)
{
	DL_PREPEND(gw->ended, call);
	if (++gw->n_ended <= GW_ENDED_KEPT)
		return;
	struct gw_call *oldest = gw->ended->prev; /* utlist: the head's prev is the tail */
	DL_DELETE(gw->ended, oldest);
	gw->n_ended--;
	gw_call_free(oldest);
}

static void call_end(struct gw_call *call, const char *why)
{
	struct gateway *gw = call->gw;
	if (call->state == GW_CALL_ENDED)
		return;
	gw_notef(call, "ended: %s", why);
	if (call->active_ms == 0)
		gw->count.failed++;
	call->state = GW_CALL_ENDED;
	call->ended_why = why;
	call->end_ms = gw_now(gw);
	gw_channel_close_all(call);
	gw_secondary_close_all(call);
	for (int l = 0; l < GW_LEGS; l++)
		gw_conn_close(&call->leg[l].conn, false);
	gw->io->timer(gw->io_arg, call, 0);
	gw_wait_no_more(call);
	gw_leases_let_go(call);
	gw_permit_let_go(call);
	gw_behind_forget(call);
	gw_source_leave(call->source);
	call->source = NULL;
	HASH_DEL(gw->calls, call);
	if (call->kind != GW_CALL_H323)
		gw_port_call_forget(call);
	log_info("gateway", "call %llu ended after %llu ms: %s", (unsigned long long)call->id,
		(unsigned long long)(call->end_ms - call->start_ms), why);
	gw_follow_end(call);
	keep_ended(gw, call);
}

void gw_call_release(struct gw_call *call, uint32_t reason, const char *why)
{
	if (call->state == GW_CALL_ENDED)
		return;
	for (int l = 0; l < GW_LEGS; l++)
		send_release(call, l, reason);
	call_end(call, why);
}

void gw_call_free(struct gw_call *call)
{
	struct gw_pinhole *p, *tmp;
	DL_FOREACH_SAFE (call->pinholes, p, tmp)
		free(p);
	gw_secondary_reap(call);
	for (int l = 0; l < GW_LEGS; l++)
		frames_reset(&call->leg[l].conn.in);
	gw_ladder_free(&call->ladder);
	json_decref(call->data_nodes);
	gw_config_drop(call->conf);
	free(call->kept);
	free(call->caller);
	free(call->called);
	free(call);
}

/* --- messages --- */

/* Several calls on one connection are not for us: nobody is told that the other side could. */
static void single_call(struct gw_translation *t, struct h225_h323_uu_pdu_h323_message_body *b)
{
	bool *flags[2] = { NULL, NULL };
	switch (b->choice) {
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_SETUP:
		flags[0] = &b->u.setup->multiple_calls, flags[1] = &b->u.setup->maintain_connection;
		break;
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_CALL_PROCEEDING:
		flags[0] = &b->u.call_proceeding->multiple_calls,
		flags[1] = &b->u.call_proceeding->maintain_connection;
		break;
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_ALERTING:
		flags[0] = &b->u.alerting->multiple_calls, flags[1] = &b->u.alerting->maintain_connection;
		break;
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_CONNECT:
		flags[0] = &b->u.connect->multiple_calls, flags[1] = &b->u.connect->maintain_connection;
		break;
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_FACILITY:
		flags[0] = &b->u.facility->multiple_calls, flags[1] = &b->u.facility->maintain_connection;
		break;
	default: return;
	}
	for (int i = 0; i < 2; i++) {
		t->changed = t->changed || *flags[i];
		*flags[i] = false;
	}
}

/* The first user-user element is the one that is translated; a second would pass as it is. */
static void one_user_user(struct q931_msg *q)
{
	uint16_t kept = 0;
	bool seen = false;
	for (uint16_t i = 0; i < q->n; i++) {
		const bool uu = q->ie[i].id == Q931_IE_USER_USER && q->ie[i].codeset == 0;
		if (!uu || !seen)
			q->ie[kept++] = q->ie[i];
		seen = seen || uu;
	}
	q->n = kept;
}

static void translate_display(struct gw_translation *t, struct q931_msg *q)
{
	for (uint16_t i = 0; i < q->n; i++)
		if (q->ie[i].id == Q931_IE_DISPLAY)
			q->ie[i].v = gw_translate_text(t, q->ie[i].v, 1, Q931_SHORT_MAX, "Display");
}

static void note_message(struct gw_call *call, int from, const char *text, const struct gw_translation *t)
{
	gw_note(call, from, GW_VIA_H225, text, t->addrs, t->n_addrs);
	for (const struct gw_tunnelled *l = t->tunnelled; l != NULL; l = l->next)
		gw_note(call, from, GW_VIA_TUNNEL, l->text, l->addrs, l->n_addrs);
}

/* What the message means for fast connect, and how far the call is. */
static void follow(struct gw_call *call, int from, const struct h225_msg *m, bool fast_accepted)
{
	struct h225_common common = { 0 };
	if (from != GW_CALLEE)
		return;
	if (m->has_uu)
		h225_common_read(&m->uu.h323_uu_pdu.h323_message_body, &common);
	if (!call->fast_answered &&
		(fast_accepted || common.fast_connect_refused || m->q931.type == Q931_CONNECT)) {
		call->fast_answered = true;
		gw_channel_drop_proposals(call);
	}
	switch (m->q931.type) {
	case Q931_CALL_PROCEEDING:
	case Q931_PROGRESS:
		if (call->state < GW_CALL_PROCEEDING)
			call->state = GW_CALL_PROCEEDING;
		break;
	case Q931_ALERTING:
		if (call->state < GW_CALL_RINGING)
			call->state = GW_CALL_RINGING;
		break;
	case Q931_CONNECT:
		call->state = GW_CALL_ACTIVE;
		if (call->active_ms == 0)
			call->active_ms = gw_now(call->gw);
		break;
	default: break;
	}
}

/* Both legs' machines see the message. PST_E_STATE: it is not permitted here. */
static int step_machines(struct gw_call *call, int from, uint8_t type)
{
	struct h225_call_step got = { 0 }, sent = { 0 };
	int err = h225_call_message(&call->leg[from].machine, H225_CALL_GOT, type, &got);
	if (err == 0)
		err = h225_call_message(&call->leg[1 - from].machine, H225_CALL_SENT, type, &sent);
	apply_timers(call, &call->leg[from], &got);
	apply_timers(call, &call->leg[1 - from], &sent);
	return err;
}

/* Channels that the policy refuses are rejected by us, the way they came (H.323 8.2.1). */
static void send_rejects(struct gw_call *call, int to, const struct gw_translation *t)
{
	struct arena *a = &call->gw->arena;
	struct gw_leg *leg = &call->leg[to];
	for (const struct gw_reject *r = t->rejects; r != NULL && leg->conn.state == GW_CONN_OPEN; r = r->next) {
		struct h225_call_step step = { 0 };
		struct pst_slice octets;
		struct h225_msg m;
		struct writer w = wr_of(call->gw->out, GW_OUT_MAX);
		if (gw_reject_encode(call, r, &octets) != 0 ||
			h225_init(&m, Q931_FACILITY, call->crv, to == GW_CALLER, H225_OUR_VERSION, a) != 0)
			return;
		h225_make_empty(&m);
		struct h225_h323_uu_pdu *pdu = &m.uu.h323_uu_pdu;
		pdu->has_h245_tunneling = pdu->h245_tunneling = pdu->has_h245_control = true;
		pdu->h245_control.n = 1;
		pdu->h245_control.v = &octets;
		if (h225_call_message(&leg->machine, H225_CALL_SENT, Q931_FACILITY, &step) != 0 ||
			h225_encode(&m, &w, NULL) != 0)
			return;
		gw_note(call, -1, GW_VIA_TUNNEL, gw_reject_text(call, r), NULL, 0);
		gw_conn_send(&leg->conn, wr_slice(&w));
	}
}

static void pass(struct gw_call *call, int from, struct h225_msg *m)
{
	struct gateway *gw = call->gw;
	struct gw_translation t;
	struct asn1_err e = { 0 };
	char text[H225_STRLEN];
	gw_translation_init(&t, call, from);
	h225_str(m, text); /* as it came: the ladder shows the addresses of both sides beside it */
	int err = 0;
	one_user_user(&m->q931);
	if (m->has_uu) {
		err = gw_translate_h225(&t, &m->uu);
		single_call(&t, &m->uu.h323_uu_pdu.h323_message_body);
	}
	translate_display(&t, &m->q931);
	note_message(call, from, text, &t);
	if (call->state == GW_CALL_ENDED)
		return;
	struct writer w = wr_of(gw->out, GW_OUT_MAX);
	if (err == 0)
		err = h225_encode(m, &w, &e);
	if (err != 0) {
		gw_complain(call, "%s not passed on: %s", q931_type_name(m->q931.type), pst_strerror(err));
		gw->count.undecodable +=
			err == PST_E_BAD || err == PST_E_SHORT; /* what it carries, that is */
		gw_call_release(call,
			err == PST_E_BAD || err == PST_E_SHORT
				? H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON
				: H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES,
			err == PST_E_SPACE ? "no ports are left for its media"
					   : "a message could not be passed on");
		return;
	}
	gw_conn_send(&call->leg[1 - from].conn, wr_slice(&w));
	if (call->state == GW_CALL_ENDED)
		return;
	send_rejects(call, from, &t);
	if (call->state == GW_CALL_ENDED)
		return;
	follow(call, from, m, t.fast_accepted);
	if (m->q931.type == Q931_RELEASE_COMPLETE) {
		call->leg[0].released = call->leg[1].released = true;
		call_end(call, from == GW_CALLER ? "cleared by the caller" : "cleared by the callee");
		return;
	}
	gw_call_schedule(call);
}

/* A message for another call on the same connection. */
static bool other_call(struct gw_call *call, const struct h225_msg *m)
{
	return m->q931.crv != 0 && m->q931.crv != call->crv && call->state != GW_CALL_NEW;
}

static void message(struct gw_conn *c, struct h225_msg *m)
{
	struct gw_call *call = c->call;
	const uint8_t type = m->q931.type;
	call->gw->count.messages[c->leg]++;
	call->heard_ms = gw_now(call->gw);
	if (other_call(call, m)) {
		call->gw->count.bad_state++;
		gw_complain(call, "%s with another call reference ignored", q931_type_name(type));
		return;
	}
	if (call->state == GW_CALL_NEW) {
		if (type == Q931_FACILITY && gw_behind_came(c, m))
			return;
		call->crv = m->q931.crv;
		if (type != Q931_SETUP) {
			call->gw->count.bad_state++;
			gw_complain(call, "%s where a Setup was due", q931_type_name(type));
			gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON,
				"the first message was no Setup");
			return;
		}
	}
	if (step_machines(call, c->leg, type) != 0) {
		call->gw->count.bad_state++;
		gw_complain(call, "%s is not permitted in state %s: ignored", q931_type_name(type),
			h225_call_state_name(call->leg[c->leg].machine.state));
		return;
	}
	if (call->state == GW_CALL_NEW && !gw_begin(call, m))
		return;
	pass(call, c->leg, m);
}

/* The call reference of what may be no more than the beginning of a Q.931 message (4.2, 4.3). */
static bool peek_reference(struct pst_slice payload, uint16_t *crv)
{
	struct reader r = rd_of(payload);
	uint8_t pd, len;
	if (rd_u8(&r, &pd) != 0 || rd_u8(&r, &len) != 0 || rd_u16(&r, crv) != 0)
		return false;
	*crv &= Q931_CRV_MAX;
	return pd == Q931_PD && len == 2;
}

static void undecodable(struct gw_conn *c, struct pst_slice payload, const struct asn1_err *e)
{
	struct gw_call *call = c->call;
	uint16_t crv;
	call->gw->count.undecodable++;
	gw_complain(call, "message of the %s does not decode: %s at bit %u (%s)",
		c->leg == GW_CALLER ? "caller" : "callee", e->what, e->bit, e->path);
	/* a ReleaseComplete can be sent where the reference at least is known */
	if (call->state == GW_CALL_NEW && peek_reference(payload, &crv)) {
		call->crv = crv;
		call->leg[GW_CALLER].machine.state = H225_CALL_PRESENT;
	}
	gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON, "a message did not decode");
}

void gw_call_settle(struct gw_call *call)
{
	if (call->kind != GW_CALL_H323 && call->pairs == NULL && call->state != GW_CALL_ENDED)
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON, call->pair_why);
	gw_secondary_reap(call);
	if (call->state == GW_CALL_ENDED) /* it is kept for a while; half a message need not be */
		for (int l = 0; l < GW_LEGS; l++)
			frames_reset(&call->leg[l].conn.in);
}

/* What has come so far stays until the call goes on. */
static void keep(struct gw_conn *c, struct pst_slice setup)
{
	const struct pst_slice rest = frames_rest(&c->in);
	struct gw_kept *k = malloc(sizeof *k + setup.n + rest.n);
	if (k == NULL) {
		gw_call_release(c->call, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES, "out of memory");
		return;
	}
	k->n_setup = setup.n;
	k->n_rest = rest.n;
	memcpy(k->octets, setup.p, setup.n);
	if (rest.n > 0)
		memcpy(k->octets + setup.n, rest.p, rest.n);
	c->call->kept = k;
}

static void resume(struct gw_call *call, const struct gw_kept *k)
{
	struct gw_conn *c = &call->leg[GW_CALLER].conn;
	struct h225_msg m;
	arena_reset(&call->gw->arena);
	if (h225_decode(&m, slice_of(k->octets, k->n_setup), NULL, &call->gw->arena, NULL) != 0) {
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES, "out of memory");
		return;
	}
	if (!gw_begin(call, &m))
		return;
	pass(call, GW_CALLER, &m);
	if (k->n_rest > 0 && c->state == GW_CONN_OPEN)
		gw_call_data(c, slice_of(k->octets + k->n_setup, k->n_rest));
	if (c->state != GW_CONN_OPEN)
		return;
	c->paused = false;
	call->gw->io->pause(call->gw->io_arg, c, false);
}

void gw_call_resume(struct gw_call *call)
{
	struct gw_kept *k = call->kept;
	call->kept = NULL;
	call->deadline_ms = 0;
	if (call->kind != GW_CALL_H323 && call->state != GW_CALL_ENDED) {
		gw_port_call_resume(call);
	} else if (k != NULL && call->state != GW_CALL_ENDED) {
		call->deadline_ms = gw_now(call->gw) + call->cfg->timers.setup_ms;
		resume(call, k);
	}
	if (call->wait != NULL)
		call->kept = k; /* for something else now */
	else
		free(k);
	gw_call_settle(call);
}

void gw_call_data(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_call *call = c->call;
	frames_feed(&c->in, octets);
	while (call->state != GW_CALL_ENDED && c->state == GW_CONN_OPEN) {
		struct pst_slice payload;
		struct asn1_err e = { 0 };
		struct h225_msg m;
		const int err = tpkt_next(&c->in, &payload);
		if (err == PST_E_AGAIN)
			return;
		if (err != 0) {
			e.what = c->in.what;
			undecodable(c, slice_of(NULL, 0), &e);
			return;
		}
		call->heard_ms = gw_now(call->gw);
		if (payload.n == 0)
			continue; /* a keep-alive is between neighbours */
		arena_reset(&call->gw->arena);
		if (h225_decode(&m, payload, NULL, &call->gw->arena, &e) != 0) {
			undecodable(c, payload, &e);
			return;
		}
		message(c, &m);
		if (call->wait != NULL) {
			keep(c, payload);
			return;
		}
	}
}

void gw_call_opened(struct gw_conn *c)
{
	struct gw_call *call = c->call;
	struct gw_leg *leg = &call->leg[c->leg];
	const uint64_t now = gw_now(call->gw);
	call->deadline_ms = 0;
	for (int t = 0; t <= TIMER_T322; t++)
		if (leg->timers[t] != 0)
			leg->timers[t] = now + timer_ms(call, t);
	gw_call_schedule(call);
}

void gw_call_lost(struct gw_conn *c)
{
	struct gw_call *call = c->call;
	if (call->state == GW_CALL_CONNECTING && c->leg == GW_CALLEE)
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION,
			"the called host cannot be connected to");
	else
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON,
			c->leg == GW_CALLER ? "the caller closed the connection"
					    : "the callee closed the connection");
}

/* --- upcalls --- */

void gw_conn_opened(struct gw_conn *c, const struct addr *local)
{
	struct gw_call *call = c->call;
	c->state = GW_CONN_OPEN;
	c->local = *local;
	if (c->n_pending > 0) {
		uint8_t *p = c->pending;
		const size_t n = c->n_pending;
		c->pending = NULL;
		c->n_pending = 0;
		gw_conn_send(c, slice_of(p, n));
		free(p);
	}
	if (c->kind == GW_CONN_AUDIO && c->state == GW_CONN_OPEN)
		gw_audio_opened(c);
	if (c->pair == NULL && call->state != GW_CALL_ENDED)
		gw_call_opened(c);
	else if (c->pair != NULL && c->state == GW_CONN_OPEN &&
		 call->gw->io->queued(call->gw->io_arg, c) == 0)
		gw_pair_drained(c);
	gw_call_settle(call);
}

void gw_conn_drained(struct gw_conn *c)
{
	if (c->pair != NULL)
		gw_pair_drained(c);
}

void gw_conn_data(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_call *call = c->call;
	if (c->pair != NULL) {
		call->heard_ms = gw_now(call->gw);
		gw_pair_data(c, octets);
		if (call->state != GW_CALL_ENDED)
			gw_call_schedule(call);
	} else {
		gw_call_data(c, octets);
	}
	gw_call_settle(call);
}

void gw_conn_closed(struct gw_conn *c, int err)
{
	struct gw_call *call = c->call;
	(void)err;
	c->handle = NULL;
	c->state = GW_CONN_CLOSED;
	if (c->pair != NULL)
		gw_pair_closed(c);
	else
		gw_call_lost(c);
	gw_call_settle(call);
}

void gw_call_tick(struct gw_call *call)
{
	gw_call_due(call);
	gw_call_settle(call);
}
