/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory in the daemon: the entries, kept in the state directory, behind the ILS and the ULS; who is in which realm
 * and where each realm calls whom; what of other people's directories goes through. One thread, the registrar's loop.
 */
#ifndef PST_DAEMON_DIRECTORY_H
#define PST_DAEMON_DIRECTORY_H

#include <jansson.h>
#include <uv.h>

#include "daemon/conf.h"
#include "daemon/leased.h"
#include "daemon/tell.h"

struct daemon_directory;

/* CONF is borrowed until the next daemon_directory_reload(). TELL is told of everybody who can be called, and of each change;
 * LEASED is borrowed.
 * What the store has is loaded; without a store, it says so in the log and goes on in memory. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_directory_new(
        struct daemon_directory **out, uv_loop_t *loop, const struct conf *conf, const struct daemon_tell *tell,
        struct daemon_leased *leased);
/* Tells of all that there is. */
void daemon_directory_tell_all(struct daemon_directory *d);
/* Takes CONF into use: policies, limits and the people it lists. Closes the listening sockets. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_directory_reload(struct daemon_directory *d, const struct conf *conf);
/* A listening socket for service SERVICE of the configuration (conf_service_port()). It takes FD, also on error. */
PST_MUST_CHECK int daemon_directory_listen_fd(struct daemon_directory *d, uint32_t service, int fd);
/* {"entries", "bytes", ..., "ils": {...}, "uls": {...}}; NULL out of memory, or where D is NULL. */
json_t *daemon_directory_status_json(const struct daemon_directory *d);
/* Writes what is pending and lets all go. The loop must turn until it ends by itself. */
void daemon_directory_free(struct daemon_directory *d);

#endif
