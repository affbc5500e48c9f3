/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests, directories, private pairs we are invited into, privileges (T.127 8.7, 8.9 to 8.11). */
#include "conference/mbft_int.h"

#include <stdio.h>

/* ---- requests */

static struct mbft_request *request_new(struct mbft *m, unsigned *index)
{
	for (unsigned i = 0; i < MBFT_REQUESTS_MAX; i++)
		if (!m->requests[i].used) {
			m->requests[i] = (struct mbft_request){ .used = true,
				.deadline_ms = m->now_ms + m->c.step_ms };
			*index = i;
			return &m->requests[i];
		}
	return NULL;
}

void mbft_request_end(struct mbft *m, unsigned i)
{
	struct mbft_request *r = &m->requests[i];
	if (r->ours) {
		mbft_wait_forget(m, WAIT_REQUEST, i);
		if (m->started)
			mbft_channel_drop(m, r->data);
	}
	*r = (struct mbft_request){ .used = false };
}

static void request_failed(struct mbft *m, unsigned i, const char *why)
{
	struct mbft_action *a = mbft_act(m, MBFT_DENIED);
	a->id = i;
	a->why = mbft_text(m, why);
	mbft_request_end(m, i);
}

int mbft_get(struct mbft *m, const char *name, unsigned *request)
{
	mbft_begin(m);
	if (!m->started || m->n_peers == 0)
		return PST_E_STATE;
	if (!mbft_may(m, T127_MBFT_PRIVILEGE_FILE_REQUEST_PRIVILEGE))
		return PST_E_DENIED;
	struct mbft_request *r = m->n_joins < MBFT_WAITING_MAX ? request_new(m, request) : NULL;
	if (r == NULL)
		return PST_E_BUSY;
	r->ours = true;
	r->handle = ++m->next_handle;
	snprintf(r->name, sizeof r->name, "%s", name);
	m->joins[m->n_joins++] = (struct mbft_waiting){ WAIT_REQUEST, *request };
	mbft_act(m, MBFT_JOIN);
	return 0;
}

/* file-transmit-token is mandatory, and says who may use the data channel. Nobody else does: a token of our
 * own, numbered like our user, which no two share. */
void mbft_request_channel(struct mbft *m, unsigned i, uint16_t channel, bool ok)
{
	struct mbft_request *r = &m->requests[i];
	struct t127_file file = { 0 };
	if (!ok) {
		request_failed(m, i, "no channel is left");
		return;
	}
	r->data = channel;
	r->deadline_ms = m->now_ms + m->c.step_ms;
	memcpy(file.name, r->name, sizeof file.name);
	struct t127_file_request_pdu p = {
		.data_channel_id = channel, .request_handle = r->handle, .file_transmit_token = m->user
	};
	if (t127_header_write(&p.file_header, &file, &m->arena) == 0)
		mbft_send(m, m->control,
			&(t127_pdu){ .choice = T127_MBFTPDU_FILE_REQUEST_PDU, .u.file_request_pdu = &p });
}

void mbft_request_in(struct mbft *m, uint16_t user, const struct t127_file_request_pdu *p)
{
	unsigned i;
	struct t127_file file;
	struct mbft_request *r = request_new(m, &i);
	if (r == NULL) {
		mbft_send(m, user,
			MBFT_PDU(file_deny_pdu, FILE_DENY_PDU, .request_handle = p->request_handle,
				.reason = T127_FILE_DENY_REASON_UNSPECIFIED));
		return;
	}
	t127_header_read(&file, &p->file_header);
	r->user = user;
	r->handle = (uint16_t)p->request_handle;
	r->data = (uint16_t)p->data_channel_id;
	if (p->data_offset.v != 0 || p->data_offset.big.n > 0) {
		mbft_deny(m, i, T127_FILE_DENY_REASON_UNSPECIFIED);
		return;
	}
	struct t127_file *copy = arena_dup(&m->arena, &file, sizeof file);
	if (copy == NULL)
		return;
	struct mbft_action *a = mbft_act(m, MBFT_REQUESTED);
	a->id = i;
	a->user = user;
	a->file = copy;
}

void mbft_deny(struct mbft *m, unsigned request, uint32_t reason)
{
	struct mbft_request *r = request < MBFT_REQUESTS_MAX ? &m->requests[request] : NULL;
	mbft_begin(m);
	if (r == NULL || !r->used || r->ours)
		return;
	mbft_send(m, r->user,
		MBFT_PDU(file_deny_pdu, FILE_DENY_PDU, .request_handle = r->handle, .reason = reason));
	mbft_request_end(m, request);
}

/* All have to deny: one may have it. */
void mbft_request_denied(struct mbft *m, uint16_t user, const struct t127_file_deny_pdu *p)
{
	(void)user;
	for (unsigned i = 0; i < MBFT_REQUESTS_MAX; i++) {
		struct mbft_request *r = &m->requests[i];
		if (!r->used || !r->ours || r->handle != p->request_handle || r->data == 0 || r->answered)
			continue;
		snprintf(r->why, sizeof r->why, "%s", t127_deny_str(p->reason));
		if (++r->denied >= m->n_peers)
			request_failed(m, i, r->why);
		return;
	}
}

/* Whatever folder either names. */
static bool is_named(const struct t127_file *file, const char *asked)
{
	const struct pst_slice name = slice_str(asked);
	char plain[T127_NAME_MAX + 1];
	t127_name(plain, &name, 1);
	return strcmp(file->name, plain) == 0;
}

/* Whether that offer of FILE is what we asked for. The request keeps its channel until the file uses it too. */
bool mbft_request_answered(struct mbft *m, const struct t127_file_offer_pdu *p, const struct t127_file *file)
{
	for (unsigned i = 0; p->has_file_request_handle && i < MBFT_REQUESTS_MAX; i++) {
		struct mbft_request *r = &m->requests[i];
		if (!r->used || !r->ours || r->handle != p->file_request_handle || r->data == 0 ||
			r->answered || !is_named(file, r->name))
			continue;
		r->deadline_ms = m->now_ms + m->c.step_ms; /* by then the offer has been accepted */
		r->answered = true;
		return true;
	}
	return false;
}

void mbft_request_tick(struct mbft *m)
{
	for (unsigned i = 0; i < MBFT_REQUESTS_MAX; i++) {
		struct mbft_request *r = &m->requests[i];
		if (!r->used || m->now_ms < r->deadline_ms)
			continue;
		if (r->ours && !r->answered)
			request_failed(m, i, r->why[0] != '\0' ? r->why : "no answer");
		else
			mbft_request_end(m, i);
	}
	for (unsigned i = 0; i < MBFT_PRIVATE_MAX; i++)
		if (m->privates[i].user != 0 && m->now_ms >= m->privates[i].deadline_ms)
			mbft_private_lost(m, m->privates[i].control, m->privates[i].user);
	if (m->listing != 0 && m->now_ms >= m->listing_ms) {
		struct mbft_action *a = mbft_act(m, MBFT_DIRECTORY);
		a->user = m->listing;
		a->why = "no answer";
		m->listing = 0;
	}
}

void mbft_request_user_gone(struct mbft *m, uint16_t user)
{
	for (unsigned i = 0; i < MBFT_REQUESTS_MAX; i++)
		if (m->requests[i].used && !m->requests[i].ours && m->requests[i].user == user)
			mbft_request_end(m, i);
}

/* ---- directories */

int mbft_list(struct mbft *m, uint16_t user)
{
	mbft_begin(m);
	if (!m->started || !mbft_is_peer(m, user))
		return PST_E_STATE;
	if (m->listing != 0)
		return PST_E_BUSY;
	m->listing = user;
	m->listing_ms = m->now_ms + m->c.step_ms;
	mbft_send(m, user, MBFT_PDU(directory_request_pdu, DIRECTORY_REQUEST_PDU, .has_pathname = false));
	return 0;
}

void mbft_listed(struct mbft *m, uint16_t user, const struct t127_directory_response_pdu *p)
{
	const bool ok = p->result == T127_DIRECTORY_RESULT_SUCCESSFUL;
	const uint32_t n = ok ? p->directory_list.n : 0;
	struct t127_file *files = arena_calloc(&m->arena, n + 1, sizeof *files);
	if (user != m->listing || files == NULL)
		return;
	struct mbft_action *a = mbft_act(m, MBFT_DIRECTORY);
	for (uint32_t i = 0; i < n; i++)
		if (!p->directory_list.v[i].subdirectory_flag)
			t127_header_read(&files[a->n_files++], &p->directory_list.v[i].attributes);
	a->user = user;
	a->files = files;
	a->ok = ok;
	a->why = ok ? "" : t127_directory_str(p->result);
	m->listing = 0;
}

void mbft_directory(struct mbft *m, uint16_t user, uint32_t result, const struct t127_file *files, uint32_t n)
{
	mbft_begin(m);
	struct t127_directory_entry *list = arena_calloc(&m->arena, n + 1, sizeof *list);
	if (!m->started || list == NULL)
		return;
	for (uint32_t i = 0; i < n; i++)
		if (t127_header_write(&list[i].attributes, &files[i], &m->arena) != 0)
			return;
	mbft_send(m, user,
		MBFT_PDU(directory_response_pdu, DIRECTORY_RESPONSE_PDU, .result = result,
			.directory_list = { n, list }));
}

/* ---- private pairs */

static void respond(struct mbft *m, uint16_t user, uint16_t control, uint32_t result)
{
	mbft_send(m, user,
		MBFT_PDU(private_channel_join_response_pdu, PRIVATE_CHANNEL_JOIN_RESPONSE_PDU,
			.control_channel_id = control, .result = result));
}

void mbft_invited(struct mbft *m, uint16_t user, const struct t127_private_channel_join_invite_pdu *p)
{
	unsigned i = 0;
	const uint16_t control = (uint16_t)p->control_channel_id, data = (uint16_t)p->data_channel_id;
	while (i < MBFT_PRIVATE_MAX && m->privates[i].user != 0)
		i++;
	if (i == MBFT_PRIVATE_MAX || control == data || mbft_channel_is_own(m, control) || mbft_channel_is_own(m, data) ||
		!mbft_channel_use(m, control)) {
		respond(m, user, control, T127_PRIVATE_CHANNEL_JOIN_RESULT_UNABLE_TO_JOIN_CHANNEL);
		return;
	}
	m->privates[i] = (struct mbft_private){
		.user = user, .control = control, .data = data, .deadline_ms = m->now_ms + m->c.step_ms
	};
	if (!mbft_channel_use(m, data)) {
		mbft_channel_drop(m, control);
		m->privates[i] = (struct mbft_private){ .user = 0 };
		respond(m, user, control, T127_PRIVATE_CHANNEL_JOIN_RESULT_UNABLE_TO_JOIN_CHANNEL);
	}
}

static void private_free(struct mbft *m, struct mbft_private *p)
{
	mbft_channel_drop(m, p->control);
	mbft_channel_drop(m, p->data);
	*p = (struct mbft_private){ .user = 0 };
}

void mbft_private_joined(struct mbft *m, uint16_t channel, bool ok)
{
	for (unsigned i = 0; i < MBFT_PRIVATE_MAX; i++) {
		struct mbft_private *p = &m->privates[i];
		if (p->user == 0 || p->answered || (p->control != channel && p->data != channel))
			continue;
		p->has_control = p->has_control || p->control == channel;
		p->has_data = p->has_data || p->data == channel;
		if (ok && !(p->has_control && p->has_data))
			continue;
		respond(m, p->user, p->control,
			ok ? T127_PRIVATE_CHANNEL_JOIN_RESULT_SUCCESSFUL
			   : T127_PRIVATE_CHANNEL_JOIN_RESULT_UNABLE_TO_JOIN_CHANNEL);
		p->answered = true;
		p->deadline_ms = m->now_ms + m->c.answer_ms + m->c.stall_ms;
		if (!ok)
			private_free(m, p);
	}
}

/* A pair ends with one of its channels, or with who made it. CHANNEL 0: any; USER 0: anybody's. */
void mbft_private_lost(struct mbft *m, uint16_t channel, uint16_t user)
{
	for (unsigned i = 0; i < MBFT_PRIVATE_MAX; i++) {
		struct mbft_private *p = &m->privates[i];
		if (p->user != 0 && (channel == 0 || p->control == channel || p->data == channel) &&
			(user == 0 || p->user == user))
			private_free(m, p);
	}
}

/* Something came on CHANNEL: its pair is alive. */
void mbft_private_used(struct mbft *m, uint16_t channel)
{
	for (unsigned i = 0; i < MBFT_PRIVATE_MAX; i++) {
		struct mbft_private *p = &m->privates[i];
		if (p->user != 0 && p->answered && (p->control == channel || p->data == channel))
			p->deadline_ms = m->now_ms + m->c.answer_ms + m->c.stall_ms;
	}
}

/* ---- privileges */

void mbft_assigned(struct mbft *m, uint16_t user, const struct t127_mbft_privilege_assign_pdu *p)
{
	if (m->conductor == 0 || user != m->conductor)
		return;
	m->privileges = 0;
	for (uint32_t i = 0; i < p->privilege_list.n; i++)
		for (uint32_t k = 0; p->privilege_list.v[i].mbft_id == m->user &&
				     k < p->privilege_list.v[i].mbft_privilege.n;
			k++)
			if (p->privilege_list.v[i].mbft_privilege.v[k] < 32)
				m->privileges |= UINT32_C(1) << p->privilege_list.v[i].mbft_privilege.v[k];
}
