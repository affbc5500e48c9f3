/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Question and answer: H.245 8.3, 8.6, 8.10. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/exchange.h"

static struct proc_out out;

static void asking(void **state)
{
	(void)state;
	struct exchange_out e = { 0 };
	assert_int_equal(exchange_out_step(&e, EXCHANGE_ACK, 0, &out), PST_E_STATE);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_START, 0, &out), 0);
	assert_int_equal(e.sequence, 1);
	assert_int_equal(out.act[0], PROC_SEND_REQUEST);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_ACK, 7, &out), PST_E_STATE); /* to another question */
	assert_int_equal(e.state, EXCHANGE_AWAITING);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_ACK, 1, &out), 0);
	assert_int_equal(out.act[1], PROC_CONFIRM);
	e.sequence = 255;
	assert_int_equal(exchange_out_step(&e, EXCHANGE_START, 0, &out), 0);
	assert_int_equal(e.sequence, 0);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_START, 0, &out), 0); /* again at once: the first is void */
	assert_int_equal(out.act[0], PROC_STOP);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_REJECT, 0, &out), PST_E_STATE);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_REJECT, 1, &out), 0);
	assert_int_equal(out.act[1], PROC_FAIL);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_START, 0, &out), 0);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_EXPIRY, 0, &out), 0);
	assert_int_equal(out.act[0], PROC_SEND_RELEASE);
	assert_int_equal(out.act[1], PROC_FAIL);
	assert_int_equal(exchange_out_step(&e, EXCHANGE_EXPIRY, 0, &out), PST_E_STATE);
}

static void answering(void **state)
{
	(void)state;
	struct exchange_in e = { 0 };
	assert_int_equal(exchange_in_step(&e, EXCHANGE_RESPOND, 0, &out), PST_E_STATE);
	assert_int_equal(exchange_in_step(&e, EXCHANGE_ASKED, 9, &out), 0);
	assert_int_equal(e.sequence, 9);
	assert_int_equal(out.act[0], PROC_INDICATE);
	assert_int_equal(exchange_in_step(&e, EXCHANGE_ASKED, 10, &out), 0);
	assert_int_equal(out.act[0], PROC_FAIL);
	assert_int_equal(exchange_in_step(&e, EXCHANGE_RESPOND, 0, &out), 0);
	assert_int_equal(out.act[0], PROC_SEND_ACK);
	assert_int_equal(exchange_in_step(&e, EXCHANGE_ASKED, 11, &out), 0);
	assert_int_equal(exchange_in_step(&e, EXCHANGE_REFUSE, 0, &out), 0);
	assert_int_equal(out.act[0], PROC_SEND_REJECT);
	assert_int_equal(exchange_in_step(&e, EXCHANGE_ASKED, 12, &out), 0);
	assert_int_equal(exchange_in_step(&e, EXCHANGE_RELEASED, 0, &out), 0);
	assert_int_equal(e.state, EXCHANGE_IDLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(asking), cmocka_unit_test(answering) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
