/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An admission as octets, to outlive the process beside the registration that it is of:
 *
 *	version, flags, endpoint, call reference, bandwidth, dest, callIdentifier, conferenceID
 */
#include "gatekeeper/gk.h"

#include "base/reader.h"

enum { CALL_VERSION = 1, IS_ANSWER = 1, HAS_GUID = 2, HAS_CONFERENCE = 4, ALL_FLAGS = 7, IMAGE_MAX = 80 };

static void put(struct writer *w, const struct gk_call *c)
{
	wr_u8(w, CALL_VERSION);
	wr_u8(w, (uint8_t)((c->answer ? IS_ANSWER : 0) | (c->has_guid ? HAS_GUID : 0) | (c->has_conference ? HAS_CONFERENCE : 0)));
	wr_u32(w, (uint32_t)(c->ep->id >> 32));
	wr_u32(w, (uint32_t)c->ep->id);
	wr_u16(w, c->crv);
	wr_u32(w, c->bandwidth);
	wr_u8(w, c->dest.family);
	wr_bytes(w, slice_of(c->dest.ip, sizeof c->dest.ip));
	wr_u16(w, c->dest.port);
	wr_bytes(w, slice_of(c->guid, sizeof c->guid));
	wr_bytes(w, slice_of(c->conference, sizeof c->conference));
}

void gk_keep_call(struct gatekeeper *gk, const struct gk_call *c)
{
	uint8_t octets[IMAGE_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	if (gk->ops.keep_call == NULL)
		return;
	put(&w, c);
	if (wr_done(&w) == 0)
		gk->ops.keep_call(gk->arg, c->number, wr_slice(&w));
}

void gk_forget_call(struct gatekeeper *gk, const struct gk_call *c)
{
	if (gk->ops.keep_call != NULL)
		gk->ops.keep_call(gk->arg, c->number, slice_of(NULL, 0));
}

/* --- and back --- */

struct image {
	uint8_t flags;
	uint64_t endpoint;
	uint16_t crv;
	uint32_t bandwidth;
	struct addr dest;
	struct pst_slice guid, conference;
};

static int get(struct reader *r, struct image *i)
{
	uint8_t version;
	uint32_t high, low;
	struct pst_slice ip;
	if (rd_u8(r, &version) != 0 || version != CALL_VERSION || rd_u8(r, &i->flags) != 0 || (i->flags & ~ALL_FLAGS) != 0 ||
		rd_u32(r, &high) != 0 || rd_u32(r, &low) != 0 || rd_u16(r, &i->crv) != 0 || rd_u32(r, &i->bandwidth) != 0 ||
		rd_u8(r, &i->dest.family) != 0 || rd_take(r, sizeof i->dest.ip, &ip) != 0 || rd_u16(r, &i->dest.port) != 0 ||
		rd_take(r, 16, &i->guid) != 0 || rd_take(r, 16, &i->conference) != 0 || rd_left(r) != 0)
		return PST_E_BAD;
	i->endpoint = (uint64_t)high << 32 | low;
	memcpy(i->dest.ip, ip.p, sizeof i->dest.ip);
	return i->dest.family == ADDR_IP4 || i->dest.family == ADDR_IP6 ? 0 : PST_E_BAD;
}

int gatekeeper_restore_call(struct gatekeeper *gk, uint64_t number, struct pst_slice image, uint64_t now_ms)
{
	struct reader r = rd_of(image);
	struct image i = { 0 };
	struct gk_endpoint *ep = NULL;
	gk->now_ms = now_ms;
	if (get(&r, &i) != 0)
		return PST_E_BAD;
	HASH_FIND(hh, gk->endpoints, &i.endpoint, sizeof i.endpoint, ep);
	const struct h225_call_identifier id = { .guid = i.guid };
	if (ep == NULL || number == 0 || HASH_COUNT(gk->calls) >= gk->cfg.limits.calls ||
		gk_call_find(gk, ep, (i.flags & HAS_GUID) != 0 ? &id : NULL, i.crv) != NULL)
		return PST_E_DENIED;
	const struct gk_call_terms terms = { .number = number,
		.call_id = slice_of(i.guid.p, (i.flags & HAS_GUID) != 0 ? 16 : 0),
		.conference_id = slice_of(i.conference.p, (i.flags & HAS_CONFERENCE) != 0 ? 16 : 0),
		.crv = i.crv,
		.answer = (i.flags & IS_ANSWER) != 0 };
	struct gk_call *c = gk_call_add(gk, ep, &terms);
	if (c == NULL)
		return PST_E_NOMEM;
	gk_call_admit(gk, c, i.bandwidth, &i.dest);
	return 0;
}
