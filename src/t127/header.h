/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we say and read of a file in a FileHeader: name, size, time. */
#ifndef PST_T127_HEADER_H
#define PST_T127_HEADER_H

#include "base/arena.h"
#include "base/err.h"
#include "t127_asn1.h"

enum { T127_NAME_MAX = 240 }; /* octets of UTF-8: a file's name, with room for what is put behind it */

struct t127_file {
	char name[T127_NAME_MAX + 1]; /* plain: see t127_name() */
	bool has_size, has_modified;
	uint64_t size;	    /* octets */
	int64_t modified_s; /* UTC, since 1970 */
};

/* NAME goes out as its octets; the file's folder does not. PST_E_NOMEM. What H points to is A's. */
PST_MUST_CHECK int t127_header_write(struct t127_file_header *h, const struct t127_file *f, struct arena *a);
void t127_header_read(struct t127_file *f, const struct t127_file_header *h);

/*
 * The last part of the last of NAMES as a plain name that any file system takes, and that does nothing when
 * it is listed on a terminal: UTF-8 (what is not, is read as ISO 8859-1); no folders, of any system's kind;
 * no controls, nothing that turns text round; not hidden; never empty ("file"). A long name keeps its
 * extension.
 */
void t127_name(char out[static T127_NAME_MAX + 1], const struct pst_slice *names, uint32_t n);

#endif
