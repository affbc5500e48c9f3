/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs at the interfaces. */
#include "relay/kernel/place.h"

#include "flow.skel.h"
#include "relay/kernel/xdp_features.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	TCX_INGRESS = 46, /* enum bpf_attach_type, from Linux 6.6 */
	TC_HANDLE = 0x7073,
	TC_PRIORITY = 1,
};

int place_refuse(char why[static 128], const char *what, const char *about, int err)
{
	snprintf(why, 128, "%s%s%.40s: %s", what, about != NULL ? " " : "", about != NULL ? about : "",
		strerror(err));
	errno = err;
	/* what a container, a user namespace or an older system says */
	return err == EPERM || err == EACCES || err == ENOSYS || err == EOPNOTSUPP ? PST_E_UNSUPPORTED
		: err == ENOMEM							   ? PST_E_NOMEM
										   : PST_E_SYS;
}

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

static bool number_taken(const struct relay_kernel_place *p, const struct place_interface *list, uint32_t n, uint32_t number)
{
	const int numbers = bpf_map__fd(p->skel->maps.xdp_numbers);
	uint32_t key, value;
	for (uint32_t i = 0; i < n; i++)
		if (list[i].number == number)
			return true;
	for (uint32_t i = 0; i < p->n; i++)
		if (p->interfaces[i].number == number)
			return true;
	/* by an earlier process */
	for (int rc = bpf_map_get_next_key(numbers, NULL, &key); rc == 0; rc = bpf_map_get_next_key(numbers, &key, &key))
		if (bpf_map_lookup_elem(numbers, &key, &value) == 0 && value == number)
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
			return place_refuse(why, "interface", name, errno);
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
		if (bpf_map_lookup_elem(bpf_map__fd(p->skel->maps.xdp_numbers), &index, &out[i].number) != 0)
			while (number_taken(p, out, i, out[i].number))
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
static int attach_tc(const struct relay_kernel_place *p, struct place_interface *i, int prog)
{
	const bool filter = p->way == RELAY_KERNEL_TC_FILTER;
	i->tc_link = filter ? -1 : place_pin_get(p, "tcx", i->index, prog);
	if (i->tc_link >= 0)
		return 0;
	const int link =
		filter ? -1 : bpf_link_create(prog, (int)i->index, (enum bpf_attach_type)TCX_INGRESS, NULL);
	if (link >= 0) {
		i->tc_link = link;
		place_pin_put(p, "tcx", i->index, link);
		return 0;
	}
	i->tc_link = -1;
	const int err = tc_filter_add(i->index, prog);
	i->tc_filter = err == 0;
	return err;
}

static void detach_tc(const struct relay_kernel_place *p, struct place_interface *i)
{
	if (i->tc_link >= 0) {
		place_pin_remove(p, "tcx", i->index);
		close(i->tc_link);
	}
	if (i->tc_filter)
		tc_filter_remove(i->index);
	i->tc_link = -1;
	i->tc_filter = false;
}

static void detach_xdp_one(const struct relay_kernel_place *p, struct place_interface *i)
{
	if (i->xdp_link >= 0) {
		place_pin_remove(p, "xdp", i->index);
		close(i->xdp_link);
	}
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
		detach_xdp_one(p, &p->interfaces[i]);
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
	/* first: a program that is replaced goes on with next hops that it had found */
	const int rc = number_xdp(p);
	p->xdp = true;
	if (rc != 0)
		return rc;
	for (uint32_t i = 0; i < p->n; i++) {
		if (p->interfaces[i].xdp_link >= 0)
			continue;
		const uint32_t index = p->interfaces[i].index;
		int link = place_pin_get(p, "xdp", index, prog);
		if (link < 0) {
			link = bpf_link_create(prog, (int)index, BPF_XDP, &opts);
			if (link < 0)
				return link;
			place_pin_put(p, "xdp", index, link);
		}
		p->interfaces[i].xdp_link = link;
	}
	return all_can(p, XDP_CAN_SEND) ? 0 : -EOPNOTSUPP;
}

/* TC to those of the N interfaces that have none. */
static int attach_all_tc(const struct relay_kernel_place *p, struct place_interface *to,
	const struct relay_kernel_plan *plan, char why[static 128])
{
	const int prog = bpf_program__fd(p->skel->progs.relay_tc);
	for (uint32_t i = 0; i < plan->interfaces_n; i++) {
		if (to[i].tc_link >= 0 || to[i].tc_filter)
			continue;
		const int rc = attach_tc(p, &to[i], prog);
		if (rc != 0)
			return place_refuse(why, "TC at", plan->interfaces[i], -rc);
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
		detach_xdp_one(p, &list[i]);
		detach_tc(p, &list[i]);
		if (p->xdp)
			forget_xdp(p, &list[i]);
	}
}

int place_attach(struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128])
{
	struct place_interface fresh[PLACE_INTERFACES];
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
	if (rc != 0)
		detach_xdp(p);
	place_pin_forget(p, false);
	if (rc == 0)
		return 0;
	return p->way == RELAY_KERNEL_XDP ? place_refuse(why, "XDP", NULL, -rc) : 0;
}

void place_detach(struct relay_kernel_place *p)
{
	detach_xdp(p);
	for (uint32_t i = 0; i < p->n; i++)
		detach_tc(p, &p->interfaces[i]);
	p->n = 0;
}
