/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets which address of whom, and what it costs. */
#include "gksim.h"

static struct gksim s;

static int setup(void **state)
{
	(void)state;
	gksim_init(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gksim_stop(&s);
	return 0;
}

static struct h225_ras_message ask(const char *from, struct pst_slice id, const char *name, const char *addr, uint8_t call)
{
	struct h225_ras_message m = gksim_arq(&s, id, name, addr, call);
	return gksim_ask(&s, from, &m);
}

static const char *where(const char *from, struct pst_slice id, const char *name, const char *addr, uint8_t call)
{
	const struct h225_ras_message m = ask(from, id, name, addr, call);
	return gksim_where(&m);
}

static void assert_rejected(struct h225_ras_message m, uint32_t reason)
{
	assert_int_equal(m.choice, H225_RAS_MESSAGE_ADMISSION_REJECT);
	assert_int_equal(m.u.admission_reject->reject_reason.choice, reason);
}

static void split_horizon(void **state)
{
	(void)state;
	s.cfg.outside_registration = true;
	s.bound_name = "desk";
	s.bound_host = at("10.0.0.50:1720");
	gksim_start(&s);
	const struct pst_slice alice = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" } });
	const struct pst_slice olga = gksim_register(&s, "198.51.100.7", &(struct gksim_rrq){ .alias = { "olga" } });
	gksim_register(&s, "198.51.100.8", &(struct gksim_rrq){ .alias = { "oleg" } });
	/* of one realm: each other's own */
	assert_string_equal(where("10.0.0.2", alice, "bob", NULL, 1), "10.0.0.3:1720");
	assert_string_equal(where("198.51.100.7", olga, "oleg", NULL, 1), "198.51.100.8:1720");
	/* of another: the gateway, on the asker's side */
	assert_string_equal(where("10.0.0.2", alice, "olga", NULL, 2), "10.0.0.1:1720");
	assert_string_equal(where("198.51.100.7", olga, "alice", NULL, 2), "203.0.113.1:1720");
	assert_string_equal(where("198.51.100.7", olga, "alice@203.0.113.1", NULL, 3), "203.0.113.1:1720");
	assert_string_equal(where("198.51.100.7", olga, "desk", NULL, 4), "203.0.113.1:1720");
	assert_string_equal(where("10.0.0.2", alice, "desk", NULL, 4), "10.0.0.50:1720");
	/* by address */
	assert_string_equal(where("10.0.0.2", alice, NULL, "192.0.2.9:1720", 5), "10.0.0.1:1720");
	assert_string_equal(where("10.0.0.2", alice, "x@192.0.2.9", NULL, 6), "10.0.0.1:1720");
	assert_string_equal(where("10.0.0.2", alice, NULL, "10.9.9.9:1720", 7), "10.9.9.9:1720");
	assert_rejected(ask("198.51.100.7", olga, NULL, "10.9.9.9:1720", 5),
		H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
	assert_rejected(ask("198.51.100.7", olga, NULL, "10.0.0.2:1720", 5),
		H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
	assert_rejected(ask("198.51.100.7", olga, NULL, "203.0.113.1:1720", 6),
		H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
	assert_rejected(ask("10.0.0.2", alice, "nobody", NULL, 8), H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
	assert_rejected(ask("10.0.0.2", alice, NULL, "127.0.0.1:1720", 9),
		H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED);
	assert_rejected(ask("10.0.0.9", alice, "bob", NULL, 9), H225_ADMISSION_REJECT_REASON_CALLER_NOT_REGISTERED);
	/* what the gateway asks when such a call comes */
	struct addr dest;
	char text[ADDR_STRLEN];
	uint8_t guid[16];
	const struct addr caller = at("10.0.0.2:0");
	memset(guid, 5, sizeof guid);
	assert_true(gatekeeper_admitted(s.gk, &caller, slice_of(guid, 16), slice_of(NULL, 0), &dest));
	assert_string_equal(addr_str(&dest, text), "192.0.2.9:1720");
	memset(guid, 2, sizeof guid);
	assert_true(gatekeeper_admitted(s.gk, &caller, slice_of(NULL, 0), slice_of(guid, 16), &dest));
	assert_string_equal(addr_str(&dest, text), "198.51.100.7:1720");
	const struct addr other = at("10.0.0.3:0");
	assert_false(gatekeeper_admitted(s.gk, &other, slice_of(guid, 16), slice_of(guid, 16), &dest));
	assert_true(gatekeeper_is_registered(s.gk, &other));
}

static void routed_mode(void **state)
{
	(void)state;
	s.cfg.routed = true;
	gksim_start(&s);
	const struct pst_slice alice = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" } });
	struct h225_ras_message m = ask("10.0.0.2", alice, "bob", NULL, 1);
	assert_string_equal(gksim_where(&m), "10.0.0.1:1720");
	assert_int_equal(m.u.admission_confirm->call_model.choice, H225_CALL_MODEL_GATEKEEPER_ROUTED);
	m = ask("10.0.0.2", alice, NULL, NULL, 2); /* an answer */
	assert_string_equal(gksim_where(&m), "10.0.0.2:1720");
	assert_int_equal(m.u.admission_confirm->call_model.choice, H225_CALL_MODEL_DIRECT);
}

static struct h225_ras_message brq(struct pst_slice id, uint8_t call, uint32_t bandwidth)
{
	struct h225_bandwidth_request *q = arena_alloc(&s.arena, sizeof *q);
	struct h225_admission_request *arq = gksim_arq(&s, id, "x", NULL, call).u.admission_request;
	assert_non_null(q);
	*q = (struct h225_bandwidth_request){ .endpoint_identifier = id, .conference_id = arq->conference_id,
		.call_reference_value = call, .call_identifier = arq->call_identifier, .band_width = bandwidth };
	return (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_BANDWIDTH_REQUEST, .u.bandwidth_request = q };
}

static struct h225_ras_message drq(struct pst_slice id, uint8_t call)
{
	struct h225_disengage_request *q = arena_alloc(&s.arena, sizeof *q);
	struct h225_admission_request *arq = gksim_arq(&s, id, "x", NULL, call).u.admission_request;
	assert_non_null(q);
	*q = (struct h225_disengage_request){ .endpoint_identifier = id, .conference_id = arq->conference_id,
		.call_reference_value = call, .call_identifier = arq->call_identifier };
	return (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_DISENGAGE_REQUEST, .u.disengage_request = q };
}

static json_int_t used(uint32_t realm)
{
	json_t *o = gatekeeper_status_json(s.gk);
	const json_int_t v = json_integer_value(
		json_object_get(json_array_get(json_object_get(o, "realms"), realm), "bandwidth"));
	json_decref(o);
	return v;
}

static void bandwidth(void **state)
{
	(void)state;
	s.cfg.bandwidth = 5000;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" } });
	assert_int_equal(ask("10.0.0.2", id, "bob", NULL, 1).u.admission_confirm->band_width, 2000);
	assert_int_equal(ask("10.0.0.2", id, "bob", NULL, 1).u.admission_confirm->band_width, 2000); /* the same call */
	assert_int_equal(used(INSIDE), 2000);
	struct h225_ras_message m = brq(id, 1, 3500), got = gksim_ask(&s, "10.0.0.2", &m);
	assert_int_equal(got.choice, H225_RAS_MESSAGE_BANDWIDTH_CONFIRM);
	assert_int_equal(used(INSIDE), 3500);
	/* the rest, which is less than was asked for */
	assert_int_equal(ask("10.0.0.2", id, "bob", NULL, 2).u.admission_confirm->band_width, 1500);
	assert_rejected(ask("10.0.0.2", id, "bob", NULL, 3), H225_ADMISSION_REJECT_REASON_REQUEST_DENIED);
	m = brq(id, 2, 1600);
	got = gksim_ask(&s, "10.0.0.2", &m);
	assert_int_equal(got.choice, H225_RAS_MESSAGE_BANDWIDTH_REJECT);
	assert_int_equal(got.u.bandwidth_reject->allowed_band_width, 1500);
	m = brq(id, 9, 1600);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).u.bandwidth_reject->reject_reason.choice,
		H225_BAND_REJECT_REASON_INVALID_CONFERENCE_ID);
	/* not for others, then its end, twice */
	m = drq(id, 1);
	assert_int_equal(gksim_ask(&s, "10.0.0.3", &m).choice, H225_RAS_MESSAGE_DISENGAGE_REJECT);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_DISENGAGE_CONFIRM);
	assert_int_equal(used(INSIDE), 1500);
	m = drq(id, 1);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_DISENGAGE_CONFIRM);
	/* what an endpoint had goes with it */
	gatekeeper_unregister_all(s.gk, s.now);
	assert_int_equal(used(INSIDE), 0);
}

/* The process ends, and the next one goes on with the calls. */
static void what_was_admitted_comes_back(void **state)
{
	(void)state;
	s.cfg.bandwidth = 5000;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" } });
	ask("10.0.0.2", id, "bob", NULL, 1);
	ask("10.0.0.2", id, "bob", NULL, 2);
	struct h225_ras_message m = brq(id, 1, 2500);
	gksim_ask(&s, "10.0.0.2", &m);
	m = drq(id, 2);
	gksim_ask(&s, "10.0.0.2", &m);
	gatekeeper_free(s.gk);
	assert_true(s.kept_calls[0].n > 0); /* what is kept is kept */
	assert_int_equal(s.kept_calls[1].id, 2);
	assert_int_equal(s.kept_calls[1].n, 0);
	const struct pst_slice image = slice_of(arena_dup(&s.arena, s.kept_calls[0].octets, s.kept_calls[0].n), s.kept_calls[0].n);
	const struct pst_slice alice = slice_of(arena_dup(&s.arena, s.kept[0].octets, s.kept[0].n), s.kept[0].n);
	s.cfg.seed++;
	gksim_start(&s);
	assert_int_equal(gatekeeper_restore_call(s.gk, 1, image, s.now), PST_E_DENIED); /* nobody's */
	assert_int_equal(gatekeeper_restore(s.gk, s.kept[0].id, alice, s.now, s.wall), 0);
	for (size_t n = 0; n < image.n; n++)
		assert_int_equal(gatekeeper_restore_call(s.gk, 1, slice_of(image.p, n), s.now), PST_E_BAD);
	assert_int_equal(gatekeeper_restore_call(s.gk, 1, image, s.now), 0);
	assert_int_equal(gatekeeper_restore_call(s.gk, 1, image, s.now), PST_E_DENIED);
	assert_int_equal(used(INSIDE), 2500);
	/* it is told of, it counts, and ends */
	assert_int_equal(ask("10.0.0.2", id, "10.0.0.3", NULL, 3).u.admission_confirm->band_width, 2000);
	assert_int_equal(s.kept_calls[1].id, 2);
	assert_true(s.kept_calls[1].n > 0); /* under a number that is not the first one's */
	m = drq(id, 1);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_DISENGAGE_CONFIRM);
	assert_int_equal(used(INSIDE), 2000);
	assert_int_equal(s.kept_calls[0].n, 0);
	/* what an endpoint had goes with it */
	gatekeeper_unregister_all(s.gk, s.now);
	assert_int_equal(s.kept_calls[1].n, 0);
}

static void a_call_nobody_speaks_of_is_forgotten(void **state)
{
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" } });
	struct h225_ras_message m = ask("10.0.0.2", id, "bob", NULL, 1);
	assert_int_equal(m.u.admission_confirm->irr_frequency, 120);
	gksim_clear(&s);
	gksim_pass(&s, 359999);
	assert_int_equal(s.n_sent, 0);
	/* the call is asked for by name, and named in an answer it stays */
	gksim_pass(&s, 1);
	m = gksim_sent(&s, 0);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_INFO_REQUEST);
	assert_int_equal(m.u.info_request->call_reference_value, 1);
	struct h225_info_request_response irr = { .endpoint_identifier = id, .has_per_call_info = true };
	struct h225_info_request_response_per_call_info call = { .call_reference_value = 1 };
	struct h225_transport_address ta = { 0 };
	const struct addr a = at("10.0.0.2");
	struct h225_ras_message back = { .choice = H225_RAS_MESSAGE_INFO_REQUEST_RESPONSE, .u.info_request_response = &irr };
	assert_int_equal(h225_addr_build(&irr.ras_address, &a, &s.arena), 0);
	assert_int_equal(h225_addr_build(&ta, &a, &s.arena), 0);
	assert_int_equal(h225_terminal_build(&irr.endpoint_type, NULL, NULL, &s.arena), 0);
	irr.request_seq_num = m.u.info_request->request_seq_num;
	irr.call_signal_address.n = 1;
	irr.call_signal_address.v = &ta;
	irr.per_call_info.n = 1;
	irr.per_call_info.v = &call;
	call.call_identifier = m.u.info_request->call_identifier;
	call.conference_id = call.call_identifier->guid;
	gksim_give(&s, "10.0.0.2", &back);
	gksim_clear(&s);
	gksim_pass(&s, 360000 + 8999);
	assert_int_equal(s.n_sent, 3);
	assert_int_equal(used(INSIDE), 2000);
	gksim_pass(&s, 1);
	assert_int_equal(used(INSIDE), 0);
}

static bool nobody_calls_bob(const struct gatekeeper_wish *w)
{
	return w->act != GATEKEEPER_CALL || strcmp(w->name, "bob") != 0;
}

static void policy(void **state)
{
	(void)state;
	s.may = nobody_calls_bob;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" } });
	assert_rejected(ask("10.0.0.2", id, "bob", NULL, 1), H225_ADMISSION_REJECT_REASON_INVALID_PERMISSION);
	assert_string_equal(where("10.0.0.2", id, "alice", NULL, 2), "10.0.0.2:1720");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(split_horizon),
		T(routed_mode),
		T(bandwidth),
		T(what_was_admitted_comes_back),
		T(a_call_nobody_speaks_of_is_forgotten),
		T(policy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
