/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/config_copy.h"

#include <stdlib.h>

static char *copy_text(struct arena *a, const char *s)
{
	return s != NULL ? arena_dup(a, s, strlen(s) + 1) : NULL;
}

static bool copy_realm(struct arena *a, struct gw_realm *to, const struct gw_realm *from)
{
	*to = *from;
	to->name = copy_text(a, from->name);
	to->interfaces = arena_calloc(a, from->n_interfaces, sizeof *to->interfaces);
	to->networks = arena_dup(a, from->networks, from->n_networks * sizeof *to->networks);
	to->media_hosts = arena_dup(a, from->media_hosts, from->n_media_hosts * sizeof *to->media_hosts);
	if (to->name == NULL || to->interfaces == NULL || to->networks == NULL || to->media_hosts == NULL)
		return false;
	for (uint32_t i = 0; i < from->n_interfaces; i++)
		if ((to->interfaces[i] = copy_text(a, from->interfaces[i])) == NULL)
			return false;
	return true;
}

static char **copy_texts(struct arena *a, char *const *from, uint32_t n)
{
	char **to = arena_calloc(a, n, sizeof *to);
	for (uint32_t i = 0; to != NULL && i < n; i++)
		if ((to[i] = copy_text(a, from[i])) == NULL)
			return NULL;
	return to;
}

static bool copy_rule(struct arena *a, struct gw_rule *to, const struct gw_rule *from)
{
	*to = *from;
	to->name = copy_text(a, from->name);
	to->sources = arena_dup(a, from->sources, from->n_sources * sizeof *to->sources);
	to->destinations = arena_dup(a, from->destinations, from->n_destinations * sizeof *to->destinations);
	to->callers = copy_texts(a, from->callers, from->n_callers);
	to->called = copy_texts(a, from->called, from->n_called);
	return to->name != NULL && to->sources != NULL && to->destinations != NULL && to->callers != NULL && to->called != NULL;
}

struct gw_config_copy *gw_config_copy(const struct gw_config *cfg)
{
	struct gw_config_copy *k = calloc(1, sizeof *k);
	if (k == NULL)
		return NULL;
	arena_init(&k->mem, 0);
	k->users = 1;
	k->cfg = *cfg;
	k->cfg.realms = arena_calloc(&k->mem, cfg->n_realms, sizeof *cfg->realms);
	k->cfg.bindings = arena_calloc(&k->mem, cfg->n_bindings, sizeof *cfg->bindings);
	k->cfg.ports = arena_dup(&k->mem, cfg->ports, cfg->n_ports * sizeof *cfg->ports);
	k->cfg.gatekeepers = arena_dup(&k->mem, cfg->gatekeepers, cfg->n_gatekeepers * sizeof *cfg->gatekeepers);
	k->cfg.rules = arena_calloc(&k->mem, cfg->n_rules, sizeof *cfg->rules);
	bool whole = k->cfg.realms != NULL && k->cfg.rules != NULL && k->cfg.bindings != NULL && k->cfg.ports != NULL &&
		     k->cfg.gatekeepers != NULL;
	for (uint32_t i = 0; whole && i < cfg->n_realms; i++)
		whole = copy_realm(&k->mem, &k->cfg.realms[i], &cfg->realms[i]);
	for (uint32_t i = 0; whole && i < cfg->n_rules; i++)
		whole = copy_rule(&k->mem, &k->cfg.rules[i], &cfg->rules[i]);
	for (uint32_t i = 0; whole && i < cfg->n_bindings; i++) {
		k->cfg.bindings[i] = cfg->bindings[i];
		k->cfg.bindings[i].name = copy_text(&k->mem, cfg->bindings[i].name);
		whole = k->cfg.bindings[i].name != NULL;
	}
	if (!whole) {
		gw_config_drop(k);
		return NULL;
	}
	return k;
}

struct gw_config_copy *gw_config_hold(struct gw_config_copy *k)
{
	k->users++;
	return k;
}

void gw_config_drop(struct gw_config_copy *k)
{
	if (k == NULL || --k->users > 0)
		return;
	arena_free(&k->mem);
	free(k);
}
