/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* G.711: the values of its tables, every code there and back, and every sample near what it was. */
#include "endpoint/g711.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct point {
	uint8_t code;
	int16_t pcm;
};

/* G.711 table 2: decoder output values at the ends of segments (14 bit values times 4). */
static const struct point ULAW[] = {{0xff, 0}, {0xfe, 8}, {0xf0, 120}, {0xef, 132}, {0xe0, 372}, {0xdf, 396},
        {0xcf, 924}, {0xbf, 1980}, {0xaf, 4092}, {0x9f, 8316}, {0x8f, 16764}, {0x80, 32124}, {0x7e, -8},
        {0x00, -32124}};
/* G.711 table 1 (13 bit values times 8), even bits inverted. */
static const struct point ALAW[] = {{0xd5, 8}, {0xd4, 24}, {0xc5, 264}, {0xf5, 528}, {0xe5, 1056},
        {0x95, 2112}, {0x85, 4224}, {0xb5, 8448}, {0xa5, 16896}, {0xaa, 32256}, {0x55, -8}, {0x2a, -32256}};

static void known_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ULAW) / sizeof(ULAW[0]); i++) {
		assert_int_equal(g711_ulaw_decode(ULAW[i].code), ULAW[i].pcm);
		assert_int_equal(g711_ulaw_encode(ULAW[i].pcm), ULAW[i].code);
	}
	for (size_t i = 0; i < sizeof(ALAW) / sizeof(ALAW[0]); i++) {
		assert_int_equal(g711_alaw_decode(ALAW[i].code), ALAW[i].pcm);
		assert_int_equal(g711_alaw_encode(ALAW[i].pcm), ALAW[i].code);
	}
}

static void every_code_round_trips(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t code = (uint8_t)c;

		/* mu-law has two codes for zero; the encoder uses the positive one */
		assert_int_equal(g711_ulaw_encode(g711_ulaw_decode(code)), c == 0x7f ? 0xff : code);
		assert_int_equal(g711_alaw_encode(g711_alaw_decode(code)), code);
	}
}

static void every_sample_is_near(void **state)
{
	(void)state;
	for (int x = -32768; x <= 32767; x++) {
		int u = g711_ulaw_decode(g711_ulaw_encode((int16_t)x)),
		    a = g711_alaw_decode(g711_alaw_encode((int16_t)x));
		int limit = 16 + abs(x) / 16; /* half a step of the segment, and the clipped ends */

		assert_true(abs(u - x) <= limit);
		assert_true(abs(a - x) <= limit);
	}
}

static void blocks(void **state)
{
	int16_t in[] = {0, -8, 32767, -32768}, out[4];
	uint8_t code[4];

	(void)state;
	g711_encode(G711_ULAW, in, code, 4);
	g711_decode(G711_ULAW, code, out, 4);
	assert_int_equal(code[0], g711_silence(G711_ULAW));
	assert_int_equal(out[3], -32124);
	g711_encode(G711_ALAW, in, code, 4);
	g711_decode(G711_ALAW, code, out, 4);
	assert_int_equal(code[0], g711_silence(G711_ALAW));
	assert_int_equal(out[2], 32256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(known_values),
	        cmocka_unit_test(every_code_round_trips), cmocka_unit_test(every_sample_is_near),
	        cmocka_unit_test(blocks)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
