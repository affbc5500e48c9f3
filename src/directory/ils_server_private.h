/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by ils_server.c, ils_serve.c and ils_proxy.c only. */
#ifndef PST_DIRECTORY_ILS_SERVER_PRIVATE_H
#define PST_DIRECTORY_ILS_SERVER_PRIVATE_H

#include "base/log.h"
#include "directory/ils_rewrite.h"
#include "directory/ils_server.h"
#include "loop/tcp.h"

enum { ILS_OUT = 160 * 1024 };

/* What has come of a message that is not whole. Holds memory only then. */
struct ils_input {
	uint8_t *p;
	size_t n;
	size_t pass;  /* octets of a message too large to look into that are still to come */
};

struct ils_conn;

/* The half of a proxied connection that goes on, and what turns one into the other. */
struct ils_half {
	struct loop_tcp target; /* first */
	struct ils_conn *c;
	struct ils_input in;
	struct ils_rewriter rw;
	bool connected;
};

struct ils_conn {
	struct loop_tcp client; /* first */
	struct ils_server *s;
	struct ils_conn *prev, *next;           /* least recently heard first */
	struct ils_conn *ready_prev, *ready_next; /* have more to answer and room for it */
	struct ils_input in;
	struct ils_session session;
	struct ils_half *half; /* proxied only */
	struct directory_admission adm;
	struct addr peer;
	uint64_t heard_ms;
	uint8_t parts; /* sockets that are not closed yet */
	bool closing, waiting, paused, ready;
	bool ended; /* the client sends no more, but takes what it asked for */
};

struct ils_server {
	struct ils_server_config cfg;
	struct ils ils;
	uv_loop_t *loop;
	struct loop_listener *listeners[64];
	uv_timer_t tick;
	uv_idle_t idle; /* runs while anything is ready */
	struct ils_conn *conns, *ready;
	struct ils_server_stats stats;
	struct log_rate rate;
	uint32_t parts; /* handles that are not closed yet */
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
	uint8_t out[ILS_OUT];
};

/* ils_server.c */
void ils_conn_close(struct ils_conn *c, bool graceful);
void ils_conn_part_gone(struct ils_conn *c);
void ils_conn_heard(struct ils_conn *c);
/* Whole messages of at most MAX octets in what was kept and DATA, to EACH; the rest is kept. EACH returns false to stop:
 * everything that is left is kept then. PST_E_BAD: no LDAP; PST_E_LIMIT: too long; PST_E_NOMEM. */
typedef bool ils_message_h(struct ils_conn *c, bool from_client, struct pst_slice msg);
PST_MUST_CHECK int ils_take(struct ils_conn *c, struct ils_input *in, bool from_client, struct pst_slice data, size_t max,
	ils_message_h *each);
void ils_input_free(struct ils_input *in);

/* ils_serve.c: answers from the directory */
void ils_serve_data(struct ils_conn *c, struct pst_slice data);
void ils_serve_drained(struct ils_conn *c);
void ils_serve_ready(uv_idle_t *idle);
void ils_serve_forget(struct ils_conn *c);

/* ils_proxy.c */
PST_MUST_CHECK int ils_proxy_start(struct ils_conn *c);
void ils_proxy_data(struct ils_conn *c, struct pst_slice data);
void ils_proxy_drained(struct ils_conn *c);

#endif
