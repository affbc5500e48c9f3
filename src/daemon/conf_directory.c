/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/conf_directory.h"

#include <stdlib.h>
#include <strings.h>

enum { PERSON_NAME_MAX = 255 };

/* Checking */

static void check_ports(struct conf_checking *k, const char *key, char *const *raw, uint32_t n, const uint16_t *presets,
        uint32_t n_presets, uint16_t *out, uint32_t *n_out)
{
	char path[64];
	if (n == 0) {
		memcpy(out, presets, n_presets * sizeof *out);
		*n_out = n_presets;
	}
	for (uint32_t i = 0; i < n; i++) {
		char *end;
		const unsigned long v = strtoul(raw[i], &end, 10);
		snprintf(path, sizeof path, "directory.%s.%u", key, i);
		if (raw[i][0] < '0' || raw[i][0] > '9' || *end != '\0' || v < 1 || v > 65535)
			conf_check_bad_value(k, path, raw[i], "has to be a port from 1 to 65535");
		out[(*n_out)++] = (uint16_t)v;
	}
}

static void check_realms(struct conf_checking *k, const char *key, char *const *raw, uint32_t n, uint32_t *out)
{
	char path[64];
	/* not given: every realm; what is given names them one by one */
	*out = n == 0 ? UINT32_MAX : 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = 0;
		while (at < k->c->gw.n_realms && strcmp(k->c->gw.realms[at].name, raw[i]) != 0)
			at++;
		snprintf(path, sizeof path, "directory.%s.%u", key, i);
		if (at < k->c->gw.n_realms)
			*out |= 1U << at;
		else if (strcmp(raw[i], "none") != 0)
			conf_check_bad_value(k, path, raw[i], "is no realm, nor none");
	}
}

static int check_person(struct conf_checking *k, uint32_t at)
{
	const struct conf_raw_person *raw = &k->raw->people[at];
	struct conf_person *p = &k->c->directory.people[at];
	char path[64];
	p->name = strdup(raw->name != NULL ? raw->name : "");
	p->comment = raw->comment != NULL ? strdup(raw->comment) : NULL;
	if (p->name == NULL || (raw->comment != NULL && p->comment == NULL))
		return PST_E_NOMEM;
	snprintf(path, sizeof path, "directory.people.%u.name", at);
	if (raw->name == NULL)
		conf_check_problem(k, path, "%s is missing", path);
	else if (raw->name[0] == '\0' || strlen(raw->name) > PERSON_NAME_MAX)
		conf_check_bad_value(k, path, raw->name, "has to be a name or an e-mail address of at most 255 octets");
	for (uint32_t i = 0; i < at; i++) {
		if (p->name[0] != '\0' && strcasecmp(p->name, k->c->directory.people[i].name) == 0)
			conf_check_bad_value(k, path, p->name, "is listed already");
	}
	snprintf(path, sizeof path, "directory.people.%u.host", at);
	conf_check_host(k, path, raw->host, &p->host);
	return PST_OK;
}

static int check_people(struct conf_checking *k)
{
	struct conf_directory *d = &k->c->directory;
	if (k->raw->n_people == 0)
		return PST_OK;
	d->people = calloc(k->raw->n_people, sizeof *d->people);
	if (d->people == NULL)
		return PST_E_NOMEM;
	d->n_people = k->raw->n_people;
	for (uint32_t i = 0; i < d->n_people; i++) {
		const int rc = check_person(k, i);
		if (rc != PST_OK)
			return rc;
	}
	return PST_OK;
}

static int check_servers(struct conf_checking *k)
{
	struct conf_directory *d = &k->c->directory;
	if (k->raw->n_inside_servers == 0)
		return PST_OK;
	d->inside_servers = calloc(k->raw->n_inside_servers, sizeof *d->inside_servers);
	if (d->inside_servers == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < k->raw->n_inside_servers; i++) {
		char path[64];
		snprintf(path, sizeof path, "directory.inside_servers.%u", i);
		conf_check_host(k, path, k->raw->inside_servers[i], &d->inside_servers[d->n_inside_servers++]);
	}
	return PST_OK;
}

/* Where the port of a service is configured. */
static const char *service_section(const struct conf *c, uint32_t service)
{
	return service >= conf_audio_service(c)	 ? "audio_control"
	       : service >= conf_data_service(c) ? "data"
	       : service >= conf_ras_service(c) ? "gatekeeper" : "directory";
}

static void check_sockets(struct conf_checking *k)
{
	const struct gw_config *gw = &k->c->gw;
	uint32_t places = 0;
	uint16_t a = 0, b = 0;
	for (uint32_t i = 0; i < gw->n_realms; i++)
		places += gw->realms[i].n_interfaces != 0 ? gw->realms[i].n_interfaces : 1;
	if (places * conf_services(k->c) > CONF_SOCKETS_MAX)
		conf_check_problem(k, "directory", "directory: %u interfaces by %u ports are more than %d sockets", places,
		        conf_services(k->c), CONF_SOCKETS_MAX);
	for (uint32_t i = 0; conf_service_port(k->c, i, &a); i++) {
		for (uint32_t j = 0; j < i && conf_service_port(k->c, j, &b); j++) {
			if (a == b && conf_service_transport(k->c, i) == conf_service_transport(k->c, j))
				conf_check_problem(k, service_section(k->c, i), "%s: port %u is used twice",
				        service_section(k->c, i), a);
		}
		if (i > 0 && conf_service_transport(k->c, i) == CONF_TCP && a >= gw->h245_ports.first && a <= gw->h245_ports.last)
			conf_check_problem(k, service_section(k->c, i), "%s: port %u is one of h323.h245_ports",
			        service_section(k->c, i), a);
	}
}

int conf_directory_check(struct conf_checking *k)
{
	static const uint16_t ils[] = {389, 1002}, uls[] = {522};
	const struct conf_raw *raw = k->raw;
	struct conf_directory *d = &k->c->directory;
	check_ports(k, "ils_ports", raw->ils_ports, raw->n_ils_ports, ils, 2, d->ils_ports, &d->n_ils_ports);
	check_ports(k, "uls_ports", raw->uls_ports, raw->n_uls_ports, uls, 1, d->uls_ports, &d->n_uls_ports);
	check_realms(k, "search", raw->search, raw->n_search, &d->search);
	check_realms(k, "list", raw->list, raw->n_list, &d->list);
	check_realms(k, "register", raw->registers, raw->n_registers, &d->registers);
	if (d->ttl_ms > d->ttl_max_ms)
		conf_check_problem(k, "directory.ttl", "directory.ttl: more than directory.ttl_max");
	check_sockets(k);
	const int rc = check_servers(k);
	return rc != PST_OK ? rc : check_people(k);
}

/* Printing */

static void print_ports(const char *key, const uint16_t *ports, uint32_t n, FILE *out)
{
	fprintf(out, "  %s: [", key);
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "%s%u", i != 0 ? ", " : "", ports[i]);
	fputs("]\n", out);
}

static void print_realms(const struct conf *c, const char *key, uint32_t realms, FILE *out)
{
	const char *separator = "";
	fprintf(out, "  %s: [", key);
	for (uint32_t i = 0; i < c->gw.n_realms; i++) {
		if ((realms >> i & 1) == 0)
			continue;
		fprintf(out, "%s'%s'", separator, c->gw.realms[i].name);
		separator = ", ";
	}
	fputs(separator[0] == '\0' ? "none]\n" : "]\n", out);
}

void conf_directory_print(const struct conf *c, FILE *out)
{
	const struct conf_directory *d = &c->directory;
	char text[ADDR_STRLEN];
	print_ports("ils_ports", d->ils_ports, d->n_ils_ports, out);
	print_ports("uls_ports", d->uls_ports, d->n_uls_ports, out);
	print_realms(c, "search", d->search, out);
	print_realms(c, "list", d->list, out);
	print_realms(c, "register", d->registers, out);
	fputs("  inside_servers: [", out);
	for (uint32_t i = 0; i < d->n_inside_servers; i++)
		fprintf(out, "%s'%s'", i != 0 ? ", " : "", addr_ip_str(&d->inside_servers[i], text));
	fprintf(out, "]\n  people:%s\n", d->n_people == 0 ? " []" : "");
	for (uint32_t i = 0; i < d->n_people; i++) {
		fputs("    - name: ", out);
		conf_print_quoted(d->people[i].name, out);
		fprintf(out, "\n      host: '%s'\n", addr_str(&d->people[i].host, text));
		if (d->people[i].comment != NULL) {
			fputs("      comment: ", out);
			conf_print_quoted(d->people[i].comment, out);
			fputc('\n', out);
		}
	}
}

void conf_directory_free(struct conf_directory *d)
{
	for (uint32_t i = 0; i < d->n_people; i++) {
		free(d->people[i].name);
		free(d->people[i].comment);
	}
	free(d->people);
	free(d->inside_servers);
}
