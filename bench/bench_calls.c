/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A load of calls through a gateway: the callers in one network namespace, the
 * callee in another, one thread for both. Calls begin at a steady rate, each
 * plays a script (script.h); how long each waited for its Connect is kept. No
 * media. Prints one line of JSON:
 *
 *   bench_calls CALLER-NETNS CALLEE-NETNS CALLER-ADDR CALLEE-ADDR GATEWAY-ADDR fast|slow CALLS RATE [hold]
 *
 * The load is open: a call begins when it is due, whatever became of those before it, and its delay counts from then.
 * With `hold` no call ends until a line comes on standard input, which is asked for with `held`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "script.h"

enum { BUFFER = 8192, CALLS_MAX = 100000, H245_PORT = 3000, SIGNAL_PORT = 1720, EVENTS = 256, GIVE_UP_S = 30 };
enum { Q931_SETUP = 0x05, Q931_CONNECT = 0x07 };

struct call;

struct connection {
	int fd;
	enum script_side side;
	enum script_channel channel;
	struct call *call; /* of a caller's connections only */
	unsigned at;       /* the next step */
	bool listener, connecting;
	size_t n;
	uint8_t *buffer;
};

struct call {
	unsigned number;
	struct connection *signal, *h245;
	double due, asked, answered; /* seconds; 0: not */
	bool up, clearing, over;
};

static struct load {
	struct scripts scripts;
	int epoll, netns[SCRIPT_SIDES];
	struct in_addr address[SCRIPT_SIDES], gateway;
	struct call *calls;
	unsigned n_calls, started, n_up, n_over, n_failed;
	bool hold;
} load;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_calls: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const struct script *script_of(const struct connection *c)
{
	return &load.scripts.of[c->side][c->channel];
}

/* A non-blocking TCP socket in the network of SIDE. */
static int socket_in(enum script_side side)
{
	static int here = -1;
	if (here != (int)side && setns(load.netns[side], CLONE_NEWNET) != 0)
		die("setns");
	here = (int)side;
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1;
	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
		die("socket");
	return fd;
}

static struct connection *connection_new(int fd, enum script_side side, enum script_channel channel, struct call *call)
{
	struct connection *c = calloc(1, sizeof *c);
	if (c == NULL || (c->buffer = malloc(BUFFER)) == NULL)
		die("memory");
	c->fd = fd;
	c->side = side;
	c->channel = channel;
	c->call = call;
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, fd, &e) != 0)
		die("epoll_ctl");
	return c;
}

static void listen_on(uint16_t port, enum script_channel channel)
{
	const int fd = socket_in(SCRIPT_CALLEE);
	const struct sockaddr_in a = { AF_INET, htons(port), load.address[SCRIPT_CALLEE], { 0 } };
	if (bind(fd, (const struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 4096) != 0)
		die("listen");
	connection_new(fd, SCRIPT_CALLEE, channel, NULL)->listener = true;
}

static struct connection *connect_to(struct in_addr to, uint16_t port, enum script_channel channel, struct call *call)
{
	const int fd = socket_in(SCRIPT_CALLER), on = 1;
	const struct sockaddr_in from = { AF_INET, 0, load.address[SCRIPT_CALLER], { 0 } };
	const struct sockaddr_in a = { AF_INET, htons(port), to, { 0 } };
	/* The port is chosen when the whole address pair is known, so that one in TIME_WAIT elsewhere does no harm. */
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) != 0 ||
		bind(fd, (const struct sockaddr *)&from, sizeof from) != 0)
		die("bind");
	if (connect(fd, (const struct sockaddr *)&a, sizeof a) != 0 && errno != EINPROGRESS)
		die("connect");
	struct connection *c = connection_new(fd, SCRIPT_CALLER, channel, call);
	c->connecting = true;
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
	epoll_ctl(load.epoll, EPOLL_CTL_MOD, fd, &e);
	return c;
}

static void call_over(struct call *call, bool good)
{
	if (call->over)
		return;
	call->over = true;
	load.n_over++;
	load.n_failed += !good;
}

/* Freed connections may still have an event in the batch at hand: they are kept until it is done. */
static struct connection *dead[2 * EVENTS];
static unsigned n_dead;

static void connection_close(struct connection *c)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	c->fd = -1;
	if (c->call != NULL && c->channel == SCRIPT_SIGNAL)
		call_over(c->call, c->at == script_of(c)->n);
	if (c->call != NULL && c->channel == SCRIPT_H245)
		c->call->h245 = NULL;
	if (n_dead < 2 * EVENTS)
		dead[n_dead++] = c;
}

static void step_send(struct connection *c, const struct script_step *step)
{
	uint8_t copy[BUFFER];
	if (step->len > sizeof copy)
		return;
	memcpy(copy, step->octets, step->len);
	/* Each call has an identifier of its own; the rest may be alike. */
	if (c->call != NULL) {
		uint8_t *id = memmem(copy, step->len, load.scripts.call_id, 16);
		if (id != NULL)
			memcpy(id, &c->call->number, sizeof c->call->number);
		if (c->channel == SCRIPT_SIGNAL && script_kind(SCRIPT_SIGNAL, copy + 4, step->len - 4) == Q931_SETUP)
			c->call->asked = now_s();
	}
	if (send(c->fd, copy, step->len, MSG_NOSIGNAL) != (ssize_t)step->len)
		connection_close(c);
}

static void call_check_up(struct call *call);

/* Sends what stands next until a message has to be awaited, or until the call stands. */
static void advance(struct connection *c)
{
	const struct script *script = script_of(c);
	while (c->fd >= 0 && !c->connecting && c->at < script->n && script->steps[c->at].send) {
		if (c->call != NULL && c->at >= script->hold) {
			/* Cleared in order: the H.245 connection ends before the call does. */
			if (!c->call->clearing || (c->channel == SCRIPT_SIGNAL && c->call->h245 != NULL &&
							  c->call->h245->at < script_of(c->call->h245)->n))
				break;
		}
		step_send(c, &script->steps[c->at++]);
	}
	if (c->fd >= 0 && c->call != NULL)
		call_check_up(c->call);
	if (c->fd < 0 || c->at < script->n)
		return;
	struct connection *signal = c->call != NULL && c->channel == SCRIPT_H245 ? c->call->signal : NULL;
	connection_close(c);
	if (signal != NULL && signal->fd >= 0)
		advance(signal);
}

static void call_clear(struct call *call)
{
	call->clearing = true;
	if (call->h245 != NULL)
		advance(call->h245);
	if (call->signal->fd >= 0)
		advance(call->signal);
}

static bool at_hold(const struct connection *c)
{
	return c != NULL && c->at >= script_of(c)->hold;
}

static void call_check_up(struct call *call)
{
	if (call->up || !at_hold(call->signal) || (load.scripts.separate_h245 && !at_hold(call->h245)))
		return;
	call->up = true;
	load.n_up++;
	if (!load.hold)
		call_clear(call);
}

/* The gateway's H.245 address in a message: its octets with a port behind them that is not the signalling one. */
static uint16_t h245_port_in(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 6 <= n; i++) {
		const uint16_t port = (uint16_t)(p[i + 4] << 8 | p[i + 5]);
		if (memcmp(p + i, &load.gateway, 4) == 0 && port >= 1024 && port != SIGNAL_PORT)
			return port;
	}
	return 0;
}

static void message_in(struct connection *c, const uint8_t *payload, size_t n)
{
	const struct script *script = script_of(c);
	const uint8_t kind = script_kind(c->channel, payload, n);
	struct call *call = c->call;
	if (call != NULL && c->channel == SCRIPT_SIGNAL && call->h245 == NULL && load.scripts.separate_h245 && !call->up) {
		const uint16_t port = h245_port_in(payload, n);
		if (port != 0)
			call->h245 = connect_to(load.gateway, port, SCRIPT_H245, call);
	}
	if (call != NULL && c->channel == SCRIPT_SIGNAL && kind == Q931_CONNECT)
		call->answered = now_s();
	if (c->at < script->n && !script->steps[c->at].send && script->steps[c->at].kind == kind) {
		c->at++;
		advance(c);
	}
}

static void readable(struct connection *c)
{
	const ssize_t n = recv(c->fd, c->buffer + c->n, BUFFER - c->n, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		connection_close(c);
		return;
	}
	c->n += (size_t)n;
	size_t at = 0;
	while (c->fd >= 0 && c->n - at >= 4) {
		const size_t len = (size_t)(c->buffer[at + 2] << 8 | c->buffer[at + 3]);
		if (len < 4 || len > BUFFER) {
			connection_close(c);
			return;
		}
		if (c->n - at < len)
			break;
		message_in(c, c->buffer + at + 4, len - 4);
		at += len;
	}
	memmove(c->buffer, c->buffer + at, c->n - at);
	c->n -= at;
}

static void accept_all(const struct connection *listener)
{
	int fd;
	const int on = 1;
	while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		advance(connection_new(fd, SCRIPT_CALLEE, listener->channel, NULL));
	}
}

static void happened(struct connection *c, uint32_t events)
{
	if (c->fd < 0)
		return;
	if (c->listener) {
		accept_all(c);
		return;
	}
	if (c->connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
		int error = 0;
		socklen_t n = sizeof error;
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n);
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
		if (error != 0 || epoll_ctl(load.epoll, EPOLL_CTL_MOD, c->fd, &e) != 0) {
			connection_close(c);
			return;
		}
		c->connecting = false;
		advance(c);
	}
	if (c->fd >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		readable(c);
}

/* Waits for TIMEOUT seconds at most. */
static void turn(double timeout)
{
	struct epoll_event events[EVENTS];
	const struct timespec t = { (time_t)timeout, (long)((timeout - (double)(time_t)timeout) * 1e9) };
	const int n = epoll_pwait2(load.epoll, events, EVENTS, timeout > 0 ? &t : &(struct timespec){ 0 }, NULL);
	for (int i = 0; i < n; i++)
		happened(events[i].data.ptr, events[i].events);
	while (n_dead > 0) {
		struct connection *c = dead[--n_dead];
		if (c->call != NULL && c->channel == SCRIPT_SIGNAL)
			continue; /* the call still points at it */
		free(c->buffer);
		free(c);
	}
}

static void call_start(double due)
{
	struct call *call = &load.calls[load.started];
	call->due = due;
	call->number = load.started++;
	call->signal = connect_to(load.address[SCRIPT_CALLEE], SIGNAL_PORT, SCRIPT_SIGNAL, call);
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* What part P of the N sorted VALUES is not above. */
static double part_of(const double *values, unsigned n, double p)
{
	return n == 0 ? 0 : values[(unsigned)((n - 1) * p)];
}

static void delays(const char *name, bool from_due)
{
	double *waited = calloc(load.n_calls, sizeof *waited);
	unsigned n = 0;
	if (waited == NULL)
		die("memory");
	for (unsigned i = 0; i < load.n_calls; i++) {
		const struct call *c = &load.calls[i];
		if (c->answered > 0)
			waited[n++] = (c->answered - (from_due ? c->due : c->asked)) * 1e3;
	}
	qsort(waited, n, sizeof *waited, by_value);
	printf(", \"%s_ms_p50\": %.3f, \"%s_ms_p99\": %.3f, \"%s_ms_p999\": %.3f", name, part_of(waited, n, 0.5), name,
		part_of(waited, n, 0.99), name, part_of(waited, n, 0.999));
	free(waited);
}

static void report(double seconds)
{
	struct rusage own;
	getrusage(RUSAGE_SELF, &own);
	printf("{\"calls\": %u, \"up\": %u, \"failed\": %u, \"seconds\": %.3f, \"load_cpu_s\": %.3f", load.n_calls, load.n_up,
		load.n_failed, seconds,
		(double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec) +
			(double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6);
	delays("setup", false); /* Setup to Connect */
	delays("open", true);	/* from when the call was due */
	printf("}\n");
}

static void run(double rate)
{
	const double begun = now_s();
	double progress = begun;
	unsigned last = 0;
	while (load.n_over < load.n_calls && (!load.hold || load.n_up + load.n_over < load.n_calls)) {
		const double t = now_s();
		while (load.started < load.n_calls && begun + load.started / rate <= t)
			call_start(begun + load.started / rate);
		turn(load.started < load.n_calls ? begun + load.started / rate - t : 0.1);
		if (load.n_up + load.n_over != last) {
			last = load.n_up + load.n_over;
			progress = t;
		}
		if (t - progress > GIVE_UP_S)
			break;
	}
	if (load.hold) {
		char line[16];
		printf("held\n");
		fflush(stdout);
		if (fgets(line, sizeof line, stdin) == NULL)
			return;
		for (unsigned i = 0; i < load.n_calls; i++) {
			if (load.calls[i].up)
				call_clear(&load.calls[i]);
			/* Connections closed here are freed by the turn, which has room for a batch at most. */
			turn(0);
		}
		const double end = now_s() + GIVE_UP_S;
		while (load.n_over < load.n_calls && now_s() < end)
			turn(0.1);
	}
	load.n_failed += load.n_calls - load.n_over;
	report(now_s() - begun);
}

int main(int argc, char **argv)
{
	if (argc < 9 || argc > 10) {
		fprintf(stderr, "usage: bench_calls CALLER-NETNS CALLEE-NETNS CALLER-ADDR CALLEE-ADDR GATEWAY-ADDR fast|slow "
				"CALLS RATE [hold]\n");
		return 2;
	}
	struct rlimit files = { 0 };
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	struct addr ends[SCRIPT_SIDES];
	for (int side = 0; side < SCRIPT_SIDES; side++) {
		load.netns[side] = open(argv[1 + side], O_RDONLY | O_CLOEXEC);
		if (load.netns[side] < 0)
			die(argv[1 + side]);
		if (addr_parse(&ends[side], argv[3 + side], side == SCRIPT_CALLEE ? SIGNAL_PORT : 4000) != 0)
			die(argv[3 + side]);
		memcpy(&load.address[side], ends[side].ip, 4);
	}
	if (inet_pton(AF_INET, argv[5], &load.gateway) != 1)
		die(argv[5]);
	const bool fast = strcmp(argv[6], "fast") == 0;
	load.n_calls = (unsigned)strtoul(argv[7], NULL, 10);
	const double rate = strtod(argv[8], NULL);
	load.hold = argc == 10;
	if (load.n_calls == 0 || load.n_calls > CALLS_MAX || rate <= 0)
		die("CALLS or RATE");
	const int err = scripts_make(&load.scripts, ends, H245_PORT, fast, fast);
	if (err != 0) {
		fprintf(stderr, "bench_calls: the two terminals: %s\n", pst_strerror(err));
		return 1;
	}
	load.calls = calloc(load.n_calls, sizeof *load.calls);
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (load.calls == NULL || load.epoll < 0)
		die("memory");
	listen_on(SIGNAL_PORT, SCRIPT_SIGNAL);
	listen_on(H245_PORT, SCRIPT_H245);
	run(rate);
	return load.n_failed == 0 ? 0 : 1;
}
