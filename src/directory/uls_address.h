/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses in records whose form nobody has published: an exact occurrence of one address, in
 * network or little-endian order or as text, becomes another; all else stays. Pure.
 */
#ifndef PST_DIRECTORY_ULS_ADDRESS_H
#define PST_DIRECTORY_ULS_ADDRESS_H

#include "base/addr.h"
#include "base/arena.h"
#include "directory/uls.h"

/* *OUT is DATA itself where nothing was found (*FOUND, may be NULL, counts), else a copy in A with FROM's address replaced by
 * TO's, and in our own form FROM's port by TO's as well (0: the port stays). PST_E_RANGE: an octet form was found and TO is of another
 * family, or no address; PST_E_NOMEM. */
PST_MUST_CHECK int uls_address_replace(struct pst_slice data, const struct addr *from, const struct addr *to, struct arena *a,
	struct pst_slice *out, unsigned *found);

/* Records of these types hold addresses: ULP_ADDRESS, and URLs, which hold them as text. */
bool uls_type_has_address(uint16_t type);

#endif
