/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Aligned PER, reading: whole numbers, lengths, integers, strings and open types. */
#include "asn1/per.h"

int per_dec_fail(struct per_decoder *d, int code, const char *what)
{
	return per_fail(d->err, d->top, d->in.origin + d->in.pos, code, what);
}

static int out_of_bits(struct per_decoder *d)
{
	return per_dec_fail(d, PST_E_SHORT, "the message ends inside a value");
}

/* What running out of arena means: the caller's cap, or the machine's memory. */
int per_no_memory(const struct per_decoder *d)
{
	return d->arena->cap != 0 ? PST_E_LIMIT : PST_E_NOMEM;
}

/* N zeroed items, or NULL with the error told. */
void *per_dec_alloc(struct per_decoder *d, size_t n, size_t size)
{
	void *p = arena_calloc(d->arena, n, size);
	if (p == NULL)
		(void)per_dec_fail(d, per_no_memory(d), "no memory left for this message");
	return p;
}

/* N <= 8 octets, big-endian; the reader stands on an octet. */
static int octets_u64(struct per_decoder *d, size_t n, uint64_t *v)
{
	if (n * 8 > bi_left(&d->in))
		return out_of_bits(d);
	const uint8_t *p = d->in.p + d->in.pos / 8;
	uint64_t x = 0;
	for (size_t i = 0; i < n; i++)
		x = x << 8 | p[i];
	d->in.pos += n * 8;
	*v = x;
	return 0;
}

/* X.691 11.5.7: a number within bounds, as its distance from the lower one. */
int per_dec_whole(struct per_decoder *d, const struct asn1_span *s, uint64_t *offset)
{
	uint32_t v = 0;
	uint64_t x = 0;
	int err = 0;
	if (s->form == ASN1_SPAN_BITS) {
		if (bi_get(&d->in, s->bits, &v) != 0)
			return out_of_bits(d);
		x = v;
	} else if (s->form == ASN1_SPAN_OCTETS) {
		bi_align(&d->in);
		err = octets_u64(d, s->bits, &x);
	} else {
		if (bi_get(&d->in, s->bits, &v) != 0)
			return out_of_bits(d);
		if (v > 7)
			return per_dec_fail(d, PST_E_BAD, "an integer has too many octets");
		bi_align(&d->in);
		err = octets_u64(d, v + 1, &x);
	}
	if (err != 0)
		return err;
	if (x > (uint64_t)s->ub - (uint64_t)s->lb)
		return per_dec_fail(d, PST_E_BAD, "a number is outside its bounds");
	*offset = x;
	return 0;
}

/* X.691 11.9.3.5-8: the general length form. */
int per_dec_general(struct per_decoder *d, struct per_length *len)
{
	uint32_t v = 0;
	bi_align(&d->in);
	if (bi_get(&d->in, 8, &v) != 0)
		return out_of_bits(d);
	*len = (struct per_length){ .n = v, .general = true };
	if (v < 0x80)
		return 0;
	if (v < 0xc0) {
		uint32_t low = 0;
		if (bi_get(&d->in, 8, &low) != 0)
			return out_of_bits(d);
		len->n = (v & 0x3f) << 8 | low;
		return 0;
	}
	if (v < 0xc1 || v > 0xc4)
		return per_dec_fail(d, PST_E_BAD, "a fragment has an impossible length");
	len->n = (size_t)(v & 7) * PER_FRAGMENT;
	len->more = true;
	return 0;
}

/* The size of a string or list: extension bit, then the form its bounds ask for. */
int per_dec_size(struct per_decoder *d, const struct asn1_span *s, struct per_length *len)
{
	uint32_t beyond = 0;
	if (s->extensible && bi_get(&d->in, 1, &beyond) != 0)
		return out_of_bits(d);
	if (beyond || s->form == ASN1_SPAN_SEMI) {
		const int err = per_dec_general(d, len);
		if (err == 0 && !beyond && !len->more && (int64_t)len->n < s->lb)
			return per_dec_fail(d, PST_E_BAD, "a size is below its bound");
		if (err == 0 && !beyond && (int64_t)len->n > s->ub)
			return per_dec_fail(d, PST_E_BAD, "a size is above its bound");
		return err;
	}
	uint64_t v = 0;
	const int err = per_dec_whole(d, s, &v);
	*len = (struct per_length){ .n = (size_t)((uint64_t)s->lb + v) };
	return err;
}

/* X.691 11.6: normally small non-negative number. */
int per_dec_small(struct per_decoder *d, uint32_t *v)
{
	uint32_t large = 0;
	if (bi_get(&d->in, 1, &large) != 0)
		return out_of_bits(d);
	if (!large)
		return bi_get(&d->in, 6, v) != 0 ? out_of_bits(d) : 0;
	struct per_length len;
	uint64_t x = 0;
	int err = per_dec_general(d, &len);
	if (err != 0)
		return err;
	if (len.n < 1 || len.n > 4)
		return per_dec_fail(d, PST_E_BAD, "an extension number is out of reason");
	err = octets_u64(d, len.n, &x);
	*v = (uint32_t)x;
	return err;
}

/*
 * Content in fragments: gathers N units (so far LEN) of UNIT_BITS each into the arena, left-justified. Every
 * fragment but the last is whole octets. UB bounds the units before anything is allocated.
 */
static int gather(struct per_decoder *d, struct per_length len, unsigned unit_bits, int64_t lb, int64_t ub, size_t *n,
	struct pst_slice *s)
{
	const size_t first = d->in.pos;
	const struct per_length first_len = len;
	size_t units = 0;
	for (;;) { /* once to learn how much it is */
		if (len.n > bi_left(&d->in) / unit_bits)
			return out_of_bits(d);
		units += len.n;
		d->in.pos += len.n * unit_bits;
		if (!len.more)
			break;
		const int err = per_dec_general(d, &len);
		if (err != 0)
			return err;
	}
	if ((int64_t)units > ub || (int64_t)units < lb)
		return per_dec_fail(d, PST_E_BAD, "a size is outside its bounds");
	const size_t end = d->in.pos;
	uint8_t *to = per_dec_alloc(d, (units * unit_bits + 7) / 8, 1);
	if (to == NULL)
		return per_no_memory(d);
	s->p = to;
	s->n = (units * unit_bits + 7) / 8;
	*n = units;
	d->in.pos = first;
	for (len = first_len;;) {
		const size_t octets = (len.n * unit_bits + 7) / 8;
		memcpy(to, d->in.p + d->in.pos / 8, octets);
		to += octets;
		d->in.pos += len.n * unit_bits;
		if (!len.more)
			break;
		if (per_dec_general(d, &len) != 0)
			return PST_E_BAD; /* cannot be: it was read before */
	}
	d->in.pos = end;
	return 0;
}

/* N units where the reader stands: borrowed when on an octet, else copied. */
static int take_bits(struct per_decoder *d, size_t n, unsigned unit_bits, struct pst_slice *s)
{
	if (n > bi_left(&d->in) / unit_bits)
		return out_of_bits(d);
	const size_t bits = n * unit_bits, octets = (bits + 7) / 8;
	if (d->in.pos % 8 == 0) {
		*s = slice_of(d->in.p + d->in.pos / 8, octets);
		d->in.pos += bits;
		return 0;
	}
	uint8_t *to = per_dec_alloc(d, octets, 1);
	if (to == NULL)
		return per_no_memory(d);
	*s = slice_of(to, octets);
	for (size_t left = bits; left > 0;) {
		const unsigned k = left < 8 ? (unsigned)left : 8;
		uint32_t v = 0;
		if (bi_get(&d->in, k, &v) != 0)
			return out_of_bits(d);
		*to++ = (uint8_t)(v << (8 - k));
		left -= k;
	}
	return 0;
}

/* Open type, X.691 11.2: general length and octets. ORIGIN: where they stand in the outermost value. */
int per_dec_open(struct per_decoder *d, struct pst_slice *s, size_t *origin)
{
	struct per_length len;
	const int err = per_dec_general(d, &len);
	if (err != 0)
		return err;
	*origin = d->in.origin + d->in.pos;
	size_t n = 0;
	return len.more ? gather(d, len, 8, 0, ASN1_NO_BOUND, &n, s) : take_bits(d, len.n, 8, s);
}

static void store(const struct asn1_type *t, void *out, int64_t v)
{
	if (t->store == ASN1_STORE_U32)
		*(uint32_t *)out = (uint32_t)v;
	else if (t->store == ASN1_STORE_I64)
		*(int64_t *)out = v;
	else
		((struct asn1_integer *)out)->v = v;
}

/* X.691 11.7, 11.8: an integer without an upper bound, or without any. */
static int integer_long(struct per_decoder *d, const struct asn1_type *t, bool semi, void *out)
{
	struct per_length len;
	uint64_t x = 0;
	int err = per_dec_general(d, &len);
	if (err != 0)
		return err;
	if (len.n == 0)
		return per_dec_fail(d, PST_E_BAD, "an integer has no octets");
	if (len.n > PER_INTEGER_MAX)
		return per_dec_fail(d, PST_E_LIMIT, "an integer has too many octets");
	if (len.n * 8 > bi_left(&d->in))
		return out_of_bits(d);
	const struct pst_slice raw = slice_of(d->in.p + d->in.pos / 8, len.n);
	size_t n = len.n;
	const uint8_t *p = raw.p;
	const bool negative = !semi && (p[0] & 0x80) != 0;
	for (; n > 8 && p[0] == (negative ? 0xff : 0); n--)
		p++; /* not minimal, but no larger for it */
	d->in.pos += len.n * 8;
	bool fits = n <= 8;
	if (fits) {
		x = negative ? UINT64_MAX : 0;
		for (size_t i = 0; i < n; i++)
			x = x << 8 | p[i];
		if (semi)
			fits = x <= (uint64_t)INT64_MAX - (t->span.lb > 0 ? (uint64_t)t->span.lb : 0);
		else
			fits = negative == (x >> 63 != 0);
	}
	if (fits) {
		store(t, out, (int64_t)(x + (semi ? (uint64_t)t->span.lb : 0)));
		return 0;
	}
	if (t->store != ASN1_STORE_BIG)
		return per_dec_fail(d, PST_E_RANGE, "an integer does not fit 64 bits");
	((struct asn1_integer *)out)->big = raw;
	return 0;
}

int per_dec_integer(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	uint32_t beyond = 0;
	uint64_t x = 0;
	if (t->span.extensible && bi_get(&d->in, 1, &beyond) != 0)
		return out_of_bits(d);
	if (beyond || t->span.form == ASN1_SPAN_NONE)
		return integer_long(d, t, false, out);
	if (t->span.form == ASN1_SPAN_SEMI)
		return integer_long(d, t, true, out);
	const int err = per_dec_whole(d, &t->span, &x);
	if (err == 0)
		store(t, out, (int64_t)((uint64_t)t->span.lb + x));
	return err;
}

/* Characters that go out in less than they take here, or as an index: spread to an octet each, of a BMPString two. */
static int spread(struct per_decoder *d, const struct asn1_type *t, struct bits_in in, size_t n, struct pst_slice *s)
{
	const size_t unit = t->kind == ASN1_BMP_STRING ? 2 : 1;
	uint8_t *to = per_dec_alloc(d, n, unit);
	if (to == NULL)
		return per_no_memory(d);
	*s = slice_of(to, n * unit);
	for (size_t i = 0; i < n; i++) {
		uint32_t v = 0;
		if (bi_get(&in, t->char_bits, &v) != 0)
			return out_of_bits(d);
		if (t->by_index && v >= t->n_alphabet)
			return per_dec_fail(d, PST_E_BAD, "a character is outside its alphabet");
		to[i * unit + unit - 1] = t->by_index ? (uint8_t)t->alphabet[v] : (uint8_t)v;
	}
	return 0;
}

static int in_alphabet(struct per_decoder *d, const struct asn1_type *t, struct pst_slice s)
{
	for (size_t i = 0; t->alphabet != NULL && i < s.n; i++)
		if (memchr(t->alphabet, s.p[i], t->n_alphabet) == NULL)
			return per_dec_fail(d, PST_E_BAD, "a character is outside its alphabet");
	return 0;
}

/* X.691 16 (BIT), 17 (OCTET), 30 (characters), 24 (OID): whether the content starts on an octet. */
static bool starts_aligned(const struct asn1_type *t, const struct per_length *len)
{
	const bool fixed = t->span.form != ASN1_SPAN_SEMI && t->span.lb == t->span.ub && !len->general;
	if (len->n == 0)
		return false;
	if (t->kind == ASN1_STRING || t->kind == ASN1_BMP_STRING)
		return t->aligned || len->general;
	if (fixed)
		return len->n > (t->kind == ASN1_BIT_STRING ? 16 : 2);
	return true;
}

/* The bits after the last of a BIT STRING belong to somebody else: users find zeros there. */
static int clear_tail(struct per_decoder *d, size_t n_bits, struct pst_slice *s)
{
	const uint8_t mask = (uint8_t)(0xff >> n_bits % 8);
	if (n_bits % 8 == 0 || (s->p[s->n - 1] & mask) == 0)
		return 0;
	uint8_t *to = per_dec_alloc(d, s->n, 1);
	if (to == NULL)
		return per_no_memory(d);
	memcpy(to, s->p, s->n);
	to[s->n - 1] &= (uint8_t)~mask;
	s->p = to;
	return 0;
}

/* Every kind whose value is a run of units: octets, bits or characters. */
int per_dec_string(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	const bool characters = t->kind == ASN1_STRING || t->kind == ASN1_BMP_STRING;
	const unsigned unit = characters ? t->char_bits : t->kind == ASN1_BIT_STRING ? 1 : 8;
	const bool spreads = characters && (unit < (t->kind == ASN1_BMP_STRING ? 16 : 8) || t->by_index);
	struct per_length len;
	struct pst_slice s = { NULL, 0 };
	int err = t->kind == ASN1_OID ? per_dec_general(d, &len) : per_dec_size(d, &t->span, &len);
	if (err != 0)
		return err;
	if (starts_aligned(t, &len))
		bi_align(&d->in);
	size_t n = len.n;
	struct bits_in at = d->in;
	if (len.more) {
		const bool bound = t->kind != ASN1_OID && t->span.form == ASN1_SPAN_SEMI;
		err = gather(d, len, unit, bound ? t->span.lb : 0, bound ? t->span.ub : ASN1_NO_BOUND, &n, &s);
		at = bi_of(s, d->in.origin + at.pos);
	} else if (spreads) {
		if (n > bi_left(&d->in) / unit)
			return out_of_bits(d);
		d->in.pos += n * unit;
	} else {
		err = take_bits(d, n, unit, &s);
	}
	if (err == 0 && spreads)
		err = spread(d, t, at, n, &s);
	else if (err == 0 && t->kind == ASN1_STRING)
		err = in_alphabet(d, t, s);
	else if (err == 0 && t->kind == ASN1_BIT_STRING)
		err = clear_tail(d, n, &s);
	else if (err == 0 && t->kind == ASN1_OID && !per_is_oid(s))
		err = per_dec_fail(d, PST_E_BAD, "an object identifier is empty or cut");
	if (err != 0)
		return err;
	if (t->kind == ASN1_BIT_STRING)
		*(struct asn1_bits *)out = (struct asn1_bits){ s.p, n };
	else
		*(struct pst_slice *)out = s;
	return 0;
}
