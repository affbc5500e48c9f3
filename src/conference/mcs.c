/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MCS provider: routing of requests upward and of confirms and indications downward (T.125 11). */
#include "conference/mcs_int.h"

int mcs_new(struct mcs **out, const struct mcs_config *config, struct arena *arena)
{
	struct mcs *m = calloc(1, sizeof *m);
	if (m == NULL)
		return PST_E_NOMEM;
	m->offer = config->offer;
	m->owner = config->owner;
	m->arg = config->arg;
	m->arena = arena;
	m->up = -1;
	m->next_id = T125_CHANNEL_DYNAMIC_MIN;
	m->max_height = m->limit = config->offer.target.height;
	*out = m;
	return 0;
}

static void forget_domain(struct mcs *m)
{
	struct user *u, *u2;
	struct channel *c, *c2;
	struct token *t, *t2;
	HASH_ITER (hh, m->users, u, u2) {
		HASH_DEL(m->users, u);
		free(u);
	}
	HASH_ITER (hh, m->channels, c, c2)
		mcs_channel_drop(m, c);
	HASH_ITER (hh, m->tokens, t, t2)
		mcs_token_free(m, t);
	m->n_pending = 0;
}

void mcs_free(struct mcs *m)
{
	if (m == NULL)
		return;
	forget_domain(m);
	for (unsigned i = 0; i < MCS_LINKS; i++)
		if (m->links[i].state != LINK_FREE)
			t125_stream_reset(&m->links[i].in);
	for (unsigned i = 0; i < MCS_CONNS; i++)
		free(m->conns[i].user_data);
	free(m);
}

bool mcs_is_top(const struct mcs *m)
{
	return m->up < 0;
}

/* ---- tables */

struct user *mcs_user(const struct mcs *m, uint16_t id)
{
	struct user *u;
	HASH_FIND(hh, m->users, &id, sizeof id, u);
	return u;
}

struct user *mcs_user_make(struct mcs *m, uint16_t id, struct from via)
{
	struct user *u = calloc(1, sizeof *u);
	if (u == NULL)
		return NULL;
	u->id = id;
	u->via = via;
	HASH_ADD(hh, m->users, id, sizeof u->id, u);
	return u;
}

struct channel *mcs_channel(const struct mcs *m, uint16_t id)
{
	struct channel *c;
	HASH_FIND(hh, m->channels, &id, sizeof id, c);
	return c;
}

struct channel *mcs_channel_make(struct mcs *m, uint16_t id, enum channel_kind kind)
{
	struct channel *c = calloc(1, sizeof *c);
	if (c == NULL)
		return NULL;
	c->id = id;
	c->kind = (uint8_t)kind;
	HASH_ADD(hh, m->channels, id, sizeof c->id, c);
	return c;
}

void mcs_channel_drop(struct mcs *m, struct channel *c)
{
	HASH_DEL(m->channels, c);
	free(c->admitted);
	free(c);
}

bool mcs_channel_exists(const struct mcs *m, uint16_t channel)
{
	return mcs_channel(m, channel) != NULL;
}

int mcs_user_conn(const struct mcs *m, uint16_t user)
{
	const struct user *u = mcs_user(m, user);
	return u != NULL ? u->via.conn : -1;
}

void mcs_counts(const struct mcs *m, unsigned *users, unsigned *channels, unsigned *tokens)
{
	*users = HASH_COUNT(m->users);
	*channels = HASH_COUNT(m->channels);
	*tokens = mcs_top_tokens(m);
}

/* ---- local users */

int mcs_local_new(struct mcs *m, unsigned *local)
{
	for (unsigned i = 0; i < MCS_LOCALS; i++)
		if (!m->locals[i].used) {
			m->locals[i] = (struct local){ .used = true };
			*local = i;
			return 0;
		}
	return PST_E_BUSY;
}

void mcs_local_free(struct mcs *m, unsigned local)
{
	struct local *l = &m->locals[local];
	if (l->user != 0) {
		uint32_t id = l->user;
		mcs_from_below(m, (struct from){ -1, local },
			PDU(detach_user_request, DETACH_USER_REQUEST, .reason = MCS_REASON_RN_USER_REQUESTED,
				.user_ids = { 1, &id }));
	}
	for (unsigned i = 0; i < m->n_pending; i++)
		if (m->pending[i].conn < 0 && m->pending[i].local == local)
			m->pending[i].local = MCS_LOCALS; /* nobody: detached when confirmed */
	*l = (struct local){ 0 };
	struct channel *c, *c2;
	HASH_ITER (hh, m->channels, c, c2)
		c->locals &= ~bit(local);
}

uint16_t mcs_local_user(const struct mcs *m, unsigned local)
{
	return m->locals[local].user;
}

void mcs_request(struct mcs *m, unsigned local, const t125_pdu *pdu)
{
	mcs_from_below(m, (struct from){ -1, local }, pdu);
}

size_t mcs_data_max(const struct mcs *m)
{
	const uint32_t size = m->pdu_size != 0 ? m->pdu_size : m->offer.target.pdu_size;
	return size - 9 < 16383 ? size - 9 : 16383; /* from 16384 on lengths come in fragments */
}

void mcs_send(struct mcs *m, unsigned local, uint16_t channel, uint8_t priority, bool uniform,
	struct pst_slice octets)
{
	const size_t most = mcs_data_max(m);
	bool begin = true;
	if (m->locals[local].user == 0)
		return;
	do {
		const size_t n = octets.n < most ? octets.n : most;
		const struct t125_data d = { uniform, false, m->locals[local].user, channel, priority, begin,
			n == octets.n, slice_of(octets.p, n) };
		mcs_data_from_below(m, (struct from){ -1, local }, &d);
		octets = slice_of(octets.p + n, octets.n - n);
		begin = false;
	} while (octets.n > 0);
}

/* ---- downward */

static void to_via(struct mcs *m, struct from via, const t125_pdu *pdu)
{
	if (via.conn >= 0)
		mcs_conn_send(m, (unsigned)via.conn, pdu);
	else if (via.local < MCS_LOCALS && m->locals[via.local].used)
		m->owner->local(m->arg, via.local, pdu);
}

static void to_user(struct mcs *m, uint32_t id, const t125_pdu *pdu)
{
	const struct user *u = mcs_user(m, (uint16_t)id);
	if (u != NULL)
		to_via(m, u->via, pdu);
}

/* To everybody below. */
static void to_all(struct mcs *m, const t125_pdu *pdu)
{
	const struct pst_slice octets = mcs_encode(m, pdu);
	for (unsigned i = 0; i < MCS_CONNS; i++)
		if (m->conns[i].used && m->conns[i].open && !m->conns[i].up)
			mcs_conn_send_octets(m, i, 0, octets);
	for (unsigned i = 0; i < MCS_LOCALS; i++)
		if (m->locals[i].used && m->locals[i].user != 0)
			m->owner->local(m->arg, i, pdu);
}

static void leave_upward(struct mcs *m, struct channel *c)
{
	if (c->conns != 0 || c->locals != 0)
		return;
	if (m->up < 0) {
		mcs_top_left(m, c);
		return;
	}
	uint32_t id = c->id;
	mcs_channel_drop(m, c);
	mcs_conn_send(m, (unsigned)m->up,
		PDU(channel_leave_request, CHANNEL_LEAVE_REQUEST, .channel_ids = { 1, &id }));
}

static void join_confirmed(struct mcs *m, const struct mcs_channel_join_confirm *p, const t125_pdu *pdu)
{
	const struct user *u = mcs_user(m, (uint16_t)p->initiator);
	struct channel *c = p->has_channel_id ? mcs_channel(m, (uint16_t)p->channel_id) : NULL;
	if (p->result == MCS_RESULT_RT_SUCCESSFUL && p->has_channel_id) {
		if (c == NULL)
			c = mcs_channel_make(m, (uint16_t)p->channel_id,
				p->channel_id == p->initiator ? CHANNEL_USER : CHANNEL_ASSIGNED);
		if (c == NULL)
			return;
		if (u != NULL && u->via.conn >= 0)
			c->conns |= bit((unsigned)u->via.conn);
		else if (u != NULL)
			c->locals |= bit(u->via.local);
		else
			leave_upward(m, c); /* the user has gone meanwhile */
	}
	to_user(m, p->initiator, pdu);
}

static void attach_confirmed(struct mcs *m, const struct mcs_attach_user_confirm *p, const t125_pdu *pdu)
{
	if (m->n_pending == 0)
		return;
	const struct from via = m->pending[0];
	m->n_pending--;
	memmove(m->pending, m->pending + 1, m->n_pending * sizeof m->pending[0]);
	if (p->result == MCS_RESULT_RT_SUCCESSFUL && p->has_initiator) {
		const bool gone = via.conn >= 0 ? !m->conns[via.conn].open : via.local >= MCS_LOCALS;
		if (gone || mcs_user(m, (uint16_t)p->initiator) != NULL ||
			mcs_user_make(m, (uint16_t)p->initiator, via) == NULL) {
			uint32_t id = p->initiator;
			const t125_pdu *detach = PDU(detach_user_request, DETACH_USER_REQUEST,
				.reason = MCS_REASON_RN_DOMAIN_DISCONNECTED, .user_ids = { 1, &id });
			if (m->up >= 0)
				mcs_conn_send(m, (unsigned)m->up, detach);
			return;
		}
		if (via.conn < 0)
			m->locals[via.local].user = (uint16_t)p->initiator;
	}
	to_via(m, via, pdu);
}

/* Users of the subtree among IDS are no more. */
static void detached(struct mcs *m, const struct mcs_detach_user_indication *p, const t125_pdu *pdu)
{
	to_all(m, pdu);
	for (uint32_t i = 0; i < p->user_ids.n; i++) {
		const uint16_t id = (uint16_t)p->user_ids.v[i];
		struct user *u = mcs_user(m, id);
		struct channel *c = mcs_channel(m, id), *c2;
		if (c != NULL && (u != NULL || m->up >= 0))
			mcs_channel_drop(m, c);
		if (u == NULL)
			continue;
		if (u->via.conn < 0 && u->via.local < MCS_LOCALS && m->locals[u->via.local].user == id) {
			m->locals[u->via.local].user = 0;
			HASH_ITER (hh, m->channels, c, c2) {
				if ((c->locals & bit(u->via.local)) == 0)
					continue;
				c->locals &= ~bit(u->via.local);
				leave_upward(m, c);
			}
		}
		HASH_DEL(m->users, u);
		free(u);
	}
}

static void disbanded(struct mcs *m, uint32_t id, const t125_pdu *pdu)
{
	struct channel *c = mcs_channel(m, (uint16_t)id);
	to_all(m, pdu);
	if (c != NULL)
		mcs_channel_drop(m, c);
}

static void purged(struct mcs *m, const struct mcs_purge_channels_indication *p, const t125_pdu *pdu)
{
	const struct mcs_detach_user_indication gone = { MCS_REASON_RN_CHANNEL_PURGED,
		{ p->detach_user_ids.n, p->detach_user_ids.v } };
	for (uint32_t i = 0; i < p->purge_channel_ids.n; i++) {
		struct channel *c = mcs_channel(m, (uint16_t)p->purge_channel_ids.v[i]);
		if (c != NULL)
			mcs_channel_drop(m, c);
	}
	detached(m, &gone, pdu);
}

static void plumbed(struct mcs *m, const struct mcs_plumb_domain_indication *p)
{
	const uint32_t limit = p->height_limit.v > UINT32_MAX ? UINT32_MAX : (uint32_t)p->height_limit.v;
	m->limit = limit;
	for (unsigned i = 0; i < MCS_CONNS; i++) {
		if (!m->conns[i].used || !m->conns[i].open || m->conns[i].up)
			continue;
		if (limit == 0)
			mcs_conn_end(m, i, MCS_REASON_RN_PROVIDER_INITIATED);
		else
			mcs_conn_send(m, i,
				PDU(plumb_domain_indication, PLUMB_DOMAIN_INDICATION,
					.height_limit = { .v = limit - 1 }));
	}
}

static void admitted(struct mcs *m, const struct mcs_channel_admit_indication *p, const t125_pdu *pdu)
{
	uint32_t conns = 0;
	for (uint32_t i = 0; i < p->user_ids.n; i++) {
		const struct user *u = mcs_user(m, (uint16_t)p->user_ids.v[i]);
		if (u == NULL)
			continue;
		if (u->via.conn < 0)
			to_via(m, u->via, pdu);
		else
			conns |= bit((unsigned)u->via.conn);
	}
	for (unsigned i = 0; i < MCS_CONNS; i++)
		if ((conns & bit(i)) != 0)
			mcs_conn_send(m, i, pdu);
}

/* Expelled users are no longer in the channel; through a connection below, its provider sees to that. */
static void expelled(struct mcs *m, const struct mcs_channel_expel_indication *p, const t125_pdu *pdu)
{
	struct channel *c = mcs_channel(m, (uint16_t)p->channel_id);
	uint32_t conns = 0;
	for (uint32_t i = 0; i < p->user_ids.n; i++) {
		const struct user *u = mcs_user(m, (uint16_t)p->user_ids.v[i]);
		if (u == NULL)
			continue;
		if (u->via.conn >= 0) {
			conns |= bit((unsigned)u->via.conn);
			continue;
		}
		if (c != NULL)
			c->locals &= ~bit(u->via.local);
		to_via(m, u->via, pdu);
	}
	for (unsigned i = 0; i < MCS_CONNS; i++)
		if ((conns & bit(i)) != 0)
			mcs_conn_send(m, i, pdu);
	if (c != NULL && m->up >= 0)
		leave_upward(m, c);
}

void mcs_from_above(struct mcs *m, const t125_pdu *pdu)
{
	switch (pdu->choice) {
	case MCS_DOMAIN_MCSPDU_PLUMB_DOMAIN_INDICATION: plumbed(m, pdu->u.plumb_domain_indication); break;
	case MCS_DOMAIN_MCSPDU_ATTACH_USER_CONFIRM:
		attach_confirmed(m, pdu->u.attach_user_confirm, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_DETACH_USER_INDICATION: detached(m, pdu->u.detach_user_indication, pdu); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_JOIN_CONFIRM:
		join_confirmed(m, pdu->u.channel_join_confirm, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_CONVENE_CONFIRM:
		to_user(m, pdu->u.channel_convene_confirm->initiator, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_DISBAND_INDICATION:
		disbanded(m, pdu->u.channel_disband_indication->channel_id, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_ADMIT_INDICATION:
		admitted(m, pdu->u.channel_admit_indication, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_EXPEL_INDICATION:
		expelled(m, pdu->u.channel_expel_indication, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_PURGE_CHANNELS_INDICATION:
		purged(m, pdu->u.purge_channels_indication, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_PURGE_TOKENS_INDICATION: to_all(m, pdu); break;
	case MCS_DOMAIN_MCSPDU_TOKEN_GRAB_CONFIRM:
		to_user(m, pdu->u.token_grab_confirm->initiator, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_TOKEN_INHIBIT_CONFIRM:
		to_user(m, pdu->u.token_inhibit_confirm->initiator, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_INDICATION:
		to_user(m, pdu->u.token_give_indication->recipient, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_CONFIRM:
		to_user(m, pdu->u.token_give_confirm->initiator, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_TOKEN_PLEASE_INDICATION: to_all(m, pdu); break;
	case MCS_DOMAIN_MCSPDU_TOKEN_RELEASE_CONFIRM:
		to_user(m, pdu->u.token_release_confirm->initiator, pdu);
		break;
	case MCS_DOMAIN_MCSPDU_TOKEN_TEST_CONFIRM:
		to_user(m, pdu->u.token_test_confirm->initiator, pdu);
		break;
	default: break; /* the link refuses what does not travel downward; merging we do not ask for */
	}
}

/* ---- upward */

/* The component that says whose request this is; 0: the PDU has none. */
static uint32_t initiator(const t125_pdu *pdu)
{
	switch (pdu->choice) {
	case MCS_DOMAIN_MCSPDU_CHANNEL_JOIN_REQUEST: return pdu->u.channel_join_request->initiator;
	case MCS_DOMAIN_MCSPDU_CHANNEL_CONVENE_REQUEST: return pdu->u.channel_convene_request->initiator;
	case MCS_DOMAIN_MCSPDU_CHANNEL_DISBAND_REQUEST: return pdu->u.channel_disband_request->initiator;
	case MCS_DOMAIN_MCSPDU_CHANNEL_ADMIT_REQUEST: return pdu->u.channel_admit_request->initiator;
	case MCS_DOMAIN_MCSPDU_CHANNEL_EXPEL_REQUEST: return pdu->u.channel_expel_request->initiator;
	case MCS_DOMAIN_MCSPDU_TOKEN_GRAB_REQUEST: return pdu->u.token_grab_request->initiator;
	case MCS_DOMAIN_MCSPDU_TOKEN_INHIBIT_REQUEST: return pdu->u.token_inhibit_request->initiator;
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_REQUEST: return pdu->u.token_give_request->initiator;
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_RESPONSE: return pdu->u.token_give_response->recipient;
	case MCS_DOMAIN_MCSPDU_TOKEN_PLEASE_REQUEST: return pdu->u.token_please_request->initiator;
	case MCS_DOMAIN_MCSPDU_TOKEN_RELEASE_REQUEST: return pdu->u.token_release_request->initiator;
	case MCS_DOMAIN_MCSPDU_TOKEN_TEST_REQUEST: return pdu->u.token_test_request->initiator;
	default: return 0;
	}
}

static bool is_below(const struct mcs *m, struct from from, uint32_t id)
{
	const struct user *u = mcs_user(m, (uint16_t)id);
	return u != NULL && u->via.conn == from.conn && (from.conn >= 0 || u->via.local == from.local);
}

static void pass_up(struct mcs *m, struct from from, const t125_pdu *pdu)
{
	if (m->up < 0)
		mcs_top_request(m, from, pdu);
	else
		mcs_conn_send(m, (unsigned)m->up, pdu);
}

static void attach(struct mcs *m, struct from from, const t125_pdu *pdu)
{
	if (m->n_pending == MCS_PENDING) {
		to_via(m, from,
			PDU(attach_user_confirm, ATTACH_USER_CONFIRM,
				.result = MCS_RESULT_RT_TOO_MANY_USERS));
		return;
	}
	m->pending[m->n_pending++] = from;
	pass_up(m, from, pdu);
}

/* Only what is below FROM may be detached from there. */
static void detach(struct mcs *m, struct from from, const struct mcs_detach_user_request *p)
{
	uint32_t *ids = arena_calloc(m->arena, p->user_ids.n, sizeof *ids);
	struct mcs_detach_user_request out = { .reason = p->reason, .user_ids = { 0, ids } };
	for (uint32_t i = 0; ids != NULL && i < p->user_ids.n; i++)
		if (is_below(m, from, p->user_ids.v[i]))
			ids[out.user_ids.n++] = p->user_ids.v[i];
	if (out.user_ids.n > 0)
		pass_up(m, from,
			&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_DETACH_USER_REQUEST,
				.u.detach_user_request = &out });
}

static void leave(struct mcs *m, struct from from, const struct mcs_channel_leave_request *p)
{
	for (uint32_t i = 0; i < p->channel_ids.n; i++) {
		struct channel *c = mcs_channel(m, (uint16_t)p->channel_ids.v[i]);
		if (c == NULL)
			continue;
		if (from.conn >= 0)
			c->conns &= ~bit((unsigned)from.conn);
		else
			c->locals &= ~bit(from.local);
		leave_upward(m, c);
	}
}

uint32_t mcs_height(const struct mcs *m)
{
	uint32_t most = 0;
	for (unsigned i = 0; i < MCS_CONNS; i++)
		if (m->conns[i].used && m->conns[i].open && !m->conns[i].up && m->conns[i].height + 1 > most)
			most = m->conns[i].height + 1;
	return most;
}

void mcs_new_height(struct mcs *m)
{
	const uint32_t height = mcs_height(m);
	if (m->up < 0 || height == m->erected)
		return;
	m->erected = height;
	mcs_conn_send(m, (unsigned)m->up,
		PDU(erect_domain_request, ERECT_DOMAIN_REQUEST, .sub_height = { .v = height }));
}

static void erect(struct mcs *m, struct from from, const struct mcs_erect_domain_request *p)
{
	if (from.conn < 0)
		return;
	if (p->sub_height.v < 0 || p->sub_height.v >= m->limit) {
		mcs_conn_end(m, (unsigned)from.conn, MCS_REASON_RN_PROVIDER_INITIATED);
		return;
	}
	m->conns[from.conn].height = (uint32_t)p->sub_height.v;
	mcs_new_height(m);
}

void mcs_from_below(struct mcs *m, struct from from, const t125_pdu *pdu)
{
	const uint32_t who = initiator(pdu);
	if (who != 0 && !is_below(m, from, who))
		return; /* detached meanwhile, or somebody else's: T.125 has it ignored */
	switch (pdu->choice) {
	case MCS_DOMAIN_MCSPDU_ERECT_DOMAIN_REQUEST: erect(m, from, pdu->u.erect_domain_request); break;
	case MCS_DOMAIN_MCSPDU_ATTACH_USER_REQUEST: attach(m, from, pdu); break;
	case MCS_DOMAIN_MCSPDU_DETACH_USER_REQUEST: detach(m, from, pdu->u.detach_user_request); break;
	case MCS_DOMAIN_MCSPDU_CHANNEL_LEAVE_REQUEST: leave(m, from, pdu->u.channel_leave_request); break;
	default: pass_up(m, from, pdu); break;
	}
}

/* ---- data */

static void data_down(struct mcs *m, const struct t125_data *d, uint32_t not_conns, uint32_t not_locals)
{
	const struct channel *c = mcs_channel(m, d->channel);
	struct t125_data down = *d;
	if (c == NULL)
		return;
	down.indication = true;
	const uint32_t conns = c->conns & ~not_conns, locals = c->locals & ~not_locals;
	if (conns != 0) {
		const struct pst_slice octets = mcs_encode_data(m, &down);
		for (unsigned i = 0; i < MCS_CONNS; i++)
			if ((conns & bit(i)) != 0)
				mcs_conn_send_octets(m, i, d->priority, octets);
	}
	if (locals == 0)
		return;
	uint8_t s = (uint8_t)((d->begin ? 0x80 : 0) | (d->end ? 0x40 : 0));
	struct mcs_send_data_indication one = { d->initiator, d->channel, d->priority, { &s, 2 }, d->octets };
	struct mcs_uniform_send_data_indication all = { d->initiator, d->channel, d->priority, { &s, 2 },
		d->octets };
	t125_pdu pdu = { .choice = MCS_DOMAIN_MCSPDU_SEND_DATA_INDICATION, .u.send_data_indication = &one };
	if (d->uniform)
		pdu = (t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_UNIFORM_SEND_DATA_INDICATION,
			.u.uniform_send_data_indication = &all };
	for (unsigned i = 0; i < MCS_LOCALS; i++)
		if ((locals & bit(i)) != 0)
			m->owner->local(m->arg, i, &pdu);
}

/* T.125 11.26, 11.28: data goes down at each provider on its way up; uniform data only from the top, to its
 * sender too. */
void mcs_data_from_below(struct mcs *m, struct from from, const struct t125_data *d)
{
	if (!is_below(m, from, d->initiator))
		return;
	const struct channel *c = mcs_channel(m, d->channel);
	if (m->up < 0 && c != NULL && c->kind == CHANNEL_PRIVATE && c->manager != d->initiator) {
		bool may = false;
		for (unsigned i = 0; i < c->n_admitted; i++)
			may = may || c->admitted[i] == d->initiator;
		if (!may)
			return;
	}
	if (!d->uniform || m->up < 0)
		data_down(m, d, d->uniform || from.conn < 0 ? 0 : bit((unsigned)from.conn),
			d->uniform || from.conn >= 0 ? 0 : bit(from.local));
	if (m->up >= 0)
		mcs_conn_send_octets(m, (unsigned)m->up, d->priority, mcs_encode_data(m, d));
}

void mcs_data_from_above(struct mcs *m, const struct t125_data *d)
{
	data_down(m, d, 0, 0);
}

/* ---- ends */

void mcs_conn_lost(struct mcs *m, unsigned conn)
{
	uint32_t *ids = arena_calloc(m->arena, HASH_COUNT(m->users) + 1, sizeof *ids);
	struct mcs_detach_user_request out = { .reason = MCS_REASON_RN_DOMAIN_DISCONNECTED,
		.user_ids = { 0, ids } };
	struct user *u, *u2;
	struct channel *c, *c2;
	HASH_ITER (hh, m->users, u, u2)
		if (ids != NULL && u->via.conn == (int)conn)
			ids[out.user_ids.n++] = u->id;
	for (unsigned i = 0; i < m->n_pending; i++)
		if (m->pending[i].conn == (int)conn)
			m->pending[i] = (struct from){ -1, MCS_LOCALS };
	HASH_ITER (hh, m->channels, c, c2)
		if ((c->conns & bit(conn)) != 0) {
			c->conns &= ~bit(conn);
			if (c->kind != CHANNEL_USER)
				leave_upward(m, c);
		}
	if (out.user_ids.n > 0)
		pass_up(m, (struct from){ (int)conn, 0 },
			&(t125_pdu){ .choice = MCS_DOMAIN_MCSPDU_DETACH_USER_REQUEST,
				.u.detach_user_request = &out });
	mcs_new_height(m);
}

void mcs_domain_lost(struct mcs *m, uint32_t reason)
{
	m->up = -1;
	for (unsigned i = 0; i < MCS_CONNS; i++)
		if (m->conns[i].used && !m->conns[i].up)
			mcs_conn_end(m, i, reason);
	for (unsigned i = 0; i < MCS_LOCALS; i++) {
		struct local *l = &m->locals[i];
		uint32_t id = l->user;
		l->user = 0;
		if (l->used && id != 0)
			m->owner->local(m->arg, i,
				PDU(detach_user_indication, DETACH_USER_INDICATION,
					.reason = MCS_REASON_RN_DOMAIN_DISCONNECTED, .user_ids = { 1, &id }));
	}
	forget_domain(m);
	m->pdu_size = 0;
	m->erected = 0;
	m->limit = m->max_height;
}
