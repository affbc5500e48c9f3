/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/channel.h"

#include "gateway/permit.h"
#include "gateway/secondary.h"

#include <stdlib.h>

static uint32_t call_age(const struct gw_call *call)
{
	return (uint32_t)(gw_now(call->gw) - call->start_ms);
}

/* --- pinholes --- */

struct gw_pinhole *gw_pinhole_new(
	struct gw_call *call, enum gw_pinhole_kind kind, int from_leg, uint32_t session, uint16_t lcn)
{
	struct gw_pinhole *p, *tmp;
	if (call->n_pinholes >= GW_PINHOLES_KEPT) {
		/* the ladder forgets the oldest closed one: a peer decides how many there are */
		DL_FOREACH_SAFE (call->pinholes, p, tmp) {
			if (!p->open) {
				DL_DELETE(call->pinholes, p);
				free(p);
				call->n_pinholes--;
				break;
			}
		}
	}
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return NULL;
	call->n_pinholes++;
	p->kind = (uint8_t)kind;
	p->from_leg = (uint8_t)from_leg;
	p->session = session;
	p->lcn = lcn;
	p->open = true;
	p->opened_ms = call_age(call);
	DL_APPEND(call->pinholes, p);
	return p;
}

void gw_pinhole_close(struct gw_call *call, struct gw_pinhole *p)
{
	if (p == NULL || !p->open)
		return;
	p->open = false;
	p->closed_ms = call_age(call);
	if (p->kind == GW_PINHOLE_RTP || p->kind == GW_PINHOLE_RTCP) {
		call->gw->count.rtp_packets += p->packets;
		call->gw->count.rtp_bytes += p->bytes;
		call->gw->count.rtp_refused += p->refused;
	}
}

/* --- sessions --- */

static void flow_close(struct gw_call *call, struct gw_session *s, int from, enum relay_part part)
{
	const struct relay_ops *ops = call->gw->relay.ops;
	struct gw_pinhole *p = s->pinhole[from][part];
	if (!s->flow_set[from][part])
		return;
	ops->flow_clear(s->relay, from, part);
	s->flow_set[from][part] = false;
	if (p == NULL)
		return;
	struct relay_flow_stats st;
	ops->flow_stats(s->relay, from, part, &st);
	/* the relay counts for the life of the session, a pinhole for its own */
	p->packets = st.packets - s->before[from][part].packets;
	p->bytes = st.bytes - s->before[from][part].bytes;
	p->refused = st.refused - s->before[from][part].refused;
	/* what comes late after all is no loss any more */
	if (st.lost > s->before[from][part].lost)
		p->lost = st.lost - s->before[from][part].lost;
	p->ssrc_changes = st.ssrc_changes - s->before[from][part].ssrc_changes;
	p->jitter_us = st.jitter_us;
	s->before[from][part] = st;
	if (st.source.family != ADDR_NONE)
		p->from = st.source;
	gw_pinhole_close(call, p);
	s->pinhole[from][part] = NULL;
}

/* Where TO is no address, nothing passes. */
static void flow_open(struct gw_call *call, struct gw_session *s, int from, enum relay_part part, const struct addr *to)
{
	const struct relay_flow f = { .from = addr_with_port(s->host[from], 0), .to = *to };
	struct gw_pinhole *p = s->pinhole[from][part];
	if (p != NULL && addr_eq(&p->to, &f.to) && addr_ip_eq(&p->from, &f.from))
		return;
	flow_close(call, s, from, part);
	if (call->gw->relay.ops->flow_set(s->relay, from, part, &f) != 0) {
		gw_complain(call, "the relay refused a flow");
		return;
	}
	s->flow_set[from][part] = true;
	p = gw_pinhole_new(call, part == RELAY_RTP ? GW_PINHOLE_RTP : GW_PINHOLE_RTCP, from, s->id, 0);
	s->pinhole[from][part] = p;
	s->opened_ms = gw_now(call->gw);
	if (p == NULL)
		return;
	p->from = f.from;
	p->to = f.to;
	p->local_in = s->local[from][part].port;
	p->local_out = s->local[1 - from][part].port;
}

/* RTP passes while its channel is open; RTCP both ways while any channel of the session is (RFC 3550 6:
 * reports flow against it). Who is behind a NAT is listened to all that time, to learn where it receives. */
static void session_refresh(struct gw_call *call, struct gw_session *s)
{
	const bool any = !s->silent && s->transmitting[0] + s->transmitting[1] > 0;
	for (int from = 0; from < GW_LEGS; from++) {
		for (int part = 0; part < RELAY_PARTS; part++) {
			const bool wanted = part == RELAY_RTP ? any && s->transmitting[from] > 0 : any;
			if (wanted && s->dest[1 - from][part].family != ADDR_NONE)
				flow_open(call, s, from, (enum relay_part)part, &s->dest[1 - from][part]);
			else if (any && call->leg[from].behind)
				flow_open(call, s, from, (enum relay_part)part, &(struct addr){ 0 });
			else
				flow_close(call, s, from, (enum relay_part)part);
		}
	}
}

static struct gw_session *session_find(struct gw_call *call, uint32_t id, int leg, uint16_t lcn)
{
	struct gw_session *s;
	DL_FOREACH (call->sessions, s) {
		if (s->id == id && (id != 0 || (s->provisional_leg == leg && s->provisional_lcn == lcn)))
			return s;
	}
	return NULL;
}

/* CNAMEs say where a host stands. */
static void hide_inside(const struct gw_call *call, struct gw_session *s)
{
	const struct relay_ops *ops = call->gw->relay.ops;
	for (int l = 0; l < GW_LEGS && ops->session_hide != NULL; l++)
		if (call->leg[l].realm->role == GW_ROLE_INSIDE &&
			call->leg[1 - l].realm->role == GW_ROLE_OUTSIDE)
			ops->session_hide(s->relay, l);
}

int gw_session_get(struct gw_call *call, struct gw_session **out, uint32_t id, int leg, uint16_t lcn)
{
	const struct relay *relay = &call->gw->relay;
	struct gw_session *s = session_find(call, id, leg, lcn);
	uint32_t n = 0;
	if (s != NULL) {
		*out = s;
		return 0;
	}
	DL_COUNT(call->sessions, s, n);
	if (n >= call->cfg->limits.channels_per_call)
		return PST_E_LIMIT; /* a table of communication modes has room for 256 */
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	const struct addr local[RELAY_LEGS] = { call->leg[0].local_ip, call->leg[1].local_ip };
	const int err = relay->ops->session_open(relay->plane, local, &s->relay);
	if (err != 0) {
		free(s);
		call->gw->count.media_exhausted++;
		return err;
	}
	s->id = id;
	s->provisional_leg = (uint8_t)leg;
	s->provisional_lcn = lcn;
	hide_inside(call, s);
	for (int l = 0; l < GW_LEGS; l++) {
		s->host[l] = addr_with_port(call->leg[l].peer_ip, 0);
		for (int part = 0; part < RELAY_PARTS; part++)
			s->local[l][part] = relay->ops->session_local(s->relay, l, (enum relay_part)part);
	}
	DL_APPEND(call->sessions, s);
	*out = s;
	return 0;
}

static void session_release(struct gw_call *call, struct gw_session *s)
{
	if (s->users > 0)
		return;
	for (int from = 0; from < GW_LEGS; from++)
		for (int part = 0; part < RELAY_PARTS; part++)
			flow_close(call, s, from, (enum relay_part)part);
	call->gw->relay.ops->session_close(s->relay);
	DL_DELETE(call->sessions, s);
	free(s);
}

void gw_session_dest(
	struct gw_call *call, struct gw_session *s, int leg, enum relay_part part, const struct addr *to)
{
	s->dest[leg][part] = *to;
	s->host[leg] = addr_with_port(*to, 0);
	s->silent = false;
	session_refresh(call, s);
}

void gw_session_latch(
	struct gw_call *call, struct gw_session *s, int leg, enum relay_part part, const struct addr *from)
{
	char text[ADDR_STRLEN];
	s->dest[leg][part] = *from;
	gw_notef(call, "session %u: %s of the %s comes from %s, and goes there", s->id, part == RELAY_RTP ? "RTP" : "RTCP",
		leg == GW_CALLER ? "caller" : "callee", addr_str(from, text));
	session_refresh(call, s);
}

/* When a packet last passed, or its flows were opened. */
static uint64_t session_last(const struct gw_call *call, const struct gw_session *s)
{
	uint64_t last = s->opened_ms;
	for (int i = 0; i < GW_LEGS * RELAY_PARTS; i++) {
		struct relay_flow_stats st;
		call->gw->relay.ops->flow_stats(
			s->relay, i / RELAY_PARTS, (enum relay_part)(i % RELAY_PARTS), &st);
		if (st.last_ms > last)
			last = st.last_ms;
	}
	return last;
}

bool gw_media_last(const struct gw_call *call, uint64_t *last_ms)
{
	const struct gw_session *s;
	bool any = false;
	*last_ms = call->active_ms;
	DL_FOREACH (call->sessions, s) {
		if (s->transmitting[0] + s->transmitting[1] == 0)
			continue;
		const uint64_t last = session_last(call, s);
		any = true;
		if (last > *last_ms)
			*last_ms = last;
	}
	return any;
}

uint64_t gw_media_expire(struct gw_call *call, uint64_t now_ms)
{
	struct gw_session *s;
	uint64_t next = 0;
	DL_FOREACH (call->sessions, s) {
		if (s->silent || s->transmitting[0] + s->transmitting[1] == 0)
			continue;
		const uint64_t last = session_last(call, s);
		const uint64_t until =
			(last > call->active_ms ? last : call->active_ms) + call->cfg->timers.media_idle_ms;
		if (until <= now_ms) {
			gw_notef(call, "session %u: closed, nothing came in either direction", s->id);
			s->silent = true;
			session_refresh(call, s);
		} else if (next == 0 || until < next) {
			next = until;
		}
	}
	return next;
}

/* --- channels --- */

struct gw_channel *gw_channel_find(struct gw_call *call, int sender, uint16_t lcn)
{
	struct gw_channel *ch;
	DL_FOREACH (call->channels, ch) {
		if (ch->state != GW_CHANNEL_PROPOSED && ch->sender == sender && ch->lcn == lcn)
			return ch;
	}
	return NULL;
}

static struct gw_channel *find_same_proposal(
	struct gw_call *call, int sender, uint16_t lcn, uint32_t session_id)
{
	struct gw_channel *ch;
	DL_FOREACH (call->channels, ch) {
		if (ch->state == GW_CHANNEL_PROPOSED && ch->sender == sender && ch->lcn == lcn &&
			ch->session_id == session_id)
			return ch;
	}
	return NULL;
}

struct gw_channel *gw_channel_proposal(struct gw_call *call, int sender, uint16_t lcn, uint32_t session_id)
{
	struct gw_channel *ch, *by_session = NULL;
	DL_FOREACH (call->channels, ch) {
		if (ch->state != GW_CHANNEL_PROPOSED || ch->sender != sender || ch->session_id != session_id)
			continue;
		if (ch->lcn == lcn)
			return ch;
		if (by_session == NULL)
			by_session = ch;
	}
	return by_session;
}

int gw_channel_offer(struct gw_call *call, struct gw_channel **out, int from, int sender, uint16_t lcn,
	bool proposed, uint32_t session_id)
{
	struct gw_channel *ch = proposed ? find_same_proposal(call, sender, lcn, session_id)
					 : gw_channel_find(call, sender, lcn);
	if (ch != NULL && proposed) {
		/* another codec for the same channel: the ports that the first was given are announced
		 * already */
		*out = ch;
		return 0;
	}
	if (ch != NULL)
		gw_channel_close(call, ch);
	if (call->n_channels >= call->cfg->limits.channels_per_call)
		return PST_E_LIMIT;
	ch = calloc(1, sizeof *ch);
	if (ch == NULL)
		return PST_E_NOMEM;
	ch->sender = (uint8_t)sender;
	ch->offered_by = (uint8_t)from;
	ch->lcn = lcn;
	ch->session_id = session_id;
	ch->fast = proposed;
	ch->state = proposed ? GW_CHANNEL_PROPOSED : GW_CHANNEL_OPENING;
	DL_APPEND(call->channels, ch);
	call->n_channels++;
	*out = ch;
	return 0;
}

int gw_channel_session(struct gw_call *call, struct gw_channel *ch, struct gw_session **out)
{
	if (ch->session == NULL) {
		const int err = gw_session_get(call, &ch->session, ch->session_id, ch->sender, ch->lcn);
		if (err != 0)
			return err;
		ch->session->users++;
	}
	*out = ch->session;
	return 0;
}

/* What leg's peer said of where it receives, without touching flows. */
static void learn(struct gw_session *s, int leg, const struct addr said[RELAY_PARTS])
{
	for (int part = 0; part < RELAY_PARTS; part++) {
		if (said[part].family == ADDR_NONE)
			continue;
		s->dest[leg][part] = said[part];
		s->host[leg] = addr_with_port(said[part], 0);
	}
}

void gw_channel_open(struct gw_call *call, struct gw_channel *ch, const struct addr answer[RELAY_PARTS])
{
	struct gw_session *s = ch->session;
	ch->state = GW_CHANNEL_OPEN;
	if (!ch->counted)
		gw_permit_count(call, ch, true);
	ch->counted = true;
	if (s == NULL)
		return;
	if (s->id == 0)
		s->id = ch->session_id; /* the master's choice has come with the answer */
	learn(s, ch->offered_by, ch->offer);
	learn(s, 1 - ch->offered_by, answer);
	if (!ch->rtp_open) {
		s->transmitting[ch->sender]++;
		if (ch->bidirectional)
			s->transmitting[1 - ch->sender]++;
		ch->rtp_open = true;
	}
	s->silent = false;
	session_refresh(call, s);
}

void gw_channel_close(struct gw_call *call, struct gw_channel *ch)
{
	struct gw_session *s = ch->session;
	gw_secondary_close_channel(call, ch->sender, ch->lcn);
	if (ch->counted)
		gw_permit_count(call, ch, false);
	if (s != NULL) {
		if (ch->rtp_open) {
			s->transmitting[ch->sender]--;
			if (ch->bidirectional)
				s->transmitting[1 - ch->sender]--;
		}
		s->users--;
		session_refresh(call, s);
		session_release(call, s);
	}
	DL_DELETE(call->channels, ch);
	call->n_channels--;
	free(ch);
}

void gw_channel_drop_proposals(struct gw_call *call)
{
	struct gw_channel *ch, *tmp;
	DL_FOREACH_SAFE (call->channels, ch, tmp) {
		if (ch->state == GW_CHANNEL_PROPOSED)
			gw_channel_close(call, ch);
	}
}

void gw_channel_close_all(struct gw_call *call)
{
	struct gw_channel *ch, *tmp;
	DL_FOREACH_SAFE (call->channels, ch, tmp)
		gw_channel_close(call, ch);
	struct gw_session *s, *stmp;
	DL_FOREACH_SAFE (call->sessions, s, stmp) {
		s->users = 0;
		session_release(call, s);
	}
}
