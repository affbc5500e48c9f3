/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses in ULS records on their way to and from somebody else's server: what changes, and all that does not. */
#include "directory/uls_address.h"
#include "directory/uls_rewrite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "ulp/name.h"

enum { INSIDE, OUTSIDE };

static const struct addr CLIENT = { ADDR_IP4, { 10, 0, 0, 5 }, 1720 }, GATEWAY = { ADDR_IP4, { 192, 0, 2, 1 }, 1720 };
static const struct addr SIX = { ADDR_IP6, { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5 }, 1720 };

static const struct row {
	const char *what;
	struct pst_slice data, want;
	unsigned found;
} rows[] = {
#define S(text) { (const uint8_t *)(text), sizeof(text) - 1 }
	{ "our own form", S("\0\1\0\4\12\0\0\5\6\xb8"), S("\0\1\0\4\xc0\0\2\1\6\xb8"), 1 },
	{ "our own form, another port", S("\0\1\0\4\12\0\0\5\5\xdf"), S("\0\1\0\4\xc0\0\2\1\5\xdf"), 1 },
	{ "network order", S("x\12\0\0\5y"), S("x\xc0\0\2\1y"), 1 },
	{ "little-endian", S("\5\0\0\12"), S("\1\2\0\xc0"), 1 },
	{ "twice", S("\12\0\0\5\5\0\0\12"), S("\xc0\0\2\1\1\2\0\xc0"), 2 },
	{ "text", S("10.0.0.5"), S("192.0.2.1"), 1 },
	{ "text in text", S("callto:10.0.0.5:1720"), S("callto:192.0.2.1:1720"), 1 },
	{ "text at the end of a sentence", S("at 10.0.0.5."), S("at 192.0.2.1."), 1 },
	{ "the end of another address", S("110.0.0.5"), S("110.0.0.5"), 0 },
	{ "the beginning of another", S("10.0.0.55"), S("10.0.0.55"), 0 },
	{ "inside another", S("1.10.0.0.5"), S("1.10.0.0.5"), 0 },
	{ "more parts", S("10.0.0.5.6"), S("10.0.0.5.6"), 0 },
	{ "cut", S("\12\0\0"), S("\12\0\0"), 0 },
	{ "somebody else's", S("\0\1\0\4\12\0\0\6\6\xb8"), S("\0\1\0\4\12\0\0\6\6\xb8"), 0 },
	{ "nothing", S(""), S(""), 0 },
#undef S
};

static void test_replace(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena a;
		struct pst_slice out;
		unsigned found;
		arena_init(&a, 0);
		assert_int_equal(uls_address_replace(rows[i].data, &CLIENT, &GATEWAY, &a, &out, &found), 0);
		if (found != rows[i].found || !slice_eq(out, rows[i].want))
			fail_msg("%s: %u found", rows[i].what, found);
		arena_free(&a);
	}
}

static void test_families(void **state)
{
	(void)state;
	struct arena a;
	struct pst_slice out;
	const struct addr none = { 0 };
	arena_init(&a, 0);
	/* Octets of one family have no room for the other, nor for nothing; text has. */
	assert_int_equal(uls_address_replace(rows[0].data, &CLIENT, &SIX, &a, &out, NULL), PST_E_RANGE);
	assert_int_equal(uls_address_replace(rows[0].data, &CLIENT, &none, &a, &out, NULL), PST_E_RANGE);
	assert_int_equal(uls_address_replace(slice_str("10.0.0.5"), &CLIENT, &none, &a, &out, NULL), PST_E_RANGE);
	assert_int_equal(uls_address_replace(slice_str("10.0.0.5"), &CLIENT, &SIX, &a, &out, NULL), 0);
	assert_true(slice_eq(out, slice_str("2001:db8::5")));
	assert_int_equal(uls_address_replace(slice_str("2001:db8::5"), &SIX, &GATEWAY, &a, &out, NULL), 0);
	assert_true(slice_eq(out, slice_str("192.0.2.1")));
	assert_int_equal(uls_address_replace(slice_str("2001:db8::5:1"), &SIX, &GATEWAY, &a, &out, NULL), 0);
	assert_true(slice_eq(out, slice_str("2001:db8::5:1")));
	arena_free(&a);
}

static void test_own_form(void **state)
{
	(void)state;
	uint8_t buf[ULS_ADDRESS_MAX];
	struct addr got;
	size_t n = uls_address_write(buf, &CLIENT);
	assert_true(slice_eq(slice_of(buf, n), rows[0].data));
	assert_int_equal(uls_address_read(slice_of(buf, n), &got), 0);
	assert_true(addr_eq(&got, &CLIENT));
	n = uls_address_write(buf, &SIX);
	assert_int_equal(n, ULS_ADDRESS_MAX);
	assert_int_equal(uls_address_read(slice_of(buf, n), &got), 0);
	assert_true(addr_eq(&got, &SIX));
	assert_int_equal(uls_address_read(slice_of(buf, n - 1), &got), PST_E_BAD);
	buf[3] = 4;
	assert_int_equal(uls_address_read(slice_of(buf, n), &got), PST_E_BAD);
}

/* ---- whole messages ---- */

static struct addr address_for(void *arg, uint8_t realm, const struct directory_person *p)
{
	(void)arg;
	return p->source.realm == OUTSIDE ? p->address : realm == OUTSIDE ? GATEWAY : (struct addr){ 0 };
}

static int realm_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->ip[0] == 10 ? INSIDE : OUTSIDE;
}

struct run {
	struct directory *d;
	struct uls_path path;
	struct arena a;
	uint8_t out[4096];
	struct writer w;
	struct ulp_msg got;
	struct uls_rewritten what;
};

static struct run begin(uint8_t client_realm, const char *client)
{
	struct directory_config cfg = { .seed = 3, .address_for = address_for };
	struct run r = { .path = { .client.realm = client_realm, .server_realm = client_realm == INSIDE ? OUTSIDE : INSIDE,
				   .realm_of = realm_of } };
	directory_limits_default(&cfg.limits);
	assert_int_equal(directory_new(&r.d, &cfg), 0);
	assert_int_equal(addr_parse(&r.path.client.from, client, 0), 0);
	arena_init(&r.a, 0);
	return r;
}

static void end(struct run *r)
{
	directory_free(r->d);
	arena_free(&r->a);
}

/* One record, or label, of ann.example in a message; what came out is in r->got. */
static enum uls_verdict pass(struct run *r, bool reply, uint8_t opcode, uint16_t type, struct pst_slice data)
{
	uint8_t in[1024];
	struct writer w = wr_of(in, sizeof(in));
	struct ulp_entry e = { .label = { .name = slice_of("\3ann\7example", 13), .type = type }, .ttl = 600, .data = data };
	const struct ulp_msg request = { .id = 7, .opcode = opcode, .qcount = 1, .requests = &e };
	const struct ulp_msg answer = { .id = 7, .reply = true, .opcode = opcode, .rcount = 1, .replies = &e };
	assert_int_equal(ulp_encode(reply ? &answer : &request, &w), 0);
	r->w = wr_of(r->out, sizeof(r->out));
	const enum uls_verdict v = reply ? uls_rewrite_reply(r->d, &r->path, wr_slice(&w), 1000, &r->a, &r->w, &r->what)
					 : uls_rewrite_request(r->d, &r->path, wr_slice(&w), 1000, &r->a, &r->w, &r->what);
	if (v != ULS_CLOSE)
		assert_int_equal(ulp_decode(&r->got, &r->a, wr_slice(&r->w), NULL), 0);
	return v;
}

/* Whether calls for NAME go to anybody who was learnt: *HOST. */
static bool learnt(const struct directory *d, const char *name, struct addr *host)
{
	const struct directory_entry *e = directory_find(d, DIRECTORY_LEARNT, slice_str(name));
	if (e != NULL)
		*host = directory_entry_host(e);
	return e != NULL;
}

static void test_registered_outside(void **state)
{
	(void)state;
	struct run r = begin(INSIDE, "10.0.0.5");
	struct addr host;
	assert_int_equal(pass(&r, false, ULP_ADD, ULP_ADDRESS, rows[0].data), ULS_FORWARD);
	assert_true(slice_eq(r.got.requests[0].data, rows[0].want));
	assert_int_equal(r.what.n, 1);
	assert_int_equal(pass(&r, false, ULP_ADD, ULP_EMAIL, slice_str("ann@example.org")), ULS_FORWARD);
	/* Text that is no address record is nobody's business. */
	assert_int_equal(pass(&r, false, ULP_ADD, ULP_TXT, slice_str("10.0.0.5")), ULS_FORWARD);
	assert_true(slice_eq(r.got.requests[0].data, slice_str("10.0.0.5")));
	/* By the name and by the e-mail address. */
	assert_true(learnt(r.d, "ann.example", &host));
	assert_true(addr_ip_eq(&host, &CLIENT));
	assert_true(learnt(r.d, "ann@example.org", &host));
	/* Found from inside: the neighbour's own address. */
	assert_int_equal(pass(&r, true, ULP_QUERY, ULP_ADDRESS, rows[0].want), ULS_FORWARD);
	assert_true(slice_eq(r.got.replies[0].data, rows[0].data));
	/* Another inside host may not take the name over, and is told at once. */
	assert_int_equal(addr_parse(&r.path.client.from, "10.0.0.6", 0), 0);
	assert_int_equal(pass(&r, false, ULP_ADD, ULP_ADDRESS, rows[13].data), ULS_ANSWER);
	assert_int_equal(r.got.retcode, ULP_EXISTS);
	/* Taken away. */
	assert_int_equal(addr_parse(&r.path.client.from, "10.0.0.5", 0), 0);
	assert_int_equal(pass(&r, false, ULP_DELETE, ULP_ANY, slice_of(NULL, 0)), ULS_FORWARD);
	assert_false(learnt(r.d, "ann.example", &host));
	end(&r);
}

static void test_found_by_strangers(void **state)
{
	(void)state;
	struct addr host;
	/* Outside asks an inside server: its people are at the gateway, and can be called there by name. */
	struct run r = begin(OUTSIDE, "198.51.100.7");
	assert_int_equal(pass(&r, true, ULP_QUERY, ULP_ADDRESS, rows[0].data), ULS_FORWARD);
	assert_true(slice_eq(r.got.replies[0].data, rows[0].want));
	assert_true(learnt(r.d, "ann.example", &host));
	assert_true(addr_ip_eq(&host, &CLIENT));
	end(&r);
	/* Inside asks an outside server that names an inside address: no binding comes of that. */
	r = begin(INSIDE, "10.0.0.9");
	assert_int_equal(pass(&r, true, ULP_QUERY, ULP_ADDRESS, rows[0].data), ULS_FORWARD);
	assert_true(slice_eq(r.got.replies[0].data, rows[0].data));
	assert_false(learnt(r.d, "ann.example", &host));
	end(&r);
}

static void test_bad(void **state)
{
	(void)state;
	struct run r = begin(INSIDE, "10.0.0.5");
	const uint8_t cut[] = { 0, 1, 0, 0x30, 0, 1, 0, 0 }, unknown[] = { 0, 1, 0, 0x90, 0, 1, 0, 0, 1, 2, 3 };
	struct writer w = wr_of(r.out, sizeof(r.out));
	assert_int_equal(uls_rewrite_request(r.d, &r.path, slice_of(cut, 7), 0, &r.a, &w, &r.what), ULS_CLOSE);
	assert_int_equal(uls_rewrite_request(r.d, &r.path, slice_of(cut, 8), 0, &r.a, &w, &r.what), ULS_ANSWER);
	assert_true(slice_eq(wr_slice(&w), slice_of("\0\1\x80\x31\0\0\0\0", 8)));
	assert_int_equal(uls_rewrite_reply(r.d, &r.path, slice_of(cut, 8), 0, &r.a, &w, &r.what), ULS_CLOSE);
	w = wr_of(r.out, sizeof(r.out));
	assert_int_equal(uls_rewrite_request(r.d, &r.path, slice_of(unknown, 11), 0, &r.a, &w, &r.what), ULS_FORWARD);
	assert_true(slice_eq(wr_slice(&w), slice_of(unknown, 11)));
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_own_form),
		cmocka_unit_test(test_registered_outside),
		cmocka_unit_test(test_found_by_strangers),
		cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
