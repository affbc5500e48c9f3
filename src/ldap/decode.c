/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LDAPMessage from octets (RFC 4511 4.1.1 and the section of each operation). */
#include "ldap/ber.h"
#include "ldap/msg.h"

const struct ldap_limits ldap_limits_default = { .filter_depth = 16, .filter_terms = 128, .attrs = 128, .values = 1024 };

struct reading {
	const struct ldap_limits *l;
	struct arena *a;
	uint32_t values;
};

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

/* All octet strings that are left in R. */
static int read_strings(struct reading *in, struct reader *r, uint32_t max, const struct pst_slice **out, uint32_t *n)
{
	int err = count(*r, max, n);
	if (err)
		return err;
	struct pst_slice *list = arena_calloc(in->a, *n, sizeof *list);
	if (list == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < *n && !err; i++)
		err = ber_octets(r, BER_OCTETS, &list[i]);
	*out = list;
	return err;
}

static int read_attr(struct reading *in, struct reader *r, struct ldap_attr *out)
{
	struct reader values;
	int err = ber_octets(r, BER_OCTETS, &out->type);
	if (!err)
		err = ber_expect(r, BER_SET, &values);
	if (!err)
		err = read_strings(in, &values, in->l->values - in->values, &out->values, &out->n_values);
	in->values += out->n_values;
	return err;
}

static int read_mod(struct reading *in, struct reader *r, struct ldap_attr *out)
{
	struct reader attr;
	int32_t op;
	int err = ber_int(r, BER_ENUMERATED, &op);
	if (err || op < 0 || op > 255)
		return err ? err : PST_E_BAD;
	out->op = (uint8_t)op;
	err = ber_expect(r, BER_SEQUENCE, &attr);
	return err ? err : read_attr(in, &attr, out);
}

static int read_attrs(struct reading *in, struct reader *r, bool mods, struct ldap_msg *m)
{
	struct reader list = { 0 }, one;
	int err = ber_octets(r, BER_OCTETS, &m->dn);
	if (!err)
		err = ber_expect(r, BER_SEQUENCE, &list);
	if (!err)
		err = count(list, in->l->attrs, &m->u.attrs.n);
	if (err)
		return err;
	struct ldap_attr *attrs = arena_calloc(in->a, m->u.attrs.n, sizeof *attrs);
	if (attrs == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < m->u.attrs.n && !err; i++) {
		err = ber_expect(&list, BER_SEQUENCE, &one);
		if (!err)
			err = mods ? read_mod(in, &one, &attrs[i]) : read_attr(in, &one, &attrs[i]);
	}
	m->u.attrs.list = attrs;
	return err;
}

static int read_compare(struct reading *in, struct reader *r, struct ldap_msg *m)
{
	struct reader ava;
	struct ldap_attr *attr = ARENA_NEW(in->a, struct ldap_attr);
	struct pst_slice *value = ARENA_NEW(in->a, struct pst_slice);
	if (attr == NULL || value == NULL)
		return PST_E_NOMEM;
	int err = ber_octets(r, BER_OCTETS, &m->dn);
	if (!err)
		err = ber_expect(r, BER_SEQUENCE, &ava);
	if (!err)
		err = ber_octets(&ava, BER_OCTETS, &attr->type);
	if (!err)
		err = ber_octets(&ava, BER_OCTETS, value);
	attr->values = value;
	attr->n_values = 1;
	m->u.attrs.list = attr;
	m->u.attrs.n = 1;
	return err;
}

static int read_bind(struct reader *r, struct ldap_msg *m)
{
	struct reader credentials;
	int err = ber_int(r, BER_INTEGER, &m->u.bind.version);
	if (!err)
		err = ber_octets(r, BER_OCTETS, &m->dn);
	if (!err)
		err = ber_next(r, &m->u.bind.auth, &credentials);
	if (!err)
		m->u.bind.credentials = ber_rest(&credentials);
	return err;
}

static int read_search(struct reading *in, struct reader *r, struct ldap_msg *m)
{
	struct reader attrs, filter;
	uint8_t tag;
	int err = ber_octets(r, BER_OCTETS, &m->dn);
	if (!err)
		err = ber_int(r, BER_ENUMERATED, &m->u.search.scope);
	if (!err)
		err = ber_int(r, BER_ENUMERATED, &m->u.search.deref);
	if (!err)
		err = ber_int(r, BER_INTEGER, &m->u.search.size_limit);
	if (!err)
		err = ber_int(r, BER_INTEGER, &m->u.search.time_limit);
	if (!err)
		err = ber_bool(r, &m->u.search.types_only);
	if (err)
		return err;
	const size_t from = r->pos;
	err = ber_next(r, &tag, &filter);
	if (!err)
		err = ldap_filter_decode(&m->u.search.filter, slice_of(r->p + from, r->pos - from), in->l, in->a);
	if (!err)
		err = ber_expect(r, BER_SEQUENCE, &attrs);
	return err ? err : read_strings(in, &attrs, in->l->attrs, &m->u.search.attrs, &m->u.search.n_attrs);
}

static int read_modify_dn(struct reader *r, struct ldap_msg *m)
{
	int err = ber_octets(r, BER_OCTETS, &m->dn);
	if (!err)
		err = ber_octets(r, BER_OCTETS, &m->u.modify_dn.new_rdn);
	if (!err && rd_left(r) > 0) /* not in version 2 */
		err = ber_bool(r, &m->u.modify_dn.delete_old);
	if (!err && rd_left(r) > 0) {
		err = ber_octets(r, 0x80, &m->u.modify_dn.new_superior);
		m->u.modify_dn.has_superior = true;
	}
	return err;
}

static int read_abandon(struct pst_slice body, struct ldap_msg *m)
{
	if (body.n == 0 || body.n > 4 || body.p[0] & 0x80)
		return PST_E_BAD;
	for (size_t i = 0; i < body.n; i++)
		m->u.abandon = m->u.abandon << 8 | body.p[i];
	return 0;
}

static int read_extended(struct reader *r, struct ldap_msg *m)
{
	int err = ber_octets(r, 0x80, &m->u.extended.oid);
	if (!err && rd_left(r) > 0) {
		err = ber_octets(r, 0x81, &m->u.extended.value);
		m->u.extended.has_value = true;
	}
	return err;
}

static int read_result(struct reader *r, struct ldap_msg *m)
{
	struct reader content;
	uint8_t tag;
	int err = ber_int(r, BER_ENUMERATED, &m->u.result.code);
	if (!err)
		err = ber_octets(r, BER_OCTETS, &m->u.result.matched);
	if (!err)
		err = ber_octets(r, BER_OCTETS, &m->u.result.text);
	while (!err && rd_left(r) > 0) {
		err = ber_next(r, &tag, &content);
		if (err)
			break;
		const struct pst_slice v = ber_rest(&content);
		if (tag == 0xa3)
			m->u.result.referral = v;
		else if (tag == 0x87)
			m->u.result.sasl_creds = v;
		else if (tag == 0x8a)
			m->u.result.oid = v, m->u.result.has_oid = true;
		else if (tag == 0x8b)
			m->u.result.value = v, m->u.result.has_value = true;
	}
	return err;
}

static int read_intermediate(struct reader *r, struct ldap_msg *m)
{
	struct reader content;
	uint8_t tag;
	while (rd_left(r) > 0) {
		const int err = ber_next(r, &tag, &content);
		if (err)
			return err;
		if (tag == 0x80)
			m->u.extended.oid = ber_rest(&content);
		else if (tag == 0x81)
			m->u.extended.value = ber_rest(&content), m->u.extended.has_value = true;
	}
	return 0;
}

static int read_op(struct reading *in, struct reader r, struct ldap_msg *m)
{
	switch (m->op) {
	case LDAP_BIND_REQUEST: return read_bind(&r, m);
	case LDAP_SEARCH_REQUEST: return read_search(in, &r, m);
	case LDAP_ADD_REQUEST:
	case LDAP_SEARCH_ENTRY: return read_attrs(in, &r, false, m);
	case LDAP_MODIFY_REQUEST: return read_attrs(in, &r, true, m);
	case LDAP_COMPARE_REQUEST: return read_compare(in, &r, m);
	case LDAP_DELETE_REQUEST: m->dn = m->body; return 0;
	case LDAP_MODIFY_DN_REQUEST: return read_modify_dn(&r, m);
	case LDAP_ABANDON_REQUEST: return read_abandon(m->body, m);
	case LDAP_EXTENDED_REQUEST: return read_extended(&r, m);
	case LDAP_INTERMEDIATE_RESPONSE: return read_intermediate(&r, m);
	case LDAP_SEARCH_REFERENCE: return read_strings(in, &r, in->l->values, &m->u.reference.urls, &m->u.reference.n);
	case LDAP_BIND_RESPONSE:
	case LDAP_SEARCH_DONE:
	case LDAP_MODIFY_RESPONSE:
	case LDAP_ADD_RESPONSE:
	case LDAP_DELETE_RESPONSE:
	case LDAP_MODIFY_DN_RESPONSE:
	case LDAP_COMPARE_RESPONSE:
	case LDAP_EXTENDED_RESPONSE: return read_result(&r, m);
	default: return 0; /* unbind, and what we do not know */
	}
}

static int read_control(struct reader *r, struct ldap_control *out)
{
	struct reader one;
	uint8_t tag;
	int err = ber_expect(r, BER_SEQUENCE, &one);
	if (!err)
		err = ber_octets(&one, BER_OCTETS, &out->oid);
	if (!err && rd_peek(&one, &tag) == 0 && tag == BER_BOOLEAN)
		err = ber_bool(&one, &out->critical);
	if (!err && rd_left(&one) > 0) {
		err = ber_octets(&one, BER_OCTETS, &out->value);
		out->has_value = true;
	}
	return err;
}

static int read_controls(struct reading *in, struct reader *r, struct ldap_msg *m)
{
	enum { CONTROLS_MAX = 16 };
	struct reader list;
	if (rd_left(r) == 0)
		return 0;
	int err = ber_expect(r, 0xa0, &list);
	if (!err)
		err = count(list, CONTROLS_MAX, &m->n_controls);
	if (err)
		return err;
	struct ldap_control *controls = arena_calloc(in->a, m->n_controls, sizeof *controls);
	if (controls == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < m->n_controls && !err; i++)
		err = read_control(&list, &controls[i]);
	m->controls = controls;
	return err;
}

int ldap_decode(struct ldap_msg *out, struct pst_slice octets, const struct ldap_limits *l, struct arena *a)
{
	struct reading in = { l, a, 0 };
	struct reader r = rd_of(octets), msg, op;
	int32_t id;
	uint8_t tag;
	*out = (struct ldap_msg){ 0 };
	int err = ber_expect(&r, BER_SEQUENCE, &msg);
	if (!err && rd_left(&r) > 0)
		err = PST_E_BAD;
	if (!err)
		err = ber_int(&msg, BER_INTEGER, &id);
	if (err || id < 0)
		return err ? err : PST_E_BAD;
	out->id = id;
	err = ber_next(&msg, &tag, &op);
	if (err)
		return err;
	out->op = tag;
	out->body = ber_rest(&op);
	err = read_op(&in, op, out);
	return err ? err : read_controls(&in, &msg, out);
}
