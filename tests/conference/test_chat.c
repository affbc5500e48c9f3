/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NetMeeting's chat format: a line by hand, there and back, what is none. */
#include "sim.h"

#include "conference/chat.h"

static void test_by_hand(void **state)
{
	(void)state;
	static const uint8_t want[] = { 8, 0, 0, 0, 0, 0, 0, 0, 'H', 0, 0xe4, 0, 0xac, 0x20, 0, 0 };
	uint8_t out[CHAT_PDU_MAX];
	char text[32];
	struct writer w = wr_of(out, sizeof out);
	assert_int_equal(chat_encode("H\xc3\xa4\xe2\x82\xac", &w), 0);
	assert_int_equal(w.n, sizeof want);
	assert_memory_equal(out, want, sizeof want);
	assert_int_equal(chat_decode(slice_of(want, sizeof want), text, sizeof text), 0);
	assert_string_equal(text, "H\xc3\xa4\xe2\x82\xac");
	/* without its end, and with half a character too much */
	assert_int_equal(chat_decode(slice_of(want, sizeof want - 3), text, sizeof text), 0);
	assert_string_equal(text, "H\xc3\xa4");
}

static void test_both_ways(void **state)
{
	(void)state;
	static char longest[CHAT_TEXT_MAX + 1], back[CHAT_TEXT_MAX + 1];
	uint8_t out[CHAT_PDU_MAX];
	for (size_t i = 0; i < CHAT_TEXT_MAX; i += 4)
		memcpy(longest + i, i % 8 == 0 ? "\xf0\x9f\x98\x80" : "abcd", 4);
	const char *const texts[] = { "", "x", longest };
	for (unsigned i = 0; i < 3; i++) {
		struct writer w = wr_of(out, sizeof out);
		assert_int_equal(chat_encode(texts[i], &w), 0);
		assert_int_equal(chat_decode(wr_slice(&w), back, sizeof back), 0);
		assert_string_equal(back, texts[i]);
		assert_int_equal(chat_decode(wr_slice(&w), back, 10), 0);
		assert_true(strlen(back) < 10);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static char longer[CHAT_TEXT_MAX + 2];
	uint8_t out[64];
	char text[8];
	struct writer w = wr_of(out, sizeof out);
	memset(longer, 'x', CHAT_TEXT_MAX + 1);
	assert_int_equal(chat_encode(longer, &w), PST_E_RANGE);
	assert_int_equal(chat_encode("\xff", &w), PST_E_BAD);
	w = wr_of(out, sizeof out);
	assert_int_equal(chat_encode("\xe2\x82", &w), PST_E_BAD);
	longer[60] = '\0';
	w = wr_of(out, sizeof out);
	assert_int_equal(chat_encode(longer, &w), PST_E_SPACE);
	assert_int_equal(chat_decode(slice_str("hello, you"), text, sizeof text), PST_E_BAD);
	assert_int_equal(chat_decode(slice_of("\10\0\0", 3), text, sizeof text), PST_E_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_by_hand), cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_refused) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
