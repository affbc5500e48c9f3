/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The io of the gateway's calls on libuv: sockets, listeners, timers. */
#ifndef PST_GATEWAY_NET_H
#define PST_GATEWAY_NET_H

#include <uv.h>

#include "gateway/gw.h"

struct gw_net;

extern const struct gw_io_ops gw_net_ops;

PST_MUST_CHECK int gw_net_new(struct gw_net **out, uv_loop_t *loop, struct gateway *gw);
/* Secondaries listen in RANGE. PST_E_ARG, PST_E_NOMEM. */
PST_MUST_CHECK int gw_net_range(struct gw_net *net, const struct gw_port_range *range);
/* Owns FD, also on error. */
PST_MUST_CHECK int gw_net_listen_fd(struct gw_net *net, int fd);
void gw_net_unlisten(struct gw_net *net);
/* Listens on the ports of CFG that lead to one host each, at the gateway's address of each realm outside, for callers of every realm; what it listened on
 * before is kept or closed. CFG NULL: none. What can not be listened on is logged. */
void gw_net_ports(struct gw_net *net, const struct gw_config *cfg);
/* Call signalling on LOCAL too, until it is closed; NULL: all of those are. Errors as loop_listen(), PST_E_NOMEM. */
PST_MUST_CHECK int gw_net_port_open(struct gw_net *net, const struct addr *local);
void gw_net_port_close(struct gw_net *net, const struct addr *local);
/* Connections that are not closed to their end yet. */
uint32_t gw_net_open(const struct gw_net *net);
/* Closes what is left, at once; NET goes when the loop has turned. */
void gw_net_free(struct gw_net *net);

#endif
