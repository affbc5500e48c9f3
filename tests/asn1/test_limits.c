/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits at the limit and one past it, messages cut at every octet, every amount of memory, places of errors. */
#include "vectors.h"

#include "h225_asn1.h"
#include "h245_asn1.h"
#include "vectors_asn1.h"

/* openLogicalChannel with a reverse direction and separateStack */
static const char olc[] =
	"03c00100101830010040033980030000035018300100400339800300000305000908000a01061205df00";

static int decode(const struct asn1_type *t, struct pst_slice in, const struct asn1_limits *lim, size_t cap,
	struct asn1_err *e)
{
	struct arena a;
	void *value = malloc(t->size);
	assert_non_null(value);
	arena_init(&a, cap);
	const int rc = asn1_per_decode(t, in, lim, &a, value, NULL, e);
	free(value);
	arena_free(&a);
	return rc;
}

static void test_depth(void **state)
{
	(void)state;
	const struct pst_slice in = from_hex("e0"); /* down, down, down, end */
	struct asn1_limits lim = { .depth = 4, .elements = 100 };
	struct asn1_err e;
	assert_int_equal(decode(&vectors_deep_type, in, &lim, 0, &e), 0);
	lim.depth = 3;
	assert_int_equal(decode(&vectors_deep_type, in, &lim, 0, &e), PST_E_LIMIT);
	assert_string_equal(e.path, "down.down.down");
	assert_int_equal(e.bit, 3);
	free_slice(in);
}

/* However deep the caller allows it, the machine's stack is safe. */
static void test_depth_bound(void **state)
{
	(void)state;
	static uint8_t ones[100000];
	const struct asn1_limits lim = { .depth = UINT16_MAX, .elements = UINT32_MAX };
	memset(ones, 0xff, sizeof ones);
	assert_int_equal(decode(&vectors_deep_type, slice_of(ones, sizeof ones), &lim, 0, NULL), PST_E_LIMIT);
}

static void test_elements(void **state)
{
	(void)state;
	const struct pst_slice few = from_hex("ca70");      /* the list, and four */
	const struct pst_slice unknown = from_hex("c24c 0105 01aa 02bbbb");
	struct asn1_limits lim = { .depth = 9, .elements = 5 };
	struct asn1_err e;
	assert_int_equal(decode(&vectors_few_type, few, &lim, 0, &e), 0);
	lim.elements = 4;
	assert_int_equal(decode(&vectors_few_type, few, &lim, 0, &e), PST_E_LIMIT);
	/* sequence, a, x, and two that the schema does not know */
	lim.elements = 5;
	assert_int_equal(decode(&vectors_ext_type, unknown, &lim, 0, &e), 0);
	lim.elements = 4;
	assert_int_equal(decode(&vectors_ext_type, unknown, &lim, 0, &e), PST_E_LIMIT);
	free_slice(few);
	free_slice(unknown);
}

/* A few octets that announce very much: refused before memory is asked for. */
static void test_amplification(void **state)
{
	(void)state;
	struct asn1_err e;
	const struct pst_slice many = from_hex("ffff"), fragments = from_hex("c4c4c4c4");
	const struct pst_slice nulls = from_hex("c4c4c4c4c4c400");
	assert_int_equal(decode(&vectors_many_type, many, NULL, 1 << 20, &e), PST_E_SHORT);
	assert_int_equal(decode(&vectors_o_free_type, fragments, NULL, 1 << 20, &e), PST_E_SHORT);
	assert_int_equal(decode(&vectors_flags_type, fragments, NULL, 1 << 20, &e), PST_E_SHORT);
	assert_int_equal(decode(&vectors_b_huge_type, fragments, NULL, 1 << 20, &e), PST_E_SHORT);
	assert_int_equal(decode(&vectors_nulls_type, nulls, NULL, 1 << 20, &e), PST_E_LIMIT);
	free_slice(many);
	free_slice(fragments);
	free_slice(nulls);
}

static void test_truncation(void **state)
{
	(void)state;
	const struct asn1_type *t = &h245_multimedia_system_control_message_type;
	const struct pst_slice in = from_hex(olc);
	for (size_t n = 0; n < in.n; n++) {
		uint8_t *cut = malloc(n + 1); /* what ASan is to watch is freed and made anew at each length */
		struct asn1_err e = { 0 };
		assert_non_null(cut);
		memcpy(cut, in.p, n);
		assert_int_equal(decode(t, slice_of(cut, n), NULL, 0, &e), PST_E_SHORT);
		assert_true(e.code == PST_E_SHORT && e.bit <= n * 8 && e.what != NULL);
		free(cut);
	}
	assert_int_equal(decode(t, in, NULL, 0, NULL), 0);
	free_slice(in);
}

static void test_left_over(void **state)
{
	(void)state;
	struct arena a;
	struct asn1_err e;
	uint32_t v = 0;
	size_t used = 0;
	const struct pst_slice in = from_hex("05ff");
	arena_init(&a, 0);
	assert_int_equal(asn1_per_decode(&vectors_i0_255_type, in, NULL, &a, &v, &used, &e), 0);
	assert_int_equal(used, 1);
	assert_int_equal(v, 5);
	assert_int_equal(asn1_per_decode(&vectors_i0_255_type, in, NULL, &a, &v, NULL, &e), PST_E_BAD);
	assert_int_equal(e.bit, 8);
	assert_int_equal(v, 0);
	free_slice(in);
	arena_free(&a);
}

/* The cap grows from nothing until the message fits: each failure is clean, and is a limit. */
static void test_memory(void **state)
{
	(void)state;
	const struct asn1_type *t = &h245_multimedia_system_control_message_type;
	const struct pst_slice in = from_hex(olc);
	size_t cap = 1;
	int rc;
	for (;; cap++) {
		struct asn1_err e = { 0 };
		rc = decode(t, in, NULL, cap, &e);
		if (rc == 0)
			break;
		assert_int_equal(rc, PST_E_LIMIT);
		assert_non_null(e.what);
		assert_true(cap < 100000);
	}
	assert_true(cap > 100);
	free_slice(in);
}

static void check_place(const struct asn1_type *t, const char *hex, int code, unsigned bit, const char *path)
{
	const struct pst_slice in = from_hex(hex);
	struct asn1_err e = { 0 };
	assert_int_equal(decode(t, in, NULL, 0, &e), code);
	assert_string_equal(e.path, path);
	assert_int_equal(e.bit, bit);
	free_slice(in);
}

static void test_places(void **state)
{
	(void)state;
	check_place(&vectors_i1_10_type, "a0", PST_E_BAD, 4, "");
	check_place(&vectors_dialed_type, "02d5", PST_E_BAD, 16, "");
	check_place(&vectors_matrix_type, "02 02 01 02 03 01", PST_E_SHORT, 40, "[1]");
	check_place(&vectors_matrix_type, "02 02 01 02 c0", PST_E_BAD, 40, "[1]");
	check_place(&vectors_oid_type, "00", PST_E_BAD, 8, "");
	check_place(&vectors_oid_type, "020081", PST_E_BAD, 24, "");
	/* inside an open type, places count from the outermost value */
	check_place(&h225_alias_address_type, "8107 000a010612 06", PST_E_SHORT, 16, "transportID");
	check_place(&h225_alias_address_type, "8106 000a010612 06", PST_E_SHORT, 56, "transportID.ipAddress.port");
	check_place(&h245_multimedia_system_control_message_type, "03c0010010183001004003398003000003501830010040033980030000",
		PST_E_SHORT, 216, "request.openLogicalChannel.reverseLogicalChannelParameters.multiplexParameters"
		".h2250LogicalChannelParameters");
}

/* What cannot be encoded: said where, and nothing is written. */
static void test_encode_errors(void **state)
{
	(void)state;
	uint8_t out[64];
	struct writer w = wr_of(out, sizeof out);
	struct asn1_err e = { 0 };
	struct h225_transport_address_ip_address ip = { .ip = slice_of("\1\2\3", 3), .port = 1720 };
	struct h225_transport_address ta = { .choice = H225_TRANSPORT_ADDRESS_IP_ADDRESS, .u.ip_address = &ip };
	wr_u8(&w, 0xaa);
	assert_int_equal(asn1_per_encode(&h225_transport_address_type, &ta, &w, &e), PST_E_RANGE);
	assert_string_equal(e.path, "ipAddress.ip");
	assert_int_equal(w.n, 1);
	ip.ip = slice_of("\1\2\3\4", 4);
	ip.port = 65536;
	assert_int_equal(asn1_per_encode(&h225_transport_address_type, &ta, &w, &e), PST_E_RANGE);
	assert_string_equal(e.path, "ipAddress.port");
	ip.port = 1;
	ta.u.ip_address = NULL;
	assert_int_equal(asn1_per_encode(&h225_transport_address_type, &ta, &w, &e), PST_E_RANGE);
	ta.choice = H225_TRANSPORT_ADDRESS_N;
	assert_int_equal(asn1_per_encode(&h225_transport_address_type, &ta, &w, &e), PST_E_RANGE);
	ta.choice = 0;
	ta.u.ip_address = &ip;
	w.cap = 7;
	assert_int_equal(asn1_per_encode(&h225_transport_address_type, &ta, &w, &e), PST_E_SPACE);
	assert_int_equal(w.n, 1);
	w.cap = 8;
	assert_int_equal(asn1_per_encode(&h225_transport_address_type, &ta, &w, &e), 0);
	assert_int_equal(w.n, 8);
}

/* Every buffer that is too small: nothing is written, and nothing past its end is touched. */
static void test_encode_space(void **state)
{
	(void)state;
	const struct asn1_type *t = &h245_multimedia_system_control_message_type;
	const struct pst_slice in = from_hex(olc);
	struct h245_multimedia_system_control_message m;
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(asn1_per_decode(t, in, NULL, &a, &m, NULL, NULL), 0);
	for (size_t cap = 0; cap <= in.n; cap++) {
		uint8_t *out = malloc(cap + (cap == 0));
		struct asn1_err e = { 0 };
		struct writer w = wr_of(out, cap);
		assert_non_null(out);
		assert_int_equal(asn1_per_encode(t, &m, &w, &e), cap < in.n ? PST_E_SPACE : 0);
		assert_int_equal(w.n, cap < in.n ? 0 : in.n);
		assert_false(w.full);
		free(out);
	}
	free_slice(in);
	arena_free(&a);
}

/* A value built by hand that is deeper than anything decodable. */
static void test_encode_depth(void **state)
{
	(void)state;
	static struct vectors_deep deep[1000];
	static uint8_t out[1000];
	struct writer w = wr_of(out, sizeof out);
	for (size_t i = 0; i + 1 < sizeof deep / sizeof deep[0]; i++) {
		deep[i].choice = VECTORS_DEEP_DOWN;
		deep[i].u.down = &deep[i + 1];
	}
	assert_int_equal(asn1_per_encode(&vectors_deep_type, &deep[0], &w, NULL), PST_E_LIMIT);
	assert_int_equal(asn1_per_encode(&vectors_deep_type, &deep[950], &w, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_depth_bound),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_amplification),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_left_over),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_encode_errors),
		cmocka_unit_test(test_encode_space),
		cmocka_unit_test(test_encode_depth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
