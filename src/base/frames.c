/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/frames.h"

#include <assert.h>
#include <stdlib.h>

enum { BUF_FIRST = 512 };

void frames_init(struct frames *s, uint32_t max)
{
	*s = (struct frames){ .max = max };
}

void frames_reset(struct frames *s)
{
	free(s->buf);
	frames_init(s, s->max);
}

void frames_feed(struct frames *s, struct pst_slice octets)
{
	assert(s->in.n == 0 || s->error != 0);
	s->in = octets;
}

static int fail(struct frames *s, int error, const char *what)
{
	s->error = error;
	s->what = what;
	return error;
}

static void end_message(struct frames *s)
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
static struct pst_slice take(struct frames *s, size_t n)
{
	const struct pst_slice got = { s->in.p, n < s->in.n ? n : s->in.n };
	if (got.n > 0)
		s->in = slice_of(s->in.p + got.n, s->in.n - got.n);
	return got;
}

static int read_header(struct frames *s, uint8_t header_len, frames_header *header)
{
	const struct pst_slice got = take(s, (size_t)header_len - s->n_header);
	if (got.n == 0)
		return PST_E_AGAIN;
	memcpy(s->header + s->n_header, got.p, got.n);
	s->n_header = (uint8_t)(s->n_header + got.n);
	/* Early: a peer that speaks something else shows in its first octet. */
	const char *what = "not what the protocol begins with";
	const int err = header(s->header, s->n_header, &s->need, &what);
	if (err != 0)
		return fail(s, err, what);
	if (s->n_header < header_len)
		return PST_E_AGAIN;
	return s->need > s->max ? fail(s, PST_E_LIMIT, "a message is longer than the limit") : 0;
}

static int grow(struct frames *s, uint32_t want)
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

/* Keeps what there is of an incomplete message. */
static int keep(struct frames *s)
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

int frames_next(struct frames *s, uint8_t header_len, frames_header *header, struct pst_slice *message)
{
	if (s->error != 0)
		return s->error;
	if (s->lent)
		end_message(s);
	if (s->n_header < header_len) {
		const int err = read_header(s, header_len, header);
		if (err != 0)
			return err;
	}
	if (s->have == 0 && s->in.n >= s->need) {
		*message = take(s, s->need);
		end_message(s);
		return 0;
	}
	const int err = keep(s);
	if (err != 0)
		return err;
	if (s->have < s->need)
		return PST_E_AGAIN;
	s->lent = true;
	*message = slice_of(s->buf, s->need);
	return 0;
}

struct pst_slice frames_rest(struct frames *s)
{
	const struct pst_slice rest = s->in;
	s->in = slice_of(NULL, 0);
	return rest;
}

bool frames_between(const struct frames *s)
{
	return s->error == 0 && s->in.n > 0 && (s->n_header == 0 || s->lent);
}

struct pst_slice frames_skip(struct frames *s, size_t n)
{
	if (!frames_between(s))
		return slice_of(NULL, 0);
	if (s->lent)
		end_message(s);
	return take(s, n);
}

bool frames_partial(const struct frames *s)
{
	return s->n_header > 0 && !s->lent;
}
