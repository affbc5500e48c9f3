/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ldap/dn.h"

#include "ldap/msg.h"

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct pst_slice trim(struct pst_slice s)
{
	while (s.n > 0 && is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static int hex(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Where the part that starts at FROM ends: an unquoted separator, or the end. */
static int part_end(struct pst_slice t, size_t from, size_t *end, bool *odd)
{
	bool quoted = false;
	*odd = false;
	for (size_t i = from; i < t.n; i++) {
		if (t.p[i] == '\\') {
			*odd = true;
			if (++i == t.n)
				return PST_E_BAD;
		} else if (t.p[i] == '"') {
			*odd = true;
			quoted = !quoted;
		} else if (!quoted && (t.p[i] == ',' || t.p[i] == ';' || t.p[i] == '+')) {
			*end = i;
			return 0;
		}
	}
	*end = t.n;
	return quoted ? PST_E_BAD : 0;
}

/* Undoes quotes and escapes. */
static int plain(struct pst_slice *v, struct arena *a)
{
	uint8_t *out = arena_alloc(a, v->n);
	size_t n = 0;
	if (out == NULL)
		return PST_E_NOMEM;
	for (size_t i = 0; i < v->n; i++) {
		if (v->p[i] == '"')
			continue;
		if (v->p[i] != '\\' || i + 1 == v->n) {
			out[n++] = v->p[i];
			continue;
		}
		i++;
		if (i + 1 < v->n && hex(v->p[i]) >= 0 && hex(v->p[i + 1]) >= 0) {
			out[n++] = (uint8_t)(hex(v->p[i]) << 4 | hex(v->p[i + 1]));
			i++;
		} else {
			out[n++] = v->p[i];
		}
	}
	*v = slice_of(out, n);
	return 0;
}

int ldap_dn_parse(struct ldap_dn *out, struct pst_slice text, struct arena *a)
{
	bool odd;
	size_t end;
	out->n = 0;
	text = trim(text);
	for (size_t at = 0; text.n > 0 && at <= text.n; at = end + 1) {
		int err = part_end(text, at, &end, &odd);
		if (err)
			return err;
		const struct pst_slice part = trim(slice_of(text.p + at, end - at));
		const uint8_t *equals = part.n ? memchr(part.p, '=', part.n) : NULL;
		if (equals == NULL)
			return PST_E_BAD;
		if (out->n == LDAP_DN_PARTS_MAX)
			return PST_E_LIMIT;
		struct ldap_dn_part *p = &out->parts[out->n];
		p->type = trim(slice_of(part.p, (size_t)(equals - part.p)));
		p->value = trim(slice_of(equals + 1, part.n - (size_t)(equals - part.p) - 1));
		if (p->type.n == 0)
			return PST_E_BAD;
		err = odd ? plain(&p->value, a) : 0;
		if (err)
			return err;
		out->n++;
	}
	return 0;
}

bool ldap_dn_get(const struct ldap_dn *dn, const char *type, struct pst_slice *value)
{
	for (uint32_t i = 0; i < dn->n; i++)
		if (ldap_eq(dn->parts[i].type, slice_str(type))) {
			*value = dn->parts[i].value;
			return true;
		}
	return false;
}

void ldap_dn_write_value(struct writer *w, struct pst_slice v)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < v.n; i++) {
		const uint8_t c = v.p[i];
		const bool edge = (is_space(c) && (i == 0 || i + 1 == v.n)) || (c == '#' && i == 0);
		if (c == 0) {
			wr_bytes(w, slice_str("\\00"));
		} else if (edge || strchr(",;+\"\\<>", c) != NULL) {
			wr_u8(w, '\\');
			if (edge) {
				wr_u8(w, (uint8_t)digits[c >> 4]);
				wr_u8(w, (uint8_t)digits[c & 15]);
			} else {
				wr_u8(w, c);
			}
		} else {
			wr_u8(w, c);
		}
	}
}
