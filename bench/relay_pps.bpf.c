/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What relay_pps is measured with: what makes frames at the gateway's interface, the least that a relay could do to
 * them (the limit), and a receiver that counts.
 */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { PORTS = 16384, HEADERS = 56 /* with RTP's, and two octets of audio */ };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PORTS);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

/* The XDP program that stands for the gateway. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} gateway SEC(".maps");

/* set by relay_pps */
__u32 streams = 1;
__u32 action; /* without a program: XDP_PASS, to the system; XDP_DROP */
__u8 headers[HEADERS] __attribute__((aligned(8))); /* from the sender to the gateway, all sums right for port and
						      sequence number 0 */
__u32 mirror_ifindex;
__u8 mirror_macs[12];
__u32 mirror_from, mirror_to;
__u16 mirror_sport, mirror_dport;

__u32 next;
__u16 sequence;
__u64 sent, received, received_bad;

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

SEC("xdp")
int send_frame(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct udphdr *udp = (void *)(data + ETH_HLEN + sizeof(struct iphdr));
	if (data + HEADERS > end)
		return XDP_ABORTED;
	const __u32 at = next;
	sent++;
	if (++next >= streams) {
		next = 0;
		sequence++;
	}
	const __u32 *port = bpf_map_lookup_elem(&ports, &at);
	if (port == NULL)
		return XDP_ABORTED;
	/* frames come back used */
	const __u64 *from = (const __u64 *)headers;
	__u64 *to = (__u64 *)data;
#pragma unroll
	for (int i = 0; i < HEADERS / 8; i++)
		to[i] = from[i];
	__u16 *rtp = (__u16 *)(udp + 1);
	const __u16 seq = bpf_htons(sequence), stamp = bpf_htons(sequence * 160);
	udp->dest = (__u16)*port;
	rtp[1] = seq;
	rtp[3] = stamp;
	const __u16 check = (__u16)~fold((__u64)(__u16)~udp->check + (__u16)*port + seq + stamp);
	udp->check = check != 0 ? check : 0xffff;
	if (action == XDP_TX)
		bpf_tail_call(ctx, &gateway, 0);
	return (int)action;
}

/* Stands at the interface: some systems make the queue that frames come from only for that. */
SEC("xdp")
int stand(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

static __always_inline __u64 exchange(__u64 sum, __u32 old, __u32 new)
{
	return sum + (__u32)~old + new;
}

/* One and the same rewriting for every UDP packet: no flows, no check, no count. */
SEC("xdp")
int mirror(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof *eth;
	struct udphdr *udp = (void *)(ip + 1);
	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 ||
		ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	__u64 both = exchange(exchange(0, ip->saddr, mirror_from), ip->daddr, mirror_to);
	__u64 sum = exchange(both + (__u16)~udp->check, udp->source, mirror_sport);
	udp->check = (__u16)~fold(exchange(sum, udp->dest, mirror_dport));
	sum = exchange(both + (__u16)~ip->check, bpf_htons(ip->ttl << 8), bpf_htons((ip->ttl - 1) << 8));
	ip->check = (__u16)~fold(sum);
	ip->ttl--;
	ip->saddr = mirror_from;
	ip->daddr = mirror_to;
	udp->source = mirror_sport;
	udp->dest = mirror_dport;
	__builtin_memcpy(eth, mirror_macs, 12);
	return (int)bpf_redirect(mirror_ifindex, 0);
}

SEC("xdp")
int receive_frame(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof *eth;
	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	if (ip->daddr == mirror_to)
		received++;
	else
		received_bad++;
	return XDP_DROP;
}

char terms[] SEC("license") = "GPL";
