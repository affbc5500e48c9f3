/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The call states of Q.931 5.1 to 5.3 as H.225.0 7.3 leaves them: no Disconnect, no Release, no ConnectAck. */
#include "call/h225_call.h"

#include <stddef.h>

#include "q931/ie.h"
#include "q931/msg.h"

#define T(x) (UINT32_C(1) << TIMER_##x)
#define ALL (T(T301) | T(T302) | T(T303) | T(T304) | T(T310) | T(T322))

_Static_assert(TIMER_N <= 32, "timers are bits");

struct row {
	uint8_t state, dir, type, next;
	uint32_t stop, start;
};

#define SENT H225_CALL_SENT
#define GOT H225_CALL_GOT

static const struct row rows[] = {
	/* who calls */
	{ H225_CALL_NULL, SENT, Q931_SETUP, H225_CALL_INITIATED, 0, T(T303) },
	{ H225_CALL_INITIATED, GOT, Q931_SETUP_ACKNOWLEDGE, H225_CALL_OVERLAP_SENDING, T(T303), T(T304) },
	{ H225_CALL_INITIATED, GOT, Q931_CALL_PROCEEDING, H225_CALL_OUTGOING_PROCEEDING, T(T303), T(T310) },
	{ H225_CALL_INITIATED, GOT, Q931_PROGRESS, H225_CALL_OUTGOING_PROCEEDING, T(T303), T(T301) },
	{ H225_CALL_INITIATED, GOT, Q931_ALERTING, H225_CALL_DELIVERED, T(T303), T(T301) },
	{ H225_CALL_INITIATED, GOT, Q931_CONNECT, H225_CALL_ACTIVE, T(T303), 0 },
	{ H225_CALL_OVERLAP_SENDING, SENT, Q931_INFORMATION, H225_CALL_OVERLAP_SENDING, T(T304), T(T304) },
	{ H225_CALL_OVERLAP_SENDING, GOT, Q931_CALL_PROCEEDING, H225_CALL_OUTGOING_PROCEEDING, T(T304), T(T310) },
	{ H225_CALL_OVERLAP_SENDING, GOT, Q931_PROGRESS, H225_CALL_OUTGOING_PROCEEDING, T(T304), T(T301) },
	{ H225_CALL_OVERLAP_SENDING, GOT, Q931_ALERTING, H225_CALL_DELIVERED, T(T304), T(T301) },
	{ H225_CALL_OVERLAP_SENDING, GOT, Q931_CONNECT, H225_CALL_ACTIVE, T(T304), 0 },
	/* a repeated CallProceeding comes from gatekeepers that route: tolerated, and no longer wait for it */
	{ H225_CALL_OUTGOING_PROCEEDING, GOT, Q931_CALL_PROCEEDING, H225_CALL_OUTGOING_PROCEEDING, 0, 0 },
	{ H225_CALL_OUTGOING_PROCEEDING, GOT, Q931_PROGRESS, H225_CALL_OUTGOING_PROCEEDING, T(T310), T(T301) },
	{ H225_CALL_OUTGOING_PROCEEDING, GOT, Q931_ALERTING, H225_CALL_DELIVERED, T(T310) | T(T301), T(T301) },
	{ H225_CALL_OUTGOING_PROCEEDING, GOT, Q931_CONNECT, H225_CALL_ACTIVE, T(T310) | T(T301), 0 },
	{ H225_CALL_DELIVERED, GOT, Q931_CALL_PROCEEDING, H225_CALL_DELIVERED, 0, 0 },
	{ H225_CALL_DELIVERED, GOT, Q931_PROGRESS, H225_CALL_DELIVERED, 0, 0 },
	{ H225_CALL_DELIVERED, GOT, Q931_ALERTING, H225_CALL_DELIVERED, 0, 0 },
	{ H225_CALL_DELIVERED, GOT, Q931_CONNECT, H225_CALL_ACTIVE, T(T301), 0 },
	/* who is called */
	{ H225_CALL_NULL, GOT, Q931_SETUP, H225_CALL_PRESENT, 0, 0 },
	{ H225_CALL_PRESENT, SENT, Q931_SETUP_ACKNOWLEDGE, H225_CALL_OVERLAP_RECEIVING, 0, T(T302) },
	{ H225_CALL_PRESENT, SENT, Q931_CALL_PROCEEDING, H225_CALL_INCOMING_PROCEEDING, 0, 0 },
	{ H225_CALL_PRESENT, SENT, Q931_PROGRESS, H225_CALL_INCOMING_PROCEEDING, 0, 0 },
	{ H225_CALL_PRESENT, SENT, Q931_ALERTING, H225_CALL_RECEIVED, 0, 0 },
	{ H225_CALL_PRESENT, SENT, Q931_CONNECT, H225_CALL_ACTIVE, 0, 0 },
	{ H225_CALL_OVERLAP_RECEIVING, GOT, Q931_INFORMATION, H225_CALL_OVERLAP_RECEIVING, T(T302), T(T302) },
	{ H225_CALL_OVERLAP_RECEIVING, SENT, Q931_CALL_PROCEEDING, H225_CALL_INCOMING_PROCEEDING, T(T302), 0 },
	{ H225_CALL_OVERLAP_RECEIVING, SENT, Q931_ALERTING, H225_CALL_RECEIVED, T(T302), 0 },
	{ H225_CALL_OVERLAP_RECEIVING, SENT, Q931_CONNECT, H225_CALL_ACTIVE, T(T302), 0 },
	{ H225_CALL_INCOMING_PROCEEDING, SENT, Q931_CALL_PROCEEDING, H225_CALL_INCOMING_PROCEEDING, 0, 0 },
	{ H225_CALL_INCOMING_PROCEEDING, SENT, Q931_PROGRESS, H225_CALL_INCOMING_PROCEEDING, 0, 0 },
	{ H225_CALL_INCOMING_PROCEEDING, SENT, Q931_ALERTING, H225_CALL_RECEIVED, 0, 0 },
	{ H225_CALL_INCOMING_PROCEEDING, SENT, Q931_CONNECT, H225_CALL_ACTIVE, 0, 0 },
	{ H225_CALL_RECEIVED, SENT, Q931_CALL_PROCEEDING, H225_CALL_RECEIVED, 0, 0 },
	{ H225_CALL_RECEIVED, SENT, Q931_PROGRESS, H225_CALL_RECEIVED, 0, 0 },
	{ H225_CALL_RECEIVED, SENT, Q931_ALERTING, H225_CALL_RECEIVED, 0, 0 },
	{ H225_CALL_RECEIVED, SENT, Q931_CONNECT, H225_CALL_ACTIVE, 0, 0 },
};

/* Q.931 9.6, the column of what to do: every one of them clears. */
static const struct {
	uint8_t timer, cause;
} expiries[] = {
	{ TIMER_T301, Q931_CAUSE_NO_ANSWER },
	{ TIMER_T302, Q931_CAUSE_INVALID_NUMBER },
	{ TIMER_T303, Q931_CAUSE_NO_RESPONSE },
	{ TIMER_T304, Q931_CAUSE_INVALID_NUMBER },
	{ TIMER_T310, Q931_CAUSE_NO_RESPONSE },
};

/* Messages of H.225.0 7.3 that leave the call where it is, before the Setup (where a traversal server is told which call
 * a connection is for) as after. */
static bool keeps_state(uint8_t type)
{
	switch (type) {
	case Q931_FACILITY:
	case Q931_NOTIFY:
	case Q931_INFORMATION:
	case Q931_STATUS:
	case Q931_STATUS_INQUIRY: return true;
	default: return false;
	}
}

static void put(struct h225_call_step *out, uint32_t stop, uint32_t start)
{
	if (out != NULL)
		*out = (struct h225_call_step){ .stop = stop, .start = start };
}

static const struct row *find(uint8_t state, uint8_t dir, uint8_t type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].state == state && rows[i].dir == dir && rows[i].type == type)
			return &rows[i];
	}
	return NULL;
}

int h225_call_message(struct h225_call *c, enum h225_call_dir dir, uint8_t q931_type, struct h225_call_step *out)
{
	if (c->state == H225_CALL_ENDED)
		return PST_E_STATE;
	if (q931_type == Q931_RELEASE_COMPLETE) {
		c->state = H225_CALL_ENDED;
		put(out, ALL, 0);
		return 0;
	}
	const struct row *row = find(c->state, (uint8_t)dir, q931_type);
	if (row == NULL) {
		if (!keeps_state(q931_type))
			return PST_E_STATE;
		put(out, 0, 0);
		return 0;
	}
	if (q931_type == Q931_SETUP)
		c->originator = dir == H225_CALL_SENT;
	c->state = row->next;
	put(out, row->stop, row->start);
	return 0;
}

int h225_call_expiry(struct h225_call *c, enum call_timer t, struct h225_call_step *out)
{
	if (c->state == H225_CALL_ENDED || c->state == H225_CALL_ACTIVE || c->state == H225_CALL_NULL)
		return PST_E_STATE;
	for (size_t i = 0; i < sizeof(expiries) / sizeof(expiries[0]); i++) {
		if (expiries[i].timer == t) {
			*out = (struct h225_call_step){ .cause = expiries[i].cause };
			return 0;
		}
	}
	return PST_E_STATE;
}

void h225_call_lost(struct h225_call *c, struct h225_call_step *out)
{
	c->state = H225_CALL_ENDED;
	put(out, ALL, 0);
}

const char *h225_call_state_name(uint8_t state)
{
	switch (state) {
	case H225_CALL_NULL: return "null";
	case H225_CALL_INITIATED: return "call initiated";
	case H225_CALL_OVERLAP_SENDING: return "overlap sending";
	case H225_CALL_OUTGOING_PROCEEDING: return "outgoing call proceeding";
	case H225_CALL_DELIVERED: return "call delivered";
	case H225_CALL_PRESENT: return "call present";
	case H225_CALL_RECEIVED: return "call received";
	case H225_CALL_INCOMING_PROCEEDING: return "incoming call proceeding";
	case H225_CALL_ACTIVE: return "active";
	case H225_CALL_ENDED: return "ended";
	case H225_CALL_OVERLAP_RECEIVING: return "overlap receiving";
	default: return "?";
	}
}
