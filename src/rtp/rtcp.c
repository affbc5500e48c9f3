/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTCP packets, RFC 3550 sections 6.4 to 6.6. */
#include "rtp/rtcp.h"

#include "base/reader.h"

enum { VERSION = 0x80, VERSION_MASK = 0xc0, PADDING = 0x20, COUNT_MASK = 0x1f };

int rtcp_next(struct pst_slice *rest, struct rtcp_packet *p)
{
	struct reader r = rd_of(*rest);
	uint8_t o0, type;
	uint16_t words;
	struct pst_slice body;
	if (rest->n == 0)
		return PST_E_NOT_FOUND;
	if (rd_u8(&r, &o0) != 0 || rd_u8(&r, &type) != 0 || rd_u16(&r, &words) != 0)
		return PST_E_SHORT;
	if ((o0 & VERSION_MASK) != VERSION)
		return PST_E_BAD;
	if (rd_take(&r, (size_t)words * 4, &body) != 0)
		return PST_E_SHORT;
	if ((o0 & PADDING) != 0) {
		const uint8_t padding = body.n > 0 ? body.p[body.n - 1] : 0;
		if (padding == 0 || padding > body.n)
			return PST_E_BAD;
		body.n -= padding;
	}
	*p = (struct rtcp_packet){ .type = type, .count = o0 & COUNT_MASK, .body = body };
	*rest = slice_of(r.p + r.pos, rd_left(&r));
	return 0;
}

static int read_report(struct rtcp_report *b, struct reader *r)
{
	uint32_t lost;
	if (rd_u32(r, &b->ssrc) != 0 || rd_u8(r, &b->fraction_lost) != 0 || rd_u24(r, &lost) != 0 ||
		rd_u32(r, &b->highest) != 0 || rd_u32(r, &b->jitter) != 0 || rd_u32(r, &b->last_sr) != 0 ||
		rd_u32(r, &b->delay) != 0)
		return PST_E_SHORT;
	b->lost = lost & 0x800000 ? (int32_t)lost - 0x1000000 : (int32_t)lost;
	return 0;
}

static int read_sender(struct rtcp_sr *sr, struct reader *r)
{
	uint32_t high, low;
	if (!sr->is_sender)
		return 0;
	if (rd_u32(r, &high) != 0 || rd_u32(r, &low) != 0 || rd_u32(r, &sr->timestamp) != 0 ||
		rd_u32(r, &sr->packets) != 0 || rd_u32(r, &sr->octets) != 0)
		return PST_E_SHORT;
	sr->ntp = (uint64_t)high << 32 | low;
	return 0;
}

int rtcp_sr_read(struct rtcp_sr *sr, const struct rtcp_packet *p)
{
	struct reader r = rd_of(p->body);
	if (p->type != RTCP_SR && p->type != RTCP_RR)
		return PST_E_BAD;
	*sr = (struct rtcp_sr){ .is_sender = p->type == RTCP_SR };
	if (rd_u32(&r, &sr->ssrc) != 0 || read_sender(sr, &r) != 0)
		return PST_E_SHORT;
	for (; sr->n < p->count; sr->n++) {
		if (read_report(&sr->report[sr->n], &r) != 0)
			return PST_E_SHORT;
	}
	return 0;
}

int rtcp_cname_read(const struct rtcp_packet *p, uint32_t *ssrc, struct pst_slice *cname)
{
	struct reader r = rd_of(p->body);
	if (p->type != RTCP_SDES)
		return PST_E_BAD;
	if (p->count == 0)
		return PST_E_NOT_FOUND;
	if (rd_u32(&r, ssrc) != 0)
		return PST_E_SHORT;
	for (;;) {
		uint8_t item, len;
		struct pst_slice text;
		if (rd_u8(&r, &item) != 0)
			return PST_E_SHORT;
		if (item == 0)
			return PST_E_NOT_FOUND;
		if (rd_u8(&r, &len) != 0 || rd_take(&r, len, &text) != 0)
			return PST_E_SHORT;
		if (item == RTCP_SDES_CNAME) {
			*cname = text;
			return 0;
		}
	}
}

int rtcp_bye_read(const struct rtcp_packet *p, unsigned i, uint32_t *ssrc)
{
	struct reader r = rd_of(p->body);
	if (p->type != RTCP_BYE)
		return PST_E_BAD;
	if (i >= p->count)
		return PST_E_NOT_FOUND;
	if (rd_skip(&r, (size_t)i * 4) != 0 || rd_u32(&r, ssrc) != 0)
		return PST_E_SHORT;
	return 0;
}

static size_t open_packet(struct writer *w, uint8_t type, uint8_t count)
{
	const size_t at = w->n;
	wr_u8(w, (uint8_t)(VERSION | count));
	wr_u8(w, type);
	wr_reserve_u16(w);
	return at;
}

static int close_packet(struct writer *w, size_t at)
{
	const int err = wr_done(w);
	if (err != 0)
		return err;
	wr_patch_u16(w, at + 2, (uint16_t)((w->n - at) / 4 - 1));
	return 0;
}

static void write_report(const struct rtcp_report *b, struct writer *w)
{
	wr_u32(w, b->ssrc);
	wr_u32(w, (uint32_t)b->fraction_lost << 24 | ((uint32_t)b->lost & 0xffffff));
	wr_u32(w, b->highest);
	wr_u32(w, b->jitter);
	wr_u32(w, b->last_sr);
	wr_u32(w, b->delay);
}

int rtcp_sr_write(const struct rtcp_sr *sr, struct writer *w)
{
	if (sr->n > RTCP_REPORTS_MAX)
		return PST_E_RANGE;
	const size_t at = open_packet(w, sr->is_sender ? RTCP_SR : RTCP_RR, sr->n);
	wr_u32(w, sr->ssrc);
	if (sr->is_sender) {
		wr_u32(w, (uint32_t)(sr->ntp >> 32));
		wr_u32(w, (uint32_t)sr->ntp);
		wr_u32(w, sr->timestamp);
		wr_u32(w, sr->packets);
		wr_u32(w, sr->octets);
	}
	for (uint8_t i = 0; i < sr->n; i++)
		write_report(&sr->report[i], w);
	return close_packet(w, at);
}

int rtcp_sdes_write(uint32_t ssrc, struct pst_slice cname, struct writer *w)
{
	if (cname.n > 255)
		return PST_E_RANGE;
	const size_t at = open_packet(w, RTCP_SDES, 1);
	wr_u32(w, ssrc);
	wr_u8(w, RTCP_SDES_CNAME);
	wr_u8(w, (uint8_t)cname.n);
	wr_bytes(w, cname);
	/* A zero ends the list of items, then zeros up to the next word. */
	do
		wr_u8(w, 0);
	while (!w->full && (w->n - at) % 4 != 0);
	return close_packet(w, at);
}

int rtcp_bye_write(uint32_t ssrc, struct writer *w)
{
	const size_t at = open_packet(w, RTCP_BYE, 1);
	wr_u32(w, ssrc);
	return close_packet(w, at);
}
