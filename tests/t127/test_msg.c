/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MBFT PDUs: vectors of another compiler (Erlang's asn1, from the modules of 08/2007 and 08/1995), there and
 * back with their summary; every alternative stands here. Then what must be refused.
 */
#include "../asn1/vectors.h"

#include "t127/msg.h"

static const struct {
	const char *hex, *text;
} pdus[] = {
	{ "00010040000105612e747874010c03f1000380",
		"file-OfferPDU handle 3 \"a.txt\" 12 octets channel 1010 ack" },
	{ "03f9ffffff0302433a036469720a7265706f72742e646f6301c00528c27b0503e0011901640100036163630f"
	  "31393939303630313132303030305a1131393939303630323133303030302e355a0831393939303630330361"
	  "6e6e03626f62026379040640000005012a05f20000027077046e6f6e65000528c27b03010204776f72640239"
	  "3701027063022a030104646f7261022a0401037a69700101650202433a0178010568656c6c6f0009ffff0007"
	  "00083fff000500080000000002012c00",
		"file-OfferPDU handle 65535 \"report.doc\" 104857600 octets channel 10 for request 5" },
	{ "00110010000101628001700881024000032004100000000003616e6e00016180010100016300016400016500"
	  "01660001670001680009000040018a00b500534c4e65744d656574696e6720312046696c65456e6404000304"
	  "0280",
		"file-OfferPDU handle 0 \"b\" channel 10 ack" },
	{ "080003", "file-AcceptPDU handle 3" },
	{ "10000300", "file-RejectPDU handle 3 unspecified" },
	{ "10000310", "file-RejectPDU handle 3 file-exists" },
	{ "10000370", "file-RejectPDU handle 3 parameter-not-supported" },
	{ "18401000000105612e747874010c03f10002000103f00100",
		"file-RequestPDU handle 2 \"a.txt\" 12 octets" },
	{ "20000210", "file-DenyPDU handle 2 file-not-present" },
	{ "2b0003200213a50200660075", "file-ErrorPDU handle 3 local-failure-filespace-exhausted" },
	{ "28000100", "file-ErrorPDU no-reason" },
	{ "338003f100080003", "file-AbortPDU unspecified" },
	{ "3020", "file-AbortPDU priority-required" },
	{ "38100400000105612e747874010c0003800100000c68656c6c6f2c20776f726c64",
		"file-StartPDU handle 3 \"a.txt\" 12 octets data 12 eof" },
	{ "3b900400000105612e747874010c000340fdfff4010401ff0000c0ffffffff",
		"file-StartPDU handle 3 \"a.txt\" 12 octets data 0" },
	{ "400003800003656e64", "file-DataPDU handle 3 data 3 eof" },
	{ "4200034000000000", "file-DataPDU handle 3 data 0 abort" },
	{ "48", "directory-RequestPDU" },
	{ "4a0201610162", "directory-RequestPDU" },
	{ "50c002080200000105612e747874010c480000000103737562",
		"directory-ResponsePDU successful entries 2" },
	{ "528001016100", "directory-ResponsePDU function-not-supported entries 0" },
	{ "580205", "mbft-Privilege-RequestPDU" },
	{ "60010000080110", "mbft-Privilege-AssignPDU" },
	{ "6a28b500534c4e65744d656574696e6720312046696c65456e640400030402",
		"mbft-NonStandardPDU \"NetMeeting 1 FileEnd\"" },
	{ "700013001480", "private-Channel-Join-InvitePDU" },
	{ "78001360", "private-Channel-Join-ResponsePDU" },
};

static void test_pdus(void **state)
{
	bool seen[T127_MBFTPDU_N] = { false };
	(void)state;
	for (size_t i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
		struct arena a;
		struct asn1_err err;
		t127_pdu m;
		char text[T127_STRLEN];
		uint8_t out[1024];
		struct writer w = wr_of(out, sizeof out);
		const struct pst_slice in = from_hex(pdus[i].hex);
		arena_init(&a, 0);
		if (t127_decode(&m, in, NULL, &a, &err) != 0)
			fail_msg("%s: %s at %s", pdus[i].hex, err.what, err.path);
		assert_string_equal(t127_str(&m, text), pdus[i].text);
		seen[m.choice] = true;
		assert_int_equal(t127_encode(&m, &w, NULL), 0);
		if (!slice_eq(wr_slice(&w), in))
			fail_msg("%s comes out otherwise", pdus[i].hex);
		const bool offer =
			m.choice == T127_MBFTPDU_FILE_OFFER_PDU; /* its beginning may be one of 1995 */
		for (size_t n = 0; n < in.n && !offer; n++)
			assert_int_not_equal(t127_decode(&m, slice_of(in.p, n), NULL, &a, NULL), 0);
		free_slice(in);
		arena_free(&a);
	}
	for (unsigned i = 0; i < T127_MBFTPDU_N; i++)
		if (!seen[i])
			fail_msg("no vector of alternative %u", i);
}

/* Offers of 08/1995, and what they are in the newer form. */
static void test_1995(void **state)
{
	static const struct {
		const char *hex, *text;
	} offers[] = {
		{ "00040100000105612e747874010c03f1000380",
			"file-OfferPDU handle 3 \"a.txt\" 12 octets channel 1010 ack" },
		{ "03240100000105612e747874010c03f1000300070008010500",
			"file-OfferPDU handle 3 \"a.txt\" 12 octets channel 1010" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
		struct arena a;
		t127_pdu m;
		char text[T127_STRLEN];
		uint8_t out[64];
		struct writer w = wr_of(out, sizeof out);
		const struct pst_slice in = from_hex(offers[i].hex);
		arena_init(&a, 0);
		assert_int_equal(t127_decode(&m, in, NULL, &a, NULL), 0);
		assert_string_equal(t127_str(&m, text), offers[i].text);
		assert_int_equal(t127_encode(&m, &w, NULL), 0);
		assert_false(slice_eq(wr_slice(&w), in));
		assert_int_equal(t127_decode(&m, wr_slice(&w), NULL, &a, NULL), 0);
		assert_string_equal(t127_str(&m, text), offers[i].text);
		free_slice(in);
		arena_free(&a);
	}
}

/* A list that claims more than there can be, and limits that the caller sets. */
static void test_limits(void **state)
{
	struct arena a;
	t127_pdu m;
	(void)state;
	const struct pst_slice list = from_hex("50c0 bfff 00"), deep = from_hex(pdus[2].hex);
	const struct asn1_limits few = { .depth = 40, .elements = 3 }, flat = { .depth = 2, .elements = 100 };
	arena_init(&a, 1 << 16);
	assert_int_not_equal(t127_decode(&m, list, NULL, &a, NULL), 0);
	assert_int_equal(t127_decode(&m, deep, &few, &a, NULL), PST_E_LIMIT);
	assert_int_equal(t127_decode(&m, deep, &flat, &a, NULL), PST_E_LIMIT);
	arena_free(&a);
	free_slice(list);
	free_slice(deep);
}

/* Most octets that one PDU may carry. */
static void test_data(void **state)
{
	enum { MOST = 65535 };
	static uint8_t octets[MOST], out[MOST + 100];
	struct t127_file_data_pdu p = { .file_handle = 7, .eof_flag = true, .data = slice_of(octets, MOST) };
	t127_pdu m = { .choice = T127_MBFTPDU_FILE_DATA_PDU, .u.file_data_pdu = &p };
	struct writer w = wr_of(out, sizeof out);
	struct arena a;
	(void)state;
	for (unsigned i = 0; i < MOST; i++)
		octets[i] = (uint8_t)(i * 7);
	assert_int_equal(t127_encode(&m, &w, NULL), 0);
	assert_in_range(w.n, MOST, MOST + T127_DATA_OVERHEAD);
	arena_init(&a, 0);
	assert_int_equal(t127_decode(&m, wr_slice(&w), NULL, &a, NULL), 0);
	assert_true(m.u.file_data_pdu->eof_flag);
	assert_memory_equal(m.u.file_data_pdu->data.p, octets, MOST);
	p.data.n = MOST + 1;
	m.u.file_data_pdu = &p;
	assert_int_equal(t127_encode(&m, &w, NULL), PST_E_RANGE);
	arena_free(&a);
}

static void test_names_of_numbers(void **state)
{
	(void)state;
	assert_string_equal(t127_reject_str(4), "transfer-limit");
	assert_string_equal(t127_reject_str(99), "unknown");
	assert_string_equal(t127_deny_str(1), "file-not-present");
	assert_string_equal(t127_abort_str(0), "unspecified");
	assert_string_equal(t127_directory_str(2), "function-not-supported");
	assert_string_equal(
		t127_error_str(&(struct asn1_integer){ .v = 5029 }), "local-failure-filespace-exhausted");
	assert_string_equal(t127_error_str(&(struct asn1_integer){ .v = 12 }), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_pdus), cmocka_unit_test(test_1995),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_data),
		cmocka_unit_test(test_names_of_numbers) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
