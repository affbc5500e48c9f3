/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* OpenLogicalChannel for media: forward, reverse (fast connect), and the ack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h245/build.h"
#include "h245/channel.h"
#include "h245/str.h"

static void openings(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	for (int reverse = 0; reverse < 2; reverse++) {
		struct h245_channel ch = { .number = 101, .session = 1, .reverse = reverse == 1 }, back;
		struct h245_open_logical_channel got;
		uint8_t out[128];
		char text[H245_STRLEN];
		struct writer w = wr_of(out, sizeof(out));
		struct asn1_err err;
		assert_int_equal(addr_parse(&ch.control, "10.0.0.1:5001", 0), 0);
		if (reverse)
			assert_int_equal(addr_parse(&ch.media, "10.0.0.1:5000", 0), 0);
		struct h245_open_logical_channel *olc = h245_channel_build(&a, &ch, H245_AUDIO_CAPABILITY_G711_ULAW64K, 20);
		assert_non_null(olc);
		assert_int_equal(h245_olc_encode(olc, &w, &err), 0);
		assert_int_equal(h245_olc_decode(&got, wr_slice(&w), NULL, &a, &err), 0);
		h245_channel_read(&back, &got);
		assert_int_equal(back.number, 101);
		assert_int_equal(back.session, 1);
		assert_true(back.reverse == ch.reverse);
		assert_false(back.bidirectional);
		assert_true(addr_eq(&back.control, &ch.control));
		assert_true(addr_eq(&back.media, &ch.media));
		assert_int_equal(back.audio->choice, H245_AUDIO_CAPABILITY_G711_ULAW64K);
		assert_int_equal(back.audio->u.g711_ulaw64k, 20);
		assert_string_equal(h245_olc_str(&got, text), reverse ?
			"101 g711Ulaw64k session 1 rtp 10.0.0.1:5000 rtcp 10.0.0.1:5001 receive" :
			"101 g711Ulaw64k session 1 rtcp 10.0.0.1:5001");
	}
	arena_free(&a);
}

static void acks(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct h245_channel ch = { .number = 3, .session = 1 }, back;
	assert_int_equal(addr_parse(&ch.media, "[2001:db8::1]:5000", 0), 0);
	assert_int_equal(addr_parse(&ch.control, "[2001:db8::1]:5001", 0), 0);
	h245_pdu *m = h245_channel_ack_build(&a, &ch);
	assert_non_null(m);
	h245_channel_ack_read(&back, m->u.response->u.open_logical_channel_ack);
	assert_int_equal(back.number, 3);
	assert_true(addr_eq(&back.media, &ch.media));
	assert_true(addr_eq(&back.control, &ch.control));
	struct h245_open_logical_channel_ack bare = { .forward_logical_channel_number = 4 };
	h245_channel_ack_read(&back, &bare);
	assert_int_equal(back.number, 4);
	assert_false(back.has_h2250);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(openings), cmocka_unit_test(acks) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
