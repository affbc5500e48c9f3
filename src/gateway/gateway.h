/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gateway: H.323 calls through the wall. It accepts call signalling
 * connections in every realm, finds where each call goes, carries its messages
 * to the other side with every address translated, and opens exactly the
 * pinholes that the call agreed.
 *
 * One thread, one libuv loop. It never touches privilege: the descriptors it
 * listens on are handed in. JSON values are jansson objects owned by the caller.
 */
#ifndef PST_GATEWAY_GATEWAY_H
#define PST_GATEWAY_GATEWAY_H

#include <jansson.h>
#include <uv.h>

#include "base/err.h"
#include "gateway/config.h"
#include "relay/relay.h"

struct gateway;

/* CFG is copied; RELAY too, its plane is borrowed.
 * The gateway listens nowhere until gateway_listen_fd(). PST_E_NOMEM. */
PST_MUST_CHECK int gateway_new(
	struct gateway **out, uv_loop_t *loop, const struct gw_config *cfg, const struct relay *relay);

/* Takes a bound and listening TCP socket for call signalling, or, where it is on the configured port, for T.120. It owns FD from here on, also when it fails.
 * Several may be given (one per realm address, or one wildcard). The realm of a connection is found by the
 * address it was accepted on and, where that is ambiguous, by its peer. */
PST_MUST_CHECK int gateway_listen_fd(struct gateway *gw, int fd);
/* Closes all listening sockets (before new ones are given at a reload). Calls go on. */
void gateway_unlisten(struct gateway *gw);

/* Takes calls on LOCAL too, an address of the gateway's with a port of its own: for whom it is, gw_lookup.find_port() says.
 * Reloads leave it. PST_E_BUSY: somebody has it; PST_E_SYS, PST_E_NOMEM. */
PST_MUST_CHECK int gateway_port_open(struct gateway *gw, const struct addr *local);
void gateway_port_close(struct gateway *gw, const struct addr *local);

/* New calls use CFG (copied); calls that stand keep what they have. PST_E_NOMEM: nothing has changed. */
PST_MUST_CHECK int gateway_reload(struct gateway *gw, const struct gw_config *cfg);

/* Ends every call with ReleaseComplete on both legs, takes no new ones, and calls DONE when the last
 * connection is closed or DEADLINE_MS has passed. */
void gateway_stop(struct gateway *gw, uint32_t deadline_ms, void (*done)(void *arg), void *arg);

/* After gateway_stop() is done (or before any call): closes what is left; runs no callback later than the
 * next loop turn. The loop must run once more before it is closed. */
void gateway_free(struct gateway *gw);

/* Counters, limits and usage as one object:
 * {"uptime_s", "mode", "calls": {"active", "total", "failed", "refused", "peak"}, "messages": {...},
 * "errors": {...}, "pinholes", "media": {"sessions", "sessions_max", "packets", "bytes", "refused"},
 * "realms": [...], "rules": [{"name", "allow", "calls", "kbit"}...]} */
json_t *gateway_status_json(const struct gateway *gw);
/* [{"id", "kind": "h323|data|audio" (T.120 alone, audio call control), "state", "from", "to", "caller", "called", "direction", "started", "duration_ms", "channels",
 * "packets"}...], calls that stand first, then the last ended ones. */
json_t *gateway_calls_json(const struct gateway *gw);
/* One call whole, NULL when there is none with that id: what calls_json has, and
 * "legs": [{"realm", "peer", "local"}...],
 * "ladder": [{"t_ms", "leg": 0|1 (where the message came in; absent for the gateway's own events), "via":
 * "h225|tunnel|h245|gateway|t120|audio", "text", "addresses": [{"what", "before", "after", "note"}]}...], "pinholes":
 * [{"kind": "rtp|rtcp|h245|t120|audio|udp", "session", "channel", "from_leg", "from", "local_in", "local_out", "to",
 * "packets", "bytes", "refused", "open"}...] */
json_t *gateway_call_json(const struct gateway *gw, uint64_t id);

/* Somebody would call. */
struct gateway_route_query {
	const char *dest;	 /* an address, a name, a name at an address */
	const char *from;	 /* a realm's name or the caller's address; NULL: the first realm inside */
	const char *caller_name; /* NULL: none */
};
/* What would become of it: {"from", "connects_to", "steps": [text...], "allowed", "to", "realm", "rule", "why"}; "to",
 * "realm" and "rule" where there is one; "look_up": the name that would have to be looked up first. NULL: *WHY says what is wrong with the question (static text). */
json_t *gateway_route_json(const struct gateway *gw, const struct gateway_route_query *q, const char **why);

/* Every ladder event of every call from now on, as {"call": id, ...as in the ladder...}; also {"call",
 * "event": "start"|"end", ...}. The object is borrowed for the call. Returns a handle for gateway_unfollow(),
 * or NULL when out of memory. */
struct gateway_follower;
typedef void gateway_event_h(json_t *event, void *arg);
struct gateway_follower *gateway_follow(struct gateway *gw, gateway_event_h *h, void *arg);
void gateway_unfollow(struct gateway *gw, struct gateway_follower *f);

#endif
