/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a call goes: by the address the caller dialled, by the name it called, to the default host, or
 * nowhere. Pure. */
#ifndef PST_GATEWAY_ROUTE_H
#define PST_GATEWAY_ROUTE_H

#include "gateway/config.h"
#include "h225/msg.h"

struct gw_route {
	struct addr dest;	      /* family 0: refused */
	const struct gw_realm *realm; /* of dest */
	uint32_t reason;	      /* when refused: an H.225.0 ReleaseCompleteReason */
	const char *why;	      /* static text, also when it goes somewhere */
};

/* ORIGINAL: where CALLER connected to; one of the gateway's addresses when it called the gateway itself. */
void gw_route_find(struct gw_route *r, const struct gw_config *cfg, const struct gw_realm *from,
	const struct addr *original, const struct addr *caller, const struct h225_msg *setup);

#endif
