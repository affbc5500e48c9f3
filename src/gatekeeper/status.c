/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be asked of the gatekeeper: for the gateway's routing, and for people. */
#include "gatekeeper/gk.h"

#include "base/log.h"

bool gatekeeper_find(const struct gatekeeper *gk, const char *name, struct addr *signal)
{
	const struct gk_endpoint *ep = gk_name_find(gk, name);
	if (ep == NULL)
		return false;
	*signal = ep->signal;
	return true;
}

static bool same_id(struct pst_slice id, bool has, const uint8_t own[static 16])
{
	return has && id.n == 16 && memcmp(id.p, own, 16) == 0;
}

static const struct gk_source *source_of(const struct gatekeeper *gk, const struct addr *addr)
{
	struct gk_source *s = NULL;
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	const struct addr host = addr_with_port(*addr, 0);
	gk_addr_key(gk, 0, &host, key);
	HASH_FIND(hh, gk->sources, key, sizeof key, s);
	return s;
}

bool gatekeeper_admitted(const struct gatekeeper *gk, const struct addr *caller, struct pst_slice call_id,
	struct pst_slice conference_id, struct addr *dest)
{
	const struct gk_source *s = source_of(gk, caller);
	const struct gk_endpoint *ep = NULL;
	const struct gk_call *c = NULL, *by_conference = NULL;
	if (s == NULL)
		return false;
	DL_FOREACH(s->endpoints, ep)
	{
		DL_FOREACH(ep->calls, c)
		{
			if (c->answer)
				continue;
			if (same_id(call_id, c->has_guid, c->guid)) {
				*dest = c->dest;
				return true;
			}
			if (same_id(conference_id, c->has_conference, c->conference))
				by_conference = c;
		}
	}
	if (by_conference != NULL)
		*dest = by_conference->dest;
	return by_conference != NULL;
}

bool gatekeeper_is_registered(const struct gatekeeper *gk, const struct addr *addr)
{
	const struct gk_source *s = source_of(gk, addr);
	return s != NULL && s->registrations > 0;
}

/* --- for people --- */

static json_t *address(const struct addr *a)
{
	char text[ADDR_STRLEN];
	return json_string(addr_str(a, text));
}

static json_t *realms(const struct gatekeeper *gk)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < gk->cfg.n_realms; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:I, s:I, s:I}", "name", gk->cfg.realms[i].name, "registrations",
				(json_int_t)gk->registered[i], "bandwidth", (json_int_t)gk->bandwidth[i], "bandwidth_max",
				(json_int_t)gk->cfg.bandwidth));
	return list;
}

json_t *gatekeeper_status_json(const struct gatekeeper *gk)
{
	const struct gk_counters *n = &gk->count;
	char id[4 * GK_NAME_MAX];
	log_escape(id, sizeof id, slice_str(gk->cfg.identifier));
	json_t *messages = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "received", (json_int_t)n->received,
		"confirmed", (json_int_t)n->confirmed, "rejected", (json_int_t)n->rejected, "repeated",
		(json_int_t)n->repeated, "undecodable", (json_int_t)n->undecodable, "too_many", (json_int_t)n->refused_source,
		"wrong_realm", (json_int_t)n->wrong_realm, "unanswered", (json_int_t)n->timeouts);
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "identifier", id, "mode",
		gk->cfg.routed ? "routed" : "direct", "registrations", (json_int_t)HASH_COUNT(gk->endpoints),
		"registrations_max", (json_int_t)gk->cfg.limits.registrations, "calls", (json_int_t)HASH_COUNT(gk->calls),
		"sources", (json_int_t)HASH_COUNT(gk->sources), "messages", messages, "realms", realms(gk));
}

static json_t *names(const struct gk_endpoint *ep)
{
	const struct gk_alias *a = NULL;
	json_t *list = json_array();
	LL_FOREACH(ep->aliases, a)
	{
		struct h225_alias_address alias = { .choice = a->choice };
		char text[GK_NAME_MAX], shown[4 * GK_NAME_MAX];
		const struct pst_slice raw = slice_of(a->data + a->n_key, a->n_raw);
		if (a->choice == H225_ALIAS_ADDRESS_H323_ID)
			alias.u.h323_id = raw;
		else if (a->choice == H225_ALIAS_ADDRESS_URL_ID)
			alias.u.url_id = raw;
		else if (a->choice == H225_ALIAS_ADDRESS_EMAIL_ID)
			alias.u.email_id = raw;
		else
			alias.u.dialed_digits = raw;
		h225_alias_text(&alias, text, sizeof text);
		json_array_append_new(list, json_string(log_escape(shown, sizeof shown, slice_str(text))));
	}
	return list;
}

static json_t *admissions(const struct gk_endpoint *ep)
{
	const struct gk_call *c = NULL;
	json_t *list = json_array();
	DL_FOREACH(ep->calls, c)
	{
		json_array_append_new(list,
			json_pack("{s:s, s:I, s:o}", "direction", c->answer ? "in" : "out", "bandwidth",
				(json_int_t)c->bandwidth, "dest", address(&c->dest)));
	}
	return list;
}

json_t *gatekeeper_registrations_json(const struct gatekeeper *gk, uint64_t now_ms)
{
	json_t *list = json_array();
	for (const struct gk_endpoint *ep = gk->endpoints; ep != NULL; ep = ep->hh.next) {
		const uint64_t left = ep->timer.due_ms > now_ms ? ep->timer.due_ms - now_ms : 0;
		json_array_append_new(list,
			json_pack("{s:o, s:s, s:o, s:o, s:s, s:s, s:I, s:I, s:I, s:b, s:o}", "aliases", names(ep), "realm",
				gk->cfg.realms[ep->realm].name, "signal", address(&ep->signal), "ras", address(&ep->ras),
				"product", ep->product != NULL ? ep->product : "", "version",
				ep->version != NULL ? ep->version : "", "age_ms",
				(json_int_t)(now_ms > ep->since_ms ? now_ms - ep->since_ms : 0), "ttl_s", (json_int_t)ep->ttl_s,
				"expires_ms", (json_int_t)left, "authenticated", ep->stamp != 0, "calls", admissions(ep)));
	}
	return list;
}
