/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/addresses.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/clock.h"

struct entry {
	uint8_t key[17]; /* family, octets */
	struct addr addr;
	char interface[IF_NAMESIZE];
	bool there;  /* on its interface, when addresses_settle() looked */
	bool wanted; /* asked for since addresses_begin() */
	UT_hash_handle hh;
};

struct addresses {
	const struct addresses_ops *ops;
	struct entry *all;
	bool guarded;
	bool told; /* that neighbours are not told */
	struct log_rate rate;
};

const struct addresses_ops addresses_kernel = {
        fw_address_add, fw_address_remove, fw_address_each, fw_address_announce, fw_nft_virtual};

static void key_of(uint8_t key[static 17], const struct addr *a)
{
	memset(key, 0, 17);
	key[0] = a->family;
	memcpy(key + 1, a->ip, addr_ip_len(a));
}

static struct entry *find(const struct addresses *b, const struct addr *a)
{
	struct entry *e = NULL;
	uint8_t key[17];
	key_of(key, a);
	HASH_FIND(hh, b->all, key, sizeof key, e);
	return e;
}

int addresses_new(struct addresses **out, const struct addresses_ops *ops)
{
	struct addresses *b = calloc(1, sizeof *b);
	if (b == NULL)
		return PST_E_NOMEM;
	b->ops = ops;
	b->rate = (struct log_rate){.burst = 10, .interval_ms = 6000};
	*out = b;
	return PST_OK;
}

static void drop(struct addresses *b, struct entry *e)
{
	HASH_DEL(b->all, e);
	free(e);
}

void addresses_free(struct addresses *b)
{
	if (b == NULL)
		return;
	while (b->all != NULL)
		drop(b, b->all);
	free(b);
}

/* ---- on the machine ---- */

static void complain(struct addresses *b, const char *what, const struct addr *a, const char *interface, const char *why)
{
	char text[ADDR_STRLEN];
	uint64_t before = 0;
	const int saved = errno;
	if (log_allow(&b->rate, clock_now_ms(), &before))
		log_error("daemon", "virtual address %s on %s: %s: %s%s", addr_ip_str(a, text), interface, what, why,
		        before != 0 ? " (more of this was not told)" : "");
	errno = saved;
}

static const char *reason(int rc)
{
	return rc == PST_E_SYS ? strerror(errno) : pst_strerror(rc);
}

static void take_down(struct addresses *b, const struct entry *e)
{
	char err[FW_NFT_ERR_MAX];
	const int rc = b->ops->remove(e->interface, &e->addr);
	if (rc != PST_OK && rc != PST_E_NOT_FOUND) /* an interface may go with all that it has */
		complain(b, "can not be removed", &e->addr, e->interface, reason(rc));
	if (b->guarded && b->ops->guard(&e->addr, false, err) != PST_OK)
		complain(b, "is left in the firewall", &e->addr, e->interface, err);
}

static int put_up(struct addresses *b, const char *interface, const struct addr *a, bool announce)
{
	char err[FW_NFT_ERR_MAX];
	/* guarded before it can be reached */
	if (b->guarded && b->ops->guard(a, true, err) != PST_OK) {
		complain(b, "can not be guarded", a, interface, err);
		return PST_E_SYS;
	}
	int rc = b->ops->add(interface, a);
	if (rc != PST_OK) {
		complain(b, "can not be added", a, interface, rc == PST_E_BUSY ? "somebody else has put it there" : reason(rc));
		if (b->guarded)
			(void)!b->ops->guard(a, false, err);
		return rc;
	}
	rc = announce ? b->ops->announce(interface, a) : PST_OK;
	if (rc == PST_E_DENIED && !b->told) {
		log_notice("daemon", "no CAP_NET_RAW: neighbours learn of virtual addresses when they ask for them");
		b->told = true;
	}
	return PST_OK;
}

static const char *interface_of(const struct conf *c, const struct lease_pool *p)
{
	return c->leases.answer == CONF_ANSWER_ROUTED ? "lo" : c->gw.realms[p->realm].interfaces[0];
}

static const struct lease_pool *pool_of(const struct conf *c, const struct addr *a)
{
	for (uint32_t i = 0; i < c->leases.n_pools; i++) {
		if (lease_pool_has(&c->leases.pools[i], a))
			return &c->leases.pools[i];
	}
	return NULL;
}

static struct entry *entry_new(const struct addr *address, const char *interface)
{
	struct entry *e = calloc(1, sizeof *e);
	if (e == NULL)
		return NULL;
	key_of(e->key, address);
	e->addr = addr_with_port(*address, 0);
	snprintf(e->interface, sizeof e->interface, "%s", interface);
	return e;
}

/* ---- requests ---- */

static bool permitted(const struct conf *c, uint16_t realm, uint16_t pool, const struct addr *address)
{
	if (realm >= c->gw.n_realms || pool >= c->leases.n_pools || c->gw.realms[realm].n_interfaces == 0)
		return false;
	const struct lease_pool *p = &c->leases.pools[pool];
	if (p->realm != realm || address->port != 0 || !lease_pool_has(p, address))
		return false;
	for (uint32_t i = 0; i < c->gw.n_realms; i++) {
		if (addr_ip_eq(&c->gw.realms[i].address, address))
			return false;
	}
	return true;
}

int addresses_on(struct addresses *b, const struct conf *c, uint16_t realm, uint16_t pool, const struct addr *address)
{
	if (!permitted(c, realm, pool, address))
		return PST_E_DENIED;
	struct entry *e = find(b, address);
	if (e != NULL) {
		e->wanted = true;
		return PST_OK;
	}
	/* one that ends and one that begins may cross, hence twice as many */
	if (HASH_COUNT(b->all) >= 2 * (uint64_t)c->leases.max + c->leases.n_statics)
		return PST_E_LIMIT;
	e = entry_new(address, interface_of(c, &c->leases.pools[pool]));
	if (e == NULL)
		return PST_E_NOMEM;
	e->wanted = true;
	const int rc = put_up(b, e->interface, address, c->leases.answer == CONF_ANSWER_ARP);
	if (rc != PST_OK) {
		free(e);
		return rc;
	}
	HASH_ADD(hh, b->all, key, sizeof e->key, e);
	return PST_OK;
}

int addresses_off(struct addresses *b, const struct addr *address)
{
	struct entry *e = find(b, address);
	if (e == NULL)
		return PST_E_NOT_FOUND;
	take_down(b, e);
	drop(b, e);
	return PST_OK;
}

void addresses_begin(struct addresses *b)
{
	struct entry *e, *next;
	HASH_ITER(hh, b->all, e, next)
	e->wanted = false;
}

static void take_down_all(struct addresses *b, bool unwanted_only)
{
	struct entry *e, *next;
	HASH_ITER(hh, b->all, e, next)
	{
		if (unwanted_only && e->wanted)
			continue;
		take_down(b, e);
		drop(b, e);
	}
}

void addresses_end(struct addresses *b)
{
	take_down_all(b, true);
}

void addresses_clear(struct addresses *b)
{
	take_down_all(b, false);
}

static void see(void *ctx, const char *interface, const struct addr *addr)
{
	struct entry *e = find(ctx, addr);
	if (e != NULL && strcmp(e->interface, interface) == 0)
		e->there = true;
}

static void look(struct addresses *b)
{
	struct entry *e, *next;
	HASH_ITER(hh, b->all, e, next)
	e->there = false;
	if (b->all == NULL || b->ops->each(see, b) == PST_OK)
		return;
	HASH_ITER(hh, b->all, e, next)
	e->there = true; /* for all that is known */
}

void addresses_settle(struct addresses *b, const struct conf *c)
{
	struct entry *e, *next;
	uint32_t lost = 0;
	look(b);
	HASH_ITER(hh, b->all, e, next)
	{
		const struct lease_pool *p = pool_of(c, &e->addr);
		if (p == NULL || c->gw.realms[p->realm].n_interfaces == 0)
			continue;
		if (strcmp(interface_of(c, p), e->interface) == 0) {
			if (!e->there)
				lost += put_up(b, e->interface, &e->addr, c->leases.answer == CONF_ANSWER_ARP) == PST_OK;
			continue;
		}
		if (put_up(b, interface_of(c, p), &e->addr, c->leases.answer == CONF_ANSWER_ARP) != PST_OK)
			continue;
		const int rc = b->ops->remove(e->interface, &e->addr);
		if (rc != PST_OK && rc != PST_E_NOT_FOUND)
			complain(b, "can not be removed", &e->addr, e->interface, reason(rc));
		snprintf(e->interface, sizeof e->interface, "%s", interface_of(c, p));
	}
	if (lost > 0)
		log_notice("daemon", "%u virtual addresses were gone from their interface, and are there again", lost);
}

/* ---- what is there ---- */

struct leftovers {
	const struct conf *c;
	struct {
		struct addr addr;
		char interface[IF_NAMESIZE];
	} *list;
	uint32_t n, cap;
};

static bool is_leftover(const struct conf *c, const char *interface, const struct addr *addr)
{
	if (strcmp(interface, "lo") == 0 && pool_of(c, addr) != NULL)
		return true;
	for (uint32_t i = 0; i < c->gw.n_realms; i++) {
		for (uint32_t j = 0; j < c->gw.realms[i].n_interfaces; j++) {
			if (strcmp(c->gw.realms[i].interfaces[j], interface) == 0)
				return true;
		}
	}
	return false;
}

static void note(void *ctx, const char *interface, const struct addr *addr)
{
	struct leftovers *l = ctx;
	if (!is_leftover(l->c, interface, addr))
		return;
	if (l->n == l->cap) {
		void *more = realloc(l->list, (l->cap * 2 + 16) * sizeof *l->list);
		if (more == NULL)
			return;
		l->list = more;
		l->cap = l->cap * 2 + 16;
	}
	l->list[l->n].addr = *addr;
	snprintf(l->list[l->n++].interface, IF_NAMESIZE, "%s", interface);
}

static bool adopt(struct addresses *b, const struct conf *c, const char *interface, const struct addr *addr)
{
	const struct lease_pool *p = pool_of(c, addr);
	if (p == NULL || !permitted(c, (uint16_t)p->realm, (uint16_t)(p - c->leases.pools), addr) ||
	        strcmp(interface_of(c, p), interface) != 0)
		return false;
	if (find(b, addr) != NULL)
		return true;
	struct entry *e = entry_new(addr, interface);
	if (e == NULL)
		return false;
	HASH_ADD(hh, b->all, key, sizeof e->key, e);
	return true;
}

void addresses_adopt(struct addresses *b, const struct conf *c)
{
	struct leftovers l = {.c = c};
	uint32_t kept = 0;
	if (b->ops->each(note, &l) != PST_OK)
		log_warn("daemon", "the addresses of this machine can not be read: %s", strerror(errno));
	for (uint32_t i = 0; i < l.n; i++) {
		if (adopt(b, c, l.list[i].interface, &l.list[i].addr)) {
			kept++;
			continue;
		}
		const int rc = b->ops->remove(l.list[i].interface, &l.list[i].addr);
		if (rc != PST_OK)
			complain(b, "left behind, can not be removed", &l.list[i].addr, l.list[i].interface, reason(rc));
	}
	if (l.n > 0)
		log_notice("daemon", "an earlier daemon left %u virtual addresses behind; %u stay for now", l.n, kept);
	free(l.list);
}

struct addr *addresses_list(const struct addresses *b, uint32_t *n)
{
	struct addr *list = calloc(HASH_COUNT(b->all) + 1, sizeof *list);
	const struct entry *e;
	*n = 0;
	for (e = b->all; list != NULL && e != NULL; e = e->hh.next)
		list[(*n)++] = e->addr;
	return list;
}

void addresses_set_guarded(struct addresses *b, bool guarded)
{
	b->guarded = guarded;
}
