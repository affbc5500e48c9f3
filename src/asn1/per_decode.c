/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Aligned PER, reading: structure. A value is decoded into the C struct its
 * descriptor lays out; what the schema does not know is kept as octets.
 */
#include "asn1/per.h"

static int value(struct per_decoder *d, const struct asn1_type *t, void *out);

static int out_of_bits(struct per_decoder *d)
{
	return per_dec_fail(d, PST_E_SHORT, "the message ends inside a value");
}

/* Takes N from the elements allowed. */
static int charge(struct per_decoder *d, size_t n)
{
	if (n > d->elements)
		return per_dec_fail(d, PST_E_LIMIT, "too many elements");
	d->elements -= (uint32_t)n;
	return 0;
}

/* Where the value of F in OUT belongs: in place, or in new memory that the pointer in place gets. */
static void *place(struct per_decoder *d, const struct asn1_field *f, void *out)
{
	void *at = (uint8_t *)out + f->offset;
	if ((f->flags & ASN1_F_POINTER) == 0)
		return at;
	void *p = per_dec_alloc(d, 1, f->type->size);
	if (p != NULL)
		memcpy(at, &p, sizeof p);
	return p;
}

static int component_value(struct per_decoder *d, const struct asn1_field *f, void *out)
{
	void *at = place(d, f, out);
	return at == NULL ? per_no_memory(d) : value(d, f->type, at);
}

static int component(struct per_decoder *d, const struct asn1_field *f, void *out)
{
	const struct per_frame here = { d->top, f->name, 0 };
	d->top = &here;
	const int err = component_value(d, f, out);
	d->top = here.up;
	return err;
}

/* A known extension: a complete encoding of its own inside an open type. Octets left over in it are let be. */
static int component_open(struct per_decoder *d, const struct asn1_field *f, void *out)
{
	const struct per_frame here = { d->top, f->name, 0 };
	struct pst_slice s = { NULL, 0 };
	size_t origin = 0;
	d->top = &here;
	int err = per_dec_open(d, &s, &origin);
	if (err == 0) {
		const struct bits_in outer = d->in;
		d->in = bi_of(s, origin);
		err = component_value(d, f, out);
		d->in = outer;
	}
	d->top = here.up;
	return err;
}

/* A DEFAULT that was sent all the same (X.691 19.5 forbids it only for canonical encodings) counts as absent. */
static void mark_present(const struct asn1_field *f, void *out)
{
	if ((f->flags & ASN1_F_DEFAULT) != 0 && per_is_default(f, (uint8_t *)out + f->offset))
		return;
	if ((f->flags & (ASN1_F_OPTIONAL | ASN1_F_POINTER)) == ASN1_F_OPTIONAL)
		*(bool *)((uint8_t *)out + f->has_offset) = true;
}

/* A component with a DEFAULT that did not come has that value, and has_x stays false. */
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

static bool bitmap_bit(const struct bits_in *map, size_t i)
{
	const size_t at = map->pos + i;
	return (map->p[at / 8] >> (7 - at % 8) & 1) != 0;
}

/* Memory for the additions beyond the schema, as many as the bitmap announces. */
static int unknown_room(struct per_decoder *d, const struct bits_in *map, size_t from, size_t n, struct asn1_ext *ext)
{
	size_t count = 0;
	for (size_t i = from; i < n; i++)
		count += bitmap_bit(map, i);
	if (count == 0)
		return 0;
	const int err = charge(d, count);
	if (err != 0)
		return err;
	ext->unknown = per_dec_alloc(d, count, sizeof *ext->unknown);
	return ext->unknown != NULL ? 0 : per_no_memory(d);
}

/* X.691 19.7-9: count, presence bitmap, an open type each. */
static int additions(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	struct asn1_ext *ext = (struct asn1_ext *)((uint8_t *)out + t->ext_offset);
	const size_t known = (size_t)(t->n_fields - t->n_root);
	struct per_length len = { 0 };
	uint32_t large = 0, n = 0;
	if (bi_get(&d->in, 1, &large) != 0 || (!large && bi_get(&d->in, 6, &n) != 0))
		return out_of_bits(d);
	int err = large ? per_dec_general(d, &len) : 0;
	if (err != 0)
		return err;
	len.n = large ? len.n : n + 1;
	if (len.more || len.n == 0)
		return per_dec_fail(d, PST_E_BAD, "an extension count is out of reason");
	if (len.n > bi_left(&d->in))
		return out_of_bits(d);
	const struct bits_in map = d->in;
	d->in.pos += len.n;
	ext->received = (uint16_t)len.n;
	err = unknown_room(d, &map, known, len.n, ext);
	for (size_t i = 0; err == 0 && i < len.n; i++) {
		if (!bitmap_bit(&map, i))
			continue;
		if (i < known) {
			const struct asn1_field *f = &t->fields[t->n_root + i];
			err = component_open(d, f, out);
			mark_present(f, out);
		} else {
			size_t origin = 0;
			struct asn1_unknown *u = &ext->unknown[ext->n++];
			u->index = (uint16_t)i;
			err = per_dec_open(d, &u->octets, &origin);
		}
	}
	return err;
}

static int sequence(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	uint32_t extended = 0;
	if (t->extensible && bi_get(&d->in, 1, &extended) != 0)
		return out_of_bits(d);
	const struct bits_in map = d->in;
	if (t->n_optional > bi_left(&d->in))
		return out_of_bits(d);
	d->in.pos += t->n_optional;
	size_t bit = 0;
	for (const struct asn1_field *f = t->fields; f < t->fields + t->n_root; f++) {
		if ((f->flags & ASN1_F_OPTIONAL) != 0 && !bitmap_bit(&map, bit++)) {
			if ((f->flags & ASN1_F_DEFAULT) != 0)
				set_default(f, out);
			continue;
		}
		const int err = component(d, f, out);
		if (err != 0)
			return err;
		mark_present(f, out);
	}
	return extended ? additions(d, t, out) : 0;
}

static int choice_extension(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	uint32_t index = 0;
	size_t origin = 0;
	int err = per_dec_small(d, &index);
	if (err != 0)
		return err;
	if (index < (uint32_t)(t->n_fields - t->n_root)) {
		*(uint32_t *)out = t->n_root + index;
		return component_open(d, &t->fields[t->n_root + index], out);
	}
	if (index > UINT16_MAX)
		return per_dec_fail(d, PST_E_BAD, "an extension number is out of reason");
	struct asn1_unknown *u = (struct asn1_unknown *)((uint8_t *)out + t->ext_offset);
	*(uint32_t *)out = ASN1_UNKNOWN;
	u->index = (uint16_t)index;
	err = charge(d, 1);
	return err != 0 ? err : per_dec_open(d, &u->octets, &origin);
}

static int choice(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	uint32_t extended = 0;
	uint64_t index = 0;
	if (t->span.extensible && bi_get(&d->in, 1, &extended) != 0)
		return out_of_bits(d);
	if (extended)
		return choice_extension(d, t, out);
	const int err = per_dec_whole(d, &t->span, &index);
	if (err != 0)
		return err;
	*(uint32_t *)out = (uint32_t)index;
	return component(d, &t->fields[index], out);
}

/* Room for N more elements after the HAVE there are; a list that comes in fragments is moved. */
static int list_grow(struct per_decoder *d, const struct asn1_type *t, struct asn1_list *list, size_t n)
{
	if (t->element->min_bits > 0 && n > bi_left(&d->in) / t->element->min_bits)
		return out_of_bits(d);
	if (n > d->elements) /* each is counted when it is decoded; this is about the memory for all */
		return per_dec_fail(d, PST_E_LIMIT, "too many elements");
	if (t->element->size == 0)
		return 0;
	uint8_t *v = per_dec_alloc(d, list->n + n, t->element->size);
	if (v == NULL)
		return per_no_memory(d);
	if (list->n > 0)
		memcpy(v, list->v, list->n * t->element->size);
	list->v = v;
	return 0;
}

static void *list_at(const struct asn1_type *t, const struct asn1_list *list, uint32_t i)
{
	return list->v == NULL ? NULL : (uint8_t *)list->v + (size_t)i * t->element->size;
}

static int sequence_of(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	struct asn1_list *list = out;
	struct per_length len;
	int err = per_dec_size(d, &t->span, &len);
	while (err == 0 && len.n > 0) {
		err = list_grow(d, t, list, len.n);
		struct per_frame here = { d->top, NULL, list->n };
		d->top = &here;
		for (size_t i = 0; err == 0 && i < len.n; i++, list->n++) {
			here.index = list->n;
			err = value(d, t->element, list_at(t, list, list->n));
		}
		d->top = here.up;
		if (err != 0 || !len.more)
			break;
		err = per_dec_general(d, &len);
		if (err == 0 && (int64_t)(list->n + len.n) > t->span.ub && t->span.form == ASN1_SPAN_SEMI)
			err = per_dec_fail(d, PST_E_BAD, "a size is above its bound");
	}
	return err;
}

static int enumerated(struct per_decoder *d, const struct asn1_type *t, uint32_t *out)
{
	uint32_t extended = 0, index = 0;
	uint64_t x = 0;
	int err = 0;
	if (t->span.extensible && bi_get(&d->in, 1, &extended) != 0)
		return out_of_bits(d);
	if (extended) {
		err = per_dec_small(d, &index);
		if (err == 0 && index > UINT16_MAX)
			return per_dec_fail(d, PST_E_BAD, "an extension number is out of reason");
		x = (uint64_t)t->n_root + index;
	} else {
		err = per_dec_whole(d, &t->span, &x);
	}
	*out = (uint32_t)x;
	return err;
}

static int boolean(struct per_decoder *d, bool *out)
{
	uint32_t v = 0;
	if (bi_get(&d->in, 1, &v) != 0)
		return out_of_bits(d);
	*out = v != 0;
	return 0;
}

static int constructed(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	if (d->depth == 0)
		return per_dec_fail(d, PST_E_LIMIT, "nested too deep");
	d->depth--;
	const int err = t->kind == ASN1_SEQUENCE ? sequence(d, t, out)
			: t->kind == ASN1_CHOICE ? choice(d, t, out)
						 : sequence_of(d, t, out);
	d->depth++;
	return err;
}

static int value(struct per_decoder *d, const struct asn1_type *t, void *out)
{
	if (d->elements == 0)
		return per_dec_fail(d, PST_E_LIMIT, "too many elements");
	d->elements--;
	switch ((enum asn1_kind)t->kind) {
	case ASN1_BOOLEAN: return boolean(d, out);
	case ASN1_NULL: return 0;
	case ASN1_INTEGER: return per_dec_integer(d, t, out);
	case ASN1_ENUMERATED: return enumerated(d, t, out);
	case ASN1_OCTET_STRING:
	case ASN1_BIT_STRING:
	case ASN1_OID:
	case ASN1_STRING:
	case ASN1_BMP_STRING:
	case ASN1_TEXT: return per_dec_string(d, t, out);
	case ASN1_SEQUENCE:
	case ASN1_SEQUENCE_OF:
	case ASN1_CHOICE: return constructed(d, t, out);
	case ASN1_UNKNOWN_EXTENSION: break;
	}
	return per_dec_fail(d, PST_E_ARG, "this descriptor has no encoding");
}

int asn1_per_decode(const struct asn1_type *t, struct pst_slice in, const struct asn1_limits *lim, struct arena *a,
	void *out, size_t *used_octets, struct asn1_err *err)
{
	lim = lim != NULL ? lim : &asn1_limits_default;
	struct per_decoder d = { .in = bi_of(in, 0), .arena = a, .err = err, .elements = lim->elements,
		.depth = lim->depth < PER_DEPTH_MAX ? lim->depth : PER_DEPTH_MAX };
	memset(out, 0, t->size);
	int rc = in.n == 0 ? out_of_bits(&d) : value(&d, t, out);
	const size_t used = d.in.pos > 0 ? (d.in.pos + 7) / 8 : 1; /* X.691 11.1: at least one octet */
	if (rc == 0 && used_octets == NULL && used != in.n)
		rc = per_dec_fail(&d, PST_E_BAD, "octets are left over after the message");
	if (rc != 0) {
		memset(out, 0, t->size);
		return rc;
	}
	if (used_octets != NULL)
		*used_octets = used;
	return 0;
}
