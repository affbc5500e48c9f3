/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A UDP socket on a libuv loop, for media: bound to one address and port,
 * talking to anybody, and told by the kernel when what it sent found nobody
 * there. The structure is the owner's and must stay until `closed` comes.
 */
#ifndef PST_ENDPOINT_UDP_H
#define PST_ENDPOINT_UDP_H

#include "base/addr.h"

#include <uv.h>

enum { UDP_DATAGRAM_MAX = 2048 };

struct udp_socket;

/* DATA is borrowed. A datagram longer than UDP_DATAGRAM_MAX is cut. */
typedef void udp_recv_h(struct udp_socket *u, const struct addr *from, struct pst_slice data);

struct udp_socket {
	uv_poll_t poll;
	int fd;
	struct addr local;
	uint64_t unreachable; /* times the network said that nobody takes what we send */
	udp_recv_h *recv;
	void (*closed)(struct udp_socket *u);
	void *owner;
};

/* Opens a pair on the address of LOCAL: the first even port of FIRST..LAST that is free with the one above
 * it; RECV is called from the loop. PST_E_SPACE: there is none; PST_E_SYS. After an error fd is -1 in what
 * was not opened, and the owner closes what was. */
PST_MUST_CHECK int udp_open_pair(struct udp_socket pair[static 2], uv_loop_t *loop, const struct addr *local,
        uint16_t first, uint16_t last, udp_recv_h *const recv[static 2], void *owner);
/* Opens one on LOCAL. PST_E_BUSY, PST_E_SYS. */
PST_MUST_CHECK int udp_open(
        struct udp_socket *u, uv_loop_t *loop, const struct addr *local, udp_recv_h *recv, void *owner);
/* The address, without port, that we would use towards REMOTE: the system's choice of route. PST_E_SYS. */
PST_MUST_CHECK int udp_route_local(const struct addr *remote, struct addr *out);
/* PST_E_SYS: not sent; errno says why. */
PST_MUST_CHECK int udp_send(struct udp_socket *u, const struct addr *to, struct pst_slice data);
/* CLOSED is called from the loop, when the structure may go. */
void udp_close(struct udp_socket *u, void (*closed)(struct udp_socket *u));

#endif
