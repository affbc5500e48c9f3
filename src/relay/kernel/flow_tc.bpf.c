/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A part of flow.bpf.c: TC. */

struct plan {
	struct ip16 from, to;
	__u16 sport, dport;
	__u32 ifindex;
	__u8 v6;    /* as it leaves */
	__u8 known; /* the next hop: MACS are right */
	__u8 unnumbered;
	__u16 ip_len; /* as it leaves */
	__u8 macs[12];
};

/* Keeps the next hop for the packets to come; this one still goes by the system's neighbour output. */
static __always_inline void hop_keep(
	const struct match *m, const struct plan *p, const struct bpf_fib_lookup *f, __u64 now_ns)
{
	struct relay_k_slot *s = m->slot;
	const __u32 ifindex = f->ifindex;
	const __u32 *xdp = bpf_map_lookup_elem(&xdp_numbers, &ifindex);
	if (p->unnumbered) {
		struct source *at = bpf_map_lookup_elem(&sources, &m->number);
		if (at == NULL)
			return;
		WRITE(at->seq, 1);
		ORDER(s);
		__builtin_memcpy(&at->ip, &p->from, 16);
		ORDER(s);
		WRITE(at->seq, m->seq);
	}
	clock_compare(now_ns);
	WRITE(s->hop_seq, 1);
	ORDER(s);
	s->hop_ifindex = ifindex;
	s->hop_port = xdp != NULL ? (__u16)*xdp : RELAY_K_NO_PORT;
	s->hop_mtu = f->mtu_result;
	__builtin_memcpy(s->hop_macs, f->dmac, 6);
	__builtin_memcpy(s->hop_macs + 6, f->smac, 6);
	WRITE(s->hop_until, tick_of(now_ns) + HOP_TICKS);
	ORDER(s);
	WRITE(s->hop_seq, m->seq);
}

static __always_inline int loopback_or_none(const struct ip16 *ip)
{
	return is_mapped(ip) ? ip->b[12] == 127 || ip->b[12] == 0 : ip->d[0] == 0;
}

/* Whether packets may leave from an address without a number, and by which interface where the system forwards nothing:
 * one of the networks for that, or else, as anybody may send from these, one that the system does not forward to. */
static __always_inline int source_ours(struct __sk_buff *skb, const struct ip16 *ip, __u32 *ifindex)
{
	struct pool_key key = { .bits = 128 };
	struct bpf_fib_lookup f = { 0 };
	__builtin_memcpy(key.ip, ip, 16);
	const __u32 *pool = bpf_map_lookup_elem(&pools, &key);
	if (pool != NULL) {
		*ifindex = *pool;
		return 1;
	}
	f.family = is_mapped(ip) ? FAMILY_INET : FAMILY_INET6;
	f.ifindex = skb->ifindex;
	if (is_mapped(ip))
		f.ipv4_dst = ip->w[3];
	else
		__builtin_memcpy(f.ipv6_dst, ip, 16);
	return !loopback_or_none(ip) && bpf_fib_lookup(skb, &f, sizeof f, 0) == BPF_FIB_LKUP_RET_NOT_FWDED;
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
	f.tot_len = p->ip_len; /* more than the way takes is an error */
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
		hop_keep(m, p, &f, v->now_ns);
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
	__u32 ifindex = 0;
	__builtin_memcpy(&p->to, s->to, 16);
	p->v6 = !is_mapped(&p->to);
	p->ip_len = (__u16)(v->ip_len + (p->v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)) - (v->l4 - ETH_HLEN));
	const __u16 mtu = READ(s->hop_mtu);
	p->sport = m->range ? v->sport : s->via_port;
	p->dport = m->range ? v->dport : s->to_port;
	p->ifindex = s->hop_ifindex;
	p->unnumbered = number == RELAY_K_UNNUMBERED;
	p->known = (__u8)(hop_known(s, m->seq, tick_of(v->now_ns)) && source_get(m, &p->from));
	__builtin_memcpy(p->macs, s->hop_macs, 12);
	if (!p->known && p->unnumbered) {
		__builtin_memcpy(&p->from, s->via_ip, 16);
		/* or their own, where the packet keeps it */
		if (!same(&p->from, v->from.b) && !source_ours(skb, &p->from, &ifindex))
			return -1;
	} else if (!p->known) {
		const struct relay_k_local *via = bpf_map_lookup_elem(&vias, &number);
		if (via == NULL)
			return -1;
		__builtin_memcpy(&p->from, via->ip, 16);
		ifindex = via->ifindex;
	}
	ORDER(s);
	if (is_mapped(&p->from) == p->v6 || READ(s->seq) != m->seq)
		return -1;
	if (p->known && READ(s->hop_seq) == m->seq)
		return p->ip_len <= mtu ? 0 : -1;
	p->known = 0;
	return hop_find(skb, v, m, p, ifindex);
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
	udp = data + (v->v6 ? ETH_HLEN + 40 : ETH_HLEN + 20);
	if ((void *)(udp + 1) > end)
		return -1;
	if (m->range)
		range_count(m->slot, v);
	else
		count(m->slot, m->packets, v->now_ns, v->udp_len, rtp_of(m->slot, v->udp_len, udp, end));
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

enum { HANDED_WINDOW = 8 /* 2^8 ticks, a quarter of a second */, HANDED_MOST = 64 /* packets in one */ };

/* RTCP is a packet now and then. More than that would take the worker's time and the others' room in the ring; it may be
 * counted wrongly where two processors do. What is kept for a next hop is free for it: nothing handed over has one. */
static __always_inline int handed_too_often(struct relay_k_slot *s, __u64 now_ns)
{
	const __u32 window = tick_of(now_ns) >> HANDED_WINDOW << 8, was = READ(s->hop_until);
	const __u32 n = (was & ~0xffU) == window ? was & 0xff : 0;
	WRITE(s->hop_until, window | (n < HANDED_MOST ? n + 1 : n));
	return n == HANDED_MOST;
}

/* To the worker: what it holds too long, or has no room for, is lost. */
static __always_inline int tc_hand(struct __sk_buff *skb, const struct view *v, const struct match *m)
{
	__u32 len = v->udp_len - sizeof(struct udphdr);
	if (len == 0 || len > RELAY_K_PACKET || handed_too_often(m->slot, v->now_ns))
		return -1;
	struct relay_k_packet *p = bpf_ringbuf_reserve(&handed, sizeof *p, 0);
	if (p == NULL)
		return -1;
	p->number = m->number;
	p->seq = m->seq;
	p->len = len;
	if (bpf_skb_load_bytes(skb, v->l4 + sizeof(struct udphdr), p->data, len)) {
		bpf_ringbuf_discard(p, 0);
		return -1;
	}
	bpf_ringbuf_submit(p, 0);
	return TC_ACT_SHOT;
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
	enum verdict verdict = judge(&v, &m);
	if (verdict == NOT_OURS && m.slot == NULL)
		verdict = range_judge(skb, &v, &m);
	switch (verdict) {
	case NOT_OURS: return TC_ACT_OK;
	case HEARD: return TC_ACT_SHOT;
	case REFUSED:
		if (!m.range && socket_there(skb, &v))
			return TC_ACT_OK;
		add(&m.slot->refused, 1);
		return TC_ACT_SHOT;
	case PERMITTED:
	case HANDED: {
		const int act = verdict == HANDED ? tc_hand(skb, &v, &m) : tc_send(skb, &v, &m);
		if (act >= 0)
			return act;
		break;
	}
	default: break;
	}
	add(&m.slot->failed, 1);
	return TC_ACT_SHOT;
}
