/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole conferences of two to six nodes, with octets delivered in random pieces and order. The seed is
 * printed; PST_TEST_SEED repeats a run.
 */
#include "sim.h"

#include <stdio.h>
#include <time.h>
#include "t124/msg.h"
#include "t125/msg.h"

enum { ROUNDS = 20 };

static uint64_t seed;

static void roster_is(struct sim *s, unsigned i, unsigned nodes)
{
	if (conference_nodes(s->nodes[i].c) != nodes)
		fail_msg("node %u knows %u nodes, not %u", i, conference_nodes(s->nodes[i].c), nodes);
}

/* A and B: create, join, a name of each kind, text, roster on both sides. */
static void test_two(void **state)
{
	(void)state;
	static const char *const names[] = { "1", "4711", "Besprechung", "Büro", "\xe4\xbc\x9a\xe8\xae\xae" };
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct sim s;
		struct conference_node_info info;
		sim_init(&s, seed + i);
		sim_node(&s, 0, NULL);
		sim_node(&s, 1, NULL);
		assert_int_equal(conference_create(s.nodes[0].c, names[i]), 0);
		sim_do(&s, 0);
		assert_int_equal(s.nodes[0].joined, 1);
		assert_true(sim_call(&s, 1, 0, CONFERENCE_JOIN, names[i]));
		assert_int_equal(s.nodes[1].joined, 1);
		assert_string_equal(s.nodes[1].joined_name, names[i]);
		roster_is(&s, 0, 2);
		roster_is(&s, 1, 2);
		assert_true(conference_node(s.nodes[0].c, 1, &info));
		assert_string_equal(info.name, "node 1");
		assert_int_equal(info.superior, conference_self(s.nodes[0].c));
		assert_true(conference_node(s.nodes[1].c, 1, &info));
		assert_true(info.self);
		assert_int_equal(conference_top(s.nodes[1].c), conference_self(s.nodes[0].c));
		assert_int_equal(conference_text(s.nodes[1].c, "hello \xc3\xa4"), 0);
		sim_do(&s, 1);
		sim_run(&s);
		assert_string_equal(s.nodes[0].text, "hello \xc3\xa4");
		sim_free(&s);
	}
}

/* The peer is made the top; we invite; what cannot be is refused on either side. */
static void test_ways(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s, seed);
	for (unsigned i = 0; i < 4; i++)
		sim_node(&s, i, NULL);
	assert_true(sim_call(&s, 0, 1, CONFERENCE_QUERY, NULL));
	assert_int_equal(s.nodes[0].listed, 0);
	assert_true(sim_call(&s, 0, 1, CONFERENCE_CREATE, "7"));
	assert_int_equal(conference_top(s.nodes[0].c), conference_self(s.nodes[1].c));
	assert_true(sim_call(&s, 0, 2, CONFERENCE_INVITE, NULL)); /* below a node that is not the top */
	assert_string_equal(s.nodes[2].joined_name, "7");
	roster_is(&s, 0, 3);
	roster_is(&s, 1, 3);
	roster_is(&s, 2, 3);
	assert_true(sim_call(&s, 3, 2, CONFERENCE_QUERY, NULL));
	assert_int_equal(s.nodes[3].listed, 1);
	assert_string_equal(s.nodes[3].listed_name, "7");
	assert_false(conference_in(s.nodes[3].c));
	/* refusals */
	assert_false(sim_call(&s, 3, 2, CONFERENCE_JOIN, "8"));
	assert_string_equal(s.nodes[3].why, "invalidConference");
	assert_false(sim_call(&s, 3, 2, CONFERENCE_CREATE, "8"));
	assert_string_equal(s.nodes[3].why, "resourcesNotAvailable");
	assert_int_equal(sim_dial(&s, 3, 2, CONFERENCE_INVITE, NULL), -1);
	assert_int_equal(sim_dial(&s, 0, 3, CONFERENCE_JOIN, "7"), -1);
	s.nodes[2].reject = true;
	assert_false(sim_call(&s, 3, 2, CONFERENCE_JOIN, "7"));
	assert_string_equal(s.nodes[3].why, "userRejected");
	s.nodes[2].reject = false;
	assert_int_equal(conference_create(s.nodes[3].c, "9"), 0);
	sim_do(&s, 3);
	assert_false(
		sim_call(&s, 1, 3, CONFERENCE_INVITE, NULL)); /* it has one of its own: rt-domain-merging */
	assert_true(conference_in(s.nodes[3].c));
	roster_is(&s, 1, 3);
	sim_free(&s);
}

static void test_password_and_lock(void **state)
{
	(void)state;
	struct sim s;
	const struct conference_config guarded = { .node_name = "top", .password = "1234" };
	const struct conference_config right = { .node_name = "r", .call_password = "1234" },
				       wrong = { .node_name = "w", .call_password = "4321" };
	sim_init(&s, seed);
	sim_node(&s, 0, &guarded);
	sim_node(&s, 1, &right);
	sim_node(&s, 2, &wrong);
	sim_node(&s, 3, NULL);
	sim_node(&s, 4, &right);
	assert_int_equal(conference_create(s.nodes[0].c, "room"), 0);
	sim_do(&s, 0);
	assert_false(sim_call(&s, 2, 0, CONFERENCE_JOIN, "room"));
	assert_string_equal(s.nodes[2].why, "invalidPassword");
	assert_false(sim_call(&s, 3, 0, CONFERENCE_JOIN, "room"));
	assert_true(sim_call(&s, 1, 0, CONFERENCE_JOIN, "room"));
	conference_lock(s.nodes[0].c, true);
	sim_do(&s, 0);
	sim_run(&s);
	assert_false(sim_call(&s, 4, 0, CONFERENCE_JOIN, "room"));
	assert_false(sim_call(&s, 4, 1, CONFERENCE_JOIN, "room"));
	conference_lock(s.nodes[0].c, false);
	sim_do(&s, 0);
	sim_run(&s);
	assert_true(sim_call(&s, 4, 0, CONFERENCE_JOIN, "room"));
	sim_free(&s);
}

/*      0
 *     / \
 *    1   4
 *   / \
 *  2   5
 *  |
 *  3           */
static void tree(struct sim *s, uint64_t n)
{
	sim_init(s, seed * 31 + n);
	for (unsigned i = 0; i < SIM_NODES; i++)
		sim_node(s, i, NULL);
	assert_int_equal(conference_create(s->nodes[0].c, "tree"), 0);
	sim_do(s, 0);
	assert_true(sim_call(s, 1, 0, CONFERENCE_JOIN, "tree"));
	assert_true(sim_call(s, 1, 2, CONFERENCE_INVITE, NULL));
	assert_true(sim_call(s, 3, 2, CONFERENCE_JOIN, "tree"));
	assert_true(sim_call(s, 4, 0, CONFERENCE_JOIN, "tree"));
	assert_true(sim_call(s, 5, 1, CONFERENCE_JOIN, "tree"));
	for (unsigned i = 0; i < SIM_NODES; i++)
		roster_is(s, i, SIM_NODES);
}

/* Everybody says something at once: all others hear each exactly once; said uniformly, all hear it in one
 * order. */
static void test_tree(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct sim s;
		char text[32];
		unsigned app[SIM_NODES], channel = 0;
		tree(&s, round);
		for (unsigned i = 0; i < SIM_NODES; i++)
			app[i] = sim_app_open(&s, i, T124_APP_CHAT);
		sim_run(&s);
		for (unsigned i = 0; i < SIM_NODES; i++) {
			assert_true(s.nodes[i].apps[app[i]].ready);
			if (i == 0)
				channel = s.nodes[i].apps[app[i]].channel;
			assert_int_equal(s.nodes[i].apps[app[i]].channel, channel);
		}
		for (unsigned i = 0; i < SIM_NODES; i++) {
			snprintf(text, sizeof text, "plain%u", i);
			sim_app_say(&s, i, app[i], text, false);
		}
		sim_run(&s);
		for (unsigned i = 0; i < SIM_NODES; i++) {
			struct conference_node_info info;
			for (unsigned k = 0; k < SIM_NODES; k++) {
				snprintf(text, sizeof text, "|plain%u", k);
				const char *at = strstr(s.nodes[i].apps[app[i]].got, text);
				assert_true((at != NULL) == (k != i));
				assert_true(at == NULL || strstr(at + 1, text) == NULL);
				assert_true(conference_node(s.nodes[i].c, k, &info));
				assert_int_equal(info.apps, UINT32_C(1) << T124_APP_CHAT);
				assert_int_equal(
					conference_user_node(s.nodes[i].c, s.nodes[k].apps[app[k]].user),
					conference_self(s.nodes[k].c));
			}
			s.nodes[i].apps[app[i]].got[0] = '\0';
		}
		for (unsigned i = 0; i < 3 * SIM_NODES; i++) {
			snprintf(text, sizeof text, "uniform%u", i);
			sim_app_say(&s, i % SIM_NODES, app[i % SIM_NODES], text, true);
		}
		sim_run(&s);
		for (unsigned i = 0; i < SIM_NODES; i++)
			assert_string_equal(s.nodes[i].apps[app[i]].got, s.nodes[0].apps[app[0]].got);
		assert_non_null(strstr(s.nodes[0].apps[app[0]].got, "|uniform17"));
		sim_free(&s);
	}
}

/* Data longer than a PDU, to all and to one user. */
static void test_long_data(void **state)
{
	(void)state;
	struct sim s;
	static uint8_t big[300000];
	uint64_t sum = 0;
	tree(&s, 99);
	for (size_t i = 0; i < sizeof big; i++) {
		big[i] = (uint8_t)sim_random(&s, 256);
		sum += (i + 1) * big[i];
	}
	const unsigned a = sim_app_open(&s, 3, T124_APP_FILE);
	sim_run(&s);
	const unsigned b = sim_app_open(&s, 4, T124_APP_FILE), c = sim_app_open(&s, 5, T124_APP_FILE);
	sim_run(&s);
	conference_app_send(s.nodes[3].c, a, 0, MCS_DATA_PRIORITY_LOW, false, slice_of(big, sizeof big));
	sim_do(&s, 3);
	sim_run(&s);
	assert_int_equal(s.nodes[4].apps[b].octets, sizeof big);
	assert_true(s.nodes[4].apps[b].sum == sum && s.nodes[5].apps[c].sum == sum);
	conference_app_send(
		s.nodes[3].c, a, s.nodes[5].apps[c].user, MCS_DATA_PRIORITY_HIGH, false, slice_str("alone"));
	sim_do(&s, 3);
	sim_run(&s);
	assert_int_equal(s.nodes[4].apps[b].octets, sizeof big);
	assert_int_equal(s.nodes[5].apps[c].octets, sizeof big + 5);
	/* a channel of their own, joined by its number */
	conference_app_join(s.nodes[3].c, a, 0);
	sim_do(&s, 3);
	sim_run(&s);
	const uint16_t more = s.nodes[3].apps[a].more;
	assert_true(more > 1000);
	conference_app_join(s.nodes[4].c, b, more);
	sim_do(&s, 4);
	sim_run(&s);
	conference_app_send(s.nodes[3].c, a, more, MCS_DATA_PRIORITY_LOW, false, slice_str("apart"));
	sim_do(&s, 3);
	sim_run(&s);
	assert_int_equal(s.nodes[4].apps[b].octets, sizeof big + 5);
	assert_int_equal(s.nodes[5].apps[c].octets, sizeof big + 5);
	sim_free(&s);
}

/* A node in the middle goes: its subtree is out, the others go on and know. */
static void test_leaving(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct sim s;
		unsigned app[SIM_NODES], entries, users, channels, tokens;
		tree(&s, 1000 + round);
		for (unsigned i = SIM_NODES; i-- > 0;) {
			app[i] = sim_app_open(&s, i, T124_APP_CHAT);
			if (round % 2 == 0)
				sim_run(&s);
		}
		sim_run(&s);
		if (round % 3 == 0) {
			conference_leave(s.nodes[1].c);
			sim_do(&s, 1);
		} else if (round % 3 == 1) {
			sim_cut(&s, 0); /* 1 to 0 */
		} else {
			conference_eject(s.nodes[0].c, conference_self(s.nodes[1].c));
			sim_do(&s, 0);
		}
		sim_run(&s);
		for (unsigned i = 0; i < SIM_NODES; i++) {
			const bool out = i == 1 || i == 2 || i == 3 || i == 5;
			assert_int_equal(s.nodes[i].ended, out);
			assert_int_equal(s.nodes[i].apps[app[i]].failed, out);
			assert_true(conference_in(s.nodes[i].c) == !out);
			roster_is(&s, i, out ? 0 : 2);
		}
		sim_app_say(&s, 0, app[0], "still here", false);
		sim_run(&s);
		assert_non_null(strstr(s.nodes[4].apps[app[4]].got, "still here"));
		conference_counts(s.nodes[0].c, &entries, &users, &channels, &tokens);
		assert_int_equal(users, 4); /* two nodes, two applications */
		assert_int_equal(entries, 1);
		/* who was out can come back, and finds the session */
		assert_true(sim_call(&s, 3, 4, CONFERENCE_JOIN, "tree"));
		app[3] = sim_app_open(&s, 3, T124_APP_CHAT);
		sim_run(&s);
		assert_true(s.nodes[3].apps[app[3]].ready);
		sim_app_say(&s, 3, app[3], "back", false);
		sim_run(&s);
		assert_non_null(strstr(s.nodes[0].apps[app[0]].got, "|back"));
		/* and the top ends it for all */
		conference_leave(s.nodes[0].c);
		sim_do(&s, 0);
		sim_run(&s);
		for (unsigned i = 0; i < SIM_NODES; i++)
			assert_false(conference_in(s.nodes[i].c));
		sim_free(&s);
	}
}

/* What is said last is heard, though the end comes with it. */
static void test_last_words(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s, seed);
	sim_node(&s, 0, NULL);
	sim_node(&s, 1, NULL);
	assert_int_equal(conference_create(s.nodes[0].c, "1"), 0);
	sim_do(&s, 0);
	assert_true(sim_call(&s, 0, 1, CONFERENCE_INVITE, NULL));
	const unsigned a = sim_app_open(&s, 0, T124_APP_CHAT), b = sim_app_open(&s, 1, T124_APP_CHAT);
	sim_run(&s);
	sim_app_say(&s, 0, a, "farewell", false);
	conference_leave(s.nodes[0].c);
	sim_do(&s, 0);
	s.whole = true;
	sim_run(&s);
	assert_string_equal(s.nodes[1].apps[b].got, "|farewell");
	assert_int_equal(s.nodes[1].ended, 1);
	sim_free(&s);
}

/* The first of a session goes with the channel it registered: the next finds a new one. */
static void test_stale_entry(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s, seed);
	for (unsigned i = 0; i < 3; i++)
		sim_node(&s, i, NULL);
	assert_int_equal(conference_create(s.nodes[0].c, "1"), 0);
	sim_do(&s, 0);
	assert_true(sim_call(&s, 1, 0, CONFERENCE_JOIN, "1"));
	assert_true(sim_call(&s, 2, 0, CONFERENCE_JOIN, "1"));
	unsigned app = sim_app_open(&s, 1, T124_APP_WHITEBOARD);
	sim_run(&s);
	assert_true(s.nodes[1].apps[app].ready);
	conference_app_close(s.nodes[1].c, app);
	sim_do(&s, 1);
	sim_run(&s);
	app = sim_app_open(&s, 2, T124_APP_WHITEBOARD);
	sim_run(&s);
	assert_true(s.nodes[2].apps[app].ready);
	sim_free(&s);
}

/* Limits: users of the domain, nodes of the roster, entries of the registry, height. */
/* A session on a static channel: no registry, and its members know each other; private channels in it. */
static void test_static(void **state)
{
	const struct gcc_key key = t124_app_key(T124_APP_FILE);
	static struct sim s;
	unsigned apps[3], entries, users, channels, tokens, other;
	uint16_t user, node;
	(void)state;
	sim_init(&s, 41);
	for (unsigned i = 0; i < 3; i++)
		sim_node(&s, i, NULL);
	assert_true(sim_call(&s, 1, 0, CONFERENCE_CREATE, "1"));
	assert_true(sim_call(&s, 2, 1, CONFERENCE_JOIN, "1")); /* below one that is below the top */
	assert_int_equal(conference_app_open_static(s.nodes[0].c, &key, 0, &other), PST_E_ARG);
	assert_int_equal(conference_app_open_static(s.nodes[0].c, &key, 1001, &other), PST_E_ARG);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(conference_app_open_static(s.nodes[i].c, &key, 9, &apps[i]), 0);
		sim_do(&s, i);
	}
	sim_run(&s);
	struct sim_app *a[3];
	for (unsigned i = 0; i < 3; i++) {
		a[i] = &s.nodes[i].apps[apps[i]];
		assert_true(a[i]->ready);
		assert_int_equal(a[i]->channel, 9);
	}
	conference_counts(s.nodes[0].c, &entries, &users, &channels, &tokens);
	assert_int_equal(entries, 0);
	for (unsigned i = 0; i < 3; i++) {
		unsigned n = 0;
		while (conference_app_peer(s.nodes[i].c, apps[i], n, &user, &node)) {
			assert_int_not_equal(user, a[i]->user);
			assert_int_equal(conference_user_node(s.nodes[i].c, user), node);
			n++;
		}
		assert_int_equal(n, 2);
	}
	sim_app_say(&s, 2, apps[2], "all", false);
	sim_run(&s);
	assert_string_equal(a[0]->got, "|all");
	assert_string_equal(a[1]->got, "|all");
	/* a private channel of node 2's, for node 0 alone */
	conference_app_convene(s.nodes[2].c, apps[2]);
	sim_do(&s, 2);
	sim_run(&s);
	const uint16_t private = a[2]->more;
	assert_int_not_equal(private, 0);
	conference_app_admit(s.nodes[2].c, apps[2], private, a[0]->user);
	sim_do(&s, 2);
	for (unsigned i = 0; i < 2; i++) {
		conference_app_join(s.nodes[i].c, apps[i], private);
		sim_do(&s, i);
	}
	sim_run(&s);
	if (a[0]->more != private) { /* it asked before it was admitted */
		conference_app_join(s.nodes[0].c, apps[0], private);
		sim_do(&s, 0);
		sim_run(&s);
	}
	assert_int_equal(a[0]->more, private);
	assert_int_equal(a[1]->more, 0);
	conference_app_send(
		s.nodes[2].c, apps[2], private, MCS_DATA_PRIORITY_LOW, false, slice_str("secret"));
	sim_do(&s, 2);
	sim_run(&s);
	assert_string_equal(a[0]->got, "|all|secret");
	assert_string_equal(a[1]->got, "|all");
	conference_app_disband(s.nodes[2].c, apps[2], private);
	sim_do(&s, 2);
	sim_run(&s);
	assert_int_equal(a[0]->more, 0);
	assert_in_range(conference_data_max(s.nodes[2].c), 1000, 16383);
	sim_free(&s);
}

/* GCC data of USER on the broadcast channel, as it goes down the cable from node FROM. */
static void send_down(struct sim *s, unsigned from, uint16_t user, struct gcc_indication_pdu *i)
{
	const t124_pdu m = { .choice = GCC_GCCPDU_INDICATION, .u.indication = i };
	uint8_t gcc[64], out[128];
	struct writer g = wr_of(gcc, sizeof gcc), w = wr_of(out, sizeof out);
	assert_int_equal(t124_encode(&m, &g, NULL), 0);
	const struct t125_data d = { true, true, user, T124_CHANNEL_BROADCAST, 0, true, true, wr_slice(&g) };
	assert_int_equal(t125_data_encode_tpkt(&d, &w), 0);
	for (unsigned k = 0; k < SIM_CABLES; k++)
		for (unsigned e = 0; e < 2; e++) {
			struct sim_end *end = &s->cables[k].end[e];
			if (!s->cables[k].used || end->node != (int)from)
				continue;
			end->out = realloc(end->out, end->n + w.n);
			assert_non_null(end->out);
			memcpy(end->out + end->n, w.p, w.n);
			end->n += w.n;
			end->cap = end->n;
		}
	sim_run(s);
}

/* Who conducts says so itself; its end is that of its node. */
static void test_conducted(void **state)
{
	static struct sim s;
	struct gcc_conductor_assign_indication assign = { 0 };
	struct gcc_conductor_release_indication release = { 0 };
	struct gcc_indication_pdu on = { .choice = GCC_INDICATION_PDU_CONDUCTOR_ASSIGN_INDICATION,
		.u.conductor_assign_indication = &assign };
	struct gcc_indication_pdu off = { .choice = GCC_INDICATION_PDU_CONDUCTOR_RELEASE_INDICATION,
		.u.conductor_release_indication = &release };
	(void)state;
	sim_init(&s, 5);
	sim_node(&s, 0, NULL);
	sim_node(&s, 1, NULL);
	assert_true(sim_call(&s, 1, 0, CONFERENCE_CREATE, "1"));
	const uint16_t top = conference_self(s.nodes[0].c);
	assign.conducting_node = conference_self(s.nodes[1].c);
	send_down(&s, 0, top, &on); /* for somebody else */
	assert_int_equal(s.nodes[1].conductor, 0);
	assign.conducting_node = top;
	send_down(&s, 0, top, &on);
	assert_int_equal(s.nodes[1].conductor, top);
	assert_int_equal(s.nodes[0].conductor, 0);
	send_down(&s, 0, (uint16_t)(top + 50), &off); /* not its own */
	assert_int_equal(s.nodes[1].conductor, top);
	send_down(&s, 0, top, &off);
	assert_int_equal(s.nodes[1].conductor, 0);
	sim_free(&s);
}

static void test_limits(void **state)
{
	(void)state;
	struct sim s;
	struct t125_offer offer = t125_offer_default();
	offer.target.users = 4;
	offer.target.height = 2;
	const struct conference_config small = {
		.node_name = "small", .offer = &offer, .max_entries = 1, .max_nodes = 3
	};
	sim_init(&s, seed);
	sim_node(&s, 0, &small);
	for (unsigned i = 1; i < SIM_NODES; i++)
		sim_node(&s, i, NULL);
	assert_int_equal(conference_create(s.nodes[0].c, "1"), 0);
	sim_do(&s, 0);
	assert_true(sim_call(&s, 1, 0, CONFERENCE_JOIN, "1"));
	const unsigned a = sim_app_open(&s, 1, T124_APP_CHAT), b = sim_app_open(&s, 1, T124_APP_FILE);
	sim_run(&s);
	assert_true(s.nodes[1].apps[a].ready != s.nodes[1].apps[b].ready); /* room for one entry */
	assert_true(s.nodes[1].apps[a].failed != s.nodes[1].apps[b].failed);
	assert_true(sim_call(&s, 2, 1, CONFERENCE_JOIN, "1"));
	assert_true(sim_call(&s, 3, 0, CONFERENCE_JOIN, "1")); /* connected, but the domain has four users */
	assert_false(conference_in(s.nodes[3].c));
	assert_int_equal(s.nodes[3].ended, 1);
	(void)sim_call(&s, 4, 2, CONFERENCE_JOIN, "1"); /* three below the top */
	assert_false(conference_in(s.nodes[4].c));
	assert_true(conference_in(s.nodes[2].c) && conference_in(s.nodes[1].c));
	sim_free(&s);
}

/* Timers: a peer that says nothing is given up, and the number can be used again. */
static void test_silence(void **state)
{
	(void)state;
	struct sim s;
	sim_init(&s, seed);
	sim_node(&s, 0, NULL);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(conference_incoming(s.nodes[0].c, 5), 0);
		assert_int_equal(conference_actions(s.nodes[0].c)->type, CONFERENCE_TIMER_START);
		assert_int_equal(conference_incoming(s.nodes[0].c, 5), PST_E_ARG);
		conference_timeout(s.nodes[0].c, 5);
		assert_int_equal(conference_actions(s.nodes[0].c)->type, CONFERENCE_TIMER_STOP);
		assert_int_equal(conference_actions(s.nodes[0].c)->next->type, CONFERENCE_CLOSE);
	}
	assert_int_equal(conference_call(s.nodes[0].c, 6, CONFERENCE_JOIN, "1", NULL), 0);
	conference_connected(s.nodes[0].c, 6);
	conference_timeout(s.nodes[0].c, 6);
	bool called = false;
	for (const struct conference_action *a = conference_actions(s.nodes[0].c); a != NULL; a = a->next)
		called = called || (a->type == CONFERENCE_CALLED && !a->ok);
	assert_true(called);
	sim_free(&s);
}

/* ---- somebody who does not keep to the rules */

struct evil {
	struct sim s;
	unsigned link;
	bool closed;
};

static void evil_do(struct evil *e)
{
	for (const struct conference_action *a = conference_actions(e->s.nodes[0].c); a != NULL; a = a->next)
		if (a->type == CONFERENCE_CLOSE && a->link == e->link)
			e->closed = true;
}

static void evil_send(struct evil *e, struct pst_slice octets)
{
	bool asked = false;
	unsigned conn = 0;
	if (e->closed)
		return;
	conference_received(e->s.nodes[0].c, e->link, octets);
	for (const struct conference_action *a = conference_actions(e->s.nodes[0].c); a != NULL; a = a->next)
		if (a->type == CONFERENCE_ASKED) {
			asked = true;
			conn = a->conn;
		}
	evil_do(e);
	if (!asked)
		return;
	conference_answer(e->s.nodes[0].c, conn, true);
	evil_do(e);
}

static uint8_t recorded[1 << 16];
static size_t n_recorded, marks[512], n_marks;

static void record(const struct sim *s, int from, int to, struct pst_slice octets)
{
	(void)s;
	if (to != 0 || from != 1 || n_recorded + octets.n > sizeof recorded || n_marks == 511)
		return;
	memcpy(recorded + n_recorded, octets.p, octets.n);
	n_recorded += octets.n;
	marks[n_marks++] = n_recorded;
}

/* What a good node sends, with octets changed: the node stays whole and serves others afterwards. */
static void test_hostile(void **state)
{
	(void)state;
	struct evil e = { .link = 40 };
	n_recorded = n_marks = 0;
	sim_init(&e.s, seed);
	sim_node(&e.s, 0, NULL);
	sim_node(&e.s, 1, NULL);
	e.s.tap = record;
	assert_int_equal(conference_create(e.s.nodes[0].c, "1"), 0);
	sim_do(&e.s, 0);
	assert_true(sim_call(&e.s, 1, 0, CONFERENCE_JOIN, "1"));
	sim_app_open(&e.s, 1, T124_APP_CHAT);
	sim_run(&e.s);
	e.s.tap = NULL;
	assert_true(n_marks > 8);
	for (unsigned round = 0; round < 3000; round++) {
		uint8_t octets[sizeof recorded];
		memcpy(octets, recorded, n_recorded);
		for (unsigned k = 1 + sim_random(&e.s, 3); k > 0; k--)
			octets[sim_random(&e.s, (uint32_t)n_recorded)] = (uint8_t)sim_random(&e.s, 256);
		e.closed = false;
		assert_int_equal(conference_incoming(e.s.nodes[0].c, e.link), 0);
		size_t at = 0;
		for (size_t i = 0; i < n_marks; i++) {
			const size_t which =
				sim_random(&e.s, 20) == 0 ? sim_random(&e.s, (uint32_t)n_marks) : i;
			at = which > 0 ? marks[which - 1] : 0;
			evil_send(&e, slice_of(octets + at, marks[which] - at));
		}
		if (!e.closed) {
			conference_closed(e.s.nodes[0].c, e.link);
			evil_do(&e);
		}
		/* what went to node 1 meanwhile is not lost */
	}
	assert_true(conference_in(e.s.nodes[0].c));
	unsigned entries, users, channels, tokens;
	conference_counts(e.s.nodes[0].c, &entries, &users, &channels, &tokens);
	assert_int_equal(users, 3); /* two nodes and one application: nobody else is left */
	roster_is(&e.s, 0, 2);
	sim_node(&e.s, 2, NULL);
	assert_true(sim_call(&e.s, 2, 0, CONFERENCE_JOIN, "1"));
	sim_free(&e.s);
}

/* Handles are nobody else's, a token is of one at a time, and each knows who takes part: at the top, below
 * it, and where somebody has gone. */
static void test_shared(void **state)
{
	(void)state;
	struct sim s;
	unsigned app[3];
	sim_init(&s, seed);
	for (unsigned i = 0; i < 3; i++)
		sim_node(&s, i, NULL);
	assert_int_equal(conference_create(s.nodes[0].c, "1"), 0);
	sim_do(&s, 0);
	assert_true(sim_call(&s, 1, 0, CONFERENCE_JOIN, "1"));
	assert_true(sim_call(&s, 2, 1, CONFERENCE_JOIN, "1"));
	for (unsigned i = 0; i < 3; i++) {
		app[i] = sim_app_open(&s, i, T124_APP_WHITEBOARD);
		sim_run(&s);
		conference_app_handles(s.nodes[i].c, app[i], 10 + i);
		sim_do(&s, i);
		conference_app_grab(s.nodes[i].c, app[i], 9);
		sim_do(&s, i);
		sim_run(&s);
		assert_int_equal(s.nodes[i].apps[app[i]].count, 10 + i);
		assert_int_equal(s.nodes[i].apps[app[i]].token, i == 0 ? 9 : 0);
		for (unsigned k = 0; k < i; k++) {
			const struct sim_app *a = &s.nodes[k].apps[app[k]], *b = &s.nodes[i].apps[app[i]];
			assert_true(a->first + a->count <= b->first || b->first + b->count <= a->first);
		}
	}
	conference_app_close(s.nodes[0].c, app[0]);
	sim_do(&s, 0);
	sim_run(&s);
	conference_app_grab(s.nodes[2].c, app[2], 9);
	sim_do(&s, 2);
	sim_run(&s);
	assert_int_equal(s.nodes[2].apps[app[2]].token, 9);
	conference_app_handles(s.nodes[0].c, app[0], 1); /* closed: nothing comes of it */
	conference_app_grab(s.nodes[0].c, app[0], 9);
	sim_free(&s);
}

int main(void)
{
	const char *given = getenv("PST_TEST_SEED");
	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
	printf("# PST_TEST_SEED=0x%llx\n", (unsigned long long)seed);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_password_and_lock),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_long_data),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_stale_entry),
		cmocka_unit_test(test_last_words),
		cmocka_unit_test(test_static), cmocka_unit_test(test_conducted), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
