/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control socket: local programs ask what the gateway does. One request per
 * line, one answer per line, both JSON:
 *
 *	{"cmd": "status"}        -> {"status": {...}}
 *	{"cmd": "calls"}         -> {"calls": [...]}
 *	{"cmd": "call", "id": 7} -> {"call": {...}}
 *	{"cmd": "registrations"} -> {"registrations": [...]}
 *	{"cmd": "route", "dest": "berta", "from": "outside"} -> {"route": {...}}
 *	{"cmd": "leases"}        -> {"leases": [...]}
 *	{"cmd": "lease", "act": "grant" | "pin" | "release", "host": ADDRESS, "address": ADDRESS, "realm": NAME}
 *	                         -> {"leases": [...]}, those it is about
 *	{"cmd": "follow"}        -> {"follow": true}, then {"event": {...}} for each event, until the client goes
 *	anything else            -> {"error": "..."}
 *
 * Answers come in the order of the requests; what only the registrar knows is asked of it. A client that does not read is
 * dropped. All text is ASCII on the wire.
 */
#ifndef PST_DAEMON_CONTROL_H
#define PST_DAEMON_CONTROL_H

#include <uv.h>

#include "daemon/leases.h"
#include "daemon/registered.h"
#include "gateway/gateway.h"

struct control;

/* Serves clients of the listening socket FD, which is the control's from here on, also when it fails. GW, REGISTERED and
 * LEASES are borrowed. PST_E_NOMEM, PST_E_SYS. */
PST_MUST_CHECK int control_new(
        struct control **out, uv_loop_t *loop, int fd, struct gateway *gw, struct daemon_registered *registered,
        struct daemon_leases *leases);
/* Drops all clients. The loop must run once more. */
void control_free(struct control *c);

#endif
