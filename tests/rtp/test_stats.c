/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receiver statistics, RFC 3550 A.1, A.3, A.8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rtp/stats.h"

static bool feed(struct rtp_stats *s, uint16_t seq, uint32_t timestamp, uint32_t arrival)
{
	const struct rtp_packet p = { .sequence = seq, .timestamp = timestamp, .ssrc = 1, .payload = { NULL, 160 } };
	return rtp_stats_packet(s, &p, arrival);
}

static void steady_stream_wraps(void **state)
{
	(void)state;
	struct rtp_stats s = { 0 };
	for (uint32_t i = 0; i < 70000; i++)
		assert_true(feed(&s, (uint16_t)(65530 + i), i * 160, 5000 + i * 160));
	assert_int_equal(rtp_stats_expected(&s), 70000);
	assert_int_equal(rtp_stats_lost(&s), 0);
	assert_int_equal(rtp_stats_jitter(&s), 0);
	assert_int_equal(s.cycles, 2 * 65536);
}

static void loss_and_disorder(void **state)
{
	(void)state;
	struct rtp_stats s = { 0 };
	struct rtcp_report r;
	static const uint16_t seq[] = { 1, 2, 4, 3, 7, 8, 8 };
	for (size_t i = 0; i < 7; i++)
		assert_true(feed(&s, seq[i], 0, 0));
	assert_int_equal(rtp_stats_expected(&s), 8);
	assert_int_equal(rtp_stats_lost(&s), 1); /* 5 and 6 missing, 8 twice */
	assert_int_equal(s.reordered, 2);
	rtp_stats_report(&s, 0, &r);
	assert_int_equal(r.fraction_lost, 32);
	assert_int_equal(r.lost, 1);
	assert_int_equal(r.highest, 8);
	rtp_stats_report(&s, 0, &r);
	assert_int_equal(r.fraction_lost, 0);
}

static void a_jump_needs_two_packets(void **state)
{
	(void)state;
	struct rtp_stats s = { 0 };
	assert_true(feed(&s, 10, 0, 0));
	assert_false(feed(&s, 20000, 0, 0));
	assert_true(feed(&s, 11, 0, 0));
	assert_false(feed(&s, 30000, 0, 0));
	assert_true(feed(&s, 30001, 0, 0));
	assert_int_equal(s.received, 1);
}

static void jitter_follows_the_formula(void **state)
{
	(void)state;
	struct rtp_stats s = { 0 };
	feed(&s, 1, 0, 0);
	for (uint16_t i = 2; i < 200; i++)
		feed(&s, i, (i - 1U) * 160, (i - 1U) * 160 + (i % 2 == 0 ? 80 : 0));
	assert_in_range(rtp_stats_jitter(&s), 78, 81); /* every difference is 80 */
}

static void sender_reports_are_echoed(void **state)
{
	(void)state;
	struct rtp_stats s = { 0 };
	struct rtcp_report r;
	const struct rtcp_sr sr = { .ntp = 0x1111222233334444 };
	feed(&s, 1, 0, 0);
	rtp_stats_sr(&s, &sr, 1000);
	rtp_stats_report(&s, 1500, &r);
	assert_int_equal(r.last_sr, 0x22223333);
	assert_int_equal(r.delay, 32768);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_stream_wraps),
		cmocka_unit_test(loss_and_disorder),
		cmocka_unit_test(a_jump_needs_two_packets),
		cmocka_unit_test(jitter_follows_the_formula),
		cmocka_unit_test(sender_reports_are_echoed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
