/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/secondary.h"

#include <stdlib.h>

#include "gateway/audio_call.h"
#include "gateway/behind.h"
#include "gateway/channel.h"
#include "gateway/data_call.h"
#include "gateway/t120.h"
#include "gateway/translate.h"
#include "h245/str.h"

/* Announcements of one call that may stand at once: a peer decides how many it makes. */
enum { SECONDARIES_MAX = 8, PAIRS_MAX = 16 };

static struct gw_secondary *find(
	struct gw_call *call, int target_leg, const struct addr *target, uint8_t kind)
{
	struct gw_secondary *s;
	DL_FOREACH (call->secondaries, s) {
		if (s->kind == kind && s->target_leg == target_leg && addr_eq(&s->target, target))
			return s;
	}
	return NULL;
}

static unsigned count_secondaries(const struct gw_call *call)
{
	const struct gw_secondary *s;
	unsigned n = 0;
	DL_COUNT(call->secondaries, s, n);
	return n;
}

static void secondary_free(struct gw_secondary *s)
{
	struct gw_call *call = s->call;
	if (s->handle != NULL)
		call->gw->io->unlisten(call->gw->io_arg, s);
	if (s->shared)
		DL_DELETE2(call->gw->on_data_port, s, prev_there, next_there);
	gw_pinhole_close(call, s->pinhole);
	DL_DELETE(call->secondaries, s);
	free(s);
}

static const struct gw_leg *listening_leg(const struct gw_secondary *s)
{
	return &s->call->leg[1 - s->target_leg];
}

/* On the gateway's own port for T.120 several calls' announcements stand at once, as long as their peers on that side
 * are different hosts; whoever has one there already gets a port of its own. */
static bool share(struct gw_secondary *s, const struct addr *at)
{
	struct gateway *gw = s->call->gw;
	const struct gw_secondary *o;
	if (s->kind != GW_CONN_T120 || at->port == 0 || at->port != s->call->cfg->data.port)
		return false;
	DL_FOREACH2 (gw->on_data_port, o, next_there) {
		if (addr_eq(&o->local, at) && addr_ip_eq(&listening_leg(o)->peer_ip, &listening_leg(s)->peer_ip))
			return false;
	}
	s->shared = true;
	s->local = *at;
	DL_APPEND2(gw->on_data_port, s, prev_there, next_there);
	return true;
}

static int listen_at(struct gw_secondary *s, const struct addr *at)
{
	struct addr own = *at;
	if (share(s, at))
		return 0;
	if (at->port == s->call->cfg->data.port)
		own.port = 0; /* that one has its listener */
	return s->call->gw->io->listen(s->call->gw->io_arg, s, &own);
}

int gw_secondary_announce(struct gw_call *call, enum gw_conn_kind kind, int target_leg,
	const struct addr *target, uint16_t want_port, int sender, uint16_t lcn, struct addr *local)
{
	struct gw_secondary *s = find(call, target_leg, target, (uint8_t)kind);
	if (s != NULL) {
		*local = s->local;
		return 0;
	}
	if (count_secondaries(call) >= SECONDARIES_MAX)
		return PST_E_LIMIT;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	s->call = call;
	s->kind = (uint8_t)kind;
	s->target_leg = (uint8_t)target_leg;
	s->sender = (uint8_t)sender;
	s->lcn = lcn;
	s->target = *target;
	s->since_ms = gw_now(call->gw);
	const struct addr at = addr_with_port(call->leg[1 - target_leg].local_ip, want_port);
	const int err = listen_at(s, &at);
	if (err != 0) {
		free(s);
		return err;
	}
	s->pinhole = gw_pinhole_new(
		call, kind == GW_CONN_H245 ? GW_PINHOLE_H245 : GW_PINHOLE_T120, 1 - target_leg, 0, lcn);
	if (s->pinhole != NULL) {
		s->pinhole->from = addr_with_port(call->leg[1 - target_leg].peer_ip, 0);
		s->pinhole->to = *target;
		s->pinhole->local_in = s->local.port;
	}
	DL_APPEND(call->secondaries, s);
	*local = s->local;
	return 0;
}

/* The other one of the two listeners. */
static struct gw_secondary *counterpart(const struct gw_secondary *s)
{
	struct gw_secondary *o;
	DL_FOREACH (s->call->secondaries, o) {
		if (o != s && o->reverse)
			return o;
	}
	return NULL;
}

int gw_secondary_reverse(struct gw_call *call, int target_leg, const struct addr *target, struct addr *local)
{
	struct gw_secondary *s = find(call, target_leg, target, GW_CONN_H245);
	struct addr ours;
	if (s != NULL) {
		*local = s->local;
		return 0;
	}
	DL_FOREACH (call->secondaries, s) {
		if (s->reverse)
			return PST_E_DENIED; /* one at a time */
	}
	int err = gw_secondary_announce(call, GW_CONN_H245, target_leg, target, 0, 0, 0, local);
	if (err != 0)
		return err;
	/* what stands for the other side, towards who is behind the NAT */
	err = gw_secondary_announce(call, GW_CONN_H245, 1 - target_leg, local, 0, 0, 0, &ours);
	if (err != 0)
		return err;
	/* the two that were made last */
	for (s = call->secondaries; s != NULL; s = s->next)
		s->reverse = s->reverse || addr_eq(&s->local, local) || addr_eq(&s->local, &ours);
	gw_behind_start_h245(call, target_leg, &ours);
	return 0;
}

const struct gw_secondary *gw_secondary_behind(const struct gw_call *call, int leg, const struct addr *local)
{
	const struct gw_secondary *s;
	DL_FOREACH (call->secondaries, s) {
		if (s->target_leg != leg && addr_eq(&s->local, local))
			return s;
	}
	return NULL;
}

/* --- pairs --- */

void gw_pair_close(struct gw_pair *p, bool abort, const char *why)
{
	struct gw_call *call = p->conn[0].call;
	call->pair_why = why;
	if (call->kind == GW_CALL_DATA)
		gw_data_refuse(p);
	for (int l = 0; l < GW_LEGS; l++)
		gw_conn_close(&p->conn[l], abort);
	gw_pinhole_close(call, p->pinhole);
	struct gw_secondary *s;
	DL_FOREACH (call->secondaries, s) {
		if (s->half == p)
			s->half = NULL;
	}
	DL_DELETE(call->pairs, p);
	/* somebody further up may be working with it */
	LL_PREPEND(call->dead_pairs, p);
}

void gw_secondary_reap(struct gw_call *call)
{
	struct gw_pair *p, *tmp;
	LL_FOREACH_SAFE (call->dead_pairs, p, tmp) {
		for (int l = 0; l < GW_LEGS; l++)
			frames_reset(&p->conn[l].in);
		gw_t120_end(p);
		free(p);
	}
	call->dead_pairs = NULL;
}

static bool may_connect(const struct gw_secondary *s, const struct addr *peer)
{
	const struct gw_leg *leg = listening_leg(s);
	const struct addr a = addr_with_port(*peer, 1024);
	return gw_address_judge(s->call->cfg, leg->realm, &leg->peer_ip, &a) == GW_ADDR_OWN;
}

static unsigned count_pairs(const struct gw_call *call)
{
	const struct gw_pair *p;
	unsigned n = 0;
	DL_COUNT(call->pairs, p, n);
	return n;
}

static void conn_init(struct gw_conn *c, struct gw_call *call, struct gw_pair *p, int leg, uint8_t kind)
{
	c->call = call;
	c->pair = p;
	c->leg = (uint8_t)leg;
	c->kind = kind;
	tpkt_init(&c->in, call->cfg->limits.message_bytes);
}

struct gw_pair *gw_pair_new(struct gw_call *call, enum gw_conn_kind kind, int opener)
{
	struct gw_pair *p = count_pairs(call) < PAIRS_MAX ? calloc(1, sizeof *p) : NULL;
	if (p == NULL)
		return NULL;
	p->kind = (uint8_t)kind;
	p->opener = (uint8_t)opener;
	p->since_ms = gw_now(call->gw);
	for (int l = 0; l < GW_LEGS; l++)
		conn_init(&p->conn[l], call, p, l, p->kind);
	DL_APPEND(call->pairs, p);
	return p;
}

int gw_pair_connect(struct gw_pair *p, const struct addr *target)
{
	struct gw_call *call = p->conn[0].call;
	const int leg = 1 - p->opener;
	struct gw_conn *c = &p->conn[leg];
	c->peer = *target;
	c->state = GW_CONN_CONNECTING;
	const int err = call->gw->io->connect(call->gw->io_arg, c, &call->leg[leg].local_ip, target);
	if (err != 0)
		c->state = GW_CONN_CLOSED;
	return err;
}

/* One end of the pair P has come, to S: the other is awaited. */
static void await_half(struct gw_secondary *s, struct gw_pair *p)
{
	struct gw_secondary *other = counterpart(s);
	p->conn[s->target_leg].state = GW_CONN_CONNECTING;
	if (other != NULL)
		other->half = p;
}

/* The other end has come. */
static void second_half(struct gw_secondary *s, void *accepted, const struct addr *peer)
{
	struct gw_call *call = s->call;
	struct gw_conn *c = &s->half->conn[1 - s->target_leg];
	const struct addr local = s->local;
	char text[ADDR_STRLEN];
	c->peer = *peer;
	call->gw->io->adopt(call->gw->io_arg, c, accepted);
	gw_notef(call, "H.245 connection from %s, as it was asked for", addr_str(peer, text));
	secondary_free(s);
	gw_conn_opened(c, &local);
}

int gw_secondary_accepted(struct gw_secondary *s, void *accepted, const struct addr *peer)
{
	struct gw_call *call = s->call;
	const int leg = 1 - s->target_leg;
	if (!may_connect(s, peer)) {
		char text[ADDR_STRLEN];
		call->gw->count.secondary_refused++;
		gw_complain(call, "connection from %s to an address made for somebody else refused",
			addr_ip_str(peer, text));
		return PST_E_DENIED;
	}
	if (s->half != NULL) {
		second_half(s, accepted, peer);
		return 0;
	}
	struct gw_pair *p = gw_pair_new(call, (enum gw_conn_kind)s->kind, leg);
	if (p == NULL) {
		call->gw->count.secondary_refused++;
		return PST_E_LIMIT;
	}
	p->sender = s->sender;
	p->lcn = s->lcn;
	struct gw_conn *c = &p->conn[leg];
	c->peer = *peer;
	c->local = s->local;
	c->state = GW_CONN_OPEN;
	if (s->reverse) {
		await_half(s, p);
	} else if (gw_pair_connect(p, &s->target) != 0) {
		DL_DELETE(call->pairs, p);
		free(p);
		return PST_E_SYS;
	}
	call->gw->io->adopt(call->gw->io_arg, c, accepted);
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	gw_notef(call, "%s connection from %s, on to %s", s->kind == GW_CONN_H245 ? "H.245" : "T.120",
		addr_str(peer, a), addr_str(&s->target, b));
	p->pinhole = s->pinhole;
	if (s->pinhole != NULL)
		s->pinhole->from = *peer;
	if (s->kind == GW_CONN_H245) {
		/* one H.245 connection per announcement; T.120 may come several times */
		s->pinhole = NULL;
		secondary_free(s);
	} else {
		p->pinhole = NULL;
	}
	call->heard_ms = gw_now(call->gw);
	gw_call_schedule(call);
	return 0;
}

/* The policy refuses the channel that C's peer wants to open: it hears so from us, and nobody else does. */
static void reject_channel(struct gw_conn *c, const struct gw_reject *r)
{
	struct gw_call *call = c->call;
	struct writer w = wr_of(call->gw->out, GW_OUT_MAX);
	const size_t at = tpkt_open(&w);
	struct pst_slice octets;
	if (gw_reject_encode(call, r, &octets) != 0)
		return;
	wr_bytes(&w, octets);
	if (tpkt_close(&w, at) != 0)
		return;
	gw_note(call, -1, GW_VIA_H245, gw_reject_text(call, r), NULL, 0);
	gw_conn_send(c, wr_slice(&w));
}

static void pass_h245(
	struct gw_conn *c, struct h245_multimedia_system_control_message *m, struct pst_slice raw)
{
	struct gw_call *call = c->call;
	struct gateway *gw = call->gw;
	struct gw_translation t;
	char text[H245_STRLEN];
	gw_translation_init(&t, call, c->leg);
	h245_str(m, text);
	const int err = gw_translate_h245(&t, m);
	gw_note(call, c->leg, GW_VIA_H245, text, t.addrs, t.n_addrs);
	if (err == PST_E_DENIED) {
		reject_channel(c, &t.reject);
		return;
	}
	if (err != 0) {
		gw_complain(call, "%s not passed on: %s", text, pst_strerror(err));
		gw_call_release(call,
			err == PST_E_BAD ? H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON
					 : H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES,
			err == PST_E_SPACE ? "no ports are left for its media" : "an H.245 message could not be passed on");
		return;
	}
	struct writer w = wr_of(gw->out, GW_OUT_MAX);
	const size_t at = tpkt_open(&w);
	int bad = 0;
	if (t.changed)
		bad = asn1_per_encode(&h245_multimedia_system_control_message_type, m, &w, NULL);
	else
		wr_bytes(&w, raw);
	if (bad == 0)
		bad = tpkt_close(&w, at);
	if (bad != 0)
		gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON,
			"an H.245 message could not be encoded");
	else
		gw_conn_send(&c->pair->conn[1 - c->leg], wr_slice(&w));
}

/* One TPKT may hold several messages, one behind the other (H.245 6). */
static void h245_payload(struct gw_conn *c, struct pst_slice payload)
{
	struct gw_call *call = c->call;
	while (payload.n > 0 && call->state != GW_CALL_ENDED && c->state == GW_CONN_OPEN) {
		struct h245_multimedia_system_control_message m;
		struct asn1_err e;
		size_t used;
		arena_reset(&call->gw->arena);
		if (asn1_per_decode(&h245_multimedia_system_control_message_type, payload, NULL,
			    &call->gw->arena, &m, &used, &e) != 0) {
			call->gw->count.undecodable++;
			gw_complain(call, "H.245 message does not decode at bit %u (%s): %s", e.bit, e.path,
				e.what);
			gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON,
				"an H.245 message did not decode");
			return;
		}
		call->gw->count.h245_messages++;
		pass_h245(c, &m, slice_of(payload.p, used));
		payload = slice_of(payload.p + used, payload.n - used);
	}
}

void gw_pair_pass(struct gw_conn *from, struct gw_conn *to, struct pst_slice octets)
{
	struct gateway *gw = from->call->gw;
	gw_conn_send(to, octets);
	const bool waits = to->state == GW_CONN_CONNECTING ||
			   (to->state == GW_CONN_OPEN && gw->io->queued(gw->io_arg, to) > 0);
	if (from->state == GW_CONN_OPEN && waits) {
		gw->io->pause(gw->io_arg, from, true);
		from->paused = true;
	}
}

void gw_pair_drained(struct gw_conn *c)
{
	struct gw_conn *other = &c->pair->conn[1 - c->leg];
	if (other->state != GW_CONN_OPEN || !other->paused)
		return;
	other->paused = false;
	c->call->gw->io->pause(c->call->gw->io_arg, other, false);
}

/* T.120 comes in TPKTs as well (T.123): whatever begins otherwise is another service, at a port that was
 * passed off for T.120's. */
static bool begins_like_tpkt(struct gw_conn *c, struct pst_slice octets)
{
	static const uint8_t first[] = { TPKT_VERSION, 0 };
	for (size_t i = 0; i < octets.n && c->n_first < sizeof first; i++)
		if (octets.p[i] != first[c->n_first++])
			return false;
	return true;
}

void gw_pair_count(struct gw_conn *c, size_t octets)
{
	struct gw_pair *p = c->pair;
	const struct gw_conn *from = &p->conn[p->opener], *to = &p->conn[1 - p->opener];
	if (p->pinhole == NULL) {
		p->pinhole = gw_pinhole_new(c->call,
			c->kind == GW_CONN_AUDIO ? GW_PINHOLE_AUDIO : GW_PINHOLE_T120, p->opener, 0, p->lcn);
		if (p->pinhole == NULL)
			return;
		p->pinhole->from = from->peer;
		p->pinhole->to = to->peer;
		p->pinhole->local_in = from->local.port;
	}
	p->pinhole->local_out = to->local.port;
	p->pinhole->bytes += octets;
	p->pinhole->packets++;
}

void gw_pair_t120(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_call *call = c->call;
	struct gw_pair *p = c->pair;
	if (!begins_like_tpkt(c, octets)) {
		call->gw->count.undecodable++;
		gw_complain(call, "T.120 connection: what came is no TPKT");
		gw_pair_close(p, true, "what came is no TPKT");
		return;
	}
	gw_pair_count(c, octets.n);
	const int err = gw_t120_octets(c, octets);
	if (err == 0 || p->conn[0].state == GW_CONN_CLOSED)
		return;
	call->gw->count.undecodable++;
	gw_complain(call, "T.120 connection closed: %s", pst_strerror(err));
	gw_pair_close(p, true, "what came is no T.120, or more than is allowed");
}

void gw_pair_data(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_call *call = c->call;
	if (c->kind == GW_CONN_AUDIO) {
		gw_audio_octets(c, octets);
		return;
	}
	if (c->kind == GW_CONN_T120) {
		if (call->kind == GW_CALL_DATA)
			gw_data_octets(c, octets);
		else
			gw_pair_t120(c, octets);
		return;
	}
	frames_feed(&c->in, octets);
	while (call->state != GW_CALL_ENDED && c->state == GW_CONN_OPEN) {
		struct pst_slice payload;
		const int err = tpkt_next(&c->in, &payload);
		if (err == PST_E_AGAIN)
			return;
		if (err != 0) {
			call->gw->count.undecodable++;
			gw_complain(call, "H.245 connection: %s", c->in.what);
			gw_call_release(call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON,
				"what came on the H.245 connection is no TPKT");
			return;
		}
		if (c->pair->pinhole != NULL) {
			c->pair->pinhole->packets++;
			c->pair->pinhole->bytes += payload.n;
		}
		h245_payload(c, payload);
	}
}

void gw_pair_closed(struct gw_conn *c)
{
	struct gw_call *call = c->call;
	struct gw_secondary *s;
	DL_FOREACH (call->secondaries, s) {
		/* whoever was there may come back, for a while */
		if (s->kind == c->kind && s->sender == c->pair->sender && s->lcn == c->pair->lcn)
			s->since_ms = gw_now(call->gw);
	}
	gw_pair_close(c->pair, false,
		c->local.family == ADDR_NONE ? "the called host cannot be connected to"
		: c->leg == GW_CALLER	     ? "the caller closed the connection"
					     : "the callee closed the connection");
	gw_call_schedule(call);
}

struct gw_secondary *gw_secondary_on_data_port(
	const struct gateway *gw, const struct addr *peer, const struct addr *original)
{
	struct gw_secondary *s;
	DL_FOREACH2 (gw->on_data_port, s, next_there) {
		/* some go where they called, whatever address they were told */
		const bool dialled = s->target_leg == GW_CALLEE && addr_ip_eq(&s->call->original_dst, original);
		if ((dialled || addr_ip_eq(&s->local, original)) && may_connect(s, peer))
			return s;
	}
	return NULL;
}

/* Is a connection of this announcement there? */
static bool in_use(const struct gw_secondary *s)
{
	const struct gw_pair *p;
	DL_FOREACH (s->call->pairs, p) {
		if (p->kind == s->kind && p->sender == s->sender && p->lcn == s->lcn)
			return true;
	}
	return false;
}

/* When nobody is awaited there any more; 0: not to be said yet. While it rings, an announced address may wait
 * as long as the ringing takes. */
static uint64_t listener_until(const struct gw_secondary *s)
{
	const struct gw_call *call = s->call;
	const uint64_t from = s->since_ms > call->active_ms ? s->since_ms : call->active_ms;
	if (call->state != GW_CALL_ACTIVE)
		return 0;
	if (s->kind == GW_CONN_T120)
		return in_use(s) ? 0 : from + call->cfg->timers.media_idle_ms;
	return from + call->cfg->timers.h245_ms;
}

static uint64_t pair_until(const struct gw_pair *p)
{
	if (p->conn[0].call->kind == GW_CALL_DATA)
		return gw_data_until(p);
	if (p->conn[0].state != GW_CONN_CONNECTING && p->conn[1].state != GW_CONN_CONNECTING)
		return 0;
	return p->since_ms + p->conn[0].call->cfg->timers.connect_ms;
}

static void sooner(uint64_t *next, uint64_t at)
{
	if (at != 0 && (*next == 0 || at < *next))
		*next = at;
}

uint64_t gw_secondary_expire(struct gw_call *call, uint64_t now_ms)
{
	struct gw_secondary *s, *tmp;
	struct gw_pair *p, *ptmp;
	uint64_t next = 0;
	DL_FOREACH_SAFE (call->pairs, p, ptmp) {
		const uint64_t until = pair_until(p);
		if (until != 0 && until <= now_ms) {
			call->gw->count.half_open += call->kind == GW_CALL_DATA && !p->requested;
			gw_notef(call, p->requested || call->kind != GW_CALL_DATA
						? "the host did not take the connection in time"
						: "no connection request came in time");
			gw_pair_close(p, false, "no answer in time");
		} else {
			sooner(&next, until);
		}
	}
	DL_FOREACH_SAFE (call->secondaries, s, tmp) {
		const uint64_t until = listener_until(s);
		if (until != 0 && until <= now_ms) {
			gw_notef(call, "nobody came to the announced %s address",
				s->kind == GW_CONN_H245 ? "H.245" : "T.120");
			secondary_free(s);
		} else {
			sooner(&next, until);
		}
	}
	return next;
}

void gw_secondary_close_channel(struct gw_call *call, int sender, uint16_t lcn)
{
	struct gw_secondary *s, *stmp;
	DL_FOREACH_SAFE (call->secondaries, s, stmp) {
		if (s->kind == GW_CONN_T120 && s->sender == sender && s->lcn == lcn)
			secondary_free(s);
	}
	struct gw_pair *p, *ptmp;
	DL_FOREACH_SAFE (call->pairs, p, ptmp) {
		if (p->kind == GW_CONN_T120 && p->sender == sender && p->lcn == lcn)
			gw_pair_close(p, false, "its channel is closed");
	}
}

void gw_secondary_close_all(struct gw_call *call)
{
	struct gw_secondary *s, *stmp;
	DL_FOREACH_SAFE (call->secondaries, s, stmp)
		secondary_free(s);
	struct gw_pair *p, *ptmp;
	DL_FOREACH_SAFE (call->pairs, p, ptmp)
		gw_pair_close(p, false, "the call is over");
}
