/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel plane between two network namespaces: it conforms, over XDP and over TC, for IPv4 and IPv6, with
 * checksums done and left undone by the sender; and what is its own. Needs root; else it is skipped.
 */
#include "conformance.h"
#include "loop/net.h"
#include "relay/kernel.h"
#include "relay/kernel/install.h"
#include "relay/kernel/layout.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SOCKETS = 64, SKIPPED = 77 };

/* The pretended hosts live in one namespace, the plane in another. */
struct kernel_rig {
	struct rig rig; /* first */
	uv_loop_t loop;
	struct relay_kernel_place *place;
	enum relay_kernel_way way;
	const char *locals[2];
	const struct relay_kernel_pool *pools;
	uint32_t pools_n;
	struct addr at[SOCKETS];
	int fd[SOCKETS];
	unsigned n;
};

static int ns_hosts = -1, ns_gateway = -1;

static void enter(int ns)
{
	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
}

static void run(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "failed: %s\n", command);
		abort();
	}
}

/* 0: off. ethtool's program is not needed for two bits. */
static void offload(const char *name, uint32_t command, uint32_t on)
{
	struct ethtool_value v = { .cmd = command, .data = on };
	struct ifreq r = { .ifr_data = (void *)&v };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &r) != 0) {
		perror(name);
		abort();
	}
	close(fd);
}

/* False: this machine or user may not. */
static bool namespaces_make(void)
{
	char command[128];
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0)
		return false;
	ns_hosts = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (unshare(CLONE_NEWNET) != 0)
		return false;
	ns_gateway = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(command, sizeof command, "ip link add wall type veth peer name hosts netns /proc/%d/fd/%d",
		(int)getpid(), ns_hosts);
	run(command);
	run("ip link set lo up; ip link set wall up; ip addr add 10.77.0.1/24 dev wall;"
	    "ip addr add 10.77.0.9/24 dev wall; ip -6 addr add fd77::1/64 dev wall nodad");
	run("echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
	enter(ns_hosts);
	run("ip link set lo up; ip link set hosts up; for i in 2 3 4; do ip addr add 10.77.0.$i/24 dev hosts;"
	    "ip -6 addr add fd77::$i/64 dev hosts nodad; done");
	/* frames that programs send get over a pair where the other end takes them in batches only */
	offload("hosts", ETHTOOL_SGRO, 1);
	enter(ns_gateway);
	return true;
}

static int socket_at(struct kernel_rig *u, const struct addr *at)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, at);
	for (unsigned i = 0; i < u->n; i++)
		if (addr_eq(&u->at[i], at))
			return u->fd[i];
	assert_true(u->n < SOCKETS);
	enter(ns_hosts);
	const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	enter(ns_gateway);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, n), 0);
	u->at[u->n] = *at;
	u->fd[u->n++] = fd;
	return fd;
}

static void send_data(
	struct kernel_rig *u, const struct addr *from, const struct addr *to, const void *data, size_t n)
{
	struct sockaddr_storage ss;
	const socklen_t len = loop_sockaddr(&ss, to);
	uv_run(&u->loop, UV_RUN_NOWAIT); /* the lease, should this be slow */
	assert_int_equal(sendto(socket_at(u, from), data, n, 0, (struct sockaddr *)&ss, len), n);
}

static bool kernel_came(struct rig *rig, bool wait, struct addr *at, struct addr *seen)
{
	struct kernel_rig *u = (struct kernel_rig *)rig;
	struct pollfd p[SOCKETS];
	uint8_t buf[2000];
	for (unsigned i = 0; i < u->n; i++)
		p[i] = (struct pollfd){ .fd = u->fd[i], .events = POLLIN };
	if (poll(p, u->n, wait ? 5000 : 0) <= 0)
		return false;
	for (unsigned i = 0; i < u->n; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof ss;
		if (recvfrom(u->fd[i], buf, sizeof buf, MSG_DONTWAIT, (struct sockaddr *)&ss, &len) < 0)
			continue;
		*at = u->at[i];
		assert_int_equal(loop_addr(seen, (struct sockaddr *)&ss), 0);
		return true;
	}
	return false;
}

static void kernel_send(struct rig *rig, const struct addr *from, const struct addr *to)
{
	static const uint8_t zeros[172];
	struct kernel_rig *u = (struct kernel_rig *)rig;
	struct addr a;
	static const uint16_t ports[] = { 19000, 19001, 19002, 19003, 19004, 19006, 19008 };
	/* whoever may receive listens already */
	const bool first = u->n == 0;
	for (int h = 0; h < 2 && first; h++)
		for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
			assert_int_equal(addr_parse(&a, rig->hosts[h], ports[i]), 0);
			(void)socket_at(u, &a);
		}
	send_data(u, from, to, zeros, sizeof zeros);
}

static void kernel_step(struct rig *rig)
{
	struct kernel_rig *u = (struct kernel_rig *)rig;
	(void)poll(NULL, 0, 1);
	uv_run(&u->loop, UV_RUN_NOWAIT);
}

static void plane_end(struct kernel_rig *u)
{
	if (u->rig.relay.plane != NULL)
		relay_kernel_free(&u->rig.relay);
	uv_run(&u->loop, UV_RUN_NOWAIT);
	relay_kernel_remove(u->place);
	u->place = NULL;
}

static void kernel_restart(struct rig *rig, uint32_t sessions)
{
	static const char *const interfaces[] = { "wall" };
	static const uint32_t via[2];
	struct kernel_rig *u = (struct kernel_rig *)rig;
	struct addr locals[2];
	char why[128] = "";
	plane_end(u);
	const uint32_t n = u->locals[1] != NULL ? 2 : 1;
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(addr_parse(&locals[i], u->locals[i], 0), 0);
	const struct relay_kernel_plan plan = {
		.pools = u->pools,
		.pools_n = u->pools_n,
		.interfaces = interfaces,
		.interfaces_n = 1,
		.locals = locals,
		.via = via,
		.locals_n = n,
		.sessions = sessions,
		.way = u->way,
	};
	const struct relay_kernel_config conf = {
		20000, (uint16_t)(20000 + 4 * sessions - 1), RELAY_KERNEL_REST_MS, 0, 0
	};
	const int err = relay_kernel_install(&u->place, &plan, why);
	if (err)
		fail_msg("%s", why);
	assert_string_equal(relay_kernel_way_name(u->place), u->way >= RELAY_KERNEL_TC ? "TC" : "XDP");
	assert_int_equal(relay_kernel_new(&u->loop, relay_kernel_table_fd(u->place), relay_kernel_ring_fd(u->place), &conf, &u->rig.relay),
		0);
}

static struct kernel_rig *rig_new(enum relay_kernel_way way, bool ip6)
{
	static const char *const hosts[2][4] = { { "10.77.0.2", "10.77.0.3", "10.77.0.4", "10.77.0.1" },
		{ "fd77::2", "fd77::3", "fd77::4", "fd77::1" } };
	struct kernel_rig *u = calloc(1, sizeof *u);
	assert_non_null(u);
	assert_int_equal(uv_loop_init(&u->loop), 0);
	u->rig.send = kernel_send;
	u->rig.step = kernel_step;
	u->rig.came = kernel_came;
	u->rig.restart = kernel_restart;
	memcpy(u->rig.hosts, hosts[ip6], sizeof u->rig.hosts);
	u->way = way;
	u->locals[0] = hosts[0][3];
	u->locals[1] = hosts[1][3];
	return u;
}

static void rig_free(struct kernel_rig *u)
{
	plane_end(u);
	uv_run(&u->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&u->loop), 0);
	for (unsigned i = 0; i < u->n; i++)
		close(u->fd[i]);
	free(u);
}

/* Whether the hosts leave their checksums to hardware that is not there. */
static void hosts_sum(bool themselves)
{
	enter(ns_hosts);
	offload("hosts", ETHTOOL_STXCSUM, !themselves);
	enter(ns_gateway);
}

static void conforms(enum relay_kernel_way way, bool ip6, bool summed)
{
	struct kernel_rig *u = rig_new(way, ip6);
	hosts_sum(summed);
	conformance_run(&u->rig);
	rig_free(u);
	hosts_sum(true);
}

#define CONFORMS(name, way, ip6, summed)                                                                     \
	static void name(void **state)                                                                       \
	{                                                                                                    \
		(void)state;                                                                                 \
		conforms(way, ip6, summed);                                                                  \
	}
CONFORMS(test_xdp_ip4, RELAY_KERNEL_XDP, false, true)
CONFORMS(test_xdp_ip6, RELAY_KERNEL_XDP, true, true)
CONFORMS(test_xdp_ip4_unsummed, RELAY_KERNEL_XDP, false, false)
CONFORMS(test_tc_ip4, RELAY_KERNEL_TC, false, true)
CONFORMS(test_tc_filter_ip4, RELAY_KERNEL_TC_FILTER, false, false)
CONFORMS(test_tc_ip6, RELAY_KERNEL_TC, true, true)
CONFORMS(test_tc_ip6_unsummed, RELAY_KERNEL_TC, true, false)

/* What is its own */

static struct addr parse(const char *text, uint16_t port)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return addr_with_port(a, port);
}

static struct relay_session *open_one(struct kernel_rig *u, const char *leg0, const char *leg1)
{
	const struct addr local[RELAY_LEGS] = { parse(leg0, 0), parse(leg1, 0) };
	struct relay_session *s;
	assert_int_equal(u->rig.relay.ops->session_open(u->rig.relay.plane, local, &s), 0);
	return s;
}

static void flow(struct kernel_rig *u, struct relay_session *s, int leg, struct addr from, struct addr to)
{
	const struct relay_flow f = { from, to };
	assert_int_equal(u->rig.relay.ops->flow_set(s, leg, RELAY_RTP, &f), 0);
}

static struct relay_flow_stats stats(struct kernel_rig *u, const struct relay_session *s, int leg)
{
	struct relay_flow_stats st;
	u->rig.relay.ops->flow_stats(s, leg, RELAY_RTP, &st);
	return st;
}

/* An RTP packet from FROM into leg LEG must come out at TO, from the other leg. */
static void rtp_passes(struct kernel_rig *u, struct relay_session *s, int leg, const struct addr *from,
	const struct addr *to, uint16_t seq)
{
	const struct addr own = u->rig.relay.ops->session_local(s, leg, RELAY_RTP),
			  other = u->rig.relay.ops->session_local(s, !leg, RELAY_RTP);
	uint8_t rtp[172] = { 0x80, 0, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 0, 1, 2, 3, 4 };
	struct addr at, seen;
	const uint32_t stamp = seq * 160u;
	for (int i = 0; i < 4; i++)
		rtp[4 + i] = (uint8_t)(stamp >> (24 - 8 * i));
	for (size_t i = 12; i < sizeof rtp; i++)
		rtp[i] = (uint8_t)(i * seq);
	(void)socket_at(u, to);
	send_data(u, from, &own, rtp, sizeof rtp);
	if (!kernel_came(&u->rig, true, &at, &seen)) {
		const struct relay_flow_stats st = stats(u, s, leg);
		char a[ADDR_STRLEN], b[ADDR_STRLEN];
		fail_msg("from %s to %s: passed on %u, refused %u, failed %u", addr_str(from, a), addr_str(&own, b),
			(unsigned)st.packets, (unsigned)st.refused, (unsigned)st.failed);
	}
	assert_true(addr_eq(&at, to));
	assert_true(addr_eq(&seen, &other));
}

/* The receiver's system has checked every sum before a packet shows up here. */
static void ip4_to_ip6(enum relay_kernel_way way, bool summed)
{
	struct kernel_rig *u = rig_new(way, false);
	hosts_sum(summed);
	kernel_restart(&u->rig, 16);
	struct relay_session *s = open_one(u, "10.77.0.1", "fd77::1");
	const struct addr in = parse("10.77.0.2", 19000), out = parse("fd77::3", 19002);
	flow(u, s, 0, addr_with_port(in, 0), out);
	flow(u, s, 1, out, in);
	for (uint16_t i = 1; i < 10; i++) {
		rtp_passes(u, s, 0, &in, &out, i);
		rtp_passes(u, s, 1, &out, &in, i);
	}
	assert_int_equal(stats(u, s, 1).packets, 9);
	u->rig.relay.ops->session_close(s);
	rig_free(u);
	hosts_sum(true);
}

static void test_between_ip4_and_ip6(void **state)
{
	(void)state;
	ip4_to_ip6(RELAY_KERNEL_XDP, true);
	ip4_to_ip6(RELAY_KERNEL_XDP, false);
	ip4_to_ip6(RELAY_KERNEL_TC, true);
	ip4_to_ip6(RELAY_KERNEL_TC, false);
}

static void test_xdp_serves_all_but_the_first(void **state)
{
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	kernel_restart(&u->rig, 16);
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
	flow(u, s, 0, in, out);
	/* nobody's neighbour is known: the first packets wait for that, and none is lost */
	run("ip neigh flush dev wall");
	for (uint16_t i = 1; i <= 100; i++)
		rtp_passes(u, s, 0, &in, &out, i);
	assert_int_equal(stats(u, s, 0).packets, 100);
	assert_int_equal(stats(u, s, 0).bytes, 100 * 172);
	/* one more a second */
	assert_in_range(relay_kernel_by_tc(s, 0), 1, 20);
	u->rig.relay.ops->session_close(s);
	rig_free(u);
}

static void test_quality(void **state)
{
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	kernel_restart(&u->rig, 16);
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
	flow(u, s, 0, in, out);
	/* over the end of the sequence numbers, with two lost and two that changed places */
	static const uint16_t seqs[] = { 65533, 65534, 65535, 0, 2, 1, 3, 6, 7 };
	for (size_t i = 0; i < sizeof seqs / sizeof *seqs; i++) {
		rtp_passes(u, s, 0, &in, &out, seqs[i]);
		(void)poll(NULL, 0, 10);
	}
	/* some of those that follow are timed */
	for (uint16_t i = 8; i < 1000 && stats(u, s, 0).jitter_us <= 100; i++) {
		rtp_passes(u, s, 0, &in, &out, i);
		(void)poll(NULL, 0, 10);
	}
	const struct relay_flow_stats q = stats(u, s, 0);
	assert_int_equal(q.lost, 2);
	assert_int_equal(q.ssrc_changes, 0);
	/* 20 ms apart by their timestamps, sent faster, or, on a busy machine, at any time */
	assert_true(q.jitter_us > 100);
	u->rig.relay.ops->session_close(s);
	rig_free(u);
}

static void test_a_system_that_forwards_nothing(void **state)
{
	(void)state;
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++) {
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		run("echo 0 >/proc/sys/net/ipv4/ip_forward");
		kernel_restart(&u->rig, 16);
		struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
		const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
		flow(u, s, 0, in, out);
		for (uint16_t i = 1; i <= 5; i++)
			rtp_passes(u, s, 0, &in, &out, i);
		u->rig.relay.ops->session_close(s);
		rig_free(u);
		run("echo 1 >/proc/sys/net/ipv4/ip_forward");
	}
}

/* Addresses that came after the table */

/* Both ways through a session between LEG0 and LEG1, N packets each. */
static void both_ways(struct kernel_rig *u, const char *leg0, const char *leg1, const char *host0,
	const char *host1, uint16_t n)
{
	struct relay_session *s = open_one(u, leg0, leg1);
	const struct addr in = parse(host0, 19000), out = parse(host1, 19002);
	flow(u, s, 0, in, out);
	flow(u, s, 1, addr_with_port(out, 0), in);
	for (uint16_t i = 1; i <= n; i++) {
		rtp_passes(u, s, 0, &in, &out, i);
		rtp_passes(u, s, 1, &out, &in, i);
	}
	assert_int_equal(stats(u, s, 0).packets, n);
	assert_int_equal(stats(u, s, 1).packets, n);
	u->rig.relay.ops->session_close(s);
}

static void test_addresses_that_come_later(void **state)
{
	(void)state;
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++) {
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		struct relay_session *s;
		const struct addr early[] = { parse("10.77.0.20", 0), parse("10.77.0.1", 0) };
		kernel_restart(&u->rig, 64);
		assert_int_equal(u->rig.relay.ops->session_open(u->rig.relay.plane, early, &s), PST_E_SYS);
		assert_int_equal(errno, EADDRNOTAVAIL);
		run("ip addr add 10.77.0.20/24 dev wall; ip -6 addr add fd77::20/64 dev wall nodad");
		for (int round = 0; round < 2; round++) {
			both_ways(u, "10.77.0.20", "10.77.0.1", "10.77.0.2", "10.77.0.3", 5);
			both_ways(u, "10.77.0.1", "10.77.0.20", "10.77.0.2", "10.77.0.3", 5);
			both_ways(u, "fd77::20", "fd77::20", "fd77::2", "fd77::3", 5);
			both_ways(u, "fd77::20", "10.77.0.20", "fd77::2", "10.77.0.3", 5);
		}
		run("ip addr del 10.77.0.20/24 dev wall; ip -6 addr del fd77::20/64 dev wall");
		rig_free(u);
	}
}

/* What the plane can write it may not send from, unless it is the system's own. */
static void test_a_source_that_is_not_ours(void **state)
{
	struct addr at, seen;
	(void)state;
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++) {
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		kernel_restart(&u->rig, 16);
		run("ip addr add 10.77.0.20/24 dev wall");
		struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.20");
		const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
		const struct addr own = u->rig.relay.ops->session_local(s, 0, RELAY_RTP);
		flow(u, s, 0, in, out);
		run("ip addr del 10.77.0.20/24 dev wall");
		send_data(u, &in, &own, "x", 1);
		for (int i = 0; i < 1000 && stats(u, s, 0).failed == 0; i++)
			kernel_step(&u->rig);
		assert_int_equal(stats(u, s, 0).failed, 1);
		assert_false(kernel_came(&u->rig, false, &at, &seen));
		u->rig.relay.ops->session_close(s);
		rig_free(u);
	}
}

/* A network of them, on a system that forwards nothing too. */
static void test_networks_of_addresses(void **state)
{
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	struct relay_kernel_pool pools[2] = { { .via = 0 }, { .via = 0 } };
	(void)state;
	assert_int_equal(addr_prefix_parse(&pools[0].net, "10.78.0.0/16"), 0);
	assert_int_equal(addr_prefix_parse(&pools[1].net, "fd78::/64"), 0);
	u->pools = pools;
	u->pools_n = 2;
	kernel_restart(&u->rig, 64);
	run("ip route add local 10.78.0.0/16 dev lo; ip -6 route add local fd78::/64 dev lo");
	enter(ns_hosts);
	run("ip route add 10.78.0.0/16 via 10.77.0.1; ip -6 route add fd78::/64 via fd77::1");
	enter(ns_gateway);
	for (int forwards = 0; forwards < 2; forwards++) {
		run(forwards ? "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
			     : "echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv6/conf/all/forwarding");
		both_ways(u, "10.78.3.4", "10.77.0.1", "10.77.0.2", "10.77.0.3", 5);
		both_ways(u, "10.77.0.1", "10.78.255.254", "10.77.0.2", "10.77.0.3", 5);
		both_ways(u, "fd78::abcd:1", "fd77::1", "fd77::2", "fd77::3", 5);
	}
	enter(ns_hosts);
	run("ip route del 10.78.0.0/16; ip -6 route del fd78::/64");
	enter(ns_gateway);
	rig_free(u);
}

/* Ten thousand of them, with a call each; each found, none another's. */
static void test_ten_thousand_addresses(void **state)
{
	enum { MANY = 10000 };
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	struct relay_session **s = calloc(MANY, sizeof(struct relay_session *));
	const struct addr out = parse("10.77.0.3", 19002);
	(void)state;
	assert_non_null(s);
	kernel_restart(&u->rig, MANY);
	enter(ns_hosts);
	run("ip route add 10.78.0.0/16 via 10.77.0.1");
	enter(ns_gateway);
	for (unsigned i = 0; i < MANY; i++) {
		char text[32];
		snprintf(text, sizeof text, "10.78.%u.%u", i / 250, i % 250 + 1);
		s[i] = open_one(u, text, "10.77.0.1");
		flow(u, s[i], 0, parse("10.77.0.2", 19000), out);
	}
	struct relay_session *more;
	const struct addr local[RELAY_LEGS] = { parse("10.77.0.1", 0), parse("10.77.0.1", 0) };
	assert_int_equal(u->rig.relay.ops->session_open(u->rig.relay.plane, local, &more), PST_E_SPACE);
	const struct addr in = parse("10.77.0.2", 19000);
	for (unsigned i = 0; i < MANY; i += 97)
		rtp_passes(u, s[i], 0, &in, &out, 1);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(stats(u, s[i], 0).packets, i % 97 == 0);
		u->rig.relay.ops->session_close(s[i]);
	}
	assert_int_equal(u->rig.relay.ops->session_open(u->rig.relay.plane, local, &more), 0);
	u->rig.relay.ops->session_close(more);
	free(s);
	enter(ns_hosts);
	run("ip route del 10.78.0.0/16");
	enter(ns_gateway);
	run("ip route del local 10.78.0.0/16 dev lo; ip -6 route del local fd78::/64 dev lo");
	rig_free(u);
}

/* Ranges */

static struct relay_range_plan range_plan(const char *own0, const char *host0, const char *own1, const char *host1)
{
	return (struct relay_range_plan){ .local = { parse(own0, 0), parse(own1, 0) },
		.host = { parse(host0, 0), parse(host1, 0) },
		.first = 1024,
		.last = 65535,
		.flows_max = RELAY_RANGE_FLOWS,
		.idle_ms = 60000 };
}

static struct relay_range *range_new(struct kernel_rig *u, const struct relay_range_plan *plan)
{
	struct relay_range *r;
	assert_int_equal(u->rig.relay.ops->range_open(u->rig.relay.plane, plan, &r), 0);
	return r;
}

static struct relay_range_stats range_stats(struct kernel_rig *u, const struct relay_range *r, int leg)
{
	struct relay_range_stats st;
	u->rig.relay.ops->range_stats(r, leg, &st);
	return st;
}

/* A packet of the host of LEG, from and to these ports: both are the same at the other end. */
static void range_passes(
	struct kernel_rig *u, const struct relay_range_plan *p, int leg, uint16_t sport, uint16_t dport)
{
	const struct addr from = addr_with_port(p->host[leg], sport), own = addr_with_port(p->local[leg], dport);
	const struct addr to = addr_with_port(p->host[!leg], dport), via = addr_with_port(p->local[!leg], sport);
	struct addr at, seen;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	(void)socket_at(u, &to);
	send_data(u, &from, &own, "hello", 5);
	if (!kernel_came(&u->rig, true, &at, &seen))
		fail_msg("from %s to %s", addr_str(&from, a), addr_str(&own, b));
	assert_true(addr_eq(&at, &to));
	assert_true(addr_eq(&seen, &via));
}

static void range_blocks(
	struct kernel_rig *u, const struct relay_range_plan *p, int leg, const struct addr *from, uint16_t dport)
{
	const struct addr own = addr_with_port(p->local[leg], dport);
	struct addr at, seen;
	send_data(u, from, &own, "hello", 5);
	kernel_step(&u->rig);
	assert_false(kernel_came(&u->rig, false, &at, &seen));
}

static void range_both_ways(enum relay_kernel_way way, const struct relay_range_plan *p, bool summed)
{
	struct kernel_rig *u = rig_new(way, false);
	hosts_sum(summed);
	kernel_restart(&u->rig, 16);
	struct relay_range *r = range_new(u, p);
	for (uint16_t i = 0; i < 8; i++) {
		range_passes(u, p, i & 1, (uint16_t)(1024 + 9000 * (i % 4)), (uint16_t)(65535 - 7000 * (i % 3)));
		range_passes(u, p, !(i & 1), (uint16_t)(65535 - 7000 * (i % 3)), (uint16_t)(1024 + 9000 * (i % 4)));
	}
	const struct relay_range_stats a = range_stats(u, r, 0), b = range_stats(u, r, 1);
	assert_true(a.packets == 8 && b.packets == 8 && a.bytes == 40 && a.failed == 0 && a.last_ms > 0);
	assert_int_equal(a.flows, 8);
	u->rig.relay.ops->range_close(r);
	const struct addr from = addr_with_port(p->host[0], 5000);
	range_blocks(u, p, 0, &from, 5000);
	rig_free(u);
	hosts_sum(true);
}

static void test_ranges(void **state)
{
	(void)state;
	const struct relay_range_plan plans[] = {
		range_plan("10.77.0.1", "10.77.0.2", "10.77.0.9", "10.77.0.3"),
		range_plan("10.77.0.1", "10.77.0.2", "10.77.0.1", "10.77.0.3"),
		range_plan("fd77::1", "fd77::2", "fd77::1", "fd77::3"),
		range_plan("10.77.0.1", "10.77.0.2", "fd77::1", "fd77::3"),
	};
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC_FILTER; way++)
		for (unsigned i = 0; i < sizeof plans / sizeof *plans; i++)
			range_both_ways((enum relay_kernel_way)way, &plans[i], i % 2 == 0);
}

static void test_ranges_take_nothing_else(void **state)
{
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	struct relay_range_plan p = range_plan("10.77.0.1", "10.77.0.2", "10.77.0.1", "10.77.0.3");
	kernel_restart(&u->rig, 16);
	p.first = 2000;
	p.last = 40000;
	struct relay_range *r = range_new(u, &p);
	range_passes(u, &p, 0, 5000, 5001);
	/* of neither host, or of a port outside, on either side */
	const struct addr stranger = parse("10.77.0.4", 5000), low = parse("10.77.0.2", 1999), in = parse("10.77.0.2", 5000);
	range_blocks(u, &p, 0, &stranger, 5001);
	range_blocks(u, &p, 0, &low, 5001);
	range_blocks(u, &p, 0, &in, 40001);
	range_blocks(u, &p, 0, &in, 1999);
	/* what a session has is the session's */
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr own = u->rig.relay.ops->session_local(s, 0, RELAY_RTP), to = parse("10.77.0.4", 5004);
	range_blocks(u, &p, 0, &in, own.port);
	assert_int_equal(stats(u, s, 0).refused, 1);
	flow(u, s, 0, in, to);
	rtp_passes(u, s, 0, &in, &to, 1);
	u->rig.relay.ops->session_close(s);
	/* what a socket has is the socket's */
	struct sockaddr_storage ss;
	uint8_t buf[8];
	const struct addr ours = parse("10.77.0.1", 6000);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const socklen_t n = loop_sockaddr(&ss, &ours);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, n), 0);
	send_data(u, &in, &ours, "hello", 5);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&pfd, 1, 5000), 1);
	assert_int_equal(recv(fd, buf, sizeof buf, 0), 5);
	close(fd);
	range_passes(u, &p, 0, 5000, 6000);
	assert_int_equal(range_stats(u, r, 0).packets, 2);
	u->rig.relay.ops->range_close(r);
	rig_free(u);
}

static void test_ranges_are_bounded(void **state)
{
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	struct relay_range_plan p = range_plan("10.77.0.1", "10.77.0.2", "10.77.0.1", "10.77.0.3");
	struct relay_range *r, *again;
	kernel_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	p.flows_max = 3;
	p.idle_ms = 1000;
	r = range_new(u, &p);
	assert_int_equal(ops->range_open(u->rig.relay.plane, &p, &again), PST_E_BUSY);
	const struct addr in = parse("10.77.0.2", 5000);
	for (uint16_t i = 0; i < 3; i++)
		range_passes(u, &p, 0, 5000, (uint16_t)(5001 + i));
	range_blocks(u, &p, 0, &in, 5004);
	range_passes(u, &p, 1, 5001, 5000); /* the same one, the other way */
	assert_int_equal(range_stats(u, r, 0).refused, 1);
	/* they are forgotten one by one: the next has its place when one was silent for so long */
	for (int i = 0; i < 5000 && range_stats(u, r, 0).flows == 3; i++)
		kernel_step(&u->rig);
	range_passes(u, &p, 0, 5000, 5004);
	ops->range_close(r);
	rig_free(u);
}

static void test_ranges_that_are_none(void **state)
{
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	const struct relay_range_plan p = range_plan("10.77.0.1", "10.77.0.2", "10.77.0.1", "10.77.0.3");
	struct relay_range_plan bad[] = { p, p, p, p, p, p, p };
	struct relay_range *r, *all[64];
	kernel_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	bad[0].local[1] = parse("10.77.0.20", 0); /* not ours */
	bad[1].first = 1023;
	bad[2].last = 1024, bad[2].first = 1025;
	bad[3].flows_max = RELAY_RANGE_FLOWS + 1;
	bad[4].idle_ms = 0;
	bad[5].host[1] = bad[5].host[0];
	bad[6].local[1] = parse("fd77::1", 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ops->range_open(u->rig.relay.plane, &bad[i], &r), i == 0 ? PST_E_SYS : PST_E_ARG);
	/* what a host dialled need not be ours, where it is the other host */
	struct relay_range_plan dialled = p;
	dialled.local[0] = dialled.host[1];
	assert_int_equal(ops->range_open(u->rig.relay.plane, &dialled, &r), 0);
	ops->range_close(r);
	/* as many as there is room for, and sessions have none left */
	int n = 0, err = 0;
	for (; n < 64 && !err; n += !err) {
		struct relay_range_plan one = p;
		for (int leg = 0; leg < RELAY_LEGS; leg++)
			one.host[leg].ip[2] = (uint8_t)(100 + 2 * n + leg);
		err = ops->range_open(u->rig.relay.plane, &one, &all[n]);
	}
	assert_int_equal(err, PST_E_SPACE);
	assert_int_equal(n, 32);
	while (n-- > 0)
		ops->range_close(all[n]);
	ops->session_close(open_one(u, "10.77.0.1", "10.77.0.1"));
	rig_free(u);
}

/* A reload */

static void test_another_range_of_ports(void **state)
{
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	(void)state;
	kernel_restart(&u->rig, 16);
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
	flow(u, s, 0, in, out);
	const struct relay_kernel_config none = { 30001, 30001, 0, 0, 0 },
					 other = { 30000, 30063, 0, 0, 0 };
	assert_int_equal(relay_kernel_configure(&u->rig.relay, &none), PST_E_ARG);
	assert_int_equal(relay_kernel_configure(&u->rig.relay, &other), 0);
	rtp_passes(u, s, 0, &in, &out, 1);
	struct relay_session *t = open_one(u, "10.77.0.1", "10.77.0.1");
	assert_in_range(u->rig.relay.ops->session_local(t, 0, RELAY_RTP).port, 30000, 30062);
	flow(u, t, 0, in, out);
	rtp_passes(u, t, 0, &in, &out, 1);
	u->rig.relay.ops->session_close(s);
	u->rig.relay.ops->session_close(t);
	rig_free(u);
}

static void test_other_interfaces(void **state)
{
	static const char *const both[] = { "wall", "other" }, *const none[] = { "nowhere" };
	static const uint32_t via[] = { 0, 0, 1 };
	char why[128];
	(void)state;
	for (int way = RELAY_KERNEL_BEST; way <= RELAY_KERNEL_TC_FILTER; way++) {
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		const struct addr locals[] = { parse("10.77.0.1", 0), parse("fd77::1", 0), parse("10.76.0.1", 0) };
		struct relay_kernel_plan plan = { .interfaces = both, .interfaces_n = 2, .locals = locals, .via = via,
			.locals_n = 3 };
		struct relay_kernel_plan bad = { .interfaces = none, .interfaces_n = 1, .locals = locals, .via = via,
			.locals_n = 1 };
		kernel_restart(&u->rig, 16);
		run("ip link add other type veth peer name behind; ip link set other up; ip link set behind up;"
		    "ip addr add 10.76.0.1/24 dev other");
		/* the best way left is TC, where the new one can not take frames */
		if (way == RELAY_KERNEL_XDP)
			offload("behind", ETHTOOL_SGRO, 1);
		enter(ns_hosts);
		run("ip route replace 10.76.0.0/24 via 10.77.0.1");
		enter(ns_gateway);
		struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
		const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
		flow(u, s, 0, in, out);
		rtp_passes(u, s, 0, &in, &out, 1);
		assert_int_not_equal(relay_kernel_change(u->place, &bad, why), 0);
		assert_non_null(strstr(why, "nowhere"));
		if (relay_kernel_change(u->place, &plan, why))
			fail_msg("way %d: %s", way, why);
		assert_string_equal(relay_kernel_way_name(u->place), way == RELAY_KERNEL_XDP ? "XDP" : "TC");
		rtp_passes(u, s, 0, &in, &out, 2);
		both_ways(u, "10.77.0.1", "10.76.0.1", "10.77.0.2", "10.77.0.3", 3);
		plan.interfaces_n = 1;
		plan.locals_n = 2;
		assert_int_equal(relay_kernel_change(u->place, &plan, why), 0);
		rtp_passes(u, s, 0, &in, &out, 3);
		assert_int_equal(stats(u, s, 0).packets, 3);
		run("ip link del other");
		u->rig.relay.ops->session_close(s);
		rig_free(u);
	}
}

/* Behind VLANs and bridges there is TC only. A system without VLANs has none to be tested. */
static void test_vlans_and_bridges(void **state)
{
	static const char *const interfaces[] = { "wall", "bridge", "vlan5" };
	static const uint32_t via[] = { 0, 0, 1, 1, 2, 2 };
	static const char *const own[] = { "10.77.0.1", "fd77::1", "10.74.0.1", "fd74::1", "10.75.0.1", "fd75::1" };
	static const char *const host[] = { "10.77.0.2", "fd77::2", "10.74.0.2", "fd74::2", "10.75.0.2", "fd75::2" };
	struct addr locals[6];
	char why[128], command[160];
	(void)state;
	const bool vlans = system("ip link add link wall name vlan5 type vlan id 5 2>/dev/null") == 0;
	snprintf(command, sizeof command, "ip link add port type veth peer name bridged netns /proc/%d/fd/%d",
		(int)getpid(), ns_hosts);
	run(command);
	run("ip link add bridge type bridge; ip link set port master bridge; ip link set port up; ip link set bridge up;"
	    "ip addr add 10.74.0.1/24 dev bridge; ip -6 addr add fd74::1/64 dev bridge nodad");
	if (vlans)
		run("ip link set vlan5 up; ip addr add 10.75.0.1/24 dev vlan5; ip -6 addr add fd75::1/64 dev vlan5 nodad");
	else
		fprintf(stderr, "no VLANs on this system\n");
	enter(ns_hosts);
	run("ip link set bridged up; ip addr add 10.74.0.2/24 dev bridged; ip -6 addr add fd74::2/64 dev bridged nodad");
	if (vlans)
		run("ip link add link hosts name vlan5 type vlan id 5; ip link set vlan5 up;"
		    "ip addr add 10.75.0.2/24 dev vlan5; ip -6 addr add fd75::2/64 dev vlan5 nodad");
	enter(ns_gateway);
	for (int i = 0; i < 6; i++)
		locals[i] = parse(own[i], 0);
	const uint32_t n = vlans ? 3 : 2;
	const struct relay_kernel_plan plan = { .interfaces = interfaces, .interfaces_n = n, .locals = locals, .via = via,
		.locals_n = 2 * n };
	for (int summed = 0; summed < 2; summed++) {
		struct kernel_rig *u = rig_new(RELAY_KERNEL_BEST, false);
		hosts_sum(summed);
		kernel_restart(&u->rig, 64);
		if (relay_kernel_change(u->place, &plan, why))
			fail_msg("%s", why);
		assert_string_equal(relay_kernel_way_name(u->place), "TC");
		/* each family of each with each of the others */
		for (uint32_t a = 0; a < 2 * n; a++)
			for (uint32_t b = 0; b < 2 * n; b++)
				if (a / 2 != b / 2)
					both_ways(u, own[a], own[b], host[a], host[b], 3);
		rig_free(u);
	}
	hosts_sum(true);
	run("ip link del bridge; ip link del port");
	if (vlans)
		run("ip link del vlan5");
}

/* What is too large for the way out is not cut up. */
static void test_packets_that_do_not_fit(void **state)
{
	(void)state;
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++) {
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		uint8_t large[1700] = { 0x80 };
		struct addr at, seen;
		kernel_restart(&u->rig, 16);
		run("ip route add 10.77.0.3/32 dev wall mtu lock 1000");
		struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
		const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
		const struct addr own = u->rig.relay.ops->session_local(s, 0, RELAY_RTP);
		flow(u, s, 0, in, out);
		for (uint16_t i = 1; i <= 3; i++) {
			rtp_passes(u, s, 0, &in, &out, i);
			send_data(u, &in, &own, large, 1200);
			for (int k = 0; k < 1000 && stats(u, s, 0).failed < i; k++)
				kernel_step(&u->rig);
			assert_int_equal(stats(u, s, 0).failed, i);
		}
		assert_false(kernel_came(&u->rig, false, &at, &seen));
		/* 1000 octets with the header of IPv4 do */
		send_data(u, &in, &own, large, 1000 - 28);
		assert_true(kernel_came(&u->rig, true, &at, &seen));
		run("ip route del 10.77.0.3/32");
		/* nor are pieces put together */
		send_data(u, &in, &own, large, sizeof large);
		for (int k = 0; k < 1000 && stats(u, s, 0).failed < 4; k++)
			kernel_step(&u->rig);
		assert_int_equal(stats(u, s, 0).failed, 4);
		assert_false(kernel_came(&u->rig, false, &at, &seen));
		u->rig.relay.ops->session_close(s);
		rig_free(u);
	}
}

/* Who dies over its flows */

struct left {
	struct addr own[RELAY_LEGS]; /* of a session both ways, between the usual two */
	bool good;
};

/* A process of its own that opens a session on the table, or, if there is no place, installs first, and is killed. */
static struct left open_and_die(const struct kernel_rig *u, const struct relay_kernel_plan *plan, int table)
{
	const struct relay_kernel_config conf = { 20000, 20003, 0, 0, 0 };
	const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
	const struct relay_flow there = { in, out }, back = { addr_with_port(out, 0), in };
	struct left l = { 0 };
	int pipes[2];
	(void)u;
	assert_int_equal(pipe(pipes), 0);
	const pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct addr local[RELAY_LEGS] = { parse("10.77.0.1", 0), parse("10.77.0.1", 0) };
		struct relay_kernel_place *place = NULL;
		struct relay_session *s;
		struct relay relay;
		uv_loop_t loop;
		char why[128] = "";
		if (plan != NULL && relay_kernel_install(&place, plan, why) == 0)
			table = relay_kernel_table_fd(place);
		if (uv_loop_init(&loop) == 0 && relay_kernel_new(&loop, table, -1, &conf, &relay) == 0 &&
			relay.ops->session_open(relay.plane, local, &s) == 0 &&
			relay.ops->flow_set(s, 0, RELAY_RTP, &there) == 0 &&
			relay.ops->flow_set(s, 1, RELAY_RTP, &back) == 0) {
			l.good = true;
			for (int leg = 0; leg < RELAY_LEGS; leg++)
				l.own[leg] = relay.ops->session_local(s, leg, RELAY_RTP);
		}
		if (write(pipes[1], &l, sizeof l) == sizeof l)
			(void)poll(NULL, 0, -1);
		_exit(1);
	}
	assert_int_equal(read(pipes[0], &l, sizeof l), sizeof l);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(pipes[0]);
	close(pipes[1]);
	assert_true(l.good);
	return l;
}

static bool left_passes(struct kernel_rig *u, const struct left *l, bool wait)
{
	const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
	struct addr at, seen;
	(void)socket_at(u, &in);
	(void)socket_at(u, &out);
	send_data(u, &in, &l->own[0], "x", 1);
	if (!kernel_came(&u->rig, wait, &at, &seen) || !addr_eq(&at, &out) || !addr_eq(&seen, &l->own[1]))
		return false;
	send_data(u, &out, &l->own[1], "y", 1);
	return kernel_came(&u->rig, wait, &at, &seen) && addr_eq(&at, &in) && addr_eq(&seen, &l->own[0]);
}

static int plane_on(struct kernel_rig *u, int table, uint32_t orphan_ms)
{
	const struct relay_kernel_config conf = { 20000, 20003, 0, orphan_ms, 1000 };
	return relay_kernel_new(&u->loop, table, -1, &conf, &u->rig.relay);
}

static void test_flows_outlive_their_process(void **state)
{
	(void)state;
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++) {
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		const struct addr local[RELAY_LEGS] = { parse("10.77.0.1", 0), parse("10.77.0.1", 0) };
		struct relay_session *s;
		kernel_restart(&u->rig, 16);
		relay_kernel_free(&u->rig.relay);
		const struct relay_ops *ops;
		const struct left l = open_and_die(u, NULL, relay_kernel_table_fd(u->place));
		/* before another takes over, and after */
		assert_true(left_passes(u, &l, true));
		assert_int_equal(plane_on(u, relay_kernel_table_fd(u->place), 60000), 0);
		ops = u->rig.relay.ops;
		assert_true(left_passes(u, &l, true));
		assert_int_equal(ops->orphans(u->rig.relay.plane), 2);
		assert_int_equal(ops->session_open(u->rig.relay.plane, local, &s), PST_E_SPACE);
		/* silent for long enough, they are no more, and their ports are free */
		for (int i = 0; i < 20000 && ops->orphans(u->rig.relay.plane) > 0; i++)
			kernel_step(&u->rig);
		assert_int_equal(ops->orphans(u->rig.relay.plane), 0);
		assert_false(left_passes(u, &l, false));
		assert_int_equal(ops->session_open(u->rig.relay.plane, local, &s), 0);
		ops->session_close(s);
		rig_free(u);
	}
}

static void test_flows_end_for_whoever_wants_none(void **state)
{
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	kernel_restart(&u->rig, 16);
	relay_kernel_free(&u->rig.relay);
	const struct left l = open_and_die(u, NULL, relay_kernel_table_fd(u->place));
	assert_true(left_passes(u, &l, true));
	assert_int_equal(plane_on(u, relay_kernel_table_fd(u->place), 0), 0);
	assert_int_equal(u->rig.relay.ops->orphans(u->rig.relay.plane), 0);
	assert_false(left_passes(u, &l, false));
	relay_kernel_free(&u->rig.relay);
	/* and in time for whoever does, though they are not silent */
	const struct left m = open_and_die(u, NULL, relay_kernel_table_fd(u->place));
	assert_int_equal(plane_on(u, relay_kernel_table_fd(u->place), 200), 0);
	assert_int_equal(u->rig.relay.ops->orphans(u->rig.relay.plane), 2);
	for (int i = 0; i < 5000 && u->rig.relay.ops->orphans(u->rig.relay.plane) > 0; i++) {
		(void)left_passes(u, &m, false);
		kernel_step(&u->rig);
	}
	assert_int_equal(u->rig.relay.ops->orphans(u->rig.relay.plane), 0);
	relay_kernel_free(&u->rig.relay);
	/* what nobody renewed in time is no more served, so nobody takes it over */
	const struct left o = open_and_die(u, NULL, relay_kernel_table_fd(u->place));
	struct relay_k_header *h = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
		relay_kernel_table_fd(u->place), 0);
	assert_true(h != MAP_FAILED);
	h->lease_ns = 1;
	munmap(h, 4096);
	assert_false(left_passes(u, &o, false));
	assert_int_equal(plane_on(u, relay_kernel_table_fd(u->place), 60000), 0);
	assert_int_equal(u->rig.relay.ops->orphans(u->rig.relay.plane), 0);
	rig_free(u);
}

static const char PINS[] = "/tmp/postern-test-pins";

static unsigned pins_n(void)
{
	char path[128];
	unsigned n = 0;
	struct stat ns;
	assert_int_equal(stat("/proc/self/ns/net", &ns), 0);
	snprintf(path, sizeof path, "%s/postern/%llu", PINS, (unsigned long long)ns.st_ino);
	DIR *d = opendir(path);
	for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

static void test_programs_outlive_their_process(void **state)
{
	static const char *const interfaces[] = { "wall" };
	static const uint32_t via[1];
	char folder[64], why[128] = "";
	(void)state;
	/* seen by this process alone, and gone with it */
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	(void)mkdir(PINS, 0700);
	assert_int_equal(mount("bpf", PINS, "bpf", 0, NULL), 0);
	snprintf(folder, sizeof folder, "%s/postern", PINS);
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++) {
		const struct addr local = parse("10.77.0.1", 0);
		struct relay_kernel_plan plan = { .interfaces = interfaces, .interfaces_n = 1, .locals = &local, .via = via,
			.locals_n = 1, .sessions = 16, .way = (enum relay_kernel_way)way, .pins = folder };
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		const struct left l = open_and_die(u, &plan, -1);
		for (int i = 0; i < 5; i++)
			assert_true(left_passes(u, &l, true));
		assert_int_equal(relay_kernel_install(&u->place, &plan, why), 0);
		assert_true(left_passes(u, &l, true));
		assert_int_equal(plane_on(u, relay_kernel_table_fd(u->place), 60000), 0);
		assert_true(left_passes(u, &l, true));
		assert_int_equal(u->rig.relay.ops->orphans(u->rig.relay.plane), 2);
		assert_int_equal(pins_n(), way == RELAY_KERNEL_XDP ? 7 : 6);
		plane_end(u);
		assert_int_equal(pins_n(), 0);
		assert_false(left_passes(u, &l, false));
		/* a table of another size is none to take over */
		const struct left m = open_and_die(u, &plan, -1);
		assert_true(left_passes(u, &m, true));
		plan.sessions = 32;
		assert_int_equal(relay_kernel_install(&u->place, &plan, why), 0);
		assert_int_equal(plane_on(u, relay_kernel_table_fd(u->place), 60000), 0);
		assert_int_equal(u->rig.relay.ops->orphans(u->rig.relay.plane), 0);
		assert_false(left_passes(u, &m, false));
		both_ways(u, "10.77.0.1", "10.77.0.1", "10.77.0.2", "10.77.0.3", 3);
		/* where nothing can outlive */
		plane_end(u);
		plan.pins = "/tmp/postern-test-no-pins";
		assert_int_equal(relay_kernel_install(&u->place, &plan, why), 0);
		assert_int_not_equal(access(plan.pins, F_OK), 0);
		rig_free(u);
	}
	assert_int_equal(umount2(PINS, MNT_DETACH), 0);
	(void)rmdir(PINS);
}

/* Sends OCTETS from the inside host to the session's RTCP port of leg 0; what came out of the other leg is in GOT. */
static void through_rtcp(struct kernel_rig *u, struct relay_session *s, const char *octets, size_t n, char *got)
{
	const struct addr in = parse("10.77.0.2", 19001), out = parse("10.77.0.3", 19003);
	const struct addr own = u->rig.relay.ops->session_local(s, 0, RELAY_RTCP);
	const int to = socket_at(u, &out);
	send_data(u, &in, &own, octets, n);
	ssize_t came = -1;
	for (int i = 0; i < 1000 && came < 0; i++) {
		kernel_step(&u->rig);
		came = recv(to, got, n, MSG_DONTWAIT);
	}
	assert_int_equal(came, n);
}

static void test_hides_addresses_when_told(void **state)
{
	static const char sdes[] = "\x81\xca\0\4\0\0\0\1\1\x09\61.2.3.4.5\0";
	char got[sizeof sdes];
	struct relay_flow_stats st;
	struct addr at, seen;
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	kernel_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr in = parse("10.77.0.2", 19001), out = parse("10.77.0.3", 19003);
	const struct relay_flow there = { addr_with_port(in, 0), out }, back = { out, in };
	const struct addr own = ops->session_local(s, 0, RELAY_RTCP), own1 = ops->session_local(s, 1, RELAY_RTCP);
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTCP, &there), 0);
	assert_int_equal(ops->flow_set(s, 1, RELAY_RTCP, &back), 0);
	through_rtcp(u, s, sdes, 20, got);
	assert_memory_equal(got, sdes, 20);
	ops->session_hide(s, 0);
	for (int i = 0; i < 3; i++) {
		through_rtcp(u, s, sdes, 20, got);
		assert_memory_equal(got, sdes, 10);
		assert_memory_not_equal(got + 10, sdes + 10, 9);
		assert_int_equal(ops->flow_set(s, 0, RELAY_RTCP, &there), 0);
	}
	/* the other way is the kernel's still */
	send_data(u, &out, &own1, "x", 1);
	assert_true(kernel_came(&u->rig, true, &at, &seen));
	assert_true(addr_eq(&at, &in) && addr_eq(&seen, &own));
	/* and all that is refused, is refused */
	const struct addr other = parse("10.77.0.2", 19000);
	send_data(u, &other, &own, "x", 1);
	ops->flow_clear(s, 0, RELAY_RTCP);
	send_data(u, &in, &own, "x", 1);
	for (int i = 0; i < 1000; i++) {
		kernel_step(&u->rig);
		ops->flow_stats(s, 0, RELAY_RTCP, &st);
		if (st.refused == 2)
			break;
	}
	assert_int_equal(st.refused, 2);
	assert_int_equal(st.packets, 4);
	assert_false(kernel_came(&u->rig, false, &at, &seen));
	ops->session_close(s);
	rig_free(u);
}

/* Who sends RTCP without end keeps the worker from nobody: what is too much for one is lost, and that one's alone. */
static void test_a_flood_of_rtcp(void **state)
{
	enum { FLOOD = 300 };
	static const char sdes[] = "\x81\xca\0\4\0\0\0\1\1\x09\61.2.3.4.5\0";
	struct relay_flow_stats st = { 0 };
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	kernel_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr in = parse("10.77.0.2", 19001);
	const struct relay_flow there = { addr_with_port(in, 0), parse("10.77.0.3", 19003) };
	const struct addr own = ops->session_local(s, 0, RELAY_RTCP);
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTCP, &there), 0);
	ops->session_hide(s, 0);
	for (int i = 0; i < FLOOD; i++)
		send_data(u, &in, &own, sdes, 20);
	for (int i = 0; i < 1000 && st.packets + st.failed < FLOOD; i++) {
		kernel_step(&u->rig);
		ops->flow_stats(s, 0, RELAY_RTCP, &st);
	}
	assert_int_equal(st.packets + st.failed, FLOOD);
	assert_true(st.packets >= 64 && st.failed > 0);
	/* and for as long as it is too much */
	const uint64_t before = st.packets;
	for (int i = 0; i < 1000 && st.packets == before; i++) {
		send_data(u, &in, &own, sdes, 20);
		assert_int_equal(poll(NULL, 0, 5), 0);
		kernel_step(&u->rig);
		ops->flow_stats(s, 0, RELAY_RTCP, &st);
	}
	assert_true(st.packets > before);
	ops->session_close(s);
	rig_free(u);
}

static void test_flows_end_with_their_lease(void **state)
{
	struct addr at, seen;
	(void)state;
	struct kernel_rig *u = rig_new(RELAY_KERNEL_XDP, false);
	kernel_restart(&u->rig, 16);
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
	flow(u, s, 0, in, out);
	rtp_passes(u, s, 0, &in, &out, 1);
	struct relay_k_header *h = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
		relay_kernel_table_fd(u->place), 0);
	assert_true(h != MAP_FAILED);
	/* as if nobody had renewed it for so long; and one that would never end counts for nothing */
	for (int never = 0; never < 2; never++) {
		h->lease_ns = never ? UINT64_MAX : 1;
		const struct addr own = u->rig.relay.ops->session_local(s, 0, RELAY_RTP);
		send_data(u, &in, &own, "x", 1);
		assert_int_equal(poll(NULL, 0, 50), 0);
		assert_false(kernel_came(&u->rig, false, &at, &seen));
		assert_int_equal(stats(u, s, 0).packets, 1);
	}
	munmap(h, 4096);
	u->rig.relay.ops->session_close(s);
	rig_free(u);
}

static void test_another_programs_socket(void **state)
{
	(void)state;
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++) {
		struct kernel_rig *u = rig_new((enum relay_kernel_way)way, false);
		struct sockaddr_storage ss;
		uint8_t buf[8];
		kernel_restart(&u->rig, 16);
		struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
		const struct addr in = parse("10.77.0.2", 19000), other = parse("10.77.0.4", 19000);
		const struct addr own = u->rig.relay.ops->session_local(s, 0, RELAY_RTP);
		flow(u, s, 0, in, parse("10.77.0.3", 19002));
		const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		const socklen_t n = loop_sockaddr(&ss, &own);
		assert_int_equal(bind(fd, (struct sockaddr *)&ss, n), 0);
		send_data(u, &other, &own, "hello", 5);
		struct pollfd p = { .fd = fd, .events = POLLIN };
		assert_int_equal(poll(&p, 1, 5000), 1);
		assert_int_equal(recv(fd, buf, sizeof buf, 0), 5);
		assert_int_equal(stats(u, s, 0).refused, 0);
		close(fd);
		u->rig.relay.ops->session_close(s);
		rig_free(u);
	}
}

/* Raw frames */

static int raw_socket(void)
{
	enter(ns_hosts);
	const struct sockaddr_ll ll = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex("hosts") };
	const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&ll, sizeof ll), 0);
	enter(ns_gateway);
	return fd;
}

static uint16_t ip_sum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

enum { FRAME = 14 + 20 + 8 + 20, IP = 14, UDP = 34 };

/* From 10.77.0.2:19000 to PORT of 10.77.0.1; the other way to the gateway's link is a broadcast of its own. */
static void frame_make(uint8_t f[FRAME], const uint8_t gateway_mac[6], uint16_t port)
{
	static const uint8_t ip[] = { 0x45, 0, 0, 48, 0, 1, 0x40, 0, 64, 17, 0, 0, 10, 77, 0, 2, 10, 77, 0, 1 };
	memset(f, 0, FRAME);
	memcpy(f, gateway_mac, 6);
	put16(f + 12, 0x0800);
	memcpy(f + IP, ip, sizeof ip);
	put16(f + UDP, 19000);
	put16(f + UDP + 2, port);
	put16(f + UDP + 4, 28);
}

static void frame_sum(uint8_t f[FRAME])
{
	put16(f + IP + 10, 0);
	put16(f + IP + 10, ip_sum(f + IP, 20));
}

/* Which bits of the headers may differ, with the header's sum made right again. */
static bool may_differ(int octet, int bit)
{
	switch (octet) {
	case IP + 1: return true;					  /* service */
	case IP + 4: case IP + 5: return true;				  /* identification */
	case IP + 6: return bit == 6 || bit == 7;			  /* may be fragmented; reserved */
	case IP + 8: return true;					  /* hops: 64 with one bit less is 0 */
	case UDP + 6: case UDP + 7: return true;			  /* the receiver sees to that */
	default: return false;
	}
}

static void gateway_mac(uint8_t mac[6])
{
	struct ifreq r = { .ifr_name = "wall" };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(ioctl(fd, SIOCGIFHWADDR, &r), 0);
	close(fd);
	memcpy(mac, r.ifr_hwaddr.sa_data, 6);
}

/* One kind of frame, and which bits of its headers may differ. */
struct frame_kind {
	size_t size;
	int first, last; /* octets of the headers that are altered */
	void (*make)(uint8_t *f, const uint8_t gateway_mac[6], uint16_t port);
	/* Makes right again what the change of OCTET made wrong; NULL: there is no such thing. */
	void (*sum)(uint8_t *f);
	bool (*passes)(int octet, int bit, bool summed);
	const char *own, *in, *out;
};

static bool passes4(int octet, int bit, bool summed)
{
	if (octet == IP + 8 && bit == 6)
		return false;
	if (octet < UDP && !summed)
		return false; /* the sum is wrong */
	if (octet >= IP + 10 && octet < IP + 12)
		return true; /* and right again */
	return may_differ(octet, bit);
}

enum { FRAME6 = FRAME + 20, UDP6 = UDP + 20 };

static void frame6_make(uint8_t *f, const uint8_t gateway_mac[6], uint16_t port)
{
	static const uint8_t from[16] = { 0xfd, 0x77, [15] = 2 }, to[16] = { 0xfd, 0x77, [15] = 1 };
	memset(f, 0, FRAME6);
	memcpy(f, gateway_mac, 6);
	put16(f + 12, 0x86dd);
	f[IP] = 0x60;
	put16(f + IP + 4, 28);
	f[IP + 6] = IPPROTO_UDP;
	f[IP + 7] = 64;
	memcpy(f + IP + 8, from, 16);
	memcpy(f + IP + 24, to, 16);
	put16(f + UDP6, 19000);
	put16(f + UDP6 + 2, port);
	put16(f + UDP6 + 4, 28);
	put16(f + UDP6 + 6, 0x1111); /* the receiver's to see to */
}

static bool passes6(int octet, int bit, bool summed)
{
	(void)summed;
	switch (octet) {
	case IP: return bit < 4;
	case IP + 1: case IP + 2: case IP + 3: return true; /* service, flow label */
	case IP + 7: return bit != 6;			    /* hops: 64 with one bit less is 0 */
	case UDP6 + 6: case UDP6 + 7: return true;
	default: return false;
	}
}

static void frame4_make(uint8_t *f, const uint8_t mac[6], uint16_t port)
{
	frame_make(f, mac, port);
	frame_sum(f);
}

static const struct frame_kind kinds[] = {
	{ FRAME, 12, UDP + 8, frame4_make, frame_sum, passes4, "10.77.0.1", "10.77.0.2", "10.77.0.3" },
	{ FRAME6, 12, UDP6 + 8, frame6_make, NULL, passes6, "fd77::1", "fd77::2", "fd77::3" },
};

static void altered(enum relay_kernel_way way, const struct frame_kind *kind)
{
	struct kernel_rig *u = rig_new(way, false);
	uint8_t f[FRAME6], mac[6];
	kernel_restart(&u->rig, 16);
	struct relay_session *s = open_one(u, kind->own, kind->own);
	const struct addr in = parse(kind->in, 19000), out = parse(kind->out, 19002);
	const uint16_t port = u->rig.relay.ops->session_local(s, 0, RELAY_RTP).port;
	const ssize_t size = (ssize_t)kind->size;
	flow(u, s, 0, in, out);
	rtp_passes(u, s, 0, &in, &out, 1);
	gateway_mac(mac);
	const int fd = raw_socket();
	uint64_t expected = stats(u, s, 0).packets;
	/* to all stations: nobody's in particular */
	kind->make(f, mac, port);
	memset(f, 0xff, 6);
	assert_int_equal(send(fd, f, kind->size, 0), size);
	for (int octet = kind->first; octet < kind->last; octet++)
		for (int bit = 0; bit < 8; bit++)
			for (int again = 0; again < (kind->sum != NULL ? 2 : 1); again++) {
				kind->make(f, mac, port);
				f[octet] ^= (uint8_t)(1 << bit);
				if (again)
					kind->sum(f);
				assert_int_equal(send(fd, f, kind->size, 0), size);
				expected += kind->passes(octet, bit, again);
				for (int i = 0; i < 1000 && stats(u, s, 0).packets < expected; i++)
					kernel_step(&u->rig);
				/* one that came late shows at the next look */
				if (stats(u, s, 0).packets != expected)
					fail_msg("octet %d bit %d again %d", octet, bit, again);
			}
	close(fd);
	u->rig.relay.ops->session_close(s);
	rig_free(u);
}

static void test_altered_headers(void **state)
{
	(void)state;
	for (int way = RELAY_KERNEL_XDP; way <= RELAY_KERNEL_TC; way++)
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			altered((enum relay_kernel_way)way, &kinds[i]);
}

static void spoofed(enum relay_kernel_way way, int many)
{
	struct kernel_rig *u = rig_new(way, false);
	uint8_t f[FRAME], mac[6];
	uint32_t x = 12345;
	kernel_restart(&u->rig, 16);
	struct relay_session *s = open_one(u, "10.77.0.1", "10.77.0.1");
	const struct addr in = parse("10.77.0.2", 19000), out = parse("10.77.0.3", 19002);
	const uint16_t port = u->rig.relay.ops->session_local(s, 0, RELAY_RTP).port;
	flow(u, s, 0, in, out);
	rtp_passes(u, s, 0, &in, &out, 1);
	gateway_mac(mac);
	const int fd = raw_socket();
	for (int i = 0; i < many; i++) {
		frame_make(f, mac, port);
		x = x * 1664525 + 1013904223;
		/* the right host with a wrong port, or a host near the right one with the right port */
		if (x >> 31)
			put16(f + UDP, 19000 + 1 + (x >> 8) % 46000);
		else
			f[IP + 12 + (x >> 8) % 4] ^= (uint8_t)(1 << ((x >> 16) % 8));
		frame_sum(f);
		while (send(fd, f, FRAME, 0) != FRAME)
			assert_int_equal(errno, ENOBUFS);
		if (i % 4096 == 0)
			uv_run(&u->loop, UV_RUN_NOWAIT);
	}
	for (int i = 0; i < 100 && stats(u, s, 0).refused < (uint64_t)many; i++)
		kernel_step(&u->rig);
	assert_int_equal(stats(u, s, 0).packets, 1);
	assert_int_equal(stats(u, s, 0).refused, many);
	rtp_passes(u, s, 0, &in, &out, 2);
	close(fd);
	u->rig.relay.ops->session_close(s);
	rig_free(u);
}

static void test_spoofed_sources(void **state)
{
	(void)state;
	spoofed(RELAY_KERNEL_XDP, 1000000);
	spoofed(RELAY_KERNEL_TC, 100000);
}

/* Whether the programs were built and this system takes them; it says why not. */
static bool supported(void)
{
	static const char *const interfaces[] = { "wall" };
	static const uint32_t via[1];
	const struct addr local = addr_ip4((const uint8_t[]){ 10, 77, 0, 1 }, 0);
	const struct relay_kernel_plan plan = {
		.interfaces = interfaces, .interfaces_n = 1, .locals = &local, .via = via, .locals_n = 1, .sessions = 1
	};
	struct relay_kernel_place *place = NULL;
	char why[128] = "";
	const int err = relay_kernel_install(&place, &plan, why);
	if (err == PST_E_UNSUPPORTED)
		fprintf(stderr, "skipped: %s\n", why);
	relay_kernel_remove(place);
	return err != PST_E_UNSUPPORTED;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xdp_ip4),
		cmocka_unit_test(test_xdp_ip6),
		cmocka_unit_test(test_xdp_ip4_unsummed),
		cmocka_unit_test(test_tc_ip4),
		cmocka_unit_test(test_tc_filter_ip4),
		cmocka_unit_test(test_tc_ip6),
		cmocka_unit_test(test_tc_ip6_unsummed),
		cmocka_unit_test(test_between_ip4_and_ip6),
		cmocka_unit_test(test_xdp_serves_all_but_the_first),
		cmocka_unit_test(test_quality),
		cmocka_unit_test(test_a_system_that_forwards_nothing),
		cmocka_unit_test(test_addresses_that_come_later),
		cmocka_unit_test(test_a_source_that_is_not_ours),
		cmocka_unit_test(test_networks_of_addresses),
		cmocka_unit_test(test_ten_thousand_addresses),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_ranges_take_nothing_else),
		cmocka_unit_test(test_ranges_are_bounded),
		cmocka_unit_test(test_ranges_that_are_none),
		cmocka_unit_test(test_another_range_of_ports),
		cmocka_unit_test(test_other_interfaces),
		cmocka_unit_test(test_vlans_and_bridges),
		cmocka_unit_test(test_packets_that_do_not_fit),
		cmocka_unit_test(test_flows_outlive_their_process),
		cmocka_unit_test(test_flows_end_for_whoever_wants_none),
		cmocka_unit_test(test_programs_outlive_their_process),
		cmocka_unit_test(test_hides_addresses_when_told),
		cmocka_unit_test(test_a_flood_of_rtcp),
		cmocka_unit_test(test_flows_end_with_their_lease),
		cmocka_unit_test(test_another_programs_socket),
		cmocka_unit_test(test_altered_headers),
		cmocka_unit_test(test_spoofed_sources),
	};
	if (!namespaces_make()) {
		fprintf(stderr, "skipped: needs root\n");
		return SKIPPED;
	}
	if (!supported())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
