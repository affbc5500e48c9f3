/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A conference node: events in, actions out, and the provider's callbacks in between. */
#include "conference/conference_int.h"

#include "t125/msg.h"

enum { SETUP_MS = 20000, NODES = 256, ENTRIES = 1024, SDU = 1 << 20 };

/* ---- actions and the queue */

struct conference_action *conference_act(struct conference *c, enum conference_action_type type)
{
	static const struct conference_action none;
	struct conference_action *a = ARENA_NEW(&c->arena, struct conference_action);
	if (a == NULL)
		return NULL;
	*a = none;
	a->type = type;
	a->name = a->text = "";
	if (c->last != NULL)
		c->last->next = a;
	else
		c->first = a;
	c->last = a;
	return a;
}

const struct conference_action *conference_actions(const struct conference *c)
{
	return c->first;
}

const char *conference_dup(struct conference *c, const char *text)
{
	const char *p = arena_dup(&c->arena, text, strlen(text) + 1);
	return p != NULL ? p : "";
}

void conference_begin(struct conference *c)
{
	c->first = c->last = NULL;
	c->queue = c->queue_last = NULL;
	arena_reset(&c->arena);
}

static int app_of(const struct conference *c, unsigned local)
{
	for (unsigned i = 0; i < CONFERENCE_APPS; i++)
		if (c->apps[i].state != APP_FREE && c->apps[i].local == local)
			return (int)i;
	return -1;
}

void conference_run(struct conference *c)
{
	while (c->queue != NULL) {
		const struct queued *q = c->queue;
		struct t125_data d;
		c->queue = q->next;
		if (c->queue == NULL)
			c->queue_last = NULL;
		const int app = app_of(c, q->local);
		if (t125_data_read(&d, &q->pdu))
			conference_data(c, q->local, &d);
		else if (c->state != GCC_NONE && q->local == c->local)
			gcc_local(c, &q->pdu);
		else if (app >= 0)
			app_local(c, (unsigned)app, &q->pdu);
	}
	if (c->roster_changed && c->state == GCC_IN)
		conference_act(c, CONFERENCE_ROSTER);
	c->roster_changed = false;
}

/* ---- the provider's callbacks */

static void on_send(void *arg, unsigned link, struct pst_slice octets)
{
	struct conference_action *a = conference_act(arg, CONFERENCE_SEND);
	if (a == NULL)
		return;
	a->link = link;
	a->octets = octets; /* from our arena */
}

static void on_close(void *arg, unsigned link)
{
	struct conference_action *a = conference_act(arg, CONFERENCE_CLOSE);
	if (a != NULL)
		a->link = link;
}

static void on_timer(void *arg, unsigned link, bool start)
{
	struct conference *c = arg;
	struct conference_action *a =
		conference_act(c, start ? CONFERENCE_TIMER_START : CONFERENCE_TIMER_STOP);
	if (a == NULL)
		return;
	a->link = link;
	a->ms = c->setup_ms;
}

static void on_asked(void *arg, unsigned conn, const struct mcs_connect_initial *m)
{
	gcc_asked(arg, conn, m);
}

static void on_answered(void *arg, unsigned conn, uint32_t result, struct pst_slice user_data)
{
	gcc_answered(arg, conn, result, user_data);
}

static void on_gone(void *arg, unsigned conn, bool up, uint32_t reason)
{
	struct conference *c = arg;
	struct conference_action *a = conference_act(c, CONFERENCE_GONE);
	if (a != NULL) {
		a->conn = conn;
		a->result = reason;
	}
	c->calls[conn] = (struct call){ 0 };
	if (!up)
		return;
	conference_run(c); /* what came before is still for those who will not be there afterwards */
	gcc_end(c, "the connection to the provider above ended");
}

/* A deep copy of what may be in these PDUs: they point into what their caller has on its stack. */
static bool copy_pdu(struct conference *c, t125_pdu *to, const t125_pdu *from)
{
	const struct asn1_type *t = mcs_domain_mcspdu_type.fields[from->choice].type;
	uint8_t *p = arena_dup(&c->arena, from->u.plumb_domain_indication, t->size);
	to->choice = from->choice;
	to->u.plumb_domain_indication = (void *)p; /* every alternative is a pointer */
	for (unsigned i = 0; p != NULL && i < t->n_fields; i++) {
		const struct asn1_field *f = &t->fields[i];
		if (f->type->kind == ASN1_OCTET_STRING) {
			struct pst_slice *s = (void *)(p + f->offset);
			s->p = arena_dup(&c->arena, s->p, s->n);
			s->n = s->p != NULL ? s->n : 0;
		} else if (f->type->kind == ASN1_BIT_STRING) {
			struct asn1_bits *b = (void *)(p + f->offset);
			b->p = arena_dup(&c->arena, b->p, (b->n_bits + 7) / 8);
			b->n_bits = b->p != NULL ? b->n_bits : 0;
		} else if (f->type->kind == ASN1_SEQUENCE_OF) {
			struct asn1_list *l = (void *)(p + f->offset);
			l->v = arena_dup(&c->arena, l->v, l->n * f->type->element->size);
			l->n = l->v != NULL ? l->n : 0;
		}
	}
	return p != NULL;
}

static void on_local(void *arg, unsigned local, const t125_pdu *m)
{
	struct conference *c = arg;
	struct queued *q = ARENA_NEW(&c->arena, struct queued);
	if (q == NULL || !copy_pdu(c, &q->pdu, m))
		return;
	q->local = local;
	if (c->queue_last != NULL)
		c->queue_last->next = q;
	else
		c->queue = q;
	c->queue_last = q;
}

static void on_trace(void *arg, unsigned link, bool sent, const char *text)
{
	struct conference *c = arg;
	struct conference_action *a = c->tracing ? conference_act(c, CONFERENCE_TRACE) : NULL;
	if (a == NULL)
		return;
	a->link = link;
	a->sent = sent;
	a->text = conference_dup(c, text);
}

static const struct mcs_owner owner = { on_send, on_close, on_timer, on_asked, on_answered, on_gone, on_local,
	on_trace };

/* ---- data: segments become one piece */

static void deliver(struct conference *c, unsigned local, const struct t125_data *d, struct pst_slice octets)
{
	if (local == c->local) {
		gcc_received(c, d->initiator, d->channel, octets);
		return;
	}
	const int app = app_of(c, local);
	struct conference_action *a =
		app >= 0 && c->apps[app].state == APP_READY ? conference_act(c, CONFERENCE_APP_DATA) : NULL;
	if (a == NULL)
		return;
	a->app = (unsigned)app;
	a->user = d->initiator;
	a->node = conference_user_node(c, d->initiator);
	a->channel = d->channel;
	a->uniform = d->uniform;
	a->octets = octets;
}

static void partial_drop(struct conference *c, struct partial *p)
{
	HASH_DEL(c->partials, p);
	c->n_partial -= p->n;
	free(p->p);
	free(p);
}

void conference_partials_drop(struct conference *c, uint16_t user)
{
	struct partial *p, *p2;
	HASH_ITER (hh, c->partials, p, p2)
		if (user == 0 || p->key.user == user)
			partial_drop(c, p);
}

static bool partial_add(struct conference *c, struct partial *p, struct pst_slice octets)
{
	if (p->n + octets.n > c->max_sdu || c->n_partial + octets.n > (size_t)c->max_sdu * PARTIALS_SDUS)
		return false;
	if (p->n + octets.n > p->cap) {
		const size_t cap = (p->n + octets.n) * 2;
		uint8_t *more = realloc(p->p, cap);
		if (more == NULL)
			return false;
		p->p = more;
		p->cap = cap;
	}
	if (octets.n > 0)
		memcpy(p->p + p->n, octets.p, octets.n);
	p->n += octets.n;
	c->n_partial += octets.n;
	return true;
}

void conference_data(struct conference *c, unsigned local, const struct t125_data *d)
{
	const struct partial_key key = { (uint16_t)local, d->initiator, d->channel, d->priority };
	struct partial *p;
	HASH_FIND(hh, c->partials, &key, sizeof key, p);
	if (p != NULL && d->begin) { /* the one before never ended */
		partial_drop(c, p);
		p = NULL;
	}
	if (p == NULL && d->begin && d->end) {
		deliver(c, local, d, d->octets);
		return;
	}
	if (p == NULL) {
		if (!d->begin || HASH_COUNT(c->partials) >= PARTIALS_MAX)
			return;
		p = calloc(1, sizeof *p);
		if (p == NULL)
			return;
		p->key = key;
		HASH_ADD(hh, c->partials, key, sizeof p->key, p);
	}
	if (!partial_add(c, p, d->octets)) {
		partial_drop(c, p);
		return;
	}
	if (!d->end)
		return;
	const uint8_t *octets = arena_dup(&c->arena, p->p, p->n);
	const size_t n = p->n;
	partial_drop(c, p);
	if (octets != NULL)
		deliver(c, local, d, slice_of(octets, n));
}

/* ---- life */

static char *dup_or_null(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

int conference_new(struct conference **out, const struct conference_config *config)
{
	struct conference *c = calloc(1, sizeof *c);
	struct pst_slice name;
	if (c == NULL)
		return PST_E_NOMEM;
	arena_init(&c->arena, 0);
	const struct mcs_config mcs = { config->offer != NULL ? *config->offer : t125_offer_default(), &owner,
		c };
	c->node_name = dup_or_null(config->node_name != NULL ? config->node_name : "");
	c->password = dup_or_null(config->password);
	c->call_password = dup_or_null(config->call_password);
	c->max_nodes = config->max_nodes != 0 ? config->max_nodes : NODES;
	c->max_entries = config->max_entries != 0 ? config->max_entries : ENTRIES;
	c->max_sdu = config->max_sdu != 0 ? config->max_sdu : SDU;
	c->setup_ms = config->setup_ms != 0 ? config->setup_ms : SETUP_MS;
	c->mcu = config->mcu;
	c->tracing = config->trace;
	c->up = -1;
	c->local = MCS_LOCALS;
	int err = c->node_name == NULL ? PST_E_NOMEM : mcs_new(&c->mcs, &mcs, &c->arena);
	if (err == 0 && t124_text_write(&name, c->node_name, &c->arena) != 0)
		err = PST_E_ARG;
	if (err != 0) {
		conference_free(c);
		return err;
	}
	*out = c;
	return 0;
}

void conference_free(struct conference *c)
{
	if (c == NULL)
		return;
	conference_partials_drop(c, 0);
	gcc_roster_free(c);
	gcc_registry_free(c);
	mcs_free(c->mcs);
	arena_free(&c->arena);
	free(c->node_name);
	free(c->password);
	free(c->call_password);
	free(c);
}

/* ---- events */

int conference_incoming(struct conference *c, unsigned link)
{
	conference_begin(c);
	return mcs_link_incoming(c->mcs, link);
}

int conference_call(
	struct conference *c, unsigned link, enum conference_how how, const char *name, unsigned *conn)
{
	struct call call = { .used = true, .ours = true, .how = how };
	unsigned i = 0;
	conference_begin(c);
	if (how == CONFERENCE_INVITE)
		call.name = c->name;
	else if (how != CONFERENCE_QUERY && !gcc_name_parse(&call.name, name))
		return PST_E_ARG;
	if (how == CONFERENCE_INVITE ? c->state != GCC_IN : how != CONFERENCE_QUERY && c->state != GCC_NONE)
		return PST_E_STATE;
	for (unsigned k = 0; k < MCS_CONNS; k++) /* one of these at a time: both would end above us */
		if (how != CONFERENCE_INVITE && how != CONFERENCE_QUERY && c->calls[k].used &&
			c->calls[k].ours && !c->calls[k].open && c->calls[k].how < CONFERENCE_INVITE)
			return PST_E_BUSY;
	call.tag = ++c->next_tag;
	const struct pst_slice data = gcc_call_data(c, &call);
	if (data.n == 0)
		return PST_E_ARG;
	const int err =
		mcs_connect(c->mcs, link, how == CONFERENCE_CREATE || how == CONFERENCE_JOIN, data, &i);
	if (err != 0)
		return err;
	c->calls[i] = call;
	if (conn != NULL)
		*conn = i;
	return 0;
}

void conference_connected(struct conference *c, unsigned link)
{
	conference_begin(c);
	mcs_link_connected(c->mcs, link);
	conference_run(c);
}

void conference_received(struct conference *c, unsigned link, struct pst_slice octets)
{
	conference_begin(c);
	mcs_link_received(c->mcs, link, octets);
	conference_run(c);
}

void conference_closed(struct conference *c, unsigned link)
{
	conference_begin(c);
	mcs_link_closed(c->mcs, link);
	conference_run(c);
}

void conference_timeout(struct conference *c, unsigned link)
{
	conference_begin(c);
	mcs_link_timeout(c->mcs, link);
	conference_run(c);
}

void conference_answer(struct conference *c, unsigned conn, bool accept)
{
	conference_begin(c);
	if (conn < MCS_CONNS && c->calls[conn].used && !c->calls[conn].ours && !c->calls[conn].open)
		gcc_answer(c, conn, accept);
	conference_run(c);
}

void conference_hang_up(struct conference *c, unsigned conn)
{
	conference_begin(c);
	if (conn >= MCS_CONNS || !c->calls[conn].used)
		return;
	const bool up = (int)conn == c->up;
	c->calls[conn] = (struct call){ 0 };
	mcs_disconnect(c->mcs, conn, MCS_REASON_RN_USER_REQUESTED);
	if (up)
		gcc_end(c, "we left");
	conference_run(c);
}

int conference_create(struct conference *c, const char *name)
{
	struct conf_name parsed;
	conference_begin(c);
	if (c->state != GCC_NONE)
		return PST_E_STATE;
	if (!gcc_name_parse(&parsed, name))
		return PST_E_ARG;
	c->name = parsed;
	gcc_start(c, true);
	conference_run(c);
	return 0;
}

/* ---- looking in */

bool conference_in(const struct conference *c)
{
	return c->state == GCC_IN;
}

uint16_t conference_self(const struct conference *c)
{
	return c->node;
}

uint16_t conference_top(const struct conference *c)
{
	return c->top_node;
}

void conference_counts(
	const struct conference *c, unsigned *entries, unsigned *users, unsigned *channels, unsigned *tokens)
{
	*entries = c->n_registry;
	mcs_counts(c->mcs, users, channels, tokens);
}
