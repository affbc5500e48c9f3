/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lease/pool.h"

#include <stdio.h>
#include <string.h>

enum { DERIVED_BITS = 24 /* free bits of a prefix from which on two hosts hardly meet */ };

static uint64_t half(const struct addr *a, bool low)
{
	uint64_t v = 0;
	const size_t n = addr_ip_len(a) == 16 ? 8 : 4;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | a->ip[n == 8 && low ? 8 + i : i];
	return n == 4 && !low ? 0 : v;
}

static void set_halves(struct addr *a, uint64_t high, uint64_t low)
{
	const size_t n = addr_ip_len(a);
	for (size_t i = n; i-- > 0;) {
		a->ip[i] = (uint8_t)low;
		low >>= 8;
		if (i == 8)
			low = high;
	}
}

static int order(const struct addr *a, const struct addr *b)
{
	return memcmp(a->ip, b->ip, sizeof a->ip);
}

/* The bits below a prefix of LEN, in the two halves of an IPv6 address. */
static void free_bits(uint8_t len, uint64_t *high, uint64_t *low)
{
	*high = len >= 64 ? 0 : UINT64_MAX >> len;
	*low = len <= 64 ? UINT64_MAX : len >= 128 ? 0 : UINT64_MAX >> (len - 64);
}

/* The subnet-router anycast address (RFC 4291 2.6.1) and the reserved subnet anycast addresses (RFC 2526) of a derived
 * pool's own prefix and of any /64 in it. */
static bool reserved(const struct lease_pool *p, const struct addr *a)
{
	uint64_t high, low;
	free_bits(p->prefix_len > 64 ? p->prefix_len : 64, &high, &low);
	const uint64_t id = half(a, true) & low;
	return id == 0 || id >= (low ^ 0x7f) || (p->prefix_len <= 64 && id >= 0xfdffffffffffff80 && id <= 0xfdffffffffffffff);
}

static int set_prefix(struct lease_pool *p, const struct addr_prefix *prefix)
{
	const uint8_t bits = prefix->net.family == ADDR_IP4 ? 32 : 128;
	uint64_t high, low;
	p->first = p->last = prefix->net;
	p->prefix_len = 0;
	if (bits == 32) {
		const uint64_t rest = UINT32_MAX >> (prefix->len < 32 ? prefix->len : 31);
		if (prefix->len >= 31) {
			set_halves(&p->last, 0, half(&p->first, true) + (prefix->len == 31));
			return PST_OK;
		}
		set_halves(&p->last, 0, half(&p->first, true) + rest - 1);
		set_halves(&p->first, 0, half(&p->first, true) + 1);
		return PST_OK;
	}
	free_bits(prefix->len, &high, &low);
	set_halves(&p->last, half(&p->first, false) | high, half(&p->first, true) | low);
	if (bits - prefix->len >= DERIVED_BITS)
		p->prefix_len = prefix->len;
	else if (prefix->len < 127) /* without the subnet-router anycast address and the reserved ones */
		set_halves(&p->first, half(&p->first, false), half(&p->first, true) + 1);
	if (p->prefix_len == 0 && prefix->len < 120)
		set_halves(&p->last, half(&p->last, false), half(&p->last, true) - 128);
	return PST_OK;
}

int lease_pool_parse(struct lease_pool *out, const char *text)
{
	struct lease_pool p = *out;
	struct addr_prefix prefix;
	char first[ADDR_STRLEN];
	const char *dash = strchr(text, '-');
	if (dash == NULL) {
		if (addr_prefix_parse(&prefix, text) != PST_OK || prefix.len == 0)
			return PST_E_BAD;
		(void)!set_prefix(&p, &prefix);
		*out = p;
		return PST_OK;
	}
	if ((size_t)(dash - text) >= sizeof first)
		return PST_E_BAD;
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	if (addr_parse(&p.first, first, 0) != PST_OK || addr_parse(&p.last, dash + 1, 0) != PST_OK ||
		p.first.port != 0 || p.last.port != 0 || p.first.family != p.last.family ||
		half(&p.first, false) != half(&p.last, false))
		return PST_E_BAD;
	if (order(&p.first, &p.last) > 0)
		return PST_E_RANGE;
	p.prefix_len = 0;
	*out = p;
	return PST_OK;
}

const char *lease_pool_str(const struct lease_pool *p, char buf[static LEASE_POOL_STRLEN])
{
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	addr_ip_str(&p->first, a);
	if (p->prefix_len != 0)
		snprintf(buf, LEASE_POOL_STRLEN, "%s/%u", a, p->prefix_len);
	else if (addr_ip_eq(&p->first, &p->last))
		snprintf(buf, LEASE_POOL_STRLEN, "%s", a);
	else
		snprintf(buf, LEASE_POOL_STRLEN, "%s-%s", a, addr_ip_str(&p->last, b));
	return buf;
}

bool lease_pool_has(const struct lease_pool *p, const struct addr *a)
{
	return a->family == p->first.family && order(&p->first, a) <= 0 && order(a, &p->last) <= 0 &&
	       (p->prefix_len == 0 || !reserved(p, a));
}

bool lease_pool_overlap(const struct lease_pool *a, const struct lease_pool *b)
{
	return a->first.family == b->first.family && order(&a->first, &b->last) <= 0 && order(&b->first, &a->last) <= 0;
}

uint32_t lease_pool_prefixes(const struct lease_pool *p, struct addr_prefix *out, uint32_t max)
{
	const uint8_t full = p->first.family == ADDR_IP4 ? 32 : 128;
	uint64_t at = half(&p->first, true), left = half(&p->last, true) - at;
	uint32_t n = 0;
	if (p->prefix_len != 0) {
		if (max > 0)
			out[0] = (struct addr_prefix){ p->first, p->prefix_len };
		return 1;
	}
	/* the largest that begins here and ends within, LEFT being one less than what is left */
	for (;; n++) {
		uint8_t bits = 0;
		while (bits < 63 && bits < full && (at & ((UINT64_C(2) << bits) - 1)) == 0 && (UINT64_C(2) << bits) - 1 <= left)
			bits++;
		if (n < max) {
			out[n] = (struct addr_prefix){ p->first, (uint8_t)(full - bits) };
			set_halves(&out[n].net, half(&p->first, false), at);
		}
		const uint64_t size_less_one = (UINT64_C(1) << bits) - 1;
		if (left == size_less_one)
			return n + 1;
		left -= size_less_one + 1;
		at += size_less_one + 1;
	}
}

uint64_t lease_pool_size(const struct lease_pool *p)
{
	if (p->prefix_len != 0)
		return UINT64_MAX;
	const uint64_t n = half(&p->last, true) - half(&p->first, true);
	return n == UINT64_MAX ? n : n + 1;
}

struct addr lease_pool_at(const struct lease_pool *p, uint64_t i)
{
	struct addr a = p->first;
	set_halves(&a, half(&p->first, false), half(&p->first, true) + i);
	return a;
}

struct addr lease_pool_derive(const struct lease_pool *p, uint64_t high, uint64_t low)
{
	struct addr a = p->first;
	uint64_t free_high, free_low;
	free_bits(p->prefix_len, &free_high, &free_low);
	set_halves(&a, half(&p->first, false) | (high & free_high), half(&p->first, true) | (low & free_low));
	return a;
}
