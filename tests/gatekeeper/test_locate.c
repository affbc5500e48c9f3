/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Neighbours: what they ask, and what they are asked. */
#include "gksim.h"

static struct gksim s;
static struct addr neighbours[2];

static int setup(void **state)
{
	(void)state;
	gksim_init(&s);
	neighbours[0] = at("198.51.100.20:1719");
	neighbours[1] = at("198.51.100.21:1719");
	s.cfg.neighbours = neighbours;
	s.cfg.n_neighbours = 2;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gksim_stop(&s);
	return 0;
}

static struct h225_ras_message lrq(const char *reply, const char *name)
{
	struct h225_location_request *q = arena_alloc(&s.arena, sizeof *q);
	const struct addr a = at(reply);
	assert_non_null(q);
	q->destination_info.n = 1;
	q->destination_info.v = arena_alloc(&s.arena, sizeof *q->destination_info.v);
	assert_int_equal(h225_alias_build(q->destination_info.v, name, &s.arena), 0);
	assert_int_equal(h225_addr_build(&q->reply_address, &a, &s.arena), 0);
	return (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_LOCATION_REQUEST, .u.location_request = q };
}

static void asked_by_neighbours(void **state)
{
	(void)state;
	gksim_start(&s);
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	struct h225_ras_message m = lrq("198.51.100.20:5000", "alice"), got = gksim_ask(&s, "198.51.100.20", &m);
	assert_string_equal(gksim_where(&got), "203.0.113.1:1720");
	assert_int_equal(s.sent[0].to.port, 5000);
	m = lrq("198.51.100.20", "bob");
	assert_int_equal(gksim_ask(&s, "198.51.100.20", &m).u.location_reject->reject_reason.choice,
		H225_LOCATION_REJECT_REASON_NOT_REGISTERED);
	/* strangers learn nothing, and nobody can have an answer sent to a third */
	m = lrq("198.51.100.20", "alice");
	assert_int_equal(gksim_ask(&s, "198.51.100.9", &m).u.location_reject->reject_reason.choice,
		H225_LOCATION_REJECT_REASON_INVALID_PERMISSION);
	assert_int_equal(s.sent[0].to.ip[3], 9);
}

static void no_transit(void **state)
{
	(void)state;
	s.bound_name = "out";
	s.bound_host = at("192.0.2.7:1720");
	gksim_start(&s);
	struct h225_ras_message m = lrq("198.51.100.20", "out"), got = gksim_ask(&s, "198.51.100.20", &m);
	/* of one realm: its own address, not ours */
	assert_string_equal(gksim_where(&got), "192.0.2.7:1720");
}

static void confirm_location(unsigned sent, const char *where)
{
	struct h225_location_confirm lcf = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_LOCATION_CONFIRM, .u.location_confirm = &lcf };
	const struct addr a = at(where);
	char from[ADDR_STRLEN];
	lcf.request_seq_num = gksim_sent(&s, sent).u.location_request->request_seq_num;
	assert_int_equal(h225_addr_build(&lcf.call_signal_address, &a, &s.arena), 0);
	assert_int_equal(h225_addr_build(&lcf.ras_address, &a, &s.arena), 0);
	gksim_give(&s, addr_str(&s.sent[sent].to, from), &m);
}

static void neighbours_are_asked(void **state)
{
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	const struct pst_slice nm = gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "nm" }, .microsoft = true });
	struct h225_ras_message m = gksim_arq(&s, id, "far", NULL, 1), late = gksim_arq(&s, nm, "far", NULL, 2);
	gksim_clear(&s);
	gksim_give(&s, "10.0.0.2", &m);
	assert_int_equal(s.n_sent, 2);
	assert_int_equal(gksim_sent(&s, 1).choice, H225_RAS_MESSAGE_LOCATION_REQUEST);
	assert_int_equal(s.sent[0].realm, OUTSIDE);
	/* asked again meanwhile: in progress; but never for NetMeeting */
	gksim_pass(&s, 3000);
	gksim_give(&s, "10.0.0.2", &m);
	assert_int_equal(s.n_sent, 3);
	assert_int_equal(gksim_sent(&s, 2).choice, H225_RAS_MESSAGE_REQUEST_IN_PROGRESS);
	gksim_give(&s, "10.0.0.3", &late);
	assert_int_equal(s.n_sent, 5);
	gksim_give(&s, "10.0.0.3", &late);
	assert_int_equal(s.n_sent, 5);
	/* an answer of somebody who was not asked does not count, one who was does, and to both */
	const struct sent asked = s.sent[1];
	s.sent[1].to = at("198.51.100.99:1719");
	confirm_location(1, "192.0.2.66:1720");
	assert_int_equal(s.n_sent, 5);
	s.sent[1] = asked;
	confirm_location(1, "192.0.2.44:1720");
	assert_int_equal(s.n_sent, 6);
	struct h225_ras_message got = gksim_sent(&s, 5);
	assert_string_equal(gksim_where(&got), "10.0.0.1:1720");
	struct addr dest;
	uint8_t guid[16];
	char text[ADDR_STRLEN];
	const struct addr caller = at("10.0.0.2:0");
	memset(guid, 1, sizeof guid);
	assert_true(gatekeeper_admitted(s.gk, &caller, slice_of(guid, 16), slice_of(NULL, 0), &dest));
	assert_string_equal(addr_str(&dest, text), "192.0.2.44:1720");
	/* the same request again gets the same */
	gksim_clear(&s);
	gksim_give(&s, "10.0.0.2", &m);
	assert_int_equal(s.n_sent, 1);
	/* nobody answers the other one: each neighbour is asked three times in all */
	gksim_clear(&s);
	gksim_pass(&s, 20000);
	assert_int_equal(s.n_sent, 2 * 2 + 1);
	assert_int_equal(gksim_sent(&s, 4).u.admission_reject->reject_reason.choice,
		H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
}

static void the_asker_goes_meanwhile(void **state)
{
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	struct h225_ras_message m = gksim_arq(&s, id, "far", NULL, 1);
	gksim_clear(&s);
	gksim_give(&s, "10.0.0.2", &m);
	gatekeeper_unregister_all(s.gk, s.now);
	confirm_location(0, "192.0.2.44:1720");
	assert_int_equal(s.n_sent, 4);
	assert_int_equal(gksim_sent(&s, 3).u.admission_reject->reject_reason.choice,
		H225_ADMISSION_REJECT_REASON_CALLER_NOT_REGISTERED);
	/* and one that is still open at the end of all */
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	assert_int_equal(gatekeeper_reload(s.gk, &s.cfg, s.now), 0);
}

/* What one neighbour asks, the other is asked. */
static void passed_on(void **state)
{
	static const uint8_t guid[16] = { 5 };
	static struct h225_call_identifier call;
	(void)state;
	gksim_start(&s);
	struct h225_ras_message m = lrq("198.51.100.20", "far");
	call.guid = slice_of(guid, 16);
	m.u.location_request->call_identifier = &call;
	m.u.location_request->has_hop_count = true;
	m.u.location_request->hop_count = 3;
	gksim_clear(&s);
	gksim_give(&s, "198.51.100.20", &m);
	assert_int_equal(s.n_sent, 1);
	assert_int_equal(s.sent[0].to.ip[3], 21);
	struct h225_ras_message asked = gksim_sent(&s, 0);
	assert_int_equal(asked.u.location_request->hop_count, 2);
	assert_true(slice_eq(asked.u.location_request->call_identifier->guid, call.guid));
	/* it comes back: by way of the other one */
	struct h225_ras_message again = lrq("198.51.100.21", "far");
	again.u.location_request->call_identifier = &call;
	again.u.location_request->has_hop_count = true;
	again.u.location_request->hop_count = 2;
	gksim_give(&s, "198.51.100.21", &again);
	assert_int_equal(s.n_sent, 2);
	assert_int_equal(gksim_sent(&s, 1).choice, H225_RAS_MESSAGE_LOCATION_REJECT);
	/* repeated: it is not asked twice */
	gksim_give(&s, "198.51.100.20", &m);
	assert_int_equal(s.n_sent, 2);
	confirm_location(0, "192.0.2.44:1720");
	assert_int_equal(s.n_sent, 3);
	struct h225_ras_message got = gksim_sent(&s, 2);
	assert_string_equal(gksim_where(&got), "192.0.2.44:1720");
	assert_int_equal(s.sent[2].to.ip[3], 20);
}

static void not_passed_on(void **state)
{
	static const char *const nowhere[] = { "10.0.0.9:1720", "203.0.113.1:1720" };
	(void)state;
	gksim_start(&s);
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	/* as far as it may go; and one that does not say how far */
	struct h225_ras_message m = lrq("198.51.100.20", "far");
	m.u.location_request->has_hop_count = true;
	m.u.location_request->hop_count = 1;
	assert_int_equal(gksim_ask(&s, "198.51.100.20", &m).choice, H225_RAS_MESSAGE_LOCATION_REJECT);
	assert_int_equal(s.n_sent, 1);
	m = lrq("198.51.100.20", "far");
	assert_int_equal(gksim_ask(&s, "198.51.100.20", &m).choice, H225_RAS_MESSAGE_LOCATION_REJECT);
	assert_int_equal(s.n_sent, 1);
	/* nobody is led through us, or inside */
	for (int i = 0; i < 2; i++) {
		m = lrq("198.51.100.20", "far");
		m.u.location_request->has_hop_count = true;
		m.u.location_request->hop_count = 9;
		gksim_clear(&s);
		gksim_give(&s, "198.51.100.20", &m);
		assert_int_equal(gksim_sent(&s, 0).u.location_request->hop_count, 4);
		confirm_location(0, nowhere[i]);
		assert_int_equal(gksim_sent(&s, 1).choice, H225_RAS_MESSAGE_LOCATION_REJECT);
	}
	/* the other one does not answer */
	m = lrq("198.51.100.20", "far");
	m.u.location_request->has_hop_count = true;
	m.u.location_request->hop_count = 2;
	gksim_clear(&s);
	gksim_give(&s, "198.51.100.20", &m);
	gksim_pass(&s, 20000);
	assert_int_equal(gksim_sent(&s, s.n_sent - 1).choice, H225_RAS_MESSAGE_LOCATION_REJECT);
}

/* name@domain, where the domain's own gatekeeper, or its host, is found in the DNS. */
static void by_domain(void **state)
{
	const struct addr nobody = { 0 }, gatekeeper = at("192.0.2.30:1719"), host = at("192.0.2.40:1720");
	struct addr dest;
	uint8_t guid[16];
	char text[ADDR_STRLEN];
	const struct addr caller = at("10.0.0.2:0");
	(void)state;
	s.cfg.n_neighbours = 0;
	s.resolves = "example.org";
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	for (uint8_t call = 1; call <= 3; call++) {
		struct h225_ras_message m = gksim_arq(&s, id, "far@example.org", NULL, call);
		gksim_clear(&s);
		gksim_give(&s, "10.0.0.2", &m);
		assert_int_equal(s.n_sent, 0);
		const uint64_t ticket = s.ticket;
		gatekeeper_resolved(s.gk, ticket + 1, &host, false, s.now); /* nobody's */
		assert_int_equal(s.n_sent, 0);
		gatekeeper_resolved(s.gk, ticket, call == 1 ? &host : call == 2 ? &gatekeeper : &nobody, call == 2, s.now);
		if (call == 2) {
			assert_int_equal(gksim_sent(&s, 0).choice, H225_RAS_MESSAGE_LOCATION_REQUEST);
			assert_int_equal(s.sent[0].to.port, 1719);
			confirm_location(0, "192.0.2.50:1733");
		}
		struct h225_ras_message got = gksim_sent(&s, s.n_sent - 1);
		if (call == 3) {
			assert_int_equal(got.choice, H225_RAS_MESSAGE_ADMISSION_REJECT);
			break;
		}
		assert_string_equal(gksim_where(&got), "10.0.0.1:1720");
		memset(guid, call, sizeof guid);
		assert_true(gatekeeper_admitted(s.gk, &caller, slice_of(guid, 16), slice_of(NULL, 0), &dest));
		assert_string_equal(addr_str(&dest, text), call == 1 ? "192.0.2.40:1720" : "192.0.2.50:1733");
		gatekeeper_resolved(s.gk, ticket, &host, false, s.now); /* too late */
	}
	/* no domain: nothing is looked up */
	struct h225_ras_message m = gksim_arq(&s, id, "far", NULL, 9);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_ADMISSION_REJECT);
}

/* The gateway asks, for a call that no endpoint asked admission for: what it is told is outside, or nobody. */
static void asked_by_the_gateway(void **state)
{
	static const struct {
		const char *at;
		bool locates, is_told;
	} answers[] = { { "192.0.2.40:1720", false, true }, { "192.0.2.9:1719", true, true }, { "10.0.0.7:1720", false, false },
		{ "10.0.0.7:1719", true, false }, { "203.0.113.1:1720", false, false } };
	const char *const found = "192.0.2.50:1733";
	char text[ADDR_STRLEN];
	(void)state;
	s.cfg.n_neighbours = 0;
	s.resolves = "example.org";
	gksim_start(&s);
	for (unsigned i = 0; i < sizeof answers / sizeof *answers; i++) {
		const struct addr a = at(answers[i].at);
		gksim_clear(&s);
		assert_true(gatekeeper_locate(s.gk, 70 + i, "far@example.org", s.now));
		assert_int_equal(s.n_sent, 0);
		assert_int_equal(s.n_located, i);
		gatekeeper_resolved(s.gk, s.ticket, &a, answers[i].locates, s.now);
		if (answers[i].locates && answers[i].is_told) {
			const struct h225_ras_message m = gksim_sent(&s, 0);
			assert_int_equal(m.choice, H225_RAS_MESSAGE_LOCATION_REQUEST);
			assert_int_equal(m.u.location_request->destination_info.n, 1);
			confirm_location(0, found);
		}
		assert_int_equal(s.n_located, i + 1);
		assert_int_equal(s.located_for, 70 + i);
		assert_string_equal(answers[i].is_told ? addr_str(&s.located, text) : "-",
			!answers[i].is_told ? "-" : answers[i].locates ? found : answers[i].at);
		assert_int_equal(s.located.family != ADDR_NONE, answers[i].is_told);
	}
	/* an address and a name without a domain are not looked up */
	assert_false(gatekeeper_locate(s.gk, 1, "far", s.now));
	assert_false(gatekeeper_locate(s.gk, 1, "far@192.0.2.40", s.now));
	s.resolves = NULL;
	assert_false(gatekeeper_locate(s.gk, 1, "far@example.org", s.now));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(asked_by_neighbours),
		T(no_transit),
		T(neighbours_are_asked),
		T(the_asker_goes_meanwhile),
		T(passed_on),
		T(not_passed_on),
		T(by_domain),
		T(asked_by_the_gateway),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
