/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The timers and counters of the standards in one table. The machines name
 * them; whoever owns the clock looks up how long they run and may put another
 * value in its place, nothing else.
 */
#ifndef PST_CALL_TIMERS_H
#define PST_CALL_TIMERS_H

#include <stdint.h>

enum call_timer {
	/* Q.931 9.6, as H.225.0 clause 7 uses it */
	TIMER_T301, TIMER_T302, TIMER_T303, TIMER_T304, TIMER_T310, TIMER_T322,
	/* H.245 */
	TIMER_T101, TIMER_T102, TIMER_T103, TIMER_T104, TIMER_T105, TIMER_T106, TIMER_T107, TIMER_T108, TIMER_T109,
	/* H.225.0 RAS, 7.20 */
	TIMER_GRQ, TIMER_RRQ, TIMER_URQ, TIMER_ARQ, TIMER_BRQ, TIMER_IRQ, TIMER_IRR, TIMER_DRQ, TIMER_LRQ, TIMER_RAI,
	TIMER_SCI,
	/* ours, where the standards name none */
	TIMER_CONNECT,      /* TCP connection for call signalling */
	TIMER_H245_CONNECT, /* an announced H.245 address until somebody connects */
	TIMER_END_SESSION,  /* endSessionCommand sent, until the peer's */
	TIMER_ROUND_TRIP,   /* between two roundTripDelayRequests */
	TIMER_N,
};

enum {
	CALL_N100 = 3, /* H.245 8.2: masterSlaveDetermination sent at most this often */
	CALL_RAS_RETRIES = 2,
};

struct call_timer_info {
	const char *name;
	const char *clause;      /* where it is defined */
	uint32_t default_ms;
	uint8_t retries;         /* how often the message is repeated on expiry; 0: not */
	const char *description;
};

/* Never NULL; T less than TIMER_N. */
const struct call_timer_info *call_timer_info(enum call_timer t);

#endif
