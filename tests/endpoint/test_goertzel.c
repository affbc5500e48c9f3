/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tone meter: tones by frequency and level, through G.711, among silence; noise and silence are no tones.
 */
#include "endpoint/g711.h"
#include "endpoint/goertzel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 3 * G711_RATE_HZ };

static int16_t pcm[N];

static void fill_tone(double hz, double peak, size_t from, size_t to)
{
	for (size_t i = 0; i < N; i++)
		pcm[i] = i < from || i >= to
		                 ? 0
		                 : (int16_t)lrint(peak * sin(2 * M_PI * hz * (double)i / G711_RATE_HZ));
}

static void near(double is, double should, double within)
{
	if (fabs(is - should) > within)
		fail_msg("%f instead of %f", is, should);
}

static void tones(void **state)
{
	static const double HZ[] = {60, 100, 350, 440, 444.4, 697, 1000, 1633, 2999.5, 3500, 3940};
	struct tone_measure m;

	(void)state;
	for (size_t i = 0; i < sizeof(HZ) / sizeof(HZ[0]); i++) {
		fill_tone(HZ[i], 8000, 0, N);
		tone_measure(pcm, N, G711_RATE_HZ, &m);
		assert_false(m.silence);
		near(m.hz, HZ[i], 1.0);
		near(m.level_dbfs, 20 * log10(8000 / 32768.0) - 3.01, 0.2);
		assert_true(m.purity > 0.95);
	}
}

static void through_g711(void **state)
{
	static uint8_t code[N];
	struct tone_measure m;

	(void)state;
	for (int law = G711_ULAW; law <= G711_ALAW; law++) {
		fill_tone(440, 8000, 0, N);
		g711_encode((enum g711_law)law, pcm, code, N);
		g711_decode((enum g711_law)law, code, pcm, N);
		tone_measure(pcm, N, G711_RATE_HZ, &m);
		near(m.hz, 440, 0.5);
		assert_true(m.purity > 0.95);
	}
}

static void among_silence(void **state)
{
	struct tone_measure m;

	(void)state;
	fill_tone(1234, 2000, N / 3, N / 2);
	tone_measure(pcm, N, G711_RATE_HZ, &m);
	near(m.hz, 1234, 1.0);
	near(m.seconds, 0.5, 0.15);
}

static void silence_and_noise(void **state)
{
	struct tone_measure m;
	unsigned seed = 1;

	(void)state;
	fill_tone(440, 20, 0, N);
	tone_measure(pcm, N, G711_RATE_HZ, &m);
	assert_true(m.silence);
	assert_true(m.level_dbfs < TONE_SILENCE_DBFS);
	tone_measure(pcm, 0, G711_RATE_HZ, &m);
	assert_true(m.silence);
	for (size_t i = 0; i < N; i++) {
		seed = seed * 1664525 + 1013904223;
		pcm[i] = (int16_t)((int)(seed >> 18) - 8192);
	}
	tone_measure(pcm, N, G711_RATE_HZ, &m);
	assert_false(m.silence);
	assert_true(m.purity < 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tones), cmocka_unit_test(through_g711),
	        cmocka_unit_test(among_silence), cmocka_unit_test(silence_and_noise)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
