/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated network of conference nodes. */
#include "sim.h"

#include <stdio.h>

uint32_t sim_random(struct sim *s, uint32_t n)
{
	s->rng ^= s->rng >> 12;
	s->rng ^= s->rng << 25;
	s->rng ^= s->rng >> 27;
	return (uint32_t)((s->rng * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % n;
}

void sim_init(struct sim *s, uint64_t seed)
{
	memset(s, 0, sizeof *s);
	s->rng = seed | 1;
}

void sim_node(struct sim *s, unsigned i, const struct conference_config *config)
{
	char name[16];
	snprintf(name, sizeof name, "node %u", i);
	const struct conference_config usual = { .node_name = name };
	assert_int_equal(conference_new(&s->nodes[i].c, config != NULL ? config : &usual), 0);
	s->nodes[i].called = -1;
}

void sim_free(struct sim *s)
{
	for (unsigned i = 0; i < SIM_NODES; i++)
		conference_free(s->nodes[i].c);
	for (unsigned i = 0; i < SIM_CABLES; i++)
		for (unsigned k = 0; k < 2; k++)
			free(s->cables[i].end[k].out), free(s->cables[i].through[k].p);
	memset(s, 0, sizeof *s);
}

static struct sim_end *end_of(struct sim *s, unsigned node, unsigned link, struct sim_end **other)
{
	for (unsigned i = 0; i < SIM_CABLES; i++)
		for (unsigned k = 0; s->cables[i].used && k < 2; k++)
			if (s->cables[i].end[k].node == (int)node && s->cables[i].end[k].link == link) {
				*other = &s->cables[i].end[1 - k];
				return &s->cables[i].end[k];
			}
	return NULL;
}

static unsigned free_link(struct sim *s, unsigned node)
{
	struct sim_end *other;
	unsigned link = 0;
	while (end_of(s, node, link, &other) != NULL)
		link++;
	assert_true(link < CONFERENCE_LINKS);
	return link;
}

static void app_data(struct sim_app *app, const struct conference_action *a)
{
	const size_t have = strlen(app->got);
	for (size_t i = 0; i < a->octets.n; i++)
		app->sum += (app->octets + i + 1) * a->octets.p[i];
	app->octets += a->octets.n;
	if (a->octets.n < 64 && have + a->octets.n + 2 < sizeof app->got)
		snprintf(app->got + have, sizeof app->got - have, "|%.*s", (int)a->octets.n,
			(const char *)a->octets.p);
}

static void one(struct sim *s, unsigned i, const struct conference_action *a, bool *asked, unsigned *conn)
{
	struct sim_node *n = &s->nodes[i];
	struct sim_end *other = NULL, *end;
	switch (a->type) {
	case CONFERENCE_SEND:
		end = end_of(s, i, a->link, &other);
		if (end == NULL) {
			fail_msg("node %u has no connection %u", i, a->link);
			return;
		}
		assert_false(end->closing);
		if (s->tap != NULL && other->node >= 0)
			s->tap(s, (int)i, other->node, a->octets);
		if (end->n + a->octets.n > end->cap) {
			end->cap = (end->n + a->octets.n) * 2;
			end->out = realloc(end->out, end->cap);
			assert_non_null(end->out);
		}
		memcpy(end->out + end->n, a->octets.p, a->octets.n);
		end->n += a->octets.n;
		break;
	case CONFERENCE_CLOSE:
		end = end_of(s, i, a->link, &other);
		if (end == NULL) {
			fail_msg("node %u has no connection %u", i, a->link);
			return;
		}
		assert_false(n->timers[a->link]);
		end->node = -1;
		end->closing = true;
		break;
	case CONFERENCE_TIMER_START: n->timers[a->link] = true; break;
	case CONFERENCE_TIMER_STOP: n->timers[a->link] = false; break;
	case CONFERENCE_ASKED:
		*asked = true;
		*conn = a->conn;
		break;
	case CONFERENCE_CALLED:
		n->called = a->ok;
		snprintf(n->why, sizeof n->why, "%s", a->text);
		break;
	case CONFERENCE_LISTED:
		n->listed++;
		snprintf(n->listed_name, sizeof n->listed_name, "%s", a->name);
		break;
	case CONFERENCE_JOINED:
		n->joined++;
		snprintf(n->joined_name, sizeof n->joined_name, "%s", a->name);
		break;
	case CONFERENCE_ROSTER: n->rosters++; break;
	case CONFERENCE_APP_READY:
		n->apps[a->app].ready = true;
		n->apps[a->app].user = a->user;
		n->apps[a->app].channel = a->channel;
		break;
	case CONFERENCE_APP_FAILED: n->apps[a->app].failed = true; break;
	case CONFERENCE_APP_LOST:
		n->apps[a->app].more = n->apps[a->app].more == a->channel ? 0 : n->apps[a->app].more;
		break;
	case CONFERENCE_APP_CONVENED:
	case CONFERENCE_APP_CHANNEL: n->apps[a->app].more = a->ok ? a->channel : 0; break;
	case CONFERENCE_APP_HANDLES:
		n->apps[a->app].first = a->ok ? a->first : 0;
		n->apps[a->app].count = a->ok ? a->count : 0;
		break;
	case CONFERENCE_APP_TOKEN: n->apps[a->app].token = a->ok ? a->token : 0; break;
	case CONFERENCE_APP_DATA: app_data(&n->apps[a->app], a); break;
	case CONFERENCE_TEXT: snprintf(n->text, sizeof n->text, "%s", a->text); break;
	case CONFERENCE_CONDUCTED: n->conductor = a->node; break;
	case CONFERENCE_GONE: n->gone++; break;
	case CONFERENCE_ENDED: n->ended++; break;
	case CONFERENCE_TRACE: break;
	}
}

void sim_do(struct sim *s, unsigned i)
{
	bool asked = false;
	unsigned conn = 0;
	for (const struct conference_action *a = conference_actions(s->nodes[i].c); a != NULL; a = a->next)
		one(s, i, a, &asked, &conn);
	if (!asked)
		return;
	conference_answer(s->nodes[i].c, conn, !s->nodes[i].reject);
	sim_do(s, i);
}

int sim_dial(struct sim *s, unsigned a, unsigned b, enum conference_how how, const char *name)
{
	unsigned i = 0;
	while (s->cables[i].used)
		i++;
	assert_true(i < SIM_CABLES);
	const unsigned la = free_link(s, a), lb = free_link(s, b);
	s->nodes[a].called = -1;
	if (conference_call(s->nodes[a].c, la, how, name, NULL) != 0) {
		sim_do(s, a);
		return -1;
	}
	s->cables[i] = (struct sim_cable){ .used = true,
		.end = { { .node = (int)a, .link = la }, { .node = (int)b, .link = lb } } };
	sim_do(s, a);
	assert_int_equal(conference_incoming(s->nodes[b].c, lb), 0);
	sim_do(s, b);
	conference_connected(s->nodes[a].c, la);
	sim_do(s, a);
	return (int)i;
}

void sim_emit(void *arg, enum follow_dir dir, struct pst_slice octets)
{
	struct sim_cable *c = arg;
	uint8_t *more = realloc(c->through[dir].p, c->through[dir].n + octets.n + 1);
	assert_non_null(more);
	c->through[dir].p = more;
	memcpy(more + c->through[dir].n, octets.p, octets.n);
	c->through[dir].n += octets.n;
}

static void deliver(struct sim *s, struct sim_end *to, struct pst_slice octets)
{
	if (to->node < 0 || octets.n == 0)
		return;
	const unsigned node = (unsigned)to->node;
	conference_received(s->nodes[node].c, to->link, octets);
	sim_do(s, node);
}

/* One end's octets, or its close, move. True when anything did. */
static bool step(struct sim *s)
{
	struct {
		unsigned cable, end;
	} may[SIM_CABLES * 2];
	unsigned n = 0;
	for (unsigned i = 0; i < SIM_CABLES; i++)
		for (unsigned k = 0; s->cables[i].used && k < 2; k++)
			if (s->cables[i].end[k].n > 0 || s->cables[i].end[k].closing) {
				may[n].cable = i;
				may[n++].end = k;
			}
	if (n == 0)
		return false;
	const unsigned pick = sim_random(s, n);
	struct sim_cable *c = &s->cables[may[pick].cable];
	struct sim_end *from = &c->end[may[pick].end], *to = &c->end[1 - may[pick].end];
	if (from->n == 0) {
		if (to->node >= 0) {
			const unsigned node = (unsigned)to->node;
			to->node = -1;
			s->nodes[node].timers[to->link] = false;
			conference_closed(s->nodes[node].c, to->link);
			s->nodes[node].timers[to->link] = false;
			sim_do(s, node);
		}
		for (unsigned k = 0; k < 2; k++)
			free(c->end[k].out), free(c->through[k].p);
		memset(c, 0, sizeof *c);
		return true;
	}
	const size_t most = from->n > 3000 || s->whole ? from->n : 1 + sim_random(s, (uint32_t)from->n);
	uint8_t *octets = malloc(most);
	assert_non_null(octets);
	memcpy(octets, from->out, most);
	from->n -= most;
	memmove(from->out, from->out + most, from->n);
	if (c->follow != NULL) {
		assert_int_equal(
			follow_octets(c->follow, (enum follow_dir)may[pick].end, slice_of(octets, most)), 0);
		for (unsigned k = 0; k < 2; k++)
			deliver(s, &c->end[1 - k], slice_of(c->through[k].p, c->through[k].n));
		for (unsigned k = 0; k < 2; k++)
			c->through[k].n = 0;
	} else {
		deliver(s, to, slice_of(octets, most));
	}
	free(octets);
	return true;
}

void sim_run(struct sim *s)
{
	unsigned steps = 0;
	while (step(s))
		assert_true(++steps < 1000000);
}

bool sim_call(struct sim *s, unsigned a, unsigned b, enum conference_how how, const char *name)
{
	if (sim_dial(s, a, b, how, name) < 0)
		return false;
	sim_run(s);
	return s->nodes[a].called == 1;
}

void sim_cut(struct sim *s, int cable)
{
	struct sim_cable *c = &s->cables[cable];
	for (unsigned k = 0; k < 2; k++) {
		const int node = c->end[k].node;
		c->end[k].node = -1;
		if (node < 0)
			continue;
		conference_closed(s->nodes[node].c, c->end[k].link);
		s->nodes[node].timers[c->end[k].link] = false;
		sim_do(s, (unsigned)node);
	}
	for (unsigned k = 0; k < 2; k++)
		free(c->end[k].out), free(c->through[k].p);
	memset(c, 0, sizeof *c);
}

unsigned sim_app_open(struct sim *s, unsigned i, enum t124_app app)
{
	const struct gcc_key key = t124_app_key(app);
	unsigned n = 0;
	assert_int_equal(conference_app_open(s->nodes[i].c, &key, &n), 0);
	memset(&s->nodes[i].apps[n], 0, sizeof s->nodes[i].apps[n]);
	sim_do(s, i);
	return n;
}

void sim_app_say(struct sim *s, unsigned i, unsigned app, const char *text, bool uniform)
{
	conference_app_send(s->nodes[i].c, app, 0, MCS_DATA_PRIORITY_LOW, uniform, slice_str(text));
	sim_do(s, i);
}
