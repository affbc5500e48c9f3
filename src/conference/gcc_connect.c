/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Create, join, invite and query, in the user data of MCS Connect-* (T.124 7.2, 8.2 to 8.4). */
#include "conference/conference_int.h"

enum { CONNECT_DATA_MAX = 8192 };

/* ---- names */

static bool all_digits(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return n > 0 && n <= DIGITS_MAX;
}

bool gcc_name_parse(struct conf_name *out, const char *text)
{
	memset(out, 0, sizeof *out);
	if (text == NULL || text[0] == '\0' || strlen(text) > CONFERENCE_NAME_MAX)
		return false;
	strcpy(all_digits(text, strlen(text)) ? out->numeric : out->text, text);
	return true;
}

const char *gcc_name_text(const struct conf_name *name)
{
	return name->text[0] != '\0' ? name->text : name->numeric;
}

static void name_read(struct conf_name *out, struct pst_slice numeric, bool has_text, struct pst_slice text)
{
	memset(out, 0, sizeof *out);
	if (numeric.n > 0 && numeric.n <= DIGITS_MAX)
		memcpy(out->numeric, numeric.p, numeric.n);
	if (has_text)
		t124_text_read(text, out->text, sizeof out->text);
}

/* Both forms: T.124 8.2.1 asks for a numeric name always. What Latin-1 has not goes into unicodeText as well.
 */
static void name_write(struct conference *c, struct gcc_conference_name *out, const struct conf_name *name)
{
	struct pst_slice text = { 0 };
	bool latin = true;
	*out = (struct gcc_conference_name){ .numeric = slice_str(
						     name->numeric[0] != '\0' ? name->numeric : "0") };
	if (name->text[0] == '\0' || t124_text_write(&text, name->text, &c->arena) != 0)
		return;
	for (size_t i = 0; i < text.n; i += 2)
		latin = latin && text.p[i] == 0;
	out->has_text = latin;
	out->text = text;
	out->has_unicode_text = !latin;
	out->unicode_text = text;
}

static struct gcc_conference_name_selector *selector(struct conference *c, const struct conf_name *name)
{
	struct gcc_conference_name full;
	struct gcc_conference_name_selector *s = ARENA_NEW(&c->arena, struct gcc_conference_name_selector);
	if (s == NULL)
		return NULL;
	name_write(c, &full, name);
	if (name->text[0] == '\0')
		*s = (struct gcc_conference_name_selector){ .choice = GCC_CONFERENCE_NAME_SELECTOR_NUMERIC,
			.u.numeric = full.numeric };
	else if (full.has_text)
		*s = (struct gcc_conference_name_selector){ .choice = GCC_CONFERENCE_NAME_SELECTOR_TEXT,
			.u.text = full.text };
	else
		*s = (struct gcc_conference_name_selector){ .choice =
								    GCC_CONFERENCE_NAME_SELECTOR_UNICODE_TEXT,
			.u.unicode_text = full.unicode_text };
	return s;
}

static bool selector_read(struct conf_name *out, const struct gcc_conference_name_selector *s)
{
	memset(out, 0, sizeof *out);
	if (s == NULL)
		return false;
	if (s->choice == GCC_CONFERENCE_NAME_SELECTOR_NUMERIC)
		name_read(out, s->u.numeric, false, s->u.numeric);
	else if (s->choice != GCC_CONFERENCE_NAME_SELECTOR_UNKNOWN)
		t124_text_read(s->u.text, out->text, sizeof out->text);
	return true;
}

static bool is_ours(const struct conference *c, const struct conf_name *name)
{
	return c->state == GCC_IN &&
	       ((name->text[0] != '\0' && strcmp(name->text, c->name.text) == 0) ||
		       (name->text[0] == '\0' &&
			       strcmp(name->numeric, c->name.numeric[0] != '\0' ? c->name.numeric : "0") ==
				       0));
}

/* ---- what we send */

static struct pst_slice encode(struct conference *c, uint32_t choice, const void *m)
{
	t124_connect pdu = { .choice = choice };
	memcpy(&pdu.u, &m, sizeof m); /* every alternative is a pointer */
	uint8_t *octets = arena_alloc(&c->arena, CONNECT_DATA_MAX);
	struct writer w = wr_of(octets, CONNECT_DATA_MAX);
	if (octets == NULL || t124_connect_encode(&pdu, &w, NULL) != 0)
		return slice_of(NULL, 0);
	return wr_slice(&w);
}

static uint32_t node_type(const struct conference *c)
{
	return c->mcu ? GCC_NODE_TYPE_MCU : GCC_NODE_TYPE_MULTIPORT_TERMINAL;
}

static bool caller(struct conference *c, struct pst_slice *out)
{
	return c->node_name[0] != '\0' && t124_text_write(out, c->node_name, &c->arena) == 0;
}

static struct pst_slice join_data(struct conference *c, const struct call *call)
{
	struct gcc_conference_join_request r = { .conference_name = selector(c, &call->name) };
	struct gcc_password_selector password = { .choice = GCC_PASSWORD_SELECTOR_NUMERIC };
	struct gcc_password_challenge_request_response clear = {
		.choice = GCC_PASSWORD_CHALLENGE_REQUEST_RESPONSE_PASSWORD_IN_THE_CLEAR,
		.u.password_in_the_clear = &password
	};
	r.has_caller_identifier = caller(c, &r.caller_identifier);
	if (c->call_password != NULL) {
		password.u.numeric = slice_str(c->call_password);
		r.password = &clear;
	}
	return encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_REQUEST, &r);
}

struct pst_slice gcc_call_data(struct conference *c, struct call *call)
{
	switch (call->how) {
	case CONFERENCE_CREATE: {
		struct gcc_conference_create_request r = { .listed_conference = true,
			.termination_method = GCC_TERMINATION_METHOD_AUTOMATIC };
		name_write(c, &r.conference_name, &call->name);
		r.has_caller_identifier = caller(c, &r.caller_identifier);
		return encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_REQUEST, &r);
	}
	case CONFERENCE_JOIN: return join_data(c, call);
	case CONFERENCE_INVITE: {
		struct gcc_conference_invite_request r = { .node_id = c->node,
			.top_node_id = c->top_node,
			.tag = { .v = call->tag },
			.locked_conference = c->locked,
			.listed_conference = true,
			.password_in_the_clear_required = c->password != NULL,
			.termination_method = GCC_TERMINATION_METHOD_AUTOMATIC };
		name_write(c, &r.conference_name, &c->name);
		r.has_caller_identifier = caller(c, &r.caller_identifier);
		return encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_REQUEST, &r);
	}
	default: {
		struct gcc_asymmetry_indicator calling = { .choice = GCC_ASYMMETRY_INDICATOR_CALLING_NODE };
		struct gcc_conference_query_request r = { .node_type = node_type(c),
			.asymmetry_indicator = &calling };
		return encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_QUERY_REQUEST, &r);
	}
	}
}

/* ---- asked */

static void create_response(struct conference *c, unsigned conn, uint32_t mcs, uint32_t result)
{
	const struct gcc_conference_create_response r = { .node_id = c->node != 0 ? c->node
										  : T125_CHANNEL_DYNAMIC_MIN,
		.tag = { .v = c->calls[conn].tag },
		.result = result };
	mcs_connect_answer(c->mcs, conn, mcs, encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_RESPONSE, &r));
}

static struct gcc_conference_join_response join_response(
	const struct conference *c, int32_t tag, uint32_t result)
{
	return (struct gcc_conference_join_response){
		.has_node_id = c->node != 0,
		.node_id = c->node,
		.top_node_id = c->top_node != 0 ? c->top_node : T125_CHANNEL_DYNAMIC_MIN,
		.tag = { .v = tag },
		.password_in_the_clear_required = c->password != NULL,
		.locked_conference = c->locked,
		.listed_conference = true,
		.termination_method = GCC_TERMINATION_METHOD_AUTOMATIC,
		.result = result,
	};
}

static void answer_join(struct conference *c, unsigned conn, uint32_t result)
{
	const struct gcc_conference_join_response r = join_response(c, c->calls[conn].tag, result);
	const bool ok = result == GCC_CONFERENCE_JOIN_RESPONSE_RESULT_SUCCESS;
	const struct pst_slice data = encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_RESPONSE, &r);
	c->calls[conn].open = ok;
	if (!ok)
		c->calls[conn] = (struct call){ 0 };
	mcs_connect_answer(c->mcs, conn, ok ? MCS_RESULT_RT_SUCCESSFUL : MCS_RESULT_RT_USER_REJECTED, data);
}

static void answer_query(struct conference *c, unsigned conn)
{
	struct gcc_conference_descriptor d = { .locked_conference = c->locked,
		.password_in_the_clear_required = c->password != NULL };
	struct gcc_asymmetry_indicator called = { .choice = GCC_ASYMMETRY_INDICATOR_CALLED_NODE };
	const struct gcc_conference_query_response r = { .node_type = node_type(c),
		.asymmetry_indicator = &called,
		.conference_list = { c->state == GCC_IN ? 1 : 0, &d },
		.result = GCC_CONFERENCE_QUERY_RESPONSE_RESULT_SUCCESS };
	name_write(c, &d.conference_name, &c->name);
	const struct pst_slice data = encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_QUERY_RESPONSE, &r);
	c->calls[conn] = (struct call){ 0 };
	mcs_connect_answer(c->mcs, conn, MCS_RESULT_RT_USER_REJECTED,
		data); /* T.124 7.2.1: a query makes no connection */
}

static bool password_fits(const struct conference *c, const struct gcc_password_challenge_request_response *p)
{
	if (c->password == NULL)
		return true;
	if (p == NULL || p->choice != GCC_PASSWORD_CHALLENGE_REQUEST_RESPONSE_PASSWORD_IN_THE_CLEAR)
		return false;
	const struct gcc_password_selector *s = p->u.password_in_the_clear;
	return s->choice == GCC_PASSWORD_SELECTOR_NUMERIC && slice_eq(s->u.numeric, slice_str(c->password));
}

static void tell(struct conference *c, unsigned conn, bool has_caller, struct pst_slice who)
{
	char text[CONFERENCE_NAME_MAX * 3 + 1] = "";
	struct conference_action *a = conference_act(c, CONFERENCE_ASKED);
	if (a == NULL)
		return;
	a->conn = conn;
	a->how = c->calls[conn].how;
	a->name = conference_dup(c, gcc_name_text(&c->calls[conn].name));
	if (has_caller)
		a->text = conference_dup(c, t124_text_read(who, text, sizeof text));
}

void gcc_asked(struct conference *c, unsigned conn, const struct mcs_connect_initial *m)
{
	struct call *call = &c->calls[conn];
	t124_connect pdu;
	*call = (struct call){ .used = true, .tag = ++c->next_tag };
	if (t124_connect_decode(&pdu, m->user_data, NULL, &c->arena, NULL) != 0)
		pdu.choice = GCC_CONNECT_GCCPDU_UNKNOWN;
	switch (pdu.choice) {
	case GCC_CONNECT_GCCPDU_CONFERENCE_QUERY_REQUEST: answer_query(c, conn); return;
	case GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_REQUEST: {
		const struct gcc_conference_create_request *p = pdu.u.conference_create_request;
		call->how = CONFERENCE_CREATE;
		name_read(&call->name, p->conference_name.numeric, p->conference_name.has_text,
			p->conference_name.text);
		if (m->upward_flag) {
			tell(c, conn, p->has_caller_identifier, p->caller_identifier);
			return;
		}
		break;
	}
	case GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_REQUEST: {
		const struct gcc_conference_join_request *p = pdu.u.conference_join_request;
		call->how = CONFERENCE_JOIN;
		call->wrong_password = !password_fits(c, p->password);
		if (m->upward_flag && selector_read(&call->name, p->conference_name)) {
			tell(c, conn, p->has_caller_identifier, p->caller_identifier);
			return;
		}
		break;
	}
	case GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_REQUEST: {
		const struct gcc_conference_invite_request *p = pdu.u.conference_invite_request;
		call->how = CONFERENCE_INVITE;
		call->node = (uint16_t)p->node_id;
		call->top = (uint16_t)p->top_node_id;
		call->tag = (int32_t)p->tag.v;
		name_read(&call->name, p->conference_name.numeric, p->conference_name.has_text,
			p->conference_name.text);
		if (!m->upward_flag) {
			tell(c, conn, p->has_caller_identifier, p->caller_identifier);
			return;
		}
		break;
	}
	default: break;
	}
	*call = (struct call){ 0 };
	mcs_connect_answer(c->mcs, conn, MCS_RESULT_RT_USER_REJECTED, slice_of(NULL, 0));
}

static void answer_create(struct conference *c, unsigned conn, bool accept)
{
	const bool busy = c->state != GCC_NONE;
	if (accept && !busy) {
		c->name = c->calls[conn].name;
		gcc_start(c, true);
		conference_run(c); /* the top's confirms are there at once: our node id with them */
	}
	const bool ok = accept && !busy && c->state == GCC_IN;
	c->calls[conn].open = ok;
	create_response(c, conn, ok ? MCS_RESULT_RT_SUCCESSFUL : MCS_RESULT_RT_USER_REJECTED,
		ok     ? GCC_CONFERENCE_CREATE_RESPONSE_RESULT_SUCCESS
		: busy ? GCC_CONFERENCE_CREATE_RESPONSE_RESULT_RESOURCES_NOT_AVAILABLE
		       : GCC_CONFERENCE_CREATE_RESPONSE_RESULT_USER_REJECTED);
	if (!ok)
		c->calls[conn] = (struct call){ 0 };
}

/* A node that is not the top asks it: T.124 7.2.3.2. */
static void pass_join(struct conference *c, unsigned conn)
{
	struct call *call = &c->calls[conn];
	struct gcc_conference_join_request r = {
		.conference_name = selector(c, &call->name), .has_tag = true, .tag = { .v = call->tag }
	};
	call->waiting = true;
	gcc_request(c, GCC_REQUEST_PDU_CONFERENCE_JOIN_REQUEST, &r);
}

static void answer_invite(struct conference *c, unsigned conn, bool accept)
{
	const struct call call = c->calls[conn];
	const bool ok = accept && c->state == GCC_NONE;
	const struct gcc_conference_invite_response r = {
		.result = ok ? GCC_CONFERENCE_INVITE_RESPONSE_RESULT_SUCCESS
			     : GCC_CONFERENCE_INVITE_RESPONSE_RESULT_USER_REJECTED
	};
	const struct pst_slice data = encode(c, GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_RESPONSE, &r);
	c->calls[conn].open = ok;
	if (!ok)
		c->calls[conn] = (struct call){ 0 };
	mcs_connect_answer(c->mcs, conn, ok ? MCS_RESULT_RT_SUCCESSFUL : MCS_RESULT_RT_USER_REJECTED, data);
	if (!ok)
		return;
	if (mcs_is_top(c->mcs)) { /* the provider below us could not have one above */
		c->calls[conn] = (struct call){ 0 };
		return;
	}
	c->up = (int)conn;
	c->superior = call.node;
	c->top_node = call.top;
	c->tag = call.tag;
	c->name = call.name;
	gcc_start(c, false);
}

void gcc_answer(struct conference *c, unsigned conn, bool accept)
{
	struct call *call = &c->calls[conn];
	if (call->waiting)
		return;
	switch (call->how) {
	case CONFERENCE_CREATE: answer_create(c, conn, accept); break;
	case CONFERENCE_INVITE: answer_invite(c, conn, accept); break;
	default:
		if (!accept)
			answer_join(c, conn, GCC_CONFERENCE_JOIN_RESPONSE_RESULT_USER_REJECTED);
		else if (!is_ours(c, &call->name))
			answer_join(c, conn, GCC_CONFERENCE_JOIN_RESPONSE_RESULT_INVALID_CONFERENCE);
		else if (call->wrong_password)
			answer_join(c, conn, GCC_CONFERENCE_JOIN_RESPONSE_RESULT_INVALID_PASSWORD);
		else if (c->locked)
			answer_join(c, conn, GCC_CONFERENCE_JOIN_RESPONSE_RESULT_INVALID_CONFERENCE);
		else if (c->top)
			answer_join(c, conn, GCC_CONFERENCE_JOIN_RESPONSE_RESULT_SUCCESS);
		else
			pass_join(c, conn);
		break;
	}
}

/* At the top: a node asks for somebody that connected to it. */
void gcc_join_asked(struct conference *c, uint16_t user, const struct gcc_conference_join_request *p)
{
	struct conf_name name;
	if (!c->top || !p->has_tag)
		return;
	const bool ok = selector_read(&name, p->conference_name) && is_ours(c, &name) && !c->locked;
	struct gcc_conference_join_response r = join_response(c, (int32_t)p->tag.v,
		ok ? GCC_CONFERENCE_JOIN_RESPONSE_RESULT_SUCCESS
		   : GCC_CONFERENCE_JOIN_RESPONSE_RESULT_INVALID_CONFERENCE);
	r.has_node_id = false;
	gcc_respond(c, user, GCC_RESPONSE_PDU_CONFERENCE_JOIN_RESPONSE, &r);
}

void gcc_join_answered(struct conference *c, const struct gcc_conference_join_response *p)
{
	for (unsigned i = 0; i < MCS_CONNS; i++) {
		struct call *call = &c->calls[i];
		if (call->used && call->waiting && call->tag == p->tag.v) {
			call->waiting = false;
			answer_join(c, i, p->result);
			return;
		}
	}
}

/* ---- answered */

static void list(struct conference *c, unsigned conn, const struct gcc_conference_query_response *p)
{
	for (uint32_t i = 0; i < p->conference_list.n; i++) {
		const struct gcc_conference_name *n = &p->conference_list.v[i].conference_name;
		struct conf_name name;
		struct conference_action *a = conference_act(c, CONFERENCE_LISTED);
		if (a == NULL)
			return;
		name_read(&name, n->numeric, n->has_text, n->text);
		a->conn = conn;
		a->name = conference_dup(c, gcc_name_text(&name));
	}
}

/* Why it failed, in the word of T.124 where there is one. */
static const char *failure(const t124_connect *pdu)
{
	uint32_t result = UINT32_MAX;
	const struct asn1_type *t = &gcc_conference_join_response_result_type;
	if (pdu->choice == GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_RESPONSE) {
		result = pdu->u.conference_create_response->result;
		t = &gcc_conference_create_response_result_type;
	} else if (pdu->choice == GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_RESPONSE) {
		result = pdu->u.conference_join_response->result;
	} else if (pdu->choice == GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_RESPONSE) {
		result = pdu->u.conference_invite_response->result;
		t = &gcc_conference_invite_response_result_type;
	}
	return result < t->n_fields ? t->names[result] : "";
}

/* Below the peer now, if its answer names what we need for that. */
static bool below(struct conference *c, unsigned conn, const struct call *call, const t124_connect *pdu)
{
	if (call->how == CONFERENCE_CREATE && pdu->choice == GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_RESPONSE &&
		pdu->u.conference_create_response->result == GCC_CONFERENCE_CREATE_RESPONSE_RESULT_SUCCESS) {
		c->superior = c->top_node = (uint16_t)pdu->u.conference_create_response->node_id;
		c->tag = (int32_t)pdu->u.conference_create_response->tag.v;
	} else if (call->how == CONFERENCE_JOIN &&
		   pdu->choice == GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_RESPONSE &&
		   pdu->u.conference_join_response->result == GCC_CONFERENCE_JOIN_RESPONSE_RESULT_SUCCESS) {
		const struct gcc_conference_join_response *p = pdu->u.conference_join_response;
		c->top_node = (uint16_t)p->top_node_id;
		c->superior = p->has_node_id ? (uint16_t)p->node_id : c->top_node;
		c->tag = (int32_t)p->tag.v;
		c->locked = p->locked_conference;
	} else {
		return false;
	}
	c->up = (int)conn;
	c->name = call->name;
	gcc_start(c, false);
	return true;
}

void gcc_answered(struct conference *c, unsigned conn, uint32_t result, struct pst_slice user_data)
{
	struct call *call = &c->calls[conn];
	const struct call was = *call;
	t124_connect pdu = { .choice = GCC_CONNECT_GCCPDU_UNKNOWN };
	bool ok = result == MCS_RESULT_RT_SUCCESSFUL;
	if (user_data.n > 0 && t124_connect_decode(&pdu, user_data, NULL, &c->arena, NULL) != 0)
		pdu.choice = GCC_CONNECT_GCCPDU_UNKNOWN;
	const char *why = failure(&pdu);
	call->open = ok;
	if (was.how == CONFERENCE_QUERY) {
		if (ok) /* nothing is to be connected by a query */
			mcs_disconnect(c->mcs, conn, MCS_REASON_RN_USER_REQUESTED);
		ok = pdu.choice == GCC_CONNECT_GCCPDU_CONFERENCE_QUERY_RESPONSE;
		if (ok)
			list(c, conn, pdu.u.conference_query_response);
		*call = (struct call){ 0 };
	} else if (was.how == CONFERENCE_INVITE) {
		ok = ok && pdu.choice == GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_RESPONSE &&
		     pdu.u.conference_invite_response->result ==
			     GCC_CONFERENCE_INVITE_RESPONSE_RESULT_SUCCESS;
		if (!ok && call->open)
			mcs_disconnect(c->mcs, conn, MCS_REASON_RN_USER_REQUESTED);
	} else if (ok && (c->state != GCC_NONE || !below(c, conn, &was, &pdu))) {
		ok = false;
		mcs_disconnect(c->mcs, conn, MCS_REASON_RN_USER_REQUESTED);
	}
	if (!ok)
		*call = (struct call){ 0 };
	struct conference_action *a = conference_act(c, CONFERENCE_CALLED);
	if (a == NULL)
		return;
	a->conn = conn;
	a->how = was.how;
	a->ok = ok;
	a->result = result;
	a->text = why[0] != '\0' || ok ? why : result < MCS_RESULT_N ? mcs_result_type.names[result] : "";
}
