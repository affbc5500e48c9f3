/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases in the registrar: kept for the worker, in the state directory, and known to directory and gatekeeper, which tell
 * each asker the address at which their realm reaches a host.
 */
#ifndef PST_DAEMON_LEASED_H
#define PST_DAEMON_LEASED_H

#include "daemon/conf.h"
#include "daemon/tell.h"

struct daemon_leased;

/* PST_E_NOMEM. */
PST_MUST_CHECK int daemon_leased_new(struct daemon_leased **out);
/* Takes CONF into use. The first time that there are pools, brings back what was kept in the state directory; where nothing can
 * be kept there, the log says so. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_leased_take(struct daemon_leased *l, const struct conf *conf);
/* The worker tells of a lease. */
void daemon_leased_keep(struct daemon_leased *l, const struct registry_lease *lease);
/* Tells a worker that begins of all that is kept. */
void daemon_leased_tell_all(const struct daemon_leased *l, const struct daemon_tell *tell);
/* The address at which REALM reaches HOST, if that has one of its own there, of FAMILY. ARG: the leased. */
bool daemon_leased_virtual_of(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out);
/* The host inside that a virtual ADDRESS stands for. */
bool daemon_leased_host_of(void *arg, const struct addr *address, struct addr *host);
/* Writes what is pending. NULL is allowed. */
void daemon_leased_free(struct daemon_leased *l);

#endif
