/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report: when a call was good, its text, and JSON that any reader takes. */
#include "endpoint/json.h"
#include "endpoint/report.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct report good(void)
{
	return (struct report){.number = 1,
	        .set_up = true,
	        .info = {.answered = true},
	        .sent = {.started = true, .packets = 100, .reported = true},
	        .received = {.started = true, .packets = 90}};
}

static void verdicts(void **state)
{
	struct report r = good();

	(void)state;
	assert_true(report_good(&r));
	r.info.answered = false;
	assert_false(report_good(&r));
	r = good();
	r.received.packets = 0;
	assert_false(report_heard(&r));
	assert_false(report_good(&r));
	r = good();
	r.sent.reported = false; /* no RTCP from the peer, and no ICMP error either */
	assert_true(report_good(&r));
	r.sent.unreachable = 9;
	assert_true(report_good(&r));
	r.sent.unreachable = 10;
	assert_false(report_was_heard(&r));
	r.sent.unreachable = 0;
	r.sent.packets = 0;
	assert_false(report_good(&r));
}

static char *printed(void (*print)(const struct report *, FILE *), const struct report *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	print(r, out);
	fclose(out);
	return text;
}

static void texts(void **state)
{
	struct report r = good();

	(void)state;
	snprintf(r.info.peer_name, sizeof(r.info.peer_name), "evil\033[2J\"name");
	r.cause = 16;
	r.by_peer = true;
	char *text = printed(report_text, &r);
	assert_non_null(strstr(text, "audio both ways"));
	assert_non_null(strstr(text, "cleared   by the peer"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = printed(report_json, &r);
	assert_non_null(strstr(text, "\"good\":true"));
	assert_non_null(strstr(text, "evil\\u001b[2J\\\"name"));
	assert_non_null(strstr(text, "\"signalled\":[],"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
}

static void json_values(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct json j = json_on(out);

	(void)state;
	json_open(&j, NULL, '{');
	json_int(&j, "i", -5);
	json_num(&j, "n", 1.5);
	json_num(&j, "nan", NAN);
	json_str(&j, "s", "\\ \x80");
	json_str(&j, "none", NULL);
	json_open(&j, "a", '[');
	json_bool(&j, NULL, true);
	json_bool(&j, NULL, false);
	json_close(&j, ']');
	json_close(&j, '}');
	fclose(out);
	assert_string_equal(text, "{\"i\":-5,\"n\":1.500,\"nan\":null,\"s\":\"\\\\ "
	                          "\\u0080\",\"none\":null,\"a\":[true,false]}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(verdicts), cmocka_unit_test(texts), cmocka_unit_test(json_values)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
