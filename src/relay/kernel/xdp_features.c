/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two questions over generic netlink: the family's number, and the interface's features. */
#include "relay/kernel/xdp_features.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/netdev.h, which older systems do not have */
enum { DEV_GET = 1, DEV_IFINDEX = 1, DEV_XDP_FEATURES = 3, ANSWER = 8192 };

struct question {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	struct nlattr at;
	uint8_t value[20];
};

/* Asks FAMILY for COMMAND with one attribute; the answer is in BUF, its length in *N. */
static int ask(int fd, uint16_t family, uint8_t command, uint16_t attribute, const void *value, uint16_t value_n,
	uint8_t *buf, size_t *n)
{
	struct question q = { .nl = { .nlmsg_type = family, .nlmsg_flags = NLM_F_REQUEST },
		.genl = { .cmd = command, .version = 1 },
		.at = { .nla_type = attribute, .nla_len = (uint16_t)(NLA_HDRLEN + value_n) } };
	memcpy(q.value, value, value_n);
	q.nl.nlmsg_len = (uint32_t)(offsetof(struct question, value) + NLA_ALIGN(value_n));
	if (send(fd, &q, q.nl.nlmsg_len, 0) < 0)
		return PST_E_SYS;
	const ssize_t got = recv(fd, buf, ANSWER, 0);
	if (got < (ssize_t)(sizeof(struct nlmsghdr) + sizeof(struct genlmsghdr)))
		return got < 0 ? PST_E_SYS : PST_E_UNSUPPORTED;
	struct nlmsghdr head;
	memcpy(&head, buf, sizeof head);
	if (head.nlmsg_type == NLMSG_ERROR || head.nlmsg_len > (size_t)got)
		return PST_E_UNSUPPORTED;
	*n = head.nlmsg_len;
	return 0;
}

/* Finds the attribute TYPE of the answer and copies its first OUT_N octets. */
static bool answer_get(const uint8_t *buf, size_t n, uint16_t type, void *out, size_t out_n)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	while (at + NLA_HDRLEN <= n) {
		struct nlattr a;
		memcpy(&a, buf + at, sizeof a);
		if (a.nla_len < NLA_HDRLEN || a.nla_len > n - at)
			return false;
		if ((a.nla_type & NLA_TYPE_MASK) == type && a.nla_len >= NLA_HDRLEN + out_n) {
			memcpy(out, buf + at + NLA_HDRLEN, out_n);
			return true;
		}
		at += NLA_ALIGN(a.nla_len);
	}
	return false;
}

int xdp_features(uint32_t ifindex, uint64_t *out)
{
	static const char name[] = "netdev";
	uint8_t buf[ANSWER];
	uint16_t family;
	size_t n = 0;
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		return PST_E_SYS;
	int err = ask(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name, sizeof name, buf, &n);
	if (!err && !answer_get(buf, n, CTRL_ATTR_FAMILY_ID, &family, sizeof family))
		err = PST_E_UNSUPPORTED;
	if (!err)
		err = ask(fd, family, DEV_GET, DEV_IFINDEX, &ifindex, sizeof ifindex, buf, &n);
	if (!err && !answer_get(buf, n, DEV_XDP_FEATURES, out, sizeof *out))
		err = PST_E_UNSUPPORTED;
	const int saved = errno;
	close(fd);
	errno = saved;
	return err;
}
