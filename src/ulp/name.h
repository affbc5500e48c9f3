/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of ULP records: DNS form, 1..63 octets a part, 255 in all, no compression.
 * The draft says no more than "the user name in DNS format". Here a user name
 * user@host is written as RFC 1035 section 8 writes a mailbox: the part before the
 * "@" is one part of the name, whatever dots it has, then those of the host.
 */
#ifndef PST_ULP_NAME_H
#define PST_ULP_NAME_H

#include "base/reader.h"

enum { ULP_NAME_STRLEN = 256 };

/* Takes a name, the last zero with it, from R; borrowed. PST_E_BAD: a part above 63 octets, or more than 255 in all. */
PST_MUST_CHECK int ulp_name_read(struct reader *r, struct pst_slice *name);
/* True when NAME is one whole name and nothing else. */
bool ulp_name_valid(struct pst_slice name);
/* Writes TEXT ("ann@example.org", "ann.example.org") in DNS form into BUF; *N gets its length. PST_E_BAD: an empty part, or
 * too long. */
PST_MUST_CHECK int ulp_name_from_text(uint8_t buf[static 255], size_t *n, struct pst_slice text);
/* The parts joined with dots, as octets of the peer: not escaped, may hold zeros. NAME is valid. Returns their number. */
size_t ulp_name_text(struct pst_slice name, char buf[static ULP_NAME_STRLEN]);
/* The same name, without regard to the case of ASCII letters (RFC 1034 section 3.1). */
bool ulp_name_eq(struct pst_slice a, struct pst_slice b);

#endif
