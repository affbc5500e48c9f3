/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RTP packets (RFC 3550 section 5.1):
 *
 *     V=2 P X CC | M PT | sequence (2) | timestamp (4) | SSRC (4) | CSRC (4 each) | [profile, length, words] | payload | padding
 */
#ifndef PST_RTP_RTP_H
#define PST_RTP_RTP_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

enum { RTP_HEADER_LEN = 12, RTP_PT_PCMU = 0, RTP_PT_GSM = 3, RTP_PT_G723 = 4, RTP_PT_PCMA = 8, RTP_PT_G729 = 18 };

struct rtp_packet {
	bool marker;
	uint8_t payload_type; /* 0-127 */
	uint16_t sequence;
	uint32_t timestamp;
	uint32_t ssrc;
	uint8_t n_csrc;
	struct pst_slice csrc;      /* 4 octets each */
	bool has_extension;
	uint16_t extension_profile;
	struct pst_slice extension; /* whole words */
	struct pst_slice payload;   /* without padding */
};

/* Borrows from DATAGRAM. PST_E_SHORT; PST_E_BAD: version is not 2, or padding longer than the payload. */
PST_MUST_CHECK int rtp_decode(struct rtp_packet *p, struct pst_slice datagram);
/* Writes header, CSRCs, extension and payload, without padding. PST_E_SPACE; PST_E_RANGE: csrc or extension of a
 * length that the header cannot say. */
PST_MUST_CHECK int rtp_encode(const struct rtp_packet *p, struct writer *w);

#endif
