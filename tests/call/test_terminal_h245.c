/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal's H.245 session against a peer played by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/drive.h"
#include "h245/build.h"

static void failures_clear_the_call(void **state)
{
	(void)state;
	static const struct {
		const char *timer;
		uint8_t cause;
	} cases[] = { { "T101", 88 }, { "T106", 111 } };
	for (size_t i = 0; i < 2; i++) {
		struct drive d;
		drive_init(&d);
		drive_setup(&d);
		drive_simple(&d, TERMINAL_ANSWER);
		drive_simple(&d, TERMINAL_H245_INCOMING);
		drive_timer(&d, cases[i].timer);
		assert_true(drive_sent(&d, i == 0 ? "TerminalCapabilitySetRelease" : "MasterSlaveDeterminationRelease"));
		assert_true(drive_sent(&d, "EndSessionCommand"));
		drive_timer(&d, "end-session"); /* nor an end of session */
		assert_int_equal(drive_find(&d, TERMINAL_ENDED, 0)->cause, cases[i].cause);
		drive_free(&d);
	}
}

static void capabilities_rejected(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_setup(&d);
	drive_simple(&d, TERMINAL_ANSWER);
	drive_simple(&d, TERMINAL_H245_INCOMING);
	drive_h245(&d, h245_tcs_reject_build(&d.arena, 9, H245_TERMINAL_CAPABILITY_SET_REJECT_CAUSE_UNSPECIFIED));
	assert_false(drive_sent(&d, "EndSessionCommand")); /* of another set */
	drive_h245(&d, h245_tcs_reject_build(&d.arena, 1, H245_TERMINAL_CAPABILITY_SET_REJECT_CAUSE_UNSPECIFIED));
	assert_true(drive_sent(&d, "EndSessionCommand"));
	drive_h245(&d, h245_end_session_build(&d.arena));
	assert_true(drive_sent(&d, "ReleaseComplete cause 88"));
	drive_free(&d);
}

static void pause_and_resume(void **state)
{
	(void)state;
	const struct h245_caps empty = { .sequence = 10, .empty = true }, alaw = { .sequence = 11, .n_audio = 1,
		.audio = { H245_AUDIO_CAPABILITY_G711_ALAW64K }, .frames = 10 };
	struct drive d;
	drive_init(&d);
	drive_session(&d);
	drive_ack(&d);
	assert_int_equal(drive_find(&d, TERMINAL_TX_START, 0)->media.rtp.port, 7000);
	assert_int_equal(drive_find(&d, TERMINAL_TX_START, 0)->media.frames_per_packet, 20);
	drive_h245(&d, h245_tcs_build(&d.arena, &empty));
	assert_non_null(drive_find(&d, TERMINAL_TX_STOP, 0));
	assert_true(drive_sent(&d, "CloseLogicalChannel 105"));
	drive_h245(&d, h245_clc_ack_build(&d.arena, 105));
	assert_false(drive_sent(&d, "OpenLogicalChannel"));
	drive_h245(&d, h245_tcs_build(&d.arena, &alaw));
	assert_true(drive_sent(&d, "OpenLogicalChannel 106 g711Alaw64k"));
	drive_free(&d);
}

static void round_trips(void **state)
{
	(void)state;
	struct drive d;
	struct terminal_info info;
	drive_init(&d);
	drive_session(&d);
	drive_h245(&d, h245_rtd_build(&d.arena, 200));
	assert_true(drive_sent(&d, "RoundTripDelayResponse 200"));
	drive_timer(&d, "round-trip");
	assert_true(drive_sent(&d, "RoundTripDelayRequest 1"));
	drive_h245(&d, h245_rtd_response_build(&d.arena, 9)); /* to another */
	assert_true(drive_running(&d, "T105"));
	drive_h245(&d, h245_rtd_response_build(&d.arena, 1));
	assert_false(drive_running(&d, "T105"));
	terminal_info(d.t, &info);
	assert_int_equal(info.round_trip_ok, 1);
	drive_timer(&d, "round-trip");
	drive_timer(&d, "T105");
	assert_true(drive_sent(&d, "EndSessionCommand"));
	drive_free(&d);
}

static h245_pdu *not_understood(struct drive *d, h245_pdu *m)
{
	return h245_refusal_build(&d->arena, m);
}

static void functions_not_understood(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_session(&d);
	drive_timer(&d, "round-trip");
	drive_h245(&d, not_understood(&d, h245_rtd_build(&d.arena, 1)));
	assert_false(drive_running(&d, "T105"));
	assert_false(drive_running(&d, "round-trip")); /* never again */
	drive_h245(&d, not_understood(&d, h245_olc_build(&d.arena, drive_olc(&d, 105, H245_AUDIO_CAPABILITY_G711_ULAW64K))));
	assert_true(drive_sent(&d, "OpenLogicalChannel 106 g711Alaw64k"));
	struct h245_communication_mode_request request = { 0 };
	drive_h245(&d, h245_request(&d.arena, H245_REQUEST_MESSAGE_COMMUNICATION_MODE_REQUEST, &request));
	assert_true(drive_sent(&d, "FunctionNotUnderstood"));
	assert_false(terminal_ended(d.t));
	drive_free(&d);
}

static void capabilities_again(void **state)
{
	(void)state;
	struct drive d;
	struct h245_send_terminal_capability_set command = { .choice =
		H245_SEND_TERMINAL_CAPABILITY_SET_GENERIC_REQUEST };
	drive_init(&d);
	drive_session(&d);
	drive_h245(&d, h245_command(&d.arena, H245_COMMAND_MESSAGE_SEND_TERMINAL_CAPABILITY_SET, &command));
	assert_true(drive_sent(&d, "TerminalCapabilitySet 2"));
	drive_free(&d);
}

static void keys(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_session(&d);
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_SEND_DTMF, .text = "1#" });
	assert_true(drive_sent(&d, "UserInput signal '1'"));
	assert_true(drive_sent(&d, "UserInput signal '#'"));
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_SEND_DTMF, .text = "hi" });
	assert_true(drive_sent(&d, "UserInput alphanumeric 'hi'"));
	drive_h245(&d, h245_user_signal_build(&d.arena, '7', 0));
	assert_string_equal(drive_find(&d, TERMINAL_DTMF, 0)->text, "7");
	drive_h245(&d, h245_user_text_build(&d.arena, slice_str("abc")));
	assert_string_equal(drive_find(&d, TERMINAL_DTMF, 0)->text, "abc");
	drive_free(&d);
}

static void the_peer_ends_the_session(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_session(&d);
	drive_ack(&d);
	drive_h245(&d, h245_end_session_build(&d.arena));
	assert_true(drive_sent(&d, "EndSessionCommand"));
	assert_non_null(drive_find(&d, TERMINAL_TX_STOP, 0));
	assert_null(drive_find(&d, TERMINAL_ENDED, 0));
	drive_simple(&d, TERMINAL_H245_CLOSED);
	drive_timer(&d, "end-session"); /* its ReleaseComplete does not come */
	assert_true(drive_sent(&d, "ReleaseComplete cause 16"));
	assert_true(drive_find(&d, TERMINAL_ENDED, 0)->by_peer);
	drive_free(&d);
}

static void garbage_and_several_in_one(void **state)
{
	(void)state;
	struct drive d;
	uint8_t out[64];
	struct writer w = wr_of(out, sizeof(out));
	drive_init(&d);
	drive_session(&d);
	assert_int_equal(h245_encode(h245_rtd_build(&d.arena, 1), &w, NULL), 0);
	assert_int_equal(h245_encode(h245_rtd_build(&d.arena, 2), &w, NULL), 0);
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_H245_MESSAGE, .octets = wr_slice(&w) });
	assert_true(drive_sent(&d, "RoundTripDelayResponse 1"));
	assert_true(drive_sent(&d, "RoundTripDelayResponse 2"));
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_H245_MESSAGE, .octets = slice_str("\x02") });
	assert_true(drive_sent(&d, "EndSessionCommand"));
	drive_h245(&d, h245_end_session_build(&d.arena));
	assert_int_equal(drive_find(&d, TERMINAL_ENDED, 0)->cause, 111);
	drive_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_clear_the_call), cmocka_unit_test(capabilities_rejected),
		cmocka_unit_test(pause_and_resume), cmocka_unit_test(round_trips),
		cmocka_unit_test(functions_not_understood), cmocka_unit_test(capabilities_again), cmocka_unit_test(keys),
		cmocka_unit_test(the_peer_ends_the_session), cmocka_unit_test(garbage_and_several_in_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
