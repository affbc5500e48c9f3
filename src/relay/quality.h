/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How well RTP arrives: loss by sequence numbers, interarrival jitter, changes of the source (RFC 3550 A.1, A.3,
 * A.8). Without A.1's probation: who sends is checked before. Inline and without calls, as the kernel's programs
 * are compiled from it too.
 */
#ifndef PST_RELAY_QUALITY_H
#define PST_RELAY_QUALITY_H

#include <linux/types.h>

enum { RELAY_RTP_HEADER = 12, RELAY_RTP_DROPOUT = 3000, RELAY_RTP_MISORDER = 100 };

/* Zero-initialise. */
struct relay_rtp {
	__u32 ssrc;
	__u32 ssrc_changes;
	__u32 seq_first; /* extended, of the source that sends now */
	__u32 seq_max;
	__u32 received;
	__u32 lost_before; /* of earlier sources */
	__u32 jitter_us16; /* microseconds * 16 */
	__u32 last_us;	   /* when the last one came that was timed, 0: none, and its timestamp */
	__u32 last_stamp;
};

/* Reads the header's words: the first, the timestamp, the SSRC. */
static inline __attribute__((always_inline)) __u32 relay_rtp_u32(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

/* RFC 3551: audio of H.323 counts at 8 kHz, video and what is dynamic mostly at 90. */
static inline __attribute__((always_inline)) __u32 relay_rtp_us(__u32 ticks, __u8 type)
{
	return type < 26 ? ticks * 125 : (__u32)((__u64)ticks * 100 / 9);
}

static inline __attribute__((always_inline)) void relay_rtp_time(
	struct relay_rtp *q, __u32 stamp, __u8 type, __u32 now_us)
{
	const __u32 before_us = q->last_us;
	const int back = (__s32)(stamp - q->last_stamp) < 0;
	const __u32 sent_us = relay_rtp_us(back ? q->last_stamp - stamp : stamp - q->last_stamp, type);
	const __u32 came_us = now_us - before_us;
	const __u32 d = back ? came_us + sent_us : came_us - sent_us;
	const __u32 size = (__s32)d < 0 ? 0 - d : d;
	q->last_stamp = stamp;
	q->last_us = now_us != 0 ? now_us : 1;
	/* a second or more is a clock set anew */
	if (before_us != 0 && size < 1000000)
		q->jitter_us16 += size - ((q->jitter_us16 + 8) >> 4);
}

static inline __attribute__((always_inline)) void relay_rtp_begin(struct relay_rtp *q, __u32 ssrc, __u16 seq)
{
	const __u32 expected = q->seq_max - q->seq_first + 1;
	if (q->received != 0) {
		if (expected > q->received)
			q->lost_before += expected - q->received;
		if (ssrc != q->ssrc)
			q->ssrc_changes++;
	}
	q->ssrc = ssrc;
	q->seq_first = q->seq_max = 0x10000U | seq;
	q->received = 1;
	q->last_us = 0;
}

/* Takes a packet that came at NOW_US (of any clock; 0: not worth timing, as the one before came just then), by the
 * words of its header in the machine's order. */
static inline __attribute__((always_inline)) void relay_rtp_take_words(
	struct relay_rtp *q, __u32 first, __u32 stamp, __u32 ssrc, __u32 now_us)
{
	const __u16 seq = (__u16)first;
	const __u16 ahead = (__u16)(seq - (__u16)q->seq_max);
	if (first >> 30 != 2)
		return;
	if (q->received == 0 || ssrc != q->ssrc ||
		(ahead > RELAY_RTP_DROPOUT && ahead < 0x10000 - RELAY_RTP_MISORDER)) {
		relay_rtp_begin(q, ssrc, seq);
	} else {
		if (ahead <= RELAY_RTP_DROPOUT)
			q->seq_max += ahead;
		q->received++;
	}
	if (now_us != 0)
		relay_rtp_time(q, stamp, first >> 16 & 0x7f, now_us);
}

/* The same, by the header's octets. */
static inline __attribute__((always_inline)) void relay_rtp_take(
	struct relay_rtp *q, const __u8 rtp[RELAY_RTP_HEADER], __u32 now_us)
{
	relay_rtp_take_words(q, relay_rtp_u32(rtp), relay_rtp_u32(rtp + 4), relay_rtp_u32(rtp + 8), now_us);
}

static inline __attribute__((always_inline)) __u32 relay_rtp_lost(const struct relay_rtp *q)
{
	const __u32 expected = q->seq_max - q->seq_first + 1;
	return q->lost_before + (q->received != 0 && expected > q->received ? expected - q->received : 0);
}

#endif
