/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TPKT, the framing of Q.931, H.245 and T.120 on TCP (RFC 1006 section 6):
 *
 *     octet 0   octet 1    octets 2-3                     octets 4...
 *     3         reserved   length, these 4 included       payload
 *
 * A stream is parsed incrementally by base/frames.h: messages may arrive in any
 * segmentation.
 */
#ifndef PST_TPKT_STREAM_H
#define PST_TPKT_STREAM_H

#include "base/err.h"
#include "base/frames.h"
#include "base/writer.h"

enum { TPKT_HEADER_LEN = 4, TPKT_VERSION = 3, TPKT_PAYLOAD_MAX = 65535 - TPKT_HEADER_LEN };

/* MAX: most payload octets of one message; 0: TPKT_PAYLOAD_MAX. Allocates nothing. */
void tpkt_init(struct frames *s, uint32_t max);
/* frames_next(): hands out the payload of the next whole message; empty for a keep-alive (a TPKT of length 4).
 * PST_E_BAD: no TPKT here. */
PST_MUST_CHECK int tpkt_next(struct frames *s, struct pst_slice *payload);

/* Writes the header in front of PAYLOAD_LEN octets. PST_E_RANGE when that is too long. */
PST_MUST_CHECK int tpkt_header(uint8_t out[static TPKT_HEADER_LEN], size_t payload_len);
/* The same in a writer: open before the payload is written, close after it. */
size_t tpkt_open(struct writer *w);
PST_MUST_CHECK int tpkt_close(struct writer *w, size_t at);

#endif
