/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hostile or careless peer tries: to open something to somebody else, to learn inside addresses, to
 * use up memory, ports and time, to smuggle something past the translation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#include "h225/body.h"
#include "h225/build.h"
#include "h245/addr.h"

/* Every flow leads from one host of the call to the other. */
static void check_flows(const struct fixture *f)
{
	static const char *const hosts[GW_LEGS] = { INSIDE, OUTSIDE };
	for (struct relay_session *s = relay_fake_next(&f->sim.relay, NULL); s != NULL;
		s = relay_fake_next(&f->sim.relay, s))
		for (int i = 0; i < RELAY_LEGS * RELAY_PARTS; i++) {
			const int leg = i / RELAY_PARTS;
			const struct relay_flow *flow =
				relay_fake_flow(s, leg, (enum relay_part)(i % RELAY_PARTS));
			if (flow == NULL)
				continue;
			scene_expect_ip(&flow->from, hosts[leg]);
			scene_expect_ip(&flow->to, hosts[1 - leg]);
		}
}

/* --- who answers a channel --- */

/* A fast call with one channel the caller receives, accepted as the callee's number 77. */
static void fast_reverse(struct fixture *f)
{
	struct talk t = scene_setup_message();
	t.fast[0] = talk_fast(talk_olc(2, true, 1, INSIDE ":5000", INSIDE ":5001"));
	t.n_fast = 1;
	scene_dial_out(f, &t);
	const struct talk proceeding = { .type = Q931_CALL_PROCEEDING,
		.from_callee = true,
		.n_fast = 1,
		.fast = { talk_fast(talk_olc(77, true, 1, NULL, OUTSIDE ":6001")) } };
	talk_say(f->callee, &proceeding);
	check_flows(f);
}

static void test_ack_of_an_own_proposal(void **state)
{
	struct fixture *f = *state;
	fast_reverse(f);
	const struct talk ack = { .type = Q931_FACILITY,
		.empty = true,
		.tunnelling = true,
		.n_tunnelled = 1,
		.tunnelled = { talk_ack(77, 1, INSIDE ":7000", INSIDE ":7001") } };
	talk_say(f->caller, &ack);
	check_flows(f);
}

static void test_fast_answer_for_an_own_channel(void **state)
{
	struct fixture *f = *state;
	fast_reverse(f);
	const struct talk olc = { .type = Q931_FACILITY,
		.empty = true,
		.from_callee = true,
		.tunnelling = true,
		.n_tunnelled = 1,
		.tunnelled = { h245_olc_build(&talk_arena, talk_olc(78, false, 2, NULL, OUTSIDE ":6003")) } };
	talk_say(f->callee, &olc);
	const struct talk connect = { .type = Q931_CONNECT,
		.from_callee = true,
		.n_fast = 1,
		.fast = { talk_fast(talk_olc(78, true, 2, OUTSIDE ":6002", OUTSIDE ":6003")) } };
	talk_say(f->callee, &connect);
	check_flows(f);
}

/* Alternatives of one channel that share its number keep the ports that were announced first. */
static void test_alternatives_under_one_number(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	struct h225_msg m;
	struct h225_common c;
	struct h245_channel ch[2];
	t.fast[0] = t.fast[1] = talk_fast(talk_olc(2, true, 1, INSIDE ":5000", INSIDE ":5001"));
	t.n_fast = 2;
	scene_dial_out(f, &t);
	talk_hear(f->callee, &m);
	h225_common_read(&m.uu.h323_uu_pdu.h323_message_body, &c);
	assert_int_equal(c.n_fast_start, 2);
	for (int i = 0; i < 2; i++) {
		struct h245_open_logical_channel olc;
		assert_int_equal(h245_olc_decode(&olc, c.fast_start[i], NULL, &talk_arena, NULL), 0);
		h245_channel_read(&ch[i], &olc);
	}
	assert_true(addr_eq(&ch[0].media, &ch[1].media));
	int leg;
	enum relay_part part;
	assert_non_null(relay_fake_find(&f->sim.relay, &ch[0].media, &leg, &part));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_ack_of_an_own_proposal),
		T(test_fast_answer_for_an_own_channel),
		T(test_alternatives_under_one_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
