/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offers, and files on their way in. */
#include "conference/mbft_int.h"

static void wait(struct mbft *m, struct mbft_in *in, enum mbft_in_state state, uint32_t ms)
{
	in->state = state;
	in->deadline_ms = m->now_ms + ms;
}

struct mbft_in *mbft_in_of(struct mbft *m, uint16_t user, uint16_t handle)
{
	for (unsigned i = 0; i < MBFT_IN_MAX; i++)
		if (m->in[i].state != IN_FREE && m->in[i].user == user && m->in[i].handle == handle)
			return &m->in[i];
	return NULL;
}

static void reject(struct mbft *m, uint16_t user, uint32_t handle, uint32_t reason)
{
	mbft_send(
		m, user, MBFT_PDU(file_reject_pdu, FILE_REJECT_PDU, .file_handle = handle, .reason = reason));
}

static void tell_error(struct mbft *m, const struct mbft_in *in, int32_t error)
{
	mbft_send(m, in->user,
		MBFT_PDU(file_error_pdu, FILE_ERROR_PDU, .has_file_handle = true, .file_handle = in->handle,
			.error_type = T127_ERROR_TYPE_TRANSIENT_ERROR, .error_id = { .v = error }));
}

/* TELL: its sender does not know yet. */
void mbft_in_end(struct mbft *m, unsigned i, const char *why, bool tell)
{
	struct mbft_in *in = &m->in[i];
	struct mbft_action *a = mbft_act(m, MBFT_ENDED);
	a->id = IN_BASE + i;
	a->user = in->user;
	a->ok = why[0] == '\0';
	a->why = mbft_text(m, why);
	if (m->started) {
		if (tell && in->state == IN_OFFERED && in->ack)
			reject(m, in->user, in->handle, T127_FILE_REJECT_REASON_UNSPECIFIED);
		else if (tell && in->state > IN_OFFERED)
			mbft_non_standard(m, in->user, "NetMeeting 1 ChannelLeave", in->handle, in->user);
		if (in->state > IN_OFFERED)
			mbft_channel_drop(m, in->data);
	}
	*in = (struct mbft_in){ .state = IN_FREE };
}

static unsigned under_way(const struct mbft *m)
{
	unsigned n = 0;
	for (unsigned i = 0; i < MBFT_IN_MAX; i++)
		n += m->in[i].state != IN_FREE;
	return n;
}

void mbft_in_offer(struct mbft *m, uint16_t user, const struct t127_file_offer_pdu *p)
{
	struct t127_file file;
	uint32_t reason = UINT32_MAX;
	unsigned i = 0;
	if (p->has_mbft_id && p->mbft_id != m->user)
		return; /* somebody else asked for it */
	t127_header_read(&file, &p->file_header);
	if (mbft_in_of(m, user, (uint16_t)p->file_handle) != NULL)
		return; /* said twice */
	if (under_way(m) >= m->c.max_in)
		reason = T127_FILE_REJECT_REASON_TRANSFER_LIMIT;
	else if (p->compression_specifier != NULL || p->file_header.has_compression)
		reason = T127_FILE_REJECT_REASON_COMPRESSION_UNSUPPORTED;
	else if (m->c.max_size != 0 && file.has_size && file.size > m->c.max_size)
		reason = T127_FILE_REJECT_REASON_INSUFFICIENT_RESOURCES;
	if (reason != UINT32_MAX) {
		if (p->ack_flag)
			reject(m, user, p->file_handle, reason);
		return;
	}
	while (m->in[i].state != IN_FREE)
		i++;
	struct mbft_in *in = &m->in[i];
	*in = (struct mbft_in){ .user = user,
		.handle = (uint16_t)p->file_handle,
		.data = (uint16_t)p->data_channel_id,
		.ack = p->ack_flag,
		.file = file };
	wait(m, in, IN_OFFERED, m->c.answer_ms);
	in->wanted = mbft_request_answered(m, p, &in->file);
	struct mbft_action *a = mbft_act(m, MBFT_OFFERED);
	a->id = IN_BASE + i;
	a->user = user;
	a->file = &in->file;
	a->ok = in->wanted;
}

static struct mbft_in *in_of_id(struct mbft *m, unsigned id, enum mbft_in_state state)
{
	if (id < IN_BASE || id >= IN_BASE + MBFT_IN_MAX || m->in[id - IN_BASE].state != state)
		return NULL;
	return &m->in[id - IN_BASE];
}

static void accepted(struct mbft *m, struct mbft_in *in)
{
	wait(m, in, IN_ACCEPTED, m->c.answer_ms + m->c.stall_ms); /* others may take their time to answer */
	if (in->ack)
		mbft_send(m, in->user, MBFT_PDU(file_accept_pdu, FILE_ACCEPT_PDU, .file_handle = in->handle));
}

void mbft_accept(struct mbft *m, unsigned id)
{
	mbft_begin(m);
	struct mbft_in *in = in_of_id(m, id, IN_OFFERED);
	if (in == NULL)
		return;
	if (!mbft_channel_use(m, in->data)) {
		mbft_in_end(m, id - IN_BASE, "too many channels", true);
		return;
	}
	wait(m, in, IN_JOINING, m->c.step_ms);
	if (mbft_channel_is_joined(m, in->data))
		accepted(m, in);
}

void mbft_reject(struct mbft *m, unsigned id, uint32_t reason)
{
	mbft_begin(m);
	const struct mbft_in *in = in_of_id(m, id, IN_OFFERED);
	if (in == NULL)
		return;
	if (in->ack)
		reject(m, in->user, in->handle, reason);
	mbft_in_end(m, id - IN_BASE, "refused", false);
}

/* The data channel is there, or it is not, or not any more. */
void mbft_in_joined(struct mbft *m, uint16_t channel, bool ok)
{
	for (unsigned i = 0; i < MBFT_IN_MAX; i++) {
		struct mbft_in *in = &m->in[i];
		if (in->state <= IN_OFFERED || in->state == IN_STORING || in->data != channel)
			continue;
		if (ok && in->state == IN_JOINING) {
			accepted(m, in);
		} else if (!ok) {
			if (in->state == IN_JOINING && in->ack)
				reject(m, in->user, in->handle,
					T127_FILE_REJECT_REASON_UNABLE_TO_JOIN_CHANNEL);
			mbft_in_end(m, i,
				in->state == IN_JOINING ? "its channel cannot be joined" : "its channel went",
				false);
		}
	}
}

/* ---- data */

static void fail(struct mbft *m, struct mbft_in *in, int32_t error, const char *why)
{
	tell_error(m, in, error);
	mbft_in_end(m, (unsigned)(in - m->in), why, false);
}

static void take(struct mbft *m, struct mbft_in *in, struct pst_slice octets, bool last)
{
	const unsigned id = IN_BASE + (unsigned)(in - m->in);
	in->offset += octets.n;
	if ((in->file.has_size && in->offset > in->file.size) ||
		(m->c.max_size != 0 && in->offset > m->c.max_size)) {
		fail(m, in, T127_ERROR_FUTURE_FILESIZE_EXCEEDED, "more came than was announced");
		return;
	}
	if (octets.n > 0) {
		struct mbft_action *a = mbft_act(m, MBFT_DATA);
		a->id = id;
		a->octets = octets;
	}
	wait(m, in, last ? IN_STORING : IN_RECEIVING, m->c.stall_ms);
	if (!last)
		return;
	if (in->file.has_size && in->offset < in->file.size)
		fail(m, in, T127_ERROR_PROCEDURE, "less came than was announced");
	else
		mbft_act(m, MBFT_COMPLETE)->id = id;
}

void mbft_in_start(struct mbft *m, uint16_t user, const struct t127_file_start_pdu *p)
{
	struct mbft_in *in = mbft_in_of(m, user, (uint16_t)p->file_handle);
	struct t127_file file;
	if (in == NULL || in->state != IN_ACCEPTED)
		return; /* for others */
	if (p->compression_specifier != NULL || p->data_offset.v != 0 || p->data_offset.big.n > 0) {
		fail(m, in, T127_ERROR_UNSUPPORTED_VALUES, "compressed, or not from its beginning");
		return;
	}
	t127_header_read(&file, &p->file_header);
	if (file.has_size) { /* what was offered stands, but for its size: it may have grown meanwhile */
		in->file.size = file.size;
		in->file.has_size = true;
	}
	struct mbft_action *a = mbft_act(m, MBFT_BEGUN);
	a->id = IN_BASE + (unsigned)(in - m->in);
	a->user = user;
	a->file = &in->file;
	take(m, in, p->data, p->eof_flag);
}

void mbft_in_data(struct mbft *m, uint16_t user, const struct t127_file_data_pdu *p)
{
	struct mbft_in *in = mbft_in_of(m, user, (uint16_t)p->file_handle);
	if (in == NULL || in->state != IN_RECEIVING)
		return;
	if (p->abort_flag)
		mbft_in_end(m, (unsigned)(in - m->in), "the sender broke it off", false);
	else
		take(m, in, p->data, p->eof_flag);
}

void mbft_stored(struct mbft *m, unsigned id, bool ok)
{
	mbft_begin(m);
	struct mbft_in *in = in_of_id(m, id, IN_STORING);
	if (in == NULL)
		return;
	if (!ok) {
		fail(m, in, T127_ERROR_FILESPACE, "it cannot be stored");
		return;
	}
	mbft_non_standard(m, in->user, "NetMeeting 1 FileEnd", in->handle, in->user);
	mbft_in_end(m, id - IN_BASE, "", false);
}

void mbft_in_user_gone(struct mbft *m, uint16_t user)
{
	for (unsigned i = 0; i < MBFT_IN_MAX; i++)
		if (m->in[i].state != IN_FREE && m->in[i].state != IN_STORING && m->in[i].user == user)
			mbft_in_end(m, i, "its sender left", false);
}

void mbft_in_tick(struct mbft *m)
{
	static const char *const whys[] = { "", "not answered in time", "its channel cannot be joined",
		"it did not begin", "it did not go on", "it was not stored in time" };
	for (unsigned i = 0; i < MBFT_IN_MAX; i++)
		if (m->in[i].state != IN_FREE && m->now_ms >= m->in[i].deadline_ms)
			mbft_in_end(m, i, whys[m->in[i].state], true);
}
