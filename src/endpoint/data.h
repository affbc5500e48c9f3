/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A node of a data conference on sockets: carries out what conference/conference.h wants done and
 * tells its owner the rest. One per process and loop.
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
	void *arg;	   /* the owner's */
	/* Everything but SEND, CLOSE, TIMER_* and ASKED, which is accepted. It may call the conference
	 * through data_again() only. */
	void (*told)(struct data *d, const struct conference_action *a);
	/* Nothing of the network is left: after data_close(). */
	void (*closed)(struct data *d);
	bool closing, timer_gone, done; /* internal */
};

/* D is zeroed but for the members the owner sets: loop, local, arg, told, closed. */
PST_MUST_CHECK int data_open(struct data *d, const struct conference_config *config);
/* Accepts connections on LOCAL; *BOUND gets where. PST_E_BUSY, PST_E_SYS. */
PST_MUST_CHECK int data_listen(struct data *d, const struct addr *local, struct addr *bound);
/* Opens a connection and calls; what comes of it is told as CALLED. */
PST_MUST_CHECK int data_call(
	struct data *d, const struct addr *remote, enum conference_how how, const char *name);
/* After any other call of a conference_ function: carries out what that led to. */
void data_do(struct data *d);
/* Leaves the conference, ends all connections, then `closed`. */
void data_close(struct data *d);
/* Octets that wait to be sent, in all. */
size_t data_queued(const struct data *d);

#endif
