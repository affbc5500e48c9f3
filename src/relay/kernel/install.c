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
};

struct place_interface {
	uint32_t index;
	int xdp_link, tc_link; /* -1: none */
	bool tc_filter;	       /* instead of the link, on older systems */
};

struct relay_kernel_place {
	struct flow_bpf *skel;
	bool xdp;
	uint32_t n;
	struct place_interface interfaces[];
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

static int find_interfaces(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
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
		for (uint32_t k = 0; k < p->n; k++)
			if (p->interfaces[k].index == index) {
				snprintf(why, 128, "interface %.40s stands in two realms", name);
				return PST_E_ARG;
			}
		p->interfaces[p->n++] = (struct place_interface){ .index = index, .xdp_link = -1, .tc_link = -1 };
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

static void detach_xdp(struct relay_kernel_place *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		if (p->interfaces[i].xdp_link >= 0)
			close(p->interfaces[i].xdp_link);
		p->interfaces[i].xdp_link = -1;
	}
	p->xdp = false;
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
		const int link = bpf_link_create(prog, (int)p->interfaces[i].index, BPF_XDP, &opts);
		if (link < 0)
			return link;
		p->interfaces[i].xdp_link = link;
	}
	if (!all_can(p, XDP_CAN_SEND))
		return -EOPNOTSUPP;
	for (uint32_t i = 0; i < p->n; i++) {
		const uint32_t one = 1;
		const int rc = bpf_map_update_elem(
			bpf_map__fd(p->skel->maps.xdp_ports), &p->interfaces[i].index, &one, BPF_ANY);
		if (rc != 0)
			return rc;
	}
	p->xdp = true;
	return 0;
}

static int attach(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	const int prog = bpf_program__fd(p->skel->progs.relay_tc);
	for (uint32_t i = 0; i < p->n; i++) {
		const int rc = attach_tc(&p->interfaces[i], prog, plan->way == RELAY_KERNEL_TC_FILTER);
		if (rc != 0)
			return refuse(why, "TC at", plan->interfaces[i], -rc);
	}
	const int rc = plan->way >= RELAY_KERNEL_TC ? -EOPNOTSUPP : attach_xdp(p);
	if (rc == 0)
		return 0;
	detach_xdp(p);
	return plan->way == RELAY_KERNEL_XDP ? refuse(why, "XDP", NULL, -rc) : 0;
}

/* The table */

static uint32_t ports_n(const struct relay_kernel_plan *plan)
{
	return (uint32_t)plan->last - plan->first + 1;
}

static void to_mapped(uint8_t out[16], const struct addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	memcpy(out, a->family == ADDR_IP4 ? prefix : a->ip, 12);
	memcpy(out + 12, a->family == ADDR_IP4 ? a->ip : a->ip + 12, 4);
}

static int fill_locals(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, struct relay_k_header *h)
{
	const int locals = bpf_map__fd(p->skel->maps.locals), vias = bpf_map__fd(p->skel->maps.vias);
	for (uint32_t i = 0; i < plan->locals_n; i++) {
		struct relay_k_local *l = &h->locals[i];
		to_mapped(l->ip, &plan->locals[i]);
		l->first = plan->first;
		l->last = plan->last;
		l->base = RELAY_K_HEADER_SLOTS + i * ports_n(plan);
		l->ifindex = p->interfaces[plan->via[i]].index;
		l->number = i;
		int rc = bpf_map_update_elem(locals, l->ip, l, BPF_NOEXIST);
		if (rc == 0)
			rc = bpf_map_update_elem(vias, &i, l, BPF_ANY);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int fill(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	const size_t bytes = (size_t)RELAY_K_HEADER_SLOTS * RELAY_K_SLOT;
	struct relay_k_header *h = mmap(
		NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(p->skel->maps.table), 0);
	if (h == MAP_FAILED)
		return refuse(why, "the flow table", NULL, errno);
	*h = (struct relay_k_header){ .magic = RELAY_K_MAGIC,
		.slots = bpf_map__max_entries(p->skel->maps.table),
		.locals_n = plan->locals_n,
		.slot_size = RELAY_K_SLOT };
	const int rc = fill_locals(p, plan, h);
	munmap(h, bytes);
	return rc == 0 ? 0 : refuse(why, "the flow table", NULL, -rc);
}

static int load(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	p->skel = flow_bpf__open();
	if (p->skel == NULL)
		return refuse(why, "the programs", NULL, errno);
	int rc = bpf_map__set_max_entries(
		p->skel->maps.table, RELAY_K_HEADER_SLOTS + plan->locals_n * ports_n(plan));
	if (rc == 0)
		rc = flow_bpf__load(p->skel);
	return rc == 0 ? 0 : refuse(why, "loading the programs", NULL, -rc);
}

static int plan_check(const struct relay_kernel_plan *plan, char why[static 128])
{
	bool good = plan->interfaces_n > 0 && plan->locals_n > 0 && plan->locals_n <= RELAY_K_LOCALS &&
		    plan->first > 0 && plan->first <= plan->last;
	for (uint32_t i = 0; good && i < plan->locals_n; i++)
		good = addr_ip_len(&plan->locals[i]) != 0 && plan->via[i] < plan->interfaces_n;
	if (!good)
		snprintf(why, 128, "no interfaces or addresses, or too many");
	return good ? 0 : PST_E_ARG;
}

int relay_kernel_install(
	struct relay_kernel_place **out, const struct relay_kernel_plan *plan, char why[static 128])
{
	int err = plan_check(plan, why);
	if (err)
		return err;
	struct relay_kernel_place *p =
		calloc(1, sizeof *p + plan->interfaces_n * sizeof(struct place_interface));
	if (p == NULL)
		return refuse(why, "interfaces", NULL, ENOMEM);
	(void)libbpf_set_print(on_libbpf);
	err = find_interfaces(p, plan, why);
	if (!err)
		err = load(p, plan, why);
	if (!err)
		err = fill(p, plan, why);
	if (!err)
		err = attach(p, plan, why);
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
	for (uint32_t i = 0; i < p->n; i++) {
		if (p->interfaces[i].tc_link >= 0)
			close(p->interfaces[i].tc_link);
		if (p->interfaces[i].tc_filter)
			tc_filter_remove(p->interfaces[i].index);
	}
	flow_bpf__destroy(p->skel);
	free(p);
	errno = saved;
}
