/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RAS proxy on sockets: inside one for each gatekeeper outside and interface, handed in; outside one for each
 * endpoint, opened here. One thread, one libuv loop.
 */
#ifndef PST_GATEKEEPER_PROXY_SERVER_H
#define PST_GATEKEEPER_PROXY_SERVER_H

#include <uv.h>

#include "gatekeeper/proxy.h"

struct ras_proxy_server;

/* As in ras_proxy_ops, for the owner; each may be NULL. */
struct ras_proxy_server_hooks {
	bool (*virtual_address)(void *arg, uint32_t in, const struct addr *host, uint32_t out, struct addr *at);
	void (*named)(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal);
	void (*admitted)(void *arg, const struct gatekeeper_admission *a, bool over);
	void (*port)(void *arg, const struct addr *local, const struct addr *signal);
};

/* FIRST to LAST: ports outside. As ras_proxy_new(), PST_E_ARG also for no range. */
PST_MUST_CHECK int ras_proxy_server_new(struct ras_proxy_server **out, uv_loop_t *loop, const struct ras_proxy_config *cfg,
	uint16_t first, uint16_t last, const struct ras_proxy_server_hooks *hooks, void *arg);
/* Takes over a bound UDP socket of REALM that stands for GATEKEEPER, also on error. PST_E_LIMIT: too many;
 * PST_E_SYS. */
PST_MUST_CHECK int ras_proxy_server_listen_fd(
	struct ras_proxy_server *s, int fd, uint32_t gatekeeper, uint32_t realm);
/* The proxy itself, to be asked; not to be freed. */
struct ras_proxy *ras_proxy_server_proxy(struct ras_proxy_server *s);
/* Lets all go. The loop must run once more. */
void ras_proxy_server_free(struct ras_proxy_server *s);

#endif
