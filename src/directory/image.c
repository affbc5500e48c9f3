/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An entry as the store keeps it: all octets, times in wall clock milliseconds.
 *
 *	version 1 | kind 1 | origin 1 | flags 1 | realm 1 | source address | address | token 4 | ttl 4 | expiry 8
 *	key, dn, uls_name: length 2, octets | attributes: count 2, each: name length 1, octets, values 1, each: length 2, octets
 *	records: count 2, each: type 2, property 4, application 16, ttl 4, expiry 8, length 2, octets
 *	address: family 1, octets 16, port 2
 */
#include "directory/model_private.h"

#include "base/reader.h"
#include "base/writer.h"

#include <stdlib.h>

enum { VERSION = 1 };

static void wr_u64(struct writer *w, uint64_t v)
{
	wr_u32(w, (uint32_t)(v >> 32));
	wr_u32(w, (uint32_t)v);
}

static void wr_addr(struct writer *w, const struct addr *a)
{
	wr_u8(w, a->family);
	wr_bytes(w, slice_of(a->ip, sizeof a->ip));
	wr_u16(w, a->port);
}

static void wr_run(struct writer *w, struct pst_slice s)
{
	wr_u16(w, (uint16_t)s.n);
	wr_bytes(w, s);
}

static uint64_t to_wall(uint64_t ms, int64_t offset)
{
	return ms == 0 ? 0 : ms + (uint64_t)offset;
}

static void write_body(struct writer *w, const struct directory_person *p, int64_t offset)
{
	wr_u16(w, (uint16_t)p->n_attrs);
	for (uint32_t i = 0; i < p->n_attrs; i++) {
		wr_u8(w, (uint8_t)p->attrs[i].name.n);
		wr_bytes(w, p->attrs[i].name);
		wr_u8(w, (uint8_t)p->attrs[i].n_values);
		for (uint32_t v = 0; v < p->attrs[i].n_values; v++)
			wr_run(w, p->attrs[i].values[v]);
	}
	wr_u16(w, (uint16_t)p->n_records);
	for (uint32_t i = 0; i < p->n_records; i++) {
		const struct directory_record *r = &p->records[i];
		wr_u16(w, r->type);
		wr_u32(w, r->property);
		wr_bytes(w, slice_of(r->application, sizeof r->application));
		wr_u32(w, r->ttl_s);
		wr_u64(w, to_wall(r->expiry_ms, offset));
		wr_run(w, r->data);
	}
}

int image_write(const struct directory_entry *e, int64_t wall_offset_ms, uint8_t **out, size_t *n)
{
	struct directory_person p;
	struct arena a;
	arena_init(&a, 0);
	/* a name in full where the entry has its number: never more than this */
	const size_t cap = IMAGE_HEAD_MAX + e->size + (size_t)e->n_attrs * 32;
	uint8_t *octets = malloc(cap);
	int err = octets == NULL ? PST_E_NOMEM : directory_unpack(e, &a, &p);
	if (err)
		goto out;
	struct writer w = wr_of(octets, cap);
	wr_u8(&w, VERSION);
	wr_u8(&w, (uint8_t)p.kind);
	wr_u8(&w, (uint8_t)p.origin);
	wr_u8(&w, (uint8_t)p.flags);
	wr_u8(&w, p.source.realm);
	wr_addr(&w, &p.source.from);
	wr_addr(&w, &p.address);
	wr_u32(&w, p.token);
	wr_u32(&w, p.ttl_s);
	wr_u64(&w, to_wall(p.expiry_ms, wall_offset_ms));
	wr_run(&w, p.key);
	wr_run(&w, p.dn);
	wr_run(&w, p.uls_name);
	write_body(&w, &p, wall_offset_ms);
	err = wr_done(&w);
	*n = w.n;
out:
	arena_free(&a);
	if (err)
		free(octets);
	else
		*out = octets;
	return err;
}

static int rd_addr(struct reader *r, struct addr *a)
{
	struct pst_slice ip;
	*a = (struct addr){ 0 };
	const int err = rd_u8(r, &a->family);
	if (err || rd_take(r, sizeof a->ip, &ip) || rd_u16(r, &a->port))
		return PST_E_SHORT;
	memcpy(a->ip, ip.p, sizeof a->ip);
	return a->family == ADDR_NONE || a->family == ADDR_IP4 || a->family == ADDR_IP6 ? 0 : PST_E_BAD;
}

static int rd_run(struct reader *r, struct pst_slice *s)
{
	uint16_t n;
	const int err = rd_u16(r, &n);
	return err ? err : rd_take(r, n, s);
}

/* A time in the past becomes 1: over, but not "none". */
static int rd_time(struct reader *r, int64_t offset, uint64_t *ms)
{
	uint32_t hi, lo;
	if (rd_u32(r, &hi) || rd_u32(r, &lo))
		return PST_E_SHORT;
	const int64_t wall = (int64_t)((uint64_t)(hi & 0x7fffffff) << 32 | lo);
	*ms = wall == 0 ? 0 : wall - offset > 1 ? (uint64_t)(wall - offset) : 1;
	return 0;
}

static int read_attr(struct reader *r, const struct directory_limits *l, struct arena *a, struct directory_attr *out)
{
	uint8_t n, count;
	if (rd_u8(r, &n) || rd_take(r, n, &out->name) || rd_u8(r, &count))
		return PST_E_SHORT;
	if (count > l->values)
		return PST_E_LIMIT;
	struct pst_slice *values = arena_calloc(a, count, sizeof *values);
	if (values == NULL)
		return PST_E_NOMEM;
	for (unsigned v = 0; v < count; v++)
		if (rd_run(r, &values[v]))
			return PST_E_SHORT;
	out->values = values;
	out->n_values = count;
	return 0;
}

static int read_record(struct reader *r, int64_t offset, struct directory_record *out)
{
	struct pst_slice application;
	if (rd_u16(r, &out->type) || rd_u32(r, &out->property) || rd_take(r, 16, &application) || rd_u32(r, &out->ttl_s) ||
	    rd_time(r, offset, &out->expiry_ms) || rd_run(r, &out->data))
		return PST_E_SHORT;
	memcpy(out->application, application.p, 16);
	return 0;
}

static int read_body(struct reader *r, int64_t offset, const struct directory_limits *l, struct arena *a,
	struct directory_person *out)
{
	uint16_t n;
	if (rd_u16(r, &n))
		return PST_E_SHORT;
	struct directory_attr *attrs = n > l->attrs ? NULL : arena_calloc(a, n, sizeof *attrs);
	if (attrs == NULL)
		return PST_E_LIMIT;
	out->attrs = attrs;
	for (out->n_attrs = 0; out->n_attrs < n; out->n_attrs++) {
		const int err = read_attr(r, l, a, &attrs[out->n_attrs]);
		if (err)
			return err;
	}
	if (rd_u16(r, &n))
		return PST_E_SHORT;
	struct directory_record *records = n > l->records ? NULL : arena_calloc(a, n, sizeof *records);
	if (records == NULL)
		return PST_E_LIMIT;
	out->records = records;
	for (out->n_records = 0; out->n_records < n; out->n_records++) {
		const int err = read_record(r, offset, &records[out->n_records]);
		if (err)
			return err;
	}
	return 0;
}

int image_read(struct pst_slice image, int64_t wall_offset_ms, const struct directory_limits *l, struct arena *a,
	struct directory_person *out)
{
	struct reader r = rd_of(image);
	uint8_t version, kind, origin, flags;
	*out = (struct directory_person){ 0 };
	if (rd_u8(&r, &version) || rd_u8(&r, &kind) || rd_u8(&r, &origin) || rd_u8(&r, &flags) || rd_u8(&r, &out->source.realm))
		return PST_E_SHORT;
	if (version != VERSION || kind >= DIRECTORY_KINDS || origin > DIRECTORY_PROXY)
		return PST_E_UNSUPPORTED;
	out->kind = kind;
	out->origin = origin;
	out->flags = flags;
	int err = rd_addr(&r, &out->source.from);
	if (!err)
		err = rd_addr(&r, &out->address);
	if (err)
		return err;
	if (rd_u32(&r, &out->token) || rd_u32(&r, &out->ttl_s) || rd_time(&r, wall_offset_ms, &out->expiry_ms) ||
	    rd_run(&r, &out->key) || rd_run(&r, &out->dn) || rd_run(&r, &out->uls_name))
		return PST_E_SHORT;
	err = read_body(&r, wall_offset_ms, l, a, out);
	return err ? err : rd_left(&r) ? PST_E_BAD : 0;
}
