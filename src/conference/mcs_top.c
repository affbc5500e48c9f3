/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The top provider: users and channels exist here (T.125 11.6 to 11.24, 11.3). What it decides
 * goes down through mcs_from_above(), as if a provider above had said it.
 */
#include "conference/mcs_int.h"

static unsigned users_max(const struct mcs *m)
{
	return m->offer.target.users;
}

static bool channel_room(const struct mcs *m)
{
	return HASH_COUNT(m->channels) < m->offer.target.channels;
}

/* A dynamic id that is neither user nor channel; 0: none is left. Ids are reused as late as can be. */
static uint16_t free_id(struct mcs *m)
{
	for (unsigned i = 0; i <= T125_CHANNEL_MAX - T125_CHANNEL_DYNAMIC_MIN; i++) {
		const uint16_t id = m->next_id;
		m->next_id = id == T125_CHANNEL_MAX ? T125_CHANNEL_DYNAMIC_MIN : (uint16_t)(id + 1);
		if (mcs_channel(m, id) == NULL && mcs_user(m, id) == NULL)
			return id;
	}
	return 0;
}

static void attach(struct mcs *m)
{
	struct mcs_attach_user_confirm out = { .result = MCS_RESULT_RT_SUCCESSFUL };
	const uint16_t id = HASH_COUNT(m->users) < users_max(m) ? free_id(m) : 0;
	if (id == 0)
		out.result = MCS_RESULT_RT_TOO_MANY_USERS;
	out.has_initiator = id != 0;
	out.initiator = id;
	mcs_from_above(m, &(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_ATTACH_USER_CONFIRM,
				  .u.attach_user_confirm = &out });
}

/* ---- joining */

static bool is_admitted(const struct channel *c, uint16_t user)
{
	for (unsigned i = 0; i < c->n_admitted; i++)
		if (c->admitted[i] == user)
			return true;
	return c->manager == user;
}

static uint32_t may_join(struct mcs *m, uint16_t user, uint16_t *id)
{
	const struct channel *c = mcs_channel(m, *id);
	if (*id != 0 && c == NULL) {
		if (*id > T125_CHANNEL_STATIC_MAX && mcs_user(m, *id) != NULL && *id != user)
			return MCS_RESULT_RT_OTHER_USER_ID;
		if (*id > T125_CHANNEL_STATIC_MAX && *id != user)
			return MCS_RESULT_RT_NO_SUCH_CHANNEL;
	}
	if (c != NULL && c->kind == CHANNEL_USER && *id != user)
		return MCS_RESULT_RT_OTHER_USER_ID;
	if (c != NULL && c->kind == CHANNEL_PRIVATE && !is_admitted(c, user))
		return MCS_RESULT_RT_NOT_ADMITTED;
	if (c != NULL)
		return MCS_RESULT_RT_SUCCESSFUL;
	if (!channel_room(m))
		return MCS_RESULT_RT_TOO_MANY_CHANNELS;
	const enum channel_kind kind = *id == 0	     ? CHANNEL_ASSIGNED
				       : *id == user ? CHANNEL_USER
						     : CHANNEL_STATIC;
	if (*id == 0)
		*id = free_id(m);
	return *id != 0 && mcs_channel_make(m, *id, kind) != NULL ? MCS_RESULT_RT_SUCCESSFUL
								  : MCS_RESULT_RT_TOO_MANY_CHANNELS;
}

static void join(struct mcs *m, const struct mcs_channel_join_request *p)
{
	uint16_t id = (uint16_t)p->channel_id;
	const uint32_t result = may_join(m, (uint16_t)p->initiator, &id);
	mcs_from_above(m, PDU(channel_join_confirm, CHANNEL_JOIN_CONFIRM, .result = result,
				  .initiator = p->initiator, .requested = p->channel_id,
				  .has_channel_id = result == MCS_RESULT_RT_SUCCESSFUL, .channel_id = id));
}

void mcs_top_left(struct mcs *m, struct channel *c)
{
	if (c->kind != CHANNEL_PRIVATE) /* that one lives until its manager disbands it */
		mcs_channel_drop(m, c);
}

/* ---- private channels */

static void convene(struct mcs *m, const struct mcs_channel_convene_request *p)
{
	struct mcs_channel_convene_confirm out = { .result = MCS_RESULT_RT_TOO_MANY_CHANNELS,
		.initiator = p->initiator };
	const uint16_t id = channel_room(m) ? free_id(m) : 0;
	struct channel *c = id != 0 ? mcs_channel_make(m, id, CHANNEL_PRIVATE) : NULL;
	if (c != NULL) {
		c->manager = (uint16_t)p->initiator;
		out.result = MCS_RESULT_RT_SUCCESSFUL;
		out.has_channel_id = true;
		out.channel_id = id;
	}
	mcs_from_above(m, &(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_CHANNEL_CONVENE_CONFIRM,
				  .u.channel_convene_confirm = &out });
}

static void disband(struct mcs *m, uint32_t channel)
{
	mcs_from_above(m, PDU(channel_disband_indication, CHANNEL_DISBAND_INDICATION, .channel_id = channel));
}

/* The private channel ID of MANAGER, or NULL. */
static struct channel *managed(struct mcs *m, uint32_t id, uint32_t manager)
{
	struct channel *c = mcs_channel(m, (uint16_t)id);
	return c != NULL && c->kind == CHANNEL_PRIVATE && c->manager == manager ? c : NULL;
}

static void admit(struct mcs *m, const struct mcs_channel_admit_request *p)
{
	struct channel *c = managed(m, p->channel_id, p->initiator);
	if (c == NULL || p->user_ids.n > MCS_ADMITTED || c->n_admitted + p->user_ids.n > MCS_ADMITTED)
		return;
	uint16_t *all = realloc(c->admitted, (c->n_admitted + p->user_ids.n + 1) * sizeof *all);
	if (all == NULL)
		return;
	c->admitted = all;
	for (uint32_t i = 0; i < p->user_ids.n; i++)
		if (mcs_user(m, (uint16_t)p->user_ids.v[i]) != NULL &&
			!is_admitted(c, (uint16_t)p->user_ids.v[i]))
			c->admitted[c->n_admitted++] = (uint16_t)p->user_ids.v[i];
	mcs_from_above(m, PDU(channel_admit_indication, CHANNEL_ADMIT_INDICATION, .initiator = p->initiator,
				  .channel_id = p->channel_id, .user_ids = { p->user_ids.n, p->user_ids.v }));
}

static void strike(struct channel *c, uint16_t user)
{
	for (unsigned i = 0; i < c->n_admitted; i++)
		if (c->admitted[i] == user)
			c->admitted[i--] = c->admitted[--c->n_admitted];
}

static void expel(struct mcs *m, const struct mcs_channel_expel_request *p)
{
	struct channel *c = managed(m, p->channel_id, p->initiator);
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < p->user_ids.n; i++)
		strike(c, (uint16_t)p->user_ids.v[i]);
	mcs_from_above(m, PDU(channel_expel_indication, CHANNEL_EXPEL_INDICATION, .channel_id = p->channel_id,
				  .user_ids = { p->user_ids.n, p->user_ids.v }));
}

/* ---- detaching */

static void forget_user(struct mcs *m, uint16_t user)
{
	struct channel *c = NULL, *c2 = NULL;
	HASH_ITER (hh, m->channels, c, c2) {
		if (c->kind != CHANNEL_PRIVATE)
			continue;
		strike(c, user);
		if (c->manager == user)
			disband(m, c->id);
	}
	c = mcs_channel(m, user);
	if (c != NULL)
		mcs_channel_drop(m, c);
	mcs_top_token_detached(m, user);
}

void mcs_top_detach(struct mcs *m, uint32_t reason, const uint16_t *users, unsigned n)
{
	uint32_t *ids = arena_calloc(m->arena, n + 1, sizeof *ids);
	struct mcs_detach_user_indication out = { .reason = reason, .user_ids = { 0, ids } };
	for (unsigned i = 0; ids != NULL && i < n; i++) {
		forget_user(m, users[i]);
		ids[out.user_ids.n++] = users[i];
	}
	if (out.user_ids.n > 0)
		mcs_from_above(m, &(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_DETACH_USER_INDICATION,
					  .u.detach_user_indication = &out });
}

static void detach(struct mcs *m, const struct mcs_detach_user_request *p)
{
	uint16_t *ids = arena_calloc(m->arena, p->user_ids.n + 1, sizeof *ids);
	for (uint32_t i = 0; ids != NULL && i < p->user_ids.n; i++)
		ids[i] = (uint16_t)p->user_ids.v[i];
	if (ids != NULL)
		mcs_top_detach(m, p->reason, ids, p->user_ids.n);
}

/* ---- merging: a domain from below becomes part of ours, as far as its ids are free here (T.125 11.3) */

static bool merge_channel(struct mcs *m, struct from from, const struct mcs_channel_attributes *p)
{
	uint16_t id = 0;
	enum channel_kind kind = CHANNEL_STATIC;
	bool joined = true;
	switch (p->choice) {
	case MCS_CHANNEL_ATTRIBUTES_STATIC: id = (uint16_t)p->u.static_->channel_id; break;
	case MCS_CHANNEL_ATTRIBUTES_USER_ID:
		id = (uint16_t)p->u.user_id->user_id;
		joined = p->u.user_id->joined;
		kind = CHANNEL_USER;
		break;
	case MCS_CHANNEL_ATTRIBUTES_PRIVATE:
		id = (uint16_t)p->u.private->channel_id;
		joined = p->u.private->joined;
		kind = CHANNEL_PRIVATE;
		break;
	case MCS_CHANNEL_ATTRIBUTES_ASSIGNED:
		id = (uint16_t)p->u.assigned->channel_id;
		kind = CHANNEL_ASSIGNED;
		break;
	default: return false;
	}
	struct channel *c = mcs_channel(m, id);
	if (kind == CHANNEL_STATIC ? c == NULL && !channel_room(m)
				   : c != NULL || mcs_user(m, id) != NULL || !channel_room(m))
		return false;
	if (kind == CHANNEL_USER &&
		(HASH_COUNT(m->users) >= users_max(m) || mcs_user_make(m, id, from) == NULL))
		return false;
	if (kind == CHANNEL_USER && !joined)
		return true;
	if (kind == CHANNEL_PRIVATE && mcs_user(m, (uint16_t)p->u.private->manager) == NULL)
		return false;
	if (c == NULL)
		c = mcs_channel_make(m, id, kind);
	if (c == NULL)
		return false;
	if (joined)
		c->conns |= bit((unsigned)from.conn);
	if (kind == CHANNEL_PRIVATE)
		c->manager = (uint16_t)p->u.private->manager;
	if (kind == CHANNEL_PRIVATE && p->u.private->admitted.n > 0)
		admit(m, &(struct mcs_channel_admit_request){
				 c->manager, id, { p->u.private->admitted.n, p->u.private->admitted.v } });
	return true;
}

static uint32_t attributes_id(const struct mcs_channel_attributes *p)
{
	switch (p->choice) {
	case MCS_CHANNEL_ATTRIBUTES_STATIC: return p->u.static_->channel_id;
	case MCS_CHANNEL_ATTRIBUTES_USER_ID: return p->u.user_id->user_id;
	case MCS_CHANNEL_ATTRIBUTES_PRIVATE: return p->u.private->channel_id;
	default: return p->u.assigned->channel_id;
	}
}

static void merge_channels(struct mcs *m, struct from from, const struct mcs_merge_channels_request *p)
{
	struct mcs_channel_attributes *kept = arena_calloc(m->arena, p->merge_channels.n + 1, sizeof *kept);
	uint32_t *gone =
		arena_calloc(m->arena, p->merge_channels.n + p->purge_channel_ids.n + 1, sizeof *gone);
	struct mcs_merge_channels_confirm out = { { 0, kept }, { 0, gone } };
	if (kept == NULL || gone == NULL || from.conn < 0)
		return;
	for (uint32_t i = 0; i < p->merge_channels.n; i++) {
		const struct mcs_channel_attributes *a = &p->merge_channels.v[i];
		if (merge_channel(m, from, a))
			kept[out.merge_channels.n++] = *a;
		else
			gone[out.purge_channel_ids.n++] = attributes_id(a);
	}
	for (uint32_t i = 0; i < p->purge_channel_ids.n; i++)
		gone[out.purge_channel_ids.n++] = p->purge_channel_ids.v[i];
	mcs_conn_send(m, (unsigned)from.conn,
		&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_MERGE_CHANNELS_CONFIRM,
			.u.merge_channels_confirm = &out });
}

static bool merge_token(struct mcs *m, const struct mcs_token_attributes *p, uint32_t *id)
{
	switch (p->choice) {
	case MCS_TOKEN_ATTRIBUTES_GRABBED:
		*id = p->u.grabbed->token_id;
		return mcs_token_merge(m, (uint16_t)*id, TOKEN_GRABBED, (uint16_t)p->u.grabbed->grabber, 0) !=
		       NULL;
	case MCS_TOKEN_ATTRIBUTES_GIVING:
		*id = p->u.giving->token_id;
		return mcs_token_merge(m, (uint16_t)*id, TOKEN_GIVING, (uint16_t)p->u.giving->grabber,
			       (uint16_t)p->u.giving->recipient) != NULL;
	case MCS_TOKEN_ATTRIBUTES_UNGIVABLE:
		*id = p->u.ungivable->token_id;
		return mcs_token_merge(
			       m, (uint16_t)*id, TOKEN_GRABBED, (uint16_t)p->u.ungivable->grabber, 0) != NULL;
	case MCS_TOKEN_ATTRIBUTES_GIVEN:
		*id = p->u.given->token_id;
		return mcs_token_merge(m, (uint16_t)*id, TOKEN_GIVEN, 0, (uint16_t)p->u.given->recipient) !=
		       NULL;
	case MCS_TOKEN_ATTRIBUTES_INHIBITED: {
		*id = p->u.inhibited->token_id;
		struct token *t = mcs_token_merge(m, (uint16_t)*id, TOKEN_INHIBITED, 0, 0);
		for (uint32_t i = 0; t != NULL && i < p->u.inhibited->inhibitors.n; i++)
			mcs_token_inhibit(m, t, (uint16_t)p->u.inhibited->inhibitors.v[i]);
		return t != NULL;
	}
	default: return false;
	}
}

static void merge_tokens(struct mcs *m, struct from from, const struct mcs_merge_tokens_request *p)
{
	struct mcs_token_attributes *kept = arena_calloc(m->arena, p->merge_tokens.n + 1, sizeof *kept);
	uint32_t *gone = arena_calloc(m->arena, p->merge_tokens.n + p->purge_token_ids.n + 1, sizeof *gone);
	struct mcs_merge_tokens_confirm out = { { 0, kept }, { 0, gone } };
	if (kept == NULL || gone == NULL || from.conn < 0)
		return;
	for (uint32_t i = 0; i < p->merge_tokens.n; i++) {
		uint32_t id = 0;
		if (merge_token(m, &p->merge_tokens.v[i], &id))
			kept[out.merge_tokens.n++] = p->merge_tokens.v[i];
		else if (id != 0)
			gone[out.purge_token_ids.n++] = id;
	}
	for (uint32_t i = 0; i < p->purge_token_ids.n; i++)
		gone[out.purge_token_ids.n++] = p->purge_token_ids.v[i];
	mcs_conn_send(m, (unsigned)from.conn,
		&(t125_pdu){
			.choice = MCS_DOMAIN_MCSPDU_MERGE_TOKENS_CONFIRM, .u.merge_tokens_confirm = &out });
}

void mcs_top_request(struct mcs *m, struct from from, const t125_pdu *pdu)
{
	switch (pdu->choice) {
	case MCS_DOMAIN_MCSPDU_MERGE_CHANNELS_REQUEST:
		merge_channels(m, from, pdu->u.merge_channels_request);
		break;
	case MCS_DOMAIN_MCSPDU_MERGE_TOKENS_REQUEST:
		merge_tokens(m, from, pdu->u.merge_tokens_request);
		break;
	case MCS_DOMAIN_MCSPDU_ATTACH_USER_REQUEST: attach(m); break;
	case MCS_DOMAIN_MCSPDU_DETACH_USER_REQUEST: detach(m, pdu->u.detach_user_request); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_JOIN_REQUEST: join(m, pdu->u.channel_join_request); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_CONVENE_REQUEST: convene(m, pdu->u.channel_convene_request); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_DISBAND_REQUEST:
		if (managed(m, pdu->u.channel_disband_request->channel_id,
			    pdu->u.channel_disband_request->initiator) != NULL)
			disband(m, pdu->u.channel_disband_request->channel_id);
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_ADMIT_REQUEST: admit(m, pdu->u.channel_admit_request); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_EXPEL_REQUEST: expel(m, pdu->u.channel_expel_request); break;
	default: (void)mcs_top_token(m, pdu); break;
	}
}
