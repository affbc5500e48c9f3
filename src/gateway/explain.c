/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What would become of a call: the steps of the route and of the policy, as JSON. */
#include <string.h>

#include "gateway/address.h"
#include "gateway/gw.h"
#include "gateway/policy.h"

enum { SIGNALLING_PORT = 1720 };

static void add_step(void *arg, const char *text)
{
	json_array_append_new(arg, json_string(text));
}

static const struct gw_realm *realm_named(const struct gw_config *cfg, const char *name)
{
	for (uint32_t i = 0; i < cfg->n_realms; i++)
		if (strcmp(cfg->realms[i].name, name) == 0)
			return &cfg->realms[i];
	return NULL;
}

/* The caller's realm, and its address where FROM is one. */
static const struct gw_realm *caller_of(const struct gw_config *cfg, const char *from, struct addr *caller)
{
	*caller = (struct addr){ 0 };
	if (from != NULL && addr_parse(caller, from, 0) == 0)
		return gw_realm_of(cfg, caller);
	if (from != NULL)
		return realm_named(cfg, from);
	for (uint32_t i = 0; i < cfg->n_realms; i++)
		if (cfg->realms[i].role == GW_ROLE_INSIDE)
			return &cfg->realms[i];
	return NULL;
}

/* Where a caller connects to that dials DEST: an address, a name at an address, or, by a name alone, the gateway. */
static struct addr connected_to(const struct gw_realm *from, uint16_t own_port, const char *dest, const char **name)
{
	struct addr a;
	const char *at = strrchr(dest, '@');
	*name = NULL;
	if (addr_parse(&a, dest, SIGNALLING_PORT) == 0)
		return a;
	*name = dest;
	if (at != NULL && addr_parse(&a, at + 1, SIGNALLING_PORT) == 0)
		return a;
	return addr_with_port(from->address, own_port);
}

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(o, key, json_string(text));
}

json_t *gateway_route_json(const struct gateway *gw, const struct gateway_route_query *q, const char **why)
{
	const struct gw_config *cfg = &gw->conf->cfg;
	struct gw_policy_ask ask = { .caller_name = q->caller_name, .step = add_step };
	char text[ADDR_STRLEN], name[GW_ROUTE_NAME_MAX];
	struct gw_route r;
	ask.from = caller_of(cfg, q->from, &ask.caller);
	if (ask.from == NULL) {
		*why = "there is no such realm, and no realm with such a host";
		return NULL;
	}
	json_t *o = json_object(), *steps = json_array();
	ask.arg = steps;
	const struct addr original = connected_to(ask.from, cfg->signalling_port, q->dest, &ask.called_name);
	gw_route_find(&r, cfg,
		&(struct gw_route_ask){ .from = ask.from, .original = original, .caller = ask.caller, .name = ask.called_name,
			.step = add_step, .arg = steps });
	struct gw_policy p = { .why = r.why };
	if (r.dest.family != ADDR_NONE) {
		ask.route = &r;
		gw_policy_find(&p, cfg, &ask);
	}
	set_text(o, "from", ask.from->name);
	set_text(o, "connects_to", addr_str(&original, text));
	json_object_set_new(o, "steps", steps);
	json_object_set_new(o, "allowed", json_boolean(p.allow));
	if (r.dest.family != ADDR_NONE) {
		set_text(o, "to", addr_str(&r.dest, text));
		set_text(o, "realm", r.realm->name);
	}
	set_text(o, "rule", p.rule != NULL ? p.rule->name : NULL);
	set_text(o, "look_up", r.look_up[0] != '\0' ? log_escape(name, sizeof name, slice_str(r.look_up)) : NULL);
	set_text(o, "why", p.allow ? r.why : p.why);
	return o;
}
