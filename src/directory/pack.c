/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An entry as one allocation (model_private.h shows the layout): packing, unpacking, reading in place. */
#include "directory/model_private.h"

#include "base/reader.h"
#include "base/writer.h"

#include <assert.h>
#include <stdlib.h>

enum { RECORD_HEAD = 2 + 4 + 16 + 4 + 8 + 2, VALUE_MAX = 0xffff };

static void wr_u64(struct writer *w, uint64_t v)
{
	wr_u32(w, (uint32_t)(v >> 32));
	wr_u32(w, (uint32_t)v);
}

static uint64_t get_u64(struct reader *r)
{
	uint32_t hi = 0, lo = 0;
	const int err = rd_u32(r, &hi) | rd_u32(r, &lo);
	assert(!err);
	(void)err;
	return (uint64_t)hi << 32 | lo;
}

/* What was packed here reads back: a failure is ours. */
static struct pst_slice get(struct reader *r, size_t n)
{
	struct pst_slice s = { NULL, 0 };
	const int err = rd_take(r, n, &s);
	assert(!err);
	(void)err;
	return s;
}

static uint8_t get_u8(struct reader *r)
{
	return *get(r, 1).p;
}

static struct pst_slice get_run(struct reader *r)
{
	const struct pst_slice n = get(r, 2);
	return get(r, (size_t)n.p[0] << 8 | n.p[1]);
}

static struct pst_slice get_name(struct reader *r)
{
	const uint8_t id = get_u8(r);
	return id != 0 ? name_of_id(id) : get(r, get_u8(r));
}

/* Packing */

static int attrs_size(const struct directory_person *p, const struct directory_limits *l, size_t *size)
{
	if (p->n_attrs > l->attrs)
		return PST_E_LIMIT;
	for (uint32_t i = 0; i < p->n_attrs; i++) {
		const struct directory_attr *a = &p->attrs[i];
		if (a->name.n == 0 || a->name.n > DIRECTORY_ATTR_NAME_MAX)
			return PST_E_ARG;
		if (a->n_values > l->values || a->n_values > 255)
			return PST_E_LIMIT;
		*size += 2 + (name_id(a->name) ? 0 : 1 + a->name.n);
		for (uint32_t v = 0; v < a->n_values; v++) {
			if (a->values[v].n > VALUE_MAX)
				return PST_E_LIMIT;
			*size += 2 + a->values[v].n;
		}
	}
	return 0;
}

static int size_of(const struct directory_person *p, const struct directory_limits *l, size_t *out)
{
	size_t size = sizeof(struct directory_entry) + p->key.n + p->dn.n + p->uls_name.n;
	if (p->key.n == 0 || p->key.n > DIRECTORY_KEY_MAX || p->dn.n > DIRECTORY_DN_MAX || p->uls_name.n > DIRECTORY_KEY_MAX)
		return PST_E_ARG;
	if (p->n_records > l->records)
		return PST_E_LIMIT;
	const int err = attrs_size(p, l, &size);
	if (err)
		return err;
	for (uint32_t i = 0; i < p->n_records; i++) {
		if (p->records[i].data.n > VALUE_MAX)
			return PST_E_LIMIT;
		size += RECORD_HEAD + p->records[i].data.n;
	}
	*out = size;
	return size > l->entry_bytes ? PST_E_LIMIT : 0;
}

static void put_attr(struct writer *w, const struct directory_attr *a)
{
	const uint8_t id = name_id(a->name);
	wr_u8(w, id);
	if (id == 0) {
		wr_u8(w, (uint8_t)a->name.n);
		wr_bytes(w, a->name);
	}
	wr_u8(w, (uint8_t)a->n_values);
	for (uint32_t v = 0; v < a->n_values; v++) {
		wr_u16(w, (uint16_t)a->values[v].n);
		wr_bytes(w, a->values[v]);
	}
}

static void put_record(struct writer *w, const struct directory_record *r)
{
	wr_u16(w, r->type);
	wr_u32(w, r->property);
	wr_bytes(w, slice_of(r->application, sizeof r->application));
	wr_u32(w, r->ttl_s);
	wr_u64(w, r->expiry_ms);
	wr_u16(w, (uint16_t)r->data.n);
	wr_bytes(w, r->data);
}

int entry_pack(struct directory_entry **out, const struct directory_person *p, const struct directory_limits *l)
{
	size_t size = 0;
	int err = size_of(p, l, &size);
	if (err)
		return err;
	struct directory_entry *e = malloc(size);
	if (e == NULL)
		return PST_E_NOMEM;
	*e = (struct directory_entry){
		.expiry_ms = p->expiry_ms, .source = p->source, .address = p->address, .size = (uint32_t)size, .token = p->token,
		.ttl_s = p->ttl_s, .dn_len = (uint16_t)p->dn.n, .uls_len = (uint16_t)p->uls_name.n, .n_attrs = (uint16_t)p->n_attrs,
		.n_records = (uint16_t)p->n_records, .key_len = (uint8_t)p->key.n, .kind = (uint8_t)p->kind,
		.origin = (uint8_t)p->origin, .flags = (uint8_t)p->flags,
	};
	e->source.from.port = 0;
	struct writer w = wr_of(e->octets, size - sizeof *e);
	wr_bytes(&w, p->key);
	wr_bytes(&w, p->dn);
	wr_bytes(&w, p->uls_name);
	for (uint32_t i = 0; i < p->n_attrs; i++)
		put_attr(&w, &p->attrs[i]);
	for (uint32_t i = 0; i < p->n_records; i++)
		put_record(&w, &p->records[i]);
	err = wr_done(&w);
	assert(!err && w.n == size - sizeof *e);
	*out = e;
	return err;
}

/* Unpacking */

static struct directory_record get_record(struct reader *r)
{
	struct directory_record out = { 0 };
	uint32_t v = 0;
	int err = rd_u16(r, &out.type) | rd_u32(r, &out.property);
	memcpy(out.application, get(r, sizeof out.application).p, sizeof out.application);
	err |= rd_u32(r, &v);
	assert(!err);
	(void)err;
	out.ttl_s = v;
	out.expiry_ms = get_u64(r);
	out.data = get_run(r);
	return out;
}

static void skip_values(struct reader *r)
{
	for (uint8_t n = get_u8(r); n > 0; n--)
		(void)get_run(r);
}

void directory_head(const struct directory_entry *e, struct directory_person *out)
{
	*out = (struct directory_person){
		.kind = e->kind, .origin = e->origin, .key = directory_entry_key(e), .dn = entry_dn(e), .uls_name = entry_uls(e),
		.address = e->address, .flags = e->flags, .token = e->token, .ttl_s = e->ttl_s, .expiry_ms = e->expiry_ms,
		.source = e->source,
	};
}

static int unpack_attr(struct reader *r, struct arena *a, struct directory_attr *out)
{
	out->name = get_name(r);
	out->n_values = get_u8(r);
	struct pst_slice *values = arena_calloc(a, out->n_values, sizeof *values);
	if (values == NULL)
		return PST_E_NOMEM;
	for (uint32_t v = 0; v < out->n_values; v++)
		values[v] = get_run(r);
	out->values = values;
	return 0;
}

int directory_unpack(const struct directory_entry *e, struct arena *a, struct directory_person *out)
{
	struct reader r = rd_of(entry_body(e));
	struct directory_attr *attrs = arena_calloc(a, e->n_attrs, sizeof *attrs);
	struct directory_record *records = arena_calloc(a, e->n_records, sizeof *records);
	if (attrs == NULL || records == NULL)
		return PST_E_NOMEM;
	directory_head(e, out);
	for (uint32_t i = 0; i < e->n_attrs; i++) {
		const int err = unpack_attr(&r, a, &attrs[i]);
		if (err)
			return err;
	}
	for (uint32_t i = 0; i < e->n_records; i++)
		records[i] = get_record(&r);
	out->attrs = attrs;
	out->n_attrs = e->n_attrs;
	out->records = records;
	out->n_records = e->n_records;
	return 0;
}

/* Reading in place */

bool directory_attr_value(const struct directory_entry *e, struct pst_slice name, uint32_t i, struct pst_slice *value)
{
	struct reader r = rd_of(entry_body(e));
	for (uint32_t a = 0; a < e->n_attrs; a++) {
		if (!slice_eq_nocase(get_name(&r), name)) {
			skip_values(&r);
			continue;
		}
		const uint8_t n = get_u8(&r);
		if (i >= n)
			return false;
		do
			*value = get_run(&r);
		while (i-- > 0);
		return true;
	}
	return false;
}

bool directory_attr_name(const struct directory_entry *e, uint32_t i, struct pst_slice *name)
{
	struct reader r = rd_of(entry_body(e));
	if (i >= e->n_attrs)
		return false;
	for (;; skip_values(&r)) {
		*name = get_name(&r);
		if (i-- == 0)
			return true;
	}
}

uint32_t directory_attrs(const struct directory_entry *e, struct directory_attr_at *out, uint32_t max)
{
	/* packed by us: what is announced is there */
	const uint8_t *p = entry_body(e).p;
	uint32_t n = 0;
	for (; n < e->n_attrs && n < max; n++) {
		struct directory_attr_at *a = &out[n];
		if (*p != 0) {
			a->name = name_of_id(*p);
			a->group = name_group(*p++);
		} else {
			a->name = slice_of(p + 2, p[1]);
			a->group = directory_attr_group(a->name);
			p += 2 + p[1];
		}
		a->n_values = *p++;
		a->values = p;
		for (uint32_t v = a->n_values; v > 0; v--)
			p += 2 + (p[0] << 8 | p[1]);
	}
	return n;
}

enum directory_kind directory_entry_kind(const struct directory_entry *e)
{
	return e->kind;
}

struct pst_slice directory_entry_key(const struct directory_entry *e)
{
	return slice_of(e->octets, e->key_len);
}

bool directory_entry_hidden(const struct directory_entry *e)
{
	return (e->flags & DIRECTORY_HIDDEN) != 0;
}

/* Lifetimes */

static struct reader records_of(const struct directory_entry *e)
{
	struct reader r = rd_of(entry_body(e));
	for (uint32_t i = 0; i < e->n_attrs; i++) {
		(void)get_name(&r);
		skip_values(&r);
	}
	return r;
}

bool entry_settle(struct directory_entry *e, uint64_t now_ms)
{
	const struct pst_slice body = entry_body(e);
	struct reader r = records_of(e);
	size_t keep = r.pos; /* where the next record that stays goes */
	uint16_t kept = 0;
	const bool always = e->origin == DIRECTORY_STATIC && e->expiry_ms == 0;
	const bool own = always || e->expiry_ms > now_ms;
	uint64_t deadline = e->expiry_ms > now_ms ? e->expiry_ms : UINT64_MAX;
	for (uint16_t i = 0; i < e->n_records; i++) {
		const size_t from = r.pos;
		const struct directory_record rec = get_record(&r);
		if (rec.expiry_ms <= now_ms)
			continue;
		memmove(e->octets + (body.p - e->octets) + keep, body.p + from, r.pos - from);
		keep += r.pos - from;
		kept++;
		if (rec.expiry_ms < deadline)
			deadline = rec.expiry_ms;
	}
	e->size -= (uint32_t)(body.n - keep);
	e->n_records = kept;
	e->deadline_ms = own || kept > 0 ? deadline : 0;
	return own || kept > 0;
}

uint64_t entry_end_ms(const struct directory_entry *e)
{
	struct reader r = records_of(e);
	uint64_t end = e->expiry_ms;
	if (e->origin == DIRECTORY_STATIC && end == 0)
		return 0;
	for (uint16_t i = 0; i < e->n_records; i++) {
		const struct directory_record rec = get_record(&r);
		if (rec.expiry_ms > end)
			end = rec.expiry_ms;
	}
	return end;
}
