/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directory/keep.h"

static void put(void *arg, enum directory_kind kind, struct pst_slice key, uint64_t expires_wall_ms, struct pst_slice octets)
{
	store_put(arg, (uint8_t)(DIRECTORY_STORE_FIRST + kind), key, expires_wall_ms, octets);
}

static void erase(void *arg, enum directory_kind kind, struct pst_slice key)
{
	store_erase(arg, (uint8_t)(DIRECTORY_STORE_FIRST + kind), key);
}

struct load {
	void (*each)(void *ctx, struct pst_slice octets);
	void *ctx;
};

static void each(void *ctx, const struct store_item *item)
{
	const struct load *l = ctx;
	l->each(l->ctx, item->octets);
}

static int load(void *arg, void (*each_image)(void *ctx, struct pst_slice octets), void *ctx)
{
	struct load l = { each_image, ctx };
	/* What has ended is told apart by the directory, whose clock it is. */
	return store_load(arg, DIRECTORY_STORE_FIRST, DIRECTORY_STORE_LAST, 0, each, &l);
}

struct directory_store directory_keep(struct store *s)
{
	return (struct directory_store){ .arg = s, .put = put, .erase = erase, .load = load };
}
