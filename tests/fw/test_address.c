/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses on an interface of a network namespace made here, with a neighbour at the other end of the wire. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>

#include <cmocka.h>

#include "fw/address.h"

enum { SKIP = 77 };

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

static void note(void *ctx, const char *interface, const struct addr *addr)
{
	char text[ADDR_STRLEN], *list = ctx;
	snprintf(list + strlen(list), 512 - strlen(list), "%s %s;", interface, addr_str(addr, text));
}

static void assert_ours(const char *want)
{
	char list[512] = "";
	assert_int_equal(fw_address_each(note, list), PST_OK);
	assert_string_equal(list, want);
}

static void test_add_and_remove(void **state)
{
	(void)state;
	const struct addr v4 = at("192.0.2.77"), v6 = at("2001:db8:5::77");
	assert_ours("");
	assert_int_equal(fw_address_add("wire0", &v4), PST_OK);
	assert_int_equal(fw_address_add("wire0", &v4), PST_OK);
	assert_int_equal(fw_address_add("wire0", &v6), PST_OK);
	assert_int_equal(fw_address_add("wire0", &v6), PST_OK);
	assert_int_equal(fw_address_add("lo", &v4), PST_OK);
	assert_ours("lo 192.0.2.77;wire0 192.0.2.77;wire0 2001:db8:5::77;");
	assert_int_equal(fw_address_remove("lo", &v4), PST_OK);
	assert_int_equal(fw_address_remove("lo", &v4), PST_E_NOT_FOUND);
	assert_int_equal(fw_address_remove("wire0", &v4), PST_OK);
	assert_int_equal(fw_address_remove("wire0", &v6), PST_OK);
	assert_ours("");
	assert_int_equal(fw_address_add("nowhere", &v4), PST_E_NOT_FOUND);
	assert_int_equal(fw_address_remove("nowhere", &v4), PST_E_NOT_FOUND);
}

/* What an administrator has put there is neither taken for ours nor removed. */
static void test_others(void **state)
{
	(void)state;
	const struct addr v4 = at("192.0.2.88"), v6 = at("2001:db8:5::88");
	assert_int_equal(system("ip address add 192.0.2.88/32 dev wire0"), 0);
	assert_int_equal(system("ip address add 2001:db8:5::88/128 dev wire0 nodad"), 0);
	assert_int_equal(fw_address_add("wire0", &v4), PST_E_BUSY);
	assert_int_equal(fw_address_add("wire0", &v6), PST_E_BUSY);
	assert_int_equal(fw_address_remove("wire0", &v4), PST_E_NOT_FOUND);
	assert_int_equal(fw_address_remove("wire0", &v6), PST_E_NOT_FOUND);
	assert_ours("");
	assert_int_equal(system("ip address flush dev wire0"), 0);
	assert_int_equal(system("ip address add 2001:db8:5::1/64 dev wire0 nodad"), 0);
}

/* The next frame of PROTOCOL that FD has, at most 5 s later. */
static ssize_t next_frame(int fd, uint16_t protocol, uint8_t *frame, size_t cap)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		assert_int_equal(poll(&p, 1, 5000), 1);
		const ssize_t n = recv(fd, frame, cap, 0);
		assert_true(n > (ssize_t)sizeof(struct ether_header));
		if (((uint16_t)frame[12] << 8 | frame[13]) == protocol && (protocol == ETHERTYPE_ARP || frame[54] == ND_NEIGHBOR_ADVERT))
			return n;
	}
}

static void test_announce(void **state)
{
	(void)state;
	const struct addr v4 = at("192.0.2.77"), v6 = at("2001:db8:5::77");
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
	const struct sockaddr_ll on = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex("wire1") };
	uint8_t frame[2048];
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&on, sizeof on), 0);
	assert_int_equal(fw_address_announce("wire0", &v4), PST_OK);
	assert_true(next_frame(fd, ETHERTYPE_ARP, frame, sizeof frame) >= 42);
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	assert_memory_equal(frame, broadcast, 6);
	assert_int_equal(frame[21], ARPOP_REQUEST);
	assert_memory_equal(frame + 22, frame + 6, 6); /* the sender's hardware address is the frame's */
	assert_memory_equal(frame + 28, v4.ip, 4);
	assert_memory_equal(frame + 38, v4.ip, 4);

	assert_int_equal(fw_address_add("wire0", &v6), PST_OK);
	assert_int_equal(fw_address_announce("wire0", &v6), PST_OK);
	assert_true(next_frame(fd, ETHERTYPE_IPV6, frame, sizeof frame) >= 14 + 40 + 32);
	static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
	assert_int_equal(frame[14 + 7], 255);
	assert_memory_equal(frame + 14 + 8, v6.ip, 16);
	assert_memory_equal(frame + 14 + 24, all_nodes, 16);
	assert_int_equal(frame[58], 0x20); /* override */
	assert_memory_equal(frame + 62, v6.ip, 16);
	assert_memory_equal(frame + 80, frame + 6, 6);
	assert_int_equal(fw_address_remove("wire0", &v6), PST_OK);
	assert_int_equal(fw_address_announce("lo", &v4), PST_E_UNSUPPORTED);
	close(fd);
}

static bool write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	const bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static bool enter_namespace(void)
{
	char map[64];
	snprintf(map, sizeof map, "0 %u 1", (unsigned)geteuid());
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", map);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_add_and_remove), cmocka_unit_test(test_others),
		cmocka_unit_test(test_announce) };
	if (!enter_namespace() || system("ip link add wire0 type veth peer name wire1 && ip link set lo up && "
					 "ip link set wire0 up && ip link set wire1 up && "
					 "ip address add 2001:db8:5::1/64 dev wire0 nodad") != 0) {
		fprintf(stderr, "no network namespace here (%s): skipped\n", strerror(errno));
		return SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
