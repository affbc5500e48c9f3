/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Discovery (H.323 7.2.1, H.225.0 7.8): who may register here, where, and how it shows its password. */
#include "gatekeeper/gk.h"

static void reject_discovery(struct gatekeeper *gk, const struct gk_ask *ask, uint32_t reason)
{
	struct h225_gatekeeper_reject grj = { .reject_reason.choice = reason };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_GATEKEEPER_REJECT, .u.gatekeeper_reject = &grj };
	grj.protocol_identifier = h225_protocol_identifier(GK_VERSION, &gk->arena);
	grj.has_gatekeeper_identifier = true;
	grj.gatekeeper_identifier = gk_identifier(gk);
	gk_answer(gk, ask, &m, false);
}

bool gk_may_register(const struct gatekeeper *gk, uint32_t realm)
{
	return gk->cfg.realms[realm].inside || gk->cfg.outside_registration;
}

static bool offers(const struct h225_gatekeeper_request *grq, const uint8_t *oid, size_t n)
{
	for (uint32_t i = 0; grq->has_algorithm_oids && i < grq->algorithm_oids.n; i++)
		if (slice_eq(grq->algorithm_oids.v[i], slice_of(oid, n)))
			return true;
	return false;
}

static bool offers_password_hash(const struct h225_gatekeeper_request *grq)
{
	for (uint32_t i = 0; grq->has_authentication_capability && i < grq->authentication_capability.n; i++)
		if (grq->authentication_capability.v[i].choice == H235_AUTHENTICATION_MECHANISM_PWD_HASH)
			return true;
	return false;
}

static bool means_us(struct gatekeeper *gk, struct pst_slice bmp)
{
	char text[GK_NAME_MAX];
	return strcmp(h225_bmp_text(bmp, text, sizeof text), gk->cfg.identifier) == 0;
}

void gk_on_grq(struct gatekeeper *gk, const struct gk_ask *in)
{
	const struct h225_gatekeeper_request *grq = in->m->u.gatekeeper_request;
	struct gk_ask ask = *in;
	ask.reply = gk_reply_address(&in->from, &grq->ras_address);
	if (!gk_may_register(gk, ask.realm) || (grq->has_gatekeeper_identifier && !means_us(gk, grq->gatekeeper_identifier))) {
		reject_discovery(gk, &ask, H225_GATEKEEPER_REJECT_REASON_TERMINAL_EXCLUDED);
		return;
	}
	struct h225_gatekeeper_confirm gcf = { .has_gatekeeper_identifier = true };
	struct h235_authentication_mechanism how = { .choice = H235_AUTHENTICATION_MECHANISM_PWD_HASH };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_GATEKEEPER_CONFIRM, .u.gatekeeper_confirm = &gcf };
	const struct addr ras = gk_ras_address(gk, ask.realm);
	gcf.protocol_identifier = h225_protocol_identifier(GK_VERSION, &gk->arena);
	gcf.gatekeeper_identifier = gk_identifier(gk);
	if (h225_addr_build(&gcf.ras_address, &ras, &gk->arena) != 0)
		return;
	gcf.feature_set = gk_traversal_offer(gk, grq->feature_set);
	if (gk_auth_wanted(gk) && offers_password_hash(grq)) {
		gcf.authentication_mode = &how;
		gcf.has_algorithm_oid = true;
		gcf.algorithm_oid = slice_of(ras_oid_md5, sizeof ras_oid_md5);
		/* the one that covers the whole message, and answers, is better */
		if (offers(grq, gk_oid_hmac, sizeof gk_oid_hmac))
			gcf.algorithm_oid = slice_of(gk_oid_hmac, sizeof gk_oid_hmac);
	}
	gk_answer(gk, &ask, &m, true);
}
