/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `postern calls ID` shows of an answer, and that nothing of a peer reaches the terminal as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/ladder.h"
#include "cli/text.h"

static const char answer[] =
        "{'id': 7, 'state': 'active', 'direction': '%s', 'from': '10.0.0.10:1025', 'to': '192.0.2.1:1720', "
        "'caller': null,"
        " 'called': 'bob\\u001b[31m', 'started': 0.5, 'duration_ms': 61500, 'channels': 1, 'packets': 50,"
        " 'legs': [{'realm': 'one', 'peer': '10.0.0.10:1025', 'local': '10.0.0.1:1720'},"
        "          {'realm': 'two', 'peer': '192.0.2.1:1720', 'local': '203.0.113.1:5000'}],"
        " 'ladder': [{'t_ms': 0, 'leg': 0, 'via': 'h225', 'text': 'Setup', 'addresses': ["
        "                {'what': 'sourceCallSignalAddress', 'before': '10.0.0.10:1720', 'after': "
        "'203.0.113.1:1720'},"
        "                {'what': 'destCallSignalAddress', 'before': '127.0.0.1:1720', 'note': 'refused'}]},"
        "            {'t_ms': 1012, 'leg': 1, 'via': 'tunnel', 'text': 'evil\\u0007\\n\\u009b'},"
        "            {'t_ms': 1013, 'via': 'gateway', 'text': 'pinhole'}],"
        " 'pinholes': [{'kind': 'rtp', 'session': 1, 'channel': 101, 'from_leg': 0, 'from': "
        "'10.0.0.10:5004', 'local_in': 40000,"
        "               'local_out': 40002, 'to': '192.0.2.1:6000', 'packets': 50, 'bytes': 8600, 'refused': "
        "2, 'lost': 3, 'jitter_us': 1250, 'open': true}]}";

static char *print(const char *direction)
{
	char text[4096], *out = NULL;
	size_t n = 0;
	const char *slot = strstr(answer, "%s");
	snprintf(text, sizeof text, "%.*s%s%s", (int)(slot - answer), answer, direction, slot + 2);
	for (char *p = text; *p != '\0'; p++)
		*p = *p == '\'' ? '"' : *p;
	json_t *call = json_loads(text, 0, NULL);
	assert_non_null(call);
	FILE *f = open_memstream(&out, &n);
	assert_non_null(f);
	ladder_print_call(f, call);
	fclose(f);
	json_decref(call);
	return out;
}

static void test_out(void **state)
{
	(void)state;
	static const char want[] =
	        "call 7, active, from 10.0.0.10:1025 to bob\\x1b[31m at 192.0.2.1:1720\n"
	        "started 1970-01-01 00:00:00, lasted 1:01\n"
	        "\n"
	        "  realm     one                     two\n"
	        "  host      10.0.0.10:1025          192.0.2.1:1720\n"
	        "  gateway   10.0.0.1:1720           203.0.113.1:5000\n"
	        "\n"
	        "    0.000  |-- h225 --->|            |  Setup\n"
	        "                                        sourceCallSignalAddress  10.0.0.10:1720 -> "
	        "203.0.113.1:1720\n"
	        "                                        destCallSignalAddress  127.0.0.1:1720  (refused)\n"
	        "    1.012  |            |<-- tunnel -|  evil\\x07\\x0a\\xc2\\x9b\n"
	        "    1.013  |            *            |  pinhole\n"
	        "\n"
	        "pinholes (host -> [gateway's port in | out] -> host)\n"
	        "  rtp   one      10.0.0.10:5004 -> [40000 | 40002] -> 192.0.2.1:6000  50 packets, 8.6 kB, 2 "
	        "refused, 3 lost, jitter 1.2 ms, session 1, "
	        "channel 101, open\n";
	char *got = print("out");
	assert_string_equal(got, want);
	free(got);
}

/* A call that comes in has its caller on the right. */
static void test_in(void **state)
{
	(void)state;
	char *got = print("in");
	assert_non_null(strstr(got, "  realm     two                     one\n"));
	assert_non_null(strstr(got, "    0.000  |            |<--- h225 --|  Setup\n"));
	assert_non_null(strstr(got, "    1.012  |- tunnel -->|            |  evil"));
	free(got);
}

static void test_text(void **state)
{
	(void)state;
	char buf[TEXT_SMALL];
	assert_string_equal(text_duration(buf, 7000), "0:07");
	assert_string_equal(text_duration(buf, 3723000), "1:02:03");
	assert_string_equal(text_bytes(buf, 999), "999 octets");
	assert_string_equal(text_bytes(buf, 1234567), "1.2 MB");
	assert_string_equal(text_bytes(buf, INT64_MAX), "9223372.0 TB");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_out),
	        cmocka_unit_test(test_in),
	        cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
