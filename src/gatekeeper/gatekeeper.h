/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gatekeeper (H.323 clause 7, H.225.0 RAS): who is registered under which
 * names, who may call whom, and where each asker reaches the called party. An
 * asker is never given an address of another realm: it gets the gateway's.
 *
 * A function of datagrams and time: no sockets and no clock of its own. Times
 * are monotonic milliseconds, and seconds since 1970 for H.235.
 */
#ifndef PST_GATEKEEPER_GATEKEEPER_H
#define PST_GATEKEEPER_GATEKEEPER_H

#include <jansson.h>

#include "gatekeeper/admission.h"
#include "gatekeeper/config.h"

struct gatekeeper;

enum gatekeeper_act { GATEKEEPER_REGISTER, GATEKEEPER_CALL, GATEKEEPER_ANSWER, GATEKEEPER_LOCATE };

/* What somebody wants, for the policy. */
struct gatekeeper_wish {
	enum gatekeeper_act act;
	uint32_t realm;
	struct addr from;
	const char *name; /* the first alias that is registered, called or looked for; "" where there is none */
	struct addr dest; /* of a call, family 0 where it is not known */
};

/* Called from inside the functions below; they must not call back. */
struct gatekeeper_ops {
	/* Sends DATAGRAM from the RAS address of REALM. */
	void (*send)(void *arg, uint32_t realm, const struct addr *to, struct pst_slice datagram);
	/* May be NULL: all may. */
	bool (*may)(void *arg, const struct gatekeeper_wish *wish);
	/* Keeps IMAGE under ID for gatekeeper_restore(); without octets: forgets it. It holds keys. May be NULL. */
	void (*keep)(void *arg, uint64_t id, struct pst_slice image);
	/* The same for an admission and gatekeeper_restore_call(). May be NULL. */
	void (*keep_call)(void *arg, uint64_t number, struct pst_slice image);
	/* NAME (1..799 octets, in lower case) leads to an endpoint of REALM at *SIGNAL; NULL: to nobody any more. May be NULL. */
	void (*named)(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal);
	/* A call is admitted, or again on other terms; over: not any more. May be NULL. */
	void (*admitted)(void *arg, const struct gatekeeper_admission *a, bool over);
	/* The endpoint whose signalling address is SIGNAL can only be reached by gatekeeper_summon(), or not any more. May be
	 * NULL. */
	void (*behind)(void *arg, const struct addr *signal, bool gone);
	/* Looks up who takes calls for DOMAIN (SRV _h323ls._udp, _h323cs._tcp), and answers later, never from inside, with
	 * gatekeeper_resolved(TICKET). False: it can not. May be NULL. */
	bool (*resolve)(void *arg, uint64_t ticket, const char *domain);
	/* What gatekeeper_locate() of ASKER found: AT, outside, with port; family 0: nobody. May be NULL. */
	void (*located)(void *arg, uint64_t asker, const struct addr *at);
	/* A name that is bound by configuration to *HOST. May be NULL. */
	bool (*bound)(void *arg, const char *name, struct addr *host);
	/* The address of REALM, of FAMILY, that stands for HOST of another realm alone. Ports are none of its business. May be NULL. */
	bool (*virtual_of)(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out);
};

/* PST_E_ARG: the configuration can not be; PST_E_NOMEM. */
PST_MUST_CHECK int gatekeeper_new(
	struct gatekeeper **out, const struct gatekeeper_config *cfg, const struct gatekeeper_ops *ops, void *arg);
/* Takes CFG into use; registrations in realms that it does not have (by name) are forgotten, all others stay. As
 * gatekeeper_new(); on an error nothing has changed. */
PST_MUST_CHECK int gatekeeper_reload(struct gatekeeper *gk, const struct gatekeeper_config *cfg, uint64_t now_ms);
void gatekeeper_free(struct gatekeeper *gk);

/* Brings a registration back that was kept; its time begins anew. PST_E_BAD: no image, or not one of this version;
 * PST_E_DENIED: the configuration or another registration has no place for it; PST_E_NOMEM. */
PST_MUST_CHECK int gatekeeper_restore(
	struct gatekeeper *gk, uint64_t id, struct pst_slice image, uint64_t now_ms, uint64_t wall_s);
/* Brings an admission back, after all registrations; its time begins anew. PST_E_BAD; PST_E_DENIED: its endpoint is not there,
 * or it is admitted already; PST_E_NOMEM. */
PST_MUST_CHECK int gatekeeper_restore_call(struct gatekeeper *gk, uint64_t number, struct pst_slice image, uint64_t now_ms);

/* A datagram came on a socket of REALM. */
void gatekeeper_datagram(struct gatekeeper *gk, uint32_t realm, const struct addr *from, struct pst_slice octets,
	uint64_t now_ms, uint64_t wall_s);
/* Has the endpoint at SIGNAL, which registered from behind somebody else's NAT (H.460.18), connect to TO, an address of the
 * gateway, for the call CALL_ID. False: there is none. */
bool gatekeeper_summon(struct gatekeeper *gk, const struct addr *signal, const uint8_t call_id[static 16],
	const struct addr *to, uint64_t now_ms);
/* What resolve() was asked for: AT, a gatekeeper that knows (LOCATES), or whom to call; family 0: nobody. */
void gatekeeper_resolved(struct gatekeeper *gk, uint64_t ticket, const struct addr *at, bool locates, uint64_t now_ms);
/* Looks up who takes calls for NAME, of a domain that is not ours, as for an endpoint that wants to call it; located() comes
 * once, later or at once, with ASKER, which is not 0. False: it can not be looked up, and nothing comes. */
bool gatekeeper_locate(struct gatekeeper *gk, uint64_t asker, const char *name, uint64_t now_ms);
/* When gatekeeper_tick() has something to do; 0: not by itself. */
uint64_t gatekeeper_due(const struct gatekeeper *gk);
void gatekeeper_tick(struct gatekeeper *gk, uint64_t now_ms);
/* Calls named() and admitted() for all that there is. */
void gatekeeper_tell_all(const struct gatekeeper *gk);
/* Tells every endpoint that it is not registered any more, once each. */
void gatekeeper_unregister_all(struct gatekeeper *gk, uint64_t now_ms);

/* The call signalling address of the endpoint registered as NAME (UTF-8; also "name@gateway"). False: nobody. */
bool gatekeeper_find(const struct gatekeeper *gk, const char *name, struct addr *signal);
/* Where a call goes that was admitted to CALLER (by address, without port): by its callIdentifier, else conferenceID. */
bool gatekeeper_admitted(const struct gatekeeper *gk, const struct addr *caller, struct pst_slice call_id,
	struct pst_slice conference_id, struct addr *dest);
/* Whether the host of ADDR (port aside) has a registration, so that callers may be led to it. */
bool gatekeeper_is_registered(const struct gatekeeper *gk, const struct addr *addr);

/* {"identifier", "mode", "registrations", "registrations_max", "calls", "sources", "messages": {...}, "realms": [{"name",
 * "registrations", "bandwidth", "bandwidth_max"}]}. */
json_t *gatekeeper_status_json(const struct gatekeeper *gk);
/* [{"aliases": [...], "realm", "signal", "ras", "product", "version", "age_ms", "ttl_s" (0: none), "expires_ms",
 * "authenticated", "calls": [{"direction", "bandwidth", "dest"}]}...] at NOW_MS. All text is escaped. */
json_t *gatekeeper_registrations_json(const struct gatekeeper *gk, uint64_t now_ms);

#endif
