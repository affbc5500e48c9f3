/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory model: look-up, ownership, limits, lifetimes to the second, the store, split horizon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "directory/model.h"

enum { INSIDE = 0, OUTSIDE = 1 };

static struct addr ip(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

static struct directory_config config(void)
{
	struct directory_config c = { .seed = 42 };
	directory_limits_default(&c.limits);
	return c;
}

static struct directory *make(const struct directory_config *c)
{
	struct directory *d;
	assert_int_equal(directory_new(&d, c), 0);
	return d;
}

static const struct directory_attr two_attrs[] = {
	{ { (const uint8_t *)"givenname", 9 }, (const struct pst_slice[]){ { (const uint8_t *)"Bob", 3 } }, 1 },
	{ { (const uint8_t *)"x-odd", 5 },
		(const struct pst_slice[]){ { (const uint8_t *)"a\0b", 3 }, { (const uint8_t *)"", 0 } }, 2 },
};

static struct directory_person person(const char *key, const char *from)
{
	return (struct directory_person){ .key = slice_str(key), .attrs = two_attrs, .n_attrs = 2, .address = ip(from),
		.expiry_ms = 1000, .source = { INSIDE, ip(from) } };
}

static int put(struct directory *d, const struct directory_person *p, uint64_t now_ms)
{
	return directory_put(d, p, &p->source, 0, now_ms, NULL);
}

static void finds_without_case(void **state)
{
	(void)state;
	const struct directory_config c = config();
	struct directory *d = make(&c);
	const struct directory_person p = person("Bob@Example.COM", "10.0.0.1");
	struct directory_person got;
	struct arena a;
	assert_int_equal(put(d, &p, 0), 0);
	const struct directory_entry *e = directory_find(d, DIRECTORY_PERSON, slice_str("bob@example.com"));
	assert_non_null(e);
	assert_null(directory_find(d, DIRECTORY_CONFERENCE, slice_str("bob@example.com")));
	assert_null(directory_find(d, DIRECTORY_PERSON, slice_str("bob@example.co")));
	arena_init(&a, 0);
	assert_int_equal(directory_unpack(e, &a, &got), 0);
	assert_true(slice_eq(got.key, slice_str("Bob@Example.COM")));
	assert_int_equal(got.n_attrs, 2);
	assert_true(slice_eq(got.attrs[1].name, slice_str("x-odd")));
	assert_int_equal(got.attrs[1].n_values, 2);
	assert_true(slice_eq(got.attrs[1].values[0], slice_of("a\0b", 3)));
	struct pst_slice v;
	assert_true(directory_attr_value(e, slice_str("X-ODD"), 1, &v));
	assert_int_equal(v.n, 0);
	assert_false(directory_attr_value(e, slice_str("X-ODD"), 2, &v));
	assert_true(directory_attr_value(e, slice_str("GivenName"), 0, &v));
	assert_true(slice_eq(v, slice_str("Bob")));
	arena_free(&a);
	directory_free(d);
}

static void only_its_owner_changes_an_entry(void **state)
{
	(void)state;
	const struct directory_config c = config();
	struct directory *d = make(&c);
	struct directory_person p = person("bob", "10.0.0.1");
	const struct directory_asker other = { INSIDE, ip("10.0.0.2") }, elsewhere = { OUTSIDE, ip("10.0.0.1") };
	p.token = 77;
	assert_int_equal(put(d, &p, 0), 0);
	assert_int_equal(directory_put(d, &p, &other, 0, 0, NULL), PST_E_DENIED);
	assert_int_equal(directory_put(d, &p, &elsewhere, 0, 0, NULL), PST_E_DENIED);
	assert_int_equal(directory_put(d, &p, &other, 78, 0, NULL), PST_E_DENIED);
	assert_int_equal(directory_put(d, &p, &other, 77, 0, NULL), 0);
	assert_int_equal(directory_remove(d, DIRECTORY_PERSON, p.key, &other, 0, 0), PST_E_DENIED);
	assert_int_equal(directory_refresh(d, DIRECTORY_PERSON, p.key, &other, 0, 60, 0, NULL), PST_E_DENIED);
	assert_int_equal(directory_remove(d, DIRECTORY_PERSON, p.key, &p.source, 0, 0), 0);
	assert_int_equal(directory_remove(d, DIRECTORY_PERSON, p.key, &p.source, 0, 0), PST_E_NOT_FOUND);
	p.origin = DIRECTORY_STATIC;
	assert_int_equal(directory_put(d, &p, NULL, 0, 0, NULL), 0);
	assert_int_equal(put(d, &p, 0), PST_E_DENIED);
	assert_int_equal(directory_stats(d)->entries, 1);
	assert_int_equal(directory_stats(d)->denied, 6);
	directory_free(d);
}

static void limits_of_number_size_and_rate(void **state)
{
	(void)state;
	struct directory_config c = config();
	c.limits.entries = 3;
	c.limits.entries_per_source = 2;
	c.limits.entry_bytes = 600;
	struct directory *d = make(&c);
	char key[8];
	for (int i = 0; i < 3; i++) {
		snprintf(key, sizeof key, "n%d", i);
		const struct directory_person p = person(key, "10.0.0.1");
		assert_int_equal(put(d, &p, 0), i < 2 ? 0 : PST_E_LIMIT);
	}
	struct directory_person p = person("n0", "10.0.0.1");
	assert_int_equal(put(d, &p, 0), 0); /* a change is no new entry */
	p = person("n3", "10.0.0.2");
	assert_int_equal(put(d, &p, 0), 0);
	p = person("n4", "10.0.0.3");
	assert_int_equal(put(d, &p, 0), PST_E_LIMIT);
	assert_int_equal(directory_stats(d)->entries, 3);

	static const uint8_t big[600];
	const struct pst_slice value = slice_of(big, sizeof big);
	const struct directory_attr attr = { slice_str("comment"), &value, 1 };
	p = person("n3", "10.0.0.2");
	p.attrs = &attr;
	p.n_attrs = 1;
	assert_int_equal(put(d, &p, 0), PST_E_LIMIT);

	int through = 0;
	p = person("n3", "10.0.0.2");
	for (int i = 0; i < 200; i++)
		through += put(d, &p, 10000) == 0;
	assert_int_equal(through, 80); /* 20 a second, four seconds' worth */
	assert_int_equal(put(d, &p, 10049), PST_E_LIMIT);
	assert_int_equal(put(d, &p, 10050), 0);
	directory_free(d);
}

static void sources_are_bounded(void **state)
{
	(void)state;
	struct directory_config c = config();
	c.limits.sources = 8;
	struct directory *d = make(&c);
	char from[16];
	for (int i = 0; i < 100; i++) {
		snprintf(from, sizeof from, "10.0.1.%d", i);
		const struct directory_person p = person("same", from);
		assert_int_equal(directory_put(d, &p, &p.source, 0, 0, NULL), 0);
		assert_int_equal(directory_remove(d, DIRECTORY_PERSON, p.key, &p.source, 0, 0), 0);
		assert_true(directory_stats(d)->sources <= 8);
	}
	directory_free(d);
}

static void ends_to_the_millisecond(void **state)
{
	(void)state;
	const struct directory_config c = config();
	struct directory *d = make(&c);
	char key[16];
	uint64_t last = 0;
	for (uint32_t i = 0; i < 1000; i++) {
		snprintf(key, sizeof key, "p%u", i);
		struct directory_person p = person(key, "10.0.0.1");
		p.expiry_ms = 1000 + (uint64_t)(i * 7919 % 1000) * 1000;
		assert_int_equal(directory_put(d, &p, NULL, 0, 0, NULL), 0);
	}
	for (uint32_t left = 1000; left > 0; left--) {
		const uint64_t next = directory_next_ms(d);
		assert_true(next > last);
		assert_int_equal(directory_expire(d, next - 1), 0);
		assert_int_equal(directory_expire(d, next), 1);
		last = next;
	}
	assert_int_equal(last, 1000000);
	assert_true(directory_next_ms(d) == UINT64_MAX);
	assert_int_equal(directory_stats(d)->bytes, 0);
	assert_int_equal(directory_stats(d)->entries, 0);
	directory_free(d);
}

static void lifetimes_are_clamped(void **state)
{
	(void)state;
	const struct directory_config c = config();
	struct directory *d = make(&c);
	uint32_t s;
	assert_int_equal(directory_expiry(d, 0, 5, &s), 1800005);
	assert_int_equal(s, 1800);
	assert_int_equal(directory_expiry(d, 1, 0, &s), 30000);
	assert_int_equal(directory_expiry(d, UINT32_MAX, 0, &s), 86400000);
	const struct directory_person p = person("bob", "10.0.0.1");
	assert_int_equal(put(d, &p, 0), 0);
	assert_int_equal(directory_refresh(d, DIRECTORY_PERSON, slice_str("BOB"), &p.source, 0, 600, 500, &s), 0);
	assert_int_equal(s, 600);
	assert_int_equal(directory_expire(d, 600499), 0);
	assert_int_equal(directory_expire(d, 600500), 1);
	directory_free(d);
}

static void records_end_one_by_one(void **state)
{
	(void)state;
	const struct directory_config c = config();
	struct directory *d = make(&c);
	struct directory_record r[3];
	for (unsigned i = 0; i < 3; i++)
		r[i] = (struct directory_record){ .type = (uint16_t)(i + 1), .expiry_ms = 1000 * (i + 1), .data = slice_str("data") };
	struct directory_person p = person("bob", "10.0.0.1"), got;
	p.expiry_ms = 0;
	p.origin = DIRECTORY_ULS;
	p.uls_name = slice_str("\3bob");
	p.records = r;
	p.n_records = 3;
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(put(d, &p, 0), 0);
	assert_int_equal(directory_expire(d, 1000), 0);
	const struct directory_entry *e = directory_find_uls(d, slice_str("\3BOB"));
	assert_non_null(e);
	assert_int_equal(directory_unpack(e, &a, &got), 0);
	assert_int_equal(got.n_records, 2);
	assert_int_equal(got.records[0].type, 2);
	assert_true(slice_eq(got.records[1].data, slice_str("data")));
	assert_int_equal(directory_expire(d, 2999), 0);
	assert_int_equal(directory_expire(d, 3000), 1);
	assert_null(directory_find_uls(d, slice_str("\3bob")));
	assert_int_equal(directory_stats(d)->bytes, 0);

	/* over before it began */
	assert_int_equal(put(d, &p, 5000), 0);
	assert_int_equal(directory_expire(d, 5000), 1);

	struct directory_person q = person("carol", "10.0.0.1");
	q.uls_name = p.uls_name;
	assert_int_equal(put(d, &p, 0), 0);
	assert_int_equal(put(d, &q, 0), PST_E_BUSY);
	arena_free(&a);
	directory_free(d);
}

static void a_cursor_survives_changes(void **state)
{
	(void)state;
	const struct directory_config c = config();
	struct directory *d = make(&c);
	struct directory_cursor cursor;
	const char *keys[] = { "a", "b", "c", "d" };
	struct directory_person p;
	for (unsigned i = 0; i < 4; i++) {
		p = person(keys[i], "10.0.0.1");
		assert_int_equal(put(d, &p, 0), 0);
	}
	directory_cursor_open(d, &cursor);
	assert_true(slice_eq(directory_entry_key(directory_cursor_next(d, &cursor)), slice_str("a")));
	assert_int_equal(directory_remove(d, DIRECTORY_PERSON, slice_str("b"), NULL, 0, 0), 0);
	p = person("c", "10.0.0.1");
	assert_int_equal(put(d, &p, 0), 0); /* moves in memory, not in order */
	assert_true(slice_eq(directory_entry_key(directory_cursor_next(d, &cursor)), slice_str("c")));
	assert_true(slice_eq(directory_entry_key(directory_cursor_next(d, &cursor)), slice_str("d")));
	assert_null(directory_cursor_next(d, &cursor));
	directory_cursor_close(d, &cursor);
	directory_cursor_close(d, &cursor);
	directory_free(d);
}

struct kept {
	unsigned n, erased;
	size_t len[64];
	uint8_t octets[64][2048];
	uint64_t expires[64];
};

static void keep_put(void *arg, unsigned kind, struct pst_slice key, uint64_t expires_wall_ms, struct pst_slice octets)
{
	struct kept *k = arg;
	(void)kind, (void)key;
	memcpy(k->octets[k->n], octets.p, octets.n);
	k->expires[k->n] = expires_wall_ms;
	k->len[k->n++] = octets.n;
}

static void keep_erase(void *arg, unsigned kind, struct pst_slice key)
{
	(void)kind;
	assert_true(slice_eq(key, slice_str("bob")));
	((struct kept *)arg)->erased++;
}

static int keep_load(void *arg, void (*each)(void *ctx, struct pst_slice octets), void *ctx)
{
	struct kept *k = arg;
	for (unsigned i = 0; i < k->n; i++)
		each(ctx, slice_of(k->octets[i], k->len[i]));
	for (size_t cut = 0; cut < k->len[0]; cut++)
		each(ctx, slice_of(k->octets[0], cut));
	return 0;
}

static void survives_a_restart(void **state)
{
	(void)state;
	struct kept *k = calloc(1, sizeof *k);
	assert_non_null(k);
	struct directory_config c = config();
	c.wall_offset_ms = 1000000;
	c.store = (struct directory_store){ k, keep_put, keep_erase, keep_load };
	struct directory *d = make(&c);
	const struct directory_record r = { .type = 2, .ttl_s = 5, .expiry_ms = 700000, .data = slice_str("b@c") };
	struct directory_person p = person("Bob", "10.0.0.1"), got;
	p.expiry_ms = 600000;
	p.records = &r;
	p.n_records = 1;
	p.uls_name = slice_str("\3bob");
	p.dn = slice_str("cn=Bob");
	p.token = 9;
	assert_int_equal(put(d, &p, 0), 0);
	assert_int_equal(k->expires[0], 1700000);
	directory_free(d);

	/* 100 s later, by another clock */
	c.wall_offset_ms = 1100000 - 50;
	d = make(&c);
	assert_int_equal(directory_load(d, 50), 0);
	assert_int_equal(directory_stats(d)->loaded, 1);
	assert_int_equal(directory_stats(d)->load_failed, k->len[0]);
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(directory_unpack(directory_find_uls(d, p.uls_name), &a, &got), 0);
	assert_true(slice_eq(got.key, p.key) && slice_eq(got.dn, p.dn));
	assert_int_equal(got.expiry_ms, 500050);
	assert_int_equal(got.records[0].expiry_ms, 600050);
	assert_int_equal(got.n_attrs, 2);
	assert_true(slice_eq(got.attrs[1].values[0], slice_of("a\0b", 3)));
	assert_int_equal(got.token, 9);
	assert_true(addr_eq(&got.address, &p.address));
	assert_int_equal(directory_expire(d, 600049), 0);
	assert_int_equal(directory_expire(d, 600050), 1);
	assert_int_equal(k->erased, 1);
	arena_free(&a);
	directory_free(d);
	free(k);
}

static struct addr gateway_in(void *arg, uint8_t asker_realm, const struct directory_person *p)
{
	(void)arg, (void)p;
	return ip(asker_realm == OUTSIDE ? "203.0.113.1" : "10.0.0.254");
}

static void each_realm_sees_what_it_can_call(void **state)
{
	(void)state;
	struct directory_config c = config();
	struct directory *d = make(&c);
	struct directory_person p = person("bob@example.com", "10.0.0.1");
	struct addr a, want = ip("10.0.0.1"), outside = ip("203.0.113.1");
	assert_int_equal(put(d, &p, 0), 0);
	const struct directory_entry *e = directory_find(d, DIRECTORY_PERSON, p.key);
	a = directory_view(d, e, INSIDE);
	assert_true(addr_eq(&a, &want));
	a = directory_view(d, e, OUTSIDE);
	assert_int_equal(a.family, ADDR_NONE);
	directory_free(d);
	c.address_for = gateway_in;
	d = make(&c);
	assert_int_equal(put(d, &p, 0), 0);
	e = directory_find(d, DIRECTORY_PERSON, p.key);
	a = directory_view(d, e, OUTSIDE);
	assert_true(addr_eq(&a, &outside));

	a = directory_entry_host(e);
	assert_true(addr_eq(&a, &want));
	/* a name leads to who registered it, whomever they named; what the configuration says holds */
	p = person("bob@example.org", "10.0.0.2");
	p.address = ip("10.0.0.9");
	p.address.port = 1722;
	assert_int_equal(put(d, &p, 0), 0);
	a = directory_entry_host(directory_find(d, DIRECTORY_PERSON, p.key));
	want = addr_with_port(p.source.from, 1722);
	assert_true(addr_eq(&a, &want));
	p.origin = DIRECTORY_STATIC;
	p.key = slice_str("dave@example.org");
	assert_int_equal(directory_put(d, &p, NULL, 0, 0, NULL), 0);
	a = directory_entry_host(directory_find(d, DIRECTORY_PERSON, p.key));
	assert_true(addr_eq(&a, &p.address));
	directory_free(d);
}

static void many_names_come_and_go(void **state)
{
	(void)state;
	struct directory_config c = config();
	struct directory *d = make(&c);
	char key[16];
	uint32_t random = 1, there[500] = { 0 }, n = 0;
	for (int i = 0; i < 20000; i++) {
		random = random * 1664525 + 1013904223;
		const uint32_t k = (random >> 8) % 500;
		snprintf(key, sizeof key, "k%u@h", k);
		const struct directory_person p = person(key, "10.0.0.1");
		if (random >> 31) {
			assert_int_equal(directory_put(d, &p, NULL, 0, 0, NULL), 0);
			n += !there[k];
			there[k] = 1;
		} else {
			assert_int_equal(directory_remove(d, DIRECTORY_PERSON, p.key, NULL, 0, 0), there[k] ? 0 : PST_E_NOT_FOUND);
			n -= there[k];
			there[k] = 0;
		}
		assert_int_equal(directory_stats(d)->entries, n);
	}
	for (uint32_t k = 0; k < 500; k++) {
		snprintf(key, sizeof key, "k%u@h", k);
		assert_int_equal(directory_find(d, DIRECTORY_PERSON, slice_str(key)) != NULL, there[k]);
	}
	directory_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_without_case),
		cmocka_unit_test(only_its_owner_changes_an_entry),
		cmocka_unit_test(limits_of_number_size_and_rate),
		cmocka_unit_test(sources_are_bounded),
		cmocka_unit_test(ends_to_the_millisecond),
		cmocka_unit_test(lifetimes_are_clamped),
		cmocka_unit_test(records_end_one_by_one),
		cmocka_unit_test(a_cursor_survives_changes),
		cmocka_unit_test(survives_a_restart),
		cmocka_unit_test(each_realm_sees_what_it_can_call),
		cmocka_unit_test(many_names_come_and_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
