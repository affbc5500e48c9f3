/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/translate.h"

#include <stdio.h>

#include "base/addr_find.h"
#include "base/writer.h"
#include "gateway/behind.h"
#include "gateway/channel.h"
#include "gateway/permit.h"
#include "gateway/secondary.h"
#include "h225/traversal.h"
#include "h245/addr.h"
#include "h245/build.h"
#include "h245/channel.h"
#include "h245/str.h"
#include "h245/traversal.h"

/* What the walk is inside of. */
enum mode {
	MODE_PLAIN,
	MODE_OFFER,  /* OpenLogicalChannel, as a request or as a proposal of fast connect */
	MODE_ANSWER, /* OpenLogicalChannelAck, or an accepted proposal */
	MODE_TABLE,  /* an entry of a communication mode table */
	MODE_ECHO,   /* functionNotUnderstood: somebody else's message, given back */
};

/* What an address stands for. */
enum use { USE_H245, USE_DEST, USE_SIGNAL, USE_REDIRECT, USE_ALIAS, USE_RTP, USE_RTCP, USE_T120, USE_OTHER };

void gw_translation_init(struct gw_translation *t, struct gw_call *call, int from)
{
	*t = (struct gw_translation){ .call = call, .from = from };
}

static enum use use_of(const struct asn1_field *f)
{
	static const struct {
		const char *name;
		enum use use;
	} uses[] = {
		{ "mediaChannel", USE_RTP },
		{ "mediaControlChannel", USE_RTCP },
		{ "localAreaAddress", USE_T120 },
		{ "h245Address", USE_H245 },
		{ "destCallSignalAddress", USE_DEST },
		{ "sourceCallSignalAddress", USE_SIGNAL },
		{ "callSignalAddress", USE_SIGNAL },
		{ "signalAddress", USE_SIGNAL },
		{ "alternativeAddress", USE_REDIRECT },
		{ "transportID", USE_ALIAS },
	};
	for (size_t i = 0; f != NULL && i < sizeof uses / sizeof uses[0]; i++)
		if (strcmp(f->name, uses[i].name) == 0)
			return uses[i].use;
	return USE_OTHER;
}

static const char *field_name(const struct asn1_node *n)
{
	while (n != NULL && n->field == NULL)
		n = n->parent;
	return n != NULL ? n->field->name : "address";
}

static void note(struct gw_translation *t, const char *what, const struct addr *before,
	const struct addr *after, const char *text)
{
	if (t->n_addrs >= GW_TRANSLATION_ADDRS)
		return;
	t->addrs[t->n_addrs++] = (struct gw_ladder_addr){ .what = what,
		.note = text,
		.before = *before,
		.after = after != NULL ? *after : (struct addr){ 0 } };
}

/* --- what an address becomes --- */

/* An address of ours that the sender gives back: what did it stand for? */
static bool map_back(struct gw_translation *t, const struct addr *in, struct addr *out)
{
	struct gw_call *call = t->call;
	const int from = t->from, to = 1 - from;
	for (const struct gw_session *s = call->sessions; s != NULL; s = s->next) {
		for (int part = 0; part < RELAY_PARTS; part++) {
			if (!addr_eq(&s->local[from][part], in))
				continue;
			*out = s->dest[to][part];
			for (const struct gw_channel *ch = call->channels; ch != NULL; ch = ch->next)
				if (out->family == ADDR_NONE && ch->session == s && ch->offered_by == to)
					*out = ch->offer[part];
			return out->family != ADDR_NONE;
		}
	}
	const struct gw_secondary *sec = gw_secondary_behind(call, from, in);
	if (sec != NULL) {
		*out = sec->target;
		return true;
	}
	if (addr_ip_eq(&call->leg[from].local_ip, in) &&
		(in->port == call->cfg->signalling_port || in->port == call->original_dst.port)) {
		*out = to == GW_CALLEE ? call->dest
				       : addr_with_port(call->leg[to].peer_ip, call->cfg->signalling_port);
		return true;
	}
	return false;
}

static struct addr signalling_address(const struct gw_translation *t)
{
	const struct gw_config *cfg = t->call->cfg;
	const struct gw_leg *to = &t->call->leg[1 - t->from];
	/* within a realm, or towards the inside, the gateway's other ports lead to nobody */
	const uint16_t port = to->realm->role == GW_ROLE_OUTSIDE
				      ? gw_address_port(cfg, &to->local_ip, &t->call->leg[t->from].peer_ip)
				      : cfg->signalling_port;
	return addr_with_port(to->local_ip, port);
}

/* Somebody outside may be named to anybody: naming opens nothing. Somebody inside is named by a virtual address only. */
static bool may_be_named(const struct gw_translation *t, const struct addr *a, struct addr *as)
{
	const struct gw_config *cfg = t->call->cfg;
	const struct gw_leg *to = &t->call->leg[1 - t->from];
	struct addr virtual;
	*as = *a;
	if (gw_address_host(cfg, a, &virtual))
		return a->port >= 1024;
	if (!gw_address_dialable(cfg, a))
		return false;
	const struct gw_realm *r = gw_realm_of(cfg, a);
	if (r != NULL && r->role == GW_ROLE_OUTSIDE)
		return true;
	if (!gw_address_virtual(cfg, to->realm, a, to->local_ip.family, &virtual))
		return false;
	*as = addr_with_port(virtual, a->port);
	return true;
}

static int map_media(struct gw_translation *t, enum relay_part part, const struct addr *in, struct addr *out)
{
	struct gw_session *s = t->session;
	if (t->channel != NULL) {
		const int err = gw_channel_session(t->call, t->channel, &s);
		if (err != 0)
			return err;
	}
	if (s == NULL)
		return PST_E_DENIED;
	if (t->mode == MODE_OFFER)
		t->channel->offer[part] = *in;
	else if (t->mode == MODE_ANSWER)
		t->found[part] = *in;
	else
		gw_session_dest(t->call, s, t->from, part, in);
	*out = s->local[1 - t->from][part];
	return 0;
}

static int map_own(struct gw_translation *t, enum use use, const struct addr *in, struct addr *out)
{
	switch (use) {
	case USE_H245: return gw_secondary_announce(t->call, GW_CONN_H245, t->from, in, 0, 0, 0, out);
	case USE_T120:
		if (t->channel == NULL)
			return PST_E_DENIED;
		/* NetMeeting looks for T.120 on its own port whatever it was told */
		return gw_secondary_announce(t->call, GW_CONN_T120, t->from, in,
			t->call->cfg->data.port != 0 ? t->call->cfg->data.port : GW_T120_PORT, t->channel->sender,
			t->channel->lcn, out);
	case USE_RTP: return map_media(t, RELAY_RTP, in, out);
	case USE_RTCP: return map_media(t, RELAY_RTCP, in, out);
	case USE_DEST:
	case USE_SIGNAL:
	case USE_REDIRECT:
	case USE_ALIAS:
	case USE_OTHER: *out = signalling_address(t); return 0;
	}
	return PST_E_DENIED;
}

/* What a peer behind somebody else's NAT says of its own address: nobody can go there, but it can come to us. */
static int map_behind(struct gw_translation *t, enum use use, const struct addr *in, struct addr *out)
{
	const enum relay_part part = use == USE_RTP ? RELAY_RTP : RELAY_RTCP;
	struct gw_session *s = t->session;
	int err = 0;
	switch (use) {
	case USE_H245: return gw_secondary_reverse(t->call, t->from, in, out);
	case USE_RTP:
	case USE_RTCP:
		if (t->channel != NULL)
			err = gw_channel_session(t->call, t->channel, &s);
		if (err != 0 || s == NULL)
			return err != 0 ? err : PST_E_DENIED;
		*out = s->local[1 - t->from][part];
		return 0;
	case USE_SIGNAL:
	case USE_ALIAS: *out = signalling_address(t); return 0;
	case USE_T120:
	case USE_DEST:
	case USE_REDIRECT:
	case USE_OTHER: break;
	}
	return PST_E_DENIED;
}

/* 0: *OUT stands for IN from now on. PST_E_DENIED: it must not go on, *WHY says why. Other errors end the
 * message. */
static int map(
	struct gw_translation *t, enum use use, const struct addr *in, struct addr *out, const char **why)
{
	struct gw_call *call = t->call;
	const struct gw_leg *leg = &call->leg[t->from];
	if (use == USE_DEST && t->from == GW_CALLER) {
		*out = call->dest; /* whatever the caller dialled to reach us, this is whom it gets */
		return 0;
	}
	const enum gw_verdict v = gw_address_judge(call->cfg, leg->realm, &leg->peer_ip, in);
	int err = PST_E_DENIED;
	*why = gw_verdict_str(v);
	if (use == USE_REDIRECT && v == GW_ADDR_OWN && may_be_named(t, in, out))
		err = 0; /* who is sent there dials it, and comes to us again */
	else if (v == GW_ADDR_OWN && t->mode != MODE_ECHO)
		err = map_own(t, use, in, out);
	else if (leg->behind && t->mode != MODE_ECHO &&
		 (v == GW_ADDR_FOREIGN || ((use == USE_RTP || use == USE_RTCP) && v != GW_ADDR_GATEWAY)))
		err = map_behind(t, use, in, out);
	else if (v == GW_ADDR_GATEWAY && use != USE_H245 && map_back(t, in, out))
		err = 0;
	else if ((use == USE_REDIRECT || use == USE_ALIAS) && may_be_named(t, in, out))
		err = 0;
	else if (use == USE_SIGNAL && v == GW_ADDR_LOW_PORT && addr_ip_eq(in, &leg->peer_ip)) {
		*out = signalling_address(t); /* port 0: "I listen nowhere"; opens nothing either way */
		err = 0;
	}
	if (err == PST_E_DENIED)
		call->gw->count.address_refused++;
	return err;
}

/* --- aliases and text --- */

/* What stands in people's text for an address that must not be seen on the other side; false: leave it. */
static bool text_address(struct gw_translation *t, const struct addr *a, struct addr *out)
{
	const struct gw_leg *from = &t->call->leg[t->from], *to = &t->call->leg[1 - t->from];
	const struct gw_realm *r = gw_realm_of(t->call->cfg, a);
	const bool hidden = r != NULL && r->role == GW_ROLE_INSIDE && to->realm->role == GW_ROLE_OUTSIDE;
	if (addr_ip_eq(a, &from->local_ip) && t->from == GW_CALLER) {
		*out = t->call->dest;
		return true;
	}
	if (!addr_ip_eq(a, &from->peer_ip) && !hidden)
		return false;
	*out = to->local_ip;
	if (!addr_ip_eq(a, &from->peer_ip)) {
		const struct addr other = gw_address_local(t->call->cfg, to->realm, a, to->local_ip.family);
		if (other.family != ADDR_NONE)
			*out = other;
	}
	return true;
}

/* Appends N characters of S from AT on to W. */
static void copy_chars(struct writer *w, struct pst_slice s, unsigned step, size_t at, size_t n)
{
	wr_bytes(w, slice_of(s.p + at * step, n * step));
}

static void put_chars(struct writer *w, const char *text, unsigned step)
{
	for (; *text != '\0'; text++) {
		if (step == 2)
			wr_u8(w, 0);
		wr_u8(w, (uint8_t)*text);
	}
}

/* The character at I, 0 for what is outside ASCII or the text. */
static uint8_t char_at(struct pst_slice s, unsigned step, size_t i)
{
	if (i >= s.n / step || (step == 2 && s.p[2 * i] != 0))
		return 0;
	return s.p[i * step + step - 1];
}

/* An IPv6 address before a port stands in brackets, an IPv4 address never does (RFC 3986 3.2.2). What is written instead of F
 * takes brackets along, or brings them. */
static void put_address(struct writer *w, struct pst_slice s, unsigned step, struct addr_found *f, const struct addr *put)
{
	char text[ADDR_STRLEN + 2], ip[ADDR_STRLEN];
	const bool bracketed = f->at > 0 && char_at(s, step, f->at - 1) == '[' && char_at(s, step, f->at + f->n) == ']';
	bool ip6 = false; /* as it is written; it may be an IPv4 address */
	for (size_t i = 0; i < f->n; i++)
		ip6 = ip6 || char_at(s, step, f->at + i) == ':';
	const uint8_t digit = char_at(s, step, f->at + f->n + 1);
	const bool before_port = char_at(s, step, f->at + f->n) == ':' && digit >= '0' && digit <= '9';
	const bool bring = put->family == ADDR_IP6 && !ip6 && before_port;
	if (bracketed && ip6 && put->family == ADDR_IP4) {
		w->n -= step;
		f->n++;
	}
	snprintf(text, sizeof text, bring ? "[%s]" : "%s", addr_ip_str(put, ip));
	put_chars(w, text, step);
}

struct pst_slice gw_translate_text(
	struct gw_translation *t, struct pst_slice s, unsigned step, size_t max, const char *what)
{
	struct writer w = { 0 };
	struct addr_found f;
	struct addr put;
	size_t done = 0;
	for (size_t from = 0; addr_find(&f, s, step, from);) {
		if (!text_address(t, &f.addr, &put)) {
			from = f.at + 1;
			continue;
		}
		if (w.p == NULL) {
			/* the shortest address has two characters ("::"), the longest 45 */
			const size_t cap = s.n * 23 + 64;
			w = wr_of(arena_alloc(&t->call->gw->arena, cap), cap);
			if (w.p == NULL)
				return slice_of(s.p, 0); /* nothing is better than an inside address */
		}
		copy_chars(&w, s, step, done, f.at - done);
		put_address(&w, s, step, &f, &put);
		from = done = f.at + f.n;
		put.port = 0;
		note(t, what, &f.addr, &put, NULL);
		t->changed = true;
	}
	if (w.p == NULL)
		return s;
	copy_chars(&w, s, step, done, s.n / step - done);
	if (w.n / step > max)
		w.n = max * step;
	return wr_slice(&w);
}

/* A component that is text: a name, a URL, a number. */
static int on_text(struct gw_translation *t, const struct asn1_node *n)
{
	struct pst_slice *v = n->value;
	const int64_t ub = n->type->span.ub;
	const size_t max = n->type->span.form == ASN1_SPAN_NONE || n->type->span.form == ASN1_SPAN_SEMI
				   ? SIZE_MAX
				   : (size_t)ub;
	*v = gw_translate_text(t, *v, n->type->kind == ASN1_BMP_STRING ? 2 : 1, max, field_name(n));
	return ASN1_WALK_SKIP;
}

/* --- the walk --- */

static int on_node(const struct asn1_node *n, void *arg);

/* Optional components and list elements can be taken out; what cannot be is made to point nowhere. */
static bool removable(const struct asn1_node *n)
{
	if (n->field == NULL)
		return n->parent != NULL && n->parent->type->kind == ASN1_SEQUENCE_OF;
	return n->parent->type->kind == ASN1_SEQUENCE && (n->field->flags & ASN1_F_OPTIONAL) != 0;
}

static int settle(struct gw_translation *t, const struct asn1_node *n, enum use use, const struct addr *in,
	struct addr *out)
{
	const char *why = NULL;
	const int err = in->family != ADDR_NONE ? map(t, use, in, out, &why) : PST_E_DENIED;
	if (err != 0 && err != PST_E_DENIED)
		return err;
	if (err == 0) {
		if (!addr_eq(in, out))
			t->changed = true;
		note(t, field_name(n), in, out, NULL);
		return 0;
	}
	t->changed = true;
	note(t, field_name(n), in, NULL, why != NULL ? why : "not an IP address");
	static const uint8_t nowhere[4] = { 0 };
	*out = addr_ip4(nowhere, 0);
	return removable(n) ? ASN1_WALK_REMOVE : 0;
}

static int on_h225_address(struct gw_translation *t, const struct asn1_node *n)
{
	struct h225_transport_address *v = n->value;
	struct addr in = { 0 }, out;
	if (h225_addr_read(&in, v) != 0)
		in.family = ADDR_NONE;
	const int r = settle(t, n, use_of(n->field), &in, &out);
	if (r != 0)
		return r;
	const int err = h225_addr_build(v, &out, &t->call->gw->arena);
	return err != 0 ? err : ASN1_WALK_SKIP;
}

static int on_h245_address(struct gw_translation *t, const struct asn1_node *n)
{
	struct h245_transport_address *v = n->value;
	struct addr in = { 0 }, out;
	if (h245_addr_read(&in, v) != 0)
		in.family = ADDR_NONE;
	const int r = settle(t, n, use_of(n->field), &in, &out);
	if (r != 0)
		return r;
	const int err = h245_addr_build(v, &out, &t->call->gw->arena);
	return err != 0 ? err : ASN1_WALK_SKIP;
}

/* The alias goes with its address, where it can. */
static int on_alias(struct gw_translation *t, const struct asn1_node *n)
{
	struct h225_alias_address *v = n->value;
	struct addr in = { 0 }, out;
	if (v->choice != H225_ALIAS_ADDRESS_TRANSPORT_ID)
		return ASN1_WALK_CONTINUE;
	if (h225_addr_read(&in, v->u.transport_id) != 0)
		in.family = ADDR_NONE;
	int r = settle(t, n, USE_ALIAS, &in, &out);
	if (r == 0)
		r = h225_addr_build(v->u.transport_id, &out, &t->call->gw->arena);
	return r != 0 ? r : ASN1_WALK_SKIP;
}

/* H.460.18, .19, .23 and .24 would agree on another way for the media than through us. */
static bool traversal_feature(const struct asn1_node *n)
{
	const struct h225_generic_data *g = n->value;
	if (n->field != NULL || n->parent == NULL || n->parent->field == NULL ||
		g->id.choice != H225_GENERIC_IDENTIFIER_STANDARD)
		return false;
	const char *list = n->parent->field->name;
	const int64_t id = g->id.u.standard;
	const bool features = strcmp(list, "genericData") == 0 || strcmp(list, "supportedFeatures") == 0 ||
			      strcmp(list, "desiredFeatures") == 0 || strcmp(list, "neededFeatures") == 0;
	return features && (id == 18 || id == 19 || id == 23 || id == 24);
}

/* The same in genericInformation of H.245: the addresses are within octets, in PER of another module. */
static bool traversal_information(const struct asn1_node *n)
{
	uint8_t id;
	return n->field == NULL && h245_h460_read(n->value, &id) && (id == 18 || id == 19 || id == 23 || id == 24);
}

/* The message that was not supported, as its octets: addresses of the side that now gives it back. */
static void drop_returned(struct gw_translation *t, struct h245_function_not_supported *f)
{
	t->changed = t->changed || f->has_returned_function;
	f->has_returned_function = false;
}

/* --- channels --- */

static uint32_t olc_session(const struct h245_open_logical_channel *olc)
{
	struct h245_channel ch;
	h245_channel_read(&ch, olc);
	return ch.session;
}

/* nullData forward: in fast connect the other side transmits (H.323 8.1.7.1) */
static bool olc_reverse_only(const struct h245_open_logical_channel *olc)
{
	return olc->forward_logical_channel_parameters.data_type.choice == H245_DATA_TYPE_NULL_DATA;
}

static int on_open(struct gw_translation *t, const struct h245_open_logical_channel *olc)
{
	struct gw_channel *ch;
	struct h245_media_use use;
	h245_media_use(&use, olc);
	uint32_t cause = gw_permit_channel(t->call, &use, false, t->from, olc_session(olc));
	if (cause == 0 && gw_behind_bars_data(t->call, t->from, olc))
		cause = H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_SEPARATE_STACK_ESTABLISHMENT_FAILED;
	if (cause != 0) {
		t->reject = (struct gw_reject){ .lcn = (uint16_t)olc->forward_logical_channel_number, .cause = cause };
		return PST_E_DENIED;
	}
	const int err = gw_channel_offer(t->call, &ch, t->from, t->from,
		(uint16_t)olc->forward_logical_channel_number, false, olc_session(olc));
	if (err != 0)
		return err;
	ch->bidirectional = olc->reverse_logical_channel_parameters != NULL;
	ch->kbit = use.kbit;
	t->channel = ch;
	t->mode = MODE_OFFER;
	return 0;
}

static int on_ack(struct gw_translation *t, const struct h245_open_logical_channel_ack *ack)
{
	struct h245_channel said;
	h245_channel_ack_read(&said, ack);
	t->channel = gw_channel_find(t->call, 1 - t->from, (uint16_t)ack->forward_logical_channel_number);
	/* nobody accepts what it offered itself: the caller, its own reverse proposals of fast connect */
	if (t->channel != NULL && t->channel->offered_by == t->from)
		t->channel = NULL;
	t->mode = t->channel != NULL ? MODE_ANSWER : MODE_PLAIN;
	if (t->channel != NULL && t->channel->session_id == 0)
		t->channel->session_id = said.session; /* the master's choice */
	return 0;
}

static int on_mode_entry(struct gw_translation *t, const struct h245_communication_mode_table_entry *e)
{
	t->mode = MODE_TABLE;
	t->channel = NULL;
	if (e->media_channel == NULL && e->media_control_channel == NULL)
		return 0;
	return gw_session_get(t->call, &t->session, e->session_id, t->from, 0);
}

/* What a channel says to who keeps its NAT open by H.460.19. */
static int keep_alive(struct gw_translation *t, bool *has, struct h245_generic_message **v, uint32_t *n)
{
	const struct gw_session *s = t->channel != NULL ? t->channel->session : NULL;
	const int to = 1 - t->from;
	if (s == NULL || !t->call->leg[to].keeps_alive)
		return 0;
	const struct addr *at = &s->local[to][RELAY_RTP], none = { 0 };
	t->changed = true;
	note(t, "keepAliveChannel", &none, at, "H.460.19");
	return gw_behind_put_keep_alive(t->call, to, s, has, v, n);
}

/* The same in an OpenLogicalChannel or its ack. */
static int keep_alive_told(struct gw_translation *t, struct h245_multimedia_system_control_message *m)
{
	if (m->choice == H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_REQUEST &&
		m->u.request->choice == H245_REQUEST_MESSAGE_OPEN_LOGICAL_CHANNEL) {
		struct h245_open_logical_channel *o = m->u.request->u.open_logical_channel;
		return keep_alive(t, &o->has_generic_information, &o->generic_information.v, &o->generic_information.n);
	}
	if (m->choice == H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_RESPONSE &&
		m->u.response->choice == H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_ACK) {
		struct h245_open_logical_channel_ack *k = m->u.response->u.open_logical_channel_ack;
		return keep_alive(t, &k->has_generic_information, &k->generic_information.v, &k->generic_information.n);
	}
	return 0;
}

/* One element of fastStart: a proposal of the caller, or the callee's answer to one (H.323 8.1.7).
 * ASN1_WALK_REMOVE: one too many. */
static int fast_element(struct gw_translation *t, struct h245_open_logical_channel *olc)
{
	const bool reverse = olc_reverse_only(olc);
	const int sender = reverse ? GW_CALLEE : GW_CALLER;
	const uint16_t lcn = (uint16_t)olc->forward_logical_channel_number;
	struct h245_media_use use;
	int err = 0;
	t->channel = NULL;
	memset(t->found, 0, sizeof t->found);
	h245_media_use(&use, olc);
	if (t->from == GW_CALLER) {
		if (!t->call->fast_answered && gw_permit_channel(t->call, &use, true, sender, olc_session(olc)) != 0) {
			char text[H245_STRLEN];
			gw_notef(t->call, "fastStart: the policy refuses %s", h245_olc_str(olc, text));
			t->mode = MODE_PLAIN;
			return ASN1_WALK_REMOVE;
		}
		if (!t->call->fast_answered)
			err = gw_channel_offer(
				t->call, &t->channel, t->from, sender, lcn, true, olc_session(olc));
		if (t->channel != NULL && use.kbit > t->channel->kbit)
			t->channel->kbit = use.kbit;
		t->mode = t->channel != NULL ? MODE_OFFER : MODE_PLAIN;
	} else {
		t->channel = gw_channel_proposal(t->call, sender, lcn, olc_session(olc));
		if (t->channel == NULL) /* the same answer again, in a later message */
			t->channel = gw_channel_find(t->call, sender, lcn);
		if (t->channel != NULL && !t->channel->fast)
			t->channel = NULL; /* that one is H.245's */
		t->mode = t->channel != NULL ? MODE_ANSWER : MODE_PLAIN;
	}
	if (err == PST_E_LIMIT) {
		/* endpoints propose each codec in each direction; the first ones are those they like best */
		gw_notef(t->call, "fastStart: more proposals than a call may have channels");
		t->mode = MODE_PLAIN;
		return ASN1_WALK_REMOVE;
	}
	if (err == 0)
		err = asn1_walk(&h245_open_logical_channel_type, olc, on_node, t);
	if (err == 0)
		err = keep_alive(t, &olc->has_generic_information, &olc->generic_information.v, &olc->generic_information.n);
	if (err == 0 && t->mode == MODE_ANSWER) {
		struct gw_channel *same = gw_channel_find(t->call, sender, lcn);
		if (same != NULL && same != t->channel)
			gw_channel_close(t->call, same);
		t->channel->lcn = lcn; /* a reverse channel gets the callee's own number */
		gw_channel_open(t->call, t->channel, t->found);
		t->fast_accepted = true;
	}
	t->mode = MODE_PLAIN;
	t->channel = NULL;
	return err;
}

/* Moves what was noted since FIRST to a line of the tunnelled message's own. Without memory the line is
 * missing, nothing else. */
static void note_tunnelled(struct gw_translation *t, const char *text, uint16_t first)
{
	struct arena *a = &t->call->gw->arena;
	struct gw_tunnelled *line = ARENA_NEW(a, struct gw_tunnelled), **at = &t->tunnelled;
	if (line != NULL && (line->text = arena_dup(a, text, strlen(text) + 1)) != NULL) {
		line->n_addrs = (uint16_t)(t->n_addrs - first);
		line->addrs = arena_dup(a, t->addrs + first, line->n_addrs * sizeof *t->addrs);
		if (line->addrs == NULL)
			line->n_addrs = 0;
		while (*at != NULL)
			at = &(*at)->next;
		*at = line;
	}
	t->n_addrs = first;
}

/* The message is taken out, and answered by us. */
static int reject_tunnelled(struct gw_translation *t, const char *text, uint16_t first)
{
	struct gw_reject *r = arena_dup(&t->call->gw->arena, &t->reject, sizeof t->reject), **at = &t->rejects;
	if (r == NULL)
		return PST_E_LIMIT;
	while (*at != NULL)
		at = &(*at)->next;
	*at = r;
	note_tunnelled(t, text, first);
	return ASN1_WALK_REMOVE;
}

/* What an OCTET STRING carries is a message of its own. */
static int on_contained(struct gw_translation *t, const struct asn1_node *n)
{
	struct arena *a = &t->call->gw->arena;
	struct pst_slice *octets = n->value;
	const struct asn1_type *type = n->type->contained;
	const bool fast = type == &h245_open_logical_channel_type;
	const bool outer = t->changed;
	const uint16_t first = t->n_addrs;
	char text[H245_STRLEN] = "";
	if (!fast && type != &h245_multimedia_system_control_message_type)
		return ASN1_WALK_CONTINUE;
	void *v = arena_alloc(a, type->size);
	if (v == NULL)
		return PST_E_LIMIT;
	size_t used;
	int err = asn1_per_decode(type, *octets, NULL, a, v, &used, NULL);
	if (err == 0)
		octets->n =
			used; /* a second message behind it would pass unseen, and some receivers read on */
	t->changed = false;
	if (err == 0 && !fast)
		h245_str(v, text); /* as it came */
	if (err == 0)
		err = fast ? fast_element(t, v) : gw_translate_h245(t, v);
	if (err == PST_E_DENIED && !fast)
		err = reject_tunnelled(t, text, first);
	if (err == ASN1_WALK_REMOVE)
		t->changed = true;
	if (err != 0)
		return err;
	if (t->changed) {
		/* an address of IPv6 takes three times the octets of one of IPv4 */
		const size_t cap = octets->n * 3 + 256;
		struct writer w = wr_of(arena_alloc(a, cap), cap);
		if (w.p == NULL)
			return PST_E_LIMIT;
		err = asn1_per_encode(type, v, &w, NULL);
		if (err != 0)
			return err;
		*octets = wr_slice(&w);
	}
	t->changed = t->changed || outer;
	if (!fast)
		note_tunnelled(t, text, first);
	return ASN1_WALK_SKIP;
}

static int on_node(const struct asn1_node *n, void *arg)
{
	struct gw_translation *t = arg;
	const struct asn1_type *type = n->type;
	if (type == &h225_transport_address_type)
		return on_h225_address(t, n);
	if (type == &h245_transport_address_type)
		return on_h245_address(t, n);
	if (type == &h225_alias_address_type)
		return on_alias(t, n);
	if (type->kind == ASN1_OCTET_STRING && type->contained != NULL)
		return on_contained(t, n);
	if (type->kind == ASN1_STRING || type->kind == ASN1_BMP_STRING || type->kind == ASN1_TEXT)
		return on_text(t, n);
	if (type == &h225_generic_data_type && traversal_feature(n)) {
		if (t->call->leg[t->from].behind && h225_media_client_is(n->value))
			t->call->leg[t->from].keeps_alive = true;
		t->changed = true;
		return ASN1_WALK_REMOVE;
	}
	if (type == &h245_generic_message_type && traversal_information(n)) {
		t->changed = true;
		return ASN1_WALK_REMOVE;
	}
	if (type == &h245_function_not_supported_type)
		drop_returned(t, n->value);
	if (type == &h245_function_not_understood_type)
		t->mode = MODE_ECHO;
	if (t->mode == MODE_ECHO)
		return ASN1_WALK_CONTINUE;
	if (type == &h245_open_logical_channel_type && n->parent != NULL)
		return on_open(t, n->value);
	if (type == &h245_open_logical_channel_ack_type)
		return on_ack(t, n->value);
	if (type == &h245_communication_mode_table_entry_type)
		return on_mode_entry(t, n->value);
	return ASN1_WALK_CONTINUE;
}

/* --- messages --- */

static void close_named(struct gw_call *call, int sender, uint32_t lcn)
{
	struct gw_channel *ch = gw_channel_find(call, sender, (uint16_t)lcn);
	if (ch != NULL)
		gw_channel_close(call, ch);
}

static void follow_response(struct gw_translation *t, const struct h245_response_message *r)
{
	if (r->choice == H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_ACK && t->channel != NULL)
		gw_channel_open(t->call, t->channel, t->found);
	else if (r->choice == H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_REJECT)
		close_named(t->call, 1 - t->from,
			r->u.open_logical_channel_reject->forward_logical_channel_number);
}

static void follow(struct gw_translation *t, const struct h245_multimedia_system_control_message *m)
{
	switch (m->choice) {
	case H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_RESPONSE: follow_response(t, m->u.response); break;
	case H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_REQUEST:
		if (m->u.request->choice == H245_REQUEST_MESSAGE_CLOSE_LOGICAL_CHANNEL)
			close_named(t->call, t->from,
				m->u.request->u.close_logical_channel->forward_logical_channel_number);
		break;
	case H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_COMMAND:
		if (m->u.command->choice == H245_COMMAND_MESSAGE_END_SESSION_COMMAND)
			gw_channel_close_all(t->call);
		break;
	default: break;
	}
}

int gw_translate_h245(struct gw_translation *t, struct h245_multimedia_system_control_message *m)
{
	t->mode = MODE_PLAIN;
	t->channel = NULL;
	t->session = NULL;
	memset(t->found, 0, sizeof t->found);
	int err = asn1_walk(&h245_multimedia_system_control_message_type, m, on_node, t);
	if (err == 0)
		err = keep_alive_told(t, m);
	if (err == 0)
		follow(t, m);
	t->mode = MODE_PLAIN;
	t->channel = NULL;
	t->session = NULL;
	return err;
}

int gw_reject_encode(struct gw_call *call, const struct gw_reject *r, struct pst_slice *out)
{
	enum { REJECT_MAX = 64 };
	struct arena *a = &call->gw->arena;
	const h245_pdu *m = h245_olc_reject_build(a, r->lcn, r->cause);
	struct writer w = wr_of(arena_alloc(a, REJECT_MAX), REJECT_MAX);
	if (m == NULL || w.p == NULL)
		return PST_E_LIMIT;
	const int err = asn1_per_encode(&h245_multimedia_system_control_message_type, m, &w, NULL);
	*out = wr_slice(&w);
	return err;
}

const char *gw_reject_text(struct gw_call *call, const struct gw_reject *r)
{
	const h245_pdu *m = h245_olc_reject_build(&call->gw->arena, r->lcn, r->cause);
	char *text = arena_alloc(&call->gw->arena, H245_STRLEN);
	return m != NULL && text != NULL ? h245_str(m, text) : "OpenLogicalChannelReject";
}

int gw_translate_h225(struct gw_translation *t, struct h225_h323_user_information *ui)
{
	const int err = asn1_walk(&h225_h323_user_information_type, ui, on_node, t);
	return err != 0 ? err : gw_behind_put_feature(t->call, 1 - t->from, &ui->h323_uu_pdu.h323_message_body);
}
