/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A part of flow.bpf.c: one-to-one ranges. Served by TC alone, they are no place for much traffic. */

/* The Ith pair of ports of a range's block. */
static __always_inline __u64 *range_flow(__u32 block, __u32 i)
{
	const __u32 at = ranges_first + block * RELAY_K_RANGE_ROWS + i / RELAY_K_RANGE_ROW;
	struct relay_k_range_flow *row = block < RELAY_K_RANGES ? bpf_map_lookup_elem(&table, &at) : NULL;
	return row != NULL ? &row[i % RELAY_K_RANGE_ROW].id : NULL;
}

static __always_inline int range_flow_old(__u64 id, __u32 idle, __u32 tick)
{
	return id == 0 || tick - (__u32)(id >> 32) > idle;
}

/* These two are not inline, and each is one walk without a memory: so the verifier has little to look at. */

/* Notes a packet of a pair of ports that is known. 0: it is not. */
__attribute__((noinline)) int range_known(__u32 block, __u32 most, __u32 idle, __u32 ports, __u32 tick)
{
	for (__u32 i = 0; i < RELAY_K_RANGE_FLOWS; i++) {
		__u64 *at = range_flow(block, i);
		if (i >= most || at == NULL)
			break;
		const __u64 id = READ(*at);
		if ((__u32)id == ports && !range_flow_old(id, idle, tick)) {
			WRITE(*at, (__u64)tick << 32 | ports);
			return 1;
		}
	}
	return 0;
}

/* Takes the place of a pair of ports that is no more for a new one. 0: there are too many; -1: just now another took it. */
__attribute__((noinline)) int range_claim(__u32 block, __u32 most, __u32 idle, __u32 ports, __u32 tick)
{
	for (__u32 i = 0; i < RELAY_K_RANGE_FLOWS; i++) {
		__u64 *at = range_flow(block, i);
		if (i >= most || at == NULL)
			break;
		const __u64 before = READ(*at);
		if (range_flow_old(before, idle, tick))
			return __sync_val_compare_and_swap(at, before, (__u64)tick << 32 | ports) == before ? 1 : -1;
	}
	return 0;
}

static __always_inline int range_takes(const struct relay_k_slot *s, const struct view *v)
{
	const __u16 sport = bpf_ntohs(v->sport), dport = bpf_ntohs(v->dport);
	const __u16 first = READ(s->range_first), last = READ(s->range_last);
	return READ(s->state) == RELAY_K_RANGE && same(&v->from, s->from) && same(&v->to, s->own) && sport >= first &&
	       sport <= last && dport >= first && dport <= last;
}

/* The number of the slot of the range that the packet belongs to, counted from 1; 0: there is none. Not inline, for the
 * verifier's sake. */
static __attribute__((noinline)) __u32 range_find(const struct view *v)
{
	const __u64 hash = relay_k_range_hash(
		relay_k_hash(v->from.d[0], v->from.d[1]), relay_k_hash(v->to.d[0], v->to.d[1]));
	for (__u32 i = 0; i < 2 * RELAY_K_PLACES; i++) {
		const __u32 pair = pair_at(hash, 0, i / 2);
		if (pair == 0 || pair > pairs_n)
			continue;
		const __u32 number = 2 * (pair - 1) + i % 2, at = pairs_first + number;
		const struct relay_k_slot *s = bpf_map_lookup_elem(&table, &at);
		if (s != NULL && range_takes(s, v))
			return number + 1;
	}
	return 0;
}

/* As judge(), of what is for no port that a session has. */
static __always_inline enum verdict range_judge(struct __sk_buff *skb, struct view *v, struct match *m)
{
	const struct relay_k_header *head = header();
	if (head == NULL || READ(head->ranges_n) == 0)
		return NOT_OURS;
	const __u32 found = range_find(v), at = pairs_first + found - 1;
	struct relay_k_slot *s = found != 0 ? bpf_map_lookup_elem(&table, &at) : NULL;
	if (s == NULL)
		return NOT_OURS;
	m->slot = s;
	m->number = found - 1;
	m->range = 1;
	m->seq = READ(s->seq);
	m->hop_seq = READ(s->hop_seq);
	ORDER(s);
	v->now_ns = bpf_ktime_get_coarse_ns();
	if (!range_takes(s, v) || lease_over(head, v->now_ns) || socket_there(skb, v))
		return NOT_OURS;
	if (v->fragment || v->udp_len != v->ip_len - (v->l4 - ETH_HLEN) || v->ttl <= 1)
		return FAILED;
	/* part: here the leg */
	const __u32 ports = s->part == 0 ? v->sport | (__u32)v->dport << 16 : v->dport | (__u32)v->sport << 16;
	ORDER(s);
	if ((m->seq & 1) || READ(s->seq) != m->seq)
		return UNSURE;
	const __u32 block = READ(s->range_block), most = READ(s->range_flows), idle = READ(s->range_idle);
	const __u32 tick = tick_of(v->now_ns);
	int noted = range_known(block, most, idle, ports, tick);
	if (noted == 0)
		noted = range_claim(block, most, idle, ports, tick);
	return noted > 0 ? PERMITTED : noted == 0 ? REFUSED : UNSURE;
}

/* Its packets may come to several processors at once. */
static __always_inline void range_count(struct relay_k_slot *s, const struct view *v)
{
	add(&s->packets, 1);
	add(&s->bytes, v->udp_len - sizeof(struct udphdr));
	WRITE(s->last, tick_of(v->now_ns));
}
