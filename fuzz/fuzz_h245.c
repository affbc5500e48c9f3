/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.245: each message is summed up, encoded, decoded again to the same summary; OpenLogicalChannel alone as well. */
#include "h245/build.h"
#include "h245/channel.h"
#include "h245/str.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT = 1 << 17 };
static uint8_t out[OUT];

static void message(const h245_pdu *m, struct arena *a)
{
	char line[H245_STRLEN], again[H245_STRLEN];
	h245_pdu back;
	struct writer w = wr_of(out, OUT);
	h245_str(m, line);
	if (h245_encode(m, &w, NULL) != 0)
		return;
	struct pst_slice rest = wr_slice(&w);
	const int err = h245_next(&rest, &back, NULL, a, NULL);
	if (err == PST_E_LIMIT)
		return;
	if (err != 0 || strcmp(h245_str(&back, again), line) != 0)
		abort();
	const h245_pdu *refusal = h245_refusal_build(a, m);
	w = wr_of(out, OUT);
	if (refusal != NULL && h245_encode(refusal, &w, NULL) == 0 && w.n == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	struct pst_slice rest = slice_of(data, size);
	struct h245_open_logical_channel olc;
	struct h245_channel ch;
	char line[H245_STRLEN];
	h245_pdu m;
	arena_init(&a, 1 << 22);
	while (h245_next(&rest, &m, NULL, &a, NULL) == 0)
		message(&m, &a);
	if (h245_olc_decode(&olc, slice_of(data, size), NULL, &a, NULL) == 0) {
		h245_channel_read(&ch, &olc);
		h245_olc_str(&olc, line);
	}
	arena_free(&a);
	return 0;
}
