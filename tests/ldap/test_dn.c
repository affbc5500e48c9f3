/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, upside down and upright, with escapes; what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ldap/dn.h"

#define S(text) slice_str(text)

static void expect(const char *text, const char *type, const char *value)
{
	struct ldap_dn dn;
	struct arena a;
	struct pst_slice v = { 0 };
	arena_init(&a, 0);
	assert_int_equal(ldap_dn_parse(&dn, S(text), &a), 0);
	assert_int_equal(ldap_dn_get(&dn, type, &v), value != NULL);
	assert_true(value == NULL || slice_eq(v, S(value)));
	arena_free(&a);
}

static void netmeeting_writes_them_upside_down(void **state)
{
	(void)state;
	const char *dn = "c=-,o=Microsoft, cn=user@host, objectClass=rtPerson";
	expect(dn, "cn", "user@host");
	expect(dn, "OBJECTCLASS", "rtPerson");
	expect(dn, "c", "-");
	expect(dn, "uid", NULL);
	expect("C=US,O=Gnome,CN=user@host,objectclass=RTPERSON", "cn", "user@host");
	expect("objectClass=rtPerson", "objectclass", "rtPerson");
	expect("cn=user]host.domain, ou=Dynamic, o=Intranet", "cn", "user]host.domain");
	expect("  ", "cn", NULL);
	expect("cn=", "cn", "");
	expect("cn=a=b", "cn", "a=b");
}

static void escapes_and_quotes(void **state)
{
	(void)state;
	expect("cn=a\\,b,o=x", "cn", "a,b");
	expect("cn=\"a,b;c\" ; o=x", "o", "x");
	expect("cn=\"a,b;c\" ; o=x", "cn", "a,b;c");
	expect("cn=a\\2Cb", "cn", "a,b");
	expect("cn=a\\\\", "cn", "a\\");
	expect("uid=x+cn=y", "cn", "y");
}

static void what_is_no_name(void **state)
{
	(void)state;
	static const char *const bad[] = { "cn", "cn=a,", ",cn=a", "cn=a,,o=b", "=a", "cn=\"a", "cn=a\\" };
	struct ldap_dn dn;
	struct arena a;
	arena_init(&a, 0);
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ldap_dn_parse(&dn, S(bad[i]), &a), PST_E_BAD);
	char text[LDAP_DN_PARTS_MAX * 4 + 8] = "";
	for (int i = 0; i < LDAP_DN_PARTS_MAX; i++)
		strcat(text, i ? ",a=b" : "a=b");
	assert_int_equal(ldap_dn_parse(&dn, S(text), &a), 0);
	strcat(text, ",a=b");
	assert_int_equal(ldap_dn_parse(&dn, S(text), &a), PST_E_LIMIT);
	arena_free(&a);
}

static void written_values_read_back(void **state)
{
	(void)state;
	static const char *const values[] = { "plain", "a,b", " edge ", "#x", "q\"\\;+<>", "\ttab\n", "" };
	for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
		char buf[64] = "cn=";
		struct writer w = wr_of(buf + 3, sizeof buf - 4);
		ldap_dn_write_value(&w, S(values[i]));
		buf[3 + w.n] = '\0';
		expect(buf, "cn", values[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(netmeeting_writes_them_upside_down),
		cmocka_unit_test(escapes_and_quotes),
		cmocka_unit_test(what_is_no_name),
		cmocka_unit_test(written_values_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
