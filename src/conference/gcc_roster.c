/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rosters of nodes and applications (T.124 7.3): each node tells its superior what is new at
 * it, each superior passes that upward, the top keeps all of it and tells everybody the whole.
 */
#include "conference/conference_int.h"

/* ---- tables */

struct node *gcc_node(const struct conference *c, uint16_t id)
{
	struct node *n;
	HASH_FIND(hh, c->nodes, &id, sizeof id, n);
	return n;
}

static void node_remove(struct conference *c, struct node *n)
{
	HASH_DEL(c->nodes, n);
	free(n);
	c->roster_changed = true;
}

static void entity_remove(struct conference *c, unsigned i)
{
	c->entities[i] = c->entities[--c->n_entities];
	c->roster_changed = true;
}

void gcc_roster_free(struct conference *c)
{
	struct node *n, *n2;
	HASH_ITER (hh, c->nodes, n, n2)
		node_remove(c, n);
	free(c->entities);
	c->entities = NULL;
	c->n_entities = c->cap_entities = 0;
	c->roster_changed = false;
}

static struct node *node_make(struct conference *c, uint16_t id)
{
	struct node *n = gcc_node(c, id);
	if (n != NULL || HASH_COUNT(c->nodes) >= c->max_nodes)
		return n;
	n = calloc(1, sizeof *n);
	if (n == NULL)
		return NULL;
	n->id = id;
	HASH_ADD(hh, c->nodes, id, sizeof n->id, n);
	c->roster_changed = true;
	return n;
}

bool gcc_key_fits(const struct gcc_key *key)
{
	return key->u.object.n > 0 && key->u.object.n <= sizeof((struct entity *)0)->key;
}

static void entity_set(struct conference *c, uint16_t node, uint16_t id, const struct gcc_session_key *key,
	const struct gcc_application_record *r)
{
	unsigned i = 0;
	const struct gcc_key *k = &key->application_protocol_key;
	if (!gcc_key_fits(k))
		return;
	while (i < c->n_entities && (c->entities[i].node != node || c->entities[i].entity != id))
		i++;
	if (i == ENTITIES_MAX)
		return;
	if (i == c->cap_entities) {
		struct entity *more = realloc(c->entities, (i + 16) * sizeof *more);
		if (more == NULL)
			return;
		c->entities = more;
		c->cap_entities = i + 16;
	}
	if (i == c->n_entities)
		c->n_entities++;
	c->entities[i] = (struct entity){ .node = node,
		.entity = id,
		.active = r->application_active,
		.user = r->has_application_user_id ? (uint16_t)r->application_user_id : 0,
		.app = (uint8_t)t124_key_app(k),
		.object = k->choice == GCC_KEY_OBJECT,
		.n_key = (uint16_t)k->u.object.n };
	memcpy(c->entities[i].key, k->u.object.p, k->u.object.n);
	c->roster_changed = true;
}

static void entity_unset(struct conference *c, uint16_t node, uint16_t id)
{
	for (unsigned i = 0; i < c->n_entities; i++)
		if (c->entities[i].node == node && c->entities[i].entity == id)
			entity_remove(c, i--);
}

static void node_set(struct conference *c, uint16_t id, const struct gcc_node_record *r)
{
	struct node *n = node_make(c, id);
	if (n == NULL)
		return;
	n->superior = r->has_superior_node ? (uint16_t)r->superior_node : 0;
	n->type = r->node_type;
	n->name[0] = '\0';
	if (r->has_node_name)
		t124_text_read(r->node_name, n->name, sizeof n->name);
	c->roster_changed = true;
}

static void node_unset(struct conference *c, uint16_t id)
{
	struct node *n = gcc_node(c, id);
	if (n == NULL)
		return;
	node_remove(c, n);
	for (unsigned i = 0; i < c->n_entities; i++)
		if (c->entities[i].node == id)
			entity_remove(c, i--);
}

/* ---- out */

static void node_record(struct conference *c, struct gcc_node_record *r, const struct node *n)
{
	*r = (struct gcc_node_record){
		.has_superior_node = n->superior != 0, .superior_node = n->superior, .node_type = n->type
	};
	if (n->name[0] != '\0' && t124_text_write(&r->node_name, n->name, &c->arena) == 0)
		r->has_node_name = true;
}

static struct gcc_session_key entity_key(const struct entity *e)
{
	const struct pst_slice s = slice_of(e->key, e->n_key);
	return (struct gcc_session_key){ .application_protocol_key = {
						 .choice = e->object ? GCC_KEY_OBJECT
								     : GCC_KEY_H221_NON_STANDARD,
						 .u.object = s } };
}

static bool same_key(const struct entity *a, const struct entity *b)
{
	return a->object == b->object && slice_eq(slice_of(a->key, a->n_key), slice_of(b->key, b->n_key));
}

/* The sessions of all entities that NODE has; 0: of all there are. */
static void sessions(struct conference *c, uint16_t node, struct gcc_roster_update_indication *m)
{
	struct gcc_application_information *info = arena_calloc(&c->arena, c->n_entities + 1, sizeof *info);
	if (info == NULL)
		return;
	m->application_information.v = info;
	for (unsigned i = 0; i < c->n_entities; i++) {
		const struct entity *e = &c->entities[i];
		bool first = node == 0 || e->node == node;
		for (unsigned k = 0; k < i && first; k++)
			first = !((node == 0 || c->entities[k].node == node) && same_key(&c->entities[k], e));
		struct gcc_application_refresh *list =
			first ? arena_calloc(&c->arena, c->n_entities, sizeof *list) : NULL;
		if (list == NULL)
			continue;
		struct gcc_application_information *out = &info[m->application_information.n++];
		*out = (struct gcc_application_information){ .session_key = entity_key(e),
			.application_record_list = { .choice = GCC_APPLICATION_RECORD_LIST_REFRESH },
			.application_capabilities_list = { .choice = GCC_CAPABILITIES_LIST_NO_CHANGE },
			.roster_instance_number = c->instance,
			.peer_entities_added = true };
		out->application_record_list.u.refresh.v = list;
		for (unsigned k = i; k < c->n_entities; k++) {
			const struct entity *o = &c->entities[k];
			if ((node != 0 && o->node != node) || !same_key(o, e))
				continue;
			list[out->application_record_list.u.refresh.n++] =
				(struct gcc_application_refresh){ .node_id = o->node,
					.entity_id = o->entity,
					.application_record = { .application_active = o->active,
						.has_application_user_id = o->user != 0,
						.application_user_id = o->user } };
		}
	}
}

/* The whole, from the top to everybody. */
static void broadcast(struct conference *c)
{
	struct gcc_node_refresh *list = arena_calloc(&c->arena, HASH_COUNT(c->nodes) + 1, sizeof *list);
	struct gcc_roster_update_indication m = { .full_refresh = true,
		.node_information = { .node_record_list = { .choice = GCC_NODE_RECORD_LIST_REFRESH },
			.roster_instance_number = ++c->instance,
			.nodes_added = true,
			.nodes_removed = true } };
	struct node *n, *n2;
	if (list == NULL)
		return;
	m.node_information.node_record_list.u.refresh.v = list;
	HASH_ITER (hh, c->nodes, n, n2) {
		struct gcc_node_refresh *r = &list[m.node_information.node_record_list.u.refresh.n++];
		r->node_id = n->id;
		node_record(c, &r->node_record, n);
	}
	sessions(c, 0, &m);
	gcc_indicate(c, T124_CHANNEL_BROADCAST, true, GCC_INDICATION_PDU_ROSTER_UPDATE_INDICATION, &m);
}

static void own_entities(struct conference *c)
{
	for (unsigned i = 0; i < c->n_entities; i++)
		if (c->entities[i].node == c->node)
			entity_remove(c, i--);
	for (unsigned i = 0; i < CONFERENCE_APPS; i++) {
		const struct app *a = &c->apps[i];
		if (a->state != APP_READY)
			continue;
		const struct gcc_session_key key = { .application_protocol_key = app_key(a) };
		const struct gcc_application_record r = { .application_active = true,
			.has_application_user_id = true,
			.application_user_id = mcs_local_user(c->mcs, a->local) };
		entity_set(c, c->node, (uint16_t)i, &key, &r);
	}
}

void gcc_roster_announce(struct conference *c)
{
	struct node *n = c->state == GCC_IN ? node_make(c, c->node) : NULL;
	if (n == NULL)
		return;
	n->superior = c->superior;
	n->type = c->mcu ? GCC_NODE_TYPE_MCU : GCC_NODE_TYPE_MULTIPORT_TERMINAL;
	strncpy(n->name, c->node_name, sizeof n->name - 1);
	own_entities(c);
	if (c->top) {
		broadcast(c);
		return;
	}
	struct gcc_node_record record;
	struct gcc_node_update update = { .node_id = c->node,
		.node_update = { .choice = GCC_NODE_RECORD_UPDATE_ADD_RECORD, .u.add_record = &record } };
	struct gcc_roster_update_indication m = {
		.node_information = { .node_record_list = { .choice = GCC_NODE_RECORD_LIST_UPDATE },
			.roster_instance_number = ++c->instance,
			.nodes_added = true }
	};
	m.node_information.node_record_list.u.update.n = 1;
	m.node_information.node_record_list.u.update.v = &update;
	node_record(c, &record, n);
	sessions(c, c->node, &m);
	gcc_indicate(c, c->superior, false, GCC_INDICATION_PDU_ROSTER_UPDATE_INDICATION, &m);
}

/* ---- in */

static void nodes_in(struct conference *c, const struct gcc_node_record_list *l)
{
	if (l->choice == GCC_NODE_RECORD_LIST_REFRESH)
		for (uint32_t i = 0; i < l->u.refresh.n; i++)
			node_set(c, (uint16_t)l->u.refresh.v[i].node_id, &l->u.refresh.v[i].node_record);
	if (l->choice != GCC_NODE_RECORD_LIST_UPDATE)
		return;
	for (uint32_t i = 0; i < l->u.update.n; i++) {
		const struct gcc_node_update *u = &l->u.update.v[i];
		if (u->node_update.choice == GCC_NODE_RECORD_UPDATE_REMOVE_RECORD)
			node_unset(c, (uint16_t)u->node_id);
		else if (u->node_update.choice != GCC_NODE_RECORD_UPDATE_UNKNOWN)
			node_set(c, (uint16_t)u->node_id, u->node_update.u.add_record);
	}
}

static void sessions_in(struct conference *c, const struct gcc_application_information *s)
{
	const struct gcc_application_record_list *l = &s->application_record_list;
	if (l->choice == GCC_APPLICATION_RECORD_LIST_REFRESH)
		for (uint32_t i = 0; i < l->u.refresh.n; i++)
			entity_set(c, (uint16_t)l->u.refresh.v[i].node_id,
				(uint16_t)l->u.refresh.v[i].entity_id, &s->session_key,
				&l->u.refresh.v[i].application_record);
	if (l->choice != GCC_APPLICATION_RECORD_LIST_UPDATE)
		return;
	for (uint32_t i = 0; i < l->u.update.n; i++) {
		const struct gcc_application_update *u = &l->u.update.v[i];
		if (u->application_update.choice == GCC_APPLICATION_RECORD_UPDATE_REMOVE_RECORD)
			entity_unset(c, (uint16_t)u->node_id, (uint16_t)u->entity_id);
		else if (u->application_update.choice != GCC_APPLICATION_RECORD_UPDATE_UNKNOWN)
			entity_set(c, (uint16_t)u->node_id, (uint16_t)u->entity_id, &s->session_key,
				u->application_update.u.add_record);
	}
}

/* A node's word about itself replaces all its entities; others it does not speak of. */
static void forget_entities_of(struct conference *c, const struct gcc_node_record_list *l)
{
	if (l->choice != GCC_NODE_RECORD_LIST_UPDATE)
		return;
	for (uint32_t k = 0; k < l->u.update.n; k++)
		for (unsigned i = 0; i < c->n_entities; i++)
			if (c->entities[i].node == l->u.update.v[k].node_id)
				entity_remove(c, i--);
}

void gcc_roster_received(struct conference *c, uint16_t user, uint16_t channel, struct pst_slice octets,
	const struct gcc_roster_update_indication *p)
{
	if (channel == c->node && !c->top) { /* from below: on its way up */
		if (user != c->top_node)
			mcs_send(c->mcs, c->local, c->superior, MCS_DATA_PRIORITY_TOP, false, octets);
		return;
	}
	if (c->top ? user == c->node || channel != c->node : user != c->top_node)
		return;
	struct node *n, *n2;
	if (!c->top && p->full_refresh) {
		HASH_ITER (hh, c->nodes, n, n2)
			node_remove(c, n);
		c->n_entities = 0;
	} else if (c->top) {
		forget_entities_of(c, &p->node_information.node_record_list);
	}
	nodes_in(c, &p->node_information.node_record_list);
	for (uint32_t i = 0; i < p->application_information.n; i++)
		sessions_in(c, &p->application_information.v[i]);
	if (c->top)
		broadcast(c);
}

void gcc_roster_user_gone(struct conference *c, uint16_t user)
{
	bool ours = gcc_node(c, user) != NULL;
	if (user == c->conductor)
		gcc_conducted(c, 0);
	for (unsigned i = 0; i < c->n_entities; i++)
		if (c->entities[i].user == user && c->entities[i].node != c->node) {
			entity_remove(c, i--);
			ours = true;
		}
	node_unset(c, user);
	if (ours && c->top && c->state == GCC_IN)
		broadcast(c);
}

/* ---- looking in */

static int by_id(const struct node *a, const struct node *b)
{
	return (int)a->id - (int)b->id;
}

bool conference_node(const struct conference *c, unsigned i, struct conference_node_info *info)
{
	const struct node *best = NULL;
	const struct node *n, *n2;
	struct node *head = c->nodes;
	for (unsigned k = 0; k <= i; k++) {
		const struct node *next = NULL;
		HASH_ITER (hh, head, n, n2)
			if ((best == NULL || by_id(n, best) > 0) && (next == NULL || by_id(n, next) < 0))
				next = n;
		if (next == NULL)
			return false;
		best = next;
	}
	*info = (struct conference_node_info){ best->id, best->superior, best->name, 0, best->id == c->node };
	for (unsigned k = 0; k < c->n_entities; k++)
		if (c->entities[k].node == best->id && c->entities[k].active)
			info->apps |= UINT32_C(1) << c->entities[k].app;
	return true;
}

unsigned conference_nodes(const struct conference *c)
{
	return HASH_COUNT(c->nodes);
}

uint16_t conference_user_node(const struct conference *c, uint16_t user)
{
	if (gcc_node(c, user) != NULL)
		return user;
	for (unsigned i = 0; i < c->n_entities; i++)
		if (c->entities[i].user == user)
			return c->entities[i].node;
	return 0;
}
