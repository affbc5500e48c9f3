/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RTCP of the media session (RFC 3550 6): a report every 5 s, each time at a
 * random moment between half and one and a half of that. The first comes after
 * half a second (6.2 permits any delay between two parties), so that short calls
 * have reports too. The CNAME is random (RFC 7022): it says nothing of the host.
 */
#include "endpoint/media_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "rtp/rtcp.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIRST_REPORT_MS = 500, REPORT_MS = 5000, DATAGRAM = 256 };

static const uint64_t NTP_EPOCH_S = 2208988800; /* 1900 to 1970 */

void media_rtcp_init(struct media *m)
{
	uint8_t random[12];

	media_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(m->cname + 2 * i, sizeof(m->cname) - 2 * i, "%02x", random[i]);
}

static uint64_t ntp_now(void)
{
	uint64_t ms = clock_wall_ms();

	return (ms / 1000 + NTP_EPOCH_S) << 32 | (ms % 1000 << 32) / 1000;
}

void media_rtcp_send(struct media *m, bool bye)
{
	uint8_t datagram[DATAGRAM];
	struct writer w = wr_of(datagram, sizeof(datagram));
	struct rtcp_sr sr = {.ssrc = m->ssrc, .is_sender = m->sent.packets > 0};

	if (m->peer[MEDIA_RTCP].family == ADDR_NONE)
		return;
	if (sr.is_sender) {
		sr.ntp = ntp_now();
		sr.timestamp = m->timestamp;
		sr.packets = (uint32_t)m->sent.packets;
		sr.octets = (uint32_t)m->sent.octets;
	}
	if (m->stats.started) {
		rtp_stats_report(&m->stats, clock_now_ms(), &sr.report[0]);
		sr.n = 1;
	}
	if (rtcp_sr_write(&sr, &w) || rtcp_sdes_write(m->ssrc, slice_str(m->cname), &w))
		return;
	if (bye && rtcp_bye_write(m->ssrc, &w))
		return;
	if (!udp_send(&m->udp[MEDIA_RTCP], &m->peer[MEDIA_RTCP], wr_slice(&w)))
		m->sent.rtcp_packets++;
}

static void report_due(uv_timer_t *t)
{
	struct media *m = t->data;
	uint16_t random;

	media_rtcp_send(m, false);
	media_random(&random, sizeof(random));
	uv_timer_start(t, report_due, REPORT_MS / 2 + (uint64_t)REPORT_MS * random / 65536, 0);
}

void media_rtcp_start(struct media *m)
{
	if (!uv_is_active((uv_handle_t *)&m->report))
		uv_timer_start(&m->report, report_due, FIRST_REPORT_MS, 0);
}

/* What the peer says of our stream: proof that it arrives. */
static void about_us(struct media *m, const struct rtcp_report *r)
{
	uint32_t now = (uint32_t)(ntp_now() >> 16);
	int64_t expected = (int64_t)r->highest - m->first_sequence + 1;

	if (expected <= 0) /* the peer heard us only after the numbers had wrapped */
		expected += 65536;
	m->sent.peer_lost = r->lost;
	m->sent.peer_received = expected > r->lost ? (uint32_t)(expected - r->lost) : 0;
	m->sent.reported = m->sent.reported || m->sent.peer_received > 0;
	m->sent.peer_jitter_ms = r->jitter * 1000.0 / G711_RATE_HZ;
	if (r->last_sr) {
		int32_t rtt = (int32_t)(now - r->last_sr - r->delay);

		m->sent.round_trip_ms = rtt > 0 ? rtt * 1000.0 / 65536 : 0;
	}
}

static void sdes(struct media *m, const struct rtcp_packet *p)
{
	struct pst_slice name;
	uint32_t ssrc;

	if (!rtcp_cname_read(p, &ssrc, &name))
		log_escape(m->received.cname, sizeof(m->received.cname), name);
}

static int take(struct media *m, const struct rtcp_packet *p)
{
	struct rtcp_sr sr;

	if (p->type == RTCP_SDES)
		sdes(m, p);
	if (p->type == RTCP_BYE)
		m->received.bye = true;
	if (p->type != RTCP_SR && p->type != RTCP_RR)
		return PST_OK;
	int err = rtcp_sr_read(&sr, p);

	if (err)
		return err;
	if (sr.is_sender)
		rtp_stats_sr(&m->stats, &sr, clock_now_ms());
	for (uint8_t i = 0; i < sr.n; i++)
		if (sr.report[i].ssrc == m->ssrc)
			about_us(m, &sr.report[i]);
	return PST_OK;
}

void media_rtcp_recv(struct udp_socket *u, const struct addr *from, struct pst_slice data)
{
	struct media *m = u->owner;
	struct rtcp_packet p;
	int err;

	if (!media_source_ok(m, MEDIA_RTCP, from))
		return;
	while (!(err = rtcp_next(&data, &p))) {
		err = take(m, &p);
		if (err)
			break;
	}
	if (err == PST_E_NOT_FOUND)
		m->received.rtcp_packets++;
	else
		m->received.malformed++;
}
