/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses and sockets: struct addr to and from the socket structures, listening
 * sockets, and the address a redirected connection was made to. All sockets made
 * here are non-blocking and closed on exec.
 */
#ifndef PST_LOOP_NET_H
#define PST_LOOP_NET_H

#include "base/addr.h"

#include <sys/socket.h>

/* Writes A into SS; returns its length, 0 where A has no family. */
socklen_t loop_sockaddr(struct sockaddr_storage *ss, const struct addr *a);
/* Reads SA into OUT; an IPv4-mapped IPv6 address becomes IPv4. PST_E_UNSUPPORTED: neither IPv4 nor IPv6. */
PST_MUST_CHECK int loop_addr(struct addr *out, const struct sockaddr *sa);

/* The local and the remote address of a socket. PST_E_SYS. */
PST_MUST_CHECK int loop_fd_local(int fd, struct addr *out);
PST_MUST_CHECK int loop_fd_peer(int fd, struct addr *out);

/* Where a connection that netfilter redirected to us was going (SO_ORIGINAL_DST). PST_E_NOT_FOUND: it was not
 * redirected, or connection tracking has forgotten it; PST_E_SYS otherwise. */
PST_MUST_CHECK int loop_original_dst(int fd, struct addr *out);

/* Binds FD to AT, an address of the system's own: also one of IPv6 that no interface has, but a whole network that is
 * routed to the system itself (type local), where bind() alone says no. PST_E_BUSY: the port is taken; PST_E_SYS: errno
 * says why, EADDRNOTAVAIL: it is not the system's. */
PST_MUST_CHECK int loop_bind(int fd, const struct addr *at);

/* Opens a TCP socket that listens on LOCAL (port 0: the system's choice). *FD is the caller's. PST_E_BUSY:
 * the port is taken; PST_E_SYS: errno says why. */
PST_MUST_CHECK int loop_listen(int *fd, const struct addr *local, int backlog);
/* The same, for connections that come in by INTERFACE only. */
PST_MUST_CHECK int loop_listen_on(int *fd, const struct addr *local, const char *interface, int backlog);

#endif
