/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of transactions, and the components that all messages share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ras/kind.h"

static void every_message_has_its_place(void **state)
{
	unsigned requests = 0, others = 0;
	(void)state;
	for (uint32_t c = 0; c < H225_RAS_MESSAGE_N; c++) {
		enum ras_kind k = RAS_KINDS;
		const enum ras_role r = ras_role_of(c, &k);
		requests += r == RAS_IS_REQUEST;
		others += r == RAS_IS_OTHER;
		if (r == RAS_IS_REQUEST)
			assert_int_equal(ras_kind_info(k)->request, c);
		if (r == RAS_IS_CONFIRM)
			assert_int_equal(ras_kind_info(k)->confirm, c);
	}
	assert_int_equal(requests, RAS_KINDS - 1); /* IRR is an answer first */
	assert_int_equal(others, 3);               /* nonStandardMessage, unknownMessageResponse, admissionConfirmSequence */
	enum ras_kind k;
	assert_int_equal(ras_role_of(ASN1_UNKNOWN, &k), RAS_IS_OTHER);
}

static void common_components(void **state)
{
	struct h225_crypto_h323_token token = { 0 };
	struct h225_registration_request rrq = { .request_seq_num = 9 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REQUEST, .u.registration_request = &rrq };
	uint32_t seq = 0, n;
	(void)state;
	assert_true(ras_seq(&m, &seq));
	assert_int_equal(seq, 9);
	assert_true(ras_set_seq(&m, 10));
	assert_int_equal(rrq.request_seq_num, 10);
	rrq.endpoint_identifier = slice_of("\0a", 2);
	assert_int_equal(ras_endpoint_identifier(&m).n, 0);
	rrq.has_endpoint_identifier = true;
	assert_int_equal(ras_endpoint_identifier(&m).n, 2);
	assert_null(ras_crypto_tokens(&m, &n));
	rrq.has_crypto_tokens = true;
	rrq.crypto_tokens.n = 1;
	rrq.crypto_tokens.v = &token;
	assert_ptr_equal(ras_crypto_tokens(&m, &n), &token);
	assert_int_equal(n, 1);
	assert_true(ras_set_crypto_tokens(&m, NULL, 0));
	assert_false(rrq.has_crypto_tokens);
	assert_true(ras_set_crypto_tokens(&m, &token, 1));
	assert_ptr_equal(ras_crypto_tokens(&m, &n), &token);
	m.choice = H225_RAS_MESSAGE_ADMISSION_CONFIRM_SEQUENCE;
	assert_false(ras_set_crypto_tokens(&m, &token, 1));
	assert_false(ras_seq(&m, &seq));
	m.choice = ASN1_UNKNOWN;
	assert_false(ras_seq(&m, &seq));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_has_its_place),
		cmocka_unit_test(common_components),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
