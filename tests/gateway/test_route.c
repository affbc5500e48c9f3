/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a call goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "scene.h"
#include "sim_leases.h"

#include "gateway/route.h"

/* A Setup as the gateway decodes it. */
static void decode(struct h225_msg *m, const struct talk *t)
{
	const struct pst_slice s = talk_octets(t);
	assert_int_equal(h225_decode(m, slice_of(s.p + 4, s.n - 4), NULL, &talk_arena, NULL), 0);
}

struct a_case {
	int realm; /* of the caller: 0 inside, 1 outside */
	const char *original, *dest, *alias, *transport;
	bool default_host;
	const char *to; /* NULL: refused */
};

static const struct a_case cases[] = {
	/* intercepted */
	{ 0, OUTSIDE ":1720", NULL, NULL, NULL, false, OUTSIDE ":1720" },
	{ 0, OUTSIDE ":1720", "198.51.100.99:1720", "bob", NULL, true, OUTSIDE ":1720" },
	{ 1, "10.0.0.20:1720", NULL, NULL, NULL, false, "10.0.0.20:1720" },
	{ 1, "10.0.0.33:1720", NULL, "bob", NULL, true, NULL },
	{ 0, "127.0.0.1:1720", NULL, NULL, NULL, false, NULL },
	{ 0, OUTSIDE ":80", NULL, NULL, NULL, false, NULL },
	/* the gateway itself was called: from inside */
	{ 0, GW_IN ":1720", OUTSIDE ":1720", NULL, NULL, false, OUTSIDE ":1720" },
	{ 0, GW_IN ":1720", GW_IN ":1720", NULL, OUTSIDE ":1721", false, OUTSIDE ":1721" },
	{ 0, GW_IN ":1720", NULL, "h323:x@" OUTSIDE, NULL, false, OUTSIDE ":1720" },
	{ 0, GW_IN ":1720", NULL, "ip$" OUTSIDE ":1730", NULL, false, OUTSIDE ":1730" },
	{ 0, GW_IN ":1720", NULL, "x@" OUTSIDE ":80", NULL, false, NULL },
	{ 0, GW_IN ":1720", NULL, "x@127.0.0.1", NULL, true, NULL },
	{ 0, GW_IN ":1720", GW_OUT ":1720", "x@" GW_OUT, NULL, false, NULL },
	{ 0, GW_IN ":1720", NULL, "BOB@somewhere", NULL, false, "10.0.0.20:1720" },
	/* from outside */
	{ 1, GW_OUT ":1720", NULL, "bob", NULL, false, "10.0.0.20:1720" },
	{ 1, GW_OUT ":1720", NULL, "4711", NULL, false, "10.0.0.21:1720" },
	{ 1, GW_OUT ":1720", NULL, "bobby", NULL, false, NULL },
	{ 1, GW_OUT ":1720", NULL, "x@10.0.0.33", NULL, false, NULL },
	{ 1, GW_OUT ":1720", "10.0.0.33:1720", NULL, "10.0.0.33:1720", false, NULL },
	{ 1, GW_OUT ":1720", "10.0.0.33:1720", NULL, NULL, true, "10.0.0.22:1720" },
	{ 1, GW_OUT ":1720", NULL, NULL, NULL, false, NULL },
};

static void test_cases(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct a_case *c = &cases[i];
		scene_bindings(f, c->default_host);
		const struct talk t = { .type = Q931_SETUP,
			.dest = c->dest,
			.dest_alias = c->alias,
			.dest_transport = c->transport };
		const struct addr original = talk_addr(c->original);
		const struct gw_config *now = &f->sim.gw.conf->cfg;
		struct h225_msg m;
		struct gw_route r;
		char got[ADDR_STRLEN] = "";
		decode(&m, &t);
		gw_route_find(&r, now,
			&(struct gw_route_ask){ .from = &now->realms[c->realm], .original = original, .setup = &m });
		if (r.dest.family != ADDR_NONE)
			addr_str(&r.dest, got);
		if ((c->to == NULL) != (r.dest.family == ADDR_NONE) ||
			(c->to != NULL && strcmp(got, c->to) != 0))
			fail_msg("case %zu goes to \"%s\": %s", i, got, r.why);
		assert_non_null(r.why);
		if (c->to != NULL)
			assert_ptr_equal(r.realm, gw_realm_of(now, &r.dest));
	}
}

/* The number of Q.931 alone. */
static void number_only(struct h225_msg *m)
{
	static const uint8_t ie[] = { 0x81, '4', '7', '1', '1' };
	assert_int_equal(q931_set(&m->q931, 0x70, slice_of(ie, sizeof ie)), 0);
}

static void test_called_number(void **state)
{
	struct fixture *f = *state;
	const struct talk t = { .type = Q931_SETUP, .edit = number_only };
	const struct addr original = talk_addr(GW_OUT ":1720");
	struct h225_msg m;
	struct gw_route r;
	char got[ADDR_STRLEN];
	scene_bindings(f, false);
	decode(&m, &t);
	const struct gw_config *cfg = &f->sim.gw.conf->cfg;
	gw_route_find(&r, cfg, &(struct gw_route_ask){ .from = &cfg->realms[1], .original = original, .setup = &m });
	assert_string_equal(addr_str(&r.dest, got), "10.0.0.21:1720");
}

/* What a gatekeeper admitted: the callee's address, as text in ARG. */
static bool find_call(void *arg, const struct addr *caller, struct pst_slice call_id, struct pst_slice conference_id,
	struct addr *host)
{
	(void)call_id;
	*host = talk_addr(arg);
	return caller->ip[0] == 10 || conference_id.n == 16;
}

/* What is registered, with some other gatekeeper. */
static bool find_one(void *arg, const char *name, uint32_t realm, struct addr *host)
{
	(void)arg;
	(void)realm;
	if (strcmp(name, "registered") != 0)
		return false;
	*host = talk_addr("10.0.0.88:1720");
	return true;
}

static void test_admitted(void **state)
{
	static char inside[] = "10.0.0.77:1720", outside[] = OUTSIDE ":1799";
	static const struct {
		uint32_t realm;
		char *host;
		const char *alias, *to;
	} admitted[] = {
		{ 0, outside, "far", OUTSIDE ":1799" },
		{ 0, outside, "bob", "10.0.0.20:1720" }, /* a bound name goes before */
		{ 1, inside, "far", "10.0.0.77:1720" },
		{ 1, outside, "far", NULL }, /* no transit */
		{ 0, outside, "registered", OUTSIDE ":1799" }, /* a registered one after */
	};
	struct fixture *f = *state;
	struct gw_config *cfg = &f->sim.gw.conf->cfg;
	for (size_t i = 0; i < sizeof admitted / sizeof *admitted; i++) {
		const struct talk t = { .type = Q931_SETUP, .dest_alias = admitted[i].alias };
		const struct addr original = talk_addr(admitted[i].realm == 0 ? GW_IN ":1720" : GW_OUT ":1720");
		const struct addr caller = talk_addr(admitted[i].realm == 0 ? "10.0.0.10:0" : OUTSIDE ":0");
		struct h225_msg m;
		struct gw_route r;
		char got[ADDR_STRLEN] = "";
		scene_bindings(f, false);
		cfg = &f->sim.gw.conf->cfg;
		cfg->lookup = (struct gw_lookup){ .find = find_one, .find_call = find_call, .arg = admitted[i].host };
		decode(&m, &t);
		gw_route_find(&r, cfg,
			&(struct gw_route_ask){ .from = &cfg->realms[admitted[i].realm],
				.original = original,
				.caller = caller,
				.setup = &m });
		if (admitted[i].to == NULL)
			assert_int_equal(r.dest.family, ADDR_NONE);
		else
			assert_string_equal(addr_str(&r.dest, got), admitted[i].to);
	}
}

static bool find_port(void *arg, const struct addr *local, struct addr *host)
{
	(void)arg;
	*host = talk_addr("10.0.0.44:1733");
	return local->port == 29007;
}

static void by_the_port_of_a_registration(void **state)
{
	struct fixture *f = *state;
	struct gw_route r;
	char got[ADDR_STRLEN];
	scene_bindings(f, false);
	struct gw_config *cfg = &f->sim.gw.conf->cfg;
	struct gw_route_ask ask = { .from = &cfg->realms[1], .original = talk_addr(GW_OUT ":29007"), .name = "bob" };
	cfg->lookup = (struct gw_lookup){ .find_port = find_port };
	gw_route_find(&r, cfg, &ask);
	assert_string_equal(addr_str(&r.dest, got), "10.0.0.44:1733");
	ask.original.port = 29008;
	gw_route_find(&r, cfg, &ask);
	assert_string_equal(addr_str(&r.dest, got), "10.0.0.20:1720");
}

/* --- virtual addresses, ports, and what is said about each step --- */

#define V_BOB "203.0.113.20"
#define V_CAROL "203.0.113.21"

struct order {
	int realm;
	const char *original, *alias, *name;
	uint16_t port;
	const char *to;	 /* NULL: refused */
	const char *why; /* part of the last step */
};

static const struct order orders[] = {
	/* the virtual address goes before the name, the name before the port, the port before the default host */
	{ 1, V_CAROL ":1720", "bob", NULL, 0, "10.0.0.30:1720", "virtual address" },
	{ 1, GW_OUT ":1725", "bob", NULL, 0, "10.0.0.20:1720", "bound name" },
	{ 1, GW_OUT ":1725", "nobody", NULL, 0, "10.0.0.25:1722", "port" },
	{ 1, GW_OUT ":1725", NULL, NULL, 0, "10.0.0.25:1722", "port" },
	{ 1, GW_OUT ":1726", NULL, NULL, 0, "10.0.0.22:1720", "default host" },
	{ 1, GW_OUT ":1720", NULL, NULL, 0, "10.0.0.22:1720", "default host" },
	/* without a message */
	{ 1, GW_OUT ":1720", NULL, "4711", 0, "10.0.0.21:1720", "bound name" },
	/* another service: at its own port, whatever a name is bound to */
	{ 1, V_CAROL ":1503", NULL, NULL, 1503, "10.0.0.30:1503", "virtual address" },
	{ 1, GW_OUT ":1503", NULL, "bob", 1503, "10.0.0.20:1503", "bound name" },
	{ 0, OUTSIDE ":1503", NULL, NULL, 1503, OUTSIDE ":1503", "by address" },
	/* two inside: joined inside, however the one found the other */
	{ 0, V_CAROL ":1720", NULL, NULL, 0, "10.0.0.30:1720", "virtual address" },
	{ 0, GW_OUT ":1720", "bob", NULL, 0, "10.0.0.20:1720", "bound name" },
	{ 0, GW_IN ":1720", "x@" V_CAROL, NULL, 0, "10.0.0.30:1720", "named by its virtual address" },
	{ 0, GW_OUT ":1725", NULL, NULL, 0, "10.0.0.25:1722", "port" },
	/* an address of the pool that stands for nobody */
	{ 1, "203.0.113.29:1720", "bob", NULL, 0, NULL, "no host has" },
	{ 1, "10.0.0.33:1720", "bob", NULL, 0, NULL, "outside reach" },
};

struct steps {
	unsigned n;
	char last[512];
};

static void on_step(void *arg, const char *text)
{
	struct steps *s = arg;
	s->n++;
	snprintf(s->last, sizeof s->last, "%s", text);
	for (const char *c = text; *c != '\0'; c++)
		assert_true(*c >= 0x20 && *c < 0x7f);
}

/* The configuration with leases of L, and a port for 10.0.0.25. */
static struct gw_config *with_leases(struct fixture *f, struct sim_leases *l)
{
	static struct gw_port port;
	scene_bindings(f, true);
	struct gw_config *cfg = &f->sim.gw.conf->cfg;
	port = (struct gw_port){ 1725, talk_addr("10.0.0.25:1722") };
	cfg->ports = &port;
	cfg->n_ports = 1;
	sim_leases_add(l, "10.0.0.20", 1, V_BOB);
	sim_leases_add(l, "10.0.0.30", 1, V_CAROL);
	cfg->leases = sim_leases_hooks(l);
	return cfg;
}

static void test_order(void **state)
{
	struct sim_leases l = { 0 };
	const struct gw_config *cfg = with_leases(*state, &l);
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		const struct order *c = &orders[i];
		const struct talk t = { .type = Q931_SETUP, .dest_alias = c->alias };
		struct steps steps = { 0 };
		struct h225_msg m;
		struct gw_route r;
		char got[ADDR_STRLEN] = "";
		decode(&m, &t);
		const struct gw_route_ask ask = { .from = &cfg->realms[c->realm],
			.original = talk_addr(c->original),
			.setup = c->name == NULL && c->port == 0 ? &m : NULL,
			.name = c->name,
			.port = c->port,
			.step = on_step,
			.arg = &steps };
		gw_route_find(&r, cfg, &ask);
		if (r.dest.family != ADDR_NONE)
			addr_str(&r.dest, got);
		if (strcmp(got, c->to != NULL ? c->to : "") != 0 || strstr(steps.last, c->why) == NULL || steps.n < 2)
			fail_msg("case %zu goes to \"%s\" in %u steps: %s", i, got, steps.n, steps.last);
	}
}

/* A peer's octets reach whoever reads the steps escaped. */
static void test_steps_are_escaped(void **state)
{
	const struct gw_config *cfg = &((struct fixture *)*state)->sim.gw.conf->cfg;
	struct steps steps = { 0 };
	struct gw_route r;
	gw_route_find(&r, cfg,
		&(struct gw_route_ask){ .from = &cfg->realms[1],
			.original = talk_addr(GW_OUT ":1720"),
			.name = "b\033[2Job\n\"",
			.step = on_step,
			.arg = &steps });
	assert_int_equal(r.dest.family, ADDR_NONE);
	assert_true(steps.n >= 4);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = { T(test_cases), T(test_called_number), T(test_admitted),
		T(by_the_port_of_a_registration),
		T(test_order), T(test_steps_are_escaped) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
