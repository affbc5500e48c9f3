/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RAS datagrams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/ras.h"

static void round_trip(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct h225_request_in_progress rip = { .request_seq_num = 5, .delay = 100 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REQUEST_IN_PROGRESS, .u.request_in_progress = &rip }, back;
	uint8_t out[64];
	struct writer w = wr_of(out, sizeof(out));
	struct asn1_err err;
	assert_int_equal(h225_ras_encode(&m, &w, &err), 0);
	assert_int_equal(h225_ras_decode(&back, wr_slice(&w), NULL, &a, &err), 0);
	assert_string_equal(h225_ras_name(&back), "requestInProgress");
	assert_int_equal(back.u.request_in_progress->request_seq_num, 5);
	for (size_t n = 0; n < w.n; n++)
		assert_true(h225_ras_decode(&back, slice_of(out, n), NULL, &a, &err) < 0);
	m.choice = ASN1_UNKNOWN;
	assert_string_equal(h225_ras_name(&m), "unknown");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(round_trip) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
