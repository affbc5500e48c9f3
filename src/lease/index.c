/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two chained hash tables over one set of rows, keyed with a secret: hosts choose their own addresses. */
#include <stdlib.h>

#include "lease/table_private.h"

enum { SLOTS_MIN = 64 };

static uint64_t rotl(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static void sip_round(uint64_t v[static 4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[static 4], uint64_t m)
{
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
}

uint64_t lease_hash(const uint64_t seed[static 2], const uint8_t *p, size_t n)
{
	uint64_t v[4] = { seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d, seed[0] ^ 0x6c7967656e657261,
		seed[1] ^ 0x7465646279746573 };
	uint64_t m = 0;
	size_t i = 0;
	for (; i < n; i++) {
		m |= (uint64_t)p[i] << (8 * (i % 8));
		if (i % 8 == 7) {
			sip_word(v, m);
			m = 0;
		}
	}
	sip_word(v, m | (uint64_t)n << 56);
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static uint32_t host_slot(const struct lease_index *ix, const struct addr *host, uint32_t realm, uint8_t family)
{
	uint8_t key[22] = { family, host->family, (uint8_t)(realm >> 24), (uint8_t)(realm >> 16), (uint8_t)(realm >> 8),
		(uint8_t)realm };
	memcpy(key + 6, host->ip, 16);
	return (uint32_t)lease_hash(ix->seed, key, sizeof key) & (ix->n_slots - 1);
}

static uint32_t address_slot(const struct lease_index *ix, const struct addr *a)
{
	uint8_t key[17] = { a->family };
	memcpy(key + 1, a->ip, 16);
	return (uint32_t)lease_hash(ix->seed, key, sizeof key) & (ix->n_slots - 1);
}

static void link_host(struct lease_index *ix, struct lease_row *r)
{
	if (r->l.host.family == ADDR_NONE)
		return;
	struct lease_row **slot = &ix->by_host[host_slot(ix, &r->l.host, r->l.realm, r->l.address.family)];
	r->next_by_host = *slot;
	*slot = r;
}

static void unlink_host(struct lease_index *ix, struct lease_row *r)
{
	if (r->l.host.family == ADDR_NONE)
		return;
	struct lease_row **at = &ix->by_host[host_slot(ix, &r->l.host, r->l.realm, r->l.address.family)];
	while (*at != r)
		at = &(*at)->next_by_host;
	*at = r->next_by_host;
}

static void link_address(struct lease_index *ix, struct lease_row *r)
{
	struct lease_row **slot = &ix->by_address[address_slot(ix, &r->l.address)];
	r->next_by_address = *slot;
	*slot = r;
}

/* Every row of a chain of OLD, in the new tables. */
static int grow(struct lease_index *ix)
{
	const uint32_t n = ix->n_slots != 0 ? ix->n_slots * 2 : SLOTS_MIN, n_old = ix->n_slots;
	struct lease_row **hosts = calloc(n, sizeof(*hosts)), **addresses = calloc(n, sizeof(*addresses));
	struct lease_row **old = ix->by_address;
	if (hosts == NULL || addresses == NULL) {
		free(hosts);
		free(addresses);
		return PST_E_NOMEM;
	}
	free(ix->by_host);
	ix->by_host = hosts;
	ix->by_address = addresses;
	ix->n_slots = n;
	for (uint32_t i = 0; i < n_old; i++) {
		for (struct lease_row *r = old[i], *next; r != NULL; r = next) {
			next = r->next_by_address;
			link_host(ix, r);
			link_address(ix, r);
		}
	}
	free(old);
	return PST_OK;
}

int lease_index_add(struct lease_index *ix, struct lease_row *r)
{
	if (ix->n >= ix->n_slots && grow(ix) != PST_OK && ix->n_slots == 0)
		return PST_E_NOMEM;
	link_host(ix, r);
	link_address(ix, r);
	ix->n++;
	return PST_OK;
}

void lease_index_remove(struct lease_index *ix, struct lease_row *r)
{
	struct lease_row **at = &ix->by_address[address_slot(ix, &r->l.address)];
	while (*at != r)
		at = &(*at)->next_by_address;
	*at = r->next_by_address;
	unlink_host(ix, r);
	ix->n--;
}

void lease_index_rename(struct lease_index *ix, struct lease_row *r, const struct addr *host, uint32_t realm)
{
	unlink_host(ix, r);
	r->l.host = addr_with_port(*host, 0);
	r->l.realm = realm;
	link_host(ix, r);
}

struct lease_row *lease_index_host(const struct lease_index *ix, const struct addr *host, uint32_t realm, uint8_t family)
{
	if (ix->n_slots == 0)
		return NULL;
	struct lease_row *r = ix->by_host[host_slot(ix, host, realm, family)];
	while (r != NULL &&
		(!addr_ip_eq(&r->l.host, host) || r->l.realm != realm || r->l.address.family != family))
		r = r->next_by_host;
	return r;
}

struct lease_row *lease_index_address(const struct lease_index *ix, const struct addr *address)
{
	if (ix->n_slots == 0)
		return NULL;
	struct lease_row *r = ix->by_address[address_slot(ix, address)];
	while (r != NULL && !addr_ip_eq(&r->l.address, address))
		r = r->next_by_address;
	return r;
}

void lease_index_free(struct lease_index *ix)
{
	for (uint32_t i = 0; i < ix->n_slots; i++) {
		for (struct lease_row *r = ix->by_address[i], *next; r != NULL; r = next) {
			next = r->next_by_address;
			free(r);
		}
	}
	free(ix->by_host);
	free(ix->by_address);
}
