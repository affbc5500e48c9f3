/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What travelled in a packet capture, for tests: UDP datagrams, and TCP octets in
 * order without repetitions. Ethernet and IPv4 only; segments ahead of a gap are
 * dropped, which no capture used here has.
 */
#ifndef PST_TESTS_PCAP_STREAMS_H
#define PST_TESTS_PCAP_STREAMS_H

#include "base/slice.h"

struct pcap_piece {
	unsigned frame;           /* from 1, as tshark counts */
	bool tcp;
	unsigned stream;          /* of TCP: one number per direction, from 0 */
	uint32_t src, dst;        /* IPv4, host order */
	uint16_t src_port, dst_port;
	struct pst_slice octets;  /* dies with the call */
};

typedef void(pcap_piece_h)(const struct pcap_piece *piece, void *arg);

/* Streams in one capture that are told apart. */
enum { PCAP_STREAMS_MAX = 64 };

/* Calls H for each piece of the file, in order. Returns 0, or -1 when it cannot be read. */
int pcap_pieces(const char *path, pcap_piece_h *h, void *arg);

#endif
