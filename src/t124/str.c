/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summaries of GCC PDUs. */
#include "base/text.h"
#include "t124/key.h"
#include "t124/msg.h"
#include "t124/text.h"

static void add_quoted(struct text *l, struct pst_slice s, size_t step)
{
	text_add(l, " \"");
	text_add_safe(l, s, step);
	text_add(l, "\"");
}

static void add_name(struct text *l, const struct gcc_conference_name *name)
{
	add_quoted(l, name->numeric, 1);
	if (name->has_text)
		add_quoted(l, name->text, 2);
}

static void add_selector(struct text *l, const struct gcc_conference_name_selector *name)
{
	if (name == NULL)
		return;
	if (name->choice == GCC_CONFERENCE_NAME_SELECTOR_NUMERIC)
		add_quoted(l, name->u.numeric, 1);
	else if (name->choice == GCC_CONFERENCE_NAME_SELECTOR_TEXT)
		add_quoted(l, name->u.text, 2);
}

static void add_result(struct text *l, const struct asn1_type *t, uint32_t v)
{
	text_add(l, " %s", v < t->n_fields ? t->names[v] : "unknown");
}

static const char *name_of(const struct asn1_type *t, uint32_t choice)
{
	return choice < t->n_fields ? t->fields[choice].name : "unknown";
}

const char *t124_connect_str(const t124_connect *m, char buf[static T124_STRLEN])
{
	struct text l = text_in(buf, T124_STRLEN);
	text_add(&l, "%s", name_of(&gcc_connect_gccpdu_type, m->choice));
	switch (m->choice) {
	case GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_REQUEST:
		add_name(&l, &m->u.conference_create_request->conference_name);
		break;
	case GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_RESPONSE:
		add_result(&l, &gcc_conference_create_response_result_type,
		        m->u.conference_create_response->result);
		break;
	case GCC_CONNECT_GCCPDU_CONFERENCE_QUERY_RESPONSE:
		text_add(&l, " conferences %u", (unsigned)m->u.conference_query_response->conference_list.n);
		break;
	case GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_REQUEST:
		add_selector(&l, m->u.conference_join_request->conference_name);
		break;
	case GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_RESPONSE:
		add_result(
		        &l, &gcc_conference_join_response_result_type, m->u.conference_join_response->result);
		break;
	case GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_REQUEST:
		add_name(&l, &m->u.conference_invite_request->conference_name);
		break;
	case GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_RESPONSE:
		add_result(&l, &gcc_conference_invite_response_result_type,
		        m->u.conference_invite_response->result);
		break;
	default: break;
	}
	return buf;
}

static void add_roster(struct text *l, const struct gcc_roster_update_indication *m)
{
	const struct gcc_node_record_list *nodes = &m->node_information.node_record_list;
	text_add(l, "%s", m->full_refresh ? " full" : "");
	if (nodes->choice == GCC_NODE_RECORD_LIST_REFRESH)
		text_add(l, " nodes %u", (unsigned)nodes->u.refresh.n);
	else if (nodes->choice == GCC_NODE_RECORD_LIST_UPDATE)
		text_add(l, " node updates %u", (unsigned)nodes->u.update.n);
	text_add(l, " sessions %u", (unsigned)m->application_information.n);
}

static void add_indication(struct text *l, const struct gcc_indication_pdu *m)
{
	text_add(l, "%s", name_of(&gcc_indication_pdu_type, m->choice));
	if (m->choice == GCC_INDICATION_PDU_ROSTER_UPDATE_INDICATION)
		add_roster(l, m->u.roster_update_indication);
	else if (m->choice == GCC_INDICATION_PDU_TEXT_MESSAGE_INDICATION)
		add_quoted(l, m->u.text_message_indication->message, 2);
	else if (m->choice == GCC_INDICATION_PDU_CONFERENCE_EJECT_USER_INDICATION)
		text_add(l, " node %u", (unsigned)m->u.conference_eject_user_indication->node_to_eject);
}

const char *t124_str(const t124_pdu *m, char buf[static T124_STRLEN])
{
	struct text l = text_in(buf, T124_STRLEN);
	switch (m->choice) {
	case GCC_GCCPDU_REQUEST: text_add(&l, "%s", name_of(&gcc_request_pdu_type, m->u.request->choice)); break;
	case GCC_GCCPDU_RESPONSE:
		text_add(&l, "%s", name_of(&gcc_response_pdu_type, m->u.response->choice));
		break;
	case GCC_GCCPDU_INDICATION: add_indication(&l, m->u.indication); break;
	default: text_add(&l, "unknown"); break;
	}
	return buf;
}
