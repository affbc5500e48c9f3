/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discovery, registration, its aging and its end. */
#include "gksim.h"

#include <stdio.h>

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

static struct h225_ras_message grq(const char *from, const char *wants)
{
	struct h225_gatekeeper_request *q = arena_alloc(&s.arena, sizeof *q);
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_GATEKEEPER_REQUEST, .u.gatekeeper_request = q };
	const struct addr a = at(from);
	assert_non_null(q);
	q->protocol_identifier = h225_protocol_identifier(2, &s.arena);
	assert_int_equal(h225_addr_build(&q->ras_address, &a, &s.arena), 0);
	assert_int_equal(h225_terminal_build(&q->endpoint_type, "test", "1", &s.arena), 0);
	q->has_gatekeeper_identifier = wants != NULL;
	if (wants != NULL)
		assert_int_equal(h225_bmp_from_utf8(&q->gatekeeper_identifier, wants, &s.arena), 0);
	return m;
}

static void assert_found(const char *name, const char *where)
{
	struct addr a;
	char text[ADDR_STRLEN];
	if (where == NULL) {
		assert_false(gatekeeper_find(s.gk, name, &a));
		return;
	}
	assert_true(gatekeeper_find(s.gk, name, &a));
	assert_string_equal(addr_str(&a, text), where);
}

static void assert_rejected(struct h225_ras_message m, uint32_t reason)
{
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_REJECT);
	assert_int_equal(m.u.registration_reject->reject_reason.choice, reason);
}

static void discovery(void **state)
{
	(void)state;
	gksim_start(&s);
	struct h225_ras_message q = grq("10.0.0.2:2034", NULL), m = gksim_ask(&s, "10.0.0.2:40000", &q);
	struct addr ras;
	assert_int_equal(m.choice, H225_RAS_MESSAGE_GATEKEEPER_CONFIRM);
	assert_int_equal(h225_addr_read(&ras, &m.u.gatekeeper_confirm->ras_address), 0);
	assert_true(addr_eq(&ras, &(struct addr){ .family = ADDR_IP4, .ip = { 10, 0, 0, 1 }, .port = 1719 }));
	assert_int_equal(s.sent[0].to.port, 2034); /* the address it named, as it is its own */
	q = grq("10.0.0.99:2034", NULL);
	gksim_ask(&s, "10.0.0.2:40000", &q);
	assert_int_equal(s.sent[0].to.port, 40000); /* not somebody else's */
	assert_int_equal(s.sent[0].to.ip[3], 2);
	q = grq("10.0.0.2", "postern");
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &q).choice, H225_RAS_MESSAGE_GATEKEEPER_CONFIRM);
	q = grq("10.0.0.2", "another");
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &q).choice, H225_RAS_MESSAGE_GATEKEEPER_REJECT);
	q = grq("198.51.100.7", NULL);
	assert_int_equal(gksim_ask(&s, "198.51.100.7", &q).choice, H225_RAS_MESSAGE_GATEKEEPER_REJECT);
	/* a source that can not be in the realm it came from */
	gksim_clear(&s);
	const struct addr forged = at("198.51.100.7");
	gatekeeper_datagram(s.gk, INSIDE, &forged, slice_of("\0", 1), s.now, s.wall);
	gatekeeper_datagram(s.gk, 7, &forged, slice_of("\0", 1), s.now, s.wall);
	assert_int_equal(s.n_sent, 0);
}

static void names_of_all_kinds(void **state)
{
	static const char *const domains[] = { "example.com" };
	(void)state;
	s.cfg.domains = domains;
	s.cfg.n_domains = 1;
	gksim_start(&s);
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "Alice", "100", "h323:alice@h.example", "al@mail.example" } });
	struct h225_ras_message m = gksim_sent(&s, 0);
	assert_int_equal(m.u.registration_confirm->terminal_alias.n, 4);
	assert_false(m.u.registration_confirm->has_time_to_live);
	assert_found("alice", "10.0.0.2:1720");
	assert_found("ALICE", "10.0.0.2:1720");
	assert_found("100", "10.0.0.2:1720");
	assert_found("alice@H.example", "10.0.0.2:1720");
	assert_found("h323:al@mail.example", "10.0.0.2:1720");
	assert_found("alice@203.0.113.1", "10.0.0.2:1720");
	assert_found("alice@example.com", "10.0.0.2:1720");
	assert_found("alice@elsewhere.example", NULL);
	assert_found("alice@198.51.100.7", NULL);
	assert_found("", NULL);
	assert_found("@", NULL);
	assert_found("bob", NULL);
	/* a full registration anew replaces the names */
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice", "200" } });
	assert_found("100", NULL);
	assert_found("200", "10.0.0.2:1720");
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "300" }, .additive = true });
	assert_found("alice", "10.0.0.2:1720");
	assert_found("300", "10.0.0.2:1720");
	/* outside is not registered here */
	m = gksim_rrq(&s, "198.51.100.7", &(struct gksim_rrq){ .alias = { "mallory" } });
	assert_rejected(gksim_ask(&s, "198.51.100.7", &m), H225_REGISTRATION_REJECT_REASON_SECURITY_DENIAL);
	json_t *list = gatekeeper_registrations_json(s.gk, s.now);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "product")), "a \\x1b product");
	json_decref(list);
}

static void somebody_elses_address_is_not_registered(void **state)
{
	(void)state;
	gksim_start(&s);
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.2", &(struct gksim_rrq){ .signal = "10.0.0.3:1720", .alias = { "x" } });
	assert_rejected(gksim_ask(&s, "10.0.0.2", &m), H225_REGISTRATION_REJECT_REASON_INVALID_CALL_SIGNAL_ADDRESS);
	assert_found("x", NULL);
}

static void a_retransmission_gets_the_same(void **state)
{
	(void)state;
	gksim_start(&s);
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.2", &(struct gksim_rrq){ .ras = "10.0.0.2:2000", .alias = { "x" } });
	gksim_ask(&s, "10.0.0.2:3000", &m);
	const struct sent first = s.sent[0];
	for (int i = 0; i < 3; i++) {
		gksim_pass(&s, 3000);
		gksim_ask(&s, "10.0.0.2:3000", &m);
		assert_int_equal(s.n_sent, 1);
		assert_int_equal(s.sent[0].n, first.n);
		assert_memory_equal(s.sent[0].octets, first.octets, first.n);
		assert_int_equal(s.sent[0].to.port, 2000);
	}
}

static void conflicting_claims(void **state)
{
	(void)state;
	gksim_start(&s);
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob", "ALICE" } }), got;
	got = gksim_ask(&s, "10.0.0.3", &m);
	assert_rejected(got, H225_REGISTRATION_REJECT_REASON_DUPLICATE_ALIAS);
	assert_int_equal(got.u.registration_reject->reject_reason.u.duplicate_alias.n, 1);
	assert_found("bob", NULL);
	/* the holder was asked whether it is there; it does not answer, and its name is free */
	assert_int_equal(s.n_sent, 2);
	assert_int_equal(gksim_sent(&s, 0).choice, H225_RAS_MESSAGE_INFO_REQUEST);
	gksim_pass(&s, 9000);
	assert_found("alice", NULL);
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob", "ALICE" } });
	assert_found("alice", "10.0.0.3:1720");
}

static void light_ones_renew(void **state)
{
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" }, .ttl_s = 60 });
	assert_int_equal(gksim_sent(&s, 0).u.registration_confirm->time_to_live, 60);
	const struct gksim_rrq light = { .light = true, .ttl_s = 60, .id = id };
	for (int i = 0; i < 20; i++) {
		gksim_pass(&s, 30000);
		gksim_register(&s, "10.0.0.2", &light);
	}
	assert_found("alice", "10.0.0.2:1720");
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.3", &light);
	assert_rejected(gksim_ask(&s, "10.0.0.3", &m), H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED);
	gksim_clear(&s);
	gksim_pass(&s, 64999);
	assert_found("alice", "10.0.0.2:1720");
	assert_int_equal(s.n_sent, 0);
	/* UnregistrationRequest, twice, as nobody answers */
	gksim_pass(&s, 1);
	assert_found("alice", NULL);
	gksim_pass(&s, 100000);
	assert_int_equal(s.n_sent, 2);
	assert_int_equal(gksim_sent(&s, 1).u.unregistration_request->reason->choice, H225_UNREG_REQUEST_REASON_TTL_EXPIRED);
	m = gksim_rrq(&s, "10.0.0.2", &light);
	assert_rejected(gksim_ask(&s, "10.0.0.2", &m), H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED);
	/* longer than is granted */
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .ttl_s = UINT32_MAX });
	assert_int_equal(gksim_sent(&s, 0).u.registration_confirm->time_to_live, 3600);
	assert_int_equal(gatekeeper_due(s.gk), s.now + 3605000);
}

static void netmeeting_is_asked(void **state)
{
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "nm" }, .microsoft = true });
	gksim_clear(&s);
	gksim_pass(&s, 1799999);
	assert_int_equal(s.n_sent, 0);
	gksim_pass(&s, 1);
	assert_int_equal(s.n_sent, 1);
	struct h225_info_request_response irr = { .endpoint_identifier = id };
	struct h225_transport_address ta = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_INFO_REQUEST_RESPONSE, .u.info_request_response = &irr };
	const struct addr a = at("10.0.0.2");
	assert_int_equal(h225_addr_build(&irr.ras_address, &a, &s.arena), 0);
	assert_int_equal(h225_addr_build(&ta, &a, &s.arena), 0);
	irr.call_signal_address.n = 1;
	irr.call_signal_address.v = &ta;
	irr.request_seq_num = gksim_sent(&s, 0).u.info_request->request_seq_num;
	assert_int_equal(h225_terminal_build(&irr.endpoint_type, NULL, NULL, &s.arena), 0);
	gksim_give(&s, "10.0.0.2", &m);
	assert_int_equal(s.n_sent, 1);
	gksim_pass(&s, 1799999);
	assert_int_equal(s.n_sent, 1);
	/* one that wants an acknowledgement gets it, also when it is sent again */
	irr.has_need_response = irr.need_response = true;
	irr.request_seq_num = 77;
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_INFO_REQUEST_ACK);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_INFO_REQUEST_ACK);
	assert_int_equal(gksim_ask(&s, "10.0.0.3", &m).choice, H225_RAS_MESSAGE_INFO_REQUEST_NAK);
	gksim_clear(&s);
	/* then it is switched off: three questions, then the end */
	gksim_pass(&s, 1800000 + 8999);
	assert_int_equal(s.n_sent, 3);
	assert_found("nm", "10.0.0.2:1720");
	gksim_pass(&s, 1);
	assert_found("nm", NULL);
	gksim_pass(&s, 60000);
	assert_int_equal(s.n_sent, 5);
	assert_int_equal(gatekeeper_due(s.gk), 0);
}

static struct h225_ras_message urq(struct pst_slice id, const char *signal, const char *alias)
{
	struct h225_unregistration_request *q = arena_alloc(&s.arena, sizeof *q);
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_UNREGISTRATION_REQUEST, .u.unregistration_request = q };
	const struct addr a = at(signal);
	assert_non_null(q);
	q->call_signal_address.n = 1;
	q->call_signal_address.v = h225_addr_new(&a, &s.arena);
	q->has_endpoint_identifier = id.n > 0;
	q->endpoint_identifier = id;
	q->has_endpoint_alias = alias != NULL;
	q->endpoint_alias.n = alias != NULL;
	q->endpoint_alias.v = arena_alloc(&s.arena, sizeof *q->endpoint_alias.v);
	if (alias != NULL)
		assert_int_equal(h225_alias_build(q->endpoint_alias.v, alias, &s.arena), 0);
	return m;
}

static void unregistration(void **state)
{
	const struct pst_slice none = { NULL, 0 };
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice", "100" } });
	/* not for others */
	struct h225_ras_message m = urq(id, "10.0.0.2:1720", NULL);
	assert_int_equal(gksim_ask(&s, "10.0.0.3", &m).choice, H225_RAS_MESSAGE_UNREGISTRATION_REJECT);
	m = urq(none, "10.0.0.2:1720", NULL);
	assert_int_equal(gksim_ask(&s, "10.0.0.3", &m).choice, H225_RAS_MESSAGE_UNREGISTRATION_REJECT);
	m = urq(id, "10.0.0.2:1720", "100");
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM);
	assert_found("100", NULL);
	assert_found("alice", "10.0.0.2:1720");
	m = urq(none, "10.0.0.2:1720", NULL);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM);
	assert_found("alice", NULL);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM);
	m = urq(none, "10.0.0.2:1720", NULL);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_UNREGISTRATION_REJECT);
	/* the gatekeeper's own end */
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" } });
	gksim_clear(&s);
	gatekeeper_unregister_all(s.gk, s.now);
	assert_int_equal(s.n_sent, 2);
	assert_found("alice", NULL);
}

static void floods(void **state)
{
	char alias[16];
	unsigned confirmed = 0;
	(void)state;
	s.cfg.limits.registrations = 20;
	s.cfg.limits.registrations_per_source = 4;
	s.cfg.limits.aliases = 3;
	s.cfg.limits.sources = 32;
	gksim_start(&s);
	/* many registrations of one host, then of many hosts */
	for (unsigned i = 0; i < 8; i++) {
		char signal[32];
		snprintf(signal, sizeof signal, "10.0.0.2:%u", 2000 + i);
		snprintf(alias, sizeof alias, "one%u", i);
		struct h225_ras_message m = gksim_rrq(&s, "10.0.0.2", &(struct gksim_rrq){ .signal = signal, .alias = { alias } });
		confirmed += gksim_ask(&s, "10.0.0.2", &m).choice == H225_RAS_MESSAGE_REGISTRATION_CONFIRM;
	}
	assert_int_equal(confirmed, 4);
	for (unsigned i = 3; i < 253; i++) {
		char from[32];
		snprintf(from, sizeof from, "10.0.1.%u", i);
		snprintf(alias, sizeof alias, "many%u", i);
		struct h225_ras_message m = gksim_rrq(&s, from, &(struct gksim_rrq){ .alias = { alias } });
		gksim_clear(&s);
		gksim_give(&s, from, &m);
		if (s.n_sent > 0)
			confirmed += gksim_sent(&s, s.n_sent - 1).choice == H225_RAS_MESSAGE_REGISTRATION_CONFIRM;
	}
	assert_int_equal(confirmed, 20);
	/* too many names; then datagrams faster than permitted: 4 seconds' worth, then 20 a second */
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.2", &(struct gksim_rrq){ .signal = "10.0.0.2:2000",
							       .alias = { "a", "b", "c", "d" } });
	assert_rejected(gksim_ask(&s, "10.0.0.2", &m), H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE);
	gksim_clear(&s);
	for (unsigned i = 0; i < 200; i++) {
		m = grq("10.0.0.2", NULL);
		gksim_give(&s, "10.0.0.2", &m);
	}
	assert_int_equal(s.n_sent, 80 - 9);
	gksim_clear(&s);
	s.now += 1000;
	for (unsigned i = 0; i < 200; i++) {
		m = grq("10.0.0.2", NULL);
		gksim_give(&s, "10.0.0.2", &m);
	}
	assert_int_equal(s.n_sent, 20);
}

static void reload_keeps_what_it_can(void **state)
{
	(void)state;
	s.cfg.outside_registration = true;
	gksim_start(&s);
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } });
	gksim_register(&s, "198.51.100.7", &(struct gksim_rrq){ .alias = { "olga" } });
	struct gatekeeper_config bad = s.cfg;
	bad.identifier = "";
	assert_int_equal(gatekeeper_reload(s.gk, &bad, s.now), PST_E_ARG);
	assert_found("olga", "198.51.100.7:1720");
	assert_int_equal(gatekeeper_reload(s.gk, &s.cfg, s.now), 0);
	assert_found("olga", "198.51.100.7:1720");
	s.cfg.n_realms = 1;
	assert_int_equal(gatekeeper_reload(s.gk, &s.cfg, s.now), 0);
	assert_found("olga", NULL);
	assert_found("alice", "10.0.0.2:1720");
	json_t *o = gatekeeper_status_json(s.gk);
	assert_int_equal(json_integer_value(json_object_get(o, "registrations")), 1);
	json_decref(o);
}

static void what_is_kept_comes_back(void **state)
{
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2",
		&(struct gksim_rrq){ .alias = { "Alice", "100", "h323:al@h.example", "al@mail.example" }, .ttl_s = 60 });
	gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "nm" }, .microsoft = true });
	gksim_register(&s, "10.0.0.4", &(struct gksim_rrq){ .alias = { "gone" } });
	struct h225_ras_message m = urq(slice_of(NULL, 0), "10.0.0.4:1720", NULL);
	gksim_ask(&s, "10.0.0.4", &m);
	assert_int_equal(s.n_kept, 3);
	assert_int_equal(s.kept[2].n, 0);
	/* the process ends and another begins, with identifiers of its own */
	gatekeeper_free(s.gk);
	assert_true(s.kept[0].n > 0 && s.kept[1].n > 0);
	uint8_t octets[2][1000];
	const size_t len[2] = { s.kept[0].n, s.kept[1].n };
	memcpy(octets[0], s.kept[0].octets, len[0]);
	memcpy(octets[1], s.kept[1].octets, len[1]);
	s.cfg.seed++;
	gksim_start(&s);
	for (unsigned i = 0; i < 2; i++) {
		for (size_t n = 0; n < len[i]; n++, s.now += 100)
			assert_int_equal(gatekeeper_restore(s.gk, s.kept[i].id, slice_of(octets[i], n), s.now, s.wall), PST_E_BAD);
		const struct pst_slice whole = slice_of(octets[i], len[i]);
		assert_int_equal(gatekeeper_restore(s.gk, s.kept[i].id, whole, s.now, s.wall), 0);
		assert_int_equal(gatekeeper_restore(s.gk, s.kept[i].id, whole, s.now, s.wall), PST_E_DENIED);
	}
	assert_found("alice", "10.0.0.2:1720");
	assert_found("al@h.example", "10.0.0.2:1720");
	assert_found("nm", "10.0.0.3:1720");
	/* a light request goes on as if nothing had been */
	gksim_register(&s, "10.0.0.2", &(struct gksim_rrq){ .light = true, .id = id, .ttl_s = 60 });
	gksim_clear(&s);
	gksim_pass(&s, 65000);
	assert_found("alice", NULL);
	gksim_pass(&s, 1800000);
	assert_found("nm", NULL);
	/* in a realm that is not there any more */
	s.cfg.realms = &s.cfg.realms[OUTSIDE];
	s.cfg.n_realms = 1;
	assert_int_equal(gatekeeper_reload(s.gk, &s.cfg, s.now), 0);
	assert_int_equal(gatekeeper_restore(s.gk, 5, slice_of(octets[0], len[0]), s.now, s.wall), PST_E_DENIED);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(discovery),
		T(names_of_all_kinds),
		T(somebody_elses_address_is_not_registered),
		T(a_retransmission_gets_the_same),
		T(conflicting_claims),
		T(light_ones_renew),
		T(netmeeting_is_asked),
		T(unregistration),
		T(floods),
		T(reload_keeps_what_it_can),
		T(what_is_kept_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
