/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sampling rate conversion of one channel, by a windowed sinc that also cuts
 * what the lower of the two rates cannot carry. Input comes by pull.
 */
#ifndef PST_ENDPOINT_RESAMPLE_H
#define PST_ENDPOINT_RESAMPLE_H

#include "base/err.h"

#include <stddef.h>

/* Gives up to N samples into OUT and returns how many; fewer than N: the input has ended. */
typedef size_t resample_pull_h(void *arg, float *out, size_t n);

struct resample; /* opaque; owned by whoever made it */

/* PST_E_ARG: a rate below 1 Hz or above 768 kHz. */
PST_MUST_CHECK int resample_new(
        struct resample **out, double in_hz, double out_hz, resample_pull_h *pull, void *arg);
/* The next N samples; returns how many there were: fewer than N when the input has ended. */
size_t resample_read(struct resample *r, float *out, size_t n);
/* NULL is allowed. */
void resample_free(struct resample *r);

#endif
