/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/relay_place.h"

#include <stdlib.h>

#include "relay/kernel/install.h"

/* What of a configuration the programs depend on. */
struct wanted {
	char *interfaces[CONF_INTERFACES_ALL_MAX];
	uint32_t n_interfaces;
	struct addr locals[CONF_REALMS_MAX];
	uint32_t via[CONF_REALMS_MAX];
	uint32_t n_locals;
	struct gw_port_range ports;
};

struct relay_place {
	struct wanted wanted; /* names are its own */
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

/* Names are borrowed from C. PST_E_ARG: a realm names no interface. */
static int wanted_of(const struct conf *c, struct wanted *w)
{
	*w = (struct wanted){.ports = c->gw.media_ports};
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
	return PST_OK;
}

static bool same(const struct wanted *a, const struct wanted *b)
{
	if (a->n_interfaces != b->n_interfaces || a->n_locals != b->n_locals ||
	        a->ports.first != b->ports.first || a->ports.last != b->ports.last)
		return false;
	for (uint32_t i = 0; i < a->n_interfaces; i++) {
		if (strcmp(a->interfaces[i], b->interfaces[i]) != 0)
			return false;
	}
	for (uint32_t i = 0; i < a->n_locals; i++) {
		if (!addr_ip_eq(&a->locals[i], &b->locals[i]) || a->via[i] != b->via[i])
			return false;
	}
	return true;
}

static void say(const struct conf *c, const char *why)
{
	if (c->relay == CONF_RELAY_KERNEL)
		log_error("daemon", "the kernel does not relay media: %s", why);
	else
		log_notice("daemon", "the kernel does not relay media, the worker does: %s", why);
}

static int install(const struct wanted *w, const struct conf *c, struct relay_kernel_place **out)
{
	char why[128] = "";
	const struct relay_kernel_plan plan = {
	        .interfaces = (const char *const *)w->interfaces,
	        .interfaces_n = w->n_interfaces,
	        .locals = w->locals,
	        .via = w->via,
	        .locals_n = w->n_locals,
	        .first = w->ports.first,
	        .last = w->ports.last,
	        .way = RELAY_KERNEL_BEST,
	};
	const int rc = relay_kernel_install(out, &plan, why);
	if (rc != PST_OK)
		say(c, why);
	else
		log_notice("daemon", "the kernel relays media (%s)", relay_kernel_way_name(*out));
	return rc;
}

static int place_new(struct relay_place **out, const struct wanted *w, const struct conf *c)
{
	struct relay_place *p = calloc(1, sizeof *p);
	int rc = p != NULL ? PST_OK : PST_E_NOMEM;
	if (rc == PST_OK) {
		p->wanted = *w;
		memset(p->wanted.interfaces, 0, sizeof p->wanted.interfaces);
	}
	for (uint32_t i = 0; rc == PST_OK && i < w->n_interfaces; i++) {
		p->wanted.interfaces[i] = strdup(w->interfaces[i]);
		if (p->wanted.interfaces[i] == NULL)
			rc = PST_E_NOMEM;
	}
	if (rc == PST_OK)
		rc = install(w, c, &p->kernel);
	if (rc != PST_OK)
		relay_place_free(p);
	else
		*out = p;
	return rc;
}

int relay_place_get(struct relay_place **place, const struct conf *c, int *table_fd)
{
	struct wanted w;
	int rc = wanted_of(c, &w);
	if (rc != PST_OK)
		say(c, "each realm has to name its interfaces for that");
	else if (*place == NULL)
		rc = place_new(place, &w, c);
	else if (!same(&(*place)->wanted, &w))
		rc = PST_E_DENIED;
	if (rc == PST_OK)
		*table_fd = relay_kernel_table_fd((*place)->kernel);
	return rc;
}

bool relay_place_fits(const struct relay_place *place, const struct conf *c)
{
	struct wanted w;
	return place == NULL || (wanted_of(c, &w) == PST_OK && same(&place->wanted, &w));
}

void relay_place_free(struct relay_place *place)
{
	if (place == NULL)
		return;
	relay_kernel_remove(place->kernel);
	for (uint32_t i = 0; i < place->wanted.n_interfaces; i++)
		free(place->wanted.interfaces[i]);
	free(place);
}
