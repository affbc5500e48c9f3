/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Aligned PER, writing: structure. Presence bitmaps go out as long as they came
 * in (struct asn1_ext), unknown extensions at their places.
 */
#include "asn1/per.h"

static int value(struct per_encoder *e, const struct asn1_type *t, const void *at);

static int component(struct per_encoder *e, const struct asn1_field *f, const void *in)
{
	const struct per_frame here = { e->top, f->name, 0 };
	const void *at = field_at(f, in);
	e->top = &here;
	const int err = at == NULL ? per_enc_fail(e, PST_E_RANGE, "a value is missing") : value(e, f->type, at);
	e->top = here.up;
	return err;
}

/*
 * Content of N octets at AT, with one octet left free before it for its length: makes room for a longer
 * length, or for those of fragments, and writes them. Works from the end, so that nothing is overwritten.
 */
static void open_length(struct writer *w, size_t at, size_t n)
{
	const size_t large = n / (4 * PER_FRAGMENT), rest = n % (4 * PER_FRAGMENT), tail = rest % PER_FRAGMENT;
	const size_t heads = large + (rest >= PER_FRAGMENT) + (tail < 128 ? 1 : 2);
	for (size_t i = 1; i < heads; i++)
		wr_u8(w, 0);
	if (w->full)
		return;
	size_t from = at + n, to = w->n;
	from -= tail;
	to -= tail;
	memmove(w->p + to, w->p + from, tail);
	if (tail < 128) {
		w->p[--to] = (uint8_t)tail;
	} else {
		w->p[--to] = (uint8_t)tail;
		w->p[--to] = (uint8_t)(0x80 | tail >> 8);
	}
	for (size_t left = n - tail; left > 0;) {
		const size_t k = rest >= PER_FRAGMENT && left == n - tail ? rest - tail : 4 * PER_FRAGMENT;
		from -= k;
		to -= k;
		memmove(w->p + to, w->p + from, k);
		w->p[--to] = (uint8_t)(0xc0 | k / PER_FRAGMENT);
		left -= k;
	}
}

/* An extension: its complete encoding inside an open type (X.691 11.2), at least one octet. */
static int component_open(struct per_encoder *e, const struct asn1_field *f, const void *in)
{
	struct writer *w = e->out.w;
	bo_align(&e->out);
	wr_u8(w, 0);
	const size_t at = w->n;
	const int err = component(e, f, in);
	if (err != 0)
		return err;
	bo_align(&e->out);
	if (w->n == at)
		wr_u8(w, 0);
	if (w->full)
		return 0;
	if (w->n - at < 128)
		w->p[at - 1] = (uint8_t)(w->n - at);
	else
		open_length(w, at, w->n - at);
	return 0;
}

/* How long a presence bitmap goes out: 0 when no addition is present. */
static int bitmap_length(struct per_encoder *e, const struct asn1_type *t, const void *in, const struct asn1_ext *ext,
	uint32_t *length)
{
	const uint32_t known = (uint32_t)t->n_fields - t->n_root;
	uint32_t last = 0;
	for (uint32_t i = 0; i < known; i++)
		if (per_is_sent(&t->fields[t->n_root + i], in))
			last = i + 1;
	for (uint32_t i = 0; i < ext->n; i++) {
		const uint32_t index = ext->unknown[i].index;
		if (index < known || index < last || index == UINT16_MAX)
			return per_enc_fail(e, PST_E_RANGE, "unknown additions are not in order");
		last = index + 1;
	}
	const uint32_t usual = ext->received > 0 ? ext->received : known;
	*length = last == 0 ? 0 : last > usual ? last : usual;
	return 0;
}

static void bitmap(struct per_encoder *e, const struct asn1_type *t, const void *in, const struct asn1_ext *ext,
	uint32_t length)
{
	const uint32_t known = (uint32_t)t->n_fields - t->n_root;
	uint32_t next = 0;
	if (length <= 64) {
		bo_put(&e->out, 7, length - 1);
	} else {
		bo_put(&e->out, 1, 1);
		per_enc_general(e, length);
	}
	for (uint32_t i = 0; i < length; i++) {
		bool here = i < known && per_is_sent(&t->fields[t->n_root + i], in);
		if (next < ext->n && ext->unknown[next].index == i) {
			here = true;
			next++;
		}
		bo_put(&e->out, 1, here);
	}
}

static int additions(struct per_encoder *e, const struct asn1_type *t, const void *in, const struct asn1_ext *ext,
	uint32_t length)
{
	if (length >= PER_FRAGMENT)
		return per_enc_fail(e, PST_E_RANGE, "too many additions");
	bitmap(e, t, in, ext, length);
	for (const struct asn1_field *f = t->fields + t->n_root; f < t->fields + t->n_fields; f++) {
		const int err = per_is_sent(f, in) ? component_open(e, f, in) : 0;
		if (err != 0)
			return err;
	}
	for (uint32_t i = 0; i < ext->n; i++)
		per_enc_open_octets(e, ext->unknown[i].octets);
	return 0;
}

static int sequence(struct per_encoder *e, const struct asn1_type *t, const void *in)
{
	const struct asn1_ext *ext = NULL;
	uint32_t length = 0;
	if (t->extensible) {
		ext = (const struct asn1_ext *)((const uint8_t *)in + t->ext_offset);
		const int err = bitmap_length(e, t, in, ext, &length);
		if (err != 0)
			return err;
		bo_put(&e->out, 1, length > 0);
	}
	const struct asn1_field *end = t->fields + t->n_root;
	for (const struct asn1_field *f = t->fields; f < end; f++)
		if ((f->flags & ASN1_F_OPTIONAL) != 0)
			bo_put(&e->out, 1, per_is_sent(f, in));
	for (const struct asn1_field *f = t->fields; f < end; f++) {
		const int err = per_is_sent(f, in) ? component(e, f, in) : 0;
		if (err != 0)
			return err;
	}
	return length > 0 ? additions(e, t, in, ext, length) : 0;
}

static int choice(struct per_encoder *e, const struct asn1_type *t, const void *in)
{
	const uint32_t index = *(const uint32_t *)in;
	if (index == ASN1_UNKNOWN && t->span.extensible) {
		const struct asn1_unknown *u = (const struct asn1_unknown *)((const uint8_t *)in + t->ext_offset);
		if (u->index < t->n_fields - t->n_root)
			return per_enc_fail(e, PST_E_RANGE, "an unknown alternative has a known index");
		bo_put(&e->out, 1, 1);
		per_enc_small(e, u->index);
		per_enc_open_octets(e, u->octets);
		return 0;
	}
	if (index >= t->n_fields)
		return per_enc_fail(e, PST_E_RANGE, "no such alternative");
	if (t->span.extensible)
		bo_put(&e->out, 1, index >= t->n_root);
	if (index >= t->n_root) {
		per_enc_small(e, index - t->n_root);
		return component_open(e, &t->fields[index], in);
	}
	const int err = per_enc_whole(e, &t->span, index);
	return err != 0 ? err : component(e, &t->fields[index], in);
}

static int elements(struct per_encoder *e, const struct asn1_type *t, const struct asn1_list *list, size_t from,
	size_t n)
{
	struct per_frame here = { e->top, NULL, 0 };
	int err = 0;
	e->top = &here;
	for (size_t i = from; err == 0 && i < from + n; i++) {
		here.index = (uint32_t)i;
		const void *at = list->v == NULL ? NULL : (const uint8_t *)list->v + i * t->element->size;
		err = at == NULL && t->element->size > 0 ? per_enc_fail(e, PST_E_RANGE, "a value is missing")
							 : value(e, t->element, at);
	}
	e->top = here.up;
	return err;
}

static int sequence_of(struct per_encoder *e, const struct asn1_type *t, const struct asn1_list *list)
{
	bool whole = true;
	int err = per_enc_size(e, &t->span, list->n, &whole);
	if (err != 0 || whole)
		return err != 0 ? err : elements(e, t, list, 0, list->n);
	size_t at = 0, k;
	do {
		k = per_enc_fragment(e, list->n - at);
		err = elements(e, t, list, at, k);
		at += k;
	} while (err == 0 && k >= PER_FRAGMENT);
	return err;
}

static int enumerated(struct per_encoder *e, const struct asn1_type *t, uint32_t v)
{
	const bool beyond = v >= t->n_root;
	if (t->span.extensible)
		bo_put(&e->out, 1, beyond);
	else if (beyond)
		return per_enc_fail(e, PST_E_RANGE, "no such enumeration item");
	if (!beyond)
		return per_enc_whole(e, &t->span, v);
	per_enc_small(e, v - t->n_root);
	return 0;
}

static int constructed(struct per_encoder *e, const struct asn1_type *t, const void *at)
{
	if (e->depth == 0)
		return per_enc_fail(e, PST_E_LIMIT, "nested too deep");
	e->depth--;
	const int err = t->kind == ASN1_SEQUENCE ? sequence(e, t, at)
			: t->kind == ASN1_CHOICE ? choice(e, t, at)
						 : sequence_of(e, t, at);
	e->depth++;
	return err;
}

static int value(struct per_encoder *e, const struct asn1_type *t, const void *at)
{
	switch ((enum asn1_kind)t->kind) {
	case ASN1_BOOLEAN: bo_put(&e->out, 1, *(const bool *)at); return 0;
	case ASN1_NULL: return 0;
	case ASN1_INTEGER: return per_enc_integer(e, t, at);
	case ASN1_ENUMERATED: return enumerated(e, t, *(const uint32_t *)at);
	case ASN1_OCTET_STRING:
	case ASN1_BIT_STRING:
	case ASN1_OID:
	case ASN1_STRING:
	case ASN1_BMP_STRING:
	case ASN1_TEXT: return per_enc_string(e, t, at);
	case ASN1_SEQUENCE:
	case ASN1_SEQUENCE_OF:
	case ASN1_CHOICE: return constructed(e, t, at);
	case ASN1_UNKNOWN_EXTENSION: break;
	}
	return per_enc_fail(e, PST_E_ARG, "this descriptor has no encoding");
}

int asn1_per_encode(const struct asn1_type *t, const void *in, struct writer *w, struct asn1_err *err)
{
	const size_t start = w->n;
	const bool was_full = w->full;
	struct per_encoder e = { .out = { w, 0 }, .start = start, .err = err, .depth = PER_DEPTH_MAX };
	int rc = value(&e, t, in);
	if (rc == 0 && w->n == start)
		wr_u8(w, 0); /* X.691 11.1: at least one octet */
	if (rc == 0 && w->full)
		rc = per_enc_fail(&e, PST_E_SPACE, "the encoding is larger than its buffer");
	if (rc != 0) {
		w->n = start;
		w->full = was_full;
	}
	return rc;
}
