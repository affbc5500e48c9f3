/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/server.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "loop/net.h"

bool server_option(struct server_options *o, int opt, const char *value)
{
	char *end = NULL;
	if (opt == SERVER_OPT_ILS || opt == SERVER_OPT_ULS) {
		o->server.protocol = opt == SERVER_OPT_ILS ? DIRECTORY_BY_ILS : DIRECTORY_BY_ULS;
		return true;
	}
	if (opt == SERVER_OPT_LOCAL) {
		if (addr_parse(&o->server.local, value, 0) == 0)
			return true;
		fprintf(stderr, "--local %s: an address\n", value);
		return false;
	}
	const double s = strtod(value, &end);
	if (end == value || *end != '\0' || !(s >= 0.1 && s <= 3600)) {
		fprintf(stderr, "--timeout %s: 0.1 to 3600 s\n", value);
		return false;
	}
	o->server.timeout_ms = (uint32_t)(s * 1000);
	return true;
}

static bool ask_resolver(struct server_options *o, const char *host, uint16_t port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG,
		.ai_family = o->server.local.family == ADDR_IP6 ? AF_INET6 : o->server.local.family == ADDR_IP4 ? AF_INET : AF_UNSPEC };
	struct addrinfo *list = NULL;
	const int rc = getaddrinfo(host, NULL, &hints, &list);
	bool found = false;
	/* ILS and NetMeeting know IPv4 only: that first. */
	for (int pass = 0; rc == 0 && pass < 2 && !found; pass++)
		for (const struct addrinfo *a = list; a != NULL && !found; a = a->ai_next)
			found = (pass == 1 || a->ai_family == AF_INET) && loop_addr(&o->server.ip, a->ai_addr) == 0;
	if (rc == 0)
		freeaddrinfo(list);
	o->server.ip.port = port;
	if (!found)
		fprintf(stderr, "%s: %s\n", host, rc != 0 ? gai_strerror(rc) : "no address");
	return found;
}

bool server_resolve(struct server_options *o, const char *text)
{
	char host[256];
	unsigned long port = 0;
	o->name = text;
	if (addr_parse(&o->server.ip, text, 0) == 0)
		return true;
	const char *colon = strrchr(text, ':');
	const size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);
	char *end = NULL;
	if (colon != NULL)
		port = strtoul(colon + 1, &end, 10);
	if (n == 0 || n >= sizeof(host) || (colon != NULL && (*end != '\0' || port == 0 || port > 65535))) {
		fprintf(stderr, "%s: no server: HOST or HOST:PORT\n", text);
		return false;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	return ask_resolver(o, host, (uint16_t)port);
}

const char *server_str(char buf[static SERVER_STRLEN], const struct directory_server *used)
{
	char text[ADDR_STRLEN];
	snprintf(buf, SERVER_STRLEN, "%s at %s", used->protocol == DIRECTORY_BY_ULS ? "ULS" : "ILS", addr_str(&used->ip, text));
	return buf;
}

char *server_text(struct pst_slice s)
{
	const size_t cap = 4 * s.n + 1;
	char *out = malloc(cap);
	if (out != NULL)
		(void)log_escape(out, cap, s);
	return out;
}

json_t *server_json(struct pst_slice s)
{
	json_t *j = json_stringn(s.n > 0 ? (const char *)s.p : "", s.n);
	if (j != NULL)
		return j;
	char *utf8 = malloc(2 * s.n + 1);
	size_t n = 0;
	for (size_t i = 0; utf8 != NULL && i < s.n; i++) {
		if (s.p[i] < 0x80) {
			utf8[n++] = (char)s.p[i];
		} else {
			utf8[n++] = (char)(0xc0 | s.p[i] >> 6);
			utf8[n++] = (char)(0x80 | (s.p[i] & 0x3f));
		}
	}
	j = utf8 != NULL ? json_stringn(utf8, n) : NULL;
	free(utf8);
	return j;
}
