/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GCC PDUs: vectors of another compiler (Erlang's asn1), there and back with their summary. */
#include "../asn1/vectors.h"

#include "gcc_wide_asn1.h"
#include "t124/key.h"
#include "t124/msg.h"
#include "t124/text.h"

static const struct {
	const char *hex, *text;
} connects[] = {
	{ "2000", "conferenceQueryRequest" },
	{ "30800000", "conferenceQueryResponse conferences 0" },
	{ "0000001000", "conferenceCreateRequest \"1\"" },
	{ "100000010100", "conferenceCreateResponse success" },
	{ "450000100101", "conferenceJoinRequest \"1\"" },
	{ "70", "conferenceInviteResponse success" },
};

static const struct {
	const char *hex, *text;
} pdus[] = {
	{ "80000101", "userIDIndication" },
	{ "0800", "conferenceTerminateRequest" },
	{ "1a00010007", "registryAllocateHandleRequest" },
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

/* Names as T.124 has them, an octet a character, and as those send them who do not restrict them: read alike.
 */
static void test_names(void **state)
{
	(void)state;
	static const char *const texts[] = { "x", "Personal Conference", "B\xc3\xbcro" };
	for (size_t i = 0; i < 2 * (sizeof texts / sizeof texts[0]); i++) {
		const bool wide = i % 2 == 1;
		struct arena a;
		char text[64];
		uint8_t inner[512], data[600];
		struct writer w = wr_of(inner, sizeof inner), d = wr_of(data, sizeof data);
		struct gcc_conference_create_request r = { .conference_name = { .numeric = slice_str("1"),
								   .has_text = true },
			.listed_conference = true,
			.has_caller_identifier = true };
		t124_connect m = { .choice = GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_REQUEST,
			.u.conference_create_request = &r };
		arena_init(&a, 0);
		assert_int_equal(t124_text_write(&r.conference_name.text, texts[i / 2], &a), 0);
		assert_int_equal(t124_text_write(&r.caller_identifier, "Ann", &a), 0);
		assert_int_equal(
			asn1_per_encode(wide ? &gcc_wide_connect_gccpdu_type : &gcc_connect_gccpdu_type, &m,
				&w, NULL),
			0);
		const struct gcc_connect_data c = { { .choice = GCC_KEY_OBJECT, .u.object = t124_protocol },
			wr_slice(&w) };
		assert_int_equal(asn1_per_encode(&gcc_connect_data_type, &c, &d, NULL), 0);
		assert_int_equal(t124_connect_decode(&m, wr_slice(&d), NULL, &a, NULL), 0);
		const struct gcc_conference_create_request *p = m.u.conference_create_request;
		assert_string_equal(t124_text_read(p->conference_name.text, text, sizeof text), texts[i / 2]);
		assert_string_equal(t124_text_read(p->caller_identifier, text, sizeof text), "Ann");
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_connects), cmocka_unit_test(test_pdus),
		cmocka_unit_test(test_names) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
