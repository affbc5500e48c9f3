/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One transport connection of T.120 (T.123): cuts what TCP brings into X.224 TPDUs and joins the
 * user data of DTs until EOT, so that each MCS PDU comes out whole. PDUs in one DT, the usual case,
 * are handed out where they lie.
 */
#ifndef PST_T125_STREAM_H
#define PST_T125_STREAM_H

#include "t125/msg.h"
#include "tpkt/stream.h"
#include "x224/tpdu.h"

struct t125_stream {
	struct frames tpkt;
	uint32_t max; /* octets of one MCS PDU */
	uint8_t *buf; /* owned: segments of a PDU under way */
	uint32_t n, cap;
	bool lent; /* buf was handed out: empty it at the next call */
	int error; /* sticky */
	const char *what;
};

/* One unit: an MCS PDU whole, or an X.224 TPDU other than DT. */
struct t125_unit {
	bool is_pdu;
	struct pst_slice pdu;  /* when is_pdu */
	struct x224_tpdu tpdu; /* otherwise */
	struct pst_slice
	        whole;  /* the last TPKT's payload: what a relay sends on when nothing was in segments */
	bool segmented; /* the PDU came in several DTs */
};

/* MAX: most octets of one MCS PDU; 0: 65535. */
void t125_stream_init(struct t125_stream *s, uint32_t max);
/* As frames_feed(). */
void t125_stream_feed(struct t125_stream *s, struct pst_slice octets);
/* The next unit; borrowed until the next call or until the octets fed go. PST_E_AGAIN: feed more. Others
 * stay. */
PST_MUST_CHECK int t125_stream_next(struct t125_stream *s, struct t125_unit *u);
/*
 * Without waiting for all of it: true where a data PDU in one DT comes next and its header is here. D tells what it says,
 * D->octets.n as it is announced, though not all of them may be here; *LEN is what it takes of the stream, framing
 * included. Who does not want it as a unit takes all that out with t125_stream_skip(), as it comes.
 */
bool t125_stream_ahead(const struct t125_stream *s, struct t125_data *d, uint32_t *len);
/* Takes out up to N octets of what was fed, between two units. */
struct pst_slice t125_stream_skip(struct t125_stream *s, size_t n);
void t125_stream_reset(struct t125_stream *s);

#endif
