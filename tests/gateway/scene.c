/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "scene.h"

#include "h225/body.h"

/* With POSTERN_SEEDS set to a folder, what happens in each test becomes a seed for fuzz_gateway there. */
static void start_record(struct sim *sim)
{
	static unsigned n;
	const char *dir = getenv("POSTERN_SEEDS");
	char path[512];
	if (dir == NULL)
		return;
	snprintf(path, sizeof path, "%s/%s-%02u", dir, program_invocation_short_name, n++);
	sim->record = fopen(path, "wb");
}

int scene_setup(void **state)
{
	static struct fixture f;
	memset(&f, 0, sizeof f);
	log_setup("test", LOG_L_ERROR, false);
	talk_init();
	sim_init(&f.sim, sim_config());
	start_record(&f.sim);
	*state = &f;
	return 0;
}

int scene_teardown(void **state)
{
	struct fixture *f = *state;
	if (f->sim.record != NULL)
		fclose(f->sim.record);
	const uint32_t forgotten = sim_done(&f->sim);
	talk_done();
	return forgotten == 0 ? 0 : -1;
}

struct talk scene_setup_message(void)
{
	return (struct talk){
		.type = Q931_SETUP, .source = INSIDE ":1720", .dest = OUTSIDE ":1720", .source_alias = "alice"
	};
}

/* Alice inside dials an address outside. */
void scene_dial_out(struct fixture *f, const struct talk *t)
{
	f->caller = sim_dial(&f->sim, INSIDE ":4001", GW_IN ":1720", OUTSIDE ":1720");
	talk_say(f->caller, t);
	f->callee = sim_connecting(&f->sim, OUTSIDE ":1720");
	assert_non_null(f->callee);
	sim_connected(f->callee);
}

void scene_answer(struct fixture *f, const char *h245)
{
	const struct talk connect = { .type = Q931_CONNECT, .h245 = h245, .from_callee = true };
	talk_say(f->callee, &connect);
}

struct addr scene_h245_address(const struct h225_msg *m)
{
	struct h225_common c;
	struct addr a = { 0 };
	h225_common_read(&m->uu.h323_uu_pdu.h323_message_body, &c);
	if (c.h245_address != NULL)
		assert_int_equal(h225_addr_read(&a, c.h245_address), 0);
	return a;
}

/* The call up to Connect in slow start, and its H.245 connection: A the caller's end, B the callee's. */
void scene_slow_call(struct fixture *f, struct sim_conn **a, struct sim_conn **b)
{
	const struct talk t = scene_setup_message();
	struct h225_msg m;
	scene_dial_out(f, &t);
	talk_expect(f->callee, Q931_SETUP);
	scene_answer(f, OUTSIDE ":5000");
	talk_hear(f->caller, &m);
	assert_int_equal(m.q931.type, Q931_CONNECT);
	const struct addr at = scene_h245_address(&m);
	*a = sim_connect_to(&f->sim, &at, INSIDE ":4002");
	assert_non_null(*a);
	*b = sim_connecting(&f->sim, OUTSIDE ":5000");
	assert_non_null(*b);
	sim_connected(*b);
}

void scene_expect_ip(const struct addr *a, const char *ip)
{
	char text[ADDR_STRLEN];
	assert_string_equal(addr_ip_str(a, text), ip);
}

struct sim_conn *scene_dial_in(struct fixture *f, const char *alias, const char *transport)
{
	struct talk t = { .type = Q931_SETUP,
		.source = OUTSIDE ":1720",
		.dest = GW_OUT ":1720",
		.dest_alias = alias,
		.dest_transport = transport };
	f->caller = sim_dial(&f->sim, OUTSIDE ":4001", GW_OUT ":1720", GW_OUT ":1720");
	talk_say(f->caller, &t);
	return f->caller;
}

void scene_bindings(struct fixture *f, bool default_host)
{
	static char bob[] = "bob", number[] = "4711";
	static struct gw_binding b[2];
	struct gw_config *cfg = sim_config();
	b[0] = (struct gw_binding){ bob, talk_addr("10.0.0.20:1720") };
	b[1] = (struct gw_binding){ number, talk_addr("10.0.0.21:1720") };
	cfg->bindings = b;
	cfg->n_bindings = 2;
	if (default_host)
		cfg->default_host = talk_addr("10.0.0.22:1720");
	assert_int_equal(gw_core_reload(&f->sim.gw, cfg), 0);
}
