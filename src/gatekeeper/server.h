/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gatekeeper on sockets: RAS (UDP 1719) and discovery (UDP 1718, also by
 * multicast) of each realm. One thread, one libuv loop; the descriptors are
 * handed in.
 */
#ifndef PST_GATEKEEPER_SERVER_H
#define PST_GATEKEEPER_SERVER_H

#include <uv.h>

#include "gatekeeper/gatekeeper.h"

struct gatekeeper_server;

/* OPS: send is the server's own and ignored. As gatekeeper_new(). */
PST_MUST_CHECK int gatekeeper_server_new(struct gatekeeper_server **out, uv_loop_t *loop,
	const struct gatekeeper_config *cfg, const struct gatekeeper_ops *ops, void *arg);
/* Takes over a bound UDP socket, also on error. DISCOVERY: what comes in there is answered from the RAS socket of the same
 * REALM and INTERFACE (any number, the same for both). PST_E_LIMIT: too many; PST_E_SYS. */
PST_MUST_CHECK int gatekeeper_server_listen_fd(
	struct gatekeeper_server *s, int fd, uint32_t realm, uint32_t interface, bool discovery);
/* Closes the sockets. New ones may be given at once. */
void gatekeeper_server_unlisten(struct gatekeeper_server *s);
PST_MUST_CHECK int gatekeeper_server_reload(struct gatekeeper_server *s, const struct gatekeeper_config *cfg);
/* As gatekeeper_restore(). */
PST_MUST_CHECK int gatekeeper_server_restore(struct gatekeeper_server *s, uint64_t id, struct pst_slice image);
/* As gatekeeper_restore_call(). */
PST_MUST_CHECK int gatekeeper_server_restore_call(struct gatekeeper_server *s, uint64_t number, struct pst_slice image);
/* As gatekeeper_locate(). */
bool gatekeeper_server_locate(struct gatekeeper_server *s, uint64_t asker, const char *name);
/* As gatekeeper_resolved(). */
void gatekeeper_server_resolved(struct gatekeeper_server *s, uint64_t ticket, const struct addr *at, bool locates);
/* As gatekeeper_summon(). */
bool gatekeeper_server_summon(
	struct gatekeeper_server *s, const struct addr *signal, const uint8_t call_id[static 16], const struct addr *to);
/* The gatekeeper itself, to be asked; not to be freed. */
struct gatekeeper *gatekeeper_server_gk(struct gatekeeper_server *s);
/* Lets all go; DISMISS: tells every endpoint that it is not registered any more. The loop must run once more. */
void gatekeeper_server_free(struct gatekeeper_server *s, bool dismiss);

#endif
