/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job of the directory client: client.c has the connection, client_ils.c and client_uls.c speak. */
#ifndef PST_DIRECTORY_CLIENT_PRIVATE_H
#define PST_DIRECTORY_CLIENT_PRIVATE_H

#include "base/arena.h"
#include "base/writer.h"
#include "directory/client.h"
#include "loop/tcp.h"

enum client_job { CLIENT_SEARCH, CLIENT_ADD, CLIENT_KEEP, CLIENT_REMOVE };
enum { CLIENT_NAME_MAX = 255, CLIENT_TEXT_MAX = 256, CLIENT_OUT_MAX = 16384, CLIENT_IN_MAX = 256 * 1024, CLIENT_TRIES = 4 };

/* What a protocol's `take` says besides an error. */
enum { CLIENT_WAIT = 0, CLIENT_NEXT = 1, CLIENT_DONE = 2 };

struct client_protocol {
	enum directory_protocol id;
	struct pst_slice bye; /* what is said before hanging up */
	/* Writes what step c->step sends. PST_E_SPACE, PST_E_BAD (the name has no form here). */
	int (*ask)(struct directory_client *c, struct writer *w);
	/* How long the message is that OCTETS begin with. PST_E_AGAIN, PST_E_BAD. */
	int (*length)(struct pst_slice octets, size_t *n);
	/* One whole message. CLIENT_*, or an error; PST_E_UNSUPPORTED: no directory, try the next. */
	int (*take)(struct directory_client *c, struct pst_slice msg, struct arena *a);
};
extern const struct client_protocol client_ils, client_uls;

struct client_try {
	const struct client_protocol *protocol;
	uint16_t port;
};

struct directory_client {
	struct loop_tcp tcp; /* first */
	uv_timer_t timer;
	uv_loop_t *loop;
	enum client_job job;
	struct directory_server server;
	struct directory_client_hooks hooks;
	struct client_try tries[CLIENT_TRIES];
	uint8_t n_tries, at;   /* at: the one under way */
	uint8_t parts;         /* handles not closed yet */
	bool over, connected, reached; /* reached: some server accepted a connection */
	char pattern[CLIENT_NAME_MAX + 1]; /* search; else the name */
	char given[CLIENT_TEXT_MAX], surname[CLIENT_TEXT_MAX], location[CLIENT_TEXT_MAX], comment[CLIENT_TEXT_MAX];
	struct addr address;
	bool hidden;
	uint32_t step;
	uint32_t n_found;
	bool cut;              /* the server's answer was not whole */
	char why[DIRECTORY_WHY_MAX];
	uint8_t *in;           /* CLIENT_IN_MAX */
	size_t n_in;
	/* ULS: the names that a listing gave, wire form one behind the other, and how far they have been asked about. */
	uint8_t *names;
	size_t n_names, cap_names, names_at;
};

/* Gives F to the hook where it matches the pattern. */
void client_found(struct directory_client *c, const struct directory_found *f);
/* The address to be registered, known once connected. */
struct addr client_address(struct directory_client *c);
bool client_has_wildcard(const char *pattern);

#endif
