/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An application of the endpoint's data conference: what endpoint/data_node.h runs. To add one: a file with
 * a struct that begins with struct data_app, its ops, and a line in the table of data_node.c.
 *
 * What happens comes through the ops. `channel`, `data`, `left` and `roster` are called while actions of the
 * conference are carried out: they must not call it, only note what is to be done. `run` comes after them, as
 * often as anything happened and twice a second besides: there conference_ functions may be called, each
 * followed by data_do(&node->data).
 */
#ifndef PST_ENDPOINT_DATA_APP_H
#define PST_ENDPOINT_DATA_APP_H

#include <getopt.h>
#include <stdio.h>

#include "endpoint/data.h"
#include "t124/key.h"

struct data_node;

struct data_app {
	const struct data_app_ops *ops;
	struct data_node *node;
	unsigned app;		/* its number in the conference */
	uint16_t user, channel; /* ours, and the session's; when ready */
	bool open, ready;	/* being opened, or more; taking part */
	bool bad;		/* something that it was asked to do failed */
};

/* Only new, key and free must be there. */
struct data_app_ops {
	enum t124_app key;
	uint16_t static_channel;      /* of its session; 0: the registry has it */
	const char *name;	      /* of its commands' help */
	const struct option *options; /* long options, ended by {0}; val: 0 to 63, its own */
	void (*usage)(FILE *to, bool answer);
	/* VAL of the table above. PST_E_ARG: the value is wrong. */
	int (*option)(struct data_app *a, int val, const char *value);
	/* Before anything else; NODE is set. */
	int (*new)(struct data_app **a);
	/* Whether to open it at all, after options; NULL: yes. */
	bool (*wanted)(const struct data_app *a);
	/* APP_CHANNEL, APP_CONVENED, APP_LOST, APP_HANDLES, APP_TOKEN */
	void (*channel)(struct data_app *a, const struct conference_action *what);
	void (*data)(struct data_app *a, const struct conference_action *what);
	void (*left)(struct data_app *a); /* it failed, or the conference is over: `ready` is false again */
	void (*roster)(struct data_app *a);
	void (*run)(struct data_app *a);
	/* A line of input. True: it was this application's. Asked in the order of the table, chat last. */
	bool (*line)(struct data_app *a, const char *text);
	/* Something is still to be done: the caller does not leave at the end of its input. */
	bool (*busy)(const struct data_app *a);
	void (*free)(struct data_app *a); /* and what it has to say at the end */
};

#endif
