/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases: which address of a pool stands for which inside host. A host has at
 * most one in each realm and family. Look-up goes both ways by hash.
 *
 *	            grant                    ttl without use, release
 *	(no lease) -------> BOUND ------------------------------------> RESTING
 *	                    ^ | pin   ^                                  |   |
 *	                    | v       | the same host comes back         |   | quarantine over:
 *	                   PINNED     +----------------------------------+   | another host may get it
 *
 * A RESTING address still remembers its last host. STATIC leases come from the
 * configuration and go with it. What is in use (lease_hold()) never rests.
 *
 * A function of events and time: milliseconds since 1970 of a clock that does
 * not jump while the table lives.
 */
#ifndef PST_LEASE_LEASE_H
#define PST_LEASE_LEASE_H

#include "base/addr.h"
#include "base/err.h"
#include "lease/pool.h"

enum lease_state { LEASE_BOUND, LEASE_PINNED, LEASE_STATIC, LEASE_RESTING };

enum { LEASE_IMAGE_MAX = 64, LEASE_KEY_MAX = 17, LEASE_NO_POOL = 0x7fffffff };

/* Read only outside of the table. */
struct lease {
	struct addr host;    /* family 0: none is remembered */
	struct addr address; /* the virtual address; no port in either */
	uint32_t realm;      /* of the address */
	uint32_t pool;       /* index; LEASE_NO_POOL: the configuration has no pool with it any more */
	enum lease_state state;
	bool answered;       /* the gateway answers for it: callers reach it */
	uint32_t uses;       /* calls and registrations that hold it */
	uint64_t since_ms;   /* bound, or resting, since */
	uint64_t used_ms;    /* last used; of a RESTING one: released */
};

struct lease_static {
	struct addr host, address;
};

struct lease_config {
	const struct lease_pool *pools; /* none overlaps another */
	uint32_t n_pools;
	const struct lease_static *statics;
	uint32_t n_statics;
	const struct addr *excluded; /* addresses that are nobody's to have: the gateway's own */
	uint32_t n_excluded;
	uint32_t ttl_ms;        /* a lease that is not used for so long ends */
	uint32_t quarantine_ms; /* before another host gets its address */
	uint32_t max;           /* leases at once; twice as many addresses are remembered */
	uint64_t seed[2];       /* random: addresses in an IPv6 prefix, and the hash tables; taken by lease_table_new() alone */
};

/* Called from inside the functions below; they must not call back. */
struct lease_ops {
	/* L's address is to be answered for, or (UP false) not any more: then L dies, or rests, after the call. */
	void (*address)(void *arg, const struct lease *l, bool up);
	/* Keeps IMAGE under KEY for lease_restore(); without octets: forgets it. May be NULL. */
	void (*keep)(void *arg, struct pst_slice key, struct pst_slice image);
	/* A lease that had to end though its time was not over, or a static one that waits; WHY is static text. May be NULL. */
	void (*dropped)(void *arg, const struct lease *l, const char *why);
};

struct lease_stats {
	uint32_t bound;     /* BOUND, PINNED and STATIC */
	uint32_t used;      /* of them, held by a call or registration */
	uint32_t addresses; /* remembered, resting ones among them */
	uint64_t granted, returned, expired, refused; /* returned: of granted, to their last host; refused: the pool is empty */
};

struct lease_table;

/* CFG is copied. Static leases are made at once. PST_E_ARG: one outside of the pools; PST_E_NOMEM. */
PST_MUST_CHECK int lease_table_new(struct lease_table **out, const struct lease_config *cfg,
	const struct lease_ops *ops, void *arg, uint64_t now_ms);
/* Takes CFG into use: leases whose pool is gone end, those in use when they are let go of. As lease_table_new(), and
 * nothing has changed then. */
PST_MUST_CHECK int lease_table_configure(struct lease_table *t, const struct lease_config *cfg, uint64_t now_ms);
/* The addresses are not given back: who answers for them goes on. */
void lease_table_free(struct lease_table *t);

/* Brings back what was kept; before anything is granted, and lease_tick() after the last. PST_E_BAD: no image of this version; PST_E_NOT_FOUND: no
 * pool has the address; PST_E_BUSY: the address is another host's by now; PST_E_SPACE, PST_E_NOMEM. */
PST_MUST_CHECK int lease_restore(struct lease_table *t, struct pst_slice key, struct pst_slice image, uint64_t now_ms);

/* What KEY and IMAGE, which were kept, say: address, host, state and times, and as `uses` whether it was held; no realm and
 * pool. PST_E_BAD. */
PST_MUST_CHECK int lease_read(struct pst_slice key, struct pst_slice image, struct lease *out);
PST_MUST_CHECK int lease_read_key(struct pst_slice key, struct addr *address);
/* Key and image of a lease; both return their length. */
size_t lease_key(uint8_t key[static LEASE_KEY_MAX], const struct addr *address);
size_t lease_image(const struct lease *l, uint8_t image[static LEASE_IMAGE_MAX]);

/* The lease of HOST (port aside) in REALM and FAMILY, or NULL. No resting ones. */
const struct lease *lease_of_host(
	const struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family);
/* The lease of the virtual ADDRESS (port aside), or NULL. No resting ones. */
const struct lease *lease_of_address(const struct lease_table *t, const struct addr *address);
/* Whether REALM has a pool of FAMILY. */
bool lease_has_pool(const struct lease_table *t, uint32_t realm, uint8_t family);

/* HOST uses REALM: its lease is renewed, or it gets one. *OUT is valid until it ends. PST_E_SPACE: there is none to be
 * had; PST_E_NOT_FOUND: no such pool; PST_E_NOMEM. */
PST_MUST_CHECK int lease_grant(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family,
	uint64_t now_ms, const struct lease **out);
/* As lease_grant(), and it does not end by time. ADDRESS: which one, in any pool of REALM (NULL: what HOST has, or gets).
 * PST_E_BUSY: the address is another host's, or still rests after one, or HOST's present lease is in use. PST_E_DENIED: HOST
 * has a static one. PST_E_RANGE: no pool of REALM has the address. */
PST_MUST_CHECK int lease_pin(struct lease_table *t, const struct addr *host, uint32_t realm, uint8_t family,
	const struct addr *address, uint64_t now_ms, const struct lease **out);
/* Ends the lease of ADDRESS. PST_E_NOT_FOUND; PST_E_BUSY: it is in use; PST_E_DENIED: the configuration says so. */
PST_MUST_CHECK int lease_release(struct lease_table *t, const struct addr *address, uint64_t now_ms);

/* Somebody begins (BY 1) or ends (-1) to use the leases of HOST in REALM, of every family that it has there now. */
void lease_hold(struct lease_table *t, const struct addr *host, uint32_t realm, int by, uint64_t now_ms);

/* What became of ops->address(): the gateway answers for ADDRESS now, or can not. Then a lease that is BOUND ends, and the
 * address is tried again after the quarantine; others stay and are not reached. */
void lease_answered(struct lease_table *t, const struct addr *address, bool ok, uint64_t now_ms);

/* When lease_tick() has something to do; 0: not by itself. */
uint64_t lease_due(const struct lease_table *t);
void lease_tick(struct lease_table *t, uint64_t now_ms);

/* When L ends without use, or, resting, is free for others. 0: not by time. */
uint64_t lease_end_ms(const struct lease_table *t, const struct lease *l);
/* All that is remembered, in no order. EACH must not change the table. */
void lease_each(const struct lease_table *t, void (*each)(void *ctx, const struct lease *l), void *ctx);
void lease_stats(const struct lease_table *t, struct lease_stats *out);
const char *lease_state_str(enum lease_state s);

#endif
