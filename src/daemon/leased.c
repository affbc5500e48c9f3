/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/leased.h"

#include <stdlib.h>
#include <sys/random.h>
#include <uthash.h>

#include "base/log.h"
#include "lease/view.h"
#include "store/store.h"

enum { KIND = 0, ITEMS_MAX = 1 << 22 };

struct item {
	uint8_t key[REGISTRY_LEASE_MAX], image[REGISTRY_LEASE_MAX];
	size_t n_key, n_image;
	bool live;
	UT_hash_handle hh;
};

struct daemon_leased {
	struct item *items;
	struct lease_view *view;
	struct store *store; /* NULL: memory only */
	bool opened;
};

int daemon_leased_new(struct daemon_leased **out)
{
	uint64_t seed[2] = {0, 0};
	struct daemon_leased *l = calloc(1, sizeof *l);
	if (l == NULL)
		return PST_E_NOMEM;
	(void)!getrandom(seed, sizeof seed, 0);
	if (lease_view_new(&l->view, seed) != PST_OK) {
		free(l);
		return PST_E_NOMEM;
	}
	*out = l;
	return PST_OK;
}

static struct pst_slice key_of(const struct item *i)
{
	return slice_of(i->key, i->n_key);
}

static struct pst_slice image_of(const struct item *i)
{
	return slice_of(i->image, i->n_image);
}

/* False: it is none, or there is no room for it. */
static bool put(struct daemon_leased *l, const struct registry_lease *lease)
{
	struct lease read;
	struct item *i = NULL;
	HASH_FIND(hh, l->items, lease->key.p, lease->key.n, i);
	if (lease->image.n == 0) {
		if (i != NULL)
			HASH_DEL(l->items, i);
		free(i);
		return true;
	}
	if (lease_read(lease->key, lease->image, &read) != PST_OK)
		return false;
	if (i == NULL) {
		i = HASH_COUNT(l->items) < ITEMS_MAX ? calloc(1, sizeof *i) : NULL;
		if (i == NULL)
			return false;
		memcpy(i->key, lease->key.p, lease->key.n);
		i->n_key = lease->key.n;
		HASH_ADD_KEYPTR(hh, l->items, i->key, i->n_key, i);
	}
	memcpy(i->image, lease->image.p, lease->image.n);
	i->n_image = lease->image.n;
	i->live = lease->live;
	return true;
}

void daemon_leased_keep(struct daemon_leased *l, const struct registry_lease *lease)
{
	if (!put(l, lease))
		return;
	/* of a pool that is gone, or that the worker has already and we have not yet: it is known when the pools are */
	(void)!lease_view_apply(l->view, lease->key, lease->image, lease->live);
	if (l->store == NULL)
		return;
	if (lease->image.n > 0)
		store_put(l->store, KIND, lease->key, 0, lease->image);
	else
		store_erase(l->store, KIND, lease->key);
}

/* Nobody answers for it before the worker says so. */
static void bring_back(void *arg, const struct store_item *item)
{
	struct daemon_leased *l = arg;
	const struct registry_lease lease = {item->key, item->octets, false};
	if (item->key.n > REGISTRY_LEASE_MAX || item->octets.n == 0 || item->octets.n > REGISTRY_LEASE_MAX || !put(l, &lease))
		store_erase(l->store, KIND, item->key);
}

static void open_store(struct daemon_leased *l, const struct conf *conf)
{
	char folder[CONF_STATE_PATH_MAX], path[CONF_STATE_PATH_MAX + 16], why[STORE_WHY_MAX];
	const struct store_config c = {.path = path};
	snprintf(path, sizeof path, "%s/leases", conf_directory_folder(conf, folder));
	l->opened = true;
	if (store_open(&l->store, &c, why) != PST_OK) {
		log_warn("daemon", "leases are not kept over a restart: %s", why);
		l->store = NULL;
	} else if (store_load(l->store, KIND, KIND, 0, bring_back, l) != PST_OK) {
		log_warn("daemon", "the kept leases cannot be read");
	}
}

int daemon_leased_take(struct daemon_leased *l, const struct conf *conf)
{
	const struct item *i;
	if (conf->leases.n_pools != 0 && !l->opened)
		open_store(l, conf);
	const int err = lease_view_pools(l->view, conf->leases.pools, conf->leases.n_pools);
	for (i = l->items; err == PST_OK && i != NULL; i = i->hh.next)
		(void)!lease_view_apply(l->view, key_of(i), image_of(i), i->live);
	return err;
}

void daemon_leased_tell_all(const struct daemon_leased *l, const struct daemon_tell *tell)
{
	const struct item *i;
	for (i = l->items; i != NULL; i = i->hh.next)
		tell->h(tell->arg, &(struct registry_msg){.type = REGISTRY_LEASE, .lease = {key_of(i), image_of(i), i->live}});
}

bool daemon_leased_virtual_of(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out)
{
	const struct daemon_leased *l = arg;
	return lease_view_virtual_of(l->view, host, realm, family, out);
}

bool daemon_leased_host_of(void *arg, const struct addr *address, struct addr *host)
{
	const struct daemon_leased *l = arg;
	return lease_view_host_of(l->view, address, host);
}

void daemon_leased_free(struct daemon_leased *l)
{
	struct item *i, *next;
	if (l == NULL)
		return;
	HASH_ITER(hh, l->items, i, next)
	{
		HASH_DEL(l->items, i);
		free(i);
	}
	lease_view_free(l->view);
	store_close(l->store);
	free(l);
}
