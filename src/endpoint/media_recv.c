/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiving half of the media session: RTP to samples, and the counters. */
#include "endpoint/media_private.h"

#include "base/clock.h"
#include "rtp/rtp.h"

/* jitter_out_h: the packets in order. */
static void to_sink(void *arg, uint32_t silence, uint8_t payload_type, struct pst_slice payload)
{
	static const int16_t NOTHING[MEDIA_PACKET_SAMPLES];
	struct media *m = arg;
	int16_t pcm[JITTER_PAYLOAD_MAX];

	if (!m->sink)
		return;
	while (silence) {
		uint32_t n = silence < MEDIA_PACKET_SAMPLES ? silence : MEDIA_PACKET_SAMPLES;

		audio_sink_write(m->sink, NOTHING, n);
		silence -= n;
	}
	g711_decode(payload_type == RTP_PT_PCMU ? G711_ULAW : G711_ALAW, payload.p, pcm, payload.n);
	audio_sink_write(m->sink, pcm, payload.n);
}

void media_recv_init(struct media *m)
{
	jitter_init(&m->jitter, to_sink, m);
}

bool media_source_ok(struct media *m, int part, const struct addr *from)
{
	const struct addr *peer = &m->peer[part];

	if (peer->family ==
	        ADDR_NONE) /* only the other part has been signalled so far: the host is known all the same */
		peer = &m->peer[part == MEDIA_RTP ? MEDIA_RTCP : MEDIA_RTP];
	if (peer->family == ADDR_NONE)
		return true;
	if (!addr_ip_eq(peer, from)) {
		m->received.other_host++;
		return !m->strict_source;
	}
	if (peer == &m->peer[part] && peer->port != from->port)
		m->received.other_port++;
	return true;
}

static uint32_t arrival_now(void)
{
	return (uint32_t)(clock_now_ns() / (1000000000 / G711_RATE_HZ));
}

void media_rtp_recv(struct udp_socket *u, const struct addr *from, struct pst_slice data)
{
	struct media *m = u->owner;
	struct media_received *r = &m->received;
	struct rtp_packet p;

	if (!r->started) {
		r->early++;
		return;
	}
	if (!media_source_ok(m, MEDIA_RTP, from))
		return;
	if (rtp_decode(&p, data)) {
		r->malformed++;
		return;
	}
	if (p.payload_type != (r->law == G711_ULAW ? RTP_PT_PCMU : RTP_PT_PCMA)) {
		r->other_codec++;
		return;
	}
	if (!m->stats.started || m->stats.ssrc != p.ssrc)
		r->sources++;
	if (!rtp_stats_packet(&m->stats, &p, arrival_now()))
		return;
	r->from = *from;
	r->packets++;
	r->octets += p.payload.n;
	jitter_push(&m->jitter, p.ssrc, p.sequence, p.timestamp, p.payload_type, p.payload);
}

void media_stats(const struct media *m, struct media_sent *sent, struct media_received *received)
{
	*sent = m->sent;
	sent->unreachable = m->udp[MEDIA_RTP].unreachable;
	*received = m->received;
	received->lost = rtp_stats_lost(&m->stats);
	received->reordered = m->stats.reordered;
	received->late = m->jitter.late;
	received->jitter_ms = rtp_stats_jitter(&m->stats) * 1000.0 / G711_RATE_HZ;
	received->max_jitter_ms = m->stats.max_jitter * 1000.0 / G711_RATE_HZ;
}
