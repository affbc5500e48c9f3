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

#define HOP_TICKS (1000000000U >> RELAY_K_TICK_SHIFT)
#define FAMILY_INET 2
#define FAMILY_INET6 10
#ifndef BPF_F_IPV6
#define BPF_F_IPV6 (1ULL << 7)
#endif

#include "relay/kernel/flow_table.bpf.c"
#include "relay/kernel/flow_look.bpf.c"
#include "relay/kernel/flow_xdp.bpf.c"
#include "relay/kernel/flow_range.bpf.c"
#include "relay/kernel/flow_tc.bpf.c"

/* Some helpers are for GPL programs only; the LGPL 2.1 may be taken as the GPL 2 (its section 3). */
const char terms[] SEC("license") = "GPL";
