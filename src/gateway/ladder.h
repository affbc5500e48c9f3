/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ladder of a call: each message that went through, each address before and after, each thing the gateway
 * did. Kept small, since a gateway holds thousands of calls; bounded, since a peer decides how many messages
 * it sends.
 */
#ifndef PST_GATEWAY_LADDER_H
#define PST_GATEWAY_LADDER_H

#include <jansson.h>

#include "base/addr.h"

enum gw_via { GW_VIA_H225, GW_VIA_TUNNEL, GW_VIA_H245, GW_VIA_GATEWAY, GW_VIA_T120, GW_VIA_AUDIO };

/* One address of one message. */
struct gw_ladder_addr {
	const char *what; /* the field's name in the schema; static */
	const char *note; /* static; NULL: translated */
	struct addr before;
	struct addr after; /* family 0: taken out */
};

struct gw_ladder_entry {
	uint32_t t_ms; /* since the call's start */
	int8_t leg;    /* where the message came in; -1: the gateway's own doing */
	uint8_t via;   /* enum gw_via */
	uint16_t n_addrs;
	char *text;		      /* owned, escaped */
	struct gw_ladder_addr *addrs; /* owned */
};

struct gw_ladder {
	struct gw_ladder_entry *v;
	uint32_t n, cap;
	uint32_t bytes;	  /* of texts and addresses */
	uint32_t dropped; /* entries that did not fit the bound */
};

enum { GW_LADDER_MAX = 400, GW_LADDER_BYTES = 48 * 1024 };

/* Copies TEXT and ADDRS. Returns the entry (valid until the next one), NULL when it was dropped. */
const struct gw_ladder_entry *gw_ladder_add(struct gw_ladder *l, uint32_t t_ms, int leg, enum gw_via via,
	const char *text, const struct gw_ladder_addr *addrs, uint16_t n_addrs);
void gw_ladder_free(struct gw_ladder *l);
json_t *gw_ladder_entry_json(const struct gw_ladder_entry *e);
json_t *gw_ladder_json(const struct gw_ladder *l);

#endif
