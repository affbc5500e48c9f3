/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The endpoints behind the RAS proxy: their open requests, their names outside, where their calls were admitted to, and
 * how they are let go. */
#include "gatekeeper/proxy_private.h"

#include <stdlib.h>
#include <strings.h>

enum {
	GRACE_MS = 5000,
	ASK_MS = 3000,
	ASKS = 3,
	UNREGISTERED_MS = 60000, /* an endpoint that did not register yet */
	ADMISSION_MS = 60000,    /* from AdmissionConfirm to Setup */
	LOOK_AT = 64,
};

/* --- sources --- */

static void host_key(const struct ras_proxy *p, const struct addr *from, uint8_t key[static GK_SEED_KEY + GK_ADDR_KEY])
{
	memset(key, 0, GK_SEED_KEY + GK_ADDR_KEY);
	memcpy(key, &p->cfg.seed, GK_SEED_KEY);
	key[GK_SEED_KEY] = from->family;
	memcpy(key + GK_SEED_KEY + 1, from->ip, sizeof from->ip);
}

static struct rp_source *source_get(struct ras_proxy *p, const struct addr *from)
{
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	struct rp_source *s = NULL;
	host_key(p, from, key);
	HASH_FIND(hh, p->sources, key, sizeof key, s);
	if (s != NULL)
		return s;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	memcpy(s->key, key, sizeof key);
	HASH_ADD(hh, p->sources, key, sizeof s->key, s);
	return s;
}

static void source_put(struct ras_proxy *p, struct rp_source *s)
{
	if (s->clients > 0)
		return;
	HASH_DEL(p->sources, s);
	free(s);
}

bool ras_proxy_is_registered(const struct ras_proxy *p, const struct addr *addr)
{
	struct rp_source *s = NULL;
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	host_key(p, addr, key);
	HASH_FIND(hh, p->sources, key, sizeof key, s);
	return s != NULL && s->registered > 0;
}

static void set_registered(struct ras_proxy *p, struct rp_client *c, bool on)
{
	if (c->registered == on)
		return;
	c->registered = on;
	c->source->registered += on ? 1U : -1U;
	p->registered += on ? 1U : -1U;
}

/* --- open requests --- */

void rp_names_free(struct rp_name *list)
{
	struct rp_name *n, *tmp;
	LL_FOREACH_SAFE(list, n, tmp)
	free(n);
}

void rp_ask_free(struct rp_client *c, struct rp_ask *a)
{
	DL_DELETE(c->asks, a);
	c->n_asks--;
	rp_names_free(a->names);
	free(a);
}

struct rp_ask *rp_ask_find(struct rp_client *c, enum rp_side side, enum ras_kind kind, uint32_t seq)
{
	struct rp_ask *a;
	DL_FOREACH(c->asks, a)
	{
		if (a->side == side && (kind == RAS_KINDS || a->kind == kind) && a->seq == seq)
			return a;
	}
	return NULL;
}

struct rp_ask *rp_ask_new(struct ras_proxy *p, struct rp_client *c, enum rp_side side, enum ras_kind kind, uint32_t seq)
{
	struct rp_ask *a = rp_ask_find(c, side, kind, seq), *tmp;
	if (a != NULL)
		rp_ask_free(c, a);
	DL_FOREACH_SAFE(c->asks, a, tmp)
	{
		/* the oldest is first */
		if (a->until_ms <= p->now_ms || c->n_asks >= RP_ASKS_MAX)
			rp_ask_free(c, a);
	}
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->side = (uint8_t)side;
	a->kind = (uint8_t)kind;
	a->seq = (uint16_t)seq;
	a->until_ms = p->now_ms + RP_ASK_KEPT_MS;
	DL_APPEND(c->asks, a);
	c->n_asks++;
	return a;
}

/* --- names --- */

static const char *strip_scheme(const char *name)
{
	return strncasecmp(name, "h323:", 5) == 0 ? name + 5 : name;
}

static size_t name_key(const struct ras_proxy *p, const char *text, size_t n, uint8_t key[static GK_SEED_KEY + GK_NAME_MAX])
{
	memcpy(key, &p->cfg.seed, GK_SEED_KEY);
	for (size_t i = 0; i < n; i++)
		key[GK_SEED_KEY + i] = (uint8_t)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	return GK_SEED_KEY + n;
}

struct rp_name *rp_names_read(struct ras_proxy *p, const struct h225_alias_address *list, uint32_t n)
{
	struct rp_name *out = NULL;
	for (uint32_t i = 0; i < n && i < p->cfg.limits.aliases; i++) {
		char text[GK_NAME_MAX];
		uint8_t key[GK_SEED_KEY + GK_NAME_MAX];
		if (!gk_alias_text(&list[i], text))
			continue;
		const char *name = strip_scheme(text);
		const size_t n_key = name_key(p, name, strlen(name), key);
		struct rp_name *x = calloc(1, sizeof *x + n_key);
		if (x == NULL)
			break;
		x->n_key = n_key;
		memcpy(x->key, key, n_key);
		LL_APPEND(out, x);
	}
	return out;
}

static void unbind(struct ras_proxy *p, struct rp_name *n)
{
	if (n->bound) {
		rp_tell_name(p, n, true);
		HASH_DEL(p->names, n);
	}
	n->bound = false;
}

/* A gatekeeper knows best who has a name that it gave; what another gave stays where it is. */
static void bind(struct ras_proxy *p, struct rp_client *c, struct rp_name *n)
{
	struct rp_name *there = NULL;
	HASH_FIND(hh, p->names, n->key, n->n_key, there);
	n->client = c;
	if (there != NULL && there->client->gatekeeper != c->gatekeeper) {
		uint64_t more;
		char text[160];
		p->count.name_conflicts++;
		if (log_allow(&p->complain, p->now_ms, &more))
			log_warn("gatekeeper", "\"%s\" is registered with two gatekeepers outside: the first one keeps it (%llu alike)",
				log_escape(text, sizeof text, slice_of(n->key + GK_SEED_KEY, n->n_key - GK_SEED_KEY)),
				(unsigned long long)more);
		return;
	}
	if (there != NULL)
		unbind(p, there);
	n->bound = true;
	HASH_ADD_KEYPTR(hh, p->names, n->key, n->n_key, n);
	rp_tell_name(p, n, false);
}

static void take_name(struct ras_proxy *p, struct rp_client *c, struct rp_name *n)
{
	const struct rp_name *each;
	uint32_t held = 0;
	LL_FOREACH(c->names, each)
	{
		if (++held >= p->cfg.limits.aliases || (each->n_key == n->n_key && memcmp(each->key, n->key, n->n_key) == 0)) {
			free(n);
			return;
		}
	}
	LL_APPEND(c->names, n);
	bind(p, c, n);
}

static void names_drop(struct ras_proxy *p, struct rp_client *c)
{
	struct rp_name *n;
	LL_FOREACH(c->names, n)
	unbind(p, n);
	rp_names_free(c->names);
	c->names = NULL;
}

static struct rp_name *name_lookup(const struct ras_proxy *p, const char *text, size_t n)
{
	uint8_t key[GK_SEED_KEY + GK_NAME_MAX];
	struct rp_name *found = NULL;
	if (n == 0 || n >= GK_NAME_MAX)
		return NULL;
	const size_t n_key = name_key(p, text, n, key);
	HASH_FIND(hh, p->names, key, n_key, found);
	return found;
}

bool ras_proxy_find(const struct ras_proxy *p, const char *name, struct addr *signal)
{
	name = strip_scheme(name);
	const char *at = strrchr(name, '@');
	const struct rp_name *n = name_lookup(p, name, strlen(name));
	struct addr host;
	/* name@address of the gateway */
	if (n == NULL && at != NULL && addr_parse(&host, at + 1, p->cfg.signalling_port) == 0)
		n = name_lookup(p, name, (size_t)(at - name));
	if (n == NULL)
		return false;
	*signal = n->client->signal;
	return true;
}

/* --- admissions --- */

bool rp_admission_key(const struct ras_proxy *p, const struct addr *caller, const uint8_t id[static 16],
	uint8_t key[static GK_SEED_KEY + GK_ADDR_KEY + 16])
{
	bool zero = true;
	host_key(p, caller, key);
	memcpy(key + GK_SEED_KEY + GK_ADDR_KEY, id, 16);
	for (int i = 0; i < 16; i++)
		zero = zero && id[i] == 0;
	return !zero;
}

static void admission_free(struct ras_proxy *p, struct rp_admission *a)
{
	rp_tell_call(p, a, true);
	HASH_DEL(p->admissions, a);
	DL_DELETE(a->client->admissions, a);
	a->client->n_admissions--;
	free(a);
}

static struct rp_admission *admission_find(const struct ras_proxy *p, const struct addr *caller, struct pst_slice id)
{
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY + 16];
	struct rp_admission *a = NULL;
	if (id.n == 16 && rp_admission_key(p, caller, id.p, key))
		HASH_FIND(hh, p->admissions, key, sizeof key, a);
	return a;
}

void rp_admit(struct ras_proxy *p, struct rp_client *c, const uint8_t id[static 16], const struct addr *dest)
{
	struct rp_admission *a = admission_find(p, &c->from, slice_of(id, 16)), *tmp;
	if (a != NULL)
		admission_free(p, a);
	DL_FOREACH_SAFE(c->admissions, a, tmp)
	{
		if (a->until_ms <= p->now_ms || c->n_admissions >= RP_ADMISSIONS_MAX)
			admission_free(p, a);
	}
	a = calloc(1, sizeof *a);
	if (a == NULL || !rp_admission_key(p, &c->from, id, a->key)) {
		free(a);
		return;
	}
	a->client = c;
	a->number = ++p->last_admission;
	a->dest = *dest;
	a->until_ms = p->now_ms + ADMISSION_MS;
	HASH_ADD(hh, p->admissions, key, sizeof a->key, a);
	DL_APPEND(c->admissions, a);
	c->n_admissions++;
	rp_tell_call(p, a, false);
}

void rp_admissions_expire(struct ras_proxy *p)
{
	while (p->admissions != NULL && p->admissions->until_ms <= p->now_ms)
		admission_free(p, p->admissions);
}

void rp_dismiss(struct ras_proxy *p, struct rp_client *c, const struct h225_disengage_request *drq)
{
	const struct pst_slice none = { NULL, 0 };
	struct rp_admission *a =
		admission_find(p, &c->from, drq->call_identifier != NULL ? drq->call_identifier->guid : none);
	if (a == NULL)
		a = admission_find(p, &c->from, drq->conference_id);
	if (a != NULL)
		admission_free(p, a);
}

bool ras_proxy_admitted(const struct ras_proxy *p, const struct addr *caller, struct pst_slice call_id,
	struct pst_slice conference_id, uint64_t now_ms, struct addr *dest)
{
	const struct rp_admission *a = admission_find(p, caller, call_id);
	if (a == NULL)
		a = admission_find(p, caller, conference_id);
	if (a == NULL || a->until_ms <= now_ms)
		return false;
	*dest = a->dest;
	return true;
}

/* --- endpoints --- */

static void address_key(const struct ras_proxy *p, const struct addr *a, uint8_t key[static GK_SEED_KEY + GK_ADDR_KEY])
{
	host_key(p, a, key);
	key[GK_SEED_KEY + 17] = (uint8_t)(a->port >> 8);
	key[GK_SEED_KEY + 18] = (uint8_t)a->port;
}

struct rp_client *rp_client_at(const struct ras_proxy *p, const struct addr *local)
{
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY];
	struct rp_client *c = NULL;
	address_key(p, local, key);
	HASH_FIND(hh_local, p->by_local, key, sizeof key, c);
	return c;
}

bool ras_proxy_find_port(const struct ras_proxy *p, const struct addr *local, struct addr *signal)
{
	const struct rp_client *c = rp_client_at(p, local);
	if (c == NULL || !c->registered)
		return false;
	*signal = c->signal;
	return true;
}

static void from_key(const struct ras_proxy *p, uint32_t gatekeeper, uint32_t realm, const struct addr *from,
	uint8_t key[static GK_SEED_KEY + GK_ADDR_KEY + 1])
{
	address_key(p, from, key);
	key[GK_SEED_KEY + 19] = (uint8_t)realm;
	key[GK_SEED_KEY + GK_ADDR_KEY] = (uint8_t)gatekeeper;
}

struct rp_client *rp_client_find(struct ras_proxy *p, uint32_t gatekeeper, uint32_t realm, const struct addr *from)
{
	uint8_t key[GK_SEED_KEY + GK_ADDR_KEY + 1];
	struct rp_client *c = NULL;
	from_key(p, gatekeeper, realm, from, key);
	HASH_FIND(hh_from, p->by_from, key, sizeof key, c);
	return c;
}

/* One that did not register gives way; the table's order is that of being heard last. */
static bool make_room(struct ras_proxy *p)
{
	struct rp_client *c, *tmp;
	unsigned looked = 0;
	if (HASH_COUNT(p->clients) < p->cfg.limits.registrations)
		return true;
	HASH_ITER(hh, p->clients, c, tmp)
	{
		if (!c->registered) {
			rp_client_free(p, c);
			return true;
		}
		if (++looked == LOOK_AT)
			break;
	}
	return false;
}

static void start_timer(struct ras_proxy *p, struct rp_client *c, uint64_t ms)
{
	gk_timer_start(&p->timers, &c->timer, p->now_ms + ms);
}

struct rp_client *rp_client_new(struct ras_proxy *p, uint32_t gatekeeper, uint32_t realm, const struct addr *from)
{
	const uint32_t out = p->outside[gatekeeper];
	struct rp_source *s = source_get(p, from);
	struct rp_client *c = NULL;
	if (s == NULL)
		return NULL;
	if (s->clients < p->cfg.limits.registrations_per_source && make_room(p) &&
		gk_timers_reserve(&p->timers, p->timers.n + 1) == 0)
		c = calloc(1, sizeof *c);
	if (c == NULL)
		goto full;
	c->id = ++p->next_id;
	c->local = addr_with_port(p->cfg.realms[out].address, 0);
	if (p->ops.open(p->arg, c->id, &c->local) != 0)
		goto full;
	c->gatekeeper = gatekeeper;
	c->realm = realm;
	c->from = *from;
	c->peer = p->cfg.gatekeepers[gatekeeper].address;
	c->source = s;
	c->seen = c->local;
	c->tokens_ms = UINT32_MAX;
	from_key(p, gatekeeper, realm, from, c->from_key);
	HASH_ADD(hh, p->clients, id, sizeof c->id, c);
	HASH_ADD(hh_from, p->by_from, from_key, sizeof c->from_key, c);
	address_key(p, &c->local, c->local_key);
	HASH_ADD(hh_local, p->by_local, local_key, sizeof c->local_key, c);
	s->clients++;
	rp_tell_port(p, c, false);
	start_timer(p, c, UNREGISTERED_MS);
	return c;
full:
	p->count.too_many++;
	free(c);
	source_put(p, s);
	return NULL;
}

void rp_client_unregistered(struct ras_proxy *p, struct rp_client *c)
{
	names_drop(p, c);
	set_registered(p, c, false);
	rp_tell_port(p, c, false);
	c->aging = (struct ras_aging){ 0 };
	start_timer(p, c, UNREGISTERED_MS);
}

void rp_client_free(struct ras_proxy *p, struct rp_client *c)
{
	set_registered(p, c, false);
	rp_tell_port(p, c, true);
	names_drop(p, c);
	while (c->admissions != NULL)
		admission_free(p, c->admissions);
	while (c->asks != NULL)
		rp_ask_free(c, c->asks);
	gk_timer_stop(&p->timers, &c->timer);
	HASH_DELETE(hh, p->clients, c);
	HASH_DELETE(hh_from, p->by_from, c);
	HASH_DELETE(hh_local, p->by_local, c);
	c->source->clients--;
	source_put(p, c->source);
	p->ops.close(p->arg, c->id);
	free(c);
}

/* --- registration and silence --- */

static struct ras_aging_rules rules(const struct ras_proxy *p)
{
	return (struct ras_aging_rules){
		.default_ms = p->cfg.default_ttl_s * 1000, .grace_ms = GRACE_MS, .ask_ms = ASK_MS, .asks = ASKS };
}

static uint16_t own_seq(struct ras_proxy *p, struct rp_client *c)
{
	do
		p->seq = ras_next_seq(p->seq);
	while (rp_ask_find(c, RP_OUTSIDE, RAS_KINDS, p->seq) != NULL);
	return p->seq;
}

/* The proxy's own question whether an endpoint is there. */
static void ask_info(struct ras_proxy *p, struct rp_client *c)
{
	struct h225_info_request irq = { .request_seq_num = own_seq(p, c) };
	const struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_INFO_REQUEST, .u.info_request = &irq };
	if (rp_ask_new(p, c, RP_PROXY, RAS_IRQ, irq.request_seq_num) != NULL)
		rp_send_in(p, c, &m);
}

/* In the name of an endpoint that is gone. */
static void unregister(struct ras_proxy *p, struct rp_client *c)
{
	struct h225_unregistration_request urq = { .request_seq_num = own_seq(p, c) };
	struct h225_unreg_request_reason why = { .choice = H225_UNREG_REQUEST_REASON_TTL_EXPIRED };
	struct h225_transport_address seen = { 0 };
	const struct h225_ras_message m = {
		.choice = H225_RAS_MESSAGE_UNREGISTRATION_REQUEST, .u.unregistration_request = &urq };
	if (h225_addr_build(&seen, &c->seen, &p->arena) != 0)
		return;
	urq.call_signal_address.n = 1;
	urq.call_signal_address.v = &seen;
	urq.has_endpoint_identifier = c->n_endpoint_id > 0;
	urq.endpoint_identifier = slice_of(c->endpoint_id, c->n_endpoint_id);
	urq.reason = &why;
	rp_send_out(p, c, &m);
}

static void age(struct ras_proxy *p, struct rp_client *c, enum ras_aging_event e)
{
	const struct ras_aging_rules r = rules(p);
	const uint64_t ttl_ms = (uint64_t)c->ttl_s * 1000;
	const struct ras_aging_step step =
		ras_aging_event(&c->aging, &r, e, ttl_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ttl_ms);
	if (step.timer_ms != 0)
		start_timer(p, c, step.timer_ms);
	if (step.ask)
		ask_info(p, c);
	if (!step.gone)
		return;
	unregister(p, c);
	rp_client_free(p, c);
}

void rp_client_heard(struct ras_proxy *p, struct rp_client *c)
{
	/* to the end of the table */
	HASH_DELETE(hh, p->clients, c);
	HASH_ADD(hh, p->clients, id, sizeof c->id, c);
	if (c->registered)
		age(p, c, RAS_AGING_HEARD);
	else
		start_timer(p, c, UNREGISTERED_MS);
}

void rp_client_expired(struct ras_proxy *p, struct rp_client *c)
{
	if (c->registered)
		age(p, c, RAS_AGING_TIMEOUT);
	else
		rp_client_free(p, c);
}

void rp_client_registered(
	struct ras_proxy *p, struct rp_client *c, struct rp_ask *ask, const struct h225_registration_confirm *rcf)
{
	struct rp_name *n, *tmp;
	if (!ask->light) {
		struct rp_name *names = rcf->has_terminal_alias && rcf->terminal_alias.n > 0
						? rp_names_read(p, rcf->terminal_alias.v, rcf->terminal_alias.n)
						: ask->names;
		if (names == ask->names)
			ask->names = NULL;
		if (!ask->additive)
			names_drop(p, c);
		c->signal = ask->signal;
		c->since_ms = c->registered ? c->since_ms : p->now_ms;
		set_registered(p, c, true);
		rp_tell_port(p, c, false);
		LL_FOREACH(c->names, n)
		{
			if (n->bound)
				rp_tell_name(p, n, false); /* what it keeps leads to its new address too */
		}
		LL_FOREACH_SAFE(names, n, tmp)
		take_name(p, c, n);
		c->n_endpoint_id = rcf->endpoint_identifier.n <= RP_ID_MAX ? rcf->endpoint_identifier.n : 0;
		if (c->n_endpoint_id > 0)
			memcpy(c->endpoint_id, rcf->endpoint_identifier.p, c->n_endpoint_id);
	}
	c->ttl_s = rcf->has_time_to_live ? rcf->time_to_live : 0;
	if (c->registered)
		age(p, c, RAS_AGING_REGISTERED);
}
