/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTP packets, RFC 3550 section 5.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rtp/rtp.h"

static void plain(void **state)
{
	(void)state;
	static const uint8_t v[] = { 0x80, 0x88, 1, 2, 0, 0, 0, 160, 1, 2, 3, 4, 'x' };
	struct rtp_packet p;
	uint8_t out[32];
	struct writer w = wr_of(out, sizeof(out));
	assert_int_equal(rtp_decode(&p, slice_of(v, sizeof(v))), 0);
	assert_true(p.marker);
	assert_int_equal(p.payload_type, RTP_PT_PCMA);
	assert_int_equal(p.sequence, 0x102);
	assert_int_equal(p.timestamp, 160);
	assert_int_equal(p.ssrc, 0x01020304);
	assert_int_equal(p.payload.n, 1);
	assert_int_equal(rtp_encode(&p, &w), 0);
	assert_int_equal(w.n, sizeof(v));
	assert_memory_equal(out, v, sizeof(v));
	for (size_t n = 0; n < 12; n++)
		assert_int_equal(rtp_decode(&p, slice_of(v, n)), PST_E_SHORT);
}

static void with_everything(void **state)
{
	(void)state;
	/* padding 2, extension of one word, one CSRC */
	static const uint8_t v[] = { 0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 'x', 0, 2 };
	struct rtp_packet p;
	uint8_t out[32];
	struct writer w = wr_of(out, sizeof(out));
	assert_int_equal(rtp_decode(&p, slice_of(v, sizeof(v))), 0);
	assert_int_equal(p.n_csrc, 1);
	assert_int_equal(p.extension_profile, 0xbede);
	assert_int_equal(p.extension.n, 4);
	assert_true(slice_eq(p.payload, slice_str("x")));
	assert_int_equal(rtp_encode(&p, &w), 0);
	assert_int_equal(w.n, sizeof(v) - 2);
	for (size_t n = 0; n < 24; n++)
		assert_int_equal(rtp_decode(&p, slice_of(v, n)), PST_E_SHORT);
}

static void bad(void **state)
{
	(void)state;
	uint8_t v[13] = { 0x40 };
	struct rtp_packet p = { .n_csrc = 16 };
	struct writer w = wr_of(v, sizeof(v));
	assert_int_equal(rtp_decode(&p, slice_of(v, sizeof(v))), PST_E_BAD);
	v[0] = 0xa0; /* padding of no octet, then of more than there are */
	assert_int_equal(rtp_decode(&p, slice_of(v, sizeof(v))), PST_E_BAD);
	v[12] = 2;
	assert_int_equal(rtp_decode(&p, slice_of(v, sizeof(v))), PST_E_BAD);
	v[12] = 1;
	assert_int_equal(rtp_decode(&p, slice_of(v, sizeof(v))), 0);
	assert_int_equal(p.payload.n, 0);
	assert_int_equal(rtp_decode(&p, slice_of(v, 12)), PST_E_BAD);
	p.n_csrc = 16;
	assert_int_equal(rtp_encode(&p, &w), PST_E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain), cmocka_unit_test(with_everything), cmocka_unit_test(bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
