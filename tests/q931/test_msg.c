/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Q.931 messages: order, single octets, shifts and both forms of length survive; what is short or too long is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "q931/msg.h"

static void round_trip(const uint8_t *p, size_t n, struct q931_msg *m)
{
	uint8_t out[256];
	struct writer w = wr_of(out, sizeof(out));
	assert_int_equal(q931_decode(m, slice_of(p, n), NULL), 0);
	assert_int_equal(q931_encode(m, &w), 0);
	assert_int_equal(w.n, n);
	assert_memory_equal(out, p, n);
}

/* User-user before display, sending complete, and display twice. */
static const uint8_t odd[] = { 8, 2, 0x80, 0x2a, 0x05, 0xa1, 0x04, 3, 0x88, 0xc0, 0xa5, 0x7e, 0, 3, 5, 1, 2,
	0x28, 2, 'a', 0, 0x28, 0 };

static void order_is_kept(void **state)
{
	(void)state;
	struct q931_msg m;
	round_trip(odd, sizeof(odd), &m);
	assert_int_equal(m.type, Q931_SETUP);
	assert_int_equal(m.crv, 0x2a);
	assert_true(m.flag);
	assert_int_equal(m.n, 5);
	assert_int_equal(m.ie[0].id, Q931_IE_SENDING_COMPLETE);
	assert_int_equal(q931_find(&m, Q931_IE_USER_USER)->v.n, 3);
	assert_int_equal(q931_find(&m, Q931_IE_DISPLAY)->v.n, 2);
	assert_null(q931_find(&m, Q931_IE_CAUSE));
}

/* Q.931 4.5.2 to 4.5.4: a non-locking shift holds for one element, a locking one for the rest. 7e has one octet of
 * length in other codesets. */
static void shifts_are_followed(void **state)
{
	(void)state;
	static const uint8_t shifted[] = { 8, 2, 0, 1, 0x62, 0x9d, 0x28, 1, 'x', 0x28, 1, 'y', 0x96, 0x7e, 1, 9, 0x28, 0 };
	struct q931_msg m;
	round_trip(shifted, sizeof(shifted), &m);
	assert_int_equal(m.n, 6);
	assert_int_equal(m.ie[1].codeset, 5);
	assert_int_equal(m.ie[2].codeset, 0);
	assert_int_equal(m.ie[4].codeset, 6);
	assert_int_equal(m.ie[5].codeset, 6);
	assert_ptr_equal(q931_find(&m, Q931_IE_DISPLAY), &m.ie[2]);
	assert_null(q931_find(&m, Q931_IE_USER_USER));
}

static void every_cut_is_short_or_whole(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(odd); n++) {
		struct q931_msg m;
		size_t at = 99;
		const int err = q931_decode(&m, slice_of(odd, n), &at);
		const bool boundary = n == 5 || n == 6 || n == 11 || n == 17 || n == 21;
		assert_int_equal(err, boundary ? 0 : PST_E_SHORT);
		assert_true(boundary ? at == 99 : at <= n);
	}
}

static void heads_are_checked(void **state)
{
	(void)state;
	static const uint8_t other_pd[] = { 9, 2, 0, 1, 5 }, long_ref[] = { 8, 3, 0, 1, 5, 5 };
	struct q931_msg m;
	size_t at;
	assert_int_equal(q931_decode(&m, slice_of(other_pd, 5), &at), PST_E_BAD);
	assert_int_equal(at, 0);
	assert_int_equal(q931_decode(&m, slice_of(long_ref, 6), &at), PST_E_BAD);
	assert_int_equal(at, 1);
}

static void elements_are_limited(void **state)
{
	(void)state;
	uint8_t many[5 + Q931_IES_MAX + 1] = { 8, 2, 0, 1, 5 };
	struct q931_msg m;
	memset(many + 5, 0xa1, Q931_IES_MAX + 1);
	assert_int_equal(q931_decode(&m, slice_of(many, sizeof(many) - 1), NULL), 0);
	assert_int_equal(q931_append(&m, Q931_IE_CAUSE, slice_str("")), PST_E_LIMIT);
	assert_int_equal(q931_decode(&m, slice_of(many, sizeof(many)), NULL), PST_E_LIMIT);
}

static void elements_are_set_in_place_or_in_order(void **state)
{
	(void)state;
	struct q931_msg m;
	q931_init(&m, Q931_SETUP, 0x8001, false);
	assert_int_equal(m.crv, 1);
	assert_int_equal(q931_set(&m, Q931_IE_USER_USER, slice_str("u")), 0);
	assert_int_equal(q931_set(&m, Q931_IE_BEARER_CAPABILITY, slice_str("b")), 0);
	assert_int_equal(q931_set(&m, Q931_IE_DISPLAY, slice_str("d")), 0);
	assert_int_equal(q931_set(&m, Q931_IE_USER_USER, slice_str("v")), 0);
	assert_int_equal(m.n, 3);
	assert_int_equal(m.ie[0].id, Q931_IE_BEARER_CAPABILITY);
	assert_int_equal(m.ie[1].id, Q931_IE_DISPLAY);
	assert_int_equal(m.ie[2].v.p[0], 'v');
	assert_int_equal(q931_remove(&m, Q931_IE_DISPLAY), 1);
	assert_int_equal(q931_remove(&m, Q931_IE_DISPLAY), 0);
	assert_int_equal(m.n, 2);
}

static void long_contents_are_refused(void **state)
{
	(void)state;
	static const uint8_t text[256];
	uint8_t out[512];
	struct q931_msg m;
	struct writer w = wr_of(out, sizeof(out));
	q931_init(&m, Q931_SETUP, 1, false);
	assert_int_equal(q931_set(&m, Q931_IE_DISPLAY, slice_of(text, 256)), 0);
	assert_int_equal(q931_encode(&m, &w), PST_E_RANGE);
	assert_int_equal(q931_set(&m, Q931_IE_DISPLAY, slice_of(text, 255)), 0);
	w = wr_of(out, sizeof(out));
	assert_int_equal(q931_encode(&m, &w), 0);
	w = wr_of(out, 100);
	assert_int_equal(q931_encode(&m, &w), PST_E_SPACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(shifts_are_followed),
		cmocka_unit_test(every_cut_is_short_or_whole),
		cmocka_unit_test(heads_are_checked),
		cmocka_unit_test(elements_are_limited),
		cmocka_unit_test(elements_are_set_in_place_or_in_order),
		cmocka_unit_test(long_contents_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
