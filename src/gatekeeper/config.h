/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the gatekeeper is told: plain data, filled by the daemon or by tests. Strings and arrays are borrowed for the call
 * that takes the structure, which copies it whole. */
#ifndef PST_GATEKEEPER_CONFIG_H
#define PST_GATEKEEPER_CONFIG_H

#include "base/addr.h"

struct gatekeeper_realm {
	const char *name;
	bool inside;                        /* its endpoints may register, and call any address */
	struct addr address;                /* the gateway's own there, no port */
	const struct addr_prefix *networks; /* its hosts; none: all that no other realm holds */
	uint32_t n_networks;
};

/* H.235 password of the endpoint that registers ALIAS. */
struct gatekeeper_password {
	const char *alias;
	const char *password; /* UTF-8 */
};

struct gatekeeper_limits {
	uint32_t registrations;            /* in all */
	uint32_t registrations_per_source; /* per source address */
	uint32_t aliases;                  /* per endpoint */
	uint32_t requests_per_source_s;    /* datagrams per second and source address, with bursts of four seconds */
	uint32_t calls;                    /* admissions at once */
	uint32_t sources;                  /* source addresses remembered */
};

struct gatekeeper_config {
	const struct gatekeeper_realm *realms;
	uint32_t n_realms;         /* at most 32 */
	const char *identifier;    /* gatekeeperIdentifier: 1 to 128 characters of UTF-8 */
	bool routed;               /* calls within a realm go through the gateway too */
	bool outside_registration; /* endpoints of realms that are not inside may register too */
	uint16_t ras_port;         /* 1719 */
	uint16_t signalling_port;  /* of the gateway, 1720 */
	uint32_t default_ttl_s;    /* silence of an endpoint without timeToLive, before it is asked */
	uint32_t max_ttl_s;        /* longest timeToLive granted */
	uint32_t irr_s;            /* irrFrequency of admissions; 0: none is asked for */
	uint32_t bandwidth;        /* of a realm, in 100 bit/s, of all admissions; 0: no bound */
	uint32_t least_bandwidth;  /* an admission counts at least so much: what NetMeeting asks for is not reliable */
	const struct addr *neighbours; /* gatekeepers that are asked and may ask, with port */
	uint32_t n_neighbours;
	uint32_t hops; /* hopCount of what they are asked, 1..255; 1: what one asks, the others are not */
	const char *const *domains; /* name@domain is name here */
	uint32_t n_domains;
	const struct gatekeeper_password *passwords;
	uint32_t n_passwords;
	bool password_required; /* without: only aliases that have one need one */
	struct gatekeeper_limits limits;
	uint64_t seed; /* random: endpoint identifiers and hash tables begin with it */
};

/* Everything but realms, neighbours, domains and passwords at its default. */
struct gatekeeper_config gatekeeper_config_default(void);

#endif
