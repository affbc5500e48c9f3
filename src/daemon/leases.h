/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Leases in the worker: the table, the monitor that answers for its addresses, the gateway that asks for them, and whoever
 * keeps them. What is kept is handed out at each change and brought back after a restart. One thread, on the loop.
 */
#ifndef PST_DAEMON_LEASES_H
#define PST_DAEMON_LEASES_H

#include <jansson.h>
#include <uv.h>

#include "daemon/conf.h"
#include "priv/client.h"

struct daemon_leases;

/* Whoever keeps leases is told: IMAGE under KEY (without octets: nothing any more), and whether callers reach the address. */
struct daemon_leases_keeper {
	void (*keep)(void *arg, struct pst_slice key, struct pst_slice image, bool live);
	void *arg;
};

/* PRIV is borrowed. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_leases_new(struct daemon_leases **out, uv_loop_t *loop, struct priv_client *priv,
        const struct daemon_leases_keeper *keeper);
/* Brings back what was kept; before the first configuration it is put aside until then. What has no place any more is dropped,
 * with a line. */
void daemon_leases_restore(struct daemon_leases *l, struct pst_slice key, struct pst_slice image);
/* Takes CONF (borrowed until the next one), of GENERATION, into use. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_leases_take(struct daemon_leases *l, const struct conf *conf, uint32_t generation);
/* The monitor has another number for the configuration in use, as one was refused. */
void daemon_leases_generation(struct daemon_leases *l, uint32_t generation);
/* Tells the keeper of everything, as after a restart of its own. */
void daemon_leases_tell_all(struct daemon_leases *l);
/* Nobody waits any more. Addresses stay up. The loop must run once more. NULL is allowed. */
void daemon_leases_free(struct daemon_leases *l);

/* For the gateway. */
struct gw_leases daemon_leases_gateway(struct daemon_leases *l);
/* A name is registered (BY 1), or not any more (-1), by HOST: while there is one, its leases are held. */
void daemon_leases_registered(struct daemon_leases *l, const struct addr *host, int by);

/* [{"host", "address", "realm", "state": "bound|pinned|static|resting", "answered", "uses", "since_ms", "expires_ms" (0: not by
 * time)}...], in no order; times are spans until and since now. Leases that rest no longer are left out. */
json_t *daemon_leases_json(const struct daemon_leases *l);
/* {"leases", "used", "max", "remembered", "granted", "returned", "expired", "refused", "waiting"}; NULL: there are no pools. */
json_t *daemon_leases_status_json(const struct daemon_leases *l);

enum daemon_leases_act { DAEMON_LEASES_GRANT, DAEMON_LEASES_PIN, DAEMON_LEASES_RELEASE };
/* What an administrator asks for. HOST: of a host inside; where RELEASE is asked for, it may be a virtual address. ADDRESS:
 * family 0, or the one to pin. REALM: by name; NULL: every one that has a pool. The leases it is about, as an array as above; NULL, and *WHY
 * (static text): not done. */
json_t *daemon_leases_act(struct daemon_leases *l, enum daemon_leases_act act, const struct addr *host,
        const struct addr *address, const char *realm, const char **why);

#endif
