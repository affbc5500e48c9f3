/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTCP compounds, RFC 3550 section 6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rtp/rtcp.h"

static void compound(void **state)
{
	(void)state;
	uint8_t out[256];
	struct writer w = wr_of(out, sizeof(out));
	struct rtcp_sr sr = { .ssrc = 7, .is_sender = true, .ntp = 0x0102030405060708, .timestamp = 160, .packets = 3,
		.octets = 480, .n = 1, .report = { { .ssrc = 8, .fraction_lost = 5, .lost = -2, .highest = 70000,
		.jitter = 4, .last_sr = 1, .delay = 2 } } }, back;
	assert_int_equal(rtcp_sr_write(&sr, &w), 0);
	assert_int_equal(rtcp_sdes_write(7, slice_str("a@b"), &w), 0);
	assert_int_equal(rtcp_bye_write(7, &w), 0);
	struct pst_slice rest = wr_slice(&w), cname;
	struct rtcp_packet p;
	uint32_t ssrc;
	assert_int_equal(rtcp_next(&rest, &p), 0);
	assert_int_equal(rtcp_sr_read(&back, &p), 0);
	assert_true(back.is_sender);
	assert_true(back.ntp == sr.ntp);
	assert_int_equal(back.octets, 480);
	assert_memory_equal(&back.report[0], &sr.report[0], sizeof(sr.report[0]));
	assert_int_equal(rtcp_next(&rest, &p), 0);
	assert_int_equal(rtcp_sr_read(&back, &p), PST_E_BAD);
	assert_int_equal(rtcp_cname_read(&p, &ssrc, &cname), 0);
	assert_int_equal(ssrc, 7);
	assert_true(slice_eq(cname, slice_str("a@b")));
	assert_int_equal(rtcp_next(&rest, &p), 0);
	assert_int_equal(rtcp_bye_read(&p, 0, &ssrc), 0);
	assert_int_equal(rtcp_bye_read(&p, 1, &ssrc), PST_E_NOT_FOUND);
	assert_int_equal(rtcp_next(&rest, &p), PST_E_NOT_FOUND);
}

static void receiver_report(void **state)
{
	(void)state;
	uint8_t out[64];
	struct writer w = wr_of(out, sizeof(out));
	struct rtcp_sr rr = { .ssrc = 7, .n = 1 }, back;
	struct rtcp_packet p;
	assert_int_equal(rtcp_sr_write(&rr, &w), 0);
	struct pst_slice rest = wr_slice(&w);
	assert_int_equal(rest.n, 32);
	assert_int_equal(rtcp_next(&rest, &p), 0);
	assert_int_equal(p.type, RTCP_RR);
	p.count = 2; /* announces more than it holds */
	assert_int_equal(rtcp_sr_read(&back, &p), PST_E_SHORT);
}

static void bad(void **state)
{
	(void)state;
	static const uint8_t version[] = { 0x40, 200, 0, 0 }, length[] = { 0x80, 200, 0, 1, 0 },
		padding[] = { 0xa0, 200, 0, 1, 0, 0, 0, 5 }, items[] = { 0x81, 202, 0, 2, 0, 0, 0, 1, 2, 9, 0, 0 };
	struct pst_slice s = slice_of(version, 4), cname;
	struct rtcp_packet p;
	uint32_t ssrc;
	assert_int_equal(rtcp_next(&s, &p), PST_E_BAD);
	s = slice_of(version, 3);
	assert_int_equal(rtcp_next(&s, &p), PST_E_SHORT);
	s = slice_of(length, 5);
	assert_int_equal(rtcp_next(&s, &p), PST_E_SHORT);
	s = slice_of(padding, 8);
	assert_int_equal(rtcp_next(&s, &p), PST_E_BAD);
	s = slice_of(items, 12);
	assert_int_equal(rtcp_next(&s, &p), 0);
	assert_int_equal(rtcp_cname_read(&p, &ssrc, &cname), PST_E_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compound), cmocka_unit_test(receiver_report), cmocka_unit_test(bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
