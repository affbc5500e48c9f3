/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a receiver knows about one source (RFC 3550 A.1, A.3, A.8): extended
 * sequence numbers, loss, jitter. Pure: the arrival time comes with the packet,
 * in the units of the stream's timestamp (8000 per second for G.711).
 */
#ifndef PST_RTP_STATS_H
#define PST_RTP_STATS_H

#include "rtp/rtcp.h"
#include "rtp/rtp.h"

struct rtp_stats {
	bool started;
	uint32_t ssrc;
	uint32_t base;       /* first extended sequence number */
	uint32_t cycles;     /* 65536 for each time the sequence number wrapped */
	uint16_t highest;
	uint32_t bad_next;   /* a sequence number that would show that the source restarted; above 65535: none */
	uint64_t received;
	uint64_t octets;     /* of payload */
	uint64_t expected_before, received_before; /* at the last report */
	uint32_t transit;
	uint32_t jitter_16;  /* jitter times 16 */
	uint32_t max_jitter; /* timestamp units */
	uint64_t reordered;  /* came behind a later one, or twice */
	uint32_t last_sr;    /* from rtp_stats_sr() */
	uint64_t sr_at_ms;
};

/* Counts a packet that arrived at ARRIVAL (timestamp units, any origin). Another SSRC, or a source that restarted,
 * starts anew. Returns false for a packet that is out of any order and was not counted. */
bool rtp_stats_packet(struct rtp_stats *s, const struct rtp_packet *p, uint32_t arrival);
/* Notes a sender report for the next report's last_sr and delay. */
void rtp_stats_sr(struct rtp_stats *s, const struct rtcp_sr *sr, uint64_t now_ms);
uint64_t rtp_stats_expected(const struct rtp_stats *s);
/* Packets missing so far; negative with duplicates. */
int64_t rtp_stats_lost(const struct rtp_stats *s);
/* Interarrival jitter in timestamp units. */
uint32_t rtp_stats_jitter(const struct rtp_stats *s);
/* Makes the report block and begins the next interval. */
void rtp_stats_report(struct rtp_stats *s, uint64_t now_ms, struct rtcp_report *out);

#endif
