/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/port_call.h"

#include <string.h>

#include "gateway/address.h"
#include "gateway/audio_call.h"
#include "gateway/begin.h"
#include "gateway/data_call.h"
#include "gateway/leases.h"
#include "gateway/permit.h"
#include "gateway/secondary.h"

/* What tells the kinds apart here. */
struct service {
	const char *what;
	enum gw_conn_kind conn;
	uint16_t port;
	uint8_t ways;
};

static struct service service_of(const struct gw_config *cfg, uint8_t kind)
{
	if (kind == GW_CALL_DATA)
		return (struct service){ "T.120 alone", GW_CONN_T120, cfg->data.port, cfg->data.calls };
	return (struct service){ "audio call control", GW_CONN_AUDIO, cfg->audio.port, cfg->audio.calls };
}

/* --- who --- */

static void key_of(
	uint8_t key[static GW_PORT_KEY_LEN], enum gw_call_kind kind, const struct addr *peer, const struct addr *original)
{
	const struct addr *const both[] = { peer, original };
	*key++ = (uint8_t)kind;
	for (int i = 0; i < 2; i++, key += 1 + sizeof peer->ip) {
		key[0] = both[i]->family;
		memcpy(key + 1, both[i]->ip, sizeof both[i]->ip);
	}
}

/* The call between PEER and whom it meant: the one that stands, or a new one. */
static struct gw_call *call_between(struct gateway *gw, enum gw_call_kind kind, const struct addr *peer,
	const struct addr *local, const struct addr *original)
{
	uint8_t key[GW_PORT_KEY_LEN];
	char text[ADDR_STRLEN];
	struct gw_call *call;
	key_of(key, kind, peer, original);
	HASH_FIND(hh_port, gw->port_calls, key, sizeof key, call);
	if (call != NULL)
		return call;
	call = gw_call_admit(gw, peer, local, original);
	if (call == NULL)
		return NULL;
	call->kind = (uint8_t)kind;
	memcpy(call->port_key, key, sizeof key);
	HASH_ADD(hh_port, gw->port_calls, port_key, sizeof call->port_key, call);
	call->called = strdup(addr_str(original, text));
	call->pair_why = "out of memory";
	return call;
}

struct gw_pair *gw_port_call_accept(struct gateway *gw, enum gw_call_kind kind, void *accepted, const struct addr *peer,
	const struct addr *local, const struct addr *original)
{
	struct gw_call *call = call_between(gw, kind, peer, local, original);
	struct gw_pair *p = call != NULL ? gw_pair_new(call, service_of(call->cfg, call->kind).conn, GW_CALLER) : NULL;
	if (p == NULL) {
		if (call != NULL && call->pairs == NULL)
			gw_call_release(call, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES, call->pair_why);
		return NULL;
	}
	struct gw_conn *c = &p->conn[GW_CALLER];
	c->peer = *peer;
	c->local = *local;
	c->state = GW_CONN_OPEN;
	gw->io->adopt(gw->io_arg, c, accepted);
	gw_call_schedule(call);
	return p;
}

void gw_port_call_forget(struct gw_call *call)
{
	if (call->kind == GW_CALL_AUDIO)
		gw_audio_end(call);
	HASH_DELETE(hh_port, call->gw->port_calls, call);
}

/* --- where to --- */

/* The inside host that a call stands between and CALL's caller, at the address that CALL's caller came to. */
static bool in_session_with(const struct gw_call *call, struct addr *host)
{
	const struct addr *peer = &call->leg[GW_CALLER].peer_ip;
	for (const struct gw_call *o = call->gw->calls; o != NULL; o = o->hh.next) {
		for (int l = 0; l < GW_LEGS && o != call; l++) {
			const struct gw_leg *theirs = &o->leg[l], *ours = &o->leg[1 - l];
			if (ours->realm == NULL || ours->realm->role != GW_ROLE_INSIDE ||
				ours->peer_ip.family == ADDR_NONE || !addr_ip_eq(&theirs->peer_ip, peer) ||
				!addr_ip_eq(&theirs->local_ip, &call->original_dst))
				continue;
			*host = ours->peer_ip;
			return true;
		}
	}
	return false;
}

/* A peer that has a call already means the same host. */
static bool by_session(const struct gw_call *call, uint16_t port, struct gw_route *r)
{
	const struct gw_leg *caller = &call->leg[GW_CALLER];
	struct addr host;
	if (call->kind != GW_CALL_AUDIO || caller->realm->role != GW_ROLE_OUTSIDE ||
		gw_address_host(call->cfg, &call->original_dst, &host) ||
		!gw_address_is_gateway(call->cfg, &call->original_dst) || !in_session_with(call, &host))
		return false;
	*r = (struct gw_route){ .dest = addr_with_port(host, port),
		.realm = gw_realm_of(call->cfg, &host),
		.by = GW_BY_PORT,
		.why = "the host that has a call with the caller" };
	return r->realm != NULL;
}

/* What the caller may do: as in H.323, where it called without a name. */
static struct gw_route route(const struct gw_call *call)
{
	const struct gw_config *cfg = call->cfg;
	const struct gw_leg *caller = &call->leg[GW_CALLER];
	const struct service s = service_of(cfg, call->kind);
	struct gw_route r;
	if (!by_session(call, s.port, &r))
		gw_route_find(&r, cfg,
			&(struct gw_route_ask){ .from = caller->realm,
				.original = call->original_dst,
				.caller = caller->peer_ip,
				.port = s.port });
	if (r.dest.family == ADDR_NONE)
		return r;
	const uint8_t needed = r.realm->role == caller->realm->role ? 0
			       : caller->realm->role == GW_ROLE_INSIDE ? GW_DATA_OUT
								       : GW_DATA_IN;
	if ((s.ways & needed) != needed) {
		r.dest.family = ADDR_NONE;
		r.why = "the configuration allows no such calls that way";
	}
	return r;
}

/* Holds the way against the policy; where that refuses it, it leads nowhere. */
static void judge(struct gw_call *call)
{
	const char *why = gw_permit_call(call, NULL);
	const uint8_t needed = call->kind == GW_CALL_DATA ? GW_MEDIA_DATA : GW_MEDIA_AUDIO;
	if (why == NULL && (call->media & needed) == 0)
		why = "the rule of the policy allows it no such medium";
	if (why == NULL)
		return;
	call->route.dest.family = ADDR_NONE;
	call->route.why = why;
}

bool gw_port_call_way(struct gw_call *call)
{
	if (call->route.why != NULL)
		return call->wait == NULL;
	call->route = route(call);
	call->dest = call->route.dest; /* whoever follows is told of both ends */
	gw_follow_start(call);
	if (call->route.dest.family != ADDR_NONE)
		judge(call);
	return call->route.dest.family == ADDR_NONE || !gw_leases_wait(call);
}

const char *gw_port_call_set_out(struct gw_call *call)
{
	const struct gw_route *r = &call->route;
	struct gw_leg *leg = &call->leg[GW_CALLEE];
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	leg->realm = r->realm;
	if (r->dest.family == ADDR_NONE)
		return r->why;
	leg->local_ip = gw_address_local(call->cfg, r->realm, &call->leg[GW_CALLER].peer_ip, r->dest.family);
	if (leg->local_ip.family == ADDR_NONE)
		return "the gateway has no address of the called host's family";
	leg->peer_ip = addr_with_port(r->dest, 0);
	leg->conn.peer = r->dest;
	call->state = GW_CALL_CONNECTING;
	log_info("gateway", "call %llu of %s from %s to %s: %s", (unsigned long long)call->id,
		service_of(call->cfg, call->kind).what, addr_str(&call->leg[GW_CALLER].conn.peer, a),
		addr_str(&r->dest, b), r->why);
	gw_notef(call, "%s: %s, realm %s, from %s", r->why, addr_str(&r->dest, b), r->realm->name,
		addr_ip_str(&leg->local_ip, a));
	gw_leases_hold(call);
	return NULL;
}

/* --- later --- */

void gw_port_call_resume(struct gw_call *call)
{
	if (call->kind == GW_CALL_DATA)
		gw_data_resume(call);
	else
		gw_audio_resume(call);
}

uint64_t gw_port_call_idle_at(const struct gw_call *call)
{
	const uint64_t udp_ms = call->kind == GW_CALL_AUDIO ? gw_audio_last_ms(call) : 0;
	return (udp_ms > call->heard_ms ? udp_ms : call->heard_ms) + call->cfg->timers.data_idle_ms;
}
