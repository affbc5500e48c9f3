/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summaries of MCS PDUs: the components that all of them share under one name are told. */
#include "t125/str.h"

#include "base/text.h"

static const char *item(const struct asn1_type *t, uint32_t v)
{
	const char *name = v < t->n_fields ? t->names[v] : "unknown";
	return strncmp(name, "rt-", 3) == 0 || strncmp(name, "rn-", 3) == 0 || strncmp(name, "dc-", 3) == 0
	               ? name + 3
	               : name;
}

const char *t125_result_str(uint32_t result)
{
	return item(&mcs_result_type, result);
}

const char *t125_reason_str(uint32_t reason)
{
	return item(&mcs_reason_type, reason);
}

static void component(struct text *l, const struct asn1_field *f, const uint8_t *in)
{
	static const char *const words[][2] = {
	        {"initiator", "user"}, {"channelId", "channel"}, {"tokenId", "token"}};
	const void *at = in + f->offset;
	const char *name = f->name;
	if ((f->flags & ASN1_F_OPTIONAL) != 0 && !*(const bool *)(in + f->has_offset))
		return;
	for (unsigned i = 0; i < 3; i++)
		if (strcmp(name, words[i][0]) == 0)
			name = words[i][1];
	switch ((enum asn1_kind)f->type->kind) {
	case ASN1_ENUMERATED: text_add(l, " %s", item(f->type, *(const uint32_t *)at)); break;
	case ASN1_OCTET_STRING: text_add(l, " %zu octets", ((const struct pst_slice *)at)->n); break;
	case ASN1_SEQUENCE_OF:
		if (((const struct asn1_list *)at)->n > 0)
			text_add(l, " %s %u", name, (unsigned)((const struct asn1_list *)at)->n);
		break;
	case ASN1_INTEGER:
		if (f->type->store == ASN1_STORE_U32)
			text_add(l, " %s %u", name, (unsigned)*(const uint32_t *)at);
		else
			text_add(l, " %s %lld", name, (long long)((const struct asn1_integer *)at)->v);
		break;
	default: break;
	}
}

const char *t125_str(const t125_pdu *m, char buf[static T125_STRLEN])
{
	struct text l = text_in(buf, T125_STRLEN);
	if (m->choice >= MCS_DOMAIN_MCSPDU_N) {
		text_add(&l, "unknown");
		return buf;
	}
	const struct asn1_field *f = &mcs_domain_mcspdu_type.fields[m->choice];
	const uint8_t *in =
	        (const uint8_t *)m->u.plumb_domain_indication; /* every alternative is a pointer */
	text_add(&l, "%s", f->name);
	for (unsigned i = 0; in != NULL && i < f->type->n_fields; i++)
		component(&l, &f->type->fields[i], in);
	return buf;
}

const char *t125_connect_str(const t125_connect *m, char buf[static T125_STRLEN])
{
	struct text l = text_in(buf, T125_STRLEN);
	switch (m->choice) {
	case MCS_CONNECT_MCSPDU_CONNECT_INITIAL:
		text_add(&l, "connect-initial%s", m->u.connect_initial->upward_flag ? " upward" : "");
		break;
	case MCS_CONNECT_MCSPDU_CONNECT_RESPONSE:
		text_add(&l, "connect-response %s", t125_result_str(m->u.connect_response->result));
		break;
	case MCS_CONNECT_MCSPDU_CONNECT_ADDITIONAL:
		text_add(&l, "connect-additional priority %u", (unsigned)m->u.connect_additional->data_priority);
		break;
	case MCS_CONNECT_MCSPDU_CONNECT_RESULT:
		text_add(&l, "connect-result %s", t125_result_str(m->u.connect_result->result));
		break;
	default: text_add(&l, "unknown"); break;
	}
	return buf;
}
