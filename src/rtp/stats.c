/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receiver statistics of RFC 3550, appendix A. */
#include "rtp/stats.h"

enum { CYCLE = 65536, MAX_DROPOUT = 3000, MAX_MISORDER = 100, NO_BAD = CYCLE + 1 };

static void start(struct rtp_stats *s, const struct rtp_packet *p, uint32_t arrival)
{
	*s = (struct rtp_stats){ .started = true, .ssrc = p->ssrc, .base = p->sequence, .highest = p->sequence,
		.bad_next = NO_BAD, .transit = arrival - p->timestamp };
}

/* RFC 3550 A.1. Returns false where the packet is neither near nor the second of a new run. */
static bool place(struct rtp_stats *s, const struct rtp_packet *p, uint32_t arrival)
{
	const uint16_t ahead = (uint16_t)(p->sequence - s->highest);
	if (ahead != 0 && ahead < MAX_DROPOUT) {
		if (p->sequence < s->highest)
			s->cycles += CYCLE;
		s->highest = p->sequence;
	} else if (ahead == 0 || ahead > CYCLE - MAX_MISORDER) {
		s->reordered++;
	} else if (p->sequence == s->bad_next) {
		start(s, p, arrival);
	} else {
		s->bad_next = (p->sequence + 1U) & (CYCLE - 1);
		return false;
	}
	return true;
}

/* RFC 3550 A.8: a running mean, a sixteenth of each difference. */
static void update_jitter(struct rtp_stats *s, const struct rtp_packet *p, uint32_t arrival)
{
	const uint32_t transit = arrival - p->timestamp;
	const int32_t d = (int32_t)(transit - s->transit);
	const uint32_t abs_d = d < 0 ? 0U - (uint32_t)d : (uint32_t)d;
	s->transit = transit;
	s->jitter_16 += abs_d - ((s->jitter_16 + 8) >> 4);
	if (rtp_stats_jitter(s) > s->max_jitter)
		s->max_jitter = rtp_stats_jitter(s);
}

bool rtp_stats_packet(struct rtp_stats *s, const struct rtp_packet *p, uint32_t arrival)
{
	if (!s->started || s->ssrc != p->ssrc)
		start(s, p, arrival);
	else if (!place(s, p, arrival))
		return false;
	s->received++;
	s->octets += p->payload.n;
	update_jitter(s, p, arrival);
	return true;
}

void rtp_stats_sr(struct rtp_stats *s, const struct rtcp_sr *sr, uint64_t now_ms)
{
	s->last_sr = (uint32_t)(sr->ntp >> 16);
	s->sr_at_ms = now_ms;
}

uint64_t rtp_stats_expected(const struct rtp_stats *s)
{
	return s->started ? (uint64_t)s->cycles + s->highest - s->base + 1 : 0;
}

int64_t rtp_stats_lost(const struct rtp_stats *s)
{
	return (int64_t)rtp_stats_expected(s) - (int64_t)s->received;
}

uint32_t rtp_stats_jitter(const struct rtp_stats *s)
{
	return s->jitter_16 >> 4;
}

static int32_t clamp24(int64_t v)
{
	return v > 0x7fffff ? 0x7fffff : v < -0x800000 ? -0x800000 : (int32_t)v;
}

void rtp_stats_report(struct rtp_stats *s, uint64_t now_ms, struct rtcp_report *out)
{
	const uint64_t expected = rtp_stats_expected(s);
	const int64_t expected_now = (int64_t)(expected - s->expected_before);
	const int64_t lost_now = expected_now - (int64_t)(s->received - s->received_before);
	*out = (struct rtcp_report){ .ssrc = s->ssrc, .lost = clamp24(rtp_stats_lost(s)),
		.highest = s->cycles + s->highest, .jitter = rtp_stats_jitter(s) };
	if (expected_now > 0 && lost_now > 0)
		out->fraction_lost = (uint8_t)((lost_now * 256 / expected_now) > 255 ? 255 : lost_now * 256 / expected_now);
	if (s->last_sr != 0) {
		out->last_sr = s->last_sr;
		out->delay = (uint32_t)((now_ms - s->sr_at_ms) * 65536 / 1000);
	}
	s->expected_before = expected;
	s->received_before = s->received;
}
