/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secondary TCP connections: H.245 and T.120, at addresses that one side announced to the other. */
#ifndef PST_GATEWAY_SECONDARY_H
#define PST_GATEWAY_SECONDARY_H

#include "gateway/gw.h"

/* The peer of TARGET_LEG announced TARGET. Makes a listener on the other leg that stands for it and returns
 * its address in *LOCAL; the same announcement again gives the same listener. For T.120 WANT_PORT is tried
 * first, and SENDER and LCN name the channel. */
PST_MUST_CHECK int gw_secondary_announce(struct gw_call *call, enum gw_conn_kind kind, int target_leg,
	const struct addr *target, uint16_t want_port, int sender, uint16_t lcn, struct addr *local);
/* The same for H.245 of a peer behind somebody else's NAT: it is asked to connect to us, and what is said there and by whoever
 * connects to *LOCAL is one connection's. */
PST_MUST_CHECK int gw_secondary_reverse(
	struct gw_call *call, int target_leg, const struct addr *target, struct addr *local);
/* The announcement behind LOCAL on leg LEG; NULL when there is none. */
const struct gw_secondary *gw_secondary_behind(const struct gw_call *call, int leg, const struct addr *local);
/* The announcement on the gateway's own port for T.120 that PEER, who wanted to go to ORIGINAL, means; NULL: it has
 * none. */
struct gw_secondary *gw_secondary_on_data_port(
	const struct gateway *gw, const struct addr *peer, const struct addr *original);
/* A pair of CALL whose connection on leg OPENER is the peer's, neither standing yet; NULL: there are enough. */
struct gw_pair *gw_pair_new(struct gw_call *call, enum gw_conn_kind kind, int opener);
/* Connects its other end to TARGET. Errors of the io's connect(). */
PST_MUST_CHECK int gw_pair_connect(struct gw_pair *p, const struct addr *target);
/* Closes both ends, at once where ABORT. WHY: static text. It stays in memory until gw_secondary_reap(). */
void gw_pair_close(struct gw_pair *p, bool abort, const char *why);
/* OCTETS came on C: its pinhole counts them, made with the first. Not for H.245. */
void gw_pair_count(struct gw_conn *c, size_t octets);
/* Octets of T.120: followed, and what may pass passed. */
void gw_pair_t120(struct gw_conn *c, struct pst_slice octets);
/* Octets for a connection of a pair: H.245 is decoded, translated and sent on, T.120 is passed. */
void gw_pair_data(struct gw_conn *c, struct pst_slice octets);
/* Octets from one end of a pair to the other as they are, no faster than that takes them. */
void gw_pair_pass(struct gw_conn *from, struct gw_conn *to, struct pst_slice octets);
/* C stands, or has sent all it had: the other side may go on. */
void gw_pair_drained(struct gw_conn *c);
void gw_pair_closed(struct gw_conn *c);
/* Stops listening where nobody came in time; returns the next deadline (0: none). */
uint64_t gw_secondary_expire(struct gw_call *call, uint64_t now_ms);
void gw_secondary_close_channel(struct gw_call *call, int sender, uint16_t lcn);
/* Frees the pairs that were closed; at the end of an upcall only. */
void gw_secondary_reap(struct gw_call *call);
void gw_secondary_close_all(struct gw_call *call);

#endif
