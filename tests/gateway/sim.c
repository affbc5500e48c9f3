/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "simulated network: %s\n", what);
	abort();
}

static struct addr text_addr(const char *text)
{
	struct addr a;
	must(addr_parse(&a, text, 0) == 0, text);
	return a;
}

const char *const sim_dials[][3] = {
	{ "10.0.0.10:4001", "10.0.0.1:1720", "198.51.100.7:1720" },
	{ "198.51.100.7:4001", "203.0.113.1:1720", "203.0.113.1:1720" },
	{ "10.0.0.10:4001", "10.0.0.1:1720", "10.0.0.1:1720" },
	{ "10.0.0.11:4001", "10.0.0.1:1720", "198.51.100.7:1720" },
	{ "10.0.0.10:4001", "10.0.0.1:1503", "198.51.100.7:1503" },
	{ "198.51.100.7:4001", "203.0.113.1:1503", "203.0.113.1:1503" },
	{ "198.51.100.7:4001", "203.0.113.1:1720", "203.0.113.51:1720" },
	{ "10.0.0.10:4001", "10.0.0.1:1720", "203.0.113.51:1720" },
	{ "10.0.0.10:4001", "10.0.0.1:1731", "198.51.100.7:1731" },
	{ "198.51.100.7:4001", "203.0.113.1:1731", "203.0.113.1:1731" },
};

static void record(struct sim *sim, enum sim_event kind, size_t what)
{
	if (sim->record == NULL)
		return;
	fputc((int)kind, sim->record);
	if (kind == SIM_TIME)
		fputc((int)(what / 100 >> 8), sim->record);
	fputc((int)(kind == SIM_TIME ? what / 100 : what), sim->record);
}

static size_t index_of(const struct sim_conn *sc)
{
	return (size_t)(sc - sc->sim->conns);
}

static void record_dial(struct sim *sim, const char *peer, const char *local, const char *original)
{
	for (size_t i = 0; i < SIM_DIALS; i++)
		if (strcmp(peer, sim_dials[i][0]) == 0 && strcmp(local, sim_dials[i][1]) == 0 &&
			strcmp(original, sim_dials[i][2]) == 0)
			record(sim, SIM_DIAL, i);
}

/* --- the io --- */

static struct sim_conn *conn_new(struct sim *sim)
{
	for (int i = 0; i < SIM_CONNS; i++) {
		struct sim_conn *sc = &sim->conns[i];
		if (sc->used)
			continue;
		*sc = (struct sim_conn){ .sim = sim, .used = true };
		return sc;
	}
	return NULL;
}

static int sim_io_connect(void *io, struct gw_conn *c, const struct addr *local, const struct addr *remote)
{
	struct sim *sim = io;
	struct sim_conn *sc = conn_new(sim);
	if (sc == NULL)
		return PST_E_SYS;
	sc->c = c;
	sc->connecting = true;
	sc->local = addr_with_port(*local, sim->next_port++);
	sc->remote = *remote;
	c->handle = sc;
	return 0;
}

static void sim_io_adopt(void *io, struct gw_conn *c, void *accepted)
{
	struct sim_conn *sc = accepted;
	(void)io;
	sc->c = c;
	c->handle = sc;
}

static int sim_io_send(void *io, struct gw_conn *c, struct pst_slice octets)
{
	struct sim *sim = io;
	struct sim_conn *sc = c->handle;
	must(sc->open, "sent on a connection that does not stand");
	if (sim->refuse_sends)
		return PST_E_LIMIT;
	sc->out = realloc(sc->out, sc->n_out + octets.n + 1);
	must(sc->out != NULL, "no memory");
	if (octets.n > 0)
		memcpy(sc->out + sc->n_out, octets.p, octets.n);
	sc->n_out += octets.n;
	return 0;
}

static uint32_t sim_io_queued(void *io, const struct gw_conn *c)
{
	(void)io;
	(void)c;
	return 0;
}

static void sim_io_pause(void *io, struct gw_conn *c, bool paused)
{
	struct sim_conn *sc = c->handle;
	(void)io;
	sc->paused = paused;
	if (paused || sc->n_waiting == 0)
		return;
	uint8_t *p = sc->waiting;
	const size_t n = sc->n_waiting;
	sc->waiting = NULL;
	sc->n_waiting = 0;
	gw_conn_data(c, slice_of(p, n));
	free(p);
}

static void sim_io_close(void *io, struct gw_conn *c, bool abort_it)
{
	struct sim_conn *sc = c->handle;
	(void)io;
	must(sc->c == c, "closed twice");
	sc->c = NULL;
	sc->closed_by_gateway = true;
	sc->aborted = abort_it;
	sc->open = sc->connecting = false;
}

static int sim_io_listen(void *io, struct gw_secondary *s, const struct addr *local)
{
	struct sim *sim = io;
	for (int i = 0; i < SIM_LISTENERS; i++) {
		struct sim_listener *l = &sim->listeners[i];
		if (l->s != NULL)
			continue;
		l->s = s;
		l->local = addr_with_port(*local, local->port != 0 ? local->port : sim->next_port++);
		s->local = l->local;
		s->handle = l;
		return 0;
	}
	return PST_E_SPACE;
}

static void sim_io_unlisten(void *io, struct gw_secondary *s)
{
	struct sim_listener *l = s->handle;
	(void)io;
	must(l->s == s, "unlistened twice");
	l->s = NULL;
	s->handle = NULL;
}

static void sim_io_timer(void *io, struct gw_call *call, uint64_t deadline_ms)
{
	struct sim *sim = io;
	int mine = -1, empty = -1;
	for (int i = 0; i < SIM_TIMERS; i++) {
		if (sim->timers[i].call == call)
			mine = i;
		else if (sim->timers[i].call == NULL && empty < 0)
			empty = i;
	}
	if (mine < 0)
		mine = empty;
	must(mine >= 0, "too many timers");
	sim->timers[mine].call = deadline_ms != 0 && call->state != GW_CALL_ENDED ? call : NULL;
	sim->timers[mine].at = deadline_ms;
}

static uint64_t sim_io_now(void *io)
{
	return ((struct sim *)io)->now_ms;
}

static const struct gw_io_ops sim_ops = {
	.connect = sim_io_connect,
	.adopt = sim_io_adopt,
	.send = sim_io_send,
	.queued = sim_io_queued,
	.pause = sim_io_pause,
	.close = sim_io_close,
	.listen = sim_io_listen,
	.unlisten = sim_io_unlisten,
	.timer = sim_io_timer,
	.now = sim_io_now,
};

/* --- the whole --- */

struct gw_config *sim_config(void)
{
	static char inside[] = "inside", outside[] = "outside";
	static struct addr_prefix net;
	static struct gw_realm realms[2];
	static struct gw_config cfg;
	must(addr_prefix_parse(&net, "10.0.0.0/24") == 0, "prefix");
	realms[0] = (struct gw_realm){ .name = inside,
		.role = GW_ROLE_INSIDE,
		.address = text_addr("10.0.0.1"),
		.networks = &net,
		.n_networks = 1 };
	realms[1] = (struct gw_realm){
		.name = outside, .role = GW_ROLE_OUTSIDE, .address = text_addr("203.0.113.1")
	};
	cfg = (struct gw_config){
		.mode = GW_MODE_ENFORCE,
		.realms = realms,
		.n_realms = 2,
		.signalling_port = 1720,
		.h245_ports = { 30000, 30999 },
		.media_ports = { 40000, 49999 },
		.data = { .allow = { GW_DATA_BOTH, GW_DATA_BOTH, GW_DATA_BOTH, GW_DATA_BOTH, GW_DATA_BOTH, GW_DATA_BOTH } },
		.limits = { .calls = 32,
			.calls_per_source = 16,
			.setups_per_source_s = 50,
			.channels_per_call = 32,
			.message_bytes = 32768,
			.arena_bytes = 1 << 20 },
		.timers = { .connect_ms = 15000,
			.setup_ms = 10000,
			.media_idle_ms = 60000,
			.h245_ms = 20000 },
	};
	return &cfg;
}

void sim_init(struct sim *sim, const struct gw_config *cfg)
{
	memset(sim, 0, sizeof *sim);
	sim->now_ms = 1000000;
	sim->next_port = 30000;
	must(relay_fake_new(&sim->relay, 40000, 64) == 0, "relay");
	must(gw_core_init(&sim->gw, cfg, &sim->relay, &sim_ops, sim) == 0, "gateway");
}

uint32_t sim_done(struct sim *sim)
{
	gw_core_done(&sim->gw);
	for (int i = 0; i < SIM_CONNS; i++) {
		must(sim->conns[i].c == NULL, "a connection was not closed");
		free(sim->conns[i].out);
		free(sim->conns[i].waiting);
	}
	must(sim_listening(sim) == 0, "a listener was not closed");
	return relay_fake_free(&sim->relay);
}

struct sim_conn *sim_dial(struct sim *sim, const char *peer, const char *local, const char *original)
{
	struct sim_conn *sc = conn_new(sim);
	must(sc != NULL, "too many connections");
	record_dial(sim, peer, local, original);
	sc->open = true;
	sc->remote = text_addr(peer);
	sc->local = text_addr(local);
	const struct addr o = text_addr(original);
	if (gw_incoming(&sim->gw, sc, &sc->remote, &sc->local, &o) == 0)
		return sc;
	sc->used = false;
	return NULL;
}

struct sim_conn *sim_connecting(struct sim *sim, const char *remote)
{
	const struct addr a = text_addr(remote);
	for (int i = 0; i < SIM_CONNS; i++)
		if (sim->conns[i].used && sim->conns[i].connecting && addr_eq(&sim->conns[i].remote, &a))
			return &sim->conns[i];
	return NULL;
}

void sim_connected(struct sim_conn *sc)
{
	must(sc->connecting, "not connecting");
	record(sc->sim, SIM_CONNECTED, index_of(sc));
	sc->connecting = false;
	sc->open = true;
	gw_conn_opened(sc->c, &sc->local);
}

void sim_connect_failed(struct sim_conn *sc)
{
	struct gw_conn *c = sc->c;
	must(sc->connecting, "not connecting");
	record(sc->sim, SIM_FAILED, index_of(sc));
	sc->connecting = false;
	sc->c = NULL;
	gw_conn_closed(c, PST_E_SYS);
}

struct sim_conn *sim_connect_to(struct sim *sim, const struct addr *local, const char *peer)
{
	for (int i = 0; i < SIM_LISTENERS; i++) {
		struct gw_secondary *s = sim->listeners[i].s;
		if (s == NULL || !addr_eq(&sim->listeners[i].local, local))
			continue;
		struct sim_conn *sc = conn_new(sim);
		must(sc != NULL, "too many connections");
		record(sim, SIM_ACCEPT, (size_t)i);
		sc->open = true;
		sc->remote = text_addr(peer);
		sc->local = *local;
		if (gw_secondary_accepted(s, sc, &sc->remote) == 0)
			return sc;
		sc->used = false;
		return NULL;
	}
	return NULL;
}

void sim_feed(struct sim_conn *sc, struct pst_slice octets)
{
	if (sc->sim->record != NULL && octets.n < 65536) {
		record(sc->sim, SIM_DATA, index_of(sc));
		fputc((int)(octets.n >> 8), sc->sim->record);
		fputc((int)(octets.n & 255), sc->sim->record);
		fwrite(octets.p, 1, octets.n, sc->sim->record);
	}
	if (sc->c == NULL || !sc->open)
		return;
	if (!sc->paused) {
		gw_conn_data(sc->c, octets);
		return;
	}
	sc->waiting = realloc(sc->waiting, sc->n_waiting + octets.n + 1);
	must(sc->waiting != NULL, "no memory");
	memcpy(sc->waiting + sc->n_waiting, octets.p, octets.n);
	sc->n_waiting += octets.n;
}

void sim_hang_up(struct sim_conn *sc)
{
	struct gw_conn *c = sc->c;
	if (c == NULL)
		return;
	record(sc->sim, SIM_HANG_UP, index_of(sc));
	sc->c = NULL;
	sc->open = false;
	gw_conn_closed(c, 0);
}

struct pst_slice sim_take(struct sim_conn *sc)
{
	const size_t left = sc->n_out - sc->taken;
	if (left < TPKT_HEADER_LEN)
		return slice_of(NULL, 0);
	const uint8_t *p = sc->out + sc->taken;
	const size_t len = (size_t)(p[2] << 8 | p[3]);
	must(p[0] == TPKT_VERSION && len >= TPKT_HEADER_LEN && len <= left, "the gateway sent no TPKT");
	sc->taken += len;
	return slice_of(p + TPKT_HEADER_LEN, len - TPKT_HEADER_LEN);
}

void sim_advance(struct sim *sim, uint64_t ms)
{
	const uint64_t until = sim->now_ms + ms;
	record(sim, SIM_TIME, ms);
	for (;;) {
		int first = -1;
		for (int i = 0; i < SIM_TIMERS; i++)
			if (sim->timers[i].call != NULL && sim->timers[i].at <= until &&
				(first < 0 || sim->timers[i].at < sim->timers[first].at))
				first = i;
		if (first < 0)
			break;
		if (sim->timers[first].at > sim->now_ms)
			sim->now_ms = sim->timers[first].at;
		struct gw_call *call = sim->timers[first].call;
		sim->timers[first].call = NULL;
		gw_call_tick(call);
	}
	sim->now_ms = until;
}

static bool has(const uint8_t *p, size_t n, const void *what, size_t len)
{
	return memmem(p, n, what, len) != NULL;
}

bool sim_sent_address(const struct sim_conn *sc, const char *ip)
{
	const struct addr a = text_addr(ip);
	uint8_t wide[2 * ADDR_STRLEN];
	const size_t n = strlen(ip);
	for (size_t i = 0; i < n; i++) {
		wide[2 * i] = 0;
		wide[2 * i + 1] = (uint8_t)ip[i];
	}
	return has(sc->out, sc->n_out, a.ip, addr_ip_len(&a)) || has(sc->out, sc->n_out, ip, n) ||
	       has(sc->out, sc->n_out, wide, 2 * n);
}

unsigned sim_flows(const struct sim *sim)
{
	unsigned n = 0;
	for (struct relay_session *s = relay_fake_next(&sim->relay, NULL); s != NULL;
		s = relay_fake_next(&sim->relay, s))
		for (int leg = 0; leg < RELAY_LEGS; leg++)
			for (int part = 0; part < RELAY_PARTS; part++)
				n += relay_fake_flow(s, leg, (enum relay_part)part) != NULL;
	return n;
}

unsigned sim_listening(const struct sim *sim)
{
	unsigned n = 0;
	for (int i = 0; i < SIM_LISTENERS; i++)
		n += sim->listeners[i].s != NULL;
	return n;
}
