/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File transfer: life, channels, time, and which PDU goes where. */
#include "conference/mbft_int.h"

#include <stdio.h>

enum { STEP_MS = 20000, ANSWER_MS = 60000, STALL_MS = 60000, CONFIRM_MS = 60000, IN_DEFAULT = 16 };
enum { PDU_MAX = 65535 + 256, KEY_MAX = 64 };

/* NetMeeting's own PDUs are told apart by these. How the key begins is not documented: by T.124 with the
 * manufacturer's code, and so it is sent; read either way. */
static const char manufacturer[] = "\xb5\x00\x53\x4c";

/* ---- actions */

void mbft_begin(struct mbft *m)
{
	m->first = m->last = NULL;
	arena_reset(&m->arena);
}

const struct mbft_action *mbft_actions(const struct mbft *m)
{
	return m->first;
}

struct mbft_action *mbft_act(struct mbft *m, enum mbft_action_type type)
{
	struct mbft_action *a = ARENA_NEW(&m->arena, struct mbft_action);
	if (a == NULL)
		return &m->lost;
	*a = (struct mbft_action){ .type = type, .why = "" };
	if (m->last != NULL)
		m->last->next = a;
	else
		m->first = a;
	m->last = a;
	return a;
}

const char *mbft_text(struct mbft *m, const char *text)
{
	const char *p = arena_dup(&m->arena, text, strlen(text) + 1);
	return p != NULL ? p : "";
}

static bool is_data(const t127_pdu *pdu)
{
	return pdu->choice == T127_MBFTPDU_FILE_START_PDU || pdu->choice == T127_MBFTPDU_FILE_DATA_PDU;
}

/* T.127 10.1: files go at low priority, so that nothing else waits for them. */
void mbft_send(struct mbft *m, uint16_t channel, const t127_pdu *pdu)
{
	const size_t data = pdu->choice == T127_MBFTPDU_FILE_DATA_PDU	 ? pdu->u.file_data_pdu->data.n
			    : pdu->choice == T127_MBFTPDU_FILE_START_PDU ? pdu->u.file_start_pdu->data.n
									 : 0;
	const size_t cap = data + (is_data(pdu) ? 1024 : PDU_MAX);
	uint8_t *out = arena_alloc(&m->arena, cap);
	struct writer w = wr_of(out, out != NULL ? cap : 0);
	if (out == NULL || t127_encode(pdu, &w, NULL) != 0)
		return;
	struct mbft_action *a = mbft_act(m, MBFT_SEND);
	a->channel = channel;
	a->priority = is_data(pdu) ? MCS_DATA_PRIORITY_LOW : MCS_DATA_PRIORITY_HIGH;
	a->octets = wr_slice(&w);
}

/* The data of these PDUs is not documented either: the file's handle and its sender's user id. */
void mbft_non_standard(
	struct mbft *m, uint16_t channel, const char *key, uint16_t handle, uint16_t transmitter)
{
	const uint8_t data[] = { (uint8_t)(handle >> 8), (uint8_t)handle, (uint8_t)(transmitter >> 8),
		(uint8_t)transmitter };
	uint8_t text[KEY_MAX];
	struct writer w = wr_of(text, sizeof text);
	wr_bytes(&w, slice_of((const uint8_t *)manufacturer, 4));
	wr_bytes(&w, slice_str(key));
	mbft_send(m, channel,
		MBFT_PDU(mbft_non_standard_pdu, MBFT_NON_STANDARD_PDU,
			.data = { .key = { .choice = GCC_KEY_H221_NON_STANDARD,
					  .u.h221_non_standard = wr_slice(&w) },
				.data = slice_of(data, sizeof data) }));
}

/* ---- channels */

static struct mbft_channel *channel_of(struct mbft *m, uint16_t id)
{
	for (unsigned i = 0; i < MBFT_CHANNELS_MAX; i++)
		if (m->channels[i].state != CHANNEL_FREE && m->channels[i].id == id)
			return &m->channels[i];
	return NULL;
}

static struct mbft_channel *channel_new(struct mbft *m, uint16_t id, enum mbft_channel_state state)
{
	for (unsigned i = 0; i < MBFT_CHANNELS_MAX; i++)
		if (m->channels[i].state == CHANNEL_FREE) {
			m->channels[i] = (struct mbft_channel){ .state = state, .id = id, .uses = 1 };
			return &m->channels[i];
		}
	return NULL;
}

/* Those that our owner is in for us: a file or a pair may use them too, and leaves them alone. */
bool mbft_channel_is_own(const struct mbft *m, uint16_t id)
{
	return id == m->control || id == m->user || id == T127_CHANNEL_DATA;
}

bool mbft_channel_use(struct mbft *m, uint16_t id)
{
	struct mbft_channel *c = channel_of(m, id);
	if (mbft_channel_is_own(m, id))
		return true;
	if (c != NULL) {
		c->uses++;
		return true;
	}
	if (channel_new(m, id, CHANNEL_JOINING) == NULL)
		return false;
	mbft_act(m, MBFT_JOIN)->channel = id;
	return true;
}

void mbft_channel_drop(struct mbft *m, uint16_t id)
{
	struct mbft_channel *c = id != 0 && !mbft_channel_is_own(m, id) ? channel_of(m, id) : NULL;
	if (c == NULL || --c->uses > 0)
		return;
	if (c->state == CHANNEL_JOINED)
		mbft_act(m, MBFT_LEAVE)->channel = id;
	c->state = c->state == CHANNEL_JOINED ? CHANNEL_FREE : c->state; /* else left when it is joined */
}

bool mbft_channel_is_joined(const struct mbft *m, uint16_t id)
{
	if (mbft_channel_is_own(m, id))
		return true;
	for (unsigned i = 0; i < MBFT_CHANNELS_MAX; i++)
		if (m->channels[i].state == CHANNEL_JOINED && m->channels[i].id == id)
			return true;
	return false;
}

void mbft_wait_forget(struct mbft *m, enum mbft_wait what, unsigned index)
{
	for (unsigned i = 0; i < m->n_joins; i++)
		if (m->joins[i].what == what && m->joins[i].index == index)
			m->joins[i].index = MBFT_OUT_MAX;
	for (unsigned i = 0; what == WAIT_OUT && i < m->n_convenes; i++)
		if (m->convenes[i] == index)
			m->convenes[i] = MBFT_OUT_MAX;
}

/* A channel that we asked for without a number. */
static void assigned(struct mbft *m, uint16_t channel, bool ok)
{
	if (m->n_joins == 0)
		return;
	const struct mbft_waiting w = m->joins[0];
	m->n_joins--;
	memmove(m->joins, m->joins + 1, m->n_joins * sizeof m->joins[0]);
	if (ok && channel_new(m, channel, CHANNEL_JOINED) == NULL) {
		mbft_act(m, MBFT_LEAVE)->channel = channel;
		ok = false;
	}
	if (w.index == MBFT_OUT_MAX)
		mbft_channel_drop(m, ok ? channel : 0);
	else if (w.what == WAIT_OUT)
		mbft_out_channel(m, w.index, channel, ok);
	else
		mbft_request_channel(m, w.index, channel, ok);
}

void mbft_joined(struct mbft *m, uint16_t requested, uint16_t channel, bool ok)
{
	mbft_begin(m);
	if (requested == 0) {
		assigned(m, channel, ok);
		return;
	}
	struct mbft_channel *c = channel_of(m, requested);
	if (c == NULL || c->state != CHANNEL_JOINING)
		return;
	c->state = ok ? CHANNEL_JOINED : CHANNEL_FREE;
	if (ok && c->uses == 0) { /* nobody wants it any more */
		c->state = CHANNEL_FREE;
		mbft_act(m, MBFT_LEAVE)->channel = requested;
		return;
	}
	mbft_private_joined(m, requested, ok);
	mbft_in_joined(m, requested, ok);
}

void mbft_convened(struct mbft *m, uint16_t channel, bool ok)
{
	mbft_begin(m);
	if (m->n_convenes == 0)
		return;
	const unsigned index = m->convenes[0];
	m->n_convenes--;
	memmove(m->convenes, m->convenes + 1, m->n_convenes * sizeof m->convenes[0]);
	if (index < MBFT_OUT_MAX)
		mbft_out_convened(m, index, channel, ok);
	else if (ok)
		mbft_act(m, MBFT_DISBAND)->channel = channel;
}

void mbft_lost(struct mbft *m, uint16_t channel)
{
	mbft_begin(m);
	struct mbft_channel *c = channel_of(m, channel);
	if (c == NULL)
		return;
	c->state = CHANNEL_FREE;
	mbft_private_lost(m, channel, 0);
	mbft_in_joined(m, channel, false);
}

/* ---- life and time */

int mbft_new(struct mbft **out, const struct mbft_config *config)
{
	struct mbft *m = calloc(1, sizeof *m);
	if (m == NULL)
		return PST_E_NOMEM;
	arena_init(&m->arena, 0);
	if (config != NULL)
		m->c = *config;
	if (m->c.max_in == 0)
		m->c.max_in = IN_DEFAULT;
	if (m->c.max_in > MBFT_IN_MAX)
		m->c.max_in = MBFT_IN_MAX;
	m->c.step_ms = m->c.step_ms != 0 ? m->c.step_ms : STEP_MS;
	m->c.answer_ms = m->c.answer_ms != 0 ? m->c.answer_ms : ANSWER_MS;
	m->c.stall_ms = m->c.stall_ms != 0 ? m->c.stall_ms : STALL_MS;
	m->c.confirm_ms = m->c.confirm_ms != 0 ? m->c.confirm_ms : CONFIRM_MS;
	*out = m;
	return 0;
}

void mbft_free(struct mbft *m)
{
	if (m == NULL)
		return;
	for (unsigned i = 0; i < MBFT_OUT_MAX; i++)
		free(m->out[i].to);
	arena_free(&m->arena);
	free(m);
}

void mbft_start(struct mbft *m, uint16_t user, uint16_t control, uint64_t now_ms)
{
	mbft_begin(m);
	m->started = true;
	m->user = user;
	m->control = control;
	m->conductor = 0;
	m->now_ms = now_ms;
}

void mbft_stop(struct mbft *m)
{
	mbft_begin(m);
	m->started = false; /* nothing is sent any more */
	for (unsigned i = 0; i < MBFT_OUT_MAX; i++)
		if (m->out[i].state != OUT_FREE)
			mbft_out_end(m, i, false, "the session ended");
	for (unsigned i = 0; i < MBFT_IN_MAX; i++)
		if (m->in[i].state != IN_FREE)
			mbft_in_end(m, i, "the session ended", false);
	for (unsigned i = 0; i < MBFT_REQUESTS_MAX; i++)
		if (m->requests[i].used)
			mbft_request_end(m, i);
	memset(m->channels, 0, sizeof m->channels);
	memset(m->privates, 0, sizeof m->privates);
	m->n_peers = m->n_joins = m->n_convenes = 0;
	m->listing = 0;
}

void mbft_time(struct mbft *m, uint64_t now_ms)
{
	mbft_begin(m);
	m->now_ms = now_ms;
	if (!m->started)
		return;
	mbft_out_tick(m);
	mbft_in_tick(m);
	mbft_request_tick(m);
}

/* ---- peers */

bool mbft_is_peer(const struct mbft *m, uint16_t user)
{
	for (unsigned i = 0; i < m->n_peers; i++)
		if (m->peers[i] == user)
			return true;
	return false;
}

void mbft_peers(struct mbft *m, const uint16_t *users, unsigned n)
{
	uint16_t before[MBFT_PEERS_MAX];
	const unsigned n_before = m->n_peers;
	mbft_begin(m);
	memcpy(before, m->peers, n_before * sizeof before[0]);
	m->n_peers = n < MBFT_PEERS_MAX ? n : MBFT_PEERS_MAX;
	if (m->n_peers > 0)
		memcpy(m->peers, users, m->n_peers * sizeof users[0]);
	for (unsigned i = 0; i < n_before; i++) {
		if (mbft_is_peer(m, before[i]))
			continue;
		mbft_out_user_gone(m, before[i]);
		mbft_in_user_gone(m, before[i]);
		mbft_private_lost(m, 0, before[i]);
		mbft_request_user_gone(m, before[i]);
	}
}

bool mbft_may(const struct mbft *m, uint32_t privilege)
{
	return m->conductor == 0 || m->conductor == m->user || (m->privileges >> privilege & 1) != 0;
}

void mbft_conducted(struct mbft *m, uint16_t conductor)
{
	mbft_begin(m);
	m->conductor = conductor;
	m->privileges = 0;
	m->asked = false;
}

/* ---- PDUs in */

static void aborted(struct mbft *m, uint16_t user, const struct t127_file_abort_pdu *p)
{
	char why[MBFT_WHY_MAX];
	snprintf(why, sizeof why, "aborted: %s", t127_abort_str(p->reason));
	/* the sender takes back what is its own; the conductor anybody's (T.127 8.12) */
	const bool any = m->conductor != 0 && user == m->conductor;
	for (unsigned i = 0; i < MBFT_IN_MAX; i++) {
		const struct mbft_in *in = &m->in[i];
		if (in->state != IN_FREE && (any || in->user == user) &&
			(!p->has_data_channel_id || p->data_channel_id == in->data) &&
			(!p->has_transmitter_user_id || p->transmitter_user_id == in->user) &&
			(!p->has_file_handle || p->file_handle == in->handle))
			mbft_in_end(m, i, why, false);
	}
	for (unsigned i = 0; any && i < MBFT_OUT_MAX; i++) {
		const struct mbft_out *out = &m->out[i];
		if (out->state != OUT_FREE && (!p->has_data_channel_id || p->data_channel_id == out->data) &&
			(!p->has_transmitter_user_id || p->transmitter_user_id == m->user) &&
			(!p->has_file_handle || p->file_handle == out->handle))
			mbft_out_end(m, i, false, why);
	}
}

static void error(struct mbft *m, uint16_t user, const struct t127_file_error_pdu *p)
{
	char why[MBFT_WHY_MAX];
	snprintf(why, sizeof why, "the other end: %s", t127_error_str(&p->error_id));
	if (!p->has_file_handle || p->error_type == T127_ERROR_TYPE_INFORMATIVE) {
		struct mbft_action *a = mbft_act(m, MBFT_NOTICE);
		a->user = user;
		a->why = mbft_text(m, why);
		return;
	}
	struct mbft_in *in = mbft_in_of(m, user, (uint16_t)p->file_handle);
	if (in != NULL)
		mbft_in_end(m, (unsigned)(in - m->in), why, false);
	else
		mbft_out_answer(m, user, (uint16_t)p->file_handle, ANSWER_GONE, why);
}

static bool ends_with(struct pst_slice s, const char *text)
{
	const struct pst_slice t = slice_str(text);
	if (s.n > 0 && s.p[s.n - 1] == 0)
		s.n--;
	return s.n >= t.n && slice_eq(slice_of(s.p + s.n - t.n, t.n), t);
}

static void non_standard(struct mbft *m, uint16_t user, const struct gcc_non_standard_parameter *p)
{
	if (p->key.choice != GCC_KEY_H221_NON_STANDARD || p->data.n < 2)
		return;
	const uint16_t handle = (uint16_t)(p->data.p[0] << 8 | p->data.p[1]);
	if (ends_with(p->key.u.h221_non_standard, "NetMeeting 1 FileEnd"))
		mbft_out_answer(m, user, handle, ANSWER_ARRIVED, "");
	else if (ends_with(p->key.u.h221_non_standard, "NetMeeting 1 ChannelLeave"))
		mbft_out_answer(m, user, handle, ANSWER_GONE, "left the channel");
}

static void listing_asked(struct mbft *m, uint16_t user)
{
	mbft_act(m, MBFT_DIRECTORY_ASKED)->user = user;
}

static void dispatch(struct mbft *m, uint16_t user, uint16_t channel, const t127_pdu *pdu)
{
	char why[MBFT_WHY_MAX];
	mbft_private_used(m, channel);
	switch (pdu->choice) {
	case T127_MBFTPDU_FILE_OFFER_PDU: mbft_in_offer(m, user, pdu->u.file_offer_pdu); break;
	case T127_MBFTPDU_FILE_ACCEPT_PDU:
		mbft_out_answer(m, user, (uint16_t)pdu->u.file_accept_pdu->file_handle, ANSWER_ACCEPTED, "");
		break;
	case T127_MBFTPDU_FILE_REJECT_PDU:
		snprintf(why, sizeof why, "%s", t127_reject_str(pdu->u.file_reject_pdu->reason));
		mbft_out_answer(m, user, (uint16_t)pdu->u.file_reject_pdu->file_handle, ANSWER_REJECTED, why);
		break;
	case T127_MBFTPDU_FILE_REQUEST_PDU: mbft_request_in(m, user, pdu->u.file_request_pdu); break;
	case T127_MBFTPDU_FILE_DENY_PDU: mbft_request_denied(m, user, pdu->u.file_deny_pdu); break;
	case T127_MBFTPDU_FILE_ERROR_PDU: error(m, user, pdu->u.file_error_pdu); break;
	case T127_MBFTPDU_FILE_ABORT_PDU: aborted(m, user, pdu->u.file_abort_pdu); break;
	case T127_MBFTPDU_FILE_START_PDU: mbft_in_start(m, user, pdu->u.file_start_pdu); break;
	case T127_MBFTPDU_FILE_DATA_PDU: mbft_in_data(m, user, pdu->u.file_data_pdu); break;
	case T127_MBFTPDU_DIRECTORY_REQUEST_PDU: listing_asked(m, user); break;
	case T127_MBFTPDU_DIRECTORY_RESPONSE_PDU: mbft_listed(m, user, pdu->u.directory_response_pdu); break;
	case T127_MBFTPDU_MBFT_PRIVILEGE_ASSIGN_PDU:
		mbft_assigned(m, user, pdu->u.mbft_privilege_assign_pdu);
		break;
	case T127_MBFTPDU_MBFT_NON_STANDARD_PDU:
		non_standard(m, user, &pdu->u.mbft_non_standard_pdu->data);
		break;
	case T127_MBFTPDU_PRIVATE_CHANNEL_JOIN_INVITE_PDU:
		mbft_invited(m, user, pdu->u.private_channel_join_invite_pdu);
		break;
	case T127_MBFTPDU_PRIVATE_CHANNEL_JOIN_RESPONSE_PDU:
		mbft_out_joined_private(m, user,
			(uint16_t)pdu->u.private_channel_join_response_pdu->control_channel_id,
			pdu->u.private_channel_join_response_pdu->result ==
				T127_PRIVATE_CHANNEL_JOIN_RESULT_SUCCESSFUL);
		break;
	default: break; /* privileges are the conductor's to give, and a node here is none */
	}
}

void mbft_received(struct mbft *m, uint16_t user, uint16_t channel, struct pst_slice octets)
{
	t127_pdu pdu;
	mbft_begin(m);
	if (!m->started || user == m->user)
		return;
	const int err = t127_decode(&pdu, octets, NULL, &m->arena, NULL);
	if (err == 0)
		dispatch(m, user, channel, &pdu);
	else if (channel != m->user) /* said to its sender alone: two such would otherwise go on for ever */
		mbft_send(m, user,
			MBFT_PDU(file_error_pdu, FILE_ERROR_PDU, .error_type = T127_ERROR_TYPE_INFORMATIVE,
				.error_id = { .v = T127_ERROR_PROTOCOL }));
}
