/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/data_call.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/begin.h"
#include "gateway/leases.h"
#include "gateway/secondary.h"
#include "x224/tpdu.h"

/* --- the beginning --- */

static struct gw_route route(const struct gw_call *call)
{
	const struct gw_config *cfg = call->cfg;
	const struct gw_leg *caller = &call->leg[GW_CALLER];
	struct gw_route r;
	gw_route_find(&r, cfg,
		&(struct gw_route_ask){ .from = caller->realm,
			.original = call->original_dst,
			.caller = caller->peer_ip,
			.port = cfg->data.port });
	if (r.dest.family == ADDR_NONE)
		return r;
	const uint8_t needed = r.realm->role == caller->realm->role ? 0
			       : caller->realm->role == GW_ROLE_INSIDE ? GW_DATA_OUT
								       : GW_DATA_IN;
	if ((cfg->data.calls & needed) != needed) {
		r.dest.family = ADDR_NONE;
		r.why = "the configuration allows no calls of T.120 alone that way";
	}
	return r;
}

static void key_of(uint8_t key[static GW_DATA_KEY_LEN], const struct addr *peer, const struct addr *original)
{
	const struct addr *const both[] = { peer, original };
	for (int i = 0; i < 2; i++, key += 1 + sizeof peer->ip) {
		key[0] = both[i]->family;
		memcpy(key + 1, both[i]->ip, sizeof both[i]->ip);
	}
}

/* The call of T.120 alone between PEER and whom it meant: the one that stands, or a new one. */
static struct gw_call *call_between(
	struct gateway *gw, const struct addr *peer, const struct addr *local, const struct addr *original)
{
	uint8_t key[GW_DATA_KEY_LEN];
	char text[ADDR_STRLEN];
	struct gw_call *call;
	key_of(key, peer, original);
	HASH_FIND(hh_data, gw->data_calls, key, sizeof key, call);
	if (call != NULL)
		return call;
	call = gw_call_admit(gw, peer, local, original);
	if (call == NULL)
		return NULL;
	call->kind = GW_CALL_DATA;
	memcpy(call->data_key, key, sizeof key);
	HASH_ADD(hh_data, gw->data_calls, data_key, sizeof call->data_key, call);
	call->called = strdup(addr_str(original, text));
	call->pair_why = "out of memory";
	return call;
}

int gw_data_incoming(struct gateway *gw, void *accepted, const struct addr *peer, const struct addr *local,
	const struct addr *original)
{
	struct gw_secondary *s = gw_secondary_on_data_port(gw, peer, original);
	if (s != NULL)
		return gw_secondary_accepted(s, accepted, peer);
	struct gw_call *call = call_between(gw, peer, local, original);
	struct gw_pair *p = call != NULL ? gw_pair_new(call, GW_CONN_T120, GW_CALLER) : NULL;
	if (p == NULL) {
		if (call != NULL && call->pairs == NULL)
			gw_call_release(call, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES, call->pair_why);
		return PST_E_DENIED;
	}
	struct gw_conn *c = &p->conn[GW_CALLER];
	c->peer = *peer;
	c->local = *local;
	c->state = GW_CONN_OPEN;
	gw->io->adopt(gw->io_arg, c, accepted);
	gw_call_schedule(call);
	return 0;
}

/* --- X.224 --- */

static void refuse(struct gw_pair *p, uint8_t reason, const char *why)
{
	struct gw_call *call = p->conn[0].call;
	call->gw->count.refused++;
	p->refusal = reason;
	gw_notef(call, "refused: %s", why);
	gw_pair_close(p, false, why);
}

void gw_data_refuse(struct gw_pair *p)
{
	const struct gw_io_ops *io = p->conn[0].call->gw->io;
	const struct x224_tpdu dr = { .type = X224_DR, .dst_ref = p->ref, .reason = p->refusal };
	uint8_t out[32];
	struct writer w = wr_of(out, sizeof out);
	if (!p->requested || p->confirmed || p->conn[GW_CALLER].state != GW_CONN_OPEN)
		return;
	p->confirmed = true; /* once */
	const size_t at = tpkt_open(&w);
	if (x224_encode(&dr, &w) == 0 && tpkt_close(&w, at) == 0)
		(void)io->send(p->conn[0].call->gw->io_arg, &p->conn[GW_CALLER], wr_slice(&w));
}

/* The first TPDU of C, of which OCTETS are the next part. PST_E_AGAIN: it is not whole. */
static int first_tpdu(struct gw_conn *c, struct pst_slice octets, struct x224_tpdu *t, struct pst_slice *payload)
{
	frames_feed(&c->in, octets);
	const int err = tpkt_next(&c->in, payload);
	return err != 0 ? err : x224_decode(t, *payload);
}

/* The way is known, and with it both legs. False: it leads nowhere, P is closed. */
static bool set_out(struct gw_pair *p)
{
	struct gw_call *call = p->conn[0].call;
	const struct gw_route *r = &call->route;
	struct gw_leg *leg = &call->leg[GW_CALLEE];
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	leg->realm = r->realm;
	if (r->dest.family == ADDR_NONE) {
		refuse(p, X224_REASON_UNKNOWN_ADDRESS, r->why);
		return false;
	}
	leg->local_ip = gw_address_local(call->cfg, r->realm, &call->leg[GW_CALLER].peer_ip, r->dest.family);
	if (leg->local_ip.family == ADDR_NONE) {
		refuse(p, X224_REASON_UNKNOWN_ADDRESS, "the gateway has no address of the called host's family");
		return false;
	}
	leg->peer_ip = addr_with_port(r->dest, 0);
	leg->conn.peer = r->dest;
	call->state = GW_CALL_CONNECTING;
	log_info("gateway", "call %llu of T.120 alone from %s to %s: %s", (unsigned long long)call->id,
		addr_str(&call->leg[GW_CALLER].conn.peer, a), addr_str(&r->dest, b), r->why);
	gw_notef(call, "%s: %s, realm %s, from %s", r->why, addr_str(&r->dest, b), r->realm->name,
		addr_ip_str(&leg->local_ip, a));
	gw_leases_hold(call);
	return true;
}

/* On to the called host, with what P's caller said. */
static void go_on(struct gw_pair *p)
{
	struct gw_call *call = p->conn[0].call;
	struct gw_conn *c = &p->conn[GW_CALLER];
	char text[ADDR_STRLEN];
	if (call->state == GW_CALL_NEW && !set_out(p))
		return;
	p->since_ms = gw_now(call->gw);
	p->refusal = X224_REASON_NOT_ATTACHED;
	if (gw_pair_connect(p, &call->dest) != 0) {
		refuse(p, X224_REASON_CONGESTION, "the called host cannot be connected to");
		return;
	}
	gw_notef(call, "T.120 connection from %s", addr_str(&c->peer, text));
	struct pst_slice said = slice_of(c->pending, c->n_pending);
	c->pending = NULL;
	c->n_pending = 0;
	gw_pair_t120(c, said);
	free((void *)(uintptr_t)said.p);
}

/* The way of a call is looked for with its first request; it may have to wait for an address of the caller's own. */
static bool find_way(struct gw_call *call)
{
	if (call->route.why != NULL)
		return call->wait == NULL;
	call->route = route(call);
	call->dest = call->route.dest; /* whoever follows is told of both ends */
	gw_follow_start(call);
	return call->route.dest.family == ADDR_NONE || !gw_leases_wait(call);
}

void gw_data_resume(struct gw_call *call)
{
	struct gw_pair *p, *tmp;
	DL_FOREACH_SAFE (call->pairs, p, tmp) {
		if (p->requested && p->conn[GW_CALLEE].state == GW_CONN_NONE)
			go_on(p);
	}
	gw_call_schedule(call);
}

/* The caller's octets, until its connection request is whole and the way known: they are kept. */
static void request(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_pair *p = c->pair;
	struct pst_slice payload;
	struct x224_tpdu t;
	if (!gw_conn_keep(c, octets)) {
		gw_pair_close(p, true, "more came than can be kept");
		return;
	}
	const int err = p->requested ? PST_E_AGAIN : first_tpdu(c, octets, &t, &payload);
	if (err == PST_E_AGAIN)
		return;
	if (err != 0 || t.type != X224_CR) {
		c->call->gw->count.undecodable++;
		gw_complain(c->call, "T.120 connection: it begins with no connection request");
		gw_pair_close(p, true, "no connection request came");
		return;
	}
	frames_reset(&c->in);
	p->requested = true;
	p->ref = t.src_ref;
	if (find_way(c->call))
		go_on(p);
}

/* The called host's first TPDU: whether it takes the connection. */
static void confirm(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_call *call = c->call;
	struct pst_slice payload;
	struct x224_tpdu t;
	const int err = first_tpdu(c, octets, &t, &payload);
	if (err == PST_E_AGAIN)
		return;
	frames_reset(&c->in);
	c->pair->confirmed = true; /* or refused: its own answer goes on */
	if (err != 0 || t.type != X224_CC || call->state == GW_CALL_ACTIVE)
		return;
	call->state = GW_CALL_ACTIVE;
	call->active_ms = gw_now(call->gw);
}

void gw_data_octets(struct gw_conn *c, struct pst_slice octets)
{
	if (c->leg == GW_CALLER && c->pair->conn[GW_CALLEE].state == GW_CONN_NONE) {
		request(c, octets);
		return;
	}
	if (c->leg == GW_CALLEE && !c->pair->confirmed)
		confirm(c, octets);
	gw_pair_t120(c, octets);
}

/* --- timers --- */

uint64_t gw_data_until(const struct gw_pair *p)
{
	const struct gw_timers *t = &p->conn[0].call->cfg->timers;
	if (p->confirmed)
		return 0;
	return p->since_ms + (p->requested ? t->connect_ms : t->setup_ms);
}

uint64_t gw_data_idle_at(const struct gw_call *call)
{
	return call->heard_ms + call->cfg->timers.data_idle_ms;
}
