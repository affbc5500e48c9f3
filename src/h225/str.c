/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summaries of call signalling messages. */
#include "h225/str.h"

#include "base/text.h"
#include "h225/addr.h"
#include "h225/body.h"
#include "h225/cause.h"
#include "q931/ie.h"

static void add_release(struct text *l, const struct h225_msg *m)
{
	struct q931_cause_view cause;
	const struct q931_ie *ie = q931_find(&m->q931, Q931_IE_CAUSE);
	if (ie != NULL && q931_cause_read(&cause, ie->v) == 0)
		text_add(l, " cause %u", cause.value);
	const struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	if (m->has_uu && body->choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_RELEASE_COMPLETE &&
		body->u.release_complete->reason != NULL)
		text_add(l, " %s", h225_reason_name(body->u.release_complete->reason->choice));
}

static void add_facility(struct text *l, const struct h225_h323_uu_pdu_h323_message_body *body)
{
	if (body->choice != H225_H323_UU_PDU_H323_MESSAGE_BODY_FACILITY)
		return;
	const uint32_t reason = body->u.facility->reason.choice;
	if (reason < H225_FACILITY_REASON_N)
		text_add(l, " %s", h225_facility_reason_type.fields[reason].name);
	struct addr addr;
	char text[ADDR_STRLEN];
	if (body->u.facility->alternative_address != NULL &&
		h225_addr_read(&addr, body->u.facility->alternative_address) == 0)
		text_add(l, " alternative %s", addr_str(&addr, text));
}

const char *h225_str(const struct h225_msg *m, char buf[static H225_STRLEN])
{
	struct text l = text_in(buf, H225_STRLEN);
	struct h225_common common;
	struct addr addr;
	char text[ADDR_STRLEN];
	text_add(&l, "%s", q931_type_name(m->q931.type));
	if (m->q931.type == Q931_RELEASE_COMPLETE)
		add_release(&l, m);
	if (!m->has_uu)
		return buf;
	const struct h225_h323_uu_pdu *pdu = &m->uu.h323_uu_pdu;
	h225_common_read(&pdu->h323_message_body, &common);
	add_facility(&l, &pdu->h323_message_body);
	if (common.h245_address != NULL && h225_addr_read(&addr, common.h245_address) == 0)
		text_add(&l, " h245 %s", addr_str(&addr, text));
	if (common.has_fast_start)
		text_add(&l, " fastStart %u", common.n_fast_start);
	if (common.fast_connect_refused)
		text_add(&l, " fastConnectRefused");
	if (pdu->has_h245_tunneling && pdu->h245_tunneling)
		text_add(&l, " tunnelling");
	if (pdu->has_h245_control)
		text_add(&l, " +%u h245", pdu->h245_control.n);
	return buf;
}
