/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What relay_kernel_place is, for the files that make it: install.c (loading, the maps), attach.c (interfaces), pin.c. */
#ifndef PST_RELAY_KERNEL_PLACE_H
#define PST_RELAY_KERNEL_PLACE_H

#include "relay/kernel/install.h"
#include "relay/kernel/layout.h"

struct flow_bpf; /* flow.skel.h */

enum { PLACE_INTERFACES = 256, PLACE_POOLS = 1024, PLACE_PATH = 128 };

struct place_interface {
	uint32_t index;
	uint32_t number; /* its own for as long as it is there: next hops are known by it */
	int xdp_link, tc_link; /* -1: none */
	bool tc_filter;	       /* instead of the link, on older systems */
};

struct relay_kernel_place {
	struct flow_bpf *skel;
	bool xdp;
	enum relay_kernel_way way;
	uint32_t n;
	struct place_interface interfaces[PLACE_INTERFACES];
	/* what the header holds too, where others write */
	uint32_t locals_n;
	struct relay_k_local locals[RELAY_K_LOCALS];
	char pins[PLACE_PATH]; /* the folder of what outlives this process; "": nothing does */
};

/* Writes WHY, sets errno, gives the error. ABOUT may be NULL. */
int place_refuse(char why[static 128], const char *what, const char *about, int err);

/* Puts the programs to the interfaces of PLAN, and takes them from others. As relay_kernel_change(). */
PST_MUST_CHECK int place_attach(
	struct relay_kernel_place *p, const struct relay_kernel_plan *plan, char why[static 128]);
void place_detach(struct relay_kernel_place *p);

/* pin.c: what outlives the process, in a folder of a bpf file system. */

/* Makes the folder FOLDER, and one of the network namespace in it, for P->pins; where that can not be, P->pins is "" and
 * the log says why. */
void place_pin_begin(struct relay_kernel_place *p, const char *folder);
/* The maps are to be pinned, or to be those that are. */
PST_MUST_CHECK int place_pin_maps(struct relay_kernel_place *p);
/* Gives up what is pinned: all names that are not those of P's links, or, if ALL, every one and the folder. */
void place_pin_forget(const struct relay_kernel_place *p, bool all);

/* The link KIND ("xdp", "tcx") of an interface that is pinned, with PROG in it from now on; -1: there is none. */
int place_pin_get(const struct relay_kernel_place *p, const char *kind, uint32_t ifindex, int prog);
void place_pin_put(const struct relay_kernel_place *p, const char *kind, uint32_t ifindex, int link);
void place_pin_remove(const struct relay_kernel_place *p, const char *kind, uint32_t ifindex);

#endif
