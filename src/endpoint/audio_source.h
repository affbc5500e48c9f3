/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the sound we send comes from: a sound file, a tone or silence, always
 * as 16 bit samples, one channel, 8000 per second. A file is mixed to one
 * channel and resampled as it is read.
 */
#ifndef PST_ENDPOINT_AUDIO_SOURCE_H
#define PST_ENDPOINT_AUDIO_SOURCE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct audio_source; /* opaque; owned by whoever made it */

/* A file libsndfile can read. PST_E_NOT_FOUND: it cannot be opened or is no sound file; *WHY (may be NULL)
 * gets libsndfile's words, valid until the next call. */
PST_MUST_CHECK int audio_source_file(struct audio_source **out, const char *path, const char **why);
/* A sine of HZ, 12 dB below full scale. PST_E_ARG: not between 1 Hz and half the rate. */
PST_MUST_CHECK int audio_source_tone(struct audio_source **out, double hz);
PST_MUST_CHECK int audio_source_silence(struct audio_source **out);
/* Length of a file; 0 for sources without an end. */
double audio_source_seconds(const struct audio_source *s);
/* Fills PCM with the next N samples. A file that has ended is followed by silence. */
void audio_source_read(struct audio_source *s, int16_t *pcm, size_t n);
/* NULL is allowed. */
void audio_source_free(struct audio_source *s);

#endif
