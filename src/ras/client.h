/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An endpoint's side of registration (H.323 7.2): discovery, the full request,
 * light ones in time (keepAlive), a full one again where the gatekeeper forgot
 * us, and the end. Requests go out and come back through ras/request.h; here
 * only their outcomes count.
 *
 *	IDLE -> DISCOVERING -> REGISTERING -> REGISTERED <-> REFRESHING
 *	                                          |              |
 *	                                     UNREGISTERING <-----+ ... -> IDLE
 */
#ifndef PST_RAS_CLIENT_H
#define PST_RAS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

enum ras_client_state {
	RAS_CLIENT_IDLE,
	RAS_CLIENT_DISCOVERING,
	RAS_CLIENT_REGISTERING,
	RAS_CLIENT_REGISTERED,
	RAS_CLIENT_REFRESHING,
	RAS_CLIENT_UNREGISTERING,
	RAS_CLIENT_STATES
};

enum ras_client_event {
	RAS_CLIENT_DISCOVER,     /* the user: find a gatekeeper, then register */
	RAS_CLIENT_REGISTER,     /* the user: register with one that is known */
	RAS_CLIENT_STOP,         /* the user */
	RAS_CLIENT_CONFIRMED,    /* the open request */
	RAS_CLIENT_REJECTED,
	RAS_CLIENT_FORGOTTEN,    /* rejected with discoveryRequired or fullRegistrationRequired */
	RAS_CLIENT_UNANSWERED,
	RAS_CLIENT_TIME,         /* the refresh timer */
	RAS_CLIENT_UNREGISTERED, /* the gatekeeper asked for it (URQ) */
	RAS_CLIENT_EVENTS
};

enum ras_client_send { RAS_SEND_NOTHING, RAS_SEND_GRQ, RAS_SEND_RRQ, RAS_SEND_LIGHT_RRQ, RAS_SEND_URQ };
enum ras_client_news { RAS_NEWS_NONE, RAS_NEWS_REGISTERED, RAS_NEWS_FAILED, RAS_NEWS_LOST, RAS_NEWS_ENDED };

struct ras_client {
	uint8_t state; /* enum ras_client_state */
};

struct ras_client_step {
	uint8_t send;        /* enum ras_client_send */
	uint8_t news;        /* enum ras_client_news: what the user is told */
	bool timer_stop;
	uint32_t refresh_ms; /* not 0: start the refresh timer */
};

/* TTL_S: with RAS_CLIENT_CONFIRMED, the timeToLive of the gatekeeper, 0: none, so that nothing is refreshed.
 * False: the event means nothing in this state. */
bool ras_client_event(struct ras_client *c, enum ras_client_event e, uint32_t ttl_s, struct ras_client_step *out);

#endif
