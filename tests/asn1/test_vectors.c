/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Aligned PER vectors, by clause of X.691: the octets decode to the text, and encode
 * again to the octets. They come from an independent compiler and were re-derived by
 * hand; where that compiler is wrong (zero lengths, 16-bit strings) the hand stands.
 */
#include "vectors.h"

#include <stdio.h>

#include "h225_asn1.h"
#include "h245_asn1.h"
#include "vectors_asn1.h"

struct vector {
	const char *clause;
	const struct asn1_type *type;
	const char *text; /* after the type's name */
	const char *hex;
};

#define V(clause, type, text, hex) { clause, &vectors_##type##_type, text "\n", hex }
#define SEQ(a) "\n\t" a

static const struct vector vectors[] = {
	V("11.1", nothing, "", "00"),
	V("11.1", empty_ext, "", "00"),

	V("11.5.7.1", i0_7, ": 5", "a0"),
	V("11.5.7.1", i1_10, ": 10", "90"),
	V("11.5.7.1", i0_254, ": 254", "fe"),
	V("11.5.7.2", i0_255, ": 5", "05"),
	V("11.5.7.2", i1_256, ": 256", "ff"),
	V("11.5.7.3", i0_256, ": 5", "0005"),
	V("11.5.7.3", i0_256, ": 256", "0100"),
	V("11.5.7.3", i1_65535, ": 1", "0000"),
	V("11.5.7.3", i1_65536, ": 65536", "ffff"),
	V("11.5.7.4", i0_65536, ": 1", "0001"),
	V("11.5.7.4", i0_65536, ": 65536", "80010000"),
	V("11.5.7.4", i24, ": 5", "0005"),
	V("11.5.7.4", i24, ": 256", "400100"),
	V("11.5.7.4", i24, ": 16777215", "80ffffff"),
	V("11.5.7.4", i32, ": 0", "0000"),
	V("11.5.7.4", i32, ": 255", "00ff"),
	V("11.5.7.4", i32, ": 256", "400100"),
	V("11.5.7.4", i32, ": 65536", "80010000"),
	V("11.5.7.4", i32, ": 16777216", "c001000000"),
	V("11.5.7.4", i32, ": 4294967295", "c0ffffffff"),
	V("11.5.7.4", is32, ": -2147483648", "0000"),
	V("11.5.7.4", is32, ": 0", "c080000000"),
	V("11.5.7.4", is32, ": 2147483647", "c0ffffffff"),
	V("11.5.4", i_one, ": 9", "00"),
	V("12.2.6", i_user, ": 1007", "0006"),
	V("11.5.7", mis_bits, SEQ("b: true\n\tv: 3\n\tc: true"), "81c0"),
	V("11.5.7", mis_octet, SEQ("b: true\n\tv: 3\n\tc: true"), "800380"),
	V("11.5.7", mis_long, SEQ("b: true\n\tv: 5\n\tc: true"), "800580"),
	V("11.5.7", mis_long, SEQ("b: true\n\tv: 70000\n\tc: true"), "c001117080"),
	V("11.5.7", mis_both, SEQ("b: true\n\tv: 5\n\tn: 256"), "d40100"),

	V("11.7", i_semi0, ": 0", "0100"),
	V("11.7", i_semi0, ": 127", "017f"),
	V("11.7", i_semi0, ": 128", "0180"),
	V("11.7", i_semi0, ": 256", "020100"),
	V("11.7", i_semi1, ": 1", "0100"),
	V("11.7", i_semi0, ": 9223372036854775807", "087fffffffffffffff"),
	V("11.7", i_semi0, ": 0x8000000000000000", "088000000000000000"),
	V("11.8", i_any, ": 128", "020080"),
	V("11.8", i_any, ": -1", "01ff"),
	V("11.8", i_any, ": -129", "02ff7f"),
	V("11.8", i_any, ": 0", "0100"),
	V("11.8", i_any, ": -9223372036854775808", "088000000000000000"),
	V("11.8", i_any, ": 0x008000000000000000", "09008000000000000000"),
	V("13.1", i_ext, ": 5", "50"),
	V("13.1", i_ext, ": 8", "800108"),
	V("13.1", i_ext, ": 300", "8002012c"),
	V("13.1", i_ext, ": -1", "8001ff"),

	V("14.1", e_sorted, ": z", "40"),
	V("14.1", e_sorted, ": y", "00"),
	V("14.1", e_sorted, ": x", "80"),
	V("14.3", e_ext, ": b", "20"),
	V("14.3", e_ext, ": d", "80"),
	V("14.3", e_ext, ": e", "81"),
	V("11.6", e_ext, ": unknown(66)", "bf"),
	V("11.6", e_ext, ": unknown(67)", "c00140"),

	V("23.6", choose, ".a", "00"),
	V("23.6", choose, ".b: true", "60"),
	V("23.8", choose, ".c: 7", "800107"),
	V("23.8", choose, ".d", "810100"),
	V("23.8", choose, ".e: 010203", "820403010203"),
	V("23.8", choose, ".unknown[3]: abcd", "8302abcd"),
	V("23.8", choose, ".unknown[64]: 00", "c001400100"),
	V("23.4", choose_one, ".only: true", "80"),
	V("23.6", odd, ".default: true", "10"),
	V("23.6", odd, ".unknown", "20"),
	V("23.6", odd, ".register: 2", "50"),

	V("19.2", opt, SEQ("c: true"), "20"),
	V("19.2", opt, SEQ("a: true\n\tb: 5\n\tc: true"), "e00580"),
	V("19.5", def, SEQ("b: true"), "40"),
	V("19.5", def, SEQ("a: 8\n\tb: true"), "800880"),
	V("19.5", def_more, SEQ("f: false\n\ti: 4\n\ts: 5"), "e0 0104 a0"),
	V("19.7", ext, SEQ("a: true"), "40"),
	V("19.7", ext, SEQ("a: true\n\tx: 5\n\ty: true"), "c16001050180"),
	V("19.7", ext, SEQ("a: true\n\tx: 5\n\ty: true\n\tz"), "c170010501800100"),
	V("19.7", ext_deep, SEQ("a: true\n\tx: 0\n\ty\n\t\tp: 5"), "c0e001000150"),
	/* other versions of the same type: a bitmap of one, and of five with two unknown */
	V("19.7", ext, SEQ("a: true\n\tx: 5"), "c040 0105"),
	V("19.7", ext, SEQ("a: true\n\tx: 5\n\tunknown[3]: aa\n\tunknown[4]: bbbb"), "c24c 0105 01aa 02bbbb"),

	V("17.6", mis_o1, SEQ("b: true\n\tv: 07\n\tc: true"), "83c0"),
	V("17.8", mis_o0_2, SEQ("b: true\n\tv: 07\n\tc: true"), "a00780"),
	V("11.9.3.3", mis_o0_2, SEQ("b: true\n\tv: \n\tc: true"), "90"),
	V("17.8", mis_o_free, SEQ("b: true\n\tv: \n\tc: true"), "800080"),
	V("17.6", mis_o32, SEQ("p: true\n\tx: 010203\n\tq: true\n\ty: 0405\n\tr: true"), "800102038202c0"),
	V("16.9", mis_b16, SEQ("b: true\n\tv: ff01 (16 bits)\n\tc: true"), "ff80c0"),
	V("16.10", mis_b17, SEQ("b: true\n\tv: ff0180 (17 bits)\n\tc: true"), "80ff01c0"),
	V("16.11", b_free, ": a0 (3 bits)", "03a0"),
	V("16.11", b1_8, ": a0 (3 bits)", "40a0"),
	V("16.9", b2, ": 80 (2 bits)", "80"),
	V("11.9.4.2", b_huge, ": a0 (3 bits)", "03a0"),
	V("17.8", o1_20, ": 010203", "10010203"),
	V("17.8", o4_255, ": 01020304", "0001020304"),
	V("17.8", o0_65535, ": 010203", "0003010203"),
	V("17.8", o0_65535, ": ", "0000"),
	V("17.3", o_ext, ": 010203", "08010203"),
	V("17.3", o_ext, ": 000102030405060708090a0b0c0d0e0f1011121314", "8015000102030405060708090a0b0c0d0e0f1011121314"),

	V("30.5", dialed, ": \"1\"", "0040"),
	V("30.5", dialed, ": \"12\"", "0245"),
	V("30.5", dialed, ": \"123#\"", "064560"),
	V("30.5", dialed, ": \"#*,0123456789\"", "180123456789abc0"),
	V("30.5", name, ": \"A\"", "000041"),
	V("30.5", name, ": \"Bob\"", "020042006f0062"),
	V("30.5", name, ": \"\\u2028\\u0022\"", "0120280022"),
	V("30.5", url, ": \"h323:a@b\"", "0007683332333a614062"),
	V("30.5", ia_free, ": \"Hi\"", "024869"),
	V("30.5", ia_free, ": \"\\x1b[\\x22\"", "031b5b22"),
	V("30.5.7", digits3, SEQ("b: true\n\tv: \"123\"\n\tc: true"), "c247"),
	V("30.5.7", digits4, SEQ("b: true\n\tv: \"1234\"\n\tc: true"), "e0123480"),
	V("30.5.6", mis_ia2, SEQ("b: true\n\tv: \"AB\"\n\tc: true"), "a0a140"),
	V("30.5.6", mis_ia3, SEQ("b: true\n\tv: \"ABC\"\n\tc: true"), "8041424380"),
	V("30.5.6", mis_bmp1, SEQ("b: true\n\tv: \"A\"\n\tc: true"), "8020c0"),
	V("30.5", num_digits, ": \"1\"", "0010"),
	V("30.5", num_digits, ": \"1234\"", "031234"),
	V("30.5", num_free, ": \"12 3\"", "042304"),
	V("30.5", bmp0_255, ": \"Hi\"", "0200480069"),
	V("30.5", bmp0_255, ": \"\"", "00"),
	V("30.6", general, ": \"Hi\"", "024869"),
	V("30.6", general_sz, ": \"Hi\"", "024869"),
	V("30.6", utf8, ": \"\\xc3\\xa4\"", "02c3a4"),
	V("30.6", graphic, ": \"H\\xe4\"", "0248e4"),
	V("30.5", moment, ": \"19990601120000Z\"", "0f31393939303630313132303030305a"),
	V("30.5.4", signal, ": \"5\"", "35"),
	V("30.5.4", two_chars, ": \"abba\"", "60"),

	V("24", oid, ": 0.0.8.2250.0.2", "060008914a0002"),
	V("24", oid, ": 0.0.8.245.0.13", "0600088175000d"),
	V("24", oid, ": 0.0.20.124.0.1", "0500147c0001"),
	V("24", oid, ": 1.3.6.1.4.1.311", "072b060104018237"),
	V("20", flags, "[0]: true\nFlags[1]: false\nFlags[2]: true", "03a0"),
	V("20", few, "[0]: 1", "08"),
	V("20", few, "[0]: 1\nFew[1]: 2\nFew[2]: 3\nFew[3]: 4", "ca70"),
	V("20", many, "[0]: 1\nMany[1]: 2", "0100010002"),
	V("20", many512, "[0]: 1\nMany512[1]: 2", "000128"),
	V("20", three, "[0]: 1\nThree[1]: 2\nThree[2]: 3", "2980"),
	V("20", mis_list, SEQ("b: true\n\tv[0]: 1\n\tv[1]: 2\n\tc: true"), "80022a"),
	V("20.4", list_ext, "[0]: true\nListExt[1]: true\nListExt[2]: true\nListExt[3]: true\nListExt[4]: true", "8005f8"),
	V("20.4", list_ext, "[0]: true\nListExt[1]: true", "38"),
	V("11.9.4.2", set65536, "[0]: 1002", "010001"),
	V("20", flags, "[]", "00"),
	V("20", nulls, "[0]\nNulls[1]", "02"),
	V("20", matrix, "[0][0]: 1\nMatrix[0][1]: 2\nMatrix[1][]", "02 02 01 02 00"),

	V("30.4, 30.5.4", bmp_dial, ": \"1\"", "0040"),
	V("30.4, 30.5.4", bmp_dial, ": \"123#\"", "034560"),
	V("30.5.4", bmp_latin, ": \"A\"", "0141"),
	V("30.5.4", bmp_latin, ": \"\"", "00"),
};

static const struct vector real[] = {
	{ "H.225.0", &h225_transport_address_type, ".ipAddress\n\tip: 0a010612 (10.1.6.18)\n\tport: 1720\n", "000a01061206b8" },
	{ "H.225.0", &h225_transport_address_type, ".ip6Address\n\tip: 20010db8000000000000000000000001\n\tport: 1720\n",
		"3020010db800000000000000000000000106b8" },
	{ "H.225.0", &h225_alias_address_type, ".dialedDigits: \"123\"\n", "01004560" },
	{ "H.225.0", &h225_alias_address_type, ".h323-ID: \"Bob\"\n", "40020042006f0062" },
	{ "H.225.0", &h225_alias_address_type, ".url-ID: \"h323:x\"\n", "80080005683332333a78" },
	{ "H.225.0", &h225_alias_address_type, ".transportID.ipAddress\n\tip: 0a010612 (10.1.6.18)\n\tport: 1720\n",
		"8107000a01061206b8" },
	{ "H.225.0", &h225_alias_address_type, ".email-ID: \"a@b\"\n", "82050002614062" },
	{ "H.245", &h245_transport_address_type,
		".unicastAddress.iPAddress\n\tnetwork: 0a010612 (10.1.6.18)\n\ttsapIdentifier: 5000\n", "000a0106121388" },
	{ "H.245", &h245_transport_address_type,
		".unicastAddress.iP6Address\n\tnetwork: 20010db8000000000000000000000001\n\ttsapIdentifier: 5000\n",
		"0820010db80000000000000000000000011388" },
	{ "H.245", &h245_transport_address_type,
		".multicastAddress.iPAddress\n\tnetwork: ef010203 (239.1.2.3)\n\ttsapIdentifier: 5000\n", "40ef0102031388" },
	{ "H.245", &h245_transport_address_type,
		".multicastAddress.iP6Address\n\tnetwork: ff0e0000000000000000000000000001\n\ttsapIdentifier: 5000\n",
		"50ff0e00000000000000000000000000011388" },
	{ "H.245", &h245_multimedia_system_control_message_type, ".command.endSessionCommand.disconnect\n", "4a40" },
	{ "H.245", &h245_multimedia_system_control_message_type,
		".request.closeLogicalChannel\n\tforwardLogicalChannelNumber: 101\n\tsource.user\n", "0400006400" },
	{ "H.245", &h245_multimedia_system_control_message_type, ".request.roundTripDelayRequest\n\tsequenceNumber: 1\n",
		"090001" },
	{ "H.245", &h245_multimedia_system_control_message_type, ".indication.userInput.signal\n\tsignalType: \"5\"\n",
		"6d810206a0" },
	{ "H.245", &h245_multimedia_system_control_message_type, ".indication.userInput.alphanumeric: \"9\"\n", "6d400139" },
	{ "H.245", &h245_multimedia_system_control_message_type,
		".request.masterSlaveDetermination\n\tterminalType: 0\n\tstatusDeterminationNumber: 9588693\n", "01000080924fd5" },
};

/* 1 when V does not hold, said on the way. */
static unsigned check_vector(const struct vector *v)
{
	unsigned bad = 0;
	struct arena a;
	struct asn1_err e = { 0 };
	char text[4096], want[4096];
	uint8_t out[4096];
	struct writer w = wr_of(out, sizeof out);
	const struct pst_slice in = from_hex(v->hex);
	arena_init(&a, 1 << 16);
	void *value = malloc(v->type->size + 1);
	assert_non_null(value);
	if (asn1_per_decode(v->type, in, NULL, &a, value, NULL, &e) != 0) {
		print_error("%s %s %s: %s at bit %u\n", v->clause, v->type->name, v->hex, e.what, e.bit);
		bad = 1;
		goto out;
	}
	asn1_print_buf(v->type, value, text, sizeof text);
	snprintf(want, sizeof want, "%s%s", v->type->name, v->text);
	if (strcmp(text, want) != 0) {
		print_error("%s %s %s: printed as %s", v->clause, v->type->name, v->hex, text);
		bad = 1;
	}
	if (asn1_per_encode(v->type, value, &w, &e) != 0) {
		print_error("%s %s %s: %s\n", v->clause, v->type->name, v->hex, e.what);
		bad = 1;
	} else if (!slice_eq(wr_slice(&w), in)) {
		print_error("%s %s %s: encoded as", v->clause, v->type->name, v->hex);
		for (size_t i = 0; i < w.n; i++)
			print_error(" %02x", out[i]);
		print_error("\n");
		bad = 1;
	}
out:
	free(value);
	free_slice(in);
	arena_free(&a);
	return bad;
}

static void test_rules(void **state)
{
	(void)state;
	unsigned bad = 0;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
		bad += check_vector(&vectors[i]);
	assert_int_equal(bad, 0);
}

static void test_messages(void **state)
{
	(void)state;
	unsigned bad = 0;
	for (size_t i = 0; i < sizeof real / sizeof real[0]; i++)
		bad += check_vector(&real[i]);
	assert_int_equal(bad, 0);
}

/* X.691 11.9.3.8: what a value of N octets is framed with. */
static void check_fragments(size_t n, size_t total, const char *head)
{
	struct arena a;
	uint8_t *content = malloc(n), *out = malloc(total);
	struct writer w = wr_of(out, total);
	struct pst_slice value, back;
	const struct pst_slice start = from_hex(head);
	assert_true(content != NULL && out != NULL);
	for (size_t i = 0; i < n; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	value = slice_of(content, n);
	assert_int_equal(asn1_per_encode(&vectors_o_free_type, &value, &w, NULL), 0);
	assert_int_equal(w.n, total);
	assert_memory_equal(out, start.p, start.n);
	arena_init(&a, 0);
	assert_int_equal(asn1_per_decode(&vectors_o_free_type, wr_slice(&w), NULL, &a, &back, NULL, NULL), 0);
	assert_true(slice_eq(value, back));
	arena_free(&a);
	/* as an extension alternative its open type is fragmented in place */
	struct vectors_choose c = { .choice = VECTORS_CHOOSE_E, .u.e = value }, d;
	uint8_t *outer = malloc(total + 16);
	assert_non_null(outer);
	w = wr_of(outer, total + 16);
	assert_int_equal(asn1_per_encode(&vectors_choose_type, &c, &w, NULL), 0);
	assert_int_equal(asn1_per_decode(&vectors_choose_type, wr_slice(&w), NULL, &a, &d, NULL, NULL), 0);
	assert_true(slice_eq(value, d.u.e));
	arena_free(&a);
	free(outer);
	free(content);
	free(out);
	free_slice(start);
}

static void test_fragments(void **state)
{
	(void)state;
	check_fragments(127, 128, "7f");
	check_fragments(128, 130, "8080");
	check_fragments(16383, 16385, "bfff");
	check_fragments(16384, 16386, "c1");
	check_fragments(16385, 16387, "c1");
	check_fragments(65535, 65538, "c3");
	check_fragments(65536, 65538, "c4");
	check_fragments(65536 + 128, 65536 + 128 + 3, "c4");
	check_fragments(81920, 81923, "c4");
	check_fragments(200000, 200000 + 5, "c4");
}

/* Lists, bits and characters in fragments, too. */
static void test_fragments_of_others(void **state)
{
	(void)state;
	static uint8_t out[140000], bits[20000];
	static bool flags[40000];
	struct arena a;
	arena_init(&a, 0);
	struct writer w = wr_of(out, sizeof out);
	for (size_t i = 0; i < sizeof flags; i++)
		flags[i] = i % 3 == 0;
	for (size_t i = 0; i < sizeof bits; i++)
		bits[i] = (uint8_t)i;
	struct vectors_flags list = { 40000, flags }, list_back;
	assert_int_equal(asn1_per_encode(&vectors_flags_type, &list, &w, NULL), 0);
	assert_int_equal(out[0], 0xc2);
	assert_int_equal(asn1_per_decode(&vectors_flags_type, wr_slice(&w), NULL, &a, &list_back, NULL, NULL), 0);
	assert_int_equal(list_back.n, 40000);
	assert_memory_equal(list_back.v, flags, sizeof flags);
	arena_reset(&a);
	struct asn1_bits b = { bits, 65535 }, b_back;
	w.n = 0;
	assert_int_equal(asn1_per_encode(&vectors_b_huge_type, &b, &w, NULL), 0);
	assert_int_equal(asn1_per_decode(&vectors_b_huge_type, wr_slice(&w), NULL, &a, &b_back, NULL, NULL), 0);
	assert_int_equal(b_back.n_bits, 65535);
	assert_memory_equal(b_back.p, bits, 65535 / 8);
	b.n_bits = 65537; /* one more than SIZE allows */
	w.n = 0;
	assert_int_equal(asn1_per_encode(&vectors_b_huge_type, &b, &w, NULL), PST_E_RANGE);
	assert_int_equal(asn1_per_encode(&vectors_b_free_type, &b, &w, NULL), 0);
	assert_int_equal(asn1_per_decode(&vectors_b_huge_type, wr_slice(&w), NULL, &a, &b_back, NULL, NULL), PST_E_BAD);
	struct pst_slice digits, digits_back;
	memset(bits, '7', sizeof bits);
	digits = slice_of(bits, sizeof bits);
	w.n = 0;
	assert_int_equal(asn1_per_encode(&vectors_num_free_type, &digits, &w, NULL), 0);
	assert_int_equal(asn1_per_decode(&vectors_num_free_type, wr_slice(&w), NULL, &a, &digits_back, NULL, NULL), 0);
	assert_true(slice_eq(digits, digits_back));
	arena_free(&a);
}

/* Valid, but not what we would write: read all the same, and written our way. */
static void test_not_canonical(void **state)
{
	(void)state;
	static const struct vector forms[] = {
		V("11.8", i_any, "0101", "020001"), /* a leading zero octet */
		V("13.1", i_ext, "50", "800105"),   /* a root value as an extension */
		V("19.5", def, "40", "800780"),     /* a default that was sent */
		V("19.7", ext, "40", "c100"),       /* a bitmap with nothing in it */
		V("11.1", i0_7, "a0", "bf"),        /* padding that is not zero */
		V("17.3", o_ext, "08010203", "8003010203"),
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct arena a;
		uint8_t out[64];
		union {
			max_align_t align;
			uint8_t octets[512];
		} value;
		struct writer w = wr_of(out, sizeof out);
		char want[32];
		snprintf(want, sizeof want, "%.*s", (int)strlen(forms[i].text) - 1, forms[i].text);
		const struct pst_slice in = from_hex(forms[i].hex), canonical = from_hex(want);
		arena_init(&a, 0);
		assert_int_equal(asn1_per_decode(forms[i].type, in, NULL, &a, value.octets, NULL, NULL), 0);
		assert_int_equal(asn1_per_encode(forms[i].type, value.octets, &w, NULL), 0);
		assert_true(slice_eq(wr_slice(&w), canonical));
		free_slice(in);
		free_slice(canonical);
		arena_free(&a);
	}
}

/* Octets after a known addition's value, inside its open type, are let be: a later version may have put them. */
static void test_longer_addition(void **state)
{
	(void)state;
	struct arena a;
	struct vectors_ext v;
	const struct pst_slice in = from_hex("c040 03050607");
	arena_init(&a, 0);
	assert_int_equal(asn1_per_decode(&vectors_ext_type, in, NULL, &a, &v, NULL, NULL), 0);
	assert_true(v.has_x);
	assert_int_equal(v.x, 5);
	free_slice(in);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_fragments_of_others),
		cmocka_unit_test(test_not_canonical),
		cmocka_unit_test(test_longer_addition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
