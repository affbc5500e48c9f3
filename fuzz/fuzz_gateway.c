/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gateway's message path: octets are events of a whole call on a simulated network. An event is
 * a kind, a length of two octets, and so many octets. Afterwards nothing may be left open, and no pinhole may
 * ever have led anywhere but to the two hosts of the call.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum event {
	FROM_CALLER,
	FROM_CALLEE,
	CALLEE_ACCEPTS,
	CALLEE_REFUSES,
	CONNECT_H245,
	FROM_H245_A,
	FROM_H245_B,
	TIME_PASSES,
	HANG_UP_CALLER,
	HANG_UP_CALLEE,
	SLOW_PEER,
	EVENT_N
};

static const char *const hosts[2] = { "10.0.0.10", "198.51.100.7" };

static void check_flow(const struct relay_session *s, int leg, enum relay_part part)
{
	const struct relay_flow *f = relay_fake_flow(s, leg, part);
	struct addr from, to;
	if (f == NULL)
		return;
	if (addr_parse(&from, hosts[leg], 0) != 0 || addr_parse(&to, hosts[1 - leg], 0) != 0)
		abort();
	if (!addr_ip_eq(&f->from, &from) || !addr_ip_eq(&f->to, &to) || f->to.port < 1024) {
		fprintf(stderr, "a pinhole to somebody else\n");
		abort();
	}
}

static void check(const struct sim *sim)
{
	for (struct relay_session *s = relay_fake_next(&sim->relay, NULL); s != NULL;
		s = relay_fake_next(&sim->relay, s))
		for (int leg = 0; leg < RELAY_LEGS; leg++)
			for (int part = 0; part < RELAY_PARTS; part++)
				check_flow(s, leg, (enum relay_part)part);
	for (int i = 0; i < SIM_CONNS; i++) {
		struct addr to[2];
		const struct sim_conn *sc = &sim->conns[i];
		if (addr_parse(&to[0], hosts[0], 0) != 0 || addr_parse(&to[1], hosts[1], 0) != 0)
			abort();
		if (sc->used && sc->connecting && !addr_ip_eq(&sc->remote, &to[0]) &&
			!addr_ip_eq(&sc->remote, &to[1])) {
			fprintf(stderr, "a connection to somebody else\n");
			abort();
		}
	}
}

static struct sim_conn *connect_h245(struct sim *sim, struct sim_conn **b)
{
	for (int i = 0; i < SIM_LISTENERS; i++) {
		if (sim->listeners[i].s == NULL)
			continue;
		const struct addr at = sim->listeners[i].local;
		struct sim_conn *a = sim_connect_to(sim, &at,
			sim->listeners[i].s->target_leg == GW_CALLER ? "198.51.100.7:5555"
								     : "10.0.0.10:5555");
		for (int k = 0; a != NULL && k < SIM_CONNS; k++) {
			if (sim->conns[k].used && sim->conns[k].connecting) {
				*b = &sim->conns[k];
				sim_connected(*b);
				return a;
			}
		}
	}
	return NULL;
}

static void play(struct sim *sim, struct reader *r)
{
	struct sim_conn *caller = sim_dial(sim, "10.0.0.10:4000", "10.0.0.1:1720", "198.51.100.7:1720");
	struct sim_conn *callee = NULL, *a = NULL, *b = NULL;
	uint8_t kind;
	uint16_t len;
	struct pst_slice octets;
	while (caller != NULL && rd_u8(r, &kind) == 0 && rd_u16(r, &len) == 0 &&
		rd_take(r, len < rd_left(r) ? len : rd_left(r), &octets) == 0) {
		if (callee == NULL)
			callee = sim_connecting(sim, "198.51.100.7:1720");
		switch ((enum event)(kind % EVENT_N)) {
		case FROM_CALLER: sim_feed(caller, octets); break;
		case FROM_CALLEE:
			if (callee != NULL && callee->open)
				sim_feed(callee, octets);
			break;
		case CALLEE_ACCEPTS:
			if (callee != NULL && callee->connecting)
				sim_connected(callee);
			break;
		case CALLEE_REFUSES:
			if (callee != NULL && callee->connecting)
				sim_connect_failed(callee);
			break;
		case CONNECT_H245:
			if (a == NULL)
				a = connect_h245(sim, &b);
			break;
		case FROM_H245_A:
			if (a != NULL)
				sim_feed(a, octets);
			break;
		case FROM_H245_B:
			if (b != NULL)
				sim_feed(b, octets);
			break;
		case TIME_PASSES: sim_advance(sim, (uint64_t)len * 10); break;
		case HANG_UP_CALLER: sim_hang_up(caller); break;
		case HANG_UP_CALLEE:
			if (callee != NULL && callee->open)
				sim_hang_up(callee);
			break;
		case SLOW_PEER: sim->refuse_sends = !sim->refuse_sends; break;
		case EVENT_N: break;
		}
		check(sim);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sim sim;
	struct reader r = rd_of(slice_of(data, size));
	log_setup("fuzz", 0, false);
	sim_init(&sim, sim_config());
	play(&sim, &r);
	if (sim_done(&sim) != 0) {
		fprintf(stderr, "media ports were not given back\n");
		abort();
	}
	return 0;
}
