/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal from outside: configuration, connections, limits, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/drive.h"
#include "call/h225_call.h"

static void configurations(void **state)
{
	(void)state;
	struct drive d;
	struct terminal *t;
	drive_init(&d);
	struct terminal_config c = d.config;
	c.n_codecs = 0;
	assert_int_equal(terminal_new(&t, &c), PST_E_ARG);
	c.n_codecs = 1;
	c.codecs[0] = TERMINAL_CODECS;
	assert_int_equal(terminal_new(&t, &c), PST_E_ARG);
	c = d.config;
	c.rtp.port = 0;
	assert_int_equal(terminal_new(&t, &c), PST_E_ARG);
	assert_int_equal(terminal_new(&t, &d.config), 0);
	assert_int_equal(terminal_event(t, &(struct terminal_event){ .type = TERMINAL_EVENTS }), PST_E_ARG);
	assert_int_equal(terminal_event(t, &(struct terminal_event){ .type = TERMINAL_DIAL }), PST_E_ARG);
	assert_null(terminal_actions(t));
	terminal_free(t);
	terminal_free(NULL);
	drive_free(&d);
}

static void no_connection(void **state)
{
	(void)state;
	struct drive d;
	for (int by_timer = 0; by_timer < 2; by_timer++) {
		drive_init(&d);
		drive_simple(&d, TERMINAL_DIAL);
		assert_non_null(drive_find(&d, TERMINAL_CONNECT_SIGNAL, 0));
		if (by_timer)
			drive_timer(&d, "connect");
		else
			drive_simple(&d, TERMINAL_SIGNAL_CLOSED);
		const struct terminal_action *a = drive_find(&d, TERMINAL_ENDED, 0);
		assert_non_null(a);
		assert_int_equal(a->cause, 3);
		assert_false(drive_running(&d, "connect"));
		assert_true(terminal_ended(d.t));
		drive_simple(&d, TERMINAL_HANGUP);
		assert_null(terminal_actions(d.t));
		drive_free(&d);
	}
}

static void half_open_connections_time_out(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_simple(&d, TERMINAL_SIGNAL_INCOMING);
	drive_timer(&d, "connect");
	assert_non_null(drive_find(&d, TERMINAL_CLOSE_SIGNAL, 0));
	assert_null(drive_find(&d, TERMINAL_SEND_SIGNAL, 0));
	assert_non_null(drive_find(&d, TERMINAL_ENDED, 0));
	drive_free(&d);
}

/* 0.0.0.0 in the configuration is the local address of the call. */
static void addresses_are_filled_in(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	d.config.h245 = drive_addr("0.0.0.0:3000");
	d.config.rtp = drive_addr("0.0.0.0:5000");
	d.config.rtcp = drive_addr("0.0.0.0:5001");
	drive_session(&d);
	assert_true(drive_sent(&d, "OpenLogicalChannel 105 g711Ulaw64k session 1 rtcp 10.0.0.2:5001"));
	drive_free(&d);
}

static void timers_may_be_changed(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	d.config.timer_ms[TIMER_T303] = 123;
	drive_dial(&d);
	bool found = false;
	for (int i = 0; drive_find(&d, TERMINAL_TIMER_START, i) != NULL; i++)
		found = found || drive_find(&d, TERMINAL_TIMER_START, i)->ms == 123;
	assert_true(found);
	drive_free(&d);
}

/* However little memory an event may take, the call ends in order. */
static void memory_runs_out(void **state)
{
	(void)state;
	uint32_t ended = 0, rang = 0;
	for (uint32_t bytes = 64; bytes < 20000; bytes += 64) {
		struct drive d;
		drive_init(&d);
		d.config.arena_bytes = bytes;
		drive_setup(&d);
		if (terminal_ended(d.t)) {
			const struct terminal_action *a = drive_find(&d, TERMINAL_ENDED, 0);
			assert_true(a == NULL || a->next == NULL); /* NULL: the event before was too much already */
			ended++;
		} else {
			assert_true(drive_sent(&d, "Alerting"));
			rang++;
		}
		drive_free(&d);
	}
	assert_true(ended > 0 && rang > 0);
}

static void hangup_before_anything(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_simple(&d, TERMINAL_HANGUP);
	assert_non_null(drive_find(&d, TERMINAL_ENDED, 0));
	drive_free(&d);
	drive_init(&d);
	drive_simple(&d, TERMINAL_ANSWER); /* of nothing */
	assert_null(terminal_actions(d.t));
	drive_dial(&d);
	drive_simple(&d, TERMINAL_HANGUP);
	assert_true(drive_sent(&d, "ReleaseComplete cause 16"));
	assert_false(drive_running(&d, "T303"));
	drive_free(&d);
}

static void connection_lost_in_a_call(void **state)
{
	(void)state;
	struct drive d;
	struct terminal_info info;
	drive_init(&d);
	drive_session(&d);
	drive_ack(&d);
	terminal_info(d.t, &info);
	assert_true(info.tx && info.answered && info.master_slave_done && !info.master);
	assert_int_equal(info.call_state, H225_CALL_ACTIVE);
	drive_simple(&d, TERMINAL_SIGNAL_CLOSED);
	assert_non_null(drive_find(&d, TERMINAL_TX_STOP, 0));
	assert_non_null(drive_find(&d, TERMINAL_CLOSE_H245, 0));
	assert_int_equal(drive_find(&d, TERMINAL_ENDED, 0)->cause, 41);
	assert_false(drive_running(&d, "round-trip"));
	drive_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configurations), cmocka_unit_test(no_connection),
		cmocka_unit_test(half_open_connections_time_out), cmocka_unit_test(addresses_are_filled_in),
		cmocka_unit_test(timers_may_be_changed), cmocka_unit_test(memory_runs_out),
		cmocka_unit_test(hangup_before_anything), cmocka_unit_test(connection_lost_in_a_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
