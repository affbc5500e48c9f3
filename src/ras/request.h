/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A request that we sent and that is to be answered (H.225.0 7.20): sent again
 * each time its timer expires, as often as the table of timers says, always the
 * same octets under the same requestSeqNum. The owner keeps octets, address and
 * clock; this machine says what is to be done.
 *
 *	        START           CONFIRM, REJECT
 *	IDLE ----------> WAITING ---------------> DONE
 *	                  |   ^       TIMEOUT (none left), CANCEL
 *	                  +---+ TIMEOUT: again; IN_PROGRESS: wait
 */
#ifndef PST_RAS_REQUEST_H
#define PST_RAS_REQUEST_H

#include "ras/kind.h"

enum ras_request_state { RAS_REQUEST_IDLE, RAS_REQUEST_WAITING, RAS_REQUEST_DONE, RAS_REQUEST_STATES };

enum ras_request_event {
	RAS_REQUEST_START,
	RAS_REQUEST_CONFIRM,
	RAS_REQUEST_REJECT,
	RAS_REQUEST_IN_PROGRESS,
	RAS_REQUEST_TIMEOUT,
	RAS_REQUEST_CANCEL,
	RAS_REQUEST_EVENTS
};

enum ras_outcome { RAS_PENDING, RAS_CONFIRMED, RAS_REJECTED, RAS_UNANSWERED };

struct ras_request {
	uint8_t kind;    /* enum ras_kind */
	uint8_t state;   /* enum ras_request_state */
	uint8_t repeats; /* still to be sent on expiry */
	uint16_t seq;
};

struct ras_request_step {
	bool send;           /* the request goes out */
	bool timer_start;    /* runs for TIMER's time, or for TIMER_MS where that is not 0 */
	bool timer_stop;
	uint32_t timer_ms;
	enum call_timer timer;
	enum ras_outcome outcome; /* other than RAS_PENDING: it is over */
};

/* SEQ: 1..65535. */
void ras_request_init(struct ras_request *r, enum ras_kind kind, uint16_t seq);
/* DELAY_MS: of a RequestInProgress, else 0. PST_E_STATE: not permitted now; nothing is to be done. */
PST_MUST_CHECK int ras_request_event(
	struct ras_request *r, enum ras_request_event e, uint32_t delay_ms, struct ras_request_step *out);
/* What M, which came from the one that was asked, is to R. False: it has nothing to do with it. */
bool ras_request_match(const struct ras_request *r, const struct h225_ras_message *m, enum ras_request_event *e,
	uint32_t *delay_ms);
/* The requestSeqNum after SEQ; never 0 (H.225.0 7.7). */
uint16_t ras_next_seq(uint16_t seq);

#endif
