/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media sessions on loopback: tones both ways, reports, goodbye, ports, strangers, and nobody there. */
#include "endpoint/media.h"
#include "loop/net.h"
#include "rtp/rtp.h"

#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { FIRST = 22000, LAST = 22999 };

static const uint8_t LOOPBACK[4] = {127, 0, 0, 1};

struct pair {
	uv_loop_t loop;
	uv_prepare_t watch; /* looks at the counters in each turn of the loop */
	bool (*enough)(struct pair *p);
	struct media *m[2];
	struct media_sent sent[2];
	struct media_received received[2];
	struct tone_measure heard[2];
	int closed;
};

static struct media *open_one(uv_loop_t *loop, double hz, bool strict)
{
	struct media_config c = {.local = addr_ip4(LOOPBACK, 0),
	        .rtp_first = FIRST,
	        .rtp_last = LAST,
	        .strict_source = strict};
	struct media *m;

	assert_int_equal(audio_source_tone(&c.source, hz), 0);
	assert_int_equal(audio_sink_new(&c.sink), 0);
	assert_int_equal(media_open(&m, loop, &c), 0);
	return m;
}

static void on_closed(void *arg)
{
	((struct pair *)arg)->closed++;
}

static void look(uv_prepare_t *h)
{
	struct pair *p = h->data;

	for (int i = 0; i < 2; i++)
		if (p->m[i])
			media_stats(p->m[i], &p->sent[i], &p->received[i]);
	if (!p->enough(p))
		return;
	for (int i = 0; i < 2; i++) {
		if (!p->m[i])
			continue;
		media_measure(p->m[i], &p->heard[i]);
		media_close(p->m[i], on_closed, p, NULL);
	}
	uv_close((uv_handle_t *)&p->watch, NULL);
}

static void run(struct pair *p, bool (*enough)(struct pair *))
{
	p->enough = enough;
	uv_prepare_init(&p->loop, &p->watch);
	p->watch.data = p;
	uv_prepare_start(&p->watch, look);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	assert_int_equal(p->closed, (p->m[0] ? 1 : 0) + (p->m[1] ? 1 : 0));
	assert_int_equal(uv_loop_close(&p->loop), 0);
}

static void connect_media(struct media *from, struct media *to, enum g711_law law)
{
	struct addr rtp = media_local_rtp(to), rtcp = media_local_rtcp(to);

	media_set_peer_rtcp(from, &rtcp);
	media_receive(to, law);
	media_send(from, law, &rtp);
}

static bool both_heard_and_reported(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		if (p->received[i].packets < 40 || !p->sent[i].reported || !p->received[i].cname[0])
			return false;
	return true;
}

static void tones_both_ways(void **state)
{
	struct pair p = {0};

	(void)state;
	uv_loop_init(&p.loop);
	p.m[0] = open_one(&p.loop, 440, true);
	p.m[1] = open_one(&p.loop, 880, true);
	struct addr rtp = media_local_rtp(p.m[0]), rtcp = media_local_rtcp(p.m[0]);
	assert_int_equal(rtp.port % 2, 0);
	assert_int_equal(rtcp.port, rtp.port + 1);
	connect_media(p.m[0], p.m[1], G711_ULAW);
	connect_media(p.m[1], p.m[0], G711_ALAW);
	run(&p, both_heard_and_reported);
	for (int i = 0; i < 2; i++) {
		assert_true(fabs(p.heard[i].hz - (i ? 440 : 880)) < 1);
		assert_int_equal(p.received[i].lost, 0);
		assert_int_equal(p.received[i].octets, p.received[i].packets * MEDIA_PACKET_SAMPLES);
		assert_int_equal(
		        p.received[i].malformed + p.received[i].other_host + p.received[i].other_port, 0);
		assert_int_equal(p.received[i].sources, 1);
		assert_true(p.sent[i].peer_received > 0 && p.sent[i].peer_received <= p.sent[i].packets);
		assert_int_equal(p.sent[i].unreachable, 0);
		for (const char *c = p.received[i].cname; *c;
		        c++) /* random, no name or address of this host */
			assert_true(isxdigit((unsigned char)*c));
	}
}

static bool at_once(struct pair *p)
{
	(void)p;
	return true;
}

static void ports_are_taken_in_pairs(void **state)
{
	struct pair p = {0};
	struct media *m;

	(void)state;
	uv_loop_init(&p.loop);
	p.m[0] = open_one(&p.loop, 440, false);
	struct media_config c = {.local = addr_ip4(LOOPBACK, 0),
	        .rtp_first = media_local_rtp(p.m[0]).port,
	        .rtp_last = media_local_rtcp(p.m[0]).port};
	assert_int_equal(audio_source_silence(&c.source), 0);
	assert_int_equal(audio_sink_new(&c.sink), 0);
	assert_int_equal(media_open(&m, &p.loop, &c), PST_E_SPACE);
	run(&p, at_once);
}

static void send_rtp(int fd, const struct addr *to, uint8_t payload_type, uint32_t ssrc, size_t len)
{
	uint8_t payload[160] = {0}, datagram[200];
	struct writer w = wr_of(datagram, sizeof(datagram));
	struct rtp_packet packet = {
	        .payload_type = payload_type, .ssrc = ssrc, .payload = {payload, sizeof(payload)}};
	struct sockaddr_storage ss;
	socklen_t n = loop_sockaddr(&ss, to);

	assert_int_equal(rtp_encode(&packet, &w), 0);
	assert_int_equal(sendto(fd, datagram, len, 0, (struct sockaddr *)&ss, n), (ssize_t)len);
}

static bool five_from_elsewhere(struct pair *p)
{
	const struct media_received *r = &p->received[0];

	return r->other_host + r->malformed + r->other_codec + r->packets >= 4;
}

static void strangers(void **state)
{
	static const uint8_t OTHER[4] = {127, 0, 0, 2};

	(void)state;
	for (int strict = 0; strict < 2; strict++) {
		struct addr stranger = addr_ip4(OTHER, 0), peer = addr_ip4(LOOPBACK, 9), rtp;
		struct pair p = {0};
		struct sockaddr_storage ss;
		int fd[2];

		uv_loop_init(&p.loop);
		p.m[0] = open_one(&p.loop, 440, strict);
		rtp = media_local_rtp(p.m[0]);
		media_set_peer_rtcp(p.m[0], &peer);
		media_receive(p.m[0], G711_ULAW);
		for (int i = 0; i < 2; i++) {
			const struct addr *from = i ? &stranger : &peer;
			struct addr any = addr_with_port(*from, 0);
			socklen_t n = loop_sockaddr(&ss, &any);

			fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
			assert_int_equal(bind(fd[i], (struct sockaddr *)&ss, n), 0);
		}
		send_rtp(fd[1], &rtp, RTP_PT_PCMU, 1, 172);
		send_rtp(fd[0], &rtp, RTP_PT_GSM, 1, 172);
		send_rtp(fd[0], &rtp, RTP_PT_PCMU, 1, 5);
		send_rtp(fd[0], &rtp, RTP_PT_PCMU, 1, 172);
		run(&p, five_from_elsewhere);
		assert_int_equal(p.received[0].other_host, 1);
		assert_int_equal(p.received[0].other_codec, 1);
		assert_int_equal(p.received[0].malformed, 1);
		close(fd[0]);
		close(fd[1]);
	}
}

static bool nobody_noticed(struct pair *p)
{
	return p->sent[0].unreachable >= 2 && p->sent[0].packets >= 4;
}

static void nobody_there(void **state)
{
	struct pair p = {0};
	struct addr nobody;

	(void)state;
	uv_loop_init(&p.loop);
	p.m[0] = open_one(&p.loop, 440, false);
	nobody = addr_with_port(media_local_rtp(p.m[0]), 9);
	media_send(p.m[0], G711_ULAW, &nobody);
	run(&p, nobody_noticed);
	assert_false(p.sent[0].reported);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tones_both_ways),
	        cmocka_unit_test(ports_are_taken_in_pairs), cmocka_unit_test(strangers),
	        cmocka_unit_test(nobody_there)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
