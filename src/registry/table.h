/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is registered and which calls were admitted, for who has to decide at once where a call goes. Everything is found by
 * hash. Pure but for its memory; one thread.
 */
#ifndef PST_REGISTRY_TABLE_H
#define PST_REGISTRY_TABLE_H

#include "registry/msg.h"

struct registry;

struct registry_limits {
	uint32_t names, calls, ports;
};

/* SEED: random; keeps strangers from choosing names that collide. PST_E_NOMEM. */
PST_MUST_CHECK int registry_new(struct registry **out, const struct registry_limits *limits, uint64_t seed);
void registry_free(struct registry *r);

/* H is told of every host that a name leads to (BY 1), and no longer does (-1), when the table goes also. */
typedef void registry_host_h(void *arg, const struct addr *host, int by);
void registry_watch_hosts(struct registry *r, registry_host_h *h, void *arg);

/* Takes a NAME, CALL or PORT, or what says that one is gone; what is gone may never have been there. PST_E_ARG: another message;
 * PST_E_LIMIT, PST_E_NOMEM: it is not there now. */
PST_MUST_CHECK int registry_apply(struct registry *r, const struct registry_msg *m);

/* Where calls for NAME of SPACE go, by the whole of it. False: nobody has it. */
bool registry_find_name(const struct registry *r, enum registry_space space, struct pst_slice name, struct addr *host);
/* Whether the endpoint at ADDR can not be connected to, and has to be summoned. */
bool registry_is_behind(const struct registry *r, const struct addr *addr);
/* For a called name (e-mail, number) the host that registered it with a directory, of any realm but ASKER_REALM: whole names
 * of people, then what was learnt, then the part before "@" where only one has it. */
bool registry_find_person(const struct registry *r, struct pst_slice name, uint8_t asker_realm, struct addr *host);
/* Where the call goes that was admitted to CALLER (by address, without port): the first admission with its callIdentifier,
 * else the last one with its conferenceID. Identifiers that are not 16 octets are none. */
bool registry_find_call(const struct registry *r, const struct addr *caller, struct pst_slice call_id,
	struct pst_slice conference_id, struct addr *dest);

/* Whom the port LOCAL stands for. False: for nobody, or nobody yet. */
bool registry_find_port(const struct registry *r, const struct addr *local, struct addr *host);
/* Whether LOCAL is a port of theirs at all. */
bool registry_has_port(const struct registry *r, const struct addr *local);
/* All ports. EACH may take away the one that it is given, and else must not change the table. */
void registry_each_port(const struct registry *r, void (*each)(void *ctx, const struct addr *local), void *ctx);

uint32_t registry_names(const struct registry *r);
uint32_t registry_calls(const struct registry *r);

#endif
