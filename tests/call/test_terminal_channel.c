/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal's channels against a peer played by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/drive.h"
#include "h245/build.h"
#include "h245/channel.h"

enum { U = H245_AUDIO_CAPABILITY_G711_ULAW64K, A = H245_AUDIO_CAPABILITY_G711_ALAW64K };
#define CAUSE(x) H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_##x

static struct drive d;

static int start(void **state)
{
	(void)state;
	drive_init(&d);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	drive_free(&d);
	return 0;
}

static void give_olc(struct h245_open_logical_channel *olc)
{
	drive_h245(&d, h245_olc_build(&d.arena, olc));
}

static void the_peer_opens_and_closes(void **state)
{
	(void)state;
	drive_session(&d);
	give_olc(drive_olc(&d, 7, A));
	assert_true(drive_sent(&d, "OpenLogicalChannelAck 7 session 1 rtp 10.0.0.2:5000 rtcp 10.0.0.2:5001"));
	const struct terminal_media m = drive_find(&d, TERMINAL_RX_START, 0)->media;
	assert_int_equal(m.codec, TERMINAL_G711A);
	assert_int_equal(m.payload_type, 8);
	assert_int_equal(m.rtcp.port, 7001);
	give_olc(drive_olc(&d, 8, U)); /* another in its place */
	assert_non_null(drive_find(&d, TERMINAL_RX_STOP, 0));
	assert_non_null(drive_find(&d, TERMINAL_RX_START, 0));
	drive_h245(&d, h245_clc_build(&d.arena, 7, true));
	assert_true(drive_sent(&d, "CloseLogicalChannelAck 7"));
	assert_null(drive_find(&d, TERMINAL_RX_STOP, 0));
	drive_h245(&d, h245_clc_build(&d.arena, 8, true));
	assert_true(drive_sent(&d, "CloseLogicalChannelAck 8"));
	assert_non_null(drive_find(&d, TERMINAL_RX_STOP, 0));
}

static struct h245_data_protocol_capability lan = { .choice = H245_DATA_PROTOCOL_CAPABILITY_SEPARATE_LAN_STACK };

static void t120_is_refused(void **state)
{
	(void)state;
	struct h245_data_application_capability data = { .max_bit_rate = 100 };
	struct h245_open_logical_channel_reverse_logical_channel_parameters reverse = { 0 };
	drive_session(&d);
	data.application.choice = H245_DATA_APPLICATION_CAPABILITY_APPLICATION_T120;
	data.application.u.t120 = &lan;
	struct h245_open_logical_channel *olc = drive_olc(&d, 9, U);
	olc->forward_logical_channel_parameters.data_type.choice = reverse.data_type.choice = H245_DATA_TYPE_DATA;
	olc->forward_logical_channel_parameters.data_type.u.data = reverse.data_type.u.data = &data;
	olc->reverse_logical_channel_parameters = &reverse;
	give_olc(olc);
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 dataTypeNotSupported"));
}

static void what_we_cannot_do_is_refused(void **state)
{
	(void)state;
	drive_session(&d);
	give_olc(drive_olc(&d, 9, H245_AUDIO_CAPABILITY_G728));
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 dataTypeNotSupported"));
	struct h245_channel ch = { .number = 9, .session = 2 };
	give_olc(h245_channel_build(&d.arena, &ch, U, 20));
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 invalidSessionID"));
	ch.session = 1;
	ch.reverse = true;
	give_olc(h245_channel_build(&d.arena, &ch, U, 20));
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 unsuitableReverseParameters"));
	struct h245_open_logical_channel *olc = drive_olc(&d, 9, U);
	olc->forward_logical_channel_parameters.multiplex_parameters.choice =
		H245_OPEN_LOGICAL_CHANNEL_FORWARD_LOGICAL_CHANNEL_PARAMETERS_MULTIPLEX_PARAMETERS_NONE;
	give_olc(olc);
	assert_true(drive_sent(&d, "OpenLogicalChannelReject 9 unspecified"));
	assert_null(drive_find(&d, TERMINAL_RX_START, 0));
}

static void the_second_codec_is_tried(void **state)
{
	(void)state;
	drive_session(&d);
	drive_h245(&d, h245_olc_reject_build(&d.arena, 99, CAUSE(UNSPECIFIED))); /* not ours */
	assert_false(drive_sent(&d, "OpenLogicalChannel"));
	drive_h245(&d, h245_olc_reject_build(&d.arena, 105, CAUSE(DATA_TYPE_NOT_AVAILABLE)));
	assert_true(drive_sent(&d, "OpenLogicalChannel 106 g711Alaw64k"));
	drive_h245(&d, h245_olc_reject_build(&d.arena, 106, CAUSE(DATA_TYPE_NOT_AVAILABLE)));
	assert_true(drive_sent(&d, "EndSessionCommand")); /* no audio in any direction */
}

static void conflicts_are_given_way_to(void **state)
{
	(void)state;
	d.config.give_way = true;
	drive_session(&d);
	give_olc(drive_olc(&d, 7, A));
	drive_h245(&d, h245_olc_reject_build(&d.arena, 105, CAUSE(MASTER_SLAVE_CONFLICT)));
	assert_true(drive_sent(&d, "OpenLogicalChannel 106 g711Alaw64k"));
	drive_h245(&d, h245_olc_reject_build(&d.arena, 106, CAUSE(MASTER_SLAVE_CONFLICT)));
	assert_false(drive_sent(&d, "OpenLogicalChannel"));
	assert_false(terminal_ended(d.t)); /* it hears, at least */
}

static void an_ack_needs_an_address(void **state)
{
	(void)state;
	const struct h245_channel ch = { .number = 105, .session = 1 };
	drive_session(&d);
	drive_h245(&d, h245_channel_ack_build(&d.arena, &ch));
	assert_null(drive_find(&d, TERMINAL_TX_START, 0));
	assert_true(drive_sent(&d, "CloseLogicalChannel 105"));
}

static void acks_twice_or_of_others(void **state)
{
	(void)state;
	const struct h245_channel other = { .number = 4, .session = 1, .media = drive_addr("10.0.0.1:1"),
		.control = drive_addr("10.0.0.1:2") };
	drive_session(&d);
	drive_h245(&d, h245_channel_ack_build(&d.arena, &other));
	assert_null(drive_find(&d, TERMINAL_TX_START, 0));
	drive_ack(&d);
	assert_non_null(drive_find(&d, TERMINAL_TX_START, 0));
	drive_ack(&d);
	assert_null(drive_find(&d, TERMINAL_TX_START, 0));
}

static void the_receiver_asks_to_close(void **state)
{
	(void)state;
	drive_session(&d);
	drive_ack(&d);
	drive_h245(&d, h245_rcc_build(&d.arena, 4));
	assert_true(drive_sent(&d, "RequestChannelCloseReject 4"));
	drive_h245(&d, h245_rcc_build(&d.arena, 105));
	assert_true(drive_sent(&d, "RequestChannelCloseAck 105"));
	assert_true(drive_sent(&d, "CloseLogicalChannel 105"));
	assert_non_null(drive_find(&d, TERMINAL_TX_STOP, 0));
}

static void no_answer_to_open(void **state)
{
	(void)state;
	drive_session(&d);
	drive_timer(&d, "T103");
	assert_true(drive_sent(&d, "CloseLogicalChannel 105"));
	assert_true(drive_sent(&d, "EndSessionCommand"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start, stop)
	const struct CMUnitTest tests[] = {
		T(the_peer_opens_and_closes), T(t120_is_refused), T(what_we_cannot_do_is_refused),
		T(the_second_codec_is_tried), T(conflicts_are_given_way_to), T(an_ack_needs_an_address),
		T(acks_twice_or_of_others), T(the_receiver_asks_to_close), T(no_answer_to_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
