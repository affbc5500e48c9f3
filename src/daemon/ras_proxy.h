/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RAS proxy as a configuration makes it. */
#ifndef PST_DAEMON_RAS_PROXY_H
#define PST_DAEMON_RAS_PROXY_H

#include <jansson.h>
#include <uv.h>

#include "daemon/conf.h"
#include "daemon/tell.h"

struct daemon_ras_proxy;

/* CONF is borrowed until the next reload. TELL is told of names, admissions, and ports that stand for an endpoint. Errors as
 * ras_proxy_server_new(). */
PST_MUST_CHECK int daemon_ras_proxy_new(
        struct daemon_ras_proxy **out, uv_loop_t *loop, const struct conf *conf, const struct daemon_tell *tell);
/* Tells of all that there is. */
void daemon_ras_proxy_tell_all(const struct daemon_ras_proxy *p);
/* Begins anew where realms or gatekeepers changed: then endpoints inside are asked to register again. It listens nowhere
 * afterwards. */
PST_MUST_CHECK int daemon_ras_proxy_reload(struct daemon_ras_proxy *p, const struct conf *conf);
/* Takes over a bound socket of SERVICE, also on error. */
PST_MUST_CHECK int daemon_ras_proxy_listen_fd(struct daemon_ras_proxy *p, uint32_t service, uint32_t realm, int fd);
/* NULL where P is. */
json_t *daemon_ras_proxy_status_json(struct daemon_ras_proxy *p);
/* Appends to LIST, an array. P may be NULL. */
void daemon_ras_proxy_registrations(struct daemon_ras_proxy *p, json_t *list);
void daemon_ras_proxy_free(struct daemon_ras_proxy *p);

#endif
