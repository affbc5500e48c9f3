/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal's T.120 channel against a peer played by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/drive.h"
#include "h245/build.h"
#include "h245/data.h"
#include "q931/ie.h"

static struct drive d;

static int start(void **state)
{
	(void)state;
	drive_init(&d);
	d.config.data = true;
	d.config.t120 = drive_addr("10.0.0.2:1503");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	drive_free(&d);
	return 0;
}

static void peer_opens(uint16_t channel, const char *at)
{
	const struct addr a = at != NULL ? drive_addr(at) : (struct addr){ 0 };
	drive_h245(&d, h245_t120_olc_build(&d.arena, channel, &a));
}

static bool started(const char *at, bool connect)
{
	const struct terminal_action *a = drive_find(&d, TERMINAL_DATA_START, 0);
	const struct addr want = drive_addr(at);
	return a != NULL && addr_eq(&a->addr, &want) && a->connect == connect;
}

static void a_callee_accepts_and_waits(void **state)
{
	struct terminal_info info;
	(void)state;
	drive_session(&d);
	peer_opens(9, "10.0.0.1:1503");
	assert_true(drive_sent(&d, "OpenLogicalChannelAck 9"));
	assert_true(started("10.0.0.1:1503", false));
	drive_h245(&d, h245_olc_confirm_build(&d.arena, 9));
	assert_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
	terminal_info(d.t, &info);
	assert_true(info.data);
	drive_h245(&d, h245_clc_build(&d.arena, 9, true));
	assert_true(drive_sent(&d, "CloseLogicalChannelAck 9"));
	assert_non_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
	drive_simple(&d, TERMINAL_HANGUP); /* the audio closes as ever */
	assert_true(drive_sent(&d, "CloseLogicalChannel 105"));
}

static void no_address_is_the_peer_s_1503(void **state)
{
	(void)state;
	drive_session(&d);
	peer_opens(9, NULL);
	assert_true(started("10.0.0.1:1503", false));
	peer_opens(10, "10.0.0.7:4000"); /* another instead */
	assert_non_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
	assert_true(started("10.0.0.7:4000", false));
	drive_simple(&d, TERMINAL_HANGUP);
	assert_non_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
}

static void not_asked_for_is_refused(void **state)
{
	(void)state;
	d.config.data = false;
	drive_session(&d);
	peer_opens(9, "10.0.0.1:1503");
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 dataTypeNotSupported"));
	assert_null(drive_find(&d, TERMINAL_DATA_START, 0));
}

static void one_way_only_is_refused(void **state)
{
	struct addr none = { 0 };
	(void)state;
	drive_session(&d);
	h245_pdu *m = h245_t120_olc_build(&d.arena, 9, &none);
	m->u.request->u.open_logical_channel->reverse_logical_channel_parameters = NULL;
	drive_h245(&d, m);
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 unsuitableReverseParameters"));
}

static void no_confirm_is_forgiven(void **state)
{
	(void)state;
	drive_session(&d);
	peer_opens(9, "10.0.0.1:1503");
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_TIMER, .timer = 14 });
	assert_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
	drive_h245(&d, h245_clc_build(&d.arena, 9, true));
	assert_non_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
}

/* We call; the peer has T.120, or not; the master's number decides who is master. */
static void call_out(bool t120, uint32_t number)
{
	const struct h245_caps caps = { .sequence = 9, .n_audio = 1, .audio = { H245_AUDIO_CAPABILITY_G711_ULAW64K },
		.frames = 30, .user_input = true, .t120 = t120 };
	struct h225_msg *m;
	drive_dial(&d);
	m = drive_msg(&d, Q931_CONNECT);
	drive_signal(&d, m);
	drive_simple(&d, TERMINAL_H245_INCOMING);
	drive_h245(&d, h245_tcs_build(&d.arena, &caps));
	drive_h245(&d, h245_tcs_ack_build(&d.arena, 1));
	drive_h245(&d, h245_msd_build(&d.arena, number > 0 ? 120 : 1, 5));
	drive_h245(&d, h245_msd_ack_build(&d.arena, number == 0));
}

static void a_caller_opens_and_connects(void **state)
{
	const struct addr at = drive_addr("10.0.0.9:1503");
	(void)state;
	call_out(true, 1);
	assert_true(drive_sent(&d, "OpenLogicalChannel 106"));
	drive_h245(&d, h245_t120_ack_build(&d.arena, 106, 77, &at));
	assert_true(drive_sent(&d, "OpenLogicalChannelConfirm 106"));
	assert_true(started("10.0.0.9:1503", true));
	drive_simple(&d, TERMINAL_HANGUP);
	assert_true(drive_sent(&d, "CloseLogicalChannel 106"));
	assert_non_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
	assert_null(drive_find(&d, TERMINAL_DATA_STOP, 1));
}

static void a_caller_is_asked_to_close(void **state)
{
	const struct addr none = { 0 };
	(void)state;
	call_out(true, 1);
	drive_h245(&d, h245_t120_ack_build(&d.arena, 106, 77, &none));
	assert_true(started("10.0.0.1:1503", true)); /* where the call went */
	drive_h245(&d, h245_rcc_build(&d.arena, 106));
	assert_true(drive_sent(&d, "RequestChannelCloseAck 106"));
	assert_true(drive_sent(&d, "CloseLogicalChannel 106"));
	assert_non_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
	drive_h245(&d, h245_clc_ack_build(&d.arena, 106));
	assert_null(drive_find(&d, TERMINAL_ENDED, 0));
}

static void a_refusal_is_no_end(void **state)
{
	(void)state;
	call_out(true, 1);
	drive_h245(&d, h245_olc_reject_build(
		&d.arena, 106, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_DATA_TYPE_NOT_SUPPORTED));
	assert_null(drive_find(&d, TERMINAL_ENDED, 0));
	assert_false(drive_sent(&d, "OpenLogicalChannel")); /* once is enough */
}

static void no_answer_is_no_end(void **state)
{
	(void)state;
	call_out(true, 1);
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_TIMER, .timer = 14 });
	assert_true(drive_sent(&d, "CloseLogicalChannel 106"));
	assert_null(drive_find(&d, TERMINAL_ENDED, 0));
	assert_null(drive_find(&d, TERMINAL_DATA_START, 0));
}

static void a_peer_without_it_is_not_asked(void **state)
{
	(void)state;
	call_out(false, 1);
	assert_true(drive_sent(&d, "OpenLogicalChannel 105"));
	assert_false(drive_sent(&d, "OpenLogicalChannel 106"));
}

/* Both open at once: the master's stays. */
static void two_that_cross(void **state)
{
	(void)state;
	call_out(true, 1); /* the peer is master */
	peer_opens(9, "10.0.0.1:1503");
	assert_true(drive_sent(&d, "OpenLogicalChannelAck 9"));
	assert_true(started("10.0.0.1:1503", true));
	drive_h245(&d, h245_olc_reject_build(
		&d.arena, 106, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_MASTER_SLAVE_CONFLICT));
	assert_null(drive_find(&d, TERMINAL_DATA_STOP, 0));
	drive_free(&d);
	start(state);
	call_out(true, 0); /* we are */
	peer_opens(9, "10.0.0.1:1503");
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 masterSlaveConflict"));
	assert_null(drive_find(&d, TERMINAL_DATA_START, 0));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = { T(a_callee_accepts_and_waits), T(no_address_is_the_peer_s_1503),
		T(not_asked_for_is_refused), T(one_way_only_is_refused), T(no_confirm_is_forgiven),
		T(a_caller_opens_and_connects), T(a_caller_is_asked_to_close), T(a_refusal_is_no_end),
		T(no_answer_is_no_end), T(a_peer_without_it_is_not_asked), T(two_that_cross) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
