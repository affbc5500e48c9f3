/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the gateway says of itself: status, calls, ladders, as JSON. */
#include <stdio.h>

#include "gateway/audio_call.h"
#include "gateway/call.h"
#include "gateway/channel.h"
#include "gateway/permit.h"
#include "gateway/t120.h"

static json_t *text_or_null(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

static json_t *number(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *address_json(const struct addr *a)
{
	char text[ADDR_STRLEN];
	return a->family != ADDR_NONE ? json_string(addr_str(a, text)) : json_null();
}

/* --- pinholes --- */

/* The relay's figures since the pinhole opened, for one that is open. */
static bool live_figures(const struct gw_call *call, const struct gw_pinhole *p, struct relay_flow_stats *out)
{
	const struct gw_session *s;
	if (gw_audio_figures(call, p, out))
		return true;
	DL_FOREACH (call->sessions, s) {
		for (int part = 0; part < RELAY_PARTS; part++) {
			if (s->pinhole[p->from_leg][part] != p)
				continue;
			const struct relay_flow_stats *before = &s->before[p->from_leg][part];
			call->gw->relay.ops->flow_stats(s->relay, p->from_leg, (enum relay_part)part, out);
			out->packets -= before->packets;
			out->bytes -= before->bytes;
			out->refused -= before->refused;
			out->lost -= before->lost < out->lost ? before->lost : out->lost;
			out->ssrc_changes -= before->ssrc_changes;
			return true;
		}
	}
	return false;
}

static json_t *pinhole_json(const struct gw_call *call, const struct gw_pinhole *p)
{
	static const char *const kinds[] = { "rtp", "rtcp", "h245", "t120", "audio", "udp" };
	struct relay_flow_stats st = {
		.packets = p->packets, .bytes = p->bytes, .refused = p->refused, .source = p->from,
		.lost = p->lost, .jitter_us = p->jitter_us, .ssrc_changes = p->ssrc_changes
	};
	if (p->open && !live_figures(call, p, &st))
		st.source = p->from;
	json_t *o = json_object();
	json_object_set_new(o, "kind", json_string(kinds[p->kind]));
	if (p->session != 0)
		json_object_set_new(o, "session", json_integer(p->session));
	if (p->lcn != 0)
		json_object_set_new(o, "channel", json_integer(p->lcn));
	json_object_set_new(o, "from_leg", json_integer(p->from_leg));
	json_object_set_new(o, "from", address_json(st.source.family != ADDR_NONE ? &st.source : &p->from));
	json_object_set_new(o, "local_in", json_integer(p->local_in));
	json_object_set_new(o, "local_out", json_integer(p->local_out));
	json_object_set_new(o, "to", address_json(&p->to));
	json_object_set_new(o, "packets", number(st.packets));
	json_object_set_new(o, "bytes", number(st.bytes));
	json_object_set_new(o, "refused", number(st.refused));
	if (p->kind == GW_PINHOLE_RTP) {
		json_object_set_new(o, "lost", number(st.lost));
		json_object_set_new(o, "jitter_us", json_integer(st.jitter_us));
		json_object_set_new(o, "ssrc_changes", json_integer(st.ssrc_changes));
	}
	json_object_set_new(o, "open", json_boolean(p->open));
	json_object_set_new(o, "opened_ms", json_integer(p->opened_ms));
	if (!p->open)
		json_object_set_new(o, "closed_ms", json_integer(p->closed_ms));
	return o;
}

static uint64_t media_packets(const struct gw_call *call)
{
	const struct gw_pinhole *p;
	uint64_t n = 0;
	DL_FOREACH (call->pinholes, p) {
		struct relay_flow_stats st;
		if (p->kind != GW_PINHOLE_RTP && p->kind != GW_PINHOLE_UDP)
			continue;
		n += p->open && live_figures(call, p, &st) ? st.packets : p->packets;
	}
	return n;
}

/* --- calls --- */

static const char *direction(const struct gw_call *call)
{
	const struct gw_realm *a = call->leg[0].realm, *b = call->leg[1].realm;
	if (a == NULL || b == NULL || a == b)
		return "within";
	return a->role == GW_ROLE_INSIDE ? "out" : "in";
}

static json_t *call_json(const struct gw_call *call)
{
	const uint64_t end = call->state == GW_CALL_ENDED ? call->end_ms : gw_now(call->gw);
	static const char *const kinds[] = { "h323", "data", "audio" };
	unsigned open = 0;
	const struct gw_pinhole *p;
	DL_FOREACH (call->pinholes, p)
		open += p->open;
	json_t *o = json_object();
	json_object_set_new(o, "id", number(call->id));
	json_object_set_new(o, "kind", json_string(kinds[call->kind]));
	json_object_set_new(o, "state", json_string(gw_call_state_str(call->state)));
	json_object_set_new(o, "direction", json_string(direction(call)));
	json_object_set_new(o, "from", address_json(&call->leg[0].conn.peer));
	json_object_set_new(o, "to", address_json(&call->dest));
	json_object_set_new(o, "caller", text_or_null(call->caller));
	json_object_set_new(o, "called", text_or_null(call->called));
	json_object_set_new(o, "started", json_real((double)call->start_wall_ms / 1000));
	json_object_set_new(o, "duration_ms", number(end - call->start_ms));
	if (call->active_ms != 0)
		json_object_set_new(o, "setup_ms", number(call->active_ms - call->start_ms));
	json_object_set_new(o, "channels", json_integer(call->n_channels));
	json_object_set_new(o, "pinholes_open", json_integer(open));
	json_object_set_new(o, "packets", number(media_packets(call)));
	if (call->ended_why != NULL)
		json_object_set_new(o, "ended", json_string(call->ended_why));
	return o;
}

json_t *gateway_calls_json(const struct gateway *gw)
{
	json_t *list = json_array();
	const struct gw_call *call;
	for (call = gw->calls; call != NULL; call = call->hh.next)
		json_array_append_new(list, call_json(call));
	DL_FOREACH (gw->ended, call) {
		if (!call->summoned)
			json_array_append_new(list, call_json(call));
	}
	return list;
}

static json_t *leg_json(const struct gw_leg *leg)
{
	json_t *o = json_object();
	json_object_set_new(o, "realm", text_or_null(leg->realm != NULL ? leg->realm->name : NULL));
	json_object_set_new(o, "peer", address_json(&leg->conn.peer));
	json_object_set_new(o, "local",
		address_json(leg->conn.local.family != ADDR_NONE ? &leg->conn.local : &leg->local_ip));
	json_object_set_new(o, "state", json_string(h225_call_state_name(leg->machine.state)));
	return o;
}

static const struct gw_call *call_find(const struct gateway *gw, uint64_t id)
{
	struct gw_call *call;
	HASH_FIND(hh, gw->calls, &id, sizeof id, call);
	if (call != NULL)
		return call;
	DL_FOREACH (gw->ended, call) {
		if (call->id == id)
			return call;
	}
	return NULL;
}

json_t *gateway_call_json(const struct gateway *gw, uint64_t id)
{
	const struct gw_call *call = call_find(gw, id);
	if (call == NULL)
		return NULL;
	json_t *o = call_json(call), *pinholes = json_array();
	const struct gw_pinhole *p;
	DL_FOREACH (call->pinholes, p)
		json_array_append_new(pinholes, pinhole_json(call, p));
	json_object_set_new(o, "legs", json_pack("[o, o]", leg_json(&call->leg[0]), leg_json(&call->leg[1])));
	json_object_set_new(o, "ladder", gw_ladder_json(&call->ladder));
	if (call->ladder.dropped > 0)
		json_object_set_new(o, "ladder_dropped", json_integer(call->ladder.dropped));
	json_object_set_new(o, "pinholes", pinholes);
	json_t *data = gw_t120_json(call);
	if (data != NULL)
		json_object_set_new(o, "data", data);
	return o;
}

/* --- the whole --- */

static json_t *realms_json(const struct gw_config *cfg)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < cfg->n_realms; i++) {
		json_t *o = json_object();
		json_object_set_new(o, "name", json_string(cfg->realms[i].name));
		json_object_set_new(
			o, "role", json_string(cfg->realms[i].role == GW_ROLE_INSIDE ? "inside" : "outside"));
		json_object_set_new(o, "address", address_json(&cfg->realms[i].address));
		json_array_append_new(list, o);
	}
	return list;
}

/* What the rules' calls take now. */
static json_t *rules_json(const struct gateway *gw)
{
	const struct gw_config *cfg = &gw->conf->cfg;
	json_t *list = json_array();
	for (uint32_t i = 0; i < cfg->n_rules; i++) {
		const struct gw_rule *r = &cfg->rules[i];
		const struct gw_rule_use *u;
		HASH_FIND_STR(gw->rule_uses, r->name, u);
		json_array_append_new(list,
			json_pack("{s:s, s:b, s:I, s:I}", "name", r->name, "allow", r->allow, "calls",
				(json_int_t)(u != NULL ? u->calls : 0), "kbit", (json_int_t)(u != NULL ? u->kbit : 0)));
	}
	return list;
}

json_t *gateway_status_json(const struct gateway *gw)
{
	static const char *const modes[] = { "off", "intercept", "enforce" };
	const struct gw_counters *n = &gw->count;
	const struct gw_config *cfg = &gw->conf->cfg;
	uint32_t sessions, sessions_max;
	uint64_t packets = n->rtp_packets, bytes = n->rtp_bytes, refused = n->rtp_refused, pinholes = 0;
	gw->relay.ops->usage(gw->relay.plane, &sessions, &sessions_max);
	for (const struct gw_call *call = gw->calls; call != NULL; call = call->hh.next) {
		const struct gw_pinhole *p;
		DL_FOREACH (call->pinholes, p) {
			struct relay_flow_stats st;
			pinholes += p->open;
			if (p->open && live_figures(call, p, &st)) {
				packets += st.packets;
				bytes += st.bytes;
				refused += st.refused;
			}
		}
	}
	json_t *o = json_object();
	json_object_set_new(o, "uptime_s", number((gw_now(gw) - gw->start_ms) / 1000));
	json_object_set_new(o, "mode", json_string(modes[cfg->mode]));
	json_object_set_new(o, "calls",
		json_pack("{s:I, s:I, s:I, s:I, s:I}", "active", (json_int_t)HASH_COUNT(gw->calls), "total",
			(json_int_t)n->calls, "failed", (json_int_t)n->failed, "refused",
			(json_int_t)n->refused, "peak", (json_int_t)n->peak));
	json_object_set_new(o, "messages",
		json_pack("{s:I, s:I, s:I}", "from_callers", (json_int_t)n->messages[0], "from_callees",
			(json_int_t)n->messages[1], "h245", (json_int_t)n->h245_messages));
	json_object_set_new(o, "errors",
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "undecodable", (json_int_t)n->undecodable,
			"not_permitted", (json_int_t)n->bad_state, "addresses_refused",
			(json_int_t)n->address_refused, "half_open", (json_int_t)n->half_open,
			"secondaries_refused", (json_int_t)n->secondary_refused, "media_exhausted",
			(json_int_t)n->media_exhausted));
	json_object_set_new(o, "pinholes", number(pinholes));
	json_object_set_new(o, "media",
		json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "relay", gw->relay.ops->name, "sessions",
			(json_int_t)sessions, "sessions_max", (json_int_t)sessions_max, "packets",
			(json_int_t)packets, "bytes", (json_int_t)bytes, "refused", (json_int_t)refused));
	if (gw->relay.ops->orphans != NULL)
		json_object_set_new(json_object_get(o, "media"), "orphans",
			json_integer(gw->relay.ops->orphans(gw->relay.plane)));
	json_object_set_new(o, "realms", realms_json(cfg));
	json_object_set_new(o, "rules", rules_json(gw));
	return o;
}

/* --- for followers --- */

void gw_note(struct gw_call *call, int leg, enum gw_via via, const char *text,
	const struct gw_ladder_addr *addrs, uint16_t n_addrs)
{
	const uint64_t t = gw_now(call->gw) - call->start_ms;
	const struct gw_ladder_entry *e =
		gw_ladder_add(&call->ladder, (uint32_t)t, leg, via, text, addrs, n_addrs);
	if (e == NULL || call->gw->followers == NULL)
		return;
	json_t *o = gw_ladder_entry_json(e);
	json_object_set_new(o, "call", number(call->id));
	gw_tell(call->gw, o);
}

static void tell_edge(struct gw_call *call, const char *edge)
{
	if (call->gw->followers == NULL)
		return;
	json_t *o = call_json(call);
	json_object_set_new(o, "call", number(call->id));
	json_object_set_new(o, "event", json_string(edge));
	json_object_set_new(o, "legs", json_pack("[o, o]", leg_json(&call->leg[0]), leg_json(&call->leg[1])));
	gw_tell(call->gw, o);
}

void gw_follow_start(struct gw_call *call)
{
	tell_edge(call, "start");
}

void gw_follow_end(struct gw_call *call)
{
	tell_edge(call, "end");
}
