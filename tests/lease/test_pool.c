/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges and prefixes: read, printed, counted, and what is never given out. */
#include "common.h"

static void texts(void **state)
{
	(void)state;
	static const struct {
		const char *text, *again;
		uint64_t size;
	} good[] = {
		{ "192.0.2.10", "192.0.2.10", 1 },
		{ "192.0.2.10-192.0.2.19", "192.0.2.10-192.0.2.19", 10 },
		{ "192.0.2.10-192.0.2.10", "192.0.2.10", 1 },
		{ "192.0.2.0/24", "192.0.2.1-192.0.2.254", 254 },
		{ "192.0.2.4/31", "192.0.2.4-192.0.2.5", 2 },
		{ "192.0.2.4/32", "192.0.2.4", 1 },
		{ "10.0.0.0/8", "10.0.0.1-10.255.255.254", 16777214 },
		{ "192.0.1.250-192.0.3.1", "192.0.1.250-192.0.3.1", 264 },
		{ "2001:db8:5::/64", "2001:db8:5::/64", UINT64_MAX },
		{ "2001:db8:5::/104", "2001:db8:5::/104", UINT64_MAX },
		{ "2001:db8:5::/120", "2001:db8:5::1-2001:db8:5::ff", 255 },
		{ "2001:db8:5::/112", "2001:db8:5::1-2001:db8:5::ff7f", 65407 },
		{ "2001:db8:5::/127", "2001:db8:5::-2001:db8:5::1", 2 },
		{ "2001:db8::10-2001:db8::1f", "2001:db8::10-2001:db8::1f", 16 },
		{ "2001:db8::7", "2001:db8::7", 1 },
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char buf[LEASE_POOL_STRLEN];
		const struct lease_pool p = pool(3, good[i].text);
		assert_string_equal(lease_pool_str(&p, buf), good[i].again);
		assert_int_equal(p.realm, 3);
		assert_true(lease_pool_size(&p) == good[i].size);
		const struct lease_pool q = pool(3, buf);
		assert_memory_equal(&p, &q, sizeof p);
	}
}

static void wrong_texts(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "-", "192.0.2.1-", "-192.0.2.1", "192.0.2.9-192.0.2.8", "192.0.2.1-2001:db8::1",
		"192.0.2.1:80-192.0.2.9", "192.0.2.1/24", "0.0.0.0/0", "::/0", "2001:db8::1-2001:db8:0:1::1", "a",
		"192.0.2.1-192.0.2.9-192.0.2.12", "999999999999999999999999999999999999999999999999999999999999-1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct lease_pool p = { .realm = 1 };
		assert_int_not_equal(lease_pool_parse(&p, bad[i]), PST_OK);
	}
}

static void has(void **state)
{
	(void)state;
	const struct lease_pool v4 = pool(0, "192.0.2.10-192.0.2.19"), v6 = pool(0, "2001:db8:5::/64");
	const struct lease_pool wide = pool(0, "2001:db8:4000::/36"), narrow = pool(0, "2001:db8:5::/100");
	const struct {
		const struct lease_pool *p;
		const char *a;
		bool in;
	} cases[] = {
		{ &v4, "192.0.2.9", false }, { &v4, "192.0.2.10", true }, { &v4, "192.0.2.19", true },
		{ &v4, "192.0.2.20", false }, { &v4, "::192.0.2.10", false },
		{ &v6, "2001:db8:5::1", true }, { &v6, "2001:db8:5:1::1", false },
		{ &v6, "2001:db8:5::", false },                      /* subnet-router anycast, RFC 4291 2.6.1 */
		{ &v6, "2001:db8:5:0:fdff:ffff:ffff:ff80", false },  /* RFC 2526 */
		{ &v6, "2001:db8:5:0:fdff:ffff:ffff:fffe", false },
		{ &v6, "2001:db8:5:0:ffff:ffff:ffff:ff80", false },
		{ &v6, "2001:db8:5:0:ffff:ffff:ffff:ff7f", true },
		{ &wide, "2001:db8:4000:77::", false }, { &wide, "2001:db8:4000:77::1", true },
		{ &narrow, "2001:db8:5::", false }, { &narrow, "2001:db8:5::fff:ff80", false }, { &narrow, "2001:db8:5::fff:ff7f", true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct addr a = at(cases[i].a);
		if (lease_pool_has(cases[i].p, &a) != cases[i].in)
			fail_msg("%s", cases[i].a);
	}
}

static void overlap(void **state)
{
	(void)state;
	const struct lease_pool a = pool(0, "192.0.2.10-192.0.2.19"), b = pool(1, "192.0.2.19-192.0.2.30"),
				c = pool(0, "192.0.2.20"), d = pool(0, "2001:db8:5::/64"), e = pool(0, "2001:db8:5::9");
	assert_true(lease_pool_overlap(&a, &b) && lease_pool_overlap(&b, &a) && lease_pool_overlap(&d, &e));
	assert_false(lease_pool_overlap(&a, &c) || lease_pool_overlap(&a, &d));
}

static void in_turn(void **state)
{
	(void)state;
	const struct lease_pool p = pool(0, "192.0.1.254-192.0.2.3"), q = pool(0, "2001:db8::fffe-2001:db8::1:2");
	assert_addr(lease_pool_at(&p, 0), "192.0.1.254");
	assert_addr(lease_pool_at(&p, 2), "192.0.2.0");
	assert_addr(lease_pool_at(&q, 2), "2001:db8::1:0");
}

static void derived(void **state)
{
	(void)state;
	const struct lease_pool p = pool(0, "2001:db8:5::/64"), q = pool(0, "2001:db8:4000::/36"), r = pool(0, "2001:db8:5::/100");
	assert_addr(lease_pool_derive(&p, UINT64_MAX, 0x0123456789abcdef), "2001:db8:5:0:123:4567:89ab:cdef");
	assert_addr(lease_pool_derive(&q, UINT64_MAX, 1), "2001:db8:4fff:ffff::1");
	assert_addr(lease_pool_derive(&r, UINT64_MAX, UINT64_MAX), "2001:db8:5::fff:ffff");
}

static void prefixes(void **state)
{
	(void)state;
	static const struct {
		const char *pool, *parts;
	} cases[] = {
		{ "192.0.2.10", "192.0.2.10/32;" },
		{ "192.0.2.0-192.0.2.255", "192.0.2.0/24;" },
		{ "192.0.2.10-192.0.2.19", "192.0.2.10/31;192.0.2.12/30;192.0.2.16/30;" },
		{ "192.0.2.1-192.0.2.6", "192.0.2.1/32;192.0.2.2/31;192.0.2.4/31;192.0.2.6/32;" },
		{ "192.0.1.255-192.0.2.0", "192.0.1.255/32;192.0.2.0/32;" },
		{ "2001:db8:5::/64", "2001:db8:5::/64;" },
		{ "2001:db8::10-2001:db8::1f", "2001:db8::10/124;" },
		{ "255.255.255.254-255.255.255.255", "255.255.255.254/31;" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct addr_prefix parts[64];
		char text[512] = "", one[ADDR_PREFIX_STRLEN];
		const struct lease_pool p = pool(0, cases[i].pool);
		const uint32_t n = lease_pool_prefixes(&p, parts, 64);
		for (uint32_t k = 0; k < n; k++)
			snprintf(text + strlen(text), sizeof text - strlen(text), "%s;", addr_prefix_str(&parts[k], one));
		assert_string_equal(text, cases[i].parts);
		assert_int_equal(lease_pool_prefixes(&p, parts, 1), n);
	}
	struct addr_prefix all[64];
	const struct lease_pool most = pool(0, "0.0.0.1-255.255.255.254");
	assert_int_equal(lease_pool_prefixes(&most, all, 64), 62);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(texts), cmocka_unit_test(wrong_texts), cmocka_unit_test(has),
		cmocka_unit_test(overlap), cmocka_unit_test(prefixes), cmocka_unit_test(in_turn), cmocka_unit_test(derived) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
