/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names by space and text, calls by number; and besides, in groups of the same key: names by space and what stands before
 * the '@', calls by caller and either identifier. Every key begins with the seed.
 */
#include "registry/table.h"

#include <stdlib.h>

/* Without memory nothing is added, and hh.tbl says so. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

enum { SEED = 8, HOST = 17, ID = 16, KEY_MAX = SEED + 1 + REGISTRY_NAME_MAX };
enum id_kind { BY_CALL_ID = REGISTRY_SPACES, BY_CONFERENCE_ID, ID_KINDS = 2 };

/* Some of the same key, in the order in which they came. */
struct group {
	UT_hash_handle hh; /* by key */
	struct member *members;
	uint32_t n;
	size_t n_key;
	uint8_t key[];
};

struct member {
	struct member *prev, *next;
	struct group *group; /* NULL: in none */
	const void *of;      /* struct name or struct call */
};

struct name {
	UT_hash_handle hh; /* by key */
	struct member local;
	struct addr host;
	uint8_t realm;
	size_t n_key;
	uint8_t key[];
};

struct call {
	UT_hash_handle hh; /* by number */
	uint64_t number;
	struct addr dest;
	struct member by[ID_KINDS];
};

struct port {
	UT_hash_handle hh; /* by key */
	uint8_t key[SEED + HOST + 2];
	struct addr local, host;
};

struct registry {
	struct registry_limits limits;
	uint8_t seed[SEED];
	struct name *names;
	struct call *calls;
	struct port *ports;
	struct group *groups;
	registry_host_h *watcher; /* may be NULL */
	void *watcher_arg;
};

/* ---- keys ---- */

static size_t begin_key(const struct registry *r, uint8_t kind, uint8_t key[static KEY_MAX])
{
	memcpy(key, r->seed, SEED);
	key[SEED] = kind;
	return SEED + 1;
}

static size_t name_key(const struct registry *r, enum registry_space space, struct pst_slice name, uint8_t key[static KEY_MAX])
{
	const size_t at = begin_key(r, (uint8_t)space, key);
	for (size_t i = 0; i < name.n; i++)
		key[at + i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] | 0x20 : name.p[i];
	return at + name.n;
}

static size_t id_key(const struct registry *r, enum id_kind kind, const struct addr *caller, const uint8_t id[static ID],
	uint8_t key[static KEY_MAX])
{
	size_t at = begin_key(r, (uint8_t)kind, key);
	key[at] = caller->family;
	memcpy(key + at + 1, caller->ip, HOST - 1);
	at += HOST;
	memcpy(key + at, id, ID);
	return at + ID;
}

static struct pst_slice local_of(struct pst_slice name)
{
	const uint8_t *at = memchr(name.p, '@', name.n);
	return at != NULL ? slice_of(name.p, (size_t)(at - name.p)) : name;
}

/* ---- groups ---- */

static struct group *group_find(const struct registry *r, const uint8_t *key, size_t n)
{
	struct group *g = NULL;
	HASH_FIND(hh, r->groups, key, n, g);
	return g;
}

static int group_add(struct registry *r, const uint8_t *key, size_t n, struct member *m, const void *of)
{
	struct group *g = group_find(r, key, n);
	if (g == NULL) {
		g = calloc(1, sizeof *g + n);
		if (g == NULL)
			return PST_E_NOMEM;
		g->n_key = n;
		memcpy(g->key, key, n);
		HASH_ADD_KEYPTR(hh, r->groups, g->key, g->n_key, g);
		if (g->hh.tbl == NULL) {
			free(g);
			return PST_E_NOMEM;
		}
	}
	m->group = g;
	m->of = of;
	g->n++;
	DL_APPEND(g->members, m);
	return PST_OK;
}

static void group_leave(struct registry *r, struct member *m)
{
	struct group *g = m->group;
	if (g == NULL)
		return;
	DL_DELETE(g->members, m);
	m->group = NULL;
	if (--g->n > 0)
		return;
	HASH_DEL(r->groups, g);
	free(g);
}

/* ---- names ---- */

static struct name *name_find(const struct registry *r, enum registry_space space, struct pst_slice name)
{
	uint8_t key[KEY_MAX];
	struct name *n = NULL;
	if (name.n == 0 || name.n > REGISTRY_NAME_MAX)
		return NULL;
	const size_t n_key = name_key(r, space, name, key);
	HASH_FIND(hh, r->names, key, n_key, n);
	return n;
}

static void tell_host(const struct registry *r, const struct addr *host, int by)
{
	if (r->watcher != NULL && host->family != ADDR_NONE)
		r->watcher(r->watcher_arg, host, by);
}

static void name_remove(struct registry *r, struct name *n)
{
	tell_host(r, &n->host, -1);
	group_leave(r, &n->local);
	HASH_DEL(r->names, n);
	free(n);
}

static int name_add(struct registry *r, const struct registry_name *from, struct name **out)
{
	uint8_t key[KEY_MAX];
	const size_t n_key = name_key(r, from->space, from->name, key);
	struct name *n = HASH_COUNT(r->names) < r->limits.names ? calloc(1, sizeof *n + n_key) : NULL;
	if (n == NULL)
		return HASH_COUNT(r->names) < r->limits.names ? PST_E_NOMEM : PST_E_LIMIT;
	n->n_key = n_key;
	memcpy(n->key, key, n_key);
	HASH_ADD_KEYPTR(hh, r->names, n->key, n->n_key, n);
	if (n->hh.tbl == NULL) {
		free(n);
		return PST_E_NOMEM;
	}
	if (from->space == REGISTRY_PERSON || from->space == REGISTRY_LEARNT) {
		const size_t n_local = name_key(r, from->space, local_of(from->name), key);
		if (group_add(r, key, n_local, &n->local, n) != PST_OK) {
			name_remove(r, n);
			return PST_E_NOMEM;
		}
	}
	*out = n;
	return PST_OK;
}

static int name_put(struct registry *r, const struct registry_name *from)
{
	struct name *n = name_find(r, from->space, from->name);
	const int err = n == NULL ? name_add(r, from, &n) : PST_OK;
	if (err != PST_OK)
		return err;
	const struct addr before = n->host;
	n->host = from->host;
	tell_host(r, &n->host, 1);
	tell_host(r, &before, -1);
	n->realm = from->realm;
	return PST_OK;
}

/* ---- calls ---- */

static void call_remove(struct registry *r, struct call *c)
{
	for (int i = 0; i < ID_KINDS; i++)
		group_leave(r, &c->by[i]);
	HASH_DEL(r->calls, c);
	free(c);
}

static void call_gone(struct registry *r, uint64_t number)
{
	struct call *c = NULL;
	HASH_FIND(hh, r->calls, &number, sizeof number, c);
	if (c != NULL)
		call_remove(r, c);
}

static int call_put(struct registry *r, const struct registry_call *from)
{
	uint8_t key[KEY_MAX];
	const bool has[ID_KINDS] = { from->has_call_id, from->has_conference_id };
	const uint8_t *const ids[ID_KINDS] = { from->call_id, from->conference_id };
	call_gone(r, from->number);
	if (HASH_COUNT(r->calls) >= r->limits.calls)
		return PST_E_LIMIT;
	struct call *c = calloc(1, sizeof *c);
	if (c == NULL)
		return PST_E_NOMEM;
	c->number = from->number;
	c->dest = from->dest;
	HASH_ADD(hh, r->calls, number, sizeof c->number, c);
	if (c->hh.tbl == NULL) {
		free(c);
		return PST_E_NOMEM;
	}
	for (unsigned i = 0; i < ID_KINDS; i++) {
		const size_t n = has[i] ? id_key(r, BY_CALL_ID + i, &from->caller, ids[i], key) : 0;
		if (n > 0 && group_add(r, key, n, &c->by[i], c) != PST_OK) {
			call_remove(r, c);
			return PST_E_NOMEM;
		}
	}
	return PST_OK;
}

/* ---- ports ---- */

static void port_key(const struct registry *r, const struct addr *a, uint8_t key[static SEED + HOST + 2])
{
	memcpy(key, r->seed, SEED);
	key[SEED] = a->family;
	memcpy(key + SEED + 1, a->ip, HOST - 1);
	key[SEED + HOST] = (uint8_t)(a->port >> 8);
	key[SEED + HOST + 1] = (uint8_t)a->port;
}

static struct port *port_find(const struct registry *r, const struct addr *local)
{
	uint8_t key[SEED + HOST + 2];
	struct port *p = NULL;
	port_key(r, local, key);
	HASH_FIND(hh, r->ports, key, sizeof key, p);
	return p;
}

static void port_remove(struct registry *r, struct port *p)
{
	HASH_DEL(r->ports, p);
	free(p);
}

static int port_put(struct registry *r, const struct registry_port *from)
{
	struct port *p = port_find(r, &from->local);
	if (p != NULL) {
		p->host = from->host;
		return PST_OK;
	}
	if (HASH_COUNT(r->ports) >= r->limits.ports)
		return PST_E_LIMIT;
	p = calloc(1, sizeof *p);
	if (p == NULL)
		return PST_E_NOMEM;
	p->local = from->local;
	p->host = from->host;
	port_key(r, &from->local, p->key);
	HASH_ADD(hh, r->ports, key, sizeof p->key, p);
	if (p->hh.tbl == NULL) {
		free(p);
		return PST_E_NOMEM;
	}
	return PST_OK;
}

static void port_gone(struct registry *r, const struct addr *local)
{
	struct port *p = port_find(r, local);
	if (p != NULL)
		port_remove(r, p);
}

/* ---- the whole ---- */

int registry_new(struct registry **out, const struct registry_limits *limits, uint64_t seed)
{
	struct registry *r = calloc(1, sizeof *r);
	if (r == NULL)
		return PST_E_NOMEM;
	r->limits = *limits;
	memcpy(r->seed, &seed, SEED);
	*out = r;
	return PST_OK;
}

void registry_watch_hosts(struct registry *r, registry_host_h *h, void *arg)
{
	r->watcher = h;
	r->watcher_arg = arg;
}

void registry_free(struct registry *r)
{
	struct name *n, *next_name;
	struct call *c, *next_call;
	if (r == NULL)
		return;
	HASH_ITER(hh, r->names, n, next_name)
	name_remove(r, n);
	HASH_ITER(hh, r->calls, c, next_call)
	call_remove(r, c);
	while (r->ports != NULL)
		port_remove(r, r->ports);
	free(r);
}

int registry_apply(struct registry *r, const struct registry_msg *m)
{
	switch (m->type) {
	case REGISTRY_NAME: return name_put(r, &m->name);
	case REGISTRY_NAME_GONE: {
		struct name *n = name_find(r, m->name.space, m->name.name);
		if (n != NULL)
			name_remove(r, n);
		return PST_OK;
	}
	case REGISTRY_CALL: return call_put(r, &m->call);
	case REGISTRY_PORT: return port_put(r, &m->port);
	case REGISTRY_PORT_GONE: port_gone(r, &m->port.local); return PST_OK;
	case REGISTRY_CALL_GONE: call_gone(r, m->call.number); return PST_OK;
	default: return PST_E_ARG;
	}
}

bool registry_find_name(const struct registry *r, enum registry_space space, struct pst_slice name, struct addr *host)
{
	const struct name *n = name_find(r, space, name);
	if (n != NULL)
		*host = n->host;
	return n != NULL;
}

bool registry_is_behind(const struct registry *r, const struct addr *addr)
{
	char text[ADDR_STRLEN];
	return name_find(r, REGISTRY_BEHIND, slice_str(addr_str(addr, text))) != NULL;
}

static const struct name *only_local(const struct registry *r, enum registry_space space, struct pst_slice name)
{
	uint8_t key[KEY_MAX];
	if (name.n == 0 || name.n > REGISTRY_NAME_MAX)
		return NULL;
	const struct group *g = group_find(r, key, name_key(r, space, name, key));
	return g != NULL && g->n == 1 ? g->members->of : NULL;
}

bool registry_find_person(const struct registry *r, struct pst_slice name, uint8_t asker_realm, struct addr *host)
{
	static const enum registry_space spaces[] = { REGISTRY_PERSON, REGISTRY_LEARNT };
	const struct name *n = NULL;
	for (int i = 0; i < 2 && n == NULL; i++)
		n = name_find(r, spaces[i], name);
	for (int i = 0; i < 2 && n == NULL; i++)
		n = only_local(r, spaces[i], name);
	if (n == NULL || n->host.family == ADDR_NONE || n->realm == asker_realm)
		return false;
	*host = n->host;
	return true;
}

static const struct group *calls_of(
	const struct registry *r, enum id_kind kind, const struct addr *caller, struct pst_slice id)
{
	uint8_t key[KEY_MAX];
	return id.n == ID ? group_find(r, key, id_key(r, kind, caller, id.p, key)) : NULL;
}

bool registry_find_call(const struct registry *r, const struct addr *caller, struct pst_slice call_id,
	struct pst_slice conference_id, struct addr *dest)
{
	const struct group *g = calls_of(r, BY_CALL_ID, caller, call_id);
	const struct member *m = g != NULL ? g->members : NULL;
	if (m == NULL) {
		g = calls_of(r, BY_CONFERENCE_ID, caller, conference_id);
		m = g != NULL ? g->members->prev : NULL;
	}
	if (m != NULL)
		*dest = ((const struct call *)m->of)->dest;
	return m != NULL;
}

bool registry_find_port(const struct registry *r, const struct addr *local, struct addr *host)
{
	const struct port *p = port_find(r, local);
	if (p == NULL || p->host.family == ADDR_NONE)
		return false;
	*host = p->host;
	return true;
}

bool registry_has_port(const struct registry *r, const struct addr *local)
{
	return port_find(r, local) != NULL;
}

void registry_each_port(const struct registry *r, void (*each)(void *ctx, const struct addr *local), void *ctx)
{
	const struct port *p, *next;
	HASH_ITER(hh, r->ports, p, next)
	each(ctx, &p->local);
}

uint32_t registry_names(const struct registry *r)
{
	return HASH_COUNT(r->names);
}

uint32_t registry_calls(const struct registry *r)
{
	return HASH_COUNT(r->calls);
}
