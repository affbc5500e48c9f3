/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ports of each address that a plane receives on, or a gateway listens on: a pool per address, made when it is first
 * used and gone when it has not been for a while, as addresses come and go by the thousand. Bookkeeping only.
 */
#ifndef PST_RELAY_POOLS_H
#define PST_RELAY_POOLS_H

#include "base/addr.h"
#include "loop/ports.h"

#include <uthash.h>

/* One address. */
struct relay_pool {
	struct addr local;	/* port 0 */
	struct loop_ports ports;
	uint32_t taken;		 /* of which some may be outside of today's range */
	uint64_t idle_since_ms;
	struct relay_pool *prev, *next; /* among those of which nothing is in use, longest idle first */
	UT_hash_handle hh;
};

struct relay_pools {
	struct relay_pool *all, *idle;
	uint16_t first, last;
	uint8_t step;
	uint32_t rest_ms;
};

/* Ports FIRST..LAST of each address, which rest for REST_MS; STEP 1: single ones, 2: pairs. PST_E_ARG: not one in it. */
PST_MUST_CHECK int relay_pools_init(
	struct relay_pools *p, uint16_t first, uint16_t last, uint8_t step, uint32_t rest_ms);
/* Another range: what is in use stays so. PST_E_ARG: not one in it; PST_E_NOMEM: of some addresses the range is
 * another now, of some not. */
PST_MUST_CHECK int relay_pools_set_range(struct relay_pools *p, uint16_t first, uint16_t last, uint32_t rest_ms);
void relay_pools_free(struct relay_pools *p);

/* The pool of LOCAL, NULL: there is none. */
struct relay_pool *relay_pools_find(const struct relay_pools *p, const struct addr *local);
/* Makes it where there is none. It lasts while a port of it is taken. PST_E_NOMEM. */
PST_MUST_CHECK int relay_pools_get(
	struct relay_pools *p, const struct addr *local, uint64_t now_ms, struct relay_pool **out);
/* The next port, of a pair the even one: as loop_ports_take(). */
PST_MUST_CHECK int relay_pool_take(struct relay_pools *p, struct relay_pool *pool, uint64_t now_ms, uint16_t *port);
/* The pair of PORT: as loop_ports_take_port(). */
PST_MUST_CHECK int relay_pool_take_port(struct relay_pools *p, struct relay_pool *pool, uint16_t port);
void relay_pool_give(struct relay_pools *p, struct relay_pool *pool, uint64_t now_ms, uint16_t port);
/* How many pairs an address has. */
uint32_t relay_pools_pairs(const struct relay_pools *p);

#endif
