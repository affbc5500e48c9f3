/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whoever leases addresses, simulated: a table, and questions that are answered at once, later or never. */
#ifndef PST_TESTS_GATEWAY_SIM_LEASES_H
#define PST_TESTS_GATEWAY_SIM_LEASES_H

#include "gateway/config.h"

enum { SIM_LEASES = 64 };

struct sim_lease {
	struct addr host, local;
	uint32_t realm;
	int held;
};

struct sim_leases {
	struct sim_lease v[SIM_LEASES];
	uint32_t n;
	bool later; /* questions wait for sim_leases_answer() */
	uint32_t asked; /* questions there were */
	struct addr pool;	/* what is granted next; its last octet counts up. Family 0: nothing */
	struct addr host;	/* of the question that waits */
	uint32_t realm;
	void (*done)(void *darg, bool granted); /* NULL: none waits */
	void *darg;
};

struct gw_leases sim_leases_hooks(struct sim_leases *l);
/* HOST has LOCAL in REALM. Addresses as text. */
void sim_leases_add(struct sim_leases *l, const char *host, uint32_t realm, const char *local);
/* Answers the question that waits; GRANT takes from the pool. */
void sim_leases_answer(struct sim_leases *l, bool grant);
/* How often the lease of LOCAL is held; -1: there is none. */
int sim_leases_held(const struct sim_leases *l, const char *local);

#endif
