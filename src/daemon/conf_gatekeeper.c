/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/conf_gatekeeper.h"

#include <stdlib.h>

enum { DNS_PORT = 53, RAS_PORT = 1719, TEXT_MAX = 128 };

static int check_neighbours(struct conf_checking *k)
{
	struct conf_gatekeeper *g = &k->c->gatekeeper;
	if (k->raw->n_neighbours == 0)
		return PST_OK;
	g->neighbours = calloc(k->raw->n_neighbours, sizeof *g->neighbours);
	if (g->neighbours == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < k->raw->n_neighbours; i++) {
		char path[64];
		struct addr *a = &g->neighbours[g->n_neighbours++];
		snprintf(path, sizeof path, "gatekeeper.neighbours.%u", i);
		if (addr_parse(a, k->raw->neighbours[i], RAS_PORT) != PST_OK || addr_is_unspecified(a) || addr_is_multicast(a) ||
		        a->port == 0)
			conf_check_bad_value(
			        k, path, k->raw->neighbours[i], "has to be the address of a gatekeeper, with or without a port");
	}
	return PST_OK;
}

static int check_nameservers(struct conf_checking *k)
{
	struct conf_gatekeeper *g = &k->c->gatekeeper;
	g->nameservers_auto = k->raw->n_nameservers == 0;
	if (g->nameservers_auto || (k->raw->n_nameservers == 1 && strcmp(k->raw->nameservers[0], "off") == 0))
		return PST_OK;
	g->nameservers = calloc(k->raw->n_nameservers, sizeof *g->nameservers);
	if (g->nameservers == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < k->raw->n_nameservers; i++) {
		char path[64];
		struct addr *a = &g->nameservers[g->n_nameservers++];
		snprintf(path, sizeof path, "gatekeeper.nameservers.%u", i);
		if (addr_parse(a, k->raw->nameservers[i], DNS_PORT) != PST_OK || addr_is_unspecified(a) || addr_is_multicast(a) ||
		        a->port == 0)
			conf_check_bad_value(
			        k, path, k->raw->nameservers[i], "has to be the address of a name server, with or without a port");
	}
	return PST_OK;
}

static int check_domains(struct conf_checking *k)
{
	struct conf_gatekeeper *g = &k->c->gatekeeper;
	if (k->raw->n_domains == 0)
		return PST_OK;
	g->domains = calloc(k->raw->n_domains, sizeof *g->domains);
	if (g->domains == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < k->raw->n_domains; i++) {
		char path[64];
		const char *text = k->raw->domains[i];
		snprintf(path, sizeof path, "gatekeeper.domains.%u", i);
		if (text[0] == '\0' || strlen(text) > 253 || strchr(text, '@') != NULL)
			conf_check_bad_value(k, path, text, "has to be a domain name");
		g->domains[i] = strdup(text);
		if (g->domains[i] == NULL)
			return PST_E_NOMEM;
		g->n_domains++;
	}
	return PST_OK;
}

static void check_text(struct conf_checking *k, uint32_t at, const char *key, const char *text)
{
	char path[64];
	snprintf(path, sizeof path, "gatekeeper.passwords.%u.%s", at, key);
	if (text == NULL)
		conf_check_problem(k, path, "%s is missing", path);
	else if (text[0] == '\0' || strlen(text) >= TEXT_MAX) /* a password is not shown */
		conf_check_problem(k, path, "%s has to be 1 to %d octets", path, TEXT_MAX - 1);
}

static int check_passwords(struct conf_checking *k)
{
	struct conf_gatekeeper *g = &k->c->gatekeeper;
	if (k->raw->n_passwords == 0)
		return PST_OK;
	g->passwords = calloc(k->raw->n_passwords, sizeof *g->passwords);
	if (g->passwords == NULL)
		return PST_E_NOMEM;
	g->n_passwords = k->raw->n_passwords;
	for (uint32_t i = 0; i < g->n_passwords; i++) {
		const struct conf_raw_password *raw = &k->raw->passwords[i];
		check_text(k, i, "alias", raw->alias);
		check_text(k, i, "password", raw->password);
		g->passwords[i].alias = strdup(raw->alias != NULL ? raw->alias : "");
		g->passwords[i].password = strdup(raw->password != NULL ? raw->password : "");
		if (g->passwords[i].alias == NULL || g->passwords[i].password == NULL)
			return PST_E_NOMEM;
	}
	return PST_OK;
}

static void check_outside_gatekeeper(
        struct conf_checking *k, uint32_t at, const struct conf_raw_outside_gatekeeper *raw, struct conf_outside_gatekeeper *out)
{
	char path[64];
	unsigned long port = 0;
	char *end = NULL;
	snprintf(path, sizeof path, "ras_proxy.gatekeepers.%u.address", at);
	if (raw->address == NULL)
		conf_check_problem(k, path, "%s is missing", path);
	else if (addr_parse(&out->address, raw->address, RAS_PORT) != PST_OK || out->address.port == 0 ||
	         addr_is_unspecified(&out->address) || addr_is_multicast(&out->address))
		conf_check_bad_value(k, path, raw->address, "has to be the address of a gatekeeper, with or without a port");
	else {
		const struct gw_realm *r = conf_realm_of(k->c, &out->address);
		if (r == NULL || r->role != GW_ROLE_OUTSIDE)
			conf_check_bad_value(k, path, raw->address, "has to be in a realm outside");
	}
	snprintf(path, sizeof path, "ras_proxy.gatekeepers.%u.port", at);
	if (raw->port != NULL)
		port = strtoul(raw->port, &end, 10);
	if (raw->port == NULL)
		conf_check_problem(k, path, "%s is missing", path);
	else if (*end != '\0' || raw->port[0] < '0' || raw->port[0] > '9' || port == 0 || port > UINT16_MAX)
		conf_check_bad_value(k, path, raw->port, "has to be 1 to 65535");
	out->port = (uint16_t)port;
}

/* Two sockets of one port can not be. */
static void check_ports(struct conf_checking *k)
{
	const struct conf *c = k->c;
	const uint32_t first = conf_ras_proxy_service(c);
	for (uint32_t i = first; i < conf_data_service(c); i++) {
		uint16_t own = 0, other = 0;
		char path[64];
		snprintf(path, sizeof path, "ras_proxy.gatekeepers.%u.port", i - first);
		bool twice = false;
		for (uint32_t j = conf_udp_service(c); j < i; j++)
			twice = twice || (conf_service_port(c, j, &other) && conf_service_port(c, i, &own) && own == other);
		if (twice)
			conf_check_problem(k, path, "UDP port %u is used twice", own);
	}
}

static int check_ras_proxy(struct conf_checking *k)
{
	struct conf_ras_proxy *p = &k->c->ras_proxy;
	if (k->raw->n_outside_gatekeepers == 0)
		return PST_OK;
	p->gatekeepers = calloc(k->raw->n_outside_gatekeepers, sizeof *p->gatekeepers);
	if (p->gatekeepers == NULL)
		return PST_E_NOMEM;
	p->n_gatekeepers = k->raw->n_outside_gatekeepers;
	struct gw_config *gw = &k->c->gw;
	gw->gatekeepers = calloc(p->n_gatekeepers, sizeof *gw->gatekeepers);
	if (gw->gatekeepers == NULL)
		return PST_E_NOMEM;
	gw->n_gatekeepers = p->n_gatekeepers;
	for (uint32_t i = 0; i < p->n_gatekeepers; i++) {
		check_outside_gatekeeper(k, i, &k->raw->outside_gatekeepers[i], &p->gatekeepers[i]);
		gw->gatekeepers[i] = p->gatekeepers[i].address;
	}
	check_ports(k);
	return PST_OK;
}

int conf_gatekeeper_check(struct conf_checking *k)
{
	int rc = check_neighbours(k);
	if (rc == PST_OK)
		rc = check_nameservers(k);
	if (rc == PST_OK)
		rc = check_domains(k);
	if (rc == PST_OK)
		rc = check_passwords(k);
	if (rc == PST_OK)
		rc = check_ras_proxy(k);
	return rc;
}

void conf_gatekeeper_print(const struct conf *c, FILE *out)
{
	const struct conf_gatekeeper *g = &c->gatekeeper;
	char text[ADDR_STRLEN];
	fputs("  neighbours: [", out);
	for (uint32_t i = 0; i < g->n_neighbours; i++)
		fprintf(out, "%s'%s'", i != 0 ? ", " : "", addr_str(&g->neighbours[i], text));
	fputs("]\n  nameservers: [", out);
	if (!g->nameservers_auto && g->n_nameservers == 0)
		fputs("'off'", out);
	for (uint32_t i = 0; i < g->n_nameservers && !g->nameservers_auto; i++)
		fprintf(out, "%s'%s'", i != 0 ? ", " : "", addr_str(&g->nameservers[i], text));
	fputs("]\n  domains: [", out);
	for (uint32_t i = 0; i < g->n_domains; i++) {
		fputs(i != 0 ? ", " : "", out);
		conf_print_quoted(g->domains[i], out);
	}
	fprintf(out, "]\n  passwords:%s\n", g->n_passwords == 0 ? " []" : "");
	for (uint32_t i = 0; i < g->n_passwords; i++) {
		fputs("    - alias: ", out);
		conf_print_quoted(g->passwords[i].alias, out);
		fputs("\n      password: ", out);
		conf_print_quoted(g->passwords[i].password, out);
		fputc('\n', out);
	}
}

void conf_ras_proxy_print(const struct conf *c, FILE *out)
{
	const struct conf_ras_proxy *p = &c->ras_proxy;
	char text[ADDR_STRLEN];
	fprintf(out, "  gatekeepers:%s\n", p->n_gatekeepers == 0 ? " []" : "");
	for (uint32_t i = 0; i < p->n_gatekeepers; i++)
		fprintf(out, "    - address: '%s'\n      port: %u\n", addr_str(&p->gatekeepers[i].address, text),
		        p->gatekeepers[i].port);
}

void conf_gatekeeper_free(struct conf_gatekeeper *g)
{
	for (uint32_t i = 0; i < g->n_domains; i++)
		free(g->domains[i]);
	for (uint32_t i = 0; i < g->n_passwords; i++) {
		free(g->passwords[i].alias);
		free(g->passwords[i].password);
	}
	free(g->identifier);
	free(g->neighbours);
	free(g->nameservers);
	free(g->domains);
	free(g->passwords);
}
