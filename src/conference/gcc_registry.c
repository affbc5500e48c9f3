/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registry of channels, tokens and parameters, and handles: kept by the top (T.124 7.4). */
#include "conference/conference_int.h"

enum { TOKEN_FIRST = 16384, TOKEN_LAST = 65535 };

static size_t key_write(uint8_t out[static REGISTRY_KEY_MAX], const struct gcc_registry_key *key)
{
	struct writer w = wr_of(out, REGISTRY_KEY_MAX);
	return asn1_per_encode(&gcc_registry_key_type, key, &w, NULL) == 0 ? w.n : 0;
}

static struct entry *find(const struct conference *c, const struct gcc_registry_key *key)
{
	uint8_t octets[REGISTRY_KEY_MAX];
	const size_t n = key_write(octets, key);
	struct entry *e = c->registry;
	while (e != NULL && !slice_eq(slice_of(e->key, e->n_key), slice_of(octets, n)))
		e = e->next;
	return e;
}

static void drop(struct conference *c, struct entry *e)
{
	struct entry **at = &c->registry;
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	free(e);
	c->n_registry--;
}

void gcc_registry_free(struct conference *c)
{
	while (c->registry != NULL)
		drop(c, c->registry);
	c->next_token = 0;
	c->next_handle = 0;
}

static struct entry *make(struct conference *c, const struct gcc_registry_key *key, uint32_t item,
	uint16_t node, uint32_t entity)
{
	struct entry *e = c->n_registry < c->max_entries ? calloc(1, sizeof *e) : NULL;
	if (e == NULL)
		return NULL;
	e->n_key = key_write(e->key, key);
	if (e->n_key == 0) {
		free(e);
		return NULL;
	}
	e->item = item;
	e->owner = node;
	e->owner_entity = (uint16_t)entity;
	e->next = c->registry;
	c->registry = e;
	c->n_registry++;
	return e;
}

static void item_write(struct gcc_registry_item *item, const struct entry *e)
{
	*item = (struct gcc_registry_item){ .choice = e != NULL ? e->item : GCC_REGISTRY_ITEM_VACANT };
	if (e == NULL)
		return;
	if (e->item == GCC_REGISTRY_ITEM_PARAMETER)
		item->u.parameter = slice_of(e->parameter, e->n_parameter);
	else if (e->item != GCC_REGISTRY_ITEM_VACANT)
		item->u.channel_id = e->number; /* tokens lie in the same place */
}

static void owner_write(
	struct gcc_registry_entry_owner *out, struct gcc_registry_owner *owner, const struct entry *e)
{
	*out = (struct gcc_registry_entry_owner){ .choice = GCC_REGISTRY_ENTRY_OWNER_NOT_OWNED };
	if (e == NULL || e->owner == 0)
		return;
	*owner = (struct gcc_registry_owner){ e->owner, e->owner_entity };
	*out = (struct gcc_registry_entry_owner){ .choice = GCC_REGISTRY_ENTRY_OWNER_OWNED,
		.u.owned = owner };
}

struct ask {
	uint16_t node;
	uint32_t entity, primitive;
	const struct gcc_registry_key *key;
};

static void respond(struct conference *c, const struct ask *ask, const struct entry *e, uint32_t result)
{
	struct gcc_registry_owner owner;
	struct gcc_registry_response r = {
		.entity_id = ask->entity, .primitive_type = ask->primitive, .key = *ask->key, .result = result
	};
	item_write(&r.item, e);
	owner_write(&r.owner, &owner, e);
	r.has_modification_rights = e != NULL && e->has_rights;
	r.modification_rights = e != NULL ? e->rights : 0;
	gcc_respond(c, ask->node, GCC_RESPONSE_PDU_REGISTRY_RESPONSE, &r);
}

static void monitored(struct conference *c, const struct gcc_registry_key *key, const struct entry *e)
{
	struct gcc_registry_owner owner;
	struct gcc_registry_monitor_entry_indication m = { .key = *key };
	if (e == NULL || !e->monitored)
		return;
	item_write(&m.item, e);
	owner_write(&m.owner, &owner, e);
	gcc_indicate(
		c, T124_CHANNEL_BROADCAST, true, GCC_INDICATION_PDU_REGISTRY_MONITOR_ENTRY_INDICATION, &m);
}

/* An entry whose channel nobody is in any more stands in nobody's way. */
static struct entry *living(struct conference *c, const struct gcc_registry_key *key)
{
	struct entry *e = find(c, key);
	if (e != NULL && e->item == GCC_REGISTRY_ITEM_CHANNEL_ID && !mcs_channel_exists(c->mcs, e->number)) {
		drop(c, e);
		return NULL;
	}
	return e;
}

static void register_channel(struct conference *c, const struct ask *ask, uint16_t channel)
{
	struct entry *e = living(c, ask->key);
	if (e != NULL) {
		const bool same = e->item == GCC_REGISTRY_ITEM_CHANNEL_ID;
		respond(c, ask, e,
			!same			? GCC_REGISTRY_RESPONSE_RESULT_INCONSISTENT_TYPE
			: e->owner == ask->node ? GCC_REGISTRY_RESPONSE_RESULT_ENTRY_ALREADY_EXISTS
						: GCC_REGISTRY_RESPONSE_RESULT_BELONGS_TO_OTHER);
		return;
	}
	e = make(c, ask->key, GCC_REGISTRY_ITEM_CHANNEL_ID, ask->node, ask->entity);
	if (e != NULL)
		e->number = channel;
	respond(c, ask, e,
		e != NULL ? GCC_REGISTRY_RESPONSE_RESULT_SUCCESSFUL
			  : GCC_REGISTRY_RESPONSE_RESULT_TOO_MANY_ENTRIES);
}

static bool token_used(const struct conference *c, uint16_t id)
{
	for (const struct entry *e = c->registry; e != NULL; e = e->next)
		if (e->item == GCC_REGISTRY_ITEM_TOKEN_ID && e->number == id)
			return true;
	return false;
}

static void assign_token(struct conference *c, const struct ask *ask)
{
	struct entry *e = find(c, ask->key);
	if (e != NULL) {
		respond(c, ask, e,
			e->item == GCC_REGISTRY_ITEM_TOKEN_ID
				? GCC_REGISTRY_RESPONSE_RESULT_ENTRY_ALREADY_EXISTS
				: GCC_REGISTRY_RESPONSE_RESULT_INCONSISTENT_TYPE);
		return;
	}
	e = make(c, ask->key, GCC_REGISTRY_ITEM_TOKEN_ID, ask->node, ask->entity);
	for (unsigned i = 0; e != NULL && i <= TOKEN_LAST - TOKEN_FIRST; i++) {
		if (c->next_token < TOKEN_FIRST)
			c->next_token = TOKEN_FIRST;
		const uint16_t id = c->next_token++; /* past 65535 it is 0, and begins anew */
		if (token_used(c, id))
			continue;
		e->number = id;
		break;
	}
	respond(c, ask, e,
		e != NULL ? GCC_REGISTRY_RESPONSE_RESULT_SUCCESSFUL
			  : GCC_REGISTRY_RESPONSE_RESULT_TOO_MANY_ENTRIES);
}

static void set_parameter(
	struct conference *c, const struct ask *ask, const struct gcc_registry_set_parameter_request *p)
{
	struct entry *e = find(c, ask->key);
	if (e != NULL && e->item != GCC_REGISTRY_ITEM_PARAMETER) {
		respond(c, ask, e, GCC_REGISTRY_RESPONSE_RESULT_INCONSISTENT_TYPE);
		return;
	}
	const bool owner = e == NULL || e->owner == 0 || e->owner == ask->node;
	if (!owner && !(e->has_rights && e->rights != GCC_REGISTRY_MODIFICATION_RIGHTS_OWNER)) {
		respond(c, ask, e, GCC_REGISTRY_RESPONSE_RESULT_BELONGS_TO_OTHER);
		return;
	}
	if (e == NULL)
		e = make(c, ask->key, GCC_REGISTRY_ITEM_PARAMETER, ask->node, ask->entity);
	if (e == NULL) {
		respond(c, ask, e, GCC_REGISTRY_RESPONSE_RESULT_TOO_MANY_ENTRIES);
		return;
	}
	e->n_parameter = p->parameter.n; /* 64 at most by its type */
	if (p->parameter.n > 0)
		memcpy(e->parameter, p->parameter.p, p->parameter.n);
	if (owner && p->has_modification_rights) {
		e->has_rights = true;
		e->rights = p->modification_rights;
	}
	respond(c, ask, e, GCC_REGISTRY_RESPONSE_RESULT_SUCCESSFUL);
	monitored(c, ask->key, e);
}

static void delete_entry(struct conference *c, const struct ask *ask)
{
	struct entry *e = find(c, ask->key);
	if (e == NULL) {
		respond(c, ask, NULL, GCC_REGISTRY_RESPONSE_RESULT_ENTRY_NOT_FOUND);
	} else if (e->owner != 0 && e->owner != ask->node) {
		respond(c, ask, e, GCC_REGISTRY_RESPONSE_RESULT_BELONGS_TO_OTHER);
	} else {
		e->item = GCC_REGISTRY_ITEM_VACANT;
		e->owner = 0;
		monitored(c, ask->key, e);
		drop(c, e);
		respond(c, ask, NULL, GCC_REGISTRY_RESPONSE_RESULT_SUCCESSFUL);
	}
}

static void allocate(
	struct conference *c, uint16_t node, const struct gcc_registry_allocate_handle_request *p)
{
	struct gcc_registry_allocate_handle_response r = { .entity_id = p->entity_id,
		.number_of_handles = p->number_of_handles,
		.first_handle = c->next_handle };
	if (p->number_of_handles > UINT32_MAX - c->next_handle)
		r.result = GCC_REGISTRY_ALLOCATE_HANDLE_RESPONSE_RESULT_NO_HANDLES_AVAILABLE;
	else
		c->next_handle += p->number_of_handles;
	gcc_respond(c, node, GCC_RESPONSE_PDU_REGISTRY_ALLOCATE_HANDLE_RESPONSE, &r);
}

void gcc_registry_request(struct conference *c, uint16_t node, const struct gcc_request_pdu *p)
{
	struct entry *e;
	switch (p->choice) {
	case GCC_REQUEST_PDU_REGISTRY_REGISTER_CHANNEL_REQUEST: {
		const struct gcc_registry_register_channel_request *r =
			p->u.registry_register_channel_request;
		register_channel(c,
			&(struct ask){ node, r->entity_id,
				GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_REGISTER_CHANNEL, &r->key },
			(uint16_t)r->channel_id);
		break;
	}
	case GCC_REQUEST_PDU_REGISTRY_ASSIGN_TOKEN_REQUEST: {
		const struct gcc_registry_assign_token_request *r = p->u.registry_assign_token_request;
		assign_token(c, &(struct ask){ node, r->entity_id,
					GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_ASSIGN_TOKEN, &r->key });
		break;
	}
	case GCC_REQUEST_PDU_REGISTRY_SET_PARAMETER_REQUEST: {
		const struct gcc_registry_set_parameter_request *r = p->u.registry_set_parameter_request;
		set_parameter(c,
			&(struct ask){ node, r->entity_id, GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_SET_PARAMETER,
				&r->key },
			r);
		break;
	}
	case GCC_REQUEST_PDU_REGISTRY_RETRIEVE_ENTRY_REQUEST: {
		const struct gcc_registry_retrieve_entry_request *r = p->u.registry_retrieve_entry_request;
		e = living(c, &r->key);
		respond(c,
			&(struct ask){ node, r->entity_id,
				GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_RETRIEVE_ENTRY, &r->key },
			e,
			e != NULL ? GCC_REGISTRY_RESPONSE_RESULT_SUCCESSFUL
				  : GCC_REGISTRY_RESPONSE_RESULT_ENTRY_NOT_FOUND);
		break;
	}
	case GCC_REQUEST_PDU_REGISTRY_DELETE_ENTRY_REQUEST: {
		const struct gcc_registry_delete_entry_request *r = p->u.registry_delete_entry_request;
		delete_entry(c, &(struct ask){ node, r->entity_id,
					GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_DELETE_ENTRY, &r->key });
		break;
	}
	case GCC_REQUEST_PDU_REGISTRY_MONITOR_ENTRY_REQUEST: {
		const struct gcc_registry_monitor_entry_request *r = p->u.registry_monitor_entry_request;
		e = find(c, &r->key);
		if (e != NULL)
			e->monitored = true;
		respond(c,
			&(struct ask){ node, r->entity_id, GCC_REGISTRY_RESPONSE_PRIMITIVE_TYPE_MONITOR_ENTRY,
				&r->key },
			e,
			e != NULL ? GCC_REGISTRY_RESPONSE_RESULT_SUCCESSFUL
				  : GCC_REGISTRY_RESPONSE_RESULT_ENTRY_NOT_FOUND);
		break;
	}
	case GCC_REQUEST_PDU_REGISTRY_ALLOCATE_HANDLE_REQUEST:
		allocate(c, node, p->u.registry_allocate_handle_request);
		break;
	default: break;
	}
}

/* What a node owned that has gone is nobody's. */
void gcc_registry_user_gone(struct conference *c, uint16_t user)
{
	for (struct entry *e = c->registry; e != NULL; e = e->next)
		if (e->owner == user)
			e->owner = 0;
}
