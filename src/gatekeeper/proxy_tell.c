/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whoever decides where calls go is told of names, admissions and ports, before the endpoint is answered. */
#include "gatekeeper/proxy_private.h"

void rp_tell_name(const struct ras_proxy *p, const struct rp_name *n, bool gone)
{
	const struct pst_slice name = slice_of(n->key + GK_SEED_KEY, n->n_key - GK_SEED_KEY);
	if (p->ops.named != NULL)
		p->ops.named(p->arg, name, n->client->realm, gone ? NULL : &n->client->signal);
}

void rp_tell_call(const struct ras_proxy *p, const struct rp_admission *a, bool over)
{
	const struct pst_slice id = slice_of(a->key + GK_SEED_KEY + GK_ADDR_KEY, 16);
	const struct gatekeeper_admission told = {
		.number = a->number,
		.caller = addr_with_port(a->client->from, 0),
		.dest = a->dest,
		.call_id = id,
		.conference_id = id,
	};
	if (p->ops.admitted != NULL)
		p->ops.admitted(p->arg, &told, over);
}

void rp_tell_port(const struct ras_proxy *p, const struct rp_client *c, bool gone)
{
	const struct addr nobody = { 0 };
	if (p->ops.port != NULL)
		p->ops.port(p->arg, &c->local, gone ? NULL : c->registered ? &c->signal : &nobody);
}

void ras_proxy_tell_all(const struct ras_proxy *p)
{
	const struct rp_client *c, *next_client;
	const struct rp_name *n, *next_name;
	const struct rp_admission *a, *next_admission;
	HASH_ITER(hh, p->clients, c, next_client)
	rp_tell_port(p, c, false);
	HASH_ITER(hh, p->names, n, next_name)
	rp_tell_name(p, n, false);
	HASH_ITER(hh, p->admissions, a, next_admission)
	rp_tell_call(p, a, false);
}
