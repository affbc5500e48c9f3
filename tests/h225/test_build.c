/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Aliases, vendor, identifiers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/addr.h"
#include "h225/build.h"

static void aliases(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint32_t choice;
	} cases[] = {
		{ "123*#,", H225_ALIAS_ADDRESS_DIALED_DIGITS },
		{ "h323:anna@example.org", H225_ALIAS_ADDRESS_URL_ID },
		{ "anna@example.org", H225_ALIAS_ADDRESS_EMAIL_ID },
		{ "Anna Müller €", H225_ALIAS_ADDRESS_H323_ID },
		{ "anna@müller", H225_ALIAS_ADDRESS_H323_ID },
		{ "12a", H225_ALIAS_ADDRESS_H323_ID },
	};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct h225_alias_address alias;
		char text[64];
		assert_int_equal(h225_alias_build(&alias, cases[i].text, &a), 0);
		assert_int_equal(alias.choice, cases[i].choice);
		assert_string_equal(h225_alias_text(&alias, text, sizeof(text)), cases[i].text);
		assert_int_equal(strlen(h225_alias_text(&alias, text, 3)), 2);
	}
	arena_free(&a);
}

static void bad_aliases(void **state)
{
	(void)state;
	struct h225_alias_address alias;
	char longer[300];
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(h225_alias_build(&alias, "", &a), PST_E_BAD);
	assert_int_equal(h225_alias_build(&alias, "a\xff", &a), PST_E_BAD);
	assert_int_equal(h225_alias_build(&alias, "a\xe2\x82", &a), PST_E_BAD);
	assert_int_equal(h225_alias_build(&alias, "\xed\xa0\x80", &a), PST_E_BAD); /* a surrogate */
	assert_int_equal(h225_alias_build(&alias, "\xc0\x80", &a), PST_E_BAD);     /* overlong */
	memset(longer, '1', 129);
	longer[129] = '\0';
	assert_int_equal(h225_alias_build(&alias, longer, &a), PST_E_RANGE);
	longer[128] = '\0';
	assert_int_equal(h225_alias_build(&alias, longer, &a), 0);
	memset(longer, 'x', 257);
	longer[257] = '\0';
	assert_int_equal(h225_alias_build(&alias, longer, &a), PST_E_RANGE);
	arena_free(&a);
}

static void peers_aliases(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	char text[64];
	static const uint8_t padded[] = { 0, 'a', 0xd8, 0, 0x20, 0xac, 0, 0, 0, 0 };
	assert_string_equal(h225_bmp_text(slice_of(padded, sizeof(padded)), text, sizeof(text)), "a€");
	struct addr addr;
	assert_int_equal(addr_parse(&addr, "10.0.0.1:1720", 0), 0);
	struct h225_alias_address alias = { .choice = H225_ALIAS_ADDRESS_TRANSPORT_ID };
	alias.u.transport_id = h225_addr_new(&addr, &a);
	assert_string_equal(h225_alias_text(&alias, text, sizeof(text)), "10.0.0.1:1720");
	struct h225_public_party_number number = { .public_number_digits = slice_str("49") };
	struct h225_party_number party = { .choice = H225_PARTY_NUMBER_E164_NUMBER, .u.e164_number = &number };
	alias = (struct h225_alias_address){ .choice = H225_ALIAS_ADDRESS_PARTY_NUMBER, .u.party_number = &party };
	assert_string_equal(h225_alias_text(&alias, text, sizeof(text)), "49");
	alias.choice = ASN1_UNKNOWN;
	assert_string_equal(h225_alias_text(&alias, text, sizeof(text)), "?");
	arena_free(&a);
}

static void vendor_and_guid(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct h225_endpoint_type e;
	uint8_t guid[16], random[16];
	memset(random, 0xff, 16);
	assert_int_equal(h225_terminal_build(&e, "Postern", NULL, &a), 0);
	assert_int_equal(e.vendor->vendor.t35_country_code, 0xb5);
	assert_true(e.vendor->has_product_id);
	assert_false(e.vendor->has_version_id);
	h225_guid_build(guid, random);
	assert_int_equal(guid[6], 0x4f);
	assert_int_equal(guid[8], 0xbf);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aliases), cmocka_unit_test(bad_aliases), cmocka_unit_test(peers_aliases),
		cmocka_unit_test(vendor_and_guid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
