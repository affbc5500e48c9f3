/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the sound we receive goes: into a WAV file when one is asked for, and
 * in any case into a memory of the last seconds, for measuring the tone heard.
 */
#ifndef PST_ENDPOINT_AUDIO_SINK_H
#define PST_ENDPOINT_AUDIO_SINK_H

#include "base/err.h"
#include "endpoint/goertzel.h"

struct audio_sink; /* opaque; owned by whoever made it */

PST_MUST_CHECK int audio_sink_new(struct audio_sink **out);
/* From now on writes to PATH as well (8000 Hz, 16 bit, one channel). PST_E_SYS: it cannot be written; *WHY
 * (may be NULL) gets the reason, valid until the next call. PST_E_STATE: it writes to a file already. */
PST_MUST_CHECK int audio_sink_record(struct audio_sink *s, const char *path, const char **why);
/* Takes N samples. A file that can no longer be written is remembered as an error, the rest goes on. */
void audio_sink_write(struct audio_sink *s, const int16_t *pcm, size_t n);
/* What was heard in the last seconds. */
void audio_sink_measure(const struct audio_sink *s, struct tone_measure *out);
/* Closes the file and frees; PST_E_SYS when the file is not whole. NULL is allowed. */
int audio_sink_close(struct audio_sink *s);

#endif
