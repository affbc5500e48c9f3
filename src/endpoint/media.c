/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The media session: opening, the steady sender, closing. */
#include "endpoint/media_private.h"

#include "rtp/rtp.h"

#include <stdlib.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

void media_random(void *p, size_t n)
{
	if (getrandom(p, n, 0) != (ssize_t)n)
		abort(); /* cannot happen for so few octets: getrandom(2) */
}

static void media_free(struct media *m)
{
	audio_source_free(m->source);
	if (m->sink)
		(void)audio_sink_close(m->sink);
	if (m->pace_fd >= 0)
		close(m->pace_fd);
	free(m);
}

static void handle_closed(struct media *m)
{
	void (*closed)(void *) = m->closed;
	void *arg = m->closed_arg;

	if (--m->handles)
		return;
	media_free(m);
	if (closed)
		closed(arg);
}

static void uv_closed(uv_handle_t *h)
{
	handle_closed(h->data);
}

static void udp_closed(struct udp_socket *u)
{
	handle_closed(u->owner);
}

static void close_handles(struct media *m)
{
	for (int part = 0; part < MEDIA_PARTS; part++)
		if (m->udp[part].fd >= 0)
			m->handles++;
	for (int part = 0; part < MEDIA_PARTS; part++)
		if (m->udp[part].fd >= 0)
			udp_close(&m->udp[part], udp_closed);
	m->handles += 2;
	uv_close((uv_handle_t *)&m->pace, uv_closed);
	uv_close((uv_handle_t *)&m->report, uv_closed);
}

static void send_packet(struct media *m)
{
	uint8_t payload[MEDIA_PACKET_SAMPLES], datagram[RTP_HEADER_LEN + MEDIA_PACKET_SAMPLES];
	int16_t pcm[MEDIA_PACKET_SAMPLES];
	struct writer w = wr_of(datagram, sizeof(datagram));
	struct rtp_packet p = {.marker = m->marker,
	        .sequence = m->sequence,
	        .timestamp = m->timestamp,
	        .payload_type = m->sent.law == G711_ULAW ? RTP_PT_PCMU : RTP_PT_PCMA,
	        .ssrc = m->ssrc,
	        .payload = {payload, sizeof(payload)}};

	audio_source_read(m->source, pcm, MEDIA_PACKET_SAMPLES);
	g711_encode(m->sent.law, pcm, payload, MEDIA_PACKET_SAMPLES);
	m->timestamp += MEDIA_PACKET_SAMPLES;
	m->sequence++;
	if (rtp_encode(&p, &w) || udp_send(&m->udp[MEDIA_RTP], &m->peer[MEDIA_RTP], wr_slice(&w))) {
		m->sent.failed++;
		return;
	}
	m->marker = false;
	m->sent.packets++;
	m->sent.octets += sizeof(payload);
}

/* The timer counts how many packets were due since it was read last. One is sent; the time of the others has
 * passed: they are left out like silence, for a burst would help nobody. */
static void pace_tick(uv_poll_t *h, int status, int events)
{
	struct media *m = h->data;
	int16_t unheard[MEDIA_PACKET_SAMPLES];
	uint64_t due = 0;

	(void)events;
	if (status || read(m->pace_fd, &due, sizeof(due)) != (ssize_t)sizeof(due) || !due)
		return;
	for (uint64_t i = 1; i < due; i++) {
		if (i < 500) /* ten seconds late: nobody listens for that any more */
			audio_source_read(m->source, unheard, MEDIA_PACKET_SAMPLES);
		m->timestamp += MEDIA_PACKET_SAMPLES;
		m->sent.skipped++;
	}
	send_packet(m);
}

static int open_timers(struct media *m)
{
	m->pace_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (m->pace_fd < 0)
		return PST_E_SYS;
	if (uv_poll_init(m->loop, &m->pace, m->pace_fd))
		return PST_E_SYS;
	m->pace.data = m;
	uv_timer_init(m->loop, &m->report);
	m->report.data = m;
	return PST_OK;
}

int media_open(struct media **out, uv_loop_t *loop, const struct media_config *c)
{
	static udp_recv_h *const RECV[MEDIA_PARTS] = {media_rtp_recv, media_rtcp_recv};
	struct media *m = calloc(1, sizeof(*m));
	int err;

	if (!m) {
		audio_source_free(c->source);
		(void)audio_sink_close(c->sink);
		return PST_E_NOMEM;
	}
	m->loop = loop;
	m->strict_source = c->strict_source;
	m->source = c->source;
	m->sink = c->sink;
	m->marker = true;
	m->sent.round_trip_ms = -1;
	m->udp[MEDIA_RTP].fd = m->udp[MEDIA_RTCP].fd = -1;
	media_random(&m->ssrc, sizeof(m->ssrc));
	media_random(&m->sequence, sizeof(m->sequence));
	media_random(&m->timestamp, sizeof(m->timestamp));
	m->first_sequence = m->sequence;
	media_rtcp_init(m);
	media_recv_init(m);
	err = open_timers(m);
	if (err) {
		media_free(m);
		return err;
	}
	err = udp_open_pair(m->udp, loop, &c->local, c->rtp_first, c->rtp_last, RECV, m);
	if (err) {
		close_handles(m);
		return err;
	}
	*out = m;
	return PST_OK;
}

struct addr media_local_rtp(const struct media *m)
{
	return m->udp[MEDIA_RTP].local;
}

struct addr media_local_rtcp(const struct media *m)
{
	return m->udp[MEDIA_RTCP].local;
}

int media_record(struct media *m, const char *path, const char **why)
{
	return audio_sink_record(m->sink, path, why);
}

void media_set_peer_rtcp(struct media *m, const struct addr *rtcp)
{
	m->peer[MEDIA_RTCP] = *rtcp;
}

void media_send(struct media *m, enum g711_law law, const struct addr *rtp)
{
	const struct itimerspec every = {.it_interval = {0, MEDIA_PACKET_MS * 1000000L}, .it_value = {0, 1}};

	m->peer[MEDIA_RTP] = *rtp;
	m->sent.law = law;
	if (m->sent.started && uv_is_active((uv_handle_t *)&m->pace))
		return;
	m->sent.started = true;
	m->marker = true;
	timerfd_settime(m->pace_fd, 0, &every, NULL);
	uv_poll_start(&m->pace, UV_READABLE, pace_tick);
	media_rtcp_start(m);
}

void media_send_stop(struct media *m)
{
	uv_poll_stop(&m->pace);
}

void media_receive(struct media *m, enum g711_law law)
{
	m->received.started = true;
	m->received.law = law;
	media_rtcp_start(m);
}

void media_receive_stop(struct media *m)
{
	jitter_flush(&m->jitter);
}

void media_measure(const struct media *m, struct tone_measure *heard)
{
	audio_sink_measure(m->sink, heard);
}

void media_close(struct media *m, void (*closed)(void *arg), void *arg, int *sink_err)
{
	int err;

	if (!m)
		return;
	media_send_stop(m);
	if (m->sent.started || m->received.started)
		media_rtcp_send(m, true);
	jitter_flush(&m->jitter);
	err = audio_sink_close(m->sink);
	if (sink_err)
		*sink_err = err;
	m->sink = NULL;
	m->closed = closed;
	m->closed_arg = arg;
	close_handles(m);
}
