/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Searching. NetMeeting asks for lists with scope base under a name that is only a
 * class, so base and scope choose nothing: the filter does, but for a base that names
 * one entry. Attributes go out in the order and spelling they were asked in.
 */
#include "directory/ils_private.h"

#include "ldap/ber.h"

#include <stdlib.h>

/* Outlives the message it answers: the request is kept and its slices point into OCTETS. */
struct ils_search {
	struct directory_cursor cursor;
	struct ldap_msg m;
	struct arena a;
	struct ils_attr_ref *refs; /* of what is asked for */
	uint32_t limit, sent;
	uint64_t until_ms;
	uint8_t octets[];
};

enum { RESULT_ROOM = 64 };

/* One entry */

static bool wants_all(const struct ldap_msg *m)
{
	for (uint32_t i = 0; i < m->u.search.n_attrs; i++)
		if (slice_eq(m->u.search.attrs[i], slice_str("*")))
			return true;
	return m->u.search.n_attrs == 0;
}

static void put_attr(struct ils_view *v, const struct ils_attr_ref *ref, bool types_only, struct writer *w)
{
	struct pst_slice value;
	if (!ils_view_value(v, ref, 0, &value))
		return;
	const size_t at = ber_begin(w, BER_SEQUENCE);
	ber_put(w, BER_OCTETS, ref->name);
	const size_t set = ber_begin(w, BER_SET);
	for (uint32_t i = 0; !types_only && ils_view_value(v, ref, i, &value); i++)
		ber_put(w, BER_OCTETS, value);
	ber_end(w, set);
	ber_end(w, at);
}

static bool is_stored(const struct ils_view *v, const struct ils_attr_ref *ref)
{
	for (uint32_t i = 0; i < v->n_attrs; i++)
		if (v->attrs[i].group == ref->group)
			return true;
	return false;
}

/* Everything, in the order of registration, then what is made. */
static void put_all(struct ils_view *v, bool types_only, struct writer *w)
{
	static const char *const more[] = { "cn", "uid", "rfc822mailbox", "sipaddress", "sflags", "ssecurity", "sttl", "sappid",
		"smimetype", "sprotid", "sprotmimetype", "sport", "c" };
	struct ils_attr_ref ref = ils_attr_ref(slice_str("objectClass"));
	put_attr(v, &ref, types_only, w);
	for (uint32_t i = 0; i < v->n_attrs; i++) {
		ref = (struct ils_attr_ref){ v->attrs[i].group, v->attrs[i].name };
		if (ref.group != DIRECTORY_A_CLASS)
			put_attr(v, &ref, types_only, w);
	}
	for (unsigned i = 0; i < sizeof more / sizeof *more; i++) {
		ref = ils_attr_ref(slice_str(more[i]));
		if (!is_stored(v, &ref))
			put_attr(v, &ref, types_only, w);
	}
}

static void put_dn(const struct ils_view *v, struct writer *w)
{
	const size_t at = ber_begin(w, BER_OCTETS);
	const bool conference = v->head.kind == DIRECTORY_CONFERENCE;
	if (v->head.dn.n) {
		wr_bytes(w, v->head.dn);
	} else {
		wr_bytes(w, slice_str(conference ? "uid=" : "c=-,o=Microsoft,cn="));
		ldap_dn_write_value(w, v->head.key);
		wr_bytes(w, slice_str(conference ? ",ou=dynamic,o=Intranet" : ",objectClass=rtPerson"));
	}
	ber_end(w, at);
}

/* False, and nothing written, where it does not fit: what is asked for twice can be made as large as one likes. */
static bool put_entry(struct ils_view *v, const struct ldap_msg *m, const struct ils_attr_ref *refs, struct writer *w)
{
	const size_t start = w->n;
	const size_t msg = ber_begin(w, BER_SEQUENCE);
	ber_put_int(w, BER_INTEGER, m->id);
	const size_t op = ber_begin(w, LDAP_SEARCH_ENTRY);
	put_dn(v, w);
	const size_t list = ber_begin(w, BER_SEQUENCE);
	if (wants_all(m))
		put_all(v, m->u.search.types_only, w);
	for (uint32_t i = 0; i < m->u.search.n_attrs; i++)
		put_attr(v, &refs[i], m->u.search.types_only, w);
	ber_end(w, list);
	ber_end(w, op);
	ber_end(w, msg);
	/* the end of the answer must fit as well */
	if (wr_done(w) == 0 && w->cap - w->n >= RESULT_ROOM)
		return true;
	w->n = start;
	w->full = false;
	return false;
}

static struct ils_attr_ref *refs_of(const struct ldap_msg *m, struct arena *a)
{
	struct ils_attr_ref *refs = arena_calloc(a, m->u.search.n_attrs, sizeof *refs);
	for (uint32_t i = 0; refs != NULL && i < m->u.search.n_attrs; i++)
		refs[i] = ils_attr_ref(m->u.search.attrs[i]);
	return refs;
}

/* One name */

/* The lifetime a search asks for: theirs to give only where they registered. */
static void renew(struct ils_ctx *c, const struct directory_entry *e)
{
	uint32_t minutes;
	if (!ils_filter_sttl(&c->m->u.search.filter, &minutes))
		return;
	const uint32_t s = minutes > UINT32_MAX / 60 ? UINT32_MAX : minutes * 60;
	if (directory_refresh(c->s->ils->dir, directory_entry_kind(e), directory_entry_key(e), &c->s->asker, 0, s, c->now_ms, NULL) == 0)
		c->s->ils->stats.refreshes++;
}

static int32_t one(struct ils_ctx *c, enum directory_kind kind, struct pst_slice key)
{
	struct ils_view v;
	const struct directory_entry *e = directory_find(c->s->ils->dir, kind, key);
	if (e == NULL)
		return LDAP_NO_SUCH_OBJECT;
	ils_view_init(&v, c->s->ils->dir, e, &c->s->asker, c->now_ms);
	if (!ils_filter_match(&c->m->u.search.filter, &v))
		return LDAP_SUCCESS;
	renew(c, e);
	ils_view_init(&v, c->s->ils->dir, e, &c->s->asker, c->now_ms);
	const struct ils_attr_ref *refs = refs_of(c->m, c->a);
	if (refs == NULL)
		return LDAP_OTHER;
	if (!put_entry(&v, c->m, refs, c->w))
		return LDAP_UNWILLING_TO_PERFORM;
	c->s->ils->stats.entries++;
	return LDAP_SUCCESS;
}

/* Lists */

static int finish(struct ils_session *s, struct writer *w, int32_t code)
{
	struct ils_search *x = s->search;
	const int32_t id = x->m.id;
	ils_session_free(s);
	ils_result(w, id, LDAP_SEARCH_DONE, code, "");
	return ILS_DONE;
}

int ils_more(struct ils_session *s, uint64_t now_ms, struct writer *w)
{
	struct ils_search *x = s->search;
	const size_t keep = ILS_OUT_MIN; /* room for one more entry, or the end */
	struct ils_view v;
	if (x == NULL)
		return ILS_DONE;
	for (unsigned looked = 0; looked < ILS_STEP && w->cap - w->n >= keep; looked++) {
		const struct directory_entry *e = directory_cursor_next(s->ils->dir, &x->cursor);
		if (e == NULL)
			return finish(s, w, LDAP_SUCCESS);
		if (now_ms > x->until_ms)
			return finish(s, w, LDAP_TIME_LIMIT_EXCEEDED);
		if (directory_entry_kind(e) == DIRECTORY_LEARNT || directory_entry_hidden(e))
			continue;
		ils_view_init(&v, s->ils->dir, e, &s->asker, now_ms);
		if (!ils_filter_match(&x->m.u.search.filter, &v))
			continue;
		if (x->sent == x->limit)
			return finish(s, w, LDAP_SIZE_LIMIT_EXCEEDED);
		if (!put_entry(&v, &x->m, x->refs, w))
			return finish(s, w, LDAP_UNWILLING_TO_PERFORM);
		s->ils->stats.entries++;
		x->sent++;
	}
	return ILS_MORE;
}

void ils_session_free(struct ils_session *s)
{
	struct ils_search *x = s->search;
	if (x == NULL)
		return;
	s->search = NULL;
	directory_cursor_close(s->ils->dir, &x->cursor);
	arena_free(&x->a);
	free(x);
}

static uint32_t least(int32_t asked, uint32_t ours)
{
	return asked > 0 && (uint32_t)asked < ours ? (uint32_t)asked : ours;
}

static int list(struct ils_ctx *c, struct pst_slice octets)
{
	const struct directory_policy *policy = c->s->ils->policy;
	struct ils_search *x = calloc(1, sizeof *x + octets.n);
	int err = x == NULL ? PST_E_NOMEM : 0;
	if (err)
		goto out;
	memcpy(x->octets, octets.p, octets.n);
	arena_init(&x->a, ILS_ARENA_MAX);
	err = ldap_decode(&x->m, slice_of(x->octets, octets.n), &ldap_limits_default, &x->a);
	if (!err && (x->refs = refs_of(&x->m, &x->a)) == NULL)
		err = PST_E_NOMEM;
	if (err) {
		arena_free(&x->a);
		free(x);
		goto out;
	}
	x->limit = least(c->m->u.search.size_limit, policy->list_max);
	x->until_ms = c->now_ms + (uint64_t)least(c->m->u.search.time_limit, policy->time_limit_s) * 1000;
	directory_cursor_open(c->s->ils->dir, &x->cursor);
	c->s->search = x;
	return ils_more(c->s, c->now_ms, c->w);
out:
	ils_result(c->w, c->m->id, LDAP_SEARCH_DONE, ils_code_of(err), "");
	return ILS_DONE;
}

/* The root */

static void put_root_attr(struct ils_ctx *c, const char *name, const char *const *values, uint32_t n)
{
	bool asked = wants_all(c->m);
	struct pst_slice spelling = slice_str(name);
	for (uint32_t i = 0; i < c->m->u.search.n_attrs; i++) {
		if (slice_eq(c->m->u.search.attrs[i], slice_str("+")))
			asked = true;
		if (ldap_eq(c->m->u.search.attrs[i], slice_str(name))) {
			asked = true;
			spelling = c->m->u.search.attrs[i];
		}
	}
	if (!asked)
		return;
	const size_t at = ber_begin(c->w, BER_SEQUENCE);
	ber_put(c->w, BER_OCTETS, spelling);
	const size_t set = ber_begin(c->w, BER_SET);
	for (uint32_t i = 0; i < n && !c->m->u.search.types_only; i++)
		ber_put(c->w, BER_OCTETS, slice_str(values[i]));
	ber_end(c->w, set);
	ber_end(c->w, at);
}

void ils_root(struct ils_ctx *c)
{
	static const char *const classes[] = { "top" }, *const versions[] = { "2", "3" }, *const contexts[] = { "o=Intranet", "o=Microsoft" },
		*const extensions[] = { "1.3.6.1.4.1.1466.101.119.1" }, *const dynamic[] = { "ou=Dynamic,o=Intranet" },
		*const vendor[] = { "Postern" };
	const size_t msg = ber_begin(c->w, BER_SEQUENCE);
	ber_put_int(c->w, BER_INTEGER, c->m->id);
	const size_t op = ber_begin(c->w, LDAP_SEARCH_ENTRY);
	ber_put(c->w, BER_OCTETS, slice_str(""));
	const size_t attrs = ber_begin(c->w, BER_SEQUENCE);
	put_root_attr(c, "objectClass", classes, 1);
	put_root_attr(c, "namingContexts", contexts, 2);
	put_root_attr(c, "supportedLDAPVersion", versions, 2);
	put_root_attr(c, "supportedExtension", extensions, 1); /* RFC 2589 6 */
	put_root_attr(c, "dynamicSubtrees", dynamic, 1);
	put_root_attr(c, "vendorName", vendor, 1);
	ber_end(c->w, attrs);
	ber_end(c->w, op);
	ber_end(c->w, msg);
	ils_result(c->w, c->m->id, LDAP_SEARCH_DONE, LDAP_SUCCESS, "");
}

int ils_search(struct ils_ctx *c, struct pst_slice octets)
{
	const struct directory_policy *policy = c->s->ils->policy;
	struct ils_target target;
	enum directory_kind kind;
	struct pst_slice key;
	c->s->ils->stats.searches++;
	if (c->m->dn.n == 0 && c->m->u.search.scope == LDAP_SCOPE_BASE &&
	    (c->m->u.search.filter.kind == LDAP_FILTER_PRESENT || c->m->u.search.filter.kind == LDAP_FILTER_AND) &&
	    !ils_filter_key(&c->m->u.search.filter, &kind, &key)) {
		ils_root(c);
		return ILS_DONE;
	}
	int32_t code = LDAP_INSUFFICIENT_ACCESS;
	const int err = ils_target(&target, c->m->dn, c->a);
	if (!policy_has(policy->may_search, c->s->asker.realm)) {
		c->s->ils->stats.refused++;
	} else if (err) {
		code = ils_code_of(err);
	} else if (target.known) {
		code = one(c, target.kind, target.key);
	} else if (ils_filter_key(&c->m->u.search.filter, &kind, &key)) {
		code = one(c, kind, key);
		if (code == LDAP_NO_SUCH_OBJECT)
			code = LDAP_SUCCESS; /* nothing found is no error */
	} else if (!policy_has(policy->may_list, c->s->asker.realm)) {
		c->s->ils->stats.refused++;
	} else {
		return list(c, octets);
	}
	ils_result(c->w, c->m->id, LDAP_SEARCH_DONE, code, "");
	return ILS_DONE;
}
