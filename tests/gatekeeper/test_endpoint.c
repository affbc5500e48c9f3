/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The endpoint's RAS (ras/endpoint.h) and the gatekeeper, with each other on one clock. */
#include "gksim.h"

#include "ras/endpoint.h"

#define NAT "198.51.100.7:40001"

static const char *const alice[] = { "alice", "5551000" };

static struct gksim s;

static struct end {
	struct ras_endpoint *e;
	struct addr from;     /* as the gatekeeper sees it */
	bool deaf;            /* nothing gets through to the gatekeeper */
	unsigned sent, seen;  /* datagrams; of s.sent */
	uint8_t last[1500];
	size_t n_last;
	unsigned same;        /* octets that went out again */
	enum ras_client_news news;
	unsigned registered;
	const char *why, *refused;
	unsigned answers, cleared, summons;
	struct addr to;
	uint8_t call_id[16];
} end;

static void on_send(void *arg, const struct addr *to, struct pst_slice datagram)
{
	struct end *x = arg;
	(void)to;
	x->sent++;
	x->same += datagram.n == x->n_last && memcmp(datagram.p, x->last, datagram.n) == 0;
	memcpy(x->last, datagram.p, x->n_last = datagram.n);
	if (!x->deaf)
		gatekeeper_datagram(s.gk, addr_ip_len(&x->from) == 4 && x->from.ip[0] == 10 ? INSIDE : OUTSIDE, &x->from, datagram,
			s.now, s.wall);
}

static void on_news(void *arg, enum ras_client_news news, const char *why)
{
	struct end *x = arg;
	x->news = news;
	x->why = why;
	x->registered += news == RAS_NEWS_REGISTERED;
}

static void on_admitted(void *arg, void *user, const char *refused, const struct addr *to)
{
	struct end *x = arg;
	assert_ptr_equal(user, x);
	x->answers++;
	x->refused = refused;
	x->to = *to;
}

static void on_clear(void *arg, void *user)
{
	(void)user;
	((struct end *)arg)->cleared++;
}

static bool on_summoned(void *arg, const struct addr *to, const uint8_t call_id[static 16])
{
	struct end *x = arg;
	x->summons++;
	x->to = *to;
	memcpy(x->call_id, call_id, 16);
	return true;
}

static const struct ras_endpoint_ops ops = { on_send, on_news, on_admitted, on_clear, on_summoned };

/* What the gatekeeper has sent to the endpoint, it gets. */
static void pump(void)
{
	while (end.seen < s.n_sent) {
		const struct sent *x = &s.sent[end.seen++];
		const struct addr gatekeeper = at(end.from.ip[0] == 10 ? "10.0.0.1" : "203.0.113.1");
		if (addr_eq(&x->to, &end.from) && !end.deaf)
			ras_endpoint_datagram(end.e, &gatekeeper, slice_of(x->octets, x->n));
	}
}

static void pass(uint32_t ms)
{
	for (uint32_t i = 0; i < ms; i += 500) {
		gksim_pass(&s, 500);
		ras_endpoint_clock(end.e, s.now, s.wall);
		pump();
		ras_endpoint_tick(end.e);
		pump();
		if (end.seen > SENT_MAX / 2) {
			gksim_clear(&s);
			end.seen = 0;
		}
	}
}

static void begin(const char *from, const char *own, uint32_t ttl_s, const char *password)
{
	const struct addr ras = at(own);
	const struct ras_endpoint_config cfg = { .gatekeeper = at(from[0] == '1' && from[1] == '0' ? "10.0.0.1" : "203.0.113.1"),
		.ras = ras, .signal = addr_with_port(ras, 1720), .aliases = alice, .n_aliases = 2, .password = password,
		.ttl_s = ttl_s, .retry_s = 30, .product = "test", .version = "1" };
	end = (struct end){ .from = at(from) };
	gksim_clear(&s);
	gksim_start(&s);
	assert_int_equal(ras_endpoint_new(&end.e, &cfg, &ops, &end), 0);
	ras_endpoint_clock(end.e, s.now, s.wall);
	ras_endpoint_register(end.e);
	pump();
}

static int setup(void **state)
{
	(void)state;
	gksim_init(&s);
	s.cfg.outside_registration = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ras_endpoint_free(end.e);
	gksim_stop(&s);
	return 0;
}

static bool found(const char *name)
{
	struct addr a;
	return gatekeeper_find(s.gk, name, &a);
}

static struct ras_call *admit(const char *called, bool answer, uint8_t number)
{
	const uint8_t id[16] = { number };
	const struct ras_wish wish = { .answer = answer, .called = called, .call_id = id, .conference_id = id, .crv = number };
	struct ras_call *call = NULL;
	assert_int_equal(ras_endpoint_admit(end.e, &call, &wish, &end), 0);
	pump();
	return call;
}

static void stays_registered(void **state)
{
	(void)state;
	begin("10.0.0.5", "10.0.0.5", 60, NULL);
	assert_true(ras_endpoint_registered(end.e) && end.registered == 1);
	assert_true(found("alice") && found("5551000"));
	pass(600000);
	assert_true(found("alice"));
	/* by light requests: one each half of the time */
	assert_int_equal(end.registered, 1);
	assert_int_equal(end.sent, 1 + 20);
	ras_endpoint_stop(end.e);
	pump();
	assert_int_equal(end.news, RAS_NEWS_ENDED);
	assert_false(found("alice"));
	assert_int_equal(ras_endpoint_due(end.e), 0);
}

/* One that gave no timeToLive is asked whether it is there, and says so. */
static void asked(void **state)
{
	(void)state;
	begin("10.0.0.5", "10.0.0.5", 0, NULL);
	pass(3600000);
	assert_true(found("alice"));
	assert_true(end.sent > 2);
	assert_int_equal(end.registered, 1);
}

static void silence(void **state)
{
	(void)state;
	begin("10.0.0.5", "10.0.0.5", 60, NULL);
	end.deaf = true;
	end.sent = 0;
	const struct ras_call *call = admit("bob", false, 1);
	assert_non_null(call);
	pass(14500);
	assert_int_equal(end.answers, 0);
	assert_int_equal(end.sent, 3);
	assert_int_equal(end.same, 2);
	pass(1000);
	assert_int_equal(end.answers, 1);
	assert_string_equal(end.refused, "it does not answer");
	/* neither does it answer the light request: lost, looked for, given up, and tried again */
	pass(60000);
	assert_int_equal(end.news, RAS_NEWS_FAILED);
	assert_false(ras_endpoint_registered(end.e));
	end.deaf = false;
	pass(60000);
	assert_true(ras_endpoint_registered(end.e));
}

/* The gatekeeper is another one, or has forgotten us. */
static void forgotten(void **state)
{
	(void)state;
	begin("10.0.0.5", "10.0.0.5", 60, NULL);
	gatekeeper_free(s.gk);
	end.seen = 0;
	gksim_start(&s);
	gksim_clear(&s);
	pass(31000);
	assert_true(ras_endpoint_registered(end.e));
	assert_true(found("alice"));
	/* and one that says that it is so */
	gatekeeper_unregister_all(s.gk, s.now);
	pump();
	assert_int_equal(end.news, RAS_NEWS_LOST);
	assert_false(ras_endpoint_registered(end.e));
	pass(31000);
	assert_true(ras_endpoint_registered(end.e));
}

static void calls(void **state)
{
	(void)state;
	begin("10.0.0.5", "10.0.0.5", 60, NULL);
	gksim_register(&s, "10.0.0.6", &(struct gksim_rrq){ .alias = { "bob" } });
	struct ras_call *out = admit("bob", false, 1);
	assert_null(end.refused);
	assert_true(out->admitted);
	const struct addr bob = at("10.0.0.6:1720");
	assert_true(addr_eq(&end.to, &bob));
	struct ras_call *in = admit("alice", true, 2);
	assert_true(in->admitted && end.answers == 2);
	struct ras_call *no = admit("nobody", false, 3);
	assert_string_equal(end.refused, "nobody is registered under that name");
	ras_endpoint_over(end.e, no);
	json_t *j = gatekeeper_status_json(s.gk);
	assert_int_equal(json_integer_value(json_object_get(j, "calls")), 2);
	json_decref(j);
	/* they stay, as the gatekeeper is told of them */
	pass(3600000);
	assert_true(out->admitted && in->admitted);
	j = gatekeeper_status_json(s.gk);
	assert_int_equal(json_integer_value(json_object_get(j, "calls")), 2);
	json_decref(j);
	ras_endpoint_over(end.e, out);
	ras_endpoint_over(end.e, in);
	pump();
	j = gatekeeper_status_json(s.gk);
	assert_int_equal(json_integer_value(json_object_get(j, "calls")), 0);
	json_decref(j);
}

/* Over before the answer came: what was admitted is ended all the same. */
static void over_early(void **state)
{
	const uint8_t id[16] = { 1 };
	const struct ras_wish wish = { .called = "bob", .call_id = id, .conference_id = id, .crv = 1 };
	struct ras_call *call;
	(void)state;
	begin("10.0.0.5", "10.0.0.5", 60, NULL);
	gksim_register(&s, "10.0.0.6", &(struct gksim_rrq){ .alias = { "bob" } });
	assert_int_equal(ras_endpoint_admit(end.e, &call, &wish, &end), 0);
	ras_endpoint_over(end.e, call);
	pump();
	pump();
	assert_int_equal(end.answers, 0);
	json_t *j = gatekeeper_status_json(s.gk);
	assert_int_equal(json_integer_value(json_object_get(j, "calls")), 0);
	json_decref(j);
}

static void password(void **state)
{
	static struct gatekeeper_password known[] = { { .alias = "alice", .password = "sesame" } };
	(void)state;
	s.cfg.passwords = known;
	s.cfg.n_passwords = 1;
	s.cfg.password_required = true;
	begin("10.0.0.5", "10.0.0.5", 60, "sesame");
	assert_true(ras_endpoint_registered(end.e));
	pass(100000);
	assert_true(ras_endpoint_registered(end.e));
	const struct ras_call *call = admit("alice", true, 1);
	assert_true(call->admitted);
	ras_endpoint_free(end.e);
	gatekeeper_free(s.gk);
	begin("10.0.0.5", "10.0.0.5", 60, "other");
	assert_int_equal(end.news, RAS_NEWS_FAILED);
	assert_string_equal(end.why, "it wants a password, or another one");
}

/* Behind somebody else's NAT (H.460.18): told of a call once, however often it is said. */
static void summoned(void **state)
{
	const uint8_t id[16] = { 9, 8, 7 };
	const struct addr gateway = at("203.0.113.1:1720");
	struct addr signal;
	(void)state;
	begin(NAT, "192.168.1.5", 3600, NULL);
	assert_true(ras_endpoint_traverses(end.e));
	pass(60000);
	assert_true(gatekeeper_find(s.gk, "alice", &signal));
	assert_true(gatekeeper_summon(s.gk, &signal, id, &gateway, s.now));
	const struct sent again = s.sent[s.n_sent - 1];
	pump();
	assert_int_equal(end.summons, 1);
	assert_true(addr_eq(&end.to, &gateway));
	assert_memory_equal(end.call_id, id, 16);
	const struct addr gatekeeper = at("203.0.113.1"), stranger = at("203.0.113.9");
	ras_endpoint_datagram(end.e, &gatekeeper, slice_of(again.octets, again.n));
	ras_endpoint_datagram(end.e, &stranger, slice_of(again.octets, again.n));
	assert_int_equal(end.summons, 1);
	assert_int_equal(end.same, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(stays_registered), T(asked), T(silence), T(forgotten), T(calls), T(over_early),
		T(password), T(summoned) };
	return cmocka_run_group_tests_name("gatekeeper/endpoint", tests, NULL, NULL);
}
