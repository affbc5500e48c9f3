/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The relay in the kernel, twice with one core. relay_xdp runs where the driver hands packets over and serves what
 * it has a next hop for. Whatever it leaves comes to relay_tc, at the ingress of the same interface, which can do
 * all: it finds next hops, lets the system resolve neighbours (so that not even a first packet is lost), completes
 * checksums that were left to hardware, and changes between IPv4 and IPv6. A next hop is asked for again each
 * second, by a packet that takes the system's own neighbour output: that keeps the neighbour known. What is not for
 * a reserved port of ours takes the system's normal path, untouched.
 */
#include <stddef.h>
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "relay/kernel/layout.h"

#define HOP_NS 1000000000ULL
#define FAMILY_INET 2
#define FAMILY_INET6 10
#ifndef BPF_F_IPV6
#define BPF_F_IPV6 (1ULL << 7)
#endif
#define READ(x) (*(volatile typeof(x) *)&(x))
#define WRITE(x, v) (*(volatile typeof(x) *)&(x) = (v))
/* What another processor sees in this order. The compiler is held here, the processors by themselves (x86) or by
 * an atomic operation. */
#if defined(__x86_64__)
#define ORDER(slot) __asm__ __volatile__("" ::: "memory")
#else
#define ORDER(slot) __sync_fetch_and_add(&(slot)->seq, 0)
#endif

struct ip16 {
	union {
		__u8 b[16];
		__u32 w[4];
		__u64 d[2];
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set when it is loaded */
	__type(key, __u32);
	__type(value, struct relay_k_slot);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RELAY_K_LOCALS);
	__type(key, struct ip16);
	__type(value, struct relay_k_local);
} locals SEC(".maps");

/* The same by number. A worker names the address that packets leave from by its number here: it can not make up
 * one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RELAY_K_LOCALS);
	__type(key, __u32);
	__type(value, struct relay_k_local);
} vias SEC(".maps");

/* Interfaces that relay_xdp may send to. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u32);
} xdp_ports SEC(".maps");

struct view {
	struct ip16 from, to;
	__u32 l4;	/* offset */
	__u32 ip_len;	/* octets from the IP header on */
	__u16 sport, dport, udp_len; /* ports as they stand */
	__u8 ttl, tos;
	__u8 v6, fragment;
	__u64 now_ns;
};

enum verdict { NOT_OURS, REFUSED, FAILED, UNSURE, PERMITTED };

/* What a permitted packet needs. */
struct match {
	struct relay_k_slot *slot;
	__u32 seq;
	__u32 hop_seq;
	__u64 packets; /* so far */
};

static __always_inline void mapped(struct ip16 *out, __u32 ip4)
{
	/* in one store, as it is read in one load: else that would have to wait */
	out->d[0] = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	out->d[1] = (__u64)ip4 << 32 | bpf_htonl(0xffff);
#else
	out->d[1] = (__u64)0xffff << 32 | ip4;
#endif
}

static __always_inline int is_mapped(const struct ip16 *a)
{
	return a->d[0] == 0 && a->w[2] == bpf_htonl(0xffff);
}

static __always_inline __u16 fold(__u64 sum)
{
	/* of some 32-bit words: less than 2^48 */
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return (__u16)sum;
}

/* As every router has to: a header that was damaged may name anybody (RFC 1812 4.2.2.5). */
static __always_inline int sums_up(const struct iphdr *ip)
{
	const __u32 *w = (const __u32 *)ip;
	return fold((__u64)w[0] + w[1] + w[2] + w[3] + w[4]) == 0xffff;
}

static __always_inline int look_ip4(struct view *v, void *data, void *end)
{
	struct iphdr *ip = data + ETH_HLEN;
	if ((void *)(ip + 1) > end || *(__u8 *)ip != 0x45 || ip->protocol != IPPROTO_UDP ||
		!sums_up(ip))
		return -1;
	const __u16 frag = ip->frag_off & bpf_htons(0x3fff);
	if (frag & bpf_htons(0x1fff))
		return -1; /* no ports in it; its first one is dropped, so it will come to nothing */
	v->fragment = frag != 0;
	v->l4 = ETH_HLEN + sizeof *ip;
	v->ip_len = bpf_ntohs(ip->tot_len);
	v->ttl = ip->ttl;
	v->tos = ip->tos;
	v->v6 = 0;
	mapped(&v->from, ip->saddr);
	mapped(&v->to, ip->daddr);
	return v->ip_len >= sizeof *ip + sizeof(struct udphdr) ? 0 : -1;
}

static __always_inline int look_ip6(struct view *v, void *data, void *end)
{
	struct ipv6hdr *ip = data + ETH_HLEN;
	if ((void *)(ip + 1) > end || ip->version != 6 || ip->nexthdr != IPPROTO_UDP)
		return -1;
	v->fragment = 0;
	v->l4 = ETH_HLEN + sizeof *ip;
	v->ip_len = sizeof *ip + bpf_ntohs(ip->payload_len);
	v->ttl = ip->hop_limit;
	v->tos = (__u8)(ip->priority << 4 | ip->flow_lbl[0] >> 4);
	v->v6 = 1;
	__builtin_memcpy(&v->from, &ip->saddr, 16);
	__builtin_memcpy(&v->to, &ip->daddr, 16);
	return v->ip_len >= sizeof *ip + sizeof(struct udphdr) ? 0 : -1;
}

/* DATA..END is the beginning of the frame at least; that all of it is there is the caller's to check. */
static __always_inline int look(struct view *v, void *data, void *end)
{
	struct ethhdr *eth = data;
	struct udphdr *udp;
	if ((void *)(eth + 1) > end)
		return -1;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		if (look_ip4(v, data, end))
			return -1;
		udp = data + ETH_HLEN + sizeof(struct iphdr);
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		if (look_ip6(v, data, end))
			return -1;
		udp = data + ETH_HLEN + sizeof(struct ipv6hdr);
	} else {
		return -1;
	}
	if ((void *)(udp + 1) > end)
		return -1;
	v->sport = udp->source;
	v->dport = udp->dest;
	v->udp_len = bpf_ntohs(udp->len);
	return 0;
}

static __always_inline int same(const struct ip16 *a, const __u8 b[16])
{
	const struct ip16 *c = (const struct ip16 *)b;
	return a->d[0] == c->d[0] && a->d[1] == c->d[1];
}

/* The first packet from the right host decides the port, if the source is still the one it was checked against. */
static __always_inline int learn(struct relay_k_slot *slot, __u64 known, __u16 port)
{
	const __u64 want = known | port;
	if (port == 0)
		return 0;
	const __u64 was = __sync_val_compare_and_swap(&slot->learnt, known, want);
	return was == known || was == want;
}

static __always_inline int port_permitted(struct relay_k_slot *slot, __u64 learnt, __u16 port)
{
	const __u16 fixed = READ(slot->from_port);
	if (fixed != 0)
		return fixed == port;
	if ((__u16)learnt != 0)
		return (__u16)learnt == port;
	return learn(slot, learnt, port);
}

/* Few gateways have more than two addresses: those are tried before the hash. */
static __always_inline const struct relay_k_local *local_find(const struct ip16 *ip)
{
	const __u32 first = 0, second = 1;
	const struct relay_k_local *l = bpf_map_lookup_elem(&vias, &first);
	if (l != NULL && same(ip, l->ip))
		return l;
	l = bpf_map_lookup_elem(&vias, &second);
	if (l != NULL && same(ip, l->ip))
		return l;
	return bpf_map_lookup_elem(&locals, ip);
}

static __always_inline enum verdict judge(struct view *v, struct match *m)
{
	const __u32 zero = 0;
	const struct relay_k_local *local = local_find(&v->to);
	if (local == NULL)
		return NOT_OURS;
	const __u16 port = bpf_ntohs(v->dport);
	if (port < local->first || port > local->last)
		return NOT_OURS;
	const __u32 at = local->base + port - local->first;
	struct relay_k_slot *slot = bpf_map_lookup_elem(&table, &at);
	const struct relay_k_header *head = bpf_map_lookup_elem(&table, &zero);
	if (slot == NULL || head == NULL)
		return NOT_OURS;
	m->slot = slot;
	m->seq = READ(slot->seq);
	/* a slot has three cache lines: to be fetched at once, all are asked for here */
	m->hop_seq = READ(slot->hop_seq);
	m->packets = READ(slot->packets);
	ORDER(slot);
	const __u8 state = READ(slot->state);
	if (state == RELAY_K_FREE || state == RELAY_K_SOCKET)
		return NOT_OURS;
	v->now_ns = bpf_ktime_get_coarse_ns();
	if (v->now_ns > READ(head->lease_ns))
		return NOT_OURS;
	if (m->seq & 1)
		return UNSURE;
	const __u64 learnt = READ(slot->learnt);
	if (state != RELAY_K_OPEN || !same(&v->from, slot->from))
		return REFUSED;
	if (v->fragment || v->udp_len != v->ip_len - (v->l4 - ETH_HLEN) || v->ttl <= 1)
		return FAILED;
	return port_permitted(slot, learnt, v->sport) ? PERMITTED : REFUSED;
}

/* Counting */

static __always_inline void add(__u64 *counter, __u64 n)
{
	__sync_fetch_and_add(counter, n);
}

static __always_inline void count(const struct match *m, const struct view *v, void *data, void *end)
{
	struct relay_k_slot *s = m->slot;
	const __u32 *rtp = data + (v->v6 ? ETH_HLEN + 48 : ETH_HLEN + 28);
	/* A flow has one source, so all of it comes from one queue, to one processor: no need to lock. */
	WRITE(s->packets, m->packets + 1);
	WRITE(s->bytes, s->bytes + v->udp_len - sizeof(struct udphdr));
	/* packets of one tick of the coarse clock are not worth reading the fine one for */
	const int timed = s->last_ns != v->now_ns;
	WRITE(s->last_ns, v->now_ns);
	if (s->part == 0 && v->udp_len >= sizeof(struct udphdr) + RELAY_RTP_HEADER && (void *)(rtp + RELAY_RTP_HEADER / 4) <= end)
		relay_rtp_take_words(&s->rtp, bpf_ntohl(rtp[0]), bpf_ntohl(rtp[1]), bpf_ntohl(rtp[2]),
			timed ? (__u32)(bpf_ktime_get_ns() / 1000) : 0);
}

/* Checksums: one's complement sums of words as they stand (RFC 1624) */

static __always_inline __u64 exchange(__u64 sum, __u32 old, __u32 new)
{
	return sum + (__u32)~old + new;
}

/* Whether only the pseudo-header is summed yet, as a sender leaves it to its hardware. (Once in 65536 a whole sum
 * looks like it: relay_tc knows, and does the right thing for both.) */
static __always_inline int is_partial(const struct view *v, __u16 check)
{
	__u64 sum = bpf_htons(IPPROTO_UDP) + (__u64)bpf_htons(v->udp_len);
	if (v->v6)
		sum += (__u64)v->from.w[0] + v->from.w[1] + v->from.w[2] + v->to.w[0] + v->to.w[1] + v->to.w[2];
	sum += (__u64)v->from.w[3] + v->to.w[3];
	return check != 0 && fold(sum) == check;
}

static __always_inline void write_ip4(struct iphdr *ip, const struct ip16 *from, const struct ip16 *to)
{
	__u64 sum = (__u16)~ip->check;
	sum = exchange(sum, ip->saddr, from->w[3]);
	sum = exchange(sum, ip->daddr, to->w[3]);
	sum = exchange(sum, bpf_htons(ip->ttl << 8), bpf_htons((ip->ttl - 1) << 8));
	ip->saddr = from->w[3];
	ip->daddr = to->w[3];
	ip->ttl--;
	ip->check = (__u16)~fold(sum);
}

static __always_inline void write_ip6(struct ipv6hdr *ip, const struct ip16 *from, const struct ip16 *to)
{
	__builtin_memcpy(&ip->saddr, from, 16);
	__builtin_memcpy(&ip->daddr, to, 16);
	ip->hop_limit--;
}

/* XDP */

static __always_inline __u64 udp_sum(const struct view *v, __u16 check, const struct ip16 *from,
	const struct ip16 *to, __u16 sport, __u16 dport)
{
	__u64 sum = (__u16)~check;
	if (v->v6) {
#pragma unroll
		for (int i = 0; i < 3; i++) {
			sum = exchange(sum, v->from.w[i], from->w[i]);
			sum = exchange(sum, v->to.w[i], to->w[i]);
		}
	}
	sum = exchange(sum, v->from.w[3], from->w[3]);
	sum = exchange(sum, v->to.w[3], to->w[3]);
	sum = exchange(sum, v->sport, sport);
	return exchange(sum, v->dport, dport);
}

static __always_inline int hop_known(struct relay_k_slot *s, __u32 seq, __u64 now_ns)
{
	const int fits = READ(s->hop_seq) == seq;
	ORDER(s);
	return fits && now_ns < READ(s->hop_until_ns);
}

static __always_inline int xdp_send(struct xdp_md *ctx, const struct view *v, const struct match *m)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct relay_k_slot *s = m->slot;
	const __u32 number = s->via;
	const struct relay_k_local *via = bpf_map_lookup_elem(&vias, &number);
	struct ethhdr *eth = data;
	struct udphdr *udp;
	struct ip16 from, to;
	if (via == NULL || m->hop_seq != m->seq || !hop_known(s, m->seq, v->now_ns) || v->ip_len > READ(s->hop_mtu))
		return XDP_PASS;
	__builtin_memcpy(&to, s->to, 16);
	__builtin_memcpy(&from, via->ip, 16);
	if (is_mapped(&to) == v->v6 || is_mapped(&from) == v->v6)
		return XDP_PASS;
	const __u16 sport = s->via_port, dport = s->to_port;
	const __u32 ifindex = s->hop_ifindex;
	udp = data + (v->v6 ? ETH_HLEN + 40 : ETH_HLEN + 20);
	if ((void *)(udp + 1) > end || (void *)(eth + 1) > end || is_partial(v, udp->check))
		return XDP_PASS;
	__u16 check = 0;
	if (udp->check != 0) {
		check = (__u16)~fold(udp_sum(v, udp->check, &from, &to, sport, dport));
		check = check != 0 ? check : 0xffff;
	}
	__u16 macs[6];
	__builtin_memcpy(macs, s->hop_macs, 12);
	ORDER(s);
	if (READ(s->seq) != m->seq || READ(s->hop_seq) != m->seq)
		return XDP_PASS; /* it was changed just now: whole or not at all */
	count(m, v, data, end);
	udp->source = sport;
	udp->dest = dport;
	udp->check = check;
	if (v->v6) {
		struct ipv6hdr *ip = data + ETH_HLEN;
		if ((void *)(ip + 1) > end)
			return XDP_PASS;
		write_ip6(ip, &from, &to);
	} else {
		struct iphdr *ip = data + ETH_HLEN;
		if ((void *)(ip + 1) > end)
			return XDP_PASS;
		write_ip4(ip, &from, &to);
	}
	__u16 *w = (__u16 *)eth;
#pragma unroll
	for (int i = 0; i < 6; i++)
		w[i] = macs[i];
	return (int)bpf_redirect(ifindex, 0);
}

/* A port of ours may, by chance, be another program's on this machine, for which the system picked it: what is refused
 * here is that one's. */
static __always_inline int socket_there(void *ctx, const struct view *v)
{
	struct bpf_sock_tuple t;
	struct bpf_sock *sk;
	__u32 n;
	__builtin_memset(&t, 0, sizeof t);
	if (v->v6) {
		__builtin_memcpy(t.ipv6.saddr, &v->from, 16);
		__builtin_memcpy(t.ipv6.daddr, &v->to, 16);
		t.ipv6.sport = v->sport;
		t.ipv6.dport = v->dport;
		n = sizeof t.ipv6;
	} else {
		t.ipv4.saddr = v->from.w[3];
		t.ipv4.daddr = v->to.w[3];
		t.ipv4.sport = v->sport;
		t.ipv4.dport = v->dport;
		n = sizeof t.ipv4;
	}
	sk = bpf_sk_lookup_udp(ctx, &t, n, BPF_F_CURRENT_NETNS, 0);
	if (sk == NULL)
		return 0;
	bpf_sk_release(sk);
	return 1;
}

SEC("xdp")
int relay_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct view v;
	struct match m;
	if (look(&v, data, end) || data + ETH_HLEN + v.ip_len > end)
		return XDP_PASS;
	if (*(__u8 *)data & 1)
		return XDP_PASS; /* to a group of stations */
	switch (judge(&v, &m)) {
	case PERMITTED: return xdp_send(ctx, &v, &m);
	case REFUSED:
		if (socket_there(ctx, &v))
			return XDP_PASS;
		add(&m.slot->refused, 1);
		return XDP_DROP;
	case FAILED: add(&m.slot->failed, 1); return XDP_DROP;
	default: return XDP_PASS;
	}
}

/* TC */

struct plan {
	struct ip16 from, to;
	__u16 sport, dport;
	__u32 ifindex;
	__u8 v6;    /* as it leaves */
	__u8 known; /* the next hop: MACS are right */
	__u8 macs[12];
};

/* Keeps the next hop for the packets to come; this one still goes by the system's neighbour output. */
static __always_inline void hop_keep(
	struct relay_k_slot *s, __u32 seq, const struct bpf_fib_lookup *f, __u64 now_ns)
{
	const __u32 ifindex = f->ifindex;
	const __u32 *xdp = bpf_map_lookup_elem(&xdp_ports, &ifindex);
	WRITE(s->hop_seq, 1);
	ORDER(s);
	s->hop_ifindex = ifindex;
	s->hop_mtu = xdp != NULL ? f->mtu_result : 0; /* 0: too small for any, so relay_xdp leaves it alone */
	__builtin_memcpy(s->hop_macs, f->dmac, 6);
	__builtin_memcpy(s->hop_macs + 6, f->smac, 6);
	WRITE(s->hop_until_ns, now_ns + HOP_NS);
	ORDER(s);
	WRITE(s->hop_seq, seq);
}

static __always_inline int hop_find(
	struct __sk_buff *skb, const struct view *v, const struct match *m, struct plan *p, __u32 default_ifindex)
{
	struct bpf_fib_lookup f = { 0 };
	f.family = p->v6 ? FAMILY_INET6 : FAMILY_INET;
	f.l4_protocol = IPPROTO_UDP;
	f.sport = p->sport;
	f.dport = p->dport;
	f.ifindex = skb->ifindex;
	if (p->v6) {
		__builtin_memcpy(f.ipv6_src, &p->from, 16);
		__builtin_memcpy(f.ipv6_dst, &p->to, 16);
	} else {
		f.tos = v->tos & 0x1c;
		f.ipv4_src = p->from.w[3];
		f.ipv4_dst = p->to.w[3];
	}
	const long rc = bpf_fib_lookup(skb, &f, sizeof f, 0);
	p->ifindex = f.ifindex;
	if (rc == BPF_FIB_LKUP_RET_SUCCESS)
		hop_keep(m->slot, m->seq, &f, v->now_ns);
	else if (rc == BPF_FIB_LKUP_RET_FWD_DISABLED && default_ifindex != 0)
		p->ifindex = default_ifindex;
	else if (rc != BPF_FIB_LKUP_RET_NO_NEIGH)
		return -1;
	return 0;
}

static __always_inline int plan_make(
	struct __sk_buff *skb, const struct view *v, const struct match *m, struct plan *p)
{
	struct relay_k_slot *s = m->slot;
	const __u32 number = s->via;
	const struct relay_k_local *via = bpf_map_lookup_elem(&vias, &number);
	if (via == NULL)
		return -1;
	__builtin_memcpy(&p->from, via->ip, 16);
	__builtin_memcpy(&p->to, s->to, 16);
	p->v6 = !is_mapped(&p->to);
	p->sport = s->via_port;
	p->dport = s->to_port;
	p->ifindex = s->hop_ifindex;
	p->known = (__u8)hop_known(s, m->seq, v->now_ns);
	__builtin_memcpy(p->macs, s->hop_macs, 12);
	ORDER(s);
	if (is_mapped(&p->from) == p->v6 || READ(s->seq) != m->seq)
		return -1;
	if (p->known && READ(s->hop_seq) == m->seq)
		return 0;
	p->known = 0;
	return hop_find(skb, v, m, p, via->ifindex);
}

/* The UDP checksum for what is about to change. By the helpers, which know who sums what on the way. */
static __always_inline int tc_checksum(struct __sk_buff *skb, const struct view *v, struct plan *p)
{
	const __u64 flags = BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0;
	const __u32 at = v->l4 + __builtin_offsetof(struct udphdr, check);
	__u32 old[8], new[8];
	__builtin_memset(old, 0, sizeof old);
	__builtin_memset(new, 0, sizeof new);
	/* zeros add nothing, so that both families have the same form */
	if (v->v6) {
		__builtin_memcpy(old, &v->from, 16);
		__builtin_memcpy(old + 4, &v->to, 16);
	} else {
		old[0] = v->from.w[3];
		old[1] = v->to.w[3];
	}
	if (p->v6) {
		__builtin_memcpy(new, &p->from, 16);
		__builtin_memcpy(new + 4, &p->to, 16);
	} else {
		new[0] = p->from.w[3];
		new[1] = p->to.w[3];
	}
	const __s64 diff = bpf_csum_diff(old, sizeof old, new, sizeof new, 0);
	if (diff < 0)
		return -1;
	/* an IPv6 header has no sum of its own to make up for its addresses; older kernels do not know the flag */
	if (!v->v6 || bpf_l4_csum_replace(skb, at, 0, (__u64)diff, flags | BPF_F_IPV6))
		if (bpf_l4_csum_replace(skb, at, 0, (__u64)diff, flags))
			return -1;
	if (bpf_l4_csum_replace(skb, at, v->sport, p->sport, BPF_F_MARK_MANGLED_0 | 2))
		return -1;
	return (int)bpf_l4_csum_replace(skb, at, v->dport, p->dport, BPF_F_MARK_MANGLED_0 | 2);
}

static __always_inline int tc_ip4_to_6(struct __sk_buff *skb, const struct view *v, const struct plan *p)
{
	struct ipv6hdr ip = { 0 };
	const __u16 proto = bpf_htons(ETH_P_IPV6);
	ip.version = 6;
	ip.priority = v->tos >> 4;
	ip.flow_lbl[0] = (__u8)(v->tos << 4);
	ip.payload_len = bpf_htons((__u16)(v->ip_len - sizeof(struct iphdr)));
	ip.nexthdr = IPPROTO_UDP;
	ip.hop_limit = v->ttl - 1;
	__builtin_memcpy(&ip.saddr, &p->from, 16);
	__builtin_memcpy(&ip.daddr, &p->to, 16);
	if (bpf_skb_change_proto(skb, proto, 0))
		return -1;
	if (bpf_skb_store_bytes(skb, ETH_HLEN - 2, &proto, 2, 0))
		return -1;
	return (int)bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof ip, 0);
}

static __always_inline int tc_ip6_to_4(struct __sk_buff *skb, const struct view *v, const struct plan *p)
{
	struct iphdr ip = { 0 };
	const __u16 proto = bpf_htons(ETH_P_IP);
	ip.version = 4;
	ip.ihl = 5;
	ip.tos = v->tos;
	ip.tot_len = bpf_htons((__u16)(v->ip_len - sizeof(struct ipv6hdr) + sizeof ip));
	ip.frag_off = bpf_htons(0x4000);
	ip.ttl = v->ttl - 1;
	ip.protocol = IPPROTO_UDP;
	ip.saddr = p->from.w[3];
	ip.daddr = p->to.w[3];
	const __u16 *w = (const __u16 *)&ip;
	__u64 sum = 0;
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += w[i];
	ip.check = (__u16)~fold(sum);
	if (bpf_skb_change_proto(skb, proto, 0))
		return -1;
	if (bpf_skb_store_bytes(skb, ETH_HLEN - 2, &proto, 2, 0))
		return -1;
	return (int)bpf_skb_store_bytes(skb, ETH_HLEN, &ip, sizeof ip, 0);
}

static __always_inline int tc_same(struct __sk_buff *skb, const struct view *v, const struct plan *p)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	if (v->v6) {
		struct ipv6hdr *ip = data + ETH_HLEN;
		if ((void *)(ip + 1) > end)
			return -1;
		write_ip6(ip, &p->from, &p->to);
		/* where hardware has summed the whole packet, it is to know of this */
		const __u32 limit = bpf_htons(v->ttl), less = bpf_htons((__u16)(v->ttl - 1));
		(void)bpf_csum_update(skb, fold(exchange(0, limit, less)));
		return 0;
	}
	struct iphdr *ip = data + ETH_HLEN;
	if ((void *)(ip + 1) > end)
		return -1;
	write_ip4(ip, &p->from, &p->to);
	return 0;
}

static __always_inline int tc_write(struct __sk_buff *skb, const struct view *v, struct plan *p)
{
	struct {
		__u16 sport, dport;
	} ports = { p->sport, p->dport };
	int rc;
	if (tc_checksum(skb, v, p))
		return -1;
	if (v->v6 == p->v6)
		rc = tc_same(skb, v, p);
	else if (p->v6)
		rc = tc_ip4_to_6(skb, v, p);
	else
		rc = tc_ip6_to_4(skb, v, p);
	if (rc)
		return -1;
	return (int)bpf_skb_store_bytes(
		skb, p->v6 ? ETH_HLEN + sizeof(struct ipv6hdr) : ETH_HLEN + sizeof(struct iphdr), &ports, 4, 0);
}

static __always_inline int tc_send(struct __sk_buff *skb, const struct view *v, const struct match *m)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	const struct udphdr *udp = data + (v->v6 ? ETH_HLEN + 40 : ETH_HLEN + 20);
	struct plan p;
	if ((void *)(udp + 1) > end)
		return -1;
	const int unsummed = udp->check == 0;
	if (plan_make(skb, v, m, &p) || (unsummed && p.v6))
		return -1; /* IPv6 has no packets without a sum (RFC 8200 8.1) */
	data = (void *)(long)skb->data, end = (void *)(long)skb->data_end;
	count(m, v, data, end);
	if (tc_write(skb, v, &p)) {
		add(&m->slot->packets, (__u64)-1);
		return -1;
	}
	add(&m->slot->by_tc, 1);
	if (!p.known)
		return (int)bpf_redirect_neigh(p.ifindex, NULL, 0, 0);
	if (bpf_skb_store_bytes(skb, 0, p.macs, sizeof p.macs, 0))
		return -1;
	return (int)bpf_redirect(p.ifindex, 0);
}

SEC("tc")
int relay_tc(struct __sk_buff *skb)
{
	enum { WANTED = ETH_HLEN + 40 + 8 + 12 };
	struct view v;
	struct match m;
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	/* of another network, or only overheard */
	if (skb->vlan_present || skb->pkt_type != 0)
		return TC_ACT_OK;
	if (data + WANTED > end) {
		if (bpf_skb_pull_data(skb, skb->len < WANTED ? skb->len : WANTED))
			return TC_ACT_OK;
		data = (void *)(long)skb->data, end = (void *)(long)skb->data_end;
	}
	if (look(&v, data, end) || ETH_HLEN + v.ip_len > skb->len)
		return TC_ACT_OK;
	switch (judge(&v, &m)) {
	case NOT_OURS: return TC_ACT_OK;
	case REFUSED:
		if (socket_there(skb, &v))
			return TC_ACT_OK;
		add(&m.slot->refused, 1);
		return TC_ACT_SHOT;
	case PERMITTED: {
		const int act = tc_send(skb, &v, &m);
		if (act >= 0)
			return act;
		break;
	}
	default: break;
	}
	add(&m.slot->failed, 1);
	return TC_ACT_SHOT;
}

/* Some helpers are for GPL programs only; the LGPL 2.1 may be taken as the GPL 2 (its section 3). */
const char terms[] SEC("license") = "GPL";
