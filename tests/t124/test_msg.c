/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GCC PDUs: vectors of another compiler (Erlang's asn1), there and back with their summary. */
#include "../asn1/vectors.h"

#include "t124/msg.h"

static const struct {
	const char *hex, *text;
} connects[] = {
        {"2000", "conferenceQueryRequest"},
        {"30800000", "conferenceQueryResponse conferences 0"},
        {"0000001000", "conferenceCreateRequest \"1\""},
        {"100000010100", "conferenceCreateResponse success"},
        {"450000100101", "conferenceJoinRequest \"1\""},
        {"70", "conferenceInviteResponse success"},
};

static const struct {
	const char *hex, *text;
} pdus[] = {
        {"80000101", "userIDIndication"},
        {"0800", "conferenceTerminateRequest"},
        {"1a00010007", "registryAllocateHandleRequest"},
};

static void test_connects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof connects / sizeof connects[0]; i++) {
		struct arena a;
		t124_connect m;
		char text[T124_STRLEN];
		uint8_t out[256], data[300];
		struct writer w = wr_of(out, sizeof out), d = wr_of(data, sizeof data);
		const struct pst_slice in = from_hex(connects[i].hex);
		arena_init(&a, 0);
		if (asn1_per_decode(&gcc_connect_gccpdu_type, in, NULL, &a, &m, NULL, NULL) != 0)
			fail_msg("%s", connects[i].hex);
		assert_string_equal(t124_connect_str(&m, text), connects[i].text);
		assert_int_equal(asn1_per_encode(&gcc_connect_gccpdu_type, &m, &w, NULL), 0);
		if (!slice_eq(wr_slice(&w), in))
			fail_msg("%s comes out otherwise", connects[i].hex);
		/* inside of a ConnectData: 00 05 00147c0001, a length, the PDU */
		assert_int_equal(t124_connect_encode(&m, &d, NULL), 0);
		assert_memory_equal(data, "\x00\x05\x00\x14\x7c\x00\x01", 7);
		assert_int_equal(data[7], in.n);
		assert_memory_equal(data + 8, in.p, in.n);
		assert_int_equal(t124_connect_decode(&m, wr_slice(&d), NULL, &a, NULL), 0);
		data[4] = 0x7d;
		assert_int_equal(t124_connect_decode(&m, wr_slice(&d), NULL, &a, NULL), PST_E_UNSUPPORTED);
		free_slice(in);
		arena_free(&a);
	}
}

static void test_pdus(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
		struct arena a;
		t124_pdu m;
		char text[T124_STRLEN];
		uint8_t out[256];
		struct writer w = wr_of(out, sizeof out);
		const struct pst_slice in = from_hex(pdus[i].hex);
		arena_init(&a, 0);
		if (t124_decode(&m, in, NULL, &a, NULL) != 0)
			fail_msg("%s", pdus[i].hex);
		assert_string_equal(t124_str(&m, text), pdus[i].text);
		assert_int_equal(t124_encode(&m, &w, NULL), 0);
		if (!slice_eq(wr_slice(&w), in))
			fail_msg("%s comes out otherwise", pdus[i].hex);
		free_slice(in);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_connects), cmocka_unit_test(test_pdus)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
