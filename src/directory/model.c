/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory: indexes, ownership, limits, lifetimes. The layout of an entry is pack.c's. */
#include "directory/model.h"

#include "directory/model_private.h"

#include <assert.h>
#include <stdlib.h>

/* salts of the hash */
enum { SALT_KEY = 0x10, SALT_ULS = 0x30 };

void directory_limits_default(struct directory_limits *l)
{
	*l = (struct directory_limits){
		.entries = 200000, .bytes = 256ULL << 20, .entry_bytes = 16384, .entries_per_source = 64,
		.changes_per_source_s = 20, .sources = 65536, .attrs = 64, .values = 32, .records = 64,
		.ttl_default_s = 1800, .ttl_min_s = 30, .ttl_max_s = 86400,
	};
}

int directory_new(struct directory **out, const struct directory_config *cfg)
{
	struct directory *d = calloc(1, sizeof *d);
	if (d == NULL)
		return PST_E_NOMEM;
	d->cfg = *cfg;
	d->sources.seed = cfg->seed;
	*out = d;
	return 0;
}

void directory_free(struct directory *d)
{
	if (d == NULL)
		return;
	for (struct directory_entry *e = d->first, *next; e != NULL; e = next) {
		next = e->next;
		free(e);
	}
	index_free(&d->keys);
	index_free(&d->uls);
	sources_free(&d->sources);
	free(d->heap.at);
	free(d);
}

void directory_set_limits(struct directory *d, const struct directory_limits *l)
{
	d->cfg.limits = *l;
}

const struct directory_limits *directory_limits(const struct directory *d)
{
	return &d->cfg.limits;
}

const struct directory_stats *directory_stats(const struct directory *d)
{
	return &d->stats;
}

/* Look-up */

static uint32_t key_hash(const struct directory *d, enum directory_kind kind, struct pst_slice key)
{
	return index_hash(d->cfg.seed, (uint8_t)(SALT_KEY + kind), key);
}

static uint32_t uls_hash(const struct directory *d, struct pst_slice name)
{
	return index_hash(d->cfg.seed, SALT_ULS, name);
}

static struct directory_entry *find(const struct directory *d, enum directory_kind kind, struct pst_slice key)
{
	const uint32_t hash = key_hash(d, kind, key);
	struct directory_entry *e;
	uint32_t at = 0;
	while ((e = index_next(&d->keys, hash, &at)) != NULL)
		if (e->kind == kind && slice_eq_nocase(directory_entry_key(e), key))
			return e;
	return NULL;
}

const struct directory_entry *directory_find(const struct directory *d, enum directory_kind kind, struct pst_slice key)
{
	return find(d, kind, key);
}

const struct directory_entry *directory_find_uls(const struct directory *d, struct pst_slice uls_name)
{
	const uint32_t hash = uls_hash(d, uls_name);
	struct directory_entry *e;
	uint32_t at = 0;
	while ((e = index_next(&d->uls, hash, &at)) != NULL)
		if (slice_eq_nocase(entry_uls(e), uls_name))
			return e;
	return NULL;
}

/* Cursors */

void directory_cursor_open(struct directory *d, struct directory_cursor *c)
{
	*c = (struct directory_cursor){ d->first, d->cursors };
	d->cursors = c;
}

const struct directory_entry *directory_cursor_next(struct directory *d, struct directory_cursor *c)
{
	const struct directory_entry *e = c->next;
	(void)d;
	if (e != NULL)
		c->next = e->next;
	return e;
}

void directory_cursor_close(struct directory *d, struct directory_cursor *c)
{
	for (struct directory_cursor **at = &d->cursors; *at != NULL; at = &(*at)->link)
		if (*at == c) {
			*at = c->link;
			return;
		}
}

static void cursors_move(struct directory *d, const struct directory_entry *from, const struct directory_entry *to)
{
	for (struct directory_cursor *c = d->cursors; c != NULL; c = c->link)
		if (c->next == from)
			c->next = to;
}

/* Linking */

static void list_append(struct directory *d, struct directory_entry *e)
{
	e->prev = d->last;
	e->next = NULL;
	*(d->last == NULL ? &d->first : &d->last->next) = e;
	d->last = e;
}

static void list_remove(struct directory *d, struct directory_entry *e)
{
	*(e->prev == NULL ? &d->first : &e->prev->next) = e->next;
	*(e->next == NULL ? &d->last : &e->next->prev) = e->prev;
}

static void count(struct directory *d, const struct directory_entry *e, int sign)
{
	struct source *s = sources_find(&d->sources, &e->source);
	d->stats.entries += (uint32_t)sign;
	d->stats.bytes += (uint64_t)(int64_t)sign * e->size;
	if (s != NULL)
		s->entries += (uint32_t)sign;
}

static void names_add(struct directory *d, struct directory_entry *e)
{
	const struct pst_slice key = directory_entry_key(e);
	index_add(&d->keys, key_hash(d, e->kind, key), e);
	if (e->uls_len)
		index_add(&d->uls, uls_hash(d, entry_uls(e)), e);
}

static void names_remove(struct directory *d, struct directory_entry *e)
{
	const struct pst_slice key = directory_entry_key(e);
	index_remove(&d->keys, key_hash(d, e->kind, key), e);
	if (e->uls_len)
		index_remove(&d->uls, uls_hash(d, entry_uls(e)), e);
}

/* Whatever linking one more entry needs, so that it cannot fail half-way. */
static int reserve(struct directory *d)
{
	const int err = index_reserve(&d->keys, 1);
	if (err || index_reserve(&d->uls, 1))
		return PST_E_NOMEM;
	return heap_reserve(&d->heap, 1);
}

static void tell_changed(struct directory *d, const struct directory_entry *e, bool gone)
{
	if (d->cfg.changed != NULL)
		d->cfg.changed(d->cfg.changed_arg, e, gone);
}

static void drop(struct directory *d, struct directory_entry *e)
{
	tell_changed(d, e, true);
	cursors_move(d, e, e->next);
	names_remove(d, e);
	heap_remove(&d->heap, e);
	list_remove(d, e);
	count(d, e, -1);
	free(e);
}

/* E takes the place of OLD in the list, in order not to be listed twice or missed. */
static void replace(struct directory *d, struct directory_entry *old, struct directory_entry *e)
{
	names_remove(d, old);
	heap_remove(&d->heap, old);
	count(d, old, -1);
	e->prev = old->prev;
	e->next = old->next;
	*(e->prev == NULL ? &d->first : &e->prev->next) = e;
	*(e->next == NULL ? &d->last : &e->next->prev) = e;
	cursors_move(d, old, e);
	free(old);
}

/* Storing */

static void fold_key(struct pst_slice key, uint8_t out[static DIRECTORY_KEY_MAX])
{
	for (size_t i = 0; i < key.n; i++)
		out[i] = key.p[i] >= 'A' && key.p[i] <= 'Z' ? key.p[i] | 0x20 : key.p[i];
}

static void store_put(struct directory *d, const struct directory_entry *e)
{
	uint8_t *octets, key[DIRECTORY_KEY_MAX];
	size_t n;
	if (d->cfg.store.put == NULL || e->origin == DIRECTORY_STATIC || image_write(e, d->cfg.wall_offset_ms, &octets, &n))
		return;
	const uint64_t end = entry_end_ms(e);
	fold_key(directory_entry_key(e), key);
	d->cfg.store.put(d->cfg.store.arg, e->kind, slice_of(key, e->key_len),
		end == 0 ? 0 : end + (uint64_t)d->cfg.wall_offset_ms, slice_of(octets, n));
	free(octets);
}

static void store_erase(struct directory *d, const struct directory_entry *e)
{
	uint8_t key[DIRECTORY_KEY_MAX];
	if (d->cfg.store.erase == NULL || e->origin == DIRECTORY_STATIC)
		return;
	fold_key(directory_entry_key(e), key);
	d->cfg.store.erase(d->cfg.store.arg, e->kind, slice_of(key, e->key_len));
}

/* Changing */

bool directory_may_change(const struct directory_entry *e, const struct directory_asker *asker, uint32_t token)
{
	if (e->origin == DIRECTORY_STATIC)
		return false;
	return asker_eq(&e->source, asker) || (token != 0 && e->token == token);
}

/* Whether BY may do this to OLD (NULL: something new) now. */
static int admit(struct directory *d, const struct directory_entry *old, const struct directory_asker *by, uint32_t token,
	uint64_t now_ms)
{
	struct source *s;
	if (by == NULL)
		return 0;
	if (old != NULL && !directory_may_change(old, by, token)) {
		d->stats.denied++;
		return PST_E_DENIED;
	}
	const int err = sources_get(&d->sources, by, &d->cfg.limits, now_ms, &s);
	if (err == PST_E_NOMEM)
		return err;
	d->stats.sources = d->sources.index.n;
	if (err || !source_may(s, &d->cfg.limits, now_ms)) {
		d->stats.limited++;
		return PST_E_LIMIT;
	}
	return 0;
}

static int has_room(struct directory *d, const struct directory_entry *old, const struct directory_entry *e,
	const struct directory_asker *by)
{
	const struct directory_limits *l = &d->cfg.limits;
	const struct source *s = sources_find(&d->sources, &e->source);
	const bool moves = old == NULL || !asker_eq(&old->source, &e->source);
	if (d->stats.bytes + e->size > l->bytes + (old ? old->size : 0) || (old == NULL && d->stats.entries >= l->entries) ||
	    (by != NULL && moves && s != NULL && s->entries >= l->entries_per_source)) {
		d->stats.limited++;
		return PST_E_LIMIT;
	}
	return 0;
}

static int link_entry(struct directory *d, struct directory_entry *old, struct directory_entry *e,
	const struct directory_asker *by)
{
	const struct directory_entry *namesake = e->uls_len ? directory_find_uls(d, entry_uls(e)) : NULL;
	if (namesake != NULL && namesake != old)
		return PST_E_BUSY;
	int err = has_room(d, old, e, by);
	if (!err)
		err = reserve(d);
	if (err)
		return err;
	if (old != NULL)
		replace(d, old, e);
	else
		list_append(d, e);
	names_add(d, e);
	heap_add(&d->heap, e);
	count(d, e, 1);
	return 0;
}

int directory_put(struct directory *d, const struct directory_person *p, const struct directory_asker *by, uint32_t token,
	uint64_t now_ms, const struct directory_entry **out)
{
	struct directory_entry *e, *old = find(d, p->kind, p->key), *spare;
	struct source *s;
	int err = admit(d, old, by, token, now_ms);
	if (err)
		return err;
	err = entry_pack(&e, p, &d->cfg.limits);
	if (err) {
		d->stats.limited += err == PST_E_LIMIT;
		return err;
	}
	(void)entry_settle(e, now_ms);
	spare = e;
	/* the entry is counted with its source even when somebody with the token changes it */
	if (p->origin != DIRECTORY_STATIC)
		err = sources_get(&d->sources, &e->source, &d->cfg.limits, now_ms, &s);
	if (!err)
		err = link_entry(d, old, e, by);
	d->stats.sources = d->sources.index.n;
	if (err) {
		free(spare);
		return err;
	}
	d->stats.puts++;
	tell_changed(d, e, false);
	store_put(d, e);
	if (out != NULL)
		*out = e;
	return 0;
}

int directory_remove(struct directory *d, enum directory_kind kind, struct pst_slice key, const struct directory_asker *by,
	uint32_t token, uint64_t now_ms)
{
	struct directory_entry *e = find(d, kind, key);
	if (e == NULL)
		return PST_E_NOT_FOUND;
	const int err = admit(d, e, by, token, now_ms);
	if (err)
		return err;
	store_erase(d, e);
	drop(d, e);
	d->stats.removed++;
	return 0;
}

/* entry_settle() for an entry that is counted. */
static bool settle(struct directory *d, struct directory_entry *e, uint64_t now_ms)
{
	const uint32_t size = e->size;
	const bool lives = entry_settle(e, now_ms);
	d->stats.bytes -= size - e->size;
	return lives;
}

uint64_t directory_expiry(const struct directory *d, uint32_t ttl_s, uint64_t now_ms, uint32_t *granted_s)
{
	const struct directory_limits *l = &d->cfg.limits;
	uint32_t s = ttl_s == 0 ? l->ttl_default_s : ttl_s < l->ttl_min_s ? l->ttl_min_s : ttl_s;
	if (s > l->ttl_max_s)
		s = l->ttl_max_s;
	if (granted_s != NULL)
		*granted_s = s;
	return now_ms + (uint64_t)s * 1000;
}

int directory_refresh(struct directory *d, enum directory_kind kind, struct pst_slice key, const struct directory_asker *by,
	uint32_t token, uint32_t ttl_s, uint64_t now_ms, uint32_t *granted_s)
{
	struct directory_entry *e = find(d, kind, key);
	if (e == NULL)
		return PST_E_NOT_FOUND;
	if (by != NULL && !directory_may_change(e, by, token)) {
		d->stats.denied++;
		return PST_E_DENIED;
	}
	e->expiry_ms = directory_expiry(d, ttl_s, now_ms, &e->ttl_s);
	(void)settle(d, e, now_ms);
	heap_moved(&d->heap, e);
	d->stats.refreshed++;
	if (granted_s != NULL)
		*granted_s = e->ttl_s;
	store_put(d, e);
	return 0;
}

/* Lifetimes */

uint32_t directory_expire(struct directory *d, uint64_t now_ms)
{
	uint32_t ended = 0;
	while (d->heap.n > 0 && d->heap.at[0]->deadline_ms <= now_ms) {
		struct directory_entry *e = d->heap.at[0];
		if (settle(d, e, now_ms)) {
			heap_moved(&d->heap, e);
			continue;
		}
		store_erase(d, e);
		drop(d, e);
		d->stats.expired++;
		ended++;
	}
	return ended;
}

uint64_t directory_next_ms(const struct directory *d)
{
	return d->heap.n == 0 ? UINT64_MAX : d->heap.at[0]->deadline_ms;
}

struct loading {
	struct directory *d;
	uint64_t now_ms;
};

static void load_one(void *ctx, struct pst_slice octets)
{
	struct loading *load = ctx;
	struct directory *d = load->d;
	struct directory_person p;
	struct arena a;
	arena_init(&a, 1 << 20);
	int err = image_read(octets, d->cfg.wall_offset_ms, &d->cfg.limits, &a, &p);
	if (!err && find(d, p.kind, p.key) != NULL)
		err = PST_E_BUSY; /* static, or made since the start */
	if (!err) {
		/* what is in the store is there already */
		const struct directory_store store = d->cfg.store;
		d->cfg.store.put = NULL;
		err = directory_put(d, &p, NULL, 0, load->now_ms, NULL);
		d->cfg.store = store;
	}
	arena_free(&a);
	if (err)
		d->stats.load_failed++;
	else
		d->stats.loaded++;
}

int directory_load(struct directory *d, uint64_t now_ms)
{
	struct loading load = { d, now_ms };
	if (d->cfg.store.load == NULL)
		return 0;
	return d->cfg.store.load(d->cfg.store.arg, load_one, &load);
}

/* Split horizon */

struct addr directory_address_in(const struct directory *d, uint8_t asker_realm, const struct directory_person *p)
{
	if (p->source.realm == asker_realm)
		return p->address;
	if (d->cfg.address_for == NULL)
		return (struct addr){ 0 };
	return d->cfg.address_for(d->cfg.address_arg, asker_realm, p);
}

struct addr directory_view(const struct directory *d, const struct directory_entry *e, uint8_t asker_realm)
{
	struct directory_person p;
	directory_head(e, &p);
	return directory_address_in(d, asker_realm, &p);
}

struct addr directory_entry_host(const struct directory_entry *e)
{
	if (e->address.family == ADDR_NONE || e->origin == DIRECTORY_STATIC || addr_ip_eq(&e->address, &e->source.from))
		return e->address;
	return addr_with_port(e->source.from, e->address.port);
}
