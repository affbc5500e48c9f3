/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gksim.h"

#include <stdlib.h>

#define REQUEST(s, type) ((struct type *)take(arena_alloc(&(s)->arena, sizeof(struct type))))

static void *take(void *p)
{
	assert_non_null(p);
	return p;
}

struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 1719), 0);
	return a;
}

static bool is_inside(const struct addr *a)
{
	return a->family == ADDR_IP4 && a->ip[0] == 10;
}

/* Binary, as text and as wide text: "10.0." stands in nothing else that is sent in these tests. */
static void assert_no_inside_address(struct pst_slice s)
{
	static const uint8_t binary[] = { 10, 0, 0 }, text[] = "10.0.", wide[] = { 0, '1', 0, '0', 0, '.', 0, '0' };
	assert_null(memmem(s.p, s.n, binary, sizeof binary));
	assert_null(memmem(s.p, s.n, text, 5));
	assert_null(memmem(s.p, s.n, wide, sizeof wide));
}

static void on_send(void *arg, uint32_t realm, const struct addr *to, struct pst_slice datagram)
{
	struct gksim *s = arg;
	assert_true(s->n_sent < SENT_MAX);
	assert_true(datagram.n <= sizeof s->sent[0].octets);
	assert_int_equal(realm, is_inside(to) ? INSIDE : OUTSIDE);
	if (realm == OUTSIDE)
		assert_no_inside_address(datagram);
	struct sent *x = &s->sent[s->n_sent++];
	x->realm = realm;
	x->to = *to;
	x->n = datagram.n;
	memcpy(x->octets, datagram.p, datagram.n);
}

static bool on_may(void *arg, const struct gatekeeper_wish *wish)
{
	const struct gksim *s = arg;
	return s->may == NULL || s->may(wish);
}

static bool on_bound(void *arg, const char *name, struct addr *host)
{
	const struct gksim *s = arg;
	*host = s->bound_host;
	return s->bound_name != NULL && strcmp(name, s->bound_name) == 0;
}

static void on_keep(void *arg, uint64_t id, struct pst_slice image)
{
	struct gksim *s = arg;
	unsigned i = 0;
	while (i < s->n_kept && s->kept[i].id != id)
		i++;
	if (i == 8)
		return; /* not of interest with so many */
	s->n_kept += i == s->n_kept;
	assert_true(image.n <= sizeof s->kept[i].octets);
	s->kept[i].id = id;
	s->kept[i].n = image.n;
	if (image.n > 0)
		memcpy(s->kept[i].octets, image.p, image.n);
}

static void on_keep_call(void *arg, uint64_t number, struct pst_slice image)
{
	struct gksim *s = arg;
	const unsigned i = (unsigned)number - 1;
	if (number == 0 || number > 8)
		return;
	assert_true(image.n <= sizeof s->kept_calls[i].octets);
	s->kept_calls[i].id = number;
	s->kept_calls[i].n = image.n;
	if (image.n > 0)
		memcpy(s->kept_calls[i].octets, image.p, image.n);
}

static bool on_resolve(void *arg, uint64_t ticket, const char *domain)
{
	struct gksim *s = arg;
	if (s->resolves == NULL)
		return false;
	assert_string_equal(domain, s->resolves);
	s->ticket = ticket;
	return true;
}

static void on_located(void *arg, uint64_t asker, const struct addr *at)
{
	struct gksim *s = arg;
	s->n_located++;
	s->located_for = asker;
	s->located = *at;
}

void gksim_init(struct gksim *s)
{
	static struct addr_prefix inside;
	static struct gatekeeper_realm realms[2];
	memset(s, 0, sizeof *s);
	assert_int_equal(addr_prefix_parse(&inside, "10.0.0.0/8"), 0);
	realms[INSIDE] = (struct gatekeeper_realm){ .name = "inside", .inside = true, .address = at("10.0.0.1"),
		.networks = &inside, .n_networks = 1 };
	realms[OUTSIDE] = (struct gatekeeper_realm){ .name = "outside", .address = at("203.0.113.1") };
	s->cfg = gatekeeper_config_default();
	s->cfg.realms = realms;
	s->cfg.n_realms = 2;
	s->cfg.seed = 0x0123456789abcdef;
	s->now = 1000000;
	s->wall = 1700000000;
	arena_init(&s->arena, 0);
}

void gksim_start(struct gksim *s)
{
	static const struct gatekeeper_ops ops = { .send = on_send, .may = on_may, .keep = on_keep, .keep_call = on_keep_call,
		.bound = on_bound, .resolve = on_resolve, .located = on_located };
	assert_int_equal(gatekeeper_new(&s->gk, &s->cfg, &ops, s), 0);
}

void gksim_stop(struct gksim *s)
{
	gatekeeper_free(s->gk);
	arena_free(&s->arena);
}

void gksim_clear(struct gksim *s)
{
	s->n_sent = 0;
}

void gksim_give(struct gksim *s, const char *from, struct h225_ras_message *m)
{
	uint8_t octets[2000];
	struct writer w = wr_of(octets, sizeof octets);
	struct asn1_err err = { 0 };
	uint32_t seq;
	const struct addr a = at(from);
	if (ras_seq(m, &seq) && seq == 0)
		assert_true(ras_set_seq(m, ++s->seq));
	if (h225_ras_encode(m, &w, &err) != 0)
		fail_msg("%s: %s", err.path, err.what);
	gatekeeper_datagram(s->gk, is_inside(&a) ? INSIDE : OUTSIDE, &a, wr_slice(&w), s->now, s->wall + s->now / 1000);
}

struct h225_ras_message gksim_sent(struct gksim *s, unsigned i)
{
	struct h225_ras_message m;
	assert_true(i < s->n_sent);
	assert_int_equal(h225_ras_decode(&m, slice_of(s->sent[i].octets, s->sent[i].n), NULL, &s->arena, NULL), 0);
	/* what it points to must outlive the next datagram */
	uint8_t *copy = arena_dup(&s->arena, s->sent[i].octets, s->sent[i].n);
	assert_non_null(copy);
	assert_int_equal(h225_ras_decode(&m, slice_of(copy, s->sent[i].n), NULL, &s->arena, NULL), 0);
	return m;
}

struct h225_ras_message gksim_ask(struct gksim *s, const char *from, struct h225_ras_message *m)
{
	uint32_t asked = 0, answered = 0;
	gksim_clear(s);
	gksim_give(s, from, m);
	assert_true(s->n_sent >= 1);
	struct h225_ras_message got = gksim_sent(s, s->n_sent - 1);
	assert_true(ras_seq(m, &asked) && ras_seq(&got, &answered));
	assert_int_equal(asked, answered);
	return got;
}

void gksim_pass(struct gksim *s, uint64_t ms)
{
	const uint64_t end = s->now + ms;
	uint64_t due;
	while ((due = gatekeeper_due(s->gk)) != 0 && due <= end) {
		s->now = due > s->now ? due : s->now;
		gatekeeper_tick(s->gk, s->now);
	}
	s->now = end;
}

struct h225_ras_message gksim_rrq(struct gksim *s, const char *from, const struct gksim_rrq *r)
{
	struct h225_registration_request *q = REQUEST(s, h225_registration_request);
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REQUEST, .u.registration_request = q };
	const struct addr host = at(from), signal = r->signal != NULL ? at(r->signal) : addr_with_port(host, 1720),
			  ras = r->ras != NULL ? at(r->ras) : host;
	uint32_t n = 0;
	while (n < 20 && r->alias[n] != NULL)
		n++;
	q->protocol_identifier = h225_protocol_identifier(2, &s->arena);
	q->discovery_complete = true;
	q->call_signal_address.n = q->ras_address.n = 1;
	q->call_signal_address.v = h225_addr_new(&signal, &s->arena);
	q->ras_address.v = h225_addr_new(&ras, &s->arena);
	assert_int_equal(h225_terminal_build(&q->terminal_type, "test", "1", &s->arena), 0);
	h225_vendor_build(&q->endpoint_vendor, "a \033 product", "1");
	if (r->microsoft)
		q->endpoint_vendor.vendor.manufacturer_code = 0x534c;
	q->has_terminal_alias = n > 0;
	q->terminal_alias.n = n;
	q->terminal_alias.v = take(arena_calloc(&s->arena, n, sizeof *q->terminal_alias.v));
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(h225_alias_build(&q->terminal_alias.v[i], r->alias[i], &s->arena), 0);
	q->has_time_to_live = r->ttl_s != 0;
	q->time_to_live = r->ttl_s;
	q->has_keep_alive = q->keep_alive = r->light;
	q->has_additive_registration = r->additive;
	q->has_endpoint_identifier = r->id.n > 0;
	q->endpoint_identifier = r->id;
	q->has_crypto_tokens = r->token != NULL;
	q->crypto_tokens.n = r->token != NULL;
	q->crypto_tokens.v = r->token;
	return m;
}

struct pst_slice gksim_register(struct gksim *s, const char *from, const struct gksim_rrq *r)
{
	struct h225_ras_message m = gksim_rrq(s, from, r);
	m = gksim_ask(s, from, &m);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	return m.u.registration_confirm->endpoint_identifier;
}

struct h225_ras_message gksim_arq(struct gksim *s, struct pst_slice id, const char *name, const char *addr, uint8_t call)
{
	struct h225_admission_request *q = REQUEST(s, h225_admission_request);
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_ADMISSION_REQUEST, .u.admission_request = q };
	uint8_t *guid = take(arena_alloc(&s->arena, 16));
	q->endpoint_identifier = id;
	q->answer_call = name == NULL && addr == NULL;
	if (name != NULL) {
		q->has_destination_info = true;
		q->destination_info.n = 1;
		q->destination_info.v = take(arena_alloc(&s->arena, sizeof *q->destination_info.v));
		assert_int_equal(h225_alias_build(q->destination_info.v, name, &s->arena), 0);
	}
	if (addr != NULL) {
		const struct addr a = at(addr);
		q->dest_call_signal_address = h225_addr_new(&a, &s->arena);
	}
	memset(guid, call, 16);
	q->band_width = 2000;
	q->call_reference_value = call;
	q->conference_id = slice_of(guid, 16);
	q->call_identifier = take(arena_alloc(&s->arena, sizeof *q->call_identifier));
	q->call_identifier->guid = slice_of(guid, 16);
	return m;
}

const char *gksim_where(const struct h225_ras_message *m)
{
	static char text[ADDR_STRLEN];
	struct addr a;
	const struct h225_transport_address *ta;
	if (m->choice == H225_RAS_MESSAGE_ADMISSION_CONFIRM)
		ta = &m->u.admission_confirm->dest_call_signal_address;
	else if (m->choice == H225_RAS_MESSAGE_LOCATION_CONFIRM)
		ta = &m->u.location_confirm->call_signal_address;
	else
		return "";
	assert_int_equal(h225_addr_read(&a, ta), 0);
	return addr_str(&a, text);
}
