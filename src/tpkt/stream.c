/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TPKT: see the header. */
#include "tpkt/stream.h"

void tpkt_init(struct frames *s, uint32_t max)
{
	frames_init(s, max == 0 || max > TPKT_PAYLOAD_MAX ? TPKT_PAYLOAD_MAX : max);
}

static int header(const uint8_t *h, uint8_t n, uint32_t *need, const char **what)
{
	/* A peer that does not speak TPKT shows in its first octet; do not wait for three more. */
	if (h[0] != TPKT_VERSION) {
		*what = "TPKT version is not 3";
		return PST_E_BAD;
	}
	if (n < TPKT_HEADER_LEN)
		return 0;
	const uint32_t length = (uint32_t)h[2] << 8 | h[3];
	if (length < TPKT_HEADER_LEN) {
		*what = "TPKT length is less than its header";
		return PST_E_BAD;
	}
	*need = length - TPKT_HEADER_LEN;
	return 0;
}

int tpkt_next(struct frames *s, struct pst_slice *payload)
{
	return frames_next(s, TPKT_HEADER_LEN, header, payload);
}

int tpkt_header(uint8_t out[static TPKT_HEADER_LEN], size_t payload_len)
{
	if (payload_len > TPKT_PAYLOAD_MAX)
		return PST_E_RANGE;
	const uint16_t length = (uint16_t)(payload_len + TPKT_HEADER_LEN);
	out[0] = TPKT_VERSION;
	out[1] = 0;
	out[2] = (uint8_t)(length >> 8);
	out[3] = (uint8_t)length;
	return 0;
}

size_t tpkt_open(struct writer *w)
{
	const size_t at = w->n;
	wr_u8(w, TPKT_VERSION);
	wr_u8(w, 0);
	wr_reserve_u16(w);
	return at;
}

int tpkt_close(struct writer *w, size_t at)
{
	const int err = wr_done(w);
	if (err != 0)
		return err;
	if (w->n - at > 65535)
		return PST_E_RANGE;
	wr_patch_u16(w, at + 2, (uint16_t)(w->n - at));
	return 0;
}
