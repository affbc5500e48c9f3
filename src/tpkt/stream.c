/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TPKT stream: see the header. Memory for an incomplete payload grows with what arrives, not with what is announced. */
#include "tpkt/stream.h"

#include <assert.h>
#include <stdlib.h>

enum { BUF_FIRST = 512 };

void tpkt_stream_init(struct tpkt_stream *s, uint32_t max)
{
	*s = (struct tpkt_stream){ .max = max == 0 || max > TPKT_PAYLOAD_MAX ? TPKT_PAYLOAD_MAX : max };
}

void tpkt_stream_reset(struct tpkt_stream *s)
{
	free(s->buf);
	tpkt_stream_init(s, s->max);
}

void tpkt_stream_feed(struct tpkt_stream *s, struct pst_slice octets)
{
	assert(s->in.n == 0 || s->error != 0);
	s->in = octets;
}

static int fail(struct tpkt_stream *s, int error, const char *what)
{
	s->error = error;
	s->what = what;
	return error;
}

static void end_message(struct tpkt_stream *s)
{
	free(s->buf);
	s->buf = NULL;
	s->buf_cap = 0;
	s->have = 0;
	s->need = 0;
	s->n_header = 0;
	s->lent = false;
}

/* Takes up to N octets of what was fed. */
static struct pst_slice take(struct tpkt_stream *s, size_t n)
{
	const struct pst_slice got = { s->in.p, n < s->in.n ? n : s->in.n };
	if (got.n > 0)
		s->in = slice_of(s->in.p + got.n, s->in.n - got.n);
	return got;
}

static int read_header(struct tpkt_stream *s)
{
	const struct pst_slice got = take(s, (size_t)TPKT_HEADER_LEN - s->n_header);
	if (got.n > 0)
		memcpy(s->header + s->n_header, got.p, got.n);
	s->n_header = (uint8_t)(s->n_header + got.n);
	/* A peer that does not speak TPKT shows in its first octet; do not wait for three more. */
	if (s->n_header > 0 && s->header[0] != TPKT_VERSION)
		return fail(s, PST_E_BAD, "TPKT version is not 3");
	if (s->n_header < TPKT_HEADER_LEN)
		return PST_E_AGAIN;
	const uint32_t length = (uint32_t)s->header[2] << 8 | s->header[3];
	if (length < TPKT_HEADER_LEN)
		return fail(s, PST_E_BAD, "TPKT length is less than its header");
	if (length - TPKT_HEADER_LEN > s->max)
		return fail(s, PST_E_LIMIT, "TPKT is longer than the limit");
	s->need = length - TPKT_HEADER_LEN;
	return 0;
}

static int grow(struct tpkt_stream *s, uint32_t want)
{
	if (want <= s->buf_cap)
		return 0;
	uint32_t cap = s->buf_cap == 0 ? BUF_FIRST : s->buf_cap;
	while (cap < want)
		cap *= 2;
	if (cap > s->need)
		cap = s->need;
	uint8_t *p = realloc(s->buf, cap);
	if (p == NULL)
		return fail(s, PST_E_NOMEM, "out of memory");
	s->buf = p;
	s->buf_cap = cap;
	return 0;
}

/* Keeps what there is of an incomplete payload. */
static int keep(struct tpkt_stream *s)
{
	const struct pst_slice got = take(s, s->need - s->have);
	if (got.n == 0)
		return 0;
	const int err = grow(s, s->have + (uint32_t)got.n);
	if (err != 0)
		return err;
	memcpy(s->buf + s->have, got.p, got.n);
	s->have += (uint32_t)got.n;
	return 0;
}

int tpkt_stream_next(struct tpkt_stream *s, struct pst_slice *payload)
{
	if (s->error != 0)
		return s->error;
	if (s->lent)
		end_message(s);
	if (s->n_header < TPKT_HEADER_LEN) {
		const int err = read_header(s);
		if (err != 0)
			return err;
	}
	if (s->have == 0 && s->in.n >= s->need) {
		*payload = take(s, s->need);
		end_message(s);
		return 0;
	}
	const int err = keep(s);
	if (err != 0)
		return err;
	if (s->have < s->need)
		return PST_E_AGAIN;
	s->lent = true;
	*payload = slice_of(s->buf, s->need);
	return 0;
}

bool tpkt_stream_partial(const struct tpkt_stream *s)
{
	return s->n_header > 0 && !s->lent;
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
