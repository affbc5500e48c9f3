/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The three processes of the relay bench: sender, gateway, receiver. */
#include "bench/relay_bench.h"

#include "base/clock.h"
#include "loop/net.h"
#include "relay/kernel.h"
#include "relay/kernel/install.h"
#include "relay/user.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { RCVBUF = 4 << 20, SINK_BATCH = 32, SOURCE_IDLE_MS = 500 };

bool read_all(int fd, void *p, size_t n)
{
	for (size_t done = 0; done < n;) {
		const ssize_t k = read(fd, (char *)p + done, n - done);
		if (k <= 0 && !(k < 0 && errno == EINTR))
			return false;
		done += k > 0 ? (size_t)k : 0;
	}
	return true;
}

bool write_all(int fd, const void *p, size_t n)
{
	for (size_t done = 0; done < n;) {
		const ssize_t k = write(fd, (const char *)p + done, n - done);
		if (k <= 0 && !(k < 0 && errno == EINTR))
			return false;
		done += k > 0 ? (size_t)k : 0;
	}
	return true;
}

static uint64_t cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int udp_socket(uint16_t port, const struct addr *connect_to)
{
	static const uint8_t any[4];
	const struct addr local = addr_ip4(any, port);
	struct sockaddr_storage ss;
	const int size = RCVBUF;
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t n = loop_sockaddr(&ss, &local);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (fd < 0 || bind(fd, (struct sockaddr *)&ss, n))
		return -1;
	if (connect_to == NULL)
		return fd;
	n = loop_sockaddr(&ss, connect_to);
	return connect(fd, (struct sockaddr *)&ss, n) ? -1 : fd;
}

/* Sender: one connected socket per stream. What is due comes every millisecond, as from a network card that
 * gathers interrupts, or evenly spaced. What a packet costs on its side is the time inside send(), which is
 * also where veth runs the softirqs of the next machine; the waiting in between is nobody's. */

enum { INTERRUPTED_NS = 100000 }; /* a send() that took longer was not alone */
enum { BURST_NS = 1000000 };

static void wait_until(uint64_t ns, bool spread)
{
	const struct timespec t = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
	if (!spread)
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	else
		while (clock_now_ns() < ns)
			; /* sleeping would be no more precise than the bursts */
}

int part_sender(const struct part_send *what, int out)
{
	struct part_send_result res = { 0 };
	uint8_t packet[PAYLOAD] = { 0x80 };
	int fd[STREAMS_MAX];
	uint64_t in_send = 0;
	uint32_t timed = 0;
	for (uint32_t i = 0; i < what->streams; i++) {
		fd[i] = udp_socket((uint16_t)(SOURCE_PORT + i), &what->to[i]);
		if (fd[i] < 0)
			return 1;
	}
	const uint64_t gap_ns = 1000000000u / what->pps, start = clock_now_ns() + 1000000u;
	for (uint32_t k = 0; k < what->packets; k++) {
		uint64_t now = clock_now_ns();
		if (now < start + k * gap_ns) {
			const uint64_t due = start + k * gap_ns;
			/* to the end of the burst that the packet belongs to */
			wait_until(what->spread ? due : due + BURST_NS - 1 - (due - start) % BURST_NS,
				what->spread);
			now = clock_now_ns();
		}
		memcpy(packet + 12, &now, sizeof now);
		memcpy(packet + 20, &k, sizeof k);
		if (send(fd[k % what->streams], packet, sizeof packet, MSG_NOSIGNAL) == PAYLOAD)
			res.sent++;
		const uint64_t took = clock_now_ns() - now;
		if (took < INTERRUPTED_NS)
			in_send += took, timed++;
	}
	res.cpu_ns = timed ? in_send * what->packets / timed : 0;
	return write_all(out, &res, sizeof res) ? 0 : 1;
}

/* Receiver */

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void sink_packet(
	const uint8_t *packet, uint32_t packets, uint64_t now, uint32_t *late, uint32_t *n_late)
{
	uint64_t sent;
	uint32_t k;
	memcpy(&sent, packet + 12, sizeof sent);
	memcpy(&k, packet + 20, sizeof k);
	if (k >= packets / 20) /* the first ones find caches cold and routes unknown */
		late[(*n_late)++] = (uint32_t)(now - sent);
}

int part_sink(uint32_t packets, int out)
{
	static uint8_t buf[SINK_BATCH][PAYLOAD];
	struct mmsghdr m[SINK_BATCH] = { 0 };
	struct iovec v[SINK_BATCH];
	struct part_sink_result res = { 0 };
	struct timeval idle = { 10, 0 }; /* others have to start first */
	uint32_t n_late = 0, *late = calloc(packets + SINK_BATCH, sizeof *late);
	const int fd = udp_socket(SINK_PORT, NULL);
	if (fd < 0 || late == NULL)
		return 1;
	for (int i = 0; i < SINK_BATCH; i++) {
		v[i] = (struct iovec){ buf[i], PAYLOAD };
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &v[i], .msg_iovlen = 1 };
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
	if (!write_all(out, "", 1))
		return 1;
	uint64_t cpu = cpu_ns();
	while (res.received < packets) {
		const int n = recvmmsg(fd, m, SINK_BATCH, MSG_WAITFORONE, NULL);
		if (n <= 0)
			break;
		const uint64_t now = clock_now_ns();
		for (int i = 0; i < n; i++, res.received++)
			sink_packet(buf[i], packets, now, late, &n_late);
		if (idle.tv_sec != 0) {
			idle = (struct timeval){ 0, SOURCE_IDLE_MS * 1000 };
			(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
		}
	}
	res.cpu_ns = cpu_ns() - cpu;
	if (n_late > 0) {
		qsort(late, n_late, sizeof *late, by_value);
		res.p50_ns = late[n_late / 2];
		res.p99_ns = late[(uint64_t)n_late * 99 / 100];
		res.p999_ns = late[(uint64_t)n_late * 999 / 1000];
	}
	free(late);
	return write_all(out, &res, sizeof res) ? 0 : 1;
}

/* Gateway: the plane as the daemon runs it */

struct gateway {
	uv_loop_t loop;
	uv_poll_t control;
	struct relay relay;
	struct relay_session *sessions[STREAMS_MAX];
	uint64_t from_ns;
	int in, out;
};

static void on_control(uv_poll_t *poll, int status, int events)
{
	struct gateway *g = poll->data;
	char c;
	(void)status, (void)events;
	if (read(g->in, &c, 1) == 1) {
		g->from_ns = cpu_ns();
		return;
	}
	const uint64_t used = cpu_ns() - g->from_ns;
	(void)write_all(g->out, &used, sizeof used);
	uv_stop(&g->loop);
}

static int open_streams(
	struct gateway *g, uint32_t streams, const struct addr legs[2], const struct addr hosts[2])
{
	const struct relay_ops *ops = g->relay.ops;
	uint16_t ports[STREAMS_MAX];
	for (uint32_t i = 0; i < streams; i++) {
		/* both directions, as in a call; the source port is learnt */
		const struct relay_flow out = { hosts[0], addr_with_port(hosts[1], SINK_PORT) };
		const struct relay_flow back = { hosts[1],
			addr_with_port(hosts[0], (uint16_t)(SOURCE_PORT + i)) };
		int err = ops->session_open(g->relay.plane, legs, &g->sessions[i]);
		if (!err)
			err = ops->flow_set(g->sessions[i], 0, RELAY_RTP, &out);
		if (!err)
			err = ops->flow_set(g->sessions[i], 1, RELAY_RTP, &back);
		if (err)
			return err;
		ports[i] = ops->session_local(g->sessions[i], 0, RELAY_RTP).port;
	}
	return write_all(g->out, ports, streams * sizeof *ports) ? 0 : PST_E_SYS;
}

/* The programs stay until this process ends. */
static int kernel_plane(struct gateway *g, const struct addr legs[2], enum bench_mode mode)
{
	static const char *const interfaces[] = { "in", "out" };
	static const uint32_t via[] = { 0, 1 };
	const struct relay_kernel_plan plan = { .interfaces = interfaces,
		.interfaces_n = 2,
		.locals = legs,
		.via = via,
		.locals_n = 2,
		.way = mode == MODE_KERNEL_XDP ? RELAY_KERNEL_XDP : RELAY_KERNEL_TC };
	const struct relay_kernel_config conf = { .first = 10000, .last = 29999 };
	struct relay_kernel_place *place;
	char why[128];
	const int err = relay_kernel_install(&place, &plan, why);
	return err ? err : relay_kernel_new(&g->loop, relay_kernel_table_fd(place), relay_kernel_ring_fd(place), &conf, &g->relay);
}

static int plane_new(struct gateway *g, const struct addr legs[2], enum bench_mode mode)
{
	const struct relay_user_config conf = { .first = 10000, .last = 29999 };
	return mode == MODE_USER ? relay_user_new(&conf, &g->relay) : kernel_plane(g, legs, mode);
}

int part_gateway(enum bench_mode mode, uint32_t streams, const struct addr legs[2], const struct addr hosts[2],
	int in, int out)
{
	static struct gateway g;
	if (mode == MODE_RTPENGINE)
		return part_rtpengine(streams, legs, hosts, in, out);
	g.in = in;
	g.out = out;
	if (uv_loop_init(&g.loop) || plane_new(&g, legs, mode) ||
		open_streams(&g, streams, legs, hosts))
		return 1;
	g.control.data = &g;
	if (uv_poll_init(&g.loop, &g.control, in) || uv_poll_start(&g.control, UV_READABLE, on_control))
		return 1;
	uv_run(&g.loop, UV_RUN_DEFAULT);
	return 0;
}
