/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a gatekeeper asks an endpoint, answered; a retransmission gets the same octets, and has no second effect. */
#include "ras/endpoint_private.h"

#include <utlist.h>

#include "h225/build.h"
#include "h225/traversal.h"
#include "ras/reason.h"

static void send_message(struct ras_endpoint *e, const struct h225_ras_message *m, struct pst_slice asked)
{
	uint8_t octets[RAS_DATAGRAM_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	if (h225_ras_encode(m, &w, NULL) != 0)
		return;
	if (asked.n > 0)
		ras_answers_put(&e->answers, &e->cfg.gatekeeper, asked, wr_slice(&w));
	e->ops.send(e->arg, &e->cfg.gatekeeper, wr_slice(&w));
}

static bool is_call(const struct ras_call *call, const struct h225_call_identifier *id, uint32_t crv)
{
	return id != NULL && id->guid.n == 16 ? memcmp(id->guid.p, call->call_id, 16) == 0 : call->crv == crv;
}

static struct ras_call *find_call(struct ras_endpoint *e, const struct h225_call_identifier *id, uint32_t crv)
{
	struct ras_call *call;
	DL_FOREACH (e->calls, call)
		if (call->admitted && is_call(call, id, crv))
			return call;
	return NULL;
}

/* --- information --- */

/* As many as a datagram holds. */
enum { REPORTED_MAX = 32 };

static void describe(struct ras_endpoint *e, struct h225_info_request_response_per_call_info *info, const struct ras_call *call)
{
	struct h225_call_identifier *id = ARENA_NEW(&e->out, struct h225_call_identifier);
	*info = (struct h225_info_request_response_per_call_info){ .call_reference_value = call->crv,
		.conference_id = slice_of(call->conference_id, 16), .has_originator = true, .originator = !call->answer,
		.call_type.choice = H225_CALL_TYPE_POINT_TO_POINT, .band_width = RAS_CALL_BANDWIDTH,
		.call_model.choice = H225_CALL_MODEL_DIRECT, .call_identifier = id };
	if (id != NULL)
		id->guid = slice_of(call->call_id, 16);
}

/* ONLY: that call; NULL: all. ASKED: the request, or nothing. */
static void send_irr(struct ras_endpoint *e, uint32_t seq, const struct ras_call *only, struct pst_slice asked)
{
	struct h225_info_request_response r = { .request_seq_num = seq, .endpoint_identifier = slice_of(e->id, e->n_id),
		.has_need_response = true, .has_unsolicited = true, .unsolicited = asked.n == 0 };
	const struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_INFO_REQUEST_RESPONSE, .u.info_request_response = &r };
	struct h225_transport_address *ras = ras_endpoint_address(e, &e->cfg.ras);
	struct ras_call *call;
	r.call_signal_address.v = ras_endpoint_address(e, &e->cfg.signal);
	r.per_call_info.v = arena_calloc(&e->out, REPORTED_MAX, sizeof *r.per_call_info.v);
	if (ras == NULL || r.call_signal_address.v == NULL || r.per_call_info.v == NULL || e->n_id == 0 ||
		h225_terminal_build(&r.endpoint_type, e->cfg.product, e->cfg.version, &e->out) != 0)
		return;
	r.ras_address = *ras;
	r.call_signal_address.n = 1;
	r.endpoint_alias.v = ras_endpoint_aliases(e, &r.endpoint_alias.n);
	r.has_endpoint_alias = r.endpoint_alias.n > 0;
	DL_FOREACH (e->calls, call)
		if (call->admitted && (only == NULL || only == call) && r.per_call_info.n < REPORTED_MAX)
			describe(e, &r.per_call_info.v[r.per_call_info.n++], call);
	r.has_per_call_info = r.per_call_info.n > 0;
	send_message(e, &m, asked);
}

void ras_endpoint_report(struct ras_endpoint *e, struct ras_call *call)
{
	arena_reset(&e->out);
	e->seq = ras_next_seq(e->seq);
	send_irr(e, e->seq, call, slice_of(NULL, 0));
}

static void on_irq(struct ras_endpoint *e, const struct h225_ras_message *m, struct pst_slice octets)
{
	const struct h225_info_request *q = m->u.info_request;
	/* 0: about all of them (H.225.0 7.15) */
	const bool one = q->call_reference_value != 0;
	const struct ras_call *call = one ? find_call(e, q->call_identifier, q->call_reference_value) : NULL;
	const struct ras_call none = { 0 };
	send_irr(e, q->request_seq_num, one && call == NULL ? &none : call, octets);
}

/* --- the end --- */

static void on_urq(struct ras_endpoint *e, const struct h225_ras_message *m, struct pst_slice octets)
{
	struct h225_unregistration_confirm c = { .request_seq_num = m->u.unregistration_request->request_seq_num };
	const struct h225_ras_message out = {
		.choice = H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM, .u.unregistration_confirm = &c };
	send_message(e, &out, octets);
	ras_endpoint_client(e, RAS_CLIENT_UNREGISTERED, 0, ras_reason(m));
}

static void on_drq(struct ras_endpoint *e, const struct h225_ras_message *m, struct pst_slice octets)
{
	const struct h225_disengage_request *q = m->u.disengage_request;
	struct ras_call *call = find_call(e, q->call_identifier, q->call_reference_value);
	struct h225_disengage_confirm c = { .request_seq_num = q->request_seq_num };
	const struct h225_ras_message out = { .choice = H225_RAS_MESSAGE_DISENGAGE_CONFIRM, .u.disengage_confirm = &c };
	send_message(e, &out, octets);
	if (call == NULL)
		return;
	call->admitted = false;
	call->irr_due = 0;
	if (!call->over)
		e->ops.clear(e->arg, call->user);
}

static void on_brq(struct ras_endpoint *e, const struct h225_ras_message *m, struct pst_slice octets)
{
	const struct h225_bandwidth_request *q = m->u.bandwidth_request;
	struct h225_bandwidth_confirm c = { .request_seq_num = q->request_seq_num, .band_width = q->band_width };
	struct h225_bandwidth_reject r = { .request_seq_num = q->request_seq_num, .allowed_band_width = RAS_CALL_BANDWIDTH };
	struct h225_ras_message out = { .choice = H225_RAS_MESSAGE_BANDWIDTH_CONFIRM, .u.bandwidth_confirm = &c };
	if (find_call(e, q->call_identifier, q->call_reference_value) == NULL)
		r.reject_reason.choice = H225_BAND_REJECT_REASON_INVALID_CONFERENCE_ID;
	else if (q->band_width < RAS_CALL_BANDWIDTH)
		r.reject_reason.choice = H225_BAND_REJECT_REASON_INSUFFICIENT_RESOURCES;
	else
		goto out;
	out = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_BANDWIDTH_REJECT, .u.bandwidth_reject = &r };
out:
	send_message(e, &out, octets);
}

/* --- H.460.18 --- */

static void on_sci(struct ras_endpoint *e, const struct h225_ras_message *m, struct pst_slice octets)
{
	const struct h225_service_control_indication *q = m->u.service_control_indication;
	struct h225_service_control_response_result result = { .choice = H225_SERVICE_CONTROL_RESPONSE_RESULT_NOT_AVAILABLE };
	struct h225_service_control_response r = { .request_seq_num = q->request_seq_num, .result = &result };
	const struct h225_ras_message out = {
		.choice = H225_RAS_MESSAGE_SERVICE_CONTROL_RESPONSE, .u.service_control_response = &r };
	uint8_t call_id[16];
	struct addr to;
	const bool call = q->has_generic_data && ras_endpoint_registered(e) &&
			  h225_incoming_call_read(q->generic_data.v, q->generic_data.n, &e->in, &to, call_id) == 0;
	if (call && to.port != 0 && e->ops.summoned(e->arg, &to, call_id))
		result.choice = H225_SERVICE_CONTROL_RESPONSE_RESULT_STARTED;
	send_message(e, &out, octets);
}

void ras_endpoint_asked(struct ras_endpoint *e, enum ras_kind kind, const struct h225_ras_message *m, struct pst_slice octets)
{
	struct pst_slice answer;
	if (ras_answers_get(&e->answers, &e->cfg.gatekeeper, octets, e->now_ms, &answer) != RAS_ANSWER_NEW) {
		if (answer.n > 0)
			e->ops.send(e->arg, &e->cfg.gatekeeper, answer);
		return;
	}
	arena_reset(&e->out);
	switch (kind) {
	case RAS_IRQ: on_irq(e, m, octets); break;
	case RAS_URQ: on_urq(e, m, octets); break;
	case RAS_DRQ: on_drq(e, m, octets); break;
	case RAS_BRQ: on_brq(e, m, octets); break;
	case RAS_SCI: on_sci(e, m, octets); break;
	default: break;
	}
}
