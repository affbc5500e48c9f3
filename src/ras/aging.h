/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a gatekeeper sees that an endpoint is gone (H.323 7.2.2): one that gave a
 * timeToLive has to renew its registration in time; one that gave none
 * (NetMeeting) is asked with InfoRequest when nothing was heard of it for the
 * default time, and is gone when it leaves all of them unanswered.
 *
 *	           TIMEOUT (no timeToLive)
 *	ALIVE ----------------------------> ASKED --- TIMEOUT, none left ---> GONE
 *	  ^  |                                |
 *	  |  | TIMEOUT (timeToLive): GONE     | HEARD, REGISTERED
 *	  +--+--------------------------------+
 */
#ifndef PST_RAS_AGING_H
#define PST_RAS_AGING_H

#include <stdbool.h>
#include <stdint.h>

enum ras_aging_state { RAS_ALIVE, RAS_ASKED, RAS_GONE };
enum ras_aging_event { RAS_AGING_REGISTERED, RAS_AGING_HEARD, RAS_AGING_TIMEOUT };

struct ras_aging_rules {
	uint32_t default_ms; /* silence of an endpoint without timeToLive */
	uint32_t grace_ms;   /* what a timeToLive is stretched by: retransmissions take time */
	uint32_t ask_ms;     /* between two InfoRequests */
	uint8_t asks;        /* how many */
};

struct ras_aging {
	uint8_t state; /* enum ras_aging_state */
	uint8_t asked;
	uint32_t ttl_ms; /* 0: it gave none */
};

struct ras_aging_step {
	uint32_t timer_ms; /* 0: the timer goes on as it is; else it starts anew */
	bool ask;          /* send an InfoRequest */
	bool gone;         /* unregister it; nothing more comes */
};

/* TTL_MS: with RAS_AGING_REGISTERED, of the request, 0: none. Zero A before its first registration. */
struct ras_aging_step ras_aging_event(
	struct ras_aging *a, const struct ras_aging_rules *rules, enum ras_aging_event e, uint32_t ttl_ms);

#endif
