/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The relay plane: what moves media packets. One session serves one RTP session
 * of one call: on each of its two legs an even RTP port and the odd RTCP port
 * above it, and up to four flows, one per (leg the packets come from, part).
 * A session opens nothing: packets pass only through flows that were set, from
 * exactly the host named, and, from the first packet on, from exactly its port.
 * Each leg is symmetric: what leaves a leg leaves from the port that leg
 * receives on.
 *
 * Owner: whoever opened a session closes it. One thread. Implemented by
 * relay/user (sockets) and relay/kernel (programs at the interfaces); a plane is an ops table, so that the
 * fake one of the tests stands behind the same calls.
 */
#ifndef PST_RELAY_RELAY_H
#define PST_RELAY_RELAY_H

#include "base/addr.h"
#include "base/err.h"

enum relay_part { RELAY_RTP = 0, RELAY_RTCP = 1, RELAY_PARTS = 2 };
enum { RELAY_LEGS = 2 };

struct relay_session; /* opaque */

/* One pinhole. from: the host that may send; port 0 means its first packet decides the port.
 * to: where on the other leg the packets go; family 0: nowhere. Then the flow only learns where its peer sends from, and
 * what permitted packets there are is counted nowhere. */
struct relay_flow {
	struct addr from;
	struct addr to;
};

/* Whether F fits a session that is at FROM and TO on its legs. */
static inline bool relay_flow_good(const struct relay_flow *f, const struct addr *from, const struct addr *to)
{
	return f->from.family == from->family &&
	       (f->to.family == ADDR_NONE || (f->to.family == to->family && f->to.port != 0));
}

struct relay_flow_stats {
	uint64_t packets;   /* passed on */
	uint64_t bytes;	    /* UDP payload passed on */
	uint64_t refused;   /* from a source that is not the flow's */
	uint64_t failed;    /* could not be sent */
	uint64_t last_ms;   /* clock_now_ms() of the last packet passed on; 0: none yet */
	struct addr source; /* the source port in use, once known */
	/* how the RTP part arrives (RFC 3550 6.4.1) */
	uint64_t lost;
	uint32_t ssrc_changes;
	uint32_t jitter_us; /* now */
};

/*
 * A one-to-one range: UDP between exactly two hosts, one on each leg, for all ports of a range at once, where nobody
 * says beforehand which are used (audio call control, 1731). What comes from host[leg] with port P to port Q of local[leg]
 * leaves from port P of local[!leg] to port Q of host[!leg]. local[leg] is the system's own, or the other host's address
 * itself, where host[leg] dialled that: what it sends there passes through here, and is taken on its way, which the system
 * has to know (forwarding). Both ports have to be in the range. What a session has
 * reserved is the session's, and what a socket of this system is bound to is that socket's.
 */
struct relay_range; /* opaque */

enum { RELAY_RANGE_FLOWS = 64 };

struct relay_range_plan {
	struct addr local[RELAY_LEGS], host[RELAY_LEGS]; /* ports ignored */
	uint16_t first, last;				 /* 1024 and above */
	uint32_t flows_max; /* so many different pairs of ports at a time, at most RELAY_RANGE_FLOWS */
	uint32_t idle_ms;   /* a pair of ports counts no more when there was no packet for so long, either way */
};

/* Of what came from one leg. */
struct relay_range_stats {
	uint64_t packets, bytes; /* passed on; UDP payload */
	uint64_t refused;	 /* too many pairs of ports */
	uint64_t failed;	 /* could not be sent */
	uint64_t last_ms;	 /* clock_now_ms() of the last packet passed on; 0: none yet */
	uint32_t flows;		 /* pairs of ports now, of both legs together */
};

struct relay_ops {
	const char *name;
	/* Reserves an even/odd pair of the plane's range on each local[leg] (port ignored). Any address of the system's
	 * own will do, also one that has just come; IPv6 ones that are a route of type local too. PST_E_SPACE: no pair
	 * is free; PST_E_SYS: errno says why, EADDRNOTAVAIL: the address is not the system's. */
	int (*session_open)(void *plane, const struct addr local[RELAY_LEGS], struct relay_session **out);
	/* The address and port the plane receives on. */
	struct addr (*session_local)(const struct relay_session *s, int leg, enum relay_part part);
	/* Sets or changes the flow of packets that arrive on from_leg. Changing `from` forgets the port
	 * learnt. Counters stay. PST_E_ARG: addresses that do not fit the legs. */
	int (*flow_set)(
		struct relay_session *s, int from_leg, enum relay_part part, const struct relay_flow *flow);
	/* From now on addresses written as text in the RTCP that arrives on from_leg are made illegible (relay/hide.h). NULL:
	 * the plane cannot. */
	void (*session_hide)(struct relay_session *s, int from_leg);
	/* Closes the flow: not one more packet. Counters stay readable. */
	void (*flow_clear)(struct relay_session *s, int from_leg, enum relay_part part);
	void (*flow_stats)(const struct relay_session *s, int from_leg, enum relay_part part,
		struct relay_flow_stats *out);
	/* Closes all flows and gives the ports back (not handed out again for a short while, so that late
	 * packets of one call never reach the next). */
	void (*session_close)(struct relay_session *s);
	/* Opens a range; whoever opened it closes it, also when it has been silent (last_ms). PST_E_UNSUPPORTED: this
	 * plane has none; PST_E_ARG; PST_E_BUSY: there is one between such a host and local address already;
	 * PST_E_SPACE: there are too many; PST_E_SYS as for sessions; PST_E_NOMEM. */
	int (*range_open)(void *plane, const struct relay_range_plan *plan, struct relay_range **out);
	void (*range_stats)(const struct relay_range *r, int from_leg, struct relay_range_stats *out);
	void (*range_close)(struct relay_range *r);
	/* Ports reserved now and the most there can be. */
	void (*usage)(const void *plane, uint32_t *sessions, uint32_t *sessions_max);
	/* Pairs of ports through which media of a process that died go on for a while. NULL: such a thing is not. */
	uint32_t (*orphans)(const void *plane);
};

/* Whether PLAN can be carried out by any plane: families that fit, at least one port, flows and time. */
static inline bool relay_range_plan_good(const struct relay_range_plan *p)
{
	for (int leg = 0; leg < RELAY_LEGS; leg++)
		if (addr_ip_len(&p->local[leg]) == 0 || p->local[leg].family != p->host[leg].family)
			return false;
	const bool same = addr_ip_eq(&p->local[0], &p->local[1]) && addr_ip_eq(&p->host[0], &p->host[1]);
	return !same && p->first >= 1024 && p->first <= p->last && p->flows_max > 0 &&
	       p->flows_max <= RELAY_RANGE_FLOWS && p->idle_ms > 0;
}

struct relay {
	const struct relay_ops *ops;
	void *plane;
};

#endif
