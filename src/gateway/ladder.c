/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/ladder.h"

#include <stdlib.h>

static bool grow(struct gw_ladder *l)
{
	if (l->n < l->cap)
		return true;
	const uint32_t cap = l->cap == 0 ? 8 : l->cap + l->cap / 2;
	struct gw_ladder_entry *v = realloc(l->v, cap * sizeof *v);
	if (v == NULL)
		return false;
	l->v = v;
	l->cap = cap;
	return true;
}

const struct gw_ladder_entry *gw_ladder_add(struct gw_ladder *l, uint32_t t_ms, int leg, enum gw_via via,
	const char *text, const struct gw_ladder_addr *addrs, uint16_t n_addrs)
{
	const size_t bytes = strlen(text) + 1 + n_addrs * sizeof *addrs;
	if (l->n >= GW_LADDER_MAX || bytes > GW_LADDER_BYTES - l->bytes || !grow(l)) {
		l->dropped++;
		return NULL;
	}
	struct gw_ladder_entry e = {
		.t_ms = t_ms, .leg = (int8_t)leg, .via = (uint8_t)via, .text = strdup(text)
	};
	if (n_addrs > 0) {
		e.addrs = malloc(n_addrs * sizeof *addrs);
		if (e.addrs != NULL) {
			memcpy(e.addrs, addrs, n_addrs * sizeof *addrs);
			e.n_addrs = n_addrs;
		}
	}
	if (e.text == NULL) {
		free(e.addrs);
		l->dropped++;
		return NULL;
	}
	l->bytes += (uint32_t)bytes;
	l->v[l->n] = e;
	return &l->v[l->n++];
}

void gw_ladder_free(struct gw_ladder *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		free(l->v[i].text);
		free(l->v[i].addrs);
	}
	free(l->v);
	*l = (struct gw_ladder){ 0 };
}

static json_t *address_json(const struct gw_ladder_addr *a)
{
	char before[ADDR_STRLEN], after[ADDR_STRLEN];
	return json_pack("{s:s, s:s, s:s*, s:s*}", "what", a->what, "before", addr_str(&a->before, before),
		"after", a->after.family != ADDR_NONE ? addr_str(&a->after, after) : NULL, "note", a->note);
}

json_t *gw_ladder_entry_json(const struct gw_ladder_entry *e)
{
	static const char *const via[] = { "h225", "tunnel", "h245", "gateway", "t120", "audio" };
	json_t *o = json_pack("{s:i, s:s, s:s}", "t_ms", (int)e->t_ms, "via", via[e->via], "text", e->text);
	if (o == NULL)
		return NULL;
	if (e->leg >= 0)
		json_object_set_new(o, "leg", json_integer(e->leg));
	if (e->n_addrs > 0) {
		json_t *list = json_array();
		for (uint16_t i = 0; i < e->n_addrs; i++)
			json_array_append_new(list, address_json(&e->addrs[i]));
		json_object_set_new(o, "addresses", list);
	}
	return o;
}

json_t *gw_ladder_json(const struct gw_ladder *l)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < l->n; i++)
		json_array_append_new(list, gw_ladder_entry_json(&l->v[i]));
	return list;
}
