/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RAS proxy on real sockets of the loopback interface: an endpoint, the proxy, and a gatekeeper of ours that stands
 * for one outside. */
#include "gksim.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gatekeeper/proxy_server.h"
#include "gatekeeper/server.h"
#include "loop/net.h"

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

struct client {
	uv_poll_t poll;
	int fd;
	uint8_t octets[1500];
	ssize_t n;
	struct addr from;
};

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

static struct addr port; /* that calls are taken on */

static struct addr behind; /* the port */
static char named[32];

static void on_port(void *arg, const struct addr *local, const struct addr *signal)
{
	(void)arg;
	assert_non_null(signal);
	port = *local;
	behind = *signal;
}

static void on_named(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal)
{
	(void)arg;
	(void)realm;
	assert_true(addr_eq(signal, &behind));
	snprintf(named, sizeof named, "%.*s", (int)name.n, (const char *)name.p);
}

static void there_and_back(void **state)
{
	static const struct gatekeeper_ops gk_ops = { 0 };
	static const struct ras_proxy_server_hooks hooks = { .port = on_port, .named = on_named };
	struct gksim s;
	struct gatekeeper_server *gk;
	struct ras_proxy_server *server;
	struct addr_prefix inside;
	struct gatekeeper_realm realms[2] = { { .name = "inside", .inside = true, .address = at("127.0.1.1"),
						      .networks = &inside, .n_networks = 1 },
		{ .name = "outside", .address = at("127.0.2.1") } };
	/* for the gatekeeper, all is one realm */
	struct gatekeeper_realm world = { .name = "world", .inside = true, .address = at("127.0.2.30") };
	struct client c = { 0 };
	struct addr local = at("127.0.1.5:0"), ras = at("127.0.2.30:0"), stand_in = at("127.0.1.1:0"), found;
	char name[ADDR_STRLEN];
	uv_loop_t loop;
	(void)state;
	assert_int_equal(addr_prefix_parse(&inside, "127.0.1.0/24"), 0);
	gksim_init(&s);
	s.cfg.realms = &world;
	s.cfg.n_realms = 1;
	assert_int_equal(uv_loop_init(&loop), 0);
	c.fd = udp(&local);
	const int ras_fd = udp(&ras), in_fd = udp(&stand_in);
	const struct ras_proxy_gatekeeper there = { ras, stand_in.port };
	const struct ras_proxy_config cfg = { .realms = realms, .n_realms = 2, .gatekeepers = &there, .n_gatekeepers = 1,
		.signalling_port = 1720, .default_ttl_s = 60, .limits = s.cfg.limits };
	assert_int_equal(gatekeeper_server_new(&gk, &loop, &s.cfg, &gk_ops, NULL), 0);
	assert_int_equal(gatekeeper_server_listen_fd(gk, ras_fd, 0, 0, false), 0);
	assert_int_equal(ras_proxy_server_new(&server, &loop, &cfg, 42000, 42100, &hooks, NULL), 0);
	assert_int_equal(ras_proxy_server_listen_fd(server, in_fd, 0, 0), 0);
	assert_int_equal(uv_poll_init(&loop, &c.poll, c.fd), 0);
	c.poll.data = &c;
	assert_int_equal(uv_poll_start(&c.poll, UV_READABLE, on_answer), 0);
	struct h225_ras_message m = gksim_rrq(&s, addr_str(&local, name), &(struct gksim_rrq){ .alias = { "alice" } });
	uint8_t octets[1500];
	struct writer w = wr_of(octets, sizeof octets);
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, &stand_in);
	assert_true(ras_set_seq(&m, 3));
	assert_int_equal(h225_ras_encode(&m, &w, NULL), 0);
	assert_int_equal(sendto(c.fd, octets, w.n, 0, (struct sockaddr *)&ss, n), w.n);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(addr_eq(&c.from, &stand_in));
	assert_int_equal(h225_ras_decode(&m, slice_of(c.octets, (size_t)c.n), NULL, &s.arena, NULL), 0);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	/* each side knows the endpoint by what it has to call */
	assert_true(gatekeeper_find(gatekeeper_server_gk(gk), "alice", &found));
	assert_true(addr_eq(&found, &port));
	assert_true(ras_proxy_find(ras_proxy_server_proxy(server), "alice", &found));
	assert_string_equal(addr_str(&found, name), "127.0.1.5:1720");
	assert_true(ras_proxy_find_port(ras_proxy_server_proxy(server), &port, &found));
	assert_true(addr_eq(&found, &behind));
	assert_string_equal(named, "alice");
	gatekeeper_server_free(gk, false);
	ras_proxy_server_free(server);
	uv_close((uv_handle_t *)&c.poll, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	close(c.fd);
	arena_free(&s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
