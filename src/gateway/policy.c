/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/policy.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/address.h"
#include "h225/build.h"

enum { NAME_MAX_LEN = 300, STEP_MAX = 500 };

bool gw_policy_matches(const char *pattern, const char *name)
{
	/* the last '*' takes as much as it must: no recursion, so no pattern is expensive */
	const char *star = NULL, *from = NULL;
	while (*name != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern == '?' ||
			   tolower((unsigned char)*pattern) == tolower((unsigned char)*name)) {
			pattern++;
			name++;
		} else if (star != NULL) {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* What is decided, and for whom. */
struct decision {
	const struct gw_config *cfg;
	const struct gw_policy_ask *ask;
};

static void step(const struct decision *d, const char *fmt, ...) PST_PRINTF(2, 3);

static void step(const struct decision *d, const char *fmt, ...)
{
	char text[STEP_MAX];
	va_list ap;
	if (d->ask->step == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	d->ask->step(d->ask->arg, text);
}

/* --- names --- */

/* Calls H with each name of the caller, or of the called party, until it says true. */
typedef bool name_h(const char *name, const void *arg, const struct decision *d);

static bool any_alias(const struct h225_alias_address *v, uint32_t n, name_h *h, const void *arg, const struct decision *d)
{
	char name[NAME_MAX_LEN];
	for (uint32_t i = 0; i < n; i++)
		if (h(h225_alias_text(&v[i], name, sizeof name), arg, d))
			return true;
	return false;
}

static bool any_name(const struct decision *d, bool caller, name_h *h, const void *arg)
{
	const char *own = caller ? d->ask->caller_name : d->ask->called_name;
	if (own != NULL && h(own, arg, d))
		return true;
	if (d->ask->setup == NULL)
		return false;
	const struct h225_setup_uuie *s = d->ask->setup->uu.h323_uu_pdu.h323_message_body.u.setup;
	if (caller)
		return s->has_source_address && any_alias(s->source_address.v, s->source_address.n, h, arg, d);
	return s->has_destination_address && any_alias(s->destination_address.v, s->destination_address.n, h, arg, d);
}

static bool name_matches(const char *name, const void *arg, const struct decision *d)
{
	(void)d;
	return gw_policy_matches(arg, name);
}

/* Bound to the address that it calls from, or registered there: a name alone anybody can say. */
static bool name_is_there(const char *name, const void *arg, const struct decision *d)
{
	const struct gw_config *cfg = d->cfg;
	struct addr host;
	(void)arg;
	for (uint32_t i = 0; i < cfg->n_bindings; i++)
		if (gw_route_same_name(cfg->bindings[i].name, name) && addr_ip_eq(&cfg->bindings[i].host, &d->ask->caller))
			return true;
	return cfg->lookup.find != NULL &&
	       cfg->lookup.find(cfg->lookup.arg, name, (uint32_t)(d->ask->from - cfg->realms), &host) &&
	       addr_ip_eq(&host, &d->ask->caller);
}

static bool caller_known(const struct decision *d)
{
	return any_name(d, true, name_is_there, NULL);
}

static bool called_known(const struct decision *d)
{
	const enum gw_route_by by = d->ask->route->by;
	return by == GW_BY_VIRTUAL || by == GW_BY_NAME || by == GW_BY_PORT;
}

/* --- rules --- */

static uint8_t direction(const struct decision *d)
{
	const enum gw_role from = d->ask->from->role, to = d->ask->route->realm->role;
	return from == to ? GW_DIRECTION_WITHIN : from == GW_ROLE_INSIDE ? GW_DIRECTION_OUT : GW_DIRECTION_IN;
}

static bool in_any(const struct addr_prefix *list, uint32_t n, const struct addr *a)
{
	for (uint32_t i = 0; i < n; i++)
		if (addr_prefix_has(&list[i], a))
			return true;
	return n == 0;
}

static bool named_any(const struct decision *d, bool caller, char *const *patterns, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (any_name(d, caller, name_matches, patterns[i]))
			return true;
	return n == 0;
}

static bool in_realm(const struct decision *d, uint32_t realms, const struct gw_realm *r)
{
	return realms == 0 || (realms >> (r - d->cfg->realms) & 1) != 0;
}

static bool as_asked(enum gw_asked asked, bool known)
{
	return asked == GW_ASKED_NOT || (asked == GW_ASKED_YES) == known;
}

/* The first condition of R that does not hold, in words; NULL: it matches. */
static const char *misses(const struct decision *d, const struct gw_rule *r)
{
	const struct gw_policy_ask *ask = d->ask;
	if ((r->direction & direction(d)) == 0)
		return "the direction is another";
	if (!in_realm(d, r->from, ask->from))
		return "the caller's realm is another";
	if (!in_realm(d, r->to, ask->route->realm))
		return "the called host's realm is another";
	if (!in_any(r->sources, r->n_sources, &ask->caller))
		return "the caller's address is none of its sources";
	if (!in_any(r->destinations, r->n_destinations, &ask->route->dest))
		return "the called host is none of its destinations";
	if (!named_any(d, true, r->callers, r->n_callers))
		return "no name of the caller matches";
	if (!named_any(d, false, r->called, r->n_called))
		return "no called name matches";
	if (r->known_caller != GW_ASKED_NOT && !as_asked(r->known_caller, caller_known(d)))
		return r->known_caller == GW_ASKED_YES ? "the caller is not known" : "the caller is known";
	if (!as_asked(r->known_called, called_known(d)))
		return r->known_called == GW_ASKED_YES ? "the host was not called by anything of its own"
						       : "the host was called by something of its own";
	return NULL;
}

/* From outside to outside: others would be charged, or blamed, for what comes out of here. */
static bool transit(const struct decision *d)
{
	return d->ask->from->role == GW_ROLE_OUTSIDE && d->ask->route->realm->role == GW_ROLE_OUTSIDE && !caller_known(d);
}

static void decide(struct gw_policy *p, const struct decision *d)
{
	*p = (struct gw_policy){ .allow = d->cfg->allow_rest || d->cfg->n_rules == 0, .media = GW_MEDIA_ALL };
	if (transit(d)) {
		step(d, "from outside to outside, and the caller is not known: calls do not pass through");
		*p = (struct gw_policy){ .why = "callers outside who are not known do not get out again" };
		return;
	}
	for (uint32_t i = 0; i < d->cfg->n_rules; i++) {
		const struct gw_rule *r = &d->cfg->rules[i];
		const char *not = misses(d, r);
		if (not != NULL) {
			step(d, "rule %u, %s: %s", i + 1, r->name, not);
			continue;
		}
		step(d, "rule %u, %s: matches", i + 1, r->name);
		*p = (struct gw_policy){ .allow = r->allow, .rule = r, .media = r->media,
			.why = r->allow ? NULL : "a rule of the policy refuses it" };
		return;
	}
	if (d->cfg->n_rules > 0)
		step(d, "no rule matches: the rest is %s", p->allow ? "allowed" : "refused");
	if (!p->allow)
		p->why = "no rule of the policy allows it";
}

void gw_policy_find(struct gw_policy *p, const struct gw_config *cfg, const struct gw_policy_ask *ask)
{
	const struct decision d = { cfg, ask };
	decide(p, &d);
	if (p->rule != NULL && p->allow) {
		step(&d, "it may carry%s%s%s", (p->media & GW_MEDIA_AUDIO) != 0 ? " audio" : "",
			(p->media & GW_MEDIA_VIDEO) != 0 ? " video" : "", (p->media & GW_MEDIA_DATA) != 0 ? " data" : "");
		if (p->rule->calls != 0)
			step(&d, "at most %u calls at once", p->rule->calls);
		if (p->rule->bandwidth_kbit != 0)
			step(&d, "at most %u kbit/s in all such calls", p->rule->bandwidth_kbit);
		if (p->rule->call_bandwidth_kbit != 0)
			step(&d, "at most %u kbit/s", p->rule->call_bandwidth_kbit);
		if (p->rule->duration_ms != 0)
			step(&d, "for %u s at most", p->rule->duration_ms / 1000);
	}
	if (p->allow)
		step(&d, "allowed");
	else
		step(&d, "refused: %s", p->why);
}
