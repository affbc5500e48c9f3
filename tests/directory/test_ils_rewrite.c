/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Other people's ILS through the gateway: what changes, what does not by an octet, which bindings come of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "directory/ils.h"
#include "directory/ils_rewrite.h"
#include "ldap/ber.h"

#define S(text) slice_str(text)

enum { INSIDE = 0, OUTSIDE = 1 };

struct world {
	struct directory *dir;
	struct ils_rewriter x;
	uint8_t in[8192], out[16384];
	struct pst_slice sent, passed;
	uint64_t now_ms;
};

static struct addr ip(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

static struct addr address_for(void *arg, uint8_t realm, const struct directory_person *p)
{
	(void)arg;
	return realm == OUTSIDE ? ip("203.0.113.1") : p->address;
}

static int realm_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->ip[0] == 10 ? INSIDE : OUTSIDE;
}

static void open_world(struct world *w, const char *client, uint8_t client_realm, uint8_t server_realm)
{
	struct directory_config c = { .seed = 3, .address_for = address_for };
	const struct directory_asker asker = { client_realm, ip(client) };
	memset(w, 0, sizeof *w);
	w->now_ms = 1000;
	directory_limits_default(&c.limits);
	assert_int_equal(directory_new(&w->dir, &c), 0);
	ils_rewriter_init(&w->x, w->dir, &asker, server_realm, realm_of, NULL);
}

static void pass_octets(struct world *w, bool from_client, struct pst_slice msg)
{
	struct writer out = wr_of(w->out, sizeof w->out);
	w->sent = msg;
	assert_int_equal(ils_rewrite(&w->x, from_client, msg, w->now_ms, &out), 0);
	w->passed = wr_slice(&out);
}

static void pass(struct world *w, bool from_client, const struct ldap_msg *m)
{
	struct writer in = wr_of(w->in, sizeof w->in);
	assert_int_equal(ldap_encode(&in, m), 0);
	pass_octets(w, from_client, wr_slice(&in));
}

static struct ldap_msg person(uint8_t op, const struct ldap_attr *attrs, uint32_t n)
{
	struct ldap_msg m = { .id = 5, .op = op, .dn = S("c=-,o=Microsoft, cn=ana@example.com, objectClass=rtPerson") };
	m.u.attrs.list = attrs;
	m.u.attrs.n = n;
	return m;
}

static void result(struct world *w, int32_t id, uint8_t op, int32_t code)
{
	struct ldap_msg m = { .id = id, .op = op };
	m.u.result.code = code;
	pass(w, false, &m);
	assert_true(slice_eq(w->sent, w->passed));
}

/* What is expected: the same message with another address. */
static void expect_address(const struct world *w, struct ldap_msg m, struct ldap_attr *attrs, uint32_t at, const char *address)
{
	uint8_t want[8192];
	struct writer out = wr_of(want, sizeof want);
	const struct pst_slice value = S(address);
	attrs[at].values = &value;
	m.u.attrs.list = attrs;
	assert_int_equal(ldap_encode(&out, &m), 0);
	assert_true(slice_eq(w->passed, wr_slice(&out)));
}

static bool bound(const struct world *w, const char *name, const char *to)
{
	const struct addr want = ip(to);
	const struct directory_entry *e = directory_find(w->dir, DIRECTORY_LEARNT, S(name));
	const struct addr host = e != NULL ? directory_entry_host(e) : (struct addr){ 0 };
	return addr_ip_eq(&host, &want);
}

static void registering_outside(void **state)
{
	(void)state;
	struct world w;
	/* fillers that put the message's length on each side of where it takes another octet */
	static char filler[300];
	memset(filler, 'x', sizeof filler);
	for (size_t n = 0; n < sizeof filler; n++) {
		const struct pst_slice cn = S("ana@example.com"), address = S("1613317642"), comment = slice_of(filler, n);
		struct ldap_attr attrs[] = { { S("cn"), &cn, 1, 0 }, { S("SIPAddress"), &address, 1, 0 }, { S("comment"), &comment, 1, 0 } };
		open_world(&w, "10.70.41.96", INSIDE, OUTSIDE);
		const struct ldap_msg m = person(LDAP_ADD_REQUEST, attrs, 3);
		pass(&w, true, &m);
		expect_address(&w, m, attrs, 1, "24182987"); /* 203.0.113.1, two octets shorter */
		assert_false(bound(&w, "ana@example.com", "10.70.41.96"));
		result(&w, 5, LDAP_ADD_RESPONSE, LDAP_SUCCESS);
		assert_true(bound(&w, "ana@example.com", "10.70.41.96"));
		assert_true(bound(&w, "ANA@EXAMPLE.COM", "10.70.41.96"));
		directory_free(w.dir);
	}
}

static void refused_outside(void **state)
{
	(void)state;
	struct world w;
	const struct pst_slice address = S("1613317642");
	const struct ldap_attr attrs[] = { { S("ipAddress"), &address, 1, 0 } };
	open_world(&w, "10.70.41.96", INSIDE, OUTSIDE);
	const struct ldap_msg m = person(LDAP_ADD_REQUEST, attrs, 1);
	pass(&w, true, &m);
	result(&w, 4, LDAP_ADD_RESPONSE, LDAP_SUCCESS); /* of another message */
	result(&w, 5, LDAP_MODIFY_RESPONSE, LDAP_SUCCESS);
	assert_false(bound(&w, "ana@example.com", "10.70.41.96"));
	result(&w, 5, LDAP_ADD_RESPONSE, LDAP_ENTRY_ALREADY_EXISTS);
	assert_false(bound(&w, "ana@example.com", "10.70.41.96"));
	directory_free(w.dir);
}

static void modifying_renewing_leaving(void **state)
{
	(void)state;
	struct world w;
	const struct pst_slice address = S("1613317642"), one = S("1");
	struct ldap_attr attrs[] = { { S("ilsA26214430"), &one, 1, LDAP_MOD_REPLACE }, { S("sipaddress"), &address, 1, LDAP_MOD_REPLACE } };
	open_world(&w, "10.70.41.96", INSIDE, OUTSIDE);
	struct ldap_msg m = person(LDAP_MODIFY_REQUEST, attrs, 2);
	pass(&w, true, &m);
	expect_address(&w, m, attrs, 1, "24182987");
	result(&w, 5, LDAP_MODIFY_RESPONSE, LDAP_SUCCESS);
	assert_true(bound(&w, "ana@example.com", "10.70.41.96"));
	assert_int_equal(directory_next_ms(w.dir), 1801000);
	/* keep-alive */
	const struct ldap_filter terms[] = { { .kind = LDAP_FILTER_EQUAL, .attr = S("cn"), .value = S("ana@example.com") },
		{ .kind = LDAP_FILTER_EQUAL, .attr = S("sttl"), .value = S("10") } };
	m = (struct ldap_msg){ .id = 6, .op = LDAP_SEARCH_REQUEST, .dn = S("objectClass=rtPerson") };
	m.u.search.filter = (struct ldap_filter){ .kind = LDAP_FILTER_AND, .children = terms, .n = 2 };
	w.now_ms = 600000;
	pass(&w, true, &m);
	assert_true(slice_eq(w.sent, w.passed));
	result(&w, 6, LDAP_SEARCH_DONE, LDAP_SUCCESS);
	assert_int_equal(directory_next_ms(w.dir), 2400000);
	/* leaving */
	m = (struct ldap_msg){ .id = 7, .op = LDAP_DELETE_REQUEST, .dn = S("cn=ana@example.com,objectClass=rtPerson") };
	pass(&w, true, &m);
	assert_true(bound(&w, "ana@example.com", "10.70.41.96"));
	result(&w, 7, LDAP_DELETE_RESPONSE, LDAP_SUCCESS);
	assert_false(bound(&w, "ana@example.com", "10.70.41.96"));
	directory_free(w.dir);
}

static void found_outside(void **state)
{
	(void)state;
	struct world w;
	const struct pst_slice cn = S("ana@example.com"), luc = S("luc@example.org"), ours = S("24182987"), theirs = S("3309688895");
	struct ldap_attr attrs[] = { { S("cn"), &cn, 1, 0 }, { S("sipaddress"), &ours, 1, 0 } };
	open_world(&w, "10.70.41.97", INSIDE, OUTSIDE);
	struct ldap_msg m = person(LDAP_SEARCH_ENTRY, attrs, 2);
	/* somebody we do not know stands there with our address: as it is */
	pass(&w, false, &m);
	assert_true(slice_eq(w.sent, w.passed));
	/* a neighbour: the inside address */
	struct directory_person p = { .kind = DIRECTORY_LEARNT, .key = cn, .address = ip("10.70.41.96"), .expiry_ms = 100000,
		.source = { INSIDE, ip("10.70.41.96") } };
	assert_int_equal(directory_put(w.dir, &p, NULL, 0, 0, NULL), 0);
	pass(&w, false, &m);
	expect_address(&w, m, attrs, 1, "1613317642");
	/* somebody outside: as it is, and no binding */
	attrs[0].values = &luc;
	attrs[1].values = &theirs;
	m.u.attrs.list = attrs;
	pass(&w, false, &m);
	assert_true(slice_eq(w.sent, w.passed));
	assert_null(directory_find(w.dir, DIRECTORY_LEARNT, luc));
	directory_free(w.dir);
}

/* A server inside, asked from outside: nobody's inside address gets out, and each can be called by name. */
static void asked_from_outside(void **state)
{
	(void)state;
	struct world w;
	const struct pst_slice cn = S("ana@example.com"), inside = S("1613317642"), outside = S("3309688895");
	struct ldap_attr attrs[] = { { S("cn"), &cn, 1, 0 }, { S("ipaddress"), &inside, 1, 0 } };
	open_world(&w, "198.51.100.7", OUTSIDE, INSIDE);
	struct ldap_msg m = person(LDAP_SEARCH_ENTRY, attrs, 2);
	pass(&w, false, &m);
	expect_address(&w, m, attrs, 1, "24182987");
	assert_true(bound(&w, "ana@example.com", "10.70.41.96"));
	attrs[1].values = &outside;
	m.u.attrs.list = attrs;
	pass(&w, false, &m);
	assert_true(slice_eq(w.sent, w.passed));
	/* and an outside client's own registration goes in as it is */
	m.op = LDAP_ADD_REQUEST;
	pass(&w, true, &m);
	assert_true(slice_eq(w.sent, w.passed));
	directory_free(w.dir);
}

static void addresses_in_filters_and_comparisons(void **state)
{
	(void)state;
	struct world w;
	uint8_t want[512];
	struct writer out = wr_of(want, sizeof want);
	struct ldap_filter term = { .kind = LDAP_FILTER_EQUAL, .attr = S("sipaddress"), .value = S("1613317642") };
	struct ldap_filter not = { .kind = LDAP_FILTER_NOT, .children = &term, .n = 1 };
	struct ldap_msg m = { .id = 1, .op = LDAP_SEARCH_REQUEST, .dn = S("objectClass=rtPerson") };
	open_world(&w, "10.70.41.96", INSIDE, OUTSIDE);
	m.u.search.filter = not;
	pass(&w, true, &m);
	term.value = S("24182987");
	assert_int_equal(ldap_encode(&out, &m), 0);
	assert_true(slice_eq(w.passed, wr_slice(&out)));
	const struct pst_slice value = S("1613317642");
	const struct ldap_attr ava = { S("sipaddress"), &value, 1, 0 };
	m = person(LDAP_COMPARE_REQUEST, &ava, 1);
	pass(&w, true, &m);
	assert_null(memmem(w.passed.p, w.passed.n, "1613317642", 10));
	directory_free(w.dir);
}

static void what_is_not_understood_passes(void **state)
{
	(void)state;
	struct world w;
	/* lengths longer than needed, an operation of another protocol, something behind the controls */
	static const uint8_t odd[][20] = { { 0x30, 0x81, 0x07, 2, 1, 1, 0x7e, 2, 4, 0 }, { 0x30, 0x05, 2, 1, 1, 0x42, 0 },
		{ 0x30, 0x82, 0, 9, 2, 1, 1, 0x4a, 0x81, 1, 'x', 0xa0, 0 }, { 0x30, 0 } };
	static const size_t lengths[] = { 10, 7, 13, 2 };
	open_world(&w, "10.70.41.96", INSIDE, OUTSIDE);
	for (unsigned i = 0; i < 4; i++) {
		pass_octets(&w, i % 2 == 0, slice_of(odd[i], lengths[i]));
		assert_true(slice_eq(w.sent, w.passed));
	}
	/* only the octets around the address change; an odd length elsewhere stays */
	static const uint8_t in[] = { 0x30, 0x28, 2, 1, 1, 0x68, 0x23, 4, 0x81, 4, 'c', 'n', '=', 'a', 0x30, 0x1a, 0x30, 0x18, 4, 0x0a, 's',
		'i', 'p', 'a', 'd', 'd', 'r', 'e', 's', 's', 0x31, 0x0a, 4, 8, '9', '9', '9', '9', '9', '9', '9', '9' };
	/* 99999999 is 255.224.245.5: of no realm but outside, so it stays */
	pass_octets(&w, true, slice_of(in, sizeof in));
	assert_true(slice_eq(w.sent, w.passed));
	/* 167772161 is 1.0.0.10; 10.0.0.1 is 16777226, eight digits as well */
	uint8_t inside[sizeof in];
	memcpy(inside, in, sizeof in);
	memcpy(inside + sizeof in - 8, "16777226", 8);
	pass_octets(&w, true, slice_of(inside, sizeof inside));
	assert_int_equal(w.passed.n, sizeof in);
	assert_memory_equal(w.passed.p, inside, sizeof in - 8);
	assert_memory_equal(w.passed.p + sizeof in - 8, "24182987", 8);
	/* StartTLS */
	struct ldap_msg m = { .id = 9, .op = LDAP_EXTENDED_REQUEST };
	m.u.extended.oid = S("1.3.6.1.4.1.1466.20037");
	pass(&w, true, &m);
	assert_false(w.x.opaque);
	result(&w, 9, LDAP_EXTENDED_RESPONSE, LDAP_SUCCESS);
	assert_true(w.x.opaque);
	directory_free(w.dir);
}

static void somebody_elses_name_is_not_taken(void **state)
{
	(void)state;
	struct world w;
	const struct pst_slice address = S("1613317642");
	const struct ldap_attr attrs[] = { { S("sipaddress"), &address, 1, 0 } };
	open_world(&w, "10.70.41.97", INSIDE, OUTSIDE); /* says it is at .96 */
	const struct ldap_msg m = person(LDAP_ADD_REQUEST, attrs, 1);
	pass(&w, true, &m);
	result(&w, 5, LDAP_ADD_RESPONSE, LDAP_SUCCESS);
	assert_true(bound(&w, "ana@example.com", "10.70.41.97")); /* where it is, not what it says */
	struct ils_rewriter other;
	const struct directory_asker thief = { INSIDE, ip("10.70.41.98") };
	ils_rewriter_init(&other, w.dir, &thief, OUTSIDE, realm_of, NULL);
	w.x = other;
	pass(&w, true, &m);
	result(&w, 5, LDAP_ADD_RESPONSE, LDAP_SUCCESS);
	assert_true(bound(&w, "ana@example.com", "10.70.41.97"));
	directory_free(w.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registering_outside),
		cmocka_unit_test(refused_outside),
		cmocka_unit_test(modifying_renewing_leaving),
		cmocka_unit_test(found_outside),
		cmocka_unit_test(asked_from_outside),
		cmocka_unit_test(addresses_in_filters_and_comparisons),
		cmocka_unit_test(what_is_not_understood_passes),
		cmocka_unit_test(somebody_elses_name_is_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
