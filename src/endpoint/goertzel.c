/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recording is cut into blocks; blocks without sound are left out; the
 * power spectra of the others (Goertzel's recurrence over a Hann window) are
 * added up, and the place of the peak is refined with a parabola through the
 * logarithms of its three highest values.
 */
#include "endpoint/goertzel.h"

#include <math.h>

enum { BLOCK = 512, BINS = BLOCK / 2, LOWEST_BIN = 2 };

double goertzel_power(const float *x, size_t n, double hz, double rate_hz)
{
	double w = 2 * M_PI * hz / rate_hz, c = 2 * cos(w), s1 = 0, s2 = 0;

	for (size_t i = 0; i < n; i++) {
		double s0 = x[i] + c * s1 - s2;

		s2 = s1;
		s1 = s0;
	}
	/* |X|^2, scaled so that a sine of amplitude 1 gives 1 */
	double power = s1 * s1 + s2 * s2 - c * s1 * s2;

	return n ? 4 * power / ((double)n * (double)n) : 0;
}

static double block_power(const int16_t *pcm, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)pcm[i] * pcm[i];
	return n ? sum / (double)n / (32768.0 * 32768.0) : 0;
}

static double to_db(double power)
{
	return power > 1e-12 ? 10 * log10(power) : -120;
}

static void add_spectrum(double spectrum[static BINS], const int16_t *pcm)
{
	float x[BLOCK];

	for (size_t i = 0; i < BLOCK; i++) {
		double hann = 0.5 - 0.5 * cos(2 * M_PI * (double)i / BLOCK);

		x[i] = (float)(pcm[i] / 32768.0 * hann);
	}
	for (size_t k = LOWEST_BIN; k < BINS; k++)
		spectrum[k] += goertzel_power(x, BLOCK, (double)k, BLOCK);
}

/* The place of the peak, in bins, with a fraction. */
static double peak_of(const double spectrum[static BINS], size_t *peak)
{
	size_t k = LOWEST_BIN + 1;

	for (size_t i = k; i < BINS - 1; i++)
		if (spectrum[i] > spectrum[k])
			k = i;
	*peak = k;
	if (spectrum[k - 1] <= 0 || spectrum[k + 1] <= 0)
		return (double)k;
	double a = log(spectrum[k - 1]), b = log(spectrum[k]), c = log(spectrum[k + 1]);
	double curve = a - 2 * b + c;

	return (double)k + (curve < 0 ? 0.5 * (a - c) / curve : 0);
}

static void find_tone(const double spectrum[static BINS], double rate_hz, struct tone_measure *out)
{
	double all = 0, near = 0;
	size_t peak;
	double at = peak_of(spectrum, &peak);

	for (size_t k = LOWEST_BIN; k < BINS; k++) {
		all += spectrum[k];
		if (k + 2 >= peak && k <= peak + 2) /* the main lobe of the window is four bins wide */
			near += spectrum[k];
	}
	out->hz = at * rate_hz / BLOCK;
	out->purity = all > 0 ? near / all : 0;
}

void tone_measure(const int16_t *pcm, size_t n, double rate_hz, struct tone_measure *out)
{
	double spectrum[BINS] = {0}, loud_power = 0, all_power = block_power(pcm, n);
	size_t loud = 0;

	*out = (struct tone_measure){.silence = true, .level_dbfs = to_db(all_power)};
	for (size_t at = 0; at + BLOCK <= n; at += BLOCK) {
		double power = block_power(pcm + at, BLOCK);

		if (to_db(power) <= TONE_SILENCE_DBFS)
			continue;
		add_spectrum(spectrum, pcm + at);
		loud_power += power;
		loud++;
	}
	if (!loud)
		return;
	out->silence = false;
	out->level_dbfs = to_db(loud_power / (double)loud);
	out->seconds = (double)loud * BLOCK / rate_hz;
	find_tone(spectrum, rate_hz, out);
}
