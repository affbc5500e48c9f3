/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal from outside: events in, a list of actions out. */
#include "call/terminal.h"

#include <stdlib.h>

#include "call/terminal_int.h"
#include "h225/build.h"
#include "q931/ie.h"

enum { ARENA_DEFAULT = 1 << 20 };

_Static_assert((int)TT_N <= (int)TERMINAL_TIMERS, "timer numbers");

static const uint8_t timer_of[TT_N] = {
	[TT_CONNECT] = TIMER_CONNECT, [TT_T301] = TIMER_T301, [TT_T302] = TIMER_T302, [TT_T303] = TIMER_T303,
	[TT_T304] = TIMER_T304, [TT_T310] = TIMER_T310, [TT_T322] = TIMER_T322, [TT_H245_CONNECT] = TIMER_H245_CONNECT,
	[TT_END_SESSION] = TIMER_END_SESSION, [TT_ROUND_TRIP] = TIMER_ROUND_TRIP, [TT_T101] = TIMER_T101,
	[TT_T103] = TIMER_T103, [TT_T105] = TIMER_T105, [TT_T106] = TIMER_T106, [TT_T103_DATA] = TIMER_T103,
};

static void append(struct terminal *t, struct terminal_action *a)
{
	if (t->last != NULL)
		t->last->next = a;
	else
		t->first = a;
	t->last = a;
}

struct terminal_action *terminal_act(struct terminal *t, enum terminal_action_type type)
{
	/* Where memory is out, a place to write to, that nobody reads: the event ends in finish_broken(). */
	struct terminal_action *a = ARENA_NEW(&t->arena, struct terminal_action);
	if (a == NULL) {
		t->broken = true;
		a = &t->final[0];
		*a = (struct terminal_action){ 0 };
	} else {
		append(t, a);
	}
	a->type = type;
	return a;
}

const char *terminal_text(struct terminal *t, struct pst_slice s)
{
	char *p = arena_alloc(&t->arena, s.n + 1);
	if (p == NULL) {
		t->broken = true;
		return NULL;
	}
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

void terminal_trace(struct terminal *t, bool sent, enum terminal_channel channel, const char *text)
{
	if (!t->config.trace)
		return;
	struct terminal_action *a = terminal_act(t, TERMINAL_TRACE);
	a->sent = sent;
	a->channel = (uint8_t)channel;
	a->text = terminal_text(t, slice_str(text));
}

void terminal_timer_start(struct terminal *t, enum terminal_timer timer)
{
	const uint32_t own = t->config.timer_ms[timer_of[timer]];
	struct terminal_action *a = terminal_act(t, TERMINAL_TIMER_START);
	a->timer = (uint8_t)timer;
	a->ms = own != 0 ? own : call_timer_info(timer_of[timer])->default_ms;
	t->timers |= UINT32_C(1) << timer;
}

void terminal_timer_stop(struct terminal *t, enum terminal_timer timer)
{
	if ((t->timers & UINT32_C(1) << timer) == 0)
		return;
	terminal_act(t, TERMINAL_TIMER_STOP)->timer = (uint8_t)timer;
	t->timers &= ~(UINT32_C(1) << timer);
}

void terminal_apply_step(struct terminal *t, const struct h225_call_step *step)
{
	for (int i = 0; i < TT_N; i++) {
		if (step->stop & UINT32_C(1) << timer_of[i])
			terminal_timer_stop(t, (enum terminal_timer)i);
	}
	for (int i = 0; i < TT_N; i++) {
		if (step->start & UINT32_C(1) << timer_of[i])
			terminal_timer_start(t, (enum terminal_timer)i);
	}
}

/* SplitMix64: the seed is what has to be random. */
uint32_t terminal_random(struct terminal *t)
{
	t->random[0] += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = t->random[0] ^ t->random[1];
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 16);
}

void terminal_end(struct terminal *t, uint8_t cause, const char *text, bool by_peer)
{
	struct h225_call_step step;
	if (t->ended)
		return;
	h225_call_lost(&t->call, &step);
	for (int i = 0; i < TT_N; i++)
		terminal_timer_stop(t, (enum terminal_timer)i);
	terminal_media_stop(t);
	terminal_link_down(t);
	if (t->signal_up || t->dialling)
		terminal_act(t, TERMINAL_CLOSE_SIGNAL);
	t->signal_up = t->dialling = false;
	struct terminal_action *a = terminal_act(t, TERMINAL_ENDED);
	a->cause = cause;
	a->text = text;
	a->by_peer = by_peer;
	t->ended = true;
}

static void final_act(struct terminal *t, size_t *n, struct terminal_action a)
{
	t->final[*n] = a;
	append(t, &t->final[*n]);
	(*n)++;
}

/* The event asked for more memory than it may: whatever it was, the call ends, with actions that need none. */
static void finish_broken(struct terminal *t)
{
	size_t n = 0;
	t->first = t->last = NULL;
	for (int i = 0; i < TT_N; i++)
		final_act(t, &n, (struct terminal_action){ .type = TERMINAL_TIMER_STOP, .timer = (uint8_t)i });
	final_act(t, &n, (struct terminal_action){ .type = TERMINAL_TX_STOP });
	final_act(t, &n, (struct terminal_action){ .type = TERMINAL_RX_STOP });
	final_act(t, &n, (struct terminal_action){ .type = TERMINAL_DATA_STOP });
	final_act(t, &n, (struct terminal_action){ .type = TERMINAL_UNLISTEN_H245 });
	final_act(t, &n, (struct terminal_action){ .type = TERMINAL_CLOSE_H245 });
	final_act(t, &n, (struct terminal_action){ .type = TERMINAL_CLOSE_SIGNAL });
	final_act(t, &n, (struct terminal_action){ .type = TERMINAL_ENDED, .cause = Q931_CAUSE_RESOURCE,
		.text = "a message needs more memory than allowed" });
	t->ended = true;
	t->timers = 0;
}

/* ---- the user ---- */

static void dial(struct terminal *t, const struct terminal_event *e)
{
	if (t->signal_up || t->dialling)
		return;
	t->dialling = true;
	t->peer = e->addr;
	if (e->text != NULL) {
		const size_t n = strnlen(e->text, sizeof(t->dest) - 1);
		memcpy(t->dest, e->text, n);
		t->dest[n] = '\0';
	}
	terminal_act(t, TERMINAL_CONNECT_SIGNAL)->addr = e->addr;
	terminal_timer_start(t, TT_CONNECT);
}

static bool is_ringing_here(const struct terminal *t)
{
	return !t->call.originator && (t->call.state == H225_CALL_PRESENT || t->call.state == H225_CALL_RECEIVED ||
		t->call.state == H225_CALL_INCOMING_PROCEEDING);
}

static void answer(struct terminal *t)
{
	if (!is_ringing_here(t) || t->ending)
		return;
	terminal_send_reply(t, Q931_CONNECT);
	t->answered = true;
	terminal_act(t, TERMINAL_CONNECTED);
	terminal_link_due(t);
}

/* ---- connections and timers ---- */

/* "The address of the signalling connection" where the configuration leaves it open. */
static void resolve(struct addr *a, const struct addr *local)
{
	if (addr_is_unspecified(a) && local->family != ADDR_NONE)
		*a = addr_with_port(*local, a->port);
}

static void signal_open(struct terminal *t, const struct terminal_event *e)
{
	t->signal_up = true;
	t->local = e->local;
	if (e->addr.family != ADDR_NONE)
		t->peer = e->addr;
	resolve(&t->config.h245, &e->local);
	resolve(&t->config.rtp, &e->local);
	resolve(&t->config.rtcp, &e->local);
	resolve(&t->config.t120, &e->local);
	if (t->config.t120.port == 0)
		t->config.t120 = (struct addr){ 0 };
}

static void signal_closed(struct terminal *t)
{
	const bool dialling = t->dialling;
	t->signal_up = t->dialling = false;
	if (t->ending)
		terminal_end(t, t->end_cause, t->end_text, t->end_by_peer);
	else if (dialling)
		terminal_end(t, Q931_CAUSE_NO_ROUTE, "no connection", false);
	else
		terminal_end(t, Q931_CAUSE_TEMPORARY, "the signalling connection was lost", true);
}

static void signal_expiry(struct terminal *t, enum terminal_timer timer)
{
	struct h225_call_step step;
	if (h225_call_expiry(&t->call, timer_of[timer], &step) == 0)
		terminal_release(t, step.cause, call_timer_info(timer_of[timer])->description);
}

static void expiry(struct terminal *t, uint8_t timer)
{
	if (timer >= TT_N || (t->timers & UINT32_C(1) << timer) == 0)
		return;
	t->timers &= ~(UINT32_C(1) << timer);
	switch ((enum terminal_timer)timer) {
	case TT_CONNECT:
		terminal_end(t, t->dialling ? Q931_CAUSE_NO_ROUTE : Q931_CAUSE_TIMER,
			t->dialling ? "no connection in time" : "no Setup in time", false);
		break;
	case TT_H245_CONNECT: terminal_link_expired(t); break;
	case TT_END_SESSION: terminal_release_now(t); break;
	case TT_ROUND_TRIP:
	case TT_T101:
	case TT_T103:
	case TT_T105:
	case TT_T103_DATA:
	case TT_T106: terminal_h245_expiry(t, (enum terminal_timer)timer); break;
	default: signal_expiry(t, (enum terminal_timer)timer); break;
	}
}

static void dispatch(struct terminal *t, const struct terminal_event *e)
{
	switch (e->type) {
	case TERMINAL_DIAL: dial(t, e); break;
	case TERMINAL_ALERT:
		if (is_ringing_here(t) && t->call.state != H225_CALL_RECEIVED && !t->ending)
			terminal_send_reply(t, Q931_ALERTING);
		break;
	case TERMINAL_ANSWER: answer(t); break;
	case TERMINAL_REJECT:
		if (is_ringing_here(t))
			terminal_release(t, e->cause != 0 ? e->cause : Q931_CAUSE_BUSY, "rejected here");
		break;
	case TERMINAL_HANGUP:
		terminal_release(t, e->cause != 0 ? e->cause : Q931_CAUSE_NORMAL, "hung up here");
		break;
	case TERMINAL_SEND_DTMF:
		if (e->text != NULL)
			terminal_h245_dtmf(t, e->text);
		break;
	case TERMINAL_SIGNAL_INCOMING:
		if (t->signal_up || t->dialling)
			break;
		signal_open(t, e);
		terminal_timer_start(t, TT_CONNECT);
		break;
	case TERMINAL_SIGNAL_CONNECTED:
		if (!t->dialling)
			break;
		t->dialling = false;
		terminal_timer_stop(t, TT_CONNECT);
		signal_open(t, e);
		terminal_send_setup(t);
		break;
	case TERMINAL_SIGNAL_MESSAGE:
		if (t->signal_up && e->octets.n > 0)
			terminal_got_signal(t, e->octets);
		break;
	case TERMINAL_SIGNAL_CLOSED:
		if (t->signal_up || t->dialling)
			signal_closed(t);
		break;
	case TERMINAL_H245_INCOMING: terminal_link_incoming(t); break;
	case TERMINAL_H245_CONNECTED: terminal_link_connected(t); break;
	case TERMINAL_H245_MESSAGE:
		if (t->link.connected)
			terminal_h245_got_octets(t, e->octets);
		break;
	case TERMINAL_H245_CLOSED: terminal_link_closed(t); break;
	case TERMINAL_TIMER: expiry(t, e->timer); break;
	default: break;
	}
}

int terminal_event(struct terminal *t, const struct terminal_event *event)
{
	if ((unsigned)event->type >= TERMINAL_EVENTS || (event->type == TERMINAL_DIAL && event->addr.family == ADDR_NONE))
		return PST_E_ARG;
	arena_reset(&t->arena);
	t->first = t->last = NULL;
	t->pending = t->pending_last = NULL;
	if (t->ended)
		return 0;
	dispatch(t, event);
	if (!t->ended)
		terminal_flush_tunnel(t);
	if (t->broken)
		finish_broken(t);
	return 0;
}

int terminal_new(struct terminal **out, const struct terminal_config *config)
{
	if (config->n_codecs == 0 || config->n_codecs > TERMINAL_CODECS || config->rtp.port == 0 || config->rtcp.port == 0)
		return PST_E_ARG;
	for (uint8_t i = 0; i < config->n_codecs; i++) {
		if (config->codecs[i] >= TERMINAL_CODECS)
			return PST_E_ARG;
	}
	struct terminal *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return PST_E_NOMEM;
	t->config = *config;
	if (t->config.frames_per_packet == 0)
		t->config.frames_per_packet = 20;
	if (t->config.terminal_type == 0)
		t->config.terminal_type = 50;
	if (t->config.h225_version == 0)
		t->config.h225_version = 4;
	t->random[0] = config->seed[0];
	t->random[1] = config->seed[1];
	arena_init(&t->arena, config->arena_bytes != 0 ? config->arena_bytes : ARENA_DEFAULT);
	tunnel_init(&t->tunnel, config->tunnelling, false);
	terminal_h245_reset(t);
	*out = t;
	return 0;
}

void terminal_free(struct terminal *t)
{
	if (t == NULL)
		return;
	arena_free(&t->arena);
	free(t);
}

const struct terminal_action *terminal_actions(const struct terminal *t)
{
	return t->first;
}

bool terminal_ended(const struct terminal *t)
{
	return t->ended;
}

void terminal_info(const struct terminal *t, struct terminal_info *out)
{
	*out = t->info;
	out->originator = t->call.originator;
	out->call_state = t->call.state;
	out->answered = t->answered;
	out->fast_start = t->fast_state == FAST_ACCEPTED;
	out->master_slave_done = t->h245.msd_done;
	out->master = t->h245.msd_done && t->h245.msd.status == MSD_MASTER;
	memcpy(out->call_id, t->call_id, sizeof(out->call_id));
	memcpy(out->conference_id, t->conference_id, sizeof(out->conference_id));
	out->crv = t->crv;
}

const char *terminal_timer_name(uint8_t timer)
{
	return timer < TT_N ? call_timer_info(timer_of[timer])->name : "?";
}
