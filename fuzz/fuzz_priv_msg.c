/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker may send to its monitor: a message that decodes encodes to the same octets. */
#include <stdlib.h>

#include "priv/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct priv_msg m;
	uint8_t again[PRIV_MSG_MAX];
	struct writer w = wr_of(again, sizeof again);
	const struct pst_slice in = slice_of(data, size);
	if (priv_msg_decode(&m, in) != PST_OK)
		return 0;
	if (priv_msg_encode(&m, &w) != PST_OK || !slice_eq(in, wr_slice(&w)))
		abort();
	return 0;
}
