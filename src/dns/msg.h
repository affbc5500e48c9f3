/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS messages (RFC 1035, RFC 2782), as far as whoever looks an address up needs them: one question, and its answers. */
#ifndef PST_DNS_MSG_H
#define PST_DNS_MSG_H

#include "base/addr.h"
#include "base/writer.h"

enum dns_type { DNS_A = 1, DNS_CNAME = 5, DNS_AAAA = 28, DNS_SRV = 33 };
enum { DNS_NAME_MAX = 256 /* octets of a name as text, with its NUL */, DNS_QUERY_MAX = 300 };

struct dns_record {
	uint32_t ttl_s;
	struct addr addr; /* A, AAAA; port 0 */
	uint16_t priority, weight, port; /* SRV */
	char target[DNS_NAME_MAX];	 /* SRV: printable, without the dot at its end; "": there is no such service */
};

/* A question for NAME ("example.org"). PST_E_BAD: no name that can be asked for; PST_E_SPACE. */
PST_MUST_CHECK int dns_query_encode(struct writer *w, uint16_t id, const char *name, enum dns_type type);
/* The records that answer that question, aliases (CNAME) followed, at most MAX; *N may be 0. PST_E_NOT_FOUND: no answer to it;
 * PST_E_BAD, PST_E_SHORT: no message; PST_E_DENIED: the server has no answer; PST_E_LIMIT: cut short (TC) with nothing of
 * use in it. */
PST_MUST_CHECK int dns_answer_decode(struct pst_slice octets, uint16_t id, const char *name, enum dns_type type,
	struct dns_record *out, uint32_t max, uint32_t *n);

#endif
