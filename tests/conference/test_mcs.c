/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MCS provider by itself: tokens, private channels, merging, detaching (T.125 11), told by what its users
 * hear. */
/* cmocka wants these before it */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "conference/mcs.h"
#include "t125/str.h"

enum { USERS = 4, HEARD = 4096 };

struct domain {
	struct mcs *m;
	struct arena arena;
	char heard[HEARD]; /* "0: tokenGrabConfirm ...;" a confirm or indication each */
	uint8_t sent[1 << 16];
	size_t n_sent;
	unsigned link; /* of the last octets sent */
	unsigned closed;
};

#define PDU(alternative, Alternative, ...)                                                                   \
	(&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_##Alternative,                                             \
		.u.alternative = &(struct mcs_##alternative){ __VA_ARGS__ } })

static void on_send(void *arg, unsigned link, struct pst_slice octets)
{
	struct domain *d = arg;
	d->link = link;
	assert_true(d->n_sent + octets.n <= sizeof d->sent);
	memcpy(d->sent + d->n_sent, octets.p, octets.n);
	d->n_sent += octets.n;
}

static void on_close(void *arg, unsigned link)
{
	(void)link;
	((struct domain *)arg)->closed++;
}

static void on_timer(void *arg, unsigned link, bool start)
{
	(void)arg, (void)link, (void)start;
}

static void on_asked(void *arg, unsigned conn, const struct mcs_connect_initial *m)
{
	(void)m;
	mcs_connect_answer(((struct domain *)arg)->m, conn, MCS_RESULT_RT_SUCCESSFUL, slice_str("x"));
}

static void on_answered(void *arg, unsigned conn, uint32_t result, struct pst_slice user_data)
{
	(void)arg, (void)conn, (void)result, (void)user_data;
}

static void on_gone(void *arg, unsigned conn, bool up, uint32_t reason)
{
	(void)arg, (void)conn, (void)up, (void)reason;
}

static void on_local(void *arg, unsigned local, const t125_pdu *m)
{
	struct domain *d = arg;
	char text[T125_STRLEN];
	const size_t n = strlen(d->heard);
	snprintf(d->heard + n, HEARD - n, "%u: %s;", local, t125_str(m, text));
}

static const struct mcs_owner owner = { on_send, on_close, on_timer, on_asked, on_answered, on_gone, on_local,
	NULL };

static void start_with(struct domain *d, const struct t125_offer *offer)
{
	memset(d, 0, sizeof *d);
	arena_init(&d->arena, 0);
	const struct mcs_config config = { *offer, &owner, d };
	assert_int_equal(mcs_new(&d->m, &config, &d->arena), 0);
	for (unsigned i = 0; i < USERS; i++) {
		unsigned local = 99;
		assert_int_equal(mcs_local_new(d->m, &local), 0);
		assert_int_equal(local, i);
		mcs_request(d->m, i, PDU(attach_user_request, ATTACH_USER_REQUEST, 0));
		assert_int_equal(mcs_local_user(d->m, i), 1001 + i);
	}
	d->heard[0] = '\0';
}

static void start(struct domain *d)
{
	struct t125_offer offer = t125_offer_default();
	offer.target.tokens = 3;
	start_with(d, &offer);
}

static void stop(struct domain *d)
{
	mcs_free(d->m);
	arena_free(&d->arena);
}

static void heard(struct domain *d, const char *what)
{
	assert_string_equal(d->heard, what);
	d->heard[0] = '\0';
}

#define GRAB(u, t) mcs_request(d.m, u, PDU(token_grab_request, TOKEN_GRAB_REQUEST, 1001 + (u), t))
#define INHIBIT(u, t) mcs_request(d.m, u, PDU(token_inhibit_request, TOKEN_INHIBIT_REQUEST, 1001 + (u), t))
#define RELEASE(u, t) mcs_request(d.m, u, PDU(token_release_request, TOKEN_RELEASE_REQUEST, 1001 + (u), t))
#define GIVE(u, t, to)                                                                                       \
	mcs_request(d.m, u, PDU(token_give_request, TOKEN_GIVE_REQUEST, 1001 + (u), t, 1001 + (to)))
#define TEST(u, t) mcs_request(d.m, u, PDU(token_test_request, TOKEN_TEST_REQUEST, 1001 + (u), t))

static void test_tokens(void **state)
{
	(void)state;
	struct domain d;
	start(&d);
	GRAB(0, 7);
	heard(&d, "0: tokenGrabConfirm successful user 1001 token 7 selfGrabbed;");
	GRAB(1, 7);
	heard(&d, "1: tokenGrabConfirm token-not-available user 1002 token 7 otherGrabbed;");
	INHIBIT(1, 7);
	heard(&d, "1: tokenInhibitConfirm token-not-available user 1002 token 7 otherGrabbed;");
	GIVE(1, 7, 2);
	heard(&d, "1: tokenGiveConfirm token-not-possessed user 1002 token 7 otherGrabbed;");
	GIVE(0, 7, 9);
	heard(&d, "0: tokenGiveConfirm no-such-user user 1001 token 7 selfGrabbed;");
	GIVE(0, 7, 2);
	heard(&d, "2: tokenGiveIndication user 1001 token 7 recipient 1003;");
	TEST(1, 7);
	heard(&d, "1: tokenTestConfirm user 1002 token 7 otherGiving;");
	mcs_request(d.m, 2, PDU(token_give_response, TOKEN_GIVE_RESPONSE, MCS_RESULT_RT_SUCCESSFUL, 1003, 7));
	heard(&d, "0: tokenGiveConfirm successful user 1001 token 7 otherGrabbed;");
	RELEASE(0, 7);
	heard(&d, "0: tokenReleaseConfirm token-not-possessed user 1001 token 7 otherGrabbed;");
	RELEASE(2, 7);
	heard(&d, "2: tokenReleaseConfirm successful user 1003 token 7 notInUse;");
	/* inhibited by two, then grabbed by the one that is left */
	INHIBIT(0, 8);
	INHIBIT(1, 8);
	d.heard[0] = '\0';
	GRAB(0, 8);
	heard(&d, "0: tokenGrabConfirm token-not-available user 1001 token 8 selfInhibited;");
	RELEASE(1, 8);
	d.heard[0] = '\0';
	GRAB(0, 8);
	heard(&d, "0: tokenGrabConfirm successful user 1001 token 8 selfGrabbed;");
	/* no more than the domain has; what nobody gives back goes with its user */
	GRAB(1, 9);
	GRAB(1, 10);
	d.heard[0] = '\0';
	GRAB(2, 11);
	heard(&d, "2: tokenGrabConfirm too-many-tokens user 1003 token 11 notInUse;");
	mcs_local_free(d.m, 1);
	d.heard[0] = '\0';
	GRAB(2, 9);
	heard(&d, "2: tokenGrabConfirm successful user 1003 token 9 selfGrabbed;");
	/* given, and its giver goes before the answer */
	GIVE(2, 9, 3);
	mcs_local_free(d.m, 2);
	d.heard[0] = '\0';
	mcs_request(d.m, 3, PDU(token_give_response, TOKEN_GIVE_RESPONSE, MCS_RESULT_RT_SUCCESSFUL, 1004, 9));
	TEST(3, 9);
	heard(&d, "3: tokenTestConfirm user 1004 token 9 selfGrabbed;");
	/* somebody else's name is no use */
	mcs_request(d.m, 0, PDU(token_release_request, TOKEN_RELEASE_REQUEST, 1004, 9));
	heard(&d, "");
	stop(&d);
}

#define JOIN(u, c) mcs_request(d.m, u, PDU(channel_join_request, CHANNEL_JOIN_REQUEST, 1001 + (u), c))

static void test_channels(void **state)
{
	(void)state;
	struct domain d;
	uint32_t one[] = { 1002 };
	start(&d);
	JOIN(0, 1);
	heard(&d, "0: channelJoinConfirm successful user 1001 requested 1 channel 1;");
	JOIN(0, 1002);
	heard(&d, "0: channelJoinConfirm other-user-id user 1001 requested 1002;");
	JOIN(0, 5000);
	heard(&d, "0: channelJoinConfirm no-such-channel user 1001 requested 5000;");
	JOIN(0, 0);
	heard(&d, "0: channelJoinConfirm successful user 1001 requested 0 channel 1005;");
	/* private: its manager, who is admitted, who is not */
	mcs_request(d.m, 0, PDU(channel_convene_request, CHANNEL_CONVENE_REQUEST, 1001));
	heard(&d, "0: channelConveneConfirm successful user 1001 channel 1006;");
	JOIN(0, 1006);
	JOIN(1, 1006);
	heard(&d, "0: channelJoinConfirm successful user 1001 requested 1006 channel 1006;"
		  "1: channelJoinConfirm not-admitted user 1002 requested 1006;");
	mcs_request(d.m, 0, PDU(channel_admit_request, CHANNEL_ADMIT_REQUEST, 1001, 1006, { 1, one }));
	heard(&d, "1: channelAdmitIndication user 1001 channel 1006 userIds 1;");
	JOIN(1, 1006);
	d.heard[0] = '\0';
	mcs_send(d.m, 1, 1006, MCS_DATA_PRIORITY_HIGH, false, slice_str("secret"));
	heard(&d, "0: sendDataIndication user 1002 channel 1006 high 6 octets;");
	mcs_send(d.m, 2, 1006, MCS_DATA_PRIORITY_HIGH, false, slice_str("uninvited"));
	heard(&d, "");
	mcs_request(d.m, 1,
		PDU(channel_expel_request, CHANNEL_EXPEL_REQUEST, 1002, 1006,
			{ 1, one })); /* not its manager */
	heard(&d, "");
	mcs_request(d.m, 0, PDU(channel_expel_request, CHANNEL_EXPEL_REQUEST, 1001, 1006, { 1, one }));
	heard(&d, "1: channelExpelIndication channel 1006 userIds 1;");
	mcs_send(d.m, 0, 1006, MCS_DATA_PRIORITY_HIGH, false, slice_str("alone"));
	heard(&d, "");
	/* the manager goes, and the channel with it */
	mcs_local_free(d.m, 0);
	assert_non_null(strstr(d.heard, "1: channelDisbandIndication channel 1006;"));
	assert_non_null(strstr(d.heard, "1: detachUserIndication user-requested userIds 1;"));
	assert_false(mcs_channel_exists(d.m, 1006));
	assert_false(mcs_channel_exists(d.m, 1)); /* nobody is left in it */
	stop(&d);
}

static void feed(struct domain *d, const void *octets, size_t n)
{
	mcs_link_received(d->m, 0, slice_of(octets, n));
}

static void feed_pdu(struct domain *d, const t125_pdu *pdu)
{
	uint8_t out[4096];
	struct writer w = wr_of(out, sizeof out);
	assert_int_equal(t125_encode_tpkt(pdu, &w, NULL), 0);
	feed(d, out, w.n);
}

static void connect_below(struct domain *d, const struct t125_offer *offer)
{
	static const uint8_t cr[] = { 3, 0, 0, 11, 6, 0xe0, 0, 0, 0x12, 0x34, 0 };
	struct mcs_connect_initial m = { .calling_domain_selector = slice_str("1"),
		.called_domain_selector = slice_str("1"),
		.upward_flag = true,
		.user_data = slice_str("y") };
	uint8_t out[1024];
	struct writer w = wr_of(out, sizeof out);
	t125_params_write(&m.target_parameters, &offer->target);
	t125_params_write(&m.minimum_parameters, &offer->min);
	t125_params_write(&m.maximum_parameters, &offer->max);
	assert_int_equal(mcs_link_incoming(d->m, 0), 0);
	feed(d, cr, sizeof cr);
	assert_int_equal(
		t125_connect_encode_tpkt(&(t125_connect){ .choice = MCS_CONNECT_MCSPDU_CONNECT_INITIAL,
						 .u.connect_initial = &m },
			&w, NULL),
		0);
	feed(d, out, w.n);
}

/* A populated domain from below: what is free here is kept, the rest it must purge. */
static void test_merge(void **state)
{
	(void)state;
	struct domain d;
	struct arena a;
	t125_pdu answer;
	struct mcs_static_channel_attributes st = { 5 };
	struct mcs_user_id_attributes taken = { true, 1001 }, free_id = { true, 2001 };
	struct mcs_channel_attributes all[] = { { .choice = MCS_CHANNEL_ATTRIBUTES_STATIC, .u.static_ = &st },
		{ .choice = MCS_CHANNEL_ATTRIBUTES_USER_ID, .u.user_id = &taken },
		{ .choice = MCS_CHANNEL_ATTRIBUTES_USER_ID, .u.user_id = &free_id } };
	const struct t125_offer offer = t125_offer_default();
	start(&d);
	arena_init(&a, 0);
	connect_below(&d, &offer);
	d.n_sent = 0;
	feed_pdu(&d, PDU(merge_channels_request, MERGE_CHANNELS_REQUEST, { 3, all }, { 0, NULL }));
	assert_int_equal(t125_decode(&answer, slice_of(d.sent + 7, d.n_sent - 7), NULL, &a, NULL), 0);
	assert_int_equal(answer.choice, MCS_DOMAIN_MCSPDU_MERGE_CHANNELS_CONFIRM);
	assert_int_equal(answer.u.merge_channels_confirm->merge_channels.n, 2);
	assert_int_equal(answer.u.merge_channels_confirm->purge_channel_ids.n, 1);
	assert_int_equal(answer.u.merge_channels_confirm->purge_channel_ids.v[0], 1001);
	assert_int_equal(mcs_user_conn(d.m, 2001), 0);
	/* the merged user lives: it reaches ours on the channel that came with it */
	JOIN(0, 5);
	d.heard[0] = '\0';
	feed_pdu(&d, PDU(send_data_request, SEND_DATA_REQUEST, 2001, 5, 1, { (const uint8_t *)"\xc0", 2 },
			     slice_str("hi")));
	heard(&d, "0: sendDataIndication user 2001 channel 5 high 2 octets;");
	mcs_link_closed(d.m, 0);
	assert_int_equal(mcs_user_conn(d.m, 2001), -1);
	assert_non_null(strstr(d.heard, "detachUserIndication domain-disconnected"));
	arena_free(&a);
	stop(&d);
}

static uint32_t add_link(struct domain *d, unsigned link, uint32_t priority, int64_t id)
{
	static const uint8_t cr[] = { 3, 0, 0, 11, 6, 0xe0, 0, 0, 0x12, 0x34, 0 };
	struct mcs_connect_additional m = { .called_connect_id = { .v = id }, .data_priority = priority };
	uint8_t out[256];
	struct writer w = wr_of(out, sizeof out);
	struct arena a;
	t125_connect answer;
	arena_init(&a, 0);
	assert_int_equal(mcs_link_incoming(d->m, link), 0);
	mcs_link_received(d->m, link, slice_of(cr, sizeof cr));
	assert_int_equal(
		t125_connect_encode_tpkt(&(t125_connect){ .choice = MCS_CONNECT_MCSPDU_CONNECT_ADDITIONAL,
						 .u.connect_additional = &m },
			&w, NULL),
		0);
	d->n_sent = 0;
	mcs_link_received(d->m, link, slice_of(out, w.n));
	assert_int_equal(
		t125_connect_decode(&answer, slice_of(d->sent + 7, d->n_sent - 7), NULL, &a, NULL), 0);
	assert_int_equal(answer.choice, MCS_CONNECT_MCSPDU_CONNECT_RESULT);
	const uint32_t result = answer.u.connect_result->result;
	arena_free(&a);
	return result;
}

/* T.125 10.2, 10.3: a transport connection for each priority; a missing one's data goes by the one before. */
static void test_priorities(void **state)
{
	(void)state;
	struct domain d;
	struct t125_offer offer = t125_offer_default();
	offer.target.priorities = 3;
	start(&d);
	connect_below(&d, &offer);
	feed_pdu(&d, PDU(attach_user_request, ATTACH_USER_REQUEST, 0));
	feed_pdu(&d, PDU(channel_join_request, CHANNEL_JOIN_REQUEST, 1005, 1005));
	assert_int_not_equal(add_link(&d, 1, MCS_DATA_PRIORITY_HIGH, 99),
		MCS_RESULT_RT_SUCCESSFUL); /* no such connection */
	assert_int_not_equal(
		add_link(&d, 1, MCS_DATA_PRIORITY_TOP, 1), MCS_RESULT_RT_SUCCESSFUL); /* has one */
	assert_int_not_equal(
		add_link(&d, 1, MCS_DATA_PRIORITY_LOW, 1), MCS_RESULT_RT_SUCCESSFUL); /* three were agreed */
	assert_int_equal(add_link(&d, 1, MCS_DATA_PRIORITY_HIGH, 1), MCS_RESULT_RT_SUCCESSFUL);
	static const unsigned by[] = { 0, 1, 1, 1 };
	for (uint8_t priority = 0; priority < 4; priority++) {
		mcs_send(d.m, 0, 1005, priority, false, slice_str("x"));
		assert_int_equal(d.link, by[priority]);
	}
	/* what comes on the second is the same user's */
	JOIN(0, 1);
	d.heard[0] = '\0';
	uint8_t out[64];
	struct writer w = wr_of(out, sizeof out);
	assert_int_equal(t125_data_encode_tpkt(&(struct t125_data){ .initiator = 1005,
						       .channel = 1,
						       .priority = 1,
						       .begin = true,
						       .end = true,
						       .octets = slice_str("hi") },
				 &w),
		0);
	mcs_link_received(d.m, 1, wr_slice(&w));
	heard(&d, "0: sendDataIndication user 1005 channel 1 high 2 octets;");
	/* one gone, all gone */
	mcs_link_closed(d.m, 1);
	assert_int_equal(mcs_user_conn(d.m, 1005), -1);
	assert_int_equal(mcs_link_incoming(d.m, 0), 0);
	stop(&d);
}

/* Refused in the protocol, then closed: absurd parameters, PDUs of the other direction, no PER. */
static void test_rules(void **state)
{
	(void)state;
	struct domain d;
	struct arena a;
	t125_connect answer;
	struct t125_offer offer = t125_offer_default();
	arena_init(&a, 0);
	offer.max.pdu_size = 20;
	start(&d);
	connect_below(&d, &offer);
	assert_int_equal(d.closed, 1);
	assert_int_equal(
		t125_connect_decode(&answer, slice_of(d.sent + 11 + 7, d.n_sent - 11 - 7), NULL, &a, NULL),
		0);
	assert_int_equal(answer.u.connect_response->result, MCS_RESULT_RT_PARAMETERS_UNACCEPTABLE);
	stop(&d);
	/* none of each, more than can be, and least above most */
	for (unsigned i = 0; i < 7; i++) {
		offer = t125_offer_default();
		if (i == 0)
			offer.max.channels = offer.target.channels = offer.min.channels = 0;
		else if (i == 1)
			offer.max.users = offer.target.users = offer.min.users = 0;
		else if (i == 2)
			offer.max.priorities = offer.target.priorities = offer.min.priorities = 0;
		else if (i == 3)
			offer.max.priorities = offer.target.priorities = offer.min.priorities = 9;
		else if (i == 4)
			offer.max.height = offer.target.height = offer.min.height = 0;
		else if (i == 5)
			offer.min.height = UINT32_MAX;
		else
			offer.min.tokens = 2, offer.max.tokens = 1;
		start(&d);
		connect_below(&d, &offer);
		assert_int_equal(d.closed, 1);
		assert_int_equal(t125_connect_decode(
					 &answer, slice_of(d.sent + 11 + 7, d.n_sent - 11 - 7), NULL, &a, NULL),
			0);
		assert_int_equal(answer.u.connect_response->result, MCS_RESULT_RT_PARAMETERS_UNACCEPTABLE);
		stop(&d);
	}
	offer = t125_offer_default();
	for (unsigned i = 0; i < 3; i++) {
		start(&d);
		connect_below(&d, &offer);
		d.n_sent = 0;
		if (i == 0)
			feed_pdu(&d, PDU(attach_user_confirm, ATTACH_USER_CONFIRM, .result = 0));
		else if (i == 1)
			feed_pdu(&d, PDU(send_data_indication, SEND_DATA_INDICATION, 1001, 1, 0,
					     { (const uint8_t *)"\xc0", 2 }, slice_str("x")));
		else
			feed(&d, "\3\0\0\x0a\2\xf0\x80\xff\xff\xff", 10);
		assert_int_equal(d.closed, 1);
		assert_int_equal(d.sent[7] >> 2, MCS_DOMAIN_MCSPDU_REJECT_MCSPDU_ULTIMATUM);
		stop(&d);
	}
	arena_free(&a);
}

/* What DOMAIN last sent below. */
static t125_pdu last_sent(const struct domain *d, struct arena *a)
{
	t125_pdu m;
	size_t at = 0, last = 0;
	for (; at < d->n_sent; at += (size_t)d->sent[at + 2] << 8 | d->sent[at + 3])
		last = at;
	assert_int_equal(t125_decode(&m, slice_of(d->sent + last + 7, at - last - 7), NULL, a, NULL), 0);
	return m;
}

/* Whoever takes all there is of something is told so, and the others go on. */
static void test_exhaustion(void **state)
{
	(void)state;
	struct domain d;
	struct arena a;
	struct t125_offer offer = t125_offer_default();
	t125_pdu m;
	arena_init(&a, 0);
	offer.target.users = 6;
	offer.target.channels = 12;
	offer.target.height = 3;
	start_with(&d, &offer);
	offer = t125_offer_default();
	connect_below(&d, &offer);
	uint32_t attached = 0;
	for (;; attached++) {
		feed_pdu(&d, PDU(attach_user_request, ATTACH_USER_REQUEST, 0));
		m = last_sent(&d, &a);
		assert_int_equal(m.choice, MCS_DOMAIN_MCSPDU_ATTACH_USER_CONFIRM);
		if (m.u.attach_user_confirm->result != MCS_RESULT_RT_SUCCESSFUL)
			break;
		assert_true(attached < 6);
	}
	assert_int_equal(attached, 2); /* with four of the domain's own */
	assert_int_equal(m.u.attach_user_confirm->result, MCS_RESULT_RT_TOO_MANY_USERS);
	uint32_t joined = 0;
	for (;; joined++) {
		feed_pdu(&d, PDU(channel_join_request, CHANNEL_JOIN_REQUEST, 1005, 0));
		m = last_sent(&d, &a);
		assert_int_equal(m.choice, MCS_DOMAIN_MCSPDU_CHANNEL_JOIN_CONFIRM);
		if (m.u.channel_join_confirm->result != MCS_RESULT_RT_SUCCESSFUL)
			break;
		assert_true(joined < 12);
	}
	assert_int_equal(m.u.channel_join_confirm->result, MCS_RESULT_RT_TOO_MANY_CHANNELS);
	d.heard[0] = '\0';
	GRAB(0, 7);
	heard(&d, "0: tokenGrabConfirm successful user 1001 token 7 selfGrabbed;");
	/* what was taken comes back with its connection */
	mcs_link_closed(d.m, 0);
	d.heard[0] = '\0';
	JOIN(0, 0);
	assert_non_null(strstr(d.heard, "channelJoinConfirm successful"));
	stop(&d);
	arena_free(&a);
}

/* Deeper than the domain may be: told who cannot stay. */
static void test_too_deep(void **state)
{
	(void)state;
	static const int64_t heights[] = { 16, 17, INT64_MAX };
	for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
		struct domain d;
		struct arena a;
		const struct t125_offer offer = t125_offer_default();
		arena_init(&a, 0);
		start(&d);
		connect_below(&d, &offer);
		feed_pdu(&d, PDU(erect_domain_request, ERECT_DOMAIN_REQUEST, .sub_height = { .v = heights[i] }));
		const t125_pdu m = last_sent(&d, &a);
		assert_int_equal(m.choice, MCS_DOMAIN_MCSPDU_DISCONNECT_PROVIDER_ULTIMATUM);
		assert_int_equal(d.closed, 1);
		GRAB(0, 7); /* the others go on */
		assert_non_null(strstr(d.heard, "tokenGrabConfirm successful"));
		arena_free(&a);
		stop(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_tokens), cmocka_unit_test(test_channels),
		cmocka_unit_test(test_merge), cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_rules), cmocka_unit_test(test_exhaustion),
		cmocka_unit_test(test_too_deep) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
