/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RTP header: see the drawing in the header. */
#include "rtp/rtp.h"

#include "base/reader.h"

enum { VERSION = 0x80, VERSION_MASK = 0xc0, PADDING = 0x20, EXTENSION = 0x10, MARKER = 0x80 };

static int read_extension(struct rtp_packet *p, struct reader *r)
{
	uint16_t words;
	if (!p->has_extension)
		return 0;
	if (rd_u16(r, &p->extension_profile) != 0 || rd_u16(r, &words) != 0)
		return PST_E_SHORT;
	return rd_take(r, (size_t)words * 4, &p->extension);
}

int rtp_decode(struct rtp_packet *p, struct pst_slice datagram)
{
	struct reader r = rd_of(datagram);
	uint8_t o0, o1;
	if (rd_u8(&r, &o0) != 0 || rd_u8(&r, &o1) != 0)
		return PST_E_SHORT;
	if ((o0 & VERSION_MASK) != VERSION)
		return PST_E_BAD;
	*p = (struct rtp_packet){ .marker = (o1 & MARKER) != 0, .payload_type = o1 & 0x7f, .n_csrc = o0 & 0x0f,
		.has_extension = (o0 & EXTENSION) != 0 };
	if (rd_u16(&r, &p->sequence) != 0 || rd_u32(&r, &p->timestamp) != 0 || rd_u32(&r, &p->ssrc) != 0 ||
		rd_take(&r, (size_t)p->n_csrc * 4, &p->csrc) != 0 || read_extension(p, &r) != 0)
		return PST_E_SHORT;
	size_t n = rd_left(&r);
	if ((o0 & PADDING) != 0) {
		const uint8_t padding = n > 0 ? datagram.p[datagram.n - 1] : 0;
		if (padding == 0 || padding > n)
			return PST_E_BAD;
		n -= padding;
	}
	p->payload = slice_of(r.p + r.pos, n);
	return 0;
}

int rtp_encode(const struct rtp_packet *p, struct writer *w)
{
	if (p->n_csrc > 15 || p->csrc.n != (size_t)p->n_csrc * 4 || p->extension.n % 4 != 0 ||
		p->extension.n / 4 > 65535)
		return PST_E_RANGE;
	wr_u8(w, (uint8_t)(VERSION | (p->has_extension ? EXTENSION : 0) | p->n_csrc));
	wr_u8(w, (uint8_t)((p->marker ? MARKER : 0) | (p->payload_type & 0x7f)));
	wr_u16(w, p->sequence);
	wr_u32(w, p->timestamp);
	wr_u32(w, p->ssrc);
	wr_bytes(w, p->csrc);
	if (p->has_extension) {
		wr_u16(w, p->extension_profile);
		wr_u16(w, (uint16_t)(p->extension.n / 4));
		wr_bytes(w, p->extension);
	}
	wr_bytes(w, p->payload);
	return wr_done(w);
}
