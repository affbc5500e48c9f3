/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Additions, deletions and refreshes: first what every person would look like afterwards is worked
 * out, then it is put into the directory, and taken back whole where one of them is refused.
 */
#include "directory/uls_private.h"

#include "ulp/name.h"

enum { CALL_PORT = 1720 };

/* One person before and after. Both live in the arena and outlast changes of the directory. */
struct change {
	struct pst_slice name; /* wire form */
	struct directory_person before, after;
	struct directory_record *records; /* after.records, with room for more */
	bool existed;
};

struct plan {
	struct directory *d;
	const struct uls_session *s;
	const struct ulp_msg *m;
	struct arena *a;
	uint64_t now_ms;
	struct change changes[ULS_NAMES_MAX];
	uint32_t n;
};

static int keep(struct arena *a, struct pst_slice *s)
{
	const uint8_t *p = arena_dup(a, s->p, s->n);
	if (p == NULL)
		return PST_E_NOMEM;
	s->p = p;
	return 0;
}

static int keep_attr(struct arena *a, struct directory_attr *attr)
{
	struct pst_slice *values = arena_dup(a, attr->values, attr->n_values * sizeof(*values));
	int err = values == NULL ? PST_E_NOMEM : keep(a, &attr->name);
	for (uint32_t i = 0; err == 0 && i < attr->n_values; i++)
		err = keep(a, &values[i]);
	attr->values = values;
	return err;
}

/* E laid open with octets of its own. */
static int copy_entry(const struct directory_entry *e, struct arena *a, struct directory_person *out)
{
	int err = directory_unpack(e, a, out);
	if (err != 0)
		return err;
	struct directory_attr *attrs = arena_dup(a, out->attrs, out->n_attrs * sizeof(*attrs));
	struct directory_record *records = arena_dup(a, out->records, out->n_records * sizeof(*records));
	if (attrs == NULL || records == NULL || keep(a, &out->key) != 0 || keep(a, &out->dn) != 0 || keep(a, &out->uls_name) != 0)
		return PST_E_NOMEM;
	for (uint32_t i = 0; err == 0 && i < out->n_attrs; i++)
		err = keep_attr(a, &attrs[i]);
	for (uint32_t i = 0; err == 0 && i < out->n_records; i++)
		err = keep(a, &records[i].data);
	out->attrs = attrs;
	out->records = records;
	return err;
}

/* ILS shows a first name; the rest of what NetMeeting wants to see is made there. */
static int ils_attrs(struct directory_person *p, struct arena *a)
{
	const uint8_t *at = memchr(p->key.p, '@', p->key.n);
	struct directory_attr *attr = ARENA_NEW(a, struct directory_attr);
	struct pst_slice *value = ARENA_NEW(a, struct pst_slice);
	if (attr == NULL || value == NULL)
		return PST_E_NOMEM;
	*value = slice_of(p->key.p, at != NULL ? (size_t)(at - p->key.p) : p->key.n);
	*attr = (struct directory_attr){ slice_str("givenname"), value, 1 };
	p->attrs = attr;
	p->n_attrs = 1;
	return 0;
}

/* The e-mail address that the message has for NAME; else NAME as text. */
static int key_of(const struct plan *p, struct pst_slice name, struct pst_slice *key)
{
	for (uint16_t i = 0; i < p->m->qcount; i++) {
		const struct ulp_entry *e = &p->m->requests[i];
		if (e->label.type == ULP_EMAIL && e->data.n > 0 && e->data.n <= DIRECTORY_KEY_MAX && ulp_name_eq(e->label.name, name)) {
			*key = e->data;
			return 0;
		}
	}
	char *text = arena_alloc(p->a, ULP_NAME_STRLEN);
	if (text == NULL)
		return PST_E_NOMEM;
	*key = slice_of(text, ulp_name_text(name, text));
	return key->n > 0 ? 0 : PST_E_BAD;
}

/* The port of an address record in our own form that names the address the registration comes from. */
static uint16_t call_port(const struct plan *p, struct pst_slice name)
{
	struct addr a;
	for (uint16_t i = 0; i < p->m->qcount; i++) {
		const struct ulp_entry *e = &p->m->requests[i];
		if (e->label.type == ULP_ADDRESS && ulp_name_eq(e->label.name, name) && uls_address_read(e->data, &a) == 0 &&
		    addr_ip_eq(&a, &p->s->asker.from) && a.port != 0)
			return a.port;
	}
	return CALL_PORT;
}

static struct pst_slice without_zero(struct pst_slice name)
{
	return slice_of(name.p, name.n - 1);
}

static int new_person(struct plan *p, struct change *c)
{
	c->after = (struct directory_person){
		.kind = DIRECTORY_PERSON, .origin = DIRECTORY_ULS, .uls_name = without_zero(c->name), .source = p->s->asker,
		.address = addr_with_port(p->s->asker.from, call_port(p, c->name)),
	};
	const int err = key_of(p, c->name, &c->after.key);
	return err != 0 ? err : ils_attrs(&c->after, p->a);
}

/* Who NAME is for an addition: also a person of the same e-mail who has no ULS name yet. */
static const struct directory_entry *find_for_add(const struct plan *p, struct pst_slice name)
{
	struct directory_person head;
	struct pst_slice key;
	const struct directory_entry *e = uls_find(p->d, name);
	if (e == NULL && key_of(p, name, &key) == 0)
		e = directory_find(p->d, DIRECTORY_PERSON, key);
	if (e == NULL)
		return NULL;
	directory_head(e, &head);
	/* The e-mail of somebody with another name: their key is theirs, directory_put() will say so. */
	return head.uls_name.n == 0 || ulp_name_eq(head.uls_name, without_zero(name)) ? e : NULL;
}

/* The change for NAME, made where it is the first of its name. PST_E_NOT_FOUND, PST_E_DENIED, PST_E_LIMIT, PST_E_BAD, PST_E_NOMEM. */
static int change_for(struct plan *p, struct pst_slice name, struct change **out)
{
	const bool add = p->m->opcode == ULP_ADD;
	for (uint32_t i = 0; i < p->n; i++)
		if (ulp_name_eq(p->changes[i].name, name)) {
			*out = &p->changes[i];
			return 0;
		}
	const struct directory_entry *e = add ? find_for_add(p, name) : uls_find(p->d, name);
	if (e == NULL && !add)
		return PST_E_NOT_FOUND;
	if (e != NULL && !directory_may_change(e, &p->s->asker, 0))
		return PST_E_DENIED;
	if (p->n == ULS_NAMES_MAX)
		return PST_E_LIMIT;
	struct change *c = &p->changes[p->n];
	*c = (struct change){ .name = name, .existed = e != NULL };
	int err = e != NULL ? copy_entry(e, p->a, &c->before) : new_person(p, c);
	if (err != 0)
		return err;
	if (e != NULL) {
		c->after = c->before;
		if (c->after.uls_name.n == 0)
			c->after.uls_name = without_zero(name);
	}
	c->records = arena_calloc(p->a, c->after.n_records + (size_t)p->m->qcount, sizeof(*c->records));
	if (c->records == NULL)
		return PST_E_NOMEM;
	if (c->after.n_records > 0)
		memcpy(c->records, c->after.records, c->after.n_records * sizeof(*c->records));
	c->after.records = c->records;
	p->n++;
	*out = c;
	return 0;
}

static struct ulp_label label_of(const struct directory_record *r)
{
	struct ulp_label l = { .type = r->type, .property = r->property };
	memcpy(l.application, r->application, ULP_APPLICATION_LEN);
	return l;
}

static enum ulp_retcode retcode_of(const struct plan *p, int err)
{
	switch (err) {
	case 0:
		return ULP_NO_ERROR;
	case PST_E_NOT_FOUND:
		return ULP_NO_MATCH;
	case PST_E_DENIED:
	case PST_E_BUSY:
		return p->m->opcode == ULP_ADD ? ULP_EXISTS : ULP_REFUSED;
	case PST_E_LIMIT:
		return ULP_REFUSED;
	case PST_E_BAD:
	case PST_E_ARG:
		return ULP_FORMAT_ERROR;
	default:
		return ULP_SERVER_FAILURE;
	}
}

static enum ulp_retcode plan_add(struct plan *p, const struct ulp_entry *e)
{
	struct change *c;
	if (e->label.type == ULP_ANY)
		return ULP_FORMAT_ERROR;
	if (e->ttl > directory_limits(p->d)->ttl_max_s)
		return ULP_REFUSED;
	const int err = change_for(p, e->label.name, &c);
	if (err != 0)
		return retcode_of(p, err);
	uint32_t i = 0;
	for (; i < c->after.n_records; i++) {
		const struct ulp_label l = label_of(&c->records[i]);
		if (uls_label_matches(&e->label, &l))
			break;
	}
	c->after.n_records += i == c->after.n_records;
	c->records[i] = (struct directory_record){
		.type = e->label.type, .property = e->label.property, .ttl_s = e->ttl, .data = e->data,
		.expiry_ms = p->now_ms + (uint64_t)e->ttl * 1000,
	};
	memcpy(c->records[i].application, e->label.application, ULP_APPLICATION_LEN);
	return ULP_NO_ERROR;
}

/* Deletion and refresh: every record that the label, with its wild card, stands for. */
static enum ulp_retcode plan_matching(struct plan *p, const struct ulp_entry *e)
{
	struct change *c;
	const bool refresh = p->m->opcode == ULP_REFRESH;
	uint32_t kept = 0, matched = 0;
	if (refresh && e->ttl > directory_limits(p->d)->ttl_max_s)
		return ULP_REFUSED;
	const int err = change_for(p, e->label.name, &c);
	if (err != 0)
		return retcode_of(p, err);
	for (uint32_t i = 0; i < c->after.n_records; i++) {
		struct directory_record r = c->records[i];
		const struct ulp_label l = label_of(&r);
		if (uls_label_matches(&e->label, &l) && r.expiry_ms > p->now_ms) {
			matched++;
			if (!refresh)
				continue;
			r.ttl_s = e->ttl;
			r.expiry_ms = p->now_ms + (uint64_t)e->ttl * 1000;
		}
		c->records[kept++] = r;
	}
	c->after.n_records = kept;
	return matched > 0 ? ULP_NO_ERROR : ULP_NO_MATCH;
}

/* Whether anything keeps the person in the directory. */
static bool lives(const struct directory_person *p, uint64_t now_ms)
{
	bool alive = p->expiry_ms > now_ms;
	for (uint32_t i = 0; i < p->n_records; i++)
		alive = alive || p->records[i].expiry_ms > now_ms;
	return alive;
}

static int carry_out(struct plan *p, const struct change *c)
{
	if (lives(&c->after, p->now_ms))
		return directory_put(p->d, &c->after, &p->s->asker, 0, p->now_ms, NULL);
	return c->existed ? directory_remove(p->d, DIRECTORY_PERSON, c->after.key, &p->s->asker, 0, p->now_ms) : 0;
}

static void take_back(struct plan *p, const struct change *c)
{
	if (c->existed)
		(void)!directory_put(p->d, &c->before, NULL, 0, p->now_ms, NULL);
	else
		(void)!directory_remove(p->d, DIRECTORY_PERSON, c->after.key, NULL, 0, p->now_ms);
}

enum ulp_retcode uls_change(struct directory *d, const struct uls_session *s, const struct ulp_msg *m, uint64_t now_ms,
	struct arena *a)
{
	struct plan p = { .d = d, .s = s, .m = m, .a = a, .now_ms = now_ms };
	enum ulp_retcode rc = ULP_NO_ERROR;
	for (uint16_t i = 0; i < m->qcount && rc == ULP_NO_ERROR; i++)
		rc = m->opcode == ULP_ADD ? plan_add(&p, &m->requests[i]) : plan_matching(&p, &m->requests[i]);
	for (uint32_t i = 0; i < p.n && rc == ULP_NO_ERROR; i++) {
		rc = retcode_of(&p, carry_out(&p, &p.changes[i]));
		while (rc != ULP_NO_ERROR && i > 0)
			take_back(&p, &p.changes[--i]);
	}
	return rc;
}
