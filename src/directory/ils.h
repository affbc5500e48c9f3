/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Internet Locator Server as NetMeeting, Windows' telephony clients and ordinary
 * LDAP clients use it, over the directory model. No sockets here: whole LDAPMessages in,
 * answers out, a long answer piece by piece as the other side takes it.
 *
 * A registration is an Add and a Modify under an upside-down name; entries live until
 * their time is over, not with the connection. Searching with an sttl term renews.
 */
#ifndef PST_DIRECTORY_ILS_H
#define PST_DIRECTORY_ILS_H

#include "base/writer.h"
#include "directory/model.h"
#include "directory/policy.h"
#include "ldap/msg.h"

enum {
	ILS_MESSAGE_MAX = 16384, /* octets of a request */
	ILS_OUT_MIN = 24576,     /* room every call must be given: the largest entry fits */
	ILS_ARENA_MAX = 256 * 1024,
	ILS_STEP = 500,          /* entries looked at in one call */
	ILS_PATTERN_MAX = 256,   /* octets of a value with wildcards; a longer one matches nothing */
};

struct ils_stats {
	uint64_t binds, searches, entries, adds, modifies, deletes, refreshes, others;
	uint64_t malformed, refused;
};

struct ils {
	struct directory *dir;
	const struct directory_policy *policy;
	struct ils_stats stats;
};

struct ils_search; /* a search whose answer is not out yet */

struct ils_session {
	struct ils *ils;
	struct directory_asker asker;
	uint8_t version; /* 2 until a bind says 3 */
	struct ils_search *search;
};

enum { ILS_DONE = 0, ILS_MORE = 1, ILS_CLOSE = 2 };

void ils_session_init(struct ils_session *s, struct ils *ils, const struct directory_asker *asker);
/* Ends a search that is under way. */
void ils_session_free(struct ils_session *s);

/* Answers MSG, one whole element as ber_length() found it, into W. ILS_DONE; ILS_MORE: go on with ils_more() when what W
 * holds has gone out, and give no other message before; ILS_CLOSE: send what W holds and close. */
PST_MUST_CHECK int ils_handle(struct ils_session *s, struct pst_slice msg, uint64_t now_ms, struct writer *w);
PST_MUST_CHECK int ils_more(struct ils_session *s, uint64_t now_ms, struct writer *w);
/* What version 3 is told before its connection is closed for octets that are no message (notice of disconnection). */
void ils_goodbye(struct ils_session *s, struct writer *w);

/* The octets of an IPv4 address read as a little-endian number, as decimal text (sipaddress). */
enum { ILS_SIPADDRESS_MAX = 11 };
const char *ils_sipaddress(char buf[static ILS_SIPADDRESS_MAX], const struct addr *a);
PST_MUST_CHECK int ils_sipaddress_parse(struct addr *out, struct pst_slice text);

#endif
