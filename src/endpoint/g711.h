/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * G.711: speech at 8000 samples per second in 8 bits, mu-law and A-law.
 * Linear samples are 16 bit; the laws' own 14 and 13 bit values are those
 * shifted up. Pure.
 */
#ifndef PST_ENDPOINT_G711_H
#define PST_ENDPOINT_G711_H

#include <stddef.h>
#include <stdint.h>

enum g711_law { G711_ULAW, G711_ALAW };

enum { G711_RATE_HZ = 8000 };

uint8_t g711_ulaw_encode(int16_t pcm);
int16_t g711_ulaw_decode(uint8_t code);
uint8_t g711_alaw_encode(int16_t pcm);
int16_t g711_alaw_decode(uint8_t code);

/* Converts N samples; IN and OUT hold N items each. */
void g711_encode(enum g711_law law, const int16_t *in, uint8_t *out, size_t n);
void g711_decode(enum g711_law law, const uint8_t *in, int16_t *out, size_t n);
/* The code of no sound: what fills the place of samples that do not exist. */
uint8_t g711_silence(enum g711_law law);

#endif
