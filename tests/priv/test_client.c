/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child's end against a socket that the test plays the monitor on. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "priv/client.h"

struct seen {
	int replies, status, sys_errno, fd;
	int configs, commits, aborts, peers, stops, losses;
	uint32_t generation, peer;
};

static void on_reply(void *arg, int status, int sys_errno, int fd)
{
	struct seen *s = arg;
	s->replies++;
	s->status = status;
	s->sys_errno = sys_errno;
	s->fd = fd;
}

static void on_config(void *arg, uint32_t generation, int fd)
{
	struct seen *s = arg;
	s->configs++;
	s->generation = generation;
	close(fd);
}

static void on_commit(void *arg, uint32_t generation)
{
	struct seen *s = arg;
	s->commits++;
	s->generation = generation;
}

static void on_abort(void *arg, uint32_t generation)
{
	struct seen *s = arg;
	s->aborts++;
	s->generation = generation;
}

static void on_peer(void *arg, uint32_t peer, int fd)
{
	struct seen *s = arg;
	s->peers++;
	s->peer = peer;
	close(fd);
}

static void on_stop(void *arg)
{
	((struct seen *)arg)->stops++;
}

static void on_lost(void *arg)
{
	((struct seen *)arg)->losses++;
}

static const struct priv_client_ops ops = {on_config, on_commit, on_abort, on_peer, on_stop, on_lost};

struct fixture {
	uv_loop_t loop;
	int sock;
	struct priv_client *c;
	struct seen seen;
};

static void begin(struct fixture *f)
{
	int pair[2];
	memset(f, 0, sizeof *f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	f->sock = pair[0];
	assert_int_equal(priv_client_new(&f->c, &f->loop, pair[1], &ops, &f->seen), PST_OK);
}

static void end(struct fixture *f)
{
	priv_client_free(f->c);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	if (f->sock >= 0)
		close(f->sock);
}

static struct priv_msg expect(struct fixture *f, enum priv_type type)
{
	struct priv_msg m;
	int fd = -1;
	assert_int_equal(priv_msg_recv(f->sock, &m, &fd), PST_OK);
	assert_int_equal(m.type, type);
	return m;
}

static void test_ask(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	const struct priv_msg ask = {.type = PRIV_BIND, .generation = 3, .realm = 1, .interface = 2};
	assert_int_equal(priv_client_ask(f.c, &ask, on_reply, &f.seen), PST_OK);
	assert_int_equal(priv_client_ask(f.c, &ask, on_reply, &f.seen), PST_OK);
	const struct priv_msg first = expect(&f, PRIV_BIND), second = expect(&f, PRIV_BIND);
	assert_int_equal(first.interface, 2);
	assert_int_not_equal(first.id, second.id);

	/* answers may come in any order */
	const struct priv_msg ok = {.type = PRIV_REPLY, .id = second.id};
	assert_int_equal(priv_msg_send(f.sock, &ok, f.sock), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.replies, 1);
	assert_int_equal(f.seen.status, PST_OK);
	assert_true(f.seen.fd >= 0);
	close(f.seen.fd);
	const struct priv_msg refused = {
	        .type = PRIV_REPLY, .id = first.id, .status = PST_E_SYS, .sys_errno = 13};
	assert_int_equal(priv_msg_send(f.sock, &refused, -1), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.replies, 2);
	assert_int_equal(f.seen.status, PST_E_SYS);
	assert_int_equal(f.seen.sys_errno, 13);
	assert_int_equal(f.seen.fd, -1);
	/* an answer nobody waits for is no answer */
	assert_int_equal(priv_msg_send(f.sock, &refused, -1), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.replies, 2);
	assert_int_equal(f.seen.losses, 1);
	end(&f);
}

static void test_told(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	const struct priv_msg config = {.type = PRIV_CONFIG, .generation = 5}, stop = {.type = PRIV_STOP};
	assert_int_equal(priv_msg_send(f.sock, &config, f.sock), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.configs, 1);
	assert_int_equal(f.seen.generation, 5);
	const struct priv_msg commit = {.type = PRIV_COMMIT, .generation = 6}, forget = {.type = PRIV_ABORT, .generation = 7};
	assert_int_equal(priv_msg_send(f.sock, &commit, -1), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.commits, 1);
	assert_int_equal(f.seen.generation, 6);
	assert_int_equal(priv_msg_send(f.sock, &forget, -1), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.aborts, 1);
	assert_int_equal(f.seen.generation, 7);
	const struct priv_msg peer = {.type = PRIV_PEER, .peer = 2};
	assert_int_equal(priv_msg_send(f.sock, &peer, f.sock), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.peers, 1);
	assert_int_equal(f.seen.peer, 2);
	assert_int_equal(priv_msg_send(f.sock, &stop, -1), PST_OK);
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.stops, 1);
	close(f.sock);
	f.sock = -1;
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.seen.losses, 1);
	end(&f);
}

static void test_limit(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	const struct priv_msg ask = {.type = PRIV_CONTROL};
	int rc = PST_OK, n = 0;
	for (; rc == PST_OK && n < 1000; n++)
		rc = priv_client_ask(f.c, &ask, on_reply, &f.seen);
	assert_int_equal(rc, PST_E_LIMIT);
	assert_true(n > 120 + 32 && n < 1000);
	end(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ask),
	        cmocka_unit_test(test_told),
	        cmocka_unit_test(test_limit),
	};
	return cmocka_run_group_tests_name("priv client", tests, NULL, NULL);
}
