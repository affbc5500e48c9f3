/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that begin at an interface of the gateway as if a driver handed them over in batches (BPF's live frames), and
 * are counted in a program where they arrive: what costs is the gateway alone. Namespaces are named as `ip netns` does.
 * What fails ends the program with a line. As root.
 */
#ifndef BENCH_LIVE_H
#define BENCH_LIVE_H

#include "base/addr.h"
#include "relay_pps.skel.h"

enum { LIVE_PAYLOAD = 172, LIVE_HEADERS = 56, LIVE_BATCH = 64 };

/* Who fails says so as NAME. */
extern const char *live_name;
_Noreturn void live_die(const char *what);

/* This thread's sockets and system calls are of namespace NS from here on. */
void live_enter(const char *ns);
void live_mac(const char *ns, const char *interface, uint8_t mac[6]);
/* Lets INTERFACE take redirected frames: such get over a pair of interfaces only where the other end takes batches. */
void live_batches(const char *ns, const char *interface);
/* Puts PROG to INTERFACE; closing the descriptor takes it away. */
int live_attach(const struct bpf_program *prog, const char *ns, const char *interface);
/* The XDP program that stands at INTERFACE of this namespace, or -1. */
int live_attached(const char *interface);
/* Headers of LIVE_PAYLOAD octets of RTP from FROM to TO (its port left 0), all sums right. */
void live_headers(uint8_t h[LIVE_HEADERS], const uint8_t mac_to[6], const uint8_t mac_from[6], const struct addr *from,
	const struct addr *to);
/* Makes N frames, streams in turn, at the interface with number IFINDEX of this namespace. */
void live_send(struct relay_pps_bpf *skel, uint32_t ifindex, uint32_t n);

#endif
