/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table with what it told, for the tests of lease/. */
#ifndef PST_TESTS_LEASE_COMMON_H
#define PST_TESTS_LEASE_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lease/lease.h"

enum { T0 = 1000000, MINUTE = 60000, TTL = 60 * MINUTE, QUARANTINE = 10 * MINUTE, KEPT_MAX = 4096 };

struct kept {
	uint8_t key[LEASE_KEY_MAX], image[LEASE_IMAGE_MAX];
	size_t n_key, n_image;
};

struct world {
	struct lease_table *t;
	uint32_t ups, downs, drops;
	struct addr last_up, last_down;
	const char *why;
	struct kept kept[KEPT_MAX];
	uint32_t n_kept, puts;
};

static inline struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

static inline struct lease_pool pool(uint32_t realm, const char *text)
{
	struct lease_pool p = { .realm = realm };
	assert_int_equal(lease_pool_parse(&p, text), PST_OK);
	return p;
}

static inline struct addr host_n(uint32_t n)
{
	const uint8_t ip[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
	return addr_ip4(ip, 0);
}

static inline void on_address(void *arg, const struct lease *l, bool up)
{
	struct world *w = arg;
	if (up) {
		w->ups++;
		w->last_up = l->address;
	} else {
		w->downs++;
		w->last_down = l->address;
	}
}

static inline void on_keep(void *arg, struct pst_slice key, struct pst_slice image)
{
	struct world *w = arg;
	uint32_t i = 0;
	while (i < w->n_kept && (w->kept[i].n_key != key.n || memcmp(w->kept[i].key, key.p, key.n) != 0))
		i++;
	w->puts++;
	if (image.n == 0) {
		if (i < w->n_kept)
			w->kept[i] = w->kept[--w->n_kept];
		return;
	}
	assert_true(i < KEPT_MAX && key.n <= LEASE_KEY_MAX && image.n <= LEASE_IMAGE_MAX);
	w->n_kept += i == w->n_kept;
	memcpy(w->kept[i].key, key.p, key.n);
	memcpy(w->kept[i].image, image.p, image.n);
	w->kept[i].n_key = key.n;
	w->kept[i].n_image = image.n;
}

static inline void on_dropped(void *arg, const struct lease *l, const char *why)
{
	struct world *w = arg;
	(void)l;
	w->drops++;
	w->why = why;
}

static const struct lease_ops world_ops = { on_address, on_keep, on_dropped };

static inline struct lease_config config_of(const struct lease_pool *pools, uint32_t n)
{
	return (struct lease_config){ .pools = pools, .n_pools = n, .ttl_ms = TTL, .quarantine_ms = QUARANTINE, .max = 1000,
		.seed = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };
}

static inline struct world *world_new(const struct lease_config *cfg)
{
	struct world *w = calloc(1, sizeof *w);
	assert_non_null(w);
	assert_int_equal(lease_table_new(&w->t, cfg, &world_ops, w, T0), PST_OK);
	return w;
}

static inline void world_free(struct world *w)
{
	lease_table_free(w->t);
	free(w);
}

/* Another table after a restart, with what W kept; W goes. */
static inline struct world *world_again(struct world *w, const struct lease_config *cfg, uint64_t now_ms)
{
	struct world *n = calloc(1, sizeof *n);
	assert_non_null(n);
	memcpy(n->kept, w->kept, sizeof n->kept);
	n->n_kept = w->n_kept;
	assert_int_equal(lease_table_new(&n->t, cfg, &world_ops, n, now_ms), PST_OK);
	for (uint32_t i = 0; i < w->n_kept; i++)
		(void)!lease_restore(n->t, slice_of(w->kept[i].key, w->kept[i].n_key),
			slice_of(w->kept[i].image, w->kept[i].n_image), now_ms);
	lease_tick(n->t, now_ms);
	world_free(w);
	return n;
}

static inline struct addr granted(struct world *w, struct addr host, uint32_t realm, uint8_t family, uint64_t now_ms)
{
	const struct lease *l = NULL;
	assert_int_equal(lease_grant(w->t, &host, realm, family, now_ms, &l), PST_OK);
	assert_true(addr_ip_eq(&l->host, &host));
	assert_ptr_equal(lease_of_host(w->t, &host, realm, family), l);
	assert_ptr_equal(lease_of_address(w->t, &l->address), l);
	return l->address;
}

static inline int grant_error(struct world *w, struct addr host, uint32_t realm, uint8_t family, uint64_t now_ms)
{
	const struct lease *l;
	return lease_grant(w->t, &host, realm, family, now_ms, &l);
}

#define assert_addr(a, text)                                            \
	do {                                                            \
		char buf_[ADDR_STRLEN];                                 \
		const struct addr a_ = (a);                             \
		assert_string_equal(addr_str(&a_, buf_), text);         \
	} while (0)

#endif
