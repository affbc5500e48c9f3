/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where calls come to the gateway: listening sockets of the monitor's, and ports of hosts and endpoints. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/net_private.h"
#include "loop/net.h"

static void on_signalling(struct loop_listener *l, int fd, const struct addr *peer)
{
	struct net_listener *nl = (struct net_listener *)l;
	struct addr local, original;
	if (loop_fd_local(fd, &local) != 0) {
		close(fd);
		return;
	}
	if (loop_original_dst(fd, &original) != 0)
		original = local;
	if (nl->as.family != ADDR_NONE)
		local = nl->as;
	struct net_conn *nc = gw_net_take(nl->net, fd);
	const int err = nc != NULL ? gw_incoming(nl->net->gw, nc, peer, &local, &original) : 0;
	if (err == PST_E_BUSY)
		gw_net_keep_waiting(nc);
	else if (err != 0)
		loop_tcp_close(&nc->tcp, false, gw_net_conn_closed);
}

/* Owns FD, also on error. */
static int entry_open(struct gw_net *net, int fd, struct net_listener **list, struct net_listener **out)
{
	struct net_listener *nl = calloc(1, sizeof *nl);
	if (nl == NULL) {
		close(fd);
		return PST_E_NOMEM;
	}
	nl->net = net;
	const int err = loop_listener_open(net->loop, &nl->l, fd, on_signalling);
	if (err != 0) {
		free(nl);
		return err;
	}
	DL_APPEND(*list, nl);
	*out = nl;
	return 0;
}

int gw_net_listen_fd(struct gw_net *net, int fd)
{
	struct net_listener *nl;
	return entry_open(net, fd, &net->entries, &nl);
}

static void entry_close(struct net_listener **list, struct net_listener *nl)
{
	DL_DELETE(*list, nl);
	loop_listener_close(&nl->l, gw_net_listener_closed);
}

int gw_net_port_open(struct gw_net *net, const struct addr *local)
{
	struct net_listener *nl;
	int fd, err = loop_listen(&fd, local, GW_NET_BACKLOG);
	if (err == 0)
		err = entry_open(net, fd, &net->own, &nl);
	if (err == 0)
		nl->local = *local;
	return err;
}

void gw_net_port_close(struct gw_net *net, const struct addr *local)
{
	struct net_listener *nl, *tmp;
	DL_FOREACH_SAFE (net->own, nl, tmp) {
		if (local == NULL || addr_eq(&nl->local, local))
			entry_close(&net->own, nl);
	}
}

void gw_net_unlisten(struct gw_net *net)
{
	struct net_listener *nl, *tmp;
	DL_FOREACH_SAFE (net->entries, nl, tmp)
		entry_close(&net->entries, nl);
}

/* Connections to LOCAL that come in by INTERFACE, where the gateway's address is AS. */
static void want_port(struct gw_net *net, const struct addr *local, const char *interface, const struct addr *as)
{
	struct net_listener *nl;
	char text[ADDR_STRLEN];
	int fd;
	DL_FOREACH (net->ports, nl) {
		if (!addr_eq(&nl->local, local) || !addr_ip_eq(&nl->as, as) || strcmp(nl->interface, interface) != 0)
			continue;
		nl->wanted = true;
		return;
	}
	int err = loop_listen_on(&fd, local, interface[0] != '\0' ? interface : NULL, GW_NET_BACKLOG);
	if (err == 0)
		err = entry_open(net, fd, &net->ports, &nl);
	if (err != 0) {
		log_error("gateway", "nobody can be called at %s: %s", addr_str(local, text),
			err == PST_E_BUSY ? "the port is taken" : pst_strerror(err));
		return;
	}
	nl->local = *local;
	nl->as = *as;
	snprintf(nl->interface, sizeof nl->interface, "%s", interface);
	nl->wanted = true;
}

/* From every side: who is inside may know a host by its port outside. Which side it is must be seen by the interface, as the
 * system takes connections to any of its addresses on all of them. */
static void want_port_everywhere(struct gw_net *net, const struct gw_config *cfg, const struct addr *local)
{
	const struct addr unknown = { 0 };
	bool any = false;
	for (uint32_t r = 0; r < cfg->n_realms; r++) {
		const struct gw_realm *realm = &cfg->realms[r];
		const struct addr as = addr_with_port(realm->address, local->port);
		for (uint32_t i = 0; i < realm->n_interfaces && as.family == local->family; i++) {
			want_port(net, local, realm->interfaces[i], &as);
			any = true;
		}
	}
	if (!any)
		want_port(net, local, "", &unknown);
}

void gw_net_ports(struct gw_net *net, const struct gw_config *cfg)
{
	struct net_listener *nl, *tmp;
	DL_FOREACH (net->ports, nl)
		nl->wanted = false;
	for (uint32_t i = 0; cfg != NULL && i < cfg->n_ports; i++) {
		for (uint32_t r = 0; r < cfg->n_realms; r++) {
			const struct addr local = addr_with_port(cfg->realms[r].address, cfg->ports[i].port);
			if (cfg->realms[r].role == GW_ROLE_OUTSIDE && local.family != ADDR_NONE)
				want_port_everywhere(net, cfg, &local);
		}
	}
	DL_FOREACH_SAFE (net->ports, nl, tmp)
		if (!nl->wanted)
			entry_close(&net->ports, nl);
}
