/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * postern.yaml(5) as data: reading, checking, printing. Reading is a function of
 * the text alone; what depends on the machine (`address: auto`) is found by
 * conf_resolve(). Problems are collected, each with its line, so that one run
 * shows all of them.
 */
#ifndef PST_DAEMON_CONF_H
#define PST_DAEMON_CONF_H

#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/slice.h"
#include "gateway/config.h"
#include "lease/lease.h"

enum {
	CONF_TEXT_MAX = 1 << 20, /* octets of a configuration file */
	CONF_REALMS_MAX = 16,
	CONF_INTERFACES_MAX = 16, /* of a realm */
	CONF_INTERFACES_ALL_MAX = 100,
	CONF_PREFIXES_MAX = 256, /* of a list of a realm */
	CONF_BINDINGS_MAX = 4096,
	CONF_PORTS_MAX = 1000, /* each is a listening socket of the worker's per realm outside */
	CONF_PROBLEMS_MAX = 100,
	CONF_STATE_PATH_MAX = 1100, /* of a folder in state_dir, with its end */
	CONF_DIRECTORY_PORTS_MAX = 4,
	CONF_PEOPLE_MAX = 4096,
	CONF_SOCKETS_MAX = 120, /* listening sockets in all: interfaces by ports */
	CONF_NEIGHBOURS_MAX = 16,
	CONF_NAMESERVERS_MAX = 4,
	CONF_DOMAINS_MAX = 64,
	CONF_PASSWORDS_MAX = 4096,
	CONF_RULES_MAX = 256,
	CONF_PATTERNS_MAX = 256, /* of a list of a rule */
	CONF_POOLS_MAX = 64,
	CONF_STATIC_LEASES_MAX = 4096,
	CONF_OUTSIDE_GATEKEEPERS_MAX = 16,
};

/* Directories of other realms that clients connect to: answered by ours, translated on the way, or left alone. */
enum conf_servers { CONF_SERVERS_PROXY, CONF_SERVERS_OWN, CONF_SERVERS_PASS };

struct conf_person {
	char *name; /* e-mail */
	char *comment; /* may be NULL */
	struct addr host;
};

/* The section `directory`. Realms are bits, by index. */
struct conf_directory {
	bool on;
	bool source_address, uls_udp;
	enum conf_servers servers;
	uint16_t ils_ports[CONF_DIRECTORY_PORTS_MAX], uls_ports[CONF_DIRECTORY_PORTS_MAX];
	uint32_t n_ils_ports, n_uls_ports;
	uint32_t search, list, registers;
	uint32_t entries, entries_per_source, changes_per_source, list_max;
	uint32_t ttl_ms, ttl_max_ms;
	struct addr forward;         /* the server that the gateway's own ports stand for in other realms; family 0: none */
	struct addr *inside_servers; /* that clients outside may reach through the gateway */
	uint32_t n_inside_servers;
	struct conf_person *people;
	uint32_t n_people;
};

struct conf_password {
	char *alias, *password;
};

/* The section `gatekeeper`. */
struct conf_gatekeeper {
	bool on, routed, discovery, outside, password_required;
	char *identifier;
	uint16_t port;
	uint32_t ttl_ms, ttl_max_ms, irr_ms;
	uint32_t bandwidth_kbit, least_bandwidth_kbit; /* of a realm (0: no bound); that a call counts at least */
	uint32_t registrations, registrations_per_source, requests_per_source, aliases, hops;
	struct addr *neighbours;
	uint32_t n_neighbours;
	bool nameservers_auto; /* none were given: those of the machine */
	struct addr *nameservers;
	uint32_t n_nameservers;
	char **domains;
	uint32_t n_domains;
	struct conf_password *passwords;
	uint32_t n_passwords;
};

/* Where the gateway answers for virtual addresses: on the realm's first interface, or, for routers that lead them to the gateway, on
 * none in particular. */
enum conf_answer { CONF_ANSWER_ARP, CONF_ANSWER_ROUTED };

/* The section `leases`. */
struct conf_leases {
	struct lease_pool *pools;
	uint32_t n_pools;
	struct lease_static *statics;
	uint32_t n_statics;
	uint32_t ttl_ms, quarantine_ms, max;
	bool on_call, on_registration;
	enum conf_answer answer;
};

/* A gatekeeper outside that endpoints inside register with, and the port here that stands for it. */
struct conf_outside_gatekeeper {
	struct addr address;
	uint16_t port;
};

/* The section `ras_proxy`. */
struct conf_ras_proxy {
	struct conf_outside_gatekeeper *gatekeepers;
	uint32_t n_gatekeepers;
	struct gw_port_range ports; /* outside: of each endpoint, for RAS and for calls */
};

/* What moves media: the kernel's programs, sockets, or the first where it can be. */
enum conf_relay { CONF_RELAY_AUTO, CONF_RELAY_KERNEL, CONF_RELAY_USER };

struct conf {
	struct gw_config gw;
	struct conf_directory directory;
	struct conf_gatekeeper gatekeeper;
	struct conf_leases leases;
	struct conf_ras_proxy ras_proxy;
	bool address_auto[CONF_REALMS_MAX]; /* the realm's address is the first one of its first interface */
	char *control_socket;               /* absolute path */
	char *user;                         /* "auto": postern where it exists, else nobody */
	char *state_dir;                    /* absolute path */
	enum conf_relay relay;
	uint32_t media_orphan_ms; /* how long the kernel relays for a worker that died; 0: not at all */
	enum log_level log_level;
};

struct conf_problem {
	uint32_t line; /* 0: of the file as a whole */
	char *text;    /* printable ASCII */
};

/* Zero-initialise; conf_problems_free() when done. */
struct conf_problems {
	struct conf_problem list[CONF_PROBLEMS_MAX];
	uint32_t n;
};

void conf_problem_add(struct conf_problems *p, uint32_t line, const char *fmt, ...) PST_PRINTF(3, 4);
void conf_problems_free(struct conf_problems *p);

/* Reads TEXT whole. PST_E_BAD: *PROBLEMS says why, in the order of lines. PST_E_NOMEM. *OUT is the caller's,
 * for conf_free(). */
PST_MUST_CHECK int conf_parse(struct conf **out, struct pst_slice text, struct conf_problems *problems);

/* The last two: UDP, on the group of discovery or for broadcasts, instead of the realm's address. */
enum conf_transport { CONF_TCP, CONF_UDP, CONF_GROUP, CONF_BROADCAST };
enum { CONF_DISCOVERY_PORT = 1718 };

/* What is listened on: service 0 is call signalling, then come the ports of the directory, ILS first, then those of ULS over UDP
 * where that is on, then RAS and discovery, by address, multicast and broadcast, then the gatekeepers outside, then T.120, then
 * audio call control. False: there is no such service. */
bool conf_service_port(const struct conf *c, uint32_t service, uint16_t *port);
/* The first service that is not TCP: ULS over UDP. */
static inline uint32_t conf_udp_service(const struct conf *c)
{
	return 1 + (c->directory.on ? c->directory.n_ils_ports + c->directory.n_uls_ports : 0);
}
/* RAS, where there is a gatekeeper. */
static inline uint32_t conf_ras_service(const struct conf *c)
{
	return conf_udp_service(c) + (c->directory.on && c->directory.uls_udp ? c->directory.n_uls_ports : 0);
}
/* The first gatekeeper outside. */
static inline uint32_t conf_ras_proxy_service(const struct conf *c)
{
	return conf_ras_service(c) + (c->gatekeeper.on ? (c->gatekeeper.discovery ? 4U : 1U) : 0);
}
/* Whether LOCAL may stand for an endpoint that is registered with a gatekeeper outside. */
static inline bool conf_ras_proxy_has_port(const struct conf *c, const struct addr *local)
{
	bool outside = false;
	for (uint32_t i = 0; i < c->gw.n_realms; i++)
		outside |= c->gw.realms[i].role == GW_ROLE_OUTSIDE && addr_ip_eq(&c->gw.realms[i].address, local);
	return outside && c->ras_proxy.n_gatekeepers > 0 && local->port >= c->ras_proxy.ports.first &&
	       local->port <= c->ras_proxy.ports.last;
}
/* T.120, where its port is served. */
static inline uint32_t conf_data_service(const struct conf *c)
{
	return conf_ras_proxy_service(c) + c->ras_proxy.n_gatekeepers;
}
/* Audio call control, where such calls may be: the last. */
static inline uint32_t conf_audio_service(const struct conf *c)
{
	return conf_data_service(c) + (c->gw.data.port != 0 ? 1U : 0);
}
static inline uint32_t conf_services(const struct conf *c)
{
	return conf_audio_service(c) + (c->gw.audio.calls != 0 ? 1U : 0);
}
static inline enum conf_transport conf_service_transport(const struct conf *c, uint32_t service)
{
	const uint32_t ras = conf_ras_service(c);
	if (service >= conf_data_service(c))
		return CONF_TCP;
	if (service >= conf_ras_proxy_service(c))
		return CONF_UDP;
	return service < conf_udp_service(c) ? CONF_TCP : service < ras + 2 ? CONF_UDP : service == ras + 2 ? CONF_GROUP : CONF_BROADCAST;
}
/* Whether the realm R has SERVICE: group and broadcast are IPv4's, gatekeepers outside are for the inside. */
static inline bool conf_service_in(const struct conf *c, uint32_t service, const struct gw_realm *r)
{
	if (service >= conf_ras_proxy_service(c) && service < conf_data_service(c))
		return r->role == GW_ROLE_INSIDE;
	return conf_service_transport(c, service) < CONF_GROUP || r->address.family == ADDR_IP4;
}

/* The realm that holds ADDR: the one whose networks do, else the one without networks; NULL. */
const struct gw_realm *conf_realm_of(const struct conf *c, const struct addr *addr);

/* Whether SERVICE is of directory, gatekeeper or RAS proxy: the registrar listens for it, for all others the worker. */
static inline bool conf_service_of_registrar(const struct conf *c, uint32_t service)
{
	return service != 0 && service < conf_data_service(c);
}

/* Where the directory's entries are kept: PATH, filled in. */
const char *conf_directory_folder(const struct conf *c, char path[static CONF_STATE_PATH_MAX]);

/* Fills the addresses that are `auto` from the machine's interfaces. PST_E_BAD with problems where one has
 * none, PST_E_SYS. */
PST_MUST_CHECK int conf_resolve(struct conf *c, struct conf_problems *problems);

/* Fills the name servers, where none were given and a gatekeeper is served, from PATH (resolv.conf(5)); there may be none.
 * PST_E_NOMEM. */
PST_MUST_CHECK int conf_find_nameservers(struct conf *c, const char *path);

/* Writes the configuration with every default filled in, as YAML that reads back as the same. */
void conf_print(const struct conf *c, FILE *out);

/* NULL when B may take the place of A in a running daemon, else the name of the key that needs a restart. */
const char *conf_restart_key(const struct conf *a, const struct conf *b);

void conf_free(struct conf *c);

/* Reads FD from its start to its end into *OUT (malloc), while other processes may do the same. PST_E_LIMIT past
 * CONF_TEXT_MAX, PST_E_SYS, PST_E_NOMEM. */
PST_MUST_CHECK int conf_read_fd(int fd, char **out, size_t *len);

#endif
