/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The structures of the io, shared by net.c (connections, listeners of calls, timers) and net_entries.c (where calls come). */
#ifndef PST_GATEWAY_NET_PRIVATE_H
#define PST_GATEWAY_NET_PRIVATE_H

#include <net/if.h>

#include "gateway/net.h"
#include "loop/tcp.h"
#include "relay/pools.h"

enum { GW_NET_BACKLOG = 64 };

struct net_conn {
	struct loop_tcp tcp; /* first */
	struct net_conn *prev, *next;
	struct gw_net *net;
	struct gw_conn *c; /* NULL: the call has let go of it */
	uint64_t until_ms; /* in the tarpit; 0: it is not */
};

struct net_listener {
	struct loop_listener l; /* first */
	struct net_listener *prev, *next;
	struct gw_net *net;
	struct gw_secondary *s; /* NULL: call signalling */
	struct relay_pool *pool; /* NULL: not from a pool */
	uint16_t port;
	struct addr local; /* of a host's or endpoint's port */
	struct addr as;	   /* of a host's: the gateway's address where such connections come in; family 0: not known */
	char interface[IFNAMSIZ]; /* empty: any */
	bool wanted;
};

struct gw_net {
	uv_loop_t *loop;
	struct gateway *gw;
	struct net_conn *conns;
	struct net_listener *entries; /* call signalling */
	struct net_listener *ports;   /* the same, at the ports of one host each */
	struct net_listener *own;     /* likewise, on ports of endpoints' own */
	struct relay_pools pools; /* step 0: none yet */
	uint32_t n_conns;
	uv_timer_t tarpit; /* of those who wait to be let go */
	uint32_t n_tarpit;
	bool dying;
};

/* Makes FD a connection that the gateway may adopt; NULL: FD is closed. */
struct net_conn *gw_net_take(struct gw_net *net, int fd);
/* NC, whom no call has, is neither let go at once nor listened to. */
void gw_net_keep_waiting(struct net_conn *nc);
/* Callbacks of the loop: they free. */
void gw_net_conn_closed(struct loop_tcp *t);
void gw_net_listener_closed(struct loop_listener *l);

#endif
