/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages between the monitor and a child: round trips, and everything that is none. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "priv/msg.h"

static const struct priv_msg samples[] = {
        {.type = PRIV_BIND, .id = 1, .generation = 7, .realm = 3, .interface = PRIV_NO_INTERFACE, .service = 2},
        {.type = PRIV_FW_APPLY, .id = 2, .generation = 0xffffffff},
        {.type = PRIV_FW_REMOVE, .id = 3},
        {.type = PRIV_CONTROL, .id = 4},
        {.type = PRIV_OPEN_STATE, .id = 5, .file = PRIV_FILE_LEASES},
        {.type = PRIV_CONFIG_DONE, .generation = 9, .status = PST_E_SYS, .sys_errno = 98},
        {.type = PRIV_REPORT, .calls = 12, .pinholes = 48},
        {.type = PRIV_REPLY, .id = 5, .status = PST_E_BUSY},
        {.type = PRIV_CONFIG, .generation = 1},
        {.type = PRIV_STOP},
        {.type = PRIV_RELAY, .id = 6, .generation = 2, .service = PRIV_RELAY_RING},
        {.type = PRIV_PREPARED, .generation = 9, .status = PST_E_BUSY},
        {.type = PRIV_COMMIT, .generation = 3},
        {.type = PRIV_ABORT, .generation = 4},
        {.type = PRIV_ADDRESS_ON, .id = 8, .generation = 5, .realm = 1, .pool = 2, .address = {ADDR_IP4, {192, 0, 2, 7}, 0}},
        {.type = PRIV_ADDRESS_OFF, .id = 9, .address = {ADDR_IP6, {0x20, 1, 0x0d, 0xb8, [15] = 9}, 0}},
        {.type = PRIV_ADDRESS_BEGIN, .id = 10},
        {.type = PRIV_ADDRESS_END, .id = 11},
        {.type = PRIV_MEET, .id = 8, .peer = 1},
        {.type = PRIV_PEER, .peer = PRIV_CHILDREN_MAX - 1},
};
enum { N_SAMPLES = sizeof samples / sizeof samples[0] };

static size_t encode(const struct priv_msg *m, uint8_t out[static PRIV_MSG_MAX])
{
	struct writer w = wr_of(out, PRIV_MSG_MAX);
	assert_int_equal(priv_msg_encode(m, &w), PST_OK);
	return w.n;
}

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SAMPLES; i++) {
		uint8_t data[PRIV_MSG_MAX];
		const size_t n = encode(&samples[i], data);
		struct priv_msg got;
		assert_int_equal(priv_msg_decode(&got, slice_of(data, n)), PST_OK);
		assert_int_equal(got.type, samples[i].type);
		assert_int_equal(got.id, samples[i].id);
		assert_int_equal(got.generation, samples[i].generation);
		assert_int_equal(got.realm, samples[i].realm);
		assert_int_equal(got.interface, samples[i].interface);
		assert_int_equal(got.file, samples[i].file);
		assert_int_equal(got.peer, samples[i].peer);
		assert_int_equal(got.pool, samples[i].pool);
		assert_true(addr_eq(&got.address, &samples[i].address));
		assert_int_equal(got.status, samples[i].status);
		assert_int_equal(got.sys_errno, samples[i].sys_errno);
		assert_int_equal(got.calls, samples[i].calls);
		assert_int_equal(got.pinholes, samples[i].pinholes);
	}
}

static void test_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SAMPLES; i++) {
		uint8_t data[PRIV_MSG_MAX] = {0};
		const size_t n = encode(&samples[i], data);
		struct priv_msg got;
		for (size_t len = 0; len < n; len++)
			assert_int_equal(priv_msg_decode(&got, slice_of(data, len)), PST_E_SHORT);
		assert_int_equal(priv_msg_decode(&got, slice_of(data, n + 1)), PST_E_BAD);
	}
}

static void test_bad_fields(void **state)
{
	(void)state;
	struct priv_msg got;
	uint8_t data[PRIV_MSG_MAX] = {0};
	assert_int_equal(priv_msg_decode(&got, slice_of(data, 5)), PST_E_BAD);
	data[0] = 200;
	assert_int_equal(priv_msg_decode(&got, slice_of(data, 5)), PST_E_BAD);

	size_t n = encode(&samples[4], data);
	data[n - 1] = PRIV_N_FILES;
	assert_int_equal(priv_msg_decode(&got, slice_of(data, n)), PST_E_RANGE);

	n = encode(&samples[7], data);
	data[5] = (uint8_t)(-PST_E_BUSY + 1);
	assert_int_equal(priv_msg_decode(&got, slice_of(data, n)), PST_E_RANGE);

	n = encode(&samples[14], data);
	data[n - 1] = 1; /* behind an IPv4 address */
	assert_int_equal(priv_msg_decode(&got, slice_of(data, n)), PST_E_RANGE);
	n = encode(&samples[15], data);
	data[5] = 5; /* no family */
	assert_int_equal(priv_msg_decode(&got, slice_of(data, n)), PST_E_RANGE);

	n = encode(&samples[N_SAMPLES - 1], data);
	data[n - 1] = PRIV_CHILDREN_MAX;
	assert_int_equal(priv_msg_decode(&got, slice_of(data, n)), PST_E_RANGE);
}

static void make_pair(int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
}

static void test_send_recv(void **state)
{
	(void)state;
	int pair[2], fd = -1;
	struct priv_msg got;
	make_pair(pair);
	assert_int_equal(priv_msg_recv(pair[1], &got, &fd), PST_E_AGAIN);

	assert_int_equal(priv_msg_send(pair[0], &samples[7], pair[0]), PST_OK);
	assert_int_equal(priv_msg_recv(pair[1], &got, &fd), PST_OK);
	assert_int_equal(got.id, 5);
	struct stat a, b;
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstat(pair[0], &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);

	fd = -1;
	close(pair[0]);
	assert_int_equal(priv_msg_recv(pair[1], &got, &fd), PST_E_NOT_FOUND);
	assert_int_equal(fd, -1);
	close(pair[1]);
}

/* Two descriptors, or more octets than a message can have. */
/* What an end said before it closed is heard, also where it had not read all. */
static void test_last_words(void **state)
{
	(void)state;
	int pair[2], fd = -1;
	struct priv_msg m;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(priv_msg_send(pair[0], &(struct priv_msg){.type = PRIV_STOP}, -1), PST_OK);
	assert_int_equal(priv_msg_send(pair[1], &samples[0], -1), PST_OK);
	close(pair[1]);
	assert_int_equal(priv_msg_recv(pair[0], &m, &fd), PST_OK);
	assert_int_equal(m.type, samples[0].type);
	assert_int_equal(priv_msg_recv(pair[0], &m, &fd), PST_E_NOT_FOUND);
	close(pair[0]);
}

static void test_recv_refuses(void **state)
{
	(void)state;
	int pair[2], fd = -1;
	struct priv_msg got;
	uint8_t data[PRIV_MSG_MAX + 1] = {0};
	make_pair(pair);

	const size_t n = encode(&samples[7], data);
	char control[CMSG_SPACE(3 * sizeof(int))] = {0};
	struct iovec iov = {data, n};
	struct msghdr msg = {
	        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const int fds[3] = {pair[0], pair[0], pair[0]};
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fds);
	memcpy(CMSG_DATA(c), fds, sizeof fds);
	const int before = dup(pair[0]);
	close(before);
	assert_true(sendmsg(pair[0], &msg, 0) > 0);
	assert_int_equal(priv_msg_recv(pair[1], &got, &fd), PST_E_BAD);
	assert_int_equal(fd, -1);
	/* none was left open */
	const int after = dup(pair[0]);
	assert_int_equal(before, after);
	close(after);

	assert_true(send(pair[0], data, sizeof data, 0) > 0);
	assert_int_equal(priv_msg_recv(pair[1], &got, &fd), PST_E_BAD);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_round_trip),
	        cmocka_unit_test(test_every_length),
	        cmocka_unit_test(test_bad_fields),
	        cmocka_unit_test(test_send_recv),
	        cmocka_unit_test(test_last_words),
	        cmocka_unit_test(test_recv_refuses),
	};
	return cmocka_run_group_tests_name("priv msg", tests, NULL, NULL);
}
