/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table and its parts. Inside lease/ only. */
#ifndef PST_LEASE_TABLE_PRIVATE_H
#define PST_LEASE_TABLE_PRIVATE_H

#include <utlist.h>

#include "lease/lease.h"

/* A lease as the table has it. */
struct lease_row {
	struct lease l; /* first */
	struct lease_row *next_by_host, *next_by_address;
	struct lease_row *prev, *next; /* in a list: idle ones of the table, resting ones of a pool */
	struct lease_list *list;       /* NULL: in none */
	uint64_t kept_ms;              /* used_ms as it was kept last */
	bool asked;                    /* that its address be answered for */
};

/* Oldest use, or release, first. */
struct lease_list {
	struct lease_row *head;
};

struct lease_pool_state {
	struct lease_pool pool;
	struct lease_list resting;
	uint64_t next; /* where the search for an address that nobody had goes on */
	uint32_t rows;
};

struct lease_index {
	struct lease_row **by_host, **by_address;
	uint32_t n_slots, n; /* a power of two; rows */
	uint64_t seed[2];
};

struct lease_table {
	struct lease_ops ops;
	void *arg;
	struct lease_index index;
	struct lease_pool_state *pools;
	uint32_t n_pools;
	struct lease_static *statics;
	uint32_t n_statics;
	struct addr *excluded;
	uint32_t n_excluded;
	struct lease_list idle; /* BOUND and not held */
	uint32_t ttl_ms, quarantine_ms, max;
	uint32_t waiting; /* static leases that could not be made yet */
	bool unsorted;    /* by lease_restore() */
	struct lease_stats stats;
};

/* SipHash-2-4 of N octets. */
uint64_t lease_hash(const uint64_t seed[static 2], const uint8_t *p, size_t n);

/* Rows are linked by their host, realm and address family, and by their address. PST_E_NOMEM. */
PST_MUST_CHECK int lease_index_add(struct lease_index *ix, struct lease_row *r);
void lease_index_remove(struct lease_index *ix, struct lease_row *r);
/* R's host becomes HOST (family 0: it is found by its address only), its realm REALM. */
void lease_index_rename(struct lease_index *ix, struct lease_row *r, const struct addr *host, uint32_t realm);
/* Of a resting one also. FAMILY is the virtual address's. */
struct lease_row *lease_index_host(const struct lease_index *ix, const struct addr *host, uint32_t realm, uint8_t family);
struct lease_row *lease_index_address(const struct lease_index *ix, const struct addr *address);
void lease_index_free(struct lease_index *ix);

/* Whether A is nobody's to have. */
bool lease_is_excluded(const struct lease_table *t, const struct addr *a);
/* Puts the lists in order again after lease_restore(). */
void lease_sort(struct lease_table *t);
/* The pool of T that A may be given out from; LEASE_NO_POOL. */
uint32_t lease_pool_find(const struct lease_table *t, const struct addr *a);
/* An address for HOST in REALM and FAMILY: one that is nobody's (*ROW NULL) or that another host had (*ROW). PST_E_SPACE,
 * PST_E_NOT_FOUND: no such pool. */
PST_MUST_CHECK int lease_choose(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family,
	uint64_t now_ms, struct addr *address, struct lease_row **row);

/* Puts R into LIST (NULL: none), at its end, and takes it out of what it is in. */
void lease_row_move(struct lease_row *r, struct lease_list *list);
/* A row for ADDRESS, for nobody yet. PST_E_NOMEM; PST_E_SPACE: too many are remembered. */
PST_MUST_CHECK int lease_row_new(struct lease_table *t, const struct addr *address, struct lease_row **out, uint64_t now_ms);
void lease_row_free(struct lease_table *t, struct lease_row *r);
/* Makes R, which rests, HOST's. */
void lease_row_bind(struct lease_table *t, struct lease_row *r, const struct addr *host, enum lease_state state, uint64_t now_ms);
/* R's lease ends: it rests, or, where no pool has it, goes. */
void lease_row_rest(struct lease_table *t, struct lease_row *r, uint64_t now_ms);
/* R was used: its time begins anew. */
void lease_row_renew(struct lease_table *t, struct lease_row *r, uint64_t now_ms);
/* R, which is bound, becomes STATE. */
void lease_row_set(struct lease_table *t, struct lease_row *r, enum lease_state state);
/* One use more or less. R may be gone afterwards. */
void lease_row_hold(struct lease_table *t, struct lease_row *r, int by, uint64_t now_ms);
/* Static leases that are not there yet. */
void lease_make_statics(struct lease_table *t, uint64_t now_ms);


#endif
