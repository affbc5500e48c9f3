/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/behind.h"

#include "gateway/channel.h"
#include "h225/body.h"
#include "h225/str.h"
#include "h225/traversal.h"
#include "h245/data.h"
#include "h245/traversal.h"

/* NATs have to keep what UDP opened for two minutes (RFC 4787 4.3); many forget after 30 seconds. */
enum { KEEP_ALIVE_S = 15 };
enum { LOOK_MS = 100, OUR_VERSION = 4, FACILITY_MAX = 512 };

/* --- signalling --- */

/* The caller's identifier; an own one where it has none, as NetMeeting. */
static void choose_id(struct gw_call *call)
{
	bool zero = true;
	for (size_t i = 0; i < sizeof call->guid; i++)
		zero = zero && call->guid[i] == 0;
	memcpy(call->await_id, call->guid, sizeof call->await_id);
	if (call->has_guid && !zero)
		return;
	memcpy(call->await_id, &call->id, sizeof call->id);
	memcpy(call->await_id + sizeof call->id, &call->start_wall_ms, sizeof call->start_wall_ms);
}

bool gw_behind_summon(struct gw_call *call)
{
	const struct gw_lookup *ask = &call->cfg->lookup;
	struct gateway *gw = call->gw;
	struct gw_leg *leg = &call->leg[GW_CALLEE];
	struct gw_call *other = NULL;
	const struct addr to = addr_with_port(leg->local_ip, call->cfg->signalling_port);
	if (ask->summon == NULL)
		return false;
	choose_id(call);
	HASH_FIND(hh_awaited, gw->awaited, call->await_id, sizeof call->await_id, other);
	if (other != NULL || !ask->summon(ask->arg, &call->dest, call->await_id, &to))
		return false;
	HASH_ADD(hh_awaited, gw->awaited, await_id, sizeof call->await_id, call);
	call->awaited = true;
	leg->behind = true;
	gw_notef(call, "the callee is behind somebody else's NAT, and is asked to connect to us");
	return true;
}

void gw_behind_forget(struct gw_call *call)
{
	if (call->awaited)
		HASH_DELETE(hh_awaited, call->gw->awaited, call);
	call->awaited = false;
}

bool gw_behind_came(struct gw_conn *c, const struct h225_msg *m)
{
	struct gateway *gw = c->call->gw;
	struct gw_call *call = NULL;
	const struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	if (!m->has_uu || body->choice != H225_H323_UU_PDU_H323_MESSAGE_BODY_FACILITY)
		return false;
	const struct h225_call_identifier *id = body->u.facility->call_identifier;
	if (id != NULL && id->guid.n == sizeof call->await_id)
		HASH_FIND(hh_awaited, gw->awaited, id->guid.p, sizeof call->await_id, call);
	if (call == NULL || !addr_ip_eq(&call->leg[GW_CALLEE].peer_ip, &c->peer))
		return false;
	struct gw_conn *to = &call->leg[GW_CALLEE].conn;
	gw_behind_forget(call);
	gw_notef(call, "the callee has connected to us");
	to->peer = c->peer;
	gw->io->adopt(gw->io_arg, to, c->handle);
	c->handle = NULL;
	c->state = GW_CONN_CLOSED;
	/* that connection was never a call of its own */
	gw->count.calls--;
	gw->count.failed--;
	c->call->summoned = true;
	gw_call_release(c->call, H225_RELEASE_COMPLETE_REASON_UNDEFINED_REASON, "it was a callee that had been asked to connect");
	gw_conn_opened(to, &c->local);
	return true;
}

bool gw_behind_offers(const struct h225_setup_uuie *setup)
{
	struct h225_feature_set fs = { .has_needed_features = setup->has_needed_features,
		.has_desired_features = setup->has_desired_features,
		.has_supported_features = setup->has_supported_features };
	fs.needed_features.n = setup->needed_features.n;
	fs.needed_features.v = setup->needed_features.v;
	fs.desired_features.n = setup->desired_features.n;
	fs.desired_features.v = setup->desired_features.v;
	fs.supported_features.n = setup->supported_features.n;
	fs.supported_features.v = setup->supported_features.v;
	return h225_feature_has(&fs, H225_FEATURE_SIGNALLING_TRAVERSAL) || h225_feature_has(&fs, H225_FEATURE_MEDIA_TRAVERSAL);
}

/* In memory of its own: the message in hand may be in the other. */
static int build_start(struct gw_call *call, int leg, const struct addr *local, struct h225_msg *m, struct arena *a,
	struct writer *w)
{
	int err = h225_init(m, Q931_FACILITY, call->crv, leg == GW_CALLER, OUR_VERSION, a);
	if (err != 0)
		return err;
	struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	body->u.facility->reason.choice = H225_FACILITY_REASON_START_H245;
	body->u.facility->h245_address = h225_addr_new(local, a);
	if (body->u.facility->h245_address == NULL)
		return PST_E_NOMEM;
	if (call->has_guid)
		err = h225_set_call_id(body, slice_of(call->guid, 16), a);
	return err != 0 ? err : h225_encode(m, w, NULL);
}

void gw_behind_start_h245(struct gw_call *call, int leg, const struct addr *local)
{
	struct h225_msg m;
	struct arena a;
	uint8_t out[FACILITY_MAX];
	struct writer w = wr_of(out, sizeof out);
	char line[H225_STRLEN];
	arena_init(&a, 0);
	if (build_start(call, leg, local, &m, &a, &w) == 0) {
		gw_note(call, -1, GW_VIA_GATEWAY, h225_str(&m, line), NULL, 0);
		gw_conn_send(&call->leg[leg].conn, wr_slice(&w));
	}
	arena_free(&a);
}

/* --- media --- */

int gw_behind_put_feature(struct gw_call *call, int to, struct h225_h323_uu_pdu_h323_message_body *body)
{
	struct arena *a = &call->gw->arena;
	struct h225_feature_set **in = NULL, *fs;
	struct h225_generic_data f;
	int err = 0;
	if (!call->leg[to].behind || (to == GW_CALLER && !call->leg[to].keeps_alive))
		return 0;
	err = h225_media_server_build(&f, a);
	if (err != 0)
		return err;
	switch (body->choice) {
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_SETUP: {
		struct h225_setup_uuie *s = body->u.setup;
		return h225_feature_add(&s->has_supported_features, &s->supported_features.v, &s->supported_features.n, &f, a);
	}
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_CALL_PROCEEDING: in = &body->u.call_proceeding->feature_set; break;
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_ALERTING: in = &body->u.alerting->feature_set; break;
	case H225_H323_UU_PDU_H323_MESSAGE_BODY_CONNECT: in = &body->u.connect->feature_set; break;
	default: return 0;
	}
	if (*in == NULL && (*in = ARENA_NEW(a, struct h225_feature_set)) == NULL)
		return PST_E_NOMEM;
	fs = *in;
	return h225_feature_add(&fs->has_supported_features, &fs->supported_features.v, &fs->supported_features.n, &f, a);
}

int gw_behind_put_keep_alive(const struct gw_call *call, int to, const struct gw_session *s, bool *has,
	struct h245_generic_message **v, uint32_t *n)
{
	if (s == NULL || !call->leg[to].keeps_alive)
		return 0;
	if (!*has)
		*n = 0;
	*has = true;
	return h245_traversal_add(v, n, &s->local[to][RELAY_RTP], KEEP_ALIVE_S, &call->gw->arena);
}

/* Who announces an address is connected to; where OLC has none, it comes with the answer. */
bool gw_behind_bars_data(const struct gw_call *call, int from, const struct h245_open_logical_channel *olc)
{
	const struct gw_leg *leg = &call->leg[from];
	const struct h245_data_type *type = &olc->forward_logical_channel_parameters.data_type;
	struct addr at;
	if (type->choice != H245_DATA_TYPE_DATA || !h245_is_t120(type->u.data))
		return false;
	h245_t120_at(&at, olc->separate_stack);
	if (at.family == ADDR_NONE)
		return call->leg[1 - from].behind;
	return leg->behind && gw_address_judge(call->cfg, leg->realm, &leg->peer_ip, &at) != GW_ADDR_OWN;
}

/* True: where the peer of LEG receives that part is not known yet, and may be soon. */
static bool learn(struct gw_call *call, struct gw_session *s, int leg, enum relay_part part)
{
	struct relay_flow_stats st;
	if (!call->leg[leg].behind || s->dest[leg][part].family != ADDR_NONE || !s->flow_set[leg][part])
		return false;
	call->gw->relay.ops->flow_stats(s->relay, leg, part, &st);
	if (st.source.family == ADDR_NONE)
		return true;
	gw_session_latch(call, s, leg, part, &st.source);
	return false;
}

uint64_t gw_behind_learn(struct gw_call *call, uint64_t now_ms)
{
	struct gw_session *s;
	bool open = false;
	DL_FOREACH (call->sessions, s) {
		for (int i = 0; i < GW_LEGS * RELAY_PARTS; i++)
			open = learn(call, s, i / RELAY_PARTS, (enum relay_part)(i % RELAY_PARTS)) || open;
	}
	return open ? now_ms + LOOK_MS : 0;
}
