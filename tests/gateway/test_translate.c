/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text, and addresses in H.245, without the rest of a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#include "gateway/translate.h"
#include "h245/addr.h"

/* A call that stands, and a translation of what comes from LEG. */
static void start(struct fixture *f, struct gw_translation *t, int leg)
{
	const struct talk s = scene_setup_message();
	scene_dial_out(f, &s);
	gw_translation_init(t, f->sim.gw.calls, leg);
}

static void expect_text(struct gw_translation *t, const char *in, const char *want)
{
	const struct pst_slice s = slice_str(in), out = gw_translate_text(t, s, 1, 40, "test");
	if (out.n != strlen(want) || memcmp(out.p, want, out.n) != 0)
		fail_msg("\"%s\" became \"%.*s\"", in, (int)out.n, (const char *)out.p);
	if (strcmp(in, want) == 0)
		assert_ptr_equal(out.p, s.p);
}

static void test_text_from_inside(void **state)
{
	struct gw_translation t;
	start(*state, &t, GW_CALLER);
	expect_text(&t, "", "");
	expect_text(&t, "alice", "alice");
	assert_false(t.changed);
	expect_text(&t, "alice@" INSIDE, "alice@" GW_OUT);
	assert_true(t.changed);
	assert_int_equal(t.n_addrs, 1);
	expect_text(&t, "10.0.0.99, a neighbour", GW_OUT ", a neighbour");
	expect_text(&t, "at " OUTSIDE, "at " OUTSIDE);
	expect_text(&t, "1.10.0.0.10.", "1." GW_OUT ".");
	expect_text(&t, INSIDE " " INSIDE, GW_OUT " " GW_OUT);
	expect_text(&t, "[::ffff:10.0.0.10]:1720", GW_OUT ":1720");
	expect_text(&t, "x@[" INSIDE "]", "x@[" GW_OUT "]");
	/* whom the caller dialled was us; it gets the callee */
	expect_text(&t, "bob@" GW_IN, "bob@" OUTSIDE);
	/* no more characters than the field takes */
	expect_text(&t, "10.0.0.10,10.0.0.10,10.0.0.10,10.0.0.10", GW_OUT "," GW_OUT "," GW_OUT ",203.");
}

static void test_text_from_outside(void **state)
{
	struct gw_translation t;
	start(*state, &t, GW_CALLEE);
	expect_text(&t, "bob@" OUTSIDE, "bob@" GW_IN);
	expect_text(&t, "x@198.51.100.99", "x@198.51.100.99");
}

static void test_wide_text(void **state)
{
	struct gw_translation t;
	struct fixture *f = *state;
	start(f, &t, GW_CALLER);
	static const uint8_t in[] = "\1\x7d\0@\0001\0000\0.\0000\0.\0000\0.\0009\0!";
	const struct pst_slice out = gw_translate_text(&t, slice_of(in, sizeof in - 1), 2, 256, "test");
	assert_int_equal(out.n, 2 * (2 + 11 + 1));
	assert_memory_equal(out.p, "\1\x7d\0@\0002\0000\0003", 10);
	assert_memory_equal(out.p + out.n - 2, "\0!", 2);
}

/* What cannot be taken out points nowhere. */
static void test_mandatory_address(void **state)
{
	struct gw_translation t;
	struct addr a;
	start(*state, &t, GW_CALLER);
	static const char *const bad[] = { "127.0.0.1:1720", OUTSIDE ":1720", "224.0.0.1:1720",
		"[2001:db8::1]:1720" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		h245_pdu *m = ARENA_NEW(&talk_arena, h245_pdu);
		const struct addr in = talk_addr(bad[i]);
		struct h245_mc_location_indication *mc =
			ARENA_NEW(&talk_arena, struct h245_mc_location_indication);
		mc->signal_address = *h245_addr_new(&in, &talk_arena);
		m->choice = H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_INDICATION;
		m->u.indication = ARENA_NEW(&talk_arena, struct h245_indication_message);
		m->u.indication->choice = H245_INDICATION_MESSAGE_MC_LOCATION_INDICATION;
		m->u.indication->u.mc_location_indication = mc;
		assert_int_equal(gw_translate_h245(&t, m), 0);
		assert_int_equal(h245_addr_read(&a, &mc->signal_address), 0);
		scene_expect_ip(&a, "0.0.0.0");
		assert_int_equal(a.port, 0);
	}
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_text_from_inside),
		T(test_text_from_outside),
		T(test_wide_text),
		T(test_mandatory_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
