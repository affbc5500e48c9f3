/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * BER (X.690), reading, by the descriptors that PER uses. An element is found first, its
 * contents are a slice of their own, so nothing below can look past its end.
 */
#include "asn1/per.h"

enum {
	BER_CONSTRUCTED = 0x20,
	BER_PIECES_DEPTH = 4, /* strings in pieces of pieces */
	BER_SKIP_DEPTH = 16,  /* indefinite lengths within each other, when only their end is looked for */
	TAG_NUMBER_BITS = 24,
};

struct ber_decoder {
	const uint8_t *base; /* of the outermost value, for error places */
	struct arena *arena;
	const struct per_frame *top;
	struct asn1_err *err;
	uint32_t elements;
	unsigned depth;
};

struct element {
	uint32_t tag; /* class and number */
	bool constructed;
	struct pst_slice content;
};

static int value(
        struct ber_decoder *d, const struct asn1_type *t, uint32_t tag, const struct element *e, void *out);

static int fail(struct ber_decoder *d, const uint8_t *at, int code, const char *what)
{
	return per_fail(d->err, d->top, at != NULL ? (size_t)(at - d->base) * 8 : 0, code, what);
}

static int no_memory(struct ber_decoder *d)
{
	return fail(
	        d, NULL, d->arena->cap != 0 ? PST_E_LIMIT : PST_E_NOMEM, "no memory left for this message");
}

/* ---- elements */

/* Tag and length. *LENGTH is SIZE_MAX when indefinite. The content begins at *AT. */
static int head(struct pst_slice in, size_t *at, uint32_t *tag, bool *constructed, size_t *length)
{
	size_t i = 0;
	if (in.n < 2)
		return PST_E_SHORT;
	const uint8_t first = in.p[i++];
	uint32_t number = first & 0x1f;
	if (number == 0x1f) {
		number = 0;
		do {
			if (i == in.n)
				return PST_E_SHORT;
			if (number >> (TAG_NUMBER_BITS - 7) != 0)
				return PST_E_BAD;
			number = number << 7 | (in.p[i] & 0x7f);
		} while ((in.p[i++] & 0x80) != 0);
	}
	*tag = (uint32_t)(first & 0xc0) << TAG_NUMBER_BITS | number;
	*constructed = (first & BER_CONSTRUCTED) != 0;
	if (i == in.n)
		return PST_E_SHORT;
	const uint8_t l = in.p[i++];
	size_t n = l;
	if (l == 0x80) {
		if (!*constructed)
			return PST_E_BAD;
		n = SIZE_MAX;
	} else if (l > 0x80) {
		if (l == 0xff)
			return PST_E_BAD;
		n = 0;
		for (unsigned k = l & 0x7f; k > 0; k--) {
			if (i == in.n)
				return PST_E_SHORT;
			if (n >> 24 != 0) /* longer than anything here; leading zeros are let be */
				return PST_E_BAD;
			n = n << 8 | in.p[i++];
		}
	}
	*at = i;
	*length = n;
	return 0;
}

static int take(struct pst_slice *in, struct element *e, unsigned depth);

/* The content of an element without a length ends before the first 00 00 that belongs to it. */
static int indefinite(struct pst_slice *in, struct element *e, unsigned depth)
{
	const uint8_t *start = in->p;
	struct element inner;
	if (depth == 0)
		return PST_E_LIMIT;
	for (;;) {
		if (in->n < 2)
			return PST_E_SHORT;
		if (in->p[0] == 0 && in->p[1] == 0)
			break;
		const int err = take(in, &inner, depth - 1);
		if (err != 0)
			return err;
	}
	e->content = slice_of(start, (size_t)(in->p - start));
	*in = slice_of(in->p + 2, in->n - 2);
	return 0;
}

static int take(struct pst_slice *in, struct element *e, unsigned depth)
{
	size_t at = 0, length = 0;
	const int err = head(*in, &at, &e->tag, &e->constructed, &length);
	if (err != 0)
		return err;
	struct pst_slice rest = slice_of(in->p + at, in->n - at);
	if (length == SIZE_MAX) {
		const int ended = indefinite(&rest, e, depth);
		if (ended == 0)
			*in = rest;
		return ended;
	}
	if (length > rest.n)
		return PST_E_SHORT;
	e->content = slice_of(rest.p, length);
	*in = slice_of(rest.p + length, rest.n - length);
	return 0;
}

/* The next element of IN, an error told at its place. */
static int next(struct ber_decoder *d, struct pst_slice *in, struct element *e)
{
	const uint8_t *at = in->p;
	const int err = take(in, e, BER_SKIP_DEPTH);
	if (err != 0)
		return fail(d, at, err,
		        err == PST_E_SHORT   ? "the message ends inside an element"
		        : err == PST_E_LIMIT ? "nested too deep"
		                             : "this is no element");
	return 0;
}

int asn1_ber_head(struct pst_slice in, uint32_t *tag, size_t *total)
{
	size_t at = 0, length = 0;
	bool constructed = false;
	const int err = head(in, &at, tag, &constructed, &length);
	if (err != 0)
		return err == PST_E_SHORT ? PST_E_AGAIN : err;
	if (length == SIZE_MAX)
		return PST_E_UNSUPPORTED;
	*total = at + length;
	return 0;
}

/* ---- simple values */

static int integer(struct ber_decoder *d, const struct asn1_type *t, struct pst_slice s, void *out)
{
	if (s.n == 0 || s.n > PER_INTEGER_MAX)
		return fail(d, s.p, PST_E_BAD, "an integer has no octets, or too many");
	const bool natural = t->span.form != ASN1_SPAN_NONE && !t->span.extensible && t->span.lb >= 0;
	const bool negative = !natural && (s.p[0] & 0x80) != 0;
	const bool odd = (natural && (s.p[0] & 0x80) != 0) ||
	                 (s.n > 1 && (s.p[0] == 0 || s.p[0] == 0xff) && (s.p[0] >> 7) == (s.p[1] >> 7));
	size_t n = s.n;
	const uint8_t *p = s.p;
	for (; n > 8 && p[0] == (negative ? 0xff : 0); n--)
		p++;
	uint64_t x = negative ? UINT64_MAX : 0;
	for (size_t i = 0; i < n && n <= 8; i++)
		x = x << 8 | p[i];
	const bool fits = n <= 8 && negative == (x >> 63 != 0);
	const bool big = t->store == ASN1_STORE_BIG;
	if (!fits && !big)
		return fail(d, s.p, PST_E_RANGE, "an integer does not fit 64 bits");
	if (fits && t->span.form != ASN1_SPAN_NONE && !t->span.extensible &&
	        ((int64_t)x < t->span.lb || (int64_t)x > t->span.ub))
		return fail(d, s.p, PST_E_BAD, "a number is outside its bounds");
	if (t->store == ASN1_STORE_U32)
		*(uint32_t *)out = (uint32_t)x;
	else if (t->store == ASN1_STORE_I64)
		*(int64_t *)out = (int64_t)x;
	else
		*(struct asn1_integer *)out = (struct asn1_integer){
		        .v = fits ? (int64_t)x : 0, .big = !fits || odd ? s : slice_of(NULL, 0)};
	return 0;
}

static int enumerated(struct ber_decoder *d, const struct asn1_type *t, struct pst_slice s, uint32_t *out)
{
	uint32_t v = 0;
	if (s.n == 0 || s.n > 3 || (s.p[0] & 0x80) != 0)
		return fail(d, s.p, PST_E_BAD, "no such enumeration item");
	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	if (v >= t->n_fields && !t->span.extensible)
		return fail(d, s.p, PST_E_BAD, "no such enumeration item");
	*out = v;
	return 0;
}

/* X.690 8.7.3: pieces are OCTET STRINGs again. TO NULL: only their octets are counted. */
static int pieces(struct ber_decoder *d, struct pst_slice in, uint8_t *to, size_t *n, unsigned depth)
{
	struct element e;
	if (depth == 0)
		return fail(d, in.p, PST_E_LIMIT, "nested too deep");
	while (in.n > 0) {
		int err = next(d, &in, &e);
		if (err != 0)
			return err;
		if ((e.tag & 0xff000000) != ASN1_UNIVERSAL)
			return fail(d, e.content.p, PST_E_BAD, "this is no piece of a string");
		if (e.constructed) {
			err = pieces(d, e.content, to, n, depth - 1);
			if (err != 0)
				return err;
			continue;
		}
		if (to != NULL && e.content.n > 0)
			memcpy(to + *n, e.content.p, e.content.n);
		*n += e.content.n;
	}
	return 0;
}

static int string_octets(struct ber_decoder *d, const struct element *e, struct pst_slice *s)
{
	*s = e->content;
	if (!e->constructed)
		return 0;
	size_t n = 0;
	int err = pieces(d, e->content, NULL, &n, BER_PIECES_DEPTH);
	if (err != 0)
		return err;
	uint8_t *to = arena_alloc(d->arena, n > 0 ? n : 1);
	if (to == NULL)
		return no_memory(d);
	*s = slice_of(to, n);
	n = 0;
	return pieces(d, e->content, to, &n, BER_PIECES_DEPTH);
}

static int in_alphabet(struct ber_decoder *d, const struct asn1_type *t, struct pst_slice s)
{
	const size_t unit = t->kind == ASN1_BMP_STRING ? 2 : 1;
	for (size_t i = 0; i < s.n; i += unit) {
		if (unit == 2 && t->char_bits < 16 && s.p[i] != 0)
			return fail(d, s.p, PST_E_BAD, "a character is outside its alphabet");
		if (t->alphabet != NULL && memchr(t->alphabet, s.p[i + unit - 1], t->n_alphabet) == NULL)
			return fail(d, s.p, PST_E_BAD, "a character is outside its alphabet");
	}
	return 0;
}

static int bit_string(
        struct ber_decoder *d, const struct asn1_type *t, const struct element *e, struct asn1_bits *out)
{
	const struct pst_slice s = e->content;
	if (e->constructed)
		return fail(d, s.p, PST_E_UNSUPPORTED, "a bit string in pieces");
	if (s.n == 0 || s.p[0] > 7 || (s.n == 1 && s.p[0] != 0))
		return fail(d, s.p, PST_E_BAD, "a bit string has an impossible number of bits");
	const size_t bits = (s.n - 1) * 8 - s.p[0];
	if (!t->span.extensible && ((int64_t)bits < t->span.lb || (int64_t)bits > t->span.ub))
		return fail(d, s.p, PST_E_BAD, "a size is outside its bounds");
	*out = (struct asn1_bits){s.n > 1 ? s.p + 1 : NULL, bits};
	if (s.n > 1 && (s.p[s.n - 1] & ((1u << s.p[0]) - 1)) != 0) {
		uint8_t *to =
		        arena_dup(d->arena, s.p + 1, s.n - 1); /* users find zeros behind the last bit */
		if (to == NULL)
			return no_memory(d);
		to[s.n - 2] &= (uint8_t)(0xff << s.p[0]);
		out->p = to;
	}
	return 0;
}

static int string(
        struct ber_decoder *d, const struct asn1_type *t, const struct element *e, struct pst_slice *out)
{
	struct pst_slice s;
	int err = string_octets(d, e, &s);
	if (err != 0)
		return err;
	if (t->kind == ASN1_OID) {
		*out = s;
		return per_is_oid(s) && !e->constructed
		               ? 0
		               : fail(d, e->content.p, PST_E_BAD, "an object identifier is empty or cut");
	}
	const size_t unit = t->kind == ASN1_BMP_STRING ? 2 : 1;
	if (s.n % unit != 0)
		return fail(d, s.p, PST_E_BAD, "a BMPString has half a character");
	if (t->kind != ASN1_TEXT && !t->span.extensible &&
	        ((int64_t)(s.n / unit) < t->span.lb || (int64_t)(s.n / unit) > t->span.ub))
		return fail(d, s.p, PST_E_BAD, "a size is outside its bounds");
	if (t->kind == ASN1_STRING || t->kind == ASN1_BMP_STRING)
		err = in_alphabet(d, t, s);
	*out = s;
	return err;
}

/* ---- structure */

/* Whether an element of tag TAG can begin a value of T with F_TAG in place of its own (0: none). */
static bool begins(const struct asn1_type *t, uint32_t f_tag, uint32_t tag, unsigned depth)
{
	if (f_tag != 0 || t->kind != ASN1_CHOICE)
		return tag == (f_tag != 0 ? f_tag : t->tag);
	for (unsigned i = 0; depth > 0 && i < t->n_fields; i++)
		if (begins(t->fields[i].type, t->fields[i].tag, tag, depth - 1))
			return true;
	return false;
}

/* A component or alternative: in place, or in memory of its own. A tag before a CHOICE stands around it
 * (X.680 31.2.7). */
static int component(struct ber_decoder *d, const struct asn1_field *f, const struct element *e, void *out)
{
	const struct per_frame here = {d->top, f->name, 0};
	struct element inner = *e;
	void *at = (uint8_t *)out + f->offset;
	int err = 0;
	d->top = &here;
	if ((f->flags & ASN1_F_POINTER) != 0) {
		void *p = arena_alloc(d->arena, f->type->size);
		if (p == NULL)
			err = no_memory(d);
		memcpy(at, &p, sizeof p);
		at = p;
	}
	uint32_t tag = f->tag;
	if (err == 0 && f->tag != 0 && f->type->kind == ASN1_CHOICE) {
		struct pst_slice in = e->content;
		err = next(d, &in, &inner);
		if (err == 0 && in.n > 0)
			err = fail(d, in.p, PST_E_BAD, "octets are left over behind an alternative");
		tag = 0;
	}
	if (err == 0)
		err = value(d, f->type, tag, &inner, at);
	d->top = here.up;
	return err;
}

static void set_default(const struct asn1_field *f, void *out)
{
	void *at = (uint8_t *)out + f->offset;
	if (f->type->kind == ASN1_BOOLEAN)
		*(bool *)at = f->default_value != 0;
	else if (f->type->store == ASN1_STORE_U32)
		*(uint32_t *)at = (uint32_t)f->default_value;
	else if (f->type->store == ASN1_STORE_I64)
		*(int64_t *)at = f->default_value;
	else
		((struct asn1_integer *)at)->v = f->default_value;
}

static int sequence(struct ber_decoder *d, const struct asn1_type *t, struct pst_slice in, void *out)
{
	const struct asn1_field *f = t->fields, *end = t->fields + t->n_fields;
	struct element e = {0};
	bool have = false;
	for (;;) {
		if (!have && in.n > 0) {
			const int err = next(d, &in, &e);
			if (err != 0)
				return err;
			have = true;
		}
		if (f == end)
			break;
		if (have && begins(f->type, f->tag, e.tag, d->depth)) {
			const int err = component(d, f, &e, out);
			if (err != 0)
				return err;
			if ((f->flags & (ASN1_F_OPTIONAL | ASN1_F_POINTER)) == ASN1_F_OPTIONAL &&
			        ((f->flags & ASN1_F_DEFAULT) == 0 ||
			                !per_is_default(f, (uint8_t *)out + f->offset)))
				*(bool *)((uint8_t *)out + f->has_offset) = true;
			have = false;
		} else if ((f->flags & ASN1_F_OPTIONAL) == 0) {
			const struct per_frame here = {d->top, f->name, 0};
			d->top = &here;
			const int err = fail(d, have ? e.content.p : in.p, have ? PST_E_BAD : PST_E_SHORT,
			        "a component is missing or has another tag");
			d->top = here.up;
			return err;
		} else if ((f->flags & ASN1_F_DEFAULT) != 0) {
			set_default(f, out);
		}
		f++;
	}
	if (have && !t->extensible)
		return fail(d, e.content.p, PST_E_BAD, "an element does not belong here");
	while (in.n > 0) {
		const int err = next(d, &in, &e);
		if (err != 0)
			return err;
	}
	return 0;
}

static int choice(struct ber_decoder *d, const struct asn1_type *t, const struct element *e, void *out)
{
	for (unsigned i = 0; i < t->n_fields; i++)
		if (begins(t->fields[i].type, t->fields[i].tag, e->tag, d->depth)) {
			*(uint32_t *)out = i;
			return component(d, &t->fields[i], e, out);
		}
	return fail(d, e->content.p, PST_E_BAD, "no such alternative");
}

static int sequence_of(
        struct ber_decoder *d, const struct asn1_type *t, struct pst_slice in, struct asn1_list *list)
{
	struct element e;
	uint32_t n = 0;
	for (struct pst_slice rest = in; rest.n > 0; n++) {
		const int err = next(d, &rest, &e);
		if (err != 0)
			return err;
		if (n >= d->elements)
			return fail(d, rest.p, PST_E_LIMIT, "too many elements");
	}
	if (!t->span.extensible && ((int64_t)n < t->span.lb || (int64_t)n > t->span.ub))
		return fail(d, in.p, PST_E_BAD, "a size is outside its bounds");
	if (n == 0)
		return 0;
	list->v = t->element->size > 0 ? arena_calloc(d->arena, n, t->element->size) : NULL;
	if (list->v == NULL && t->element->size > 0)
		return no_memory(d);
	struct per_frame here = {d->top, NULL, 0};
	int err = 0;
	d->top = &here;
	while (err == 0 && list->n < n) {
		here.index = list->n;
		err = next(d, &in, &e);
		if (err == 0)
			err = value(d, t->element, 0, &e,
			        list->v == NULL ? NULL
			                        : (uint8_t *)list->v + (size_t)list->n * t->element->size);
		if (err == 0)
			list->n++;
	}
	d->top = here.up;
	return err;
}

static int simple(struct ber_decoder *d, const struct asn1_type *t, const struct element *e, void *out)
{
	switch ((enum asn1_kind)t->kind) {
	case ASN1_OCTET_STRING:
	case ASN1_OID:
	case ASN1_STRING:
	case ASN1_BMP_STRING:
	case ASN1_TEXT: return string(d, t, e, out);
	case ASN1_BIT_STRING: return bit_string(d, t, e, out);
	default: break;
	}
	if (e->constructed)
		return fail(d, e->content.p, PST_E_BAD, "a simple value is constructed");
	switch ((enum asn1_kind)t->kind) {
	case ASN1_BOOLEAN:
		if (e->content.n != 1)
			return fail(d, e->content.p, PST_E_BAD, "a boolean is not one octet");
		*(bool *)out = e->content.p[0] != 0;
		return 0;
	case ASN1_NULL: return e->content.n == 0 ? 0 : fail(d, e->content.p, PST_E_BAD, "a NULL has content");
	case ASN1_INTEGER: return integer(d, t, e->content, out);
	case ASN1_ENUMERATED: return enumerated(d, t, e->content, out);
	default: return fail(d, e->content.p, PST_E_ARG, "this descriptor has no encoding");
	}
}

/* TAG stands for the type's own; 0: nothing does. */
static int value(
        struct ber_decoder *d, const struct asn1_type *t, uint32_t tag, const struct element *e, void *out)
{
	if (d->elements == 0)
		return fail(d, e->content.p, PST_E_LIMIT, "too many elements");
	d->elements--;
	if (!begins(t, tag, e->tag, d->depth))
		return fail(d, e->content.p, PST_E_BAD, "an element has another tag than its type");
	if (t->kind != ASN1_SEQUENCE && t->kind != ASN1_SEQUENCE_OF && t->kind != ASN1_CHOICE)
		return simple(d, t, e, out);
	if (t->kind != ASN1_CHOICE && !e->constructed)
		return fail(d, e->content.p, PST_E_BAD, "a structure is not constructed");
	if (d->depth == 0)
		return fail(d, e->content.p, PST_E_LIMIT, "nested too deep");
	d->depth--;
	const int err = t->kind == ASN1_SEQUENCE ? sequence(d, t, e->content, out)
	                : t->kind == ASN1_CHOICE ? choice(d, t, e, out)
	                                         : sequence_of(d, t, e->content, out);
	d->depth++;
	return err;
}

int asn1_ber_decode(const struct asn1_type *t, struct pst_slice in, const struct asn1_limits *lim,
        struct arena *a, void *out, size_t *used_octets, struct asn1_err *err)
{
	lim = lim != NULL ? lim : &asn1_limits_default;
	struct ber_decoder d = {.base = in.p,
	        .arena = a,
	        .err = err,
	        .elements = lim->elements,
	        .depth = lim->depth < PER_DEPTH_MAX ? lim->depth : PER_DEPTH_MAX};
	struct pst_slice rest = in;
	struct element e = {0};
	memset(out, 0, t->size);
	int rc = next(&d, &rest, &e);
	if (rc == 0)
		rc = value(&d, t, 0, &e, out);
	if (rc == 0 && used_octets == NULL && rest.n > 0)
		rc = fail(&d, rest.p, PST_E_BAD, "octets are left over after the message");
	if (rc != 0) {
		memset(out, 0, t->size);
		return rc;
	}
	if (used_octets != NULL)
		*used_octets = in.n - rest.n;
	return 0;
}
