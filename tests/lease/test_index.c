/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keyed hash, and rows found both ways. */
#include "common.h"
#include "lease/table_private.h"

/* SipHash: a fast short-input PRF (Aumasson, Bernstein), appendix A, and the first of its published vectors. */
static void siphash(void **state)
{
	(void)state;
	const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	uint8_t in[15];
	for (uint8_t i = 0; i < sizeof in; i++)
		in[i] = i;
	assert_true(lease_hash(key, in, 15) == 0xa129ca6149be45e5);
	assert_true(lease_hash(key, in, 0) == 0x726fdb47dd0e0e31);
}

static void both_ways(void **state)
{
	(void)state;
	enum { N = 3000 };
	struct lease_index ix = { .seed = { 1, 2 } };
	struct lease_row **rows = calloc(N, sizeof(*rows));
	const struct addr nobody = { 0 }, other = host_n(N + 1);
	assert_non_null(rows);
	for (uint32_t i = 0; i < N; i++) {
		rows[i] = calloc(1, sizeof **rows);
		assert_non_null(rows[i]);
		rows[i]->l = (struct lease){ .host = host_n(i), .address = host_n(0x10000 + i), .realm = i % 3 };
		assert_int_equal(lease_index_add(&ix, rows[i]), PST_OK);
	}
	for (uint32_t i = 0; i < N; i++) {
		const struct addr h = host_n(i), a = host_n(0x10000 + i);
		assert_ptr_equal(lease_index_host(&ix, &h, i % 3, ADDR_IP4), rows[i]);
		assert_null(lease_index_host(&ix, &h, (i + 1) % 3, ADDR_IP4));
		assert_ptr_equal(lease_index_address(&ix, &a), rows[i]);
	}
	const struct addr h0 = host_n(0), h1 = host_n(1), a1 = host_n(0x10001);
	lease_index_rename(&ix, rows[0], &other, 7);
	assert_null(lease_index_host(&ix, &h0, 0, ADDR_IP4));
	assert_ptr_equal(lease_index_host(&ix, &other, 7, ADDR_IP4), rows[0]);
	lease_index_rename(&ix, rows[0], &nobody, 7);
	assert_null(lease_index_host(&ix, &nobody, 7, ADDR_IP4));
	lease_index_remove(&ix, rows[1]);
	assert_null(lease_index_host(&ix, &h1, 1, ADDR_IP4));
	assert_null(lease_index_address(&ix, &a1));
	free(rows[1]);
	lease_index_free(&ix);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(siphash), cmocka_unit_test(both_ways) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
