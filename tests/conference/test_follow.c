/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A follower between two nodes of a conference: what it knows, and each application refused while the others
 * go on. */
#include "sim.h"

#include <stdio.h>

#include "conference/follow_int.h"
#include "t127/header.h"
#include "t127/msg.h"

enum { APPS = 3 };
static const enum t124_app apps[APPS] = { T124_APP_CHAT, T124_APP_FILE, T124_APP_WHITEBOARD };

static uint32_t bit(enum t124_app app)
{
	return UINT32_C(1) << app;
}

struct world {
	struct sim s;
	struct follow *f;
	unsigned app[3][APPS];
	bool opened[3][APPS];
};

/* Node 0 is the top; 1 joins it through the follower; 2 is below 1. */
static void start(struct world *w, uint32_t allow, uint64_t file_limit, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	sim_init(&w->s, seed);
	for (unsigned i = 0; i < 3; i++)
		sim_node(&w->s, i, NULL);
	assert_int_equal(conference_create(w->s.nodes[0].c, "33"), 0);
	sim_do(&w->s, 0);
	const int cable = sim_dial(&w->s, 1, 0, CONFERENCE_JOIN, "33");
	assert_int_equal(cable, 0);
	const struct follow_config config = {
		.allow = { allow, allow }, .file_limit = file_limit, .emit = sim_emit, .arg = &w->s.cables[0]
	};
	assert_int_equal(follow_new(&w->f, &config), 0);
	w->s.cables[0].follow = w->f;
	sim_run(&w->s);
	assert_int_equal(w->s.nodes[1].called, 1);
	assert_true(sim_call(&w->s, 1, 2, CONFERENCE_INVITE, NULL));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(conference_nodes(w->s.nodes[i].c), 3);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < APPS; k++) {
			w->app[i][k] = sim_app_open(&w->s, i, apps[k]);
			sim_run(&w->s);
			w->opened[i][k] = w->s.nodes[i].apps[w->app[i][k]].ready;
			assert_true(w->opened[i][k] != w->s.nodes[i].apps[w->app[i][k]].failed);
		}
}

static void stop(struct world *w)
{
	sim_free(&w->s);
	follow_free(w->f);
}

static struct sim_app *app(struct world *w, unsigned node, unsigned k)
{
	return &w->s.nodes[node].apps[w->app[node][k]];
}

static void say(struct world *w, unsigned node, unsigned k, const char *text)
{
	if (w->opened[node][k])
		sim_app_say(&w->s, node, w->app[node][k], text, false);
	sim_run(&w->s);
}

static void test_all_pass(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 8; seed++) {
		struct world w;
		struct follow_node n;
		struct follow_app a;
		static uint8_t big[50000];
		start(&w, FOLLOW_ALL, 0, seed);
		for (unsigned k = 0; k < APPS; k++) {
			assert_true(app(&w, 0, k)->ready && app(&w, 1, k)->ready && app(&w, 2, k)->ready);
			say(&w, 2, k, "up");
			say(&w, 0, k, "down");
			assert_string_equal(app(&w, 0, k)->got, "|up");
			assert_string_equal(app(&w, 1, k)->got, "|up|down");
			assert_string_equal(app(&w, 2, k)->got, "|down");
			follow_app(w.f, apps[k], &a);
			assert_int_equal(a.users, 3);
			assert_int_equal(a.octets[FOLLOW_FORWARD], 2);
			assert_int_equal(a.octets[FOLLOW_BACKWARD], 4);
			assert_int_equal(a.refused, 0);
			assert_int_equal(follow_channel_app(w.f, app(&w, 0, k)->channel), apps[k]);
		}
		assert_string_equal(follow_conference(w.f), "33");
		unsigned nodes = 0;
		while (follow_node(w.f, nodes, &n)) {
			assert_int_equal(strncmp(n.name, "node ", 5), 0);
			nodes++;
		}
		assert_int_equal(nodes, 3);
		conference_app_send(w.s.nodes[2].c, w.app[2][1], 0, MCS_DATA_PRIORITY_LOW, false,
			slice_of(big, sizeof big));
		sim_do(&w.s, 2);
		sim_run(&w.s);
		assert_int_equal(app(&w, 0, 1)->octets, 2 + sizeof big);
		stop(&w);
	}
}

/* One is refused: it fails or stays alone on its side, the others work, and nobody is put out. */
static void test_refused_in_turn(void **state)
{
	(void)state;
	for (unsigned bad = 0; bad < APPS; bad++)
		for (uint64_t seed = 1; seed < 6; seed++) {
			struct world w;
			struct follow_app a;
			struct conference_node_info info;
			start(&w, FOLLOW_ALL & ~bit(apps[bad]), 0, seed);
			for (unsigned k = 0; k < APPS; k++) {
				assert_true(w.opened[0][k]);
				assert_true(w.opened[1][k] == (k != bad) && w.opened[2][k] == (k != bad));
				say(&w, 1, k, "up");
				say(&w, 0, k, "down");
				assert_string_equal(app(&w, 0, k)->got, k == bad ? "" : "|up");
				if (k != bad) /* the number of the refused one was used again */
					assert_string_equal(app(&w, 2, k)->got, "|up|down");
			}
			follow_app(w.f, apps[bad], &a);
			assert_true(a.refused > 0 && a.octets[0] == 0 && a.octets[1] == 0);
			/* the roster below does not speak of it */
			assert_true(conference_node(w.s.nodes[2].c, 0, &info));
			assert_false(info.apps & bit(apps[bad]));
			assert_true(info.apps & bit(apps[(bad + 1) % APPS]));
			for (unsigned i = 0; i < 3; i++)
				assert_true(conference_in(w.s.nodes[i].c));
			stop(&w);
		}
}

/* What cannot be told apart is refused, and what can goes on. */
static void test_unknown_refused(void **state)
{
	(void)state;
	struct world w;
	const struct gcc_key foreign = { .choice = GCC_KEY_H221_NON_STANDARD,
		.u.h221_non_standard = slice_str("\xb5zz1") };
	unsigned there = 0, here = 0;
	start(&w, FOLLOW_ALL & ~bit(T124_APP_UNKNOWN), 0, 3);
	for (unsigned k = 0; k < APPS; k++) {
		assert_true(w.opened[0][k] && w.opened[1][k] && w.opened[2][k]);
		say(&w, 2, k, "up");
		say(&w, 0, k, "down");
		assert_string_equal(app(&w, 0, k)->got, "|up");
		assert_string_equal(app(&w, 2, k)->got, "|down");
	}
	assert_int_equal(conference_app_open(w.s.nodes[0].c, &foreign, &there), 0);
	sim_do(&w.s, 0);
	assert_int_equal(conference_app_open(w.s.nodes[1].c, &foreign, &here), 0);
	sim_do(&w.s, 1);
	sim_run(&w.s);
	assert_true(w.s.nodes[0].apps[there].ready);
	assert_true(w.s.nodes[1].apps[here].failed && !w.s.nodes[1].apps[here].ready);
	stop(&w);
}

static void test_file_limit(void **state)
{
	(void)state;
	struct world w;
	static uint8_t big[2000];
	start(&w, FOLLOW_ALL, 2000, 5); /* and what a header takes */
	for (unsigned i = 0; i < 4; i++) {
		conference_app_send(w.s.nodes[1].c, w.app[1][1], 0, MCS_DATA_PRIORITY_LOW, false,
			slice_of(big, sizeof big));
		sim_do(&w.s, 1);
		sim_run(&w.s);
	}
	assert_int_equal(app(&w, 0, 1)->octets, sizeof big);
	say(&w, 1, 0, "chat goes on");
	assert_string_equal(app(&w, 0, 0)->got, "|chat goes on");
	stop(&w);
}

static void send_offer(struct world *w, unsigned node, uint64_t size)
{
	struct arena a;
	uint8_t out[500];
	struct t127_file file = { .name = "a.bin", .has_size = true, .size = size };
	struct t127_file_offer_pdu p = { .data_channel_id = 1500, .file_handle = 7, .ack_flag = true };
	const t127_pdu m = { .choice = T127_MBFTPDU_FILE_OFFER_PDU, .u.file_offer_pdu = &p };
	struct writer to = wr_of(out, sizeof out);
	arena_init(&a, 0);
	assert_int_equal(t127_header_write(&p.file_header, &file, &a), 0);
	assert_int_equal(t127_encode(&m, &to, NULL), 0);
	arena_free(&a);
	conference_app_send(w->s.nodes[node].c, w->app[node][1], 0, MCS_DATA_PRIORITY_LOW, false, wr_slice(&to));
	sim_do(&w->s, node);
	sim_run(&w->s);
}

/* A file that is too large is rejected in the name of who is behind the wall, whichever way it was to go. */
static void test_file_offer(void **state)
{
	(void)state;
	for (unsigned from = 0; from < 2; from++) {
		struct world w;
		struct follow_app a;
		start(&w, FOLLOW_ALL, 3000, 9);
		send_offer(&w, from, 3001);
		assert_int_equal(app(&w, 1 - from, 1)->octets, 0);
		assert_true(app(&w, from, 1)->octets > 0);
		follow_app(w.f, T124_APP_FILE, &a);
		assert_int_equal(a.refused, 1);
		const size_t rejected = app(&w, from, 1)->octets;
		send_offer(&w, from, 3000);
		assert_true(app(&w, 1 - from, 1)->octets > 0);
		assert_int_equal(app(&w, from, 1)->octets, rejected);
		stop(&w);
	}
}

struct bag {
	uint8_t p[4096];
	size_t n;
};

static void into_bag(void *arg, enum follow_dir dir, struct pst_slice octets)
{
	struct bag *b = arg;
	(void)dir;
	memcpy(b->p + b->n, octets.p, octets.n);
	b->n += octets.n;
}

/* An application of T.128's legacy form, and NetMeeting's two that are known by what they say. */
struct said {
	const char *hex;
	size_t n; /* octets in all, with zeros behind */
	enum t124_app app;
};

static size_t hex_octets(uint8_t *out, const char *hex)
{
	size_t n = 0;
	for (const char *c = hex; *c != '\0'; c += *c == ' ' ? 1 : 2)
		if (*c != ' ')
			sscanf(c, "%2hhx", &out[n++]);
	return n;
}

static const struct said known_by_themselves[] = {
	{ "dc00 3100 ef03 ef030100 0600 cc00", 220, T124_APP_SHARE }, /* S20 CREATE of user 1007 */
	{ "3700 ef03 ef030100 00 01 1000 02 00 0c00", 60, T124_APP_SHARE },
	{ "3700 ef03 ef030100 00 04 1000 1c 00 0c00", 60, T124_APP_CONTROL },
	{ "08 00000000000000 4800 6900 0000", 14, T124_APP_UNKNOWN }, /* the channel is sharing's by now */
};

static uint64_t pdus_of(struct follow *f, enum t124_app app)
{
	struct follow_app a;
	follow_app(f, app, &a);
	return a.pdus[FOLLOW_FORWARD] + a.refused;
}

static void say_on(struct follow *f, uint16_t channel, const struct said *s, size_t cut)
{
	uint8_t octets[400] = { 0 }, out[500];
	hex_octets(octets, s->hex);
	const struct t125_data d = { .initiator = 1007,
		.channel = channel,
		.priority = MCS_DATA_PRIORITY_HIGH,
		.begin = true,
		.end = true,
		.octets = slice_of(octets, s->n) };
	struct writer w = wr_of(out, sizeof out);
	assert_int_equal(t125_data_encode_tpkt(&d, &w), 0);
	const size_t n = wr_slice(&w).n;
	assert_int_equal(follow_octets(f, FOLLOW_FORWARD, slice_of(out, cut < n ? cut : n)), 0);
	if (cut < n)
		assert_int_equal(follow_octets(f, FOLLOW_FORWARD, slice_of(out + cut, n - cut)), 0);
}

/* Control goes no further where it may not, and what is shared does. */
static void test_control(void **state)
{
	(void)state;
	for (size_t cut = 1; cut < 80; cut++) {
		static struct bag b;
		struct follow *f;
		b.n = 0;
		const struct follow_config c = { .allow = { FOLLOW_ALL & ~bit(T124_APP_CONTROL), FOLLOW_ALL },
			.emit = into_bag,
			.arg = &b };
		assert_int_equal(follow_new(&f, &c), 0);
		uint64_t before = 0;
		for (size_t i = 0; i < 3; i++) {
			const struct said *s = &known_by_themselves[i];
			const size_t was = b.n;
			say_on(f, 1003, s, cut);
			assert_int_equal(pdus_of(f, s->app), s->app == T124_APP_CONTROL ? 1 : ++before);
			assert_true((b.n > was) == (s->app != T124_APP_CONTROL));
		}
		say_on(f, 1003, &known_by_themselves[3], cut);
		assert_int_equal(pdus_of(f, T124_APP_SHARE), 3);
		assert_int_equal(follow_channel_app(f, 1003), T124_APP_SHARE);
		say_on(f, 1004, &known_by_themselves[3], cut);
		assert_int_equal(follow_channel_app(f, 1004), T124_APP_CHAT);
		assert_int_equal(pdus_of(f, T124_APP_CHAT), 1);
		/* what only begins like that stays unknown */
		const struct said other = { "08 00000000000001 4800", 10, T124_APP_UNKNOWN };
		say_on(f, 1005, &other, cut);
		assert_int_equal(follow_channel_app(f, 1005), T124_APP_UNKNOWN);
		follow_free(f);
	}
}

/* T.128 in its legacy form, in a session with its own key. */
static void test_control_t128(void **state)
{
	(void)state;
	static const struct said said[] = {
		{ "2800 1700 ef03 01000000 00 01 1600 02 00 0000", 40, T124_APP_SHARE },   /* update */
		{ "2800 1700 ef03 01000000 00 01 1600 1c 00 0000", 40, T124_APP_CONTROL }, /* input */
		{ "2800 1700 ef03 01000000 00 01 1600 14 00 0000 0100", 40, T124_APP_CONTROL }, /* request control */
		{ "2800 1700 ef03 01000000 00 01 1600 14 00 0000 0400", 40, T124_APP_SHARE },	 /* cooperate */
		{ "2800 1700 ef03 01000000 00 01 1600 1d 00 0000", 40, T124_APP_CONTROL }, /* mediated control */
		{ "2800 1100 ef03 01000000 00 01 1600 1c 00 0000", 40, T124_APP_SHARE },   /* no data at all */
	};
	static struct bag b;
	struct follow *f;
	b.n = 0;
	const struct follow_config c = {
		.allow = { FOLLOW_ALL & ~bit(T124_APP_CONTROL), FOLLOW_ALL }, .emit = into_bag, .arg = &b
	};
	assert_int_equal(follow_new(&f, &c), 0);
	follow_channel_set(f, 1010, T124_APP_SHARE);
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		const uint64_t was = pdus_of(f, said[i].app);
		say_on(f, 1010, &said[i], 500);
		assert_int_equal(pdus_of(f, said[i].app), was + 1);
	}
	follow_free(f);
}

static void both_ways(void *arg, enum follow_dir dir, struct pst_slice octets)
{
	into_bag((struct bag *)arg + dir, dir, octets);
}

/* A domain whose parameters make no sense is refused in the called provider's place; one that does make sense passes. */
static void test_absurd_domain(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct t125_offer offer = t125_offer_default();
		struct mcs_connect_initial p = { .calling_domain_selector = slice_str("1"),
			.called_domain_selector = slice_str("1"),
			.upward_flag = true,
			.user_data = slice_str("y") };
		static struct bag b[FOLLOW_DIRS];
		struct follow *f;
		struct arena a;
		t125_connect answer;
		uint8_t out[1024];
		struct writer w = wr_of(out, sizeof out);
		b[0].n = b[1].n = 0;
		if (i == 0)
			offer.max.users = offer.min.users = offer.target.users = 0;
		else if (i == 1)
			offer.min.pdu_size = 5000, offer.max.pdu_size = 4000;
		else if (i == 2)
			offer.max.priorities = offer.min.priorities = 5;
		t125_params_write(&p.target_parameters, &offer.target);
		t125_params_write(&p.minimum_parameters, &offer.min);
		t125_params_write(&p.maximum_parameters, &offer.max);
		const t125_connect m = { .choice = MCS_CONNECT_MCSPDU_CONNECT_INITIAL, .u.connect_initial = &p };
		assert_int_equal(t125_connect_encode_tpkt(&m, &w, NULL), 0);
		const struct follow_config c = { .allow = { FOLLOW_ALL, FOLLOW_ALL }, .emit = both_ways, .arg = b };
		assert_int_equal(follow_new(&f, &c), 0);
		assert_int_equal(follow_octets(f, FOLLOW_FORWARD, wr_slice(&w)), 0);
		assert_true((b[FOLLOW_FORWARD].n > 0) == (i == 3));
		assert_true((b[FOLLOW_BACKWARD].n > 0) == (i < 3));
		if (i < 3) {
			arena_init(&a, 0);
			assert_int_equal(t125_connect_decode(&answer,
						 slice_of(b[FOLLOW_BACKWARD].p + 7, b[FOLLOW_BACKWARD].n - 7), NULL, &a,
						 NULL),
				0);
			assert_int_equal(answer.u.connect_response->result, MCS_RESULT_RT_PARAMETERS_UNACCEPTABLE);
			arena_free(&a);
		}
		follow_free(f);
	}
}

/* More users and channels than a domain has room for here: what is not known passes as such, in bounded memory. */
static void test_many_users(void **state)
{
	(void)state;
	static struct bag b;
	struct follow *f;
	struct follow_app a;
	const struct follow_config c = { .allow = { FOLLOW_ALL, FOLLOW_ALL }, .emit = into_bag, .arg = &b };
	assert_int_equal(follow_new(&f, &c), 0);
	for (uint32_t i = 0; i < 20000; i++) {
		uint8_t out[100];
		const struct t125_data d = { .initiator = (uint16_t)(1001 + i),
			.channel = (uint16_t)(30000 + i),
			.begin = true,
			.end = true,
			.octets = slice_str("x") };
		struct writer w = wr_of(out, sizeof out);
		b.n = 0;
		assert_int_equal(t125_data_encode_tpkt(&d, &w), 0);
		assert_int_equal(follow_octets(f, FOLLOW_FORWARD, wr_slice(&w)), 0);
		assert_int_equal(b.n, w.n);
	}
	follow_app(f, T124_APP_UNKNOWN, &a);
	assert_int_equal(a.pdus[FOLLOW_FORWARD], 20000);
	assert_true(HASH_COUNT(f->users) <= USERS_MAX);
	follow_free(f);
}

/* 1000 octets of user 1007's on channel 1003. */
static size_t data_pdu(uint8_t *out)
{
	static const uint8_t octets[1000] = { 0 };
	const struct t125_data d = { .initiator = 1007,
		.channel = 1003,
		.priority = MCS_DATA_PRIORITY_LOW,
		.begin = true,
		.end = true,
		.octets = slice_of(octets, sizeof octets) };
	struct writer w = wr_of(out, 2000);
	assert_int_equal(t125_data_encode_tpkt(&d, &w), 0);
	return wr_slice(&w).n;
}

/* Data goes on, or not, as it comes, however it is cut; nothing of it waits once its header is known. */
static void test_as_it_comes(void **state)
{
	(void)state;
	static const uint8_t attach[] = { 3, 0, 0, 8, 2, 0xf0, 0x80, 0x28 };
	uint8_t in[2100];
	for (unsigned may = 0; may < 2; may++) {
		const size_t n = data_pdu(in);
		memcpy(in + n, attach, sizeof attach);
		const size_t all = n + sizeof attach;
		for (size_t cut = 1; cut < all; cut++) {
			static struct bag b;
			struct follow_app a;
			struct follow *f;
			b.n = 0;
			const struct follow_config c = {
				.allow = { may ? FOLLOW_ALL : 0, FOLLOW_ALL }, .emit = into_bag, .arg = &b
			};
			assert_int_equal(follow_new(&f, &c), 0);
			assert_int_equal(follow_octets(f, FOLLOW_FORWARD, slice_of(in, cut)), 0);
			if (may && cut > 40 && cut < n)
				assert_int_equal(b.n, cut);
			assert_int_equal(follow_octets(f, FOLLOW_FORWARD, slice_of(in + cut, all - cut)), 0);
			assert_int_equal(b.n, may ? all : sizeof attach);
			assert_memory_equal(b.p, may ? in : attach, b.n);
			follow_app(f, T124_APP_UNKNOWN, &a);
			assert_int_equal(a.octets[FOLLOW_FORWARD], may ? 1000 : 0);
			assert_int_equal(a.refused, !may);
			follow_free(f);
		}
	}
}

/* What is no T.120 passes as it is, or ends the connection; nothing else does after a good beginning. */
static void test_opaque(void **state)
{
	(void)state;
	static const char tls[] = "\x16\x03\x01\x00\x05hello",
			  rdp[] = "\3\0\0\x16\x11\xe0\0\0\0\0\0Cookie: m\r\nrest",
			  cr[] = "\3\0\0\x0b\6\xe0\0\0\x12\x34\0";
	static const struct pst_slice starts[] = { { (const uint8_t *)tls, sizeof tls - 1 },
		{ (const uint8_t *)rdp, sizeof rdp - 1 } };
	for (unsigned i = 0; i < 2; i++)
		for (unsigned may = 0; may < 2; may++) {
			struct bag b = { .n = 0 };
			struct follow *f;
			const struct follow_config c = { .allow = { FOLLOW_ALL, FOLLOW_ALL },
				.pass_opaque = may,
				.emit = into_bag,
				.arg = &b };
			assert_int_equal(follow_new(&f, &c), 0);
			assert_int_equal(follow_octets(f, FOLLOW_FORWARD, starts[i]), may ? 0 : PST_E_BAD);
			assert_true(follow_is_opaque(f) == (may == 1));
			if (may) {
				assert_int_equal(follow_octets(f, FOLLOW_BACKWARD, slice_str("more")), 0);
				assert_int_equal(b.n, starts[i].n + 4);
				assert_memory_equal(b.p, starts[i].p, starts[i].n);
			} else {
				assert_int_equal(b.n, 0);
			}
			follow_free(f);
		}
	struct bag b = { .n = 0 };
	struct follow *f;
	const struct follow_config c = {
		.allow = { FOLLOW_ALL, FOLLOW_ALL }, .pass_opaque = true, .emit = into_bag, .arg = &b
	};
	assert_int_equal(follow_new(&f, &c), 0);
	assert_int_equal(follow_octets(f, FOLLOW_FORWARD, slice_of(cr, sizeof cr - 1)), 0);
	assert_int_equal(b.n, sizeof cr - 1);
	assert_int_equal(follow_octets(f, FOLLOW_FORWARD, slice_of(tls, sizeof tls - 1)), PST_E_BAD);
	follow_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_pass),
		cmocka_unit_test(test_refused_in_turn),
		cmocka_unit_test(test_unknown_refused),
		cmocka_unit_test(test_file_limit),
		cmocka_unit_test(test_file_offer),
		cmocka_unit_test(test_as_it_comes),
		cmocka_unit_test(test_absurd_domain),
		cmocka_unit_test(test_many_users),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_control_t128),
		cmocka_unit_test(test_opaque),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
