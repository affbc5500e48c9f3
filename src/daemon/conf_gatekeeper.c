/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/conf_gatekeeper.h"

#include <stdlib.h>

enum { RAS_PORT = 1719, TEXT_MAX = 128 };

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

int conf_gatekeeper_check(struct conf_checking *k)
{
	int rc = check_neighbours(k);
	if (rc == PST_OK)
		rc = check_domains(k);
	if (rc == PST_OK)
		rc = check_passwords(k);
	return rc;
}

void conf_gatekeeper_print(const struct conf *c, FILE *out)
{
	const struct conf_gatekeeper *g = &c->gatekeeper;
	char text[ADDR_STRLEN];
	fputs("  neighbours: [", out);
	for (uint32_t i = 0; i < g->n_neighbours; i++)
		fprintf(out, "%s'%s'", i != 0 ? ", " : "", addr_str(&g->neighbours[i], text));
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
	free(g->domains);
	free(g->passwords);
}
