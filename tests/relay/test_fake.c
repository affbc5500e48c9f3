/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake plane: it conforms, and it tells on its owner. */
#include "conformance.h"
#include "relay/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fake_rig {
	struct rig rig; /* first */
	struct addr at, seen;
	bool came;
};

static void fake_send(struct rig *rig, const struct addr *from, const struct addr *to)
{
	struct fake_rig *f = (struct fake_rig *)rig;
	int leg;
	enum relay_part part;
	struct relay_session *s = relay_fake_find(&rig->relay, to, &leg, &part);
	assert_non_null(s);
	f->seen = rig->relay.ops->session_local(s, !leg, part);
	f->came = relay_fake_packet(s, leg, part, from, 172, 1, &f->at);
}

static void fake_step(struct rig *rig)
{
	(void)rig;
}

static bool fake_came(struct rig *rig, bool wait, struct addr *at, struct addr *seen)
{
	struct fake_rig *f = (struct fake_rig *)rig;
	(void)wait;
	*at = f->at;
	*seen = f->seen;
	return f->came;
}

static void fake_restart(struct rig *rig, uint32_t sessions)
{
	if (rig->relay.plane != NULL)
		assert_int_equal(relay_fake_free(&rig->relay), 0);
	assert_int_equal(relay_fake_new(&rig->relay, 5001, sessions), 0);
}

static void test_conforms(void **state)
{
	struct fake_rig f = { .rig = { .send = fake_send,
				      .step = fake_step,
				      .came = fake_came,
				      .restart = fake_restart,
				      .hosts = { "10.0.0.2", "203.0.113.2", "203.0.113.66", "10.0.0.1" } } };
	(void)state;
	conformance_run(&f.rig);
	assert_int_equal(relay_fake_free(&f.rig.relay), 0);
}

static void test_tells_what_was_not_closed(void **state)
{
	struct relay relay;
	struct addr local[RELAY_LEGS];
	struct relay_session *a, *b;
	(void)state;
	assert_int_equal(addr_parse(&local[0], "10.0.0.1", 0), 0);
	assert_int_equal(addr_parse(&local[1], "203.0.113.1", 0), 0);
	assert_int_equal(relay_fake_new(&relay, 5000, 10), 0);
	relay_fake_fail(&relay, 1, PST_E_SYS);
	assert_int_equal(relay.ops->session_open(relay.plane, local, &a), 0);
	assert_int_equal(relay.ops->session_open(relay.plane, local, &b), PST_E_SYS);
	assert_int_equal(relay.ops->session_open(relay.plane, local, &b), PST_E_SYS);
	relay_fake_fail(&relay, 0, 0);
	assert_int_equal(relay.ops->session_open(relay.plane, local, &b), 0);
	assert_ptr_equal(relay_fake_next(&relay, NULL), b);
	assert_ptr_equal(relay_fake_next(&relay, b), a);
	assert_null(relay_fake_next(&relay, a));
	assert_null(relay_fake_flow(a, 0, RELAY_RTP));
	const struct relay_flow flow = { addr_with_port(local[0], 9), addr_with_port(local[1], 9) };
	assert_int_equal(relay.ops->flow_set(a, 0, RELAY_RTP, &flow), 0);
	assert_int_equal(relay_fake_flow(a, 0, RELAY_RTP)->to.port, 9);
	relay.ops->session_close(b);
	assert_int_equal(relay_fake_free(&relay), 1);
}

static void test_ranges(void **state)
{
	struct relay relay;
	struct relay_range_plan plan = { .first = 1024, .last = 65535, .flows_max = 4, .idle_ms = 1000 };
	struct relay_range_stats st;
	struct relay_range *r, *again;
	(void)state;
	assert_int_equal(relay_fake_new(&relay, 5000, 10), 0);
	assert_int_equal(relay.ops->range_open(relay.plane, &plan, &r), PST_E_ARG);
	assert_int_equal(addr_parse(&plan.local[0], "10.0.0.1", 0), 0);
	assert_int_equal(addr_parse(&plan.host[0], "10.0.0.2", 0), 0);
	assert_int_equal(addr_parse(&plan.local[1], "203.0.113.1", 0), 0);
	assert_int_equal(addr_parse(&plan.host[1], "203.0.113.2", 0), 0);
	assert_int_equal(relay.ops->range_open(relay.plane, &plan, &r), 0);
	assert_int_equal(relay.ops->range_open(relay.plane, &plan, &again), PST_E_BUSY);
	assert_ptr_equal(relay_fake_next_range(&relay, NULL), r);
	assert_null(relay_fake_next_range(&relay, r));
	assert_int_equal(relay_fake_range(r)->last, 65535);
	relay_fake_range_packet(r, 1, 100, 7);
	relay.ops->range_stats(r, 1, &st);
	assert_true(st.packets == 1 && st.bytes == 100 && st.last_ms == 7);
	relay.ops->range_close(r);
	assert_int_equal(relay.ops->range_open(relay.plane, &plan, &r), 0);
	assert_int_equal(relay_fake_free(&relay), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conforms),
		cmocka_unit_test(test_tells_what_was_not_closed),
		cmocka_unit_test(test_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
