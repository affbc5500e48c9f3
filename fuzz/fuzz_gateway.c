/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gateway's message path: octets are events of calls on a simulated network (enum sim_event in sim.h).
 * After each event: no pinhole and no connection leads anywhere but to the two hosts of its call, calls that
 * ended hold nothing, and no message that leaves for the outside names an address of the inside in any
 * component that is an address or text. At the end nothing is left open. The tests of the gateway write
 * seeds, see scene.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/addr_find.h"
#include "base/reader.h"
#include "h245/addr.h"
#include "sim.h"
#include "sim_leases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* --- where things lead --- */

static void check_session(const struct gw_call *call, const struct gw_session *s)
{
	for (int i = 0; i < GW_LEGS * RELAY_PARTS; i++) {
		const int leg = i / RELAY_PARTS;
		const struct relay_flow *f =
			relay_fake_flow(s->relay, leg, (enum relay_part)(i % RELAY_PARTS));
		if (f == NULL)
			continue;
		must(call->state != GW_CALL_ENDED, "a flow of a call that is over");
		must(addr_ip_eq(&f->from, &call->leg[leg].peer_ip), "a pinhole from somebody else");
		must(addr_ip_eq(&f->to, &call->leg[1 - leg].peer_ip) && f->to.port >= 1024,
			"a pinhole to somebody else");
		must(!gw_address_is_gateway(call->cfg, &f->to), "a pinhole to the gateway itself");
	}
}

static void check_range(const struct gw_call *call)
{
	const struct relay_range_plan *p = relay_fake_range(call->range);
	must(call->state == GW_CALL_ACTIVE && call->pairs != NULL, "a range beside no connection");
	for (int leg = 0; leg < GW_LEGS; leg++)
		must(addr_ip_eq(&p->host[leg], &call->leg[leg].peer_ip), "a range between others");
	must(p->first >= 1024, "a range of low ports");
}

static void check_calls(const struct sim *sim)
{
	uint32_t known = 0, relay = 0, ranges = 0;
	for (const struct gw_call *call = sim->gw.calls; call != NULL; call = call->hh.next) {
		const struct gw_session *s;
		if (call->range != NULL)
			check_range(call);
		ranges += call->range != NULL;
		DL_FOREACH (call->sessions, s) {
			check_session(call, s);
			known++;
		}
	}
	const struct gw_call *call;
	DL_FOREACH (sim->gw.ended, call)
		must(call->sessions == NULL && call->channels == NULL && call->secondaries == NULL &&
				call->pairs == NULL && call->dead_pairs == NULL && call->range == NULL,
			"a call that is over holds something");
	for (struct relay_session *s = relay_fake_next(&sim->relay, NULL); s != NULL;
		s = relay_fake_next(&sim->relay, s))
		relay++;
	must(known == relay, "a session of no call");
	for (struct relay_range *r = relay_fake_next_range(&sim->relay, NULL); r != NULL;
		r = relay_fake_next_range(&sim->relay, r))
		ranges--;
	must(ranges == 0, "a range of no call");
}

static void check_connections(const struct sim *sim)
{
	for (int i = 0; i < SIM_CONNS; i++) {
		const struct sim_conn *sc = &sim->conns[i];
		if (!sc->used || sc->c == NULL)
			continue;
		const struct gw_call *call = sc->c->call;
		must(call->state != GW_CALL_ENDED, "a connection of a call that is over");
		must(addr_ip_eq(&sc->remote, &call->leg[sc->c->leg].peer_ip),
			"a connection with somebody else");
		if (sc->connecting)
			must(sc->remote.port >= 1024, "a connection to a well-known port");
	}
}

/* --- what leaves --- */

struct look {
	const struct gw_config *cfg;
	struct arena *arena;
};

static bool inside(const struct gw_config *cfg, const struct addr *a)
{
	const struct addr u = addr_unmapped(a);
	const struct gw_realm *r = gw_realm_of(cfg, &u);
	return r != NULL && r->role == GW_ROLE_INSIDE;
}

static void look_at_text(const struct look *l, struct pst_slice s, unsigned step)
{
	struct addr_found f;
	for (size_t from = 0; addr_find(&f, s, step, from); from = f.at + 1)
		must(!inside(l->cfg, &f.addr), "an inside address in text that leaves");
}

static int on_node(const struct asn1_node *n, void *arg)
{
	struct look *l = arg;
	struct addr a;
	if (n->type == &h225_transport_address_type && h225_addr_read(&a, n->value) == 0)
		must(!inside(l->cfg, &a), "an inside address leaves");
	if (n->type == &h245_transport_address_type && h245_addr_read(&a, n->value) == 0)
		must(!inside(l->cfg, &a), "an inside address leaves in H.245");
	if (n->type->kind == ASN1_STRING || n->type->kind == ASN1_BMP_STRING || n->type->kind == ASN1_TEXT)
		look_at_text(l, *(struct pst_slice *)n->value, n->type->kind == ASN1_BMP_STRING ? 2 : 1);
	const struct asn1_type *c = n->type->contained;
	if (n->type->kind != ASN1_OCTET_STRING ||
		(c != &h245_open_logical_channel_type && c != &h245_multimedia_system_control_message_type))
		return ASN1_WALK_CONTINUE;
	void *v = arena_alloc(l->arena, c->size);
	must(v != NULL &&
			asn1_per_decode(c, *(struct pst_slice *)n->value, NULL, l->arena, v, NULL, NULL) == 0,
		"what is carried within a message that leaves does not decode");
	return asn1_walk(c, v, on_node, arg) == 0 ? ASN1_WALK_SKIP : PST_E_BAD;
}

static void look_at_h225(struct look *l, struct pst_slice p)
{
	struct h225_msg m;
	struct asn1_err e = { 0 };
	if (h225_decode(&m, p, NULL, l->arena, &e) != 0) {
		fprintf(stderr, "%s at bit %u (%s)\n", e.what, e.bit, e.path);
		must(false, "a message that leaves does not decode");
	}
	if (m.has_uu)
		must(asn1_walk(&h225_h323_user_information_type, &m.uu, on_node, l) == 0, "walk");
	for (uint16_t i = 0; i < m.q931.n; i++)
		if (m.q931.ie[i].id == 0x28 && m.q931.ie[i].codeset == 0)
			look_at_text(l, m.q931.ie[i].v, 1);
}

static void look_at_h245(struct look *l, struct pst_slice p)
{
	struct h245_multimedia_system_control_message m;
	must(asn1_per_decode(
		     &h245_multimedia_system_control_message_type, p, NULL, l->arena, &m, NULL, NULL) == 0,
		"an H.245 message that leaves does not decode");
	must(asn1_walk(&h245_multimedia_system_control_message_type, &m, on_node, l) == 0, "walk");
}

static void look_at_what_leaves(struct sim *sim, uint8_t kinds[SIM_CONNS])
{
	struct arena a;
	arena_init(&a, 0);
	struct look l = { &sim->gw.conf->cfg, &a };
	for (int i = 0; i < SIM_CONNS; i++) {
		struct sim_conn *sc = &sim->conns[i];
		if (!sc->used)
			continue;
		if (sc->c != NULL) /* it may be let go of with the next event */
			kinds[i] = (uint8_t)(sc->c->pair == NULL ? GW_CONN_H225 : sc->c->kind);
		if (inside(l.cfg, &sc->remote) || kinds[i] == GW_CONN_T120 || kinds[i] == GW_CONN_AUDIO)
			continue;
		for (struct pst_slice p = sim_take(sc); p.p != NULL; p = sim_take(sc)) {
			if (kinds[i] == GW_CONN_H225)
				look_at_h225(&l, p);
			else
				look_at_h245(&l, p);
		}
	}
	arena_free(&a);
}

/* --- events --- */

static void packet(struct sim *sim, uint8_t what)
{
	struct relay_session *s = relay_fake_next(&sim->relay, NULL);
	const struct relay_flow *f =
		s != NULL ? relay_fake_flow(s, what & 1, (enum relay_part)(what >> 1 & 1)) : NULL;
	if (f == NULL)
		return;
	const struct addr from = addr_with_port(f->from, 5004);
	(void)relay_fake_packet(s, what & 1, (enum relay_part)(what >> 1 & 1), &from, 172, sim->now_ms, NULL);
}

static void accept_one(struct sim *sim, uint8_t which)
{
	struct gw_secondary *s = sim->listeners[which % SIM_LISTENERS].s;
	char text[ADDR_STRLEN];
	if (s == NULL)
		return;
	const struct addr at = s->local, peer = addr_with_port(s->call->leg[1 - s->target_leg].peer_ip, 5555);
	(void)sim_connect_to(sim, &at, addr_str(&peer, text));
}

static void dial(struct sim *sim, uint8_t which)
{
	const char *const *d = sim_dials[which % SIM_DIALS];
	(void)sim_dial(sim, d[0], d[1], d[2]);
}

/* Two hosts inside have addresses of their own outside; others get one, or not, when time passes. */
static struct sim_leases leases;

/* False: the octets are used up. */
static bool event(struct sim *sim, struct reader *r)
{
	uint8_t kind, what;
	uint16_t len;
	struct pst_slice octets = { 0 };
	if (rd_u8(r, &kind) != 0 || rd_u8(r, &what) != 0)
		return false;
	struct sim_conn *sc = &sim->conns[what];
	sc = sc->used ? sc : NULL;
	switch ((enum sim_event)(kind % SIM_EVENT_N)) {
	case SIM_DATA:
		if (rd_u16(r, &len) != 0 || rd_take(r, len < rd_left(r) ? len : rd_left(r), &octets) != 0)
			return false;
		if (sc != NULL)
			sim_feed(sc, octets);
		break;
	case SIM_CONNECTED:
		if (sc != NULL && sc->connecting)
			sim_connected(sc);
		break;
	case SIM_FAILED:
		if (sc != NULL && sc->connecting)
			sim_connect_failed(sc);
		break;
	case SIM_HANG_UP:
		if (sc != NULL && sc->open)
			sim_hang_up(sc);
		break;
	case SIM_ACCEPT: accept_one(sim, what); break;
	case SIM_TIME:
		if (rd_u8(r, &kind) != 0)
			return false;
		sim_leases_answer(&leases, (kind & 1) != 0);
		sim_advance(sim, (uint64_t)(what << 8 | kind) * 100);
		break;
	case SIM_DIAL: dial(sim, what); break;
	case SIM_PACKET: packet(sim, what); break;
	case SIM_SLOW: sim->refuse_sends = !sim->refuse_sends; break;
	case SIM_EVENT_N: break;
	}
	return true;
}

static struct gw_config *config(void)
{
	static char bob[] = "bob";
	static struct gw_binding b;
	struct gw_config *cfg = sim_config();
	b.name = bob;
	must(addr_parse(&b.host, "10.0.0.20", 1720) == 0 &&
			addr_parse(&cfg->default_host, "10.0.0.22", 1720) == 0,
		"config");
	cfg->bindings = &b;
	cfg->n_bindings = 1;
	leases = (struct sim_leases){ .later = true };
	must(addr_parse(&leases.pool, "203.0.113.60", 0) == 0, "pool");
	sim_leases_add(&leases, "10.0.0.10", 1, "203.0.113.50");
	sim_leases_add(&leases, "10.0.0.20", 1, "203.0.113.51");
	cfg->leases = sim_leases_hooks(&leases);
	cfg->data.port = 1503;
	cfg->data.calls = GW_DATA_BOTH;
	cfg->timers.data_idle_ms = 60000;
	cfg->audio = (struct gw_audio){ .port = 1731, .calls = GW_DATA_BOTH, .flows = 4, .idle_ms = 90000, .capture = 20 };
	return cfg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sim sim;
	uint8_t kinds[SIM_CONNS] = { 0 };
	struct reader r = rd_of(slice_of(data, size));
	log_setup("fuzz", LOG_L_ERROR, false);
	sim_init(&sim, config());
	for (int n = 0; n < SIM_CONNS / 3 && event(&sim, &r); n++) {
		check_calls(&sim);
		check_connections(&sim);
		look_at_what_leaves(&sim, kinds);
	}
	must(sim_done(&sim) == 0, "media ports were not given back");
	sim_leases_answer(&leases, false); /* whoever asked is gone by now */
	for (uint32_t i = 0; i < leases.n; i++)
		must(leases.v[i].held == 0, "a lease is held by no call");
	return 0;
}
