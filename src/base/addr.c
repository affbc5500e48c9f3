/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

struct addr addr_ip4(const uint8_t ip[static 4], uint16_t port)
{
	struct addr a = { .family = ADDR_IP4, .port = port };
	memcpy(a.ip, ip, 4);
	return a;
}

struct addr addr_ip6(const uint8_t ip[static 16], uint16_t port)
{
	struct addr a = { .family = ADDR_IP6, .port = port };
	memcpy(a.ip, ip, 16);
	return a;
}

struct addr addr_with_port(struct addr a, uint16_t port)
{
	a.port = port;
	return a;
}

bool addr_ip_eq(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, addr_ip_len(a)) == 0;
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_ip_eq(a, b) && a->port == b->port;
}

static int parse_port(const char *text, uint16_t *port)
{
	char *end;
	if (*text < '0' || *text > '9')
		return PST_E_BAD;
	const unsigned long v = strtoul(text, &end, 10);
	if (*end != '\0' || v > 65535)
		return PST_E_BAD;
	*port = (uint16_t)v;
	return 0;
}

static int parse_ip(struct addr *out, const char *text)
{
	if (inet_pton(AF_INET, text, out->ip) == 1) {
		out->family = ADDR_IP4;
		return 0;
	}
	if (inet_pton(AF_INET6, text, out->ip) == 1) {
		out->family = ADDR_IP6;
		return 0;
	}
	return PST_E_BAD;
}

int addr_parse(struct addr *out, const char *text, uint16_t default_port)
{
	struct addr a = { .port = default_port };
	char host[64];
	const size_t n = strlen(text);
	const char *colon = strrchr(text, ':');
	size_t from = 0, to = n;

	if (text[0] == '[') {
		const char *close = strchr(text, ']');
		if (close == NULL)
			return PST_E_BAD;
		from = 1;
		to = (size_t)(close - text);
		if (close[1] == ':') {
			if (parse_port(close + 2, &a.port))
				return PST_E_BAD;
		} else if (close[1] != '\0') {
			return PST_E_BAD;
		}
	} else if (colon != NULL && strchr(text, ':') == colon) {
		to = (size_t)(colon - text);
		if (parse_port(colon + 1, &a.port))
			return PST_E_BAD;
	}
	if (to - from >= sizeof host)
		return PST_E_BAD;
	memcpy(host, text + from, to - from);
	host[to - from] = '\0';
	if (parse_ip(&a, host))
		return PST_E_BAD;
	*out = a;
	return 0;
}

const char *addr_ip_str(const struct addr *a, char buf[static ADDR_STRLEN])
{
	if (a->family == ADDR_NONE ||
	    inet_ntop(a->family == ADDR_IP4 ? AF_INET : AF_INET6, a->ip, buf, ADDR_STRLEN) == NULL)
		memcpy(buf, "-", 2);
	return buf;
}

const char *addr_str(const struct addr *a, char buf[static ADDR_STRLEN])
{
	char ip[ADDR_STRLEN];
	addr_ip_str(a, ip);
	if (a->port == 0 || a->family == ADDR_NONE)
		snprintf(buf, ADDR_STRLEN, "%s", ip);
	else
		snprintf(buf, ADDR_STRLEN, a->family == ADDR_IP6 ? "[%.45s]:%u" : "%.45s:%u", ip, a->port);
	return buf;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n > 0 && *p == 0)
		p++, n--;
	return n == 0;
}

bool addr_is_mapped(const struct addr *a)
{
	return a->family == ADDR_IP6 && all_zero(a->ip, 10) && a->ip[10] == 0xff && a->ip[11] == 0xff;
}

struct addr addr_unmapped(const struct addr *a)
{
	return addr_is_mapped(a) ? addr_ip4(a->ip + 12, a->port) : *a;
}

bool addr_is_unspecified(const struct addr *a)
{
	const struct addr u = addr_unmapped(a);
	/* all of 0/8 means "this network", never a peer */
	return u.family == ADDR_NONE || (u.family == ADDR_IP4 ? u.ip[0] == 0 : all_zero(u.ip, 16));
}

bool addr_is_loopback(const struct addr *a)
{
	const struct addr u = addr_unmapped(a);
	return u.family == ADDR_IP4 ? u.ip[0] == 127
				    : u.family == ADDR_IP6 && all_zero(u.ip, 15) && u.ip[15] == 1;
}

bool addr_is_multicast(const struct addr *a)
{
	const struct addr u = addr_unmapped(a);
	return u.family == ADDR_IP4 ? (u.ip[0] & 0xf0) == 0xe0 : u.family == ADDR_IP6 && u.ip[0] == 0xff;
}

bool addr_is_link_local(const struct addr *a)
{
	const struct addr u = addr_unmapped(a);
	if (u.family == ADDR_IP4)
		return u.ip[0] == 169 && u.ip[1] == 254;
	return u.family == ADDR_IP6 && u.ip[0] == 0xfe && (u.ip[1] & 0xc0) == 0x80;
}

bool addr_is_broadcast(const struct addr *a)
{
	const struct addr u = addr_unmapped(a);
	static const uint8_t ones[4] = { 255, 255, 255, 255 };
	return u.family == ADDR_IP4 && memcmp(u.ip, ones, 4) == 0;
}

bool addr_prefix_has(const struct addr_prefix *p, const struct addr *a)
{
	if (p->net.family != a->family)
		return false;
	const size_t whole = p->len / 8;
	const unsigned rest = p->len % 8;
	if (memcmp(p->net.ip, a->ip, whole) != 0)
		return false;
	return rest == 0 || (uint8_t)((p->net.ip[whole] ^ a->ip[whole]) & (0xff00u >> rest)) == 0;
}

int addr_prefix_parse(struct addr_prefix *out, const char *text)
{
	struct addr_prefix p = { 0 };
	char host[64];
	const char *slash = strchr(text, '/');
	const size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	if (n >= sizeof host)
		return PST_E_BAD;
	memcpy(host, text, n);
	host[n] = '\0';
	if (parse_ip(&p.net, host))
		return PST_E_BAD;
	const unsigned full = p.net.family == ADDR_IP4 ? 32 : 128;
	uint16_t len = (uint16_t)full;
	if (slash != NULL && parse_port(slash + 1, &len))
		return PST_E_BAD;
	if (len > full)
		return PST_E_BAD;
	p.len = (uint8_t)len;
	for (unsigned bit = len; bit < full; bit++)
		if (p.net.ip[bit / 8] & (0x80u >> (bit % 8)))
			return PST_E_BAD;
	*out = p;
	return 0;
}

const char *addr_prefix_str(const struct addr_prefix *p, char buf[static ADDR_PREFIX_STRLEN])
{
	char ip[ADDR_STRLEN];
	snprintf(buf, ADDR_PREFIX_STRLEN, "%.45s/%u", addr_ip_str(&p->net, ip), p->len);
	return buf;
}
