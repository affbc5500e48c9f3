/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Q.931: what decodes must encode to the same octets, and its elements must read without harm. */
#include "q931/ie.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct q931_msg *m)
{
	struct q931_cause_view cause;
	struct q931_bearer_view bearer;
	struct q931_number_view number;
	struct q931_progress_view progress;
	struct pst_slice per;
	int ok = q931_user_user(m, &per) == 0;
	for (uint16_t i = 0; i < m->n; i++) {
		const struct pst_slice v = m->ie[i].v;
		ok += q931_cause_read(&cause, v) == 0;
		ok += q931_bearer_read(&bearer, v) == 0;
		ok += q931_number_read(&number, v) == 0;
		ok += q931_progress_read(&progress, v) == 0;
		ok += q931_display_text(v).n > v.n;
	}
	(void)ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct q931_msg m;
	if (q931_decode(&m, slice_of(data, size), NULL) != 0)
		return 0;
	uint8_t *out = malloc(size);
	if (out == NULL)
		abort();
	struct writer w = wr_of(out, size);
	if (q931_encode(&m, &w) != 0 || w.n != size || memcmp(out, data, size) != 0)
		abort();
	read_all(&m);
	free(out);
	return 0;
}
