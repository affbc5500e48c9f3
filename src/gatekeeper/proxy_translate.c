/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RAS messages on their way through the wall: one walk that visits every transport address. Outwards an endpoint's own
 * become its virtual ones, and no other address of the inside goes out; inwards what leads to the gatekeeper, or to
 * whom it admitted a call, becomes the gateway's.
 */
#include "base/addr_find.h"
#include "gatekeeper/proxy_private.h"

struct translation {
	struct ras_proxy *p;
	struct rp_client *c;
	const struct h225_ras_message *m;
	bool inward;
};

struct addr rp_gateway_inside(const struct ras_proxy *p, const struct rp_client *c)
{
	return addr_with_port(p->cfg.realms[c->realm].address, p->cfg.signalling_port);
}

static struct addr ras_inside(const struct ras_proxy *p, const struct rp_client *c)
{
	return addr_with_port(p->cfg.realms[c->realm].address, p->cfg.gatekeepers[c->gatekeeper].port);
}

static bool is_own_gateway(const struct ras_proxy *p, const struct addr *a)
{
	for (uint32_t i = 0; i < p->cfg.n_realms; i++)
		if (addr_ip_eq(&p->cfg.realms[i].address, a))
			return true;
	return false;
}

/* Somebody outside may be named to anybody: naming opens nothing. */
static bool may_be_named(const struct ras_proxy *p, const struct addr *a)
{
	const uint32_t realm = rp_realm_of(p, a);
	return realm < p->cfg.n_realms && !p->cfg.realms[realm].inside && !is_own_gateway(p, a) && a->port != 0 &&
	       !addr_is_multicast(a) && !addr_is_unspecified(a) && !addr_is_loopback(a) && !addr_is_link_local(a) &&
	       !addr_is_mapped(a) && !addr_is_broadcast(a);
}

static bool is_field_itself(const struct asn1_node *n, const char *name)
{
	return n->field != NULL && strcmp(n->field->name, name) == 0;
}

static bool is_field(const struct asn1_node *n, const char *name)
{
	while (n->field == NULL && n->parent != NULL)
		n = n->parent;
	return is_field_itself(n, name);
}

static bool for_answers(const struct asn1_node *n)
{
	return is_field(n, "rasAddress") || is_field(n, "replyAddress");
}

static bool for_signalling(const struct asn1_node *n)
{
	return is_field(n, "callSignalAddress") || is_field(n, "destCallSignalAddress") ||
	       is_field(n, "srcCallSignalAddress") || is_field(n, "transportID");
}

/* Directly in the message, not in one of its lists of somebody else's. */
static bool of_message(const struct asn1_node *n)
{
	while (n->parent != NULL && (n->field == NULL || n->parent->type->kind == ASN1_SEQUENCE_OF))
		n = n->parent;
	return n->parent != NULL && n->parent->parent != NULL && n->parent->parent->parent == NULL;
}

/* --- what an address becomes --- */

static bool outwards(const struct translation *t, const struct asn1_node *n, const struct addr *in, struct addr *out)
{
	const struct rp_client *c = t->c;
	if (for_answers(n) && of_message(n)) {
		*out = c->local; /* whatever it is, answers come to us */
		return true;
	}
	if (addr_ip_eq(in, &c->from)) {
		*out = for_answers(n) ? c->local : c->seen;
		return for_answers(n) || for_signalling(n);
	}
	*out = *in;
	return may_be_named(t->p, in);
}

static bool inwards(const struct translation *t, const struct asn1_node *n, const struct addr *in, struct addr *out)
{
	const struct rp_client *c = t->c;
	const uint32_t kind = t->m->choice;
	const bool confirm = kind == H225_RAS_MESSAGE_ADMISSION_CONFIRM || kind == H225_RAS_MESSAGE_REGISTRATION_CONFIRM ||
			     kind == H225_RAS_MESSAGE_ADMISSION_REJECT;
	if (for_answers(n) && of_message(n) && kind != H225_RAS_MESSAGE_LOCATION_CONFIRM)
		*out = ras_inside(t->p, c);
	else if (addr_eq(in, &c->seen) && for_signalling(n) && kind != H225_RAS_MESSAGE_ADMISSION_CONFIRM)
		*out = c->signal.family != ADDR_NONE ? c->signal : c->from;
	else if (addr_eq(in, &c->local) && for_answers(n))
		*out = c->from;
	else if (for_signalling(n) && of_message(n) && confirm)
		*out = rp_gateway_inside(t->p, c); /* where to is remembered, not said */
	else
		*out = *in;
	return !addr_eq(in, out) || may_be_named(t->p, in);
}

/* Optional components and list elements can be taken out; what cannot be is made to point nowhere. */
static bool removable(const struct asn1_node *n)
{
	if (n->field == NULL)
		return n->parent != NULL && n->parent->type->kind == ASN1_SEQUENCE_OF;
	return n->parent->type->kind == ASN1_SEQUENCE && (n->field->flags & ASN1_F_OPTIONAL) != 0;
}

static int on_address(const struct translation *t, const struct asn1_node *n, struct h225_transport_address *v)
{
	static const uint8_t nowhere[4] = { 0 };
	struct addr in = { 0 }, out = { 0 };
	if (h225_addr_read(&in, v) != 0)
		in = (struct addr){ 0 };
	const bool ok = t->inward ? inwards(t, n, &in, &out) : outwards(t, n, &in, &out);
	if (!ok && removable(n))
		return ASN1_WALK_REMOVE;
	if (!ok || out.family == ADDR_NONE)
		out = addr_ip4(nowhere, 0);
	const int err = h225_addr_build(v, &out, &t->p->arena);
	return err != 0 ? err : ASN1_WALK_SKIP;
}

/* --- text in aliases --- */

static bool text_address(const struct translation *t, const struct addr *a, struct addr *out)
{
	const struct rp_client *c = t->c;
	if (t->inward) {
		*out = c->from;
		return addr_ip_eq(a, &c->seen) && !is_own_gateway(t->p, a); /* ours alone may be anybody's */
	}
	const uint32_t realm = rp_realm_of(t->p, a);
	*out = c->seen;
	return addr_ip_eq(a, &c->from) || (realm < t->p->cfg.n_realms && t->p->cfg.realms[realm].inside);
}

static void put_chars(struct writer *w, const char *text, unsigned step)
{
	for (; *text != '\0'; text++) {
		if (step == 2)
			wr_u8(w, 0);
		wr_u8(w, (uint8_t)*text);
	}
}

/* S with its addresses translated; S itself where there are none. */
static struct pst_slice rewrite_text(const struct translation *t, struct pst_slice s, unsigned step, size_t max)
{
	struct writer w = { 0 };
	struct addr_found f;
	struct addr put;
	char text[ADDR_STRLEN];
	size_t done = 0;
	for (size_t from = 0; addr_find(&f, s, step, from);) {
		if (!text_address(t, &f.addr, &put)) {
			from = f.at + 1;
			continue;
		}
		if (w.p == NULL) {
			/* the shortest address has two characters ("::"), the longest 45 */
			const size_t cap = s.n * 23 + 64;
			w = wr_of(arena_alloc(&t->p->arena, cap), cap);
			if (w.p == NULL)
				return slice_of(s.p, 0);
		}
		wr_bytes(&w, slice_of(s.p + done * step, (f.at - done) * step));
		put_chars(&w, addr_ip_str(&put, text), step);
		from = done = f.at + f.n;
	}
	if (w.p == NULL)
		return s;
	wr_bytes(&w, slice_of(s.p + done * step, s.n - done * step));
	if (w.n > max * step)
		w.n = max * step;
	return wr_slice(&w);
}

static int on_alias(const struct translation *t, struct h225_alias_address *v)
{
	switch (v->choice) {
	case H225_ALIAS_ADDRESS_H323_ID: v->u.h323_id = rewrite_text(t, v->u.h323_id, 2, 256); break;
	case H225_ALIAS_ADDRESS_URL_ID: v->u.url_id = rewrite_text(t, v->u.url_id, 1, 512); break;
	case H225_ALIAS_ADDRESS_EMAIL_ID: v->u.email_id = rewrite_text(t, v->u.email_id, 1, 512); break;
	default: break;
	}
	return ASN1_WALK_CONTINUE;
}

/* --- the walk --- */

/* Another gatekeeper is one of those that may be gone to, or is not named. */
static int on_alternate(const struct translation *t, const struct asn1_node *n, struct h225_alternate_gk *v)
{
	const struct ras_proxy *p = t->p;
	struct addr a;
	for (uint32_t i = 0; t->inward && i < p->cfg.n_gatekeepers && h225_addr_read(&a, &v->ras_address) == 0; i++) {
		if (!addr_eq(&a, &p->cfg.gatekeepers[i].address))
			continue;
		a = addr_with_port(p->cfg.realms[t->c->realm].address, p->cfg.gatekeepers[i].port);
		const int err = h225_addr_build(&v->ras_address, &a, &t->p->arena);
		return err != 0 ? err : ASN1_WALK_SKIP;
	}
	return removable(n) ? ASN1_WALK_REMOVE : ASN1_WALK_SKIP;
}

/* H.460.17, .18, .19, .23, .24 and .26 agree on another way through the wall than ours. */
static bool is_traversal(const struct h225_generic_data *g)
{
	const int64_t id = g->id.u.standard;
	return g->id.choice == H225_GENERIC_IDENTIFIER_STANDARD &&
	       (id == 17 || id == 18 || id == 19 || id == 23 || id == 24 || id == 26);
}

static int on_node(const struct asn1_node *n, void *arg)
{
	const struct translation *t = arg;
	/* a proof names what it was made of */
	if (is_field_itself(n, "tokens") || is_field_itself(n, "cryptoTokens"))
		return ASN1_WALK_SKIP;
	if (n->type == &h225_transport_address_type)
		return on_address(t, n, n->value);
	if (n->type == &h225_alias_address_type)
		return on_alias(t, n->value);
	if (n->type == &h225_alternate_gk_type)
		return on_alternate(t, n, n->value);
	if (n->type == &h225_generic_data_type && removable(n) && is_traversal(n->value))
		return ASN1_WALK_REMOVE;
	/* ways past TCP 1720; and whole messages of calls, with the addresses of H.245 in their octets */
	if ((n->type == &h225_alternate_transport_addresses_type || is_field_itself(n, "pdu")) && removable(n))
		return ASN1_WALK_REMOVE;
	return ASN1_WALK_CONTINUE;
}

int rp_translate(struct ras_proxy *p, struct rp_client *c, struct h225_ras_message *m, bool inward)
{
	struct translation t = { .p = p, .c = c, .m = m, .inward = inward };
	return asn1_walk(&h225_ras_message_type, m, on_node, &t);
}
