/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A part of flow.bpf.c: what a packet is, whether it may pass, and how it is counted. */

struct view {
	struct ip16 from, to;
	__u32 l4;	/* offset */
	__u32 ip_len;	/* octets from the IP header on */
	__u16 sport, dport, udp_len; /* ports as they stand */
	__u8 ttl, tos;
	__u8 v6, fragment;
	__u64 now_ns;
};

enum verdict { NOT_OURS, REFUSED, FAILED, UNSURE, PERMITTED, HEARD, HANDED };

/* What a permitted packet needs. */
struct match {
	struct relay_k_slot *slot;
	__u32 number; /* of the slot, among those of pairs */
	__u32 seq;
	__u32 hop_seq;
	__u64 packets; /* so far */
	__u8 range;    /* the slot is a range's: ports stay what they are */
};

static __always_inline __u32 tick_of(__u64 ns)
{
	return (__u32)(ns >> RELAY_K_TICK_SHIFT);
}

/* CLOCK_MONOTONIC as of the last tick of the system. */
static __always_inline __u64 clock_coarse(void)
{
	const __u64 offset = jiffy_ns != 0 ? READ(clock_offset) : 0;
	return offset != 0 ? offset + bpf_jiffies64() * jiffy_ns : bpf_ktime_get_coarse_ns();
}

/* Keeps what clock_coarse() needs; now and then, as both clocks are not quite alike. */
static __always_inline void clock_compare(__u64 now_ns)
{
	if (jiffy_ns != 0)
		WRITE(clock_offset, now_ns - bpf_jiffies64() * jiffy_ns);
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

/* The first packet from the right host decides the port, if the source is still the one it was checked against. */
static __always_inline int learn(struct relay_k_slot *slot, __u32 known, __u16 port)
{
	const __u32 want = known | port;
	if (port == 0)
		return 0;
	const __u32 was = __sync_val_compare_and_swap(&slot->learnt, known, want);
	return was == known || was == want;
}

static __always_inline int port_permitted(struct relay_k_slot *slot, __u32 learnt, __u16 port)
{
	const __u16 fixed = READ(slot->from_port);
	if (fixed != 0)
		return fixed == port;
	if ((__u16)learnt != 0)
		return (__u16)learnt == port;
	return learn(slot, learnt, port);
}

static __always_inline int port_possible(const struct relay_k_header *head, __u16 dport)
{
	const __u16 port = bpf_ntohs(dport);
	return port >= READ(head->first) && port <= READ(head->last);
}

static __always_inline enum verdict judge(struct view *v, struct match *m)
{
	const struct relay_k_header *head = header();
	m->slot = NULL;
	m->range = 0;
	if (head == NULL || !port_possible(head, v->dport))
		return NOT_OURS;
	struct relay_k_slot *slot =
		slot_find(relay_k_hash(v->to.d[0], v->to.d[1]), 0, &v->to, v->dport, &m->number);
	if (slot == NULL)
		return NOT_OURS;
	m->slot = slot;
	m->seq = READ(slot->seq);
	m->hop_seq = READ(slot->hop_seq);
	m->packets = READ(slot->packets);
	ORDER(slot);
	const __u8 state = READ(slot->state);
	if (state == RELAY_K_FREE)
		return NOT_OURS;
	v->now_ns = bpf_ktime_get_coarse_ns();
	if (lease_over(head, v->now_ns))
		return NOT_OURS;
	if (m->seq & 1)
		return UNSURE;
	const __u32 learnt = READ(slot->learnt);
	if ((state != RELAY_K_OPEN && state != RELAY_K_HEARD && state != RELAY_K_HANDED) || !same(&v->from, slot->from))
		return REFUSED;
	if (v->fragment || v->udp_len != v->ip_len - (v->l4 - ETH_HLEN) || v->ttl <= 1)
		return FAILED;
	/* the slot may have become another's while it was looked at */
	ORDER(slot);
	if (READ(slot->seq) != m->seq)
		return UNSURE;
	if (!port_permitted(slot, learnt, v->sport))
		return REFUSED;
	return state == RELAY_K_OPEN ? PERMITTED : state == RELAY_K_HEARD ? HEARD : HANDED;
}

static __always_inline void add(__u64 *counter, __u64 n)
{
	__sync_fetch_and_add(counter, n);
}

/* A flow has one source, so all of it comes from one queue, to one processor: no need to lock. Some fifteen packets a second
 * are timed, for reading a fine clock costs more than all of this. RTP: the header, NULL: there is none. */
static __always_inline void count(
	struct relay_k_slot *s, __u64 packets, __u64 now_ns, __u16 udp_len, const __u32 *rtp)
{
	WRITE(s->packets, packets + 1);
	WRITE(s->bytes, s->bytes + udp_len - sizeof(struct udphdr));
	const __u32 tick = tick_of(now_ns);
	__u32 now_us = 0;
	WRITE(s->last, tick);
	if (rtp == NULL)
		return;
	if (tick - s->timed >= RELAY_K_TIMED_TICKS) {
		s->timed = tick;
		now_us = (__u32)(bpf_ktime_get_ns() / 1000);
	}
	relay_rtp_take_words(&s->rtp, bpf_ntohl(rtp[0]), bpf_ntohl(rtp[1]), bpf_ntohl(rtp[2]), now_us);
}

static __always_inline const __u32 *rtp_of(
	const struct relay_k_slot *s, __u16 udp_len, const struct udphdr *udp, const void *end)
{
	const __u32 *rtp = (const __u32 *)(udp + 1);
	const int is = s->part == 0 && udp_len >= sizeof *udp + RELAY_RTP_HEADER &&
		       (const void *)(rtp + RELAY_RTP_HEADER / 4) <= end;
	return is ? rtp : NULL;
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

static __always_inline int hop_known(struct relay_k_slot *s, __u32 seq, __u32 tick)
{
	const int fits = READ(s->hop_seq) == seq;
	ORDER(s);
	return fits && (__s32)(READ(s->hop_until) - tick) > 0;
}

/* The address that the packets of a slot leave from. 0: it is not known to be ours (yet). */
static __always_inline int source_get(const struct match *m, struct ip16 *out)
{
	const __u32 number = m->slot->via;
	if (number == RELAY_K_UNNUMBERED) {
		const struct source *s = bpf_map_lookup_elem(&sources, &m->number);
		if (s == NULL || READ(s->seq) != m->seq)
			return 0;
		__builtin_memcpy(out, &s->ip, 16);
		return READ(s->seq) == m->seq;
	}
	const struct relay_k_local *via = bpf_map_lookup_elem(&vias, &number);
	if (via == NULL)
		return 0;
	__builtin_memcpy(out, via->ip, 16);
	return 1;
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
