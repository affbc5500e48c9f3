/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File transfer machines in one session: a domain of users and channels that delivers at once, and time by
 * hand. */
/* cmocka wants these before it */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "conference/mbft.h"

enum {
	NODES = 4,
	CHANNELS = 64,
	LOG = 4096,
	QUEUE = 4096,
	FILE_MAX = 1 << 20,
	CONTROL = T127_CHANNEL_CONTROL
};

enum kind { GOT, JOINED, CONVENED, LOST };

struct event {
	enum kind kind;
	unsigned node;
	uint16_t user, channel, requested;
	bool ok;
	uint8_t *p;
	size_t n;
};

struct channel {
	uint16_t id, manager; /* manager 0: assigned */
	bool in[NODES], admitted[NODES];
};

struct node {
	struct mbft *m;
	bool deaf;     /* answers no offer */
	bool refuses;  /* rejects offers */
	bool cannot;   /* cannot store */
	bool supplies; /* what is asked for */
	bool silent;   /* about what is asked for */
	uint8_t *file;
	size_t n_file;
	char log[LOG]; /* what it was told, behind each other */
	unsigned last_id, sent;
};

struct session {
	struct node nodes[NODES];
	struct channel channels[CHANNELS];
	struct event queue[QUEUE];
	unsigned head, tail;
	uint16_t next;
	uint64_t now_ms;
	bool no_channels;
};

static uint16_t user_of(unsigned node)
{
	return (uint16_t)(1001 + node);
}

static void logf_(struct node *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void logf_(struct node *n, const char *fmt, ...)
{
	va_list ap;
	const size_t at = strlen(n->log);
	va_start(ap, fmt);
	vsnprintf(n->log + at, LOG - at, fmt, ap);
	va_end(ap);
}

static struct channel *channel_of(struct session *s, uint16_t id)
{
	for (unsigned i = 0; i < CHANNELS; i++)
		if (s->channels[i].id == id && id != 0)
			return &s->channels[i];
	return NULL;
}

static struct channel *channel_new(struct session *s, uint16_t manager)
{
	for (unsigned i = 0; i < CHANNELS && !s->no_channels; i++)
		if (s->channels[i].id == 0) {
			s->channels[i] = (struct channel){ .id = s->next++, .manager = manager };
			return &s->channels[i];
		}
	return NULL;
}

static struct event *post(struct session *s, enum kind kind, unsigned node)
{
	struct event *e = &s->queue[s->tail++ % QUEUE];
	assert_true(s->tail - s->head < QUEUE);
	*e = (struct event){ .kind = kind, .node = node };
	return e;
}

static void post_data(
	struct session *s, unsigned to, unsigned from, uint16_t channel, struct pst_slice octets)
{
	struct event *e = post(s, GOT, to);
	e->user = user_of(from);
	e->channel = channel;
	e->p = malloc(octets.n + 1);
	e->n = octets.n;
	memcpy(e->p, octets.p, octets.n);
}

/* What a machine's owner is in from the beginning, and has to stay in. */
static bool is_own(unsigned node, uint16_t channel)
{
	return channel == CONTROL || channel == T127_CHANNEL_DATA || channel == user_of(node);
}

static void send(struct session *s, unsigned from, uint16_t channel, struct pst_slice octets)
{
	const struct channel *c = channel_of(s, channel);
	s->nodes[from].sent++;
	for (unsigned i = 0; i < NODES; i++)
		if (i != from && s->nodes[i].m != NULL &&
			(is_own(i, channel) || (c != NULL && c->in[i])))
			post_data(s, i, from, channel, octets);
}

static void join(struct session *s, unsigned node, uint16_t channel)
{
	struct channel *c = channel != 0 ? channel_of(s, channel) : channel_new(s, 0);
	struct event *e = post(s, JOINED, node);
	e->requested = channel;
	e->ok = is_own(node, channel) || (c != NULL && (c->manager == 0 || c->admitted[node]));
	if (e->ok && c != NULL)
		c->in[node] = true;
	e->channel = !e->ok ? 0 : c != NULL ? c->id : channel;
}

static void carry(struct session *s, unsigned node);

static void offered(struct session *s, unsigned node, const struct mbft_action *a)
{
	struct node *n = &s->nodes[node];
	logf_(n, "offered %s %llu%s;", a->file->name, (unsigned long long)a->file->size, a->ok ? " as wanted" : "");
	n->last_id = a->id;
}

/* What is answered is answered after all actions of the event, as any owner does. */
struct todo {
	int accept, reject, store, request, ask;
};

static void told(struct session *s, unsigned node, const struct mbft_action *a, struct todo *todo)
{
	struct node *n = &s->nodes[node];
	switch (a->type) {
	case MBFT_OFFERED:
		offered(s, node, a);
		if (n->refuses)
			todo->reject = (int)a->id;
		else if (!n->deaf)
			todo->accept = (int)a->id;
		break;
	case MBFT_BEGUN:
		if (a->out)
			logf_(n, "sending to %u;", a->sent_to);
		else
			logf_(n, "begun;");
		n->last_id = a->id;
		n->n_file = a->out ? n->n_file : 0;
		break;
	case MBFT_DATA:
		assert_true(n->n_file + a->octets.n <= FILE_MAX);
		memcpy(n->file + n->n_file, a->octets.p, a->octets.n);
		n->n_file += a->octets.n;
		break;
	case MBFT_COMPLETE: todo->store = (int)a->id; break;
	case MBFT_ANSWERED: logf_(n, "%u %s;", a->user - 1001U, a->why); break;
	case MBFT_ENDED:
		logf_(n, "ended %s%s", a->ok ? "ok" : "failed: ", a->why);
		if (a->out)
			logf_(n, " %u/%u", a->arrived_at, a->sent_to);
		logf_(n, ";");
		break;
	case MBFT_REQUESTED:
		logf_(n, "asked for %s;", a->file->name);
		todo->request = (int)a->id;
		break;
	case MBFT_DENIED: logf_(n, "denied %s;", a->why); break;
	case MBFT_DIRECTORY_ASKED: todo->ask = a->user; break;
	case MBFT_DIRECTORY:
		logf_(n, "directory %s%u %s;", a->why, a->n_files, a->n_files > 0 ? a->files[0].name : "");
		break;
	case MBFT_NOTICE: logf_(n, "notice %s;", a->why); break;
	default: break;
	}
}

static void one(struct session *s, unsigned node, const struct mbft_action *a, struct todo *todo)
{
	struct channel *c = channel_of(s, a->channel);
	struct event *e;
	switch (a->type) {
	case MBFT_SEND: send(s, node, a->channel, a->octets); break;
	case MBFT_JOIN: join(s, node, a->channel); break;
	case MBFT_LEAVE:
		if (is_own(node, a->channel))
			fail_msg("node %u left its own channel %u", node, a->channel);
		if (c != NULL)
			c->in[node] = false;
		break;
	case MBFT_CONVENE:
		c = channel_new(s, user_of(node));
		e = post(s, CONVENED, node);
		if (c == NULL)
			break;
		e->ok = true;
		e->channel = c->id;
		break;
	case MBFT_ADMIT:
		if (c == NULL)
			fail_msg("no channel %u", a->channel);
		else
			c->admitted[a->user - 1001] = true;
		break;
	case MBFT_DISBAND:
		for (unsigned i = 0; c != NULL && i < NODES; i++)
			if (c->in[i])
				post(s, LOST, i)->channel = c->id;
		if (c != NULL)
			c->id = 0;
		break;
	default: told(s, node, a, todo); break;
	}
}

static void answer(struct session *s, unsigned node, const struct todo *todo)
{
	struct node *n = &s->nodes[node];
	struct t127_file file = { .name = "asked.txt", .has_size = true, .size = n->n_file };
	if (todo->accept >= 0)
		mbft_accept(n->m, (unsigned)todo->accept);
	else if (todo->reject >= 0)
		mbft_reject(n->m, (unsigned)todo->reject, T127_FILE_REJECT_REASON_FILE_NOT_REQUIRED);
	else if (todo->store >= 0)
		mbft_stored(n->m, (unsigned)todo->store, !n->cannot);
	else if (todo->ask >= 0 && n->supplies)
		mbft_directory(n->m, (uint16_t)todo->ask, T127_DIRECTORY_RESULT_SUCCESSFUL, &file, 1);
	else if (todo->ask >= 0)
		mbft_directory(n->m, (uint16_t)todo->ask, T127_DIRECTORY_RESULT_PERMISSION_DENIED, NULL, 0);
	else if (todo->request >= 0 && n->supplies)
		assert_int_equal(mbft_supply(n->m, (unsigned)todo->request, &file, &n->last_id), 0);
	else if (todo->request >= 0 && n->silent)
		return;
	else if (todo->request >= 0)
		mbft_deny(n->m, (unsigned)todo->request, T127_FILE_DENY_REASON_FILE_NOT_PRESENT);
	else
		return;
	carry(s, node);
}

static void carry(struct session *s, unsigned node)
{
	struct todo todo = { -1, -1, -1, -1, -1 };
	for (const struct mbft_action *a = mbft_actions(s->nodes[node].m); a != NULL; a = a->next)
		one(s, node, a, &todo);
	answer(s, node, &todo);
}

/* Until nothing moves. */
static void run(struct session *s)
{
	while (s->head != s->tail) {
		const struct event e = s->queue[s->head++ % QUEUE];
		struct mbft *m = s->nodes[e.node].m;
		if (m != NULL) {
			switch (e.kind) {
			case GOT: mbft_received(m, e.user, e.channel, slice_of(e.p, e.n)); break;
			case JOINED: mbft_joined(m, e.requested, e.channel, e.ok); break;
			case CONVENED: mbft_convened(m, e.channel, e.ok); break;
			default: mbft_lost(m, e.channel); break;
			}
			carry(s, e.node);
		}
		free(e.p);
	}
}

static void pass_time(struct session *s, uint64_t ms)
{
	s->now_ms += ms;
	for (unsigned i = 0; i < NODES; i++)
		if (s->nodes[i].m != NULL) {
			mbft_time(s->nodes[i].m, s->now_ms);
			carry(s, i);
		}
	run(s);
}

static void tell_peers(struct session *s)
{
	for (unsigned i = 0; i < NODES; i++) {
		uint16_t users[NODES];
		unsigned n = 0;
		for (unsigned k = 0; k < NODES; k++)
			if (k != i && s->nodes[k].m != NULL)
				users[n++] = user_of(k);
		if (s->nodes[i].m == NULL)
			continue;
		mbft_peers(s->nodes[i].m, users, n);
		carry(s, i);
	}
	run(s);
}

static void leave(struct session *s, unsigned node)
{
	mbft_free(s->nodes[node].m);
	s->nodes[node].m = NULL;
	for (unsigned i = 0; i < CHANNELS; i++)
		s->channels[i].in[node] = false;
	tell_peers(s);
}

static void begin_with(struct session **out, unsigned n, const struct mbft_config *config)
{
	struct session *s = calloc(1, sizeof *s);
	s->next = 2000;
	s->now_ms = 1000;
	for (unsigned i = 0; i < n; i++) {
		s->nodes[i].file = malloc(FILE_MAX);
		assert_int_equal(mbft_new(&s->nodes[i].m, config), 0);
		mbft_start(s->nodes[i].m, user_of(i), CONTROL, s->now_ms);
	}
	tell_peers(s);
	*out = s;
}

static void begin(struct session **out, unsigned n)
{
	begin_with(out, n, NULL);
}

static void end(struct session *s)
{
	run(s);
	for (unsigned i = 0; i < NODES; i++) {
		mbft_free(s->nodes[i].m);
		free(s->nodes[i].file);
	}
	free(s);
}

static unsigned offer(struct session *s, unsigned node, const char *name, size_t size, int to)
{
	struct t127_file f = { .has_size = true, .size = size };
	unsigned id = 999;
	snprintf(f.name, sizeof f.name, "%s", name);
	assert_int_equal(mbft_offer(s->nodes[node].m, &f, to >= 0 ? user_of((unsigned)to) : 0, &id), 0);
	carry(s, node);
	run(s);
	return id;
}

static uint8_t octet(size_t at, unsigned salt)
{
	return (uint8_t)(at * 31 + at / 255 + salt);
}

/* Octets FROM to TO of a file. */
static void feed(struct session *s, unsigned node, unsigned id, size_t from, size_t to, bool last)
{
	uint8_t *p = malloc(to - from + 1);
	for (size_t i = from; i < to; i++)
		p[i - from] = octet(i, id);
	assert_true(mbft_wants(s->nodes[node].m, id));
	mbft_data(s->nodes[node].m, id, slice_of(p, to - from), last);
	carry(s, node);
	run(s);
	free(p);
}

static void is_file(const struct session *s, unsigned node, size_t size, unsigned id)
{
	assert_int_equal(s->nodes[node].n_file, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(s->nodes[node].file[i], octet(i, id));
}

#define LOG_IS(s, node, text) assert_string_equal((s)->nodes[node].log, text)

/* ---- the usual */

static void test_to_all(void **state)
{
	static const size_t sizes[] = { 0, 1, 1000, 200000 };
	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
		struct session *s;
		char text[100];
		begin(&s, 3);
		const unsigned id = offer(s, 0, "a.txt", sizes[k], -1);
		LOG_IS(s, 0, "1 accepted;2 accepted;sending to 2;");
		for (size_t at = 0; at < sizes[k] || at == 0; at += 60000)
			feed(s, 0, id, at, at + 60000 < sizes[k] ? at + 60000 : sizes[k],
				at + 60000 >= sizes[k]);
		for (unsigned i = 1; i < 3; i++) {
			is_file(s, i, sizes[k], id);
			snprintf(text, sizeof text, "offered a.txt %zu;begun;ended ok;", sizes[k]);
			LOG_IS(s, i, text);
		}
		LOG_IS(s, 0, "1 accepted;2 accepted;sending to 2;1 arrived;2 arrived;ended ok 2/2;");
		for (unsigned i = 0; i < CHANNELS; i++) /* nobody stays on the data channel */
			for (unsigned n = 0; n < 3; n++)
				assert_false(s->channels[i].in[n]);
		end(s);
	}
}

static void test_to_one(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 3);
	const unsigned id = offer(s, 1, "secret", 5, 2);
	feed(s, 1, id, 0, 5, true);
	is_file(s, 2, 5, id);
	LOG_IS(s, 0, "");
	LOG_IS(s, 1, "2 accepted;sending to 1;2 arrived;ended ok 1/1;");
	LOG_IS(s, 2, "offered secret 5;begun;ended ok;");
	for (unsigned i = 0; i < CHANNELS; i++)
		assert_int_equal(s->channels[i].id, 0); /* disbanded */
	end(s);
}

static void test_some_refuse(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 4);
	s->nodes[1].refuses = true;
	const unsigned id = offer(s, 0, "a", 3, -1);
	feed(s, 0, id, 0, 3, true);
	LOG_IS(s, 0,
		"1 file-not-required;2 accepted;3 accepted;sending to 2;2 arrived;3 arrived;ended ok 2/2;");
	LOG_IS(s, 1, "offered a 3;ended failed: refused;");
	is_file(s, 3, 3, id);
	s->nodes[2].refuses = s->nodes[3].refuses = true;
	s->nodes[0].log[0] = '\0';
	offer(s, 0, "b", 3, -1);
	LOG_IS(s, 0,
		"1 file-not-required;2 file-not-required;3 file-not-required;ended failed: file-not-required "
		"0/0;");
	end(s);
}

static void test_several_at_once(void **state)
{
	struct session *s;
	unsigned a, b, c;
	(void)state;
	begin(&s, 2);
	a = offer(s, 0, "a", 4, -1);
	b = offer(s, 0, "b", 4, 1);
	c = offer(s, 1, "c", 4, -1);
	feed(s, 0, a, 0, 2, false);
	feed(s, 0, b, 0, 2, false);
	feed(s, 1, c, 0, 2, false);
	feed(s, 0, b, 2, 4, true);
	feed(s, 1, c, 2, 4, true);
	feed(s, 0, a, 2, 4, true);
	LOG_IS(s, 0,
		"1 accepted;sending to 1;1 accepted;sending to 1;offered c 4;begun;1 arrived;ended ok 1/1;"
		"ended ok;1 arrived;ended ok 1/1;");
	end(s);
}

/* ---- deadlines */

static void test_nobody_answers(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 3);
	s->nodes[1].deaf = s->nodes[2].deaf = true;
	offer(s, 0, "a", 3, -1);
	pass_time(s, 59999);
	LOG_IS(s, 0, "");
	pass_time(s, 1);
	LOG_IS(s, 0, "ended failed: nobody answered 0/0;");
	LOG_IS(s, 1, "offered a 3;ended failed: not answered in time;");
	end(s);
}

static void test_one_does_not_answer(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 3);
	s->nodes[2].deaf = true;
	const unsigned id = offer(s, 0, "a", 3, -1);
	assert_false(mbft_wants(s->nodes[0].m, id));
	pass_time(s, 60000);
	feed(s, 0, id, 0, 3, true);
	is_file(s, 1, 3, id);
	LOG_IS(s, 0, "1 accepted;sending to 1;1 arrived;ended ok 1/1;");
	mbft_accept(s->nodes[2].m, s->nodes[2].last_id); /* over: nothing happens */
	carry(s, 2);
	end(s);
}

static void test_stalls(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 2);
	const unsigned id = offer(s, 0, "a", 9, -1);
	feed(s, 0, id, 0, 3, false);
	pass_time(s, 30000);
	feed(s, 0, id, 3, 6, false);
	pass_time(s, 59999);
	assert_true(mbft_wants(s->nodes[0].m, id));
	pass_time(s, 1);
	LOG_IS(s, 0, "1 accepted;sending to 1;ended failed: it did not go on 0/1;");
	LOG_IS(s, 1, "offered a 9;begun;ended failed: it did not go on;");
	end(s);
}

/* One that says nothing when it has all of it, as T.127 itself has it. */
static void test_no_confirmation(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 2);
	const unsigned id = offer(s, 0, "a", 3, -1);
	s->nodes[1].m = (mbft_free(s->nodes[1].m), NULL);
	feed(s, 0, id, 0, 3, true);
	pass_time(s, 59999);
	LOG_IS(s, 0, "1 accepted;sending to 1;");
	pass_time(s, 1);
	LOG_IS(s, 0, "1 accepted;sending to 1;ended ok 0/1;");
	end(s);
}

static void test_no_channels(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 2);
	s->no_channels = true;
	offer(s, 0, "a", 3, -1);
	offer(s, 0, "a", 3, 1);
	LOG_IS(s, 0, "ended failed: no channel is left 0/0;ended failed: no private channel is left 0/0;");
	unsigned request;
	assert_int_equal(mbft_get(s->nodes[0].m, "x", &request), 0);
	s->nodes[0].log[0] = '\0';
	carry(s, 0);
	run(s);
	LOG_IS(s, 0, "denied no channel is left;");
	end(s);
}

static void test_channel_never_comes(void **state)
{
	struct session *s;
	struct t127_file f = { .name = "a" };
	unsigned id;
	(void)state;
	begin(&s, 2);
	for (unsigned to = 0; to < 2; to++) /* asked for, and no word of it */
		assert_int_equal(mbft_offer(s->nodes[0].m, &f, to != 0 ? user_of(1) : 0, &id), 0);
	pass_time(s, 20000);
	LOG_IS(s, 0, "ended failed: no answer 0/0;ended failed: no answer 0/0;");
	s->nodes[0].log[0] = '\0';
	mbft_joined(s->nodes[0].m, 0, 2000, true); /* late: given back */
	assert_int_equal(mbft_actions(s->nodes[0].m)->type, MBFT_LEAVE);
	mbft_convened(s->nodes[0].m, 2001, true);
	assert_int_equal(mbft_actions(s->nodes[0].m)->type, MBFT_DISBAND);
	end(s);
}

/* ---- ends before the end */

static void test_abort(void **state)
{
	(void)state;
	for (unsigned when = 0; when < 3; when++) /* offered, sending, begun */
		for (int to = -1; to < 2; to += 2) {
			struct session *s;
			begin(&s, 2);
			s->nodes[1].deaf = when == 0;
			const unsigned id = offer(s, 0, "a", 9, to);
			if (when == 2)
				feed(s, 0, id, 0, 3, false);
			mbft_abort(s->nodes[0].m, id, "no more");
			s->nodes[0].log[0] = s->nodes[1].log[0] = '\0';
			carry(s, 0);
			run(s);
			LOG_IS(s, 0, when == 0 ? "ended failed: no more 0/0;" : "ended failed: no more 0/1;");
			LOG_IS(s, 1,
				when == 2 ? "ended failed: the sender broke it off;"
					  : "ended failed: aborted: unspecified;");
			end(s);
		}
}

static void test_receiver_aborts(void **state)
{
	(void)state;
	for (unsigned when = 0; when < 2; when++) {
		struct session *s;
		begin(&s, 2);
		s->nodes[1].deaf = when == 0;
		const unsigned id = offer(s, 0, "a", 9, -1);
		if (when == 1)
			feed(s, 0, id, 0, 3, false);
		s->nodes[0].log[0] = '\0';
		mbft_abort(s->nodes[1].m, s->nodes[1].last_id, "enough");
		carry(s, 1);
		run(s);
		LOG_IS(s, 0,
			when == 0 ? "1 unspecified;ended failed: unspecified 0/0;"
				  : "1 left the channel;ended failed: left the channel 0/0;");
		end(s);
	}
}

static void test_cannot_store(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 3);
	s->nodes[2].cannot = true;
	const unsigned id = offer(s, 0, "a", 3, -1);
	feed(s, 0, id, 0, 3, true);
	LOG_IS(s, 0,
		"1 accepted;2 accepted;sending to 2;1 arrived;"
		"2 the other end: local-failure-filespace-exhausted;ended ok 1/1;");
	LOG_IS(s, 2, "offered a 3;begun;ended failed: it cannot be stored;");
	end(s);
}

static void test_users_leave(void **state)
{
	(void)state;
	for (unsigned when = 0; when < 3; when++) {
		struct session *s;
		begin(&s, 3);
		s->nodes[2].deaf = when == 0;
		unsigned id = offer(s, 0, "a", 9, -1);
		if (when == 2)
			feed(s, 0, id, 0, 3, false);
		s->nodes[0].log[0] = '\0';
		leave(s, 2);
		if (when == 0)
			LOG_IS(s, 0, "sending to 1;");
		feed(s, 0, id, when == 2 ? 3 : 0, 9, true);
		assert_non_null(strstr(s->nodes[0].log, "1 arrived;ended ok 1/1;"));
		id = offer(s, 0, "b", 9, 1);
		s->nodes[1].log[0] = '\0';
		leave(s, 0);
		LOG_IS(s, 1, "ended failed: its sender left;");
		end(s);
	}
	struct session *s;
	begin(&s, 2);
	offer(s, 0, "a", 9, -1);
	leave(s, 1);
	assert_non_null(strstr(s->nodes[0].log, "ended failed: left 0/0;"));
	end(s);
}

static void test_stop(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 2);
	offer(s, 0, "a", 9, -1);
	offer(s, 1, "b", 9, -1);
	s->nodes[0].log[0] = '\0';
	mbft_stop(s->nodes[0].m);
	carry(s, 0);
	LOG_IS(s, 0, "ended failed: the session ended 0/1;ended failed: the session ended;");
	struct t127_file f = { .name = "a" };
	unsigned id;
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, 0, &id), PST_E_STATE);
	end(s);
}

/* ---- limits */

static void test_limits(void **state)
{
	const struct mbft_config config = { .max_in = 2, .max_size = 100 };
	struct session *s;
	unsigned ids[3];
	(void)state;
	begin_with(&s, 2, &config);
	offer(s, 0, "big", 101, -1);
	LOG_IS(s, 0, "1 insufficient-resources;ended failed: insufficient-resources 0/0;");
	LOG_IS(s, 1, "");
	for (unsigned i = 0; i < 3; i++) {
		s->nodes[0].log[0] = '\0';
		ids[i] = offer(s, 0, "a", 1, -1);
	}
	LOG_IS(s, 0, "1 transfer-limit;ended failed: transfer-limit 0/0;");
	feed(s, 0, ids[0], 0, 1, true);
	s->nodes[0].log[0] = '\0';
	offer(s, 0, "a", 1, -1);
	LOG_IS(s, 0, "1 accepted;sending to 1;");
	struct t127_file f = { .name = "x" };
	unsigned id, n = 0;
	while (mbft_offer(s->nodes[0].m, &f, 0, &id) == 0) /* nobody brings channels: they stay */
		assert_true(++n <= MBFT_OUT_MAX);
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, 0, &id), PST_E_BUSY);
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, 1, &id), PST_E_STATE);
	end(s);
}

/* A sender that does not keep to its word. */
static void test_wrong_sizes(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 2);
	unsigned id = offer(s, 0, "more", 4, -1);
	feed(s, 0, id, 0, 3, false);
	feed(s, 0, id, 3, 5, false);
	LOG_IS(s, 0,
		"1 accepted;sending to 1;1 the other end: future-filesize-exceeded;"
		"ended failed: the other end: future-filesize-exceeded 0/0;");
	LOG_IS(s, 1, "offered more 4;begun;ended failed: more came than was announced;");
	s->nodes[0].log[0] = s->nodes[1].log[0] = '\0';
	id = offer(s, 0, "less", 4, -1);
	feed(s, 0, id, 0, 3, true);
	LOG_IS(s, 1, "offered less 4;begun;ended failed: less came than was announced;");
	assert_non_null(strstr(
		s->nodes[0].log, "ended failed: the other end: bft-protocol-error-procedure-error 0/0;"));
	end(s);
}

/* PDUs by hand, from user 1001 + FROM. */
static void pdu_to(struct session *s, unsigned to, unsigned from, uint16_t channel, const t127_pdu *pdu)
{
	uint8_t out[512];
	struct writer w = wr_of(out, sizeof out);
	assert_int_equal(t127_encode(pdu, &w, NULL), 0);
	post_data(s, to, from, channel, wr_slice(&w));
	run(s);
}

#define PDU(alternative, Alternative, ...)                                                                   \
	(&(t127_pdu){ .choice = T127_MBFTPDU_##Alternative,                                                  \
		.u.alternative = &(struct t127_##alternative){ __VA_ARGS__ } })

static void test_odd_offers(void **state)
{
	struct t127_v42bis_parameter_list v42 = { .p1 = 512, .p2 = 6 };
	struct t127_compression_specifier how = { .choice = 0, .u.v42bis_parameters = &v42 };
	struct session *s;
	(void)state;
	begin(&s, 3);
	/* compressed; somebody else's; one that is not to be answered, whose data comes at once */
	pdu_to(s, 1, 0, CONTROL,
		PDU(file_offer_pdu, FILE_OFFER_PDU, .data_channel_id = 10, .file_handle = 1, .ack_flag = true,
			.compression_specifier = &how));
	LOG_IS(s, 1, "");
	assert_int_equal(s->nodes[1].sent, 1);
	pdu_to(s, 1, 0, CONTROL,
		PDU(file_offer_pdu, FILE_OFFER_PDU, .data_channel_id = 10, .file_handle = 2, .ack_flag = true,
			.has_mbft_id = true, .mbft_id = 1003));
	LOG_IS(s, 1, "");
	struct channel *c = channel_new(s, 0);
	const uint16_t channel = c != NULL ? c->id : 0;
	for (unsigned twice = 0; twice < 2; twice++)
		pdu_to(s, 1, 0, CONTROL,
			PDU(file_offer_pdu, FILE_OFFER_PDU, .data_channel_id = channel, .file_handle = 3));
	LOG_IS(s, 1, "offered file 0;");
	assert_int_equal(s->nodes[1].sent, 1); /* no answer was asked for */
	pdu_to(s, 1, 0, channel,
		PDU(file_data_pdu, FILE_DATA_PDU, .file_handle = 3, .data = slice_str("too early")));
	pdu_to(s, 1, 0, channel,
		PDU(file_start_pdu, FILE_START_PDU, .file_handle = 3, .eof_flag = true,
			.data = slice_str("x")));
	LOG_IS(s, 1, "offered file 0;begun;ended ok;");
	/* from the middle */
	pdu_to(s, 1, 0, CONTROL,
		PDU(file_offer_pdu, FILE_OFFER_PDU, .data_channel_id = channel, .file_handle = 4));
	s->nodes[1].log[0] = '\0';
	pdu_to(s, 1, 0, channel,
		PDU(file_start_pdu, FILE_START_PDU, .file_handle = 4, .data_offset = { .v = 7 }));
	LOG_IS(s, 1, "ended failed: compressed, or not from its beginning;");
	/* its channel is not there */
	s->nodes[1].log[0] = '\0';
	pdu_to(s, 1, 0, CONTROL,
		PDU(file_offer_pdu, FILE_OFFER_PDU, .data_channel_id = 4999, .file_handle = 5,
			.ack_flag = true));
	LOG_IS(s, 1, "offered file 0;ended failed: its channel cannot be joined;");
	end(s);
}

/* Offers and invitations that name a channel which everybody is in: nobody leaves it with the file. */
static void test_own_channels(void **state)
{
	const uint16_t channels[] = { CONTROL, T127_CHANNEL_DATA, 1002 };
	struct session *s;
	(void)state;
	begin(&s, 3);
	for (unsigned i = 0; i < 3; i++) {
		s->nodes[1].log[0] = '\0';
		pdu_to(s, 1, 0, CONTROL,
			PDU(file_offer_pdu, FILE_OFFER_PDU, .data_channel_id = channels[i], .file_handle = 7 + i,
				.ack_flag = true));
		LOG_IS(s, 1, "offered file 0;");
		pdu_to(s, 1, 0, channels[i],
			PDU(file_start_pdu, FILE_START_PDU, .file_handle = 7 + i, .eof_flag = true,
				.data = slice_str("x")));
		LOG_IS(s, 1, "offered file 0;begun;ended ok;");
	}
	const unsigned before = s->nodes[1].sent;
	pdu_to(s, 1, 0, 1002,
		PDU(private_channel_join_invite_pdu, PRIVATE_CHANNEL_JOIN_INVITE_PDU, .control_channel_id = 1002,
			.data_channel_id = 3001));
	assert_int_equal(s->nodes[1].sent, before + 1); /* refused at once */
	pass_time(s, 200000);
	end(s);
}

static void test_strangers(void **state)
{
	struct session *s;
	const struct gcc_key key = { .choice = GCC_KEY_H221_NON_STANDARD,
		.u.h221_non_standard = slice_str("NetMeeting 1 FileEnd") };
	(void)state;
	begin(&s, 3);
	const unsigned id = offer(s, 0, "a", 6, 1);
	feed(s, 0, id, 0, 3, false);
	s->nodes[0].log[0] = s->nodes[1].log[0] = '\0';
	/* user 2 has no part in it */
	pdu_to(s, 0, 2, 1001, PDU(file_reject_pdu, FILE_REJECT_PDU, .file_handle = 1));
	pdu_to(s, 0, 2, 1001,
		PDU(file_error_pdu, FILE_ERROR_PDU, .has_file_handle = true, .file_handle = 1,
			.error_type = T127_ERROR_TYPE_PERMANENT_ERROR, .error_id = { .v = 1 }));
	pdu_to(s, 1, 2, CONTROL,
		PDU(file_abort_pdu, FILE_ABORT_PDU, .has_file_handle = true, .file_handle = 1));
	pdu_to(s, 1, 2, 1002, PDU(file_data_pdu, FILE_DATA_PDU, .file_handle = 1, .abort_flag = true));
	pdu_to(s, 1, 2, 1002, PDU(mbft_privilege_assign_pdu, MBFT_PRIVILEGE_ASSIGN_PDU, .ext = { 0 }));
	/* FileEnd before the end */
	pdu_to(s, 0, 1, 1001,
		PDU(mbft_non_standard_pdu, MBFT_NON_STANDARD_PDU,
			.data = { key, slice_of((const uint8_t *)"\0\1", 2) }));
	LOG_IS(s, 0, "");
	LOG_IS(s, 1, "");
	/* what is no PDU is answered once, and the answer by nothing */
	const unsigned before = s->nodes[1].sent + s->nodes[2].sent;
	post_data(s, 1, 2, CONTROL, slice_str("?????"));
	run(s);
	assert_int_equal(s->nodes[1].sent + s->nodes[2].sent, before + 1);
	LOG_IS(s, 2, "notice the other end: bft-protocol-error;");
	feed(s, 0, id, 3, 6, true);
	is_file(s, 1, 6, id);
	end(s);
}

/* ---- requests, directories, privileges */

static void test_requests(void **state)
{
	struct session *s;
	unsigned request;
	(void)state;
	begin(&s, 3);
	s->nodes[2].supplies = true;
	s->nodes[2].n_file = 5;
	assert_int_equal(mbft_get(s->nodes[0].m, "asked.txt", &request), 0);
	carry(s, 0);
	run(s);
	LOG_IS(s, 1, "asked for asked.txt;");
	LOG_IS(s, 2, "asked for asked.txt;0 accepted;sending to 1;");
	const unsigned id = s->nodes[2].last_id;
	pass_time(s, 20000); /* the request is over, the file is not */
	feed(s, 2, id, 0, 5, true);
	is_file(s, 0, 5, id);
	LOG_IS(s, 0, "offered asked.txt 5 as wanted;begun;ended ok;");
	for (unsigned i = 0; i < CHANNELS; i++)
		assert_false(s->channels[i].in[0]);
	s->nodes[2].supplies = false;
	s->nodes[0].log[0] = '\0';
	assert_int_equal(mbft_get(s->nodes[0].m, "other", &request), 0);
	carry(s, 0);
	run(s);
	LOG_IS(s, 0, "denied file-not-present;");
	end(s);
}

/* Whoever heard the request may say that an offer is its answer: it is, if it is of that file. */
static void test_another_file_than_asked_for(void **state)
{
	struct pst_slice names[] = { slice_str("other.exe"), slice_str("C:\\Files\\asked.txt") };
	struct session *s;
	unsigned request;
	(void)state;
	begin(&s, 3);
	s->nodes[1].silent = s->nodes[2].silent = s->nodes[0].deaf = true;
	assert_int_equal(mbft_get(s->nodes[0].m, "asked.txt", &request), 0);
	carry(s, 0);
	run(s);
	for (unsigned i = 0; i < 2; i++) {
		struct t127_file_offer_pdu p = { .data_channel_id = T127_CHANNEL_DATA,
			.file_handle = 1 + i,
			.has_file_request_handle = true,
			.file_request_handle = 1,
			.file_header = { .has_filename = true } };
		p.file_header.filename.n = 1;
		p.file_header.filename.v = &names[i];
		pdu_to(s, 0, 2, 1001, &(t127_pdu){ .choice = T127_MBFTPDU_FILE_OFFER_PDU, .u.file_offer_pdu = &p });
	}
	LOG_IS(s, 0, "offered other.exe 0;offered asked.txt 0 as wanted;");
	end(s);
}

static void test_requests_are_limited(void **state)
{
	struct session *s;
	unsigned request;
	(void)state;
	begin(&s, 2);
	for (unsigned i = 0; i < MBFT_REQUESTS_MAX; i++)
		assert_int_equal(mbft_get(s->nodes[0].m, "x", &request), 0);
	assert_int_equal(mbft_get(s->nodes[0].m, "x", &request), PST_E_BUSY);
	pass_time(s, 20000);
	assert_non_null(strstr(s->nodes[0].log, "denied no answer;"));
	assert_int_equal(mbft_get(s->nodes[0].m, "x", &request), 0);
	end(s);
}

static void test_directories(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 3);
	s->nodes[1].supplies = true;
	assert_int_equal(mbft_list(s->nodes[0].m, user_of(1)), 0);
	carry(s, 0);
	run(s);
	assert_int_equal(mbft_list(s->nodes[0].m, user_of(2)), 0);
	assert_int_equal(mbft_list(s->nodes[0].m, user_of(1)), PST_E_BUSY);
	assert_int_equal(mbft_list(s->nodes[0].m, 4711), PST_E_STATE);
	LOG_IS(s, 0, "directory 1 asked.txt;");
	pass_time(s, 20000); /* nothing was carried out: no answer */
	LOG_IS(s, 0, "directory 1 asked.txt;directory no answer0 ;");
	assert_int_equal(mbft_list(s->nodes[0].m, user_of(2)), 0);
	carry(s, 0);
	run(s);
	LOG_IS(s, 0, "directory 1 asked.txt;directory no answer0 ;directory permission-denied0 ;");
	end(s);
}

static void test_conducted(void **state)
{
	struct session *s;
	struct t127_file f = { .name = "a" };
	unsigned id;
	(void)state;
	begin(&s, 3);
	mbft_conducted(s->nodes[0].m, user_of(2));
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, 0, &id), PST_E_DENIED);
	assert_int_equal(mbft_actions(s->nodes[0].m)->type, MBFT_SEND); /* it asks */
	assert_int_equal(mbft_get(s->nodes[0].m, "x", &id), PST_E_DENIED);
	uint32_t granted[] = { T127_MBFT_PRIVILEGE_FILE_TRANSMIT_PRIVILEGE };
	struct t127_mbft_privileges list[] = { { .mbft_id = 1001, .mbft_privilege = { 1, granted } } };
	pdu_to(s, 0, 1, CONTROL,
		PDU(mbft_privilege_assign_pdu, MBFT_PRIVILEGE_ASSIGN_PDU, .privilege_list = { 1, list }));
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, 0, &id), PST_E_DENIED); /* user 1 does not conduct */
	pdu_to(s, 0, 2, CONTROL,
		PDU(mbft_privilege_assign_pdu, MBFT_PRIVILEGE_ASSIGN_PDU, .privilege_list = { 1, list }));
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, 0, &id), 0);
	carry(s, 0);
	run(s);
	assert_true(mbft_wants(s->nodes[0].m, id));
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, user_of(1), &id), PST_E_DENIED); /* nothing private */
	/* the conductor ends anybody's */
	s->nodes[0].log[0] = '\0';
	pdu_to(s, 0, 2, CONTROL,
		PDU(file_abort_pdu, FILE_ABORT_PDU, .reason = T127_FILE_ABORT_REASON_BANDWIDTH_REQUIRED));
	LOG_IS(s, 0, "ended failed: aborted: bandwidth-required 0/2;");
	mbft_conducted(s->nodes[0].m, 0);
	assert_int_equal(mbft_offer(s->nodes[0].m, &f, user_of(1), &id), 0);
	end(s);
}

static void test_invitations_are_limited(void **state)
{
	struct session *s;
	(void)state;
	begin(&s, 2);
	for (unsigned i = 0; i < MBFT_PRIVATE_MAX + 8; i++)
		pdu_to(s, 1, 0, 1002,
			PDU(private_channel_join_invite_pdu, PRIVATE_CHANNEL_JOIN_INVITE_PDU,
				.control_channel_id = 3000 + 2 * i, .data_channel_id = 3001 + 2 * i));
	assert_int_equal(s->nodes[1].sent, MBFT_PRIVATE_MAX + 8); /* each refused: no such channel */
	pass_time(s, 200000);
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_all),
		cmocka_unit_test(test_to_one),
		cmocka_unit_test(test_some_refuse),
		cmocka_unit_test(test_several_at_once),
		cmocka_unit_test(test_nobody_answers),
		cmocka_unit_test(test_one_does_not_answer),
		cmocka_unit_test(test_stalls),
		cmocka_unit_test(test_no_confirmation),
		cmocka_unit_test(test_no_channels),
		cmocka_unit_test(test_channel_never_comes),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_receiver_aborts),
		cmocka_unit_test(test_cannot_store),
		cmocka_unit_test(test_users_leave),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_odd_offers),
		cmocka_unit_test(test_own_channels),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_another_file_than_asked_for),
		cmocka_unit_test(test_requests_are_limited),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_conducted),
		cmocka_unit_test(test_invitations_are_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
