/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scene of the gateway's tests: who there is, and a call up to the point where a test begins. */
#ifndef PST_TESTS_GATEWAY_SCENE_H
#define PST_TESTS_GATEWAY_SCENE_H

#include "talk.h"

#define INSIDE "10.0.0.10"
#define OUTSIDE "198.51.100.7"
#define GW_IN "10.0.0.1"
#define GW_OUT "203.0.113.1"

struct fixture {
	struct sim sim;
	struct sim_conn *caller, *callee;
};

/* cmocka's: *STATE becomes a fixture; afterwards nothing may be left open. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* Alice's Setup to the host outside. */
struct talk scene_setup_message(void);
/* Alice inside dials an address outside. */
void scene_dial_out(struct fixture *f, const struct talk *t);
/* The callee's Connect. */
void scene_answer(struct fixture *f, const char *h245);
/* The call up to Connect in slow start, and its H.245 connection: A the caller's end, B the callee's. */
void scene_slow_call(struct fixture *f, struct sim_conn **a, struct sim_conn **b);
/* Somebody outside calls the gateway. */
struct sim_conn *scene_dial_in(struct fixture *f, const char *alias, const char *transport);
/* Bob at 10.0.0.20, 4711 at 10.0.0.21, and 10.0.0.22 for all others where DEFAULT_HOST. */
void scene_bindings(struct fixture *f, bool default_host);

struct addr scene_h245_address(const struct h225_msg *m);
void scene_expect_ip(const struct addr *a, const char *ip);

#endif
