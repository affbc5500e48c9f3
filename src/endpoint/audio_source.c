/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources of sound: a file through libsndfile and the resampler, a sine, silence. */
#include "endpoint/audio_source.h"

#include "endpoint/g711.h"
#include "endpoint/resample.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>

enum { BLOCK_FRAMES = 256, CHANNELS_MAX = 64 };

struct audio_source {
	SNDFILE *file;
	int channels;
	double seconds;
	struct resample *resample;
	double step, phase; /* of the tone, in radians */
};

/* 12 dB below full scale: loud enough for any ear, far from clipping */
static const double TONE_PEAK = 32767 * 0.25;

static int source_new(struct audio_source **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? PST_OK : PST_E_NOMEM;
}

/* resample_pull_h: the file, mixed to one channel. */
static size_t file_pull(void *arg, float *out, size_t n)
{
	struct audio_source *s = arg;
	float frames[BLOCK_FRAMES * CHANNELS_MAX];
	size_t done = 0;

	while (done < n) {
		size_t want = n - done < BLOCK_FRAMES ? n - done : BLOCK_FRAMES;
		sf_count_t got = sf_readf_float(s->file, frames, (sf_count_t)want);

		if (got <= 0)
			break;
		for (size_t i = 0; i < (size_t)got; i++) {
			double sum = 0;

			for (int c = 0; c < s->channels; c++)
				sum += frames[i * (size_t)s->channels + (size_t)c];
			out[done++] = (float)(sum / s->channels);
		}
	}
	return done;
}

int audio_source_file(struct audio_source **out, const char *path, const char **why)
{
	struct audio_source *s;
	SF_INFO info = {0};
	int err = source_new(&s);

	if (err)
		return err;
	s->file = sf_open(path, SFM_READ, &info);
	if (why)
		*why = s->file ? "too many channels" : sf_strerror(NULL);
	if (!s->file || info.channels < 1 || info.channels > CHANNELS_MAX || info.samplerate < 1) {
		audio_source_free(s);
		return PST_E_NOT_FOUND;
	}
	s->channels = info.channels;
	s->seconds = (double)info.frames / info.samplerate;
	err = resample_new(&s->resample, info.samplerate, G711_RATE_HZ, file_pull, s);
	if (err) {
		audio_source_free(s);
		return err;
	}
	*out = s;
	return PST_OK;
}

int audio_source_tone(struct audio_source **out, double hz)
{
	int err;

	if (!(hz >= 1 && hz <= G711_RATE_HZ / 2.0))
		return PST_E_ARG;
	err = source_new(out);
	if (!err)
		(*out)->step = 2 * M_PI * hz / G711_RATE_HZ;
	return err;
}

int audio_source_silence(struct audio_source **out)
{
	return source_new(out);
}

double audio_source_seconds(const struct audio_source *s)
{
	return s->seconds;
}

static void tone_read(struct audio_source *s, int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pcm[i] = (int16_t)lrint(TONE_PEAK * sin(s->phase));
		s->phase = fmod(s->phase + s->step, 2 * M_PI);
	}
}

static int16_t to_pcm(float x)
{
	return (int16_t)lrint(x >= 1 ? 32767 : x <= -1 ? -32767 : x * 32767.0);
}

void audio_source_read(struct audio_source *s, int16_t *pcm, size_t n)
{
	size_t done = 0;

	if (s->step > 0) {
		tone_read(s, pcm, n);
		return;
	}
	while (s->resample && done < n) {
		float block[BLOCK_FRAMES];
		size_t want = n - done < BLOCK_FRAMES ? n - done : BLOCK_FRAMES;
		size_t got = resample_read(s->resample, block, want);

		for (size_t i = 0; i < got; i++)
			pcm[done++] = to_pcm(block[i]);
		if (got < want)
			break;
	}
	while (done < n)
		pcm[done++] = 0;
}

void audio_source_free(struct audio_source *s)
{
	if (!s)
		return;
	resample_free(s->resample);
	if (s->file)
		sf_close(s->file);
	free(s);
}
