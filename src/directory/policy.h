/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may do what in the directory, for both front ends. Filled by the daemon. */
#ifndef PST_DIRECTORY_POLICY_H
#define PST_DIRECTORY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Realms are bits, by index: at most 32. */
struct directory_policy {
	uint32_t may_search;   /* look people up */
	uint32_t may_list;     /* besides, ask for everybody */
	uint32_t may_register;
	uint32_t list_max;     /* entries of one answer */
	uint32_t time_limit_s; /* of one answer */
	bool strict_add;       /* an Add of what exists is refused even to its owner, as X.511 has it */
	bool source_address;   /* what is registered is the address the registration came from, whatever it says */
};

static inline struct directory_policy directory_policy_default(void)
{
	return (struct directory_policy){ UINT32_MAX, UINT32_MAX, UINT32_MAX, 5000, 30, false, false };
}

static inline bool policy_has(uint32_t realms, uint8_t realm)
{
	return realm < 32 && (realms >> realm & 1) != 0;
}

#endif
