/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said of a file and read of it; names that peers send, made plain. */
#include "../asn1/vectors.h"

#include "t127/header.h"
#include "t127/msg.h"

static void is_named(const char *sent, size_t n, const char *name)
{
	const struct pst_slice parts[] = { slice_str("folder"), slice_of((const uint8_t *)sent, n) };
	char out[T127_NAME_MAX + 1];
	t127_name(out, parts, 2);
	assert_string_equal(out, name);
}

#define IS(sent, name) is_named(sent, sizeof(sent) - 1, name)

static void test_names(void **state)
{
	(void)state;
	IS("report.doc", "report.doc");
	IS("C:\\My Documents\\report.doc", "report.doc");
	IS("../../etc/passwd", "passwd");
	IS("/etc/", "file");
	IS("a:b", "b");
	IS("..", "file");
	IS(".", "file");
	IS("", "file");
	IS(".bashrc", "_bashrc");
	IS("...", "file");
	IS("-rf", "_rf");
	IS("--", "__");
	IS(" x ", "_x");
	IS("a\0b", "a_b");
	IS("a\nb\x1b[2J.txt", "a_b_[2J.txt");
	IS("a*?\"<>|b", "a______b");
	IS("tail. . .", "tail");
	IS("B\xc3\xbcro.txt", "B\xc3\xbcro.txt"); /* UTF-8 */
	IS("B\xfcro.txt", "B\xc3\xbcro.txt");	  /* ISO 8859-1 */
	IS("\x9b"
	   "2J",
		"_2J"); /* a control of it */
	IS("\xe2\x80\xae"
	   "cod.exe",
		"_cod.exe"); /* right to left override */
	IS("\xe2\x80\x8b"
	   "x",
		"_x"); /* a space nobody sees */
	IS("\xc0\xaf"
	   "etc",
		"\xc3\x80\xc2\xaf"
		"etc"); /* no UTF-8: an overlong slash is two letters */
	IS("\xed\xa0\x80"
	   "s",
		"\xc3\xad\xc2\xa0_s");			    /* nor is a surrogate */
	IS("\xf0\x9f\x98\x80.png", "\xf0\x9f\x98\x80.png"); /* four octets */
	char out[T127_NAME_MAX + 1];
	t127_name(out, NULL, 0);
	assert_string_equal(out, "file");
}

static void test_long_names(void **state)
{
	char sent[2000], out[T127_NAME_MAX + 1];
	const struct pst_slice s = slice_of((const uint8_t *)sent, sizeof sent);
	(void)state;
	memset(sent, 'x', sizeof sent);
	t127_name(out, &s, 1);
	assert_int_equal(strlen(out), T127_NAME_MAX);
	memcpy(sent + sizeof sent - 4, ".zip", 4);
	t127_name(out, &s, 1);
	assert_int_equal(strlen(out), T127_NAME_MAX);
	assert_string_equal(out + T127_NAME_MAX - 4, ".zip");
	for (size_t i = 0; i + 2 < sizeof sent; i += 2)
		memcpy(sent + i, "\xc3\xbc", 2); /* never cut in two */
	memcpy(sent + sizeof sent - 4, ".zip", 4);
	t127_name(out, &s, 1);
	assert_int_equal(strlen(out), T127_NAME_MAX);
	assert_int_equal((uint8_t)out[T127_NAME_MAX - 5], 0xbc);
	memcpy(sent + sizeof sent - 3, ".zi", 3);
	t127_name(out, &s, 1);
	assert_string_equal(out + strlen(out) - 3, ".zi");
	assert_int_equal((uint8_t)out[strlen(out) - 4], 0xbc);
}

static void test_header(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} times[] = { { 0, "19700101000000Z" }, { 928238400, "19990601120000Z" }, { -1, "19691231235959Z" },
		{ 951782400, "20000229000000Z" }, { 4102444799, "20991231235959Z" } };
	struct t127_file f = { .name = "a.txt",
		.has_size = true,
		.size = UINT64_C(5000000000),
		.has_modified = true },
			 g;
	struct t127_file_header h;
	struct arena a;
	(void)state;
	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		f.modified_s = times[i].s;
		assert_int_equal(t127_header_write(&h, &f, &a), 0);
		assert_true(slice_eq(h.date_and_time_of_last_modification, slice_str(times[i].text)));
		t127_header_read(&g, &h);
		assert_string_equal(g.name, f.name);
		assert_true(g.has_size && g.size == f.size && g.has_modified && g.modified_s == f.modified_s);
	}
	f.has_size = f.has_modified = false;
	assert_int_equal(t127_header_write(&h, &f, &a), 0);
	t127_header_read(&g, &h);
	assert_false(g.has_size || g.has_modified);
	f.has_modified = true;
	f.modified_s = INT64_MAX / 2; /* no year of four digits: left out */
	assert_int_equal(t127_header_write(&h, &f, &a), 0);
	assert_false(h.has_date_and_time_of_last_modification);
	arena_free(&a);
}

static void test_odd_headers(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t s;
	} times[] = { { "199906011200", true, 928238400 }, { "19990601120001.5+0200", true, 928238401 },
		{ "19990601", false, 0 }, { "19991301120000Z", false, 0 }, { "1999060112x000Z", false, 0 },
		{ "", false, 0 }, { "00000101000000Z", false, 0 } };
	struct t127_file f;
	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		struct t127_file_header h = { .has_date_and_time_of_last_modification = true,
			.date_and_time_of_last_modification = slice_str(times[i].text) };
		t127_header_read(&f, &h);
		assert_int_equal(f.has_modified, times[i].ok);
		assert_int_equal(f.modified_s, times[i].s);
		assert_string_equal(f.name, "file");
	}
	struct t127_file_header h = { .has_filesize = true, .filesize = { .v = -1 } };
	t127_header_read(&f, &h);
	assert_false(f.has_size);
	h.filesize = (struct asn1_integer){ .big = slice_str("123456789") };
	t127_header_read(&f, &h);
	assert_false(f.has_size);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_header), cmocka_unit_test(test_odd_headers) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
