/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses in the text of people: names, URLs, CNAMEs. Pure. */
#ifndef PST_BASE_ADDR_FIND_H
#define PST_BASE_ADDR_FIND_H

#include "base/addr.h"

struct addr_found {
	size_t at, n;	  /* characters of the text */
	struct addr addr; /* no port; an IPv4-mapped IPv6 address as the IPv4 one it is */
};

/* The first address in S at character FROM or later: dotted IPv4 (leading zeros allowed) wherever no digit
 * touches it, IPv6 with or without brackets. A character has STEP octets: 1, or 2 for BMP strings. To look
 * behind one that is none of the caller's, go on at out->at + 1: "1.10.0.0.5" holds two. */
bool addr_find(struct addr_found *out, struct pst_slice s, unsigned step, size_t from);

#endif
