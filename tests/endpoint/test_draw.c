/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drawings as lines of text: each verb, each word, and what is wrong. */
/* cmocka wants these before it */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "endpoint/data_draw.h"

static void good(struct draw *d, const char *line, enum whiteboard_shape_type type, uint32_t points)
{
	const char *wrong = draw_parse(d, line);
	if (wrong != NULL)
		fail_msg("%s: %s", line, wrong);
	assert_true(d->any);
	assert_int_equal(d->shape.type, type);
	assert_int_equal(d->shape.n_points, points);
}

static void test_verbs(void **state)
{
	(void)state;
	struct draw d;
	good(&d, "line 10,-20 43690,-21845\t5,5 color=#ff8001 width=255 style=dash-dot-dot highlight\n",
		WHITEBOARD_LINE, 3);
	assert_int_equal(d.shape.points[1].x, 43690);
	assert_int_equal(d.shape.points[1].y, -21845);
	assert_int_equal(d.shape.pen_rgb, 0xff8001);
	assert_int_equal(d.shape.width, 255);
	assert_int_equal(d.shape.style, T126_LINE_STYLE_DASH_DOT_DOT);
	assert_true(d.shape.highlight && !d.shape.fill);
	good(&d, "  polygon fill=#000001 1,1 2,2", WHITEBOARD_POLYGON, 2);
	assert_true(d.shape.fill && d.shape.fill_rgb == 1 && d.shape.width == 1);
	good(&d, "rect 1,1 2,2 style=dash-dot", WHITEBOARD_RECTANGLE, 2);
	assert_int_equal(d.shape.style, T126_LINE_STYLE_DASH_DOT);
	good(&d, "ellipse 1,1 2,2", WHITEBOARD_ELLIPSE, 2);
	good(&d, "point 1,1", WHITEBOARD_POINTS, 1);
	good(&d, "pointer 1,1", WHITEBOARD_POINTER, 1);
	good(&d, "page 256", WHITEBOARD_PAGE, 0);
	assert_int_equal(d.shape.page, 256);
	good(&d, "clear", WHITEBOARD_CLEAR, 0);
	good(&d, "text 1,2 \"a \\\"b\\\\ \xc3\xa4\" size=20", WHITEBOARD_TEXT, 1);
	assert_string_equal(d.shape.text, "a \"b\\ \xc3\xa4");
	assert_int_equal(d.shape.size, 20);
	assert_null(draw_parse(&d, "  \n"));
	assert_false(d.any);
	assert_null(draw_parse(&d, "# line 1,1"));
	assert_false(d.any);
}

static void test_wrong(void **state)
{
	(void)state;
	static const char *const lines[] = { "lines 1,1 2,2", "line 1,1", "line 1,1 2", "line 1,1 2,2x",
		"line 1,1 2,43691", "line 1,1 2,-21846", "line 1,1 2,2 color=red",
		"line 1,1 2,2 color=#ff00001", "line 1,1 2,2 width=0", "line 1,1 2,2 width=256",
		"line 1,1 2,2 style=wavy", "line 1,1 2,2 colour=#000000", "rect 1,1 2,2 3,3", "page",
		"page 0", "page 257", "page 1 2", "clear 1,1", "text 1,1", "text 1,1 \"open", "text \"a\"",
		"text 1,1 \"a\" \"b\"", "text 1,1 \"a\" size=3", "line 99999999999999999999,1 1,1",
		"line 1,1 2,2 width", "line 1,1 2,2 \"text\"" };
	struct draw d;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (draw_parse(&d, lines[i]) == NULL)
			fail_msg("%s", lines[i]);
}

/* As many points as a PDU has, as long a text as there may be, and one more. */
static void test_most(void **state)
{
	(void)state;
	static char line[4096];
	struct draw d;
	strcpy(line, "line");
	for (unsigned i = 0; i < 256; i++)
		strcat(line, " 1,1");
	good(&d, line, WHITEBOARD_LINE, 256);
	strcat(line, " 1,1");
	assert_non_null(draw_parse(&d, line));
	strcpy(line, "text 1,1 \"");
	memset(line + strlen(line), 'a', DRAW_TEXT_MAX - 1);
	strcat(line, "\"");
	good(&d, line, WHITEBOARD_TEXT, 1);
	assert_int_equal(strlen(d.shape.text), DRAW_TEXT_MAX - 1);
	line[strlen(line) - 1] = 'a';
	strcat(line, "\"");
	assert_non_null(draw_parse(&d, line));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_verbs), cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_most) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
