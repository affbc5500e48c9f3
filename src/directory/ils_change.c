/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Registering, changing and leaving. NetMeeting adds the person, then modifies with
 * smodop to add the application; both become one entry here. There is no separate
 * application object: a name with appName in it is the person's application attributes.
 */
#include "directory/ils_private.h"

/* The attributes of an entry being changed. */
struct draft {
	struct directory_person p;
	struct directory_attr *attrs;
	uint32_t n, cap;
	uint32_t token; /* shown by the client */
	bool has_ttl;
	uint32_t ttl_s;
};

static const char *const application_attrs[] = { "sappid", "smimetype", "sappguid", "sprotid", "sprotguid", "sprotmimetype",
	"sport", "sappname" };

int ils_target(struct ils_target *out, struct pst_slice text, struct arena *a)
{
	struct ldap_dn dn;
	struct pst_slice app;
	*out = (struct ils_target){ 0 };
	const int err = ldap_dn_parse(&dn, text, a);
	if (err)
		return err;
	(void)ldap_dn_get(&dn, "objectClass", &out->klass);
	if (ldap_dn_get(&dn, "cn", &out->key))
		out->known = true;
	else if (ldap_dn_get(&dn, "uid", &out->key))
		out->known = true, out->kind = DIRECTORY_CONFERENCE;
	out->application = out->kind == DIRECTORY_PERSON && ldap_dn_get(&dn, "appName", &app);
	return out->known && (out->key.n == 0 || out->key.n > DIRECTORY_KEY_MAX) ? PST_E_BAD : 0;
}

/* The draft */

static int draft_room(struct draft *d, struct arena *a, uint32_t more)
{
	d->cap = d->p.n_attrs + more;
	d->attrs = arena_calloc(a, d->cap, sizeof *d->attrs);
	if (d->attrs == NULL)
		return PST_E_NOMEM;
	d->n = d->p.n_attrs;
	if (d->n)
		memcpy(d->attrs, d->p.attrs, d->n * sizeof *d->attrs);
	return 0;
}

static struct directory_attr *draft_find(struct draft *d, struct pst_slice name)
{
	const struct ils_attr_ref ref = ils_attr_ref(name);
	for (uint32_t i = 0; i < d->n; i++)
		if (ils_attr_is(&ref, d->attrs[i].name))
			return &d->attrs[i];
	return NULL;
}

static void draft_remove(struct draft *d, struct directory_attr *a)
{
	memmove(a, a + 1, (size_t)(d->attrs + d->n - (a + 1)) * sizeof *a);
	d->n--;
}

static void draft_set(struct draft *d, const struct ldap_attr *from)
{
	struct directory_attr *a = draft_find(d, from->type);
	if (from->n_values == 0) {
		if (a != NULL)
			draft_remove(d, a);
		return;
	}
	if (a == NULL)
		a = &d->attrs[d->n++]; /* draft_room() counted it */
	*a = (struct directory_attr){ from->type, from->values, from->n_values };
}

static bool has_value(const struct directory_attr *a, struct pst_slice v)
{
	for (uint32_t i = 0; i < a->n_values; i++)
		if (ldap_eq(a->values[i], v))
			return true;
	return false;
}

static int32_t draft_add_values(struct draft *d, const struct ldap_attr *from, struct arena *arena)
{
	struct directory_attr *a = draft_find(d, from->type);
	if (a == NULL) {
		draft_set(d, from);
		return LDAP_SUCCESS;
	}
	struct pst_slice *values = arena_calloc(arena, a->n_values + from->n_values, sizeof *values);
	if (values == NULL)
		return LDAP_OTHER;
	memcpy(values, a->values, a->n_values * sizeof *values);
	for (uint32_t i = 0; i < from->n_values; i++) {
		if (has_value(a, from->values[i]))
			return LDAP_ATTRIBUTE_OR_VALUE_EXISTS;
		values[a->n_values + i] = from->values[i];
	}
	a->values = values;
	a->n_values += from->n_values;
	return LDAP_SUCCESS;
}

static int32_t draft_delete_values(struct draft *d, const struct ldap_attr *from, struct arena *arena)
{
	struct directory_attr *a = draft_find(d, from->type);
	if (a == NULL)
		return LDAP_NO_SUCH_ATTRIBUTE;
	if (from->n_values == 0) {
		draft_remove(d, a);
		return LDAP_SUCCESS;
	}
	struct pst_slice *keep = arena_calloc(arena, a->n_values, sizeof *keep);
	const struct directory_attr gone = { from->type, from->values, from->n_values };
	uint32_t n = 0;
	if (keep == NULL)
		return LDAP_OTHER;
	for (uint32_t i = 0; i < from->n_values; i++)
		if (!has_value(a, from->values[i]))
			return LDAP_NO_SUCH_ATTRIBUTE;
	for (uint32_t i = 0; i < a->n_values; i++)
		if (!has_value(&gone, a->values[i]))
			keep[n++] = a->values[i];
	a->values = keep;
	a->n_values = n;
	if (n == 0)
		draft_remove(d, a);
	return LDAP_SUCCESS;
}

static uint32_t times(uint32_t v, uint32_t by)
{
	return v > UINT32_MAX / by ? UINT32_MAX : v * by;
}

/* What the model itself must know. Returns true where that is all there is to keep of the attribute. */
static bool take_meaning(struct draft *d, const struct ldap_attr *from)
{
	const uint8_t id = directory_attr_group(from->type);
	uint32_t v = 0;
	struct addr addr;
	const bool number = from->n_values > 0 && ils_number(from->values[0], &v) == 0;
	switch (id) {
	case DIRECTORY_A_STTL:
	case DIRECTORY_A_ENTRY_TTL:
		if (number) {
			d->has_ttl = true;
			d->ttl_s = id == DIRECTORY_A_STTL ? times(v, 60) : v;
		}
		return true;
	case DIRECTORY_A_TOKEN:
		if (number)
			d->p.token = d->token = v;
		return false;
	case DIRECTORY_A_FLAGS:
		d->p.flags = number && v == 0 ? DIRECTORY_HIDDEN : 0;
		return false;
	case DIRECTORY_A_ADDRESS:
		if (from->n_values > 0 && ils_sipaddress_parse(&addr, from->values[0]) == 0 && !addr_is_unspecified(&addr))
			d->p.address = addr;
		return false;
	case DIRECTORY_A_SMODOP: return true;
	default: return false;
	}
}

static int32_t commit(struct ils_ctx *c, struct draft *d)
{
	d->p.attrs = d->attrs;
	d->p.n_attrs = d->n;
	if (d->p.address.family == ADDR_NONE || (c->s->ils->policy->source_address && d->p.kind == DIRECTORY_PERSON)) {
		d->p.address = c->s->asker.from;
		d->p.address.port = 0;
	}
	if (d->has_ttl || d->p.expiry_ms == 0)
		d->p.expiry_ms = directory_expiry(c->s->ils->dir, d->ttl_s, c->now_ms, &d->p.ttl_s);
	return ils_code_of(directory_put(c->s->ils->dir, &d->p, &c->s->asker, d->token, c->now_ms, NULL));
}

static bool may_register(struct ils_ctx *c)
{
	if (policy_has(c->s->ils->policy->may_register, c->s->asker.realm))
		return true;
	c->s->ils->stats.refused++;
	return false;
}

/* Add */

/* What ULS registered of the same person stays theirs. */
static int keep_records(struct ils_ctx *c, const struct directory_entry *old, struct directory_person *p)
{
	struct directory_person was;
	const int err = old == NULL ? 0 : directory_unpack(old, c->a, &was);
	if (err || old == NULL)
		return err;
	p->uls_name = was.uls_name;
	p->records = was.records;
	p->n_records = was.n_records;
	return 0;
}

static int32_t add_person(struct ils_ctx *c, const struct ils_target *t)
{
	const struct ldap_msg *m = c->m;
	const struct directory_entry *old = directory_find(c->s->ils->dir, t->kind, t->key);
	struct draft d = { .p = { .kind = t->kind, .origin = DIRECTORY_ILS, .key = t->key, .dn = m->dn, .source = c->s->asker } };
	if (t->application && old != NULL && directory_unpack(old, c->a, &d.p))
		return LDAP_OTHER; /* adding the application leaves the person as it is */
	if (!t->application && keep_records(c, old, &d.p))
		return LDAP_OTHER;
	if (m->dn.n > DIRECTORY_DN_MAX || draft_room(&d, c->a, m->u.attrs.n))
		return LDAP_OTHER;
	for (uint32_t i = 0; i < m->u.attrs.n; i++) {
		if (m->u.attrs.list[i].type.n == 0 || m->u.attrs.list[i].type.n > DIRECTORY_ATTR_NAME_MAX)
			return LDAP_PROTOCOL_ERROR;
		if (!take_meaning(&d, &m->u.attrs.list[i]))
			draft_set(&d, &m->u.attrs.list[i]);
	}
	if (old != NULL && !t->application &&
	    (c->s->ils->policy->strict_add || !directory_may_change(old, &c->s->asker, d.token)))
		return LDAP_ENTRY_ALREADY_EXISTS;
	return commit(c, &d);
}

int32_t ils_add(struct ils_ctx *c)
{
	struct ils_target t;
	c->s->ils->stats.adds++;
	const int err = ils_target(&t, c->m->dn, c->a);
	if (err)
		return ils_code_of(err);
	if (!may_register(c))
		return LDAP_INSUFFICIENT_ACCESS;
	/* nobody's parents are made here */
	return t.known ? add_person(c, &t) : LDAP_UNWILLING_TO_PERFORM;
}

/* Modify */

static int32_t apply(struct ils_ctx *c, struct draft *d, bool lenient)
{
	for (uint32_t i = 0; i < c->m->u.attrs.n; i++) {
		const struct ldap_attr *mod = &c->m->u.attrs.list[i];
		int32_t code = LDAP_SUCCESS;
		if (mod->type.n == 0 || mod->type.n > DIRECTORY_ATTR_NAME_MAX || mod->op > LDAP_MOD_REPLACE)
			return LDAP_PROTOCOL_ERROR;
		if (mod->op != LDAP_MOD_DELETE && take_meaning(d, mod))
			continue;
		if (mod->op == LDAP_MOD_DELETE)
			code = draft_delete_values(d, mod, c->a);
		else if (mod->op == LDAP_MOD_ADD && !lenient)
			code = draft_add_values(d, mod, c->a);
		else
			draft_set(d, mod);
		if (code != LDAP_SUCCESS && !lenient)
			return code;
	}
	return LDAP_SUCCESS;
}

/* smodop: 0 add application, 1 delete application, 2 modify user, 3 modify application. */
static bool smodop(const struct ldap_msg *m, uint32_t *op)
{
	for (uint32_t i = 0; i < m->u.attrs.n; i++)
		if (ldap_eq(m->u.attrs.list[i].type, slice_str("smodop")) && m->u.attrs.list[i].n_values > 0)
			return ils_number(m->u.attrs.list[i].values[0], op) == 0;
	return false;
}

static void remove_application(struct draft *d)
{
	for (unsigned i = 0; i < sizeof application_attrs / sizeof *application_attrs; i++) {
		struct directory_attr *a = draft_find(d, slice_str(application_attrs[i]));
		if (a != NULL)
			draft_remove(d, a);
	}
}

int32_t ils_modify(struct ils_ctx *c)
{
	struct ils_target t;
	struct draft d = { 0 };
	uint32_t op = 0;
	c->s->ils->stats.modifies++;
	const int err = ils_target(&t, c->m->dn, c->a);
	if (err)
		return ils_code_of(err);
	if (!may_register(c))
		return LDAP_INSUFFICIENT_ACCESS;
	const struct directory_entry *e = t.known ? directory_find(c->s->ils->dir, t.kind, t.key) : NULL;
	if (e == NULL)
		return LDAP_NO_SUCH_OBJECT;
	if (directory_unpack(e, c->a, &d.p) || draft_room(&d, c->a, c->m->u.attrs.n))
		return LDAP_OTHER;
	const bool lenient = smodop(c->m, &op);
	/* one who registered through ULS and now uses ILS: from here on the attributes are their own */
	if (d.p.origin == DIRECTORY_ULS)
		d.p.origin = DIRECTORY_ILS;
	if (lenient && op == 1) {
		remove_application(&d);
		return commit(c, &d);
	}
	const int32_t code = apply(c, &d, lenient);
	return code == LDAP_SUCCESS ? commit(c, &d) : code;
}

/* Delete */

int32_t ils_delete(struct ils_ctx *c)
{
	struct ils_target t;
	struct draft d = { 0 };
	c->s->ils->stats.deletes++;
	const int err = ils_target(&t, c->m->dn, c->a);
	if (err)
		return ils_code_of(err);
	if (!may_register(c))
		return LDAP_INSUFFICIENT_ACCESS;
	const struct directory_entry *e = t.known ? directory_find(c->s->ils->dir, t.kind, t.key) : NULL;
	if (e == NULL)
		return LDAP_NO_SUCH_OBJECT;
	if (!t.application)
		return ils_code_of(directory_remove(c->s->ils->dir, t.kind, t.key, &c->s->asker, 0, c->now_ms));
	if (directory_unpack(e, c->a, &d.p) || draft_room(&d, c->a, 0))
		return LDAP_OTHER;
	remove_application(&d);
	return commit(c, &d);
}

int32_t ils_compare(struct ils_ctx *c)
{
	struct ils_target t;
	struct ils_view v;
	const int err = ils_target(&t, c->m->dn, c->a);
	if (err)
		return ils_code_of(err);
	if (!policy_has(c->s->ils->policy->may_search, c->s->asker.realm))
		return LDAP_INSUFFICIENT_ACCESS;
	const struct directory_entry *e = t.known ? directory_find(c->s->ils->dir, t.kind, t.key) : NULL;
	if (e == NULL)
		return LDAP_NO_SUCH_OBJECT;
	ils_view_init(&v, c->s->ils->dir, e, &c->s->asker, c->now_ms);
	const struct ldap_filter f = { .kind = LDAP_FILTER_EQUAL, .attr = c->m->u.attrs.list[0].type,
		.value = c->m->u.attrs.list[0].values[0] };
	return ils_filter_match(&f, &v) ? LDAP_COMPARE_TRUE : LDAP_COMPARE_FALSE;
}
