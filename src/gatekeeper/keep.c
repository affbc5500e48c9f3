/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A registration as octets, to outlive the process:
 *
 *	version, flags, realm, signal, ras, ttl, stamp, random, key, product, version, number of names, names
 *
 * Texts are a length of two octets and so many; a name has its kind of alias in front.
 */
#include "gatekeeper/gk.h"

#include <stdlib.h>

#include "base/reader.h"

enum { IMAGE_VERSION = 1, IS_MICROSOFT = 1, HAS_KEY = 2, FIXED_MAX = 256, TEXT_MAX = 1024 };

static void put_addr(struct writer *w, const struct addr *a)
{
	wr_u8(w, a->family);
	wr_bytes(w, slice_of(a->ip, sizeof a->ip));
	wr_u16(w, a->port);
}

static void put_text(struct writer *w, struct pst_slice s)
{
	wr_u16(w, (uint16_t)s.n);
	wr_bytes(w, s);
}

static struct pst_slice text_of(const char *s)
{
	return s != NULL ? slice_str(s) : slice_of(NULL, 0);
}

static void put(struct writer *w, const struct gatekeeper *gk, const struct gk_endpoint *ep, uint16_t n_names)
{
	const struct gk_alias *a;
	wr_u8(w, IMAGE_VERSION);
	wr_u8(w, (uint8_t)((ep->microsoft ? IS_MICROSOFT : 0) | (ep->key.on ? HAS_KEY : 0)));
	put_text(w, slice_str(gk->cfg.realms[ep->realm].name));
	put_addr(w, &ep->signal);
	put_addr(w, &ep->ras);
	wr_u32(w, ep->ttl_s);
	wr_u32(w, ep->stamp);
	wr_u32(w, (uint32_t)((uint64_t)ep->random >> 32));
	wr_u32(w, (uint32_t)ep->random);
	wr_bytes(w, slice_of(ep->key.octets, sizeof ep->key.octets));
	put_text(w, text_of(ep->product));
	put_text(w, text_of(ep->version));
	wr_u16(w, n_names);
	LL_FOREACH(ep->aliases, a)
	{
		wr_u8(w, (uint8_t)a->choice);
		put_text(w, slice_of(a->data + a->n_key, a->n_raw));
	}
}

void gk_keep(struct gatekeeper *gk, const struct gk_endpoint *ep)
{
	const struct gk_alias *a;
	size_t n = FIXED_MAX + strlen(gk->cfg.realms[ep->realm].name) + text_of(ep->product).n + text_of(ep->version).n;
	uint16_t names = 0;
	if (gk->ops.keep == NULL || ep->behind) /* the way to it is gone before it could be brought back */
		return;
	LL_FOREACH(ep->aliases, a)
	{
		n += 3 + a->n_raw;
		names++;
	}
	uint8_t *octets = malloc(n);
	if (octets == NULL)
		return;
	struct writer w = wr_of(octets, n);
	put(&w, gk, ep, names);
	if (wr_done(&w) == 0)
		gk->ops.keep(gk->arg, ep->id, wr_slice(&w));
	free(octets);
}

void gk_forget(struct gatekeeper *gk, const struct gk_endpoint *ep)
{
	if (gk->ops.keep != NULL)
		gk->ops.keep(gk->arg, ep->id, slice_of(NULL, 0));
}

/* --- and back --- */

struct image {
	uint8_t flags;
	char realm[TEXT_MAX], product[TEXT_MAX], version[TEXT_MAX];
	struct addr signal, ras;
	uint32_t ttl_s, stamp;
	int64_t random;
	struct pst_slice key;
	uint16_t names;
};

static int get_addr(struct reader *r, struct addr *a)
{
	struct pst_slice ip;
	*a = (struct addr){ 0 };
	if (rd_u8(r, &a->family) != 0 || rd_take(r, sizeof a->ip, &ip) != 0 || rd_u16(r, &a->port) != 0)
		return PST_E_BAD;
	memcpy(a->ip, ip.p, sizeof a->ip);
	return a->family == ADDR_IP4 || a->family == ADDR_IP6 ? 0 : PST_E_BAD;
}

static int get_slice(struct reader *r, struct pst_slice *s)
{
	uint16_t n;
	return rd_u16(r, &n) == 0 && rd_take(r, n, s) == 0 ? 0 : PST_E_BAD;
}

static int get_text(struct reader *r, char out[static TEXT_MAX])
{
	struct pst_slice s;
	if (get_slice(r, &s) != 0 || s.n >= TEXT_MAX)
		return PST_E_BAD;
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 0;
}

static int get(struct reader *r, struct image *i)
{
	uint8_t version;
	uint32_t high, low;
	if (rd_u8(r, &version) != 0 || version != IMAGE_VERSION || rd_u8(r, &i->flags) != 0 || get_text(r, i->realm) != 0 ||
		get_addr(r, &i->signal) != 0 || get_addr(r, &i->ras) != 0 || rd_u32(r, &i->ttl_s) != 0 ||
		rd_u32(r, &i->stamp) != 0 || rd_u32(r, &high) != 0 || rd_u32(r, &low) != 0 || rd_take(r, 20, &i->key) != 0 ||
		get_text(r, i->product) != 0 || get_text(r, i->version) != 0 || rd_u16(r, &i->names) != 0)
		return PST_E_BAD;
	i->random = (int64_t)((uint64_t)high << 32 | low);
	return 0;
}

/* Its names, as far as nobody else has them. */
static int take_names(struct gatekeeper *gk, struct gk_endpoint *ep, struct reader *r, uint16_t names)
{
	for (uint16_t i = 0; i < names; i++) {
		struct h225_alias_address a = { 0 };
		struct pst_slice raw;
		struct gk_endpoint *holder;
		uint8_t choice;
		if (rd_u8(r, &choice) != 0 || get_slice(r, &raw) != 0)
			return PST_E_BAD;
		a.choice = choice;
		switch (choice) {
		case H225_ALIAS_ADDRESS_DIALED_DIGITS: a.u.dialed_digits = raw; break;
		case H225_ALIAS_ADDRESS_H323_ID: a.u.h323_id = raw; break;
		case H225_ALIAS_ADDRESS_URL_ID: a.u.url_id = raw; break;
		case H225_ALIAS_ADDRESS_EMAIL_ID: a.u.email_id = raw; break;
		default: return PST_E_BAD;
		}
		if (gk_alias_add(gk, ep, &a, &holder) == PST_E_NOMEM)
			return PST_E_NOMEM;
	}
	return rd_left(r) == 0 ? 0 : PST_E_BAD;
}

/* The realm's number, if there is still a place for the endpoint in it; n_realms where not. */
static uint32_t place_for(const struct gatekeeper *gk, uint64_t id, const struct image *i)
{
	struct gk_endpoint *there;
	const uint32_t realm = gk_realm_of(gk, &i->signal);
	HASH_FIND(hh, gk->endpoints, &id, sizeof id, there);
	if (realm == gk->cfg.n_realms || strcmp(gk->cfg.realms[realm].name, i->realm) != 0 || !gk_may_register(gk, realm) ||
		there != NULL || gk_endpoint_at(gk, realm, &i->signal) != NULL || !addr_ip_eq(&i->signal, &i->ras) ||
		HASH_COUNT(gk->endpoints) >= gk->cfg.limits.registrations)
		return gk->cfg.n_realms;
	return realm;
}

int gatekeeper_restore(struct gatekeeper *gk, uint64_t id, struct pst_slice image, uint64_t now_ms, uint64_t wall_s)
{
	struct reader r = rd_of(image);
	struct image i = { 0 };
	gk->now_ms = now_ms;
	gk->wall_s = wall_s;
	gk->wall_ms = wall_s * 1000;
	if (get(&r, &i) != 0)
		return PST_E_BAD;
	const uint32_t realm = place_for(gk, id, &i);
	struct gk_source *source = realm < gk->cfg.n_realms ? gk_source_enter(gk, &i.signal) : NULL;
	if (source == NULL || source->registrations >= gk->cfg.limits.registrations_per_source)
		return PST_E_DENIED;
	struct gk_endpoint *ep = gk_endpoint_add(gk, id, realm, source, &i.signal, &i.ras);
	if (ep == NULL)
		return PST_E_NOMEM;
	ep->ttl_s = i.ttl_s;
	ep->stamp = i.stamp;
	ep->random = i.random;
	ep->microsoft = (i.flags & IS_MICROSOFT) != 0;
	ep->key = (struct gk_key){ .on = (i.flags & HAS_KEY) != 0, .endpoint = id };
	memcpy(ep->key.octets, i.key.p, sizeof ep->key.octets);
	ep->product = strdup(i.product);
	ep->version = strdup(i.version);
	const int err = take_names(gk, ep, &r, i.names);
	if (err != 0)
		gk_endpoint_remove(gk, ep);
	else
		gk_endpoint_registered(gk, ep);
	return err;
}
