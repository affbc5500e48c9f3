/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an OpenLogicalChannel asks for: which media, and how much of them at most. */
#ifndef PST_H245_MEDIA_H
#define PST_H245_MEDIA_H

#include "h245/msg.h"

/* Bits. OTHER: what cannot be told (nonstandard data, streams within streams, error correction). */
enum h245_media { H245_MEDIA_AUDIO = 1, H245_MEDIA_VIDEO = 2, H245_MEDIA_DATA = 4, H245_MEDIA_OTHER = 8 };

struct h245_media_use {
	uint8_t media; /* H245_MEDIA_ bits, of both directions */
	uint32_t kbit; /* at most, of both directions, without headers; 0: not said. Of audio the codec says it */
};

void h245_media_use(struct h245_media_use *out, const struct h245_open_logical_channel *olc);

#endif
