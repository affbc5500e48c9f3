/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two terminals and a queue of what happens to them, until both have ended. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "call/terminal.h"

enum { TPKT_LEN = 4, HAPPENINGS_MAX = 256 };

struct happening {
	enum script_side to;
	enum script_channel channel;
	struct terminal_event event;
	uint8_t *octets; /* of a message: the payload */
};

struct stage {
	struct scripts *scripts;
	struct terminal *terminals[SCRIPT_SIDES];
	struct addr ends[SCRIPT_SIDES];
	struct happening queue[HAPPENINGS_MAX];
	unsigned first, n;
	bool connected[SCRIPT_SIDES], hung_up, ended[SCRIPT_SIDES];
	int err;
};

uint8_t script_kind(enum script_channel channel, const uint8_t *payload, size_t len)
{
	/* Q.931: discriminator, length of the call reference and the reference, type. */
	const size_t at = channel == SCRIPT_SIGNAL ? (len > 1 ? 2 + (size_t)payload[1] : 0) : 0;
	return at < len ? payload[at] : 0;
}

static void happen(struct stage *s, enum script_side to, enum terminal_event_type type, struct addr local, struct addr peer)
{
	if (s->n == HAPPENINGS_MAX) {
		s->err = PST_E_SPACE;
		return;
	}
	s->queue[s->n++] = (struct happening){ .to = to, .event = { .type = type, .local = local, .addr = peer } };
}

static struct script_step *step_add(struct stage *s, enum script_side side, enum script_channel channel)
{
	struct script *script = &s->scripts->of[side][channel];
	if (script->n == SCRIPT_STEPS_MAX) {
		s->err = PST_E_SPACE;
		return NULL;
	}
	return &script->steps[script->n++];
}

static void message(struct stage *s, enum script_side from, enum script_channel channel, struct pst_slice octets)
{
	struct script_step *step = step_add(s, from, channel);
	uint8_t *copy = malloc(octets.n);
	if (step == NULL || copy == NULL || octets.n < TPKT_LEN) {
		s->err = s->err != 0 ? s->err : PST_E_NOMEM;
		free(copy);
		return;
	}
	memcpy(copy, octets.p, octets.n);
	*step = (struct script_step){ .send = true, .octets = copy, .len = octets.n };
	const struct addr none = { 0 };
	const enum script_side to = from == SCRIPT_CALLER ? SCRIPT_CALLEE : SCRIPT_CALLER;
	happen(s, to, channel == SCRIPT_SIGNAL ? TERMINAL_SIGNAL_MESSAGE : TERMINAL_H245_MESSAGE, none, none);
	if (s->err == 0) {
		struct happening *h = &s->queue[s->n - 1];
		h->channel = channel;
		h->octets = copy + TPKT_LEN;
		h->event.octets = (struct pst_slice){ copy + TPKT_LEN, octets.n - TPKT_LEN };
	}
}

static void carry_out(struct stage *s, enum script_side side, const struct terminal_action *a)
{
	const enum script_side other = side == SCRIPT_CALLER ? SCRIPT_CALLEE : SCRIPT_CALLER;
	const struct addr mine = s->ends[side], theirs = s->ends[other];
	switch (a->type) {
	case TERMINAL_CONNECT_SIGNAL:
		happen(s, other, TERMINAL_SIGNAL_INCOMING, theirs, mine);
		happen(s, side, TERMINAL_SIGNAL_CONNECTED, mine, theirs);
		break;
	case TERMINAL_CONNECT_H245:
		s->scripts->separate_h245 = true;
		happen(s, other, TERMINAL_H245_INCOMING, a->addr, mine);
		happen(s, side, TERMINAL_H245_CONNECTED, mine, a->addr);
		break;
	case TERMINAL_SEND_SIGNAL: message(s, side, SCRIPT_SIGNAL, a->octets); break;
	case TERMINAL_SEND_H245: message(s, side, SCRIPT_H245, a->octets); break;
	case TERMINAL_CLOSE_SIGNAL: happen(s, other, TERMINAL_SIGNAL_CLOSED, theirs, mine); break;
	case TERMINAL_CLOSE_H245: happen(s, other, TERMINAL_H245_CLOSED, theirs, mine); break;
	case TERMINAL_INCOMING: happen(s, side, TERMINAL_ANSWER, mine, theirs); break;
	case TERMINAL_CONNECTED: s->connected[side] = true; break;
	case TERMINAL_ENDED: s->ended[side] = true; break;
	default: break;
	}
}

/* Everything that can happen by itself has: the call stands. */
static void hang_up(struct stage *s)
{
	struct terminal_info info;
	for (int side = 0; side < SCRIPT_SIDES; side++) {
		for (int channel = 0; channel < SCRIPT_CHANNELS; channel++)
			s->scripts->of[side][channel].hold = s->scripts->of[side][channel].n;
		terminal_info(s->terminals[side], &info);
		if (!s->connected[side] || !info.tx || !info.rx)
			s->err = PST_E_STATE;
	}
	terminal_info(s->terminals[SCRIPT_CALLER], &info);
	memcpy(s->scripts->call_id, info.call_id, sizeof info.call_id);
	s->hung_up = true;
	happen(s, SCRIPT_CALLER, TERMINAL_HANGUP, s->ends[SCRIPT_CALLER], s->ends[SCRIPT_CALLEE]);
}

static void play(struct stage *s)
{
	happen(s, SCRIPT_CALLER, TERMINAL_DIAL, s->ends[SCRIPT_CALLER], s->ends[SCRIPT_CALLEE]);
	while (s->err == 0) {
		if (s->first == s->n) {
			if (s->hung_up)
				break;
			hang_up(s);
			continue;
		}
		struct happening *h = &s->queue[s->first++];
		if (h->octets != NULL) {
			struct script_step *step = step_add(s, h->to, h->channel);
			if (step != NULL)
				step->kind = script_kind(h->channel, h->octets, h->event.octets.n);
		}
		const int err = terminal_event(s->terminals[h->to], &h->event);
		if (err != 0) {
			s->err = err;
			break;
		}
		for (const struct terminal_action *a = terminal_actions(s->terminals[h->to]); a != NULL; a = a->next)
			carry_out(s, h->to, a);
	}
	if (s->err == 0 && !s->ended[SCRIPT_CALLER])
		s->err = PST_E_STATE;
}

int scripts_make(struct scripts *out, const struct addr ends[SCRIPT_SIDES], uint16_t h245_port, bool fast, bool tunnel)
{
	static const char *const names[SCRIPT_SIDES][1] = { { "load" }, { "answer" } };
	struct stage *s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	memset(out, 0, sizeof *out);
	s->scripts = out;
	memcpy(s->ends, ends, sizeof s->ends);
	for (int side = 0; side < SCRIPT_SIDES && s->err == 0; side++) {
		const struct terminal_config config = {
			.aliases = names[side], .n_aliases = 1, .fast_start = fast, .tunnelling = tunnel,
			.codecs = { TERMINAL_G711U, TERMINAL_G711A }, .n_codecs = 2,
			.h245 = addr_with_port(ends[side], h245_port), .rtp = addr_with_port(ends[side], 5000),
			.rtcp = addr_with_port(ends[side], 5001), .seed = { 1 + (uint64_t)side, 2 },
		};
		s->err = terminal_new(&s->terminals[side], &config);
	}
	if (s->err == 0)
		play(s);
	const int err = s->err;
	for (int side = 0; side < SCRIPT_SIDES; side++)
		terminal_free(s->terminals[side]);
	free(s);
	if (err != 0)
		scripts_free(out);
	return err;
}

void scripts_free(struct scripts *s)
{
	for (int side = 0; side < SCRIPT_SIDES; side++) {
		for (int channel = 0; channel < SCRIPT_CHANNELS; channel++) {
			struct script *script = &s->of[side][channel];
			for (unsigned i = 0; i < script->n; i++)
				free(script->steps[i].octets);
			script->n = 0;
		}
	}
}
