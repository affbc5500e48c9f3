/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Channels, their sessions, and the pinholes' records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#include "gateway/channel.h"

static struct gw_call *start(struct fixture *f)
{
	const struct talk s = scene_setup_message();
	scene_dial_out(f, &s);
	return f->sim.gw.calls;
}

static struct gw_channel *offer(
	struct gw_call *call, int from, uint16_t lcn, uint32_t session, const char *rtcp)
{
	struct gw_channel *ch;
	struct gw_session *s;
	assert_int_equal(gw_channel_offer(call, &ch, from, from, lcn, false, session), 0);
	assert_int_equal(gw_channel_session(call, ch, &s), 0);
	ch->offer[RELAY_RTCP] = talk_addr(rtcp);
	return ch;
}

static void accepted(struct gw_call *call, struct gw_channel *ch, const char *rtp, const char *rtcp)
{
	const struct addr answer[RELAY_PARTS] = { talk_addr(rtp), talk_addr(rtcp) };
	gw_channel_open(call, ch, answer);
}

static void test_one_session_for_both_directions(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	struct gw_channel *a = offer(call, GW_CALLER, 1, 1, INSIDE ":5001"),
			  *b = offer(call, GW_CALLEE, 1, 1, OUTSIDE ":6001");
	assert_ptr_equal(a->session, b->session);
	assert_ptr_not_equal(a, b);
	assert_ptr_equal(gw_channel_find(call, GW_CALLER, 1), a);
	assert_ptr_equal(gw_channel_find(call, GW_CALLEE, 1), b);
	assert_null(gw_channel_find(call, GW_CALLEE, 2));
	accepted(call, a, OUTSIDE ":6000", OUTSIDE ":6001");
	assert_int_equal(sim_flows(&f->sim), 3);
	accepted(call, b, INSIDE ":5000", INSIDE ":5001");
	assert_int_equal(sim_flows(&f->sim), 4);
	gw_channel_close(call, a);
	assert_int_equal(sim_flows(&f->sim), 3);
	gw_channel_close(call, b);
	assert_int_equal(sim_flows(&f->sim), 0);
	assert_null(call->sessions);
}

/* The same number again is a new channel; nothing of the old one stays open. */
static void test_number_used_again(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	accepted(call, offer(call, GW_CALLER, 1, 1, INSIDE ":5001"), OUTSIDE ":6000", OUTSIDE ":6001");
	struct gw_channel *again = offer(call, GW_CALLER, 1, 2, INSIDE ":5003");
	assert_int_equal(call->n_channels, 1);
	assert_int_equal(sim_flows(&f->sim), 0);
	assert_int_equal(again->state, GW_CHANNEL_OPENING);
}

/* A slave that leaves the session to the master: two of them are two sessions. */
static void test_session_zero(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	struct gw_channel *a = offer(call, GW_CALLER, 1, 0, INSIDE ":5001"),
			  *b = offer(call, GW_CALLER, 2, 0, INSIDE ":5003");
	assert_ptr_not_equal(a->session, b->session);
	a->session_id = 32; /* the master's choice, in the ack */
	accepted(call, a, OUTSIDE ":6000", OUTSIDE ":6001");
	assert_int_equal(a->session->id, 32);
	struct gw_channel *back = offer(call, GW_CALLEE, 1, 32, OUTSIDE ":6001");
	assert_ptr_equal(back->session, a->session);
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	struct gw_channel *ch;
	struct gw_session *s;
	for (uint16_t i = 0; i < 32; i++)
		assert_int_equal(
			gw_channel_offer(call, &ch, GW_CALLER, GW_CALLER, (uint16_t)(i + 1), false, 1), 0);
	assert_int_equal(gw_channel_offer(call, &ch, GW_CALLER, GW_CALLER, 99, false, 1), PST_E_LIMIT);
	for (uint32_t i = 0; i < 32; i++)
		assert_int_equal(gw_session_get(call, &s, i + 1, GW_CALLER, 0), 0);
	assert_int_equal(gw_session_get(call, &s, 1, GW_CALLER, 0), 0);
	assert_int_equal(gw_session_get(call, &s, 99, GW_CALLER, 0), PST_E_LIMIT);
	gw_channel_close_all(call);
	assert_null(call->sessions);
	assert_int_equal(call->n_channels, 0);
	relay_fake_fail(&f->sim.relay, 0, PST_E_SPACE);
	assert_int_equal(gw_session_get(call, &s, 1, GW_CALLER, 0), PST_E_SPACE);
	assert_int_equal(f->sim.gw.count.media_exhausted, 1);
}

/* The records of closed pinholes are bounded, and an open one is never forgotten. */
static void test_pinhole_records(void **state)
{
	struct fixture *f = *state;
	struct gw_call *call = start(f);
	struct gw_pinhole *first = gw_pinhole_new(call, GW_PINHOLE_T120, 0, 0, 7), *p;
	for (int i = 0; i < 3 * GW_PINHOLES_KEPT; i++)
		gw_pinhole_close(call, gw_pinhole_new(call, GW_PINHOLE_T120, 0, 0, 1));
	unsigned n = 0;
	DL_COUNT(call->pinholes, p, n);
	assert_int_equal(n, GW_PINHOLES_KEPT);
	assert_ptr_equal(call->pinholes, first);
	assert_true(first->open);
	gw_pinhole_close(call, first);
	gw_pinhole_close(call, NULL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = {
		T(test_one_session_for_both_directions),
		T(test_number_used_again),
		T(test_session_zero),
		T(test_limits),
		T(test_pinhole_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
