/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directory/ils_rewrite.h"

#include "directory/ils_private.h"
#include "ldap/ber.h"

enum { DEPTH_MAX = 32, ARENA_MAX = 1 << 20 };

/* One message on its way. */
struct pass {
	struct ils_rewriter *x;
	bool from_client;
	struct pst_slice key; /* whom it is about; empty: nobody */
	struct addr address;  /* the first address in it, as it came */
	struct writer *w;
	uint32_t changed;
};

void ils_rewriter_init(struct ils_rewriter *x, struct directory *dir, const struct directory_asker *client,
	uint8_t server_realm, directory_realm_h *realm_of, void *arg)
{
	*x = (struct ils_rewriter){ .dir = dir, .client = *client, .server_realm = server_realm, .realm_of = realm_of, .arg = arg,
		 .tls_id = -1 };
	x->client.from.port = 0;
}

/* Addresses */

/* Where REALM calls somebody who is at A in OTHER. Family 0: nowhere. */
static struct addr seen_from(const struct pass *p, uint8_t realm, uint8_t other, const struct addr *a)
{
	const struct directory_person who = { .kind = DIRECTORY_LEARNT, .origin = DIRECTORY_PROXY, .key = p->key, .address = *a,
		.source = { other, *a } };
	return directory_address_in(p->x->dir, realm, &who);
}

/* The person of that name whom we know, of any realm but the server's. */
static const struct directory_entry *known(const struct pass *p)
{
	static const enum directory_kind kinds[] = { DIRECTORY_LEARNT, DIRECTORY_PERSON };
	for (unsigned i = 0; i < 2 && p->key.n > 0; i++) {
		struct directory_person head;
		const struct directory_entry *e = directory_find(p->x->dir, kinds[i], p->key);
		if (e == NULL)
			continue;
		directory_head(e, &head);
		if (head.source.realm != p->x->server_realm)
			return e;
	}
	return NULL;
}

static struct addr for_server(const struct pass *p, const struct addr *a)
{
	const int realm = p->x->realm_of(p->x->arg, a);
	const bool own = addr_ip_eq(a, &p->x->client.from);
	if (!own && (realm < 0 || realm == p->x->server_realm))
		return *a;
	return seen_from(p, p->x->server_realm, own ? p->x->client.realm : (uint8_t)realm, a);
}

static struct addr for_client(const struct pass *p, const struct addr *a)
{
	const uint8_t client = p->x->client.realm, server = p->x->server_realm;
	/* what stands in the server's realm for the people of the client's is somebody on this side */
	const struct addr ours = seen_from(p, server, client, &p->x->client.from);
	const struct directory_entry *e = known(p);
	if (ours.family != ADDR_NONE && addr_ip_eq(&ours, a))
		return e == NULL ? *a : directory_view(p->x->dir, e, client);
	const int realm = p->x->realm_of(p->x->arg, a);
	return realm < 0 || realm == client ? *a : seen_from(p, client, (uint8_t)realm, a);
}

static void put_value(struct pass *p, struct pst_slice raw, struct pst_slice text)
{
	struct addr a, b;
	char buf[ILS_SIPADDRESS_MAX];
	if (ils_sipaddress_parse(&a, text) || addr_is_unspecified(&a)) {
		wr_bytes(p->w, raw);
		return;
	}
	if (p->address.family == ADDR_NONE)
		p->address = a;
	b = p->from_client ? for_server(p, &a) : for_client(p, &a);
	if (addr_ip_eq(&a, &b)) {
		wr_bytes(p->w, raw);
		return;
	}
	if (b.family != ADDR_IP4) /* an address that cannot be called is not told: 0.0.0.0 */
		b = addr_ip4((const uint8_t[]){ 0, 0, 0, 0 }, 0);
	p->changed++;
	ber_put(p->w, BER_OCTETS, slice_str(ils_sipaddress(buf, &b)));
}

/* The walk. Each step copies what it does not enter; false: not what LDAP has there. */

/* The next element, whole and opened. */
static bool next(struct reader *r, struct pst_slice *raw, uint8_t *tag, struct reader *content)
{
	const size_t from = r->pos;
	if (ber_next(r, tag, content))
		return false;
	*raw = slice_of(r->p + from, r->pos - from);
	return true;
}

static bool copy(struct pass *p, struct reader *r, unsigned n)
{
	struct pst_slice raw;
	struct reader content;
	uint8_t tag;
	for (; n > 0; n--) {
		if (!next(r, &raw, &tag, &content))
			return false;
		wr_bytes(p->w, raw);
	}
	return true;
}

static bool is_address(struct pst_slice type)
{
	return directory_attr_group(type) == DIRECTORY_A_ADDRESS;
}

/* type, SET OF value */
static bool walk_attr(struct pass *p, struct reader *r)
{
	struct pst_slice raw;
	struct reader type, set, value;
	uint8_t tag;
	if (!next(r, &raw, &tag, &type))
		return false;
	wr_bytes(p->w, raw);
	if (!is_address(ber_rest(&type)))
		return true; /* the rest is copied by who called */
	if (!next(r, &raw, &tag, &set))
		return false;
	const size_t at = ber_begin(p->w, tag);
	while (rd_left(&set) > 0) {
		if (!next(&set, &raw, &tag, &value))
			return false;
		put_value(p, raw, ber_rest(&value));
	}
	ber_end(p->w, at);
	return true;
}

/* Goes into the next element with STEP; what STEP leaves is copied. */
static bool enter(struct pass *p, struct reader *r, bool (*step)(struct pass *p, struct reader *r))
{
	struct pst_slice raw;
	struct reader content;
	uint8_t tag;
	if (!next(r, &raw, &tag, &content))
		return false;
	const size_t at = ber_begin(p->w, tag);
	if (!step(p, &content))
		return false;
	wr_bytes(p->w, ber_rest(&content));
	ber_end(p->w, at);
	return true;
}

static bool walk_attr_list(struct pass *p, struct reader *r)
{
	while (rd_left(r) > 0)
		if (!enter(p, r, walk_attr))
			return false;
	return true;
}

static bool walk_mod(struct pass *p, struct reader *r)
{
	return copy(p, r, 1) && enter(p, r, walk_attr);
}

static bool walk_mod_list(struct pass *p, struct reader *r)
{
	while (rd_left(r) > 0)
		if (!enter(p, r, walk_mod))
			return false;
	return true;
}

/* type, value */
static bool walk_ava(struct pass *p, struct reader *r)
{
	struct pst_slice raw;
	struct reader type, value;
	uint8_t tag;
	if (!next(r, &raw, &tag, &type))
		return false;
	wr_bytes(p->w, raw);
	if (!is_address(ber_rest(&type)))
		return true;
	if (!next(r, &raw, &tag, &value))
		return false;
	put_value(p, raw, ber_rest(&value));
	return true;
}

static bool walk_filter(struct pass *p, struct reader *r, unsigned depth)
{
	struct pst_slice raw;
	struct reader content;
	uint8_t tag;
	bool good = true;
	if (depth > DEPTH_MAX || !next(r, &raw, &tag, &content))
		return false;
	if (tag == LDAP_FILTER_SUBSTRINGS || tag == LDAP_FILTER_PRESENT || tag == LDAP_FILTER_EXTENSIBLE) {
		wr_bytes(p->w, raw);
		return true;
	}
	const size_t at = ber_begin(p->w, tag);
	if (tag == LDAP_FILTER_AND || tag == LDAP_FILTER_OR || tag == LDAP_FILTER_NOT)
		while (good && rd_left(&content) > 0)
			good = walk_filter(p, &content, depth + 1);
	else
		good = walk_ava(p, &content);
	wr_bytes(p->w, ber_rest(&content));
	ber_end(p->w, at);
	return good;
}

static bool walk_add(struct pass *p, struct reader *r)
{
	return copy(p, r, 1) && enter(p, r, walk_attr_list);
}

static bool walk_modify(struct pass *p, struct reader *r)
{
	return copy(p, r, 1) && enter(p, r, walk_mod_list);
}

static bool walk_compare(struct pass *p, struct reader *r)
{
	return copy(p, r, 1) && enter(p, r, walk_ava);
}

static bool walk_search(struct pass *p, struct reader *r)
{
	return copy(p, r, 6) && walk_filter(p, r, 0);
}

static bool walk_message(struct pass *p, struct reader *r)
{
	uint8_t tag = 0;
	if (!copy(p, r, 1) || rd_peek(r, &tag))
		return false;
	switch (tag) {
	case LDAP_ADD_REQUEST:
	case LDAP_SEARCH_ENTRY: return enter(p, r, walk_add);
	case LDAP_MODIFY_REQUEST: return enter(p, r, walk_modify);
	case LDAP_COMPARE_REQUEST: return enter(p, r, walk_compare);
	case LDAP_SEARCH_REQUEST: return enter(p, r, walk_search);
	default: return true;
	}
}

/* Whom a message is about */

static struct pst_slice key_of(const struct ldap_msg *m, struct arena *a)
{
	struct ils_target t;
	if (m->op == LDAP_SEARCH_ENTRY || m->op == LDAP_ADD_REQUEST)
		for (uint32_t i = 0; i < m->u.attrs.n; i++)
			if (directory_attr_group(m->u.attrs.list[i].type) == DIRECTORY_A_CN && m->u.attrs.list[i].n_values > 0 &&
			    m->u.attrs.list[i].values[0].n <= DIRECTORY_KEY_MAX)
				return m->u.attrs.list[i].values[0];
	if (ils_target(&t, m->dn, a) == 0 && t.known && t.kind == DIRECTORY_PERSON)
		return t.key;
	return slice_of(NULL, 0);
}

/* Bindings */

static void learn(struct ils_rewriter *x, struct pst_slice key, const struct addr *address, uint64_t now_ms)
{
	/* a name is bound to the host it was registered from, whatever address was written */
	struct directory_person p = { .kind = DIRECTORY_LEARNT, .origin = DIRECTORY_PROXY, .key = key, .address = x->client.from,
		.source = x->client };
	(void)address;
	p.expiry_ms = directory_expiry(x->dir, 0, now_ms, &p.ttl_s);
	/* refused: somebody else's name, or too many; the registration itself is the server's business */
	const int err = directory_put(x->dir, &p, &x->client, 0, now_ms, NULL);
	(void)err;
}

/* The people of a server on the side that cannot be called: calls come by their names. */
static void learn_from_answer(struct pass *p, uint64_t now_ms)
{
	struct directory_person who = { .kind = DIRECTORY_LEARNT, .origin = DIRECTORY_PROXY, .key = p->key, .address = p->address,
		.source = { p->x->server_realm, p->address } };
	const struct directory_entry *e = directory_find(p->x->dir, DIRECTORY_LEARNT, p->key);
	struct directory_person old;
	if (p->changed == 0 || p->key.n == 0 || p->address.family == ADDR_NONE ||
	    p->x->realm_of(p->x->arg, &p->address) != p->x->server_realm)
		return;
	if (e != NULL) {
		directory_head(e, &old);
		if (old.source.realm != p->x->server_realm)
			return; /* made by a registration: better */
	}
	who.expiry_ms = directory_expiry(p->x->dir, 0, now_ms, &who.ttl_s);
	const int err = directory_put(p->x->dir, &who, NULL, 0, now_ms, NULL);
	(void)err;
}

static void remember(struct ils_rewriter *x, const struct ldap_msg *m, struct pst_slice key, const struct addr *address)
{
	if (key.n == 0 || key.n > DIRECTORY_KEY_MAX)
		return;
	struct ils_pending *q = &x->pending[x->next++ % ILS_PENDING];
	*q = (struct ils_pending){ .id = m->id, .op = m->op, .key_len = (uint8_t)key.n, .address = *address };
	memcpy(q->key, key.p, key.n);
}

static void settle(struct ils_rewriter *x, const struct ldap_msg *m, uint64_t now_ms)
{
	for (unsigned i = 0; i < ILS_PENDING; i++) {
		struct ils_pending *q = &x->pending[i];
		const struct pst_slice key = slice_of(q->key, q->key_len);
		int err = 0;
		if (q->op == 0 || q->id != m->id || ldap_response_to(q->op) != m->op)
			continue;
		if (m->u.result.code == LDAP_SUCCESS && q->op == LDAP_DELETE_REQUEST)
			err = directory_remove(x->dir, DIRECTORY_LEARNT, key, &x->client, 0, now_ms);
		else if (m->u.result.code == LDAP_SUCCESS && q->op == LDAP_SEARCH_REQUEST)
			err = directory_refresh(x->dir, DIRECTORY_LEARNT, key, &x->client, 0, 0, now_ms, NULL);
		else if (m->u.result.code == LDAP_SUCCESS)
			learn(x, key, &q->address, now_ms);
		(void)err; /* not known here, or not theirs */
		q->op = 0;
	}
}

static void follow_client(struct ils_rewriter *x, const struct ldap_msg *m, const struct pass *p)
{
	enum directory_kind kind;
	struct pst_slice key;
	uint32_t minutes;
	if (m->op == LDAP_ADD_REQUEST || m->op == LDAP_MODIFY_REQUEST || m->op == LDAP_DELETE_REQUEST)
		remember(x, m, p->key, &p->address);
	else if (m->op == LDAP_SEARCH_REQUEST && ils_filter_sttl(&m->u.search.filter, &minutes) &&
		 ils_filter_key(&m->u.search.filter, &kind, &key) && kind == DIRECTORY_PERSON)
		remember(x, m, key, &p->address);
	else if (m->op == LDAP_EXTENDED_REQUEST && slice_eq(m->u.extended.oid, slice_str("1.3.6.1.4.1.1466.20037")))
		x->tls_id = m->id;
}

static void follow_server(struct ils_rewriter *x, const struct ldap_msg *m, struct pass *p, uint64_t now_ms)
{
	if (m->op == LDAP_SEARCH_ENTRY)
		learn_from_answer(p, now_ms);
	else if (m->op == LDAP_EXTENDED_RESPONSE && x->tls_id == m->id) {
		x->opaque = m->u.result.code == LDAP_SUCCESS;
		x->tls_id = -1;
	} else if (ldap_response_to(m->op) == 0) {
		settle(x, m, now_ms);
	}
}

int ils_rewrite(struct ils_rewriter *x, bool from_client, struct pst_slice msg, uint64_t now_ms, struct writer *w)
{
	struct pass p = { .x = x, .from_client = from_client, .w = w };
	struct reader r = rd_of(msg);
	const size_t start = w->n;
	struct ldap_msg m;
	struct arena a;
	arena_init(&a, ARENA_MAX);
	/* that it cannot be decoded whole (more values than we like) is no reason to let an address out: the walk decides */
	const struct ldap_limits l = { .filter_depth = DEPTH_MAX, .filter_terms = 1024, .attrs = 1024, .values = 8192 };
	const int err = ldap_decode(&m, msg, &l, &a);
	if (!err)
		p.key = key_of(&m, &a);
	if (!enter(&p, &r, walk_message) || p.changed == 0) {
		w->n = start;
		w->full = false;
		wr_bytes(w, msg);
	}
	x->rewritten += p.changed;
	if (!err && from_client)
		follow_client(x, &m, &p);
	else if (!err)
		follow_server(x, &m, &p, now_ms);
	arena_free(&a);
	return wr_done(w);
}
