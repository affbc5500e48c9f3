/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ILS on sockets: silent and slow clients, those that do not read, too many of them; and the pump, with octets in any
 * portions, messages too large to look into, and a connection that turns into something else. */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "directory/ils_server.h"
#include "loop/net.h"

static const uint8_t bind_request[] = { 0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 2, 4, 0, 0x80, 0 };
static const uint8_t bind_response[] = { 0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0 };

static struct {
	uv_loop_t loop;
	struct directory *dir;
	struct directory_policy policy;
	struct ils_server *server;
	uint16_t port;
	struct addr target; /* family 0: served here */
	bool closed;
} w;

static bool admit(void *arg, int fd, const struct addr *peer, struct directory_admission *out)
{
	(void)arg, (void)fd, (void)peer;
	*out = (struct directory_admission){ .target = w.target, .target_realm = 1 };
	return true;
}

static int realm_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->ip[0] == 10 ? 0 : 1;
}

static struct addr address_for(void *arg, uint8_t realm, const struct directory_person *p)
{
	(void)arg;
	return realm == 1 ? addr_ip4((const uint8_t[]){ 203, 0, 113, 1 }, 0) : p->address;
}

static struct addr loopback(uint16_t port)
{
	return addr_ip4((const uint8_t[]){ 127, 0, 0, 1 }, port);
}

static void start(struct ils_server_config cfg)
{
	struct directory_config dc = { .seed = 1, .address_for = address_for };
	struct addr local = loopback(0);
	int fd;
	memset(&w, 0, sizeof w);
	directory_limits_default(&dc.limits);
	dc.limits.changes_per_source_s = UINT32_MAX;
	dc.limits.entries_per_source = 100000;
	w.policy = directory_policy_default();
	assert_int_equal(uv_loop_init(&w.loop), 0);
	assert_int_equal(directory_new(&w.dir, &dc), 0);
	cfg.dir = w.dir;
	cfg.policy = &w.policy;
	cfg.admit = admit;
	cfg.realm_of = realm_of;
	assert_int_equal(ils_server_new(&w.server, &w.loop, &cfg), 0);
	assert_int_equal(loop_listen(&fd, &local, 64), 0);
	assert_int_equal(loop_fd_local(fd, &local), 0);
	w.port = local.port;
	assert_int_equal(ils_server_listen_fd(w.server, fd), 0);
}

static void on_closed(void *arg)
{
	(void)arg;
	w.closed = true;
}

static void stop(void)
{
	ils_server_close(w.server, on_closed, NULL);
	while (!w.closed)
		uv_run(&w.loop, UV_RUN_ONCE);
	while (uv_loop_close(&w.loop))
		uv_run(&w.loop, UV_RUN_NOWAIT);
	directory_free(w.dir);
}

static struct ils_server_stats stats(void)
{
	struct ils_server_stats s;
	ils_server_stats(w.server, &s);
	return s;
}

static int dial(uint16_t port)
{
	const struct addr to = loopback(port);
	struct sockaddr_storage ss;
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, loop_sockaddr(&ss, &to)), 0);
	return fd;
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 0) == 1;
}

/* Turns the loop until FD has something to say. */
static void await(int fd)
{
	while (!readable(fd))
		uv_run(&w.loop, UV_RUN_NOWAIT);
}

static void send_all(int fd, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		const ssize_t sent = send(fd, (const uint8_t *)p + at, n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0)
			at += (size_t)sent;
		uv_run(&w.loop, UV_RUN_NOWAIT);
	}
}

static void expect(int fd, const void *want, size_t n)
{
	uint8_t *got = malloc(n);
	assert_non_null(got);
	for (size_t at = 0; at < n;) {
		await(fd);
		const ssize_t r = read(fd, got + at, n - at);
		assert_true(r > 0);
		at += (size_t)r;
	}
	assert_memory_equal(got, want, n);
	free(got);
}

static void expect_end(int fd)
{
	uint8_t octet;
	await(fd);
	assert_true(read(fd, &octet, 1) <= 0);
	close(fd);
}

static void silence_and_drops_end(void **state)
{
	(void)state;
	start((struct ils_server_config){ .idle_ms = 300, .half_ms = 300 });
	const int silent = dial(w.port), drops = dial(w.port);
	for (size_t i = 0; i < 5; i++)
		send_all(drops, bind_request + i, 1);
	expect_end(silent);
	expect_end(drops);
	while (stats().open > 0)
		uv_run(&w.loop, UV_RUN_ONCE);
	assert_int_equal(stats().timeouts, 2);
	stop();
}

static void only_so_many(void **state)
{
	(void)state;
	start((struct ils_server_config){ .connections = 3, .connections_per_source = 2 });
	const int a = dial(w.port), b = dial(w.port), c = dial(w.port);
	send_all(a, bind_request, sizeof bind_request);
	expect(a, bind_response, sizeof bind_response);
	expect_end(c);
	assert_int_equal(stats().refused, 1);
	close(a);
	close(b);
	stop();
}

static void fill(unsigned n)
{
	char key[32];
	static char filler[1000];
	const struct pst_slice value = slice_of(filler, sizeof filler);
	const struct directory_attr attr = { slice_str("comment"), &value, 1 };
	memset(filler, 'x', sizeof filler);
	for (unsigned i = 0; i < n; i++) {
		snprintf(key, sizeof key, "p%u@example.com", i);
		const struct directory_person p = { .key = slice_str(key), .attrs = &attr, .n_attrs = 1, .address = loopback(0),
			.expiry_ms = UINT64_MAX, .source = { 0, loopback(0) } };
		assert_int_equal(directory_put(w.dir, &p, NULL, 0, 0, NULL), 0);
	}
}

/* (cn=*), all attributes */
static const uint8_t list_request[] = { 0x30, 0x1c, 2, 1, 2, 0x63, 0x17, 4, 0, 0x0a, 1, 2, 0x0a, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0x87, 2,
	'c', 'n', 0x30, 0 };

/* A list goes no faster than it is taken, and is complete. */
static void a_list_waits_for_its_reader(void **state)
{
	(void)state;
	start((struct ils_server_config){ 0 });
	fill(4000);
	const int fd = dial(w.port), other = dial(w.port);
	const int small = 65536;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	send_all(fd, list_request, sizeof list_request);
	send_all(fd, bind_request, sizeof bind_request); /* waits behind the list */
	for (int i = 0; i < 200; i++)
		uv_run(&w.loop, UV_RUN_NOWAIT);
	/* nobody reads: the server has made a small part of it and serves others meanwhile */
	assert_true(stats().ils.entries < 3000);
	send_all(other, bind_request, sizeof bind_request);
	expect(other, bind_response, sizeof bind_response);
	size_t total = 0;
	uint8_t buf[65536], tail[14] = { 0 };
	while (memcmp(tail, bind_response, sizeof tail) != 0) {
		await(fd);
		const ssize_t n = read(fd, buf, sizeof buf);
		assert_true(n > 0);
		total += (size_t)n;
		const size_t keep = (size_t)n < sizeof tail ? (size_t)n : sizeof tail;
		memmove(tail, tail + keep, sizeof tail - keep);
		memcpy(tail + sizeof tail - keep, buf + n - keep, keep);
	}
	assert_int_equal(stats().ils.entries, 4000);
	assert_true(total > 4000 * 1000);
	close(fd);
	close(other);
	stop();
}

static void one_that_never_reads_is_closed(void **state)
{
	(void)state;
	start((struct ils_server_config){ .half_ms = 300 });
	fill(8000);
	const int fd = dial(w.port);
	send_all(fd, list_request, sizeof list_request);
	while (stats().open == 0)
		uv_run(&w.loop, UV_RUN_ONCE);
	while (stats().open > 0)
		uv_run(&w.loop, UV_RUN_ONCE);
	assert_int_equal(stats().timeouts, 1);
	close(fd);
	stop();
}

/* The other server of the pump is this test. */
static int other_server(int *listener)
{
	struct addr local = loopback(0);
	assert_int_equal(loop_listen(listener, &local, 8), 0);
	assert_int_equal(loop_fd_local(*listener, &local), 0);
	w.target = local;
	const int fd = dial(w.port);
	await(*listener);
	return fd;
}

static void the_pump(void **state)
{
	(void)state;
	static uint8_t large[200000];
	int listener;
	start((struct ils_server_config){ 0 });
	const int client = other_server(&listener);
	const int server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	/* octet by octet, each way */
	for (size_t i = 0; i < sizeof bind_request; i++)
		send_all(client, bind_request + i, 1);
	expect(server, bind_request, sizeof bind_request);
	for (size_t i = 0; i < sizeof bind_response; i++)
		send_all(server, bind_response + i, 1);
	expect(client, bind_response, sizeof bind_response);
	/* one too large to look into, between two others, in one run */
	memset(large, 'x', sizeof large);
	memcpy(large, bind_response, sizeof bind_response);
	const size_t n = sizeof large - 2 * sizeof bind_response;
	uint8_t *at = large + sizeof bind_response;
	at[0] = 0x30, at[1] = 0x83, at[2] = (uint8_t)((n - 5) >> 16), at[3] = (uint8_t)((n - 5) >> 8), at[4] = (uint8_t)(n - 5);
	memcpy(large + sizeof large - sizeof bind_response, bind_response, sizeof bind_response);
	uint8_t *got = malloc(sizeof large);
	assert_non_null(got);
	for (size_t sent = 0, received = 0; received < sizeof large;) {
		const ssize_t s = sent < sizeof large ? send(server, large + sent, sizeof large - sent, MSG_DONTWAIT) : 0;
		sent += s > 0 ? (size_t)s : 0;
		uv_run(&w.loop, UV_RUN_NOWAIT);
		const ssize_t r = recv(client, got + received, sizeof large - received, MSG_DONTWAIT);
		received += r > 0 ? (size_t)r : 0;
	}
	assert_memory_equal(got, large, sizeof large);
	free(got);
	assert_int_equal(stats().opaque, 0);
	/* another protocol from here on */
	send_all(client, "\x16\x03\x01 hello", 9);
	expect(server, "\x16\x03\x01 hello", 9);
	send_all(server, "and back", 8);
	expect(client, "and back", 8);
	assert_int_equal(stats().opaque, 1);
	close(server);
	expect_end(client);
	close(listener);
	stop();
}

static void a_server_that_is_not_there(void **state)
{
	(void)state;
	int listener;
	start((struct ils_server_config){ 0 });
	struct addr local = loopback(0);
	assert_int_equal(loop_listen(&listener, &local, 1), 0);
	assert_int_equal(loop_fd_local(listener, &local), 0);
	close(listener); /* nobody listens there any more */
	w.target = local;
	expect_end(dial(w.port));
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_and_drops_end),
		cmocka_unit_test(only_so_many),
		cmocka_unit_test(a_list_waits_for_its_reader),
		cmocka_unit_test(one_that_never_reads_is_closed),
		cmocka_unit_test(the_pump),
		cmocka_unit_test(a_server_that_is_not_there),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
