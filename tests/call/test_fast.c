/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fast connect, H.323 8.1.7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/fast.h"

static struct arena arena;

static struct fast_local local(const char *ip, uint32_t first, uint32_t second, uint16_t channel)
{
	struct fast_local l = { .codec = { first, second }, .n_codecs = second != 0 ? 2 : 1, .frames = 20,
		.first_channel = channel };
	assert_int_equal(addr_parse(&l.rtp, ip, 5000), 0);
	l.rtcp = addr_with_port(l.rtp, 5001);
	return l;
}

enum { U = H245_AUDIO_CAPABILITY_G711_ULAW64K, A = H245_AUDIO_CAPABILITY_G711_ALAW64K };

static void agreed(void **state)
{
	(void)state;
	struct fast_local a = local("10.0.0.1", U, A, 101), b = local("10.0.0.2", A, U, 201);
	struct pst_slice *proposals, *reply;
	struct fast_result ra, rb;
	uint32_t n, n_reply;
	assert_int_equal(fast_propose(&a, &arena, &n, &proposals), 0);
	assert_int_equal(n, 4);
	assert_int_equal(fast_choose(&b, proposals, n, &arena, &rb, &n_reply, &reply), 0);
	assert_int_equal(n_reply, 2);
	assert_int_equal(rb.rx.codec, U); /* the caller's order decides */
	assert_int_equal(rb.tx.codec, U);
	assert_true(addr_eq(&rb.tx.rtp, &a.rtp));
	assert_true(addr_eq(&rb.tx.rtcp, &a.rtcp));
	assert_int_equal(fast_apply(&a, reply, n_reply, &arena, &ra), 0);
	assert_true(addr_eq(&ra.tx.rtp, &b.rtp));
	assert_true(addr_eq(&ra.rx.rtcp, &b.rtcp));
	assert_int_equal(ra.tx.channel, rb.rx.channel);
	assert_int_equal(ra.rx.channel, rb.tx.channel);
	assert_int_equal(rb.tx.channel, 201);
}

static void second_choice_and_none(void **state)
{
	(void)state;
	struct fast_local a = local("10.0.0.1", U, A, 101), b = local("10.0.0.2", A, 0, 201);
	struct pst_slice *proposals, *reply;
	struct fast_result r;
	uint32_t n, n_reply;
	assert_int_equal(fast_propose(&a, &arena, &n, &proposals), 0);
	assert_int_equal(fast_choose(&b, proposals, n, &arena, &r, &n_reply, &reply), 0);
	assert_int_equal(r.rx.codec, A);
	assert_int_equal(r.tx.codec, A);
	a = local("10.0.0.1", U, 0, 101);
	assert_int_equal(fast_propose(&a, &arena, &n, &proposals), 0);
	assert_int_equal(fast_choose(&b, proposals, n, &arena, &r, &n_reply, &reply), PST_E_UNSUPPORTED);
	assert_int_equal(fast_choose(&b, proposals, 0, &arena, &r, &n_reply, &reply), PST_E_UNSUPPORTED);
	struct pst_slice garbage[2] = { slice_str("\xff\xff"), proposals[0] };
	assert_int_equal(fast_choose(&a, garbage, 2, &arena, &r, &n_reply, &reply), 0);
	assert_int_equal(n_reply, 1);
	assert_false(r.tx.open);
}

static void bad_replies(void **state)
{
	(void)state;
	struct fast_local a = local("10.0.0.1", U, 0, 101), b = local("10.0.0.2", A, U, 201);
	struct pst_slice *proposals, garbage = slice_str("\xff\xff");
	struct fast_result r;
	uint32_t n;
	assert_int_equal(fast_apply(&a, NULL, 0, &arena, &r), PST_E_BAD);
	assert_int_equal(fast_apply(&a, &garbage, 1, &arena, &r), PST_E_BAD);
	assert_int_equal(fast_propose(&a, &arena, &n, &proposals), 0);
	assert_int_equal(fast_apply(&a, proposals, 1, &arena, &r), PST_E_BAD); /* our own: nowhere to send to */
	assert_int_equal(fast_propose(&b, &arena, &n, &proposals), 0);
	assert_int_equal(fast_apply(&a, proposals, 1, &arena, &r), PST_E_BAD); /* a codec we did not propose */
	struct pst_slice twice[2] = { proposals[3], proposals[3] };
	assert_int_equal(fast_apply(&a, twice, 1, &arena, &r), 0);
	assert_int_equal(fast_apply(&a, twice, 2, &arena, &r), PST_E_BAD);
}

static void verdicts(void **state)
{
	(void)state;
	struct h225_msg m;
	struct pst_slice octets = slice_str("x");
	assert_int_equal(h225_init(&m, Q931_ALERTING, 1, true, 4, &arena), 0);
	assert_int_equal(fast_verdict(&m), FAST_PROPOSED);
	m.uu.h323_uu_pdu.has_h245_control = true;
	m.uu.h323_uu_pdu.h245_control.n = 1;
	m.uu.h323_uu_pdu.h245_control.v = &octets;
	assert_int_equal(fast_verdict(&m), FAST_REFUSED); /* begins H.245 */
	assert_int_equal(h225_set_fast_start(&m.uu.h323_uu_pdu.h323_message_body, 1, &octets), 0);
	assert_int_equal(fast_verdict(&m), FAST_ACCEPTED);
	assert_int_equal(h225_init(&m, Q931_CALL_PROCEEDING, 1, true, 4, &arena), 0);
	assert_int_equal(h225_set_fast_connect_refused(&m.uu.h323_uu_pdu.h323_message_body, true), 0);
	assert_int_equal(fast_verdict(&m), FAST_REFUSED);
	assert_int_equal(h225_init(&m, Q931_CONNECT, 1, true, 4, &arena), 0);
	assert_int_equal(fast_verdict(&m), FAST_REFUSED); /* by silence */
	m.has_uu = false;
	assert_int_equal(fast_verdict(&m), FAST_REFUSED);
	m.q931.type = Q931_ALERTING;
	assert_int_equal(fast_verdict(&m), FAST_PROPOSED);
}

static int free_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreed), cmocka_unit_test(second_choice_and_none), cmocka_unit_test(bad_replies),
		cmocka_unit_test(verdicts),
	};
	arena_init(&arena, 0);
	return cmocka_run_group_tests(tests, NULL, free_arena);
}
