/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of the ULS front end: finding by name, records as an asker sees them, and planned changes. */
#ifndef PST_DIRECTORY_ULS_PRIVATE_H
#define PST_DIRECTORY_ULS_PRIVATE_H

#include "directory/uls.h"

/* The person NAME (wire form) stands for: who registered it, or whose e-mail reads so with one of its dots as "@". */
const struct directory_entry *uls_find(const struct directory *d, struct pst_slice name);

/* What one asker sees of an entry. */
struct uls_view {
	struct pst_slice name; /* the entry's own, wire form */
	struct ulp_entry *records;
	uint32_t n;
};
/* In A. APPLICATION: whose records the asker is after; a person who came through ILS with that application shows as having
 * its e-mail and address. PST_E_NOT_FOUND: the entry has no name that ULP can carry. */
PST_MUST_CHECK int uls_view(const struct directory *d, const struct directory_entry *e, uint8_t asker_realm,
	const uint8_t application[static ULP_APPLICATION_LEN], uint64_t now_ms, struct arena *a, struct uls_view *out);

/* The label ASKED, with its wild cards, against type, property and application of another; names are not looked at. */
bool uls_label_matches(const struct ulp_label *asked, const struct ulp_label *l);

/* Carries out an addition, deletion or refresh: everything in M or nothing. Returns the retcode. */
enum ulp_retcode uls_change(struct directory *d, const struct uls_session *s, const struct ulp_msg *m, uint64_t now_ms,
	struct arena *a);

#endif
