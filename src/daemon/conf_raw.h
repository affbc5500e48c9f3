/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration as libcyaml gives it: the shape is checked, every value is still text. Inside daemon/ only.
 */
#ifndef PST_DAEMON_CONF_RAW_H
#define PST_DAEMON_CONF_RAW_H

#include "daemon/conf_index.h"
#include "daemon/conf_items.h"

struct conf_raw_realm {
	char *name, *role, *address;
	char **interfaces, **networks, **media_hosts;
	uint32_t n_interfaces, n_networks, n_media_hosts;
};

struct conf_raw_binding {
	char *name, *host;
};

struct conf_raw_port {
	char *port, *host;
};

struct conf_raw_person {
	char *name, *host, *comment;
};

struct conf_raw_password {
	char *alias, *password;
};

struct conf_raw_rule {
	char *name, *action, *direction, *known_caller, *known_called, *calls, *bandwidth, *call_bandwidth, *duration;
	char **from, **to, **sources, **destinations, **callers, **called, **media;
	uint32_t n_from, n_to, n_sources, n_destinations, n_callers, n_called, n_media;
};

struct conf_raw_pool {
	char *realm, *addresses;
};

struct conf_raw_static {
	char *host, *address;
};

struct conf_raw_outside_gatekeeper {
	char *address, *port;
};

struct conf_raw {
	char *items[CONF_N_ITEMS]; /* NULL: not given */
	struct conf_raw_realm *realms;
	uint32_t n_realms;
	struct conf_raw_binding *bindings;
	uint32_t n_bindings;
	struct conf_raw_port *ports;
	uint32_t n_ports;
	char *default_host;
	/* directory */
	char **ils_ports, **uls_ports, **search, **list, **registers, **inside_servers;
	uint32_t n_ils_ports, n_uls_ports, n_search, n_list, n_registers, n_inside_servers;
	struct conf_raw_person *people;
	uint32_t n_people;
	/* gatekeeper */
	char **neighbours, **domains, **nameservers;
	uint32_t n_neighbours, n_domains, n_nameservers;
	struct conf_raw_password *passwords;
	uint32_t n_passwords;
	/* policy */
	struct conf_raw_rule *rules;
	uint32_t n_rules;
	/* leases */
	struct conf_raw_pool *pools;
	struct conf_raw_static *statics;
	uint32_t n_pools, n_statics;
	/* ras_proxy */
	struct conf_raw_outside_gatekeeper *outside_gatekeepers;
	uint32_t n_outside_gatekeepers;
};

/* Reads TEXT. PST_E_BAD with a problem when its shape is not that of a configuration. */
PST_MUST_CHECK int conf_raw_load(struct conf_raw **out, struct pst_slice text, const struct conf_index *ix,
        struct conf_problems *problems);
void conf_raw_free(struct conf_raw *raw);

/* Turns RAW into C (zeroed): values, defaults, and what has to fit together. PST_E_BAD with all problems.
 * PST_E_NOMEM. */
PST_MUST_CHECK int conf_check(struct conf *c, const struct conf_raw *raw, const struct conf_index *ix,
        struct conf_problems *problems);

#endif
