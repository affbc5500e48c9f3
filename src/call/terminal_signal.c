/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal's call signalling: Setup to ReleaseComplete, with fast connect, tunnel and H.245 addresses in them. */
#include "call/terminal_int.h"

#include "h225/addr.h"
#include "h225/body.h"
#include "h225/build.h"
#include "h225/cause.h"
#include "h225/str.h"
#include "h225/traversal.h"
#include "q931/ie.h"
#include "tpkt/stream.h"

enum { FIRST_TRY = 1024, LAST_TRY = 65535, TUNNELLED_PER_MESSAGE = 32, TUNNELLED_OCTETS = 32768 };

/* The oldest version that knows fastConnectRefused. */
enum { VERSION_REFUSED = 4 };

static const char product[] = "Postern", product_version[] = "0.1";

/* ---- sending ---- */

/* Takes what is pending into the message, as much as is reasonable for one. */
static void attach_pending(struct terminal *t, struct h225_h323_uu_pdu *pdu)
{
	struct pst_slice *v = arena_calloc(&t->arena, TUNNELLED_PER_MESSAGE, sizeof(*v));
	uint32_t n = 0;
	size_t octets = 0;
	if (v == NULL) {
		t->broken = true;
		return;
	}
	while (t->pending != NULL && n < TUNNELLED_PER_MESSAGE &&
		(n == 0 || octets + t->pending->octets.n <= TUNNELLED_OCTETS)) {
		octets += t->pending->octets.n;
		v[n++] = t->pending->octets;
		t->pending = t->pending->next;
	}
	if (t->pending == NULL)
		t->pending_last = NULL;
	tunnel_attach(pdu, n, v);
}

static struct pst_slice encode(struct terminal *t, const struct h225_msg *m)
{
	for (size_t cap = FIRST_TRY;; cap = LAST_TRY) {
		uint8_t *p = arena_alloc(&t->arena, cap);
		if (p == NULL) {
			t->broken = true;
			return slice_of(NULL, 0);
		}
		struct writer w = wr_of(p, cap);
		const int code = h225_encode(m, &w, NULL);
		if (code == 0)
			return wr_slice(&w);
		if (code != PST_E_SPACE || cap == LAST_TRY)
			return slice_of(NULL, 0);
	}
}

static bool begin(struct terminal *t, struct h225_msg *m, uint8_t type)
{
	/* Messages of the side that was called carry the flag. */
	const bool flag = !t->call.originator && type != Q931_SETUP;
	if (h225_init(m, type, t->crv, flag, t->config.h225_version, &t->arena) == 0)
		return true;
	t->broken = true;
	return false;
}

static void send(struct terminal *t, struct h225_msg *m)
{
	struct h225_h323_uu_pdu *pdu = &m->uu.h323_uu_pdu;
	struct h225_call_step step;
	char text[H225_STRLEN];
	if (t->has_call_id && pdu->h323_message_body.choice != H225_H323_UU_PDU_H323_MESSAGE_BODY_EMPTY &&
		h225_set_call_id(&pdu->h323_message_body, slice_of(t->call_id, sizeof(t->call_id)), &t->arena) != 0)
		t->broken = true;
	if (t->config.tunnelling || t->config.h225_version > 2)
		tunnel_mark(&t->tunnel, pdu);
	if (t->pending != NULL && t->tunnel.state == TUNNEL_ON)
		attach_pending(t, pdu);
	if (h225_call_message(&t->call, H225_CALL_SENT, m->q931.type, &step) != 0)
		return;
	const struct pst_slice octets = encode(t, m);
	if (octets.n == 0) {
		t->broken = true;
		return;
	}
	terminal_act(t, TERMINAL_SEND_SIGNAL)->octets = octets;
	terminal_apply_step(t, &step);
	terminal_trace(t, true, TERMINAL_SIGNAL, h225_str(m, text));
}

static bool endpoint_build(struct terminal *t, struct h225_endpoint_type *e)
{
	if (h225_terminal_build(e, product, product_version, &t->arena) == 0)
		return true;
	t->broken = true;
	return false;
}

static void set_display(struct terminal *t, struct h225_msg *m)
{
	/* Display is IA5, at most 82 octets (Q.931 4.5.16). */
	const struct pst_slice s = slice_str(t->config.n_aliases > 0 ? t->config.aliases[0] : product);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 0x80)
			return;
	}
	if (q931_set(&m->q931, Q931_IE_DISPLAY, slice_of(s.p, s.n < 80 ? s.n : 80)) != 0)
		t->broken = true;
}

static void set_aliases(struct terminal *t, struct h225_setup_uuie *setup)
{
	struct h225_alias_address *v = arena_calloc(&t->arena, t->config.n_aliases, sizeof(*v));
	for (uint32_t i = 0; v != NULL && i < t->config.n_aliases; i++) {
		if (h225_alias_build(&v[setup->source_address.n], t->config.aliases[i], &t->arena) == 0)
			setup->source_address.n++;
	}
	setup->source_address.v = v;
	setup->has_source_address = setup->source_address.n > 0;
	struct h225_alias_address *dest = ARENA_NEW(&t->arena, struct h225_alias_address);
	if (dest != NULL && t->dest[0] != '\0' && h225_alias_build(dest, t->dest, &t->arena) == 0) {
		setup->has_destination_address = true;
		setup->destination_address.n = 1;
		setup->destination_address.v = dest;
	}
}

static void set_fast_start(struct terminal *t, struct h225_h323_uu_pdu_h323_message_body *body, uint32_t n,
	struct pst_slice *octets)
{
	if (h225_set_fast_start(body, n, octets) != 0)
		t->broken = true;
}

static void set_h245_address(struct terminal *t, struct h225_h323_uu_pdu_h323_message_body *body)
{
	const struct addr *own = terminal_link_announce(t);
	struct h225_transport_address *ta = own != NULL ? h225_addr_new(own, &t->arena) : NULL;
	if (ta != NULL && h225_set_h245_address(body, ta) != 0)
		t->broken = true;
}

static void random_octets(struct terminal *t, uint8_t out[static 16])
{
	for (int i = 0; i < 16; i++)
		out[i] = (uint8_t)terminal_random(t);
}

static void make_identifiers(struct terminal *t)
{
	uint8_t random[16];
	t->has_call_id = t->config.h225_version >= 2;
	if (t->config.given_ids) {
		memcpy(t->call_id, t->config.call_id, sizeof(t->call_id));
		memcpy(t->conference_id, t->config.conference_id, sizeof(t->conference_id));
		t->crv = t->config.crv;
		return;
	}
	random_octets(t, random);
	h225_guid_build(t->conference_id, random);
	random_octets(t, random);
	h225_guid_build(t->call_id, random);
	t->crv = (uint16_t)(terminal_random(t) % Q931_CRV_MAX + 1);
}

static void set_traversal(struct terminal *t, struct h225_setup_uuie *setup)
{
	struct h225_generic_data *v = arena_calloc(&t->arena, 2, sizeof(*v));
	if (!t->config.traversal || v == NULL)
		return;
	h225_feature_build(&v[0], H225_FEATURE_SIGNALLING_TRAVERSAL);
	h225_feature_build(&v[1], H225_FEATURE_MEDIA_TRAVERSAL);
	setup->has_supported_features = true;
	setup->supported_features.n = 2;
	setup->supported_features.v = v;
}

static void propose(struct terminal *t, struct h225_h323_uu_pdu_h323_message_body *body)
{
	struct fast_local local;
	struct pst_slice *octets;
	uint32_t n;
	t->fast_state = FAST_REFUSED;
	if (!t->config.fast_start)
		return;
	terminal_fast_local(t, &local);
	if (fast_propose(&local, &t->arena, &n, &octets) != 0) {
		t->broken = true;
		return;
	}
	set_fast_start(t, body, n, octets);
	t->fast_state = FAST_PROPOSED;
}

void terminal_send_setup(struct terminal *t)
{
	struct h225_msg m;
	t->call.originator = true;
	tunnel_init(&t->tunnel, t->config.tunnelling, true);
	make_identifiers(t);
	if (!begin(t, &m, Q931_SETUP))
		return;
	struct h225_h323_uu_pdu_h323_message_body *body = &m.uu.h323_uu_pdu.h323_message_body;
	struct h225_setup_uuie *setup = body->u.setup;
	set_display(t, &m);
	set_aliases(t, setup);
	if (!endpoint_build(t, &setup->source_info))
		return;
	setup->conference_id = slice_of(t->conference_id, 16);
	setup->conference_goal.choice = H225_SETUP_UUIE_CONFERENCE_GOAL_CREATE;
	setup->call_type.choice = H225_CALL_TYPE_POINT_TO_POINT;
	setup->dest_call_signal_address = h225_addr_new(&t->peer, &t->arena);
	setup->source_call_signal_address = h225_addr_new(&t->local, &t->arena);
	if (t->config.h225_version >= 2)
		setup->has_media_wait_for_connect = true;
	set_traversal(t, setup);
	propose(t, body);
	if (t->config.early_h245)
		set_h245_address(t, body);
	send(t, &m);
}

/* The callee's side of fast connect: the answer goes with the first message that can carry it. */
static void answer_fast(struct terminal *t, struct h225_h323_uu_pdu_h323_message_body *body)
{
	if (t->fast_state == FAST_PROPOSED) {
		struct pst_slice *v = arena_calloc(&t->arena, t->n_fast_reply, sizeof(*v));
		for (uint8_t i = 0; v != NULL && i < t->n_fast_reply; i++)
			v[i] = slice_of(t->fast_reply[i], t->fast_reply_len[i]);
		t->fast_state = FAST_ACCEPTED;
		set_fast_start(t, body, v != NULL ? t->n_fast_reply : 0, v);
		terminal_channel_fast(t);
	} else if (t->fast_state == FAST_REFUSED && t->config.h225_version >= VERSION_REFUSED) {
		if (h225_set_fast_connect_refused(body, true) != 0)
			t->broken = true;
	}
}

void terminal_send_reply(struct terminal *t, uint8_t type)
{
	struct h225_msg m;
	const bool connect = type == Q931_CONNECT, first = !t->replied;
	if (!begin(t, &m, type))
		return;
	struct h225_h323_uu_pdu_h323_message_body *body = &m.uu.h323_uu_pdu.h323_message_body;
	t->replied = true;
	if (first)
		answer_fast(t, body);
	if (connect) {
		struct h225_connect_uuie *c = body->u.connect;
		c->conference_id = slice_of(t->conference_id, 16);
		if (!endpoint_build(t, &c->destination_info))
			return;
		set_display(t, &m);
	} else if (type == Q931_ALERTING) {
		if (!endpoint_build(t, &body->u.alerting->destination_info))
			return;
	} else if (!endpoint_build(t, &body->u.call_proceeding->destination_info)) {
		return;
	}
	const bool early = t->config.early_h245;
	if (t->tunnel.state == TUNNEL_ON && (connect || early))
		terminal_h245_start(t);
	/* With Connect our address is needed only where the caller gave none, or we have said it before. */
	if (t->tunnel.state == TUNNEL_OFF && (early || (connect && t->link.peer.family == ADDR_NONE)))
		set_h245_address(t, body);
	send(t, &m);
	if (t->tunnel.state == TUNNEL_OFF && early)
		terminal_link_connect(t);
}

static void send_facility(struct terminal *t, bool start_h245)
{
	struct h225_msg m;
	if (!begin(t, &m, Q931_FACILITY))
		return;
	if (start_h245) {
		struct h225_h323_uu_pdu_h323_message_body *body = &m.uu.h323_uu_pdu.h323_message_body;
		body->u.facility->reason.choice = H225_FACILITY_REASON_START_H245;
		body->u.facility->has_conference_id = true;
		body->u.facility->conference_id = slice_of(t->conference_id, 16);
		set_h245_address(t, body);
	} else {
		h225_make_empty(&m);
	}
	send(t, &m);
}

void terminal_send_start_h245(struct terminal *t)
{
	send_facility(t, true);
}

void terminal_flush_tunnel(struct terminal *t)
{
	while (t->pending != NULL && !t->broken && t->signal_up && t->tunnel.state == TUNNEL_ON)
		send_facility(t, false);
}

static void send_status(struct terminal *t)
{
	struct h225_msg m;
	uint8_t cause[2];
	const uint8_t state = t->call.state & 0x3f;
	if (!begin(t, &m, Q931_STATUS))
		return;
	if (q931_set(&m.q931, Q931_IE_CAUSE, q931_cause_build(cause, Q931_CAUSE_STATUS_RESPONSE)) != 0 ||
		q931_set(&m.q931, Q931_IE_CALL_STATE, slice_of(&state, 1)) != 0)
		t->broken = true;
	send(t, &m);
}

/* ---- clearing ---- */

static void send_release(struct terminal *t, uint8_t cause)
{
	struct h225_msg m;
	uint8_t octets[2];
	if (t->call.state == H225_CALL_NULL || !begin(t, &m, Q931_RELEASE_COMPLETE))
		return;
	struct h225_release_complete_reason *reason = ARENA_NEW(&t->arena, struct h225_release_complete_reason);
	if (reason == NULL || q931_set(&m.q931, Q931_IE_CAUSE, q931_cause_build(octets, cause)) != 0) {
		t->broken = true;
		return;
	}
	reason->choice = h225_reason_of_cause(cause);
	m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason = reason;
	send(t, &m);
}

void terminal_release_now(struct terminal *t)
{
	if (t->signal_up)
		send_release(t, t->end_cause);
	terminal_end(t, t->end_cause, t->end_text, t->end_by_peer);
}

void terminal_release(struct terminal *t, uint8_t cause, const char *text)
{
	if (t->ended || t->ending)
		return;
	t->end_cause = cause;
	t->end_text = text;
	t->end_by_peer = false;
	terminal_media_stop(t);
	terminal_h245_end(t);
	t->ending = true;
	/* H.323 8.5: on a connection of its own the peer's endSessionCommand is awaited; in a tunnel both go together. */
	if (t->signal_up && t->link.connected && t->h245.end_sent && !t->h245.end_got)
		terminal_timer_start(t, TT_END_SESSION);
	else
		terminal_release_now(t);
}

static void got_release(struct terminal *t, const struct h225_msg *m)
{
	struct q931_cause_view cause = { .value = Q931_CAUSE_NORMAL };
	const struct q931_ie *ie = q931_find(&m->q931, Q931_IE_CAUSE);
	const struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	if (ie != NULL && q931_cause_read(&cause, ie->v) == 0) {
		/* the element says it */
	} else if (m->has_uu && body->choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_RELEASE_COMPLETE &&
		body->u.release_complete->reason != NULL) {
		cause.value = h225_cause_of_reason(body->u.release_complete->reason->choice);
	}
	if (t->ending && !t->end_by_peer)
		terminal_end(t, t->end_cause, t->end_text, false);
	else
		terminal_end(t, cause.value, q931_cause_name(cause.value), true);
}

/* ---- receiving ---- */

static void note_product(struct terminal *t, const struct h225_endpoint_type *e)
{
	if (e == NULL || e->vendor == NULL || !e->vendor->has_product_id)
		return;
	const struct pst_slice s = e->vendor->product_id;
	const size_t n = s.n < sizeof(t->info.peer_product) ? s.n : sizeof(t->info.peer_product) - 1;
	memset(t->info.peer_product, 0, sizeof(t->info.peer_product));
	if (n > 0)
		memcpy(t->info.peer_product, s.p, n);
}

static void note_name(struct terminal *t, const struct h225_msg *m)
{
	const struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	const struct q931_ie *display = q931_find(&m->q931, Q931_IE_DISPLAY);
	char *name = t->info.peer_name;
	if (m->q931.type == Q931_SETUP && body->u.setup->has_source_address && body->u.setup->source_address.n > 0) {
		h225_alias_text(&body->u.setup->source_address.v[0], name, sizeof(t->info.peer_name));
	} else if (display != NULL) {
		const struct pst_slice s = q931_display_text(display->v);
		const size_t n = s.n < sizeof(t->info.peer_name) ? s.n : sizeof(t->info.peer_name) - 1;
		if (n > 0)
			memcpy(name, s.p, n);
		name[n] = '\0';
	}
}

static void note_peer(struct terminal *t, const struct h225_msg *m, const struct h225_common *c)
{
	if (h225_version(c->protocol_identifier) != 0)
		t->info.peer_version = h225_version(c->protocol_identifier);
	note_product(t, c->endpoint);
	note_name(t, m);
}

static void got_tunnelled(struct terminal *t, const struct h225_h323_uu_pdu *pdu)
{
	if (!pdu->has_h245_control || t->tunnel.state != TUNNEL_ON || t->link.connected)
		return;
	for (uint32_t i = 0; i < pdu->h245_control.n && !t->ended && !t->broken; i++)
		terminal_h245_got_octets(t, pdu->h245_control.v[i]);
}

/* The caller's proposals: choose now, as they go with this message. */
static void got_proposals(struct terminal *t, const struct h225_common *c, bool has_h245)
{
	struct fast_local local;
	struct pst_slice *reply;
	uint32_t n;
	t->fast_state = FAST_NONE;
	if (!c->has_fast_start || c->n_fast_start == 0)
		return;
	t->fast_state = FAST_REFUSED;
	if (!t->config.fast_start || has_h245)
		return;
	terminal_fast_local(t, &local);
	if (fast_choose(&local, c->fast_start, c->n_fast_start, &t->arena, &t->fast, &n, &reply) != 0)
		return;
	for (uint32_t i = 0; i < n && i < 2; i++) {
		if (reply[i].n > FAST_OCTETS_MAX)
			return;
		memcpy(t->fast_reply[i], reply[i].p, reply[i].n);
		t->fast_reply_len[i] = (uint16_t)reply[i].n;
	}
	t->n_fast_reply = (uint8_t)n;
	t->fast_state = FAST_PROPOSED;
}

static void read_h245_address(struct terminal *t, const struct h225_common *c)
{
	struct addr addr;
	if (c->h245_address != NULL && h225_addr_read(&addr, c->h245_address) == 0)
		terminal_link_peer(t, &addr);
}

static void copy_id(uint8_t out[static 16], struct pst_slice id)
{
	if (id.n == 16)
		memcpy(out, id.p, 16);
}

static void got_setup(struct terminal *t, const struct h225_msg *m)
{
	const struct h225_h323_uu_pdu *pdu = &m->uu.h323_uu_pdu;
	struct h225_common c;
	h225_common_read(&pdu->h323_message_body, &c);
	terminal_timer_stop(t, TT_CONNECT);
	t->crv = m->q931.crv;
	t->has_call_id = c.call_id.n == 16;
	copy_id(t->call_id, c.call_id);
	const struct h225_setup_uuie *setup = pdu->h323_message_body.u.setup;
	copy_id(t->conference_id, setup->conference_id);
	note_peer(t, m, &c);
	(void)tunnel_received(&t->tunnel, m);
	got_proposals(t, &c, pdu->has_h245_control && pdu->h245_control.n > 0);
	read_h245_address(t, &c);
	struct terminal_action *a = terminal_act(t, TERMINAL_INCOMING);
	a->text = terminal_text(t, slice_str(t->info.peer_name));
	if (setup->has_destination_address && setup->destination_address.n > 0) {
		char text[sizeof(t->dest)];
		h225_alias_text(&setup->destination_address.v[0], text, sizeof(text));
		a->text2 = terminal_text(t, slice_str(text));
	}
	got_tunnelled(t, pdu);
	if (t->ended || t->ending)
		return;
	if (t->config.proceeding)
		terminal_send_reply(t, Q931_CALL_PROCEEDING);
	if (!t->config.manual_alerting)
		terminal_send_reply(t, Q931_ALERTING);
}

/* The callee's answer to our proposals, in whatever message it comes. */
static void got_verdict(struct terminal *t, const struct h225_msg *m, const struct h225_common *c)
{
	struct fast_local local;
	if (t->fast_state != FAST_PROPOSED || !t->call.originator)
		return;
	t->fast_state = (uint8_t)fast_verdict(m);
	if (t->fast_state != FAST_ACCEPTED)
		return;
	terminal_fast_local(t, &local);
	if (fast_apply(&local, c->fast_start, c->n_fast_start, &t->arena, &t->fast) != 0) {
		t->fast_state = FAST_REFUSED;
		terminal_trace(t, false, TERMINAL_SIGNAL, "the fastStart answered is not what was proposed");
		return;
	}
	terminal_channel_fast(t);
}

static void got_facility(struct terminal *t, const struct h225_facility_uuie *f)
{
	switch (f->reason.choice) {
	case H225_FACILITY_REASON_ROUTE_CALL_TO_GATEKEEPER:
	case H225_FACILITY_REASON_CALL_FORWARDED:
	case H225_FACILITY_REASON_ROUTE_CALL_TO_MC:
		terminal_release(t, Q931_CAUSE_NORMAL, "the peer forwards the call elsewhere");
		break;
	case H225_FACILITY_REASON_START_H245:
		if (!t->ending)
			terminal_link_connect(t);
		break;
	default: break;
	}
}

static void got_connect(struct terminal *t)
{
	t->answered = true;
	/* No more provisional answers. */
	if (t->tunnel.state == TUNNEL_UNDECIDED)
		t->tunnel.state = TUNNEL_OFF;
	terminal_act(t, TERMINAL_CONNECTED);
}

static void got_contents(struct terminal *t, const struct h225_msg *m)
{
	const struct h225_h323_uu_pdu *pdu = &m->uu.h323_uu_pdu;
	struct h225_common c = { 0 };
	if (m->has_uu) {
		h225_common_read(&pdu->h323_message_body, &c);
		note_peer(t, m, &c);
		if (tunnel_received(&t->tunnel, m) && t->tunnel.state == TUNNEL_ON)
			terminal_link_tunnelled(t);
		/* A switch from the tunnel to a connection is asked for by Facility only. */
		if (t->tunnel.state != TUNNEL_ON || m->q931.type == Q931_FACILITY)
			read_h245_address(t, &c);
	}
	got_verdict(t, m, &c);
	if (m->q931.type == Q931_CONNECT)
		got_connect(t);
	if (m->has_uu)
		got_tunnelled(t, pdu);
	if (t->ended || t->ending)
		return;
	if (m->q931.type == Q931_CONNECT)
		terminal_link_due(t);
	else if (c.h245_address != NULL && t->call.originator && t->tunnel.state == TUNNEL_OFF)
		terminal_link_connect(t);
	else if (t->config.early_h245 && t->tunnel.state == TUNNEL_ON && t->fast_state != FAST_PROPOSED)
		terminal_h245_start(t);
	terminal_h245_progress(t);
}

static void got_message(struct terminal *t, const struct h225_msg *m)
{
	switch (m->q931.type) {
	case Q931_SETUP: got_setup(t, m); return;
	case Q931_RELEASE_COMPLETE: got_release(t, m); return;
	case Q931_STATUS_INQUIRY: send_status(t); break;
	case Q931_ALERTING: terminal_act(t, TERMINAL_RINGING); break;
	default: break;
	}
	got_contents(t, m);
	if (m->q931.type == Q931_FACILITY && m->has_uu && !t->ended &&
		m->uu.h323_uu_pdu.h323_message_body.choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_FACILITY)
		got_facility(t, m->uu.h323_uu_pdu.h323_message_body.u.facility);
}

/* A Setup needs its body; any other body than the type's is an error too, but for what Facility may carry. */
static bool body_fits(const struct h225_msg *m)
{
	if (!m->has_uu)
		return m->q931.type != Q931_SETUP;
	const uint32_t choice = m->uu.h323_uu_pdu.h323_message_body.choice;
	return choice == ASN1_UNKNOWN ? m->q931.type != Q931_SETUP :
		choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_EMPTY ? m->q931.type != Q931_SETUP :
		choice == h225_body_of_type(m->q931.type);
}

void terminal_got_signal(struct terminal *t, struct pst_slice octets)
{
	char text[H225_STRLEN];
	struct h225_call_step step;
	struct h225_msg *m = ARENA_NEW(&t->arena, struct h225_msg);
	if (m == NULL) {
		t->broken = true;
		return;
	}
	if (h225_decode(m, octets, NULL, &t->arena, NULL) != 0 || !body_fits(m)) {
		terminal_release(t, Q931_CAUSE_PROTOCOL, "a call signalling message does not decode");
		return;
	}
	terminal_trace(t, false, TERMINAL_SIGNAL, h225_str(m, text));
	/* Another call on this connection is not ours, and reference 0 is about the connection as a whole. */
	if (t->call.state != H225_CALL_NULL && m->q931.crv != t->crv)
		return;
	if (h225_call_message(&t->call, H225_CALL_GOT, m->q931.type, &step) != 0) {
		terminal_trace(t, false, TERMINAL_SIGNAL, "not expected in this state, ignored");
		return;
	}
	terminal_apply_step(t, &step);
	if (t->call.state == H225_CALL_NULL)
		return;
	got_message(t, m);
}
