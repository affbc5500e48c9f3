/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control socket: local programs ask what the gateway does. One request per
 * line, one answer per line, both JSON:
 *
 *	{"cmd": "status"}        -> {"status": {...}}
 *	{"cmd": "calls"}         -> {"calls": [...]}
 *	{"cmd": "call", "id": 7} -> {"call": {...}}
 *	{"cmd": "registrations"} -> {"registrations": [...]}
 *	{"cmd": "follow"}        -> {"follow": true}, then {"event": {...}} for each event, until the client
 *goes anything else            -> {"error": "..."}
 *
 * A client that does not read is dropped. All text is ASCII on the wire.
 */
#ifndef PST_DAEMON_CONTROL_H
#define PST_DAEMON_CONTROL_H

#include <uv.h>

#include "daemon/directory.h"
#include "daemon/gatekeeper.h"
#include "gateway/gateway.h"

struct control;

/* Serves clients of the listening socket FD, which is the control's from here on, also when it fails. GW is
 * borrowed; *DIRECTORY and *GATEKEEPER are who serves at the time, or NULL. PST_E_NOMEM, PST_E_SYS. */
PST_MUST_CHECK int control_new(struct control **out, uv_loop_t *loop, int fd, struct gateway *gw,
        struct daemon_directory *const *directory, struct daemon_gatekeeper *const *gatekeeper);
/* Drops all clients. The loop must run once more. */
void control_free(struct control *c);

#endif
