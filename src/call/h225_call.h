/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state of one H.225.0 call on one signalling connection (Q.931 clause 5
 * as H.225.0 uses it). The owner feeds what it sends and what it receives; the
 * table says the next state and which timers run, or refuses the message. An
 * endpoint has one; a gateway has one for each leg and follows both. Pure.
 */
#ifndef PST_CALL_H225_CALL_H
#define PST_CALL_H225_CALL_H

#include "base/err.h"
#include "call/timers.h"

#include <stdbool.h>

/* Q.931 2.1.1, user side; the numbers are those of the call state element. */
enum h225_call_state {
	H225_CALL_NULL = 0,
	H225_CALL_INITIATED = 1,           /* Setup sent */
	H225_CALL_OVERLAP_SENDING = 2,     /* SetupAcknowledge received */
	H225_CALL_OUTGOING_PROCEEDING = 3, /* CallProceeding received */
	H225_CALL_DELIVERED = 4,           /* Alerting received */
	H225_CALL_PRESENT = 6,             /* Setup received */
	H225_CALL_RECEIVED = 7,            /* Alerting sent */
	H225_CALL_INCOMING_PROCEEDING = 9, /* CallProceeding sent */
	H225_CALL_ACTIVE = 10,
	H225_CALL_ENDED = 19,              /* ReleaseComplete sent or received */
	H225_CALL_OVERLAP_RECEIVING = 25,  /* SetupAcknowledge sent */
};

enum h225_call_dir { H225_CALL_SENT, H225_CALL_GOT };

struct h225_call {
	uint8_t state;   /* enum h225_call_state; zero-initialised: NULL */
	bool originator; /* we sent the Setup */
};

/* What a step asks for. Timers as bits: 1 << enum call_timer; stop before start. */
struct h225_call_step {
	uint32_t stop, start;
	uint8_t cause; /* expiry: Q.850 cause to release with; else 0 */
};

/* Takes one message (enum q931_type). 0: the state is as the table says; PST_E_STATE: not permitted here, nothing
 * changed: the owner ignores it (Q.931 5.8.4) or clears. Messages that do not change the state (Facility, Notify,
 * Information, Status...) are permitted from the Setup on. OUT may be NULL. */
PST_MUST_CHECK int h225_call_message(struct h225_call *c, enum h225_call_dir dir, uint8_t q931_type,
	struct h225_call_step *out);
/* A timer ran out. 0 and a cause where the call is to be released; PST_E_STATE: it means nothing here. */
PST_MUST_CHECK int h225_call_expiry(struct h225_call *c, enum call_timer t, struct h225_call_step *out);
/* The connection went: ended, all timers stopped. */
void h225_call_lost(struct h225_call *c, struct h225_call_step *out);

const char *h225_call_state_name(uint8_t state);

#endif
