/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody else's ULS, reached through the gateway: what a client registers goes out with the address at which the
 * other side can call it, and what it finds comes back with its neighbours' own addresses. Only exact
 * occurrences of known addresses change. Each name that is registered so becomes a binding
 * (DIRECTORY_LEARNT), by which a call from there finds the host.
 */
#ifndef PST_DIRECTORY_ULS_REWRITE_H
#define PST_DIRECTORY_ULS_REWRITE_H

#include "base/writer.h"
#include "directory/admission.h"
#include "directory/model.h"
#include "ulp/msg.h"

struct uls_path {
	struct directory_asker client;
	uint8_t server_realm;
	directory_realm_h *realm_of;
	void *arg;
};

enum uls_verdict {
	ULS_FORWARD, /* OUT holds what goes on */
	ULS_ANSWER,  /* OUT holds what goes back to the client */
	ULS_CLOSE,   /* no ULP */
};

/* One change, for the log. */
struct uls_rewritten {
	unsigned n;             /* addresses replaced */
	struct addr from, to;   /* of the last */
};

/* A message of the client. *WHAT tells what was changed. */
enum uls_verdict uls_rewrite_request(struct directory *d, const struct uls_path *p, struct pst_slice octets, uint64_t now_ms,
	struct arena *a, struct writer *out, struct uls_rewritten *what);
/* A message of the server: ULS_FORWARD or ULS_CLOSE. */
enum uls_verdict uls_rewrite_reply(struct directory *d, const struct uls_path *p, struct pst_slice octets, uint64_t now_ms,
	struct arena *a, struct writer *out, struct uls_rewritten *what);

#endif
