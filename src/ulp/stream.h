/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ULP on TCP (draft-williams-uls-00, section 5): two octets of length, which do not
 * count themselves, then the message. Messages arrive in any segmentation; what is
 * whole in what was fed is handed out where it lies, only an incomplete message is
 * kept, in memory that grows with what arrives.
 */
#ifndef PST_ULP_STREAM_H
#define PST_ULP_STREAM_H

#include "base/err.h"
#include "base/slice.h"

struct ulp_stream {
	uint32_t max;        /* most octets of a message */
	uint32_t need, have; /* of the message under way */
	uint32_t buf_cap;
	uint8_t *buf;        /* owned */
	struct pst_slice in; /* borrowed */
	uint8_t header[2];
	uint8_t n_header;
	bool lent;
	int error;           /* sticky */
};

/* MAX: most octets of one message, 0: all that the length can say. Allocates nothing. */
void ulp_stream_init(struct ulp_stream *s, uint32_t max);
/* Borrowed until ulp_stream_next() says PST_E_AGAIN. */
void ulp_stream_feed(struct ulp_stream *s, struct pst_slice octets);
/* The next whole message, borrowed until the next call on S or until the octets fed go. PST_E_AGAIN; PST_E_LIMIT: longer
 * than MAX; PST_E_NOMEM. Errors stay. */
PST_MUST_CHECK int ulp_stream_next(struct ulp_stream *s, struct pst_slice *msg);
/* In the middle of a message. */
bool ulp_stream_partial(const struct ulp_stream *s);
/* Gives the memory back; S can be used again. */
void ulp_stream_reset(struct ulp_stream *s);

#endif
