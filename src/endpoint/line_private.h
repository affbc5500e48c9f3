/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of a line share. */
#ifndef PST_ENDPOINT_LINE_PRIVATE_H
#define PST_ENDPOINT_LINE_PRIVATE_H

#include "endpoint/line.h"
#include "loop/tcp.h"
#include "tpkt/stream.h"

/* The call signalling connection, and the two H.245 ones there may be for a moment: theirs to us, ours to
 * them. */
enum line_conn_id { CONN_SIGNAL, CONN_H245_IN, CONN_H245_OUT, CONNS };

struct line_conn {
	struct loop_tcp tcp; /* first */
	struct frames stream;
	struct line *line;
	bool broken; /* it failed inside an action: tell the machine afterwards */
	const char *broken_why;
};

enum { LINE_TIMER_GUARD = TERMINAL_TIMERS, LINE_TIMER_DURATION, LINE_TIMERS };

struct line {
	uv_loop_t *loop;
	const struct options *o;
	const struct line_ids *ids; /* while it is opened */
	struct line_hooks hooks;
	struct terminal *terminal;
	struct media *media;
	const char *aliases[2];
	struct addr local;      /* the address we use, without port */
	struct addr dest;       /* who is dialled */
	struct addr connect_to; /* where the connection goes instead */
	struct line_conn conn[CONNS];
	int listen_fd; /* H.245, bound and not accepting yet; -1: none */
	struct loop_listener listener;
	uv_timer_t timers[LINE_TIMERS];
	unsigned handles; /* to be closed before the memory may go */
	bool data;        /* it has a data channel */
	bool summoned;    /* we connected, and are called: with what identifier */
	uint8_t summoned_for[16];
	bool admitting;   /* the gatekeeper is asked */
	bool admitted;
	const char *not_admitted; /* why; or NULL */
	bool alerted;
	bool busy;        /* an event is being worked on */
	bool asked;       /* an incoming call waits for an answer */
	bool dtmf_done;
	bool hung_up;
	bool ended;
	const char *lost_why; /* what the system said of the call signalling connection, or NULL */
	uint64_t connected_ms;
	char record_name[256];
	struct report report;
};

/* Tells the machine, carries out what it asks for, and ends the line when it is over. */
void line_event(struct line *l, const struct terminal_event *e);
/* Starts call NUMBER: its recording, where one is wanted. PST_E_NOT_FOUND: the file cannot be written. */
PST_MUST_CHECK int line_begin(struct line *l, uint32_t number);
/* Ends the line whatever the machine thinks. */
void line_give_up(struct line *l, const char *why);
/* uv_timer_cb: the call was not answered in time. */
void line_took_too_long(uv_timer_t *h);
/* The memory, when no handle is left. */
void line_free(struct line *l);
/* line_net.c: the connections */
void line_net_connect(struct line *l, enum line_conn_id id, const struct addr *to);
int line_net_accept(struct line *l, enum line_conn_id id, int fd);
void line_net_send(struct line *l, enum line_conn_id id, struct pst_slice octets);
void line_net_close(struct line *l, enum line_conn_id id, bool graceful);
void line_net_listen(struct line *l);
void line_net_unlisten(struct line *l);
/* The H.245 connection in use. */
enum line_conn_id line_net_h245(const struct line *l);
/* line_actions.c */
void line_actions(struct line *l);
/* A handle that counted in l->handles is closed. */
void line_handle_closed(struct line *l);

#endif
