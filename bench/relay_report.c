/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the relay bench prints: one `name value unit` per line, or one JSON object. */
#include "bench/relay_bench.h"

enum { MACHINE_PACKETS = 10000 };

static const char *const mode_names[MODES] = { "wire", "routed", "nat", "user", "kernel_tc", "kernel_xdp",
	"rtpengine" };

static void plain(struct report *r, const char *name, double value, const char *unit)
{
	if (r->json)
		printf("%s\n  {\"name\": \"%s\", \"value\": %.2f, \"unit\": \"%s\"}", r->lines ? "," : "[",
			name, value, unit);
	else
		printf("%-58s %10.2f %s\n", name, value, unit);
	r->lines++;
	fflush(stdout);
}

static void line(struct report *r, const char *mode, const struct bench_case *c, const char *what,
	double value, const char *unit)
{
	char name[128];
	snprintf(name, sizeof name, "relay.%upps.%ustreams.%s%s.%s", c->pps, c->streams,
		c->spread ? "spread." : "", mode, what);
	plain(r, name, value, unit);
}

static double per_packet_us(const struct bench_result *b, uint64_t ns)
{
	return b->sent ? (double)ns / b->sent / 1000.0 : 0;
}

/* Of all processes of the run and the kernel's softirq threads. */
static double cpu_us(const struct bench_result *b)
{
	return per_packet_us(b, b->sender_ns + b->gateway_ns + b->sink_ns + b->softirq_ns);
}

static double us(uint32_t ns)
{
	return ns / 1000.0;
}

static void report_mode(
	struct report *r, const struct bench_case *c, enum bench_mode m, const struct bench_result res[MODES])
{
	const struct bench_result *b = &res[m], *wire = &res[MODE_WIRE], *routed = &res[MODE_ROUTED];
	const char *name = mode_names[m];
	line(r, name, c, "end_to_end_cpu", cpu_us(b), "us/packet");
	if (m != MODE_WIRE)
		line(r, name, c, "gateway_cpu", cpu_us(b) - cpu_us(wire), "us/packet");
	if (m == MODE_USER || m == MODE_RTPENGINE)
		line(r, name, c, "gateway_process_cpu", per_packet_us(b, b->gateway_ns), "us/packet");
	/* the system counts idle time in hundredths of a second: too coarse for few packets; and spinning is
	 * not work */
	if (b->sent >= MACHINE_PACKETS && !c->spread && !b->crowded && !wire->crowded) {
		line(r, name, c, "machine_cpu", per_packet_us(b, b->machine_ns), "us/packet");
		if (m != MODE_WIRE)
			line(r, name, c, "machine_cpu_over_wire",
				per_packet_us(b, b->machine_ns) - per_packet_us(wire, wire->machine_ns),
				"us/packet");
	}
	line(r, name, c, "latency_p50", us(b->p50_ns), "us");
	line(r, name, c, "latency_p99", us(b->p99_ns), "us");
	line(r, name, c, "latency_p999", us(b->p999_ns), "us");
	if (m > MODE_ROUTED) {
		line(r, name, c, "added_p50", us(b->p50_ns) - us(routed->p50_ns), "us");
		line(r, name, c, "added_p99", us(b->p99_ns) - us(routed->p99_ns), "us");
		line(r, name, c, "added_p999", us(b->p999_ns) - us(routed->p999_ns), "us");
	}
	line(r, name, c, "lost", (double)b->sent - b->received, "packets");
}

static void ratio(struct report *r, const struct bench_case *c, enum bench_mode m, const char *what, double of,
	double nat)
{
	char name[32];
	snprintf(name, sizeof name, "%s_to_nat", mode_names[m]);
	if (nat > 0)
		line(r, name, c, what, of / nat, "ratio");
}

static void ratios(struct report *r, const struct bench_case *c, enum bench_mode m,
	const struct bench_result res[MODES])
{
	const struct bench_result *of = &res[m], *nat = &res[MODE_NAT], *wire = &res[MODE_WIRE];
	ratio(r, c, m, "end_to_end_cpu", cpu_us(of), cpu_us(nat));
	ratio(r, c, m, "gateway_cpu", cpu_us(of) - cpu_us(wire), cpu_us(nat) - cpu_us(wire));
	ratio(r, c, m, "latency_p50", us(of->p50_ns), us(nat->p50_ns));
	ratio(r, c, m, "latency_p99", us(of->p99_ns), us(nat->p99_ns));
	ratio(r, c, m, "latency_p999", us(of->p999_ns), us(nat->p999_ns));
}

void report_case(struct report *r, const struct bench_case *c, const struct bench_result res[MODES],
	const bool have[MODES])
{
	for (int m = 0; m < MODES; m++) {
		if (have[m])
			report_mode(r, c, (enum bench_mode)m, res);
		if (have[m] && res[m].crowded)
			fprintf(stderr,
				"relay_bench: other work kept the machine full: mind the delays of %s\n",
				mode_names[m]);
	}
	for (int m = MODE_USER; m < MODES; m++)
		if (have[m] && have[MODE_NAT])
			ratios(r, c, (enum bench_mode)m, res);
}

void report_rising(struct report *r, enum bench_mode mode, uint32_t streams, uint32_t pps)
{
	char name[64];
	snprintf(name, sizeof name, "relay.most.%ustreams.%s.without_loss", streams, mode_names[mode]);
	plain(r, name, pps, "packets/s");
}

void report_end(struct report *r)
{
	if (r->json)
		printf("%s]\n", r->lines ? "\n" : "[");
}
