/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Application protocol entities: each attaches a user of its own and finds the channel of its
 * session in the registry, or registers the one it was assigned (T.121 in short).
 */
#include "conference/conference_int.h"

enum { TRIES = 4 };

#define MCS_PDU(alternative, Alternative, ...)                                                               \
	(&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_##Alternative,                                             \
		.u.alternative = &(struct mcs_##alternative){ __VA_ARGS__ } })

struct gcc_key app_key(const struct app *a)
{
	return (struct gcc_key){ .choice = a->object ? GCC_KEY_OBJECT : GCC_KEY_H221_NON_STANDARD,
		.u.object = slice_of(a->key, a->n_key) };
}

static uint16_t user_of(const struct conference *c, const struct app *a)
{
	return mcs_local_user(c->mcs, a->local);
}

static void join(struct conference *c, const struct app *a, uint16_t channel)
{
	mcs_request(c->mcs, a->local,
		MCS_PDU(channel_join_request, CHANNEL_JOIN_REQUEST, .initiator = user_of(c, a),
			.channel_id = channel));
}

static void leave(struct conference *c, const struct app *a, uint16_t channel)
{
	uint32_t id = channel;
	mcs_request(c->mcs, a->local,
		MCS_PDU(channel_leave_request, CHANNEL_LEAVE_REQUEST, .channel_ids = { 1, &id }));
}

static void closed(struct conference *c, unsigned app)
{
	struct app *a = &c->apps[app];
	const bool ready = a->state == APP_READY;
	const unsigned local = a->local;
	*a = (struct app){ .state = APP_FREE };
	mcs_local_free(c->mcs, local);
	if (ready)
		gcc_roster_announce(c);
}

static void fail(struct conference *c, unsigned app, uint32_t result)
{
	struct conference_action *a = conference_act(c, CONFERENCE_APP_FAILED);
	closed(c, app);
	if (a == NULL)
		return;
	a->app = app;
	a->result = result;
}

static int app_open(struct conference *c, const struct gcc_key *key, uint16_t channel, unsigned *app)
{
	unsigned i = 0, local = 0;
	conference_begin(c);
	if (c->state != GCC_IN)
		return PST_E_STATE;
	if (!gcc_key_fits(key))
		return PST_E_ARG;
	while (i < CONFERENCE_APPS && c->apps[i].state != APP_FREE)
		i++;
	if (i == CONFERENCE_APPS || mcs_local_new(c->mcs, &local) != 0)
		return PST_E_BUSY;
	c->apps[i] = (struct app){ .state = APP_ATTACHING,
		.local = local,
		.channel = channel,
		.is_static = channel != 0,
		.n_key = (uint16_t)key->u.object.n,
		.object = key->choice == GCC_KEY_OBJECT };
	memcpy(c->apps[i].key, key->u.object.p, key->u.object.n);
	*app = i;
	mcs_request(c->mcs, local,
		&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_ATTACH_USER_REQUEST,
			.u.attach_user_request = &(struct mcs_attach_user_request){ 0 } });
	conference_run(c);
	return 0;
}

int conference_app_open(struct conference *c, const struct gcc_key *key, unsigned *app)
{
	return app_open(c, key, 0, app);
}

int conference_app_open_static(
	struct conference *c, const struct gcc_key *key, uint16_t channel, unsigned *app)
{
	return channel == 0 || channel > T125_CHANNEL_STATIC_MAX ? PST_E_ARG : app_open(c, key, channel, app);
}

static void do_register(struct conference *c, unsigned app)
{
	struct app *a = &c->apps[app];
	const struct gcc_registry_register_channel_request r = { .entity_id = app,
		.key = { .session_key = { .application_protocol_key = app_key(a) },
			.resource_id = slice_str("channel") },
		.channel_id = a->own };
	a->state = APP_REGISTERING;
	gcc_request(c, GCC_REQUEST_PDU_REGISTRY_REGISTER_CHANNEL_REQUEST, &r);
}

static void ready(struct conference *c, unsigned app)
{
	struct app *a = &c->apps[app];
	a->state = APP_READY;
	struct conference_action *act = conference_act(c, CONFERENCE_APP_READY);
	if (act != NULL) {
		act->app = app;
		act->user = user_of(c, a);
		act->channel = a->channel;
	}
	gcc_roster_announce(c);
}

void app_registered(struct conference *c, const struct gcc_registry_response *p)
{
	struct app *a = p->entity_id < CONFERENCE_APPS ? &c->apps[p->entity_id] : NULL;
	if (a == NULL || a->state != APP_REGISTERING ||
		p->primitive_type != GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_REGISTER_CHANNEL)
		return;
	const struct gcc_key key = app_key(a);
	if (!t124_key_eq(&p->key.session_key.application_protocol_key, &key))
		return;
	if (p->result == GCC_REGISTRY_RESPONSE_RESULT_SUCCESSFUL) {
		a->channel = a->own;
		ready(c, p->entity_id);
	} else if (p->item.choice == GCC_REGISTRY_ITEM_CHANNEL_ID && p->item.u.channel_id == a->own) {
		a->channel = a->own;
		ready(c, p->entity_id);
	} else if (p->item.choice == GCC_REGISTRY_ITEM_CHANNEL_ID) {
		a->channel = (uint16_t)p->item.u.channel_id;
		a->state = APP_JOINING;
		join(c, a, a->channel);
	} else {
		fail(c, p->entity_id, 0);
	}
}

static void joined(struct conference *c, unsigned app, const struct mcs_channel_join_confirm *p)
{
	struct app *a = &c->apps[app];
	const bool ok = p->result == MCS_RESULT_RT_SUCCESSFUL && p->has_channel_id;
	if (a->state == APP_CHANNEL && p->requested == user_of(c, a) && ok) {
		a->state = a->is_static ? APP_JOINING : a->state;
		join(c, a, a->is_static ? a->channel : 0);
	} else if (a->state == APP_CHANNEL && p->requested == 0 && ok) {
		a->own = (uint16_t)p->channel_id;
		do_register(c, app);
	} else if (a->state == APP_JOINING && p->requested == a->channel && ok) {
		if (a->own != 0)
			leave(c, a, a->own);
		ready(c, app);
	} else if (a->state == APP_JOINING && !ok && !a->is_static && ++a->tries < TRIES) {
		do_register(c, app); /* who had it has gone: its entry goes too */
	} else if (a->state == APP_READY) {
		struct conference_action *act = conference_act(c, CONFERENCE_APP_CHANNEL);
		if (act == NULL)
			return;
		act->app = app;
		act->channel = (uint16_t)(ok ? p->channel_id : p->requested);
		act->requested = (uint16_t)p->requested;
		act->ok = ok;
		act->result = p->result;
	} else {
		fail(c, app, p->result);
	}
}

static void convened(struct conference *c, unsigned app, const struct mcs_channel_convene_confirm *p)
{
	struct conference_action *act =
		c->apps[app].state == APP_READY ? conference_act(c, CONFERENCE_APP_CONVENED) : NULL;
	if (act == NULL)
		return;
	act->app = app;
	act->ok = p->result == MCS_RESULT_RT_SUCCESSFUL && p->has_channel_id;
	act->channel = act->ok ? (uint16_t)p->channel_id : 0;
}

static void lost(struct conference *c, unsigned app, uint32_t channel)
{
	struct conference_action *act =
		c->apps[app].state == APP_READY ? conference_act(c, CONFERENCE_APP_LOST) : NULL;
	if (act == NULL)
		return;
	act->app = app;
	act->channel = (uint16_t)channel;
}

void app_handles(struct conference *c, const struct gcc_registry_allocate_handle_response *p)
{
	if (p->entity_id >= CONFERENCE_APPS || c->apps[p->entity_id].state != APP_READY)
		return;
	struct conference_action *act = conference_act(c, CONFERENCE_APP_HANDLES);
	if (act == NULL)
		return;
	act->app = p->entity_id;
	act->ok = p->result == GCC_REGISTRY_ALLOCATE_HANDLE_RESPONSE_RESULT_SUCCESSFUL &&
		  p->number_of_handles - 1 <= UINT32_MAX - p->first_handle;
	act->first = p->first_handle;
	act->count = p->number_of_handles;
}

static void grabbed(struct conference *c, unsigned app, const struct mcs_token_grab_confirm *p)
{
	struct conference_action *act =
		c->apps[app].state == APP_READY ? conference_act(c, CONFERENCE_APP_TOKEN) : NULL;
	if (act == NULL)
		return;
	act->app = app;
	act->token = (uint16_t)p->token_id;
	act->ok = p->result == MCS_RESULT_RT_SUCCESSFUL;
	act->result = p->result;
}

void app_local(struct conference *c, unsigned app, const t125_pdu *pdu)
{
	struct app *a = &c->apps[app];
	switch (pdu->choice) {
	case MCS_DOMAIN_MCSPDU_ATTACH_USER_CONFIRM:
		if (pdu->u.attach_user_confirm->result != MCS_RESULT_RT_SUCCESSFUL ||
			a->state != APP_ATTACHING) {
			fail(c, app, pdu->u.attach_user_confirm->result);
			break;
		}
		a->state = APP_CHANNEL;
		join(c, a, user_of(c, a));
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_JOIN_CONFIRM: joined(c, app, pdu->u.channel_join_confirm); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_CONVENE_CONFIRM:
		convened(c, app, pdu->u.channel_convene_confirm);
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_DISBAND_INDICATION:
		lost(c, app, pdu->u.channel_disband_indication->channel_id);
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_EXPEL_INDICATION:
		lost(c, app, pdu->u.channel_expel_indication->channel_id);
		break;
	case MCS_DOMAIN_MCSPDU_TOKEN_GRAB_CONFIRM: grabbed(c, app, pdu->u.token_grab_confirm); break;
	case MCS_DOMAIN_MCSPDU_DETACH_USER_INDICATION:
		if (user_of(c, a) == 0 && a->state != APP_ATTACHING)
			fail(c, app, 0);
		break;
	default: break;
	}
}

void conference_app_send(struct conference *c, unsigned app, uint16_t channel,
	enum mcs_data_priority priority, bool uniform, struct pst_slice octets)
{
	conference_begin(c);
	if (app >= CONFERENCE_APPS || c->apps[app].state != APP_READY)
		return;
	const struct app *a = &c->apps[app];
	mcs_send(c->mcs, a->local, channel != 0 ? channel : a->channel, (uint8_t)priority, uniform, octets);
	conference_run(c);
}

void conference_app_join(struct conference *c, unsigned app, uint16_t channel)
{
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state == APP_READY)
		join(c, &c->apps[app], channel);
	conference_run(c);
}

void conference_app_leave(struct conference *c, unsigned app, uint16_t channel)
{
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state == APP_READY)
		leave(c, &c->apps[app], channel);
	conference_run(c);
}

void conference_app_handles(struct conference *c, unsigned app, uint32_t count)
{
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state == APP_READY)
		gcc_request(c, GCC_REQUEST_PDU_REGISTRY_ALLOCATE_HANDLE_REQUEST,
			&(struct gcc_registry_allocate_handle_request){
				.entity_id = app, .number_of_handles = count });
	conference_run(c);
}

void conference_app_grab(struct conference *c, unsigned app, uint16_t token)
{
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state == APP_READY)
		mcs_request(c->mcs, c->apps[app].local,
			MCS_PDU(token_grab_request, TOKEN_GRAB_REQUEST,
				.initiator = user_of(c, &c->apps[app]), .token_id = token));
	conference_run(c);
}

void conference_app_convene(struct conference *c, unsigned app)
{
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state == APP_READY)
		mcs_request(c->mcs, c->apps[app].local,
			MCS_PDU(channel_convene_request, CHANNEL_CONVENE_REQUEST,
				.initiator = user_of(c, &c->apps[app])));
	conference_run(c);
}

void conference_app_admit(struct conference *c, unsigned app, uint16_t channel, uint16_t user)
{
	uint32_t id = user;
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state == APP_READY)
		mcs_request(c->mcs, c->apps[app].local,
			MCS_PDU(channel_admit_request, CHANNEL_ADMIT_REQUEST,
				.initiator = user_of(c, &c->apps[app]), .channel_id = channel,
				.user_ids = { 1, &id }));
	conference_run(c);
}

void conference_app_disband(struct conference *c, unsigned app, uint16_t channel)
{
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state == APP_READY)
		mcs_request(c->mcs, c->apps[app].local,
			MCS_PDU(channel_disband_request, CHANNEL_DISBAND_REQUEST,
				.initiator = user_of(c, &c->apps[app]), .channel_id = channel));
	conference_run(c);
}

bool conference_app_peer(const struct conference *c, unsigned app, unsigned i, uint16_t *user, uint16_t *node)
{
	const struct app *a = app < CONFERENCE_APPS ? &c->apps[app] : NULL;
	if (a == NULL || a->state != APP_READY)
		return false;
	const uint16_t self = user_of(c, a);
	for (unsigned k = 0; k < c->n_entities; k++) {
		const struct entity *e = &c->entities[k];
		if (!e->active || e->user == 0 || e->user == self || e->object != a->object ||
			!slice_eq(slice_of(e->key, e->n_key), slice_of(a->key, a->n_key)) || i-- > 0)
			continue;
		*user = e->user;
		*node = e->node;
		return true;
	}
	return false;
}

size_t conference_data_max(const struct conference *c)
{
	return mcs_data_max(c->mcs);
}

void conference_app_close(struct conference *c, unsigned app)
{
	conference_begin(c);
	if (app < CONFERENCE_APPS && c->apps[app].state != APP_FREE)
		closed(c, app);
	conference_run(c);
}

/* The conference is over: nothing is announced any more. */
void app_end_all(struct conference *c)
{
	for (unsigned i = 0; i < CONFERENCE_APPS; i++) {
		if (c->apps[i].state == APP_FREE)
			continue;
		struct conference_action *a = conference_act(c, CONFERENCE_APP_FAILED);
		if (a != NULL)
			a->app = i;
		const unsigned local = c->apps[i].local;
		c->apps[i] = (struct app){ .state = APP_FREE };
		mcs_local_free(c->mcs, local);
	}
}
