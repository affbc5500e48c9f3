/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LDAPMessage to octets. */
#include "ldap/ber.h"
#include "ldap/msg.h"

static void write_attr(struct writer *w, const struct ldap_attr *a)
{
	const size_t at = ber_begin(w, BER_SEQUENCE);
	ber_put(w, BER_OCTETS, a->type);
	const size_t set = ber_begin(w, BER_SET);
	for (uint32_t i = 0; i < a->n_values; i++)
		ber_put(w, BER_OCTETS, a->values[i]);
	ber_end(w, set);
	ber_end(w, at);
}

static void write_attrs(struct writer *w, const struct ldap_msg *m)
{
	ber_put(w, BER_OCTETS, m->dn);
	const size_t list = ber_begin(w, BER_SEQUENCE);
	for (uint32_t i = 0; i < m->u.attrs.n; i++) {
		if (m->op != LDAP_MODIFY_REQUEST) {
			write_attr(w, &m->u.attrs.list[i]);
			continue;
		}
		const size_t mod = ber_begin(w, BER_SEQUENCE);
		ber_put_int(w, BER_ENUMERATED, m->u.attrs.list[i].op);
		write_attr(w, &m->u.attrs.list[i]);
		ber_end(w, mod);
	}
	ber_end(w, list);
}

static void write_compare(struct writer *w, const struct ldap_msg *m)
{
	ber_put(w, BER_OCTETS, m->dn);
	const size_t at = ber_begin(w, BER_SEQUENCE);
	ber_put(w, BER_OCTETS, m->u.attrs.list[0].type);
	ber_put(w, BER_OCTETS, m->u.attrs.list[0].values[0]);
	ber_end(w, at);
}

static void write_search(struct writer *w, const struct ldap_msg *m)
{
	ber_put(w, BER_OCTETS, m->dn);
	ber_put_int(w, BER_ENUMERATED, m->u.search.scope);
	ber_put_int(w, BER_ENUMERATED, m->u.search.deref);
	ber_put_int(w, BER_INTEGER, m->u.search.size_limit);
	ber_put_int(w, BER_INTEGER, m->u.search.time_limit);
	ber_put_bool(w, m->u.search.types_only);
	ldap_filter_encode(w, &m->u.search.filter);
	const size_t attrs = ber_begin(w, BER_SEQUENCE);
	for (uint32_t i = 0; i < m->u.search.n_attrs; i++)
		ber_put(w, BER_OCTETS, m->u.search.attrs[i]);
	ber_end(w, attrs);
}

static void write_result(struct writer *w, const struct ldap_msg *m)
{
	ber_put_int(w, BER_ENUMERATED, m->u.result.code);
	ber_put(w, BER_OCTETS, m->u.result.matched);
	ber_put(w, BER_OCTETS, m->u.result.text);
	if (m->u.result.referral.n)
		ber_put(w, 0xa3, m->u.result.referral);
	if (m->u.result.sasl_creds.n)
		ber_put(w, 0x87, m->u.result.sasl_creds);
	if (m->u.result.has_oid)
		ber_put(w, 0x8a, m->u.result.oid);
	if (m->u.result.has_value)
		ber_put(w, 0x8b, m->u.result.value);
}

static void write_modify_dn(struct writer *w, const struct ldap_msg *m)
{
	ber_put(w, BER_OCTETS, m->dn);
	ber_put(w, BER_OCTETS, m->u.modify_dn.new_rdn);
	ber_put_bool(w, m->u.modify_dn.delete_old);
	if (m->u.modify_dn.has_superior)
		ber_put(w, 0x80, m->u.modify_dn.new_superior);
}

static int write_op(struct writer *w, const struct ldap_msg *m)
{
	switch (m->op) {
	case LDAP_BIND_REQUEST:
		ber_put_int(w, BER_INTEGER, m->u.bind.version);
		ber_put(w, BER_OCTETS, m->dn);
		ber_put(w, m->u.bind.auth, m->u.bind.credentials);
		return 0;
	case LDAP_SEARCH_REQUEST: write_search(w, m); return 0;
	case LDAP_ADD_REQUEST:
	case LDAP_SEARCH_ENTRY:
	case LDAP_MODIFY_REQUEST: write_attrs(w, m); return 0;
	case LDAP_COMPARE_REQUEST: write_compare(w, m); return 0;
	case LDAP_MODIFY_DN_REQUEST: write_modify_dn(w, m); return 0;
	case LDAP_EXTENDED_REQUEST:
	case LDAP_INTERMEDIATE_RESPONSE:
		if (m->op == LDAP_EXTENDED_REQUEST || m->u.extended.oid.n)
			ber_put(w, 0x80, m->u.extended.oid);
		if (m->u.extended.has_value)
			ber_put(w, 0x81, m->u.extended.value);
		return 0;
	case LDAP_SEARCH_REFERENCE:
		for (uint32_t i = 0; i < m->u.reference.n; i++)
			ber_put(w, BER_OCTETS, m->u.reference.urls[i]);
		return 0;
	case LDAP_BIND_RESPONSE:
	case LDAP_SEARCH_DONE:
	case LDAP_MODIFY_RESPONSE:
	case LDAP_ADD_RESPONSE:
	case LDAP_DELETE_RESPONSE:
	case LDAP_MODIFY_DN_RESPONSE:
	case LDAP_COMPARE_RESPONSE:
	case LDAP_EXTENDED_RESPONSE: write_result(w, m); return 0;
	default: return PST_E_ARG;
	}
}

static void write_controls(struct writer *w, const struct ldap_msg *m)
{
	if (m->n_controls == 0)
		return;
	const size_t list = ber_begin(w, 0xa0);
	for (uint32_t i = 0; i < m->n_controls; i++) {
		const size_t at = ber_begin(w, BER_SEQUENCE);
		ber_put(w, BER_OCTETS, m->controls[i].oid);
		if (m->controls[i].critical)
			ber_put_bool(w, true);
		if (m->controls[i].has_value)
			ber_put(w, BER_OCTETS, m->controls[i].value);
		ber_end(w, at);
	}
	ber_end(w, list);
}

int ldap_encode(struct writer *w, const struct ldap_msg *m)
{
	const size_t at = ber_begin(w, BER_SEQUENCE);
	int err = 0;
	ber_put_int(w, BER_INTEGER, m->id);
	switch (m->op) {
	case LDAP_DELETE_REQUEST: ber_put(w, m->op, m->dn); break;
	case LDAP_UNBIND_REQUEST: ber_put(w, m->op, slice_of(NULL, 0)); break;
	case LDAP_ABANDON_REQUEST: ber_put_int(w, m->op, m->u.abandon); break;
	default: {
		const size_t op = ber_begin(w, m->op);
		err = write_op(w, m);
		ber_end(w, op);
	}
	}
	write_controls(w, m);
	ber_end(w, at);
	return err ? err : wr_done(w);
}
