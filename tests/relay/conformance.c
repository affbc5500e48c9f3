/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conformance suite of the relay planes. */
#include "conformance.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { INSIDE, OUTSIDE, STRANGER, OWN };

static struct addr host(const struct rig *rig, int which, uint16_t port)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, rig->hosts[which], 0), 0);
	return addr_with_port(a, port);
}

static struct relay_session *session_new(struct rig *rig)
{
	const struct addr local[RELAY_LEGS] = { host(rig, OWN, 0), host(rig, OWN, 0) };
	struct relay_session *s;
	assert_int_equal(rig->relay.ops->session_open(rig->relay.plane, local, &s), 0);
	return s;
}

static struct addr local_of(struct rig *rig, const struct relay_session *s, int leg, enum relay_part part)
{
	return rig->relay.ops->session_local(s, leg, part);
}

static void set(struct rig *rig, struct relay_session *s, int leg, enum relay_part part, struct addr from,
	struct addr to)
{
	const struct relay_flow flow = { from, to };
	assert_int_equal(rig->relay.ops->flow_set(s, leg, part, &flow), 0);
}

static struct relay_flow_stats stats(
	struct rig *rig, const struct relay_session *s, int leg, enum relay_part part)
{
	struct relay_flow_stats st;
	rig->relay.ops->flow_stats(s, leg, part, &st);
	return st;
}

static uint64_t dealt_with(struct rig *rig, const struct relay_session *s, int leg, enum relay_part part)
{
	const struct relay_flow_stats st = stats(rig, s, leg, part);
	return st.packets + st.refused + st.failed;
}

/* A packet from FROM to a port of S must come out at WANT, from the port of the other leg; NULL: must not
 * come out. */
static void expect(struct rig *rig, struct relay_session *s, int leg, enum relay_part part, struct addr from,
	const struct addr *want)
{
	const struct addr to = local_of(rig, s, leg, part), other = local_of(rig, s, !leg, part);
	const uint64_t before = dealt_with(rig, s, leg, part);
	struct addr at, seen;
	rig->send(rig, &from, &to);
	const uint64_t limit = clock_now_ms() + 10000;
	while (dealt_with(rig, s, leg, part) == before && clock_now_ms() < limit)
		rig->step(rig);
	assert_int_equal(dealt_with(rig, s, leg, part), before + 1);
	assert_int_equal(rig->came(rig, want != NULL, &at, &seen), want != NULL);
	if (want == NULL)
		return;
	assert_true(addr_eq(&at, want));
	assert_true(addr_eq(&seen, &other));
}

static void pairs_are_even_and_odd(struct rig *rig)
{
	uint32_t used, most;
	struct relay_session *s[20];
	for (int i = 0; i < 20; i++) {
		s[i] = session_new(rig);
		for (int leg = 0; leg < RELAY_LEGS; leg++) {
			const uint16_t rtp = local_of(rig, s[i], leg, RELAY_RTP).port;
			assert_int_equal(rtp % 2, 0);
			assert_int_equal(local_of(rig, s[i], leg, RELAY_RTCP).port, rtp + 1);
		}
		assert_int_not_equal(
			local_of(rig, s[i], 0, RELAY_RTP).port, local_of(rig, s[i], 1, RELAY_RTP).port);
	}
	rig->relay.ops->usage(rig->relay.plane, &used, &most);
	assert_int_equal(used, 20);
	assert_true(most >= 20);
	for (int i = 0; i < 20; i++)
		rig->relay.ops->session_close(s[i]);
	rig->relay.ops->usage(rig->relay.plane, &used, &most);
	assert_int_equal(used, 0);
}

static void nothing_passes_before_set_nor_after_clear(struct rig *rig)
{
	struct relay_session *s = session_new(rig);
	const struct addr from = host(rig, INSIDE, 19000), to = host(rig, OUTSIDE, 19002);
	expect(rig, s, 0, RELAY_RTP, from, NULL);
	set(rig, s, 0, RELAY_RTP, from, to);
	expect(rig, s, 0, RELAY_RTP, from, &to);
	/* the other direction and the other part are flows of their own */
	expect(rig, s, 1, RELAY_RTP, to, NULL);
	expect(rig, s, 0, RELAY_RTCP, from, NULL);
	rig->relay.ops->flow_clear(s, 0, RELAY_RTP);
	expect(rig, s, 0, RELAY_RTP, from, NULL);
	const struct relay_flow_stats st = stats(rig, s, 0, RELAY_RTP);
	assert_int_equal(st.packets, 1);
	assert_int_equal(st.refused, 2);
	assert_int_equal(st.source.family, ADDR_NONE);
	rig->relay.ops->session_close(s);
}

static void wrong_sources_are_refused_and_counted(struct rig *rig)
{
	struct relay_session *s = session_new(rig);
	const struct addr to = host(rig, OUTSIDE, 19002);
	set(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 19000), to);
	expect(rig, s, 0, RELAY_RTP, host(rig, STRANGER, 19000), NULL);
	expect(rig, s, 0, RELAY_RTP, host(rig, OUTSIDE, 19002), NULL);
	expect(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 19001), NULL);
	expect(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 19000), &to);
	const struct relay_flow_stats st = stats(rig, s, 0, RELAY_RTP);
	assert_int_equal(st.refused, 3);
	assert_int_equal(st.packets, 1);
	assert_true(st.bytes > 0 && st.last_ms > 0);
	rig->relay.ops->session_close(s);
}

static void the_first_packet_decides_the_port(struct rig *rig)
{
	struct relay_session *s = session_new(rig);
	const struct addr to = host(rig, OUTSIDE, 19002), learnt = host(rig, INSIDE, 19004);
	set(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 0), to);
	assert_int_equal(stats(rig, s, 0, RELAY_RTP).source.family, ADDR_NONE);
	/* a stranger teaches nothing */
	expect(rig, s, 0, RELAY_RTP, host(rig, STRANGER, 19006), NULL);
	expect(rig, s, 0, RELAY_RTP, learnt, &to);
	struct relay_flow_stats st = stats(rig, s, 0, RELAY_RTP);
	assert_true(addr_eq(&st.source, &learnt));
	expect(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 19000), NULL);
	/* set again without a change, or with another destination: still known */
	const struct addr elsewhere = host(rig, OUTSIDE, 19008);
	set(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 0), elsewhere);
	expect(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 19000), NULL);
	expect(rig, s, 0, RELAY_RTP, learnt, &elsewhere);
	/* cleared and set: forgotten */
	rig->relay.ops->flow_clear(s, 0, RELAY_RTP);
	set(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 0), to);
	expect(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 19000), &to);
	/* another source: forgotten */
	set(rig, s, 0, RELAY_RTP, host(rig, STRANGER, 0), to);
	expect(rig, s, 0, RELAY_RTP, host(rig, INSIDE, 19000), NULL);
	expect(rig, s, 0, RELAY_RTP, host(rig, STRANGER, 19006), &to);
	st = stats(rig, s, 0, RELAY_RTP);
	assert_int_equal(st.packets, 4);
	assert_int_equal(st.refused, 4);
	rig->relay.ops->session_close(s);
}

static void both_legs_and_parts_are_symmetric(struct rig *rig)
{
	struct relay_session *s = session_new(rig);
	for (int part = 0; part < RELAY_PARTS; part++) {
		const struct addr in = host(rig, INSIDE, (uint16_t)(19000 + part));
		const struct addr out = host(rig, OUTSIDE, (uint16_t)(19002 + part));
		set(rig, s, 0, (enum relay_part)part, in, out);
		set(rig, s, 1, (enum relay_part)part, out, in);
	}
	for (int round = 0; round < 3; round++)
		for (int part = 0; part < RELAY_PARTS; part++) {
			const struct addr in = host(rig, INSIDE, (uint16_t)(19000 + part));
			const struct addr out = host(rig, OUTSIDE, (uint16_t)(19002 + part));
			expect(rig, s, 0, (enum relay_part)part, in, &out);
			expect(rig, s, 1, (enum relay_part)part, out, &in);
		}
	/* a direction ends by itself */
	const struct addr in = host(rig, INSIDE, 19000), out = host(rig, OUTSIDE, 19002);
	rig->relay.ops->flow_clear(s, 0, RELAY_RTP);
	expect(rig, s, 0, RELAY_RTP, in, NULL);
	expect(rig, s, 1, RELAY_RTP, out, &in);
	rig->relay.ops->session_close(s);
}

static void sessions_do_not_mix(struct rig *rig)
{
	struct relay_session *a = session_new(rig), *b = session_new(rig);
	const struct addr in = host(rig, INSIDE, 19000), out = host(rig, OUTSIDE, 19002);
	set(rig, a, 0, RELAY_RTP, in, out);
	expect(rig, b, 0, RELAY_RTP, in, NULL);
	expect(rig, a, 0, RELAY_RTP, in, &out);
	rig->relay.ops->session_close(a);
	set(rig, b, 0, RELAY_RTP, in, out);
	expect(rig, b, 0, RELAY_RTP, in, &out);
	assert_int_equal(stats(rig, b, 0, RELAY_RTP).packets, 1);
	rig->relay.ops->session_close(b);
}

static void bad_flows_are_refused(struct rig *rig)
{
	struct relay_session *s = session_new(rig);
	const struct relay_ops *ops = rig->relay.ops;
	const struct addr in = host(rig, INSIDE, 19000), out = host(rig, OUTSIDE, 19002);
	struct addr other_family;
	assert_int_equal(addr_parse(&other_family, in.family == ADDR_IP4 ? "::1" : "127.0.0.1", 9), 0);
	const struct relay_flow bad[] = {
		{ in, addr_with_port(out, 0) },
		{ { 0 }, out },
		{ { 0 }, { 0 } },
		{ other_family, out },
		{ in, other_family },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ops->flow_set(s, 0, RELAY_RTP, &bad[i]), PST_E_ARG);
	expect(rig, s, 0, RELAY_RTP, in, NULL);
	const struct addr none[RELAY_LEGS] = { { 0 }, { 0 } };
	struct relay_session *t;
	assert_int_equal(ops->session_open(rig->relay.plane, none, &t), PST_E_ARG);
	ops->session_close(s);
}

/* A flow to nowhere: its peer is known by what it sends, and held to it; none of that passes. */
static void a_flow_to_nowhere_learns(struct rig *rig)
{
	for (int part = 0; part < RELAY_PARTS; part++) {
		struct relay_session *s = session_new(rig);
		const struct addr peer = host(rig, INSIDE, 19004), to = host(rig, OUTSIDE, 19002), none = { 0 };
		const struct addr local = local_of(rig, s, 0, (enum relay_part)part);
		struct addr at, seen;
		set(rig, s, 0, (enum relay_part)part, host(rig, INSIDE, 0), none);
		expect(rig, s, 0, (enum relay_part)part, host(rig, STRANGER, 19004), NULL);
		assert_int_equal(stats(rig, s, 0, (enum relay_part)part).source.family, ADDR_NONE);
		rig->send(rig, &peer, &local);
		const uint64_t limit = clock_now_ms() + 10000;
		while (stats(rig, s, 0, (enum relay_part)part).source.family == ADDR_NONE && clock_now_ms() < limit)
			rig->step(rig);
		struct relay_flow_stats st = stats(rig, s, 0, (enum relay_part)part);
		assert_true(addr_eq(&st.source, &peer));
		assert_false(rig->came(rig, false, &at, &seen));
		expect(rig, s, 0, (enum relay_part)part, host(rig, INSIDE, 19006), NULL);
		st = stats(rig, s, 0, (enum relay_part)part);
		assert_int_equal(st.packets, 0);
		assert_int_equal(st.bytes, 0);
		assert_int_equal(st.refused, 2);
		assert_int_equal(st.failed, 0);
		/* where they go may be said later; who is known stays known */
		set(rig, s, 0, (enum relay_part)part, host(rig, INSIDE, 0), to);
		expect(rig, s, 0, (enum relay_part)part, host(rig, INSIDE, 19006), NULL);
		expect(rig, s, 0, (enum relay_part)part, peer, &to);
		rig->relay.ops->session_close(s);
	}
}

static void a_full_range_refuses(struct rig *rig)
{
	struct relay_session *s[16];
	const struct addr local[RELAY_LEGS] = { host(rig, OWN, 0), host(rig, OWN, 0) };
	const struct relay_ops *ops = rig->relay.ops;
	int n = 0, err = 0;
	rig->restart(rig, 8);
	while (n < 16 && (err = ops->session_open(rig->relay.plane, local, &s[n])) == 0)
		n++;
	assert_int_equal(err, PST_E_SPACE);
	/* somebody else on this machine may hold a port or two */
	assert_true(n >= 6 && n <= 8);
	/* a port that rests is better than none */
	ops->session_close(s[--n]);
	assert_int_equal(ops->session_open(rig->relay.plane, local, &s[n]), 0);
	for (n++; n > 0;)
		ops->session_close(s[--n]);
}

static void a_thousand_sessions(struct rig *rig)
{
	enum { MANY = 1000 };
	struct relay_session **s = calloc(MANY, sizeof(struct relay_session *));
	const struct addr in = host(rig, INSIDE, 19000), out = host(rig, OUTSIDE, 19002);
	assert_non_null(s);
	for (int i = 0; i < MANY; i++) {
		s[i] = session_new(rig);
		set(rig, s[i], 0, RELAY_RTP, in, out);
	}
	for (int i = 0; i < MANY; i++)
		expect(rig, s[i], 0, RELAY_RTP, in, &out);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(stats(rig, s[i], 0, RELAY_RTP).packets, 1);
		rig->relay.ops->session_close(s[i]);
	}
	free(s);
}

#define EACH(x)                                                                                              \
	x(pairs_are_even_and_odd) x(nothing_passes_before_set_nor_after_clear)                               \
		x(wrong_sources_are_refused_and_counted) x(the_first_packet_decides_the_port)                \
			x(both_legs_and_parts_are_symmetric) x(sessions_do_not_mix) x(bad_flows_are_refused) \
				x(a_flow_to_nowhere_learns)                                          \
				x(a_full_range_refuses) x(a_thousand_sessions)

void conformance_run(struct rig *rig)
{
#define ROW(name) { #name, name },
	static const struct {
		const char *name;
		void (*run)(struct rig *rig);
	} all[] = { EACH(ROW) };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		print_message("  %s: %s\n", rig->relay.plane ? rig->relay.ops->name : "plane", all[i].name);
		rig->restart(rig, RIG_SESSIONS);
		all[i].run(rig);
	}
}
