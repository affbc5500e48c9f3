/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A node in a data conference with its applications (endpoint/data_app.h), its input and what it prints: what
 * `postern call --data` and `postern answer --data` are made of. Who calls asks which conference there is: it
 * joins that, or invites the other end into one of its own.
 */
#ifndef PST_ENDPOINT_DATA_NODE_H
#define PST_ENDPOINT_DATA_NODE_H

#include "endpoint/data_app.h"
#include "endpoint/data_input.h"
#include "endpoint/data_tell.h"

enum { DATA_APPS_MAX = 8 };

struct data_person {
	uint16_t node;
	char name[CONFERENCE_NAME_MAX * 3 + 1];
};

struct data_node_options {
	bool answer, json, trace, has_how, no_input;
	bool beside; /* H.323 calls: with `answer`; what is listened on is not said, nor has to be */
	enum conference_how how;
	const char *name, *conference, *password; /* borrowed */
	struct addr local;			  /* port: what `answer` listens on */
	uint32_t duration_s, timeout_s;
};

struct data_node {
	struct data data; /* first */
	struct data_node_options o;
	struct data_app *apps[DATA_APPS_MAX];
	unsigned n_apps;
	uv_loop_t *loop;
	uv_timer_t duration, tick;
	uv_idle_t again;
	struct data_input input;
	struct addr remote, bound; /* bound: where we listen; port 0: nowhere */
	bool listed, retried, joined, failed, stopping, eof, quiet;
	char listed_name[CONFERENCE_NAME_MAX * 3 + 1];
	bool follow_up, open_apps;
	enum conference_how next;
	uint16_t conductor; /* node that conducts the conference; 0: none */
	struct data_person *people;
	unsigned n_people;
	void *arg;
	void (*over)(struct data_node *n); /* it is done, or it failed: data_node_end() is to be called */
};

/* Makes the applications, before options are read. PST_E_NOMEM. */
PST_MUST_CHECK int data_node_new(struct data_node *n);
/* Begins: `answer` listens; otherwise REMOTE is called. On an error, which was logged, data_node_end() is
 * still to be called where n->data.conference is set. */
PST_MUST_CHECK int data_node_begin(struct data_node *n, uv_loop_t *loop, const struct addr *remote);
/* Calls somebody, later on: asks, then joins or invites. */
PST_MUST_CHECK int data_node_dial(struct data_node *n, const struct addr *remote);
/* Something is still to be sent, or on its way. */
bool data_node_busy(const struct data_node *n);
/* Whether all went as it was asked to. */
bool data_node_good(const struct data_node *n);
/* Out of the conference; the loop ends when that is done. */
void data_node_end(struct data_node *n);
/* After the loop. */
void data_node_free(struct data_node *n);

/* For applications: the name of who is at NODE, as the roster has it; unescaped. */
const char *data_node_person(const struct data_node *n, uint16_t node);
/* Has `run` called again once the loop has seen to everything else. */
void data_node_again(struct data_node *n);
/* How many others take part in APP. */
unsigned data_node_others(const struct data_node *n, enum t124_app app);

/* The applications there are, in the order of the command line's help. */
extern const struct data_app_ops *const data_apps[];
extern const struct data_app_ops data_file_ops, data_board_ops, data_chat_ops;

#endif
