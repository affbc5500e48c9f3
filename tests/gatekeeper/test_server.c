/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gatekeeper on real sockets of the loopback interface. */
#include "gksim.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gatekeeper/server.h"
#include "loop/net.h"

struct client {
	uv_poll_t poll;
	int fd;
	uint8_t octets[1500];
	ssize_t n;
	struct addr from;
};

static int udp(struct addr *local)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, local);
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, n), 0);
	assert_int_equal(loop_fd_local(fd, local), 0);
	return fd;
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
	struct client *c = poll->data;
	struct sockaddr_storage ss;
	socklen_t n = sizeof ss;
	(void)status;
	(void)events;
	c->n = recvfrom(c->fd, c->octets, sizeof c->octets, 0, (struct sockaddr *)&ss, &n);
	assert_int_equal(loop_addr(&c->from, (struct sockaddr *)&ss), 0);
	uv_stop(poll->loop);
}

static void give(struct gksim *s, struct client *c, struct h225_ras_message *m, const struct addr *to)
{
	uint8_t octets[1500];
	struct writer w = wr_of(octets, sizeof octets);
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, to);
	assert_true(ras_set_seq(m, ++s->seq));
	assert_int_equal(h225_ras_encode(m, &w, NULL), 0);
	assert_int_equal(sendto(c->fd, octets, w.n, 0, (struct sockaddr *)&ss, n), w.n);
}

static void answers_come_from_the_ras_socket(void **state)
{
	static const struct gatekeeper_ops ops = { 0 };
	struct gksim s;
	struct gatekeeper_server *server;
	struct client c = { 0 };
	struct addr local = at("127.0.0.2:0"), ras = at("127.0.0.1:0"), discovery = at("127.0.0.1:0"), found;
	char name[ADDR_STRLEN];
	uv_loop_t loop;
	(void)state;
	gksim_init(&s);
	/* the outside is all the rest, so that loopback is there */
	s.cfg.outside_registration = true;
	assert_int_equal(uv_loop_init(&loop), 0);
	c.fd = udp(&local);
	const int ras_fd = udp(&ras), discovery_fd = udp(&discovery);
	assert_int_equal(gatekeeper_server_new(&server, &loop, &s.cfg, &ops, NULL), 0);
	assert_int_equal(gatekeeper_server_listen_fd(server, ras_fd, OUTSIDE, 0, false), 0);
	assert_int_equal(gatekeeper_server_listen_fd(server, discovery_fd, OUTSIDE, 0, true), 0);
	assert_int_equal(uv_poll_init(&loop, &c.poll, c.fd), 0);
	c.poll.data = &c;
	assert_int_equal(uv_poll_start(&c.poll, UV_READABLE, on_answer), 0);
	struct h225_ras_message m = gksim_rrq(&s, addr_str(&local, name), &(struct gksim_rrq){ .alias = { "alice" } });
	give(&s, &c, &m, &discovery);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(addr_eq(&c.from, &ras));
	assert_int_equal(h225_ras_decode(&m, slice_of(c.octets, (size_t)c.n), NULL, &s.arena, NULL), 0);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	assert_true(gatekeeper_find(gatekeeper_server_gk(server), "alice", &found));
	assert_int_equal(gatekeeper_server_reload(server, &s.cfg), 0);
	/* at the end it is told that it is not registered any more */
	gatekeeper_server_free(server, true);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(h225_ras_decode(&m, slice_of(c.octets, (size_t)c.n), NULL, &s.arena, NULL), 0);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_UNREGISTRATION_REQUEST);
	uv_close((uv_handle_t *)&c.poll, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	close(c.fd);
	arena_free(&s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(answers_come_from_the_ras_socket) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
