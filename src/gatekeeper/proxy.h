/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RAS through the wall: endpoints inside that are registered with a gatekeeper outside. Every message is decoded,
 * its addresses are translated, and it goes on from a UDP socket outside that is that endpoint's own. What the
 * gatekeeper confirmed is remembered: names, so that callers outside find the endpoint, and where its calls were
 * admitted to, so that they can go through the gateway.
 *
 * A function of datagrams and time, as the gatekeeper is: no sockets and no clock of its own.
 */
#ifndef PST_GATEKEEPER_PROXY_H
#define PST_GATEKEEPER_PROXY_H

#include <jansson.h>

#include "gatekeeper/admission.h"
#include "gatekeeper/config.h"

struct ras_proxy;

/* A gatekeeper outside. */
struct ras_proxy_gatekeeper {
	struct addr address; /* with port */
	uint16_t port;       /* the UDP port of the gateway that stands for it inside */
};

struct ras_proxy_config {
	const struct gatekeeper_realm *realms;
	uint32_t n_realms; /* at most 32 */
	const struct ras_proxy_gatekeeper *gatekeepers;
	uint32_t n_gatekeepers; /* at most 16 */
	uint16_t signalling_port;
	uint32_t default_ttl_s; /* silence of an endpoint without timeToLive, before it is asked */
	struct gatekeeper_limits limits; /* registrations, per source, aliases, requests per second of an endpoint */
	uint64_t seed;
};

/* Called from inside the functions below; they must not call back. */
struct ras_proxy_ops {
	/* Opens a UDP socket on *LOCAL, an address of the gateway without port, for ID; *LOCAL gets its port. Calls to that
	 * address and port are ID's too (ras_proxy_find_port()). */
	int (*open)(void *arg, uint64_t id, struct addr *local);
	void (*close)(void *arg, uint64_t id);
	/* To the gatekeeper, from ID's socket. */
	void (*send_out)(void *arg, uint64_t id, const struct addr *to, struct pst_slice datagram);
	/* To an endpoint of REALM, from the socket there that stands for GATEKEEPER. */
	void (*send_in)(
		void *arg, uint32_t gatekeeper, uint32_t realm, const struct addr *to, struct pst_slice datagram);
	/* The virtual address (no port) at which realm OUT calls HOST of realm IN. False: it has none, and is called at the
	 * port of its socket. May be NULL. */
	bool (*virtual_address)(void *arg, uint32_t in, const struct addr *host, uint32_t out, struct addr *at);
	/* Whoever decides where calls go is told of each change, before the endpoint is answered; all three or none.
	 * NAME (in lower case) leads to an endpoint of REALM at *SIGNAL; NULL: to nobody any more. */
	void (*named)(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal);
	/* A call of an endpoint's is admitted; over: not any more. Its identifier is in both places. */
	void (*admitted)(void *arg, const struct gatekeeper_admission *a, bool over);
	/* Calls to LOCAL are for *SIGNAL (family 0: for nobody yet); NULL: LOCAL is nobody's any more. */
	void (*port)(void *arg, const struct addr *local, const struct addr *signal);
};

/* PST_E_ARG: a gatekeeper that is inside, or in no realm, or too many; PST_E_NOMEM. */
PST_MUST_CHECK int ras_proxy_new(
	struct ras_proxy **out, const struct ras_proxy_config *cfg, const struct ras_proxy_ops *ops, void *arg);
void ras_proxy_free(struct ras_proxy *p);

/* A datagram came in REALM, on the socket that stands for the gatekeeper of that index. */
void ras_proxy_from_inside(struct ras_proxy *p, uint32_t gatekeeper, uint32_t realm, const struct addr *from,
	struct pst_slice octets, uint64_t now_ms);
/* A datagram came on the socket outside of ID. */
void ras_proxy_from_outside(
	struct ras_proxy *p, uint64_t id, const struct addr *from, struct pst_slice octets, uint64_t now_ms);
/* When ras_proxy_tick() has something to do; 0: not by itself. */
uint64_t ras_proxy_due(const struct ras_proxy *p);
void ras_proxy_tick(struct ras_proxy *p, uint64_t now_ms);

/* The call signalling address of the endpoint inside that a gatekeeper outside registered as NAME. */
bool ras_proxy_find(const struct ras_proxy *p, const char *name, struct addr *signal);
/* The call signalling address of the endpoint inside whose port outside is that of LOCAL. */
bool ras_proxy_find_port(const struct ras_proxy *p, const struct addr *local, struct addr *signal);
/* Where a gatekeeper admitted the call of CALLER (port aside) to: by its callIdentifier, else conferenceID. */
bool ras_proxy_admitted(const struct ras_proxy *p, const struct addr *caller, struct pst_slice call_id,
	struct pst_slice conference_id, uint64_t now_ms, struct addr *dest);
/* Whether the host of ADDR (port aside) has a registration. */
bool ras_proxy_is_registered(const struct ras_proxy *p, const struct addr *addr);

/* Calls named(), admitted() and port() for all that there is. */
void ras_proxy_tell_all(const struct ras_proxy *p);

/* {"registrations", "endpoints", "endpoints_max", "messages": {...}}. */
json_t *ras_proxy_status_json(const struct ras_proxy *p);
/* [{"aliases", "realm", "signal", "ras", "gatekeeper", "outside", "ttl_s", "age_ms"}...]: as gatekeeper_registrations_json(). */
json_t *ras_proxy_registrations_json(const struct ras_proxy *p, uint64_t now_ms);

#endif
