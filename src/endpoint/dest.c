/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Destinations: text to alias, host and port, and host to address. */
#include "endpoint/dest.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>

static int copy(char *out, size_t cap, const char *from, size_t n)
{
	if (n == 0 || n >= cap)
		return PST_E_BAD;
	memcpy(out, from, n);
	out[n] = '\0';
	return PST_OK;
}

static int port_parse(uint16_t *out, const char *text)
{
	unsigned long v;
	char *end;

	if (*text < '0' || *text > '9')
		return PST_E_BAD;
	v = strtoul(text, &end, 10);
	if (*end || v < 1 || v > 65535)
		return PST_E_BAD;
	*out = (uint16_t)v;
	return PST_OK;
}

static int host_parse(struct dest *d, const char *text)
{
	const char *colon = strrchr(text, ':'), *end;

	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return PST_E_BAD;
		if (end[1] && port_parse(&d->port, end + 2))
			return PST_E_BAD;
		return copy(d->host, sizeof(d->host), text + 1, (size_t)(end - text - 1));
	}
	if (!colon || strchr(text, ':') != colon) /* no port, or a bare IPv6 address */
		return copy(d->host, sizeof(d->host), text, strlen(text));
	if (port_parse(&d->port, colon + 1))
		return PST_E_BAD;
	return copy(d->host, sizeof(d->host), text, (size_t)(colon - text));
}

int dest_parse(struct dest *out, const char *text, uint16_t default_port)
{
	struct dest d = {.port = default_port};
	const char *at;

	if (!strncasecmp(text, "h323:", 5))
		text += 5;
	at = strrchr(text, '@');
	if (at && copy(d.alias, sizeof(d.alias), text, (size_t)(at - text)))
		return PST_E_BAD;
	if (host_parse(&d, at ? at + 1 : text))
		return PST_E_BAD;
	*out = d;
	return PST_OK;
}

bool dest_is_number(const char *alias)
{
	return *alias && strspn(alias, "0123456789*#,") == strlen(alias);
}

int dest_resolve(struct addr *out, const struct dest *d, uint8_t family, const char **why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	        .ai_family = family == ADDR_IP4   ? AF_INET
	                     : family == ADDR_IP6 ? AF_INET6
	                                          : AF_UNSPEC};
	struct addrinfo *found = NULL;
	int err, rc = PST_E_NOT_FOUND;

	if (!addr_parse(out, d->host, d->port) && (!family || out->family == family)) {
		*out = addr_with_port(*out, d->port);
		return PST_OK;
	}
	err = getaddrinfo(d->host, NULL, &hints, &found);
	if (why)
		*why = err ? gai_strerror(err) : "no usable address";
	if (err)
		return rc;
	for (const struct addrinfo *a = found; a && rc; a = a->ai_next) {
		if (a->ai_family == AF_INET) {
			struct sockaddr_in in;

			memcpy(&in, a->ai_addr, sizeof(in));
			*out = addr_ip4((const uint8_t *)&in.sin_addr, d->port);
			rc = PST_OK;
		} else if (a->ai_family == AF_INET6) {
			struct sockaddr_in6 in6;

			memcpy(&in6, a->ai_addr, sizeof(in6));
			*out = addr_ip6(in6.sin6_addr.s6_addr, d->port);
			rc = PST_OK;
		}
	}
	freeaddrinfo(found);
	return rc;
}
