/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses in RTCP: see the header. */
#include "relay/hide.h"

#include "base/addr_find.h"

enum { HEADER = 4, SDES = 202, BYE = 203, TYPE_FIRST = 192, TYPE_LAST = 223 };

/* splitmix64's step */
static uint64_t mix(uint64_t v)
{
	v += 0x9e3779b97f4a7c15;
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
	v = (v ^ v >> 27) * 0x94d049bb133111eb;
	return v ^ v >> 31;
}

static void overwrite(uint8_t *p, size_t n, const struct addr *a, uint64_t key)
{
	uint64_t v = mix(key);
	for (size_t i = 0; i < addr_ip_len(a); i++)
		v = mix(v ^ a->ip[i]);
	for (size_t i = 0; i < n; i++) {
		p[i] = (uint8_t)('g' + v % 20); /* no digit, nor one of IPv6 */
		v = mix(v);
	}
}

static bool hide_text(uint8_t *p, size_t n, uint64_t key)
{
	struct addr_found f;
	bool any = false;
	for (size_t from = 0; addr_find(&f, slice_of(p, n), 1, from); from = f.at + f.n) {
		overwrite(p + f.at, f.n, &f.addr, key);
		any = true;
	}
	return any;
}

/* Chunks of a source and its items, each list ended by a zero octet and filled to a word (RFC 3550 6.5). */
static bool hide_sdes(uint8_t *p, size_t n, uint64_t key)
{
	bool any = false;
	size_t i = 0;
	while (i + 4 <= n) {
		for (i += 4; i + 2 <= n && p[i] != 0 && p[i + 1] <= n - i - 2; i += 2u + p[i + 1])
			any = hide_text(p + i + 2, p[i + 1], key) || any;
		if (i < n && p[i] != 0)
			return any; /* an item longer than the packet */
		i = (i | 3) + 1;
	}
	return any;
}

static bool hide_bye(uint8_t *p, size_t n, unsigned sources, uint64_t key)
{
	const size_t at = 4 * (size_t)sources;
	return at < n && p[at] <= n - at - 1 && hide_text(p + at + 1, p[at], key);
}

static size_t packet_len(const uint8_t *p, size_t n)
{
	if (n < HEADER || p[0] >> 6 != 2 || p[1] < TYPE_FIRST || p[1] > TYPE_LAST)
		return 0;
	const size_t len = HEADER + 4 * ((size_t)p[2] << 8 | p[3]);
	return len <= n ? len : 0;
}

bool relay_hide_addresses(uint8_t *p, size_t n, uint64_t key)
{
	bool any = false;
	size_t i, len;
	for (i = 0; i < n && (len = packet_len(p + i, n - i)) != 0; i += len)
		;
	if (i != n)
		return false;
	for (i = 0; i < n; i += len) {
		len = packet_len(p + i, n - i);
		if (p[i + 1] == SDES)
			any = hide_sdes(p + i + HEADER, len - HEADER, key) || any;
		else if (p[i + 1] == BYE)
			any = hide_bye(p + i + HEADER, len - HEADER, p[i] & 31, key) || any;
	}
	return any;
}
