/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Endpoints behind somebody else's NAT (H.460.18). */
#include "gksim.h"

#include "h225/traversal.h"

#define NAT "198.51.100.7"

static struct gksim s;

static int setup(void **state)
{
	(void)state;
	gksim_init(&s);
	s.cfg.outside_registration = true;
	gksim_start(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gksim_stop(&s);
	return 0;
}

/* What an endpoint of 192.168.1.5 sends, wherever it comes from. */
static struct h225_ras_message request(const char *name, struct pst_slice id, bool light, bool offers)
{
	static struct h225_generic_data feature[1];
	static struct h225_feature_set features;
	struct h225_ras_message m = gksim_rrq(&s, "192.168.1.5:1719", &(struct gksim_rrq){ .alias = { name }, .light = light, .id = id });
	h225_feature_build(&feature[0], H225_FEATURE_SIGNALLING_TRAVERSAL);
	h225_features_build(&features, feature, 1);
	m.u.registration_request->feature_set = offers ? &features : NULL;
	return m;
}

static struct pst_slice enter(const char *from, const char *name)
{
	const struct pst_slice none = { NULL, 0 };
	struct h225_ras_message m = request(name, none, false, true);
	m = gksim_ask(&s, from, &m);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	assert_true(h225_feature_has(m.u.registration_confirm->feature_set, H225_FEATURE_SIGNALLING_TRAVERSAL));
	assert_int_equal(m.u.registration_confirm->time_to_live, 20);
	return m.u.registration_confirm->endpoint_identifier;
}

static void registration(void **state)
{
	const struct pst_slice none = { NULL, 0 };
	struct h225_ras_message m = request("nat", none, false, false);
	(void)state;
	/* without the feature it can not be called */
	m = gksim_ask(&s, NAT ":40001", &m);
	assert_int_equal(m.u.registration_reject->reject_reason.choice, H225_REGISTRATION_REJECT_REASON_INVALID_CALL_SIGNAL_ADDRESS);
	enter(NAT ":40001", "nat");
	assert_int_equal(s.sent[0].to.port, 40001);
	/* two behind the same */
	enter(NAT ":40002", "nat2");
	m = request("nat", none, false, true);
	m = gksim_ask(&s, NAT ":40003", &m);
	assert_int_equal(m.u.registration_reject->reject_reason.choice, H225_REGISTRATION_REJECT_REASON_DUPLICATE_ALIAS);
	/* who says nothing more is gone soon */
	gksim_pass(&s, 26000);
	enter(NAT ":40003", "nat");
	for (unsigned i = 0; i < s.n_kept; i++)
		assert_int_equal(s.kept[i].n, 0);
}

static void summoned(void **state)
{
	const uint8_t id[16] = { 9, 8, 7 };
	uint8_t got[16];
	const struct addr gateway = at("203.0.113.1:1720"), stranger = at(NAT ":40009"), signal = at(NAT ":40001");
	struct addr to;
	(void)state;
	const struct pst_slice ep = enter(NAT ":40001", "nat");
	gksim_clear(&s);
	assert_false(gatekeeper_summon(s.gk, &stranger, id, &gateway, s.now));
	assert_true(gatekeeper_summon(s.gk, &signal, id, &gateway, s.now));
	struct h225_ras_message m = gksim_sent(&s, 0);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_SERVICE_CONTROL_INDICATION);
	struct h225_service_control_indication *sci = m.u.service_control_indication;
	assert_int_equal(h225_incoming_call_read(sci->generic_data.v, sci->generic_data.n, &s.arena, &to, got), 0);
	assert_true(addr_eq(&to, &gateway));
	assert_memory_equal(got, id, 16);
	assert_true(slice_eq(sci->endpoint_identifier, ep));
	/* until it is answered */
	gksim_pass(&s, 4000);
	assert_int_equal(s.n_sent, 2);
	struct h225_service_control_response scr = { .request_seq_num = sci->request_seq_num };
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_SERVICE_CONTROL_RESPONSE, .u.service_control_response = &scr };
	gksim_give(&s, NAT ":40001", &m);
	gksim_pass(&s, 9000);
	assert_int_equal(s.n_sent, 2);
}

/* The NAT gives it another port: it is still found, where it is now. */
static void moved(void **state)
{
	const uint8_t id[16] = { 1 };
	const struct addr gateway = at("203.0.113.1:1720"), signal = at(NAT ":40001");
	struct addr found;
	(void)state;
	const struct pst_slice ep = enter(NAT ":40001", "nat");
	gksim_pass(&s, 15000);
	struct h225_ras_message m = request("nat", ep, true, true);
	m = gksim_ask(&s, NAT ":50001", &m);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	assert_true(gatekeeper_find(s.gk, "nat", &found));
	assert_true(addr_eq(&found, &signal));
	gksim_clear(&s);
	assert_true(gatekeeper_summon(s.gk, &signal, id, &gateway, s.now));
	assert_int_equal(s.sent[0].to.port, 50001);
	/* a full registration from there is the same endpoint's */
	m = request("nat", ep, false, true);
	m = gksim_ask(&s, NAT ":50002", &m);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	/* nobody else moves it */
	m = request("nat", ep, true, true);
	m = gksim_ask(&s, "198.51.100.8:50001", &m);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_REJECT);
}

static void called_through_the_gateway(void **state)
{
	(void)state;
	enter(NAT ":40001", "nat");
	const struct pst_slice inside = gksim_register(&s, "10.0.0.5", &(struct gksim_rrq){ .alias = { "alice" } });
	const struct pst_slice outside = gksim_register(&s, "198.51.100.9", &(struct gksim_rrq){ .alias = { "olga" } });
	struct h225_ras_message m = gksim_arq(&s, inside, "nat", NULL, 1);
	m = gksim_ask(&s, "10.0.0.5", &m);
	assert_string_equal(gksim_where(&m), "10.0.0.1:1720");
	/* in its own realm too: nobody can connect to it */
	m = gksim_arq(&s, outside, "nat", NULL, 2);
	m = gksim_ask(&s, "198.51.100.9", &m);
	assert_string_equal(gksim_where(&m), "203.0.113.1:1720");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(registration), T(summoned), T(moved), T(called_through_the_gateway) };
	return cmocka_run_group_tests_name("gatekeeper/traversal", tests, NULL, NULL);
}
