/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a call goes: the host behind the virtual address that was called; by the name or number called; by the port of the
 * gateway's address; to the default host; or nowhere. Who is inside may call any address besides. Pure, and it says
 * what it looked at, step by step.
 */
#ifndef PST_GATEWAY_ROUTE_H
#define PST_GATEWAY_ROUTE_H

#include "gateway/config.h"
#include "h225/msg.h"

/* What led to the host: something that is its own, or no more than an address or a default. */
enum gw_route_by { GW_BY_NOTHING, GW_BY_VIRTUAL, GW_BY_NAME, GW_BY_PORT, GW_BY_ADDRESS, GW_BY_DEFAULT };

enum { GW_ROUTE_NAME_MAX = 300 };

struct gw_route {
	struct addr dest;	      /* family 0: refused */
	const struct gw_realm *realm; /* of dest */
	uint32_t reason;	      /* when refused: an H.225.0 ReleaseCompleteReason */
	const char *why;	      /* static text, also when it goes somewhere */
	enum gw_route_by by;
	char look_up[GW_ROUTE_NAME_MAX]; /* not "": the way is not known before that name, of another domain, was looked up; dest
					    has family 0 */
};

/* Somebody calls. */
struct gw_route_ask {
	const struct gw_realm *from;  /* the caller's realm */
	struct addr original;	      /* where the caller connected to */
	struct addr caller;	      /* family 0: not known */
	const struct h225_msg *setup; /* whom it calls; NULL: no message says so */
	const char *name;	      /* whom it calls; NULL: nobody by name */
	const struct addr *located; /* what the look-up of its name found, family 0: nobody; NULL: there was none */
	uint16_t port; /* of the service, where that is not call signalling: the host is called there. 0: call
			  signalling, at the port that was said */
	/* Told of each step in turn, as printable text; NULL: nobody is. */
	void (*step)(void *arg, const char *text);
	void *arg;
};

void gw_route_find(struct gw_route *r, const struct gw_config *cfg, const struct gw_route_ask *ask);

/* Whether CALLED, without a scheme and without case, is BOUND: the whole name, or its part before the '@'. */
bool gw_route_same_name(const char *bound, const char *called);

#endif
