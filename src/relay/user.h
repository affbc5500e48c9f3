/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The `user` relay plane: one UDP socket per leg and part, read and written in batches by a thread per processor. A
 * session's packets all pass through one thread, and threads share nothing. Needs no privilege and no kernel feature, and
 * is the reference that other planes are tested against. It has no ranges.
 */
#ifndef PST_RELAY_USER_H
#define PST_RELAY_USER_H

#include "relay/relay.h"

enum { RELAY_USER_REST_MS = 5000, RELAY_USER_SHARDS_MAX = 16 };

struct relay_user_config {
	uint16_t first, last; /* ports of each local address; pairs lie wholly inside */
	uint32_t rest_ms;     /* how long a pair rests before it is used again; RELAY_USER_REST_MS */
	uint32_t shards;      /* threads, at most RELAY_USER_SHARDS_MAX; 0: one for each processor the process may run on */
};

/* Makes a plane and starts its threads, which take no signals; its calls are for one thread, the owner's. PST_E_ARG: no
 * pair in the range; PST_E_NOMEM; PST_E_SYS. */
PST_MUST_CHECK int relay_user_new(const struct relay_user_config *conf, struct relay *out);

/* Takes a changed configuration. Open sessions keep their ports, also outside the new range; there are as many threads
 * as there were. PST_E_ARG: nothing
 * has changed; PST_E_NOMEM. */
PST_MUST_CHECK int relay_user_configure(struct relay *relay, const struct relay_user_config *conf);

/* Ends the threads and frees the plane, whose sessions are all closed. */
void relay_user_free(struct relay *relay);

#endif
