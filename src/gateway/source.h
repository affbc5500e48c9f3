/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits per source address (of IPv6 its /64): how many calls at once, how many new ones per second. */
#ifndef PST_GATEWAY_SOURCE_H
#define PST_GATEWAY_SOURCE_H

#include <uthash.h>

#include "base/addr.h"
#include "gateway/config.h"

/* What one source address has going. */
struct gw_source {
	UT_hash_handle hh;
	uint8_t key[17]; /* family and address */
	uint32_t calls;	 /* that stand */
	uint32_t tokens; /* new ones it may still start now */
	uint64_t refill_ms;
	uint32_t refused; /* of late: one is forgotten every GW_SOURCE_FORGET_MS */
	uint64_t refused_ms;
};

enum { GW_SOURCE_FORGET_MS = 10000 };

/* Counts a new call of ADDR; NULL with *WHY (static text) when a limit refuses it or memory is out. */
struct gw_source *gw_source_enter(struct gw_source **all, const struct gw_limits *lim,
	const struct addr *addr, uint64_t now_ms, const char **why);
/* A call of S was refused, as such of who tries names and numbers are. */
void gw_source_refused(struct gw_source *s, uint64_t now_ms);
/* The call is over. The source is forgotten when it has no call and its rate has recovered, at a later
 * gw_source_sweep(). */
void gw_source_leave(struct gw_source *s);
void gw_source_sweep(struct gw_source **all, uint64_t now_ms);
void gw_source_free_all(struct gw_source **all);

#endif
