/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TPKT, the framing of Q.931, H.245 and T.120 on TCP (RFC 1006 section 6):
 *
 *     octet 0   octet 1    octets 2-3                     octets 4...
 *     3         reserved   length, these 4 included       payload
 *
 * A stream is parsed incrementally: messages may arrive in any segmentation.
 * Messages that are whole in what was fed are handed out where they lie; only
 * the octets of an incomplete one are kept, in memory that is allocated when
 * needed and given back as soon as the message was handed out.
 */
#ifndef PST_TPKT_STREAM_H
#define PST_TPKT_STREAM_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

enum { TPKT_HEADER_LEN = 4, TPKT_VERSION = 3, TPKT_PAYLOAD_MAX = 65535 - TPKT_HEADER_LEN };

struct tpkt_stream {
	uint32_t max;         /* most payload octets accepted */
	uint32_t need;        /* payload octets of the message under way, once its header is whole */
	uint32_t have;        /* of these, octets in buf */
	uint32_t buf_cap;
	uint8_t *buf;         /* owned; NULL unless a payload is incomplete or was handed out from here */
	struct pst_slice in;  /* borrowed: fed and not looked at yet */
	uint8_t header[TPKT_HEADER_LEN];
	uint8_t n_header;     /* octets in header */
	bool lent;            /* buf was handed out: free it at the next call */
	int error;            /* sticky */
	const char *what;     /* what is wrong; NULL without an error */
};

/* MAX: most payload octets of one message; 0: TPKT_PAYLOAD_MAX. Allocates nothing. */
void tpkt_stream_init(struct tpkt_stream *s, uint32_t max);
/* Gives the stream what arrived. Borrowed: the octets must stay until tpkt_stream_next() says PST_E_AGAIN,
 * and everything fed before must have been taken out by then (else an assert). */
void tpkt_stream_feed(struct tpkt_stream *s, struct pst_slice octets);
/* Hands out the payload of the next whole message; empty for a keep-alive (a TPKT of length 4). The slice is
 * borrowed until the next call on S or until the octets fed go. PST_E_AGAIN: feed more. PST_E_BAD: no TPKT here;
 * PST_E_LIMIT: longer than MAX; PST_E_NOMEM. Errors stay, and s->what says what was wrong. */
PST_MUST_CHECK int tpkt_stream_next(struct tpkt_stream *s, struct pst_slice *payload);
/* True when the stream ends here in the middle of a message. */
bool tpkt_stream_partial(const struct tpkt_stream *s);
/* Gives all memory back and forgets what was fed; S can be used again. */
void tpkt_stream_reset(struct tpkt_stream *s);

/* Writes the header in front of PAYLOAD_LEN octets. PST_E_RANGE when that is too long. */
PST_MUST_CHECK int tpkt_header(uint8_t out[static TPKT_HEADER_LEN], size_t payload_len);
/* The same in a writer: open before the payload is written, close after it. */
size_t tpkt_open(struct writer *w);
PST_MUST_CHECK int tpkt_close(struct writer *w, size_t at);

#endif
