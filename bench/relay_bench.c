/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * relay_bench [--json] [--seconds S] [--only MODE]... [[--spread] --case PPS:STREAMS]...: CPU and delay per
 * packet of the relay planes, with rtpengine, the kernel's NAT, plain routing and a bare wire beside it, taken in
 * turn; then, without a case, the most that each passes on without loss. Expects the namespaces that run-relay.sh makes.
 */
#include "bench/relay_bench.h"

#include "base/clock.h"

#include <fcntl.h>
#include <getopt.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char RULES_NONE[] = "flush ruleset\n";
static const char RULES_NAT[] =
	"flush ruleset\n"
	"table ip bench {\n"
	"  chain pre { type nat hook prerouting priority dstnat;\n"
	"    ip daddr 10.0.0.1 udp dport 30000-30999 dnat to 203.0.113.2:7000; }\n"
	"  chain post { type nat hook postrouting priority srcnat; oifname \"out\" masquerade; }\n"
	"}\n";
/* what interception needs, so that connection tracking is as busy as on a real gateway */
static const char RULES_GATEWAY[] =
	"flush ruleset\n"
	"table ip bench {\n"
	"  chain pre { type nat hook prerouting priority dstnat; tcp dport 1720 redirect to :1720; }\n"
	"  chain cross { type filter hook forward priority filter; policy accept; ct state established "
	"accept; }\n"
	"}\n";

static struct addr address(const char *text)
{
	struct addr a = { 0 };
	if (addr_parse(&a, text, 0))
		abort();
	return a;
}

/* Forks into namespace NS; the child gets 0. */
static pid_t fork_into(const char *ns)
{
	char path[64];
	const pid_t pid = fork();
	if (pid != 0)
		return pid;
	snprintf(path, sizeof path, "/run/netns/%s", ns);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		perror(path);
		_exit(1);
	}
	return 0;
}

static bool set_rules(const char *rules)
{
	int in[2], status = 1;
	if (pipe(in))
		return false;
	const pid_t pid = fork_into("gw");
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		close(in[0]);
		close(in[1]);
		execlp("nft", "nft", "-f", "-", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	const bool written = write_all(in[1], rules, strlen(rules));
	close(in[1]);
	return waitpid(pid, &status, 0) == pid && written && status == 0;
}

/* What runs outside of our processes */

/* What was not idle since an arbitrary start. Busy time itself is only sampled by the tick, which work that
 * starts with timers escapes; idle time is measured. */
static uint64_t machine_ns(void)
{
	unsigned long idle = 0, iowait = 0;
	FILE *f = fopen("/proc/stat", "re");
	if (f == NULL)
		return 0;
	if (fscanf(f, "cpu %*u %*u %*u %lu %lu", &idle, &iowait) != 2)
		idle = iowait = 0;
	fclose(f);
	const uint64_t tick_ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
	return clock_now_ns() * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) - (idle + iowait) * tick_ns;
}

/* The kernel's softirq threads, one per processor, which take over when softirqs come too thick. */
static uint64_t softirq_ns(void)
{
	static int pids[64];
	static int n_pids = -1;
	char path[64], name[32];
	uint64_t sum = 0, ns;
	if (n_pids < 0) {
		n_pids = 0;
		/* they are among the first the kernel starts */
		for (int pid = 2; pid < 2000 && n_pids < 64; pid++) {
			snprintf(path, sizeof path, "/proc/%d/comm", pid);
			FILE *f = fopen(path, "re");
			if (f == NULL)
				continue;
			if (fscanf(f, "%31s", name) == 1 && strncmp(name, "ksoftirqd/", 10) == 0)
				pids[n_pids++] = pid;
			fclose(f);
		}
	}
	for (int i = 0; i < n_pids; i++) {
		snprintf(path, sizeof path, "/proc/%d/schedstat", pids[i]);
		FILE *f = fopen(path, "re");
		if (f == NULL)
			continue;
		if (fscanf(f, "%lu", &ns) == 1)
			sum += ns;
		fclose(f);
	}
	return sum;
}

/* Frames that programs send get over a pair of interfaces where the other end takes them in batches; and a sender has to
 * sum its packets by itself, as if the wire were one. */
static void hosts_for_xdp(bool on)
{
	static const char *const hosts[] = { "in", "out" };
	const struct ethtool_value values[] = { { ETHTOOL_SGRO, on }, { ETHTOOL_STXCSUM, !on } };
	for (int h = 0; h < 2; h++) {
		const pid_t pid = fork_into(hosts[h]);
		if (pid == 0) {
			const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
			for (int i = 0; i < 2; i++) {
				struct ethtool_value v = values[i];
				struct ifreq r = { .ifr_name = "eth0", .ifr_data = (void *)&v };
				(void)ioctl(fd, SIOCETHTOOL, &r);
			}
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

/* One run */

struct child {
	pid_t pid;
	int to, from; /* pipes */
};

static bool child_pipes(struct child *c, int theirs[2])
{
	int down[2], up[2];
	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		return false;
	*c = (struct child){ -1, down[1], up[0] };
	theirs[0] = down[0];
	theirs[1] = up[1];
	return true;
}

static void child_end(struct child *c, const int theirs[2])
{
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
	}
	if (c->to >= 0)
		close(c->to);
	close(c->from);
	close(theirs[0]);
	close(theirs[1]);
}

static void destinations(struct part_send *what, enum bench_mode mode, const uint16_t ports[STREAMS_MAX])
{
	for (uint32_t i = 0; i < what->streams; i++)
		what->to[i] = mode == MODE_WIRE	    ? addr_with_port(address("198.51.100.2"), SINK_PORT)
			      : mode == MODE_ROUTED ? addr_with_port(address("203.0.113.2"), SINK_PORT)
			      : mode == MODE_NAT
				      ? addr_with_port(address("10.0.0.1"), (uint16_t)(NAT_PORT + i))
				      : addr_with_port(address("10.0.0.1"), ports[i]);
}

static bool start_gateway(enum bench_mode mode, struct child *c, int theirs[2], uint32_t streams,
	 uint16_t ports[STREAMS_MAX])
{
	const struct addr legs[2] = { address("10.0.0.1"), address("203.0.113.1") };
	const struct addr hosts[2] = { address("10.0.0.2"), address("203.0.113.2") };
	c->pid = fork_into("gw");
	if (c->pid == 0) {
		close(c->to); /* or its end would never come */
		_exit(part_gateway(mode, streams, legs, hosts, theirs[0], theirs[1]));
	}
	close(theirs[1]);
	theirs[1] = -1;
	return c->pid > 0 && read_all(c->from, ports, streams * sizeof *ports) && write_all(c->to, "", 1);
}

static bool run_once(enum bench_mode mode, const struct bench_case *bc, struct bench_result *out)
{
	static const char *const rules[MODES] = { RULES_NONE, RULES_NONE, RULES_NAT, RULES_GATEWAY,
		RULES_GATEWAY, RULES_GATEWAY, RULES_NONE };
	struct child sink, gate, send;
	int sink_t[2], gate_t[2], send_t[2];
	uint16_t ports[STREAMS_MAX] = { 0 };
	struct part_send what = {
		.streams = bc->streams, .pps = bc->pps, .packets = bc->packets, .spread = bc->spread
	};
	struct part_send_result sent;
	struct part_sink_result got;
	uint64_t gate_ns = 0;
	char ready;
	bool ok = false;
	if (!set_rules(rules[mode]) && mode != MODE_WIRE && mode != MODE_ROUTED)
		return false;
	if (!child_pipes(&sink, sink_t) || !child_pipes(&gate, gate_t) || !child_pipes(&send, send_t))
		return false;
	sink.pid = fork_into("out");
	if (sink.pid == 0)
		_exit(part_sink(bc->packets, sink_t[1]));
	if (!read_all(sink.from, &ready, 1))
		goto out;
	if (mode == MODE_KERNEL_XDP)
		hosts_for_xdp(true);
	if (mode >= MODE_USER && !start_gateway(mode, &gate, gate_t, bc->streams, ports))
		goto out;
	destinations(&what, mode, ports);
	const uint64_t machine = machine_ns(), softirq = softirq_ns(), start = clock_now_ns();
	send.pid = fork_into("in");
	if (send.pid == 0)
		_exit(part_sender(&what, send_t[1]));
	ok = read_all(send.from, &sent, sizeof sent) && read_all(sink.from, &got, sizeof got);
	*out = (struct bench_result){ .machine_ns = machine_ns() - machine,
		.softirq_ns = softirq_ns() - softirq };
	out->crowded = out->machine_ns >
		       (clock_now_ns() - start) * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) / 20 * 19;
	close(gate.to);
	gate.to = -1;
	if (mode >= MODE_USER)
		ok = read_all(gate.from, &gate_ns, sizeof gate_ns) && ok;
	out->sent = sent.sent;
	out->received = got.received;
	out->sender_ns = sent.cpu_ns;
	out->sink_ns = got.cpu_ns;
	out->gateway_ns = gate_ns;
	out->p50_ns = got.p50_ns;
	out->p99_ns = got.p99_ns;
	out->p999_ns = got.p999_ns;
out:
	child_end(&sink, sink_t);
	child_end(&gate, gate_t);
	child_end(&send, send_t);
	if (mode == MODE_KERNEL_XDP)
		hosts_for_xdp(false);
	return ok;
}

struct options {
	struct report report;
	double seconds;
	struct bench_case cases[16];
	unsigned n_cases;
	bool want[MODES], rising;
};

static int parse_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "seconds", required_argument, NULL, 's' },
		{ "case", required_argument, NULL, 'c' },
		{ "spread", no_argument, NULL, 'p' },
		{ "only", required_argument, NULL, 'o' },
		{ 0 },
	};
	static const struct bench_case usual[] = {
		{ 1000, 1, 0, false },
		{ 1000, 25, 0, false },
		{ 1000, 200, 0, false },
		{ 20000, 1, 0, false },
		{ 20000, 25, 0, false },
		{ 20000, 200, 0, false },
		{ 20000, 25, 0, true },
	};
	int c;
	*o = (struct options){ .seconds = 1.0 };
	bool only = false, spread = false;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		struct bench_case *bc = &o->cases[o->n_cases];
		if (c == 'j')
			o->report.json = true;
		else if (c == 'p')
			spread = true;
		else if (c == 's')
			o->seconds = strtod(optarg, NULL);
		else if (c == 'c' && o->n_cases < 16 &&
			 sscanf(optarg, "%u:%u", &bc->pps, &bc->streams) == 2 && bc->streams >= 1 &&
			 bc->streams <= STREAMS_MAX && bc->pps >= 1)
			bc->spread = spread, o->n_cases++;
		else if (c == 'o' && strlen(optarg) == 1 && *optarg >= '0' && *optarg < '0' + MODES)
			only = o->want[*optarg - '0'] = true;
		else
			return PST_E_ARG;
	}
	if (o->n_cases == 0) {
		memcpy(o->cases, usual, sizeof usual);
		o->n_cases = sizeof usual / sizeof *usual;
		o->rising = true;
	}
	for (int m = 0; m < MODES && !only; m++)
		o->want[m] = true;
	return o->seconds > 0 && o->seconds < 3600 ? 0 : PST_E_ARG;
}

/* Whether PROGRAM is in one of the usual folders. */
static bool installed(const char *program)
{
	static const char *const folders[] = { "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin" };
	char path[128];
	for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s/%s", folders[i], program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

enum { RISING_STREAMS = 25 };

/* The sender, the gateway and the receiver share the machine: the rate is of all three. */
static void rising(struct options *o)
{
	static const uint32_t rates[] = { 20000, 40000, 60000, 80000, 100000, 150000, 200000, 300000, 400000, 600000 };
	for (int m = 0; m < MODES; m++) {
		uint32_t best = 0;
		for (unsigned i = 0; o->want[m] && i < sizeof rates / sizeof *rates; i++) {
			struct bench_case c = { rates[i], RISING_STREAMS, (uint32_t)(rates[i] * o->seconds), false };
			struct bench_result r = { 0 };
			/* twice: what else the machine does may lose some */
			if ((!run_once((enum bench_mode)m, &c, &r) || r.received + r.sent / 10000 < c.packets) &&
				(!run_once((enum bench_mode)m, &c, &r) || r.received + r.sent / 10000 < c.packets))
				break;
			best = rates[i];
		}
		if (o->want[m])
			report_rising(&o->report, (enum bench_mode)m, RISING_STREAMS, best);
	}
}

int main(int argc, char **argv)
{
	struct options o;
	int failed = 0;
	if (parse_options(&o, argc, argv)) {
		fprintf(stderr, "usage: relay_bench [--json] [--seconds S] [--only 0..6]... [[--spread] "
				"--case PPS:STREAMS]...\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!installed("rtpengine"))
		o.want[MODE_RTPENGINE] = false;
	for (unsigned i = 0; i < o.n_cases; i++) {
		struct bench_case *c = &o.cases[i];
		struct bench_result res[MODES] = { 0 };
		bool have[MODES];
		c->packets = (uint32_t)(c->pps * o.seconds);
		for (int m = 0; m < MODES; m++) {
			have[m] = o.want[m] && run_once((enum bench_mode)m, c, &res[m]);
			if (!have[m] && o.want[m]) {
				fprintf(stderr, "relay_bench: mode %d failed at %u pps\n", m, c->pps);
				/* the kernel's need root, and to have been built */
				if (m < MODE_KERNEL_TC || geteuid() == 0)
					failed = 1;
				else
					o.want[m] = false;
			}
		}
		report_case(&o.report, c, res, have);
	}
	if (o.rising)
		rising(&o);
	report_end(&o.report);
	return failed;
}
