/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is kept of a lease, under its address as the key (family, octets):
 *
 *	version (1), state (1), held (1), host: family (1), octets (4 or 16); since (8), used (8)
 *
 * Times are milliseconds since 1970. The realm is not in it: the pools of the day say which one the address is of.
 */
#include "base/reader.h"
#include "base/writer.h"
#include "lease/table_private.h"

enum { IMAGE_VERSION = 1 };

size_t lease_key(uint8_t key[static LEASE_KEY_MAX], const struct addr *address)
{
	const size_t n = addr_ip_len(address);
	key[0] = address->family;
	memcpy(key + 1, address->ip, n);
	return 1 + n;
}

static void put_time(struct writer *w, uint64_t ms)
{
	wr_u32(w, (uint32_t)(ms >> 32));
	wr_u32(w, (uint32_t)ms);
}

size_t lease_image(const struct lease *l, uint8_t image[static LEASE_IMAGE_MAX])
{
	struct writer w = wr_of(image, LEASE_IMAGE_MAX);
	wr_u8(&w, IMAGE_VERSION);
	wr_u8(&w, (uint8_t)l->state);
	wr_u8(&w, l->uses != 0);
	wr_u8(&w, l->host.family);
	wr_bytes(&w, slice_of(l->host.ip, addr_ip_len(&l->host)));
	put_time(&w, l->since_ms);
	put_time(&w, l->used_ms);
	return wr_slice(&w).n;
}

static int read_addr(struct reader *r, struct addr *out, bool may_lack)
{
	struct addr a = { 0 };
	struct pst_slice ip;
	int rc = rd_u8(r, &a.family);
	if (rc != PST_OK || (a.family == ADDR_NONE && !may_lack) ||
		(a.family != ADDR_NONE && a.family != ADDR_IP4 && a.family != ADDR_IP6))
		return PST_E_BAD;
	rc = rd_take(r, addr_ip_len(&a), &ip);
	if (rc != PST_OK)
		return PST_E_BAD;
	if (ip.n > 0)
		memcpy(a.ip, ip.p, ip.n);
	*out = a;
	return PST_OK;
}

static int read_time(struct reader *r, uint64_t *ms)
{
	uint32_t high, low;
	if (rd_u32(r, &high) != PST_OK || rd_u32(r, &low) != PST_OK)
		return PST_E_BAD;
	*ms = (uint64_t)high << 32 | low;
	return PST_OK;
}

int lease_read_key(struct pst_slice key, struct addr *address)
{
	struct reader k = rd_of(key);
	struct addr a;
	if (read_addr(&k, &a, false) != PST_OK || rd_left(&k) != 0)
		return PST_E_BAD;
	*address = a;
	return PST_OK;
}

int lease_read(struct pst_slice key, struct pst_slice image, struct lease *out)
{
	struct lease l = { .pool = LEASE_NO_POOL };
	struct reader r = rd_of(image);
	uint8_t version, state, held;
	if (lease_read_key(key, &l.address) != PST_OK)
		return PST_E_BAD;
	if (rd_u8(&r, &version) != PST_OK || version != IMAGE_VERSION || rd_u8(&r, &state) != PST_OK ||
		state > LEASE_RESTING || rd_u8(&r, &held) != PST_OK || held > 1 ||
		read_addr(&r, &l.host, state == LEASE_RESTING) != PST_OK || read_time(&r, &l.since_ms) != PST_OK ||
		read_time(&r, &l.used_ms) != PST_OK || rd_left(&r) != 0)
		return PST_E_BAD;
	l.state = (enum lease_state)state;
	l.uses = held;
	*out = l;
	return PST_OK;
}
