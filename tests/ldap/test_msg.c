/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LDAPMessage: every operation written and read back, the vectors of version 2, bounds, what is malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ldap/msg.h"

#define S(text) slice_str(text)
#define LIST(...) (const struct pst_slice[]){ __VA_ARGS__ }

static const struct ldap_attr attrs[] = {
	{ { (const uint8_t *)"cn", 2 }, (const struct pst_slice[]){ { (const uint8_t *)"bob@host", 8 } }, 1, 0 },
	{ { (const uint8_t *)"sport", 5 },
		(const struct pst_slice[]){ { (const uint8_t *)"1503", 4 }, { (const uint8_t *)"1720", 4 } }, 2, LDAP_MOD_REPLACE },
	{ { (const uint8_t *)"empty", 5 }, NULL, 0, LDAP_MOD_DELETE },
};

static void round_trip(const struct ldap_msg *m)
{
	uint8_t buf[512], again[512];
	struct ldap_msg got;
	struct arena a;
	struct writer w = wr_of(buf, sizeof buf), w2 = wr_of(again, sizeof again);
	arena_init(&a, 0);
	assert_int_equal(ldap_encode(&w, m), 0);
	assert_int_equal(ldap_decode(&got, wr_slice(&w), &ldap_limits_default, &a), 0);
	assert_int_equal(got.id, m->id);
	assert_int_equal(got.op, m->op);
	assert_int_equal(ldap_encode(&w2, &got), 0);
	assert_true(slice_eq(wr_slice(&w), wr_slice(&w2)));
	/* cut anywhere it is refused, and nothing is read outside */
	for (size_t n = 0; n < w.n; n++) {
		arena_reset(&a);
		assert_true(ldap_decode(&got, slice_of(buf, n), &ldap_limits_default, &a) < 0);
		struct writer small = wr_of(again, n);
		assert_int_equal(ldap_encode(&small, m), PST_E_SPACE);
	}
	arena_free(&a);
}

static void every_operation_round_trips(void **state)
{
	(void)state;
	struct ldap_msg m = { .id = 1, .op = LDAP_BIND_REQUEST, .dn = S("cn=x") };
	m.u.bind.version = 3;
	m.u.bind.auth = LDAP_AUTH_SIMPLE;
	m.u.bind.credentials = S("secret");
	round_trip(&m);
	m = (struct ldap_msg){ .id = 200, .op = LDAP_SEARCH_REQUEST, .dn = S("objectClass=rtPerson") };
	const struct ldap_filter terms[] = { { .kind = LDAP_FILTER_EQUAL, .attr = S("cn"), .value = S("%") },
		{ .kind = LDAP_FILTER_PRESENT, .attr = S("uid") } };
	m.u.search.filter = (struct ldap_filter){ .kind = LDAP_FILTER_AND, .children = terms, .n = 2 };
	m.u.search.attrs = LIST(S("surname"), S("givenname"));
	m.u.search.n_attrs = 2;
	m.u.search.types_only = true;
	m.u.search.size_limit = 1000;
	round_trip(&m);
	for (unsigned i = 0; i < 3; i++) {
		static const uint8_t ops[] = { LDAP_ADD_REQUEST, LDAP_MODIFY_REQUEST, LDAP_SEARCH_ENTRY };
		m = (struct ldap_msg){ .id = INT32_MAX, .op = ops[i], .dn = S("cn=bob@host") };
		m.u.attrs.list = attrs;
		m.u.attrs.n = 3;
		round_trip(&m);
	}
	m.op = LDAP_COMPARE_REQUEST;
	m.u.attrs.n = 1;
	round_trip(&m);
	m = (struct ldap_msg){ .id = 0, .op = LDAP_DELETE_REQUEST, .dn = S("cn=bob") };
	round_trip(&m);
	m = (struct ldap_msg){ .id = 7, .op = LDAP_UNBIND_REQUEST };
	round_trip(&m);
	m = (struct ldap_msg){ .id = 8, .op = LDAP_ABANDON_REQUEST };
	m.u.abandon = 300;
	round_trip(&m);
	m = (struct ldap_msg){ .id = 9, .op = LDAP_MODIFY_DN_REQUEST, .dn = S("cn=a") };
	m.u.modify_dn.new_rdn = S("cn=b");
	m.u.modify_dn.has_superior = true;
	m.u.modify_dn.new_superior = S("o=c");
	round_trip(&m);
	m = (struct ldap_msg){ .id = 10, .op = LDAP_EXTENDED_REQUEST };
	m.u.extended.oid = S("1.3.6.1.4.1.1466.101.119.1");
	m.u.extended.has_value = true;
	m.u.extended.value = S("\x30");
	round_trip(&m);
	static const uint8_t results[] = { LDAP_BIND_RESPONSE, LDAP_SEARCH_DONE, LDAP_MODIFY_RESPONSE, LDAP_ADD_RESPONSE,
		LDAP_DELETE_RESPONSE, LDAP_MODIFY_DN_RESPONSE, LDAP_COMPARE_RESPONSE, LDAP_EXTENDED_RESPONSE };
	for (unsigned i = 0; i < sizeof results; i++) {
		m = (struct ldap_msg){ .id = 11, .op = results[i] };
		m.u.result.code = LDAP_OTHER;
		m.u.result.text = S("why");
		m.u.result.sasl_creds = S("creds");
		m.u.result.has_oid = m.u.result.has_value = true;
		m.u.result.oid = S("1.2");
		round_trip(&m);
	}
	m = (struct ldap_msg){ .id = 12, .op = LDAP_SEARCH_REFERENCE };
	m.u.reference.urls = LIST(S("ldap://a"), S("ldap://b"));
	m.u.reference.n = 2;
	const struct ldap_control controls[] = { { S("1.2.3"), true, true, S("v") }, { S("1.2.4"), false, false, S("") } };
	m.controls = controls;
	m.n_controls = 2;
	round_trip(&m);
}

/* RFC 1777: an anonymous bind of version 2, and its answer. */
static void vectors_of_version_2(void **state)
{
	(void)state;
	static const uint8_t bind[] = { 0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 2, 4, 0, 0x80, 0 };
	static const uint8_t answer[] = { 0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0 };
	struct ldap_msg m;
	struct arena a;
	uint8_t buf[32];
	arena_init(&a, 0);
	assert_int_equal(ldap_decode(&m, slice_of(bind, sizeof bind), &ldap_limits_default, &a), 0);
	assert_int_equal(m.u.bind.version, 2);
	assert_int_equal(m.u.bind.auth, LDAP_AUTH_SIMPLE);
	m = (struct ldap_msg){ .id = 1, .op = LDAP_BIND_RESPONSE };
	struct writer w = wr_of(buf, sizeof buf);
	assert_int_equal(ldap_encode(&w, &m), 0);
	assert_true(slice_eq(wr_slice(&w), slice_of(answer, sizeof answer)));
	arena_free(&a);
}

static void bounds_are_exact(void **state)
{
	(void)state;
	uint8_t buf[256];
	struct ldap_msg m = { .id = 1, .op = LDAP_ADD_REQUEST }, got;
	struct arena a;
	struct writer w = wr_of(buf, sizeof buf);
	m.u.attrs.list = attrs;
	m.u.attrs.n = 3;
	arena_init(&a, 0);
	assert_int_equal(ldap_encode(&w, &m), 0);
	const struct ldap_limits fits = { .attrs = 3, .values = 3 }, attrs_short = { .attrs = 2, .values = 3 },
				 values_short = { .attrs = 3, .values = 2 };
	assert_int_equal(ldap_decode(&got, wr_slice(&w), &fits, &a), 0);
	assert_int_equal(ldap_decode(&got, wr_slice(&w), &attrs_short, &a), PST_E_LIMIT);
	assert_int_equal(got.id, 1);
	assert_int_equal(got.op, LDAP_ADD_REQUEST);
	assert_int_equal(ldap_decode(&got, wr_slice(&w), &values_short, &a), PST_E_LIMIT);
	arena_free(&a);
}

static void an_unknown_operation_is_told(void **state)
{
	(void)state;
	static const uint8_t octets[] = { 0x30, 7, 2, 1, 5, 0x7e, 2, 4, 0 };
	struct ldap_msg m;
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(ldap_decode(&m, slice_of(octets, sizeof octets), &ldap_limits_default, &a), 0);
	assert_int_equal(m.id, 5);
	assert_int_equal(m.op, 0x7e);
	assert_int_equal(ldap_response_to(m.op), 0);
	assert_int_equal(ldap_response_to(LDAP_SEARCH_REQUEST), LDAP_SEARCH_DONE);
	assert_string_equal(ldap_op_str(LDAP_DELETE_REQUEST), "delRequest");
	assert_string_equal(ldap_result_str(68), "entryAlreadyExists");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_round_trips),
		cmocka_unit_test(vectors_of_version_2),
		cmocka_unit_test(bounds_are_exact),
		cmocka_unit_test(an_unknown_operation_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
