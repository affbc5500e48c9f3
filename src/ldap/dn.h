/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distinguished names as text (RFC 1779, RFC 4514), read leniently: either order,
 * "," or ";" between parts, any spacing, quotes and escapes undone. NetMeeting writes
 * them upside down, with the class as a last part:
 *
 *	c=-,o=Microsoft, cn=user@host, objectClass=rtPerson
 */
#ifndef PST_LDAP_DN_H
#define PST_LDAP_DN_H

#include "base/arena.h"
#include "base/writer.h"

enum { LDAP_DN_PARTS_MAX = 16 };

struct ldap_dn_part {
	struct pst_slice type;  /* borrowed from the text */
	struct pst_slice value; /* borrowed, or in the arena where something was undone */
};

struct ldap_dn {
	struct ldap_dn_part parts[LDAP_DN_PARTS_MAX];
	uint32_t n; /* 0: the empty name, the root */
};

/* PST_E_BAD: no name; PST_E_LIMIT: too many parts; PST_E_NOMEM. */
PST_MUST_CHECK int ldap_dn_parse(struct ldap_dn *out, struct pst_slice text, struct arena *a);
/* The value of the first part of that type, compared without case. False: there is none. */
bool ldap_dn_get(const struct ldap_dn *dn, const char *type, struct pst_slice *value);
/* VALUE as it may stand in a DN: with what would end it escaped. */
void ldap_dn_write_value(struct writer *w, struct pst_slice value);

#endif
