/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ulp/stream.h"

#include <assert.h>
#include <stdlib.h>

enum { BUF_FIRST = 512, LENGTH_MAX = 65535 };

void ulp_stream_init(struct ulp_stream *s, uint32_t max)
{
	*s = (struct ulp_stream){ .max = max == 0 || max > LENGTH_MAX ? LENGTH_MAX : max };
}

void ulp_stream_reset(struct ulp_stream *s)
{
	free(s->buf);
	ulp_stream_init(s, s->max);
}

void ulp_stream_feed(struct ulp_stream *s, struct pst_slice octets)
{
	assert(s->in.n == 0 || s->error != 0);
	s->in = octets;
}

static struct pst_slice take(struct ulp_stream *s, size_t n)
{
	const struct pst_slice got = { s->in.p, n < s->in.n ? n : s->in.n };
	if (got.n > 0)
		s->in = slice_of(s->in.p + got.n, s->in.n - got.n);
	return got;
}

static void end_message(struct ulp_stream *s)
{
	free(s->buf);
	s->buf = NULL;
	s->buf_cap = s->have = s->need = 0;
	s->n_header = 0;
	s->lent = false;
}

static int read_length(struct ulp_stream *s)
{
	while (s->n_header < 2) {
		const struct pst_slice got = take(s, 1);
		if (got.n == 0)
			return PST_E_AGAIN;
		s->header[s->n_header++] = got.p[0];
	}
	s->need = (uint32_t)s->header[0] << 8 | s->header[1];
	return s->need > s->max ? (s->error = PST_E_LIMIT) : 0;
}

/* Keeps what there is of an incomplete message. */
static int keep(struct ulp_stream *s)
{
	const struct pst_slice got = take(s, s->need - s->have);
	const uint32_t want = s->have + (uint32_t)got.n;
	if (got.n == 0)
		return 0;
	if (want > s->buf_cap) {
		uint32_t cap = s->buf_cap == 0 ? BUF_FIRST : s->buf_cap;
		while (cap < want)
			cap *= 2;
		if (cap > s->need)
			cap = s->need;
		uint8_t *p = realloc(s->buf, cap);
		if (p == NULL)
			return s->error = PST_E_NOMEM;
		s->buf = p;
		s->buf_cap = cap;
	}
	memcpy(s->buf + s->have, got.p, got.n);
	s->have = want;
	return 0;
}

int ulp_stream_next(struct ulp_stream *s, struct pst_slice *msg)
{
	if (s->error != 0)
		return s->error;
	if (s->lent)
		end_message(s);
	if (s->n_header < 2) {
		const int err = read_length(s);
		if (err != 0)
			return err;
	}
	if (s->have == 0 && s->in.n >= s->need) {
		*msg = take(s, s->need);
		end_message(s);
		return 0;
	}
	const int err = keep(s);
	if (err != 0)
		return err;
	if (s->have < s->need)
		return PST_E_AGAIN;
	s->lent = true;
	*msg = slice_of(s->buf, s->need);
	return 0;
}

bool ulp_stream_partial(const struct ulp_stream *s)
{
	return s->n_header > 0 && !s->lent;
}
