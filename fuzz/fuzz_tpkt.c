/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TPKT streams: the first octet is a segment length; cut so and whole, the same messages must come out. */
#include "tpkt/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
	uint32_t messages, hash;
	int error;
};

/* Each segment in memory of its own, so that a sanitizer sees what is kept too long. */
static struct sum run(const uint8_t *p, size_t n, size_t step)
{
	struct frames s;
	struct sum sum = { 0, 2166136261U, 0 };
	tpkt_init(&s, 4096);
	for (size_t at = 0; at < n && sum.error == 0; at += step) {
		const size_t len = n - at < step ? n - at : step;
		uint8_t *part = malloc(len);
		struct pst_slice got;
		int err;
		if (part == NULL)
			abort();
		memcpy(part, p + at, len);
		frames_feed(&s, slice_of(part, len));
		while ((err = tpkt_next(&s, &got)) == 0) {
			sum.messages++;
			for (size_t i = 0; i < got.n; i++)
				sum.hash = (sum.hash ^ got.p[i]) * 16777619U;
		}
		sum.error = err == PST_E_AGAIN ? 0 : err;
		free(part);
	}
	frames_reset(&s);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct sum whole = run(data + 1, size - 1, size - 1), cut = run(data + 1, size - 1, (data[0] & 15U) + 1);
	if (whole.messages != cut.messages || whole.hash != cut.hash || whole.error != cut.error)
		abort();
	return 0;
}
