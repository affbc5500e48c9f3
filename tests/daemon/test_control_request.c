/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of control clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/control_request.h"

static int parse(const char *text, struct control_request *r)
{
	const char *why = NULL;
	const int rc = control_request_parse(r, slice_str(text), &why);
	assert_non_null(why);
	return rc;
}

static void test_good(void **state)
{
	(void)state;
	struct control_request r;
	assert_int_equal(parse("{\"cmd\":\"status\"}", &r), PST_OK);
	assert_int_equal(r.cmd, CONTROL_STATUS);
	assert_int_equal(parse(" { \"cmd\" : \"calls\" } \r", &r), PST_OK);
	assert_int_equal(r.cmd, CONTROL_CALLS);
	assert_int_equal(parse("{\"id\":9223372036854775807,\"cmd\":\"call\"}", &r), PST_OK);
	assert_int_equal(r.cmd, CONTROL_CALL);
	assert_true(r.id == INT64_MAX);
	assert_int_equal(parse("{\"cmd\":\"route\",\"dest\":\"bob\",\"from\":\"outside\"}", &r), PST_OK);
	assert_int_equal(r.cmd, CONTROL_ROUTE);
	assert_string_equal(r.dest, "bob");
	assert_string_equal(r.from, "outside");
	assert_string_equal(r.name, "");
	assert_int_equal(parse("{\"cmd\":\"follow\"}", &r), PST_OK);
	assert_int_equal(r.cmd, CONTROL_FOLLOW);
	assert_int_equal(parse("{\"cmd\":\"leases\"}", &r), PST_OK);
	assert_int_equal(r.cmd, CONTROL_LEASES);
}

static void test_lease(void **state)
{
	(void)state;
	struct control_request r;
	assert_int_equal(parse("{\"cmd\":\"lease\",\"act\":\"grant\",\"host\":\"10.0.0.5\"}", &r), PST_OK);
	assert_int_equal(r.cmd, CONTROL_LEASE);
	assert_int_equal(r.act, CONTROL_GRANT);
	assert_int_equal(r.host.ip[3], 5);
	assert_int_equal(r.address.family, ADDR_NONE);
	assert_string_equal(r.realm, "");
	assert_int_equal(parse("{\"cmd\":\"lease\",\"act\":\"pin\",\"host\":\"10.0.0.5\",\"address\":\"2001:db8::9\",\"realm\":\"out\"}", &r), PST_OK);
	assert_int_equal(r.act, CONTROL_PIN);
	assert_int_equal(r.address.family, ADDR_IP6);
	assert_string_equal(r.realm, "out");
	static const char *const bad[] = {
	        "{\"cmd\":\"lease\"}",
	        "{\"cmd\":\"lease\",\"act\":\"take\",\"host\":\"10.0.0.5\"}",
	        "{\"cmd\":\"lease\",\"act\":\"grant\"}",
	        "{\"cmd\":\"lease\",\"act\":\"grant\",\"host\":\"anna\"}",
	        "{\"cmd\":\"lease\",\"act\":\"grant\",\"host\":\"10.0.0.5:1720\"}",
	        "{\"cmd\":\"lease\",\"act\":\"grant\",\"host\":\"10.0.0.5\",\"address\":\"192.0.2.9\"}",
	        "{\"cmd\":\"lease\",\"act\":\"pin\",\"host\":\"10.0.0.5\",\"address\":7}",
	        "{\"cmd\":\"lease\",\"act\":\"pin\",\"host\":\"10.0.0.5\",\"realm\":\"\"}",
	        "{\"cmd\":\"lease\",\"act\":\"pin\",\"host\":\"10.0.0.5\",\"realm\":\"a-name-of-more-than-32-characters-x\"}",
	        "{\"cmd\":\"lease\",\"act\":\"pin\",\"host\":\"10.0.0.5\",\"id\":3}",
	        "{\"cmd\":\"leases\",\"host\":\"10.0.0.5\"}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(bad[i], &r), PST_E_BAD);
}

static void test_bad(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "{", "[]", "3", "\"status\"", "{}", "{\"cmd\":3}",
	        "{\"cmd\":\"stop\"}", "{\"cmd\":\"call\"}", "{\"cmd\":\"call\",\"id\":\"7\"}",
	        "{\"cmd\":\"call\",\"id\":-1}", "{\"cmd\":\"call\",\"id\":7.5}",
	        "{\"cmd\":\"call\",\"id\":9223372036854775808}", "{\"cmd\":\"status\",\"id\":7}",
	        "{\"cmd\":\"route\"}", "{\"cmd\":\"route\",\"dest\":\"\"}", "{\"cmd\":\"route\",\"dest\":7}",
	        "{\"cmd\":\"route\",\"dest\":\"x\",\"id\":7}", "{\"cmd\":\"status\",\"dest\":\"x\"}",
	        "{\"cmd\":\"status\",\"cmd\":\"calls\"}", "{\"cmd\":\"status\"} x"};
	struct control_request r;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		assert_int_equal(parse(lines[i], &r), PST_E_BAD);
}

static void test_length(void **state)
{
	(void)state;
	static uint8_t line[CONTROL_LINE_MAX + 1];
	const char *why;
	struct control_request r;
	memset(line, ' ', sizeof line);
	memcpy(line, "{\"cmd\":\"status\"}", 16);
	assert_int_equal(control_request_parse(&r, slice_of(line, CONTROL_LINE_MAX), &why), PST_OK);
	assert_int_equal(control_request_parse(&r, slice_of(line, CONTROL_LINE_MAX + 1), &why), PST_E_LIMIT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good),
	        cmocka_unit_test(test_lease),
	        cmocka_unit_test(test_bad),
	        cmocka_unit_test(test_length),
	};
	return cmocka_run_group_tests_name("control request", tests, NULL, NULL);
}
