/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The flow table as the worker and the kernel's programs share it: one array of slots, a slot per reserved port,
 * mapped into the worker's memory, so that setting a flow and reading its counters need neither a system call
 * nor a privilege. The first slots hold the header. Read by C and by BPF; addresses are 16 octets everywhere,
 * IPv4 as ::ffff:a.b.c.d.
 */
#ifndef PST_RELAY_KERNEL_LAYOUT_H
#define PST_RELAY_KERNEL_LAYOUT_H

#include <linux/types.h>

#include "relay/quality.h"

enum {
	RELAY_K_MAGIC = 0x50737431,
	RELAY_K_LOCALS = 32, /* addresses of our own, at most */
	RELAY_K_HEADER_SLOTS = 16,
	RELAY_K_SLOT = 192,
};

enum relay_k_state {
	RELAY_K_FREE,	  /* nobody's port: packets take the system's path */
	RELAY_K_RESERVED, /* a session's, no flow: packets are refused */
	RELAY_K_OPEN,
	RELAY_K_SOCKET, /* the worker relays it itself, through a socket */
};

/* An address of our own, and where its ports stand in the table. */
struct relay_k_local {
	__u8 ip[16] __attribute__((aligned(8)));
	__u16 first, last; /* ports */
	__u32 base;	   /* the slot of FIRST */
	__u32 ifindex;	   /* where its network is; asked only where the system forwards nothing */
	__u32 number;	   /* its own */
};

/* At the start of the table. All but lease_ns is written once, by who made the table. */
struct relay_k_header {
	__u32 magic;
	__u32 slots; /* all, these included */
	__u32 locals_n;
	__u32 slot_size;
	__u64 lease_ns; /* CLOCK_MONOTONIC: no flow is served after it */
	__u64 reserved;
	struct relay_k_local locals[RELAY_K_LOCALS];
};

struct relay_k_slot {
	/* written by the worker */
	__u32 seq; /* odd while it writes */
	__u8 state;
	__u8 via; /* number of the local address that packets leave from */
	__u8 part;
	__u8 pad0;
	__u16 from_port; /* network order, as all ports of a slot; 0: the first packet decides */
	__u16 via_port;
	__u16 to_port;
	__u16 pad1;
	__u8 from[16] __attribute__((aligned(8)));
	__u8 to[16] __attribute__((aligned(8)));
	/* how often the source was set << 16 | port learnt: what is learnt for one source never counts for the next */
	__u64 learnt;

	/* The next hop, kept by the programs for RELAY_K_HOP_NS; it counts only for the seq it was found for. */
	__u64 hop_until_ns;
	__u32 hop_seq;
	__u32 hop_ifindex;
	__u8 hop_macs[12] __attribute__((aligned(4))); /* as a frame starts: to, from */
	__u32 hop_mtu;

	struct relay_rtp rtp; /* of the RTP part */
	__u32 pad2;

	/* counters */
	__u64 packets;
	__u64 bytes; /* of UDP payload */
	__u64 refused;
	__u64 failed;
	__u64 last_ns;
	__u64 by_tc; /* of the packets */
	__u64 pad3[2];
};

_Static_assert(sizeof(struct relay_k_slot) == RELAY_K_SLOT, "slot");
_Static_assert(sizeof(struct relay_k_header) <= RELAY_K_HEADER_SLOTS * RELAY_K_SLOT, "header");

#endif
