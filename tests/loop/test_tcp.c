/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP connections over loopback: data both ways, the bounded queue, every way to end. */
#include "loop/net.h"
#include "loop/tcp.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct side {
	struct loop_tcp t; /* first */
	size_t got;
	uint8_t last;
	int connects, status, closes, reason, closed, drained;
	bool echo;
};

struct bed {
	uv_loop_t loop;
	struct loop_listener l;
	struct addr at;
	struct side a, b; /* a connects, b is accepted */
	struct addr peer;
	bool refuse;
};

static void on_connect(struct loop_tcp *t, int status)
{
	struct side *s = (struct side *)t;
	s->connects++;
	s->status = status;
}

static void on_data(struct loop_tcp *t, struct pst_slice data)
{
	struct side *s = (struct side *)t;
	s->got += data.n;
	s->last = data.p[data.n - 1];
	if (s->echo)
		assert_int_equal(loop_tcp_send(t, &data, 1), 0);
}

static void on_close(struct loop_tcp *t, int reason)
{
	struct side *s = (struct side *)t;
	s->closes++;
	s->reason = reason;
}

static void on_drained(struct loop_tcp *t)
{
	((struct side *)t)->drained++;
}

static void on_closed(struct loop_tcp *t)
{
	((struct side *)t)->closed++;
}

static const struct loop_tcp_ops ops = { on_connect, on_data, on_close, on_drained };

static void on_accept(struct loop_listener *l, int fd, const struct addr *peer)
{
	struct bed *bed = l->uv.data;
	bed->peer = *peer;
	if (bed->refuse)
		close(fd);
	else
		assert_int_equal(loop_tcp_accept(&bed->loop, &bed->b.t, &ops, fd), 0);
}

static void on_give_up(uv_timer_t *t)
{
	(void)t;
	fail_msg("the event did not come");
}

static void on_rest(uv_timer_t *t)
{
	(void)t;
}

#define AWAIT(bed, cond)                                                                                     \
	do {                                                                                                 \
		uv_timer_t limit;                                                                            \
		uv_timer_init(&(bed)->loop, &limit);                                                         \
		uv_timer_start(&limit, on_give_up, 10000, 0);                                                \
		while (!(cond))                                                                              \
			uv_run(&(bed)->loop, UV_RUN_ONCE);                                                   \
		uv_close((uv_handle_t *)&limit, NULL);                                                       \
		uv_run(&(bed)->loop, UV_RUN_NOWAIT);                                                         \
	} while (0)

static struct bed *bed_new(const char *local)
{
	struct bed *bed = calloc(1, sizeof *bed);
	struct addr any;
	int fd;
	assert_non_null(bed);
	assert_int_equal(uv_loop_init(&bed->loop), 0);
	assert_int_equal(addr_parse(&any, local, 0), 0);
	assert_int_equal(loop_listen(&fd, &any, 8), 0);
	assert_int_equal(loop_fd_local(fd, &bed->at), 0);
	bed->l.uv.data = bed;
	assert_int_equal(loop_listener_open(&bed->loop, &bed->l, fd, on_accept), 0);
	return bed;
}

static void bed_free(struct bed *bed)
{
	(void)loop_tcp_close(&bed->a.t, false, NULL);
	(void)loop_tcp_close(&bed->b.t, false, NULL);
	(void)loop_listener_close(&bed->l, NULL);
	uv_run(&bed->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bed->loop), 0);
	free(bed);
}

static void dial(struct bed *bed)
{
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, NULL, &bed->at), 0);
	AWAIT(bed, bed->a.connects == 1 && loop_tcp_is_open(&bed->b.t));
	assert_int_equal(bed->a.status, 0);
}

static void send_text(struct loop_tcp *t, const char *text)
{
	const struct pst_slice parts[2] = { slice_str(text), slice_str("!") };
	assert_int_equal(loop_tcp_send(t, parts, 2), 0);
}

static void echo_over(const char *local)
{
	struct bed *bed = bed_new(local);
	struct addr from = addr_with_port(bed->at, 0);
	bed->b.echo = true;
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, &from, &bed->at), 0);
	send_text(&bed->a.t, "sent while connecting");
	AWAIT(bed, bed->a.got == 22);
	assert_true(addr_ip_eq(&bed->peer, &from));
	assert_int_equal(bed->a.last, '!');
	assert_int_equal(bed->a.drained, 1);
	send_text(&bed->a.t, "again");
	AWAIT(bed, bed->a.got == 28);
	bed_free(bed);
}

static void test_echo(void **state)
{
	(void)state;
	echo_over("127.0.0.1");
}

static void test_echo_ip6(void **state)
{
	(void)state;
	echo_over("::1");
}

static void test_peer_ends(void **state)
{
	(void)state;
	struct bed *bed = bed_new("127.0.0.1");
	dial(bed);
	assert_true(loop_tcp_close(&bed->a.t, true, on_closed));
	AWAIT(bed, bed->b.closes == 1);
	assert_int_equal(bed->b.reason, 0);
	/* the other half still carries the last words; a discards them and waits for the end */
	send_text(&bed->b.t, "release");
	assert_int_equal(bed->a.closed, 0);
	assert_true(loop_tcp_close(&bed->b.t, true, on_closed));
	AWAIT(bed, bed->a.closed == 1 && bed->b.closed == 1);
	assert_false(loop_tcp_close(&bed->a.t, true, on_closed));
	assert_int_equal(bed->a.got, 0);
	bed_free(bed);
}

static void test_last_words_arrive_though_the_peer_was_talking(void **state)
{
	(void)state;
	struct bed *bed = bed_new("127.0.0.1");
	dial(bed);
	loop_tcp_pause(&bed->b.t, true);
	send_text(&bed->a.t, "unread when b closes");
	uv_run(&bed->loop, UV_RUN_NOWAIT);
	send_text(&bed->b.t, "last words");
	assert_true(loop_tcp_close(&bed->b.t, true, on_closed));
	AWAIT(bed, bed->a.closes == 1);
	assert_int_equal(bed->a.got, 11);
	assert_int_equal(bed->a.reason, 0);
	assert_true(loop_tcp_close(&bed->a.t, true, on_closed));
	AWAIT(bed, bed->b.closed == 1);
	bed_free(bed);
}

static void test_a_deaf_peer_costs_no_more_than_the_queue(void **state)
{
	static uint8_t block[16384];
	const struct pst_slice s = slice_of(block, sizeof block);
	int err = 0;
	(void)state;
	struct bed *bed = bed_new("127.0.0.1");
	dial(bed);
	loop_tcp_pause(&bed->b.t, true);
	for (int i = 0; i < 10000 && !err; i++) {
		err = loop_tcp_send(&bed->a.t, &s, 1);
		uv_run(&bed->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(err, PST_E_LIMIT);
	assert_true(bed->a.t.queued <= LOOP_TCP_QUEUE_MAX);
	/* graceful does not wait for ever either */
	assert_true(loop_tcp_close(&bed->a.t, true, on_closed));
	AWAIT(bed, bed->a.closed == 1);
	bed_free(bed);
}

static void test_a_queue_drains(void **state)
{
	static uint8_t block[50000];
	const struct pst_slice s = slice_of(block, sizeof block);
	size_t sent = 0;
	(void)state;
	struct bed *bed = bed_new("127.0.0.1");
	dial(bed);
	loop_tcp_pause(&bed->b.t, true);
	while (bed->a.t.queued == 0) {
		assert_int_equal(loop_tcp_send(&bed->a.t, &s, 1), 0);
		sent += s.n;
	}
	block[s.n - 1] = 42;
	loop_tcp_pause(&bed->b.t, false);
	AWAIT(bed, bed->b.got == sent && bed->a.drained > 0);
	assert_int_equal(bed->a.t.queued, 0);
	assert_int_equal(bed->b.last, 0); /* it was copied */
	block[s.n - 1] = 0;
	bed_free(bed);
}

static void test_failures_come_through_on_connect(void **state)
{
	(void)state;
	struct bed *bed = bed_new("127.0.0.1");
	struct addr to = bed->at, from;
	/* nobody listens */
	(void)loop_listener_close(&bed->l, NULL);
	uv_run(&bed->loop, UV_RUN_NOWAIT);
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, NULL, &to), 0);
	AWAIT(bed, bed->a.connects == 1);
	assert_int_equal(bed->a.status, UV_ECONNREFUSED);
	const struct pst_slice s = slice_str("x");
	assert_int_equal(loop_tcp_send(&bed->a.t, &s, 1), PST_E_STATE);
	assert_true(loop_tcp_close(&bed->a.t, true, on_closed));
	AWAIT(bed, bed->a.closed == 1);
	/* refused by the system at once: TCP to a broadcast address */
	assert_int_equal(addr_parse(&to, "255.255.255.255:9", 0), 0);
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, NULL, &to), 0);
	assert_int_equal(bed->a.connects, 1);
	AWAIT(bed, bed->a.connects == 2);
	assert_true(bed->a.status < 0);
	assert_true(loop_tcp_close(&bed->a.t, false, on_closed));
	AWAIT(bed, bed->a.closed == 2);
	/* closed before it was told */
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, NULL, &to), 0);
	assert_true(loop_tcp_close(&bed->a.t, true, on_closed));
	AWAIT(bed, bed->a.closed == 3);
	assert_int_equal(bed->a.connects, 2);
	/* not an address of ours; families that do not go together */
	assert_int_equal(addr_parse(&from, "192.0.2.1", 0), 0);
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, &from, &to), PST_E_SYS);
	assert_int_equal(addr_parse(&from, "::1", 0), 0);
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, &from, &to), PST_E_ARG);
	bed_free(bed);
}

static void test_closing_while_connecting(void **state)
{
	(void)state;
	struct bed *bed = bed_new("127.0.0.1");
	bed->refuse = true;
	assert_int_equal(loop_tcp_connect(&bed->loop, &bed->a.t, &ops, NULL, &bed->at), 0);
	send_text(&bed->a.t, "never sent");
	assert_true(loop_tcp_close(&bed->a.t, true, on_closed));
	AWAIT(bed, bed->a.closed == 1);
	assert_int_equal(bed->a.connects, 0);
	bed_free(bed);
}

/* Without descriptors callers are let go at once, again and again, and the loop comes to rest; later they are taken. */
static void test_no_descriptors(void **state)
{
	enum { CALLERS = 8 };
	struct bed *bed = bed_new("127.0.0.1");
	struct sockaddr_storage ss;
	struct rlimit before, none;
	int fd[CALLERS], turns = 0, next;
	char c;
	(void)state;
	bed->refuse = true;
	const socklen_t n = loop_sockaddr(&ss, &bed->at);
	for (int i = 0; i < CALLERS; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(fd[i], (struct sockaddr *)&ss, n), 0);
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	next = dup(fd[0]);
	close(next);
	none = (struct rlimit){ (rlim_t)next, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	uv_timer_t rest;
	uv_timer_init(&bed->loop, &rest);
	uv_timer_start(&rest, on_rest, 200, 0);
	while (uv_is_active((uv_handle_t *)&rest)) {
		uv_run(&bed->loop, UV_RUN_ONCE);
		turns++;
	}
	uv_close((uv_handle_t *)&rest, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_in_range(turns, 2, 100);
	for (int i = 0; i < CALLERS; i++) {
		assert_true(recv(fd[i], &c, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
		close(fd[i]);
	}
	bed->refuse = false;
	dial(bed);
	bed_free(bed);
}

static void test_reset(void **state)
{
	(void)state;
	struct bed *bed = bed_new("127.0.0.1");
	dial(bed);
	loop_tcp_pause(&bed->b.t, true);
	send_text(&bed->a.t, "unread");
	uv_run(&bed->loop, UV_RUN_NOWAIT);
	assert_true(loop_tcp_close(&bed->b.t, false, on_closed));
	AWAIT(bed, bed->a.closes == 1 && bed->b.closed == 1);
	assert_int_equal(bed->a.reason, UV_ECONNRESET);
	bed_free(bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_echo_ip6),
		cmocka_unit_test(test_peer_ends),
		cmocka_unit_test(test_last_words_arrive_though_the_peer_was_talking),
		cmocka_unit_test(test_a_deaf_peer_costs_no_more_than_the_queue),
		cmocka_unit_test(test_a_queue_drains),
		cmocka_unit_test(test_failures_come_through_on_connect),
		cmocka_unit_test(test_closing_while_connecting),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_no_descriptors),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
