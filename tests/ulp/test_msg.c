/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ULP messages: the example worked by hand, every form, every limit, every cut, and text. */
#include "ulp/msg.h"
#include "ulp/name.h"
#include "ulp/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Every e-mail record of application 0. */
static const uint8_t DIRECTORY[] = {
	0x12, 0x34, 0x00, 0x30, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x02, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};
/* Addition of a TXT record "hi" for ann.example, property 7, application 01 00..., 600 s. */
static const uint8_t ADD[] = {
	0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 3, 'a', 'n', 'n', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
	0x00, 0x04, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x00, 0x02, 0x58, 0x00, 0x02, 'h', 'i',
};

static void check_same(const uint8_t *p, size_t n)
{
	struct arena a;
	struct ulp_msg m;
	uint8_t buf[1024];
	struct writer w = wr_of(buf, sizeof(buf));
	arena_init(&a, 0);
	assert_int_equal(ulp_decode(&m, &a, slice_of(p, n), NULL), 0);
	assert_int_equal(ulp_encode(&m, &w), 0);
	assert_int_equal(w.n, n);
	assert_memory_equal(buf, p, n);
	arena_free(&a);
}

static void test_worked_example(void **state)
{
	(void)state;
	struct arena a;
	struct ulp_msg m;
	arena_init(&a, 0);
	assert_int_equal(ulp_decode(&m, &a, slice_of(DIRECTORY, sizeof(DIRECTORY)), NULL), 0);
	assert_int_equal(m.id, 0x1234);
	assert_int_equal(m.opcode, ULP_DIRECTORY);
	assert_false(m.reply);
	assert_int_equal(m.qcount, 1);
	assert_int_equal(m.requests[0].label.type, ULP_EMAIL);
	assert_int_equal(m.requests[0].label.name.n, 1);
	arena_free(&a);
	check_same(DIRECTORY, sizeof(DIRECTORY));
}

static void test_record(void **state)
{
	(void)state;
	struct arena a;
	struct ulp_msg m;
	char text[512];
	arena_init(&a, 0);
	assert_int_equal(ulp_decode(&m, &a, slice_of(ADD, sizeof(ADD)), NULL), 0);
	assert_int_equal(m.requests[0].ttl, 600);
	assert_int_equal(m.requests[0].label.property, 7);
	assert_true(slice_eq(m.requests[0].data, slice_str("hi")));
	assert_int_equal(ulp_entry_len(&m.requests[0], ULP_RECORDS), sizeof(ADD) - ULP_HEADER_LEN);
	struct writer w = wr_of(text, sizeof(text));
	assert_int_equal(ulp_print(&m, &w), 0);
	text[w.n] = '\0';
	assert_string_equal(text, "request addition id 1\n  asked \"ann.example\" TXT(4) property 7 application "
		"01000000000000000000000000000000 ttl 600 \"hi\"\n");
	arena_free(&a);
	check_same(ADD, sizeof(ADD));
}

static void test_every_cut_is_short(void **state)
{
	(void)state;
	struct arena a;
	struct ulp_msg m;
	arena_init(&a, 0);
	for (size_t n = 0; n < sizeof(ADD); n++) {
		/* A copy of its own: a read past the end is seen by the sanitizer. */
		uint8_t *cut = malloc(n + 1);
		size_t at = 1000;
		memcpy(cut, ADD, n);
		assert_int_equal(ulp_decode(&m, &a, slice_of(cut, n), &at), PST_E_SHORT);
		assert_true(at <= n);
		free(cut);
	}
	arena_free(&a);
}

static void test_lossless(void **state)
{
	(void)state;
	/* Reserved bits, TC, an unknown opcode with counts, and octets behind the last entry. */
	static const uint8_t unknown[] = { 0xff, 0xff, 0x7f, 0xf9, 0x12, 0x34, 0x56, 0x78, 1, 2, 3 };
	uint8_t trailing[sizeof(DIRECTORY) + 3];
	memcpy(trailing, DIRECTORY, sizeof(DIRECTORY));
	memcpy(trailing + sizeof(DIRECTORY), "abc", 3);
	trailing[2] = 0x55;
	check_same(unknown, sizeof(unknown));
	check_same(trailing, sizeof(trailing));
	/* The reply to an addition that comes with entries: no form is known for them. */
	memcpy(trailing, ADD, ULP_HEADER_LEN);
	trailing[2] = 0x80;
	trailing[5] = 0;
	trailing[7] = 9;
	check_same(trailing, 20);
}

static void test_counts_without_entries(void **state)
{
	(void)state;
	static const uint8_t many[] = { 0, 1, 0, 0x30, 0xff, 0xff, 0, 0 };
	struct arena a;
	struct ulp_msg m;
	arena_init(&a, 64);
	/* Refused before anything is allocated: the arena's cap is not met. */
	assert_int_equal(ulp_decode(&m, &a, slice_of(many, sizeof(many)), NULL), PST_E_SHORT);
	assert_int_equal(m.id, 1);
	assert_int_equal(a.used, 0);
	assert_int_equal(ulp_decode(&m, &a, slice_of(DIRECTORY, sizeof(DIRECTORY)), NULL),
		sizeof(struct ulp_entry) > 64 ? PST_E_NOMEM : 0);
	arena_free(&a);
}

static void test_names(void **state)
{
	(void)state;
	uint8_t buf[255];
	char text[ULP_NAME_STRLEN], big[260];
	size_t n;
	assert_int_equal(ulp_name_from_text(buf, &n, slice_str("ann.b@example.org")), 0);
	assert_true(slice_eq(slice_of(buf, n), slice_of("\5ann.b\7example\3org", 19)));
	assert_int_equal(ulp_name_text(slice_of(buf, n), text), 17);
	assert_string_equal(text, "ann.b.example.org");
	assert_true(ulp_name_eq(slice_of("\3Ann", 5), slice_of("\3aNN", 5)));
	assert_false(ulp_name_eq(slice_of("\3Ann", 5), slice_of("\3aNx", 5)));
	assert_int_equal(ulp_name_from_text(buf, &n, slice_str("")), PST_E_BAD);
	assert_int_equal(ulp_name_from_text(buf, &n, slice_str("a..b")), PST_E_BAD);
	assert_int_equal(ulp_name_from_text(buf, &n, slice_str("@b")), PST_E_BAD);
	assert_int_equal(ulp_name_from_text(buf, &n, slice_str("a@")), PST_E_BAD);
	/* 63 and 64 octets a part (section 3.5). */
	memset(big, 'x', sizeof(big));
	assert_int_equal(ulp_name_from_text(buf, &n, slice_of(big, 63)), 0);
	assert_int_equal(ulp_name_from_text(buf, &n, slice_of(big, 64)), PST_E_BAD);
	/* 255 and 256 octets in all: 253 and 254 characters. */
	for (size_t i = 63; i < sizeof(big); i += 64)
		big[i] = '.';
	assert_int_equal(ulp_name_from_text(buf, &n, slice_of(big, 253)), 0);
	assert_int_equal(n, 255);
	assert_int_equal(ulp_name_from_text(buf, &n, slice_of(big, 254)), PST_E_BAD);
	assert_false(ulp_name_valid(slice_of("\100", 2)));
	assert_false(ulp_name_valid(slice_of("\1a", 2)));
	assert_false(ulp_name_valid(slice_of("\1a\0\0", 4)));
}

static void test_a_name_too_long_is_bad(void **state)
{
	(void)state;
	uint8_t msg[ULP_HEADER_LEN + 300] = { 0, 1, 0, 0x20, 0, 1, 0, 0 };
	struct arena a;
	struct ulp_msg m;
	arena_init(&a, 0);
	/* Four parts of 62 and one of 2: 255 with the zero; of 3: one too many. */
	for (unsigned i = 0; i < 4; i++)
		msg[ULP_HEADER_LEN + 63 * i] = 62;
	msg[ULP_HEADER_LEN + 252] = 1;
	assert_int_equal(ulp_decode(&m, &a, slice_of(msg, sizeof(msg)), NULL), 0);
	assert_int_equal(m.requests[0].label.name.n, 255);
	msg[ULP_HEADER_LEN + 252] = 2;
	assert_int_equal(ulp_decode(&m, &a, slice_of(msg, sizeof(msg)), NULL), PST_E_BAD);
	msg[ULP_HEADER_LEN] = 64;
	assert_int_equal(ulp_decode(&m, &a, slice_of(msg, sizeof(msg)), NULL), PST_E_BAD);
	arena_free(&a);
}

static void test_encode_refuses(void **state)
{
	(void)state;
	static uint8_t big[70000];
	uint8_t buf[64];
	struct ulp_entry e = { .label = { .name = slice_of("", 1) }, .data = slice_of(big, 65536) };
	struct ulp_msg m = { .opcode = ULP_ADD, .qcount = 1, .requests = &e };
	struct writer w = wr_of(buf, sizeof(buf));
	assert_int_equal(ulp_encode(&m, &w), PST_E_RANGE);
	e.data.n = 100;
	w = wr_of(buf, sizeof(buf));
	assert_int_equal(ulp_encode(&m, &w), PST_E_SPACE);
	e.label.name = slice_of("\3a", 3);
	w = wr_of(buf, sizeof(buf));
	assert_int_equal(ulp_encode(&m, &w), PST_E_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worked_example),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_every_cut_is_short),
		cmocka_unit_test(test_lossless),
		cmocka_unit_test(test_counts_without_entries),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_a_name_too_long_is_bad),
		cmocka_unit_test(test_encode_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
