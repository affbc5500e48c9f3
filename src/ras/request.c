/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ras/request.h"

enum action { REFUSE, SEND, WAIT, AGAIN, OVER };

static const struct transition {
	uint8_t action; /* enum action */
	uint8_t outcome;
} table[RAS_REQUEST_STATES][RAS_REQUEST_EVENTS] = {
	[RAS_REQUEST_IDLE] = {
		[RAS_REQUEST_START] = { SEND, RAS_PENDING },
		[RAS_REQUEST_CANCEL] = { OVER, RAS_UNANSWERED },
	},
	[RAS_REQUEST_WAITING] = {
		[RAS_REQUEST_CONFIRM] = { OVER, RAS_CONFIRMED },
		[RAS_REQUEST_REJECT] = { OVER, RAS_REJECTED },
		[RAS_REQUEST_IN_PROGRESS] = { WAIT, RAS_PENDING },
		[RAS_REQUEST_TIMEOUT] = { AGAIN, RAS_UNANSWERED },
		[RAS_REQUEST_CANCEL] = { OVER, RAS_UNANSWERED },
	},
};

void ras_request_init(struct ras_request *r, enum ras_kind kind, uint16_t seq)
{
	*r = (struct ras_request){ .kind = (uint8_t)kind, .seq = seq };
	r->repeats = call_timer_info(ras_kind_info(kind)->timer)->retries;
}

int ras_request_event(struct ras_request *r, enum ras_request_event e, uint32_t delay_ms, struct ras_request_step *out)
{
	const struct transition *t = &table[r->state][e];
	*out = (struct ras_request_step){ .timer = ras_kind_info((enum ras_kind)r->kind)->timer };
	enum action a = (enum action)t->action;
	if (a == REFUSE)
		return PST_E_STATE;
	if (a == AGAIN) {
		a = r->repeats > 0 ? SEND : OVER;
		r->repeats -= r->repeats > 0;
	}
	if (a == OVER) {
		out->timer_stop = r->state == RAS_REQUEST_WAITING;
		out->outcome = (enum ras_outcome)t->outcome;
		r->state = RAS_REQUEST_DONE;
		return 0;
	}
	out->send = a == SEND;
	out->timer_start = true;
	out->timer_ms = delay_ms;
	r->state = RAS_REQUEST_WAITING;
	return 0;
}

bool ras_request_match(
	const struct ras_request *r, const struct h225_ras_message *m, enum ras_request_event *e, uint32_t *delay_ms)
{
	const struct ras_kind_info *k = ras_kind_info((enum ras_kind)r->kind);
	uint32_t seq;
	*delay_ms = 0;
	if (!ras_seq(m, &seq) || seq != r->seq || m->choice == ASN1_UNKNOWN)
		return false;
	if (m->choice == H225_RAS_MESSAGE_REQUEST_IN_PROGRESS) {
		*e = RAS_REQUEST_IN_PROGRESS;
		*delay_ms = m->u.request_in_progress->delay;
	} else if (m->choice == k->confirm) {
		*e = RAS_REQUEST_CONFIRM;
	} else if (m->choice == k->reject || m->choice == H225_RAS_MESSAGE_UNKNOWN_MESSAGE_RESPONSE) {
		*e = RAS_REQUEST_REJECT;
	} else {
		return false;
	}
	return true;
}

uint16_t ras_next_seq(uint16_t seq)
{
	return seq == UINT16_MAX ? 1 : (uint16_t)(seq + 1);
}
