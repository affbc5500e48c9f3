/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A part of flow.bpf.c: XDP. What is between IPv4 addresses, nearly all of it, has a way of its own. */

/* What is no plain packet of a known flow. */
enum { SLOWLY = -1 };

static __always_inline int source4_get(const struct relay_k_slot *s, __u32 number, __u32 seq, __u32 *ip)
{
	const __u32 via = s->via;
	if (via == RELAY_K_UNNUMBERED) {
		const struct source *at = bpf_map_lookup_elem(&sources, &number);
		if (at == NULL || READ(at->seq) != seq)
			return 0;
		*ip = at->ip.w[3];
		return READ(at->seq) == seq;
	}
	const struct relay_k_local *local = bpf_map_lookup_elem(&vias, &via);
	if (local == NULL)
		return 0;
	*ip = ((const struct ip16 *)local->ip)->w[3];
	return 1;
}

static __always_inline __u16 not_zero(__u16 check)
{
	return check != 0 ? check : 0xffff;
}

static __always_inline int xdp_ip4(void *data, void *end)
{
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (struct udphdr *)(ip + 1);
	const struct relay_k_header *head = header();
	struct ip16 own;
	__u32 number;
	if ((void *)(udp + 1) > end || head == NULL || *(__u8 *)ip != 0x45 || ip->protocol != IPPROTO_UDP ||
		!port_possible(head, udp->dest))
		return XDP_PASS;
	mapped(&own, ip->daddr);
	struct relay_k_slot *s =
		slot_find(relay_k_hash(own.d[0], own.d[1]), ip->daddr, NULL, udp->dest, &number);
	if (s == NULL)
		return XDP_PASS;
	/* both lines of the slot are asked for at once */
	const __u32 seq = READ(s->seq);
	const __u64 packets = READ(s->packets);
	ORDER(s);
	const __u32 saddr = ip->saddr, daddr = ip->daddr;
	const __u16 sport = udp->source, dport = udp->dest, old_check = udp->check;
	const __u16 ip_len = bpf_ntohs(ip->tot_len), udp_len = bpf_ntohs(udp->len);
	const __u64 now_ns = clock_coarse();
	const __u16 fixed = READ(s->from_port), known = fixed != 0 ? fixed : (__u16)READ(s->learnt);
	if (READ(s->state) != RELAY_K_OPEN || !s->ip4 || (seq & 1) || READ(s->from4) != saddr || sport == 0 ||
		known != sport || (ip->frag_off & bpf_htons(0x3fff)) || ip->ttl <= 1 ||
		udp_len != ip_len - sizeof *ip || udp_len < sizeof *udp || lease_over(head, now_ns) ||
		!sums_up(ip) || data + ETH_HLEN + ip_len > end || (*(__u8 *)data & 1))
		return SLOWLY;
	const __u32 port = s->hop_port;
	__u32 via4;
	if (!hop_known(s, seq, tick_of(now_ns)) || ip_len > READ(s->hop_mtu) || port == RELAY_K_NO_PORT ||
		!source4_get(s, number, seq, &via4))
		return XDP_PASS;
	const __u32 to4 = s->to4;
	const __u16 new_sport = s->via_port, new_dport = s->to_port;
	__u32 macs[3];
	__builtin_memcpy(macs, s->hop_macs, 12);
	/* Where only the pseudo-header is summed yet, as a sender leaves it to its hardware, TC knows what to do. (Once in
	 * 65536 a whole sum looks like it: TC does the right thing for both.) */
	const __u64 addresses = (__u64)saddr + daddr;
	if (old_check != 0 && fold(addresses + bpf_htons(IPPROTO_UDP) + udp->len) == old_check)
		return XDP_PASS;
	const __u64 change = (__u64)(__u32)~saddr + (__u32)~daddr + via4 + to4;
	const __u64 udp_change = change + (__u16)~old_check + (__u16)~sport + (__u16)~dport + new_sport + new_dport;
	const __u64 ip_change = change + (__u16)~ip->check + (__u16)~bpf_htons(0x100);
	ORDER(s);
	if (READ(s->seq) != seq || READ(s->hop_seq) != seq)
		return XDP_PASS; /* it was changed just now: whole or not at all */
	count(s, packets, now_ns, udp_len, rtp_of(s, udp_len, udp, end));
	udp->source = new_sport;
	udp->dest = new_dport;
	udp->check = old_check != 0 ? not_zero((__u16)~fold(udp_change)) : 0;
	ip->check = (__u16)~fold(ip_change);
	ip->ttl--;
	ip->saddr = via4;
	ip->daddr = to4;
	__builtin_memcpy(data, macs, 12);
	return (int)bpf_redirect_map(&xdp_ports, port, 0);
}

static __always_inline __u64 udp6_sum(const struct view *v, __u16 check, const struct ip16 *from,
	const struct ip16 *to, __u16 sport, __u16 dport)
{
	__u64 sum = (__u16)~check;
#pragma unroll
	for (int i = 0; i < 4; i++) {
		sum = exchange(sum, v->from.w[i], from->w[i]);
		sum = exchange(sum, v->to.w[i], to->w[i]);
	}
	sum = exchange(sum, v->sport, sport);
	return exchange(sum, v->dport, dport);
}

/* IPv6: as TC would, but for what has to be found first. */
static __always_inline int xdp_send(void *data, void *end, const struct view *v, const struct match *m)
{
	struct relay_k_slot *s = m->slot;
	struct ipv6hdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (struct udphdr *)(ip + 1);
	struct ip16 from, to;
	if (!v->v6 || (void *)(udp + 1) > end || !hop_known(s, m->seq, tick_of(v->now_ns)) ||
		v->ip_len > READ(s->hop_mtu) || !source_get(m, &from))
		return XDP_PASS;
	__builtin_memcpy(&to, s->to, 16);
	const __u16 sport = s->via_port, dport = s->to_port;
	const __u32 port = s->hop_port;
	if (port == RELAY_K_NO_PORT || is_mapped(&to) || is_mapped(&from) || udp->check == 0 || is_partial(v, udp->check))
		return XDP_PASS;
	const __u16 check = not_zero((__u16)~fold(udp6_sum(v, udp->check, &from, &to, sport, dport)));
	__u16 macs[6];
	__builtin_memcpy(macs, s->hop_macs, 12);
	ORDER(s);
	if (READ(s->seq) != m->seq || READ(s->hop_seq) != m->seq)
		return XDP_PASS;
	count(s, m->packets, v->now_ns, v->udp_len, rtp_of(s, v->udp_len, udp, end));
	udp->source = sport;
	udp->dest = dport;
	udp->check = check;
	write_ip6(ip, &from, &to);
	__builtin_memcpy(data, macs, 12);
	return (int)bpf_redirect_map(&xdp_ports, port, 0);
}

static __always_inline int xdp_slowly(struct xdp_md *ctx, void *data, void *end)
{
	struct view v;
	struct match m;
	if (look(&v, data, end) || data + ETH_HLEN + v.ip_len > end)
		return XDP_PASS;
	if (*(__u8 *)data & 1)
		return XDP_PASS; /* to a group of stations */
	switch (judge(&v, &m)) {
	case PERMITTED: return xdp_send(data, end, &v, &m);
	case REFUSED:
		if (socket_there(ctx, &v))
			return XDP_PASS;
		add(&m.slot->refused, 1);
		return XDP_DROP;
	case FAILED: add(&m.slot->failed, 1); return XDP_DROP;
	case HEARD: return XDP_DROP;
	default: return XDP_PASS;
	}
}

SEC("xdp")
int relay_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		const int act = xdp_ip4(data, end);
		if (act != SLOWLY)
			return act;
	} else if (eth->h_proto != bpf_htons(ETH_P_IPV6)) {
		return XDP_PASS;
	}
	return xdp_slowly(ctx, data, end);
}
