/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ILS alone, on loopback, for real clients and for measuring:
 *
 *	serve [--wide] [--store FILE] [--proxy PORT TARGET-PORT] PORT...
 *
 * Port 0 is the system's choice. Prints each port, then serves until its standard input ends. --wide lifts
 * the limits of source and rate; then "rss" on standard input prints the process' resident kilobytes. --proxy: a port
 * behind which the server on TARGET-PORT is somebody else's, in realm 1.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "directory/ils_server.h"
#include "directory/keep.h"
#include "loop/net.h"

static struct {
	uint16_t port, target;
} proxied;

static bool admit(void *arg, int fd, const struct addr *peer, struct directory_admission *out)
{
	struct addr local;
	(void)arg;
	if (loop_fd_local(fd, &local))
		return false;
	/* 127.0.0.x is inside, 127.1.0.x outside */
	out->realm = peer->ip[1];
	if (proxied.port != 0 && local.port == proxied.port) {
		out->target = addr_ip4((const uint8_t[]){ 127, 0, 0, 1 }, proxied.target);
		out->local = addr_ip4((const uint8_t[]){ 127, 1, 0, 254 }, 0);
		out->target_realm = 1;
	}
	return true;
}

static int realm_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->ip[0] == 127 || a->ip[0] == 10 ? a->ip[0] == 127 ? a->ip[1] : 0 : 1;
}

static struct addr address_for(void *arg, uint8_t asker, const struct directory_person *p)
{
	(void)arg;
	return asker == 0 ? p->address : addr_ip4((const uint8_t[]){ 203, 0, 113, 1 }, 0);
}

static void resident(void)
{
	unsigned long size = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f != NULL && fscanf(f, "%lu %lu", &size, &pages) == 2)
		printf("%lu\n", pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024);
	fflush(stdout);
	if (f != NULL)
		fclose(f);
}

static void on_input(uv_poll_t *h, int status, int events)
{
	char buf[64];
	(void)events;
	const ssize_t n = status == 0 ? read(STDIN_FILENO, buf, sizeof buf) : 0;
	if (n > 0) {
		resident();
		return;
	}
	uv_close((uv_handle_t *)h, NULL);
	ils_server_close(h->data, NULL, NULL);
}

static int listen_on(struct ils_server *s, uint16_t port)
{
	struct addr local = addr_ip4((const uint8_t[]){ 0, 0, 0, 0 }, port);
	int fd;
	if (loop_listen(&fd, &local, 512) || loop_fd_local(fd, &local) || ils_server_listen_fd(s, fd))
		return -1;
	printf("%u\n", local.port);
	fflush(stdout);
	return local.port;
}

int main(int argc, char **argv)
{
	struct directory_config cfg = { .seed = 7, .address_for = address_for };
	struct directory_policy policy = directory_policy_default();
	struct ils_server_config sc = { .policy = &policy, .admit = admit, .realm_of = realm_of };
	struct directory *dir;
	struct store *store = NULL;
	struct ils_server *s;
	uv_loop_t loop;
	uv_poll_t input;
	int i = 1;
	signal(SIGPIPE, SIG_IGN);
	log_setup("serve", LOG_L_WARN, false);
	directory_limits_default(&cfg.limits);
	cfg.limits.changes_per_source_s = 1000;
	if (i < argc && strcmp(argv[i], "--wide") == 0) {
		cfg.limits.entries_per_source = cfg.limits.entries = 1 << 20;
		cfg.limits.changes_per_source_s = UINT32_MAX;
		sc.connections_per_source = sc.connections = 1024;
		i++;
	}
	if (i + 1 < argc && strcmp(argv[i], "--store") == 0) {
		const struct store_config stored = { .path = argv[i + 1] };
		char why[STORE_WHY_MAX];
		if (store_open(&store, &stored, why)) {
			fprintf(stderr, "serve: %s\n", why);
			return 1;
		}
		cfg.store = directory_keep(store);
		i += 2;
	}
	if (directory_new(&dir, &cfg) || uv_loop_init(&loop))
		return 1;
	sc.dir = dir;
	if (ils_server_new(&s, &loop, &sc))
		return 1;
	if (i + 2 < argc && strcmp(argv[i], "--proxy") == 0) {
		proxied.target = (uint16_t)atoi(argv[i + 2]);
		const int port = listen_on(s, (uint16_t)atoi(argv[i + 1]));
		if (port < 0)
			return 1;
		proxied.port = (uint16_t)port;
		i += 3;
	}
	for (; i < argc; i++)
		if (listen_on(s, (uint16_t)atoi(argv[i])) < 0)
			return 1;
	uv_poll_init(&loop, &input, STDIN_FILENO);
	input.data = s;
	uv_poll_start(&input, UV_READABLE, on_input);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	directory_free(dir);
	store_close(store);
	return 0;
}
