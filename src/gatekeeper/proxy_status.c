/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people see of the RAS proxy. */
#include "gatekeeper/proxy_private.h"

json_t *ras_proxy_status_json(const struct ras_proxy *p)
{
	const struct rp_counters *n = &p->count;
	return json_pack("{s:I,s:I,s:I,s:{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}}", "registrations", (json_int_t)p->registered,
		"endpoints", (json_int_t)HASH_COUNT(p->clients), "endpoints_max", (json_int_t)p->cfg.limits.registrations,
		"messages", "from_inside", (json_int_t)n->from_inside, "from_outside", (json_int_t)n->from_outside,
		"undecodable", (json_int_t)n->undecodable, "refused_source", (json_int_t)n->refused_source, "unasked",
		(json_int_t)n->unasked, "too_many", (json_int_t)n->too_many, "signed", (json_int_t)n->signed_whole,
		"name_conflicts", (json_int_t)n->name_conflicts);
}

static json_t *names_json(const struct rp_client *c)
{
	json_t *list = json_array();
	const struct rp_name *n;
	LL_FOREACH(c->names, n)
	{
		char text[GK_NAME_MAX * 4];
		log_escape(text, sizeof text, slice_of(n->key + GK_SEED_KEY, n->n_key - GK_SEED_KEY));
		if (n->bound)
			json_array_append_new(list, json_string(text));
	}
	return list;
}

json_t *ras_proxy_registrations_json(const struct ras_proxy *p, uint64_t now_ms)
{
	json_t *list = json_array();
	const struct rp_client *c, *tmp;
	HASH_ITER(hh, p->clients, c, tmp)
	{
		char signal[ADDR_STRLEN], ras[ADDR_STRLEN], gatekeeper[ADDR_STRLEN], outside[ADDR_STRLEN];
		if (!c->registered)
			continue;
		json_array_append_new(list,
			json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "aliases", names_json(c), "realm",
				p->cfg.realms[c->realm].name, "signal", addr_str(&c->signal, signal), "ras",
				addr_str(&c->from, ras), "gatekeeper",
				addr_str(&p->cfg.gatekeepers[c->gatekeeper].address, gatekeeper), "outside",
				addr_str(&c->seen, outside), "ttl_s", (json_int_t)c->ttl_s, "age_ms",
				(json_int_t)(now_ms - c->since_ms)));
	}
	return list;
}
