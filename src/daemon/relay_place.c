/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/relay_place.h"

#include <stdlib.h>

#include "relay/kernel/install.h"

#define RELAY_PLACE_PINS "/sys/fs/bpf/postern"
enum { POOLS_MAX = 1024 /* as many as the programs know */, PARTS_MAX = 128 /* of a range */ };

/* What of a configuration the programs depend on. */
struct wanted {
	char *interfaces[CONF_INTERFACES_ALL_MAX];
	uint32_t n_interfaces;
	struct addr locals[CONF_REALMS_MAX];
	uint32_t via[CONF_REALMS_MAX];
	uint32_t n_locals;
	struct relay_kernel_pool pools[POOLS_MAX];
	uint32_t n_pools;
};

struct relay_place {
	struct relay_kernel_place *kernel;
};

static bool has_local(const struct wanted *w, const struct addr *a)
{
	for (uint32_t i = 0; i < w->n_locals; i++) {
		if (addr_ip_eq(&w->locals[i], a))
			return true;
	}
	return false;
}

/* Virtual addresses, by prefixes. The rest of them, should they be too many, the system has to know for the programs. */
static void wanted_pools(const struct conf *c, struct wanted *w)
{
	struct addr_prefix parts[PARTS_MAX];
	for (uint32_t i = 0; i < c->leases.n_pools; i++) {
		const struct lease_pool *p = &c->leases.pools[i];
		uint32_t via = 0;
		for (uint32_t k = 0; k < p->realm; k++)
			via += c->gw.realms[k].n_interfaces;
		const uint32_t n = lease_pool_prefixes(p, parts, PARTS_MAX);
		for (uint32_t k = 0; k < n && k < PARTS_MAX && w->n_pools < POOLS_MAX; k++)
			w->pools[w->n_pools++] = (struct relay_kernel_pool){parts[k], via};
	}
}

/* Names are borrowed from C. PST_E_ARG: a realm names no interface. */
static int wanted_of(const struct conf *c, struct wanted *w)
{
	*w = (struct wanted){0};
	for (uint32_t i = 0; i < c->gw.n_realms; i++) {
		const struct gw_realm *r = &c->gw.realms[i];
		if (r->n_interfaces == 0 || w->n_interfaces + r->n_interfaces > CONF_INTERFACES_ALL_MAX)
			return PST_E_ARG;
		if (!has_local(w, &r->address)) {
			w->via[w->n_locals] = w->n_interfaces;
			w->locals[w->n_locals++] = r->address;
		}
		for (uint32_t k = 0; k < r->n_interfaces; k++)
			w->interfaces[w->n_interfaces++] = r->interfaces[k];
	}
	wanted_pools(c, w);
	return PST_OK;
}

static void say(const struct conf *c, const char *why)
{
	if (c->relay == CONF_RELAY_KERNEL)
		log_error("daemon", "the kernel does not relay media: %s", why);
	else
		log_notice("daemon", "the kernel does not relay media, the worker does: %s", why);
}

static int carry_out(struct relay_place *p, const struct wanted *w, const struct conf *c)
{
	char why[128] = "";
	const char *before = p->kernel != NULL ? relay_kernel_way_name(p->kernel) : "";
	const struct relay_kernel_plan plan = {
	        .interfaces = (const char *const *)w->interfaces,
	        .interfaces_n = w->n_interfaces,
	        .locals = w->locals,
	        .via = w->via,
	        .locals_n = w->n_locals,
	        .pools = w->pools,
	        .pools_n = w->n_pools,
	        .way = RELAY_KERNEL_BEST,
	        .pins = c->media_orphan_ms > 0 ? RELAY_PLACE_PINS : NULL,
	};
	const int rc = p->kernel != NULL ? relay_kernel_change(p->kernel, &plan, why)
	                                 : relay_kernel_install(&p->kernel, &plan, why);
	if (rc != PST_OK)
		say(c, why);
	else if (strcmp(before, relay_kernel_way_name(p->kernel)) != 0)
		log_notice("daemon", "the kernel relays media (%s)", relay_kernel_way_name(p->kernel));
	return rc;
}

int relay_place_get(struct relay_place **place, const struct conf *c, struct relay_place_fds *fds)
{
	struct wanted w;
	struct relay_place *p = *place;
	int rc = wanted_of(c, &w);
	if (rc != PST_OK) {
		say(c, "each realm has to name its interfaces for that");
		return rc;
	}
	if (p == NULL)
		p = calloc(1, sizeof *p);
	if (p == NULL)
		return PST_E_NOMEM;
	rc = carry_out(p, &w, c);
	if (rc != PST_OK && *place == NULL) {
		relay_place_free(p);
		return rc;
	}
	*place = p;
	if (rc == PST_OK)
		*fds = (struct relay_place_fds){relay_kernel_table_fd(p->kernel), relay_kernel_ring_fd(p->kernel)};
	return rc;
}

void relay_place_free(struct relay_place *place)
{
	if (place == NULL)
		return;
	relay_kernel_remove(place->kernel);
	free(place);
}
