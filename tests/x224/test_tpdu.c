/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* X.224 class 0: TPDUs of T.123 and of RDP, there and back; what is no TPDU. */
#include "../asn1/vectors.h"

#include "x224/tpdu.h"

static void both_ways(const char *hex, struct x224_tpdu *t)
{
	uint8_t out[512];
	struct writer w = wr_of(out, sizeof out);
	const struct pst_slice in = from_hex(hex);
	assert_int_equal(x224_decode(t, in), 0);
	assert_int_equal(x224_encode(t, &w), 0);
	assert_int_equal(w.n, in.n);
	assert_memory_equal(out, in.p, in.n);
	t->params = t->data = slice_of(NULL, 0);
	free_slice(in);
}

/* X.224 13.3, 13.4, 13.5, 13.7, 13.12 */
static void test_types(void **state)
{
	(void)state;
	struct x224_tpdu t;
	both_ways("06 e0 0000 1234 00", &t);
	assert_int_equal(t.type, X224_CR);
	assert_int_equal(t.src_ref, 0x1234);
	both_ways("06 d0 1234 5678 00", &t);
	assert_int_equal(t.type, X224_CC);
	assert_int_equal(t.dst_ref, 0x1234);
	both_ways("06 80 0001 0002 03", &t);
	assert_int_equal(t.reason, 3);
	both_ways("02 f0 80 0401000100", &t);
	assert_true(t.type == X224_DT && t.eot);
	both_ways("02 f0 00 04", &t);
	assert_false(t.eot);
	both_ways("07 70 0001 01 c101aa", &t);
	assert_true(t.type == X224_ER && t.reason == X224_CAUSE_PARAMETER);
	/* unknown parameters, and an RDP cookie that is no parameter, stay */
	both_ways("10 e0 0000 0001 00 c0010b c20105 9902abcd", &t);
	both_ways("11 e0 0000 0000 00 436f6f6b69653a206d0d0a", &t);
}

static void test_params(void **state)
{
	(void)state;
	const struct pst_slice in = from_hex("0f e0 0000 0001 00 c0010b c1021122 9900");
	struct x224_tpdu t;
	struct pst_slice v;
	assert_int_equal(x224_decode(&t, in), 0);
	assert_int_equal(x224_param(&t, X224_PARAM_SIZE, &v), 0);
	assert_true(v.n == 1 && v.p[0] == 11);
	assert_int_equal(x224_param(&t, X224_PARAM_CALLING, &v), 0);
	assert_int_equal(v.n, 2);
	assert_int_equal(x224_param(&t, 0x99, &v), 0);
	assert_int_equal(v.n, 0);
	assert_int_equal(x224_param(&t, X224_PARAM_CALLED, &v), PST_E_NOT_FOUND);
	assert_false(x224_is_rdp(&t));
	free_slice(in);
	static const char *const rdp[] = {
	        "11 e0 0000 0000 00 436f6f6b69653a206d0d0a", "0e e0 0000 0000 00 0100080003000000"};
	for (unsigned i = 0; i < 2; i++) {
		const struct pst_slice r = from_hex(rdp[i]);
		assert_int_equal(x224_decode(&t, r), 0);
		assert_true(x224_is_rdp(&t));
		free_slice(r);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "00", "ff", "06", "06 e0", "06 e0 0000 00", "01 f0", "02 f1",
	        "05 e0 000000 00", "02 50 80", "01 c0", "03 70 0001"};
	struct x224_tpdu t;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct pst_slice in = from_hex(bad[i]);
		assert_int_not_equal(x224_decode(&t, in), 0);
		free_slice(in);
	}
	uint8_t big[300] = {0}, out[512];
	struct writer w = wr_of(out, sizeof out);
	assert_int_equal(
	        x224_encode(&(struct x224_tpdu){.type = X224_CR, .params = {big, 249}}, &w), PST_E_RANGE);
	assert_int_equal(x224_encode(&(struct x224_tpdu){.type = X224_CR, .params = {big, 248}}, &w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_types), cmocka_unit_test(test_params), cmocka_unit_test(test_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
