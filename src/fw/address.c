/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink (rtnetlink(7)): one request and its answer at a time, on a socket made for it. */
#include "fw/address.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_S = 5, REQUEST_MAX = 256, PART_MAX = 32768 };

struct request {
	struct nlmsghdr h;
	struct ifaddrmsg ifa;
	uint8_t attrs[REQUEST_MAX];
};

static int open_netlink(void)
{
	const struct timeval wait = { .tv_sec = ANSWER_S };
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	return fd;
}

static void attr_put(struct request *r, uint16_t type, const void *data, uint16_t n)
{
	const struct rtattr head = { .rta_len = (uint16_t)RTA_LENGTH(n), .rta_type = type };
	uint8_t *at = r->attrs + (NLMSG_ALIGN(r->h.nlmsg_len) - offsetof(struct request, attrs));
	memcpy(at, &head, sizeof head);
	memcpy(at + RTA_LENGTH(0), data, n);
	r->h.nlmsg_len = NLMSG_ALIGN(r->h.nlmsg_len) + RTA_ALIGN(head.rta_len);
}

static struct request request_of(uint16_t type, uint16_t flags, unsigned ifindex, const struct addr *addr)
{
	const uint16_t n = (uint16_t)addr_ip_len(addr);
	struct request r = {
		.h = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
			.nlmsg_type = type,
			.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
			.nlmsg_seq = 1 },
		.ifa = { .ifa_family = n == 4 ? AF_INET : AF_INET6,
			.ifa_prefixlen = (uint8_t)(8 * n),
			.ifa_scope = RT_SCOPE_UNIVERSE,
			.ifa_index = ifindex },
	};
	attr_put(&r, IFA_LOCAL, addr->ip, n);
	attr_put(&r, IFA_ADDRESS, addr->ip, n);
	return r;
}

/* The kernel's answer to R: 0, or its errno in errno and PST_E_SYS. */
static int transact(const struct request *r)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		uint8_t rest[REQUEST_MAX + 128];
	} answer;
	const int fd = open_netlink();
	if (fd < 0)
		return PST_E_SYS;
	int err = EPROTO;
	if (send(fd, r, r->h.nlmsg_len, 0) < 0) {
		err = errno;
	} else {
		const ssize_t n = recv(fd, &answer, sizeof answer, 0);
		if (n < 0)
			err = errno;
		else if ((size_t)n >= NLMSG_LENGTH(sizeof answer.e.error) && answer.h.nlmsg_type == NLMSG_ERROR)
			err = -answer.e.error;
	}
	close(fd);
	errno = err;
	return err == 0 ? PST_OK : PST_E_SYS;
}

/* ---- what is there ---- */

struct walk {
	fw_address_h *each;
	void *ctx;
	unsigned ifindex; /* whose name is known; addresses come by interface */
	char name[IF_NAMESIZE];
};

static bool know_name(struct walk *w, unsigned ifindex)
{
	if (w->ifindex != ifindex && if_indextoname(ifindex, w->name) == NULL)
		return false;
	w->ifindex = ifindex;
	return true;
}

static void read_address(struct walk *w, struct nlmsghdr *h)
{
	struct ifaddrmsg *ifa = NLMSG_DATA(h);
	if (h->nlmsg_type != RTM_NEWADDR || h->nlmsg_len < NLMSG_LENGTH(sizeof *ifa))
		return;
	const size_t ip_len = ifa->ifa_family == AF_INET ? 4 : 16;
	struct rtattr *a = IFA_RTA(ifa);
	struct addr addr = { .family = ip_len == 4 ? ADDR_IP4 : ADDR_IP6 };
	bool ours = false, has = false;
	/* signed, as RTA_NEXT() and RTA_OK() count */
	for (int left = (int)IFA_PAYLOAD(h); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFA_PROTO && RTA_PAYLOAD(a) >= 1)
			ours = *(const uint8_t *)RTA_DATA(a) == FW_ADDRESS_MARK;
		/* with a peer IFA_ADDRESS is the peer's, and without one IPv6 has IFA_ADDRESS only */
		if ((a->rta_type == IFA_LOCAL || (a->rta_type == IFA_ADDRESS && !has)) && RTA_PAYLOAD(a) >= ip_len) {
			memcpy(addr.ip, RTA_DATA(a), ip_len);
			has = true;
		}
	}
	if (ours && has && know_name(w, ifa->ifa_index))
		w->each(w->ctx, w->name, &addr);
}

/* One part of a dump. True: there is more to come. */
static bool read_part(struct walk *w, uint8_t *part, size_t n, int *rc)
{
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)part;
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return false;
		if (h->nlmsg_type == NLMSG_ERROR) {
			*rc = PST_E_SYS;
			return false;
		}
		read_address(w, h);
	}
	return true;
}

int fw_address_each(fw_address_h *each, void *ctx)
{
	const struct request r = {
		.h = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
			.nlmsg_type = RTM_GETADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = 1 },
	};
	struct walk w = { .each = each, .ctx = ctx };
	const int fd = open_netlink();
	uint8_t *part = malloc(PART_MAX);
	int rc = fd >= 0 && part != NULL && send(fd, &r, r.h.nlmsg_len, 0) >= 0 ? PST_OK : PST_E_SYS;
	for (bool more = rc == PST_OK; more;) {
		const ssize_t n = recv(fd, part, PART_MAX, 0);
		if (n <= 0)
			rc = PST_E_SYS;
		more = n > 0 && read_part(&w, part, (size_t)n, &rc);
	}
	free(part);
	if (fd >= 0)
		close(fd);
	return rc;
}

struct search {
	const char *interface;
	const struct addr *addr;
	bool found;
};

static void compare(void *ctx, const char *interface, const struct addr *addr)
{
	struct search *s = ctx;
	s->found = s->found || (strcmp(interface, s->interface) == 0 && addr_ip_eq(addr, s->addr));
}

static int is_ours(const char *interface, const struct addr *addr)
{
	struct search s = { interface, addr, false };
	const int rc = fw_address_each(compare, &s);
	return rc != PST_OK ? rc : s.found ? PST_OK : PST_E_NOT_FOUND;
}

/* ---- changes ---- */

int fw_address_add(const char *interface, const struct addr *addr)
{
	const unsigned ifindex = if_nametoindex(interface);
	const uint8_t mark = FW_ADDRESS_MARK;
	/* never preferred: only who binds to it sends from it */
	const struct ifa_cacheinfo never = { .ifa_prefered = 0, .ifa_valid = UINT32_MAX };
	const uint32_t flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
	if (ifindex == 0)
		return PST_E_NOT_FOUND;
	struct request r = request_of(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, addr);
	attr_put(&r, IFA_PROTO, &mark, sizeof mark);
	attr_put(&r, IFA_CACHEINFO, &never, sizeof never);
	attr_put(&r, IFA_FLAGS, &flags, sizeof flags);
	const int rc = transact(&r);
	if (rc == PST_OK || errno != EEXIST)
		return rc;
	const int found = is_ours(interface, addr);
	return found == PST_E_NOT_FOUND ? PST_E_BUSY : found;
}

int fw_address_remove(const char *interface, const struct addr *addr)
{
	const unsigned ifindex = if_nametoindex(interface);
	if (ifindex == 0)
		return PST_E_NOT_FOUND;
	const int found = is_ours(interface, addr);
	if (found != PST_OK)
		return found;
	const struct request r = request_of(RTM_DELADDR, 0, ifindex, addr);
	const int rc = transact(&r);
	return rc == PST_E_SYS && errno == EADDRNOTAVAIL ? PST_E_NOT_FOUND : rc;
}
