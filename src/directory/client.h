/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client of any ILS or ULS, on a libuv loop: looks people up and registers one, as
 * NetMeeting does. Without a port it tries ILS on 389 and 1002, then ULS on 522; an LDAP server that
 * is no ILS is passed over. One job is one connection at a time; nothing here resolves names.
 */
#ifndef PST_DIRECTORY_CLIENT_H
#define PST_DIRECTORY_CLIENT_H

#include <uv.h>

#include "base/addr.h"
#include "base/err.h"

enum { DIRECTORY_FOUND_MAX = 5000, DIRECTORY_WHY_MAX = 160, DIRECTORY_TTL_S = 600 };

enum directory_protocol { DIRECTORY_ANY, DIRECTORY_BY_ILS, DIRECTORY_BY_ULS };

struct directory_server {
	struct addr ip;                   /* its port: the only one to try; 0: the well-known ones */
	enum directory_protocol protocol; /* ANY: by the port; a port that is not well known is tried as ILS, then as ULS */
	struct addr local;                /* to connect from; family 0: any */
	uint32_t timeout_ms;              /* of one try; 0: 5,000 */
};

/* Somebody, as the server tells. Octets of the peer: to be escaped before they are shown. Borrowed for the call. */
struct directory_found {
	struct pst_slice name;   /* cn, or the ULS name */
	struct pst_slice email, given, surname, location, comment;
	struct addr address;     /* family 0: not told; port 0: not told */
	bool in_call;
};

/* Somebody to be registered. Strings are copied. NULL: empty. */
struct directory_self {
	const char *name;    /* e-mail or any name; what others call */
	const char *given, *surname, *location, *comment;
	struct addr address; /* where to be called; family 0: the address the server is reached from. Port 0: 1720 */
	bool hidden;         /* not in listings (ILS) */
};

struct directory_client; /* one job */

struct directory_client_hooks {
	/* May be NULL. */
	void (*found)(void *arg, const struct directory_found *f);
	/* The job is over; it frees itself. ERR 0, PST_E_NOT_FOUND (refresh: the server has forgotten us), PST_E_DENIED, PST_E_SYS (not
	 * reached), PST_E_BAD (no directory), PST_E_LIMIT (the answer was cut), PST_E_AGAIN (it took too long). WHY: one line, printable; ""
	 * without an error. USED: the server with the port and protocol that answered. */
	void (*done)(void *arg, int err, const char *why, const struct directory_server *used);
	void *arg;
};

/* Everybody whose name matches PATTERN ("*" and "%" stand for anything; NULL: everybody). PST_E_NOMEM, PST_E_ARG. */
PST_MUST_CHECK int directory_search(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server,
	const char *pattern, const struct directory_client_hooks *hooks);
/* Adds, keeps (for another DIRECTORY_TTL_S), and takes away an entry. */
PST_MUST_CHECK int directory_add(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server,
	const struct directory_self *self, const struct directory_client_hooks *hooks);
PST_MUST_CHECK int directory_keep_alive(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server,
	const char *name, const struct directory_client_hooks *hooks);
PST_MUST_CHECK int directory_take_away(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server,
	const char *name, const struct directory_client_hooks *hooks);
/* Gives the job up; no hook is called any more. */
void directory_client_cancel(struct directory_client *c);

/* A name to the address to call: exactly that name, or else the only one that has it before an "@". `done` gets the
 * address; family 0 on an error. */
struct directory_lookup;
typedef void directory_lookup_h(void *arg, int err, const char *why, const struct addr *address);
PST_MUST_CHECK int directory_lookup(struct directory_lookup **out, uv_loop_t *loop, const struct directory_server *server,
	const char *name, directory_lookup_h *done, void *arg);
void directory_lookup_cancel(struct directory_lookup *l);

/* An entry that is kept: added, refreshed at half its lifetime, added again when the server has forgotten it or was away, and
 * taken away at the end. */
struct directory_registration;
struct directory_registration_hooks {
	/* In the directory (ERR 0), or not (the first time, or any more): tried again in a while. */
	void (*state)(void *arg, int err, const char *why, const struct directory_server *used);
	/* After directory_registration_end(): R is no more. */
	void (*gone)(void *arg);
	void *arg;
};
PST_MUST_CHECK int directory_register(struct directory_registration **out, uv_loop_t *loop, const struct directory_server *server,
	const struct directory_self *self, const struct directory_registration_hooks *hooks);
/* Takes the entry away; `gone` follows. A second call does not wait for the server. */
void directory_registration_end(struct directory_registration *r);

#endif
