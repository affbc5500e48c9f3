/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Search filters (RFC 4511 4.5.1.7): reading with bounds on depth and number, writing, printing, matching. */
#include "ldap/ber.h"
#include "ldap/msg.h"

struct reading {
	const struct ldap_limits *l;
	struct arena *a;
	uint32_t terms;
};

static int read_filter(struct reading *in, struct reader *r, uint32_t depth, struct ldap_filter *out);

/* Counts the elements that are left in R, at most MAX. */
static int count(struct reader r, uint32_t max, uint32_t *n)
{
	struct reader content;
	uint8_t tag;
	for (*n = 0; rd_left(&r) > 0; ++*n) {
		const int err = ber_next(&r, &tag, &content);
		if (err)
			return err;
		if (*n == max)
			return PST_E_LIMIT;
	}
	return 0;
}

static int read_children(struct reading *in, struct reader *r, uint32_t depth, struct ldap_filter *out)
{
	int err = count(*r, in->l->filter_terms, &out->n);
	if (err)
		return err;
	struct ldap_filter *children = arena_calloc(in->a, out->n, sizeof *children);
	if (children == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < out->n && !err; i++)
		err = read_filter(in, r, depth + 1, &children[i]);
	out->children = children;
	return err;
}

static int read_substrings(struct reading *in, struct reader *r, struct ldap_filter *out)
{
	struct reader list = { 0 }, content;
	int err = ber_octets(r, BER_OCTETS, &out->attr);
	if (!err)
		err = ber_expect(r, BER_SEQUENCE, &list);
	if (!err)
		err = count(list, in->l->filter_terms, &out->n);
	if (err)
		return err;
	struct ldap_substring *parts = arena_calloc(in->a, out->n, sizeof *parts);
	if (parts == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < out->n; i++) {
		err = ber_next(&list, &parts[i].kind, &content);
		if (err)
			return err;
		parts[i].text = ber_rest(&content);
		if (parts[i].kind < LDAP_SUB_INITIAL || parts[i].kind > LDAP_SUB_FINAL ||
		    (parts[i].kind == LDAP_SUB_INITIAL && i != 0) || (parts[i].kind == LDAP_SUB_FINAL && i + 1 != out->n))
			return PST_E_BAD;
	}
	out->parts = parts;
	return out->n ? 0 : PST_E_BAD;
}

static int read_extensible(struct reader *r, struct ldap_filter *out)
{
	struct reader content;
	uint8_t tag;
	while (rd_left(r) > 0) {
		const int err = ber_next(r, &tag, &content);
		if (err)
			return err;
		const struct pst_slice v = ber_rest(&content);
		if (tag == 0x81)
			out->rule = v;
		else if (tag == 0x82)
			out->attr = v;
		else if (tag == 0x83)
			out->value = v;
		else if (tag == 0x84 && v.n == 1)
			out->dn_attrs = v.p[0] != 0;
		else
			return PST_E_BAD;
	}
	return 0;
}

static int read_filter(struct reading *in, struct reader *r, uint32_t depth, struct ldap_filter *out)
{
	struct reader c;
	if (depth >= in->l->filter_depth || in->terms++ >= in->l->filter_terms)
		return PST_E_LIMIT;
	int err = ber_next(r, &out->kind, &c);
	if (err)
		return err;
	switch (out->kind) {
	case LDAP_FILTER_AND:
	case LDAP_FILTER_OR:
		return read_children(in, &c, depth, out);
	case LDAP_FILTER_NOT:
		err = read_children(in, &c, depth, out);
		return err ? err : out->n == 1 ? 0 : PST_E_BAD;
	case LDAP_FILTER_EQUAL:
	case LDAP_FILTER_GREATER:
	case LDAP_FILTER_LESS:
	case LDAP_FILTER_APPROX:
		err = ber_octets(&c, BER_OCTETS, &out->attr);
		return err ? err : ber_octets(&c, BER_OCTETS, &out->value);
	case LDAP_FILTER_SUBSTRINGS:
		return read_substrings(in, &c, out);
	case LDAP_FILTER_PRESENT:
		out->attr = ber_rest(&c);
		return 0;
	case LDAP_FILTER_EXTENSIBLE:
		return read_extensible(&c, out);
	default:
		return PST_E_BAD;
	}
}

int ldap_filter_decode(struct ldap_filter *out, struct pst_slice octets, const struct ldap_limits *l, struct arena *a)
{
	struct reading in = { l, a, 0 };
	struct reader r = rd_of(octets);
	*out = (struct ldap_filter){ 0 };
	const int err = read_filter(&in, &r, 0, out);
	return err ? err : rd_left(&r) ? PST_E_BAD : 0;
}

static void write_extensible(struct writer *w, const struct ldap_filter *f)
{
	if (f->rule.n)
		ber_put(w, 0x81, f->rule);
	if (f->attr.n)
		ber_put(w, 0x82, f->attr);
	ber_put(w, 0x83, f->value);
	if (f->dn_attrs)
		ber_put(w, 0x84, slice_of("\xff", 1));
}

void ldap_filter_encode(struct writer *w, const struct ldap_filter *f)
{
	if (f->kind == LDAP_FILTER_PRESENT) {
		ber_put(w, f->kind, f->attr);
		return;
	}
	const size_t at = ber_begin(w, f->kind);
	if (f->kind == LDAP_FILTER_AND || f->kind == LDAP_FILTER_OR || f->kind == LDAP_FILTER_NOT) {
		for (uint32_t i = 0; i < f->n; i++)
			ldap_filter_encode(w, &f->children[i]);
	} else if (f->kind == LDAP_FILTER_EXTENSIBLE) {
		write_extensible(w, f);
	} else if (f->kind == LDAP_FILTER_SUBSTRINGS) {
		ber_put(w, BER_OCTETS, f->attr);
		const size_t list = ber_begin(w, BER_SEQUENCE);
		for (uint32_t i = 0; i < f->n; i++)
			ber_put(w, f->parts[i].kind, f->parts[i].text);
		ber_end(w, list);
	} else {
		ber_put(w, BER_OCTETS, f->attr);
		ber_put(w, BER_OCTETS, f->value);
	}
	ber_end(w, at);
}

/* Printing */

static void text(struct writer *w, const char *s)
{
	wr_bytes(w, slice_str(s));
}

static void escaped(struct writer *w, struct pst_slice s)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] > 0x20 - 1 && s.p[i] < 0x7f && strchr("*()\\", s.p[i]) == NULL) {
			wr_u8(w, s.p[i]);
			continue;
		}
		wr_u8(w, '\\');
		wr_u8(w, (uint8_t)hex[s.p[i] >> 4]);
		wr_u8(w, (uint8_t)hex[s.p[i] & 15]);
	}
}

static const char *comparison(uint8_t kind)
{
	return kind == LDAP_FILTER_GREATER ? ">=" : kind == LDAP_FILTER_LESS ? "<=" : kind == LDAP_FILTER_APPROX ? "~=" : "=";
}

static void print_parts(struct writer *w, const struct ldap_filter *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		if (f->parts[i].kind != LDAP_SUB_INITIAL)
			text(w, "*");
		escaped(w, f->parts[i].text);
	}
	if (f->n && f->parts[f->n - 1].kind != LDAP_SUB_FINAL)
		text(w, "*");
}

static void print(struct writer *w, const struct ldap_filter *f)
{
	text(w, "(");
	switch (f->kind) {
	case LDAP_FILTER_AND:
	case LDAP_FILTER_OR:
	case LDAP_FILTER_NOT:
		text(w, f->kind == LDAP_FILTER_AND ? "&" : f->kind == LDAP_FILTER_OR ? "|" : "!");
		for (uint32_t i = 0; i < f->n; i++)
			print(w, &f->children[i]);
		break;
	case LDAP_FILTER_EXTENSIBLE:
		escaped(w, f->attr);
		text(w, f->dn_attrs ? ":dn:" : ":");
		escaped(w, f->rule);
		text(w, f->rule.n ? ":=" : "=");
		escaped(w, f->value);
		break;
	default:
		escaped(w, f->attr);
		text(w, comparison(f->kind));
		if (f->kind == LDAP_FILTER_SUBSTRINGS)
			print_parts(w, f);
		else if (f->kind == LDAP_FILTER_PRESENT)
			text(w, "*");
		else
			escaped(w, f->value);
	}
	text(w, ")");
}

const char *ldap_filter_str(const struct ldap_filter *f, char *buf, size_t cap)
{
	struct writer w = wr_of(buf, cap - 1);
	print(&w, f);
	buf[w.n] = '\0';
	return buf;
}

/* Matching */

static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool ldap_eq(struct pst_slice a, struct pst_slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] != b.p[i] && fold(a.p[i]) != fold(b.p[i]))
			return false;
	return true;
}

bool ldap_match(struct pst_slice text_, struct pst_slice pattern, const char *wildcards)
{
	size_t t = 0, p = 0, star = SIZE_MAX, resume = 0;
	/* goes back to the last wildcard only: linear in what it compares again, no recursion */
	while (t < text_.n) {
		if (p < pattern.n && pattern.p[p] != 0 && strchr(wildcards, pattern.p[p]) != NULL) {
			star = p++;
			resume = t;
		} else if (p < pattern.n && fold(pattern.p[p]) == fold(text_.p[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] != 0 && strchr(wildcards, pattern.p[p]) != NULL)
		p++;
	return p == pattern.n;
}
