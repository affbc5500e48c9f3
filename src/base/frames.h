/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages with a header of fixed length that says how long they are, in a stream of octets that arrives in any
 * segmentation. A message that is whole in what was fed is handed out where it lies; only the octets of an incomplete
 * one are kept, in memory that grows with what arrives, not with what is announced, and is given back as soon as the
 * message was handed out.
 */
#ifndef PST_BASE_FRAMES_H
#define PST_BASE_FRAMES_H

#include "base/err.h"
#include "base/slice.h"

enum { FRAMES_HEADER_MAX = 4 };

/* Reads the N octets of a header there are (1 up to its length) and, where it is whole, says how many octets follow in
 * *NEED. Errors are the stream's from then on; *WHAT tells them in words. */
typedef int frames_header(const uint8_t *h, uint8_t n, uint32_t *need, const char **what);

struct frames {
	uint32_t max;        /* most octets of one message, without its header */
	uint32_t need;       /* octets of the message under way, once its header is whole */
	uint32_t have;       /* of these, octets in buf */
	uint32_t buf_cap;
	uint8_t *buf;        /* owned; NULL unless a message is incomplete or was handed out from here */
	struct pst_slice in; /* borrowed: fed and not looked at yet */
	uint8_t header[FRAMES_HEADER_MAX];
	uint8_t n_header;    /* octets in header */
	bool lent;           /* buf was handed out: free it at the next call */
	int error;           /* sticky */
	const char *what;    /* what is wrong; NULL without an error */
};

/* Allocates nothing. */
void frames_init(struct frames *s, uint32_t max);
/* Gives the stream what arrived. Borrowed: the octets must stay until frames_next() says PST_E_AGAIN, and everything
 * fed before must have been taken out by then (else an assert). */
void frames_feed(struct frames *s, struct pst_slice octets);
/* Hands out what follows the next header, of HEADER_LEN octets; may be empty. Borrowed until the next call on S or until
 * the octets fed go. PST_E_AGAIN: feed more; PST_E_LIMIT: longer than the most; PST_E_NOMEM; else what HEADER found. */
PST_MUST_CHECK int frames_next(
	struct frames *s, uint8_t header_len, frames_header *header, struct pst_slice *message);
/* Takes out what was fed and not looked at yet, to be fed again later. Borrowed as it was fed. */
struct pst_slice frames_rest(struct frames *s);
/* Between two messages, and something was fed that is not looked at yet. */
bool frames_between(const struct frames *s);
/* Between two messages: takes out up to N octets of what was fed, unread; they are no message any more. */
struct pst_slice frames_skip(struct frames *s, size_t n);
/* True when the stream ends here in the middle of a message. */
bool frames_partial(const struct frames *s);
/* Gives all memory back and forgets what was fed; S can be used again. */
void frames_reset(struct frames *s);

#endif
