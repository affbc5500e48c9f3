/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lease/view.h"

#include <stdlib.h>

#include "lease/table_private.h"

struct lease_view {
	struct lease_index index; /* of live leases only */
	struct lease_pool *pools;
	uint32_t n_pools;
};

int lease_view_new(struct lease_view **out, const uint64_t seed[static 2])
{
	struct lease_view *v = calloc(1, sizeof *v);
	if (v == NULL)
		return PST_E_NOMEM;
	memcpy(v->index.seed, seed, sizeof v->index.seed);
	*out = v;
	return PST_OK;
}

void lease_view_clear(struct lease_view *v)
{
	const struct lease_index fresh = { .seed = { v->index.seed[0], v->index.seed[1] } };
	lease_index_free(&v->index);
	v->index = fresh;
}

void lease_view_free(struct lease_view *v)
{
	if (v == NULL)
		return;
	lease_index_free(&v->index);
	free(v->pools);
	free(v);
}

int lease_view_pools(struct lease_view *v, const struct lease_pool *pools, uint32_t n)
{
	struct lease_pool *copy = calloc(n + 1, sizeof *copy);
	if (copy == NULL)
		return PST_E_NOMEM;
	if (n > 0)
		memcpy(copy, pools, n * sizeof *copy);
	free(v->pools);
	v->pools = copy;
	v->n_pools = n;
	lease_view_clear(v);
	return PST_OK;
}

static bool realm_of(const struct lease_view *v, const struct addr *address, uint32_t *realm)
{
	for (uint32_t i = 0; i < v->n_pools; i++) {
		if (!lease_pool_has(&v->pools[i], address))
			continue;
		*realm = v->pools[i].realm;
		return true;
	}
	return false;
}

static void forget(struct lease_view *v, struct lease_row *r)
{
	if (r == NULL)
		return;
	lease_index_remove(&v->index, r);
	free(r);
}

int lease_view_apply(struct lease_view *v, struct pst_slice key, struct pst_slice image, bool live)
{
	struct lease l;
	int rc = lease_read_key(key, &l.address);
	if (rc != PST_OK)
		return rc;
	forget(v, lease_index_address(&v->index, &l.address));
	if (image.n == 0)
		return PST_OK;
	rc = lease_read(key, image, &l);
	if (rc != PST_OK || !live || l.state == LEASE_RESTING)
		return rc;
	if (!realm_of(v, &l.address, &l.realm))
		return PST_E_NOT_FOUND;
	/* the host has moved */
	forget(v, lease_index_host(&v->index, &l.host, l.realm, l.address.family));
	struct lease_row *r = calloc(1, sizeof *r);
	if (r == NULL)
		return PST_E_NOMEM;
	r->l = l;
	rc = lease_index_add(&v->index, r);
	if (rc != PST_OK)
		free(r);
	return rc;
}

bool lease_view_virtual_of(
	const struct lease_view *v, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out)
{
	const struct lease_row *r = lease_index_host(&v->index, host, realm, family);
	if (r != NULL)
		*out = r->l.address;
	return r != NULL;
}

bool lease_view_host_of(const struct lease_view *v, const struct addr *address, struct addr *host)
{
	const struct lease_row *r = lease_index_address(&v->index, address);
	if (r != NULL)
		*host = r->l.host;
	return r != NULL;
}
