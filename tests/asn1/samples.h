/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Typical messages, built in memory: for golden prints, the codec's bench, and seeds of the fuzzers. */
#ifndef PST_TESTS_ASN1_SAMPLES_H
#define PST_TESTS_ASN1_SAMPLES_H

#include "asn1/asn1.h"

struct sample {
	const char *name;
	const struct asn1_type *type;
	void *(*build)(struct arena *a); /* ends the program when out of memory */
};

extern const struct sample samples[];
extern const size_t n_samples;

#endif
