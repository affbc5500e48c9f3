/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/live.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

const char *live_name = "bench";

void live_die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", live_name, what, strerror(errno));
	exit(1);
}

void live_enter(const char *ns)
{
	char path[128];
	snprintf(path, sizeof path, "/run/netns/%s", ns);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		live_die(path);
	close(fd);
}

static void ask_interface(const char *ns, const char *interface, unsigned long what, struct ifreq *r)
{
	live_enter(ns);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(r->ifr_name, sizeof r->ifr_name, "%s", interface);
	if (fd < 0 || ioctl(fd, what, r) != 0)
		live_die(interface);
	close(fd);
}

void live_mac(const char *ns, const char *interface, uint8_t mac[6])
{
	struct ifreq r = { 0 };
	ask_interface(ns, interface, SIOCGIFHWADDR, &r);
	memcpy(mac, r.ifr_hwaddr.sa_data, 6);
}

void live_batches(const char *ns, const char *interface)
{
	struct ethtool_value v = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq r = { .ifr_data = (void *)&v };
	ask_interface(ns, interface, SIOCETHTOOL, &r);
}

int live_attach(const struct bpf_program *prog, const char *ns, const char *interface)
{
	const struct bpf_link_create_opts opts = { .sz = sizeof opts, .flags = XDP_FLAGS_DRV_MODE };
	live_enter(ns);
	const int link = bpf_link_create(bpf_program__fd(prog), (int)if_nametoindex(interface), BPF_XDP, &opts);
	if (link < 0)
		live_die(interface);
	return link;
}

int live_attached(const char *interface)
{
	uint32_t id = 0;
	if (bpf_xdp_query_id((int)if_nametoindex(interface), 0, &id) != 0)
		live_die(interface);
	return id != 0 ? bpf_prog_get_fd_by_id(id) : -1;
}

static uint32_t sum16(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~((sum & 0xffff) + (sum >> 16));
}

void live_headers(uint8_t h[LIVE_HEADERS], const uint8_t mac_to[6], const uint8_t mac_from[6], const struct addr *from,
	const struct addr *to)
{
	memset(h, 0, LIVE_HEADERS);
	memcpy(h, mac_to, 6);
	memcpy(h + 6, mac_from, 6);
	put16(h + 12, 0x0800);
	h[14] = 0x45;
	put16(h + 16, 28 + LIVE_PAYLOAD);
	h[22] = 64;
	h[23] = 17;
	memcpy(h + 26, from->ip, 4);
	memcpy(h + 30, to->ip, 4);
	put16(h + 24, folded(sum16(h + 14, 20)));
	put16(h + 34, from->port);
	put16(h + 38, 8 + LIVE_PAYLOAD);
	h[42] = 0x80; /* RTP, version 2 */
	put16(h + 50, 0x1234);
	put16(h + 40, folded(sum16(h + 26, 8) + 17 + 8 + LIVE_PAYLOAD + sum16(h + 34, LIVE_HEADERS - 34)));
}

void live_send(struct relay_pps_bpf *skel, uint32_t ifindex, uint32_t n)
{
	uint8_t frame[42 + LIVE_PAYLOAD] = { 0 };
	struct xdp_md ctx = { .data_end = sizeof frame, .ingress_ifindex = ifindex };
	struct bpf_test_run_opts opts = { .sz = sizeof opts,
		.data_in = frame,
		.data_size_in = sizeof frame,
		.ctx_in = &ctx,
		.ctx_size_in = sizeof ctx,
		.repeat = (int)n,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		.batch_size = LIVE_BATCH };
	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.send_frame), &opts) != 0)
		live_die("sending");
}
