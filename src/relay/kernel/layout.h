/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The flow table as the worker and the kernel's programs share it: one array, mapped into the worker's memory, so that
 * setting a flow and reading its counters need neither a system call nor a privilege. It holds a header, an index, and
 * slots in pairs, one for an even port of an address of ours and one for the odd port above it. The index leads from
 * address and port to the pair: where an entry stands follows from both, at the first of some places that is free.
 * Read by C and by BPF; addresses are 16 octets, IPv4 as ::ffff:a.b.c.d.
 */
#ifndef PST_RELAY_KERNEL_LAYOUT_H
#define PST_RELAY_KERNEL_LAYOUT_H

#include <linux/types.h>

#include "relay/quality.h"

enum {
	RELAY_K_MAGIC = 0x50737433,
	RELAY_K_LOCALS = 32, /* addresses of our own that have a number, at most */
	RELAY_K_HEADER_SLOTS = 8,
	RELAY_K_SLOT = 256,
	RELAY_K_WORDS = RELAY_K_SLOT / 4, /* entries of the index in the space of a slot */
	RELAY_K_PLACES = 4,		  /* where an entry of the index may stand */
	RELAY_K_UNNUMBERED = 255,
	RELAY_K_NO_PORT = 0xffff, /* for XDP there is no way out */
	RELAY_K_TICK_SHIFT = 20, /* a tick: 2^20 ns */
	RELAY_K_TIMED_TICKS = 64, /* at least so long between two packets of a flow whose times are taken exactly */
};

enum relay_k_state {
	RELAY_K_FREE,	  /* nobody's port: packets take the system's path */
	RELAY_K_RESERVED, /* a session's, no flow: packets are refused */
	RELAY_K_OPEN,
	RELAY_K_HEARD, /* what is permitted is learnt from, and goes nowhere */
	RELAY_K_HANDED, /* what is permitted is handed to the worker, who relays it itself */
	RELAY_K_RANGE,	/* no port, but what comes from one host in a one-to-one range; found by both addresses */
};

/* A packet that is handed over, in the ring that the worker reads. */
enum { RELAY_K_RING = 1 << 19, RELAY_K_PACKET = 1500 };
struct relay_k_packet {
	__u32 number; /* of the slot, among those of pairs */
	__u32 seq;    /* of the slot, when it was permitted */
	__u32 len;
	__u32 pad;
	__u8 data[RELAY_K_PACKET + 4]; /* UDP payload */
};

/* A pair of ports of a range, as the hosts of its legs have them. */
struct relay_k_range_flow {
	__u64 id; /* tick of the last packet << 32 | port of leg 1 << 16 | port of leg 0, in network order; 0: free */
	__u64 pad;
};

enum {
	RELAY_K_RANGES = 512,
	RELAY_K_RANGE_FLOWS = 64,
	RELAY_K_RANGE_ROW = RELAY_K_SLOT / 16,				/* in the space of a slot */
	RELAY_K_RANGE_ROWS = RELAY_K_RANGE_FLOWS / RELAY_K_RANGE_ROW, /* the slots of a range's block */
};

/* An address of our own with a number. */
struct relay_k_local {
	__u8 ip[16] __attribute__((aligned(8)));
	__u32 ifindex; /* where its network is; asked only where the system forwards nothing */
	__u32 number;
};

/* What is left of a lease, at most: one that says more counts for nothing. */
#define RELAY_K_LEASE_MAX_NS 6000000000ULL

/* At the start of the table. What lies where is written once, by who made the table, and no program believes it: it
 * was told by the same one. */
struct relay_k_header {
	__u32 magic;
	__u32 slot_size;
	__u32 slots;	  /* all, these included */
	__u32 index;	  /* its first slot */
	__u32 index_mask; /* entries less one */
	__u32 pairs;	  /* their first slot */
	__u32 pairs_n;
	__u32 ranges; /* the first slot of the blocks of ranges, of which there are RELAY_K_RANGES */
	__u32 outlives; /* 1: programs and table stay when the process that put them there dies */
	__u32 locals_n;
	/* written by the worker */
	__u64 lease_ns; /* CLOCK_MONOTONIC: no flow is served after it */
	__u16 first, last; /* all ports in use lie between */
	__u32 ranges_n;	   /* open now */
	__u32 pad;
	struct relay_k_local locals[RELAY_K_LOCALS];
};

/* A port. What a packet of IPv4 needs is in the first two of its four cache lines. */
struct relay_k_slot {
	/* written by the worker */
	__u32 seq; /* odd while it writes */
	__u8 state;
	__u8 part; /* of a range: the leg */
	__u8 via; /* number of the local address that packets leave from, or RELAY_K_UNNUMBERED */
	__u8 ip4; /* 1: all of it is IPv4, and the short forms below count */
	__u32 own4;
	__u16 own_port;	 /* network order, as all ports of a slot */
	__u16 from_port; /* 0: the first packet decides */
	__u32 from4, to4;
	__u16 to_port, via_port;
	/* how often the source was set << 16 | port learnt: what is learnt for one source never counts for the next */
	__u32 learnt;
	/* The next hop, kept by the programs for about a second; it counts only for the seq it was found for. */
	__u32 hop_seq;
	__u32 hop_until; /* tick */
	__u8 hop_macs[12] __attribute__((aligned(4))); /* as a frame starts: to, from */
	__u16 hop_mtu;
	__u16 hop_port; /* number among the interfaces that XDP may send to */
	__u32 hop_ifindex;
	__u32 pad0;

	/* written by the programs, with each packet */
	__u64 packets;
	__u64 bytes; /* of UDP payload */
	__u32 last;  /* tick */
	struct relay_rtp rtp; /* of the RTP part */
	__u32 timed; /* tick of the last packet whose time was taken exactly */
	__u32 pad1;

	/* written by the worker: what is true of both families */
	__u8 own[16], from[16], to[16], via_ip[16];

	/* written by the programs */
	__u64 refused;
	__u64 failed;
	__u64 by_tc; /* of the packets */

	/* of a range, written by the worker */
	__u16 range_first, range_last;
	__u32 range_block; /* number of its block */
	__u32 range_flows; /* at most */
	__u32 range_idle;  /* ticks */
	__u64 pad2[3];
};

_Static_assert(sizeof(struct relay_k_slot) == RELAY_K_SLOT, "slot");
_Static_assert(__builtin_offsetof(struct relay_k_slot, packets) == 64, "first line");
_Static_assert(__builtin_offsetof(struct relay_k_slot, own) == 128, "second line");
_Static_assert(sizeof(struct relay_k_header) <= RELAY_K_HEADER_SLOTS * RELAY_K_SLOT, "header");

/* Where to look in the index: for the pair of PORT (host order) of an address of HASH, at the Nth place. Neighbours among
 * ports are neighbours at the first places. */
static inline __attribute__((always_inline)) __u64 relay_k_hash(__u64 high, __u64 low)
{
	const __u64 h = (high ^ high >> 31) * 0x9e3779b97f4a7c15ULL ^ low * 0xd6e8feb86659fd93ULL;
	return (h ^ h >> 32) * 0xd6e8feb86659fd93ULL;
}

static inline __attribute__((always_inline)) __u32 relay_k_place(__u64 hash, __u16 port, __u32 n)
{
	const __u64 pair = port >> 1;
	/* anywhere: were it by a step, who gives way would take the place of a neighbour, and that one of the next */
	return n == 0 ? (__u32)((hash >> 32) + pair)
		      : (__u32)((hash ^ (pair << 3 | n) * 0x9e3779b97f4a7c15ULL) * 0xd6e8feb86659fd93ULL >> 32);
}

/* For the range of what comes from one address to one of ours, by the hashes of both; it has port 0. */
static inline __attribute__((always_inline)) __u64 relay_k_range_hash(__u64 from, __u64 own)
{
	return (from ^ own >> 7 ^ own << 57) * 0x9e3779b97f4a7c15ULL;
}

/* An entry of the index: 0 for none, else the number of a pair and some bits that spare a look at the wrong one. */
enum { RELAY_K_PAIR_BITS = 20, RELAY_K_PAIR_MASK = (1 << RELAY_K_PAIR_BITS) - 1 };

static inline __attribute__((always_inline)) __u32 relay_k_tag(__u64 hash)
{
	return (__u32)hash >> RELAY_K_PAIR_BITS << RELAY_K_PAIR_BITS;
}

static inline __attribute__((always_inline)) __u32 relay_k_entry(__u64 hash, __u32 pair)
{
	return relay_k_tag(hash) | (pair + 1);
}

#endif
