/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections of an MCS provider: X.224 and MCS Connect-* on each transport connection, then
 * domain PDUs (T.125 10, T.123 8). A peer that breaks a rule loses its connection.
 */
#include "conference/mcs_int.h"

enum { REFERENCE = 0x4d00, REJECT_OCTETS = 32 };

/* ---- sending */

static void trace(struct mcs *m, unsigned link, bool sent, const t125_pdu *pdu)
{
	char text[T125_STRLEN];
	if (m->owner->trace != NULL)
		m->owner->trace(m->arg, link, sent, t125_str(pdu, text));
}

static void trace_connect(struct mcs *m, unsigned link, bool sent, const t125_connect *pdu)
{
	char text[T125_STRLEN];
	if (m->owner->trace != NULL)
		m->owner->trace(m->arg, link, sent, t125_connect_str(pdu, text));
}

/* Room for one TPKT. NULL p: no memory. */
static struct writer packet(struct mcs *m, size_t cap)
{
	uint8_t *p = arena_alloc(m->arena, cap);
	return wr_of(p, p != NULL ? cap : 0);
}

struct pst_slice mcs_encode(struct mcs *m, const t125_pdu *pdu)
{
	uint8_t octets[TPKT_PAYLOAD_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	if (t125_encode_tpkt(pdu, &w, NULL) != 0)
		return slice_of(NULL, 0);
	const uint8_t *p = arena_dup(m->arena, octets, w.n);
	return slice_of(p, p != NULL ? w.n : 0);
}

struct pst_slice mcs_encode_data(struct mcs *m, const struct t125_data *d)
{
	struct writer w = packet(m, d->octets.n + T125_DATA_OVERHEAD);
	if (w.p == NULL || t125_data_encode_tpkt(d, &w) != 0)
		return slice_of(NULL, 0);
	return wr_slice(&w);
}

void mcs_conn_send_octets(struct mcs *m, unsigned conn, uint8_t priority, struct pst_slice octets)
{
	const struct conn *c = &m->conns[conn];
	if (!c->used || !c->open || octets.n == 0)
		return;
	/* T.125 10.2: with fewer transport connections than priorities, the last one carries the rest */
	int link = c->link[0];
	for (unsigned i = 1; i <= priority && i < T125_PRIORITIES; i++)
		if (c->link[i] >= 0)
			link = c->link[i];
	m->owner->send(m->arg, (unsigned)link, octets);
}

void mcs_conn_send(struct mcs *m, unsigned conn, const t125_pdu *pdu)
{
	if (!m->conns[conn].used || !m->conns[conn].open)
		return;
	trace(m, (unsigned)m->conns[conn].link[0], true, pdu);
	mcs_conn_send_octets(m, conn, 0, mcs_encode(m, pdu));
}

static void send_tpdu(struct mcs *m, unsigned link, const struct x224_tpdu *t)
{
	struct writer w = packet(m, 64 + t->params.n);
	const size_t at = w.p != NULL ? tpkt_open(&w) : 0;
	if (w.p == NULL || x224_encode(t, &w) != 0 || tpkt_close(&w, at) != 0)
		return;
	if (m->owner->trace != NULL)
		m->owner->trace(m->arg, link, true, x224_type_str(t->type));
	m->owner->send(m->arg, link, wr_slice(&w));
}

static void send_connect(struct mcs *m, unsigned link, const t125_connect *pdu, size_t n_user_data)
{
	struct writer w = packet(m, 512 + n_user_data);
	if (w.p == NULL || t125_connect_encode_tpkt(pdu, &w, NULL) != 0)
		return;
	trace_connect(m, link, true, pdu);
	m->owner->send(m->arg, link, wr_slice(&w));
}

/* ---- ends */

static void link_free(struct mcs *m, unsigned link, bool close)
{
	struct link *l = &m->links[link];
	if (l->state == LINK_FREE)
		return;
	if (l->state != LINK_OPEN)
		m->owner->timer(m->arg, link, false);
	t125_stream_reset(&l->in);
	*l = (struct link){ .state = LINK_FREE, .conn = -1 };
	if (close)
		m->owner->close(m->arg, link);
}

/* Takes the connection out of the table, its transport connections with it. True when the domain went with
 * it. */
static bool conn_free(struct mcs *m, unsigned conn, bool close_links)
{
	struct conn *c = &m->conns[conn];
	const bool up = c->up && c->open, open = c->open;
	for (unsigned i = 0; i < T125_PRIORITIES; i++)
		if (c->link[i] >= 0)
			link_free(m, (unsigned)c->link[i], close_links);
	free(c->user_data);
	*c = (struct conn){ .link = { -1, -1, -1, -1 } };
	if (open && !up)
		mcs_conn_lost(m, conn);
	return up;
}

void mcs_conn_end(struct mcs *m, unsigned conn, uint32_t reason)
{
	struct conn *c = &m->conns[conn];
	if (!c->used)
		return;
	if (c->open)
		mcs_conn_send(m, conn,
			PDU(disconnect_provider_ultimatum, DISCONNECT_PROVIDER_ULTIMATUM, .reason = reason));
	const bool up = conn_free(m, conn, true);
	if (up)
		mcs_domain_lost(m, reason);
	m->owner->gone(m->arg, conn, up, reason);
}

void mcs_disconnect(struct mcs *m, unsigned conn, uint32_t reason)
{
	struct conn *c = &m->conns[conn];
	if (conn >= MCS_CONNS || !c->used)
		return;
	if (c->open)
		mcs_conn_send(m, conn,
			PDU(disconnect_provider_ultimatum, DISCONNECT_PROVIDER_ULTIMATUM, .reason = reason));
	if (conn_free(m, conn, true))
		mcs_domain_lost(m, reason);
}

/* The transport connection broke, or its peer broke a rule. */
static void link_lost(struct mcs *m, unsigned link, bool close, uint32_t reason)
{
	const int conn = m->links[link].conn;
	if (conn < 0) {
		link_free(m, link, close);
		return;
	}
	struct conn *c = &m->conns[conn];
	const bool was_open = c->open;
	if (!close)
		for (unsigned i = 0; i < T125_PRIORITIES; i++)
			if (c->link[i] == (int)link)
				c->link[i] = -1;
	if (!close)
		link_free(m, link, false);
	const bool up = conn_free(m, (unsigned)conn, true);
	if (up)
		mcs_domain_lost(m, reason);
	if (was_open)
		m->owner->gone(m->arg, (unsigned)conn, up, reason);
	else
		m->owner->answered(
			m->arg, (unsigned)conn, MCS_RESULT_RT_UNSPECIFIED_FAILURE, slice_of(NULL, 0));
}

/* T.125 11.5: says what was wrong, then ends the connection. */
static void reject(struct mcs *m, unsigned link, uint32_t diagnostic, struct pst_slice octets)
{
	const int conn = m->links[link].conn;
	if (conn >= 0 && m->conns[conn].open)
		mcs_conn_send(m, (unsigned)conn,
			PDU(reject_mcspdu_ultimatum, REJECT_MCSPDU_ULTIMATUM, .diagnostic = diagnostic,
				.initial_octets = slice_of(
					octets.p, octets.n < REJECT_OCTETS ? octets.n : REJECT_OCTETS)));
	link_lost(m, link, true, MCS_REASON_RN_PROVIDER_INITIATED);
}

/* ---- setting up */

static int conn_new(struct mcs *m, unsigned link)
{
	for (unsigned i = 0; i < MCS_CONNS; i++)
		if (!m->conns[i].used) {
			m->conns[i] = (struct conn){ .used = true, .link = { (int)link, -1, -1, -1 } };
			m->links[link].conn = (int)i;
			return (int)i;
		}
	return -1;
}

static int link_new(struct mcs *m, unsigned link, enum link_state state)
{
	if (link >= MCS_LINKS || m->links[link].state != LINK_FREE)
		return PST_E_ARG;
	m->links[link] = (struct link){ .state = state, .conn = -1 };
	t125_stream_init(&m->links[link].in, TPKT_PAYLOAD_MAX);
	m->owner->timer(m->arg, link, true);
	return 0;
}

int mcs_link_incoming(struct mcs *m, unsigned link)
{
	return link_new(m, link, LINK_ACCEPTED);
}

int mcs_connect(struct mcs *m, unsigned link, bool above, struct pst_slice user_data, unsigned *conn)
{
	bool local = false;
	for (unsigned i = 0; i < MCS_LOCALS; i++)
		local = local || (m->locals[i].used && m->locals[i].user != 0);
	if (above && (m->up >= 0 || local || mcs_height(m) > 0))
		return PST_E_STATE;
	uint8_t *copy = malloc(user_data.n > 0 ? user_data.n : 1);
	if (copy == NULL)
		return PST_E_NOMEM;
	int err = link_new(m, link, LINK_CALLING);
	const int i = err == 0 ? conn_new(m, link) : -1;
	if (i < 0) {
		if (err == 0)
			link_free(m, link, false);
		free(copy);
		return err != 0 ? err : PST_E_BUSY;
	}
	struct conn *c = &m->conns[i];
	if (user_data.n > 0)
		memcpy(copy, user_data.p, user_data.n);
	c->user_data = copy;
	c->n_user_data = user_data.n;
	c->up = above;
	*conn = (unsigned)i;
	return 0;
}

void mcs_link_connected(struct mcs *m, unsigned link)
{
	if (m->links[link].state != LINK_CALLING)
		return;
	m->links[link].state = LINK_CR_SENT;
	send_tpdu(m, link, &(struct x224_tpdu){ .type = X224_CR, .src_ref = (uint16_t)(REFERENCE + link) });
}

/* Ours, narrowed to what this domain has agreed on already. */
static struct t125_offer own_offer(const struct mcs *m)
{
	struct t125_offer own = m->offer;
	if (m->pdu_size != 0)
		own.min.pdu_size = own.max.pdu_size = own.target.pdu_size = m->pdu_size;
	return own;
}

static void send_initial(struct mcs *m, unsigned link)
{
	static const struct pst_slice selector = { (const uint8_t *)"\1", 1 };
	struct conn *c = &m->conns[m->links[link].conn];
	struct mcs_connect_initial out = { .calling_domain_selector = selector,
		.called_domain_selector = selector,
		.upward_flag = c->up,
		.user_data = slice_of(c->user_data, c->n_user_data) };
	c->offer = own_offer(m);
	t125_params_write(&out.target_parameters, &c->offer.target);
	t125_params_write(&out.minimum_parameters, &c->offer.min);
	t125_params_write(&out.maximum_parameters, &c->offer.max);
	m->links[link].state = LINK_INITIAL_SENT;
	send_connect(m, link,
		&(t125_connect){ .choice = MCS_CONNECT_MCSPDU_CONNECT_INITIAL, .u.connect_initial = &out },
		c->n_user_data);
}

/* Both ends: the connection stands. */
static void opened(struct mcs *m, unsigned conn)
{
	struct conn *c = &m->conns[conn];
	c->open = true;
	m->links[c->link[0]].state = LINK_OPEN;
	m->owner->timer(m->arg, (unsigned)c->link[0], false);
	m->pdu_size = c->params.pdu_size;
	if (c->up) {
		m->up = (int)conn;
		m->erected = mcs_height(m);
		mcs_conn_send(m, conn,
			PDU(erect_domain_request, ERECT_DOMAIN_REQUEST, .sub_height = { .v = m->erected }));
	} else if (m->limit > 0) {
		mcs_conn_send(m, conn,
			PDU(plumb_domain_indication, PLUMB_DOMAIN_INDICATION,
				.height_limit = { .v = m->limit - 1 }));
		mcs_new_height(m);
	}
}

static void response(struct mcs *m, unsigned link, uint32_t result, const struct t125_params *params,
	uint32_t id, struct pst_slice user_data)
{
	struct mcs_connect_response out = {
		.result = result, .called_connect_id = { .v = id }, .user_data = user_data
	};
	t125_params_write(&out.domain_parameters, params);
	send_connect(m, link,
		&(t125_connect){ .choice = MCS_CONNECT_MCSPDU_CONNECT_RESPONSE, .u.connect_response = &out },
		user_data.n);
}

static void initial(struct mcs *m, unsigned link, const struct mcs_connect_initial *p)
{
	const struct t125_offer own = own_offer(m);
	struct t125_params params = own.target;
	struct t125_offer offer;
	uint32_t result = MCS_RESULT_RT_SUCCESSFUL;
	t125_params_read(&offer.target, &p->target_parameters);
	t125_params_read(&offer.min, &p->minimum_parameters);
	t125_params_read(&offer.max, &p->maximum_parameters);
	if (t125_params_agree(&params, &offer, &own) != 0)
		result = MCS_RESULT_RT_PARAMETERS_UNACCEPTABLE;
	else if (p->upward_flag && m->limit == 0)
		result = MCS_RESULT_RT_DOMAIN_NOT_HIERARCHICAL;
	const int conn = result == MCS_RESULT_RT_SUCCESSFUL ? conn_new(m, link) : -1;
	if (conn < 0) {
		if (result == MCS_RESULT_RT_SUCCESSFUL)
			result = MCS_RESULT_RT_UNSPECIFIED_FAILURE;
		response(m, link, result, &own.target, 0, slice_of(NULL, 0));
		link_free(m, link, true);
		return;
	}
	m->links[link].state = LINK_ASKED;
	m->conns[conn].params = params;
	m->conns[conn].up = !p->upward_flag;
	m->conns[conn].id = ++m->next_connect_id;
	m->owner->asked(m->arg, (unsigned)conn, p);
}

void mcs_connect_answer(struct mcs *m, unsigned conn, uint32_t result, struct pst_slice user_data)
{
	struct conn *c = &m->conns[conn];
	if (conn >= MCS_CONNS || !c->used || c->open || m->links[c->link[0]].state != LINK_ASKED)
		return;
	if (result == MCS_RESULT_RT_SUCCESSFUL && c->up && (m->up >= 0 || HASH_COUNT(m->users) > 0))
		result = MCS_RESULT_RT_DOMAIN_MERGING; /* we would get a provider above, and have a domain */
	response(m, (unsigned)c->link[0], result, &c->params, c->id, user_data);
	if (result == MCS_RESULT_RT_SUCCESSFUL)
		opened(m, conn);
	else
		conn_free(m, conn, true);
}

static void responded(struct mcs *m, unsigned link, const struct mcs_connect_response *p)
{
	const unsigned conn = (unsigned)m->links[link].conn;
	struct conn *c = &m->conns[conn];
	uint32_t result = p->result;
	const uint8_t *copy =
		arena_dup(m->arena, p->user_data.p, p->user_data.n); /* it goes with the stream */
	const struct pst_slice user_data = slice_of(copy, copy != NULL ? p->user_data.n : 0);
	t125_params_read(&c->params, &p->domain_parameters);
	if (result == MCS_RESULT_RT_SUCCESSFUL &&
		(!t125_params_within(&c->params, &c->offer) || (c->up && m->up >= 0)))
		result = MCS_RESULT_RT_PARAMETERS_UNACCEPTABLE;
	if (result == MCS_RESULT_RT_SUCCESSFUL)
		opened(m, conn);
	else
		conn_free(m, conn, true);
	m->owner->answered(m->arg, conn, result, user_data);
}

/* T.125 10.3: one more transport connection for an MCS connection that stands. */
static void additional(struct mcs *m, unsigned link, const struct mcs_connect_additional *p)
{
	struct mcs_connect_result out = { .result = MCS_RESULT_RT_UNSPECIFIED_FAILURE };
	struct conn *c = NULL;
	unsigned i = 0;
	for (; c == NULL && i < MCS_CONNS; i++)
		if (m->conns[i].used && m->conns[i].open && m->conns[i].id == p->called_connect_id.v)
			c = &m->conns[i];
	const uint32_t prio = p->data_priority;
	if (c != NULL && prio > 0 && prio < c->params.priorities && c->link[prio] < 0)
		out.result = MCS_RESULT_RT_SUCCESSFUL;
	send_connect(m, link,
		&(t125_connect){ .choice = MCS_CONNECT_MCSPDU_CONNECT_RESULT, .u.connect_result = &out }, 0);
	if (out.result != MCS_RESULT_RT_SUCCESSFUL) {
		link_free(m, link, true);
		return;
	}
	c->link[prio] = (int)link;
	m->links[link].conn = (int)i - 1;
	m->links[link].state = LINK_OPEN;
	m->owner->timer(m->arg, link, false);
}

/* ---- receiving */

static bool travels_up(uint32_t choice)
{
	switch (choice) {
	case MCS_DOMAIN_MCSPDU_ERECT_DOMAIN_REQUEST:
	case MCS_DOMAIN_MCSPDU_MERGE_CHANNELS_REQUEST:
	case MCS_DOMAIN_MCSPDU_MERGE_TOKENS_REQUEST:
	case MCS_DOMAIN_MCSPDU_ATTACH_USER_REQUEST:
	case MCS_DOMAIN_MCSPDU_DETACH_USER_REQUEST:
	case MCS_DOMAIN_MCSPDU_CHANNEL_JOIN_REQUEST:
	case MCS_DOMAIN_MCSPDU_CHANNEL_LEAVE_REQUEST:
	case MCS_DOMAIN_MCSPDU_CHANNEL_CONVENE_REQUEST:
	case MCS_DOMAIN_MCSPDU_CHANNEL_DISBAND_REQUEST:
	case MCS_DOMAIN_MCSPDU_CHANNEL_ADMIT_REQUEST:
	case MCS_DOMAIN_MCSPDU_CHANNEL_EXPEL_REQUEST:
	case MCS_DOMAIN_MCSPDU_SEND_DATA_REQUEST:
	case MCS_DOMAIN_MCSPDU_UNIFORM_SEND_DATA_REQUEST:
	case MCS_DOMAIN_MCSPDU_TOKEN_GRAB_REQUEST:
	case MCS_DOMAIN_MCSPDU_TOKEN_INHIBIT_REQUEST:
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_REQUEST:
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_RESPONSE:
	case MCS_DOMAIN_MCSPDU_TOKEN_PLEASE_REQUEST:
	case MCS_DOMAIN_MCSPDU_TOKEN_RELEASE_REQUEST:
	case MCS_DOMAIN_MCSPDU_TOKEN_TEST_REQUEST: return true;
	default: return false;
	}
}

static void domain_pdu(struct mcs *m, unsigned link, struct pst_slice octets)
{
	const int conn = m->links[link].conn;
	const bool up = m->conns[conn].up;
	struct t125_data d;
	t125_pdu pdu;
	if (t125_data_peek(&d, octets) != 0) {
		if (t125_decode(&pdu, octets, NULL, m->arena, NULL) != 0) {
			reject(m, link, MCS_DIAGNOSTIC_DC_INVALID_PER_ENCODING, octets);
			return;
		}
		trace(m, link, false, &pdu);
		if (pdu.choice == MCS_DOMAIN_MCSPDU_DISCONNECT_PROVIDER_ULTIMATUM) {
			link_lost(m, link, true, pdu.u.disconnect_provider_ultimatum->reason);
			return;
		}
		if (pdu.choice == MCS_DOMAIN_MCSPDU_REJECT_MCSPDU_ULTIMATUM) {
			link_lost(m, link, true, MCS_REASON_RN_PROVIDER_INITIATED);
			return;
		}
		if (!t125_data_read(&d, &pdu)) {
			if (travels_up(pdu.choice) == up)
				reject(m, link,
					up ? MCS_DIAGNOSTIC_DC_FORBIDDEN_PDU_DOWNWARD
					   : MCS_DIAGNOSTIC_DC_FORBIDDEN_PDU_UPWARD,
					octets);
			else if (up)
				mcs_from_above(m, &pdu);
			else
				mcs_from_below(m, (struct from){ conn, 0 }, &pdu);
			return;
		}
	}
	if (d.indication != up)
		reject(m, link,
			up ? MCS_DIAGNOSTIC_DC_FORBIDDEN_PDU_DOWNWARD
			   : MCS_DIAGNOSTIC_DC_FORBIDDEN_PDU_UPWARD,
			octets);
	else if (up)
		mcs_data_from_above(m, &d);
	else
		mcs_data_from_below(m, (struct from){ conn, 0 }, &d);
}

static void connect_pdu(struct mcs *m, unsigned link, struct pst_slice octets)
{
	const enum link_state state = m->links[link].state;
	t125_connect pdu;
	if (t125_connect_decode(&pdu, octets, NULL, m->arena, NULL) != 0) {
		link_lost(m, link, true, MCS_REASON_RN_PROVIDER_INITIATED);
		return;
	}
	trace_connect(m, link, false, &pdu);
	if (state == LINK_CC_SENT && pdu.choice == MCS_CONNECT_MCSPDU_CONNECT_INITIAL)
		initial(m, link, pdu.u.connect_initial);
	else if (state == LINK_CC_SENT && pdu.choice == MCS_CONNECT_MCSPDU_CONNECT_ADDITIONAL)
		additional(m, link, pdu.u.connect_additional);
	else if (state == LINK_INITIAL_SENT && pdu.choice == MCS_CONNECT_MCSPDU_CONNECT_RESPONSE)
		responded(m, link, pdu.u.connect_response);
	else
		link_lost(m, link, true, MCS_REASON_RN_PROVIDER_INITIATED);
}

static void tpdu(struct mcs *m, unsigned link, const struct x224_tpdu *t)
{
	struct link *l = &m->links[link];
	if (m->owner->trace != NULL)
		m->owner->trace(m->arg, link, false, x224_type_str(t->type));
	if (t->type == X224_CR && l->state == LINK_ACCEPTED && !x224_is_rdp(t)) {
		l->state = LINK_CC_SENT;
		send_tpdu(m, link,
			&(struct x224_tpdu){ .type = X224_CC,
				.dst_ref = t->src_ref,
				.src_ref = (uint16_t)(REFERENCE + link) });
	} else if (t->type == X224_CC && l->state == LINK_CR_SENT && l->conn >= 0) {
		send_initial(m, link);
	} else {
		link_lost(m, link, true, MCS_REASON_RN_PROVIDER_INITIATED);
	}
}

void mcs_link_received(struct mcs *m, unsigned link, struct pst_slice octets)
{
	struct link *l = &m->links[link];
	struct t125_unit u;
	int rc = PST_E_AGAIN;
	if (link >= MCS_LINKS || l->state == LINK_FREE)
		return;
	t125_stream_feed(&l->in, octets);
	while (l->state != LINK_FREE && (rc = t125_stream_next(&l->in, &u)) == 0) {
		if (!u.is_pdu)
			tpdu(m, link, &u.tpdu);
		else if (l->state == LINK_OPEN)
			domain_pdu(m, link, u.pdu);
		else
			connect_pdu(m, link, u.pdu);
	}
	if (l->state != LINK_FREE && rc != PST_E_AGAIN)
		link_lost(m, link, true, MCS_REASON_RN_PROVIDER_INITIATED);
}

void mcs_link_closed(struct mcs *m, unsigned link)
{
	if (link < MCS_LINKS && m->links[link].state != LINK_FREE)
		link_lost(m, link, false, MCS_REASON_RN_DOMAIN_DISCONNECTED);
}

void mcs_link_timeout(struct mcs *m, unsigned link)
{
	if (link < MCS_LINKS && m->links[link].state != LINK_FREE && m->links[link].state != LINK_OPEN)
		link_lost(m, link, true, MCS_REASON_RN_PROVIDER_INITIATED);
}
