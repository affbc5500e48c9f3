/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GCC PDUs tell a follower, and how they are changed or answered where an application is refused. */
#include "conference/follow_int.h"

/* Writes M in place of the PDU that came with D. */
static enum follow_verdict replace(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, const t124_pdu *m, size_t was)
{
	const size_t cap = was + 64; /* only ever less is sent than came */
	uint8_t *out = arena_alloc(&f->arena, cap);
	struct writer w = wr_of(out, cap);
	if (out != NULL && t124_encode(m, &w, NULL) == 0)
		follow_send_data(f, dir, d, wr_slice(&w));
	return FOLLOW_DONE;
}

/* ---- rosters */

static void nodes_in(struct follow *f, const struct gcc_node_record_list *l)
{
	const uint32_t n = l->choice == GCC_NODE_RECORD_LIST_REFRESH  ? l->u.refresh.n
			   : l->choice == GCC_NODE_RECORD_LIST_UPDATE ? l->u.update.n
								      : 0;
	for (uint32_t i = 0; i < n; i++) {
		const bool refresh = l->choice == GCC_NODE_RECORD_LIST_REFRESH;
		const uint32_t id = refresh ? l->u.refresh.v[i].node_id : l->u.update.v[i].node_id;
		const struct gcc_node_record_update *update = refresh ? NULL : &l->u.update.v[i].node_update;
		const struct gcc_node_record *r = refresh ? &l->u.refresh.v[i].node_record
						  : update->choice <= GCC_NODE_RECORD_UPDATE_REPLACE_RECORD
							  ? update->u.add_record
							  : NULL;
		struct follow_user *u = r != NULL ? follow_user(f, (uint16_t)id, true) : NULL;
		if (u == NULL)
			continue;
		u->is_node = true;
		snprintf(u->name, sizeof u->name, "node %u", (unsigned)id);
		if (r->has_node_name)
			t124_text_read(r->node_name, u->name, sizeof u->name);
	}
}

static void enrol(struct follow *f, const struct gcc_application_record *r, enum t124_app app, bool below)
{
	struct follow_user *u =
		r->has_application_user_id ? follow_user(f, (uint16_t)r->application_user_id, true) : NULL;
	if (u == NULL || u->is_node)
		return;
	u->enrolled = r->application_active;
	u->below = u->below || below;
	u->app = app;
	follow_channel_set(f, u->id, app);
}

/* BELOW: a node told those above it. */
static void session_in(struct follow *f, const struct gcc_application_information *s, bool below)
{
	const enum t124_app app = t124_key_app(&s->session_key.application_protocol_key);
	const struct gcc_application_record_list *l = &s->application_record_list;
	if (s->session_key.has_session_id)
		follow_channel_set(f, (uint16_t)s->session_key.session_id, app);
	if (l->choice == GCC_APPLICATION_RECORD_LIST_REFRESH)
		for (uint32_t i = 0; i < l->u.refresh.n; i++)
			enrol(f, &l->u.refresh.v[i].application_record, app, below);
	if (l->choice == GCC_APPLICATION_RECORD_LIST_UPDATE)
		for (uint32_t i = 0; i < l->u.update.n; i++)
			if (l->u.update.v[i].application_update.choice <=
				GCC_APPLICATION_RECORD_UPDATE_REPLACE_RECORD)
				enrol(f, l->u.update.v[i].application_update.u.add_record, app, below);
}

static enum follow_verdict roster(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, t124_pdu *m, size_t was)
{
	struct gcc_roster_update_indication *p = m->u.indication->u.roster_update_indication;
	uint32_t kept = 0;
	nodes_in(f, &p->node_information.node_record_list);
	for (uint32_t i = 0; i < p->application_information.n; i++) {
		const struct gcc_application_information s = p->application_information.v[i];
		const enum t124_app app = t124_key_app(&s.session_key.application_protocol_key);
		session_in(f, &s, !d->indication);
		if (follow_may(f, dir, app))
			p->application_information.v[kept++] = s;
		else
			f->apps[app].refused++;
	}
	if (kept == p->application_information.n)
		return FOLLOW_PASS;
	p->application_information.n = kept;
	return replace(f, dir, d, m, was);
}

static enum follow_verdict invoke(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, t124_pdu *m, size_t was)
{
	struct gcc_application_invoke_indication *p = m->u.indication->u.application_invoke_indication;
	uint32_t kept = 0;
	for (uint32_t i = 0; i < p->application_protocol_entity_list.n; i++) {
		const struct gcc_application_invoke_specifier s = p->application_protocol_entity_list.v[i];
		const enum t124_app app = t124_key_app(&s.session_key.application_protocol_key);
		if (follow_may(f, dir, app))
			p->application_protocol_entity_list.v[kept++] = s;
		else
			f->apps[app].refused++;
	}
	if (kept == p->application_protocol_entity_list.n)
		return FOLLOW_PASS;
	p->application_protocol_entity_list.n = kept;
	return kept > 0 ? replace(f, dir, d, m, was) : FOLLOW_DONE; /* an empty list is not allowed */
}

/* ---- the registry */

/* The top's answer in its place: it goes back, the request goes no further. */
static void refuse(struct follow *f, enum follow_dir dir, const struct t125_data *d,
	const struct gcc_registry_key *key, uint32_t entity, uint32_t primitive)
{
	struct gcc_registry_response r = { .entity_id = entity,
		.primitive_type = primitive,
		.key = *key,
		.item = { .choice = GCC_REGISTRY_ITEM_VACANT },
		.owner = { .choice = GCC_REGISTRY_ENTRY_OWNER_NOT_OWNED },
		.result = GCC_REGISTRY_RESPONSE_RESULT_INVALID_REQUESTER };
	struct gcc_response_pdu response = { .choice = GCC_RESPONSE_PDU_REGISTRY_RESPONSE,
		.u.registry_response = &r };
	const t124_pdu m = { .choice = GCC_GCCPDU_RESPONSE, .u.response = &response };
	const struct t125_data back = { .indication = !d->indication,
		.initiator = d->channel,
		.channel = d->initiator,
		.priority = d->priority };
	uint8_t out[1024];
	struct writer w = wr_of(out, sizeof out);
	if (back.initiator >= T125_CHANNEL_DYNAMIC_MIN && t124_encode(&m, &w, NULL) == 0)
		follow_send_data(
			f, dir == FOLLOW_FORWARD ? FOLLOW_BACKWARD : FOLLOW_FORWARD, &back, wr_slice(&w));
}

static enum follow_verdict request(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, const struct gcc_request_pdu *p)
{
	const struct gcc_registry_key *key;
	uint32_t entity, primitive;
	switch (p->choice) {
	case GCC_REQUEST_PDU_REGISTRY_REGISTER_CHANNEL_REQUEST:
		key = &p->u.registry_register_channel_request->key;
		entity = p->u.registry_register_channel_request->entity_id;
		primitive = GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_REGISTER_CHANNEL;
		break;
	case GCC_REQUEST_PDU_REGISTRY_ASSIGN_TOKEN_REQUEST:
		key = &p->u.registry_assign_token_request->key;
		entity = p->u.registry_assign_token_request->entity_id;
		primitive = GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_ASSIGN_TOKEN;
		break;
	case GCC_REQUEST_PDU_REGISTRY_RETRIEVE_ENTRY_REQUEST:
		key = &p->u.registry_retrieve_entry_request->key;
		entity = p->u.registry_retrieve_entry_request->entity_id;
		primitive = GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_RETRIEVE_ENTRY;
		break;
	case GCC_REQUEST_PDU_REGISTRY_SET_PARAMETER_REQUEST:
		key = &p->u.registry_set_parameter_request->key;
		entity = p->u.registry_set_parameter_request->entity_id;
		primitive = GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_SET_PARAMETER;
		break;
	default: return FOLLOW_PASS;
	}
	const enum t124_app app = t124_key_app(&key->session_key.application_protocol_key);
	if (follow_may(f, dir, app)) {
		if (p->choice == GCC_REQUEST_PDU_REGISTRY_REGISTER_CHANNEL_REQUEST && app != T124_APP_UNKNOWN)
			follow_channel_set(
				f, (uint16_t)p->u.registry_register_channel_request->channel_id, app);
		return FOLLOW_PASS;
	}
	f->apps[app].refused++;
	refuse(f, dir, d, key, entity, primitive);
	return FOLLOW_DONE;
}

static void entry(struct follow *f, const struct gcc_registry_key *key, const struct gcc_registry_item *item)
{
	const enum t124_app app = t124_key_app(&key->session_key.application_protocol_key);
	if (item->choice == GCC_REGISTRY_ITEM_CHANNEL_ID && app != T124_APP_UNKNOWN)
		follow_channel_set(f, (uint16_t)item->u.channel_id, app);
}

enum follow_verdict follow_gcc(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, struct pst_slice sdu)
{
	char text[T124_STRLEN];
	t124_pdu m;
	if (t124_decode(&m, sdu, NULL, &f->arena, NULL) != 0) {
		f->apps[T124_APP_UNKNOWN].refused += !follow_may(f, dir, T124_APP_UNKNOWN);
		return follow_may(f, dir, T124_APP_UNKNOWN) ? FOLLOW_PASS : FOLLOW_DONE;
	}
	follow_note(f, dir, t124_str(&m, text));
	switch (m.choice) {
	case GCC_GCCPDU_REQUEST: return request(f, dir, d, m.u.request);
	case GCC_GCCPDU_RESPONSE:
		if (m.u.response->choice == GCC_RESPONSE_PDU_REGISTRY_RESPONSE)
			entry(f, &m.u.response->u.registry_response->key,
				&m.u.response->u.registry_response->item);
		return FOLLOW_PASS;
	default: break;
	}
	switch (m.u.indication->choice) {
	case GCC_INDICATION_PDU_ROSTER_UPDATE_INDICATION: return roster(f, dir, d, &m, sdu.n);
	case GCC_INDICATION_PDU_APPLICATION_INVOKE_INDICATION: return invoke(f, dir, d, &m, sdu.n);
	case GCC_INDICATION_PDU_REGISTRY_MONITOR_ENTRY_INDICATION:
		entry(f, &m.u.indication->u.registry_monitor_entry_indication->key,
			&m.u.indication->u.registry_monitor_entry_indication->item);
		return FOLLOW_PASS;
	default: return FOLLOW_PASS;
	}
}
