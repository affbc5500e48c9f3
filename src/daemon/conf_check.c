/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the values of a configuration mean, and what has to fit together. Every problem is found in one pass.
 */
#include "daemon/conf_directory.h"
#include "daemon/conf_gatekeeper.h"
#include "daemon/conf_leases.h"
#include "daemon/conf_policy.h"
#include "daemon/conf_raw.h"

#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

#include "fw/nft.h"

enum { NAME_MAX_LEN = 32, ALIAS_MAX_LEN = 256, SIGNALLING_PORT = 1720 };

void conf_check_problem(struct conf_checking *k, const char *path, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	conf_problem_add(k->problems, conf_index_line(k->ix, path), "%s", text);
	k->bad = true;
}

/* As problem(), with the offending VALUE, made printable, in front. */
void conf_check_bad_value(struct conf_checking *k, const char *path, const char *value, const char *why)
{
	char shown[100];
	log_escape(shown, sizeof shown, slice_str(value));
	conf_check_problem(k, path, "%s: '%s' %s", path, shown, why);
}

static int check_items(struct conf_checking *k)
{
	for (size_t i = 0; i < CONF_N_ITEMS; i++) {
		const struct conf_item *item = &conf_items[i];
		char why[128] = "is not valid";
		const char *given = k->raw->items[i];
		int rc = conf_item_set(k->c, item, given != NULL ? given : item->preset, why);
		if (rc == PST_E_NOMEM)
			return rc;
		if (rc == PST_OK)
			continue;
		char path[64];
		const bool top = strcmp(item->section, "top") == 0;
		snprintf(path, sizeof path, "%s%s%s", top ? "" : item->section, top ? "" : ".", item->key);
		conf_check_bad_value(k, path, given != NULL ? given : item->preset, why);
	}
	return PST_OK;
}

int conf_check_prefixes(struct conf_checking *k, const char *path, char *const *raw, uint32_t n,
        struct addr_prefix **out, uint32_t *n_out)
{
	if (n == 0)
		return PST_OK;
	*out = calloc(n, sizeof **out);
	if (*out == NULL)
		return PST_E_NOMEM;
	*n_out = n;
	for (uint32_t i = 0; i < n; i++) {
		if (addr_prefix_parse(&(*out)[i], raw[i]) == PST_OK)
			continue;
		char at[80];
		snprintf(at, sizeof at, "%s.%u", path, i);
		conf_check_bad_value(k, at, raw[i], "has to be a prefix as in 10.0.0.0/8, without host bits");
	}
	return PST_OK;
}

static int check_interfaces(
        struct conf_checking *k, uint32_t at, const struct conf_raw_realm *raw, struct gw_realm *r)
{
	if (raw->n_interfaces == 0)
		return PST_OK;
	r->interfaces = calloc(raw->n_interfaces, sizeof *r->interfaces);
	if (r->interfaces == NULL)
		return PST_E_NOMEM;
	r->n_interfaces = raw->n_interfaces;
	for (uint32_t i = 0; i < raw->n_interfaces; i++) {
		char path[80];
		snprintf(path, sizeof path, "realms.%u.interfaces.%u", at, i);
		if (!fw_ifname_valid(raw->interfaces[i]))
			conf_check_bad_value(k, path, raw->interfaces[i],
			        "is no interface name (1 to 15 of A-Z a-z 0-9 . _ - @)");
		r->interfaces[i] = strdup(raw->interfaces[i]);
		if (r->interfaces[i] == NULL)
			return PST_E_NOMEM;
	}
	return PST_OK;
}

static bool host_usable(const struct addr *a)
{
	return !addr_is_unspecified(a) && !addr_is_multicast(a) && !addr_is_broadcast(a);
}

static void check_address(struct conf_checking *k, uint32_t at, const char *text, struct gw_realm *r)
{
	char path[64];
	snprintf(path, sizeof path, "realms.%u.address", at);
	if (text == NULL) {
		conf_check_problem(k, path,
		        "realms.%u.address is missing: the gateway's own address in the realm, or auto", at);
	} else if (strcmp(text, "auto") == 0) {
		k->c->address_auto[at] = true;
		if (r->n_interfaces == 0)
			conf_check_problem(k, path, "%s: auto needs an interface to take it from", path);
	} else if (addr_parse(&r->address, text, 0) != PST_OK || r->address.port != 0 ||
	           !host_usable(&r->address)) {
		conf_check_bad_value(k, path, text, "has to be an IP address of a host, without port, or auto");
		memset(&r->address, 0, sizeof r->address);
	}
}

static void check_realm_name(struct conf_checking *k, uint32_t at, const char *name)
{
	static const char charset[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	char path[64];
	snprintf(path, sizeof path, "realms.%u.name", at);
	if (name == NULL)
		conf_check_problem(k, path, "realms.%u.name is missing", at);
	else if (name[0] == '\0' || strlen(name) > NAME_MAX_LEN || strspn(name, charset) != strlen(name))
		conf_check_bad_value(k, path, name, "has to be 1 to 32 of A-Z a-z 0-9 _ -");
}

static void check_role(struct conf_checking *k, uint32_t at, const char *role, struct gw_realm *r)
{
	char path[64];
	snprintf(path, sizeof path, "realms.%u.role", at);
	if (role == NULL)
		conf_check_problem(k, path, "realms.%u.role is missing: inside or outside", at);
	else if (strcmp(role, "inside") == 0)
		r->role = GW_ROLE_INSIDE;
	else if (strcmp(role, "outside") == 0)
		r->role = GW_ROLE_OUTSIDE;
	else
		conf_check_bad_value(k, path, role, "has to be inside or outside");
}

static int check_realm(struct conf_checking *k, uint32_t at)
{
	const struct conf_raw_realm *raw = &k->raw->realms[at];
	struct gw_realm *r = &k->c->gw.realms[at];
	char path[64];
	r->name = strdup(raw->name != NULL ? raw->name : "");
	if (r->name == NULL)
		return PST_E_NOMEM;
	check_realm_name(k, at, raw->name);
	check_role(k, at, raw->role, r);
	int rc = check_interfaces(k, at, raw, r);
	if (rc != PST_OK)
		return rc;
	check_address(k, at, raw->address, r);
	snprintf(path, sizeof path, "realms.%u.networks", at);
	rc = conf_check_prefixes(k, path, raw->networks, raw->n_networks, &r->networks, &r->n_networks);
	if (rc != PST_OK)
		return rc;
	snprintf(path, sizeof path, "realms.%u.media_hosts", at);
	return conf_check_prefixes(
	        k, path, raw->media_hosts, raw->n_media_hosts, &r->media_hosts, &r->n_media_hosts);
}

static bool prefix_eq(const struct addr_prefix *a, const struct addr_prefix *b)
{
	return a->len == b->len && a->net.family != ADDR_NONE && addr_ip_eq(&a->net, &b->net);
}

/* What realm AT and the earlier realm J must not share: a host has to be in one realm only. */
static void check_pair(struct conf_checking *k, uint32_t at, uint32_t j)
{
	const struct gw_realm *a = &k->c->gw.realms[at], *b = &k->c->gw.realms[j];
	char path[80];
	if (a->name[0] != '\0' && strcmp(a->name, b->name) == 0) {
		snprintf(path, sizeof path, "realms.%u.name", at);
		conf_check_bad_value(k, path, a->name, "is the name of another realm already");
	}
	if (a->address.family != ADDR_NONE && addr_ip_eq(&a->address, &b->address)) {
		snprintf(path, sizeof path, "realms.%u.address", at);
		conf_check_problem(k, path, "%s: realm %s has the same address", path, b->name);
	}
	for (uint32_t x = 0; x < a->n_interfaces; x++) {
		for (uint32_t y = 0; y < b->n_interfaces; y++) {
			if (strcmp(a->interfaces[x], b->interfaces[y]) != 0)
				continue;
			snprintf(path, sizeof path, "realms.%u.interfaces.%u", at, x);
			conf_check_bad_value(k, path, a->interfaces[x], "belongs to another realm already");
		}
	}
	for (uint32_t x = 0; x < a->n_networks; x++) {
		for (uint32_t y = 0; y < b->n_networks; y++) {
			if (!prefix_eq(&a->networks[x], &b->networks[y]))
				continue;
			snprintf(path, sizeof path, "realms.%u.networks.%u", at, x);
			conf_check_problem(k, path, "%s: realm %s has the same network", path, b->name);
		}
	}
}

static int check_realms(struct conf_checking *k)
{
	struct gw_config *gw = &k->c->gw;
	uint32_t rest = 0, interfaces = 0;
	if (k->raw->n_realms < 2) {
		conf_check_problem(k, "realms", "realms: two are needed, one for each side of the wall");
		if (k->raw->n_realms == 0)
			return PST_OK;
	}
	gw->realms = calloc(k->raw->n_realms, sizeof *gw->realms);
	if (gw->realms == NULL)
		return PST_E_NOMEM;
	gw->n_realms = k->raw->n_realms;
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		const int rc = check_realm(k, i);
		if (rc != PST_OK)
			return rc;
		char path[32];
		snprintf(path, sizeof path, "realms.%u", i);
		if (gw->realms[i].n_networks == 0 && rest++ == 1)
			conf_check_problem(k, path,
			        "realms.%u: only one realm can go without networks, being all the rest", i);
		if (gw->mode != GW_MODE_OFF && gw->realms[i].n_interfaces == 0)
			conf_check_problem(k, path,
			        "realms.%u.interfaces is missing: modes intercept and enforce need them", i);
		interfaces += gw->realms[i].n_interfaces;
		for (uint32_t j = 0; j < i; j++)
			check_pair(k, i, j);
	}
	if (interfaces > CONF_INTERFACES_ALL_MAX)
		conf_check_problem(k, "realms", "realms: %u interfaces in all, more than %d", interfaces,
		        CONF_INTERFACES_ALL_MAX);
	return PST_OK;
}

static bool alias_valid(const char *name)
{
	const size_t n = strlen(name);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return false;
	}
	return n > 0 && n <= ALIAS_MAX_LEN;
}

void conf_check_host(struct conf_checking *k, const char *path, const char *text, struct addr *out)
{
	if (text == NULL)
		conf_check_problem(k, path, "%s is missing: the address of the host inside", path);
	else if (addr_parse(out, text, SIGNALLING_PORT) != PST_OK || !host_usable(out))
		conf_check_bad_value(k, path, text, "has to be the address of a host, with or without a port");
}

static int check_binding(struct conf_checking *k, uint32_t at)
{
	const struct conf_raw_binding *raw = &k->raw->bindings[at];
	struct gw_binding *b = &k->c->gw.bindings[at];
	char path[64];
	b->name = strdup(raw->name != NULL ? raw->name : "");
	if (b->name == NULL)
		return PST_E_NOMEM;
	snprintf(path, sizeof path, "inbound.bindings.%u.name", at);
	if (raw->name == NULL)
		conf_check_problem(k, path, "%s is missing", path);
	else if (!alias_valid(raw->name))
		conf_check_bad_value(k, path, raw->name,
		        "has to be an alias, an e-mail address or a number of at most 256 octets");
	for (uint32_t j = 0; j < at; j++) {
		if (b->name[0] != '\0' && strcasecmp(b->name, k->c->gw.bindings[j].name) == 0)
			conf_check_bad_value(k, path, b->name, "is bound already");
	}
	snprintf(path, sizeof path, "inbound.bindings.%u.host", at);
	conf_check_host(k, path, raw->host, &b->host);
	return PST_OK;
}

static bool in_range(uint16_t port, const struct gw_port_range *r)
{
	return port >= r->first && port <= r->last;
}

static void check_port(struct conf_checking *k, uint32_t at)
{
	const struct conf_raw_port *raw = &k->raw->ports[at];
	const struct gw_config *gw = &k->c->gw;
	struct gw_port *p = &gw->ports[at];
	char path[64], *end = NULL;
	snprintf(path, sizeof path, "inbound.ports.%u.port", at);
	const unsigned long port = raw->port != NULL ? strtoul(raw->port, &end, 10) : 0;
	p->port = (uint16_t)port;
	if (raw->port == NULL)
		conf_check_problem(k, path, "%s is missing", path);
	else if (*end != '\0' || raw->port[0] < '1' || raw->port[0] > '9' || port < 1024 || port > 65535)
		conf_check_bad_value(k, path, raw->port, "has to be a port from 1024 to 65535");
	else if (port == gw->signalling_port || in_range(p->port, &gw->h245_ports))
		conf_check_bad_value(k, path, raw->port, "is h323.port or one of h323.h245_ports");
	for (uint32_t j = 0; j < at; j++)
		if (p->port != 0 && p->port == gw->ports[j].port)
			conf_check_bad_value(k, path, raw->port, "is another host's already");
	snprintf(path, sizeof path, "inbound.ports.%u.host", at);
	conf_check_host(k, path, raw->host, &p->host);
}

static int check_inbound_ports(struct conf_checking *k)
{
	struct gw_config *gw = &k->c->gw;
	gw->ports = calloc(k->raw->n_ports, sizeof *gw->ports);
	if (gw->ports == NULL && k->raw->n_ports != 0)
		return PST_E_NOMEM;
	gw->n_ports = k->raw->n_ports;
	for (uint32_t i = 0; i < gw->n_ports; i++)
		check_port(k, i);
	return PST_OK;
}

static int check_inbound(struct conf_checking *k)
{
	struct gw_config *gw = &k->c->gw;
	if (check_inbound_ports(k) != PST_OK)
		return PST_E_NOMEM;
	if (k->raw->default_host != NULL)
		conf_check_host(k, "inbound.default", k->raw->default_host, &gw->default_host);
	if (k->raw->n_bindings == 0)
		return PST_OK;
	gw->bindings = calloc(k->raw->n_bindings, sizeof *gw->bindings);
	if (gw->bindings == NULL)
		return PST_E_NOMEM;
	gw->n_bindings = k->raw->n_bindings;
	for (uint32_t i = 0; i < gw->n_bindings; i++) {
		const int rc = check_binding(k, i);
		if (rc != PST_OK)
			return rc;
	}
	return PST_OK;
}

static void check_ports(struct conf_checking *k)
{
	const struct gw_config *gw = &k->c->gw;
	if (gw->signalling_port >= gw->h245_ports.first && gw->signalling_port <= gw->h245_ports.last)
		conf_check_problem(k, "h323.h245_ports", "h323.h245_ports: contains h323.port");
	if (gw->data.port != 0 && gw->data.port < 1024)
		conf_check_problem(k, "data.port", "data.port: has to be 0 or at least 1024");
	if (gw->media_ports.first % 2 != 0 || gw->media_ports.last <= gw->media_ports.first)
		conf_check_problem(k, "media.ports",
		        "media.ports: pairs of an even port and the odd one above are needed");
	if (gw->limits.arena_bytes < gw->limits.message_bytes)
		conf_check_problem(k, "limits.arena_bytes",
		        "limits.arena_bytes: has to be at least limits.message_bytes");
}

int conf_check(struct conf *c, const struct conf_raw *raw, const struct conf_index *ix,
        struct conf_problems *problems)
{
	struct conf_checking k = {.c = c, .raw = raw, .ix = ix, .problems = problems};
	int rc = check_items(&k);
	if (rc == PST_OK)
		rc = check_realms(&k);
	if (rc == PST_OK)
		rc = check_inbound(&k);
	if (rc == PST_OK)
		rc = conf_directory_check(&k);
	if (rc == PST_OK)
		rc = conf_gatekeeper_check(&k);
	if (rc == PST_OK)
		rc = conf_leases_check(&k);
	if (rc == PST_OK)
		rc = conf_policy_check(&k);
	if (rc != PST_OK)
		return rc;
	if (!k.bad)
		check_ports(&k);
	return k.bad ? PST_E_BAD : PST_OK;
}
