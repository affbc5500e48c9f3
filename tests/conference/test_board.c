/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boards: what each SIPDU makes of one, what is refused, the SVG to the letter, and a board made of another's
 * PDUs. */
#include "../asn1/vectors.h"

#include "conference/board.h"

enum { PAGE = 1, OTHER = 2, USER = 1001, STRANGER = 1002 };

struct string {
	char p[1 << 16];
	size_t n;
};

static void append(void *arg, const char *text, size_t n)
{
	struct string *s = arg;
	assert_true(s->n + n < sizeof s->p);
	memcpy(s->p + s->n, text, n);
	s->n += n;
	s->p[s->n] = '\0';
}

static const char *svg(const struct board *b)
{
	static struct string s[2];
	static unsigned turn;
	turn = 1 - turn;
	s[turn].n = 0;
	board_svg(b, append, &s[turn]);
	return s[turn].p;
}

static void has(const struct board *b, const char *text)
{
	const char *all = svg(b);
	if (strstr(all, text) == NULL)
		fail_msg("no\n%s\nin\n%s", text, all);
}

static void has_not(const struct board *b, const char *text)
{
	assert_null(strstr(svg(b), text));
}

static int copy(void *arg, const t126_pdu *m)
{
	return board_apply(arg, m, USER, BOARD_REFRESH);
}

/* The board made anew from its PDUs is the same, and so are its PDUs. */
static void same_again(const struct board *b)
{
	struct board c;
	board_init(&c, NULL);
	assert_int_equal(board_write(b, copy, &c), 0);
	assert_string_equal(svg(b), svg(&c));
	assert_int_equal(b->n_objects, c.n_objects);
	assert_int_equal(b->octets, c.octets);
	board_free(&c);
	assert_int_equal(c.octets, 0);
}

/* ---- PDUs */

static int page_make(struct board *b, uint32_t handle, bool editable, bool protected)
{
	uint32_t access[1] = { USER };
	struct t126_plane_protection on = { .protected = true };
	struct t126_plane_attribute protection = { T126_PLANE_ATTRIBUTE_PROTECTION, { .protection = &on } };
	struct t126_plane_usage usage = { .choice = T126_PLANE_USAGE_ANNOTATION };
	struct t126_workspace_plane planes[2] = { { .editable = true }, { .editable = editable } };
	struct t126_workspace_create_pdu p = { .workspace_identifier = { .u.active_workspace = handle },
		.synchronized = true,
		.has_protected_plane_access_list = true,
		.workspace_size = { 640, 480 } };
	p.protected_plane_access_list.n = 1;
	p.protected_plane_access_list.v = access;
	for (unsigned i = 0; i < 2; i++) {
		planes[i].usage.n = 1;
		planes[i].usage.v = &usage;
	}
	planes[1].has_plane_attributes = protected;
	planes[1].plane_attributes.n = 1;
	planes[1].plane_attributes.v = &protection;
	p.plane_parameters.n = 2;
	p.plane_parameters.v = planes;
	return board_apply(b,
		&(t126_pdu){ .choice = T126_SIPDU_WORKSPACE_CREATE_PDU, .u.workspace_create_pdu = &p }, USER,
		BOARD_LIVE);
}

static int rectangle(struct board *b, uint32_t page, uint32_t plane, uint32_t handle, uint16_t user)
{
	struct t126_soft_copy_data_plane_address to = { page, plane };
	struct t126_point_diff8 d = { 30, -20 };
	struct t126_drawing_create_pdu p = { .has_drawing_handle = handle != 0,
		.drawing_handle = handle,
		.destination_address = { .u.soft_copy_annotation_plane = &to },
		.drawing_type = { .choice = T126_DRAWING_TYPE_RECTANGLE },
		.anchor_point = { 10, 50 },
		.point_list = { .choice = T126_POINT_LIST_POINTS_DIFF8 } };
	p.point_list.u.points_diff8.n = 1;
	p.point_list.u.points_diff8.v = &d;
	return board_apply(b,
		&(t126_pdu){ .choice = T126_SIPDU_DRAWING_CREATE_PDU, .u.drawing_create_pdu = &p }, user,
		BOARD_LIVE);
}

static int edit(struct board *b, uint32_t handle, uint32_t n, struct t126_drawing_attribute *v,
	struct t126_rotation_specifier *rotation, uint16_t user)
{
	struct t126_drawing_edit_pdu p = {
		.drawing_handle = handle, .has_attribute_edits = n > 0, .rotation_edit = rotation
	};
	p.attribute_edits.n = n;
	p.attribute_edits.v = v;
	return board_apply(b, &(t126_pdu){ .choice = T126_SIPDU_DRAWING_EDIT_PDU, .u.drawing_edit_pdu = &p },
		user, BOARD_LIVE);
}

static int erase(struct board *b, uint32_t handle, uint16_t user)
{
	struct t126_drawing_delete_pdu p = { .drawing_handle = handle };
	return board_apply(b,
		&(t126_pdu){ .choice = T126_SIPDU_DRAWING_DELETE_PDU, .u.drawing_delete_pdu = &p }, user,
		BOARD_LIVE);
}

/* ---- tests */

static void test_golden(void **state)
{
	(void)state;
	struct board b;
	board_init(&b, NULL);
	assert_int_equal(rectangle(&b, PAGE, 0, 7, USER), PST_E_NOT_FOUND);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(rectangle(&b, PAGE, 0, 7, USER), 0);
	assert_int_equal(rectangle(&b, PAGE, 2, 8, USER), PST_E_NOT_FOUND);
	assert_string_equal(svg(&b),
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"480\" viewBox=\"0 0 640 "
		"480\">\n"
		"<svg id=\"p1\" y=\"0\" width=\"640\" height=\"480\" viewBox=\"0 0 640 480\">\n"
		"<rect width=\"640\" height=\"480\" fill=\"#ffffff\"/>\n"
		"<rect id=\"o7\" x=\"10\" y=\"30\" width=\"30\" height=\"20\" fill=\"none\" "
		"stroke=\"#000000\" "
		"stroke-width=\"1\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\n"
		"</svg>\n"
		"</svg>\n");
	same_again(&b);
	board_free(&b);
	assert_int_equal(b.octets, 0);
}

static void test_edits(void **state)
{
	(void)state;
	struct board b;
	struct t126_color_rgb rgb = { 1, 2, 255 };
	struct t126_workspace_color blue = { T126_WORKSPACE_COLOR_RGB_TRUE_COLOR,
		{ .rgb_true_color = &rgb } };
	struct t126_line_style dashed = { .choice = T126_LINE_STYLE_DASHED };
	struct t126_pen_nib square = { .choice = T126_PEN_NIB_SQUARE };
	struct t126_view_state hidden = { .choice = T126_VIEW_STATE_HIDDEN };
	struct t126_rotation_specifier rotation = { 95, { 15, -10 } };
	struct t126_drawing_attribute v[] = {
		{ T126_DRAWING_ATTRIBUTE_FILL_COLOR, { .fill_color = &blue } },
		{ T126_DRAWING_ATTRIBUTE_PEN_THICKNESS, { .pen_thickness = 3 } },
		{ T126_DRAWING_ATTRIBUTE_LINE_STYLE, { .line_style = &dashed } },
		{ T126_DRAWING_ATTRIBUTE_PEN_NIB, { .pen_nib = &square } },
		{ T126_DRAWING_ATTRIBUTE_HIGHLIGHT, { .highlight = true } },
	};
	struct t126_drawing_attribute hide = { T126_DRAWING_ATTRIBUTE_VIEW_STATE, { .view_state = &hidden } },
				      front = { T126_DRAWING_ATTRIBUTE_Z_ORDER,
					      { .z_order = T126_Z_ORDER_FRONT } };
	board_init(&b, NULL);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(rectangle(&b, PAGE, 0, 7, USER), 0);
	assert_int_equal(rectangle(&b, PAGE, 0, 8, USER), 0);
	assert_int_equal(edit(&b, 9, 0, NULL, NULL, USER), PST_E_NOT_FOUND);
	assert_int_equal(edit(&b, 7, 5, v, &rotation, STRANGER), 0);
	has(&b, "<rect id=\"o7\" x=\"10\" y=\"30\" width=\"30\" height=\"20\" fill=\"#0102ff\" "
		"stroke=\"#000000\" "
		"stroke-width=\"3\" stroke-linecap=\"square\" stroke-linejoin=\"miter\" "
		"stroke-dasharray=\"12,6\" "
		"stroke-opacity=\"0.5\" fill-opacity=\"0.5\" transform=\"rotate(1.58 25 40)\"/>\n<rect "
		"id=\"o8\"");
	same_again(&b);
	assert_int_equal(edit(&b, 7, 1, &front, NULL, USER), 0);
	has(&b, "stroke-linejoin=\"round\"/>\n<rect id=\"o7\"");
	same_again(&b);
	assert_int_equal(edit(&b, 7, 1, &hide, NULL, USER), 0);
	has_not(&b, "o7");
	same_again(&b);
	assert_int_equal(erase(&b, 8, USER), 0);
	assert_int_equal(erase(&b, 8, USER), PST_E_NOT_FOUND);
	assert_int_equal(b.n_objects, 1);
	board_free(&b);
}

static void test_rights(void **state)
{
	(void)state;
	struct board b;
	board_init(&b, NULL);
	assert_int_equal(page_make(&b, PAGE, false, true), 0);
	assert_int_equal(rectangle(&b, PAGE, 1, 7, STRANGER), PST_E_DENIED);
	assert_int_equal(rectangle(&b, PAGE, 1, 7, USER), 0);
	assert_int_equal(erase(&b, 7, USER), PST_E_DENIED); /* that plane cannot be edited */
	same_again(&b);
	assert_int_equal(page_make(&b, OTHER, true, true), 0);
	assert_int_equal(rectangle(&b, OTHER, 1, 8, USER), 0);
	assert_int_equal(edit(&b, 8, 0, NULL, NULL, STRANGER), PST_E_DENIED);
	assert_int_equal(erase(&b, 8, STRANGER), PST_E_DENIED);
	assert_int_equal(erase(&b, 8, USER), 0);
	board_free(&b);
}

/* More points than one PDU says, in a drawing that was made longer. */
static void test_long(void **state)
{
	(void)state;
	struct board b;
	static struct t126_point_diff16 d[255];
	struct t126_point_list more = { .choice = T126_POINT_LIST_POINTS_DIFF16 };
	struct t126_point_list_edit e = { .initial_index = 400, .initial_point_edit = { 5, 5 } };
	struct t126_drawing_edit_pdu p = { .drawing_handle = 7, .has_point_list_edits = true };
	for (unsigned i = 0; i < 255; i++)
		d[i] = (struct t126_point_diff16){ i % 2 == 0 ? 30000 : -30000, i };
	more.u.points_diff16.n = 255;
	more.u.points_diff16.v = d;
	e.subsequent_point_edits = &more;
	p.point_list_edits.n = 1;
	p.point_list_edits.v = &e;
	const t126_pdu m = { .choice = T126_SIPDU_DRAWING_EDIT_PDU, .u.drawing_edit_pdu = &p };
	board_init(&b, NULL);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(rectangle(&b, PAGE, 0, 7, USER), 0);
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), 0);
	assert_int_equal(board_object(&b, 7)->n_points, 656);
	same_again(&b);
	e.initial_index = 65534;
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), PST_E_LIMIT);
	board_free(&b);
	board_init(&b, &(struct board_limits){ 1, 10, 20000 });
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(page_make(&b, OTHER, true, false), PST_E_LIMIT);
	assert_int_equal(rectangle(&b, PAGE, 0, 7, USER), 0);
	e.initial_index = 5000;
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), PST_E_LIMIT);
	for (uint32_t i = 0; i < 12; i++)
		assert_true(rectangle(&b, PAGE, 0, 100 + i, USER) == (i < 9 ? 0 : PST_E_LIMIT));
	assert_int_equal(b.n_objects, 10);
	assert_true(b.octets <= 20000 && b.refused == 5);
	board_free(&b);
	assert_int_equal(b.octets, 0);
}

static void test_copy(void **state)
{
	(void)state;
	struct board b;
	struct t126_copied_object objects[2] = { { 7, 20 }, { 99, 21 } };
	struct t126_workspace_point offset = { 100, 200 };
	struct t126_editable_plane_copy_descriptor d = { .destination_offset = &offset,
		.plane_clear_flag = true };
	struct t126_workspace_plane_copy_pdu p = { .source_workspace_identifier = { .u.active_workspace =
											    PAGE },
		.destination_workspace_identifier = { .u.active_workspace = OTHER },
		.destination_plane = 1,
		.copy_descriptor = { T126_PLANE_COPY_DESCRIPTOR_EDITABLE_PLANE_COPY_DESCRIPTOR,
			{ .editable_plane_copy_descriptor = &d } } };
	d.object_list.n = 2;
	d.object_list.v = objects;
	const t126_pdu m = { .choice = T126_SIPDU_WORKSPACE_PLANE_COPY_PDU,
		.u.workspace_plane_copy_pdu = &p };
	board_init(&b, NULL);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(rectangle(&b, PAGE, 0, 7, USER), 0);
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), PST_E_NOT_FOUND);
	assert_int_equal(page_make(&b, OTHER, true, false), 0);
	assert_int_equal(rectangle(&b, OTHER, 1, 8, USER), 0);
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), 0);
	assert_null(board_object(&b, 8)); /* cleared first */
	has(&b, "<rect id=\"o20\" x=\"110\" y=\"230\"");
	assert_int_equal(b.n_objects, 2);
	same_again(&b);
	board_free(&b);
}

/* ---- bitmaps and texts */

static int bitmap(struct board *b, uint32_t handle, const struct t126_bitmap_format_header *head,
	uint32_t width, uint32_t height, const char *hex, struct t126_non_standard_parameter *extra)
{
	const struct pst_slice octets = from_hex(hex);
	struct t126_soft_copy_data_plane_address to = { PAGE, 0 };
	struct t126_bitmap_data d = { .data = octets };
	struct t126_point_diff16 corner = { 20, 10 };
	struct t126_bitmap_create_pdu p = { .bitmap_handle = handle,
		.destination_address = { T126_BITMAP_DESTINATION_ADDRESS_SOFT_COPY_IMAGE_PLANE,
			{ .soft_copy_image_plane = &to } },
		.bitmap_size = { width, height },
		.bitmap_format_header = *head,
		.scaling = handle % 2 == 0 ? &corner : NULL,
		.bitmap_data = &d,
		.has_non_standard_parameters = extra != NULL };
	p.non_standard_parameters.n = 1;
	p.non_standard_parameters.v = extra;
	const int err = board_apply(b,
		&(t126_pdu){ .choice = T126_SIPDU_BITMAP_CREATE_PDU, .u.bitmap_create_pdu = &p }, USER,
		BOARD_LIVE);
	free_slice(octets);
	return err;
}

static void test_bitmaps(void **state)
{
	(void)state;
	struct board b;
	struct t126_color_space_rgb space = { 0 };
	struct t126_uncompressed_direct_map direct = { .color_space = { T126_COLOR_SPACE_SPECIFIER_RGB,
							       { .rgb = &space } } };
	struct t126_bitmap_header_uncompressed plain = { .color_mapping_mode = {
								 0, { .direct_map = &direct } } };
	struct t126_bitmap_header_t81 jpeg = { .color_space = direct.color_space };
	struct t126_bitmap_header_t6 t6 = { 0 };
	struct t126_bitmap_format_header head = { T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_UNCOMPRESSED,
		{ .bitmap_header_uncompressed = &plain } };
	board_init(&b, NULL);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	/* one red pixel: the PNG that zlib's sums give too */
	assert_int_equal(bitmap(&b, 9, &head, 1, 1, "ff0000", NULL), 0);
	has(&b, "<svg id=\"o9\" x=\"0\" y=\"0\" width=\"1\" height=\"1\" viewBox=\"0 0 1 1\" "
		"preserveAspectRatio=\"none\">"
		"<image width=\"1\" height=\"1\" href=\"data:image/png;base64,"
		"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAAD0lEQVR4AQEEAPv/"
		"AP8AAAMBAQCNHeWCAAAAAElFTkSuQmCC"
		"\"/></svg>");
	/* too little data, and what is not shown: a frame with a sum */
	assert_int_equal(bitmap(&b, 11, &head, 2, 2, "ff0000", NULL), 0);
	has(&b, "<desc>3 octets, 0003bd3f</desc>");
	head = (struct t126_bitmap_format_header){ T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_T6,
		{ .bitmap_header_t6 = &t6 } };
	assert_int_equal(bitmap(&b, 12, &head, 8, 8, "0102", NULL), 0);
	has(&b, "<svg id=\"o12\" x=\"0\" y=\"0\" width=\"20\" height=\"10\" viewBox=\"0 0 8 8\"");
	head = (struct t126_bitmap_format_header){ T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_T81,
		{ .bitmap_header_t81 = &jpeg } };
	assert_int_equal(bitmap(&b, 13, &head, 8, 8, "ffd8ffd9", NULL), 0);
	has(&b, "data:image/jpeg;base64,/9j/2Q==");
	same_again(&b);
	board_free(&b);
}

/* One PDU that copies the same large object again and again: what is copied is bounded by what a board may hold. */
static void test_copies_are_limited(void **state)
{
	enum { COPIES = 200, OCTETS = 4000 };
	(void)state;
	const struct board_limits limits = { 4, 1000, 100000 };
	struct board b;
	struct t126_bitmap_header_t6 t6 = { 0 };
	const struct t126_bitmap_format_header head = { T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_T6, { .bitmap_header_t6 = &t6 } };
	struct t126_copied_object objects[COPIES];
	struct t126_editable_plane_copy_descriptor d = { 0 };
	struct t126_workspace_plane_copy_pdu p = { .source_workspace_identifier = { .u.active_workspace = PAGE },
		.destination_workspace_identifier = { .u.active_workspace = PAGE },
		.destination_plane = 1,
		.copy_descriptor = { T126_PLANE_COPY_DESCRIPTOR_EDITABLE_PLANE_COPY_DESCRIPTOR,
			{ .editable_plane_copy_descriptor = &d } } };
	const t126_pdu m = { .choice = T126_SIPDU_WORKSPACE_PLANE_COPY_PDU, .u.workspace_plane_copy_pdu = &p };
	char hex[2 * OCTETS + 1];
	memset(hex, 'a', sizeof hex - 1);
	hex[sizeof hex - 1] = '\0';
	board_init(&b, &limits);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(bitmap(&b, 7, &head, 8, 8, hex, NULL), 0);
	for (unsigned i = 0; i < COPIES; i++)
		objects[i] = (struct t126_copied_object){ 7, 20 };
	d.object_list.v = objects;
	d.object_list.n = 10;
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), 0);
	d.object_list.n = COPIES;
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), PST_E_LIMIT);
	assert_int_equal(b.n_objects, 2);
	same_again(&b);
	board_free(&b);
}

/* NetMeeting's: two rows of one blue and one green pixel, from below, each of whole 32 bits. */
static void test_bitmap24(void **state)
{
	(void)state;
	struct board b;
	struct t126_bitmap_header_t6 t6 = { 0 };
	struct t126_bitmap_format_header head = { T126_BITMAP_FORMAT_HEADER_BITMAP_HEADER_T6,
		{ .bitmap_header_t6 = &t6 } };
	const struct pst_slice info =
		from_hex("28000000 01000000 02000000 0100 1800 00000000 00000000 00000000 00000000"
			 "00000000 00000000");
	struct t126_non_standard_parameter extra = {
		.non_standard_identifier = { T126_NON_STANDARD_IDENTIFIER_H221NON_STANDARD,
			{ .h221non_standard = slice_of("\xb5\0SLBitmap24\0", 13) } },
		.data = info
	};
	board_init(&b, NULL);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(bitmap(&b, 9, &head, 1, 2, "ff000000 00ff0000", &extra), 0);
	/* IHDR 1 x 2, RGB; rows 00 00ff00, 00 0000ff */
	has(&b, "iVBORw0KGgoAAAANSUhEUgAAAAEAAAACCAIAAAAW4yFwAAAAE0lEQVR4AQEIAPf/AAD/AAAAAP8HAQH/"
		"Uj+yAQAAAABJRU5ErkJggg==");
	same_again(&b);
	free_slice(info);
	board_free(&b);
}

static void test_text(void **state)
{
	(void)state;
	struct board b;
	uint8_t lines[128], font[T126_FONT_LEN], out[512];
	struct writer l = wr_of(lines, sizeof lines), w = wr_of(out, sizeof out);
	struct t126_si_non_standard_pdu p = { 0 };
	t126_font_write(&(struct t126_font){ .height = -20, .weight = 700, .face = "A\"><script>" }, font);
	assert_int_equal(t126_text_line_write(&l, 0, 0, slice_str("<&\"'\x01\xe4 b")), 0);
	assert_int_equal(t126_text_line_write(&l, 1, 1, slice_str("two")), 0);
	struct t126_text t = { .op = T126_TEXT_CREATE,
		.handle = 5,
		.workspace = PAGE,
		.flags = T126_TEXT_PEN | T126_TEXT_ANCHOR | T126_TEXT_FONT | T126_TEXT_LINES,
		.pen = 0x0000ff,
		.x = 30,
		.y = 40,
		.font = slice_of(font, sizeof font),
		.n_lines = 2,
		.lines = wr_slice(&l) };
	const t126_pdu m = { .choice = T126_SIPDU_SI_NON_STANDARD_PDU, .u.si_non_standard_pdu = &p };
	board_init(&b, NULL);
	assert_int_equal(t126_text_write(&p.non_standard_transaction, &t, &w), 0);
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), PST_E_NOT_FOUND);
	assert_int_equal(page_make(&b, PAGE, true, false), 0);
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), 0);
	has(&b, "<text id=\"o5\" x=\"30\" y=\"40\" font-size=\"20\" fill=\"#ff0000\" "
		"font-family=\"A&#34;&#62;&#60;script&#62;\" font-weight=\"bold\" xml:space=\"preserve\">"
		"<tspan x=\"30\" y=\"65\">&#60;&#38;&#34;&#39;?&#228; b</tspan><tspan x=\"40\" "
		"y=\"90\">two</tspan></text>");
	same_again(&b);
	/* moved, then taken away */
	t.op = T126_TEXT_EDIT;
	t.flags = T126_TEXT_ANCHOR;
	t.x = 31;
	w.n = 0;
	assert_int_equal(t126_text_write(&p.non_standard_transaction, &t, &w), 0);
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), 0);
	has(&b, "<text id=\"o5\" x=\"31\"");
	t.op = T126_TEXT_DELETE;
	w.n = 0;
	assert_int_equal(t126_text_write(&p.non_standard_transaction, &t, &w), 0);
	assert_int_equal(board_apply(&b, &m, USER, BOARD_LIVE), 0);
	assert_int_equal(b.n_objects, 0);
	board_free(&b);
	assert_int_equal(b.octets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_golden), cmocka_unit_test(test_edits),
		cmocka_unit_test(test_rights), cmocka_unit_test(test_long), cmocka_unit_test(test_copy),
		cmocka_unit_test(test_bitmaps), cmocka_unit_test(test_bitmap24),
		cmocka_unit_test(test_copies_are_limited), cmocka_unit_test(test_bitmap24),
		cmocka_unit_test(test_text) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
