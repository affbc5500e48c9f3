/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The H.245 procedures of one question and one answer, ours and the peer's:
 * capability exchange (8.3, T101), close logical channel on request (8.6, T108)
 * and round trip delay (8.10, T105). They share two tables.
 */
#ifndef PST_CALL_EXCHANGE_H
#define PST_CALL_EXCHANGE_H

#include "call/proc.h"

enum exchange_state { EXCHANGE_IDLE, EXCHANGE_AWAITING };

/* The side that asks: CESE and CLCSE outgoing, RTDSE. */
enum exchange_out_event {
	EXCHANGE_START,  /* -> SEND_REQUEST, START */
	EXCHANGE_ACK,    /* -> STOP, CONFIRM */
	EXCHANGE_REJECT, /* -> STOP, FAIL */
	EXCHANGE_EXPIRY, /* -> SEND_RELEASE (RTDSE has none: leave it out), FAIL */
};

struct exchange_out {
	uint8_t state;
	uint8_t sequence; /* of the question under way; counted up by EXCHANGE_START */
};

/* SEQUENCE is looked at for EXCHANGE_ACK and EXCHANGE_REJECT: another one than asked is PST_E_STATE, as is an event
 * that means nothing now. CLCSE has no sequence numbers: pass e->sequence. */
PST_MUST_CHECK int exchange_out_step(struct exchange_out *e, enum exchange_out_event event, uint8_t sequence,
	struct proc_out *out);

/* The side that answers. */
enum exchange_in_event {
	EXCHANGE_ASKED,    /* -> INDICATE; again while one is open: the new one counts */
	EXCHANGE_RESPOND,  /* the user's: -> SEND_ACK */
	EXCHANGE_REFUSE,   /* the user's: -> SEND_REJECT */
	EXCHANGE_RELEASED, /* the peer gave up: -> FAIL */
};

struct exchange_in {
	uint8_t state;
	uint8_t sequence; /* of the last question */
};

PST_MUST_CHECK int exchange_in_step(struct exchange_in *e, enum exchange_in_event event, uint8_t sequence,
	struct proc_out *out);

#endif
