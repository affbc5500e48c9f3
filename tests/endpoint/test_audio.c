/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources, sink and resampler: a tone at any rate and number of channels comes out as that tone at 8 kHz. */
#include "endpoint/audio_sink.h"
#include "endpoint/audio_source.h"
#include "endpoint/endpoint.h"
#include "endpoint/g711.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 2 * G711_RATE_HZ };

static char path[] = "/tmp/postern-audio-XXXXXX";

static void write_wav(int rate, int channels, double hz, double seconds)
{
	SF_INFO info = {.samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	SNDFILE *f = sf_open(path, SFM_WRITE, &info);

	assert_non_null(f);
	for (long i = 0; i < (long)(rate * seconds); i++) {
		float frame[2] = {(float)(0.4 * sin(2 * M_PI * hz * (double)i / rate)), 0};

		assert_int_equal(sf_writef_float(f, frame, 1), 1);
	}
	sf_close(f);
}

static void near(double is, double should, double within)
{
	if (fabs(is - should) > within)
		fail_msg("%f instead of %f", is, should);
}

static void files_of_any_rate(void **state)
{
	static const int RATES[] = {8000, 11025, 16000, 22050, 44100, 48000, 7350};
	static int16_t pcm[N];

	(void)state;
	for (size_t i = 0; i < sizeof(RATES) / sizeof(RATES[0]); i++) {
		struct audio_source *s;
		struct tone_measure m;
		int channels = i % 2 ? 2 : 1;

		write_wav(RATES[i], channels, 1000, 1.5);
		assert_int_equal(audio_source_file(&s, path, NULL), 0);
		near(audio_source_seconds(s), 1.5, 0.001);
		for (size_t at = 0; at < N; at += 160)
			audio_source_read(s, pcm + at, 160);
		audio_source_free(s);
		tone_measure(pcm, N, G711_RATE_HZ, &m);
		near(m.hz, 1000, 0.5);
		assert_true(m.purity > 0.98);
		near(m.seconds, 1.5, 0.1); /* then silence */
		near(m.level_dbfs, 20 * log10(0.4 / channels) - 3.01, 0.3);
	}
}

static void too_high_for_the_telephone(void **state)
{
	static int16_t pcm[N];
	struct audio_source *s;
	struct tone_measure m;

	(void)state;
	write_wav(48000, 1, 6000, 1.5); /* would fold to 2000 Hz */
	assert_int_equal(audio_source_file(&s, path, NULL), 0);
	audio_source_read(s, pcm, N);
	audio_source_free(s);
	tone_measure(pcm, N, G711_RATE_HZ, &m);
	assert_true(m.silence || m.level_dbfs < -45);
}

static void refused(void **state)
{
	struct audio_source *s;
	struct audio_sink *k;
	const char *why = NULL;

	(void)state;
	assert_int_equal(audio_source_file(&s, "/nonexistent.wav", &why), PST_E_NOT_FOUND);
	assert_non_null(why);
	assert_int_equal(audio_source_tone(&s, 0), PST_E_ARG);
	assert_int_equal(audio_source_tone(&s, 4001), PST_E_ARG);
	assert_int_equal(audio_sink_new(&k), 0);
	assert_int_equal(audio_sink_record(k, "/nonexistent/a.wav", &why), PST_E_SYS);
	assert_int_equal(audio_sink_close(k), 0);
}

static void tone_into_sink(void **state)
{
	struct audio_source *s;
	struct audio_sink *k;
	struct tone_measure m;
	int16_t block[160];
	char *argv[] = {(char[]){"tone"}, (char[]){"--json"}, path, NULL};

	(void)state;
	assert_int_equal(audio_source_tone(&s, 440), 0);
	assert_int_equal(audio_sink_new(&k), 0);
	assert_int_equal(audio_sink_record(k, path, NULL), 0);
	for (int i = 0; i < 500; i++) { /* ten seconds: more than the sink remembers */
		audio_source_read(s, block, 160);
		audio_sink_write(k, block, 160);
	}
	audio_sink_measure(k, &m);
	near(m.hz, 440, 0.5);
	assert_int_equal(audio_sink_close(k), 0);
	audio_source_free(s);
	assert_int_equal(audio_source_file(&s, path, NULL), 0);
	near(audio_source_seconds(s), 10, 0.001);
	audio_source_free(s);
	assert_int_equal(endpoint_tone_main(3, argv), 0);
	assert_int_equal(endpoint_tone_main(1, argv), 2);
	assert_int_equal(audio_source_silence(&s), 0);
	audio_source_read(s, block, 160);
	for (int i = 0; i < 160; i++)
		assert_int_equal(block[i], 0);
	audio_source_free(s);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(files_of_any_rate),
	        cmocka_unit_test(too_high_for_the_telephone), cmocka_unit_test(refused),
	        cmocka_unit_test(tone_into_sink)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
