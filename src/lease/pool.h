/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pool: one range of addresses of a realm. In a long range, and in an IPv4 one
 * of any length, addresses are given out in turn; in an IPv6 prefix of at least
 * 24 free bits they are derived from the host's address and a secret.
 */
#ifndef PST_LEASE_POOL_H
#define PST_LEASE_POOL_H

#include "base/addr.h"

enum { LEASE_POOL_STRLEN = 2 * ADDR_STRLEN };

struct lease_pool {
	uint32_t realm;          /* index */
	struct addr first, last; /* both belong to it */
	uint8_t prefix_len;      /* IPv6, addresses are derived: bits of the prefix; else 0 */
};

/* "192.0.2.10", "192.0.2.10-192.0.2.19", "192.0.2.0/24" (without its first and last), "2001:db8:5::/64", "2001:db8::10-2001:db8::1f".
 * PST_E_BAD: none of those; PST_E_RANGE: not one address in it. The realm is left as it is. */
PST_MUST_CHECK int lease_pool_parse(struct lease_pool *out, const char *text);
/* The shortest text that lease_pool_parse() reads as P. */
const char *lease_pool_str(const struct lease_pool *p, char buf[static LEASE_POOL_STRLEN]);

/* Whether A (port aside) may be given out from P: in its range, and none that IPv6 reserves. */
bool lease_pool_has(const struct lease_pool *p, const struct addr *a);
bool lease_pool_overlap(const struct lease_pool *a, const struct lease_pool *b);
/* The prefixes that make up its range, at most MAX; returns how many it takes. */
uint32_t lease_pool_prefixes(const struct lease_pool *p, struct addr_prefix *out, uint32_t max);
/* How many addresses it has; UINT64_MAX: more than can be counted. */
uint64_t lease_pool_size(const struct lease_pool *p);
/* The Ith from 0, where they are given out in turn. */
struct addr lease_pool_at(const struct lease_pool *p, uint64_t i);
/* Where they are derived: of the prefix, with the free bits from HIGH and LOW. */
struct addr lease_pool_derive(const struct lease_pool *p, uint64_t high, uint64_t low);

#endif
