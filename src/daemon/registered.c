/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/registered.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/link.h"
#include "registry/table.h"

enum {
	NAMES_MAX = 1 << 21,
	CALLS_MAX = 1 << 19,
	PORTS_MAX = 65536,
	AWAIT_MS = 3000,  /* calls that come meanwhile wait in the listening sockets */
	ANSWER_MS = 2000, /* a question without answer for so long has none */
	QUESTIONS_MAX = 64,
	LOST_MS = 1000, /* at first; twice as long each time, until a registrar has told all, at most */
	LOST_MAX_MS = 32000,
	H323_PORT = 1720,
};

struct question {
	uint32_t id;
	daemon_answer_h *h;
	void *arg;
	uint64_t end_ms;
	char *text; /* so far */
	size_t n;
	bool complete;
	struct question *prev, *next;
};

struct daemon_registered {
	uv_loop_t *loop;
	uv_timer_t timer; /* questions, ports */
	uv_timer_t patience;
	uv_timer_t alone;
	uint64_t alone_ms;
	struct daemon_link *link; /* NULL: no registrar */
	struct registry *now;     /* decisions are made by it */
	struct registry *coming;  /* a new registrar has not told all yet; NULL: none is coming */
	struct daemon_registered_ports ports; /* nobody is told: no functions */
	struct registry *open;    /* ports that PORTS was told of, nothing else */
	bool ports_changed;
	uint32_t pid;             /* of the registrar; 0: none has begun to tell */
	bool whole;               /* one has told all */
	const struct daemon_registered_ops *ops;
	void *arg;
	void (*ready)(void *arg);
	void *ready_arg;
	struct question *questions;
	uint32_t n_questions, last_id;
	unsigned handles; /* timers not closed yet: the memory goes with the last */
};

static void on_timer(uv_timer_t *t);

static int table_new(const struct daemon_registered *r, struct registry **out)
{
	const struct registry_limits limits = {NAMES_MAX, CALLS_MAX, PORTS_MAX};
	uint64_t seed;
	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		seed = clock_now_ns();
	const int err = registry_new(out, &limits, seed);
	if (err == PST_OK)
		registry_watch_hosts(*out, r->ops->host, r->arg);
	return err;
}

static void be_ready(struct daemon_registered *r)
{
	void (*const ready)(void *arg) = r->ready;
	r->ready = NULL;
	uv_timer_stop(&r->patience);
	if (ready != NULL)
		ready(r->ready_arg);
}

/* ---- what the registrar says ---- */

static int begin(struct daemon_registered *r, uint32_t pid)
{
	registry_free(r->coming);
	r->coming = NULL;
	r->pid = pid;
	return table_new(r, &r->coming);
}

/* Not at once: whoever drains the link may be at work with a call that came in at one of them. */
static void ports_changed(struct daemon_registered *r)
{
	r->ports_changed = true;
	uv_timer_start(&r->timer, on_timer, 0, 0);
}

static void close_port(void *ctx, const struct addr *local)
{
	struct daemon_registered *r = ctx;
	const struct registry_msg gone = {.type = REGISTRY_PORT_GONE, .port.local = *local};
	if (registry_has_port(r->now, local))
		return;
	r->ports.close(r->ports.arg, local);
	(void)!registry_apply(r->open, &gone);
}

static void open_port(void *ctx, const struct addr *local)
{
	struct daemon_registered *r = ctx;
	const struct registry_msg there = {.type = REGISTRY_PORT, .port.local = *local};
	if (!registry_has_port(r->open, local) && registry_apply(r->open, &there) == PST_OK)
		r->ports.open(r->ports.arg, local);
}

static void follow_ports(struct daemon_registered *r)
{
	r->ports_changed = false;
	if (r->ports.open == NULL)
		return;
	registry_each_port(r->open, close_port, r);
	registry_each_port(r->now, open_port, r);
}

void daemon_registered_watch_ports(struct daemon_registered *r, const struct daemon_registered_ports *ports)
{
	r->ports = *ports;
	follow_ports(r);
}

/* A change to what decisions are made by. */
static int change(struct daemon_registered *r, const struct registry_msg *m)
{
	if (m->type == REGISTRY_PORT || m->type == REGISTRY_PORT_GONE)
		ports_changed(r);
	return registry_apply(r->now, m);
}

static int all_there(struct daemon_registered *r)
{
	if (r->coming == NULL)
		return PST_E_BAD;
	registry_free(r->now);
	r->now = r->coming;
	r->coming = NULL;
	r->whole = true;
	r->alone_ms = LOST_MS;
	r->ops->whole(r->arg);
	ports_changed(r); /* and who waits is told then, too */
	return PST_OK;
}

static int answer_part(struct daemon_registered *r, const struct registry_msg *m)
{
	struct question *q = NULL;
	DL_SEARCH_SCALAR(r->questions, q, id, m->id);
	if (q == NULL || q->complete)
		return PST_OK; /* it came too late */
	char *text = q->n + m->text.n <= REGISTRY_ANSWER_MAX ? realloc(q->text, q->n + m->text.n + 1) : NULL;
	if (text == NULL)
		return PST_E_LIMIT;
	if (m->text.n > 0)
		memcpy(text + q->n, m->text.p, m->text.n);
	q->text = text;
	q->n += m->text.n;
	q->complete = m->last;
	if (q->complete)
		uv_timer_start(&r->timer, on_timer, 0, 0);
	return PST_OK;
}

static int on_message(void *arg, const struct registry_msg *m)
{
	struct daemon_registered *r = arg;
	switch (m->type) {
	case REGISTRY_BEGIN: return begin(r, m->id);
	case REGISTRY_ALL: return all_there(r);
	case REGISTRY_ANSWER: return answer_part(r, m);
	case REGISTRY_ASK:
	case REGISTRY_LOCATE:
	case REGISTRY_SUMMON: return PST_E_BAD;
	case REGISTRY_LOCATED: r->ops->located(r->arg, m->id, &m->port.host); return PST_OK;
	case REGISTRY_LEASE:
		/* later who has which address is decided here */
		if (r->coming == NULL)
			return PST_E_BAD;
		r->ops->lease(r->arg, m->lease.key, m->lease.image);
		return PST_OK;
	default:
		if (r->coming == NULL && !r->whole)
			return PST_E_BAD;
		return r->coming != NULL ? registry_apply(r->coming, m) : change(r, m);
	}
}

static void disconnect(struct daemon_registered *r)
{
	daemon_link_free(r->link);
	r->link = NULL;
	registry_free(r->coming);
	r->coming = NULL;
	r->pid = 0;
	/* nobody answers those any more */
	struct question *q;
	DL_FOREACH(r->questions, q)
	{
		if (!q->complete)
			q->end_ms = 0;
	}
	uv_timer_start(&r->timer, on_timer, 0, 0);
}

static void on_alone(uv_timer_t *t)
{
	const struct daemon_registered *r = t->data;
	r->ops->lost(r->arg);
}

/* Where it died, the next one brings a new way; else this one has to be asked for. */
static void on_lost(void *arg)
{
	struct daemon_registered *r = arg;
	disconnect(r);
	uv_timer_start(&r->alone, on_alone, r->alone_ms, 0);
	r->alone_ms = r->alone_ms * 2 > LOST_MAX_MS ? LOST_MAX_MS : r->alone_ms * 2;
}

void daemon_registered_connect(struct daemon_registered *r, int fd)
{
	static const struct daemon_link_ops ops = {on_message, on_lost};
	disconnect(r);
	uv_timer_stop(&r->alone);
	if (daemon_link_new(&r->link, r->loop, fd, &ops, r) != PST_OK) {
		log_error("daemon", "no way to the registrar: out of memory");
		r->link = NULL;
	}
}

static void on_patience(uv_timer_t *t)
{
	struct daemon_registered *r = t->data;
	if (r->ready != NULL && !r->whole)
		log_warn("daemon", "the registrar says nothing: nobody is known as registered until it does");
	be_ready(r);
}

void daemon_registered_await(struct daemon_registered *r, void (*ready)(void *arg), void *arg)
{
	r->ready = ready;
	r->ready_arg = arg;
	uv_timer_start(&r->patience, on_patience, r->whole ? 0 : AWAIT_MS, 0);
}

void daemon_registered_tell(struct daemon_registered *r, const struct registry_msg *m)
{
	if (r->link != NULL)
		daemon_link_send(r->link, m);
}

/* ---- questions ---- */

static void question_free(struct daemon_registered *r, struct question *q)
{
	DL_DELETE(r->questions, q);
	r->n_questions--;
	free(q->text);
	free(q);
}

static void question_end(struct daemon_registered *r, struct question *q)
{
	daemon_answer_h *const h = q->h;
	void *const arg = q->arg;
	json_t *o = q->complete ? json_loadb(q->text != NULL ? q->text : "", q->n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (!json_is_object(o)) {
		json_decref(o);
		o = NULL;
	}
	question_free(r, q);
	h(arg, o);
}

static struct question *first_over(const struct daemon_registered *r, uint64_t now)
{
	struct question *q;
	DL_FOREACH(r->questions, q)
	{
		if (q->complete || q->end_ms <= now)
			return q;
	}
	return NULL;
}

/* What is complete or waited long enough ends; a handler may ask and forget. */
static void on_timer(uv_timer_t *t)
{
	struct daemon_registered *r = t->data;
	const uint64_t now = clock_now_ms();
	struct question *q;
	if (r->ports_changed)
		follow_ports(r);
	if (r->whole && r->ready != NULL)
		be_ready(r);
	for (unsigned i = 0; i < QUESTIONS_MAX && (q = first_over(r, now)) != NULL; i++)
		question_end(r, q);
	if (r->questions != NULL)
		uv_timer_start(t, on_timer, first_over(r, now) != NULL ? 0 : r->questions->end_ms - now, 0);
}

int daemon_registered_ask(
        struct daemon_registered *r, enum registry_question question, daemon_answer_h *h, void *arg, uint32_t *id)
{
	struct question *q = r->n_questions < QUESTIONS_MAX ? calloc(1, sizeof *q) : NULL;
	if (q == NULL)
		return r->n_questions < QUESTIONS_MAX ? PST_E_NOMEM : PST_E_LIMIT;
	do
		q->id = ++r->last_id;
	while (q->id == 0);
	q->h = h;
	q->arg = arg;
	q->end_ms = r->link != NULL ? clock_now_ms() + ANSWER_MS : 0;
	DL_APPEND(r->questions, q);
	r->n_questions++;
	*id = q->id;
	if (r->link != NULL)
		daemon_link_send(r->link, &(struct registry_msg){.type = REGISTRY_ASK, .id = q->id, .question = question});
	if (!uv_is_active((uv_handle_t *)&r->timer) || r->link == NULL)
		uv_timer_start(&r->timer, on_timer, r->link != NULL ? ANSWER_MS : 0, 0);
	return PST_OK;
}

void daemon_registered_forget(struct daemon_registered *r, uint32_t id)
{
	struct question *q = NULL;
	DL_SEARCH_SCALAR(r->questions, q, id, id);
	if (q != NULL)
		question_free(r, q);
}

/* ---- where to ---- */

static const struct gw_realm *realm_of(const struct conf *conf, const struct addr *a)
{
	const struct gw_realm *rest = NULL;
	for (uint32_t i = 0; i < conf->gw.n_realms; i++) {
		const struct gw_realm *r = &conf->gw.realms[i];
		if (r->n_networks == 0)
			rest = r;
		for (uint32_t j = 0; j < r->n_networks; j++) {
			if (addr_prefix_has(&r->networks[j], a))
				return r;
		}
	}
	return rest;
}

static bool leads_here(const struct conf *conf, const char *host)
{
	struct addr a;
	const bool is_address = addr_parse(&a, host, H323_PORT) == PST_OK;
	for (uint32_t i = 0; is_address && i < conf->gw.n_realms; i++) {
		if (addr_ip_eq(&conf->gw.realms[i].address, &a))
			return true;
	}
	for (uint32_t i = 0; !is_address && i < conf->gatekeeper.n_domains; i++) {
		if (strcasecmp(conf->gatekeeper.domains[i], host) == 0)
			return true;
	}
	return false;
}

bool daemon_registered_is_elsewhere(const struct conf *conf, const char *name)
{
	const struct conf_gatekeeper *k = &conf->gatekeeper;
	const char *at = strrchr(name, '@');
	struct addr a;
	return k->on && k->n_nameservers + k->n_neighbours > 0 && at != NULL && at[1] != '\0' &&
	       addr_parse(&a, at + 1, H323_PORT) != PST_OK && !leads_here(conf, at + 1);
}

/* By the whole name, or by what stands before an '@' that leads to us. */
static bool find_alias(const struct daemon_registered *r, const struct conf *conf, const char *name, uint32_t realm,
        struct addr *host)
{
	const char *at = strrchr(name, '@');
	struct addr found;
	if (!registry_find_name(r->now, REGISTRY_ALIAS, slice_str(name), &found) &&
	        (at == NULL || !leads_here(conf, at + 1) ||
	                !registry_find_name(r->now, REGISTRY_ALIAS, slice_of(name, (size_t)(at - name)), &found)))
		return false;
	const struct gw_realm *to = realm_of(conf, &found);
	if (conf->gw.realms[realm].role == GW_ROLE_OUTSIDE && (to == NULL || to->role == GW_ROLE_OUTSIDE))
		return false;
	*host = found;
	return true;
}

/* A name that a gatekeeper outside gave: whole, or before an address. */
static bool find_outside(const struct daemon_registered *r, const char *name, struct addr *host)
{
	const char *at = strrchr(name, '@');
	struct addr a;
	return registry_find_name(r->now, REGISTRY_OUTSIDE, slice_str(name), host) ||
	       (at != NULL && addr_parse(&a, at + 1, H323_PORT) == PST_OK &&
	               registry_find_name(r->now, REGISTRY_OUTSIDE, slice_of(name, (size_t)(at - name)), host));
}

/* The name, or what stands before the gateway's: "ann@example.org@gateway". */
static bool find_person(const struct daemon_registered *r, const char *name, uint32_t realm, struct addr *host)
{
	const char *at = strrchr(name, '@');
	if (!registry_find_person(r->now, slice_str(name), (uint8_t)realm, host) &&
	        (at == NULL ||
	                !registry_find_person(r->now, slice_of(name, (size_t)(at - name)), (uint8_t)realm, host)))
		return false;
	if (host->port == 0)
		host->port = H323_PORT; /* whatever a client registers, H.323 is there */
	return true;
}

bool daemon_registered_find(
        struct daemon_registered *r, const struct conf *conf, const char *name, uint32_t realm, struct addr *host)
{
	if (realm >= conf->gw.n_realms)
		return false;
	if (r->link != NULL)
		daemon_link_drain(r->link);
	if (strncasecmp(name, "h323:", 5) == 0)
		name += 5;
	return find_alias(r, conf, name, realm, host) || find_outside(r, name, host) ||
	       find_person(r, name, realm, host);
}

bool daemon_registered_find_call(struct daemon_registered *r, const struct addr *caller, struct pst_slice call_id,
        struct pst_slice conference_id, struct addr *host)
{
	if (r->link != NULL)
		daemon_link_drain(r->link);
	return registry_find_call(r->now, caller, call_id, conference_id, host);
}

bool daemon_registered_find_port(struct daemon_registered *r, const struct addr *local, struct addr *host)
{
	if (r->link != NULL)
		daemon_link_drain(r->link);
	return registry_find_port(r->now, local, host);
}

bool daemon_registered_summon(struct daemon_registered *r, const struct addr *host, const uint8_t call_id[static 16],
        const struct addr *to)
{
	struct registry_msg m = {.type = REGISTRY_SUMMON, .call = {.caller = *to, .dest = *host, .has_call_id = true}};
	if (!registry_is_behind(r->now, host))
		return false;
	memcpy(m.call.call_id, call_id, sizeof m.call.call_id);
	if (r->link != NULL)
		daemon_link_send(r->link, &m);
	return true;
}

json_t *daemon_registered_process_json(const struct daemon_registered *r)
{
	return json_pack("{s:s,s:I,s:I,s:I}", "name", "registrar", "pid", (json_int_t)r->pid, "names",
	        (json_int_t)registry_names(r->now), "calls", (json_int_t)registry_calls(r->now));
}

/* ---- life ---- */

int daemon_registered_new(
        struct daemon_registered **out, uv_loop_t *loop, const struct daemon_registered_ops *ops, void *arg)
{
	struct daemon_registered *r = calloc(1, sizeof *r);
	if (r == NULL)
		return PST_E_NOMEM;
	r->ops = ops;
	r->arg = arg;
	if (table_new(r, &r->now) != PST_OK || table_new(r, &r->open) != PST_OK) {
		registry_free(r->now);
		free(r);
		return PST_E_NOMEM;
	}
	r->loop = loop;
	r->alone_ms = LOST_MS;
	r->handles = 3;
	uv_timer_init(loop, &r->timer);
	uv_timer_init(loop, &r->patience);
	uv_timer_init(loop, &r->alone);
	r->timer.data = r->patience.data = r->alone.data = r;
	*out = r;
	return PST_OK;
}

static void on_closed(uv_handle_t *h)
{
	struct daemon_registered *r = h->data;
	if (--r->handles > 0)
		return;
	registry_free(r->now);
	registry_free(r->coming);
	registry_free(r->open);
	free(r);
}

void daemon_registered_free(struct daemon_registered *r)
{
	if (r == NULL)
		return;
	while (r->questions != NULL)
		question_free(r, r->questions);
	daemon_link_free(r->link);
	r->link = NULL;
	/* the tables go later, when nobody is there to hear of it */
	registry_watch_hosts(r->now, NULL, NULL);
	if (r->coming != NULL)
		registry_watch_hosts(r->coming, NULL, NULL);
	uv_close((uv_handle_t *)&r->timer, on_closed);
	uv_close((uv_handle_t *)&r->patience, on_closed);
	uv_close((uv_handle_t *)&r->alone, on_closed);
}
