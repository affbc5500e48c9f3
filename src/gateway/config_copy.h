/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration of the gateway's own, counted: calls keep the one they began with, whatever a reload
 * brings. */
#ifndef PST_GATEWAY_CONFIG_COPY_H
#define PST_GATEWAY_CONFIG_COPY_H

#include "base/arena.h"
#include "gateway/config.h"

struct gw_config_copy {
	struct arena mem;
	uint32_t users;
	struct gw_config cfg;
};

/* A whole copy with one user, or NULL when memory is out. */
struct gw_config_copy *gw_config_copy(const struct gw_config *cfg);
struct gw_config_copy *gw_config_hold(struct gw_config_copy *k);
/* The last user frees it. NULL is allowed. */
void gw_config_drop(struct gw_config_copy *k);

#endif
