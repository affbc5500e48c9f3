/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Retransmissions get what the first one got, and memory stays bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "ras/answers.h"

static const uint8_t ip[4] = { 192, 0, 2, 1 };

static struct pst_slice text(const char *s)
{
	return slice_str(s);
}

static void the_same_again(void **state)
{
	struct ras_answers a;
	struct pst_slice got;
	const struct addr one = addr_ip4(ip, 1719), two = addr_ip4(ip, 1720);
	(void)state;
	assert_int_equal(ras_answers_init(&a, 0, 10), PST_E_ARG);
	assert_int_equal(ras_answers_init(&a, 8, 1000), 0);
	assert_int_equal(ras_answers_get(&a, &one, text("rrq 1"), 0, &got), RAS_ANSWER_NEW);
	assert_int_equal(ras_answers_get(&a, &one, text("rrq 1"), 10, &got), RAS_ANSWER_PENDING);
	ras_answers_put(&a, &one, text("rrq 1"), text("rcf 1"));
	ras_answers_put(&a, &one, text("rrq 1"), text("another"));
	assert_int_equal(ras_answers_get(&a, &one, text("rrq 1"), 3000, &got), RAS_ANSWER_KNOWN);
	assert_memory_equal(got.p, "rcf 1", 5);
	assert_int_equal(ras_answers_get(&a, &two, text("rrq 1"), 3000, &got), RAS_ANSWER_NEW);
	assert_int_equal(ras_answers_get(&a, &one, text("rrq 2"), 3000, &got), RAS_ANSWER_NEW);
	ras_answers_put(&a, &one, text("rrq 2"), slice_of(NULL, 0));
	assert_int_equal(ras_answers_get(&a, &one, text("rrq 2"), 3000, &got), RAS_ANSWER_KNOWN);
	assert_int_equal(got.n, 0);
	/* a number that comes round again is a new request */
	assert_int_equal(ras_answers_get(&a, &one, text("rrq 1"), RAS_ANSWER_KEEP_MS, &got), RAS_ANSWER_NEW);
	ras_answers_free(&a);
}

static void bounded(void **state)
{
	struct ras_answers a;
	struct pst_slice got;
	uint8_t big[600];
	const struct addr from = addr_ip4(ip, 1);
	(void)state;
	memset(big, 1, sizeof big);
	assert_int_equal(ras_answers_init(&a, 16, 1000), 0);
	for (unsigned i = 0; i < 1000; i++) {
		char r[32];
		snprintf(r, sizeof r, "request %u", i);
		assert_int_equal(ras_answers_get(&a, &from, text(r), i, &got), RAS_ANSWER_NEW);
		ras_answers_put(&a, &from, text(r), slice_of(big, i % sizeof big));
		assert_true(a.bytes <= 1000);
		if (i % 16 != 15 || i % sizeof big > 900)
			continue;
		assert_int_equal(ras_answers_get(&a, &from, text(r), i, &got), RAS_ANSWER_KNOWN);
		assert_int_equal(got.n, i % sizeof big);
	}
	/* too much for any place */
	assert_int_equal(ras_answers_get(&a, &from, slice_of(big, 600), 2000, &got), RAS_ANSWER_NEW);
	ras_answers_put(&a, &from, slice_of(big, 600), slice_of(big, 600));
	assert_true(a.bytes <= 1000);
	assert_int_equal(ras_answers_get(&a, &from, slice_of(big, 600), 2000, &got), RAS_ANSWER_NEW);
	ras_answers_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_same_again), cmocka_unit_test(bounded) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
