/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RTCP (RFC 3550 section 6): a datagram is a compound of packets, each
 *
 *     V=2 P count | type | length in words, less one (2) | body
 *
 * rtcp_next() cuts them out; the readers below look into the body.
 */
#ifndef PST_RTP_RTCP_H
#define PST_RTP_RTCP_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

enum rtcp_type { RTCP_SR = 200, RTCP_RR = 201, RTCP_SDES = 202, RTCP_BYE = 203, RTCP_APP = 204 };
enum { RTCP_REPORTS_MAX = 31, RTCP_SDES_CNAME = 1 };

struct rtcp_packet {
	uint8_t type;          /* enum rtcp_type, or any other */
	uint8_t count;         /* reports, chunks, sources or subtype */
	struct pst_slice body; /* behind the first four octets, without padding */
};

struct rtcp_report {
	uint32_t ssrc;
	uint8_t fraction_lost; /* of 256, since the last report */
	int32_t lost;          /* in all; 24 bits, negative with duplicates */
	uint32_t highest;      /* extended highest sequence number */
	uint32_t jitter;       /* timestamp units */
	uint32_t last_sr;      /* middle 32 bits of the NTP time of the last SR; 0: none */
	uint32_t delay;        /* since then, in 1/65536 s */
};

struct rtcp_sr {
	uint32_t ssrc;
	bool is_sender; /* SR: the next four are there */
	uint64_t ntp;
	uint32_t timestamp;
	uint32_t packets, octets;
	uint8_t n;
	struct rtcp_report report[RTCP_REPORTS_MAX];
};

/* Cuts the next packet off *REST, a whole datagram at first. PST_E_NOT_FOUND: no more. PST_E_SHORT, PST_E_BAD. */
PST_MUST_CHECK int rtcp_next(struct pst_slice *rest, struct rtcp_packet *p);
/* Reads a SR or RR. PST_E_SHORT; PST_E_BAD: another type. */
PST_MUST_CHECK int rtcp_sr_read(struct rtcp_sr *sr, const struct rtcp_packet *p);
/* The CNAME of the first chunk of a SDES. PST_E_NOT_FOUND: it has none. */
PST_MUST_CHECK int rtcp_cname_read(const struct rtcp_packet *p, uint32_t *ssrc, struct pst_slice *cname);
/* The Ith source of a BYE. PST_E_NOT_FOUND: it names fewer. */
PST_MUST_CHECK int rtcp_bye_read(const struct rtcp_packet *p, unsigned i, uint32_t *ssrc);

/* Builders append one packet each. PST_E_SPACE; PST_E_RANGE: too many reports or too long a name. */
PST_MUST_CHECK int rtcp_sr_write(const struct rtcp_sr *sr, struct writer *w);
PST_MUST_CHECK int rtcp_sdes_write(uint32_t ssrc, struct pst_slice cname, struct writer *w);
PST_MUST_CHECK int rtcp_bye_write(uint32_t ssrc, struct writer *w);

#endif
