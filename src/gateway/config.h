/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the gateway is told: plain data, filled by the daemon from YAML (postern.yaml(5)), by tests by hand.
 * Strings and arrays are owned by whoever filled the structure.
 */
#ifndef PST_GATEWAY_CONFIG_H
#define PST_GATEWAY_CONFIG_H

#include "base/addr.h"

/* How much of the wall is ours. OFF: no firewall table; calls come because somebody calls the gateway itself.
 * INTERCEPT: TCP 1720 between the realms is taken. ENFORCE: besides, nothing else crosses between the realms.
 */
enum gw_mode { GW_MODE_OFF, GW_MODE_INTERCEPT, GW_MODE_ENFORCE };

/* inside: may dial out by address. outside: reaches bindings and the default host only. */
enum gw_role { GW_ROLE_INSIDE, GW_ROLE_OUTSIDE };

struct gw_realm {
	char *name;
	enum gw_role role;
	char **interfaces;
	uint32_t n_interfaces;
	struct addr address;	      /* the gateway's own address in the realm, no port */
	struct addr_prefix *networks; /* the hosts of the realm; none: all that no other realm holds */
	uint32_t n_networks;
	struct addr_prefix
		*media_hosts; /* hosts whose addresses a peer of this realm may signal besides its own */
	uint32_t n_media_hosts;
};

struct gw_binding {
	char *name;	  /* called alias, e-mail or number, compared without case */
	struct addr host; /* with port, 1720 by default */
};

/* A host that has a port of the gateway's own addresses. */
struct gw_port {
	uint16_t port;
	struct addr host; /* with port, 1720 by default */
};

/* Asks who registered NAME: a directory's or a gatekeeper's answer, for callers of REALM (its index). */
struct gw_lookup {
	bool (*find)(void *arg, const char *name, uint32_t realm, struct addr *host); /* NULL: nobody is asked */
	/* Where a gatekeeper admitted the call to, by its caller and its callIdentifier or conferenceID. May be NULL. */
	bool (*find_call)(void *arg, const struct addr *caller, struct pst_slice call_id, struct pst_slice conference_id,
		struct addr *host);
	/* Whom a port of the gateway's stands for that gateway_port_open() was told of. May be NULL. */
	bool (*find_port)(void *arg, const struct addr *local, struct addr *host);
	/* Has HOST connect to TO, an address of the gateway's, for the call CALL_ID (H.460.18). False: it is no endpoint
	 * behind somebody else's NAT, and is connected to. May be NULL. */
	bool (*summon)(void *arg, const struct addr *host, const uint8_t call_id[static 16], const struct addr *to);
	/* Whether NAME is of a domain elsewhere that can be looked up by locate(). Both may be NULL. */
	bool (*is_elsewhere)(void *arg, const char *name);
	/* Looks up who takes calls for NAME; DONE comes once, later or at once: AT with port, family 0: nobody. False: it can
	 * not, and nothing comes. */
	bool (*locate)(void *arg, const char *name, void (*done)(void *darg, const struct addr *at), void *darg);
	void *arg;
};

/* Who stands for whom: an inside host's own address in another realm (a lease), asked of whoever keeps them. All NULL:
 * there is no pool, and every host is reached at the realm's one address. Addresses without ports. */
struct gw_leases {
	/* The virtual address of REALM that stands for the inside HOST, if it has one of FAMILY. */
	bool (*virtual_of)(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out);
	/* The inside host behind the gateway's own address LOCAL. */
	bool (*host_of)(void *arg, const struct addr *local, struct addr *host);
	/* Asks for a lease for HOST in REALM; DONE comes once, later or at once (granted or not), after the
	 * address is answered for. Never from inside hold(). */
	void (*want)(void *arg, const struct addr *host, uint32_t realm, uint8_t family,
		void (*done)(void *darg, bool granted), void *darg);
	/* A call holds (+1) or lets go of (-1) the lease of HOST; what is not there is not held. */
	void (*hold)(void *arg, const struct addr *host, uint32_t realm, int by);
	void *arg;
};

struct gw_port_range {
	uint16_t first, last;
};

struct gw_limits {
	uint32_t calls;		      /* at once, all sources */
	uint32_t calls_per_source;    /* at once, per source address */
	uint32_t setups_per_source_s; /* new connections per second and source address */
	uint32_t refused_per_source;  /* refused calls of a source outside before its next ones wait; 0: no bound */
	uint32_t tarpit_ms;	      /* how long who is over these limits, outside, waits to be let go; 0: not at all */
	uint32_t channels_per_call;   /* logical channels a call may open */
	uint32_t message_bytes;	      /* largest TPKT accepted */
	uint32_t arena_bytes;	      /* most memory one message may take while it is worked on */
};

struct gw_timers {
	uint32_t connect_ms;	/* TCP to the called host */
	uint32_t setup_ms;	/* first message of a new connection (half-open) */
	uint32_t media_idle_ms; /* silence on all flows of a call with no signalling either: the call is
				   cleared */
	uint32_t h245_ms;	/* announced H.245 address that nobody connects to */
	uint32_t data_idle_ms; /* silence on a call of T.120 alone */
	uint32_t t301_ms, t303_ms, t310_ms; /* Q.931 9.6, as H.225.0 uses them */
};

/* Applications of T.120 (enum t124_app) and the ways each may go. */
enum { GW_DATA_APPS = 6, GW_DATA_OUT = 1, GW_DATA_IN = 2, GW_DATA_BOTH = 3 };

struct gw_data {
	uint16_t port;		     /* T.120's own on the gateway's addresses, 1503; 0: nothing listens there */
	uint8_t calls;		     /* the ways that calls of T.120 alone may go */
	uint8_t allow[GW_DATA_APPS]; /* GW_DATA_OUT from inside realms to outside ones, GW_DATA_IN the other way */
	uint32_t file_limit_mib;     /* of one file; 0: no bound */
};

/* Audio call control of NetMeeting 1: TCP whose octets nobody knows, and UDP between the same two hosts beside it. */
struct gw_audio {
	uint16_t port;	  /* 1731 */
	uint8_t calls;	  /* the ways such calls may go; 0: nothing listens */
	uint32_t flows;	  /* pairs of ports that may have UDP at a time, of a call */
	uint32_t idle_ms; /* silence after which a pair of ports counts no more */
	uint32_t capture; /* octets of each connection and direction that are told of; 0: none */
};

enum gw_media { GW_MEDIA_AUDIO = 1, GW_MEDIA_VIDEO = 2, GW_MEDIA_DATA = 4, GW_MEDIA_ALL = 7 };
enum gw_direction { GW_DIRECTION_OUT = 1, GW_DIRECTION_IN = 2, GW_DIRECTION_WITHIN = 4, GW_DIRECTION_ALL = 7 };
/* A condition that is yes, no, or not asked. */
enum gw_asked { GW_ASKED_NOT, GW_ASKED_YES, GW_ASKED_NO };

/* Which calls there may be, and what they may carry: the first rule that matches decides. Empty conditions match all. */
struct gw_rule {
	char *name; /* for people; unique, as what it counts goes by it over a reload */
	bool allow;
	uint8_t direction;	 /* GW_DIRECTION_ bits: from inside to outside, the reverse, between realms of one role */
	uint32_t from, to;	 /* realms, bits by index; 0: all */
	struct addr_prefix *sources, *destinations;
	uint32_t n_sources, n_destinations;
	char **callers, **called; /* patterns of names: '*' any characters, '?' one; without case */
	uint32_t n_callers, n_called;
	enum gw_asked known_caller; /* one of the caller's names is bound to, or registered at, the address it calls from */
	enum gw_asked known_called; /* it was called by something of its own: a name, a virtual address, a port */
	/* of the calls it allows */
	uint8_t media;		       /* GW_MEDIA_ bits */
	uint32_t calls;		       /* at once; 0: no bound, as below */
	uint32_t bandwidth_kbit;       /* of all of them together, both ways */
	uint32_t call_bandwidth_kbit;  /* of each */
	uint32_t duration_ms;	       /* of each, from its answer */
};

struct gw_config {
	enum gw_mode mode;
	struct gw_realm *realms;
	uint32_t n_realms;
	uint16_t signalling_port;	  /* 1720 */
	struct gw_port_range h245_ports;  /* listeners for H.245 and T.120 */
	struct gw_port_range media_ports; /* RTP and RTCP pairs */
	struct gw_binding *bindings;
	uint32_t n_bindings;
	struct gw_port *ports; /* whom the gateway's other ports lead to */
	uint32_t n_ports;
	struct addr *gatekeepers; /* that route calls: they signal for any host of their realm outside */
	uint32_t n_gatekeepers;
	struct gw_lookup lookup; /* after the bindings */
	struct gw_leases leases;
	struct addr default_host; /* family 0: none */
	struct gw_data data;
	struct gw_audio audio;
	struct gw_rule *rules;
	uint32_t n_rules;
	bool allow_rest; /* calls that no rule matches */
	struct gw_limits limits;
	struct gw_timers timers;
};

#endif
