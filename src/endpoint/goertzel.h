/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a piece of sound is: how loud, and the strongest frequency in it. Made
 * for telling whether the tone one end played is the tone the other end heard.
 */
#ifndef PST_ENDPOINT_GOERTZEL_H
#define PST_ENDPOINT_GOERTZEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tone_measure {
	bool silence;  /* nothing louder than TONE_SILENCE_DBFS: hz and purity are 0 */
	double hz;     /* the strongest frequency */
	double purity; /* part of the power that stands at it, 0..1: a clean tone is above 0.9, noise below
	                  0.1 */
	double level_dbfs; /* power of the parts that are not silent; a full-scale sine is -3; never below
	                      -120 */
	double seconds;    /* length of the parts that are not silent */
};

#define TONE_SILENCE_DBFS (-50.0)

/* Measures N samples at RATE_HZ. Silent stretches at either end or in between do not spoil the result.
 * Good to a fraction of a hertz for one tone between 60 Hz and 60 Hz below half the rate. */
void tone_measure(const int16_t *pcm, size_t n, double rate_hz, struct tone_measure *out);

/* Power of FREQUENCY in N samples, by Goertzel's recurrence, as the square of the amplitude (full scale is
 * 1). */
double goertzel_power(const float *x, size_t n, double hz, double rate_hz);

#endif
