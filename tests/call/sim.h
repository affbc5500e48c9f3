/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A simulated network with a simulated clock between two terminals: TCP
 * connections with delay and any segmentation, timers, users who dial, answer,
 * key and hang up. Everything follows from the seed.
 */
#ifndef TESTS_CALL_SIM_H
#define TESTS_CALL_SIM_H

#include "call/terminal.h"
#include "tpkt/stream.h"

enum sim_segments {
	SIM_WHOLE,  /* each write is a segment */
	SIM_OCTETS, /* each octet is one */
	SIM_RANDOM, /* cut anywhere */
	SIM_MERGED, /* all that was written within 50 ms is one */
};

struct sim_script {
	struct terminal_config config[2]; /* 0 dials, 1 answers; addresses are filled in here */
	enum sim_segments segments;
	uint32_t delay_min_ms, delay_max_ms;
	uint32_t answer_ms;  /* after INCOMING; 0: at once, in the same instant */
	bool reject;
	uint32_t dtmf_ms;    /* after CONNECTED, both key; 0: never */
	uint32_t hangup_ms;  /* after CONNECTED of that side; 0: never */
	int hangup_side;
	uint32_t lost_ms;    /* from then on nothing arrives anywhere, and nobody is told; 0: never */
	uint32_t broken_ms;  /* then every connection breaks */
	bool no_h245;        /* H.245 connections never come about */
	uint64_t seed;
};

struct sim_side {
	struct terminal *terminal;
	uint32_t connected, ended, ringing, incoming;
	uint8_t cause;
	bool by_peer;
	const char *end_text;
	uint64_t end_ms;
	struct terminal_media tx, rx; /* the last started */
	uint32_t tx_starts, tx_stops, rx_starts, rx_stops, data_starts, data_stops, refusals;
	char dtmf[64];
	uint32_t timers_running;
	struct terminal_info info;    /* before the end */
};

struct sim_result {
	struct sim_side side[2];
	uint64_t ms;
	uint32_t events;
	uint32_t open_connections;
	char *ladder; /* a line for each message sent, then what was heard; owned */
};

/* Runs until nothing is left to happen (or LIMIT_MS of simulated time). Free the ladder. Asserts what no event may break:
 * actions after the end, timers out of range, media started twice. */
void sim_run(const struct sim_script *script, uint64_t limit_ms, struct sim_result *out);

#endif
