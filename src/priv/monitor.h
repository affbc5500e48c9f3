/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor: starts its children, each a fresh image of the same program without
 * any privilege, carries out the few requests that each may make, and starts again
 * the one that dies; the others go on. Every two of them have a socket pair of their
 * own between them, a new one whenever either begins or asks for it.
 * Nothing that came from a network reaches this process; what comes from a child is
 * a message of msg.h or its end. What the verbs do is the caller's, who checks each
 * request against its own configuration.
 */
#ifndef PST_PRIV_MONITOR_H
#define PST_PRIV_MONITOR_H

#include "priv/drop.h"
#include "priv/msg.h"

enum { PRIV_CHILD_FD = 3 /* where a child finds its end of the pair with the monitor */ };

enum priv_notice {
	PRIV_READY, /* all use the configuration, for the first time */
	PRIV_RELOADING,
	PRIV_RELOADED, /* or refused: it runs on in any case */
	PRIV_STOPPING,
	PRIV_ALIVE, /* one has reported: calls and pinholes of all */
	PRIV_DOWN,  /* one is gone, another will be started in its place */
};

/* Descriptors handed out through FD are the monitor's to close. Errors are enum pst_err, with errno for
 * PST_E_SYS. */
struct priv_monitor_ops {
	/* CHILD: who asks, as priv_monitor_conf.children counts. */
	int (*bind)(void *arg, uint32_t child, uint32_t generation, uint16_t realm, uint16_t interface, uint8_t service, int *fd);
	int (*fw_apply)(void *arg, uint32_t generation);
	int (*fw_remove)(void *arg);
	int (*relay)(void *arg, uint32_t generation, uint8_t which, int *fd); /* enum priv_relay */
	int (*control)(void *arg, int *fd);
	int (*open_state)(void *arg, enum priv_file file, int *fd);
	int (*address_on)(void *arg, uint32_t generation, uint16_t realm, uint16_t pool, const struct addr *address);
	int (*address_off)(void *arg, const struct addr *address);
	int (*address_begin)(void *arg);
	int (*address_end)(void *arg);
	/* The configuration in use, for a new child. */
	int (*config)(void *arg, uint32_t *generation, int *fd);
	/* SIGHUP: reads and checks a new one. An error leaves all as it was; the function has logged why. */
	int (*reload)(void *arg, uint32_t *generation, int *fd);
	/* What became of the configuration GENERATION of reload(): in use (PST_OK) or not, by all of them. */
	void (*config_done)(void *arg, uint32_t generation, int status);
	void (*notify)(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes);
};

#define PRIV_VERB(type) (1U << (type))

struct priv_child {
	const char *name;  /* for the log */
	char *const *argv; /* of this program's image; NULL-terminated */
	unsigned verbs;    /* PRIV_VERB() of each that it may ask for; all else ends it */
};

struct priv_monitor_conf {
	const struct priv_child *children;
	uint32_t n_children; /* 1..PRIV_CHILDREN_MAX */
	struct priv_identity identity;
	uint32_t stop_ms;    /* how long a child may take to end */
	uint32_t change_ms;  /* to take a step towards a configuration; 0: for ever */
	uint32_t silence_ms; /* one that says nothing for so long hangs and is killed; 0: for ever */
	uint32_t delay_ms;   /* unit of the growing delay between restarts: 0, 1, 2, 4 ... 30 units */
};

/* Runs until SIGTERM or SIGINT. An error: a child could not begin the first time, for the reason that it told, and has
 * logged (PST_E_STATE: it told none); or PST_E_SYS, PST_E_NOMEM of the monitor's own. */
PST_MUST_CHECK int priv_monitor_run(
        const struct priv_monitor_conf *conf, const struct priv_monitor_ops *ops, void *arg);

#endif
