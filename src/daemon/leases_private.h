/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of daemon/leases share: the table's keeping (leases.c), questions to the monitor (leases_ask.c), who wants and
 * holds (leases_use.c), what people are told and ask for (leases_json.c). */
#ifndef PST_DAEMON_LEASES_PRIVATE_H
#define PST_DAEMON_LEASES_PRIVATE_H

#include <uthash.h>
#include <utlist.h>

#include "base/log.h"
#include "daemon/leases.h"
#include "lease/lease.h"

/* What was kept, until there is a table. */
struct leases_kept {
	uint8_t key[LEASE_KEY_MAX], image[LEASE_IMAGE_MAX];
	size_t n_key, n_image;
	struct leases_kept *next;
};

/* A question to the monitor, waiting to be sent. */
struct leases_ask {
	struct daemon_leases *l;
	enum priv_type type;
	struct addr address;
	uint8_t tries;
	struct leases_ask *prev, *next;
};

/* Somebody who waits until an address is answered for. */
struct leases_wait {
	struct addr address;
	void (*done)(void *arg, bool granted);
	void *arg;
	struct leases_wait *prev, *next;
};

/* A host that has registered names. */
struct leases_host {
	uint8_t key[17]; /* family, octets */
	struct addr host;
	uint32_t names;
	uint32_t held; /* bits: realms in which its leases are held for that */
	UT_hash_handle hh;
};

struct daemon_leases {
	struct priv_client *priv;
	struct daemon_leases_keeper keeper;
	const struct conf *conf; /* NULL: before the first */
	uint32_t generation;
	struct lease_table *table; /* NULL: there have been no pools */
	struct leases_kept *kept;
	uint32_t n_kept;
	int64_t wall_offset_ms;
	uv_timer_t timer, retry;
	unsigned handles;
	bool freed, synced;
	/* questions: to be sent, and sent without answer */
	struct leases_ask *queue, *open;
	uint32_t n_open;
	struct log_rate pace;
	struct leases_wait *waits;
	uint32_t n_waits;
	struct leases_host *hosts;
	struct log_rate drop_rate, empty_rate;
};

/* leases.c */
uint64_t leases_now(const struct daemon_leases *l);
void leases_schedule(struct daemon_leases *l);
void leases_on_timer(uv_timer_t *t);
void leases_tell(struct daemon_leases *l, const struct lease *lease);

/* leases_ask.c */
void leases_asks_init(struct daemon_leases *l);
/* Nobody waits any more; then, when no answer can come, the memory. */
void leases_asks_stop(struct daemon_leases *l);
void leases_asks_free(struct daemon_leases *l);
/* struct lease_ops.address */
void leases_on_address(void *arg, const struct lease *lease, bool up);
/* What is asked for between them is all that there is to be. */
void leases_sync_begin(struct daemon_leases *l);
void leases_sync_end(struct daemon_leases *l);
/* DONE when ADDRESS is answered for, or will not be. */
void leases_wait(struct daemon_leases *l, const struct addr *address, void (*done)(void *arg, bool granted), void *arg);

/* leases_use.c */
/* The realms are those of CONF from now on, those of l->conf so far; then the table has been configured. */
void leases_hosts_before(struct daemon_leases *l, const struct conf *conf);
void leases_hosts_after(struct daemon_leases *l);
void leases_hosts_free(struct daemon_leases *l);
/* Whether A is a host of a realm inside. */
bool leases_is_inside(const struct gw_config *gw, const struct addr *a);
/* The pool of REALM is empty: a warning, now and then. */
void leases_warn_empty(struct daemon_leases *l, uint32_t realm, const struct addr *host);

#endif
