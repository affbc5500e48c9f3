/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user plane's threads under load: what a call of the owner promises holds while packets come in without a pause. */
#include "base/clock.h"
#include "loop/net.h"
#include "relay/user.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { SHARDS = 4, STREAMS = 24, ROUNDS = 240, PACKET = 20, WAIT_MS = 20000 };

struct stream {
	struct relay_session *session;
	_Atomic uint16_t port; /* of the session; where the load goes */
	struct addr to;
	int sink;
	uint32_t last; /* number of the last packet that came out */
};

struct load {
	struct relay relay;
	struct stream streams[STREAMS];
	struct addr from, own;
	int source;
	pthread_t thread;
	atomic_bool stop;
};

static struct addr address(const char *ip)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, ip, 0), 0);
	return a;
}

/* On any free port, which *AT has then: other tests may run. */
static int bound(struct addr *at)
{
	struct sockaddr_storage ss;
	socklen_t n = loop_sockaddr(&ss, at);
	const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &n), 0);
	assert_int_equal(loop_addr(at, (struct sockaddr *)&ss), 0);
	return fd;
}

static unsigned threads(void)
{
	unsigned n = 0;
	DIR *d = opendir("/proc/self/task");
	assert_non_null(d);
	for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* A thread that was joined may be seen for a moment still. */
static bool threads_become(unsigned n)
{
	const uint64_t limit = clock_now_ms() + WAIT_MS;
	while (threads() != n && clock_now_ms() < limit)
		sched_yield();
	return threads() == n;
}

/* Packets for all streams in turn, numbered, each with its stream's number. */
static void *send_load(void *arg)
{
	struct load *l = arg;
	for (uint32_t number = 1; !atomic_load(&l->stop); number++) {
		for (uint32_t i = 0; i < STREAMS; i++) {
			struct sockaddr_storage ss;
			uint8_t packet[PACKET] = { 0x80, 0, (uint8_t)(number >> 8), (uint8_t)number };
			const struct addr to = addr_with_port(l->own, atomic_load(&l->streams[i].port));
			const socklen_t n = loop_sockaddr(&ss, &to);
			memcpy(packet + 12, &i, sizeof i);
			memcpy(packet + 16, &number, sizeof number);
			/* to a port that was closed just now it may fail */
			(void)!sendto(l->source, packet, sizeof packet, 0, (struct sockaddr *)&ss, n);
		}
	}
	return NULL;
}

static struct relay_flow_stats stats(const struct load *l, const struct stream *t)
{
	struct relay_flow_stats st;
	l->relay.ops->flow_stats(t->session, 0, RELAY_RTP, &st);
	return st;
}

static void flow_set(struct load *l, struct stream *t)
{
	const struct relay_flow flow = { addr_with_port(l->from, 0), t->to };
	assert_int_equal(l->relay.ops->flow_set(t->session, 0, RELAY_RTP, &flow), 0);
}

static void stream_open(struct load *l, struct stream *t)
{
	const struct addr local[RELAY_LEGS] = { l->own, l->own };
	assert_int_equal(l->relay.ops->session_open(l->relay.plane, local, &t->session), 0);
	atomic_store(&t->port, l->relay.ops->session_local(t->session, 0, RELAY_RTP).port);
}

/* What came out belongs to the stream and is in order, as one thread moves it all. */
static void drain(struct load *l)
{
	for (uint32_t i = 0; i < STREAMS; i++) {
		struct stream *t = &l->streams[i];
		uint8_t packet[PACKET + 1];
		ssize_t n;
		while ((n = recv(t->sink, packet, sizeof packet, MSG_DONTWAIT)) >= 0) {
			uint32_t which, number;
			assert_int_equal(n, PACKET);
			memcpy(&which, packet + 12, sizeof which);
			memcpy(&number, packet + 16, sizeof number);
			assert_int_equal(which, i);
			assert_true(number > t->last);
			t->last = number;
		}
	}
}

/* Until more than BEFORE packets of the stream were passed on, or refused. */
static void await(struct load *l, const struct stream *t, bool refused, uint64_t before)
{
	const uint64_t limit = clock_now_ms() + WAIT_MS;
	uint64_t now = before;
	while (now <= before && clock_now_ms() < limit) {
		struct pollfd p = { .fd = t->sink, .events = POLLIN };
		drain(l);
		(void)poll(&p, 1, 1);
		const struct relay_flow_stats st = stats(l, t);
		now = refused ? st.refused : st.packets;
	}
	assert_true(now > before);
}

static struct load *load_new(void)
{
	const struct relay_user_config conf = {
		.first = 20000, .last = 23999, .rest_ms = RELAY_USER_REST_MS, .shards = SHARDS
	};
	struct load *l = calloc(1, sizeof *l);
	assert_non_null(l);
	l->own = address("127.0.9.1");
	l->from = address("127.0.9.2");
	l->source = bound(&l->from);
	assert_int_equal(relay_user_new(&conf, &l->relay), 0);
	for (uint16_t i = 0; i < STREAMS; i++) {
		l->streams[i].to = address("127.0.9.3");
		l->streams[i].sink = bound(&l->streams[i].to);
		stream_open(l, &l->streams[i]);
	}
	assert_int_equal(pthread_create(&l->thread, NULL, send_load, l), 0);
	return l;
}

static void load_stop(struct load *l)
{
	atomic_store(&l->stop, true);
	assert_int_equal(pthread_join(l->thread, NULL), 0);
}

static void load_free(struct load *l)
{
	relay_user_free(&l->relay);
	for (int i = 0; i < STREAMS; i++)
		close(l->streams[i].sink);
	close(l->source);
	free(l);
}

/* Not a packet passes before a flow is set, nor after it is cleared, nor to whoever has another. */
static void test_flows_and_sessions_change_under_load(void **state)
{
	(void)state;
	const unsigned before = threads();
	struct load *l = load_new();
	assert_true(threads_become(before + SHARDS + 1));
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct stream *t = &l->streams[round % STREAMS];
		const struct relay_flow_stats none = stats(l, t);
		await(l, t, true, none.refused);
		assert_int_equal(stats(l, t).packets, none.packets);
		flow_set(l, t);
		await(l, t, false, none.packets);
		l->relay.ops->session_hide(t->session, 0);
		l->relay.ops->flow_clear(t->session, 0, RELAY_RTP);
		const struct relay_flow_stats st = stats(l, t);
		await(l, t, true, st.refused + 1);
		assert_int_equal(stats(l, t).packets, st.packets);
		if (round % 3 == 0) {
			l->relay.ops->session_close(t->session);
			stream_open(l, t);
		}
		if (round % 5 == 0) {
			flow_set(l, t); /* and it goes on while others change */
			await(l, t, false, stats(l, t).packets);
			l->relay.ops->flow_clear(t->session, 0, RELAY_RTP);
		}
	}
	load_stop(l);
	for (int i = 0; i < STREAMS; i++)
		l->relay.ops->session_close(l->streams[i].session);
	load_free(l);
	assert_true(threads_become(before));
}

/* All streams at a time, closed while they run; the memory checkers see what is left. */
static void test_sessions_close_under_load(void **state)
{
	(void)state;
	struct load *l = load_new();
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < STREAMS; i++)
			flow_set(l, &l->streams[i]);
		for (int i = 0; i < STREAMS; i++)
			await(l, &l->streams[i], false, 0);
		for (int i = 0; i < STREAMS; i++) {
			l->relay.ops->session_close(l->streams[i].session);
			stream_open(l, &l->streams[i]);
		}
	}
	for (int i = 0; i < STREAMS; i++)
		l->relay.ops->session_close(l->streams[i].session);
	load_stop(l);
	load_free(l);
}

static void test_as_many_threads_as_processors(void **state)
{
	(void)state;
	const struct relay_user_config conf = { .first = 20000, .last = 20003 },
				       many = { .first = 20000, .last = 20003, .shards = 1000 };
	struct relay relay;
	const unsigned before = threads();
	assert_int_equal(relay_user_new(&conf, &relay), 0);
	assert_true(threads() > before && threads() <= before + RELAY_USER_SHARDS_MAX);
	relay_user_free(&relay);
	assert_true(threads_become(before));
	assert_int_equal(relay_user_new(&many, &relay), 0);
	assert_true(threads_become(before + RELAY_USER_SHARDS_MAX));
	relay_user_free(&relay);
	assert_true(threads_become(before));
}

static void *nothing(void *arg)
{
	return arg;
}

/* A sanitizer starts a thread of its own with the first. */
static int first_thread(void **state)
{
	pthread_t t;
	(void)state;
	return pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows_and_sessions_change_under_load),
		cmocka_unit_test(test_sessions_close_under_load),
		cmocka_unit_test(test_as_many_threads_as_processors),
	};
	return cmocka_run_group_tests(tests, first_thread, NULL);
}
