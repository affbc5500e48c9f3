/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Master-slave determination, H.245 8.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/msd.h"

static struct proc_out out;

#define ACTS(...) \
	do { \
		const uint8_t want[] = { __VA_ARGS__ }; \
		assert_int_equal(out.n, sizeof(want)); \
		assert_memory_equal(out.act, want, sizeof(want)); \
	} while (0)

static void comparison(void **state)
{
	(void)state;
	assert_int_equal(msd_compare(60, 0, 50, 5), MSD_MASTER);
	assert_int_equal(msd_compare(50, 0, 60, 5), MSD_SLAVE);
	assert_int_equal(msd_compare(50, 10, 50, 20), MSD_MASTER);
	assert_int_equal(msd_compare(50, 20, 50, 10), MSD_SLAVE);
	assert_int_equal(msd_compare(50, 0xffffff, 50, 0), MSD_MASTER); /* modulo 2^24 */
	assert_int_equal(msd_compare(50, 7, 50, 7), MSD_INDETERMINATE);
	assert_int_equal(msd_compare(50, 0, 50, 0x800000), MSD_INDETERMINATE);
	for (uint32_t i = 1; i < 0xffffff; i += 7919) {
		const enum msd_status a = msd_compare(50, 12345, 50, i), b = msd_compare(50, i, 50, 12345);
		assert_true(a == MSD_INDETERMINATE ? b == a : a != b);
	}
}

static void one_side_asks(void **state)
{
	(void)state;
	struct msd a = { .terminal_type = 50 }, b = { .terminal_type = 60 };
	assert_int_equal(msd_start(&a, 0x5123456, &out), 0);
	ACTS(PROC_SEND_REQUEST, PROC_START);
	assert_int_equal(a.number, 0x123456);
	assert_int_equal(msd_start(&a, 1, &out), PST_E_STATE);
	assert_int_equal(msd_request(&b, 50, a.number, 9, &out), 0);
	ACTS(PROC_SEND_ACK, PROC_START);
	assert_int_equal(b.status, MSD_MASTER);
	assert_int_equal(msd_ack(&a, false, &out), 0);
	ACTS(PROC_STOP, PROC_SEND_ACK, PROC_CONFIRM);
	assert_int_equal(a.status, MSD_SLAVE);
	assert_int_equal(msd_ack(&b, true, &out), 0);
	ACTS(PROC_STOP, PROC_CONFIRM);
	assert_int_equal(msd_ack(&b, false, &out), PST_E_STATE); /* late: changes nothing */
	assert_int_equal(b.status, MSD_MASTER);
}

static void both_ask(void **state)
{
	(void)state;
	struct msd a = { .terminal_type = 50 }, b = { .terminal_type = 50 };
	assert_int_equal(msd_start(&a, 1, &out), 0);
	assert_int_equal(msd_start(&b, 2, &out), 0);
	assert_int_equal(msd_request(&a, 50, 2, 0, &out), 0);
	ACTS(PROC_STOP, PROC_SEND_ACK, PROC_START);
	assert_int_equal(msd_request(&b, 50, 1, 0, &out), 0);
	assert_int_equal(a.status, MSD_MASTER);
	assert_int_equal(b.status, MSD_SLAVE);
	assert_int_equal(msd_ack(&a, true, &out), 0);
	ACTS(PROC_STOP, PROC_CONFIRM);
	assert_int_equal(msd_ack(&b, true, &out), 0); /* says what we did not compute: error E */
	ACTS(PROC_STOP, PROC_ERROR, PROC_FAIL);
	assert_int_equal(b.status, MSD_INDETERMINATE);
}

static void equal_numbers_are_tried_n100_times(void **state)
{
	(void)state;
	struct msd a = { .terminal_type = 50 };
	assert_int_equal(msd_start(&a, 5, &out), 0);
	assert_int_equal(msd_request(&a, 50, 5, 6, &out), 0);
	ACTS(PROC_STOP, PROC_SEND_REQUEST, PROC_START);
	assert_int_equal(a.number, 6);
	assert_int_equal(msd_reject(&a, 7, &out), 0);
	ACTS(PROC_STOP, PROC_SEND_REQUEST, PROC_START);
	assert_int_equal(a.number, 7);
	assert_int_equal(msd_reject(&a, 8, &out), 0);
	ACTS(PROC_STOP, PROC_ERROR, PROC_FAIL);
	assert_int_equal(a.state, MSD_IDLE);
	assert_int_equal(msd_request(&a, 50, 8, 8, &out), 0); /* in idle: refused, the peer tries again */
	ACTS(PROC_SEND_REJECT);
}

static void errors(void **state)
{
	(void)state;
	struct msd a = { .terminal_type = 50 };
	assert_int_equal(msd_release(&a, &out), PST_E_STATE);
	assert_int_equal(msd_expiry(&a, &out), PST_E_STATE);
	assert_int_equal(msd_start(&a, 5, &out), 0);
	assert_int_equal(msd_expiry(&a, &out), 0);
	ACTS(PROC_ERROR, PROC_SEND_RELEASE, PROC_FAIL);
	assert_int_equal(msd_start(&a, 5, &out), 0);
	assert_int_equal(msd_release(&a, &out), 0);
	ACTS(PROC_STOP, PROC_ERROR, PROC_FAIL);
	assert_int_equal(msd_request(&a, 60, 5, 5, &out), 0);
	assert_int_equal(msd_request(&a, 60, 5, 5, &out), 0); /* error C */
	ACTS(PROC_STOP, PROC_ERROR, PROC_FAIL);
	assert_int_equal(msd_request(&a, 60, 5, 5, &out), 0);
	assert_int_equal(msd_expiry(&a, &out), 0);
	ACTS(PROC_ERROR, PROC_FAIL);
	assert_int_equal(a.state, MSD_IDLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparison), cmocka_unit_test(one_side_asks), cmocka_unit_test(both_ask),
		cmocka_unit_test(equal_numbers_are_tried_n100_times), cmocka_unit_test(errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
