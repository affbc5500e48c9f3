/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ULP on TCP (draft-williams-uls-00, section 5): two octets of length, which do not
 * count themselves, then the message. The stream is one of base/frames.h.
 */
#ifndef PST_ULP_STREAM_H
#define PST_ULP_STREAM_H

#include "base/frames.h"

/* MAX: most octets of one message, 0: all that the length can say. Allocates nothing. */
void ulp_init(struct frames *s, uint32_t max);
/* frames_next(): hands out the next whole message. */
PST_MUST_CHECK int ulp_next(struct frames *s, struct pst_slice *msg);

#endif
