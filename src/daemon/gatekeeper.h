/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gatekeeper in the daemon: its configuration out of postern.yaml(5), on the registrar's loop; and what the worker has to
 * know of it. Registrations and admissions are kept in the state directory, beside the directory's entries. */
#ifndef PST_DAEMON_GATEKEEPER_H
#define PST_DAEMON_GATEKEEPER_H

#include <jansson.h>
#include <uv.h>

#include "daemon/conf.h"
#include "daemon/leased.h"
#include "daemon/tell.h"

struct daemon_gatekeeper;

/* CONF is borrowed until the next daemon_gatekeeper_reload(). TELL is told of every name and every admission; LEASED is
 * borrowed. What was kept is
 * brought back; where nothing can be kept, the log says so. PST_E_ARG, PST_E_NOMEM. */
PST_MUST_CHECK int daemon_gatekeeper_new(
        struct daemon_gatekeeper **out, uv_loop_t *loop, const struct conf *conf, const struct daemon_tell *tell,
        struct daemon_leased *leased);
/* Takes CONF into use and closes the sockets; registrations stay. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_gatekeeper_reload(struct daemon_gatekeeper *g, const struct conf *conf);
/* A socket for SERVICE (conf_ras_service() and on) of the realm and the interface of that number. Takes FD, also on error. */
PST_MUST_CHECK int daemon_gatekeeper_listen_fd(
        struct daemon_gatekeeper *g, uint32_t service, uint32_t realm, uint32_t interface, int fd);
/* The endpoint at HOST, if it is still behind somebody else's NAT, is to connect to TO for the call CALL_ID. */
void daemon_gatekeeper_summon(struct daemon_gatekeeper *g, const struct addr *host, const uint8_t call_id[static 16],
        const struct addr *to);
/* The worker's question ID: TELL is told once who takes calls for NAME (REGISTRY_LOCATED). */
void daemon_gatekeeper_locate(struct daemon_gatekeeper *g, uint32_t id, struct pst_slice name);
/* Another worker asks from now on: what the one before asked is not answered any more. */
void daemon_gatekeeper_new_asker(struct daemon_gatekeeper *g);
/* Tells of all that there is. */
void daemon_gatekeeper_tell_all(struct daemon_gatekeeper *g);
/* NULL where G is NULL. */
json_t *daemon_gatekeeper_status_json(struct daemon_gatekeeper *g);
json_t *daemon_gatekeeper_registrations_json(struct daemon_gatekeeper *g);
/* FOR_GOOD, or where nothing is kept: tells the endpoints and forgets them. The loop must run once more. NULL is allowed. */
void daemon_gatekeeper_free(struct daemon_gatekeeper *g, bool for_good);

#endif
