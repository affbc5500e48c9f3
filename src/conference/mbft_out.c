/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files on their way out: channels, the offer, answers, data, and who has it whole (T.127 8.7, 8.9). */
#include "conference/mbft_int.h"

#include <stdio.h>

static void wait(struct mbft *m, struct mbft_out *o, enum mbft_out_state state, uint32_t ms)
{
	o->state = state;
	o->deadline_ms = m->now_ms + ms;
}

static unsigned count(const struct mbft_out *o, enum mbft_answer answer)
{
	unsigned n = 0;
	for (unsigned i = 0; i < o->n_to; i++)
		n += o->to[i].answer == answer;
	return n;
}

static struct mbft_recipient *recipient(struct mbft_out *o, uint16_t user)
{
	for (unsigned i = 0; i < o->n_to; i++)
		if (o->to[i].user == user)
			return &o->to[i];
	return NULL;
}

void mbft_out_end(struct mbft *m, unsigned i, bool ok, const char *why)
{
	struct mbft_out *o = &m->out[i];
	struct mbft_action *a = mbft_act(m, MBFT_ENDED);
	a->id = i;
	a->out = true;
	a->ok = ok;
	a->why = mbft_text(m, why);
	a->arrived_at = count(o, ANSWER_ARRIVED);
	a->sent_to = a->arrived_at + count(o, ANSWER_ACCEPTED);
	mbft_wait_forget(m, WAIT_OUT, i);
	if (m->started && o->private_) {
		if (o->control != 0)
			mbft_act(m, MBFT_DISBAND)->channel = o->control;
		if (o->data != 0)
			mbft_act(m, MBFT_DISBAND)->channel = o->data;
	} else if (m->started && !o->supplied) {
		mbft_channel_drop(m, o->data);
	}
	free(o->to);
	*o = (struct mbft_out){ .state = OUT_FREE };
}

static struct mbft_out *out_new(
	struct mbft *m, const struct t127_file *file, const uint16_t *to, unsigned n, unsigned *id)
{
	unsigned i = 0;
	while (i < MBFT_OUT_MAX && m->out[i].state != OUT_FREE)
		i++;
	struct mbft_recipient *list = i < MBFT_OUT_MAX ? calloc(n, sizeof *list) : NULL;
	if (list == NULL)
		return NULL;
	for (unsigned k = 0; k < n; k++)
		list[k].user = to[k];
	m->out[i] = (struct mbft_out){ .handle = ++m->next_handle, .file = *file, .to = list, .n_to = n };
	*id = i;
	return &m->out[i];
}

static void offer(struct mbft *m, struct mbft_out *o)
{
	struct t127_file_offer_pdu p = { .data_channel_id = o->data,
		.file_handle = o->handle,
		.ack_flag = true,
		.has_file_request_handle = o->supplied,
		.file_request_handle = o->request_handle,
		.has_mbft_id = o->supplied,
		.mbft_id = o->supplied ? o->to[0].user : T125_CHANNEL_DYNAMIC_MIN };
	if (t127_header_write(&p.file_header, &o->file, &m->arena) != 0)
		return;
	wait(m, o, OUT_OFFERED, m->c.answer_ms);
	mbft_send(m,
		o->supplied	  ? o->to[0].user
		: o->control != 0 ? o->control
				  : m->control,
		&(t127_pdu){ .choice = T127_MBFTPDU_FILE_OFFER_PDU, .u.file_offer_pdu = &p });
}

static int denied(struct mbft *m)
{
	uint32_t wanted[] = { T127_MBFT_PRIVILEGE_FILE_TRANSMIT_PRIVILEGE,
		T127_MBFT_PRIVILEGE_CREATE_PRIVATE_PRIVILEGE };
	if (m->asked)
		return PST_E_DENIED;
	m->asked = true;
	mbft_send(m, m->control,
		MBFT_PDU(mbft_privilege_request_pdu, MBFT_PRIVILEGE_REQUEST_PDU,
			.mbft_privilege = { 2, wanted }));
	return PST_E_DENIED;
}

int mbft_offer(struct mbft *m, const struct t127_file *file, uint16_t to, unsigned *id)
{
	mbft_begin(m);
	if (!m->started || m->n_peers == 0 || (to != 0 && !mbft_is_peer(m, to)))
		return PST_E_STATE;
	if (!mbft_may(m, T127_MBFT_PRIVILEGE_FILE_TRANSMIT_PRIVILEGE) ||
		(to != 0 && !mbft_may(m, T127_MBFT_PRIVILEGE_CREATE_PRIVATE_PRIVILEGE)))
		return denied(m);
	if (m->n_joins == MBFT_WAITING_MAX || m->n_convenes + 2 > MBFT_WAITING_MAX)
		return PST_E_BUSY;
	struct mbft_out *o = out_new(m, file, to != 0 ? &to : m->peers, to != 0 ? 1 : m->n_peers, id);
	if (o == NULL)
		return PST_E_BUSY;
	wait(m, o, OUT_OPENING, m->c.step_ms);
	o->private_ = to != 0;
	if (to == 0) {
		m->joins[m->n_joins++] = (struct mbft_waiting){ WAIT_OUT, *id };
		mbft_act(m, MBFT_JOIN);
		return 0;
	}
	for (unsigned i = 0; i < 2; i++) {
		m->convenes[m->n_convenes++] = *id;
		mbft_act(m, MBFT_CONVENE);
	}
	return 0;
}

int mbft_supply(struct mbft *m, unsigned request, const struct t127_file *file, unsigned *id)
{
	mbft_begin(m);
	struct mbft_request *r = request < MBFT_REQUESTS_MAX ? &m->requests[request] : NULL;
	if (r == NULL || !r->used || r->ours)
		return PST_E_STATE;
	struct mbft_out *o = out_new(m, file, &r->user, 1, id);
	if (o == NULL)
		return PST_E_BUSY;
	o->supplied = true;
	o->request_handle = r->handle;
	o->data = r->data;
	mbft_request_end(m, request);
	offer(m, o);
	return 0;
}

void mbft_out_channel(struct mbft *m, unsigned i, uint16_t channel, bool ok)
{
	if (!ok) {
		mbft_out_end(m, i, false, "no channel is left");
		return;
	}
	m->out[i].data = channel;
	offer(m, &m->out[i]);
}

/* First the control channel, then the one for data; then the other end is asked in. */
void mbft_out_convened(struct mbft *m, unsigned i, uint16_t channel, bool ok)
{
	struct mbft_out *o = &m->out[i];
	if (!ok) {
		mbft_out_end(m, i, false, "no private channel is left");
		return;
	}
	struct mbft_action *a = mbft_act(m, MBFT_ADMIT);
	a->channel = channel;
	a->user = o->to[0].user;
	if (o->control == 0) {
		o->control = channel;
		return;
	}
	o->data = channel;
	wait(m, o, OUT_INVITING, m->c.step_ms);
	mbft_send(m, o->to[0].user,
		MBFT_PDU(private_channel_join_invite_pdu, PRIVATE_CHANNEL_JOIN_INVITE_PDU,
			.control_channel_id = o->control, .data_channel_id = o->data, .mode = true));
}

void mbft_out_joined_private(struct mbft *m, uint16_t user, uint16_t control, bool ok)
{
	for (unsigned i = 0; i < MBFT_OUT_MAX; i++) {
		struct mbft_out *o = &m->out[i];
		if (o->state != OUT_INVITING || o->control != control || o->to[0].user != user)
			continue;
		if (ok)
			offer(m, o);
		else
			mbft_out_end(m, i, false, "the invitation was refused");
		return;
	}
}

/* ---- answers */

static void begun(struct mbft *m, unsigned i)
{
	struct mbft_out *o = &m->out[i];
	struct mbft_action *a = mbft_act(m, MBFT_BEGUN);
	a->id = i;
	a->out = true;
	a->file = &o->file;
	a->sent_to = count(o, ANSWER_ACCEPTED);
	wait(m, o, OUT_SENDING, m->c.stall_ms);
}

/* Where everybody has answered, or nobody will any more. */
static void look(struct mbft *m, unsigned i, bool late)
{
	struct mbft_out *o = &m->out[i];
	const unsigned open = count(o, ANSWER_NONE), accepted = count(o, ANSWER_ACCEPTED);
	if (o->state == OUT_OFFERED && open > 0 && !late)
		return;
	if (o->state == OUT_OFFERED && accepted > 0) {
		for (unsigned k = 0; k < o->n_to; k++)
			if (o->to[k].answer == ANSWER_NONE)
				o->to[k].answer = ANSWER_GONE; /* too late: it would miss the beginning */
		begun(m, i);
	} else if (o->state == OUT_OFFERED) {
		mbft_out_end(m, i, false, open > 0 ? "nobody answered" : o->why);
	} else if ((o->state == OUT_SENDING || o->state == OUT_CONFIRMING) && accepted == 0) {
		const bool ok = count(o, ANSWER_ARRIVED) > 0;
		mbft_out_end(m, i, ok, ok ? "" : o->why);
	} else if (o->state == OUT_CONFIRMING && late) {
		mbft_out_end(m, i, true, "");
	}
}

void mbft_out_answer(struct mbft *m, uint16_t user, uint16_t handle, enum mbft_answer answer, const char *why)
{
	for (unsigned i = 0; i < MBFT_OUT_MAX; i++) {
		struct mbft_out *o = &m->out[i];
		struct mbft_recipient *r =
			o->state >= OUT_OFFERED && o->handle == handle ? recipient(o, user) : NULL;
		if (r == NULL)
			continue;
		/* first an answer, then at most one more word */
		const bool first = answer == ANSWER_ACCEPTED || answer == ANSWER_REJECTED;
		if (first ? r->answer != ANSWER_NONE || o->state != OUT_OFFERED
			  : r->answer > ANSWER_ACCEPTED ||
					(answer == ANSWER_ARRIVED && o->state != OUT_CONFIRMING))
			return;
		r->answer = (uint8_t)answer;
		if (why[0] != '\0')
			snprintf(o->why, sizeof o->why, "%s", why);
		struct mbft_action *a = mbft_act(m, MBFT_ANSWERED);
		a->id = i;
		a->user = user;
		a->ok = answer == ANSWER_ACCEPTED || answer == ANSWER_ARRIVED;
		a->why = mbft_text(m, answer == ANSWER_ARRIVED	  ? "arrived"
				      : answer == ANSWER_ACCEPTED ? "accepted"
								  : why);
		look(m, i, false);
		return;
	}
}

void mbft_out_user_gone(struct mbft *m, uint16_t user)
{
	for (unsigned i = 0; i < MBFT_OUT_MAX; i++) {
		struct mbft_out *o = &m->out[i];
		struct mbft_recipient *r = o->state != OUT_FREE ? recipient(o, user) : NULL;
		if (r == NULL || r->answer > ANSWER_ACCEPTED)
			continue;
		r->answer = ANSWER_GONE;
		snprintf(o->why, sizeof o->why, "left");
		if (o->state < OUT_OFFERED && count(o, ANSWER_NONE) == 0)
			mbft_out_end(m, i, false, o->why);
		else
			look(m, i, false);
	}
}

/* ---- data */

bool mbft_wants(const struct mbft *m, unsigned id)
{
	return id < MBFT_OUT_MAX && m->out[id].state == OUT_SENDING;
}

void mbft_data(struct mbft *m, unsigned id, struct pst_slice octets, bool last)
{
	mbft_begin(m);
	if (!mbft_wants(m, id))
		return;
	struct mbft_out *o = &m->out[id];
	if (!o->begun) {
		struct t127_file_start_pdu p = { .file_handle = o->handle, .eof_flag = last, .data = octets };
		if (t127_header_write(&p.file_header, &o->file, &m->arena) != 0)
			return;
		mbft_send(m, o->data,
			&(t127_pdu){ .choice = T127_MBFTPDU_FILE_START_PDU, .u.file_start_pdu = &p });
	} else {
		mbft_send(m, o->data,
			MBFT_PDU(file_data_pdu, FILE_DATA_PDU, .file_handle = o->handle, .eof_flag = last,
				.data = octets));
	}
	o->begun = true;
	o->offset += octets.n;
	wait(m, o, last ? OUT_CONFIRMING : OUT_SENDING, last ? m->c.confirm_ms : m->c.stall_ms);
}

static void take_back(struct mbft *m, struct mbft_out *o)
{
	if (o->state == OUT_SENDING && o->begun)
		mbft_send(m, o->data,
			MBFT_PDU(file_data_pdu, FILE_DATA_PDU, .file_handle = o->handle, .eof_flag = true,
				.abort_flag = true));
	else if (o->state == OUT_OFFERED || o->state == OUT_SENDING)
		mbft_send(m,
			o->supplied	  ? o->to[0].user
			: o->control != 0 ? o->control
					  : m->control,
			MBFT_PDU(file_abort_pdu, FILE_ABORT_PDU, .has_data_channel_id = true,
				.data_channel_id = o->data, .has_transmitter_user_id = true,
				.transmitter_user_id = m->user, .has_file_handle = true,
				.file_handle = o->handle));
}

void mbft_abort(struct mbft *m, unsigned id, const char *why)
{
	mbft_begin(m);
	if (id >= IN_BASE && id < IN_BASE + MBFT_IN_MAX && m->in[id - IN_BASE].state != IN_FREE) {
		mbft_in_end(m, id - IN_BASE, why, true);
	} else if (id < MBFT_OUT_MAX && m->out[id].state != OUT_FREE) {
		take_back(m, &m->out[id]);
		mbft_out_end(m, id, false, why);
	}
}

void mbft_out_tick(struct mbft *m)
{
	for (unsigned i = 0; i < MBFT_OUT_MAX; i++) {
		struct mbft_out *o = &m->out[i];
		if (o->state == OUT_FREE || m->now_ms < o->deadline_ms)
			continue;
		switch (o->state) {
		case OUT_OFFERED:
			if (count(o, ANSWER_ACCEPTED) == 0)
				take_back(m, o);
			look(m, i, true);
			break;
		case OUT_CONFIRMING: look(m, i, true); break;
		case OUT_SENDING:
			take_back(m, o);
			mbft_out_end(m, i, false, "it did not go on");
			break;
		default: mbft_out_end(m, i, false, "no answer"); break;
		}
	}
}
