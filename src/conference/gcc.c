/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The GCC node: attaching to the domain, PDUs on channels, ending, ejecting, locking (T.124 7.2 to 7.4). */
#include "conference/conference_int.h"

enum { GCC_PDU_USUAL = 1 << 12, GCC_PDU_MAX = 1 << 18 };

#define MCS_PDU(alternative, Alternative, ...)                                                               \
	(&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_##Alternative,                                             \
		.u.alternative = &(struct mcs_##alternative){ __VA_ARGS__ } })

/* ---- sending */

void gcc_send(struct conference *c, uint16_t channel, bool uniform, const t124_pdu *pdu)
{
	int err = PST_E_SPACE;
	for (size_t cap = GCC_PDU_USUAL; err == PST_E_SPACE && cap <= GCC_PDU_MAX; cap *= 8) {
		uint8_t *octets = arena_alloc(&c->arena, cap);
		struct writer w = wr_of(octets, cap);
		err = octets == NULL ? PST_E_NOMEM : t124_encode(pdu, &w, NULL);
		if (err == 0)
			mcs_send(c->mcs, c->local, channel, MCS_DATA_PRIORITY_TOP, uniform, wr_slice(&w));
	}
}

void gcc_request(struct conference *c, uint32_t choice, const void *request)
{
	struct gcc_request_pdu r = { .choice = choice };
	memcpy(&r.u, &request, sizeof request); /* every alternative is a pointer */
	if (c->top)
		gcc_registry_request(c, c->node, &r);
	else
		gcc_send(c, c->top_node, false, &(t124_pdu){ .choice = GCC_GCCPDU_REQUEST, .u.request = &r });
}

void gcc_respond(struct conference *c, uint16_t node, uint32_t choice, const void *response)
{
	struct gcc_response_pdu r = { .choice = choice };
	memcpy(&r.u, &response, sizeof response);
	if (node == c->node) {
		if (choice == GCC_RESPONSE_PDU_REGISTRY_RESPONSE)
			app_registered(c, response);
		else if (choice == GCC_RESPONSE_PDU_REGISTRY_ALLOCATE_HANDLE_RESPONSE)
			app_handles(c, response);
		return;
	}
	gcc_send(c, node, false, &(t124_pdu){ .choice = GCC_GCCPDU_RESPONSE, .u.response = &r });
}

void gcc_indicate(
	struct conference *c, uint16_t channel, bool uniform, uint32_t choice, const void *indication)
{
	struct gcc_indication_pdu i = { .choice = choice };
	memcpy(&i.u, &indication, sizeof indication);
	gcc_send(c, channel, uniform, &(t124_pdu){ .choice = GCC_GCCPDU_INDICATION, .u.indication = &i });
}

/* ---- into a conference and out of it */

static void join(struct conference *c, uint16_t channel)
{
	mcs_request(c->mcs, c->local,
		MCS_PDU(channel_join_request, CHANNEL_JOIN_REQUEST, .initiator = c->node,
			.channel_id = channel));
}

/* Attaches the node to the domain: a new one of which it is the top, or that of the provider above. */
void gcc_start(struct conference *c, bool top)
{
	if (mcs_local_new(c->mcs, &c->local) != 0)
		return;
	c->top = top;
	c->state = GCC_ATTACHING;
	mcs_request(c->mcs, c->local,
		&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_ATTACH_USER_REQUEST,
			.u.attach_user_request = &(struct mcs_attach_user_request){ 0 } });
}

static void entered(struct conference *c)
{
	c->state = GCC_IN;
	if (!c->top)
		gcc_indicate(c, c->superior, false, GCC_INDICATION_PDU_USER_ID_INDICATION,
			&(struct gcc_user_id_indication){ .tag = { .v = c->tag } });
	struct conference_action *a = conference_act(c, CONFERENCE_JOINED);
	if (a != NULL) {
		a->node = c->node;
		a->name = conference_dup(c, gcc_name_text(&c->name));
	}
	gcc_roster_announce(c);
}

void gcc_end(struct conference *c, const char *why)
{
	if (c->state == GCC_NONE)
		return;
	app_end_all(c);
	conference_partials_drop(c, 0);
	const unsigned local = c->local;
	c->state = GCC_NONE;
	c->local = MCS_LOCALS;
	mcs_local_free(c->mcs, local);
	gcc_roster_free(c);
	gcc_registry_free(c);
	c->top = c->locked = false;
	c->up = -1;
	c->node = c->top_node = c->superior = c->conductor = 0;
	memset(&c->name, 0, sizeof c->name);
	struct conference_action *a = conference_act(c, CONFERENCE_ENDED);
	if (a != NULL)
		a->text = conference_dup(c, why);
}

/* Ends every connection, then the conference here. */
static void end_all(struct conference *c, const char *why)
{
	for (unsigned i = 0; i < MCS_CONNS; i++)
		if (c->calls[i].used && (c->calls[i].open || c->calls[i].how != CONFERENCE_QUERY)) {
			c->calls[i] = (struct call){ 0 };
			mcs_disconnect(c->mcs, i, MCS_REASON_RN_USER_REQUESTED);
		}
	gcc_end(c, why);
}

void conference_leave(struct conference *c)
{
	conference_begin(c);
	if (c->top && c->state == GCC_IN)
		gcc_indicate(c, T124_CHANNEL_BROADCAST, true,
			GCC_INDICATION_PDU_CONFERENCE_TERMINATE_INDICATION,
			&(struct gcc_conference_terminate_indication){
				.reason = GCC_CONFERENCE_TERMINATE_INDICATION_REASON_USER_INITIATED });
	end_all(c, "we left");
	conference_run(c);
}

void conference_terminate(struct conference *c)
{
	if (c->top || c->state != GCC_IN) {
		conference_leave(c);
		return;
	}
	conference_begin(c);
	gcc_request(c, GCC_REQUEST_PDU_CONFERENCE_TERMINATE_REQUEST,
		&(struct gcc_conference_terminate_request){
			.reason = GCC_CONFERENCE_TERMINATE_REQUEST_REASON_USER_INITIATED });
	conference_run(c);
}

static void eject(struct conference *c, uint16_t node)
{
	gcc_indicate(c, T124_CHANNEL_BROADCAST, true, GCC_INDICATION_PDU_CONFERENCE_EJECT_USER_INDICATION,
		&(struct gcc_conference_eject_user_indication){ .node_to_eject = node,
			.reason = GCC_CONFERENCE_EJECT_USER_INDICATION_REASON_USER_INITIATED });
}

void conference_eject(struct conference *c, uint16_t node)
{
	conference_begin(c);
	if (c->state == GCC_IN && c->top && node != c->node)
		eject(c, node);
	else if (c->state == GCC_IN && !c->top)
		gcc_request(c, GCC_REQUEST_PDU_CONFERENCE_EJECT_USER_REQUEST,
			&(struct gcc_conference_eject_user_request){ .node_to_eject = node,
				.reason = GCC_CONFERENCE_EJECT_USER_REQUEST_REASON_USER_INITIATED });
	conference_run(c);
}

static void lock(struct conference *c, bool locked)
{
	c->locked = locked;
	if (locked)
		gcc_indicate(c, T124_CHANNEL_BROADCAST, true, GCC_INDICATION_PDU_CONFERENCE_LOCK_INDICATION,
			&(struct gcc_conference_lock_indication){ 0 });
	else
		gcc_indicate(c, T124_CHANNEL_BROADCAST, true, GCC_INDICATION_PDU_CONFERENCE_UNLOCK_INDICATION,
			&(struct gcc_conference_unlock_indication){ 0 });
}

void conference_lock(struct conference *c, bool locked)
{
	conference_begin(c);
	if (c->state == GCC_IN && c->top && c->locked != locked)
		lock(c, locked);
	conference_run(c);
}

int conference_text(struct conference *c, const char *text)
{
	struct gcc_text_message_indication m = { 0 };
	conference_begin(c);
	if (c->state != GCC_IN)
		return PST_E_STATE;
	const int err = t124_text_write(&m.message, text, &c->arena);
	if (err != 0)
		return err;
	gcc_indicate(c, T124_CHANNEL_BROADCAST, false, GCC_INDICATION_PDU_TEXT_MESSAGE_INDICATION, &m);
	conference_run(c);
	return 0;
}

/* ---- MCS confirms and indications for the node's own user */

static void attached(struct conference *c, const struct mcs_attach_user_confirm *p)
{
	if (p->result != MCS_RESULT_RT_SUCCESSFUL || c->state != GCC_ATTACHING) {
		end_all(c, "the domain takes no more users");
		return;
	}
	c->node = (uint16_t)p->initiator;
	if (c->top)
		c->top_node = c->node;
	c->state = GCC_JOIN_OWN;
	join(c, c->node);
}

static void joined(struct conference *c, const struct mcs_channel_join_confirm *p)
{
	if (p->result != MCS_RESULT_RT_SUCCESSFUL) {
		end_all(c, "the domain has no channel for us");
		return;
	}
	if (c->state == GCC_JOIN_OWN) {
		c->state = GCC_JOIN_BROADCAST;
		join(c, T124_CHANNEL_BROADCAST);
	} else if (c->state == GCC_JOIN_BROADCAST) {
		entered(c);
	}
}

void gcc_local(struct conference *c, const t125_pdu *pdu)
{
	switch (pdu->choice) {
	case MCS_DOMAIN_MCSPDU_ATTACH_USER_CONFIRM: attached(c, pdu->u.attach_user_confirm); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_JOIN_CONFIRM: joined(c, pdu->u.channel_join_confirm); break;
	case MCS_DOMAIN_MCSPDU_DETACH_USER_INDICATION:
		for (uint32_t i = 0; i < pdu->u.detach_user_indication->user_ids.n; i++) {
			const uint16_t id = (uint16_t)pdu->u.detach_user_indication->user_ids.v[i];
			if (id == c->node) {
				end_all(c, "the domain ended");
				return;
			}
			conference_partials_drop(c, id);
			gcc_roster_user_gone(c, id);
			gcc_registry_user_gone(c, id);
		}
		break;
	default: break;
	}
}

/* ---- GCC PDUs */

static void eject_asked(
	struct conference *c, uint16_t user, const struct gcc_conference_eject_user_request *p)
{
	struct gcc_conference_eject_user_response out = { .node_to_eject = p->node_to_eject,
		.result = GCC_CONFERENCE_EJECT_USER_RESPONSE_RESULT_SUCCESS };
	if (gcc_node(c, (uint16_t)p->node_to_eject) == NULL || p->node_to_eject == c->node)
		out.result = GCC_CONFERENCE_EJECT_USER_RESPONSE_RESULT_INVALID_NODE;
	gcc_respond(c, user, GCC_RESPONSE_PDU_CONFERENCE_EJECT_USER_RESPONSE, &out);
	if (out.result == GCC_CONFERENCE_EJECT_USER_RESPONSE_RESULT_SUCCESS)
		eject(c, (uint16_t)p->node_to_eject);
}

/* Requests reach the top on its node channel. Ending and locking are the convener's, who is the top here;
 * nodes of the roster may eject. */
static void request(struct conference *c, uint16_t user, const struct gcc_request_pdu *p)
{
	if (p->choice == GCC_REQUEST_PDU_CONFERENCE_JOIN_REQUEST) {
		gcc_join_asked(c, user, p->u.conference_join_request);
		return;
	}
	if (!c->top || gcc_node(c, user) == NULL)
		return;
	switch (p->choice) {
	case GCC_REQUEST_PDU_CONFERENCE_TERMINATE_REQUEST:
		gcc_respond(c, user, GCC_RESPONSE_PDU_CONFERENCE_TERMINATE_RESPONSE,
			&(struct gcc_conference_terminate_response){
				.result = GCC_CONFERENCE_TERMINATE_RESPONSE_RESULT_INVALID_REQUESTER });
		break;
	case GCC_REQUEST_PDU_CONFERENCE_LOCK_REQUEST:
		gcc_respond(c, user, GCC_RESPONSE_PDU_CONFERENCE_LOCK_RESPONSE,
			&(struct gcc_conference_lock_response){
				.result = GCC_CONFERENCE_LOCK_RESPONSE_RESULT_INVALID_REQUESTER });
		break;
	case GCC_REQUEST_PDU_CONFERENCE_UNLOCK_REQUEST:
		gcc_respond(c, user, GCC_RESPONSE_PDU_CONFERENCE_UNLOCK_RESPONSE,
			&(struct gcc_conference_unlock_response){
				.result = GCC_CONFERENCE_UNLOCK_RESPONSE_RESULT_INVALID_REQUESTER });
		break;
	case GCC_REQUEST_PDU_CONFERENCE_EJECT_USER_REQUEST:
		eject_asked(c, user, p->u.conference_eject_user_request);
		break;
	case GCC_REQUEST_PDU_CONFERENCE_ADD_REQUEST:
		gcc_respond(c, user, GCC_RESPONSE_PDU_CONFERENCE_ADD_RESPONSE,
			&(struct gcc_conference_add_response){ .tag = p->u.conference_add_request->tag,
				.result = GCC_CONFERENCE_ADD_RESPONSE_RESULT_INVALID_NETWORK_TYPE });
		break;
	case GCC_REQUEST_PDU_CONFERENCE_TRANSFER_REQUEST:
		gcc_respond(c, user, GCC_RESPONSE_PDU_CONFERENCE_TRANSFER_RESPONSE,
			&(struct gcc_conference_transfer_response){
				.conference_name = p->u.conference_transfer_request->conference_name,
				.result = GCC_CONFERENCE_TRANSFER_RESPONSE_RESULT_INVALID_REQUESTER });
		break;
	case GCC_REQUEST_PDU_NON_STANDARD_REQUEST:
	case GCC_REQUEST_PDU_UNKNOWN:
		gcc_respond(c, user, GCC_RESPONSE_PDU_FUNCTION_NOT_SUPPORTED_RESPONSE,
			&(struct gcc_function_not_supported_response){ .request = *p });
		break;
	default: gcc_registry_request(c, user, p); break;
	}
}

static void text_message(struct conference *c, uint16_t user, const struct gcc_text_message_indication *p)
{
	char text[CONFERENCE_NAME_MAX * 3 + 1];
	struct conference_action *a = conference_act(c, CONFERENCE_TEXT);
	if (a == NULL)
		return;
	a->node = user;
	a->text = conference_dup(c, t124_text_read(p->message, text, sizeof text));
}

/* What only the top says counts only from it. */
void gcc_conducted(struct conference *c, uint16_t node)
{
	struct conference_action *a =
		c->conductor != node ? conference_act(c, CONFERENCE_CONDUCTED) : NULL;
	if (a != NULL)
		a->node = node;
	c->conductor = node;
}

static void indication(struct conference *c, uint16_t user, uint16_t channel, struct pst_slice octets,
	const struct gcc_indication_pdu *p)
{
	const bool by_top = user == c->top_node;
	switch (p->choice) {
	case GCC_INDICATION_PDU_ROSTER_UPDATE_INDICATION:
		gcc_roster_received(c, user, channel, octets, p->u.roster_update_indication);
		break;
	case GCC_INDICATION_PDU_TEXT_MESSAGE_INDICATION:
		text_message(c, user, p->u.text_message_indication);
		break;
	case GCC_INDICATION_PDU_CONFERENCE_TERMINATE_INDICATION:
		if (by_top && !c->top)
			end_all(c, "the conference was ended");
		break;
	case GCC_INDICATION_PDU_CONFERENCE_EJECT_USER_INDICATION:
		if (by_top && p->u.conference_eject_user_indication->node_to_eject == c->node && !c->top)
			end_all(c, "we were put out of the conference");
		break;
	case GCC_INDICATION_PDU_CONFERENCE_LOCK_INDICATION: c->locked = by_top ? true : c->locked; break;
	case GCC_INDICATION_PDU_CONFERENCE_UNLOCK_INDICATION: c->locked = by_top ? false : c->locked; break;
	case GCC_INDICATION_PDU_CONDUCTOR_ASSIGN_INDICATION: /* our own conferences are not conducted */
		if (!c->top && user == p->u.conductor_assign_indication->conducting_node &&
			gcc_node(c, user) != NULL)
			gcc_conducted(c, user);
		break;
	case GCC_INDICATION_PDU_CONDUCTOR_RELEASE_INDICATION:
		if (c->conductor != 0 && user == c->conductor)
			gcc_conducted(c, 0);
		break;
	default: break; /* time is not ours; transferring is not done */
	}
}

void gcc_received(struct conference *c, uint16_t user, uint16_t channel, struct pst_slice octets)
{
	t124_pdu m;
	if (c->state != GCC_IN || t124_decode(&m, octets, NULL, &c->arena, NULL) != 0)
		return;
	switch (m.choice) {
	case GCC_GCCPDU_REQUEST:
		if (channel == c->node)
			request(c, user, m.u.request);
		break;
	case GCC_GCCPDU_RESPONSE:
		if (channel != c->node || user != c->top_node)
			break;
		if (m.u.response->choice == GCC_RESPONSE_PDU_REGISTRY_RESPONSE)
			app_registered(c, m.u.response->u.registry_response);
		else if (m.u.response->choice == GCC_RESPONSE_PDU_REGISTRY_ALLOCATE_HANDLE_RESPONSE)
			app_handles(c, m.u.response->u.registry_allocate_handle_response);
		else if (m.u.response->choice == GCC_RESPONSE_PDU_CONFERENCE_JOIN_RESPONSE)
			gcc_join_answered(c, m.u.response->u.conference_join_response);
		break;
	case GCC_GCCPDU_INDICATION: indication(c, user, channel, octets, m.u.indication); break;
	default: break;
	}
}
