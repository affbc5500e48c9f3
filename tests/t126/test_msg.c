/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIPDUs: vectors of another compiler (Erlang's asn1, of the module as the ITU publishes it), there and back
 * with their summary. */
#include "../asn1/vectors.h"

#include "t126/msg.h"

static const struct {
	const char *hex, *text;
} pdus[] = {
	{ "6c80", "workspaceRefreshStatusPDU true" },
	{ "340007", "drawingDeletePDU 7" },
	{ "3184012c4001000001100501ff0010101904b380555455b900020f98",
		"drawingCreatePDU 300 openPolyLine on 65536/1 points 2" },
	{ "306401000001405555ffff005a7fff80011380010000ffff",
		"drawingCreatePDU ellipse on 65536/1 points 1" },
	{ "39acffffffff030a3219555a555b0040000380097ff7400100ff", "drawingEditPDU 4294967295" },
	{ "54800100028003ff02ff010003012001000220", "workspaceCreatePDU 1 1024x768 planes 2" },
	{ "556001000280020000fc16000055540060010001100040090113018000b500534c020102",
		"workspaceCreatePDU 1 1x21845 planes 1" },
	{ "58100100", "workspaceCreateAcknowledgePDU 256" },
	{ "68100100", "workspaceReadyPDU 256" },
	{ "5c000100", "workspaceDeletePDU 1" },
	{ "61400102304001020300000940", "workspaceEditPDU 1" },
	{ "64000100000201500100070008555f555f80", "workspacePlaneCopyPDU" },
	{ "18880960015556555700010000000400000501020304050680",
		"bitmapCreatePDU 9 bitmapHeaderUncompressed 2x1 pointer on 1 octets 6 more" },
	{ "19280a2001000104000700000080108002020000000000ffffff000000aa00",
		"bitmapCreatePDU 10 bitmapHeaderUncompressed 8x1 on 1/0 octets 1" },
	{ "1c0009604000000063060000ff00", "bitmapCreateContinuePDU 9 octets 1" },
	{ "24800955585559", "bitmapEditPDU 9" },
	{ "200009", "bitmapDeletePDU 9" },
	{ "118009000020", "bitmapAbortPDU 9" },
	{ "14000900000462", "bitmapCheckpointPDU" },
	{ "45000101110480", "remoteKeyboardEventPDU" },
	{ "480001102055565557", "remotePointingDeviceEventPDU" },
	{ "4dc00100028055555555555e555e", "remotePrintPDU" },
	{ "2800010108", "conductorPrivilegeGrantPDU" },
	{ "3c000100010100", "remoteEventPermissionGrantPDU" },
	{ "5100b500534c020102", "siNonStandardPDU octets 2" },
	{ "0c0001500000610f32303236303130313030303030305a0f32303236303130313030303030305a",
		"archiveOpenPDU" },
	{ "00000110", "archiveAcknowledgePDU" },
	{ "800100", "fontPDU" },
	{ "810b40018000b500534c020102", "textCreatePDU" },
	{ "840a080500010000800a8014", "videoWindowCreatePDU" },
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
		struct arena a;
		t126_pdu m;
		struct asn1_err err = { 0 };
		char text[T126_STRLEN];
		uint8_t out[256];
		struct writer w = wr_of(out, sizeof out);
		const struct pst_slice in = from_hex(pdus[i].hex);
		arena_init(&a, 0);
		if (t126_decode(&m, in, NULL, &a, &err) != 0)
			fail_msg("%s: %s %s", pdus[i].hex, err.path, err.what);
		assert_string_equal(t126_str(&m, text), pdus[i].text);
		assert_int_equal(t126_encode(&m, &w, NULL), 0);
		if (!slice_eq(wr_slice(&w), in))
			fail_msg("%s comes out otherwise", pdus[i].hex);
		free_slice(in);
		arena_free(&a);
	}
}

/* Whatever is left out of a PDU's end is missed, and nothing is read behind it. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
		const struct pst_slice in = from_hex(pdus[i].hex);
		for (size_t n = 0; n < in.n; n++) {
			struct arena a;
			t126_pdu m;
			uint8_t *exact = malloc(n + 1);
			assert_non_null(exact);
			memcpy(exact, in.p, n);
			arena_init(&a, 1 << 16);
			assert_int_not_equal(t126_decode(&m, slice_of(exact, n), NULL, &a, NULL), 0);
			arena_free(&a);
			free(exact);
		}
		free_slice(in);
	}
}

/* The golden text of a drawing: every member by name. */
static void test_text(void **state)
{
	(void)state;
	struct arena a;
	t126_pdu m;
	char text[2048];
	const struct pst_slice in = from_hex(pdus[2].hex);
	arena_init(&a, 0);
	assert_int_equal(t126_decode(&m, in, NULL, &a, NULL), 0);
	assert_true(asn1_print_buf(&t126_sipdu_type, &m, text, sizeof text) < sizeof text);
	static const char *const want[] = { "drawingCreatePDU", "drawingHandle: 300",
		"workspaceHandle: 65536", "plane: 1", "openPolyLine", "rgbTrueColor", "r: 255", "g: 0",
		"b: 16", "penThickness: 4", "dashed", "zOrder: front", "xCoordinate: -1", "yCoordinate: 100",
		"pointsDiff4", "xCoordinate: -8" };
	const char *at = text;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		const char *found = strstr(at, want[i]);
		if (found == NULL)
			fail_msg("no \"%s\" in its place in\n%s", want[i], text);
		else
			at = found;
	}
	free_slice(in);
	arena_free(&a);
}

static int encode(const t126_pdu *m, struct asn1_err *err)
{
	static uint8_t out[T126_PDU_MAX];
	struct writer w = wr_of(out, sizeof out);
	return t126_encode(m, &w, err);
}

/* What has bounds is held to them, going out. */
static void test_limits(void **state)
{
	(void)state;
	static struct t126_point_diff16 points[T126_POINTS_MAX + 1];
	static uint8_t octets[T126_DATA_MAX + 1];
	struct asn1_err err = { 0 };
	struct t126_soft_copy_data_plane_address plane = { 0 };
	struct t126_drawing_create_pdu d = {
		.destination_address = { .u.soft_copy_annotation_plane = &plane },
		.anchor_point = { T126_COORDINATE_MAX, T126_COORDINATE_MIN },
		.point_list = { .choice = T126_POINT_LIST_POINTS_DIFF16,
			.u.points_diff16 = { T126_POINTS_MAX, points } },
	};
	t126_pdu m = { .choice = T126_SIPDU_DRAWING_CREATE_PDU, .u.drawing_create_pdu = &d };
	assert_int_equal(encode(&m, &err), 0);
	d.point_list.u.points_diff16.n++;
	assert_int_equal(encode(&m, &err), PST_E_RANGE);
	d.point_list.u.points_diff16.n = 0;
	assert_int_equal(encode(&m, &err), 0);
	d.anchor_point.x_coordinate++;
	assert_int_equal(encode(&m, &err), PST_E_RANGE);

	struct t126_bitmap_create_continue_pdu c = { .bitmap_data = {
							     .data = slice_of(octets, T126_DATA_MAX) } };
	m = (t126_pdu){ .choice = T126_SIPDU_BITMAP_CREATE_CONTINUE_PDU, .u.bitmap_create_continue_pdu = &c };
	assert_int_equal(encode(&m, &err), 0);
	c.bitmap_data.data.n++;
	assert_int_equal(encode(&m, &err), PST_E_RANGE);
	c.bitmap_data.data.n = 0;
	assert_int_equal(encode(&m, &err), PST_E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_text), cmocka_unit_test(test_limits) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
