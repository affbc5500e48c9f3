/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an accepted connection to a call that goes somewhere. */
#include "gateway/begin.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/audio_call.h"
#include "gateway/behind.h"
#include "gateway/call.h"
#include "gateway/data_call.h"
#include "gateway/leases.h"
#include "gateway/locate.h"
#include "gateway/permit.h"
#include "h225/build.h"

enum { TALK_MAX = 128 };

/* The realm a connection came from: the one that holds the peer. Interception brings every connection to the
 * gateway's address in the realm whose interface it came in by (fw/nft.c): an address of the inside that
 * comes in by the outside is no host of ours, and has none of their rights. NULL: neither. */
static const struct gw_realm *realm_of_connection(
	const struct gw_config *cfg, const struct addr *peer, const struct addr *local)
{
	const struct gw_realm *r = gw_realm_of(cfg, peer);
	for (uint32_t i = 0; r != NULL && cfg->mode != GW_MODE_OFF && i < cfg->n_realms; i++) {
		const struct gw_realm *at = &cfg->realms[i];
		if (addr_ip_eq(&at->address, local) && at->role == GW_ROLE_OUTSIDE &&
			r->role == GW_ROLE_INSIDE)
			return NULL;
	}
	return r;
}

static struct gw_call *call_new(struct gateway *gw, const struct gw_realm *realm, const struct addr *peer,
	const struct addr *original)
{
	struct gw_call *call = calloc(1, sizeof *call);
	if (call == NULL)
		return NULL;
	call->gw = gw;
	call->conf = gw_config_hold(gw->conf);
	call->cfg = &call->conf->cfg;
	call->id = gw->next_id++;
	call->original_dst = *original;
	call->start_ms = call->heard_ms = gw_now(gw);
	call->start_wall_ms = clock_wall_ms();
	for (int l = 0; l < GW_LEGS; l++) {
		call->leg[l].conn.call = call;
		call->leg[l].conn.leg = (uint8_t)l;
		tpkt_init(&call->leg[l].conn.in, call->cfg->limits.message_bytes);
	}
	call->leg[GW_CALLER].realm = realm;
	call->leg[GW_CALLER].peer_ip = addr_with_port(*peer, 0);
	return call;
}

/* What the gateway is to the caller: the virtual address that it called, else the gateway's own address in its realm. Of a
 * host of the caller's own realm it is the latter: within a realm nobody stands for anybody. */
static struct addr caller_local(const struct gw_config *cfg, const struct gw_realm *realm, const struct addr *local,
	const struct addr *original)
{
	struct addr host;
	if (gw_address_host(cfg, original, &host) && gw_realm_of(cfg, &host) != realm)
		return addr_with_port(*original, 0);
	return addr_with_port(realm->address.family == local->family ? realm->address : *local, 0);
}

int gw_call_denied(const struct gateway *gw)
{
	return gw->tarpit ? PST_E_BUSY : PST_E_DENIED;
}

void gw_call_refused(struct gw_call *call)
{
	call->gw->count.refused++;
	if (call->leg[GW_CALLER].realm->role == GW_ROLE_OUTSIDE)
		gw_source_refused(call->source, gw_now(call->gw));
}

struct gw_call *gw_call_admit(
	struct gateway *gw, const struct addr *peer, const struct addr *local, const struct addr *original)
{
	const struct gw_config *cfg = &gw->conf->cfg;
	const struct gw_realm *realm = realm_of_connection(cfg, peer, local);
	const char *why = NULL;
	char text[ADDR_STRLEN];
	struct gw_source *source = NULL;
	bool over_limit = false;
	gw->tarpit = false;
	if (gw->stopping)
		why = "the gateway stops";
	else if (realm == NULL)
		why = "no realm that it can have come from holds the caller's address";
	else if (gw_address_is_gateway(cfg, peer))
		why = "a call of the gateway's own has come back to it";
	else if (cfg->limits.calls != 0 && HASH_COUNT(gw->calls) >= cfg->limits.calls)
		why = "too many calls";
	else
		over_limit = (source = gw_source_enter(&gw->sources, &cfg->limits, peer, gw_now(gw), &why)) == NULL;
	struct gw_call *call = source != NULL ? call_new(gw, realm, peer, original) : NULL;
	if (call == NULL) {
		gw_source_leave(source);
		gw->count.refused++;
		gw->tarpit = realm != NULL && realm->role == GW_ROLE_OUTSIDE && over_limit;
		if (log_allow(&gw->complain, gw_now(gw), NULL))
			log_warn("gateway", "connection from %s refused: %s", addr_str(peer, text),
				why != NULL ? why : "out of memory");
		return NULL;
	}
	struct gw_leg *leg = &call->leg[GW_CALLER];
	call->source = source;
	leg->local_ip = caller_local(cfg, realm, local, original);
	leg->conn.peer = *peer;
	leg->conn.local = *local;
	HASH_ADD(hh, gw->calls, id, sizeof call->id, call);
	gw->count.calls++;
	if (HASH_COUNT(gw->calls) > gw->count.peak)
		gw->count.peak = HASH_COUNT(gw->calls);
	return call;
}

int gw_incoming(struct gateway *gw, void *accepted, const struct addr *peer, const struct addr *local,
	const struct addr *original)
{
	if (local->port != 0 && local->port == gw->conf->cfg.data.port)
		return gw_data_incoming(gw, accepted, peer, local, original);
	if (gw->conf->cfg.audio.calls != 0 && local->port == gw->conf->cfg.audio.port)
		return gw_audio_incoming(gw, accepted, peer, local, original);
	struct gw_call *call = gw_call_admit(gw, peer, local, original);
	if (call == NULL)
		return gw_call_denied(gw);
	call->deadline_ms = call->start_ms + call->cfg->timers.setup_ms;
	struct gw_conn *c = &call->leg[GW_CALLER].conn;
	c->state = GW_CONN_OPEN;
	gw->io->adopt(gw->io_arg, c, accepted);
	gw_call_schedule(call);
	return 0;
}

static char *escaped(const char *s)
{
	char buf[TALK_MAX];
	return strdup(log_escape(buf, sizeof buf, slice_str(s)));
}

static void remember_parties(struct gw_call *call, const struct h225_msg *m)
{
	const struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	char text[TALK_MAX], a[ADDR_STRLEN];
	if (s->has_source_address && s->source_address.n > 0)
		call->caller = escaped(h225_alias_text(&s->source_address.v[0], text, sizeof text));
	if (s->has_destination_address && s->destination_address.n > 0)
		call->called = escaped(h225_alias_text(&s->destination_address.v[0], text, sizeof text));
	else
		call->called = strdup(addr_str(&call->original_dst, a));
	if (s->call_identifier != NULL && s->call_identifier->guid.n == 16) {
		memcpy(call->guid, s->call_identifier->guid.p, 16);
		call->has_guid = true;
	}
}

static void start_callee(struct gw_call *call, const struct gw_route *r)
{
	const struct addr local = gw_address_local(call->cfg, r->realm, &call->leg[GW_CALLER].peer_ip, r->dest.family);
	struct gateway *gw = call->gw;
	struct gw_leg *leg = &call->leg[GW_CALLEE];
	char text[ADDR_STRLEN], from[ADDR_STRLEN];
	call->dest = r->dest;
	leg->realm = r->realm;
	leg->local_ip = local;
	leg->peer_ip = addr_with_port(r->dest, 0);
	leg->conn.peer = r->dest;
	leg->conn.state = GW_CONN_CONNECTING;
	call->state = GW_CALL_CONNECTING;
	call->deadline_ms = gw_now(gw) + call->cfg->timers.connect_ms;
	gw_notef(call, "%s: %s, realm %s, from %s", r->why, addr_str(&r->dest, text), r->realm->name,
		addr_ip_str(&local, from));
	gw_leases_hold(call);
	if (gw_behind_summon(call))
		return;
	const int err = gw->io->connect(gw->io_arg, &leg->conn, &leg->local_ip, &r->dest);
	if (err != 0) {
		leg->conn.state = GW_CONN_CLOSED;
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION,
			"the called host cannot be connected to");
	}
}

/* What is wanted of the Setup besides its way. False: the call is over. */
static bool look_at_setup(struct gw_call *call, const struct h225_msg *m)
{
	if (!m->has_uu ||
		m->uu.h323_uu_pdu.h323_message_body.choice != H225_H323_UU_PDU_H323_MESSAGE_BODY_SETUP) {
		call->gw->count.undecodable++;
		gw_complain(call, "Setup without a Setup body");
		gw_call_release(
			call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON, "a Setup without its body");
		return false;
	}
	remember_parties(call, m);
	call->leg[GW_CALLER].behind = call->leg[GW_CALLER].realm->role == GW_ROLE_OUTSIDE &&
				      gw_behind_offers(m->uu.h323_uu_pdu.h323_message_body.u.setup);
	return true;
}

static void find_route(struct gw_call *call, const struct h225_msg *m)
{
	gw_route_find(&call->route, call->cfg,
		&(struct gw_route_ask){ .from = call->leg[GW_CALLER].realm,
			.original = call->original_dst,
			.caller = call->leg[GW_CALLER].peer_ip,
			.setup = m,
			.located = call->asked_domain ? &call->located : NULL });
}

/* False: the call is over, or waits. */
static bool find_way(struct gw_call *call, const struct h225_msg *m)
{
	const struct gw_route *r = &call->route;
	if (r->why == NULL) {
		if (!look_at_setup(call, m))
			return false;
		find_route(call, m);
	} else if (r->look_up[0] == '\0') {
		return true;
	}
	if (r->look_up[0] != '\0') {
		if (gw_locate_wait(call))
			return false;
		find_route(call, m);
	}
	call->dest = call->route.dest; /* whoever follows is told of both ends */
	gw_follow_start(call);
	return true;
}

static bool refuse(struct gw_call *call, uint32_t reason, const char *why)
{
	gw_call_refused(call);
	gw_call_release(call, reason, why);
	return false;
}

bool gw_begin(struct gw_call *call, struct h225_msg *m)
{
	const struct gw_route *r = &call->route;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	if (!find_way(call, m))
		return false;
	struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	if (s->has_hop_count && s->hop_count-- <= 1)
		return refuse(call, H225_RELEASE_COMPLETE_REASON_HOP_COUNT_EXCEEDED,
			"the call goes in circles: hopCount");
	if (r->dest.family == ADDR_NONE)
		return refuse(call, r->reason, r->why);
	if (!call->judged) {
		const char *why = gw_permit_call(call, m);
		call->judged = true;
		if (why != NULL)
			return refuse(call, H225_RELEASE_COMPLETE_REASON_NO_PERMISSION, why);
	}
	if (gw_leases_wait(call))
		return false;
	if (gw_address_local(call->cfg, r->realm, &call->leg[GW_CALLER].peer_ip, r->dest.family).family == ADDR_NONE)
		return refuse(call, H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION,
			"the gateway has no address of the called host's family");
	log_info("gateway", "call %llu from %s to %s: %s", (unsigned long long)call->id,
		addr_str(&call->leg[GW_CALLER].conn.peer, a), addr_str(&r->dest, b), r->why);
	start_callee(call, r);
	return call->state != GW_CALL_ENDED;
}
