/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NetMeeting's texts and bitmaps: by hand, there and back, what is none. */
#include "../asn1/vectors.h"

#include "t126/netmeeting.h"

enum { HEAD = 12, BODY = 28 + T126_FONT_LEN + 4 };

static struct t126_non_standard_parameter parameter(const char *key, size_t n, struct pst_slice data)
{
	return (struct t126_non_standard_parameter){
		.non_standard_identifier = { .choice = T126_NON_STANDARD_IDENTIFIER_H221NON_STANDARD,
			.u.h221non_standard = slice_of(key, n) },
		.data = data,
	};
}

static void test_delete_by_hand(void **state)
{
	(void)state;
	static const uint8_t octets[HEAD] = { 31, 0, 0, 0, 0x34, 0x12, 0, 0, 1, 0, 0, 0x80 };
	static const struct {
		const char *key;
		size_t n;
		int want;
	} keys[] = {
		{ "\xb5\0SLText2\0", 10, 0 },
		{ "\xb5\0SLText2", 9, 0 },
		{ "\xb5\0LSText2\0", 10, 0 },
		{ "\xb5\0SLText3\0", 10, PST_E_UNSUPPORTED },
		{ "\xb5\0SSText2\0", 10, PST_E_UNSUPPORTED },
		{ "\xb5\0SL", 4, PST_E_UNSUPPORTED },
		{ "\xb5\0SLText2\0\0", 11, PST_E_UNSUPPORTED },
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct t126_text t;
		const struct t126_non_standard_parameter p =
			parameter(keys[i].key, keys[i].n, slice_of(octets, HEAD));
		assert_int_equal(t126_text_read(&t, &p), keys[i].want);
		if (keys[i].want != 0)
			continue;
		assert_int_equal(t.op, T126_TEXT_DELETE);
		assert_int_equal(t.handle, 0x1234);
		assert_int_equal(t.workspace, 0x80000001);
	}
}

static void test_create(void **state)
{
	(void)state;
	uint8_t lines[64], font[T126_FONT_LEN], out[256];
	struct writer l = wr_of(lines, sizeof lines), w = wr_of(out, sizeof out);
	struct t126_non_standard_parameter p;
	struct t126_text back;
	struct t126_font f = { .height = -14, .weight = 700, .italic = true, .face = "Arial" }, g;
	uint16_t column, row;
	struct pst_slice text;
	t126_font_write(&f, font);
	assert_int_equal(t126_text_line_write(&l, 0, 0, slice_str("one")), 0);
	assert_int_equal(t126_text_line_write(&l, 2, 1, slice_str("two")), 0);
	const struct t126_text t = { .op = T126_TEXT_CREATE,
		.handle = 7,
		.workspace = 1,
		.flags = T126_TEXT_PEN | T126_TEXT_ANCHOR | T126_TEXT_FONT | T126_TEXT_LINES,
		.pen = 0x0000ff,
		.x = -5,
		.y = 20,
		.font = slice_of(font, sizeof font),
		.n_lines = 2,
		.lines = wr_slice(&l) };
	assert_int_equal(t126_text_write(&p, &t, &w), 0);
	assert_int_equal(p.data.n, HEAD + BODY + l.n);
	assert_int_equal(p.data.p[0], T126_TEXT_CREATE);
	assert_int_equal(t126_text_read(&back, &p), 0);
	assert_int_equal(back.x, -5);
	assert_int_equal(back.pen, 0x0000ff);
	assert_true(t126_font_read(&g, back.font));
	assert_int_equal(g.height, -14);
	assert_int_equal(g.weight, 700);
	assert_true(g.italic && !g.underline && !g.strike_out);
	assert_string_equal(g.face, "Arial");
	assert_int_equal(t126_text_line(&back.lines, &column, &row, &text), 0);
	assert_true(slice_eq(text, slice_str("one")));
	assert_int_equal(t126_text_line(&back.lines, &column, &row, &text), 0);
	assert_int_equal(column, 2);
	assert_int_equal(row, 1);
	assert_true(slice_eq(text, slice_str("two")));
	assert_int_equal(t126_text_line(&back.lines, &column, &row, &text), PST_E_NOT_FOUND);
	for (size_t n = 0; n < HEAD + BODY; n++) {
		p.data.n = n;
		assert_int_equal(t126_text_read(&back, &p), PST_E_SHORT);
	}
}

static void test_bad_lines(void **state)
{
	(void)state;
	static const uint8_t below[] = { 7, 0, 0, 0, 0, 0, 0, 0 }, beyond[] = { 9, 0, 0, 0, 0, 0, 0, 0 };
	uint16_t column, row;
	struct pst_slice text, s = slice_of(below, sizeof below);
	assert_int_equal(t126_text_line(&s, &column, &row, &text), PST_E_BAD);
	s = slice_of(beyond, sizeof beyond);
	assert_int_equal(t126_text_line(&s, &column, &row, &text), PST_E_BAD);
	s = slice_of(beyond, 7);
	assert_int_equal(t126_text_line(&s, &column, &row, &text), PST_E_SHORT);
}

static void test_dib(void **state)
{
	(void)state;
	struct t126_dib d;
	const struct pst_slice
		up = from_hex("28000000 02000000 03000000 0100 1800 00000000 00000000 00000000 00000000"
			      "00000000 00000000"),
		down = from_hex("28000000 02000000 fdffffff 0100 0100 00000000 00000000 00000000"
				"00000000 02000000 00000000 00000000 ffffff00"),
		packed = from_hex("28000000 02000000 03000000 0100 0800 01000000 00000000 00000000"
				  "00000000 00000000 00000000"),
		huge = from_hex("28000000 02000000 00000080 0100 1800 00000000 00000000 00000000"
				"00000000 00000000 00000000");
	assert_int_equal(t126_dib_read(&d, up), 0);
	assert_true(d.width == 2 && d.height == 3 && !d.top_down && d.bits == 24 && d.palette.n == 0);
	assert_int_equal(t126_dib_read(&d, down), 0);
	assert_true(d.width == 2 && d.height == 3 && d.top_down && d.bits == 1 && d.palette.n == 8);
	assert_int_equal(t126_dib_read(&d, packed), PST_E_UNSUPPORTED);
	assert_int_equal(t126_dib_read(&d, huge), PST_E_BAD);
	assert_int_equal(t126_dib_read(&d, slice_of(up.p, 35)), PST_E_SHORT);
	free_slice(up);
	free_slice(down);
	free_slice(packed);
	free_slice(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_delete_by_hand),
		cmocka_unit_test(test_create), cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_dib) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
