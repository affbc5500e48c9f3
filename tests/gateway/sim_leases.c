/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim_leases.h"

#include <stdio.h>
#include <stdlib.h>

static struct addr text_addr(const char *text)
{
	struct addr a;
	if (addr_parse(&a, text, 0) != 0)
		abort();
	return a;
}

static bool virtual_of(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out)
{
	const struct sim_leases *l = arg;
	for (uint32_t i = 0; i < l->n; i++) {
		if (!addr_eq(&l->v[i].host, host) || l->v[i].realm != realm || l->v[i].local.family != family)
			continue;
		*out = l->v[i].local;
		return true;
	}
	return false;
}

static bool host_of(void *arg, const struct addr *local, struct addr *host)
{
	const struct sim_leases *l = arg;
	for (uint32_t i = 0; i < l->n; i++) {
		if (!addr_eq(&l->v[i].local, local))
			continue;
		*host = l->v[i].host;
		return true;
	}
	return false;
}

static void add(struct sim_leases *l, const struct addr *host, uint32_t realm, const struct addr *local)
{
	if (l->n == SIM_LEASES)
		abort();
	l->v[l->n++] = (struct sim_lease){ .host = *host, .realm = realm, .local = *local };
}

static void want(void *arg, const struct addr *host, uint32_t realm, uint8_t family,
	void (*done)(void *darg, bool granted), void *darg)
{
	struct sim_leases *l = arg;
	l->asked++;
	if (l->done != NULL) { /* one question at a time is enough */
		done(darg, false);
		return;
	}
	l->host = *host;
	l->realm = realm;
	l->done = done;
	l->darg = darg;
	if (!l->later)
		sim_leases_answer(l, l->pool.family == family);
}

static void hold(void *arg, const struct addr *host, uint32_t realm, int by)
{
	struct sim_leases *l = arg;
	for (uint32_t i = 0; i < l->n; i++)
		if (addr_ip_eq(&l->v[i].host, host) && l->v[i].realm == realm)
			l->v[i].held += by;
}

struct gw_leases sim_leases_hooks(struct sim_leases *l)
{
	return (struct gw_leases){ virtual_of, host_of, want, hold, l };
}

void sim_leases_add(struct sim_leases *l, const char *host, uint32_t realm, const char *local)
{
	const struct addr h = text_addr(host), a = text_addr(local);
	add(l, &h, realm, &a);
}

void sim_leases_answer(struct sim_leases *l, bool grant)
{
	void (*done)(void *, bool) = l->done;
	if (done == NULL)
		return;
	if (grant && l->pool.family != ADDR_NONE) {
		add(l, &l->host, l->realm, &l->pool);
		l->pool.ip[addr_ip_len(&l->pool) - 1]++;
	}
	l->done = NULL;
	done(l->darg, grant);
}

int sim_leases_held(const struct sim_leases *l, const char *local)
{
	const struct addr a = text_addr(local);
	for (uint32_t i = 0; i < l->n; i++)
		if (addr_eq(&l->v[i].local, &a))
			return l->v[i].held;
	return -1;
}
