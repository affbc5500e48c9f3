/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logical channel signalling, H.245 8.4 and 8.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/lcse.h"

static void go(struct lcse *l, enum lcse_event event, uint8_t want, uint8_t first, uint8_t last)
{
	struct proc_out out;
	assert_int_equal(lcse_step(l, event, &out), 0);
	assert_int_equal(l->state, want);
	assert_int_equal(out.n > 0 ? out.act[0] : PROC_NONE, first);
	assert_int_equal(out.n > 0 ? out.act[out.n - 1] : PROC_NONE, last);
}

static void outgoing(void **state)
{
	(void)state;
	struct lcse l = { .outgoing = true };
	struct proc_out out;
	assert_int_equal(lcse_step(&l, LCSE_CLOSE, &out), PST_E_STATE);
	go(&l, LCSE_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_SEND_REQUEST, PROC_START);
	go(&l, LCSE_GOT_ACK, LCSE_ESTABLISHED, PROC_STOP, PROC_CONFIRM);
	go(&l, LCSE_GOT_ACK, LCSE_ESTABLISHED, PROC_ERROR, PROC_ERROR);
	go(&l, LCSE_CLOSE, LCSE_AWAITING_RELEASE, PROC_SEND_CLOSE, PROC_START);
	go(&l, LCSE_GOT_ACK, LCSE_AWAITING_RELEASE, PROC_NONE, PROC_NONE);
	go(&l, LCSE_GOT_CLOSE_ACK, LCSE_RELEASED, PROC_STOP, PROC_RELEASED);
	go(&l, LCSE_GOT_CLOSE_ACK, LCSE_RELEASED, PROC_ERROR, PROC_ERROR);
	go(&l, LCSE_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_SEND_REQUEST, PROC_START);
	go(&l, LCSE_GOT_REJECT, LCSE_RELEASED, PROC_STOP, PROC_RELEASED);
	go(&l, LCSE_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_SEND_REQUEST, PROC_START);
	go(&l, LCSE_EXPIRY, LCSE_RELEASED, PROC_ERROR, PROC_RELEASED);
	go(&l, LCSE_OPENED, LCSE_ESTABLISHED, PROC_NONE, PROC_NONE);
	go(&l, LCSE_GOT_REJECT, LCSE_RELEASED, PROC_ERROR, PROC_RELEASED);
	go(&l, LCSE_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_SEND_REQUEST, PROC_START);
	go(&l, LCSE_CLOSE, LCSE_AWAITING_RELEASE, PROC_STOP, PROC_START);
	go(&l, LCSE_EXPIRY, LCSE_RELEASED, PROC_ERROR, PROC_RELEASED);
}

static void incoming(void **state)
{
	(void)state;
	struct lcse l = { 0 };
	go(&l, LCSE_GOT_CLOSE, LCSE_RELEASED, PROC_SEND_CLOSE_ACK, PROC_SEND_CLOSE_ACK);
	go(&l, LCSE_GOT_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_INDICATE, PROC_INDICATE);
	go(&l, LCSE_REFUSE, LCSE_RELEASED, PROC_SEND_REJECT, PROC_SEND_REJECT);
	go(&l, LCSE_GOT_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_INDICATE, PROC_INDICATE);
	go(&l, LCSE_ACCEPT, LCSE_ESTABLISHED, PROC_SEND_ACK, PROC_CONFIRM);
	go(&l, LCSE_GOT_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_RELEASED, PROC_INDICATE);
	go(&l, LCSE_GOT_CLOSE, LCSE_RELEASED, PROC_SEND_CLOSE_ACK, PROC_RELEASED);
}

static void bidirectional(void **state)
{
	(void)state;
	struct lcse o = { .outgoing = true, .bidirectional = true }, i = { .bidirectional = true };
	go(&o, LCSE_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_SEND_REQUEST, PROC_START);
	go(&i, LCSE_GOT_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_INDICATE, PROC_INDICATE);
	go(&i, LCSE_ACCEPT, LCSE_AWAITING_CONFIRMATION, PROC_SEND_ACK, PROC_START);
	struct proc_out out;
	assert_int_equal(lcse_step(&o, LCSE_GOT_ACK, &out), 0);
	assert_int_equal(out.act[1], PROC_SEND_CONFIRM);
	go(&i, LCSE_GOT_CONFIRM, LCSE_ESTABLISHED, PROC_STOP, PROC_CONFIRM);
	go(&i, LCSE_GOT_CONFIRM, LCSE_ESTABLISHED, PROC_ERROR, PROC_ERROR);
	go(&i, LCSE_GOT_OPEN, LCSE_AWAITING_ESTABLISHMENT, PROC_RELEASED, PROC_INDICATE);
	go(&i, LCSE_ACCEPT, LCSE_AWAITING_CONFIRMATION, PROC_SEND_ACK, PROC_START);
	go(&i, LCSE_EXPIRY, LCSE_RELEASED, PROC_ERROR, PROC_RELEASED);
	go(&o, LCSE_CLOSE, LCSE_AWAITING_RELEASE, PROC_SEND_CLOSE, PROC_START);
	for (uint8_t s = 0; s < 6; s++)
		assert_non_null(lcse_state_name(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outgoing), cmocka_unit_test(incoming), cmocka_unit_test(bidirectional),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
