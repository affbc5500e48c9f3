/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BER (X.690), writing. Each element leaves one octet for its length and moves its
 * content when that takes more: lengths are the shortest without a pass to count.
 */
#include "asn1/per.h"

enum { BER_CONSTRUCTED = 0x20, TAG_NUMBER_BITS = 24 };

struct ber_encoder {
	struct writer *w;
	size_t start;
	const struct per_frame *top;
	struct asn1_err *err;
	unsigned depth;
};

static int value(struct ber_encoder *e, const struct asn1_type *t, uint32_t tag, const void *at);

static int fail(struct ber_encoder *e, int code, const char *what)
{
	return per_fail(e->err, e->top, (e->w->n - e->start) * 8, code, what);
}

static void put_tag(struct writer *w, uint32_t tag, bool constructed)
{
	const uint32_t number = tag & ((UINT32_C(1) << TAG_NUMBER_BITS) - 1);
	const uint8_t first = (uint8_t)(tag >> TAG_NUMBER_BITS | (constructed ? BER_CONSTRUCTED : 0));
	if (number < 0x1f) {
		wr_u8(w, (uint8_t)(first | number));
		return;
	}
	wr_u8(w, first | 0x1f);
	for (unsigned shift = number >> 14 != 0 ? (number >> 21 != 0 ? 21 : 14) : 7; shift > 0; shift -= 7)
		if (number >> shift != 0)
			wr_u8(w, (uint8_t)(0x80 | (number >> shift & 0x7f)));
	wr_u8(w, number & 0x7f);
}

static size_t begin(struct ber_encoder *e, uint32_t tag, bool constructed)
{
	put_tag(e->w, tag, constructed);
	wr_u8(e->w, 0);
	return e->w->n;
}

/* The content from AT on is whole: writes its length. */
static void end(struct ber_encoder *e, size_t at)
{
	struct writer *w = e->w;
	if (w->full)
		return;
	const size_t n = w->n - at;
	if (n < 0x80) {
		w->p[at - 1] = (uint8_t)n;
		return;
	}
	unsigned octets = 1;
	for (size_t rest = n >> 8; rest != 0; rest >>= 8)
		octets++;
	for (unsigned i = 0; i < octets; i++)
		wr_u8(w, 0);
	if (w->full)
		return;
	memmove(w->p + at + octets, w->p + at, n);
	w->p[at - 1] = (uint8_t)(0x80 | octets);
	for (unsigned i = 0; i < octets; i++)
		w->p[at + i] = (uint8_t)(n >> (octets - 1 - i) * 8);
}

static int integer(struct ber_encoder *e, const struct asn1_type *t, const void *at)
{
	int64_t v;
	if (t->store == ASN1_STORE_BIG && ((const struct asn1_integer *)at)->big.n > 0) {
		wr_bytes(e->w, ((const struct asn1_integer *)at)->big);
		return 0;
	}
	if (t->store == ASN1_STORE_U32)
		v = *(const uint32_t *)at;
	else if (t->store == ASN1_STORE_I64)
		v = *(const int64_t *)at;
	else
		v = ((const struct asn1_integer *)at)->v;
	if (t->span.form != ASN1_SPAN_NONE && !t->span.extensible && (v < t->span.lb || v > t->span.ub))
		return fail(e, PST_E_RANGE, "a number is outside its bounds");
	unsigned n = 1;
	while (n < 8 && (v >> (n * 8 - 1)) != 0 && (v >> (n * 8 - 1)) != -1)
		n++;
	while (n-- > 0)
		wr_u8(e->w, (uint8_t)((uint64_t)v >> n * 8));
	return 0;
}

static int enumerated(struct ber_encoder *e, const struct asn1_type *t, uint32_t v)
{
	if ((v >= t->n_fields && !t->span.extensible) || v >= 1u << 23)
		return fail(e, PST_E_RANGE, "no such enumeration item");
	if (v >= 0x8000)
		wr_u8(e->w, (uint8_t)(v >> 16));
	if (v >= 0x80)
		wr_u8(e->w, (uint8_t)(v >> 8));
	wr_u8(e->w, (uint8_t)v);
	return 0;
}

static int string(struct ber_encoder *e, const struct asn1_type *t, struct pst_slice s)
{
	const size_t unit = t->kind == ASN1_BMP_STRING ? 2 : 1;
	if (s.n > 0 && s.p == NULL)
		return fail(e, PST_E_RANGE, "a string has a length but no octets");
	if (t->kind == ASN1_OID) {
		if (!per_is_oid(s))
			return fail(e, PST_E_RANGE, "an object identifier is empty or cut");
	} else if (s.n % unit != 0) {
		return fail(e, PST_E_RANGE, "a BMPString has half a character");
	} else if (t->kind != ASN1_TEXT && !t->span.extensible &&
	           ((int64_t)(s.n / unit) < t->span.lb || (int64_t)(s.n / unit) > t->span.ub)) {
		return fail(e, PST_E_RANGE, "a size is outside its bounds");
	}
	for (size_t i = 0; t->kind == ASN1_BMP_STRING && t->char_bits < 16 && i < s.n; i += 2)
		if (s.p[i] != 0)
			return fail(e, PST_E_RANGE, "a character is outside its alphabet");
	for (size_t i = 0; t->alphabet != NULL && i < s.n; i += unit)
		if (memchr(t->alphabet, s.p[i + unit - 1], t->n_alphabet) == NULL)
			return fail(e, PST_E_RANGE, "a character is outside its alphabet");
	wr_bytes(e->w, s);
	return 0;
}

static int bit_string(struct ber_encoder *e, const struct asn1_type *t, const struct asn1_bits *b)
{
	if (!t->span.extensible && ((int64_t)b->n_bits < t->span.lb || (int64_t)b->n_bits > t->span.ub))
		return fail(e, PST_E_RANGE, "a size is outside its bounds");
	wr_u8(e->w, (uint8_t)((8 - b->n_bits % 8) % 8));
	wr_bytes(e->w, slice_of(b->p, b->n_bits / 8));
	if (b->n_bits % 8 != 0)
		wr_u8(e->w, b->p[b->n_bits / 8] & (uint8_t)(0xff00 >> b->n_bits % 8));
	return 0;
}

static int component(struct ber_encoder *e, const struct asn1_field *f, const void *in)
{
	const struct per_frame here = {e->top, f->name, 0};
	const void *at = field_at(f, in);
	int err;
	e->top = &here;
	if (at == NULL) {
		err = fail(e, PST_E_RANGE, "a value is missing");
	} else if (f->tag != 0 && f->type->kind == ASN1_CHOICE) {
		const size_t from = begin(e, f->tag, true);
		err = value(e, f->type, 0, at);
		end(e, from);
	} else {
		err = value(e, f->type, f->tag, at);
	}
	e->top = here.up;
	return err;
}

static int sequence(struct ber_encoder *e, const struct asn1_type *t, const void *in)
{
	for (const struct asn1_field *f = t->fields; f < t->fields + t->n_fields; f++) {
		const int err = per_is_sent(f, in) ? component(e, f, in) : 0;
		if (err != 0)
			return err;
	}
	return 0;
}

static int sequence_of(struct ber_encoder *e, const struct asn1_type *t, const struct asn1_list *list)
{
	if (!t->span.extensible && ((int64_t)list->n < t->span.lb || (int64_t)list->n > t->span.ub))
		return fail(e, PST_E_RANGE, "a size is outside its bounds");
	if (list->n > 0 && list->v == NULL && t->element->size > 0)
		return fail(e, PST_E_RANGE, "a value is missing");
	struct per_frame here = {e->top, NULL, 0};
	int err = 0;
	e->top = &here;
	for (uint32_t i = 0; err == 0 && i < list->n; i++) {
		here.index = i;
		err = value(e, t->element, 0,
		        list->v == NULL ? NULL : (const uint8_t *)list->v + (size_t)i * t->element->size);
	}
	e->top = here.up;
	return err;
}

static int choice(struct ber_encoder *e, const struct asn1_type *t, const void *at)
{
	const uint32_t index = *(const uint32_t *)at;
	if (index >= t->n_fields)
		return fail(e, PST_E_RANGE, "no such alternative");
	return component(e, &t->fields[index], at);
}

static int content(struct ber_encoder *e, const struct asn1_type *t, const void *at)
{
	switch ((enum asn1_kind)t->kind) {
	case ASN1_BOOLEAN: wr_u8(e->w, *(const bool *)at ? 0xff : 0); return 0;
	case ASN1_NULL: return 0;
	case ASN1_INTEGER: return integer(e, t, at);
	case ASN1_ENUMERATED: return enumerated(e, t, *(const uint32_t *)at);
	case ASN1_BIT_STRING: return bit_string(e, t, at);
	case ASN1_OCTET_STRING:
	case ASN1_OID:
	case ASN1_STRING:
	case ASN1_BMP_STRING:
	case ASN1_TEXT: return string(e, t, *(const struct pst_slice *)at);
	case ASN1_SEQUENCE: return sequence(e, t, at);
	case ASN1_SEQUENCE_OF: return sequence_of(e, t, at);
	case ASN1_CHOICE:
	case ASN1_UNKNOWN_EXTENSION: break;
	}
	return fail(e, PST_E_ARG, "this descriptor has no encoding");
}

static int value(struct ber_encoder *e, const struct asn1_type *t, uint32_t tag, const void *at)
{
	if (e->depth == 0)
		return fail(e, PST_E_LIMIT, "nested too deep");
	e->depth--;
	int err;
	if (t->kind == ASN1_CHOICE) {
		err = choice(e, t, at);
	} else {
		const size_t from = begin(
		        e, tag != 0 ? tag : t->tag, t->kind == ASN1_SEQUENCE || t->kind == ASN1_SEQUENCE_OF);
		err = content(e, t, at);
		end(e, from);
	}
	e->depth++;
	return err;
}

int asn1_ber_encode(const struct asn1_type *t, const void *in, struct writer *w, struct asn1_err *err)
{
	const size_t start = w->n;
	const bool was_full = w->full;
	struct ber_encoder e = {.w = w, .start = start, .err = err, .depth = PER_DEPTH_MAX};
	int rc = value(&e, t, 0, in);
	if (rc == 0 && w->full)
		rc = fail(&e, PST_E_SPACE, "the encoding is larger than its buffer");
	if (rc != 0) {
		w->n = start;
		w->full = was_full;
	}
	return rc;
}
