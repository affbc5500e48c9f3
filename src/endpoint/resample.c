/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A windowed-sinc resampler: each output sample is the input around its place, weighted by the kernel. */
#include "endpoint/resample.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ZEROS: zero crossings of the sinc on each side; STEPS: table points between two of them. */
enum { ZEROS = 16, STEPS = 256, TABLE = ZEROS * STEPS + 2 };

struct resample {
	resample_pull_h *pull;
	void *arg;
	double step;   /* input samples per output sample */
	double at;     /* place of the next output sample, from buf[0] */
	double narrow; /* cut-off by the input's half rate, at most 1 */
	size_t half;   /* input samples the kernel reaches to each side */
	bool ended;
	size_t end; /* when ended: input samples in buf that are real, the rest is padding */
	size_t n, cap;
	float *buf;
	float table[TABLE];
};

static void table_fill(struct resample *r)
{
	r->table[0] = 1;
	for (size_t i = 1; i < TABLE; i++) {
		double x = (double)i / STEPS, edge = x / ZEROS;
		double window = edge < 1 ? 0.42 + 0.5 * cos(M_PI * edge) + 0.08 * cos(2 * M_PI * edge) : 0;

		r->table[i] = (float)(sin(M_PI * x) / (M_PI * x) * window);
	}
}

int resample_new(struct resample **out, double in_hz, double out_hz, resample_pull_h *pull, void *arg)
{
	struct resample *r;

	if (!(in_hz >= 1 && in_hz <= 768000 && out_hz >= 1 && out_hz <= 768000))
		return PST_E_ARG;
	r = calloc(1, sizeof(*r));
	if (!r)
		return PST_E_NOMEM;
	r->pull = pull;
	r->arg = arg;
	r->step = in_hz / out_hz;
	r->narrow = r->step > 1 ? 1 / r->step : 1;
	r->half = (size_t)ceil(ZEROS / r->narrow) + 1;
	r->cap = 4 * r->half + 1024;
	r->buf = calloc(r->cap, sizeof(float));
	if (!r->buf) {
		free(r);
		return PST_E_NOMEM;
	}
	table_fill(r);
	r->n = r->half; /* silence in front of the first sample */
	r->at = (double)r->half;
	*out = r;
	return PST_OK;
}

/* Drops what no output needs any more and pulls until the kernel around r->at is covered. */
static void fill(struct resample *r)
{
	size_t low = (size_t)r->at - r->half;

	if (low) {
		memmove(r->buf, r->buf + low, (r->n - low) * sizeof(float));
		r->n -= low;
		r->at -= (double)low;
		r->end -= r->ended ? (low < r->end ? low : r->end) : 0;
	}
	size_t want = r->cap - r->n;
	size_t got = r->ended ? 0 : r->pull(r->arg, r->buf + r->n, want);

	r->n += got;
	if (got < want) {
		if (!r->ended)
			r->end = r->n;
		r->ended = true;
		memset(r->buf + r->n, 0, (r->cap - r->n) * sizeof(float));
		r->n = r->cap;
	}
}

static float one(const struct resample *r)
{
	size_t first = (size_t)r->at - r->half + 1, last = (size_t)r->at + r->half;
	double sum = 0;

	for (size_t i = first; i < last; i++) {
		double x = fabs((double)i - r->at) * r->narrow * STEPS;
		size_t k = (size_t)x;

		if (k + 1 >= TABLE)
			continue;
		double part = x - (double)k;

		sum += r->buf[i] * ((1 - part) * r->table[k] + part * r->table[k + 1]);
	}
	return (float)(sum * r->narrow);
}

size_t resample_read(struct resample *r, float *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((size_t)r->at + r->half >= r->n)
			fill(r);
		if (r->ended && r->at >= (double)r->end)
			return i;
		out[i] = one(r);
		r->at += r->step;
	}
	return n;
}

void resample_free(struct resample *r)
{
	if (!r)
		return;
	free(r->buf);
	free(r);
}
