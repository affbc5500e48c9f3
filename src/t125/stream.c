/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TPKT, X.224 DT and their segments, down to MCS PDUs. */
#include "t125/stream.h"

#include <stdlib.h>

enum { PDU_MAX = 65535 };

void t125_stream_init(struct t125_stream *s, uint32_t max)
{
	*s = (struct t125_stream){.max = max != 0 ? max : PDU_MAX};
	tpkt_init(&s->tpkt, 0);
}

void t125_stream_feed(struct t125_stream *s, struct pst_slice octets)
{
	frames_feed(&s->tpkt, octets);
}

static int fail(struct t125_stream *s, int err, const char *what)
{
	s->error = err;
	s->what = what;
	return err;
}

static int keep(struct t125_stream *s, struct pst_slice data)
{
	if (data.n > s->max - s->n)
		return fail(s, PST_E_LIMIT, "an MCS PDU is longer than agreed");
	if (s->n + data.n > s->cap) {
		const uint32_t cap = (uint32_t)(s->n + data.n) * 2;
		uint8_t *p = realloc(s->buf, cap);
		if (p == NULL)
			return fail(s, PST_E_NOMEM, "no memory for an MCS PDU");
		s->buf = p;
		s->cap = cap;
	}
	if (data.n > 0)
		memcpy(s->buf + s->n, data.p, data.n);
	s->n += (uint32_t)data.n;
	return 0;
}

static int data(struct t125_stream *s, struct t125_unit *u)
{
	const struct pst_slice in = u->tpdu.data;
	if (s->n == 0 && u->tpdu.eot) {
		if (in.n > s->max)
			return fail(s, PST_E_LIMIT, "an MCS PDU is longer than agreed");
		u->is_pdu = true;
		u->pdu = in;
		return 0;
	}
	if (in.n == 0 && !u->tpdu.eot)
		return fail(s, PST_E_BAD, "a segment carries nothing");
	const int err = keep(s, in);
	if (err != 0)
		return err;
	if (!u->tpdu.eot)
		return PST_E_AGAIN;
	u->is_pdu = u->segmented = true;
	u->pdu = slice_of(s->buf, s->n);
	s->lent = true;
	return 0;
}

int t125_stream_next(struct t125_stream *s, struct t125_unit *u)
{
	struct pst_slice payload;
	if (s->error != 0)
		return s->error;
	if (s->lent) {
		s->lent = false;
		s->n = 0;
	}
	for (;;) {
		int err = tpkt_next(&s->tpkt, &payload);
		if (err != 0)
			return err == PST_E_AGAIN ? err : fail(s, err, s->tpkt.what);
		if (payload.n == 0)
			continue; /* a keep-alive */
		*u = (struct t125_unit){.whole = payload};
		if (x224_decode(&u->tpdu, payload) != 0)
			return fail(s, PST_E_BAD, "this is no X.224 TPDU");
		if (u->tpdu.type != X224_DT)
			return 0;
		err = data(s, u);
		if (err != PST_E_AGAIN)
			return err;
	}
}

bool t125_stream_ahead(const struct t125_stream *s, struct t125_data *d, uint32_t *len)
{
	const struct pst_slice in = s->tpkt.in;
	const uint8_t dt[] = {X224_DT_HEADER_LEN - 1, X224_DT, 0x80};
	const size_t framing = TPKT_HEADER_LEN + sizeof dt;
	if (s->error != 0 || (s->n > 0 && !s->lent) || !frames_between(&s->tpkt) || in.n <= framing ||
	        in.p[0] != TPKT_VERSION || memcmp(in.p + TPKT_HEADER_LEN, dt, sizeof dt) != 0)
		return false;
	*len = (uint32_t)in.p[2] << 8 | in.p[3];
	const size_t n = in.n < *len ? in.n : *len;
	if (n <= framing || *len - framing > s->max)
		return false;
	return t125_data_ahead(d, slice_of(in.p + framing, n - framing), *len - framing) == 0;
}

struct pst_slice t125_stream_skip(struct t125_stream *s, size_t n)
{
	if (s->lent) {
		s->lent = false;
		s->n = 0;
	}
	return s->n == 0 ? frames_skip(&s->tpkt, n) : slice_of(NULL, 0);
}

void t125_stream_reset(struct t125_stream *s)
{
	frames_reset(&s->tpkt);
	free(s->buf);
	*s = (struct t125_stream){.max = s->max};
	tpkt_init(&s->tpkt, 0);
}
