/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Information about endpoints and their calls (H.225.0 7.15, 7.16). An answer to our InfoRequest and one that comes by
 * itself are the same: what counts is that the endpoint is there, and which calls it names. */
#include "gatekeeper/gk.h"

void gk_ask_info(struct gatekeeper *gk, const struct gk_endpoint *ep, const struct gk_call *call)
{
	static const uint8_t zeros[16];
	struct h225_info_request irq = { .call_reference_value = call != NULL ? call->crv : 0 };
	struct h225_transport_address reply = { 0 };
	struct h225_call_identifier id = { .guid = slice_of(call != NULL ? call->guid : zeros, 16) };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_INFO_REQUEST, .u.info_request = &irq };
	const struct addr ras = gk_ras_address(gk, ep->realm);
	if (h225_addr_build(&reply, &ras, &gk->arena) != 0)
		return;
	irq.reply_address = &reply;
	irq.call_identifier = &id;
	gk->seq = ras_next_seq(gk->seq);
	irq.request_seq_num = gk->seq;
	/* it may go out in the middle of somebody else's request */
	const struct gk_key before = gk->sign;
	gk_auth_sign_for(gk, ep);
	gk_send(gk, ep->realm, &ep->ras, &m);
	gk->sign = before;
}

static void acknowledge(struct gatekeeper *gk, const struct gk_ask *ask, bool known)
{
	struct h225_info_request_ack ack = { 0 };
	struct h225_info_request_nak nak = { .nak_reason.choice = H225_INFO_REQUEST_NAK_REASON_NOT_REGISTERED };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_INFO_REQUEST_ACK, .u.info_request_ack = &ack };
	if (!known) {
		m.choice = H225_RAS_MESSAGE_INFO_REQUEST_NAK;
		m.u.info_request_nak = &nak;
	}
	gk_answer(gk, ask, &m, known);
}

void gk_on_irr(struct gatekeeper *gk, const struct gk_ask *ask)
{
	const struct h225_info_request_response *irr = ask->m->u.info_request_response;
	struct gk_endpoint *ep = gk_endpoint_of(gk, ask, irr->endpoint_identifier);
	if (ep != NULL && !gk_auth_message(gk, ep, ask))
		ep = NULL;
	if (ep != NULL) {
		gk_endpoint_heard(gk, ep);
		for (uint32_t i = 0; irr->has_per_call_info && i < irr->per_call_info.n; i++) {
			const struct h225_info_request_response_per_call_info *p = &irr->per_call_info.v[i];
			struct gk_call *c = gk_call_find(gk, ep, p->call_identifier, p->call_reference_value);
			if (c != NULL)
				gk_call_heard(gk, c);
		}
	}
	if (irr->has_need_response && irr->need_response)
		acknowledge(gk, ask, ep != NULL);
	else
		ras_answers_put(&gk->answers, &ask->from, ask->octets, slice_of(NULL, 0));
}

void gk_on_rai(struct gatekeeper *gk, const struct gk_ask *ask)
{
	struct h225_resources_available_confirm rac = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_RESOURCES_AVAILABLE_CONFIRM, .u.resources_available_confirm = &rac };
	struct gk_endpoint *ep = gk_endpoint_of(gk, ask, ask->m->u.resources_available_indicate->endpoint_identifier);
	if (ep == NULL || !gk_auth_message(gk, ep, ask)) /* H.225.0 has no reject for it */
		return;
	gk_endpoint_heard(gk, ep);
	rac.protocol_identifier = h225_protocol_identifier(GK_VERSION, &gk->arena);
	gk_answer(gk, ask, &m, true);
}
