/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTP quality: sequences of headers and what they come to (RFC 3550 A.1, A.3, A.8). */
#include "relay/quality.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SSRC = 0x01020304 };

static void take(struct relay_rtp *q, uint16_t seq, uint32_t stamp, uint32_t ssrc, uint32_t now_us)
{
	const uint8_t rtp[RELAY_RTP_HEADER] = { 0x80, 0, (uint8_t)(seq >> 8), (uint8_t)seq, (uint8_t)(stamp >> 24),
		(uint8_t)(stamp >> 16), (uint8_t)(stamp >> 8), (uint8_t)stamp, (uint8_t)(ssrc >> 24),
		(uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8), (uint8_t)ssrc };
	relay_rtp_take(q, rtp, now_us);
}

static void test_even_arrival_has_no_jitter(void **state)
{
	struct relay_rtp q = { 0 };
	(void)state;
	/* over the end of both counters */
	for (uint32_t i = 0; i < 200; i++)
		take(&q, (uint16_t)(65500 + i), UINT32_MAX - 3200 + i * 160, SSRC, 5000000 + i * 20000);
	assert_int_equal(q.jitter_us16, 0);
	assert_int_equal(relay_rtp_lost(&q), 0);
	assert_int_equal(q.received, 200);
}

static void test_jitter_tends_to_the_mean_deviation(void **state)
{
	struct relay_rtp q = { 0 };
	(void)state;
	/* every other packet is 5 ms late: each interval is 5 ms off */
	for (uint32_t i = 0; i < 200; i++)
		take(&q, (uint16_t)i, i * 160, SSRC, 5000000 + i * 20000 + (i % 2) * 5000);
	assert_in_range(q.jitter_us16 / 16, 4900, 5000);
	/* what is not timed changes nothing */
	const uint32_t before = q.jitter_us16;
	take(&q, 200, 200 * 160, SSRC, 0);
	assert_int_equal(q.jitter_us16, before);
	/* nor a clock set anew */
	take(&q, 201, 900000, SSRC, 5000000 + 201 * 20000);
	assert_int_equal(q.jitter_us16, before);
}

static void test_loss(void **state)
{
	struct relay_rtp q = { 0 };
	(void)state;
	static const uint16_t seqs[] = { 65534, 65535, 0, 3, 2, 4, 4, 9 };
	for (size_t i = 0; i < sizeof seqs / sizeof *seqs; i++)
		take(&q, seqs[i], 0, SSRC, 0);
	/* 1, 5, 6, 7 and 8 are missing; one came twice (A.3: that counts as received) */
	assert_int_equal(relay_rtp_lost(&q), 4);
	/* another source: what was lost before stays lost */
	take(&q, 40000, 0, SSRC + 1, 0);
	take(&q, 40002, 0, SSRC + 1, 0);
	assert_int_equal(relay_rtp_lost(&q), 5);
	assert_int_equal(q.ssrc_changes, 1);
	/* the same one begins anew */
	take(&q, 20000, 0, SSRC + 1, 0);
	assert_int_equal(relay_rtp_lost(&q), 5);
	assert_int_equal(q.ssrc_changes, 1);
}

static void test_what_is_no_rtp(void **state)
{
	static const uint8_t zeros[RELAY_RTP_HEADER];
	struct relay_rtp q = { 0 };
	(void)state;
	relay_rtp_take(&q, zeros, 1);
	assert_int_equal(q.received, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_even_arrival_has_no_jitter),
		cmocka_unit_test(test_jitter_tends_to_the_mean_deviation),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_what_is_no_rtp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
