/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plane without a network. */
#include "relay/fake.h"

#include <stdlib.h>
#include <utlist.h>

struct fake_port {
	struct relay_flow flow;
	struct relay_flow_stats stats;
	bool open;
};

struct relay_session {
	struct relay_session *prev, *next;
	struct fake_plane *plane;
	struct addr local[RELAY_LEGS]; /* with the RTP port */
	struct fake_port ports[RELAY_LEGS][RELAY_PARTS];
	bool hides[RELAY_LEGS];
};

struct relay_range {
	struct relay_range *prev, *next;
	struct fake_plane *plane;
	struct relay_range_plan plan;
	struct relay_range_stats stats[RELAY_LEGS];
};

struct fake_plane {
	struct relay_session *list;
	struct relay_range *ranges;
	uint32_t sessions, sessions_max;
	uint32_t turn; /* the next pair */
	uint16_t first;
	uint32_t fail_after;
	int fail;
};

static bool pair_taken(const struct fake_plane *f, uint16_t port)
{
	const struct relay_session *s;
	for (s = f->list; s != NULL; s = s->next)
		if (s->local[0].port == port)
			return true;
	return false;
}

static int session_open(void *plane, const struct addr local[RELAY_LEGS], struct relay_session **out)
{
	struct fake_plane *f = plane;
	if (f->fail && f->fail_after-- == 0) {
		f->fail_after = 0;
		return f->fail;
	}
	if (addr_ip_len(&local[0]) == 0 || addr_ip_len(&local[1]) == 0)
		return PST_E_ARG;
	if (f->sessions == f->sessions_max)
		return PST_E_SPACE;
	struct relay_session *s = calloc(1, sizeof *s);
	if (s == NULL)
		return PST_E_NOMEM;
	/* each session has four ports of its own, so that two legs on one address differ */
	uint16_t port;
	do {
		port = (uint16_t)(f->first + 4 * (f->turn++ % f->sessions_max));
	} while (pair_taken(f, port));
	for (int leg = 0; leg < RELAY_LEGS; leg++)
		s->local[leg] = addr_with_port(local[leg], (uint16_t)(port + 2 * leg));
	s->plane = f;
	DL_PREPEND(f->list, s);
	f->sessions++;
	*out = s;
	return 0;
}

static void session_close(struct relay_session *s)
{
	DL_DELETE(s->plane->list, s);
	s->plane->sessions--;
	free(s);
}

static struct addr session_local(const struct relay_session *s, int leg, enum relay_part part)
{
	return addr_with_port(s->local[leg], (uint16_t)(s->local[leg].port + part));
}

static int flow_set(
	struct relay_session *s, int from_leg, enum relay_part part, const struct relay_flow *flow)
{
	struct fake_port *p = &s->ports[from_leg][part];
	if (!relay_flow_good(flow, &s->local[from_leg], &s->local[!from_leg]))
		return PST_E_ARG;
	if (!p->open || !addr_eq(&p->flow.from, &flow->from))
		p->stats.source = flow->from.port != 0 ? flow->from : (struct addr){ 0 };
	p->flow = *flow;
	p->open = true;
	return 0;
}

static void session_hide(struct relay_session *s, int from_leg)
{
	s->hides[from_leg] = true;
}

static void flow_clear(struct relay_session *s, int from_leg, enum relay_part part)
{
	s->ports[from_leg][part].open = false;
	s->ports[from_leg][part].stats.source = (struct addr){ 0 };
}

static void flow_stats(
	const struct relay_session *s, int from_leg, enum relay_part part, struct relay_flow_stats *out)
{
	*out = s->ports[from_leg][part].stats;
}

static bool range_taken(const struct fake_plane *f, const struct relay_range_plan *plan)
{
	const struct relay_range *r;
	for (r = f->ranges; r != NULL; r = r->next)
		for (int i = 0; i < RELAY_LEGS * RELAY_LEGS; i++) {
			const int a = i / RELAY_LEGS, b = i % RELAY_LEGS;
			if (addr_ip_eq(&r->plan.host[a], &plan->host[b]) && addr_ip_eq(&r->plan.local[a], &plan->local[b]))
				return true;
		}
	return false;
}

static int range_open(void *plane, const struct relay_range_plan *plan, struct relay_range **out)
{
	struct fake_plane *f = plane;
	if (f->fail && f->fail_after-- == 0) {
		f->fail_after = 0;
		return f->fail;
	}
	if (!relay_range_plan_good(plan))
		return PST_E_ARG;
	if (range_taken(f, plan))
		return PST_E_BUSY;
	struct relay_range *r = calloc(1, sizeof *r);
	if (r == NULL)
		return PST_E_NOMEM;
	r->plane = f;
	r->plan = *plan;
	DL_PREPEND(f->ranges, r);
	*out = r;
	return 0;
}

static void range_stats(const struct relay_range *r, int from_leg, struct relay_range_stats *out)
{
	*out = r->stats[from_leg];
}

static void range_close(struct relay_range *r)
{
	DL_DELETE(r->plane->ranges, r);
	free(r);
}

static void usage(const void *plane, uint32_t *sessions, uint32_t *sessions_max)
{
	const struct fake_plane *f = plane;
	*sessions = f->sessions;
	*sessions_max = f->sessions_max;
}

static const struct relay_ops fake_ops = {
	.name = "fake",
	.session_open = session_open,
	.session_local = session_local,
	.flow_set = flow_set,
	.session_hide = session_hide,
	.flow_clear = flow_clear,
	.flow_stats = flow_stats,
	.session_close = session_close,
	.range_open = range_open,
	.range_stats = range_stats,
	.range_close = range_close,
	.usage = usage,
};

int relay_fake_new(struct relay *out, uint16_t first, uint32_t sessions_max)
{
	const uint16_t even = (uint16_t)(first + (first & 1));
	const uint32_t most = (65536u - even) / 4;
	struct fake_plane *f = calloc(1, sizeof *f);
	if (f == NULL)
		return PST_E_NOMEM;
	f->first = even;
	f->sessions_max = sessions_max < most ? sessions_max : most;
	*out = (struct relay){ &fake_ops, f };
	/* cppcheck-suppress memleak ; *out has it, until relay_fake_free() */
	return 0;
}

uint32_t relay_fake_free(struct relay *relay)
{
	struct fake_plane *f = relay->plane;
	uint32_t left = f->sessions;
	for (; f->ranges != NULL; left++)
		range_close(f->ranges);
	while (f->list != NULL)
		session_close(f->list);
	free(f);
	*relay = (struct relay){ 0 };
	return left;
}

void relay_fake_fail(struct relay *relay, uint32_t n, int err)
{
	struct fake_plane *f = relay->plane;
	f->fail_after = n;
	f->fail = err;
}

struct relay_session *relay_fake_next(const struct relay *relay, const struct relay_session *s)
{
	const struct fake_plane *f = relay->plane;
	return s == NULL ? f->list : s->next;
}

struct relay_session *relay_fake_find(
	const struct relay *relay, const struct addr *local, int *leg, enum relay_part *part)
{
	for (struct relay_session *s = relay_fake_next(relay, NULL); s != NULL; s = s->next)
		for (int i = 0; i < RELAY_LEGS * RELAY_PARTS; i++) {
			const struct addr a =
				session_local(s, i / RELAY_PARTS, (enum relay_part)(i % RELAY_PARTS));
			if (!addr_eq(&a, local))
				continue;
			*leg = i / RELAY_PARTS;
			*part = (enum relay_part)(i % RELAY_PARTS);
			return s;
		}
	return NULL;
}

const struct relay_flow *relay_fake_flow(const struct relay_session *s, int from_leg, enum relay_part part)
{
	const struct fake_port *p = &s->ports[from_leg][part];
	return p->open ? &p->flow : NULL;
}

bool relay_fake_hides(const struct relay_session *s, int from_leg)
{
	return s->hides[from_leg];
}

bool relay_fake_packet(struct relay_session *s, int leg, enum relay_part part, const struct addr *from,
	size_t bytes, uint64_t now_ms, struct addr *to)
{
	struct fake_port *p = &s->ports[leg][part];
	const bool known = p->stats.source.port != 0;
	if (!p->open || !addr_ip_eq(&p->flow.from, from) || from->port == 0 ||
		(known && p->stats.source.port != from->port)) {
		p->stats.refused++;
		return false;
	}
	p->stats.source = *from;
	if (p->flow.to.family == ADDR_NONE)
		return false;
	p->stats.packets++;
	p->stats.bytes += bytes;
	p->stats.last_ms = now_ms;
	if (to != NULL)
		*to = p->flow.to;
	return true;
}

struct relay_range *relay_fake_next_range(const struct relay *relay, const struct relay_range *r)
{
	const struct fake_plane *f = relay->plane;
	return r == NULL ? f->ranges : r->next;
}

const struct relay_range_plan *relay_fake_range(const struct relay_range *r)
{
	return &r->plan;
}

void relay_fake_range_packet(struct relay_range *r, int from_leg, size_t bytes, uint64_t now_ms)
{
	struct relay_range_stats *s = &r->stats[from_leg];
	s->packets++;
	s->bytes += bytes;
	s->last_ms = now_ms;
	s->flows = 1;
}
