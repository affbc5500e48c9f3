/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain parameters: agreement, and what cannot be agreed on (T.125 10.1). */
#include "../asn1/vectors.h"

#include "t125/params.h"

/* What RDP and FreeRDP offer. */
static struct t125_offer rdp(void)
{
	return (struct t125_offer){{34, 2, 0, 1, 0, 1, 65535, 2}, {1, 1, 1, 1, 0, 1, 1056, 2},
	        {65535, 64535, 65535, 1, 0, 1, 65535, 2}};
}

static void test_agree(void **state)
{
	(void)state;
	const struct t125_offer own = t125_offer_default(), caller = rdp();
	struct t125_params p;
	assert_int_equal(t125_params_agree(&p, &own, &own), 0);
	assert_memory_equal(&p, &own.target, sizeof p);
	assert_int_equal(t125_params_agree(&p, &caller, &own), 0);
	assert_int_equal(p.channels, 34);
	assert_int_equal(p.tokens, 1); /* its own target lies below its minimum */
	assert_int_equal(p.pdu_size, T125_PDU_SIZE_MAX);
	assert_int_equal(p.version, 2);
	assert_true(t125_params_within(&p, &own));
}

static void test_absurd(void **state)
{
	(void)state;
	const struct t125_offer own = t125_offer_default();
	struct t125_params p;
	struct t125_offer c = rdp();
	c.min.version = c.max.version = 1; /* BER only */
	assert_int_equal(t125_params_agree(&p, &c, &own), PST_E_RANGE);
	c = rdp();
	c.max.pdu_size = 60;
	assert_int_equal(t125_params_agree(&p, &c, &own), PST_E_RANGE);
	c = rdp();
	c.min.users = 100000;
	assert_int_equal(t125_params_agree(&p, &c, &own), PST_E_RANGE);
	c = rdp();
	c.max.height = 0;
	c.min.height = 0;
	assert_int_equal(t125_params_agree(&p, &c, &own), PST_E_RANGE);
}

static void test_numbers(void **state)
{
	(void)state;
	struct mcs_domain_parameters m;
	struct t125_params p;
	const struct t125_params all = {1, 2, 3, 4, UINT32_MAX, 6, 7, 8};
	t125_params_write(&m, &all);
	t125_params_read(&p, &m);
	assert_memory_equal(&p, &all, sizeof p);
	m.max_user_ids = (struct asn1_integer){.v = 0, .big = slice_of("\1\0\0\0\0\0\0\0\0", 9)};
	m.max_token_ids.v = INT64_MAX;
	t125_params_read(&p, &m);
	assert_true(p.users == UINT32_MAX && p.tokens == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_agree), cmocka_unit_test(test_absurd), cmocka_unit_test(test_numbers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
