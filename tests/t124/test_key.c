/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys: known ones, both spellings, printing. */
#include "../asn1/vectors.h"

#include "t124/key.h"

static void test_apps(void **state)
{
	(void)state;
	for (enum t124_app app = T124_APP_WHITEBOARD; app <= T124_APP_CHAT; app++) {
		const struct gcc_key key = t124_app_key(app);
		assert_int_equal(t124_key_app(&key), app);
	}
	struct gcc_key file = t124_app_key(T124_APP_FILE);
	file.u.object.n -= 2; /* {0 0 20 127} is met as well */
	assert_int_equal(t124_key_app(&file), T124_APP_FILE);
	const struct gcc_key other = {
	        .choice = GCC_KEY_H221_NON_STANDARD, .u.h221_non_standard = slice_str("\xb5\x01SL")};
	assert_int_equal(t124_key_app(&other), T124_APP_UNKNOWN);
	assert_false(t124_key_eq(&other, &file));
	assert_true(t124_key_eq(&file, &file));
}

static void test_str(void **state)
{
	(void)state;
	char buf[T124_KEY_STRLEN];
	struct gcc_key key = t124_app_key(T124_APP_SHARE);
	assert_string_equal(t124_key_str(&key, buf), "{0 0 20 128 0 1}");
	key = t124_app_key(T124_APP_CHAT);
	assert_string_equal(t124_key_str(&key, buf), "h221 b500534c \"Postern 1 Chat\"");
	char longer[256];
	memset(longer, '\x1b', sizeof longer);
	key.u.h221_non_standard = slice_of(longer, 255);
	t124_key_str(&key, buf);
	assert_null(strchr(buf, '\x1b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_apps), cmocka_unit_test(test_str)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
