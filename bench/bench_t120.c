/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Data of T.120 from one host of the lab to another, through whatever stands between: how fast it arrives.
 *
 *	bench_t120 FROM-NETNS TO-NETNS TO-ADDRESS TO-PORT DIAL-ADDRESS DIAL-PORT DATA-OCTETS MIB
 *
 * One end listens at TO, the other dials DIAL; MCS PDUs with DATA-OCTETS of user data each, MIB in all. Prints the
 * octets a second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "t125/msg.h"

enum { RUN_MAX = 1 << 20, BUFFER = 1 << 18, DATA_MAX = 16383, PATIENCE_S = 60 };

/* X.224: connection request, confirm; and what the receiver says when it has all: an attachUserRequest. */
static const uint8_t cr[] = { 3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 1, 0 };
static const uint8_t cc[] = { 3, 0, 0, 11, 6, 0xd0, 0, 1, 0, 1, 0 };
static const uint8_t done[] = { 3, 0, 0, 8, 2, 0xf0, 0x80, 0x28 };

static void die(const char *what)
{
	fprintf(stderr, "bench_t120: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_socket(const char *netns)
{
	const int at = open(netns, O_RDONLY | O_CLOEXEC);
	if (at < 0 || setns(at, CLONE_NEWNET) != 0)
		die(netns);
	close(at);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
		die("socket");
	return fd;
}

static struct sockaddr_in address(const char *ip, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	if (inet_pton(AF_INET, ip, &a.sin_addr) != 1)
		die(ip);
	return a;
}

static void read_all(int fd, uint8_t *buf, size_t n)
{
	while (n > 0) {
		const ssize_t got = read(fd, buf, n);
		if (got <= 0)
			die("read");
		buf += got;
		n -= (size_t)got;
	}
}

static void write_all(int fd, const uint8_t *buf, size_t n)
{
	while (n > 0) {
		const ssize_t sent = write(fd, buf, n);
		if (sent <= 0)
			die("write");
		buf += sent;
		n -= (size_t)sent;
	}
}

/* PDUs of SIZE octets of data, one behind the other; how many octets they are. */
static size_t fill(uint8_t *out, size_t size)
{
	static uint8_t data[DATA_MAX];
	const struct t125_data d = { .initiator = 1001,
		.channel = 1500,
		.priority = MCS_DATA_PRIORITY_LOW,
		.begin = true,
		.end = true,
		.octets = slice_of(data, size) };
	struct writer w = wr_of(out, RUN_MAX);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7 + (i >> 8));
	while (wr_slice(&w).n + size + 64 <= RUN_MAX)
		if (t125_data_encode_tpkt(&d, &w) != 0)
			die("encode");
	return wr_slice(&w).n;
}

static void receive(int listener, uint64_t octets)
{
	static uint8_t buf[BUFFER];
	const int fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	read_all(fd, buf, sizeof cr);
	write_all(fd, cc, sizeof cc);
	while (octets > 0) {
		const ssize_t got = read(fd, buf, sizeof buf);
		if (got <= 0)
			die("read");
		octets -= (uint64_t)got;
	}
	write_all(fd, done, sizeof done);
	read_all(fd, buf, 1); /* until the other end has closed */
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double send_runs(int fd, const uint8_t *run, size_t n, uint64_t times)
{
	uint8_t answer[sizeof cc];
	write_all(fd, cr, sizeof cr);
	read_all(fd, answer, sizeof cc);
	const double start = now();
	for (uint64_t i = 0; i < times; i++)
		write_all(fd, run, n);
	read_all(fd, answer, sizeof done);
	return now() - start;
}

int main(int argc, char **argv)
{
	static uint8_t run[RUN_MAX];
	if (argc != 9 || atoi(argv[7]) < 1 || atoi(argv[7]) > DATA_MAX || atoi(argv[8]) < 1) {
		fprintf(stderr, "usage: bench_t120 FROM-NETNS TO-NETNS TO-ADDRESS TO-PORT DIAL-ADDRESS DIAL-PORT "
				"DATA-OCTETS MIB\n");
		return 2;
	}
	const size_t n = fill(run, (size_t)atoi(argv[7]));
	const uint64_t times = ((uint64_t)atoi(argv[8]) << 20) / n + 1;
	const struct sockaddr_in to = address(argv[3], argv[4]), dial = address(argv[5], argv[6]);
	const int listener = open_socket(argv[2]);
	if (bind(listener, (const struct sockaddr *)&to, sizeof to) != 0 || listen(listener, 1) != 0)
		die("listen");
	const pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, STDERR_FILENO); /* its peer's end is no mistake */
		receive(listener, n * times);
		return 0;
	}
	const int fd = open_socket(argv[1]);
	if (connect(fd, (const struct sockaddr *)&dial, sizeof dial) != 0)
		die("connect");
	const double took = send_runs(fd, run, n, times);
	close(fd);
	waitpid(child, NULL, 0);
	printf("%.0f\n", (double)(n * times) / took);
	return 0;
}
