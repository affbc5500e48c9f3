/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any value as text: a line for each component, its place spelled as in error
 * paths ("sourceAddress[0].h323-ID: ..."), what lies inside it one level deeper.
 * Whatever a peer chose is escaped.
 */
#include "asn1/field.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { PRINT_DEPTH = 100, LABEL_MAX = 256 };

struct printer {
	struct asn1_out *out;
	unsigned depth;
};

static void value(struct printer *p, const struct asn1_type *t, const void *at, const char *label, unsigned level);

static void put(struct printer *p, const char *fmt, ...) PST_PRINTF(2, 3);

static void put(struct printer *p, const char *fmt, ...)
{
	char buf[320];
	va_list ap;
	va_start(ap, fmt);
	const int n = vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	if (n > 0)
		p->out->write(p->out->arg, buf, (size_t)n < sizeof buf ? (size_t)n : sizeof buf - 1);
}

static void line(struct printer *p, const char *label, unsigned level)
{
	static const char tabs[] = "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t";
	const size_t n = level < sizeof tabs - 1 ? level : sizeof tabs - 1;
	p->out->write(p->out->arg, tabs, n);
	p->out->write(p->out->arg, label, strlen(label));
}

static void hex(struct printer *p, struct pst_slice s)
{
	char buf[128];
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		buf[n++] = "0123456789abcdef"[s.p[i] >> 4];
		buf[n++] = "0123456789abcdef"[s.p[i] & 15];
		if (n == sizeof buf || i + 1 == s.n) {
			p->out->write(p->out->arg, buf, n);
			n = 0;
		}
	}
}

static bool is_plain(uint32_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* STEP octets a character; whatever is not plain ASCII comes out as \xHH or \uHHHH. */
static void quoted(struct printer *p, struct pst_slice s, size_t step)
{
	put(p, "\"");
	for (size_t i = 0; i + step <= s.n; i += step) {
		const uint32_t c = step == 2 ? (uint32_t)s.p[i] << 8 | s.p[i + 1] : s.p[i];
		if (is_plain(c))
			put(p, "%c", (int)c);
		else
			put(p, step == 2 ? "\\u%04x" : "\\x%02x", (unsigned)c);
	}
	put(p, "\"");
}

/* BER contents octets: base 128, the first number is 40 * a + b. */
static void oid(struct printer *p, struct pst_slice s)
{
	uint64_t v = 0;
	bool first = true;
	for (size_t i = 0; i < s.n; i++) {
		if (v > UINT64_MAX >> 7) {
			put(p, "...");
			return;
		}
		v = v << 7 | (s.p[i] & 0x7f);
		if ((s.p[i] & 0x80) != 0)
			continue;
		if (first)
			put(p, "%u.%" PRIu64, v < 80 ? (unsigned)(v / 40) : 2, v < 80 ? v % 40 : v - 80);
		else
			put(p, ".%" PRIu64, v);
		first = false;
		v = 0;
	}
}

/* Octets: hex, and beside it what a reader sees in them. */
static void octets(struct printer *p, const struct asn1_type *t, struct pst_slice s)
{
	bool text = s.n >= 3;
	hex(p, s);
	for (size_t i = 0; text && i < s.n; i++)
		text = is_plain(s.p[i]);
	if (t->span.lb == 4 && t->span.ub == 4 && s.n == 4)
		put(p, " (%u.%u.%u.%u)", s.p[0], s.p[1], s.p[2], s.p[3]);
	else if (text && t->contained == NULL) {
		put(p, " ");
		quoted(p, s, 1);
	}
}

/* The PER value inside an OCTET STRING, below it; false when there is none to be had. */
static bool contained(struct printer *p, const struct asn1_type *t, struct pst_slice s, unsigned level)
{
	const struct asn1_type *c = t->contained;
	struct arena *a = p->out->arena;
	if (c == NULL || a == NULL || p->depth == 0)
		return false;
	void *at = arena_alloc(a, c->size);
	if (at == NULL || asn1_per_decode(c, s, NULL, a, at, NULL, NULL) != 0)
		return false;
	put(p, ":\n");
	p->depth--;
	value(p, c, at, c->name, level + 1);
	p->depth++;
	return true;
}

static void integer(struct printer *p, const struct asn1_type *t, const void *at)
{
	const struct asn1_integer *v = at;
	if (t->store == ASN1_STORE_U32) {
		put(p, "%" PRIu32, *(const uint32_t *)at);
	} else if (t->store == ASN1_STORE_I64) {
		put(p, "%" PRId64, *(const int64_t *)at);
	} else if (v->big.n > 0) {
		put(p, "0x");
		hex(p, v->big);
	} else {
		put(p, "%" PRId64, v->v);
	}
}

/* What stands behind "label: ". */
static void primitive(struct printer *p, const struct asn1_type *t, const void *at)
{
	const struct pst_slice *s = at;
	const struct asn1_bits *b = at;
	switch ((enum asn1_kind)t->kind) {
	case ASN1_BOOLEAN: put(p, *(const bool *)at ? "true" : "false"); break;
	case ASN1_INTEGER: integer(p, t, at); break;
	case ASN1_ENUMERATED:
		if (*(const uint32_t *)at < t->n_fields)
			put(p, "%s", t->names[*(const uint32_t *)at]);
		else
			put(p, "unknown(%" PRIu32 ")", *(const uint32_t *)at);
		break;
	case ASN1_OCTET_STRING: octets(p, t, *s); break;
	case ASN1_BIT_STRING:
		hex(p, slice_of(b->p, (b->n_bits + 7) / 8));
		put(p, " (%zu bits)", b->n_bits);
		break;
	case ASN1_OID: oid(p, *s); break;
	case ASN1_STRING:
	case ASN1_TEXT: quoted(p, *s, 1); break;
	case ASN1_BMP_STRING: quoted(p, *s, 2); break;
	default: break;
	}
}

static void unknown(struct printer *p, const struct asn1_unknown *u, const char *label, unsigned level)
{
	line(p, label, level);
	put(p, "[%u]: ", u->index);
	hex(p, u->octets);
	put(p, "\n");
}

static void sequence(struct printer *p, const struct asn1_type *t, const void *at, const char *label, unsigned level)
{
	line(p, label, level);
	put(p, "\n");
	for (const struct asn1_field *f = t->fields; f < t->fields + t->n_fields; f++) {
		if (field_is_present(f, at))
			value(p, f->type, field_at(f, at), f->name, level + 1);
	}
	if (!t->extensible)
		return;
	const struct asn1_ext *ext = (const struct asn1_ext *)((const uint8_t *)at + t->ext_offset);
	for (size_t i = 0; i < ext->n; i++)
		unknown(p, &ext->unknown[i], "unknown", level + 1);
}

static void choice(struct printer *p, const struct asn1_type *t, const void *at, const char *label, unsigned level)
{
	const uint32_t index = *(const uint32_t *)at;
	char buf[LABEL_MAX];
	if (index < t->n_fields) {
		const struct asn1_field *f = &t->fields[index];
		const void *v = field_at(f, at);
		(void)snprintf(buf, sizeof buf, "%s.%s", label, f->name);
		if (v != NULL)
			value(p, f->type, v, buf, level);
	} else if (index == ASN1_UNKNOWN && t->span.extensible) {
		(void)snprintf(buf, sizeof buf, "%s.unknown", label);
		unknown(p, (const struct asn1_unknown *)((const uint8_t *)at + t->ext_offset), buf, level);
	}
}

static void list(struct printer *p, const struct asn1_type *t, const struct asn1_list *l, const char *label,
	unsigned level)
{
	char buf[LABEL_MAX];
	if (l->n == 0) {
		line(p, label, level);
		put(p, "[]\n");
	}
	for (uint32_t i = 0; i < l->n; i++) {
		(void)snprintf(buf, sizeof buf, "%s[%u]", label, (unsigned)i);
		const void *at = l->v == NULL ? NULL : (const uint8_t *)l->v + (size_t)i * t->element->size;
		if (at != NULL || t->element->size == 0)
			value(p, t->element, at, buf, level);
	}
}

static void value(struct printer *p, const struct asn1_type *t, const void *at, const char *label, unsigned level)
{
	if (p->depth == 0)
		return;
	p->depth--;
	if (t->kind == ASN1_SEQUENCE) {
		sequence(p, t, at, label, level);
	} else if (t->kind == ASN1_CHOICE) {
		choice(p, t, at, label, level);
	} else if (t->kind == ASN1_SEQUENCE_OF) {
		list(p, t, at, label, level);
	} else {
		line(p, label, level);
		if (t->contained == NULL || !contained(p, t, *(const struct pst_slice *)at, level)) {
			if (t->kind != ASN1_NULL)
				put(p, ": ");
			primitive(p, t, at);
			put(p, "\n");
		}
	}
	p->depth++;
}

void asn1_print(const struct asn1_type *t, const void *at, struct asn1_out *out)
{
	struct printer p = { out, PRINT_DEPTH };
	value(&p, t, at, t->name, out->indent);
}

struct buffer {
	char *p;
	size_t cap, n;
};

static void to_buffer(void *arg, const char *text, size_t n)
{
	struct buffer *b = arg;
	if (b->n + 1 < b->cap) {
		const size_t room = b->cap - 1 - b->n;
		memcpy(b->p + b->n, text, n < room ? n : room);
	}
	b->n += n;
}

size_t asn1_print_buf(const struct asn1_type *t, const void *at, char *buf, size_t cap)
{
	struct buffer b = { buf, cap, 0 };
	struct asn1_out out = { .write = to_buffer, .arg = &b };
	asn1_print(t, at, &out);
	if (cap > 0)
		buf[b.n < cap ? b.n : cap - 1] = '\0';
	return b.n;
}
