/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts: UTF-8 to UTF-16BE and back. */
#include "../asn1/vectors.h"

#include "t124/text.h"

static void test_both_ways(void **state)
{
	(void)state;
	static const char *const texts[] = {
	        "", "Anna", "\xc3\x84nne", "\xe2\x82\xac", "\xf0\x9f\x98\x80 smile"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct arena a;
		struct pst_slice bmp;
		char buf[64];
		arena_init(&a, 0);
		assert_int_equal(t124_text_write(&bmp, texts[i], &a), 0);
		assert_string_equal(t124_text_read(bmp, buf, sizeof buf), texts[i]);
		assert_true(strlen(t124_text_read(bmp, buf, 3)) < 3);
		arena_free(&a);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
	        "\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"};
	struct arena a;
	struct pst_slice bmp;
	char buf[16], longer[300];
	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(t124_text_write(&bmp, bad[i], &a), PST_E_BAD);
	memset(longer, 'x', sizeof longer);
	longer[256] = '\0';
	assert_int_equal(t124_text_write(&bmp, longer, &a), PST_E_RANGE);
	longer[255] = '\0';
	assert_int_equal(t124_text_write(&bmp, longer, &a), 0);
	assert_string_equal(t124_text_read(slice_of("\xd8\x3d\x00x", 4), buf, sizeof buf), "?x");
	assert_string_equal(t124_text_read(slice_of("\xdc\x00\xd8", 3), buf, sizeof buf), "?");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_both_ways), cmocka_unit_test(test_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
