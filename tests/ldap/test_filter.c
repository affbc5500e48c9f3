/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filters: each kind read, written and printed; depth and number; wildcards anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ldap/msg.h"

#define S(text) slice_str(text)

static void round_trip(const struct ldap_filter *f, const char *text)
{
	uint8_t buf[512], again[512];
	char printed[256];
	struct ldap_filter got;
	struct arena a;
	struct writer w = wr_of(buf, sizeof buf), w2 = wr_of(again, sizeof again);
	arena_init(&a, 0);
	ldap_filter_encode(&w, f);
	assert_int_equal(wr_done(&w), 0);
	assert_int_equal(ldap_filter_decode(&got, wr_slice(&w), &ldap_limits_default, &a), 0);
	ldap_filter_encode(&w2, &got);
	assert_true(slice_eq(wr_slice(&w), wr_slice(&w2)));
	assert_string_equal(ldap_filter_str(&got, printed, sizeof printed), text);
	for (size_t n = 0; n < w.n; n++)
		assert_true(ldap_filter_decode(&got, slice_of(buf, n), &ldap_limits_default, &a) < 0);
	arena_free(&a);
}

static void each_kind(void **state)
{
	(void)state;
	const struct ldap_filter terms[] = {
		{ .kind = LDAP_FILTER_EQUAL, .attr = S("cn"), .value = S("a*(b)\\\x01") },
		{ .kind = LDAP_FILTER_GREATER, .attr = S("sttl"), .value = S("10") },
		{ .kind = LDAP_FILTER_LESS, .attr = S("sttl"), .value = S("20") },
		{ .kind = LDAP_FILTER_APPROX, .attr = S("cn"), .value = S("bob") },
		{ .kind = LDAP_FILTER_PRESENT, .attr = S("uid") },
	};
	struct ldap_filter f = { .kind = LDAP_FILTER_AND, .children = terms, .n = 5 };
	round_trip(&f, "(&(cn=a\\2a\\28b\\29\\5c\\01)(sttl>=10)(sttl<=20)(cn~=bob)(uid=*))");
	f = (struct ldap_filter){ .kind = LDAP_FILTER_NOT, .children = &terms[4], .n = 1 };
	round_trip(&f, "(!(uid=*))");
	f = (struct ldap_filter){ .kind = LDAP_FILTER_OR };
	round_trip(&f, "(|)");
	const struct ldap_substring parts[] = { { LDAP_SUB_INITIAL, S("a") }, { LDAP_SUB_ANY, S("b") }, { LDAP_SUB_FINAL, S("c") } };
	f = (struct ldap_filter){ .kind = LDAP_FILTER_SUBSTRINGS, .attr = S("cn"), .parts = parts, .n = 3 };
	round_trip(&f, "(cn=a*b*c)");
	f.parts = parts + 1;
	f.n = 1;
	round_trip(&f, "(cn=*b*)");
	f = (struct ldap_filter){ .kind = LDAP_FILTER_EXTENSIBLE, .rule = S("2.5.13.2"), .attr = S("cn"), .value = S("x"),
		.dn_attrs = true };
	round_trip(&f, "(cn:dn:2.5.13.2:=x)");
}

static void depth_is_bounded(void **state)
{
	(void)state;
	/* 100,000 times "not" around nothing would be a deep stack elsewhere */
	enum { DEEP = 2000 };
	static uint8_t buf[DEEP * 5];
	struct ldap_filter f;
	struct arena a;
	arena_init(&a, 0);
	for (unsigned depth = 15; depth <= 17; depth++) {
		struct writer w = wr_of(buf, sizeof buf);
		for (unsigned i = 0; i + 1 < depth; i++) {
			wr_u8(&w, LDAP_FILTER_NOT);
			wr_u8(&w, (uint8_t)(4 + 2 * (depth - i - 2)));
		}
		wr_bytes(&w, slice_of("\x87\x02uv", 4));
		assert_int_equal(ldap_filter_decode(&f, wr_slice(&w), &ldap_limits_default, &a), depth <= 16 ? 0 : PST_E_LIMIT);
	}
	size_t len = 0;
	for (unsigned i = 0; i < DEEP; i++) {
		uint8_t *at = buf + sizeof buf - len - 4;
		at[0] = LDAP_FILTER_AND, at[1] = 0x82, at[2] = (uint8_t)(len >> 8), at[3] = (uint8_t)len;
		len += 4;
	}
	assert_int_equal(ldap_filter_decode(&f, slice_of(buf + sizeof buf - len, len), &ldap_limits_default, &a), PST_E_LIMIT);
	/* many terms on one level */
	struct writer w = wr_of(buf, sizeof buf);
	wr_bytes(&w, slice_of("\xa1\x82", 2));
	wr_u16(&w, 128 * 2);
	for (int i = 0; i < 128; i++)
		wr_bytes(&w, slice_of("\x87\x00", 2));
	assert_int_equal(ldap_filter_decode(&f, wr_slice(&w), &ldap_limits_default, &a), PST_E_LIMIT); /* and itself */
	arena_free(&a);
}

static void malformed(void **state)
{
	(void)state;
	static const struct pst_slice bad[] = {
		{ (const uint8_t *)"\xa2\x00", 2 },                                 /* not, of nothing */
		{ (const uint8_t *)"\xa2\x04\x87\x00\x87\x00", 6 },                 /* not, of two */
		{ (const uint8_t *)"\xa4\x06\x04\x02" "cn" "\x30\x00", 8 },         /* substrings without one */
		{ (const uint8_t *)"\xa4\x0a\x04\x02" "cn" "\x30\x04\x82\x00\x81\x00", 12 }, /* final before any */
		{ (const uint8_t *)"\xaf\x00", 2 },
		{ (const uint8_t *)"\x87\x00\x00", 3 },
	};
	struct ldap_filter f;
	struct arena a;
	arena_init(&a, 0);
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ldap_filter_decode(&f, bad[i], &ldap_limits_default, &a), PST_E_BAD);
	arena_free(&a);
}

static void wildcards(void **state)
{
	(void)state;
	static const struct {
		const char *text, *pattern;
		bool match;
	} of[] = { { "bob@host", "%", true }, { "", "%", true }, { "", "", true }, { "x", "", false }, { "bob@host", "BOB@HOST", true },
		{ "bob@host", "bob%", true }, { "bob@host", "%host", true }, { "bob@host", "%ob@h%", true }, { "bob@host", "b%b%t", true },
		{ "bob@host", "b%x%t", false }, { "bob@host", "bob", false }, { "bob", "bob@host", false }, { "aaab", "%ab", true },
		{ "abab", "%ab%ab", true }, { "aab", "%ab%ab", false }, { "bob", "b*b", true }, { "bob", "%%%", true } };
	for (unsigned i = 0; i < sizeof of / sizeof *of; i++)
		assert_int_equal(ldap_match(S(of[i].text), S(of[i].pattern), "%*"), of[i].match);
	assert_false(ldap_match(S("abc"), slice_of("a\0c", 3), "%*"));
	assert_false(ldap_match(S("bob"), S("b*b"), "%"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(malformed),
		cmocka_unit_test(wildcards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
