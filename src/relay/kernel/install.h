/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads the kernel plane's programs and attaches them to interfaces: what needs privilege (CAP_BPF, CAP_NET_ADMIN,
 * and CAP_PERFMON, without which the verifier lets no program compute where in a packet it reads).
 * For the monitor. All goes with relay_kernel_remove(). Where a plan has a folder for that, maps and programs stay when the
 * process dies, and the next one that installs there takes them over, programs replaced without a gap; else all goes
 * with the process, but for TC on systems before 6.6.
 */
#ifndef PST_RELAY_KERNEL_INSTALL_H
#define PST_RELAY_KERNEL_INSTALL_H

#include "base/addr.h"
#include "base/err.h"

/* Which of the two programs: BEST is XDP, and TC behind it, where every interface says that its driver can send
 * such frames too, else TC alone. TC_FILTER: TC in the way of systems before 6.6, which the others fall back to. */
enum relay_kernel_way { RELAY_KERNEL_BEST, RELAY_KERNEL_XDP, RELAY_KERNEL_TC, RELAY_KERNEL_TC_FILTER };

/* A network of addresses that come and go, and the interface (number in interfaces) that it is behind. */
struct relay_kernel_pool {
	struct addr_prefix net;
	uint32_t via;
};

struct relay_kernel_plan {
	const char *const *interfaces;
	uint32_t interfaces_n;
	const struct addr *locals; /* our own addresses, no ports */
	const uint32_t *via;	   /* for each local, the interface (number in interfaces) of its network */
	uint32_t locals_n;	   /* at most 32 */
	/* Networks whose addresses packets may leave from too, though they are not known yet. What is in none of them has
	 * to be an address of the system's own, on a system that forwards. */
	const struct relay_kernel_pool *pools;
	uint32_t pools_n;	   /* at most 1024 */
	uint32_t sessions;	   /* at most; each has four ports; 0: 16,384 */
	enum relay_kernel_way way;
	/* A folder on a bpf file system, made if need be; NULL: none. Where it can not be, a line in the log says so. */
	const char *pins;
};

struct relay_kernel_place;

/* PST_E_UNSUPPORTED: not built in, the system does not have or allow it, or an interface is not like Ethernet; WHY
 * says so. PST_E_SYS, PST_E_NOMEM, PST_E_ARG. WHY is always set on an error. */
PST_MUST_CHECK int relay_kernel_install(
	struct relay_kernel_place **out, const struct relay_kernel_plan *plan, char why[static 128]);
/* Makes it what another plan says: programs go to interfaces that are new and from those that are not named any more,
 * flows go on. The ports and number of sessions stay what they were, as do numbers of addresses. Errors as above: nothing
 * has changed, but that XDP may have been given up for TC. */
PST_MUST_CHECK int relay_kernel_change(
	struct relay_kernel_place *place, const struct relay_kernel_plan *plan, char why[static 128]);
/* For relay_kernel_new(); stays the place's. */
int relay_kernel_table_fd(const struct relay_kernel_place *place);
int relay_kernel_ring_fd(const struct relay_kernel_place *place);
/* "XDP" or "TC". */
const char *relay_kernel_way_name(const struct relay_kernel_place *place);
/* NULL is allowed. */
void relay_kernel_remove(struct relay_kernel_place *place);

#endif
