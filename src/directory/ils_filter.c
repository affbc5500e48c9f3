/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filters over entries. "%" and "*" are wildcards wherever they stand in an equality
 * value: clients send them there. An sttl term is a wish, not a condition.
 */
#include "directory/ils_private.h"

static bool has_wildcard(struct pst_slice s)
{
	return s.n > 0 && (memchr(s.p, '%', s.n) != NULL || memchr(s.p, '*', s.n) != NULL);
}

/* What wildcards get to see of a value, so that the time they take is bounded. */
static struct pst_slice beginning(struct pst_slice value)
{
	enum { SEEN_MAX = 1024 };
	return slice_of(value.p, value.n < SEEN_MAX ? value.n : SEEN_MAX);
}

static bool equal(struct pst_slice value, struct pst_slice wanted)
{
	if (!has_wildcard(wanted))
		return ldap_eq(value, wanted);
	return wanted.n <= ILS_PATTERN_MAX && ldap_match(beginning(value), wanted, "%*");
}

/* As numbers where both are, else as octets. */
static int order(struct pst_slice a, struct pst_slice b)
{
	uint32_t x, y;
	if (ils_number(a, &x) == 0 && ils_number(b, &y) == 0)
		return x < y ? -1 : x > y;
	const size_t n = a.n < b.n ? a.n : b.n;
	const int d = n ? memcmp(a.p, b.p, n) : 0;
	return d != 0 ? d : a.n < b.n ? -1 : a.n > b.n;
}

/* Where PART stands in TEXT, from FROM on; SIZE_MAX: nowhere. */
static size_t find(struct pst_slice text, size_t from, struct pst_slice part)
{
	for (size_t at = from; at + part.n <= text.n; at++)
		if (ldap_eq(slice_of(text.p + at, part.n), part))
			return at;
	return SIZE_MAX;
}

static bool substrings(const struct ldap_filter *f, struct pst_slice value)
{
	size_t at = 0;
	for (uint32_t i = 0; i < f->n; i++) {
		const struct pst_slice part = f->parts[i].text;
		if (part.n > ILS_PATTERN_MAX || part.n > value.n - at)
			return false;
		if (f->parts[i].kind == LDAP_SUB_INITIAL) {
			if (!ldap_eq(slice_of(value.p, part.n), part))
				return false;
			at = part.n;
		} else if (f->parts[i].kind == LDAP_SUB_FINAL) {
			return ldap_eq(slice_of(value.p + value.n - part.n, part.n), part);
		} else {
			at = find(value, at, part);
			if (at == SIZE_MAX)
				return false;
			at += part.n;
		}
	}
	return true;
}

static bool value_matches(const struct ldap_filter *f, struct pst_slice value)
{
	switch (f->kind) {
	case LDAP_FILTER_PRESENT: return true;
	case LDAP_FILTER_GREATER: return order(value, f->value) >= 0;
	case LDAP_FILTER_LESS: return order(value, f->value) <= 0;
	case LDAP_FILTER_SUBSTRINGS: return substrings(f, beginning(value));
	default: return equal(value, f->value);
	}
}

/* Also the classes an entry has without our naming them. */
static bool class_matches(const struct ldap_filter *f, struct ils_view *v)
{
	static const char *const both[] = { "top", "dynamicObject" }, *const person[] = { "rtPerson", "rtApplicationUser", "person" };
	if (f->kind == LDAP_FILTER_PRESENT || value_matches(f, slice_str(both[0])) || value_matches(f, slice_str(both[1])))
		return true;
	if (v->head.kind == DIRECTORY_CONFERENCE)
		return value_matches(f, slice_str("rtConference"));
	for (unsigned i = 0; i < 3; i++)
		if (value_matches(f, slice_str(person[i])))
			return true;
	return false;
}

static bool term_matches(const struct ldap_filter *f, struct ils_view *v)
{
	const struct ils_attr_ref ref = ils_attr_ref(f->attr);
	struct pst_slice value;
	if (ref.group == DIRECTORY_A_CLASS)
		return class_matches(f, v);
	if (ref.group == DIRECTORY_A_STTL && f->kind == LDAP_FILTER_EQUAL)
		return true;
	for (uint32_t i = 0; ils_view_value(v, &ref, i, &value); i++)
		if (value_matches(f, value))
			return true;
	return false;
}

bool ils_filter_match(const struct ldap_filter *f, struct ils_view *v)
{
	switch (f->kind) {
	case LDAP_FILTER_AND:
		for (uint32_t i = 0; i < f->n; i++)
			if (!ils_filter_match(&f->children[i], v))
				return false;
		return true;
	case LDAP_FILTER_OR:
		for (uint32_t i = 0; i < f->n; i++)
			if (ils_filter_match(&f->children[i], v))
				return true;
		return false;
	case LDAP_FILTER_NOT: return !ils_filter_match(f->children, v);
	case LDAP_FILTER_EXTENSIBLE: return false;
	default: return term_matches(f, v);
	}
}

/* The first equality on ID among the terms that every match must meet. */
static const struct ldap_filter *outermost(const struct ldap_filter *f, uint8_t id)
{
	if (f->kind == LDAP_FILTER_EQUAL)
		return directory_attr_group(f->attr) == id ? f : NULL;
	if (f->kind != LDAP_FILTER_AND)
		return NULL;
	for (uint32_t i = 0; i < f->n; i++) {
		const struct ldap_filter *found = outermost(&f->children[i], id);
		if (found != NULL)
			return found;
	}
	return NULL;
}

bool ils_filter_key(const struct ldap_filter *f, enum directory_kind *kind, struct pst_slice *key)
{
	const struct ldap_filter *cn = outermost(f, DIRECTORY_A_CN), *uid = outermost(f, DIRECTORY_A_UID);
	const struct ldap_filter *term = cn != NULL ? cn : uid;
	if (term == NULL || has_wildcard(term->value))
		return false;
	*kind = cn != NULL ? DIRECTORY_PERSON : DIRECTORY_CONFERENCE;
	*key = term->value;
	return true;
}

bool ils_filter_sttl(const struct ldap_filter *f, uint32_t *minutes)
{
	const struct ldap_filter *term = outermost(f, DIRECTORY_A_STTL);
	return term != NULL && ils_number(term->value, minutes) == 0;
}
