/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is to be called: host[:port], alias@host[:port], or h323: with either (RFC 3508). */
#ifndef PST_ENDPOINT_DEST_H
#define PST_ENDPOINT_DEST_H

#include "base/addr.h"

enum { DEST_ALIAS_MAX = 256, DEST_HOST_MAX = 256 };

struct dest {
	char alias[DEST_ALIAS_MAX]; /* "": none */
	char host[DEST_HOST_MAX];   /* a name or an address without brackets */
	uint16_t port;
};

/* Reads TEXT; where it names no port it is DEFAULT_PORT. PST_E_BAD: it is none of the forms above. */
PST_MUST_CHECK int dest_parse(struct dest *out, const char *text, uint16_t default_port);
/* True for what can be dialled on a telephone: digits, '*', '#' and ','. */
bool dest_is_number(const char *alias);
/* The address of host and port, of FAMILY when that is not ADDR_NONE; asks the resolver for names.
 * PST_E_NOT_FOUND; *WHY (may be NULL) gets a phrase. */
PST_MUST_CHECK int dest_resolve(struct addr *out, const struct dest *d, uint8_t family, const char **why);

#endif
