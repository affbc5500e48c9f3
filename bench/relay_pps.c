/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relay_pps [--json] [--seconds S] [--rounds N] [--streams N]...: how many packets per second one processor gets
 * through a gateway, the gateway being the kernel relay plane (XDP, TC), the kernel's
 * NAT with connection tracking, its plain routing, and an XDP program that rewrites and redirects without looking
 * (the limit). Frames begin at the gateway's inner interface, made in batches of 64 as a driver would hand them over,
 * and end in a program behind its outer one, on the same processor: that costs as much in each case. "made" is
 * making them alone. Expects the namespaces that run-relay.sh makes,
 * and root.
 */
#include "bench/live.h"

#include "loop/net.h"
#include "relay/kernel.h"
#include "relay/kernel/install.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { STREAMS_MAX = 10000, ROUNDS_MAX = 9, CHUNK = 1 << 16, SOURCE_PORT = 40000 };
enum mode { MODE_MADE, MODE_ROUTED, MODE_NAT, MODE_TC, MODE_XDP, MODE_LIMIT, MODES };

static const char *const mode_names[MODES] = { "made", "routed", "nat", "kernel_tc", "kernel_xdp", "limit" };

static const char NAT_RULES[] = "flush ruleset; table ip bench {"
				" chain pre { type nat hook prerouting priority dstnat;"
				"  ip daddr 10.0.0.1 udp dport 20000-59999 dnat to 203.0.113.2:7000; };"
				" chain post { type nat hook postrouting priority srcnat; oifname out masquerade; }; }";

struct bench {
	struct relay_pps_bpf *skel;
	uv_loop_t loop;
	struct relay relay;
	struct relay_kernel_place *place;
	struct relay_session *sessions[STREAMS_MAX];
	uint32_t streams;
	int links[2];
	uint32_t in; /* the gateway's interface */
	double seconds;
};

static void run(const char *command)
{
	if (system(command) != 0)
		live_die(command);
}

static void rules(const char *text)
{
	char command[1024];
	live_enter("gw");
	snprintf(command, sizeof command, "nft '%s'", text);
	run(command);
}

static struct addr address(const char *text)
{
	struct addr a = { 0 };
	if (addr_parse(&a, text, 0))
		abort();
	return a;
}

/* What is sent: RTP, all zero but the header. */
static void headers_make(uint8_t h[LIVE_HEADERS], const struct addr *to)
{
	const struct addr from = addr_with_port(address("10.0.0.2"), SOURCE_PORT);
	uint8_t gateway[6], host[6];
	live_mac("gw", "in", gateway);
	live_mac("in", "eth0", host);
	live_headers(h, gateway, host, &from, to);
}

/* Gateways */

static void port_set(struct bench *b, uint32_t i, uint16_t port)
{
	const uint32_t value = htons(port);
	if (bpf_map_update_elem(bpf_map__fd(b->skel->maps.ports), &i, &value, BPF_ANY) != 0)
		live_die("ports");
}

static void relay_start(struct bench *b, enum relay_kernel_way way)
{
	static const char *const interfaces[] = { "in", "out" };
	static const uint32_t via[] = { 0, 1 };
	const struct addr locals[] = { address("10.0.0.1"), address("203.0.113.1") };
	const struct relay_kernel_plan plan = {
		.interfaces = interfaces, .interfaces_n = 2, .locals = locals, .via = via, .locals_n = 2, .way = way
	};
	const struct relay_kernel_config conf = { .first = 20000, .last = 59999 };
	const struct relay_flow flow = { address("10.0.0.2"), addr_with_port(address("203.0.113.2"), 7000) };
	char why[128];
	live_enter("gw");
	if (relay_kernel_install(&b->place, &plan, why) ||
		relay_kernel_new(&b->loop, relay_kernel_table_fd(b->place), relay_kernel_ring_fd(b->place), &conf, &b->relay)) {
		fprintf(stderr, "relay_pps: %s\n", why);
		exit(1);
	}
	for (uint32_t i = 0; i < b->streams; i++) {
		if (b->relay.ops->session_open(b->relay.plane, locals, &b->sessions[i]) ||
			b->relay.ops->flow_set(b->sessions[i], 0, RELAY_RTP, &flow))
			live_die("session");
		port_set(b, i, b->relay.ops->session_local(b->sessions[i], 0, RELAY_RTP).port);
	}
}

static void relay_stop(struct bench *b)
{
	for (uint32_t i = 0; i < b->streams; i++)
		b->relay.ops->session_close(b->sessions[i]);
	relay_kernel_free(&b->relay);
	uv_run(&b->loop, UV_RUN_NOWAIT);
	relay_kernel_remove(b->place);
}

/* The program that frames are handed to. */
static void stand_in(struct bench *b, int prog)
{
	const uint32_t zero = 0;
	if (bpf_map_update_elem(bpf_map__fd(b->skel->maps.gateway), &zero, &prog, BPF_ANY) != 0)
		live_die("gateway");
}

static void gateway_start(struct bench *b, enum mode m)
{
	const struct addr direct = address("203.0.113.2"), gateway = address("10.0.0.1");
	headers_make(b->skel->bss->headers, m == MODE_ROUTED ? &direct : &gateway);
	for (uint32_t i = 0; i < b->streams; i++)
		port_set(b, i, (uint16_t)(20000 + 2 * i));
	if (m == MODE_XDP || m == MODE_TC)
		relay_start(b, m == MODE_XDP ? RELAY_KERNEL_XDP : RELAY_KERNEL_TC);
	else if (m == MODE_NAT)
		rules(NAT_RULES);
	b->links[0] = m == MODE_XDP ? -1 : live_attach(b->skel->progs.stand, "gw", "in");
	b->skel->bss->action = m == MODE_MADE ? XDP_DROP : m == MODE_XDP || m == MODE_LIMIT ? XDP_TX : XDP_PASS;
	if (m == MODE_XDP)
		live_enter("gw"), stand_in(b, live_attached("in"));
	else if (m == MODE_LIMIT)
		stand_in(b, bpf_program__fd(b->skel->progs.mirror));
	b->links[1] = live_attach(b->skel->progs.receive_frame, "out", "eth0");
}

static void gateway_stop(struct bench *b, enum mode m)
{
	close(b->links[1]);
	if (b->links[0] >= 0)
		close(b->links[0]);
	if (m == MODE_XDP || m == MODE_TC)
		relay_stop(b);
	else if (m == MODE_NAT)
		rules("flush ruleset");
}

/* Running */

static void send_frames(struct bench *b, uint32_t n)
{
	live_send(b->skel, b->in, n);
	uv_run(&b->loop, UV_RUN_NOWAIT); /* the relay's heartbeat */
}

struct result {
	double pps, lost; /* lost: of 1 */
};

static uint64_t arrived(const struct bench *b, enum mode m)
{
	return m == MODE_MADE ? b->skel->bss->sent : b->skel->bss->received;
}

/* Of this thread, and of the softirqs that the system runs in it: all that happens to a frame. The system keeps a
 * twentieth of each second from whom it gives all else, which must not count. */
static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct result measure(struct bench *b, enum mode m)
{
	const volatile uint64_t *const sent = (const volatile uint64_t *)&b->skel->bss->sent;
	gateway_start(b, m);
	live_enter("gw");
	send_frames(b, 4 * b->streams + CHUNK / 4); /* flows, neighbours and caches are known from here on */
	const uint64_t sent0 = *sent, arrived0 = arrived(b, m);
	const double start = cpu_s();
	while (cpu_s() - start < b->seconds)
		send_frames(b, CHUNK);
	const double took = cpu_s() - start;
	const double n = (double)(arrived(b, m) - arrived0), all = (double)(*sent - sent0);
	gateway_stop(b, m);
	return (struct result){ n / took, all > 0 ? 1 - n / all : 1 };
}

static int by_pps(const void *a, const void *b)
{
	const double x = ((const struct result *)a)->pps, y = ((const struct result *)b)->pps;
	return x < y ? -1 : x > y;
}

static bool json;
static unsigned lines;

static void line(uint32_t streams, const char *mode, const char *what, double value, const char *unit)
{
	char name[96];
	snprintf(name, sizeof name, "relay.one_core.%ustreams.%s.%s", streams, mode, what);
	if (json)
		printf("%s\n  {\"name\": \"%s\", \"value\": %.3f, \"unit\": \"%s\"}", lines++ ? "," : "[", name,
			value, unit);
	else
		printf("%-58s %10.3f %s\n", name, value, unit);
	fflush(stdout);
}

/* Each mode in turn, ROUNDS times. The best of each counts: what else the machine does only makes it worse. */
static void compare(struct bench *b, int rounds, double *first_xdp_ns)
{
	struct result all[MODES][ROUNDS_MAX], r[MODES];
	for (int i = 0; i < rounds; i++)
		for (int m = 0; m < MODES; m++)
			all[m][i] = measure(b, (enum mode)m);
	for (int m = 0; m < MODES; m++) {
		qsort(all[m], (size_t)rounds, sizeof all[m][0], by_pps);
		r[m] = all[m][rounds - 1];
		line(b->streams, mode_names[m], "rate", r[m].pps / 1e6, "Mpackets/s");
		line(b->streams, mode_names[m], "lost", r[m].lost * 100, "%");
		if (m != MODE_MADE)
			line(b->streams, mode_names[m], "gateway_cpu", 1e9 / r[m].pps - 1e9 / r[MODE_MADE].pps,
				"ns/packet");
	}
	line(b->streams, "kernel_xdp_to_nat", "rate", r[MODE_XDP].pps / r[MODE_NAT].pps, "ratio");
	line(b->streams, "kernel_tc_to_nat", "rate", r[MODE_TC].pps / r[MODE_NAT].pps, "ratio");
	line(b->streams, "nat_to_kernel_xdp", "gateway_cpu",
		(1 / r[MODE_NAT].pps - 1 / r[MODE_MADE].pps) / (1 / r[MODE_XDP].pps - 1 / r[MODE_MADE].pps), "ratio");
	line(b->streams, "kernel_xdp_to_limit", "rate", r[MODE_XDP].pps / r[MODE_LIMIT].pps, "ratio");
	const double ns = 1e9 / r[MODE_XDP].pps;
	if (*first_xdp_ns == 0)
		*first_xdp_ns = ns;
	else
		line(b->streams, "kernel_xdp", "cost_to_fewest_streams", ns / *first_xdp_ns, "ratio");
}

static void prepare(struct bench *b)
{
	uint8_t mac[6];
	const struct addr from = address("203.0.113.1"), to = address("203.0.113.2");
	char command[256];
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu() < 0 ? 0 : sched_getcpu(), &one);
	/* the figures are of a processor that does nothing else: others wait for the second */
	const struct sched_param real_time = { .sched_priority = 1 };
	if (sched_setaffinity(0, sizeof one, &one) != 0)
		live_die("one processor");
	(void)sched_setscheduler(0, SCHED_FIFO, &real_time);
	b->skel = relay_pps_bpf__open_and_load();
	if (b->skel == NULL)
		live_die("programs");
	if (uv_loop_init(&b->loop) != 0)
		live_die("loop");
	live_batches("gw", "in");
	live_batches("gw", "out");
	live_batches("out", "eth0");
	live_batches("in", "eth0");
	live_mac("out", "eth0", mac);
	memcpy(b->skel->bss->mirror_macs, mac, 6);
	snprintf(command, sizeof command,
		"ip neigh replace 203.0.113.2 lladdr %02x:%02x:%02x:%02x:%02x:%02x dev out nud permanent", mac[0],
		mac[1], mac[2], mac[3], mac[4], mac[5]);
	live_mac("gw", "out", b->skel->bss->mirror_macs + 6);
	run(command);
	b->skel->bss->mirror_ifindex = if_nametoindex("out");
	b->in = if_nametoindex("in");
	memcpy(&b->skel->bss->mirror_from, from.ip, 4);
	memcpy(&b->skel->bss->mirror_to, to.ip, 4);
	b->skel->bss->mirror_sport = htons(20000);
	b->skel->bss->mirror_dport = htons(7000);
	rules("flush ruleset");
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "seconds", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "streams", required_argument, NULL, 'n' },
		{ 0 },
	};
	static struct bench b = { .seconds = 0.3 };
	uint32_t streams[8] = { 1, 100, 1000, 10000 }, n = 0;
	int rounds = 3, c;
	double first = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 's')
			b.seconds = strtod(optarg, NULL);
		else if (c == 'r')
			rounds = atoi(optarg);
		else if (c == 'n' && n < 8)
			streams[n++] = (uint32_t)atoi(optarg);
		else
			return 2;
	}
	n = n != 0 ? n : 4;
	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	if (geteuid() != 0)
		return 77;
	live_name = "relay_pps";
	prepare(&b);
	for (uint32_t i = 0; i < n; i++) {
		b.streams = streams[i];
		if (b.streams < 1 || b.streams > STREAMS_MAX)
			return 2;
		b.skel->data->streams = b.streams;
		compare(&b, rounds, &first);
	}
	if (json)
		printf("%s]\n", lines ? "\n" : "[");
	return 0;
}
