/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every builder's message encodes, and decodes to the same line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h245/build.h"
#include "h245/str.h"

static struct arena arena;

static void check(h245_pdu *m, const char *line)
{
	uint8_t out[512];
	char text[H245_STRLEN];
	struct writer w = wr_of(out, sizeof(out));
	struct asn1_err err;
	h245_pdu back;
	assert_non_null(m);
	assert_int_equal(h245_encode(m, &w, &err), 0);
	struct pst_slice rest = wr_slice(&w);
	assert_int_equal(h245_next(&rest, &back, NULL, &arena, &err), 0);
	assert_int_equal(rest.n, 0);
	assert_string_equal(h245_str(&back, text), line);
}

static void builders(void **state)
{
	(void)state;
	struct arena *a = &arena;
	const struct h245_caps caps = { .sequence = 9, .n_audio = 2, .audio = { H245_AUDIO_CAPABILITY_G711_ALAW64K,
		H245_AUDIO_CAPABILITY_G711_ULAW64K }, .frames = 60, .user_input = true };
	const struct h245_caps none = { .sequence = 255, .empty = true };
	check(h245_msd_build(a, 50, 0x1ffffff), "MasterSlaveDetermination type 50 number 16777215");
	check(h245_msd_ack_build(a, true), "MasterSlaveDeterminationAck master");
	check(h245_msd_ack_build(a, false), "MasterSlaveDeterminationAck slave");
	check(h245_msd_reject_build(a), "MasterSlaveDeterminationReject");
	check(h245_msd_release_build(a), "MasterSlaveDeterminationRelease");
	check(h245_tcs_build(a, &caps), "TerminalCapabilitySet 9: 4 capabilities");
	check(h245_tcs_build(a, &none), "TerminalCapabilitySet 255: 0 capabilities");
	check(h245_tcs_ack_build(a, 9), "TerminalCapabilitySetAck 9");
	check(h245_tcs_reject_build(a, 9, H245_TERMINAL_CAPABILITY_SET_REJECT_CAUSE_UNSPECIFIED),
		"TerminalCapabilitySetReject 9 unspecified");
	check(h245_tcs_release_build(a), "TerminalCapabilitySetRelease");
	check(h245_olc_reject_build(a, 101, H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_MASTER_SLAVE_CONFLICT),
		"OpenLogicalChannelReject 101 masterSlaveConflict");
	check(h245_olc_confirm_build(a, 7), "OpenLogicalChannelConfirm 7");
	check(h245_clc_build(a, 7, true), "CloseLogicalChannel 7");
	check(h245_clc_ack_build(a, 7), "CloseLogicalChannelAck 7");
	check(h245_rcc_build(a, 7), "RequestChannelClose 7");
	check(h245_rcc_ack_build(a, 7), "RequestChannelCloseAck 7");
	check(h245_rcc_reject_build(a, 7), "RequestChannelCloseReject 7");
	check(h245_rcc_release_build(a, 7), "RequestChannelCloseRelease");
	check(h245_rtd_build(a, 200), "RoundTripDelayRequest 200");
	check(h245_rtd_response_build(a, 200), "RoundTripDelayResponse 200");
	check(h245_user_signal_build(a, '#', 100), "UserInput signal '#'");
	check(h245_user_text_build(a, slice_str("1 2\x1b")), "UserInput alphanumeric '1\\x202\\x1b'");
	check(h245_end_session_build(a), "EndSessionCommand");
	check(h245_refusal_build(a, h245_rtd_build(a, 1)), "FunctionNotUnderstood");
	check(h245_refusal_build(a, h245_end_session_build(a)), "FunctionNotUnderstood");
	assert_null(h245_refusal_build(a, h245_rtd_response_build(a, 1)));
	arena_free(a);
}

static void memory_failure_is_null(void **state)
{
	(void)state;
	const struct h245_caps caps = { .n_audio = 1, .audio = { H245_AUDIO_CAPABILITY_G711_ALAW64K }, .user_input = true };
	for (size_t cap = 1;; cap += 8) {
		arena_init(&arena, cap);
		const bool ok = h245_tcs_build(&arena, &caps) != NULL;
		arena_free(&arena);
		if (ok)
			break;
		assert_true(cap < 100000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(builders), cmocka_unit_test(memory_failure_is_null) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
