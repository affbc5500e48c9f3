/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases as somebody sees them who is told of them: a copy of the table that answers who is where, and nothing else. Told
 * with the images that the table has kept (lease.h).
 */
#ifndef PST_LEASE_VIEW_H
#define PST_LEASE_VIEW_H

#include "lease/lease.h"

struct lease_view;

/* SEED: random, of the hash tables. PST_E_NOMEM. */
PST_MUST_CHECK int lease_view_new(struct lease_view **out, const uint64_t seed[static 2]);
void lease_view_free(struct lease_view *v);

/* The pools say of which realm an address is. What was told before has to be told again. PST_E_NOMEM. */
PST_MUST_CHECK int lease_view_pools(struct lease_view *v, const struct lease_pool *pools, uint32_t n);
/* What is kept under KEY is IMAGE now (without octets: nothing), and LIVE: callers reach it. PST_E_BAD: no image; PST_E_NOT_FOUND: no
 * pool has it; PST_E_NOMEM. In each of them nothing is known of that address. */
PST_MUST_CHECK int lease_view_apply(struct lease_view *v, struct pst_slice key, struct pst_slice image, bool live);
void lease_view_clear(struct lease_view *v);

/* The virtual address of REALM and FAMILY that stands for HOST. */
bool lease_view_virtual_of(
	const struct lease_view *v, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out);
/* The host behind the virtual ADDRESS. */
bool lease_view_host_of(const struct lease_view *v, const struct addr *address, struct addr *host);

#endif
