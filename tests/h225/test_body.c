/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What bodies have in common: set and read back on every message type that has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/addr.h"
#include "h225/body.h"
#include "h225/build.h"

static const uint8_t types[] = { Q931_SETUP, Q931_CALL_PROCEEDING, Q931_CONNECT, Q931_ALERTING, Q931_INFORMATION,
	Q931_RELEASE_COMPLETE, Q931_FACILITY, Q931_PROGRESS, Q931_STATUS, Q931_STATUS_INQUIRY, Q931_SETUP_ACKNOWLEDGE,
	Q931_NOTIFY };

static void every_body_keeps_what_is_set(void **state)
{
	(void)state;
	static const uint8_t id[16] = { 1, 2, 3 };
	struct arena a;
	arena_init(&a, 0);
	struct addr addr;
	assert_int_equal(addr_parse(&addr, "192.0.2.1:5", 0), 0);
	for (size_t i = 0; i < sizeof(types); i++) {
		struct h225_h323_uu_pdu_h323_message_body body;
		struct h225_common c;
		struct pst_slice fs[2] = { slice_str("x"), slice_str("yz") };
		assert_int_equal(h225_body_new(&body, types[i], 4, &a), 0);
		assert_int_equal(h225_type_of_body(body.choice), types[i]);
		h225_common_read(&body, &c);
		assert_int_equal(h225_version(c.protocol_identifier), 4);
		assert_null(c.h245_address);
		assert_false(c.has_fast_start);
		assert_false(c.fast_connect_refused);
		assert_int_equal(h225_set_call_id(&body, slice_of(id, 16), &a), 0);
		const bool h245 = h225_set_h245_address(&body, h225_addr_new(&addr, &a)) == 0;
		const bool fast = h225_set_fast_start(&body, 2, fs) == 0;
		const bool refused = h225_set_fast_connect_refused(&body, true) == 0;
		h225_common_read(&body, &c);
		assert_true(slice_eq(c.call_id, slice_of(id, 16)));
		assert_true(h245 == (c.h245_address != NULL));
		assert_true(fast == (c.has_fast_start && c.n_fast_start == 2 && c.fast_start == fs));
		assert_true(refused == c.fast_connect_refused);
		const bool media = types[i] == Q931_SETUP || types[i] == Q931_CALL_PROCEEDING || types[i] == Q931_CONNECT ||
			types[i] == Q931_ALERTING || types[i] == Q931_FACILITY || types[i] == Q931_PROGRESS;
		assert_true(h245 == media);
		assert_true(fast == (media || types[i] == Q931_INFORMATION));
		assert_true(refused == (fast && types[i] != Q931_SETUP));
	}
	arena_free(&a);
}

static void empty_and_unknown_have_nothing(void **state)
{
	(void)state;
	struct h225_h323_uu_pdu_h323_message_body body = { .choice = H225_H323_UU_PDU_H323_MESSAGE_BODY_EMPTY };
	struct h225_common c;
	h225_common_read(&body, &c);
	assert_int_equal(c.call_id.n, 0);
	assert_int_equal(h225_type_of_body(body.choice), Q931_FACILITY);
	body.choice = ASN1_UNKNOWN;
	h225_common_read(&body, &c);
	assert_int_equal(h225_set_h245_address(&body, NULL), PST_E_UNSUPPORTED);
	assert_int_equal(h225_type_of_body(body.choice), 0);
	assert_true(h225_body_of_type(Q931_DISCONNECT) == ASN1_UNKNOWN);
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(h225_body_new(&body, Q931_RELEASE, 4, &a), PST_E_ARG);
	arena_free(&a);
}

/* A Connect has sixteen additions; of one that has a callIdentifier only, one is announced. */
static void announces_what_there_is(void **state)
{
	(void)state;
	static const uint8_t id[16] = { 7 };
	uint8_t out[512];
	struct arena a;
	struct h225_msg m, back;
	struct writer w = wr_of(out, sizeof(out));
	arena_init(&a, 0);
	assert_int_equal(h225_init(&m, Q931_CONNECT, 1, true, 4, &a), 0);
	m.uu.h323_uu_pdu.h323_message_body.u.connect->conference_id = slice_of(id, 16);
	assert_int_equal(h225_set_call_id(&m.uu.h323_uu_pdu.h323_message_body, slice_of(id, 16), &a), 0);
	assert_int_equal(h225_encode(&m, &w, NULL), 0);
	assert_int_equal(h225_decode(&back, slice_of(out + 4, w.n - 4), NULL, &a, NULL), 0);
	assert_int_equal(back.uu.h323_uu_pdu.h323_message_body.u.connect->ext.received, 1);
	/* and no fewer than there are */
	assert_int_equal(h225_set_fast_connect_refused(&m.uu.h323_uu_pdu.h323_message_body, true), 0);
	w = wr_of(out, sizeof(out));
	assert_int_equal(h225_encode(&m, &w, NULL), 0);
	assert_int_equal(h225_decode(&back, slice_of(out + 4, w.n - 4), NULL, &a, NULL), 0);
	assert_true(back.uu.h323_uu_pdu.h323_message_body.u.connect->has_fast_connect_refused);
	assert_true(back.uu.h323_uu_pdu.h323_message_body.u.connect->ext.received > 1);
	arena_free(&a);
}

static void versions(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	assert_int_equal(h225_version(h225_protocol_identifier(2, &a)), 2);
	assert_int_equal(h225_version(slice_str("abcdef")), 0);
	assert_int_equal(h225_version(slice_of(NULL, 0)), 0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_body_keeps_what_is_set),
		cmocka_unit_test(empty_and_unknown_have_nothing),
		cmocka_unit_test(announces_what_there_is),
		cmocka_unit_test(versions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
