/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user plane on loopback: it conforms, for IPv4 and IPv6, and what is its own. */
#include "conformance.h"

#include "base/clock.h"
#include "loop/net.h"
#include "relay/user.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/resource.h>

#include <cmocka.h>

enum { SOCKETS = 24 };

/* Sockets of the pretended hosts, opened when first used. */
struct user_rig {
	struct rig rig; /* first */
	uint32_t shards; /* 0: as many as there are processors */
	struct addr at[SOCKETS];
	int fd[SOCKETS];
	unsigned n;
};

static int socket_at(struct user_rig *u, const struct addr *at)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, at);
	for (unsigned i = 0; i < u->n; i++)
		if (addr_eq(&u->at[i], at))
			return u->fd[i];
	assert_true(u->n < SOCKETS);
	const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, n), 0);
	u->at[u->n] = *at;
	u->fd[u->n++] = fd;
	return fd;
}

static void send_to(struct user_rig *u, const struct addr *from, const struct addr *to, size_t n)
{
	static const uint8_t zeros[8000];
	struct sockaddr_storage ss;
	const socklen_t len = loop_sockaddr(&ss, to);
	assert_int_equal(sendto(socket_at(u, from), zeros, n, 0, (struct sockaddr *)&ss, len), n);
}

/* Finds the socket that something came to. */
static bool user_came(struct rig *rig, bool wait, struct addr *at, struct addr *seen)
{
	struct user_rig *u = (struct user_rig *)rig;
	struct pollfd p[SOCKETS];
	uint8_t buf[64];
	for (unsigned i = 0; i < u->n; i++)
		p[i] = (struct pollfd){ .fd = u->fd[i], .events = POLLIN };
	if (poll(p, u->n, wait ? 10000 : 0) <= 0)
		return false;
	for (unsigned i = 0; i < u->n; i++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof ss;
		if (recvfrom(u->fd[i], buf, sizeof buf, MSG_DONTWAIT, (struct sockaddr *)&ss, &len) < 0)
			continue;
		*at = u->at[i];
		assert_int_equal(loop_addr(seen, (struct sockaddr *)&ss), 0);
		return true;
	}
	return false;
}

static void user_send(struct rig *rig, const struct addr *from, const struct addr *to)
{
	static const uint16_t ports[] = { 19000, 19001, 19002, 19003, 19004, 19006, 19008 };
	struct user_rig *u = (struct user_rig *)rig;
	struct addr a;
	/* whoever may receive listens already */
	const bool first = u->n == 0;
	for (int h = 0; h < 2 && first; h++)
		for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
			assert_int_equal(addr_parse(&a, rig->hosts[h], ports[i]), 0);
			(void)socket_at(u, &a);
		}
	send_to(u, from, to, 172);
}

/* Until a packet comes out, or a millisecond: what is refused shows in counters alone. */
static void user_step(struct rig *rig)
{
	struct user_rig *u = (struct user_rig *)rig;
	struct pollfd p[SOCKETS];
	for (unsigned i = 0; i < u->n; i++)
		p[i] = (struct pollfd){ .fd = u->fd[i], .events = POLLIN };
	(void)poll(p, u->n, 1);
}

static uint64_t dealt_with(struct user_rig *u, const struct relay_session *s, int leg)
{
	struct relay_flow_stats st;
	u->rig.relay.ops->flow_stats(s, leg, RELAY_RTP, &st);
	return st.packets + st.refused + st.failed;
}

/* Steps until N packets of the leg are dealt with. */
static void await(struct user_rig *u, const struct relay_session *s, int leg, uint64_t n)
{
	const uint64_t limit = clock_now_ms() + 10000;
	while (dealt_with(u, s, leg) < n && clock_now_ms() < limit)
		user_step(&u->rig);
	assert_int_equal(dealt_with(u, s, leg), n);
}

/* One packet through the RTP port of the leg; whether it came out. */
static bool pass(struct user_rig *u, struct relay_session *s, int leg, const struct addr *from,
	bool listening, struct addr *at, struct addr *seen)
{
	const struct addr own = u->rig.relay.ops->session_local(s, leg, RELAY_RTP);
	const uint64_t before = dealt_with(u, s, leg);
	send_to(u, from, &own, 172);
	await(u, s, leg, before + 1);
	return user_came(&u->rig, listening, at, seen);
}

static void user_restart_range(struct user_rig *u, uint16_t first, uint32_t sessions)
{
	const struct relay_user_config conf = { .first = first,
		.last = (uint16_t)(first + 4 * sessions - 1),
		.rest_ms = RELAY_USER_REST_MS,
		.shards = u->shards };
	if (u->rig.relay.plane != NULL)
		relay_user_free(&u->rig.relay);
	assert_int_equal(relay_user_new(&conf, &u->rig.relay), 0);
}

static void user_restart(struct rig *rig, uint32_t sessions)
{
	user_restart_range((struct user_rig *)rig, 20000, sessions);
}

static struct user_rig *rig_new(
	const char *inside, const char *outside, const char *stranger, const char *own)
{
	struct user_rig *u = calloc(1, sizeof *u);
	assert_non_null(u);
	u->rig.send = user_send;
	u->rig.step = user_step;
	u->rig.came = user_came;
	u->rig.restart = user_restart;
	u->rig.hosts[0] = inside;
	u->rig.hosts[1] = outside;
	u->rig.hosts[2] = stranger;
	u->rig.hosts[3] = own;
	return u;
}

static void rig_free(struct user_rig *u)
{
	relay_user_free(&u->rig.relay);
	for (unsigned i = 0; i < u->n; i++)
		close(u->fd[i]);
	free(u);
}

static void test_conforms_ip4(void **state)
{
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	conformance_run(&u->rig);
	rig_free(u);
}

static void test_conforms_in_one_thread(void **state)
{
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	u->shards = 1;
	conformance_run(&u->rig);
	rig_free(u);
}

static struct relay_session *open_one(struct user_rig *u, const char *leg0, const char *leg1)
{
	struct addr local[RELAY_LEGS];
	struct relay_session *s;
	assert_int_equal(addr_parse(&local[0], leg0, 0), 0);
	assert_int_equal(addr_parse(&local[1], leg1, 0), 0);
	assert_int_equal(u->rig.relay.ops->session_open(u->rig.relay.plane, local, &s), 0);
	return s;
}

static struct addr parse(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

/* A single loopback address: only ports tell hosts apart. And from IPv6 to IPv4 and back. */
static void test_ip6(void **state)
{
	(void)state;
	struct user_rig *u = rig_new("::1", "::1", "::1", "::1");
	user_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	struct relay_session *s = open_one(u, "::1", "127.0.0.1");
	const struct addr in = parse("[::1]:19000"), bad = parse("[::1]:19001"),
			  out = parse("127.0.0.3:19002");
	const struct relay_flow there = { addr_with_port(in, 0), out }, back = { out, in };
	struct addr at, seen, own0 = ops->session_local(s, 0, RELAY_RTP),
			      own1 = ops->session_local(s, 1, RELAY_RTP);
	(void)socket_at(u, &out);
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTP, &there), 0);
	assert_int_equal(ops->flow_set(s, 1, RELAY_RTP, &back), 0);
	assert_true(pass(u, s, 0, &in, true, &at, &seen));
	assert_true(addr_eq(&at, &out) && addr_eq(&seen, &own1));
	assert_true(pass(u, s, 1, &out, true, &at, &seen));
	assert_true(addr_eq(&at, &in) && addr_eq(&seen, &own0));
	assert_false(pass(u, s, 0, &bad, false, &at, &seen));
	ops->session_close(s);
	rig_free(u);
}

static void test_nobody_listening_does_no_harm(void **state)
{
	struct relay_flow_stats st;
	struct addr at, seen;
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	user_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	struct relay_session *s = open_one(u, "127.0.0.1", "127.0.0.1");
	const struct addr in = parse("127.0.0.2:19000"), out = parse("127.0.0.3:19099");
	const struct relay_flow flow = { in, out };
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTP, &flow), 0);
	for (int i = 0; i < 5; i++)
		assert_false(pass(u, s, 0, &in, false, &at, &seen));
	/* the receiver comes later */
	(void)socket_at(u, &out);
	assert_true(pass(u, s, 0, &in, true, &at, &seen));
	/* where it cannot go at all is counted, and does not stop the flow */
	const struct relay_flow nowhere = { in, parse("255.255.255.255:9") };
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTP, &nowhere), 0);
	assert_false(pass(u, s, 0, &in, false, &at, &seen));
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTP, &flow), 0);
	assert_true(pass(u, s, 0, &in, true, &at, &seen));
	ops->flow_stats(s, 0, RELAY_RTP, &st);
	assert_int_equal(st.packets, 7);
	assert_int_equal(st.failed, 1);
	assert_int_equal(st.bytes, 7 * 172);
	ops->session_close(s);
	rig_free(u);
}

/* Sends OCTETS from the inside host to the session's RTCP port of leg 0; what came out of the other leg
 * stands in GOT. */
static void through_rtcp(struct user_rig *u, struct relay_session *s, const char *octets, size_t n, char *got)
{
	const struct addr in = parse("127.0.0.2:19001"), out = parse("127.0.0.3:19003");
	const struct addr own = u->rig.relay.ops->session_local(s, 0, RELAY_RTCP);
	const int from = socket_at(u, &in), to = socket_at(u, &out);
	struct sockaddr_storage ss;
	const socklen_t len = loop_sockaddr(&ss, &own);
	assert_int_equal(sendto(from, octets, n, 0, (struct sockaddr *)&ss, len), n);
	ssize_t came = -1;
	struct pollfd p = { .fd = to, .events = POLLIN };
	if (poll(&p, 1, 10000) == 1)
		came = recv(to, got, n, MSG_DONTWAIT);
	assert_int_equal(came, n);
}

static void test_hides_addresses_when_told(void **state)
{
	static const char sdes[] = "\x81\xca\0\4\0\0\0\1\1\x09\61.2.3.4.5\0";
	char got[sizeof sdes];
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	user_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	struct relay_session *s = open_one(u, "127.0.0.1", "127.0.0.1");
	const struct relay_flow flow = { parse("127.0.0.2"), parse("127.0.0.3:19003") };
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTCP, &flow), 0);
	through_rtcp(u, s, sdes, 20, got);
	assert_memory_equal(got, sdes, 20);
	ops->session_hide(s, 0);
	through_rtcp(u, s, sdes, 20, got);
	assert_memory_equal(got, sdes, 10);
	assert_memory_not_equal(got + 10, sdes + 10, 9);
	ops->session_close(s);
	rig_free(u);
}

static void test_bursts_and_oversized(void **state)
{
	struct relay_flow_stats st;
	struct addr at, seen;
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	user_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	struct relay_session *s = open_one(u, "127.0.0.1", "127.0.0.1");
	const struct addr in = parse("127.0.0.2:19000"), bad = parse("127.0.0.4:19000");
	const struct addr out = parse("127.0.0.3:19002"), own = ops->session_local(s, 0, RELAY_RTP);
	const struct relay_flow flow = { addr_with_port(in, 0), out };
	unsigned got = 0;
	(void)socket_at(u, &out);
	assert_int_equal(ops->flow_set(s, 0, RELAY_RTP, &flow), 0);
	/* good and bad ones mixed in one batch */
	for (int i = 0; i < 100; i++) {
		send_to(u, &in, &own, 172);
		send_to(u, &bad, &own, 172);
	}
	send_to(u, &in, &own, 7000); /* no RTP packet: dropped, not cut */
	send_to(u, &in, &own, 0);
	await(u, s, 0, 202);
	while (got < 101 && user_came(&u->rig, true, &at, &seen))
		got++;
	assert_int_equal(got, 101);
	assert_false(user_came(&u->rig, false, &at, &seen));
	ops->flow_stats(s, 0, RELAY_RTP, &st);
	assert_int_equal(st.packets, 101);
	assert_int_equal(st.refused, 100);
	assert_int_equal(st.failed, 1);
	ops->session_close(s);
	rig_free(u);
}

static void test_a_new_range(void **state)
{
	const struct relay_user_config other = { .first = 30000, .last = 30007 },
				       bad = { .first = 30001, .last = 30002 };
	uint32_t used, most;
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	user_restart(&u->rig, 16);
	const struct relay_ops *ops = u->rig.relay.ops;
	struct relay_session *s = open_one(u, "127.0.0.1", "127.0.0.6");
	const uint16_t port = ops->session_local(s, 0, RELAY_RTP).port;
	assert_int_equal(relay_user_configure(&u->rig.relay, &bad), PST_E_ARG);
	assert_int_equal(relay_user_configure(&u->rig.relay, &other), 0);
	assert_int_equal(ops->session_local(s, 0, RELAY_RTP).port, port);
	struct relay_session *t = open_one(u, "127.0.0.1", "127.0.0.6");
	assert_true(ops->session_local(t, 0, RELAY_RTP).port >= 30000);
	ops->usage(u->rig.relay.plane, &used, &most);
	assert_int_equal(used, 2);
	assert_int_equal(most, 4);
	ops->session_close(s);
	ops->session_close(t);
	rig_free(u);
}

static void test_an_address_that_is_not_ours(void **state)
{
	struct relay_session *s;
	uint32_t used, most;
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	user_restart(&u->rig, 2);
	const struct relay_ops *ops = u->rig.relay.ops;
	const struct addr local[RELAY_LEGS] = { parse("127.0.0.1"), parse("192.0.2.1") };
	for (int i = 0; i < 20; i++)
		assert_int_equal(ops->session_open(u->rig.relay.plane, local, &s), PST_E_SYS);
	ops->usage(u->rig.relay.plane, &used, &most);
	assert_int_equal(used, 0);
	/* the first leg's ports came back each time */
	ops->session_close(open_one(u, "127.0.0.1", "127.0.0.1"));
	rig_free(u);
}

static void test_has_no_ranges(void **state)
{
	(void)state;
	struct user_rig *u = rig_new("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1");
	user_restart(&u->rig, 8);
	const struct relay_range_plan plan = { .first = 1024, .last = 65535, .flows_max = 4, .idle_ms = 1000 };
	struct relay_range *r;
	assert_int_equal(u->rig.relay.ops->range_open(u->rig.relay.plane, &plan, &r), PST_E_UNSUPPORTED);
	rig_free(u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conforms_ip4),
		cmocka_unit_test(test_conforms_in_one_thread),
		cmocka_unit_test(test_ip6),
		cmocka_unit_test(test_nobody_listening_does_no_harm),
		cmocka_unit_test(test_hides_addresses_when_told),
		cmocka_unit_test(test_bursts_and_oversized),
		cmocka_unit_test(test_a_new_range),
		cmocka_unit_test(test_an_address_that_is_not_ours),
		cmocka_unit_test(test_has_no_ranges),
	};
	struct rlimit files;
	/* a thousand sessions are four thousand sockets */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
