/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A part of flow.bpf.c: the maps, and how the port that a packet is for is found in the table. */

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

/* Set before loading: how long one of the system's ticks is; 0: it is not known. */
const volatile __u64 jiffy_ns;
/* What the coarse clock was at tick 0, as of late: asking it takes a call, the tick is a word in memory. 0: not known yet. */
__u64 clock_offset;

/* What lies where in the table; set before loading. */
const volatile __u32 index_first, index_mask, pairs_first, pairs_n, ranges_first;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set when it is loaded */
	__type(key, __u32);
	__type(value, struct relay_k_slot);
} table SEC(".maps");

/* Our own addresses by number. A worker names the address that packets leave from by its number here: it can not make
 * up one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RELAY_K_LOCALS);
	__type(key, __u32);
	__type(value, struct relay_k_local);
} vias SEC(".maps");

struct pool_key {
	__u32 bits;
	__u8 ip[16];
};

/* The networks of addresses that come and go, with the interface to leave by where the system forwards nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct pool_key);
	__type(value, __u32);
} pools SEC(".maps");

/* For each slot whose packets leave from an address without a number: that address, found to be ours. */
struct source {
	struct ip16 ip;
	__u32 seq; /* of the slot, then */
	__u32 pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set when it is loaded */
	__type(key, __u32);
	__type(value, struct source);
} sources SEC(".maps");

/* Interfaces that relay_xdp may send to, and their numbers by the system's. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u32);
} xdp_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u32);
} xdp_numbers SEC(".maps");

/* Packets for the worker. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RELAY_K_RING);
} handed SEC(".maps");

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

static __always_inline int same(const struct ip16 *a, const __u8 b[16])
{
	const struct ip16 *c = (const struct ip16 *)b;
	return a->d[0] == c->d[0] && a->d[1] == c->d[1];
}

static __always_inline const struct relay_k_header *header(void)
{
	const __u32 zero = 0;
	return bpf_map_lookup_elem(&table, &zero);
}

/* Nobody has renewed the lease; or it says what no worker of ours does, and would outlast the last one. */
static __always_inline int lease_over(const struct relay_k_header *head, __u64 now_ns)
{
	return READ(head->lease_ns) - now_ns > RELAY_K_LEASE_MAX_NS; /* less than now is more than that */
}

/* What of the header can be read through the value of an array whose values are shorter. */
_Static_assert(offsetof(struct relay_k_header, locals) <= RELAY_K_SLOT, "header");

/* Where the slot of the port DPORT (network order) of an address of ours is; 0: nowhere. OWN4: that address, if it is of
 * IPv4, else it is OWN. */
static __always_inline struct relay_k_slot *slot_at(__u32 at, __u32 own4, const struct ip16 *own, __u16 dport)
{
	struct relay_k_slot *slot = bpf_map_lookup_elem(&table, &at);
	if (slot == NULL || READ(slot->own_port) != dport)
		return NULL;
	if (own == NULL)
		return READ(slot->own4) == own4 ? slot : NULL;
	return same(own, slot->own) ? slot : NULL;
}

/* The pair, counted from 1, that stands in the index at the Nth place of HASH and PORT. 0: none. */
static __always_inline __u32 pair_at(__u64 hash, __u16 port, __u32 n)
{
	const __u32 place = relay_k_place(hash, port, n) & index_mask;
	const __u32 row = index_first + place / RELAY_K_WORDS;
	const __u32 *words = bpf_map_lookup_elem(&table, &row);
	if (words == NULL)
		return 0;
	const __u32 entry = READ(words[place % RELAY_K_WORDS]);
	return (entry ^ relay_k_tag(hash)) > RELAY_K_PAIR_MASK ? 0 : entry & RELAY_K_PAIR_MASK;
}

static __always_inline struct relay_k_slot *slot_find(
	__u64 hash, __u32 own4, const struct ip16 *own, __u16 dport, __u32 *number)
{
	const __u16 port = bpf_ntohs(dport);
#pragma unroll
	for (__u32 n = 0; n < RELAY_K_PLACES; n++) {
		const __u32 pair = pair_at(hash, port, n);
		if (pair == 0 || pair > pairs_n)
			continue;
		*number = 2 * (pair - 1) + (port & 1);
		struct relay_k_slot *slot = slot_at(pairs_first + *number, own4, own, dport);
		if (slot != NULL)
			return slot;
	}
	return NULL;
}
