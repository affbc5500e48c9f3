/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directory/uls_rewrite.h"

#include "directory/uls_address.h"
#include "ulp/name.h"

enum { CALL_PORT = 1720 };

/* KEY stands for the client's host from now on. Many records of one name are one change. */
static int learn(struct directory *d, const struct uls_path *p, struct pst_slice key, uint32_t ttl_s, uint64_t now_ms,
	const struct directory_entry **out)
{
	struct directory_person who = {
		.kind = DIRECTORY_LEARNT, .origin = DIRECTORY_PROXY, .key = key, .source = p->client, .ttl_s = ttl_s,
		.address = addr_with_port(p->client.from, CALL_PORT), .expiry_ms = directory_expiry(d, ttl_s, now_ms, NULL),
	};
	const struct directory_entry *old = directory_find(d, DIRECTORY_LEARNT, key);
	struct directory_person head;
	if (old != NULL && directory_may_change(old, &p->client, 0)) {
		directory_head(old, &head);
		if (head.expiry_ms >= who.expiry_ms && addr_eq(&head.address, &who.address)) {
			*out = old;
			return 0;
		}
	}
	return directory_put(d, &who, &p->client, 0, now_ms, out);
}

static const struct directory_entry *learnt(const struct directory *d, struct pst_slice name)
{
	char text[ULP_NAME_STRLEN];
	return directory_find(d, DIRECTORY_LEARNT, slice_of(text, ulp_name_text(name, text)));
}

/* One record on its way out. */
static int rewrite_added(struct directory *d, const struct uls_path *p, struct ulp_entry *e, uint64_t now_ms, struct arena *a,
	struct uls_rewritten *what)
{
	char text[ULP_NAME_STRLEN];
	const struct directory_entry *entry;
	const size_t n = ulp_name_text(e->label.name, text);
	unsigned found = 0;
	if (n == 0)
		return PST_E_BAD;
	int err = learn(d, p, slice_of(text, n), e->ttl, now_ms, &entry);
	if (err != 0)
		return err;
	const struct addr to = directory_view(d, entry, p->server_realm);
	const struct addr from = addr_with_port(p->client.from, CALL_PORT);
	if (e->label.type == ULP_EMAIL && e->data.n > 0 && e->data.n <= DIRECTORY_KEY_MAX)
		err = learn(d, p, e->data, e->ttl, now_ms, &entry);
	if (err == 0 && uls_type_has_address(e->label.type))
		err = uls_address_replace(e->data, &from, &to, a, &e->data, &found);
	if (found > 0)
		*what = (struct uls_rewritten){ what->n + found, from, to };
	return err;
}

static void forget(struct directory *d, const struct uls_path *p, const struct ulp_label *l, uint64_t now_ms)
{
	char text[ULP_NAME_STRLEN];
	const size_t n = ulp_name_text(l->name, text);
	if (n > 0 && (l->type == ULP_ANY || l->type == ULP_ADDRESS))
		(void)!directory_remove(d, DIRECTORY_LEARNT, slice_of(text, n), &p->client, 0, now_ms);
}

static void keep(struct directory *d, const struct uls_path *p, const struct ulp_entry *e, uint64_t now_ms)
{
	char text[ULP_NAME_STRLEN];
	const size_t n = ulp_name_text(e->label.name, text);
	if (n > 0)
		(void)!directory_refresh(d, DIRECTORY_LEARNT, slice_of(text, n), &p->client, 0, e->ttl, now_ms, NULL);
}

static enum uls_verdict refuse(const struct ulp_msg *m, enum ulp_retcode rc, struct writer *out)
{
	const struct ulp_msg answer = { .id = m->id, .reply = true, .opcode = m->opcode, .retcode = rc };
	return ulp_encode(&answer, out) == 0 ? ULS_ANSWER : ULS_CLOSE;
}

enum uls_verdict uls_rewrite_request(struct directory *d, const struct uls_path *p, struct pst_slice octets, uint64_t now_ms,
	struct arena *a, struct writer *out, struct uls_rewritten *what)
{
	struct ulp_msg m;
	const int bad = ulp_decode(&m, a, octets, NULL);
	int err = 0;
	*what = (struct uls_rewritten){ 0 };
	if (octets.n < ULP_HEADER_LEN || m.reply)
		return ULS_CLOSE;
	if (bad != 0)
		return refuse(&m, bad == PST_E_NOMEM ? ULP_SERVER_FAILURE : ULP_FORMAT_ERROR, out);
	for (uint16_t i = 0; m.requests != NULL && i < m.qcount && err == 0; i++) {
		if (m.opcode == ULP_ADD)
			err = rewrite_added(d, p, &m.requests[i], now_ms, a, what);
		else if (m.opcode == ULP_DELETE)
			forget(d, p, &m.requests[i].label, now_ms);
		else if (m.opcode == ULP_REFRESH)
			keep(d, p, &m.requests[i], now_ms);
	}
	if (err != 0)
		return refuse(&m, err == PST_E_DENIED ? ULP_EXISTS : err == PST_E_NOMEM ? ULP_SERVER_FAILURE : ULP_REFUSED, out);
	return ulp_encode(&m, out) == 0 ? ULS_FORWARD : ULS_CLOSE;
}

/* The people of a server on the side that cannot be called: calls come by their names. */
static void learn_from_answer(struct directory *d, const struct uls_path *p, struct pst_slice key, const struct addr *address,
	uint32_t ttl_s, uint64_t now_ms)
{
	const struct directory_entry *e = directory_find(d, DIRECTORY_LEARNT, key);
	struct directory_person who = {
		.kind = DIRECTORY_LEARNT, .origin = DIRECTORY_PROXY, .key = key, .address = *address, .ttl_s = ttl_s,
		.source = { p->server_realm, addr_with_port(*address, 0) }, .expiry_ms = directory_expiry(d, ttl_s, now_ms, NULL),
	};
	struct directory_person old = { .source.realm = p->server_realm };
	if (e != NULL)
		directory_head(e, &old);
	/* What a registration made is better. */
	if (key.n > 0 && old.source.realm == p->server_realm)
		(void)!directory_put(d, &who, NULL, 0, now_ms, NULL);
}

/* An address in our own form, of the server's side. */
static int rewrite_theirs(struct directory *d, const struct uls_path *p, struct ulp_entry *e, uint64_t now_ms, struct arena *a,
	struct uls_rewritten *what)
{
	char text[ULP_NAME_STRLEN];
	struct addr from;
	unsigned found = 0;
	if (uls_address_read(e->data, &from) != 0 || p->realm_of(p->arg, &from) != p->server_realm)
		return 0;
	const struct pst_slice key = slice_of(text, ulp_name_text(e->label.name, text));
	const struct directory_person who = { .kind = DIRECTORY_LEARNT, .origin = DIRECTORY_PROXY, .key = key, .address = from,
		.source = { p->server_realm, addr_with_port(from, 0) } };
	struct addr to = directory_address_in(d, p->client.realm, &who);
	if (addr_ip_eq(&to, &from))
		return 0;
	if (to.family != from.family)
		to = (struct addr){ .family = from.family }; /* nowhere */
	learn_from_answer(d, p, key, &from, e->ttl, now_ms);
	const int err = uls_address_replace(e->data, &from, &to, a, &e->data, &found);
	*what = (struct uls_rewritten){ what->n + found, from, to };
	return err;
}

/* The e-mail address of somebody whose name was learnt just now is as good a name. */
static void learn_email(struct directory *d, const struct uls_path *p, const struct ulp_entry *e, uint64_t now_ms)
{
	const struct directory_entry *known = e->label.type == ULP_EMAIL ? learnt(d, e->label.name) : NULL;
	struct directory_person head;
	if (known == NULL || e->data.n == 0 || e->data.n > DIRECTORY_KEY_MAX)
		return;
	directory_head(known, &head);
	if (head.source.realm == p->server_realm)
		learn_from_answer(d, p, e->data, &head.address, e->ttl, now_ms);
}

/* One record on its way in: a neighbour's, whose address out there is ours; or one of the server's side. */
static int rewrite_found(struct directory *d, const struct uls_path *p, struct ulp_entry *e, uint64_t now_ms, struct arena *a,
	struct uls_rewritten *what)
{
	struct directory_person head = { .source.realm = p->server_realm };
	unsigned found = 0;
	if (!uls_type_has_address(e->label.type))
		return 0;
	const struct directory_entry *entry = learnt(d, e->label.name);
	if (entry != NULL)
		directory_head(entry, &head);
	if (head.source.realm != p->client.realm)
		return rewrite_theirs(d, p, e, now_ms, a, what);
	const struct addr from = directory_view(d, entry, p->server_realm);
	const int err = uls_address_replace(e->data, &from, &head.address, a, &e->data, &found);
	if (found > 0)
		*what = (struct uls_rewritten){ what->n + found, from, head.address };
	/* Of another family: left as the server has it. */
	return err == PST_E_RANGE ? 0 : err;
}

enum uls_verdict uls_rewrite_reply(struct directory *d, const struct uls_path *p, struct pst_slice octets, uint64_t now_ms,
	struct arena *a, struct writer *out, struct uls_rewritten *what)
{
	struct ulp_msg m;
	int err = ulp_decode(&m, a, octets, NULL);
	*what = (struct uls_rewritten){ 0 };
	if (err != 0 || !m.reply)
		return ULS_CLOSE;
	for (uint16_t i = 0; m.opcode == ULP_QUERY && i < m.rcount && err == 0; i++)
		err = rewrite_found(d, p, &m.replies[i], now_ms, a, what);
	for (uint16_t i = 0; m.opcode == ULP_QUERY && i < m.rcount && err == 0; i++)
		learn_email(d, p, &m.replies[i], now_ms);
	if (err == 0)
		err = ulp_encode(&m, out);
	return err == 0 ? ULS_FORWARD : ULS_CLOSE;
}
