/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Aligned PER, writing: whole numbers, lengths, integers and strings. */
#include "asn1/per.h"

int per_enc_fail(struct per_encoder *e, int code, const char *what)
{
	const size_t bit = (e->out.w->n - e->start) * 8 - e->out.free;
	return per_fail(e->err, e->top, bit, code, what);
}

/* Octets that V needs, at least one. */
static unsigned octets_of(uint64_t v)
{
	unsigned n = 1;
	while (v >>= 8)
		n++;
	return n;
}

/* X.691 11.5.7: a number within bounds, given as its distance from the lower one. */
int per_enc_whole(struct per_encoder *e, const struct asn1_span *s, uint64_t offset)
{
	if (offset > (uint64_t)s->ub - (uint64_t)s->lb)
		return per_enc_fail(e, PST_E_RANGE, "a number is outside its bounds");
	if (s->form == ASN1_SPAN_BITS) {
		bo_put(&e->out, s->bits, offset);
		return 0;
	}
	unsigned n = s->bits;
	if (s->form == ASN1_SPAN_LENGTH) {
		n = octets_of(offset);
		bo_put(&e->out, s->bits, n - 1);
	}
	bo_align(&e->out);
	bo_put(&e->out, n * 8, offset);
	return 0;
}

/* X.691 11.9.3.5-7: the general length form of N < 16384. */
void per_enc_general(struct per_encoder *e, size_t n)
{
	bo_align(&e->out);
	if (n < 128)
		bo_put(&e->out, 8, n);
	else
		bo_put(&e->out, 16, 0x8000 | n);
}

size_t per_enc_fragment(struct per_encoder *e, size_t left)
{
	if (left < PER_FRAGMENT) {
		per_enc_general(e, left);
		return left;
	}
	const size_t k = left / PER_FRAGMENT < 4 ? left / PER_FRAGMENT : 4;
	bo_align(&e->out);
	bo_put(&e->out, 8, 0xc0 | k);
	return k * PER_FRAGMENT;
}

int per_enc_size(struct per_encoder *e, const struct asn1_span *s, size_t n, bool *whole)
{
	const bool beyond = (int64_t)n < s->lb || (int64_t)n > s->ub;
	*whole = true;
	if (beyond && !s->extensible)
		return per_enc_fail(e, PST_E_RANGE, "a size is outside its bounds");
	if (s->extensible)
		bo_put(&e->out, 1, beyond);
	if (!beyond && s->form != ASN1_SPAN_SEMI)
		return per_enc_whole(e, s, (uint64_t)n - (uint64_t)s->lb);
	if (n >= PER_FRAGMENT)
		*whole = false;
	else
		per_enc_general(e, n);
	return 0;
}

void per_enc_small(struct per_encoder *e, uint32_t v)
{
	if (v < 64) {
		bo_put(&e->out, 7, v);
		return;
	}
	bo_put(&e->out, 1, 1);
	const unsigned n = octets_of(v);
	per_enc_general(e, n);
	bo_put(&e->out, n * 8, v);
}

void per_enc_open_octets(struct per_encoder *e, struct pst_slice s)
{
	size_t at = 0, n;
	do {
		n = per_enc_fragment(e, s.n - at);
		wr_bytes(e->out.w, slice_of(s.p + at, n));
		at += n;
	} while (n >= PER_FRAGMENT);
}

/* X.691 11.8: two's complement in as few octets as can be, with their length. */
static void integer_signed(struct per_encoder *e, int64_t v)
{
	unsigned n = 1;
	while (n < 8 && (v >> (n * 8 - 1)) != 0 && (v >> (n * 8 - 1)) != -1)
		n++;
	per_enc_general(e, n);
	bo_put(&e->out, n * 8, (uint64_t)v);
}

int per_enc_integer(struct per_encoder *e, const struct asn1_type *t, const void *value)
{
	const struct asn1_span *s = &t->span;
	int64_t v;
	if (t->store == ASN1_STORE_BIG && ((const struct asn1_integer *)value)->big.n > 0) {
		const struct pst_slice big = ((const struct asn1_integer *)value)->big;
		if (big.n > PER_INTEGER_MAX)
			return per_enc_fail(e, PST_E_RANGE, "an integer has too many octets");
		per_enc_general(e, big.n);
		wr_bytes(e->out.w, big);
		return 0;
	}
	if (t->store == ASN1_STORE_U32)
		v = *(const uint32_t *)value;
	else if (t->store == ASN1_STORE_I64)
		v = *(const int64_t *)value;
	else
		v = ((const struct asn1_integer *)value)->v;
	const bool beyond = s->form != ASN1_SPAN_NONE && (v < s->lb || v > s->ub);
	if (beyond && !s->extensible)
		return per_enc_fail(e, PST_E_RANGE, "a number is outside its bounds");
	if (s->extensible)
		bo_put(&e->out, 1, beyond);
	if (beyond || s->form == ASN1_SPAN_NONE) {
		integer_signed(e, v);
		return 0;
	}
	const uint64_t offset = (uint64_t)v - (uint64_t)s->lb;
	if (s->form != ASN1_SPAN_SEMI)
		return per_enc_whole(e, s, offset);
	const unsigned n = octets_of(offset);
	per_enc_general(e, n);
	bo_put(&e->out, n * 8, offset);
	return 0;
}

/* Characters as their wire form; all or nothing is not needed, the caller drops what was written. */
static int characters(struct per_encoder *e, const struct asn1_type *t, struct pst_slice s)
{
	const size_t unit = t->kind == ASN1_BMP_STRING ? 2 : 1;
	for (size_t i = 0; i < s.n; i += unit) {
		uint64_t v = s.p[i + unit - 1];
		if (unit == 2 && s.p[i] != 0)
			return per_enc_fail(e, PST_E_RANGE, "a character is outside its alphabet");
		if (t->alphabet != NULL) {
			const char *at = memchr(t->alphabet, (int)v, t->n_alphabet);
			if (at == NULL)
				return per_enc_fail(e, PST_E_RANGE, "a character is outside its alphabet");
			if (t->by_index)
				v = (uint64_t)(at - t->alphabet);
		}
		bo_put(&e->out, t->char_bits, v);
	}
	return 0;
}

/* Units FROM..FROM+N of the content; a FROM that is not 0 is a multiple of a fragment, so whole octets. */
static int content(struct per_encoder *e, const struct asn1_type *t, struct pst_slice s, size_t from, size_t n)
{
	if (t->kind == ASN1_STRING && (t->alphabet != NULL || t->char_bits != 8))
		return characters(e, t, slice_of(s.p + from, n));
	if (t->kind == ASN1_BMP_STRING && t->char_bits < 16)
		return characters(e, t, slice_of(s.p + from * 2, n * 2));
	if (t->kind == ASN1_BIT_STRING) {
		const uint8_t *p = s.p + from / 8;
		bo_octets(&e->out, slice_of(p, n / 8));
		if (n % 8 != 0)
			bo_put(&e->out, n % 8, p[n / 8] >> (8 - n % 8));
		return 0;
	}
	const size_t unit = t->kind == ASN1_BMP_STRING ? 2 : 1;
	bo_octets(&e->out, slice_of(s.p + from * unit, n * unit));
	return 0;
}

/* See starts_aligned() of the decoder. GENERAL: its length went out in the general form, so we are. */
static bool starts_aligned(const struct asn1_type *t, size_t n)
{
	if (n == 0)
		return false;
	if (t->kind == ASN1_STRING || t->kind == ASN1_BMP_STRING)
		return t->aligned;
	if (t->kind != ASN1_OID && t->span.form != ASN1_SPAN_SEMI && t->span.lb == t->span.ub && (int64_t)n == t->span.lb)
		return n > (t->kind == ASN1_BIT_STRING ? 16 : 2);
	return true;
}

int per_enc_string(struct per_encoder *e, const struct asn1_type *t, const void *value)
{
	static const struct asn1_span any = { ASN1_SPAN_SEMI, 0, false, 0, ASN1_NO_BOUND };
	const struct asn1_bits *bits = value;
	const struct pst_slice s = t->kind == ASN1_BIT_STRING ? slice_of(bits->p, (bits->n_bits + 7) / 8)
							      : *(const struct pst_slice *)value;
	const size_t n = t->kind == ASN1_BIT_STRING ? bits->n_bits : t->kind == ASN1_BMP_STRING ? s.n / 2 : s.n;
	bool whole = true;
	if (t->kind == ASN1_BMP_STRING && s.n % 2 != 0)
		return per_enc_fail(e, PST_E_RANGE, "a BMPString has half a character");
	if (t->kind == ASN1_OID && !per_is_oid(s))
		return per_enc_fail(e, PST_E_RANGE, "an object identifier is empty or cut");
	if (n > 0 && s.p == NULL)
		return per_enc_fail(e, PST_E_RANGE, "a string has a length but no octets");
	int err = per_enc_size(e, t->kind == ASN1_OID ? &any : &t->span, n, &whole);
	if (err != 0)
		return err;
	if (whole) {
		if (starts_aligned(t, n))
			bo_align(&e->out);
		return n > 0 ? content(e, t, s, 0, n) : 0;
	}
	size_t at = 0, k;
	do {
		k = per_enc_fragment(e, n - at);
		err = k > 0 ? content(e, t, s, at, k) : 0;
		at += k;
	} while (err == 0 && k >= PER_FRAGMENT);
	return err;
}
