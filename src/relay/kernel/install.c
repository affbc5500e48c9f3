/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading and attaching, with libbpf. */
#include "relay/kernel/install.h"

#include "base/log.h"
#include "flow.skel.h"
#include "relay/kernel/xdp_features.h"
#include "relay/kernel/layout.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	TCX_INGRESS = 46, /* enum bpf_attach_type, from Linux 6.6 */
	TC_HANDLE = 0x7073,
	TC_PRIORITY = 1,
	INTERFACES_MAX = 256,
	POOLS_MAX = 1024,
	SESSIONS = 16384,
	SESSIONS_MAX = 131072,
};

struct place_interface {
	uint32_t index;
	uint32_t number; /* its own for as long as it is there: next hops are known by it */
	int xdp_link, tc_link; /* -1: none */
	bool tc_filter;	       /* instead of the link, on older systems */
};

struct pool_key {
	uint32_t bits;
	uint8_t ip[16];
};

struct relay_kernel_place {
	struct flow_bpf *skel;
	bool xdp;
	enum relay_kernel_way way;
	uint32_t n;
	struct place_interface interfaces[INTERFACES_MAX];
	/* what the header holds too, where others write */
	uint32_t locals_n;
	struct relay_k_local locals[RELAY_K_LOCALS];
	uint32_t pools_n;
	struct pool_key pools[POOLS_MAX];
};

static int refuse(char why[static 128], const char *what, const char *about, int err)
{
	snprintf(why, 128, "%s%s%.40s: %s", what, about != NULL ? " " : "", about != NULL ? about : "",
		strerror(err));
	errno = err;
	/* what a container, a user namespace or an older system says */
	return err == EPERM || err == EACCES || err == ENOSYS || err == EOPNOTSUPP ? PST_E_UNSUPPORTED
		: err == ENOMEM							   ? PST_E_NOMEM
										   : PST_E_SYS;
}

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

/* Interfaces */

static bool is_ethernet(const char *name)
{
	struct ifreq r = { 0 };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
	const bool is = ioctl(fd, SIOCGIFHWADDR, &r) == 0 && r.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	close(fd);
	return is;
}

static bool number_taken(const struct place_interface *list, uint32_t n, uint32_t number)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i].number == number)
			return true;
	return false;
}

/* The interfaces of PLAN, with what is at them already. */
static int find_interfaces(struct place_interface *out, const struct relay_kernel_place *p,
	const struct relay_kernel_plan *plan, char why[static 128])
{
	for (uint32_t i = 0; i < plan->interfaces_n; i++) {
		const char *name = plan->interfaces[i];
		const uint32_t index = if_nametoindex(name);
		if (index == 0)
			return refuse(why, "interface", name, errno);
		if (!is_ethernet(name)) {
			snprintf(why, 128, "interface %.40s is not like Ethernet", name);
			return PST_E_UNSUPPORTED;
		}
		out[i] = (struct place_interface){ .index = index, .xdp_link = -1, .tc_link = -1 };
		for (uint32_t k = 0; k < i; k++)
			if (out[k].index == index) {
				snprintf(why, 128, "interface %.40s stands in two realms", name);
				return PST_E_ARG;
			}
		while (number_taken(p->interfaces, p->n, out[i].number) || number_taken(out, i, out[i].number))
			out[i].number++;
		for (uint32_t k = 0; k < p->n; k++)
			if (p->interfaces[k].index == index)
				out[i] = p->interfaces[k];
	}
	return 0;
}

/* Programs to interfaces */

/* libbpf looks at the padding of its option structures too, which an initialiser need not clear. */
static void tc_options(struct bpf_tc_hook *hook, struct bpf_tc_opts *opts, uint32_t ifindex)
{
	memset(hook, 0, sizeof *hook);
	hook->sz = sizeof *hook;
	hook->ifindex = (int)ifindex;
	hook->attach_point = BPF_TC_INGRESS;
	memset(opts, 0, sizeof *opts);
	opts->sz = sizeof *opts;
	opts->handle = TC_HANDLE;
	opts->priority = TC_PRIORITY;
}

static int tc_filter_add(uint32_t ifindex, int prog)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;
	tc_options(&hook, &opts, ifindex);
	opts.prog_fd = prog;
	opts.flags = BPF_TC_F_REPLACE;
	const int rc = bpf_tc_hook_create(&hook);
	return rc != 0 && rc != -EEXIST ? rc : bpf_tc_attach(&hook, &opts);
}

static void tc_filter_remove(uint32_t ifindex)
{
	struct bpf_tc_hook hook;
	struct bpf_tc_opts opts;
	tc_options(&hook, &opts, ifindex);
	(void)bpf_tc_detach(&hook, &opts);
}

/* A link goes with its descriptor; the older filter stays until it is removed or replaced. */
static int attach_tc(struct place_interface *i, int prog, bool filter)
{
	const int link =
		filter ? -1 : bpf_link_create(prog, (int)i->index, (enum bpf_attach_type)TCX_INGRESS, NULL);
	if (link >= 0) {
		i->tc_link = link;
		return 0;
	}
	const int err = tc_filter_add(i->index, prog);
	i->tc_filter = err == 0;
	return err;
}

static void detach_tc(struct place_interface *i)
{
	if (i->tc_link >= 0)
		close(i->tc_link);
	if (i->tc_filter)
		tc_filter_remove(i->index);
	i->tc_link = -1;
	i->tc_filter = false;
}

static void detach_xdp_one(struct place_interface *i)
{
	if (i->xdp_link >= 0)
		close(i->xdp_link);
	i->xdp_link = -1;
}


/* Whether all interfaces have all of WANTED. Some drivers can send frames of others only while they run a program. */
static bool all_can(const struct relay_kernel_place *p, uint64_t wanted)
{
	for (uint32_t i = 0; i < p->n; i++) {
		uint64_t have = 0;
		if (xdp_features(p->interfaces[i].index, &have) || (have & wanted) != wanted)
			return false;
	}
	return true;
}

static int number_xdp(const struct relay_kernel_place *p)
{
	const int ports = bpf_map__fd(p->skel->maps.xdp_ports), numbers = bpf_map__fd(p->skel->maps.xdp_numbers);
	for (uint32_t i = 0; i < p->n; i++) {
		const struct place_interface *at = &p->interfaces[i];
		int rc = bpf_map_update_elem(ports, &at->number, &at->index, BPF_ANY);
		if (rc == 0)
			rc = bpf_map_update_elem(numbers, &at->index, &at->number, BPF_ANY);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void forget_xdp(const struct relay_kernel_place *p, const struct place_interface *at)
{
	(void)bpf_map_delete_elem(bpf_map__fd(p->skel->maps.xdp_numbers), &at->index);
	(void)bpf_map_delete_elem(bpf_map__fd(p->skel->maps.xdp_ports), &at->number);
}

/* It is TC alone from here on. */
static void detach_xdp(struct relay_kernel_place *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		detach_xdp_one(&p->interfaces[i]);
		if (p->xdp)
			forget_xdp(p, &p->interfaces[i]);
	}
	p->xdp = false;
}

static int attach_xdp(struct relay_kernel_place *p)
{
	const int prog = bpf_program__fd(p->skel->progs.relay_xdp);
	struct bpf_link_create_opts opts;
	memset(&opts, 0, sizeof opts);
	opts.sz = sizeof opts;
	opts.flags = XDP_FLAGS_DRV_MODE;
	if (!all_can(p, XDP_CAN_RUN | XDP_CAN_REDIRECT))
		return -EOPNOTSUPP;
	for (uint32_t i = 0; i < p->n; i++) {
		if (p->interfaces[i].xdp_link >= 0)
			continue;
		const int link = bpf_link_create(prog, (int)p->interfaces[i].index, BPF_XDP, &opts);
		if (link < 0)
			return link;
		p->interfaces[i].xdp_link = link;
	}
	if (!all_can(p, XDP_CAN_SEND))
		return -EOPNOTSUPP;
	const int rc = number_xdp(p);
	p->xdp = rc == 0;
	return rc;
}

/* TC to those of the N interfaces that have none. */
static int attach_all_tc(const struct relay_kernel_place *p, struct place_interface *to,
	const struct relay_kernel_plan *plan, char why[static 128])
{
	const int prog = bpf_program__fd(p->skel->progs.relay_tc);
	for (uint32_t i = 0; i < plan->interfaces_n; i++) {
		if (to[i].tc_link >= 0 || to[i].tc_filter)
			continue;
		const int rc = attach_tc(&to[i], prog, p->way == RELAY_KERNEL_TC_FILTER);
		if (rc != 0)
			return refuse(why, "TC at", plan->interfaces[i], -rc);
	}
	return 0;
}

static bool stays(const struct place_interface *list, uint32_t n, uint32_t index)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i].index == index)
			return true;
	return false;
}

/* Of two lists of interfaces, what is at those of the first that are not in the second ends. */
static void detach_others(const struct relay_kernel_place *p, struct place_interface *list, uint32_t n,
	const struct place_interface *others, uint32_t others_n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (stays(others, others_n, list[i].index))
			continue;
		detach_xdp_one(&list[i]);
		detach_tc(&list[i]);
		if (p->xdp)
			forget_xdp(p, &list[i]);
	}
}

static int attach(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	struct place_interface fresh[INTERFACES_MAX];
	int err = find_interfaces(fresh, p, plan, why);
	if (err)
		return err;
	err = attach_all_tc(p, fresh, plan, why);
	if (err) {
		detach_others(p, fresh, plan->interfaces_n, p->interfaces, p->n);
		return err;
	}
	detach_others(p, p->interfaces, p->n, fresh, plan->interfaces_n);
	memcpy(p->interfaces, fresh, plan->interfaces_n * sizeof *fresh);
	p->n = plan->interfaces_n;
	const int rc = p->way >= RELAY_KERNEL_TC ? -EOPNOTSUPP : attach_xdp(p);
	if (rc == 0)
		return 0;
	detach_xdp(p);
	return p->way == RELAY_KERNEL_XDP ? refuse(why, "XDP", NULL, -rc) : 0;
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

static struct pool_key key_of(const struct relay_kernel_pool *pool)
{
	struct pool_key key = { .bits = pool->net.len + (pool->net.net.family == ADDR_IP4 ? 96u : 0) };
	to_mapped(key.ip, &pool->net.net);
	return key;
}

static int set_pools(struct relay_kernel_place *p, const struct relay_kernel_plan *plan)
{
	const int map = bpf_map__fd(p->skel->maps.pools);
	struct pool_key keys[POOLS_MAX];
	for (uint32_t i = 0; i < plan->pools_n; i++) {
		keys[i] = key_of(&plan->pools[i]);
		const uint32_t ifindex = p->interfaces[plan->pools[i].via].index;
		const int rc = bpf_map_update_elem(map, &keys[i], &ifindex, BPF_ANY);
		if (rc != 0)
			return rc;
	}
	for (uint32_t i = 0; i < p->pools_n; i++) {
		uint32_t k = 0;
		while (k < plan->pools_n && memcmp(&keys[k], &p->pools[i], sizeof keys[k]) != 0)
			k++;
		if (k == plan->pools_n)
			(void)bpf_map_delete_elem(map, &p->pools[i]);
	}
	memcpy(p->pools, keys, plan->pools_n * sizeof *keys);
	p->pools_n = plan->pools_n;
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

static int load(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	struct relay_k_header h;
	geometry(&h, plan);
	p->skel = flow_bpf__open();
	if (p->skel == NULL)
		return refuse(why, "the programs", NULL, errno);
	p->skel->rodata->index_first = h.index;
	p->skel->rodata->index_mask = h.index_mask;
	p->skel->rodata->pairs_first = h.pairs;
	p->skel->rodata->pairs_n = h.pairs_n;
	p->skel->rodata->ranges_first = h.ranges;
	int rc = bpf_map__set_max_entries(p->skel->maps.table, h.slots);
	if (rc == 0)
		rc = bpf_map__set_max_entries(p->skel->maps.sources, 2 * h.pairs_n);
	if (rc == 0)
		rc = flow_bpf__load(p->skel);
	if (rc != 0)
		return refuse(why, "loading the programs", NULL, -rc);
	struct relay_k_header *at = map_header(p);
	if (at == NULL)
		return refuse(why, "the flow table", NULL, errno);
	*at = h;
	munmap(at, RELAY_K_HEADER_SLOTS * RELAY_K_SLOT);
	return 0;
}

/* What the worker is told of numbers. */
static int tell_locals(const struct relay_kernel_place *p, char why[static 128])
{
	struct relay_k_header *h = map_header(p);
	if (h == NULL)
		return refuse(why, "the flow table", NULL, errno);
	memcpy(h->locals, p->locals, sizeof h->locals);
	h->locals_n = p->locals_n;
	munmap(h, RELAY_K_HEADER_SLOTS * RELAY_K_SLOT);
	return 0;
}

static int plan_check(const struct relay_kernel_plan *plan, char why[static 128])
{
	bool good = plan->interfaces_n > 0 && plan->interfaces_n <= INTERFACES_MAX && plan->locals_n > 0 &&
		    plan->locals_n <= RELAY_K_LOCALS && plan->pools_n <= POOLS_MAX &&
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
		err = attach(p, plan, why);
	if (err)
		return err;
	const int rc = fill_locals(p, plan);
	return rc == 0 ? tell_locals(p, why) : refuse(why, "the addresses", NULL, -rc);
}

int relay_kernel_install(
	struct relay_kernel_place **out, const struct relay_kernel_plan *plan, char why[static 128])
{
	int err = plan_check(plan, why);
	if (err)
		return err;
	struct relay_kernel_place *p = calloc(1, sizeof *p);
	if (p == NULL)
		return refuse(why, "interfaces", NULL, ENOMEM);
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

const char *relay_kernel_way_name(const struct relay_kernel_place *place)
{
	return place->xdp ? "XDP" : "TC";
}

void relay_kernel_remove(struct relay_kernel_place *p)
{
	if (p == NULL)
		return;
	const int saved = errno;
	detach_xdp(p);
	for (uint32_t i = 0; i < p->n; i++)
		detach_tc(&p->interfaces[i]);
	flow_bpf__destroy(p->skel);
	free(p);
	errno = saved;
}
