/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ldap/ber.h"

/* The length octets after the tag. Moves R past them. */
static int read_length(struct reader *r, size_t *n)
{
	uint8_t first, octet;
	if (rd_u8(r, &first))
		return PST_E_SHORT;
	if (first < 0x80) {
		*n = first;
		return 0;
	}
	if (first == 0x80 || first > 0x84)
		return PST_E_BAD;
	*n = 0;
	for (int i = first & 0x7f; i > 0; i--) {
		if (rd_u8(r, &octet))
			return PST_E_SHORT;
		*n = *n << 8 | octet;
	}
	return 0;
}

int ber_next(struct reader *r, uint8_t *tag, struct reader *content)
{
	struct reader at = *r;
	size_t n;
	int err = rd_u8(&at, tag);
	if (err)
		return err;
	if ((*tag & 0x1f) == 0x1f)
		return PST_E_BAD;
	err = read_length(&at, &n);
	if (!err)
		err = rd_sub(&at, n, content);
	if (!err)
		*r = at;
	return err;
}

int ber_expect(struct reader *r, uint8_t tag, struct reader *content)
{
	struct reader at = *r;
	uint8_t found;
	const int err = ber_next(&at, &found, content);
	if (err)
		return err;
	if (found != tag)
		return PST_E_BAD;
	*r = at;
	return 0;
}

int ber_octets(struct reader *r, uint8_t tag, struct pst_slice *out)
{
	struct reader content;
	const int err = ber_expect(r, tag, &content);
	if (!err)
		*out = ber_rest(&content);
	return err;
}

int ber_int(struct reader *r, uint8_t tag, int32_t *out)
{
	struct pst_slice v;
	const int err = ber_octets(r, tag, &v);
	if (err)
		return err;
	if (v.n == 0 || v.n > 4)
		return PST_E_BAD;
	uint32_t value = v.p[0] & 0x80 ? UINT32_MAX : 0;
	for (size_t i = 0; i < v.n; i++)
		value = value << 8 | v.p[i];
	*out = (int32_t)value;
	return 0;
}

int ber_bool(struct reader *r, bool *out)
{
	struct pst_slice v;
	const int err = ber_octets(r, BER_BOOLEAN, &v);
	if (err)
		return err;
	if (v.n != 1)
		return PST_E_BAD;
	*out = v.p[0] != 0;
	return 0;
}

struct pst_slice ber_rest(const struct reader *r)
{
	return slice_of(r->p == NULL ? NULL : r->p + r->pos, rd_left(r));
}

int ber_length(struct pst_slice octets, size_t *length)
{
	struct reader r = rd_of(octets);
	uint8_t tag;
	size_t n;
	if (rd_u8(&r, &tag))
		return PST_E_AGAIN;
	if ((tag & 0x1f) == 0x1f)
		return PST_E_BAD;
	const int err = read_length(&r, &n);
	if (err)
		return err == PST_E_SHORT ? PST_E_AGAIN : err;
	*length = r.pos + n;
	return 0;
}

size_t ber_begin(struct writer *w, uint8_t tag)
{
	wr_u8(w, tag);
	wr_u8(w, 0);
	return w->n;
}

void ber_end(struct writer *w, size_t at)
{
	const size_t n = w->n - at;
	if (w->full)
		return;
	if (n < 0x80) {
		w->p[at - 1] = (uint8_t)n;
		return;
	}
	const unsigned more = n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x1000000 ? 3 : 4;
	for (unsigned i = 0; i < more; i++)
		wr_u8(w, 0);
	if (w->full)
		return;
	memmove(w->p + at + more, w->p + at, n);
	w->p[at - 1] = (uint8_t)(0x80 | more);
	for (unsigned i = 0; i < more; i++)
		w->p[at + i] = (uint8_t)(n >> (8 * (more - 1 - i)));
}

void ber_put(struct writer *w, uint8_t tag, struct pst_slice content)
{
	if (content.n < 0x80) {
		wr_u8(w, tag);
		wr_u8(w, (uint8_t)content.n);
		wr_bytes(w, content);
		return;
	}
	const size_t at = ber_begin(w, tag);
	wr_bytes(w, content);
	ber_end(w, at);
}

void ber_put_int(struct writer *w, uint8_t tag, int32_t v)
{
	int n = 4;
	/* the shortest form: no nine leading bits alike */
	while (n > 1 && (v >> (8 * n - 9) == 0 || v >> (8 * n - 9) == -1))
		n--;
	wr_u8(w, tag);
	wr_u8(w, (uint8_t)n);
	while (n-- > 0)
		wr_u8(w, (uint8_t)((uint32_t)v >> (8 * n)));
}

void ber_put_bool(struct writer *w, bool v)
{
	wr_u8(w, BER_BOOLEAN);
	wr_u8(w, 1);
	wr_u8(w, v ? 0xff : 0);
}
