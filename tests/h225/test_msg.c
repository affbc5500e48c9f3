/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call signalling messages: built, encoded, decoded; the user-user element stays where it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/body.h"
#include "h225/build.h"
#include "h225/msg.h"

static void every_type_goes_round(void **state)
{
	(void)state;
	static const uint8_t types[] = { Q931_CALL_PROCEEDING, Q931_ALERTING, Q931_INFORMATION, Q931_RELEASE_COMPLETE,
		Q931_FACILITY, Q931_PROGRESS, Q931_STATUS, Q931_STATUS_INQUIRY, Q931_SETUP_ACKNOWLEDGE, Q931_NOTIFY };
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < sizeof(types); i++) {
		struct h225_msg m, back;
		uint8_t out[512], again[512];
		struct writer w = wr_of(out, sizeof(out)), w2 = wr_of(again, sizeof(again));
		struct asn1_err err;
		assert_int_equal(h225_init(&m, types[i], 7, true, 4, &a), 0);
		assert_int_equal(h225_encode(&m, &w, &err), 0);
		assert_int_equal(out[2] << 8 | out[3], w.n);
		assert_int_equal(h225_decode(&back, slice_of(out + 4, w.n - 4), NULL, &a, &err), 0);
		assert_int_equal(back.q931.type, types[i]);
		assert_int_equal(back.q931.crv, 7);
		assert_true(back.q931.flag);
		assert_true(back.has_uu);
		assert_int_equal(back.uu.h323_uu_pdu.h323_message_body.choice, h225_body_of_type(types[i]));
		assert_int_equal(h225_encode(&back, &w2, NULL), 0);
		assert_int_equal(w2.n, w.n);
		assert_memory_equal(out, again, w.n);
	}
	arena_free(&a);
}

static void elements_around_stay(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct h225_msg m, back;
	uint8_t out[512];
	struct writer w = wr_of(out, sizeof(out));
	assert_int_equal(h225_init(&m, Q931_FACILITY, 7, false, 4, &a), 0);
	h225_make_empty(&m);
	assert_int_equal(q931_append(&m.q931, Q931_IE_DISPLAY, slice_str("after")), 0);
	m.uu.h323_uu_pdu.has_h245_tunneling = true;
	assert_int_equal(h225_encode(&m, &w, NULL), 0);
	assert_int_equal(h225_decode(&back, slice_of(out + 4, w.n - 4), NULL, &a, NULL), 0);
	assert_int_equal(back.q931.n, 3);
	assert_int_equal(back.q931.ie[0].id, Q931_IE_FACILITY);
	assert_int_equal(back.q931.ie[1].id, Q931_IE_USER_USER);
	assert_true(slice_eq(back.q931.ie[2].v, slice_str("after")));
	assert_int_equal(back.uu.h323_uu_pdu.h323_message_body.choice, H225_H323_UU_PDU_H323_MESSAGE_BODY_EMPTY);
	assert_true(back.uu.h323_uu_pdu.has_h245_tunneling);
	w = wr_of(out, 20);
	assert_int_equal(h225_encode(&m, &w, NULL), PST_E_SPACE);
	arena_free(&a);
}

static void bad_ones(void **state)
{
	(void)state;
	static const uint8_t other[] = { 8, 2, 0, 1, 5, 0x7e, 0, 2, 4, 0 }, none[] = { 8, 2, 0, 1, 0x7b },
		broken[] = { 8, 2, 0, 1, 5, 0x7e, 0, 3, 5, 0x20, 0xff }, no_q931[] = { 9 };
	struct arena a;
	arena_init(&a, 0);
	struct h225_msg m;
	struct asn1_err err;
	assert_int_equal(h225_decode(&m, slice_of(other, sizeof(other)), NULL, &a, &err), PST_E_BAD);
	assert_string_equal(err.path, "q931");
	assert_int_equal(h225_decode(&m, slice_of(no_q931, 1), NULL, &a, &err), PST_E_BAD);
	assert_int_equal(h225_decode(&m, slice_of(none, sizeof(none)), NULL, &a, &err), 0);
	assert_false(m.has_uu);
	assert_true(h225_decode(&m, slice_of(broken, sizeof(broken)), NULL, &a, &err) < 0);
	assert_false(m.has_uu);
	assert_non_null(err.what);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_goes_round), cmocka_unit_test(elements_around_stay), cmocka_unit_test(bad_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
