/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Socket addresses and listening sockets. */
#include "loop/net.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

/* <linux/netfilter_ipv4.h> and its IPv6 twin, which do not go together with <netinet/in.h> */
enum { ORIGINAL_DST = 80 };
/* of <linux/in6.h>, likewise */
enum { FREEBIND = 78 };

socklen_t loop_sockaddr(struct sockaddr_storage *ss, const struct addr *a)
{
	memset(ss, 0, sizeof *ss);
	if (a->family == ADDR_IP4) {
		struct sockaddr_in *in = (struct sockaddr_in *)ss;
		in->sin_family = AF_INET;
		in->sin_port = htons(a->port);
		memcpy(&in->sin_addr, a->ip, 4);
		return sizeof *in;
	}
	if (a->family == ADDR_IP6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(a->port);
		memcpy(&in6->sin6_addr, a->ip, 16);
		return sizeof *in6;
	}
	return 0;
}

int loop_addr(struct addr *out, const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof in);
		*out = addr_ip4((const uint8_t *)&in.sin_addr, ntohs(in.sin_port));
		return 0;
	}
	if (sa->sa_family != AF_INET6)
		return PST_E_UNSUPPORTED;
	struct sockaddr_in6 in6;
	memcpy(&in6, sa, sizeof in6);
	const uint8_t *ip = in6.sin6_addr.s6_addr;
	*out = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) ? addr_ip4(ip + 12, ntohs(in6.sin6_port))
						    : addr_ip6(ip, ntohs(in6.sin6_port));
	return 0;
}

int loop_fd_local(int fd, struct addr *out)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	if (getsockname(fd, (struct sockaddr *)&ss, &n))
		return PST_E_SYS;
	return loop_addr(out, (struct sockaddr *)&ss);
}

int loop_fd_peer(int fd, struct addr *out)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	if (getpeername(fd, (struct sockaddr *)&ss, &n))
		return PST_E_SYS;
	return loop_addr(out, (struct sockaddr *)&ss);
}

int loop_original_dst(int fd, struct addr *out)
{
	struct addr local;
	struct sockaddr_storage ss = { 0 };
	socklen_t n = sizeof ss;
	const int err = loop_fd_local(fd, &local);
	if (err)
		return err;
	/* an IPv4 connection on an IPv6 socket is tracked as IPv4 */
	const int level = local.family == ADDR_IP4 ? IPPROTO_IP : IPPROTO_IPV6;
	if (getsockopt(fd, level, ORIGINAL_DST, &ss, &n))
		return errno == ENOENT || errno == ENOPROTOOPT ? PST_E_NOT_FOUND : PST_E_SYS;
	return loop_addr(out, (struct sockaddr *)&ss);
}

/* Whether packets to A would come back: the interface that they would leave by is the only one that takes them so large. */
static bool routed_to_us(const struct addr *a)
{
	struct sockaddr_storage ss;
	const struct addr at = addr_with_port(*a, 9);
	const socklen_t n = loop_sockaddr(&ss, &at);
	int mtu = 0;
	socklen_t len = sizeof mtu;
	const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	const bool is = connect(fd, (struct sockaddr *)&ss, n) == 0 &&
			getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &len) == 0 && mtu >= 65536;
	close(fd);
	return is;
}

int loop_bind(int fd, const struct addr *at)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, at);
	const int one = 1;
	if (n == 0)
		return PST_E_ARG;
	if (bind(fd, (struct sockaddr *)&ss, n) == 0)
		return 0;
	if (errno == EADDRNOTAVAIL && at->family == ADDR_IP6) {
		const bool ours = routed_to_us(at);
		errno = EADDRNOTAVAIL;
		if (ours && setsockopt(fd, IPPROTO_IPV6, FREEBIND, &one, sizeof one) == 0 &&
			bind(fd, (struct sockaddr *)&ss, n) == 0)
			return 0;
	}
	return errno == EADDRINUSE ? PST_E_BUSY : PST_E_SYS;
}

int loop_listen(int *out, const struct addr *local, int backlog)
{
	return loop_listen_on(out, local, NULL, backlog);
}

int loop_listen_on(int *out, const struct addr *local, const char *interface, int backlog)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, local);
	const int one = 1;
	if (n == 0)
		return PST_E_ARG;
	const int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return PST_E_SYS;
	/* connections of the last user of this port may still be in TIME_WAIT */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one))
		goto fail;
	/* otherwise [::] would take the IPv4 port too */
	if (ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one))
		goto fail;
	if (interface != NULL &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1))
		goto fail;
	const int err = loop_bind(fd, local);
	if (err) {
		const int saved = errno;
		close(fd);
		errno = saved;
		return err;
	}
	if (listen(fd, backlog))
		goto fail;
	*out = fd;
	return 0;
fail:;
	const int saved = errno;
	close(fd);
	errno = saved;
	return saved == EADDRINUSE ? PST_E_BUSY : PST_E_SYS;
}
