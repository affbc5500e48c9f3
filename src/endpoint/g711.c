/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * G.711 by its segments: a code is a sign, three bits of segment and four bits
 * of place inside it; each segment is twice as wide as the one below. mu-law
 * (table 2) shifts the origin by half a step and sends all bits inverted; A-law
 * (table 1) has two linear segments at the bottom and sends every second bit
 * inverted.
 */
#include "endpoint/g711.h"

enum { ULAW_BIAS = 0x84, ULAW_CLIP = 32635, ALAW_TOGGLE = 0x55, SIGN = 0x80 };

/* The segment of a 16 bit magnitude: 0 for all below 2^8, then one for each bit more. */
static unsigned segment_of(unsigned magnitude)
{
	unsigned seg = 0;

	for (unsigned m = magnitude >> 8; m; m >>= 1)
		seg++;
	return seg;
}

uint8_t g711_ulaw_encode(int16_t pcm)
{
	int wide = pcm < 0 ? -(int)pcm : pcm;
	unsigned magnitude = (unsigned)(wide > ULAW_CLIP ? ULAW_CLIP : wide) + ULAW_BIAS;
	unsigned seg = segment_of(magnitude);
	unsigned code = seg << 4 | (magnitude >> (seg + 3) & 0x0f);

	return (uint8_t) ~(code | (pcm < 0 ? SIGN : 0U));
}

int16_t g711_ulaw_decode(uint8_t code)
{
	unsigned c = (uint8_t)~code;
	int magnitude = (int)((((c & 0x0f) << 3) + ULAW_BIAS) << (c >> 4 & 7)) - ULAW_BIAS;

	return (int16_t)(c & SIGN ? -magnitude : magnitude);
}

uint8_t g711_alaw_encode(int16_t pcm)
{
	unsigned magnitude = (unsigned)(pcm < 0 ? -1 - (int)pcm : pcm);
	unsigned seg = segment_of(magnitude);
	unsigned code = seg << 4 | (magnitude >> (seg ? seg + 3 : 4) & 0x0f);

	return (uint8_t)((code | (pcm < 0 ? 0U : SIGN)) ^ ALAW_TOGGLE);
}

int16_t g711_alaw_decode(uint8_t code)
{
	unsigned c = code ^ ALAW_TOGGLE, seg = c >> 4 & 7;
	unsigned magnitude = ((c & 0x0f) << 4) + 8;

	if (seg)
		magnitude = (magnitude + 0x100) << (seg - 1);
	return (int16_t)(c & SIGN ? (int)magnitude : -(int)magnitude);
}

void g711_encode(enum g711_law law, const int16_t *in, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = law == G711_ULAW ? g711_ulaw_encode(in[i]) : g711_alaw_encode(in[i]);
}

void g711_decode(enum g711_law law, const uint8_t *in, int16_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = law == G711_ULAW ? g711_ulaw_decode(in[i]) : g711_alaw_decode(in[i]);
}

uint8_t g711_silence(enum g711_law law)
{
	return law == G711_ULAW ? 0xff : 0xd5;
}
