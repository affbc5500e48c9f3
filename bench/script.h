/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A call as a script to be played over and over: two terminals (call/terminal.h)
 * call each other in memory once, and what either sends and waits for is kept.
 * So the load generator costs next to nothing, and says what a real endpoint says.
 */
#ifndef PST_BENCH_SCRIPT_H
#define PST_BENCH_SCRIPT_H

#include "base/addr.h"

enum { SCRIPT_STEPS_MAX = 64 };
enum script_side { SCRIPT_CALLER, SCRIPT_CALLEE, SCRIPT_SIDES };
enum script_channel { SCRIPT_SIGNAL, SCRIPT_H245, SCRIPT_CHANNELS };

struct script_step {
	bool send;
	uint8_t kind;    /* of a message awaited: script_kind() */
	uint8_t *octets; /* to send: with TPKT header */
	size_t len;
};

/* One connection of one side. */
struct script {
	struct script_step steps[SCRIPT_STEPS_MAX];
	unsigned n;
	unsigned hold; /* the call stands before this step; from here on it is cleared */
};

struct scripts {
	struct script of[SCRIPT_SIDES][SCRIPT_CHANNELS];
	bool separate_h245;  /* the caller connects to an address in what it got */
	uint8_t call_id[16]; /* as it stands in the messages */
};

/* ENDS: the address of each side; the callee's port is where it takes calls. H245_PORT: the callee's. 0, or what
 * failed in enum pst_err; PST_E_STATE: the two did not come to terms. */
PST_MUST_CHECK int scripts_make(struct scripts *out, const struct addr ends[SCRIPT_SIDES], uint16_t h245_port,
	bool fast, bool tunnel);
void scripts_free(struct scripts *s);
/* What a message is, good enough to tell it from its neighbours: the Q.931 type, the first octet of H.245. */
uint8_t script_kind(enum script_channel channel, const uint8_t *payload, size_t len);

#endif
