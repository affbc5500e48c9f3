/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A node of a data conference on sockets: carries out what conference/conference.h wants done and
 * tells its owner the rest. One per process and loop.
 *
 * What is to be sent waits in memory, and little of it: while one connection does not keep up, nothing is read
 * from the others, so that TCP holds back whoever sends (T.125: a domain is as fast as its slowest receiver).
 * As domains are trees, somebody can always go on. One that takes nothing for half a minute is cut off.
 */
#ifndef PST_ENDPOINT_DATA_H
#define PST_ENDPOINT_DATA_H

#include "conference/conference.h"
#include "loop/tcp.h"

enum { DATA_PORT = 1503 };

struct data_link {
	struct loop_tcp tcp; /* first */
	struct data *data;
	unsigned number;
	uint64_t deadline_ms; /* 0: none */
	uint64_t stuck_ms;    /* its queue is too long, and has not become shorter since then; 0: it is not */
	uint32_t was_queued;  /* then */
	bool paused;	      /* not read from */
};

struct data {
	uv_loop_t *loop;
	struct conference *conference;
	struct loop_listener listener;
	struct data_link *links[CONFERENCE_LINKS];
	unsigned n_open;   /* connections whose memory is still the loop's */
	uint64_t broken;   /* bits: links that failed while actions were carried out */
	uv_timer_t timer;  /* for all deadlines */
	struct addr local; /* to connect from; family ADDR_NONE: any */
	/* Everything but SEND, CLOSE, TIMER_* and ASKED, which is accepted. It must not call the conference. */
	void (*told)(struct data *d, const struct conference_action *a);
	/* All was carried out, or a queue has gone out: the conference may be called, then data_do(). May be
	 * NULL. */
	void (*settled)(struct data *d);
	/* Nothing of the network is left: after data_close(). */
	void (*closed)(struct data *d);
	bool closing, timer_gone, done, settling, again; /* internal */
};

/* D is zeroed but for the members the owner sets: loop, local, told, settled, closed. */
PST_MUST_CHECK int data_open(struct data *d, const struct conference_config *config);
/* Accepts connections on LOCAL; *BOUND gets where. PST_E_BUSY, PST_E_SYS. */
PST_MUST_CHECK int data_listen(struct data *d, const struct addr *local, struct addr *bound);
/* Opens a connection and calls; what comes of it is told as CALLED. */
PST_MUST_CHECK int data_call(
	struct data *d, const struct addr *remote, enum conference_how how, const char *name);
/* After any other call of a conference_ function: carries out what that led to, then `settled`. */
void data_do(struct data *d);
/* Has `settled` called, as if something had happened. */
void data_settle(struct data *d);
/* Leaves the conference, ends all connections, then `closed`. */
void data_close(struct data *d);
/* Whether more should be sent: no connection has much to send already. */
bool data_has_room(const struct data *d);
/* Octets that wait to be sent, in all. */
size_t data_queued(const struct data *d);

#endif
