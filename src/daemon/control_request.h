/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line of a control client as a request. Pure. */
#ifndef PST_DAEMON_CONTROL_REQUEST_H
#define PST_DAEMON_CONTROL_REQUEST_H

#include "base/addr.h"
#include "base/err.h"
#include "base/slice.h"

enum {
	CONTROL_LINE_MAX = 1024, /* octets, without the line feed */
	CONTROL_TEXT_MAX = 255,  /* of a member */
	CONTROL_REALM_MAX = 32,
};

enum control_cmd { CONTROL_STATUS, CONTROL_CALLS, CONTROL_CALL, CONTROL_REGISTRATIONS, CONTROL_ROUTE, CONTROL_FOLLOW,
	CONTROL_LEASES, CONTROL_LEASE };
enum control_act { CONTROL_GRANT, CONTROL_PIN, CONTROL_RELEASE };

struct control_request {
	enum control_cmd cmd;
	uint64_t id; /* CONTROL_CALL: of the call */
	/* CONTROL_ROUTE: the called party, where the call comes from, the caller's name; "": not given, but for dest */
	char dest[CONTROL_TEXT_MAX + 1], from[CONTROL_TEXT_MAX + 1], name[CONTROL_TEXT_MAX + 1];
	/* CONTROL_LEASE */
	enum control_act act;
	struct addr host, address;         /* no ports; address: family 0 where it is not given */
	char realm[CONTROL_REALM_MAX + 1]; /* "": not given */
};

/* Reads LINE: {"cmd": "status" | "calls" | "registrations" | "leases" | "follow"}, {"cmd": "call", "id": N}, {"cmd": "route",
 * "dest": TEXT, "from": TEXT, "name": TEXT}, the last two as wanted, or {"cmd": "lease", "act": "grant" | "pin" | "release", "host":
 * ADDRESS} with, where wanted, "realm" and, to pin, "address"; and nothing else beside.
 * PST_E_BAD: *WHY says what is wrong (static text). PST_E_LIMIT: too long. */
PST_MUST_CHECK int control_request_parse(
        struct control_request *out, struct pst_slice line, const char **why);

#endif
