/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two terminals over a simulated network: every mix of what the two ends do,
 * every segmentation, glare, lost peers. A failure prints the seed that shows
 * it again: test_sim SEED runs only that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "call/h225_call.h"
#include "call/sim.h"

static uint64_t base_seed = 1;
static const char *const alias_a[] = { "alice" }, *const alias_b[] = { "bob", "100" };

enum { FAST = 1, TUNNEL = 2, EARLY = 4, PROCEEDING = 8, OLD = 16, KINDS = 32 };

static void configure(struct terminal_config *c, int side, unsigned kind, uint64_t seed)
{
	*c = (struct terminal_config){ .aliases = side == 0 ? alias_a : alias_b, .n_aliases = side == 0 ? 1 : 2,
		.fast_start = (kind & FAST) != 0, .tunnelling = (kind & TUNNEL) != 0, .early_h245 = (kind & EARLY) != 0,
		.proceeding = (kind & PROCEEDING) != 0, .codecs = { TERMINAL_G711U, TERMINAL_G711A }, .n_codecs = 2,
		.seed = { seed, (uint64_t)side }, .trace = true };
	if (kind & OLD)
		c->h225_version = 2;
	const uint8_t ip[4] = { 10, 0, 0, (uint8_t)(side + 1) };
	c->h245 = addr_ip4(ip, 3000);
	c->rtp = addr_ip4(ip, 5000);
	c->rtcp = addr_ip4(ip, 5001);
}

static struct sim_script script_of(unsigned a, unsigned b, enum sim_segments segments, uint64_t seed)
{
	struct sim_script s = { .segments = segments, .delay_min_ms = 1, .delay_max_ms = 60, .answer_ms = 500,
		.dtmf_ms = 3000, .hangup_ms = 6000, .hangup_side = (int)(seed & 1), .seed = seed };
	configure(&s.config[0], 0, a, seed);
	configure(&s.config[1], 1, b, seed + 77);
	return s;
}

static void fail_run(const struct sim_script *s, const struct sim_result *r, const char *what)
{
	print_message("seed %llu, A%s%s%s%s, B%s%s%s%s, segments %d: %s\n", (unsigned long long)s->seed,
		s->config[0].fast_start ? " fast" : "", s->config[0].tunnelling ? " tunnel" : "",
		s->config[0].early_h245 ? " early" : "", s->config[0].h225_version == 2 ? " old" : "",
		s->config[1].fast_start ? " fast" : "", s->config[1].tunnelling ? " tunnel" : "",
		s->config[1].early_h245 ? " early" : "", s->config[1].h225_version == 2 ? " old" : "", s->segments, what);
	fputs(r->ladder, stdout);
	fail();
}

#define CHECK(cond) do { if (!(cond)) fail_run(s, r, #cond); } while (0)

static void check_clean(const struct sim_script *s, const struct sim_result *r)
{
	for (int i = 0; i < 2; i++) {
		CHECK(r->side[i].timers_running == 0);
		CHECK(r->side[i].tx_starts == r->side[i].tx_stops);
		CHECK(r->side[i].data_starts == r->side[i].data_stops);
		CHECK(r->side[i].rx_starts == r->side[i].rx_stops);
	}
	CHECK(r->open_connections == 0);
}

static void check_media(const struct sim_script *s, const struct sim_result *r, int from)
{
	const struct sim_side *tx = &r->side[from], *rx = &r->side[1 - from];
	CHECK(tx->tx_starts == 1 && rx->rx_starts == 1);
	CHECK(addr_eq(&tx->tx.rtp, &s->config[1 - from].rtp));
	CHECK(addr_eq(&tx->tx.rtcp, &s->config[1 - from].rtcp));
	CHECK(addr_eq(&rx->rx.rtp, &s->config[1 - from].rtp));
	CHECK(addr_eq(&rx->rx.rtcp, &s->config[from].rtcp));
	CHECK(tx->tx.codec == rx->rx.codec && tx->tx.channel == rx->rx.channel);
	CHECK(tx->tx.payload_type == rx->rx.payload_type);
}

static void check_call(const struct sim_script *s, const struct sim_result *r)
{
	const struct terminal_config *a = &s->config[0], *b = &s->config[1];
	for (int i = 0; i < 2; i++) {
		CHECK(r->side[i].connected == 1);
		CHECK(r->side[i].ended == 1);
		CHECK(r->side[i].cause == 16);
		CHECK(r->side[i].by_peer == (i != s->hangup_side));
		CHECK(r->side[i].info.fast_start == (a->fast_start && b->fast_start));
		const bool tunnelled = a->tunnelling && b->tunnelling;
		CHECK(r->side[i].info.h245 == (tunnelled ? TERMINAL_H245_TUNNELLED : TERMINAL_H245_SEPARATE));
		CHECK(r->side[i].info.master_slave_done);
		check_media(s, r, i);
	}
	CHECK(r->side[0].info.master != r->side[1].info.master);
	CHECK(strcmp(r->side[1].dtmf, "12#") == 0);
	CHECK(strcmp(r->side[0].dtmf, "AD*") == 0);
	CHECK(strcmp(r->side[1].info.peer_name, "alice") == 0);
	CHECK(strcmp(r->side[0].info.peer_name, "bob") == 0);
	check_clean(s, r);
}

static uint32_t run_checked(const struct sim_script *s)
{
	struct sim_result r;
	sim_run(s, 600000, &r);
	check_call(s, &r);
	free(r.ladder);
	return r.events;
}

static void every_mix(void **state)
{
	(void)state;
	uint32_t runs = 0, events = 0;
	for (unsigned a = 0; a < KINDS; a++) {
		for (unsigned b = 0; b < KINDS; b++) {
			for (int segments = 0; segments < 4; segments++) {
				const struct sim_script s = script_of(a, b, (enum sim_segments)segments, base_seed + runs);
				events += run_checked(&s);
				runs++;
			}
		}
	}
	print_message("%u calls, %u events, first seed %llu\n", runs, events, (unsigned long long)base_seed);
}

static void answered_at_once(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 64; kind++) {
		struct sim_script s = script_of(kind & 7, kind >> 3, SIM_WHOLE, base_seed + kind);
		s.answer_ms = 0;
		(void)run_checked(&s);
		s.delay_max_ms = 1;
		(void)run_checked(&s);
	}
}

/* Both announce early and both connect: which one stays is the same for both. */
static void glare(void **state)
{
	(void)state;
	uint32_t refusals = 0;
	for (uint64_t i = 0; i < 400; i++) {
		struct sim_script s = script_of(EARLY | (i & 1 ? FAST : 0), EARLY | PROCEEDING | (i & 2 ? FAST : 0), SIM_RANDOM,
			base_seed + i);
		s.delay_min_ms = i & 4 ? 1 : 30;
		struct sim_result r;
		sim_run(&s, 600000, &r);
		check_call(&s, &r);
		refusals += r.side[0].refusals + r.side[1].refusals;
		free(r.ladder);
	}
	assert_true(refusals > 20);
}

/* The same number of messages in the same order, whatever the segments. */
static void segments_make_no_difference(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 64; kind++) {
		struct sim_script s = script_of(kind & 7, kind >> 3, SIM_WHOLE, base_seed);
		struct sim_result whole, octets, merged;
		s.delay_min_ms = s.delay_max_ms = 5;
		sim_run(&s, 600000, &whole);
		s.segments = SIM_OCTETS;
		sim_run(&s, 600000, &octets);
		assert_string_equal(whole.ladder, octets.ladder);
		s.segments = SIM_MERGED;
		sim_run(&s, 600000, &merged);
		check_call(&s, &merged);
		free(whole.ladder);
		free(octets.ladder);
		free(merged.ladder);
	}
}

static void rejected(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 64; kind++) {
		struct sim_script script = script_of(kind & 7, kind >> 3, SIM_RANDOM, base_seed + kind);
		const struct sim_script *s = &script;
		struct sim_result result, *r = &result;
		script.reject = true;
		sim_run(s, 600000, r);
		CHECK(r->side[0].cause == 17 && r->side[0].by_peer);
		CHECK(r->side[1].cause == 17 && !r->side[1].by_peer);
		CHECK(r->side[0].connected == 0);
		check_clean(s, r);
		free(r->ladder);
	}
}

/* The network goes at any moment and nobody is told: the timers clean up. Only a call whose media came from fast connect
 * while there was no H.245 yet has nothing that asks: it learns of it from TCP. */
static void lost_peers(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 3000; i++) {
		struct sim_script script = script_of((unsigned)(i & 7), (unsigned)(i >> 3 & 7), SIM_RANDOM, base_seed + i);
		const struct sim_script *s = &script;
		struct sim_result result, *r = &result;
		script.hangup_ms = 0;
		script.lost_ms = 1 + (uint32_t)(i % 97) * 20;
		const bool fast = s->config[0].fast_start && s->config[1].fast_start;
		const bool tunnelled = s->config[0].tunnelling && s->config[1].tunnelling;
		if (fast && !tunnelled)
			script.broken_ms = 400000;
		sim_run(s, 3600000, r);
		CHECK(r->side[0].ended == 1);
		CHECK(r->side[0].end_ms <= (fast && !tunnelled ? 400000 : 200000));
		CHECK(r->side[1].ended == 1 || r->side[1].incoming == 0);
		if (r->side[1].ended == 1 && script.broken_ms == 0)
			CHECK(r->side[1].end_ms <= 200000);
		CHECK(r->side[0].timers_running == 0 && r->side[1].timers_running == 0);
		free(r->ladder);
	}
}

static void nobody_answers(void **state)
{
	(void)state;
	struct sim_script script = script_of(0, 0, SIM_WHOLE, base_seed);
	const struct sim_script *s = &script;
	struct sim_result result, *r = &result;
	script.answer_ms = 1000000;
	sim_run(s, 900000, r);
	CHECK(r->side[0].cause == 19 && r->side[0].end_ms >= 180000 && r->side[0].end_ms < 190000);
	CHECK(r->side[0].ringing == 1);
	CHECK(r->side[1].ended == 1 && r->side[1].by_peer && r->side[1].cause == 19);
	free(r->ladder);
}

/* H.245 cannot be connected: fast connect goes on, slow start clears. */
static void no_h245(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 4; kind++) {
		const unsigned mix = (kind & 1 ? FAST : 0) | (kind & 2 ? EARLY : 0);
		struct sim_script script = script_of(mix, mix, SIM_WHOLE, base_seed);
		const struct sim_script *s = &script;
		struct sim_result result, *r = &result;
		script.no_h245 = true;
		script.dtmf_ms = 0;
		script.hangup_ms = 100000;
		sim_run(s, 600000, r);
		CHECK(r->side[0].ended == 1 && r->side[1].ended == 1);
		CHECK(r->side[0].cause == (mix & FAST ? 16 : 41));
		CHECK(r->side[0].tx_starts == (mix & FAST ? 1 : 0));
		CHECK(r->open_connections == 0);
		check_clean(s, r);
		free(r->ladder);
	}
}

/* A long call stays up by round trips. */
static void long_call(void **state)
{
	(void)state;
	struct sim_script script = script_of(TUNNEL, TUNNEL, SIM_RANDOM, base_seed);
	const struct sim_script *s = &script;
	struct sim_result result, *r = &result;
	script.hangup_ms = 7200000;
	sim_run(s, 8000000, r);
	check_call(s, r);
	CHECK(r->side[0].info.round_trip_ok > 200);
	free(r->ladder);
}

static void no_common_codec(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 64; kind++) {
		struct sim_script script = script_of(kind & 7, kind >> 3, SIM_WHOLE, base_seed + kind);
		const struct sim_script *s = &script;
		struct sim_result result, *r = &result;
		script.config[0].n_codecs = script.config[1].n_codecs = 1;
		script.config[1].codecs[0] = TERMINAL_G711A;
		sim_run(s, 600000, r);
		CHECK(r->side[0].ended == 1 && r->side[1].ended == 1);
		CHECK(r->side[0].tx_starts == 0 && r->side[1].tx_starts == 0);
		check_clean(s, r);
		free(r->ladder);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mix),
		cmocka_unit_test(answered_at_once),
		cmocka_unit_test(glare),
		cmocka_unit_test(segments_make_no_difference),
		cmocka_unit_test(rejected),
		cmocka_unit_test(lost_peers),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(no_h245),
		cmocka_unit_test(long_call),
		cmocka_unit_test(no_common_codec),
	};
	if (argc > 1)
		base_seed = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
