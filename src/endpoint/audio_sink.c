/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiving end of the sound: a file through libsndfile, and a ring of the last seconds. */
#include "endpoint/audio_sink.h"

#include "endpoint/g711.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

enum { RING_SAMPLES = 6 * G711_RATE_HZ };

struct audio_sink {
	SNDFILE *file;
	bool failed;
	uint64_t total; /* samples taken */
	int16_t ring[RING_SAMPLES];
};

int audio_sink_new(struct audio_sink **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? PST_OK : PST_E_NOMEM;
}

int audio_sink_record(struct audio_sink *s, const char *path, const char **why)
{
	SF_INFO info = {
	        .samplerate = G711_RATE_HZ, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};

	if (s->file)
		return PST_E_STATE;
	s->file = sf_open(path, SFM_WRITE, &info);
	if (s->file)
		return PST_OK;
	if (why)
		*why = sf_strerror(NULL);
	return PST_E_SYS;
}

void audio_sink_write(struct audio_sink *s, const int16_t *pcm, size_t n)
{
	if (s->file && sf_write_short(s->file, pcm, (sf_count_t)n) != (sf_count_t)n)
		s->failed = true;
	for (size_t i = 0; i < n; i++)
		s->ring[s->total++ % RING_SAMPLES] = pcm[i];
}

void audio_sink_measure(const struct audio_sink *s, struct tone_measure *out)
{
	size_t n = s->total < RING_SAMPLES ? (size_t)s->total : RING_SAMPLES;
	size_t oldest = s->total < RING_SAMPLES ? 0 : (size_t)(s->total % RING_SAMPLES);
	int16_t *line = malloc((n ? n : 1) * sizeof(*line));

	if (!line) { /* the seam of the ring costs one block of the measurement, no more */
		tone_measure(s->ring, n, G711_RATE_HZ, out);
		return;
	}
	memcpy(line, s->ring + oldest, (n - oldest) * sizeof(*line));
	memcpy(line + (n - oldest), s->ring, oldest * sizeof(*line));
	tone_measure(line, n, G711_RATE_HZ, out);
	free(line);
}

int audio_sink_close(struct audio_sink *s)
{
	bool failed;

	if (!s)
		return PST_OK;
	failed = s->failed;
	if (s->file && sf_close(s->file))
		failed = true;
	free(s);
	return failed ? PST_E_SYS : PST_OK;
}
