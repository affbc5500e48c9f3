/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ULP: what decodes must encode to the same octets and print; the stream must give the same messages however it is cut. */
#include "ulp/msg.h"
#include "ulp/str.h"
#include "ulp/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_message(struct pst_slice octets)
{
	static uint8_t out[65536];
	static char text[4096];
	struct arena a;
	struct ulp_msg m;
	struct writer w = wr_of(out, sizeof(out)), t = wr_of(text, sizeof(text));
	size_t at = 0;
	arena_init(&a, 1 << 20);
	if (ulp_decode(&m, &a, octets, &at) == 0) {
		if (ulp_encode(&m, &w) != 0 || !slice_eq(wr_slice(&w), octets))
			abort();
		(void)!ulp_print(&m, &t);
	} else if (at > octets.n) {
		abort();
	}
	arena_free(&a);
}

/* Feeds the same octets in pieces of STEP; returns a sum of what came out. */
static uint32_t run_stream(struct pst_slice octets, size_t step, bool look)
{
	struct frames s;
	struct pst_slice msg;
	uint32_t sum = 1;
	int err = PST_E_AGAIN;
	ulp_init(&s, 4096);
	for (size_t i = 0; i < octets.n && err == PST_E_AGAIN; i += step) {
		frames_feed(&s, slice_of(octets.p + i, octets.n - i < step ? octets.n - i : step));
		while ((err = ulp_next(&s, &msg)) == 0) {
			for (size_t k = 0; k < msg.n; k++)
				sum = sum * 31 + msg.p[k];
			sum = sum * 31 + 257;
			if (look)
				one_message(msg);
		}
	}
	sum = sum * 2 + (err == PST_E_LIMIT);
	frames_reset(&s);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 65535)
		return 0;
	const struct pst_slice octets = slice_of(data, size);
	one_message(octets);
	if (run_stream(octets, 1, false) != run_stream(octets, size > 0 ? size : 1, true))
		abort();
	return 0;
}
