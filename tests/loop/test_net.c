/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Socket addresses and listening sockets. */
#include "loop/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

static void test_addresses_round_trip(void **state)
{
	static const char *const texts[] = { "192.0.2.1:1720", "[2001:db8::1]:5000", "127.0.0.1" };
	struct sockaddr_storage ss;
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct addr a, b;
		assert_int_equal(addr_parse(&a, texts[i], 0), 0);
		assert_true(loop_sockaddr(&ss, &a) > 0);
		assert_int_equal(loop_addr(&b, (struct sockaddr *)&ss), 0);
		assert_true(addr_eq(&a, &b));
	}
	const struct addr none = { 0 };
	assert_int_equal(loop_sockaddr(&ss, &none), 0);
}

static void test_mapped_becomes_ip4(void **state)
{
	struct sockaddr_storage ss;
	struct addr a, b;
	(void)state;
	assert_int_equal(addr_parse(&a, "[::ffff:192.0.2.7]:9", 0), 0);
	(void)loop_sockaddr(&ss, &a);
	assert_int_equal(loop_addr(&b, (struct sockaddr *)&ss), 0);
	assert_int_equal(b.family, ADDR_IP4);
	assert_int_equal(b.ip[3], 7);
	ss.ss_family = AF_UNIX;
	assert_int_equal(loop_addr(&b, (struct sockaddr *)&ss), PST_E_UNSUPPORTED);
}

static void test_a_taken_port(void **state)
{
	struct addr any, at, dst;
	int held, fd;
	(void)state;
	assert_int_equal(addr_parse(&any, "127.0.0.1:0", 0), 0);
	assert_int_equal(loop_listen(&held, &any, 1), 0);
	assert_int_equal(loop_fd_local(held, &at), 0);
	assert_int_equal(loop_listen(&fd, &at, 1), PST_E_BUSY);
	assert_int_equal(loop_original_dst(held, &dst), PST_E_NOT_FOUND);
	close(held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_round_trip),
		cmocka_unit_test(test_mapped_becomes_ip4),
		cmocka_unit_test(test_a_taken_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
