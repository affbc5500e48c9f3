/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The relay bench: a sender, a gateway and a receiver, each a process in a network
 * namespace of its own. Shared by its three files.
 */
#ifndef BENCH_RELAY_BENCH_H
#define BENCH_RELAY_BENCH_H

#include "base/addr.h"

#include <stdint.h>
#include <stdio.h>

enum { STREAMS_MAX = 256, PAYLOAD = 172, SINK_PORT = 7000, NAT_PORT = 30000, SOURCE_PORT = 40000 };

/* wire: sender and receiver on one veth pair, no gateway at all. routed: the gateway only routes. nat: its
 * kernel translates both addresses. user, kernel_tc, kernel_xdp: the relay planes under test. rtpengine: that one, in
 * user space. */
enum bench_mode {
	MODE_WIRE,
	MODE_ROUTED,
	MODE_NAT,
	MODE_USER,
	MODE_KERNEL_TC,
	MODE_KERNEL_XDP,
	MODE_RTPENGINE,
	MODES
};

/* SPREAD: evenly spaced, not in bursts of a millisecond. */
struct bench_case {
	uint32_t pps, streams, packets;
	bool spread;
};

/* What one run of one mode costs. Times in nanoseconds, for the whole run. */
struct bench_result {
	uint32_t sent, received;
	uint64_t sender_ns, gateway_ns, sink_ns, softirq_ns; /* CPU by process; kernel's softirq threads */
	uint64_t machine_ns;				     /* all that was not idle, whoever's it was */
	bool crowded; /* no processor was ever idle: the machine had other work */
	uint32_t p50_ns, p99_ns, p999_ns;	     /* one way, sender's call to receiver's return */
};

/* The parts. Each runs in its own process and namespace, writes its result to OUT and returns an exit status.
 */
struct part_send {
	struct addr to[STREAMS_MAX];
	uint32_t streams, pps, packets;
	bool spread;
};
struct part_send_result {
	uint32_t sent;
	uint64_t cpu_ns;
};
struct part_sink_result {
	uint32_t received, p50_ns, p99_ns, p999_ns;
	uint64_t cpu_ns;
};

int part_sender(const struct part_send *what, int out);
/* Writes one octet when it is ready, the result when PACKETS came or none came for half a second. */
int part_sink(uint32_t packets, int out);
/* Writes the port of each stream, then, when IN has given one octet and ended, the CPU time in between
 * (uint64_t). */
int part_gateway(enum bench_mode mode, uint32_t streams, const struct addr legs[2], const struct addr hosts[2], int in,
	int out);

/* part_gateway() for MODE_RTPENGINE; fails where it is not installed. */
int part_rtpengine(uint32_t streams, const struct addr legs[2], const struct addr hosts[2], int in, int out);

/* Reads or writes all N octets; false on an end or error. */
bool read_all(int fd, void *p, size_t n);
bool write_all(int fd, const void *p, size_t n);

struct report {
	bool json;
	unsigned lines;
};
void report_case(struct report *r, const struct bench_case *c, const struct bench_result res[MODES],
	const bool have[MODES]);
/* The most packets per second that MODE passed on without loss. */
void report_rising(struct report *r, enum bench_mode mode, uint32_t streams, uint32_t pps);
void report_end(struct report *r);

#endif
