/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an endpoint asks its gatekeeper. Messages live in the arena until they are encoded. */
#include "ras/endpoint_private.h"

#include "h225/addr.h"
#include "h225/build.h"
#include "h225/traversal.h"

#define MESSAGE(name, kind, body) \
	struct h225_ras_message name = { .choice = H225_RAS_MESSAGE_##kind, .u.body }

struct h225_alias_address *ras_endpoint_aliases(struct ras_endpoint *e, uint32_t *n)
{
	struct h225_alias_address *v = arena_calloc(&e->out, e->cfg.n_aliases, sizeof *v);
	*n = 0;
	for (uint32_t i = 0; v != NULL && i < e->cfg.n_aliases; i++)
		*n += h225_alias_build(&v[*n], e->cfg.aliases[i], &e->out) == 0;
	return v;
}

struct h225_transport_address *ras_endpoint_address(struct ras_endpoint *e, const struct addr *a)
{
	return h225_addr_new(a, &e->out);
}

static struct h225_feature_set *features(struct ras_endpoint *e)
{
	struct h225_feature_set *fs = ARENA_NEW(&e->out, struct h225_feature_set);
	struct h225_generic_data *list = ARENA_NEW(&e->out, struct h225_generic_data);
	if (fs == NULL || list == NULL)
		return NULL;
	h225_feature_build(list, H225_FEATURE_SIGNALLING_TRAVERSAL);
	h225_features_build(fs, list, 1);
	return fs;
}

static struct pst_slice own_id(const struct ras_endpoint *e)
{
	return slice_of(e->id, e->n_id);
}

int ras_endpoint_send_grq(struct ras_endpoint *e)
{
	struct h225_gatekeeper_request q = { .protocol_identifier = h225_protocol_identifier(RAS_VERSION, &e->out) };
	MESSAGE(m, GATEKEEPER_REQUEST, gatekeeper_request = &q);
	int err = h225_addr_build(&q.ras_address, &e->cfg.ras, &e->out);
	if (err == 0)
		err = h225_terminal_build(&q.endpoint_type, e->cfg.product, e->cfg.version, &e->out);
	q.endpoint_alias.v = ras_endpoint_aliases(e, &q.endpoint_alias.n);
	q.has_endpoint_alias = q.endpoint_alias.n > 0;
	q.feature_set = features(e);
	return err != 0 ? err : ras_endpoint_start(e, RAS_GRQ, &m, NULL);
}

int ras_endpoint_send_rrq(struct ras_endpoint *e, bool light)
{
	struct h225_registration_request q = { .protocol_identifier = h225_protocol_identifier(RAS_VERSION, &e->out),
		.has_time_to_live = e->cfg.ttl_s != 0, .time_to_live = e->cfg.ttl_s, .has_keep_alive = true, .keep_alive = light,
		.has_maintain_connection = true };
	MESSAGE(m, REGISTRATION_REQUEST, registration_request = &q);
	q.call_signal_address.v = ras_endpoint_address(e, &e->cfg.signal);
	q.ras_address.v = ras_endpoint_address(e, &e->cfg.ras);
	if (q.call_signal_address.v == NULL || q.ras_address.v == NULL)
		return PST_E_NOMEM;
	q.call_signal_address.n = q.ras_address.n = 1;
	const int err = h225_terminal_build(&q.terminal_type, e->cfg.product, e->cfg.version, &e->out);
	if (err != 0)
		return err;
	h225_vendor_build(&q.endpoint_vendor, e->cfg.product, e->cfg.version);
	q.discovery_complete = e->n_gatekeeper_id > 0;
	q.has_gatekeeper_identifier = e->n_gatekeeper_id > 0;
	q.gatekeeper_identifier = slice_of(e->gatekeeper_id, e->n_gatekeeper_id);
	q.has_endpoint_identifier = e->n_id > 0;
	q.endpoint_identifier = own_id(e);
	if (!light)
		q.terminal_alias.v = ras_endpoint_aliases(e, &q.terminal_alias.n);
	q.has_terminal_alias = q.terminal_alias.n > 0;
	q.feature_set = features(e);
	return ras_endpoint_start(e, RAS_RRQ, &m, NULL);
}

int ras_endpoint_send_urq(struct ras_endpoint *e)
{
	struct h225_unregistration_request q = { .has_endpoint_identifier = e->n_id > 0, .endpoint_identifier = own_id(e) };
	MESSAGE(m, UNREGISTRATION_REQUEST, unregistration_request = &q);
	q.call_signal_address.v = ras_endpoint_address(e, &e->cfg.signal);
	q.call_signal_address.n = q.call_signal_address.v != NULL;
	return ras_endpoint_start(e, RAS_URQ, &m, NULL);
}

static int set_parties(struct ras_endpoint *e, struct h225_admission_request *q, const struct ras_wish *wish)
{
	struct h225_alias_address *called = ARENA_NEW(&e->out, struct h225_alias_address),
				  *caller = ARENA_NEW(&e->out, struct h225_alias_address);
	if (called == NULL || caller == NULL)
		return PST_E_NOMEM;
	if (wish->called != NULL) {
		const int err = h225_alias_build(called, wish->called, &e->out);
		/* what a caller calls us does not have to be a name */
		if (err != 0 && !wish->answer)
			return err;
		q->has_destination_info = err == 0;
	}
	q->destination_info.n = q->has_destination_info;
	q->destination_info.v = called;
	if (!wish->answer) {
		q->src_info.v = ras_endpoint_aliases(e, &q->src_info.n);
	} else if (wish->caller != NULL && h225_alias_build(caller, wish->caller, &e->out) == 0) {
		q->src_info.n = 1;
		q->src_info.v = caller;
	}
	struct h225_transport_address *there = wish->dest.family != ADDR_NONE ? h225_addr_new(&wish->dest, &e->out) : NULL;
	q->src_call_signal_address = wish->answer ? there : ras_endpoint_address(e, &e->cfg.signal);
	q->dest_call_signal_address = wish->answer ? ras_endpoint_address(e, &e->cfg.signal) : there;
	return 0;
}

int ras_endpoint_send_arq(struct ras_endpoint *e, struct ras_call *call, const struct ras_wish *wish)
{
	struct h225_call_identifier id = { .guid = slice_of(call->call_id, sizeof call->call_id) };
	struct h225_admission_request q = { .endpoint_identifier = own_id(e), .band_width = RAS_CALL_BANDWIDTH,
		.call_reference_value = call->crv, .conference_id = slice_of(call->conference_id, sizeof call->conference_id),
		.call_identifier = &id, .answer_call = call->answer, .has_can_map_alias = true, .has_will_supply_uuies = true,
		.has_gatekeeper_identifier = e->n_gatekeeper_id > 0 };
	MESSAGE(m, ADMISSION_REQUEST, admission_request = &q);
	q.call_type.choice = H225_CALL_TYPE_POINT_TO_POINT;
	q.gatekeeper_identifier = slice_of(e->gatekeeper_id, e->n_gatekeeper_id);
	const int err = set_parties(e, &q, wish);
	return err != 0 ? err : ras_endpoint_start(e, RAS_ARQ, &m, call);
}

int ras_endpoint_send_drq(struct ras_endpoint *e, struct ras_call *call)
{
	struct h225_call_identifier id = { .guid = slice_of(call->call_id, sizeof call->call_id) };
	struct h225_disengage_request q = { .endpoint_identifier = own_id(e), .call_reference_value = call->crv,
		.conference_id = slice_of(call->conference_id, sizeof call->conference_id), .call_identifier = &id,
		.disengage_reason.choice = H225_DISENGAGE_REASON_NORMAL_DROP, .has_answered_call = true,
		.answered_call = call->answer };
	MESSAGE(m, DISENGAGE_REQUEST, disengage_request = &q);
	return ras_endpoint_start(e, RAS_DRQ, &m, call);
}
