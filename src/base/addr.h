/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Transport addresses: an IPv4 or IPv6 address with a port, and prefixes.
 * Pure: conversion to and from the socket structures lives in loop/.
 */
#ifndef PST_BASE_ADDR_H
#define PST_BASE_ADDR_H

#include "base/err.h"
#include "base/slice.h"

enum addr_family { ADDR_NONE = 0, ADDR_IP4 = 4, ADDR_IP6 = 6 };

struct addr {
	uint8_t family;  /* enum addr_family */
	uint8_t ip[16];  /* network order; IPv4 uses the first four octets, the rest is zero */
	uint16_t port;   /* host order; 0: none */
};

struct addr_prefix {
	struct addr net; /* port unused */
	uint8_t len;     /* bits */
};

enum { ADDR_STRLEN = 56, ADDR_PREFIX_STRLEN = 56 };

static inline size_t addr_ip_len(const struct addr *a)
{
	return a->family == ADDR_IP4 ? 4 : a->family == ADDR_IP6 ? 16 : 0;
}

struct addr addr_ip4(const uint8_t ip[static 4], uint16_t port);
struct addr addr_ip6(const uint8_t ip[static 16], uint16_t port);
/* The same address with another port. */
struct addr addr_with_port(struct addr a, uint16_t port);
bool addr_ip_eq(const struct addr *a, const struct addr *b);
bool addr_eq(const struct addr *a, const struct addr *b);

/* "192.0.2.1", "192.0.2.1:1720", "2001:db8::1", "[2001:db8::1]:1720"; DEFAULT_PORT where none is
 * given. PST_E_BAD when it is no address. */
PST_MUST_CHECK int addr_parse(struct addr *out, const char *text, uint16_t default_port);
/* Writes ip:port ([v6]:port), or the bare address where the port is 0; returns BUF. */
const char *addr_str(const struct addr *a, char buf[static ADDR_STRLEN]);
/* Writes the address without a port; returns BUF. */
const char *addr_ip_str(const struct addr *a, char buf[static ADDR_STRLEN]);

bool addr_is_unspecified(const struct addr *a);
bool addr_is_loopback(const struct addr *a);   /* 127/8, ::1, and ::ffff:127/104 */
bool addr_is_multicast(const struct addr *a);
bool addr_is_link_local(const struct addr *a); /* 169.254/16, fe80::/10 */
bool addr_is_broadcast(const struct addr *a);  /* 255.255.255.255 */
bool addr_is_mapped(const struct addr *a);     /* ::ffff:0:0/96, an IPv4 address in IPv6 clothes */
/* The IPv4 address in them, with the port; any other as it is. */
struct addr addr_unmapped(const struct addr *a);

/* "10.0.0.0/8", "2001:db8::/32"; an address alone is a prefix of full length. Host bits must be zero. */
PST_MUST_CHECK int addr_prefix_parse(struct addr_prefix *out, const char *text);
bool addr_prefix_has(const struct addr_prefix *p, const struct addr *a);
const char *addr_prefix_str(const struct addr_prefix *p, char buf[static ADDR_PREFIX_STRLEN]);

#endif
