/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conference nodes on a simulated network: transport connections are pairs of queues, a seeded
 * scheduler picks which one delivers how many octets next. What nodes report is kept for tests.
 */
#ifndef PST_TESTS_CONFERENCE_SIM_H
#define PST_TESTS_CONFERENCE_SIM_H

/* cmocka wants these before it */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "conference/conference.h"
#include "conference/follow.h"

enum { SIM_NODES = 6, SIM_CABLES = 32, SIM_LOG = 1 << 16 };

struct sim_end {
	int node; /* -1: cut */
	unsigned link;
	uint8_t *out; /* octets on their way from here */
	size_t n, cap;
	bool closing; /* no more come; delivered when out is empty */
};

struct sim_cable {
	bool used;
	struct sim_end end[2];
	struct follow *follow; /* on the way, where it was set; owned by the test */
	struct {
		uint8_t *p;
		size_t n;
	} through[2]; /* what FOLLOW emitted */
};

struct sim_app {
	bool ready, failed;
	uint16_t user, channel, more; /* more: of APP_CHANNEL */
	uint16_t token;		      /* of APP_TOKEN; 0: it was not ours */
	uint32_t first, count;	      /* of APP_HANDLES */
	char got[4096];		      /* texts received, each behind a "|" */
	size_t octets;		      /* in all */
	uint64_t sum;		      /* of octets, by place */
};

struct sim_node {
	struct conference *c;
	bool reject;  /* ASKED */
	int called;   /* -1: no word yet; else ok */
	char why[64]; /* of CALLED */
	unsigned joined, ended, rosters, gone, listed;
	uint16_t conductor;
	char listed_name[64], joined_name[256];
	char text[256];
	bool timers[CONFERENCE_LINKS];
	struct sim_app apps[CONFERENCE_APPS];
};

struct sim {
	uint64_t rng;
	bool whole; /* deliver all there is at once */
	struct sim_node nodes[SIM_NODES];
	struct sim_cable cables[SIM_CABLES];
	void (*tap)(const struct sim *s, int from, int to,
		struct pst_slice octets); /* of every SEND; may be NULL */
};

void sim_init(struct sim *s, uint64_t seed);
/* Node I; CONFIG NULL: named "node I". */
void sim_node(struct sim *s, unsigned i, const struct conference_config *config);
void sim_free(struct sim *s);
/* Carries out what node I wants done. */
void sim_do(struct sim *s, unsigned i);
/* Node A calls node B; runs until nothing moves; whether it was connected. */
bool sim_call(struct sim *s, unsigned a, unsigned b, enum conference_how how, const char *name);
/* The same without running. Returns the cable. */
int sim_dial(struct sim *s, unsigned a, unsigned b, enum conference_how how, const char *name);
/* The emit function of a follower whose ARG is a cable. */
void sim_emit(void *arg, enum follow_dir dir, struct pst_slice octets);
void sim_run(struct sim *s);
/* Breaks a cable: both ends are told. */
void sim_cut(struct sim *s, int cable);
uint32_t sim_random(struct sim *s, uint32_t n);
unsigned sim_app_open(struct sim *s, unsigned i, enum t124_app app);
void sim_app_say(struct sim *s, unsigned i, unsigned app, const char *text, bool uniform);

#endif
