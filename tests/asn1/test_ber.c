/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BER, by hand and from what other products send: forms of lengths, integers and strings, and what is
 * refused. */
#include "vectors.h"

#include "mcs_asn1.h"
#include "vectors_asn1.h"

static int decode(const struct asn1_type *t, const char *hex, void *out, struct arena *a)
{
	const struct pst_slice in = from_hex(hex);
	uint8_t *copy = arena_dup(a, in.p, in.n > 0 ? in.n : 1);
	const size_t n = in.n;
	const int rc = asn1_ber_decode(t, slice_of(copy, n), NULL, a, out, NULL, NULL);
	free_slice(in);
	return rc;
}

static void encodes(const struct asn1_type *t, const void *v, const char *hex)
{
	uint8_t out[1024];
	struct writer w = wr_of(out, sizeof out);
	const struct pst_slice want = from_hex(hex);
	assert_int_equal(asn1_ber_encode(t, v, &w, NULL), 0);
	assert_int_equal(w.n, want.n);
	assert_memory_equal(out, want.p, want.n);
	free_slice(want);
}

#define PARAMS "301a 020122 020102 020100 020101 020100 020101 0203 00ffff 020102"
#define PARAMS_RDP "3019 020122 020102 020100 020101 020100 020101 0202ffff 020102"

/* X.690 8.1.2.4 (tags above 30), 8.2, 8.3, 8.7, 8.9 */
static void test_connect_initial(void **state)
{
	(void)state;
	struct arena a;
	struct mcs_connect_mcspdu m;
	static const char own[] = "7f6561 040101 040101 0101ff" PARAMS PARAMS PARAMS "0402abcd";
	arena_init(&a, 0);
	assert_int_equal(decode(&mcs_connect_mcspdu_type, own, &m, &a), 0);
	assert_int_equal(m.choice, MCS_CONNECT_MCSPDU_CONNECT_INITIAL);
	assert_true(m.u.connect_initial->upward_flag);
	assert_int_equal(m.u.connect_initial->target_parameters.max_mcspdu_size.v, 65535);
	assert_int_equal(m.u.connect_initial->user_data.n, 2);
	encodes(&mcs_connect_mcspdu_type, &m, own);
	/* RDP writes 65535 as a negative number, and it goes out as it came */
	static const char rdp[] = "7f65 5e 040101 040101 0101ff" PARAMS_RDP PARAMS_RDP PARAMS_RDP "0402abcd";
	assert_int_equal(decode(&mcs_connect_mcspdu_type, rdp, &m, &a), 0);
	assert_int_equal(m.u.connect_initial->target_parameters.max_mcspdu_size.v, 65535);
	encodes(&mcs_connect_mcspdu_type, &m, rdp);
	arena_free(&a);
}

/* X.690 8.1.3.5 (long lengths), 8.1.3.6 (indefinite), 8.7.3 (strings in pieces): read alike, written in one
 * form */
static void test_forms(void **state)
{
	(void)state;
	static const char *const forms[] = {
	        "7f66 25 0a0100 020105" PARAMS "0401aa",
	        "7f66 8125 0a0100 020105" PARAMS "0401aa",
	        "7f66 8400000025 0a0100 020105" PARAMS "0401aa",
	        "7f66 80 0a0100 020105" PARAMS "0401aa 0000",
	        "7f66 80 0a0100 020105 3080 020122 020102 020100 020101 020100 020101 0203 00ffff 020102 "
	        "0000 0401aa 0000",
	        "7f66 27 0a0100 020105" PARAMS "2403 0401aa",
	        "7f66 80 0a0100 020105" PARAMS "2480 0401aa 2402 0400 0000 0000",
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct arena a;
		struct mcs_connect_mcspdu m;
		arena_init(&a, 0);
		assert_int_equal(decode(&mcs_connect_mcspdu_type, forms[i], &m, &a), 0);
		assert_int_equal(m.u.connect_response->called_connect_id.v, 5);
		encodes(&mcs_connect_mcspdu_type, &m, forms[0]);
		arena_free(&a);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const struct {
		const char *hex;
		int code;
	} bad[] = {
	        {"7f", PST_E_SHORT}, {"7f66", PST_E_SHORT}, {"7f66 03 0a01", PST_E_SHORT},
	        {"7f66 80 0a0100", PST_E_SHORT}, {"7f66 ff", PST_E_BAD},
	        {"7f66 88 ffffffffffffffff 00", PST_E_BAD}, {"7fffffffff66 00", PST_E_BAD},
	        {"7f69 00", PST_E_BAD},        /* APPLICATION 105 */
	        {"7f66 03 020100", PST_E_BAD}, /* an INTEGER in place of the ENUMERATED */
	        {"7f68 03 0a0110", PST_E_BAD}, /* no result 16 */
	        {"7f68 03 0a01ff", PST_E_BAD}, {"7f68 02 0a00", PST_E_BAD}, {"7f68 00", PST_E_SHORT},
	        {"7f68 06 0a0100 0a0100", PST_E_BAD}, /* more than there is in it */
	        {"7f68 03 0a0100 00", PST_E_BAD},     /* octets after it */
	        {"7f67 05 0200 0a0100", PST_E_BAD}, {"5f68 03 0a0100", PST_E_BAD}, /* not constructed */
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct arena a;
		struct mcs_connect_mcspdu m;
		arena_init(&a, 1 << 16);
		const int rc = decode(&mcs_connect_mcspdu_type, bad[i].hex, &m, &a);
		if (rc != bad[i].code)
			fail_msg("%s: %s", bad[i].hex, pst_strerror(rc));
		arena_free(&a);
	}
}

/* Indefinite lengths within each other are bounded wherever they stand. */
static void test_depth(void **state)
{
	(void)state;
	uint8_t in[4096];
	struct arena a;
	struct mcs_connect_mcspdu m;
	for (size_t i = 0; i < sizeof in; i += 2) {
		in[i] = 0x30;
		in[i + 1] = 0x80;
	}
	arena_init(&a, 1 << 16);
	assert_int_equal(
	        asn1_ber_decode(&mcs_connect_mcspdu_type, slice_of(in, sizeof in), NULL, &a, &m, NULL, NULL),
	        PST_E_LIMIT);
	arena_free(&a);
}

static void test_head(void **state)
{
	(void)state;
	uint32_t tag = 0;
	size_t total = 0;
	const uint8_t in[] = {0x7f, 0x65, 0x82, 0x01, 0x90, 0x04};
	for (size_t n = 0; n < 5; n++)
		assert_int_equal(asn1_ber_head(slice_of(in, n), &tag, &total), PST_E_AGAIN);
	assert_int_equal(asn1_ber_head(slice_of(in, sizeof in), &tag, &total), 0);
	assert_int_equal(tag, ASN1_APPLICATION | 101);
	assert_int_equal(total, 5 + 0x190);
	assert_int_equal(asn1_ber_head(slice_of("\x30\x80", 2), &tag, &total), PST_E_UNSUPPORTED);
}

/* X.690 8.3, 8.6, 8.19: simple types of a module with automatic tags */
static void test_simple(void **state)
{
	(void)state;
	struct arena a;
	struct asn1_integer i;
	static const struct {
		const char *hex;
		int64_t v;
	} integers[] = {{"020100", 0}, {"02017f", 127}, {"02020080", 128}, {"0201ff", -1}, {"0202ff7f", -129},
	        {"02087fffffffffffffff", INT64_MAX}, {"02088000000000000000", INT64_MIN}};
	arena_init(&a, 0);
	for (size_t k = 0; k < sizeof integers / sizeof integers[0]; k++) {
		assert_int_equal(decode(&vectors_i_any_type, integers[k].hex, &i, &a), 0);
		assert_true(i.v == integers[k].v && i.big.n == 0);
		encodes(&vectors_i_any_type, &i, integers[k].hex);
	}
	assert_int_equal(decode(&vectors_i_any_type, "0209 010000000000000000", &i, &a), 0);
	assert_int_equal(i.big.n, 9);
	encodes(&vectors_i_any_type, &i, "0209 010000000000000000");
	assert_int_equal(decode(&vectors_i_any_type, "0203 000001", &i, &a), 0);
	assert_true(i.v == 1);
	uint32_t v;
	assert_int_equal(decode(&vectors_i0_7_type, "020108", &v, &a), PST_E_BAD);
	assert_int_equal(decode(&vectors_i0_7_type, "020107", &v, &a), 0);
	assert_int_equal(v, 7);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_connect_initial),
	        cmocka_unit_test(test_forms),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_depth),
	        cmocka_unit_test(test_head),
	        cmocka_unit_test(test_simple),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
