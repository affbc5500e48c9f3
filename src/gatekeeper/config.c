/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gatekeeper/gk.h"

struct gatekeeper_config gatekeeper_config_default(void)
{
	return (struct gatekeeper_config){
		.identifier = "postern",
		.ras_port = 1719,
		.signalling_port = 1720,
		.default_ttl_s = 1800,
		.max_ttl_s = 3600,
		.irr_s = 120,
		.least_bandwidth = 1280,
		.hops = 4,
		.limits = {
			.registrations = 10000,
			.registrations_per_source = 16,
			.aliases = 16,
			.requests_per_source_s = 20,
			.calls = 20000,
			.sources = 65536,
		},
	};
}

static char *dup_text(struct arena *a, const char *s)
{
	return arena_dup(a, s, strlen(s) + 1);
}

static bool copy_realms(struct gatekeeper_config *c, struct arena *a)
{
	struct gatekeeper_realm *r = arena_dup(a, c->realms, c->n_realms * sizeof *r);
	if (r == NULL)
		return false;
	c->realms = r;
	for (uint32_t i = 0; i < c->n_realms; i++) {
		r[i].name = dup_text(a, r[i].name);
		r[i].networks = arena_dup(a, r[i].networks, r[i].n_networks * sizeof *r[i].networks);
		if (r[i].name == NULL || (r[i].networks == NULL && r[i].n_networks > 0))
			return false;
	}
	return true;
}

static bool copy_lists(struct gatekeeper_config *c, struct arena *a)
{
	const char **domains = arena_calloc(a, c->n_domains, sizeof *domains);
	struct gatekeeper_password *passwords = arena_calloc(a, c->n_passwords, sizeof *passwords);
	c->neighbours = arena_dup(a, c->neighbours, c->n_neighbours * sizeof *c->neighbours);
	bool ok = domains != NULL && passwords != NULL && c->neighbours != NULL;
	for (uint32_t i = 0; ok && i < c->n_domains; i++)
		ok = (domains[i] = dup_text(a, c->domains[i])) != NULL;
	for (uint32_t i = 0; ok && i < c->n_passwords; i++) {
		passwords[i].alias = dup_text(a, c->passwords[i].alias);
		passwords[i].password = dup_text(a, c->passwords[i].password);
		ok = passwords[i].alias != NULL && passwords[i].password != NULL;
	}
	c->domains = domains;
	c->passwords = passwords;
	return ok;
}

int gk_config_copy(struct gatekeeper_config *out, struct arena *a, const struct gatekeeper_config *cfg)
{
	struct pst_slice id;
	*out = *cfg;
	arena_init(a, 0);
	if (cfg->n_realms == 0 || cfg->n_realms > GK_REALMS_MAX || cfg->n_neighbours > GK_NEIGHBOURS_MAX ||
		h225_bmp_from_utf8(&id, cfg->identifier, a) != 0 || id.n == 0 || id.n > 256) {
		arena_free(a);
		return PST_E_ARG;
	}
	out->identifier = dup_text(a, cfg->identifier);
	if (out->identifier != NULL && copy_realms(out, a) && copy_lists(out, a))
		return 0;
	arena_free(a);
	return PST_E_NOMEM;
}
