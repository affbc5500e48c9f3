/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.245 framing: several values in one TPKT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h245/build.h"
#include "h245/msg.h"

static void several_in_one(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	uint8_t out[64];
	struct writer w = wr_of(out, sizeof(out));
	h245_pdu m;
	assert_int_equal(h245_encode(h245_rtd_build(&a, 1), &w, NULL), 0);
	assert_int_equal(h245_encode(h245_end_session_build(&a), &w, NULL), 0);
	struct pst_slice rest = wr_slice(&w);
	assert_int_equal(h245_next(&rest, &m, NULL, &a, NULL), 0);
	assert_int_equal(m.u.request->choice, H245_REQUEST_MESSAGE_ROUND_TRIP_DELAY_REQUEST);
	assert_int_equal(h245_next(&rest, &m, NULL, &a, NULL), 0);
	assert_int_equal(m.u.command->choice, H245_COMMAND_MESSAGE_END_SESSION_COMMAND);
	assert_int_equal(h245_next(&rest, &m, NULL, &a, NULL), PST_E_NOT_FOUND);
	rest = slice_of(out, 1);
	assert_true(h245_next(&rest, &m, NULL, &a, NULL) < 0);
	arena_free(&a);
}

static void framed(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	uint8_t out[64];
	struct writer w = wr_of(out, sizeof(out));
	assert_int_equal(h245_encode_tpkt(h245_rtd_build(&a, 1), &w, NULL), 0);
	assert_int_equal(out[0], 3);
	assert_int_equal(out[3], w.n);
	w = wr_of(out, 4);
	assert_int_equal(h245_encode_tpkt(h245_rtd_build(&a, 1), &w, NULL), PST_E_SPACE);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(several_in_one), cmocka_unit_test(framed) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
