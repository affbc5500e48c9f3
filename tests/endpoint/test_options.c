/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line: defaults, every option, and what is refused. */
#include "endpoint/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ARGS_MAX = 40 };

/* Splits LINE at blanks and reads it. The words stay valid until the next call. */
static int parse(struct options *o, enum options_command command, const char *line)
{
	static char words[1024];
	char *argv[ARGS_MAX] = {(char[]){"postern"}};
	int argc = 1;

	strncpy(words, line, sizeof(words) - 1);
	for (char *w = strtok(words, " "); w && argc < ARGS_MAX - 1; w = strtok(NULL, " "))
		argv[argc++] = w;
	return options_parse(o, command, argc, argv);
}

static void default_values(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_CALL, "192.0.2.1"), 0);
	assert_false(o.fast || o.tunnel || o.early_h245 || o.json || o.strict_source);
	assert_int_equal(o.n_codecs, 2);
	assert_int_equal(o.codecs[0], G711_ULAW);
	assert_true(o.has_duration && o.duration_s == 5 && o.tone_hz == 440);
	assert_string_equal(o.dest.host, "192.0.2.1");
	assert_int_equal(o.local.family, ADDR_NONE);
	assert_int_equal(parse(&o, OPTIONS_ANSWER, ""), 0);
	assert_true(o.fast && o.tunnel && !o.has_duration);
	assert_int_equal(o.local.port, 1720);
}

static void gatekeeper(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_CALL, "--gatekeeper gk --name ann --password sesame bob"), 0);
	assert_string_equal(o.gatekeeper.host, "gk");
	assert_int_equal(o.gatekeeper.port, 1719);
	assert_string_equal(o.alias, "ann");
	assert_string_equal(o.password, "sesame");
	assert_string_equal(o.dest.alias, "bob");
	assert_string_equal(o.dest.host, "");
	assert_int_equal(parse(&o, OPTIONS_CALL, "--gatekeeper gk:2719 192.0.2.1:1721"), 0);
	assert_int_equal(o.gatekeeper.port, 2719);
	assert_string_equal(o.dest.host, "192.0.2.1");
	assert_string_equal(o.dest.alias, "");
	assert_int_equal(parse(&o, OPTIONS_ANSWER, "--gatekeeper gk --password sesame"), 0);
	assert_int_equal(parse(&o, OPTIONS_CALL, "--gatekeeper gk --password sesame bob"), PST_E_ARG);
	assert_int_equal(parse(&o, OPTIONS_CALL, "--gatekeeper gk --via other bob"), PST_E_ARG);
	assert_int_equal(parse(&o, OPTIONS_CALL, "--gatekeeper gk --directory other bob"), PST_E_ARG);
	assert_int_equal(parse(&o, OPTIONS_CALL, "--gatekeeper a@gk bob"), PST_E_ARG);
}

static void every_option(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, OPTIONS_CALL,
	                         "--via gw:1721 --fast --tunnel --early-h245 --codec alaw --codec ulaw "
	                         "--alias ann --number 123 --tone 1000 "
	                         "--record r.wav --duration 2.5 --dtmf 12#A --local 10.0.0.2 --h245-port "
	                         "3000 --rtp-ports 6000-6003 "
	                         "--strict-source --timeout 7 -vv --json bob@192.0.2.1"),
	        0);
	assert_string_equal(o.via.host, "gw");
	assert_int_equal(o.via.port, 1721);
	assert_true(o.fast && o.tunnel && o.early_h245 && o.json && o.strict_source);
	assert_int_equal(o.codecs[0], G711_ALAW);
	assert_int_equal(o.codecs[1], G711_ULAW);
	assert_true(o.sound == SOUND_TONE && o.tone_hz == 1000 && o.duration_s == 2.5);
	assert_int_equal(o.rtp_first, 6000);
	assert_int_equal(o.rtp_last, 6003);
	assert_int_equal(o.trace, TRACE_WHOLE);
	assert_string_equal(o.dest.alias, "bob");
	assert_int_equal(parse(&o, OPTIONS_ANSWER,
	                         "--local 10.0.0.2 --port 0 --once 3 --max-calls 1 --slow --no-tunnel "
	                         "--silence --trace --duration 0"),
	        0);
	assert_int_equal(o.local.family, ADDR_IP4);
	assert_int_equal(o.local.port, 0);
	assert_true(o.once == 3 && o.max_calls == 1 && !o.fast && !o.tunnel && o.has_duration);
	assert_int_equal(o.trace, TRACE_LINES);
	assert_int_equal(parse(&o, OPTIONS_ANSWER, "--help"), 1);
}

static void refused(void **state)
{
	static const char *const BAD[] = {"", "a b", "--nonsense a", "--codec gsm a",
	        "--codec ulaw --codec ulaw a", "--tone 0 a", "--tone x a", "--duration -1 a", "--dtmf 1x a",
	        "--local host a", "--local 10.0.0.1:5 a", "--rtp-ports 5000 a", "--rtp-ports 80-90 a",
	        "--rtp-ports 5001-5002 a", "--rtp-ports 5000-5000 a", "--timeout 0 a", "--h245-port 65536 a",
	        "--number ann a", "--via x@y a", "--once 3 a", "--port 3 a", "a:0", "--duration nan a"};
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		if (parse(&o, OPTIONS_CALL, BAD[i]) != PST_E_ARG)
			fail_msg("accepted: %s", BAD[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(default_values), cmocka_unit_test(gatekeeper),
	        cmocka_unit_test(every_option), cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
