/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ulp/stream.h"

enum { HEADER_LEN = 2, LENGTH_MAX = 65535 };

void ulp_init(struct frames *s, uint32_t max)
{
	frames_init(s, max == 0 || max > LENGTH_MAX ? LENGTH_MAX : max);
}

static int header(const uint8_t *h, uint8_t n, uint32_t *need, const char **what)
{
	(void)what;
	if (n == HEADER_LEN)
		*need = (uint32_t)h[0] << 8 | h[1];
	return 0;
}

int ulp_next(struct frames *s, struct pst_slice *msg)
{
	return frames_next(s, HEADER_LEN, header, msg);
}
