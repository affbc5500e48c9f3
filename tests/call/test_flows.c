/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call flows as text, compared with the files in flows/. "test_flows write DIR"
 * writes them anew; look at the difference before it is committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/sim.h"

static const char *dir;

enum { FAST = 1, TUNNEL = 2, EARLY = 4, PROCEEDING = 8, OLD = 16, REJECT = 32, ALAW_ONLY = 64, DATA = 128 };

static const struct flow {
	const char *name;
	unsigned a, b;
} flows[] = {
	{ "slow", 0, 0 },
	{ "slow-proceeding", 0, PROCEEDING },
	{ "early-by-caller", EARLY, 0 },
	{ "early-by-callee", 0, EARLY | PROCEEDING },
	{ "early-by-both", EARLY, EARLY },
	{ "tunnelled", TUNNEL, TUNNEL },
	{ "tunnelled-early", TUNNEL | EARLY, TUNNEL | EARLY },
	{ "tunnel-refused", TUNNEL, 0 },
	{ "fast", FAST, FAST },
	{ "fast-tunnelled", FAST | TUNNEL, FAST | TUNNEL | PROCEEDING },
	{ "fast-refused", FAST, 0 },
	{ "fast-refused-by-silence", FAST, OLD },
	{ "fast-refused-tunnelled", FAST | TUNNEL, TUNNEL },
	{ "fast-other-codec", FAST, FAST | ALAW_ONLY },
	{ "old-peer", FAST | TUNNEL | EARLY, OLD },
	{ "rejected", 0, REJECT },
	{ "data", DATA, DATA },
	{ "data-fast-tunnelled", FAST | TUNNEL | DATA, FAST | TUNNEL | DATA },
	{ "data-not-there", DATA, 0 },
	{ "data-not-wanted", 0, DATA },
};

static void configure(struct terminal_config *c, int side, unsigned kind)
{
	static const char *const names[2][1] = { { "alice" }, { "bob" } };
	const uint8_t ip[4] = { 10, 0, 0, (uint8_t)(side + 1) };
	*c = (struct terminal_config){ .aliases = names[side], .n_aliases = 1, .fast_start = (kind & FAST) != 0,
		.tunnelling = (kind & TUNNEL) != 0, .early_h245 = (kind & EARLY) != 0,
		.proceeding = (kind & PROCEEDING) != 0, .codecs = { TERMINAL_G711U, TERMINAL_G711A }, .n_codecs = 2,
		.seed = { 1, (uint64_t)side }, .trace = true, .h225_version = kind & OLD ? 2 : 0,
		.h245 = addr_ip4(ip, 3000), .rtp = addr_ip4(ip, 5000), .rtcp = addr_ip4(ip, 5001),
		.data = (kind & DATA) != 0, .t120 = addr_ip4(ip, 1503) };
	if (kind & ALAW_ONLY) {
		c->codecs[0] = TERMINAL_G711A;
		c->n_codecs = 1;
	}
}

static char *run(const struct flow *f)
{
	struct sim_script s = { .segments = SIM_WHOLE, .delay_min_ms = 5, .delay_max_ms = 5, .answer_ms = 1000,
		.reject = (f->b & REJECT) != 0, .dtmf_ms = 1000, .hangup_ms = 3000, .seed = 1 };
	struct sim_result r;
	configure(&s.config[0], 0, f->a);
	configure(&s.config[1], 1, f->b);
	sim_run(&s, 600000, &r);
	return r.ladder;
}

static FILE *open_flow(const struct flow *f, const char *mode)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s.txt", dir, f->name);
	return fopen(path, mode);
}

static int write_all(void)
{
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		FILE *file = open_flow(&flows[i], "w");
		char *text = run(&flows[i]);
		if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
			return 1;
		free(text);
	}
	return 0;
}

static void flows_are_as_written(void **state)
{
	(void)state;
	static char want[1 << 16];
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		FILE *file = open_flow(&flows[i], "r");
		if (file == NULL)
			fail_msg("no flow %s", flows[i].name);
		const size_t n = fread(want, 1, sizeof(want) - 1, file);
		want[n] = '\0';
		fclose(file);
		char *text = run(&flows[i]);
		if (strcmp(text, want) != 0) {
			fputs(text, stdout);
			fail_msg("flow %s differs", flows[i].name);
		}
		free(text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(flows_are_as_written) };
	if (argc == 3 && strcmp(argv[1], "write") == 0) {
		dir = argv[2];
		return write_all();
	}
	dir = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
