/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every event, action, timer and codec has a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/terminal.h"

static void names(void **state)
{
	(void)state;
	for (int i = 0; i < TERMINAL_ACTIONS; i++)
		assert_non_null(terminal_action_name((enum terminal_action_type)i));
	for (int i = 0; i < TERMINAL_EVENTS; i++)
		assert_non_null(terminal_event_name((enum terminal_event_type)i));
	assert_string_equal(terminal_codec_name(TERMINAL_G711A), "G.711 A-law");
	assert_string_equal(terminal_codec_name(99), "?");
	assert_string_equal(terminal_timer_name(TERMINAL_TIMERS), "?");
	assert_string_equal(terminal_timer_name(0), "connect");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
