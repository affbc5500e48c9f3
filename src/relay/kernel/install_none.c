/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In the place of install.c where this was built without libbpf, bpftool or a clang that makes BPF. */
#include "relay/kernel/install.h"

#include <stdio.h>

int relay_kernel_install(
	struct relay_kernel_place **out, const struct relay_kernel_plan *plan, char why[static 128])
{
	(void)out, (void)plan;
	snprintf(why, 128, "this posternd was built without it");
	return PST_E_UNSUPPORTED;
}

int relay_kernel_change(struct relay_kernel_place *place, const struct relay_kernel_plan *plan, char why[static 128])
{
	(void)place, (void)plan;
	snprintf(why, 128, "this posternd was built without it");
	return PST_E_UNSUPPORTED;
}

int relay_kernel_table_fd(const struct relay_kernel_place *place)
{
	(void)place;
	return -1;
}

const char *relay_kernel_way_name(const struct relay_kernel_place *place)
{
	(void)place;
	return "none";
}

void relay_kernel_remove(struct relay_kernel_place *place)
{
	(void)place;
}
