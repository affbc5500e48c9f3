/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Endpoints behind somebody else's NAT (H.460.18, the traversal server's side). What they say of their own addresses is of
 * no use: they are answered where they send from, keep that way open by registering every few seconds, and are told of a
 * call there, so that they connect to the gateway.
 */
#include "gatekeeper/gk.h"

struct h225_feature_set *gk_traversal_offer(struct gatekeeper *gk, const struct h225_feature_set *asked)
{
	struct h225_feature_set *fs = ARENA_NEW(&gk->arena, struct h225_feature_set);
	struct h225_generic_data *list = ARENA_NEW(&gk->arena, struct h225_generic_data);
	if (!h225_feature_has(asked, H225_FEATURE_SIGNALLING_TRAVERSAL) || fs == NULL || list == NULL)
		return NULL;
	h225_feature_build(list, H225_FEATURE_SIGNALLING_TRAVERSAL);
	h225_features_build(fs, list, 1);
	return fs;
}

bool gk_traversal_wanted(const struct gk_ask *ask, const struct h225_registration_request *rrq)
{
	struct addr a;
	if (!h225_feature_has(rrq->feature_set, H225_FEATURE_SIGNALLING_TRAVERSAL))
		return false;
	for (uint32_t i = 0; i < rrq->ras_address.n; i++)
		if (h225_addr_read(&a, &rrq->ras_address.v[i]) == 0 && addr_ip_eq(&a, &ask->from))
			return false; /* there is no NAT */
	return true;
}

/* Inside addresses prove nothing: many networks have the same. */
struct gk_endpoint *gk_traversal_again(
	const struct gatekeeper *gk, const struct gk_ask *ask, const struct h225_registration_request *rrq)
{
	for (uint32_t i = 0; rrq->has_terminal_alias && i < rrq->terminal_alias.n; i++) {
		struct gk_endpoint *ep = gk_alias_holder(gk, &rrq->terminal_alias.v[i]);
		if (ep != NULL && ep->behind && ep->realm == ask->realm && addr_ip_eq(&ep->ras, &ask->from) &&
			gk_auth_protects(gk, &rrq->terminal_alias.v[i]))
			return ep;
	}
	return NULL;
}

bool gatekeeper_summon(struct gatekeeper *gk, const struct addr *signal, const uint8_t call_id[static 16],
	const struct addr *to, uint64_t now_ms)
{
	const uint32_t realm = gk_realm_of(gk, signal);
	struct gk_endpoint *ep = realm < gk->cfg.n_realms ? gk_endpoint_at(gk, realm, signal) : NULL;
	struct h225_service_control_indication sci = { .has_endpoint_identifier = true, .has_generic_data = true };
	struct h225_generic_data data;
	struct h225_ras_message m = {
		.choice = H225_RAS_MESSAGE_SERVICE_CONTROL_INDICATION, .u.service_control_indication = &sci };
	if (ep == NULL || !ep->behind)
		return false;
	gk->now_ms = now_ms > gk->now_ms ? now_ms : gk->now_ms;
	arena_reset(&gk->arena);
	if (h225_incoming_call_build(&data, to, call_id, &gk->arena) != 0)
		return false;
	sci.endpoint_identifier = gk_endpoint_id(gk, ep->id);
	sci.generic_data.n = 1;
	sci.generic_data.v = &data;
	gk_auth_sign_for(gk, ep);
	gk_query(gk, RAS_SCI, ep->realm, &ep->ras, &m, NULL);
	return true;
}
