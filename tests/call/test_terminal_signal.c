/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal's call signalling against a peer played by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/drive.h"
#include "call/h225_call.h"
#include "h225/body.h"
#include "h225/build.h"
#include "q931/ie.h"

static const struct h225_msg *sent(struct drive *d, int nth)
{
	struct h225_msg *m = ARENA_NEW(&d->arena, struct h225_msg);
	const struct terminal_action *a = drive_find(d, TERMINAL_SEND_SIGNAL, nth);
	assert_non_null(a);
	assert_int_equal(h225_decode(m, slice_of(a->octets.p + 4, a->octets.n - 4), NULL, &d->arena, NULL), 0);
	return m;
}

static void garbage(void **state)
{
	(void)state;
	static const uint8_t octets[] = { 8, 2, 0, 77, 5, 0x7e, 0, 3, 5, 0x20, 0xff };
	struct terminal_event e = { .type = TERMINAL_SIGNAL_MESSAGE, .octets = { octets, sizeof(octets) } };
	struct drive d;
	drive_init(&d);
	drive_simple(&d, TERMINAL_SIGNAL_INCOMING);
	drive_event(&d, e); /* no call yet: nothing to release */
	assert_null(drive_find(&d, TERMINAL_SEND_SIGNAL, 0));
	assert_non_null(drive_find(&d, TERMINAL_ENDED, 0));
	drive_free(&d);
	drive_init(&d);
	drive_setup(&d);
	drive_event(&d, e);
	assert_true(drive_sent(&d, "ReleaseComplete cause 111"));
	assert_int_equal(drive_find(&d, TERMINAL_ENDED, 0)->cause, 111);
	drive_free(&d);
}

static void a_setup_needs_its_body(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_simple(&d, TERMINAL_SIGNAL_INCOMING);
	struct h225_msg *m = drive_msg(&d, Q931_SETUP);
	m->has_uu = false;
	assert_int_equal(q931_remove(&m->q931, Q931_IE_USER_USER), 1);
	drive_signal(&d, m);
	assert_non_null(drive_find(&d, TERMINAL_ENDED, 0));
	drive_free(&d);
	drive_init(&d);
	drive_simple(&d, TERMINAL_SIGNAL_INCOMING);
	m = drive_msg(&d, Q931_ALERTING);
	m->q931.type = Q931_SETUP;
	drive_signal(&d, m);
	assert_non_null(drive_find(&d, TERMINAL_ENDED, 0));
	drive_free(&d);
}

static void what_is_not_for_us_is_ignored(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_setup(&d);
	assert_non_null(drive_find(&d, TERMINAL_INCOMING, 0));
	d.crv = 78; /* another call, and the connection as a whole */
	drive_signal(&d, drive_msg(&d, Q931_RELEASE_COMPLETE));
	d.crv = 0;
	drive_signal(&d, drive_msg(&d, Q931_STATUS_INQUIRY));
	d.crv = 77;
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_SIGNAL_MESSAGE }); /* keep-alive */
	drive_signal(&d, drive_msg(&d, Q931_SETUP));
	drive_signal(&d, drive_msg(&d, Q931_CONNECT)); /* from who called: impossible */
	assert_null(drive_find(&d, TERMINAL_CONNECTED, 0));
	assert_false(terminal_ended(d.t));
	drive_simple(&d, TERMINAL_ANSWER);
	assert_true(drive_sent(&d, "Connect"));
	drive_free(&d);
}

static void answers_carry_flag_and_identifiers(void **state)
{
	(void)state;
	static const uint8_t id[16] = { 9, 8, 7 };
	for (int with_id = 0; with_id < 2; with_id++) {
		struct drive d;
		struct h225_common c;
		drive_init(&d);
		drive_simple(&d, TERMINAL_SIGNAL_INCOMING);
		struct h225_msg *m = drive_msg(&d, Q931_SETUP);
		if (with_id)
			assert_int_equal(h225_set_call_id(&m->uu.h323_uu_pdu.h323_message_body, slice_of(id, 16), &d.arena), 0);
		drive_signal(&d, m);
		const struct h225_msg *alerting = sent(&d, 0);
		assert_int_equal(alerting->q931.type, Q931_ALERTING);
		assert_true(alerting->q931.flag);
		assert_int_equal(alerting->q931.crv, 77);
		h225_common_read(&alerting->uu.h323_uu_pdu.h323_message_body, &c);
		assert_int_equal(c.call_id.n, with_id ? 16 : 0); /* version 1 knows none */
		if (with_id)
			assert_memory_equal(c.call_id.p, id, 16);
		drive_free(&d);
	}
}

static void the_setup_says_all(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	d.config.fast_start = d.config.tunnelling = d.config.early_h245 = true;
	drive_simple(&d, TERMINAL_DIAL);
	drive_simple(&d, TERMINAL_SIGNAL_CONNECTED);
	assert_true(drive_sent(&d, "Setup h245 10.0.0.2:3000 fastStart 4 tunnelling"));
	assert_non_null(drive_find(&d, TERMINAL_LISTEN_H245, 0));
	assert_true(drive_running(&d, "T303"));
	const struct h225_msg *m = sent(&d, 0);
	const struct h225_setup_uuie *setup = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	assert_false(m->q931.flag);
	assert_non_null(q931_find(&m->q931, Q931_IE_BEARER_CAPABILITY));
	assert_true(slice_eq(q931_find(&m->q931, Q931_IE_DISPLAY)->v, slice_str("bob")));
	assert_int_equal(setup->source_address.n, 1);
	assert_non_null(setup->dest_call_signal_address);
	assert_non_null(setup->source_call_signal_address);
	assert_non_null(setup->call_identifier);
	drive_free(&d);
}

static void nobody_answers(void **state)
{
	(void)state;
	static const struct {
		uint8_t message;
		const char *timer;
		uint8_t cause;
	} cases[] = { { 0, "T303", 18 }, { Q931_CALL_PROCEEDING, "T310", 18 }, { Q931_ALERTING, "T301", 19 } };
	for (size_t i = 0; i < 3; i++) {
		struct drive d;
		drive_init(&d);
		drive_dial(&d);
		if (cases[i].message != 0)
			drive_signal(&d, drive_msg(&d, cases[i].message));
		drive_timer(&d, cases[i].timer);
		assert_true(drive_sent(&d, "ReleaseComplete"));
		assert_int_equal(drive_find(&d, TERMINAL_ENDED, 0)->cause, cases[i].cause);
		drive_free(&d);
	}
}

static void status_is_told(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_setup(&d);
	drive_signal(&d, drive_msg(&d, Q931_STATUS_INQUIRY));
	const struct h225_msg *m = sent(&d, 0);
	assert_int_equal(m->q931.type, Q931_STATUS);
	assert_int_equal(q931_find(&m->q931, Q931_IE_CALL_STATE)->v.p[0], H225_CALL_RECEIVED);
	drive_free(&d);
}

static void releases_say_why(void **state)
{
	(void)state;
	uint8_t buf[2];
	struct h225_release_complete_reason reason = { .choice = H225_RELEASE_COMPLETE_REASON_NO_BANDWIDTH };
	struct drive d;
	for (int with_cause = 0; with_cause < 2; with_cause++) {
		drive_init(&d);
		drive_dial(&d);
		struct h225_msg *m = drive_msg(&d, Q931_RELEASE_COMPLETE);
		m->uu.h323_uu_pdu.h323_message_body.u.release_complete->reason = &reason;
		if (with_cause)
			assert_int_equal(q931_set(&m->q931, Q931_IE_CAUSE, q931_cause_build(buf, 21)), 0);
		drive_signal(&d, m);
		const struct terminal_action *a = drive_find(&d, TERMINAL_ENDED, 0);
		assert_int_equal(a->cause, with_cause ? 21 : 34);
		assert_true(a->by_peer);
		assert_null(drive_find(&d, TERMINAL_SEND_SIGNAL, 0));
		drive_free(&d);
	}
}

static void forwarding_is_not_followed(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_dial(&d);
	struct h225_msg *m = drive_msg(&d, Q931_FACILITY);
	m->uu.h323_uu_pdu.h323_message_body.u.facility->reason.choice = H225_FACILITY_REASON_CALL_FORWARDED;
	drive_signal(&d, m);
	assert_true(drive_sent(&d, "ReleaseComplete cause 16"));
	drive_free(&d);
}

static void alerting_by_hand(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	d.config.manual_alerting = true;
	drive_setup(&d);
	assert_null(drive_find(&d, TERMINAL_SEND_SIGNAL, 0));
	drive_simple(&d, TERMINAL_ALERT);
	assert_true(drive_sent(&d, "Alerting"));
	drive_simple(&d, TERMINAL_ALERT);
	assert_null(drive_find(&d, TERMINAL_SEND_SIGNAL, 0));
	drive_simple(&d, TERMINAL_REJECT);
	assert_true(drive_sent(&d, "ReleaseComplete cause 17 inConf"));
	drive_free(&d);
}

static void who_calls(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_simple(&d, TERMINAL_SIGNAL_INCOMING);
	struct h225_msg *m = drive_msg(&d, Q931_SETUP);
	struct h225_alias_address from, to;
	assert_int_equal(h225_alias_build(&from, "J\xc3\xbcrg", &d.arena), 0);
	assert_int_equal(h225_alias_build(&to, "100", &d.arena), 0);
	struct h225_setup_uuie *setup = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	setup->has_source_address = setup->has_destination_address = true;
	setup->source_address.n = setup->destination_address.n = 1;
	setup->source_address.v = &from;
	setup->destination_address.v = &to;
	drive_signal(&d, m);
	const struct terminal_action *a = drive_find(&d, TERMINAL_INCOMING, 0);
	assert_string_equal(a->text, "J\xc3\xbcrg");
	assert_string_equal(a->text2, "100");
	drive_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(garbage), cmocka_unit_test(a_setup_needs_its_body),
		cmocka_unit_test(what_is_not_for_us_is_ignored), cmocka_unit_test(answers_carry_flag_and_identifiers),
		cmocka_unit_test(the_setup_says_all), cmocka_unit_test(nobody_answers), cmocka_unit_test(status_is_told),
		cmocka_unit_test(releases_say_why), cmocka_unit_test(forwarding_is_not_followed),
		cmocka_unit_test(alerting_by_hand), cmocka_unit_test(who_calls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
