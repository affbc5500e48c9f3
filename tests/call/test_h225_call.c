/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call states, Q.931 5.1 to 5.3, and their timers, 9.6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/h225_call.h"
#include "q931/msg.h"

#define T(x) (UINT32_C(1) << TIMER_##x)
#define SENT H225_CALL_SENT
#define GOT H225_CALL_GOT

static struct h225_call_step step;

static void go(struct h225_call *c, enum h225_call_dir dir, uint8_t type, uint8_t want)
{
	assert_int_equal(h225_call_message(c, dir, type, &step), 0);
	assert_int_equal(c->state, want);
}

static void caller(void **state)
{
	(void)state;
	struct h225_call c = { 0 };
	go(&c, SENT, Q931_SETUP, H225_CALL_INITIATED);
	assert_true(c.originator);
	assert_int_equal(step.start, T(T303));
	go(&c, GOT, Q931_CALL_PROCEEDING, H225_CALL_OUTGOING_PROCEEDING);
	assert_int_equal(step.stop, T(T303));
	assert_int_equal(step.start, T(T310));
	go(&c, GOT, Q931_PROGRESS, H225_CALL_OUTGOING_PROCEEDING);
	assert_int_equal(step.stop, T(T310));
	go(&c, GOT, Q931_ALERTING, H225_CALL_DELIVERED);
	assert_true(step.start & T(T301));
	go(&c, GOT, Q931_CALL_PROCEEDING, H225_CALL_DELIVERED); /* from a gatekeeper that routes */
	go(&c, SENT, Q931_FACILITY, H225_CALL_DELIVERED);
	go(&c, GOT, Q931_CONNECT, H225_CALL_ACTIVE);
	assert_true(step.stop & T(T301));
	assert_int_equal(h225_call_message(&c, GOT, Q931_CONNECT, &step), PST_E_STATE);
	assert_int_equal(h225_call_message(&c, GOT, Q931_ALERTING, &step), PST_E_STATE);
	assert_int_equal(h225_call_message(&c, GOT, Q931_SETUP, &step), PST_E_STATE);
	go(&c, GOT, Q931_RELEASE_COMPLETE, H225_CALL_ENDED);
	assert_true(step.stop & T(T303));
	assert_int_equal(h225_call_message(&c, GOT, Q931_FACILITY, &step), PST_E_STATE);
}

static void callee(void **state)
{
	(void)state;
	struct h225_call c = { 0 };
	assert_int_equal(h225_call_message(&c, SENT, Q931_CONNECT, NULL), PST_E_STATE);
	go(&c, GOT, Q931_FACILITY, H225_CALL_NULL); /* H.460.18: the connection says which call it is for */
	go(&c, GOT, Q931_SETUP, H225_CALL_PRESENT);
	assert_false(c.originator);
	assert_int_equal(h225_call_message(&c, GOT, Q931_ALERTING, NULL), PST_E_STATE);
	go(&c, SENT, Q931_CALL_PROCEEDING, H225_CALL_INCOMING_PROCEEDING);
	go(&c, SENT, Q931_PROGRESS, H225_CALL_INCOMING_PROCEEDING);
	go(&c, SENT, Q931_ALERTING, H225_CALL_RECEIVED);
	go(&c, SENT, Q931_CONNECT, H225_CALL_ACTIVE);
	go(&c, SENT, Q931_RELEASE_COMPLETE, H225_CALL_ENDED);
}

static void overlap(void **state)
{
	(void)state;
	struct h225_call a = { 0 }, b = { 0 };
	go(&a, SENT, Q931_SETUP, H225_CALL_INITIATED);
	go(&a, GOT, Q931_SETUP_ACKNOWLEDGE, H225_CALL_OVERLAP_SENDING);
	assert_int_equal(step.start, T(T304));
	go(&a, SENT, Q931_INFORMATION, H225_CALL_OVERLAP_SENDING);
	assert_int_equal(step.start, T(T304));
	go(&a, GOT, Q931_CALL_PROCEEDING, H225_CALL_OUTGOING_PROCEEDING);
	go(&b, GOT, Q931_SETUP, H225_CALL_PRESENT);
	go(&b, SENT, Q931_SETUP_ACKNOWLEDGE, H225_CALL_OVERLAP_RECEIVING);
	assert_int_equal(step.start, T(T302));
	go(&b, SENT, Q931_ALERTING, H225_CALL_RECEIVED);
	assert_int_equal(step.stop, T(T302));
}

static void expiries(void **state)
{
	(void)state;
	struct h225_call c = { .state = H225_CALL_INITIATED };
	assert_int_equal(h225_call_expiry(&c, TIMER_T303, &step), 0);
	assert_int_equal(step.cause, 18);
	assert_int_equal(h225_call_expiry(&c, TIMER_T301, &step), 0);
	assert_int_equal(step.cause, 19);
	assert_int_equal(h225_call_expiry(&c, TIMER_T106, &step), PST_E_STATE);
	c.state = H225_CALL_ACTIVE;
	assert_int_equal(h225_call_expiry(&c, TIMER_T303, &step), PST_E_STATE);
	h225_call_lost(&c, &step);
	assert_int_equal(c.state, H225_CALL_ENDED);
}

static void every_input_is_harmless(void **state)
{
	(void)state;
	for (int s = 0; s < 32; s++) {
		assert_non_null(h225_call_state_name((uint8_t)s));
		for (int type = 0; type < 256; type++) {
			struct h225_call c = { .state = (uint8_t)s };
			if (h225_call_message(&c, type & 1 ? SENT : GOT, (uint8_t)type, &step) != 0)
				assert_int_equal(c.state, s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caller), cmocka_unit_test(callee), cmocka_unit_test(overlap), cmocka_unit_test(expiries),
		cmocka_unit_test(every_input_is_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
