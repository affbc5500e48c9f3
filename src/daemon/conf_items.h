/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The single-valued keys of postern.yaml(5), one row each: section, key, kind,
 * place in struct conf, least and most, default. The schema, the check, the
 * defaults and the printed form all come from these rows.
 */
#ifndef PST_DAEMON_CONF_ITEMS_H
#define PST_DAEMON_CONF_ITEMS_H

#include <stddef.h>

#include "daemon/conf.h"

enum conf_kind {
	CONF_MODE,     /* enum gw_mode */
	CONF_U32,      /* a number */
	CONF_PORT,     /* uint16_t */
	CONF_RANGE,    /* struct gw_port_range, "FIRST-LAST" */
	CONF_DURATION, /* uint32_t milliseconds: "500ms", "20s", "2m" */
	CONF_PATH,     /* char *, absolute; most: longest */
	CONF_USER,     /* char *, a user's name */
	CONF_LEVEL,    /* enum log_level */
	CONF_WORD,     /* char *, letters, digits and ._- */
	CONF_SWITCH,   /* bool, "on" or "off" */
	CONF_SERVERS,  /* enum conf_servers */
	CONF_HOST,     /* struct addr without port: an address, or "none" */
	CONF_PLANE,    /* enum conf_relay */
	CONF_WAYS,     /* uint8_t, GW_DATA_ bits */
	CONF_ANSWERS,  /* enum conf_answer */
};

/* clang-format off */
#define CONF_ITEMS(X) \
	X(top,     mode,               CONF_MODE,     gw.mode,                     0,    0,          "off") \
	X(h323,    port,               CONF_PORT,     gw.signalling_port,          1,    65535,      "1720") \
	X(h323,    h245_ports,         CONF_RANGE,    gw.h245_ports,               1024, 65535,      "30000-30999") \
	X(media,   ports,              CONF_RANGE,    gw.media_ports,              1024, 65535,      "40000-49999") \
	X(media,   relay,              CONF_PLANE,    relay,                       0,    0,          "auto") \
	X(data,    port,               CONF_PORT,     gw.data.port,                0,    65535,      "1503") \
	X(data,    calls,              CONF_WAYS,     gw.data.calls,               0,    0,          "both") \
	X(data,    whiteboard,         CONF_WAYS,     gw.data.allow[1],            0,    0,          "both") \
	X(data,    file,               CONF_WAYS,     gw.data.allow[2],            0,    0,          "both") \
	X(data,    share,              CONF_WAYS,     gw.data.allow[3],            0,    0,          "both") \
	X(data,    chat,               CONF_WAYS,     gw.data.allow[4],            0,    0,          "both") \
	X(data,    control,            CONF_WAYS,     gw.data.allow[5],            0,    0,          "both") \
	X(data,    unknown,            CONF_WAYS,     gw.data.allow[0],            0,    0,          "both") \
	X(data,    file_limit,         CONF_U32,      gw.data.file_limit_mib,      0,    1048576,    "0") \
	X(audio_control, calls,        CONF_WAYS,     gw.audio.calls,              0,    0,          "none") \
	X(audio_control, port,         CONF_PORT,     gw.audio.port,               1024, 65535,      "1731") \
	X(audio_control, flows,        CONF_U32,      gw.audio.flows,              1,    64,         "16") \
	X(audio_control, idle,         CONF_DURATION, gw.audio.idle_ms,            1000, 3600000,    "90s") \
	X(audio_control, capture,      CONF_U32,      gw.audio.capture,            0,    65536,      "0") \
	X(limits,  calls,              CONF_U32,      gw.limits.calls,             1,    100000,     "1000") \
	X(limits,  calls_per_source,   CONF_U32,      gw.limits.calls_per_source,  1,    100000,     "100") \
	X(limits,  setups_per_source,  CONF_U32,      gw.limits.setups_per_source_s, 1,  100000,     "20") \
	X(limits,  refused_per_source, CONF_U32,      gw.limits.refused_per_source, 0,   100000,     "10") \
	X(limits,  tarpit,             CONF_DURATION, gw.limits.tarpit_ms,         0,    600000,     "20s") \
	X(limits,  channels_per_call,  CONF_U32,      gw.limits.channels_per_call, 1,    1024,       "32") \
	X(limits,  message_bytes,      CONF_U32,      gw.limits.message_bytes,     1024, 65535,      "32768") \
	X(limits,  arena_bytes,        CONF_U32,      gw.limits.arena_bytes,       16384, 16777216,  "1048576") \
	X(timers,  connect,            CONF_DURATION, gw.timers.connect_ms,        100,  300000,     "10s") \
	X(timers,  setup,              CONF_DURATION, gw.timers.setup_ms,          100,  300000,     "10s") \
	X(timers,  media_idle,         CONF_DURATION, gw.timers.media_idle_ms,     1000, 3600000,    "50s") \
	X(timers,  media_orphan,       CONF_DURATION, media_orphan_ms,             0,    600000,     "30s") \
	X(timers,  h245,               CONF_DURATION, gw.timers.h245_ms,           100,  300000,     "20s") \
	X(timers,  data_idle,          CONF_DURATION, gw.timers.data_idle_ms,      10000, 86400000,  "120m") \
	X(timers,  t301,               CONF_DURATION, gw.timers.t301_ms,           1000, 3600000,    "3m") \
	X(timers,  t303,               CONF_DURATION, gw.timers.t303_ms,           100,  300000,     "4s") \
	X(timers,  t310,               CONF_DURATION, gw.timers.t310_ms,           100,  300000,     "10s") \
	X(policy,  allow_rest,         CONF_SWITCH,   gw.allow_rest,               0,    0,          "on") \
	X(leases,  ttl,                CONF_DURATION, leases.ttl_ms,               60000, 2000000000, "1440m") \
	X(leases,  quarantine,         CONF_DURATION, leases.quarantine_ms,        0,    2000000000, "30m") \
	X(leases,  max,                CONF_U32,      leases.max,                  1,    1000000,    "10000") \
	X(leases,  on_call,            CONF_SWITCH,   leases.on_call,              0,    0,          "on") \
	X(leases,  on_registration,    CONF_SWITCH,   leases.on_registration,      0,    0,          "on") \
	X(leases,  answer,             CONF_ANSWERS,  leases.answer,               0,    0,          "arp") \
	X(directory, serve,              CONF_SWITCH,   directory.on,                 0, 0,          "off") \
	X(directory, servers,            CONF_SERVERS,  directory.servers,            0, 0,          "proxy") \
	X(directory, forward,            CONF_HOST,     directory.forward,            0, 0,          "none") \
	X(directory, source_address,     CONF_SWITCH,   directory.source_address,     0, 0,          "off") \
	X(directory, uls_udp,            CONF_SWITCH,   directory.uls_udp,            0, 0,          "off") \
	X(directory, entries,            CONF_U32,      directory.entries,            1, 10000000,   "100000") \
	X(directory, entries_per_source, CONF_U32,      directory.entries_per_source, 1, 10000000,   "64") \
	X(directory, changes_per_source, CONF_U32,      directory.changes_per_source, 1, 1000,       "20") \
	X(directory, list_max,           CONF_U32,      directory.list_max,           1, 1000000,    "5000") \
	X(directory, ttl,                CONF_DURATION, directory.ttl_ms,             60000, 86400000, "30m") \
	X(directory, ttl_max,            CONF_DURATION, directory.ttl_max_ms,         60000, 2000000000, "1440m") \
	X(gatekeeper, serve,             CONF_SWITCH,   gatekeeper.on,                0, 0,          "off") \
	X(gatekeeper, routed,            CONF_SWITCH,   gatekeeper.routed,            0, 0,          "off") \
	X(gatekeeper, identifier,        CONF_WORD,     gatekeeper.identifier,        1, 64,         "postern") \
	X(gatekeeper, port,              CONF_PORT,     gatekeeper.port,              1, 65535,      "1719") \
	X(gatekeeper, discovery,         CONF_SWITCH,   gatekeeper.discovery,         0, 0,          "on") \
	X(gatekeeper, outside,           CONF_SWITCH,   gatekeeper.outside,           0, 0,          "off") \
	X(gatekeeper, password_required, CONF_SWITCH,   gatekeeper.password_required, 0, 0,          "off") \
	X(gatekeeper, ttl,               CONF_DURATION, gatekeeper.ttl_ms,            10000, 86400000, "30m") \
	X(gatekeeper, ttl_max,           CONF_DURATION, gatekeeper.ttl_max_ms,        10000, 86400000, "60m") \
	X(gatekeeper, irr,               CONF_DURATION, gatekeeper.irr_ms,            0, 3600000,    "2m") \
	X(gatekeeper, bandwidth,         CONF_U32,      gatekeeper.bandwidth_kbit,    0, 100000000,  "0") \
	X(gatekeeper, least_bandwidth,   CONF_U32,      gatekeeper.least_bandwidth_kbit, 0, 100000,  "128") \
	X(gatekeeper, registrations,     CONF_U32,      gatekeeper.registrations,     1, 1000000,    "10000") \
	X(gatekeeper, registrations_per_source, CONF_U32, gatekeeper.registrations_per_source, 1, 1000000, "16") \
	X(gatekeeper, requests_per_source, CONF_U32,    gatekeeper.requests_per_source, 1, 1000,     "20") \
	X(gatekeeper, hops,              CONF_U32,      gatekeeper.hops,              1, 255,        "4") \
	X(gatekeeper, aliases,           CONF_U32,      gatekeeper.aliases,           1, 1024,       "16") \
	X(ras_proxy, ports,              CONF_RANGE,    ras_proxy.ports,              1024, 65535,   "29000-29999") \
	X(control, socket,             CONF_PATH,     control_socket,              2,    107,        "/run/postern/control.sock") \
	X(top,     user,               CONF_USER,     user,                        1,    32,         "auto") \
	X(log,     level,              CONF_LEVEL,    log_level,                   0,    0,          "info") \
	X(top,     state_dir,          CONF_PATH,     state_dir,                   2,    1024,       "/var/lib/postern")
/* clang-format on */

enum conf_item_id {
#define X(section, key, kind, member, min, max, preset) CONF_ITEM_##section##_##key,
	CONF_ITEMS(X)
#undef X
	        CONF_N_ITEMS
};

struct conf_item {
	const char *section; /* "top": none */
	const char *key;
	enum conf_kind kind;
	size_t offset; /* in struct conf */
	uint32_t min, max;
	const char *preset;
};

extern const struct conf_item conf_items[CONF_N_ITEMS];

/* Sets the item ITEM of C from TEXT. PST_E_BAD: *WHY (static text or WHY_BUF, 128 octets) says what it has to
 * be. PST_E_NOMEM. */
PST_MUST_CHECK int conf_item_set(
        struct conf *c, const struct conf_item *item, const char *text, char why[static 128]);
/* Writes the value of ITEM in C, as conf_item_set() takes it. */
void conf_item_print(const struct conf *c, const struct conf_item *item, FILE *out);
/* A number, or a duration ("500ms", "20s", "2m") in milliseconds, from MIN to MAX. False: TEXT is none. */
bool conf_read_number(const char *text, uint32_t min, uint32_t max, uint32_t *out);
bool conf_read_duration(const char *text, uint32_t min, uint32_t max, uint32_t *out);
/* Writes S as a YAML scalar in single quotes. */
void conf_print_quoted(const char *s, FILE *out);

#endif
