/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Media of many calls through a running gateway, all ways at once: one frame of each stream per interval, made and
 * counted as live.h says. The system takes its time to begin with making frames, so ten intervals go together.
 * As root only. Prints one line of JSON.
 *
 *   media_load SECONDS INTERVAL_MS WAY...
 *
 * A WAY is GATEWAY-IF,FROM-NETNS,FROM-IF,FROM-ADDR:PORT,GATEWAY-ADDR,TO-NETNS,TO-IF,TO-ADDR,FILE: where frames come in
 * to the namespace `gateway`, whose they are, where they go to, and a file with the gateway's ports, one a line.
 */
#include "bench/live.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAYS_MAX = 4, PARTS = 9, STREAMS_MAX = 16384 };

struct way {
	struct relay_pps_bpf *skel;
	uint32_t interface, streams;
	char sink[64]; /* namespace and interface */
	uint64_t sent0, received0;
	pthread_t thread;
	double start, end, cpu_s;
};

static struct addr address(const char *text)
{
	struct addr a = { 0 };
	if (addr_parse(&a, text, 0) != 0 || a.family != ADDR_IP4) {
		errno = EINVAL;
		live_die(text);
	}
	return a;
}

static uint32_t read_ports(struct way *w, const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned port;
	uint32_t n = 0;
	if (f == NULL)
		live_die(path);
	for (; n < STREAMS_MAX && fscanf(f, "%u", &port) == 1; n++) {
		const uint32_t value = (port & 0xff) << 8 | port >> 8;
		if (bpf_map_update_elem(bpf_map__fd(w->skel->maps.ports), &n, &value, BPF_ANY) != 0)
			live_die("ports");
	}
	fclose(f);
	return n;
}

static void way_open(struct way *w, char *text)
{
	char *part[PARTS];
	int n = 0;
	for (char *p = strtok(text, ","); p != NULL && n < PARTS; p = strtok(NULL, ","))
		part[n++] = p;
	w->skel = relay_pps_bpf__open_and_load();
	if (n != PARTS || w->skel == NULL)
		live_die(n != PARTS ? "a way has nine parts" : "programs");
	const struct addr from = address(part[3]), gateway = address(part[4]), to = address(part[7]);
	uint8_t macs[2][6];
	live_mac("gateway", part[0], macs[0]);
	live_mac(part[1], part[2], macs[1]);
	live_headers(w->skel->bss->headers, macs[0], macs[1], &from, &gateway);
	memcpy(&w->skel->bss->mirror_to, to.ip, 4);
	w->streams = read_ports(w, part[8]);
	w->skel->data->streams = w->streams;
	live_batches("gateway", part[0]);
	live_batches(part[5], part[6]);
	snprintf(w->sink, sizeof w->sink, "%s %s", part[5], part[6]);
	live_enter("gateway");
	w->interface = if_nametoindex(part[0]);
	const int prog = live_attached(part[0]);
	const uint32_t zero = 0;
	w->skel->bss->action = prog >= 0 ? XDP_TX : XDP_PASS;
	if (prog >= 0 && bpf_map_update_elem(bpf_map__fd(w->skel->maps.gateway), &zero, &prog, BPF_ANY) != 0)
		live_die("the gateway's program");
}

/* Ways that end at one interface are counted there together, by the first. */
static void sinks_open(const struct way *ways, int n)
{
	for (int i = 0; i < n; i++) {
		bool there = false;
		for (int k = 0; k < i; k++)
			there = there || strcmp(ways[k].sink, ways[i].sink) == 0;
		char ns[64], interface[64];
		if (!there && sscanf(ways[i].sink, "%63s %63s", ns, interface) == 2)
			(void)live_attach(ways[i].skel->progs.receive_frame, ns, interface);
	}
}

static uint64_t received(const struct way *w)
{
	return *(const volatile __u64 *)&w->skel->bss->received + *(const volatile __u64 *)&w->skel->bss->received_bad;
}

static double now_s(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_until(double s)
{
	const struct timespec t = { (time_t)s, (long)((s - (double)(time_t)s) * 1e9) };
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

enum { TOGETHER = 10 };
static double seconds, interval_s;

/* One way's rounds, from w->start on. */
static void *rounds(void *arg)
{
	struct way *w = arg;
	live_enter("gateway");
	const double cpu = now_s(CLOCK_THREAD_CPUTIME_ID), step = interval_s * TOGETHER;
	for (unsigned i = 0; i < seconds / step; i++) {
		wait_until(w->start + i * step);
		live_send(w->skel, w->interface, TOGETHER * w->streams);
	}
	w->end = now_s(CLOCK_MONOTONIC);
	w->cpu_s = now_s(CLOCK_THREAD_CPUTIME_ID) - cpu;
	return NULL;
}

int main(int argc, char **argv)
{
	struct way ways[WAYS_MAX] = { 0 };
	const int n = argc - 3;
	live_name = "media_load";
	if (n < 1 || n > WAYS_MAX) {
		fprintf(stderr, "usage: media_load SECONDS INTERVAL_MS WAY...\n");
		return 2;
	}
	seconds = strtod(argv[1], NULL);
	interval_s = strtod(argv[2], NULL) / 1e3;
	for (int i = 0; i < n; i++)
		way_open(&ways[i], argv[3 + i]);
	sinks_open(ways, n);
	live_enter("gateway");
	for (int i = 0; i < n; i++)
		live_send(ways[i].skel, ways[i].interface, 2 * ways[i].streams); /* flows and neighbours get known */
	const double start = now_s(CLOCK_MONOTONIC) + 0.2;
	wait_until(start);
	for (int i = 0; i < n; i++) {
		ways[i].sent0 = *(const volatile __u64 *)&ways[i].skel->bss->sent;
		ways[i].received0 = received(&ways[i]);
	}
	for (int i = 0; i < n; i++) {
		ways[i].start = start + i * interval_s;
		if (pthread_create(&ways[i].thread, NULL, rounds, &ways[i]) != 0)
			live_die("a thread");
	}
	double cpu_s = 0, end = start;
	for (int i = 0; i < n; i++) {
		(void)pthread_join(ways[i].thread, NULL);
		cpu_s += ways[i].cpu_s;
		end = ways[i].end > end ? ways[i].end : end;
	}
	wait_until(end + 0.2);
	uint64_t sent = 0, arrived = 0;
	for (int i = 0; i < n; i++) {
		sent += *(const volatile __u64 *)&ways[i].skel->bss->sent - ways[i].sent0;
		arrived += received(&ways[i]) - ways[i].received0;
	}
	printf("{\"seconds\": %.3f, \"cpu_s\": %.3f, \"sent\": %llu, \"received\": %llu}\n", end - start, cpu_s,
		(unsigned long long)sent, (unsigned long long)arrived);
	return 0;
}
