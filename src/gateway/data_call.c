/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/data_call.h"

#include <stdlib.h>

#include "gateway/begin.h"
#include "gateway/port_call.h"
#include "gateway/secondary.h"
#include "x224/tpdu.h"

int gw_data_incoming(struct gateway *gw, void *accepted, const struct addr *peer, const struct addr *local,
	const struct addr *original)
{
	struct gw_secondary *s = gw_secondary_on_data_port(gw, peer, original);
	if (s != NULL)
		return gw_secondary_accepted(s, accepted, peer);
	return gw_port_call_accept(gw, GW_CALL_DATA, accepted, peer, local, original) != NULL ? 0 : gw_call_denied(gw);
}

/* --- X.224 --- */

static void refuse(struct gw_pair *p, uint8_t reason, const char *why)
{
	struct gw_call *call = p->conn[0].call;
	if (reason == X224_REASON_UNKNOWN_ADDRESS)
		gw_call_refused(call);
	else
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

/* On to the called host, with what P's caller said. */
static void go_on(struct gw_pair *p)
{
	struct gw_call *call = p->conn[0].call;
	struct gw_conn *c = &p->conn[GW_CALLER];
	char text[ADDR_STRLEN];
	const char *why = call->state == GW_CALL_NEW ? gw_port_call_set_out(call) : NULL;
	if (why != NULL) {
		refuse(p, X224_REASON_UNKNOWN_ADDRESS, why);
		return;
	}
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
	if (gw_port_call_way(c->call))
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
