/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/audio_call.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/address.h"
#include "gateway/begin.h"
#include "gateway/channel.h"
#include "gateway/port_call.h"
#include "gateway/secondary.h"

enum { TOLD_AT_ONCE = 64, UDP_FIRST = 1024, UDP_LAST = 65535 };

/* The side that many inside hosts may share an address on. */
static int outer(const struct gw_call *call)
{
	return call->leg[GW_CALLER].realm->role == GW_ROLE_OUTSIDE ? GW_CALLER : GW_CALLEE;
}

/* Another host's call between the same two addresses. */
static const struct gw_call *in_the_way(const struct gw_call *call)
{
	const struct gw_leg *mine = &call->leg[outer(call)], *inner = &call->leg[1 - outer(call)];
	for (const struct gw_call *o = call->gw->port_calls; o != NULL; o = o->hh_port.next) {
		if (o == call || o->kind != GW_CALL_AUDIO || o->state == GW_CALL_NEW)
			continue;
		const struct gw_leg *theirs = &o->leg[outer(o)];
		if (addr_ip_eq(&theirs->local_ip, &mine->local_ip) && addr_ip_eq(&theirs->peer_ip, &mine->peer_ip) &&
			!addr_ip_eq(&o->leg[1 - outer(o)].peer_ip, &inner->peer_ip))
			return o;
	}
	return NULL;
}

/* Where the call goes is known: its legs. NULL, or why not. */
static const char *set_out(struct gw_call *call)
{
	const char *why = gw_port_call_set_out(call);
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	const struct gw_call *o = why == NULL ? in_the_way(call) : NULL;
	if (o == NULL)
		return why;
	const struct gw_leg *leg = &call->leg[outer(call)];
	log_notice("gateway", "audio call control: call %llu has %s with %s already, and at a shared address there is one at a time",
		(unsigned long long)o->id, addr_ip_str(&leg->local_ip, a), addr_ip_str(&leg->peer_ip, b));
	return "at a shared address there is one caller at a time";
}

static void go_on(struct gw_pair *p)
{
	struct gw_call *call = p->conn[0].call;
	struct gw_conn *c = &p->conn[GW_CALLER];
	const char *why = call->state == GW_CALL_NEW ? set_out(call) : NULL;
	p->since_ms = gw_now(call->gw);
	if (why != NULL) {
		gw_call_refused(call);
	} else if (gw_pair_connect(p, &call->dest) != 0) {
		why = "the called host cannot be connected to";
		call->gw->count.refused++;
	}
	if (why != NULL) {
		gw_notef(call, "refused: %s", why);
		gw_pair_close(p, true, why);
		return;
	}
	const struct pst_slice said = slice_of(c->pending, c->n_pending);
	c->pending = NULL;
	c->n_pending = 0;
	if (said.n > 0)
		gw_audio_octets(c, said);
	free((void *)(uintptr_t)said.p);
}

void gw_audio_resume(struct gw_call *call)
{
	struct gw_pair *p, *tmp;
	DL_FOREACH_SAFE (call->pairs, p, tmp) {
		if (p->conn[GW_CALLEE].state == GW_CONN_NONE)
			go_on(p);
	}
	gw_call_schedule(call);
}

int gw_audio_incoming(struct gateway *gw, void *accepted, const struct addr *peer, const struct addr *local,
	const struct addr *original)
{
	struct gw_pair *p = gw_port_call_accept(gw, GW_CALL_AUDIO, accepted, peer, local, original);
	if (p == NULL)
		return gw_call_denied(gw);
	struct gw_call *call = p->conn[0].call;
	if (gw_port_call_way(call))
		gw_audio_resume(call);
	gw_call_settle(call);
	return 0;
}

/* --- UDP --- */

/* What the host on LEG sends to: where it dialled, if that was no address of ours, else ours. */
static struct addr sends_to(const struct gw_call *call, int leg)
{
	if (leg == GW_CALLER && !gw_address_is_gateway(call->cfg, &call->original_dst))
		return addr_with_port(call->original_dst, 0);
	return call->leg[leg].local_ip;
}

/* The same two hosts may have two calls, one each way: what one has opened serves both. */
static bool range_stands(const struct gw_call *call)
{
	const struct gw_leg *mine = &call->leg[outer(call)], *inner = &call->leg[1 - outer(call)];
	for (const struct gw_call *o = call->gw->port_calls; o != NULL; o = o->hh_port.next) {
		if (o->range != NULL && addr_ip_eq(&o->leg[outer(o)].local_ip, &mine->local_ip) &&
			addr_ip_eq(&o->leg[outer(o)].peer_ip, &mine->peer_ip) &&
			addr_ip_eq(&o->leg[1 - outer(o)].peer_ip, &inner->peer_ip))
			return true;
	}
	return false;
}

static void range_open(struct gw_call *call)
{
	const struct gw_audio *conf = &call->cfg->audio;
	const struct relay *relay = &call->gw->relay;
	struct relay_range_plan plan = {
		.first = UDP_FIRST, .last = UDP_LAST, .flows_max = conf->flows, .idle_ms = conf->idle_ms
	};
	for (int l = 0; l < GW_LEGS; l++) {
		plan.local[l] = sends_to(call, l);
		plan.host[l] = call->leg[l].peer_ip;
	}
	if (call->range != NULL || range_stands(call))
		return;
	const int err = relay->ops->range_open(relay->plane, &plan, &call->range);
	if (err != 0) {
		call->range = NULL;
		gw_complain(call, "no UDP beside audio call control: %s",
			err == PST_E_UNSUPPORTED ? "the worker relays media, which the kernel would have to" : pst_strerror(err));
		return;
	}
	call->range_pinhole = gw_pinhole_new(call, GW_PINHOLE_UDP, GW_CALLER, 0, 0);
	if (call->range_pinhole != NULL) {
		call->range_pinhole->from = plan.host[GW_CALLER];
		call->range_pinhole->to = plan.host[GW_CALLEE];
	}
}

bool gw_audio_figures(const struct gw_call *call, const struct gw_pinhole *p, struct relay_flow_stats *out)
{
	if (call->range == NULL || p != call->range_pinhole)
		return false;
	*out = (struct relay_flow_stats){ 0 };
	if (p != NULL)
		out->source = p->from;
	for (int l = 0; l < GW_LEGS; l++) {
		struct relay_range_stats st;
		call->gw->relay.ops->range_stats(call->range, l, &st);
		out->packets += st.packets;
		out->bytes += st.bytes;
		out->refused += st.refused;
		out->failed += st.failed;
		if (st.last_ms > out->last_ms)
			out->last_ms = st.last_ms;
	}
	return true;
}

uint64_t gw_audio_last_ms(const struct gw_call *call)
{
	struct relay_flow_stats st;
	return gw_audio_figures(call, call->range_pinhole, &st) ? st.last_ms : 0;
}

void gw_audio_end(struct gw_call *call)
{
	struct relay_flow_stats st;
	if (call->range == NULL)
		return;
	if (call->range_pinhole != NULL && gw_audio_figures(call, call->range_pinhole, &st)) {
		call->range_pinhole->packets = st.packets;
		call->range_pinhole->bytes = st.bytes;
		call->range_pinhole->refused = st.refused;
	}
	gw_pinhole_close(call, call->range_pinhole);
	call->gw->relay.ops->range_close(call->range);
	call->range = NULL;
	/* whoever it served besides */
	for (struct gw_call *o = call->gw->port_calls; o != NULL; o = o->hh_port.next)
		if (o != call && o->kind == GW_CALL_AUDIO && o->state == GW_CALL_ACTIVE)
			range_open(o);
}

/* --- octets --- */

void gw_audio_opened(struct gw_conn *c)
{
	struct gw_call *call = c->call;
	if (call->state == GW_CALL_ACTIVE)
		return;
	call->state = GW_CALL_ACTIVE;
	call->active_ms = gw_now(call->gw);
	range_open(call);
}

/* The first octets of either end, where the configuration wants them: evidence of a protocol that is not known. */
static void tell(struct gw_conn *c, struct pst_slice octets)
{
	const uint32_t most = c->call->cfg->audio.capture;
	size_t at = 0;
	while (at < octets.n && c->n_told < most) {
		char line[3 * TOLD_AT_ONCE + 16];
		size_t n = 0;
		for (int i = 0; i < TOLD_AT_ONCE && at < octets.n && c->n_told < most; i++, c->n_told++)
			n += (size_t)snprintf(line + n, sizeof line - n, "%s%02x", i != 0 ? " " : "", octets.p[at++]);
		gw_note(c->call, c->leg, GW_VIA_AUDIO, line, NULL, 0);
		log_info("gateway", "call %llu, octets of the %s: %s", (unsigned long long)c->call->id,
			c->leg == GW_CALLER ? "caller" : "callee", line);
	}
}

void gw_audio_octets(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_conn *to = &c->pair->conn[1 - c->leg];
	if (to->state == GW_CONN_NONE) {
		if (!gw_conn_keep(c, octets))
			gw_pair_close(c->pair, true, "more came than can be kept");
		return;
	}
	tell(c, octets);
	gw_pair_count(c, octets.n);
	gw_pair_pass(c, to, octets);
}
