/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration's life: reading it whole, filling in what the machine knows, printing, letting it go. */
#include "daemon/conf.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/conf_directory.h"
#include "daemon/conf_gatekeeper.h"
#include "daemon/conf_leases.h"
#include "daemon/conf_policy.h"
#include "daemon/conf_raw.h"

void conf_problem_add(struct conf_problems *p, uint32_t line, const char *fmt, ...)
{
	if (p->n == CONF_PROBLEMS_MAX)
		return;
	char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	const int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	p->list[p->n++] = (struct conf_problem){line, n < 0 ? NULL : text};
}

void conf_problems_free(struct conf_problems *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		free(p->list[i].text);
	p->n = 0;
}

static int by_line(const void *a, const void *b)
{
	const struct conf_problem *x = a, *y = b;
	return x->line < y->line ? -1 : x->line > y->line;
}

int conf_parse(struct conf **out, struct pst_slice text, struct conf_problems *problems)
{
	struct conf_index *ix = NULL;
	struct conf_raw *raw = NULL;
	struct conf *c = calloc(1, sizeof *c);
	if (c == NULL)
		return PST_E_NOMEM;
	int rc = conf_index_new(&ix, text, problems);
	if (rc != PST_OK)
		goto out;
	rc = conf_raw_load(&raw, text, ix, problems);
	if (rc != PST_OK)
		goto out;
	rc = conf_check(c, raw, ix, problems);
	if (rc != PST_OK)
		goto out;
	*out = c;
	c = NULL;
out:
	qsort(problems->list, problems->n, sizeof problems->list[0], by_line);
	conf_free(c);
	conf_raw_free(raw);
	conf_index_free(ix);
	return rc;
}

static bool from_sockaddr(struct addr *out, const struct sockaddr *sa)
{
	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof in);
		uint8_t ip[4];
		memcpy(ip, &in.sin_addr, sizeof ip);
		*out = addr_ip4(ip, 0);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof in6);
		*out = addr_ip6(in6.sin6_addr.s6_addr, 0);
		return !addr_is_link_local(out);
	}
	return false;
}

static bool in_a_pool(const struct conf_leases *l, const struct addr *a)
{
	for (uint32_t i = 0; i < l->n_pools; i++) {
		if (lease_pool_has(&l->pools[i], a))
			return true;
	}
	return false;
}

/* The first IPv4 address of interface NAME, else its first IPv6 address that is not link-local. What stands for other hosts there
 * is not its own. */
static bool first_address(struct addr *out, const struct ifaddrs *all, const char *name, const struct conf_leases *leases)
{
	bool found = false;
	for (const struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		struct addr a;
		if (strcmp(i->ifa_name, name) != 0 || !from_sockaddr(&a, i->ifa_addr) || in_a_pool(leases, &a))
			continue;
		if (!found || (out->family == ADDR_IP6 && a.family == ADDR_IP4))
			*out = a;
		found = true;
	}
	return found;
}

int conf_resolve(struct conf *c, struct conf_problems *problems)
{
	struct ifaddrs *all = NULL;
	if (getifaddrs(&all) != 0)
		return PST_E_SYS;
	int rc = PST_OK;
	for (uint32_t i = 0; i < c->gw.n_realms; i++) {
		struct gw_realm *r = &c->gw.realms[i];
		if (!c->address_auto[i] || first_address(&r->address, all, r->interfaces[0], &c->leases))
			continue;
		conf_problem_add(problems, 0, "realm %s: interface %s has no address to use for auto",
		        r->name, r->interfaces[0]);
		rc = PST_E_BAD;
	}
	for (uint32_t i = 0; rc == PST_OK && i < c->gw.n_realms; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (!addr_ip_eq(&c->gw.realms[i].address, &c->gw.realms[j].address))
				continue;
			conf_problem_add(problems, 0, "realms %s and %s have the same address",
			        c->gw.realms[i].name, c->gw.realms[j].name);
			rc = PST_E_BAD;
		}
	}
	freeifaddrs(all);
	return rc;
}

static void print_prefixes(const char *key, const struct addr_prefix *list, uint32_t n, FILE *out)
{
	char text[ADDR_PREFIX_STRLEN];
	fprintf(out, "    %s: [", key);
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "%s'%s'", i != 0 ? ", " : "", addr_prefix_str(&list[i], text));
	fputs("]\n", out);
}

static void print_realm(const struct conf *c, uint32_t at, FILE *out)
{
	const struct gw_realm *r = &c->gw.realms[at];
	char text[ADDR_STRLEN];
	fprintf(out, "  - name: '%s'\n    role: %s\n    interfaces: [", r->name,
	        r->role == GW_ROLE_INSIDE ? "inside" : "outside");
	for (uint32_t i = 0; i < r->n_interfaces; i++)
		fprintf(out, "%s'%s'", i != 0 ? ", " : "", r->interfaces[i]);
	fprintf(out, "]\n    address: '%s'\n", c->address_auto[at] ? "auto" : addr_ip_str(&r->address, text));
	print_prefixes("networks", r->networks, r->n_networks, out);
	print_prefixes("media_hosts", r->media_hosts, r->n_media_hosts, out);
}

static void print_inbound(const struct gw_config *gw, FILE *out)
{
	char text[ADDR_STRLEN];
	fprintf(out, "inbound:\n  bindings:%s\n", gw->n_bindings == 0 ? " []" : "");
	for (uint32_t i = 0; i < gw->n_bindings; i++) {
		fputs("    - name: ", out);
		conf_print_quoted(gw->bindings[i].name, out);
		fprintf(out, "\n      host: '%s'\n", addr_str(&gw->bindings[i].host, text));
	}
	fprintf(out, "  ports:%s\n", gw->n_ports == 0 ? " []" : "");
	for (uint32_t i = 0; i < gw->n_ports; i++)
		fprintf(out, "    - port: %u\n      host: '%s'\n", gw->ports[i].port, addr_str(&gw->ports[i].host, text));
	if (gw->default_host.family != ADDR_NONE)
		fprintf(out, "  default: '%s'\n", addr_str(&gw->default_host, text));
}

static void print_section(const struct conf *c, const char *section, FILE *out)
{
	const bool top = strcmp(section, "top") == 0;
	if (!top)
		fprintf(out, "%s:\n", section);
	for (size_t i = 0; i < CONF_N_ITEMS; i++) {
		if (strcmp(conf_items[i].section, section) != 0)
			continue;
		fprintf(out, "%s%s: ", top ? "" : "  ", conf_items[i].key);
		conf_item_print(c, &conf_items[i], out);
		fputc('\n', out);
	}
}

void conf_print(const struct conf *c, FILE *out)
{
	static const char *const sections[] = {"h323", "media", "data", "limits", "timers", "control", "log"};
	print_section(c, "top", out);
	fputs("realms:\n", out);
	for (uint32_t i = 0; i < c->gw.n_realms; i++)
		print_realm(c, i, out);
	print_inbound(&c->gw, out);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		print_section(c, sections[i], out);
	print_section(c, "directory", out);
	conf_directory_print(c, out);
	print_section(c, "gatekeeper", out);
	conf_gatekeeper_print(c, out);
	print_section(c, "leases", out);
	conf_leases_print(c, out);
	print_section(c, "policy", out);
	conf_policy_print(&c->gw, out);
	print_section(c, "ras_proxy", out);
	conf_ras_proxy_print(c, out);
}

bool conf_service_port(const struct conf *c, uint32_t service, uint16_t *port)
{
	const struct conf_directory *d = &c->directory;
	if (service >= conf_services(c))
		return false;
	if (service >= conf_audio_service(c)) {
		*port = c->gw.audio.port;
		return true;
	}
	if (service >= conf_data_service(c)) {
		*port = c->gw.data.port;
		return true;
	}
	if (service >= conf_ras_proxy_service(c)) {
		*port = c->ras_proxy.gatekeepers[service - conf_ras_proxy_service(c)].port;
		return true;
	}
	if (service >= conf_ras_service(c)) {
		*port = service == conf_ras_service(c) ? c->gatekeeper.port : CONF_DISCOVERY_PORT;
		return true;
	}
	if (service >= conf_udp_service(c)) {
		*port = d->uls_ports[service - conf_udp_service(c)];
		return true;
	}
	*port = service == 0                ? c->gw.signalling_port
	        : service <= d->n_ils_ports ? d->ils_ports[service - 1]
	                                    : d->uls_ports[service - 1 - d->n_ils_ports];
	return true;
}

const struct gw_realm *conf_realm_of(const struct conf *c, const struct addr *addr)
{
	const struct gw_realm *rest = NULL;
	for (uint32_t i = 0; i < c->gw.n_realms; i++) {
		const struct gw_realm *r = &c->gw.realms[i];
		if (r->n_networks == 0 && (rest == NULL || rest->address.family != addr->family))
			rest = r;
		for (uint32_t j = 0; j < r->n_networks; j++) {
			if (addr_prefix_has(&r->networks[j], addr))
				return r;
		}
	}
	return rest;
}

const char *conf_directory_folder(const struct conf *c, char path[static CONF_STATE_PATH_MAX])
{
	snprintf(path, CONF_STATE_PATH_MAX, "%s/directory", c->state_dir);
	return path;
}

const char *conf_restart_key(const struct conf *a, const struct conf *b)
{
	if (strcmp(a->control_socket, b->control_socket) != 0)
		return "control.socket";
	if (strcmp(a->user, b->user) != 0)
		return "user";
	if (strcmp(a->state_dir, b->state_dir) != 0)
		return "state_dir";
	if (a->relay != b->relay)
		return "media.relay";
	return NULL;
}

static void realm_free(struct gw_realm *r)
{
	free(r->name);
	for (uint32_t i = 0; i < r->n_interfaces; i++)
		free(r->interfaces[i]);
	free(r->interfaces);
	free(r->networks);
	free(r->media_hosts);
}

void conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < c->gw.n_realms; i++)
		realm_free(&c->gw.realms[i]);
	for (uint32_t i = 0; i < c->gw.n_bindings; i++)
		free(c->gw.bindings[i].name);
	free(c->gw.realms);
	free(c->gw.bindings);
	free(c->gw.ports);
	conf_directory_free(&c->directory);
	conf_gatekeeper_free(&c->gatekeeper);
	conf_leases_free(&c->leases);
	conf_policy_free(&c->gw);
	free(c->ras_proxy.gatekeepers);
	free(c->gw.gatekeepers);
	free(c->control_socket);
	free(c->user);
	free(c->state_dir);
	free(c);
}

int conf_read_fd(int fd, char **out, size_t *len)
{
	char *text = malloc(CONF_TEXT_MAX + 1);
	if (text == NULL)
		return PST_E_NOMEM;
	size_t n = 0;
	/* not by the file's offset, which others who have it read by; a pipe has none */
	const bool is_file = lseek(fd, 0, SEEK_CUR) >= 0;
	for (;;) {
		const size_t room = CONF_TEXT_MAX + 1 - n;
		const ssize_t got = is_file ? pread(fd, text + n, room, (off_t)n) : read(fd, text + n, room);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || (n += (size_t)got) > CONF_TEXT_MAX) {
			const int saved = errno;
			free(text);
			errno = saved;
			return got < 0 ? PST_E_SYS : PST_E_LIMIT;
		}
		if (got == 0)
			break;
	}
	*out = text;
	*len = n;
	return PST_OK;
}
