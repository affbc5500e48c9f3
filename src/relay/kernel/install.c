/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading, with libbpf, and what is in the maps. */
#include "relay/kernel/place.h"

#include "base/log.h"
#include "flow.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { SESSIONS = 16384, SESSIONS_MAX = 131072 };

static PST_PRINTF(2, 0) int on_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char text[512];
	(void)level;
	const int n = vsnprintf(text, sizeof text, format, args);
	text[strcspn(text, "\n")] = '\0';
	if (n > 0)
		log_debug("relay", "%s", text);
	return n;
}

/* The table */

static void to_mapped(uint8_t out[16], const struct addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	memcpy(out, a->family == ADDR_IP4 ? prefix : a->ip, 12);
	memcpy(out + 12, a->family == ADDR_IP4 ? a->ip : a->ip + 12, 4);
}

/* The number of LOCAL, which it keeps for good: flows know it by that. -ENOSPC: there are too many. */
static int number_local(struct relay_kernel_place *p, const struct addr *local, uint32_t ifindex)
{
	struct relay_k_local l = { .ifindex = ifindex };
	to_mapped(l.ip, local);
	while (l.number < p->locals_n && memcmp(p->locals[l.number].ip, l.ip, sizeof l.ip) != 0)
		l.number++;
	if (l.number == RELAY_K_LOCALS)
		return -ENOSPC;
	p->locals[l.number] = l;
	if (l.number == p->locals_n)
		p->locals_n++;
	return bpf_map_update_elem(bpf_map__fd(p->skel->maps.vias), &l.number, &l, BPF_ANY);
}

struct pool_key {
	uint32_t bits;
	uint8_t ip[16];
};

static struct pool_key key_of(const struct relay_kernel_pool *pool)
{
	struct pool_key key = { .bits = pool->net.len + (pool->net.net.family == ADDR_IP4 ? 96u : 0) };
	to_mapped(key.ip, &pool->net.net);
	return key;
}

static bool has_key(const struct pool_key *keys, uint32_t n, const struct pool_key *key)
{
	for (uint32_t i = 0; i < n; i++)
		if (memcmp(&keys[i], key, sizeof *key) == 0)
			return true;
	return false;
}

static int set_pools(struct relay_kernel_place *p, const struct relay_kernel_plan *plan)
{
	const int map = bpf_map__fd(p->skel->maps.pools);
	struct pool_key keys[PLACE_POOLS], key, gone[PLACE_POOLS];
	uint32_t gone_n = 0;
	for (uint32_t i = 0; i < plan->pools_n; i++) {
		keys[i] = key_of(&plan->pools[i]);
		const uint32_t ifindex = p->interfaces[plan->pools[i].via].index;
		const int rc = bpf_map_update_elem(map, &keys[i], &ifindex, BPF_ANY);
		if (rc != 0)
			return rc;
	}
	for (int rc = bpf_map_get_next_key(map, NULL, &key); rc == 0; rc = bpf_map_get_next_key(map, &key, &key))
		if (!has_key(keys, plan->pools_n, &key) && gone_n < PLACE_POOLS)
			gone[gone_n++] = key;
	while (gone_n > 0)
		(void)bpf_map_delete_elem(map, &gone[--gone_n]);
	return 0;
}

static int fill_locals(struct relay_kernel_place *p, const struct relay_kernel_plan *plan)
{
	int rc = set_pools(p, plan);
	for (uint32_t i = 0; i < plan->locals_n && rc == 0; i++)
		rc = number_local(p, &plan->locals[i], p->interfaces[plan->via[i]].index);
	return rc;
}

static struct relay_k_header *map_header(const struct relay_kernel_place *p)
{
	struct relay_k_header *h = mmap(NULL, RELAY_K_HEADER_SLOTS * RELAY_K_SLOT, PROT_READ | PROT_WRITE,
		MAP_SHARED, bpf_map__fd(p->skel->maps.table), 0);
	return h == MAP_FAILED ? NULL : h;
}

/* Where each part of the table begins is constant for the programs. */
static void geometry(struct relay_k_header *h, const struct relay_kernel_plan *plan)
{
	const uint32_t pairs = 2 * (plan->sessions != 0 ? plan->sessions : SESSIONS);
	uint32_t entries = RELAY_K_WORDS;
	while (entries < 8 * pairs)
		entries *= 2;
	*h = (struct relay_k_header){ .magic = RELAY_K_MAGIC,
		.slot_size = RELAY_K_SLOT,
		.index = RELAY_K_HEADER_SLOTS,
		.index_mask = entries - 1,
		.pairs = RELAY_K_HEADER_SLOTS + entries / RELAY_K_WORDS,
		.pairs_n = pairs };
	h->ranges = h->pairs + 2 * pairs;
	h->slots = h->ranges + RELAY_K_RANGES * RELAY_K_RANGE_ROWS;
}

/* The coarse clock steps once in a tick of the system, and says so. 0: it is not what that would be. */
static uint64_t jiffy_ns(void)
{
	struct timespec t;
	if (clock_getres(CLOCK_MONOTONIC_COARSE, &t) != 0 || t.tv_sec != 0 || t.tv_nsec < 1000000 || t.tv_nsec > 10000000)
		return 0;
	return (uint64_t)t.tv_nsec;
}

static int load_once(struct relay_kernel_place *p, const struct relay_k_header *h)
{
	p->skel = flow_bpf__open();
	if (p->skel == NULL)
		return -errno;
	p->skel->rodata->index_first = h->index;
	p->skel->rodata->index_mask = h->index_mask;
	p->skel->rodata->pairs_first = h->pairs;
	p->skel->rodata->pairs_n = h->pairs_n;
	p->skel->rodata->ranges_first = h->ranges;
	p->skel->rodata->jiffy_ns = jiffy_ns();
	int rc = bpf_map__set_max_entries(p->skel->maps.table, h->slots);
	if (rc == 0)
		rc = bpf_map__set_max_entries(p->skel->maps.sources, 2 * h->pairs_n);
	if (rc == 0)
		rc = place_pin_maps(p);
	return rc == 0 ? flow_bpf__load(p->skel) : rc;
}

/* Of a table that was there before: the numbers of addresses, which its flows know them by. */
static void read_locals(struct relay_kernel_place *p)
{
	static const uint8_t none[16];
	const int vias = bpf_map__fd(p->skel->maps.vias);
	for (uint32_t i = 0; i < RELAY_K_LOCALS; i++) {
		struct relay_k_local l;
		if (bpf_map_lookup_elem(vias, &i, &l) != 0 || memcmp(l.ip, none, sizeof none) == 0)
			break;
		p->locals[p->locals_n++] = l;
	}
}

static int load(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	struct relay_k_header h;
	geometry(&h, plan);
	place_pin_begin(p, plan->pins);
	int rc = load_once(p, &h);
	if (rc != 0 && p->pins[0] != '\0') {
		/* what is there may be of another size: begin anew, or without */
		log_notice("relay", "media of before are not taken over: %s", strerror(-rc));
		flow_bpf__destroy(p->skel);
		place_pin_forget(p, true);
		place_pin_begin(p, plan->pins);
		rc = load_once(p, &h);
	}
	if (rc != 0)
		return place_refuse(why, "loading the programs", NULL, -rc);
	read_locals(p);
	struct relay_k_header *at = map_header(p);
	if (at == NULL)
		return place_refuse(why, "the flow table", NULL, errno);
	/* what a worker writes, and what its flows depend on, stays */
	h.outlives = p->pins[0] != '\0';
	memcpy(at, &h, offsetof(struct relay_k_header, locals_n));
	munmap(at, RELAY_K_HEADER_SLOTS * RELAY_K_SLOT);
	return 0;
}

/* What the worker is told of numbers. */
static int tell_locals(const struct relay_kernel_place *p, char why[static 128])
{
	struct relay_k_header *h = map_header(p);
	if (h == NULL)
		return place_refuse(why, "the flow table", NULL, errno);
	memcpy(h->locals, p->locals, sizeof h->locals);
	h->locals_n = p->locals_n;
	munmap(h, RELAY_K_HEADER_SLOTS * RELAY_K_SLOT);
	return 0;
}

static int plan_check(const struct relay_kernel_plan *plan, char why[static 128])
{
	bool good = plan->interfaces_n > 0 && plan->interfaces_n <= PLACE_INTERFACES && plan->locals_n > 0 &&
		    plan->locals_n <= RELAY_K_LOCALS && plan->pools_n <= PLACE_POOLS &&
		    plan->sessions <= SESSIONS_MAX;
	for (uint32_t i = 0; good && i < plan->locals_n; i++)
		good = addr_ip_len(&plan->locals[i]) != 0 && plan->via[i] < plan->interfaces_n;
	for (uint32_t i = 0; good && i < plan->pools_n; i++)
		good = addr_ip_len(&plan->pools[i].net.net) != 0 && plan->pools[i].via < plan->interfaces_n;
	if (!good)
		snprintf(why, 128, "no interfaces or addresses, or too many");
	return good ? 0 : PST_E_ARG;
}

int relay_kernel_change(
	struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	int err = plan_check(plan, why);
	if (!err)
		err = place_attach(p, plan, why);
	if (err)
		return err;
	const int rc = fill_locals(p, plan);
	return rc == 0 ? tell_locals(p, why) : place_refuse(why, "the addresses", NULL, -rc);
}

int relay_kernel_install(
	struct relay_kernel_place **out, const struct relay_kernel_plan *plan, char why[static 128])
{
	int err = plan_check(plan, why);
	if (err)
		return err;
	struct relay_kernel_place *p = calloc(1, sizeof *p);
	if (p == NULL)
		return place_refuse(why, "interfaces", NULL, ENOMEM);
	(void)libbpf_set_print(on_libbpf);
	p->way = plan->way;
	err = load(p, plan, why);
	if (!err)
		err = relay_kernel_change(p, plan, why);
	if (err) {
		relay_kernel_remove(p);
		return err;
	}
	*out = p;
	return 0;
}

int relay_kernel_table_fd(const struct relay_kernel_place *place)
{
	return bpf_map__fd(place->skel->maps.table);
}

int relay_kernel_ring_fd(const struct relay_kernel_place *place)
{
	return bpf_map__fd(place->skel->maps.handed);
}

const char *relay_kernel_way_name(const struct relay_kernel_place *place)
{
	return place->xdp ? "XDP" : "TC";
}

void relay_kernel_remove(struct relay_kernel_place *p)
{
	if (p == NULL)
		return;
	const int saved = errno;
	place_detach(p);
	place_pin_forget(p, true);
	flow_bpf__destroy(p->skel);
	free(p);
	errno = saved;
}
